"""What is known of each character of a query and of a text before any network looks: what both share, how rare that is, where it lies.

All features are 0..1. They are computed on folded text, so that the scripts do not differ. Not handled: words of the same meaning, which
are the network's matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.answering.reader.texts import Flags, Numbers, Tokens
from qa.records import Span

Codes = NDArray[np.int64]  # code points, or numbers made of them

FEATURES = (
    "asks",  # the character belongs to a question word (of the query; of a text it hardly ever does)
    "character_shared",  # it stands in the other text, outside its question words
    "character_shared_rare",  # times its rarity
    "pair_shared",  # it is in a pair of characters that stands in the other text
    "word_shared",  # its word, of two characters and more, stands in the other text
    "word_shared_rare",
    "run_shared",  # the longest run of characters round it that both texts have, of 8
    "once",  # of a shared character: 1 / how often it stands in this text
    "shared_near",  # mean rarity of the shared pairs within 6 characters
    "shared_around",  # within 20
    "sentence_characters",  # of the other text's characters, by rarity, the share that stands in the sentence
    "sentence_pairs",  # of its pairs
    "sentence_start",
    "sentence_end",
    "word_start",
    "word_end",
    "word_long",  # its word has two characters or more
    "rarity",  # of its word
    "digit",
    "latin",
    "mark",
    "date",
    "number",  # with what is counted
    "named",  # inside 《》 or quotation marks
    "dotted",  # a foreign name with its middle dot
    "bracketed",
)
_AT = {name: place for place, name in enumerate(FEATURES)}

ASKING = re.compile(
    r"什么时候|什么时间|什么地方|什么样|什么|甚么|怎么样|怎么|怎样|如何|为何|何[时地处人年种]|哪一?[天年月日个位些种里儿部支家次届所]?|谁|多少|几|是否|吗|呢|多(?=[高大长远重深宽久])"
)
_HAN_DIGIT = "〇零一二两三四五六七八九十百千"
_DATE = re.compile(
    rf"(?:公元前?|西元前?|民国)?(?:\d{{1,4}}|[{_HAN_DIGIT}元]{{1,4}})年(?:(?:\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}})月)?(?:(?:\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}})[日号])?"
    rf"|(?:\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}})月(?:(?:\d{{1,2}}|[{_HAN_DIGIT}]{{1,3}})[日号])?|\d{{1,2}}世纪"
)
_NUMBER = re.compile(rf"(?:\d[\d,.]*|[{_HAN_DIGIT}]+)\s*[余多]?[万亿]{{0,2}}(?:%|[一-鿿]|[a-z]{{1,3}})?|百分之[{_HAN_DIGIT}点\d.]+")
_NAMED = re.compile(r"《[^《》]{1,40}》|[“「『\"][^“”「」『』\"]{1,30}[”」』\"]")
_DOTTED = re.compile(r"[一-鿿]{1,6}(?:[·•・‧][一-鿿]{1,6})+")
_BRACKETED = re.compile(r"[(（][^()（）]{1,60}[)）]")
_NO_CONTENT = frozenset(map(ord, "的了是在有和与为于之其这那也就都而及等,。、:;?!，：；？！（）()《》“”\"'「」『』 \n\t"))
_PAIR = 1 << 21  # more than any code point
_LONGEST_RUN = 8
_MARKS = re.compile(r"[^\w\s]")


def question_words(text: str) -> Flags:
    """Which characters of a folded query ask."""
    return _covered(ASKING, text)


def features_of(tokens: Tokens, other: Tokens, sentences: Sequence[Span], *, asks: Flags | None, other_asks: Flags | None) -> Numbers:
    """(characters, len(FEATURES)) float32 of one text beside another.

    sentences: of `tokens`, in order, not overlapping. asks, other_asks: the question words of the one that is the query, None for the text.
    """
    n = len(tokens.codes)
    rows = np.zeros((n, len(FEATURES)), dtype=np.float32)
    if not n:
        return rows

    def put(name: str, values: NDArray[np.floating] | Flags) -> None:
        rows[:, _AT[name]] = values

    content = _content(other, other_asks)
    own = _content(tokens, asks)
    equal = tokens.codes[:, None] == other.codes[content]
    shared = own & equal.any(axis=1)
    pairs, other_pairs = _pairs(tokens, own), _pairs(other, content)
    pair_found = _in(pairs, other_pairs) & (pairs > 0)
    pair_shared = np.zeros(n, dtype=bool)
    pair_shared[1:] = pair_found
    pair_shared[:-1] |= pair_found
    long_word = ~(tokens.word_starts & tokens.word_ends)
    word_shared = own & long_word & _word_shared(tokens, other)
    if asks is not None:
        put("asks", asks)
    put("character_shared", shared)
    put("character_shared_rare", shared * tokens.character_rarity)
    put("pair_shared", pair_shared)
    put("word_shared", word_shared)
    put("word_shared_rare", word_shared * tokens.word_rarity)
    put("run_shared", _shared_runs(tokens, other) / _LONGEST_RUN)
    put("once", shared / np.max(equal * equal.sum(axis=0), axis=1, initial=1))
    weight = pair_shared * tokens.character_rarity
    put("shared_near", _mean_within(weight, 6))
    put("shared_around", _mean_within(weight, 20))
    put("word_start", tokens.word_starts)
    put("word_end", tokens.word_ends)
    put("word_long", long_word)
    put("rarity", tokens.word_rarity)
    codes = tokens.codes
    put("digit", (codes >= 48) & (codes <= 57))
    put("latin", (codes >= 97) & (codes <= 122))
    for name, pattern in (
        ("mark", _MARKS),
        ("date", _DATE),
        ("number", _NUMBER),
        ("named", _NAMED),
        ("dotted", _DOTTED),
        ("bracketed", _BRACKETED),
    ):
        put(name, _covered(pattern, tokens.text))
    _put_sentences(rows, tokens, other, sentences, content, other_pairs)
    return rows


def _put_sentences(rows: Numbers, tokens: Tokens, other: Tokens, sentences: Sequence[Span], content: Flags, other_pairs: Codes) -> None:
    wanted, first = np.unique(other.codes[content], return_index=True)
    rarity = other.character_rarity[content][first]
    wanted_pairs = np.unique(other_pairs[other_pairs > 0])
    own_pairs = _pairs(tokens, np.ones(len(tokens.codes), dtype=bool))
    for span in sentences:
        inside = tokens.codes[span.start : span.end]
        if not len(inside):
            continue
        if len(wanted):
            rows[span.start : span.end, _AT["sentence_characters"]] = rarity @ _in(wanted, inside) / max(float(rarity.sum()), 1e-6)
        if len(wanted_pairs):
            rows[span.start : span.end, _AT["sentence_pairs"]] = _in(wanted_pairs, own_pairs[span.start : span.end - 1]).mean()
        rows[span.start, _AT["sentence_start"]] = 1.0
        rows[span.end - 1, _AT["sentence_end"]] = 1.0


def _content(tokens: Tokens, asks: Flags | None) -> Flags:
    content = ~_in(tokens.codes, _NO_CONTENT_CODES)
    return content if asks is None else content & ~asks


_NO_CONTENT_CODES = np.array(sorted(_NO_CONTENT), dtype=np.int64)


def _pairs(tokens: Tokens, kept: Flags) -> Codes:
    """(characters - 1,) a number for each pair of neighbours, 0 where one of them is not kept."""
    pairs = tokens.codes[:-1] * _PAIR + tokens.codes[1:]
    return np.where(kept[:-1] & kept[1:], pairs, 0)


def _word_shared(tokens: Tokens, other: Tokens) -> Flags:
    """Which characters belong to a word that the other text has as a word too."""
    others = set(_word_texts(other))
    words = _word_texts(tokens)
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    return np.repeat(np.array([word in others for word in words], dtype=bool), lengths)


def _word_texts(tokens: Tokens) -> list[str]:
    starts = np.flatnonzero(tokens.word_starts).tolist()
    if not starts or starts[0] != 0:  # a part may begin inside a word
        starts = [0, *starts]
    return [tokens.text[start:end] for start, end in zip(starts, [*starts[1:], len(tokens.text)], strict=True)]


def _shared_runs(tokens: Tokens, other: Tokens) -> Numbers:
    """For each character the length, up to _LONGEST_RUN, of the longest run round it that the other text has too; 1 alone counts 0."""
    n = len(tokens.codes)
    best = np.zeros(n, dtype=np.float32)
    grams = tokens.codes
    others = other.codes
    for length in range(2, _LONGEST_RUN + 1):  # a hash of each run, made from the hash of the run that is one shorter
        if len(others) < length or n < length:
            break
        grams = grams[:-1] * 1_000_003 + tokens.codes[length - 1 :]
        others = others[:-1] * 1_000_003 + other.codes[length - 1 :]
        found = _in(grams, others)
        if not found.any():
            break
        for offset in range(length):
            np.maximum(best[offset : offset + len(found)], found * np.float32(length), out=best[offset : offset + len(found)])
    return best


def _in(values: Codes, among: Codes) -> Flags:
    """Which of the values are among the others; both short, and then this is faster than np.isin."""
    found: Flags = (values[:, None] == among).any(axis=1)
    return found


def _mean_within(values: Numbers, reach: int) -> Numbers:
    """The mean over the places at most `reach` away; places outside the text count 0."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    places = np.arange(len(values))
    means: Numbers = (sums[np.minimum(places + reach + 1, len(values))] - sums[np.maximum(places - reach, 0)]) / (2 * reach + 1)
    return means.astype(np.float32)


def _covered(pattern: re.Pattern[str], text: str) -> Flags:
    covered = np.zeros(len(text), dtype=bool)
    for match in pattern.finditer(text):
        covered[match.start() : match.end()] = True
    return covered
