"""Responses as they come, on disk, so that a long run can be stopped and go on where it was.

One JSON Lines file for each run, named by everything the responses depend on: a changed set, library, encoder or program starts a new one.
A line that was cut by the stop is dropped. The file is removed when the run has written its results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from eval.gold import Query
from eval.systems.records import Response, System
from qa.records import from_json, to_json


def responses(system: System, queries: Sequence[Query], journal: Path) -> Iterator[Response]:
    """The response to each query, in order: first those the journal holds, then what the system gives, written down as it comes.

    The journal's folder is made. Its responses must be of the same queries in the same order; from the first that is not, it is cut.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    known = list(_read(journal, queries))
    yield from known
    with journal.open("w", encoding="utf-8") as file:
        file.writelines(_line(response) for response in known)
        for response in system.respond(queries[len(known) :]):
            file.write(_line(response))
            file.flush()
            yield response


def forget(journals: Iterable[Path]) -> None:
    """Remove journals that are no longer needed."""
    for journal in journals:
        journal.unlink(missing_ok=True)


def _read(journal: Path, queries: Sequence[Query]) -> Iterator[Response]:
    if not journal.exists():
        return
    lines = journal.read_text(encoding="utf-8").split("\n")[:-1]  # what follows the last line end was cut
    for query, line in zip(queries, lines, strict=False):
        try:
            response = from_json(Response, json.loads(line))
        except ValueError:
            return
        if response.query_id != query.query_id:
            return
        yield response


def _line(response: Response) -> str:
    return json.dumps(to_json(response), ensure_ascii=False) + "\n"
