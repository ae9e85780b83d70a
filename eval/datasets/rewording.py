"""The paraphrase set: queries put into other words by rules and tables, without a language model.

For one query there is at most one rewording of each kind: the form of the question (`rewording_forms`), synonyms and abbreviations
(tables in `rewording_words.txt`), numbers and dates written another way (`rewording_numbers`). What stands in quotation marks or in 《》 is
never changed; a word is changed only where jieba cuts the query round it, and a noun only where it cannot be a piece of a name. Queries in
Traditional characters go by the same tables, and what is new in them is written in Traditional characters by OpenCC. The same query
always gives the same rewordings. Not handled: rewordings that need understanding (a definition for a term, a sentence said quite
differently); jieba's cuts, which are wrong at times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eval.datasets.records import DatasetError, Draft
from eval.datasets.rewording_forms import question_changes
from eval.datasets.rewording_numbers import date_changes, number_changes
from eval.datasets.rewording_text import BLOT, Change, Text, blot
from eval.words import Word
from qa.reading.script import script_of

WORDS = Path(__file__).with_name("rewording_words.txt")
NOTE = (
    "Every query was put into other words by rules and tables that were written by hand, without a language model: at most one "
    "rewording of each kind. Question: the sentence turned round, or one question word for another of the same reach. Synonym: every "
    "word that a table of some 300 groups holds, by another of its group. Abbreviation: a full name for its abbreviation, or the "
    "reverse, from some 240 groups. Numeral: digits for Chinese numerals, or the reverse. Date: years, days, decades and centuries "
    "written another way. Quotations and titles stay as they are. The rules were made on questions of CMRC 2018 train: of 1,000 of "
    "those, 58 % got another form, 37 % synonyms, 2 % abbreviations, 2 % numerals, 7 % dates. Their author read 378 more "
    "outputs for train questions, some met before, and held 13 (3.4 %) to be unnatural or changed in meaning; outputs for the queries "
    "that are measured were not read. What it cannot show: how a system does with rewordings that need understanding. All of "
    "these keep most words of the query, many change two or three characters only, and other people would word a question in other "
    "ways."
)

_SUFFIXES = frozenset("者率性式期量物力家员师商方权地处点法学版史机人")  # 获得者, 出版社: the verb is part of a noun
_DOTS = frozenset("·・‧•－-–")


def reworded(draft: Draft) -> tuple[Draft, ...]:
    """The rewordings of one query, at most one of each kind; each has the gold of the query and the slice "rewording: <kind>"."""
    text = Text.of(draft.query_id, draft.text)
    write = _writer(draft)
    new = ((kind, text.changed(changes(text), write)) for kind, changes in _KINDS.items())
    return tuple(draft.reworded(f"-{kind}", query, f"rewording: {kind}") for kind, query in new if query != draft.text)


def _writer(draft: Draft) -> Callable[[str], str]:
    """What writes Simplified words in the script of the query; of its answers and gold, where its own characters do not tell."""
    scripts = (script_of(text) for text in (draft.text, *draft.answers, *(gold.quote for gold in draft.gold)))
    return _traditional if next((script for script in scripts if script != "other"), "hans") == "hant" else str


@cache
def _traditional(simplified: str) -> str:
    return simplified if simplified.isascii() else str(_converter().convert(simplified))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2tw")


# Words


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word may become, and where (see the head of the table)."""

    place: str  # verb, noun ...
    others: tuple[str, ...]


@cache
def tables() -> tuple[dict[str, Entry], dict[str, Entry], tuple[str, ...]]:
    """(synonyms, abbreviations, phrases that synonyms leave alone), as the file has them. DatasetError for a word that has two lines."""
    synonyms: dict[str, Entry] = {}
    abbreviations: dict[str, Entry] = {}
    kept: list[str] = []
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        place, _, groups = line.partition(": ")
        left, one_way, right = groups.partition(" > ")
        group, others = left.split(), right.split()
        if place == "keep":
            kept += group
            continue
        table = abbreviations if place in ("short", "alone") else synonyms
        for word in group:
            if word in table:
                raise DatasetError(f"{WORDS.name} has two lines for {word!r}; one line says all that a word may become")
            table[word] = Entry(place, tuple(others) if one_way else tuple(other for other in group if other != word))
    return synonyms, abbreviations, tuple(kept)


def _synonym_changes(text: Text) -> list[Change]:
    synonyms, abbreviations, kept = tables()
    blotted = blot(text.blotted, (span for phrase in (*kept, *abbreviations) for span in _places(text.plain, phrase)))
    return _replaced(text, blotted, synonyms)


def _abbreviation_changes(text: Text) -> list[Change]:
    return _replaced(text, text.blotted, tables()[1])


def _places(text: str, phrase: str) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    at = text.find(phrase)
    while at >= 0:
        places.append((at, at + len(phrase)))
        at = text.find(phrase, at + len(phrase))
    return places


def _replaced(text: Text, blotted: str, table: dict[str, Entry]) -> list[Change]:
    """Every word of the table, the longest first, where it may be replaced."""
    longest = max(map(len, table))
    changes: list[Change] = []
    at = 0
    for word in text.words:
        if word.start < at:
            continue
        ends = (end for end in range(min(len(blotted), word.start + longest), word.start, -1) if end in text.ends)
        found = next((end for end in ends if blotted[word.start : end] in table), None)
        if found is None or any(blotted.endswith(longer, 0, found) for longer in table if len(longer) > found - word.start):
            continue  # the tail of a longer word that was cut wrongly
        entry = table[blotted[word.start : found]]
        if _may_stand(text, blotted, word.start, found, entry.place):
            changes.append(Change(word.start, found, (text.choose(entry.others, blotted[word.start : found]),)))
        at = found
    return changes


def _may_stand(text: Text, blotted: str, start: int, end: int, place: str) -> bool:
    """Whether a word of this class may be replaced here."""
    before = next((word for word in text.words if word.end == start), None)
    after = next((word for word in text.words if word.start == end), None)
    if any(word is not None and word.text in _DOTS for word in (before, after)):
        return False  # inside a foreign name: 米高·积信
    tag_before = "n" if start and blotted[start - 1] == BLOT else before.tag if before else ""
    tag_after = "n" if blotted[end : end + 1] == BLOT else after.tag if after else ""
    match place:
        case "verb":
            return not (after and after.text in _SUFFIXES)
        case "verbal":
            return not (after and after.text in _SUFFIXES) and not tag_after.startswith(("n", "l", "j"))
        case "adverb":
            return tag_after not in ("uj", "n", "l")
        case "adjective":
            return tag_after.startswith(("n", "uj", "vn", "l", "j"))
        case "noun":
            return not _names(before, tag_before) and not _names(after, tag_after)
        case "alone":
            return not _names(before, tag_before)
        case "short":
            return not (after and after.text == "人")
        case _:
            return True


def _names(word: Word | None, tag: str) -> bool:
    """Whether a word may make a name with its neighbour: a noun, an abbreviation, Latin letters, a character that is no word."""
    return tag.startswith(("n", "vn", "j", "eng", "zg", "b")) or (word is not None and tag == "x" and word.text.isalnum())


_KINDS: dict[str, Callable[[Text], list[Change]]] = {
    "question": question_changes,
    "synonym": _synonym_changes,
    "abbreviation": _abbreviation_changes,
    "numeral": number_changes,
    "date": date_changes,
}
