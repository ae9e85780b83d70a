"""The catalogue is complete in both languages, and every sentence in it is used."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import ui
from qa.records import AnswerType, DropKind, ModelProblem
from ui.texts import TEXTS, browser_language, say, terminal_language

# Keys put together at run time.
FAMILIES = ("reason_", "col_", "script_", "state_", "bad_", "decided_", "kind_", "aside_", "outcome_", "drop_", "model_", "answer_")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same_with_the_same_fields(key: str) -> None:
    chinese, english = TEXTS[key]
    assert chinese.strip()
    assert english.strip()
    assert fields(chinese) == fields(english)


def test_every_sentence_is_used_and_every_used_one_is_there() -> None:
    files = [path for path in Path(ui.__file__).parent.iterdir() if path.suffix in (".py", ".html") and path.name != "texts.py"]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    used = {name for pair in re.findall(r"'([a-z_]+)'|\"([a-z_]+)\"", source) for name in pair}
    assert {key for key in TEXTS if not key.startswith(FAMILIES)} <= used
    said = re.findall(r"""\b(?:say|text)\((?:[\w.]+(?:\(\))?, )?["']([a-z_]+)["'](?! ~)""", source)
    assert len(said) > 50
    assert set(said) <= set(TEXTS)


def test_the_records_states_have_their_sentences() -> None:
    for key in ("reason_library_empty", "reason_nothing_matched", "reason_too_weak", "reason_query_empty"):
        assert say("zh", key) != say("en", key)
    for key in ("script_hans", "script_hant", "script_mixed", "script_other", "state_present", "state_missing", "state_removed"):
        assert say("zh", key) != say("en", key)


def test_what_became_of_a_models_sentences_can_be_said() -> None:
    for key in (*(f"drop_{kind}" for kind in get_args(DropKind)), *(f"model_{problem}" for problem in get_args(ModelProblem) if problem)):
        assert say("zh", key) != say("en", key)


def test_every_type_of_a_short_answer_has_its_word() -> None:
    for kind in get_args(AnswerType):
        assert say("zh", f"answer_{kind}") != say("en", f"answer_{kind}")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-TW", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr-FR,zh;q=0.5,en;q=0.7", "en"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=high,en;q=0.1", "en"),
    ],
)
def test_the_browsers_language(header: str, language: str) -> None:
    assert browser_language(header) == language


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LC_ALL": "zh_HK.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_terminals_language(variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal_language() == language
