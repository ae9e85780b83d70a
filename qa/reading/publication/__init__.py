"""The articles of a publication issue, and the pieces of a bundle: from the blocks of a plain text to its sections.

`structured` is the one way in. An issue is known by its contents page: enough of its entries must stand in the text as titles. A bundle is
known by markers that count (甲篇1, 甲篇2 …). What is neither keeps its blocks as they are. Only kinds, sections and the order of joined
spans change: every character stays in exactly one block.

Not handled: issues without a contents page, books (a contents page of numbered chapters), essays numbered 一、二、三, contents pages after
the first, and page numbers printed in the middle of an article (an article's pages come from the contents page).
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.reading.publication.bundles import bundle_sections
from qa.reading.publication.issues import issue_sections
from qa.reading.publication.structured import Structured
from qa.records import Block

__all__ = ["Structured", "structured"]


def structured(text: str, blocks: Sequence[Block]) -> Structured:
    """The blocks with their sections, or the same blocks and no sections when the text is neither an issue nor a bundle."""
    return issue_sections(text, blocks) or bundle_sections(text, blocks) or Structured(tuple(blocks), ())
