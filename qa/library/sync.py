"""What an ingest would do: the roots, the files in them, and how they differ from what the library knows.

Nothing here writes. A root is a folder, synced as a whole, or a single file. A folder inside a known root belongs to that root; a known
root inside a folder keeps its own documents. Nothing is ever called missing because a root cannot be reached or has turned up empty.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from qa.errors import ChuchuError, NotAFileError, RootUnavailableError, UnreachableFileError
from qa.records import Skipped, SyncPlan

YOUNG_NS = 2_000_000_000  # a file changed this recently may change again within the clock's tick: its time is not trusted
Outcome = Literal["added", "updated", "renamed", "restored"]


@dataclass(frozen=True, slots=True)
class Root:
    """A place the library was told to read. key 0: not in the library yet."""

    key: int
    path: bytes
    kind: Literal["folder", "file"]

    def absolute(self, inside: bytes) -> bytes:
        return self.path if self.kind == "file" else os.path.join(self.path, inside)


@dataclass(frozen=True, slots=True)
class Known:
    """A document of a root as the library knows it."""

    doc_id: str
    path: bytes  # inside the root
    state: str
    size: int
    mtime_ns: int
    original: str
    reader: str
    encoding: str  # the codec that the user told for it; "" when it is found by reading


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the walk found it."""

    path: bytes  # inside the root
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Change:
    """One file to read ("added", "updated") or one row to mend ("renamed", "restored", and times that changed without the bytes)."""

    root: Root
    found: Found
    outcome: Outcome | Literal["touched"]
    doc_id: str = ""  # "" for a file never seen
    encoding: str = ""  # to read it with; "" when that is found by reading


@dataclass
class Changes:
    """Everything an ingest has to do, over all roots."""

    to_read: list[Change] = field(default_factory=list)
    to_mend: list[Change] = field(default_factory=list)
    missing: list[tuple[Root, Known]] = field(default_factory=list)
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    def plan(self) -> SyncPlan:
        """For `--dry-run`."""

        def paths(outcome: str) -> tuple[str, ...]:
            return tuple(display(c.root.absolute(c.found.path)) for c in (*self.to_read, *self.to_mend) if c.outcome == outcome)

        return SyncPlan(
            paths("added"),
            paths("updated"),
            paths("renamed"),
            paths("restored"),
            tuple(display(root.absolute(known.path)) for root, known in self.missing),
            self.unchanged,
            tuple(self.skipped),
        )


def display(path: bytes) -> str:
    """The path for a person to read; bytes that are not UTF-8 become U+FFFD."""
    return path.decode("utf-8", "replace")


def skipped(path: str, error: ChuchuError) -> Skipped:
    """The path, for display, with the reason why nothing was read there."""
    return Skipped(path, str(error), type(error).__name__)


def find_changes(
    connection: sqlite3.Connection,
    paths: Sequence[str | bytes | Path],
    is_current_reader: Callable[[str], bool],
    encoding: str | None = None,
) -> Changes:
    """Compare each path with what the library knows. A path that cannot be used becomes one `Skipped`.

    encoding: the codec that the user tells for these files, "" to forget what was told before; None: as it was told for each.
    """
    changes = Changes()
    roots = [Root(*row) for row in connection.execute("SELECT root_key, path, kind FROM roots")]
    for path in dict.fromkeys(os.path.abspath(os.fsencode(path)) for path in paths):
        _compare(connection, path, roots, changes, is_current_reader, encoding)
    return changes


def _compare(
    connection: sqlite3.Connection,
    path: bytes,
    roots: list[Root],
    changes: Changes,
    is_current_reader: Callable[[str], bool],
    encoding: str | None,
) -> None:
    owner = next((root for root in roots if root.path == path), None) or _around(path, roots)
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        changes.skipped.append(skipped(display(path), _unreachable(owner, error)))
        return
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        changes.skipped.append(skipped(display(path), NotAFileError("neither a file nor a folder; name a file or a folder")))
        return
    if owner is None:
        owner = Root(0, path, "folder" if stat.S_ISDIR(mode) else "file")
        roots.append(owner)
    part = b"" if owner.path == path else os.path.relpath(path, owner.path)
    inner = [root for root in roots if root is not owner and is_inside(root.path, owner.path)]
    found = list(_files(owner, part, {root.path for root in inner}, changes.skipped))
    known = [document for document in _known(connection, owner) if not part or document.path == part or is_inside(document.path, part)]
    present = [document for document in known if document.state == "present"]
    if stat.S_ISDIR(mode) and not found and present:
        reason = (
            f"is empty, though {len(present)} documents came from it; if its disk is unplugged, plug it in;"
            " if they are gone for good, remove them with `chuchu library remove`"
        )
        changes.skipped.append(skipped(display(path), RootUnavailableError(reason)))
        return
    _classify(owner, found, known, changes, is_current_reader, encoding)
    for root in inner:
        if is_inside(root.path, path):
            _compare(connection, root.path, roots, changes, is_current_reader, encoding)


def _classify(
    owner: Root,
    found: list[Found],
    known: list[Known],
    changes: Changes,
    is_current_reader: Callable[[str], bool],
    encoding: str | None,
) -> None:
    by_path = {document.path: document for document in known}
    gone = {document.path: document for document in known}
    new: list[Found] = []
    for file in found:
        document = by_path.get(file.path)
        if document is None:
            new.append(file)
            continue
        del gone[file.path]
        same_stat = (file.size, file.mtime_ns) == (document.size, document.mtime_ns)
        trusted = same_stat and file.mtime_ns != 0  # 0: too young, then and now; the times may differ
        same_bytes = trusted or (file.size == document.size and _sha256(owner.absolute(file.path)) == document.original)
        told = document.encoding if encoding is None else encoding
        if not (same_bytes and is_current_reader(document.reader) and told == document.encoding):
            changes.to_read.append(Change(owner, file, "updated", document.doc_id, told))
        elif document.state == "missing":
            changes.to_mend.append(Change(owner, file, "restored", document.doc_id))
        elif same_stat:
            changes.unchanged += 1
        else:
            changes.unchanged += 1
            changes.to_mend.append(Change(owner, file, "touched", document.doc_id))
    renamed = _renames(owner, new, gone)
    for file in new:
        old = renamed.get(file.path)
        if old is None:
            changes.to_read.append(Change(owner, file, "added", encoding=encoding or ""))
        else:
            del gone[old.path]
            changes.to_mend.append(Change(owner, file, "renamed", old.doc_id))
            if encoding is not None and encoding != old.encoding:
                changes.to_read.append(Change(owner, file, "updated", old.doc_id, encoding))
    changes.missing.extend((owner, document) for document in gone.values() if document.state == "present")


def _renames(owner: Root, new: list[Found], gone: dict[bytes, Known]) -> dict[bytes, Known]:
    """New files that hold the bytes of a file that has gone. Hashes only files whose size says it may be so."""
    by_original: dict[str, list[Known]] = {}
    for document in gone.values():
        by_original.setdefault(document.original, []).append(document)
    sizes = {document.size for document in gone.values()}
    renamed = {}
    for file in new:
        if file.size in sizes:
            candidates = by_original.get(_sha256(owner.absolute(file.path)), [])
            if candidates:
                renamed[file.path] = candidates.pop(0)
    return renamed


def _files(root: Root, part: bytes, elsewhere: set[bytes], left_out: list[Skipped]) -> Iterator[Found]:
    """The regular files of a root, or of one folder or file inside it, in the order of their names. Hidden ones are left out."""
    now = time.time_ns()
    if root.kind == "file":
        status = os.stat(root.path)
        yield _found(os.path.basename(root.path), status, now)
        return
    start = os.path.join(root.path, part)
    if not os.path.isdir(start):
        yield _found(part, os.stat(start), now)
        return
    folders = [start]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            why = f"the folder cannot be read ({error.strerror}); check its permissions"
            left_out.append(skipped(display(folder), UnreachableFileError(why)))
            continue
        for entry in entries:
            if entry.name.startswith(b".") or entry.path in elsewhere:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_symlink() and entry.is_dir():
                    why = "a link to a folder is not followed; ingest that folder itself"
                    left_out.append(skipped(display(entry.path), NotAFileError(why)))
                elif entry.is_file():
                    yield _found(os.path.relpath(entry.path, root.path), entry.stat(), now)
                else:
                    why = "neither a file nor a folder, or a link that leads nowhere"
                    left_out.append(skipped(display(entry.path), NotAFileError(why)))
            except OSError as error:
                why = f"cannot be looked at ({error.strerror}); check the link or its permissions"
                left_out.append(skipped(display(entry.path), UnreachableFileError(why)))


def _found(path: bytes, status: os.stat_result, now: int) -> Found:
    return Found(path, status.st_size, 0 if now - status.st_mtime_ns < YOUNG_NS else status.st_mtime_ns)


def _known(connection: sqlite3.Connection, root: Root) -> list[Known]:
    query = """SELECT documents.doc_id, path, state, size, mtime_ns, original, json_extract(description, '$.reader'), encoding
               FROM documents JOIN versions USING (version_key) WHERE root_key = ? AND state != 'removed'"""
    return [Known(*row) for row in connection.execute(query, (root.key,))]


def _around(path: bytes, roots: list[Root]) -> Root | None:
    """The innermost known folder that holds the path."""
    around = [root for root in roots if root.kind == "folder" and is_inside(path, root.path)]
    return max(around, key=lambda root: len(root.path), default=None)


def is_inside(path: bytes, folder: bytes) -> bool:
    """Whether the path lies below the folder. Both absolute; a folder is not inside itself."""
    return path.startswith(folder.rstrip(b"/") + b"/")


def _unreachable(owner: Root | None, error: OSError) -> RootUnavailableError:
    if owner is not None:
        why = "is not there; if its disk is unplugged, plug it in and run the same command again; nothing was changed"
    else:
        why = f"cannot be reached ({error.strerror}); check the name"
    return RootUnavailableError(why)


def _sha256(path: bytes) -> str:
    """The file's hash, or "" when it cannot be read: then it differs, and reading it tells why."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
