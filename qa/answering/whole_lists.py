"""A list made whole: the rest of an enumeration, the items of a numbered series, the clauses of a list, and what the next sentence adds.

Only sentences that follow one another are joined, so that one quotation shows the whole list. Not handled: lists whose items no mark,
connective, number or semicolon tells apart, and tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from embeddings.folding import fold
from qa.answering.enumerations import count_items, enumeration_round, series, trimmed
from qa.answering.finding import Found, Setting, widened, with_part
from qa.answering.short_answers import candidates
from qa.records import Span

_NEAR = 25  # characters between a count and the items counted
_LONGEST_NUMBER = 4  # characters of what numbers an item

# All patterns are for folded text, where ，；：（ are ,;:( .
_COUNTED = re.compile(
    fold(
        r"[^、,]{0,8}?(?:\d+|[零一二两三四五六七八九十百几数多])[大小余多]?"
        r"[个种类项部座款支条家名位点方面组所本首道队篇处人国省市县州派期][^、,]{0,10}"
    )
    + "|(?:一系列|许多|很多|若干)[^、,]{0,10}"
)
_LISTED = re.compile(r"[^。;!?\n]{0,30}?(?:包括|包含|涵盖|分别|依次|即|例如|:|\(|——|--)[有为是了叫由在:]{0,3}\s*")
_LISTED_NEXT = re.compile(r"(?:其中|它们|他们|主要|具体)?(?:包括|包含|分别|依次|即|例如)[有为是了叫由在:]{0,3}\s*")
_ENTITY = re.compile("&[a-z]+;$")  # what is left of HTML ends no clause
_GOES_ON = re.compile(r"(?:以及|另有|另外还?有|还有|还包括|此外还?有|同时还有|并有)")
_RESPECTIVELY = re.compile("分别|各")


def whole_list(setting: Setting, found: Found) -> Found:
    """All that is listed where an item, or how many there are, is marked: one part where it stands together, else a part for each item.

    Where nothing is marked, the items of a series that the quotation introduces with a colon.
    """
    if not found.parts:
        return _introduced(setting, found)
    items = series_at(setting, found)
    if items:
        return series_over(setting, found, items)
    found = _of_the_count(setting, found)
    if count_items(setting.folded, found.parts[0]) == _wanted(setting.asked.text):
        return found
    part = enumeration_round(setting.folded, found.quotation, found.parts[0], setting.score)
    found = replace(found, parts=(part,))
    if _RESPECTIVELY.search(setting.asked.text) and setting.asked.kind in ("date", "number"):
        return _respectively(setting, found)
    return _going_on(setting, _clauses(setting, found))


def _introduced(setting: Setting, found: Found) -> Found:
    for items in series(setting.folded):
        if items[0].overlap(found.quotation) and setting.folded[max(0, items[0].start - 1)] == ":":
            return series_over(setting, found, items)
    return found


def _wanted(query: str) -> int:
    """How many the query asks for (哪两个, 哪三种); 0 where it does not say."""
    number = re.search(r"哪([两二三四五六七八九十])", query)
    return "〇一二三四五六七八九十".index(number[1].replace("两", "二")) if number else 0


def series_at(setting: Setting, found: Found) -> tuple[Span, ...]:
    """The numbered items of which one is marked, or which follow a count that is marked."""
    part = found.parts[0]
    counted = _is_count(setting, part)
    for items in series(setting.folded):
        follows = counted and 0 <= items[0].start - part.end <= _NEAR
        if follows or any(_is_of(part, item) for item in items):
            return items
    return ()


def _is_of(part: Span, item: Span) -> bool:
    """Whether what is marked is an item or its beginning, and not just something said in it."""
    return part.overlap(item) * 2 >= item.end - item.start or item.start <= part.start <= item.start + _LONGEST_NUMBER < part.end


def series_over(setting: Setting, found: Found, items: Sequence[Span]) -> Found:
    """The quotation over as many of the items as it may hold, those it holds already first."""
    whole = replace(found, parts=())
    held = [item for item in items if item.overlap(found.quotation)]
    for item in (*held, *(item for item in items if item not in held)):
        wider: Found | None = whole
        for place in (item.start, item.end - 1):
            wider = widened(wider, setting.sentence_at(place)) if wider else None
        whole = with_part(wider, item) if wider else whole
    if not whole.parts:
        return found
    last = whole.parts[-1]
    end = max([last.end, *(part.end for part in found.parts if part.overlap(last))])  # the reader may take more into the last item
    return replace(whole, parts=(*whole.parts[:-1], Span(last.start, end)))


def _is_count(setting: Setting, part: Span) -> bool:
    return bool(_COUNTED.fullmatch(setting.folded[part.start : part.end].strip(" 、,。;:")))


def _of_the_count(setting: Setting, found: Found) -> Found:
    """Where only how many there are is marked (两种, 六个国家), what is listed behind that instead: in its sentence or in the next."""
    part = found.parts[0]
    if not _is_count(setting, part):
        return found
    listed = _LISTED.match(setting.folded, part.end, found.quotation.end)
    wider = found
    if listed is None:
        _, behind = setting.beside(found.quotation)
        listed = _LISTED_NEXT.match(setting.folded, behind.start, behind.end) if behind else None
        wider = widened(found, behind) or found
    end = _end_of_clauses(setting.folded, listed.end(), wider.quotation.end) if listed else 0
    if listed is None or listed.end() >= end:
        return found
    place = Span(listed.end(), end)
    chosen = setting.best(place) or place
    return replace(wider, parts=(chosen,)) if count_items(setting.folded, place) > 1 else found


def _end_of_clauses(folded: str, start: int, limit: int) -> int:
    stop = re.compile(r"[。;!?\n)]").search(folded, start, limit)
    return stop.start() if stop else limit


def _clauses(setting: Setting, found: Found) -> Found:
    """A list whose items are clauses with ; between them: those beside the one marked."""
    own = setting.sentence_at(found.parts[0].start)
    if own is None:
        return found
    before, behind = _clauses_beside(setting, own)
    part = found.parts[0]
    whole = trimmed(setting.text, own)
    introduced = part.start > own.start and setting.folded[part.start - 1] == ":" and not _says_of_the_query(setting, part)
    if whole and part.end >= whole.end and behind and (introduced or _GOES_ON.match(setting.folded, behind[0].start)):
        return _with_clauses(found, [(clause, clause) for clause in behind])
    left, right = setting.folded[max(own.start, part.start - 1) : part.start], setting.folded[part.end : min(own.end, part.end + 2)]
    if not left or not right.strip(";。"):
        return found
    alike = re.compile(rf"{re.escape(left)}([^,。;]+?){re.escape(right.rstrip(';。'))}")
    matches = [(clause, alike.search(setting.folded, clause.start, clause.end)) for clause in (*reversed(before), *behind)]
    if not matches or not all(match for _, match in matches):
        return found
    return _with_clauses(found, [(clause, Span(*match.span(1))) for clause, match in matches if match])


def _says_of_the_query(setting: Setting, part: Span) -> bool:
    """Whether words of the query stand in it: then it may be the one item that is asked for."""
    said = setting.folded[part.start : part.end]
    return any(term.text in said for term in setting.asked.terms if len(term.text) > 1)


def _clauses_beside(setting: Setting, own: Span) -> tuple[list[Span], list[Span]]:
    """The sentences before and behind that only ; parts from this one."""
    at = list(setting.sentences).index(own)
    before: list[Span] = []
    behind: list[Span] = []
    for sentence in reversed(setting.sentences[:at]):
        if setting.folded[sentence.end - 1] != ";" or _ENTITY.search(setting.folded, sentence.start, sentence.end):
            break
        before.insert(0, sentence)
    last = own
    for sentence in setting.sentences[at + 1 :]:
        if setting.folded[last.end - 1] != ";" or _ENTITY.search(setting.folded, last.start, last.end):
            break
        behind.append(sentence)
        last = sentence
    return before, behind


def _with_clauses(found: Found, clauses: Sequence[tuple[Span, Span]]) -> Found:
    for clause, part in clauses:
        wider = widened(found, clause)
        found = with_part(wider, part) if wider else found
    return found


def _going_on(setting: Setting, found: Found) -> Found:
    """With the next sentence where that goes on with the list: 此外还有…"""
    _, behind = setting.beside(found.quotation)
    more = _GOES_ON.match(setting.folded, behind.start) if behind else None
    wider = widened(found, behind) if more else None
    if not (wider and behind and more):
        return found
    part = setting.best(behind)
    return with_part(wider, enumeration_round(setting.folded, behind, part, setting.score) if part else Span(more.end(), behind.end))


def _respectively(setting: Setting, found: Found) -> Found:
    """With the other dates or numbers of the quotation, where each of several things has its own."""
    part = found.parts[0]
    inside = _candidates(setting, part)
    if len(inside) > 1:
        return replace(found, parts=tuple(inside))
    found = replace(found, parts=tuple(inside or found.parts))
    own = setting.sentence_at(part.start)
    before, behind = _clauses_beside(setting, own) if own else ([], [])
    for clause in (*reversed(before), *behind):
        found = widened(found, clause) or found
    return with_candidates(setting, found, found.quotation)


def with_candidates(setting: Setting, found: Found, place: Span) -> Found:
    """With every number of the place that has the unit of the one marked, or every date; the marked one as the pattern finds it."""
    part = found.parts[0]
    last = setting.folded[part.end - 1]
    for span in _candidates(setting, place):
        if setting.folded[span.end - 1] == last:
            found = with_part(found, span)
    return found


def _candidates(setting: Setting, place: Span) -> list[Span]:
    found = candidates(setting.folded[place.start : place.end], setting.asked)
    return [Span(span.start + place.start, span.end + place.start) for span in found]
