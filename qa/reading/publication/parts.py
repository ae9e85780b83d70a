"""Parts that a format tells apart: the chapters of a book, the articles of a web page, the pieces under headings of one level.

What a part says of itself stands in its head, the lines round its title and above its text: subtitle, authors, date, source. Headings alone
part nothing: the sections of a report have headings too. Where pieces follow each other under headings of one level, at least half of them
must name an author or a date in their heads. Not handled: pieces without headings in formats that have headings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from qa.reading.dates import date_in
from qa.reading.patterns import SOURCE, kind_of
from qa.reading.publication.issues import came_from
from qa.reading.publication.names import BETWEEN, byline_names, names_of
from qa.reading.publication.placing import SUBTITLE
from qa.reading.publication.structured import Piece, Structured, key_of, section_spans
from qa.reading.web_head import NO_AUTHOR
from qa.reading.web_lines import VALUE_ENDS, is_byline, labelled
from qa.records import Block, BlockKind, Section

FEWEST_PARTS = 2
SHARE_SIGNED = 0.5
HEAD_LINES = 8  # that may stand above the text of a part
OF_A_PART: frozenset[BlockKind] = frozenset({"paragraph", "table", "caption"})
NOT_IN_HEAD: frozenset[BlockKind] = frozenset({"furniture", "contents", "metadata", "table", "caption"})


@dataclass(frozen=True, slots=True)
class Part:
    """A run of blocks, by their places."""

    places: range
    title: str = ""  # where the file states it apart from the text, as a book's table of contents does


def part_sections(text: str, blocks: Sequence[Block], parts: Sequence[Part]) -> Structured | None:
    """One section for each part that holds text; what is in no part is in no section. None when fewer than two do.

    parts: in the order of the text, apart from each other.
    """
    own = [part for part in parts if any(blocks[place].kind in OF_A_PART for place in part.places)]
    if len(own) < FEWEST_PARTS:
        return None
    found = list(blocks)
    sections = []
    for number, part in enumerate(own, start=1):
        section, kinds = _section(text, blocks, part, f"s{number}")
        sections.append(section)
        for place in part.places:
            found[place] = replace(found[place], kind=kinds.get(place, found[place].kind), section_id=section.section_id)
    spans = section_spans(block for block in found if block.section_id)
    return Structured(tuple(found), tuple(replace(section, spans=spans[section.section_id]) for section in sections))


def headed_parts(text: str, blocks: Sequence[Block], levels: Mapping[int, int]) -> list[Part]:
    """The pieces under the headings of the highest level at which pieces are signed; [] when there is none.

    levels: of the headings, by their places in ascending order; 1 stands above 2.
    """
    headings = [(place, level) for place, level in levels.items() if blocks[place].kind == "heading"]
    for level in sorted({level for _, level in headings}):
        borders = [*(place for place, other in headings if other <= level), len(blocks)]
        parts = [Part(range(start, end)) for start, end in pairwise(borders) if levels[start] == level]
        n_signed = sum(_is_signed(text, blocks, part) for part in parts) if len(parts) >= FEWEST_PARTS else 0
        if n_signed >= max(FEWEST_PARTS, SHARE_SIGNED * len(parts)):
            return parts
    return []


def has_prose(text: str, blocks: Iterable[Block]) -> bool:
    """Whether these are more than headings, links and short lines."""
    return any(block.kind == "paragraph" and Piece(text, block).is_prose for block in blocks)


def _is_signed(text: str, blocks: Sequence[Block], part: Part) -> bool:
    """Whether the head of a part names an author or a date, and text stands below."""
    below = [piece.text for _, piece in _head(text, blocks, part)][1:]
    signed = any(_authors(line) or (is_byline(line) and date_in(line)) for line in below)
    return signed and has_prose(text, blocks[part.places.start : part.places.stop])


def _head(text: str, blocks: Sequence[Block], part: Part) -> Iterator[tuple[int, Piece]]:
    """The first blocks of a part above its text, with their places."""
    left = HEAD_LINES
    for place in part.places:
        if blocks[place].kind in NOT_IN_HEAD:
            continue
        piece = Piece(text, blocks[place])
        if not left or (piece.is_prose and blocks[place].kind != "heading" and not is_byline(piece.text)):
            return
        left -= 1
        yield place, piece


def _section(text: str, blocks: Sequence[Block], part: Part, section_id: str) -> tuple[Section, dict[int, BlockKind]]:
    """The section, without its spans, and the kinds that its head shows."""
    head = list(_head(text, blocks, part))
    stated = key_of(part.title)
    titles = [place for place, piece in head if (piece.key == stated if stated else piece.block.kind == "heading")]
    title_place = titles[0] if titles else part.places.start - 1
    kinds: dict[int, BlockKind] = dict.fromkeys(titles[:1], "heading")
    title, subtitle, published, source = part.title, "", "", ""
    authors: tuple[str, ...] = ()
    for place, piece in head:
        line = " ".join(piece.text.split())
        if place == title_place:
            title = title or line
        elif place == title_place + 1 and SUBTITLE.match(line):
            subtitle = SUBTITLE.sub("", line).strip()
        elif piece.block.kind != "heading":
            signed = _authors(line)
            dated = date_in(line) if is_byline(line) else ""
            found = SOURCE.search(line)
            if signed or dated or (found and kind_of(line) == "byline"):
                kinds[place] = "byline"
            authors, published, source = authors or signed, published or dated, source or (found[1] if found else "")
    own = [place for place in part.places if blocks[place].kind != "furniture"]
    source = source or came_from([Piece(text, blocks[place]) for place in own[-HEAD_LINES:]])
    return Section(section_id, title, subtitle, authors, published, source), kinds


def _authors(line: str) -> tuple[str, ...]:
    """The authors that a line of a head names, behind a label or as nothing but names with a date."""
    if value := labelled(line, "author"):
        return names_of([name for name in BETWEEN.split(value) if name and not NO_AUTHOR.search(name)])
    return byline_names(VALUE_ENDS.split(line, maxsplit=1)[0])
