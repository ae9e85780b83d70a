"""Folding: one text for every way of writing it, so that search is blind to script, width, variants and case.

`fold` takes compatibility forms apart (NFKC), lowers case, and writes each Han character as the one character that stands for its
class: 發, 髮 and 发 become 发; 著 and 着 become 着. The classes are a context-free table (`folding_table.txt`), made from OpenCC by
`embeddings/training/make_folding_table.py`.

Folding changes lengths (㎏ becomes kg), so no offset may cross from folded to stored text. It is coarser than spelling: 后 (queen) and
後 (after) fold together, which search can bear and a quote could not. It knows no words: 軟體 does not become 软件.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("folding_table.txt")


def fold(text: str) -> str:
    """The folded text. Idempotent; of the same length for ordinary Chinese."""
    if text.isascii():
        return text.lower()
    try:
        return text.translate(_BY_CHARACTER)
    except _NeedsNeighboursError:
        return _fold_whole(text)


class _NeedsNeighboursError(ValueError):
    """A character whose folding depends on the characters round it."""


class _ByCharacter(dict[int, str]):
    """Code point -> its folding, made when first met: one look-up a character is four times as fast as the three passes."""

    def __missing__(self, code: int) -> str:
        folded = _fold_whole(chr(code))
        if code == _CAPITAL_SIGMA or any(unicodedata.category(character)[0] == "M" or character in _JAMO for character in folded):
            raise _NeedsNeighboursError
        self[code] = folded
        return folded


_BY_CHARACTER = _ByCharacter()
_CAPITAL_SIGMA = 0x3A3  # σ inside a word, ς at its end
_JAMO = frozenset(map(chr, range(0x1100, 0x1200)))  # with marks (category M), all that composes with what stands before it


def _fold_whole(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text.lower())
    lowered = composed.lower()  # NFKC brings capitals back: ℃ is °C
    if lowered != composed:  # and small letters compose where capitals do not: J̌ is two characters, ǰ is one
        lowered = unicodedata.normalize("NFKC", lowered)
    return lowered.translate(_table())


@cache
def _table() -> dict[int, str]:
    """Code point -> representative, read from lines `representative, the others of its class`; # starts a comment line."""
    table: dict[int, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            representative, others = line.split()
            table.update((ord(other), representative) for other in others)
    return table
