"""Train the reader's transformer: python -m eval.training.train_transformer --out FOLDER [--minutes M] [--resume FILE] [--data DIR].

Two stages. "pretrain": hidden words of news and of the CMRC passages trained on, and queries made from both (`clozes`). "train": the judged
queries of CMRC train and of CAIL's documents 1-620, silence that looks like an answer, and some made queries. The last tenth of CMRC train
is left out and measured at the end; no dev set is read.

Every file written is a whole reader in half precision, which the product loads: `pretrain.safetensors`, then `model.safetensors`. A stopped
training goes on from either with --resume, with fresh moments of the optimiser and other batches than before. The rate rises, stays, and
falls to nothing over a stage's last quarter; until then --characters and --rows may be set anew to what the machine manages. Everything
runs on a GPU where there is one; the reader's card has the commands.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported: waiting threads leave the cores to others

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from random import Random
from typing import Literal

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from eval.datasets import data_folder
from eval.metrics.refusal import auroc
from eval.training.clozes import Example
from eval.training.reading_lexicon import alike_words, load_start, start_from
from eval.training.reading_network import loss_of
from eval.training.reading_rows import Judged, cloze_examples, part_of
from eval.training.train_reader import Corpus, measure, read_corpus
from eval.training.transformer_network import Hidden, Sequences, TransformerNetwork
from eval.training.transformer_rows import (
    Vocabulary,
    coded,
    hidden_batches,
    judged_examples,
    load_vocabulary,
    look_alikes,
    query_batches,
    save_vocabulary,
    without_answer,
)
from qa.answering.reader.reading import LONGEST_WINDOW, Reader, load_reader
from qa.answering.reader.texts import Lexicon
from qa.answering.reader.transformer import Shape, read_transformer, save_transformer
from qa.records import Span
from qa.splitting import sentence_spans

Stage = Literal["pretrain", "train"]
STAGES: tuple[Stage, ...] = ("pretrain", "train")
LOSSES = "losses.jsonl"
FILES: Mapping[Stage, str] = {"pretrain": "pretrain.safetensors", "train": "model.safetensors"}
CHARACTERS, ROWS, BATCH = 3_000_000_000, 200_000, 131_072
RATES: Mapping[Stage, float] = {"pretrain": 2e-3, "train": 5e-4}
DROPOUTS: Mapping[Stage, float] = {"pretrain": 0.0, "train": 0.1}

_PASSAGE_WEIGHT = 3  # times each passage stands among the texts with hidden words
_LEXICON_NEWS = 45_000  # articles, as for the other reader
_READ = 448  # characters of a text with hidden words
_QUERIES_A_BATCH = 8  # the texts read with queries are one part in so many of a batch
_RISING = 200  # steps, also after an interruption
_FALLING = 0.25  # of a stage
_WEIGHT_DECAY = 0.05
_LONGEST_STEP = 1.0  # norm of the gradient
_REPORTED_EVERY = 50  # steps
_SAVED_EVERY = 120.0  # seconds
_MEASURED_SEED = 7


@dataclass(frozen=True, slots=True)
class Settings:
    """How a stage is trained."""

    stage: Stage
    amount: int  # characters read with hidden words in "pretrain", rows read with a query in "train"
    batch: int = BATCH  # characters
    length: int = _READ
    rate: float | None = None  # of the optimiser; None for RATES
    workers: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step is made of."""

    queries: Sequences
    hidden: Hidden | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How a training goes, since the last report."""

    stage: Stage
    seen: int
    hidden_loss: float  # 0 in "train"
    query_loss: float
    seconds: float  # since the stage was begun or taken up again
    left: float  # seconds to its end, at the speed so far


def pretraining_batches(corpus: Corpus, vocabulary: Vocabulary, settings: Settings, seen: int, device: torch.device) -> Iterator[Batch]:
    """Hidden words, and queries made from the same texts."""
    texts = chain(corpus.news, chain.from_iterable(repeat(corpus.passages, _PASSAGE_WEIGHT)))
    codes = torch.from_numpy(coded(texts, vocabulary.lexicon)).to(device)

    def made(random: Random) -> Iterator[Example]:
        return cloze_examples(corpus.news, corpus.passages, random, vocabulary.alike)

    length = min(settings.length, len(codes))
    rows = max(1, settings.batch // length)
    queries = query_batches(
        made, vocabulary.lexicon, settings.batch // _QUERIES_A_BATCH, f"pretrain {settings.seed} {seen}", settings.workers
    )
    seed = Random(f"hidden {settings.seed} {seen}").getrandbits(62)  # noqa: S311 - nothing secret
    hidden = hidden_batches(codes, vocabulary.lexicon, rows, length, seed)
    return (Batch(some.to(device), others) for some, others in zip(queries, hidden, strict=False))


def training_batches(corpus: Corpus, vocabulary: Vocabulary, settings: Settings, seen: int, device: torch.device) -> Iterator[Batch]:
    """Judged queries, with look-alike silence and made queries among them."""
    every_round = [*corpus.cmrc, *corpus.written]
    queries = [*every_round, *corpus.cail]
    alike = dict(zip(queries, look_alikes(queries), strict=True))

    def made(random: Random) -> Iterator[Example]:
        clozes = cloze_examples(corpus.news, corpus.passages, random, vocabulary.alike)
        return judged_examples(every_round, corpus.cail, alike, clozes, random)

    size = settings.batch // _QUERIES_A_BATCH
    batches = query_batches(made, vocabulary.lexicon, size, f"train {settings.seed} {seen}", settings.workers)
    return (Batch(some.to(device), None) for some in batches)


def train(
    network: TransformerNetwork,
    batches: Iterator[Batch],
    settings: Settings,
    save: Callable[[int], None],
    report: Callable[[Progress], None],
    seen: int = 0,
    until: float = math.inf,
) -> int:
    """Trains until `settings.amount` is seen or the clock (time.monotonic) shows `until`; what has been seen then.

    save: is told what has been seen, now and then and at the end.
    """
    device = next(network.parameters()).device
    torch.manual_seed(settings.seed)
    groups = [
        {"params": [one for one in network.parameters() if one.dim() > 1], "weight_decay": _WEIGHT_DECAY},
        {"params": [one for one in network.parameters() if one.dim() < 2], "weight_decay": 0.0},
    ]
    highest = settings.rate or RATES[settings.stage]
    optimizer = torch.optim.AdamW(groups, highest, betas=(0.9, 0.98), fused=True)
    network.train()
    begun = saved = time.monotonic()
    losses = torch.zeros(2, device=device)
    before, step, since = seen, 0, 0
    while seen < settings.amount and time.monotonic() < until:
        batch = next(batches)
        for group in optimizer.param_groups:
            group["lr"] = highest * min(1.0, (step + 1) / _RISING) * min(1.0, (1 - seen / settings.amount) / _FALLING)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            stretches, others = network(batch.queries)
            of_queries = loss_of(stretches, others, batch.queries.right, batch.queries.yes_no)
            of_hidden = network.hidden(batch.hidden) if batch.hidden else torch.zeros((), device=device)
        loss = of_queries + of_hidden
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), _LONGEST_STEP)
        optimizer.step()
        losses += torch.stack((of_hidden, of_queries)).detach()
        step, since = step + 1, since + 1
        seen += batch.hidden.characters.numel() if batch.hidden else len(batch.queries.lengths)
        now = time.monotonic()
        if step % _REPORTED_EVERY == 0 or seen >= settings.amount:
            of_hidden, of_queries = losses / since
            left = (now - begun) * max(0, settings.amount - seen) / (seen - before)
            report(Progress(settings.stage, seen, of_hidden.item(), of_queries.item(), now - begun, left))
            losses.zero_()
            since = 0
        if now - saved > _SAVED_EVERY:
            save(seen)
            saved = now
    save(seen)
    return seen


def measure_silence(reader: Reader, queries: Sequence[Judged]) -> dict[str, float]:
    """How well the log odds of an answer tell a part of the passage that holds one from silence, as AUROC, 0..1: against the passage with
    the answer's sentences taken out, and against another passage that shares most with the query."""
    random = Random(_MEASURED_SEED)  # noqa: S311 - nothing secret
    answered: list[float] = []
    silent: dict[str, list[float]] = {"cut": [], "look-alike": []}
    for query, near in zip(queries, look_alikes(queries), strict=True):
        right = _odds(reader, query, random)
        if right is None:
            continue
        answered.append(right)
        for kind, asked in (("cut", without_answer(query)), ("look-alike", next(iter(near), None))):
            odds = _odds(reader, asked, random) if asked else None
            if odds is not None:
                silent[kind].append(odds)
    return {f"AUROC {kind}": auroc(answered, odds) for kind, odds in silent.items()}


def _odds(reader: Reader, query: Judged, random: Random) -> float | None:
    """Of a part of the passage, one that holds an answer where there is any."""
    for _ in range(20):
        example = part_of(query, random)
        if example and len(example.text) <= LONGEST_WINDOW and bool(example.answers) == bool(query.answers):
            window = Span(0, len(example.text))
            return reader.read(example.query, example.text, window, sentence_spans(example.text)).odds(window)
    return None


def vocabulary_in(out: Path, corpus: Corpus, start: Path | None) -> Vocabulary:
    """The vocabulary that a training keeps; made, when there is none, from the lexicon of `train_reader` or else from the corpus."""
    path = out / "vocabulary.safetensors"
    if not path.exists():
        texts = [*corpus.news[:_LEXICON_NEWS], *(list(corpus.passages) * _PASSAGE_WEIGHT)]
        made = load_start(start) if start else start_from(texts)
        save_vocabulary(path, Vocabulary(made.lexicon, alike_words(made)))
    return load_vocabulary(path)


def network_of(shape: Shape, lexicon: Lexicon, dropout: float, weights: Mapping[str, NDArray[np.generic]] | None) -> TransformerNetwork:
    """A network, fresh or with the weights of a file."""
    network = TransformerNetwork(shape, 1 + len(lexicon.characters), dropout)
    if weights is not None:
        network.load_state_dict({name: torch.from_numpy(tensor.astype(np.float32)) for name, tensor in weights.items()})
    return network


def export(path: Path, network: TransformerNetwork, lexicon: Lexicon, stage: Stage, seen: int) -> None:
    """Writes the network as the product loads it."""
    save_transformer(path, network.shape, lexicon, weights_of(network), {"stage": stage, "seen": str(seen)})


def weights_of(network: TransformerNetwork) -> dict[str, NDArray[np.generic]]:
    """The weights by their names."""
    return {name: tensor.detach().float().cpu().numpy() for name, tensor in network.state_dict().items()}


def run(
    out: Path,
    corpus: Corpus,
    vocabulary: Vocabulary,
    shape: Shape,
    stages: Sequence[Settings],
    resume: Path | None = None,
    until: float = math.inf,
) -> Path | None:
    """Trains the stages one after another, or goes on where a file of theirs left off; the finished reader, None when time ran out.

    shape: of a fresh network; a file's own counts.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    stored = read_transformer(resume) if resume else None
    lexicon, shape = (stored.lexicon, stored.shape) if stored else (vocabulary.lexicon, shape)
    weights = stored.tensors if stored else None
    done, already = (stored.training["stage"], int(stored.training["seen"])) if stored else (STAGES[0], 0)
    makers = {"pretrain": pretraining_batches, "train": training_batches}
    torch.manual_seed(stages[0].seed)
    finished = resume
    names: list[str] = [settings.stage for settings in stages]
    for settings in stages[names.index(done) :]:
        stage, path = settings.stage, out / FILES[settings.stage]
        seen = already if stage == done else 0
        if seen >= settings.amount:
            continue
        network = network_of(shape, lexicon, DROPOUTS[stage], weights).to(device)
        save = partial(export, path, network, lexicon, stage)
        batches = makers[stage](corpus, Vocabulary(lexicon, vocabulary.alike), settings, seen, device)
        seen = train(network, batches, settings, save, partial(_report, out / LOSSES, settings), seen, until)
        if seen < settings.amount:
            typer.echo(f"{stage}: stopped after {seen:,} of {settings.amount:,}; go on with --resume {path}")
            return None
        weights, finished = weights_of(network), path
    return finished


def _report(path: Path, settings: Settings, progress: Progress) -> None:
    """Says how it goes and when it will end, and keeps the losses."""
    with path.open("a", encoding="utf-8") as file:
        about = {"stage": progress.stage, "seen": progress.seen, "hidden": progress.hidden_loss, "queries": progress.query_loss}
        file.write(json.dumps(about) + "\n")
    of_hidden = f"of hidden words {progress.hidden_loss:.3f}, " if progress.stage == "pretrain" else ""
    typer.echo(
        f"{progress.stage}: {progress.seen:,} of {settings.amount:,}, loss {of_hidden}of queries {progress.query_loss:.3f}, "
        f"{progress.seconds:.0f} s, {progress.left:.0f} s left"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Trains and writes the reader, and says what it does on the held-out passages."""
    began = time.monotonic()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parser = argparse.ArgumentParser(prog="python -m eval.training.train_transformer", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--out", type=Path, required=True, help="where the readers, the vocabulary and the losses are written")
    parser.add_argument("--resume", type=Path, help="a reader written by this script, to go on from")
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="stop training so long after the start; 0 only makes the vocabulary, and measures what is resumed",
    )
    parser.add_argument("--lexicon", type=Path, help="lexicon.safetensors of train_reader, for the vocabulary (default: count it)")
    parser.add_argument("--layers", type=int, default=Shape().layers)
    parser.add_argument("--width", type=int, default=Shape().dim)
    parser.add_argument("--characters", type=int, default=CHARACTERS, help="read with hidden words")
    parser.add_argument("--rows", type=int, default=ROWS, help="read with judged queries")
    parser.add_argument("--batch", type=int, default=BATCH, help="characters of one step")
    parser.add_argument("--workers", type=int, default=cores - 2, help="processes that make queries; 0 or less for none")
    parser.add_argument("--queries", type=int, default=300, help="about so many held-out queries are measured at the end")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(data_folder(options.data))
    vocabulary = vocabulary_in(options.out, corpus, options.lexicon)
    amounts: Mapping[Stage, int] = {"pretrain": options.characters, "train": options.rows}
    stages = [Settings(stage, amounts[stage], options.batch, workers=max(0, options.workers), seed=options.seed) for stage in STAGES]
    shape = Shape.of(options.layers, options.width)
    until = began + 60 * options.minutes
    finished = run(options.out, corpus, vocabulary, shape, stages, options.resume, until) if options.minutes > 0 else options.resume
    if finished and options.queries:
        reader, held_out = load_reader(finished), corpus.held_out[:: max(1, len(corpus.held_out) // options.queries)]
        typer.echo(f"held out, {len(held_out)} queries: {measure(reader, held_out)} {measure_silence(reader, held_out)}")


if __name__ == "__main__":
    main()
