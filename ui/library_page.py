"""The library in plain pages, without script: the list of its documents, and of each document how it was read.

What changes a library (adding, removing) is in the chat's Library tab.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

from qa.library.library import Library
from qa.reading.outline import Joint, KindCount, Outline, Place, counts_of, outline_of
from qa.records import DocumentInfo, Section
from ui.links import place_link
from ui.outline import facts
from ui.source import BadLinkError
from ui.texts import Language, say

ROWS = 100  # documents on one page
PARTS, LINES = 300, 200  # of an outline; of one list in it
LONGEST_WORDS = 200  # of a filter

# What a list is put in order by: ascending, and by path where equal. "" comes last.
ORDERS: Mapping[str, Callable[[DocumentInfo], Any]] = {
    "title": lambda info: info.title,
    "publication": lambda info: info.publication,
    "published": lambda info: info.published,
    "passages": lambda info: info.n_passages,
    "state": lambda info: info.state,
    "added": lambda info: info.added,
}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of the list that puts it in order."""

    name: str
    link: str
    direction: str  # "ascending", "descending", or "" where the list is in another order


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of the list of documents."""

    documents: tuple[DocumentInfo, ...]
    found: int  # documents that the filter lets through
    passages: int  # of those
    words: str
    order: str
    columns: tuple[Column, ...]
    number: int  # of this page, from 1
    pages: int
    earlier: str  # link, or ""
    later: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an outline with its place in the source reader."""

    link: str
    page: str  # the printed label
    text: str
    kind: str = ""
    after: str = ""  # the other side of a joint


@dataclass(frozen=True, slots=True)
class Lines:
    """The first lines of a list, and how many there are in all."""

    shown: tuple[Line, ...]
    count: int


@dataclass(frozen=True, slots=True)
class ShownPart:
    """An article as the page shows it."""

    section: Section | None  # None for what stands in no article
    link: str  # to where it begins; "" where nothing of it was found
    counts: tuple[KindCount, ...]
    headings: Lines
    asides: Lines


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Everything that the page of a document shows."""

    info: DocumentInfo
    facts: list[tuple[str, str]]
    notice: str  # what is out of the ordinary about this version, or ""
    source: str  # link
    versions: tuple[DocumentInfo, ...]  # newest first; () when there is only this one
    counts: tuple[KindCount, ...]
    articles: int
    parts: tuple[ShownPart, ...]
    n_parts: int
    joints: Lines
    dates: Lines


def matches(info: DocumentInfo, words: str) -> bool:
    """Whether each of the words stands in the title, an author's name, the publication or the path, in any case."""
    place = " ".join((info.title, *info.authors, info.publication, info.path)).casefold()
    return all(word in place for word in words.casefold().split())


def list_page(library: Library, words: str, order: str, number: str) -> ListPage:
    """A page of the list. order: a key of ORDERS, with "-" before it from the last to the first; "" by path. BadLinkError."""
    name = order.removeprefix("-")
    if (order and name not in ORDERS) or not re.fullmatch(r"[1-9][0-9]{0,5}|", number):
        raise BadLinkError("bad_page")
    words = words[:LONGEST_WORDS]
    found = [info for info in library.documents() if matches(info, words)]
    if order:
        key = ORDERS[name]
        found.sort(key=key, reverse=order != name)
        found.sort(key=lambda info: key(info) == "")
    pages = max(1, -(-len(found) // ROWS))
    at = min(int(number or 1), pages)

    def link(order: str, number: int) -> str:
        values = {"q": words, "order": order, "page": str(number) if number > 1 else ""}
        return "/library?" + urlencode({key: value for key, value in values.items() if value})

    def column(one: str) -> Column:
        direction = {one: "ascending", f"-{one}": "descending"}.get(order, "")
        return Column(one, link(f"-{one}" if direction == "ascending" else one, 1), direction)

    return ListPage(
        documents=tuple(found[(at - 1) * ROWS : at * ROWS]),
        found=len(found),
        passages=sum(info.n_passages for info in found),
        words=words,
        order=order,
        columns=tuple(column(one) for one in ORDERS),
        number=at,
        pages=pages,
        earlier=link(order, at - 1) if at > 1 else "",
        later=link(order, at + 1) if at < pages else "",
    )


def document_page(library: Library, doc_id: str, version: str, language: Language) -> DocumentPage:
    """The page of a document. NotInLibraryError, LibraryDamagedError when the stored text does not match its hash."""
    info = library.info(doc_id, version)
    versions = library.versions(doc_id) if info.n_versions > 1 else []
    outline = outline_of(library.document(doc_id, info.version))
    is_current = not versions or library.info(doc_id).version == info.version
    notices = ["" if is_current else say(language, "old_outline"), say(language, "missing_document") if info.state == "missing" else ""]
    joints = [joint for part in outline.parts for joint in part.joints]
    return DocumentPage(
        info=info,
        facts=facts(info, language),
        notice=" ".join(filter(None, notices)),
        source=f"/source/{doc_id}?v={info.version}",
        versions=tuple(versions),
        counts=counts_of(outline.parts),
        articles=sum(part.section is not None for part in outline.parts),
        parts=tuple(_shown_parts(outline)),
        n_parts=len(outline.parts),
        joints=_lines(joints, lambda joint: _joint_line(outline, joint)),
        dates=_lines(
            outline.dates,
            lambda named: Line(place_link(doc_id, info.version, (named.mention.span,)), "", named.text, after=named.mention.date),
        ),
    )


def _shown_parts(outline: Outline) -> list[ShownPart]:
    def place_line(place: Place) -> Line:
        return Line(place_link(outline.doc_id, outline.version, place.spans), place.page, place.text, place.kind)

    return [
        ShownPart(
            part.section,
            place_line(part.first).link if part.first else "",
            part.counts,
            _lines([heading for heading in part.headings if heading != part.first], place_line),
            _lines(part.asides, place_line),
        )
        for part in outline.parts[:PARTS]
    ]


def _joint_line(outline: Outline, joint: Joint) -> Line:
    link = place_link(outline.doc_id, outline.version, (joint.before, joint.after))
    return Line(link, joint.page, joint.left, after=joint.right)


def _lines(items: Sequence[Item], line: Callable[[Item], Line]) -> Lines:
    return Lines(tuple(map(line, islice(items, LINES))), len(items))
