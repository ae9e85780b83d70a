"""Does the library hold what it says? Every hash, every span, every derived index, against the database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.errors import ChuchuError
from qa.library import feedback, originals
from qa.library.database import Database
from qa.library.derived import SEARCHABLE, DerivedIndex, log_position
from qa.library.rows import VersionRow, document_of, folded_sha256, vectors_of
from qa.records import VerifyReport, spans_of, text_at


def verify(database: Database, library: Path, indexes: Sequence[DerivedIndex], dim: int) -> VerifyReport:
    """Look at everything once; each problem is one sentence. Raises only when the database cannot be read at all."""
    with database.read() as connection:
        problems = [
            *_structure(connection),
            *_versions(connection, dim),
            *_feedback(connection),
            *_originals(connection, library),
            *_indexes(connection, indexes),
        ]
        return VerifyReport(
            documents=_count(connection, "documents WHERE state != 'removed'"),
            versions=_count(connection, "versions"),
            passages=_count(connection, "passages"),
            searchable=_count(connection, f"passages JOIN documents USING (version_key) WHERE {SEARCHABLE}"),
            originals=_count(connection, "originals"),
            problems=tuple(problems),
        )


def _count(connection: sqlite3.Connection, rows: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])


def _structure(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check(20)"):
        if line != "ok":
            yield f"library.sqlite is damaged: {line}"
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {table} names a row of {parent} that is not there"


def _versions(connection: sqlite3.Connection, dim: int) -> Iterator[str]:
    rows = connection.execute("SELECT version_key, doc_id, version, description, structure, text, sha256 FROM versions")
    for version_key, doc_id, version, *columns in rows:
        where = f"document {doc_id}, version {version[:12]}…"
        try:
            document = document_of(VersionRow(*columns), path="", where=where)
        except (ChuchuError, ValueError) as error:
            yield str(error)
            continue
        n_passages = 0
        query = "SELECT passage_id, spans, text, folded_sha256 FROM passages WHERE version_key = ? ORDER BY ordinal"
        for passage_id, spans, text, folded in connection.execute(query, (version_key,)):
            n_passages += 1
            if text_at(document.text, spans_of(spans)) != text or folded_sha256(text) != folded:
                yield f"passage {passage_id} of {where} does not equal its spans"
        try:
            n_vectors = len(vectors_of(connection, version_key, dim))
        except (ChuchuError, ValueError) as error:
            yield f"{where}: {error}"
            continue
        if n_vectors != n_passages:
            yield f"{where} has {n_passages} passages and {n_vectors} vectors"


def _feedback(connection: sqlite3.Connection) -> Iterator[str]:
    if not feedback.is_kept(connection):
        return
    query = """SELECT feedback_id, cited.spans, length(versions.text), passages.passage_id FROM feedback_citations AS cited
               JOIN versions USING (version_key) LEFT JOIN passages USING (passage_id, version_key)"""
    for feedback_id, spans, n_characters, passage_id in connection.execute(query):
        if passage_id is None or spans_of(spans)[-1].end > n_characters:
            yield f"feedback {feedback_id} cites a place that its document does not have"


def _originals(connection: sqlite3.Connection, library: Path) -> Iterator[str]:
    named = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM originals")}
    for sha256 in sorted(named):
        try:
            originals.read(connection, library, sha256)
        except ChuchuError as error:
            yield str(error)
    for file in sorted((library / originals.FOLDER).glob("??/*")):
        if file.name not in named:
            yield f"{os.path.relpath(file, library)} is named by no document; the next ingest sweeps it"


def _indexes(connection: sqlite3.Connection, indexes: Sequence[DerivedIndex]) -> Iterator[str]:
    searchable = {
        row[0] for row in connection.execute(f"SELECT passage_id FROM passages JOIN documents USING (version_key) WHERE {SEARCHABLE}")
    }
    last = log_position(connection)
    for index in indexes:
        name = type(index).__name__
        index.refresh()
        if damage := index.damage():
            yield f"{name} is damaged ({damage}); the next ingest builds it again"
            continue
        if index.position() != last:
            yield f"{name} is at position {index.position()} of the log, the library at {last}; the next ingest mends it"
            continue
        held = index.ids()
        if held != searchable:
            yield f"{name} lacks {len(searchable - held)} searchable passages and holds {len(held - searchable)} others; it must be rebuilt"
