"""Mail (RFC 5322): the subject as its heading, who wrote to whom and when as its byline, the text, the names of the attachments, and then
forwarded mail. So a passage stands under its subject, and what asks for the sender finds him; the names of attachments are metadata.

Of alternatives the plain text is read, unless it says much less than the HTML does. Attachments are named on a line and not read; save them
beside the mail. Not handled: encrypted mail, delivery reports, calendars, the marks of quoted replies, which stay as they are.
"""

from __future__ import annotations

from email.utils import getaddresses

from qa.errors import DamagedFileError, EncryptedFileError
from qa.reading import mime
from qa.reading.dates import iso_date
from qa.reading.formats.html import linearise, tree_of
from qa.reading.linear import LinearText
from qa.reading.opening import About, opening_of
from qa.reading.protocol import Reading, Source
from qa.reading.structure import plain_blocks
from qa.records import Decoding

SHOWN = ("From", "To", "Cc", "Bcc", "Date")  # as mail programs show them, in this order, below the subject
OF_MAIL = frozenset((b"from", b"to", b"date", b"subject", b"received", b"message-id", b"mime-version"))
ONLY_MAIL = frozenset((b"message-id", b"received", b"return-path", b"mime-version", b"delivered-to"))
HTML_TYPES = ("text/html", "application/xhtml+xml")
READ_TYPES = ("text/plain", *HTML_TYPES)
ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
MOST_LEVELS = 30  # parts inside parts
SMALLEST_PLAIN = 0.3  # plain text with less than this share of the HTML's characters only says that there is HTML


class Eml:
    """One mail, as mail programs save it."""

    name = "eml"
    number = 3
    media_type = "message/rfc822"
    suffixes: tuple[str, ...] = (".eml",)

    def recognises(self, source: Source) -> bool:
        """A header block with a sender and what only mail has; in a file named .eml, any header of mail."""
        fields = mime.fields_of(source.data)
        if source.suffix in self.suffixes:
            return bool(fields & OF_MAIL)
        return b"from" in fields and bool(fields & ONLY_MAIL)

    def read(self, source: Source) -> Reading:
        """EncryptedFileError for an encrypted mail, FileTooLargeError or DamagedFileError for what no mail program writes."""
        message = mime.message_of(source.data)
        reader = _Reader()
        try:
            reader.read(message, 0)
            about = _about(message)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # what email raises for broken headers
            raise DamagedFileError(f"the mail is damaged ({type(error).__name__}); save it anew") from error
        text, blocks = reader.linear.text, tuple(reader.linear.blocks)
        return Reading(text, blocks, reader.decoding or Decoding("", "format"), about.or_else(opening_of(text, blocks)))


class _Reader:
    """What has been read so far: the text, how its first part was decoded."""

    def __init__(self) -> None:
        self.linear = LinearText()
        self.decoding: Decoding | None = None

    def read(self, message: mime.Message, level: int) -> None:
        """Adds one mail: headers, text, the names of its attachments, and then the mails inside it."""
        self.linear.add("heading", mime.header(message, "Subject"))
        shown = ((name, mime.header(message, name)) for name in SHOWN)
        self.linear.add("byline", "\n".join(f"{name}: {value}" for name, value in shown if value))
        attached: list[str] = []
        forwarded: list[tuple[mime.Message, int]] = []
        self._add(message, level, attached, forwarded)
        if attached:
            self.linear.add("metadata", f"Attachments: {', '.join(attached)}")
        for inner, inner_level in forwarded:
            self.read(inner, inner_level)

    def _add(self, part: mime.Message, level: int, attached: list[str], forwarded: list[tuple[mime.Message, int]]) -> None:
        if level > MOST_LEVELS:
            raise DamagedFileError(f"the mail holds parts inside parts, {MOST_LEVELS} and more deep; save the innermost by itself")
        kind = part.get_content_type()
        if level == 0 and kind in ENCRYPTED and mime.parameter(part, "smime-type") != "signed-data":
            raise EncryptedFileError("the mail is encrypted; open it in the mail program that has its key, and save it decrypted")
        inner = part.get_payload()
        parts = [one for one in inner if isinstance(one, mime.Message)] if isinstance(inner, list) else []
        if kind == "message/rfc822" and parts:
            forwarded.append((parts[0], level + 1))
        elif kind == "multipart/alternative" and len(parts) > 1:
            self._add_one_of(parts, level, attached, forwarded)
        elif parts:
            for one in parts:
                self._add(one, level + 1, attached, forwarded)
        elif _is_text(part) and (read := _read(part)):
            linear, decoding = read
            self.linear.add_all(linear.text, linear.blocks)
            self.decoding = self.decoding or (decoding if linear.blocks else None)
        else:
            attached.append(mime.file_name(part) or kind)

    def _add_one_of(self, parts: list[mime.Message], level: int, attached: list[str], forwarded: list[tuple[mime.Message, int]]) -> None:
        """Of parts that say the same: the plain text, or the richest when that says more; and what is no alternative (a calendar)."""
        plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
        rich = next((part for part in reversed(parts) if part is not plain and _is_rich(part)), None)
        chosen = rich if rich and (plain is None or _length(plain) < SMALLEST_PLAIN * _length(rich)) else plain
        for part in parts:
            if part is chosen or not (part is plain or _is_rich(part) or part.get_content_type() in READ_TYPES):
                self._add(part, level + 1, attached, forwarded)
            elif part is rich:  # plain text was chosen: what is attached inside the HTML's part is still named
                attached += [mime.file_name(leaf) for leaf in part.walk() if not leaf.is_multipart() and mime.file_name(leaf)]


def _is_text(part: mime.Message) -> bool:
    """Whether a leaf is there to be read. A group of parts whose boundary is nowhere is read as the text that it holds."""
    kind = part.get_content_type()
    return (kind in READ_TYPES or part.get_content_maintype() == "multipart") and part.get_content_disposition() != "attachment"


def _is_rich(part: mime.Message) -> bool:
    """Whether it is HTML, alone or with its pictures."""
    return part.get_content_type() in HTML_TYPES or part.get_content_type() == "multipart/related"


def _length(part: mime.Message) -> int:
    """How many characters, white space aside, the first text in it has."""
    leaf = next((leaf for leaf in part.walk() if leaf.get_content_type() in READ_TYPES), None)
    read = _read(leaf) if leaf is not None else None
    return len("".join(read[0].text.split())) if read else 0


def _read(part: mime.Message) -> tuple[LinearText, Decoding] | None:
    """The blocks of a text part; None when it is no text after all."""
    linear = LinearText()
    try:
        text, decoding = mime.text_of(part)
        if part.get_content_type() in HTML_TYPES:
            if (root := tree_of(text)) is not None:
                linearise(root, linear)
        else:
            linear.add_all(text, plain_blocks(text))
    except DamagedFileError:
        return None
    return linear, decoding


def _about(message: mime.Message) -> About:
    senders = [(mime.decoded_words(name), address) for name, address in getaddresses([str(message.get("From", ""))[: mime.LONGEST_PARSED]])]
    return About(
        title=mime.header(message, "Subject"),
        authors=tuple(name or address for name, address in senders if name or address),
        published=iso_date(mime.header(message, "Date")),
    )
