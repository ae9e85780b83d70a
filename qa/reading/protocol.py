"""What every format is to the rest of reading: bytes in a `Source`, a `Reading` out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from qa.errors import FileTooLargeError
from qa.reading.decoding import decode
from qa.reading.opening import About
from qa.reading.unsupported import refuse_unsupported
from qa.records import Block, Box, Decoding, Section

LARGEST_TEXT = 25_000_000  # characters: 12,000 printed pages; blocks, passages and dates take a worker some 30 bytes for each
MOST_BYTES = 4  # that a character takes in any encoding


class Source:
    """The bytes of one file with the suffix of its name (lower case, with its dot). Text is decoded once, when first asked for.

    encoding: the codec that the user told, "" when it is found by reading.
    """

    def __init__(self, data: bytes, suffix: str, encoding: str = "") -> None:
        self.data = data
        self.suffix = suffix
        self.encoding = encoding

    @cached_property
    def decoded(self) -> tuple[str, Decoding]:
        """The normalised text and how it was decoded. UnsupportedFormatError or DamagedFileError when it is no text, FileTooLargeError."""
        refuse_unsupported(self.data)
        if len(self.data) > MOST_BYTES * LARGEST_TEXT:  # too long in any encoding
            refuse_longer(LARGEST_TEXT + 1)
        text, decoding = decode(self.data, self.encoding)
        refuse_longer(len(text))
        return text, decoding


def refuse_longer(characters: int) -> None:
    """FileTooLargeError for a text of more characters than a worker's memory holds with all that is made of them."""
    if characters > LARGEST_TEXT:
        most = f"{LARGEST_TEXT / 1e6:g} million characters"
        raise FileTooLargeError(f"over {most}, the longest text that is read; split it into smaller files")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format makes of a file: the linear text, its blocks, how the bytes were decoded, and what the file says about itself."""

    text: str
    blocks: tuple[Block, ...]  # partition the text, white space aside
    decoding: Decoding
    about: About
    sections: tuple[Section, ...] = ()  # articles of an issue, pieces of a bundle
    boxes: tuple[Box, ...] = ()  # by place; formats with pages only


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
