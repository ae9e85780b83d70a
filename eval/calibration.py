"""Count and train the numbers of `qa/answering/`: python -m eval.calibration --library FOLDER [--data DIR].

The library is every CMRC train passage, one document each, among news. There the evidence model learns which sentence of the first ten
passages holds the answer (conditional logit: one choice among a query's sentences), from CMRC's queries and those written for Chuchu, and
in court documents. The reader has learnt many of these by heart, so what its word is worth is learnt on the documents that its training
leaves out: how it is mixed with the evidence model, and when nothing is answered, from queries in the situations of
`eval/training/situations.py`. The threshold refuses five in a hundred of the answerable ones. The figures are those of each half of these
documents with what the other half taught. No dev set is read.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from eval.datasets import CMRC_TRAIN, NEWS, Article, data_folder, first_queries, read_squad
from eval.datasets.cail import UNTOUCHED, cail_drafts
from eval.datasets.files import CAIL_DEV
from eval.datasets.held_out import HELD_OUT_PASSAGES, is_held_out, is_held_out_case, is_held_out_stretch
from eval.datasets.squad import Paragraph, known_paragraphs, squad_articles
from eval.datasets.written import written_drafts, written_drafts_given, written_paragraphs
from eval.metrics.answers import contains_answer
from eval.metrics.refusal import auroc, calibration_error
from eval.training.fitting import Choice, Numbers, fit_choices, fit_refusal, threshold_at
from eval.training.library import NEWS_AMONG, build_library, training_articles
from eval.training.reading_lexicon import alike_words, start_of
from eval.training.situations import (
    Look,
    Situation,
    cut_articles,
    looks_at_everything,
    looks_given,
    looks_in_situations,
)
from qa.answering.answerer import quoted
from qa.answering.citing import document_spans
from qa.answering.close_reading import READING, rescored, row, with_readings
from qa.answering.evidence import FEATURES, Evidence, best_first
from qa.answering.queries import COMMON_TERMS
from qa.answering.reader.reading import SHIPPED, Reader, shipped_reader
from qa.answering.refusing import probability, refusal_signals
from qa.answering.weights import FORMAT, WEIGHTS
from qa.search.analysis import analyse

WRONGLY_REFUSED = 0.05  # the share of answerable queries that the threshold may refuse; at which refusals are compared, too
_RESAMPLES = 1000
_NEWS_COUNTED = 12_000  # articles, beside the CMRC train passages, for the common terms
_COMMON = 0.6  # a term of a lower weight is common in Chinese at large: of 14,000 articles more than 45 hold it
_COMPARED: tuple[tuple[Situation, Situation], ...] = (
    ("everything", "removed"),
    ("few", "few removed"),
    ("alone", "cut"),
    ("court", "court"),
    ("written", "written"),
)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What is learnt on documents that the reader has not been trained on."""

    reading: Mapping[str, float]  # how the reader is mixed in
    refusal: Mapping[str, float]
    threshold: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """The signals of one first statement, and what became of it."""

    situation: Situation
    answerable: bool
    right: bool  # the statement holds the answer; answers of yes and no, which no statement holds, count as held
    signals: Mapping[str, float]


def calibrate(trained: Iterable[Look], kept: Iterable[Look], reader: Reader) -> dict[str, Any]:
    """The content of weights.json, with figures.

    trained: at everything, where the reader may have been trained on the documents; kept: in situations, where it was not.
    """
    evidence = fit_choices(choices(trained, lambda item: item.features), FEATURES)
    looks = [read(look, evidence, reader) for look in kept]
    learnt = learn(looks)
    return {
        "format": FORMAT,
        "trained_on": [CMRC_TRAIN, NEWS, CAIL_DEV],
        "reader": reader.fingerprint,
        "evidence": _rounded(evidence),
        "reading": _rounded(learnt.reading),
        "refusal": _rounded(learnt.refusal),
        "threshold": round(learnt.threshold, 4),
        "held_out": figures(*zip(*(one for half in (0, 1) for one in tested_on_half(looks, half)), strict=True)),
    }


def read(look: Look, coefficients: Mapping[str, float], reader: Reader) -> Look:
    """The look with what the reader thinks of its evidence, best first; not with every score it gave, which would fill the memory."""
    found = with_readings(look.text, look.asked, best_first(look.evidence, coefficients), reader)
    return replace(look, evidence=[replace(item, reading=None) for item in found])


def choices(looks: Iterable[Look], features: Callable[[Evidence], Sequence[float] | Numbers]) -> list[Choice]:
    """The looks at everything, or at the right document alone, of which some sentence holds the answer, at its place in the document."""
    made = (
        Choice(np.array([features(item) for item in look.evidence]), np.array([_holds_gold(item, look) for item in look.evidence]))
        for look in looks
        if look.situation in ("everything", "court", "written")
    )
    return [one for one in made if one.right.any()]


def learn(looks: Sequence[Look]) -> Learnt:
    """What looks with readings teach."""
    reading = fit_choices(choices(looks, row), READING)
    outcomes = [outcome(look, rescored(look.evidence, reading)) for look in looks]
    refusal = fit_refusal([one.signals for one in outcomes], [one.right for one in outcomes])
    answerable = [probability(one.signals, refusal) for one in outcomes if one.answerable]
    return Learnt(reading, refusal, threshold_at(answerable, WRONGLY_REFUSED))


def tested_on_half(looks: Sequence[Look], half: int) -> list[tuple[Outcome, float, bool]]:
    """What becomes of the looks of one half with what the other half taught: outcome, probability, and whether an answer is shown."""
    learnt = learn([look for look in looks if look.half != half])
    outcomes = [outcome(look, rescored(look.evidence, learnt.reading)) for look in looks if look.half == half]
    scores = [probability(one.signals, learnt.refusal) for one in outcomes]
    return [(one, score, score >= learnt.threshold) for one, score in zip(outcomes, scores, strict=True)]


def _holds_gold(evidence: Evidence, look: Look) -> bool:
    if evidence.hit.passage.doc_id != look.document:
        return False
    spans = document_spans(evidence.hit.passage, evidence.span)
    touches = any(span.overlap(gold.span) for span in spans for gold in look.query.gold)
    return touches and contains_answer(evidence.text, look.query.answers)


def outcome(look: Look, evidence: Sequence[Evidence]) -> Outcome:
    """The signals of the look's best evidence, and whether it holds the answer. evidence: the look's, best first."""
    holds = contains_answer(quoted(evidence), look.query.answers) or not look.query.gold
    return Outcome(look.situation, look.answerable, look.answerable and holds, refusal_signals(evidence))


def figures(outcomes: Sequence[Outcome], probabilities: Sequence[float], answered: Sequence[bool]) -> dict[str, Any]:
    """What the queries say: each figure as value, and low and high end of its bootstrap 95 % interval.

    "… against …": AUROC of the probability, and at 5 % of the first wrongly refused the share of the second that is refused.
    """
    scores, shown = np.array(probabilities), np.array(answered)
    situations = np.array([one.situation for one in outcomes])
    answerable, right = np.array([one.answerable for one in outcomes]), np.array([one.right for one in outcomes])
    measures: dict[str, Callable[[NDArray[np.int64]], float]] = {
        "first_statement_right": lambda at: float(right[at][situations[at] == "everything"].mean()),
        "right_against_wrong": lambda at: auroc(scores[at][right[at]], scores[at][~right[at]]),
        "wrongly_refused": lambda at: float((~shown[at][answerable[at]]).mean()),
        "unanswerable_refused": lambda at: float((~shown[at][~answerable[at]]).mean()),
    }
    for one, other in _COMPARED:
        there, silent = (situations == one) & answerable, (situations == other) & ~answerable
        if there.any() and silent.any():
            measures[f"{one} against {other}"] = lambda at, yes=there, no=silent: auroc(scores[at][yes[at]], scores[at][no[at]])  # type: ignore[misc]
            measures[f"{other} refused"] = lambda at, yes=there, no=silent: float(  # type: ignore[misc]
                (scores[at][no[at]] < threshold_at(scores[at][yes[at]], WRONGLY_REFUSED)).mean()
            )
    generator = np.random.default_rng(0)
    kinds = [f"{one} {able}" for one, able in zip(situations, answerable, strict=True)]
    groups = [np.flatnonzero(np.array(kinds) == kind) for kind in sorted(set(kinds))]
    samples = [np.concatenate([generator.choice(group, len(group)) for group in groups]) for _ in range(_RESAMPLES)]
    every = np.arange(len(outcomes))

    def with_interval(measure: Callable[[NDArray[np.int64]], float]) -> list[float]:
        edges = np.quantile([measure(at) for at in samples], [0.025, 0.975])
        return [round(float(value), 4) for value in (measure(every), *edges)]

    return {
        "queries": dict(sorted(Counter(situations.tolist()).items())),
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


def court_documents(data: Path) -> list[Paragraph]:
    """The court documents that something may be trained on."""
    return [paragraph for paragraph in known_paragraphs(data, CAIL_DEV) if int(paragraph.item["caseid"]) not in UNTOUCHED]


def main(argv: Sequence[str] | None = None) -> None:
    """Build the libraries where they are missing, train, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibration", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--library", type=Path, required=True, help="where the training libraries are built and kept")
    parser.add_argument("--news", type=int, default=NEWS_AMONG, help="news articles among which the passages stand")
    parser.add_argument(
        "--queries", type=int, default=5_100, help="for the evidence model, beside those of the passages kept from the reader"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(argv)
    data = data_folder(options.data)
    COMMON_TERMS.write_text(common_terms(training_articles(data, _NEWS_COUNTED)), encoding="utf-8")
    drafts = read_squad(data / "data" / CMRC_TRAIN)
    written, cases = written_paragraphs(data), court_documents(data)
    found_whole = [paragraph for paragraph in written if paragraph.item["of"] != CAIL_DEV]  # in a library of news and passages
    kept_whole = [paragraph for paragraph in found_whole if is_held_out_stretch(paragraph)]
    cut_from = [*known_paragraphs(data, CMRC_TRAIN)[-HELD_OUT_PASSAGES:], *kept_whole]
    with (
        build_library(options.library, training_articles(data, options.news)) as assistant,
        build_library(options.library / "cut", cut_articles(cut_from)) as cut,
        build_library(options.library / "court", squad_articles(cases)) as court,
        build_library(options.library / "written", squad_articles(written)) as stretches,
    ):
        learnt_from = [draft for draft in first_queries(drafts, options.queries) if not is_held_out(draft.gold[0].document)]
        learnt_from += written_drafts(paragraph for paragraph in found_whole if not is_held_out_stretch(paragraph))
        trained = [
            *looks_at_everything(learnt_from, assistant),
            *looks_given(cail_drafts(itertools.filterfalse(is_held_out_case, cases), CAIL_DEV), court, "court"),
        ]
        kept = [draft for draft in drafts if is_held_out(draft.gold[0].document)]
        looks = [
            *looks_in_situations([*kept, *written_drafts(kept_whole)], assistant, cut, alike_words(start_of(SHIPPED))),
            *looks_given(cail_drafts(filter(is_held_out_case, cases), CAIL_DEV), court, "court"),
            *looks_given(written_drafts_given(filter(is_held_out_stretch, written)), stretches, "written"),
        ]
        weights = calibrate(trained, looks, shipped_reader())
    options.out.write_text(json.dumps(weights, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    typer.echo(json.dumps(weights["held_out"], indent=1))


if __name__ == "__main__":
    main()
