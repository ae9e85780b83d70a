"""What the checker catches, what it lets through, and that it says where and what the quote has. The examples are invented."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from embeddings.folding import fold
from qa.answering.checking import Checked, Failure, check, unsupported, wording
from qa.answering.checking.numerals import value_of
from qa.answering.checking.synonyms import SYNONYMS, say_the_same
from qa.answering.checking.tokens import tokens_of
from qa.records import Span
from qa.splitting import sentence_spans

LIBRARY = (
    "县图书馆建于1951年，在2022年接待读者8.4万人次，比上年增长12%，其中儿童读者约占三成。"
    "馆长沈阿满表示，二楼的报刊室计划于明年开放，不会收费。"
)  # fmt: skip
FERRY = (
    "石桥渡口建于1951年，是全县最早的机动渡口。新桥通车后，渡口因为客少，于2003年6月30日停航。摆渡人何守田把船捐给了县博物馆，他当时62岁。"
)
MATCH = "青石队昨日抵达县城。白鹭队以3比1击败石桥队，教练周远山赛后称球队无意更换门将。"
QUOTES = (LIBRARY, FERRY, MATCH)


def kinds(checked: Checked) -> set[str]:
    return {failure.kind for failure in checked.failures}


@pytest.mark.parametrize(
    "statement",
    [
        "县图书馆在2022年接待读者84000人次，比上年增长12%。",  # numeral forms
        "县图书馆在二〇二二年接待读者八万四千人次",
        "县图书馆在2022年接待读者0.00084亿人次",
        "縣圖書館在2022年接待讀者8.4萬人次，比上年增長百分之十二[1]。",  # script, markers
        "县图书馆在２０２２年接待读者８．４万人次,比上年增长１２％",  # width
        "2022年，县图书馆接待读者8.4万人次，同比增长12%。",  # order, where the subject goes on
        "县图书馆建于1951年。在2022年接待读者8.4万人次。",  # split
        "据馆长沈阿满介绍，二楼的报刊室计划明年开放，不会收费。",
        "「渡口」因客少，於2003年6月30日停航。",
        "石桥渡口建于1951年，是全县最早的机动渡口",
        "摆渡人何守田当时62岁。",  # pronoun
        "白鹭队以3比1击败石桥队",
        "周远山赛后说球队无意更换门将。",
    ],
)
def test_the_same_said_again_passes(statement: str) -> None:
    assert check(statement, QUOTES) == Checked(1.0, ())


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("县图书馆在2022年接待读者8.5万人次", "number"),
        ("县图书馆在2022年接待读者8.4亿人次", "number"),
        ("縣圖書館在2022年接待讀者九萬四千人次", "number"),
        ("县图书馆在2022年接待读者8.4万人", "unit"),
        ("县图书馆在2022年接待读者超过8.4万人次", "number"),
        ("县图书馆在2021年接待读者8.4万人次", "date"),
        ("石桥渡口建于2003年。", "date"),
        ("石橋渡口於2003年6月29日停航", "date"),
        ("儿童读者约占12%。", "number"),
        ("比上年下降12%", "direction"),
        ("二楼的报刊室计划于明年开放，会收费。", "negation"),
        ("石桥渡口不是全县最早的机动渡口", "negation"),
        ("球队更换门将", "negation"),
        ("二楼的报刊室已于明年开放", "modality"),
        ("二樓的報刊室明年開放", "modality"),
        ("何守田表示，二楼的报刊室计划于明年开放", "speaker"),
        ("石桥队以3比1击败石桥队", "name"),
        ("青石队以3比1击败石桥队", "name"),
        ("摆渡人沈阿满把船捐给了县博物馆", "name"),
        ("新桥建于1951年。", "name"),
        ("新桥于2003年6月30日停航。", "content"),
        ("县博物馆在2022年接待读者8.4万人次", "content"),
        ("山那边的茶园今年丰收。", "content"),
    ],
)
def test_what_the_quotes_do_not_say_fails(statement: str, kind: str) -> None:
    checked = check(statement, QUOTES)
    assert not checked.passed
    assert kind in kinds(checked)


@pytest.mark.parametrize(
    ("quote", "statement", "kind"),
    [
        ("儿童读者约占三成。", "儿童读者占30%。", "number"),  # 约 before the verb is 约 before the number
        ("大约有100人参加。", "有100人参加。", "number"),
        ("工程在2019年至2022年进行。", "工程在2019年进行。", "date"),  # half a range
        ("工程在2019年至2022年进行。", "工程在2022年进行。", "date"),
        ("工程在2019年3月至2020年5月进行。", "工程在2019年进行。", "date"),
        ("5月1日至5日放假。", "5月1日放假。", "date"),
        ("3至5天完成。", "5天完成。", "number"),
        ("大桥于1957年10月15日通车。", "大桥1957年15日通车。", "date"),
        ("一年半内完成。", "一年内完成。", "number"),
        ("气温为-5度。", "气温为5度。", "number"),
        ("气温为5℃。", "气温为−5℃。", "number"),
        ("气温为零下5度。", "气温为5度。", "number"),
        ("全县8所小学中有3所停课。", "全县8所小学停课。", "number"),
        ("副县长何守田出席。", "县长何守田出席。", "name"),
        ("何守田未能连任县长。", "何守田任县长。", "negation"),
        ("木桥几乎完工。", "木桥完工。", "negation"),
        ("列夫·托尔斯泰写了这本书。", "阿列克谢·托尔斯泰写了这本书。", "name"),
        ("县图书馆建于1951年。", "The library was built in 1951.", "content"),  # another language is other words
    ],
)
def test_less_than_the_quote_says_or_something_else_fails(quote: str, statement: str, kind: str) -> None:
    assert kind in kinds(check(statement, [quote]))
    assert check(quote.removesuffix("。") + "！", [quote]).passed


@pytest.mark.parametrize(
    ("quote", "statement"),
    [
        ("儿童读者约占三成。", "儿童读者占约30%。"),
        ("工程历时2019—2021年。", "工程历时2019年至2021年。"),
        ("3月至5月开放。", "3—5月开放。"),
        ("5月1日至5日放假。", "5月1-5日放假。"),
        ("工程在2019年3月至5月进行。", "工程在2019年进行。"),  # the year is the same
        ("气温为-5度。", "气温为零下5度。"),
        ("列夫•托尔斯泰写了这本书。", "列夫·托尔斯泰写了这本书。"),
        ("列夫・托爾斯泰寫了這本書。", "列夫‧托尔斯泰写了这本书。"),
        ("节约30万元，条约有30条。", "节约30万元，条约有30条。"),
        ("北京-5路公交停运。", "北京-5路公交停运。"),
    ],
)
def test_the_same_quantity_written_otherwise_passes(quote: str, statement: str) -> None:
    assert check(f"{statement} ", [quote]).passed


def test_a_failure_says_where_and_what_the_quote_has() -> None:
    assert check("县图书馆在2022年接待读者8.5万人次。", QUOTES).failures == (Failure("number", Span(14, 18), "8.4万"),)
    dropped = unsupported("县图书馆在2022年接待读者8.5万人次。", QUOTES)
    assert dropped is not None
    assert dropped.kinds == ("number",)
    assert dropped.reason == "its evidence does not say so: number “8.5万”, where the evidence has “8.4万”"
    assert unsupported("县图书馆建于1951年。", QUOTES) is None


def test_places_are_those_of_the_statement_as_given() -> None:
    statement = "“縣圖書館”  在 ２０２１ 年[2]接待讀者8.4萬人次"
    (failure,) = check(statement, QUOTES).failures
    assert statement[failure.span.start : failure.span.end] == "２０２１"


def test_nothing_supports_without_quotes_and_nothing_said_needs_none() -> None:
    assert check("县图书馆建于1951年。", ()).support == 0.0
    assert not check("县图书馆建于1951年。", ()).passed
    assert check("[1]。", ()) == Checked(1.0, ())


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,200万", 12_000_000),
        ("一千二百万", 12_000_000),
        ("0.12亿", 12_000_000),
        ("6亿6300万", 663_000_000),
        ("3.5万亿", 3_500_000_000_000),
        ("百万", 1_000_000),
        ("二〇二三", 2023),
        ("一千零五十", 1050),
        ("十二点五", Fraction(25, 2)),
        ("三点五万", 35_000),
        ("两千", 2000),
        ("三四十", None),
        ("一千二", None),
        ("两三", None),
    ],
)
def test_values(written: str, value: int | Fraction | None) -> None:
    assert value_of(written) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("全长1.5公里", "全长1500米"),
        ("重3吨", "重3000公斤"),
        ("5万千瓦", "50兆瓦"),
        ("占三成五", "占35%"),
        ("占3‰", "占千分之三"),
        ("用了1.5小时", "用了90分钟"),
        ("约100人", "100人左右"),
        ("逾100人", "100多人"),
        ("2023-05-06", "二〇二三年五月六号"),
        ("民国37年", "1948年"),
        ("20世纪90年代", "1990年代"),
        ("公元前221年", "前221年"),
        ("3至5天", "3—5天"),
    ],
)
def test_two_ways_to_write_one_quantity(one: str, other: str) -> None:
    assert [token.key for token in tokens_of(one)] == [token.key for token in tokens_of(other)]


@pytest.mark.parametrize(
    ("one", "other"), [("1.5公里", "1.5里"), ("5美元", "5元"), ("100人", "约100人"), ("12%", "12个百分点"), ("3亩", "3公顷")]
)
def test_two_quantities_that_differ(one: str, other: str) -> None:
    assert [token.key for token in tokens_of(one)] != [token.key for token in tokens_of(other)]


_PIECES = (
    "县图书馆 何守田 12 3.5 万 亿 人次 不 没有 计划 将 已 增长 下降 表示 他 在 的 ， 。 ； “ ” 二〇二二 年 约 以上 分之 百 点 一 "
    "[1] 渡口 ㎞ Ａ abc … （ ） 言葉 - 至"
)
_WORDS = (*_PIECES.split(), " ", "\n")
texts = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=40).map("".join)


@given(texts | st.text(max_size=60), st.lists(texts, max_size=2))
def test_a_quote_says_itself_and_so_does_each_of_its_sentences(quote: str, others: list[str]) -> None:
    assert check(quote, [*others, quote]).passed
    for span in sentence_spans(quote):
        sentence = quote[span.start : span.end]
        assert check(sentence + " ", [quote, *others]).passed, sentence


@given(texts | st.text(max_size=60), texts)
def test_failures_stand_in_the_statement(statement: str, quote: str) -> None:
    checked = check(statement, [quote])
    assert 0.0 <= checked.support <= 1.0
    assert all(failure.span.end <= len(statement) for failure in checked.failures)
    assert checked == check(statement, [quote])


@given(st.sampled_from(QUOTES), st.integers(0, 50), st.integers(1, 9))
def test_another_digit_never_passes(quote: str, number: int, step: int) -> None:
    places = [match.start() for match in re.finditer(r"\d", quote)]
    place = places[number % len(places)]
    other = (int(quote[place]) + step) % 10
    assume(other)
    assert not check(quote[:place] + str(other) + quote[place + 1 :], [quote]).passed


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("大桥1987年竣工。", "大桥1987年建成通车。"),
        ("大橋1987年竣工。", "大桥1987年建成通车。"),
        ("沈阿满2003年出任校长。", "沈阿满2003年担任校长，任期四年。"),
        ("渡口由县里修葺。", "渡口于去年由县里修缮。"),
    ],
)
def test_a_synonym_in_its_place_passes(statement: str, quote: str) -> None:
    assert check(statement, [quote]) == Checked(1.0, ())


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("大桥1987年动工。", "大桥1987年建成通车。"),
        ("沈阿满2003年辞去校长。", "沈阿满2003年担任校长，任期四年。"),
        ("渡口由县里拆除。", "渡口由县里修缮。"),
        ("新桥1987年竣工，老桥1987年竣工。", "新桥1987年建成，老桥1987年封闭。"),
        ("大桥1988年竣工。", "大桥1987年建成通车。"),
        ("大桥没有竣工。", "大桥1987年建成通车。"),
        ("大桥计划1987年竣工。", "大桥1987年建成通车。"),
    ],
)
def test_a_synonym_lets_nothing_else_through(statement: str, quote: str) -> None:
    assert not check(statement, [quote]).passed


def test_the_list_of_synonyms_keeps_its_rules() -> None:
    groups = [line.split() for line in SYNONYMS.read_text(encoding="utf-8").splitlines()]
    words = [fold(word) for group in groups for word in group]
    assert len(words) == len(set(words)), "a word in two groups would join them"
    assert all(len(group) >= 2 for group in groups)
    assert all(len(word) >= 2 and not word.isascii() for word in words)
    turning = {*wording.NEGATION, *wording.PLAN, *wording.DONE, *wording.DIRECTION, *wording.SPEECH, *wording.PRONOUN}
    assert not turning.intersection(words)
    assert all(say_the_same(fold(one), fold(other)) for group in groups for one in group for other in group)
    assert not say_the_same(fold("建成"), fold("动工"))
