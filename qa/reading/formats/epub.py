"""EPUB 2 and 3: the chapters in the order of the spine, each read as HTML; title, authors and date from the package.

A chapter is a section: it begins where the navigation (nav, or NCX) leads, and is called as it is there; in a book without navigation, at
each page with a heading. A table of contents is read, as contents, only where the spine places it among the pages. Nothing is written to
disk: an entry's name is looked up in the archive and nowhere else. Not handled: copy-protected books, pictures and the words in them,
audio, fixed layouts' places.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, ReadingError
from qa.reading.dates import iso_date
from qa.reading.decoding import decode
from qa.reading.formats.html import linearise, tree_of
from qa.reading.linear import LinearText
from qa.reading.opening import About, names, opening_of
from qa.reading.package import MOST_RATIO, PACKED, SMALLEST_BOMB, ZIP, members_of, open_package, unpacked
from qa.reading.protocol import Reading, Source
from qa.reading.publication import Part, outside, structured
from qa.records import Decoding

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
LARGEST_ENTRY = 32 * 1024 * 1024  # bytes, of an entry that is read; pictures are not. `package` bounds number and size of all entries
LARGEST_READ = 128 * 1024 * 1024  # bytes, of all entries that are read
UTF8_NAME = 0x800  # the flag of an entry
CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
NCX_TYPE = "application/x-dtbncx+xml"
MOST_LINKS = 20_000  # of the navigation
FIRST_LINES = 3  # of a page, where its heading stands
CHAPTER_SUFFIXES = (".xhtml", ".html", ".htm")
EVENTS = ("publication", "original-publication", "issued", "")  # whose dates are the book's, the best first
FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # "obfuscated" fonts: no bar to reading
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)  # the HTML parser would take it for a comment
DAMAGED = "the EPUB is damaged ({}); fetch it again, or open it in a book reader and save it anew"


class Epub:
    """Electronic books."""

    name = "epub"
    number = 3
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
        links = _navigation(book, package.navigation)
        begins: list[tuple[int, str | None]] = []  # the first block of each chapter, with its title; None for what is no chapter
        for item in chapters:
            before = len(linear.blocks)
            aimed_at = links.get(item.name, [])
            anchors = _add_chapter(book.entry(item.name), item.is_contents, linear, aimed_at)
            if item.is_contents:
                begins.append((before, None))
            elif aimed_at:
                begins += _chapters(aimed_at, anchors, before)
            elif not links and any(block.kind == "heading" for block in linear.blocks[before : before + FIRST_LINES]):
                begins.append((before, ""))
        ends = [*(place for place, _ in begins[1:]), len(linear.blocks)]
        parts = [Part(range(place, end), title) for (place, title), end in zip(begins, ends, strict=False) if title is not None]
        found = structured(linear.text, linear.blocks, cut=False, parts=parts, levels=linear.levels)
        about = package.about.or_else(opening_of(linear.text, outside(found)))
        return Reading(linear.text, found.blocks, Decoding("", "format"), about, found.sections)


@dataclass(frozen=True, slots=True)
class _Item:
    """A page of the book: the archive's entry, and whether it is the table of contents."""

    name: str
    is_contents: bool


@dataclass(frozen=True, slots=True)
class _Link:
    """Where the navigation leads: a place in a page ("" for its beginning), what it is called, and how deep in the hierarchy it stands."""

    fragment: str
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class _Package:
    """What the package document says: the pages in reading order, the entry with the navigation ("": none), the book's title and makers."""

    spine: tuple[_Item, ...]
    navigation: str
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
    navs = [item for item in items.values() if "nav" in (item.get("properties") or "").split()]
    navs += [item for item in items.values() if item.get("media-type") == NCX_TYPE]
    navigation = _resolved(folder, navs[0].get("href") or "") if navs else ""
    return _Package(tuple(spine.values()), navigation, _about(root))


def _navigation(book: _Book, name: str) -> Mapping[str, list[_Link]]:
    """The links of a nav document or an NCX, by the page that they lead to. {} when it is not there, or damaged: a book opens without."""
    if not name:
        return {}
    try:
        root = _xml(book.entry(name))
    except ReadingError:
        return {}
    found: dict[str, list[_Link]] = {}
    for number, (address, title, depth) in enumerate(_links(root)):
        if number == MOST_LINKS:
            break
        page = _resolved(posixpath.dirname(name), address)
        if page and title:
            found.setdefault(page, []).append(_Link(unquote(address.partition("#")[2]), title, depth))
    return found


def _links(root: Any) -> Iterator[tuple[str, str, int]]:
    """(address, title, depth) of each link."""
    for point in _all(root, "navPoint"):
        depth = sum(1 for _ in point.iterancestors("{*}navPoint"))
        address = next((element.get("src") or "" for element in point if _local(element) == "content"), "")
        yield address, next((_words(element) for element in point if _local(element) == "navLabel"), ""), depth
    for nav in _all(root, "nav"):
        kind = next((value for key, value in nav.attrib.items() if key.rpartition("}")[2] == "type"), "toc")
        if kind == "toc":  # others list pages and pictures
            yield from ((link.get("href") or "", _words(link), sum(1 for _ in link.iterancestors("{*}ol"))) for link in nav.iter("{*}a"))


def _chapters(aimed_at: list[_Link], anchors: Mapping[str, int], before: int) -> list[tuple[int, str | None]]:
    """Where the chapters of a page begin: at the links that stand highest, those deeper lead to their subheadings."""
    highest = min(link.depth for link in aimed_at)
    begins: dict[int, str | None] = {}
    for link in aimed_at:
        if link.depth == highest:
            begins.setdefault(before + anchors.get(link.fragment, 0), link.title)
    return sorted(begins.items())


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


def _add_chapter(data: bytes, is_contents: bool, linear: LinearText, aimed_at: list[_Link]) -> Mapping[str, int]:
    """Adds a page. Returns where its places that links lead to stand, counted in blocks from its beginning."""
    html, _ = decode(data)
    root = tree_of(CDATA.sub(lambda found: escape(found[1], quote=False), html))
    if root is None:
        return {}
    for aside in root.iter("aside"):  # notes and boxes of a book; on a web page, what is beside the point
        aside.tag = "div"
    page = LinearText()
    shape = linearise(root, page, frozenset(link.fragment for link in aimed_at if link.fragment))
    blocks = [replace(block, kind="contents") for block in page.blocks] if is_contents else page.blocks
    linear.add_all(page.text, blocks, page.levels)
    return shape.anchors


def _xml(data: bytes) -> Any:
    """The root of a small XML file. Entities are not resolved, and nothing else is fetched."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, recover=True)
    try:
        root = etree.fromstring(data, parser)
        for element in () if root is None else root.iter():
            str(element.text), str(element.tail), element.items()  # ValueError for half a character (&#xD800;), which the parser lets in
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
