"""Records to table rows and back. Nothing here opens a connection or decides anything."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.folding import fold
from qa.errors import LibraryDamagedError
from qa.records import Document, Passage, from_json, spans_of, to_json

VECTORS_A_ROW = 1_000

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
    """The document in three columns and the hash over them."""
    whole = to_json(document)
    structure = _compact({"blocks": whole.pop("blocks"), "sections": whole.pop("sections")})
    text = whole.pop("text")
    description = _compact(whole)
    return VersionRow(description, structure, text, content_sha256(description, structure, text))


def document_of(row: VersionRow, *, path: str, where: str) -> Document:
    """The document as it was stored, under the path it has today. LibraryDamagedError when a byte has changed since."""
    if content_sha256(row.description, row.structure, row.text) != row.sha256:
        raise LibraryDamagedError(f"the stored text of {where} does not match its hash; run `chuchu library verify`")
    return from_json(Document, {**json.loads(row.description), **json.loads(row.structure), "text": row.text, "path": path})


def description_of(description: str) -> Document:
    """The document without its text, blocks and sections."""
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


def _compact(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
