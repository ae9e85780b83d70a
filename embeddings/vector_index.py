"""The nearest keys to a vector: FAISS over eight-bit codes, with string keys.

A `VectorIndex` never changes once made, so any number of threads may search it; `updated` gives a changed copy and the caller swaps the
two. Scores are cosines of rounded vectors, with a standard error of 0.0023: whoever needs them exact takes more keys than wanted and
scores those again with the vectors themselves. Search looks at every row: 25 ms at a million rows of 256 numbers. Larger collections
need another kind of index, and more than one machine another implementation.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Vectors
from embeddings.threads import wait_asleep

FORMAT = 1
KIND = "IDMap2,SQ8"
INDEX_FILE = "index.faiss"
KEYS_FILE = "keys.json"
MANIFEST_FILE = "manifest.json"


class VectorIndex:
    """String keys with unit rows. Make one with `build` or `load`."""

    def __init__(self, index: Any, numbers: dict[str, int]) -> None:
        """index: the FAISS index; numbers: key -> FAISS's integer id. Both belong to the new object."""
        self._index = index
        self._numbers = numbers
        self._key_of = {number: key for key, number in numbers.items()}

    @classmethod
    def build(cls, keys: Sequence[str], vectors: Vectors) -> VectorIndex:
        """An index of the rows. vectors: (len(keys), dim), unit or zero rows. ValueError for anything else or for a key given twice."""
        if vectors.ndim != 2:
            raise ValueError(f"expected vectors of shape (n, dim), got {vectors.shape}")
        return cls(_empty_index(vectors.shape[1]), {}).updated([], keys, vectors)

    def updated(self, remove: Iterable[str], keys: Sequence[str], vectors: Vectors) -> VectorIndex:
        """A copy without the keys of `remove` and with the rows added; this one stays as it is.

        An unknown key in `remove` is passed over; a key that is there already gets its new row. ValueError as in `build`.
        """
        rows = _checked(vectors, self.dim)
        if len(keys) != len(rows) or len(set(keys)) != len(keys):
            raise ValueError(f"expected one row for each of {len(set(keys))} different keys, got {len(keys)} keys and {len(rows)} rows")
        numbers = dict(self._numbers)
        gone = [number for key in {*remove, *keys} if (number := numbers.pop(key, None)) is not None]
        first = max(self._numbers.values(), default=-1) + 1
        added = np.arange(first, first + len(keys), dtype=np.int64)
        numbers.update(zip(keys, added.tolist(), strict=True))

        index = _faiss().clone_index(self._index)
        index.remove_ids(np.array(gone, dtype=np.int64))
        known = rows.any(axis=1)  # a zero row is near nothing: it has a key and is never found
        index.add_with_ids(rows[known], added[known])
        return VectorIndex(index, numbers)

    @property
    def dim(self) -> int:
        """The length of a row."""
        return int(self._index.d)

    def __len__(self) -> int:
        return len(self._numbers)

    def keys(self) -> list[str]:
        """Every key, in the order added."""
        return list(self._numbers)

    def search(self, vectors: Vectors, k: int) -> list[list[tuple[str, float]]]:
        """At most k (key, cosine) per row, best first, equal scores by key.

        vectors: (n, dim), unit or zero rows. A zero row finds nothing. ValueError for another shape, or if k < 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        rows = _checked(vectors, self.dim)
        k = min(k, self._index.ntotal)
        if k == 0 or not len(rows):
            return [[] for _ in rows]
        scores, numbers = self._index.search(rows, k)
        found = zip(rows, scores.tolist(), numbers.tolist(), strict=True)
        return [self._hits(row_scores, row_numbers) if row.any() else [] for row, row_scores, row_numbers in found]

    def _hits(self, scores: list[float], numbers: list[int]) -> list[tuple[str, float]]:
        hits = [(self._key_of[number], min(1.0, score)) for score, number in zip(scores, numbers, strict=True)]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def save(self, folder: Path) -> None:
        """Writes the index into the folder, making it if need be; the manifest comes last, so a torn write is seen by `load`."""
        files = {
            INDEX_FILE: _faiss().serialize_index(self._index).tobytes(),
            KEYS_FILE: json.dumps(self._numbers, ensure_ascii=False).encode(),
        }
        manifest = {
            "format": FORMAT,
            "dim": self.dim,
            "count": len(self),
            "files": {name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()},
        }
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> VectorIndex:
        """The index that `save` wrote. OSError where a file is missing, ValueError for another format or for bytes that changed."""
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise ValueError(f"{folder} holds no vector index of format {FORMAT}; build it again")
        index = _faiss().deserialize_index(np.frombuffer(_intact(folder / INDEX_FILE, manifest), dtype=np.uint8))
        return cls(index, json.loads(_intact(folder / KEYS_FILE, manifest)))


def _faiss() -> Any:
    """The library, loaded when first needed (0.3 s)."""
    wait_asleep()
    import faiss

    return faiss


def _empty_index(dim: int) -> Any:
    """FAISS's index with its code range fixed at -1..1, the range of a unit row, so that codes do not depend on what came first."""
    faiss = _faiss()
    if dim < 1:
        raise ValueError(f"expected vectors of at least one dimension, got {dim}")
    index = faiss.index_factory(dim, KIND, faiss.METRIC_INNER_PRODUCT)
    corners = np.ones((2, dim), dtype=np.float32)
    corners[0] = -1.0
    index.train(corners)
    return index


def _checked(vectors: Vectors, dim: int) -> Vectors:
    """The rows as FAISS takes them. ValueError for another shape, or for a row whose length is neither 1 nor 0."""
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise ValueError(f"expected vectors of shape (n, {dim}), got {vectors.shape}")
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1)
    if not np.all((lengths == 0) | (np.abs(lengths - 1) < 0.01)):  # 0.01 lets float16 rows through
        raise ValueError("expected rows of length 1 or 0; normalise the vectors first")
    return rows


def _intact(path: Path, manifest: dict[str, Any]) -> bytes:
    """The file's bytes. ValueError unless they are the ones the manifest names."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest["files"][path.name]["sha256"]:
        raise ValueError(f"{path} is damaged: its bytes are not the ones that were written; build the index again")
    return content
