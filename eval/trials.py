"""Does `compare` see what is there, and only that? python -m eval.trials RUN_FOLDER

Nothing to find: two runs that differ only by a seed. Each takes every query's result from one of two systems of the run by the toss of a
coin, so the two are equally good and seldom equal. Something to find: our own result with two points planted as lost, on queries drawn by
a seed. The first is found by chance in about one trial of twenty, or a test at 95 % would not deserve its name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from eval.comparison import compare_systems
from eval.datasets.records import DatasetError
from eval.measures import IN_FIRST, SPAN
from eval.outputs import read_result
from eval.results import QueryResult, Score, SystemResult
from qa.errors import ChuchuError

TRIALS = 100
POINTS = 0.02
PLANTED = (f"{SPAN}1", IN_FIRST)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `compare` said in so many trials."""

    what: str
    trials: int
    found: int  # trials in which it found a difference


def seeds_alone(one: SystemResult, other: SystemResult, *, trials: int = TRIALS) -> Outcome:
    """Pairs of runs that differ only by their seed; a trial counts when any measure is said to differ."""
    found = 0
    for seed in range(trials):
        a, b = (_mixed(one, other, 2 * seed + half) for half in (0, 1))
        found += any(difference.found for difference in compare_systems(a, b))
    return Outcome("differ only by seed", trials, found)


def planted_losses(system: SystemResult, *, trials: int = TRIALS) -> Iterator[Outcome]:
    """Our result against itself with two points of one measure lost; a trial counts when that measure is said to differ."""
    for name in PLANTED:
        if system.metric(name) is None:
            continue
        found = 0
        for seed in range(trials):
            differences = compare_systems(system, _with_loss(system, name, seed))
            found += any(difference.found for difference in differences if difference.name == name)
        yield Outcome(f"{name}, {100 * POINTS:.0f} points lost", trials, found)


def _mixed(one: SystemResult, other: SystemResult, seed: int) -> SystemResult:
    """Each query's result from one of the two, by a coin; of the scores only those both systems have."""
    coins = np.random.default_rng(seed).integers(0, 2, len(one.queries))
    shared = {metric.name for metric in one.metrics} & {metric.name for metric in other.metrics}
    queries = tuple(_only((a, b)[coin], shared) for a, b, coin in zip(one.queries, other.queries, coins, strict=True))
    return replace(one, system=f"seed {seed}", queries=queries)


def _only(query: QueryResult, names: set[str]) -> QueryResult:
    return replace(query, scores=tuple(score for score in query.scores if score.name in names))


def _with_loss(system: SystemResult, name: str, seed: int) -> SystemResult:
    """The system with as many queries, drawn among those it got right, got wrong."""
    right = [place for place, query in enumerate(system.queries) if query.score(name) == 1]
    asked = sum(query.score(name) is not None for query in system.queries)
    lost = set(np.random.default_rng(seed).choice(right, round(POINTS * asked), replace=False).tolist())
    queries = [_without(query, name) if place in lost else query for place, query in enumerate(system.queries)]
    return replace(system, queries=tuple(queries))


def _without(query: QueryResult, name: str) -> QueryResult:
    return replace(query, scores=tuple(Score(name, 0.0) if score.name == name else score for score in query.scores))


def outcomes(systems: Sequence[SystemResult], trials: int) -> Iterator[Outcome]:
    """All of them, each as soon as it is known. DatasetError for a run of one system."""
    if len(systems) < 2:
        raise DatasetError("the trials need a run with at least two systems; run it without --no-baselines")
    yield seeds_alone(systems[0], systems[1], trials=trials)
    yield from planted_losses(systems[0], trials=trials)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.trials", description="Try the comparison on runs of which the truth is known.")
    parser.add_argument("run", type=Path, help="a folder of `chuchu-eval run`, with baselines")
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args()
    try:
        for outcome in outcomes(read_result(chosen.run).systems, chosen.trials):
            said = f"{outcome.what}: a difference found in {outcome.found} of {outcome.trials} trials"
            fields = {"what": outcome.what, "trials": outcome.trials, "found": outcome.found}
            print(json.dumps(fields) if chosen.json else said, flush=True)  # noqa: T201
    except ChuchuError as error:
        sys.exit(f"eval.trials: {error}")


if __name__ == "__main__":
    main()
