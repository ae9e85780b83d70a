"""Count and train the numbers of `qa/answering/` on CMRC train: python -m eval.calibration --library FOLDER [--data DIR].

The library is every CMRC train passage, one document each, among news. With the gold document of a query in place the evidence model
learns which sentence of the first ten passages holds the answer (conditional logit: one choice among a query's sentences). With the
gold document left out of the hits, as if it had never been ingested, the refusal model learns what silence looks like, as it does from
queries that are asked of another year. One in four documents is kept for the test; the figures come from there. No dev set is read.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import typer
from numpy.typing import NDArray

from eval.building import write_articles
from eval.collection import Collection
from eval.datasets import CMRC_TRAIN, NEWS, Article, Draft, data_folder, first_queries, news_articles, read_squad
from eval.datasets.squad import known_paragraphs, squad_articles
from eval.gold import Query, pin
from eval.metrics.answers import contains_answer
from eval.metrics.refusal import auroc, calibration_error
from qa.answering.answerer import quoted
from qa.answering.citing import document_spans
from qa.answering.evidence import FEATURES, PASSAGES_READ, Evidence, best_first, find_evidence
from qa.answering.queries import COMMON_TERMS, read_query
from qa.answering.refusing import SIGNALS, probability, refusal_signals
from qa.answering.weights import FORMAT, WEIGHTS
from qa.assistant import Assistant
from qa.records import Hit
from qa.search.analysis import analyse

Numbers = NDArray[np.float64]
Labels = NDArray[np.bool_]
Given = Literal["gold", "removed", "other year"]  # the gold document is there; it is not; it is there, but the query asks of another year
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d{2})(?=年)")
WRONGLY_REFUSED = 0.05  # the share of answerable queries the threshold may refuse; rewording costs more on top
COMPARED_AT = 0.10  # the share at which refusals are compared with those of other systems
_EVIDENCE_PENALTY = 1e-3  # L2, on coefficients of features scaled to unit deviation
_REFUSAL_PENALTY = 1e-4
_RESAMPLES = 1000
_NEWS_COUNTED = 12_000  # articles, beside the CMRC train passages, for the common terms
_COMMON = 0.6  # a term of a lower weight is common in Chinese at large: of 14,000 articles more than 45 hold it


@dataclass(frozen=True, slots=True)
class Look:
    """What a query finds."""

    query: Query
    document: str  # doc_id of the gold document
    given: Given
    evidence: Sequence[Evidence]

    @property
    def held_out(self) -> bool:
        """Whether the query's document is kept for the test: one in four, by its id."""
        return zlib.crc32(self.document.encode()) % 4 == 0


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of one query, of which at least one holds the answer."""

    rows: Numbers  # (sentences, len(FEATURES))
    right: Labels  # (sentences,)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The signals of one first statement, and what became of it."""

    signals: Mapping[str, float]
    given: Given
    right: bool  # the statement holds the answer


def calibrate(assistant: Assistant, drafts: Sequence[Draft]) -> dict[str, Any]:
    """The content of weights.json, trained on three quarters of the documents, with the figures of the last quarter."""
    collection = Collection(assistant.library)
    queries = pin(drafts, collection)
    looks = [look for query in queries for look in look_at(query, collection, assistant) if look.evidence]
    trained = [look for look in looks if not look.held_out]
    evidence = fit_evidence([one for look in trained if look.given == "gold" and (one := choice(look)).right.any()])
    outcomes = [outcome(look, evidence) for look in trained]
    refusal = fit_refusal([one.signals for one in outcomes], [one.right for one in outcomes])
    threshold = threshold_at([probability(one.signals, refusal) for one in outcomes if one.given == "gold"], WRONGLY_REFUSED)
    return {
        "format": FORMAT,
        "trained_on": [CMRC_TRAIN, NEWS],
        "evidence": _rounded(evidence),
        "refusal": _rounded(refusal),
        "threshold": round(threshold, 4),
        "held_out": figures([outcome(look, evidence) for look in looks if look.held_out], refusal, threshold),
    }


def look_at(query: Query, collection: Collection, assistant: Assistant) -> Iterator[Look]:
    """The query with its gold document in place, then without it, then, where it names a year, asked of another year."""
    document = collection.doc_id(query.gold[0].document)
    hits = assistant.search(query.text, k=2 * PASSAGES_READ)
    others = [hit for hit in hits if hit.passage.doc_id != document]
    yield Look(query, document, "gold", _evidence(query.text, hits, assistant))
    yield Look(query, document, "removed", _evidence(query.text, others, assistant))
    changed = with_another_year(query.text, "".join(hit.passage.text for hit in hits))
    if changed:
        yield Look(query, document, "other year", _evidence(changed, assistant.search(changed), assistant))


def with_another_year(query: str, read: str) -> str:
    """The query with its first year moved to the nearest one that stands nowhere in what was read; "" for a query without a year."""
    year = _YEAR.search(query)
    if not year:
        return ""
    moved = (str(int(year[0]) + step * sign) for step in range(1, 100) for sign in (1, -1))
    other = next((one for one in moved if one not in read), "")
    return query.replace(year[0], other) if other else ""


def _evidence(query: str, hits: Sequence[Hit], assistant: Assistant) -> list[Evidence]:
    ranked = [replace(hit, rank=rank) for rank, hit in enumerate(hits[:PASSAGES_READ], start=1)]
    asked = read_query(query, assistant.retriever.term_weights)
    return find_evidence(asked, ranked, [""] * len(ranked))  # neither news nor CMRC has titles


def choice(look: Look) -> Choice:
    """The sentences of a look, right where they hold the answer at its place in the gold document."""
    return Choice(np.array([item.features for item in look.evidence]), np.array([_holds_gold(item, look) for item in look.evidence]))


def _holds_gold(evidence: Evidence, look: Look) -> bool:
    if evidence.hit.passage.doc_id != look.document:
        return False
    spans = document_spans(evidence.hit.passage, evidence.span)
    touches = any(span.overlap(gold.span) for span in spans for gold in look.query.gold)
    return touches and contains_answer(evidence.text, look.query.answers)


def outcome(look: Look, coefficients: Mapping[str, float]) -> Outcome:
    """The signals of the look's best evidence, and whether it holds the answer."""
    evidence = best_first(look.evidence, coefficients)
    right = look.given == "gold" and contains_answer(quoted(evidence), look.query.answers)
    return Outcome(refusal_signals(evidence), look.given, right)


def fit_evidence(choices: Sequence[Choice]) -> dict[str, float]:
    """Coefficients by conditional logit: the probability of a sentence is the softmax of its score over its query's sentences.

    Minimises the mean of -log(sum of the right sentences' probabilities), with L2.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    rows = np.concatenate([choice.rows for choice in choices])
    right = np.concatenate([choice.right for choice in choices]).astype(np.float64)
    sizes = [len(choice.rows) for choice in choices]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    query_of = np.repeat(np.arange(len(choices)), sizes)
    deviation = rows.std(axis=0)
    scaled = rows / np.where(deviation > 0, deviation, 1.0)

    def loss(coefficients: Numbers) -> tuple[float, Numbers]:
        scores = scaled @ coefficients
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[query_of])
        everything, good = np.add.reduceat(odds, starts), np.add.reduceat(odds * right, starts) + 1e-30
        slope = (odds / everything[query_of] - odds * right / good[query_of]) @ scaled / len(choices)
        penalty = _EVIDENCE_PENALTY * coefficients
        return float(np.log(everything / good).mean() + penalty @ coefficients), slope + 2 * penalty

    best = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x
    return dict(zip(FEATURES, np.where(deviation > 0, best / np.where(deviation > 0, deviation, 1.0), 0.0).tolist(), strict=True))


def fit_refusal(signals: Sequence[Mapping[str, float]], right: Sequence[bool]) -> dict[str, float]:
    """Coefficients and "intercept" by logistic regression on scaled signals, each held to the sign that SIGNALS gives it."""
    from scipy.optimize import minimize

    rows = np.array([[item[name] for name in SIGNALS] for item in signals])
    labels = np.array(right, dtype=np.float64)
    deviation = rows.std(axis=0)
    scale = np.where(deviation > 0, deviation, np.inf)  # a signal that never changes gets no coefficient
    scaled = np.column_stack([(rows - rows.mean(axis=0)) / scale, np.ones(len(rows))])

    def loss(coefficients: Numbers) -> tuple[float, Numbers]:
        logits = scaled @ coefficients
        penalty = _REFUSAL_PENALTY * np.append(coefficients[:-1], 0.0)
        error = 1 / (1 + np.exp(-logits)) - labels
        return float((np.logaddexp(0, logits) - labels * logits).mean() + penalty @ coefficients), error @ scaled / len(rows) + 2 * penalty

    bounds = [*((0, None) if sign > 0 else (None, 0) for sign in SIGNALS.values()), (None, None)]
    best = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    coefficients = best[:-1] / scale
    return {**dict(zip(SIGNALS, coefficients.tolist(), strict=True)), "intercept": float(best[-1] - coefficients @ rows.mean(axis=0))}


def threshold_at(probabilities: Sequence[float], refused: float) -> float:
    """The probability below which the given share of the queries lies."""
    return float(np.quantile(probabilities, refused))


def figures(outcomes: Sequence[Outcome], refusal: Mapping[str, float], threshold: float) -> dict[str, Any]:
    """What the held-out queries say: each figure as value, and low and high end of its bootstrap 95 % interval."""
    scores = np.array([probability(outcome.signals, refusal) for outcome in outcomes])
    gold, removed, other_year = (np.array([outcome.given == given for outcome in outcomes]) for given in get_args(Given))
    right = np.array([outcome.right for outcome in outcomes])
    shown = scores >= threshold
    measures: dict[str, Callable[[Any], float]] = {
        "first_statement_right": lambda at: float(right[at][gold[at]].mean()),
        "auroc_gold_against_removed": lambda at: auroc(scores[at][gold[at]], scores[at][removed[at]]),
        "auroc_right_against_the_rest": lambda at: auroc(scores[at][right[at]], scores[at][~right[at]]),
        "wrongly_refused": lambda at: float((~shown[at][gold[at]]).mean()),
        "removed_refused_at_tenth": lambda at: float((scores[at][removed[at]] < threshold_at(scores[at][gold[at]], COMPARED_AT)).mean()),
        "removed_refused": lambda at: float((~shown[at][removed[at]]).mean()),
        "other_year_refused": lambda at: float((~shown[at][other_year[at]]).mean()) if other_year.any() else 0.0,
        "right_among_shown": lambda at: float((right & shown)[at].sum() / max(1, (gold[at] & shown[at]).sum())),
    }
    generator = np.random.default_rng(0)
    groups = [group for group in map(np.flatnonzero, (gold, removed, other_year)) if len(group)]
    samples = [np.concatenate([generator.choice(group, len(group)) for group in groups]) for _ in range(_RESAMPLES)]
    every = np.arange(len(outcomes))

    def with_interval(measure: Callable[[Any], float]) -> list[float]:
        edges = np.quantile([measure(at) for at in samples], [0.025, 0.975])
        return [round(float(value), 4) for value in (measure(every), *edges)]

    return {
        "queries": int(gold.sum()),
        **{name: with_interval(measure) for name, measure in measures.items()},
        "calibration_error": round(calibration_error(scores, right), 4),
    }


def _rounded(coefficients: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in coefficients.items()}


def common_terms(articles: Iterable[Article]) -> str:
    """The content of common_terms.txt: the weight of every term that many articles hold, idf over log n, 0 for one in all of them."""
    counts: Counter[str] = Counter()
    n = 0
    for article in articles:
        n += 1
        counts.update({term for field in analyse(article.text).values() for term in field.split()})
    levels: dict[str, list[str]] = {}
    for term in sorted(counts):
        weight = math.log(n / counts[term]) / math.log(n)
        if weight < _COMMON:
            levels.setdefault(f"{weight:.2f}", []).append(term)
    return "# weight, then the terms that have it; counted by eval/calibration.py on news and CMRC train\n" + "".join(
        f"{weight} {' '.join(levels[weight])}\n" for weight in sorted(levels)
    )


def training_articles(data: Path, n_news: int) -> Iterator[Article]:
    """Every CMRC train passage, then the first news articles."""
    yield from squad_articles(known_paragraphs(data, CMRC_TRAIN))
    yield from news_articles(data, n_news)


def build_library(folder: Path, data: Path, n_news: int) -> Assistant:
    """The training library, open; built at the first call and found again later."""
    assistant = Assistant.open(folder / "library")
    finished = folder / "finished"
    if not finished.exists():
        write_articles(training_articles(data, n_news), folder / "documents")
        assistant.ingest([folder / "documents"])
        finished.touch()
        shutil.rmtree(folder / "documents")
    return assistant


def main(argv: Sequence[str] | None = None) -> None:
    """Build the library where it is missing, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibration", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--library", type=Path, required=True, help="where the training library is built and kept")
    parser.add_argument("--news", type=int, default=8_000, help="news articles among which the passages stand")
    parser.add_argument("--queries", type=int, default=5_100)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(argv)
    data = data_folder(options.data)
    COMMON_TERMS.write_text(common_terms(training_articles(data, _NEWS_COUNTED)), encoding="utf-8")
    with build_library(options.library, data, options.news) as assistant:
        weights = calibrate(assistant, first_queries(read_squad(data / "data" / CMRC_TRAIN), options.queries))
    options.out.write_text(json.dumps(weights, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(weights["held_out"], indent=1))


if __name__ == "__main__":
    main()
