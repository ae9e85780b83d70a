"""The articles of a publication issue, and the pieces of a bundle: from the blocks of a text to its sections.

`structured` is the one way in. An issue is known by its contents page: enough of its entries must stand in the text as titles. A bundle is
known by markers that count (甲篇1, 甲篇2 …). What is neither keeps its blocks as they are, save that its contents page is called so. Only
kinds, sections and the order of joined spans change: every character stays in exactly one block.

Not handled: issues without a contents page, books (a contents page of numbered chapters), essays numbered 一、二、三, and
contents pages after the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.reading.publication.bundles import bundle_sections
from qa.reading.publication.issues import issue_sections
from qa.reading.publication.structured import Piece, Structured
from qa.reading.structure import contents_page
from qa.records import Block

__all__ = ["Structured", "structured"]

CONTENTS = re.compile(r"目\s*[录錄次]|contents", re.I)  # a text without it has no contents page


def structured(text: str, blocks: Sequence[Block], *, cut: bool = True) -> Structured:
    """The blocks with their sections, or the same blocks and no sections when the text is neither an issue nor a bundle.

    cut: whether columns, pages and captions may cut paragraphs, as in plain text. A format that knows its paragraphs says no; then its
    contents page is looked for, and no paragraph is joined and no furniture told apart.
    """
    found = tuple(blocks) if cut else _with_contents(text, blocks)
    return issue_sections(text, found, cut=cut) or bundle_sections(text, found) or Structured(found, ())


def _with_contents(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    if not CONTENTS.search(text):
        return tuple(blocks)
    contents = contents_page([Piece(text, block).text for block in blocks])
    return tuple(replace(block, kind="contents") if place in contents else block for place, block in enumerate(blocks))
