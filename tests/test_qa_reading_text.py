"""Reading plain text and Markdown: decoding, structure, what the opening says. The texts are invented."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import DamagedFileError, EmptyFileError, EncryptedFileError, NoTextError, ReadingError, UnsupportedFormatError
from qa.reading import SUPPORTED_SUFFIXES, read
from qa.reading.dates import iso_date
from qa.reading.decoding import decode
from qa.reading.script import script_of
from qa.records import Document, text_at
from qa.splitting import split_passages

DOC_ID = "0123456789abcdef"
SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
HANS = [
    "青石镇的图书馆去年搬进了河边的旧粮仓，馆员说，搬家那天有八十多位居民自己推着小车来帮忙，书一本也没有丢。",
    "茶社的账目每年正月公布一次，贴在祠堂门口的木板上，谁都可以去看；有人提意见，就记在旁边的本子里。",
    "公交三路车从下个月起改走新桥，首班车提前到早上六点，末班车仍然是晚上九点半，票价不变。",
]
HANT = [
    "青石鎮的圖書館去年搬進了河邊的舊糧倉，館員說，搬家那天有八十多位居民自己推著小車來幫忙，書一本也沒有丟。",
    "茶社的帳目每年正月公布一次，貼在祠堂門口的木板上，誰都可以去看；有人提意見，就記在旁邊的本子裡。",
    "公車三路從下個月起改走新橋，首班車提前到早上六點，末班車仍然是晚上九點半，票價不變。",
]


def read_text(text: str, name: str = "文.txt") -> Document:
    return read(text.encode(), path=name, doc_id=DOC_ID)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, text_at(document.text, block.spans)) for block in document.blocks]


def assert_partition(document: Document) -> None:
    """Each character that is not white space lies in exactly one block, and blocks neither overlap nor go back."""
    places = [place for block in document.blocks for span in block.spans for place in range(span.start, span.end)]
    assert len(places) == len(set(places))
    outside = set(range(len(document.text))) - set(places)
    assert all(document.text[place].isspace() for place in outside)


# Decoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("text", HANS)
def test_simplified_text_is_read_in_every_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "gb18030", "big5", "big5hkscs"])
@pytest.mark.parametrize("text", HANT)
def test_traditional_text_is_read_in_every_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


def test_decision_and_confidence_are_kept() -> None:
    assert decode(codecs.BOM_UTF8 + b"a")[1].decided_by == "bom"
    assert decode(HANS[0].encode())[1].decided_by == "utf-8"
    guessed = decode(HANT[0].encode("big5"))[1]
    assert (guessed.encoding, guessed.decided_by) == ("big5hkscs", "frequency")
    assert 0.9 < guessed.confidence <= 1


def test_declared_charset_is_honoured_but_checked() -> None:
    page = f'<meta charset="gb2312"><p>{HANS[0]}</p>'
    assert decode(page.encode("gb18030"))[1].decided_by == "declared"
    assert decode(page.encode())[0] == page  # it says gb2312 and is UTF-8
    assert decode(page.replace("gb2312", "big5").encode("gb18030"))[1].encoding == "gb18030"


def test_a_broken_byte_costs_one_character_not_the_encoding() -> None:
    data = bytearray(HANS[0].encode() * 3)
    data[100] = 0xFF
    text, decoding = decode(bytes(data))
    assert decoding.encoding == "utf-8"
    assert decoding.confidence < 1
    assert "首班车" not in text
    assert "八十多位居民" in text


def test_ascii_utf16_and_line_ends() -> None:
    assert decode("plain text\r\nand more\rend".encode("utf-16-le"))[0] == "plain text\nand more\nend"
    assert decode(b"a\x00b" + b"c" * 20)[0] == "a\ufffdb" + "c" * 20


# Bad input


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyFileError),
        (b" \n\t ", EmptyFileError),
        (codecs.BOM_UTF8 + b"\n", NoTextError),
        (bytes(range(256)) * 40, DamagedFileError),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), UnsupportedFormatError),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), UnsupportedFormatError),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), EncryptedFileError),
        (b"PK\x03\x04" + bytes(50), DamagedFileError),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(data: bytes, error: type[ReadingError]) -> None:
    with pytest.raises(error) as caught:
        read(data, path="文.txt", doc_id=DOC_ID)
    assert type(caught.value) is error
    assert ";" in str(caught.value)  # what; what to do
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300), st.sampled_from(SUPPORTED_SUFFIXES))
def test_any_bytes_give_a_document_or_a_reading_error(data: bytes, suffix: str) -> None:
    try:
        document = read(data, path="x" + suffix, doc_id=DOC_ID)
    except ReadingError:
        return
    assert_partition(document)


# Structure


@given(st.text(alphabet="青石镇。，\n\n 目录一、1　#-|`=□摄", max_size=200), st.sampled_from([".txt", ".md"]))
def test_blocks_partition_the_decoded_text(text: str, suffix: str) -> None:
    try:
        document = read_text(text, "x" + suffix)
    except (EmptyFileError, NoTextError):
        return
    assert document.text == text
    assert_partition(document)


def test_lines_are_paragraphs_when_they_end_sentences() -> None:
    document = read_text("\n".join(HANS))
    assert [kind for kind, _ in kinds(document)] == ["paragraph"] * 3


def test_hard_wrapped_lines_make_one_paragraph() -> None:
    flat = "".join(HANS)
    wrapped = "　　" + "\n".join(flat[place : place + 24] for place in range(0, len(flat), 24))
    document = read_text(wrapped + "\n　　第二段从缩进的一行开始。")
    assert [text.replace("\n", "") for _, text in kinds(document)] == [flat, "第二段从缩进的一行开始。"]


def test_headings_bylines_captions_and_page_numbers() -> None:
    text = f"第一章 搬家\n\n{HANS[0]}\n\n粮仓里的新书架\n\n林 某\n\n{HANS[1]}\n\n□周某/摄\n\n- 12 -\n\n{HANS[2]}\n\n[责任编辑：陈某]\n"
    assert [kind for kind, _ in kinds(read_text(text))] == [
        *["heading", "paragraph", "heading", "byline", "paragraph", "caption", "furniture", "paragraph", "byline"]
    ]


def test_titles_above_bylines_and_signatures_below_letters() -> None:
    letter = f"渡口\n\n□林 某\n\n{HANS[0]}\n\n【谁来修桥？】\n\n{HANS[1]}\n\n槐荫路　周小河\n\n{HANS[2]}"
    assert [kind for kind, _ in kinds(read_text(letter))] == [
        *["heading", "byline", "paragraph", "heading", "paragraph", "paragraph", "paragraph"]
    ]


def test_contents_page_ends_at_its_last_entry() -> None:
    entries = "目 录\n\n卷首\n\n- 1 河边的粮仓 林某\n\n要闻\n\n茶社公布账目……4\n\n新桥通车 周某 12\n\n"
    document = read_text(f"{entries}{HANS[0]}\n\n12 只燕子\n\n{HANS[1]}")
    assert [kind for kind, _ in kinds(document)][:6] == ["contents"] * 6
    assert "contents" not in [kind for kind, _ in kinds(document)][6:]


def test_running_heads_are_furniture() -> None:
    document = read_text("\n\n".join(f"青石文艺\n\n{line}" for line in HANS * 2))
    assert [kind for kind, _ in kinds(document)] == ["furniture", "paragraph"] * 6


def test_a_half_sentence_is_no_heading() -> None:
    document = read_text(f"要把握好河水涨落的规律，提高\n\n{HANS[0]}")
    assert [kind for kind, _ in kinds(document)] == ["paragraph", "paragraph"]


def test_opening_of_a_web_text() -> None:
    document = read_text(f"青石在线\n\n旧粮仓变成图书馆\n\n2021-05-03 08:00\n来源：青石日报\n\n{HANS[0]}")
    assert (document.title, document.published, document.publication) == ("旧粮仓变成图书馆", "2021-05-03", "青石日报")


def test_date_below_the_signature_and_the_more_exact_of_two() -> None:
    assert read_text(f"公告\n\n{HANS[0]}\n\n青石镇公所\n二〇二二年十一月十八日").published == "2022-11-18"
    assert read_text(f"河边\n\n2023年　春季号\n\n出版日期：2023年3月25日\n\n{HANS[0]}").published == "2023-03-25"


def test_title_falls_back_to_the_file_name() -> None:
    assert read_text(HANS[0], "公告/搬家.txt").title == "搬家"


def test_markdown() -> None:
    text = (
        "---\ntitle: 搬家记\nauthor: [林某, 周某]\ndate: 2021-05-03\n---\n# 搬家\n第一行\n第二行\n\n- 甲\n- 乙\n\n| 年 | 册 |\n|---|---|\n"
        "| 一 | 二 |\n\n小标题\n---\n```\n# 不是标题\n\n还在里面\n```\n"
    )
    document = read_text(text, "a.md")
    assert (document.title, document.authors, document.published) == ("搬家记", ("林某", "周某"), "2021-05-03")
    assert [kind for kind, _ in kinds(document)] == [
        *["metadata", "heading", "paragraph", "paragraph", "paragraph", "table", "heading", "paragraph"]
    ]
    assert document.text == text
    assert_partition(document)


def test_a_rule_is_no_front_matter_and_a_bomb_is_not_expanded() -> None:
    assert "metadata" not in dict(kinds(read_text("---\n\n只是一条横线。\n\n---\n", "a.md")))
    nested = "".join(f"{letter}: &{letter} [{', '.join([f'*{chr(ord(letter) - 1)}'] * 9)}]\n" for letter in "bcdefghi")
    bomb = f"---\na: &a [x]\n{nested}---\n好。"
    assert_partition(read_text(bomb, "a.md"))


@pytest.mark.parametrize(
    "text",
    [
        *[" " * 300_000 + "字", "目录" + " " * 300_000 + "。", "字" + " " * 300_000 + "字。", "# " + "*" * 300_000 + "字"],
        *["<div " * 60_000, '?"a' * 40_000, "》。《" * 40_000, "[" * 60_000, "---\n" * 20_000, "2022年" * 60_000],
    ],
    ids=lambda text: repr(text[:3]),
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_hostile_text_costs_no_more_than_its_length(text: str, suffix: str) -> None:
    started = time.process_time()
    document = read_text(text, "x" + suffix)
    split_passages(document, count_tokens=len)
    assert time.process_time() - started < 4


# Dates, scripts, identity


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("2022-08-16", "2022-08-16"),
        ("2022年8月16日 11:27", "2022-08-16"),
        ("2018-04-18 15:50:00", "2018-04-18"),
        ("Tue, 28 Jun 2022 20:36:57 GMT", "2022-06-28"),
        ("2021-05-03T08:00:00+08:00", "2021-05-03"),
        ("二〇二二年八月", "2022-08"),
        ("一九九九年十二月三十一日", "1999-12-31"),
        ("民國111年8月16日", "2022-08-16"),
        ("發稿時間：111年8月16日", "2022-08-16"),
        ("创办111年", ""),
        ("民国三十八年", "1949"),
        ("2022·8", "2022-08"),
        ("D:20220816120000+08'00'", "2022-08-16"),
        ("2022", "2022"),
        (2022, "2022"),
        ("2022年13月", ""),
        ("三年", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_dates(stated: object, iso: str) -> None:
    assert iso_date(stated) == iso


@pytest.mark.parametrize(
    ("text", "script"), [(HANS[0], "hans"), (HANT[0], "hant"), (HANS[0] + HANT[0], "mixed"), ("一二三", "other"), ("abc", "other")]
)
def test_script(text: str, script: str) -> None:
    assert script_of(text) == script


def test_version_depends_on_bytes_and_not_on_the_name() -> None:
    assert read_text(HANS[0], "a.txt").version == read_text(HANS[0], "b.txt").version
    assert read_text(HANS[0]).version != read(HANS[0].encode("gb18030"), path="文.txt", doc_id=DOC_ID).version
    assert len(read_text(HANS[0]).version) == 64


# The five real documents, where they are


@pytest.mark.skipif(not SEEDS.is_dir(), reason="needs the seed documents in ../shared/seeds")
def test_seeds_are_read_and_every_character_is_accounted_for() -> None:
    documents = [read(path.read_bytes(), path=path.name, doc_id=DOC_ID) for path in sorted(SEEDS.iterdir())]
    for document in documents:
        assert_partition(document)
    assert [document.reader for document in documents] == ["html/4", "text/4", "text/4", "text/4", "text/4"]
    assert [document.published for document in documents] == ["2022-06-28", "2022-08", "2018-04-18", "", "2018-03-16"]
    assert [document.script for document in documents] == ["hans", "hans", "hant", "hans", "hans"]
    assert all(document.title for document in documents)
    magazine = documents[1]
    assert sum(block.kind == "contents" for block in magazine.blocks) > 50


def test_a_value_of_any_length_is_looked_at_in_no_time() -> None:
    """A pattern that tries every blank would take minutes; the suite's own limit for a test ends that."""
    assert iso_date("202" + " " * 200_000 + "2年") == ""


PROSE = "渡船每天开八班，最后一班是晚上七点，冬天少开两班，刮风的日子不开船。"


@pytest.mark.parametrize(
    ("title", "byline"),
    [("渡\n口\n的\n船", "王甲"), ("渡\n口\n的\n船", "李\n乙"), ("渡\n\n口\n\n的\n\n船", ""), ("渡\n 口\n  的\n   船", "林 三 山")],
)
def test_a_title_set_one_character_a_line(title: str, byline: str) -> None:
    document = read_text("\n\n".join(filter(None, (title, byline, PROSE, PROSE))))
    shown = kinds(document)
    assert shown[: 1 + bool(byline)] == [("heading", title), ("byline", byline)][: 1 + bool(byline)]
    assert document.title == "渡口的船"
    assert [passage.heading for passage in split_passages(document)] == ["渡口的船"]


@pytest.mark.parametrize(
    "text", ["一\n二\n三\n\n" + PROSE, "渡\n口\n的\n船", "渡\n口\n" + PROSE, "渡\n" * 21 + PROSE, "渡\n口\n的\n第二部分：\n买票\n" + PROSE]
)
def test_other_lines_of_one_character_stay_apart(text: str) -> None:
    assert "heading" not in [kind for kind, _ in kinds(read_text(text))]


@given(st.text("渡口的王甲\n。 ", max_size=80).map(lambda start: start + PROSE))
def test_upright_titles_keep_every_character(text: str) -> None:
    assert_partition(read_text(text))
