"""Worked examples for every measure, and what must hold of any input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    answer_in_any,
    answer_in_first,
    contains_answer,
    interval,
    is_exact,
    ndcg_at_10,
    reciprocal_rank,
    relevant_passages,
    success_at_k,
    summarise,
)
from qa.records import Citation, Span, Statement


def statement(text: str) -> Statement:
    return Statement(text, (1,))


def citation(quote: str, *spans: Span) -> Citation:
    return Citation(1, "p1", "d1", "v1", "", (), "", "", "a.txt", "", spans, quote)


# success@k, RR, nDCG


def test_success_counts_the_first_k() -> None:
    ranked = ["p3", "p1", "p2"]
    assert [success_at_k({"p1", "p7"}, ranked, k) for k in (1, 2, 10)] == [0, 1, 1]
    assert success_at_k({"p1"}, [], 10) == 0
    with pytest.raises(ValueError, match="counts from 1"):
        success_at_k({"p1"}, ranked, 0)


def test_reciprocal_rank_is_of_the_first_relevant() -> None:
    assert reciprocal_rank({"p2", "p9"}, ["p3", "p1", "p2", "p9"]) == 1 / 3
    assert reciprocal_rank({"p2"}, ["p3"]) == 0


def test_ndcg_agrees_with_the_formula() -> None:
    relevant = {"q1": {"a", "b"}, "q2": {"c"}, "q3": {"d"}, "unanswerable": set[str]()}
    ranked = {"q1": ["x", "a", "y", "b"], "q2": ["c"], "q3": [], "unanswerable": ["a"]}
    ideal = 1 + 1 / math.log2(3)
    expected = {"q1": (1 / math.log2(3) + 1 / math.log2(5)) / ideal, "q2": 1.0, "q3": 0.0}
    assert ndcg_at_10(relevant, ranked) == pytest.approx(expected)


def test_ndcg_looks_at_ten() -> None:
    ranked = [f"x{i}" for i in range(9)] + ["a", "b"]
    assert ndcg_at_10({"q": {"a"}}, {"q": ranked})["q"] == pytest.approx(1 / math.log2(11))
    assert ndcg_at_10({"q": {"b"}}, {"q": ranked})["q"] == 0


# relevance


def test_a_passage_with_half_of_the_gold_is_relevant() -> None:
    passages = {"a": [Span(0, 15)], "b": [Span(15, 100)], "c": [Span(100, 200)]}
    assert relevant_passages(passages, Span(10, 20)) == {"a", "b"}  # 5 of 10 in each
    assert relevant_passages(passages, Span(12, 20)) == {"b"}  # 3 of 8 are not half


def test_a_passage_that_lies_in_the_gold_is_relevant() -> None:
    passages = {"a": [Span(0, 50)], "b": [Span(50, 60)], "c": [Span(60, 300)]}
    assert relevant_passages(passages, Span(40, 140)) == {"b", "c"}  # b wholly inside, c holds 80 of the gold's 100


def test_without_a_half_the_largest_overlap_is_relevant() -> None:
    passages = {"a": [Span(0, 40)], "b": [Span(40, 81)], "c": [Span(81, 120)], "far": [Span(500, 600)]}
    # The gold is longer than twice any overlap, and every passage is longer than twice its own.
    assert relevant_passages({"a": [Span(0, 100)], "b": [Span(130, 230)]}, Span(70, 145)) == {"a"}
    assert relevant_passages({"far": passages["far"]}, Span(0, 10)) == set()


def test_a_passage_of_several_spans_is_taken_as_a_whole() -> None:
    assert relevant_passages({"a": [Span(0, 3), Span(10, 14)], "b": [Span(4, 9)]}, Span(2, 12)) == {"b"}
    assert relevant_passages({"a": [Span(0, 6), Span(10, 14)]}, Span(4, 12)) == {"a"}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 200), st.integers(1, 120))
def test_some_passage_is_relevant_wherever_gold_touches_the_text(lengths: list[int], start: int, length: int) -> None:
    ends = np.cumsum(lengths).tolist()
    passages = {str(i): [Span(end - size, end)] for i, (size, end) in enumerate(zip(lengths, ends, strict=True))}
    relevant = relevant_passages(passages, Span(start, start + length))
    assert bool(relevant) == (start < ends[-1])
    assert all(passages[found][0].overlap(Span(start, start + length)) for found in relevant)


# answers and citations


def test_an_answer_is_contained_whatever_its_script_width_and_spaces() -> None:
    assert contains_answer("全程共 ４７００ 公里。", ["4700公里"])
    assert contains_answer("投入資金8.9億元", ["8.9 亿元"])
    assert contains_answer("名为 ΩFORCE 的小组", ["ωforce"])
    assert not contains_answer("全程共470公里", ["4700公里"])
    assert not contains_answer("全程", [""])
    assert not contains_answer("全程", [])


def test_first_and_any_statement() -> None:
    statements = [statement("图书馆周一闭馆。"), statement("新馆有三层。")]
    assert (answer_in_first(statements, ["三层"]), answer_in_any(statements, ["三层"])) == (0, 1)
    assert (answer_in_first(statements, ["周一", "星期一"]), answer_in_any([], ["三层"])) == (1, 0)
    assert answer_in_first([], ["三层"]) == 0


def test_a_quote_is_exact_or_it_is_not() -> None:
    text = "图书馆周一\n闭馆。"
    assert is_exact(citation("图书馆周一闭馆", Span(0, 5), Span(6, 8)), text)
    assert not is_exact(citation("图书馆周一闭馆", Span(0, 8)), text)  # the line end is part of the text
    assert not is_exact(citation("圖書館", Span(0, 3)), text)


# intervals


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
