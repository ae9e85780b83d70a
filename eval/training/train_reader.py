"""Train the reader: python -m eval.training.train_reader --work FOLDER [--data DIR] [--out FOLDER].

Steps, each kept in the work folder and skipped when it is there: the lexicon with its vectors; "pretrain" on queries made from news;
"train" on judged queries (CMRC train, CAIL's documents 1-620, those written for Chuchu), with queries from news among them; what a search
finds for these queries and for queries from news when their own document is left out; "doubt" and "again" on all of it, of which the mean
is taken: each alone knows CMRC train too well (averaging weights of one descent, Wortsman et al. 2022); "wide" with three made queries to
each judged one; "written" and "more" with few, of which a mean with "again" is taken, and from that "further" and "last". What is held out
(`held_out`) is measured after each. A stopped step goes on from its last checkpoint, with fresh moments of the optimiser. What a step
keeps are running averages of its weights. On two cores 50,000 rows take some ten minutes; no dev set is read.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported: waiting threads leave the cores to others

import argparse
import math
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import filterfalse
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
import torch
import typer
from safetensors.torch import load_file, save_file

from eval.datasets import CMRC_TRAIN, data_folder, news_articles, read_squad
from eval.datasets.files import CAIL_DEV
from eval.datasets.held_out import CASES_TRAINED_ON, HELD_OUT_PASSAGES, is_held_out, is_held_out_stretch
from eval.datasets.squad import Paragraph, known_paragraphs
from eval.datasets.written import written_drafts, written_paragraphs
from eval.metrics.answers import cmrc_em, cmrc_f1
from eval.metrics.refusal import auroc
from eval.training.library import build_library, training_articles
from eval.training.look_alikes import LookAlikes, find_look_alikes, load_look_alikes, save_look_alikes
from eval.training.reading_lexicon import Start, alike_words, load_start, save_start, start_from
from eval.training.reading_network import ReadingNetwork, loss_of
from eval.training.reading_rows import (
    Arrays,
    Judged,
    arrays_of,
    batches,
    cloze_examples,
    judged_queries,
    row_of,
    tensors_of,
    training_examples,
)
from qa.answering.reader.network import Shape, load_network, save_network
from qa.answering.reader.reading import SHIPPED, Reader
from qa.records import Span

Stage = Literal["pretrain", "train", "doubt", "again", "wide", "written", "more", "further", "last"]

ROWS: Mapping[Stage, int] = {
    "pretrain": 30_000,
    "train": 90_000,
    "doubt": 60_000,
    "again": 110_000,
    "wide": 240_000,
    "written": 110_000,
    "more": 70_000,
    "further": 190_000,
    "last": 165_000,
}
NEWS_ASKED = 4_000  # articles of which a query with look-alikes is made
_LEXICON_NEWS = 45_000  # articles whose words are counted; a CMRC passage counts three times beside them
_PASSAGE_WEIGHT = 3
_WARMED_UP = 0.05  # of the rows
_LAST_RATE = 0.03  # of the rate, at the end of its cosine
_WEIGHT_DECAY = 0.02
_LONGEST_STEP = 2.0  # norm of the gradient
_AVERAGED = 0.998  # kept of the running average at each step
_SAVED_EVERY = 250  # steps
_AHEAD = 60  # batches made before they are needed
_MEASURED_WINDOW = 250  # characters
_LEFT: Mapping[Stage, float] = {"again": 0.15, "written": 0.35, "more": 0.5}  # chosen on what is held out
_ROWS_SEEN = "rows_seen"  # beside the weights in a checkpoint


@dataclass(frozen=True, slots=True)
class Settings:
    """How one step is trained."""

    stage: Stage
    rows: int
    clozes_a_query: tuple[float, ...] = ()  # mixed in, by round; () for nothing else
    rate: float = 1.5e-3
    dropout: float = 0.1
    batch: int = 7_000  # characters of the texts read
    seed: int = 1
    look_alikes: bool = False  # read too
    mixed: Mapping[Stage, float] = field(default_factory=dict)  # shares of weights that make what it leaves; none: its own alone


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is trained on, and what is kept for measuring."""

    news: Sequence[str]
    passages: Sequence[str]  # of CMRC train, those trained on
    cmrc: Sequence[Judged]
    cail: Sequence[Judged]
    held_out: Sequence[Judged]  # of CMRC train
    news_queries: Sequence[Judged]  # made from news, with look-alikes; none before those are found
    written: Sequence[Judged] = ()
    written_held_out: Sequence[Judged] = ()


def read_corpus(data: Path, look_alikes: Path | None = None) -> Corpus:
    """The corpus of the data folder. look_alikes: what `save_look_alikes` wrote."""
    cmrc = known_paragraphs(data, CMRC_TRAIN)
    trained = cmrc[:-HELD_OUT_PASSAGES]
    written = written_paragraphs(data)
    found = load_look_alikes(look_alikes) if look_alikes else LookAlikes({}, ())
    return Corpus(
        [article.text for article in news_articles(data)],
        [paragraph.context for paragraph in trained],
        judged_queries(trained, found.of_queries),
        judged_queries(_may_be_trained_on(known_paragraphs(data, CAIL_DEV))),
        judged_queries(cmrc[-HELD_OUT_PASSAGES:]),
        found.news,
        judged_queries(filterfalse(is_held_out_stretch, written), found.of_queries),
        judged_queries(filter(is_held_out_stretch, written)),
    )


def _may_be_trained_on(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    return [paragraph for paragraph in paragraphs if int(paragraph.item["caseid"]) in CASES_TRAINED_ON]


def arrays_without_end(corpus: Corpus, start: Start, settings: Settings) -> Iterator[Arrays]:
    """The batches of a step."""
    random = Random(settings.seed)  # noqa: S311 - nothing secret
    made = cloze_examples(corpus.news, corpus.passages, random, alike_words(start))
    shares = settings.clozes_a_query
    judged = [*corpus.cmrc, *corpus.cail, *corpus.written, *corpus.news_queries]
    examples = training_examples(judged, made, random, shares) if shares else made
    rows = (row for example in examples if (row := row_of(example, start.lexicon)))
    return map(arrays_of, batches(rows, settings.batch, random))


def train(
    network: ReadingNetwork,
    made: Iterator[Arrays],
    settings: Settings,
    save: Callable[[Mapping[str, torch.Tensor], int], None],
    done: int = 0,
) -> None:
    """Trains the network for `settings.rows` rows, of which `done` have been seen, and leaves the running averages in it.

    save: is given the averages and the rows seen, now and then and at the end.
    """
    torch.manual_seed(settings.seed)
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [one for one in parameters if one.dim() > 1], "weight_decay": _WEIGHT_DECAY},
        {"params": [one for one in parameters if one.dim() < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, settings.rate, betas=(0.9, 0.98))
    averages = {name: parameter.detach().clone() for name, parameter in network.named_parameters() if parameter.requires_grad}
    network.train()
    seen, step, losses = done, 0, 0.0
    while seen < settings.rows:
        rows, right, yes_no = tensors_of(next(made))
        rate = _rate(settings, seen, seen - done + len(right))
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", dtype=torch.bfloat16):
            stretches, others = network(rows)
        loss = loss_of(stretches, others, right, yes_no)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, _LONGEST_STEP)
        optimizer.step()
        seen, step, losses = seen + len(right), step + 1, losses + loss.item()
        with torch.no_grad():
            kept = min(_AVERAGED, (step + 1) / (step + 10))
            for name, parameter in network.named_parameters():
                if name in averages:
                    averages[name].lerp_(parameter, 1 - kept)
        if step % _SAVED_EVERY == 0:
            typer.echo(f"{settings.stage}: {seen} of {settings.rows} rows, loss {losses / _SAVED_EVERY:.3f}")
            losses = 0.0
            save(averages, seen)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in averages:
                parameter.copy_(averages[name])
    save(averages, seen)


def _rate(settings: Settings, seen: int, since_start: int) -> float:
    """A short rise, also after an interruption, and half a cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * seen / settings.rows))
    return settings.rate * min(1.0, since_start / (_WARMED_UP * settings.rows)) * (_LAST_RATE + (1 - _LAST_RATE) * cosine)


def measure(reader: Reader, queries: Sequence[Judged]) -> dict[str, float]:
    """EM and char F1 of the best stretch, right passage given, and the share of queries whose best stretch stands in a sentence that holds
    the answer; all 0..100, of the queries with an answer. "silence": AUROC of the best sentence's odds, where some have none. Passages are
    read in windows of whole sentences."""
    scores, odds, answered = [], [], np.array([bool(query.answers) for query in queries])
    for query in queries:
        readings = [(window, reader.read(query.query, query.passage, window, query.sentences)) for window in _windows(query)]
        odds.append(max(reading.odds(span) for window, reading in readings for span in query.sentences if span.overlap(window)))
        if not query.answers:
            continue
        best, _ = max((one for window, reading in readings if (one := reading.best(window))), key=lambda one: one[1])
        answers = [query.passage[span.start : span.end] for span in query.answers]
        said = query.passage[best.start : best.end]
        right = any(span.overlap(best) and any(span.overlap(answer) for answer in query.answers) for span in query.sentences)
        scores.append((cmrc_em(said, answers), cmrc_f1(said, answers), float(right)))
    em, f1, sentence = (100 * np.mean(scores, axis=0)).tolist()
    silence = {} if answered.all() else {"silence": auroc(np.array(odds)[answered], np.array(odds)[~answered])}
    return {"EM": em, "char F1": f1, "sentence": sentence, **silence}


def _windows(query: Judged) -> list[Span]:
    found: list[Span] = []
    for span in query.sentences:
        if found and span.end - found[-1].start <= _MEASURED_WINDOW:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(Span(span.start, min(span.end, span.start + _MEASURED_WINDOW)))
    return found


def run_stage(work: Path, start: Start, shape: Shape, settings: Settings, before: Path | None, made: Iterator[Arrays]) -> Path:
    """Trains one step from the weights of the one before it, or goes on where it was stopped; the path of its weights."""
    checkpoint = work / f"{settings.stage}.checkpoint.safetensors"
    network = ReadingNetwork(shape, torch.from_numpy(start.character_vectors), torch.from_numpy(start.word_vectors), settings.dropout)
    seen = 0
    source = checkpoint if checkpoint.exists() else before
    if source:
        tensors = load_file(source)
        seen = int(tensors.pop(_ROWS_SEEN).item()) if source == checkpoint else 0
        network.load_state_dict({name: tensor for name, tensor in tensors.items() if name != _ROWS_SEEN}, strict=False)

    def save(averages: Mapping[str, torch.Tensor], seen: int) -> None:
        written = work / "being-written.safetensors"
        save_file({**averages, _ROWS_SEEN: torch.tensor([seen])}, written)
        written.replace(checkpoint)

    train(network, made, settings, save, seen)
    return checkpoint.replace(weights_of(work, settings.stage))


def weights_of(work: Path, stage: Stage) -> Path:
    """Where a finished step keeps its weights."""
    return work / f"{stage}.safetensors"


def mixed(shares: Mapping[Path, float], path: Path) -> Path:
    """Writes the mean of weights there, each with its share; the shares make 1."""
    loaded = [(load_file(weights), share) for weights, share in shares.items()]
    names = [name for name in loaded[0][0] if name != _ROWS_SEEN]
    save_file({name: sum((share * weights[name] for weights, share in loaded), torch.tensor(0.0)) for name in names}, path)
    return path


def export(weights: Path, start: Start, shape: Shape, path: Path) -> None:
    """Writes the weights of a step as the reader loads them."""
    tensors = {name: tensor.numpy() for name, tensor in load_file(weights).items() if name != _ROWS_SEEN}
    save_network(path, shape, start.lexicon, {**tensors, "words.weight": start.word_vectors})


@contextmanager
def made_elsewhere(data: Path, lexicon: Path, settings: Settings, look_alikes: Path | None = None) -> Iterator[Iterator[Arrays]]:
    """The batches of a step, made by another process while this one trains."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[Arrays] = context.Queue(maxsize=_AHEAD)
    process = context.Process(target=_make, args=(queue, data, lexicon, settings, look_alikes), daemon=True)
    process.start()
    try:
        yield iter(queue.get, None)
    finally:
        process.terminate()
        process.join()


def _make(queue: multiprocessing.Queue[Arrays], data: Path, lexicon: Path, settings: Settings, look_alikes: Path | None) -> None:
    torch.set_num_threads(1)
    for batch in arrays_without_end(read_corpus(data, look_alikes), load_start(lexicon), settings):
        queue.put(batch)


def main(argv: Sequence[str] | None = None) -> None:
    """Trains and writes the reader, and says what each step brings on the held-out passages."""
    parser = argparse.ArgumentParser(prog="python -m eval.training.train_reader", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--work", type=Path, required=True, help="where the steps are kept")
    parser.add_argument("--out", type=Path, default=SHIPPED.parent, help="where the reader is written")
    for stage, rows in ROWS.items():
        parser.add_argument(f"--{stage}-rows", type=int, default=rows)
    options = parser.parse_args(argv)
    data = data_folder(options.data)
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(data)
    lexicon = options.work / "lexicon.safetensors"
    if not lexicon.exists():
        save_start(lexicon, start_from([*corpus.news[:_LEXICON_NEWS], *(list(corpus.passages) * _PASSAGE_WEIGHT)]))
    start, shape = load_start(lexicon), Shape()
    look_alikes = options.work / "look_alikes.json"
    before: Path | None = None
    left: dict[Stage, Path] = {}  # what each step leaves
    for settings in (
        Settings("pretrain", options.pretrain_rows),
        Settings("train", options.train_rows, (0.6, 0.3, 0.18, 0.12), seed=2),
        Settings("doubt", options.doubt_rows, (0.12,), rate=8e-4, seed=3, look_alikes=True),
        Settings(
            "again",
            options.again_rows,
            (0.3, 0.25, 0.2, 0.15),
            rate=1.2e-3,
            dropout=0.12,
            seed=8,
            look_alikes=True,
            mixed={"doubt": 0.5, "again": 0.5},
        ),
        Settings("wide", options.wide_rows, (3.0,), dropout=0.08, seed=31, look_alikes=True),
        Settings("written", options.written_rows, (0.3,), rate=1.2e-3, dropout=0.12, seed=41, look_alikes=True),
        Settings("more", options.more_rows, (0.25,), rate=1e-3, dropout=0.12, seed=53, look_alikes=True, mixed=_LEFT),
        Settings("further", options.further_rows, (0.3,), rate=1.3e-3, dropout=0.12, seed=71, look_alikes=True),
        Settings("last", options.last_rows, (0.2,), rate=1.2e-3, dropout=0.12, seed=83, look_alikes=True),
    ):
        weights = weights_of(options.work, settings.stage)
        if settings.look_alikes and not look_alikes.exists():
            save_look_alikes(look_alikes, _look_alikes(options.work / "searched", data, start))
        if not weights.exists():
            with made_elsewhere(data, lexicon, settings, look_alikes if settings.look_alikes else None) as made:
                run_stage(options.work, start, shape, settings, before, made)
        left[settings.stage] = weights
        if settings.mixed:
            shares = {left[stage]: share for stage, share in settings.mixed.items()}
            left[settings.stage] = mixed(shares, options.work / f"{settings.stage}.mixed.safetensors")
        before = left[settings.stage]
        export(before, start, shape, options.out / SHIPPED.name)
        reader = Reader(load_network(options.out / SHIPPED.name))
        typer.echo(f"{settings.stage}: held out {measure(reader, corpus.held_out)}, written {measure(reader, corpus.written_held_out)}")


def _look_alikes(folder: Path, data: Path, start: Start) -> LookAlikes:
    whole = (one for one in written_paragraphs(data) if one.item["of"] != CAIL_DEV and not is_held_out_stretch(one))
    drafts = [draft for draft in read_squad(data / "data" / CMRC_TRAIN) if not is_held_out(draft.gold[0].document)]
    drafts += written_drafts(whole)
    with build_library(folder, training_articles(data)) as assistant:
        return find_look_alikes(assistant, drafts, news_articles(data, NEWS_ASKED), alike_words(start))


if __name__ == "__main__":
    main()
