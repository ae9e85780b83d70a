"""A run that is stopped goes on where it was, and never from what belongs to another."""

from __future__ import annotations

from pathlib import Path

import pytest
from eval_fakes import A1, A2, CLOSED, FLOORS, MOVED, QUERIES, Scripted, answered, claim, refused

from eval.journal import forget, responses

GIVEN = (
    answered(CLOSED, [A1], claim(A1), short_answer="周一\u2028"),
    answered(FLOORS, [A2], claim(A2)),
    refused(MOVED, withheld="不知\n道"),
)


def test_a_stopped_run_goes_on_from_what_it_has(tmp_path: Path) -> None:
    journal = tmp_path / "journals" / "one.jsonl"
    running = responses(Scripted(*GIVEN), QUERIES, journal)
    assert [next(running), next(running)] == list(GIVEN[:2])
    running.close()  # type: ignore[attr-defined]
    again = Scripted(*GIVEN)
    assert list(responses(again, QUERIES, journal)) == list(GIVEN)
    assert again.asked == 1
    assert list(responses(Scripted(), QUERIES, journal)) == list(GIVEN)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_was_cut_is_asked_again(tmp_path: Path, cut: int) -> None:
    journal = tmp_path / "one.jsonl"
    list(responses(Scripted(*GIVEN), QUERIES, journal))
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert list(responses(Scripted(*GIVEN), QUERIES, journal)) == list(GIVEN)
    assert journal.read_text(encoding="utf-8").count("\n") == 3


def test_from_the_first_response_to_another_query_on_nothing_is_kept(tmp_path: Path) -> None:
    journal = tmp_path / "one.jsonl"
    list(responses(Scripted(*GIVEN), QUERIES, journal))
    again = Scripted(*GIVEN)
    assert [one.query_id for one in responses(again, (CLOSED, MOVED), journal)] == ["q1", "q3"]
    assert again.asked == 1


def test_a_journal_of_another_form_is_not_used(tmp_path: Path) -> None:
    journal = tmp_path / "one.jsonl"
    journal.write_text('{"format": 2}\nnonsense\n', encoding="utf-8")
    assert list(responses(Scripted(*GIVEN), QUERIES, journal)) == list(GIVEN)


def test_journals_are_forgotten(tmp_path: Path) -> None:
    list(responses(Scripted(*GIVEN), QUERIES, tmp_path / "one.jsonl"))
    forget([tmp_path / "one.jsonl", tmp_path / "never.jsonl"])
    assert not list(tmp_path.iterdir())
