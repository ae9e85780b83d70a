"""PDF: the text layer page by page, in the order in which the file draws it.

Lines are joined to paragraphs by where they begin and end on the page; a paragraph that a page break cuts is one block of two spans.
Running heads and page numbers are furniture. Not handled: several columns drawn across, vertical text, scans (they have no text layer),
tables (their lines are paragraphs).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qa.errors import DamagedFileError, EncryptedFileError, NoTextError
from qa.reading.dates import iso_date
from qa.reading.decoding import normalised
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.patterns import LONGEST_HEADING, PAGE_NUMBER, ends_sentence, kind_of
from qa.reading.protocol import Reading, Source
from qa.records import Block, BlockKind, Decoding, Span

SIGNATURE = b"%PDF-"
HEAD_BYTES = 1024  # where the signature may stand
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
EDGE_LINES = 2  # at the top and at the bottom of a page, where running heads stand
FEWEST_REPEATS = 3  # pages that a running head stands on
INDENT, SHORT_OF = 1.0, 2.0  # in the size of the type: an indented first line; a last line that leaves room
GAP = 1.6  # times the usual distance of lines: a new paragraph
LARGER_TYPE = 1.15  # times the usual size: a heading
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
GENERATED_TITLE = re.compile(r"^(?:untitled|microsoft word|\(?anonymous\)?|无标题|無標題|unspecified)|\.(?:docx?|indd|qxd|ps)$", re.I)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page with its place, in points; its text without the white space round it."""

    text: str
    left: float
    right: float
    top: float
    size: float  # of the type
    page: int


class Pdf:
    """Any file that begins as a PDF."""

    name = "pdf"
    number = 1
    media_type = "application/pdf"
    suffixes: tuple[str, ...] = (".pdf",)

    def recognises(self, source: Source) -> bool:
        """By its signature, which some junk may precede."""
        return SIGNATURE in source.data[:HEAD_BYTES]

    def read(self, source: Source) -> Reading:
        """EncryptedFileError, DamagedFileError, or NoTextError for a scan."""
        pdf = _open(source.data)
        try:
            labels = [pdf.get_page_label(number) or str(number + 1) for number in range(len(pdf))]
            lines = [line for number in range(len(pdf)) for line in _page_lines(pdf, number)]
            metadata = pdf.get_metadata_dict(skip_empty=True)
        finally:
            pdf.close()
        if not lines:
            raise NoTextError("the PDF has no text layer (a scan?); run text recognition (OCR) over it first")
        text, blocks = _linearise(lines, labels)
        made = About(published=iso_date(metadata.get("CreationDate", "")))  # of the file: what its pages say comes first
        about = _about(metadata).or_else(opening_of(text, blocks)).or_else(made)
        return Reading(text, blocks, Decoding("", "format"), about)


def _open(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PASSWORD_ERROR or "password" in str(error).lower():
            raise EncryptedFileError("the PDF is encrypted; save it without a password") from error
        raise DamagedFileError("the PDF is cut off or damaged; fetch it again, or print it to PDF anew") from error


def _page_lines(pdf: Any, number: int) -> Iterator[Line]:
    """The lines of a page in the file's order. A page that cannot be loaded has none."""
    import pypdfium2

    try:
        page = pdf[number]
    except pypdfium2.PdfiumError:
        return
    text_page = page.get_textpage()
    try:
        start = 0
        characters = [pypdfium2.raw.FPDFText_GetUnicode(text_page, index) for index in range(text_page.count_chars())]
        for end, code in enumerate([*characters, 10]):
            if code in (10, 13):
                yield from _line(text_page, characters, start, end, number)
                start = end + 1
    finally:
        text_page.close()
        page.close()


def _line(text_page: Any, characters: Sequence[int], start: int, end: int, number: int) -> Iterator[Line]:
    """The line that these characters are, if any is visible."""
    import pypdfium2

    visible = [index for index in range(start, end) if characters[index] and not chr(characters[index]).isspace()]
    if not visible:
        return
    units = b"".join(_utf16(code) for code in characters[visible[0] : visible[-1] + 1])
    text = normalised(units.decode("utf-16-le", "replace").replace("\ufffe", "-").replace("\x02", "-"))  # how PDFium marks a hyphen
    left, bottom, _, top = text_page.get_charbox(visible[0], loose=True)
    _, _, right, _ = text_page.get_charbox(visible[-1], loose=True)
    size = pypdfium2.raw.FPDFText_GetFontSize(text_page, visible[0])
    yield Line(text, left, right, top, size if size > 1.5 else max(top - bottom, 1.0), number)  # a size of 1 is scaled elsewhere


def _utf16(code: int) -> bytes:
    return code.to_bytes(2, "little") if code < 0x10000 else chr(code).encode("utf-16-le")


def _linearise(lines: Sequence[Line], labels: Sequence[str]) -> tuple[str, tuple[Block, ...]]:
    """One line of text for each line of a page; blocks are spans over them."""
    text = "\n".join(line.text for line in lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.text) + 1)
    furniture = _furniture(lines)
    body = [place for place in range(len(lines)) if place not in furniture]
    layout = _Layout.of([lines[place] for place in body])
    groups: list[list[int]] = [[place] for place in sorted(furniture)]
    for previous, place in zip([None, *body], body, strict=False):
        if previous is None or layout.begins_paragraph(lines[previous], lines[place]):
            groups.append([])
        groups[-1].append(place)
    blocks = []
    for group in sorted(groups):
        kind: BlockKind = "furniture" if group[0] in furniture else _kind([lines[place] for place in group], layout)
        blocks.append(Block(kind, _spans(text, starts, lines, group), labels[lines[group[0]].page]))
    return text, tuple(blocks)


def _spans(text: str, starts: Sequence[int], lines: Sequence[Line], group: Sequence[int]) -> tuple[Span, ...]:
    """One span, and another where the page changes. The line end before the joint belongs to the text unless both sides are Han."""
    cuts = [0, *(place for place in range(1, len(group)) if lines[group[place]].page != lines[group[place - 1]].page), len(group)]
    spans = []
    for first, last in pairwise(cuts):
        start, end = starts[group[first]], starts[group[last - 1] + 1] - 1
        if last < len(group) and not (HAN.match(text[end - 1]) and HAN.match(text[starts[group[last]]])):
            end += 1
        spans.append(Span(start, end))
    return tuple(spans)


def _furniture(lines: Sequence[Line]) -> set[int]:
    """The places of page numbers and running heads: among a page's first and last lines, numbers alone, and what comes back."""
    edges: list[int] = []
    for place, line in enumerate(lines):
        before = place < EDGE_LINES or lines[place - EDGE_LINES].page != line.page
        after = place + EDGE_LINES >= len(lines) or lines[place + EDGE_LINES].page != line.page
        if before or after:
            edges.append(place)
    times = Counter(_without_digits(lines[place].text) for place in edges)
    return {place for place in edges if PAGE_NUMBER.fullmatch(lines[place].text) or _comes_back(lines[place].text, times)}


def _comes_back(text: str, times: Counter[str]) -> bool:
    return len(text) <= LONGEST_HEADING and not ends_sentence(text) and times[_without_digits(text)] >= FEWEST_REPEATS


def _without_digits(text: str) -> str:
    return re.sub(r"\d+", "0", text)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What is usual in a document, in points: where lines begin and end, how far apart they are, how large the type is."""

    left: float
    right: float
    pitch: float
    size: float

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Layout:
        long_lines = sorted(lines, key=lambda line: len(line.text))[len(lines) // 2 :]
        if not long_lines:
            return cls(0, 0, 0, 0)
        pitches = sorted(a.top - b.top for a, b in pairwise(lines) if a.page == b.page and a.top > b.top)
        return cls(
            left=_median([line.left for line in long_lines]),
            right=sorted(line.right for line in long_lines)[int(len(long_lines) * 0.9)],
            pitch=pitches[len(pitches) // 2] if pitches else 0,
            size=_median([line.size for line in long_lines]),
        )

    def begins_paragraph(self, previous: Line, line: Line) -> bool:
        """Whether a paragraph begins with the line; previous is the line of the body before it."""
        if kind_of(line.text) or kind_of(previous.text) or abs(previous.size - line.size) > 0.1 * self.size:
            return True
        if line.left > self.left + INDENT * line.size or previous.right < self.right - SHORT_OF * previous.size:
            return True
        if previous.page != line.page:
            return ends_sentence(previous.text)
        return previous.top - line.top > GAP * self.pitch or line.top - previous.top > line.size


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _kind(lines: Sequence[Line], layout: _Layout) -> BlockKind:
    text = " ".join(line.text for line in lines)
    shown = kind_of(text)
    large = len(text) <= LONGEST_HEADING and not ends_sentence(text) and min(line.size for line in lines) >= LARGER_TYPE * layout.size
    return shown or ("heading" if large else "paragraph")


def _about(metadata: dict[str, str]) -> About:
    title = clean_title(metadata.get("Title", ""))
    author = metadata.get("Author", "")
    return About(
        title="" if GENERATED_TITLE.search(title) else title,
        authors=() if GENERATED_TITLE.search(author) else names(author),
    )
