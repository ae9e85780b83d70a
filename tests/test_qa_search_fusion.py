"""Fusion, as arithmetic."""

from __future__ import annotations

import pytest

from qa.search.fusion import reciprocal_rank_fusion, weighted_sum


def test_reciprocal_rank_fusion() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b", "c"]], weights=[1, 2], k=60)
    assert fused == [("b", 1 / 62 + 2 / 61), ("c", 2 / 62), ("a", 1 / 61)]


def test_weighted_sum() -> None:
    fused = weighted_sum([{"a": 0.5, "b": 0.4}, {"b": 0.5, "c": 1.0}], weights=[3, 1])
    assert fused == [("b", pytest.approx(0.4 * 3 / 4 + 0.5 / 4)), ("a", pytest.approx(0.5 * 3 / 4)), ("c", pytest.approx(1 / 4))]


def test_ties_go_to_the_smaller_id() -> None:
    assert [item for item, _ in reciprocal_rank_fusion([["b"], ["a"]], weights=[1, 1])] == ["a", "b"]
    assert [item for item, _ in weighted_sum([{"b": 0.5, "a": 0.5}], weights=[1])] == ["a", "b"]


def test_nothing_fused_is_nothing() -> None:
    assert reciprocal_rank_fusion([], weights=[]) == weighted_sum([{}], weights=[1]) == []


def test_misuse() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        weighted_sum([{"a": 1.0}], weights=[0])
    with pytest.raises(ValueError, match="shorter"):
        weighted_sum([{"a": 1.0}, {}], weights=[1])
