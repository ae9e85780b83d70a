"""ODT: headings, paragraphs, lists and tables of the body in reading order, headers and footers as furniture, notes at the end.

Text boxes are read after the paragraph that they hang on; deleted text (tracked changes) is not. An issue, a bundle and signed pieces
under headings of one level become sections. Not handled: comments, formulas,
numbers that the program computes for lists, readings above characters (ruby), flat files (.fodt), spreadsheets (.ods).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from qa.errors import EncryptedFileError, FileTooLargeError
from qa.reading.dates import iso_date
from qa.reading.linear import LinearText
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.package import BROKEN, ZIP, members_of, open_package, tree_of
from qa.reading.patterns import kind_of
from qa.reading.protocol import Reading, Source
from qa.reading.publication import outside, structured, unless_of_section
from qa.reading.styles import TITLE_STYLE, style_level
from qa.reading.tables import MOST_ROWS, Merge, add_table
from qa.records import BlockKind, Decoding

MEDIA_TYPE = b"application/vnd.oasis.opendocument.text"
MAIN_PART = "content.xml"
FURNITURE = ("header", "footer")
MOST_BLANKS = 100  # that one mark may stand for
DEEPEST_LEVEL = 10  # of headings, as the format has them
MOST_COLUMNS = 1_000  # that one cell may be repeated over
HEADING_STYLE = re.compile(r"(?:heading|标题|標題)(?:_20_)?\s*\d|^(?:title|subtitle|标题|標題|副标题|副標題)$", re.I)
CAPTION_STYLE = re.compile(r"^(?:caption|illustration|drawing|figure|题注|題注|標號)$", re.I)
PARAGRAPHS = ("p", "h")
INDEXES = ("table-of-content", "illustration-index", "table-index", "object-index", "user-index", "alphabetical-index", "bibliography")
NOT_IN_LINE = frozenset({"note", "annotation", "text-box", "tracked-changes", "ruby-text", "object", "table"})
NOT_IN_BODY = frozenset({"tracked-changes", "annotation", "object"})
SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"  # what is said of a picture to those who cannot see it
SPACES = re.compile(r"[ \t\r\n]+")  # in the XML any run of them is one blank


class Odt:
    """Text documents of LibreOffice, OpenOffice and whoever else writes OpenDocument."""

    name = "odt"
    number = 3
    media_type = MEDIA_TYPE.decode()
    suffixes: tuple[str, ...] = (".odt", ".ott")

    def recognises(self, source: Source) -> bool:
        """A zip archive that says it is an OpenDocument text, or a broken one that is called .odt."""
        if not source.data.startswith(ZIP):
            return False
        members = members_of(source.data)
        return (MAIN_PART in members and MEDIA_TYPE in _stated_type(source.data)) or (not members and source.suffix in self.suffixes)

    def read(self, source: Source) -> Reading:
        """Damaged-, Encrypted- or FileTooLargeError before anything is unpacked; DamagedFileError for broken XML."""
        linear = LinearText()
        with open_package(source.data, "ODT") as archive:
            if _is_encrypted(archive):
                raise EncryptedFileError("the ODT is encrypted; open it with its password and save it without one")
            title = _linearise(archive, linear)
            stated = _meta(archive)
        found = structured(linear.text, linear.blocks, cut=False, levels=linear.levels)
        opening = opening_of(linear.text, outside(found))
        title = stated.title or unless_of_section(title, found)
        about = About(title=title, authors=stated.authors, published=opening.published or stated.published)
        return Reading(linear.text, found.blocks, Decoding("", "format"), about.or_else(opening), found.sections)


def _stated_type(data: bytes) -> bytes:
    """What the member "mimetype" says; the beginning of the manifest where there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = "mimetype" if "mimetype" in archive.namelist() else "META-INF/manifest.xml"
            with archive.open(name) as part:
                return part.read(2_000)
    except (KeyError, *BROKEN):
        return b""


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    if "META-INF/manifest.xml" not in archive.namelist():
        return False
    root = tree_of(archive, "META-INF/manifest.xml", "ODT")
    return next(root.iter("{*}encryption-data"), None) is not None


def _linearise(archive: zipfile.ZipFile, linear: LinearText) -> str:
    """Fills the linear text; the title that the text itself shows, or ""."""
    content = tree_of(archive, MAIN_PART, "ODT")
    styles = tree_of(archive, "styles.xml", "ODT") if "styles.xml" in archive.namelist() else None
    named = _named_styles(*(root for root in (styles, content) if root is not None))
    furniture = [] if styles is None else list(styles.iterfind(".//{*}master-page/*"))
    for text in dict.fromkeys("\n".join(_text(p) for p in part.iter("{*}p", "{*}h")) for part in furniture if _tag(part)[:6] in FURNITURE):
        linear.add("furniture", text)
    title = heading = ""
    for element, kind, style in _body(content.find("{*}body/{*}text"), named):
        if _tag(element) == "table":
            _add_table(element, linear)
            continue
        text = _text(element)
        linear.add(kind or kind_of(text.strip()) or "paragraph", text, level=_level(element, style))
        if kind == "heading" and TITLE_STYLE.match(style):
            title = title or clean_title(text)
        elif kind == "heading":
            heading = heading or clean_title(text)
    for note in content.iterfind("{*}body/{*}text//{*}note"):
        if next(note.iterancestors("{*}tracked-changes"), None) is not None:
            continue
        mark = note.findtext("{*}note-citation") or ""
        linear.add("paragraph", f"{mark} " + "\n".join(_text(p) for p in note.iterfind("{*}note-body//{*}p")))
    return title or heading


def _body(body: Any, styles: Mapping[str, str]) -> Iterator[tuple[Any, BlockKind | None, str]]:
    """(paragraph or table, kind, name of its style) in reading order; kind None where the text itself has to show it."""
    waiting: list[tuple[Any, BlockKind | None]] = [] if body is None else [(each, None) for each in reversed(body)]
    while waiting:
        element, kind = waiting.pop()
        tag = _tag(element)
        if tag in PARAGRAPHS:
            style = styles.get(_attribute(element, "style-name"), "")
            yield element, kind or _kind(tag, style), style
            waiting += [(inner, kind) for box in reversed(list(_boxes(element))) for inner in reversed(box)]
        elif tag == "table":
            if _is_layout(element):
                waiting += [(inner, kind) for cell in reversed(list(element.iter("{*}table-cell"))) for inner in reversed(cell)]
            else:
                yield element, "table", ""
        elif tag in INDEXES:
            waiting += [(inner, "contents") for inner in reversed(element) if _tag(inner) == "index-body"]
        elif tag not in NOT_IN_BODY:  # lists, sections, shapes
            waiting += [(inner, kind) for inner in reversed(element)]


def _boxes(paragraph: Any) -> Iterator[Any]:
    """The text boxes that hang on a paragraph, without those inside another one: they come when that one is read."""
    for box in paragraph.iter("{*}text-box"):
        inner = next(box.iterancestors("{*}text-box", "{*}p", "{*}h"), None)
        if inner is paragraph:
            yield box


def _is_layout(table: Any) -> bool:
    """A table of one column, or with tables inside: a frame round paragraphs."""
    if next(table.iterdescendants("{*}table"), None) is not None:
        return True
    return all(
        _number(row, "number-columns-spanned") < 2 and len(list(row.iter("{*}table-cell"))) < 2 for row in table.iter("{*}table-row")
    )


def _kind(tag: str, style: str) -> BlockKind | None:
    if tag == "h" or HEADING_STYLE.search(style):
        return "heading"
    return "caption" if CAPTION_STYLE.match(style) else None


def _level(paragraph: Any, style: str) -> int | None:
    """The level of a heading, 0 for a title; None where neither its style nor its outline tells one."""
    level = style_level(style)
    return min(_number(paragraph, "outline-level"), DEEPEST_LEVEL) if level is None and _tag(paragraph) == "h" else level


def _named_styles(*roots: Any) -> dict[str, str]:
    """Name of a style to the name that a person gave it: the styles a program makes by the way name their parent."""
    shown: dict[str, str] = {}
    for root in roots:
        for style in root.iter("{*}style"):
            name, parent = _attribute(style, "name"), _attribute(style, "parent-style-name")
            automatic = _tag(style.getparent()) == "automatic-styles"
            shown[name] = shown.get(parent, parent) if automatic else _attribute(style, "display-name") or name
    return shown


def _add_table(table: Any, linear: LinearText) -> None:
    rows: list[list[tuple[int, str]]] = []
    merges: list[Merge] = []
    header_rows = 0
    for row in table.iter("{*}table-row"):
        repeated = _number(row, "number-rows-repeated")
        in_header = _tag(row.getparent()) == "table-header-rows"
        cells, row_merges = _cells(row, len(rows))
        if not cells:
            repeated = 1  # sheets end with a million empty rows
        if len(rows) + repeated > MOST_ROWS:
            raise FileTooLargeError(f"a table of more than {MOST_ROWS:,} rows; split it into several files")
        header_rows += repeated if in_header and cells else 0
        rows += [cells] * repeated
        merges += row_merges
    add_table(linear, rows, merges, header_rows=header_rows, in_prose=True)


def _cells(row: Any, place: int) -> tuple[list[tuple[int, str]], list[Merge]]:
    cells, merges, column = [], [], 0
    for cell in row.iterchildren("{*}table-cell", "{*}covered-table-cell"):
        repeated = _number(cell, "number-columns-repeated")
        text = "\n".join(_text(paragraph) for paragraph in cell.iter("{*}p", "{*}h") if _is_own(paragraph, cell)).strip()
        if text and _tag(cell) == "table-cell":
            cells += [(column + offset, text) for offset in range(min(repeated, MOST_COLUMNS))]
            n_rows, n_columns = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
            if n_rows > 1 or n_columns > 1:
                merges.append(Merge(place, column, n_rows, n_columns))
        column += repeated
    return cells, merges


def _is_own(paragraph: Any, cell: Any) -> bool:
    """Whether the paragraph belongs to the cell, and not to a note or a comment inside."""
    return next(paragraph.iterancestors("{*}note", "{*}annotation", "{*}table-cell"), None) is cell


def _text(paragraph: Any) -> str:
    """The text of a paragraph; what is anchored in it left out."""
    parts: list[str] = []
    waiting: list[Any] = [paragraph]  # elements to open, and strings to write
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        tag = _tag(item)
        if tag == "s":
            parts.append(" " * min(_number(item, "c"), MOST_BLANKS))
        elif tag == "tab":
            parts.append("\t")
        elif tag == "line-break":
            parts.append("\n")
        elif tag not in NOT_IN_LINE and not item.tag.startswith(SVG):
            for child in reversed(item):
                waiting += [SPACES.sub(" ", child.tail or ""), child]
            waiting.append(SPACES.sub(" ", item.text or ""))
    return "".join(parts)


def _meta(archive: zipfile.ZipFile) -> About:
    """Title, author and date as the program notes them; the day the document was begun."""
    if "meta.xml" not in archive.namelist():
        return About()
    root = tree_of(archive, "meta.xml", "ODT")
    said = {_tag(element): (element.text or "").strip() for element in reversed(list(root.iter())) if isinstance(element.tag, str)}
    return About(
        title=clean_title(said.get("title", "")),
        authors=names(said.get("initial-creator") or said.get("creator") or ""),
        published=iso_date(said.get("creation-date") or said.get("date") or ""),
    )


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _number(element: Any, name: str) -> int:
    """A count that an attribute states; 1 where it states none."""
    value = _attribute(element, name)
    return max(1, int(value)) if value.isdecimal() and len(value) < 10 else 1
