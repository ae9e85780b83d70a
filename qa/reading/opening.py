"""What the first lines of a text say about it: title, authors, publication, issue, date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.reading.dates import date_in, is_date_line
from qa.reading.patterns import CONTENTS_TITLE, ISSUE, LONGEST_HEADING, SOURCE, ends_sentence, on_one_line
from qa.records import Block, text_at

FIRST_BLOCKS = 15
LONGEST_TITLE = 60
LONGEST_NAME, MOST_AUTHORS = 200, 20  # what metadata may claim: characters, names
CLOSING_BLOCKS, CLOSING_DATE_LENGTH = 3, 16
AUTHOR = re.compile(r"^[\[【（(]?\s*(?:作者|撰文|文|记者|記者)\s*[:：／/]\s*([^\])）】]+)")
BETWEEN_NAMES = re.compile(r"[、,，;；/|]|\s{2,}")
HAN = re.compile("[\u3400-\u9fff]")
MARKUP = "#>*_•\u3000 \t\n"


@dataclass(frozen=True, slots=True)
class About:
    """What a file says about itself; "" and () where it says nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    publication: str = ""
    issue: str = ""
    published: str = ""  # ISO prefix

    def or_else(self, other: About) -> About:
        """This, with the other's word where this has none."""
        return About(
            title=self.title or other.title,
            authors=self.authors or other.authors,
            publication=self.publication or other.publication,
            issue=self.issue or other.issue,
            published=self.published or other.published,
        )

    def within_limits(self) -> About:
        """This, cut to what a person would still call a name, and to so many of them."""
        return About(
            title=self.title[:LONGEST_NAME],
            authors=tuple(author[:LONGEST_NAME] for author in self.authors[:MOST_AUTHORS]),
            publication=self.publication[:LONGEST_NAME],
            issue=self.issue[:LONGEST_NAME],
            published=self.published,
        )


def opening_of(text: str, blocks: Sequence[Block]) -> About:
    """Read from the first blocks, before the first long paragraph for everything but the date."""
    first = [(block.kind, text_at(text, block.spans)) for block in blocks[: FIRST_BLOCKS + 1] if block.kind != "metadata"][:FIRST_BLOCKS]
    head = []
    for kind, line in first:
        if len(line) > LONGEST_TITLE or CONTENTS_TITLE.fullmatch(line):
            break
        head.append((kind, line))
    title = _title(head)
    issues = [found[0] for _, line in head if len(line) <= LONGEST_HEADING and (found := ISSUE.search(line))]
    sources = [found[1] for _, line in head if (found := SOURCE.search(line))]
    authors = [names(found[1]) for _, line in head if (found := AUTHOR.search(line))]
    dates = [date_in(line) for _, line in head if is_date_line(line)] or _closing_dates(text, blocks)
    return About(
        title=title,
        authors=authors[0] if authors else (),
        publication=sources[0] if sources else title if issues else "",
        issue=" ".join(dict.fromkeys(issues)),
        published=max((date for date in dates if date.startswith(dates[0])), key=len, default=""),  # 2023, and further down 2023-03-25
    )


def _closing_dates(text: str, blocks: Sequence[Block]) -> list[str]:
    """The date that a notice or a letter ends with, below its signature."""
    lines = (text_at(text, block.spans) for block in blocks[-CLOSING_BLOCKS:])
    return [date_in(line) for line in lines if len(line) <= CLOSING_DATE_LENGTH and is_date_line(line)]


def names(value: str) -> tuple[str, ...]:
    """The names in a list such as 王某、李某; a blank between two names' characters does not part them."""
    return tuple(name.strip() for name in BETWEEN_NAMES.split(value) if name.strip())


def _title(head: Sequence[tuple[str, str]]) -> str:
    """The line nearest above the date or source line when there is one near the top, else the first heading, else a short first line."""
    candidates: list[tuple[str, str]] = []
    for kind, line in head:
        if candidates and (kind == "byline" or is_date_line(line)):
            return clean_title(candidates[-1][1])
        if kind in ("heading", "paragraph") and not ends_sentence(line) and (HAN.search(line) or not candidates):
            candidates.append((kind, line))
    headings = [line for kind, line in candidates if kind == "heading"]
    if candidates and candidates[0] == head[0]:
        return clean_title(candidates[0][1])
    return clean_title(headings[0]) if headings else ""


def clean_title(line: str) -> str:
    """A title without Markdown's marks and with single blanks."""
    return on_one_line(line.strip(MARKUP))
