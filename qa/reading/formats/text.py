"""Plain text: the decoded text as it is, with the articles of an issue and the pieces of a bundle as sections."""

from __future__ import annotations

from qa.reading.front_matter import front_matter
from qa.reading.opening import opening_of
from qa.reading.protocol import Reading, Source
from qa.reading.publication import structured
from qa.reading.publication.bundles import titled_pieces
from qa.reading.structure import plain_blocks, with_upright_titles


class Text:
    """Any file that decodes to text and is nothing else."""

    name = "text"
    number = 4
    media_type = "text/plain"
    suffixes: tuple[str, ...] = (".txt", ".text")

    def recognises(self, source: Source) -> bool:
        """Text is what is left: every file that decodes."""
        return bool(source.decoded)

    def read(self, source: Source) -> Reading:
        """Paragraphs, headings and the rest by `structure`, sections by `publication`; each front matter by itself."""
        text, decoding = source.decoded
        front = front_matter(text)
        if front.about.title and (bundle := titled_pieces(text, front)):
            return Reading(text, bundle.blocks, decoding, front.about, bundle.sections)
        blocks = plain_blocks(text, front.end)
        found = structured(text, blocks)
        if not found.sections:
            blocks = with_upright_titles(text, found.blocks)
        about = front.about.or_else(opening_of(text, blocks))
        return Reading(text, (*front.blocks, *(found.blocks if found.sections else blocks)), decoding, about, found.sections)
