"""A library of an older format: brought to today's under the lock, after a copy, whole wherever it is killed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from embeddings.hashing_encoder import HashingEncoder
from qa.errors import LibraryFormatError, LibraryLockedError
from qa.library import database
from qa.library.library import Library
from qa.library.rows import content_sha256
from qa.records import Filters

ENCODER = HashingEncoder(dim=64)
PIECES = """篇1
---
title: 渡口旧事
date: 2004-05-06
---

渡口的木船摆了三十年，桥建成以后才停。摆渡的老人姓谷，他说船板换过六次。

篇2
---
title: 茶山笔记
date: 2011-03
---

茶山分东西两坡，东坡先绿。制茶的季节，全村的灯要亮到半夜。
"""
IN_FORMAT_1 = {
    "meta": "name, value",
    "roots": "root_key, path, kind",
    "originals": "sha256, size, data",
    "versions": "version_key, doc_id, version, original, published, description, structure, text, sha256, added",
    "documents": "doc_key, doc_id, root_key, path, state, size, mtime_ns, version_key",
    "passages": "passage_key, passage_id, version_key, ordinal, spans, text, heading, section_id, page, n_tokens, folded_sha256",
    "vectors": "version_key, first_ordinal, data, sha256",
    "log": "sequence, operation, passage_id",
}


def test_a_format_is_never_edited_once_libraries_have_it() -> None:
    """A change of the schema is a new step: libraries of the old format lie on people's disks."""
    assert hashlib.sha256(database.FORMAT_1.encode()).hexdigest() == "1312801ffa236dfe2d4f83976e778de0cf529a9aee5be1bcb461b5c215200d25"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library as the first release wrote it, of a bundle whose pieces have dates of their own."""
    documents, made = tmp_path / "文件", tmp_path / "made"
    documents.mkdir()
    (documents / "合集.txt").write_text(PIECES, encoding="utf-8")
    with closing(Library(made, ENCODER)) as library:
        library.ingest([documents], lambda _: None)
    folder = tmp_path / "library"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "library.sqlite", isolation_level=None)) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.executescript(f"BEGIN; {database.FORMAT_1} PRAGMA application_id={database.APPLICATION_ID}; PRAGMA user_version=1; COMMIT;")
        old.execute("ATTACH ? AS made", (str(made / "library.sqlite"),))
        for table, columns in IN_FORMAT_1.items():
            old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM made.{table}")
        for key, description, structure, text in old.execute("SELECT version_key, description, structure, text FROM versions").fetchall():
            blocks, sections = json.loads(structure)["blocks"], json.loads(structure)["sections"]
            for section, published in zip(sections, ("2004-05-06", "2011-03"), strict=True):
                section["published"] = published
            structure = json.dumps({"blocks": blocks, "sections": sections}, ensure_ascii=False)
            sha256 = content_sha256(description, structure, text)
            old.execute("UPDATE versions SET structure = ?, sha256 = ? WHERE version_key = ?", (structure, sha256, key))
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[Library]:
    with closing(Library(folder, ENCODER)) as library:
        yield library


def number(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_an_older_library_is_upgraded_when_it_is_opened_and_holds_what_it_held(folder: Path) -> None:
    with opened(folder) as library:
        assert number(folder / "library.sqlite") == database.SCHEMA_NUMBER
        (info,) = library.documents()
        document = library.document(info.doc_id)
        assert document.text == PIECES
        assert (document.dates, library.boxes(info.doc_id)) == ((), ())
        assert library.verify(()).problems == ()
    assert {path.name for path in folder.iterdir()} >= {"library.sqlite", "library.format-1.sqlite"}


def test_the_pieces_of_a_bundle_are_found_by_their_own_dates(folder: Path) -> None:
    with opened(folder) as library:
        (info,) = library.documents()
        first, second = (section.section_id for section in library.document(info.doc_id).sections)
        found = {
            date: {library.passage(id_).section_id for id_ in library.filtered_ids(Filters(dated_from=date, dated_to=date))}
            for date in ("2004", "2011-03", "1990")
        }
    assert found == {"2004": {first}, "2011-03": {second}, "1990": set()}


def test_the_copy_is_the_old_library_and_goes_with_the_first_removal(folder: Path) -> None:
    copy = folder / "library.format-1.sqlite"
    with opened(folder) as library:
        assert number(copy) == 1
        with closing(sqlite3.connect(copy)) as old:
            assert "摆渡的老人" in old.execute("SELECT text FROM versions").fetchone()[0]
        library.erase(library.remove([library.documents()[0].doc_id]), (), lambda *_: {})
    assert not copy.exists()
    assert not [path for path in folder.rglob("*") if path.is_file() and "摆渡的老人".encode() in path.read_bytes()]


def test_a_library_opened_for_reading_says_what_to_do(folder: Path) -> None:
    with pytest.raises(LibraryFormatError, match="open it once where it may be written"):
        Library(folder, ENCODER, read_only=True)
    assert number(folder / "library.sqlite") == 1


def test_an_upgrade_waits_for_who_writes(folder: Path) -> None:
    held = "lock = FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    holder = f"import sys; from filelock import FileLock; {held}"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(folder / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LibraryLockedError):
            Library(folder, ENCODER)
        process.communicate()
    assert number(folder / "library.sqlite") == 1


KILLED = """
import os, sys
from pathlib import Path
from embeddings.hashing_encoder import HashingEncoder
from qa.library import database
from qa.library.library import Library

where, folder = sys.argv[1:]
connect = database.Database._connect

def deadly(self):
    connection = connect(self)
    connection.create_function("die", 0, lambda: os._exit(9))
    return connection

database.Database._connect = deadly
if where == "copying":
    Path.replace = lambda *_: os._exit(9)
else:
    parts = database.STEPS[1].split(";\\n")
    parts.insert({"early": 1, "late": len(parts)}[where], "SELECT die()")
    database.STEPS = (database.STEPS[0], ";\\n".join(parts) + ";")
Library(folder, HashingEncoder(dim=64))
"""


@pytest.mark.parametrize("where", ["copying", "early", "late"])
def test_killed_in_the_middle_it_is_whole(folder: Path, where: str) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, where, str(folder)], check=False).returncode == 9
    assert number(folder / "library.sqlite") == 1
    with opened(folder) as library:
        assert library.verify(()).problems == ()
        assert len(library.documents()) == 1
    assert sorted(path.name for path in folder.glob("library.format-*")) == ["library.format-1.sqlite"]
