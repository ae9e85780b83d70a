"""How large a file may be: what is too long is refused at once, and what is read stays within a bounded memory."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from qa.errors import FileTooLargeError
from qa.reading import protocol, read
from qa.reading.workers import ReaderPool, ReadJob, ReadResult
from qa.splitting import split_passages

PARAGRAPH = "　　渡口的水位又涨了一寸，撑船的人把缆绳往上挪了三个桩，回头对岸上喊，今天只渡人，不渡牲口。\n"


def test_a_text_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LARGEST_TEXT", 1_000)
    assert read("旧桥".encode() * 500, path="a.txt", doc_id="0" * 16)
    with pytest.raises(FileTooLargeError, match=r"million characters.*; split"):
        read("旧桥".encode() * 500 + b"1", path="a.txt", doc_id="0" * 16)
    with pytest.raises(FileTooLargeError):
        read("旧桥".encode("gb18030") * 2_000, path="a.txt", doc_id="0" * 16)


def test_what_is_too_long_in_any_encoding_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LARGEST_TEXT", 1_000)
    monkeypatch.setattr(protocol, "decode", lambda data, told: pytest.fail("decoded"))
    with pytest.raises(FileTooLargeError):
        read("旧桥".encode() * 1_000, path="a.txt", doc_id="0" * 16)


def megabytes(pid: int, what: str) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split(f"{what}:")[1].split()[0]) / 1024


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[tuple[ReaderPool, int]]:
    """A pool of one worker that has read a small text, and the worker's process."""
    if sys.platform != "linux":
        pytest.skip("takes the memory of a process from /proc")
    (tmp_path / "small.txt").write_text(PARAGRAPH, encoding="utf-8")
    before = children()
    with ReaderPool(workers=1, timeout_s=300, split=split_passages) as pool:
        list(pool.read([job(tmp_path / "small.txt")]))
        [worker] = [pid for pid in children() - before if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        yield pool, worker


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def job(path: Path) -> ReadJob:
    return ReadJob(os.fsencode(path), path.name, "0" * 16)


def taken(measured: tuple[ReaderPool, int], path: Path) -> tuple[ReadResult, float]:
    """The result, and the most memory over the idle worker that reading took, in MB."""
    pool, worker = measured
    idle = megabytes(worker, "VmRSS")
    [result] = pool.read([job(path)])
    return result, megabytes(worker, "VmHWM") - idle


@pytest.mark.slow
def test_two_thousand_pages_take_less_than_400_mb(measured: tuple[ReaderPool, int], tmp_path: Path) -> None:
    path = tmp_path / "thick.pdf"
    path.write_bytes(thick_pdf(2_000))
    result, memory = taken(measured, path)
    assert result.document is not None
    assert len({box.page for box in result.document.boxes}) == 2_000
    assert memory < 400


def thick_pdf(pages: int) -> bytes:
    """Pages of 36 lines of 30 characters."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    line = PARAGRAPH.strip()[:30]
    for page in range(pages):
        text = canvas.beginText(60, 780)
        text.setFont("STSong-Light", 14)
        text.setLeading(20)
        for number in range(36):
            text.textLine(f"{page * 36 + number:06}{line[6:]}" if number % 6 == 0 else line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.mark.slow
def test_a_text_of_150_mb_is_refused_before_it_takes_memory(measured: tuple[ReaderPool, int], tmp_path: Path) -> None:
    path = tmp_path / "endless.txt"
    block = (PARAGRAPH * 1_000).encode("gb18030")
    with path.open("wb") as file:
        for _ in range(150 * 1024 * 1024 // len(block)):
            file.write(block)
    result, memory = taken(measured, path)
    assert "million characters" in result.reason
    assert memory < 200
