"""Plain text to blocks: where paragraphs begin and end, and which lines are headings, bylines, captions, contents or furniture.

A paragraph ends at a blank line. Inside a run of lines without blank ones each line is a paragraph, unless the text is hard wrapped:
lines of one width that mostly stop in the middle of a sentence; then a short line or an indented one is where paragraphs change. Every
decision that is not clear leaves a paragraph. A title set upright, one character a line, is put together by `with_upright_titles`, which
an issue's own titles do not need. Not handled here: articles inside an issue (`publication`), columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.reading.dates import is_date_line
from qa.reading.patterns import (
    CONTENTS_ENTRY,
    CONTENTS_PAGE,
    CONTENTS_TITLE,
    LONGEST_HEADING,
    PAGE_NUMBER,
    PIECE_OF_BUNDLE,
    UPRIGHT,
    ends_sentence,
    kind_of,
)
from qa.records import Block, BlockKind, Span, text_at

NARROWEST_WRAP, WIDEST_WRAP = 24, 160  # in columns of a terminal: a Han character takes two
WRAP_SLACK = 0.8  # a line shorter than this share of the width ends its paragraph
SHORTEST_PROSE, SURE_PROSE = 20, 120  # what a heading without a number stands above: ending a sentence, or so long
SHORTEST_HEADING, SHORTEST_TITLE = 4, 2  # letters, in a heading alone and in one above a byline
LONGEST_ENTRY = 60
ENTRY_GAP = 6  # units without a page number that a contents page may hold in a row
FEWEST_ENTRIES = 3
RUNNING_HEAD_LENGTH, RUNNING_HEAD_TIMES = 20, 4
FIRST_UNITS = 12  # where date lines are bylines
SHORTEST_UPRIGHT, LONGEST_UPRIGHT, LONGEST_NAME = 3, 20, 4  # characters of a title set one a line; of a name below it, set so or not

LINE = re.compile(r"[^\n]+")
PAGE_FIRST = re.compile(rf"[-–—·•\s]*{CONTENTS_PAGE}(?!\S)")
NAMES = re.compile(r"[\u3400-\u9fff]{2,3}|[\u3400-\u9fff](?: [\u3400-\u9fff]){1,3}|[\u3400-\u9fff]{2,3}(?:[ 、][\u3400-\u9fff]{2,3}){1,3}")
UPRIGHT_CHARACTER = re.compile(r"(?![一二三四五六七八九十])[\u3400-\u9fff]")  # numerals count items
NO_HEADING = re.compile(  # half a sentence, a list, a caption, a date, a signature
    r"[\n，,。]|、.*、|[、／/—-]$|^\d{1,2}\s*月\s*\d{1,2}\s*日|^\S{2,8}[ \u3000][\u3400-\u9fff]{2,3}$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank, without the white space round it."""

    start: int
    end: int
    indented: bool
    after_blank: bool  # a blank line, or nothing, stands before it
    text: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A paragraph, or what may turn out to be something else."""

    start: int
    end: int
    alone: bool  # blank lines, or nothing, on both sides
    text: str


def plain_blocks(text: str, start: int = 0) -> list[Block]:
    """The blocks of text[start:], in order. Spans count from the beginning of text."""
    lines = list(_lines(text, start))
    if not lines:
        return []
    listed = _listed(lines)
    units = _units(text, lines, listed)
    contents = range(lines[listed.start].start, lines[listed.stop - 1].end) if listed else range(0)
    return [Block(kind, (Span(unit.start, unit.end),)) for unit, kind in zip(units, _kinds(units, contents), strict=True)]


def with_upright_titles(text: str, blocks: Sequence[Block]) -> list[Block]:
    """The blocks; lines of one character each above running text are one heading, and so many as make a name below it a byline.

    A blank line parts such a title from such a name.
    """
    if not any(_is_upright(text, block) for block in blocks):
        return list(blocks)
    found: list[Block] = []
    place = 0
    while place < len(blocks):
        end = _upright_end(text, blocks, place)
        joined = Span(blocks[place].spans[0].start, blocks[end - 1].spans[-1].end)
        after_title = found[-1:] and found[-1].kind == "heading" and UPRIGHT.fullmatch(text_at(text, found[-1].spans))
        if SHORTEST_UPRIGHT <= end - place <= LONGEST_UPRIGHT and _stands_above_prose(text, blocks, end):
            found.append(Block("heading", (joined,)))
        elif after_title and blocks[place].kind == "paragraph" and NAMES.fullmatch("".join(text[joined.start : joined.end].split())):
            found.append(Block("byline", (joined,)))
        else:
            found += blocks[place:end]
        place = end
    return found


def _upright_end(text: str, blocks: Sequence[Block], first: int) -> int:
    """Where the lines of one Han character each that begin at first end, evenly set; the next block when first is no such line."""
    end, apart = first + 1, 0
    while end < len(blocks) and _is_upright(text, blocks[end]) and _is_upright(text, blocks[end - 1]):
        gap = text.count("\n", blocks[end - 1].spans[-1].end, blocks[end].spans[0].start)
        if gap != (apart or gap):
            break
        end, apart = end + 1, gap
    return end


def _is_upright(text: str, block: Block) -> bool:
    line = text_at(text, block.spans) if block.spans[0].end - block.spans[0].start == 1 else ""
    return block.kind == "paragraph" and bool(UPRIGHT_CHARACTER.fullmatch(line))


def _stands_above_prose(text: str, blocks: Sequence[Block], place: int) -> bool:
    """Whether running text follows, with no more than a name between."""
    following = [text_at(text, block.spans) for block in blocks[place : place + LONGEST_NAME + 1]]
    prose = (len(line) >= SHORTEST_PROSE and ends_sentence(line) for line in following)
    first = next((number for number, is_prose in enumerate(prose) if is_prose), -1)
    return first >= 0 and bool(not first or NAMES.fullmatch("".join(following[:first])))


def _lines(text: str, start: int) -> Iterator[Line]:
    previous_end = -1
    for found in LINE.finditer(text, start):
        raw = found[0]
        stripped = raw.strip()
        if not stripped:
            continue
        indent = len(raw) - len(raw.lstrip())
        begin = found.start() + indent
        after_blank = previous_end < 0 or text.count("\n", previous_end, begin) > 1
        previous_end = begin + len(stripped)
        yield Line(begin, previous_end, indent > 1 or raw[0] == "\u3000", after_blank, stripped)


def _listed(lines: Sequence[Line]) -> range:
    """The places of the lines of a contents page, each of which stands for itself, however wide. Empty when there is none.

    Where pages come first, the last entry may go on in lines that a blank one ends.
    """
    found = contents_page([line.text for line in lines])
    if not found or not PAGE_FIRST.match(lines[found.stop - 1].text):
        return found
    end = found.stop
    while end < len(lines) and not lines[end].after_blank and len(lines[end].text) <= LONGEST_ENTRY and end - found.stop < ENTRY_GAP:
        end += 1
    is_ended = end == len(lines) or lines[end].after_blank
    return range(found.start, end) if is_ended and not any(ends_sentence(line.text) for line in lines[found.stop : end]) else found


def _units(text: str, lines: list[Line], listed: range) -> list[Unit]:
    wrap = _wrap_width([line for place, line in enumerate(lines) if place not in listed])
    firsts = [
        place
        for place, line in enumerate(lines)
        if place == 0 or place in listed or place - 1 in listed or _begins_paragraph(lines[place - 1], line, wrap)
    ]
    units = []
    for first, following in zip(firsts, [*firsts[1:], len(lines)], strict=True):
        start, end = lines[first].start, lines[following - 1].end
        alone = lines[first].after_blank and (following == len(lines) or lines[following].after_blank)
        units.append(Unit(start, end, alone, text[start:end]))
    return units


def contents_page(texts: Sequence[str]) -> range:
    """The places of a contents page among texts of a line or several: from its title to its last entry. Empty when there is none."""
    for first, text in enumerate(texts):
        if not CONTENTS_TITLE.fullmatch(text.partition("\n")[0].strip()):
            continue
        last, entries, without = first, 0, 0
        for place in range(first, len(texts)):
            lines = [line.strip() for line in texts[place].split("\n")][place == first :]
            found = sum(bool(CONTENTS_ENTRY.search(line)) for line in lines)
            too_long = any(len(line) > LONGEST_ENTRY or (len(line) >= SHORTEST_PROSE and ends_sentence(line)) for line in lines)
            if too_long or (not found and len(texts[place]) >= SURE_PROSE) or without >= ENTRY_GAP:
                break
            last, without = (place, 0) if found else (last, without + len(lines))
            entries += found
        if entries >= FEWEST_ENTRIES:
            return range(first, last + 1)
    return range(0)


def _begins_paragraph(previous: Line, line: Line, wrap: int) -> bool:
    if line.after_blank or line.indented or not wrap:
        return True
    return _width(previous.text) < WRAP_SLACK * wrap or _stands_for_itself(previous.text) or _stands_for_itself(line.text)


def _stands_for_itself(line: str) -> bool:
    return kind_of(line) is not None


def _wrap_width(lines: list[Line]) -> int:
    """The width that lines were wrapped at, in columns, or 0 when the text is not hard wrapped."""
    inner = [line for line, following in pairwise(lines) if not (following.after_blank or following.indented)]
    inner = [line for line in inner if _width(line.text, WIDEST_WRAP) >= NARROWEST_WRAP]
    if len(inner) < 3:
        return 0
    widths = sorted(_width(line.text, WIDEST_WRAP + 1) for line in inner)
    widest = widths[int(len(widths) * 0.9)]
    if widest > WIDEST_WRAP:
        return 0
    full = sum(width >= WRAP_SLACK * widest for width in widths)
    mid_sentence = sum(not ends_sentence(line.text) for line in inner)
    return widest if full >= 0.6 * len(inner) and mid_sentence >= 0.5 * len(inner) else 0


def _width(line: str, enough: int = WIDEST_WRAP) -> int:
    """The width in columns; lines longer than enough characters are not measured further."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line[:enough]) + max(0, len(line) - enough)


def _kinds(units: list[Unit], contents: range) -> list[BlockKind]:
    """contents: the place of the contents page, in characters."""
    running_heads = _running_heads(units)
    kinds: list[BlockKind] = []
    for place, unit in enumerate(units):
        if unit.start in contents:
            kinds.append("contents")
        elif unit.alone and PAGE_NUMBER.fullmatch(unit.text):
            kinds.append("furniture")
        elif shown := kind_of(unit.text):
            kinds.append(shown)
        elif unit.alone and unit.text in running_heads:
            kinds.append("furniture")
        elif (place < FIRST_UNITS and is_date_line(unit.text)) or (kinds[-1:] == ["heading"] and NAMES.fullmatch(unit.text)):
            kinds.append("byline")
        elif _is_heading(units, place):
            kinds.append("heading")
        else:
            kinds.append("paragraph")
    return kinds


def _running_heads(units: list[Unit]) -> set[str]:
    """Short lines standing alone that come back again and again: what is printed on top of every page."""
    short = Counter(unit.text for unit in units if unit.alone and len(unit.text) <= RUNNING_HEAD_LENGTH and not ends_sentence(unit.text))
    return {line for line, times in short.items() if times >= RUNNING_HEAD_TIMES and not PIECE_OF_BUNDLE.search(line)}


def _is_heading(units: list[Unit], place: int) -> bool:
    """A short line that ends no sentence and stands above prose; another such line, or names, may stand between."""
    above_byline = place + 1 < len(units) and kind_of(units[place + 1].text) == "byline"
    if not _could_be_heading(units[place], SHORTEST_TITLE if above_byline else SHORTEST_HEADING):
        return False
    for unit in units[place + 1 : place + 3]:
        if _is_prose(unit):
            return True
        if not (_could_be_heading(unit) or NAMES.fullmatch(unit.text) or kind_of(unit.text) == "byline"):
            return False
    return False


def _could_be_heading(unit: Unit, shortest: int = SHORTEST_HEADING) -> bool:
    text = unit.text
    return (
        len(text) <= LONGEST_HEADING
        and not ends_sentence(text)
        and not NO_HEADING.search(text)
        and sum(character.isalpha() for character in text) >= shortest
        and kind_of(text) in (None, "heading")
        and not is_date_line(text)
    )


def _is_prose(unit: Unit) -> bool:
    return len(unit.text) >= SURE_PROSE or (len(unit.text) >= SHORTEST_PROSE and ends_sentence(unit.text))
