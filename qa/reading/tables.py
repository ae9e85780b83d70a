"""Tables to linear text: each row stands by itself, with the label of its column before each cell, so that it can be found and quoted.

A table is its rows, and a row its filled cells. Above the header may stand a title and notes; a header may have two rows when the first
spreads over columns. Where no row is clearly the header, cells are joined by tabs. Not handled: labels in the first column of a table
that is to be read downwards, headers of three rows, two tables side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from qa.errors import FileTooLargeError
from qa.reading.linear import LinearText
from qa.reading.patterns import LONGEST_HEADING, LONGEST_MARKED_HEADING, ends_sentence
from qa.records import BlockKind

MOST_ROWS = 200_000
LARGEST_TEXT = 100_000_000  # characters of all rows, labels included
LONGEST_LABEL = 40
LONGEST_REPEATED = 100  # of a cell merged over rows that is said again in each
ROWS_LOOKED_AT = 50
LONGEST_LINE = 100  # of a cell whose lines become one
BETWEEN_CELLS, AFTER_LABEL = "，", "："  # a semicolon would end a sentence, and an answer would quote half a row
VALUE = re.compile(
    r"[-+−(（]?\s*[¥￥$€£]?\s*\d[\d,，]*(?:\.\d+)?\s*(?:[%％‰元吨人个個万億亿萬]|[)）])?"  # 1,200.50  ¥30  12%
    r"|\d{2,4}\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2}\s*日?|\s*月)?(?:[ T]\d{1,2}:\d\d(?::\d\d)?)?"  # dates
    r"|\d{1,2}:\d\d(?::\d\d)?|=.*|#[A-Z/0!?]+"  # times, formulas, errors
)
YEAR = re.compile(r"(?:19|20)\d\d\s*年?")
LABEL_WORD = re.compile(
    r"(?:姓名|名称|名稱|名|品名|书名|書名|村名|编号|編號|序号|序號|号码|號碼|代码|代碼|电话|電話|手机|手機|邮箱|信箱|地址|日期|时间|時間|年份|年度|月份|年龄|年齡"
    r"|性别|性別|职务|職務|职称|職稱|职业|職業|单位|單位|部门|部門|班级|班級|类别|類別|类型|類型|种类|種類|品种|品種|规格|規格|数量|數量"
    r"|金额|金額|价格|價格|单价|單價|售价|售價|合计|合計|总计|總計|小计|小計|备注|備註|附注|说明|說明|内容|內容|项目|項目|事项|事項|标题|標題"
    r"|题目|題目|作者|来源|來源|出处|出處|地点|地點|地区|地區|状态|狀態|人数|人數|面积|面積|产量|產量|比例|摘要|正文|问题|問題|答案|链接|鏈接"
    r"|负责人|負責人|联系人|聯絡人|结果|結果|原因|用途)(?:\s*[(（].*[)）])?"
    r"|(?:.*[ _-])?(?:id|no|name|date|time|title|author|type|count|number|price|amount|address|phone|email|text|content|source|url|note"
    r"|question|answer|query|category|status|description|comment|label|value|age|gender|city|country|language|tag)s?",
    re.I,
)
NOTE = re.compile(r"(?:注|附注|备注|備註|说明|說明|单位|單位|资料来源|資料來源|来源|來源|制表|製表|填表)\s*\d*\s*[:：]")

Cells = Sequence[tuple[int, str]]  # (column, text) of the filled cells of a row, by column; columns count from 0


@dataclass(frozen=True, slots=True)
class Merge:
    """A cell that spreads over several rows or columns. Rows are places in the sequence of rows; both count from 0."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1


def add_table(
    linear: LinearText, rows: Sequence[Cells], merges: Sequence[Merge] = (), *, header_rows: int = 0, in_prose: bool = False
) -> None:
    """The rows as blocks of kind "table". FileTooLargeError over the limits.

    The header and what stands above it are headings; in_prose, where they must not become headings of the text that follows, the header
    is furniture (every row repeats it) and the title a caption. An empty row parts two tables where the next one clearly has its own
    header. header_rows: how many rows the file itself calls header.
    """
    if len(rows) > MOST_ROWS:
        raise FileTooLargeError(f"a table of more than {MOST_ROWS:,} rows; split it into several files")
    cleaned = [[(column, clean) for column, text in cells if (clean := _clean(text))] for cells in rows]
    spread = {(merge.row, merge.column): merge.columns for merge in merges if merge.columns > 1}
    filled = _repeated_downwards(cleaned, merges)
    lead_kind: BlockKind = "caption" if in_prose else "heading"
    header_kind: BlockKind = "furniture" if in_prose else "heading"
    labels: Mapping[int, str] = {}
    length = 0
    for blank, group in groupby(range(len(filled)), key=lambda place: not filled[place]):
        if blank:
            continue
        places = list(group)
        n_headers = header_rows if places[0] == 0 else 0
        lead = 0 if n_headers else _lead(filled, places)
        body = places[lead:]
        if n_headers >= len(body):  # nothing would stand below
            n_headers = 0
        n_headers = n_headers or _header_rows(filled, body, spread, certain=bool(labels))
        _add_lead(linear, lead_kind, [filled[place][0][1] for place in places[:lead]])
        header = [filled[place] for place in body[:n_headers]]
        if header:
            labels = _labels(
                header, [{c: spread[place, c] for c, _ in filled[place] if (place, c) in spread} for place in body[:n_headers]]
            )
            linear.add(header_kind, "\n".join(_line(cells) for cells in _unrepeated(header)))
        for place in body[n_headers:]:
            if header and filled[place] == header[-1]:
                linear.add("furniture", _line(filled[place]))  # the header again, on the next printed page
                continue
            text = _row_text(filled[place], labels, is_spread=(place, filled[place][0][0]) in spread)
            length += len(text)
            if length > LARGEST_TEXT:
                raise FileTooLargeError(f"a table of more than {LARGEST_TEXT // 1_000_000} million characters; split it into several files")
            linear.add("table", text)


def _clean(text: str) -> str:
    """The cell's lines without white space round them; those of a short cell are one line, because a line end ends a sentence."""
    if "\n" not in text and "\r" not in text:
        return text.strip()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (" " if len(text) <= LONGEST_LINE else "\n").join(lines)


def _repeated_downwards(rows: Sequence[Cells], merges: Sequence[Merge]) -> list[Cells]:
    """Short cells that are merged over rows said again in each of them, because each row has to stand by itself."""
    filled: list[Cells] = list(rows)
    added = 0
    for merge in merges:
        if merge.rows < 2 or merge.row >= len(rows):
            continue
        text = dict(rows[merge.row]).get(merge.column, "")
        if not text or len(text) > LONGEST_REPEATED:
            continue
        for place in range(merge.row + 1, min(merge.row + merge.rows, len(rows))):
            cells = filled[place]
            if cells and all(column != merge.column for column, _ in cells):
                filled[place] = sorted([*cells, (merge.column, text)])
                added += len(text)
        if added > LARGEST_TEXT:
            raise FileTooLargeError("a table with too many merged cells; split it into several files")
    return filled


def _lead(rows: Sequence[Cells], places: Sequence[int]) -> int:
    """How many rows of one cell stand above a table of several columns: its title, its unit, its date."""
    wide = next((number for number, place in enumerate(places) if len(rows[place]) > 1), 0)
    return wide if wide + 1 < len(places) else 0


def _add_lead(linear: LinearText, kind: BlockKind, lines: Sequence[str]) -> None:
    """Short lines above a table are one block, so that the title stays with the rows; prose is a paragraph."""
    if all(len(line) <= LONGEST_HEADING and not ends_sentence(line) for line in lines) and sum(map(len, lines)) <= LONGEST_MARKED_HEADING:
        linear.add(kind, "\n".join(lines))
    else:
        for line in lines:
            linear.add("paragraph", line)


def _header_rows(rows: Sequence[Cells], places: Sequence[int], spread: Mapping[tuple[int, int], int], *, certain: bool) -> int:
    """0, 1 or 2. certain: only when values stand under labels, because a header is known already."""
    if len(places) < 2:
        return 0
    first = rows[places[0]]
    two = len(places) > 2 and any((places[0], column) in spread for column, _ in first)
    if two and _is_header(rows, places[1:], certain=certain) and all(_is_label(text) for _, text in first):
        return 2
    return int(_is_header(rows, places, certain=certain))


def _is_header(rows: Sequence[Cells], places: Sequence[int], *, certain: bool) -> bool:
    """Whether the first of these rows is the header of the others: short distinct words, above values or known to name columns."""
    first = dict(rows[places[0]])
    below = [dict(rows[place]) for place in places[1 : 1 + ROWS_LOOKED_AT]]
    columns = {column for cells in below for column in cells}
    if len(first) < 2 or 2 * len(columns & first.keys()) < len(columns) or len(set(first.values())) < len(first):
        return False
    if not all(_is_label(text) for text in first.values()) or all(YEAR.fullmatch(text) for text in first.values()):
        return False
    texts = {column: [cells[column] for cells in below if column in cells] for column in first}
    if any(_stands_above_values(label, texts[column]) for column, label in first.items()):
        return True
    if certain or any(label in texts[column] for column, label in first.items()):
        return False
    return any(LABEL_WORD.fullmatch(_label(label)) for label in first.values())


def _stands_above_values(label: str, texts: Sequence[str]) -> bool:
    """Whether most of the texts are values, and the label is none; a year is a label where most of the values are no years."""
    values = [text for text in texts if VALUE.fullmatch(text)]
    if YEAR.fullmatch(label):
        values = [text for text in values if not YEAR.fullmatch(text)]
    elif VALUE.fullmatch(label):
        return False
    return 2 * len(values) > len(texts)


def _is_label(text: str) -> bool:
    label = _label(text)
    return bool(label) and len(label) <= LONGEST_LABEL and (not VALUE.fullmatch(label) or YEAR.fullmatch(label) is not None)


def _label(text: str) -> str:
    return " ".join(text.split()).rstrip(":：")


def _labels(header: Sequence[Cells], spreads: Sequence[Mapping[int, int]]) -> dict[int, str]:
    """Column to label; of two header rows both words, the upper one for all columns that it spreads over."""
    columns = {column for cells in header for column, _ in cells}
    labels: dict[int, list[str]] = {}
    for cells, spread in zip(header, spreads, strict=True):
        for column, text in cells:
            label = _label(text)
            for covered in (over for over in sorted(columns) if column <= over < column + spread.get(column, 1)):
                if label and label not in labels.setdefault(covered, []):
                    labels[covered].append(label)
    return {column: " ".join(words) for column, words in labels.items()}


def _unrepeated(header: Sequence[Cells]) -> list[Cells]:
    """The header rows without what was said again from the row above: it is kept once."""
    return [header[0], *([cell for cell in lower if cell not in upper] for upper, lower in pairwise(header))]


def _line(cells: Cells) -> str:
    return "\t".join(" ".join(text.split()) for _, text in cells)


def _row_text(cells: Cells, labels: Mapping[int, str], *, is_spread: bool) -> str:
    if not labels:
        return "\t".join(text for _, text in cells)
    if len(cells) == 1 and (is_spread or NOTE.match(cells[0][1]) or ends_sentence(cells[0][1])):
        return cells[0][1]  # a note below or between the rows belongs to no column
    return BETWEEN_CELLS.join(f"{labels[column]}{AFTER_LABEL}{text}" if labels.get(column) else text for column, text in cells)
