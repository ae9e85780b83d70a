"""The source reader: one page that shows a document's stored text with a quote's spans marked and scrolled into view, without script.

Only a window of the text is shown, so a document of any length opens at once. It shows what Chuchu read, not the file's own layout.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.library.library import Library
from qa.records import Block, Document, DocumentInfo, Section, Span, spans_text
from ui.texts import Language, say

WINDOW = 60_000  # code points on one page: about 100 printed pages, 0.2 s to lay out
_DOC_ID = re.compile(r"[0-9a-f]{16}")
_VERSION = re.compile(r"(?:[0-9a-f]{64})?")
_SPANS = re.compile(r"[0-9]{1,9}-[0-9]{1,9}(?:,[0-9]{1,9}-[0-9]{1,9}){0,63}")


class BadLinkError(ValueError):
    """A link that is malformed; its argument is the key of the sentence that says how."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, inside the quote or not."""

    text: str
    marked: bool
    anchor: bool = False  # the first marked piece on the page: the link scrolls to it


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block as the page shows it."""

    kind: str
    page: str  # its label where it differs from the block before, else ""
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Everything the template shows; plain text throughout, escaped by the template."""

    title: str
    line: str  # authors, publication, issue, date
    section: str  # the article the quote stands in, where the document has several
    path: str
    notice: str  # what is out of the ordinary about this version, or ""
    current: str  # link to the current version, or ""
    blocks: tuple[ShownBlock, ...]
    earlier: str  # link, or ""
    later: str
    quote: str
    shown: str  # "characters 1-60000 of 78000"
    marks: int


def parse_spans(doc_id: str, version: str, spans: str) -> tuple[Span, ...]:
    """The spans of a link, in order. BadLinkError for a malformed id, version or span: nothing of that kind reaches a library."""
    if not _DOC_ID.fullmatch(doc_id):
        raise BadLinkError("bad_document")
    if not _VERSION.fullmatch(version):
        raise BadLinkError("bad_version")
    if not spans:
        return ()
    if not _SPANS.fullmatch(spans):
        raise BadLinkError("bad_spans")
    try:
        return tuple(sorted(Span(*(int(number) for number in piece.split("-"))) for piece in spans.split(",")))
    except ValueError:
        raise BadLinkError("bad_spans") from None


def source_page(library: Library, doc_id: str, version: str, marks: Sequence[Span], start: str, language: Language) -> SourcePage:
    """The page of a link. marks: its spans, in order. start: where to begin, in code points; "" begins a little before the quote.

    BadLinkError for a place outside the document, NotInLibraryError, LibraryDamagedError when the stored text does not match its hash.
    """
    document = library.document(doc_id, version)
    total = len(document.text)
    if any(mark.end > total for mark in marks):
        raise BadLinkError("bad_spans")
    first = _first_shown(start, marks, total)
    window = Span(first, min(total, first + WINDOW)) if total else None
    blocks = _shown_blocks(document, window, marks) if window else ()
    info = library.info(doc_id)
    is_current = info.version == document.version
    last = window.end if window else 0

    def link(at: int) -> str:
        return f"/source/{doc_id}?v={document.version}&s={spans_text(marks)}&at={at}"

    return SourcePage(
        title=document.title or say(language, "untitled"),
        line=" · ".join(filter(None, ("、".join(document.authors), document.publication, document.issue, document.published))),
        section=_section_line(document, marks, language),
        path=document.path,
        notice=_notice(info, is_current, language),
        current="" if is_current else f"/source/{doc_id}",
        blocks=blocks,
        earlier=link(max(0, first - WINDOW)) if first else "",
        later=link(last) if last < total else "",
        quote=f"/source/{doc_id}?v={document.version}&s={spans_text(marks)}#quote" if marks else "",
        shown=say(language, "characters_shown", first=first + 1, last=last, total=total) if window != Span(0, total) else "",
        marks=len(marks),
    )


def _first_shown(start: str, marks: Sequence[Span], total: int) -> int:
    if start:
        if not re.fullmatch(r"[0-9]{1,9}", start) or int(start) > total:
            raise BadLinkError("bad_spans")
        return min(int(start), max(0, total - 1))
    if not marks or total <= WINDOW:
        return 0
    return max(0, marks[0].start - WINDOW // 4)


def _shown_blocks(document: Document, window: Span, marks: Sequence[Span]) -> tuple[ShownBlock, ...]:
    shown: list[ShownBlock] = []
    page, anchored = "", False
    for block in document.blocks:
        spans = [Span(max(s.start, window.start), min(s.end, window.end)) for s in block.spans if s.overlap(window)]
        if not spans:
            continue
        pieces: list[Piece] = []
        for piece in (piece for span in spans for piece in _pieces(document.text, span, marks)):
            pieces.append(Piece(piece.text, piece.marked, anchor=piece.marked and not anchored))
            anchored = anchored or piece.marked
        shown.append(ShownBlock(block.kind, block.page if block.page != page else "", tuple(pieces)))
        page = block.page
    return tuple(shown)


def _pieces(text: str, span: Span, marks: Sequence[Span]) -> list[Piece]:
    """The span cut at the borders of the marks."""
    inside = [mark for mark in marks if mark.overlap(span)]
    cuts = sorted({span.start, span.end, *(min(max(edge, span.start), span.end) for mark in inside for edge in (mark.start, mark.end))})
    return [Piece(text[start:end], any(mark.start <= start and end <= mark.end for mark in inside)) for start, end in pairwise(cuts)]


def _section_line(document: Document, marks: Sequence[Span], language: Language) -> str:
    section = _section_of(document, marks)
    if section is None:
        return ""
    pages = say(language, "page", page=section.pages) if section.pages else ""
    reprint = say(language, "reprinted_from", source=section.reprinted_from) if section.reprinted_from else ""
    return " · ".join(filter(None, (section.title, section.subtitle, "、".join(section.authors), section.published, pages, reprint)))


def _section_of(document: Document, marks: Sequence[Span]) -> Section | None:
    if not marks or not document.sections:
        return None
    blocks: list[Block] = [block for block in document.blocks if any(span.overlap(marks[0]) for span in block.spans)]
    wanted = blocks[0].section_id if blocks else ""
    return next((section for section in document.sections if section.section_id == wanted), None)


def _notice(info: DocumentInfo, is_current: bool, language: Language) -> str:
    notices = [] if is_current else [say(language, "old_version")]
    if info.state == "missing":
        notices.append(say(language, "missing_document"))
    return " ".join(notices)
