"""Which hits hold the gold of a query: by overlap, as reprints, each passage counted once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eval_fakes import A1, A2, A3, B1, B2, CLOSED, FLOORS, MOVED, PARTS, TEXT, collection
from hypothesis import given
from hypothesis import strategies as st

from eval.gold import GoldSpan
from eval.judging import WITNESS, Judge
from eval.metrics.answers import squeeze
from eval.systems.files import docid
from eval.systems.records import Place
from qa.records import Span


def judge() -> Judge:
    return Judge(collection())


def test_a_hit_that_overlaps_the_gold_holds_it() -> None:
    judged = judge().judge(CLOSED, [A3, A1])
    assert judged.holds_gold == (False, True)
    assert judged.relevant == (docid(A1),)
    assert judged.ranked == (docid(A3), docid(A1))


def test_a_hit_of_the_same_paragraph_is_in_context_only() -> None:
    judged = judge().judge(CLOSED, [A2, B2])
    assert judged.in_context == (True, False)
    assert judged.holds_gold == (False, False)


def test_a_reprint_of_the_sentence_is_as_good_as_the_place() -> None:
    judged = judge().judge(FLOORS, [B2, B1, A2])
    assert judged.holds_gold == (False, True, True)
    assert judged.ranked == (
        docid(B2),
        docid(A2),
        f"{docid(A2)} again",
    )  # the reprint finds our passage; the passage itself finds nothing new


def test_equal_texts_are_one_thing_to_be_found() -> None:
    """The same sentence in two documents that both hold gold: the library shows it once, and nothing is missing then."""
    twice = replace(FLOORS, gold=(*FLOORS.gold, GoldSpan("news/b.txt", 6, 8)))
    with_equal_parts = {**PARTS, "news/b.txt": [(0, 3), (3, 27), (27, 36)]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eval_fakes.PARTS", with_equal_parts)
        for found in (A2, Place("news/b.txt", (Span(3, 27),))):
            judged = judge().judge(twice, [found])
            assert judged.ranked == judged.relevant == (docid(A2),)


def test_a_short_sentence_is_no_witness_by_itself() -> None:
    assert judge().witnesses(CLOSED.gold) == (squeeze(TEXT[:37]),)  # widened by the next sentence: 13 characters stand anywhere
    assert judge().judge(CLOSED, [B1]).holds_gold == (False,)


def test_cutting_documents_otherwise_changes_nothing() -> None:
    """A system with other passages finds the gold at the same rank, and each passage of ours counts once."""
    left, right = Place("news/a.txt", (Span(0, 20),)), Place("news/a.txt", (Span(2, 12),))
    judged = judge().judge(CLOSED, [left, right])
    assert judged.holds_gold == (True, True)
    assert judged.ranked == (docid(A1), f"{docid(right)} again")  # the second finds nothing new
    assert set(judged.found) == {docid(left), docid(right)}


def test_half_of_the_gold_or_half_of_the_hit() -> None:
    query = replace(CLOSED, gold=(GoldSpan("news/a.txt", 10, 20),))
    for place, held in [((0, 15), True), ((0, 14), False), ((12, 14), True), ((19, 40), False)]:
        assert judge().judge(query, [Place("news/a.txt", (Span(*place),))]).holds_gold == (held,), place


def test_an_unanswerable_query_has_nothing_to_be_found() -> None:
    judged = judge().judge(MOVED, [A1, A3])
    assert (judged.relevant, judged.holds_gold, judged.found) == ((), (False, False), ())


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 12))
def test_a_witness_holds_the_gold_and_is_long_enough(start: int, length: int) -> None:
    gold = GoldSpan("news/a.txt", start, min(start + length, len(TEXT)))
    (witness,) = judge().witnesses([gold])
    assert squeeze(TEXT[gold.start : gold.end]) in witness
    assert len(witness) >= min(WITNESS, len(squeeze(TEXT)))
