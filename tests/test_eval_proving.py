"""Proofs of answers: what the originals confirm is proved, what was changed on the way is named, and a run reports both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eval_fakes import A1, A2, CLOSED, FLOORS, Scripted, answered, claim, collection, refused

from embeddings.hashing_encoder import HashingEncoder
from eval.collection import Collection
from eval.gold import Query
from eval.proving import Prover
from eval.results import Config, Evaluation
from eval.run import ask, evaluation
from eval.systems.chuchu import Chuchu
from eval.tables import summary
from qa.assistant import Assistant
from qa.records import Answer, Statement

BRIDGE = "旧桥建于1958年，有九个桥洞，桥头立着石碑。"
FERRY = "擺渡人在渡口撐了四十年船，船票兩分錢。"
QUERY = "旧桥建于哪一年？"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "ferry.txt").write_bytes(FERRY.encode("big5"))
    with Assistant.open(tmp_path_factory.mktemp("library"), encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([folder / "bridge.txt"])
        assistant.ingest([folder / "ferry.txt"], encoding="big5")  # told, so the proof must read it as told too
        yield assistant


def answer_to(query: str, assistant: Assistant) -> Answer:
    answer = assistant.ask(query)
    assert answer.citations or answer.also_read
    return answer


@pytest.mark.parametrize("query", [QUERY, "船票多少錢？", "月球背面的旧桥有多冷？"])
def test_what_was_really_said_is_proved(assistant: Assistant, query: str) -> None:
    assert Prover(assistant.library).unproved(answer_to(query, assistant)) == ()


def test_a_changed_quote_is_named_with_its_place(assistant: Assistant) -> None:
    answer = answer_to(QUERY, assistant)
    (statement, *further), (first, *others) = answer.statements, answer.citations
    forged = replace(first, quote=first.quote.replace("1958", "1968"))
    said = Statement(forged.quote, statement.markers)
    unproved = Prover(assistant.library).unproved(replace(answer, statements=(said, *further), citations=(forged, *others)))
    assert len(unproved) == 1
    assert unproved[0].startswith("[1]: not confirmed: bridge.txt does not say so")


def test_a_statement_that_is_not_its_quote_is_named(assistant: Assistant) -> None:
    answer = answer_to(QUERY, assistant)
    said = Statement("旧桥有十个桥洞。", answer.statements[0].markers)
    (unproved,) = Prover(assistant.library).unproved(replace(answer, statements=(said, *answer.statements[1:])))
    assert unproved.startswith("statement 1: not confirmed")


def test_each_version_is_read_again_once(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    from eval import proving

    read: list[str] = []
    once = proving.read_again
    monkeypatch.setattr(proving, "read_again", lambda document, data: [read.append(document.path), once(document, data)][1])
    prover = Prover(assistant.library)
    for _ in range(3):
        prover.unproved(answer_to(QUERY, assistant))
    assert len(read) == len(set(read))


def test_our_own_answers_come_with_their_proof(assistant: Assistant) -> None:
    system = Chuchu(assistant, Collection(assistant.library))
    (response,) = system.respond([Query("q", QUERY, ("1958年",), True, (), ())])
    assert response.unproved == ()
    (found,) = Chuchu(assistant, Collection(assistant.library), answers=False).respond([Query("q", QUERY, (), True, (), ())])
    assert found.unproved is None  # it only searched: there is nothing to prove


def run(tmp_path: Path, *unproved: tuple[str, ...] | None) -> Evaluation:
    given = [answered(CLOSED, [A1], claim(A1)), answered(FLOORS, [A2], claim(A2)), refused(FLOORS)]
    responses = [replace(response, unproved=wrong) for response, wrong in zip(given, unproved, strict=False)]
    asked = ask(Scripted(*responses), [CLOSED, FLOORS], collection(), tmp_path / "journal.jsonl")
    config = Config("set", "0" * 64, "papers", "2" * 64, "hashing", "3" * 16, 2, 5, 2)
    from datetime import UTC, datetime

    return evaluation(config, [asked], datetime(2026, 1, 1, tzinfo=UTC), 1.0)


def test_a_run_reports_the_share_and_names_what_failed(tmp_path: Path) -> None:
    measured = run(tmp_path, (), ("[1]: not confirmed: a.txt does not say so at 0-13",))
    (system,) = measured.result.systems
    metric = system.metric("bundles verified")
    assert metric is not None
    assert metric.value == 0.5
    assert "- q2 新馆有几层？: [1]: not confirmed: a.txt does not say so at 0-13" in summary(measured)


def test_nothing_is_named_where_everything_is_proved_or_no_bundle_was_made(tmp_path: Path) -> None:
    whole, without = run(tmp_path / "whole", (), ()), run(tmp_path / "without", None, None)
    assert "Bundles that were not verified" not in summary(whole)
    assert "bundles verified" not in summary(without)
