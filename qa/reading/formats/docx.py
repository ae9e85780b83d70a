"""DOCX: paragraphs and tables of the body in reading order, headers and footers as furniture, footnotes at the end.

Content controls and text boxes are read too; deleted text (tracked changes) is not. Not handled: old .doc files, formulas, comments,
numbers that Word computes for lists.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from qa.errors import DamagedFileError, ReadingError
from qa.reading.linear import LinearText
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.package import ZIP, open_package
from qa.reading.patterns import kind_of
from qa.reading.protocol import Reading, Source
from qa.records import BlockKind, Decoding

MAIN_PART = b"word/document.xml"
HEADING_STYLE = re.compile(r"(?:heading|标题|標題)\s*\d|^(?:title|subtitle|标题|標題|副标题|副標題)$", re.I)
CAPTION_STYLE = re.compile(r"^(?:caption|题注|題注|標號)$", re.I)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what its Choice says
NOT_IN_LINE = {f"{W}txbxContent", f"{W}pPr", f"{W}rPr", FALLBACK}  # pPr holds tab stops, which are no tabs
BREAKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
GENERATED_TITLE = re.compile(r"^(?:microsoft word|word document|文档\s*\d*|文檔\s*\d*|python-docx)", re.I)


class Docx:
    """Word documents since 2007."""

    name = "docx"
    number = 1
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffixes: tuple[str, ...] = (".docx",)

    def recognises(self, source: Source) -> bool:
        """A zip archive with Word's main part, or one that is called .docx."""
        return source.data.startswith(ZIP) and (MAIN_PART in source.data or source.suffix in self.suffixes)

    def read(self, source: Source) -> Reading:
        """DamagedFileError, EncryptedFileError or FileTooLargeError before anything is unpacked; DamagedFileError for broken XML."""
        open_package(source.data, "DOCX").close()
        linear = LinearText()
        try:
            about = _linearise(_open(source.data), linear)
        except ReadingError:
            raise
        except Exception as error:  # python-docx meets a broken package with KeyError, ValueError, lxml's errors and more
            raise DamagedFileError(f"the DOCX is damaged ({type(error).__name__}); open it in a word processor and save it anew") from error
        text = linear.text
        return Reading(text, tuple(linear.blocks), Decoding("", "format"), about.or_else(opening_of(text, linear.blocks)))


def _open(data: bytes) -> Any:
    import docx

    document = docx.Document(io.BytesIO(data))
    if document.element.getroottree().docinfo.doctype:  # entities stay unresolved, and the text after one would be missed
        raise DamagedFileError("the DOCX declares entities, which no word processor writes; open it in one and save it anew")
    return document


def _linearise(document: Any, linear: LinearText) -> About:
    styles = {style.style_id: style.name or "" for style in document.styles if style.style_id}
    furniture = [part for section in document.sections for part in (section.header, section.footer) if not part.is_linked_to_previous]
    for part in furniture:
        linear.add("furniture", "\n".join(_text(paragraph) for paragraph in part._element.iter(f"{W}p")))
    title = ""
    for kind, text, style in _body_blocks(document.element.body, styles):
        linear.add(kind, text)
        title = title or (clean_title(text) if kind == "heading" and style else "")
    for note in _footnotes(document):
        linear.add("paragraph", note)
    properties = document.core_properties
    stated = properties.title.strip()
    return About(
        title=stated if stated and not GENERATED_TITLE.match(stated) else title,
        authors=() if GENERATED_TITLE.match(properties.author) else names(properties.author),
    )


def _body_blocks(body: Any, styles: dict[str, str]) -> Iterator[tuple[BlockKind, str, str]]:
    """(kind, text, style name) of the paragraphs and tables, those inside content controls and text boxes included."""
    waiting = list(reversed(body))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{W}p":
            style = _style(element, styles)
            text = _text(element)
            if text.strip():
                yield _kind(text.strip(), style), text, style
            waiting += [inner for box in reversed(list(element.iter(f"{W}txbxContent"))) if not _repeated(box) for inner in reversed(box)]
        elif element.tag == f"{W}tbl":
            yield "table", "\n".join("\t".join(_cell(cell) for cell in row.iterchildren(f"{W}tc")) for row in element.iter(f"{W}tr")), ""
        elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"):
            waiting += reversed(element)


def _repeated(box: Any) -> bool:
    return next(box.iterancestors(FALLBACK), None) is not None


def _cell(cell: Any) -> str:
    return " ".join(" ".join(_text(paragraph) for paragraph in cell.iter(f"{W}p")).split())


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
    """The name of the style when it is a heading's or a caption's; "outline" for a paragraph with an outline level of its own."""
    found = paragraph.find(f"{W}pPr/{W}pStyle")
    name = styles.get(found.get(f"{W}val"), "") if found is not None else ""
    if HEADING_STYLE.search(name) or CAPTION_STYLE.match(name):
        return name
    level = paragraph.find(f"{W}pPr/{W}outlineLvl")
    return "outline" if level is not None and level.get(f"{W}val") != "9" else ""


def _kind(text: str, style: str) -> BlockKind:
    if CAPTION_STYLE.match(style):
        return "caption"
    return "heading" if style else kind_of(text) or "paragraph"


def _footnotes(document: Any) -> Iterator[str]:
    """The text of each footnote and endnote."""
    from lxml import etree

    for relation in document.part.rels.values():
        if relation.is_external or relation.reltype.rpartition("/")[2] not in ("footnotes", "endnotes"):
            continue
        root = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
        for note in root:
            yield "\n".join(_text(paragraph) for paragraph in note.iter(f"{W}p"))
