"""The bytes every document was read from: up to 16 MB inside the database, larger ones in `originals/` by their sha256.

A large file is written and fsynced before the commit that names it, and swept, under the library's lock, when no version names it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import zlib
from pathlib import Path

from qa.errors import ChangedFileError, LibraryDamagedError, NotInLibraryError

FOLDER = "originals"


def file_of(library: Path, sha256: str) -> Path:
    """Where a large original lies."""
    return library / FOLDER / sha256[:2] / sha256


def keep_file(library: Path, source: bytes, sha256: str) -> None:
    """Copy a large file into the library, durably. ChangedFileError when its bytes are no longer those that were read."""
    target = file_of(library, sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".part")
    try:
        with open(source, "rb") as reader, aside.open("wb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            writer.flush()
            os.fsync(writer.fileno())
    except FileNotFoundError as error:
        raise ChangedFileError("vanished while it was read; run the same command again") from error
    with aside.open("rb") as copied:
        if hashlib.file_digest(copied, "sha256").hexdigest() != sha256:
            aside.unlink()
            raise ChangedFileError("changed while it was read; run the same command again")
    aside.replace(target)
    _sync_folder(target.parent)


def insert(connection: sqlite3.Connection, sha256: str, size: int, stored: bytes) -> None:
    """Name an original in the database. stored: its zlib bytes, or empty when `keep_file` has it."""
    row = (sha256, size, stored or None)
    connection.execute("INSERT INTO originals (sha256, size, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row)


def read(connection: sqlite3.Connection, library: Path, sha256: str) -> bytes:
    """The original's bytes, checked against their hash. NotInLibraryError, LibraryDamagedError."""
    row = connection.execute("SELECT data FROM originals WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise NotInLibraryError(f"no original {sha256} in this library", about=sha256)
    try:
        data = file_of(library, sha256).read_bytes() if row[0] is None else zlib.decompress(row[0])
    except (OSError, zlib.error) as error:
        raise LibraryDamagedError(f"the original {sha256[:12]}… cannot be read back: {error}", about=sha256) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise LibraryDamagedError(f"the original {sha256[:12]}… does not match its hash", about=sha256)
    return data


def forget_unnamed(connection: sqlite3.Connection) -> int:
    """Delete the rows that no version names; how many."""
    query = "DELETE FROM originals WHERE sha256 NOT IN (SELECT original FROM versions)"
    return connection.execute(query).rowcount


def sweep(connection: sqlite3.Connection, library: Path) -> int:
    """Delete the files that no row names, half-copied ones too; how many. Only the holder of the library's lock may call this."""
    named = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM originals WHERE data IS NULL")}
    swept = 0
    for file in (library / FOLDER).glob("??/*"):
        if file.name not in named:
            file.unlink(missing_ok=True)
            swept += 1
    return swept


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every file system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
