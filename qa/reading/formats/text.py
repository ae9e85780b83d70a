"""Plain text: the decoded text as it is."""

from __future__ import annotations

from qa.reading.front_matter import front_matter
from qa.reading.opening import opening_of
from qa.reading.protocol import Reading, Source
from qa.reading.structure import plain_blocks


class Text:
    """Any file that decodes to text and is nothing else."""

    name = "text"
    number = 1
    media_type = "text/plain"
    suffixes: tuple[str, ...] = (".txt", ".text")

    def recognises(self, source: Source) -> bool:
        """Text is what is left: every file that decodes."""
        return bool(source.decoded)

    def read(self, source: Source) -> Reading:
        """Paragraphs, headings and the rest by `structure`; front matter, where there is one, by itself."""
        text, decoding = source.decoded
        front = front_matter(text)
        blocks = plain_blocks(text, front.end)
        about = front.about.or_else(opening_of(text, blocks))
        return Reading(text, (*front.blocks, *blocks), decoding, about)
