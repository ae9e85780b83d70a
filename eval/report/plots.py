"""Plots as SVG text, drawn by pure functions: the same values give the same bytes on every machine.

Every plot is 360 wide and says in its `<title>` what it shows, so it can be read aloud. Colours are classes of `page.css`, and nothing is
told by colour alone. All values are shares, 0..1. Not handled: values outside 0..1, axes of time, labels longer than the plot is wide
(they are cut; the table beside a plot has them whole).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.metrics.intervals import Metric
from eval.metrics.refusal import Bin, Point

WIDTH, HEIGHT = 360.0, 256.0  # dot plots are as high as their rows
ROW = 32.0  # height of one row of dots: its label above, its line below
STEPS = (0.05, 0.1, 0.2)
MOST_INTERVALS = 5  # between the first tick and the last
LEAST = 0.2  # an axis is at least so long: what chance does should not look like a landslide
CURVE_POINTS = 200  # drawn at most; a curve over 13,000 queries has no more to show on 360 pixels

_SHAPES = (
    "M0 -4.5L4.5 0L0 4.5L-4.5 0Z",  # diamond
    "M-3.5 -3.5H3.5V3.5H-3.5Z",  # square
    "M0 -4.5L4.5 3.5H-4.5Z",  # triangle
    "M-4 -4L4 4M-4 4L4 -4",  # cross
    "M0 4.5L4.5 -3.5H-4.5Z",  # triangle on its point
    "M-4.5 0H4.5M0 -4.5V4.5",  # plus
)


@dataclass(frozen=True, slots=True)
class Axis:
    """What is drawn of 0..1, with its ticks: the first is the low end, the last the high end."""

    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """How far along the axis a value stands, 0..1; values beyond an end stand at the end."""
        low, high = self.ticks[0], self.ticks[-1]
        return (min(max(value, low), high) - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Other:
    """What another system reached in the same row."""

    system: str
    shape: int  # see `mark`
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a dot plot."""

    label: str
    metric: Metric
    others: tuple[Other, ...] = ()
    ours: bool = True  # a filled dot; else a hollow one


@dataclass(frozen=True, slots=True)
class Spread:
    """How many queries of one kind have their confidence in each of equally wide bins from 0 to 1."""

    label: str
    kind: str  # the class of its colour
    shown: tuple[int, ...]
    withheld: tuple[int, ...]  # of as many bins


@dataclass(frozen=True, slots=True)
class _Box:
    """The field of a plot: shares of its axes to coordinates."""

    left: float
    right: float
    top: float
    bottom: float
    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.across.share(value)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * self.up.share(value)


UNIT = Axis((0.0, 0.2, 0.4, 0.6, 0.8, 1.0))


def axis(values: Sequence[float]) -> Axis:
    """The shortest axis with round ticks that holds all values, inside 0..1 and at least 0.2 long; 0..1 for no values."""
    low, high = (max(0.0, min(values)), min(1.0, max(values))) if values else (0.0, 1.0)
    if high - low < LEAST:
        low = max(0.0, min((low + high - LEAST) / 2, 1 - LEAST))
        high = low + LEAST
    for step in STEPS:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= MOST_INTERVALS:
            break
    return Axis(tuple(round(number * step, 2) for number in range(first, last + 1)))


def mark(shape: int) -> Markup:
    """The mark of another system, for a legend; after six, shapes come again."""
    return Markup('<svg class="mark" viewBox="-7 -7 14 14" aria-hidden="true"><path class="other" d="{}"/></svg>').format(_path(shape))


def dots(title: str, rows: Sequence[Row], scale: Axis, *, whole: float | None = None) -> Markup:
    """A dot with its interval for each row, other systems as small hollow marks; `whole`, over all queries, as a dashed line."""
    box = _Box(12, WIDTH - 12, 4, 4 + ROW * len(rows), scale, UNIT)
    parts = [_line("grid", box.x(tick), box.top, box.x(tick), box.bottom) for tick in scale.ticks]
    parts += [_text("tick", box.x(tick), box.bottom + 14, f"{tick:g}", "middle") for tick in scale.ticks]
    if whole is not None:
        parts.append(_line("whole", box.x(whole), box.top, box.x(whole), box.bottom))
    for place, row in enumerate(rows):
        parts += _dot_row(row, box, box.top + ROW * place)
    return _svg(title, box.bottom + 20, parts)


def small(metric: Metric) -> Markup:
    """One dot with its interval on a rail from 0 to 1, for a table; it repeats what stands beside it, so it is not read aloud."""
    box = _Box(6, 154, 0, 14, UNIT, UNIT)
    parts = (
        _line("row", box.x(0), 7, box.x(1), 7),
        *(_line("axis", box.x(end), 4, box.x(end), 10) for end in (0, 1)),
        _line("interval", box.x(metric.low), 7, box.x(metric.high), 7),
        Markup('<circle class="dot" cx="{}" cy="7" r="4"/>').format(_n(box.x(metric.value))),
    )
    return Markup('<svg class="plot small" viewBox="0 0 160 14" aria-hidden="true">{}</svg>').format(Markup("").join(parts))


def _dot_row(row: Row, box: _Box, top: float) -> list[Markup]:
    metric, y = row.metric, top + 22
    picture = Markup('<path class="other" transform="translate({} {})" d="{}"><title>{}, {}: {:.3f}</title></path>')
    others = [
        picture.format(_n(box.x(other.value)), _n(y), _path(other.shape), row.label, other.system, other.value) for other in row.others
    ]
    said = f"{row.label}: {metric.value:.3f} ({metric.low:.3f}–{metric.high:.3f}), n {metric.n:,}"
    return [
        _line("row", box.left, y, box.right, y),
        _line("interval" if row.ours else "interval hollow", box.x(metric.low), y, box.x(metric.high), y),
        *others,
        _circle("dot" if row.ours else "dot hollow", box.x(metric.value), y, 4.5, said),
        _text("label", box.left, top + 12, shortened(row.label, 280), "start"),
        _text("value", box.right, top + 12, f"{metric.value:.3f}", "end"),
    ]


def risk_curve(title: str, points: Sequence[Point], shipped: tuple[float, float] | None) -> Markup:
    """Risk over coverage. shipped: (coverage, risk) of what the system really showed, a ring with its figures; None when it showed nothing.

    Between two points nothing can be chosen; the line between them only guides the eye.
    """
    risks = [0.0, *(point.risk for point in points), *(shipped[1:] if shipped else ())]
    box = _Box(48, WIDTH - 14, 12, 210, UNIT, axis(risks))
    drawn = thinned(points, CURVE_POINTS)
    places = [f"{_n(box.x(point.coverage))} {_n(box.y(point.risk))}" for point in drawn]
    parts = _frame(box, "share of queries answered", "share of these wrong")
    if places:
        # A curve of one point has no length: closed, it is still drawn, as a point with round ends.
        parts.append(Markup('<path class="curve" d="M{}{}"/>').format("L".join(places), "Z" if len(places) == 1 else ""))
    if shipped:
        said = f"as shipped: {percent(shipped[0], 0)} answered, {percent(shipped[1], 0)} wrong"
        parts += [
            _circle("ring", box.x(shipped[0]), box.y(shipped[1]), 6, said),
            _circle("ring", box.left + 12, box.top + 10, 5, said),
            _text("label", box.left + 22, box.top + 14, said, "start"),
        ]
    return _svg(title, HEIGHT, parts)


def reliability_diagram(title: str, bins: Sequence[Bin]) -> Markup:
    """The share right of each bin over its mean confidence, the area of a dot by its queries; on the diagonal confidence is honest."""
    box = _Box(48, WIDTH - 14, 12, 210, UNIT, UNIT)
    most = max((part.n for part in bins), default=1)
    parts = [*_frame(box, "confidence", "share right"), _line("whole", box.x(0), box.y(0), box.x(1), box.y(1))]
    for part in bins:
        x, y = box.x(part.confidence), box.y(part.right)
        said = f"confidence {part.low:g} to {part.high:g}: mean {part.confidence:.3f}, right {part.right:.3f}, n {part.n:,}"
        parts += [_line("gap", x, box.y(part.confidence), x, y), _circle("dot", x, y, 2 + 6 * math.sqrt(part.n / most), said)]
    return _svg(title, HEIGHT, parts)


def spreads(title: str, groups: Sequence[Spread]) -> Markup:
    """A histogram for each group, one below the other on one scale of shares: filled what was shown, hollow what was withheld."""
    box = _Box(14, WIDTH - 14, 4, 210, UNIT, UNIT)
    height = (box.bottom - box.top) / max(len(groups), 1)
    shares = [(shown + withheld) / _members(group) for group in groups for shown, withheld in zip(group.shown, group.withheld, strict=True)]
    tallest = max(shares, default=0.0) or 1.0
    parts = [_line("grid", box.x(tick), box.top, box.x(tick), box.bottom) for tick in UNIT.ticks]
    for place, group in enumerate(groups):
        parts += _histogram(group, box, box.top + height * (place + 1), (height - 22) / _members(group) / tallest)
        parts.append(_text("label", box.left, box.top + height * place + 14, f"{group.label}: {_count(group):,}", "start"))
    parts += [_text("tick", box.x(tick), box.bottom + 14, f"{tick:g}", "middle") for tick in UNIT.ticks]
    parts.append(_text("name", (box.left + box.right) / 2, box.bottom + 36, "confidence", "middle"))
    return _svg(title, HEIGHT, parts)


def _histogram(group: Spread, box: _Box, base: float, tall: float) -> list[Markup]:
    """The bars of one group. base: where they stand; tall: the height of one query."""
    parts = []
    bins = len(group.shown)
    for number, (shown, withheld) in enumerate(zip(group.shown, group.withheld, strict=True)):
        left, right = box.x(number / bins) + 0.75, box.x((number + 1) / bins) - 0.75
        said = f"{group.label}, confidence {number / bins:g} to {(number + 1) / bins:g}: {shown:,} shown, {withheld:,} withheld"
        for kind, top, bar in (
            (group.kind, base - tall * shown, tall * shown),
            (f"{group.kind} withheld", base - tall * (shown + withheld), tall * withheld),
        ):
            if bar:
                rect = Markup('<rect class="bar {}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>')
                parts.append(rect.format(kind, _n(left), _n(top), _n(right - left), _n(bar), said))
    return [*parts, _line("axis", box.left, base, box.right, base)]


def _count(group: Spread) -> int:
    return sum(group.shown) + sum(group.withheld)


def _members(group: Spread) -> int:
    return max(_count(group), 1)


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """At most `most` + 2 points, evenly over the coverage; the first and the last stay."""
    kept: list[Point] = []
    for place, point in enumerate(points):
        last = place == len(points) - 1
        if last or not kept or int(point.coverage * most) > int(kept[-1].coverage * most):
            kept.append(point)
    return kept


def shortened(label: str, room: float) -> str:
    """The label cut to about so many units of width at 12 units a letter; Han characters are twice as wide as Latin ones."""
    used = 0.0
    for place, character in enumerate(label):
        used += 12.0 if ord(character) > 0x2E7F else 6.6
        if used > room:
            return f"{label[: max(place - 1, 1)]}…"
    return label


def percent(share: float, digits: int = 1) -> str:
    """A share as a reader meets it: 0.8349 is 83.5 %, and the sign does not leave the number."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def _frame(box: _Box, across: str, up: str) -> list[Markup]:
    """Grid, ticks and names of both axes."""
    return [
        *(_line("grid", box.x(tick), box.top, box.x(tick), box.bottom) for tick in box.across.ticks),
        *(_line("grid", box.left, box.y(tick), box.right, box.y(tick)) for tick in box.up.ticks),
        _line("axis", box.left, box.bottom, box.right, box.bottom),
        *(_text("tick", box.x(tick), box.bottom + 14, f"{tick:g}", "middle") for tick in box.across.ticks),
        *(_text("tick", box.left - 6, box.y(tick) + 4, f"{tick:g}", "end") for tick in box.up.ticks),
        _text("name", (box.left + box.right) / 2, box.bottom + 36, across, "middle"),
        Markup('<text class="name" text-anchor="middle" transform="translate(12 {}) rotate(-90)">{}</text>').format(
            _n((box.top + box.bottom) / 2), up
        ),
    ]


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>')
    return head.format(_n(WIDTH), _n(height), title, title) + Markup("").join(parts) + Markup("</svg>")


def _path(shape: int) -> str:
    return _SHAPES[shape % len(_SHAPES)]


def _n(number: float) -> str:
    """A coordinate of two decimals, without zeros that say nothing."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, _n(x1), _n(y1), _n(x2), _n(y2))


def _circle(kind: str, x: float, y: float, radius: float, said: str) -> Markup:
    circle = Markup('<circle class="{}" cx="{}" cy="{}" r="{}"><title>{}</title></circle>')
    return circle.format(kind, _n(x), _n(y), _n(radius), said)


def _text(kind: str, x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(kind, _n(x), _n(y), anchor, text)
