"""An issue of a periodical: its articles as sections, from the contents page and the titles, bylines and editor's marks in the text.

An article begins at its title and ends at the editor's mark (责任编辑), else where the next one begins. Text between an editor's mark and a
title further down belongs to that title, which is set in the middle of its page, unless it takes up a sentence that the article above left
open. Where several marks stand between two titles, what lies between them belongs to the lower one when that has no end of its own, else
to no article that is known, and to no section. A digest (◆ items) and a column of signed pieces under one entry
become sections of their own. What follows 接上页 belongs to the article that 转下页 broke off, as far as that is certain.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from embeddings.folding import fold
from qa.reading.patterns import NUMBERED_HEADING, ends_sentence
from qa.reading.publication.contents import FEWEST_ENTRIES, Entry, entries_of
from qa.reading.publication.folios import paged
from qa.reading.publication.furniture import LONGEST_CAPTION, colophon_places, with_colophons, with_furniture
from qa.reading.publication.joints import LEAST_APART, Fragment, breaks_off, claim_of, goes_on_in, joined
from qa.reading.publication.names import BETWEEN, byline_names, name_like, names_of
from qa.reading.publication.placing import Placed, place_entries
from qa.reading.publication.structured import Piece, Structured, section_spans
from qa.records import Block, BlockKind, Section

FEWEST_ARTICLES = 3
SHARE_FOUND, SHARE_NUMBERED = 0.5, 0.5  # of the entries: found at least, chapters at most
FEWEST_SIGNED, FEWEST_ITEMS = 2, 2  # pieces under one entry
TITLE_LINES = 3
LONGEST_SIGNED_TITLE, LONGEST_ITEM_TITLE = 40, 60
MOST_OPEN = 24  # broken sentences, and blocks that may take them up
LAST_BLOCKS = 4  # of an article, where its source stands
NEAR_TITLE = 12  # blocks below a title that are surely its article's
MOST_AFTER_JUMP = 6  # blocks that may follow 接上页 before the page's own article goes on
EDITORS = re.compile(r"(?:^|[\[【(〔])\s*(?:本文|特约|本期)?(?:责任编辑|责编|编辑)\s*[:/]\s*[^。!?;]{1,24}[\]】)〕]?\s*$")
CAME_FROM = re.compile(r"^[(〔\[【]?\s*(?:本文)?(?:摘自|摘编自|节选自|选自|转自|转载自|原载|据|均据)于?\s*《")
TURN = re.compile(r"[(〔\[]\s*(?:下转|转下|转第|接下)\s*第?\s*\d{0,3}\s*[页版]?\s*[)〕\]]\s*$")
CONTINUED = re.compile(r"^[(〔\[]\s*(?:上接|接上|接第)\s*第?\s*\d{0,3}\s*[页版]?\s*[)〕\]]")
ITEM = re.compile(r"^[◆●■◇▲★◎○□]")
END_NOTE = re.compile(r"^[(〔\[]\s*(?:作者|供稿|本文|摘)")
NOTE = re.compile(r"^[(（〔\[【].*[)）〕\]】]$")
NAMED_END = re.compile(r"^[(（〔]([^()（）]{2,20})[)）〕]$")


@dataclass(slots=True)
class _Article:
    """A section being made: which blocks are its own."""

    title: str
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    pages: str = ""
    title_places: tuple[int, ...] = ()
    byline_places: tuple[int, ...] = ()
    places: list[int] = field(default_factory=list)


def issue_sections(text: str, blocks: Sequence[Block], *, cut: bool) -> Structured | None:
    """The articles of an issue as sections. None when the text is no issue.

    cut: furniture is told apart and cut paragraphs are joined; else the format has done so, and an issue is known by its authors too.
    """
    if not any(block.kind == "contents" for block in blocks):
        return None
    pieces = [Piece(text, block) for block in blocks]
    contents = _contents(pieces)
    entries = entries_of(line for place in contents for line in pieces[place].text.split("\n"))
    if len(entries) < FEWEST_ENTRIES or _is_book(entries):
        return None
    placed = place_entries(entries, pieces)
    if len(placed) < max(FEWEST_ARTICLES, SHARE_FOUND * len(entries)):
        return None
    if not cut and sum(bool(one.authors) for one in placed) < FEWEST_SIGNED:
        return None  # a report has a contents page too
    colophon = colophon_places(text, [Fragment(piece.block, piece.text) for piece in pieces])
    articles = _articles(text, placed, entries, pieces, contents, colophon)
    articles = [part for article in articles for part in _parts(text, article, pieces)]
    _follow_jumps(articles, pieces, text)
    return _assembled(text, pieces, articles, placed, cut=cut)


def _contents(pieces: Sequence[Piece]) -> range:
    places = [place for place, piece in enumerate(pieces) if piece.block.kind == "contents"]
    return range(places[0], places[-1] + 1)


def _is_book(entries: Sequence[Entry]) -> bool:
    return sum(bool(NUMBERED_HEADING.match(entry.words[0].text)) for entry in entries) > SHARE_NUMBERED * len(entries)


def _articles(
    text: str,
    placed: Sequence[Placed],
    entries: Sequence[Entry],
    pieces: Sequence[Piece],
    contents: range,
    colophon: frozenset[int],
) -> list[_Article]:
    """One article for each placed entry, with its blocks, in the order of the text."""
    articles = []
    owned: dict[int, list[int]] = {number: [] for number in range(len(placed))}
    early = _with_byline_before(placed[0], 0)  # where the article's text begins, at its title or above it
    orphans: list[int] = []  # text with an editor's mark of its own and no title
    for number, (one, following) in enumerate(zip(placed, [*placed[1:], None], strict=True)):
        before_contents = one.first < contents.start < (following.first if following else len(pieces))
        limit = contents.start if before_contents else following.first if following else len(pieces)
        limit = min((place for place in colophon if one.last < place < limit), default=limit)
        marks = _editors_marks(pieces, one, limit)
        end = marks[0] + 1 if marks else limit
        if orphans and following and not marks and not any(_is_end_note(pieces[place]) for place in range(one.last + 1, limit)):
            owned[number] += orphans
            end = _split(pieces, orphans, one, following)
            marks = [end - 1]
        owned[number] += range(early, end)
        orphans = []
        if not following:
            break
        early = following.first
        if marks and not before_contents:
            taken_up = _taken_up(text, pieces, owned[number], range(marks[-1] + 1, limit))
            owned[number] += taken_up
            rest = range(taken_up[-1] + 1 if taken_up else marks[-1] + 1, limit)
            early = rest.start if any(pieces[place].is_prose and not _is_under_a_picture(pieces, place) for place in rest) else limit
            if len(marks) > 1:
                orphans = list(range(marks[0] + 1, marks[-1] + 1))
        early = min(early, _with_byline_before(following, end if marks else one.last + 1))
        owned[number] = [place for place in owned[number] if place < early]
    for number, one in enumerate(placed):
        authors, bylines = (one.authors, one.byline_places) if one.authors else _signed_below(pieces, one)
        article = _Article(one.title, one.subtitle, authors, _pages(one.entry, entries), one.title_places, bylines)
        article.places = sorted({place for place in owned[number] if place not in contents and place not in colophon})
        articles.append(article)
    return articles


def _taken_up(text: str, pieces: Sequence[Piece], own: Sequence[int], after: Sequence[int]) -> list[int]:
    """The blocks after an article's end that take up its broken sentences: columns that came out after the editor's mark."""
    open_ends = [pieces[place].text for place in own if pieces[place].is_prose and breaks_off(pieces[place].text)][-MOST_OPEN:]
    last = -1
    for place in after[:MOST_OPEN]:
        if pieces[place].is_prose and any(goes_on_in(end, pieces[place].text, text.__contains__) for end in open_ends):
            last = place
            open_ends.append(pieces[place].text)
    return [place for place in after if place <= last]


def _is_under_a_picture(pieces: Sequence[Piece], place: int) -> bool:
    """Whether a short block stands right above a credit (□…/摄): the words of a caption, not of an article."""
    below = pieces[place + 1 : place + 2]
    return bool(below) and below[0].block.kind == "caption" and len(pieces[place].text) <= LONGEST_CAPTION


def _is_end_note(piece: Piece) -> bool:
    return bool(END_NOTE.match(fold(piece.text[:20])))


def _split(pieces: Sequence[Piece], orphans: Sequence[int], one: Placed, following: Placed) -> int:
    """Where the text of the next article, whose title stands further down, begins: by the words that each shares with what is sure."""
    between = range(one.last + 1, following.first)
    own = _words(pieces, [*orphans, *[place for place in between if pieces[place].is_prose][:1]])
    other = _words(pieces, range(following.first, min(len(pieces), following.last + 1 + NEAR_TITLE)))
    words = [_words(pieces, [place]) if pieces[place].is_prose else set() for place in between]
    leanings = [len(of_block & own - other) - len(of_block & other - own) for of_block in words]
    best = max(range(len(leanings) + 1), key=lambda cut: (sum(leanings[:cut]) - sum(leanings[cut:]), -cut), default=0)
    return between.start + best


def _words(pieces: Sequence[Piece], places: Sequence[int]) -> set[str]:
    """Runs of four characters."""
    return {pieces[place].text[at : at + 4] for place in places for at in range(len(pieces[place].text) - 3)}


def _with_byline_before(one: Placed, lowest: int) -> int:
    """Where the title with a byline above it begins."""
    first = one.first
    while first - 1 >= lowest and first - 1 in one.byline_places:
        first -= 1
    return first


def _editors_marks(pieces: Sequence[Piece], one: Placed, limit: int) -> list[int]:
    """The blocks below the title that end with an editor's mark, once there has been something to edit."""
    marks, read = [], 0
    for place in range(one.last + 1, limit):
        read += pieces[place].is_prose or pieces[place].block.kind == "caption"
        if read and EDITORS.search(fold(pieces[place].text[-60:])):
            marks.append(place)
    return marks


def _signed_below(pieces: Sequence[Piece], one: Placed) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The names that stand alone right below a title that the contents page gives no author for."""
    place = one.last + 1
    if place + 1 < len(pieces) and pieces[place + 1].is_prose and (names := byline_names(pieces[place].text)):
        return names, (place,)
    return (), ()


def _pages(entry: Entry, entries: Sequence[Entry]) -> str:
    """From the entry's page to the one before the next entry's; the contents page says no more."""
    later = min((other.number for other in entries if other.number > entry.number), default=entry.number + 1)
    return entry.page if later - 1 <= entry.number else f"{entry.page}-{later - 1}"


def _parts(text: str, article: _Article, pieces: Sequence[Piece]) -> list[_Article]:
    """The article, or what remains of it and the pieces that its entry stands for."""
    body = [place for place in article.places if place > max(article.title_places)]
    starts = _items(text, sorted({*body, *article.title_places}), pieces) or _signed(article, body, pieces)
    if not starts:
        return [article]
    before = [place for place in article.places if place < min(starts[0].title_places)]
    own = replace(article, places=before)
    for one, following in zip(starts, [*starts[1:], None], strict=True):
        end = min(following.title_places) if following else max(article.places) + 1
        one.places = [place for place in article.places if min(one.title_places) <= place < end]
        one.pages = article.pages
        if not one.authors and (found := _named_end(one.places, pieces)):
            one.authors, one.byline_places = found
    return [*([own] if before else []), *starts]


def _items(text: str, body: Sequence[int], pieces: Sequence[Piece]) -> list[_Article]:
    """The items of a digest, each below a line with the same ornament."""
    starts: list[_Article] = []
    for place in body:
        line = pieces[place].text
        is_title = ITEM.match(line) and len(line) <= LONGEST_ITEM_TITLE and not ends_sentence(line)
        if not is_title or pieces[place].block.kind in ("caption", "byline"):
            continue
        lines = [place]
        while len(lines) < TITLE_LINES and lines[-1] + 1 in body and _goes_with(text, pieces[lines[-1]], pieces[lines[-1] + 1]):
            lines.append(lines[-1] + 1)
        title = "".join(pieces[line].text.strip() for line in lines)
        starts.append(_Article(" ".join(title[1:].split()), title_places=tuple(lines)))
    return starts if len(starts) >= FEWEST_ITEMS and len({pieces[min(one.title_places)].text[0] for one in starts}) == 1 else []


def _goes_with(text: str, piece: Piece, following: Piece) -> bool:
    """Whether a title goes on in the very next line."""
    if text.count("\n", piece.block.spans[-1].end, following.block.spans[0].start) != 1 or len(following.text) > LONGEST_SIGNED_TITLE:
        return False
    return not following.is_prose and not ITEM.match(following.text) and not re.search("[，,。；;]", following.text)


def _signed(article: _Article, body: Sequence[int], pieces: Sequence[Piece]) -> list[_Article]:
    """The pieces of a column, each with a title, a byline and running text."""
    starts: list[_Article] = []
    for place in body:
        names = byline_names(pieces[place].text)
        if not names or place in article.byline_places or place + 1 not in body or not pieces[place + 1].is_prose:
            continue
        first = place
        while place - first < TITLE_LINES and first - 1 in body and _could_be_title(pieces[first - 1]):
            first -= 1
        if first < place:
            title = " ".join(" ".join(pieces[line].text for line in range(first, place)).split())
            starts.append(_Article(title, authors=names, title_places=tuple(range(first, place)), byline_places=(place,)))
    return starts if len(starts) >= FEWEST_SIGNED else []


def _could_be_title(piece: Piece) -> bool:
    short = len(piece.text) <= LONGEST_SIGNED_TITLE and not piece.is_prose and not ends_sentence(piece.text)
    return short and piece.block.kind in ("heading", "paragraph") and not NOTE.match(piece.text) and not byline_names(piece.text)


def _named_end(places: Sequence[int], pieces: Sequence[Piece]) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
    """The author of an item, in brackets below it."""
    for place in reversed(places[-3:]):
        found = NAMED_END.match(pieces[place].text)
        words = [word for word in BETWEEN.split(found[1].strip()) if word] if found else []
        if words and all(map(name_like, words)):
            return names_of(words), (place,)
    return None


def _follow_jumps(articles: Sequence[_Article], pieces: Sequence[Piece], text: str) -> None:
    """Gives what follows 接上页 to the article that 转下页 broke off."""
    owner = {place: article for article in articles for place in article.places}
    broken_off: _Article | None = None
    for place, piece in enumerate(pieces):
        article = owner.get(place)
        if article is None:
            continue
        if broken_off and broken_off is not article and CONTINUED.match(fold(piece.text[:20])):
            for moved in _continued(place, article, pieces, text):
                article.places.remove(moved)
                broken_off.places.append(moved)
                owner[moved] = broken_off
            broken_off = None
        elif TURN.search(fold(piece.text[-20:])):
            broken_off = article


def _continued(place: int, host: _Article, pieces: Sequence[Piece], text: str) -> list[int]:
    """The blocks of the jump: to its sentence end, and on to where the host's cut sentence is taken up again."""

    def claim(tail: str, later: int) -> float:
        return claim_of(tail, pieces[later].text, text.__contains__) if tail else -math.inf

    before = [earlier for earlier in host.places if earlier < place]
    waiting = pieces[before[-1]].text if before and breaks_off(pieces[before[-1]].text) else ""
    moved = [place]
    after = [later for later in host.places if later > place][:MOST_AFTER_JUMP]
    while after and breaks_off(pieces[moved[-1]].text) and after[0] not in host.title_places:
        if claim(waiting, after[0]) > claim(pieces[moved[-1]].text, after[0]):
            return moved
        moved.append(after.pop(0))
    claims = [claim(waiting, later) for later in after]
    return moved + after[: claims.index(max(claims))] if max(claims, default=-math.inf) >= LEAST_APART else moved


def _assembled(text: str, pieces: Sequence[Piece], articles: Sequence[_Article], placed: Sequence[Placed], *, cut: bool) -> Structured:
    """Blocks and sections from what was found."""
    kinds: dict[int, BlockKind] = {}
    section_ids: dict[int, str] = {}
    disorder = set()  # sections whose text begins before their title: columns out of order
    found = [article for article in sorted(articles, key=lambda one: min(one.places, default=0)) if article.places]
    for number, article in enumerate(found, start=1):
        places = sorted(article.places)
        section_ids |= dict.fromkeys(places, f"s{number}")
        kinds |= {place: "byline" for place in places if NOTE.match(pieces[place].text.strip()) and _is_end_note(pieces[place])}
        kinds |= {place: "heading" for place in article.title_places if place in article.places}
        kinds |= {place: "byline" for place in article.byline_places if place in article.places}
        if any(place < min(article.title_places) and pieces[place].is_prose for place in places):
            disorder.add(f"s{number}")
    fragments = [
        Fragment(replace(piece.block, kind=kinds.get(place, piece.block.kind), section_id=section_ids.get(place, "")), piece.text)
        for place, piece in enumerate(pieces)
    ]
    spans = section_spans(fragment.block for fragment in fragments)
    sections = tuple(
        Section(
            f"s{number}",
            article.title,
            article.subtitle,
            article.authors,
            reprinted_from=came_from([pieces[place] for place in sorted(article.places)]),
            pages=article.pages,
            spans=spans[f"s{number}"],
        )
        for number, article in enumerate(found, start=1)
    )
    if not cut:
        return Structured(tuple(fragment.block for fragment in with_colophons(text, fragments)), sections)
    titles = {place for article in articles for place in article.title_places}
    numbered = {pieces[one.first].block.spans[0].start: one.entry.number for one in placed}
    told_apart = paged(with_furniture(text, fragments, titles, placed), numbered)
    return Structured(tuple(joined(text, told_apart, disorder)), sections)


def came_from(pieces: Sequence[Piece]) -> str:
    """The source that a line at an article's end names: 摘自《…》."""
    for piece in reversed(pieces[-LAST_BLOCKS:]):
        line = piece.text.strip()
        if len(line) <= 40 and CAME_FROM.match(fold(line)) and (found := re.search(r"《([^《》]{2,30})》", line)):
            return found[1]
    return ""
