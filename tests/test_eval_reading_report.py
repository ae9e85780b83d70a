"""The measurements of reading together: the command, the folder, the page. The measurements are made up, but for one that is quick."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest

from eval import command
from eval.datasets import DatasetError
from eval.metrics.intervals import Metric, summarise
from eval.reading.collecting import NAMES, measured, write_measurements
from eval.reading.measurement import Goal, Measurement
from eval.report.reading import number, reading_page
from eval.results import Environment
from qa.records import from_json

ENVIRONMENT = Environment("2025-01-02T03:04:05+00:00", 6.7, (), "an old laptop", "3.11.2", ("numpy==2.0.0",))
HOSTILE = '<script>alert("1")</script>\'"&amp;<!-- /environment -->\u202e'
JOINTS = Measurement(
    "joints",
    "Paragraphs joined",
    "python -m eval.reading.joints",
    (Goal(summarise("precision", [1.0, 1.0]), "at least", 0.99), Goal(summarise("recall", [1.0, 0.0]), "at least", 0.9)),
    ("cut by", "right"),
    (("column", "1"), ("page", "0")),
    "Two issues.",
)
SPEED = Measurement("speed", "Speed", "x", (Goal(Metric("text", 1_234_567.8, 1_200_000, 1_300_000, 5), "at least", 1_000_000),), ("a",), ())

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def chuchu_eval(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command in this process: exit code, stdout, stderr."""
    (tmp_path / "shared" / "data").mkdir(parents=True)

    def run(*arguments: str) -> tuple[int, str, str]:
        options = [] if "--help" in arguments else ["--data", str(tmp_path / "shared"), "--out", str(tmp_path / "out")]
        monkeypatch.setattr(sys, "argv", ["chuchu-eval", "reading", *arguments, *options])
        with pytest.raises(SystemExit) as caught:
            command.main()
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


def given(monkeypatch: pytest.MonkeyPatch, found: dict[str, Measurement | BaseException]) -> list[str]:
    """Lets each name be measured as told; the names that were asked for."""
    asked: list[str] = []

    def measure(name: str, data: Path) -> Measurement:
        asked.append(name)
        one = found[name]
        if isinstance(one, BaseException):
            raise one
        return one

    monkeypatch.setattr(command, "measured", measure)
    return asked


class Words(HTMLParser):
    """The words of a page and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in ("src", "style") for name, _ in attrs)


def test_every_name_is_a_measurement() -> None:
    for name in NAMES:
        assert callable(import_module(f"eval.reading.{name}").measure)


def test_the_page_shows_each_figure_its_goal_and_what_falls_short() -> None:
    html = reading_page([JOINTS, SPEED], ENVIRONMENT)
    text = " ".join(" ".join(Words(html).words).split())
    assert "2 of 3 figures reach their goals" in text
    assert "Paragraphs joined : recall is 0.500 (95 %: 0.000–1.000, n 2), to be at least 0.9." in text
    assert "1,234,568" in text
    assert "at least 1,000,000" in text
    assert "python -m eval.reading.joints" in text
    assert text.count("an old laptop") == 1
    assert html == reading_page([JOINTS, SPEED], ENVIRONMENT)
    assert "Nothing: every figure reaches its goal." in reading_page([SPEED], ENVIRONMENT)
    with pytest.raises(ValueError, match="at least one"):
        reading_page([], ENVIRONMENT)


def test_the_page_runs_nothing_and_lets_no_word_out_of_its_place() -> None:
    hostile = Measurement("joints", HOSTILE, HOSTILE, (Goal(summarise(HOSTILE, [1.0]), "at least", 1),), (HOSTILE,), ((HOSTILE,),), HOSTILE)
    html = reading_page([hostile], ENVIRONMENT)
    found = Words(html)
    assert "script" not in found.tags
    assert found.tags.count("bdi") >= 5
    assert html.count("<!-- /environment -->") == 1
    [style] = re.findall("<style>(.*?)</style>", html, re.S)
    assert f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}" in html


@pytest.mark.parametrize(("value", "shown"), [(0.98765, "0.988"), (1.0, "1.000"), (12.4, "12"), (1_234_567.8, "1,234,568")])
def test_numbers(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_folder_reads_back(tmp_path: Path) -> None:
    write_measurements([JOINTS], ENVIRONMENT, tmp_path / "out")
    assert from_json(Measurement, json.loads((tmp_path / "out" / "joints.json").read_text())) == JOINTS
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["environment.json", "joints.json", "report.html"]


# The command


def test_all_are_measured_and_printed(chuchu_eval: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = given(monkeypatch, dict.fromkeys(NAMES, JOINTS))
    code, out, err = chuchu_eval()
    assert (code, asked) == (0, list(NAMES))  # a goal that is missed is a result
    assert out.count("# Paragraphs joined") == len(NAMES)
    assert "report.html" in err
    assert (tmp_path / "out" / "report.html").exists()


def test_only_some_as_json(chuchu_eval: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = given(monkeypatch, {"joints": JOINTS, "speed": SPEED})
    code, out, _ = chuchu_eval("--only", "speed", "--only", "joints", "--json")
    assert (code, asked) == (0, ["joints", "speed"])
    assert [one["name"] for one in json.loads(out)] == ["joints", "speed"]


def test_missing_data_costs_its_measurement_and_no_other(chuchu_eval: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given(monkeypatch, {"joints": JOINTS, "speed": DatasetError("no news; copy it")})
    code, _, err = chuchu_eval("--only", "speed", "--only", "joints")
    assert (code, "not measured: speed: no news; copy it" in err) == (3, True)
    assert (tmp_path / "out" / "joints.json").exists()
    code, out, err = chuchu_eval("--only", "speed")
    assert (code, out) == (1, "")


def test_stopped_the_folder_holds_what_was_measured(chuchu_eval: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given(monkeypatch, {"joints": JOINTS, "speed": KeyboardInterrupt()})
    code, _, err = chuchu_eval("--only", "speed", "--only", "joints")
    assert (code, f"stopped; measured and written to {tmp_path / 'out'}: joints" in err) == (130, True)
    assert "Paragraphs joined" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not list((tmp_path / "out").glob("*.part"))


def test_misuse(chuchu_eval: Run) -> None:
    code, _, err = chuchu_eval("--only", "taste")
    assert code == 2
    assert "taste" in err


def test_a_real_measurement(shared: Path) -> None:
    found = measured("publications", shared)
    assert found.figures
    assert all(len(row) == len(found.columns) for row in found.rows)
