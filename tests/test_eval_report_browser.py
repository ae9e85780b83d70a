"""The report as a reader opens it: a file in a real Chromium, at desktop and phone width, in light and dark, and on paper.

The screenshots go to the folder that CHUCHU_SCREENSHOTS names, else to a temporary one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from test_eval_report import HOSTILE, OURS, PEER, QUERIES, TURNED, evaluation, only_finds, query, system

from eval.report.page import page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
UNBROKEN = "Donaudampfschifffahrtsgesellschaft" * 12


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with everything in it: four systems, long and hostile names, every kind of case."""
    wide = replace(
        query(9, rank=0, right=False, confidence=0.95),
        query_id=UNBROKEN, text=f"{UNBROKEN}{HOSTILE}", answers=(UNBROKEN,), first_statement=TURNED, gold_at=UNBROKEN,
        first_hit=f"{UNBROKEN}.txt: {UNBROKEN}", gold_text=UNBROKEN * 2, slices=(f"type: {UNBROKEN}", "set: lakes"),
    )  # fmt: skip
    many = [query(number, rank=number % 4, right=number % 4 == 1, confidence=number / 60) for number in range(10, 60)]
    ours = system("ours", [*QUERIES, wide, *many])
    systems = (ours, PEER, system(UNBROKEN, [only_finds(one) for one in QUERIES]), replace(OURS, system="一个名字很长的系统，" * 8))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(evaluation(*systems)), encoding="utf-8", newline="")
    return path


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Callable[..., Page]]:
    """Opens the report; at the end, nothing else was asked for and the browser had nothing to complain of."""
    contexts, requests, complaints = [], [], []

    def opened(size: str, scheme: Literal["light", "dark"] = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(report.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert set(requests) == {report.as_uri()}
    assert complaints == []


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("CHUCHU_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_fits_its_width(opened: Callable[..., Page], screenshots: Path, size: str, scheme: Literal["light", "dark"]) -> None:
    page = opened(size, scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    width = SIZES[size][0]
    assert page.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    # Whatever sticks out of the window does so inside a box that scrolls.
    assert page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll'))"
        ".map(e => e.outerHTML.slice(0, 80))"
    ) == []  # fmt: skip
    # And no cell of a table runs over the next.
    assert page.evaluate("[...document.querySelectorAll('tbody th')].filter(e => e.scrollWidth > e.clientWidth + 1).length") == 0
    red, green, blue = page.evaluate("getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)")
    assert red + green + blue < 200 if scheme == "dark" else red + green + blue > 600
    page.screenshot(path=screenshots / f"report_{size}_{scheme}.png")


def test_wide_tables_scroll_in_their_own_box(opened: Callable[..., Page]) -> None:
    page = opened("phone")
    box = page.locator("#systems .scroll").first
    assert box.evaluate("e => e.scrollWidth > e.clientWidth + 100")
    box.evaluate("e => { e.scrollLeft = 300 }")
    left = box.locator("tbody th").first.bounding_box()
    assert left is not None
    assert left["x"] == pytest.approx(16, abs=1)  # the name of the row stays


@pytest.mark.parametrize("size", SIZES)
def test_no_text_of_a_plot_is_cut_or_covers_another(opened: Callable[..., Page], size: str) -> None:
    page = opened(size)
    assert page.evaluate(
        """() => [...document.querySelectorAll('svg.plot')].flatMap(svg => {
            const field = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < field.left - 1 || box.right > field.right + 1 || box.top < field.top - 1 || box.bottom > field.bottom + 1;
            }).map(text => text.textContent);
        })"""
    ) == []  # fmt: skip
    assert page.evaluate(
        """() => [...document.querySelectorAll('svg.plot')].flatMap(svg => {
            const boxes = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
            return boxes.flatMap(([one, a], place) => boxes.slice(place + 1).filter(([_, b]) =>
                Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4
            ).map(([other, _]) => [one, other]));
        })"""
    ) == []  # fmt: skip


def test_on_paper_every_case_is_open(opened: Callable[..., Page]) -> None:
    page = opened("desktop")
    closed = page.locator("details.case:not([open]) dl")
    assert closed.count() > 0
    assert not closed.first.is_visible()
    page.emulate_media(media="print")
    assert all(one.is_visible() for one in closed.all())
    assert not page.locator("nav").first.is_visible()


def test_hostile_texts_are_read_as_they_are(opened: Callable[..., Page]) -> None:
    page = opened("desktop")
    assert page.locator("#worst .query", has_text=HOSTILE).count() == 1
    assert page.evaluate("document.scripts.length") == 0
