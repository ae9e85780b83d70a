"""The printed pages of an issue in plain text, from the page numbers that stand alone on their lines, at the foot or the head of a page.

Which of the two is told by the contents page: there most articles must begin on the page that it gives. Only blocks between two numbers
that follow each other get a page, and only in articles; one that goes on over pages has the page it begins on. Not handled: numbers in
running heads (季风 12), Roman numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.reading.patterns import PAGE_NUMBER
from qa.reading.publication.joints import Fragment

FEWEST_FOLIOS = 3
SHARE_ASCENDING, SHARE_AGREEING = 0.6, 0.5  # of the numbers that stand alone, of the articles
NUMBER = re.compile(r"\d{1,4}")


def paged(fragments: Sequence[Fragment], titles: Mapping[int, int]) -> list[Fragment]:
    """The fragments with their pages, or as they are when no page is certain. titles: where articles begin in the text, to their page."""
    folios = _folios(fragments)
    if len(folios) < FEWEST_FOLIOS:
        return list(fragments)
    first_titles = [
        (place, titles[start]) for place, fragment in enumerate(fragments) if (start := fragment.block.spans[0].start) in titles
    ]
    by_foot, by_head = _pages(folios, len(fragments), at_foot=True), _pages(folios, len(fragments), at_foot=False)
    agreeing = {pages: sum(pages[place] == page for place, page in first_titles) for pages in (by_foot, by_head)}
    pages = max((by_foot, by_head), key=agreeing.__getitem__)
    if agreeing[pages] <= SHARE_AGREEING * len(first_titles):
        return list(fragments)
    return [
        replace(fragment, block=replace(fragment.block, page=str(page))) if page and fragment.block.section_id else fragment
        for fragment, page in zip(fragments, pages, strict=True)
    ]


def _folios(fragments: Sequence[Fragment]) -> list[tuple[int, int]]:
    """(place, number) of the numbers that stand alone and ascend; [] when most of them do not."""
    alone = [
        (place, int(found[0]))
        for place, fragment in enumerate(fragments)
        if fragment.block.kind == "furniture" and PAGE_NUMBER.fullmatch(fragment.text) and (found := NUMBER.search(fragment.text))
    ]
    ends: list[int] = []  # of ascending runs, by length: the last number, the lowest that there is
    lengths = []
    for _, number in alone:
        length = bisect_left(ends, number)
        ends[length : length + 1] = [number]
        lengths.append(length)
    chosen: list[tuple[int, int]] = []
    wanted = len(ends) - 1
    for one, length in zip(reversed(alone), reversed(lengths), strict=True):
        if length == wanted and (not chosen or one[1] < chosen[-1][1]):
            chosen.append(one)
            wanted -= 1
    return chosen[::-1] if len(chosen) >= SHARE_ASCENDING * len(alone) else []


def _pages(folios: Sequence[tuple[int, int]], count: int, *, at_foot: bool) -> tuple[int, ...]:
    """For each place its page, 0 where it is not certain."""
    pages = [0] * count
    for (before, number), (after, following) in zip(folios, [*folios[1:], (count, folios[-1][1] + 1)], strict=True):
        if following == number + 1:
            pages[before + at_foot : after + at_foot] = [following if at_foot else number] * len(pages[before + at_foot : after + at_foot])
    if at_foot:
        pages[: folios[0][0] + 1] = [folios[0][1]] * (folios[0][0] + 1)
    return tuple(pages)
