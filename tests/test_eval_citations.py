"""The check of many citations: what is counted, what is named, and that a run that was stopped goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings.hashing_encoder import HashingEncoder
from eval import citations
from eval.citations import Checked, checked, main, misquoted, queries_of, said
from eval.collection import Collection
from eval.datasets import Draft, DraftGold
from qa.assistant import Assistant
from qa.records import Answer, Antecedent, Span, Statement

TEXTS = {
    "桥.txt": "青石渡的木桥建于1931年，全长二百一十米，由同乡会集资修建。木桥通车那天，渡口停了半日的船。",
    "馆.txt": "县图书馆在2022年接待读者8.4万人次，比上年增长12%。馆长沈阿满表示，二楼的报刊室计划于明年开放。",
}
DRAFTS = (Draft("q", "木桥是谁出钱修的？", ("同乡会",), True, (DraftGold("桥.txt", "同乡会"),), "here"),)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    (tmp_path / "documents").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "documents" / name).write_text(text, encoding="utf-8")
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([tmp_path / "documents"])
        yield assistant


def test_queries_are_those_of_the_set_and_made_of_the_documents_the_same_every_time(assistant: Assistant) -> None:
    collection = Collection(assistant.library)
    queries = list(queries_of(collection, DRAFTS))
    assert queries == list(queries_of(collection, DRAFTS))
    assert "木桥是谁出钱修的？" in queries
    assert len(queries) >= 3
    assert all(len(query) >= 6 for query in queries)


def test_what_is_shown_as_it_stands_is_counted_and_nothing_fails(assistant: Assistant) -> None:
    queries = list(queries_of(Collection(assistant.library), DRAFTS))
    *_, last = checked(queries, assistant)
    assert last.asked == len(queries)
    assert 0 < last.answered <= last.asked
    assert last.quotes >= last.answered
    assert last.failures == ()


def test_a_quote_that_stands_elsewhere_is_named_wherever_it_is_shown(assistant: Assistant) -> None:
    answer = assistant.ask("木桥建于哪一年？")
    (first, *others) = answer.citations
    assert misquoted(answer, assistant.library.document) == []
    moved = replace(first, spans=(Span(first.spans[0].start + 1, first.spans[0].end + 1),))
    assert misquoted(replace(answer, citations=(moved, *others)), assistant.library.document) == [f"cited 1 does not stand in {first.path}"]
    for place in ("also_read", "reprints"):
        shown = replace(answer, **{place: (replace(moved, marker=1 if place == "reprints" else 0),)})
        (wrong,) = misquoted(shown, assistant.library.document)
        assert wrong.startswith(place.replace("_", " ").removesuffix("s"))


def test_what_a_pronoun_is_said_to_stand_for_must_stand_there_too(assistant: Assistant) -> None:
    answer = assistant.ask("木桥建于哪一年？")
    (first, *_), (citation, *_) = answer.statements, answer.citations
    named = Antecedent(Span(0, 1), citation.quote[0], 1, (Span(citation.spans[0].start, citation.spans[0].start + 1),))
    for words, wrong in ((named.words, []), ("他", [f"antecedent 1 does not stand in {citation.path}"])):
        said = Statement(first.text, first.markers, antecedents=(replace(named, words=words),))
        assert misquoted(replace(answer, statements=(said, *answer.statements[1:])), assistant.library.document) == wrong


def test_an_answer_that_fails_is_counted_once_with_its_query(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = assistant.ask

    def lying(query: str) -> Answer:
        answer = ask(query)
        quote = "木桥建于1932年。"
        wrong = replace(answer.citations[0], quote=quote)
        return replace(answer, citations=(wrong, *answer.citations[1:]))

    monkeypatch.setattr(assistant, "ask", lying)
    *_, last = checked(["木桥建于哪一年？"], assistant)
    (failure,) = last.failures
    assert failure.startswith("木桥建于哪一年？: cited 1 does not stand in ")
    assert "not confirmed" in failure  # and the bundle says so too


def test_the_count_says_how_many_failures_there_may_be() -> None:
    assert "95 %: at most 0.2991%" in said(Checked(1000, 900, 3000))  # 1 - 0.05 ** (1 / 1000)
    assert said(Checked(10, 9, 30, ("木桥？: cited 1",))).endswith("- 木桥？: cited 1")
    assert said(Checked()) == "0 queries asked: 0 answered, 0 refused; 0 quotes shown"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that the command finds built, and a data folder that it need not open."""
    (tmp_path / "documents").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "documents" / name).write_text(text, encoding="utf-8")

    def build(folder: Path, *_: object) -> Assistant:
        assistant = Assistant.open(folder / "library", encoder=HashingEncoder(dim=64))
        assistant.ingest([tmp_path / "documents"])
        return assistant

    monkeypatch.setattr(citations, "data_folder", lambda folder: folder)
    monkeypatch.setattr(citations, "read_squad", lambda path: DRAFTS)
    monkeypatch.setattr(citations, "build_library", build)
    return tmp_path / "built"


def test_the_command_counts_and_goes_on_where_it_was(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--library", str(library), "--data", str(library)]
    main([*arguments, "--queries", "2"])
    assert capsys.readouterr().out.startswith("2 queries asked: ")
    (journal,) = library.glob("citations-*.json")
    kept = json.loads(journal.read_text(encoding="utf-8"))
    journal.write_text(json.dumps({**kept, "quotes": 1000}), encoding="utf-8")
    main([*arguments, "--queries", "3"])
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("3 queries asked: ")
    assert int(first.rpartition("; ")[2].split()[0]) > 1000  # the first two were not asked again


def test_stopped_it_says_what_was_checked(library: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ask, asked = Assistant.ask, []

    def stopped(self: Assistant, query: str) -> Answer:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(query)
        return ask(self, query)

    monkeypatch.setattr(Assistant, "ask", stopped)
    with pytest.raises(SystemExit) as exit_:
        main(["--library", str(library), "--data", str(library)])
    assert exit_.value.code == 130
    assert capsys.readouterr().out.startswith("2 queries asked: ")
    assert len(list(library.glob("citations-*.json"))) == 1
