"""Whether every quote that is shown stands in its document: python -m eval.citations --library DIR [--data DIR] [--queries N].

The library of `eval.calibration`, CMRC train passages among news, is asked what people ask of those passages and what is made by rule from
its own sentences: a name, a date or a number gives way to a question word (`eval.training.clozes`). Of each answer every quote, cited or
shown as nearest, as a reprint or as what a pronoun stands for, is compared with the stored text at its spans, and the evidence bundle is
verified against the originals, read again. Stopped, it says what it has checked, and the same command goes on there. Not handled: whether
an answer is right.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import typer

from embeddings.folding import fold
from eval.building import code_key
from eval.collection import Collection
from eval.datasets import CMRC_TRAIN, Draft, data_folder, read_squad
from eval.metrics.citations import quote_stands_at
from eval.metrics.intervals import upper_bound
from eval.outputs import write_whole
from eval.proving import Prover
from eval.training.clozes import clozes
from eval.training.library import NEWS_AMONG, build_library, training_articles
from qa.answering.citing import cited_antecedents
from qa.assistant import Assistant
from qa.records import Answer, Document, from_json, to_json

_A_DOCUMENT = 12  # queries made from one document, at most
_WRITTEN_EVERY = 500  # queries


@dataclass(frozen=True, slots=True)
class Checked:
    """What has been asked so far, and what of it failed."""

    asked: int = 0
    answered: int = 0  # the others were refused, with the nearest passages quoted
    quotes: int = 0
    failures: tuple[str, ...] = ()  # of each answer that failed its query and what is wrong


def checked(queries: Iterable[str], assistant: Assistant, before: Checked = Checked()) -> Iterator[Checked]:
    """The count after each query. before: what was checked already."""
    prover = Prover(assistant.library)
    so_far = before
    for query in queries:
        answer = assistant.ask(query)
        wrong = [*misquoted(answer, assistant.library.document), *prover.unproved(answer)]
        so_far = Checked(
            asked=so_far.asked + 1,
            answered=so_far.answered + (answer.status == "answered"),
            quotes=so_far.quotes + len(answer.citations) + len(answer.also_read) + len(answer.reprints),
            failures=(*so_far.failures, f"{query}: {'; '.join(wrong)}") if wrong else so_far.failures,
        )
        yield so_far


def misquoted(answer: Answer, document: Callable[[str, str], Document]) -> list[str]:
    """The quotes of an answer that are not the stored text at their spans, and what its pronouns are said to stand for and do not."""
    named = [words for _, words in cited_antecedents(answer)]
    shown = {"cited": answer.citations, "also read": answer.also_read, "reprint": answer.reprints, "antecedent": named}
    return [
        f"{place} {number} does not stand in {citation.path}"
        for place, citations in shown.items()
        for number, citation in enumerate(citations, start=1)
        if not quote_stands_at(document(citation.doc_id, citation.version).text, citation.quote, citation.spans)
    ]


def queries_of(collection: Collection, drafts: Sequence[Draft]) -> Iterator[str]:
    """What is asked of each document in turn, documents in a random order that is the same every time."""
    asked: dict[str, list[str]] = {}
    for draft in drafts:
        asked.setdefault(draft.gold[0].document, []).append(draft.text)
    names = collection.names
    Random(0).shuffle(names)  # noqa: S311 - an order, no secret
    for name in names:
        yield from asked.get(name, [])
        made = clozes(fold(collection.document(name).text), Random(name), {}, _A_DOCUMENT)  # noqa: S311
        yield from dict.fromkeys(example.query for example in made)


def said(checked: Checked) -> str:
    """The count in words, with the failures and how many there may be beyond those seen."""
    lines = [
        f"{checked.asked} queries asked: {checked.answered} answered, {checked.asked - checked.answered} refused; "
        f"{checked.quotes} quotes shown"
    ]
    if checked.asked:
        most = upper_bound(len(checked.failures), checked.asked)
        lines.append(f"answers with a wrong quote or an unproved bundle: {len(checked.failures)} (95 %: at most {most:.4%})")
    return "\n".join([*lines, *(f"- {failure}" for failure in checked.failures)])


def main(argv: Sequence[str] | None = None) -> None:
    """Build the library where it is missing, ask, check, and print the count; exit code 1 for failures, 130 when stopped."""
    parser = argparse.ArgumentParser(prog="python -m eval.citations", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--library", type=Path, required=True, help="where the library is built and kept; that of eval.calibration serves")
    parser.add_argument("--news", type=int, default=NEWS_AMONG, help="news articles among which the passages stand")
    parser.add_argument("--queries", type=int, default=100_000, help="how many are asked")
    options = parser.parse_args(argv)
    data = data_folder(options.data)
    drafts = read_squad(data / "data" / CMRC_TRAIN)
    with build_library(options.library, training_articles(data, options.news)) as assistant:
        collection = Collection(assistant.library)
        key = hashlib.sha256(f"{code_key()} {assistant.library.position()}".encode()).hexdigest()[:16]
        journal = options.library / f"citations-{key}.json"
        before = from_json(Checked, json.loads(journal.read_text(encoding="utf-8"))) if journal.exists() else Checked()
        wanted = islice(queries_of(collection, drafts), before.asked, options.queries)
        so_far, stopped = before, False
        try:
            for so_far in checked(wanted, assistant, before):
                if so_far.asked % _WRITTEN_EVERY == 0:
                    _keep(so_far, journal)
                    typer.echo(f"{so_far.asked} asked, {len(so_far.failures)} failed", err=True)
        except KeyboardInterrupt:
            stopped = True
        _keep(so_far, journal)
    typer.echo(said(so_far))
    if stopped or so_far.failures:
        sys.exit(130 if stopped else 1)


def _keep(checked: Checked, journal: Path) -> None:
    write_whole(journal, json.dumps(to_json(checked), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
