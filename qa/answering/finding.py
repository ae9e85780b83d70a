"""Where a short answer was found, and the quotation and its marked parts as they grow.

All places are in the passage's text. Not handled: two passages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from qa.answering.queries import Asked
from qa.answering.reader.reading import Reading
from qa.answering.short_answers import aligned_fold
from qa.records import Span

LONGEST_QUOTATION = 400  # characters of one that has grown
_LIKELY = 0.005  # the least probability of a stretch that is marked in a sentence beside the one the reader likes best


@dataclass(frozen=True, slots=True)
class Found:
    """What is quoted, and what is marked in it, as places in the passage's text."""

    quotation: Span  # of whole sentences
    parts: tuple[Span, ...]  # in order, apart, inside the quotation; () when nothing is marked


@dataclass(frozen=True)  # not slotted: the folded text is kept in it
class Setting:
    """What an answer was found in."""

    asked: Asked
    text: str  # of the passage
    sentences: Sequence[Span]  # of the passage, in order
    reading: Reading | None  # of the window the answer stands in

    @cached_property
    def folded(self) -> str:
        """The text folded, each character in its place; ① and ⑴ as they are, for they number items."""
        folded = aligned_fold(self.text)
        return "".join(one if "①" <= one <= "⒇" else other for one, other in zip(self.text, folded, strict=True))

    def score(self, span: Span) -> float:
        """How well the stretch answers; -inf where it was not read."""
        return self.reading.logit(span) if self.reading else -math.inf

    def best(self, span: Span) -> Span | None:
        """The stretch inside the span that the reader likes best, where that is likely to answer at all."""
        best = self.reading.best(span) if self.reading else None
        return best[0] if best and best[1] >= _LIKELY else None

    def beside(self, span: Span) -> tuple[Span | None, Span | None]:
        """The sentences before and behind the span."""
        before = [sentence for sentence in self.sentences if sentence.end <= span.start]
        behind = [sentence for sentence in self.sentences if sentence.start >= span.end]
        return (before[-1] if before else None), (behind[0] if behind else None)

    def sentence_at(self, place: int) -> Span | None:
        """The sentence that holds the place."""
        return next((sentence for sentence in self.sentences if sentence.start <= place < sentence.end), None)


def widened(found: Found, sentence: Span | None) -> Found | None:
    """With one more sentence in the quotation, and what stands between; None without one, or when that gets too long."""
    if sentence is None:
        return None
    quotation = Span(min(found.quotation.start, sentence.start), max(found.quotation.end, sentence.end))
    return replace(found, quotation=quotation) if quotation.end - quotation.start <= LONGEST_QUOTATION else None


def with_part(found: Found, part: Span | None) -> Found:
    """With one more part, where it stands apart from the others."""
    apart = part is not None and not any(part.overlap(other) for other in found.parts)
    return replace(found, parts=tuple(sorted((*found.parts, part)))) if part and apart else found
