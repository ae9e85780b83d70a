"""Changed statements are changed, paraphrases are not, and the checker tells them apart. The examples are invented."""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from eval.datasets import Article
from eval.mutations.__main__ import ALL, STRICT, TRUE, Judged, fuzzy_accepts, judge, main, rows, table
from eval.mutations.cases import Case, articles, cases
from eval.mutations.changes import MUTATIONS
from eval.mutations.paraphrases import PARAPHRASES, PRONOUN, pronoun_filled_in, turned
from eval.mutations.sentences import Sentence, sentences
from eval.words import plain, tagged

TEXT = (
    "上海的王立群表示，新馆将于2024年建成，馆内没有餐厅。馆舍长1.5公里，造价3200万元，比旧馆增加12%。"
    "他说，北京的旧馆共有职工46人；李国强认为，旧馆的屋顶去年已经重新铺过。广州的读者大多乘轮渡前来，船票两元，不到十分钟就到。"
)


def sentence(text: str, before: str = "", others: tuple[str, ...] = ()) -> Sentence:
    names = {"nr": ("王立群", "李国强"), "ns": ("上海", "广州"), "nt": ()}
    return Sentence(text, before, "", others, tagged(plain(text)), names, "news/000/000000.txt")


@pytest.mark.parametrize(
    ("kind", "text", "possible"),
    [
        ("unit", "新馆的馆舍全长15公里。", {"新馆的馆舍全长15米。", "新馆的馆舍全长15厘米。"}),
        ("magnitude", "新馆造价为3200万元整。", {"新馆造价为3200亿元整。", "新馆造价为3200元整。"}),
        ("direction", "旧馆的读者比去年增加了。", {"旧馆的读者比去年减少了。"}),
        ("negation", "新馆里没有餐厅和茶座。", {"新馆里有餐厅和茶座。"}),
        ("plan as fact", "新馆计划在明年开放。", {"新馆已在明年开放。", "新馆在明年开放。"}),
        ("speaker", "王立群表示，新馆很大。", {"李国强表示，新馆很大。"}),
        ("name", "读者大多从上海坐船来。", {"读者大多从广州坐船来。"}),
        ("source swapped", "新馆里没有餐厅和茶座。", {"船票两元，十分钟就到对岸。"}),
    ],
)
def test_a_change_says_something_else(kind: str, text: str, possible: set[str]) -> None:
    one = sentence(text, others=("船票两元，十分钟就到对岸。",))
    assert {MUTATIONS[kind](one, random.Random(seed)) for seed in range(20)} == possible


def test_a_digit_and_a_year_change() -> None:
    for seed in range(20):
        changed = MUTATIONS["digit"](sentence("全馆职工共有46人。"), random.Random(seed))
        assert sum(a != b for a, b in zip(changed, "全馆职工共有46人。", strict=True)) == 1
        year = int(MUTATIONS["year"](sentence("新馆建于1998年。"), random.Random(seed)).removeprefix("新馆建于").removesuffix("年。"))
        assert 1 <= abs(year - 1998) <= 9


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("digit", "新馆建于1998年。"),  # that is a year
        ("direction", "新馆很大。"),
        ("plan as fact", "他在计划的最后一天来了。"),  # a noun
        ("negation", "是否有餐厅尚不清楚。"),
        ("speaker", "这本小说写的是上海。"),
        ("name", "上海、广州都有读者来。"),  # a list
    ],
)
def test_what_may_not_change_the_meaning_is_left_alone(kind: str, text: str) -> None:
    assert MUTATIONS[kind](sentence(text), random.Random(0)) == ""


@pytest.mark.parametrize(
    ("kind", "text", "possible"),
    [
        ("numeral form", "造价为1200万元。", {"造价为0.12亿元。", "造价为一千二百万元。"}),
        ("sentence split", "新馆建在河的北岸，旧馆留在河的南岸不动。", {"新馆建在河的北岸。旧馆留在河的南岸不动。"}),
        ("shortened", "新馆建在河北岸的一块很大的高地上面，旧馆留在南岸。", {"新馆建在河北岸的一块很大的高地上面。"}),
    ],
)
def test_a_paraphrase_says_the_same(kind: str, text: str, possible: set[str]) -> None:
    assert {PARAPHRASES[kind](text, random.Random(seed)) for seed in range(30)} == possible


def test_a_pronoun_is_filled_in_where_one_person_was_named() -> None:
    assert pronoun_filled_in(sentence("他说新馆很大。", before="王立群昨天来过。")) == "王立群说新馆很大。"
    assert pronoun_filled_in(sentence("他说新馆很大。", before="王立群和李国强昨天来过。")) == ""
    assert pronoun_filled_in(sentence("他们说新馆很大。", before="王立群昨天来过。")) == ""


def test_two_parts_change_places_where_the_second_stands_alone() -> None:
    assert turned(replace(sentence("新馆建在河的北岸；"), after="旧馆留在河的南岸。")) == "旧馆留在河的南岸；新馆建在河的北岸。"
    assert turned(replace(sentence("新馆建在河的北岸；"), after="其屋顶去年重新铺过。")) == ""


def test_cases_are_the_same_every_time_and_one_of_a_kind() -> None:
    article = Article("news/000/000007.txt", TEXT * 3)
    made = list(cases([article]))
    assert made == list(cases([article]))
    assert len({case.kind for case in made}) == len(made) > 3
    assert all(case.statement != case.source and case.source in "".join(case.quotes) for case in made)
    assert next(sentences(article, random.Random(1))).text in TEXT


def test_the_fuzzy_matcher() -> None:
    assert fuzzy_accepts("新馆建于1998年。", ["新馆建于1989年。"])
    assert not fuzzy_accepts("新馆建于1998年。", ["船票两元。"])


def test_rows_and_table() -> None:
    case = judge(Case("digit", "职工共有47人。", ("职工共有46人。",), "职工共有46人。", ""))
    assert (case.rejected, case.by_fuzzy) == (True, False)
    judged = [case, Judged(case.case, False, False), judge(Case("width", "职工共有４６人。", ("职工共有46人。",), "", ""))]
    found = {row.kind: row for row in rows(judged)}
    assert set(found) == {"digit", ALL, "width", TRUE}
    assert (found["digit"].checker.value, found[TRUE].checker.value, found[ALL].fuzzy.value) == (0.5, 0.0, 0.0)
    assert table(rows(judged)).splitlines()[2].startswith("| digit | 2 | 50.00% (")


def test_the_halves_do_not_meet(shared: Path) -> None:
    halves = [[article.path for article in articles(shared, 50, half)] for half in ("develop", "report")]
    assert not set(halves[0]) & set(halves[1])
    assert all(zlib.crc32(path.encode()) % 2 for path in halves[1])


@pytest.mark.slow
def test_what_is_caught_of_real_sentences(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--data", str(shared), "--articles", "400", "--json"])
    found = {row["kind"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert set(MUTATIONS) | {PRONOUN} <= set(found)
    assert all(found[kind]["checker"]["value"] >= 0.99 for kind in STRICT)
    assert found[ALL]["checker"]["value"] >= 0.99
    assert found[TRUE]["checker"]["value"] <= 0.01
    assert found[ALL]["fuzzy"]["value"] < 0.3
