"""What a document or a reader wrote stays text in the chat: neither HTML nor Markdown nor LaTeX sees anything in it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.records import Answer, Citation, DateMention, Dropped, Span, Statement, Timing
from ui.fragments import answer_html, literal, query_html, steps_html
from ui.links import source_link
from ui.plain import answer_text
from ui.texts import Language

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[点我](javascript:alert(1))",
    "![](http://example.invalid/a.png)",
    "**粗** _斜_ `码` $E=mc^2$ ~~删~~ <https://example.invalid>",
    "\n\n# 标题\n\n<div onclick=x>",
    "</div></p>\n\n<iframe src=//example.invalid>",
    "&lt;script&gt; &#60;b&#62;",
]
CITATION = Citation(
    marker=1,
    passage_id="a" * 16,
    doc_id="b" * 16,
    version="c" * 64,
    title="渡口旧事",
    authors=("何青", "陆远"),
    publication="渡口周刊",
    published="1987-05",
    path="/home/me/a.txt",
    page="12",
    spans=(Span(12, 40), Span(57, 80)),
    quote="木桥建于1931年。",
)
ANSWER = Answer(
    answer_id="x",
    query="木桥建于哪一年？",
    searched_as="木桥建于哪一年？",
    status="answered",
    reason="",
    statements=(Statement("木桥建于1931年。", (1,), short_answers=(Span(4, 9),), answer_type="other"),),
    citations=(CITATION,),
    timings=(Timing("search", 3.0),),
    confidence=0.9,
)


class Markup(HTMLParser):
    """The tags, attributes and links a browser would see."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str | None] = set()
        self.feed(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value for name, value in attrs if name in ("href", "src")}


@given(st.text(st.characters(exclude_characters="\r"), max_size=200))
def test_a_literal_is_the_same_text_again_and_holds_no_markup(text: str) -> None:
    shown = literal(text)
    assert html.unescape(shown) == re.sub("[\0\ud800-\udfff]", "\ufffd", text)
    shown.encode()
    assert not re.search(r"[!-/:-@\[-`{-~\n]", re.sub(r"&#\d+;", "", shown))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_survives_in_any_place_of_an_answer(text: str) -> None:
    citation = replace(CITATION, title=text, authors=(text,), publication=text, path=text, quote=text, page=text)
    statement = Statement(text, (1,), short_answers=(Span(0, len(text)),), answer_type="other")
    answer = replace(
        ANSWER,
        query=text,
        searched_as=text + "…",
        statements=(statement,),
        citations=(citation,),
        also_read=(replace(citation, marker=0),),
        reprints=(citation,),
        dropped=(Dropped(text, text),),
    )
    for shown in (answer_html(answer, "zh"), answer_html(answer, "en"), query_html(text)):
        markup = Markup(shown)
        assert markup.tags <= {"div", "p", "mark", "a", "ol", "ul", "li", "span", "details", "summary", "em", "strong", "button"}
        assert markup.attributes <= {"class", "href", "title", "type", "open"}
        assert markup.links <= {source_link(citation), f"/bundle/{ANSWER.answer_id}"}
        assert "\n" not in shown  # one HTML block: a blank line would hand the rest back to Markdown
        assert not re.search(r"[*_`$~!\[\]()]", re.sub(r"<[^>]*>", "", shown))


def test_an_answer_carries_links_marks_and_attribution() -> None:
    shown = answer_html(ANSWER, "zh")
    assert "<mark>1931年</mark>" in shown
    link = f"/source/{'b' * 16}?v={'c' * 64}&amp;s=12-40,57-80#quote"
    assert f'<a class="marker" href="{link}"' in shown
    assert f'<a href="{link}">何青、陆远《渡口旧事》，渡口周刊，1987&#45;05，第12页</a>' in shown


def test_every_part_of_a_short_answer_is_marked_and_its_type_is_said_once() -> None:
    text = "渡口有木船、铁船。另有竹筏。"
    statement = Statement(text, (1,), short_answers=(Span(3, 8), Span(11, 13)), answer_type="list")
    answer = replace(ANSWER, statements=(statement,), citations=(replace(CITATION, quote=text),))
    said, copied = answer_html(answer, "zh").split('<span class="plain">')
    assert '渡口有<mark>木船、铁船</mark>。另有<mark>竹筏</mark>。<span class="answer-type">列举</span>' in said
    assert html.unescape(copied).startswith(f"{text}[1]\n    列举：木船、铁船；竹筏\n")
    assert '<span class="answer-type">list</span>' in answer_html(answer, "en")
    assert "    list: 木船、铁船; 竹筏" in answer_text(answer, "en").splitlines()
    assert "answer-type" not in answer_html(ANSWER, "zh")  # "other" says nothing
    assert answer_text(ANSWER, "en").splitlines()[1] == "    short answer: 1931年"


def test_where_else_a_quote_is_printed_is_said_with_links_and_a_count() -> None:
    reprints = tuple(
        replace(CITATION, passage_id=letter * 16, doc_id=letter * 16, title=f"<b>{letter}</b>", published="1988-01") for letter in "def"
    )
    answer = replace(ANSWER, citations=(replace(CITATION, copies=tuple(letter * 16 for letter in "defgh")),), reprints=reprints)
    zh, en = answer_html(answer, "zh"), html.unescape(answer_html(answer, "en"))
    assert all(f'href="/source/{letter * 16}?' in zh for letter in "def")
    assert "<b>" not in zh
    assert "另见于" in zh
    assert "另外 2 处" in zh
    assert "also printed in" in en
    assert "《<b>d</b>》，渡口周刊，1988-01" in en
    assert "2 more places" in en
    text = answer_text(answer, "en").splitlines()
    place = next(number for number, line in enumerate(text) if line.startswith("[1] "))
    assert text[place + 1].startswith("    also printed in 何青、陆远《<b>d</b>》，渡口周刊，1988-01")
    assert "also printed" not in html.unescape(answer_html(ANSWER, "en"))


def test_the_copied_text_is_the_answer_with_its_sources() -> None:
    copied = re.search(r'<span class="plain">(.*?)</span>', answer_html(ANSWER, "zh"))
    assert copied
    assert html.unescape(copied[1]) == answer_text(ANSWER, "zh")
    assert answer_text(ANSWER, "zh").splitlines()[0] == "木桥建于1931年。[1]"
    assert "[1] 何青、陆远《渡口旧事》，渡口周刊，1987-05，第12页 · /home/me/a.txt 12-40,57-80" in answer_text(ANSWER, "zh")


def test_a_relative_date_is_told_beside_it_and_never_in_the_copied_quote() -> None:
    """After the first two quotes' own words, as ours; also inside the short answer, also where a statement holds more than the quote."""
    quote = "木桥去年8月建成，今年拆除。"
    dates = (DateMention(Span(2, 6), "1986-08", True), DateMention(Span(9, 11), "1987", True))
    statement = Statement(f"据载：{quote}", (1,), short_answers=(Span(5, 11),), answer_type="other")
    answer = replace(ANSWER, statements=(statement,), citations=(replace(CITATION, quote=quote, dates=dates),))
    shown = html.unescape(re.sub(r' title="[^"]*"', "", answer_html(answer, "en")))
    said, copied = shown.split('<span class="plain">')
    marked = '据载：木桥<mark>去年8月<span class="date">(1986-08)</span>建成</mark>，今年<span class="date">(1987)</span>拆除。'
    assert marked in said
    assert f"{statement.text}[1]" in copied
    assert "1986-08" not in copied
    assert answer_text(answer, "en", dated=True).startswith("据载：木桥去年8月〔1986-08〕建成，今年〔1987〕拆除。[1]")
    assert answer_text(answer, "en").startswith(f"{statement.text}[1]")
    other = replace(answer, statements=(Statement("另一句话。", (1,)),))
    assert "(1987)" not in html.unescape(answer_html(other, "en"))


@pytest.mark.parametrize(("language", "words"), [("zh", "没有把握"), ("en", "Not sure")])
def test_an_answer_likelier_to_be_none_says_so_first_and_a_sure_one_does_not(language: Language, words: str) -> None:
    unsure = replace(ANSWER, confidence=0.49)
    shown, text = html.unescape(answer_html(unsure, language)), answer_text(unsure, language)
    assert shown.index(words) < shown.index("木桥建于")
    assert text.startswith(words)
    assert "木船" in answer_text(replace(unsure, unseen=("木船",)), language).partition("\n")[0]
    sure = replace(ANSWER, confidence=0.5)
    assert words not in html.unescape(answer_html(sure, language)) + answer_text(sure, language)


def test_no_evidence_is_said_with_its_reason_and_the_nearest_passages_open() -> None:
    silent = replace(ANSWER, status="no_evidence", reason="too_weak", statements=(), citations=(), also_read=(replace(CITATION, marker=0),))
    shown = answer_html(silent, "en")
    assert "No evidence found" in html.unescape(shown)
    assert "<details open>" in shown
    assert "Nearest passages (1)" in html.unescape(shown)
    assert steps_html((), "en") == '<ol class="steps"></ol>'
