"""An evaluation as files: `result.json` (the same on every rerun), `environment.json` (this run's machine and times), `report.md` (both, to
read; what changes between runs stands under its last heading).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from eval.comparison import Difference
from eval.datasets import DatasetError
from eval.metrics import Metric
from eval.run import (
    CONTEXT,
    IN_ANY,
    IN_FIRST,
    MRR,
    REFUSED,
    SPAN,
    WRONGLY_REFUSED,
    Config,
    Environment,
    Evaluation,
    QueryResult,
    Result,
    Slice,
)
from qa.records import from_json, to_json

WORST = 20
IN_SLICES = (f"{CONTEXT}1", f"{CONTEXT}10", f"{SPAN}1", f"{SPAN}10", MRR, IN_FIRST, REFUSED, WRONGLY_REFUSED)


def write_report(evaluation: Evaluation, folder: Path) -> None:
    """Write the three files; the folder is made, files of the same names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, record in (("result.json", evaluation.result), ("environment.json", evaluation.environment)):
        (folder / name).write_text(json.dumps(to_json(record), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(evaluation), encoding="utf-8")


def read_result(path: Path) -> Result:
    """The result in a report's folder, or in its `result.json`. DatasetError when there is none."""
    file = path / "result.json" if path.is_dir() else path
    try:
        return from_json(Result, json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{file} is not a result of `chuchu-eval run --out`: {error}") from error


def markdown(evaluation: Evaluation) -> str:
    """The report for a reader."""
    result = evaluation.result
    config = result.config
    parts = [
        f"# Evaluation: {config.dataset}",
        f"{config.queries} queries over {config.documents} documents, {config.passages} passages. "
        "Intervals: 95 %, bootstrap over queries. n: queries a measure is a mean of.",
        metric_table(result.metrics),
    ]
    if result.slices:
        parts += ["## Slices", slice_table(result.slices)]
    worst = worst_cases(result.queries)
    parts += ["## Worst cases", _worst_table(worst) if worst else "None: every query found its gold first and was answered rightly."]
    parts += ["## Configuration", _config_table(config), "## Machine and times", _environment_table(evaluation.environment)]
    return "\n\n".join(parts) + "\n"


def metric_table(metrics: Iterable[Metric]) -> str:
    """One row a measure: mean, interval, n."""
    return _table(["measure", "mean", "95 %", "n"], [[m.name, f"{m.value:.3f}", f"{m.low:.3f}–{m.high:.3f}", str(m.n)] for m in metrics])


def slice_table(slices: Iterable[Slice]) -> str:
    """One row a slice: the main measures as mean (95 %) and n; "-" where a measure applies to no query of the slice."""
    rows = []
    for part in slices:
        metrics = {metric.name: metric for metric in part.metrics}
        rows.append([part.name, *(_brief(metrics.get(name)) for name in IN_SLICES)])
    return _table(["slice", *IN_SLICES], rows)


def _brief(metric: Metric | None) -> str:
    return f"{metric.value:.3f} ({metric.low:.2f}–{metric.high:.2f}), {metric.n}" if metric else "-"


def comparison_table(differences: Iterable[Difference]) -> str:
    """One row a measure: both means, their difference, the p of the randomisation test, queries that rose and fell."""
    head = ["measure", "A", "B", "B - A", "p", "rises", "falls", "n"]
    rows = [
        [d.name, f"{d.a:.3f}", f"{d.b:.3f}", f"{d.b - d.a:+.3f}", f"{d.p:.4f}", str(d.rises), str(d.falls), str(d.n)] for d in differences
    ]
    return _table(head, rows)


def worst_cases(queries: Iterable[QueryResult]) -> list[QueryResult]:
    """At most 20 queries that went wrong: first what was answered without evidence, then by how far the gold was from the top."""
    return sorted(filter(_went_wrong, queries), key=_badness)[:WORST]


def _went_wrong(query: QueryResult) -> bool:
    if not query.answerable:
        return query.status == "answered"
    return query.gold_rank != 1 or _score(query, IN_FIRST) < 1


def _badness(query: QueryResult) -> tuple[bool, float, float, str]:
    return query.answerable, _score(query, MRR), _score(query, IN_ANY), query.query_id


def _score(query: QueryResult, name: str) -> float:
    return next((score.value for score in query.scores if score.name == name), 0.0)


def _worst_table(queries: Sequence[QueryResult]) -> str:
    rows = [
        [query.query_id, query.text, "、".join(query.answers) or "(no answer in the library)", _rank(query), _came(query), query.first_hit]
        for query in queries
    ]
    return _table(["id", "query", "expected", "gold at", "came", "first hit"], rows)


def _rank(query: QueryResult) -> str:
    return "-" if not query.answerable else str(query.gold_rank) if query.gold_rank else "not in 10"


def _came(query: QueryResult) -> str:
    return query.first_statement or f"refused: {query.reason}"


def _config_table(config: Config) -> str:
    return _table(["", ""], [["dataset", f"{config.dataset}, sha256 {config.dataset_sha256}"], ["encoder", config.encoder]])


def _environment_table(environment: Environment) -> str:
    rows = [
        ["started", environment.started],
        ["asking and scoring", f"{environment.seconds} s"],
        ["ask, p50 / p95", f"{environment.ask_p50_ms} / {environment.ask_p95_ms} ms"],
        ["search, p50", f"{environment.search_p50_ms} ms"],
        ["machine", environment.machine],
        ["python", environment.python],
        ["packages", ", ".join(environment.packages)],
    ]
    return _table(["", ""], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    """Text that stays in its cell, and is text whatever it holds: it comes from documents."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
