"""Rows of length one, which make the inner product a cosine."""

from __future__ import annotations

import numpy as np

from embeddings.encoder import Vectors


def unit_rows(vectors: Vectors) -> Vectors:
    """Each row of (n, dim) divided by its length; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return rows
