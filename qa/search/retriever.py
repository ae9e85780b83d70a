"""From a query to ranked hits: both rankers are asked, their scores fused, copies grouped.

    query -> prepare_query -> terms, vector -> candidates of each ranker -> fuse -> group equal and nearly equal texts -> hits

Both rankers only propose. What is shown comes from one read snapshot of the library: a candidate that was removed, replaced or filtered
out since is dropped there. Filters restrict before ranking: the candidates are fetched among the passages they let through.
Not handled: reranking by a model, spelling, queries that need several passages.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from qa.errors import NotInLibraryError, SelfTestError
from qa.records import Filters, Hit, Lost, Part, Passage
from qa.search.analysis import Term, query_terms
from qa.search.copies import CopyIndex
from qa.search.fusion import best_first, weighted_sum
from qa.search.keywords import FIELDS, KeywordIndex
from qa.search.vectors import VectorSearch, cosines

LONGEST_QUERY = 2_000  # characters; what is longer is cut, and `Answer.searched_as` says so
KEYWORDS, VECTORS = "keywords", "vectors"  # the rankers, as `Part` names them
VECTOR_WEIGHT = 0.05  # of the cosine in the fused score; chosen on the part of CMRC train that the bundled encoder has not seen
CANDIDATES = 100  # asked of each ranker
_GROUPED = 50  # of the fused passages are looked at for copies, or three times k
_HIDDEN = 0.5  # of a passage that stands in one ranked before it: it is no hit of its own; what holds more than that of its own is
_FEW = 5_000  # passages: a filter that lets through so few is told to the rankers, a wider one is met by asking for more candidates
_HIGHEST_TERM_SCORE = 2.2  # k1 + 1: what BM25 gives a term of weight 1 and idf 1 at most


class Source(Protocol):
    """What the retriever reads of a library. Ids that are unknown, or not searchable, are left out of the answers."""

    def passage(self, passage_id: str) -> Passage:
        """Also one that is not searchable. NotInLibraryError."""

    def searchable(self, passage_ids: Sequence[str], filters: Filters = ...) -> dict[str, Passage]:
        """The passages that may be shown, from one snapshot."""

    def filtered_ids(self, filters: Filters) -> set[str]:
        """Every searchable passage the filters let through."""

    def text_hashes(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """Equal hashes, in hexadecimal, for texts that say the same."""

    def vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """The stored vectors, each (dim,)."""


def prepare_query(text: str) -> str:
    """The query as it is searched: white space collapsed, controls, format characters and lone surrogates out, 2,000 characters at most."""
    visible = "".join(_visible(character) for character in text)
    return " ".join(visible.split())[:LONGEST_QUERY].rstrip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Cs"):
        return ""
    return " " if category == "Cc" else character


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Everything one search found, best first."""

    keywords: Mapping[str, float]  # passage id -> BM25 score
    vectors: Mapping[str, float]  # passage id -> cosine
    fused: Sequence[tuple[str, float]]  # (passage id, 0..1), the library's snapshot already applied
    passages: Mapping[str, Passage]


class Retriever:
    """Finds passages. Safe from any thread."""

    def __init__(self, source: Source, keywords: KeywordIndex, vectors: VectorSearch, copies: CopyIndex, encoder: Encoder) -> None:
        self._source = source
        self._copies = copies
        self._keywords = keywords
        self._vectors = vectors
        self._encoder = encoder

    def search(self, query: str, k: int, filters: Filters = Filters()) -> list[Hit]:
        """At most k hits for a prepared query, best first; [] for one without a word. ValueError if k < 1.

        `Hit.score` is 0..1: the weighted mean of the share of the query's weight that the passage holds and its cosine.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        ranking = self._rank(query, k, filters)
        return self._hits(ranking, max(_GROUPED, 3 * k))[:k]

    def explain(self, query: str, passage_id: str, filters: Filters = Filters(), k: int = 10) -> Lost:
        """At which stage of `search` the passage was lost, and by how much; "found" when it was not."""
        early = self._never_searched(passage_id, filters)
        if early is not None:
            return early
        ranking = self._rank(query, k, filters)
        parts = _parts(ranking).get(passage_id, ())
        ranks = {item: rank for rank, (item, _) in enumerate(ranking.fused, start=1)}
        if passage_id not in ranks:
            return Lost(passage_id, "keywords_and_vectors", self._not_proposed(query, passage_id, ranking), parts=parts)
        hits = self._hits(ranking, len(ranking.fused))
        hit = next((hit for hit in hits if hit.passage.passage_id == passage_id), None)
        if hit is None:
            hit = next(hit for hit in hits if passage_id in hit.copies)
            shown = (
                f"its text is, or nearly is, that of passage {hit.passage.passage_id} at rank {hit.rank}, which shows it among its copies"
            )
            return Lost(passage_id, "copy", shown, rank=hit.rank, parts=parts)
        if hit.rank <= k:
            return Lost(passage_id, "found", f"rank {hit.rank} of {len(hits)} with score {hit.score:.3f}", rank=hit.rank, parts=parts)
        cutoff = hits[k - 1].score
        missed = f"rank {hit.rank}, but k is {k}: its score {hit.score:.3f} is {cutoff - hit.score:.3f} below that of the last hit shown"
        return Lost(passage_id, "rank", missed, rank=hit.rank, parts=parts)

    def term_weights(self, terms: Iterable[str]) -> dict[str, float]:
        """How much each term tells, 0..1: its idf over that of a term no passage holds. A term as `analyse` makes it, of either field."""
        wanted = list(terms)
        frequencies = self._keywords.frequencies(Term(field, text, 1.0) for text in wanted for field in FIELDS)
        n = self._keywords.n_passages
        in_most = {text: max(frequencies[Term(field, text, 1.0)] for field in FIELDS) for text in wanted}
        return {text: _idf(min(frequency, n), n) / _idf(0, n) for text, frequency in in_most.items()}

    def self_test(self) -> None:
        """Ask the keyword index for a passage it holds by that passage's own rarest term. SelfTestError when it is not found."""
        passage_id = self._keywords.any_id()
        passage = self._source.searchable([passage_id]).get(passage_id) if passage_id else None
        terms = query_terms(passage.text) if passage else ()
        if not terms:
            return
        frequencies = self._keywords.frequencies(terms)
        rarest = min(terms, key=lambda term: (frequencies[term] or math.inf, term))
        found = self._keywords.search([rarest], 1, among=[passage_id])
        if [item for item, _ in found] != [passage_id]:
            raise SelfTestError(
                f"the keyword index does not find passage {passage_id} by its own term {rarest.text!r}; delete the folder keywords in the"
                " library, and it is built again when the library is opened"
            )

    def _rank(self, query: str, k: int, filters: Filters) -> _Ranking:
        terms = query_terms(query)
        if not terms:
            return _Ranking({}, {}, (), {})
        vector = self._encoder.encode_queries([query])[0]
        wanted = max(CANDIDATES, 3 * k)
        if filters == Filters():
            by_terms, by_vector = self._keywords.search(terms, wanted), self._vectors.search(vector, wanted)
        else:
            by_terms, by_vector = self._among(terms, vector, wanted, self._source.filtered_ids(filters))
        passages = self._source.searchable(list(dict.fromkeys(item for item, _ in (*by_terms, *by_vector))), filters)
        exact = cosines(vector, self._source.vectors(list(passages)))  # also of those that only their words brought here
        keywords = {item: score for item, score in by_terms if item in passages}
        nearest = {item: score for item, score in best_first(exact.items()) if score > 0}
        highest = self._highest_score(terms)
        shares = {item: min(1.0, score / highest) for item, score in keywords.items()}
        fused = weighted_sum([shares, nearest], weights=[1 - VECTOR_WEIGHT, VECTOR_WEIGHT])
        return _Ranking(keywords, nearest, fused, passages)

    def _among(
        self, terms: Sequence[Term], vector: NDArray[np.float32], wanted: int, allowed: set[str]
    ) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
        """The candidates among the allowed passages: told to the rankers when they are few, else sifted from ever longer rankings."""
        if not allowed:
            return [], []
        if len(allowed) <= _FEW:
            near = cosines(vector, self._source.vectors(sorted(allowed)))
            return self._keywords.search(terms, wanted, among=allowed), best_first(near.items())[:wanted]
        depth = wanted
        while True:
            rankings = self._keywords.search(terms, depth), self._vectors.search(vector, depth)
            by_terms, by_vector = ([hit for hit in ranking if hit[0] in allowed][:wanted] for ranking in rankings)
            exhausted = max(len(ranking) for ranking in rankings) < depth
            if exhausted or min(len(by_terms), len(by_vector)) >= wanted:
                return by_terms, by_vector
            depth *= 4

    def _highest_score(self, terms: Sequence[Term]) -> float:
        """What BM25 would give a passage in which every term of the query stands without end; terms no passage holds count too."""
        n = self._keywords.n_passages
        frequencies = self._keywords.frequencies(terms)
        return _HIGHEST_TERM_SCORE * sum(term.weight * _idf(min(frequencies[term], n), n) for term in terms)

    def _hits(self, ranking: _Ranking, first: int) -> list[Hit]:
        """The hits among the first so many passages. Equal texts are one; so is a text with a better one that holds half of it or more.

        `Hit.copies` names every passage among them that prints the hit's text or nearly, also those that are hits of their own because
        they hold more. Copies are looked for round each hit alone: a copy of a copy may well say something else.
        """
        best = ranking.fused[:first]
        hashes = self._source.text_hashes([item for item, _ in best])
        texts: dict[str, list[tuple[str, float]]] = {}
        for item, score in best:
            texts.setdefault(hashes.get(item, item), []).append((item, score))
        near = self._copies.near(set(hashes.values()))
        shown: dict[str, tuple[str, ...]] = {}  # text -> copies
        hidden: set[str] = set()
        for text, printed_in in texts.items():
            if text in hidden:
                continue
            others = near.get(text, {})
            hidden.update(other for other, share in others.items() if share >= _HIDDEN and other not in shown)
            elsewhere = [item for other in others for item, _ in texts[other]]
            shown[text] = tuple(sorted([item for item, _ in printed_in[1:]] + elsewhere))
        parts = _parts(ranking)
        return [
            Hit(ranking.passages[item], score, rank, parts[item], copies)
            for rank, ((item, score), copies) in enumerate(((texts[text][0], copies) for text, copies in shown.items()), start=1)
        ]

    def _never_searched(self, passage_id: str, filters: Filters) -> Lost | None:
        try:
            self._source.passage(passage_id)
        except NotInLibraryError as error:
            return Lost(passage_id, "unknown", str(error))
        if not self._source.searchable([passage_id]):
            return Lost(
                passage_id, "not_searchable", "its document is missing, or it belongs to an old version; only current versions are searched"
            )
        if not self._source.searchable([passage_id], filters):
            return Lost(passage_id, "filtered", "its document is outside the filters")
        return None

    def _not_proposed(self, query: str, passage_id: str, ranking: _Ranking) -> str:
        """How far the passage is from the last candidate of each ranker."""
        terms = query_terms(query)
        if not terms:
            return "the query holds no word, number or character to search by"
        own = dict(self._keywords.search(terms, 1, among=[passage_id])).get(passage_id, 0.0)
        vector = self._encoder.encode_queries([query])[0]
        near = cosines(vector, self._source.vectors([passage_id])).get(passage_id, 0.0)
        last = min(ranking.keywords.values(), default=0.0)
        furthest = min(ranking.vectors.values(), default=0.0)
        return (
            f"neither ranker proposed it: keywords {own:.2f}, the last of {len(ranking.keywords)} candidates has {last:.2f};"
            f" vectors {near:.3f}, the last of {len(ranking.vectors)} has {furthest:.3f}"
        )


def _idf(frequency: int, n: int) -> float:
    """BM25's idf as tantivy computes it: ln(1 + (n - frequency + 0.5) / (frequency + 0.5)); always above 0."""
    return math.log(1 + (n - frequency + 0.5) / (frequency + 0.5))


def _parts(ranking: _Ranking) -> dict[str, tuple[Part, ...]]:
    parts: dict[str, tuple[Part, ...]] = {}
    for ranker, scores in ((KEYWORDS, ranking.keywords), (VECTORS, ranking.vectors)):
        for rank, (item, score) in enumerate(scores.items(), start=1):
            parts[item] = (*parts.get(item, ()), Part(ranker, score, rank))
    return parts
