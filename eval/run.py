"""One evaluation: systems are asked every query, what comes is scored, and summed up over all queries and over each slice.

    queries -> system.respond -> scored -> SystemResult -> Result

Everything in `Result` is the same on every run over the same documents, set and code; what depends on the moment and the machine is in
`Environment`. A run that is stopped goes on from its journals.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from eval.collection import Collection
from eval.gold import Query
from eval.journal import responses
from eval.judging import Judge
from eval.measures import NDCG, ORDER
from eval.metrics.intervals import Metric, summarise
from eval.metrics.retrieval import ndcg_at_10
from eval.results import Config, Environment, Evaluation, QueryResult, Result, Score, Slice, SystemResult, Timed
from eval.scoring import scored, set_metrics
from eval.systems.records import Response, System

PACKAGES = ("chuchu", "bm25s", "faiss-cpu", "ir-measures", "nltk", "numpy", "rjieba", "tantivy", "tokenizers")

Track = Callable[[str, int, Iterable[Response]], Iterable[Response]]  # name of the system, number of queries, responses as they come


@dataclass(frozen=True, slots=True)
class Asked:
    """What one system gave, scored."""

    result: SystemResult
    responses: tuple[Response, ...]
    relevant: dict[str, tuple[str, ...]]  # query id -> ids of the passages that hold its gold, and of the hits that were found to


def _untracked(name: str, total: int, responses: Iterable[Response]) -> Iterable[Response]:
    return responses


def ask(system: System, queries: Sequence[Query], collection: Collection, journal: Path, *, track: Track = _untracked) -> Asked:
    """Ask one system every query and score it. journal: where its responses are kept until the run is over. ValueError for no queries."""
    if not queries:
        raise ValueError("there are no queries to ask")
    judge = Judge(collection)
    results: list[QueryResult] = []
    given: list[Response] = []
    relevant: dict[str, tuple[str, ...]] = {}
    ranked: dict[str, tuple[str, ...]] = {}
    found: dict[str, tuple[str, ...]] = {}
    for query, response in zip(queries, track(system.name, len(queries), responses(system, queries, journal)), strict=True):
        result, judged = scored(query, response, judge, collection)
        results.append(result)
        given.append(response)
        relevant[query.query_id], ranked[query.query_id] = judged.relevant, judged.ranked
        found[query.query_id] = judged.found
    ndcg = ndcg_at_10(relevant, ranked)
    with_ndcg = tuple(_with_ndcg(result, ndcg) for result in results)
    pooled = {key: tuple(dict.fromkeys((*relevant[key], *found[key]))) for key in relevant}
    return Asked(summed_up(system.name, with_ndcg), tuple(given), pooled)


def summed_up(system: str, results: Sequence[QueryResult]) -> SystemResult:
    """Every measure over all queries, and over the queries of each slice."""
    slices = sorted({name for result in results for name in result.slices})
    return SystemResult(
        system=system,
        metrics=tuple(sorted((*_means(results), *set_metrics(results)), key=lambda metric: ORDER[metric.name])),
        slices=tuple(Slice(name, _means([result for result in results if name in result.slices])) for name in slices),
        queries=tuple(results),
    )


def _with_ndcg(result: QueryResult, ndcg: dict[str, float]) -> QueryResult:
    if result.query_id not in ndcg or not result.answerable:
        return result
    score = Score(NDCG, round(ndcg[result.query_id], 9))  # summed in C, so its last digits are the processor's
    return replace(result, scores=tuple(sorted((*result.scores, score), key=lambda score: ORDER[score.name])))


def _means(results: Sequence[QueryResult]) -> tuple[Metric, ...]:
    """Each measure over the queries it applies to; one that applies to none is left out."""
    values: dict[str, list[float]] = {}
    for result in results:
        for score in result.scores:
            values.setdefault(score.name, []).append(score.value)
    return tuple(summarise(name, values[name]) for name in sorted(values, key=lambda name: ORDER[name]))


def evaluation(config: Config, asked: Sequence[Asked], started: datetime, seconds: float) -> Evaluation:
    """The systems' results, ours first, with the environment they come from."""
    times = tuple(_timed(one) for one in asked)
    return Evaluation(Result(config, tuple(one.result for one in asked)), environment(started, seconds, times))


def _timed(asked: Asked) -> Timed:
    ms = [response.ms for response in asked.responses]
    half, most = (round(float(np.quantile(ms, share)), 2) for share in (0.5, 0.95))
    return Timed(asked.result.system, round(sum(ms) / 1000, 1), half, most)


def environment(started: datetime, seconds: float, times: Sequence[Timed]) -> Environment:
    """This machine, its packages, and how long it took."""
    return Environment(
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        times=tuple(times),
        machine=machine(),
        python=platform.python_version(),
        packages=tuple(_installed(name) for name in PACKAGES),
    )


def machine() -> str:
    """Processor, cores and system of this machine, in one line."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _installed(name: str) -> str:
    try:
        return f"{name}=={version(name)}"
    except PackageNotFoundError:
        return f"{name} (not installed as a package)"
