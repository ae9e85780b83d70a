"""Results as tables for a terminal, in Markdown, so that they can be pasted into a note."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eval.comparison import Difference
from eval.measures import BY_NAME, CONTEXT, IN_FIRST, IN_HITS, MRR, NDCG, REFUSED, SPAN, WRONGLY_REFUSED
from eval.metrics.intervals import Metric
from eval.reading.measurement import Measurement
from eval.results import Evaluation, QueryResult, SystemResult

BESIDE = (f"{CONTEXT}1", f"{CONTEXT}10", f"{SPAN}1", f"{SPAN}10", MRR, NDCG, f"{IN_HITS}1", f"{IN_HITS}10")
CHANGES_SHOWN = 10


def summary(evaluation: Evaluation) -> str:
    """What a run found: all measures of the first system, and the systems side by side; the slices are in the report."""
    result = evaluation.result
    config, first = result.config, result.systems[0]
    parts = [
        f"# {config.dataset}",
        f"{config.queries} queries over {config.documents} documents, {config.passages} passages; {evaluation.environment.seconds} s."
        " Intervals: 95 %, bootstrap over queries. n: queries a measure was made from.",
        metric_table(first.metrics),
    ]
    if len(result.systems) > 1:
        parts += ["## Systems", systems_table(result.systems)]
    if unproved := [query for query in first.queries if query.unproved]:
        parts += ["## Bundles that were not verified", "\n".join(_unproved(unproved))]
    return "\n\n".join(parts) + "\n"


def _unproved(queries: Sequence[QueryResult]) -> Iterable[str]:
    yield from (f"- {query.query_id} {_cell(query.text)}: {_cell('; '.join(query.unproved))}" for query in queries[:CHANGES_SHOWN])
    if len(queries) > CHANGES_SHOWN:
        yield f"- and {len(queries) - CHANGES_SHOWN} more; the file of queries names all"


def metric_table(metrics: Iterable[Metric]) -> str:
    """One row a measure: value, interval, n."""
    return _table(["measure", "value", "95 %", "n"], [[m.name, f"{m.value:.3f}", f"{m.low:.3f}–{m.high:.3f}", str(m.n)] for m in metrics])


def systems_table(systems: Iterable[SystemResult]) -> str:
    """One row a system: the measures of retrieval as mean (95 %)."""
    return _table(["system", *BESIDE], [[system.system, *(_brief(system.metric(name)) for name in BESIDE)] for system in systems])


def comparison_table(differences: Sequence[Difference]) -> str:
    """One row a measure, then a verdict, then the queries that decided: wins and losses of B."""
    head = ["measure", "A", "B", "B - A", "95 %", "p", "adjusted p", "wins", "losses", "n"]
    rows = [
        [
            d.name,
            f"{d.a:.3f}",
            f"{d.b:.3f}",
            f"{d.b - d.a:+.3f}",
            f"{d.low:+.3f}–{d.high:+.3f}",
            f"{d.p:.4f}",
            f"{d.adjusted:.4f}",
            str(len(d.wins)),
            str(len(d.losses)),
            str(d.n),
        ]
        for d in differences
    ]
    return "\n\n".join([_table(head, rows), verdict(differences), *_changes(differences)]) + "\n"


def verdict(differences: Sequence[Difference]) -> str:
    """One line: what differs at 95 %, or that nothing does."""
    better = [d.name for d in differences if d.found and (d.b > d.a) != BY_NAME[d.name].smaller_is_better]
    worse = [d.name for d in differences if d.found and d.name not in better]
    if not better and not worse:
        return "No difference at 95 %, adjusted over the measures."
    said = [f"{what}: {', '.join(names)}" for what, names in (("B is better at 95 %", better), ("B is worse at 95 %", worse)) if names]
    return "; ".join(said) + "."


def measurement_text(measurement: Measurement) -> str:
    """A measurement of reading: its figures beside their goals, then its table."""
    rows = [
        [
            g.metric.name,
            f"{g.metric.value:.4f}",
            f"{g.metric.low:.4f}–{g.metric.high:.4f}",
            str(g.metric.n),
            f"{g.side} {g.goal}",
            "yes" if g.reached else "no",
        ]
        for g in measurement.figures
    ]
    goals = _table(["figure", "value", "95 %", "n", "goal", "reached"], rows)
    parts = [f"# {measurement.title}", measurement.note, goals, _table(measurement.columns, measurement.rows), f"`{measurement.command}`"]
    return "\n\n".join(filter(None, parts)) + "\n"


def _changes(differences: Sequence[Difference]) -> Iterable[str]:
    for d in differences:
        for what, changes in (("wins", d.wins), ("losses", d.losses)):
            if changes and d.name in (f"{SPAN}1", MRR, IN_FIRST, REFUSED, WRONGLY_REFUSED):
                shown = [f"- {c.query_id} {_cell(c.text)}: {c.a:.3f} → {c.b:.3f}" for c in changes[:CHANGES_SHOWN]]
                more = [f"- and {len(changes) - CHANGES_SHOWN} more; --json lists all"] if len(changes) > CHANGES_SHOWN else []
                yield "\n".join([f"{d.name}, {what} of B:", *shown, *more])


def _brief(metric: Metric | None) -> str:
    return f"{metric.value:.3f} ({metric.low:.2f}–{metric.high:.2f})" if metric else "-"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    """Text that stays in its cell, and is text whatever it holds: it comes from documents."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
