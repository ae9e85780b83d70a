"""Reading PDF: order over columns and down the page, joints, furniture, garbled pages; pages made here, by reportlab and by Chromium."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from qa.errors import ChuchuError, NoTextError
from qa.reading import ocr, read
from qa.reading.columns import Piece, reading_order
from qa.reading.formats.pdf import survey
from qa.reading.garble import GARBLED, garble_score
from qa.records import Box, Document, text_at

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FONT = "STSong-Light"

Put = tuple[float, float, float, str]  # size, left edge, base line from the bottom, text


def pdf_bytes(
    pages: Sequence[Sequence[Put]],
    *,
    pictures: Sequence[int] = (),
    turned: bool = False,
    cut: tuple[float, float, float, float] | None = None,
) -> bytes:
    """Pages of lines in the order in which they are written; a picture covers the pages named. cut: the part of each page that is shown."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595))
    for number, page in enumerate(pages):
        if number in pictures:
            canvas.drawImage(ImageReader(Image.new("RGB", (20, 30), "gray")), 0, 0, 420, 595)
        if turned:
            canvas.setPageRotation(90)
            canvas.translate(420, 0)
            canvas.rotate(90)
        if cut:
            canvas.setCropBox(cut)
        for size, left, base, text in page:
            canvas.setFont(FONT, size)
            canvas.drawString(left, base, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.fixture(autouse=True)
def _text_layer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is the same with and without the extra for text recognition."""
    monkeypatch.setattr(ocr, "is_installed", lambda: False)


def read_pdf(data: bytes) -> Document:
    """The document; its blocks hold every visible character once."""
    document = read(data, path="a.pdf", doc_id="0123456789abcdef")
    places = [place for block in document.blocks for span in block.spans for place in range(span.start, span.end)]
    assert len(places) == len(set(places))
    assert all(document.text[place].isspace() for place in set(range(len(document.text))) - set(places))
    check_boxes(document, data)
    return document


def check_boxes(document: Document, data: bytes) -> None:
    """The boxes come by place, do not overlap in the text, hold one line each, and lie inside their pages."""
    pdf = pypdfium2.PdfDocument(data)
    sizes = {number: pdf.get_page_size(number) for number in {box.page for box in document.boxes}}
    pdf.close()
    assert [box.span for box in document.boxes] == sorted(box.span for box in document.boxes)
    assert all(a.span.end <= b.span.start for a, b in pairwise(document.boxes))
    for box in document.boxes:
        assert "\n" not in document.text[box.span.start : box.span.end]
        assert 0 <= box.left < box.right <= sizes[box.page][0]
        assert 0 <= box.bottom < box.top <= sizes[box.page][1]


def said(document: Document) -> list[tuple[str, str, int]]:
    """Kind, text without white space, number of spans."""
    return [(block.kind, "".join(text_at(document.text, block.spans).split()), len(block.spans)) for block in document.blocks]


def column(left: float, top: float, lines: Sequence[str], size: float = 10, pitch: float = 16) -> list[Put]:
    """Lines below each other; one that begins with two wide blanks is indented by them."""
    return [(size, left + size * (len(line) - len(line.lstrip("　"))), top - pitch * n, line.strip("　")) for n, line in enumerate(lines)]


def down(right: float, top: float, lines: Sequence[str], size: float = 12, pitch: float = 20) -> list[Put]:
    """Vertical lines, from right to left; a wide blank takes a place and is not drawn."""
    return [
        (size, right - size - pitch * n, top - size * (m + 1), character)
        for n, line in enumerate(lines)
        for m, character in enumerate(line)
        if character != "　"
    ]


# Each line fills a column of 15 characters; a paragraph begins with two wide blanks.
LEFT = [
    "　　河边的旧粮仓去年改成了图书",  # 13 characters after the indent
    "馆，木匠们拆下门板做成书架，孩",
    "子们把自己的书也搬来了。",
    "　　开馆那一天来了三百多人，镇",
    "长没有讲话，只是站在门口替大家",
    "扶着那扇很重的门，一直扶到天黑",
]
RIGHT = [
    "以后最后一个人走出来为止。",
    "　　后来每个星期三晚上这里都点",
    "着灯，渔船上的人也来借书看，书",
    "页里常常夹着鱼鳞。",
    "　　管书的老人说鱼鳞正好可以当",
    "书签用，他一片也没有扔掉过。",
]
PARAGRAPHS = [
    "河边的旧粮仓去年改成了图书馆，木匠们拆下门板做成书架，孩子们把自己的书也搬来了。",
    "开馆那一天来了三百多人，镇长没有讲话，只是站在门口替大家扶着那扇很重的门，一直扶到天黑以后最后一个人走出来为止。",
    "后来每个星期三晚上这里都点着灯，渔船上的人也来借书看，书页里常常夹着鱼鳞。",
    "管书的老人说鱼鳞正好可以当书签用，他一片也没有扔掉过。",
]

GARBLE = "".join(map(chr, random.Random(5).sample(range(0x4E00, 0x9FA0), 150)))
GARBLED_LINES = [GARBLE[n : n + 15] for n in range(0, 150, 15)]


@pytest.mark.parametrize("written", ["columns", "right first", "across", "shuffled"])
def test_two_columns_whatever_the_order_of_the_file(written: str) -> None:
    left, right = column(40, 500, LEFT), column(220, 500, RIGHT)
    page = {
        "columns": left + right,
        "right first": right + left,
        "across": [put for row in zip(left, right, strict=True) for put in row],
        "shuffled": random.Random(3).sample(left + right, 12),
    }[written]
    document = read_pdf(pdf_bytes([page]))
    assert said(document) == [("paragraph", text, 1 + (n == 1)) for n, text in enumerate(PARAGRAPHS)]
    assert (document.decoding.confidence, document.decoding.note, document.reader) == (1.0, "", "pdf/4")


def test_columns_whose_lines_stand_at_different_heights() -> None:
    document = read_pdf(pdf_bytes([column(220, 508, RIGHT) + column(40, 500, LEFT)]))
    assert [text for _, text, _ in said(document)] == PARAGRAPHS


def test_three_columns_below_a_heading_over_two_of_them() -> None:
    first, second, third = (
        [f"　　{name}的字从这", "里开始，说完粮仓再", "说码头。", "　　然后又说到茶园", "和果树，还有渡口的", "戏台。"]
        for name in ("前栏", "中栏", "后栏")
    )
    page = [*column(40, 420, first), *column(155, 420, second), *column(270, 484, third * 2)[:10], (16, 70, 450, "青石镇的春天到了")]
    document = read_pdf(pdf_bytes([sorted(page, key=lambda put: (-put[2], put[1]))]))
    heads = [text[:2] for _, text, _ in said(document)]
    assert heads == ["青石", "前栏", "然后", "中栏", "然后", "后栏", "然后", "后栏", "然后"]


def test_a_heading_over_columns_cuts_the_page_in_two() -> None:
    upper = column(40, 540, LEFT[:3]) + column(220, 540, RIGHT[1:4])
    lower = column(40, 400, LEFT) + column(220, 400, RIGHT)
    document = read_pdf(pdf_bytes([sorted([*upper, (18, 60, 450, "渔船上的人也来这里借书"), *lower], key=lambda put: (-put[2], put[1]))]))
    assert [text for _, text, _ in said(document)] == [PARAGRAPHS[0], PARAGRAPHS[2], "渔船上的人也来这里借书", *PARAGRAPHS]


def test_a_table_is_not_read_as_columns() -> None:
    rows = [
        ("二〇一九年", "三吨", "东桥"),
        ("二〇二〇年", "五吨多", "西关外"),
        ("二〇二一年", "四吨", "南河"),
        ("二〇二二年", "一吨", "北坡"),
    ]
    page = [(10.0, 40.0 + 120 * x, 500.0 - 18 * y, cell) for y, row in enumerate(rows) for x, cell in enumerate(row)]
    document = read_pdf(pdf_bytes([page]))
    assert document.text.split("\n") == [" ".join(row) for row in rows]


def test_side_by_side_without_prose_is_the_order_of_the_file_and_said() -> None:
    words = ["青石", "旧桥与码头", "茶园", "渡口边的戏台", "粮仓", "木匠铺"]
    page = [(10.0, left, 500.0 - 18 * n - shift, word) for left, shift in ((220.0, 0.0), (40.0, 7.0)) for n, word in enumerate(words)]
    document = read_pdf(pdf_bytes([page]))
    assert document.text.split("\n") == [*words, *words]
    assert document.decoding.confidence == 0
    assert document.decoding.note == "page 1: columns that are not clear, read in the order of the file"


VERTICAL = ["　　这一页的字是竖着排的，从", "右往左读，每一列从上到下。", "　　第二段也是这样，共有12", "行，读完就没有了。"]
VERTICAL_PARAGRAPHS = ["这一页的字是竖着排的，从右往左读，每一列从上到下。", "第二段也是这样，共有12行，读完就没有了。"]


@pytest.mark.parametrize("written", ["down", "across"])
def test_vertical_text(written: str) -> None:
    page = down(400, 560, VERTICAL)
    if written == "across":
        page.sort(key=lambda put: (-put[2], put[1]))
    document = read_pdf(pdf_bytes([[*page, (9, 200, 20, "12")]]))
    assert said(document) == [*(("paragraph", text, 1) for text in VERTICAL_PARAGRAPHS), ("furniture", "12", 1)]
    assert [page.order for page in survey(pdf_bytes([page]))] == ["vertical"]


def test_vertical_text_written_in_vertical_writing_mode() -> None:
    """Fonts with a vertical encoding, whose strings run down by themselves, as layout programs write them."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(400, 600))
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light", isVertical=True))
    try:
        for number, line in enumerate(VERTICAL):
            canvas.setFont("STSong-Light", 12)
            canvas.drawString(350 - 20 * number, 560 - 12 * line.count("　"), line.strip("　"))
        canvas.save()
    finally:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))  # as the other tests want it
    assert said(read_pdf(file.getvalue())) == [("paragraph", text, 1) for text in VERTICAL_PARAGRAPHS]
    assert [page.order for page in survey(file.getvalue())] == ["vertical"]


def test_vertical_text_in_two_tiers_joins_over_them() -> None:
    upper = ["　　上面一层先读完，再读下面", "的一层。", "　　写到第二段，也在上面的一", "层里，这句话在上面没有说完，"]
    lower = ["就到了下面这一层，读到这里才", "算结束。", "　　最后一段只有这一句话罢了", "，没有别的。"]
    document = read_pdf(pdf_bytes([down(400, 300, lower) + down(400, 560, upper)]))
    assert said(document) == [
        ("paragraph", "上面一层先读完，再读下面的一层。", 1),
        ("paragraph", "写到第二段，也在上面的一层里，这句话在上面没有说完，就到了下面这一层，读到这里才算结束。", 2),
        ("paragraph", "最后一段只有这一句话罢了，没有别的。", 1),
    ]


def test_a_vertical_part_of_a_page() -> None:
    lines = ["　　横排的一段站在竖排的那一段上面，它应当先被读到，写", "到这里就完了。"]
    document = read_pdf(pdf_bytes([column(40, 560, lines, size=12) + down(400, 500, VERTICAL)]))
    assert [text for _, text, _ in said(document)] == ["".join(lines).strip("　"), *VERTICAL_PARAGRAPHS]


# Joints


def two_pages(before: str, after: str) -> Document:
    """A page that ends with a full line, and a page that begins with another."""
    first = column(40, 500, ["　　河边的旧粮仓去年改成了图书", *LEFT[1:3] * 3, "　　开馆那一天来了三百多人，镇", before])
    return read_pdf(pdf_bytes([first, column(40, 500, [after, "着灯，渔船上的人也来借书看，书", "页里常常夹着鱼鳞。", *LEFT[:3]])]))


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("长没有讲话，只是站在门口替大家", "扶着那扇很重的门，一直扶到天黑", True),
        ("长没有讲话，只是站在门口说这话", "“扶好了，别让门关上，让我再看", True),
        ("长没有讲话，他只是开门说的是：", "“扶好了，别让门关上，让我再看", True),
        ("长没有讲话，只是站在门口看人。", "扶着那扇很重的门，一直扶到天黑", False),  # a sentence ends before
        ("长没有讲话，只是站在门口替大家", "　　扶着那扇重的门一直扶到天黑", False),  # an indent after
        ("长没有讲话，只是站着", "扶着那扇很重的门，一直扶到天黑", False),  # a line that is not full
    ],
)
def test_a_joint_over_pages_only_when_the_halves_fit(before: str, after: str, joined: bool) -> None:
    document = two_pages(before, after)
    holding = [block for block in document.blocks if before in text_at(document.text, block.spans)]
    assert len(holding) == 1
    assert (after.strip("　") in text_at(document.text, holding[0].spans)) == joined
    assert len(holding[0].spans) == 1 + joined


def test_a_joint_below_a_caption_and_over_a_footnote() -> None:
    upper, lower = LEFT[:5], [LEFT[5], *RIGHT]
    page = [*column(40, 500, upper), (8, 40, 350, "图3：粮仓的大门"), *column(40, 330, lower[:1]), (8, 40, 300, "〔7〕当时的镇长姓何。")]
    document = read_pdf(pdf_bytes([page + column(220, 500, lower[1:])]))
    assert ("paragraph", PARAGRAPHS[1], 3) in said(document)
    assert [text for _, text, _ in said(document) if text not in PARAGRAPHS] == ["图3：粮仓的大门", "〔7〕当时的镇长姓何。"]


def test_the_line_end_at_a_joint_belongs_to_the_text_between_words() -> None:
    first = [*LEFT[:3], *["the old granary was opened as a new"] * 6]
    document = read_pdf(pdf_bytes([column(40, 500, first), column(40, 500, ["library in the spring of that year", "and stayed one."])]))
    assert "opened as a new\nlibrary in" in text_at(document.text, document.blocks[-1].spans)


# Boxes

FURNISHED = [
    [(8.0, 40.0, 570.0, "青石日报"), *column(40, 500, LEFT), *column(220, 500, RIGHT), (8.0, 200.0, 20.0, f"{n}")] for n in range(3)
]


def text_in(data: bytes, box: Box) -> str:
    """What PDFium finds in a box, without white space. An eighth of a line is left out at the edges: half a character is a character."""
    pdf = pypdfium2.PdfDocument(data)
    try:
        left, bottom, _, _ = pdf[box.page].get_bbox()
        page = pdf[box.page].get_textpage()
        inset = min(box.right - box.left, box.top - box.bottom) / 8
        edges = (box.left + inset + left, box.bottom + inset + bottom, box.right - inset + left, box.top - inset + bottom)
        return "".join(page.get_text_bounded(*edges).split())
    finally:
        pdf.close()


@pytest.mark.parametrize(
    ("pages", "options"),
    [
        (FURNISHED, {}),
        (FURNISHED, {"cut": (10, 15, 400, 590)}),
        ([down(400, 560, VERTICAL)], {}),
        ([column(40, 500, GARBLED_LINES), column(40, 500, LEFT)], {}),
        ([column(40, 500, [*LEFT, "the old granary was opened in May"])], {}),
    ],
)
def test_the_text_in_a_box_is_its_line(pages: list[list[Put]], options: dict[str, Any]) -> None:
    data = pdf_bytes(pages, **options)
    document = read_pdf(data)
    lines = [document.text[box.span.start : box.span.end] for box in document.boxes]
    assert lines == document.text.split("\n")  # furniture too
    for box, line in zip(document.boxes, lines, strict=True):
        assert sorted(text_in(data, box)) == sorted("".join(line.split()))  # PDFium has its own order for vertical text


def test_boxes_of_a_page_that_is_shown_turned() -> None:
    lines = ["这一页横着放，宽的一边在上面，字照样从左到右读下", "去，一直读到这一段的末尾。"]
    [first, second] = read_pdf(pdf_bytes([column(40, 380, lines, size=10, pitch=16)], turned=True)).boxes
    assert first.left == pytest.approx(40, abs=1)
    assert first.right == pytest.approx(40 + 10 * len(lines[0]), abs=1)
    assert first.bottom < 380 + 595 - 420 < first.top  # reportlab swaps the sides of a page that it turns
    assert first.bottom - second.bottom == pytest.approx(16, abs=0.1)


def test_what_is_not_shown_has_no_box() -> None:
    document = read_pdf(pdf_bytes([[*column(40, 500, LEFT), (10, 40, -40, "页面下面的字")]]))
    assert "页面下面的字" in document.text
    assert [document.text[box.span.start : box.span.end] for box in document.boxes] == [line.strip("　") for line in LEFT]


# Furniture and page numbers


def test_running_heads_that_alternate_and_printed_page_numbers() -> None:
    heads = ["青石日报", "二〇二一年第五期"]
    pages = [
        [(8, 40, 570, heads[n % 2]), *column(40, 500, LEFT), *column(220, 500, RIGHT), (8, 200, 20, f"· {n + 31} ·")] for n in range(6)
    ]
    document = read_pdf(pdf_bytes(pages))
    furniture = [(block.page, text_at(document.text, block.spans)) for block in document.blocks if block.kind == "furniture"]
    assert furniture == [pair for n in range(6) for pair in ((str(n + 31), heads[n % 2]), (str(n + 31), f"· {n + 31} ·"))]
    assert [block.page for block in document.blocks if block.kind == "paragraph"] == [str(n + 31) for n in range(6) for _ in range(4)]


def test_a_head_that_changes_with_every_page_is_known_by_its_place() -> None:
    heads = ["粮仓的一年", "码头旧事", "茶园的雨", "戏台上下", "渡口"]
    pages = [[(8, 40, 570, head), *column(40, 500, LEFT), *column(220, 500, RIGHT)] for head in heads]
    document = read_pdf(pdf_bytes(pages))
    assert [text_at(document.text, block.spans) for block in document.blocks if block.kind == "furniture"] == heads


# Garbled pages, pictures


def test_bad_pages_are_not_searched_and_named() -> None:
    good = column(40, 500, LEFT) + column(220, 500, RIGHT)
    document = read_pdf(pdf_bytes([good, column(40, 500, GARBLED_LINES), [], good], pictures=[2]))
    assert document.decoding.note == (
        "page 2: a garbled text layer, kept but not searched; page 3: a picture without a text layer, not read"
    )
    assert document.decoding.confidence == 0.5
    assert {block.kind for block in document.blocks if block.page == "2"} == {"furniture"}
    assert "".join(document.text.split()).count(GARBLE) == 1  # kept, not altered
    assert [page.problem != "" for page in survey(pdf_bytes([good, column(40, 500, GARBLED_LINES), [], good], pictures=[2]))] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("pages", "pictures", "reason"),
    [
        ([column(40, 500, GARBLED_LINES)] * 3, (), "garbled"),
        ([[(8.0, 300.0, 10.0, "用手机扫描")]] * 4, (0, 1, 2, 3), "scan"),  # a stamp on each picture is no text layer
        ([[]], (0,), "scan"),
        ([[]], (), "scan"),
    ],
)
def test_a_file_without_a_good_page_is_refused(pages: list[list[Put]], pictures: Sequence[int], reason: str) -> None:
    with pytest.raises(NoTextError, match=reason):
        read_pdf(pdf_bytes(pages, pictures=pictures))


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("".join(PARAGRAPHS), False),
        ("廣場東邊的舊書店關門了，老闆說寫字樓要漲價，這裡再也開不下去。", False),
        ("He said: “It's 12 km to the façade — déjà vu!” (p. 4)", False),
        ("目录 ........................ 12", False),
        ("2019 3.5 4.1 -2 %; 2020 3.9 4.4 -1 %; 2021 4.0 4.7 0 %", False),
        ("吾輩は猫である。名前はまだ無い。どこで生れたか頓と見当がつかぬ。", False),
        ("", False),
        (GARBLE, True),
        ("\ue001\ue0a2\ue133镇\ue010", True),
        ("(cid:12)(cid:77)(cid:1032)", True),
        ("ÇàÊ¯ÕòµÄÇÅÐÞºÃÁË", True),
        ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ab", True),
        ("\ufffd\ufffd\ufffd桥\ufffd", True),
    ],
)
def test_garble_score(text: str, garbled: bool) -> None:
    assert (garble_score(text) > GARBLED) == garbled


@given(st.text(max_size=200))
def test_garble_score_is_a_share(text: str) -> None:
    assert 0 <= garble_score(text) <= 1


# Whatever stands on a page

places = st.floats(-50, 800, allow_nan=False, width=32)
some_pieces = st.lists(
    st.tuples(
        places, places, st.floats(0.125, 300, width=32), st.floats(1, 40, width=32), st.integers(0, 30), st.text("桥船a1", min_size=1)
    ),
    max_size=60,
)


@given(some_pieces, st.lists(places, max_size=3))
def test_no_piece_is_lost_or_doubled(drawn: list[tuple[float, float, float, float, int, str]], hints: list[float]) -> None:
    pieces = [
        Piece(text, left, left + width, base, base + size, base, size, place, line)
        for place, (left, base, width, size, line, text) in enumerate(drawn)
    ]
    regions, _ = reading_order(pieces, hints)
    assert sorted(piece.place for region in regions for row in region.rows for piece in row) == list(range(len(pieces)))


def test_a_page_that_is_shown_turned() -> None:
    lines = ["　　这一页横着放，宽的一边在上面，字照样从左到右读下", "去，一直读到这一段的末尾。"]
    document = read_pdf(pdf_bytes([column(40, 380, lines)], turned=True))
    assert [text for _, text, _ in said(document)] == ["".join(lines).strip("　")]


def test_damage_costs_a_chuchu_error_at_most() -> None:
    chance = random.Random(9)
    data = pdf_bytes([column(40, 500, LEFT) + column(220, 500, RIGHT), down(400, 560, VERTICAL)])
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 20)):
            broken[chance.randrange(8, len(broken))] = chance.randrange(256)
        try:
            read_pdf(bytes(broken))
        except ChuchuError:
            continue


@pytest.mark.browser
def test_columns_and_vertical_text_printed_by_chromium(browser: Browser, tmp_path: Path) -> None:
    style = """p { text-indent: 2em; margin: 0 } .down { writing-mode: vertical-rl; height: 200px; font-size: 14px }
    .columns { column-count: 2; width: 500px; height: 170px; column-fill: auto; font-size: 12px; text-align: justify }"""
    long = [PARAGRAPHS[0] * 3, PARAGRAPHS[1] * 3, PARAGRAPHS[2]]
    prose = "".join(f"<p>{text}</p>" for text in long)
    html = f"<style>{style}</style><div class=down><p>{PARAGRAPHS[0]}</p></div><div class=columns>{prose}</div>"
    page = browser.new_page()
    page.set_content(html)
    page.pdf(path=tmp_path / "a.pdf", format="A4")
    document = read_pdf((tmp_path / "a.pdf").read_bytes())
    assert [text for _, text, _ in said(document)] == [PARAGRAPHS[0], *long]
    assert max(spans for _, _, spans in said(document)) == 2
