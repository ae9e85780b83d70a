"""The vector index of a library: passages by their vectors, ranked by cosine, on `embeddings.vector_index`.

A published index is never changed: `apply` and `rebuild` make the next one in memory and swap the reference, so that other threads go
on searching. They write nothing; `save` does. Below 50,000 passages nothing is saved, building costs less than a file is worth: after
opening, `position()` is -1 until the library rebuilds it. Not handled: exact cosines (the index may compress; `qa.search.retriever`
rescores), the vectors themselves (they are in the library).
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from qa.errors import LibraryFullError
from qa.library.derived import Content, IndexRow, LogEntry
from qa.search import generations
from qa.search.generations import Manifest

if TYPE_CHECKING:
    from embeddings.vector_index import VectorIndex

SAVED_FROM = 50_000  # passages
_INDEX = "index"  # the sub-folder of a generation that `VectorIndex` fills
_SAVED_AFTER = 0.05  # of the passages changed since the last save; fewer are replayed from the log when the library is opened


@dataclass(frozen=True, slots=True)
class _State:
    index: VectorIndex
    position: int
    unsaved: int = 0  # changes that the generation on disk lacks


class VectorSearch:
    """A `DerivedIndex` of vectors. Searching is safe from any thread, also while another one applies."""

    content: Content = "vectors"

    def __init__(self, folder: Path | None, fingerprint: str, dim: int, *, read_only: bool = False) -> None:
        """Loads the newest generation in the folder, if there is a sound one of this encoder; else `position()` is -1.

        fingerprint, dim: the encoder's. A folder of None, or read_only: `save` does nothing.
        """
        self._folder = folder
        self._fingerprint = fingerprint
        self._dim = dim
        self._read_only = read_only
        self._saved: Path | None = None
        self._state: _State | None = None
        self.refresh()

    def position(self) -> int:
        return self._state.position if self._state else -1

    def apply(self, entries: Iterable[LogEntry], position: int) -> None:
        """As `DerivedIndex.apply`, in memory. ValueError when it must be rebuilt first."""
        state = self._state
        if state is None:
            raise ValueError("the vector index must be rebuilt before entries can be applied")
        added: dict[str, NDArray[np.float16]] = {}
        removed: set[str] = set()
        for entry in entries:
            removed.add(entry.passage_id)
            added.pop(entry.passage_id, None)
            if entry.operation == "add" and entry.row is not None:
                added[entry.passage_id] = _vector(entry.row)
        if not removed:
            self._state = replace(state, position=position)
            return
        index = state.index.updated(removed, list(added), self._rows(list(added.values())))
        self._state = _State(index, position, state.unsaved + len(removed))

    def rebuild(self, rows: Iterable[IndexRow], position: int) -> None:
        """As `DerivedIndex.rebuild`, in memory; the old generation goes from the disk with the next `save`."""
        from embeddings.vector_index import VectorIndex

        vectors = {row.passage_id: _vector(row) for row in rows}
        index = VectorIndex.build(list(vectors), self._rows(list(vectors.values())))
        self._state = _State(index, position, max(1, len(vectors)))

    def save(self) -> None:
        """Bring the disk to what memory holds, where that is worth its time. Only the lock's holder may call it. LibraryFullError."""
        state = self._state
        if self._read_only or self._folder is None or state is None or state.unsaved <= _SAVED_AFTER * len(state.index):
            return
        if len(state.index) < SAVED_FROM:
            generations.sweep(self._folder, keep=None)
            self._saved = None
            return
        generation = generations.begin(self._folder)
        try:
            state.index.save(generation / _INDEX)
            generations.publish(generation, fingerprint=self._fingerprint, position=state.position)
        except BaseException as error:
            shutil.rmtree(generation, ignore_errors=True)
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise LibraryFullError("no room left on the disk for the vector index; free some space and ingest again") from error
            raise
        generations.sweep(self._folder, keep=generation)
        self._saved, self._state = generation, replace(state, unsaved=0)

    def refresh(self) -> None:
        """See what another process has saved since, where that is newer than what is in memory."""
        if self._folder is None:
            return
        while (generation := generations.newest(self._folder)) != self._saved:
            manifest = generation and generations.read_manifest(generation)
            if generation and manifest and manifest.position > self.position():
                index = self._load(generation, manifest)
                if index is not None:
                    self._state = _State(index, manifest.position)
            self._saved = generation

    def ids(self) -> set[str]:
        """Every passage id it would find; none when it must be rebuilt."""
        return set(self._state.index.keys()) if self._state else set()

    def close(self) -> None:
        self._state = None

    def search(self, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """At most k (passage_id, cosine to about 0.003), best first; [] when it must be rebuilt.

        vector: (dim,), unit length, or zero, which finds nothing. ValueError if k < 1.
        """
        state = self._state
        return state.index.search(vector[None, :], k)[0] if state else []

    def damage(self) -> str:
        """What is wrong with the files on disk, every byte looked at; "" when nothing is, or when there are none."""
        if self._saved is None:
            return ""
        manifest = generations.read_manifest(self._saved)
        return "manifest.json is damaged" if manifest is None else generations.damage(self._saved, manifest, hash_all=True)

    def _load(self, generation: Path, manifest: Manifest) -> VectorIndex | None:
        from embeddings.vector_index import VectorIndex

        if manifest.fingerprint != self._fingerprint or generations.damage(generation, manifest):
            return None
        try:
            return VectorIndex.load(generation / _INDEX)
        except (OSError, ValueError, RuntimeError):  # gone since, or damaged where no hash was looked at
            return None

    def _rows(self, vectors: Sequence[NDArray[np.float16]]) -> Vectors:
        return np.stack(vectors).astype(np.float32) if vectors else np.empty((0, self._dim), np.float32)


def _vector(row: IndexRow) -> NDArray[np.float16]:
    if row.vector is None:
        raise ValueError(f"passage {row.passage_id} came without its vector")
    return row.vector


def cosines(vector: NDArray[np.float32], stored: Mapping[str, NDArray[np.float16]]) -> dict[str, float]:
    """The exact cosine of a unit vector, (dim,), with each stored one."""
    if not stored:
        return {}
    scores = np.stack(list(stored.values())).astype(np.float32) @ vector
    return dict(zip(stored, scores.tolist(), strict=True))
