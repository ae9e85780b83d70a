"""Scanned pages: refused without the extra, which the refusal names; with it, recognised, placed, and said. Pages are drawn here."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from qa.errors import NoTextError
from qa.reading import ocr, read
from qa.reading.workers import ReaderPool, ReadJob
from qa.records import Document, text_at

CHINESE_FONTS = ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
LINES = [
    "　　河边的旧粮仓去年改成了图书馆，木匠们拆下门板做成",
    "书架，孩子们把自己的书也搬来了。",
    "　　开馆那一天来了三百多人，镇长没有讲话，只是站在门口",
    "替大家扶着那扇很重的门，一直扶到天黑以后。",
]
PARAGRAPHS = ["".join(LINES[:2]).strip("　"), "".join(LINES[2:]).strip("　")]
PRINTED = "这一页有文字层，写的是渡口停航三日的告示，请乡亲们绕行东桥。"

with_ocr = pytest.mark.skipif(not ocr.is_installed(), reason='needs the extra: pip install "chuchu[ocr]"')


def scan(lines: Sequence[str]) -> Image.Image:
    """A page of A4 at 150 dots to the inch, grey on grey."""
    font = next((path for path in CHINESE_FONTS if Path(path).exists()), None)
    if font is None:
        pytest.skip(f"needs a Chinese font to draw a page with: {' or '.join(CHINESE_FONTS)}")
    image = Image.new("L", (1240, 1754), 245)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((110, 200 + 62 * number), line, font=ImageFont.truetype(font, 40), fill=50)
    return image


def pdf_bytes(pages: Sequence[Image.Image | str]) -> bytes:
    """A page for each: a picture, or a line with a text layer."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    for page in pages:
        if isinstance(page, str):
            canvas.setFont("STSong-Light", 12)
            canvas.drawString(60, 700, page)
        else:
            canvas.drawImage(ImageReader(page), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def read_pdf(data: bytes) -> Document:
    return read(data, path="a.pdf", doc_id="0123456789abcdef")


def test_without_the_extra_the_refusal_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)
    with pytest.raises(NoTextError, match=r"scan.*chuchu\[ocr\]"):
        read_pdf(pdf_bytes([Image.new("L", (300, 400), 200)]))


@with_ocr
def test_a_scanned_page_is_read_and_said() -> None:
    document = read_pdf(pdf_bytes([scan(LINES), PRINTED]))
    paragraphs = [text_at(document.text, block.spans).replace("\n", "") for block in document.blocks]
    assert paragraphs == [*PARAGRAPHS, PRINTED]
    [remark] = document.decoding.remarks
    assert (remark.kind, remark.names, remark.count) == ("pages_recognised", ("1",), 1)
    assert 0.9 < remark.sure < 1
    assert document.decoding.note == f"page 1: recognised from the picture, {remark.sure:.0%} sure"
    assert document.decoding.confidence == pytest.approx((1 + remark.sure) / 2, abs=0.001)


@with_ocr
def test_a_recognised_line_has_its_box() -> None:
    document = read_pdf(pdf_bytes([scan(LINES)]))
    lines = [document.text[box.span.start : box.span.end] for box in document.boxes]
    assert lines == [line.strip("　") for line in LINES]
    scale = 595 / 1240
    for number, box in enumerate(document.boxes):
        middle = 842 - (200 + 62 * number + 25) * scale
        assert box.bottom < middle < box.top
        assert box.right - box.left == pytest.approx(40 * len(lines[number]) * scale, rel=0.1)


@with_ocr
def test_a_page_without_writing_stays_a_picture() -> None:
    document = read_pdf(pdf_bytes([Image.linear_gradient("L"), PRINTED]))
    assert document.decoding.note == "page 1: a picture without a text layer, not read"
    with pytest.raises(NoTextError, match="text recognition found none"):
        read_pdf(pdf_bytes([Image.linear_gradient("L")]))


@with_ocr
@pytest.mark.slow
def test_a_worker_reads_many_scans_under_its_limits(tmp_path: Path) -> None:
    path = tmp_path / "scans.pdf"
    path.write_bytes(pdf_bytes([scan([*LINES[number % 4 :], *LINES]) for number in range(4)]))
    with ReaderPool(workers=1) as pool:
        [result] = pool.read([ReadJob(os.fsencode(path), path.name, "0" * 16)])
    assert result.reason == ""
    assert result.document is not None
    assert len(result.document.boxes) == sum(8 - number for number in range(4))
