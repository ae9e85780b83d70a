"""How fast files become passages, on one core: `python -m eval.reading.speed`.

Text of news articles (of invented sentences where the data folder is not there) is written as the files that people have: one long text
in UTF-8 and in GB18030, an article a file, pages of a web site with menus, share bars and related links, PDFs in one and in two columns.
Each kind is read and split REPEATS times, each time the best of TURNS: time is processor time, but neighbours on the machine cost some of
it too. Web pages are read, without splitting, in turn with trafilatura, which does not split either. Not measured: fetching, the encoder,
the library, the start of a process.
"""

from __future__ import annotations

import argparse
import html
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import typer

from eval.datasets.files import data_folder
from eval.datasets.news import news_articles
from eval.datasets.records import DatasetError
from eval.metrics.intervals import Metric, summarise
from eval.reading.measurement import Goal, Measurement
from eval.reading.pdf_order import Layout, invented_paragraph, pdf_bytes, set_pages
from eval.tables import measurement_text
from qa.reading import read
from qa.records import Document
from qa.splitting import split_passages

REPEATS = 5
TURNS = 3
ARTICLES = 800
LONG_TEXT = 1_000_000  # characters
WEB_PAGES = 100
PDF_PAGES = 30
TEXT_GOAL, WEB_GOAL, PDF_GOAL = 1_000_000, 0.5, 30  # characters a second, times trafilatura's speed, pages a second
LAYOUTS = (Layout("one column", 1), Layout("two columns", 2))
SENTENCE = re.compile("[^。！？]*[。！？]+[”’）]*|[^。！？]+$")
PAGE = """<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>{title} - 青石网</title><meta name="author" content="本网记者"></head><body>
<header><a href="/">青石网</a><nav><ul>{menu}</ul></nav></header>
<main><article><h1>{title}</h1><p class="info">来源：青石日报 2021-05-04 09:30</p>
<div class="share"><a href="#">分享到微信</a> <a href="#">微博</a> <a href="#">打印</a></div>
{paragraphs}</article><aside><h3>相关阅读</h3><ul>{related}</ul></aside></main>
<footer><p>关于我们 | 联系方式 | 版权所有，未经许可不得转载</p></footer></body></html>
"""
MENU = ["首页", "要闻", "本地", "教育", "交通", "文化", "农业", "天气", "视频", "专题", "图片", "评论"]

Files = Sequence[tuple[str, bytes]]  # name, contents


@dataclass(frozen=True, slots=True)
class Kind:
    """Files of one kind, and how much is in them."""

    name: str
    files: Files
    amount: int
    unit: str
    goal: float  # units a second; 0 where the kind has another goal


def measure(data: Path | None) -> Measurement:
    """Each kind of file against its goal. data: the folder with `data/`, or None to invent the text."""
    articles = news_texts(data) if data else invented_texts()
    kinds = text_kinds(articles) + [pdf_kind(layout) for layout in LAYOUTS]
    pages = web_kind(articles)
    rates = [(kind, summarise(f"{kind.name}, {kind.unit}/s", [kind.amount / used for used in repeated(kind.files)])) for kind in kinds]
    ratio, web_rate = beside_trafilatura(pages)
    figures = [Goal(rate, "at least", kind.goal) for kind, rate in rates] + [Goal(ratio, "at least", WEB_GOAL)]
    return Measurement(
        name="speed",
        title="Speed of reading",
        command="python -m eval.reading.speed",
        figures=tuple(figures),
        columns=("files", "bytes", "amount", "a second of processor time"),
        rows=tuple(_row(kind, rate) for kind, rate in [*rates, (pages, web_rate)]),
        note=f"From bytes to passages on one core, {REPEATS} times the best of {TURNS}; the text is {'news' if data else 'invented'}. "
        "Web pages: from bytes to documents; the speed of trafilatura alone is 1.",
    )


def news_texts(data: Path) -> list[list[str]]:
    """Articles as paragraphs of three sentences: they come without line ends."""
    articles = []
    for article in news_articles(data, ARTICLES):
        sentences = SENTENCE.findall(article.text)
        articles.append(["".join(sentences[first : first + 3]) for first in range(0, len(sentences), 3)])
    return articles


def invented_texts() -> list[list[str]]:
    """As many articles of eight paragraphs each, the same every time."""
    chance = random.Random(7)  # noqa: S311
    return [[invented_paragraph(chance) for _ in range(8)] for _ in range(ARTICLES)]


def text_kinds(articles: Sequence[Sequence[str]]) -> list[Kind]:
    """One long text in two encodings, and an article a file."""
    texts = ["\n\n".join(f"　　{paragraph}" for paragraph in article) for article in articles]
    whole = "\n\n".join(islice(_again(texts), -(-LONG_TEXT // max(1, sum(map(len, texts)) // len(texts)))))
    size = sum(map(len, texts))
    return [
        Kind("one text in UTF-8", [("a.txt", whole.encode())], len(whole), "characters", TEXT_GOAL),
        Kind("one text in GB18030", [("a.txt", whole.encode("gb18030"))], len(whole), "characters", TEXT_GOAL),
        Kind("an article a file", [("a.txt", text.encode()) for text in texts], size, "characters", TEXT_GOAL),
    ]


def web_kind(articles: Sequence[Sequence[str]]) -> Kind:
    """Articles as pages of a web site."""
    pages = []
    for number, article in enumerate(articles[:WEB_PAGES]):
        titles = [other[0][:18] for other in articles[number + 1 : number + 9]]
        page = PAGE.format(
            title=html.escape(article[0][:20]),
            menu="".join(f'<li><a href="/{word}">{word}</a></li>' for word in MENU),
            paragraphs="\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in article),
            related="".join(f'<li><a href="/r">{html.escape(title)}</a></li>' for title in titles),
        )
        pages.append(("a.html", page.encode()))
    return Kind("web pages", pages, len(pages), "pages", 0)


def pdf_kind(layout: Layout) -> Kind:
    """A PDF of PDF_PAGES pages."""
    data = pdf_bytes(set_pages(layout, PDF_PAGES, 7), layout)
    return Kind(f"PDF in {layout.name}", [("a.pdf", data)], PDF_PAGES, "pages", PDF_GOAL)


def repeated(files: Files) -> list[float]:
    """Seconds of processor time from bytes to passages, REPEATS times, after once unmeasured."""
    read_and_split(files[:1])
    return [min(_seconds(lambda: read_and_split(files)) for _ in range(TURNS)) for _ in range(REPEATS)]


def read_and_split(files: Files) -> None:
    """What a worker does with them."""
    for document in documents(files):
        split_passages(document)


def documents(files: Files) -> Iterator[Document]:
    """The files, read."""
    return (read(data, path=name, doc_id="0" * 16) for name, data in files)


def beside_trafilatura(pages: Kind) -> tuple[Metric, Metric]:
    """The reader's speed over trafilatura's on the same pages, and the reader's pages a second."""
    import trafilatura

    def extract() -> None:
        for _, data in pages.files:
            trafilatura.extract(data)

    def read_all() -> None:
        for _ in documents(pages.files):
            pass

    extract()
    read_all()
    turns = [[(_seconds(extract), _seconds(read_all)) for _ in range(TURNS)] for _ in range(REPEATS)]
    pairs = [(min(theirs for theirs, _ in turn), min(ours for _, ours in turn)) for turn in turns]
    ratio = summarise("web pages, times the speed of trafilatura alone", [theirs / ours for theirs, ours in pairs])
    return ratio, summarise("web pages, pages/s", [pages.amount / ours for _, ours in pairs])


def _seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _again(texts: Sequence[str]) -> Iterator[str]:
    """The texts over and over, each time told apart by a number, so that no two paragraphs are equal."""
    turn = 0
    while True:
        yield from (f"{turn}. {text}" for text in texts) if turn else texts
        turn += 1


def _row(kind: Kind, rate: Metric) -> tuple[str, ...]:
    size = sum(len(data) for _, data in kind.files)
    return kind.name, f"{size:,}", f"{kind.amount:,} {kind.unit}", f"{rate.value:,.0f} {kind.unit}"


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures and the table."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.speed", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    chosen = parser.parse_args(argv)
    try:
        data: Path | None = data_folder(chosen.data)
    except DatasetError:
        if chosen.data:
            raise
        data = None
    typer.echo(measurement_text(measure(data)))


if __name__ == "__main__":
    main()
