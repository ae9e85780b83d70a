"""Reading order: pieces of lines with their places on a page, to regions of lines in the order in which a person reads them.

Gutters are voted on: every gap between two pieces side by side is a vote for the places it covers, every piece across a place a vote
against. The pieces across an accepted gutter (a heading, a picture's caption) cut the page into bands; in each band the columns follow each
other. What stands side by side and does not look like columns of prose (a table, a form) stays in the order of the file, and the region
says so. Vertical text is the same page turned: its lines run down and follow each other to the left, its columns are tiers.
Not handled: an L-shaped text round a picture, articles that share a page without a gutter between them, text that is turned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Order = Literal["lines", "columns", "file"]

WIDEST = 50_000  # points from the corner of the page; a page has at most 14,400, but a damaged file puts letters anywhere
MOST_PIECES = 2_000  # on a page; with more, nothing is voted on
MOST_GUTTERS = 5
NARROWEST_GUTTER = 0.7  # in the size of the type
FEWEST_VOTES = 3  # lines side by side that make a gutter; one is enough where the pages before have had it
VOTE_SHARE = 0.34  # of the votes that must be for a gutter
NARROWEST_COLUMN = 5.0  # of prose, in the size of the type
FULL_SHARE = 0.4  # of the lines of a column of prose that reach its edge
PROSE_SHARE = 0.65  # of the pieces between gutters that must stand in columns of prose
LARGE, WHITE = 1.4, 1.7  # a heading over columns though short: times the usual size; the white in the other column, in its own size
SAME_ROW = 0.5  # of the lower piece's height, that two pieces of one line share
MOST_BESIDE = 0.1  # share of the lines of a column that are made of several lines of the file
LOOSE = 1.7  # times the distance of lines: no longer the same run of lines


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters on one line, in points from the lower left; in vertical text turned: left is the distance from the top."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    base: float  # the line that the characters stand on
    size: float  # of the type
    place: int  # in the order of the file
    line: int  # number of the file's line that it is part of
    blank: str = ""  # the white space before it on the file's line


Row = tuple[Piece, ...]  # the pieces of one line, from left to right


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that follow each other in one column."""

    rows: tuple[Row, ...]
    order: Order


def reading_order(pieces: Sequence[Piece], hints: Sequence[float] = ()) -> tuple[list[Region], list[float]]:
    """The regions of a page, in order, and its gutters. hints: the gutters of pages before, which then need one line as evidence."""
    if not pieces:
        return [], []
    if len(pieces) > MOST_PIECES or not all(piece.left > -WIDEST and piece.right < WIDEST for piece in pieces):  # NaN is neither
        return [_as_in_file(pieces)], []
    size = sorted(piece.size for piece in pieces)[len(pieces) // 2]
    gaps = _gaps(pieces, size)
    gutters = _gutters(pieces, gaps, size, hints)
    if gutters and not _are_columns(pieces, gutters, size):
        return [_as_in_file(pieces)], []
    if not gutters:
        return [_single(pieces)], []
    ordered = sorted(pieces, key=_from_top)
    return list(_by_gutters(ordered, gutters, size, _headings_across(ordered, gutters, size))), gutters


def _from_top(piece: Piece) -> tuple[float, float]:
    return (-piece.top, piece.left)


def _gaps(pieces: Sequence[Piece], size: float) -> list[tuple[float, float]]:
    """The white between each piece and the next one to its right at the same height."""
    ordered = sorted(pieces, key=_from_top)
    nearest: dict[int, float] = {}
    for place, piece in enumerate(ordered):
        for other_place in range(place + 1, len(ordered)):
            other = ordered[other_place]
            if other.top <= piece.bottom + 0.15 * size:
                break
            for a, b, index in ((piece, other, place), (other, piece, other_place)):
                if b.left >= a.right:
                    nearest[index] = min(nearest.get(index, b.left), b.left)
    found = ((ordered[index].right, left) for index, left in nearest.items())
    return [(right, left) for right, left in found if left - right >= NARROWEST_GUTTER * size]


def _gutters(pieces: Sequence[Piece], gaps: Sequence[tuple[float, float]], size: float, hints: Sequence[float]) -> list[float]:
    """The places that the lines vote for, from left to right."""
    if not gaps:
        return []
    first = int(min(piece.left for piece in pieces)) - 1
    width = int(max(piece.right for piece in pieces)) - first + 2
    against = _covered([(piece.left + 1, piece.right - 1) for piece in pieces], first, width)
    left_gaps = list(gaps)
    gutters: list[float] = []
    while left_gaps and len(gutters) < MOST_GUTTERS:
        votes = _covered(left_gaps, first, width)
        net = [yes - 0.5 * no if yes else -1e9 for yes, no in zip(votes, against, strict=True)]
        best = max(range(width), key=net.__getitem__)
        end = best
        while end + 1 < width and net[end + 1] == net[best]:
            end += 1
        x = first + (best + end) / 2
        hinted = any(abs(x - hint) <= 2 * size for hint in hints)
        if votes[best] >= (1 if hinted else FEWEST_VOTES) and votes[best] >= VOTE_SHARE * (votes[best] + against[best]):
            gutters.append(x)
        elif votes[best] < FEWEST_VOTES and not hints:
            break
        left_gaps = [(a, b) for a, b in left_gaps if not a - 1 <= x <= b + 1]
    return sorted(gutters)


def _covered(intervals: Iterable[tuple[float, float]], first: int, width: int) -> list[int]:
    """How many of the intervals cover each whole point from first on."""
    steps = [0] * (width + 1)
    for low, high in intervals:
        start, end = max(int(low) + 1 - first, 0), min(int(high) - first, width - 1)
        if start <= end:
            steps[start] += 1
            steps[end + 1] -= 1
    covered, now = [], 0
    for step in steps[:width]:
        now += step
        covered.append(now)
    return covered


def _are_columns(pieces: Sequence[Piece], gutters: Sequence[float], size: float) -> bool:
    """Whether what stands between the gutters is prose: lines that are wide and mostly reach the edge of their column."""
    edges = [float("-inf"), *gutters, float("inf")]
    inside = [[piece for piece in pieces if low <= piece.left and piece.right <= high] for low, high in pairwise(edges)]
    prose = sum(len(column) for column in inside if _is_prose(column, size))
    return prose >= PROSE_SHARE * sum(map(len, inside))


def _is_prose(column: Sequence[Piece], size: float) -> bool:
    rows = rows_of(column)
    if not rows:
        return False
    rights = sorted(row[-1].right for row in rows)
    right, left = rights[int(0.9 * len(rights))], min(row[0].left for row in rows)
    if right - left < NARROWEST_COLUMN * size:
        return False
    full = sum(edge >= right - max(1.6 * size, 0.15 * (right - left)) for edge in rights)
    wide = sum(row[-1].right - row[0].left >= 0.5 * (right - left) for row in rows)
    return full >= FULL_SHARE * len(rows) and wide >= 0.5 * len(rows)


def _headings_across(pieces: Sequence[Piece], gutters: Sequence[float], size: float) -> set[int]:
    """The places of pieces in large type that stand over all columns though they reach into one only.

    Nothing stands beside them, and another column has text above and below.
    """
    found = set()
    for piece in pieces:
        if piece.size < LARGE * size:
            continue
        others = [other for other in pieces if any((other.left < x) != (piece.left < x) for x in gutters) and other is not piece]
        above = [other for other in others if other.bottom >= piece.top - 0.4 * piece.size]
        below = [other for other in others if other.top <= piece.bottom + 0.2 * piece.size]
        if not above or not below or len(above) + len(below) != len(others):
            continue
        if min(other.bottom for other in above) - max(other.top for other in below) >= WHITE * piece.size:
            found.add(piece.place)
    return found


def _by_gutters(pieces: Sequence[Piece], gutters: Sequence[float], size: float, across: set[int]) -> Iterator[Region]:
    """The gutter that the fewest pieces cross parts them, then the next; crossing pieces cut the page into bands first.

    across: the places of pieces that count as crossing every gutter.
    """
    crossing = {x: [piece for piece in pieces if piece.place in across or _crosses(piece, x, size)] for x in gutters}
    used = [x for x in gutters if len(crossing[x]) < len(pieces) and _sides(pieces, x, size)]
    if not pieces:
        return
    if not used:
        yield _single(pieces, "columns")
        return
    middle = min(used, key=lambda x: (len(crossing[x]), x))
    rest = [x for x in gutters if x != middle]
    if not crossing[middle]:
        for side in _sides(pieces, middle, size):
            yield from _by_gutters(side, rest, size, across)
        return
    for band, spans in _bands(pieces, crossing[middle], middle, size):
        yield from _by_gutters(band, rest if spans else gutters, size, set() if spans else across)


def _crosses(piece: Piece, x: float, size: float) -> bool:
    return piece.left < x - 0.5 * size and piece.right > x + 0.5 * size


def _sides(pieces: Sequence[Piece], x: float, size: float) -> list[Sequence[Piece]]:
    """What stands left and what stands right of a gutter that nothing crosses; [] when one side is empty."""
    left = [piece for piece in pieces if (piece.left + piece.right) / 2 < x]
    right = [piece for piece in pieces if (piece.left + piece.right) / 2 >= x]
    return [left, right] if left and right else []


def _bands(pieces: Sequence[Piece], crossing: Sequence[Piece], x: float, size: float) -> Iterator[tuple[list[Piece], bool]]:
    """Runs of lines from top to bottom, each with whether it is one across the gutter. pieces: from the top.

    A short line right below one that crosses, with nothing on the other side of the gutter, is the end of that paragraph.
    """
    across = {piece.place for piece in crossing}
    band: list[Piece] = []
    spans = False
    rows = [list(row) for row in rows_of(pieces)]
    for number, row in enumerate(rows):
        crosses = any(piece.place in across for piece in row)
        if not crosses and spans and band and row[-1].right <= x and _one_sided(rows[number : number + 3], x):
            near = band[-1].base - row[0].base <= LOOSE * size and abs(row[0].size - band[-1].size) <= 0.1 * size
            crosses = near and abs(row[0].left - min(piece.left for piece in band)) <= 0.5 * size
        if band and crosses != spans:
            yield band, spans
            band = []
        spans = crosses
        band.extend(row)
    yield band, spans


def _one_sided(rows: Sequence[Sequence[Piece]], x: float) -> bool:
    """Whether the first row has nothing right of x beside it, nor just below."""
    first = rows[0]
    return not any(piece.left >= x and piece.top > first[0].bottom - 0.2 * first[0].size for row in rows for piece in row)


def rows_of(pieces: Iterable[Piece]) -> list[Row]:
    """The lines that pieces of one column make, from the top."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=_from_top):
        if rows and _same_row(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [tuple(sorted(row, key=lambda piece: (piece.left, piece.place))) for row in rows]


def _same_row(row: Sequence[Piece], piece: Piece) -> bool:
    """Whether a piece stands beside those of a row: at their height, and not over one of them."""
    first = row[0]
    shared = min(first.top, piece.top) - max(first.bottom, piece.bottom)
    if shared < SAME_ROW * min(first.top - first.bottom, piece.top - piece.bottom):
        return False
    return all(piece.left >= other.right - 0.5 * piece.size or piece.right <= other.left + 0.5 * piece.size for other in row)


def _single(pieces: Sequence[Piece], order: Order = "lines") -> Region:
    """One column from the top. Where many lines stand side by side all the same, as in a table, the order of the file."""
    rows = rows_of(pieces)
    beside = sum(any(a.line != b.line for a, b in pairwise(row)) for row in rows)
    return Region(tuple(rows), order) if beside <= max(1, MOST_BESIDE * len(rows)) else _as_in_file(pieces)


def _as_in_file(pieces: Iterable[Piece]) -> Region:
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.place):
        if rows and rows[-1][-1].line == piece.line:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return Region(tuple(map(tuple, rows)), "file")
