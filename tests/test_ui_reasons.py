"""Failures and remarks are said in Chinese on the Chinese page: every class of error, every kind of remark, and nothing is lost."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from embeddings.hashing_encoder import HashingEncoder
from qa import errors
from qa.assistant import Assistant
from qa.errors import ChuchuError
from qa.reading.decoding import decode
from qa.reading.remarks import ENGLISH, note_of
from qa.records import Decoding, Remark, RemarkKind, Skipped
from ui.reasons import ERRORS, REMARKS, SaidError, decoding_note, error_text, skipped_text

HAN = re.compile("[\u4e00-\u9fff]")


def test_every_error_has_a_chinese_sentence_of_its_own() -> None:
    classes = {value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, ChuchuError)}
    assert set(ERRORS) == classes
    assert len(set(ERRORS.values())) == len(classes)
    assert all(HAN.search(sentence) and not sentence.endswith("。") for sentence in ERRORS.values())


@pytest.mark.parametrize("kind", get_args(RemarkKind))
def test_every_remark_is_said_in_both_languages_with_the_same_names(kind: RemarkKind) -> None:
    def named(sentence: str) -> set[str]:
        return {{"places": "count"}.get(name, name) for _, name, _, _ in Formatter().parse(sentence) if name}

    assert set(REMARKS) == set(ENGLISH) == set(get_args(RemarkKind))
    assert named(REMARKS[kind]) == named(ENGLISH[kind])
    remark = Remark(kind, ("甲", "why", "EmptyFileError"), 4)
    decoding = Decoding("", "format", note=note_of([remark]), remarks=(remark,))
    assert HAN.search(decoding_note(decoding, "zh"))
    assert decoding_note(decoding, "en") == decoding.note != ""


def test_an_error_says_what_it_is_about() -> None:
    unknown = errors.NotInLibraryError("no document ab in this library", about="ab")
    assert error_text(unknown, "en") == "no document ab in this library"
    assert error_text(unknown, "zh") == f"{ERRORS[errors.NotInLibraryError]}（ab）"
    assert error_text(errors.EmptyFileError("the file is empty"), "zh") == ERRORS[errors.EmptyFileError]


def test_an_error_that_has_no_sentence_keeps_its_english_one() -> None:
    class OfSomebodyElseError(errors.LibraryError):
        pass

    assert error_text(OfSomebodyElseError("the cable is out", about="x"), "zh") == f"{ERRORS[errors.LibraryError]}（the cable is out）"
    assert error_text(ChuchuError("no luck"), "zh") == f"{ERRORS[ChuchuError]}（no luck）"
    assert error_text(SaidError("端口已被占用"), "zh") == "端口已被占用"


def test_every_reason_of_an_ingest_is_said_in_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "空.txt").touch()
    (folder / "图.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (folder / "乱.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "断.pdf").write_bytes(b"%PDF-1.7\n")
    (folder / "渡口").symlink_to(tmp_path)
    (folder / "无处").symlink_to(tmp_path / "nowhere")
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64)) as assistant:
        report = assistant.ingest([folder, tmp_path / "没有"])
    assert {Path(one.path).name: one.error for one in report.skipped} == {
        "空.txt": "EmptyFileError",
        "图.png": "UnsupportedFormatError",
        "乱.txt": "DamagedFileError",
        "断.pdf": "DamagedFileError",
        "渡口": "NotAFileError",
        "无处": "NotAFileError",
        "没有": "RootUnavailableError",
    }
    for one in report.skipped:
        assert HAN.search(skipped_text(one, "zh"))
        assert skipped_text(one, "en") == one.reason
    assert skipped_text(Skipped("a.txt", "by an older Chuchu"), "zh") == "by an older Chuchu"


def test_what_was_noticed_while_decoding_is_said_in_both_languages() -> None:
    declared = '<meta charset="gbk"><p>渡口的水位又涨了一寸，摆渡人说明日停航。</p>'.encode()
    _, decoding = decode(declared)
    assert decoding_note(decoding, "en") == decoding.note == note_of(decoding.remarks) == "it declares gb18030, but its bytes are utf-8"
    assert decoding_note(decoding, "zh") == "文件自称是 gb18030，其实是 utf-8"
    _, lost = decode("渡口的水位锟斤拷涨锟斤拷了，摆渡人说明日停航。".encode())
    assert decoding_note(lost, "zh") == "有 2 处文字在存盘前就已丢失：锟斤拷"
    pages = Decoding("", "format", remarks=(Remark("pages_picture", ("3", "7"), 2), Remark("pages_garbled", ("8", "9"), 5)))
    assert decoding_note(pages, "zh") == "第 3、7 页：是图片，没有文字层，没有读；第 8、9 等 5 页：文字层是乱码，留存而不检索"
    assert decoding_note(Decoding("gb18030", note="as an earlier reader put it"), "zh") == "as an earlier reader put it"


def test_a_file_inside_a_file_is_named_with_what_was_noticed_of_it() -> None:
    unread = Remark("not_read", ("the file is empty; nothing to read", "EmptyFileError"), where="下/空.txt")
    remarks = (unread, Remark("lost_before", ("锟斤拷",), 1, where="信.txt"), Remark("more", count=3))
    decoding = Decoding("", "format", note=note_of(remarks), remarks=remarks)
    assert decoding.note == (
        "下/空.txt was not read (the file is empty; nothing to read); "
        "信.txt: characters were lost in one place before it was saved: 锟斤拷; and 3 more"
    )
    assert decoding_note(decoding, "zh") == (
        "下/空.txt：没有读（文件是空的，没有可读的内容）；信.txt：有 1 处文字在存盘前就已丢失：锟斤拷；另有 3 条"
    )
