"""The estimators of `eval/calibration.py`: a choice among a query's sentences, and one probability from signals of known sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answering.refusing import SIGNALS

Numbers = NDArray[np.float64]
Labels = NDArray[np.bool_]
_CHOICE_PENALTY = 1e-3  # L2, on coefficients of features scaled to unit deviation
_REFUSAL_PENALTY = 1e-4


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of one query, of which at least one holds the answer."""

    rows: Numbers  # (sentences, features)
    right: Labels  # (sentences,)


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


def threshold_at(probabilities: Sequence[float], refused: float) -> float:
    """The probability below which the given share of the queries lies."""
    return float(np.quantile(probabilities, refused))
