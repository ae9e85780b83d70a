"""The pages of a printed document to one text: furniture, columns, paragraphs over lines, columns and pages.

A paragraph that goes on in the next column, on the next page or below a caption is one block of several spans. The halves are joined only
when they fit: the first one fills its line and ends no sentence, the second one is not indented, both are of one size of type, and the news
have taught that such words follow each other (`joining`). What is in
smaller type (footnotes, captions) does not part a paragraph. Running heads, feet and page numbers are furniture: what stands on the outer
lines of pages and comes back, or stands there on most pages at the same height and apart from the text. Every line keeps its box on the
page, furniture too, save what stands outside the part of the page that is shown. Not handled: running heads set vertically in the margin,
footnotes that go on on the next page, words parted by a hyphen (they stay as printed).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from qa.reading.columns import MOST_PIECES, Piece, Region, Row, reading_order, rows_of
from qa.reading.garble import GARBLED, garble_score
from qa.reading.joining import continuation
from qa.reading.patterns import LONGEST_HEADING, PAGE_NUMBER, ends_sentence, kind_of
from qa.reading.pdf_pages import PageText, Rectangle
from qa.records import Block, BlockKind, Box, RemarkKind, Span

PageOrder = Literal["lines", "columns", "vertical", "file", ""]

EDGE_ROWS = 2  # at the top and at the bottom of a page, where running heads stand
FEWEST_REPEATS = 3  # pages that a running head stands on; both of two
SLOT_SHARE = 0.6  # of the pages that have a short line at one height, apart from the text: a running head that changes
APART = 1.3  # times the distance of lines
INDENT = 0.8  # in the size of the type: a first line
SHORT_OF, VERY_SHORT_OF = 2.1, 3.5  # in the size of the type: the room that a last line leaves, one that ends a sentence or another
LETTER = {False: 0.6, True: 1.0}  # in the size of the type: what a letter or digit takes, at most, on a line across and on one down
GAP = 1.6  # times the usual distance of lines: a new paragraph
LARGER_TYPE, SMALLER_TYPE = 1.15, 0.92  # times the usual size: a heading; a note
SAME_TYPE = 0.1
LEAST_CONTINUATION = -2.5  # log-odds of two halves over a column or a page; one cut of 200 in the news has less
FEW_LINES = 5  # in a region whose edges are taken from one like it near by
NEAR_PAGES = 2
MOST_LINES = 500  # of a region, that its edges are taken from
SAME_LABELS = 0.6  # of the page numbers printed that agree on where counting began
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
WORD = re.compile(r"[A-Za-z0-9][\w'’.,-]*")
ITEM = re.compile(r"[•·●○◆■□▲▪➢*]\s|\d{1,3}\s*[.、)）]\s*\D|[（(]\d{1,3}[)）]")
NUMBER = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page and what was made of it."""

    number: int  # counts from 0
    label: str  # printed, not the ordinal
    order: PageOrder  # how it was read; "file" when it was not clear, "" without text
    columns: int
    garble: float  # 0..1, see garble_score
    problem: RemarkKind | Literal[""]  # why it is not searched; "" when it is


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place, in points (turned, when vertical); its text without the white space round it."""

    text: str
    left: float
    right: float
    base: float
    size: float  # of the type
    page: int
    region: int  # its column; unique in the document
    vertical: bool
    shown: Rectangle  # on the page as it is shown, never turned
    furniture: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    """A document as text."""

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[Page, ...]
    has_body: bool  # there is something on a page that can be used
    boxes: tuple[Box, ...] = ()  # one a line, by place


def printed(page_texts: Sequence[PageText], labels: Sequence[str] = ()) -> Printed:
    """labels: what the file calls its pages, "" where it does not; the numbers printed on the pages stand in."""
    furniture = _furniture(page_texts)
    labels = _labels(page_texts, furniture, labels)
    lines: list[Line] = []
    pages: list[Page] = []
    hints: list[list[float]] = [[], []]
    for page in page_texts:
        page_lines, order, gutters = _page_lines(page, furniture[page.number], hints[0] + hints[1], len(lines))
        score = garble_score("\n".join(line.text for line in page_lines))
        problem: RemarkKind | Literal[""] = ""
        if score > GARBLED:
            problem = "pages_garbled"
            page_lines = [replace(line, furniture=True) for line in page_lines]
        elif page.is_picture and all(line.furniture for line in page_lines):
            problem = "pages_picture"
        lines.extend(page_lines)
        hints = [hints[1], gutters]
        pages.append(Page(page.number, labels[page.number], order, len(gutters) + 1 if page_lines else 0, round(score, 3), problem))
    text, blocks = _linearise(lines, labels)
    sizes = {page.number: (page.width, page.height) for page in page_texts}
    return Printed(text, blocks, tuple(pages), any(not line.furniture for line in lines), tuple(_boxes(lines, sizes)))


# Furniture


def _furniture(pages: Sequence[PageText]) -> list[set[int]]:
    """For each page the places of the pieces that are running heads, running feet and page numbers."""
    n_pages = len(pages)
    edges = [_edge_rows(page) for page in pages]
    times = Counter(
        said
        for rows in edges
        for said in {(_without_digits(p.text), at_top) for row, at_top, apart in rows for p in row if apart or n_pages > 2}
    )
    slots = Counter(slot for rows in edges for slot in {_slot(row, at_top) for row, at_top, apart in rows if apart and _is_short(row)})
    fewest = FEWEST_REPEATS if n_pages != 2 else 2
    found: list[set[int]] = []
    for rows in edges:
        places: set[int] = set()
        stopped = {True: False, False: False}  # at the top, at the bottom: further in only below furniture
        for row, at_top, apart in rows:
            if stopped[at_top]:
                continue
            near = sum(slots[_slot(row, at_top, step)] for step in (-1, 0, 1))
            in_slot = apart and _is_short(row) and near >= max(fewest, SLOT_SHARE * n_pages)
            if all(PAGE_NUMBER.fullmatch(piece.text) or _comes_back(piece.text, at_top, times, fewest) for piece in row) or in_slot:
                places.update(piece.place for piece in row)
            else:
                stopped[at_top] = True
        found.append(places)
    return found


def _edge_rows(page: PageText) -> list[tuple[Row, bool, bool]]:
    """The outer lines of a page, from outside in: each with whether it is at the top, and whether it stands apart from the text."""
    rows = rows_of(page.pieces) if len(page.pieces) <= MOST_PIECES else []
    bases = [row[0].base for row in rows]
    usual = sorted(above - below for above, below in pairwise(bases) if above - below > 1)
    pitch = usual[len(usual) // 2] if usual else 0.0
    upper = -(-len(rows) // 2)
    edge = [(rows[at], True, at + 1 >= len(rows) or bases[at] - bases[at + 1] > APART * pitch) for at in range(min(EDGE_ROWS, upper))]
    for back in range(1, min(EDGE_ROWS, len(rows) - upper) + 1):
        at = len(rows) - back
        edge.append((rows[at], False, bases[at - 1] - bases[at] > APART * pitch))
    return edge


def _slot(row: Row, at_top: bool, step: int = 0) -> tuple[bool, int]:
    return at_top, round(row[0].base / 3) + step


def _is_short(row: Row) -> bool:
    return all(len(piece.text) <= LONGEST_HEADING and not ends_sentence(piece.text) for piece in row)


def _comes_back(text: str, at_top: bool, times: Mapping[tuple[str, bool], int], fewest: int) -> bool:
    return len(text) <= LONGEST_HEADING and not ends_sentence(text) and times[_without_digits(text), at_top] >= fewest


def _without_digits(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _labels(pages: Sequence[PageText], furniture: Sequence[set[int]], given: Sequence[str]) -> list[str]:
    """The labels that the file gives; without any, the numbers printed on the pages when they agree, else the ordinals."""
    if any(given):
        return [label or str(number + 1) for number, label in enumerate(given)]
    offsets: list[int] = []
    for page in pages:
        numbers = [NUMBER.search(piece.text) for piece in page.pieces if piece.place in furniture[page.number] and _is_folio(piece)]
        offsets.extend(int(found[0]) - page.number for found in numbers[-1:] if found)
    offset, times = Counter(offsets).most_common(1)[0] if offsets else (1, 0)
    if times < 2 or times < SAME_LABELS * len(offsets):
        offset = 1
    return [str(page.number + offset) if page.number + offset > 0 else "" for page in pages]


def _is_folio(piece: Piece) -> bool:
    return PAGE_NUMBER.fullmatch(piece.text) is not None and "/" not in piece.text


# Lines


def _page_lines(
    page: PageText, furniture: set[int], hints: Sequence[float], first_region: int
) -> tuple[list[Line], PageOrder, list[float]]:
    """The lines of a page in reading order, furniture at the top first, at the bottom last; how it was ordered; its gutters."""
    body = [piece for piece in page.pieces if piece.place not in furniture]
    middle = _middle(body, page)
    outer = rows_of(piece for piece in page.pieces if piece.place in furniture)
    above = [row for row in outer if row[0].base >= middle]
    below = [row for row in outer if row[0].base < middle]
    if page.vertical:
        top = max(-piece.left for piece in page.vertical)
        before, _ = reading_order([piece for piece in body if piece.bottom >= top - 0.5 * piece.size])
        turned, gutters = reading_order(page.vertical, hints)
        after, _ = reading_order([piece for piece in body if piece.bottom < top - 0.5 * piece.size])
        regions = [*((region, False) for region in before), *((region, True) for region in turned), *((region, False) for region in after)]
    else:
        plain, gutters = reading_order(body, hints)
        regions = [(region, False) for region in plain]
    lines = [_line(row, page.number, -1, False, True) for row in above]
    for number, (region, vertical) in enumerate(regions):
        lines += [_line(row, page.number, first_region + number, vertical, False) for row in region.rows]
    lines += [_line(row, page.number, -1, False, True) for row in below]
    return lines, _order([region for region, _ in regions], bool(page.vertical), bool(lines)), gutters


def _middle(body: Sequence[Piece], page: PageText) -> float:
    return (max(p.base for p in body) + min(p.base for p in body)) / 2 if body else page.height / 2


def _order(regions: Sequence[Region], vertical: bool, any_lines: bool) -> PageOrder:
    orders = {region.order for region in regions}
    if "file" in orders:
        return "file"
    if vertical:
        return "vertical"
    return "columns" if "columns" in orders else "lines" if any_lines else ""


def _line(row: Row, page: int, region: int, vertical: bool, furniture: bool) -> Line:
    longest = max(row, key=lambda piece: len(piece.text))
    text = row[0].text + "".join(("" if vertical else _blank(a, b)) + b.text for a, b in pairwise(row))
    return Line(text, row[0].left, row[-1].right, longest.base, longest.size, page, region, vertical, _shown(row, vertical), furniture)


def _shown(row: Row, vertical: bool) -> Rectangle:
    """Where a line stands, turned back."""
    left, right = min(piece.left for piece in row), max(piece.right for piece in row)
    bottom, top = min(piece.bottom for piece in row), max(piece.top for piece in row)
    return (bottom, -right, top, -left) if vertical else (left, bottom, right, top)


def _blank(piece: Piece, following: Piece) -> str:
    return following.blank if piece.line == following.line and following.place == piece.place + 1 else " "


def _boxes(lines: Sequence[Line], sizes: Mapping[int, tuple[float, float]]) -> Iterator[Box]:
    """The lines' boxes in hundredths of a point, within their pages; none for a line that is not shown."""
    start = 0
    for line in lines:
        width, height = (int(100 * length) / 100 for length in sizes[line.page])
        left, right = (min(max(round(x, 2), 0.0), width) for x in (line.shown[0], line.shown[2]))
        bottom, top = (min(max(round(y, 2), 0.0), height) for y in (line.shown[1], line.shown[3]))
        if left < right and bottom < top:
            yield Box(Span(start, start + len(line.text)), line.page, left, bottom, right, top)
        start += len(line.text) + 1


# Paragraphs


@dataclass(frozen=True, slots=True)
class _Edges:
    """Where the lines of a region begin and end, in points."""

    left: float
    right: float
    lines: int


def _linearise(lines: Sequence[Line], labels: Sequence[str]) -> tuple[str, tuple[Block, ...]]:
    """One line of text for each line of a page; blocks are spans over them."""
    text = "\n".join(line.text for line in lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.text) + 1)
    groups: list[tuple[list[int], BlockKind]] = []
    layout = _Layout.of([line for line in lines if not line.furniture])
    for group in _groups(lines, layout):
        groups.append((group, _kind([lines[place] for place in group], layout)))
    blocks = (Block(kind, _spans(text, starts, lines, group), labels[lines[group[0]].page]) for group, kind in sorted(groups))
    return text, tuple(blocks)


def _groups(lines: Sequence[Line], layout: _Layout) -> list[list[int]]:
    """The lines of each block. Small type and captions are a stream of their own, which the text flows past."""
    groups: list[list[int]] = []
    last: dict[bool, list[int]] = {}
    for place, line in enumerate(lines):
        if line.furniture:
            groups.append([place])
            continue
        aside = line.size < SMALLER_TYPE * layout.size or kind_of(line.text) == "caption"
        group = last.get(aside)
        if group is None or layout.begins_paragraph(lines[group[-1]], line, following=group[-1] == place - 1, aside=aside):
            group = []
            groups.append(group)
            last[aside] = group
        group.append(place)
    return groups


def _spans(text: str, starts: Sequence[int], lines: Sequence[Line], group: Sequence[int]) -> tuple[Span, ...]:
    """One span, and another where the column or the page changes or something stands between.

    The line end before the joint belongs to the text unless both sides are Han.
    """
    joints = [place for place in range(1, len(group)) if _is_joint(lines, group[place - 1], group[place])]
    spans = []
    for first, last in pairwise([0, *joints, len(group)]):
        start, end = starts[group[first]], starts[group[last - 1] + 1] - 1
        if last < len(group) and not (HAN.match(text[end - 1]) and HAN.match(text[starts[group[last]]])):
            end += 1
        spans.append(Span(start, end))
    return tuple(spans)


def _is_joint(lines: Sequence[Line], place: int, following: int) -> bool:
    return following != place + 1 or (lines[place].page, lines[place].region) != (lines[following].page, lines[following].region)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What is usual in a document, in points: how large the type is, how far apart lines are, where those of each region begin and end."""

    size: float
    pitch: float
    edges: Mapping[int, _Edges]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Layout:
        if not lines:
            return cls(1, 0, {})
        pitches = sorted(
            a.base - b.base for a, b in pairwise(lines) if a.region == b.region and a.base > b.base and abs(a.size - b.size) < 0.1 * a.size
        )
        size = _usual_size(lines)
        return cls(size, pitches[len(pitches) // 2] if pitches else 0, _edges(lines, size))

    def begins_paragraph(self, previous: Line, line: Line, *, following: bool, aside: bool) -> bool:
        """Whether a paragraph begins with the line. previous: the line before it in its stream; following: nothing stands between."""
        if kind_of(line.text) or kind_of(previous.text) or ITEM.match(line.text) or previous.vertical != line.vertical:
            return True
        if abs(previous.size - line.size) > SAME_TYPE * self.size:
            return True
        same_region = previous.region == line.region and following
        large = line.size >= LARGER_TYPE * self.size
        if large or (aside and not same_region):
            return not same_region or ends_sentence(previous.text) or not 0 < previous.base - line.base < GAP * 1.2 * line.size
        if not same_region:
            ends = ends_sentence(previous.text) and not previous.text.endswith(("：", ":"))
            return ends or self._is_short(previous, line) or self._indent(line) > INDENT or not _goes_on(previous.text, line.text)
        if self._is_short(previous, line) or not -line.size < previous.base - line.base <= GAP * self.pitch:
            return True
        indent = self._indent(line)
        if indent <= INDENT:
            return False
        return abs(indent - self._indent(previous)) > 0.3 or ends_sentence(previous.text)

    def _indent(self, line: Line) -> float:
        """In the size of the type."""
        return (line.left - self.edges[line.region].left) / line.size

    def _is_short(self, line: Line, following: Line) -> bool:
        """Whether the line leaves room for the beginning of the next one."""
        word = WORD.match(following.text)
        room = max(SHORT_OF if ends_sentence(line.text) else VERY_SHORT_OF, LETTER[line.vertical] * len(word[0]) + 0.5 if word else 0)
        return self.edges[line.region].right - line.right > room * line.size


def _goes_on(first: str, second: str) -> bool:
    """Whether what two halves say may go on from one to the other, where their layout fits. Only Han are judged."""
    return not (HAN.match(first[-1]) and HAN.match(second[0])) or continuation(first, second) >= LEAST_CONTINUATION


def _usual_size(lines: Sequence[Line]) -> float:
    """The size of type that half of the characters stay below."""
    sized = sorted((line.size, len(line.text)) for line in lines)
    half, seen = sum(length for _, length in sized) / 2, 0
    for size, length in sized:
        seen += length
        if seen >= half:
            return size
    return sized[-1][0]


def _edges(lines: Sequence[Line], size: float) -> dict[int, _Edges]:
    by_region: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_region[line.region].append(line)
    own = {region: _own_edges(members, size) for region, members in by_region.items()}
    rich: dict[int, list[tuple[_Edges, bool]]] = defaultdict(list)
    for region, members in by_region.items():
        if own[region].lines >= FEW_LINES:
            rich[members[0].page].append((own[region], members[0].vertical))
    return {
        region: edges if edges.lines >= FEW_LINES else _borrowed(edges, by_region[region][0], rich, size) for region, edges in own.items()
    }


def _own_edges(lines: Sequence[Line], size: float) -> _Edges:
    usual = [line for line in lines if abs(line.size - size) <= SAME_TYPE * size] or list(lines)
    usual = usual[:MOST_LINES]
    lefts, rights = sorted(line.left for line in usual), sorted(line.right for line in usual)
    enough = max(2, 0.15 * len(lefts))
    left = next((x for x in lefts if sum(abs(x - other) <= 0.4 * size for other in lefts) >= enough), lefts[0])
    right = rights[int(0.9 * len(rights))] if len(rights) >= FEW_LINES else rights[-1]
    return _Edges(left, right, len(usual))


def _borrowed(edges: _Edges, line: Line, rich: Mapping[int, Sequence[tuple[_Edges, bool]]], size: float) -> _Edges:
    """The edges of the narrowest region near by that these few lines could stand in."""
    for away in range(NEAR_PAGES + 1):
        near = [pair for page in {line.page - away, line.page + away} for pair in rich.get(page, ())]
        fitting = [
            other
            for other, vertical in near
            if vertical == line.vertical
            and -0.5 * size <= edges.left - other.left <= 2.6 * size
            and edges.right <= other.right + 0.7 * size
        ]
        if fitting:
            return min(fitting, key=lambda other: (other.right, -other.left))
    return edges


def _kind(lines: Sequence[Line], layout: _Layout) -> BlockKind:
    if lines[0].furniture:
        return "furniture"
    text = " ".join(line.text for line in lines)
    shown = kind_of(text)
    large = len(text) <= LONGEST_HEADING and not ends_sentence(text) and min(line.size for line in lines) >= LARGER_TYPE * layout.size
    return shown or ("heading" if large else "paragraph")
