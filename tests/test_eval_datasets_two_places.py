"""The queries that need two documents: what the file holds, and that both places are where they are said to be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embeddings.folding import fold
from eval.datasets import DatasetError, two_places
from eval.datasets.files import CMRC_DEV, CMRC_TRAIN, DRCD_DEV
from eval.datasets.named import load
from eval.datasets.two_places import TWO_PLACES, two_places_drafts

LINES = [json.loads(line) for line in TWO_PLACES.read_text(encoding="utf-8").splitlines()]


def test_the_file_holds_queries_and_places_and_no_text() -> None:
    assert {key for line in LINES for key in line} == {"id", "kind", "query", "first", "second"}
    assert {key for line in LINES for place in ("first", "second") for key in line[place]} == {"of", "document", "start", "end"}
    assert {line[place]["of"] for line in LINES for place in ("first", "second")} == {CMRC_TRAIN, CMRC_DEV, DRCD_DEV}
    assert all((line["first"]["of"] == CMRC_TRAIN) == (line["second"]["of"] == CMRC_TRAIN) for line in LINES)
    assert all((line["first"]["of"], line["first"]["document"]) != (line["second"]["of"], line["second"]["document"]) for line in LINES)


def test_each_query_asks_something_of_its_own() -> None:
    assert len({line["id"] for line in LINES}) == len({fold(line["query"]) for line in LINES}) == len(LINES)
    assert {line["kind"] for line in LINES} == {"step", "parts"}


def test_a_query_is_answered_by_both_places(shared: Path) -> None:
    drafts = [*load("two-places", shared).drafts, *load("two-places-train", shared).drafts]
    assert {draft.query_id for draft in drafts} == {line["id"] for line in LINES}
    for draft in drafts:
        second, first = draft.gold
        assert (draft.answers, draft.also) == ((second.quote,), ((first.quote,),))
        assert second.document != first.document


def test_the_name_between_two_steps_is_not_in_the_query(shared: Path) -> None:
    drafts = two_places_drafts(shared, (CMRC_TRAIN, CMRC_DEV, DRCD_DEV), "all")
    steps = [draft for draft in drafts if "kind: step" in draft.slices]
    named = [draft.query_id for draft in steps if fold(draft.also[0][0]) in fold(draft.text)]
    assert len(named) <= 0.03 * len(steps), named


def test_a_place_outside_its_passage_is_named(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"of": CMRC_DEV, "document": 0, "start": 4, "end": 9}
    line = {"id": "two-1", "kind": "step", "query": "桥有多长？", "first": place, "second": {**place, "end": 99_999}}
    path = tmp_path / "queries.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    monkeypatch.setattr(two_places, "TWO_PLACES", path)
    with pytest.raises(DatasetError, match="lies outside"):
        two_places_drafts(shared, (CMRC_DEV,), "two-places")
