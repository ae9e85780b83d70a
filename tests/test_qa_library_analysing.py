"""Terms made in other processes are the terms made here, in order, and a process that dies loses none of them."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from qa.library import analysing as module
from qa.library.analysing import analysed
from qa.records import Passage, Span
from qa.search.analysis import index_terms

HERE = os.getpid()


def passages(n: int) -> list[tuple[Passage, str]]:
    texts = [f"第{number}号茶山昨日开秤，收茶{number * 7}斤。" for number in range(n)]
    return [(Passage(f"p{number}", "d", "v", number, (Span(0, len(text)),), text), "新茶") for number, text in enumerate(texts)]


def dying(passage: Passage, title: str) -> Mapping[str, str]:
    """Ends every process but that of the test, whose number the title tells."""
    if os.getpid() != int(title):
        os._exit(9)
    return {"c": passage.text}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lots so small that processes are started for a dozen passages."""
    monkeypatch.setattr(module, "FEW", 4)
    monkeypatch.setattr(module, "LOT", 2)
    monkeypatch.setattr(module, "LOOK_AHEAD", 1)


@pytest.mark.parametrize("n", [0, 1, 4, 5, 6, 15])
def test_terms_are_the_same_wherever_they_are_made(small: None, n: int) -> None:
    expected = [(passage.passage_id, index_terms(passage, title)) for passage, title in passages(n)]
    assert list(analysed(passages(n), index_terms)) == expected


def test_few_passages_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_wanted(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("pebble.ProcessPool", none_wanted)
    assert len(list(analysed(passages(50), index_terms))) == 50


def test_what_a_dead_process_held_is_done_here(small: None) -> None:
    titled = [(passage, str(HERE)) for passage, _ in passages(9)]
    assert list(analysed(titled, dying)) == [(passage.passage_id, {"c": passage.text}) for passage, _ in titled]


def test_a_fault_in_the_analysis_is_told(small: None) -> None:
    with pytest.raises(TypeError):
        list(analysed(passages(9), len))  # type: ignore[arg-type]
