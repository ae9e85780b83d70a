"""How sure it is that the best evidence answers the query: one calibrated probability, from named signals by logistic regression.

The signals ask what a careful reader would ask: does the passage hold what is rare in the query, and the sentence its wording? Is a
number or a year missing, a Latin name, or is it about another of a row? Does an answer of the kind asked for stand near? Is this passage,
and this sentence, clearly the best? And what does the reader say, who has learnt to tell an answer from what only looks like one, and can
what it likes be one at all?
None depends on the size of the library. Each can only help or only hurt, whatever the training queries say by chance. Trained by
`eval/calibration.py` on queries whose document was taken out of the library, or lost the sentences with the answer, or whose year was
changed, and on questions that people found unanswerable or that were written to be. Not handled: a name that differs in one character; a
condition in the query that the answering sentence does not meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from qa.answering.evidence import Evidence, keyword_score

_FROM_EVIDENCE = {  # features of the best evidence
    "characters": 1,
    "passage": 1,
    "number_missing": -1,
    "year_conflict": -1,
    "names_another": -1,
    "latin": 1,
    "kind_nearness": 1,
    "kind_missing": -1,
}
SIGNALS = {  # signal -> 1 when more of it makes an answer likelier, -1 when less likely
    **_FROM_EVIDENCE,
    "margin": 1,  # how far the next sentence of other words lies behind, in log odds over _WIDE, times "passage"
    "gap": 1,  # how far the keyword score of the second passage lies behind the first's, over the first's, times "passage"; 0 without one
    "alone": 1,  # 1 / how many passages were found: where there are few, no margin and no gap is to be had
    "odds": 1,  # of the reader, that this sentence answers against its window being silent: -1..1
    "most_odds": 1,  # the most that it gives any sentence
    "unfit": -1,  # what the reader likes best in the sentence cannot be what the query asks for
}
_WIDE = 5.0  # log odds: a margin beyond this tells nothing more


def probability(signals: Mapping[str, float], coefficients: Mapping[str, float]) -> float:
    """The probability, 0..1, that the first statement answers the query."""
    logit = coefficients["intercept"] + sum(coefficients[name] * value for name, value in signals.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def refusal_signals(evidence: Sequence[Evidence]) -> dict[str, float]:
    """The signals for the first of the evidence, which is best first and not empty."""
    best = evidence[0]
    second = next((other for other in evidence if other.text != best.text), None)
    margin = min(_WIDE, best.score - second.score) / _WIDE if second else 1.0
    held = best.feature("passage")  # being the best of little is nothing: in a small library something always is
    by_passage = {item.hit.passage.passage_id: keyword_score(item.hit) for item in evidence}
    return {
        **{name: best.feature(name) for name in _FROM_EVIDENCE},
        "margin": margin * held,
        "gap": _gap(by_passage.values()) * held,
        "alone": 1 / len(by_passage),
        "odds": best.odds,
        "most_odds": max(item.odds for item in evidence),
        "unfit": float(best.unfit),
    }


def _gap(scores: Iterable[float]) -> float:
    first, second, *_ = (*sorted(scores, reverse=True), 0.0)
    return 1 - second / first if second > 0 else 0.0
