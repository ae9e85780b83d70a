"""EPUB 2 and 3: the chapters in the order of the spine, each read as HTML; title, authors and date from the package.

A table of contents is read, as contents, only where the spine places it among the pages. Nothing is written to disk: an entry's name is
looked up in the archive and nowhere else. Not handled: copy-protected books, pictures and the words in them, audio, fixed layouts' places.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError
from qa.reading.dates import iso_date
from qa.reading.decoding import decode
from qa.reading.formats.html import linearise, tree_of
from qa.reading.linear import LinearText
from qa.reading.opening import About, names, opening_of
from qa.reading.package import MOST_RATIO, PACKED, SMALLEST_BOMB, ZIP, members_of, open_package, unpacked
from qa.reading.protocol import Reading, Source
from qa.records import Decoding

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
LARGEST_ENTRY = 32 * 1024 * 1024  # bytes, of an entry that is read; pictures are not. `package` bounds number and size of all entries
LARGEST_READ = 128 * 1024 * 1024  # bytes, of all entries that are read
UTF8_NAME = 0x800  # the flag of an entry
CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
CHAPTER_SUFFIXES = (".xhtml", ".html", ".htm")
EVENTS = ("publication", "original-publication", "issued", "")  # whose dates are the book's, the best first
FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # "obfuscated" fonts: no bar to reading
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)  # the HTML parser would take it for a comment
DAMAGED = "the EPUB is damaged ({}); fetch it again, or open it in a book reader and save it anew"


class Epub:
    """Electronic books."""

    name = "epub"
    number = 2
    media_type = "application/epub+zip"
    suffixes: tuple[str, ...] = (".epub",)

    def recognises(self, source: Source) -> bool:
        """A zip archive with a book's container, or one that is called .epub."""
        if not source.data.startswith(ZIP):
            return False
        if source.suffix in self.suffixes or source.data[30:58] == b"mimetypeapplication/epub+zip":
            return True
        return CONTAINER.encode() in source.data and CONTAINER in members_of(source.data)

    def read(self, source: Source) -> Reading:
        """EncryptedFileError for a protected book; FileTooLargeError before too much is unpacked; DamagedFileError for the rest."""
        book = _Book(source.data)
        name = book.package_name()
        package = _package(_xml(book.entry(name)), posixpath.dirname(name))
        if book.encrypted() & {item.name for item in package.spine}:
            raise EncryptedFileError("the book is copy-protected (DRM); only its own reader opens it: leave it out, or get it unprotected")
        chapters = [item for item in package.spine if item.name in book.members]  # readers of books pass over a page that is not there
        if not chapters:
            raise DamagedFileError(DAMAGED.format("none of its pages is there"))
        linear = LinearText()
        for item in chapters:
            _add_chapter(book.entry(item.name), item.is_contents, linear)
        text, blocks = linear.text, tuple(linear.blocks)
        return Reading(text, blocks, Decoding("", "format"), package.about.or_else(opening_of(text, blocks)))


@dataclass(frozen=True, slots=True)
class _Item:
    """A page of the book: the archive's entry, and whether it is the table of contents."""

    name: str
    is_contents: bool


@dataclass(frozen=True, slots=True)
class _Package:
    """What the package document says: the pages in reading order, and the book's title and makers."""

    spine: tuple[_Item, ...]
    about: About


class _Book:
    """The archive, checked before anything is unpacked."""

    def __init__(self, data: bytes) -> None:
        self._archive = open_package(data, "EPUB")
        self.members = {name: member for member in self._archive.infolist() for name in _spellings(member)}
        self._left = LARGEST_READ

    def entry(self, name: str) -> bytes:
        """The bytes of an entry. DamagedFileError when it is not there or broken; FileTooLargeError when it is more than is read."""
        member = self.members.get(name)
        if member is None:
            raise DamagedFileError(DAMAGED.format(f"it has no {name[:80]}"))
        if member.compress_type not in PACKED:
            raise DamagedFileError(DAMAGED.format("it is packed in a way that no EPUB may be"))
        size = member.file_size
        self._left -= size
        if size > LARGEST_ENTRY or self._left < 0 or (size > SMALLEST_BOMB and size > MOST_RATIO * member.compress_size):
            raise FileTooLargeError(
                f"the EPUB has chapters of more than {LARGEST_ENTRY >> 20} MB, more than {LARGEST_READ >> 20} MB of them, or chapters that"
                f" unpack to {MOST_RATIO} times their size; save it anew, or split it"
            )
        return unpacked(self._archive, member, "EPUB")

    def package_name(self) -> str:
        """The entry that the container names as the package: the first that is there."""
        roots = [_resolved("", root.get("full-path") or "") for root in _all(_xml(self.entry(CONTAINER)), "rootfile")]
        found = next((name for name in roots if name in self.members), "")
        if not found:
            raise DamagedFileError(DAMAGED.format("it has no package document"))
        return found

    def encrypted(self) -> set[str]:
        """The entries that are encrypted, other than as fonts are."""
        if ENCRYPTION not in self.members:
            return set()
        covered = set()
        for data in _all(_xml(self.entry(ENCRYPTION)), "EncryptedData"):
            methods = [method.get("Algorithm") for method in data if _local(method) == "EncryptionMethod"]
            if not set(methods) & set(FONTS_ONLY):
                covered |= {_resolved("", reference.get("URI") or "") for reference in _all(data, "CipherReference")}
        return covered


def _package(root: Any, folder: str) -> _Package:
    """The package document; folder: where it stands, which addresses in it count from."""
    items: dict[Any, Any] = {item.get("id"): item for item in _all(root, "item")}
    contents = [reference for reference in _all(root, "reference") if (reference.get("type") or "").lower() == "toc"]
    guide = {_resolved(folder, reference.get("href") or "") for reference in contents}
    spine: dict[str, _Item] = {}  # each page once: a spine that repeats itself is no longer than the book
    for itemref in _all(root, "itemref"):
        item = items.get(itemref.get("idref"), {})
        name = _resolved(folder, item.get("href") or "")
        if name and (item.get("media-type") in CHAPTER_TYPES or name.lower().endswith(CHAPTER_SUFFIXES)):
            spine.setdefault(name, _Item(name, "nav" in (item.get("properties") or "").split() or name in guide))
    return _Package(tuple(spine.values()), _about(root))


def _about(root: Any) -> About:
    """Title, authors, publisher and date; of several, the one that is called the main one, the author's, the publication's."""
    refined: dict[tuple[str, str], str] = {}  # EPUB 3: (id, property) to value
    for meta in _all(root, "meta"):
        refined.setdefault(((meta.get("refines") or "").lstrip("#"), meta.get("property") or ""), _words(meta))

    def stated(name: str, refinement: str, attribute: str) -> list[tuple[str, str]]:
        """(text, what is said of it), in order."""
        found = []
        for element in _all(root, name):
            said = refined.get((element.get("id") or "-", refinement), "")
            said = said or next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == attribute), "")
            if text := _words(element):
                found.append((text, said.lower()))
        return found

    titles = stated("title", "title-type", "title-type")
    creators = stated("creator", "role", "role")
    dates = [(iso_date(text), event) for text, event in stated("date", "event", "event") if event in EVENTS]
    dated = sorted((date for date in dates if date[0]), key=lambda date: EVENTS.index(date[1]))
    return About(
        title=next((text for text, said in titles if said == "main"), titles[0][0] if titles else ""),
        authors=tuple(name for text, role in creators if role in ("", "aut") for name in names(text)),
        publication=next((text for text, _ in stated("publisher", "", "")), ""),
        published=dated[0][0] if dated else "",
    )


def _add_chapter(data: bytes, is_contents: bool, linear: LinearText) -> None:
    html, _ = decode(data)
    root = tree_of(CDATA.sub(lambda found: escape(found[1], quote=False), html))
    if root is None:
        return
    for aside in root.iter("aside"):  # notes and boxes of a book; on a web page, what is beside the point
        aside.tag = "div"
    page = LinearText()
    linearise(root, page)
    blocks = [replace(block, kind="contents") for block in page.blocks] if is_contents else page.blocks
    linear.add_all(page.text, blocks)


def _xml(data: bytes) -> Any:
    """The root of a small XML file. Entities are not resolved, and nothing else is fetched."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise DamagedFileError(DAMAGED.format("its table of files is no XML")) from error
    if root is None:
        raise DamagedFileError(DAMAGED.format("its table of files is no XML"))
    return root


def _all(root: Any, name: str) -> Iterator[Any]:
    """The elements of this local name, whatever their namespace, in order."""
    return (element for element in root.iter("{*}" + name))


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _words(element: Any) -> str:
    """Its text; an entity, which is not resolved, is left out."""
    return " ".join("".join(element.xpath(".//text()")).split())


def _spellings(member: zipfile.ZipInfo) -> Iterator[str]:
    """The names that an entry may be asked for by: Windows writes names in UTF-8 or GBK that are marked as neither."""
    yield member.filename
    if not member.flag_bits & UTF8_NAME and not member.filename.isascii():
        for encoding in ("utf-8", "gb18030"):
            try:
                yield member.filename.encode("cp437").decode(encoding)
            except UnicodeError:
                continue


def _resolved(folder: str, address: str) -> str:
    """The archive's name for an address in a book; "" for one that leads out of the book."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or not parts.path:
        return ""
    name = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
    return "" if name.startswith(("/", "../")) or name in (".", "..") else name
