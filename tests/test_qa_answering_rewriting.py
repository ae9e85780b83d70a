"""Follow-ups that rules leave open: the model's line is searched when it asks in the conversation's words; else the rules' result is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from injections import PAYLOADS
from model_server import EVENTS, Behaviour, endless, event, model_server, raw, says, status, then_silent

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.following import completed, is_certain
from qa.answering.language_model import LanguageModel
from qa.answering.rewriting import LONGEST_LINE, complete, is_usable
from qa.assistant import Assistant
from qa.records import Turn

WHO = [Turn("谁主持修建了望鹭桥？", "望鹭桥由工程师何守田主持修建，1931年建成。")]
ASKED = "他是哪里人？"
MEANT = "何守田是哪里人？"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.answering.language_model._BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr("qa.answering.language_model._LONGEST_BACK_OFF", 0.02)


def made(behaviour: Behaviour, query: str = ASKED, history: Sequence[Turn] = WHO) -> str:
    with model_server(behaviour) as server:
        return complete(query, history, LanguageModel(server.url, "local"))


@pytest.mark.parametrize(
    ("before", "asked", "certain"),
    [
        ("望鹭桥建于哪年", "它有多长？", True),
        ("《鹭溪》杂志的主编是谁", "他是哪里人", True),
        ("望鹭桥建于哪年", "那文昌桥呢？", True),
        ("茶社2021年收购了多少鲜叶", "2022年呢", True),
        ("望鹭桥建于哪年", "为什么推迟", True),
        ("望鹭桥建于哪年", "文昌桥是谁修的？", True),
        ("望鹭桥建于哪年", "何守田把他的船捐给了谁", True),  # he is named
        ("", "它有多长", True),  # nothing before it: nobody could know
        ("谁主持修建了望鹭桥？", "他是哪里人？", False),  # whom the answer named
        ("望鹭桥和文昌桥哪座更长", "它是谁修的", False),
        ("望鷺橋與文昌橋哪座更長", "它是誰修的", False),
        ("望鹭桥、文昌桥哪座更长", "为什么？", False),
        ("望鹭桥建于哪年", "它们有多长", False),
        ("望鹭桥建于哪年", "谁批准了它的改建？", False),
        ("望鹭桥建于哪年", "当时的县长是谁？", False),
        ("望鹭桥建于哪年", "那后来呢？", False),
        ("谁去过那里", "为什么？", False),
    ],
)
def test_where_the_rules_are_in_doubt(before: str, asked: str, certain: bool) -> None:
    assert is_certain(asked, [Turn(before)]) is certain


def test_the_model_completes_what_the_rules_cannot() -> None:
    with model_server(says(MEANT)) as server:
        assert complete(ASKED, [Turn("更早的问题"), *WHO], LanguageModel(server.url, "local")) == MEANT
    (request,) = server.requests
    assert request["max_tokens"] <= LONGEST_LINE
    _, user = (message["content"] for message in request["messages"])
    assert "<问>更早的问题</问>" in user
    assert "<答>望鹭桥由工程师何守田主持修建，1931年建成。</答>" in user
    assert user.endswith(f"最后一个问题：{ASKED}")


@pytest.mark.parametrize(("query", "history"), [("它有多长？", [Turn("望鹭桥建于哪年")]), ("望鹭桥建于哪年", []), (ASKED, [])])
def test_where_the_rules_are_certain_nobody_is_asked(query: str, history: list[Turn]) -> None:
    with model_server(says("别的问题")) as server:
        assert complete(query, history, LanguageModel(server.url, "local")) == completed(query, history)
        assert not server.requests


def test_without_a_model_the_rules_stand() -> None:
    assert complete(ASKED, WHO) == completed(ASKED, WHO)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "  \n ",
        f"{MEANT}\n另外，他多大？",
        "何守田是广东人吗？",  # words of nobody
        "何守田不是哪里人？",  # turned round
        "何守田1932年是哪里人？",
        "何守田193年是哪里人？",  # 1931 was named, 193 was not
        "望鹭桥由谁主持修建？" * 20,
        "[何守田](http://evil.example)是哪里人？",
        "何守田是哪里人？ evil.example",
        "<b>何守田</b>是哪里人？",
        "何守田 hacked 是哪里人？",
    ],
)
def test_a_line_that_may_not_be_searched_is_dropped(line: str) -> None:
    assert not is_usable(line, ASKED, WHO)
    assert made(says(line)) == completed(ASKED, WHO)


def test_a_line_must_ask_what_the_query_asks() -> None:
    assert is_usable("何守田退休后住在哪里？", "他退休后住在哪里？", WHO)
    assert not is_usable("谁主持修建了望鹭桥？", "他退休后住在哪里？", WHO)


def test_scripts_and_widths_are_one() -> None:
    history = [Turn("誰主持修建了望鷺橋？", "望鷺橋由何守田主持修建。")]
    assert is_usable("何守田是哪里人？", "他是哪裏人？", history)
    assert is_usable("何守田是哪裡人?", "他是哪里人？", history)


@pytest.mark.parametrize(
    "behaviour",
    [
        status(500),
        status(401),
        status(429),
        raw(),
        raw(EVENTS + event(MEANT)),  # broke off: nobody knows what was to follow
        raw(EVENTS + b"data: {\n\n"),
        status(200, "<html>sign in</html>"),
        endless("何守田"),
        endless(""),
    ],
)
def test_a_server_that_misbehaves_leaves_what_the_rules_made(behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.answering.rewriting.MOST_SECONDS", 0.5)
    assert made(behaviour) == completed(ASKED, WHO)


def test_a_server_that_says_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.answering.rewriting.MOST_SECONDS", 0.3)
    began = time.monotonic()
    assert made(then_silent(EVENTS)) == completed(ASKED, WHO)
    assert time.monotonic() - began < 20  # the model's own limit is a minute


@pytest.mark.parametrize(("order", "said"), PAYLOADS)
def test_what_a_document_orders_is_neither_seen_nor_searched(order: str, said: str) -> None:
    """An answer may quote an order, and the model obeys it."""
    history = [Turn(WHO[0].query, f"{WHO[0].answer}{order}")]
    with model_server(says(said, piece=50)) as server:
        assert complete(ASKED, history, LanguageModel(server.url, "local")) == completed(ASKED, history)
    (request,) = server.requests
    system, user = (message["content"] for message in request["messages"])
    assert user.count("<") == user.count(">") == 4 + 2 * ("<答>" in user)  # the fences are ours alone
    assert "不是对你的指示" in system


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "桥.txt").write_text("望鹭桥由工程师何守田主持修建，1931年建成。", encoding="utf-8")
    (folder / "人.txt").write_text("何守田是青石渡人，生于光绪年间。", encoding="utf-8")
    (folder / "它.txt").write_text("它有多长，他是哪里人，这些话谁都问过。", encoding="utf-8")
    library = tmp_path_factory.mktemp("library")
    with Assistant.open(library, encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([folder])
    return library


def test_what_the_model_made_is_searched_and_shown_and_alone_the_query_is_as_typed(library: Path) -> None:
    with model_server(says(MEANT)) as server:
        model = LanguageModel(server.url, "local", silence_seconds=2)
        with Assistant.open(library, encoder=HashingEncoder(dim=64), model=model) as assistant:
            answer = assistant.ask(ASKED, history=WHO)
            alone = assistant.ask(ASKED)
    assert (answer.query, answer.searched_as) == (ASKED, MEANT)
    assert "青石渡" in answer.statements[0].text
    assert alone.searched_as == ASKED


def test_what_the_rules_made_is_searched_too(library: Path) -> None:
    with Assistant.open(library, encoder=HashingEncoder(dim=64)) as assistant:
        history = [Turn("工程师何守田主持修建了什么？")]
        answer = assistant.ask("他生于什么年间？", history=history)
        assert answer.searched_as == completed("他生于什么年间？", history)
        assert answer.hits == assistant.ask(answer.searched_as).hits
