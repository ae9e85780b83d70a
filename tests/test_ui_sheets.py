"""The printed pages beside a document's text: which ones are shown, where the quote is marked, and who may ask for an image."""

from __future__ import annotations

import asyncio
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.errors import DamagedFileError, LibraryDamagedError
from qa.reading.page_images import HIGHEST, WIDEST, PageRenderer
from qa.records import Box, DocumentInfo, Span
from ui.server import create_app
from ui.sheets import Mark, Sheets, _mark, sheets_of
from ui.source import BadLinkError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE = "http://127.0.0.1:7860"
CHINESE_FONTS = ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
LINES = [
    "　　河边的旧粮仓去年改成了图书馆，木匠们拆下门板做",
    "成书架，孩子们把自己的书也搬来了。",
    "　　开馆那一天来了三百多人，镇长没有讲话，只是站在",
    "门口替大家扶着那扇很重的门，一直扶到天黑以后最后一",
]
END = "个人走出来为止。"


def pdf_bytes() -> bytes:
    """Three pages of 420 x 595 points; a paragraph goes on from the first to the second."""
    font = next((path for path in CHINESE_FONTS if Path(path).exists()), "")
    name = "Chinese" if font else "Helvetica"
    if font:
        pdfmetrics.registerFont(TTFont(name, font))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595))
    for page in (LINES, [END, *LINES[:2]], ["　　最后一页只有这一句话。"]):
        canvas.setFont(name, 14)
        for number, line in enumerate(page):
            canvas.drawString(35 + 28 * line.startswith("　"), 520 - 24 * number, line.strip("　"))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    if not any(Path(path).exists() for path in CHINESE_FONTS):
        pytest.skip(f"needs a Chinese font to draw a page with: {' or '.join(CHINESE_FONTS)}")
    folder = tmp_path_factory.mktemp("sheets")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "粮仓.pdf").write_bytes(pdf_bytes())
    (documents / "plain.txt").write_text("河边的旧粮仓。", encoding="utf-8")
    with Assistant.open(folder / "library", encoder=HashingEncoder(dim=256)) as assistant:
        assistant.ingest([documents])
        yield assistant


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[TestClient]:
    async def made() -> FastAPI:  # inside a running loop: without one Gradio opens several and never closes them
        return create_app(assistant)

    with TestClient(asyncio.run(made()), base_url=HERE, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def renderer() -> Iterator[PageRenderer]:
    renderer = PageRenderer()
    yield renderer
    renderer.close()


def info_of(assistant: Assistant, name: str) -> DocumentInfo:
    [info] = [info for info in assistant.library.documents() if Path(info.path).name == name]
    return info


def place_of(assistant: Assistant, quote: str) -> tuple[str, Span]:
    """The document's address and the quote's place in its text."""
    info = info_of(assistant, "粮仓.pdf")
    start = assistant.library.document(info.doc_id).text.index(quote)
    return f"/source/{info.doc_id}?v={info.version}", Span(start, start + len(quote))


def sheets(assistant: Assistant, renderer: PageRenderer, marks: list[Span], chosen: str = "") -> Sheets:
    info = info_of(assistant, "粮仓.pdf")
    return sheets_of(assistant.library, renderer, info.doc_id, info.version, marks, chosen, "en")


def test_the_mark_lies_on_the_quote(assistant: Assistant, renderer: PageRenderer) -> None:
    _, span = place_of(assistant, "旧粮仓")
    [sheet] = sheets(assistant, renderer, [span]).sheets
    assert (sheet.width, sheet.height, sheet.label, sheet.earlier) == (420, 595, "1", "")
    [mark] = sheet.marks
    assert mark.x == pytest.approx(35 + 28 + 3 * 14, abs=1)  # after three characters of the first line
    assert mark.width == pytest.approx(3 * 14, abs=1)
    assert mark.y < 595 - 520 < mark.y + mark.height  # the line that the characters stand on


def test_a_quote_over_two_pages_shows_both(assistant: Assistant, renderer: PageRenderer) -> None:
    _, before = place_of(assistant, "以后最后一")
    _, after = place_of(assistant, END)
    shown = sheets(assistant, renderer, [before, after])
    assert [sheet.label for sheet in shown.sheets] == ["1", "2"]
    assert [len(sheet.marks) for sheet in shown.sheets] == [1, 1]
    assert (shown.first, shown.notice) == ("", "")


def test_another_page_can_be_turned_to(assistant: Assistant, renderer: PageRenderer) -> None:
    _, span = place_of(assistant, "旧粮仓")
    [first] = sheets(assistant, renderer, [span]).sheets
    assert "page=1" in first.later
    [last] = sheets(assistant, renderer, [span], "2").sheets
    assert (last.label, last.marks, last.later) == ("3", (), "")
    assert "page=1" in last.earlier
    for chosen in ("3", "-1", "../1", "٣", "99999"):
        with pytest.raises(BadLinkError):
            sheets(assistant, renderer, [span], chosen)


def test_without_a_quote_the_pages_are_offered(assistant: Assistant, renderer: PageRenderer) -> None:
    shown = sheets(assistant, renderer, [])
    assert shown.sheets == ()
    assert "page=0" in shown.first


def test_without_the_original_the_text_is_there_all_the_same(
    client: TestClient, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(doc_id: str, version: str) -> bytes:
        raise LibraryDamagedError("the original is gone")

    monkeypatch.setattr(assistant.library, "original", damaged)
    address, span = place_of(assistant, "旧粮仓")
    page = client.get(f"{address}&s={span.start}-{span.end}")
    assert page.status_code == 200
    assert "No image of the page: the original is gone" in page.text
    assert "<mark" in page.text
    assert "<img" not in page.text


def test_a_format_without_pages_has_no_sheets(assistant: Assistant, renderer: PageRenderer) -> None:
    info = info_of(assistant, "plain.txt")
    assert sheets_of(assistant.library, renderer, info.doc_id, info.version, [Span(0, 3)], "", "en") == Sheets()


@pytest.mark.parametrize(
    ("box", "mark", "expected"),
    [
        (Box(Span(0, 4), 0, 100, 700, 140, 710), Span(1, 3), Mark(110, 90, 20, 10)),  # across
        (Box(Span(0, 4), 0, 100, 660, 110, 700), Span(1, 3), Mark(100, 110, 10, 20)),  # down
        (Box(Span(0, 4), 0, 100, 700, 140, 710), Span(0, 9), Mark(100, 90, 40, 10)),  # goes on below
        (Box(Span(4, 8), 0, 100, 700, 160, 710), Span(6, 8), Mark(120, 90, 40, 10)),  # after two letters, each half as wide
    ],
)
def test_a_part_of_a_line(box: Box, mark: Span, expected: Mark) -> None:
    assert _mark("河边粮仓ab河边", box, mark, 800) == expected


def test_the_page_shows_its_image_with_the_marks_over_it(client: TestClient, assistant: Assistant) -> None:
    address, span = place_of(assistant, "旧粮仓")
    page = client.get(f"{address}&s={span.start}-{span.end}")
    assert page.status_code == 200
    [image] = re.findall(r'<img src="([^"]*)"', page.text)
    assert 'loading="lazy"' in page.text
    assert 'alt="Image of page 1, with the quote marked"' in page.text
    assert page.text.count("<rect ") == 1
    assert "style=" not in page.text  # the policy forbids it, so a mark placed by a style would not be placed
    answer = client.get(html.unescape(image))
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (200, "image/png", "no-store")
    with Image.open(io.BytesIO(answer.content)) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width == pytest.approx(WIDEST, abs=1)
        assert drawn.height == pytest.approx(HIGHEST, abs=1)
        assert drawn.convert("L").getextrema()[0] < 100  # something is printed on it


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/source/{doc}/page/0.png", 200),  # the current version
        ("/source/{doc}/page/3.png", 400),
        ("/source/{doc}/page/-1.png", 400),
        ("/source/{doc}/page/00000000000.png", 400),
        ("/source/{doc}/page/..%2f..%2fetc%2fpasswd.png", 404),
        ("/source/{doc}/page/../../etc/passwd", 404),
        ("/source/{doc}/page/0.png?v=../../etc/passwd", 400),
        ("/source/{doc}/page/0.png?v=" + "a" * 64, 404),
        ("/source/0123456789abcdef/page/0.png", 404),
        ("/source/0123456789abcdeg/page/0.png", 400),
        ("/source/{text}/page/0.png", 400),
        ("/source/{doc}?page=7", 400),
        ("/source/{text}?page=../..", 400),
    ],
)
def test_no_other_address_gives_an_image(client: TestClient, assistant: Assistant, path: str, status: int) -> None:
    doc, text = info_of(assistant, "粮仓.pdf").doc_id, info_of(assistant, "plain.txt").doc_id
    answer = client.get(path.format(doc=doc, text=text))
    assert answer.status_code == status
    assert (answer.headers["content-type"] == "image/png") == (status == 200)
    assert "Traceback" not in answer.text


def test_an_image_is_guarded_as_every_route_is(client: TestClient, assistant: Assistant) -> None:
    path = f"/source/{info_of(assistant, '粮仓.pdf').doc_id}/page/0.png"
    assert client.get(path, headers={"host": "evil.example"}).status_code == 421
    assert client.get(path, headers={"origin": "http://evil.example"}).status_code == 403
    assert client.get(path).headers["cross-origin-resource-policy"] == "same-origin"


def test_a_damaged_file_costs_its_image_only(renderer: PageRenderer) -> None:
    with pytest.raises(DamagedFileError):
        renderer.png(b"%PDF-1.4 and nothing more", 0)
    with pytest.raises(IndexError):
        renderer.png(pdf_bytes(), 3)
    assert renderer.sizes(pdf_bytes()) == [(420, 595)] * 3


@pytest.mark.browser
def test_in_chromium_the_mark_lies_over_the_image(client: TestClient, assistant: Assistant, browser: Browser) -> None:
    address, span = place_of(assistant, "旧粮仓")

    def answer(route: Any) -> None:
        response = client.get(route.request.url)
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)

    for width, height, scheme in ((1440, 900, "light"), (390, 844, "dark")):
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        refused: list[str] = []
        page.on("console", lambda message, refused=refused: refused.append(message.text))
        page.route("**/*", answer)
        page.goto(f"{HERE}{address}&s={span.start}-{span.end}#{'quote' if width > 1000 else 'pages'}", wait_until="load")
        page.locator(".sheet img").evaluate("image => image.decode()")
        image, mark = (page.locator(selector).bounding_box() for selector in (".sheet img", ".sheet rect"))
        assert image
        assert mark
        scale = image["width"] / 420
        assert image["height"] == pytest.approx(595 * scale, rel=0.01)
        assert mark["x"] - image["x"] == pytest.approx((35 + 5 * 14) * scale, abs=2)
        assert mark["y"] < image["y"] + (595 - 520) * scale < mark["y"] + mark["height"]
        assert 0 <= image["y"] < height  # the page is in sight where the link leads
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert refused == []
        page.close()
