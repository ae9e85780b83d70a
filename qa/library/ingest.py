"""The ingest line: find changes -> read -> split -> encode -> one transaction -> the next; then the derived indexes catch up.

A file is reported "done" only after the commit that holds it. Killed anywhere, the library holds whole files and nothing else. Only the
holder of the library's lock runs this.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from qa.errors import ChangedFileError
from qa.library import originals
from qa.library.database import Database
from qa.library.rows import dates_of, folded_sha256, insert_vectors, packed_boxes, published_of, vectors_of, version_row
from qa.library.sync import Change, Changes, Root, display, skipped
from qa.reading.workers import BATCH_FILES, ReaderPool, ReadJob, ReadResult
from qa.records import Document, IngestProgress, IngestReport, Noticed, Passage, Skipped, spans_text
from qa.splitting import passages_of, split_passages

COMMIT_FILES = 100
COMMIT_SECONDS = 2.0

Progress = Callable[[IngestProgress], None]
Vectors16 = dict[bytes, NDArray[np.float16]]  # the hash of a folded text -> its vector, (dim,)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One read and split file, ready to be stored."""

    change: Change
    result: ReadResult
    document: Document
    passages: list[Passage]
    folded: list[bytes]  # `folded_sha256` of each passage


@dataclass
class Tally:
    """What the report will say."""

    counts: dict[str, int] = field(default_factory=lambda: {"added": 0, "updated": 0, "renamed": 0, "restored": 0})
    skipped: list[Skipped] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    passages_added: int = 0
    passages_encoded: int = 0

    def report(self, changes: Changes, missing: tuple[str, ...], started: float) -> IngestReport:
        return IngestReport(
            **self.counts,
            unchanged=changes.unchanged,
            missing=missing,
            skipped=(*changes.skipped, *self.skipped),
            noticed=tuple(self.noticed),
            passages_added=self.passages_added,
            passages_encoded=self.passages_encoded,
            seconds=time.monotonic() - started,
        )


def apply_changes(database: Database, encoder: Encoder, changes: Changes, progress: Progress) -> IngestReport:
    """Carry out what `sync.find_changes` found, file by file. Interrupted, it leaves what was committed."""
    started = time.monotonic()
    tally = Tally()
    keys = _root_keys(database, changes)
    total = len(changes.to_read)
    progress(IngestProgress("planning", 0, total))
    missing = _mend(database, changes, keys, tally)
    if changes.to_read:
        done = 0
        with ReaderPool(workers=min(os.cpu_count() or 1, -(-total // BATCH_FILES)), split=split_passages) as pool:
            for batch in _batches(pool.read(_jobs(changes.to_read)), changes.to_read):
                for path, outcome in _store(database, encoder, batch, keys, tally):
                    done += 1
                    progress(IngestProgress("done", done, total, path, outcome))  # type: ignore[arg-type]
    return tally.report(changes, missing, started)


def _jobs(changes: Iterable[Change]) -> Iterator[ReadJob]:
    for change in changes:
        path = change.root.absolute(change.found.path)
        yield ReadJob(path=path, display=display(path), doc_id=change.doc_id, encoding=change.encoding)


def _batches(results: Iterable[ReadResult], changes: Iterable[Change]) -> Iterator[list[tuple[Change, ReadResult]]]:
    """Groups of at most COMMIT_FILES files or COMMIT_SECONDS of waiting."""
    batch: list[tuple[Change, ReadResult]] = []
    started = time.monotonic()
    for pair in zip(changes, results, strict=True):
        batch.append(pair)
        if len(batch) >= COMMIT_FILES or time.monotonic() - started > COMMIT_SECONDS:
            yield batch
            batch, started = [], time.monotonic()
    if batch:
        yield batch


def _store(
    database: Database, encoder: Encoder, batch: list[tuple[Change, ReadResult]], keys: dict[bytes, int], tally: Tally
) -> list[tuple[str, str]]:
    """Encode and commit one batch, split already by the workers; the (path, outcome) of each file, in order."""
    outcomes = []
    prepared = []
    taken: set[str] = set()
    with database.read() as connection:
        for change, result in batch:
            if result.document is None:
                tally.skipped.append(Skipped(result.job.display, result.reason, result.error))
                outcomes.append((result.job.display, "skipped"))
                continue
            try:
                prepared.append(_prepare(connection, database.path.parent, change, result, taken))
            except ChangedFileError as error:
                tally.skipped.append(skipped(result.job.display, error))
                outcomes.append((result.job.display, "skipped"))
                continue
            outcomes.append((result.job.display, change.outcome))
            if result.document.decoding.note:
                tally.noticed.append(Noticed(result.job.display, result.document.decoding))
        known = [_known_vectors(connection, item.document.doc_id, encoder.dim) for item in prepared]
    vectors = _encode(encoder, prepared, known, tally)
    with database.write() as connection:
        for item in prepared:
            _insert(connection, item, vectors, keys, tally)
            tally.counts[item.change.outcome] += 1
    return outcomes


def _prepare(connection: sqlite3.Connection, library: Path, change: Change, result: ReadResult, taken: set[str]) -> Prepared:
    assert result.document is not None
    doc_id = change.doc_id or _mint(connection, change, result.original, taken)
    document = replace(result.document, doc_id=doc_id)
    if not result.stored:
        originals.keep_file(library, result.job.path, result.original)
    passages = list(result.passages) if change.doc_id else passages_of(doc_id, result.passages)
    return Prepared(change, result, document, passages, [folded_sha256(passage.text) for passage in passages])


def _mint(connection: sqlite3.Connection, change: Change, original: str, taken: set[str]) -> str:
    """A new doc_id from the root's name, the path inside it and the first bytes' hash; another one when that is taken."""
    for attempt in count():
        seed = b"\0".join((os.path.basename(change.root.path), change.found.path, original.encode(), b"%d" % attempt))
        doc_id = hashlib.sha256(seed).hexdigest()[:16]
        if doc_id not in taken and connection.execute("SELECT 1 FROM versions WHERE doc_id = ?", (doc_id,)).fetchone() is None:
            break
    taken.add(doc_id)
    return doc_id


def _known_vectors(connection: sqlite3.Connection, doc_id: str, dim: int) -> Vectors16:
    """The vectors of the document's current version by the folded text they stand for: an edit encodes only what changed."""
    row = connection.execute("SELECT version_key FROM documents WHERE doc_id = ?", (doc_id,)).fetchone()
    if row is None:
        return {}
    vectors = vectors_of(connection, row[0], dim)
    texts = connection.execute("SELECT folded_sha256 FROM passages WHERE version_key = ? ORDER BY ordinal", row)
    return {folded: vector for (folded,), vector in zip(texts, vectors, strict=True)}


def _encode(encoder: Encoder, prepared: list[Prepared], known: list[Vectors16], tally: Tally) -> Vectors16:
    """A vector for every folded text of the batch; one met before, in the version before or in this batch, is not encoded again."""
    vectors = {folded: vector for of_document in known for folded, vector in of_document.items()}
    new: dict[bytes, str] = {}
    for item in prepared:
        new.update((folded, p.text) for folded, p in zip(item.folded, item.passages, strict=True) if folded not in vectors)
    if new:
        encoded = encoder.encode_passages(list(new.values())).astype(np.float16)
        vectors.update(zip(new, encoded, strict=True))
        tally.passages_encoded += len(new)
    return vectors


def _insert(connection: sqlite3.Connection, item: Prepared, vectors: Vectors16, keys: dict[bytes, int], tally: Tally) -> None:
    document, result, change = item.document, item.result, item.change
    old = connection.execute("SELECT version_key FROM documents WHERE doc_id = ?", (document.doc_id,)).fetchone()
    version_key = _version_key(connection, item, vectors, tally)
    mtime_ns = result.mtime_ns if change.found.mtime_ns else 0
    if old is None:
        connection.execute(
            "INSERT INTO documents (doc_id, root_key, path, state, size, mtime_ns, version_key, encoding)"
            " VALUES (?, ?, ?, 'present', ?, ?, ?, ?)",
            (document.doc_id, keys[change.root.path], change.found.path, result.size, mtime_ns, version_key, change.encoding),
        )
        log_version(connection, "add", version_key)
        return
    connection.execute(
        "UPDATE documents SET state = 'present', size = ?, mtime_ns = ?, version_key = ?, encoding = ? WHERE doc_id = ?",
        (result.size, mtime_ns, version_key, change.encoding, document.doc_id),
    )
    if version_key != old[0]:
        log_version(connection, "delete", old[0])
    log_version(connection, "add", version_key)


def _version_key(connection: sqlite3.Connection, item: Prepared, vectors: Vectors16, tally: Tally) -> int:
    """The key of the document's version, stored now unless an earlier edit left the same one."""
    document, result = item.document, item.result
    known = connection.execute(
        "SELECT version_key FROM versions WHERE doc_id = ? AND version = ?", (document.doc_id, document.version)
    ).fetchone()
    if known is not None:
        return int(known[0])
    originals.insert(connection, result.original, result.size, result.stored)
    row = version_row(document)
    added = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    cursor = connection.execute(
        "INSERT INTO versions (doc_id, version, original, published, description, structure, text, sha256, added)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.doc_id,
            document.version,
            result.original,
            document.published,
            row.description,
            row.structure,
            row.text,
            row.sha256,
            added,
        ),
    )
    version_key = int(cursor.lastrowid or 0)
    if document.boxes:
        boxes = packed_boxes(document.boxes)
        connection.execute(
            "INSERT INTO boxes (version_key, data, sha256) VALUES (?, ?, ?)", (version_key, boxes, hashlib.sha256(boxes).hexdigest())
        )
    connection.executemany(
        "INSERT INTO passages"
        " (passage_id, version_key, ordinal, spans, text, heading, section_id, page, n_tokens, folded_sha256, published)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                p.passage_id,
                version_key,
                p.ordinal,
                spans_text(p.spans),
                p.text,
                p.heading,
                p.section_id,
                p.page,
                p.n_tokens,
                folded,
                published,
            )
            for p, folded, published in zip(item.passages, item.folded, published_of(document, item.passages), strict=True)
        ],
    )
    named = zip(item.passages, dates_of(document, item.passages), strict=True)
    connection.executemany(
        "INSERT INTO passage_dates (passage_key, date) SELECT passage_key, ? FROM passages WHERE passage_id = ?",
        [(date, passage.passage_id) for passage, dates in named for date in dates],
    )
    if item.passages:
        insert_vectors(connection, version_key, np.stack([vectors[folded] for folded in item.folded]))
    tally.passages_added += len(item.passages)
    return version_key


def log_version(connection: sqlite3.Connection, operation: str, version_key: int) -> int:
    """Tell the derived indexes that every passage of a version came or went; how many passages."""
    query = "INSERT INTO log (operation, passage_id) SELECT ?, passage_id FROM passages WHERE version_key = ? ORDER BY ordinal"
    return connection.execute(query, (operation, version_key)).rowcount


def _root_keys(database: Database, changes: Changes) -> dict[bytes, int]:
    """The key of every root that takes part; new roots are stored."""
    roots: dict[bytes, Root] = {change.root.path: change.root for change in (*changes.to_read, *changes.to_mend)}
    new = [root for root in roots.values() if not root.key]
    if new:
        with database.write() as connection:
            connection.executemany("INSERT INTO roots (path, kind) VALUES (?, ?) ON CONFLICT DO NOTHING", [(r.path, r.kind) for r in new])
    with database.read() as connection:
        return {path: key for key, path in connection.execute("SELECT root_key, path FROM roots")}


def _mend(database: Database, changes: Changes, keys: dict[bytes, int], tally: Tally) -> tuple[str, ...]:
    """Renames, restored files, new times, missing files: rows only, nothing is read or encoded. Returns the missing paths."""
    if not (changes.to_mend or changes.missing):
        return ()
    with database.write() as connection:
        for change in changes.to_mend:
            _mend_one(connection, change)
            if change.outcome in tally.counts:
                tally.counts[change.outcome] += 1
        for _, document in changes.missing:
            row = connection.execute("SELECT version_key FROM documents WHERE doc_id = ?", (document.doc_id,)).fetchone()
            log_version(connection, "delete", row[0])
            connection.execute("UPDATE documents SET state = 'missing' WHERE doc_id = ?", (document.doc_id,))
    return tuple(display(root.absolute(document.path)) for root, document in changes.missing)


def _mend_one(connection: sqlite3.Connection, change: Change) -> None:
    state, version_key = connection.execute("SELECT state, version_key FROM documents WHERE doc_id = ?", (change.doc_id,)).fetchone()
    connection.execute(
        "UPDATE documents SET path = ?, size = ?, mtime_ns = ?, state = 'present' WHERE doc_id = ?",
        (change.found.path, change.found.size, change.found.mtime_ns, change.doc_id),
    )
    if state == "missing":
        log_version(connection, "add", version_key)
