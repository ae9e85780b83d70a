"""What a query expects, and the short answer inside a sentence."""

from __future__ import annotations

import pytest
from answering_checks import asked
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.queries import matched_form, years_in
from qa.answering.short_answers import short_answer


def found(query: str, sentence: str) -> str | None:
    span = short_answer(sentence, asked(query))
    return sentence[span.start : span.end] if span else None


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("石桥镇有多少名教师？", "number"),
        ("石橋鎮有幾所小學？", "number"),
        ("渡口哪一天停航？", "date"),
        ("新校舍是什么时候落成的", "date"),
        ("谁主持了落成典礼？", "person"),
        ("茶厂设在哪里？", "place"),
        ("渡口为什么停航？", "reason"),
        ("镇上的报纸叫什么名字？", "name"),
        ("石桥镇的茶", "anything"),
        ("几乎停航的渡口", "anything"),
    ],
)
def test_the_kind_is_read_from_the_question_word(query: str, kind: str) -> None:
    assert asked(query).kind == kind


@pytest.mark.parametrize(
    ("query", "sentence", "answer"),
    [
        ("石桥镇有多少名教师？", "2021年，石桥镇共有教师 45 名，学生600人。", "45 名"),
        ("石桥镇有多少名教师？", "石桥镇有教师四十五人。", "四十五人"),
        ("石橋鎮有多少名教師？", "石橋鎮有教師45名。", "45名"),
        ("新桥总长多少公里？", "新桥于1998年动工，总长3.2公里，宽12米。", "3.2公里"),
        ("修桥投入多少资金？", "修桥先后投入8.5亿元，惠及12个村。", "8.5亿元"),
        ("茶园占比多少？", "茶园占全镇耕地的37.5%。", "37.5%"),
        ("渡口哪一天停航？", "渡口建于1951年，2003年6月30日停航。", "2003年6月30日"),
        ("渡口是哪一年建的？", "渡口建于一九五一年，后来停航。", "一九五一年"),
        ("茶厂设在哪里？", "茶厂设在石桥镇，由三个村合办。", "石桥镇"),
        ("谁是校长？", "新任校长是陈望山，他来自邻县。", "陈望山"),
        ("镇上的报纸叫什么名字？", "镇上的报纸《石桥周报》每周五出版。", "《石桥周报》"),
    ],
)
def test_the_short_answer_is_marked(query: str, sentence: str, answer: str) -> None:
    assert found(query, sentence) == answer


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("石桥镇有多少名教师？", "石桥镇的教师很多。"),
        ("新桥总长多少公里？", "新桥于1998年动工，投入300万元。"),
        ("渡口哪一天停航？", "渡口于2003年停航。"),  # a year is no day
        ("2003年渡口运了多少人？", "2003年渡口停航。"),
        ("渡口为什么停航？", "渡口因为新桥通车而停航。"),  # no pattern for reasons
    ],
)
def test_nothing_is_guessed(query: str, sentence: str) -> None:
    assert found(query, sentence) is None


def test_of_several_candidates_the_nearest_is_taken() -> None:
    sentence = "全镇有18家茶厂，其中合作社办的有7家，私人办的有11家。"
    assert found("合作社办了几家茶厂？", sentence) == "7家"


def test_what_the_query_says_itself_is_no_answer() -> None:
    assert found("12名教师教多少名学生？", "12名教师教300名学生。") == "300名"


@given(
    st.text(alphabet="教师45名公里年月日《》“”百万〇㎏ǰ𠮷 ,。", max_size=40),
    st.sampled_from(["有多少名教师", "哪一年", "叫什么名字", "谁", "在哪里"]),
)
def test_the_span_lies_inside_any_sentence(sentence: str, query: str) -> None:
    span = short_answer(sentence, asked(query))
    assert span is None or (span.end <= len(sentence) and sentence[span.start : span.end].strip())


def test_matched_form_joins_layout_and_reads_years() -> None:
    assert matched_form("石橋 鎮 45 名\n教師 WiFi 6") == "石桥镇45名教师wifi 6"
    assert matched_form("第六届 第十二回 第二十集 第三十一号 十六人") == "第6届第12回第20集第31号十六人"
    assert years_in(matched_form("二〇一七年与2018-05-01，但1200人不是")) == {"2017", "2018"}
