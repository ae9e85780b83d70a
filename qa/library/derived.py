"""The seam between the truth (SQLite) and what is derived from it: keyword and vector indexes, of this machine or of a cluster."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from qa.library.analysing import Analyse, analysed
from qa.library.database import Database
from qa.library.rows import PASSAGE_COLUMNS, passage_of, vectors_of

Content = Literal["terms", "vectors", "texts"]  # what an index asks for

SEARCHABLE = "documents.state = 'present'"  # and the version is the current one, by the join below


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One searchable passage as a derived index takes it. What an index does not ask for (`content`) is empty."""

    passage_id: str
    terms: Mapping[str, str]  # field -> terms, analysed and joined by blanks; empty unless content is "terms"
    vector: NDArray[np.float16] | None  # (dim,), unit length; None unless content is "vectors"
    text: str = ""  # the passage's own; empty unless content is "texts"
    text_hash: str = ""  # as `Library.text_hashes` gives it; empty unless content is "texts"
    article: str = ""  # the document, or the section of it, that the passage stands in; empty unless content is "texts"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the library's log. "add" carries the row; a passage that has gone since is left out of the replay."""

    sequence: int
    operation: Literal["add", "delete"]
    passage_id: str
    row: IndexRow | None = None


class DerivedIndex(Protocol):
    """A search structure that can always be built again from the library. Only the holder of the library's lock calls apply and rebuild."""

    content: Content

    def position(self) -> int:
        """The sequence number of the last log entry it holds; -1 when it must be rebuilt (missing, damaged, other format)."""

    def apply(self, entries: Iterable[LogEntry], position: int) -> None:
        """Replay entries, delete then add; afterwards `position()` is position. Applying an entry twice equals applying it once."""

    def rebuild(self, rows: Iterable[IndexRow], position: int) -> None:
        """Start a new generation that holds exactly the rows; nothing of the old one stays on disk."""

    def refresh(self) -> None:
        """See what another process has written since."""

    def ids(self) -> set[str]:
        """Every passage id it would find."""

    def damage(self) -> str:
        """What is wrong with the files on disk, every byte looked at; "" when nothing is."""

    def close(self) -> None:
        """Let go of files and threads."""


def catch_up(database: Database, index: DerivedIndex, index_terms: Analyse, dim: int, *, rebuild: bool = False) -> None:
    """Bring a derived index to the end of the log: by replay where it can, by a rebuild where it must or is told to.

    Only for the lock's holder, unless the index writes nothing.
    """
    with database.read() as connection:
        last = log_position(connection)
        position = index.position()
        if position == last and not rebuild:
            return
        if 0 <= position < last and not rebuild:
            index.apply(_entries(connection, index, position, index_terms, dim), last)
        else:
            index.rebuild(_rows(connection, index, SEARCHABLE, (), index_terms, dim), last)


def log_position(connection: sqlite3.Connection) -> int:
    """The sequence number of the last log entry ever written; 0 before the first."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    return int(row[0]) if row else 0


def _entries(connection: sqlite3.Connection, index: DerivedIndex, position: int, index_terms: Analyse, dim: int) -> Iterator[LogEntry]:
    """What the log names after position: deletions first, then every passage that is searchable today."""
    query = "SELECT passage_id, max(sequence), max(operation = 'delete') FROM log WHERE sequence > ? GROUP BY passage_id"
    touched = connection.execute(query, (position,)).fetchall()
    sequences = {passage_id: sequence for passage_id, sequence, _ in touched}
    yield from (LogEntry(sequence, "delete", passage_id) for passage_id, sequence, deleted in touched if deleted)
    condition = f"{SEARCHABLE} AND passage_id IN (SELECT passage_id FROM log WHERE sequence > ?)"
    for row in _rows(connection, index, condition, (position,), index_terms, dim):
        yield LogEntry(sequences[row.passage_id], "add", row.passage_id, row)


def _rows(
    connection: sqlite3.Connection, index: DerivedIndex, condition: str, values: Sequence[int], index_terms: Analyse, dim: int
) -> Iterator[IndexRow]:
    """The passages that fulfil the condition, version by version, with what the index asks for."""
    query = f"""SELECT {PASSAGE_COLUMNS}, passages.version_key, json_extract(description, '$.title'), hex(folded_sha256)
                FROM passages JOIN versions USING (version_key) JOIN documents ON documents.version_key = passages.version_key
                WHERE {condition} ORDER BY passages.version_key, passages.ordinal"""
    rows = connection.execute(query, values)
    if index.content == "terms":
        titled = ((passage_of(columns), title) for *columns, _, title, _ in rows)
        yield from (IndexRow(passage_id, terms, None) for passage_id, terms in analysed(titled, index_terms))
        return
    current, vectors = -1, None
    for *columns, version_key, _, text_hash in rows:
        passage = passage_of(columns)
        if index.content == "texts":
            yield IndexRow(passage.passage_id, {}, None, passage.text, text_hash, f"{passage.doc_id} {passage.section_id}")
            continue
        if version_key != current:
            current, vectors = version_key, vectors_of(connection, version_key, dim)
        assert vectors is not None
        yield IndexRow(passage.passage_id, {}, vectors[passage.ordinal])
