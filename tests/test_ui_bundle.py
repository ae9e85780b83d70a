"""Evidence bundles: what is written can be checked from the originals alone, and a change anywhere is told with its place."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.bundles import Bundle, bundle_of, read_originals, verified
from qa.answering.references import gb_t_7714
from qa.assistant import Assistant
from qa.records import Citation, Span, Statement, from_json, to_json
from ui.bundle_page import BundleDamagedError, bundle_in, bundle_page, sealed
from ui.command import app
from ui.plain import doubt
from ui.texts import Language, say

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BRIDGE = "青石渡的木桥建于1931年，全长二百一十米，由同乡会集资。</script><b>\n\n一九五八年大水之后，木桥改建为石桥。\n"
QUERY = "木桥建于哪一年？"


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("originals")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "ferry.txt").write_bytes("擺渡人何守田在渡口撐了四十年船，船票兩分錢。\n".encode("big5"))
    return folder


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, originals: Path) -> Iterator[Assistant]:
    with Assistant.open(tmp_path_factory.mktemp("library"), encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([originals])
        yield assistant


@pytest.fixture(scope="module")
def bundle(assistant: Assistant) -> Bundle:
    answer = assistant.ask(QUERY)
    assert answer.status == "answered"
    return assistant.bundle(answer)


def test_a_bundle_comes_back_whole_and_names_no_folder(bundle: Bundle, originals: Path) -> None:
    page = bundle_page(bundle, "zh")
    assert bundle_in(page) == bundle
    assert bundle.answer.hits == ()
    assert str(originals.parent) not in page.decode()
    assert page.count(b"<script") == 1  # the document's own end of a script stays inside the data
    assert b"http:" not in page  # nothing to fetch
    assert b"https:" not in page


def test_a_bundle_shows_the_short_answer_and_its_type(bundle: Bundle) -> None:
    first = bundle.answer.statements[0]
    [part] = first.short_answers
    assert first.answer_type == "date"
    shown = f'<mark>{first.text[part.start : part.end]}</mark>{first.text[part.end :]}<span class="answer-type">时间</span>'
    assert shown in bundle_page(bundle, "zh").decode()
    assert '<span class="answer-type">date</span>' in bundle_page(bundle, "en").decode()


def test_a_refusal_can_be_bundled_too(assistant: Assistant, originals: Path) -> None:
    answer = assistant.ask("月球背面的温度是多少？")
    assert answer.status == "no_evidence"
    bundle = assistant.bundle(answer)
    assert bundle_in(bundle_page(bundle, "en")) == bundle
    assert all(one.outcome == "confirmed" for one in verified(bundle, read_originals(bundle, originals)))


def test_a_bundle_says_as_the_chat_does_that_an_answer_may_be_none_and_what_was_never_seen(bundle: Bundle) -> None:
    unsure = replace(bundle, answer=replace(bundle.answer, confidence=0.2, unseen=("木筏",)))
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        assert doubt(unsure.answer, language) in html.unescape(bundle_page(unsure, language).decode())
        assert say(language, "unsure") not in bundle_page(replace(bundle, answer=replace(bundle.answer, confidence=0.9)), language).decode()
    assert "木筏" in bundle_page(unsure, "zh").decode().partition("<script")[0]


def test_originals_confirm_the_quotes_under_any_name(bundle: Bundle, originals: Path, tmp_path: Path) -> None:
    for number, file in enumerate(originals.iterdir()):
        (tmp_path / "deep").mkdir(exist_ok=True)
        (tmp_path / "deep" / f"{number}.bin").write_bytes(file.read_bytes())
    checked = verified(bundle, read_originals(bundle, tmp_path))
    assert [one.outcome for one in checked] == ["confirmed"] * len(checked)
    assert checked[0].place == "[1]"


def test_an_original_that_is_not_there_is_said(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_bytes(b"x" * bundle.documents[0].size)  # of the same size
    assert {one.outcome for one in verified(bundle, read_originals(bundle, tmp_path))} == {"no original"}


def test_a_forged_quote_is_found_by_the_original_though_every_sum_fits(bundle: Bundle, originals: Path) -> None:
    first, *others = bundle.answer.citations
    statement, *further = bundle.answer.statements
    forged = replace(first, quote=first.quote.replace("1931", "1932"))
    said = replace(statement, text=statement.text.replace("1931", "1932"))
    answer = replace(bundle.answer, citations=(forged, *others), statements=(said, *further))
    read_back = bundle_in(bundle_page(replace(bundle, answer=answer), "zh"))
    assert verified(read_back, read_originals(read_back, originals))[0].outcome == "not confirmed"


def test_a_statement_that_is_no_quotation_is_not_confirmed(bundle: Bundle, originals: Path) -> None:
    answer = replace(bundle.answer, statements=(Statement("木桥建于1932年。", (1,)), *bundle.answer.statements[1:]))
    checked = verified(replace(bundle, answer=answer), read_originals(bundle, originals))
    assert [(one.place, one.outcome) for one in checked if one.place.startswith("statement")] == [("statement 1", "not confirmed")]


def test_another_reader_is_told_apart_from_a_false_quote(bundle: Bundle, originals: Path) -> None:
    old = replace(bundle, documents=tuple(replace(document, reader="text/0") for document in bundle.documents))
    again = read_originals(old, originals)
    moved = {original: replace(document, version="f" * 64) for original, document in again.items() if not isinstance(document, str)}
    assert verified(old, moved)[0].outcome == "confirmed by another reader"
    shifted = {original: replace(document, text=f"序{document.text}") for original, document in moved.items()}
    result = verified(old, shifted)[0]
    assert result.outcome == "cannot be read again"
    assert "text/0" in result.detail


def test_one_flipped_byte_anywhere_is_told_with_its_line(bundle: Bundle) -> None:
    whole = bundle_page(bundle, "zh")
    lines = whole.count(b"\n")
    for at in range(0, len(whole), 11):
        page = bytearray(whole)
        page[at] ^= 1 << (at % 8)
        with pytest.raises(BundleDamagedError) as raised:
            bundle_in(bytes(page))
        named = re.search(r"^line (\d+)", str(raised.value))
        line = whole.count(b"\n", 0, at) + 1
        assert int(named[1]) == line if named else line >= lines - 1 and "last line" in str(raised.value)


def test_a_page_that_shows_something_else_than_its_data_is_told(bundle: Bundle) -> None:
    other = replace(bundle, answer=replace(bundle.answer, query="木桥长多少米？"))
    body = bundle_page(other, "zh").decode().rpartition("<!-- chuchu bundle")[0].removesuffix("\n")
    assert data_of(other) in body
    with pytest.raises(BundleDamagedError, match="shows something other"):
        bundle_in(sealed(body.replace(data_of(other), data_of(bundle)), "zh"))


def data_of(bundle: Bundle) -> str:
    return json.dumps(to_json(bundle), ensure_ascii=False, indent=1).replace("<", "\\u003c")


@pytest.mark.parametrize("page", [b"", b"\n", b"<html></html>\n", "证据".encode("gbk"), b"x" * 1000])
def test_what_is_no_bundle_is_refused(page: bytes) -> None:
    with pytest.raises(BundleDamagedError):
        bundle_in(page)


def test_a_bundle_describes_every_document_it_cites(bundle: Bundle) -> None:
    with pytest.raises(ValueError, match="does not describe"):
        replace(bundle, documents=())
    assert from_json(Bundle, to_json(bundle)) == bundle


def test_the_bundle_of_many_answers(assistant: Assistant, originals: Path) -> None:
    for query in ("木桥全长多少米", "谁在渡口撑船", "石桥是什么时候改建的"):
        made = bundle_of(assistant.ask(query), assistant.library.document, assistant.library.original)
        assert all(one.outcome == "confirmed" for one in verified(made, read_originals(made, originals)))


CITED = Citation(1, "p" * 16, "d" * 16, "v" * 64, "渡口停航记", ("何守田",), "", "", "渡口.txt", "", (Span(0, 1),), "渡")


@pytest.mark.parametrize(
    ("changes", "reference"),
    [
        ({}, "何守田. 渡口停航记[Z]."),
        (
            {"publication": "鹭溪 2023年第2期", "published": "2023-04", "page": "12—14"},
            "何守田. 渡口停航记[J]. 鹭溪, 2023(2023年第2期): 12-14.",
        ),
        ({"publication": "砚川晚报", "published": "2021-06-18", "page": "2"}, "何守田. 渡口停航记[N]. 砚川晚报, 2021-06-18(2)."),
        ({"path": "渡口.html", "publication": "砚川网", "published": "2021-06-18"}, "何守田. 渡口停航记[EB/OL]. 砚川网. (2021-06-18)."),
        ({"authors": ("甲一", "乙二", "丙三", "丁四")}, "甲一, 乙二, 丙三, 等. 渡口停航记[Z]."),
        ({"authors": (), "title": "", "path": "稿/渡口.epub", "published": "1998"}, "渡口[M]. 1998."),
    ],
)
def test_references_after_the_standard(changes: dict[str, object], reference: str) -> None:
    assert gb_t_7714(replace(CITED, **changes)) == reference  # type: ignore[arg-type]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_commands(monkeypatch: pytest.MonkeyPatch, originals: Path, tmp_path: Path) -> None:
    monkeypatch.setattr("ui.command._encoder", lambda name: HashingEncoder(dim=64))
    monkeypatch.setenv("CHUCHU_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert run("ingest", originals).exit_code == 0
    file = tmp_path / "bundle.html"
    assert run("ask", QUERY, "--bundle", file).exit_code == 0
    assert run("ask", QUERY, "--bundle", file).exit_code == 2  # it is there already
    result = run("verify-bundle", file, "--originals", originals)
    assert result.exit_code == 0, result.output
    assert "[1]     confirmed" in result.output
    assert run("verify-bundle", file).exit_code == 3
    assert run("verify-bundle", file, "--originals", tmp_path / "library").exit_code == 3
    assert run("verify-bundle", tmp_path / "nothing.html").exit_code == 2
    file.write_bytes(file.read_bytes().replace(b"1931", b"1932"))
    damaged = run("verify-bundle", file, "--originals", originals)
    assert damaged.exit_code == 1
    assert "has changed" in damaged.output


@pytest.mark.browser
def test_the_page_opens_in_a_browser_and_asks_for_nothing(bundle: Bundle, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "bundle.html"
    file.write_bytes(bundle_page(bundle, "zh"))
    page = browser.new_page(viewport={"width": 390, "height": 800})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.locator("mark").first.inner_text() in BRIDGE
    assert page.locator("b").count() == 0
    page.locator('a[href="#c1"]').first.click()
    assert len(asked) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()
