"""Follow-up queries: what is carried over, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.following import completed
from qa.records import Turn


@pytest.mark.parametrize(
    ("before", "asked", "complete"),
    [
        # a pronoun
        ("望鹭桥是哪一年建成的", "它有多长？", "望鹭桥有多长？"),
        ("望鷺橋是哪一年建成的", "它有多長？", "望鷺橋有多長？"),
        ("望鹭桥的桥长是多少", "它是哪年建的", "望鹭桥是哪年建的"),
        ("何守田在渡口撑了多少年船", "他是哪里人？", "何守田是哪里人？"),
        ("《鹭溪》杂志的主编是谁", "他是哪里人", "《鹭溪》杂志的主编是哪里人"),
        ("《鹭溪》杂志的主编是谁", "它什么时候创刊", "《鹭溪》杂志什么时候创刊"),
        ("第七届开茶节在哪里举办", "这个活动有多少人参加", "第七届开茶节活动有多少人参加"),
        ("望鹭桥建于哪年", "该桥由谁出资？", "望鹭桥由谁出资？"),
        ("望鹭桥建于哪年", "那里有什么碑？", "望鹭桥有什么碑？"),
        # no subject
        ("谁主持修建了望鹭桥？", "什么时候？", "望鹭桥什么时候？"),
        ("砚川县图书馆新馆什么时候开放", "为什么推迟", "砚川县图书馆新馆为什么推迟"),
        ("望鹭桥建于哪年", "是谁修的", "望鹭桥是谁修的"),
        # one thing changes
        ("望鹭桥是哪一年建成的", "那文昌桥呢？", "文昌桥是哪一年建成的"),
        ("青石渡的木桥有多长", "那石桥呢", "青石渡的石桥有多长"),
        ("茶社2021年收购了多少鲜叶", "2022年呢", "茶社2022年收购了多少鲜叶"),
        ("茶社去年收购了多少鲜叶", "那前年呢？", "茶社前年收购了多少鲜叶"),
        ("砚川县的茶叶产量是多少", "2022年呢", "2022年砚川县的茶叶产量是多少"),
        # complete in itself
        ("砚川县图书馆新馆什么时候开放", "望鹭桥是谁修的？", "望鹭桥是谁修的？"),
        ("望鹭桥建于哪年", "其他桥是谁修的", "其他桥是谁修的"),
        ("望鹭桥建于哪年", "其实石桥是谁修的", "其实石桥是谁修的"),
        # nothing to carry
        ("谁", "它呢", "它呢"),
        ("", "它有多长", "它有多长"),
    ],
)
def test_what_is_carried_over(before: str, asked: str, complete: str) -> None:
    assert completed(asked, [Turn("更早的问题"), Turn(before)]) == complete


def test_without_a_turn_before_nothing_changes() -> None:
    assert completed("它有多长？", []) == "它有多长？"


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_taken(before: str, asked: str) -> None:
    said = completed(asked, [Turn(before)])
    assert bool(said.strip()) >= bool(asked.strip())
