"""Several rankings become one: by rank, or by normalised score. Pure functions; ties go to the smaller id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], *, weights: Sequence[float], k: int = 60) -> list[tuple[str, float]]:
    """Every id with the sum of weight / (k + rank) over the rankings that hold it, best first; ranks count from 1.

    Cormack, Clarke and Büttcher, SIGIR 2009, whose k is 60; the weights are ours, 1 each in the paper.
    """
    fused: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, item in enumerate(ranking, start=1):
            fused[item] = fused.get(item, 0.0) + weight / (k + rank)
    return best_first(fused.items())


def weighted_sum(scores: Sequence[Mapping[str, float]], *, weights: Sequence[float]) -> list[tuple[str, float]]:
    """Every id with the weighted mean of its scores, best first. An id that a ranker does not know scores 0 there.

    The scores must be on one scale, 0..1; so is the result. ValueError when the weights do not add up to more than 0.
    """
    total = sum(weights)
    if total <= 0:
        raise ValueError(f"the weights must add up to more than 0, got {list(weights)}")
    fused: dict[str, float] = {}
    for known, weight in zip(scores, weights, strict=True):
        for item, score in known.items():
            fused[item] = fused.get(item, 0.0) + score * weight / total
    return best_first(fused.items())


def best_first(scores: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Larger scores first, equal ones by id."""
    return sorted(scores, key=lambda pair: (-pair[1], pair[0]))
