"""Reading CSV, XLSX, ODT and RTF: files made here by real writers or as real programs write them, and files broken here."""

from __future__ import annotations

import contextlib
import io
import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from odf import dc, meta, style, table, text
from odf.opendocument import OpenDocumentText
from reading_checks import kinds, read_as

from qa.errors import DamagedFileError, EncryptedFileError, FileTooLargeError, NoTextError, ReadingError, UnsupportedFormatError
from qa.reading.formats.xlsx import _sections
from qa.reading.linear import LinearText
from qa.reading.tables import Merge, add_table
from qa.records import text_at
from qa.splitting import sentence_spans, split_passages


def saved(save: Callable[[Any], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return file.getvalue()


def rezipped(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The package with its parts changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(item, change(item.filename, old.read(item)))
    return file.getvalue()


# Tables


def table_of(*rows: str, merges: tuple[Merge, ...] = (), **options: Any) -> list[tuple[str, str]]:
    """The blocks of a table that is written with | between its cells."""
    linear = LinearText()
    add_table(linear, [list(enumerate(row.split("|"))) for row in rows], merges, **options)
    return [(block.kind, text_at(linear.text, block.spans)) for block in linear.blocks]


def test_each_row_stands_by_itself() -> None:
    assert table_of("村|户数|河流", "河东村|120|青溪", "河西村||", "||", "北山村|8|无") == [
        ("heading", "村\t户数\t河流"),
        ("table", "村：河东村，户数：120，河流：青溪"),
        ("table", "村：河西村"),
        ("table", "村：北山村，户数：8，河流：无"),
    ]


def test_title_unit_and_notes_belong_to_no_column() -> None:
    assert table_of("各村户数", "单位：户", "村|2020|2021", "河东村|120|125", "注：年底的数。", "村|2020|2021", "河西村|9|9") == [
        ("heading", "各村户数\n单位：户"),
        ("heading", "村\t2020\t2021"),
        ("table", "村：河东村，2020：120，2021：125"),
        ("table", "注：年底的数。"),
        ("furniture", "村\t2020\t2021"),  # the next printed page
        ("table", "村：河西村，2020：9，2021：9"),
    ]


def test_header_of_two_rows() -> None:
    merges = (Merge(0, 0, rows=2), Merge(0, 1, columns=2))
    assert table_of("村|稻谷|", "|面积|产量", "河东村|30|12", merges=merges) == [
        ("heading", "村\t稻谷\n面积\t产量"),
        ("table", "村：河东村，稻谷 面积：30，稻谷 产量：12"),
    ]


@pytest.mark.parametrize(
    "rows",
    [("赵某|会计|青石镇", "钱某|出纳|河口镇"), ("2019|2020", "3|4"), ("1|2", "3|4"), ("姓名|职务",), ("姓名|会计", "赵某|会计")],
    ids=["words alone", "years alone", "numbers", "one row", "its word comes again below"],
)
def test_no_header_where_none_is_clear(rows: tuple[str, ...]) -> None:
    assert table_of(*rows) == [("table", row.replace("|", "\t")) for row in rows]


def test_cells_merged_downwards_are_said_in_each_row() -> None:
    assert table_of("部门|姓名", "财务科|赵某", "|钱某", "|孙某", merges=(Merge(1, 0, rows=2),))[1:] == [
        ("table", "部门：财务科，姓名：赵某"),
        ("table", "部门：财务科，姓名：钱某"),
        ("table", "姓名：孙某"),
    ]


def test_second_table_after_an_empty_row() -> None:
    assert table_of("村|户数", "河东村|120", "", "河流|长度", "青溪|30", "", "浊水|40")[2:] == [
        ("heading", "河流\t长度"),
        ("table", "河流：青溪，长度：30"),
        ("table", "河流：浊水，长度：40"),
    ]


def test_tables_inside_prose_leave_its_headings_alone() -> None:
    assert table_of("表一 户数", "村|户数", "河东村|120", in_prose=True) == [
        ("caption", "表一 户数"),
        ("furniture", "村\t户数"),
        ("table", "村：河东村，户数：120"),
    ]


@given(st.lists(st.lists(st.text("村户河1２ \n:：，|年", max_size=6), max_size=5), max_size=8), st.integers(0, 3), st.booleans())
def test_no_cell_is_lost(rows: list[list[str]], header_rows: int, in_prose: bool) -> None:
    linear = LinearText()
    add_table(linear, [list(enumerate(row)) for row in rows], [Merge(0, 0, 2, 2)], header_rows=header_rows, in_prose=in_prose)
    squeezed = "".join(linear.text.split())
    assert all("".join(cell.split()) in squeezed for row in rows for cell in row)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.reading.tables.MOST_ROWS", 3)
    with pytest.raises(FileTooLargeError, match="split"):
        table_of("1|2", "1|2", "1|2", "1|2")
    monkeypatch.setattr("qa.reading.tables.LARGEST_TEXT", 40)
    with pytest.raises(FileTooLargeError, match="split"):
        table_of("村|户数", "河东村" * 9 + "|120", "河西村" * 9 + "|9")


# CSV

ROWS = '姓名,职务,说明\n赵某,会计,"管账，\n也管""仓库"""\n\n钱某,出纳,\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv(encoding: str, separator: str, end: str) -> None:
    document = read_as("名册.csv", ROWS.replace(",", separator).replace("\n", end).encode(encoding))
    assert kinds(document) == [
        ("heading", "姓名\t职务\t说明"),
        ("table", '姓名：赵某，职务：会计，说明：管账， 也管"仓库"'),
        ("table", "姓名：钱某，职务：出纳"),
    ]
    assert (document.title, document.media_type, document.reader) == ("名册", "text/csv", "separated/2")


def test_a_row_with_its_header_is_a_passage() -> None:
    passages = split_passages(read_as("a.csv", ROWS.encode()))
    assert [(passage.heading, passage.text) for passage in passages] == [
        ("姓名 职务 说明", '姓名：赵某，职务：会计，说明：管账， 也管"仓库"'),
        ("姓名 职务 说明", "姓名：钱某，职务：出纳"),
    ]


def test_a_row_is_quoted_whole() -> None:
    rows = table_of("村|户数|说明|负责人", "河东村|120|路修好了。|赵某", "河西村|9|一, 二|钱某")
    assert [text[span.start : span.end] for _, text in rows[1:] for span in sentence_spans(text)] == [
        "村：河东村，户数：120，说明：路修好了。，负责人：赵某",
        "村：河西村，户数：9，说明：一, 二，负责人：钱某",
    ]


def test_long_cells_keep_their_lines() -> None:
    article = "第一段讲的是河边的旧粮仓。" * 8 + "\n  第二段讲的是桥。\n\n"
    assert table_of(f"1|{article}")[0][1] == "1\t" + "第一段讲的是河边的旧粮仓。" * 8 + "\n第二段讲的是桥。"


def test_text_with_commas_is_a_table_only_by_its_name() -> None:
    assert read_as("a.txt", ROWS.encode()).media_type == "text/plain"
    prose = "今天下雨，路滑。\n\n大家小心, 慢走。\n"
    document = read_as("a.csv", prose.encode())
    assert document.text == prose
    assert kinds(document) == [("paragraph", "今天下雨，路滑。"), ("paragraph", "大家小心, 慢走。")]


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("a.csv", 'sep=;\n村;"户数, 人口"\n河东村;12\n', "村：河东村，户数, 人口：12"),
        ("a.tsv", "村\t户数\n河东村,青溪,桥\t12\n河西村,浊水,渡\t9\n", "村：河东村,青溪,桥，户数：12"),
        ("a.csv", '品名,尺寸\n电视,"55\n音箱,8\n收音机,7\n', '品名：电视，尺寸："55'),  # inches: the quote is never closed
    ],
    ids=["Excel's hint", "tab before comma", "a quotation mark that is text"],
)
def test_csv_as_it_comes(name: str, content: str, row: str) -> None:
    assert ("table", row) in kinds(read_as(name, content.encode()))


def test_csv_cell_over_the_limit_of_the_parser_is_read_as_text() -> None:
    assert "尾" in read_as("a.csv", ('村,文\n河东村,"' + "字" * 140_000 + '尾"\n').encode()).text


# XLSX


def workbook() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "产量"
    for row in [["青石镇茶叶产量"], ["村", "2020年", "2021年", "增长", "登记"], ["河东村", 1200.5, 1300, 0.0833, date(2021, 5, 3)]]:
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet["B3"].number_format, sheet["D3"].number_format = "#,##0.00", "0.0%"
    hidden = book.create_sheet("名册")
    hidden.sheet_state = "hidden"
    for row in [["部门", "姓名", "编号", "时间"], ["财务科", "赵某", 7, datetime(2021, 5, 3, 14, 30)], [None, "钱某", 12, time(9, 5)]]:
        hidden.append(row)
    hidden.merge_cells("A2:A3")
    hidden["C2"].number_format = "0000"
    book.create_sheet("空")
    book.properties.title, book.properties.creator = "镇志附表", "陈某、李某"
    return book


def test_xlsx() -> None:
    document = read_as("表.xlsx", saved(workbook().save))
    assert kinds(document) == [
        ("heading", "产量"),
        ("heading", "青石镇茶叶产量"),
        ("heading", "村\t2020年\t2021年\t增长\t登记"),
        ("table", "村：河东村，2020年：1,200.50，2021年：1300，增长：8.3%，登记：2021-05-03"),
        ("heading", "名册"),
        ("heading", "部门\t姓名\t编号\t时间"),
        ("table", "部门：财务科，姓名：赵某，编号：0007，时间：2021-05-03 14:30:00"),
        ("table", "部门：财务科，姓名：钱某，编号：12，时间：09:05:00"),
    ]
    assert (document.title, document.authors, document.reader) == ("镇志附表", ("陈某", "李某"), "xlsx/2")


def test_xlsx_without_a_filled_cell() -> None:
    with pytest.raises(NoTextError):
        read_as("空.xlsx", saved(openpyxl.Workbook().save))


def test_xlsx_is_known_by_its_content() -> None:
    assert read_as("表.bin", saved(workbook().save)).reader == "xlsx/2"


def test_xlsx_title_is_the_first_line_where_the_properties_have_none() -> None:
    book = workbook()
    book.properties.title, book.properties.creator = None, "openpyxl"
    document = read_as("表.xlsx", saved(book.save))
    assert (document.title, document.authors) == ("青石镇茶叶产量", ())


def excel(**options: bool) -> bytes:
    """A workbook as Excel writes it: the texts apart from the cells, results beside formulas."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": "户籍", "author": "Administrator"})
        sheet = book.add_worksheet("户")
        sheet.write_row(0, 0, ["村", "户数", "登记日期"])
        sheet.write_row(1, 0, ["河东村", 120])
        sheet.write_datetime(1, 2, datetime(2021, 5, 3), book.add_format({"num_format": 31}))  # Excel's own Chinese date
        sheet.write_rich_string(2, 0, "河", book.add_format({"bold": True}), "西村")
        sheet.write_formula(2, 1, "=B2*2", None, 240)
        sheet.merge_range("A5:C5", "注 以上为年底的数")
        book.add_chartsheet("图")
    return file.getvalue()


@pytest.mark.parametrize("from_1904", [False, True])
def test_xlsx_as_excel_writes_it(from_1904: bool) -> None:
    document = read_as("户籍.xlsx", excel(date_1904=from_1904))
    assert kinds(document) == [
        ("heading", "户"),
        ("heading", "村\t户数\t登记日期"),
        ("table", "村：河东村，户数：120，登记日期：2021-05-03"),
        ("table", "村：河西村，户数：240"),
        ("table", "注 以上为年底的数"),
    ]
    assert (document.title, document.authors) == ("户籍", ())


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'


def with_sheet(content: str) -> bytes:
    """A workbook whose only sheet is written as other programs write it."""
    sheet = SHEET.format(content).encode()
    return rezipped(saved(openpyxl.Workbook().save), lambda name, old: sheet if name == "xl/worksheets/sheet1.xml" else old)


def test_xlsx_cells_as_other_programs_write_them() -> None:
    rows = (
        '<dimension ref="A1:XFD1048576"/><sheetData>'
        '<row r="1"><c t="inlineStr"><is><r><t>村</t></r><rPh><t>cūn</t></rPh></is></c><c t="str"><v>户数</v></c></row>'
        '<row r="2" hidden="1"><c r="A2" t="str"><f>A1</f><v>河东_x000D_村</v></c><c r="B2"><f>1+2</f><v>3</v></c></row>'
        '<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3"><f>SUM(B2:B2)</f><v></v></c></row>'
        '<row r="1048576"><c r="A1048576" t="e"><v>#DIV/0!</v></c><c r="XFD1048576" t="str"><v>角</v></c></row></sheetData>'
    )
    assert kinds(read_as("a.xlsx", with_sheet(rows)))[1:] == [
        ("heading", "村\t户数"),
        ("table", "村：河东 村，户数：3"),
        ("table", "村：TRUE，户数：=SUM(B2:B2)"),  # never computed
        ("table", "村：#DIV/0!，角"),
    ]


@pytest.mark.parametrize(
    ("number", "format_", "shown"),
    [
        (0.30000000000000004, "General", "0.3"),
        (13800001111, "General", "13800001111"),
        (1234.5, "#,##0", "1,235"),
        (1234567, "#,##0.00", "1,234,567.00"),
        (-1200, "#,##0;(#,##0)", "(1,200)"),
        (-1200, '"¥"#,##0.0', "-¥1,200.0"),
        (30, "[$￥-804]#,##0.00", "￥30.00"),
        (12, '0"元"', "12元"),
        (0.5, "0%", "50%"),
        (0.12345, "0.00%", "12.35%"),
        (10010, "000000", "010010"),
        (2.5, "0.###", "2.5"),
        (12000000, "0.0,,", "12.0"),
        (12345, "0.00E+00", "1.23E+04"),
        (0, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-"),
        (-5.5, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-5.50"),
        (0.5, "# ?/?", "0.5"),
        (7, "@", "7"),
    ],
)
def test_numbers_as_the_sheet_shows_them(number: float, format_: str, shown: str) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = number
    book.active["A1"].number_format = format_
    assert kinds(read_as("a.xlsx", saved(book.save)))[1] == ("table", shown)


@pytest.mark.parametrize(
    ("number", "format_", "shown"),
    [
        (44319, 'yyyy"年"m"月"d"日"', "2021-05-03"),
        (44319, "[$-404]e/m/d;@", "2021-05-03"),
        (44319, "yyyy-mm", "2021-05"),
        (44319, "yyyy", "2021"),
        (44319, "aaaa", "2021-05-03"),
        (44319.604166666664, "m/d/yy h:mm", "2021-05-03 14:30"),
        (0.604166666664, "h:mm AM/PM", "14:30"),
        (0.604166666664, '上午/下午h"时"mm"分"', "14:30"),
        (1.5, "[h]:mm", "36:00"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (9e9, "yyyy-mm-dd", "9000000000"),
    ],
)
def test_dates_are_iso(number: float, format_: str, shown: str) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = number
    book.active["A1"].number_format = format_
    assert kinds(read_as("a.xlsx", saved(book.save)))[1] == ("table", shown)


@given(st.text('0#?,.%E+-[]hmsyd"\\_*;@/$¥ 元General', max_size=14), st.floats(allow_nan=True))
def test_any_number_format_shows_something(format_: str, number: float) -> None:
    from qa.reading.formats.xlsx import _number

    assert _sections(format_)
    assert isinstance(_number(repr(number), format_, datetime(1899, 12, 30)), str)


def test_xlsx_row_numbers_without_end_cost_nothing() -> None:
    sheet = '<sheetData><row r="999999999999"><c t="str"><v>深处</v></c></row></sheetData>'
    assert "深处" in read_as("a.xlsx", with_sheet(sheet)).text


def test_xlsx_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.reading.formats.xlsx.MOST_CELLS", 5)
    with pytest.raises(FileTooLargeError, match="split"):
        read_as("a.xlsx", saved(workbook().save))
    monkeypatch.setattr("qa.reading.package.LARGEST_UNPACKED", 1000)
    with pytest.raises(FileTooLargeError, match="split"):
        read_as("a.xlsx", saved(workbook().save))


@pytest.mark.parametrize("keep", [40, 3000, -30])
def test_truncated_xlsx(keep: int) -> None:
    with pytest.raises(DamagedFileError, match="XLSX"):
        read_as("a.xlsx", saved(workbook().save)[:keep])


ENTITY = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "docProps/core.xml"])
def test_xlsx_reads_no_other_file(part: str) -> None:
    def declared(name: str, old: bytes) -> bytes:
        if name != part:
            return old
        return old.replace(b"?>", b"?>" + ENTITY, 1)

    with pytest.raises(DamagedFileError, match="entities"):
        read_as("a.xlsx", rezipped(excel(), declared))


# ODT


def odt() -> OpenDocumentText:
    document = OpenDocumentText()
    document.meta.addElement(dc.Title(text="茶社章程"))
    document.meta.addElement(meta.InitialCreator(text="陈某、李某"))
    document.meta.addElement(meta.CreationDate(text="2021-05-03T10:00:00"))
    title = style.Style(name="P1", family="paragraph", parentstylename="Title")
    document.automaticstyles.addElement(title)
    document.text.addElement(text.P(stylename=title, text="茶社的章程"))
    document.text.addElement(text.H(outlinelevel=1, text="总则"))
    paragraph = text.P(text="茶社由\n")
    paragraph.addElement(text.S(c=2))
    paragraph.addElement(text.Span(text="社员"))
    note = text.Note(noteclass="footnote")
    note.addElement(text.NoteCitation(text="1"))
    body = text.NoteBody()
    body.addElement(text.P(text="见附件。"))
    note.addElement(body)
    paragraph.addElement(note)
    paragraph.addText("自愿组成。")
    paragraph.addElement(text.LineBreak())
    paragraph.addText("长期有效。")
    document.text.addElement(paragraph)
    entries = text.List()
    for entry in ("每年开一次会。", "账目每月公布。"):
        item = text.ListItem()
        item.addElement(text.P(text=entry))
        entries.addElement(item)
    document.text.addElement(entries)
    rows = table.Table(name="t")
    header = table.TableHeaderRows()
    header.addElement(odt_row("季", "品种"))
    rows.addElement(header)
    rows.addElement(odt_row("春", "龙井", spanned=2))
    rows.addElement(odt_row("", "毛峰"))
    empty = table.TableRow(numberrowsrepeated=1_000_000)
    empty.addElement(table.TableCell(numbercolumnsrepeated=16_384))
    rows.addElement(empty)
    document.text.addElement(rows)
    document.text.addElement(text.P(text="完。"))
    return document


def odt_row(first: str, second: str, spanned: int = 1) -> table.TableRow:
    row = table.TableRow()
    for number, content in enumerate((first, second)):
        cell = table.TableCell(numberrowsspanned=spanned if not number else 1) if content else table.CoveredTableCell()
        if content:
            cell.addElement(text.P(text=content))
        row.addElement(cell)
    return row


@pytest.mark.parametrize("name", ["章程.odt", "章程.txt"])
def test_odt_in_reading_order(name: str) -> None:
    document = read_as(name, saved(odt().save))
    assert kinds(document) == [
        ("heading", "茶社的章程"),
        ("heading", "总则"),
        ("paragraph", "茶社由   社员自愿组成。\n长期有效。"),
        ("paragraph", "每年开一次会。"),
        ("paragraph", "账目每月公布。"),
        ("furniture", "季\t品种"),
        ("table", "季：春，品种：龙井"),
        ("table", "季：春，品种：毛峰"),
        ("paragraph", "完。"),
        ("paragraph", "1 见附件。"),
    ]
    assert (document.title, document.authors, document.published) == ("茶社章程", ("陈某", "李某"), "2021-05-03")
    assert (document.reader, document.decoding.decided_by) == ("odt/3", "format")
    assert split_passages(document)[1].heading == "茶社的章程 总则"


ODT_BODY = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"><office:body><office:text>{}</office:text></office:body>
</office:document-content>"""


def with_body(content: str) -> bytes:
    return rezipped(saved(odt().save), lambda name, old: ODT_BODY.format(content).encode() if name == "content.xml" else old)


def test_odt_boxes_contents_and_deleted_text() -> None:
    body = """<text:tracked-changes><text:changed-region><text:deletion><text:p>删去的话</text:p></text:deletion></text:changed-region>
    </text:tracked-changes><text:table-of-content><text:index-body><text:p>总则<text:tab/>1</text:p></text:index-body></text:table-of-content>
    <text:p>桥<draw:frame><svg:title>图</svg:title><draw:text-box><text:p>框里的话。</text:p></draw:text-box></draw:frame>通车了。</text:p>
    <table:table><table:table-row><table:table-cell><text:p>只有一栏。</text:p></table:table-cell></table:table-row></table:table>
    <draw:custom-shape><text:p>图形里的话：<text:title>章程</text:title></text:p></draw:custom-shape>"""
    assert kinds(read_as("a.odt", with_body(body))) == [
        ("contents", "总则\t1"),
        ("paragraph", "桥通车了。"),
        ("paragraph", "框里的话。"),
        ("paragraph", "只有一栏。"),
        ("paragraph", "图形里的话：章程"),
    ]


def test_bad_odt(monkeypatch: pytest.MonkeyPatch) -> None:
    good = saved(odt().save)
    for keep in (40, 900, -30):
        with pytest.raises(DamagedFileError, match="ODT"):
            read_as("a.odt", good[:keep])
    with pytest.raises(DamagedFileError, match="entities"):
        read_as("a.odt", rezipped(good, lambda name, old: ENTITY + ODT_BODY.encode() if name == "content.xml" else old))
    manifest = b'<m:manifest xmlns:m="urn:x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    with pytest.raises(EncryptedFileError, match="password"):
        read_as("a.odt", rezipped(good, lambda name, old: manifest if name == "META-INF/manifest.xml" else old))
    row = '<table:table-row table:number-rows-repeated="900000000">' + "<table:table-cell><text:p>村</text:p></table:table-cell>" * 2
    with pytest.raises(FileTooLargeError, match="split"):
        read_as("a.odt", with_body(f"<table:table>{row}</table:table-row></table:table>"))
    monkeypatch.setattr("qa.reading.package.LARGEST_TREE", 500)
    with pytest.raises(FileTooLargeError, match="split"):
        read_as("a.odt", good)


def test_other_packages_are_none_of_these() -> None:
    with pytest.raises(UnsupportedFormatError):
        read_as("a.ods", rezipped(saved(odt().save), lambda name, old: b"application/x" if name == "mimetype" else b"<x/>"))


# RTF: as Word and WPS (code page, fonts, styles), LibreOffice (\\uN with \\'xx), WordPad (\\uN?) and TextEdit (bare second bytes) write it

WORD = (
    r"{\rtf1\ansi\ansicpg936\uc2\deff0{\fonttbl{\f0\froman\fcharset0 Times New Roman;}"
    r"{\f13\fnil\fcharset134{\*\panose 02010600}\'cb\'ce\'cc\'e5{\*\falt SimSun};}{\f14\fcharset136 PMingLiU;}}"
    "\r\n"
    r"{\colortbl;\red0\green0\blue0;}{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 caption;}{\*\cs10 Default;}}"
    r"{\info{\title \'b2\'e8\'c9\'e7}{\author {\uc1 \u38472?\u26576?}}{\*\company x}}{\*\generator Riched20;}"
    r"{\header \pard \'d2\'b3\'c3\'bc\par}"
    "\r\n"
    r"\pard\plain \s1\outlinelevel0 {\loch\f0\hich\f0\dbch\f13 \'d7\'dc\'d4" + "\r\n" + r"\'f2\par }"
    r"\pard\plain {\f0 Tea \f13\'b2\'e8\f14\'af\'f9\f0  (\ldblquote A\rdblquote )}\~{\v \'b2\'d8}{\deleted \'c9\'be}\tab "
    r"\u33590\'b2\'e8 end"
    r"{\super \chftn{\footnote \pard\plain \f13\'bc\'fb\'cf\'c2\'a1\'a3}}\par"
    "\r\n"
    r"{\field{\*\fldinst HYPERLINK x}{\fldrslt \f13\'c1\'b4\'bd\'d3}}{\pict\wmetafile8\bin5 }{\\\x00}{\*\unknown \'b2\'e8}\line 2\par"
    r"{\shp{\*\shpinst\shpleft0{\sp{\sn fFlip}{\sv 0}}{\shptxt \pard\f13 \'bf\'f2\par}}{\shprslt{\*\do{\dptxbxtext \'bf\'f2}}}}\par"
    r"\trowd\trhdr\cellx100\cellx200\pard\intbl\f13 \'bc\'be\cell \'c6\'b7\cell\row"
    r"\trowd\clvmgf\cellx100\cellx200\pard\intbl \'b4\'ba\cell \'c1\'fa\par\'be\'ae\cell\row"
    r"\trowd\clvmrg\cellx100\cellx200\pard\intbl\cell \'c3\'ab\cell\row\pard \'cd\'ea\par}"
)


def test_rtf_as_word_writes_it() -> None:
    document = read_as("茶.doc", WORD.encode("latin-1"))
    assert kinds(document) == [
        ("furniture", "页眉"),
        ("heading", "总则"),
        ("paragraph", "Tea 茶茶 (“A”)\xa0\t茶 end"),
        ("paragraph", "链接\n2"),
        ("paragraph", "框"),
        ("furniture", "季\t品"),
        ("table", "季：春，品：龙 井"),
        ("table", "季：春，品：毛"),
        ("paragraph", "完"),
        ("paragraph", "见下。"),
    ]
    assert (document.title, document.authors, document.reader) == ("茶社", ("陈某",), "rtf/3")


@pytest.mark.parametrize(
    ("rtf", "shown"),
    [
        (r"{\rtf1\ansi\ansicpg936 \'81@\'b2e\'d6\'d0}", "丂瞖中".replace("瞖", b"\xb2e".decode("gb18030"))),
        (r"{\rtf1\ansi\ansicpg950 \'a4@\'b3\\}", "一" + b"\xb3\\".decode("big5")),
        (r"{\rtf1\ansi\ansicpg1252\uc1\u-10178?\u-9151? \u20013 ?}", "\U0001f841 中"),
        (r"{\rtf1\ansi\ansicpg1252\uc0\u20013 \u25991 {\uc1 \u-10178 ?}}", "中文\ufffd"),
        (r"{\rtf1\ansi{\upr{old}{\*\ud{\u20013?}}}}", "中"),
        (r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset0 Arial;}}\f0\'d6\'d0}", "中"),
        (r"{\rtf1\ansi\ansicpg1252 caf\'e9}", "café"),
        (r"{\rtf1\ansi{\listtext\pard\plain 1.\tab}\u20013?{\*\pn{\pntxtb (}}}", "1.\t中"),
        ("{\\rtf1 " + "".join(f"\\'{byte:02x}" for byte in "茶社的账目每年正月公布一次".encode("gbk")) + "}", "茶社的账目每年正月公布一次"),
    ],
    ids=["bare second byte", "escaped backslash", "pairs", "uc0, half a pair", "upr", "Western font", "French", "list", "no code page"],
)
def test_rtf_characters(rtf: str, shown: str) -> None:
    if shown.startswith("一"):  # the second byte of a character is a backslash, which is written as \'5c
        rtf = rtf.replace("\\'b3\\\\", "\\'b3\\'5c")
    assert read_as("a.rtf", rtf.encode()).text == shown


@pytest.mark.parametrize("keep", [30, 400, -1])
def test_truncated_rtf(keep: int) -> None:
    with pytest.raises(DamagedFileError, match="cut off"):
        read_as("a.rtf", WORD.encode("latin-1")[:keep])


def test_deep_rtf() -> None:
    with pytest.raises(DamagedFileError, match="deep"):
        read_as("a.rtf", b"{\\rtf1" + b"{" * 10_000 + b"x" + b"}" * 10_001)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda written: written.strip()))
def test_any_text_comes_back_from_rtf(written: str) -> None:
    units = written.encode("utf-16-le")
    numbers = (int.from_bytes(units[place : place + 2], "little", signed=True) for place in range(0, len(units), 2))
    rtf = r"{\rtf1\ansi\ansicpg936\uc1 " + "".join(f"\\u{number}?" for number in numbers) + "}"
    assert read_as("a.rtf", rtf.encode()).text == written.strip()


# Mutated files: a Document or a reason, never anything else

GOOD = {
    "a.csv": ROWS.encode("gb18030"),
    "a.xlsx": excel(),
    "a.odt": saved(odt().save),
    "a.rtf": WORD.encode("latin-1"),
}
SOME = {
    "a.xlsx": ("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"),
    "a.odt": ("content.xml", "styles.xml", "meta.xml"),
}


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("name", sorted(GOOD))
@given(seed=st.integers(0, 2**32), inside=st.booleans())
def test_mutated_files(name: str, seed: int, inside: bool) -> None:
    dice = random.Random(seed)

    def mutated(data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(dice.randint(1, 6)):
            place = dice.randrange(len(changed))
            changed[place : place + dice.choice((0, 1, 1, 8))] = dice.choice(
                (b"", b"\xff", b"9", b'"', b"{", b"\\u", bytes([dice.randrange(256)]))
            )
        return bytes(changed)

    part = dice.choice(SOME.get(name, ("",)))
    data = rezipped(GOOD[name], lambda each, old: mutated(old) if each == part else old) if inside and part else mutated(GOOD[name])
    with contextlib.suppress(ReadingError):
        read_as(name, data)
