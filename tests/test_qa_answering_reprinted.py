"""Where else a quotation is printed: found in either script, masked and edited, and quoted as it stands there."""

from __future__ import annotations

from collections.abc import Sequence

import opencc
import pytest

from qa.answering.citing import cite
from qa.answering.reprinted import MOST_REPRINTS, place_of, with_reprints
from qa.records import Answer, Block, Decoding, Document, Hit, Passage, Span, Statement, text_at

QUOTE = "会计何满仓说，今年收茶三千斤，比去年多一成。"
TEXT = "茶叶合作社昨日开秤。" + QUOTE + "晾房也换了亮瓦。"
COPIES = {
    "same": "新茶开秤。" + TEXT,
    "script": opencc.OpenCC("s2t").convert(TEXT),
    "masked": TEXT.replace("何满仓", "何某"),
    "without": "茶叶合作社昨日开秤。晾房也换了亮瓦，下雨天不用再搬竹匾，社员们都说省了力气。",
    "fifth": TEXT + "完。",
}


def document(name: str, _: str = "v") -> Document:
    text = COPIES.get(name, TEXT)
    block = Block("paragraph", (Span(0, len(text)),))
    return Document(name, "v", f"{name}.txt", name, (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", text, (block,))


def passages(ids: Sequence[str]) -> dict[str, Passage]:
    return {name: Passage(name, name, "v", 0, (Span(0, len(COPIES[name])),), COPIES[name]) for name in ids if name in COPIES}


def answer(copies: Sequence[str]) -> Answer:
    passage = Passage("p", "first", "v", 0, (Span(0, len(TEXT)),), TEXT)
    citation = cite(Hit(passage, 1.0, 1, copies=tuple(copies)), document("first"), Span(10, 10 + len(QUOTE)), 1)
    return Answer("a", "q", "q", "answered", "", (Statement(QUOTE, (1,)),), (citation,))


def test_every_copy_that_prints_the_quote_is_cited_where_it_stands() -> None:
    given = with_reprints(answer(["same", "script", "masked"]), passages, document)
    assert [reprint.title for reprint in given.reprints] == ["same", "script", "masked"]
    assert {reprint.marker for reprint in given.reprints} == {1}
    for reprint in given.reprints:
        assert reprint.quote == text_at(COPIES[reprint.title], reprint.spans)
    assert given.reprints[2].quote == QUOTE.replace("何满仓", "何某")
    assert given.reprints[0].quote == QUOTE
    assert given.reprints[1].quote == opencc.OpenCC("s2t").convert(QUOTE)


def test_a_copy_without_the_quote_and_one_that_has_gone_are_not_counted() -> None:
    given = with_reprints(answer(["gone", "same", "without"]), passages, document)
    assert given.citations[0].copies == ("same",)
    assert [reprint.title for reprint in given.reprints] == ["same"]


def test_a_few_are_named_and_all_are_counted() -> None:
    given = with_reprints(answer(["fifth", "masked", "same", "script"]), passages, document)
    assert (len(given.reprints), len(given.citations[0].copies)) == (MOST_REPRINTS, 4)


def test_an_answer_without_copies_stays_as_it_is() -> None:
    plain = answer([])
    assert with_reprints(plain, passages, document) is plain
    silent = Answer("a", "q", "q", "no_evidence", "too_weak")
    assert with_reprints(silent, passages, document) is silent


@pytest.mark.parametrize(
    ("quote", "text", "place"),
    [
        ("三千斤", "收茶三千斤。", Span(2, 5)),
        ("收茶三千斤，比去年多。", "去年歉收。收茶共三千斤，比去年多。今年好。", Span(5, 17)),
        ("收茶三千斤", "桥长一百二十米", None),
        ("收茶三千斤，比去年多一成", "三千斤", None),
    ],
)
def test_places(quote: str, text: str, place: Span | None) -> None:
    assert place_of(quote, text) == place


def test_a_text_that_folding_lengthens_is_cited_whole() -> None:
    text = "每箱五㎏，" + QUOTE.replace("会计", "會計")
    assert place_of(QUOTE, text) == Span(0, len(text))
