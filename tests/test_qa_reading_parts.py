"""Chapters, articles and pieces as sections, in the formats that tell them apart. The texts are invented."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odf import opendocument
from odf import text as odf_text
from reading_checks import kinds, read_as

from qa.answering.citing import cite
from qa.reading.linear import LinearText
from qa.reading.publication import structured
from qa.reading.publication.names import byline_names
from qa.reading.publication.parts import Part, headed_parts, part_sections
from qa.reading.publication.structured import Piece
from qa.records import Block, BlockKind, Document, Hit, Section, Span, text_at
from qa.splitting import split_passages

PROSE = "这一段话是为了把文章写满而写的，里面有逗号，也有句号，写到这里就完了。"
PIECES = [("山路上的小学校", "王甲", "2021-05-04"), ("水路上的旧码头", "李乙", "2021-06-01"), ("夜路上的打更人", "张丙", "2021-07-09")]
"""Title, author, date."""


def told(document: Document) -> list[tuple[str, tuple[str, ...], str]]:
    return [(section.title, section.authors, section.published) for section in document.sections]


def body(document: Document, section: Section) -> str:
    return "".join(document.text[span.start : span.end] for span in section.spans)


def piece_lines(title: str, author: str, date: str) -> list[str]:
    return [title, author, date, f"{PROSE}{title}。", f"{PROSE}完。"]


def odt_file() -> bytes:
    document = opendocument.OpenDocumentText()
    document.text.addElement(odf_text.H(outlinelevel=1, text="路上集"))
    document.text.addElement(odf_text.P(text=PROSE))
    for piece in PIECES:
        title, *rest = piece_lines(*piece)
        document.text.addElement(odf_text.H(outlinelevel=2, text=title))
        for line in rest[:-1]:
            document.text.addElement(odf_text.P(text=line))
        document.text.addElement(odf_text.H(outlinelevel=3, text="后来的事"))
        document.text.addElement(odf_text.P(text=rest[-1]))
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def docx_file() -> bytes:
    document = docx.Document()
    document.add_heading("路上集", level=0)
    document.add_paragraph(PROSE)
    for piece in PIECES:
        title, *rest = piece_lines(*piece)
        document.add_heading(title, level=1)
        for line in rest:
            document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def rtf_file() -> bytes:
    def escaped(text: str) -> str:
        return "".join(f"\\u{ord(character)}?" for character in text)

    styles = r"{\stylesheet{\s1 heading 1;}{\s2 heading 2;}}"
    lines = [rf"\pard\s1 {escaped('路上集')}\par", rf"\pard {escaped(PROSE)}\par"]
    for piece in PIECES:
        title, *rest = piece_lines(*piece)
        lines += [rf"\pard\s2 {escaped(title)}\par", *(rf"\pard {escaped(line)}\par" for line in rest)]
    return ("{\\rtf1\\ansi" + styles + "\n".join(lines) + "}").encode()


def markdown_file() -> bytes:
    pieces = ("\n\n".join(["## " + line if not place else line for place, line in enumerate(piece_lines(*piece))]) for piece in PIECES)
    return "\n\n".join(["# 路上集", PROSE, *pieces]).encode()


def headed_html() -> str:
    pieces = ("".join(f"<h2>{line}</h2>" if not place else f"<p>{line}</p>" for place, line in enumerate(piece_lines(*p))) for p in PIECES)
    return f"<html><head><title>路上集</title></head><body><h1>路上集</h1><p>{PROSE}</p>{''.join(pieces)}</body></html>"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("集.odt", odt_file()),
        ("集.docx", docx_file()),
        ("集.rtf", rtf_file()),
        ("集.md", markdown_file()),
        ("集.html", headed_html().encode()),
    ],
)
def test_signed_pieces_under_headings_of_one_level_are_sections(name: str, data: bytes) -> None:
    document = read_as(name, data)
    assert told(document) == [(title, (author,), date) for title, author, date in PIECES]
    assert document.title == "路上集"
    assert (document.authors, document.published) == ((), "")  # of one piece, not of them all
    for section, (title, author, _) in zip(document.sections, PIECES, strict=True):
        own = body(document, section)
        assert own.count("完。") == 1
        assert (author in own, f"{PROSE}{title}" in own) == (True, True)
    passages = split_passages(document)
    for passage in passages:
        citation = cite(Hit(passage, 1.0, 1), document, Span(0, len(passage.text)), 1)
        if passage.section_id:
            assert (citation.title, citation.authors, citation.published) in told(document)
            assert citation.publication == "路上集"
        else:
            assert (citation.title, citation.authors) == ("路上集", ())


@pytest.mark.parametrize("line", ["这里没有写名字，也没有日期。", "第一节的内容"])
def test_headings_alone_part_nothing(line: str) -> None:
    text = "\n\n".join(["# 报告", *(f"## 第{number}部分\n\n{line}\n\n{PROSE}" for number in "一二三")])
    document = read_as("报告.md", text.encode())
    assert (document.sections, document.title) == ((), "报告")


def test_a_piece_without_a_name_between_signed_ones_is_one_too() -> None:
    pieces = [["## 山路", "王甲", PROSE], ["## 水路", PROSE], ["## 夜路", "文/张丙", PROSE]]
    document = read_as("集.md", "\n\n".join("\n\n".join(piece) for piece in pieces).encode())
    assert told(document) == [("山路", ("王甲",), ""), ("水路", (), ""), ("夜路", ("张丙",), "")]
    assert document.title == "集"  # the file's name: a piece's title is not that of the whole


def test_the_head_of_a_piece() -> None:
    lines = ["## 山路上的小学校", "——一个老师的二十年", "作者：王甲 李乙　2021-05-04 09:30　来源：青石日报", PROSE, "摘自《山里》"]
    text = "\n\n".join([*lines, "## 水路", "李 乙", PROSE, "（摘自《水上》）"])
    first, second = read_as("集.md", text.encode()).sections
    assert (first.subtitle, first.authors, first.published) == ("一个老师的二十年", ("王甲", "李乙"), "2021-05-04")
    assert (first.reprinted_from, second.reprinted_from, second.authors) == ("青石日报", "水上", ("李乙",))


# Web pages


def article(title: str, author: str, date: str, prose: str = PROSE) -> str:
    return f"<article><h2>{title}</h2><p>作者：{author}　{date}</p><p>{prose}{title}。</p><div class='share'>分享到微信</div></article>"


def page(*articles: str, head: str = "<title>青石周报</title>") -> bytes:
    return f"<html><head>{head}</head><body><nav>首页</nav><h1>青石周报</h1>{''.join(articles)}</body></html>".encode()


def test_articles_of_a_page() -> None:
    document = read_as("周报.html", page(*(article(*piece) for piece in PIECES)))
    assert told(document) == [(title, (author,), date) for title, author, date in PIECES]
    assert (document.title, document.authors, document.published) == ("青石周报", (), "")
    for section, (title, _, _) in zip(document.sections, PIECES, strict=True):
        assert body(document, section).count(PROSE) == 1
        assert f"{PROSE}{title}" in body(document, section)
    assert [block.kind for block in document.blocks if block.section_id == "s1"] == ["heading", "byline", "paragraph", "furniture"]


def test_the_page_of_one_article_is_that_article_whatever_else_it_shows() -> None:
    head = f"<title>{PIECES[0][0]}</title><meta property='og:title' content='{PIECES[0][0]}'><meta name='author' content='王甲'>"
    document = read_as("页.html", page(*(article(*piece) for piece in PIECES), head=head))
    assert (document.sections, document.title, document.authors) == ((), PIECES[0][0], ("王甲",))


def test_lists_of_titles_are_no_articles() -> None:
    cards = "".join(f"<article><h3>{title}</h3><p>{author}</p></article>" for title, author, _ in PIECES)
    document = read_as("页.html", page(f"<p>{PROSE}</p>", cards))
    assert document.sections == ()


def test_articles_inside_each_other_are_one() -> None:
    inner = article(*PIECES[1]).replace("h2", "h4")
    outer = article(*PIECES[0]).replace("</article>", f"{inner}</article>")
    document = read_as("页.html", page(outer, article(*PIECES[2])))
    assert [section.title for section in document.sections] == [PIECES[0][0], PIECES[2][0]]
    assert PIECES[1][0] in body(document, document.sections[0])


def test_a_saved_page_with_several_articles() -> None:
    html = page(*(article(*piece) for piece in PIECES)).decode()
    head = "From: <Saved by Blink>\r\nSnapshot-Content-Location: http://a.example/\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    head += 'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset="utf-8"\r\n'
    data = (head + "Content-Transfer-Encoding: 8bit\r\n\r\n" + html + "\r\n--b--\r\n").encode()
    document = read_as("周报.mhtml", data)
    assert told(document) == [(title, (author,), date) for title, author, date in PIECES]
    assert document.blocks[0].kind == "metadata"
    assert (document.title, document.authors) == ("青石周报", ())


# Books

OPF = """<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" version="3.0">
<metadata><dc:title>路上</dc:title><dc:creator>编辑部</dc:creator></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"""
CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book.opf"/></rootfiles></container>"""
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>{}</body></html>'


def book(pages: dict[str, str], nav: str = "", ncx: str = "", *, nav_in_spine: bool = False) -> bytes:
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in pages)
    items += '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>' if nav else ""
    items += '<item id="x" href="toc.ncx" media-type="application/x-dtbncx+xml"/>' if ncx else ""
    order = (["n"] if nav_in_spine else []) + list(pages)
    entries = {
        "META-INF/container.xml": CONTAINER,
        "book.opf": OPF.format(items=items, spine="".join(f'<itemref idref="{name}"/>' for name in order)),
        **{name: XHTML.format(content) for name, content in pages.items()},
    }
    if nav:
        entries["nav.xhtml"] = XHTML.format(f'<nav epub:type="toc"><h1>目录</h1>{nav}</nav><nav epub:type="page-list">{nav}</nav>')
    if ncx:
        entries["toc.ncx"] = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{ncx}</navMap></ncx>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def chapter(title: str, *lines: str) -> str:
    return f"<h1>{title}</h1>" + "".join(f"<p>{line}</p>" for line in lines)


MAGAZINE = {
    "cover.xhtml": "<p>路上杂志社出版</p>",
    "a.xhtml": chapter(*piece_lines(*PIECES[0])[:2], PROSE),
    "a2.xhtml": f"<p>{PROSE}后半。</p>",
    "b.xhtml": chapter(*piece_lines(*PIECES[1])[:2], PROSE),
}
DEEPER = '<ol><li><a href="a2.xhtml#no">下</a></li></ol>'
LINKS = f'<ol><li><a href="a.xhtml">山路上的小学校</a>{DEEPER}</li><li><a href="b.xhtml">旧码头</a></li></ol>'
POINTS = "".join(
    f'<navPoint><navLabel><text>{title}</text></navLabel><content src="{name}"/></navPoint>'
    for name, title in (("a.xhtml", "山路上的小学校"), ("b.xhtml", "旧码头"))
)


def test_chapters_are_what_the_navigation_says() -> None:
    document = read_as("路上.epub", book(MAGAZINE, LINKS.replace(DEEPER, ""), nav_in_spine=True))
    assert told(document) == [("山路上的小学校", ("王甲",), ""), ("旧码头", ("李乙",), "")]
    assert "后半。" in body(document, document.sections[0])  # a page that the navigation does not name goes on
    assert (document.title, document.authors) == ("路上", ("编辑部",))
    outside = [text_at(document.text, block.spans) for block in document.blocks if not block.section_id]
    assert outside == ["目录", "山路上的小学校", "旧码头", "山路上的小学校", "旧码头", "路上杂志社出版"]


def test_chapters_of_an_older_book_are_in_its_ncx() -> None:
    document = read_as("路上.epub", book(MAGAZINE, ncx=POINTS))
    assert told(document) == [("山路上的小学校", ("王甲",), ""), ("旧码头", ("李乙",), "")]


def test_a_page_of_its_own_is_a_chapter_at_any_depth() -> None:
    document = read_as("路上.epub", book(MAGAZINE, LINKS))
    assert [section.title for section in document.sections] == ["山路上的小学校", "下", "旧码头"]


def test_chapters_of_one_page_begin_at_its_highest_links() -> None:
    one = f'<p>卷首。</p><h2 id="c1">一</h2><p>{PROSE}</p><h3 id="c1a">上</h3><p>{PROSE}甲</p><a id="c2"/><h2>二</h2><p>{PROSE}乙</p>'
    deeper = '<ol><li><a href="a.xhtml#c1a">上</a></li></ol>'
    nav = f'<ol><li><a href="a.xhtml#c1">第一</a>{deeper}</li><li><a href="a.xhtml#c2">第二</a></li></ol>'
    document = read_as("书.epub", book({"a.xhtml": one}, nav))
    assert [section.title for section in document.sections] == ["第一", "第二"]
    assert [body(document, section).splitlines()[0] for section in document.sections] == ["一", "二"]


@pytest.mark.parametrize("nav", ["", "<ol><li><a href='http://a.example/'>外面</a></li></ol>"])
def test_without_navigation_a_page_with_a_heading_is_a_chapter(nav: str) -> None:
    document = read_as("路上.epub", book(MAGAZINE, nav))
    assert told(document) == [("山路上的小学校", ("王甲",), ""), ("水路上的旧码头", ("李乙",), "")]


def test_a_broken_navigation_costs_nothing_else() -> None:
    document = read_as("路上.epub", book(MAGAZINE, ncx="<navPoint><content src='a.xhtml'"))
    assert ("paragraph", PROSE) in kinds(document)


# Whatever the blocks

KINDS: list[BlockKind] = ["paragraph", "heading", "byline", "furniture", "table", "caption", "contents"]
LINES = st.tuples(
    st.sampled_from(KINDS), st.sampled_from([PROSE, "王甲", "题目", "2021-05-04", "——副题", "作者：admin"]), st.integers(0, 3)
)


@given(lines=st.lists(LINES, max_size=30), cuts=st.sets(st.integers(0, 30)))
def test_any_parts_keep_every_block(lines: list[tuple[BlockKind, str, int]], cuts: set[int]) -> None:
    linear = LinearText()
    for kind, line, level in lines:
        linear.add(kind, line, level=level)
    borders = sorted({min(cut, len(lines)) for cut in cuts})
    parts = [Part(range(start, end)) for start, end in pairwise(borders)]
    for found in (
        part_sections(linear.text, linear.blocks, parts),
        structured(linear.text, linear.blocks, cut=False, levels=linear.levels),
    ):
        if found:
            assert [block.spans for block in found.blocks] == [block.spans for block in linear.blocks]
            named = {block.section_id for block in found.blocks} - {""}
            assert named == {section.section_id for section in found.sections}
            assert sum(len(section.spans) for section in found.sections) == len(found.sections)  # each in one piece


@given(lines=st.lists(LINES, max_size=30))
def test_headed_parts_begin_at_headings_of_one_level(lines: list[tuple[BlockKind, str, int]]) -> None:
    linear = LinearText()
    for kind, line, level in lines:
        linear.add(kind, line, level=level)
    parts = headed_parts(linear.text, linear.blocks, linear.levels)
    assert len({linear.levels[part.places.start] for part in parts}) <= 1
    assert all(one.places.stop <= following.places.start for one, following in pairwise(parts))


def test_long_runs_of_blanks_cost_no_more_than_their_length() -> None:
    blanks = " " * 300_000  # when each of them was tried as a beginning, this took minutes
    assert byline_names(f"罗某{blanks}x") == ()
    span = Span(0, len(blanks) + 6)
    assert Piece(f"# 渡口{blanks}#x"[: span.end], Block("heading", (span,))).text.startswith("渡口")
