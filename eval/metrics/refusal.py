"""Refusal: how well a confidence tells the queries that can be answered, and the answers that are right, from the others.

Statistics of a whole set, not means over queries, so their intervals come from `intervals.resampled`. Confidences are 0..1, larger is
surer; a query is refused when its confidence is below a threshold. No statistic depends on the order of its input. Not handled: systems
that give no confidence (of them only the share that was refused can be measured).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = Sequence[float] | NDArray[np.float64]
Flags = Sequence[bool] | NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a risk-coverage curve: what happens when everything below the threshold is refused."""

    threshold: float
    coverage: float  # share of queries answered
    risk: float  # share of the answered that are wrong


@dataclass(frozen=True, slots=True)
class Bin:
    """The queries whose confidence is above low and at most high (the first bin holds 0 too)."""

    low: float
    high: float
    confidence: float  # mean
    right: float  # share
    n: int


def auroc(positive: Numbers, negative: Numbers) -> float:
    """The chance that the positive one of a pair has the larger value, ties counting one half; nan when a side is empty.

    Area under the ROC curve, as Mann and Whitney's U over the number of pairs; O(n log n).
    """
    above, below = _numbers(positive), np.sort(_numbers(negative))
    if not len(above) or not len(below):
        return float("nan")
    wins = np.searchsorted(below, above, side="left").sum()
    wins_and_ties = np.searchsorted(below, above, side="right").sum()
    return float(wins + wins_and_ties) / (2 * len(above) * len(below))


def risk_coverage(confidences: Numbers, right: Flags) -> tuple[Point, ...]:
    """The curve from the largest threshold to the smallest, one point for each distinct confidence; equal ones are answered together.

    Geifman and El-Yaniv, Selective Classification for Deep Neural Networks (NeurIPS 2017).
    """
    values, members, wrong = _falling(confidences, right)
    answered = np.cumsum(members)
    risks = np.cumsum(wrong) / answered
    points = zip(values.tolist(), (answered / members.sum()).tolist(), risks.tolist(), strict=True)
    return tuple(Point(threshold, coverage, risk) for threshold, coverage, risk in points)


def area_under_risk(confidences: Numbers, right: Flags) -> float:
    """The risk, mean over the coverages 1/n, 2/n, ... n/n; 0..1, smaller is better, nan for no queries.

    Of equal confidences any order is as good as another: the risk at a coverage is the one expected when the order is drawn.
    Geifman, Uziel and El-Yaniv, Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers (ICLR 2019).
    """
    _, members, wrong = _falling(confidences, right)
    if not len(members):
        return float("nan")
    expected = np.cumsum(np.repeat(wrong / members, members))  # wrong ones among the first 1, 2, ... n
    return float(np.mean(expected / np.arange(1, len(expected) + 1)))


def refused_at(answerable: Numbers, unanswerable: Numbers, wrongly: float) -> float:
    """The share of the unanswerable that is refused where at most the share `wrongly` of the answerable is; nan when a side is empty.

    The threshold is the largest that refuses no more of the answerable; when `wrongly` is 1, everything is refused. ValueError when
    `wrongly` is outside 0..1.
    """
    if not 0 <= wrongly <= 1:
        raise ValueError(f"a share is 0..1, got {wrongly}")
    kept, others = np.sort(_numbers(answerable)), _numbers(unanswerable)
    if not len(kept) or not len(others):
        return float("nan")
    allowed = int(wrongly * len(kept) + 1e-9)  # a product like 0.29 * 100 falls short of its integer
    threshold = kept[allowed] if allowed < len(kept) else np.inf
    return float(np.mean(others < threshold))


def reliability(confidences: Numbers, right: Flags, bins: int = 10) -> tuple[Bin, ...]:
    """The queries by confidence, in bins of equal width, lowest first; bins that hold none are left out.

    ValueError for a confidence outside 0..1 and for bins < 1.
    """
    counts, sums, rights = _binned(confidences, right, bins)
    return tuple(
        Bin(place / bins, (place + 1) / bins, float(sums[place] / n), float(rights[place] / n), n)
        for place, n in enumerate(counts.tolist())
        if n
    )


def calibration_error(confidences: Numbers, right: Flags, bins: int = 10) -> float:
    """The distance of mean confidence and share right, mean over bins weighted by their queries; 0..1, nan for no queries.

    Expected calibration error. Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks (ICML 2017). ValueError as
    `reliability`.
    """
    counts, sums, rights = _binned(confidences, right, bins)
    return float(np.abs(sums - rights).sum() / counts.sum()) if counts.any() else float("nan")


def _falling(confidences: Numbers, right: Flags) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """The distinct confidences, largest first; how many queries have each; how many of these are wrong."""
    numbers, flags = _paired(confidences, right)
    values, place, members = np.unique(numbers, return_inverse=True, return_counts=True)
    wrong = np.bincount(place[~flags], minlength=len(values))
    return values[::-1], members[::-1], wrong[::-1]


def _binned(confidences: Numbers, right: Flags, bins: int) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """Of each bin: how many queries, the sum of their confidences, how many are right."""
    if bins < 1:
        raise ValueError(f"reliability needs at least one bin, got {bins}")
    numbers, flags = _paired(confidences, right)
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(f"confidences are 0..1, got {numbers.min()} to {numbers.max()}")
    edges = np.arange(1, bins) / bins
    place = np.searchsorted(edges, numbers, side="left")  # an edge belongs to the bin below it
    return (
        np.bincount(place, minlength=bins),
        np.bincount(place, weights=numbers, minlength=bins).astype(np.float64),
        np.bincount(place[flags], minlength=bins),
    )


def _paired(confidences: Numbers, right: Flags) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    numbers, flags = _numbers(confidences), np.asarray(right, dtype=np.bool_)
    if len(numbers) != len(flags):
        raise ValueError(f"each confidence needs to be right or wrong, got {len(numbers)} and {len(flags)}")
    return numbers, flags


def _numbers(values: Numbers) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    if np.isnan(numbers).any():
        raise ValueError("a confidence is a number, got nan; leave out the queries that have none")
    return numbers
