"""Builds the linear text of a format that has no text of its own, block by block, so that text and spans cannot come apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qa.reading.decoding import normalised
from qa.reading.patterns import LONGEST_MARKED_HEADING
from qa.records import Block, BlockKind, Span, text_at


@dataclass(slots=True)
class LinearText:
    """Blocks are added in reading order; each stands on lines of its own."""

    blocks: list[Block] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _length: int = 0

    def add(self, kind: BlockKind, text: str, page: str = "") -> None:
        """One more block. White space round it is dropped; nothing is added when nothing else is there."""
        stripped = normalised(text).strip()
        if not stripped:
            return
        if kind == "heading" and len(stripped) > LONGEST_MARKED_HEADING:
            kind = "paragraph"
        self.blocks.append(Block(kind, (Span(self._length, self._length + len(stripped)),), page))
        self._parts.append(stripped)
        self._length += len(stripped) + 1

    def add_all(self, text: str, blocks: Iterable[Block]) -> None:
        """The blocks of another text, in order, each with its kind."""
        for block in blocks:
            self.add(block.kind, text_at(text, block.spans), block.page)

    @property
    def text(self) -> str:
        """What was added, one newline between blocks."""
        return "\n".join(self._parts)
