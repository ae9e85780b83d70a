"""One query and what a system gave to it, to scores; and the statistics of a whole set that are no mean over queries.

What a system answers is judged by words: the first statement is right when it holds an accepted answer, whatever its script, width and
white space. Whether a quote supports a statement is judged by exact containment (`metrics.citations`). Not handled: answers that are right
in other words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.collection import Collection
from eval.gold import Query
from eval.judging import Judge, Judged
from eval.measures import (
    AUROC_ANSWERABLE,
    AUROC_RIGHT,
    CALIBRATION_ERROR,
    CHAR_F1,
    CITATION_PRECISION,
    CITATION_RECALL,
    CONTEXT,
    CUTOFFS,
    DEPTH,
    EM,
    EXACT,
    EXPMRC_ANSWER,
    EXPMRC_BOTH,
    EXPMRC_EVIDENCE,
    IN_ANY,
    IN_FIRST,
    IN_HITS,
    MRR,
    PROVED,
    REFUSED,
    REFUSED_AT_5,
    REFUSED_AT_10,
    RISK_AREA,
    SPAN,
    SURE_OF_SILENCE,
    SURE_RIGHT,
    WRONGLY_REFUSED,
)
from eval.metrics.answers import cmrc_em, cmrc_f1, contains_answer, expmrc_f1
from eval.metrics.citations import citation_precision, citation_recall, contained, quote_stands_at
from eval.metrics.intervals import Metric, resampled
from eval.metrics.refusal import area_under_risk, auroc, calibration_error, refused_at
from eval.metrics.retrieval import reciprocal_rank, success_at_k
from eval.results import QueryResult, Score
from eval.systems.records import Quote, Response
from qa.records import SURE

FEW = 20  # queries of a kind; with fewer, a statistic of the set says nothing


def scored(query: Query, response: Response, judge: Judge, collection: Collection) -> tuple[QueryResult, Judged]:
    """The result of one query but for nDCG, which is computed for all queries at once."""
    hits = response.hits[:DEPTH]
    judged = judge.judge(query, hits)
    scores: list[Score] = []
    if query.answerable and query.gold:
        scores += _retrieval_scores(judged)
    if query.answerable and query.answers:
        scores += _passage_scores(query, [judge.text(place) for place in hits])
    if response.answers:
        scores += _answer_scores(query, response) if query.answerable and query.answers else []
        scores += [
            *_citation_scores(response, collection),
            *([] if response.unproved is None else [Score(PROVED, float(not response.unproved))]),
            Score(WRONGLY_REFUSED if query.answerable else REFUSED, float(response.refused)),
            *_surety_scores(query, response),
        ]
    gold = query.gold[0] if query.gold else None
    return (
        QueryResult(
            query_id=query.query_id,
            text=query.text,
            answers=query.answers,
            answerable=query.answerable,
            slices=query.slices,
            refused=response.refused,
            reason=response.reason,
            confidence=response.confidence,
            right=_is_right(query, response),
            first_statement=response.claims[0].text if response.claims else "",
            withheld=response.withheld,
            short_answer=response.short_answer,
            first_hit=f"{hits[0].document}: {_brief(judge.text(hits[0]), 100)}" if hits else "",
            gold_at=f"{gold.document}, {gold.start}–{gold.end}" if gold else "",
            gold_text=_around(collection, query) if gold else "",
            gold_rank=next((rank for rank, held in enumerate(judged.holds_gold, 1) if held), 0),
            scores=tuple(scores),
            made_from=query.made_from,
            unproved=response.unproved or (),
        ),
        judged,
    )


def _retrieval_scores(judged: Judged) -> list[Score]:
    held = [str(place) for place, holds in enumerate(judged.holds_gold) if holds]
    near = [str(place) for place, holds in enumerate(judged.in_context) if holds]
    ranked = [str(place) for place in range(len(judged.ranked))]
    return [
        *(Score(f"{CONTEXT}{k}", success_at_k(near, ranked, k)) for k in CUTOFFS),
        *(Score(f"{SPAN}{k}", success_at_k(held, ranked, k)) for k in CUTOFFS),
        Score(MRR, reciprocal_rank(held, ranked)),
    ]


def _passage_scores(query: Query, texts: Sequence[str]) -> list[Score]:
    return [Score(f"{IN_HITS}{k}", float(_hold_answer(texts[:k], query))) for k in CUTOFFS]


def _answer_scores(query: Query, response: Response) -> list[Score]:
    first = response.claims[0].text if response.claims else ""
    short = (response.short_answer or first) if response.claims else ""
    scores = [
        Score(IN_FIRST, float(_hold_answer([first], query))),
        Score(IN_ANY, float(_hold_answer([claim.text for claim in response.claims], query))),
        Score(EM, cmrc_em(short, query.answers) if response.claims else 0.0),
        Score(CHAR_F1, cmrc_f1(short, query.answers)),
    ]
    if query.evidences:
        answer, evidence = expmrc_f1(short, query.answers), expmrc_f1(first, query.evidences)
        scores += [Score(EXPMRC_ANSWER, answer), Score(EXPMRC_EVIDENCE, evidence), Score(EXPMRC_BOTH, answer * evidence)]
    return scores


def _citation_scores(response: Response, collection: Collection) -> list[Score]:
    """Of an answer with statements: exactness of its quotes, and ALCE's recall and precision."""
    if not response.claims:
        return []
    quotes = [quote for claim in response.claims for quote in claim.quotes]
    recall = [citation_recall(claim.text, [quote.text for quote in claim.quotes], contained) for claim in response.claims]
    precision = [
        value for claim in response.claims for value in citation_precision(claim.text, [quote.text for quote in claim.quotes], contained)
    ]
    scores = [Score(EXACT, _mean([float(_is_exact(quote, collection)) for quote in quotes]))] if quotes else []
    return [*scores, Score(CITATION_RECALL, _mean(recall)), Score(CITATION_PRECISION, _mean(precision) if precision else 0.0)]


def _surety_scores(query: Query, response: Response) -> list[Score]:
    if response.confidence is None:
        return []
    sure, right = not response.refused and response.confidence >= SURE, _is_right(query, response)
    return [
        *([] if query.answerable else [Score(SURE_OF_SILENCE, float(sure))]),
        *([Score(SURE_RIGHT, float(right))] if sure and right is not None else []),
    ]


def _is_exact(quote: Quote, collection: Collection) -> bool:
    text = collection.document(quote.document).text
    return quote_stands_at(text, quote.text, quote.spans) if quote.spans else bool(quote.text) and quote.text in text


def _is_right(query: Query, response: Response) -> bool | None:
    if not response.answers or (query.answerable and not query.answers):
        return None
    first = response.claims[0].text if response.claims else response.withheld
    return query.answerable and _hold_answer([first], query)


def _hold_answer(texts: Sequence[str], query: Query) -> bool:
    """Whether the texts together hold an accepted answer, and one of each group that must be said besides."""
    return all(any(contains_answer(text, part) for text in texts) for part in (query.answers, *query.also))


def set_metrics(queries: Sequence[QueryResult]) -> list[Metric]:
    """The statistics of the whole set, for a system that gives a confidence; one that too few queries stand for is left out."""
    known = [query for query in queries if query.confidence is not None and query.right is not None]
    confidence = np.array([query.confidence for query in known], dtype=np.float64)
    answerable = np.array([query.answerable for query in known], dtype=np.bool_)
    right = np.array([query.right for query in known], dtype=np.bool_)
    metrics = []
    if min(answerable.sum(), (~answerable).sum()) >= FEW:
        metrics += [
            resampled(AUROC_ANSWERABLE, len(known), lambda drawn: _auroc(confidence[drawn], answerable[drawn])),
            resampled(REFUSED_AT_5, len(known), lambda drawn: _refused_at(confidence[drawn], answerable[drawn], 0.05)),
            resampled(REFUSED_AT_10, len(known), lambda drawn: _refused_at(confidence[drawn], answerable[drawn], 0.10)),
        ]
    if min(right.sum(), (~right).sum()) >= FEW:
        metrics += [
            resampled(AUROC_RIGHT, len(known), lambda drawn: _auroc(confidence[drawn], right[drawn])),
            resampled(RISK_AREA, len(known), lambda drawn: area_under_risk(confidence[drawn], right[drawn])),
            resampled(CALIBRATION_ERROR, len(known), lambda drawn: calibration_error(confidence[drawn], right[drawn])),
        ]
    return metrics


def _auroc(confidence: np.ndarray[tuple[int], np.dtype[np.float64]], positive: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    return auroc(confidence[positive], confidence[~positive])


def _refused_at(
    confidence: np.ndarray[tuple[int], np.dtype[np.float64]], answerable: np.ndarray[tuple[int], np.dtype[np.bool_]], wrongly: float
) -> float:
    return refused_at(confidence[answerable], confidence[~answerable], wrongly)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _around(collection: Collection, query: Query) -> str:
    """The paragraph around the first gold, at most 80 characters to each side of it."""
    gold, around = query.gold[0], query.context[0]
    text = collection.document(gold.document).text
    start, end = max(around.start, gold.start - 80), min(around.end, gold.end + 80)
    return f"{'…' if start > around.start else ''}{' '.join(text[start:end].split())}{'…' if end < around.end else ''}"


def _brief(text: str, most: int) -> str:
    return " ".join(text[:most].split())
