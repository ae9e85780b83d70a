"""The library: identity, sync, versions, removal, damage, and what happens when the disk or another process is in the way."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing_encoder import HashingEncoder
from qa.errors import (
    EncoderMismatchError,
    LibraryDamagedError,
    LibraryFormatError,
    LibraryFullError,
    LibraryLockedError,
    LibraryReadOnlyError,
    NotInLibraryError,
)
from qa.library import ingest as ingest_module
from qa.library.library import Library
from qa.library.rows import boxes_of, packed_boxes
from qa.records import Box, Filters, IngestProgress, IngestReport, RemovalReceipt, Span, text_at

ENCODER = HashingEncoder(dim=64)
BRIDGE = "清溪镇的旧桥建于一九五二年，桥长四十八米。\n\n二〇一九年，镇政府出资三百二十万元修缮了桥面。\n"
TEA = "---\ntitle: 茶社年报\ndate: 2021-03-05\n---\n\n茶社去年收购鲜叶十二万斤，比前一年增长百分之八。\n"


class CountingEncoder(HashingEncoder):
    """Counts the texts it is given."""

    def __init__(self) -> None:
        super().__init__(dim=64)
        self.encoded = 0

    def encode_passages(self, texts):  # type: ignore[no-untyped-def]
        self.encoded += len(texts)
        return super().encode_passages(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two documents, old enough for their times to be trusted."""
    documents = tmp_path / "文件"
    write(documents / "桥.txt", BRIDGE)
    write(documents / "茶" / "年报.md", TEA)
    return documents


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "library", ENCODER)
    yield library
    library.close()


def write(path: Path, text: str, *, age_s: int = 100) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))


def ingest(library: Library, *paths: Path | str | bytes, progress: Callable[[IngestProgress], None] = lambda _: None) -> IngestReport:
    return library.ingest(paths, progress)


def by_name(library: Library) -> dict[str, str]:
    return {Path(info.path).name: info.doc_id for info in library.documents()}


def problems(library: Library) -> tuple[str, ...]:
    return library.verify(()).problems


# identity and sync


def test_an_ingest_stores_documents_passages_and_vectors(library: Library, folder: Path) -> None:
    report = ingest(library, folder)
    assert (report.added, report.skipped) == (2, ())
    assert report.passages_added == report.passages_encoded > 0
    tea = next(info for info in library.documents() if info.title == "茶社年报")
    assert (tea.published, tea.state, tea.n_versions) == ("2021-03-05", "present", 1)
    document = library.document(tea.doc_id)
    for passage in library.passages(tea.doc_id):
        assert passage.text == text_at(document.text, passage.spans)
        assert library.vectors([passage.passage_id])[passage.passage_id].shape == (ENCODER.dim,)
    assert problems(library) == ()


def test_ingesting_twice_equals_ingesting_once(tmp_path: Path, folder: Path) -> None:
    encoder = CountingEncoder()
    with contextlib.closing(Library(tmp_path / "library", encoder)) as library:
        ingest(library, folder)
        position, encoded = library.position(), encoder.encoded
        report = ingest(library, folder)
        assert (report.unchanged, report.added, report.updated) == (2, 0, 0)
        assert (library.position(), encoder.encoded) == (position, encoded)


def test_an_edit_keeps_the_id_the_old_version_and_the_vectors_of_unchanged_passages(tmp_path: Path, folder: Path) -> None:
    encoder = CountingEncoder()
    long_text = "\n\n".join(f"第{n}段：" + f"这里写着关于第{n}座桥的许多事情，" * 25 + "到此为止。" for n in range(8))
    write(folder / "桥.txt", long_text)
    with contextlib.closing(Library(tmp_path / "library", encoder)) as library:
        ingest(library, folder)
        doc_id = by_name(library)["桥.txt"]
        old = library.info(doc_id).version
        encoded = encoder.encoded
        write(folder / "桥.txt", long_text.replace("第3段：", "第三段："), age_s=50)
        report = ingest(library, folder)
        assert (report.updated, library.info(doc_id).n_versions) == (1, 2)
        assert library.info(doc_id).n_passages >= 8
        assert encoder.encoded - encoded == report.passages_encoded <= 2
        assert library.document(doc_id, old).text == long_text
        searchable = library.searchable([p.passage_id for p in library.passages(doc_id, old)])
        assert searchable == {}, "passages of an old version are not searched"
        write(folder / "桥.txt", long_text, age_s=20)
        ingest(library, folder)
        assert (library.info(doc_id).version, library.info(doc_id).n_versions) == (old, 2), "an edit taken back is the old version again"
        assert problems(library) == ()


def test_an_edit_in_the_second_of_the_ingest_is_seen_though_the_size_is_the_same(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "渡口" / "告示.txt"
    for text in ("渡口停航三日。", "渡口停航五日。", "渡口停航九日。"):
        write(file, text, age_s=0)
        report = ingest(library, file.parent)
        assert (report.added + report.updated, report.unchanged) == (1, 0)
        [info] = library.documents()
        assert library.document(info.doc_id).text == text
    assert ingest(library, file.parent).unchanged == 1


def test_a_rename_keeps_the_id_and_a_lost_file_is_missing_not_gone(library: Library, folder: Path) -> None:
    ingest(library, folder)
    bridge, tea = by_name(library)["桥.txt"], by_name(library)["年报.md"]
    (folder / "桥.txt").rename(folder / "茶" / "旧桥.txt")
    report = ingest(library, folder)
    assert (report.renamed, report.added, report.missing) == (1, 0, ())
    assert by_name(library)["旧桥.txt"] == bridge
    passages = [p.passage_id for p in library.passages(tea)]
    (folder / "茶" / "年报.md").unlink()
    report = ingest(library, folder)
    assert len(report.missing) == 1
    assert library.info(tea).state == "missing"
    assert library.searchable(passages) == {}
    assert "鲜叶" in library.document(tea).text, "old citations still open"
    write(folder / "茶" / "年报.md", TEA)
    assert ingest(library, folder).restored == 1
    assert set(library.searchable(passages)) == set(passages)


@pytest.mark.parametrize("emptied", [False, True])
def test_an_unplugged_root_changes_nothing(library: Library, folder: Path, tmp_path: Path, emptied: bool) -> None:
    ingest(library, folder)
    folder.rename(tmp_path / "elsewhere")
    if emptied:
        folder.mkdir()  # what an unmounted disk leaves behind
    report = ingest(library, folder)
    assert report.missing == ()
    assert "unplugged" in report.skipped[0].reason
    assert all(info.state == "present" for info in library.documents())


def test_a_moved_root_is_told_to_the_library(library: Library, folder: Path, tmp_path: Path) -> None:
    ingest(library, folder)
    before = by_name(library)
    folder.rename(tmp_path / "moved")
    library.move_root(folder, tmp_path / "moved")
    assert ingest(library, tmp_path / "moved").unchanged == 2
    assert by_name(library) == before
    with pytest.raises(NotInLibraryError, match="not a root"):
        library.move_root(tmp_path / "nowhere", folder)


def test_a_dry_run_tells_the_plan_and_does_nothing(library: Library, folder: Path) -> None:
    plan = library.plan([folder])
    assert len(plan.added) == 2
    assert library.documents() == []
    ingest(library, folder)
    (folder / "桥.txt").unlink()
    write(folder / "信.txt", "来信照登：路灯坏了三个月，无人修理。")
    plan = library.plan([folder])
    assert [Path(p).name for p in plan.added] == ["信.txt"]
    assert [Path(p).name for p in plan.missing] == ["桥.txt"]


def test_a_folder_inside_a_root_is_that_root_and_a_file_root_stays_its_own(library: Library, folder: Path) -> None:
    ingest(library, folder / "桥.txt")
    ingest(library, folder)
    ingest(library, folder / "茶")
    assert len(library.documents()) == 2
    assert len(library.roots()) == 2


def test_equal_files_are_two_documents_of_one_text(library: Library, tmp_path: Path) -> None:
    for place in ("a", "b"):
        write(tmp_path / place / "docs" / "桥.txt", BRIDGE)
    ingest(library, tmp_path / "a" / "docs", tmp_path / "b" / "docs")
    ids = [info.doc_id for info in library.documents()]
    assert len(set(ids)) == 2
    passages = [library.passages(doc_id)[0].passage_id for doc_id in ids]
    assert len(set(library.text_hashes(passages).values())) == 1


def test_filters_take_iso_prefixes_for_their_whole_period(library: Library, folder: Path) -> None:
    ingest(library, folder)
    tea = by_name(library)["年报.md"]  # 2021-03-05
    ids = [p.passage_id for p in library.passages(tea)]

    def found(**bounds: str) -> bool:
        return bool(library.searchable(ids, Filters(**bounds)))  # type: ignore[arg-type]

    assert found(published_from="2021", published_to="2021")
    assert found(published_from="2021-03-05", published_to="2021-03")
    assert not found(published_from="2021-04")
    assert not found(published_to="2021-02")
    assert library.filtered_ids(Filters(documents=(tea,))) == set(ids)


# bad input


def test_dates_in_the_text_are_kept_and_filtered_by(library: Library, folder: Path) -> None:
    ingest(library, folder)
    tea, bridge = by_name(library)["年报.md"], by_name(library)["桥.txt"]
    document = library.document(tea)
    assert [(document.text[m.span.start : m.span.end], m.date, m.relative) for m in document.dates if m.relative] == [
        ("去年", "2020", True)
    ]

    def found(**filters: Any) -> set[str]:
        return {library.passage(passage_id).doc_id for passage_id in library.filtered_ids(Filters(**filters))}

    assert found(dated_from="2020", dated_to="2020") == {tea}
    assert found(dated_from="2021-03-05", dated_to="2021") == {tea}, "published then"
    assert found(dated_from="1952-05", dated_to="1952-06") == {bridge}, "a year stands for all of it"
    assert found(dated_to="2019") == {bridge}
    assert found(dated_from="2022") == set()
    assert found(dated_to="2019", documents=(tea,)) == set()
    passage_id = library.passages(bridge)[0].passage_id
    assert set(library.searchable([passage_id], Filters(dated_from="1952", dated_to="1952"))) == {passage_id}
    library.erase(library.remove([tea, bridge]), (), lambda *_: {})
    with sqlite3.connect(library.folder / "library.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM passage_dates").fetchone() == (0,)


@pytest.fixture
def with_boxes(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a document whose reader has told where its lines stand."""
    boxes = (Box(Span(0, 11), 0, 72.25, 700.0, 300.5, 712.01), Box(Span(11, 20), 1, -3.0, 0.0, 10.0, 12.34))
    stored = ingest_module._version_key

    def boxed(connection, item, *rest):  # type: ignore[no-untyped-def]
        return stored(connection, replace(item, document=replace(item.document, boxes=boxes)), *rest)

    monkeypatch.setattr(ingest_module, "_version_key", boxed)
    ingest(library, folder / "桥.txt")
    doc_id = by_name(library)["桥.txt"]
    assert library.boxes(doc_id) == boxes == library.boxes(doc_id, library.info(doc_id).version)
    return doc_id


def test_boxes_are_kept_apart_from_the_document_and_go_with_it(library: Library, with_boxes: str) -> None:
    assert library.document(with_boxes).boxes == ()
    assert problems(library) == ()
    with pytest.raises(NotInLibraryError):
        library.boxes("0" * 16)
    library.erase(library.remove([with_boxes]), (), lambda *_: {})
    with pytest.raises(NotInLibraryError):
        library.boxes(with_boxes)
    with sqlite3.connect(library.folder / "library.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM boxes").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE boxes SET data = CAST(x'00' || data AS BLOB)", "do not match their hash"),
        ("DELETE FROM passage_dates", "filed under dates"),
        ("UPDATE passages SET published = '1999'", "filed under dates"),
    ],
)
def test_verify_looks_at_dates_and_boxes(library: Library, with_boxes: str, change: str, problem: str) -> None:
    with sqlite3.connect(library.folder / "library.sqlite") as connection:
        connection.execute(change)
    connection.close()
    assert any(problem in line for line in problems(library))


@given(st.lists(st.tuples(st.integers(0, 999), st.integers(1, 99), st.integers(0, 50), *[st.integers(-99_999, 99_999)] * 4), max_size=30))
def test_packed_boxes_are_the_same_boxes_to_a_hundredth_of_a_point(rows: list[tuple[int, ...]]) -> None:
    boxes = tuple(Box(Span(start, start + length), page, *(at / 100 for at in sides)) for start, length, page, *sides in rows)
    data = packed_boxes(boxes)
    assert boxes_of(data, hashlib.sha256(data).hexdigest()) == boxes


# the encoding that the user tells

SHORT = "舊橋"  # too short for its bytes to tell the encoding


def aged(path: Path, data: bytes, seconds: int) -> None:
    path.write_bytes(data)
    os.utime(path, (seconds, seconds))


def test_a_told_encoding_is_used_now_and_whenever_the_file_is_read_again(library: Library, folder: Path) -> None:
    def tell(encoding: str | None) -> tuple[int, int, int]:
        report = library.ingest([folder / "短"], lambda _: None, encoding)
        return report.added, report.updated, report.unchanged

    name = folder / "短" / "短.txt"
    name.parent.mkdir()
    aged(name, SHORT.encode("big5"), 1_600_000_000)
    assert tell("big5hkscs") == (1, 0, 0)
    (info,) = library.documents()
    assert (library.document(info.doc_id).text, info.decoding.encoding, info.decoding.decided_by) == (SHORT, "big5hkscs", "told")
    assert tell(None) == tell("big5hkscs") == (0, 0, 1)
    aged(name, "新橋".encode("big5"), 1_600_000_100)
    assert tell(None) == (0, 1, 0)
    assert library.document(info.doc_id).text == "新橋"
    name = name.rename(name.with_name("換了名字.txt"))
    assert tell("gb18030") == (0, 1, 0)
    assert library.document(info.doc_id).text == "新橋".encode("big5").decode("gb18030")
    assert tell("") == (0, 1, 0)
    assert library.info(info.doc_id).decoding.decided_by != "told"
    assert tell("") == tell(None) == (0, 0, 1)
    assert problems(library) == ()


def test_bytes_that_are_not_as_told_are_skipped_and_cost_nothing_stored(library: Library, folder: Path) -> None:
    ingest(library, folder)
    doc_id = by_name(library)["桥.txt"]
    report = library.ingest([folder / "桥.txt"], lambda _: None, "ascii")
    [skipped] = report.skipped
    assert "not ascii" in skipped.reason
    assert library.document(doc_id).text == BRIDGE
    assert library.ingest([folder], lambda _: None).unchanged == 2, "what failed is not kept"


def test_each_bad_file_is_one_skipped_line_and_stops_nothing(library: Library, folder: Path) -> None:
    (folder / "空.txt").write_bytes(b"")
    (folder / "乱.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "断.docx").write_bytes(b"PK\x03\x04 cut short")
    (folder / "loop").symlink_to(folder)
    (folder / "circle.txt").symlink_to(folder / "circle.txt")
    os.mkfifo(folder / "pipe.txt")
    report = ingest(library, folder, folder / "没有.txt")
    assert report.added == 2
    reasons = {Path(skipped.path).name: skipped.reason for skipped in report.skipped}
    assert set(reasons) == {"空.txt", "乱.txt", "断.docx", "loop", "circle.txt", "pipe.txt", "没有.txt"}
    assert all(reason.strip() and "\n" not in reason for reason in reasons.values())
    assert problems(library) == ()


def test_a_name_that_is_not_utf8_is_read_and_shown(library: Library, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/" + "桥".encode("gb18030") + b".txt"
    Path(os.fsdecode(name)).write_bytes(BRIDGE.encode())
    assert ingest(library, name).added == 1
    [info] = library.documents()
    assert "\ufffd" in info.path
    assert ingest(library, name).unchanged == 1


def test_a_file_that_vanishes_while_reading_is_skipped(library: Library, folder: Path) -> None:
    def vanish(step: IngestProgress) -> None:
        if step.stage == "planning":
            (folder / "桥.txt").unlink()

    report = ingest(library, folder, progress=vanish)
    assert report.added == 1
    assert [Path(s.path).name for s in report.skipped] == ["桥.txt"]


def test_an_interrupt_leaves_what_was_done_and_the_next_run_goes_on(library: Library, tmp_path: Path) -> None:
    documents = tmp_path / "many"
    for number in range(250):
        write(documents / f"{number:03d}.txt", f"第{number}号记录：当日平均气温{number % 40}度，无雨。")
    done: list[str] = []

    def interrupt(step: IngestProgress) -> None:
        if step.stage == "done":
            done.append(step.path)
            if len(done) == 120:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(library, documents, progress=interrupt)
    stored = {info.path for info in library.documents()}
    assert set(done) <= stored
    assert problems(library) == ()
    report = ingest(library, documents)
    assert report.unchanged + report.added == 250
    assert report.unchanged >= 120


# removal


def test_removal_hides_at_once_and_leaves_no_byte_of_the_text(library: Library, folder: Path) -> None:
    secret = "蓝色信封里的暗号是青瓷二百七十一"
    write(folder / "密.txt", f"前文。\n\n{secret}。\n\n后文。" * 50)
    ingest(library, folder)
    doc_id = by_name(library)["密.txt"]
    ids = [p.passage_id for p in library.passages(doc_id)]
    receipt = library.remove([doc_id])
    assert (receipt.versions_hidden, receipt.passages_hidden) == (1, len(ids))
    assert library.searchable(ids) == {}
    for look in (library.info, library.document):
        with pytest.raises(NotInLibraryError):
            look(doc_id)
    assert library.erasure_pending
    receipt = library.erase(receipt, (), lambda passage, title: {})
    assert (receipt.versions_erased, receipt.passages_erased, receipt.originals_erased, receipt.pending) == (1, len(ids), 1, "")
    assert not library.erasure_pending
    for file in library.folder.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file.name
    assert problems(library) == ()
    assert library.verify(()).documents == 2
    assert (folder / "密.txt").exists(), "the user's own file is not touched"


def test_removing_an_unknown_document_removes_nothing(library: Library, folder: Path) -> None:
    ingest(library, folder)
    with pytest.raises(NotInLibraryError):
        library.remove([by_name(library)["桥.txt"], "0" * 16])
    assert len(library.documents()) == 2


def test_a_reader_in_the_way_is_said_and_the_erasure_is_finished_later(library: Library, folder: Path) -> None:
    ingest(library, folder)
    doc_id = by_name(library)["桥.txt"]
    with contextlib.closing(sqlite3.connect(library.folder / "library.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM passages").fetchone()
        receipt = library.erase(library.remove([doc_id]), (), lambda passage, title: {})
        assert "another process is reading" in receipt.pending
        assert library.erasure_pending
    assert library.erase(RemovalReceipt((), 0, 0), (), lambda passage, title: {}).pending == ""
    assert not library.erasure_pending


def test_forget_old_erases_versions_that_are_not_current(library: Library, folder: Path) -> None:
    ingest(library, folder)
    doc_id = by_name(library)["桥.txt"]
    old = library.info(doc_id).version
    write(folder / "桥.txt", BRIDGE.replace("四十八", "五十二"), age_s=10)
    ingest(library, folder)
    receipt = library.erase(library.forget_old(), (), lambda passage, title: {})
    assert (receipt.versions_erased, receipt.originals_erased) == (1, 1)
    with pytest.raises(NotInLibraryError):
        library.document(doc_id, old)
    assert "五十二" in library.document(doc_id).text
    assert problems(library) == ()


# damage, other processes, other disks


@pytest.mark.parametrize(
    ("table", "column"), [("versions", "text"), ("versions", "structure"), ("passages", "text"), ("vectors", "data"), ("originals", "data")]
)
def test_verify_names_a_changed_byte(library: Library, folder: Path, table: str, column: str) -> None:
    ingest(library, folder)
    with contextlib.closing(sqlite3.connect(library.folder / "library.sqlite")) as connection, connection:
        old = connection.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()[0]
        new = old.replace("一", "二", 1).replace("paragraph", "caption", 1) if isinstance(old, str) else bytes([old[0] ^ 1]) + old[1:]
        assert new != old
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = (SELECT rowid FROM {table} LIMIT 1)", (new,))
    assert problems(library) != ()


def test_a_flipped_byte_in_the_file_is_found_by_verify_or_at_open(library: Library, folder: Path) -> None:
    ingest(library, folder)
    library.close()
    database = library.folder / "library.sqlite"
    raw = bytearray(database.read_bytes())
    place = raw.index("四十八".encode())
    raw[place] ^= 0x01
    database.write_bytes(bytes(raw))
    with contextlib.closing(Library(library.folder, ENCODER)) as damaged:
        assert problems(damaged) != ()


def test_a_cut_database_is_one_clear_sentence(library: Library, folder: Path) -> None:
    ingest(library, folder)
    library.close()
    database = library.folder / "library.sqlite"
    database.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LibraryDamagedError, match="damaged"):
        Library(library.folder, ENCODER)


def test_a_changed_text_is_never_shown(library: Library, folder: Path) -> None:
    ingest(library, folder)
    with contextlib.closing(sqlite3.connect(library.folder / "library.sqlite")) as connection, connection:
        connection.execute("UPDATE versions SET text = replace(text, '四十八', '八十四')")
    with pytest.raises(LibraryDamagedError, match="hash"):
        library.document(by_name(library)["桥.txt"])


def test_a_newer_library_and_a_foreign_database_are_refused(tmp_path: Path) -> None:
    Library(tmp_path / "new", ENCODER).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "new" / "library.sqlite")) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(LibraryFormatError, match="newer"):
        Library(tmp_path / "new", ENCODER)
    (tmp_path / "foreign").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "foreign" / "library.sqlite")) as connection:
        connection.execute("CREATE TABLE somebody_elses (x)")
    with pytest.raises(LibraryFormatError, match="not made by Chuchu"):
        Library(tmp_path / "foreign", ENCODER)


def test_another_encoder_is_refused_by_name(library: Library, folder: Path) -> None:
    ingest(library, folder)
    other = HashingEncoder(dim=32)
    with pytest.raises(EncoderMismatchError) as caught:
        Library(library.folder, other)
    assert ENCODER.fingerprint in str(caught.value)
    assert other.fingerprint in str(caught.value)


def test_a_library_locked_by_another_process_says_so(library: Library, folder: Path) -> None:
    holder = "import filelock, sys; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holder, str(library.folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(LibraryLockedError, match="another process"):
            ingest(library, folder)
        process.kill()
    assert ingest(library, folder).added == 2, "a dead process holds no lock"


def test_a_full_disk_is_said_and_costs_nothing_stored(small_disk: Path, folder: Path) -> None:
    with contextlib.closing(Library(small_disk / "library", ENCODER)) as library:
        ingest(library, folder)
        for number in range(40):
            write(folder / "大" / f"{number}.txt", os.urandom(40_000).hex())
        with pytest.raises(LibraryFullError, match="full"):
            ingest(library, folder)
        assert {"桥.txt", "年报.md"} <= set(by_name(library))
        assert problems(library) == ()


def test_a_read_only_library_is_read_and_says_why_it_is_not_written(small_disk: Path, folder: Path) -> None:
    with contextlib.closing(Library(small_disk / "library", ENCODER)) as library:
        ingest(library, folder)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with contextlib.closing(Library(small_disk / "library", ENCODER)) as library:
        assert len(library.documents()) == 2
        with pytest.raises(LibraryReadOnlyError, match="cannot be written"):
            ingest(library, folder)


def test_a_large_original_lies_beside_the_database_and_is_swept_when_unnamed(library: Library, tmp_path: Path) -> None:
    large = tmp_path / "large.html"
    script = "// nobody reads this\n" * (17 * 1024 * 1024 // 21)
    write(large, f"<html><body><p>第一车间的产量逐年上升。</p><script>{script}</script></body></html>")
    assert ingest(library, large).added == 1
    [info] = library.documents()
    [kept] = [file for file in (library.folder / "originals").rglob("*") if file.is_file()]
    assert library.original(info.doc_id) == large.read_bytes() == kept.read_bytes()
    stray = kept.with_name("0" * 64)
    stray.write_bytes(b"a copy that was killed")
    assert any("sweeps" in problem for problem in problems(library))
    ingest(library, large)
    assert not stray.exists()
    library.erase(library.remove([info.doc_id]), (), lambda passage, title: {})
    assert not kept.exists()
