"""The printed pages that a quote stands on, for the source reader: an image of each, and where to mark it.

A mark covers a part of a printed line: its edges inside the line are reckoned from the widths that characters usually have, so they can be
a little beside the character where the type is narrow or the line is spread. Formats without pages have no sheets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import LibraryDamagedError, ReadingError
from qa.library.library import Library
from qa.reading.formats.pdf import Pdf
from qa.reading.page_images import PageRenderer
from qa.records import Box, Document, Span, spans_text
from ui.reasons import error_text
from ui.source import BadLinkError
from ui.texts import Language, say

MOST_SHEETS = 4  # page images at once; a longer quote is followed with the links between pages
DOWN = 1.5  # times as high as wide: a line that runs down the page
_PAGE = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a line on a sheet, in points from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed page as the template shows it."""

    image: str  # its address
    label: str  # printed
    width: float  # in points
    height: float
    marks: tuple[Mark, ...]
    earlier: str  # link to the page before, or ""
    later: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """The page images of a link."""

    sheets: tuple[Sheet, ...] = ()
    first: str = ""  # where no page is shown but there are some: link to the first one
    notice: str = ""  # why there is no image


def sheets_of(
    library: Library, renderer: PageRenderer, doc_id: str, version: str, marks: Sequence[Span], chosen: str, language: Language
) -> Sheets:
    """The pages that the marks stand on, or the one that is chosen, counted from 0. BadLinkError for a page that is not there."""
    if chosen and not _PAGE.fullmatch(chosen):
        raise BadLinkError("no_such_page")
    boxes = library.boxes(doc_id, version)
    if not boxes:
        return Sheets()
    document = library.document(doc_id, version)

    def link(page: int) -> str:
        return f"/source/{doc_id}?v={document.version}&s={spans_text(marks)}&page={page}#pages"

    if not chosen and not marks:
        return Sheets(first=link(0))
    try:
        sizes = renderer.sizes(library.original(doc_id, document.version))
    except (ReadingError, LibraryDamagedError) as error:
        return Sheets(notice=say(language, "no_page_image", reason=error_text(error, language)))
    marked = [(box, mark) for box in boxes for mark in marks if box.span.overlap(mark)]
    sheets = []
    for page in [int(chosen)] if chosen else sorted({box.page for box, _ in marked})[:MOST_SHEETS]:
        if page >= len(sizes):
            raise BadLinkError("no_such_page")
        width, height = sizes[page]
        sheet = Sheet(
            image=f"/source/{doc_id}/page/{page}.png?v={document.version}",
            label=_label(document, boxes, page),
            width=width,
            height=height,
            marks=tuple(_mark(document.text, box, mark, height) for box, mark in marked if box.page == page),
            earlier=link(page - 1) if page else "",
            later=link(page + 1) if page + 1 < len(sizes) else "",
        )
        sheets.append(sheet)
    return Sheets(tuple(sheets), first="" if sheets else link(0))


def page_png(library: Library, renderer: PageRenderer, doc_id: str, version: str, page: str) -> bytes:
    """The image of a page. BadLinkError for one that is not there, ReadingError when it cannot be drawn, NotInLibraryError."""
    document = library.document(doc_id, version)
    if not _PAGE.fullmatch(page) or document.media_type != Pdf.media_type:
        raise BadLinkError("no_such_page")
    try:
        return renderer.png(library.original(doc_id, document.version), int(page))
    except IndexError:
        raise BadLinkError("no_such_page") from None


def _label(document: Document, boxes: Sequence[Box], page: int) -> str:
    """The label of a block that begins on the page: one that goes on there carries the label of the page before."""
    begun = (block.page for box in boxes if box.page == page for block in document.blocks if block.spans[0].overlap(box.span))
    return next(begun, "") or str(page + 1)


def _mark(text: str, box: Box, mark: Span, height: float) -> Mark:
    """The part of a line that a mark covers. height: of the page."""
    widths = [_width(character) for character in text[box.span.start : box.span.end]]
    whole, place = sum(widths), box.span.start
    first = sum(widths[: max(mark.start - place, 0)]) / whole
    last = sum(widths[: mark.end - place]) / whole
    across, down = box.right - box.left, box.top - box.bottom
    if len(widths) > 1 and down > DOWN * across:
        return _rounded(box.left, height - box.top + first * down, across, (last - first) * down)
    return _rounded(box.left + first * across, height - box.top, (last - first) * across, down)


def _width(character: str) -> int:
    """In halves of a Han character; what is narrow in one font and wide in another counts as wide."""
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def _rounded(*measures: float) -> Mark:
    return Mark(*(round(measure, 2) for measure in measures))
