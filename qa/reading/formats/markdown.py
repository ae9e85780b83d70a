"""Markdown: the decoded text as it is, its marks included; the marks say what each block is.

Knows front matter, # and underlined headings, fenced code, pipe tables, lists and paragraphs; an issue, a bundle and signed
pieces under headings of one level become sections. Not handled: HTML inside, footnotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.reading.front_matter import front_matter
from qa.reading.opening import About, clean_title, opening_of
from qa.reading.patterns import LONGEST_MARKED_HEADING, kind_of
from qa.reading.protocol import Reading, Source
from qa.reading.publication import outside, structured
from qa.records import Block, BlockKind, Span, text_at

LINE = re.compile(r"[^\n]+")
HEADING = re.compile(r"#{1,6}\s+\S")
UNDERLINE = re.compile(r"=+|-{3,}")
RULE = re.compile(r"(?:[-*_]\s*){3,}")
FENCE = re.compile(r"`{3,}|~{3,}")
ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)、])\s+\S")


class Markdown:
    """Files named .md or .markdown; the text itself does not tell Markdown from plain text."""

    name = "markdown"
    number = 4
    media_type = "text/markdown"
    suffixes: tuple[str, ...] = (".md", ".markdown")

    def recognises(self, source: Source) -> bool:
        """By its suffix alone."""
        return source.suffix in self.suffixes

    def read(self, source: Source) -> Reading:
        """Blocks by Markdown's marks; the title from the front matter or the first heading."""
        text, decoding = source.decoded
        front = front_matter(text)
        blocks = tuple(_blocks(text, front.end))
        levels = {place: _level(text_at(text, block.spans)) for place, block in enumerate(blocks) if block.kind == "heading"}
        found = structured(text, blocks, cut=False, levels=levels)
        headings = (clean_title(text_at(text, block.spans)) for block in outside(found) if block.kind == "heading")
        about = front.about.or_else(About(title=next(headings, ""))).or_else(opening_of(text, outside(found)))
        return Reading(text, (*front.blocks, *found.blocks), decoding, about, found.sections)


def _blocks(text: str, start: int) -> Iterator[Block]:
    """One pass over the lines: `open_from` is where the block that is being gathered begins, -1 when none is."""
    open_from, open_to, kind = -1, start, "paragraph"
    fence = ""
    previous_end = start
    for found in LINE.finditer(text, start):
        line = found[0].strip()
        begin = found.start() + len(found[0]) - len(found[0].lstrip())
        after_blank = text.count("\n", previous_end, found.start()) > 1
        previous_end = found.end()
        if not line:
            continue
        mark = FENCE.match(line)
        if fence:  # everything up to the closing fence is one block
            open_to = begin + len(line)
            fence = "" if mark and mark[0].startswith(fence) else fence
            continue
        line_kind = _line_kind(line)
        if open_from >= 0 and not after_blank and kind == "paragraph" and UNDERLINE.fullmatch(line):
            yield _block(text, "heading", open_from, begin + len(line))
            open_from = -1
            continue
        goes_on = open_from >= 0 and not after_blank and line_kind == kind and not ITEM.match(line) and kind in ("paragraph", "table")
        if not goes_on or mark:
            if open_from >= 0:
                yield _block(text, kind, open_from, open_to)
            open_from, kind = begin, line_kind
        open_to = begin + len(line)
        fence = mark[0][:3] if mark else ""
    if open_from >= 0:
        yield _block(text, kind, open_from, open_to)


def _line_kind(line: str) -> BlockKind:
    if HEADING.match(line) and len(line) <= LONGEST_MARKED_HEADING:
        return "heading"
    if RULE.fullmatch(line):
        return "furniture"
    return "table" if line.startswith("|") else "paragraph"


def _level(heading: str) -> int:
    """How many # stand before a heading; an underlined one is of the first level or, by hyphens, of the second."""
    return len(heading) - len(heading.lstrip("#")) or 1 + heading.endswith("-")


def _block(text: str, kind: str, start: int, end: int) -> Block:
    """The block; a paragraph that shows itself to be a byline, a caption or furniture is called so."""
    shown: BlockKind = kind  # type: ignore[assignment]
    if shown == "paragraph":
        shown = kind_of(text[start:end]) or shown
    return Block(shown if shown != "heading" or kind == "heading" else "paragraph", (Span(start, end),))
