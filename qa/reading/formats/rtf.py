"""RTF: paragraphs, tables and text boxes in reading order, headers and footers as furniture, footnotes at the end.

Reads what Word, WPS, WordPad, LibreOffice and TextEdit write: \\'xx bytes in the code page of the document or of the font (also when the
second byte of a character stands bare), \\uN with what replaces it for old programs, surrogate pairs, \\bin. Own, because the one
well-kept permissive library fails on three of these and drops titles and notes. Skipped: pictures, objects, hidden and deleted text,
comments, index marks, the instructions of fields. An issue, a bundle and signed pieces under headings of one level become sections. Not
handled: what a Symbol font shows for a letter.
"""

from __future__ import annotations

import codecs
import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from qa.errors import DamagedFileError, ReadingError
from qa.reading.decoding import decode
from qa.reading.linear import LinearText
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.patterns import kind_of
from qa.reading.protocol import Reading, Source
from qa.reading.publication import outside, structured, unless_of_section
from qa.reading.styles import style_level
from qa.reading.tables import Merge, add_table
from qa.records import BlockKind, Decoding

MAGIC = b"{\\rtf"
DEEPEST = 5_000  # groups inside groups
TOKEN = re.compile(rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|((?:\\'[0-9a-fA-F]{2})+)|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.S)
ESCAPED = re.compile(rb"\\'([0-9a-fA-F]{2})")
HEADING_STYLE = re.compile(r"(?:heading|标题|標題)\s*\d|^(?:title|subtitle|标题|標題|副标题|副標題)$", re.I)
CAPTION_STYLE = re.compile(r"^(?:caption|题注|題注|標號)$", re.I)
GENERATED = re.compile(r"^(?:administrator|microsoft.*|user|wps.*|文档\s*\d*|文檔\s*\d*|document\s*\d*|word document)$", re.I)

Place = Literal["body", "note", "furniture", "box", "info", "title", "author", "fonts", "styles"]
Skipped = Literal["", "soft", "hard"]  # soft: an unknown group, in which a known one may be read all the same

PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"), "furniture"),
    **{"footnote": "note", "shptxt": "box", "dptxbxtext": "box", "fonttbl": "fonts", "stylesheet": "styles"},
}
SKIPPED = frozenset(
    (
        *("pict", "objdata", "objclass", "objname", "nonshppict", "shprslt", "sn", "sv"),  # what is no text, and what repeats some
        *("fldinst", "datafield", "xe", "tc", "txe", "rxe", "bkmkstart", "bkmkend", "private", "template", "generator"),
        *("annotation", "atnid", "atnauthor", "atnref", "atntime", "atnicn", "atrfstart", "atrfend"),
        *("colortbl", "filetbl", "listtable", "latentstyles", "revtbl", "rsidtbl", "themedata", "colorschememapping", "datastore"),
        *("ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "falt", "panose", "nonesttables"),
    )
)
CHARACTERS = {
    **{"tab": "\t", "line": "\n", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emdash": "—"},
    **{"endash": "–", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005", "softline": "\n", "zwj": "\u200d", "zwnj": "\u200c"},
}
SYMBOLS = {b"~": "\xa0", b"_": "\u2011", b"{": "{", b"}": "}", b"\\": "\\"}
CHARSETS = {  # \fcharset: the code page; 0 and 1 are the document's own
    **{77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254"},
    **{163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 2: "cp1252"},
}
CODE_PAGES = {936: "gb18030", 54936: "gb18030", 10008: "gb18030", 20936: "gb18030", 10002: "cp950", 65001: "utf-8", 10000: "mac_roman"}
SECOND_CHOICE = {"cp950": "big5hkscs", "gb18030": "cp1252"}


@dataclass(slots=True)
class Group:
    """What holds inside a pair of braces, and is what it was before them after."""

    place: Place = "body"
    skipped: Skipped = ""
    unseen: bool = False  # hidden or deleted text
    replaced: int = 1  # how many characters follow \uN for programs that do not know it
    font: int = -1
    style: int = -1
    outline: int = -1  # the level of a heading, from 0; -1 for other text
    in_table: bool = False


@dataclass(slots=True)
class TableRow:
    """The cells of a row, the ones that only continue the cell above, and whether the row is marked as header."""

    cells: list[str] = field(default_factory=list)
    continued: list[bool] = field(default_factory=list)
    is_header: bool = False


class Rtf:
    """Rich Text Format, whatever the file is called; Word saves it as .doc too."""

    name = "rtf"
    number = 3
    media_type = "application/rtf"
    suffixes: tuple[str, ...] = (".rtf",)

    def recognises(self, source: Source) -> bool:
        """By its first bytes."""
        return source.data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(MAGIC)

    def read(self, source: Source) -> Reading:
        """DamagedFileError when the groups do not close: the file is cut off."""
        writing = _Writing(source.data)
        try:
            writing.run()
        except ReadingError:
            raise
        except (ValueError, LookupError, OverflowError) as error:
            problem = type(error).__name__
            raise DamagedFileError(f"the RTF is damaged ({problem}); open it in a word processor and save it anew") from error
        linear = writing.linear
        stated = About(title=_stated(writing.title), authors=names(_stated(writing.author)))
        found = structured(linear.text, linear.blocks, cut=False, levels=linear.levels)
        about = stated.or_else(About(title=unless_of_section(writing.heading, found))).or_else(opening_of(linear.text, outside(found)))
        return Reading(linear.text, found.blocks, Decoding("", "format"), about, found.sections)


def _stated(value: str) -> str:
    return "" if GENERATED.match(value.strip()) else clean_title(value)


class _Writing:
    """One pass over the marks of a file; what has been written so far, and what is being written."""

    def __init__(self, data: bytes) -> None:
        self.linear = LinearText()
        self.title = self.author = self.heading = ""
        self._data = data
        self._group = Group()
        self._groups: list[Group] = []
        self._code_page = _code_page(data)
        self._fonts: dict[int, str] = {}
        self._styles: dict[int, str] = {}
        self._deff = -1
        self._bytes = bytearray()  # not decoded yet: a character's bytes may come as several marks
        self._text: dict[Place, list[str]] = {}  # by place: a note begins inside a paragraph
        self._to_skip = 0  # characters that replace a \uN
        self._boxes: list[str] = []  # text boxes, until their paragraph ends
        self._notes: list[str] = []
        self._furniture: dict[str, None] = {}
        self._row = TableRow()
        self._columns: list[bool] = []  # of the row's definition: whether the cell continues the one above
        self._continues = False
        self._table: list[TableRow] = []

    def run(self) -> None:
        place = self._data.index(MAGIC)
        while found := TOKEN.match(self._data, place):
            place = found.end()
            word, number, hexadecimal, symbol, brace, raw = found.groups()
            if raw is not None:
                self._write_bytes(raw)
            elif hexadecimal is not None:
                self._write_bytes(bytes.fromhex(hexadecimal.decode().replace("\\'", "")))
            elif brace == b"{":
                self._open()
            elif brace == b"}":
                self._close()
                if not self._groups:
                    break
            elif word is not None:
                value = int(number) if number else None
                if word == b"bin" and value is not None:
                    place += max(0, value)
                else:
                    self._control(word.decode(), value)
            elif symbol is not None:
                self._symbol(symbol)
        if self._groups:
            raise DamagedFileError("the RTF is cut off: its groups do not close; fetch it again, or save it anew")
        self._end_paragraph()
        self._end_table()
        for note in self._notes:
            self.linear.add("paragraph", note)

    # Groups

    def _open(self) -> None:
        self._flush()
        self._to_skip = 0
        self._groups.append(self._group)
        if len(self._groups) > DEEPEST:
            raise DamagedFileError("the RTF is nested too deep to be read; save it in a simpler form")
        self._group = copy.copy(self._group)

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        before, after = self._group, self._groups.pop()
        self._group = after
        if before.place != after.place and before.skipped != "hard":
            self._end_place(before)

    def _end_place(self, group: Group) -> None:
        """A note, a header, a text box or a field of the head ends with its group."""
        text = _paired("".join(self._text.pop(group.place, [])))
        if not text.strip():
            return
        if group.place == "note":
            self._notes.append(text)
        elif group.place == "furniture" and text.strip() not in self._furniture:
            self._furniture[text.strip()] = None
            self.linear.add("furniture", text)
        elif group.place == "box":
            self._boxes.append(text)
        elif group.place == "title":
            self.title = text
        elif group.place == "author":
            self.author = text

    # Control words

    def _control(self, word: str, value: int | None) -> None:
        group = self._group
        if word == "u" and value is not None:
            self._write(chr(value % 0x10000))
            self._to_skip = group.replaced
            return
        self._flush()
        if self._to_skip and word in CHARACTERS:
            self._to_skip -= 1
            return
        self._to_skip = 0
        if word in ("title", "author") and group.place == "info":
            group.place, group.skipped = ("title" if word == "title" else "author"), ""
        elif word == "info" and not group.skipped:
            group.place, group.skipped = "info", "hard"
        elif word in PLACES and group.skipped != "hard":
            group.place, group.skipped = PLACES[word], ""
        elif word in ("ud", "nesttableprops") and group.skipped == "soft":
            group.skipped = ""
        elif word == "upr" and not group.skipped:
            group.skipped = "soft"
        elif word in SKIPPED:
            group.skipped = "hard"
        elif word in CHARACTERS:
            self._write(CHARACTERS[word])
        else:
            self._property(group, word, value)
            self._structure(word)

    def _property(self, group: Group, word: str, value: int | None) -> None:
        if word == "f" and value is not None:
            group.font = value
        elif word == "fcharset" and value is not None and group.place == "fonts":
            self._fonts[group.font] = CHARSETS.get(value, "")
        elif word == "deff" and value is not None:
            self._deff = value
        elif word == "uc":
            group.replaced = max(0, min(value if value is not None else 1, 100))
        elif word in ("v", "deleted"):
            group.unseen = value != 0
        elif word == "plain":
            group.unseen, group.font = False, -1
        elif word == "pard":
            group.style, group.outline, group.in_table = -1, -1, False
        elif word == "s" and value is not None:
            group.style = value
        elif word == "outlinelevel":
            group.outline = value if value is not None and 0 <= value < 9 else -1
        elif word == "intbl":
            group.in_table = True

    def _structure(self, word: str) -> None:
        if self._group.skipped or self._group.place in ("fonts", "styles"):
            return
        if word in ("par", "sect", "page", "column"):
            if self._group.place == "body" and not self._group.in_table:
                self._end_paragraph()
            else:
                self._write("\n")
        elif self._group.place != "body":
            if word in ("cell", "row", "nestcell", "nestrow"):
                self._write("\t" if word.endswith("cell") else "\n")
        elif word == "trowd":
            self._columns, self._continues, self._row.is_header = [], False, False
        elif word == "trhdr":
            self._row.is_header = True
        elif word == "clvmrg":
            self._continues = True
        elif word == "cellx":
            self._columns.append(self._continues)
            self._continues = False
        elif word == "nestcell":
            self._write("\t")
        elif word == "nestrow":
            self._write("\n")
        elif word == "cell":
            self._row.cells.append(self._cell())
        elif word == "row":
            self._end_row()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            if not self._group.skipped:
                self._group.skipped = "soft"
            return
        self._flush()
        if self._to_skip:
            self._to_skip -= 1
        elif symbol in b"\r\n":
            self._structure("par")
        elif symbol in SYMBOLS:
            self._write(SYMBOLS[symbol])

    # Characters

    def _write_bytes(self, data: bytes) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        if data and not self._group.skipped and not self._group.unseen:
            self._bytes += data

    def _flush(self) -> None:
        """The bytes gathered so far as characters, in the font's code page."""
        if not self._bytes:
            return
        data = bytes(self._bytes)
        self._bytes.clear()
        if self._group.place == "styles":
            self._name_style(data)
        elif self._group.place != "fonts":
            self._append(self._decoded(data))

    def _decoded(self, data: bytes) -> str:
        font = self._group.font if self._group.font >= 0 else self._deff
        return _decoded(data, self._fonts.get(font) or self._code_page)

    def _name_style(self, data: bytes) -> None:
        name = self._decoded(data).partition(";")[0].strip()
        if name:
            self._styles.setdefault(self._group.style if self._group.style >= 0 else 0, name)

    def _write(self, text: str) -> None:
        self._flush()
        if not self._group.skipped and not self._group.unseen and self._group.place not in ("fonts", "styles"):
            self._append(text)

    def _append(self, text: str) -> None:
        self._text.setdefault(self._group.place, []).append(text)

    # Paragraphs and tables

    def _taken(self) -> tuple[str, list[str]]:
        """The text of the body since it was last taken, and of the text boxes that hang on it."""
        self._flush()
        boxes, self._boxes = self._boxes, []
        return _paired("".join(self._text.pop("body", []))), boxes

    def _cell(self) -> str:
        text, boxes = self._taken()
        return "\n".join([text, *boxes])

    def _end_paragraph(self) -> None:
        text, boxes = self._taken()
        self._end_table()
        if text.strip():
            kind = self._kind(text.strip())
            self.linear.add(kind, text, level=self._level())
            if kind == "heading" and not self.heading:
                self.heading = clean_title(text)
        self._add_lines(boxes)

    def _add_lines(self, texts: Iterable[str]) -> None:
        for line in (line.strip() for text in texts for line in text.split("\n")):
            self.linear.add(kind_of(line) or "paragraph", line)

    def _kind(self, text: str) -> BlockKind:
        style = self._styles.get(self._group.style, "")
        if CAPTION_STYLE.match(style):
            return "caption"
        return "heading" if self._group.outline >= 0 or HEADING_STYLE.search(style) else kind_of(text) or "paragraph"

    def _level(self) -> int | None:
        """The level of the paragraph as a heading, 0 for a title."""
        level = style_level(self._styles.get(self._group.style, ""))
        return self._group.outline + 1 if level is None and self._group.outline >= 0 else level

    def _end_row(self) -> None:
        rest = self._cell()
        if rest.strip():
            self._row.cells.append(rest)
        self._row.continued = list(self._columns)
        self._table.append(self._row)
        self._row = TableRow(is_header=self._row.is_header)

    def _end_table(self) -> None:
        """The rows gathered, as a table; a table of one column as paragraphs."""
        rows, self._table = self._table, []
        if self._row.cells:  # a row that the file does not end
            rows, self._row = [*rows, self._row], TableRow()
        if rows and all(len(row.cells) < 2 for row in rows):
            self._add_lines(cell for row in rows for cell in row.cells)
        elif rows:
            n_headers = next((place for place, row in enumerate(rows) if not row.is_header), 0)
            cells = [list(enumerate(row.cells)) for row in rows]
            add_table(self.linear, cells, list(_merges(rows)), header_rows=n_headers, in_prose=True)


def _merges(rows: list[TableRow]) -> Iterator[Merge]:
    """The cells that go on downwards."""
    begun: dict[int, int] = {}
    for place, row in enumerate([*rows, TableRow()]):
        continued = {column for column, goes_on in enumerate(row.continued) if goes_on}
        for column in [column for column in begun if column not in continued]:
            yield Merge(begun[column], column, place - begun.pop(column))
        for column in continued - begun.keys():
            begun[column] = max(place - 1, 0)


def _code_page(data: bytes) -> str:
    """The code page that the head states; where it states none, the one in which the bytes are likeliest."""
    head = data[:4096]
    if found := re.search(rb"\\ansicpg(\d{1,5})", head):
        number = int(found[1])
        named = CODE_PAGES.get(number, f"cp{number}")
        return named if _is_known(named) else "cp1252"
    for word, named in ((rb"\\mac\b", "mac_roman"), (rb"\\pca\b", "cp850"), (rb"\\pc\b", "cp437")):
        if re.search(word, head):
            return named
    written = ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 16)]), data)
    try:
        return decode(written)[1].encoding if re.search(rb"[\x80-\xff]{2}", written) else "cp1252"
    except ReadingError:
        return "cp1252"


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def _decoded(data: bytes, encoding: str) -> str:
    for choice in (encoding, SECOND_CHOICE.get(encoding, encoding)):
        try:
            return data.decode(choice)
        except UnicodeDecodeError:
            continue
    return data.decode(encoding, "replace")


def _paired(text: str) -> str:
    """Surrogates, which \\uN writes one by one, as the characters that they make."""
    if not any("\ud800" <= character <= "\udfff" for character in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
