"""The queries that went worst, and each of them put so that a person can judge it.

Not handled: a system that was given wrong gold; the reader is meant to see that here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.measures import CUTOFFS, IN_ANY, IN_FIRST, IN_HITS, MRR
from eval.results import QueryResult

WORST = 50
LONGEST = 800  # characters shown of one text; a case is read, not archived: the queries file has everything


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text, an accepted answer or not."""

    text: str
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One query that went wrong, as the page shows it."""

    number: int  # from 1
    query_id: str
    text: str
    verdict: str  # what went wrong, in a few words
    without_evidence: bool  # answered though the documents hold no answer
    answers: tuple[str, ...]
    answerable: bool
    gold_at: str
    gold: tuple[Piece, ...]
    gold_rank: str
    said: tuple[Piece, ...]  # () when nothing was shown
    reason: str  # of the refusal; "" when there was none
    withheld: tuple[Piece, ...]
    short_answer: str
    first_hit_in: str  # the document of the first hit
    first_hit: tuple[Piece, ...]
    confidence: str
    slices: tuple[str, ...]
    made_from: str


def worst_cases(queries: Iterable[QueryResult], most: int = WORST) -> list[QueryResult]:
    """At most so many queries that went wrong, worst first.

    First what was answered without evidence, the surest first, but no more than fill half of the places while answerable queries want
    them: a set with many unanswerable queries would show nothing else. Then the answerable ones by reciprocal rank of the gold, by
    whether any statement held an answer, shown before refused, and the surest first.
    """
    wrong = sorted(filter(_went_wrong, queries), key=_badness)
    without = [query for query in wrong if not query.answerable]
    others = wrong[len(without) :]
    return [*without[: max(most - len(others), (most + 1) // 2)], *others][:most]


def _went_wrong(query: QueryResult) -> bool:
    if not query.answerable:
        return not query.refused and bool(query.first_statement)
    return _nearness(query) < 1 or query.score(IN_FIRST) not in (None, 1.0)


def _badness(query: QueryResult) -> tuple[bool, float, float, bool, float, str]:
    contained = query.score(IN_ANY)
    return (
        query.answerable,
        _nearness(query),
        1.0 if contained is None else contained,
        query.refused,
        -(query.confidence or 0.0),
        query.query_id,
    )


def _nearness(query: QueryResult) -> float:
    """The reciprocal rank; where no gold place is known, of the smallest cutoff whose hits hold an answer; 1 where nothing was judged."""
    rank = query.score(MRR)
    if rank is not None:
        return rank
    held = [query.score(f"{IN_HITS}{k}") for k in CUTOFFS]
    if all(value is None for value in held):
        return 1.0
    return next((1 / k for k, value in zip(CUTOFFS, held, strict=True) if value), 0.0)


def cases(queries: Iterable[QueryResult], most: int = WORST) -> tuple[Case, ...]:
    """The worst cases as the page shows them."""
    return tuple(_case(number, query) for number, query in enumerate(worst_cases(queries, most), 1))


def _case(number: int, query: QueryResult) -> Case:
    def shown(text: str) -> tuple[Piece, ...]:
        return pieces(cut(text, LONGEST), query.answers)

    document, _, beginning = query.first_hit.partition(": ")
    return Case(
        number=number,
        query_id=query.query_id,
        text=cut(query.text, LONGEST),
        verdict=_verdict(query),
        without_evidence=not query.answerable,
        answers=tuple(cut(answer, LONGEST) for answer in query.answers),
        answerable=query.answerable,
        gold_at=query.gold_at,
        gold=shown(query.gold_text),
        gold_rank=_rank(query),
        said=shown(query.first_statement),
        reason=(query.reason.replace("_", " ") or "no reason given") if query.refused else "",
        withheld=shown(query.withheld),
        short_answer=cut(query.short_answer, LONGEST),
        first_hit_in=cut(document, LONGEST),
        first_hit=shown(beginning),
        confidence="" if query.confidence is None else f"{query.confidence:.3f}",
        slices=query.slices,
        made_from=query.made_from,
    )


def _verdict(query: QueryResult) -> str:
    if not query.answerable:
        return "answered without evidence"
    return "; ".join(filter(None, (_said(query), _found(query))))


def _said(query: QueryResult) -> str:
    if query.score(IN_FIRST) is None:
        return "refused" if query.refused else ""  # a system that only finds, or a query without an accepted answer
    if query.refused:
        return "refused, though what it withheld was right" if query.right else "refused"
    return "answered rightly" if query.score(IN_FIRST) else "answered wrongly"


def _found(query: QueryResult) -> str:
    if query.gold_rank:
        return "gold found first" if query.gold_rank == 1 else f"gold at rank {query.gold_rank}"
    if query.score(MRR) is not None:
        return "gold not found"
    return "" if _nearness(query) else "no answer in the hits"


def _rank(query: QueryResult) -> str:
    if query.gold_rank:
        return str(query.gold_rank)
    return "not among the first ten" if query.score(MRR) is not None else ""


def pieces(text: str, answers: Sequence[str]) -> tuple[Piece, ...]:
    """The text cut where accepted answers of at least two characters stand in it, letter for letter; of two at one place, the longer."""
    wanted = sorted({answer for answer in answers if len(answer) > 1}, key=lambda answer: (-len(answer), answer))
    if not wanted:
        return (Piece(text, False),) if text else ()
    parts = re.split(f"({'|'.join(map(re.escape, wanted))})", text)
    return tuple(Piece(part, place % 2 == 1) for place, part in enumerate(parts) if part)


def cut(text: str, most: int) -> str:
    """The text, ended by … where it is longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
