"""The sample library keeps what its documentation says: formats and encodings, both scripts, the reprint, and exact gold quotes."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from embeddings.folding import fold
from qa.reading import read
from qa.records import Document
from qa.sample import documents_folder, queries_file

MAGAZINE = "鹭溪 2023年春季号（总第62期）.txt"
ORIGINAL = "望鹭桥封闭维修 砚川晚报2021-06-18.txt"
REPRINT = "蘭灣華報轉載 望鷺橋封閉維修.txt"

QUERIES: list[dict[str, Any]] = [json.loads(line) for line in queries_file().read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [query for query in QUERIES if query["answerable"]]
UNANSWERABLE = [query for query in QUERIES if not query["answerable"]]

FIELDS = {"id", "query", "script", "type", "document", "gold", "answers", "answerable"}
FIELDS_UNANSWERABLE = FIELDS | {"lookalike", "never_together"}


@cache
def documents() -> dict[str, Document]:
    paths = sorted(path for path in documents_folder().iterdir() if path.is_file())
    return {path.name: read(path.read_bytes(), path=path.name, doc_id=f"{number:016x}") for number, path in enumerate(paths)}


def test_twenty_documents_in_both_scripts():
    scripts = Counter(document.script for document in documents().values())
    assert scripts == {"hans": 14, "hant": 6}


def test_formats_and_encodings():
    names = list(documents())
    suffixes = Counter(name.rsplit(".", 1)[1] for name in names)
    assert suffixes == {"txt": 13, "md": 3, "html": 2, "docx": 1, "pdf": 1}
    encodings = {name: document.decoding.encoding for name, document in documents().items()}
    found = {encoding_family(encoding) for encoding in encodings.values()}
    assert found == {"utf-8", "gb18030", "big5", "utf-16", ""}
    decided = {document.decoding.decided_by for document in documents().values()}
    assert decided >= {"bom", "declared", "utf-8", "frequency", "format"}


def encoding_family(encoding: str) -> str:
    name = encoding.lower().replace("_", "-")
    for family in ("utf-8", "utf-16", "gb", "big5"):
        if name.startswith(family):
            return "gb18030" if family == "gb" else family
    return name


def test_nothing_was_lost_or_decoded_wrongly():
    for name, document in documents().items():
        assert "\ufffd" not in document.text, name
        longest = 6000 if name == MAGAZINE else 2500
        assert 500 <= len(document.text) <= longest, name
    assert len(documents()[MAGAZINE].text) >= 4000


def test_the_reprint_is_the_same_text_in_the_other_script():
    original, reprint = documents()[ORIGINAL].text, documents()[REPRINT].text
    assert original != reprint
    assert fold(original) == fold(reprint)


def test_two_documents_disagree_about_the_bridge():
    contradiction = next(query for query in QUERIES if query["id"] == "q01")
    years = {year for gold in contradiction["gold"] for year in re.findall(r"\d{4}", gold["quote"])}
    assert years == {"1837", "1841"}
    assert len({gold["document"] for gold in contradiction["gold"]}) == 2


def test_queries_are_well_formed():
    assert len(ANSWERABLE) >= 32
    assert len(UNANSWERABLE) >= 8
    assert len({query["id"] for query in QUERIES}) == len(QUERIES)
    assert len({query["query"] for query in QUERIES}) == len(QUERIES)
    for query in QUERIES:
        assert set(query) == (FIELDS if query["answerable"] else FIELDS_UNANSWERABLE), query["id"]
        assert query["script"] in {"hans", "hant"}
        assert query["type"] in {"who", "when", "where", "how_many", "what", "why", "how"}


def test_queries_cross_the_scripts():
    documents_of = {name: document.script for name, document in documents().items()}
    pairs = Counter((query["script"], documents_of[query["document"]]) for query in ANSWERABLE)
    assert pairs["hant", "hans"] >= 5
    assert pairs["hans", "hant"] >= 5


@pytest.mark.parametrize("query", ANSWERABLE, ids=lambda query: query["id"])
def test_every_gold_quote_is_in_its_document_exactly_once(query: dict[str, Any]):
    assert query["document"] == query["gold"][0]["document"]
    for gold in query["gold"]:
        assert documents()[gold["document"]].text.count(gold["quote"]) == 1, gold


@pytest.mark.parametrize("query", ANSWERABLE, ids=lambda query: query["id"])
def test_a_short_answer_is_in_the_gold(query: dict[str, Any]):
    quotes = [fold(gold["quote"]) for gold in query["gold"]]
    assert any(fold(answer) in quote for answer in query["answers"] for quote in quotes)


@pytest.mark.parametrize("query", UNANSWERABLE, ids=lambda query: query["id"])
def test_no_sentence_of_the_library_answers_an_unanswerable_query(query: dict[str, Any]):
    assert (query["gold"], query["answers"], query["document"]) == ([], [], "")
    terms = [fold(term) for term in query["never_together"]]
    holding = [sentence for sentence in sentences() if all(term in sentence for term in terms)]
    assert not holding
    assert any(terms[0] in sentence for sentence in sentences())  # what it asks about is known: a look-alike, not a strange word


@cache
def sentences() -> tuple[str, ...]:
    return tuple(fold(part) for document in documents().values() for part in re.split(r"[。！？；\n]", document.text))
