"""The chat as a reader meets it: a real server over the sample library, a real Chromium that can reach nothing but this machine.

The screenshots go to the folder that CHUCHU_SCREENSHOTS names (the README's is among them), else to a temporary one.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from qa.answering.bundles import read_originals, verified
from qa.sample import documents_folder
from ui.bundle_page import bundle_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "ui.command"]
READY_S = 60.0  # a bound that a busy machine keeps; the figure itself is printed (12 s is the goal on an idle one)
EXAMPLE = "望鹭桥维修总预算是多少？"
HOSTILE = '<img src="http://example.invalid/a.png" onerror="alert(1)"> **粗** $x$ [点](javascript:alert(1)) <script>1</script>'
UPLOAD = "小石潭水文站1964年建成，站长名叫文知秋。\n\n水文站每天早晚各记一次水位。\n"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, float]]:
    """`chuchu chat --sample` for a user whose data lies in the folder: its address, and how many seconds it took until ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "CHUCHU_LIBRARY": str(folder / "own"), "LC_ALL": "en_US.UTF-8"}
    started = time.monotonic()
    command = [*COMMAND, "chat", "--sample", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"Open http://127.0.0.1:{port} ")
        yield f"http://127.0.0.1:{port}", time.monotonic() - started
        process.send_signal(signal.SIGINT)
        stopping = time.monotonic()
        assert process.wait(timeout=20) in (0, 130)
        assert time.monotonic() - stopping < 5
        assert not list((folder / "chuchu" / "sample-library").glob("cache/*"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a user without any library."""
    return tmp_path_factory.mktemp("chat")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[str]:
    """The address of a chat over the sample, started by that user for the first time."""
    with serving(home) as (address, _):
        yield address


@pytest.fixture
def open_page(server: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages; at the end, none of them has asked another machine for anything or broken a security rule."""
    contexts, requests, complaints = [], [], []

    def open_page(width: int = 1280, height: int = 860, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **{"locale": "zh-CN", **options})
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        context.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page = context.new_page()
        page.goto(f"{server}/")
        page.locator("#asking textarea").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    foreign = [url for url in requests if not url.startswith(("data:", "blob:")) and urlsplit(url).hostname != "127.0.0.1"]
    assert not foreign
    assert not [text for text in complaints if "Security Policy" in text or text.startswith("dialog:")]


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("CHUCHU_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ask(page: Page, query: str) -> str:
    """Ask, wait for the whole answer, give back its text, what is folded in too."""
    answers = page.locator(".answer .copy").count()
    page.locator("#asking textarea").fill(query)
    page.locator("#asking textarea").press("Enter")
    page.locator(".answer .copy").nth(answers).wait_for()
    return str(page.locator(".answer").last.text_content())


def thumbs(page: Page) -> Any:
    """The thumbs that can be seen: down and up of the first answer, of the second, …"""
    return page.locator("#chat .message-buttons button:visible")


def told(page: Page) -> str:
    """The note that appears, which is then closed."""
    note = page.get_by_test_id("toast-text")
    note.wait_for()
    text = str(note.inner_text())
    page.get_by_test_id("toast-close").click()
    note.wait_for(state="detached")
    return text


def kept(home: Path) -> list[tuple[str, str, str]]:
    """(query, verdict, status) of the feedback in the sample's library, in the order in which it was given."""
    library = f"file:{home / 'chuchu' / 'sample-library' / 'library.sqlite'}?mode=ro"
    with contextlib.closing(sqlite3.connect(library, uri=True)) as connection:
        return connection.execute("SELECT query, verdict, status FROM feedback ORDER BY rowid").fetchall()


def background(page: Page) -> int:
    """The sum of red, green and blue behind the page: under 200 is dark, over 600 is light."""
    colours = page.evaluate("getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor")
    shown = [list(map(int, rgb)) for rgb in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", colours)]
    return sum(shown[0])


def fits(page: Page) -> bool:
    """Nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_the_page_is_ready_in_time(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, first):  # reads the sample library in
        pass
    with serving(tmp_path) as (_, afterwards):
        pass
    print(f"page ready after {first:.1f} s at the first start, {afterwards:.1f} s afterwards")
    assert afterwards < READY_S


def test_a_click_on_a_citation_lands_on_the_highlighted_sentence(open_page: Callable[..., Page], screenshots: Path) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    assert page.url.endswith("/zh/")
    page.get_by_role("button", name=EXAMPLE).click()
    page.locator(".answer .copy").wait_for()
    ask(page, "望鹭桥完工于哪一年？")
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / "chat.png")
    statement = page.locator(".answer .statement").first
    assert "460" in statement.inner_text()
    assert "460" in statement.locator("mark").inner_text()
    page.locator(".answer .copy").first.click()
    assert "《" in page.evaluate("navigator.clipboard.readText()")
    with page.context.expect_page() as opened:
        statement.locator("a.marker").first.click()
    source = opened.value
    source.wait_for_load_state()
    quote = source.locator("#quote")
    box = quote.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 860
    assert re.sub(r"\s", "", quote.inner_text())[:12] in re.sub(r"\s", "", statement.inner_text())
    source.screenshot(path=screenshots / "source.png")


def test_the_evidence_of_an_answer_can_be_taken_along(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, "望鹭桥维修总预算是多少？")
    with page.expect_download() as downloaded:
        page.locator(".answer .bundle").click()
    bundle = bundle_in(Path(downloaded.value.path()).read_bytes())
    assert bundle.answer.query == "望鹭桥维修总预算是多少？"
    assert bundle.answer.status == "answered"
    assert all(one.outcome == "confirmed" for one in verified(bundle, read_originals(bundle, documents_folder())))


def test_a_follow_up_is_made_complete_and_can_be_asked_as_typed(open_page: Callable[..., Page], screenshots: Path) -> None:
    page = open_page(390, 844)
    ask(page, "望鹭桥维修总预算是多少？")
    assert not page.locator("#as-typed").is_visible()
    assert "望鹭桥是谁" in ask(page, "它是谁设计的？")
    page.locator("#as-typed").wait_for()
    page.screenshot(path=screenshots / "follow-up.png")
    assert fits(page)
    answers = page.locator(".answer .copy").count()
    page.locator("#as-typed").click()
    page.locator(".answer .copy").nth(answers).wait_for()
    assert "望鹭桥是谁" not in str(page.locator(".answer").last.text_content())
    assert page.locator(".query").last.inner_text() == "它是谁设计的？"
    page.locator("#as-typed").wait_for(state="hidden")


def test_a_silent_library_says_so(open_page: Callable[..., Page], screenshots: Path) -> None:
    page = open_page()
    answer = ask(page, "2023年茶叶合作社产了多少吨红茶？")
    page.screenshot(path=screenshots / "silent.png")
    assert "没有找到依据" in answer
    assert page.locator(".answer .statement").count() == 0


def test_what_a_reader_types_is_shown_as_typed(open_page: Callable[..., Page]) -> None:
    page = open_page()
    ask(page, HOSTILE)
    assert page.locator(".query").last.inner_text() == HOSTILE
    assert page.locator("#chat img, #chat script, #chat .query *").count() == 0


def test_the_language_can_be_switched_and_stays(open_page: Callable[..., Page], server: str) -> None:
    page = open_page()
    assert page.get_by_role("tab").all_inner_texts() == ["提问", "文库"]
    page.locator("#language").click()
    page.wait_for_url("**/en/")
    page.get_by_role("tab", name="Library").wait_for()
    assert page.get_by_role("tab").all_inner_texts() == ["Ask", "Library"]
    page.get_by_role("tab", name="Library").click()
    page.get_by_text("Drop File Here").wait_for()  # Gradio's own words follow too
    page.goto(f"{server}/")
    assert page.url.endswith("/en/")
    english = open_page(locale="en-GB")
    assert english.url.endswith("/en/")


def test_dark_mode_follows_the_browser(open_page: Callable[..., Page], server: str, screenshots: Path) -> None:
    for scheme, is_right in (("dark", lambda colour: colour < 200), ("light", lambda colour: colour > 600)):
        page = open_page(color_scheme=scheme, locale="en-GB")
        ask(page, EXAMPLE)
        page.wait_for_timeout(500)
        page.screenshot(path=screenshots / f"chat-{scheme}.png")
        box = page.locator("#asking button").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 860
        assert is_right(background(page))
        page.goto(server + str(page.locator(".answer li a").first.get_attribute("href")))
        page.screenshot(path=screenshots / f"source-{scheme}.png")
        assert is_right(background(page))


def test_a_thumb_arrives_in_the_library_for_the_right_answer_of_the_right_visitor(
    open_page: Callable[..., Page], home: Path, screenshots: Path
) -> None:
    page, other = open_page(), open_page(locale="en-GB")
    silent = "2023年茶叶合作社产了多少吨红茶？"
    for query in (EXAMPLE, silent, "2019年的茶王是谁？"):
        ask(page, query)
    ask(other, "望鹭桥完工于哪一年？")
    assert thumbs(page).count() == 6, "two for each answer, none for the steps before it"
    thumbs(page).nth(2).click()
    assert told(page) == "谢谢。问题和这个回答已记在文库里。"
    assert kept(home) == [(silent, "down", "no_evidence")]
    thumbs(other).nth(0).focus()
    other.keyboard.press("Enter")
    assert told(other) == "Thank you. The question and this answer are now kept in the library."
    assert kept(home)[1:] == [("望鹭桥完工于哪一年？", "down", "answered")]
    thumbs(page).nth(0).click()
    told(page)
    thumbs(page).nth(1).click()  # a change of mind
    told(page)
    assert kept(home)[2:] == [(EXAMPLE, "up", "answered")]
    ask(page, "望鹭桥上的木廊是什么时候加盖的？")
    assert [thumbs(page).nth(place).get_attribute("aria-pressed") for place in range(8)] == ["false", "true", "true", *["false"] * 5]
    assert {thumbs(page).nth(place).get_attribute("aria-label") for place in (0, 2)} == {"踩"}, "a pressed thumb keeps its name"
    page.screenshot(path=screenshots / "thumbs.png")
    thumbs(page).nth(2).click()  # taken back
    assert told(page) == "已取消，文库里不再留有这条评价。"
    assert [query for query, _, _ in kept(home)] == ["望鹭桥完工于哪一年？", EXAMPLE]
    page.get_by_role("button", name="清空对话").click()
    assert page.locator(".query").count() == 0
    ask(page, silent)  # in the same moment
    assert page.locator(".query").all_inner_texts() == [silent]
    thumbs(page).nth(0).click()
    told(page)
    assert kept(home)[2:] == [(silent, "down", "no_evidence")], "places are counted anew in a cleared chat"


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_phone_is_wide_enough(open_page: Callable[..., Page], screenshots: Path, locale: str) -> None:
    page = open_page(390, 844, locale=locale)
    page.screenshot(path=screenshots / f"phone-start-{locale}.png")
    assert fits(page)
    assert page.locator(".welcome h2").bounding_box()["y"] > page.locator("#chat").bounding_box()["y"], "the heading can be seen"
    ask(page, EXAMPLE)
    page.wait_for_timeout(500)
    page.screenshot(path=screenshots / f"phone-{locale}.png")
    assert fits(page)
    box = page.locator("#asking button").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    down, copy = thumbs(page).first.bounding_box(), page.locator(".answer .copy").bounding_box()
    assert down is not None
    assert copy is not None
    assert copy["x"] + copy["width"] < down["x"], "on one line with the copy button, and not over it"
    assert abs(copy["y"] + copy["height"] / 2 - down["y"] - down["height"] / 2) < 8
    thumbs(page).first.click()
    told(page)
    assert fits(page)
    page.get_by_role("tab").nth(1).click()
    page.locator("#documents table").wait_for()
    page.screenshot(path=screenshots / f"phone-library-{locale}.png")
    assert fits(page)


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_library_can_be_browsed_without_a_mouse(
    open_page: Callable[..., Page], server: str, screenshots: Path, locale: str, width: int, scheme: str
) -> None:
    page = open_page(width, 860, locale=locale, color_scheme=scheme)
    page.get_by_role("tab").nth(1).click()
    page.locator("#documents table").wait_for()
    with page.context.expect_page() as opened:
        page.locator("#documents a[href='/library']").click()
    listed = opened.value
    listed.wait_for_load_state()
    listed.screenshot(path=screenshots / f"documents-{width}-{scheme}-{locale}.png")
    assert fits(listed)
    listed.locator("input[type=search]").focus()
    listed.keyboard.type("望鹭桥")
    listed.keyboard.press("Enter")
    listed.wait_for_url("**/library?q=*")
    found = listed.locator(".documents .name")
    assert 0 < found.count() < 20
    listed.locator(".orders a").first.press("Enter")
    listed.wait_for_url("**order=title")
    assert found.all_inner_texts() == sorted(found.all_inner_texts())
    found.first.press("Enter")
    listed.wait_for_url(re.compile("/library/[0-9a-f]{16}$"))
    listed.screenshot(path=screenshots / f"document-{width}-{scheme}-{locale}.png", full_page=True)
    assert fits(listed)
    assert (background(listed) < 200) == (scheme == "dark")
    closed = listed.locator("details:not([open])").count()
    if closed:
        listed.locator("details:not([open]) summary").first.press("Enter")
        assert listed.locator("details:not([open])").count() == closed - 1
    place = listed.locator("main a[href^='/source/']").first
    if place.count():
        place.press("Enter")
        listed.locator("#quote").wait_for()


def test_an_uploaded_file_answers_and_a_removed_one_does_not(open_page: Callable[..., Page], tmp_path: Path, screenshots: Path) -> None:
    (tmp_path / "《水文》小石潭.txt").write_text(UPLOAD, encoding="gb18030")
    (tmp_path / "空.txt").touch()
    page = open_page()
    page.get_by_role("tab").nth(1).click()
    page.locator("#upload input[type=file]").set_input_files([tmp_path / "《水文》小石潭.txt", tmp_path / "空.txt"])
    page.locator("#result .lines").wait_for()
    assert "新增 1" in page.locator("#result").inner_text()
    assert "空.txt" in page.locator("#result").inner_text()
    row = page.locator("#documents tr", has_text="小石潭")
    row.wait_for()
    assert "gb18030" in row.inner_text()
    page.screenshot(path=screenshots / "library.png", full_page=True)
    page.get_by_role("tab").nth(0).click()
    assert "文知秋" in ask(page, "小石潭水文站的站长是谁？")
    page.get_by_role("tab").nth(1).click()
    page.get_by_role("button", name="移除文件").click()
    page.locator("#chosen input").fill("小石潭")
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="移除…").click()
    page.get_by_role("button", name="确认移除").click()
    page.locator("#result", has_text="已抹去").wait_for()
    assert "1 份上传副本" in page.locator("#result").inner_text()
    row.wait_for(state="detached")
    page.get_by_role("tab").nth(0).click()
    assert "文知秋" not in ask(page, "小石潭水文站的站长是谁？")


def test_many_tabs_leave_room_for_one_more(open_page: Callable[..., Page], server: str) -> None:
    """Browsers open six connections to a server; a tab that kept one would be felt from the sixth on."""
    tabs = [open_page()]
    for _ in range(7):
        tabs.append(tabs[0].context.new_page())
        tabs[-1].goto(f"{server}/")
        tabs[-1].locator("#asking textarea").wait_for()
    ask(tabs[-1], EXAMPLE)
    tabs[0].goto(server + str(tabs[-1].locator(".answer li a").first.get_attribute("href")), timeout=10_000)
    assert tabs[0].locator("#quote").is_visible()


def test_no_event_is_lost_between_two_streams(open_page: Callable[..., Page]) -> None:
    """Each event is sent in the moment in which the one before it ends."""
    page = open_page()
    page.get_by_role("tab").nth(1).click()
    page.locator("#documents tr").first.wait_for()
    for number in range(60):
        page.locator("#own input, #own textarea").first.fill(f"/nowhere/{number}")
        page.get_by_role("button", name="读入并打开").click()
        page.locator("#result", has_text=f"/nowhere/{number}").wait_for(timeout=10_000)


def test_one_own_folder_takes_the_samples_place(open_page: Callable[..., Page], server: str, tmp_path: Path) -> None:
    (tmp_path / "本县.txt").write_text("柳林镇中学1957年建校，首任校长是白鹤年。\n", encoding="utf-8")
    page = open_page()
    ask(page, EXAMPLE)
    cited = server + str(page.locator(".answer li a").first.get_attribute("href"))
    page.get_by_role("tab").nth(1).click()
    page.locator("#own input, #own textarea").first.fill(str(tmp_path / "nowhere"))
    page.get_by_role("button", name="读入并打开").click()
    page.locator("#result", has_text="没有这个文件夹").wait_for()
    assert page.locator("#banner").is_visible()
    page.locator("#own input, #own textarea").first.fill(str(tmp_path))
    page.get_by_role("button", name="读入并打开").click()
    page.locator("#result", has_text="现在是您自己的文库").wait_for()
    page.locator("#banner").wait_for(state="hidden")
    page.locator("#documents tr", has_text="本县").wait_for()
    assert page.locator("#documents tbody tr").count() == 1
    page.get_by_role("tab").nth(0).click()
    assert "白鹤年" in ask(page, "柳林镇中学的首任校长是谁？")
    page.goto(cited)
    assert page.locator("#quote").is_visible()
