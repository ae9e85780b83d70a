"""Intervals of means and of other statistics: known ones, and what must hold of any input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.metrics.intervals import interval, resampled, summarise, upper_bound

Places = NDArray[np.int64]


def test_the_interval_of_a_coin_is_near_the_normal_one() -> None:
    low, high = interval([1.0] * 50 + [0.0] * 50)
    assert (low, high) == pytest.approx((0.402, 0.598), abs=0.02)  # 0.5 +- 1.96 * 0.05
    assert interval([0.25]) == (0.25, 0.25)


def test_a_measure_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        summarise("MRR", [])


@given(st.lists(st.sampled_from([0.0, 1 / 3, 0.5, 1.0]), min_size=1, max_size=60))
def test_the_mean_lies_in_its_interval_and_the_interval_in_the_range(values: list[float]) -> None:
    metric = summarise("MRR", values)
    assert metric == summarise("MRR", values)
    assert min(values) - 1e-9 <= metric.low <= metric.high <= max(values) + 1e-9
    if len(values) >= 10:
        assert metric.low - 1e-9 <= metric.value <= metric.high + 1e-9


def test_the_multinomial_draw_agrees_with_resampling_one_by_one() -> None:
    values = np.random.default_rng(1).choice([0.0, 0.2, 0.5, 1.0], size=80)
    resampled = np.random.default_rng(2).choice(values, size=(20_000, 80)).mean(axis=1)
    assert interval(values.tolist()) == pytest.approx(tuple(np.quantile(resampled, [0.025, 0.975])), abs=0.015)


def test_many_different_values_are_drawn_one_by_one() -> None:
    values = np.random.default_rng(3).normal(size=400)
    error = values.std() / 20  # of the mean of 400
    assert interval(values.tolist()) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.015)


# statistics that are no mean


def test_the_interval_of_a_mean_does_not_depend_on_how_it_is_called() -> None:
    values = np.random.default_rng(4).choice([0.0, 0.5, 1.0], size=300)
    metric = resampled("mean", 300, lambda drawn: float(values[drawn].mean()), resamples=4_000)
    assert (metric.name, metric.n) == ("mean", 300)
    assert metric.value == pytest.approx(values.mean())
    assert (metric.low, metric.high) == pytest.approx(interval(values.tolist()), abs=0.01)


def test_the_interval_of_a_median_is_near_the_known_one() -> None:
    values = np.random.default_rng(5).uniform(size=1_000)
    metric = resampled("median", 1_000, lambda drawn: float(np.median(values[drawn])))
    assert metric.value == np.median(values)
    assert (metric.low, metric.high) == pytest.approx((metric.value - 0.031, metric.value + 0.031), abs=0.012)  # 1.96 / (2 * sqrt(1000))


def test_each_draw_is_as_large_as_the_set_and_the_same_again() -> None:
    seen: list[Places] = []

    def statistic(drawn: Places) -> float:
        seen.append(drawn)
        return float(drawn.mean())

    metric = resampled("mean place", 7, statistic, resamples=20)
    assert seen[0].tolist() == list(range(7))
    assert len(seen) == 21
    assert all(drawn.shape == (7,) and 0 <= drawn.min() <= drawn.max() < 7 for drawn in seen)
    assert resampled("mean place", 7, statistic, resamples=20) == metric
    assert resampled("mean place", 7, statistic, resamples=20, seed=1) != metric


def test_a_draw_that_leaves_the_statistic_undefined_is_passed_over() -> None:
    metric = resampled("x", 3, lambda drawn: 0.25 if 0 in drawn else math.nan)
    assert (metric.value, metric.low, metric.high) == (0.25, 0.25, 0.25)


def test_a_statistic_that_is_never_defined_is_an_error() -> None:
    with pytest.raises(ValueError, match="AUROC is not defined over these 5 queries"):
        resampled("AUROC", 5, lambda drawn: math.nan)
    with pytest.raises(ValueError, match="not defined over any of 50 draws"):
        resampled("AUROC", 40, lambda drawn: 1.0 if len(set(drawn.tolist())) == 40 else math.nan, resamples=50)


def test_the_upper_end_for_failures_that_were_hardly_seen() -> None:
    assert upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300))  # near 3 / n
    assert upper_bound(1, 10) == pytest.approx(0.3942, abs=1e-4)  # (1 - p)^10 + 10 p (1 - p)^9 = .05
    assert upper_bound(7, 7) == 1.0
    for failures, n in ((0, 0), (2, 1), (-1, 3)):
        with pytest.raises(ValueError, match="at least one"):
            upper_bound(failures, n)
