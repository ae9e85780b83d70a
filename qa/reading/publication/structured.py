"""What the parts of this package hand to each other: blocks with their text, and the outcome."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from embeddings.folding import fold
from qa.reading.patterns import ends_sentence
from qa.records import Block, Section, Span, text_at

LONGEST_LINE = 120  # what is longer is neither a title nor a byline, and needs no key
SHORTEST_PROSE, SURE_PROSE = 20, 60  # characters of a paragraph that ends a sentence, and of any
HEADING_MARKS = re.compile(r"^#{1,6}\s+|(?<!\s)\s+#+$|\n(?:=+|-{3,})$")  # of Markdown


@dataclass(frozen=True, slots=True)
class Structured:
    """The blocks of a text with the sections they belong to."""

    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]


class Piece:
    """A block with its text, without the marks of a heading, and what is asked of it again and again."""

    def __init__(self, text: str, block: Block) -> None:
        self.block = block
        shown = text_at(text, block.spans)
        self.text = HEADING_MARKS.sub("", shown) if block.kind == "heading" else shown

    @cached_property
    def key(self) -> str:
        """What titles and names are compared by; "" for a long paragraph."""
        return key_of(self.text) if len(self.text) <= LONGEST_LINE else ""

    @cached_property
    def is_prose(self) -> bool:
        """Whether this is running text: long, or ending a sentence. A caption, contents and furniture are none."""
        if self.block.kind not in ("paragraph", "heading"):
            return False
        size = len(self.text)
        return size >= SURE_PROSE or (size >= SHORTEST_PROSE and ends_sentence(self.text))


def key_of(text: str) -> str:
    """Letters and digits only, blind to script, width, case and decoration: 『加 分』 and “加分” are alike."""
    return "".join(character for character in fold(text) if character.isalnum())


def section_spans(blocks: Iterable[Block]) -> dict[str, tuple[Span, ...]]:
    """For each section its place: one span for all of its blocks that follow each other in the text."""
    placed = sorted((span, block.section_id) for block in blocks for span in block.spans)
    found: dict[str, tuple[Span, ...]] = {}
    for section_id, run in groupby(placed, key=lambda one: one[1]):
        spans = [span for span, _ in run]
        found[section_id] = (*found.get(section_id, ()), Span(spans[0].start, spans[-1].end))
    return found
