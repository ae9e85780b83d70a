"""Removal in two steps: hidden in one transaction, then erased everywhere. The receipt counts both.

Step one makes the documents unfindable at once: every hit is looked up in the database before it is shown. Step two deletes the rows
(`secure_delete` zeroes their pages), the feedback that cites them, the originals no other version needs, the upload copies, the copy
of the library that an upgrade kept, and empties the write-ahead log; the caller then gives the keyword index a new generation. What
cannot be finished, because another process reads, is finished at the next open.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa.errors import NotInLibraryError
from qa.library import feedback, originals
from qa.library.database import DOOMED, Database, forget_older_copies
from qa.library.ingest import log_version
from qa.records import RemovalReceipt

PENDING = "erasing"  # the row of `meta` that stands while step two is not finished
UPLOADS = "uploads"
WAITING = "another process is reading this library; the erasure is finished at the next open without one"
OLD_VERSIONS = "SELECT version_key FROM versions WHERE version_key NOT IN (SELECT version_key FROM documents)"


def hide(database: Database, doc_ids: Sequence[str]) -> RemovalReceipt:
    """Step one. NotInLibraryError, and nothing is hidden, when one of the ids is unknown."""
    versions = passages = 0
    with database.write() as connection:
        for doc_id in dict.fromkeys(doc_ids):
            row = connection.execute(
                "SELECT version_key, state FROM documents WHERE doc_id = ? AND state != 'removed'", (doc_id,)
            ).fetchone()
            if row is None:
                raise NotInLibraryError(f"no document {doc_id} in this library; `chuchu library list` shows them all", about=doc_id)
            log_version(connection, "delete", row[0])
            versions += _count(connection, "SELECT count(*) FROM versions WHERE doc_id = ?", doc_id)
            passages += _count(connection, "SELECT count(*) FROM passages JOIN versions USING (version_key) WHERE doc_id = ?", doc_id)
            connection.execute("UPDATE documents SET state = 'removed' WHERE doc_id = ?", (doc_id,))
        _mark_pending(connection)
    return RemovalReceipt(tuple(dict.fromkeys(doc_ids)), versions, passages)


def hide_old_versions(database: Database) -> RemovalReceipt:
    """Step one of `forget-old`: there is nothing to hide, old versions are not searchable; only what will be erased is counted."""
    with database.write() as connection:
        old = connection.execute(f"SELECT version_key, doc_id FROM versions WHERE version_key IN ({OLD_VERSIONS})").fetchall()
        passages = sum(_count(connection, "SELECT count(*) FROM passages WHERE version_key = ?", key) for key, _ in old)
        connection.executemany("INSERT INTO meta VALUES ('forget:' || ?, '') ON CONFLICT DO NOTHING", [(key,) for key, _ in old])
        _mark_pending(connection)
    return RemovalReceipt(tuple(dict.fromkeys(doc_id for _, doc_id in old)), len(old), passages)


def is_pending(database: Database) -> bool:
    with database.read() as connection:
        return connection.execute("SELECT 1 FROM meta WHERE name = ?", (PENDING,)).fetchone() is not None


def erase(database: Database, library: Path, receipt: RemovalReceipt) -> RemovalReceipt:
    """Step two without the derived indexes: the receipt with what was erased. Only the lock's holder may call this."""
    with database.write() as connection:
        copies = _upload_copies(connection, library)
        connection.execute(f"CREATE TEMP TABLE doomed AS {DOOMED}")
        spoken = feedback.erase(connection)
        connection.execute("DELETE FROM vectors WHERE version_key IN doomed")
        passages = connection.execute("DELETE FROM passages WHERE version_key IN doomed").rowcount
        connection.execute("DELETE FROM documents WHERE state = 'removed'")
        versions = connection.execute("DELETE FROM versions WHERE version_key IN doomed").rowcount
        unnamed = originals.forget_unnamed(connection)
        connection.execute("DELETE FROM roots WHERE root_key NOT IN (SELECT root_key FROM documents) AND kind = 'file'")
        connection.execute("DELETE FROM meta WHERE name LIKE 'forget:%'")
        connection.execute("DROP TABLE doomed")
    for copy in copies:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(copy)
    forget_older_copies(library)
    with database.read() as connection:
        originals.sweep(connection, library)
    return replace(
        receipt,
        versions_erased=versions,
        passages_erased=passages,
        originals_erased=unnamed,
        copies_erased=len(copies),
        feedback_erased=spoken,
    )


def finish(database: Database) -> bool:
    """Empty the write-ahead log and drop the mark; False when a reader is in the way."""
    if not database.checkpoint():
        return False
    with database.write() as connection:
        connection.execute("DELETE FROM meta WHERE name = ?", (PENDING,))
    database.checkpoint()
    return True


def _mark_pending(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO meta VALUES (?, '') ON CONFLICT DO NOTHING", (PENDING,))


def _upload_copies(connection: sqlite3.Connection, library: Path) -> list[bytes]:
    """The files that the chat copied into the library for the documents that go."""
    folder = os.fsencode(library / UPLOADS)
    query = """SELECT roots.path, documents.path FROM documents JOIN roots USING (root_key) WHERE state = 'removed' AND kind = 'folder'"""
    return [os.path.join(root, path) for root, path in connection.execute(query) if root == folder]


def _count(connection: sqlite3.Connection, query: str, key: object) -> int:
    return int(connection.execute(query, (key,)).fetchone()[0])
