"""Reading HTML, DOCX and PDF: files made here, and files broken here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from reading_checks import kinds, read_as
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, NoTextError
from qa.records import text_at

# HTML

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>桥通车了_青石网</title><meta name="author" content="周某">
<style>p {{ color: red }}</style></head><body><nav><a href="/">首页</a> <a href="/x">新闻</a></nav><h1>桥通车了</h1>
<div>2021年5月3日 来源：青石日报</div><!-- 看不见 -->
<p>青石桥昨天<b>正式</b>通车，全长三百
米。镇长说：&ldquo;好！&rdquo;</p><p>1 &lt; 2<br>换行以后&#x20BB7;</p>
<table><tr><th>年</th><th>车流</th></tr><tr><td>2020</td><td>五百</td></tr></table>
<p hidden>藏起来的字</p><script>alert("脚本")</script><footer>版权所有</footer></body></html>"""


@pytest.mark.parametrize(("charset", "codec"), [("gb2312", "gb18030"), ("utf-8", "utf-8")])
@pytest.mark.parametrize("name", ["桥.html", "桥.txt"])  # content first
def test_html_becomes_its_visible_text(name: str, charset: str, codec: str) -> None:
    document = read_as(name, PAGE.format(charset=charset).encode(codec))
    assert kinds(document) == [
        ("furniture", "首页 新闻"),
        ("heading", "桥通车了"),
        ("byline", "2021年5月3日 来源：青石日报"),
        ("paragraph", "青石桥昨天正式通车，全长三百米。镇长说：“好！”"),
        ("paragraph", "1 < 2"),
        ("paragraph", "换行以后𠮷"),
        ("table", "年\t车流\n2020\t五百"),
        ("furniture", "藏起来的字"),
        ("furniture", "版权所有"),
    ]
    assert (document.title, document.authors, document.publication) == ("桥通车了", ("周某",), "青石日报")
    assert (document.published, document.media_type) == ("2021-05-03", "text/html")


def test_menu_lines_are_voted_furniture_and_stay_in_the_text() -> None:
    menu = "".join(f'<li><a href="/{n}">栏目{n}号</a></li>' for n in range(30))
    prose = "".join(f"<p>第{n}段讲的是河边旧粮仓改成图书馆的经过，有人出力，有人出书，大家都高兴。</p>" for n in range(8))
    document = read_as("a.html", f"<html><body><div><ul>{menu}</ul></div><div><h1>旧粮仓</h1>{prose}</div></body></html>".encode())
    assert [kind for kind, text in kinds(document) if text.startswith("栏目")] == ["furniture"] * 30
    assert [kind for kind, text in kinds(document) if text.startswith("第")] == ["paragraph"] * 8


def test_front_matter_above_html() -> None:
    document = read_as("a.txt", "---\ntitle: 搬家\ndate: 2021-05-03\n---\n<div><p>第一段。</p><p>第二段。</p></div>\n".encode())
    assert [kind for kind, _ in kinds(document)] == ["metadata", "paragraph", "paragraph"]
    assert (document.title, document.published, document.reader) == ("搬家", "2021-05-03", "html/4")


def test_text_that_mentions_tags_is_no_html() -> None:
    assert read_as("a.txt", "写网页时用 <p> 开头，用 </p> 结尾。".encode()).reader == "text/4"


def test_deep_html() -> None:
    assert "深处" in read_as("a.html", ("<div>" * 2000 + "深处").encode()).text
    with pytest.raises(DamagedFileError, match="deep"):
        read_as("a.html", ("<div>" * 10_000 + "深处" + "</div>" * 10_000).encode())


# DOCX


def docx_bytes() -> bytes:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "茶社章程", "陈某、李某"
    document.add_heading("总则", 1)
    document.add_paragraph("茶社由社员自愿组成。")
    table = document.add_table(2, 2)
    for row, cells in enumerate([("年份", "产量"), ("2021", "三吨")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.add_paragraph("社员大会\t每年开一次。")
    document.sections[0].header.paragraphs[0].text = "茶社文件"
    return saved(document.save)


def saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


@pytest.mark.parametrize("name", ["章程.docx", "章程.txt"])
def test_docx_in_reading_order(name: str) -> None:
    document = read_as(name, docx_bytes())
    assert kinds(document) == [
        ("furniture", "茶社文件"),
        ("heading", "总则"),
        ("paragraph", "茶社由社员自愿组成。"),
        ("furniture", "年份\t产量"),
        ("table", "年份：2021，产量：三吨"),
        ("paragraph", "社员大会\t每年开一次。"),
    ]
    assert (document.title, document.authors, document.decoding.decided_by) == ("茶社章程", ("陈某", "李某"), "format")


@pytest.mark.parametrize("keep", [40, 3000, -30])
def test_truncated_docx(keep: int) -> None:
    with pytest.raises(DamagedFileError, match="DOCX"):
        read_as("a.docx", docx_bytes()[:keep])


def test_docx_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.reading.package.LARGEST_UNPACKED", 8 * 1024 * 1024)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"word/{number or 'document'}.xml", bytes(2 * 1024 * 1024))
    with pytest.raises(FileTooLargeError):
        read_as("a.docx", file.getvalue())


def test_docx_reads_no_other_file() -> None:
    entity = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx_bytes())) as old, zipfile.ZipFile(file, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "word/document.xml":
                content = content.replace(b"?>", b"?>" + entity.encode(), 1).replace("茶社由".encode(), "茶社&x;由".encode())
            new.writestr(item.filename, content)
    with pytest.raises(DamagedFileError, match="entities"):
        read_as("a.docx", file.getvalue())


# PDF

FULL = "镇图书馆今年新添藏书三千余册其中地方文献占了四成读者借"  # fills a line


def pdf_bytes(pages: list[list[tuple[int, int, str]]], encrypt: StandardEncryption | None = None) -> bytes:
    """Pages of lines: (size of the type, left edge in points, text)."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595), encrypt=encrypt)
    canvas.setTitle("青石镇年报")
    canvas.setAuthor("林某")
    for page in pages:
        for row, (size, left, text) in enumerate(page):
            canvas.setFont("STSong-Light", size)
            canvas.drawString(left, 550 - 20 * row, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


PAGES = [
    [
        *[(9, 180, "青石镇年报"), (16, 40, "图书馆的一年"), (11, 62, FULL), (11, 40, FULL + "阅的"), (11, 40, "人次比去年多。")],
        *[(11, 62, FULL), (11, 40, FULL + "到了"), (9, 200, "1")],
    ],
    [(9, 180, "青石镇年报"), (11, 40, "冬天也没有停过馆。"), (11, 62, FULL), (11, 40, "了。"), (9, 200, "2")],
    [(9, 180, "青石镇年报"), (11, 62, FULL), (11, 40, "了。"), (9, 200, "3")],
]


def test_pdf_paragraphs_running_heads_and_the_page_break() -> None:
    document = read_as("年报.pdf", pdf_bytes(PAGES))
    prose = [(block.page, text_at(document.text, block.spans)) for block in document.blocks if block.kind == "paragraph"]
    assert prose == [
        ("1", f"{FULL}\n{FULL}阅的\n人次比去年多。"),
        ("1", f"{FULL}\n{FULL}到了冬天也没有停过馆。"),
        ("2", f"{FULL}\n了。"),
        ("3", f"{FULL}\n了。"),
    ]
    assert [len(block.spans) for block in document.blocks if block.kind == "paragraph"] == [1, 2, 1, 1]
    assert [text for kind, text in kinds(document) if kind == "heading"] == ["图书馆的一年"]
    assert [text for kind, text in kinds(document) if kind == "furniture"] == ["青石镇年报", "1", "青石镇年报", "2", "青石镇年报", "3"]
    assert (document.title, document.authors) == ("青石镇年报", ("林某",))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (pdf_bytes(PAGES, StandardEncryption("secret")), EncryptedFileError),
        (pdf_bytes([[]]), NoTextError),
        (pdf_bytes(PAGES)[:900], DamagedFileError),
    ],
    ids=["encrypted", "no text layer", "cut off"],
)
def test_bad_pdf(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=";"):
        read_as("a.pdf", data)
