"""A short answer comes back whole: every item of a list, each count of a total, the reason beside, the clause that affirms or denies."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.completing import completed
from qa.answering.finding import LONGEST_QUOTATION, Found, Setting
from qa.answering.queries import read_query
from qa.records import Span, text_at
from qa.splitting import sentence_spans


def setting(query: str, text: str) -> Setting:
    """Without a reader: what is done then is done by the words alone."""
    return Setting(read_query(query, lambda terms: dict.fromkeys(terms, 1.0)), text, sentence_spans(text), None)


def whole(query: str, text: str, marked: str) -> tuple[str, list[str]]:
    """The quotation and the parts, where the reader has marked those words in a quotation of their sentence."""
    place = setting(query, text)
    part = Span(text.index(marked), text.index(marked) + len(marked))
    sentence = place.sentence_at(part.start)
    assert sentence is not None
    found = completed(place, Found(sentence, (part,)))
    return text_at(text, (found.quotation,)), [text_at(text, (part,)) for part in found.parts]


@pytest.mark.parametrize(
    ("query", "text", "marked", "parts"),
    [
        (
            "石桥镇有哪三所小学？",
            "石桥镇有三所小学：石桥小学、柳河小学，以及新桥小学。",
            "石桥小学、柳河小学",
            ["石桥小学、柳河小学，以及新桥小学"],
        ),
        ("石橋鎮有哪三所小學？", "石橋鎮有石橋小學、柳河小學與新橋小學。", "石橋小學、柳河小學", ["石橋小學、柳河小學與新橋小學"]),
        ("茶厂卖哪些茶？", "茶厂卖「春芽」、「夏露」、「秋霜」等品牌的茶叶。", "夏露", ["「春芽」、「夏露」、「秋霜」等"]),
        (
            "镇志收了哪些旧文？",
            "镇志收了《渡口记》（1951年）、《桥工录》和《茶事》。",
            "《渡口记》",
            ["《渡口记》（1951年）、《桥工录》和《茶事》"],
        ),
        ("谁和哪两人合称三杰？", "沈阿满与何守田、陈望山合称三杰。", "何守田、陈望山", ["何守田、陈望山"]),  # 与 is a preposition here
        ("码头有哪些船？", "码头有三种船，包括木船、铁船和竹筏。", "三种船", ["木船、铁船和竹筏"]),
        ("码头有哪些船？", "码头有三种船。分别是木船、铁船和竹筏。", "三种船", ["木船、铁船和竹筏"]),
        ("码头有哪几种船？", "码头的船：一种是木船，一种是铁船。", "一种是木船", ["一种是木船", "一种是铁船"]),
        (
            "办夜校有哪些目的？",
            "办夜校有三个目的。一是教人识字。二是教人记账。三是让年轻人有去处。夜校不收学费。",
            "一是教人识字",
            ["一是教人识字", "二是教人记账", "三是让年轻人有去处"],
        ),
        (
            "办夜校有哪些目的？",
            "办夜校的目的：①教人识字；②教人记账；③交朋友。夜校不收学费。",
            "教人记账",
            ["①教人识字", "②教人记账", "③交朋友"],
        ),
        (
            "過河有哪些規矩？",
            "過河的規矩：首先排隊，其次買票，最後上船。",
            "首先排隊",
            ["首先排隊", "其次買票", "最後上船"],
        ),
        ("四座庙分别由谁看管？", "东庙由何守田看管；西庙由陈望山看管；南庙由沈阿满看管。", "陈望山", ["何守田", "陈望山", "沈阿满"]),
        ("粮站收购哪些粮食？", "粮站收购稻谷和小麦。此外还有油菜籽、花生。", "稻谷和小麦", ["稻谷和小麦", "油菜籽、花生"]),
        ("新桥的动工和通车时间分别是什么时候？", "新桥于1998年3月动工，2001年10月通车。", "2001年10月", ["1998年3月", "2001年10月"]),
        ("渡口一共有多少艘船？", "渡口有木船12艘。另有铁船5艘，都停在东岸。", "12艘", ["12艘", "5艘"]),
        ("渡口总共有多少艘船？", "渡口有木船12艘。另有铁船5艘。", "5艘", ["12艘", "5艘"]),
        ("渡口一共有多少艘船？", "渡口共有船17艘。另有5艘在修。", "17艘", ["17艘"]),  # the text gives the total
        ("渡口一共有几种船？", "渡口的船一种是木船。另一种是铁船。", "铁船", ["铁船"]),
        ("渡口为什么停航？", "新桥通车后客人很少。因此，渡口停航。", "渡口停航", ["新桥通车后客人很少"]),
        ("渡口为什么停航？", "渡口去年停航。这是因为新桥通了车。", "渡口去年停航", ["这是因为新桥通了车"]),
        ("渡口去年停航了吗？", "镇上的人说，渡口去年并没有停航。这是因为新桥还在修。", "渡口去年", ["渡口去年并没有停航"]),
        ("渡口是否已经停航？", "天气不好，渡口可能已经停航，但船还在。", "停航", ["渡口可能已经停航，但船还在"]),
        ("竹筏能不能载客？", "如果水位低，竹筏可以载客，收费两元。", "两元", ["如果水位低，竹筏可以载客"]),
        ("渡口是否停航？", "渡口是否停航，镇上还没有说。", "还没有", ["还没有"]),  # the text asks too
    ],
)
def test_what_is_marked_is_made_whole(query: str, text: str, marked: str, parts: list[str]) -> None:
    assert whole(query, text, marked)[1] == parts


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("石桥镇的校长是谁？", "校长是陈望山、何守田和沈阿满。", "陈望山"),  # no list was asked for
        ("渡口有多少艘船？", "渡口有木船12艘。另有铁船5艘。", "12艘"),  # nor a total
        ("渡口为什么停航？", "渡口因为客少而停航。这是因为新桥通了车。", "客少"),  # the sentence gives a reason itself
        ("码头有哪些船？", "码头有木船。茶厂卖茶叶、木耳和竹笋。", "木船"),
    ],
)
def test_what_is_whole_stays_as_it_is(query: str, text: str, marked: str) -> None:
    quotation, parts = whole(query, text, marked)
    assert parts == [marked]
    assert quotation == text[: text.index("。") + 1]


def test_the_quotation_grows_over_the_sentences_of_the_list_and_no_further() -> None:
    text = "夜校不收学费。办夜校有三个目的。一是教人识字。二是教人记账。三是让年轻人有去处。夜校在戏台后面。"
    quotation, _ = whole("办夜校有哪些目的？", text, "二是教人记账")
    assert quotation == "一是教人识字。二是教人记账。三是让年轻人有去处。"


def test_a_long_list_is_quoted_as_far_as_a_quotation_may_grow() -> None:
    text = "".join(f"第{n}条是{'渡' * 60}。" for n in "一二三四五六七八九十")
    quotation, parts = whole("渡口的规矩有哪些？", text, f"第二条是{'渡' * 60}")
    assert len(quotation) <= LONGEST_QUOTATION
    assert len(parts) > 3
    assert f"第二条是{'渡' * 60}" in parts


PIECES = [*"、和。；：“”，①②", "木船", "铁船", "，以及", "《茶事》", "（1951年）", "一是", "二是", "第一", "3艘", "另有", "因此"]
QUERIES = ["有哪些船？", "有哪两种船？", "一共有几艘船？", "一共有几种船？", "为什么停航？", "是否停航？", "分别有几艘船？", "谁的船？"]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join), st.sampled_from(QUERIES), st.data())
def test_what_every_whole_answer_keeps(text: str, query: str, data: st.DataObject) -> None:
    place = setting(query, text)
    if not place.sentences:
        return
    sentence = data.draw(st.sampled_from(list(place.sentences)))
    start = data.draw(st.integers(sentence.start, sentence.end - 1))
    end = data.draw(st.integers(start + 1, sentence.end))
    found = completed(place, Found(sentence, data.draw(st.sampled_from([(), (Span(start, end),)]))))
    quotation, parts = found.quotation, found.parts
    assert quotation.start <= sentence.start < sentence.end <= quotation.end <= len(text)
    assert {quotation.start, quotation.end} <= {edge for span in place.sentences for edge in (span.start, span.end)}
    assert all(quotation.start <= part.start and part.end <= quotation.end for part in parts)
    assert all(one.end <= following.start for one, following in pairwise(parts))
    assert all(text_at(text, (part,)) in text_at(text, (quotation,)) for part in parts)
