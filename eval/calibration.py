"""Count and train the numbers of `qa/answering/` on CMRC train: python -m eval.calibration --library FOLDER [--data DIR].

The library is every CMRC train passage, one document each, among news. With the gold document of a query in place the evidence model
learns which sentence of the first ten passages holds the answer (conditional logit: one choice among a query's sentences). With the
gold document left out of the hits, as if it had never been ingested, the refusal model learns what silence looks like, as it does from
queries that are asked of another year. The reader has learnt most of CMRC train by heart, so what its word is worth is learnt on the
passages that its training leaves out: how it is mixed with the evidence model, and how far the refusal model is to be believed once it is.
The figures are those of each half of these passages with what the other half taught. No dev set is read.
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
from eval.training.held_out import is_held_out
from qa.answering.answerer import quoted
from qa.answering.citing import document_spans
from qa.answering.close_reading import READING, rescored, row, with_readings
from qa.answering.evidence import FEATURES, PASSAGES_READ, Evidence, best_first, find_evidence
from qa.answering.queries import COMMON_TERMS, read_query
from qa.answering.reader.reading import Reader, shipped_reader
from qa.answering.refusing import SIGNALS, probability, refusal_signals
from qa.answering.weights import FORMAT, WEIGHTS
from qa.assistant import Assistant
from qa.records import Hit
from qa.search.analysis import analyse

Numbers = NDArray[np.float64]
Labels = NDArray[np.bool_]
Given = Literal["gold", "removed", "other year"]  # the gold document is there; it is not; it is there, but the query asks of another year
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d{2})(?=年)")
WRONGLY_REFUSED = 0.035  # the share of answerable queries the threshold may refuse; rewording costs more on top
COMPARED_AT = 0.10  # the share at which refusals are compared with those of other systems
_CHOICE_PENALTY = 1e-3  # L2, on coefficients of features scaled to unit deviation
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
    def half(self) -> int:
        """0 or 1, by the document."""
        return zlib.crc32(self.document.encode()) % 2


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of one query, of which at least one holds the answer."""

    rows: Numbers  # (sentences, features)
    right: Labels  # (sentences,)


@dataclass(frozen=True, slots=True)
class FromReader:
    """What is learnt on passages that the reader has not been trained on."""

    reading: Mapping[str, float]  # how it is mixed in
    refusal: Mapping[str, float]
    threshold: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """The signals of one first statement, and what became of it."""

    signals: Mapping[str, float]
    given: Given
    right: bool  # the statement holds the answer


def calibrate(assistant: Assistant, drafts: Sequence[Draft], unread: Callable[[str], bool], reader: Reader) -> dict[str, Any]:
    """The content of weights.json, with figures. unread: whether the reader was not trained on the document of that path."""
    collection = Collection(assistant.library)
    queries = pin(drafts, collection)
    trained = looks_at([query for query in queries if not unread(query.gold[0].document)], collection, assistant)
    evidence = fit_choices(choices(trained, lambda item: item.features), FEATURES)
    first = [outcome(look, best_first(look.evidence, evidence)) for look in trained]
    refusal = fit_refusal([one.signals for one in first], [one.right for one in first])
    looks = [
        replace(look, evidence=with_readings(look.query.text, best_first(look.evidence, evidence), reader))
        for look in looks_at([query for query in queries if unread(query.gold[0].document)], collection, assistant)
    ]
    learnt = learn_from_reader(looks, refusal)
    tested = [one for half in (0, 1) for one in tested_on_half(looks, half, refusal)]
    return {
        "format": FORMAT,
        "trained_on": [CMRC_TRAIN, NEWS],
        "reader": reader.fingerprint,
        "evidence": _rounded(evidence),
        "reading": _rounded(learnt.reading),
        "refusal": _rounded(learnt.refusal),
        "threshold": round(learnt.threshold, 4),
        "held_out": figures(*zip(*tested, strict=True)),
    }


def looks_at(queries: Sequence[Query], collection: Collection, assistant: Assistant) -> list[Look]:
    """What the queries find, where they find anything."""
    return [look for query in queries for look in look_at(query, collection, assistant) if look.evidence]


def choices(looks: Sequence[Look], features: Callable[[Evidence], Sequence[float] | Numbers]) -> list[Choice]:
    """The looks with the gold document in place, of which some sentence holds the answer."""
    made = (choice(look, np.array([features(item) for item in look.evidence])) for look in looks if look.given == "gold")
    return [one for one in made if one.right.any()]


def learn_from_reader(looks: Sequence[Look], refusal: Mapping[str, float]) -> FromReader:
    """What looks with readings teach. refusal: the model as it was learnt without the reader."""
    reading = fit_choices(choices(looks, row), READING)
    outcomes = [outcome(look, rescored(look.evidence, reading)) for look in looks]
    scaled = fit_scale(refusal, [one.signals for one in outcomes], [one.right for one in outcomes])
    gold = [probability(one.signals, scaled) for one in outcomes if one.given == "gold"]
    return FromReader(reading, scaled, threshold_at(gold, WRONGLY_REFUSED))


def tested_on_half(looks: Sequence[Look], half: int, refusal: Mapping[str, float]) -> list[tuple[Outcome, float, bool]]:
    """What becomes of the looks of one half with what the other half taught: outcome, probability, and whether an answer is shown."""
    learnt = learn_from_reader([look for look in looks if look.half != half], refusal)
    outcomes = [outcome(look, rescored(look.evidence, learnt.reading)) for look in looks if look.half == half]
    scores = [probability(one.signals, learnt.refusal) for one in outcomes]
    return [(one, score, score >= learnt.threshold) for one, score in zip(outcomes, scores, strict=True)]


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


def choice(look: Look, rows: Numbers) -> Choice:
    """The sentences of a look, right where they hold the answer at its place in the gold document. rows: their features."""
    return Choice(rows, np.array([_holds_gold(item, look) for item in look.evidence]))


def _holds_gold(evidence: Evidence, look: Look) -> bool:
    if evidence.hit.passage.doc_id != look.document:
        return False
    spans = document_spans(evidence.hit.passage, evidence.span)
    touches = any(span.overlap(gold.span) for span in spans for gold in look.query.gold)
    return touches and contains_answer(evidence.text, look.query.answers)


def outcome(look: Look, evidence: Sequence[Evidence]) -> Outcome:
    """The signals of the look's best evidence, and whether it holds the answer. evidence: the look's, best first."""
    right = look.given == "gold" and contains_answer(quoted(evidence), look.query.answers)
    return Outcome(refusal_signals(evidence), look.given, right)


def fit_choices(choices: Sequence[Choice], names: Sequence[str]) -> dict[str, float]:
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
        penalty = _CHOICE_PENALTY * coefficients
        return float(np.log(everything / good).mean() + penalty @ coefficients), slope + 2 * penalty

    best = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return dict(zip(names, np.where(deviation > 0, best / np.where(deviation > 0, deviation, 1.0), 0.0).tolist(), strict=True))


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


def fit_scale(refusal: Mapping[str, float], signals: Sequence[Mapping[str, float]], right: Sequence[bool]) -> dict[str, float]:
    """The refusal model with its log odds stretched and shifted to fit other outcomes (Platt 1999)."""
    from scipy.optimize import minimize

    odds = np.array([sum(refusal[name] * value for name, value in item.items()) + refusal["intercept"] for item in signals])
    labels = np.array(right, dtype=np.float64)

    def loss(scale: Numbers) -> tuple[float, Numbers]:
        logits = scale[0] * odds + scale[1]
        error = 1 / (1 + np.exp(-logits)) - labels
        return float((np.logaddexp(0, logits) - labels * logits).mean()), np.array([error @ odds, error.sum()]) / len(odds)

    stretch, shift = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)]).x
    return {name: stretch * value + (shift if name == "intercept" else 0.0) for name, value in refusal.items()}


def threshold_at(probabilities: Sequence[float], refused: float) -> float:
    """The probability below which the given share of the queries lies."""
    return float(np.quantile(probabilities, refused))


def figures(outcomes: Sequence[Outcome], probabilities: Sequence[float], answered: Sequence[bool]) -> dict[str, Any]:
    """What the queries say: each figure as value, and low and high end of its bootstrap 95 % interval."""
    scores, shown = np.array(probabilities), np.array(answered)
    gold, removed, other_year = (np.array([outcome.given == given for outcome in outcomes]) for given in get_args(Given))
    right = np.array([outcome.right for outcome in outcomes])
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
    parser.add_argument(
        "--queries", type=int, default=5_100, help="for the evidence model, beside those of the passages kept from the reader"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(argv)
    data = data_folder(options.data)
    COMMON_TERMS.write_text(common_terms(training_articles(data, _NEWS_COUNTED)), encoding="utf-8")
    with build_library(options.library, data, options.news) as assistant:
        drafts = read_squad(data / "data" / CMRC_TRAIN)
        kept = [draft for draft in drafts if is_held_out(draft.gold[0].document)]
        chosen = [*first_queries(drafts, options.queries), *kept]
        weights = calibrate(assistant, chosen, is_held_out, shipped_reader())
    options.out.write_text(json.dumps(weights, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(weights["held_out"], indent=1))


if __name__ == "__main__":
    main()
