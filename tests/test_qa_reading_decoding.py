"""Bytes to text: each encoding, what is declared, what is said of damage. The texts are invented."""

from __future__ import annotations

import codecs
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.reading.decoding
from qa.errors import DamagedFileError, WrongEncodingError
from qa.reading.decoding import decode, decode_declared, normalised, told_codec
from qa.records import Decoding, from_json, to_json

HANS = "渡口的老船工说，今年汛期比往年早了半个月，他把缆绳换成了新的，又在岸边多打了两根木桩。"
HANT = "渡口的老船工說，今年汛期比往年早了半個月，他把纜繩換成了新的，又在岸邊多打了兩根木樁。"
CANTONESE = "老船工話佢嘅船喺岸邊泊咗三日，啲人冇嚟過。"
ENCODINGS = {
    HANS: ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb2312", "gbk", "gb18030"),
    HANT: ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "big5", "cp950", "big5hkscs"),
    CANTONESE: ("utf-8", "utf-16-le", "gb18030", "big5hkscs"),
}
CASES = [(text, encoding) for text, encodings in ENCODINGS.items() for encoding in encodings]


def note(text: str) -> str:
    return decode(text.encode())[1].note


# Every encoding


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_a_sentence_is_read_in_every_encoding(text: str, encoding: str) -> None:
    read, decoding = decode(text.encode(encoding))
    assert read == text
    assert decoding.note == ""
    assert decoding.confidence > 0.6


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_ten_characters_are_enough(text: str, encoding: str) -> None:
    pieces = [text[start : start + 10] for start in range(len(text) - 9)]
    assert [piece for piece in pieces if decode(piece.encode(encoding))[0] != piece] == []


def test_the_even_length_trap() -> None:
    """Text that is valid in an encoding it was not written in: the usual one wins, not the first that fits."""
    assert decode("联通".encode("gbk"))[0] == "联通"
    assert decode(b"Bush hid the facts")[0] == "Bush hid the facts"  # even, and Han in UTF-16
    assert decode("café".encode())[0] == "café"  # 茅 in GBK
    assert decode("Привет".encode())[0] == "Привет"


def test_the_telling_bytes_may_come_late() -> None:
    page = "<html><head><script>" + "var width = 100; " * 5_000 + f"</script></head><body>{HANS}</body></html>"
    assert decode(page.encode("gbk"))[0] == page
    assert decode(page.replace(HANS, HANT).encode("big5"))[0] == page.replace(HANS, HANT)


def test_circled_digits_stand_where_other_programs_put_them() -> None:
    text = "".join(f"{digit}船工應於汛期前檢查纜繩。\n" for digit in "①②③④⑤⑥⑦⑧⑨⑩")
    assert decode(text.encode("big5hkscs"))[0] == text


def test_big5_that_only_windows_writes() -> None:
    text = HANT + "票價€3。"
    read, decoding = decode(text.encode("cp950"))
    assert (read, decoding.encoding) == (text, "cp950")


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_mark_decides(text: str) -> None:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        read, decoding = decode_declared(mark + text.encode(encoding), "big5")
        assert read == normalised(text)
        assert (decoding.encoding, decoding.decided_by, decoding.confidence) == (encoding, "bom", 1.0)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Co", "Cn"]), min_size=12).filter(
        lambda text: len(text.encode()) > 3 * 12
    )
)
def test_long_enough_utf8_is_never_taken_for_something_else(text: str) -> None:
    assert decode_declared(text.encode(), "")[0] == normalised(text)


@given(st.binary())
def test_any_bytes_are_text_or_one_sentence(data: bytes) -> None:
    try:
        text, decoding = decode(data)
    except DamagedFileError:
        return
    assert "\0" not in text
    assert "\r" not in text
    assert 0.0 <= decoding.confidence <= 1.0
    text.encode()


@given(st.binary(max_size=200), st.sampled_from(["", "gb2312", "utf-7", "zlib", "idna", "no such", "hz", "utf-16", "shift_jis", "a\0b"]))
def test_no_charset_breaks_the_reading(data: bytes, charset: str) -> None:
    decode_declared(data, charset)[0].encode()


# What is declared


def page(charset: str, text: str) -> str:
    return f'<html><head><meta charset="{charset}"><title>{"-" * 30}</title></head><body>{text}</body></html>'


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [("gb2312", "gb18030", HANS), ("GBK", "gb18030", HANT), ("big5", "big5hkscs", HANT), ("big5-hkscs", "big5hkscs", CANTONESE)],
)
def test_a_true_declaration_is_honoured(charset: str, codec: str, text: str) -> None:
    read, decoding = decode(page(charset, text).encode(codec))
    assert read == page(charset, text)
    assert (decoding.encoding, decoding.decided_by, decoding.declared, decoding.note) == (codec, "declared", codec, "")


@pytest.mark.parametrize(
    ("charset", "codec", "text"), [("big5", "gb18030", HANS), ("gb2312", "big5hkscs", HANT), ("utf-8", "gb18030", HANS)]
)
def test_a_false_declaration_is_overruled_and_said(charset: str, codec: str, text: str) -> None:
    read, decoding = decode(page(charset, text).encode(codec))
    assert read == page(charset, text)
    assert (decoding.encoding, decoding.decided_by) == (codec, "frequency")
    assert decoding.note.startswith(f"it declares {decoding.declared}, but only as {codec}")


def test_utf8_that_declares_gb2312() -> None:
    _, decoding = decode(page("gb2312", HANS).encode())
    assert (decoding.encoding, decoding.decided_by) == ("utf-8", "utf-8")
    assert decoding.note == "it declares gb18030, but its bytes are utf-8"


def test_much_markup_does_not_shelter_a_false_declaration() -> None:
    text = page("big5", "<div class='cell'><span>" * 800 + HANS[:20])
    assert decode(text.encode("gbk"))[0] == text


def test_other_encodings_where_they_are_declared() -> None:
    assert decode(page("windows-1252", "“Café” costs £3").encode("cp1252"))[0] == page("windows-1252", "“Café” costs £3")
    assert (
        decode_declared("渡し場の船頭は、今年の雨は早いと言った。".encode("cp932"), "cp932")[0]
        == "渡し場の船頭は、今年の雨は早いと言った。"
    )
    assert decode_declared(HANS.encode("hz"), "hz-gb-2312")[0] == HANS


def test_signs_of_windows_where_it_is_declared() -> None:
    text = "船長約翰‧史密斯說，水深三～五公尺，" + HANT
    assert decode_declared(text.encode("cp950"), "cp950")[0] == text


def test_xml_and_short_texts() -> None:
    text = f'<?xml version="1.0" encoding="big5"?><p>{HANT[:4]}</p>'
    assert decode(text.encode("big5"))[0] == text


# What is wrong inside, said and never altered


@pytest.mark.parametrize(
    ("written", "read", "said"),
    [
        ("utf-8", "cp1252", "UTF-8 was read as Windows-1252"),
        ("utf-8", "latin-1", "UTF-8 was read as Windows-1252"),
        ("gbk", "latin-1", "GBK was read as Windows-1252"),
        ("gbk", "cp1252", "GBK was read as Windows-1252"),
        ("utf-8", "gbk", "UTF-8 was read as GBK"),
    ],
)
def test_garbled_text_is_noticed(written: str, read: str, said: str) -> None:
    garbled = "这一段没有问题。\n" + HANS.encode(written).decode(read, "ignore")
    text, decoding = decode(garbled.encode())
    assert text == garbled
    assert said in decoding.note


def test_garbled_big5_is_noticed() -> None:
    assert "Big5 was read as Windows-1252" in note(HANT.encode("big5").decode("latin-1"))


@pytest.mark.parametrize("garbled", ["å¤§", "ï¼Œ", "ä¸­", "ã€‚"])
def test_one_garbled_character_is_enough(garbled: str) -> None:
    assert note(f"渡口{garbled}船工") == f"UTF-8 was read as Windows-1252 in one place before it was saved: {garbled}"


def test_lost_characters_are_counted() -> None:
    assert note("渡口锟斤拷锟斤拷船工") == "characters were lost in 2 places before it was saved: 锟斤拷"
    assert note("渡口\ufffd船工，今年汛期") == "characters were lost in one place before it was saved: \ufffd"


def test_broken_bytes_are_counted() -> None:
    data = (HANS * 3).encode("gb18030")
    _, decoding = decode(data[:81] + b"\xff" + data[82:])
    assert decoding.encoding == "gb18030"
    assert decoding.note.startswith("in ")
    assert decoding.confidence < 1


@pytest.mark.parametrize(
    "text",
    [
        "“……”——他说，贝克莱·É, Beyoncé、Citroën和Škoda都来过，Müller與Ångström也是。",
        "Les élèves français ont été déçus; über Äußerungen; español, ¿qué?",
        "Đã được biết đến như là một ngôn ngữ.",
        "山下有涓涓细流，横浜的船也来过，鐨是一种金属。",
        HANS,
        HANT,
        CANTONESE,
    ],
)
def test_nothing_is_said_of_sound_text(text: str) -> None:
    assert note(text) == ""


# What the user tells


@pytest.mark.parametrize(
    ("name", "codec"),
    [("GBK", "gb18030"), ("gb2312", "gb18030"), ("Big5", "big5hkscs"), ("cp950", "cp950"), ("UTF-8-SIG", "utf-8"), (" utf16 ", "utf-16")],
)
def test_a_name_that_is_told_stands_for_the_larger_table(name: str, codec: str) -> None:
    assert told_codec(name) == codec
    assert told_codec(codec) == codec, "what is kept is told again"


@pytest.mark.parametrize("name", ["klingon", "zlib", "rot13", "base64", "utf\0", ""])
def test_a_name_that_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="gb18030"):
        told_codec(name)
    assert told_codec("auto") == told_codec(" AUTO") == ""


@pytest.mark.parametrize(("text", "encoding"), CASES)
def test_what_is_told_is_what_is_used(text: str, encoding: str) -> None:
    read, decoding = decode(text.encode(encoding), told_codec(encoding))
    assert (read, decoding.decided_by, decoding.confidence) == (text, "told", 1.0)


def test_what_is_told_goes_before_what_the_bytes_say() -> None:
    read, decoding = decode(HANS.encode("gb18030"), "cp437")
    assert (read == HANS, decoding.encoding, decoding.decided_by) == (False, "cp437", "told")
    page_of_big5 = page("utf-8", HANT).encode("big5hkscs")
    read, decoding = decode(page_of_big5, "big5hkscs")
    assert HANT in read
    assert decoding.declared == "utf-8"


def test_bytes_that_are_not_as_told_are_refused_in_one_sentence() -> None:
    for told in ("utf-8", "ascii", "big5hkscs"):
        with pytest.raises(WrongEncodingError, match=f"not {told}.*auto"):
            decode(b"\xff\xff" + HANS.encode("gbk") + b"\xff\xff", told)
    with pytest.raises(WrongEncodingError, match="not cp437"):
        decode(bytes(range(32)) * 20, "cp437")


# The record, the table, the time


def test_an_older_record_is_still_read() -> None:
    old = {"format": 1, "encoding": "gb18030", "decided_by": "frequency", "confidence": 0.97}
    assert from_json(Decoding, old) == Decoding("gb18030", "frequency", 0.97)
    decoding = decode(page("big5", HANS).encode("gbk"))[1]
    assert from_json(Decoding, to_json(decoding)) == decoding


def test_the_vote_names_who_came_second() -> None:
    assert decode(HANS.encode("gbk"))[1].runner_up == "big5hkscs"
    assert decode(HANS.encode())[1].runner_up == ""


def test_the_table_is_small_and_in_order() -> None:
    table = json.loads(Path(qa.reading.decoding.__file__).with_name("characters.json").read_text(encoding="utf-8"))
    assert len(table["characters"]) == len(set(table["characters"])) == len(table["costs"])
    assert table["costs"] == sorted(table["costs"])
    assert max(table["costs"]) <= qa.reading.decoding.RARE * table["scale"]


def test_long_lines_of_signs_cost_no_time() -> None:
    begun = time.perf_counter()
    for unit in ("é", "锛", "Ã¤", "¤@", "中", "a"):
        decode((unit * 300_000).encode())
    assert time.perf_counter() - begun < 5
