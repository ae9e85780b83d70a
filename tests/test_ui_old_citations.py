"""Old citations: after a document has changed or gone missing they open what was quoted, in every way there is, and say what happened.

One answer is given, then something happens to its file, and the citation is followed: by the link in the chat, by a call of the library,
by the page image of a PDF, and through the evidence bundle.
"""

from __future__ import annotations

import asyncio
import html
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from starlette.testclient import TestClient

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.bundles import read_originals, verified
from qa.assistant import Assistant
from qa.errors import NotInLibraryError
from qa.records import Answer, Citation, text_at
from ui.bundle_page import bundle_in, bundle_page
from ui.chat import Talk, _conversation
from ui.desk import Desk
from ui.server import create_app
from ui.texts import Language, say

BRIDGE = "青石渡的木桥建于1931年，全长二百一十米，由同乡会集资。"
DAM = "河堤的闸口修于1954年，共有六孔，由全镇人出工。"
ASKED = {"桥.txt": "木桥建于哪一年？", "堤.pdf": "河堤的闸口修于哪一年？"}


def pdf_of(text: str) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595))
    canvas.setFont("STSong-Light", 12)
    canvas.drawString(40, 500, text)
    canvas.save()
    return file.getvalue()


def edited(folder: Path) -> None:
    (folder / "桥.txt").write_text(BRIDGE.replace("1931", "1913") + "后来又加宽了。", encoding="utf-8")
    (folder / "堤.pdf").write_bytes(pdf_of(DAM.replace("1954", "1964")))


def gone(folder: Path) -> None:
    for name in ASKED:
        (folder / name).unlink()


def renamed(folder: Path) -> None:
    for name in ASKED:
        (folder / name).rename(folder / f"旧{name}")


@dataclass(frozen=True)
class Event:
    happens: tuple[Callable[[Path], None], ...]  # one after the other, each followed by an ingest
    notices: tuple[str, ...]  # the keys of the sentences that the page says
    in_folder: bool  # whether the original still lies where the documents are


EVENTS = {
    "edited": Event((edited,), ("old_version",), False),
    "gone": Event((gone,), ("missing_document",), False),
    "edited, then gone": Event((edited, gone), ("old_version", "missing_document"), False),
    "renamed": Event((renamed,), (), True),
    "nothing": Event((), (), True),
}


@dataclass(frozen=True)
class Followed:
    """An answer that was given before something happened to its document."""

    name: str
    answer: Answer
    links: tuple[str, ...]  # of the chat, as the answer was given
    folder: Path
    assistant: Assistant
    desk: Desk
    client: TestClient
    event: Event

    @property
    def citation(self) -> Citation:
        return self.answer.citations[0]


@pytest.fixture(scope="module", params=EVENTS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Followed]]:
    event: Event = EVENTS[request.param]
    folder = tmp_path_factory.mktemp("documents")
    (folder / "桥.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "堤.pdf").write_bytes(pdf_of(DAM))
    (folder / "船.txt").write_text("摆渡人何守田在渡口撑了四十年船，船票两分钱。", encoding="utf-8")
    with Assistant.open(tmp_path_factory.mktemp("library"), encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([folder])
        desk = Desk(assistant)
        given = [(name, *asked(desk, query)) for name, query in ASKED.items()]
        for happen in event.happens:
            happen(folder)
            assistant.ingest([folder])

        async def made() -> FastAPI:  # inside a running loop: without one Gradio opens several and never closes them
            return create_app(assistant)

        client = TestClient(asyncio.run(made()), base_url="http://127.0.0.1:7860", follow_redirects=False)
        yield [Followed(name, answer, links, folder, assistant, desk, client, event) for name, answer, links in given]


def asked(desk: Desk, query: str) -> tuple[Answer, tuple[str, ...]]:
    *_, (messages, talk) = _conversation(desk, query, [], Talk(), "zh")
    [(_, answer)] = talk.answered.values()
    return answer, tuple(html.unescape(link) for link in re.findall(r'href="(/source/[^"]+)"', messages[-1]["content"]))


def marked(page: str) -> str:
    return "".join(html.unescape(mark) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_link_in_the_chat_opens_what_was_quoted_and_says_what_happened(told: list[Followed], language: Language) -> None:
    for one in told:
        (link, *_) = one.links
        page = one.client.get(link, headers={"accept-language": language})
        assert page.status_code == 200
        assert marked(page.text) == one.citation.quote
        shown = html.unescape(page.text)
        for key in ("old_version", "missing_document"):
            assert (say(language, key) in shown) == (key in one.event.notices), key
        assert (say(language, "current_version") in shown) == ("old_version" in one.event.notices)


def test_the_link_to_the_current_version_says_what_the_file_says_now(told: list[Followed]) -> None:
    for one in told:
        now = one.client.get(f"/source/{one.citation.doc_id}")
        assert now.status_code == 200
        changed = "old_version" in one.event.notices
        year, other = ("1931年", "1913年") if one.name == "桥.txt" else ("1954年", "1964年")  # the page holds random digits too: ids
        assert (other if changed else year) in now.text
        assert (year in now.text) != changed


def test_a_call_of_the_library_gives_the_kept_version_and_tells_that_there_is_a_newer_one(told: list[Followed]) -> None:
    for one in told:
        library, citation = one.assistant.library, one.citation
        assert text_at(library.document(citation.doc_id, citation.version).text, citation.spans) == citation.quote
        info = library.info(citation.doc_id)
        assert (info.version != citation.version) == ("old_version" in one.event.notices)
        assert (info.state == "missing") == ("missing_document" in one.event.notices)
        assert library.info(citation.doc_id, citation.version).version == citation.version


def test_nothing_cites_the_old_version_any_more(told: list[Followed]) -> None:
    for one in told:
        again = one.assistant.ask(ASKED[one.name])
        versions = {one.assistant.library.info(citation.doc_id).version for citation in again.citations}
        assert {citation.version for citation in again.citations} == versions
        if one.event.notices:
            assert one.citation.version not in versions


def test_the_printed_page_is_that_of_the_version_that_was_quoted(told: list[Followed]) -> None:
    [one] = [one for one in told if one.name == "堤.pdf"]
    page = one.client.get(one.links[0]).text
    [image] = {html.unescape(source) for source in re.findall(r'<img src="([^"]+)"', page)}
    assert one.citation.version in image
    answer = one.client.get(image)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "<rect" in page  # the quote is marked on it


def test_the_bundle_is_proved_by_the_kept_original_and_by_no_other_file(told: list[Followed], tmp_path: Path) -> None:
    for one in told:
        bundle = one.assistant.bundle(one.answer)
        kept = tmp_path / one.name
        kept.mkdir()
        for number, document in enumerate(bundle.documents):
            (kept / str(number)).write_bytes(one.assistant.library.original(document.doc_id, document.version))
        assert {check.outcome for check in verified(bundle, read_originals(bundle, kept))} == {"confirmed"}
        first, *_ = verified(bundle, read_originals(bundle, one.folder))
        assert first.outcome == ("confirmed" if one.event.in_folder else "no original")


def test_the_chat_still_makes_the_bundle_of_an_old_answer(told: list[Followed]) -> None:
    for one in told:
        page = bundle_page(one.desk.bundle(one.answer.answer_id), "zh")
        assert bundle_in(page).answer.statements == one.answer.statements


def test_only_what_was_erased_opens_no_longer_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "桥.txt").write_text(BRIDGE, encoding="utf-8")
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([tmp_path / "documents"])
        [citation, *_] = assistant.ask(ASKED["桥.txt"]).citations
        answer = assistant.ask(ASKED["桥.txt"])
        (tmp_path / "documents" / "桥.txt").write_text(BRIDGE.replace("1931", "1913"), encoding="utf-8")
        assistant.ingest([tmp_path / "documents"])
        assistant.forget_old()
        with pytest.raises(NotInLibraryError, match="no version"):
            assistant.library.document(citation.doc_id, citation.version)
        with pytest.raises(NotInLibraryError):
            assistant.bundle(answer)
        assert assistant.library.document(citation.doc_id).version != citation.version
