"""library.sqlite, the only truth: its tables, its connections, and SQLite's failures in the words of `qa.errors`.

Every connection is in WAL mode with ``synchronous=FULL`` (a commit survives a power cut) and ``secure_delete=ON`` (freed pages are
zeroed). What a table's columns mean stands beside them. SQLite does not notice flipped bytes; the hashes that do are `verification`'s.

The format grows by numbered steps: a new library is made by all of them, an older one by those it lacks, in one transaction, after a copy.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from qa.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryFormatError,
    LibraryFullError,
    LibraryLockedError,
    LibraryReadOnlyError,
)

APPLICATION_ID = 0x43485543  # "CHUC"
BUSY_MS = 5_000  # how long a statement waits for another process's commit
IDLE_CONNECTIONS = 8

FORMAT_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE roots (                       -- what the user ingested: a folder that is synced, or a single file
    root_key INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,             -- absolute, os.fsencode
    kind TEXT NOT NULL CHECK (kind IN ('folder', 'file'))
);

CREATE TABLE documents (
    doc_key INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id TEXT NOT NULL UNIQUE,
    root_key INTEGER NOT NULL REFERENCES roots,
    path BLOB NOT NULL,                    -- inside its root, os.fsencode
    state TEXT NOT NULL CHECK (state IN ('present', 'missing', 'removed')),
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,             -- 0: too young to be trusted, hash it next time
    version_key INTEGER NOT NULL REFERENCES versions,  -- the current version
    UNIQUE (root_key, path)
);
CREATE INDEX documents_version ON documents (version_key);

CREATE TABLE versions (
    version_key INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id TEXT NOT NULL,
    version TEXT NOT NULL,
    original TEXT NOT NULL REFERENCES originals,
    published TEXT NOT NULL,               -- ISO prefix, for filters
    description TEXT NOT NULL,             -- JSON of the Document without text, blocks and sections
    structure TEXT NOT NULL,               -- JSON of its blocks and sections
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,                  -- of description, structure and text
    added TEXT NOT NULL,                   -- ISO time, UTC
    UNIQUE (doc_id, version)
);
CREATE INDEX versions_original ON versions (original);

CREATE TABLE passages (
    passage_key INTEGER PRIMARY KEY AUTOINCREMENT,
    passage_id TEXT NOT NULL UNIQUE,
    version_key INTEGER NOT NULL REFERENCES versions,
    ordinal INTEGER NOT NULL,
    spans TEXT NOT NULL,                   -- "12-40,57-80"
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    section_id TEXT NOT NULL,
    page TEXT NOT NULL,
    n_tokens INTEGER NOT NULL,
    folded_sha256 BLOB NOT NULL,           -- 16 bytes, of the folded text without white space: equal texts are one witness
    UNIQUE (version_key, ordinal)
);

CREATE TABLE vectors (                     -- up to 1,000 vectors of one version a row
    version_key INTEGER NOT NULL REFERENCES versions,
    first_ordinal INTEGER NOT NULL,
    data BLOB NOT NULL,                    -- (n, dim) float16, little endian
    sha256 TEXT NOT NULL,
    PRIMARY KEY (version_key, first_ordinal)
);

CREATE TABLE originals (
    sha256 TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    data BLOB                              -- zlib; NULL: in originals/
);

CREATE TABLE log (                         -- what derived indexes replay; no text
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL CHECK (operation IN ('add', 'delete')),
    passage_id TEXT NOT NULL
);
"""

FORMAT_2 = """
ALTER TABLE documents ADD COLUMN encoding TEXT NOT NULL DEFAULT '';  -- the codec that the user told for it; '': found by reading

ALTER TABLE passages ADD COLUMN published TEXT NOT NULL DEFAULT '';  -- ISO prefix, of its section; '': as its version
UPDATE passages SET published = dated.published
FROM (SELECT version_key, json_extract(value, '$.section_id') AS section_id, json_extract(value, '$.published') AS published
      FROM versions, json_each(structure, '$.sections')) AS dated
WHERE dated.version_key = passages.version_key AND dated.section_id = passages.section_id AND dated.published != '';

CREATE TABLE passage_dates (               -- what the text of a passage names, for filters; where it stands is in `structure`
    passage_key INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    date TEXT NOT NULL,                    -- ISO prefix
    PRIMARY KEY (passage_key, date)
) WITHOUT ROWID;

CREATE TABLE boxes (                       -- where the lines of a version stand on its pages; read only when a page is shown
    version_key INTEGER PRIMARY KEY REFERENCES versions ON DELETE CASCADE,
    data BLOB NOT NULL,                    -- as `rows.packed_boxes` writes it
    sha256 TEXT NOT NULL
);
"""

STEPS = (FORMAT_1, FORMAT_2)  # the n-th makes format n of format n - 1
SCHEMA_NUMBER = len(STEPS)

# Made with the first feedback, not with the library: one that nobody has spoken up in stays as it was, and so does its format. A
# program that knows nothing of these tables leaves them alone, and the trigger then erases for it what cites a version it erases.
FEEDBACK_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS feedback (
    feedback_id TEXT PRIMARY KEY,          -- the id of the answer it is about
    query TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    statement TEXT NOT NULL,               -- the first one of the answer
    given TEXT NOT NULL                    -- ISO time, UTC
)""",
    """CREATE TABLE IF NOT EXISTS feedback_citations (
    feedback_id TEXT NOT NULL REFERENCES feedback ON DELETE CASCADE,
    version_key INTEGER NOT NULL REFERENCES versions,
    passage_id TEXT NOT NULL,
    spans TEXT NOT NULL                    -- "12-40,57-80"
)""",
    "CREATE INDEX IF NOT EXISTS feedback_citations_feedback ON feedback_citations (feedback_id)",
    "CREATE INDEX IF NOT EXISTS feedback_citations_version ON feedback_citations (version_key)",
    """CREATE TRIGGER IF NOT EXISTS feedback_goes_with_what_it_cites BEFORE DELETE ON versions BEGIN
    DELETE FROM feedback WHERE feedback_id IN (SELECT feedback_id FROM feedback_citations WHERE version_key = OLD.version_key);
END""",
)

# The versions that are hidden and wait for their erasure: of removed documents, and those that `forget-old` has marked.
DOOMED = """SELECT versions.version_key FROM versions JOIN documents USING (doc_id) WHERE state = 'removed'
            UNION SELECT CAST(substr(name, 8) AS INTEGER) FROM meta WHERE name LIKE 'forget:%'"""


class Database:
    """Connections to one library.sqlite: any number of readers with a snapshot each, one writer at a time.

    Thread safe: a connection is borrowed for one block and returned with its transaction ended.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        """Open, or create when absent and writable. `read_only` writes nothing at all, not even SQLite's side files."""
        self.path = path
        self.read_only = read_only
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        with self._borrowed() as connection:
            if not read_only:
                self._create_or_check(connection)
            else:
                _check_format(connection)
                _check_age(connection, path.parent)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one read snapshot."""
        with self._borrowed() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: committed at the end of the block, rolled back when it raises."""
        if self.read_only:
            raise LibraryReadOnlyError(
                f"the library in {self.path.parent} is open for reading only; open it from a place that may be written",
                about=self.path.parent,
            )
        with self._borrowed() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @property
    def is_older(self) -> bool:
        """Whether `upgrade` must run before anything else is asked of it."""
        with self.read() as connection:
            return _number(connection) < SCHEMA_NUMBER

    def upgrade(self) -> None:
        """Bring an older library to today's format, after a copy; killed anywhere, it is the old one or the new one.

        Only the lock's holder may call this: another process may have done it meanwhile, and then there is nothing to do.
        """
        with self._borrowed() as connection:
            number = _number(connection)
            if number == SCHEMA_NUMBER:
                return
            _copy(connection, older_copy(self.path.parent, number))
            connection.executescript(f"BEGIN IMMEDIATE; {''.join(STEPS[number:])} PRAGMA user_version={SCHEMA_NUMBER}; COMMIT;")

    def checkpoint(self) -> bool:
        """Move everything from the write-ahead log into the database and empty it. False when a reader is in the way."""
        with self._borrowed() as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with in_our_words(self.path):
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                connection = self._connect()
            try:
                yield connection
            except sqlite3.Error:
                connection.close()  # whatever state it is in, nobody meets it again
                raise
            except BaseException:
                self._give_back(connection)
                raise
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if self._idle.qsize() < IDLE_CONNECTIONS:
            self._idle.put(connection)
        else:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        # "immutable" lets SQLite read a WAL database from a disk on which it may not create its side files.
        options = "?mode=ro&immutable=1" if self.read_only else "?mode=rwc"
        uri = "file:" + quote(str(self.path)) + options
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        connection.executescript("PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL;")
        return connection

    def _create_or_check(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            _check_format(connection)
            return
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            f"BEGIN IMMEDIATE; {''.join(STEPS)} PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_NUMBER}; COMMIT;"
        )


def _check_format(connection: sqlite3.Connection) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    number = _number(connection)
    if application != APPLICATION_ID:
        raise LibraryFormatError("library.sqlite was not made by Chuchu; name another folder with --library")
    if number > SCHEMA_NUMBER:
        raise LibraryFormatError(f"this library has format {number}, this Chuchu reads up to {SCHEMA_NUMBER}; install a newer Chuchu")


def _check_age(connection: sqlite3.Connection, library: Path) -> None:
    if (number := _number(connection)) < SCHEMA_NUMBER:
        raise LibraryFormatError(
            f"the library in {library} has format {number} and must be brought to format {SCHEMA_NUMBER} before it is read;"
            " open it once where it may be written, a copy of its folder will do"
        )


def _number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def older_copy(library: Path, number: int) -> Path:
    """Where the library of an older format is kept when it is upgraded."""
    return library / f"library.format-{number}.sqlite"


def forget_older_copies(library: Path) -> int:
    """Delete what upgrades have kept, half-made copies too; how many."""
    copies = list(library.glob("library.format-*"))
    for copy in copies:
        copy.unlink(missing_ok=True)
    return len(copies)


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    """The whole database with what its write-ahead log holds, durably, under a name that stands for a whole copy only."""
    aside = target.with_suffix(".part")
    aside.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(aside)) as copy:
            connection.backup(copy)
    except sqlite3.Error:
        aside.unlink(missing_ok=True)
        raise
    with aside.open("rb") as written:
        os.fsync(written.fileno())
    aside.replace(target)


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, each with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.Error, path: Path) -> LibraryError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code
    where = path.parent
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and "disk" in str(error).lower() and _is_full(where)):
        why = f"the disk of {where} is full; make room and run the same command again, nothing done before is lost"
        return LibraryFullError(why, about=where)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LibraryLockedError(f"another process is writing to the library in {where}; wait until it has finished", about=where)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return LibraryReadOnlyError(f"the library in {where} cannot be written; check the permissions of the folder", about=where)
    if code == sqlite3.SQLITE_CANTOPEN:
        why = f"the library in {where} cannot be opened; check that the folder exists and may be read and written"
        return LibraryReadOnlyError(why, about=where)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryDamagedError(
            f"library.sqlite in {where} is damaged; restore it from a backup, or ingest the documents into a new library", about=where
        )
    return LibraryError(f"the database in {where} failed: {error}", about=error)


def _is_full(folder: Path) -> bool:
    import shutil

    return shutil.disk_usage(folder).free < 1 << 20
