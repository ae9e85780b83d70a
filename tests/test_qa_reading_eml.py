"""Reading mail: mails made here, as mail programs write them and as bad ones do. The texts are invented."""

from __future__ import annotations

import base64
import contextlib
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_checks import kinds, read_as

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, ReadingError
from qa.reading.mime import decoded_words
from qa.records import text_at
from qa.splitting import sentence_spans, split_passages

BODY = "各位社员：\n\n下周三晚上七点在茶社二楼开会，请带上账本。\n\n韩某"
PLAIN = [("paragraph", "各位社员："), ("paragraph", "下周三晚上七点在茶社二楼开会，请带上账本。"), ("paragraph", "韩某")]
HTML = "<html><body><p>各位社员：</p><p>下周三晚上七点在茶社<b>二楼</b>开会，请带上账本。</p><p>韩某</p></body></html>"
HEADERS = """From: 韩某 <han@example.invalid>
To: 茶社 <cha@example.invalid>
Date: Wed, 12 Oct 2022 23:30:00 +0800"""
TOP = [("heading", "下周开会"), ("byline", HEADERS)]


def mail(body: str | None = BODY, html: str = "", subject: str = "下周开会") -> EmailMessage:
    message = EmailMessage()
    message["Received"] = "from a by b; Wed, 12 Oct 2022 23:30:01 +0800"
    message["Subject"] = subject
    message["From"] = "韩某 <han@example.invalid>"
    message["To"] = "茶社 <cha@example.invalid>"
    message["Date"] = "Wed, 12 Oct 2022 23:30:00 +0800"
    if body is not None:
        message.set_content(body)
    if html and body is not None:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def raw(headers: str, body: bytes, charset: str, transfer: str = "8bit") -> bytes:
    kind = f'Message-ID: <1@x>\nContent-Type: text/plain; charset="{charset}"\nContent-Transfer-Encoding: {transfer}'
    return f"{headers}\n{kind}\n\n".encode() + body


@pytest.mark.parametrize("name", ["会.eml", "会.txt"])  # content first
@pytest.mark.parametrize("message", [mail(), mail(html=HTML), mail(None, HTML)], ids=["plain", "both", "html"])
def test_a_mail_is_its_headers_and_its_text(message: EmailMessage, name: str) -> None:
    document = read_as(name, message.as_bytes(policy=SMTP))
    assert kinds(document) == [*TOP, *PLAIN]
    assert (document.title, document.authors, document.published) == ("下周开会", ("韩某",), "2022-10-12")
    assert (document.media_type, document.reader, document.decoding.encoding) == ("message/rfc822", "eml/3", "utf-8")


def test_plain_text_that_only_points_to_the_html_is_not_what_is_read() -> None:
    assert kinds(read_as("会.eml", mail("请看网页版。", HTML).as_bytes()))[2:] == PLAIN


def test_attachments_are_named_on_one_line_and_not_read() -> None:
    message = mail()
    message.add_attachment(b"%PDF-1.4 ...", maintype="application", subtype="pdf", filename="预算 2022.pdf")
    message.add_attachment("附件里的字".encode(), maintype="text", subtype="plain", filename="名单.txt")
    document = read_as("会.eml", message.as_bytes())
    assert kinds(document) == [*TOP, *PLAIN, ("metadata", "Attachments: 预算 2022.pdf, 名单.txt")]


@pytest.mark.parametrize(
    "field",
    [
        b'filename="=?gb2312?B?' + base64.b64encode("账本镕.xls".encode("gb18030")) + b'?="',
        b"filename*=gb2312''%D5%CB%B1%BE%E9F.xls",
        b'filename="' + "账本镕.xls".encode() + b'"',
    ],
    ids=["encoded word", "RFC 2231", "raw"],
)
def test_names_of_attachments_in_every_way_of_writing_them(field: bytes) -> None:
    part = b"--b\nContent-Type: application/vnd.ms-excel\nContent-Disposition: attachment; " + field + b"\n\nx\n--b--\n"
    data = b'From: a@example.invalid\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' + part
    assert kinds(read_as("a.eml", data))[-1] == ("metadata", "Attachments: 账本镕.xls")


def test_a_broken_name_of_an_attachment_costs_the_name() -> None:
    field = b"Content-Disposition: attachment; filename*0*=gb2312''%D5; filename*x=1; filename*=2"
    part = b"--b\nContent-Type: application/zip\n" + field + b"\n\nx\n--b--\n"
    data = b'From: a@example.invalid\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nok\n' + part
    assert [kind for kind, _ in kinds(read_as("a.eml", data))] == ["byline", "paragraph", "metadata"]


def test_a_forwarded_mail_is_read_after_the_mail_that_holds_it() -> None:
    outer = mail("转给大家看。", subject="Fwd: 下周开会")
    outer.add_attachment(mail())
    outer.add_attachment(b"x", maintype="application", subtype="zip", filename="账.zip")
    document = read_as("会.eml", outer.as_bytes())
    assert kinds(document) == [
        ("heading", "Fwd: 下周开会"),
        ("byline", HEADERS),
        ("paragraph", "转给大家看。"),
        ("metadata", "Attachments: 账.zip"),
        *TOP,
        *PLAIN,
    ]
    assert document.title == "Fwd: 下周开会"


def test_what_is_asked_of_a_mail_stands_in_one_passage_under_its_subject() -> None:
    [passage] = split_passages(read_as("会.eml", mail().as_bytes()))
    assert passage.heading == "下周开会"
    assert [passage.text[span.start : span.end] for span in sentence_spans(passage.text)] == [
        *HEADERS.split("\n"),
        *(text for _, text in PLAIN),
    ]


# Charsets


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("gb2312", "gb18030", "朱镕与喆喆下周三在茶社二楼开会，请带上账本。"),  # characters that GB 2312 does not have
        ("gbk", "gb18030", "下周三在茶社开会。"),
        ("big5", "big5hkscs", "下週三晚上七點在茶社二樓開會，請帶上帳本。"),
        ("gb2312", "utf-8", "下周三晚上七点在茶社二楼开会，请带上账本。"),  # honoured but checked
        ("us-ascii", "gb18030", "下周三晚上七点在茶社二楼开会，请带上账本。"),
        ("iso-8859-1", "gb18030", "下周三晚上七点在茶社二楼开会，请带上账本。"),
        ("gb2312", "gb18030", "一些"),  # the bytes are valid UTF-8 too
        ("hz-gb-2312", "hz", "下周三在茶社开会。"),
        ("no-such", "utf-8", "下周三在茶社开会。"),
        ("zlib", "utf-8", "下周三在茶社开会。"),
    ],
)
def test_the_charset_is_honoured_but_checked(charset: str, codec: str, text: str) -> None:
    document = read_as("a.eml", raw("From: a@example.invalid", text.encode(codec), charset))
    assert [text_at(document.text, block.spans) for block in document.blocks[1:]] == [text]


@pytest.mark.parametrize("transfer", ["base64", "quoted-printable"])
def test_transfer_encodings(transfer: str) -> None:
    message = EmailMessage()
    message["From"] = "a@example.invalid"
    message.set_content("下周三在茶社开会。", charset="gb2312", cte=transfer)
    assert [text for _, text in kinds(read_as("a.eml", message.as_bytes()))[1:]] == ["下周三在茶社开会。"]


def word(text: str, codec: str, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(codec)).decode()}?="


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (word("朱镕来信", "gb18030", "GB2312"), "朱镕来信"),
        (word("茶社開會", "big5", "big5"), "茶社開會"),
        (word("茶社", "gbk", "GBK") + "\n " + word("开会", "gbk", "GBK") + " ok", "茶社开会 ok"),
        ("Re: =?utf-8?q?=E8=8C=B6=E7=A4=BE_2022?=", "Re: 茶社 2022"),
        ("=?utf-8?B?6Iy2?= =?utf-8?B?56S+?=", "茶社"),
        ("=?utf-8?B?6Iy256Q=?= =?utf-8?B?vuW8gA==?=", "茶社开"),  # cut inside a character
        ("=?utf-8*zh?B?6Iy2?=", "茶"),
        ("=?nosuch?B?6Iy2?= =?utf-8?x?a?=", "茶 =?utf-8?x?a?="),
        ("=?utf-8?B?!?=", ""),
        ("没有编码的字", "没有编码的字"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decoded_words(value) == text


@given(st.text(alphabet="茶社开会请带账本，。 ab", min_size=1, max_size=40), st.sampled_from(["gb18030", "utf-8"]), st.integers(1, 12))
def test_encoded_words_cut_anywhere(text: str, codec: str, size: int) -> None:
    data = text.encode(codec)
    words = [base64.b64encode(data[place : place + size]).decode() for place in range(0, len(data), size)]
    decoded = decoded_words("\n ".join(f"=?{codec}?B?{word}?=" for word in words))
    if codec == "utf-8" or len(text) > 8:  # a few bytes of GB18030 may be another text in UTF-8
        assert decoded == " ".join(text.split())


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_raw_bytes_in_headers(codec: str) -> None:
    headers = "From: 韩某和茶社的各位同事 <han@example.invalid>\nSubject: 下周三晚上七点在茶社二楼开会".encode(codec)
    document = read_as("a.eml", headers + b"\nMessage-ID: <1@x>\n\nok\n")
    assert (document.title, document.authors) == ("下周三晚上七点在茶社二楼开会", ("韩某和茶社的各位同事",))


def test_a_comma_in_an_encoded_name_parts_no_names() -> None:
    data = f"From: {word('韩某, 茶社', 'utf-8', 'utf-8')} <han@example.invalid>\nMessage-ID: <1@x>\n\nok".encode()
    assert read_as("a.eml", data).authors == ("韩某, 茶社",)


# What is no mail, and bad mail


@pytest.mark.parametrize("text", ["From: 韩某\nTo: 茶社\n\n明天见。", "标题: 茶社\n\n明天见。", "Subject: 会\n\nFrom: x\nMessage-ID: y\n"])
def test_text_that_begins_like_a_mail_is_text(text: str) -> None:
    assert read_as("a.txt", text.encode()).reader.startswith("text/")


def test_a_mail_from_a_mailbox_and_one_below_blank_lines() -> None:
    for before in (b"From han Wed Oct 12 23:30:00 2022\n", b"\r\n\r\n", b"\xef\xbb\xbf"):
        assert kinds(read_as("a.eml", before + mail().as_bytes())) == [*TOP, *PLAIN]


def test_an_encrypted_mail_is_refused() -> None:
    for kind in ("application/pkcs7-mime; smime-type=enveloped-data", 'multipart/encrypted; boundary="b"'):
        with pytest.raises(EncryptedFileError, match=";"):
            read_as("a.eml", f"From: a@example.invalid\nMIME-Version: 1.0\nContent-Type: {kind}\n\n--b\n\nx\n--b--\n".encode())


def test_groups_of_parts_without_their_boundary_are_the_text_they_hold() -> None:
    data = 'From: a@example.invalid\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n还在这里。\n'.encode()
    assert kinds(read_as("a.eml", data))[-1] == ("paragraph", "还在这里。")


def test_a_part_that_is_no_text_is_named() -> None:
    data = raw("From: a@example.invalid", base64.b64encode(bytes(range(256)) * 9), "utf-8", "base64")
    assert kinds(read_as("a.eml", data))[-1] == ("metadata", "Attachments: text/plain")


def nested(depth: int) -> bytes:
    opened = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"From: a@example.invalid\nMIME-Version: 1.0\n{opened}\n深处\n".encode()


def test_parts_inside_parts_are_followed_so_far_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "深处" in read_as("a.eml", nested(20)).text
    for depth in (60, 1500, 5000):
        with pytest.raises(DamagedFileError, match=";"):
            read_as("a.eml", nested(depth))
    with pytest.raises(DamagedFileError, match="parts"):
        read_as("a.eml", b"From: a@example.invalid\n\n" + b"--b\n" * 200_000)
    monkeypatch.setattr("qa.reading.mime.LARGEST", 100)
    with pytest.raises(FileTooLargeError):
        read_as("a.eml", mail().as_bytes())


def full() -> bytes:
    message = mail(html=HTML)
    message.add_attachment(b"x", maintype="application", subtype="zip", filename="账.zip")
    message.add_attachment(mail())
    return message.as_bytes()


FULL = full()


@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, len(FULL)))
def test_any_damage_gives_a_document_or_a_reading_error(flips: list[tuple[int, int]], keep: int) -> None:
    data = bytearray(FULL)
    for place, value in flips:
        data[place] = value
    for damaged in (bytes(data), bytes(data)[:keep]):
        with contextlib.suppress(ReadingError):
            read_as("a.eml", damaged)


@given(st.text(alphabet='From:Subject=?utf-8BQ;\n "茶\x00é', max_size=120))
def test_any_header_block(head: str) -> None:
    with contextlib.suppress(ReadingError):
        read_as("a.eml", f"From: {head}".encode())
