"""Zip packages that hold one document (DOCX, ODT, XLSX), and archives: checked before anything is unpacked, then read part by part.

Not handled: encrypted parts, parts that lean on entities (no office program writes them).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO, Any

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError

ZIP = b"PK\x03\x04"
LARGEST_UNPACKED = 400 * 1024 * 1024  # bytes; a zip bomb grows a thousandfold
LARGEST_TREE = 64 * 1024 * 1024  # bytes of a part that is parsed into a tree, which takes about ten times as much memory
MOST_MEMBERS = 10_000
MOST_RATIO, SMALLEST_BOMB = 200, 1024 * 1024  # unpacked to packed, of members over so many bytes; text shrinks to a third or a tenth
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the other ways unpack without a bound on their memory
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def members_of(data: bytes) -> frozenset[str]:
    """The names inside a zip archive; empty when the bytes are none, or a broken one."""
    if not data.startswith(ZIP):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return frozenset(archive.namelist())
    except BROKEN:
        return frozenset()


def open_package(data: bytes, what: str) -> zipfile.ZipFile:
    """The archive. what: the format, as the messages name it. Damaged-, Encrypted- or FileTooLargeError before anything is unpacked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise DamagedFileError(f"the {what} is cut off or damaged; fetch it again, or save it anew") from error
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise EncryptedFileError(f"the {what} is encrypted; save it without a password")
    unpacked = sum(member.file_size for member in members)
    if unpacked > LARGEST_UNPACKED or len(members) > MOST_MEMBERS:
        raise FileTooLargeError(
            f"the {what} unpacks to {unpacked >> 20} MB in {len(members)} parts; the limits are {LARGEST_UNPACKED >> 20} MB"
            f" and {MOST_MEMBERS} parts: split it"
        )
    return archive


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, what: str) -> bytes:
    """The bytes of a member, in no more memory than it says it needs. what: as the messages name it.

    FileTooLargeError for a bomb; DamagedFileError for a way of packing that is not unpacked, or when it is not what it says it is.
    """
    if member.compress_type not in PACKED:
        raise DamagedFileError(f"the {what} is packed in another way than by deflate; pack it anew, as ZIP programs do by themselves")
    if member.file_size > SMALLEST_BOMB and member.file_size > MOST_RATIO * member.compress_size:
        raise FileTooLargeError(f"the {what} unpacks to more than {MOST_RATIO} times its size; unpack it by itself if you trust it")
    try:
        with archive.open(member) as part:
            return part.read(member.file_size + 1)
    except BROKEN as error:
        raise DamagedFileError(f"the {what} cannot be unpacked; fetch it again, or save it anew") from error


def open_part(archive: zipfile.ZipFile, name: str, what: str) -> IO[bytes]:
    """A part as a file, to be read piece by piece. DamagedFileError when it is not there."""
    try:
        return archive.open(name)
    except (KeyError, *BROKEN) as error:
        raise DamagedFileError(f"the {what} lacks its part {name[:80]}; save it anew") from error


def tree_of(archive: zipfile.ZipFile, name: str, what: str) -> Any:
    """The root element of an XML part. DamagedFileError when it is missing, broken or declares entities; FileTooLargeError."""
    from lxml import etree

    with open_part(archive, name, what) as part:
        try:
            data = part.read(LARGEST_TREE + 1)
        except BROKEN as error:
            raise DamagedFileError(f"the {what} is damaged in its part {name[:80]}; fetch it again, or save it anew") from error
    if len(data) > LARGEST_TREE:
        raise FileTooLargeError(f"the {what} has more than {LARGEST_TREE >> 20} MB of text and marks; split it")
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DamagedFileError(f"the {what} is damaged in its part {name[:80]}; open it in an office program and save it anew") from error
    if root.getroottree().docinfo.doctype:  # entities stay unresolved, and the text after one would be missed
        raise DamagedFileError(f"the {what} declares entities, which no office program writes; open it in one and save it anew")
    return root
