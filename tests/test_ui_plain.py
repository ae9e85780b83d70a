"""What an ingest says at a terminal of files that were read, though not whole."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from ui.plain import report_text


def pdf_bytes(lines: list[str]) -> bytes:
    """A page a line; a picture that shows no text for an empty one."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    for line in lines:
        if line:
            canvas.setFont("STSong-Light", 12)
            canvas.drawString(60, 700, line)
        else:
            canvas.drawImage(ImageReader(Image.linear_gradient("L")), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def test_a_file_that_is_read_in_part_is_named_with_what_is_missing(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "half.pdf").write_bytes(pdf_bytes(["渡口停航三日，请乡亲们绕行东桥。", ""]))
    (documents / "scan.pdf").write_bytes(pdf_bytes([""]))
    (documents / "whole.pdf").write_bytes(pdf_bytes(["旧桥是镇上最老的一座桥。"]))
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64)) as assistant:
        report = assistant.ingest([documents])
        [info] = [info for info in assistant.library.documents() if info.path.endswith("half.pdf")]
    assert [(Path(item.path).name, item.decoding.note) for item in report.noticed] == [("half.pdf", info.decoding.note)]
    assert info.decoding.note == "page 2: a picture without a text layer, not read"
    assert [Path(item.path).name for item in report.skipped] == ["scan.pdf"]
    said = report_text(report, "en").splitlines()
    assert said[1:] == [
        "1 read, with something to note:",
        f"  {documents / 'half.pdf'}: page 2: a picture without a text layer, not read",
        "1 skipped:",
        f"  {documents / 'scan.pdf'}: {report.skipped[0].reason}",
    ]
    assert "scan" in report.skipped[0].reason
    assert "第 2 页：是图片，没有文字层，没有读" in report_text(report, "zh")
