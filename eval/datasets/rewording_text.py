"""A query as the rules of rewording see it, and what a rule gives back: which stretches of it become what.

Rules look at the query in Simplified characters of the same length (`eval.words.plain`) with everything quoted blotted out. They say what
changes in Simplified characters; kept and moved stretches are copied from the query itself, letter for letter.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from eval.words import Word, plain, tagged
from qa.records import Span

BLOT = "\ue000"  # of private use: in no dictionary, in no pattern
_QUOTED = re.compile(
    r"《[^》]*(?:》|$)|〈[^〉]*(?:〉|$)|[“”][^“”]*(?:[“”]|$)|[‘’][^‘’]*(?:[‘’]|$)|「[^」]*(?:」|$)|『[^』]*(?:』|$)|\"[^\"]*(?:\"|$)"
)

Part = str | Span  # new words in Simplified characters, or a stretch of the query
Option = TypeVar("Option")


@dataclass(frozen=True, slots=True)
class Change:
    """The stretch start..end of the query becomes these parts, one after the other."""

    start: int
    end: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A query, in the forms that rules look at. All have the same length."""

    query_id: str
    original: str
    plain: str
    blotted: str  # plain, what is quoted blotted out
    words: tuple[Word, ...]  # of plain, without gaps
    starts: frozenset[int]  # where words begin
    ends: frozenset[int]

    @staticmethod
    def of(query_id: str, text: str) -> Text:
        simplified = plain(text)
        words = tagged(simplified)
        return Text(
            query_id=query_id,
            original=text,
            plain=simplified,
            blotted=blot(simplified, (match.span() for match in _QUOTED.finditer(simplified))),
            words=words,
            starts=frozenset(word.start for word in words),
            ends=frozenset(word.end for word in words),
        )

    def is_cut(self, start: int, end: int) -> bool:
        """Whether start..end are whole words."""
        return start in self.starts and end in self.ends

    def words_in(self, start: int, end: int) -> list[Word]:
        """The words that touch start..end."""
        return [word for word in self.words if word.start < end and word.end > start]

    def choose(self, options: Sequence[Option], salt: str) -> Option:
        """One of the options, always the same for this query and salt."""
        return options[zlib.crc32(f"{self.query_id} {salt}".encode()) % len(options)]

    def changed(self, changes: Iterable[Change], write: Callable[[str], str]) -> str:
        """The query with the changes made, which must not overlap. `write` puts new words into the script of the query."""
        pieces: list[str] = []
        at = 0
        for change in sorted(changes, key=lambda change: change.start):
            pieces.append(self.original[at : change.start])
            pieces += (write(part) if isinstance(part, str) else self.original[part.start : part.end] for part in change.parts)
            at = change.end
        return "".join([*pieces, self.original[at:]])


def blot(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with these places blotted out; its length stays."""
    for start, end in places:
        text = text[:start] + BLOT * (end - start) + text[end:]
    return text
