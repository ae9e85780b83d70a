"""A query in two steps: where it is taken apart, and what becomes of it over documents of which none answers it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from answering_checks import assistant_over
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.bridging import bridge_of
from qa.assistant import Assistant
from qa.records import text_at

DOCUMENTS = {
    "石桥.txt": "清溪石桥建于一九五二年，桥长四十八米。清溪石桥的设计者是何守田，工程师，施工用了两年。\n",
    "石匠.txt": "何守田出生于白水村，十四岁跟舅舅学石工。他后来带过六个徒弟。\n",
    "小学.txt": "清溪小学副校长林有福主持了开学典礼，学生二百人到场。\n",
    "林有福.txt": "林有福是白水村人，教过三十年书。\n",
    "茶社.txt": "清溪茶社成立于一九八三年，社址设在东街十二号的旧粮仓里。社员共有四百一十六户，每年四月开秤收茶。\n",
}


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with assistant_over(DOCUMENTS, tmp_path) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("query", "first", "rest"),
    [
        ("望鹭桥的设计者是哪里人？", "望鹭桥的设计者是谁？", "是哪里人？"),
        ("《山月》的作者毕业于哪所大学", "《山月》的作者是谁？", "毕业于哪所大学"),
        ("《我的大学》的作者生于哪一年？", "《我的大学》的作者是谁？", "生于哪一年？"),
        ("清溪縣的縣長是從哪裡調來的？", "清溪縣的縣長是谁？", "是從哪裡調來的？"),
        ("法国的首都有多少人口？", "法国的首都是哪里？", "有多少人口？"),
        ("出钱修了望鹭桥的那个人，是哪里人？", "出钱修了望鹭桥的那个人是谁？", "是哪里人？"),
        ("出錢修了望鷺橋的那位茶商他活了多少歲？", "出錢修了望鷺橋的那位茶商是谁？", "活了多少歲？"),
        ("清溪河发源的那个县，县城在哪里？", "清溪河发源的那个县是哪个县？", "县城在哪里？"),
        ("把石桥画成木桥的县志，哪一年修成？", "把石桥画成木桥的县志叫什么名字？", "哪一年修成？"),
        ("记着水灾的那部县志是哪一年修的？", "记着水灾的那部县志叫什么名字？", "是哪一年修的？"),
    ],
)
def test_a_query_of_two_steps_is_taken_apart(query: str, first: str, rest: str) -> None:
    bridge = bridge_of(query)
    assert bridge is not None
    assert (bridge.first, bridge.then("沈阿满")) == (first, f"沈阿满{rest}")


@pytest.mark.parametrize(
    "query",
    [
        "望鹭桥的设计者是谁？",  # one step
        "清溪小学的校长叫什么名字？",
        "茶社的总部在哪里？",
        "谁的父亲是石匠？",
        "茶社的理事长的父亲是哪里人？",  # three
        "清溪小学校长是哪里人？",  # perhaps one name
        "《桥的作者是谁》写于哪一年？",
        "望鹭桥的设计者们来自哪里？",
        "望鹭桥的长度是多少？",
        "出钱修了望鹭桥的那个人是谁？",
        "望鹭桥落成的那一年里，县里出了什么大事？",
        "按县志的说法，石桥是谁修的？",
        "望鹭桥的主人翁是哪里人？",
        "哪一年修的那座桥，后来怎么了？",
        "",
    ],
)
def test_one_that_is_not_clearly_of_two_steps_stays_whole(query: str) -> None:
    assert bridge_of(query) is None


@given(st.text(alphabet="桥的作者是谁哪里人那座，县？《》“”甲 ", max_size=40))
def test_what_is_asked_in_two_steps_keeps_its_words(query: str) -> None:
    bridge = bridge_of(query)
    if bridge:
        assert query.strip().endswith(bridge.rest)
        thing = re.sub("(?:是谁|是哪里|是哪家|叫什么名字|是哪个.*)？$", "", bridge.first)
        assert query.strip().startswith(thing)
        assert thing


def test_two_documents_answer_together_what_neither_does_alone(assistant: Assistant) -> None:
    answer = assistant.ask("清溪石桥的设计者出生于哪个村？")
    assert [statement.part for statement in answer.statements] == ["清溪石桥的设计者是谁？", "何守田出生于哪个村？"]
    first, second = answer.statements
    assert [text_at(one.text, one.short_answers) for one in (first, second)] == ["何守田", "白水村"]
    cited = {citation.marker: Path(citation.path).name for citation in answer.citations}
    assert [cited[one.markers[0]] for one in (first, second)] == ["石桥.txt", "石匠.txt"]


def test_a_second_step_without_evidence_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("清溪石桥的设计者是哪一年去世的？")
    assert answer.unanswered == ("何守田是哪一年去世的？",)


def test_what_is_described_is_found_and_then_asked_of(assistant: Assistant) -> None:
    answer = assistant.ask("主持小学开学典礼的那位副校长，教了多少年书？")
    assert text_at(answer.statements[-1].text, answer.statements[-1].short_answers) == "三十年"
    assert "林有福教了多少年书？" in {statement.part for statement in answer.statements}


def test_an_answer_that_only_gives_the_name_is_gone_on_with(assistant: Assistant) -> None:
    answer = assistant.ask("设计清溪石桥的那位工程师，是哪个村的人？")
    assert [statement.part for statement in answer.statements][-1] == "何守田是哪个村的人？"
    assert text_at(answer.statements[-1].text, answer.statements[-1].short_answers) == "白水村"


def test_what_one_place_answers_is_answered_at_once(assistant: Assistant) -> None:
    answer = assistant.ask("清溪石桥的设计者是谁？")
    assert [statement.part for statement in answer.statements] == [""]


def test_a_deputy_is_not_taken_for_the_one_he_stands_in_for(assistant: Assistant) -> None:
    answer = assistant.ask("清溪小学的校长是哪里人？")
    assert not any(statement.part for statement in answer.statements)
