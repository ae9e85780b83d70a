"""What every measurement of reading returns, for the terminal, for JSON and for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eval.metrics.intervals import Metric


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure is to reach."""

    metric: Metric
    side: Literal["at least", "at most"]
    goal: float

    @property
    def reached(self) -> bool:
        """Whether the value itself, not its interval, lies on the right side."""
        return self.metric.value >= self.goal if self.side == "at least" else self.metric.value <= self.goal


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that was measured: figures with goals, and one table that shows where they come from."""

    name: str  # "decoding"; also the name of its module
    title: str
    command: str  # prints it
    figures: tuple[Goal, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""  # on what it was measured, and what it leaves out
