"""The words of a query with their parts of speech, by jieba.

For slices and rewordings only; nothing that finds or answers uses it. jieba keeps its dictionary in a file of the
temporary folder that anybody may write to and that it unpickles (marshal); here the dictionary is read anew by each process, in about a
second, and stays in memory. Not handled: words of other regions, names the guessing model does not know.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

from embeddings.folding import fold

_TRADITIONAL_IN_GB2312 = "後於徵麽"  # the standard holds a few characters that nobody writes in Simplified text


@dataclass(frozen=True, slots=True)
class Word:
    """One word, where it stands, and its part of speech in the tag set of jieba (n: noun, nr: person, ns: place, v: verb …)."""

    text: str
    tag: str
    start: int
    end: int


def plain(text: str) -> str:
    """The text in Simplified characters, for looking only: of the same length, each character at its place.

    Folded are the characters that the Simplified standard (GB 2312) lacks, so that words of a dictionary stay whole: 著 in 著名 is kept.
    """
    return "".join(map(_plain, text))


@cache
def _plain(character: str) -> str:
    folded = fold(character)
    return character if len(folded) != 1 or (_in_gb2312(character) and character not in _TRADITIONAL_IN_GB2312) else folded


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def tagged(text: str) -> tuple[Word, ...]:
    """The words of a text already `plain`, in order and without gaps."""
    words: list[Word] = []
    start = 0
    for pair in _tagger().cut(text):
        end = start + len(pair.word)
        words.append(Word(pair.word, pair.flag, start, end))
        start = end
    return tuple(words)


@cache
def _tagger() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's source has escapes that new Pythons warn of
        import jieba
        from jieba import posseg
    tokenizer = jieba.dt
    if not tokenizer.initialized:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True
    return posseg.dt
