"""Reading EPUB: books made here, and books broken here. The texts are invented."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_checks import kinds, read_as

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, NoTextError, ReadingError

MIMETYPE = b"application/epub+zip"
CONTAINER = """<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
METADATA = """<dc:title id="t2">副题</dc:title><dc:title id="t1">白石渡口 &amp; 渡船</dc:title>
<meta refines="#t1" property="title-type">main</meta>
<dc:creator id="a">顾某</dc:creator><dc:creator id="b">沈某</dc:creator><meta refines="#b" property="role">trl</meta>
<dc:publisher>渡口书局</dc:publisher><dc:date>2019-05-01T00:00:00Z</dc:date><meta property="dcterms:modified">2023-01-01T00:00:00Z</meta>"""
OPF = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/" version="3.0">
<metadata>{metadata}</metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="c1" href="text/%E4%B8%80.xhtml" media-type="application/xhtml+xml"/>
<item id="c2" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="c3" href="../outside.xhtml" media-type="application/xhtml+xml"/>
<item id="pic" href="pic.png" media-type="image/png"/>
</manifest><spine toc="ncx">{spine}</spine></package>"""
CHAPTER = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title/><script src="a.js"/></head><body>{}</body></html>"""
FIRST = CHAPTER.format(
    '<h1>第一章 渡船</h1><p>渡船每天<a id="p1"/>开<i>八</i>班，<![CDATA[1<2，]]>最后一班是&nbsp;晚上七点。</p>'
    '<aside epub:type="footnote"><p>注：冬天少开两班。</p></aside><nav><a href="two.xhtml">下一章去</a></nav>'
)
SECOND = CHAPTER.format("<h1>第二章 码头</h1><table><tr><th>年</th><th>客</th></tr><tr><td>1987</td><td>三百</td></tr></table>")
NAV = CHAPTER.format('<nav epub:type="toc"><h1>目录</h1><ol><li><a href="text/two.xhtml">第二章 码头</a></li></ol></nav>')
NCX = "<ncx><navMap><navPoint><navLabel><text>只在导航里</text></navLabel></navPoint></navMap></ncx>"


def spine(*idrefs: str) -> str:
    return "".join(f'<itemref idref="{idref}"/>' for idref in idrefs)


def book(
    changed: Mapping[str, str | bytes | None] | None = None, pages: str = spine("c2", "c1"), compress: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A book of two chapters, the second first; `changed` replaces, adds or (None) leaves out entries."""
    entries: dict[str, str | bytes | None] = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": OPF.format(metadata=METADATA, spine=pages),
        "OEBPS/nav.xhtml": NAV,
        "OEBPS/toc.ncx": NCX,
        "OEBPS/text/一.xhtml": FIRST,
        "OEBPS/text/two.xhtml": SECOND,
        "OEBPS/pic.png": b"\x89PNG",
        **(changed or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as archive:
        archive.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        for name, content in entries.items():
            if content is not None:
                archive.writestr(name, content)
    return file.getvalue()


TWO = [("heading", "第二章 码头"), ("table", "年\t客\n1987\t三百")]
ONE = [
    ("heading", "第一章 渡船"),
    ("paragraph", "渡船每天开八班，1<2，最后一班是\xa0晚上七点。"),
    ("paragraph", "注：冬天少开两班。"),
    ("furniture", "下一章去"),
]


@pytest.mark.parametrize("name", ["书.epub", "书.txt"])  # content first
def test_a_book_is_its_spine_in_order(name: str) -> None:
    document = read_as(name, book())
    assert kinds(document) == TWO + ONE
    assert "只在导航里" not in document.text
    assert (document.title, document.authors, document.publication) == ("白石渡口 & 渡船", ("顾某",), "渡口书局")
    assert (document.published, document.media_type, document.reader) == ("2019-05-01", "application/epub+zip", "epub/3")


def test_an_archive_whose_first_entry_is_another_is_still_a_book() -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as old:
        entries = {name: old.read(name) for name in reversed(old.namelist())}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    assert kinds(read_as("书.zip", file.getvalue())) == TWO + ONE


def test_contents_are_read_where_the_spine_has_them() -> None:
    document = read_as("书.epub", book(pages=spine("nav", "c1")))
    assert kinds(document) == [("contents", "目录"), ("contents", "第二章 码头"), *ONE]


def test_contents_of_epub_2_are_named_by_the_guide() -> None:
    guide = '</spine><guide><reference type="toc" href="text/two.xhtml#top"/></guide><spine>'
    assert [kind for kind, _ in kinds(read_as("书.epub", book(pages=spine("c2", "c1") + guide)))][:2] == ["contents", "contents"]


def test_the_date_of_epub_2_is_the_publication_s() -> None:
    dates = '<dc:date opf:event="modification">2022-02-02</dc:date><dc:date opf:event="publication">1998-03</dc:date>'
    opf = OPF.format(metadata=f"<dc:title>旧书</dc:title>{dates}", spine=spine("c1")).replace("<package", '<package xmlns:opf="urn:x"', 1)
    assert read_as("书.epub", book({"OEBPS/book.opf": opf})).published == "1998-03"


def test_a_page_is_read_once_however_often_the_spine_names_it() -> None:
    assert kinds(read_as("书.epub", book(pages=spine("c2", *["c1"] * 1000)))) == TWO + ONE


def test_a_page_that_is_not_there_is_passed_over_and_a_book_without_pages_is_damaged() -> None:
    assert kinds(read_as("书.epub", book({"OEBPS/text/two.xhtml": None}))) == ONE
    with pytest.raises(DamagedFileError, match="pages"):
        read_as("书.epub", book({"OEBPS/text/two.xhtml": None, "OEBPS/text/一.xhtml": None}))


def test_names_in_gbk_that_are_marked_as_nothing() -> None:
    raw = "一".encode("gb18030")
    data = book({"OEBPS/text/一.xhtml": None, "OEBPS/text/@@.xhtml": FIRST}).replace(b"text/@@.xhtml", b"text/" + raw + b".xhtml")
    assert kinds(read_as("书.epub", data)) == TWO + ONE


# Protected, broken and hostile books


def encryption(algorithm: str, uri: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
        f'<enc:EncryptionMethod Algorithm="{algorithm}"/><enc:CipherData><enc:CipherReference URI="{uri}"/></enc:CipherData>'
        "</enc:EncryptedData></encryption>"
    )


def test_a_protected_book_is_refused_and_hidden_fonts_are_not() -> None:
    aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    with pytest.raises(EncryptedFileError, match="DRM"):
        read_as("书.epub", book({"META-INF/encryption.xml": encryption(aes, "OEBPS/text/%E4%B8%80.xhtml")}))
    assert read_as("书.epub", book({"META-INF/encryption.xml": encryption(aes, "OEBPS/pic.png")})).text
    obfuscated = encryption("http://www.idpf.org/2008/embedding", "OEBPS/text/two.xhtml")
    assert read_as("书.epub", book({"META-INF/encryption.xml": obfuscated})).text


@pytest.mark.parametrize("keep", [40, 900, -30])
def test_a_truncated_book(keep: int) -> None:
    with pytest.raises(DamagedFileError, match="EPUB"):
        read_as("书.epub", book()[:keep])


def test_a_chapter_with_flipped_bytes_is_damage_not_text() -> None:
    data = bytearray(book(compress=zipfile.ZIP_STORED))
    data[data.index("渡船每天".encode())] ^= 1
    with pytest.raises(DamagedFileError, match="unpacked"):
        read_as("书.epub", bytes(data))


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileTooLargeError, match="times"):
        read_as("书.epub", book({"OEBPS/text/two.xhtml": b"<p>" + b" " * (8 * 1024 * 1024)}))
    monkeypatch.setattr("qa.reading.formats.epub.LARGEST_READ", 2_000)
    with pytest.raises(FileTooLargeError):
        read_as("书.epub", book(compress=zipfile.ZIP_STORED))
    monkeypatch.setattr("qa.reading.package.MOST_MEMBERS", 3)
    with pytest.raises(FileTooLargeError):
        read_as("书.epub", book())


def test_a_size_that_is_a_lie_gives_no_more_than_it_says() -> None:
    data = book({"OEBPS/text/two.xhtml": b"<p>" + b"x" * 500_000}, compress=zipfile.ZIP_DEFLATED)
    lie = data.replace((500_003).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    assert lie != data
    with pytest.raises(DamagedFileError):
        read_as("书.epub", lie)


def test_packing_that_no_book_may_use() -> None:
    with pytest.raises(DamagedFileError, match="packed"):
        read_as("书.epub", book(compress=zipfile.ZIP_BZIP2))


@pytest.mark.parametrize(
    "href", ["../../../etc/hostname", "/etc/hostname", "file:///etc/hostname", "http://example.invalid/a.xhtml", "http://["]
)
def test_a_path_leads_nowhere_but_into_the_archive(href: str) -> None:
    opf = OPF.format(metadata="", spine=spine("c3", "c1")).replace("../outside.xhtml", href)
    assert (
        kinds(read_as("书.epub", book({"OEBPS/book.opf": opf, "../../../etc/hostname": "<p>外面</p>", "/etc/hostname": "<p>外面</p>"})))
        == ONE
    )


def test_entities_bring_in_no_file_and_do_not_grow() -> None:
    doctype = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY a "啊啊啊啊"><!ENTITY b "&a;&a;&a;&a;">]>'
    chapter = FIRST.replace("<!DOCTYPE html>", doctype).replace("渡船每天", "渡船&f;&b;每天")
    opf = OPF.format(metadata="<dc:title>题&f;目</dc:title>", spine=spine("c1")).replace("?>", "?>" + doctype, 1)
    document = read_as("书.epub", book({"OEBPS/text/一.xhtml": chapter, "OEBPS/book.opf": opf}))
    assert "啊啊" not in document.text
    assert "每天开八班" in document.text
    assert document.title == "题目"


def test_a_book_of_pictures_has_no_text() -> None:
    with pytest.raises(NoTextError):
        read_as("书.epub", book({"OEBPS/text/一.xhtml": CHAPTER.format("<img src='a.png'/>"), "OEBPS/text/two.xhtml": "<!-- -->"}))


BOOK = book(compress=zipfile.ZIP_STORED)


@given(st.lists(st.tuples(st.integers(0, len(BOOK) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, len(BOOK)))
def test_any_damage_gives_a_document_or_a_reading_error(flips: list[tuple[int, int]], keep: int) -> None:
    data = bytearray(BOOK)
    for place, value in flips:
        data[place] = value
    for damaged in (bytes(data), bytes(data)[:keep]):
        with contextlib.suppress(ReadingError):
            read_as("书.epub", damaged)


def test_half_a_character_in_the_navigation_costs_no_more_than_the_navigation() -> None:
    half = NAV.replace("码头", "&#xD800;")
    without = kinds(read_as("书.epub", book({"OEBPS/nav.xhtml": None})))
    assert kinds(read_as("书.epub", book({"OEBPS/nav.xhtml": half}))) == without
