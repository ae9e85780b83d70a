"""Retrieval measures: worked examples, ir-measures as the reference, and what must hold of any input."""

from __future__ import annotations

import math

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.retrieval import ndcg_at_10, reciprocal_rank, relevant_passages, success_at_k
from qa.records import Span

FILLER = [f"x{i}" for i in range(20)]

# what is relevant, what came, and by hand: success@1, @5, @10, RR, DCG@10 as the ranks that gain
CASES: list[tuple[set[str], list[str], tuple[int, int, int], float, list[int]]] = [
    ({"a"}, ["a"], (1, 1, 1), 1, [1]),
    ({"a"}, ["x", "a"], (0, 1, 1), 1 / 2, [2]),
    ({"a"}, ["x", "y", "a"], (0, 1, 1), 1 / 3, [3]),
    ({"a"}, [], (0, 0, 0), 0, []),
    ({"a"}, ["x"], (0, 0, 0), 0, []),
    ({"a"}, [*FILLER[:4], "a"], (0, 1, 1), 1 / 5, [5]),
    ({"a"}, [*FILLER[:5], "a"], (0, 0, 1), 1 / 6, [6]),
    ({"a"}, [*FILLER[:9], "a"], (0, 0, 1), 1 / 10, [10]),
    ({"a"}, [*FILLER[:10], "a"], (0, 0, 0), 1 / 11, []),
    ({"a"}, FILLER, (0, 0, 0), 0, []),
    ({"a", "b"}, ["a", "b"], (1, 1, 1), 1, [1, 2]),
    ({"a", "b"}, ["b", "a"], (1, 1, 1), 1, [1, 2]),
    ({"a", "b"}, ["a"], (1, 1, 1), 1, [1]),
    ({"a", "b"}, ["x", "b"], (0, 1, 1), 1 / 2, [2]),
    ({"a", "b"}, ["x", "a", "y", "b"], (0, 1, 1), 1 / 2, [2, 4]),
    ({"a", "b", "c"}, ["a", "x", "c"], (1, 1, 1), 1, [1, 3]),
    ({"a", "b", "c"}, ["x", "y", "z", "c", "b", "a"], (0, 1, 1), 1 / 4, [4, 5, 6]),
    ({"a", "b"}, [*FILLER[:9], "a", "b"], (0, 0, 1), 1 / 10, [10]),
    (set(FILLER[:12]), FILLER[:12], (1, 1, 1), 1, list(range(1, 11))),
    (set(FILLER[:12]), ["a", *FILLER[:12]], (0, 1, 1), 1 / 2, list(range(2, 11))),
    (set(FILLER[:3]), ["a", "b", *FILLER], (0, 1, 1), 1 / 3, [3, 4, 5]),
    ({"旧桥"}, ["新馆", "旧桥"], (0, 1, 1), 1 / 2, [2]),
]


@pytest.mark.parametrize(("relevant", "ranked", "success", "rank", "gains"), CASES)
def test_the_measures_by_hand_and_by_ir_measures(
    relevant: set[str], ranked: list[str], success: tuple[int, int, int], rank: float, gains: list[int]
) -> None:
    ideal = sum(1 / math.log2(1 + place) for place in range(1, min(len(relevant), 10) + 1))
    ndcg = sum(1 / math.log2(1 + place) for place in gains) / ideal
    assert tuple(success_at_k(relevant, ranked, k) for k in (1, 5, 10)) == success
    assert reciprocal_rank(relevant, ranked) == pytest.approx(rank, abs=1e-12)
    assert ndcg_at_10({"q": relevant}, {"q": ranked}) == {"q": pytest.approx(ndcg, abs=1e-6)}

    measures = [ir_measures.Success @ 1, ir_measures.Success @ 5, ir_measures.Success @ 10, ir_measures.RR, ir_measures.nDCG @ 10]
    qrels = [ir_measures.Qrel("q", found, 1) for found in relevant]
    run = [ir_measures.ScoredDoc("q", found, -place) for place, found in enumerate(ranked)]
    reference = ir_measures.calc_aggregate(measures, qrels, run) if run else dict.fromkeys(measures, 0.0)
    assert [reference[measure] for measure in measures] == pytest.approx([*success, rank, ndcg], abs=1e-6)


def test_k_counts_from_one() -> None:
    with pytest.raises(ValueError, match="counts from 1"):
        success_at_k({"p1"}, ["p3", "p1"], 0)


def test_ndcg_is_of_the_queries_with_something_relevant() -> None:
    relevant = {"q1": {"a", "b"}, "q2": {"c"}, "q3": {"d"}, "q4": {"e"}, "unanswerable": set[str]()}
    ranked = {"q1": ["x", "a", "y", "b"], "q2": ["c"], "q3": [], "unanswerable": ["a"], "unknown": ["a"]}
    ideal = 1 + 1 / math.log2(3)
    expected = {"q1": (1 / math.log2(3) + 1 / math.log2(5)) / ideal, "q2": 1.0, "q3": 0.0, "q4": 0.0}
    assert ndcg_at_10(relevant, ranked) == pytest.approx(expected)
    assert ndcg_at_10({}, ranked) == {}


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
