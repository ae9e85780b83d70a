"""Queries made from news without anybody's judgement: a sentence asks for a part of itself.

A name, a date, a number, a title or the rest of a clause is taken out of a sentence and a question word of its kind is put there; words
are left out at random and some are exchanged for words that news uses alike. What is read is the text around that sentence or, where the
same answer recurs in the article, around another one (recurring spans, as in Splinter, Ram et al. 2021), and sometimes a part of the
article without the answer. Such queries are crude Chinese; they teach where an answer begins and ends and what sort of answer is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from qa.answering.reader.texts import tagged_words
from qa.records import Span
from qa.splitting import sentence_spans

PER_ARTICLE = 6
_SENTENCE = range(10, 110)  # characters of a sentence that is asked of
_READ = (130, 280)  # characters read, least and most
_RECURRING = 0.6  # of the queries whose answer stands in another sentence too
_WITHOUT = 0.1  # of the queries: read a part without the answer
_MOST_DROPPED = 0.55
_EXCHANGED = 0.2

_DATE = re.compile(r"(?:(?:19|20|1[0-8])\d{2}年)(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日|\d{1,2}月(?!\d)")
_NUMBER = re.compile(r"(?<![\d.第])(\d[\d,.]*[余多]?[万亿]{0,2})(%|[一-鿿]{1,2})")
_TITLE = re.compile(r"《[^《》]{2,25}》")
_QUOTED = re.compile(r"(?<=“)[^“”]{2,16}(?=”)")
_REST = re.compile(
    r"(?<=[一-鿿])(?:是|为|指|即|包括|有|分为|称为|成为|达到|属于|位于|表示|提出|认为|采用|发现|成立|创办|获得|推出)(?P<rest>[^，。；！？]{3,40})(?=[，。；！？])"
)
_CAUSE = re.compile(r"(?:因为|由于|为了)(?P<cause>[^，。；]{4,40})，(?P<effect>[^，。；]{5,40})[，。；]")
_CLAUSE = re.compile(r"[^，。；！？：]{6,}[，。；！？：]?")
_NAME_TAGS = {"nr": "person", "nrt": "person", "nrfg": "person", "ns": "place", "nt": "organisation", "nz": "thing", "n": "thing"}
_ASKED = {
    "person": ("谁", "谁", "哪位", "什么人", "哪个人"),
    "place": ("哪里", "哪里", "什么地方", "哪", "哪个地方", "何处"),
    "organisation": ("什么机构", "哪个机构", "哪个单位", "什么组织", "哪里"),
    "thing": ("什么", "什么", "什么", "哪种", "哪个"),
    "title": ("什么", "哪部作品", "什么书", "哪部", "什么作品"),
    "year": ("哪一年", "哪年", "何时", "什么时候", "什么时间", "哪一年"),
    "day": ("什么时候", "何时", "哪一天", "什么时间", "什么时候"),
    "rest": ("什么", "什么", "什么", "哪些", "怎样", "如何"),
    "sentence": ("是什么", "怎么样", "如何", "有什么", "有哪些", "是怎样的"),
}
_KINDS_WANTED = {
    "person": 3.0,
    "place": 3.0,
    "organisation": 2.0,
    "thing": 1.5,
    "title": 4.0,
    "year": 4.0,
    "day": 2.0,
    "number": 3.0,
    "rest": 3.0,
    "cause": 6.0,
    "sentence": 1.2,
}


@dataclass(frozen=True, slots=True)
class Example:
    """A query and a text to read."""

    query: str
    text: str
    answers: tuple[Span, ...]  # in the text; () when it does not answer
    yes_no: bool = False  # it answers with yes or no, which no stretch of it says


@dataclass(frozen=True, slots=True)
class _Asked:
    """A place in a sentence that a query can ask for."""

    kind: str
    span: Span  # in the sentence
    asks: str = ""  # the question word, "" for any of the kind


def clozes(article: str, random: Random, alike: Mapping[str, Sequence[str]], count: int = PER_ARTICLE) -> Iterator[Example]:
    """At most `count` examples of one article (folded). alike: words that may stand for a word."""
    sentences = sentence_spans(article)
    usable = [place for place, span in enumerate(sentences) if span.end - span.start in _SENTENCE]
    random.shuffle(usable)
    for place in usable[:count]:
        span = sentences[place]
        sentence = article[span.start : span.end]
        found = _askable(sentence)
        if not found:
            continue
        asked = random.choices(found, weights=[_KINDS_WANTED[one.kind] for one in found])[0]
        query = _query(sentence, asked, random, alike)
        if len(query) < 6:
            continue
        answer = sentence[asked.span.start : asked.span.end]
        example = _example(article, sentences, place, asked, answer, query, random)
        if example:
            yield example


def _askable(sentence: str) -> list[_Asked]:
    found = []
    for match in _DATE.finditer(sentence):
        found.append(_Asked("year" if re.fullmatch(r"\d{4}年", match[0]) else "day", Span(*match.span())))
    dates = [one.span for one in found]
    for match in _NUMBER.finditer(sentence):
        span = Span(*match.span())
        if not any(span.overlap(date) for date in dates):
            unit = match[2]
            cut = unit if unit in ("%", "公里", "千米", "平方", "小时", "分钟", "公斤", "美元", "人次", "公顷") else unit[0]
            end = match.start(2) + len(cut)
            asks = "多少" if cut == "%" else ("几" if re.fullmatch(r"\d", match[1]) else "多少") + cut
            found.append(_Asked("number", Span(match.start(), end), asks))
    found += [_Asked("title", Span(*match.span())) for match in _TITLE.finditer(sentence)]
    found += [_Asked("title", Span(*match.span()), "什么") for match in _QUOTED.finditer(sentence)]
    found += [_Asked("rest", Span(*match.span("rest"))) for match in _REST.finditer(sentence)]
    found += [_Asked("cause", Span(*match.span("cause")), "为什么") for match in _CAUSE.finditer(sentence)]
    at = 0
    run: list[tuple[int, int, str]] = []  # noun-like words side by side
    for word, tag in [*tagged_words(sentence), ("", "")]:
        if tag in _NAME_TAGS or (tag in ("vn", "b", "eng", "nz") and run):
            run.append((at, at + len(word), tag))
        else:
            while run and run[-1][2] in ("vn", "b", "eng"):
                run.pop()
            if run and run[-1][1] - run[0][0] >= 2 and run[-1][1] - run[0][0] <= 20:
                kind = _NAME_TAGS[run[-1][2]]
                if len(run) > 1 and kind == "person" and run[-2][2] != "nr":
                    run = run[-1:]  # 记者王小明: the name alone
                found.append(_Asked(kind, Span(run[0][0], run[-1][1])))
            run = []
        at += len(word)
    if len(sentence) >= 16:
        clauses = [Span(match.start(), match.end() - (match[0][-1] in "，。；！？：")) for match in _CLAUSE.finditer(sentence)]
        found += [_Asked("sentence", span) for span in clauses if span.end - span.start >= 8]
    return [one for one in found if one.span.end > one.span.start]


def _query(sentence: str, asked: _Asked, random: Random, alike: Mapping[str, Sequence[str]]) -> str:
    asks = asked.asks or random.choice(_ASKED[asked.kind])
    start, end = asked.span.start, asked.span.end
    dropped = random.random() * _MOST_DROPPED
    if asked.kind == "sentence":
        words = [word for word, tag in tagged_words(sentence[start:end]) if tag[:1] in "nvaet" and len(word) > 1]
        kept = [word for word in words if random.random() < 0.6] or words
        return "的".join(_said(kept[:5], 0.0, random, alike)) + asks + random.choice("?？ ").strip()
    before, after = _clauses(sentence, start, end, random)
    if asked.kind == "cause":
        match = _CAUSE.search(sentence, max(0, start - 3))
        effect = match["effect"] if match else after
        return asks + "".join(_said([w for w, _ in tagged_words(effect)], dropped, random, alike)) + "？"
    left = "".join(_said([word for word, _ in tagged_words(before)], dropped, random, alike, near_end=True))
    right = "".join(_said([word for word, _ in tagged_words(after)], dropped, random, alike, near_end=False))
    if not left.strip("，、的") and random.random() < 0.6 and asked.kind in ("person", "organisation", "thing", "title"):
        return right.strip("，。、；") + "的是" + asks + "？"
    if random.random() < 0.15 and asked.kind in ("year", "day", "place", "person"):  # asked first, or last
        return asks + left + right + "？" if random.random() < 0.5 else left + right.strip("，。") + "是" + asks + "？"
    return (left + asks + right).strip("，。、；：") + random.choice(("？", "？", "?", ""))


def _clauses(sentence: str, start: int, end: int, random: Random) -> tuple[str, str]:
    """What stands before and behind the answer in its own clause, often with the clause before."""
    before, after = sentence[:start], sentence[end:]
    cuts = [place for place, character in enumerate(before) if character in "，。；！？："]
    keep = random.choice((0, 1, 1, 2))
    if len(cuts) > keep:
        before = before[cuts[-1 - keep] + 1 :]
    ends = [place for place, character in enumerate(after) if character in "，。；！？："]
    keep = 0 if len(before) > 8 and random.random() < 0.6 else random.choice((0, 0, 1))
    if len(ends) > keep:
        after = after[: ends[keep]]
    return before[-45:], after[:30]


def _said(
    words: Sequence[str], dropped: float, random: Random, alike: Mapping[str, Sequence[str]], *, near_end: bool | None = None
) -> list[str]:
    """The words without some of them, and with some exchanged. near_end: at which end the answer stands: words there are kept oftener."""
    said = []
    for place, word in enumerate(words):
        distance = len(words) - 1 - place if near_end else place
        if random.random() < dropped * (0.3 if near_end is not None and distance < 2 else 1.0):
            continue
        if word in alike and random.random() < _EXCHANGED:
            word = random.choice(alike[word])
        said.append(word)
    return said


def _example(article: str, sentences: Sequence[Span], place: int, asked: _Asked, answer: str, query: str, random: Random) -> Example | None:
    asked_at = sentences[place].start + asked.span.start
    answer_at = Span(asked_at, asked_at + len(answer))
    others = (
        [n for n, span in enumerate(sentences) if n != place and answer in article[span.start : span.end]]
        if asked.kind not in ("rest", "sentence", "cause")
        else []
    )
    without = random.random() < _WITHOUT
    if without:
        around = [n for n in range(len(sentences)) if abs(n - place) > 3 and answer not in article[sentences[n].start : sentences[n].end]]
        if not around:
            return None
        first, last = _window(sentences, random.choice(around), random, avoid=place)
    elif others and random.random() < _RECURRING:
        first, last = _window(sentences, random.choice(others), random, avoid=place)
    else:
        first, last = _window(sentences, place, random, avoid=None)
    start, end = sentences[first].start, sentences[last].end
    text = article[start:end]
    if len(text) > 420:
        return None
    inside = [Span(match.start(), match.end()) for match in re.finditer(re.escape(answer), text)]
    if start <= answer_at.start and answer_at.end <= end:
        inside = [Span(answer_at.start - start, answer_at.end - start)]
    if without and inside:
        return None
    return Example(query, text, tuple(inside[:4])) if inside or without else None


def _window(sentences: Sequence[Span], place: int, random: Random, *, avoid: int | None) -> tuple[int, int]:
    """The first and last of the sentences read around one, in random proportion before and behind."""
    size = random.randint(*_READ)
    first = last = place
    while sentences[last].end - sentences[first].start < size:
        grown = [n for n in (first - 1, last + 1) if 0 <= n < len(sentences) and n != avoid]
        if not grown:
            break
        taken = random.choice(grown)
        if sentences[max(last, taken)].end - sentences[min(first, taken)].start > _READ[1]:
            break
        first, last = min(first, taken), max(last, taken)
    return first, last
