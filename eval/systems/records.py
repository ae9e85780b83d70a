"""What any system gives to a query, in words that need no library of ours: places in named documents, claims with quotes.

A document goes by its path inside the set's folder, so that two systems that read the same folder can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.gold import Query
from qa.records import Span


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of a document, in code points."""

    document: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What a claim is cited with."""

    document: str
    text: str
    spans: tuple[Span, ...] = ()  # where it stands; () when the system does not say: then it is looked for


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer."""

    text: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What one system gave to one query."""

    query_id: str
    hits: tuple[Place, ...]  # best first
    answers: bool = False  # whether the system answers at all; False: it only finds, and the measures of answers do not apply
    refused: bool = False
    reason: str = ""  # of the refusal, in the system's words
    claims: tuple[Claim, ...] = ()  # shown; none when refused
    withheld: str = ""  # the statement it would have made, had it not refused
    short_answer: str = ""
    confidence: float | None = None  # 0..1 that the first claim answers the query; None where the system gives none
    unproved: tuple[str, ...] | None = None  # what the originals do not confirm of its evidence bundle; None where it makes no bundles
    ms: float = 0.0  # wall time; 0 when it was not measured


class System(Protocol):
    """Whatever finds or answers."""

    @property
    def name(self) -> str: ...

    def respond(self, queries: Sequence[Query]) -> Iterator[Response]:
        """One response for each query, in order; lazily, so that a run can be stopped and go on."""
