"""Texts as the reader takes them: each character with its number, the number and kind of its word, and how rare both are.

A text is folded without changing its length, so place i of everything made here is place i of the text as it was given. Words and their
kinds come from rjieba with its guessing model, which finds names that no dictionary has; a word the lexicon does not hold is number 0,
and so is a character. Not handled: Latin words, which are read letter by letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qa.answering.short_answers import aligned_fold

Ids = NDArray[np.int32]
Numbers = NDArray[np.float32]
Flags = NDArray[np.bool_]

_TAGS = {  # of jieba
    "person": "nr nrfg nrt",
    "place": "ns",
    "organisation": "nt",
    "proper": "nz",
    "noun": "n ng s f",
    "time": "t tg",
    "number": "m mq q",
    "verb": "v vn vg vd vi vq",
    "adjective": "a an ad ag b z i l",
    "function": "d p c r y u ul uj ud uv uz ug k h",
    "latin": "eng",
    "mark": "x w",
}
WORD_KINDS = ("other", *_TAGS)
_KIND_OF_TAG = {tag: kind for kind, tags in enumerate(_TAGS.values(), start=1) for tag in tags.split()}


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text, one place for each character. All arrays have the text's length."""

    text: str  # folded, of the length of the text as it was given
    codes: NDArray[np.int64]  # code points
    characters: Ids  # numbers in the lexicon, 0 for unknown
    words: Ids  # number of the word that covers the character, 0 for unknown
    kinds: Ids  # of that word: a place in WORD_KINDS
    character_rarity: Numbers  # 0..1
    word_rarity: Numbers  # 0..1
    word_starts: Flags
    word_ends: Flags


@dataclass(frozen=True)  # not slotted: the tables of numbers are kept in it
class Lexicon:
    """The characters and words the reader knows, each with how rare it is: idf over the greatest idf, 0..1. Number 0 is the unknown."""

    characters: Sequence[str]  # from number 1
    words: Sequence[str]  # from number 1
    character_rarity: Numbers  # (1 + characters,)
    word_rarity: Numbers  # (1 + words,)

    @cached_property
    def _character_numbers(self) -> Mapping[int, int]:
        return {ord(character): number for number, character in enumerate(self.characters, start=1)}

    @cached_property
    def _word_numbers(self) -> Mapping[str, int]:
        return {word: number for number, word in enumerate(self.words, start=1)}

    def tokens(self, text: str) -> Tokens:
        """The text taken apart."""
        folded = aligned_fold(text)
        codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
        numbers = self._character_numbers
        characters = np.array([numbers.get(code, 0) for code in codes.tolist()], dtype=np.int32)
        cut = tagged_words(folded)
        lengths = np.array([len(word) for word, _ in cut], dtype=np.int64)
        ends = np.cumsum(lengths)
        words = np.repeat(np.array([self._word_numbers.get(word, 0) for word, _ in cut], dtype=np.int32), lengths)
        kinds = np.repeat(np.array([_KIND_OF_TAG.get(tag, 0) for _, tag in cut], dtype=np.int32), lengths)
        starts, last = np.zeros(len(codes), dtype=bool), np.zeros(len(codes), dtype=bool)
        starts[ends - lengths] = True
        last[ends - 1] = True
        return Tokens(folded, codes, characters, words, kinds, self.character_rarity[characters], self.word_rarity[words], starts, last)


def tagged_words(folded: str) -> list[tuple[str, str]]:
    """The words of a folded text, which joined are the text, each with jieba's tag."""
    import rjieba

    return [(word, tag) for word, tag in rjieba.tag(folded, hmm=True) if word]
