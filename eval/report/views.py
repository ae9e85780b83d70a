"""What the page shows besides the worst cases, as records: headlines, tables, slices, and the figures of refusal.

Figures become text here, so that the template only places them. Not handled: tests between systems; that two intervals overlap is said,
and that it is no test.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from eval.measures import (
    BY_NAME,
    CHAR_F1,
    CONTEXT,
    EXACT,
    IN_FIRST,
    IN_HITS,
    MEASURES,
    MRR,
    NDCG,
    REFUSED,
    SPAN,
    WRONGLY_REFUSED,
    Part,
)
from eval.metrics.intervals import Metric, summarise
from eval.metrics.refusal import Bin, reliability, risk_coverage
from eval.report import plots
from eval.report.plots import percent
from eval.results import QueryResult, Result, SystemResult

HEADLINES = (
    (IN_FIRST, "answered rightly in the first statement", "of the answerable queries"),
    (f"{SPAN}10", "found among the first ten hits", "of the answerable queries"),
    (f"{IN_HITS}10", "an accepted answer stands in the first ten hits", "of the answerable queries"),
    (WRONGLY_REFUSED, "wrongly refused", "of the answerable queries"),
    (REFUSED, "rightly refused", "of the unanswerable queries"),
    (EXACT, "of the quotes exact, letter for letter", "mean over the answers"),
    (f"{SPAN}1", "found by the first hit", "of the answerable queries"),
)
TILES = 6
PARTS: dict[Part, str] = {"retrieval": "Retrieval", "answers": "Answers", "citations": "Citations", "refusal": "Refusal"}
IN_SLICES = (f"{CONTEXT}1", f"{SPAN}1", f"{SPAN}10", MRR, f"{IN_HITS}10", IN_FIRST, CHAR_F1, REFUSED, WRONGLY_REFUSED)
# Plotted: the first three that there are.
BESIDE = (f"{SPAN}1", f"{SPAN}10", MRR, f"{IN_HITS}1", f"{IN_HITS}10", NDCG)
IN_PANELS = (f"{SPAN}10", IN_FIRST, WRONGLY_REFUSED, REFUSED, f"{IN_HITS}10", MRR)
PANELS = 3
FEW = 50  # queries; a group with fewer is not called the weakest
SURE = 20  # queries; over fewer, the share of wrong answers jumps too much to be drawn
BINS = 20  # of the histograms

# Families in the order of the page; others follow by name.
FAMILIES = (
    "set", "domain", "answerable", "answer", "type", "query script", "script", "passage script", "passage length", "shared words", "names",
    "copies", "rewording", "one-to-many", "noise", "gold",
)  # fmt: skip
# Groups whose order is not that of the alphabet: by their first words; the second tuple ends a family.
GROUPS = (
    "none", "no", "few", "some", "many", "yes", "under", "up to", "short", "medium", "long", "who", "when", "where", "how many", "what",
    "why", "hans", "hant", "mixed", "present", "hidden",
)  # fmt: skip
LAST_GROUPS = ("over", "more", "other", "all")
# What the families mean that our own sets and `eval.slices` make.
NOTES = {
    "type": "What the query asks for, told by its question words.",
    "query script": "What the query is written in: hans is Simplified, hant Traditional; other where no character tells.",
    "passage script": "What the paragraph that holds the gold is written in: hans is Simplified, hant Traditional.",
    "passage length": "Characters of the paragraph that holds the gold.",
    "shared words": "How many of the query's content words stand in the paragraph that holds the gold: none, few (up to half), many.",
    "names": "Kinds of names in the query, as jieba tags them; a query can hold several.",
    "copies": "Whether another document holds nearly the same paragraph.",
    "one-to-many": "Whether the query holds a character that stands for several in the other script, as 后 for 后 and 後.",
    "noise": "Share of the texts a query is asked of that look alike and do not hold its answer.",
    "gold": "Hidden: the documents that hold the gold were taken from the query, so it should be refused.",
}
_NO_PICTURE = Markup("")
_SHOWN = Markup(
    "When it answers, its first statement is wrong, or without evidence, in {} of the cases (95 %: {}). It answers {} of {} queries."
)
_BESIDE = Markup("<b>{}</b>: <bdi>{}</bdi> reaches {} ({}). The best of the other systems, <bdi>{}</bdi>, reaches {} ({}); {}.")
_WEAKEST = Markup("<b>{}</b>: the weakest group of at least {} queries is “<bdi>{}</bdi>” with {} ({}, n {}), against {} over all.")
_NONE_WEAK = Markup("<b>{}</b>: no group of at least {} queries lies clearly below the whole, {}.")


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure to read off."""

    value: str
    says: str
    of: str
    interval: str
    n: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of one system or group."""

    value: str
    interval: str
    n: str
    best: bool = False  # of its column, among systems
    beside: str = ""  # "above" or "below" where the interval lies wholly on one side of ours, else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    label: str
    cells: tuple[Cell | None, ...]  # None where the measure applies to no query
    queries: str = ""
    meaning: str = ""
    ours: bool = False
    picture: Markup = _NO_PICTURE


@dataclass(frozen=True, slots=True)
class Table:
    """Lines under the names of measures."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot with what it says."""

    title: str
    svg: Markup
    note: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """The slices of one kind, as "type"."""

    title: str
    anchor: str
    note: str
    table: Table
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class BinLine:
    """One bin of the reliability diagram, in figures."""

    range: str
    confidence: str
    right: str
    n: str


# Headlines and remarks


def headlines(system: SystemResult) -> tuple[Headline, ...]:
    """At most six figures of a system, those of answers first."""
    found = [(metric, says, of) for name, says, of in HEADLINES if (metric := system.metric(name))]
    if system.metric(f"{SPAN}10"):  # the stricter of two that say nearly the same
        found = [one for one in found if one[0].name != f"{IN_HITS}10"]
    return tuple(Headline(percent(m.value), says, of, _percents(m), f"{m.n:,}") for m, says, of in found[:TILES])


def remarks(result: Result) -> tuple[Markup, ...]:
    """Sentences that the figures allow, and no others."""
    first = result.systems[0]
    said = [_shown(first), *(_beside(first, result.systems[1:], name) for name in (f"{SPAN}10", f"{IN_HITS}10", MRR))]
    if first.metric(f"{SPAN}10"):
        del said[2]
    return tuple(filter(None, [*said, *(_weakest(first, name) for name in (IN_FIRST, f"{SPAN}10"))]))


def _shown(system: SystemResult) -> Markup | None:
    judged = [query for query in system.queries if query.right is not None]
    wrong = [float(not query.right) for query in judged if not query.refused]
    if not wrong:
        return None
    metric = summarise("wrong", wrong)
    return _SHOWN.format(percent(metric.value), _percents(metric), f"{len(wrong):,}", f"{len(judged):,}")


def _beside(first: SystemResult, others: Sequence[SystemResult], name: str) -> Markup | None:
    ours = first.metric(name)
    theirs = [(metric, other.system) for other in others if (metric := other.metric(name))]
    if not ours or not theirs:
        return None
    best, system = max(theirs, key=lambda one: one[0].value)
    side = _side(best, ours)
    where = f"its interval lies wholly {side} ours" if side else "the two intervals overlap"
    return _BESIDE.format(name, first.system, _figure(ours), _interval(ours), system, _figure(best), _interval(best), where)


def _weakest(system: SystemResult, name: str) -> Markup | None:
    whole = system.metric(name)
    groups = [
        (metric, part.name) for part in system.slices for metric in part.metrics if metric.name == name and FEW <= metric.n < _most(whole)
    ]
    below = [(metric, group) for metric, group in groups if whole and metric.high < whole.low]
    if not whole or not groups:
        return None
    if not below:
        return _NONE_WEAK.format(name, FEW, _figure(whole))
    metric, group = min(below, key=lambda one: (one[0].value, one[1]))
    return _WEAKEST.format(name, FEW, group, _figure(metric), _interval(metric), f"{metric.n:,}", _figure(whole))


def _most(metric: Metric | None) -> int:
    return metric.n if metric else 0


# Tables


def measure_tables(system: SystemResult) -> tuple[Table, ...]:
    """All measures of a system, one table for each part of it."""
    tables = []
    for part, title in PARTS.items():
        metrics = [metric for measure in MEASURES if measure.part == part and (metric := system.metric(measure.name))]
        if metrics:
            tables.append(Table(title, (), tuple(_measure_line(metric) for metric in metrics)))
    rest = [metric for metric in system.metrics if metric.name not in BY_NAME]
    return (*tables, *([Table("Others", (), tuple(_measure_line(metric) for metric in rest))] if rest else []))


def _measure_line(metric: Metric) -> Line:
    measure = BY_NAME.get(metric.name)
    meaning = f"{measure.meaning}{'; smaller is better' if measure.smaller_is_better else ''}" if measure else ""
    return Line(metric.name, (_cell(metric),), meaning=meaning, picture=plots.small(metric))


def systems_tables(systems: Sequence[SystemResult]) -> tuple[Table, ...]:
    """Systems side by side: one table of retrieval, and one for each other part that at least two systems have figures of."""
    tables = []
    for part, title in PARTS.items():
        names = [measure.name for measure in MEASURES if measure.part == part and any(system.metric(measure.name) for system in systems)]
        measured = [system for system in systems if any(system.metric(name) for name in names)]
        if names and (part == "retrieval" or len(measured) > 1):
            tables.append(Table(title, tuple(names), tuple(_system_line(system, systems, names) for system in measured)))
    return tuple(tables)


def _system_line(system: SystemResult, systems: Sequence[SystemResult], names: Sequence[str]) -> Line:
    cells = []
    for name in names:
        metric, ours = system.metric(name), systems[0].metric(name)
        values = [other.value for one in systems if (other := one.metric(name))]
        best = min(values, default=0.0) if BY_NAME[name].smaller_is_better else max(values, default=0.0)
        side = _side(metric, ours) if metric and ours and system is not systems[0] else ""
        cells.append(_cell(metric, best=len(values) > 1 and metric.value == best, beside=side) if metric else None)
    return Line(system.system, tuple(cells), ours=system is systems[0])


def systems_figures(systems: Sequence[SystemResult]) -> tuple[Figure, ...]:
    """Dots and intervals of the main measures of retrieval, a row for each system; none for a system alone."""
    names = [name for name in BESIDE if any(system.metric(name) for system in systems)][:PANELS]
    if len(systems) < 2:
        return ()
    figures = []
    for name in names:
        rows = [plots.Row(one.system, metric, ours=one is systems[0]) for one in systems if (metric := one.metric(name))]
        scale = plots.axis([end for row in rows for end in (row.metric.low, row.metric.high)])
        ours = systems[0].metric(name)
        figures.append(Figure(name, plots.dots(f"{name} of each system", rows, scale, whole=ours.value if ours else None)))
    return tuple(figures)


# Slices


def families(systems: Sequence[SystemResult]) -> tuple[Family, ...]:
    """The slices of the first system, grouped by family, with the other systems as marks in the plots."""
    first = systems[0]
    counts = Counter(name for query in first.queries for name in set(query.slices))
    grouped: dict[str, list[str]] = {}
    for part in first.slices:
        grouped.setdefault(_family(part.name), []).append(part.name)
    scales = {name: _scale(systems, name) for name in IN_PANELS}
    return tuple(
        Family(
            title=family,
            anchor=f"slices-{number}",
            note=NOTES.get(family, ""),
            table=_slice_table(first, names, counts),
            figures=tuple(_panels(systems, names, scales)),
        )
        for number, (family, names) in enumerate(sorted(grouped.items(), key=_family_order), 1)
        for names in [sorted(names, key=lambda name: _group_order(_group(name)))]
    )


def _family(name: str) -> str:
    return name.partition(":")[0].strip() if ":" in name else "other groups"


def _group(name: str) -> str:
    return name.partition(":")[2].strip() if ":" in name else name


def _family_order(item: tuple[str, list[str]]) -> tuple[int, str]:
    family = item[0]
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), family)


def _group_order(group: str) -> tuple[int, int, list[tuple[bool, float, str]]]:
    """By the lists above where they know the first words; else as people sort: 2 before 10."""
    known = next((place for place, word in enumerate(GROUPS) if re.match(rf"{word}\b", group)), len(GROUPS))
    last = any(re.match(rf"{word}\b", group) for word in LAST_GROUPS)
    pieces = re.findall(r"(\d+(?:\.\d+)?)|(\D+)", group, re.ASCII)
    return (int(last), known, [(not number, float(number or 0), text) for number, text in pieces])


def _slice_table(system: SystemResult, names: Sequence[str], counts: Counter[str]) -> Table:
    parts = {part.name: {metric.name: metric for metric in part.metrics} for part in system.slices}
    columns = tuple(column for column in IN_SLICES if any(column in parts[name] for name in names))
    lines = []
    for name in names:
        cells = tuple(_cell(parts[name][column]) if column in parts[name] else None for column in columns)
        queries = counts[name] or max((metric.n for metric in parts[name].values()), default=0)
        lines.append(Line(_group(name), cells, queries=f"{queries:,}"))
    return Table(_family(names[0]), columns, tuple(lines))


def _panels(systems: Sequence[SystemResult], names: Sequence[str], scales: dict[str, plots.Axis]) -> Iterable[Figure]:
    figures = [figure for measure in IN_PANELS if (figure := _panel(systems, names, measure, scales[measure]))]
    return figures[:PANELS]


def _panel(systems: Sequence[SystemResult], names: Sequence[str], measure: str, scale: plots.Axis) -> Figure | None:
    found = [{part.name: metric for part in one.slices for metric in part.metrics if metric.name == measure} for one in systems]
    rows = [
        plots.Row(
            _group(name),
            found[0][name],
            tuple(
                plots.Other(one.system, shape, found[shape + 1][name].value)
                for shape, one in enumerate(systems[1:])
                if name in found[shape + 1]
            ),
        )
        for name in names
        if name in found[0]
    ]
    if not rows:
        return None
    whole = systems[0].metric(measure)
    return Figure(measure, plots.dots(f"{measure} by {_family(names[0])}", rows, scale, whole=whole.value if whole else None))


def _scale(systems: Sequence[SystemResult], measure: str) -> plots.Axis:
    """One axis for a measure on the whole page, so that families can be compared by eye."""
    ends = [
        end
        for one in systems
        for part in one.slices
        for metric in part.metrics
        if metric.name == measure
        for end in ((metric.low, metric.high) if one is systems[0] else (metric.value,))
    ]
    return plots.axis(ends)


# Refusal


def refusal_figures(queries: Sequence[QueryResult]) -> tuple[Figure, ...]:
    """Three figures of a system that gives confidences; none where no query has one."""
    known = _known(queries)
    if not known:
        return ()
    confidences, right = _pairs(known)
    points = [point for point in risk_coverage(confidences, right) if point.coverage * len(known) > min(SURE, len(known)) - 0.5]
    shown = [query for query in known if not query.refused]
    shipped = (len(shown) / len(known), sum(not query.right for query in shown) / len(shown)) if shown else None
    groups = (
        ("answerable, first statement right", "right", [query for query in known if query.answerable and query.right]),
        ("answerable, first statement wrong", "wrong", [query for query in known if query.answerable and not query.right]),
        ("unanswerable", "none", [query for query in known if not query.answerable]),
    )
    return (
        Figure(
            "Is the confidence honest?",
            plots.reliability_diagram("reliability: share right over confidence", reliability(confidences, right)),
            "Queries in ten bins of confidence. On the dashed line, of the queries with confidence 0.7 seven in ten are right; below it the"
            " system is too sure. The larger the dot, the more queries.",
        ),
        Figure(
            "What does refusing more buy?",
            plots.risk_curve("risk-coverage curve", points, shipped),
            "If only the surest share of all queries were answered, so many of these answers would be wrong; drawn from the"
            f" {min(SURE, len(known))} surest queries on. The ring is what the system really showed; it lies off the curve where something"
            " else than confidence made it refuse.",
        ),
        Figure(
            "Does the confidence tell them apart?",
            plots.spreads("confidence by what became of the query", [_spread(*group) for group in groups if group[2]]),
            "Share of each group over its confidence. Filled: shown; hollow: withheld.",
        ),
    )


def bin_lines(queries: Sequence[QueryResult]) -> tuple[BinLine, ...]:
    """The reliability diagram in figures."""
    return tuple(_bin_line(part) for part in reliability(*_pairs(_known(queries))))


def _bin_line(part: Bin) -> BinLine:
    return BinLine(f"{part.low:g}–{part.high:g}", f"{part.confidence:.3f}", f"{part.right:.3f}", f"{part.n:,}")


def _known(queries: Iterable[QueryResult]) -> list[QueryResult]:
    return [query for query in queries if query.confidence is not None and query.right is not None]


def _pairs(known: Iterable[QueryResult]) -> tuple[list[float], list[bool]]:
    pairs = [(query.confidence or 0.0, bool(query.right)) for query in known]
    return [confidence for confidence, _ in pairs], [right for _, right in pairs]


def _spread(label: str, kind: str, queries: Sequence[QueryResult]) -> plots.Spread:
    def counted(refused: bool) -> tuple[int, ...]:
        places = Counter(min(int((query.confidence or 0.0) * BINS), BINS - 1) for query in queries if query.refused == refused)
        return tuple(places[place] for place in range(BINS))

    return plots.Spread(label, kind, counted(False), counted(True))


# Figures as text


def _cell(metric: Metric, *, best: bool = False, beside: str = "") -> Cell:
    return Cell(_figure(metric), _interval(metric), f"{metric.n:,}", best, beside)


def _figure(metric: Metric) -> str:
    return f"{metric.value:.3f}"


def _interval(metric: Metric) -> str:
    return f"{metric.low:.3f}–{metric.high:.3f}"


def _percents(metric: Metric) -> str:
    return f"{100 * metric.low:.1f}–{percent(metric.high)}"


def _side(metric: Metric, ours: Metric) -> str:
    """Where an interval lies beside ours: "above", "below", or "" where they overlap."""
    return "above" if metric.low > ours.high else "below" if metric.high < ours.low else ""
