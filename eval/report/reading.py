"""The measurements of reading as one HTML page that a person reads, in the look of an evaluation's and under the same rules (`page`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.metrics.intervals import Metric
from eval.reading.measurement import Goal, Measurement
from eval.report.page import style, template
from eval.report.plots import small
from eval.results import Environment


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure beside its goal, as it is shown."""

    name: str
    value: str
    interval: str
    n: str
    goal: str
    reached: bool
    picture: Markup  # empty for what is no rate


@dataclass(frozen=True, slots=True)
class Part:
    """One measurement, as it is shown."""

    measurement: Measurement
    lines: tuple[FigureLine, ...]

    @property
    def short(self) -> tuple[FigureLine, ...]:
        """The figures that miss their goals."""
        return tuple(line for line in self.lines if not line.reached)


def reading_page(measurements: Sequence[Measurement], environment: Environment) -> str:
    """The page, as UTF-8 can write it. ValueError for no measurements."""
    if not measurements:
        raise ValueError("a report needs at least one measurement")
    parts = [Part(one, tuple(map(_line, one.figures))) for one in measurements]
    return template("reading.html").render(parts=parts, environment=environment, **style())


def number(value: float) -> str:
    """A rate with three digits, a large number whole."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.3f}"


def _line(goal: Goal) -> FigureLine:
    metric = goal.metric
    return FigureLine(
        name=metric.name,
        value=number(metric.value),
        interval=f"{number(metric.low)}–{number(metric.high)}",
        n=f"{metric.n:,}",
        goal=f"{goal.side} {goal.goal:,.10g}",
        reached=goal.reached,
        picture=small(metric) if _is_rate(metric) else Markup(""),
    )


def _is_rate(metric: Metric) -> bool:
    return metric.low >= 0 and metric.high <= 1
