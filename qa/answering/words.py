"""The words of a folded text, each with its part of speech and its place."""

from __future__ import annotations

from dataclasses import dataclass

from qa.answering.reader.texts import tagged_words


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text and where it stands."""

    text: str  # folded
    tag: str  # part of speech, jieba's: n noun, nr person, ns place, nt body, v verb, t time …
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def words_of(folded: str, start: int = 0, end: int | None = None) -> list[Word]:
    """The words of the text between two places, punctuation too."""
    words = []
    for text, tag in tagged_words(folded[start:end]):
        words.append(Word(text, tag, start))
        start += len(text)
    return words
