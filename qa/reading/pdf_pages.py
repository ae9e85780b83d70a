"""A page of a PDF as PDFium sees it, to pieces of lines with their places, horizontal and vertical.

PDFium joins what stands at one height, over gutters too, and parts vertical text into single characters; here a line is cut at every
gap and jump, and single characters below each other become a line again, turned as `columns` wants it. Not handled: text at an angle,
Latin words lying in vertical text (they stay where they stand).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from qa.reading.columns import Piece
from qa.reading.decoding import normalised
from qa.reading.garble import HAN

CUT = 0.6  # in the size of the type: a gap this wide parts a line
VERTICAL_SHARE = 0.6  # of a page's characters that stand alone on their line when the page is vertical
FEWEST_VERTICAL = 6  # characters; twice as many, in lines of LONG_CHAIN, on a page that is mostly horizontal
LONG_CHAIN = 4
MOST_CHAINS = 400  # of characters below each other, on a page
NEXT_BELOW = 1.2  # in the size of the type: the white between two characters of one vertical line
SAME_COLUMN = 0.4  # in the size of the type, between the middles of two characters of one vertical line
FEW_CHARACTERS = 60  # a page with fewer is looked at for pictures
PICTURE_SHARE = 0.4  # of the page that pictures cover when the page is one

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page holds, in points from the lower left corner of what is shown of it. A page that cannot be loaded holds nothing."""

    number: int  # counts from 0
    width: float
    height: float
    pieces: tuple[Piece, ...] = ()  # horizontal
    vertical: tuple[Piece, ...] = ()  # turned: left is the distance from the top, top is the right edge
    is_picture: bool = False  # few characters, or none, on a page that pictures cover


@dataclass(slots=True)
class _Run:
    """A piece while it grows."""

    codes: list[int]
    left: float
    bottom: float
    right: float
    top: float
    first: int  # the index of its first character
    width: float  # of its first character
    line: int
    blank: str


def page_text(pdf: Any, number: int) -> PageText:
    """The pieces of a page in the order of the file."""
    import pypdfium2

    try:
        page = pdf[number]
    except pypdfium2.PdfiumError:
        return PageText(number, 0, 0)
    try:
        width, height = page.get_size()
        text_page = page.get_textpage()
        try:
            runs = list(_runs(text_page, page.get_rotation(), page.get_bbox()))
            pieces = _pieces(text_page, runs)
        finally:
            text_page.close()
        few = sum(len(piece.text) for piece in pieces) < FEW_CHARACTERS
        is_picture = few and _pictures(page) >= PICTURE_SHARE * width * height
    except pypdfium2.PdfiumError:
        return PageText(number, 0, 0)
    finally:
        page.close()
    horizontal, vertical = _directions(pieces)
    return PageText(number, width, height, tuple(horizontal), tuple(vertical), is_picture)


def _runs(text_page: Any, rotation: int, shown: Rectangle) -> Iterator[_Run]:
    """rotation: of the page, clockwise in degrees; shown: the part of it that is shown, before it is turned."""
    import pypdfium2.raw as raw

    as_written = not rotation and shown[:2] == (0, 0)
    box = raw.FS_RECTF()
    place = ctypes.byref(box)
    unicode_of, box_of, pointer = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox, text_page.raw
    run: _Run | None = None
    line, blank = 0, ""
    for index in range(text_page.count_chars()):
        code = unicode_of(pointer, index)
        if code in (10, 13):
            line += code == 10
            blank = ""
            if run:
                yield run
            run = None
            continue
        if code == 32 or (code < 0x110000 and chr(code).isspace()):
            blank += chr(code)
            continue
        if not box_of(pointer, index, place):
            continue
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if not as_written:
            left, bottom, right, top = _turned((left, bottom, right, top), rotation, shown)
        if run is not None and _continues(run, left, bottom, top):
            run.codes.extend([*map(ord, blank), code])
            run.right = max(run.right, right)
            run.bottom, run.top = min(run.bottom, bottom), max(run.top, top)
        else:
            if run:
                yield run
            run = _Run([code], left, bottom, right, top, index, right - left, line, blank if run else "")
        blank = ""
    if run:
        yield run


def _turned(box: Rectangle, rotation: int, shown: Rectangle) -> Rectangle:
    """A box of the file as it stands on the page that is shown, cut to what is shown and turned clockwise."""
    left, bottom, right, top = box
    first, lowest, last, highest = shown
    if rotation == 90:
        return bottom - lowest, last - right, top - lowest, last - left
    if rotation == 180:
        return last - right, highest - top, last - left, highest - bottom
    if rotation == 270:
        return highest - top, left - first, highest - bottom, right - first
    return left - first, bottom - lowest, right - first, top - lowest


def _continues(run: _Run, left: float, bottom: float, top: float) -> bool:
    height = run.top - run.bottom
    shared = min(run.top, top) - max(run.bottom, bottom)
    return -0.5 * height < left - run.right < CUT * height and shared > 0.3 * min(height, top - bottom)


def _pieces(text_page: Any, runs: Sequence[_Run]) -> list[Piece]:
    """The runs with the size of their type: as the file says it, times how much larger Han stand on the page."""
    import pypdfium2.raw as raw

    sizes = [raw.FPDFText_GetFontSize(text_page.raw, run.first) for run in runs]
    scales = sorted(
        run.width / size for run, size in zip(runs, sizes, strict=True) if size > 0 and run.width > 0 and 0x3400 <= run.codes[0] <= 0x9FFF
    )
    scale = scales[len(scales) // 2] if scales else 1.0
    pieces = []
    for place, (run, size) in enumerate(zip(runs, sizes, strict=True)):
        height = max(run.top - run.bottom, 1.0)
        said = size * scale
        text = _text(run.codes)
        # loose boxes are a little higher than the type; a size far from that is scaled by something else
        right_size = said if 0.6 * height <= said <= 1.6 * height else 0.9 * height
        pieces.append(Piece(text, run.left, run.right, run.bottom, run.top, run.bottom, right_size, place, run.line, normalised(run.blank)))
    return [piece for piece in pieces if piece.text]


def _text(codes: Iterable[int]) -> str:
    """Characters as PDFium gives them; it marks a hyphen at a line's end, and NUL where a font does not say what it draws."""
    units = b"".join(code.to_bytes(2, "little") if code < 0x10000 else chr(code).encode("utf-16-le") for code in codes)
    text = units.decode("utf-16-le", "replace").replace("\ufffe", "-").replace("\x02", "-")
    return normalised(text).strip()


def _pictures(page: Any) -> float:
    """The area that pictures cover, in square points, overlaps counted twice."""
    import pypdfium2.raw as raw

    area = 0.0
    for picture in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        area += max(0.0, right - left) * max(0.0, top - bottom)
    return area


def _directions(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """Horizontal pieces, and vertical lines made of single characters: those of a vertical page, or of a part of the page's height."""
    single = [piece for piece in pieces if _stands_alone(piece)]
    if len(single) < FEWEST_VERTICAL or not any(HAN.match(piece.text) for piece in single):
        return pieces, ()
    if len(single) >= VERTICAL_SHARE * sum(len(piece.text) for piece in pieces):
        return _lines_down(pieces, single)
    places = {piece.place for chain in _chains(single) if len(chain) >= LONG_CHAIN for piece in chain}
    if len(places) < 2 * FEWEST_VERTICAL:
        return pieces, ()
    middles = [(piece.top + piece.bottom) / 2 for piece in single if piece.place in places]
    inside = [piece for piece in pieces if min(middles) <= (piece.top + piece.bottom) / 2 <= max(middles)]
    alone = [piece for piece in inside if _stands_alone(piece)]
    if len(alone) < VERTICAL_SHARE * sum(len(piece.text) for piece in inside):
        return pieces, ()
    across, down = _lines_down(inside, alone)
    taken = {piece.place for piece in inside}
    return [*(piece for piece in pieces if piece.place not in taken), *across], down


def _lines_down(pieces: Sequence[Piece], single: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """The pieces left over, and the vertical lines that the single ones make; none when they stand closer beside each other than below."""
    chains = _closed(list(_chains(single)))
    if sum(len(chain) > 1 for chain in chains) * 2 < len(chains) or len(chains) * 3 > len(single):
        chains = list(_clusters(single))
    long = [chain for chain in chains if len(chain) > 1]
    if 2 * sum(map(len, long)) < len(single) or not _runs_down(long, single):
        return pieces, ()
    top, bottom = max(piece.top for chain in long for piece in chain), min(piece.bottom for chain in long for piece in chain)
    chains = [chain for chain in chains if len(chain) > 1 or (chain[0].bottom < top and chain[0].top > bottom)]  # no page numbers
    used = {piece.place for chain in chains for piece in chain}
    return [piece for piece in pieces if piece.place not in used], list(_down(chains))


def _stands_alone(piece: Piece) -> bool:
    return len(piece.text) == 1 or (len(piece.text) == 2 and piece.right - piece.left <= 1.3 * piece.size)


def _chains(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Characters that follow each other downwards in the file. A sign may be drawn a little above its place."""
    chain: list[Piece] = []
    for piece in pieces:
        if chain and not _below(chain[-1], piece):
            yield chain
            chain = []
        chain.append(piece)
    if chain:
        yield chain


def _closed(chains: list[list[Piece]]) -> list[list[Piece]]:
    """The chains with those joined that follow each other.

    PDFium swaps two characters of one height: the last of a line and the first of the next one.
    """
    joined: list[list[Piece]] = []
    for chain in sorted(chains, key=lambda chain: -chain[0].top) if len(chains) <= MOST_CHAINS else chains:
        above = next((other for other in joined if len(chains) <= MOST_CHAINS and _below(other[-1], chain[0])), None)
        if above is None:
            joined.append(list(chain))
        else:
            above.extend(chain)
    return sorted(joined, key=lambda chain: min(piece.place for piece in chain))


def _below(above: Piece, piece: Piece) -> bool:
    size = above.size
    aside = abs(above.left + above.right - piece.left - piece.right) / 2
    return aside <= SAME_COLUMN * size and piece.top < above.top + 0.6 * size and above.bottom - piece.top <= NEXT_BELOW * size


def _clusters(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The same by where they stand, for files that draw them in another order."""
    column: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: -(piece.left + piece.right)):
        if column and abs(column[-1].left + column[-1].right - piece.left - piece.right) / 2 > SAME_COLUMN * piece.size:
            yield from _chains(sorted(column, key=lambda piece: -piece.top))
            column = []
        column.append(piece)
    yield from _chains(sorted(column, key=lambda piece: -piece.top))


def _runs_down(chains: Sequence[Sequence[Piece]], single: Sequence[Piece]) -> bool:
    """Whether characters stand closer to the one below than to the one beside, as they do in vertical lines."""
    down = sorted(above.top - below.top for chain in chains for above, below in pairwise(chain))
    lines = sorted({round((piece.left + piece.right) / 2) for piece in single})
    beside = sorted(b - a for a, b in pairwise(lines) if b - a > 2)
    return not beside or down[len(down) // 2] < 1.05 * beside[len(beside) // 2]


def _down(chains: Sequence[Sequence[Piece]]) -> Iterator[Piece]:
    """The chains as pieces, turned; those that follow each other in one column are of one line."""
    line = 0
    for number, chain in enumerate(chains):
        if number and abs(_middle(chains[number - 1]) - _middle(chain)) > SAME_COLUMN * chain[0].size:
            line += 1
        top, bottom = max(piece.top for piece in chain), min(piece.bottom for piece in chain)
        left, right = min(piece.left for piece in chain), max(piece.right for piece in chain)
        text = "".join(piece.text for piece in chain)
        yield Piece(text, -top, -bottom, left, right, left, chain[0].size, chain[0].place, line)


def _middle(chain: Sequence[Piece]) -> float:
    return (chain[0].left + chain[0].right) / 2
