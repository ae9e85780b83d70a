"""Ask every query of a set and score what comes: a library and its judged queries in, an `Evaluation` out.

Retrieval is measured on the first ten hits of `search`, answers on what `ask` returns. Texts that are equal when folded are one witness,
so passages are judged by the hash of their folded text: a copy of the gold passage is as good as the passage. Everything in `Result` is
the same on every run over the same library; what depends on the moment and the machine is in `Environment`. Not handled: other systems
than our `Assistant`, and measures of the short answer alone.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

import numpy as np

from eval.gold import Documents, GoldSpan, Query
from eval.metrics import (
    Metric,
    answer_in_any,
    answer_in_first,
    is_exact,
    ndcg_at_10,
    reciprocal_rank,
    relevant_passages,
    success_at_k,
    summarise,
)
from qa.records import Answer, Document, Hit, Passage, Reason, Span, Status

DEPTH = 10  # hits looked at
CUTOFFS = (1, 5, 10)
CONTEXT, SPAN = "context success@", "span success@"
MRR, NDCG = "MRR", "nDCG@10"
IN_FIRST, IN_ANY = "answer in first statement", "answer in any statement"
EXACT = "citation exactness"
REFUSED, WRONGLY_REFUSED = "refused, of the unanswerable", "wrongly refused, of the answerable"

# Every measure, in the order of the tables.
MEASURES = (
    *(f"{CONTEXT}{k}" for k in CUTOFFS),
    *(f"{SPAN}{k}" for k in CUTOFFS),
    MRR,
    NDCG,
    IN_FIRST,
    IN_ANY,
    EXACT,
    REFUSED,
    WRONGLY_REFUSED,
)


class Searched(Documents, Protocol):
    """What scoring needs of a library; `qa.library.Library` is one."""

    def document(self, doc_id: str, version: str = "") -> Document: ...

    def passages(self, doc_id: str) -> list[Passage]: ...

    def text_hashes(self, passage_ids: Sequence[str]) -> dict[str, str]: ...


class Answering(Protocol):
    """What is measured; `qa.assistant.Assistant` is one."""

    @property
    def library(self) -> Searched: ...

    def search(self, query: str, *, k: int = DEPTH) -> list[Hit]: ...

    def ask(self, query: str) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Config:
    """What was measured."""

    dataset: str
    dataset_sha256: str  # of the set's files
    encoder: str  # its fingerprint
    documents: int
    passages: int
    queries: int


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of one query."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What came for one query, and its scores. A measure that does not apply to the query has no score."""

    query_id: str
    text: str
    answers: tuple[str, ...]
    answerable: bool
    slices: tuple[str, ...]
    status: Status
    reason: Reason
    confidence: float  # of the answer, 0..1
    first_statement: str  # "" when refused
    first_hit: str  # folder, file name and the beginning of the text; "" when nothing was found
    gold_rank: int  # of the first relevant hit, from 1; 0 when it is not among the first ten
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """The measures over the queries of one group."""

    name: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found: the same for the same library, set and code."""

    config: Config
    metrics: tuple[Metric, ...]
    slices: tuple[Slice, ...]
    queries: tuple[QueryResult, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """Where and when it was measured, and how long it took."""

    started: str  # ISO time, UTC
    seconds: float  # asking and scoring, without building the library
    ask_p50_ms: float
    ask_p95_ms: float
    search_p50_ms: float
    machine: str
    python: str
    packages: tuple[str, ...]  # name==version


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A result with the environment it came from."""

    result: Result
    environment: Environment


@dataclass(frozen=True, slots=True)
class _Observed:
    """One query asked and scored, but for nDCG, which is scored for all queries at once."""

    result: QueryResult
    relevant: frozenset[str]  # text hashes
    ranked: tuple[str, ...]  # text hashes, best first
    ask_ms: float
    search_ms: float


def evaluate(
    assistant: Answering, queries: Sequence[Query], config: Config, *, track: Callable[[Sequence[Query]], Iterable[Query]] = iter
) -> Evaluation:
    """Ask each query and score it. track: wraps the queries to show progress. ValueError for no queries."""
    if not queries:
        raise ValueError("there are no queries to ask")
    started, clock = datetime.now(UTC), time.perf_counter()
    judge = _Judge(assistant.library)
    observed = [_observe(assistant, judge, query) for query in track(queries)]
    ndcg = ndcg_at_10({o.result.query_id: o.relevant for o in observed}, {o.result.query_id: o.ranked for o in observed})
    results = tuple(_with_ndcg(o.result, ndcg) for o in observed)
    names = sorted({name for result in results for name in result.slices})
    slices = tuple(Slice(name, _metrics([r for r in results if name in r.slices])) for name in names)
    return Evaluation(
        Result(config, _metrics(results), slices, results),
        environment(started, time.perf_counter() - clock, [o.ask_ms for o in observed], [o.search_ms for o in observed]),
    )


class _Judge:
    """Knows which texts are relevant for a query, as hashes; remembers the passages of documents it has seen."""

    def __init__(self, library: Searched) -> None:
        self._library = library
        self._passages = lru_cache(maxsize=4096)(library.passages)

    def relevant(self, gold: Iterable[GoldSpan]) -> frozenset[str]:
        """The texts that cover a gold span, as `relevant_passages` defines it."""
        ids = set[str]()
        for place in gold:
            spans = {passage.passage_id: passage.spans for passage in self._passages(place.document)}
            ids |= relevant_passages(spans, Span(place.start, place.end))
        return frozenset(self.texts(sorted(ids)))

    def touching(self, places: Iterable[GoldSpan]) -> frozenset[str]:
        """The texts that share a character with one of the places."""
        ids = [
            passage.passage_id
            for place in places
            for passage in self._passages(place.document)
            if any(span.overlap(Span(place.start, place.end)) for span in passage.spans)
        ]
        return frozenset(self.texts(ids))

    def texts(self, passage_ids: Sequence[str]) -> tuple[str, ...]:
        """The hash of each passage's folded text, in order."""
        hashes = self._library.text_hashes(passage_ids)
        return tuple(hashes[passage_id] for passage_id in passage_ids)


def _observe(assistant: Answering, judge: _Judge, query: Query) -> _Observed:
    before = time.perf_counter()
    hits = assistant.search(query.text, k=DEPTH)
    between = time.perf_counter()
    answer = assistant.ask(query.text)
    after = time.perf_counter()
    relevant, ranked = judge.relevant(query.gold), judge.texts([hit.passage.passage_id for hit in hits])
    scores = (
        [*_retrieval_scores(relevant, judge.touching(query.context), ranked), *_answer_scores(query, answer)] if query.answerable else []
    )
    scores += [*_citation_scores(answer, assistant.library), _refusal_score(query, answer)]
    result = QueryResult(
        query_id=query.query_id,
        text=query.text,
        answers=query.answers,
        answerable=query.answerable,
        slices=query.slices,
        status=answer.status,
        reason=answer.reason,
        confidence=round(answer.confidence, 6),
        first_statement=answer.statements[0].text if answer.statements else "",
        first_hit=_described(hits[0], assistant.library) if hits else "",
        gold_rank=next((rank for rank, found in enumerate(ranked, 1) if found in relevant), 0),
        scores=tuple(scores),
    )
    return _Observed(result, relevant, ranked, 1000 * (after - between), 1000 * (between - before))


def _retrieval_scores(relevant: frozenset[str], context: frozenset[str], ranked: Sequence[str]) -> list[Score]:
    return [
        *(Score(f"{CONTEXT}{k}", success_at_k(context, ranked, k)) for k in CUTOFFS),
        *(Score(f"{SPAN}{k}", success_at_k(relevant, ranked, k)) for k in CUTOFFS),
        Score(MRR, reciprocal_rank(relevant, ranked)),
    ]


def _with_ndcg(result: QueryResult, ndcg: dict[str, float]) -> QueryResult:
    if result.query_id not in ndcg:
        return result
    score = Score(NDCG, round(ndcg[result.query_id], 9))  # summed in C, so its last digits are the processor's
    return replace(result, scores=tuple(sorted((*result.scores, score), key=lambda score: MEASURES.index(score.name))))


def _answer_scores(query: Query, answer: Answer) -> list[Score]:
    return [
        Score(IN_FIRST, answer_in_first(answer.statements, query.answers)),
        Score(IN_ANY, answer_in_any(answer.statements, query.answers)),
    ]


def _citation_scores(answer: Answer, library: Searched) -> list[Score]:
    """The share of citations that are exact; of an answer with citations only."""
    exact = [is_exact(citation, library.document(citation.doc_id, citation.version).text) for citation in answer.citations]
    return [Score(EXACT, sum(exact) / len(exact))] if exact else []


def _refusal_score(query: Query, answer: Answer) -> Score:
    return Score(WRONGLY_REFUSED if query.answerable else REFUSED, float(answer.status == "no_evidence"))


def _described(hit: Hit, library: Searched) -> str:
    path = library.document(hit.passage.doc_id, hit.passage.version).path.replace("\\", "/")
    return f"{'/'.join(path.split('/')[-2:])}: {' '.join(hit.passage.text[:80].split())}"


def _metrics(results: Sequence[QueryResult]) -> tuple[Metric, ...]:
    """Each measure over the queries it applies to; one that applies to none is left out."""
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for result in results:
        for score in result.scores:
            values[score.name].append(score.value)
    return tuple(summarise(name, scores) for name, scores in values.items() if scores)


def environment(started: datetime, seconds: float, ask_ms: Sequence[float], search_ms: Sequence[float]) -> Environment:
    """This machine, its packages, and the times in milliseconds summed up."""
    return Environment(
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        ask_p50_ms=round(float(np.quantile(ask_ms, 0.5)), 2),
        ask_p95_ms=round(float(np.quantile(ask_ms, 0.95)), 2),
        search_p50_ms=round(float(np.quantile(search_ms, 0.5)), 2),
        machine=machine(),
        python=platform.python_version(),
        packages=tuple(_installed(name) for name in ("chuchu", "faiss-cpu", "ir-measures", "numpy", "tantivy", "tokenizers")),
    )


def machine() -> str:
    """Processor, cores and system of this machine, in one line."""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _installed(name: str) -> str:
    try:
        return f"{name}=={version(name)}"
    except PackageNotFoundError:
        return f"{name} (not installed as a package)"
