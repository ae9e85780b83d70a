"""Relative dates in news, against what the same article says outright: `python -m eval.reading.dates`.

The articles come with the day of their publication and without labels, so an article is its own witness. 昨天（8月16日） says in brackets
what the word means: the brackets are taken out of the text before it is read. And where an article names 2023年8月16日, of the year
before its publication, its other 8月16日 most likely is that day. A pair is right when both are the same date. Articles that are put out
again days later, quotations and anniversaries count as wrong. Not measured: how many dates are found at all, and whether what is found is
a date; that took reading by eye (the guide to measuring).
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path

import typer

from eval.datasets.files import NEWS, data_folder, open_text, present
from eval.metrics.intervals import summarise
from eval.reading.measurement import Goal, Measurement
from eval.tables import measurement_text
from qa.reading.dates import iso_date
from qa.reading.mentions import date_mentions

BRACKETED, SAME_DAY = "word with its date in brackets", "month and day that the article also names with its year"
MOST_ROWS = 14
BRACKETED_DAY = re.compile(r"(?P<word>[今昨前明][天日晚晨早夜])[（(](?P<month>\d{1,2})月(?P<day>\d{1,2})日[）)]")


def dated_news(data: Path, n: int | None = None) -> Iterator[tuple[str, str, bool]]:
    """(text, ISO date, whether the source knows the hour too) of the first n articles, or of all. DatasetError without the file.

    Articles without a date are left out.
    """
    with open_text(present(data, NEWS)) as file:
        for article in map(json.loads, islice(file, n)):
            if published := iso_date(article["date"]):
                yield article["text"], published, ":" in article["date"]


def pairs(text: str, published: str) -> Iterator[tuple[str, str, bool]]:
    """(what vouches for it, the words, whether both say the same) of each relative mention that the article itself vouches for."""
    bare, told = _without_brackets(text)
    mentions = date_mentions(bare, (), (), published)
    for mention in mentions:
        if mention.relative and (day := told.get(mention.span.end)):
            yield BRACKETED, bare[mention.span.start : mention.span.end], mention.date[5:] == day
    named = {
        mention.date for mention in mentions if not mention.relative and len(mention.date) == 10 and _is_recent(mention.date, published)
    }
    days = {day[5:] for day in named}
    for mention in mentions:
        words = bare[mention.span.start : mention.span.end]
        if mention.relative and len(mention.date) == 10 and words[0].isdecimal() and "月" in words and mention.date[5:] in days:
            yield SAME_DAY, words, mention.date in named


def _without_brackets(text: str) -> tuple[str, dict[int, str]]:
    """The text without the dates in brackets behind words for a day, and "08-16" at the place where each stood."""
    parts, told, place, length = [], {}, 0, 0
    for found in BRACKETED_DAY.finditer(text):
        parts.append(text[place : found.end("word")])
        length += found.end("word") - place
        told[length] = f"{int(found['month']):02}-{int(found['day']):02}"
        place = found.end()
    return "".join((*parts, text[place:])), told


def _is_recent(named: str, published: str) -> bool:
    return 0 <= (date.fromisoformat(published) - date.fromisoformat(named)).days <= 366


def measure(data: Path, n: int | None = None) -> Measurement:
    """All the news, or the first n articles. DatasetError without the file."""
    right: dict[str, list[bool]] = defaultdict(list)
    rows: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for text, published, to_the_hour in dated_news(data, n):
        for witness, words, same in pairs(text, published):
            if to_the_hour:
                right[witness].append(same)
            rows[words if witness == BRACKETED else "8月16日", "hour" if to_the_hour else "day only"].append(same)
    frequent = sorted(rows, key=lambda row: -len(rows[row]))[:MOST_ROWS]
    return Measurement(
        name="dates",
        title="Relative dates resolved, against what the same article says outright",
        command="python -m eval.reading.dates" + (f" --articles {n}" if n else ""),
        figures=tuple(Goal(summarise(witness, right[witness]), "at least", 0.95) for witness in (BRACKETED, SAME_DAY) if right[witness]),
        columns=("word", "publication known to the", "pairs", "right", "share"),
        rows=tuple((*row, str(len(rows[row])), str(sum(rows[row])), f"{sum(rows[row]) / len(rows[row]):.3f}") for row in frequent),
        note="News of 2023; 6,000 of the 63,660 articles were looked at while the rules were written. The figures are over articles whose"
        " hour of publication is known; the others seem to bear the day on which they were collected.",
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table and the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.dates", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--articles", type=int, help="only the first so many")
    chosen = parser.parse_args(argv)
    typer.echo(measurement_text(measure(data_folder(chosen.data), chosen.articles)))


if __name__ == "__main__":
    main()
