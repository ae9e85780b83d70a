"""Builds the linear text of a format that has no text of its own, block by block, so that text and spans cannot come apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from qa.reading.decoding import normalised
from qa.reading.patterns import LONGEST_MARKED_HEADING
from qa.records import Block, BlockKind, Span, text_at


@dataclass(slots=True)
class LinearText:
    """Blocks are added in reading order; each stands on lines of its own."""

    blocks: list[Block] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)  # of headings, by the place of their block: 1 stands above 2
    _parts: list[str] = field(default_factory=list)
    _length: int = 0

    def add(self, kind: BlockKind, text: str, page: str = "", *, level: int | None = None) -> None:
        """One more block. White space round it is dropped; nothing is added when nothing else is there. level: of a heading, if known."""
        stripped = normalised(text).strip()
        if not stripped:
            return
        if kind == "heading" and len(stripped) > LONGEST_MARKED_HEADING:
            kind = "paragraph"
        if level is not None and kind == "heading":
            self.levels[len(self.blocks)] = level
        self.blocks.append(Block(kind, (Span(self._length, self._length + len(stripped)),), page))
        self._parts.append(stripped)
        self._length += len(stripped) + 1

    def add_all(self, text: str, blocks: Iterable[Block], levels: Mapping[int, int] | None = None) -> None:
        """The blocks of another text, in order, each with its kind. levels: of its headings, by their places in it."""
        known = levels or {}
        for place, block in enumerate(blocks):
            self.add(block.kind, text_at(text, block.spans), block.page, level=known.get(place))

    @property
    def text(self) -> str:
        """What was added, one newline between blocks."""
        return "\n".join(self._parts)
