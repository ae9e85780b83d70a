"""The retriever over a library held in memory: filters, copies, removed passages, and why something was not found."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.hashing_encoder import HashingEncoder
from qa.errors import NotInLibraryError, SelfTestError
from qa.library.derived import IndexRow, LogEntry
from qa.library.rows import folded_sha256
from qa.records import Filters, Passage, Span
from qa.search import retriever as module
from qa.search.analysis import analyse, index_terms
from qa.search.copies import CopyIndex
from qa.search.keywords import KeywordIndex
from qa.search.retriever import Retriever, prepare_query
from qa.search.vectors import VectorSearch

ENCODER = HashingEncoder(dim=128)
TEXTS = {
    "p1": "图书馆周一闭馆，周二上午九点开门。",
    "p2": "茶叶合作社今年收茶三千斤，比去年多一成。",
    "p3": "縣城到茶山的公交車每天六班，末班車下午五點。",
    "p4": "周一的公交车加开两班。",
    "p5": "茶葉合作社今年收茶三千斤，\n比去年多一成。",  # p2 in the other script, with a line end
    "p6": "……",
}


class MemoryLibrary:
    """A `Source`: passage pN belongs to document dN."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = dict(texts)
        self.removed: set[str] = set()
        self.missing: set[str] = set()

    def passage(self, passage_id: str) -> Passage:
        if passage_id not in self.texts or passage_id in self.removed:
            raise NotInLibraryError(f"no passage {passage_id} in this library")
        text = self.texts[passage_id]
        return Passage(passage_id, "d" + passage_id[1:], "v", 0, (Span(0, len(text)),), text)

    def searchable(self, passage_ids: Sequence[str], filters: Filters = Filters()) -> dict[str, Passage]:
        allowed = self.filtered_ids(filters)
        return {passage_id: self.passage(passage_id) for passage_id in passage_ids if passage_id in allowed}

    def filtered_ids(self, filters: Filters) -> set[str]:
        shown = self.texts.keys() - self.removed - self.missing
        return {passage_id for passage_id in shown if not filters.documents or "d" + passage_id[1:] in filters.documents}

    def text_hashes(self, passage_ids: Sequence[str]) -> dict[str, str]:
        return {passage_id: folded_sha256(self.texts[passage_id]).hex() for passage_id in passage_ids}

    def vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        return {passage_id: ENCODER.encode_passages([self.texts[passage_id]])[0].astype(np.float16) for passage_id in passage_ids}


def made(library: MemoryLibrary) -> tuple[Retriever, KeywordIndex, VectorSearch]:
    keywords, vectors = KeywordIndex(None), VectorSearch(None, ENCODER.fingerprint, ENCODER.dim)
    keywords.rebuild([IndexRow(item, index_terms(library.passage(item), ""), None) for item in library.texts], 1)
    vectors.rebuild([IndexRow(item, {}, vector) for item, vector in library.vectors(list(library.texts)).items()], 1)
    copies = CopyIndex(None, library.searchable)
    copies.rebuild([IndexRow(item, {}, None, text, folded_sha256(text).hex()) for item, text in library.texts.items()], 1)
    return Retriever(library, keywords, vectors, copies, ENCODER), keywords, vectors


@pytest.fixture
def library() -> MemoryLibrary:
    return MemoryLibrary(TEXTS)


@pytest.fixture
def retriever(library: MemoryLibrary) -> Retriever:
    return made(library)[0]


def ids(retriever: Retriever, query: str, k: int = 10, filters: Filters = Filters()) -> list[str]:
    return [hit.passage.passage_id for hit in retriever.search(prepare_query(query), k, filters)]


@pytest.mark.parametrize("query", ["县城到茶山的公交车末班是几点？", "縣城到茶山的公交車末班是幾點？", "縣城 到茶山的\n公交車末班"])
def test_both_scripts_find_the_same(retriever: Retriever, query: str) -> None:
    assert ids(retriever, query)[0] == "p3"


def test_hits_are_ranked_scored_and_explained_by_their_parts(retriever: Retriever) -> None:
    hits = retriever.search("图书馆周一开门吗", 3)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert {part.ranker: part.rank for part in hits[0].parts} == {"keywords": 1, "vectors": 1}


def test_equal_texts_are_one_hit_with_copies(retriever: Retriever) -> None:
    first, *others = retriever.search("茶叶合作社收了多少茶", 10)
    assert {first.passage.passage_id, *first.copies} == {"p2", "p5"}
    assert not {hit.passage.passage_id for hit in others} & {"p2", "p5"}


STORY = (
    "茶叶合作社昨日开了秤。今年收茶三千斤，比去年多一成，十二户茶农排着队过秤，会计何满仓一边打算盘一边念数。"
    "合作社新修的晾房也在昨天启用，屋顶换了亮瓦，下雨天不用再把竹匾搬来搬去。"
)
MORE = "记者随后去了县城的码头。船工们正在装货，第一批新茶要赶在月底以前运到下游的几个镇子，卖茶的钱将按各家的斤两分账。" * 3
NEAR_COPIES = {
    "p1": STORY,
    "p2": "新茶开秤\n" + STORY.replace("何满仓", "何某"),
    "p3": STORY[: len(STORY) * 2 // 3],
    "p4": STORY + MORE,
    "p5": STORY.replace("三千斤", "两千斤").replace("昨日", "6月5日"),
}


def test_a_reprint_is_a_copy_and_no_hit_of_its_own() -> None:
    retriever, *_ = made(MemoryLibrary(NEAR_COPIES))
    hits = {hit.passage.passage_id: set(hit.copies) for hit in retriever.search("茶叶合作社今年收茶多少斤", 10)}
    shown = {"p1", "p2", "p3"} & hits.keys()
    assert len(shown) == 1
    assert hits[shown.pop()] >= {"p1", "p2", "p3", "p4"} - shown - hits.keys()


def test_what_holds_much_more_is_a_hit_of_its_own_and_still_a_copy() -> None:
    retriever, *_ = made(MemoryLibrary(NEAR_COPIES))
    hits = {hit.passage.passage_id: set(hit.copies) for hit in retriever.search("茶叶合作社今年收茶多少斤", 10)}
    assert "p4" in hits
    assert hits["p4"] & {"p1", "p2", "p3"}
    assert retriever.explain("茶叶合作社今年收茶多少斤", "p4").stage == "found"


def test_another_figure_is_no_copy() -> None:
    retriever, *_ = made(MemoryLibrary(NEAR_COPIES))
    hits = {hit.passage.passage_id: set(hit.copies) for hit in retriever.search("茶叶合作社今年收茶多少斤", 10)}
    assert hits["p5"] == set()


def test_a_filter_that_leaves_the_first_out_shows_another_copy() -> None:
    retriever, *_ = made(MemoryLibrary(NEAR_COPIES))
    query = "茶叶合作社今年收茶多少斤"
    for allowed in (("d1", "d3"), ("d3",), ("d2", "d3")):
        (hit,) = retriever.search(query, 10, Filters(documents=allowed))
        assert {hit.passage.passage_id, *hit.copies} == {"p" + name[1:] for name in allowed}


def test_why_a_reprint_is_not_among_the_hits() -> None:
    retriever, *_ = made(MemoryLibrary(NEAR_COPIES))
    query = "茶叶合作社今年收茶多少斤"
    first = next(hit for hit in retriever.search(query, 10) if "p2" in (*hit.copies, hit.passage.passage_id))
    hidden = next(item for item in ("p1", "p2", "p3") if item != first.passage.passage_id)
    lost = retriever.explain(query, hidden)
    assert (lost.stage, lost.rank) == ("copy", first.rank)
    assert first.passage.passage_id in lost.detail


def test_a_copy_of_a_copy_is_no_copy() -> None:
    """The end of one passage is the beginning of the next: three windows on one long text."""
    parts = [
        f"第{number}段说的是另外一件事。" + "".join(chr(0x4E00 + 97 * number + 31 * place % 9_000) for place in range(90))
        for number in range(4)
    ]
    windows = {"p1": parts[0] + parts[1], "p2": parts[1] + parts[2], "p3": parts[2] + parts[3]}
    retriever, *_ = made(MemoryLibrary(windows))
    copies = {hit.passage.passage_id: set(hit.copies) for hit in retriever.search("说的是另外一件事", 10)}
    assert copies["p1"] == copies["p3"] == {"p2"}


def test_what_the_library_no_longer_shows_is_no_hit(retriever: Retriever, library: MemoryLibrary) -> None:
    library.removed.add("p1")
    library.missing.add("p4")
    assert not {"p1", "p4"} & set(ids(retriever, "周一闭馆公交车"))


def test_filters_restrict_before_ranking(retriever: Retriever) -> None:
    assert ids(retriever, "茶山公交车", k=1, filters=Filters(documents=("d2",))) == ["p2"]
    assert ids(retriever, "茶山公交车", filters=Filters(documents=("nowhere",))) == []


@pytest.mark.parametrize("few", [5_000, 0])
def test_a_filter_finds_what_lies_far_down_the_ranking(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """900 better passages stand before the one that the filter lets through: told to the rankers (few), or sifted (not few)."""
    monkeypatch.setattr(module, "_FEW", few)
    retriever, *_ = made(
        MemoryLibrary({"p0": "本县茶山开园的消息，另有许多别的话要说。", **{f"p{n}": f"茶山开园{n}" for n in range(1, 900)}})
    )
    assert ids(retriever, "茶山开园", k=3, filters=Filters(documents=("d0",))) == ["p0"]


@pytest.mark.parametrize("query", ["", " \n\t", "？！……", "😀", "\x00\x1b", "\ud800"])
def test_a_query_without_a_word_finds_nothing(retriever: Retriever, query: str) -> None:
    assert ids(retriever, query) == []


def test_k_must_be_positive(retriever: Retriever) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        retriever.search("茶", 0)


def test_the_query_is_cleaned_and_cut() -> None:
    assert prepare_query("  图书馆\x00\n几点\u200b开门\ud800？ ") == "图书馆 几点开门？"
    assert prepare_query("茶" * 100_000) == "茶" * 2_000


@given(st.text(max_size=100))
def test_cleaning_is_idempotent_and_never_lengthens(text: str) -> None:
    once = prepare_query(text)
    assert prepare_query(once) == once
    assert len(once) <= len(text)
    once.encode("utf-8")


def test_a_query_of_100_000_characters_is_answered_at_once(retriever: Retriever) -> None:
    start = time.perf_counter()
    assert ids(retriever, "图书馆周一闭馆吗？" * 12_000)[0] == "p1"
    assert time.perf_counter() - start < 2


def test_term_weights_fall_with_frequency(retriever: Retriever) -> None:
    weights = retriever.term_weights(["周一", "图书馆", "飞机", "茶"])
    assert weights["飞机"] == 1.0
    assert 0 < weights["茶"] < weights["周一"] < weights["图书馆"] < 1


def test_why_a_passage_was_lost(library: MemoryLibrary) -> None:
    retriever, *_ = made(library)
    query, only_d1 = "茶叶合作社收茶三千斤", Filters(documents=("d1",))
    found = retriever.explain(query, "p2")
    assert (found.stage, found.rank, {part.ranker for part in found.parts}) == ("found", 1, {"keywords", "vectors"})
    assert (retriever.explain(query, "p5").stage, retriever.explain(query, "p5").rank) == ("copy", 1)
    assert retriever.explain(query, "nowhere").stage == "unknown"
    assert retriever.explain(query, "p2", only_d1).stage == "filtered"
    lost = retriever.explain("图书馆周一闭馆", "p4", k=1)
    assert (lost.stage, lost.rank) == ("rank", 2)
    assert "below" in lost.detail
    assert retriever.explain("量子", "p6").stage == "keywords_and_vectors"
    assert retriever.explain("？", "p1").stage == "keywords_and_vectors"
    library.missing.add("p4")
    assert retriever.explain(query, "p4").stage == "not_searchable"


def test_the_self_test_passes_and_fails(library: MemoryLibrary) -> None:
    retriever, keywords, _ = made(library)
    retriever.self_test()
    keywords.rebuild([IndexRow(item, analyse("别的"), None) for item in library.texts], 2)
    with pytest.raises(SelfTestError, match="does not find"):
        retriever.self_test()
    keywords.rebuild([], 3)
    retriever.self_test()  # an empty index holds nothing that could be asked for


def test_indexes_that_lag_behind_the_library(library: MemoryLibrary) -> None:
    retriever, keywords, _ = made(library)
    keywords.apply([LogEntry(2, "delete", "p1")], 2)  # the vector index still holds it
    assert "p1" in ids(retriever, TEXTS["p1"])
    library.removed.add("p1")
    assert "p1" not in ids(retriever, TEXTS["p1"])
