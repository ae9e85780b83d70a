"""Fingerprints of texts by winnowing: of every run of neighbouring n-grams the smallest hash, so that texts that share a run share a hash.

Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003. Texts are compared as folded letters
and digits without white space and punctuation; a run of SHARED characters that stands in two texts gives both at least one fingerprint
in common, wherever it stands in them, so a trimmed or shifted reprint is met as surely as a whole one. Not handled: characters that fold
to several (㎏) count as the first of them, and marks as nothing; what is a copy is decided on the texts (`qa.search.reprints`), not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embeddings.folding import fold

GRAM = 6  # characters an n-gram has
WINDOW = 24  # n-grams of which the smallest is kept: one fingerprint for about 14 characters
SHARED = GRAM + WINDOW - 1

_GAP = WINDOW + GRAM  # between texts, so that no window sees two of them
_UNSEEN = np.uint32(2**32 - 1)
_NONE = np.uint32(2**32 - 1)  # the hash of an n-gram that reaches over the end of its text
_MULTIPLIERS = [np.uint64(pow(0x9E3779B97F4A7C15, power, 2**64)) for power in range(1, GRAM + 1)]


def fingerprints(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """(hashes, numbers of the texts they belong to, from 0), each (n,), without repeats, ordered by text and hash.

    At either end of a text, where a window holds fewer n-grams, it has some more. One of fewer than GRAM letters has none.
    Memory: about 60 bytes for each character of the texts together.
    """
    codes, owners = _letters(texts)
    n_grams = len(codes) - GRAM + 1
    smallest = _windows(_hashes(codes, n_grams))
    kept = smallest != _NONE
    kept[1:] &= (smallest[1:] != smallest[:-1]) | ~kept[:-1]
    places = np.flatnonzero(kept)
    owner = owners[places + WINDOW - 1]  # the gap after a text counts as its own, and is longer than a window
    pairs = np.unique(owner.astype(np.uint64) << np.uint64(32) | smallest[places])
    return pairs.astype(np.uint32), (pairs >> np.uint64(32)).astype(np.uint32)


def _letters(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The folded letters and digits of all texts, a gap of zeros before the first and after each, and the number of the text of each."""
    gap = "\0" * _GAP
    spaced = gap + "".join(text.replace("\0", " ") + gap for text in texts)
    joined = np.frombuffer(spaced.encode("utf-32-le", "surrogatepass"), np.uint32)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint32), [len(text) + _GAP for text in texts])
    owners = np.concatenate([np.zeros(_GAP, np.uint32), owners])
    table = _table()
    codes = table[joined]
    if (codes == _UNSEEN).any():
        for code in np.unique(joined[codes == _UNSEEN]).tolist():
            table[code] = _letter(chr(code))
        codes = table[joined]
    kept = (codes != 0) | (joined == 0)
    return codes[kept], owners[kept]


@cache
def _table() -> NDArray[np.uint32]:
    """Code point -> code point of what it folds to, 0 for what is no letter and no digit; filled as characters are met."""
    table = np.full(0x110000, _UNSEEN, np.uint32)
    table[0] = 0
    return table


def _letter(character: str) -> int:
    folded = "" if "\ud800" <= character <= "\udfff" else fold(character)
    return ord(folded[0]) if folded and folded[0].isalnum() else 0


def _hashes(codes: NDArray[np.uint32], n_grams: int) -> NDArray[np.uint32]:
    """A hash for the n-gram that begins at each place."""
    mixed = np.zeros(n_grams, np.uint64)
    inside = np.ones(n_grams, np.bool_)
    for offset, multiplier in enumerate(_MULTIPLIERS):
        piece = codes[offset : offset + n_grams]
        mixed += piece * multiplier
        inside &= piece != 0
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    hashes = (mixed >> np.uint64(32)).astype(np.uint32)
    hashes[~inside] = _NONE
    return hashes


def _windows(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The smallest hash of each window, by windows of doubling size."""
    smallest, size = hashes, 1
    while 2 * size <= WINDOW:
        smallest = np.minimum(smallest[:-size], smallest[size:])
        size *= 2
    rest = WINDOW - size
    return np.minimum(smallest[:-rest], smallest[rest:]) if rest else smallest
