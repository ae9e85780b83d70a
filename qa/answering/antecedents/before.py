"""The text before a pronoun: folded, its brackets blanked out, cut into words with their parts of speech."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from embeddings.folding import fold
from qa.answering.words import Word, words_of
from qa.records import Span

EDGES = "，,。；;！!？?：:“”\n"  # of clauses
CLAUSE_EDGE = re.compile(f"[{EDGES}]")
_DESCRIBING = ("n", "t", "m", "j", "b", "f", "eng", "s", "q", "a")  # parts of speech
_IN_BRACKETS = re.compile(r"（[^（）]*）|\([^()]*\)|【[^【】]*】")
_QUOTED = re.compile("“[^“”]*(?:”|$)|「[^「」]*(?:」|$)|『[^『』]*(?:』|$)")
_OPEN = re.compile("“[^“”]*$|「[^「」]*$|『[^『』]*$")


@dataclass(frozen=True, slots=True)
class Before:
    """What stands before a pronoun; offsets are those of the passage."""

    text: str  # folded; what stands in brackets is line ends
    words: Sequence[Word]
    spoken: Sequence[Span]  # what stands inside quotation marks, marks included
    in_speech: bool  # the pronoun itself stands inside quotation marks

    def at(self, span: Span) -> str:
        """The text at a span."""
        return self.text[span.start : span.end]

    def is_spoken(self, place: int) -> bool:
        """Whether the place lies inside quotation marks."""
        return any(span.start < place < span.end for span in self.spoken)

    def opens_clause(self, place: int) -> bool:
        """Whether nothing stands before the place in its clause but times, places and nouns that describe what stands there."""
        edge = max((match.end() for match in CLAUSE_EDGE.finditer(self.text, 0, place)), default=0)
        return all(word.tag.startswith(_DESCRIBING) or word.text == "的" for word in self.words if edge <= word.start < place)


@lru_cache(maxsize=8)
def read_before(folded: str, place: int) -> Before:
    """The text up to the place."""
    text = _IN_BRACKETS.sub(lambda match: "\n" * len(match[0]), folded[:place])
    return Before(text, words_of(text), [Span(*match.span()) for match in _QUOTED.finditer(text)], bool(_OPEN.search(text)))


def endings(words: str) -> tuple[str, ...]:
    """Words parted by blanks, folded."""
    return tuple(fold(words).split())


def either(words: str) -> str:
    """The pattern of any one of the words, which are parted by blanks."""
    return "|".join(endings(words))
