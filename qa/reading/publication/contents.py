"""The entries of a contents page: page, title and author in any order on the line, wrapped or not.

A page number stands before its entry or after it; which of the two is decided once for the page. Words are kept apart, because only the
text can tell which of them are the title (`articles.py`). Not handled: two columns printed side by side on one line, Roman page numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa.reading.patterns import CONTENTS_TITLE, kind_of
from qa.reading.publication.names import names_of, sure_name

FEWEST_ENTRIES = 3
LONGEST_ENTRY_LINES = 8
DIGITS = "0-9０-９"
LABEL = r"(?:[Pp][.．]?\s?|第\s?)?"
LEADING = re.compile(rf"^[-–—·•*\s]*{LABEL}([{DIGITS}]{{1,3}})(?:\s*[-–—~]\s*[{DIGITS}]{{1,3}})?(?:[页頁])?[\s.．、:：/／|]+(?=\S)")
TRAILING = re.compile(
    rf"(?:[\s.．·…‥•・⋯—–-]*[.．·…‥•・⋯—–]{{2,}}\s*|\s+|\s*[(（/／|]\s*){LABEL}([{DIGITS}]{{1,3}})(?:\s*[-–—~]\s*[{DIGITS}]{{1,3}})?[页頁]?\s*[)）]?$"
)
ALONE = re.compile(rf"^[-–—·•\s(（]*{LABEL}([{DIGITS}]{{1,3}})[页頁]?[-–—·•\s)）]*$")
PAGED = re.compile(f"{LEADING.pattern}|{TRAILING.pattern}")
BETWEEN_WORDS = re.compile(r"[\s/／|]+|[.．·…‥•・⋯]{2,}")
BRACKETED_END = re.compile(r"[（(〔\[]([^（()）〔〕\[\]]{2,20})[)）〕\]]$")
NAMED_START = re.compile(r"^([^:：]{2,20})[:：]\s*(?=\S)")
EDGES = "-–·•*● \u3000\t"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an entry. own_line: whether only words of its line stand between two line ends, without the page number."""

    text: str
    own_line: bool
    line: int  # counted from 0 in the entry


@dataclass(frozen=True, slots=True)
class Entry:
    """What one entry of a contents page says. Where its title ends and its authors begin is not known yet."""

    words: tuple[Word, ...]
    page: str  # as printed, in ASCII digits

    @property
    def number(self) -> int:
        """The page as a number."""
        return int(self.page)


def entries_of(lines: Iterable[str]) -> list[Entry]:
    """The entries of a contents page, by page. lines: from its title to its end, not blank; fewer than three entries are none."""
    wanted = [line.strip() for line in lines if line.strip()]
    wanted = [line for line in wanted if not CONTENTS_TITLE.fullmatch(line) and (PAGED.search(line) or kind_of(line) != "caption")]
    leading = _page_leads(wanted)
    groups = _before(wanted) if leading else _after(wanted)
    entries = [Entry(words, page) for group, page in groups if (words := _words(group)) and not _only_a_label(words)]
    return sorted(entries, key=lambda entry: entry.number) if len(entries) >= FEWEST_ENTRIES else []


def _page_leads(lines: Sequence[str]) -> bool:
    before = sum(bool(LEADING.search(line)) for line in lines)
    after = sum(bool(TRAILING.search(line)) for line in lines if not ALONE.search(line))
    if before == after:
        return not ALONE.search(lines[-1]) if lines else True
    return before > after


def _before(lines: Sequence[str]) -> list[tuple[list[tuple[str, bool]], str]]:
    """Entries whose page comes first: (their lines, each with whether it stands for itself; the page)."""
    groups: list[tuple[list[tuple[str, bool]], str]] = []
    for line in lines:
        if found := ALONE.search(line):
            groups.append(([], _ascii(found[1])))
        elif found := LEADING.search(line):
            groups.append(([(line[found.end() :], False)], _ascii(found[1])))
        elif groups and len(groups[-1][0]) < LONGEST_ENTRY_LINES:
            groups[-1][0].append((line, bool(groups[-1][0])))
    return groups


def _after(lines: Sequence[str]) -> list[tuple[list[tuple[str, bool]], str]]:
    """Entries whose page comes last."""
    groups: list[tuple[list[tuple[str, bool]], str]] = []
    waiting: list[tuple[str, bool]] = []
    for line in lines:
        if found := ALONE.search(line):
            groups.append((waiting[-LONGEST_ENTRY_LINES:], _ascii(found[1])))
            waiting = []
        elif found := TRAILING.search(line):
            groups.append(([*waiting[-LONGEST_ENTRY_LINES:], (line[: found.start()], False)], _ascii(found[1])))
            waiting = []
        else:
            waiting.append((line, True))
    return groups


def _words(lines: Sequence[tuple[str, bool]]) -> tuple[Word, ...]:
    return tuple(
        Word(word, own, place)
        for place, (line, own) in enumerate(lines)
        for part in BETWEEN_WORDS.split(_unbracketed(line.strip(EDGES)))
        if (word := part.strip(EDGES))
    )


def _unbracketed(line: str) -> str:
    """A line whose author stands in brackets at its end, or before a colon, with a blank instead of these."""
    if (named := NAMED_START.match(line)) and all(map(sure_name, names_of(BETWEEN_WORDS.split(named[1].strip())))):
        line = f"{named[1]} {line[named.end() :]}"
    found = BRACKETED_END.search(line)
    inside = BETWEEN_WORDS.split(found[1].strip()) if found else []
    return f"{line[: found.start()]} {found[1]}" if found and all(map(sure_name, names_of(inside))) else line


def _only_a_label(words: Sequence[Word]) -> bool:
    return not any(character.isalpha() for word in words for character in word.text)


def _ascii(digits: str) -> str:
    return str(int(digits))
