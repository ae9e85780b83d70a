"""Records to table rows and back. Nothing here opens a connection or decides anything."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.folding import fold
from qa.errors import LibraryDamagedError
from qa.records import Box, Document, Passage, Span, from_json, spans_of, to_json

VECTORS_A_ROW = 1_000
BOX_COLUMNS = 7  # start, end, page, left, bottom, right, top
PER_POINT = 100  # a box is kept to a hundredth of a point

PASSAGE_COLUMNS = (
    "passages.passage_id, versions.doc_id, versions.version, passages.ordinal, passages.spans, passages.text, passages.heading,"
    " passages.section_id, passages.page, passages.n_tokens"
)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A document as the table `versions` holds it; the columns of the same names."""

    description: str
    structure: str
    text: str
    sha256: str


def version_row(document: Document) -> VersionRow:
    """The document in three columns and the hash over them. Its boxes are a row of their own."""
    whole = to_json(replace(document, boxes=()))
    structure = _compact({name: whole.pop(name) for name in ("blocks", "sections", "dates")})
    text = whole.pop("text")
    del whole["boxes"]
    description = _compact(whole)
    return VersionRow(description, structure, text, content_sha256(description, structure, text))


def document_of(row: VersionRow, *, path: str, where: str) -> Document:
    """The document as it was stored, without its boxes, under the path it has today. LibraryDamagedError when a byte has changed since."""
    if content_sha256(row.description, row.structure, row.text) != row.sha256:
        raise LibraryDamagedError(f"the stored text of {where} does not match its hash; run `chuchu library verify`")
    return from_json(Document, {**json.loads(row.description), **json.loads(row.structure), "text": row.text, "path": path})


def description_of(description: str) -> Document:
    """The document without its text and what lies in it."""
    return from_json(Document, {**json.loads(description), "text": "", "blocks": [], "sections": []})


def content_sha256(description: str, structure: str, text: str) -> str:
    digest = hashlib.sha256()
    for column in (description, structure, text):
        digest.update(str(len(column)).encode() + b"\n" + column.encode())
    return digest.hexdigest()


def passage_of(row: Sequence[Any]) -> Passage:
    """The passage in a row of PASSAGE_COLUMNS."""
    passage_id, doc_id, version, ordinal, spans, text, heading, section_id, page, n_tokens = row
    return Passage(passage_id, doc_id, version, ordinal, spans_of(spans), text, heading, section_id, page, n_tokens)


def folded_sha256(text: str) -> bytes:
    """16 bytes that are equal for texts that differ only in script, width, case and white space."""
    return hashlib.sha256("".join(fold(text).split()).encode("utf-8", "replace")).digest()[:16]


def insert_vectors(connection: sqlite3.Connection, version_key: int, vectors: NDArray[np.float16]) -> None:
    """Store the vectors of a version's passages, in the order of their ordinals. vectors: (n, dim)."""
    for first in range(0, len(vectors), VECTORS_A_ROW):
        data = np.ascontiguousarray(vectors[first : first + VECTORS_A_ROW], dtype="<f2").tobytes()
        connection.execute(
            "INSERT INTO vectors (version_key, first_ordinal, data, sha256) VALUES (?, ?, ?, ?)",
            (version_key, first, data, hashlib.sha256(data).hexdigest()),
        )


def vectors_of(connection: sqlite3.Connection, version_key: int, dim: int) -> NDArray[np.float16]:
    """(n, dim) in the order of the ordinals. LibraryDamagedError when a byte has changed since they were written."""
    parts = []
    query = "SELECT data, sha256 FROM vectors WHERE version_key = ? ORDER BY first_ordinal"
    for data, sha256 in connection.execute(query, (version_key,)):
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LibraryDamagedError("stored vectors do not match their hash; run `chuchu library verify`")
        parts.append(np.frombuffer(data, dtype="<f2").reshape(-1, dim))
    return np.concatenate(parts) if parts else np.empty((0, dim), np.float16)


def packed_boxes(boxes: Sequence[Box]) -> bytes:
    """Boxes as the table `boxes` holds them: zlib of (BOX_COLUMNS, n) int32, little endian, lengths in hundredths of a point.

    Each column holds the differences from row to row, which compress well.
    """
    rows = [(b.span.start, b.span.end, b.page, *(round(at * PER_POINT) for at in (b.left, b.bottom, b.right, b.top))) for b in boxes]
    columns = np.array(rows, dtype=np.int32).reshape(-1, BOX_COLUMNS).T
    return zlib.compress(np.diff(columns, axis=1, prepend=np.int32(0)).astype("<i4").tobytes(), 6)


def boxes_of(data: bytes, sha256: str) -> tuple[Box, ...]:
    """The boxes that `packed_boxes` wrote. LibraryDamagedError when a byte has changed since."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise LibraryDamagedError("stored places on its pages do not match their hash; run `chuchu library verify`")
    columns = np.frombuffer(zlib.decompress(data), dtype="<i4").reshape(BOX_COLUMNS, -1).cumsum(axis=1)
    return tuple(Box(Span(start, end), page, *(at / PER_POINT for at in sides)) for start, end, page, *sides in columns.T.tolist())


def dates_of(document: Document, passages: Sequence[Passage]) -> list[tuple[str, ...]]:
    """The dates that each passage names, sorted, each once. A mention counts where it lies in the passage as a whole."""
    starts = [mention.span.start for mention in document.dates]
    named = []
    for passage in passages:
        found: set[str] = set()
        for span in passage.spans:
            within = document.dates[bisect_left(starts, span.start) : bisect_right(starts, span.end - 1)]
            found.update(mention.date for mention in within if mention.span.end <= span.end)
        named.append(tuple(sorted(found)))
    return named


def published_of(document: Document, passages: Sequence[Passage]) -> list[str]:
    """The publication date that each passage's section has of its own, or ""."""
    by_section = {section.section_id: section.published for section in document.sections}
    return [by_section.get(passage.section_id, "") for passage in passages]


def _compact(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
