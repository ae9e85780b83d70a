"""What mail and saved pages (MHTML) share: header blocks, encoded words, parts, and their charsets.

Charsets are honoured but checked: what calls itself gb2312 is read as GB18030, and as something else where the bytes say so. Bytes that
stand raw in a header are decoded by the same vote. Not handled: mailboxes of many mails (mbox), Outlook's .msg, Apple's .emlx.
"""

from __future__ import annotations

import binascii
import email
import email.message
import email.policy
import email.quoprimime
import re

from qa.errors import DamagedFileError, FileTooLargeError
from qa.reading.decoding import HEAD_CHARACTERS, MOST_BROKEN, NOT_TEXT, decode_declared
from qa.records import Decoding

Message = email.message.Message

LARGEST = 100 * 1024 * 1024  # bytes; the parser keeps the file in memory a few times over
MOST_HEADERS, LONGEST_HEAD = 1_000, 256 * 1024  # lines, bytes: what a header block may have
MOST_GROUPS, MOST_PARTS = 2_000, 100_000  # boundaries that are declared, lines that look like one
LONGEST_PARSED = 8_192  # characters of a value that `email` takes apart, in time that grows with the square
BEFORE = b"\xef\xbb\xbf\r\n"  # what may stand above the header block
FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:")
FROM_LINE = re.compile(rb">?From ")  # a mailbox's separator
DECLARES_BOUNDARY = re.compile(rb"boundary\s*=", re.I)
ENCODED_WORD = re.compile(r"=\?([\w.:+*-]{1,60})\?([bq])\?([^?\n]*)\?=", re.I)
BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?[\w.:+*-]{1,60}\?[bq]\?)", re.I)


class _Raw(email.policy.Compat32):
    """Header values as they stand in the file: raw bytes decoded, encoded words left. Those that `email` takes apart are cut off."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return _raw_text(value[:LONGEST_PARSED] if name.lower().startswith("content-") else value)


def fields_of(data: bytes) -> frozenset[bytes]:
    """The names, in lower case, of the header block that the bytes begin with; empty when they begin otherwise."""
    lines = data[:LONGEST_HEAD].lstrip(BEFORE).splitlines()[:MOST_HEADERS]
    fields: list[bytes] = []
    for place, line in enumerate(lines):
        if not line.strip():
            break
        found = FIELD.match(line)
        if found:
            fields.append(found[1].lower())
        elif not (fields and line[:1] in b" \t") and not (place == 0 and FROM_LINE.match(line)):
            return frozenset()
    return frozenset(fields)


def type_of(data: bytes) -> str:
    """The content type that the header block tells, as "text/plain" when it tells none."""
    head = re.split(rb"\r?\n\r?\n", data[:LONGEST_HEAD].lstrip(BEFORE), maxsplit=1)[0]
    return email.message_from_bytes(head, policy=_Raw()).get_content_type()


def message_of(data: bytes) -> Message:
    """The parsed message. FileTooLargeError or DamagedFileError when it is more than is read, or nested without end."""
    if len(data) > LARGEST:
        raise FileTooLargeError(f"the message is over {LARGEST >> 20} MB, the largest that is read; save it without its attachments")
    if sum(1 for _ in DECLARES_BOUNDARY.finditer(data)) > MOST_GROUPS or data.count(b"\n--") > MOST_PARTS:
        raise DamagedFileError("the message has more parts than any mail program writes; leave it out, or save its text by itself")
    try:
        return email.message_from_bytes(data.lstrip(BEFORE), policy=_Raw())
    except RecursionError as error:
        raise DamagedFileError("the message is nested too deep; save its innermost part by itself") from error


def header(message: Message, name: str) -> str:
    """All that the headers of this name say, on one line, encoded words decoded; "" when there is none."""
    values = (decoded_words(str(value)) for value in message.get_all(name, []))
    return ", ".join(value for value in values if value)


def decoded_words(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) decoded. Words of one charset side by side are decoded together.

    Mail programs cut between the bytes of one character, though they should not.
    """
    value = BETWEEN_WORDS.sub("", value)
    parts: list[str] = []
    waiting, charset, end = b"", "", 0
    for word in ENCODED_WORD.finditer(value):
        name = word[1].partition("*")[0].lower()
        if waiting and (name != charset or word.start() > end):
            parts.append(_text(waiting, charset))
            waiting = b""
        parts.append(value[end : word.start()])
        waiting, charset, end = waiting + _bytes(word[2], word[3]), name, word.end()
    return " ".join("".join((*parts, _text(waiting, charset), value[end:])).split())


def text_of(part: Message) -> tuple[str, Decoding]:
    """The text of a leaf, transfer encoding undone. DamagedFileError when no encoding makes text of it."""
    text, decoding = decode_declared(content_of(part), str(parameter(part, "charset")))
    head = text[:HEAD_CHARACTERS]
    if len(NOT_TEXT.findall(head)) > MOST_BROKEN * len(head):
        raise DamagedFileError("a part that is called text looks binary; save it by itself")
    return text, decoding


def content_of(part: Message) -> bytes:
    """The bytes of a leaf, transfer encoding undone; empty for a part that holds parts."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def parameter(part: Message, name: str, header_name: str = "content-type") -> str | tuple[str | None, str | None, str]:
    """A parameter of a header, "" when it is not there or broken; a tuple (charset, language, bytes as Latin-1) as RFC 2231 has it."""
    try:
        value = part.get_param(name, "", header_name)
    except (TypeError, ValueError, LookupError):  # `email` stumbles over continuations that do not belong together
        return ""
    return value or ""


def file_name(part: Message) -> str:
    """The name that a part gives itself as a file; "" when it gives none."""
    for field, header_name in (("filename", "content-disposition"), ("name", "content-type")):
        value = parameter(part, field, header_name)
        if isinstance(value, tuple):  # RFC 2231: charset, language, the value byte for byte
            charset, _, encoded = value
            value = _text(encoded.encode("latin-1", "replace"), charset or "")
        if value:
            return decoded_words(str(value))
    return ""


def _raw_text(value: str) -> str:
    raw = value.encode("ascii", "surrogateescape") if not value.isascii() else b""
    return _text(raw, "") if raw else value


def _bytes(encoding: str, encoded: str) -> bytes:
    """What an encoded word encodes; as it stands when that is nothing."""
    if encoding in "qQ":
        return email.quoprimime.header_decode(encoded.replace("\n", "")).encode("latin-1", "replace")
    try:
        return binascii.a2b_base64(encoded.rstrip("=") + "==")
    except (binascii.Error, ValueError):
        return encoded.encode("ascii", "replace")


def _text(data: bytes, charset: str) -> str:
    return decode_declared(data, charset)[0]
