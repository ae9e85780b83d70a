"""Cases: judged queries of one's own, made of the chat's thumbs-downs or checked where they were made by hand; `chuchu-eval case`.

A case is one line of a set as `eval.datasets.own` describes it. It is written only when it can be read back and its gold stands in the
library. Not handled: gold in several documents; give it by hand, and check the file.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.collection import Collection
from eval.datasets.files import read_text
from eval.datasets.own import draft_of_line, read_queries
from eval.datasets.records import DatasetError, Draft, DraftGold
from eval.gold import find_quote, pin
from qa.assistant import Assistant
from qa.library.library import DATABASE
from qa.records import Feedback, Passage

NEAREST = 8  # passages to choose among
_LISTED = 5  # documents that hold a quote, in a message


@dataclass(frozen=True, slots=True)
class Case:
    """A query with its gold. Without gold it must be refused."""

    case_id: str
    query: str
    answers: tuple[str, ...]  # accepted short answers
    gold: tuple[DraftGold, ...]

    def line(self) -> str:
        """The case as a line of a set, without its end."""
        gold = [{"document": item.document, "quote": item.quote, **_start(item)} for item in self.gold]
        fields = {"id": self.case_id, "query": self.query, "answers": list(self.answers), "answerable": bool(gold), "gold": gold}
        return json.dumps(fields, ensure_ascii=False)


def _start(gold: DraftGold) -> dict[str, Any]:
    return {"start": gold.start} if gold.start >= 0 else {}


def case_of(feedback: Feedback, gold: Sequence[DraftGold], answers: Sequence[str] = ()) -> Case:
    """The case that asks what the feedback is about."""
    return Case(f"fb-{feedback.feedback_id}", feedback.query, tuple(answers), tuple(gold))


def find_gold(quote: str, document: str, collection: Collection) -> DraftGold:
    """The quote as it stands in the document named, or, where that is "", in the one document that holds it. DatasetError: none, several.

    White space and script may differ; the gold has the document's own words.
    """
    names = [collection.find(document, "--document")] if document else collection.names
    places = {name: spans[0] for name in names if (spans := find_quote(collection.document(name).text, quote))}
    if not places:
        where = f"not in {names[0]}" if document else "in no document of the library"
        raise DatasetError(f"the quote {_short(quote)!r} is {where}; copy it from its document word for word")
    if len(places) > 1:
        listed = ", ".join(list(places)[:_LISTED]) + (", …" if len(places) > _LISTED else "")
        raise DatasetError(f"the quote {_short(quote)!r} is in {len(places)} documents ({listed}); name one of them with --document")
    [(name, span)] = places.items()
    return DraftGold(name, collection.document(name).text[span.start : span.end])


def gold_of(passage: Passage, collection: Collection) -> tuple[DraftGold, ...]:
    """A whole passage as gold: one quote for each of its pieces, with its start where the same words stand elsewhere too."""
    name = collection.name(passage.doc_id)
    text = collection.document(name).text
    found = []
    for span in passage.spans:
        piece = text[span.start : span.end]
        quote = piece.strip()
        start = span.start + len(piece) - len(piece.lstrip())
        if quote:
            found.append(DraftGold(name, quote, start if text.count(quote) > 1 else -1))
    return tuple(found)


def append_case(case: Case, out: Path, collection: Collection) -> None:
    """Add the case to a set, or begin one. DatasetError, and the file is as it was: the new set cannot be read, or gold is not found."""
    out = out.resolve()
    try:
        before = out.read_bytes() if out.exists() else b""
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".chuchu-") as aside:
            written = Path(aside) / out.name  # messages name the file by its name
            _write(written, before + (b"" if before.endswith(b"\n") or not before else b"\n") + case.line().encode() + b"\n")
            *_, draft = read_queries(written)
            pin([draft], collection)
            if before:
                shutil.copymode(out, written)
            written.replace(out)
    except OSError as error:
        raise DatasetError(f"{out} cannot be written: {error.strerror}; name another file with --out") from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def check_set(path: Path, collection: Collection) -> tuple[list[Draft], list[str]]:
    """The queries of a set that can be read, and every problem of the set in one sentence each, file and line named."""
    problems: list[str] = []
    try:
        drafts = list(read_queries(path))
    except DatasetError as error:
        drafts, problems = _line_by_line(path, str(error))
    for draft in drafts:
        for part in _parts(draft):
            try:
                pin([part], collection)
            except DatasetError as error:
                problems.append(str(error))
    return drafts, problems


def _line_by_line(path: Path, first: str) -> tuple[list[Draft], list[str]]:
    """What can be read of a set that as a whole cannot, and what is wrong with its lines; `first` alone where that is not of a line."""
    drafts: list[Draft] = []
    problems = []
    origins: dict[str, str] = {}
    try:
        text = read_text(path)
    except DatasetError:
        return [], [first]
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            draft = draft_of_line(line, f"{path.name}, line {number}")
        except DatasetError as error:
            problems.append(str(error))
            continue
        drafts.append(draft)
        if draft.query_id in origins:
            problems.append(f"{draft.origin} repeats the id of {origins[draft.query_id]}; ids are unique in a set")
        origins.setdefault(draft.query_id, draft.origin)
    return (drafts, problems) if first in problems else ([], [first])


def _parts(draft: Draft) -> Iterator[Draft]:
    """The draft once for each thing that must be found in the library, so that one that is missing does not hide the next."""
    alone = replace(draft, gold=(), among=(), without=())
    yield from (replace(alone, gold=(gold,)) for gold in draft.gold)
    yield from (replace(alone, among=(path,)) for path in (*draft.among, *draft.without))


# The command


def case(
    library: Annotated[Path, typer.Option("--library", metavar="DIR", help="The library whose chat was given thumbs.")],
    feedback_id: Annotated[str, typer.Argument(metavar="ID", help="Whose case to make: an id of the list, or its beginning.")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The set to add the case to.")] = None,
    quote: Annotated[str, typer.Option("--quote", metavar="TEXT", help="Where the answer stands, copied from the document.")] = "",
    document: Annotated[str, typer.Option("--document", metavar="PATH", help="The quote's document, where several hold it.")] = "",
    answer: Annotated[list[str] | None, typer.Option("--answer", metavar="TEXT", help="An accepted short answer; may be repeated.")] = None,
    unanswerable: Annotated[bool, typer.Option("--unanswerable", help="The library is silent: the query must be refused.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the thumbs-down open.")] = False,
    check: Annotated[Path | None, typer.Option("--check", metavar="FILE", help="Check a set of your own against the library.")] = None,
    encoder: Annotated[str, typer.Option("--encoder", metavar="NAME_OR_FOLDER", help="The library's, when not the bundled one.")] = "",
) -> None:
    """List the chat's thumbs-downs, make one a case of a set of your own, or check such a set."""
    making = bool(quote or document or answer or unanswerable or keep or out)
    if check and (making or feedback_id):
        raise typer.BadParameter("--check goes with --library alone")
    if making and not feedback_id:
        raise typer.BadParameter("name the thumbs-down; without options, the command lists them")
    if unanswerable and (quote or document or answer):
        raise typer.BadParameter("--unanswerable goes without --quote, --document and --answer")
    with _open(library, encoder) as assistant:
        if check:
            _report(*check_set(check, Collection(assistant.library)))
        elif feedback_id:
            wanted = _find(assistant.library.feedback(), feedback_id)
            if out is None:
                raise typer.BadParameter("name the set to add the case to with --out FILE")
            if assistant.library.read_only and not keep:
                raise DatasetError(f"the library in {library} cannot be written, so the thumbs-down stays open; say that with --keep")
            collection = Collection(assistant.library)
            if unanswerable or quote:
                made = case_of(wanted, [] if unanswerable else [find_gold(quote, document, collection)], answer or [])
            else:
                made = _ask(assistant, collection, wanted, document, answer or [])
            append_case(made, out, collection)
            if not keep:
                assistant.library.drop_feedback([wanted.feedback_id])
            typer.echo(f"{made.case_id} is in {out}" + (", its thumb stays in the library" if keep else ""))
        else:
            _list(assistant, [one for one in assistant.library.feedback() if one.verdict == "down"])


def _open(library: Path, encoder: str) -> Assistant:
    if not (library / DATABASE).exists():
        raise DatasetError(f"there is no library in {library}; name the one the chat was opened on")
    if not encoder:
        return Assistant.open(library)
    from embeddings.transformer_encoder import SentenceTransformerEncoder

    try:
        return Assistant.open(library, encoder=SentenceTransformerEncoder(encoder))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _find(given: Sequence[Feedback], beginning: str) -> Feedback:
    found = [one for one in given if one.feedback_id.startswith(beginning)]
    if len(found) != 1:
        count = "none" if not found else f"{len(found)} of them"
        raise DatasetError(f"expected one thumb whose id begins with {beginning!r}, found {count}; without an id, the command lists them")
    return found[0]


def _list(assistant: Assistant, given: Sequence[Feedback]) -> None:
    for one in given:
        typer.echo(f"{one.feedback_id}  {one.given[:16].replace('T', ' ')} UTC  {_short(one.query)}\n    {_answered(assistant, one)}")
    typer.echo(f"{len(given)} open" + ("; make a case of one with its id and --out FILE" if given else ""))


def _answered(assistant: Assistant, feedback: Feedback) -> str:
    if feedback.status == "no_evidence":
        return f"refused: {feedback.reason}"
    names = Counter(Path(assistant.library.info(place.doc_id).path).name for place in feedback.places)
    return f"answered: {_short(feedback.statement)} ({', '.join(names)})"


def _ask(assistant: Assistant, collection: Collection, feedback: Feedback, document: str, answers: Sequence[str]) -> Case:
    """The case as a person at the terminal makes it. BadParameter: nobody is there to be asked."""
    if not sys.stdin.isatty():
        raise typer.BadParameter("say where the answer stands with --quote TEXT, or that there is none with --unanswerable")
    hits = assistant.search(feedback.query, k=NEAREST)
    typer.echo(f"{_short(feedback.query)}\n{_answered(assistant, feedback)}\n")
    for hit in hits:
        typer.echo(f"{hit.rank:>3}. {collection.name(hit.passage.doc_id)}: {_short(hit.passage.text, 200)}")
    while True:
        said = str(typer.prompt("\nThe number of the passage that answers, or words quoted from a document, or - when none does")).strip()
        if said == "-":
            return case_of(feedback, [])
        try:
            if said.isdecimal() and 1 <= int(said) <= len(hits):
                gold = gold_of(hits[int(said) - 1].passage, collection)
            else:
                gold = (find_gold(said, document, collection),)
        except DatasetError as error:
            typer.echo(str(error))
            continue
        if not answers:
            short = str(typer.prompt("The short answer, empty for none", default="", show_default=False)).strip()
            answers = [short] if short else []
        return case_of(feedback, gold, answers)


def _report(drafts: Sequence[Draft], problems: Sequence[str]) -> None:
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{len(drafts)} queries, {sum(draft.answerable for draft in drafts)} answerable, all gold found")


def _short(text: str, characters: int = 80) -> str:
    """On one line, without what a terminal would take for a command, cut with an ellipsis."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= characters else line[:characters] + "…"
