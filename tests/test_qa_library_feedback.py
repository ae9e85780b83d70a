"""Feedback: kept when it is given, gone with the documents it cites, and never in the way of a library that knows nothing of it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.errors import LibraryReadOnlyError, NotInLibraryError
from qa.library.library import Library
from qa.records import Answer, CitedPlace, Feedback, Filters, RemovalReceipt, Span, from_json, to_json

ENCODER = HashingEncoder(dim=64)
SECRET = "沉香木匣里藏着第九把铜钥匙"
LETTER = f"守塔人在遗嘱里写明，{SECRET}，由长女保管。\n"
TEA = "茶社去年收购鲜叶十二万斤，比前一年增长百分之八，社员共有四百一十六户。\n"
ABOUT_LETTER, ABOUT_TEA = "铜钥匙藏在哪里？", "茶社去年收购了多少鲜叶？"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    write(documents / "遗嘱.txt", LETTER)
    write(documents / "茶.txt", TEA)
    return documents


@pytest.fixture
def assistant(tmp_path: Path, folder: Path) -> Iterator[Assistant]:
    with Assistant.open(tmp_path / "library", encoder=ENCODER) as assistant:
        assistant.ingest([folder])
        yield assistant


def write(path: Path, text: str, *, age_s: int = 100) -> None:
    path.write_text(text, encoding="utf-8")
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))


def doc_id(library: Library, name: str) -> str:
    return next(info.doc_id for info in library.documents() if info.path.endswith(name))


def answered(assistant: Assistant, query: str, name: str) -> Answer:
    """An answer that quotes the one document."""
    answer = assistant.ask(query, filters=Filters(documents=(doc_id(assistant.library, name),)))
    assert answer.status == "answered"
    return answer


def refused(assistant: Assistant, query: str = "渡口的船票几分钱？") -> Answer:
    answer = assistant.ask(query)
    assert answer.status == "no_evidence"
    return answer


def holds(folder: Path, text: str) -> list[str]:
    """The files below the folder in which the bytes of the text stand."""
    return [file.name for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def tables(library: Library) -> set[str]:
    with contextlib.closing(sqlite3.connect(library.folder / "library.sqlite")) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


# giving, changing, taking back


def test_an_answer_leaves_nothing_behind_until_somebody_speaks_up(assistant: Assistant) -> None:
    before = tables(assistant.library)
    refused(assistant, "无人知道的暗语：灯草胡同")
    assert assistant.library.feedback() == []
    assert tables(assistant.library) == before
    assert holds(assistant.library.folder, "灯草胡同") == []


def test_feedback_says_what_was_asked_and_what_was_answered(assistant: Assistant) -> None:
    answer = answered(assistant, f" {ABOUT_TEA}\n", "茶.txt")
    given = assistant.library.add_feedback(answer, "down")
    assert assistant.library.feedback() == [given]
    assert (given.feedback_id, given.query, given.verdict) == (answer.answer_id, ABOUT_TEA, "down")
    assert given.statement == answer.statements[0].text
    assert given.places == tuple(CitedPlace(c.doc_id, c.version, c.passage_id, c.spans) for c in answer.citations)
    silent = assistant.library.add_feedback(refused(assistant), "down")
    assert (silent.status, silent.statement, silent.places) == ("no_evidence", "", ())
    assert assistant.library.feedback() == [given, silent]
    assert assistant.verify().problems == ()


def test_a_second_verdict_takes_the_place_of_the_first_and_can_be_taken_back(assistant: Assistant) -> None:
    answer = answered(assistant, ABOUT_TEA, "茶.txt")
    other = assistant.library.add_feedback(refused(assistant), "down")
    assistant.library.add_feedback(answer, "up")
    changed = assistant.library.add_feedback(answer, "down")
    assert assistant.library.feedback() == [other, changed]
    assert assistant.library.drop_feedback([answer.answer_id, answer.answer_id, "unknown"]) == 1
    assert assistant.library.feedback() == [other]
    assert assistant.library.drop_feedback([answer.answer_id]) == 0


def test_dropped_feedback_leaves_no_byte(assistant: Assistant) -> None:
    answers = [refused(assistant, f"第{number}号：灯草胡同的暗语是什么？" + "又及" * 900) for number in range(30)]
    for answer in answers:
        assistant.library.add_feedback(answer, "down")
    assert holds(assistant.library.folder, "灯草胡同")
    assert assistant.library.drop_feedback([answer.answer_id for answer in answers]) == 30
    assert holds(assistant.library.folder, "灯草胡同") == []


def test_a_query_without_a_word_is_nothing_to_speak_of(assistant: Assistant) -> None:
    with pytest.raises(ValueError, match="query"):
        assistant.library.add_feedback(assistant.ask(" \u200b"), "down")


def test_the_query_is_kept_as_it_was_searched(assistant: Assistant) -> None:
    answer = assistant.ask("灯草\ud800胡同在哪里？\x00" + "啊" * 5_000)  # SQLite cannot store what no encoding has
    assert assistant.library.add_feedback(answer, "down").query == answer.searched_as
    assert assistant.library.feedback()[0].query == answer.searched_as


# gone with its documents


def test_removal_hides_and_erases_what_cites_the_document_and_counts_it(assistant: Assistant) -> None:
    library = assistant.library
    kept = library.add_feedback(answered(assistant, ABOUT_TEA, "茶.txt"), "up")
    silent = library.add_feedback(refused(assistant), "down")
    for _ in range(40):  # more than a page of them
        library.add_feedback(answered(assistant, ABOUT_LETTER, "遗嘱.txt"), "down")
    assert sum(SECRET in one.statement for one in library.feedback()) == 40
    receipt = library.remove([doc_id(library, "遗嘱.txt")])
    assert library.feedback() == [kept, silent], "hidden at once"
    assert receipt.feedback_erased == 0
    receipt = library.erase(receipt, assistant._indexes, lambda passage, title: {})
    assert (receipt.feedback_erased, receipt.versions_erased, receipt.pending) == (40, 1, "")
    assert library.feedback() == [kept, silent]
    assert holds(library.folder, SECRET) == []
    assert library.verify(()).problems == ()


def test_forgetting_old_versions_erases_what_cites_them(assistant: Assistant, folder: Path) -> None:
    library = assistant.library
    library.add_feedback(answered(assistant, ABOUT_LETTER, "遗嘱.txt"), "down")
    write(folder / "遗嘱.txt", LETTER.replace(SECRET, "铜钥匙已经交给县档案馆"), age_s=10)
    assistant.ingest([folder])
    assert len(library.feedback()) == 1, "an edit erases nothing"
    new = library.add_feedback(answered(assistant, ABOUT_LETTER, "遗嘱.txt"), "down")
    receipt = assistant.forget_old()
    assert (receipt.feedback_erased, receipt.versions_erased) == (1, 1)
    assert library.feedback() == [new]
    assert holds(library.folder, SECRET) == []


@pytest.mark.parametrize("erased", [False, True], ids=["hidden", "erased"])
@pytest.mark.parametrize("step", ["remove", "forget"])
def test_an_answer_is_not_kept_once_what_it_cites_is_gone(assistant: Assistant, folder: Path, step: str, *, erased: bool) -> None:
    library = assistant.library
    answer = answered(assistant, ABOUT_LETTER, "遗嘱.txt")  # still on somebody's screen
    if step == "remove":
        receipt = library.remove([doc_id(library, "遗嘱.txt")])
    else:
        write(folder / "遗嘱.txt", "遗嘱已经收回。\n", age_s=10)
        assistant.ingest([folder])
        receipt = library.forget_old()
    if erased:
        library.erase(receipt, assistant._indexes, lambda passage, title: {})
    with pytest.raises(NotInLibraryError, match="removed"):
        library.add_feedback(answer, "down")
    assert library.feedback() == []
    if erased:
        assert holds(library.folder, SECRET) == []


def test_a_removal_killed_before_its_commit_is_finished_whole_at_the_next_open(assistant: Assistant) -> None:
    library = assistant.library
    kept = library.add_feedback(answered(assistant, ABOUT_TEA, "茶.txt"), "down")
    library.add_feedback(answered(assistant, ABOUT_LETTER, "遗嘱.txt"), "down")
    letter = doc_id(library, "遗嘱.txt")
    assistant.close()
    program = """if True:
        import os, sys
        from embeddings.hashing_encoder import HashingEncoder
        from qa.assistant import Assistant
        from qa.library import originals
        originals.forget_unnamed = lambda connection: os._exit(9)  # feedback, passages and versions are deleted by now
        Assistant.open(sys.argv[1], encoder=HashingEncoder(dim=64)).remove([sys.argv[2]])
    """
    assert subprocess.run([sys.executable, "-c", program, library.folder, letter], check=False).returncode == 9
    with contextlib.closing(Library(library.folder, ENCODER)) as half:
        assert half.erasure_pending
        assert half.feedback() == [kept]
        assert half.verify(()).problems == ()
    with Assistant.open(library.folder, encoder=ENCODER) as after:
        assert not after.library.erasure_pending
        assert after.library.feedback() == [kept]
        assert holds(library.folder, SECRET) == []
        assert after.verify().problems == ()


# libraries and programs from before there was feedback


def test_a_program_that_knows_nothing_of_feedback_erases_it_all_the_same(assistant: Assistant) -> None:
    library = assistant.library
    kept = library.add_feedback(answered(assistant, ABOUT_TEA, "茶.txt"), "down")
    library.add_feedback(answered(assistant, ABOUT_LETTER, "遗嘱.txt"), "down")
    library.remove([doc_id(library, "遗嘱.txt")])
    with contextlib.closing(sqlite3.connect(library.folder / "library.sqlite", isolation_level=None)) as older:
        older.executescript("PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA synchronous=FULL;")
        older.execute("BEGIN IMMEDIATE")
        older.execute(
            "CREATE TEMP TABLE doomed AS SELECT v.version_key FROM versions AS v JOIN documents USING (doc_id) WHERE state = 'removed'"
        )
        for table in ("vectors", "passages"):
            older.execute(f"DELETE FROM {table} WHERE version_key IN doomed")
        older.execute("DELETE FROM documents WHERE state = 'removed'")
        assert older.execute("DELETE FROM versions WHERE version_key IN doomed").rowcount == 1
        older.execute("COMMIT")
    assert library.feedback() == [kept]
    assert library.erase(RemovalReceipt((), 0, 0), assistant._indexes, lambda passage, title: {}).pending == ""
    assert holds(library.folder, SECRET) == []


def test_a_library_without_feedback_that_cannot_be_written_has_none(assistant: Assistant) -> None:
    answer = answered(assistant, ABOUT_TEA, "茶.txt")
    assistant.close()
    with contextlib.closing(Library(assistant.library.folder, ENCODER, read_only=True)) as reading:
        assert reading.feedback() == []
        assert reading.verify(()).problems == ()
        with pytest.raises(LibraryReadOnlyError, match="reading only"):
            reading.add_feedback(answer, "down")
        with pytest.raises(LibraryReadOnlyError, match="reading only"):
            reading.drop_feedback([answer.answer_id])


def test_feedback_does_not_wait_for_an_ingest(assistant: Assistant) -> None:
    answer = refused(assistant)
    holder = "import filelock, sys; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holder, str(assistant.library.folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        given = assistant.library.add_feedback(answer, "down")
        process.kill()
    assert assistant.library.feedback() == [given]


# what is stored, and the record


def test_verify_names_feedback_that_cites_no_place(assistant: Assistant) -> None:
    given = assistant.library.add_feedback(answered(assistant, ABOUT_TEA, "茶.txt"), "down")
    with contextlib.closing(sqlite3.connect(assistant.library.folder / "library.sqlite")) as connection, connection:
        connection.execute("UPDATE feedback_citations SET spans = '3-9000'")
    [problem] = assistant.verify().problems
    assert given.feedback_id in problem


def test_the_record_keeps_its_invariants_and_survives_json() -> None:
    good = Feedback(
        "a" * 16, "旧桥？", "down", "answered", "", "旧桥建于一九五二年。", (CitedPlace("d", "v", "p", (Span(0, 2),)),), "2026-01-02"
    )
    assert from_json(Feedback, to_json(good)) == good
    silent = Feedback("a" * 16, "旧桥？", "up", "no_evidence", "too_weak", "", (), "2026-01-02")
    assert from_json(Feedback, to_json(silent)) == silent
    for wrong in ({"query": " "}, {"statement": ""}, {"places": ()}, {"reason": "too_weak"}):
        with pytest.raises(ValueError, match="feedback"):
            dataclasses.replace(good, **wrong)
    for wrong in ({"reason": ""}, {"statement": "旧桥建于一九五二年。", "places": good.places}):
        with pytest.raises(ValueError, match="feedback"):
            dataclasses.replace(silent, **wrong)
