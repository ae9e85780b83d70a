"""Joints on issues set here, and real publications against gold kept as hashes."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest

from eval.datasets.records import DatasetError
from eval.reading import joints, publications
from eval.reading.joints import WAYS, Issue, Way, judged, made_issue
from eval.reading.publications import GOLD, Check, checks, cut_paragraphs, digest, measure, mixed_passages, unaccounted
from qa.reading import read
from qa.records import Block, Decoding, Document, Section, Span

ARTICLES = [
    [
        f"{name}的老人都说，今年的潮水比往年大，码头边的石阶被冲掉了三级，村里请来石匠重新修整，又在旁边加了一道防护栏，"
        f"孩子们放学以后再也不用绕路。{name}的村支书说，修石阶的钱是大家凑的，一共凑了两万多元。",
        f"剩下的钱买了一批新的救生衣，就放在{name}码头的小屋里，谁下海都可以借用，用完了洗干净再放回去，村里专门请了一位老人"
        "负责看管，每天早晚各点一次数，几年下来一件也没有少过。",
    ]
    for name in ("石浦", "鹤浦", "高塘", "晓塘", "定塘", "新桥", "茅洋", "泗洲")
]


def read_text(text: str) -> Document:
    return read(text.encode(), path="刊.txt", doc_id="0" * 16)


@pytest.mark.parametrize("way", WAYS)
def test_every_cut_of_an_issue_is_where_it_says(way: Way) -> None:
    issue = made_issue(ARTICLES, way, random.Random(3))
    assert issue.cuts
    wholes = [paragraph for article in ARTICLES for paragraph in article]
    for end, start in issue.cuts:
        joined = issue.text[:end].rpartition("\n")[2] + issue.text[start:].partition("\n")[0]
        assert joined.replace("(接上页)", "").replace("(转下页)", "") in wholes
    assert made_issue(ARTICLES, way, random.Random(3)) == issue
    assert len(read_text(issue.text).sections) == len(ARTICLES)


def test_joints_are_judged_by_both_their_sides() -> None:
    issue = Issue(cuts={(4, 6): "column", (10, 12): "column"})
    document = document_of([("paragraph", "s1", [Span(0, 4), Span(6, 10)]), ("paragraph", "s1", [Span(12, 16), Span(18, 20)])])
    assert judged(issue, document) == ([True, False], {(4, 6): True, (10, 12): False})


def document_of(blocks: list[tuple[str, str, list[Span]]], text: str = "甲" * 20, sections: tuple[Section, ...] = ()) -> Document:
    made = tuple(Block(kind, tuple(spans), section_id=section) for kind, section, spans in blocks)  # type: ignore[arg-type]
    return Document("0" * 16, "0" * 64, "a", "山路", (), "", "", "", "text/plain", "text/0", Decoding(""), "hans", text, made, sections)


def test_points_are_compared_with_hashes_of_what_was_read() -> None:
    first = "山里的小学校只有一位老师。"
    sections = (Section("s1", "山路", authors=("王一", "李二"), pages="3-4"), Section("s2", "水路", pages="5"))
    document = document_of([("heading", "s1", [Span(0, 2)]), ("paragraph", "s1", [Span(3, 16)])], f"山路\n{first}", sections)
    gold = {
        "entries": [
            {"page": "3", "title": digest("山路"), "first": digest(first, 12), "authors": [digest("王一"), digest("李二")]},
            {"page": "5", "title": digest("水 路"), "first": digest(first, 12), "authors": []},
            {"page": "9", "title": digest("夜路"), "first": digest(first, 12), "authors": [digest("张三")]},
        ],
        "title": digest("『山路』"),
    }
    assert [(check.kind, check.place, check.right) for check in checks(document, gold)] == [
        ("entry found as article", "3", True),
        ("first paragraph", "3", True),
        ("authors", "3", True),
        ("entry found as article", "5", True),
        ("first paragraph", "5", False),
        ("entry found as article", "9", False),
        ("first paragraph", "9", False),
        ("authors", "9", False),
        ("title, date, source of a web text", "title", True),
    ]
    assert list(checks(document, {"pieces": [{"title": digest("山路"), "first": digest(first, 12)}] * 3})) == [
        Check("piece of a bundle", "1", True),
        Check("piece of a bundle", "2", False),
        Check("piece of a bundle", "3", False),
    ]


def test_characters_and_passages_are_counted() -> None:
    whole = document_of([("paragraph", "", [Span(0, 20)])])
    assert unaccounted(whole) == 0
    assert unaccounted(document_of([("paragraph", "", [Span(0, 12)]), ("paragraph", "", [Span(10, 18)])])) == 4
    assert mixed_passages(whole) == []
    cut = "码头边的石阶被冲掉了三级,村里请来石匠重新修整,又在旁边加了一道防护"
    document = document_of([("paragraph", "s1", [Span(0, len(cut))])], cut, (Section("s1", "山路"),))
    assert cut_paragraphs(document) == [(cut[-12:], False)]
    assert mixed_passages(document) == [False]


def test_the_gold_holds_hashes_only() -> None:
    content = GOLD.read_text(encoding="utf-8")
    assert content.isascii()
    assert len(json.loads(content)["files"]) == 5


def test_other_files_than_those_read_by_eye_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="read by eye"):
        measure(tmp_path)


def test_the_seeds_are_read_as_a_person_reads_them(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = measure(shared)
    assert all(goal.reached for goal in found.figures), found.rows
    publications.main(["--data", str(shared), "--cuts"])
    shown = capsys.readouterr().out
    assert "| cut paragraphs joined |" in shown
    assert " open: " in shown


def test_joints_of_held_out_news(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    joints.main(["--data", str(shared), "--count", "2"])
    assert "| out of order |" in capsys.readouterr().out
    values = {goal.metric.name: goal.metric.value for goal in joints.measure(shared, count=4, seed=2).figures}
    assert values["precision, columns, captions and pages"] >= 0.97
    assert values["recall, columns, captions and pages"] >= 0.9
    assert values["precision, jumps"] >= 0.9
    assert values["precision, columns out of order"] >= 0.75


def test_halves_follow_each_other() -> None:
    halves = joints._halved(ARTICLES[0], random.Random(1))
    assert "".join(half.text for half in halves) == "".join(ARTICLES[0])
    assert [half.number for half in halves] == list(range(len(halves)))
    assert all(not (before.goes_on and before.text[-1] in "。，") for before, _ in pairwise(halves))
