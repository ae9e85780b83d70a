"""A query that asks two things, taken apart by rule, and the answers to its parts put together again.

    甲和乙分别建于哪一年            甲建于哪一年 · 乙建于哪一年          also 各, 各自; 甲的长和宽分别 is 甲的长, 甲的宽
    甲和乙，面积各是多少            甲面积是多少 · 乙面积是多少          also 甲和乙最早各建于何时
    《甲》的作者和《乙》的作者是谁  《甲》的作者是谁 · 《乙》的作者是谁  also 《甲》和《乙》的作者是谁
    甲和乙哪个更高                  甲有多高 · 乙有多高                  also 早, 晚, 长, 大 …, 哪个的人口更多, 谁人口多, 哪个创刊更早
    甲是谁写的，什么时候出版        甲是谁写的 · 甲什么时候出版          the second names nothing of its own: `following`

Where the coordination is not clear the query stays whole: a verb or a preposition among the things that are
coordinated, two kinds of conjunction (甲与乙和丙), a second thing that may be part of the first one's name (清溪站东台和西台),
甲和乙建于哪一年, where 甲和乙 may be one thing. Nothing inside 《》 or quotation marks is looked at. A query whose second half needs
the answer to the first (《甲》的作者是哪里人) is for `bridging`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import TypeVar

from embeddings.folding import fold
from qa.answering.following import completed
from qa.answering.short_answers import aligned_fold
from qa.answering.words import words_of
from qa.records import Answer, Citation, Span, Statement, Turn

T = TypeVar("T")

MOST_PARTS = 3
_LONGEST = 80  # characters of a query that is taken apart: a story is not
ASKS = fold("什么|谁|哪|多少|(?<![那这好])几|何时|何地|何人|何处|为何|为什么|如何|怎|多[高长大重远深宽久]")
_HIDDEN = re.compile('《[^《》]*》|“[^“”]*”|「[^「」]*」|『[^『』]*』|"[^"]*"')
MASK = "甲"  # stands for what is inside 《》 or quotation marks: no conjunction, no verb
_EACH_WORD = rf"{fold('分别')}|{fold('各自')}|{fold('各')}(?![{fold('种类国地位方省级界县区市校个式项处族派路家大执')}])"
_EACH = (  # what is spoken of, and at last what of it: 甲和乙，面积各是多少
    re.compile(rf"(?P<things>[^，,。；;？?]{{3,40}}?)[，,]?(?P<about>)(?P<each>{_EACH_WORD})(?P<rest>.+)"),
    re.compile(rf"(?P<things>[^，,。；;？?]{{3,40}})[，,](?P<about>[^，,。；;？?]{{1,8}}?)(?P<each>{_EACH_WORD})(?P<rest>.+)"),
)
_AND = frozenset(fold("和 与 及 跟 、 以及").split())
_SAME_HEAD = re.compile(
    rf"(?P<one>[^，,。；;？?、]{{1,20}}?)的(?P<head>[^的，,。；;？?、]{{1,8}})[{fold('和与及')}](?P<other>[^，,。；;？?、的]{{1,20}})的(?P=head)(?P<rest>.+)"
)
_TITLES = re.compile(rf"(?P<one>{MASK}+)[{fold('和与及')}](?P<other>{MASK}+)(?P<rest>.*)")
_COMPARED = {fold(key): fold(asked) for key, asked in zip("高长大重远深宽久早先晚迟多少", "高长大重远深宽久时时时时少少", strict=True)}
_COMPARISON = re.compile(
    rf"(?P<one>[^，,。；;？?、]{{1,20}}?)[{fold('和与跟')}](?P<other>[^，,。；;？?、]{{1,20}}?)(?:{fold('相?比')})?[，,]?"
    rf"(?:{fold('哪')}一?[{fold('个座条部本家位种者')}]|{fold('谁')})(?:的?(?P<of>[^的，,。；;？?{fold('更较')}]{{1,6}}))??"
    rf"(?P<more>[{fold('更较')}]?)(?P<how>[{''.join(_COMPARED)}])(?P<rest>[^，,。；;？?]{{0,8}})[？?]?"
)
_VERBAL = re.compile(f"[{fold('在从把被给向对都')}]")
_LONGEST_NAME = 9  # characters of a thing that may be a name though its words are tagged as something else
_COMMENT = ("t", "d", "f")  # tags of what begins a comment on things: 现在, 本来, 以前
_OF_BOTH = re.compile(fold("(?<!的)(?:老家|籍贯|面积|人口|总部|家里|原名|本名|全长|高度|年龄|价格|最.{1,2})$"))
_COMPARES = re.compile(fold("[更较]"))
_ASKS_AT_ONCE = re.compile(rf"[{fold('又是在由有于叫')}]{{0,2}}(?:{ASKS})")
_CLAUSES = re.compile(r"(?P<one>[^，,。；;？?]{4,40})[，,；;？?](?P<other>[^，,。；;？?]{2,20})[？?]?")
_COMMON = ("n", "vn", "b", "f", "a", "m", "q", "s")
_NAMES = ("nr", "ns", "nt", "nz", "eng")
_NOMINAL = (*_COMMON, *_NAMES, "j", "t", "l", "i", "uj", "x", "k", "h", "ng", "g")


def parts_of(query: str) -> tuple[str, ...]:
    """The queries that it is made of, in order, each complete; () for one that asks a single thing, or not clearly two."""
    asked = query.strip()
    folded = aligned_fold(asked)
    if len(folded) > _LONGEST or not re.search(ASKS, folded):
        return ()
    hidden = masked(folded)
    for rule in (_each_of, _with_same_head, _of_titles, _compared, _clauses):
        parts = rule(asked, hidden)
        if parts:
            return tuple(parts) if len(parts) <= MOST_PARTS else ()
    return ()


def masked(folded: str) -> str:
    """The query with MASK for every character inside 《》 or quotation marks, and for these."""
    return _HIDDEN.sub(lambda match: MASK * len(match[0]), folded)


def joined(query: str, searched_as: str, answers: Sequence[Answer]) -> Answer:
    """The answers to a query's parts as one: their statements, each with its part, in the parts' order, their citations numbered anew.

    answers: at least one of them answers; the parts of the others are named in `Answer.unanswered`.
    """
    given = [answer for answer in answers if answer.status == "answered"]
    silent = [answer for answer in answers if answer.status == "no_evidence"]
    statements: list[Statement] = []
    citations: dict[tuple[str, tuple[Span, ...]], Citation] = {}
    for answer in given:
        markers = {}
        for citation in answer.citations:
            key = (citation.passage_id, citation.spans)
            citations.setdefault(key, replace(citation, marker=len(citations) + 1))
            markers[citation.marker] = citations[key].marker
        statements += (_of_part(statement, answer.searched_as, markers) for statement in answer.statements)
    cited = {citation.passage_id for citation in citations.values()}
    hits = _in_turn([answer.hits for answer in answers], lambda hit: hit.passage.passage_id)
    also_read = _in_turn([answer.also_read for answer in answers], lambda citation: citation.passage_id)
    most_read = max(len(answer.also_read) for answer in answers)
    return replace(
        given[0],
        query=query,
        searched_as=searched_as,
        statements=tuple(statements),
        citations=tuple(citations.values()),
        hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)),
        also_read=tuple(one for one in also_read if one.passage_id not in cited)[:most_read],
        confidence=min(answer.confidence for answer in given),
        unanswered=tuple(answer.searched_as for answer in silent),
        unseen=tuple(dict.fromkeys(word for answer in silent or given for word in answer.unseen)),
    )


def _of_part(statement: Statement, part: str, markers: Mapping[int, int]) -> Statement:
    return replace(
        statement,
        markers=tuple(markers[marker] for marker in statement.markers),
        differs_from=tuple(markers[marker] for marker in statement.differs_from),
        antecedents=tuple(replace(one, marker=markers[one.marker]) for one in statement.antecedents),
        part=part,
    )


def _in_turn(lists: Sequence[Sequence[T]], key: Callable[[T], str]) -> list[T]:
    """The first of each list, then the second of each, and so on; what has the same key as another comes once."""
    found: dict[str, T] = {}
    for item in chain.from_iterable(zip_longest(*lists)):
        if item is not None:
            found.setdefault(key(item), item)
    return list(found.values())


def _each_of(asked: str, hidden: str) -> list[str]:
    matches = (match for pattern in _EACH if (match := pattern.search(hidden)))
    return next(filter(None, (_each_of_match(asked, match) for match in matches)), [])


def _each_of_match(asked: str, match: re.Match[str]) -> list[str]:
    hidden = match.string
    start, end = match.span("things")
    if not re.search(ASKS, match["rest"]) or re.search(ASKS, hidden[start : match.start("each")]):
        return []
    conjunctions = _conjunctions_between(hidden, start, end)
    if not conjunctions or len({hidden[slice(*span)] for span in conjunctions} - {"、"}) > 1:
        return []
    edges = [start, *(edge for span in conjunctions for edge in span), end]
    places = [slice(one, other) for one, other in zip(edges[::2], edges[1::2], strict=True)]
    last = places[-1]
    places[-1] = slice(last.start, last.start + _name_end(hidden[places[0]], hidden[last]))
    comment = asked[places[-1].stop : end] + asked[slice(*match.span("about"))]
    if fold("都") in fold(comment) or any(one.start >= one.stop or not _is_thing(hidden[one]) for one in places):
        return []
    things = _completed([asked[one] for one in places], [hidden[one] for one in places])
    return [f"{asked[:start]}{thing}{comment}{asked[match.end('each') :]}" for thing in things]


def _conjunctions_between(hidden: str, start: int, end: int) -> list[tuple[int, int]]:
    """The conjunctions inside what 分别 or 各 speaks of; where no word is one, the only character that may be: 尚元王和尚清王."""
    found = [span for span in _conjunctions(hidden) if start < span[0] and span[1] < end]
    alone = [place for place in range(start + 2, end - 2) if hidden[place] in _AND]
    return found or ([(alone[0], alone[0] + 1)] if len(alone) == 1 else [])


def _name_end(first: str, last: str) -> int:
    """Where in the last thing its name ends and a comment on all of them begins: 乙站 of 乙站月台 after 甲站, 乙 of 乙现在."""
    for size in (3, 2):
        at = last.rfind(first[-size:])
        if at > 0 and len(first) > size and not last[at + size :].startswith("的"):
            return at + size
    words = words_of(last)
    begin = next((n for n, word in enumerate(words) if n and word.tag in _COMMENT), 0)
    if begin > 1 and words[begin].tag == "f" and words[begin - 1].tag.startswith("v"):
        begin -= 1  # 被贬后, 死后
    of_both = _OF_BOTH.search(last)
    end = words[begin].start if begin else of_both.start() if of_both else 0
    return end if 1 < end < len(last) - 1 and MASK not in last[end:] else len(last)


def _is_thing(masked: str) -> bool:
    """Nominal, or a short name whose characters the dictionary takes for something else."""
    pieces = masked.split("的")
    return all(_is_nominal(piece) or (len(piece) <= _LONGEST_NAME and not _VERBAL.search(piece)) for piece in pieces)


def _completed(things: list[str], masked: list[str]) -> list[str]:
    """Each thing with what it shares with its neighbours: 长 of 甲的长和宽, 作者 of 甲和乙的作者. [] where that is not clear."""
    owner, _, _ = masked[0].rpartition("的")
    if owner and not any("的" in other for other in masked[1:]):
        shared = things[0][: len(owner) + 1]
        own = [all(word.tag.startswith(_COMMON) for word in words_of(other)) and MASK not in other for other in masked[1:]]
        return [things[0], *((f"{shared}{thing}" if common else thing) for thing, common in zip(things[1:], own, strict=True))]
    _, of, head = masked[-1].rpartition("的")
    if of and any(word.tag.startswith(("m", "q")) for word in words_of(head)):
        return []  # 甲乙所管的四个村: one thing of four
    if of and not any("的" in other for other in masked[:-1]):
        return [*(f"{thing}的{things[-1][-len(head) :]}" for thing in things[:-1]), things[-1]]
    named = [MASK in other or any(word.tag.startswith(_NAMES) for word in words_of(other)) for other in masked]
    alike = all(abs(len(other) - len(masked[0])) <= 1 for other in masked)
    return things if all(named[1:]) or alike else []


def _with_same_head(asked: str, hidden: str) -> list[str]:
    match = _SAME_HEAD.fullmatch(hidden)
    if (
        not match
        or match.end("head") not in dict(_conjunctions(hidden))
        or not re.search(ASKS, match["rest"])
        or not _is_nominal(match["one"])
        or not _is_nominal(match["other"])
    ):
        return []
    rest = f"的{asked[match.start('head') : match.end('head')]}{asked[match.start('rest') :]}"
    return [f"{asked[slice(*match.span(name))]}{rest}" for name in ("one", "other")]


def _of_titles(asked: str, hidden: str) -> list[str]:
    match = _TITLES.fullmatch(hidden)
    if not match or not re.search(ASKS, match["rest"]) or not match["rest"].startswith("的") or asked[0] != "《":
        return []
    return [f"{asked[slice(*match.span(name))]}{asked[match.start('rest') :]}" for name in ("one", "other")]


def _compared(asked: str, hidden: str) -> list[str]:
    match = _COMPARISON.fullmatch(hidden)
    if not match or match.end("one") not in dict(_conjunctions(hidden)) or not _is_thing(match["one"]) or not _is_thing(match["other"]):
        return []
    of = asked[slice(*match.span("of"))] if match["of"] else ""
    measure, rest = _COMPARED[match["how"]], asked[slice(*match.span("rest"))]
    if (rest and of) or not (match["more"] or of):
        return []  # 哪个大学, 谁高
    if measure == fold("时"):
        question = f"什么时候{of}的" if of else f"是什么时候{rest}"
    else:
        question = f"{'的' if of else ''}{of}有多{measure}" if not rest else ""
    return [f"{asked[slice(*match.span(name))]}{question}？" for name in ("one", "other")] if question else []


def _clauses(asked: str, hidden: str) -> list[str]:
    match = _CLAUSES.fullmatch(hidden)
    if not match or not re.search(ASKS, match["one"]) or not _ASKS_AT_ONCE.match(match["other"]) or _COMPARES.search(match["other"]):
        return []
    one, other = (asked[slice(*match.span(name))] for name in ("one", "other"))
    whole = completed(other, [Turn(one)])
    return [f"{one}？", f"{whole}？"] if whole != other else []


def _conjunctions(hidden: str) -> list[tuple[int, int]]:
    """Where conjunctions stand as words of their own: not in 共和镇."""
    return [(word.start, word.end) for word in words_of(hidden) if word.text in _AND]


def _is_nominal(masked: str) -> bool:
    """Whether nothing but nouns, names and what describes them stands there."""
    return all(word.tag.startswith(_NOMINAL) or MASK in word.text for word in words_of(masked))
