"""XLSX: the sheets in the order of the workbook, hidden ones too; each row with its header, by `tables`; numbers as the sheet shows them.

Dates and times are written as ISO whatever their format. A formula shows its stored result; one that has none shows itself (=B2*3).
Read with lxml alone, row by row: sheets claim a million rows, and the styles that other programs write are often not quite valid.
Not handled: sheets without a filled cell, comments, text boxes, headers and footers of the print, fractions, formats that depend on a
condition, .xls and .xlsb.
"""

from __future__ import annotations

import math
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from qa.errors import DamagedFileError, FileTooLargeError, ReadingError
from qa.reading.linear import LinearText
from qa.reading.opening import About, clean_title, names
from qa.reading.package import BROKEN, ZIP, members_of, open_package, open_part, tree_of
from qa.reading.protocol import Reading, Source
from qa.reading.tables import MOST_ROWS, Merge, add_table
from qa.records import Decoding

MAIN_PART = "xl/workbook.xml"
MOST_CELLS = 4_000_000
MOST_SHARED = 200_000_000  # characters of all texts that cells share
GENERATED = re.compile(
    r"^(?:openpyxl|xlsxwriter|administrator|microsoft (?:excel|office).*|apache poi|user|wps.*|工作簿\s*\d*|book\s*\d*)$", re.I
)
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how the format writes characters that XML cannot hold
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")

GENERAL = "General"
BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 37: "#,##0", 38: "#,##0", 39: "#,##0.00"},
    **{40: "#,##0.00", 14: "y/m/d", 15: "y/m/d", 16: "m/d", 17: "y/m", 18: "h:m", 19: "h:m:s", 20: "h:m", 21: "h:m:s", 22: "y/m/d h:m"},
    **{45: "m:s", 46: "[h]:m:s", 47: "m:s", 48: "0.0E+0", 27: "y/m", 28: "m/d", 29: "m/d", 30: "y/m/d", 31: "y/m/d", 32: "h:m"},  # Chinese
    **{33: "h:m:s", 34: "h:m", 35: "h:m:s", 36: "y/m", 50: "y/m", 51: "m/d", 52: "y/m", 53: "m/d", 54: "m/d", 55: "h:m", 56: "h:m:s"},
    **{57: "y/m", 58: "m/d"},
}
TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[(?:h+|m+|s+)\]|\[[^\]]*\]|General|E[+-]0+|am/pm|a/p|上午/下午|aaa+|ggg+|.', re.I | re.S
)
UNSEEN = ("am/pm", "a/p", "上午/下午")
ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.I)
LARGEST_DAY = 2_958_466  # 9999-12-31 as Excel counts
LARGEST_EXACT = 1e15
MOST_DECIMALS = 12


class Xlsx:
    """Excel workbooks since 2007, as Excel, WPS, LibreOffice and programs write them."""

    name = "xlsx"
    number = 2
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    suffixes: tuple[str, ...] = (".xlsx", ".xlsm")

    def recognises(self, source: Source) -> bool:
        """A zip archive with the workbook's main part, or a broken one that is called .xlsx."""
        if not source.data.startswith(ZIP):
            return False
        members = members_of(source.data)
        return MAIN_PART in members or (not members and source.suffix in self.suffixes)

    def read(self, source: Source) -> Reading:
        """Damaged-, Encrypted- or FileTooLargeError before anything is unpacked; DamagedFileError for broken XML."""
        from lxml import etree

        linear = LinearText()
        with open_package(source.data, "XLSX") as archive:
            try:
                about = _linearise(archive, linear)
            except ReadingError:
                raise
            except (*BROKEN, etree.LxmlError, LookupError, ArithmeticError) as error:
                problem = type(error).__name__
                raise DamagedFileError(f"the XLSX is damaged ({problem}); open it in a spreadsheet program and save it anew") from error
        return Reading(linear.text, tuple(linear.blocks), Decoding("", "format"), about)


@dataclass(frozen=True, slots=True)
class Book:
    """What all sheets of a workbook share."""

    texts: list[str]
    formats: list[str]  # number format of each cell style
    epoch: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name, and its part in the archive."""

    name: str
    part: str


def _linearise(archive: zipfile.ZipFile, linear: LinearText) -> About:
    workbook = tree_of(archive, MAIN_PART, "XLSX")
    related = _related(archive)
    properties = next(workbook.iter("{*}workbookPr"), None)
    from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    book = Book(_shared_texts(archive, related), _formats(archive, related), datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30))
    title = ""
    for sheet in _sheets(workbook, related):
        rows, merges = _rows(archive, sheet, book)
        if not rows:
            continue
        linear.add("heading", sheet.name)
        n_before = len(linear.blocks)
        add_table(linear, rows, merges)
        if not title and len(rows[0]) == 1 and linear.blocks[n_before].kind == "heading":
            title = clean_title(rows[0][0][1])
    return _about(archive).or_else(About(title=title))


def _related(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """Relation id to (kind, part) of the workbook's relations."""
    root = tree_of(archive, "xl/_rels/workbook.xml.rels", "XLSX")
    related = {}
    for relation in root.iterchildren("{*}Relationship"):
        target = relation.get("Target", "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        related[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], part)
    return related


def _sheets(workbook: Any, related: Mapping[str, tuple[str, str]]) -> Iterator[Sheet]:
    """The sheets that have cells; sheets that are one chart have none."""
    for sheet in workbook.iter("{*}sheet"):
        relation = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        kind, part = related.get(relation, ("", ""))
        if kind == "worksheet":
            yield Sheet(sheet.get("name", ""), part)


def _about(archive: zipfile.ZipFile) -> About:
    if "docProps/core.xml" not in archive.namelist():
        return About()
    root = tree_of(archive, "docProps/core.xml", "XLSX")
    title, author = ((root.findtext(f"{{*}}{name}") or "").strip() for name in ("title", "creator"))
    return About(title="" if GENERATED.match(title) else title, authors=() if GENERATED.match(author) else names(author))


def _elements(archive: zipfile.ZipFile, name: str, *tags: str) -> Iterator[Any]:
    """The elements of a part, each forgotten when the next one is asked for."""
    from lxml import etree

    with open_part(archive, name, "XLSX") as part:
        tags_anywhere = [f"{{*}}{tag}" for tag in tags]
        for n, (_, element) in enumerate(etree.iterparse(part, tag=tags_anywhere, resolve_entities=False, no_network=True)):
            if not n and element.getroottree().docinfo.doctype:
                raise DamagedFileError("the XLSX declares entities, which no spreadsheet program writes; open it in one and save it anew")
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _shared_texts(archive: zipfile.ZipFile, related: Mapping[str, tuple[str, str]]) -> list[str]:
    texts: list[str] = []
    length = 0
    for kind, part in related.values():
        if kind == "sharedStrings":
            for item in _elements(archive, part, "si"):
                texts.append(_text(item))
                length += len(texts[-1])
                if length > MOST_SHARED:
                    raise FileTooLargeError("the XLSX holds too much text; split it into several files")
    return texts


def _text(item: Any) -> str:
    """The text of a shared or inline string: all runs, without the readings (rPh) that stand above the characters."""
    runs = (run for child in item for run in ([child] if _tag(child) == "t" else child.iterchildren("{*}t") if _tag(child) == "r" else []))
    return _unescaped("".join(run.text or "" for run in runs))


def _unescaped(text: str) -> str:
    return ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _formats(archive: zipfile.ZipFile, related: Mapping[str, tuple[str, str]]) -> list[str]:
    """The number format of each cell style, by the style's place."""
    part = next((part for kind, part in related.values() if kind == "styles"), "")
    if part not in archive.namelist():
        return []
    root = tree_of(archive, part, "XLSX")
    own = {each.get("numFmtId"): each.get("formatCode", "") for each in root.iterfind("{*}numFmts/{*}numFmt")}
    codes = (style.get("numFmtId", "0") for style in root.iterfind("{*}cellXfs/{*}xf"))
    return [own[code] if code in own else BUILT_IN.get(int(code) if code.isdecimal() else 0, GENERAL) for code in codes]


def _rows(archive: zipfile.ZipFile, sheet: Sheet, book: Book) -> tuple[list[list[tuple[int, str]]], list[Merge]]:
    """The filled rows, one empty row where any number of them is left out, and the merged cells."""
    rows: list[list[tuple[int, str]]] = []
    places: dict[int, int] = {}  # number of the row in the sheet to its place in rows
    ranges: list[tuple[int, int, int, int]] = []
    number = previous = n_cells = 0
    for element in _elements(archive, sheet.part, "row", "mergeCell"):
        if _tag(element) == "mergeCell":
            ranges += _range(element.get("ref", ""))
            continue
        stated = element.get("r", "")
        number = int(stated) if stated.isdecimal() else number + 1
        cells = list(_cells(element, book))
        if not cells:
            continue
        if rows and number != previous + 1:
            rows.append([])
        places[number] = len(rows)
        rows.append(sorted(cells))
        previous = number
        n_cells += len(cells)
        if len(rows) > MOST_ROWS or n_cells > MOST_CELLS:
            raise FileTooLargeError(f"a sheet of more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells; split it into several files")
    return rows, list(_merges(ranges, places))


def _range(reference: str) -> list[tuple[int, int, int, int]]:
    """(first row, first column, last row, last column) of A1:B2, in a list; rows count from 1, columns from 0."""
    corners = [REFERENCE.fullmatch(corner) for corner in reference.split(":")]
    if len(corners) != 2 or corners[0] is None or corners[1] is None:
        return []
    return [(int(corners[0][2]), _column(corners[0][1]), int(corners[1][2]), _column(corners[1][1]))]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _merges(ranges: list[tuple[int, int, int, int]], places: Mapping[int, int]) -> Iterator[Merge]:
    """The merged ranges over the filled rows. A range that goes on over rows without text ends before them."""
    for top, left, bottom, right in ranges:
        if top in places:
            last = top
            while last < bottom and last + 1 in places:
                last += 1
            yield Merge(places[top], left, last - top + 1, right - left + 1)


def _cells(row: Any, book: Book) -> Iterator[tuple[int, str]]:
    """(column, what is shown) of the filled cells."""
    column = -1
    for cell in row:
        if _tag(cell) != "c":
            continue
        found = REFERENCE.fullmatch(cell.get("r", ""))
        column = _column(found[1]) if found else column + 1
        text = _shown(cell, book)
        if text.strip():
            yield column, text


def _shown(cell: Any, book: Book) -> str:
    kind = cell.get("t", "n")
    value, formula = "", None
    for child in cell:
        tag = _tag(child)
        if tag == "v":
            value = child.text or ""
        elif tag == "f":
            formula = child.text or ""
        elif tag == "is":
            value = _text(child)
    if formula is not None and not value and kind != "str":
        return f"={formula}"  # never computed: the file holds nothing else to show
    if not value or kind in ("inlineStr", "str"):
        return _unescaped(value) if kind == "str" else value
    if kind == "s":
        return book.texts[int(value)]
    if kind == "b":
        return "TRUE" if value.strip() == "1" else "FALSE"
    if kind != "n":
        return value  # "e": an error such as #DIV/0!; "d": an ISO date
    style = cell.get("s", "0")
    format_ = book.formats[int(style)] if style.isdecimal() and int(style) < len(book.formats) else GENERAL
    return _number(value, format_, book.epoch)


def _number(value: str, format_: str, epoch: datetime) -> str:
    """A number as its format shows it; dates as ISO."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number):
        return value
    sections = _sections(format_)
    if sections[0].is_date:
        return _date(number, sections[0], epoch)
    negative = number < 0 and len(sections) > 1
    section = sections[1] if negative else sections[2] if number == 0 and len(sections) > 2 else sections[0]
    return section.shown(abs(number) if negative else number)


@dataclass(frozen=True, slots=True)
class Section:
    """One of the parts that semicolons cut a number format into."""

    before: str  # literal text, such as a currency sign
    digits: str  # what stands for digits: 0 # , . and E+00; GENERAL
    after: str
    percent: int  # how many % signs
    date: str  # the letters y m d h s in order, M where m means minutes; "" for a number
    elapsed: bool

    @property
    def is_date(self) -> bool:
        return bool(self.date)

    def shown(self, number: float) -> str:
        """The number with the section's text round it."""
        if not self.digits:
            return self.before + self.after if self.before or self.after else _general(number)
        scaled = Decimal(repr(number)).scaleb(2 * self.percent)
        sign = "-" if scaled < 0 else ""
        shown = _digits(abs(scaled), self.digits)
        return (sign if re.search("[1-9]", shown) else "") + self.before + shown + self.after


def _digits(number: Decimal, pattern: str) -> str:
    if pattern == GENERAL or "/" in pattern:
        return _general(float(number))
    if "e" in pattern:
        return f"{float(number):.{len(pattern.partition('e')[0].partition('.')[2])}E}"
    whole, point, fraction = pattern.partition(".")
    marks = whole.rstrip(",") + point + fraction.rstrip(",")
    number = number.scaleb(-3 * (len(pattern) - len(marks)))  # each comma at the end scales by a thousand
    whole, _, fraction = marks.partition(".")
    kept, least = min(sum(mark in "0#?" for mark in fraction), MOST_DECIMALS), fraction.count("0")
    rounded = number.quantize(Decimal(1).scaleb(-kept), ROUND_HALF_UP) if number < Decimal(LARGEST_EXACT) else number
    digits, _, decimals = f"{rounded:f}".partition(".")
    while len(decimals) > least and decimals.endswith("0"):
        decimals = decimals[:-1]
    digits = digits.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        digits = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", digits)
    return f"{digits}.{decimals}" if decimals else digits


def _general(number: float) -> str:
    """As a cell without a format shows it: whole numbers whole, others with at most eleven digits."""
    if number == int(number) and abs(number) < LARGEST_EXACT:
        return str(int(number))
    return f"{number:.11g}"


def _date(number: float, section: Section, epoch: datetime) -> str:
    """ISO, as far as the format goes: 2021-05, 2021-05-03, 2021-05-03 14:30, 14:30; elapsed time in hours."""
    if not 0 <= number < LARGEST_DAY:
        return _general(number)
    seconds = round(number * 86_400)
    if section.elapsed:
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if "s" in section.date else "")
    if epoch.year == 1899 and number < 60:  # Excel counts a 29th of February 1900
        seconds += 86_400
    try:
        moment = epoch + timedelta(seconds=seconds)
    except OverflowError:
        return _general(number)
    time = f"{moment:%H:%M}" + (f":{moment:%S}" if "s" in section.date or moment.second else "")
    has_day, has_month, has_time = "d" in section.date, "m" in section.date, "h" in section.date or "s" in section.date
    if not ("y" in section.date or has_day or has_month):
        return time
    year_only = not has_day and not has_month
    date = f"{moment.year:04}" if year_only else f"{moment.year:04}-{moment.month:02}" + (f"-{moment.day:02}" if has_day else "")
    return f"{date} {time}" if has_time else date


@lru_cache(maxsize=4096)
def _sections(format_: str) -> tuple[Section, ...]:
    """The sections of a number format, at least one."""
    parts: list[list[re.Match[str]]] = [[]]
    for found in TOKEN.finditer(format_):
        if found[0] == ";":
            parts.append([])
        else:
            parts[-1].append(found)
    return tuple(_section(part) for part in parts)


def _section(tokens: list[re.Match[str]]) -> Section:
    before, digits, after, date, percent, elapsed = "", "", "", "", 0, False
    for found in tokens:
        mark = found[0].lower()
        literal = next((group for group in found.groups() if group is not None), None)
        if literal is not None:
            before, after = (before, after + literal) if digits or date else (before + literal, after)
        elif ELAPSED.fullmatch(mark):
            date, elapsed = date + mark[1], True
        elif mark.startswith(("aaa", "ggg")):  # the day of the week, the name of the era: the date tells as much
            date += "ymd"
        elif mark in ("y", "m", "d", "h", "s"):
            date += mark
        elif mark in ("general", "@"):
            digits = GENERAL
        elif mark in ("0", "#", "?", ",", ".") or mark.startswith(("e+", "e-")) or (mark == "/" and digits):
            digits += mark
        elif mark[0] not in "[_*" and mark not in UNSEEN:
            percent += mark == "%"
            before, after = (before, after + mark) if digits or date else (before + mark, after)
    letters = re.sub(r"(?<=h)m+|m+(?=s)", "M", date)  # minutes stand beside hours or seconds
    return Section(before, "" if letters else digits, after, percent, letters, elapsed)
