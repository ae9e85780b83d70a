"""The command `chuchu-eval`. It reads options, shows progress on stderr and prints; the work is in the other modules.

Exit codes: 0 done; 1 failed, or under a floor; 2 misuse; 3 done, but files were skipped while the library was built, or data for a
measurement of reading is missing; 130 stopped.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache as cache_calls
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from embeddings.encoder import Encoder
from eval import datasets, gate
from eval.building import Built, build, code_key, default_cache
from eval.cases import case
from eval.collection import Collection
from eval.comparison import compare as compare_results
from eval.datasets import Corpus, Dataset, DatasetError
from eval.gold import Query, pin
from eval.journal import forget
from eval.outputs import file_name, read_result, write_outputs
from eval.reading.collecting import NAMES, measured, write_measurements
from eval.reading.measurement import Measurement
from eval.results import Config, Evaluation
from eval.run import Asked, ask, environment, evaluation
from eval.slices import copies, slices
from eval.systems.chuchu import Chuchu
from eval.systems.records import System
from eval.tables import comparison_table, measurement_text, summary
from qa.assistant import Assistant
from qa.errors import ChuchuError
from qa.records import IngestProgress, to_json

FAILED, SKIPPED, STOPPED = 1, 3, 130

LOOKED_FOR, NEAREST = 60, 5  # characters of a paragraph by which its copies are looked for; passages that are compared with it

Item = TypeVar("Item")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The offline evaluation of Chuchu.", pretty_exceptions_enable=False)
app.command("case")(case)

DatasetOption = Annotated[
    str, typer.Option("--dataset", metavar="NAME|FILE", help=f"{', '.join(datasets.NAMES)}; or judged queries, JSON Lines.")
]
LibraryOption = Annotated[Path | None, typer.Option("--library", metavar="DIR", help="For FILE: the library to ask; it is only read.")]
DocumentsOption = Annotated[
    Path | None, typer.Option("--documents", metavar="DIR", help="For FILE: the documents; their library is built once and kept.")
]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The folder with data/ and seeds/ (else CHUCHU_DATA).")]
CacheOption = Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="Where built libraries are kept.")]
EncoderOption = Annotated[
    str, typer.Option("--encoder", metavar="NAME_OR_FOLDER", help="A sentence-transformers model; the bundled one when not given.")
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The run's folder; chuchu-eval-NAME when not given.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N queries of each part of the set.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@app.command()
def run(
    dataset: DatasetOption,
    library: LibraryOption = None,
    documents: DocumentsOption = None,
    data: DataOption = None,
    out: OutOption = None,
    limit: LimitOption = None,
    answers: Annotated[bool, typer.Option("--answers/--no-answers", help="Also ask, or only search.")] = True,
    baselines: Annotated[bool, typer.Option("--baselines/--no-baselines", help="Measure three baselines in the same run.")] = True,
    also: Annotated[list[str] | None, typer.Option("--also-encoder", metavar="NAME_OR_FOLDER", help="One more row: this encoder.")] = None,
    encoder: EncoderOption = "",
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask judged queries and measure; writes a folder with figures, rankings, answers and a report. Stopped, it goes on where it was."""
    chosen = _encoder(encoder)
    with _opened(_dataset(dataset, data, library, documents), chosen, library, cache or default_cache()) as opened:
        queries = opened.queries(limit)
        systems: list[System] = [Chuchu(opened.assistant, opened.collection, answers=answers)]
        if baselines and not any(query.among or query.without for query in queries):
            systems += _baselines(opened, chosen, also or [])
        found = _measured(opened, systems, queries, f"{chosen.fingerprint} {limit} {answers}", chosen)
    _told(found, out or Path(f"chuchu-eval-{file_name(opened.dataset.name)}"), as_json=as_json)
    if opened.skipped:
        _say(f"{opened.skipped} files were skipped while the library was built")
        raise typer.Exit(SKIPPED)


@app.command()
def score(
    dataset: DatasetOption,
    run_file: Annotated[Path | None, typer.Option("--run", metavar="FILE", help="A ranking in TREC's form.")] = None,
    answers_file: Annotated[Path | None, typer.Option("--answers", metavar="FILE", help="Answers with quotes, JSON Lines.")] = None,
    name: Annotated[str, typer.Option("--name", help="What to call the system; the tag of the ranking when not given.")] = "",
    library: LibraryOption = None,
    documents: DocumentsOption = None,
    data: DataOption = None,
    out: OutOption = None,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure another system by what it wrote down, with the same ruler."""
    from eval.systems.files import FromFiles

    if run_file is None and answers_file is None:
        raise typer.BadParameter("give --run, --answers or both")
    encoder = _encoder("")
    with _opened(_dataset(dataset, data, library, documents), encoder, library, cache or default_cache()) as opened:
        queries = opened.queries(None)
        system = FromFiles(run_file, answers_file, queries=queries, collection=opened.collection, name=name)
        if system.silent:
            _say(f"{system.silent} of {len(queries)} queries are in neither file; they score 0")
        given = datasets.sha256_of([path for path in (run_file, answers_file) if path is not None])
        found = _measured(opened, [system], queries, f"{given} {name}", encoder)
    _told(found, out or Path(f"chuchu-eval-{file_name(opened.dataset.name)}-{file_name(system.name)}"), as_json=as_json)


@app.command("gate")
def gate_command(
    dataset: DatasetOption = "sample",
    data: DataOption = None,
    cache: CacheOption = None,
    floors: Annotated[Path | None, typer.Option("--floors", metavar="FILE", help="The pinned floors.")] = None,
    update: Annotated[bool, typer.Option("--update", help="Pin what is measured now; floors only rise.")] = False,
    allow_lower: Annotated[bool, typer.Option("--allow-lower", help="With --update: floors may fall.")] = False,
) -> None:
    """Measure a set and fail when a figure is under its pinned floor."""
    if allow_lower and not update:
        raise typer.BadParameter("--allow-lower goes with --update")
    path = floors or gate.FLOORS / f"{dataset}.json"
    old = gate.read_condition(path)
    if old is None and not update:
        raise DatasetError(f"no floors are pinned in {path}; pin them with --update")
    encoder = _encoder("")
    with _opened(_dataset(dataset, data, None, None), encoder, None, cache or default_cache()) as opened:
        system = Chuchu(opened.assistant, opened.collection)
        found = _measured(opened, [system], opened.queries(None), f"{encoder.fingerprint} None True", encoder)
    result = found.evaluation.result
    forget(found.journals)
    if update:
        old = gate.update(result, old, command=f"chuchu-eval gate --dataset {dataset}", allow_lower=allow_lower)
        gate.write_condition(path, old)
    assert old is not None
    checks = gate.check(result, old)
    for check in checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.measured:.4f}, {check.relation} {check.bound:.4f}")
    if not all(check.passed for check in checks):
        raise typer.Exit(FAILED)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="The folder of a run, the one to compare with.")],
    b: Annotated[Path, typer.Argument(help="The folder of a run, the new one.")],
    row_a: Annotated[str, typer.Option("--row-a", metavar="SYSTEM", help="Which system of A; the first when not given.")] = "",
    row_b: Annotated[str, typer.Option("--row-b", metavar="SYSTEM", help="Which system of B.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Two results of one set: means, a paired randomisation test, and the queries that were won and lost."""
    differences = compare_results(read_result(a), read_result(b), row_a=row_a, row_b=row_b)
    if as_json:
        print(json.dumps([to_json(difference) for difference in differences], ensure_ascii=False))
    else:
        print(comparison_table(differences))


@app.command("reading")
def reading_command(
    data: DataOption = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME", help=f"One of {', '.join(NAMES)}; may be repeated.")] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder that is written.")] = Path("chuchu-eval-reading"),
    as_json: JsonOption = False,
) -> None:
    """Measure how well documents are read: encodings, structure, joints, dates, reprints, speed; writes a folder with a report."""
    if unknown := set(only or ()) - set(NAMES):
        raise typer.BadParameter(f"there is no measurement {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    folder = datasets.data_folder(data)
    started, clock = datetime.now(UTC), time.perf_counter()
    found: list[Measurement] = []
    missing: list[str] = []
    try:
        with _progress() as bar:
            for name in [name for name in NAMES if not only or name in only]:
                bar.counted(f"measuring {name}", 0, 1)
                try:
                    found.append(measured(name, folder))
                except DatasetError as error:
                    missing.append(f"not measured: {name}: {error}")
                    continue
                bar.counted(f"measuring {name}", 1, 1)
                write_measurements(found, environment(started, time.perf_counter() - clock, ()), out)
    except KeyboardInterrupt:
        _say(f"stopped; measured and written to {out}: {', '.join(one.name for one in found) or 'nothing'}")
        raise typer.Exit(STOPPED) from None
    if found:
        print(json.dumps([to_json(one) for one in found], ensure_ascii=False) if as_json else "\n".join(map(measurement_text, found)))
        _say(f"written to {out}; open {out / 'report.html'}")
    for line in missing:
        _say(line)
    if missing:
        raise typer.Exit(SKIPPED if found else FAILED)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A set with its library, open."""

    dataset: Dataset
    assistant: Assistant
    collection: Collection
    home: Path  # where what is derived from the library, and journals, are kept
    skipped: int  # files the library could not take
    nearest: Callable[[str], list[tuple[str, str]]]  # name and text of the passages that the beginning of a text finds

    def queries(self, limit: int | None) -> tuple[Query, ...]:
        """The set's queries, or its first, pinned, with the slices they are reported in."""
        drafts = datasets.first_queries(self.dataset.drafts, limit) if limit else self.dataset.drafts
        with _progress() as bar:
            pinned = list(bar.tracked("pinning gold", len(drafts), (pin([draft], self.collection)[0] for draft in drafts)))
            return tuple(bar.tracked("slices", len(pinned), (self._labelled(query) for query in pinned)))

    def _labelled(self, query: Query) -> Query:
        own = {place.document for place in query.gold}
        near = copies(query, self.collection, lambda text: [found for name, found in self.nearest(text) if name not in own])
        told = [label for label in (*slices(query, self.collection), near) if label]
        given = {label.partition(":")[0] for label in query.slices}  # what the set itself says goes before what its words look like
        return replace(query, slices=(*query.slices, *(label for label in told if label.partition(":")[0] not in given)))


@dataclass(frozen=True, slots=True)
class _Found:
    evaluation: Evaluation
    asked: tuple[Asked, ...]
    journals: tuple[Path, ...]


def _dataset(name: str, data: Path | None, library: Path | None, documents: Path | None) -> Dataset:
    """A named set, or the queries of a file over the library or the documents that are named with it."""
    if name in datasets.NAMES:
        if library or documents:
            raise typer.BadParameter(f"--library and --documents go with a file of queries; {name} has its own documents")
        return datasets.load(name, data)
    file = Path(name)
    if not file.exists() and file.suffix == "":
        raise typer.BadParameter(f"there is no set {name!r}, nor a file of that name; the sets are {', '.join(datasets.NAMES)}")
    if (library is None) == (documents is None):
        raise typer.BadParameter("a file of queries needs either --library or --documents")
    drafts, sha256 = datasets.read_queries(file), datasets.sha256_of([file])
    if documents is None:
        return Dataset(file.stem, sha256, drafts, Corpus(str(library), ""))
    if not documents.is_dir():
        raise DatasetError(f"there is no folder {documents}; --documents names the folder that the queries are asked of")
    files = sorted(path for path in documents.rglob("*") if path.is_file())
    return Dataset(file.stem, sha256, drafts, Corpus(documents.name, datasets.sha256_of(files), documents))


@contextmanager
def _opened(dataset: Dataset, encoder: Encoder, library: Path | None, cache: Path) -> Iterator[_Opened]:
    try:
        built = _built(dataset, encoder, library, cache)
        skipped = built.report.skipped if built.report else ()
        for file in skipped:
            _say(f"skipped: {file.path}: {file.reason}")
        with built.assistant as assistant:
            collection = Collection(assistant.library)

            @cache_calls
            def nearest(text: str) -> list[tuple[str, str]]:
                hits = assistant.search(text[:LOOKED_FOR], k=NEAREST)
                return [(collection.name(hit.passage.doc_id), hit.passage.text) for hit in hits]

            yield _Opened(dataset, assistant, collection, built.home, len(skipped), nearest)
    except KeyboardInterrupt:
        _say("stopped; the same command goes on where it was")
        raise typer.Exit(STOPPED) from None


def _built(dataset: Dataset, encoder: Encoder, library: Path | None, cache: Path) -> Built:
    if library is not None:
        assistant = Assistant.open(library, encoder=encoder, read_only=True)
        key = hashlib.sha256(f"{library.resolve()} {assistant.library.position()}".encode()).hexdigest()[:16]
        return Built(assistant, cache / f"own-{key}", None)
    with _progress() as bar:
        return build(dataset.corpus, encoder, cache=cache, progress=bar.ingested)


def _baselines(opened: _Opened, encoder: Encoder, also: Sequence[str]) -> list[System]:
    from eval.systems.baselines import baselines, encoder_alone

    with _progress() as bar:
        rows: list[System] = [*baselines(opened.collection, opened.assistant.library, encoder, opened.home, bar.counted)]
        rows += [encoder_alone(opened.collection, _encoder(name), opened.home, bar.counted, name=name) for name in also]
    return rows


def _measured(opened: _Opened, systems: Sequence[System], queries: Sequence[Query], variant: str, encoder: Encoder) -> _Found:
    """Every system asked, from its journal on. variant: what the responses depend on besides set, library and code."""
    collection, dataset = opened.collection, opened.dataset
    config = Config(
        dataset=dataset.name,
        dataset_sha256=dataset.sha256,
        corpus=dataset.corpus.name,
        corpus_sha256=dataset.corpus.sha256,
        encoder=encoder.fingerprint,
        code=code_key(),
        documents=len(collection),
        passages=collection.n_passages,
        queries=len(queries),
        note=dataset.note,
    )
    started, clock = datetime.now(UTC), time.perf_counter()
    asked, journals = [], []
    with _progress() as bar:
        for system in systems:
            key = hashlib.sha256(f"{config.dataset_sha256} {config.code} {variant} {system.name}".encode()).hexdigest()[:16]
            journals.append(opened.home / "journals" / f"{file_name(system.name)}-{key}.jsonl")
            asked.append(ask(system, queries, collection, journals[-1], track=bar.tracked))
    return _Found(evaluation(config, asked, started, time.perf_counter() - clock), tuple(asked), tuple(journals))


def _told(found: _Found, out: Path, *, as_json: bool) -> None:
    """Write the folder, print what was found, and let go of the journals."""
    write_outputs(found.evaluation, found.asked, out)
    forget(found.journals)
    print(json.dumps(to_json(found.evaluation), ensure_ascii=False) if as_json else summary(found.evaluation))
    _say(f"written to {out}; open {out / 'report.html'}")


def _encoder(name: str) -> Encoder:
    if name:
        from embeddings.transformer_encoder import SentenceTransformerEncoder

        try:
            return SentenceTransformerEncoder(name)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    from embeddings.static_encoder import StaticEncoder

    return StaticEncoder.bundled()


@dataclass(frozen=True, slots=True)
class _Bar:
    progress: Progress

    def ingested(self, step: IngestProgress) -> None:
        self.counted(f"ingesting: {step.stage}", step.done, step.total)

    def counted(self, what: str, done: int, total: int) -> None:
        task = next((task.id for task in self.progress.tasks if task.description == what), None)
        task = self.progress.add_task(what) if task is None else task
        self.progress.update(task, completed=done, total=total)

    def tracked(self, what: str, total: int, items: Iterable[Item]) -> Iterable[Item]:
        return self.progress.track(items, total=total, description=what)


@contextmanager
def _progress() -> Iterator[_Bar]:
    """Bars on stderr with count, elapsed and remaining time; silent where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bar(progress)


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def main() -> None:
    """The console script: one sentence for whatever the user can act on, no traceback."""
    try:
        app()
    except ChuchuError as error:
        _say(f"chuchu-eval: {error}")
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
