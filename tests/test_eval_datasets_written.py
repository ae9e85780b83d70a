"""The queries written for Chuchu: what the file holds, and that they belong to their documents."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from embeddings.folding import fold
from eval.datasets import DatasetError, written
from eval.datasets.files import CAIL_DEV, CMRC_TRAIN, NEWS
from eval.datasets.held_out import is_held_out_stretch
from eval.datasets.written import WRITTEN, written_drafts, written_drafts_given, written_paragraphs

LINES = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]


def test_the_file_holds_queries_and_places_and_no_text() -> None:
    assert {line["of"] for line in LINES} == {NEWS, CAIL_DEV, CMRC_TRAIN}
    assert {key for line in LINES for key in line} == {"of", "document", "start", "end", "queries"}
    assert {key for line in LINES for query in line["queries"] for key in query} == {"query", "answers"}
    places = Counter((line["of"], line["document"]) for line in LINES)
    assert max(places.values()) == 1
    assert all(1 <= len(line["queries"]) <= 12 for line in LINES)


def test_each_query_asks_something_of_its_own() -> None:
    queries = [query["query"] for line in LINES for query in line["queries"]]
    assert len({fold(query) for query in queries}) >= 0.999 * len(queries)
    assert all(4 <= len(query) <= 60 and "\n" not in query for query in queries)
    silent = sum(not query["answers"] for line in LINES for query in line["queries"])
    assert 0.35 < silent / len(queries) < 0.45


def test_answers_stand_in_their_stretch_and_are_short() -> None:
    for line in LINES:
        for query in line["queries"]:
            assert all(0 <= start < end <= line["end"] - line["start"] and end - start <= 80 for start, end in query["answers"]), query


def test_an_answer_outside_its_stretch_is_named(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"of": NEWS, "document": 0, "start": 0, "end": 9, "queries": [{"query": "桥有多长？", "answers": [[4, 12]]}]}
    path = tmp_path / "queries.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    monkeypatch.setattr(written, "WRITTEN", path)
    with pytest.raises(DatasetError, match="桥有多长"):
        written_paragraphs(shared)


def test_they_belong_to_the_documents_of_the_data_folder(shared: Path) -> None:
    paragraphs = written_paragraphs(shared)
    assert len({paragraph.document for paragraph in paragraphs}) == len(paragraphs) == len(LINES)
    given, whole = written_drafts_given(paragraphs), written_drafts(paragraphs)
    assert {draft.query_id for draft in whole} == {draft.query_id for draft in given if draft.answerable}
    texts = {paragraph.document: paragraph.context for paragraph in paragraphs}
    for draft in given:
        (document,) = draft.among
        assert all(texts[document][gold.start :].startswith(gold.quote) for gold in draft.gold)
        assert draft.answerable == bool(draft.gold)
    kept = Counter(paragraph.item["of"] for paragraph in paragraphs if is_held_out_stretch(paragraph))
    every = Counter(paragraph.item["of"] for paragraph in paragraphs)
    assert all(0.03 < kept[name] / every[name] < 0.35 for name in every)
