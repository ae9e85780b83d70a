"""An evidence bundle: one answer with all that is needed to check its quotes on another machine, from the original files alone.

    answer -> bundle_of -> (a file, made by `ui`) -> read_originals -> verified

A bundle holds no passage that is neither cited nor shown as read. Nobody signs it: whoever changes a bundle can make its sums fit again,
and only the originals tell. Not handled: originals that nobody has kept (the library's own copies serve: `Library.original`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path, PurePath
from typing import Literal

from qa.answering.citing import cited_antecedents
from qa.errors import ReadingError
from qa.reading import read
from qa.reading.workers import ReaderPool, ReadJob
from qa.records import Answer, Citation, Decoding, Document, text_at

Outcome = Literal["confirmed", "confirmed by another reader", "not confirmed", "no original", "cannot be read again"]
CONFIRMED: tuple[Outcome, ...] = ("confirmed", "confirmed by another reader")


@dataclass(frozen=True, slots=True)
class BundledDocument:
    """What a cited document was when the answer was given."""

    doc_id: str
    version: str
    original: str  # sha256 (hex) of the file's bytes
    size: int  # of the file, in bytes
    path: str  # the file's name; no folder
    media_type: str
    reader: str  # name and number
    decoding: Decoding
    n_characters: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """An answer and the documents that its citations name."""

    made: str  # ISO time, UTC
    made_by: str  # "chuchu 0.1.0"
    answer: Answer  # without its hits, its paths without folders
    documents: tuple[BundledDocument, ...]

    def __post_init__(self) -> None:
        held = {(document.doc_id, document.version) for document in self.documents}
        missing = [citation.doc_id for citation in citations_of(self.answer) if (citation.doc_id, citation.version) not in held]
        if missing:
            raise ValueError(f"the bundle cites documents that it does not describe: {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class CheckedQuote:
    """What became of one quote."""

    place: str  # "[1]", "read 2" for the second passage that was read and not cited, "statement 1", "他 in statement 1"
    outcome: Outcome
    detail: str = ""  # what was expected, what came; "" when confirmed


def bundle_of(answer: Answer, document: Callable[[str, str], Document], original: Callable[[str, str], bytes]) -> Bundle:
    """The bundle of an answer. document, original: (doc_id, version) to what the library keeps. NotInLibraryError when it is gone."""
    wanted = dict.fromkeys((citation.doc_id, citation.version) for citation in citations_of(answer))
    return Bundle(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=_made_by(),
        answer=replace(
            answer,
            hits=(),
            reprints=(),  # a bundle proves what is cited
            citations=tuple(map(_without_folders, answer.citations)),
            also_read=tuple(map(_without_folders, answer.also_read)),
        ),
        documents=tuple(_described(document(*one), original(*one)) for one in wanted),
    )


@cache
def _made_by() -> str:
    return f"chuchu {version_of('chuchu')}"


def citations_of(answer: Answer) -> tuple[Citation, ...]:
    """Every place an answer shows: its citations, then what was read and not cited."""
    return (*answer.citations, *answer.also_read)


def _without_folders(citation: Citation) -> Citation:
    """A bundle is given away: where its maker keeps the file is nobody's business."""
    return replace(citation, path=PurePath(citation.path).name)


def _described(document: Document, original: bytes) -> BundledDocument:
    return BundledDocument(
        doc_id=document.doc_id,
        version=document.version,
        original=hashlib.sha256(original).hexdigest(),
        size=len(original),
        path=PurePath(document.path).name,
        media_type=document.media_type,
        reader=document.reader,
        decoding=document.decoding,
        n_characters=len(document.text),
    )


def read_originals(bundle: Bundle, folder: Path) -> dict[str, Document | str]:
    """What the bundle's originals in a folder say today, by their sha256: a document, or why the file cannot be read.

    Files are found by size and hash, whatever their names; one that is not there is left out. They are read in worker processes.
    """
    wanted = {document.original: document for document in bundle.documents}
    found = dict(_originals_in(folder, wanted))
    jobs = [_job(wanted[original], path) for original, path in found.items()]
    if not jobs:
        return {}
    with ReaderPool(workers=1) as pool:
        results = list(pool.read(jobs))
    return {original: result.document or result.reason for original, result in zip(found, results, strict=True)}


def read_again(document: BundledDocument, data: bytes) -> Document | str:
    """What an original says today, or why it cannot be read, read in this process: for bytes that a library has taken before."""
    try:
        return read(data, path=document.path, doc_id=document.doc_id, encoding=_told(document))
    except ReadingError as error:
        return str(error)


def _job(document: BundledDocument, path: Path) -> ReadJob:
    return ReadJob(os.fsencode(path), str(path), document.doc_id, _told(document))


def _told(document: BundledDocument) -> str:
    return document.decoding.encoding if document.decoding.decided_by == "told" else ""


def _originals_in(folder: Path, wanted: Mapping[str, BundledDocument]) -> Iterator[tuple[str, Path]]:
    sizes = {document.size for document in wanted.values()}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size in sizes:
            with path.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
            if sha256 in wanted:
                yield sha256, path


def verified(bundle: Bundle, originals: Mapping[str, Document | str]) -> list[CheckedQuote]:
    """What became of every quote of the bundle, of what its pronouns stand for, and of every statement that is said to be a quote.

    originals: what they say today.
    """
    described = {(document.doc_id, document.version): document for document in bundle.documents}
    places = [f"[{citation.marker}]" for citation in bundle.answer.citations]
    places += [f"read {number}" for number in range(1, len(bundle.answer.also_read) + 1)]
    quotes = [
        CheckedQuote(place, *_checked(citation, described[citation.doc_id, citation.version], originals))
        for place, citation in zip(places, citations_of(bundle.answer), strict=True)
    ]
    antecedents = (
        CheckedQuote(place, *_checked(words, described[words.doc_id, words.version], originals))
        for place, words in cited_antecedents(bundle.answer)
    )
    return [*quotes, *antecedents, *_misquoting(bundle.answer)]


def _misquoting(answer: Answer) -> Iterator[CheckedQuote]:
    """The statements that are said to be quotations and are not."""
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    for number, statement in enumerate(answer.statements, start=1):
        if statement.support == "quoted" and statement.text != "".join(quotes[marker] for marker in statement.markers):
            yield CheckedQuote(f"statement {number}", "not confirmed", "it is marked as a quotation, and its citation says something else")


def _checked(citation: Citation, described: BundledDocument, originals: Mapping[str, Document | str]) -> tuple[Outcome, str]:
    found = originals.get(described.original)
    if found is None:
        return "no original", f"no file with the sha256 {described.original} ({described.path}, {described.size} bytes)"
    if isinstance(found, str):
        return "cannot be read again", f"{described.path}: {found}"
    same_reader = found.reader == described.reader
    if citation.spans[-1].end <= len(found.text) and text_at(found.text, citation.spans) == citation.quote:
        if found.version == citation.version:
            return "confirmed", ""
        if not same_reader:
            return "confirmed by another reader", f"read by {described.reader} then, by {found.reader} now; the quote stands at its place"
        return "not confirmed", f"the quote stands at its place, but {described.path} as a whole reads otherwise than the bundle says"
    if not same_reader:
        return "cannot be read again", f"{described.path} was read by {described.reader}; this program reads it by {found.reader}"
    return "not confirmed", f"{described.path} does not say so at {citation.spans[0].start}-{citation.spans[-1].end}"
