"""The measure of decoding: what is cut, what counts as right, what the tables say. The texts are invented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from eval.reading.decoding import (
    ENCODINGS,
    HAN,
    Trial,
    cantonese,
    confusion,
    encoded,
    goals,
    headlines,
    main,
    measurement,
    mostly_latin,
    share_table,
    shares,
    streams,
    trial,
    windows,
)

TEXT = "渡口的老船工說，今年汛期比往年早了半個月。他把纜繩換成了新的，又在岸邊多打了兩根木樁。"


def done(kind: str, encoding: str, *, right: int, wrong: int, length: int = 40) -> list[Trial]:
    return [Trial(kind, length, encoding, encoding if place < right else "utf-8", place < right, 0.9) for place in range(right + wrong)]


def test_windows_are_what_was_asked_for() -> None:
    stream = f"abc def {TEXT}\n" * 3
    cut = list(windows(stream, 10, 50, "big5", HAN, seed=1))
    assert len(cut) == 50
    assert all(len(text) == 10 and text in stream and HAN.search(text) for text in cut)
    assert cut == list(windows(stream, 10, 50, "big5", HAN, seed=1))
    assert list(windows("纸船" * 20, 4, 5, "big5", HAN, seed=1)) == []  # 纸 is not in Big5
    assert list(windows(stream, 4, 5, "utf-8", re.compile("鯨"), seed=1)) == []


def test_streams_hold_every_text_and_keep_scripts_apart() -> None:
    stream = streams({"kind": (("一", "二"), ("三", "四"))}, seed=3)["kind"].split("\n")
    assert (set(stream[:2]), set(stream[2:])) == ({"一", "二"}, {"三", "四"})


def test_kinds() -> None:
    assert headlines([TEXT])[1] == "他把纜繩換成了新的 又在岸邊多打了兩根木"
    assert list(cantonese("他們不在渡口。汛期比往年早。")) == ["佢哋唔喺渡口"]
    assert mostly_latin(["老船工用Long Life 2000牌纜繩"]) == ("工用Long Life 2000牌纜",)


def test_what_an_encoding_lacks_is_not_written() -> None:
    assert encoded("纸", "big5") == b""
    assert encoded("ひ", "big5") == b""  # Python has a code for it that nothing else has
    assert encoded("ひ", "big5hkscs") != b""
    assert encoded("•", "cp950") == b""  # it would come back as ‧


def test_a_trial_is_right_when_the_text_is_equal() -> None:
    made = trial("prose hant", len(TEXT), "big5", TEXT)
    assert made == Trial("prose hant", len(TEXT), "big5", "big5hkscs", True, made.confidence)
    assert not trial("prose hant", 1, "utf-16-le", "乎").right  # N and N: two letters


def test_shares_and_goals() -> None:
    found = shares(
        [
            *done("prose hans", "gbk", right=3, wrong=1),
            *done("prose hant", "gbk", right=4, wrong=0),
            *done("HKSCS", "big5", right=0, wrong=2),
        ]
    )
    assert {(share.kind, share.encoding): share.metric.value for share in found} == {
        ("prose", "gbk"): 7 / 8,
        ("prose hans", "gbk"): 3 / 4,
        ("prose hant", "gbk"): 1.0,
        ("HKSCS", "big5"): 0.0,
    }


def test_goals_are_over_prose_of_both_scripts() -> None:
    short, longer = done("prose hans", "gbk", right=3, wrong=1, length=10), done("prose hant", "gbk", right=4, wrong=0, length=160)
    found = goals([*short, *longer, *done("HKSCS", "big5", right=0, wrong=2), *done("prose hans", "big5", right=1, wrong=1, length=4)])
    assert [(one.metric.name, one.metric.value, one.goal, one.reached) for one in found] == [
        ("gbk, 10 characters", 0.75, 0.95, False),
        ("gbk, 40 and more", 1.0, 0.995, True),
    ]


def test_tables() -> None:
    trials = done("prose hans", "gbk", right=3, wrong=1)
    assert confusion(trials)["gbk"] == {"gbk": 3, "utf-8": 1}
    found = measurement(trials, 4, 0)
    assert found.columns == ("written in, read as", "gbk", "utf-8")
    assert ("gbk", "3", "1") in found.rows
    row = next(line for line in share_table(shares(trials), "prose").splitlines() if line.startswith("| gbk"))
    assert row.startswith("| gbk | - | - | 75.00% (")
    assert row.endswith(" of 4 | - | - |")


def test_the_command(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--data", str(shared), "--texts", "6", "--json"])
    said = json.loads(capsys.readouterr().out)
    lengths = {share["length"] for share in said["shares"] if share["kind"] == "prose"}
    assert lengths == {4, 10, 40, 160, 1000}
    assert set(said["confusion"]) == set(ENCODINGS)
    assert all(share["metric"]["value"] > 0.9 for share in said["shares"] if share["kind"] == "prose" and share["length"] >= 40)
    assert said["bytes_a_second"] > 1e6
