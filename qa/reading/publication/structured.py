"""What the parts of this package hand to each other: blocks with their text, and the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from embeddings.folding import fold
from qa.reading.patterns import ends_sentence
from qa.records import Block, Section, Span, text_at

LONGEST_LINE = 120  # what is longer is neither a title nor a byline, and needs no key
SHORTEST_PROSE, SURE_PROSE = 20, 60  # characters of a paragraph that ends a sentence, and of any


@dataclass(frozen=True, slots=True)
class Structured:
    """The blocks of a text with the sections they belong to."""

    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]


class Piece:
    """A block with its text, and what is asked of it again and again."""

    def __init__(self, text: str, block: Block) -> None:
        self.block = block
        self.text = text_at(text, block.spans)

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


def runs(places: Sequence[int], blocks: Sequence[Block]) -> tuple[Span, ...]:
    """One span for each run of blocks that follow each other. places: indices of blocks, ascending, not empty."""
    firsts = [place for before, place in zip([-2, *places], places, strict=False) if place != before + 1]
    lasts = [place for place, after in zip(places, [*places[1:], -2], strict=True) if after != place + 1]
    return tuple(Span(blocks[first].spans[0].start, blocks[last].spans[-1].end) for first, last in zip(firsts, lasts, strict=True))
