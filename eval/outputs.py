"""An evaluation as a folder of files, and back.

    config.json              what was measured
    metrics.json             every measure of every system, over all queries and over each slice
    queries-SYSTEM.jsonl     what came for each query, with its scores
    run-SYSTEM.trec          the ranking in TREC's form; qrels.trec what is relevant, for any tool that reads the two
    answers-SYSTEM.jsonl     the answers with their quotes, in the form that `chuchu-eval score` takes
    report.html              for a reader
    environment.json         machine, packages and times: with the end of the report the only part that differs between two runs

Files are written aside and then renamed, so a folder never holds half of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from eval.datasets.records import DatasetError
from eval.metrics.intervals import Metric
from eval.report.page import page
from eval.results import Config, Evaluation, QueryResult, Result, Slice, SystemResult
from eval.run import Asked
from eval.systems.files import write_answers, write_qrels, write_trec
from qa.records import from_json, to_json


def write_outputs(evaluation: Evaluation, asked: Sequence[Asked], folder: Path) -> None:
    """Write the files; the folder is made, files of the same names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    result = evaluation.result
    write_whole(folder / "config.json", _pretty(to_json(result.config)))
    write_whole(folder / "metrics.json", _pretty({"format": 1, "systems": [_summary(system) for system in result.systems]}))
    write_whole(folder / "environment.json", _pretty(to_json(evaluation.environment)))
    for one in asked:
        name = file_name(one.result.system)
        write_whole(folder / f"queries-{name}.jsonl", "".join(_line(query) for query in one.result.queries))
        write_trec(folder / f"run-{name}.trec", one.result.system, one.responses)
        if any(response.answers for response in one.responses):
            write_answers(folder / f"answers-{name}.jsonl", one.responses)
    write_qrels(folder / "qrels.trec", _pooled(asked))
    write_whole(folder / "report.html", page(evaluation))


def read_result(folder: Path) -> Result:
    """The result in a folder of `write_outputs`. DatasetError when there is none."""
    try:
        config = from_json(Config, _json(folder / "config.json"))
        systems = tuple(_system(folder, summary) for summary in _json(folder / "metrics.json")["systems"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder} is not a folder of `chuchu-eval run --out`: {error}") from error
    return Result(config, systems)


def file_name(system: str) -> str:
    """The name of a system as part of a file name."""
    return re.sub(r"[^0-9A-Za-z]+", "-", system).strip("-").lower()


def _summary(system: SystemResult) -> dict[str, Any]:
    return {
        "system": system.system,
        "metrics": [_fields(metric) for metric in system.metrics],
        "slices": [{"name": part.name, "metrics": [_fields(metric) for metric in part.metrics]} for part in system.slices],
    }


def _system(folder: Path, summary: dict[str, Any]) -> SystemResult:
    lines = (folder / f"queries-{file_name(summary['system'])}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    return SystemResult(
        system=summary["system"],
        metrics=_metrics(summary["metrics"]),
        slices=tuple(Slice(part["name"], _metrics(part["metrics"])) for part in summary["slices"]),
        queries=tuple(from_json(QueryResult, json.loads(line)) for line in lines),
    )


def _metrics(rows: Iterable[dict[str, Any]]) -> tuple[Metric, ...]:
    return tuple(Metric(**row) for row in rows)


def _fields(metric: Metric) -> dict[str, Any]:
    return {"name": metric.name, "value": metric.value, "low": metric.low, "high": metric.high, "n": metric.n}


def _pooled(asked: Sequence[Asked]) -> Iterable[tuple[str, str]]:
    """What is relevant: the passages that hold gold, and whatever a system found that holds it too."""
    for query_id in asked[0].relevant:
        for place in sorted({place for one in asked for place in one.relevant[query_id]}):
            yield query_id, place


def _line(query: QueryResult) -> str:
    return json.dumps(to_json(query), ensure_ascii=False) + "\n"


def _json(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _pretty(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write aside, then rename: whoever reads meanwhile finds the old file or the new one."""
    aside = path.with_name(f"{path.name}.part")
    aside.write_text(text, encoding="utf-8", newline="")
    aside.replace(path)
