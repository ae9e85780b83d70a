"""Items that are joined by marks and connectives, and items that are numbered."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.enumerations import count_items, enumeration_round, series, trimmed
from qa.answering.short_answers import aligned_fold
from qa.records import Span, text_at


def unread(span: Span) -> float:
    return -math.inf


def grown(text: str, marked: str) -> str:
    start = text.index(marked)
    span = enumeration_round(aligned_fold(text), Span(0, len(text)), Span(start, start + len(marked)), unread)
    return text_at(text, (span,))


@pytest.mark.parametrize(
    ("text", "marked", "enumeration"),
    [
        ("码头上堆着茶叶、木耳、竹笋。", "木耳", "茶叶、木耳、竹笋"),
        ("县志提到木桥、铁桥及渡口等处。", "木桥、铁桥", "木桥、铁桥及渡口等"),
        ("戏台（1931年）、茶楼（1942年）和粮站（1955年）都在河边。", "戏台", "戏台（1931年）、茶楼（1942年）和粮站（1955年）"),
        ("镇上只有一座木桥，和县城隔河相望。", "一座木桥", "一座木桥"),
        ("他参与、策划了庙会。", "庙会", "庙会"),
    ],
)
def test_the_items_beside_belong_to_the_list(text: str, marked: str, enumeration: str) -> None:
    assert grown(text, marked) == enumeration


def test_where_the_reader_has_read_it_says_where_the_last_item_ends() -> None:
    text = "码头有木船、铁船负责看守的人。"
    likes = Span(3, 8)
    span = enumeration_round(text, Span(0, len(text)), Span(3, 5), lambda span: float(span == likes))
    assert span == likes


def test_a_connective_that_the_reader_does_not_like_joins_nothing() -> None:
    text = "渡口由何守田和陈望山的侄子看管。"
    assert enumeration_round(text, Span(0, len(text)), Span(3, 6), lambda span: 0.0 if span == Span(3, 6) else -9.0) == Span(3, 6)


def test_series_of_several_kinds_are_found_and_end_with_their_last_item() -> None:
    text = aligned_fold("一是修路；二是架桥。路归村管。（1）木桥，（2）铁桥。先有一种木船，另一种是铁船。")
    assert [[text_at(text, (item,)) for item in items] for items in series(text)] == [["一是修路", "二是架桥"], ["(1)木桥", "(2)铁桥"]]


def test_a_number_that_counts_nothing_makes_no_series() -> None:
    assert series("第一届庙会。第三届庙会。1998年。3.5米。第二天下雨。") == []


@given(st.text(alphabet="、和与，。（）《》木船等一二是第①②另 种", max_size=50), st.data())
def test_a_list_holds_what_was_marked_and_stays_where_it_may(text: str, data: st.DataObject) -> None:
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    marked = Span(start, data.draw(st.integers(start + 1, len(text))))
    folded = aligned_fold(text)
    span = enumeration_round(folded, Span(0, len(text)), marked, unread)
    assert 0 <= span.start <= marked.start < marked.end <= span.end <= len(text)
    assert count_items(folded, span) >= 1
    for items in series(folded):
        assert len(items) > 1
        assert all(one.end <= following.start for one, following in pairwise(items))
        assert items[-1].end <= len(text)


@given(st.text(alphabet="，。；（）《》「」木船 \n", max_size=20))
def test_what_is_trimmed_has_no_mark_at_its_ends_that_belongs_to_nothing(text: str) -> None:
    span = trimmed(text, Span(0, len(text))) if text else None
    if span is None:
        assert not set(text) & set("木船")
        return
    said = text_at(text, (span,))
    assert said[0] not in "，。；）》」 \n"
    assert said[-1] not in "，。；（《「 \n"
    assert trimmed(text, span) == span
