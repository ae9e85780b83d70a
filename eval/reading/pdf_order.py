"""Reading order of PDFs on pages made here: `python -m eval.reading.pdf_order`.

Articles, invented or from the news, are set in one, two or three columns, in vertical tiers, with headings over columns, footnotes,
captions, running heads and page numbers, at random but the same for a seed, and written in an order that a layout program might choose.
The reader's blocks are then compared with what was set: paragraphs in order (longest run of paragraphs that follow each other as they
should, over all), paragraphs whole (one block, to the character), joints over columns, pages and captions (right ones made / made:
precision, right ones made / there: recall), furniture. PDFium's own order stands beside it. Needs reportlab. Not measured: fonts whose
tables lie, scans, pages made by other programs.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import re
import sys
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import typer

from eval.datasets.files import data_folder
from eval.datasets.news import news_articles
from eval.metrics.intervals import summarise
from eval.processes import timed
from eval.reading.measurement import Goal, Measurement
from eval.tables import measurement_text
from qa.reading import read
from qa.reading.make_joining import held_out
from qa.records import Document, text_at

FONT = "STSong-Light"
WIDTH, HEIGHT = 595.0, 842.0
MARGIN = 54.0
COLUMNS = (
    "layout",
    "pages",
    "paragraphs in order",
    "in PDFium's order",
    "whole",
    "joints right / made",
    "right / there",
    "furniture found",
    "body taken for furniture",
)
BEGINNING = 14  # characters by which a paragraph is found again
ARTICLES = 4_000  # of the news that are looked through for held out ones
SENTENCE = re.compile("[^。！？]*[。！？]+”?")
SET = re.compile("[\u4e00-\u9fa50-9，。！？、：；“”]+")  # what the font has
WORDS = re.findall(
    r"\S+",
    "青石 旧桥 码头 粮仓 茶园 渡口 春天 雨水 账本 木匠 书记 老人 孩子 渔船 河堤 集市 学校 图书 灯笼 戏台 果树 石阶 铁匠 布店 "
    "修好 运来 记下 商量 打算 等候 看见 搬到 种下 收起 写信 回来 开会 走过 今年 去年 早上 傍晚 后来 常常 已经 慢慢 一起 还是 因为 所以",
)
SURNAMES = "林陈周吴郑何许沈"


@dataclass(frozen=True, slots=True)
class Layout:
    """How pages are set; lengths in points."""

    name: str
    columns: int
    vertical: bool = False
    size: float = 10.5
    leading: float = 17.0
    gutter: float = 22.0
    indent: int = 2  # characters; 0: paragraphs are parted by white
    writing: str = "flow"  # the order in the file: "flow", "rows" over the columns, "columns" in any order


@dataclass(frozen=True, slots=True)
class Frame:
    """A place for lines: one column of a band, or one tier."""

    page: int
    x: float
    y: float
    lines: int
    characters: int  # on a full line
    caption_at: int = -1  # the line before which a picture and its caption stand
    note: bool = False  # a footnote stands at its foot


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line on a page."""

    page: int
    x: float
    y: float
    size: float
    text: str
    column: int
    vertical: bool = False
    filled: float = 0.0  # the length that the line is spread to, 0 for its own


@dataclass(slots=True)
class Made:
    """What was set: the truth."""

    drawn: list[Drawn] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)  # headings too, in reading order
    joints: dict[tuple[str, str], bool] = field(default_factory=dict)  # (line before, line after): whether the first ends a sentence
    aside: list[str] = field(default_factory=list)  # captions, footnotes
    furniture: set[tuple[int, str]] = field(default_factory=set)  # (page, line)
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts; the shares are made of them."""

    pages: int = 0
    paragraphs: int = 0
    in_order: int = 0
    in_order_pdfium: int = 0
    whole: int = 0
    joints: int = 0
    joints_made: int = 0
    joints_right: int = 0
    joints_fitting: int = 0  # of the joints there, those whose first half ends no sentence
    furniture: int = 0
    furniture_found: int = 0
    furniture_wrong: int = 0  # body lines taken for furniture

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


def layouts(chance: random.Random) -> list[Layout]:
    """One layout of each kind, its measures drawn by chance."""

    def varied(layout: Layout) -> Layout:
        size = chance.choice([9.0, 10.0, 10.5, 12.0])
        return replace(layout, size=size, leading=size * chance.choice([1.4, 1.6, 1.75]), gutter=size * chance.choice([1.6, 2.0, 3.0]))

    return [
        varied(Layout("one column", 1, indent=chance.choice([2, 2, 0]))),
        varied(Layout("two columns", 2, writing=chance.choice(["flow", "columns"]))),
        varied(Layout("two columns, written across", 2, writing="rows")),
        varied(Layout("two columns, white between paragraphs", 2, indent=0, writing=chance.choice(["flow", "rows"]))),
        varied(Layout("three columns", 3, size=9.0, writing=chance.choice(["flow", "columns", "rows"]))),
        varied(Layout("vertical", 1, vertical=True)),
        varied(Layout("vertical, two tiers", 2, vertical=True, writing=chance.choice(["flow", "columns"]))),
    ]


# Setting


def set_pages(layout: Layout, pages: int, seed: int, prose: Callable[[random.Random], str] | None = None) -> Made:
    """Articles over so many pages. prose: makes a paragraph; invented ones by default."""
    chance = random.Random(seed)  # noqa: S311 - layouts, no secret
    made = Made(pages=pages)
    articles: list[tuple[str, list[Frame]]] = []
    for page in range(pages):
        for number, band in enumerate(_bands(layout, page, chance)):
            if not articles or number or chance.random() < 0.15:
                heading = _words(chance, chance.randint(4, 6))
                band = _below_heading(made, layout, band, heading, chance)
                articles.append((heading, []))
            articles[-1][1].extend(band)
    for heading, frames in articles:
        made.paragraphs.append(heading)
        _set_article(made, layout, frames, chance, prose or invented_paragraph)
    _set_furniture(made, layout, pages, chance)
    return made


def _bands(layout: Layout, page: int, chance: random.Random) -> Iterator[list[Frame]]:
    """The frames of a page, band by band, in reading order."""
    if layout.vertical:
        tier = (HEIGHT - 2 * MARGIN - 40 - layout.gutter * (layout.columns - 1)) / layout.columns
        n_lines = int((WIDTH - 2 * MARGIN) / layout.leading)
        tops = [HEIGHT - MARGIN - 20 - n * (tier + layout.gutter) for n in range(layout.columns)]
        yield [Frame(page, WIDTH - MARGIN - layout.size, y, n_lines, int(tier / layout.size)) for y in tops]
        return
    width = (WIDTH - 2 * MARGIN - layout.gutter * (layout.columns - 1)) / layout.columns
    total = int((HEIGHT - 2 * MARGIN - 50) / layout.leading)
    first = chance.randint(total // 3, total // 2) if layout.columns > 1 and chance.random() < 0.4 else total
    top = HEIGHT - MARGIN - 30
    for n_lines in (first, total - first):
        if not n_lines:
            continue
        frames = []
        for column in range(layout.columns):
            x = MARGIN + column * (width + layout.gutter)
            caption = chance.randint(4, n_lines - 10) if n_lines > 20 and chance.random() < 0.15 else -1
            note = n_lines > 20 and chance.random() < 0.2
            frames.append(Frame(page, x, top, n_lines, int(width / layout.size), caption, note))
        yield frames
        top -= n_lines * layout.leading


def _below_heading(made: Made, layout: Layout, band: list[Frame], text: str, chance: random.Random) -> list[Frame]:
    """The frames, lower by a heading that stands over all of them; in vertical text, right of the first."""
    frame = band[0]
    size = layout.size * chance.choice([1.6, 2.0])
    if layout.vertical:
        made.drawn.append(Drawn(frame.page, frame.x - 0.5 * size, frame.y, size, text, 0, True))
        return [replace(frame, x=frame.x - 3 * layout.leading, lines=frame.lines - 3), *band[1:]]
    x = MARGIN if layout.columns == 1 or chance.random() < 0.3 else (WIDTH - len(text) * size) / 2
    made.drawn.append(Drawn(frame.page, x, frame.y - 1.2 * layout.leading, size, text, -1))
    return [
        replace(f, y=f.y - 3 * layout.leading, lines=f.lines - 3, caption_at=-1 if f.caption_at > f.lines - 12 else f.caption_at)
        for f in band
    ]


def _set_article(made: Made, layout: Layout, frames: Sequence[Frame], chance: random.Random, prose: Callable[[random.Random], str]) -> None:
    """Fill frames with paragraphs; the last one ends in the last frame."""
    room = list(_places(made, layout, frames, chance))
    at = 0
    while at < len(room):
        if 0 < at < len(room) - 4 and not room[at + 1][3] and chance.random() < 0.08:
            _set_subheading(made, layout, frames, room[at], chance)
            at += 1
        lines = _wrapped(prose(chance), room[at][0].characters, layout.indent, 1.0 if layout.vertical else 0.5)
        lines = lines[: len(room) - at]
        lines[-1] = lines[-1].rstrip("，。！？：“”")[: room[at][0].characters - 3] + "。"
        for number, text in enumerate(lines):
            frame, x, y, breaks = room[at + number]
            indent = layout.indent * layout.size if not number else 0.0
            dx, dy = (0.0, -indent) if layout.vertical else (indent, 0.0)
            filled = (frame.characters - (layout.indent if not number else 0)) * layout.size if number + 1 < len(lines) else 0.0
            made.drawn.append(Drawn(frame.page, x + dx, y + dy, layout.size, text, frames.index(frame), layout.vertical, filled))
            if number and breaks:
                made.joints[(lines[number - 1], text)] = lines[number - 1].rstrip("”")[-1] in "。！？"
        made.paragraphs.append("".join(lines))
        at += len(lines)
        if not layout.indent:  # white between paragraphs: one line is left out, unless a frame begins
            at += at < len(room) and not room[at][3]


def _set_subheading(
    made: Made, layout: Layout, frames: Sequence[Frame], place: tuple[Frame, float, float, bool], chance: random.Random
) -> None:
    """A heading inside a column, a little larger than the text."""
    frame, x, y, _ = place
    text = _words(chance, 3)
    made.paragraphs.append(text)
    made.drawn.append(Drawn(frame.page, x, y, layout.size * 1.25, text, frames.index(frame), layout.vertical))


def _places(made: Made, layout: Layout, frames: Sequence[Frame], chance: random.Random) -> Iterator[tuple[Frame, float, float, bool]]:
    """Where each line of an article goes, and whether something stands between it and the line before."""
    small = layout.size * 0.8
    for column, frame in enumerate(frames):
        n_lines = frame.lines - (3 if frame.note else 0)
        at, breaks = 0, True
        while at < n_lines:
            if at == frame.caption_at and at + 8 < n_lines:
                caption = f"图{chance.randint(1, 99)}：{_words(chance, 3)}"
                made.aside.append(caption)
                made.drawn.append(Drawn(frame.page, frame.x, frame.y - (at + 6) * layout.leading, small, caption, column))
                at, breaks = at + 8, True
            if layout.vertical:
                yield frame, frame.x - at * layout.leading, frame.y, breaks
            else:
                yield frame, frame.x, frame.y - (at + 1) * layout.leading, breaks
            at, breaks = at + 1, False
        if frame.note:
            note = f"〔{chance.randint(1, 99)}〕{_words(chance, 3)}，{_words(chance, 2)}。"
            made.aside.append(note)
            made.drawn.append(Drawn(frame.page, frame.x, frame.y - (frame.lines - 0.6) * layout.leading, small, note, column))


def _set_furniture(made: Made, layout: Layout, pages: int, chance: random.Random) -> None:
    """Running heads, alternating or not, and page numbers, counted from anywhere."""
    heads = [f"{_words(chance, 2)}报", f"{chance.randint(2001, 2022)}年第{chance.randint(1, 12)}期"]
    first, with_head = chance.randint(1, 80), chance.random() < 0.8
    style = chance.choice(["{}", "· {} ·", "- {} -"])
    for page in range(pages):
        texts = [(heads[page % 2 if pages > 5 else 0], HEIGHT - 40.0, MARGIN)] if with_head else []
        texts.append((style.format(first + page), 30.0, WIDTH / 2 - 8 if chance.random() < 0.7 else WIDTH - MARGIN - 20))
        for text, y, x in texts:
            made.furniture.add((page, text))
            made.drawn.append(Drawn(page, x, y, 8.5, text, 99 if y < 100 else -2))


def _words(chance: random.Random, n: int) -> str:
    return "".join(chance.choice(WORDS) for _ in range(n))


def invented_paragraph(chance: random.Random) -> str:
    """Sentences of invented prose, some of them spoken."""
    sentences = []
    for _ in range(chance.randint(1, 7)):
        clauses = "，".join(_words(chance, chance.randint(2, 6)) for _ in range(chance.randint(1, 4)))
        number = f"{chance.randint(2, 9_999)}" if chance.random() < 0.3 else ""
        speaker = f"{chance.choice(SURNAMES)}师傅说：“" if chance.random() < 0.15 else ""
        sentences.append(f"{speaker}{clauses}{number}" + ("。”" if speaker else chance.choice("。。。！？")))
    return "".join(sentences)


def _wrapped(text: str, width: int, indent: int, digit: float) -> list[str]:
    """Lines of at most width ems, of which a digit takes so many; a sign that may not begin a line takes the character before it along."""
    lines: list[str] = []
    while text:
        room, used, at = width - (0 if lines else indent), 0.0, 0
        while at < len(text) and used + (digit if text[at].isdecimal() else 1.0) <= room:
            used += digit if text[at].isdecimal() else 1.0
            at += 1
        while 2 < at < len(text) and (text[at] in "，。：！？”" or text[at - 1] == "“" or text[at - 1 : at + 1].isdecimal()):
            at -= 1
        lines.append(text[:at])
        text = text[at:]
    return lines


def pdf_bytes(made: Made, layout: Layout, seed: int = 0) -> bytes:
    """The pages as a PDF, written in the layout's order. The font is named, not embedded, as in many Chinese PDFs."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    chance = random.Random(seed)  # noqa: S311
    file = io.BytesIO()
    canvas: Any = Canvas(file, pagesize=(WIDTH, HEIGHT))
    by_page: list[list[Drawn]] = [[] for _ in range(made.pages)]
    for drawn in made.drawn:
        by_page[drawn.page].append(drawn)
    for page in by_page:
        for drawn in _as_written(page, layout, chance):
            canvas.setFont(FONT, drawn.size)
            if drawn.vertical:
                for number, character in enumerate(drawn.text):
                    canvas.drawString(drawn.x, drawn.y - (number + 1) * drawn.size, character)
            else:
                spread = drawn.filled - pdfmetrics.stringWidth(drawn.text, FONT, drawn.size) if drawn.filled else 0.0
                canvas.drawString(drawn.x, drawn.y, drawn.text, charSpace=spread / max(1, len(drawn.text) - 1))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _as_written(page: Sequence[Drawn], layout: Layout, chance: random.Random) -> list[Drawn]:
    if layout.writing == "rows":
        return sorted(page, key=lambda drawn: (-drawn.y, drawn.x))
    if layout.writing == "columns":
        columns = sorted({drawn.column for drawn in page})
        chance.shuffle(columns)
        return sorted(page, key=lambda drawn: columns.index(drawn.column))
    return list(page)


# Judging


def judged(made: Made, document: Document, pdfium_text: str) -> Figures:
    """What the reader made of what was set."""
    blocks = [(block.kind, [_bare(document.text[span.start : span.end]) for span in block.spans]) for block in document.blocks]
    body = [("".join(parts)) for kind, parts in blocks if kind != "furniture"]
    made_joints = [(a, b) for kind, parts in blocks if kind != "furniture" for a, b in pairwise(parts)]
    right = {pair for pair in made.joints if any(a.endswith(pair[0]) and b.startswith(pair[1]) for a, b in made_joints)}
    whole = set(body)
    wanted = {text for _, text in made.furniture}
    found = [_bare(text_at(document.text, block.spans)) for block in document.blocks if block.kind == "furniture"]
    bare_wanted = {_bare(text) for text in wanted}
    return Figures(
        pages=made.pages,
        paragraphs=len(made.paragraphs),
        in_order=_in_order(made.paragraphs, "".join(body)),
        in_order_pdfium=_in_order(made.paragraphs, _bare(pdfium_text)),
        whole=sum(paragraph in whole for paragraph in made.paragraphs),
        joints=len(made.joints),
        joints_made=len(made_joints),
        joints_right=len(right),
        joints_fitting=sum(not ends for ends in made.joints.values()),
        furniture=len(made.furniture),
        furniture_found=min(len(made.furniture), sum(text in bare_wanted for text in found)),
        furniture_wrong=sum(text not in bare_wanted for text in found),
    )


def _bare(text: str) -> str:
    return "".join(text.split())


def _in_order(paragraphs: Sequence[str], text: str) -> int:
    """The length of the longest run of paragraphs, gaps allowed, that stand in the text one after the other, told by how they begin."""
    ends: list[int] = []
    for paragraph in paragraphs:
        place = text.find(paragraph[:BEGINNING])
        if place < 0:
            continue
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)


def counted(documents: int = 3, pages: int = 6, seed: int = 31, prose: Callable[[random.Random], str] | None = None) -> dict[str, Figures]:
    """Figures for each kind of layout, over so many documents of so many pages each. prose: as in `set_pages`."""
    import pypdfium2

    figures: dict[str, Figures] = {}
    chance = random.Random(seed)  # noqa: S311
    for number in range(documents):
        for layout in layouts(chance):
            own_seed = chance.randrange(1 << 30)
            made = set_pages(layout, pages, own_seed, prose)
            data = pdf_bytes(made, layout, own_seed)
            document = read(data, path=f"{number}.pdf", doc_id="0" * 16)
            pdf = pypdfium2.PdfDocument(data)
            raw = "".join(page.get_textpage().get_text_range() for page in pdf)
            pdf.close()
            figures[layout.name] = figures.get(layout.name, Figures()) + judged(made, document, raw)
    return figures


# Speed and memory

_READER = """
import json, sys, time
from pathlib import Path
from qa.reading import read

def kilobytes(what):  # of this process alone, where /proc is; getrusage counts what the parent had
    status = Path("/proc/self/status")
    return int(status.read_text().split(what + ":")[1].split()[0]) if status.exists() else 0

small, large = (Path(name).read_bytes() for name in sys.argv[1:])
read(small, path="a.pdf", doc_id="0" * 16)
idle = kilobytes("VmRSS") - len(large) // 1024
started = time.process_time()
document = read(large, path="a.pdf", doc_id="0" * 16)
seconds = time.process_time() - started
print(json.dumps({"cpu_s": seconds, "over_idle_mb": (kilobytes("VmHWM") - idle) / 1024}))
"""


def speed(pages: int) -> dict[str, float]:
    """Pages a second of processor time, and memory over a worker that has read one PDF (MB, with the file's bytes), on two columns."""
    layout = Layout("two columns", 2)
    with tempfile.TemporaryDirectory(prefix="chuchu-pdf-") as folder:
        small, large = Path(folder) / "small.pdf", Path(folder) / "large.pdf"
        for path, count in ((small, 2), (large, pages)):
            path.write_bytes(pdf_bytes(set_pages(layout, count, 7), layout))
        said = json.loads(timed([sys.executable, "-c", _READER, str(small), str(large)]).output)
        return {"pages": pages, "pages_per_cpu_s": round(pages / said["cpu_s"], 1), "over_idle_mb": round(said["over_idle_mb"], 1)}


# Report


def measure(data: Path, documents: int = 3, pages: int = 6, seed: int = 31) -> Measurement:
    """Order, joints and furniture on pages set from news that no statistic of the reader was counted from. DatasetError without it."""
    figures = counted(documents, pages, seed, held_out_prose(data))
    total = sum(figures.values(), Figures())
    goals = (
        ("paragraphs in order", total.in_order, total.paragraphs, 0.98),
        ("PDF joint precision", total.joints_right, total.joints_made, 0.99),
        ("PDF joint recall", total.joints_right, total.joints_fitting, 0.9),
        ("furniture found", total.furniture_found, total.furniture, 0.95),
    )
    return Measurement(
        name="pdf_order",
        title="Reading order, joints and furniture of PDFs",
        command=f"python -m eval.reading.pdf_order --documents {documents} --pages {pages} --seed {seed}",
        figures=tuple(Goal(summarise(name, [1.0] * part + [0.0] * (whole - part)), "at least", goal) for name, part, whole, goal in goals),
        columns=COLUMNS,
        rows=rows_of(figures),
        note="Pages set at random from news that no statistic was counted from. PDFium's own order stands beside the reader's; joints there"
        " are counted where the first half ends no sentence.",
    )


def held_out_prose(data: Path) -> Callable[[random.Random], str]:
    """Paragraphs of news articles that were held out, one after the other, whatever the chance, no two beginning alike."""
    texts = (article.text for number, article in enumerate(news_articles(data, ARTICLES)) if held_out(number))
    every = cycle({paragraph[:BEGINNING]: paragraph for text in texts for paragraph in paragraphs_of(text)}.values())
    return lambda chance: next(every)


def paragraphs_of(text: str) -> Iterator[str]:
    """The sentences of an article by threes: it comes without line ends. Only what the font can show."""
    sentences = SENTENCE.findall("".join(SET.findall(text)))
    yield from ("".join(sentences[first : first + 3]) for first in range(0, len(sentences), 3))


def rows_of(figures: Mapping[str, Figures]) -> tuple[tuple[str, ...], ...]:
    """One row a layout, counts with their wholes, and one for all."""
    return tuple(
        (
            name,
            str(f.pages),
            _of(f.in_order, f.paragraphs),
            _of(f.in_order_pdfium, f.paragraphs),
            _of(f.whole, f.paragraphs),
            _of(f.joints_right, f.joints_made),
            _of(f.joints_right, f.joints_fitting),
            _of(f.furniture_found, f.furniture),
            str(f.furniture_wrong),
        )
        for name, f in {**figures, "all": sum(figures.values(), Figures())}.items()
    )


def _of(part: int, whole: int) -> str:
    return f"{part}/{whole} ({part / whole:.3f})" if whole else "-"


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures and the table, and on demand the speed."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.pdf_order", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--documents", type=int, default=3, help="of each kind of layout")
    parser.add_argument("--pages", type=int, default=6, help="of each document")
    parser.add_argument("--seed", type=int, default=31)
    parser.add_argument("--speed", type=int, default=0, metavar="PAGES", help="also time a file of so many pages and take its memory")
    chosen = parser.parse_args(argv)
    typer.echo(measurement_text(measure(data_folder(chosen.data), chosen.documents, chosen.pages, chosen.seed)))
    if chosen.speed:
        timing = speed(chosen.speed)
        typer.echo(
            f"{chosen.speed} pages: {timing['pages_per_cpu_s']} a second of processor time, {timing['over_idle_mb']} MB over an idle worker"
        )


if __name__ == "__main__":
    main()
