"""Where the entries of a contents page begin in the text: titles found as lines, with the authors printed beside them.

A title may be broken over lines, set one character a line, read from the left though set from the right, parted by other blocks, or follow
its author. Each entry may have several such places; those are chosen that keep the order of the pages and together explain most of the
contents page. Not handled: titles that the contents page words otherwise.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, islice

from qa.reading.publication.contents import Entry, Word
from qa.reading.publication.names import name_like, names_of, sure_name
from qa.reading.publication.structured import Piece, key_of

SHORTEST_TITLE = 2  # letters
LONGEST_TITLE_RUN = 40  # blocks: a title and its authors set one character a line
MOST_BETWEEN = 6  # blocks that decoration puts between two parts of a title
MOST_PLACES = 12  # of one entry
MOST_TRIED = 60  # places that spell one entry: what a file repeats more often is no title
BEFORE, AFTER = 3, 6  # blocks round a title where its authors may stand
MOST_REVERSED = 3  # blocks
MOST_COMPARED = 1_000_000  # entries times short blocks; in a larger file titles must be exact
ALIKE, SHORTEST_ALIKE = 0.85, 6
SUBTITLE = re.compile("^[—–―─-]{1,4}")
ETC = "等"
AUTHORS_WEIGH, GAP_WEIGHS = 3, 2  # letters, in choosing between places


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry at a place in the text. Places are indices of blocks, ascending."""

    entry: Entry
    title_places: tuple[int, ...]
    byline_places: tuple[int, ...]
    title: str
    subtitle: str
    authors: tuple[str, ...]
    weight: int  # letters explained

    @property
    def first(self) -> int:
        """The first block of the title."""
        return self.title_places[0]

    @property
    def last(self) -> int:
        """The last block of the title."""
        return self.title_places[-1]


def place_entries(entries: Sequence[Entry], pieces: Sequence[Piece]) -> list[Placed]:
    """The entries that stand in the text as titles, in its order."""
    by_beginning: dict[str, list[int]] = defaultdict(list)
    for place, piece in enumerate(pieces):
        if piece.block.kind != "contents" and piece.key and not piece.is_prose:
            by_beginning[piece.key[0]].append(place)
    reversed_titles = _reversed_titles(pieces)
    fuzzy = len(entries) * sum(map(len, by_beginning.values())) <= MOST_COMPARED
    candidates = []
    for entry in entries:
        tried = islice(_places(entry, pieces, by_beginning, reversed_titles), MOST_TRIED)
        found = [placed for placed in tried if placed]
        if not found and fuzzy:
            found = list(_alike(entry, pieces))
        candidates.append(sorted(found, key=lambda one: -one.weight)[:MOST_PLACES])
    return _best_chain(candidates)


def _best_chain(candidates: Sequence[Sequence[Placed]]) -> list[Placed]:
    """At most one place for each entry, places and pages both ascending, most letters explained; of equals the earliest places."""
    flat = [(rank, one) for rank, places in enumerate(candidates) for one in sorted(places, key=lambda one: one.first)]
    best: list[tuple[int, int]] = []  # (weight of the chain that ends here, its place before)
    for place, (rank, one) in enumerate(flat):
        weight, before = 0, -1
        for earlier in range(place):
            if flat[earlier][0] < rank and flat[earlier][1].last < one.first and best[earlier][0] > weight:
                weight, before = best[earlier][0], earlier
        best.append((weight + one.weight, before))
    chain: list[Placed] = []
    place = max(range(len(flat)), key=lambda at: (best[at][0], -at), default=-1)
    while place >= 0:
        chain.append(flat[place][1])
        place = best[place][1]
    return chain[::-1]


def _places(
    entry: Entry, pieces: Sequence[Piece], by_beginning: dict[str, list[int]], reversed_titles: dict[str, list[tuple[int, int]]]
) -> Iterator[Placed | None]:
    """The places that spell the entry, None for one beside which something else stands than its authors."""
    for start in _starts(entry.words):
        words = entry.words[start:]
        for keys in _spellings(words):
            target = "".join(keys)
            bounds = list(accumulate(map(len, keys)))
            if len(target) < SHORTEST_TITLE:
                continue
            for place in by_beginning[target[0]]:
                used = _consumed(target, bounds, pieces, place)
                if used:
                    yield _placed(entry, start, words, bounds, pieces, used)
            for taken, bound in enumerate(bounds, start=1):
                for first, last in reversed_titles.get(target[:bound], ()):
                    yield _finished(entry, start, words[:taken], words[taken:], pieces, tuple(range(first, last + 1)), bound - 1)


def _spellings(words: Sequence[Word]) -> list[list[str]]:
    """The keys of the words; and without the 等 by which an entry names the first of several."""
    keys = [key_of(word.text) for word in words]
    first_of_several = [key[:-1] if key.endswith(ETC) and len(key) >= SHORTEST_ALIKE else key for key in keys]
    return [keys] if keys == first_of_several else [keys, first_of_several]


def _starts(words: Sequence[Word]) -> list[int]:
    """Where the title may begin: at the first word, after names, after lines that may be the name of a column."""
    starts = [0]
    for place, word in enumerate(words[:-1], start=1):
        if (word.own_line and words[place].line > word.line) or (name_like(word.text) and not words[place].text.startswith("—")):
            starts.append(place)
        elif not word.own_line:
            break
    return starts[:LONGEST_TITLE_RUN]


def _consumed(target: str, bounds: Sequence[int], pieces: Sequence[Piece], place: int) -> list[tuple[int, int]]:
    """The blocks from place on that spell the target, each with how far they reach; [] when the first one does not."""
    used: list[tuple[int, int]] = []
    reached = skipped = 0
    for at in range(place, min(len(pieces), place + LONGEST_TITLE_RUN)):
        key = pieces[at].key
        if key and target.startswith(key, reached) and not pieces[at].is_prose and pieces[at].block.kind != "contents":
            reached += len(key)
            used.append((at, reached))
            if reached == len(target):
                break
        elif key or pieces[at].is_prose:
            skipped += 1
            parted = reached in bounds or (key.isascii() and not pieces[at].is_prose)  # SPRING between two halves of a word is decoration
            if not used or not parted or skipped > MOST_BETWEEN or pieces[at].block.kind == "contents":
                break
    return used


def _placed(
    entry: Entry, start: int, words: Sequence[Word], bounds: Sequence[int], pieces: Sequence[Piece], used: Sequence[tuple[int, int]]
) -> Placed | None:
    """The title without the authors that the same blocks spelled; None where what is left over are no authors."""
    within = [one for one in used if one[1] in bounds]
    if not within:
        return None
    count = _without_bylines(words, bounds, pieces, used, used.index(within[-1]) + 1)
    reached = used[count - 1][1]
    places = tuple(place for place, _ in used[:count])
    taken = bounds.index(reached) + 1
    gaps = (places[-1] - places[0] + 1 - len(places)) * GAP_WEIGHS
    return _finished(entry, start, words[:taken], words[taken:], pieces, places, max(1, reached - gaps))


def _without_bylines(
    words: Sequence[Word], bounds: Sequence[int], pieces: Sequence[Piece], used: Sequence[tuple[int, int]], count: int
) -> int:
    """How many of the blocks are the title: bylines, also those set one character a line, are left off at its end."""
    while count > 1:
        earlier = [number for number in range(1, count) if used[number - 1][1] in bounds]
        wanted = next(
            (number for number in reversed(earlier) if _are_names(words, bounds, used[number - 1][1], used[count - 1], pieces)), 0
        )
        if not wanted:
            break
        count = wanted
    return count


def _are_names(words: Sequence[Word], bounds: Sequence[int], start: int, last: tuple[int, int], pieces: Sequence[Piece]) -> bool:
    """Whether what blocks spell after start, up to the last of them, is a byline: sure names, or a pen name above running text."""
    spelled = [word.text for word, bound in zip(words, bounds, strict=True) if start < bound <= last[1]]
    place = last[0]
    names = names_of(spelled)
    if all(map(sure_name, names)):
        return True
    above_prose = place + 1 < len(pieces) and pieces[place + 1].is_prose
    return above_prose and all(name_like(name) and len(name) <= 3 for name in names)


def _finished(
    entry: Entry, start: int, title: Sequence[Word], rest: Sequence[Word], pieces: Sequence[Piece], places: tuple[int, ...], weight: int
) -> Placed | None:
    """The entry with its authors, when the words before and after its title can be explained."""
    near = _near(pieces, places)
    before, after = _authors(entry.words[:start], near), _authors(rest, near)
    if before is None or after is None:
        return None
    named = [*before, *after]
    of_column = after and all(word.own_line for word in entry.words[:start])  # a line above the title then names a column, as 地方
    texts = [pieces[place].text for place in places]
    spaced = any(len(text.split()) > 3 and sum(len(part) == 1 for part in text.split()) > len(text.split()) / 2 for text in texts)
    upright = sum(len(text) == 1 for text in texts) > 1
    in_order = key_of("".join(texts)) == key_of("".join(word.text for word in title))
    shown = texts if in_order and not (spaced or upright) else [word.text for word in title]
    if len({word.line for word in title}) == 1:  # the contents page has it on one line, the article may have broken it
        shown = [word.text for word in title]
    head, sub = _with_subtitle(shown)
    if not sub and places[-1] + 1 < len(pieces):
        following = pieces[places[-1] + 1]
        if SUBTITLE.match(following.text) and following.key and not following.is_prose:
            sub, places = _tidy(SUBTITLE.sub("", following.text)), (*places, places[-1] + 1)
    wanted = [key_of(name) for name in named]
    bylines = tuple(place for place, key in near if key and _made_of(key, wanted))
    return Placed(entry, places, bylines, head, sub, tuple(after if of_column else named), weight + AUTHORS_WEIGH * len(bylines))


def _with_subtitle(lines: Sequence[str]) -> tuple[str, str]:
    first = next((place for place, line in enumerate(lines) if place and SUBTITLE.match(line)), len(lines))
    return _tidy(" ".join(lines[:first])), _tidy(SUBTITLE.sub("", " ".join(lines[first:])))


def _tidy(line: str) -> str:
    return " ".join(line.split())


def _near(pieces: Sequence[Piece], places: Sequence[int]) -> list[tuple[int, str]]:
    """The short blocks round a title, each with its key, where its byline may be."""
    around = [*range(max(0, places[0] - BEFORE), places[0]), *range(places[0], min(len(pieces), places[-1] + 1 + AFTER))]
    return [
        (place, pieces[place].key)
        for place in around
        if place not in places and pieces[place].block.kind != "contents" and not pieces[place].is_prose and len(pieces[place].key) <= 40
    ]


def _made_of(key: str, names: Sequence[str]) -> bool:
    """Whether names, and nothing else but 文 or 本刊记者, are in the key; or the key is a character of a name set one a line."""
    left = key
    for name in names:
        left = left.replace(name, "")
    return (left != key and len(left) <= 4) or (len(key) == 1 and any(key in name for name in names))


def _authors(words: Sequence[Word], near: Sequence[tuple[int, str]]) -> list[str] | None:
    """The authors that the words beside a title name; None when the words are something else."""
    spelled = "|".join(key for _, key in near) + "|" + "".join(key for _, key in near if len(key) == 1)
    authors: list[str] = []
    in_subtitle = False
    for line in sorted({word.line for word in words}):
        of_line = [word for word in words if word.line == line]
        if SUBTITLE.match(of_line[0].text):
            in_subtitle = True
        if in_subtitle:
            while of_line and not (sure_name(of_line[0].text) or key_of(of_line[0].text) in spelled.split("|")):
                of_line = of_line[1:]
        names = [name for name in names_of([word.text for word in of_line]) if name != ETC]
        own_line = all(word.own_line for word in of_line)
        confirmed = [name for name in names if key_of(name) in spelled]
        if not all(map(name_like, names)):
            if not own_line:
                return None
        elif names and len(confirmed) == len(names):
            authors += names
        elif not own_line:
            if not all(map(sure_name, names)):
                return None
            authors += names
    return authors


def _reversed_titles(pieces: Sequence[Piece]) -> dict[str, list[tuple[int, int]]]:
    """Short blocks, keyed by their parts read from the last to the first: a title set from the right comes out so."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for first, piece in enumerate(pieces):
        parts: list[str] = []
        for last in range(first, min(len(pieces), first + MOST_REVERSED)):
            one = pieces[last]
            if not one.key or one.is_prose or one.block.kind == "contents" or len(one.key) > 40:
                break
            parts += one.text.split()
            if 2 <= len(parts) <= 4 and (last > first or len(piece.text.split()) > 1):
                found["".join(key_of(part) for part in reversed(parts))].append((first, last))
    return found


def _alike(entry: Entry, pieces: Sequence[Piece]) -> Iterator[Placed]:
    """Lines that differ from the title by a character or two: misprints, misread characters."""
    count = len(entry.words)
    while count > 1 and name_like(entry.words[count - 1].text):
        count -= 1
    while count > 1 and entry.words[count - 1].own_line and not entry.words[0].own_line:
        count -= 1
    target = "".join(key_of(word.text) for word in entry.words[:count])
    if len(target) < SHORTEST_ALIKE:
        return
    for place, piece in enumerate(pieces):
        if piece.block.kind == "contents" or piece.is_prose or not abs(len(piece.key) - len(target)) <= 2 or not piece.key:
            continue
        matcher = SequenceMatcher(None, target, piece.key, autojunk=False)
        if matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
            found = _finished(entry, 0, entry.words[:count], entry.words[count:], pieces, (place,), len(target) // 2)
            if found:
                yield found
