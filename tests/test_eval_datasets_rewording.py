"""Rewordings: what each kind does in both scripts, what must never change, and tables that cannot go round in circles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.folding import fold
from eval.datasets.records import DatasetError, Draft, DraftGold
from eval.datasets.rewording import NOTE, WORDS, reworded, tables
from eval.datasets.rewording_forms import _SWAPS, _TURNS
from eval.datasets.rewording_numbers import han_number, number_of
from eval.words import plain, tagged
from qa.reading.script import script_of

KINDS = ("question", "synonym", "abbreviation", "numeral", "date")


def draft(text: str, query_id: str = "q1", answers: Sequence[str] = ()) -> Draft:
    return Draft(query_id, text, tuple(answers), True, (DraftGold("a.txt", quote="无"),), "test")


def by_kind(text: str, query_id: str = "q1") -> dict[str, str]:
    return {made.slices[-1].removeprefix("rewording: "): made.text for made in reworded(draft(text, query_id))}


def all_forms(text: str, kind: str) -> set[str]:
    """What the kind gives under many ids: every choice there is."""
    return {made[kind] for number in range(60) if kind in (made := by_kind(text, f"id{number}"))}


# The record


def test_a_rewording_is_the_same_query_in_other_words() -> None:
    original = Draft(
        "q7", "望鹭桥是什么时候建成的？", ("1957年",), True, (DraftGold("a.txt", quote="1957年"),), "set, line 7", slices=("set",)
    )
    made = reworded(original)
    assert [m.query_id for m in made] == [f"q7-{m.slices[-1].removeprefix('rewording: ')}" for m in made]
    for m in made:
        assert (m.answers, m.gold, m.answerable, m.origin, m.context) == (
            original.answers,
            original.gold,
            True,
            original.origin,
            "paragraph",
        )
        assert m.made_from == "q7"
        assert m.slices[0] == "set"


def test_no_rule_no_rewording() -> None:
    assert reworded(draft("龙井？")) == ()


def test_the_order_of_kinds_is_fixed() -> None:
    made = by_kind("第3届奥运会在1998年5月3日举行，著名的选手是谁？")
    assert list(made) == list(KINDS)


# Question


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("望鹭桥是什么时候建成的？", {"望鹭桥何时建成？", "望鹭桥在什么时候建成？"}),
        ("望鹭桥是哪一年建成的？", {"望鹭桥于哪一年建成？", "望鹭桥在哪一年建成？"}),
        ("砚川报社创办于何时？", {"砚川报社是何时创办的？", "砚川报社是在何时创办的？"}),
        ("这座塔建于哪一年？", {"这座塔是哪一年建成的？", "这座塔是在哪一年建成的？"}),
        ("罗水生出生于哪里？", {"罗水生是在哪里出生的？"}),
        ("《渡口》是由谁创作的？", {"谁创作了《渡口》？"}),
        ("谁设计了报社的大楼？", {"报社的大楼是由谁设计的？", "报社的大楼是谁设计的？"}),
        ("罗水生的妻子是谁？", {"谁是罗水生的妻子？"}),
        ("谁是报社的社长？", {"报社的社长是谁？", "报社的社长是哪位？"}),
        ("什么是渡口税？", {"渡口税是什么？", "渡口税指的是什么？"}),
        ("这种茶的特点是什么？", {"这种茶有什么特点？", "这种茶有哪些特点？"}),
        ("这种鸟以什么为食？", {"这种鸟吃什么？", "这种鸟靠吃什么为生？"}),
        ("为什么学校停课三天？", {"学校停课三天，是什么原因？", "学校停课三天是为什么？"}),
        ("新桥的面积是多少？", {"新桥的面积有多大？"}),
        ("他在何时何地去世？", {"他在什么时间什么地点去世？"}),
        ("茶厂何时搬到城外？", {"茶厂什么时候搬到城外？", "茶厂什么时间搬到城外？"}),
        ("茶厂在哪一年搬到城外？", {"茶厂在哪年搬到城外？", "茶厂在何年搬到城外？"}),
        ("茶厂由谁管理？", {"茶厂由何人管理？", "茶厂由什么人管理？", "茶厂由哪位管理？"}),
        ("茶厂设在哪里？", {"茶厂设在什么地方？", "茶厂设在哪儿？"}),
        ("茶厂有几个车间？", {"茶厂有多少个车间？"}),
        ("请问茶厂的电话号码多少？", {"茶厂的电话号码多少？"}),
        ("他是否去过上海？", {"他是不是去过上海？"}),
        ("2003年，罗水生获得什么奖？", {"罗水生在2003年获得什么奖？"}),
        ("罗水生2003年获得什么奖？", {"2003年，罗水生获得什么奖？"}),
        ("罗水生的性格如何？", {"罗水生的性格怎么样？", "罗水生的性格怎样？"}),
    ],
)
def test_question_forms(query: str, expected: set[str]) -> None:
    assert all_forms(query, "question") == expected


@pytest.mark.parametrize(
    "query",
    [
        "学校改名为什么？",  # a name, not a reason
        "他生于哪一年代？",
        "海上有几内亚来的船吗？",
        "《谁的茶》？",
        "石上刻着“何时归来”？",
    ],
)
def test_words_that_only_look_like_asking_stay(query: str) -> None:
    assert "question" not in by_kind(query)


def test_time_never_becomes_a_year() -> None:
    forms = all_forms("茶厂是什么时候成立的？", "question") | all_forms("什么时候，茶厂搬走了？", "question")
    assert forms
    assert not any("年" in form for form in forms)


def test_every_form_uses_the_groups_of_its_pattern() -> None:
    for rule in (*_TURNS, *_SWAPS):
        for form in rule.forms:
            assert set(re.findall(r"{(\w+)}", form)) <= set(rule.pattern.groupindex)


# Words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("著名的望鹭桥位于哪里？", {"知名的望鹭桥在哪里？"}),
        ("罗水生出生于哪里？", {"罗水生生于哪里？"}),
        ("罗水生生于哪里？", {"罗水生出生于哪里？"}),
        ("他担任什么职务？", {"他出任什么职位？"}),
        ("桥的原因是什么？", {"桥的缘由是什么？"}),
        ("书店是什么时候成立的？", {"书店是什么时候创立的？", "书店是什么时候建立的？"}),
    ],
)
def test_synonyms(query: str, expected: set[str]) -> None:
    assert all_forms(query, "synonym") == expected


@pytest.mark.parametrize(
    "query",
    [
        "成立方根的数有哪些？",  # 成立 is not a word here
        "谁是奖金的获得者？",  # a suffix makes it another word
        "《著名的桥》是谁写的？",
        "“位于”怎么写？",
        "老照片出现在哪一页？",  # 现在 is not a word here
        "米高·首次·积信是谁？",  # a foreign name
        "第一次世界大战有哪些国家？",
    ],
)
def test_what_synonyms_leave_alone(query: str) -> None:
    assert "synonym" not in by_kind(query)


def test_a_noun_that_may_be_part_of_a_name_stays() -> None:
    assert "synonym" not in by_kind("砚川茶叶公司有多少人？")
    assert by_kind("这家公司有多少人？")["synonym"] == "这家企业有多少人？"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("他毕业于北京师范大学吗？", "他毕业于北师大吗？"),
        ("他毕业于北师大吗？", "他毕业于北京师范大学吗？"),
        ("世卫组织设在哪里？", None),
        ("2008年奥运会有几个项目？", "2008年奥林匹克运动会有几个项目？"),
        ("二战期间茶厂在哪里？", "第二次世界大战期间茶厂在哪里？"),
        ("国家发展和改革委员会有多少人？", None),
    ],
)
def test_abbreviations(query: str, expected: str | None) -> None:
    forms = all_forms(query, "abbreviation")
    if expected is None:  # several names
        assert forms
        assert query not in forms
    else:
        assert forms == {expected}


@pytest.mark.parametrize("query", ["欧洲央行有多少人？", "这是官渡一战吗？", "《奥运会》是谁写的？", "北大荒在哪里？"])
def test_abbreviations_of_something_else_stay(query: str) -> None:
    made = by_kind(query).get("abbreviation", "")
    assert not any(name in made for name in ("中国人民银行", "第一次世界大战", "奥林匹克", "北京大学"))


# Numbers and dates


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("茶厂有三千五百人吗？", "茶厂有3500人吗？"),
        ("茶厂有3500人吗？", "茶厂有三千五百人吗？"),
        ("茶厂有2,000人吗？", "茶厂有两千人吗？"),
        ("谁是第三名？", "谁是第3名？"),
        ("第16届开茶节有多少客人？", "第十六届开茶节有多少客人？"),
        ("票价是3.5万元吗？", "票价是35000元吗？"),
        ("投资了6.63亿元吗？", "投资了6亿6300万元吗？"),
        ("投资了6千万元吗？", "投资了六千万元吗？"),
        ("百分之二十的人去哪里？", "20%的人去哪里？"),
        ("百分之三点五的人去哪里？", "3.5%的人去哪里？"),
        ("20%的人去哪里？", "百分之二十的人去哪里？"),
        ("罗水生八十四岁时住在哪里？", "罗水生84岁时住在哪里？"),
        ("有没有两个车间？", "有没有2个车间？"),
    ],
)
def test_numerals(query: str, expected: str) -> None:
    assert by_kind(query)["numeral"] == expected


@pytest.mark.parametrize(
    "query",
    [
        "一些人去哪里？",
        "三国的故事说什么？",
        "五四运动说什么？",
        "九龙在哪里？",
        "十分好吃的茶叫什么？",
        "万一下雨怎么办？",
        "二人转是什么？",
        "三四十人去哪里？",
        "十几个人去哪里？",
        "第一次世界大战说什么？",
        "百家姓有多少字？",
        "《第三名》是谁写的？",
        "K68线的车几点开？",
        "M114米长吗？",
        "这是第一大城市吗？",
    ],
)
def test_what_is_not_certainly_a_number_stays(query: str) -> None:
    assert "numeral" not in by_kind(query)


def test_numbers_of_one_query_go_one_way() -> None:
    assert by_kind("4座桥和另外三座桥在哪里？")["numeral"] == "四座桥和另外三座桥在哪里？"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("1998年5月3日，他在哪里？", {"一九九八年五月三日，他在哪里？", "1998-05-03，他在哪里？"}),
        ("1998年5月3日他在哪里？", {"一九九八年五月三日他在哪里？"}),
        ("2008年5月他在哪里？", {"二〇〇八年五月他在哪里？"}),
        ("2008年他在哪里？", {"二〇〇八年他在哪里？"}),
        ("二〇〇八年他在哪里？", {"2008年他在哪里？"}),
        ("一九九八年五月三日他在哪里？", {"1998年5月3日他在哪里？"}),
        ("5月13日他在哪里？", {"五月十三日他在哪里？"}),
        ("民国37年他在哪里？", {"1948年他在哪里？"}),
        ("民国元年他在哪里？", {"1912年他在哪里？"}),
        ("民国廿五年他在哪里？", {"1936年他在哪里？"}),
        ("20世纪90年代他在哪里？", {"1990年代他在哪里？", "二十世纪九十年代他在哪里？"}),
        ("1990年代他在哪里？", {"20世纪90年代他在哪里？", "二十世纪九十年代他在哪里？"}),
        ("十七世纪的桥在哪里？", {"17世纪的桥在哪里？"}),
        ("光绪三十年他在哪里？", {"光绪30年他在哪里？"}),
        ("公元前221年他在哪里？", {"前221年他在哪里？"}),
    ],
)
def test_dates(query: str, expected: set[str]) -> None:
    assert all_forms(query, "date") == expected


@pytest.mark.parametrize(
    "query", ["2000年代他在哪里？", "98年他在哪里？", "2月31日他在哪里？", "1998年13月2日他在哪里？", "五四那天他在哪里？"]
)
def test_dates_that_are_not_certain_stay(query: str) -> None:
    assert by_kind(query).get("date", query).replace("一九九八年", "1998年") == query


@given(st.integers(0, 10**12 - 1))
def test_a_number_is_read_back_as_it_was_written(value: int) -> None:
    assert number_of(han_number(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "零"),
        (10, "十"),
        (15, "十五"),
        (105, "一百零五"),
        (110, "一百一十"),
        (2008, "二千零八"),
        (10_005, "一万零五"),
        (150_000, "十五万"),
    ],
)
def test_numbers_in_characters(value: int, written: str) -> None:
    assert han_number(value) == written


@pytest.mark.parametrize("wrong", ["三四十", "一千二", "百", "十百", "", "万", "三国"])
def test_what_is_no_whole_number(wrong: str) -> None:
    assert number_of(wrong) is None


@pytest.mark.parametrize("value", [-1, 10**12])
def test_numbers_that_are_not_written(value: int) -> None:
    with pytest.raises(ValueError, match="is expected"):
        han_number(value)


# Traditional characters


@pytest.mark.parametrize(
    ("query", "kind", "expected"),
    [
        ("望鷺橋位於哪裡？", "synonym", {"望鷺橋在哪裡？"}),
        ("書店是什麼時候成立的？", "question", {"書店何時成立？", "書店在什麼時候成立？"}),
        ("茶廠設在哪裡？", "question", {"茶廠設在什麼地方？", "茶廠設在哪兒？"}),
        ("他擔任什麼職務？", "synonym", {"他出任什麼職位？"}),
        ("他畢業於北京師範大學嗎？", "abbreviation", {"他畢業於北師大嗎？"}),
        ("茶廠有15000人嗎？", "numeral", {"茶廠有一萬五千人嗎？"}),
        ("民國37年茶廠在哪裡？", "date", {"1948年茶廠在哪裡？"}),
        ("20世紀90年代茶廠在哪裡？", "date", {"1990年代茶廠在哪裡？", "二十世紀九十年代茶廠在哪裡？"}),
    ],
)
def test_traditional_stays_traditional(query: str, kind: str, expected: set[str]) -> None:
    assert all_forms(query, kind) == expected


def test_the_answers_tell_the_script_where_the_query_does_not() -> None:
    text = "他在何地上山？"
    assert script_of(text) == "other"
    (simplified,) = [m.text for m in reworded(draft(text, answers=["砚川县"])) if m.query_id.endswith("question")]
    traditional = {m.text for n in range(20) for m in reworded(draft(text, f"i{n}", ["硯川縣"])) if m.query_id.endswith("question")}
    assert simplified in {"他在哪里上山？", "他在什么地方上山？"}
    assert traditional == {"他在哪裡上山？", "他在什麼地方上山？"}


_PIECES = (
    "书店",
    "是什么时候",
    "成立",
    "的",
    "北京师范大学",
    "三千五百",
    "1998年5月3日",
    "《成立的书店》",
    "“谁担任”",
    "「擔任」",
    "在哪里",
    "多少",
    "谁",
    "為什麼",
    "？",
)
_QUERIES = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=8).map("".join)


@given(_QUERIES, st.text("abc", min_size=1, max_size=3))
def test_what_holds_of_every_rewording(text: str, query_id: str) -> None:
    made = reworded(draft(text, query_id))
    assert made == reworded(draft(text, query_id))
    kinds = [m.slices[-1] for m in made]
    assert len(set(kinds)) == len(kinds)
    for m in made:
        assert m.text != text
        assert m.text
        for protected in re.findall("《[^》]*》|“[^”]*”|「[^」]*」", text):
            assert protected in m.text


@given(st.text(max_size=40))
def test_any_text_goes_through(text: str) -> None:
    for m in reworded(draft(text)):
        assert m.text != text


def test_the_choice_depends_on_the_id_alone() -> None:
    query = "书店是什么时候成立的？"
    assert len(all_forms(query, "synonym")) > 1
    assert by_kind(query, "a") == by_kind(query, "a")


@given(st.text(max_size=30))
def test_plain_keeps_the_places(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert "".join(word.text for word in tagged(plain(text))) == plain(text)


# The tables


def test_no_word_becomes_itself_and_none_stands_twice() -> None:
    synonyms, abbreviations, kept = tables()
    for table in (synonyms, abbreviations):
        for word, entry in table.items():
            assert entry.others, word
            assert word not in entry.others
            assert len(set(entry.others)) == len(entry.others)
    assert not set(kept) & set(synonyms)
    assert len(synonyms) > 400
    assert len(abbreviations) > 300


def test_what_a_word_becomes_is_itself_no_longer_match() -> None:
    """Both directions of a group give each other, and one-way words never lead back."""
    synonyms, abbreviations, _ = tables()
    for table in (synonyms, abbreviations):
        for word, entry in table.items():
            for other in entry.others:
                back = table.get(other)
                assert back is None or back.place == entry.place or word not in back.others, (word, other)


def test_the_classes_are_those_the_head_of_the_table_names() -> None:
    head = {line.split()[1] for line in WORDS.read_text("utf-8").splitlines() if line.startswith("#   ")}
    lines = [line for line in WORDS.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert {line.partition(":")[0] for line in lines} == head


def test_a_word_with_two_lines_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from eval.datasets import rewording

    monkeypatch.setattr(rewording, "WORDS", tmp_path / "words.txt")
    (tmp_path / "words.txt").write_text("verb: 成立 创立\nverb: 成立 > 建立\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="two lines for '成立'"):
        tables.__wrapped__()


def test_every_word_of_the_tables_survives_the_way_to_traditional_and_back() -> None:
    from eval.datasets.rewording import _traditional

    synonyms, abbreviations, _ = tables()
    words = {word for table in (synonyms, abbreviations) for entry in table.values() for word in entry.others}
    assert [word for word in sorted(words) if plain(_traditional(word)) != word and fold(_traditional(word)) != fold(word)] == []


def test_the_note_says_how_it_was_made() -> None:
    assert "without a language model" in NOTE
    assert NOTE.endswith(".")
