"""The library as the rest of `qa` sees it: what is in it, read in snapshots, and the few ways to change it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from qa.errors import (
    AmbiguousNameError,
    EncoderMismatchError,
    LibraryFullError,
    LibraryLockedError,
    LibraryNotFoundError,
    LibraryReadOnlyError,
    NotInLibraryError,
)
from qa.library import feedback, ingest, originals, removal, sync, verification
from qa.library.analysing import Analyse
from qa.library.database import Database
from qa.library.derived import DerivedIndex, catch_up, log_position
from qa.library.rows import PASSAGE_COLUMNS, VersionRow, boxes_of, description_of, document_of, passage_of, vectors_of
from qa.reading import is_current_reader
from qa.records import (
    Answer,
    Box,
    Document,
    DocumentInfo,
    Feedback,
    Filters,
    IngestReport,
    Passage,
    RemovalReceipt,
    SyncPlan,
    Verdict,
    VerifyReport,
)

DATABASE = "library.sqlite"
LOCK = "lock"


class Library:
    """One folder on disk. Reading methods may be called from any thread; the changing ones take the library's lock."""

    def __init__(self, folder: str | Path, encoder: Encoder, *, read_only: bool = False) -> None:
        """Open the library, or make it where there is none. EncoderMismatchError when its vectors are another encoder's."""
        self.folder = Path(folder).absolute()
        self.read_only = read_only or (self.folder.exists() and not _is_writable(self.folder))
        if self.read_only and not (self.folder / DATABASE).exists():
            why = f"there is no library in {self.folder}; `chuchu ingest FOLDER --library …` makes one"
            raise LibraryNotFoundError(why, about=self.folder)
        if not self.read_only:
            _make_folder(self.folder)
        self._encoder = encoder
        self._thread = threading.RLock()
        self._file_lock = FileLock(self.folder / LOCK, timeout=0, thread_local=False)
        self._database = Database(self.folder / DATABASE, read_only=self.read_only)
        if not self.read_only and self._database.is_older:
            with self.writing():
                self._database.upgrade()
        self._parsed = lru_cache(maxsize=64)(document_of_columns)
        self._check_encoder()

    # reading

    def documents(self) -> list[DocumentInfo]:
        """Every document that is present or missing, by path."""
        return sorted(self._infos("state != 'removed' AND versions.version_key = documents.version_key", ()), key=lambda info: info.path)

    def info(self, doc_id: str, version: str = "") -> DocumentInfo:
        """One document, at its current version or the one named. NotInLibraryError."""
        condition = "doc_id = ? AND state != 'removed' AND " + (
            "version = ?" if version else "versions.version_key = documents.version_key"
        )
        for info in self._infos(condition, (doc_id, version) if version else (doc_id,)):
            return info
        raise _unknown(doc_id, version)

    def versions(self, doc_id: str) -> list[DocumentInfo]:
        """Every version of a document that is kept, the one read last first. NotInLibraryError."""
        infos = list(self._infos("doc_id = ? AND state != 'removed' ORDER BY versions.version_key DESC", (doc_id,)))
        if not infos:
            raise _unknown(doc_id, "")
        return infos

    def find(self, name: str) -> DocumentInfo:
        """The document whose id this is or begins with, or whose file has this path. NotInLibraryError, AmbiguousNameError."""
        path = os.path.abspath(os.fsencode(name))
        query = "SELECT doc_id, roots.path, kind, documents.path FROM documents JOIN roots USING (root_key) WHERE state != 'removed'"
        with self._database.read() as connection:
            rows = connection.execute(query).fetchall()
        found = [
            doc_id for doc_id, root, kind, inside in rows if doc_id.startswith(name) or sync.Root(0, root, kind).absolute(inside) == path
        ]
        if len(found) > 1:
            raise AmbiguousNameError(f"{len(found)} documents have ids that begin with {name}; give more of it", about=name)
        if not found:
            raise NotInLibraryError(f"no document {name} in this library; `chuchu library list` shows them all", about=name)
        return self.info(found[0])

    def document(self, doc_id: str, version: str = "") -> Document:
        """The stored text and structure, re-hashed; old versions too; without boxes. NotInLibraryError, LibraryDamagedError."""
        query = """SELECT description, structure, text, sha256, roots.path, roots.kind, documents.path
                   FROM versions JOIN documents USING (doc_id) JOIN roots USING (root_key)
                   WHERE doc_id = ? AND state != 'removed' AND """ + (
            "version = ?" if version else "versions.version_key = documents.version_key"
        )
        with self._database.read() as connection:
            row = connection.execute(query, (doc_id, version) if version else (doc_id,)).fetchone()
        if row is None:
            raise _unknown(doc_id, version)
        *columns, root, kind, path = row
        return self._parsed(VersionRow(*columns), sync.display(sync.Root(0, root, kind).absolute(path)), doc_id)

    def boxes(self, doc_id: str, version: str = "") -> tuple[Box, ...]:
        """Where the document's lines stand on its pages; () for formats without pages. NotInLibraryError, LibraryDamagedError."""
        query = """SELECT data, boxes.sha256 FROM versions JOIN documents USING (doc_id)
                   LEFT JOIN boxes ON boxes.version_key = versions.version_key
                   WHERE doc_id = ? AND state != 'removed' AND (version = ? OR (? = '' AND versions.version_key = documents.version_key))"""
        with self._database.read() as connection:
            row = connection.execute(query, (doc_id, version, version)).fetchone()
        if row is None:
            raise _unknown(doc_id, version)
        return boxes_of(*row) if row[0] is not None else ()

    def original(self, doc_id: str, version: str = "") -> bytes:
        """The bytes the document was read from, checked against their hash. NotInLibraryError, LibraryDamagedError."""
        query = """SELECT original FROM versions JOIN documents USING (doc_id) WHERE doc_id = ? AND state != 'removed'
                   AND (version = ? OR (? = '' AND versions.version_key = documents.version_key))"""
        with self._database.read() as connection:
            row = connection.execute(query, (doc_id, version, version)).fetchone()
            if row is None:
                raise _unknown(doc_id, version)
            return originals.read(connection, self.folder, row[0])

    def passages(self, doc_id: str, version: str = "") -> list[Passage]:
        """The passages of a document, in order. NotInLibraryError."""
        wanted = self.info(doc_id, version).version
        query = (
            f"SELECT {PASSAGE_COLUMNS} FROM passages JOIN versions USING (version_key) WHERE doc_id = ? AND version = ? ORDER BY ordinal"
        )
        with self._database.read() as connection:
            return [passage_of(row) for row in connection.execute(query, (doc_id, wanted))]

    def passage(self, passage_id: str) -> Passage:
        """A passage, searchable or not, of a document that is not removed. NotInLibraryError."""
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages JOIN versions USING (version_key) JOIN documents USING (doc_id)
                    WHERE passage_id = ? AND state != 'removed'"""
        with self._database.read() as connection:
            row = connection.execute(query, (passage_id,)).fetchone()
        if row is None:
            raise NotInLibraryError(f"no passage {passage_id} in this library", about=passage_id)
        return passage_of(row)

    def searchable(self, passage_ids: Sequence[str], filters: Filters = Filters()) -> dict[str, Passage]:
        """The passages among these that may be shown: of current versions of present documents, through the filters; one snapshot."""
        condition, values = _filter_condition(filters)
        rows = self._of_passages(f"{PASSAGE_COLUMNS}", passage_ids, condition, values)
        return {row[0]: passage_of(row) for row in rows}

    def filtered_ids(self, filters: Filters) -> set[str]:
        """Every searchable passage that the filters let through."""
        condition, values = _filter_condition(filters)
        with self._database.read() as connection:
            return {row[0] for row in connection.execute(f"SELECT passage_id FROM {_JOINED} WHERE {condition}", values)}

    def text_hashes(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """passage_id -> hash of its folded text; equal texts are one witness."""
        return dict(self._of_passages("passage_id, hex(folded_sha256)", passage_ids, "1", ()))

    def vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        """passage_id -> its stored vector, (dim,) float16."""
        rows = self._of_passages("passage_id, passages.version_key, ordinal", passage_ids, "1", ())
        found = {}
        with self._database.read() as connection:
            whole = {key: vectors_of(connection, key, self._encoder.dim) for key in {row[1] for row in rows}}
        for passage_id, key, ordinal in rows:
            if ordinal < len(whole[key]):
                found[passage_id] = whole[key][ordinal]
        return found

    def position(self) -> int:
        """The log's last sequence number: it grows with every change that a search could see."""
        with self._database.read() as connection:
            return log_position(connection)

    def roots(self) -> list[tuple[str, int, bool]]:
        """(path for display, documents from it, whether it can be reached now) of every root."""
        query = """SELECT roots.path, count(doc_key) FROM roots
                   LEFT JOIN documents ON documents.root_key = roots.root_key AND state != 'removed'
                   GROUP BY roots.root_key ORDER BY roots.path"""
        with self._database.read() as connection:
            return [(sync.display(path), count, os.path.exists(path)) for path, count in connection.execute(query)]

    def feedback(self) -> list[Feedback]:
        """What readers said of answers, oldest first; not what cites a removed document."""
        with self._database.read() as connection:
            return feedback.every(connection)

    # changing

    def plan(self, paths: Sequence[str | bytes | Path], encoding: str | None = None) -> SyncPlan:
        """What `ingest` would do now."""
        with self._database.read() as connection:
            return sync.find_changes(connection, paths, is_current_reader, encoding).plan()

    def ingest(self, paths: Sequence[str | bytes | Path], progress: ingest.Progress, encoding: str | None = None) -> IngestReport:
        """Add or refresh files and folders. Interrupted, what was reported done is there.

        encoding: a codec (`qa.reading.decoding.told_codec`) to read these files with, now and whenever they are read again; "" forgets
        what was told before; None leaves it.
        """
        with self.writing():
            with self._database.read() as connection:
                originals.sweep(connection, self.folder)
                changes = sync.find_changes(connection, paths, is_current_reader, encoding)
            try:
                return ingest.apply_changes(self._database, self._encoder, changes, progress)
            except OSError as error:
                raise _full_or_same(error, self.folder) from error

    def remove(self, doc_ids: Sequence[str]) -> RemovalReceipt:
        """Step one of a removal: hidden at once. `erase` must follow."""
        with self.writing():
            return removal.hide(self._database, doc_ids)

    def forget_old(self) -> RemovalReceipt:
        """Mark every version that is not the current one for `erase`."""
        with self.writing():
            return removal.hide_old_versions(self._database)

    def erase(self, receipt: RemovalReceipt, indexes: Sequence[DerivedIndex], index_terms: Analyse) -> RemovalReceipt:
        """Step two: rows, feedback, originals, upload copies, then a new generation of every derived index. Says when it must wait."""
        with self.writing():
            erased = removal.erase(self._database, self.folder, receipt)
            self._parsed.cache_clear()
            for index in indexes:
                catch_up(self._database, index, index_terms, self._encoder.dim, rebuild=True)
            return replace(erased, pending="" if removal.finish(self._database) else removal.WAITING)

    @property
    def erasure_pending(self) -> bool:
        """Whether an earlier removal still has to be finished."""
        return removal.is_pending(self._database)

    def add_feedback(self, answer: Answer, verdict: Verdict) -> Feedback:
        """Keep what a reader says of an answer, instead of what was said of it before.

        It needs no lock: one transaction, which no index follows, so it never waits for an ingest. NotInLibraryError when what the answer
        cites has been removed; ValueError for an answer to a query without a word.
        """
        given = feedback.of_answer(answer, verdict)
        with self._database.write() as connection:
            feedback.put(connection, given)
        return given

    def drop_feedback(self, feedback_ids: Sequence[str]) -> int:
        """Erase feedback; how much there was. Ids that are not there are left alone."""
        with self._database.write() as connection:
            dropped = feedback.drop(connection, feedback_ids)
        self._database.checkpoint()
        return dropped

    def move_root(self, old: str | bytes | Path, new: str | bytes | Path) -> None:
        """Tell the library that a root lies elsewhere now. NotInLibraryError for an unknown one."""
        before, after = (os.path.abspath(os.fsencode(path)) for path in (old, new))
        with self.writing(), self._database.write() as connection:
            if connection.execute("SELECT 1 FROM roots WHERE path = ?", (after,)).fetchone():
                raise ValueError(f"{sync.display(after)} is a root of this library already")
            if not connection.execute("UPDATE roots SET path = ? WHERE path = ?", (after, before)).rowcount:
                name = sync.display(before)
                raise NotInLibraryError(f"{name} is not a root of this library; `chuchu library root list` shows them all", about=name)

    def missing(self, paths: Sequence[str | bytes | Path]) -> list[str]:
        """The doc_ids of the missing documents of these roots, or under these folders."""
        wanted = [os.path.abspath(os.fsencode(path)) for path in paths]
        query = """SELECT doc_id, roots.path, kind, documents.path FROM documents JOIN roots USING (root_key) WHERE state = 'missing'"""
        with self._database.read() as connection:
            rows = [(doc_id, sync.Root(0, root, kind).absolute(path)) for doc_id, root, kind, path in connection.execute(query)]
        return [doc_id for doc_id, path in rows if any(path == one or sync.is_inside(path, one) for one in wanted)]

    def catch_up(self, index: DerivedIndex, index_terms: Analyse) -> None:
        """Bring a derived index to the end of the log. The caller holds the lock, or the index writes nothing."""
        catch_up(self._database, index, index_terms, self._encoder.dim)

    def verify(self, indexes: Sequence[DerivedIndex]) -> VerifyReport:
        """Check every hash, span and derived index."""
        return verification.verify(self._database, self.folder, indexes, self._encoder.dim)

    @contextmanager
    def writing(self, *, wait: bool = True) -> Iterator[None]:
        """Hold the library's lock. LibraryLockedError at once when another process holds it.

        Threads of this process wait their turn, unless wait is False: then they too get the error.
        """
        if self.read_only:
            why = f"the library in {self.folder} cannot be written here; open it from a place that may be written"
            raise LibraryReadOnlyError(why, about=self.folder)
        why = f"another process is writing to the library in {self.folder}; wait until it has finished"
        locked = LibraryLockedError(why, about=self.folder)
        if not self._thread.acquire(blocking=wait):
            raise locked
        try:
            try:
                self._file_lock.acquire()
            except Timeout as error:
                raise locked from error
            try:
                yield
            finally:
                self._file_lock.release()
        finally:
            self._thread.release()

    def close(self) -> None:
        self._database.close()

    def _check_encoder(self) -> None:
        with self._database.read() as connection:
            built_with = dict(connection.execute("SELECT name, value FROM meta")).get("encoder")
        if built_with is None and not self.read_only:
            with self._database.write() as connection:
                connection.execute("INSERT INTO meta VALUES ('encoder', ?) ON CONFLICT DO NOTHING", (self._encoder.fingerprint,))
        elif built_with != self._encoder.fingerprint:
            self.close()
            raise EncoderMismatchError(
                f"the library in {self.folder} was built with the encoder {built_with}, not with {self._encoder.fingerprint};"
                " name that one with --encoder, or ingest the documents into a new library",
                about=built_with,
            )

    def _infos(self, condition: str, values: Sequence[str]) -> Iterator[DocumentInfo]:
        query = f"""SELECT description, state, length(text), added, roots.path, roots.kind, documents.path,
                      (SELECT count(*) FROM passages WHERE passages.version_key = versions.version_key),
                      (SELECT count(*) FROM versions AS all_versions WHERE all_versions.doc_id = versions.doc_id)
                    FROM versions JOIN documents USING (doc_id) JOIN roots USING (root_key) WHERE {condition}"""
        with self._database.read() as connection:
            rows = connection.execute(query, values).fetchall()
        for description, state, n_characters, added, root, kind, path, n_passages, n_versions in rows:
            d = description_of(description)
            yield DocumentInfo(
                doc_id=d.doc_id,
                version=d.version,
                path=sync.display(sync.Root(0, root, kind).absolute(path)),
                title=d.title,
                authors=d.authors,
                publication=d.publication,
                issue=d.issue,
                published=d.published,
                media_type=d.media_type,
                reader=d.reader,
                decoding=d.decoding,
                script=d.script,
                state=state,
                n_characters=n_characters,
                n_passages=n_passages,
                n_versions=n_versions,
                root=sync.display(root),
                added=added,
            )

    def _of_passages(self, columns: str, passage_ids: Sequence[str], condition: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
        """Columns of the searchable passages among these that fulfil the condition. The ids travel as one JSON value."""
        query = f"SELECT {columns} FROM {_JOINED} WHERE {condition} AND passage_id IN (SELECT value FROM json_each(?))"
        with self._database.read() as connection:
            return connection.execute(query, (*values, json.dumps(list(passage_ids)))).fetchall()


_JOINED = "passages JOIN versions USING (version_key) JOIN documents ON documents.version_key = passages.version_key AND state = 'present'"


_PUBLISHED = "iif(passages.published = '', versions.published, passages.published)"  # an article's own date comes first


def document_of_columns(row: VersionRow, path: str, doc_id: str) -> Document:
    """`rows.document_of` in a form that a cache can hold: a row never changes under one hash."""
    return document_of(row, path=path, where=f"document {doc_id}")


def _filter_condition(filters: Filters) -> tuple[str, list[str]]:
    """SQL and its values. An ISO prefix stands for its whole period: "2022" from its first day, to its last."""
    conditions, values = ["1"], []
    if filters.documents:
        conditions.append("versions.doc_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(filters.documents)))
    if filters.published_from or filters.published_to:
        condition, period = _in_period(_PUBLISHED, filters.published_from, filters.published_to)
        conditions.append(condition)
        values += period
    if filters.dated_from or filters.dated_to:
        published, period = _in_period(_PUBLISHED, filters.dated_from, filters.dated_to)
        named, _ = _in_period("date", filters.dated_from, filters.dated_to)
        of_passage = "SELECT 1 FROM passage_dates WHERE passage_dates.passage_key = passages.passage_key"
        conditions.append(f"({published} OR EXISTS ({of_passage} AND {named}))")
        values += period * 2
    return " AND ".join(conditions), values


def _in_period(column: str, start: str, end: str) -> tuple[str, list[str]]:
    """SQL and its values: whether the period that an ISO prefix stands for meets the one from start to end; "" is open."""
    conditions, values = [f"{column} != ''"], []
    if start:
        conditions.append(f"{column} >= substr(?, 1, length({column}))")
        values.append(start)
    if end:
        conditions.append(f"substr({column}, 1, ?) <= ?")
        values += [str(len(end)), end]
    return f"({' AND '.join(conditions)})", values


def _unknown(doc_id: str, version: str) -> NotInLibraryError:
    what = f"version {version[:12]}… of document {doc_id}" if version else f"document {doc_id}"
    return NotInLibraryError(f"no {what} in this library; `chuchu library list` shows them all", about=doc_id)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryNotFoundError(
            f"the library folder {folder} cannot be made ({error.strerror}); name another one with --library", about=folder
        ) from error


def _is_writable(folder: Path) -> bool:
    """Whether files can be made here: asked of the file system, because permissions do not tell of read-only disks."""
    if not os.access(folder, os.W_OK):
        return False
    return not os.statvfs(folder).f_flag & os.ST_RDONLY


def _full_or_same(error: OSError, folder: Path) -> Exception:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        why = f"the disk of {folder} is full; make room and run the same command again, nothing done before is lost"
        return LibraryFullError(why, about=folder)
    return error
