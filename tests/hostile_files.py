"""Documents that order whoever reads them about, in every format that is read, each made as its own programs make it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from html import escape

import docx
import xlsxwriter
from odf import text as odf_text
from odf.opendocument import OpenDocumentText
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate

TITLE = "木桥"
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    f"<dc:title>{TITLE}</dc:title></metadata><manifest>"
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
)


def txt(text: str, order: str) -> bytes:
    return f"{text}\n\n{order}\n".encode()


def md(text: str, order: str) -> bytes:
    return f"# {TITLE}\n\n{text}\n\n{order}\n".encode()


def html(text: str, order: str) -> bytes:
    """The order as it is: it may be markup."""
    return f"<html><body><h1>{TITLE}</h1><p>{text}</p><p>{order}</p></body></html>".encode()


def eml(text: str, order: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = TITLE
    message.set_content(f"{text}\n\n{order}\n")
    return bytes(message)


def word(text: str, order: str) -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 1)
    for paragraph in (text, order):
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def pdf(text: str, order: str) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("body", fontName="STSong-Light", fontSize=11, leading=16, spaceAfter=12, wordWrap="CJK")
    file = io.BytesIO()
    SimpleDocTemplate(file, title=TITLE).build([Paragraph(escape(paragraph), style) for paragraph in (text, order)])
    return file.getvalue()


def epub(text: str, order: str) -> bytes:
    page = (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{TITLE}</title></head>'
        f"<body><h1>{TITLE}</h1><p>{text}</p><p>{escape(order)}</p></body></html>"
    )
    return _packed({"mimetype": "application/epub+zip", "META-INF/container.xml": _CONTAINER, "b.opf": _PACKAGE, "a.xhtml": page})


def odt(text: str, order: str) -> bytes:
    document = OpenDocumentText()
    document.text.addElement(odf_text.H(outlinelevel=1, text=TITLE))
    for paragraph in (text, order):
        document.text.addElement(odf_text.P(text=paragraph))
    file = io.BytesIO()
    document.write(file)
    return file.getvalue()


def rtf(text: str, order: str) -> bytes:
    paragraphs = "".join(rf"\pard {_rtf_text(paragraph)}\par" for paragraph in (text, order))
    return rf"{{\rtf1\ansi\ansicpg936\uc1 {paragraphs}}}".encode("ascii")


def _rtf_text(text: str) -> str:
    """As writers do it: everything but plain letters as a signed number of 16 bits."""
    units = memoryview(text.encode("utf-16-le")).cast("H")
    return "".join(rf"\u{unit - 65536 if unit > 32767 else unit}?" if unit > 127 or chr(unit) in "\\{}\n" else chr(unit) for unit in units)


def separated(text: str, order: str) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([("名称", "说明", "附注"), (TITLE, text, order), ("石桥", "尚未动工。", "无")])
    return file.getvalue().encode("utf-8-sig")


def xlsx(text: str, order: str) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("桥")
        for number, row in enumerate([("名称", "说明", "附注"), (TITLE, text, order), ("石桥", "尚未动工。", "无")]):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return file.getvalue()


def archive(text: str, order: str) -> bytes:
    return _packed({"木桥/说明.txt": f"{text}\n\n{order}\n"})


def _packed(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


# suffix -> (what answers, the order behind it) to the file
FORMATS: dict[str, Callable[[str, str], bytes]] = {
    "txt": txt,
    "md": md,
    "html": html,
    "eml": eml,
    "docx": word,
    "pdf": pdf,
    "epub": epub,
    "odt": odt,
    "rtf": rtf,
    "csv": separated,
    "xlsx": xlsx,
    "zip": archive,
}
