"""What was made of a document, at a glance: its articles, what was called what, and which paragraphs were put together from pieces.

Made from the stored Document alone, so that a person can check the reading of a document of any age. Nothing is read or decided anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qa.records import Block, BlockKind, DateMention, Document, Section, Span, text_at

LONGEST_LINE = 80  # characters of a block that are shown
JOINT_SIDE = 16  # characters on either side of a joint
ASIDES: tuple[BlockKind, ...] = ("contents", "byline", "caption", "furniture", "metadata")  # what stays out of the way of answers


@dataclass(frozen=True, slots=True)
class Place:
    """A block where an outline names it."""

    kind: BlockKind
    spans: tuple[Span, ...]
    page: str  # the printed label
    text: str  # on one line, cut after LONGEST_LINE characters


@dataclass(frozen=True, slots=True)
class Joint:
    """Where two pieces that stand apart in the text were made one paragraph."""

    kind: BlockKind
    before: Span
    after: Span
    page: str  # of the paragraph
    left: str  # the end of the piece before
    right: str  # the beginning of the piece after


@dataclass(frozen=True, slots=True)
class KindCount:
    """How much of a part is of one kind."""

    kind: BlockKind
    blocks: int
    characters: int


@dataclass(frozen=True, slots=True)
class OutlinePart:
    """One article, or everything that stands in none."""

    section: Section | None
    first: Place | None  # where it begins; None for an article without a block
    counts: tuple[KindCount, ...]  # in the order in which the kinds first appear
    headings: tuple[Place, ...]
    asides: tuple[Place, ...]  # blocks of the kinds ASIDES
    joints: tuple[Joint, ...]


@dataclass(frozen=True, slots=True)
class NamedDate:
    """A date in the text, with the words that name it."""

    mention: DateMention
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """Every block of a document, counted in exactly one part."""

    doc_id: str
    version: str
    parts: tuple[OutlinePart, ...]  # the articles in order, then what stands in none
    dates: tuple[NamedDate, ...]


def outline_of(document: Document) -> Outline:
    """The outline of a document. Every block of it is counted in one part; a part that nothing stands in is left out, save an article."""
    blocks: dict[str, list[Block]] = {section.section_id: [] for section in document.sections}
    outside: list[Block] = []
    for block in document.blocks:
        blocks.get(block.section_id, outside).append(block)
    parts = [_part(document.text, section, blocks[section.section_id]) for section in document.sections]
    if outside:
        parts.append(_part(document.text, None, outside))
    dates = (NamedDate(mention, _one_line(text_at(document.text, (mention.span,)))) for mention in document.dates)
    return Outline(document.doc_id, document.version, tuple(parts), tuple(dates))


def counts_of(parts: Sequence[OutlinePart]) -> tuple[KindCount, ...]:
    """The counts of several parts together, the most blocks first."""
    kinds = dict.fromkeys(count.kind for part in parts for count in part.counts)
    of_kind = {kind: [count for part in parts for count in part.counts if count.kind == kind] for kind in kinds}
    sums = (KindCount(kind, sum(c.blocks for c in counts), sum(c.characters for c in counts)) for kind, counts in of_kind.items())
    return tuple(sorted(sums, key=lambda count: -count.blocks))


def _part(text: str, section: Section | None, blocks: Sequence[Block]) -> OutlinePart:
    of_kind: dict[BlockKind, list[Block]] = {}
    for block in blocks:
        of_kind.setdefault(block.kind, []).append(block)
    return OutlinePart(
        section,
        _place(text, blocks[0]) if blocks else None,
        tuple(KindCount(kind, len(some), sum(span.end - span.start for b in some for span in b.spans)) for kind, some in of_kind.items()),
        tuple(_place(text, block) for block in of_kind.get("heading", ())),
        tuple(_place(text, block) for block in blocks if block.kind in ASIDES),
        tuple(_joint(text, block, before, after) for block in blocks for before, after in pairwise(block.spans)),
    )


def _place(text: str, block: Block) -> Place:
    line = _one_line(text_at(text, block.spans))
    return Place(block.kind, block.spans, block.page, line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…")


def _joint(text: str, block: Block, before: Span, after: Span) -> Joint:
    left, right = _one_line(text_at(text, (before,))), _one_line(text_at(text, (after,)))
    return Joint(block.kind, before, after, block.page, left[-JOINT_SIDE:], right[:JOINT_SIDE])


def _one_line(text: str) -> str:
    return " ".join(text.split())
