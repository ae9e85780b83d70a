"""A measure over many queries, with the interval that says how far chance alone could have moved it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
DRAWN_AT_ONCE = 1_000_000  # places
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure over n queries, with its bootstrap interval. Rates are 0..1."""

    name: str
    value: float
    low: float
    high: float
    n: int  # queries it was made from


def interval(values: Sequence[float], *, seed: int = 0) -> tuple[float, float]:
    """The percentile bootstrap interval (95 %, 2,000 resamples of queries) of the mean; the same for the same values and seed.

    ValueError for no values. Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    if not values:
        raise ValueError("an interval needs at least one value")
    every = np.asarray(values, dtype=np.float64)
    distinct, counts = np.unique(every, return_counts=True)
    generator = np.random.default_rng(seed)
    if len(distinct) <= len(every) // 4:
        # How often each distinct value is drawn is multinomial: exact, and quick for measures of few values.
        means = generator.multinomial(len(every), counts / len(every), size=RESAMPLES) @ distinct / len(every)
    else:
        means = np.concatenate([every[drawn].mean(axis=1) for drawn in _draws(generator, len(every))])
    low, high = _ends(means)
    return low, high


def summarise(name: str, values: Sequence[float]) -> Metric:
    """The mean with its interval. ValueError for no values."""
    low, high = interval(values)
    return Metric(name, float(np.mean(values)), low, high, len(values))


def resampled(name: str, n: int, statistic: Callable[[NDArray[np.int64]], float], *, seed: int = 0, resamples: int = 500) -> Metric:
    """A statistic of n queries that is no mean, with its bootstrap interval.

    statistic: the places 0..n-1 of the queries drawn, to the value; nan where a draw leaves it undefined, which the interval passes over.
    ValueError when it is undefined over all queries, or over every draw.
    """
    value = statistic(np.arange(n))
    if not np.isfinite(value):
        raise ValueError(f"{name} is not defined over these {n} queries")
    generator = np.random.default_rng(seed)
    drawn = np.array([statistic(generator.integers(0, n, n)) for _ in range(resamples)])
    defined = drawn[np.isfinite(drawn)]
    if not len(defined):
        raise ValueError(f"{name} is not defined over any of {resamples} draws from these {n} queries; more queries are needed")
    low, high = _ends(defined)
    return Metric(name, float(value), low, high, n)


def upper_bound(failures: int, n: int) -> float:
    """The upper end of the one-sided 95 % interval of a share of which `failures` of n were seen (Clopper and Pearson 1934).

    Exact, so it says something where the bootstrap has nothing to draw from: for no failures it is near 3 / n. ValueError for no n.
    """
    from scipy.stats import beta  # type: ignore[import-untyped]

    if not 0 <= failures <= n or not n:
        raise ValueError(f"expected 0 to n failures of at least one, got {failures} of {n}")
    return float(beta.ppf(CONFIDENCE, failures + 1, n - failures)) if failures < n else 1.0


def _draws(generator: np.random.Generator, n: int) -> Iterator[NDArray[np.int64]]:
    """All resamples of n queries as rows of places, in blocks that fit a few megabytes."""
    block = max(1, min(RESAMPLES, DRAWN_AT_ONCE // n))
    for first in range(0, RESAMPLES, block):
        yield generator.integers(0, n, (min(block, RESAMPLES - first), n))


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
