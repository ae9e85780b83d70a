"""An evaluation as one HTML page that a person reads: no script, nothing loaded from anywhere, the same bytes for the same evaluation.

Every word of a document, a query or a name is escaped by the template and stands in an element that its directions cannot leave. What
differs between two runs stands in the last section, between `<!-- environment -->` and `<!-- /environment -->`. Not handled: comparing
two evaluations (`eval.comparison`), and every query (the files beside the page have them).
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import jinja2
from markupsafe import Markup

from eval.measures import DEPTH
from eval.metrics.intervals import CONFIDENCE, RESAMPLES
from eval.report.plots import mark
from eval.report.views import (
    bin_lines,
    families,
    headlines,
    measure_tables,
    refusal_figures,
    remarks,
    systems_figures,
    systems_tables,
)
from eval.report.worst import cases
from eval.results import Evaluation

_HERE = Path(__file__).parent
_UNSENDABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # what HTML or UTF-8 do not have


def page(evaluation: Evaluation) -> str:
    """The page, as UTF-8 can write it. ValueError for an evaluation without systems."""
    result = evaluation.result
    if not result.systems:
        raise ValueError("a report needs at least one system")
    first = result.systems[0]
    return template("page.html").render(
        config=result.config,
        environment=evaluation.environment,
        system=first.system,
        others=[(other.system, mark(shape)) for shape, other in enumerate(result.systems[1:])],
        answerable=sum(query.answerable for query in first.queries),
        unanswerable=sum(not query.answerable for query in first.queries),
        headlines=headlines(first),
        remarks=remarks(result),
        measure_tables=measure_tables(first),
        systems_tables=systems_tables(result.systems),
        systems_figures=systems_figures(result.systems),
        families=families(result.systems),
        refusal_figures=refusal_figures(first.queries),
        bins=bin_lines(first.queries),
        cases=cases(first.queries),
        depth=DEPTH,
        confidence=CONFIDENCE,
        resamples=RESAMPLES,
        **style(),
    )


def style() -> dict[str, str]:
    """What `head.html` needs of the style sheet: its text, and the hash by which the page allows it."""
    css = (_HERE / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return {"css": Markup(css), "css_sha256": digest}  # noqa: S704  our own file, in a style element


def template(name: str) -> jinja2.Template:
    """A template of this folder. Whatever it places is escaped, and without characters that HTML or UTF-8 do not have."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_sendable,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment.get_template(name)


def _sendable(value: object) -> object:
    """Whatever the template places, without characters that HTML or UTF-8 do not have."""
    if isinstance(value, str) and _UNSENDABLE.search(value):
        cleaned = _UNSENDABLE.sub("\ufffd", value)
        return Markup(cleaned) if isinstance(value, Markup) else cleaned  # noqa: S704  no less escaped than before
    return value
