"""An answer in a model's words: what its evidence says is shown, all else is dropped, and without a usable model the quotations stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile_files import FORMATS
from injections import PAYLOADS
from model_server import EVENTS, Behaviour, endless, event, model_server, raw, says, says_what, status

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.drafting import exhibit, within_budget
from qa.answering.language_model import LanguageModel
from qa.answering.writing import in_words
from qa.assistant import Assistant
from qa.records import Answer, Citation, Span, Statement
from ui.fragments import answer_html
from ui.plain import answer_text

BRIDGE = "青石渡的木桥建于1931年，全长二百一十米，由同乡会集资。木桥通车那天，渡口停了半日的船。"
QUERY = "青石渡的木桥建于哪一年？"
_EXHIBIT = re.compile(r'<资料 编号="([0-9a-f]{8})" 出处="[^"]*">\n(.*?)\n</资料>', re.DOTALL)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "桥.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "船.txt").write_text("摆渡人何守田在渡口撑了四十年船，船票两分钱。", encoding="utf-8")
    library = tmp_path_factory.mktemp("library")
    with Assistant.open(library, encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([folder])
    return library


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.answering.language_model._BACK_OFF_SECONDS", 0.01)


def asked(library: Path, behaviour: Behaviour, query: str = QUERY) -> tuple[Answer, list[Statement]]:
    """The answer, and the statements that were streamed before it."""
    with model_server(behaviour) as server:
        model = LanguageModel(server.url, "local", silence_seconds=2, whole_seconds=10)
        with Assistant.open(library, encoder=HashingEncoder(dim=64), model=model) as assistant:
            events = list(assistant.stream(query))
    assert events[-1].answer is not None
    return events[-1].answer, [event.statement for event in events if event.statement]


def quotations(library: Path, query: str = QUERY) -> Answer:
    with Assistant.open(library, encoder=HashingEncoder(dim=64)) as assistant:
        return assistant.ask(query)


def exhibits(request: dict[str, Any]) -> dict[str, str]:
    """What the model was given: evidence id -> quote."""
    return dict(_EXHIBIT.findall(request["messages"][1]["content"]))


def about_bridge(words: Callable[[str], str]) -> Behaviour:
    """A model that writes these words, given the id of the exhibit about the bridge."""

    def answer(request: dict[str, Any]) -> str:
        return words(next(evidence_id for evidence_id, quote in exhibits(request).items() if "1931" in quote))

    return says_what(answer)


def test_its_own_words_are_shown_when_the_evidence_says_them(library: Path) -> None:
    answer, streamed = asked(library, about_bridge(lambda one: f"木桥由同乡会集资，建于1931年。[{one}]木桥全长二百一十米[{one}]。"))
    assert [statement.text for statement in answer.statements] == ["木桥由同乡会集资，建于1931年。", "木桥全长二百一十米。"]
    assert {statement.support for statement in answer.statements} == {"supported"}
    assert tuple(streamed) == answer.statements
    assert answer.model == "local"
    assert answer.model_problem == ""
    (citation,) = answer.citations
    assert "1931年" in citation.quote
    with Assistant.open(library, encoder=HashingEncoder(dim=64)) as assistant:
        text = assistant.library.document(citation.doc_id, citation.version).text
    assert citation.quote == "".join(text[span.start : span.end] for span in citation.spans)
    assert "local" in answer_text(answer, "en")
    assert "model" in [timing.stage for timing in answer.timings]


def test_a_sentence_taken_over_whole_is_a_quotation(library: Path) -> None:
    answer, _ = asked(library, about_bridge(lambda one: f"青石渡的木桥建于1931年，全长二百一十米，由同乡会集资。[{one}]"))
    assert answer.statements[0].support in ("quoted", "supported")
    assert answer.statements[0].text in BRIDGE


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("木桥建于1932年。", "date"),
        ("木桥不是同乡会集资的。", "negation"),
        ("木桥由县政府集资。", "content"),
    ],
)
def test_what_the_evidence_does_not_say_is_dropped_and_told(library: Path, words: str, kind: str) -> None:
    answer, _ = asked(library, about_bridge(lambda one: f"木桥全长二百一十米。[{one}]{words}[{one}]"))
    assert [statement.text for statement in answer.statements] == ["木桥全长二百一十米。"]
    (dropped,) = answer.dropped
    assert dropped.text == words
    assert kind in dropped.kinds
    assert words in answer_text(answer, "zh")


def test_a_sentence_without_evidence_or_with_invented_evidence_is_dropped(library: Path) -> None:
    answer, _ = asked(library, about_bridge(lambda one: f"木桥建于1931年。\n木桥全长二百一十米。[deadbeef]\n由同乡会集资。[{one}]"))
    assert [statement.text for statement in answer.statements] == ["由同乡会集资。"]
    assert [dropped.kinds for dropped in answer.dropped] == [("no evidence named",), ("unknown evidence",)]
    assert "deadbeef" in answer.dropped[1].reason


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (says("无"), "silent"),
        (says("木桥建于1800年。[deadbeef]"), "nothing held"),
        (status(500), "failed"),
        (status(401), "key refused"),
        (status(429), "busy"),
        (raw(EVENTS + event("木桥建于19")), "broke off"),
        (raw(EVENTS + b"data: {\n\n"), "nonsense"),
        (endless("。"), "endless"),
        (endless("木桥"), "endless"),
    ],
)
def test_where_nothing_of_the_model_stands_the_quotations_do(library: Path, behaviour: Behaviour, problem: str) -> None:
    answer, streamed = asked(library, behaviour)
    plain = quotations(library)
    assert answer.statements == plain.statements == tuple(streamed)
    assert answer.citations == plain.citations
    assert answer.model_problem == problem
    for language in ("zh", "en"):
        assert "local" not in answer_text(answer, language) or problem  # type: ignore[arg-type]
        assert answer_html(answer, language)  # type: ignore[arg-type]


def test_what_stands_when_the_model_breaks_off_stays(library: Path) -> None:
    def behave(connection: Any, request: dict[str, Any]) -> None:
        one = next(evidence_id for evidence_id, quote in exhibits(request).items() if "1931" in quote)
        connection.sendall(EVENTS + event(f"木桥建于1931年。[{one}]全长二百") + event("一十"))

    answer, _ = asked(library, behave)
    assert [statement.text for statement in answer.statements] == ["木桥建于1931年。"]
    assert answer.model_problem == "broke off"


def test_where_the_library_is_silent_no_model_is_asked(library: Path) -> None:
    with model_server(says("月球背面很冷。")) as server:
        model = LanguageModel(server.url, "local")
        with Assistant.open(library, encoder=HashingEncoder(dim=64), model=model) as assistant:
            answer = assistant.ask("月球背面的温度是多少？")
        assert answer.status == "no_evidence"
        assert not server.requests


@pytest.mark.parametrize(("order", "said"), PAYLOADS)
def test_nothing_that_a_document_orders_passes_the_check(order: str, said: str) -> None:
    """Not even where the order stood right in the evidence and the model names that evidence for what it was told to say."""
    citations = [replace(quoted_answer().citations[0], quote=text, passage_id=text[:16]) for text in (BRIDGE, order)]
    given = within_budget(map(exhibit, citations))
    with model_server(says("\n".join(f"{said}[{one.evidence_id}]" for one in given))) as server:
        *_, answer = in_words(quoted_answer(), given, LanguageModel(server.url, "local"))
    assert isinstance(answer, Answer)
    assert answer.statements == quoted_answer().statements
    assert answer.dropped


def quoted_answer() -> Answer:
    citation = Citation(1, "p" * 16, "d" * 16, "v" * 64, "桥", (), "", "", "桥.txt", "", (Span(0, len(BRIDGE)),), BRIDGE)
    return Answer("a" * 16, QUERY, QUERY, "answered", "", (Statement(BRIDGE, (1,)),), (citation,))


def test_at_least_sixty_payloads_in_two_languages() -> None:
    assert len(PAYLOADS) >= 60
    assert len({order for order, _ in PAYLOADS}) == len(PAYLOADS)
    assert sum(order.isascii() for order, _ in PAYLOADS) >= 15


# One document for each payload, the formats in turn; each tells of a bridge of its own, so that each can be asked for by itself.

_PLACES = [f"{where}{what}渡" for where in "东南西北中上下里" for what in "石沙柳竹梅松桑荷"]
_BY_PLACE = dict(zip(_PLACES, PAYLOADS, strict=True))
_OF_FORMAT = {suffix: _PLACES[number :: len(FORMATS)] for number, suffix in enumerate(FORMATS)}


@pytest.fixture(scope="module")
def hostile_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    for suffix, places in _OF_FORMAT.items():
        for place in places:
            order, _ = _BY_PLACE[place]
            (folder / f"{place}.{suffix}").write_bytes(FORMATS[suffix](BRIDGE.replace("青石渡", place), order))
    library = tmp_path_factory.mktemp("hostile-library")
    with Assistant.open(library, encoder=HashingEncoder(dim=64)) as assistant:
        report = assistant.ingest([folder])
        assert not report.skipped
    return library


@pytest.fixture(scope="module")
def extractive(hostile_library: Path) -> Iterator[Assistant]:
    with Assistant.open(hostile_library, encoder=HashingEncoder(dim=64)) as assistant:
        yield assistant


def obeying(request: dict[str, Any]) -> str:
    """A model that does what the document of every exhibit orders, and names evidence for it as it was taught."""
    given = exhibits(request)
    said = [said for place, (_, said) in _BY_PLACE.items() if any(place in quote for quote in given.values())]
    return "\n".join(f"{one}[{evidence_id}]" for one in said for evidence_id in given) or "无"


def harmless(answer: Answer) -> bool:
    """No markup of a document, and no link but to the places cited."""
    page = answer_html(answer, "zh")
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    return not re.search(r"<(?:script|img|iframe|style)|javascript:", page) and all(
        one.startswith(("/source/", "/bundle/")) for one in links
    )


def test_every_payload_stands_in_a_document_and_every_format_holds_some(extractive: Assistant) -> None:
    assert sum(map(len, _OF_FORMAT.values())) == len(PAYLOADS)
    assert all(len(places) >= 5 for places in _OF_FORMAT.values())
    held = {Path(info.path).stem: extractive.library.document(info.doc_id).text for info in extractive.library.documents()}
    for suffix, places in _OF_FORMAT.items():
        for place in places:
            order, _ = _BY_PLACE[place]
            visible = re.sub(r"<[^>]*>", "", order) if suffix == "html" else order  # a browser would not show more
            told = [text for text in held.values() if place in text]
            assert told, (suffix, place)
            assert squeezed(visible)[:20] in squeezed("".join(told)), (suffix, order)


def squeezed(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_format_makes_anybody_obey(suffix: str, hostile_library: Path, extractive: Assistant) -> None:
    """Quotations are what stands there; of a model that obeys every document nothing is left but the quotations."""
    with model_server(says_what(obeying, piece=50)) as server:
        model = LanguageModel(server.url, "local", silence_seconds=5)
        with Assistant.open(hostile_library, encoder=HashingEncoder(dim=64), model=model) as assistant:
            for place in _OF_FORMAT[suffix]:
                query = QUERY.replace("青石渡", place)
                plain, worded = extractive.ask(query), assistant.ask(query)
                assert place in plain.statements[0].text
                assert all(citation.quote in extractive.library.document(citation.doc_id).text for citation in plain.citations)
                assert place in "".join(exhibits(server.requests[-1]).values())
                assert worded.statements == plain.statements
                assert worded.citations == plain.citations
                assert worded.model_problem == "nothing held"
                assert worded.dropped
                assert harmless(plain)
                assert harmless(worded)
