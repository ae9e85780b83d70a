"""Every measure by its one name: what it says, which part of a system it looks at, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eval.metrics.citations import CONTAINMENT
from qa.records import SURE

Part = Literal["retrieval", "answers", "citations", "refusal"]

CUTOFFS = (1, 5, 10)
DEPTH = 10  # hits looked at


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. A mean over queries is scored for each; a statistic of the whole set (AUROC) is not."""

    name: str
    part: Part
    meaning: str  # one sentence, for the reader of a report
    smaller_is_better: bool = False
    of_the_set: bool = False  # not a mean over queries


CONTEXT, SPAN, IN_HITS = "context success@", "span success@", "answer in passages@"
MRR, NDCG = "MRR", "nDCG@10"
IN_FIRST, IN_ANY = "answer in first statement", "answer in any statement"
EM, CHAR_F1 = "EM", "char F1"
EXPMRC_ANSWER, EXPMRC_EVIDENCE, EXPMRC_BOTH = "ExpMRC answer F1", "ExpMRC evidence F1", "ExpMRC overall F1"
EXACT, CITATION_RECALL, CITATION_PRECISION = "citation exactness", "citation recall", "citation precision"
PROVED = "bundles verified"
REFUSED, WRONGLY_REFUSED = "refused, of the unanswerable", "wrongly refused, of the answerable"
SURE_OF_SILENCE, SURE_RIGHT = "told as sure, of the unanswerable", "right, of what is told as sure"
AUROC_ANSWERABLE, AUROC_RIGHT = "AUROC, answerable", "AUROC, right"
REFUSED_AT_5, REFUSED_AT_10 = "refused at 5 % wrongly refused", "refused at 10 % wrongly refused"
RISK_AREA, CALIBRATION_ERROR = "area under risk-coverage", "calibration error"

MEASURES = (
    *(Measure(f"{CONTEXT}{k}", "retrieval", f"a hit among the first {k} stands in the paragraph that holds the gold") for k in CUTOFFS),
    *(Measure(f"{SPAN}{k}", "retrieval", f"a hit among the first {k} holds the gold itself") for k in CUTOFFS),
    Measure(MRR, "retrieval", "1 / rank of the first hit that holds the gold, 0 when it is not among ten"),
    Measure(NDCG, "retrieval", "gain of the hits that hold gold, discounted by rank, over that of the best order"),
    *(Measure(f"{IN_HITS}{k}", "retrieval", f"an accepted answer stands in one of the first {k} hits, wherever that is") for k in CUTOFFS),
    Measure(IN_FIRST, "answers", "the first statement holds an accepted answer"),
    Measure(IN_ANY, "answers", "some statement holds an accepted answer"),
    Measure(EM, "answers", "the short answer (the statement where none is named) equals an accepted one, by CMRC 2018's rule"),
    Measure(CHAR_F1, "answers", "longest common run of the same and an accepted answer, as F1, by CMRC 2018's rule"),
    Measure(EXPMRC_ANSWER, "answers", "F1 of the short answer, by the rule of ExpMRC"),
    Measure(EXPMRC_EVIDENCE, "answers", "F1 of the first statement against the evidence people marked, by the rule of ExpMRC"),
    Measure(EXPMRC_BOTH, "answers", "product of the two, query by query"),
    Measure(EXACT, "citations", "share of an answer's quotes that stand in the named document at the named place, letter for letter"),
    Measure(CITATION_RECALL, "citations", f"share of an answer's statements that their quotes support (ALCE; judge: {CONTAINMENT})"),
    Measure(CITATION_PRECISION, "citations", f"share of an answer's quotes that their statement needs (ALCE; judge: {CONTAINMENT})"),
    Measure(
        PROVED, "citations", "share of answers and refusals whose evidence bundle the originals confirm, as `chuchu verify-bundle` does it"
    ),
    Measure(REFUSED, "refusal", "share of unanswerable queries that were refused"),
    Measure(WRONGLY_REFUSED, "refusal", "share of answerable queries that were refused", smaller_is_better=True),
    Measure(
        SURE_OF_SILENCE, "refusal", f"share of unanswerable queries answered with a confidence of {SURE:g} and more", smaller_is_better=True
    ),
    Measure(SURE_RIGHT, "refusal", f"of the answers with a confidence of {SURE:g} and more, the share whose first statement is right"),
    Measure(AUROC_ANSWERABLE, "refusal", "chance that an answerable query has the larger confidence of a pair", of_the_set=True),
    Measure(AUROC_RIGHT, "refusal", "chance that a right statement has the larger confidence of a pair", of_the_set=True),
    Measure(REFUSED_AT_5, "refusal", "share of the unanswerable refused where one answerable query in twenty is", of_the_set=True),
    Measure(REFUSED_AT_10, "refusal", "share of the unanswerable refused where one answerable query in ten is", of_the_set=True),
    Measure(RISK_AREA, "refusal", "share of wrong first statements, mean over all coverages", smaller_is_better=True, of_the_set=True),
    Measure(CALIBRATION_ERROR, "refusal", "gap between confidence and share right, ten bins", smaller_is_better=True, of_the_set=True),
)
BY_NAME = {measure.name: measure for measure in MEASURES}
ORDER = {measure.name: place for place, measure in enumerate(MEASURES)}
