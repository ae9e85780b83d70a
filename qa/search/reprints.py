"""Whether two passages print the same text, and how much of each the other holds.

A reprint has another headline, is trimmed, is set in the other script, masks a name (王某), or went over a copy editor's desk; its cuts
into passages lie elsewhere. What must never pass for one is written to the same pattern about something else: the weather, the market, a
notice, a verdict of another day, another place, another person. So the two are aligned, letter by letter and number by number, and the
places where both say something of their own are looked at: another number with the same unit, one name put for another throughout, or
more rewriting than a copy editor does, and they are two texts. What only one of them says (a lead, a paragraph left out) speaks against
nothing. The limits below were chosen on half of the news that `eval.reading.reprints` measures on the other half of.

Not handled: translations and summaries, the same facts in other words; numbers in words, except before a unit (三月五日, 三人). A
correction of a single figure makes two texts, on purpose: a reader wants to see both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embeddings.folding import fold

LEAST_SHARED = 40  # letters and numbers; less is a phrase, not a text
LEAST_SHARE = 0.3  # of the shorter passage: the cuts of a reprint with a longer lead leave that much of a passage in its neighbour
_SOLID = 5  # letters and numbers in a row that count as shared; shorter runs meet by chance
_SLOT = 24  # letters: where both sides say no more than that, they say it in the same place
_EDGE = 12  # letters before the first and behind the last shared run that are looked at for dates
_LONGEST_NAME, _LONGEST_PERSON = 6, 3
_MOST_REWRITTEN = 0.08  # of the shared letters above LEAST_SHARED, between shared runs: in a short notice a word is the news
_MOST_OWN = 0.25  # the same with both ends: headline and lead against headline and lead
_OPENING = 120  # letters and numbers that say what a report is about
_PATTERN = 0.35  # of the shorter opening: openings of different articles on one event share less
_STEP = 2  # letters and numbers in a row that count as a pattern's; its words stand between what it is filled with
_FILLED = 2  # places filled with another number: one may be a correction
_OF_TIME = fold("年月日号时点分期")
_DAY = fold("日号")  # 气象台3月4日8时发布大风预警: of another day, whatever else the two openings say

_DIGITS = {fold(digit): value for value, digit in enumerate("零一二三四五六七八九")} | {fold("〇"): 0, fold("两"): 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_OF_THINGS = fold("届岁度个人名位户元次件项米斤亩吨台辆")
_NUMBER_OR_LATIN = re.compile(rf"(\d+(?:[.,]\d+)*|[{''.join(_DIGITS)}{''.join(_POWERS)}]+(?=[{_OF_TIME}{_OF_THINGS}])|[a-z]+)")
_SURNAMES = frozenset(
    fold(
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭陆"
    )
)
_OF_PLACES = fold("省市县区镇乡村州旗盟路街")
_NAMES = ("nr", "ns", "nt", "nz")  # the dictionary's kinds of words that are names: of persons, places, bodies, others
_NO_LETTERS = re.compile(r"[\W_]+")
_MASK = re.compile(r"某|x{1,3}")

Tokens = Sequence[str]  # letters, words in Latin letters, and whole numbers, all folded; numbers in digits


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of each of two passages stands in the other, 0..1."""

    of_one: float
    of_other: float


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands between two shared runs, or at an end: [start, end) in each of the two."""

    one: tuple[int, int]
    other: tuple[int, int]

    @property
    def own(self) -> int:
        """How many tokens both sides have of their own: 0 where only one of them says something."""
        return min(self.one[1] - self.one[0], self.other[1] - self.other[0])


def tokens_of(text: str) -> Tokens:
    """A passage as it is compared. White space, punctuation, script, width and case are gone."""
    tokens: list[str] = []
    for place, piece in enumerate(_NUMBER_OR_LATIN.split(fold(text))):
        if place % 2:
            tokens.append(_in_digits(piece))
        else:
            tokens += _NO_LETTERS.sub("", piece)
    return tokens


def overlap(one: Tokens, other: Tokens) -> Overlap | None:
    """How much two passages share, when they print the same text; None when they do not."""
    runs = _shared_runs(one, other, _SOLID)
    shared = sum(length for _, _, length in runs)
    if shared < max(LEAST_SHARED, LEAST_SHARE * min(len(one), len(other))):
        return None
    first, *between, last = _gaps(runs, len(one), len(other))
    slots = [gap for gap in between if gap.own]
    if any(_other_number(one, other, gap, "") for gap in slots if gap.own <= _SLOT):
        return None
    edges = (_Gap(_tail(first.one), _tail(first.other)), _Gap(_head(last.one), _head(last.other)))
    if any(_other_number(one, other, gap, _OF_TIME) for gap in edges):
        return None
    rewritten = [gap for gap in slots if not _is_mask(one, other, gap)]
    ends = [gap for gap in (first, last) if gap.own and not _is_mask(one, other, gap)]
    if any(_other_name(one, other, gap) for gap in (*rewritten, *ends)):
        return None
    own = sum(gap.own for gap in rewritten)
    if own > _MOST_REWRITTEN * (shared - LEAST_SHARED) or own + first.own + last.own > _MOST_OWN * shared:
        return None
    return Overlap(shared / len(one), shared / len(other))


def is_other_report(one: Tokens, other: Tokens) -> bool:
    """Whether two articles that begin so are reports to one pattern, of different days or things: what they share is standing text then.

    Advice under a weather warning, what a firm is, how a figure is reckoned: printed with every report, it makes none a reprint of another.
    """
    one, other = one[:_OPENING], other[:_OPENING]
    runs = _shared_runs(one, other, _STEP)
    if not runs:
        return False
    _, *between, _ = _gaps(runs, len(one), len(other))
    filled = [
        (gap, min(before[2], behind[2])) for gap, before, behind in zip(between, runs, runs[1:], strict=False) if 0 < gap.own <= _SLOT
    ]
    if any(beside >= _SOLID and _other_number(one, other, gap, _DAY) for gap, beside in filled):
        return True
    if sum(length for _, _, length in runs) < _PATTERN * min(len(one), len(other)):
        return False
    return sum(_other_number(one, other, gap, "") for gap, _ in filled) >= _FILLED


def _in_digits(token: str) -> str:
    """A number in Arabic digits without separators and leading zeros; Latin letters as they are."""
    if token[0] not in _DIGITS and token[0] not in _POWERS and not token[0].isdecimal():
        return token
    if token[0].isdecimal():
        return token.replace(",", "").lstrip("0") or "0"
    if not any(character in _POWERS for character in token):
        return "".join(str(_DIGITS[character]) for character in token).lstrip("0") or "0"
    total = digit = 0
    for character in token:
        if character in _DIGITS:
            digit = _DIGITS[character]
        else:
            total += (digit or 1) * _POWERS[character]
            digit = 0
    return str(total + digit)


def _shared_runs(one: Tokens, other: Tokens, shortest: int) -> list[tuple[int, int, int]]:
    """(start in one, start in other, length) of the runs of so many tokens and more that a longest common subsequence keeps whole."""
    from rapidfuzz.distance import Indel

    steps = Indel.opcodes(one, other)
    return [
        (step.src_start, step.dest_start, step.src_end - step.src_start)
        for step in steps
        if step.tag == "equal" and step.src_end - step.src_start >= shortest
    ]


def _gaps(runs: Sequence[tuple[int, int, int]], length_of_one: int, length_of_other: int) -> Iterator[_Gap]:
    """What stands before, between and behind the runs, ends included."""
    start, start_of_other = 0, 0
    for at, at_other, length in runs:
        yield _Gap((start, at), (start_of_other, at_other))
        start, start_of_other = at + length, at_other + length
    yield _Gap((start, length_of_one), (start_of_other, length_of_other))


def _tail(place: tuple[int, int]) -> tuple[int, int]:
    return max(place[0], place[1] - _EDGE), place[1]


def _head(place: tuple[int, int]) -> tuple[int, int]:
    return place[0], min(place[1], place[0] + _EDGE)


def _other_number(one: Tokens, other: Tokens, gap: _Gap, units: str) -> bool:
    """Whether both sides have a number with the same unit that the other one lacks. units: which ones count; "" for every one."""
    left, right = _numbers(one, gap.one, units), _numbers(other, gap.other, units)
    return any(left[unit] - right[unit] and right[unit] - left[unit] for unit in left.keys() & right.keys())


def _numbers(tokens: Tokens, place: tuple[int, int], units: str) -> dict[str, set[str]]:
    """The numbers of a gap by what stands behind each: 8 under 月, 25 under 度; "" at the end of the text."""
    found: dict[str, set[str]] = {}
    for at in range(*place):
        if tokens[at][0].isdecimal():
            unit = tokens[at + 1] if at + 1 < len(tokens) else ""
            if not units or (unit and unit in units):
                found.setdefault(unit, set()).add(tokens[at])
    return found


def _is_mask(one: Tokens, other: Tokens, gap: _Gap) -> bool:
    return gap.own <= _SLOT and any(_MASK.fullmatch(token) for token in (*one[slice(*gap.one)], *other[slice(*gap.other)]))


def _other_name(one: Tokens, other: Tokens, gap: _Gap) -> bool:
    """Whether one name stands for another: two persons, or two short words of which one is no word of the dictionary or a name there."""
    sides = ("".join(one[slice(*gap.one)]), "".join(other[slice(*gap.other)]))
    if not all(2 <= len(side) <= _LONGEST_NAME for side in sides):
        return False
    if all(len(side) <= _LONGEST_PERSON and side[0] in _SURNAMES for side in sides):
        return True
    behind = one[gap.one[1]] if gap.one[1] < len(one) and one[gap.one[1]] in _OF_PLACES else ""  # 县 of 青石县 and 白水县 is shared
    return not all(_is_plain(side + behind) for side in sides)


def _is_plain(words: str) -> bool:
    """Whether a word of two letters or more stands in it that is no name. Names unknown to the dictionary fall apart into letters."""
    import rjieba

    return any(len(word) > 1 and not kind.startswith(_NAMES) for word, kind in rjieba.tag(words, False))
