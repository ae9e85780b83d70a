"""Reading MHTML: pages saved by Chromium, and pages put together here as other programs save them. The texts are invented."""

from __future__ import annotations

import contextlib
from email.message import EmailMessage, MIMEPart
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_checks import kinds, read_as

from qa.errors import DamagedFileError, ReadingError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>灯塔修好了_海角网</title><meta name="author" content="韩某">
</head><body><nav><a href="/">首页</a></nav><h1>灯塔修好了</h1><div>2020年9月8日 来源：海角日报</div>
<p>停了三年的灯塔上周末重新亮起，守塔人说镜片是从旧货市场找回来的。</p><img src="cid:1"></body></html>"""
BLOCKS = [
    ("furniture", "首页"),
    ("heading", "灯塔修好了"),
    ("byline", "2020年9月8日 来源：海角日报"),
    ("paragraph", "停了三年的灯塔上周末重新亮起，守塔人说镜片是从旧货市场找回来的。"),
]


def part(content: bytes, kind: str, charset: str = "", transfer: str = "base64", content_id: str = "") -> MIMEPart:
    made = MIMEPart()
    maintype, subtype = kind.split("/")
    made.set_content(content, maintype, subtype, cte=transfer, params={"charset": charset} if charset else None)
    if content_id:
        made["Content-ID"] = content_id
    return made


def saved(*parts: MIMEPart, start: str = "") -> bytes:
    """What a browser writes round the parts."""
    message = EmailMessage()
    message["From"] = "<Saved by Hand>"
    message["Snapshot-Content-Location"] = "http://example.invalid/dengta.html"
    message["Subject"] = "灯塔"
    message["Date"] = "Tue, 08 Sep 2020 10:00:00 +0800"
    message["MIME-Version"] = "1.0"
    message.add_header("Content-Type", "multipart/related", type="text/html", boundary="----=_x", **({"start": start} if start else {}))
    for one in parts:
        message.attach(one)
    return message.as_bytes()


ON_TOP = ("metadata", "Snapshot-Content-Location: http://example.invalid/dengta.html\nDate: Tue, 08 Sep 2020 10:00:00 +0800\nSubject: 灯塔")
PICTURE = part(b"\x89PNG....", "image/png")


@pytest.mark.parametrize("transfer", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize(("charset", "codec"), [("gb2312", "gb18030"), ("big5", "gb18030"), ("utf-8", "utf-8"), ("", "utf-8")])
@pytest.mark.parametrize("name", ["灯塔.mhtml", "灯塔.mht", "灯塔.txt"])  # content first
def test_a_saved_page_is_read_as_its_html(name: str, charset: str, codec: str, transfer: str) -> None:
    page = part(PAGE.format(charset=charset).encode(codec), "text/html", charset, transfer)
    document = read_as(name, saved(page, PICTURE))
    assert kinds(document) == [ON_TOP, *BLOCKS]
    assert (document.title, document.authors, document.publication) == ("灯塔修好了", ("韩某",), "海角日报")
    assert (document.published, document.media_type, document.reader) == ("2020-09-08", "multipart/related", "mhtml/3")
    assert document.decoding.encoding == codec


def test_the_day_of_saving_is_not_the_day_of_publication() -> None:
    document = read_as("a.mhtml", saved(part("<p>没有日期的一段话，谁也不知道是哪天写的。</p>".encode(), "text/html", "utf-8")))
    assert (document.title, document.published) == ("灯塔", "")
    assert "2020" in document.text


def test_the_page_comes_first_and_its_frames_after_it() -> None:
    frame = part("<p>框里的字。</p>".encode(), "text/html", "utf-8", content_id="<frame>")
    empty = part(b"<!-- nothing -->", "text/html")
    page = part("<p>页上的字。</p>".encode(), "text/html", "utf-8", content_id="<page>")
    assert [text for _, text in kinds(read_as("a.mhtml", saved(frame, page, empty, start="<page>")))[1:]] == ["页上的字。", "框里的字。"]


def test_a_page_that_a_word_processor_saved_alone() -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert kinds(read_as("a.mht", head + PAGE.format(charset="gb2312").encode("gb18030"))) == BLOCKS


def test_without_a_page_it_is_damaged() -> None:
    with pytest.raises(DamagedFileError, match=";"):
        read_as("a.mhtml", saved(PICTURE))
    with pytest.raises(DamagedFileError):
        read_as("a.mhtml", saved(part(PAGE.encode(), "text/html"))[:250])


def test_text_that_begins_like_headers_is_no_saved_page() -> None:
    assert read_as("a.txt", "Date: 2020\nSubject: 灯塔\n\n灯塔修好了。".encode()).reader.startswith("text/")


SAVED = saved(part(PAGE.format(charset="gb2312").encode("gb18030"), "text/html", "gb2312", "8bit"), PICTURE)


@given(st.lists(st.tuples(st.integers(0, len(SAVED) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, len(SAVED)))
def test_any_damage_gives_a_document_or_a_reading_error(flips: list[tuple[int, int]], keep: int) -> None:
    data = bytearray(SAVED)
    for place, value in flips:
        data[place] = value
    for damaged in (bytes(data), bytes(data)[:keep]):
        with contextlib.suppress(ReadingError):
            read_as("a.mhtml", damaged)


@pytest.mark.slow
@pytest.mark.browser
def test_a_page_that_chromium_saved(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(PAGE.format(charset="utf-8").replace("</body>", "<iframe srcdoc='<p>框里的字。</p>'></iframe></body>"))
    snapshot = page.context.new_cdp_session(page).send("Page.captureSnapshot", {"format": "mhtml"})["data"]
    document = read_as("灯塔.mhtml", snapshot.encode())
    assert kinds(document)[1:] == [*BLOCKS, ("paragraph", "框里的字。")]
    assert (document.title, document.published, document.reader) == ("灯塔修好了", "2020-09-08", "mhtml/3")
