"""The articles of a publication issue, and the pieces of a bundle: from the blocks of a text to its sections.

`structured` is the one way in. What the file itself tells apart (chapters, articles of a page) becomes sections first. An issue is known by
its contents page: enough of its entries must stand in the text as titles. A bundle is known by markers that count (甲篇1, 甲篇2 …), or by
signed pieces under headings of one level. What is none of these keeps its blocks as they are, save that its contents page is called so.
Only kinds, sections and the order of joined spans change: every character stays in exactly one block.

Not handled: in plain text, issues without a contents page, books (a contents page of numbered chapters) and essays numbered 一、二、三;
contents pages after the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.reading.publication.bundles import bundle_sections
from qa.reading.publication.issues import issue_sections
from qa.reading.publication.parts import Part, headed_parts, part_sections
from qa.reading.publication.structured import Piece, Structured
from qa.reading.structure import contents_page
from qa.records import Block

__all__ = ["Part", "Structured", "outside", "structured", "unless_of_section"]

CONTENTS = re.compile(r"目\s*[录錄次]|contents", re.I)  # a text without it has no contents page


def structured(
    text: str, blocks: Sequence[Block], *, cut: bool = True, parts: Sequence[Part] = (), levels: Mapping[int, int] | None = None
) -> Structured:
    """The blocks with their sections, or the same blocks and no sections when the text is neither an issue nor a bundle.

    cut: whether columns, pages and captions may cut paragraphs, as in plain text. A format that knows its paragraphs says no; then its
    contents page is looked for, and no paragraph is joined and no furniture told apart. parts: what the file tells apart; levels: of its
    headings, by their places among the blocks.
    """
    found = tuple(blocks) if cut else _with_contents(text, blocks)
    return (
        part_sections(text, found, parts)
        or issue_sections(text, found, cut=cut)
        or bundle_sections(text, found)
        or part_sections(text, found, headed_parts(text, found, levels or {}))
        or Structured(found, ())
    )


def outside(found: Structured) -> tuple[Block, ...]:
    """The blocks that speak for the whole document: those in no section. All of them when they have no sections."""
    return tuple(block for block in found.blocks if not block.section_id)


def unless_of_section(title: str, found: Structured) -> str:
    """A title that stands in the text, "" when it is that of a section: the file's name is then a better one for the whole."""
    return "" if any(section.title == title for section in found.sections) else title


def _with_contents(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    if not CONTENTS.search(text):
        return tuple(blocks)
    contents = contents_page([Piece(text, block).text for block in blocks])
    return tuple(replace(block, kind="contents") if place in contents else block for place, block in enumerate(blocks))
