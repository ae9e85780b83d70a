"""Bundles: several texts pasted into one file, told apart by markers that count up from one: 甲篇1, 甲篇2 … or 篇一, 篇二 …

Or by a front matter each, which then says its title, authors, source and date. A piece with a marker is titled by the heading right below
it where there is one, else by the marker. Not handled: pieces without either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from embeddings.folding import fold
from qa.reading.front_matter import FrontMatter, front_matter
from qa.reading.patterns import BRACKETED_HEADING, LONGEST_HEADING, NUMBERED_HEADING
from qa.reading.publication.structured import Piece, Structured, key_of, section_spans
from qa.reading.structure import plain_blocks
from qa.records import Block, Section, Span

FEWEST_PIECES = 2
MARKER = re.compile(r"^(.*?)[\s(（【\[第]*篇\s*([0-9]{1,3}|[一二三四五六七八九十]{1,3})[\])）】:：、.]?$")
FENCED = re.compile(  # each alternative begins with other characters, so that nothing is tried twice
    r"(?m)^---[ \t]*\n(?:[^\s:-][^\n:]{0,40}:[^\n]*\n|[ \t]+[^\n]*\n|-[ \t][^\n]*\n){1,60}---[ \t]*$"
)
NUMERALS = ["", *"一二三四五六七八九"]


def bundle_sections(text: str, blocks: Sequence[Block]) -> Structured | None:
    """One section for each piece; what stands before the first marker is in none. None when the text is no bundle."""
    if "篇" not in text:
        return None
    pieces = [Piece(text, block) for block in blocks]
    markers = _markers(pieces)
    if len(markers) < FEWEST_PIECES:
        return None
    titles = []
    marked = list(blocks)
    for number, (first, end) in enumerate(zip(markers, [*markers[1:], len(pieces)], strict=True), start=1):
        titles.append(" ".join((pieces[first + 1] if _is_title(pieces, first + 1, end) else pieces[first]).text.split()))
        marked[first] = replace(blocks[first], kind="heading")
        marked[first:end] = [replace(block, section_id=f"s{number}") for block in marked[first:end]]
    places = section_spans(marked)
    sections = (Section(f"s{number}", title, spans=places[f"s{number}"]) for number, title in enumerate(titles, start=1))
    return Structured(tuple(marked), tuple(sections))


def titled_pieces(text: str, first: FrontMatter) -> Structured | None:
    """One section for each front matter that states a title. first: the one that the text begins with. None when it is the only one."""
    fronts = [(0, first.end, first)]
    for fence in FENCED.finditer(text, first.end):
        if (front := front_matter(fence[0])).about.title:
            fronts.append((fence.start(), fence.end(), front))
    if len(fronts) < FEWEST_PIECES:
        return None
    blocks: list[Block] = []
    sections = []
    starts = [start for start, _, _ in fronts]
    for number, ((start, end, front), limit) in enumerate(zip(fronts, [*starts[1:], len(text)], strict=True), start=1):
        section_id = f"s{number}"
        own = _moved(front.blocks, start, section_id) + _moved(plain_blocks(text[end:limit]), end, section_id)
        about = front.about
        section = Section(section_id, about.title, authors=about.authors, published=about.published, reprinted_from=about.publication)
        sections.append(replace(section, spans=(Span(own[0].spans[0].start, own[-1].spans[-1].end),)))
        blocks += own
    return Structured(tuple(blocks), tuple(sections))


def _moved(blocks: Iterable[Block], by: int, section_id: str) -> list[Block]:
    """The blocks further down the text, in a section."""
    return [
        replace(block, spans=tuple(Span(span.start + by, span.end + by) for span in block.spans), section_id=section_id) for block in blocks
    ]


def _markers(pieces: Sequence[Piece]) -> list[int]:
    """The places of the markers, which share what stands before 篇 and count 1, 2, 3 …; [] when any of this is not so."""
    found: list[int] = []
    shared = ""
    for place, piece in enumerate(pieces):
        if len(piece.text) > LONGEST_HEADING or not (marker := MARKER.match(fold(piece.text.strip()))):
            continue
        beginning, number = key_of(marker[1]), _number(marker[2])
        if not found and number == 1:
            found, shared = [place], beginning
        elif found and beginning == shared and number == len(found) + 1:
            found.append(place)
    return found


def _number(numeral: str) -> int:
    """7, 七, 十七 and 二十七 as numbers; -1 when it is none."""
    if numeral.isdecimal():
        return int(numeral)
    tens, ten, units = numeral.rpartition("十")
    if tens not in NUMERALS or units not in NUMERALS:
        return -1
    return (NUMERALS.index(tens) or 1) * 10 * bool(ten) + NUMERALS.index(units)


def _is_title(pieces: Sequence[Piece], place: int, end: int) -> bool:
    """Whether a heading of its own, above text of its own, stands right below the marker."""
    if place + 1 >= end or pieces[place].block.kind != "heading":
        return False
    return not (NUMBERED_HEADING.match(pieces[place].text) or BRACKETED_HEADING.fullmatch(pieces[place].text))
