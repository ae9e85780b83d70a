"""Slices: what a query asks for, in both scripts; boundaries of length, of shared words, of nearly equal passages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.gold import GoldSpan, Query
from eval.slices import copies, slices, type_of
from eval.words import tagged


@dataclass
class Texts:
    """A collection of texts by name."""

    by_name: dict[str, str]
    asked: list[str] = field(default_factory=list)

    def document(self, name: str) -> Texts:
        self.asked.append(name)
        return Texts({"": self.by_name[name]})

    @property
    def text(self) -> str:
        return self.by_name[""]


def query(text: str, *places: GoldSpan, answerable: bool = True) -> Query:
    return Query("q1", text, ("无",), answerable, (), places)


def groups(text: str, *passages: str) -> dict[str, list[str]]:
    """Family -> its groups, for a query whose gold paragraphs are the passages."""
    collection = Texts({str(number): f"前言。{passage}后记。" for number, passage in enumerate(passages)})
    places = [GoldSpan(str(number), 3, 3 + len(passage)) for number, passage in enumerate(passages)]
    found: dict[str, list[str]] = {}
    for label in slices(query(text, *places), collection):  # type: ignore[arg-type]
        family, _, group = label.partition(": ")
        found.setdefault(family, []).append(group)
    return found


# Type

TYPES = {
    "who": """
        茶厂的老板是谁？ 谁建了这座桥？ 这首诗是何人所写？ 茶厂由什么人管理？ 哪位医生救了他？
        哪一位学生得了奖？ 哪名球员进了球？ 哪个人先到？ 哪些人来过茶园？ 哪几个人没有来？
        他是哪部戏的主角，由哪个演员来演？ 报社换过哪些总统？ 这座桥为什么人所建？ 茶廠的老闆是誰？
        這首詩是何人所寫？ 哪兩位客人先到？
    """,
    "when": """
        桥是什么时候建成的？ 什么时间开门？ 茶厂哪一年搬走？ 哪年下过大雪？ 他何时回来？ 何年何月开工？
        哪一天放假？ 几月几号开会？ 几点开门？ 这是哪个朝代的瓶子？ 塔建于几世纪？ 他是哪个年代的人？
        开工日期是？ 他的生日是哪天？ 茶节在哪个季节举行？ 船于公元几年沉没？ 橋是什麼時候建成的？ 他何時回來？
        茶廠哪一年搬走？ 在什么时期茶最贵？ 茶价从哪个月开始上涨？
    """,
    "where": """
        茶厂在哪里？ 他住在哪儿？ 桥位于何处？ 何地产茶？ 茶节在什么地方举行？ 他是哪国人？ 哪个城市最大？
        茶来自哪些地区？ 茶种从哪个国家传来？ 茶厂的地址是什么？ 他的出生地是？ 茶厂在哪？ 茶廠在哪裡？
        茶節在什麼地方舉行？ 車停在哪個車站？ 这种鸟生活在什么地区？
    """,
    "how many": """
        茶厂有多少人？ 票价多少钱？ 桥有多长？ 塔有多高？ 会开了多久？ 他今年多大？ 路有多远？ 家里有几口人？
        桥有几个孔？ 他得过几次奖？ 百分之几的人赞成？ 这是第几届茶节？ 茶廠有多少人？ 橋有幾個孔？ 湖有多深？
        他几岁上学？ 面积有多大？ 多长时间来一班车？
    """,
    "why": """
        为什么茶厂搬走了？ 茶厂为什么搬走？ 他为何辞职？ 桥因何得名？ 停工的原因是什么？ 由于什么停工？
        什么原因使他离开？ 他怎么会迟到？ 茶廠為什麼搬走？ 他為何辭職？ 是因为什么搬走的？ 停工的原因是？
        出于什么理由拒绝？
    """,
    "other": """
        这种茶有什么特点？ 茶厂叫什么名字？ 县城改名为什么？ 又称为什么？ 这里被称为何物？ 什么是春茶？
        这首歌是哪张专辑里的？ 怎样泡茶？ 茶厂和报社有什么区别？ 他会不会唱歌？ 这座桥属于什么类型？
        海上来了几内亚的船吗？ 這種茶有什麼特點？ 哪所大学最老？ 任何时候都可以去吗？ 好几个人都来了吗？
        最大多数是什么？ 十几个村子叫什么？
    """,
}


@pytest.mark.parametrize(("text", "expected"), [(text, name) for name, texts in TYPES.items() for text in texts.split()])
def test_the_type_is_read_from_question_words(text: str, expected: str) -> None:
    assert type_of(text) == expected


def test_white_space_and_width_do_not_matter() -> None:
    assert type_of("茶厂 在 哪 里 ?") == type_of("茶厂在哪里？") == "where"


@given(st.text(max_size=60))
def test_every_text_has_a_type(text: str) -> None:
    assert type_of(text) in TYPES


# Script, length, shared words, names


def test_all_families_of_a_query_with_gold() -> None:
    found = groups("李白在哪里摆渡？", "李白在鹭溪摆渡。")
    assert found == {
        "query script": ["hans"],
        "passage script": ["hans"],
        "type": ["where"],
        "names": ["person"],
        "passage length": ["under 100"],
        "shared words": ["many"],
    }


def test_without_gold_only_what_the_query_tells() -> None:
    labels = slices(query("誰是縣長？", answerable=False), Texts({}))  # type: ignore[arg-type]
    assert labels == ("query script: hant", "type: who", "names: none")


@pytest.mark.parametrize(
    ("text", "passage", "expected"),
    [("木桥", "木橋", ("hans", "hant")), ("木橋和木桥", "人", ("mixed", "other")), ("人", "木桥", ("other", "hans"))],
)
def test_scripts(text: str, passage: str, expected: tuple[str, str]) -> None:
    found = groups(text, passage)
    assert (found["query script"], found["passage script"]) == ([expected[0]], [expected[1]])


@pytest.mark.parametrize(("length", "group"), [(1, "under 100"), (99, "under 100"), (100, "100-300"), (300, "100-300"), (301, "over 300")])
def test_lengths(length: int, group: str) -> None:
    assert groups("茶厂在哪里？", "茶" * length)["passage length"] == [group]


@pytest.mark.parametrize(
    ("passage", "group"),
    [
        ("什么都没有。", "none"),
        ("报纸涨价了。", "few"),  # 1 of 4
        ("报纸和汽车。", "few"),  # 2 of 4
        ("报纸、汽车和医院。", "many"),  # 3 of 4
        ("報紙、汽車、醫院、學校。", "many"),  # in the other script
    ],
)
def test_shared_words(passage: str, group: str) -> None:
    assert groups("报纸、汽车、医院、学校在哪里？", passage)["shared words"] == [group]


def test_the_paragraph_that_shares_most_counts() -> None:
    assert groups("报纸在哪里？", "什么都没有。", "报纸在这里。")["shared words"] == ["many"]


def test_a_query_of_question_words_alone_shares_nothing_and_gets_no_label() -> None:
    assert "shared words" not in groups("是什么？", "什么都没有。")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("李白是谁？", ["person"]),
        ("米高·积信是谁？", ["person"]),
        ("北京在哪里？", ["place"]),
        ("李白去过北京吗？", ["person", "place"]),
        ("北京银行有多少人？", ["place", "organisation"]),
        ("李白去過上海嗎？", ["person", "place"]),
        ("哪家银行最大？", ["none"]),
        ("茶是什么？", ["none"]),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert groups(text, "桥")["names"] == expected


# Copies


PARAGRAPH = "望鹭桥在一九五七年秋天建成，长一百二十米，桥头有两棵老樟树。"


def label_of(others: Sequence[str], text: str = PARAGRAPH) -> str:
    collection = Texts({"a": text})
    return copies(query("桥有多长？", GoldSpan("a", 0, len(text))), collection, lambda _: others)  # type: ignore[arg-type]


def test_copies() -> None:
    assert label_of([]) == "copies: no"
    assert label_of(["全是别的话，没有一句相同。"]) == "copies: no"
    assert label_of(["全是别的话。", PARAGRAPH]) == "copies: yes"
    assert label_of(["望鷺橋在一九五七年秋天建成，長一百二十米，\n橋頭有兩棵老樟樹。"]) == "copies: yes"  # script and line ends


def test_copies_at_exactly_half() -> None:
    """The paragraph has 10 runs of five characters; a text that adds 10 more shares half of the 20, one that adds 11 does not."""
    own = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
    assert len(own) - 4 == 10
    added = "天地玄黄宇宙洪荒日月盈"
    assert label_of([own + added[:10]], own) == "copies: yes"
    assert label_of([own + added], own) == "copies: no"


def test_short_paragraphs_are_compared_whole() -> None:
    assert label_of(["茶"], "茶") == "copies: yes"
    assert label_of(["水"], "茶") == "copies: no"


def test_without_gold_there_is_nothing_to_copy() -> None:
    assert copies(query("桥有多长？", answerable=False), Texts({}), lambda _: [PARAGRAPH]) == ""  # type: ignore[arg-type]


def test_nearest_is_asked_with_the_gold_paragraph() -> None:
    asked: list[str] = []

    def nearest(text: str) -> list[str]:
        asked.append(text)
        return []

    copies(query("桥有多长？", GoldSpan("a", 2, 6)), Texts({"a": "序言望鹭桥长后记"}), nearest)  # type: ignore[arg-type]
    assert asked == ["望鹭桥长"]


# Cost


def test_importing_is_cheap_and_jieba_leaves_no_file(tmp_path: Path) -> None:
    program = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "import eval.slices\n"
        "assert 'jieba' not in sys.modules\n"
        "from eval.words import tagged\n"
        "assert [word.text for word in tagged('茶厂在北京')][-1] == '北京'\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program, tmp_path], check=True, cwd=Path(__file__).parents[1])
    assert list(tmp_path.iterdir()) == []


def test_words_have_no_gaps() -> None:
    words = tagged("罗水生在1998年摆渡。")
    assert [word.start for word in words[1:]] == [word.end for word in words[:-1]]
