"""Whether one piece of text goes on in another: the decision behind every joint over columns, pages and captions.

`continuation` weighs the last characters of the first piece and the first ones of the second: the words they would make, how sentences
break off and how they begin, whether quotation marks left open are closed. The weights are learned from news (`make_joining.py`). What a
layout or a text says besides (an indent, a heading between, the same word elsewhere) is the caller's to weigh. Not handled: a word of
Latin letters parted by a hyphen.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embeddings.folding import fold

TABLE = Path(__file__).with_name("joining.json")
BUCKETS = 1 << 18
RUNS = ((1, 1), (2, 1), (1, 2), (1, 0), (2, 0), (0, 1), (0, 2))  # characters before and after the cut that are weighed together
NEIGHBOURS = max(max(run) for run in RUNS)
WINDOW = 64  # characters on either side in which quotation marks are looked for
OPENING, CLOSING, MARK_KINDS = "“「『《（(【", "”」』》）)】", (1, 1, 1, 2, 3, 3, 3)  # quotation, title, brackets
MIX, MIX_AGAIN, WORD = 0x9E3779B1, 0x85EBCA6B, 0xFFFFFFFF
DIGIT, LETTER = re.compile(r"\d"), re.compile("[a-z]")


def continuation(first: str, second: str) -> float:
    """How much more likely second takes up the sentence that first breaks off than it is something else of the same text: log-odds.

    0 where both are equally likely, before anything else is known; mostly within -5 to 5. The same for both scripts; 0 for empty text.
    """
    first, second = first[-WINDOW:].rstrip(), second[:WINDOW].lstrip()
    if not first or not second:
        return 0.0
    table = _table()
    return sum(table.weight(bucket) for bucket in buckets(plain(first[-NEIGHBOURS:]), plain(second[:NEIGHBOURS]), marks(first, second)))


def plain(text: str) -> str:
    """Folded, every digit as 0 and every Latin letter as a."""
    return LETTER.sub("a", DIGIT.sub("0", fold(text)))


def buckets(before: str, after: str, state: int) -> list[int]:
    """The weights that belong to a cut. before, after: the plain characters round it; state: of `marks`."""
    found = []
    for number, (left, right) in enumerate(RUNS):
        mixed = number + 1
        for character in before[: -left - 1 : -1] + after[:right]:
            mixed = (mixed ^ ord(character)) * MIX & WORD
            mixed ^= mixed >> 15
        mixed = mixed * MIX_AGAIN & WORD
        found.append((mixed ^ mixed >> 13) % BUCKETS)
    return [*found, state]  # the few states share buckets with runs of characters, which costs nothing


def marks(first: str, second: str) -> int:
    """The kind of mark that first leaves open, and the kind that second closes before it opens any: 4 * one + the other, 0 for none."""
    opened = next((character for character in reversed(first) if character in OPENING + CLOSING), "")
    closed = next((character for character in second if character in OPENING + CLOSING), "")
    return 4 * _kind_among(OPENING, opened) + _kind_among(CLOSING, closed)


def _kind_among(marks: str, character: str) -> int:
    return MARK_KINDS[marks.index(character)] if character and character in marks else 0


@dataclass(frozen=True, slots=True)
class _Table:
    """Weights as numbers of levels, two to a byte."""

    packed: bytes
    levels: tuple[float, ...]

    def weight(self, bucket: int) -> float:
        return self.levels[self.packed[bucket >> 1] >> 4 * (bucket & 1) & 15]


@cache
def _table() -> _Table:
    content = json.loads(TABLE.read_text(encoding="utf-8"))
    return _Table(base64.b85decode(content["weights"]), tuple(content["levels"]))
