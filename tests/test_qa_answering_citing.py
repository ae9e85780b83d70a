"""Citations: the quote is the stored text at its spans, and the attribution says who, in what, when, where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.citing import attribution, cite, document_spans
from qa.errors import LibraryDamagedError
from qa.records import Citation, DateMention, Decoding, Document, Hit, Passage, Section, Span, text_at

TEXT = "石桥周报\n渡口于六月停航，\n【页脚】\n新桥𠮷日通车。\n"
PIECES = (Span(5, 14), Span(19, 26))  # one paragraph over a page break


def passage(pieces: tuple[Span, ...] = PIECES, section_id: str = "") -> Passage:
    return Passage("p" * 16, "d" * 16, "v" * 64, 0, pieces, text_at(TEXT, pieces), section_id=section_id, page="7")


def document(**changes: object) -> Document:
    plain = Document("d" * 16, "v" * 64, "石桥/周报.txt", "", (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", TEXT, ())
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_quote_over_a_page_break_has_two_spans() -> None:
    citation = cite(Hit(passage(), 1.0, 1, copies=("c" * 16,)), document(), Span(4, 14), 1)
    assert citation.quote == passage().text[4:14]
    assert citation.spans == (Span(9, 14), Span(19, 24))
    assert text_at(TEXT, citation.spans) == citation.quote
    assert citation.copies == ("c" * 16,)


@given(st.data())
def test_document_spans_always_say_the_quote(data: st.DataObject) -> None:
    edges = sorted(data.draw(st.sets(st.integers(0, len(TEXT)), min_size=2, max_size=6)))
    pieces = tuple(Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False))
    whole = passage(pieces)
    start = data.draw(st.integers(0, len(whole.text) - 1))
    end = data.draw(st.integers(start + 1, len(whole.text)))
    assert text_at(TEXT, document_spans(whole, Span(start, end))) == whole.text[start:end]


def test_a_quote_that_is_not_in_the_document_is_an_error() -> None:
    with pytest.raises(LibraryDamagedError, match="library verify"):
        cite(Hit(passage(), 1.0, 1), document(text=TEXT.replace("停航", "通航")), Span(0, 9), 1)


def test_attribution_says_what_is_known() -> None:
    known = document(title="石桥周报", authors=("陈望山", "李闻"), publication="石桥出版社", issue="第3期", published="2003-06-30")
    assert (
        attribution(cite(Hit(passage(), 1.0, 1), known, Span(0, 3), 1)) == "陈望山、李闻《石桥周报》，石桥出版社 第3期，2003-06-30，第7页"
    )
    assert attribution(cite(Hit(passage(), 1.0, 1), document(), Span(0, 3), 1)) == "周报.txt，第7页"


def test_an_article_is_attributed_to_itself_in_its_whole() -> None:
    section = Section("s1", "渡口停航", authors=("李闻",), published="2003-07")
    whole = document(title="石桥周报", issue="第3期", sections=(section,))
    citation = cite(Hit(passage(section_id="s1"), 1.0, 1), whole, Span(0, 3), 1)
    assert attribution(citation) == "李闻《渡口停航》，石桥周报 第3期，2003-07，第7页"


def test_the_pages_of_an_article_stand_where_the_page_is_not_known() -> None:
    section = Section("s1", "渡口停航", authors=("李闻",), pages="12-14")
    whole = document(title="石桥周报", authors=("编辑部",), sections=(section, Section("s2", "新桥通车", pages="15")))
    unknown = replace(passage(section_id="s1"), page="")
    assert attribution(cite(Hit(unknown, 1.0, 1), whole, Span(0, 3), 1)) == "李闻《渡口停航》，石桥周报，第12-14页"
    assert cite(Hit(passage(section_id="s1"), 1.0, 1), whole, Span(0, 3), 1).page == "7"
    assert cite(Hit(replace(unknown, section_id=""), 1.0, 1), whole, Span(0, 3), 1).authors == ("编辑部",)


@pytest.mark.parametrize(("title", "shown"), [("旧桥", "《旧桥》"), ("《旧桥》", "《旧桥》"), ("《鹭溪》文学季刊", "《《鹭溪》文学季刊》")])
def test_a_title_has_its_marks_once(title: str, shown: str) -> None:
    citation = Citation(1, "p", "d", "v", title, (), "", "", "a.txt", "", (Span(0, 1),), "桥")
    assert attribution(citation) == shown


def test_relative_dates_in_the_quote_come_with_it() -> None:
    """Their spans count in the quote, also behind a page break; absolute ones say themselves, and half a mention says nothing."""
    text = "去年停航。【页脚】今年八月，二〇〇一年造的新桥通车，明年收费。"
    pieces = (Span(0, 5), Span(9, len(text)))
    named = [("去年", "2002", True), ("今年八月", "2003-08", True), ("二〇〇一年", "2001", False), ("明年", "2004", True)]
    dates = tuple(DateMention(Span(text.index(w), text.index(w) + len(w)), date, relative) for w, date, relative in named)
    whole = replace(passage(), spans=pieces, text=text_at(text, pieces))
    citation = cite(Hit(whole, 1.0, 1), document(text=text, dates=dates), Span(0, whole.text.index("年收费")), 1)
    assert [(citation.quote[m.span.start : m.span.end], m.date) for m in citation.dates] == [("去年", "2002"), ("今年八月", "2003-08")]
