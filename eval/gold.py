"""Gold spans: where in the documents of a collection the evidence for each query stands.

Gold is a span of a document, never a passage, so it stays valid when passages change size. Not handled: a quote that a page break or a
caption interrupts; its pieces are given as two golds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from eval.collection import Collection
from eval.datasets.records import DatasetError, Draft, DraftGold
from eval.metrics.answers import squeeze
from qa.records import Document, Span


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A half-open place, in code points, in the text of a document of the collection."""

    document: str  # its name
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Query:
    """A judged query, pinned to a collection. Documents go by name; for the rest see `Draft`."""

    query_id: str
    text: str
    answers: tuple[str, ...]  # accepted short answers
    answerable: bool
    gold: tuple[GoldSpan, ...]  # empty when unanswerable, or when the set does not say where the answer stands
    context: tuple[GoldSpan, ...]  # the paragraphs that hold gold, or the whole document where a document is one paragraph
    slices: tuple[str, ...] = ()  # groups it is also reported in
    also: tuple[tuple[str, ...], ...] = ()
    evidences: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    made_from: str = ""


def pin(drafts: Iterable[Draft], collection: Collection) -> tuple[Query, ...]:
    """The queries with their gold as spans of the collection's documents. DatasetError: a document or a quote that is not there."""
    return tuple(_pinned(draft, collection) for draft in drafts)


def _pinned(draft: Draft, collection: Collection) -> Query:
    gold: dict[GoldSpan, None] = {}
    context: dict[GoldSpan, None] = {}
    for item in draft.gold:
        name = collection.find(item.document, draft.origin)
        document = collection.document(name)
        for span in _places(item, document.text, draft.origin):
            gold[GoldSpan(name, span.start, span.end)] = None
            around = [Span(0, len(document.text))] if draft.context == "document" else _paragraphs(document, span)
            context.update((GoldSpan(name, s.start, s.end), None) for s in around)
    return Query(
        query_id=draft.query_id,
        text=draft.text,
        answers=draft.answers,
        answerable=draft.answerable,
        gold=tuple(gold),
        context=tuple(context),
        slices=draft.slices,
        also=draft.also,
        evidences=draft.evidences,
        among=tuple(collection.find(path, draft.origin) for path in draft.among),
        without=tuple(collection.find(path, draft.origin) for path in draft.without),
        made_from=draft.made_from,
    )


def _places(gold: DraftGold, text: str, origin: str) -> list[Span]:
    """Where the gold stands. A stated start is checked, and given up for every place of the quote when it is wrong."""
    if gold.end >= 0:
        if gold.end > len(text) or (gold.quote and text[gold.start : gold.end] != gold.quote):
            raise DatasetError(f"{origin}: {gold.document} does not have the gold at {gold.start}-{gold.end}; give its quote alone")
        return [Span(gold.start, gold.end)]
    if gold.start >= 0 and text.startswith(gold.quote, gold.start):
        return [Span(gold.start, gold.start + len(gold.quote))]
    places = find_quote(text, gold.quote)
    if not places:
        raise DatasetError(f"{origin}: the quote {gold.quote!r} is not in {gold.document}; gold is copied from its document word for word")
    return places


def find_quote(text: str, quote: str) -> list[Span]:
    """Every place of the quote in the text, letter for letter; where there is none, every place but for white space and script."""
    exact = _occurrences(text, quote)
    if exact:
        return [Span(start, start + len(quote)) for start in exact]
    needle, _ = _squeezed(quote)
    haystack, origins = _squeezed(text)
    return [Span(origins[start], origins[start + len(needle) - 1] + 1) for start in _occurrences(haystack, needle)]


def _occurrences(text: str, part: str) -> list[int]:
    starts: list[int] = []
    at = text.find(part) if part else -1
    while at >= 0:
        starts.append(at)
        at = text.find(part, at + len(part))
    return starts


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The text folded character by character, without white space, and for each of its characters the place it comes from."""
    folded: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        for piece in _squeezed_character(character):
            folded.append(piece)
            origins.append(place)
    return "".join(folded), origins


_squeezed_character = cache(squeeze)  # a text has few different ones


def _paragraphs(document: Document, gold: Span) -> list[Span]:
    """The spans of the blocks that the gold lies in; the gold itself where no block holds it."""
    around = [span for block in document.blocks if any(span.overlap(gold) for span in block.spans) for span in block.spans]
    return around or [gold]
