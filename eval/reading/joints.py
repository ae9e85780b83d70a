"""Paragraphs cut by columns, captions, pages and jumps, and joined again: `python -m eval.reading.joints`.

News articles that the statistic of `qa.reading.joining` was not counted from are set as the issues of a periodical in plain text:
contents page, title, author, paragraphs, editor's mark. Their paragraphs are cut where a column could end. What a magazine puts between
follows: nothing, a caption with its credit, a folio and a running head, or text of another article (转下页); or the columns are out of
order. Every place is known, so a joint is right when both its sides are. Precision: right ones of those made; recall: right ones of the
cuts inside sentences. Not measured: cuts that fall on a sentence end, which nobody can see.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import typer

from eval.datasets.files import data_folder
from eval.datasets.news import news_articles
from eval.metrics.intervals import summarise
from eval.reading.measurement import Goal, Measurement
from eval.tables import measurement_text
from qa.reading import read
from qa.reading.make_joining import NO_BEGINNING, NO_END, held_out
from qa.records import Document

Way = Literal["column", "caption", "page", "jump", "out of order"]
WAYS: tuple[Way, ...] = get_args(Way)
FIGURES: tuple[tuple[str, tuple[Way, ...], float, float], ...] = (  # what is reported, with its goals for precision and recall
    ("columns, captions and pages", ("column", "caption", "page"), 0.99, 0.9),
    ("jumps", ("jump",), 0.95, 0.85),
    ("columns out of order", ("out of order",), 0.85, 0.4),
)
ARTICLES_OF_AN_ISSUE = 8
SHORTEST_ARTICLE, SHORTEST_PARAGRAPH, SHORTEST_HALF = 500, 90, 25
CUT_SHARE = 0.5  # of the long paragraphs
SURNAMES, NAMES = "陈林何苏梁许沈顾", ["望潮", "雁秋", "一帆", "晓枫", "满仓", "以宁", "知夏", "立群"]
SENTENCE = re.compile("[^。！？]*[。！？]+[”’）]*|[^。！？]+$")
TITLE = re.compile(r"[\u3400-\u9fff]{6,14}")
CAPTIONS = ["老码头的石阶在退潮以后露了出来。", "村民在晒谷场上收稻子。", "学生们在图书室里挑选新到的书。", "修船的木匠正在给船底上油。"]
RUNNING_HEAD = "潮声季刊"


@dataclass(slots=True)
class Issue:
    """A text as it grows, and where its paragraphs were cut: the place where a first half ends, and where its second half begins."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    cuts: dict[tuple[int, int], Way] = field(default_factory=dict)
    ways: list[tuple[int, Way]] = field(default_factory=list)  # where the articles of each way begin

    def add(self, text: str) -> tuple[int, int]:
        """One more block, after a blank line; where it begins and ends."""
        start = self.length
        self.parts.append(text + "\n\n")
        self.length += len(text) + 2
        return start, start + len(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


@dataclass(frozen=True, slots=True)
class Half:
    """A piece of a paragraph. number: counts from 0 in its article; goes_on: whether the next one takes it up inside a sentence."""

    text: str
    number: int
    goes_on: bool


def made_issue(articles: Sequence[list[str]], way: Way, chance: random.Random) -> Issue:
    """An issue of articles, each a list of paragraphs, cut in one way."""
    issue = Issue()
    titles = [_title(paragraphs, number) for number, paragraphs in enumerate(articles)]
    authors = [chance.choice(SURNAMES) + chance.choice(NAMES) for _ in articles]
    issue.add("目 录")
    for number, (title, author) in enumerate(zip(titles, authors, strict=True)):
        issue.add(f"- {3 + 2 * number} {title} {author}")
    waiting: list[Half] = []  # of an article that goes on inside the next one
    ends: dict[int, int] = {}
    for number, (paragraphs, title, author) in enumerate(zip(articles, titles, authors, strict=True)):
        halves = _halved(paragraphs, chance)
        issue.ways.append((issue.length, way))
        if way == "out of order":
            _add_out_of_order(issue, halves, title, author, chance)
            continue
        issue.add(title)
        issue.add(author)
        ends, carried, late = {}, ends, waiting
        waiting = _kept_back(halves) if way == "jump" and number + 1 < len(articles) and not late else []
        middle = next((half.number + 1 for half in halves if half.goes_on), len(halves))
        for half in halves[: len(halves) - len(waiting)]:
            if late and half.number == middle:
                _add_late(issue, late, carried)
                late = []
            jumps = bool(waiting) and half.number + 1 == waiting[0].number
            _add_half(issue, half, ends, way, "(转下页)" if jumps else "")
            if half.goes_on and not jumps:
                _add_between(issue, way, number, chance)
        if late:
            _add_late(issue, late, carried)
        issue.add(f"[责任编辑:{chance.choice(SURNAMES)}{chance.choice(NAMES)}]")
    return issue


def _add_half(issue: Issue, half: Half, ends: dict[int, int], way: Way, turn: str = "") -> None:
    """Adds it, and notes the cut when the half before stands in the text already; ends: of the halves that go on, by number."""
    start, end = issue.add(half.text + turn)
    if half.number - 1 in ends:
        issue.cuts[ends[half.number - 1], start] = way
    if half.goes_on:
        ends[half.number] = end


def _add_late(issue: Issue, late: Sequence[Half], carried: dict[int, int]) -> None:
    """What was broken off on the page before: its first piece begins with 接上页."""
    _, end = issue.add("(接上页)" + late[0].text)
    if late[0].goes_on:
        carried[late[0].number] = end
    for half in late[1:]:
        _add_half(issue, half, carried, "jump")


def _add_out_of_order(issue: Issue, halves: Sequence[Half], title: str, author: str, chance: random.Random) -> None:
    """Two or three columns, parted at cuts, in any order; the title stands above the first one."""
    borders = [half.number + 1 for half in halves if half.goes_on][:2]
    columns = [list(halves[first:end]) for first, end in pairwise([0, *borders, len(halves)])]
    chance.shuffle(columns)
    ends: dict[int, int] = {}
    starts: dict[int, int] = {}
    for column in columns:
        if column[0].number == 0:
            issue.add(title)
            issue.add(author)
        for half in column:
            starts[half.number], end = issue.add(half.text)
            if half.goes_on:
                ends[half.number] = end
    for number, end in ends.items():
        issue.cuts[end, starts[number + 1]] = "out of order"
    issue.add("[责任编辑:苏望潮]")


def _add_between(issue: Issue, way: Way, number: int, chance: random.Random) -> None:
    if way == "caption":
        issue.add(chance.choice(CAPTIONS))
        issue.add(f"□{chance.choice(SURNAMES)} {chance.choice(NAMES)}/摄")
    elif way == "page":
        issue.add(str(3 + 2 * number))
        issue.add(RUNNING_HEAD)


def _kept_back(halves: Sequence[Half]) -> list[Half]:
    """What a jump carries over: the last paragraph, from a whole one on."""
    begins = [half.number for half in halves if not half.number or not halves[half.number - 1].goes_on]
    return list(halves[begins[-1] :]) if len(begins) > 1 else []


def _halved(paragraphs: Sequence[str], chance: random.Random) -> list[Half]:
    halves: list[Half] = []
    for paragraph in paragraphs:
        cut = _cut(paragraph, chance) if len(paragraph) >= SHORTEST_PARAGRAPH and chance.random() < CUT_SHARE else 0
        for text, goes_on in [(paragraph[:cut], True), (paragraph[cut:], False)] if cut else [(paragraph, False)]:
            halves.append(Half(text, len(halves), goes_on))
    return halves


def _cut(text: str, chance: random.Random) -> int:
    """A place inside a sentence where a column could end; 0 when none is found."""
    for _ in range(20):
        place = chance.randint(SHORTEST_HALF, len(text) - SHORTEST_HALF)
        before, after = text[place - 1], text[place]
        in_word = before.isascii() and after.isascii()
        if not (in_word or before in NO_END or after in NO_BEGINNING or text[place - 2 : place] in ("。”", "！”", "？”")):
            return place
    return 0


def paragraphs_of(text: str, chance: random.Random) -> list[str]:
    """The sentences of an article, which come without line ends, as paragraphs of any length from 60 characters on."""
    paragraphs: list[str] = []
    room = 0
    for sentence in SENTENCE.findall(" ".join(text.split())):
        if room <= 0:
            paragraphs.append("")
            room = chance.randint(60, 240)
        paragraphs[-1] += sentence
        room -= len(sentence)
    return [paragraph.strip() for paragraph in paragraphs if paragraph.strip()]


def _title(paragraphs: Sequence[str], number: int) -> str:
    found = TITLE.search(paragraphs[0])
    return found[0] + "记" if found else f"潮水来去的地方之{SURNAMES[number]}"


def judged(issue: Issue, document: Document) -> tuple[list[bool], dict[tuple[int, int], bool]]:
    """For each joint made whether it is right, and for each cut whether it was joined."""
    made = {(a.end, b.start) for block in document.blocks for a, b in pairwise(block.spans)}
    return [joint in issue.cuts for joint in sorted(made)], {cut: cut in made for cut in issue.cuts}


def issues(data: Path, count: int, seed: int) -> Iterator[tuple[Way, Issue]]:
    """So many issues of each way, from articles that were held out."""
    chance = random.Random(seed)  # noqa: S311 - cuts, no secret
    texts = (article.text for number, article in enumerate(news_articles(data)) if held_out(number))
    articles = (paragraphs_of(text, chance) for text in texts if len(text) >= SHORTEST_ARTICLE)
    for _ in range(count):
        for way in WAYS:
            chosen = [paragraphs for _, paragraphs in zip(range(ARTICLES_OF_AN_ISSUE), articles, strict=False)]
            yield way, made_issue(chosen, way, chance)


def measure(data: Path, count: int = 12, seed: int = 17) -> Measurement:
    """Joints over so many issues of each way. DatasetError without the news."""
    right: dict[Way, list[bool]] = defaultdict(list)
    found: dict[Way, list[bool]] = defaultdict(list)
    for way, issue in issues(data, count, seed):
        document = read(issue.text.encode(), path="issue.txt", doc_id="0" * 16)
        made, cuts = judged(issue, document)
        right[way] += made
        found[way] += cuts.values()
    figures = []
    for name, ways, precision, recall in FIGURES:
        figures.append(Goal(summarise(f"precision, {name}", [one for way in ways for one in right[way]]), "at least", precision))
        figures.append(Goal(summarise(f"recall, {name}", [one for way in ways for one in found[way]]), "at least", recall))
    return Measurement(
        name="joints",
        title="Paragraphs joined over columns, captions, pages and jumps",
        command=f"python -m eval.reading.joints --count {count} --seed {seed}",
        figures=tuple(figures),
        columns=("cut by", "cuts", "joints made", "right", "precision", "recall"),
        rows=tuple(_row(way, right[way], found[way]) for way in WAYS),
        note="News articles that no statistic was counted from, set as issues in plain text; cuts inside sentences only.",
    )


def _row(way: Way, right: Sequence[bool], found: Sequence[bool]) -> tuple[str, ...]:
    precision = f"{sum(right) / len(right):.3f}" if right else "-"
    recall = f"{sum(found) / len(found):.3f}" if found else "-"
    return way, str(len(found)), str(len(right)), str(sum(right)), precision, recall


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table and the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.joints", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--count", type=int, default=12, help="issues of each way")
    parser.add_argument("--seed", type=int, default=17)
    chosen = parser.parse_args(argv)
    typer.echo(measurement_text(measure(data_folder(chosen.data), chosen.count, chosen.seed)))


if __name__ == "__main__":
    main()
