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
from qa.library.rows import (
    PASSAGE_COLUMNS,
    VersionRow,
    boxes_of,
    dates_of,
    document_of,
    folded_sha256,
    passage_of,
    published_of,
    vectors_of,
)
from qa.records import Document, Passage, VerifyReport, spans_of, text_at


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
        passages = []
        query = f"""SELECT {PASSAGE_COLUMNS}, folded_sha256 FROM passages JOIN versions USING (version_key)
                    WHERE version_key = ? ORDER BY ordinal"""
        for *row, folded in connection.execute(query, (version_key,)):
            passages.append(passage := passage_of(row))
            if text_at(document.text, passage.spans) != passage.text or folded_sha256(passage.text) != folded:
                yield f"passage {passage.passage_id} of {where} does not equal its spans"
        yield from _dates(connection, version_key, document, passages, where)
        yield from _boxes(connection, version_key, document, where)
        try:
            n_vectors = len(vectors_of(connection, version_key, dim))
        except (ChuchuError, ValueError) as error:
            yield f"{where}: {error}"
            continue
        if n_vectors != len(passages):
            yield f"{where} has {len(passages)} passages and {n_vectors} vectors"


def _dates(connection: sqlite3.Connection, version_key: int, document: Document, passages: Sequence[Passage], where: str) -> Iterator[str]:
    """Whether filters see the dates that the structure holds."""
    query = """SELECT published, (SELECT group_concat(date) FROM passage_dates WHERE passage_dates.passage_key = passages.passage_key)
               FROM passages WHERE version_key = ? ORDER BY ordinal"""
    stored = [(published, set(dates.split(",")) if dates else set()) for published, dates in connection.execute(query, (version_key,))]
    expected = zip(published_of(document, passages), map(set, dates_of(document, passages)), strict=True)
    for passage, one, other in zip(passages, stored, expected, strict=True):
        if one != other:
            yield f"passage {passage.passage_id} of {where} is filed under dates that its document does not give it"


def _boxes(connection: sqlite3.Connection, version_key: int, document: Document, where: str) -> Iterator[str]:
    for row in connection.execute("SELECT data, sha256 FROM boxes WHERE version_key = ?", (version_key,)):
        try:
            boxes = boxes_of(*row)
        except (ChuchuError, ValueError) as error:
            yield f"{where}: {error}"
            return
        if any(box.span.end > len(document.text) for box in boxes):
            yield f"{where} names places on its pages that its text does not have"


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
