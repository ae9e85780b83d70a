"""Lists inside a text: items joined by marks and connectives (甲、乙和丙), and items that are numbered or worded (一是…；二是…).

Everything is for folded text (`aligned_fold`), where ，；：（ are ,;:( and both scripts are one. What stands in brackets or title marks
belongs to the item it stands in. Not handled: items joined by commas alone, and items on lines of their own without a number.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from embeddings.folding import fold
from qa.answering.words import words_of
from qa.records import Span

Score = Callable[[Span], float]  # how well a stretch answers, as a logit; -inf for one that nobody has read

_TOLERANCE = 3.0  # log odds by which a stretch made longer over a connective may please less: 与 is as often a preposition
_LONGEST_ITEM = 300  # characters of a numbered item

_OPENING, _CLOSING = "(（《「『“〈[【", ")）》」』”〉]】"
_BRACKETED = re.compile("|".join(rf"\{left}[^\{left}\{right}]*\{right}" for left, right in zip(_OPENING, _CLOSING, strict=True)))
_FILLED = "\0"  # stands for each character in brackets; no document holds NUL
_STOP = re.compile(rf"[,。;:!?\n{re.escape(_OPENING + _CLOSING)}]")
_AND_SO_ON = re.compile("等等?(?![级待于同候值地])")  # after the last item
_JOINT = re.compile(r"\s*(?:、|,?\s*(?P<late>以及|及其|及)|(?P<word>和|与|跟|暨|或者|或))\s*")
_NO_ITEM = ("p", "u", "d", "c")  # first letters of jieba's tags of words that are no item
_BEYOND = (*_NO_ITEM, "v", "r")  # the same of words that stand before the first item or behind the last one

_HAN = "[一二三四五六七八九十]"
_NUMBERED = tuple(  # each of them makes series of its own
    re.compile(pattern)
    for pattern in (
        rf"({_HAN})[是为则来]",
        rf"其({_HAN})",
        rf"第({_HAN}|\d{{1,2}})(?![\d{fold('届次回世年月日名位')}])",
        rf"\(({_HAN}|\d{{1,2}})\)",
        r"(\d{1,2})[.、)](?!\d)",
        rf"({_HAN})、",
        "([①-⑳⑴-⒇])",
    )
)
_WORDED = tuple(re.compile(fold(words)) for words in ("首先|一方面", "其次|然后|另一方面", "再次|再者|然后", "最后"))
_ONE = re.compile(fold("一(个|种|类|部分|座|条|名|位|款|家|项)?(?:名?为|则?是|叫|指|在|由)"))
_ANOTHER = fold("而?(?:另外?|再|又)?一{}(?:则|便|就)?(?:名?为|则?是|叫|指|在|由)")
_CLAUSE_START = re.compile(r"(?:^|(?<=[。;:,!?\n]))[\s“「\"]*(?:以?及|和|而|并)?")
_AT_THE_ENDS = "、,。;:，；：！？…\n\t 　"


@dataclass(frozen=True, slots=True)
class _Joint:
    """What joins two items."""

    start: int
    end: int
    sure: bool  # 、 or 以及, which only ever join; 和 and 与 are prepositions as well


def trimmed(text: str, span: Span) -> Span | None:
    """The span without punctuation, white space and half pairs of brackets at its ends; None when nothing is left.

    text: folded or as it stands.
    """
    start, end = span.start, span.end
    while start < end and (text[start] in _AT_THE_ENDS or _opens_nothing(text[start], text[start:end])):
        start += 1
    while end > start and (text[end - 1] in _AT_THE_ENDS or _closes_nothing(text[end - 1], text[start:end])):
        end -= 1
    return Span(start, end) if start < end else None


def _opens_nothing(first: str, said: str) -> bool:
    """Whether what is said begins with a closing bracket, or with an opening one that it does not close."""
    return first in _CLOSING or (first in _OPENING and said.count(_CLOSING[_OPENING.index(first)]) < said.count(first))


def _closes_nothing(last: str, said: str) -> bool:
    return last in _OPENING or (last in _CLOSING and said.count(_OPENING[_CLOSING.index(last)]) < said.count(last))


def count_items(text: str, span: Span) -> int:
    """How many joined items the span holds; 1 where nothing in it joins any."""
    return len(_joints(_filled(text, span, span), span)) + 1


def enumeration_round(text: str, within: Span, span: Span, score: Score) -> Span:
    """The span with the items before and behind it that marks and connectives join to it; the span itself where none does.

    within: what may be taken; the span lies in it. Where the outermost items begin and end the score says, and where nobody has read them
    the kinds of their words.
    """
    span = _with_its_brackets(text, within, span)
    plain = _filled(text, within, span)
    joints = _joints(plain, within)
    behind = _chain_behind(plain, joints, span.end)
    if behind:  # a connective is sure behind 甲、乙, for it stands before the last item of a list
        ends = _ends(plain, behind[-1].end, within.end)
        sure = behind[0].sure or "、" in plain[span.start : span.end]
        span = _better(span, [Span(span.start, end) for end in ends], sure, score)
    before = _chain_before(plain, joints, span.start)
    if before and (before[0].sure or "、" not in plain[span.start : span.end]):  # for the same reason the 与 of 与甲、乙并称 is none
        starts = _starts(plain, within.start, before[-1].start)
        span = _better(span, [Span(start, span.end) for start in starts], any(joint.sure for joint in before), score)
    return span


def series(text: str) -> list[tuple[Span, ...]]:
    """Every run of two or more numbered or worded items, each from its number to the next one, the last to the end of its clause or
    sentence, whichever the items before it were as long as."""
    starts = [match.end() for match in _CLAUSE_START.finditer(text)]
    runs = [*_numbered_runs(text, starts), *_worded_runs(text, starts), *_one_and_another(text, starts)]
    return [items for run in runs if len(items := _items(text, run)) > 1]


def _better(span: Span, longer: Sequence[Span], sure: bool, score: Score) -> Span:
    read = bool(longer) and all(math.isfinite(score(stretch)) for stretch in longer)
    if read:
        best = max(longer, key=score)
        return best if sure or score(best) >= score(span) - _TOLERANCE else span
    return longer[0] if sure and longer else span  # as the kinds of words say


def _with_its_brackets(text: str, within: Span, span: Span) -> Span:
    """The span with the quotation marks that stand round just it, and with the rest of a bracket that it cuts."""
    for match in _BRACKETED.finditer(text, within.start, within.end):
        just_inside = match[0][0] != "(" and (match.start() + 1, match.end() - 1) == (span.start, span.end)
        cut = match.start() < span.start < match.end() < span.end or span.start < match.start() < span.end < match.end()
        if just_inside or cut:
            span = Span(min(span.start, match.start()), max(span.end, match.end()))
    return span


def _filled(text: str, within: Span, span: Span) -> str:
    """The text with every bracket filled that does not hold the span."""
    for _ in range(2):  # a bracket inside a bracket
        for match in _BRACKETED.finditer(text, within.start, within.end):
            if not match.start() < span.start <= span.end < match.end():
                text = text[: match.start()] + _FILLED * len(match[0]) + text[match.end() :]
    return text


def _joints(plain: str, within: Span) -> list[_Joint]:
    matches = list(_JOINT.finditer(plain, within.start, within.end))
    spelled = any(match["late"] or match["word"] for match in matches)
    words = {(word.start, word.end) for word in words_of(plain, within.start, within.end)} if spelled else set()
    joints = []
    for match in matches:
        group = "late" if match["late"] else "word" if match["word"] else ""
        if not group or match.span(group) in words:
            joints.append(_Joint(match.start(), match.end(), group != "word"))
    return joints


def _chain_behind(plain: str, joints: Sequence[_Joint], place: int) -> list[_Joint]:
    """The joints that follow one another from the place on: nothing but brackets before the first, no stop before the others."""
    chain: list[_Joint] = []
    for joint in joints:
        between = plain[place : joint.start]
        if joint.start < place:
            continue
        if _STOP.search(between) or _AND_SO_ON.search(between) or (not chain and between.strip(_FILLED)):
            break
        chain.append(joint)
        place = joint.end
    return chain


def _chain_before(plain: str, joints: Sequence[_Joint], place: int) -> list[_Joint]:
    """The same backwards, the joint next to the place first."""
    chain: list[_Joint] = []
    for joint in reversed(joints):
        between = plain[joint.end : place]
        if joint.end > place:
            continue
        if _STOP.search(between) or _AND_SO_ON.search(between) or (not chain and between.strip(_FILLED)):
            break
        chain.append(joint)
        place = joint.start
    return chain


def _ends(plain: str, start: int, limit: int) -> list[int]:
    """Where the item that begins there may end: first the end by the kinds of its words, then the end of every word up to a stop."""
    stop, so_on = _STOP.search(plain, start, limit), _AND_SO_ON.search(plain, start, limit)
    limit = min([limit, *([stop.start()] if stop else []), *([so_on.end()] if so_on else [])])
    words = words_of(plain, start, limit)
    kept = words[:1]
    for word in words[1:]:
        if word.tag[:1] in _BEYOND and not word.text.startswith("等"):
            break
        kept.append(word)
    return [word.end for word in (*kept[-1:], *words) if not _inside_brackets(plain, word.end)]


def _starts(plain: str, limit: int, end: int) -> list[int]:
    """The same for where the item that ends there may begin."""
    stops = [match.end() for match in _STOP.finditer(plain, limit, end)]
    words = words_of(plain, max(stops, default=limit), end)
    if not words or words[-1].tag[:1] in _NO_ITEM:
        return []
    kept = words[-1:]
    for word in reversed(words[:-1]):
        if word.tag[:1] in _BEYOND:
            break
        kept.insert(0, word)
    return [word.start for word in (*kept[:1], *reversed(words)) if not _inside_brackets(plain, word.start)]


def _inside_brackets(plain: str, place: int) -> bool:
    return plain[place - 1 : place + 1] == _FILLED * 2


def _numbered_runs(text: str, starts: Sequence[int]) -> Iterator[list[int]]:
    for family in _NUMBERED:
        run: list[int] = []
        for start in starts:
            match = family.match(text, start)
            value = _value(match[1]) if match else 0
            if value == 1 and run:
                yield run
                run = []
            if value == len(run) + 1:
                run.append(start)
        yield run


def _value(number: str) -> int:
    return int(unicodedata.numeric(number) if len(number) == 1 else number)


def _worded_runs(text: str, starts: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    stage = 0
    for start in starts:
        if _WORDED[0].match(text, start):
            yield run
            run, stage = [start], 0
        reached = next((later for later in range(stage + 1, len(_WORDED)) if _WORDED[later].match(text, start)), 0)
        if run and reached:
            run.append(start)
            stage = reached
    yield run


def _one_and_another(text: str, starts: Sequence[int]) -> Iterator[list[int]]:
    """一种是…；另一种是…"""
    for start in starts:
        one = _ONE.match(text, start)
        if one:
            another = re.compile(_ANOTHER.format(one[1] or ""))
            yield [start, *(later for later in starts if later > start and another.match(text, later))]


def _items(text: str, run: Sequence[int]) -> tuple[Span, ...]:
    items: list[Span] = []
    for start, following in pairwise(run):
        item = trimmed(text, Span(start, following))
        if item is None or following - start > _LONGEST_ITEM:
            return tuple(items)
        items.append(item)
    if items:
        held = "".join(text[item.start : item.end] for item in items)
        stops = "。!?\n" if ";" in held else "。;!?\n" if "," in held else ",。;!?\n"
        end = next((place for place in range(run[-1], len(text)) if text[place] in stops), len(text))
        last = trimmed(text, Span(run[-1], end)) if run[-1] < end <= run[-1] + _LONGEST_ITEM else None
        items += [last] if last else []
    return tuple(items)
