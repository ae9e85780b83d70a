"""Paragraphs cut by a column, a page, a caption or a running head, joined again as one block with several spans.

A joint is made only where nothing speaks against it: the first half is running text that stops inside a sentence, the second begins
neither indented nor like a new item, both belong to one section, only captions and furniture stand between, and neither half fits another
one better (the words that a joint makes stand elsewhere in the text). No joint is made in an
article whose text begins before its title: there the columns came out in another order than they are read. Not handled: a hyphenated
Latin word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from qa.reading.patterns import CLOSING, SENTENCE_ENDS
from qa.records import Block

NEARBY = 16  # blocks before and after among which a better half may stand
LIKELY, SURE = 3, 4  # characters of words: that two halves make, and by which another half claims one of the two
LONGEST_NOTE = 64
MOST_BETWEEN = 6  # blocks of captions and furniture in one cut
SHORTEST_FIRST = 20  # characters of the first half
BETWEEN: frozenset[str] = frozenset({"caption", "furniture"})
QUOTED = re.compile("“[^“”]*”|「[^「」]*」|《[^《》]*》")
INSIDE = re.compile("[，,、。；;：:！!？?]")  # running text has some of these
LAST_NOTE = re.compile(r"\s*[（(\[【〔][^（(\[【〔]{1,40}[)）\]】〕]\s*$")
BEGINS_ANEW = re.compile(
    r"[（(\[【〔]|[-*+•·●○◆■□▲★◇◎—①-⑳]|\d{1,3}\s*[.、)）]|[（(]?[一二三四五六七八九十]{1,3}\s*[、)）]|第[一二三四五六七八九十]{1,3}[，,、章节節条條]"
    r"|\d{4}\s*年|[一二三四五六七八九十]是"
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A block with its text."""

    block: Block
    text: str
    indented: bool = False


def breaks_off(text: str) -> bool:
    """Whether running text stops inside a sentence. Notes in brackets at its end (an editor, a source) count as its end."""
    shown = text.rstrip()[-LONGEST_NOTE:]
    if LAST_NOTE.search(shown) and not shown.endswith(("”", "’")):
        bare = LAST_NOTE.sub("", shown)
        return False if not bare or bare.rstrip(CLOSING)[-1:] in SENTENCE_ENDS + "." else _runs_on(shown)
    return _runs_on(shown)


def goes_on_in(first: str, second: str, stands: Callable[[str], bool], size: int = LIKELY) -> bool:
    """Whether words that a joint would make, size characters long, stand elsewhere. stands: whether the whole text has a word."""
    return any(stands(word) for word in _words_across(first, second, size))


def joined(text: str, fragments: Sequence[Fragment], apart: Collection[str]) -> list[Block]:
    """The blocks, cut paragraphs as one block at the place of its first half. apart: sections where none is joined."""
    blocks: list[Block | None] = [fragment.block for fragment in fragments]
    rivals = _Rivals(text, fragments)
    still_open: dict[str, tuple[int, int]] = {}  # section -> its last block that stands open, and its last fragment
    for place, fragment in enumerate(fragments):
        section_id = fragment.block.section_id
        if fragment.block.kind in BETWEEN:
            continue
        first, tail = still_open.pop(section_id, (-1, -1))
        if not section_id or section_id in apart or fragment.block.kind != "paragraph":
            continue
        begun = blocks[first] if first >= 0 else None
        if begun and _near_enough(fragments, tail, place) and _fits(fragments[tail].text, fragment) and rivals.none(tail, place):
            blocks[first] = replace(begun, spans=(*begun.spans, *fragment.block.spans))
            blocks[place] = None
            if breaks_off(fragment.text):
                still_open[section_id] = (first, place)
        elif rivals.tails[place]:
            still_open[section_id] = (place, place)
    return [block for block in blocks if block is not None]


class _Rivals:
    """Whether another half nearby would make words with one of two halves that these two do not make."""

    def __init__(self, text: str, fragments: Sequence[Fragment]) -> None:
        self._fragments = fragments
        self.tails = [fragment.text if _is_running_text(fragment.text) and breaks_off(fragment.text) else "" for fragment in fragments]
        wanted = {
            word
            for first, tail in enumerate(self.tails)
            if tail
            for second in self._near(first)
            for size in (LIKELY, SURE)
            for word in _words_across(tail, fragments[second].text, size)
        }
        self._words = {word for size in (LIKELY, SURE) for at in range(len(text)) if wanted and (word := text[at : at + size]) in wanted}

    def none(self, tail: int, head: int) -> bool:
        """Whether two halves make words that stand elsewhere in the text, or else no other half has a better claim on either."""
        if self._make_words(tail, head, LIKELY):
            return True
        others = [place for place in self._near(head) if place != tail]
        return not any(self._make_words(tail, place, SURE) or self._make_words(place, head, SURE) for place in others)

    def _make_words(self, tail: int, head: int, size: int) -> bool:
        broken = self.tails[tail] or self._fragments[tail].text
        open_end = bool(self.tails[tail]) or breaks_off(broken)
        return open_end and goes_on_in(broken, self._fragments[head].text, self._words.__contains__, size)

    def _near(self, place: int) -> list[int]:
        section_id = self._fragments[place].block.section_id
        around = range(max(0, place - NEARBY), min(len(self._fragments), place + NEARBY + 1)) if section_id else range(0)
        blocks = ((other, self._fragments[other].block) for other in around if other != place)
        return [other for other, block in blocks if block.section_id == section_id and block.kind == "paragraph"]


def _words_across(first: str, second: str, size: int) -> list[str]:
    first, second = first[-LONGEST_NOTE:].rstrip(), second[:LONGEST_NOTE].lstrip()
    around = (first[-before:] + second[: size - before] for before in range(1, size))
    return [word for word in around if len(word) == size and word.isalnum()]


def _near_enough(fragments: Sequence[Fragment], first: int, second: int) -> bool:
    """Whether only captions, furniture and blocks of other sections stand between."""
    between = [fragment for fragment in fragments[first + 1 : second] if fragment.block.section_id == fragments[first].block.section_id]
    return sum(fragment.block.kind in BETWEEN for fragment in between) <= MOST_BETWEEN


def _fits(first: str, second: Fragment) -> bool:
    begins = second.text[:1]
    if second.indented or BEGINS_ANEW.match(second.text):
        return False
    if first[-1:].isascii() and first[-1:].isalpha() and begins.isascii() and begins.isalpha():
        return False
    return bool(INSIDE.search(second.text))


def _is_running_text(text: str) -> bool:
    if len(text) < SHORTEST_FIRST:
        return False
    quote_open = text.count("“") > text.count("”") or text.count("「") > text.count("」")
    return quote_open or bool(INSIDE.search(QUOTED.sub("", text)))


def _runs_on(text: str) -> bool:
    bare = text.rstrip(CLOSING)
    return bool(bare) and bare[-1] not in SENTENCE_ENDS + ".:：—"
