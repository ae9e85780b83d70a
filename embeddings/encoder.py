"""What turns text into vectors: the `Encoder` protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Text to unit vectors. Everything that holds vectors remembers the fingerprint and refuses another one."""

    @property
    def fingerprint(self) -> str:
        """What the vectors depend on: name and content hash."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) float32, unit rows; a text without a known word gives a zero row."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As `encode_passages`, for queries: some models are told the difference."""
