"""What an evaluation set is made of, before it is pinned to a library: judged queries, and the documents they are asked of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from qa.errors import ChuchuError

Context = Literal["paragraph", "document"]


class DatasetError(ChuchuError):
    """A data folder, a file or a line that cannot be used: which, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class DraftGold:
    """Gold as a file states it. Without `end`, every place of `quote`, or the one at `start` where that is right."""

    document: str  # path inside the ingested folder, with /
    quote: str = ""
    start: int = -1  # -1: not stated
    end: int = -1  # -1: not stated


@dataclass(frozen=True, slots=True)
class Draft:
    """A judged query before it is pinned.

    An answerable query may be without gold where a set names answers and not their place; then only the measures that look at the words of
    an answer apply.
    """

    query_id: str
    text: str
    answers: tuple[str, ...]  # accepted short answers, one is enough
    answerable: bool
    gold: tuple[DraftGold, ...]
    origin: str  # file and line, or file and id, for messages
    context: Context = "paragraph"
    slices: tuple[str, ...] = ()
    also: tuple[tuple[str, ...], ...] = ()  # what must be said besides one of `answers`: one of each of these
    evidences: tuple[str, ...] = ()  # accepted evidence texts, where people have marked them
    among: tuple[str, ...] = ()  # documents the query is asked of; () is the whole library
    without: tuple[str, ...] = ()  # documents that are hidden from the query, as if they had never been ingested
    made_from: str = ""  # id of the query of another set that this one rewords or converts

    def reworded(self, suffix: str, text: str, *slices: str) -> Draft:
        """The same query in other words or another script: same gold, its own id, slices added."""
        return replace(self, query_id=f"{self.query_id}{suffix}", text=text, made_from=self.query_id, slices=(*self.slices, *slices))


@dataclass(frozen=True, slots=True)
class Article:
    """A document that is written to a file before it is ingested."""

    path: str  # inside the folder, with /
    text: str


def _no_articles() -> Iterator[Article]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of one or more sets: a folder that is ingested in place, or articles that are written first."""

    name: str
    sha256: str  # of everything the documents come from
    folder: Path | None = None
    articles: Callable[[], Iterable[Article]] = _no_articles


@dataclass(frozen=True, slots=True)
class Dataset:
    """Judged queries and the corpus they are asked of."""

    name: str
    sha256: str  # of everything the queries were read from or made with
    drafts: tuple[Draft, ...]
    corpus: Corpus
    note: str = ""  # how it was made and what it cannot show, in plain sentences for the report


def first_queries(drafts: Sequence[Draft], limit: int) -> tuple[Draft, ...]:
    """At most `limit` queries of each first slice (of all, where there are no slices), spread evenly over the set."""
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.slices[:1], []).append(draft)
    return tuple(draft for group in groups.values() for draft in _spread(group, limit))


def _spread(group: list[Draft], limit: int) -> list[Draft]:
    return [group[i * len(group) // limit] for i in range(limit)] if len(group) > limit else group
