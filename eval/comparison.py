"""Two results of one set against each other: the paired randomisation test on the scores of each query.

The test asks how often a difference of means at least this large would come if each query's two scores could have been swapped. Each
measure is tested alone; nothing corrects for looking at many. Smucker, Allan and Carterette, "A comparison of statistical significance
tests for information retrieval evaluation", CIKM 2007.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.datasets import DatasetError
from eval.run import Result

TRIALS = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of b against a."""

    name: str
    a: float
    b: float
    p: float  # two-sided, 0..1
    rises: int  # queries with a larger score in b
    falls: int
    n: int  # queries scored in both


def compare(a: Result, b: Result) -> list[Difference]:
    """Every measure the two share, over the queries scored in both. DatasetError when they are not of the same set."""
    if a.config.dataset_sha256 != b.config.dataset_sha256:
        raise DatasetError(f"these are results of different sets: {a.config.dataset} and {b.config.dataset}, or two states of one")
    scores_a, scores_b = _scores(a), _scores(b)
    names = [metric.name for metric in a.metrics if metric.name in {metric.name for metric in b.metrics}]
    return [_difference(name, [(scores_a[key], scores_b[key]) for key in scores_a if key[1] == name and key in scores_b]) for name in names]


def _scores(result: Result) -> dict[tuple[str, str], float]:
    return {(query.query_id, score.name): score.value for query in result.queries for score in query.scores}


def _difference(name: str, pairs: Sequence[tuple[float, float]]) -> Difference:
    if not pairs:
        return Difference(name, 0.0, 0.0, 1.0, 0, 0, 0)
    a, b = np.array(pairs, dtype=np.float64).T
    return Difference(
        name, float(a.mean()), float(b.mean()), randomisation_p(a.tolist(), b.tolist()), int((b > a).sum()), int((b < a).sum()), len(pairs)
    )


def randomisation_p(a: Sequence[float], b: Sequence[float], *, trials: int = TRIALS, seed: int = 0) -> float:
    """Two-sided p of the difference of means of paired scores, from random swaps; above 0, at most 1. Seeded."""
    differences = np.asarray(b, dtype=np.float64) - np.asarray(a, dtype=np.float64)
    differences = differences[differences != 0]  # a swap of equal scores changes nothing
    observed = abs(differences.sum())
    generator = np.random.default_rng(seed)
    as_large = 0
    for _ in range(0, trials, 500):  # in parts, to bound the memory
        signs = generator.integers(0, 2, size=(500, len(differences)), dtype=np.int8) * 2.0 - 1.0
        as_large += int((abs(signs @ differences) >= observed - 1e-12).sum())
    return (as_large + 1) / (trials + 1)
