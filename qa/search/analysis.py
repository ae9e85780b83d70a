"""Text to keyword terms: what the keyword index stores and what it is asked.

A text is folded (script, width, variants, case), white space between Han characters goes, so a word across a line end is one word,
and two fields come out:

    c   characters: each CJK character, each pair of neighbours, each run of letters and digits (3.5 also as 3 and 5, 4,700 as 4700)
    w   words: dictionary words of three characters and more, cut by rjieba without its guessing model (shorter ones are pairs)

Punctuation is never a term and no term is longer than 64 characters. Not handled: numbers written in characters (二〇一八 is not
2018), words of other regions (軟體 is not 软件), stemming of Latin words, words outside the dictionary (their character pairs are there).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from operator import add
from typing import NamedTuple

from embeddings.folding import TABLE, fold
from qa.records import Passage

_RULES = 1  # raise it whenever the same text gives other terms: the index is then built again
_LONGEST_TERM = 64
_LONGEST_TITLE = 200  # characters; it is repeated in the terms of every passage

# Weights of a query's terms beside their idf, chosen on CMRC train among 64,000 passages.
_PAIR, _SINGLE_CHARACTER, _LETTERS_OR_DIGITS, _WORD_AGAIN = 1.0, 0.5, 2.0, 0.25
_OF_ASKING = 0.25  # times that, for a term of the question's form: at full weight success@1 is 0.03 lower

# Characters written without blanks between words: Han with its extensions, 々 and 〇, kana, bopomofo, Hangul syllables.
_CJK = (
    "\u3005\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_BLANK_INSIDE = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_CJK_RUN = re.compile(rf"([{_CJK}]+)")
_WORD = re.compile(rf"[{_CJK}]{{3,{_LONGEST_TERM}}}")
_OTHER_RUN = re.compile(  # only ever asked of text between CJK runs
    r"(?P<grouped>(?<![^\W_])\d{1,3}(?:,\d{3})+(?![^\W_]|,\d))"  # 4,700
    r"|(?P<decimal>(?<![^\W_])(?<!\.)\d+\.\d+(?![^\W_]|\.\d))"  # 3.5, but neither 1.2.3 nor v3.5
    r"|[^\W_]+"
)
# What makes a query a question, and the commonest function words. Folded when it is used: 什麼 and 幾 are met in their folded form.
_ASKING = (
    "请问|什么时候|什么时间|什么地方|什么样|什么|怎么样|怎么|怎样|如何|为何|何[时地处人年种]|哪一?[天年月日个位些种里儿]|哪|谁|多少|几|是否|吗|呢"
    "|[的了是在有]"
)


class Term(NamedTuple):
    """One term of a query: its field ("c" or "w"), its text, and its weight beside its idf."""

    field: str
    text: str
    weight: float


@cache
def analyser_fingerprint() -> str:
    """What the terms of a text depend on. An index made under another fingerprint is built again."""
    table = hashlib.sha256(TABLE.read_bytes()).hexdigest()[:16]
    return f"terms/{_RULES} folding/{table} unicode/{unicodedata.unidata_version} rjieba/{version('rjieba')}"


def analyse(text: str) -> dict[str, str]:
    """The terms of a text, repeated as often as they stand there: {"c": ..., "w": ...}, each joined by blanks, "" for none."""
    folded = _BLANK_INSIDE.sub("", fold(text))
    return {"c": " ".join(_characters(folded)), "w": " ".join(_words(folded))}


def index_terms(passage: Passage, title: str) -> dict[str, str]:
    """The terms under which a passage is found: those of its text, of the document's title and of the heading it stands under.

    A passage rarely names what its document is about: on CMRC train, cut at 200 characters, titles lift success@10 from 0.94 to 0.97.
    """
    return analyse("。".join(filter(None, (title[:_LONGEST_TITLE], passage.heading[:_LONGEST_TITLE], passage.text))))


def query_terms(query: str) -> tuple[Term, ...]:
    """The different terms of a query with their weights, characters before words; () when it has none.

    Terms that only the question's form brings in (什么, 是谁) weigh little; they are not dropped, because 几 may ask and may be in 几内亚.
    """
    folded = fold(query)
    subject = {(field, text) for field, text in _pairs(_asking().sub("。", folded))}
    terms = dict.fromkeys([*_pairs(folded), *sorted(subject)])
    return tuple(Term(field, text, _weight(field, text) * (1.0 if (field, text) in subject else _OF_ASKING)) for field, text in terms)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(field, term) for field, terms in analyse(text).items() for term in terms.split(" ") if term]


@cache
def _asking() -> re.Pattern[str]:
    return re.compile(fold(_ASKING))


def _weight(field: str, text: str) -> float:
    if field == "w":
        return _WORD_AGAIN
    if not _CJK_RUN.match(text):
        return _LETTERS_OR_DIGITS
    return _SINGLE_CHARACTER if len(text) == 1 else _PAIR


def _characters(folded: str) -> list[str]:
    terms: list[str] = []
    for number, run in enumerate(_CJK_RUN.split(folded)):
        if number % 2:
            terms += run
            terms += map(add, run, run[1:])
        elif len(run) > 1 or run.isalnum():  # most of what stands between characters is one mark
            terms += _letters_and_digits(run)
    return terms


def _letters_and_digits(text: str) -> Iterator[str]:
    for match in _OTHER_RUN.finditer(text):
        run = match[0]
        if match["grouped"]:
            yield from _bounded(run.replace(",", ""))
        elif match["decimal"]:
            yield run[:_LONGEST_TERM]
            for part in run.split("."):
                yield from _bounded(part)
        else:
            yield from _bounded(run)


def _bounded(run: str) -> Iterator[str]:
    return (run[start : start + _LONGEST_TERM] for start in range(0, len(run), _LONGEST_TERM))


def _words(folded: str) -> list[str]:
    import rjieba

    return [word for word in rjieba.cut(folded, hmm=False) if len(word) > 2 and _WORD.fullmatch(word)]
