"""ZIP archives: each member read as the file it is, one section a member, in the order of the members' names; numbers in names count.

A member begins with a line of metadata that holds its name. One that cannot be read costs nothing else: the decoding's note names it and
says why. Members are unpacked one at a time in memory, and nothing is written anywhere, so a name that climbs out of its folder harms
nobody. An archive inside the archive is read the same way, one inside that is not. Skipped without a word: folders, empty and hidden files,
what macOS, Windows and open office programs leave behind. Not handled: encrypted members, packing other than deflate, archives in several
volumes, the boxes of a PDF's lines, whose pages are no longer those of the file.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, NoTextError, ReadingError, UnsupportedFormatError
from qa.reading.decoding import decode_declared
from qa.reading.opening import About
from qa.reading.package import BROKEN, LARGEST_UNPACKED, MOST_MEMBERS, ZIP, unpacked
from qa.reading.protocol import Format, Reading, Source, refuse_longer
from qa.reading.publication.structured import section_spans
from qa.reading.remarks import note_of
from qa.records import Block, Decoding, Remark, Section, Span

NUMBER = 1  # of this file alone
EMPTY = b"PK\x05\x06"
DEEPEST = 2  # archives inside each other
LARGEST_MEMBER = 200 * 1024 * 1024  # bytes, as of a file by itself
LONGEST_NAME = 300  # characters of a member's name that are shown
MOST_NAMED = 30  # remarks on members; the others are counted
UTF8_NAME, UTF8_FIELD = 0x800, b"\x75\x70"  # the flag of a member, and the extra field, that tell its name in UTF-8
OF_A_PROGRAM = frozenset(("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"))  # slides, sheets, programs: packages, no collections
LEFT_BEHIND = re.compile(r"(?:^|/)(?:__MACOSX/|\.(?!\.?/)|~\$|(?:thumbs\.db|desktop\.ini|icon\r)$)", re.I)
DIGITS = re.compile("([0-9]+)")


class Archive:
    """A collection of files in one. certain: the formats that are packages or know themselves by their first bytes; others: the rest.

    Both in the order in which they are asked. Asked between the two, as it is among the formats of files.
    """

    name = "zip"
    media_type = "application/zip"
    suffixes: tuple[str, ...] = (".zip",)

    def __init__(self, certain: Sequence[Format], others: Sequence[Format], levels: int = DEEPEST) -> None:
        inner = [Archive(certain, others, levels - 1)] if levels > 1 else []
        self._formats: tuple[Format, ...] = (*certain, *inner, *others)
        self.number = NUMBER + sum(format_.number for format_ in (*certain, *others))  # what they read otherwise, it reads otherwise

    def recognises(self, source: Source) -> bool:
        """Every zip archive: the formats that are packages have been asked before."""
        return source.data.startswith((ZIP, EMPTY))

    def read(self, source: Source) -> Reading:
        """The members that can be read. FileTooLargeError before anything is unpacked; ReadingError when none of them can be read."""
        return self._read(source, _Room())

    def _read(self, source: Source, room: _Room) -> Reading:
        try:
            archive = zipfile.ZipFile(io.BytesIO(source.data))
        except BROKEN as error:
            raise DamagedFileError("the ZIP is cut off or damaged; fetch it again, or save it anew") from error
        members = _members(archive.infolist())
        room.take(len(members), sum(info.file_size for _, info in members))
        collected = _Collected()
        for name, info in members:
            self._add(name, archive, info, source.encoding, room, collected)
        return collected.reading(len(members))

    def _add(self, name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, encoding: str, room: _Room, collected: _Collected) -> None:
        try:
            if info.flag_bits & 1:
                raise EncryptedFileError("encrypted; unpack the ZIP with its password and ingest the folder")
            if info.file_size > LARGEST_MEMBER:
                raise FileTooLargeError(f"over {LARGEST_MEMBER >> 20} MB; split it into smaller files")
            source = Source(unpacked(archive, info, "member"), PurePosixPath(name).suffix.lower(), encoding)
            if not source.data or source.data.isspace():
                return  # an empty file has nothing that could be missed
            format_ = next(format_ for format_ in self._formats if format_.recognises(source))
            reading = format_._read(source, room) if isinstance(format_, Archive) else format_.read(source)
            if not reading.blocks:
                raise NoTextError("no text in it; nothing to read")
            refuse_longer(collected.length + len(reading.text))
        except ReadingError as error:
            collected.miss(name, error)
        except RecursionError:
            collected.miss(name, DamagedFileError("nested too deep to be read; save it in a simpler form"))
        else:
            collected.add(name, reading)


@dataclass(slots=True)
class _Room:
    """What may still be unpacked, over all levels."""

    members: int = MOST_MEMBERS
    size: int = LARGEST_UNPACKED  # bytes

    def take(self, members: int, size: int) -> None:
        """FileTooLargeError when it is more than is left."""
        if members > self.members or size > self.size:
            raise FileTooLargeError(
                f"the ZIP unpacks to {size >> 20} MB in {members} files; the limits are {LARGEST_UNPACKED >> 20} MB and {MOST_MEMBERS}"
                " files, archives inside it included: unpack it and ingest the folder"
            )
        self.members -= members
        self.size -= size


@dataclass(slots=True)
class _Collected:
    """What the members that were read so far amount to, and what is to be said of the others."""

    parts: list[str] = field(default_factory=list)
    length: int = 0  # characters of the parts, joined
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    abouts: list[About] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    missed: list[ReadingError] = field(default_factory=list)
    confidence: float = 1.0

    def miss(self, name: str, error: ReadingError) -> None:
        self.remarks.append(Remark("not_read", (str(error), type(error).__name__), where=name))
        self.missed.append(error)

    def add(self, name: str, reading: Reading) -> None:
        """One more member. Sections that it has itself stay sections; what is outside of them is the member's own."""
        number = str(len(self.abouts) + 1)
        about = reading.about.within_limits()
        shown = Block("metadata", (Span(self.length, self.length + len(name)),), section_id=number)
        self._append(name)
        own = [shown, *(_moved(block, self.length, number) for block in reading.blocks)]
        inner = [_section_moved(section, self.length, number, about) for section in reading.sections]
        self._append(reading.text)
        self.blocks += own
        spans = section_spans(own)[number]
        self.sections += [Section(number, about.title or PurePosixPath(name).stem, "", about.authors, about.published, spans=spans), *inner]
        self.abouts.append(about)
        self.confidence = min(self.confidence, reading.decoding.confidence)
        for remark in reading.decoding.remarks:
            self.remarks.append(replace(remark, where="/".join(filter(None, (name, remark.where)))))

    def reading(self, n_members: int) -> Reading:
        """All of it. ReadingError when there is nothing; n_members: how many were looked at."""
        if not self.blocks:
            raise self._nothing(n_members)
        more = [Remark("more", count=len(self.remarks) - MOST_NAMED)] if len(self.remarks) > MOST_NAMED else []
        remarks = (*self.remarks[:MOST_NAMED], *more)
        decoding = Decoding("", "format", self.confidence, note=note_of(remarks), remarks=remarks)
        dates, authors = {about.published for about in self.abouts}, {about.authors for about in self.abouts}
        about = About(
            authors=next(iter(authors)) if len(authors) == 1 else (), published=next(iter(dates)) if len(dates) == 1 else ""
        )  # what is true of every member
        return Reading("".join(self.parts), tuple(self.blocks), decoding, about, tuple(self.sections))

    def _append(self, text: str) -> None:
        self.parts += [text, "\n"]
        self.length += len(text) + 1

    def _nothing(self, n_members: int) -> ReadingError:
        if not self.missed:
            return NoTextError("the ZIP holds no text; nothing to read")
        if all(isinstance(error, EncryptedFileError) for error in self.missed):
            return EncryptedFileError("the ZIP is encrypted; unpack it with its password and ingest the folder")
        return NoTextError(f"of the {n_members} files in the ZIP none can be read; the first: {note_of(self.remarks[:1])}")


def _members(infos: Sequence[zipfile.ZipInfo]) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files with their names, in order. UnsupportedFormatError when the archive is a program's package rather than a collection."""
    if OF_A_PROGRAM & {info.filename for info in infos}:
        raise UnsupportedFormatError("the package of a program (slides, an old or rare format); export it as PDF or DOCX, or leave it out")
    members = [
        (name, info) for name, info in zip(_names(infos), infos, strict=True) if not name.endswith("/") and not LEFT_BEHIND.search(name)
    ]
    return sorted(members, key=lambda member: (_order(member[0]), member[1].header_offset))


def _order(name: str) -> list[tuple[int, str]]:
    """Numbers by their value, so that 第10回 comes after 第9回."""
    pieces = DIGITS.split(name)
    return [(len(piece.lstrip("0")), piece.lstrip("0")) if place % 2 else (0, piece) for place, piece in enumerate(pieces)]


def _names(infos: Sequence[zipfile.ZipInfo]) -> Iterator[str]:
    """What each member is called. Names that do not say that they are UTF-8 are in the encoding in which all of them are likeliest.

    Windows writes them in GBK or Big5, some programs in UTF-8, and the format says code page 437.
    """
    raw = [b"" if info.flag_bits & UTF8_NAME else info.orig_filename.encode("cp437") for info in infos]
    together = b"\n".join(name for name in raw if not name.isascii())
    encoding = decode_declared(together, "cp437")[1].encoding if together else ""
    for info, name in zip(infos, raw, strict=True):
        yield _shown(_in_extra(info, name) or (_decoded(name, encoding) if not name.isascii() else info.filename))


def _decoded(name: bytes, encoding: str) -> str:
    try:
        return name.decode(encoding)
    except UnicodeDecodeError:
        return decode_declared(name, "cp437")[0]


def _in_extra(info: zipfile.ZipInfo, name: bytes) -> str:
    """The name in the extra field for UTF-8 names, "" when there is none, or when it belongs to another name."""
    extra = info.extra
    while len(extra) >= 4:
        size = int.from_bytes(extra[2:4], "little")
        value, kind, extra = extra[4 : 4 + size], extra[:2], extra[4 + size :]
        if kind == UTF8_FIELD and value[:1] == b"\1" and int.from_bytes(value[1:5], "little") == zlib.crc32(name):
            return value[5:].decode("utf-8", "replace")
    return ""


def _shown(name: str) -> str:
    """On one line, with slashes; the end of a long one, which has the suffix."""
    squashed = " ".join(name.partition("\0")[0].replace("\\", "/").replace("\ufffd", "?").split())
    return squashed[-LONGEST_NAME:] or "?"


def _moved(block: Block, offset: int, number: str) -> Block:
    section_id = f"{number}.{block.section_id}" if block.section_id else number
    return replace(block, spans=_spans_moved(block.spans, offset), section_id=section_id)


def _section_moved(section: Section, offset: int, number: str, about: About) -> Section:
    return replace(
        section,
        section_id=f"{number}.{section.section_id}",
        authors=section.authors or about.authors,
        published=section.published or about.published,
        spans=_spans_moved(section.spans, offset),
    )


def _spans_moved(spans: Sequence[Span], offset: int) -> tuple[Span, ...]:
    return tuple(Span(span.start + offset, span.end + offset) for span in spans)
