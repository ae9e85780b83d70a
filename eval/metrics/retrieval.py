"""Retrieval: what was found of what is relevant, one query at a time, with what came, best first, as ids of texts.

A query that got nothing scores 0. Not here: which text is relevant for a query whose gold stands in several documents
(`eval.judging`), and the mean over queries with its interval (`intervals`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from qa.records import Span


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
