"""How often the checker catches a statement that its quotes do not say, and passes one that they do: python -m eval.mutations [--data DIR].

From sentences of news and CMRC train, statements are made whose meaning was changed in one of ten ways, and true paraphrases; half of the
changed ones are paraphrased besides, so that being different from the quote proves nothing. A quote is the sentence alone, or with its
neighbours. Articles are dealt by a hash of their paths: the rules were written on one half, the figures are of the other. Beside the
checker stands a fuzzy matcher, which accepts a statement when at least 35 % of its characters lie in blocks that it shares in order with
the quotes (difflib). Not handled: paraphrases in other words; a name for another of the same thing counts as a change.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path

import typer

from eval.datasets import data_folder
from eval.metrics.intervals import Metric, summarise
from eval.mutations.cases import Case, Half, articles, cases
from eval.mutations.changes import MUTATIONS
from eval.mutations.paraphrases import ORDER, OTHER_WORDS, PARAPHRASES, PRONOUN
from qa.answering.checking import check

ARTICLES = 3_000  # of the news, before they are halved
FUZZY = 0.35
STRICT = ("digit", "unit", "magnitude", "year", "negation")
ALL, TRUE = "all ten kinds", "all paraphrases"


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and who rejects it."""

    case: Case
    rejected: bool
    by_fuzzy: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What share of the statements of a kind is rejected: of mutations caught, of paraphrases false alarms."""

    kind: str
    checker: Metric
    fuzzy: Metric


def judge(case: Case) -> Judged:
    """The checker's and the fuzzy matcher's word on a case."""
    return Judged(case, not check(case.statement, case.quotes).passed, not fuzzy_accepts(case.statement, case.quotes))


def fuzzy_accepts(statement: str, quotes: Sequence[str]) -> bool:
    """Whether FUZZY of the statement's characters lie in blocks that it shares, in order, with the quotes one after the other."""
    blocks = SequenceMatcher(None, statement, "".join(quotes), autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= FUZZY * len(statement)


def rows(judged: Iterable[Judged]) -> list[Row]:
    """One row a kind, and one each for all mutations and all paraphrases, in which every kind counts by its cases."""
    every = list(judged)
    groups = [(kind, {kind}) for kind in MUTATIONS] + [(ALL, set(MUTATIONS))]
    groups += [(kind, {kind}) for kind in (*PARAPHRASES, PRONOUN, ORDER)] + [(TRUE, {*PARAPHRASES, PRONOUN, ORDER})]
    groups += [(kind, {kind}) for kind in OTHER_WORDS]
    found = []
    for name, kinds in groups:
        of_kind = [one for one in every if one.case.kind in kinds]
        if of_kind:
            checker = summarise(name, [float(one.rejected) for one in of_kind])
            found.append(Row(name, checker, summarise(name, [float(one.by_fuzzy) for one in of_kind])))
    return found


def table(found: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| statements | n | checker rejects | fuzzy matcher at 35 % rejects |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {row.kind} | {row.checker.n} | {_cell(row.checker)} | {_cell(row.fuzzy)} |" for row in found)])


def _cell(metric: Metric) -> str:
    return f"{metric.value:.2%} ({metric.low:.2%}–{metric.high:.2%})"


def main(argv: Sequence[str] | None = None) -> None:
    """Make the cases, judge them, print the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.mutations", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="news articles, before they are halved")
    parser.add_argument("--half", choices=("develop", "report"), default="report")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--show", type=int, default=0, help="print that many cases, drawn at random, of each kind that went wrong")
    options = parser.parse_args(argv)
    half: Half = options.half
    made = list(cases(articles(data_folder(options.data), options.articles, half)))
    begun = time.process_time()
    for case in made:
        check(case.statement, case.quotes)
    milliseconds = (time.process_time() - begun) / max(1, len(made)) * 1000
    judged = [judge(case) for case in made]
    found = rows(judged)
    if options.json:
        typer.echo(json.dumps({"rows": [asdict(row) for row in found], "milliseconds": milliseconds}, ensure_ascii=False, indent=1))
        return
    typer.echo(table(found))
    typer.echo(f"\n{milliseconds:.2f} ms of processor time a statement")
    for one in _wrong(judged, options.show):
        typer.echo(f"\n[{one.kind}] {one.also}\n  says   {one.statement}\n  source {one.source}\n  quotes {one.quotes}")
        typer.echo(f"  {check(one.statement, one.quotes).failures}")


def _wrong(judged: Sequence[Judged], most: int) -> Iterator[Case]:
    """Up to that many cases of each kind that the checker judged wrongly, the same ones every time."""
    draw = random.Random(0)  # noqa: S311
    for kind in dict.fromkeys(one.case.kind for one in judged):
        wrong = [one.case for one in judged if one.case.kind == kind and one.rejected != (kind in MUTATIONS)]
        yield from draw.sample(wrong, min(most, len(wrong)))


if __name__ == "__main__":
    main()
