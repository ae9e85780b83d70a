"""A deterministic encoder without a model, for tests: signed hashed counts of characters and character pairs.

It knows nothing of meaning: two texts are near when they share characters. The same text gives the same vector in every process.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from embeddings.encoder import Vectors
from embeddings.folding import fold
from embeddings.unit_rows import unit_rows


class HashingEncoder:
    """Vectors of `dim` numbers from folded characters and character pairs (feature hashing, Weinberger et al. 2009)."""

    def __init__(self, dim: int = 256) -> None:
        """ValueError unless dim is positive."""
        if dim < 1:
            raise ValueError(f"dim must be at least 1, got {dim}")
        self._dim = dim

    @property
    def fingerprint(self) -> str:
        return f"hashing/1-{self._dim}"

    @property
    def dim(self) -> int:
        return self._dim

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) float32, unit rows; a text of white space only gives a zero row."""
        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            self._count(row, "".join(fold(text).split()))
        return unit_rows(vectors)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def _count(self, row: Vectors, text: str) -> None:
        for feature in [*text, *map("".join, pairwise(text))]:
            digest = zlib.crc32(feature.encode("utf-8", "surrogatepass"))
            row[(digest >> 1) % self._dim] += 1.0 if digest & 1 else -1.0
