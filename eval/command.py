"""The command `chuchu-eval`: run, gate, compare. It reads options, shows progress on stderr and prints; the work is in the other modules.

Exit codes: 0 done; 1 failed, or under a floor; 2 misuse; 3 done, but files were skipped while the library was built.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from embeddings.encoder import Encoder
from eval import datasets, gate
from eval.building import build, default_cache
from eval.comparison import compare as compare_results
from eval.datasets import Dataset, DatasetError, Draft
from eval.gold import Query, pin
from eval.report import comparison_table, markdown, read_result, write_report
from eval.run import Config, Evaluation, evaluate
from qa.assistant import Assistant
from qa.errors import ChuchuError
from qa.records import IngestProgress, to_json

FAILED, MISUSE, SKIPPED = 1, 2, 3

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The offline evaluation of Chuchu.", pretty_exceptions_enable=False)


class Name(StrEnum):
    """The named sets."""

    SAMPLE = "sample"
    SEEDS = "seeds"
    OPEN_ZH = "open-zh"


DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The folder with data/ and seeds/ (else CHUCHU_DATA).")]
CacheOption = Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="Where built libraries are kept.")]
EncoderOption = Annotated[
    str, typer.Option("--encoder", metavar="NAME_OR_FOLDER", help="A sentence-transformers model; the bundled one when not given.")
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write result.json, environment.json and report.md there.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@dataclass(frozen=True, slots=True)
class _Run:
    evaluation: Evaluation
    skipped: int  # files the library could not take


@app.command()
def run(
    queries: Annotated[Path | None, typer.Option("--queries", metavar="FILE", help="Judged queries, JSON Lines.")] = None,
    library: Annotated[Path | None, typer.Option("--library", metavar="DIR", help="The library to ask; it is only read.")] = None,
    dataset: Annotated[Name | None, typer.Option("--dataset", help="A named set; its library is built once and kept.")] = None,
    data: DataOption = None,
    out: OutOption = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="At most N queries of each slice.")] = None,
    as_json: JsonOption = False,
    encoder: EncoderOption = "",
    cache: CacheOption = None,
) -> None:
    """Ask judged queries and measure: either --queries with --library, or --dataset."""
    if (dataset is None) == (queries is None and library is None):
        raise typer.BadParameter("give either --dataset, or --queries with --library")
    if dataset is not None:
        done = _run_dataset(_dataset(dataset, data), limit, encoder, cache)
    elif queries is not None and library is not None:
        done = _run_own(queries, library, limit, encoder)
    else:
        raise typer.BadParameter("--queries and --library go together")
    if out is not None:
        write_report(done.evaluation, out)
    print(json.dumps(to_json(done.evaluation), ensure_ascii=False) if as_json else markdown(done.evaluation))
    if done.skipped:
        _say(f"{done.skipped} files were skipped while the library was built")
        raise typer.Exit(SKIPPED)


@app.command("gate")
def gate_command(
    dataset: Annotated[Name, typer.Option("--dataset", help="A named set with pinned floors.")] = Name.SAMPLE,
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
    result = _run_dataset(_dataset(dataset, data), None, "", cache).evaluation.result
    if update:
        old = gate.update(result, old, command=f"chuchu-eval gate --dataset {dataset}", allow_lower=allow_lower)
        gate.write_condition(path, old)
    assert old is not None
    checks = gate.check(result, old)
    for check in checks:
        bound = "at most" if check.name in gate.SMALLER_IS_BETTER else "at least"
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.measured:.4f}, {bound} {check.bound:.4f}")
    if not all(check.passed for check in checks):
        raise typer.Exit(FAILED)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A folder of `run --out`, the one to compare with.")],
    b: Annotated[Path, typer.Argument(help="A folder of `run --out`, the new one.")],
    as_json: JsonOption = False,
) -> None:
    """Two results of one set: means, wins and losses, and the p of a paired randomisation test."""
    differences = compare_results(read_result(a), read_result(b))
    if as_json:
        print(json.dumps([to_json(difference) for difference in differences], ensure_ascii=False))
    else:
        print(comparison_table(differences))


def _dataset(name: Name, data: Path | None) -> Dataset:
    if name is Name.SAMPLE:
        return datasets.sample()
    folder = datasets.data_folder(data)
    return datasets.seeds(folder) if name is Name.SEEDS else datasets.open_zh(folder)


def _run_dataset(dataset: Dataset, limit: int | None, encoder: str, cache: Path | None) -> _Run:
    drafts = datasets.first_queries(dataset.drafts, limit) if limit else dataset.drafts
    chosen = _encoder(encoder)
    with _progress("ingesting") as bar:
        assistant, report = build(dataset, chosen, cache=cache or default_cache(), progress=bar.ingested)
    skipped = report.skipped if report else ()
    for file in skipped:
        _say(f"skipped: {file.path}: {file.reason}")
    with assistant:
        return _Run(_measured(assistant, dataset.name, dataset.sha256, chosen, drafts), len(skipped))


def _run_own(queries: Path, library: Path, limit: int | None, encoder: str) -> _Run:
    drafts = datasets.read_queries(queries)
    chosen = _encoder(encoder)
    with Assistant.open(library, encoder=chosen, read_only=True) as assistant:
        kept = datasets.first_queries(drafts, limit) if limit else drafts
        return _Run(_measured(assistant, queries.name, datasets.sha256_of([queries]), chosen, kept), 0)


def _measured(assistant: Assistant, name: str, sha256: str, encoder: Encoder, drafts: Sequence[Draft]) -> Evaluation:
    documents = assistant.library.documents()
    queries = pin(drafts, assistant.library)
    config = Config(name, sha256, encoder.fingerprint, len(documents), sum(info.n_passages for info in documents), len(queries))
    with _progress("asking") as bar:
        return evaluate(assistant, queries, config, track=bar.tracked)


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
    what: str

    def ingested(self, step: IngestProgress) -> None:
        task = self.progress.task_ids[0] if self.progress.task_ids else self.progress.add_task(step.stage)
        self.progress.update(task, description=f"{self.what}: {step.stage}", completed=step.done, total=step.total)

    def tracked(self, queries: Sequence[Query]) -> Iterable[Query]:
        return self.progress.track(queries, description=self.what)


@contextmanager
def _progress(what: str) -> Iterator[_Bar]:
    """A bar on stderr with count, elapsed and remaining time; silent where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bar(progress, what)


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
