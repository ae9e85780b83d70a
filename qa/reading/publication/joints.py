"""Paragraphs cut by a column, a page, a caption or a running head, joined again as one block with several spans.

A joint is made only where both halves fit: the first is running text that stops inside a sentence, the second begins neither indented nor
like a new item nor below a heading, both belong to one section, and what they say goes on (`joining.continuation`, and the words that a
joint would make, where these stand elsewhere in the text). Halves that follow each other, with captions and furniture between, need little
of that; halves that do not, because columns came out in another order than they are read, must fit each other clearly better than any
other half near by; those with a column between that came out elsewhere need only be likelier than not. The spans of such a joint stand in
reading order, not in that of the file. Not handled: a hyphenated Latin word, a half that ends a sentence by chance.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qa.reading.joining import continuation
from qa.reading.patterns import CLOSING, SENTENCE_ENDS
from qa.records import Block

NEARBY = 16  # blocks before and after among which the other half may stand
MOST_PAIRS = 40_000  # of halves that do not follow each other; with more, none is joined
LIKELY, SURE = 3, 4  # characters of words that two halves make
WORDS_WEIGH = {LIKELY: 1.5, SURE: 1.0}  # log-odds, when such a word stands elsewhere in the text
FOLLOWS, FOLLOWS_IN_DISORDER = 3.0, 0.5  # log-odds of a half that follows; where columns are known to be out of order
LEAST_FOLLOWING, LEAST_IN_DISORDER, LEAST_APART = -1.5, 0.5, 1.5  # log-odds without that; what halves need that do not follow each other
LEAST_FILLED = 0.0  # log-odds of halves with a column between them that came out elsewhere
MARGIN = 1.0  # log-odds between halves apart and the next best
LONGEST_NOTE = 64
MOST_BETWEEN = 6  # blocks of captions and furniture in one cut
SHORTEST_FIRST = 20  # characters of the first half
BETWEEN: frozenset[str] = frozenset({"caption", "furniture"})
FUNCTION_WORDS = frozenset("的了和与與在是等为為及对對将將把有就也而着著以从從到被向由不")  # which stand beside any word
QUOTED = re.compile("“[^“”]*”|「[^「」]*」|《[^《》]*》")
INSIDE = re.compile("[，,、。；;：:！!？?]")  # running text has some of these
LAST_NOTE = re.compile(r"\s*[（(\[【〔][^（(\[【〔]{1,40}[)）\]】〕]\s*$")
BEGINS_ANEW = re.compile(
    r"[（(\[【〔]|[-*+•·●○◆■□▲★◇◎—①-⑳]|\d{1,3}\s*[.、)）]|[（(]?[一二三四五六七八九十]{1,3}\s*[、)）]|第[一二三四五六七八九十]{1,3}[，,、章节節条條]"
    r"|\d{4}\s*年|[一二三四五六七八九十]是"
)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A block with its text."""

    block: Block
    text: str
    indented: bool = False


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two halves, by their places, with how well they fit."""

    tail: int
    head: int
    claim: float  # log-odds, without what the order says
    follows: float  # log-odds: what the order says; 0 for halves that do not follow each other

    @property
    def rank(self) -> float:
        return self.claim + self.follows

    @property
    def least(self) -> float:
        """What the claim must come to."""
        return {0.0: LEAST_APART, FOLLOWS: LEAST_FOLLOWING}.get(self.follows, LEAST_IN_DISORDER)


def breaks_off(text: str) -> bool:
    """Whether running text stops inside a sentence. Notes in brackets at its end (an editor, a source) count as its end."""
    shown = text.rstrip()[-LONGEST_NOTE:]
    bare = shown
    while not bare.endswith(("”", "’")) and LAST_NOTE.search(bare):
        bare = LAST_NOTE.sub("", bare)
    if bare != shown and (not bare or bare.rstrip(CLOSING)[-1:] in SENTENCE_ENDS + "."):
        return False
    return _runs_on(shown)


def goes_on_in(first: str, second: str, stands: Callable[[str], bool], size: int = LIKELY) -> bool:
    """Whether words that a joint would make, size characters long, stand elsewhere. stands: whether the whole text has a word."""
    return any(stands(word) for word in _words_across(first, second, size))


def claim_of(first: str, second: str, stands: Callable[[str], bool]) -> float:
    """How well second goes on where first breaks off: log-odds, by what the news have taught and by the text's own words."""
    return continuation(first, second) + sum(weight for size, weight in WORDS_WEIGH.items() if goes_on_in(first, second, stands, size))


def joined(text: str, fragments: Sequence[Fragment], disorder: Collection[str]) -> list[Block]:
    """The blocks, cut paragraphs as one block at the place of its first half. disorder: sections with columns out of order."""
    pairs = _pairs(text, fragments, disorder)
    following = _chosen(pairs)
    found = {fragments[pair.tail].block.section_id for pair in pairs if not pair.follows and following.get(pair.tail) == pair.head}
    if found - set(disorder):  # a joint to a half far away shows it
        following = _chosen([_in_disorder(pair) if fragments[pair.tail].block.section_id in found else pair for pair in pairs])
    following = _filled(text, fragments, pairs, following)
    later = set(following.values())
    blocks = []
    for place, fragment in enumerate(fragments):
        if place in later:
            continue
        spans = list(fragment.block.spans)
        at = place
        while (at := following.get(at, -1)) >= 0:
            spans += fragments[at].block.spans
        blocks.append(replace(fragment.block, spans=tuple(spans)))
    return blocks


def _filled(text: str, fragments: Sequence[Fragment], pairs: Sequence[_Pair], following: Mapping[int, int]) -> dict[int, int]:
    """The joints with those round a column that came out far from where it belongs.

    Where a half is taken up far from it, by the beginning of such a column, what follows the half in the text takes up the column's open
    end. And what stands before a second half in the text is taken up by what the far first half belongs to.
    """
    next_ones = dict(_following(fragments))
    before = {head: tail for tail, head in next_ones.items()}
    firsts = {head: tail for tail, head in following.items()}
    is_open = [place not in following and _is_tail(fragments, place, before) for place in range(len(fragments))]
    chain = {**next_ones, **following}
    candidates: list[tuple[int, int]] = []
    for pair in pairs:
        if not pair.follows and following.get(pair.tail) == pair.head:
            beginning = pair.tail
            while beginning in firsts:
                beginning = firsts[beginning]
            candidates.append((_first_open(is_open, chain, pair.head), next_ones.get(pair.tail, -1)))
            candidates.append((before.get(pair.head, -1), beginning))
    possible = [
        (tail, head)
        for tail, head in candidates
        if min(tail, head) >= 0 and is_open[tail] and head not in firsts and _fits(fragments[tail].text, fragments[head])
    ]
    stands = _words_that_stand(text, {word for tail, head in possible for word in _words(fragments[tail].text, fragments[head].text)})
    filled = dict(following)
    heads = set(firsts)
    for tail, head in possible:
        free = tail not in filled and head not in heads and not _leads_to(filled, head, tail)
        if free and claim_of(fragments[tail].text, fragments[head].text, stands.__contains__) >= LEAST_FILLED:
            filled[tail] = head
            heads.add(head)
    return filled


def _first_open(is_open: Sequence[bool], chain: Mapping[int, int], place: int) -> int:
    """The first half, from a place on, that nothing takes up; -1 when there is none near by."""
    for _ in range(NEARBY):
        if place < 0 or is_open[place]:
            return place
        place = chain.get(place, -1)
    return -1


def _in_disorder(pair: _Pair) -> _Pair:
    return replace(pair, follows=FOLLOWS_IN_DISORDER) if pair.follows else pair


def _chosen(pairs: Sequence[_Pair]) -> dict[int, int]:
    """First half to second half: the best pairs first, each half once, none far apart that is hardly better than another one."""
    ranked = sorted(pairs, key=lambda pair: (-pair.rank, pair.tail, pair.head))
    of_tail, of_head = defaultdict(list), defaultdict(list)
    for pair in ranked:
        of_tail[pair.tail].append(pair)
        of_head[pair.head].append(pair)
    chosen: dict[int, int] = {}
    heads: set[int] = set()
    doubtful: set[_Pair] = set()  # as good as doubtful: any pair that shares a half with one
    for pair in ranked:
        if pair.tail in chosen or pair.head in heads or pair in doubtful:
            continue
        rivals = [other for other in (*of_tail[pair.tail], *of_head[pair.head]) if other != pair]
        next_best = max((other.rank for other in rivals if other.tail not in chosen and other.head not in heads), default=-math.inf)
        if not pair.follows and pair.rank - next_best < MARGIN:
            doubtful.update(rivals)
        elif pair.claim >= pair.least and not _leads_to(chosen, pair.head, pair.tail):
            chosen[pair.tail] = pair.head
            heads.add(pair.head)
    return chosen


def _leads_to(chosen: Mapping[int, int], start: int, goal: int) -> bool:
    while start in chosen and start != goal:
        start = chosen[start]
    return start == goal


def _pairs(text: str, fragments: Sequence[Fragment], disorder: Collection[str]) -> list[_Pair]:
    """The halves that could belong together."""
    next_ones = dict(_following(fragments))
    before = {head: tail for tail, head in next_ones.items()}
    tails = [place for place in range(len(fragments)) if _is_tail(fragments, place, before)]
    heads = _Heads(fragments, disorder)
    places = [(tail, head) for tail in tails if (head := next_ones.get(tail, -1)) >= 0 and _fits(fragments[tail].text, fragments[head])]
    known = set(places)
    others = [(tail, head) for tail in tails for head in heads.near(tail) if (tail, head) not in known]
    places += others if len(others) <= MOST_PAIRS else []
    stands = _words_that_stand(text, {word for tail, head in places for word in _words(fragments[tail].text, fragments[head].text)})
    pairs = []
    for number, (tail, head) in enumerate(places):
        ordered = FOLLOWS_IN_DISORDER if fragments[tail].block.section_id in disorder else FOLLOWS
        claim = claim_of(fragments[tail].text, fragments[head].text, stands.__contains__)
        pairs.append(_Pair(tail, head, claim, ordered if number < len(known) else 0.0))
    return pairs


def _following(fragments: Sequence[Fragment]) -> Iterator[tuple[int, int]]:
    """Paragraphs of one section that follow each other, captions and furniture aside."""
    last: dict[str, tuple[int, int]] = {}  # section: its last paragraph, and what has stood between since
    for place, fragment in enumerate(fragments):
        section_id = fragment.block.section_id
        before, between = last.pop(section_id, (-1, 0))
        if fragment.block.kind in BETWEEN:
            if before >= 0 and between < MOST_BETWEEN:
                last[section_id] = before, between + 1
        elif section_id and fragment.block.kind == "paragraph":
            if before >= 0:
                yield before, place
            last[section_id] = place, 0


def _is_tail(fragments: Sequence[Fragment], place: int, before: dict[int, int]) -> bool:
    """Whether a paragraph stops inside a sentence. A short one may only when it could take up another one itself."""
    fragment = fragments[place]
    if fragment.block.kind != "paragraph" or not fragment.block.section_id or not breaks_off(fragment.text):
        return False
    above = fragments[before[place]].text if place in before else ""
    return _is_running_text(fragment.text) or (_is_running_text(above) and breaks_off(above))


class _Heads:
    """The paragraphs that could be second halves far from their first one: none below a heading, nor the first of a section in order."""

    def __init__(self, fragments: Sequence[Fragment], disorder: Collection[str]) -> None:
        self._fragments = fragments
        self._possible: set[int] = set()
        below_text = set(disorder)  # sections where no heading stands above what comes next
        for place, fragment in enumerate(fragments):
            section_id = fragment.block.section_id
            if fragment.block.kind == "heading":
                below_text.discard(section_id)
            elif fragment.block.kind == "paragraph" and section_id:
                if section_id in below_text:
                    self._possible.add(place)
                below_text.add(section_id)

    def near(self, tail: int) -> Iterator[int]:
        """Those near a first half of the same section that could go on there."""
        first = self._fragments[tail]
        for place in range(max(0, tail - NEARBY), min(len(self._fragments), tail + NEARBY + 1)):
            second = self._fragments[place]
            possible = place in self._possible and place != tail and second.block.section_id == first.block.section_id
            if possible and _fits(first.text, second):
                yield place


def _words(first: str, second: str) -> list[str]:
    return [word for size in WORDS_WEIGH for word in _words_across(first, second, size)]


def _words_that_stand(text: str, wanted: Collection[str]) -> set[str]:
    return {word for size in WORDS_WEIGH for at in range(len(text)) if wanted and (word := text[at : at + size]) in wanted}


def _words_across(first: str, second: str, size: int) -> list[str]:
    first, second = first[-LONGEST_NOTE:].rstrip(), second[:LONGEST_NOTE].lstrip()
    around = (first[-before:] + second[: size - before] for before in range(1, size))
    return [word for word in around if len(word) == size and word.isalnum() and not FUNCTION_WORDS & set(word)]


def _fits(first: str, second: Fragment) -> bool:
    begins = second.text[:1]
    if second.indented or BEGINS_ANEW.match(second.text):
        return False
    if first[-1:].isascii() and first[-1:].isalpha() and begins.isascii() and begins.isalpha():
        return False
    return bool(INSIDE.search(second.text))


def _is_running_text(text: str) -> bool:
    if len(text) < SHORTEST_FIRST:
        return False
    quote_open = text.count("“") > text.count("”") or text.count("「") > text.count("」")
    return quote_open or bool(INSIDE.search(QUOTED.sub("", text)))


def _runs_on(text: str) -> bool:
    bare = text.rstrip(CLOSING)
    return bool(bare) and bare[-1] not in SENTENCE_ENDS + ".:：—"
