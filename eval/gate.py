"""Pinned floors: the figures a set must not fall below, kept with the command and the data they were measured with.

A floor is a measured figure less one query (another processor's float sums may swap two hits of nearly equal score); citation exactness
and verified bundles have no such slack. Statistics of a whole set, as AUROC, are not pinned: one query moves them by no fixed amount.
Floors rise with `update`, and fall only when that is asked for with a flag of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.records import DatasetError
from eval.measures import BY_NAME, EXACT, PROVED
from eval.metrics.intervals import Metric
from eval.results import Result
from qa.records import from_json, to_json

EPSILON = 1e-6  # absorbs float noise, nothing more
FLOORS = Path(__file__).parent / "floors"
WITHOUT_SLACK = {EXACT, PROVED}


@dataclass(frozen=True, slots=True)
class Pin:
    """What one measure was, and the bound it must keep: a floor, or a ceiling where smaller is better."""

    name: str
    expected: float
    bound: float


@dataclass(frozen=True, slots=True)
class Condition:
    """The pinned figures of a set, with what they were measured with."""

    command: str
    dataset_sha256: str
    corpus_sha256: str
    encoder: str
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One measure against its bound."""

    name: str
    measured: float
    bound: float
    passed: bool

    @property
    def relation(self) -> str:
        return "at most" if BY_NAME[self.name].smaller_is_better else "at least"


def check(result: Result, condition: Condition) -> list[Check]:
    """Every pinned measure against its bound. DatasetError when the set is not the one that was pinned, or lacks a measure."""
    if not _same_set(result, condition):
        raise DatasetError(f"the {result.config.dataset} set has changed since its floors were pinned; measure it again with --update")
    measured = {metric.name: metric.value for metric in result.systems[0].metrics}
    if missing := [pin.name for pin in condition.pins if pin.name not in measured]:
        raise DatasetError(f"measures that are pinned were not measured: {', '.join(missing)}")
    return [Check(pin.name, measured[pin.name], pin.bound, not _worse(pin.name, measured[pin.name], pin.bound)) for pin in condition.pins]


def update(result: Result, old: Condition | None, *, command: str, allow_lower: bool) -> Condition:
    """The condition that pins this result. Bounds of the same set stay where they are stricter, unless `allow_lower`.

    DatasetError when a measured figure breaks an old bound and `allow_lower` is not given.
    """
    config = result.config
    means = [metric for metric in result.systems[0].metrics if not BY_NAME[metric.name].of_the_set]
    pins = {metric.name: Pin(metric.name, round(metric.value, 6), _bound(metric)) for metric in means}
    if old is not None and _same_set(result, old) and not allow_lower:
        if failed := [c.name for c in check(result, old) if not c.passed]:
            raise DatasetError(f"this would lower the floor of: {', '.join(failed)}; repeat with --allow-lower if that is meant")
        for pin in old.pins:
            if _worse(pin.name, pins[pin.name].bound, pin.bound):
                pins[pin.name] = Pin(pin.name, pins[pin.name].expected, pin.bound)
    return Condition(command, config.dataset_sha256, config.corpus_sha256, config.encoder, tuple(pins.values()))


def _same_set(result: Result, condition: Condition) -> bool:
    config = result.config
    return (config.dataset_sha256, config.corpus_sha256) == (condition.dataset_sha256, condition.corpus_sha256)


def _bound(metric: Metric) -> float:
    if metric.name in WITHOUT_SLACK:
        return round(metric.value, 6)
    slack = 1 / metric.n
    return round(min(1.0, metric.value + slack) if BY_NAME[metric.name].smaller_is_better else max(0.0, metric.value - slack), 6)


def _worse(name: str, value: float, bound: float) -> bool:
    return value > bound + EPSILON if BY_NAME[name].smaller_is_better else value < bound - EPSILON


def read_condition(path: Path) -> Condition | None:
    """The pinned figures, None where none are pinned yet. DatasetError for a damaged file."""
    if not path.exists():
        return None
    try:
        return from_json(Condition, json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise DatasetError(f"{path} does not hold pinned floors; delete it and pin them with --update") from error


def write_condition(path: Path, condition: Condition) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(to_json(condition), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
