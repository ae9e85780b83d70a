"""What every format is to the rest of reading: bytes in a `Source`, a `Reading` out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from qa.reading.decoding import decode
from qa.reading.opening import About
from qa.reading.unsupported import refuse_unsupported
from qa.records import Block, Decoding, Section


class Source:
    """The bytes of one file with the suffix of its name (lower case, with its dot). Text is decoded once, when first asked for."""

    def __init__(self, data: bytes, suffix: str) -> None:
        self.data = data
        self.suffix = suffix

    @cached_property
    def decoded(self) -> tuple[str, Decoding]:
        """The normalised text and how it was decoded. UnsupportedFormatError or DamagedFileError when it is no text."""
        refuse_unsupported(self.data)
        return decode(self.data)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format makes of a file: the linear text, its blocks, how the bytes were decoded, and what the file says about itself."""

    text: str
    blocks: tuple[Block, ...]  # partition the text, white space aside
    decoding: Decoding
    about: About
    sections: tuple[Section, ...] = ()  # articles of an issue, pieces of a bundle


class Format(Protocol):
    """One kind of file. `number` grows with each change of what `read` makes of the same bytes: such documents are read again."""

    name: str
    number: int
    media_type: str
    suffixes: tuple[str, ...]

    def recognises(self, source: Source) -> bool:
        """Whether the content, or failing that the suffix, is this format's."""

    def read(self, source: Source) -> Reading:
        """The file as text. ReadingError, with what to do, when it cannot be."""
