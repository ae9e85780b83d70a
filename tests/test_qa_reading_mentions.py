"""Dates inside a text: what is one, what is none, and which day it means."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.dates import iso_date
from qa.reading.mentions import date_mentions
from qa.records import Block, Section, Span


def named(text: str, published: str = "2022-03-15") -> dict[str, str]:
    """The words of each mention and its date."""
    return {text[m.span.start : m.span.end]: m.date for m in date_mentions(text, (), (), published)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("桥成于2021年8月16日", {"2021年8月16日": "2021-08-16"}),
        ("橋成於２０２１年８月１６號", {"２０２１年８月１６號": "2021-08-16"}),
        ("桥成于 2021 年 8 月", {"2021 年 8 月": "2021-08"}),
        ("二〇二一年八月十六日开工", {"二〇二一年八月十六日": "2021-08-16"}),
        ("一九九八年廿三日", {"一九九八年": "1998"}),
        ("民國一一〇年，民国元年十月", {"民國一一〇年": "2021", "民国元年十月": "1912-10"}),
        ("民國98年12月31日", {"民國98年12月31日": "2009-12-31"}),
        ("110年8月16日公告", {"110年8月16日": "2021-08-16"}),
        ("2021-08-16，2021/8/6，2021.8.7", {"2021-08-16": "2021-08-16", "2021/8/6": "2021-08-06", "2021.8.7": "2021-08-07"}),
        ("肖万2022年7月离开", {"2022年7月": "2022-07"}),
        ("1998年至2000年", {"1998年": "1998", "2000年": "2000"}),
        ("1998—2000年", {"1998": "1998", "2000年": "2000"}),
        ("2020年度报告", {"2020年度": "2020"}),
    ],
)
def test_absolute_dates(text: str, expected: dict[str, str]) -> None:
    assert named(text, "") == expected
    assert not any(mention.relative for mention in date_mentions(text, (), (), ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("去年修桥，今年通车，明年收费，前年还没有", {"去年": "2021", "今年": "2022", "明年": "2023", "前年": "2020"}),
        ("今年8月动工，去年十二月三日立项", {"今年8月": "2022-08", "去年十二月三日": "2021-12-03"}),
        ("本月停航，上个月5日检修，下個月恢復", {"本月": "2022-03", "上个月5日": "2022-02-05", "下個月": "2022-04"}),
        (
            "昨天下雨，前天也是，今晚放晴，明日转晴",
            {"昨天": "2022-03-14", "前天": "2022-03-13", "今晚": "2022-03-15", "明日": "2022-03-16"},
        ),
        ("3月2日开会，二月九日散会，2月底报账", {"3月2日": "2022-03-02", "二月九日": "2022-02-09", "2月": "2022-02"}),
        ("2019年5月入学，8月离开", {"2019年5月": "2019-05", "8月": "2019-08"}),
        ("2019年停产。2月复产，8月扩产", {"2019年": "2019", "2月": "2022-02", "8月": "2022-08"}),
        ("2019年停产。8月复产", {"2019年": "2019"}),  # still to come, or that of 2019
        ("停航到2月", {"2月": "2022-02"}),
        ("2003年毕业，同年10月结婚，次年生子", {"2003年": "2003", "同年10月": "2003-10", "次年": "2004"}),
        ("3月1日至3日停水", {"3月1日": "2022-03-01", "3日": "2022-03-03"}),
        ("记者14日从水厂获悉，20日前后", {"14日": "2022-03-14"}),
    ],
)
def test_relative_dates(text: str, expected: dict[str, str]) -> None:
    words = {word.removesuffix("底"): date for word, date in named(text).items()}
    assert words == expected


@pytest.mark.parametrize(
    "text",
    [
        "一年有十二个月，三年级念了两年，110年老店",
        "1949年来过，2000年来的积累，有2000年历史，一千年前",
        "《1984年》和《今天》，光明日报，今日头条",
        "如今年轻人多，过去年味浓，发明年年有，以前年度，目前年产，上年纪的人",
        "不同年龄，同年级，第2000年级",
        "日本月球探测，成本月月涨，身上月光如水，当前天气，先天后天",
        "农历的6月和7月，陰曆八月十五日",
        "每年8月，农历8月，3.8月，第8月，8月龄，三月三",
        "30日内办结，5日均线，100日，第3日",
        "公元前1046年，98年，2021年2月30日",
        "定“9月30日”为纪念日",
        "日前，近日，当年，当日，近年来",
        "１２０２１年，20210816，2021-13-40",
    ],
)
def test_what_only_looks_like_a_date(text: str) -> None:
    assert named(text) == {}


def test_a_mention_needs_a_publication_date_as_exact_as_what_it_says() -> None:
    text = "去年修桥，上月通车，昨天收费，8月检修"
    assert named(text, "") == {}
    assert named(text, "2022") == {"去年": "2021"}
    assert named(text, "2022-03") == {"去年": "2021", "上月": "2022-02", "8月": "2022-08"}
    assert set(named(text, "2022-03-15")) == {"去年", "上月", "昨天", "8月"}


def test_the_turn_of_the_year() -> None:
    assert named("12月30日闭馆", "2022-01-04") == {"12月30日": "2021-12-30"}
    assert named("1月5日开馆", "2021-12-30") == {}  # this year's or the next one's
    assert named("上月，昨日", "2022-01-01") == {"上月": "2021-12", "昨日": "2021-12-31"}
    assert named("记者30日获悉。30日，闭馆", "2022-01-02") == {"30日": "2021-12-30"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("石桥社3月12日电 昨天停航。", "2022-03-11"),
        ("渡口今天（3月13日）停航，昨天还开着。", "2022-03-12"),
        ("渡口昨天(3月13日)停航。", "2022-03-13"),
        ("据石桥社3月12日电，昨天停航。", "2022-03-14"),
        ("石桥社1月12日电 昨天停航。", "2022-03-14"),  # too long ago to be the same news
        ("石桥社3月25日电 昨天停航。", "2022-03-14"),  # later than its publication
    ],
)
def test_a_text_that_is_put_out_later_counts_from_the_day_it_tells(text: str, expected: str) -> None:
    assert named(text)["昨天"] == expected


def test_a_section_counts_from_its_own_date() -> None:
    text = "去年修桥。\n去年通车。\n去年收费。"
    blocks = [Block("paragraph", (Span(start, start + 5),), section_id=section) for start, section in ((0, "a"), (6, "b"), (12, ""))]
    sections = [Section("a", published="2001-05"), Section("b")]
    assert [m.date for m in date_mentions(text, blocks, sections, "2011")] == ["2000", "2010", "2010"]


PARTS = st.sampled_from(
    [*"0129０２年月日天去今明前本上下同次昨二〇一八十民国國《》。，-./\n 至", "2021年", "8月16日", "去年", "昨天", "个月"]
)


@given(st.lists(PARTS, max_size=40).map("".join), st.sampled_from(["", "2021", "2021-01", "2021-12-31", "2020-02-29"]))
def test_mentions_lie_apart_in_order_and_name_days_that_there_are(text: str, published: str) -> None:
    mentions = date_mentions(text, (), (), published)
    places = [edge for mention in mentions for edge in (mention.span.start, mention.span.end)]
    assert places == sorted(places)
    assert not places or places[-1] <= len(text)
    for mention in mentions:
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", mention.date)
        assert iso_date(mention.date + "-01" * ((10 - len(mention.date)) // 3))
