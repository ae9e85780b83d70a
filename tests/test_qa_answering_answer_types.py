"""What a query expects, and what kind of thing the words marked are."""

from __future__ import annotations

import pytest
from answering_checks import asked

from qa.answering.answer_types import cannot_be, type_of


@pytest.mark.parametrize(
    ("query", "expects"),
    [
        ("渡口是否停航？", "yes/no"),
        ("渡口停航了嗎？", "yes/no"),
        ("校长有什么贡献吗？", "other"),  # 什么 asks, 吗 does not
        ("码头有哪些船？", "list"),
        ("碼頭有哪幾種船？", "list"),
        ("新桥的长和宽分别是多少？", "list"),
        ("茶叶包括什么？", "list"),
        ("停航的原因有哪些？", "list"),
        ("渡口为什么停航？", "reason"),
        ("停航的原因是什么？", "reason"),
        ("渡口停航是為什麼？", "reason"),
        ("镇上封何守田为什么？", "other"),
        ("渡口又被称为什么？", "other"),
        ("哪家公司修了新桥？", "organisation"),
        ("他在哪所大学读书？", "organisation"),
        ("他写了什么小说？", "title"),
        ("这本书的书名叫什么？", "title"),
        ("茶厂设在哪里？", "place"),
        ("他来自什么国家？", "place"),
        ("谁主持了庙会？", "person"),
        ("新桥哪一年通车？", "date"),
        ("新桥有多长？", "number"),
        ("渡口用什么运茶？", "other"),
    ],
)
def test_a_query_says_what_its_answer_will_be(query: str, expects: str) -> None:
    assert asked(query).expects == expects


@pytest.mark.parametrize(
    ("query", "marked", "answer_type"),
    [
        ("谁主持了庙会？", "陈望山", "person"),
        ("谁修了新桥？", "石桥建筑公司", "organisation"),
        ("茶厂设在哪里？", "石桥镇", "place"),
        ("新桥哪一年通车？", "一九五一年", "date"),
        ("新桥什麼時候通車？", "戰後初期", "date"),
        ("新桥什么时候通车？", "等木料运到", "other"),
        ("新桥有多长？", "约3.2公里", "number"),
        ("新桥有多长？", "走半天也走不完", "other"),
        ("他写了什么小说？", "《渡口记》", "title"),
        ("他写了什么？", "《渡口记》", "title"),
        ("渡口用什么运茶？", "1951年6月", "date"),
        ("渡口用什么运茶？", "12艘木船", "number"),
        ("渡口用什么运茶？", "何塞·马丁内斯", "person"),
        ("渡口用什么运茶？", "木船", "other"),
        ("渡口为什么停航？", "客人少", "reason"),
        ("渡口是否停航？", "渡口没有停航", "yes/no"),
        ("渡口是否停航？", "三天", "number"),  # says nothing of what was asked
        ("谁主持了庙会？", "由镇上的老人轮流主持，每年一位", "other"),
    ],
)
def test_the_words_marked_have_a_type(query: str, marked: str, answer_type: str) -> None:
    assert type_of(marked, asked(query), several=False) == answer_type


def test_several_items_are_a_list_where_one_was_asked_for() -> None:
    assert type_of("木船和铁船", asked("码头有哪些船？"), several=True) == "list"
    assert type_of("木船", asked("码头有哪些船？"), several=False) == "other"
    assert type_of("12艘5艘", asked("一共有多少艘船？"), several=True) == "number"


@pytest.mark.parametrize(
    ("query", "marked", "plainly_not"),
    [
        ("合作社投资了多少钱？", "25人", True),
        ("合作社投资了多少錢？", "兩萬元", False),
        ("船工几岁？", "11月", True),
        ("船工几岁？", "四十二岁", False),
        ("新桥有多长？", "很长", True),
        ("新桥占造价的比例是多少？", "百分之三", False),
        ("茶叶有多少种？", "六种", False),
        ("新桥哪一年通车？", "沈阿满", True),
        ("新桥哪一年通车？", "戰後初期", False),
        ("新桥哪一年通车？", "这些年来", True),
        ("新桥哪一年通车？", "近幾年", True),
        ("新桥哪一年通车？", "前年", False),
        ("新桥哪一年通车？", "光绪十一年", False),
        ("谁修了新桥？", "1951年", True),
        ("谁修了新桥？", "石桥建筑公司", False),
        ("渡口用什么运茶？", "1951年", False),
    ],
)
def test_what_is_plainly_of_another_kind_or_unit_cannot_answer(query: str, marked: str, plainly_not: bool) -> None:
    assert cannot_be(marked, asked(query)) == plainly_not
