"""DOCX: paragraphs and tables of the body in reading order, headers and footers as furniture, footnotes at the end.

A row of a table carries the labels of its columns (`tables`); a table of one column, or with tables inside, is read as the paragraphs in
it. An issue, a bundle and signed pieces under headings of one level become sections. Content controls and text boxes are read too; deleted
text (tracked changes) is not. Not handled: old .doc files, formulas, comments, numbers that Word computes for lists.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from qa.errors import DamagedFileError, ReadingError
from qa.reading.linear import LinearText
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.package import ZIP, members_of, open_package
from qa.reading.patterns import kind_of
from qa.reading.protocol import Reading, Source
from qa.reading.publication import outside, structured, unless_of_section
from qa.reading.styles import style_level
from qa.reading.tables import Merge, add_table
from qa.records import BlockKind, Decoding

MAIN_PART = "word/document.xml"
HEADING_STYLE = re.compile(r"(?:heading|标题|標題)\s*\d|^(?:title|subtitle|标题|標題|副标题|副標題)$", re.I)
CAPTION_STYLE = re.compile(r"^(?:caption|题注|題注|標號)$", re.I)
CONTENTS_STYLE = re.compile(r"^(?:toc|目录|目錄)(?:\s*\d|\s+heading)$", re.I)  # "TOC 1", "TOC Heading"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what its Choice says
NOT_IN_LINE = {f"{W}txbxContent", f"{W}pPr", f"{W}rPr", FALLBACK}  # pPr holds tab stops, which are no tabs
CONTAINERS = {f"{W}{tag}" for tag in ("sdt", "sdtContent", "customXml", "ins", "tbl", "tr", "tc")}  # a table only when it is a frame
MOST_COLUMNS = 1_000
BREAKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
GENERATED_TITLE = re.compile(r"^(?:microsoft word|word document|文档\s*\d*|文檔\s*\d*|python-docx)", re.I)


class Docx:
    """Word documents since 2007."""

    name = "docx"
    number = 3
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes: tuple[str, ...] = (".docx",)

    def recognises(self, source: Source) -> bool:
        """A zip archive with Word's main part, or one that is called .docx."""
        if not source.data.startswith(ZIP):
            return False
        return source.suffix in self.suffixes or (MAIN_PART.encode() in source.data and MAIN_PART in members_of(source.data))

    def read(self, source: Source) -> Reading:
        """DamagedFileError, EncryptedFileError or FileTooLargeError before anything is unpacked; DamagedFileError for broken XML."""
        open_package(source.data, "DOCX").close()
        linear = LinearText()
        try:
            heading, about = _linearise(_open(source.data), linear)
        except ReadingError:
            raise
        except Exception as error:  # python-docx meets a broken package with KeyError, ValueError, lxml's errors and more
            raise DamagedFileError(f"the DOCX is damaged ({type(error).__name__}); open it in a word processor and save it anew") from error
        text = linear.text
        found = structured(text, linear.blocks, cut=False, levels=linear.levels)
        about = about.or_else(About(title=unless_of_section(heading, found))).or_else(opening_of(text, outside(found)))
        return Reading(text, found.blocks, Decoding("", "format"), about, found.sections)


def _open(data: bytes) -> Any:
    import docx

    document = docx.Document(io.BytesIO(data))
    if document.element.getroottree().docinfo.doctype:  # entities stay unresolved, and the text after one would be missed
        raise DamagedFileError("the DOCX declares entities, which no word processor writes; open it in one and save it anew")
    return document


def _linearise(document: Any, linear: LinearText) -> tuple[str, About]:
    """The first heading, and what the document's properties state."""
    styles = {style.style_id: style.name or "" for style in document.styles if style.style_id}
    furniture = [part for section in document.sections for part in (section.header, section.footer) if not part.is_linked_to_previous]
    for part in furniture:
        linear.add("furniture", "\n".join(_text(paragraph) for paragraph in part._element.iter(f"{W}p")))
    heading = ""
    for element, kind, style in _body_blocks(document.element.body, styles):
        if kind == "table":
            _add_table(element, linear)
            continue
        text = _text(element)
        linear.add(kind or kind_of(text.strip()) or "paragraph", text, level=style_level(style))
        heading = heading or (clean_title(text) if kind == "heading" else "")
    for note in _footnotes(document):
        linear.add("paragraph", note)
    properties = document.core_properties
    stated = properties.title.strip()
    return heading, About(
        title="" if GENERATED_TITLE.match(stated) else stated,
        authors=() if GENERATED_TITLE.match(properties.author) else names(properties.author),
    )


def _body_blocks(body: Any, styles: dict[str, str]) -> Iterator[tuple[Any, BlockKind | None, str]]:
    """(element, kind, style) of the paragraphs and tables, those inside content controls, text boxes and frames included.

    The kind is None where the text itself has to show it.
    """
    waiting = list(reversed(body))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{W}p":
            style = _style(element, styles)
            yield element, _kind(style), style
            waiting += [inner for box in reversed(list(element.iter(f"{W}txbxContent"))) if not _repeated(box) for inner in reversed(box)]
        elif element.tag == f"{W}tbl" and not _is_layout(element):
            yield element, "table", ""
        elif element.tag in CONTAINERS:
            waiting += reversed(element)


def _is_layout(table: Any) -> bool:
    """A table of one column, or with tables inside: a frame round paragraphs."""
    if next(table.iterdescendants(f"{W}tbl"), None) is not None:
        return True
    return all(len(list(row.iterchildren(f"{W}tc"))) < 2 for row in table.iter(f"{W}tr"))


def _repeated(element: Any) -> bool:
    return next(element.iterancestors(FALLBACK), None) is not None


def _add_table(table: Any, linear: LinearText) -> None:
    """The rows by `tables.add_table`; those that Word repeats on every page are its header."""
    rows: list[list[tuple[int, str]]] = []
    merges: list[Merge] = []
    begun: dict[int, Merge] = {}  # column: the cell there that may go on downwards
    header_rows = 0
    for place, row in enumerate(table.iter(f"{W}tr")):
        rows.append([])
        column = _number(row.find(f"{W}trPr/{W}gridBefore"))
        header = row.find(f"{W}trPr/{W}tblHeader")
        header_rows += header is not None and header.get(f"{W}val") not in ("0", "false") and header_rows == place
        for cell in row.iter(f"{W}tc"):
            spread = max(1, _number(cell.find(f"{W}tcPr/{W}gridSpan")))
            goes_on = cell.find(f"{W}tcPr/{W}vMerge")
            if goes_on is not None and goes_on.get(f"{W}val") != "restart" and column in begun:
                begun[column] = replace(begun[column], rows=place - begun[column].row + 1)
            else:
                merges.append(begun.pop(column, Merge(0, 0)))
                begun[column] = Merge(place, column, 1, spread)
            if text := "\n".join(_text(paragraph) for paragraph in cell.iter(f"{W}p") if not _repeated(paragraph)).strip():
                rows[-1].append((column, text))
            column += spread
    merges += begun.values()
    add_table(linear, rows, [merge for merge in merges if max(merge.rows, merge.columns) > 1], header_rows=header_rows, in_prose=True)


def _number(element: Any) -> int:
    """The number that an element states, 0 when there is none."""
    value = element.get(f"{W}val", "") if element is not None else ""
    return min(int(value), MOST_COLUMNS) if value.isdecimal() and len(value) < 6 else 0


def _text(paragraph: Any) -> str:
    """The text of a paragraph's runs; tabs and line breaks as such, text boxes anchored in it left out."""
    from lxml import etree

    parts: list[str] = []
    walk = etree.iterwalk(paragraph, events=("start",))
    for _, element in walk:
        if element.tag in NOT_IN_LINE:
            walk.skip_subtree()
        elif element.tag == f"{W}t":
            parts.append(element.text or "")
        else:
            parts.append(BREAKS.get(element.tag, ""))
    return "".join(parts)


def _style(paragraph: Any, styles: dict[str, str]) -> str:
    """The name of a heading's, a caption's or a contents page's style; "outline" for a paragraph with an outline level of its own."""
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    name = styles.get(found.get(f"{W}val"), "") if found is not None else ""
    if HEADING_STYLE.search(name) or CAPTION_STYLE.match(name) or CONTENTS_STYLE.match(name):
        return name
    level = paragraph.find(f"{W}pPr/{W}outlineLvl")
    return "outline" if level is not None and level.get(f"{W}val") != "9" else ""


def _kind(style: str) -> BlockKind | None:
    if CAPTION_STYLE.match(style):
        return "caption"
    return "contents" if CONTENTS_STYLE.match(style) else "heading" if style else None


def _footnotes(document: Any) -> Iterator[str]:
    """The text of each footnote and endnote."""
    from lxml import etree

    for relation in document.part.rels.values():
        if relation.is_external or relation.reltype.rpartition("/")[2] not in ("footnotes", "endnotes"):
            continue
        root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
        for note in root:
            yield "\n".join(_text(paragraph) for paragraph in note.iter(f"{W}p"))
