"""Reprints and look-alikes are what they are called, and the measurement tells a system that finds them from one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.folding import fold
from eval.datasets.records import Article
from eval.reading import reprints as module
from eval.reading.reprint_making import Pair, notices, quoting, reports, reprints

PEOPLE = ("陈望潮", "林雁秋", "沈一帆", "许立群")
STORY = (
    "{place}的老粮仓昨天重新开放。目前仓里进行了加固，木梁已经换过，粮商{person}表示，相关的账本都保留了下来。"
    "{place}的居民{person}介绍，他小时候在这里排队买米，柜台的高度他现在还记得。据了解，粮仓建于{year}年，当时能存{tons}吨稻谷。"
    "由于河水多次上涨，{place}的人把底层垫高了三尺，石阶以上的部分没有动。同时，院里的两棵樟树也得到了保护，开始挂牌。"
    "第{number}个来参观的孩子得到一本画册。非常多的老人站在天井里看新装的玻璃瓦，说这样亮堂。"
)


def article(number: int) -> str:
    places = ("青石镇", "白沙渡", "云溪口", "石门乡", "望江坝", "松林湾")
    return STORY.format(
        place=places[number % 6], person=PEOPLE[number % 4], year=1900 + number, tons=300 + 7 * number, number=number + 11
    ) + "".join(chr(0x4E00 + (number * 389 + place * 41) % 15_000) for place in range(60))


ARTICLES = [article(number) for number in range(40)]


def test_every_edit_leaves_most_of_the_text_and_changes_some() -> None:
    made = list(reprints(ARTICLES[:6], seed=1))
    assert {pair.kind for pair in made} == {"other headline and lead", "trimmed", "other script", "names masked", "copy-edited"}
    for pair in made:
        assert pair.reprint
        assert pair.other != pair.text
        kept = set(fold(pair.text)) & set(fold(pair.other))
        assert len(kept) > 0.3 * len(set(fold(pair.text)))
    assert all("某" in pair.other or "×" in pair.other for pair in made if pair.kind == "names masked")
    assert made == list(reprints(ARTICLES[:6], seed=1))


def test_look_alike_notices_differ_in_what_they_are_called_after() -> None:
    for pair in notices(8, seed=2):
        assert not pair.reprint
        assert pair.text != pair.other
        if pair.kind == "notices: another date":
            cut = pair.text.index("月"), pair.other.index("月")
            assert pair.text[cut[0] + 4 :][-40:] == pair.other[cut[1] + 4 :][-40:]


def test_reports_are_paired_with_those_of_another_day() -> None:
    daily = [f"中央气象台{day % 12 + 1}月{day}日06时继续发布预警：北部有雨，沿江多云。" for day in range(1, 9)]
    made = list(reports([*daily, daily[0]], 50))
    assert made
    assert all(pair.text != pair.other for pair in made)
    assert {pair.kind for pair in made} == {"reports: weather"}


def test_a_report_printed_in_two_papers_is_no_look_alike_of_itself() -> None:
    printed = [f"{paper}中央气象台8月5日{hour}时继续发布预警：北部有雨。" for paper, hour in (("晨报", "6"), ("晚报", "06"))]
    assert not list(reports(printed, 10))


def test_articles_that_quote_share_a_little() -> None:
    def own(number: int) -> str:
        return "".join(chr(0x4E00 + (number * 977 + place * 61) % 18_000) for place in range(300))

    said = "他说，粮仓的石阶是从对岸运来的，每一块都量过，当年没有水泥，缝里灌的是糯米浆，到今天一条也没有裂开，他打算把图纸捐给学校。"
    made = list(quoting([own(1) + said, own(2) + said, own(3)], 5, seed=3))
    assert [(pair.text[:5], pair.other[:5]) for pair in made] == [(own(1)[:5], own(2)[:5])]


def test_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def news(_: Path) -> Iterator[Article]:
        return iter([Article(f"{number}.txt", text) for number, text in enumerate(ARTICLES)])

    monkeypatch.setattr(module, "news_articles", news)
    found = module.measure(Path(), articles=6, among=10, seed=5)
    assert found.name == "reprints"
    recall, apart, _ = (goal.metric for goal in found.figures)
    assert recall.value > 0.6  # short articles, and every change weighs more in them
    assert apart.value > 0.8
    rows = {row[0]: row for row in found.rows}
    assert float(rows["trimmed"][3].split()[0]) < float(rows["trimmed"][2].split()[0]) == 1
    assert float(rows["other script"][3].split()[0]) == 1
    assert {len(row) for row in found.rows} == {len(found.columns)}


def test_a_pair_is_judged_by_passages() -> None:
    pair = Pair("trimmed", ARTICLES[0], ARTICLES[0][:150], reprint=True)
    passages, others = module._passages(pair.text), module._passages(pair.other)
    index, *_ = module._indexed([*passages, *others])
    judged = module._judge(pair, passages, others, index)
    assert judged.values == {"chuchu": 1, "equal text": 0, "Jaccard 0.8": 0}
    assert judged.as_articles == 1
    unlike = Pair("look-alike", pair.text, pair.other, reprint=False)
    judged = module._judge(unlike, passages, others, index)
    assert judged.values == {"chuchu": 0, "equal text": 1, "Jaccard 0.8": 1}
    assert judged.as_articles == 0
