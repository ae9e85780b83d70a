"""Refusal: worked examples, scikit-learn and plain loops as references, and what must hold of any input."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.refusal import Bin, Point, area_under_risk, auroc, calibration_error, refused_at, reliability, risk_coverage

NAN = math.nan
FEW_VALUES = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0])  # so that there are ties
VALUES = st.lists(st.one_of(FEW_VALUES, st.floats(0, 1)), max_size=25)
PAIRS = st.lists(st.tuples(st.one_of(FEW_VALUES, st.floats(0, 1)), st.booleans()), max_size=25)


# AUROC


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([0.9], [0.1], 1),
        ([0.1], [0.9], 0),
        ([0.5], [0.5], 1 / 2),
        ([0.0, 0.0], [0.0, 0.0], 1 / 2),
        ([0.9, 0.4], [0.5], 1 / 2),
        ([0.2, 0.3], [0.1, 0.4], 2 / 4),
        ([0.9, 0.4, 0.4], [0.4, 0.1], (2 + 1.5 + 1.5) / 6),
        ([1.0, 1.0, 0.0], [1.0, 0.0, 0.0], (2.5 + 2.5 + 1) / 9),
        ([1.0], [0.9, 0.8, 1.0], 2.5 / 3),
        ([], [0.5], NAN),
        ([0.5], [], NAN),
        ([], [], NAN),
    ],
)
def test_auroc_by_hand(positive: list[float], negative: list[float], expected: float) -> None:
    assert auroc(positive, negative) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(VALUES, VALUES)
def test_auroc_counts_pairs_as_scikit_learn_does(positive: list[float], negative: list[float]) -> None:
    from sklearn.metrics import roc_auc_score

    value = auroc(positive, negative)
    if not positive or not negative:
        assert math.isnan(value)
        return
    pairs = [1.0 if more > less else 0.5 if more == less else 0.0 for more in positive for less in negative]
    assert value == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)
    assert value == pytest.approx(roc_auc_score([1] * len(positive) + [0] * len(negative), positive + negative), abs=1e-9)
    assert value + auroc(negative, positive) == pytest.approx(1)


# risk and coverage


def test_the_curve_by_hand() -> None:
    assert risk_coverage([0.5, 0.9, 0.5, 0.1], [True, True, False, False]) == (
        Point(0.9, 1 / 4, 0),
        Point(0.5, 3 / 4, 1 / 3),
        Point(0.1, 1, 1 / 2),
    )
    assert risk_coverage([], []) == ()


@pytest.mark.parametrize(
    ("confidences", "right", "expected"),
    [
        ([0.9], [True], 0),
        ([0.9], [False], 1),
        ([0.9, 0.8], [True, False], (0 + 1 / 2) / 2),
        ([0.9, 0.8], [False, True], (1 + 1 / 2) / 2),
        ([0.8, 0.9], [True, False], (1 + 1 / 2) / 2),
        ([0.5, 0.5], [True, False], 1 / 2),  # either order: 1/4 or 3/4
        ([0.5, 0.5, 0.5], [True, True, False], 1 / 3),
        ([0.9, 0.5, 0.5], [True, True, False], (0 + 0.5 / 2 + 1 / 3) / 3),
        ([0.9, 0.8, 0.7, 0.6], [True, True, False, False], (0 + 0 + 1 / 3 + 1 / 2) / 4),
        ([0.9, 0.8, 0.7, 0.6], [False, False, True, True], (1 + 1 + 2 / 3 + 1 / 2) / 4),
        ([], [], NAN),
    ],
)
def test_area_under_risk_by_hand(confidences: list[float], right: list[bool], expected: float) -> None:
    assert area_under_risk(confidences, right) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
def test_the_area_is_the_mean_over_every_order_of_ties(pairs: list[tuple[float, bool]]) -> None:
    areas = []
    for order in permutations(pairs):
        if all(one[0] >= two[0] for one, two in pairwise(order)):
            areas.append(np.mean([np.mean([not right for _, right in order[:most]]) for most in range(1, len(order) + 1)]))
    assert area_under_risk(*zip(*pairs, strict=True)) == pytest.approx(np.mean(areas), abs=1e-9)


@given(PAIRS)
def test_a_point_is_what_refusing_below_its_threshold_does(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    curve = risk_coverage(confidences, right)
    assert [point.threshold for point in curve] == sorted(set(confidences), reverse=True)
    for point in curve:
        answered = [flag for confidence, flag in pairs if confidence >= point.threshold]
        assert point.coverage == pytest.approx(len(answered) / len(pairs))
        assert point.risk == pytest.approx(answered.count(False) / len(answered))


# refused at a fixed share wrongly refused

TENTHS = [place / 10 for place in range(1, 11)]


@pytest.mark.parametrize(
    ("answerable", "unanswerable", "wrongly", "expected"),
    [
        (TENTHS, [0.05, 0.15, 0.2, 0.3], 0.1, 2 / 4),  # the threshold is 0.2: one of ten lies below it
        (TENTHS, [0.05, 0.15, 0.2, 0.3], 0.19, 2 / 4),
        (TENTHS, [0.05, 0.15, 0.2, 0.3], 0.2, 3 / 4),
        (TENTHS, [0.05, 0.15, 0.2, 0.3], 0.0, 1 / 4),
        (TENTHS, [0.05, 0.15, 1.0], 1.0, 1),
        (TENTHS[::-1], [0.3, 0.2, 0.15, 0.05], 0.1, 2 / 4),
        ([0.2] * 9 + [0.9], [0.1, 0.2, 0.3], 0.1, 1 / 3),  # a higher threshold would refuse nine
        ([0.2] * 9 + [0.9], [0.1, 0.2, 0.3], 0.9, 3 / 3),
        ([0.5, 0.6, 0.7], [0.4, 0.55], 0.1, 1 / 2),  # a tenth of three is none
        ([0.5, 0.5], [0.5], 0.1, 0),
        ([0.5], [0.1, 0.2], 0.1, 1),
        ([place / 100 for place in range(100)], [0.285], 0.29, 1),  # 0.29 * 100 is a hair below 29
        ([], [0.5], 0.1, NAN),
        ([0.5], [], 0.1, NAN),
    ],
)
def test_refused_at_by_hand(answerable: list[float], unanswerable: list[float], wrongly: float, expected: float) -> None:
    assert refused_at(answerable, unanswerable, wrongly) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(VALUES.filter(bool), VALUES.filter(bool), st.integers(0, 20))
def test_no_larger_threshold_would_do(answerable: list[float], unanswerable: list[float], twentieths: int) -> None:
    allowed = [
        threshold
        for threshold in [*answerable, *unanswerable, math.inf]
        if 20 * sum(value < threshold for value in answerable) <= twentieths * len(answerable)
    ]
    expected = sum(value < max(allowed, default=0) for value in unanswerable) / len(unanswerable)
    assert refused_at(answerable, unanswerable, twentieths / 20) == pytest.approx(expected)


def test_a_share_is_between_none_and_all() -> None:
    for wrongly in (-0.1, 1.5, NAN):
        with pytest.raises(ValueError, match=r"a share is 0\.\.1"):
            refused_at([0.5], [0.5], wrongly)


# calibration


def test_reliability_by_hand() -> None:
    found = reliability([0.0, 0.1, 0.15, 0.95, 1.0], [False, True, True, False, True])
    assert [(piece.low, piece.high, piece.n) for piece in found] == [(0, 0.1, 2), (0.1, 0.2, 1), (0.9, 1, 2)]
    assert [piece.confidence for piece in found] == pytest.approx([0.05, 0.15, 0.975])
    assert [piece.right for piece in found] == pytest.approx([1 / 2, 1, 1 / 2])
    assert reliability([0.3], [True], bins=1) == (Bin(0, 1, 0.3, 1, 1),)
    assert reliability([], []) == ()


@pytest.mark.parametrize(
    ("confidences", "right", "bins", "expected"),
    [
        ([1.0], [True], 10, 0),
        ([1.0], [False], 10, 1),
        ([0.9, 0.9, 0.2], [True, False, False], 10, (2 * 0.4 + 1 * 0.2) / 3),
        ([0.95, 0.91], [True, True], 10, 0.07),
        ([0.3, 0.31], [True, False], 10, (0.7 + 0.31) / 2),  # 0.3 ends the third bin
        ([0.3, 0.31], [True, False], 1, 0.5 - 0.305),
        ([0.5] * 4, [True, True, False, False], 10, 0),
        ([0.0, 1.0], [True, False], 2, 1),
        ([], [], 10, NAN),
    ],
)
def test_calibration_error_by_hand(confidences: list[float], right: list[bool], bins: int, expected: float) -> None:
    assert calibration_error(confidences, right, bins) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(PAIRS.filter(bool), st.integers(1, 12))
def test_the_error_is_the_weighted_distance_in_the_diagram(pairs: list[tuple[float, bool]], bins: int) -> None:
    confidences, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = reliability(confidences, right, bins)
    distance = 0.0
    for piece in found:
        inside = [pair for pair in pairs if piece.low < pair[0] <= piece.high or pair[0] == piece.low == 0]
        assert piece.n == len(inside) > 0
        assert piece.confidence == pytest.approx(sum(pair[0] for pair in inside) / piece.n)
        assert piece.right == pytest.approx(sum(pair[1] for pair in inside) / piece.n)
        distance += piece.n * abs(piece.confidence - piece.right)
    assert sum(piece.n for piece in found) == len(pairs)
    assert calibration_error(confidences, right, bins) == pytest.approx(distance / len(pairs), abs=1e-9)


# all


@given(PAIRS.filter(bool))
def test_the_order_of_the_queries_does_not_matter(pairs: list[tuple[float, bool]]) -> None:
    shuffled = sorted(pairs, key=lambda pair: (pair[1], pair[0]))
    first, second = (([pair[0] for pair in order], [pair[1] for pair in order]) for order in (pairs, shuffled))
    assert area_under_risk(*first) == area_under_risk(*second)
    assert risk_coverage(*first) == risk_coverage(*second)
    assert calibration_error(*first) == pytest.approx(calibration_error(*second), abs=1e-12)


def test_what_is_no_confidence_is_an_error() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        area_under_risk([0.5, 0.6], [True])
    with pytest.raises(ValueError, match="got nan"):
        auroc([0.5, NAN], [0.1])
    with pytest.raises(ValueError, match=r"confidences are 0\.\.1"):
        reliability([0.5, 1.2], [True, False])
    with pytest.raises(ValueError, match="at least one bin"):
        calibration_error([0.5], [True], bins=0)
