"""Two results of one set against each other: the paired randomisation test on the scores of each query.

The test asks how often a difference of means at least this large would come if each query's two scores could have been swapped (Smucker,
Allan and Carterette, "A comparison of statistical significance tests for information retrieval evaluation", CIKM 2007). Looking at many
measures would find a difference by chance alone sooner or later, so each p is also given as adjusted over all measures (Holm, "A simple
sequentially rejective multiple test procedure", 1979), and only that one decides. Measures of a whole set, as AUROC, are not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.datasets.records import DatasetError
from eval.measures import BY_NAME, ORDER
from eval.metrics.intervals import interval
from eval.results import Result, SystemResult

TRIALS = 10_000
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """One query whose score differs."""

    query_id: str
    text: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of b against a."""

    name: str
    a: float
    b: float
    low: float  # of b - a, 95 %, bootstrap over queries
    high: float
    p: float  # two-sided, 0..1
    adjusted: float  # the same over all measures compared: only this one decides
    wins: tuple[Change, ...]  # queries that b does better, by how much and then by id
    losses: tuple[Change, ...]
    n: int  # queries scored in both

    @property
    def found(self) -> bool:
        """Whether the two differ at 95 %."""
        return self.adjusted < LEVEL


def compare(a: Result, b: Result, *, row_a: str = "", row_b: str = "", trials: int = TRIALS) -> list[Difference]:
    """Every measure the two share, over the queries scored in both. row_a, row_b: the system of each, the first when not named.

    DatasetError when they are not of the same set and documents, or have no such system.
    """
    one, two = a.config, b.config
    if (one.dataset_sha256, one.corpus_sha256) != (two.dataset_sha256, two.corpus_sha256):
        raise DatasetError(f"these are results of different sets: {one.dataset} and {two.dataset}, or two states of one")
    return compare_systems(_row(a, row_a), _row(b, row_b), trials=trials)


def compare_systems(a: SystemResult, b: SystemResult, *, trials: int = TRIALS) -> list[Difference]:
    """The same for two systems' results."""
    texts = {query.query_id: query.text for query in a.queries}
    scores_a, scores_b = _scores(a), _scores(b)
    found = []
    for name in sorted(scores_a.keys() & scores_b.keys(), key=ORDER.__getitem__):
        keys = [key for key in scores_a[name] if key in scores_b[name]]
        if keys:
            changes = [Change(key, texts[key], scores_a[name][key], scores_b[name][key]) for key in keys]
            found.append(_difference(name, changes, trials))
    return _adjusted(found)


def _row(result: Result, name: str) -> SystemResult:
    for system in result.systems:
        if system.system == name or not name:
            return system
    raise DatasetError(f"there is no row {name!r} in this run; it has {', '.join(repr(system.system) for system in result.systems)}")


def _scores(system: SystemResult) -> dict[str, dict[str, float]]:
    scores: dict[str, dict[str, float]] = {}
    for query in system.queries:
        for score in query.scores:
            scores.setdefault(score.name, {})[query.query_id] = score.value
    return scores


def _difference(name: str, changes: Sequence[Change], trials: int) -> Difference:
    a, b = (np.array(values, dtype=np.float64) for values in ([c.a for c in changes], [c.b for c in changes]))
    better = -1.0 if BY_NAME[name].smaller_is_better else 1.0
    moved = sorted((change for change in changes if change.a != change.b), key=lambda c: (-abs(c.b - c.a), c.query_id))
    low, high = interval((b - a).tolist())
    return Difference(
        name=name,
        a=float(a.mean()),
        b=float(b.mean()),
        low=low,
        high=high,
        p=randomisation_p(a.tolist(), b.tolist(), trials=trials),
        adjusted=1.0,
        wins=tuple(change for change in moved if better * (change.b - change.a) > 0),
        losses=tuple(change for change in moved if better * (change.b - change.a) < 0),
        n=len(changes),
    )


def _adjusted(differences: Sequence[Difference]) -> list[Difference]:
    """With Holm's adjusted p: the k-th smallest of m is multiplied by m - k + 1, and none may be below the one before it."""
    order = sorted(range(len(differences)), key=lambda place: differences[place].p)
    adjusted, least = list(differences), 0.0
    for k, place in enumerate(order):
        least = max(least, min(1.0, (len(order) - k) * differences[place].p))
        adjusted[place] = replace(differences[place], adjusted=least)
    return adjusted


def randomisation_p(a: Sequence[float], b: Sequence[float], *, trials: int = TRIALS, seed: int = 0) -> float:
    """Two-sided p of the difference of means of paired scores, from random swaps; above 0, at most 1. Seeded."""
    differences = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    differences = differences[differences != 0]  # a swap of equal scores changes nothing
    observed = abs(differences.sum())
    generator = np.random.default_rng(seed)
    as_large = 0
    for first in range(0, trials, 500):  # in parts, to bound the memory
        part = min(500, trials - first)
        signs = generator.integers(0, 2, size=(part, len(differences)), dtype=np.int8) * 2.0 - 1.0
        as_large += int((abs(signs @ differences) >= observed - 1e-12).sum())
    return (as_large + 1) / (trials + 1)
