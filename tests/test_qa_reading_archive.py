"""Reading ZIP archives: made here, as the programs of three systems make them, and as nobody should. The texts are invented."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_checks import kinds, read_as

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, NoTextError, ReadingError, UnsupportedFormatError
from qa.reading import is_current_reader
from qa.records import Document, text_at
from qa.splitting import split_passages

LETTER = "致镇公所的信\n\n渡口的石阶去年冬天又塌了两级，请在汛期之前修好。\n"
REPLY = "复信\n\n石阶已经排进四月的工程，届时渡船停两天。\n"
HEAD = "<head><title>渡口停航两天</title></head>"
PAGE = f"<html>{HEAD}<body><h1>渡口停航两天</h1><div>2021年4月3日 来源：白水日报</div><p>石阶翻修，渡船停开两天。</p></body></html>"


def packed(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def packed_as(names: list[bytes], content: bytes = LETTER.encode(), extra: bytes = b"") -> bytes:
    """An archive whose names are these bytes, without the flag that says UTF-8: as Windows packs."""
    entries, directory = b"", b""
    for name in names:
        about = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), len(extra))
        place = len(entries)
        entries += b"PK\3\4" + about + name + extra + content
        directory += b"PK\1\2\x14\0" + about + struct.pack("<3H2I", 0, 0, 0, 0, place) + name + extra
    return entries + directory + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, len(names), len(names), len(directory), len(entries), 0)


def names(document: Document) -> list[str]:
    """The lines that name the members."""
    firsts = {block.section_id: block for block in reversed(document.blocks)}
    return [text_at(document.text, block.spans) for block in document.blocks if firsts[block.section_id] is block]


def word() -> bytes:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "修石阶的合同", "罗某"
    document.add_paragraph("甲方出石料，乙方出人工，四月底完工。")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


@pytest.mark.parametrize("name", ["往来.zip", "往来.txt"])  # content first
def test_each_member_is_a_section_in_the_order_of_names(name: str) -> None:
    document = read_as(name, packed({"b/第10封.txt": REPLY, "b/第9封.txt": LETTER, "a.html": PAGE, "b/": b"", "合同.docx": word()}))
    assert names(document) == ["a.html", "b/第9封.txt", "b/第10封.txt", "合同.docx"]
    assert [(one.title, one.authors, one.published) for one in document.sections] == [
        ("渡口停航两天", (), "2021-04-03"),
        ("致镇公所的信", (), ""),
        ("复信", (), ""),
        ("修石阶的合同", ("罗某",), ""),
    ]
    assert (document.title, document.media_type, document.decoding.encoding) == ("往来", "application/zip", "")
    assert document.decoding.note == ""
    assert is_current_reader(document.reader)
    paragraphs = [(block.section_id, text_at(document.text, block.spans)) for block in document.blocks if block.kind == "paragraph"]
    assert ("3", "石阶已经排进四月的工程，届时渡船停两天。") in paragraphs
    assert {block.section_id for block in document.blocks} == {one.section_id for one in document.sections}
    for one in document.sections:
        own = [block for block in document.blocks if block.section_id == one.section_id]
        assert (one.spans[0].start, one.spans[-1].end) == (own[0].spans[0].start, own[-1].spans[-1].end)


def test_a_member_is_read_as_the_file_by_itself_and_no_passage_lies_in_two() -> None:
    members = {"a.txt": LETTER, "b.html": PAGE, "c.docx": word()}
    document = read_as("往来.zip", packed(members))
    for (name, data), section in zip(members.items(), document.sections, strict=True):
        alone = read_as(name, data.encode() if isinstance(data, str) else data)
        own = [block for block in document.blocks if block.section_id == section.section_id][1:]
        assert [(block.kind, text_at(document.text, block.spans)) for block in own] == kinds(alone)
    passages = split_passages(document)
    assert {passage.section_id for passage in passages} == {"1", "2", "3"}
    assert passages[0].heading.startswith("致镇公所的信")


def test_sections_of_a_member_stay_apart() -> None:
    bundle = "".join(
        f"---\ntitle: 第{number}篇\nauthor: 罗某\n---\n\n河水在第{number}天退了下去，石阶露了出来。\n\n" for number in (1, 2, 3)
    )
    document = read_as("往来.zip", packed({"a.txt": LETTER, "b.txt": bundle}))
    inner = [one for one in document.sections if "." in one.section_id]
    assert [(one.title, one.authors) for one in inner] == [(f"第{number}篇", ("罗某",)) for number in (1, 2, 3)]
    assert ["退了下去" in text_at(document.text, one.spans) for one in inner] == [True] * 3
    assert len({one.section_id for one in document.sections}) == len(document.sections)


def test_what_cannot_be_read_is_named_and_costs_nothing_else() -> None:
    members = {
        "a.txt": LETTER,
        "b.png": b"\x89PNG\r\n\x1a\n",
        "c.docx": word()[:900],
        "d.txt": "",
        "e.txt": "开会\ufffd".encode(),
        "f.7z": b"7z\xbc\xaf\x27\x1c",
    }
    document = read_as("往来.zip", packed(members))
    assert names(document) == ["a.txt", "e.txt"]
    note = document.decoding.note
    assert "b.png was not read (an image; " in note
    assert "c.docx was not read (the DOCX is cut off" in note
    assert "f.7z was not read (a 7z archive; " in note
    assert "e.txt: characters were lost in one place" in note
    assert "d.txt" not in note


def test_the_note_names_so_many_and_counts_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.reading.formats.archive.MOST_NAMED", 2)
    document = read_as("往来.zip", packed({"a.txt": LETTER} | {f"{number}.png": b"\x89PNG" for number in range(5)}))
    assert document.decoding.note.count("was not read") == 2
    assert document.decoding.note.endswith("and 3 more")


def test_what_systems_leave_behind_is_passed_over() -> None:
    junk = {
        "__MACOSX/._a.txt": LETTER,
        ".DS_Store": b"\0\1",
        "b/.hidden": LETTER,
        "b/Thumbs.db": b"x",
        "~$c.docx": b"x",
        "desktop.ini": "x",
    }
    document = read_as("往来.zip", packed({"a.txt": LETTER, **junk}))
    assert (names(document), document.decoding.note) == (["a.txt"], "")
    with pytest.raises(NoTextError, match="no text"):
        read_as("往来.zip", packed(junk))


def test_what_all_members_say_is_said_of_the_archive() -> None:
    letters = {f"{day}.txt": f"---\ntitle: 第{day}封\nauthor: 罗某\ndate: 2021-04-03\n---\n\n石阶修好了，渡船明天开。\n" for day in (1, 2)}
    document = read_as("往来.zip", packed(letters))
    assert (document.authors, document.published) == (("罗某",), "2021-04-03")
    document = read_as("往来.zip", packed({**letters, "3.txt": LETTER}))
    assert (document.authors, document.published) == ((), "")


# Names


@pytest.mark.parametrize("codec", ["gbk", "big5", "utf-8", "cp437"])
def test_names_that_do_not_tell_their_encoding(codec: str) -> None:
    told = {
        "gbk": ["渡口/来信.txt", "渡口/附件一览表.txt"],
        "big5": ["渡口/來信與覆信.txt", "渡口/許功蓋.txt"],
        "utf-8": ["信.txt"],
        "cp437": ["Müller é.txt"],
    }
    expected = sorted(told[codec])
    assert names(read_as("往来.zip", packed_as([name.encode(codec) for name in told[codec]]))) == expected


def test_a_name_that_tells_its_encoding_is_believed() -> None:
    assert names(read_as("往来.zip", packed({"信.txt": LETTER}))) == ["信.txt"]  # by the flag
    raw, name = "信.txt".encode("gbk"), "信.txt".encode()
    for crc, expected in ((zlib.crc32(raw), "信.txt"), (0, "信.txt")):  # the second is not this name's: the bytes decide
        value = b"\1" + struct.pack("<I", crc) + name
        assert names(read_as("往来.zip", packed_as([raw], extra=b"up" + struct.pack("<H", len(value)) + value))) == [expected]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:\\Windows\\a.txt", "a\nb.txt", "x" * 5000 + ".txt", "\u202e.txt", "nul\0x.txt"]
)
def test_tricks_with_paths_write_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = read_as("往来.zip", packed_as([name.encode()]))
    assert "石阶" in document.text
    assert "\n" not in names(document)[0]
    assert len(names(document)[0]) <= 300
    assert list(tmp_path.iterdir()) == []


def test_two_members_of_one_name_are_both_read() -> None:
    document = read_as("往来.zip", packed_as([b"a.txt", b"a.txt"]))
    assert [one.title for one in document.sections] == ["致镇公所的信"] * 2


# Archives inside, and bounds


def nested(levels: int) -> bytes:
    data = packed({"信.txt": LETTER})
    for level in range(levels - 1):
        data = packed({f"{level}.zip": data, "旁.txt": REPLY})
    return data


def test_an_archive_inside_is_read_and_one_inside_that_is_named() -> None:
    document = read_as("往来.zip", nested(2))
    assert document.decoding.note == ""
    assert [one.title for one in document.sections] == ["0", "致镇公所的信", "复信"]
    document = read_as("往来.zip", nested(3))
    assert [one.title for one in document.sections] == ["1", "复信", "复信"]
    assert document.decoding.note == "1.zip/0.zip was not read (a zip archive; unpack it and ingest the folder)"


def test_packages_inside_stay_documents() -> None:
    data = packed({"合同.docx": word()}, zipfile.ZIP_STORED)  # the names of its parts stand open in the archive
    assert read_as("往来.zip", data).reader.startswith("zip/")


def test_mail_inside() -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Received"] = "罗某 <luo@example.invalid>", "石阶", "x"
    message.set_content("石阶明天开工。")
    assert [one.title for one in read_as("往来.zip", packed({"a.eml": message.as_bytes()})).sections] == ["石阶"]


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({"a.txt": LETTER, "零.txt": b" " * (2 << 20), "零二.zip": packed({"零.txt": bytes(2 << 20)})})
    assert read_as("往来.zip", bomb).decoding.note.count("unpacks to more than 200 times") == 2
    monkeypatch.setattr("qa.reading.formats.archive.LARGEST_MEMBER", 100)
    assert "over" in read_as("往来.zip", packed({"a.txt": "短。", "b.txt": LETTER * 9})).decoding.note
    monkeypatch.undo()
    whole = packed({f"{number}.zip": packed({f"{inner}.txt": LETTER for inner in range(4)}) for number in range(4)})
    assert len(read_as("往来.zip", whole).sections) == 4 + 16
    monkeypatch.setattr("qa.reading.formats.archive.MOST_MEMBERS", 10)
    monkeypatch.setattr("qa.reading.formats.archive._Room.__init__.__defaults__", (10, 1 << 20))
    document = read_as("往来.zip", whole)
    assert len(document.sections) == 1 + 4  # 4 archives, and the members of one: 6 were left
    assert document.decoding.note.count("unpacks to") == 3
    with pytest.raises(FileTooLargeError, match="unpack it and ingest the folder"):
        read_as("往来.zip", packed({f"{number}.txt": LETTER for number in range(11)}))


def test_more_text_than_is_read_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.reading.protocol.LARGEST_TEXT", 100)
    document = read_as("往来.zip", packed({f"{number}.txt": LETTER for number in range(4)}))
    assert names(document) == ["0.txt", "1.txt"]
    assert document.decoding.note.count("the longest text that is read") == 2


def test_a_size_that_lies_unpacks_no_more_than_it_says() -> None:
    data = bytearray(packed({"a.txt": LETTER, "b.txt": REPLY * 1000}))
    place = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1) + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    document = read_as("往来.zip", bytes(data))
    assert names(document) == ["a.txt"]
    assert "b.txt was not read (the member cannot be unpacked; " in document.decoding.note


# What is not read


def test_encrypted_members_are_named_and_an_encrypted_archive_refused() -> None:
    data = bytearray(packed({"a.txt": LETTER, "b.txt": REPLY}))
    first = data.index(b"PK\1\2")
    data[first + 8] |= 1
    document = read_as("往来.zip", bytes(data))
    assert (names(document), "a.txt was not read (encrypted; " in document.decoding.note) == (["b.txt"], True)
    data[data.index(b"PK\1\2", first + 1) + 8] |= 1
    with pytest.raises(EncryptedFileError, match="password"):
        read_as("往来.zip", bytes(data))


def test_other_ways_of_packing_and_packages_of_programs() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", LETTER)
        archive.writestr("b.txt", REPLY, zipfile.ZIP_BZIP2)
    assert "b.txt was not read (the member is packed in another way than by deflate" in read_as("往来.zip", file.getvalue()).decoding.note
    with pytest.raises(UnsupportedFormatError, match="export it"):
        read_as("讲稿.pptx", packed({"[Content_Types].xml": "<x/>", "ppt/presentation.xml": "<x/>"}))


def test_an_archive_of_nothing_that_can_be_read_is_refused() -> None:
    with pytest.raises(NoTextError, match=r"of the 2 files in the ZIP none can be read; the first: a\.png"):
        read_as("往来.zip", packed({"a.png": b"\x89PNG", "b.png": b"\x89PNG"}))
    with pytest.raises(NoTextError):
        read_as("空.zip", packed({}))


@pytest.mark.parametrize("keep", [10, 100, -30])
def test_a_cut_archive(keep: int) -> None:
    with pytest.raises(DamagedFileError, match="ZIP"):
        read_as("往来.zip", packed({"a.txt": LETTER, "b.txt": REPLY})[:keep])


WHOLE = packed({"a.txt": LETTER, "b/渡口.html": PAGE, "c.zip": packed({"d.txt": REPLY})}, zipfile.ZIP_STORED)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_gives_a_document_or_a_reading_error(flips: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in flips:
        data[place] = value
    try:
        read_as("往来.zip", bytes(data))
    except ReadingError as error:
        assert str(error)  # noqa: PT017 - either is right


@given(st.lists(st.text(alphabet="渡口來信ü \u3000", max_size=12), min_size=1, max_size=6), st.sampled_from(["utf-8", "gb18030"]))
def test_every_character_of_every_member_is_there(members: list[str], codec: str) -> None:
    document = read_as("往来.zip", packed_as([f"{number}{name}.txt".encode(codec) for number, name in enumerate(members)]))
    assert document.text.count(LETTER.strip()) == len(document.sections) == len(members)
