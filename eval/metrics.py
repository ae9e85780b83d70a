"""The measures, one pure function each, and their bootstrap intervals.

Retrieval measures take what is relevant and what came, best first, as ids of texts; they score one query. A query that got nothing
scores 0. Not here: which passage is relevant (`eval.datasets`), and running the assistant (`eval.run`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embeddings.folding import fold
from qa.records import Citation, Span, Statement, text_at

RESAMPLES = 2_000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Metric:
    """The mean of a measure over n queries, with its bootstrap interval. Rates are 0..1."""

    name: str
    value: float
    low: float
    high: float
    n: int  # queries it is a mean of


def relevant_passages(passages: Mapping[str, Sequence[Span]], gold: Span) -> set[str]:
    """The ids of the passages that are relevant for a gold span of the same document.

    A passage is relevant when at least half of the gold span lies in it or at least half of it lies in the gold span; if none is, the one
    with the largest overlap (the first of equals). passages: id -> spans. Empty when no passage touches the gold span.
    """
    overlaps = {passage_id: sum(span.overlap(gold) for span in spans) for passage_id, spans in passages.items()}
    gold_length = gold.end - gold.start
    relevant = {
        passage_id
        for passage_id, overlap in overlaps.items()
        if overlap and 2 * overlap >= min(gold_length, sum(span.end - span.start for span in passages[passage_id]))
    }
    if relevant:
        return relevant
    best = max(overlaps, key=overlaps.__getitem__, default="")
    return {best} if best and overlaps[best] else set()


def success_at_k(relevant: Collection[str], ranked: Sequence[str], k: int) -> float:
    """1 when any of the first k is relevant, else 0. ValueError if k < 1."""
    if k < 1:
        raise ValueError(f"k counts from 1, got {k}")
    return float(any(found in relevant for found in ranked[:k]))


def reciprocal_rank(relevant: Collection[str], ranked: Sequence[str]) -> float:
    """1 / rank of the first relevant one, 0 when none is there. Its mean over queries is MRR."""
    return next((1 / rank for rank, found in enumerate(ranked, 1) if found in relevant), 0.0)


def ndcg_at_10(relevant: Mapping[str, Collection[str]], ranked: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """nDCG@10 of each query with something relevant, as ir-measures computes it: gain 1 or 0, discount log2(rank + 1)."""
    import ir_measures

    qrels = [ir_measures.Qrel(query, found, 1) for query, ids in relevant.items() for found in ids]
    run = [ir_measures.ScoredDoc(query, found, 1 / rank) for query in relevant for rank, found in enumerate(ranked.get(query, ()), 1)]
    scores = dict.fromkeys((query for query, ids in relevant.items() if ids), 0.0)
    if run and qrels:
        scores.update({metric.query_id: float(metric.value) for metric in ir_measures.iter_calc([ir_measures.nDCG @ 10], qrels, run)})
    return scores


def squeeze(text: str) -> str:
    """The text as answers are compared: folded, without white space."""
    return "".join(fold(text).split())


def contains_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether the text holds one of the accepted answers, script, width, case and white space aside."""
    squeezed = squeeze(text)
    return any(answer and answer in squeezed for answer in map(squeeze, answers))


def answer_in_first(statements: Sequence[Statement], answers: Sequence[str]) -> float:
    """1 when the first statement holds an accepted answer. No statement: 0."""
    return float(bool(statements) and contains_answer(statements[0].text, answers))


def answer_in_any(statements: Sequence[Statement], answers: Sequence[str]) -> float:
    """1 when some statement holds an accepted answer. No statement: 0."""
    return float(any(contains_answer(statement.text, answers) for statement in statements))


def is_exact(citation: Citation, text: str) -> bool:
    """Whether the quote equals the stored text at the citation's spans, character for character. text: of the cited document version."""
    return citation.quote == text_at(text, citation.spans)


def interval(values: Sequence[float], *, seed: int = 0) -> tuple[float, float]:
    """The percentile bootstrap interval (95 %, 2,000 resamples of queries) of the mean; the same for the same values and seed.

    ValueError for no values. Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    if not values:
        raise ValueError("an interval needs at least one value")
    distinct, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    # How often each distinct value is drawn is multinomial: exact, and small for measures of few values.
    draws = np.random.default_rng(seed).multinomial(len(values), counts / len(values), size=RESAMPLES)
    means: NDArray[np.float64] = draws @ distinct / len(values)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def summarise(name: str, values: Sequence[float]) -> Metric:
    """The mean with its interval. ValueError for no values."""
    low, high = interval(values)
    return Metric(name, float(np.mean(values)), low, high, len(values))
