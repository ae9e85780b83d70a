"""Whether a place that a system found holds the gold of a query.

A place is relevant when it overlaps a gold span (at least half of the gold lies in it, or half of it in the gold), or when it holds,
elsewhere, the same sentence: a reprint is as good as the article. The rule needs no passages, so systems that cut documents differently
are measured alike. Sentences are widened to 20 characters before they are looked for elsewhere, so that "1998年。" is not a witness.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eval.collection import Collection
from eval.gold import GoldSpan, Query
from eval.metrics.answers import squeeze
from eval.metrics.retrieval import relevant_passages
from eval.systems.files import docid
from eval.systems.records import Place
from qa.records import text_at

WITNESS = 20  # characters, without white space, that a sentence has at least before it is looked for elsewhere
_SENTENCE = re.compile(r"[^。！？!?\n]*(?:[。！？!?]+[”』」）)]*|\n|$)")


@dataclass(frozen=True, slots=True)
class Judged:
    """The hits of one query as ids, best first."""

    relevant: tuple[str, ...]  # the passages of ours that hold gold: what there is to be found
    ranked: tuple[str, ...]  # each hit; one that holds gold goes by a passage of `relevant` that no hit before it has found, if any
    holds_gold: tuple[bool, ...]
    in_context: tuple[bool, ...]
    found: tuple[str, ...]  # the hits that hold gold, under their own ids


class Judge:
    """Judges places in the documents of one collection; remembers what it has read."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._squeezed = lru_cache(maxsize=50_000)(self._squeeze)

    def judge(self, query: Query, hits: Sequence[Place]) -> Judged:
        """Every hit against the gold of the query."""
        witnesses = self.witnesses(query.gold)
        units = self.units(query.gold)
        holds_gold = tuple(self._holds_gold(place, query.gold, units, witnesses) for place in hits)
        in_context = tuple(held or _touches(place, query.context) for place, held in zip(hits, holds_gold, strict=True))
        ids = {docid(unit): unit for unit in units}
        found = tuple(docid(place) for place, held in zip(hits, holds_gold, strict=True) if held)
        return Judged(tuple(ids), tuple(_counted_once(hits, holds_gold, ids)), holds_gold, in_context, found)

    def units(self, gold: Iterable[GoldSpan]) -> tuple[Place, ...]:
        """The passages of our own library that hold gold, as `relevant_passages` defines it; of equal texts one, and always some."""
        units: dict[str, Place] = {}
        for place in gold:
            passages = {passage.passage_id: passage for passage in self._collection.passages(place.document)}
            found = relevant_passages({key: passage.spans for key, passage in passages.items()}, place.span)
            for key in sorted(found):
                unit = Place(place.document, passages[key].spans)
                units.setdefault(self._squeezed(unit), unit)
        return tuple(units.values())

    def witnesses(self, gold: Iterable[GoldSpan]) -> tuple[str, ...]:
        """The sentences that hold gold, squeezed, each at least 20 characters where its document has so many."""
        return tuple(dict.fromkeys(squeeze(self._witness(place)) for place in gold))

    def text(self, place: Place) -> str:
        """What stands at a place."""
        return text_at(self._collection.document(place.document).text, place.spans)

    def _squeeze(self, place: Place) -> str:
        return squeeze(self.text(place))

    def _witness(self, place: GoldSpan) -> str:
        text = self._collection.document(place.document).text
        ends = [match.end() for match in _SENTENCE.finditer(text)]
        starts = [0, *ends]
        first = max(number for number, start in enumerate(starts) if start <= place.start)
        last = next((number for number, end in enumerate(ends) if end >= place.end), len(ends) - 1)
        while True:
            found = text[starts[first] : ends[last]]
            if len(squeeze(found)) >= WITNESS or (first == 0 and last == len(ends) - 1):
                return found
            first, last = max(0, first - 1), min(len(ends) - 1, last + 1)

    def _holds_gold(self, place: Place, gold: Sequence[GoldSpan], units: Sequence[Place], witnesses: Sequence[str]) -> bool:
        if place in units or any(_overlaps_by_half(place, span) for span in gold):
            return True
        return any(len(witness) >= WITNESS and witness in self._squeezed(place) for witness in witnesses)


def _counted_once(hits: Sequence[Place], holds_gold: Sequence[bool], units: dict[str, Place]) -> Iterable[str]:
    left = dict(units)
    for place, held in zip(hits, holds_gold, strict=True):
        unit = _unit_of(place, left) if held else None
        if unit is not None:
            del left[unit]
        yield unit or (f"{docid(place)} again" if held else docid(place))


def _unit_of(place: Place, left: dict[str, Place]) -> str | None:
    """The passage that a hit with gold finds: itself, else one that it overlaps, else, for a reprint, the first that is left."""
    own = docid(place)
    if own in left:
        return own
    return next((key for key, unit in left.items() if _overlap(place, unit)), next(iter(left), None))


def _overlap(one: Place, other: Place) -> bool:
    return one.document == other.document and any(a.overlap(b) for a in one.spans for b in other.spans)


def _overlaps_by_half(place: Place, gold: GoldSpan) -> bool:
    if place.document != gold.document:
        return False
    overlap = sum(span.overlap(gold.span) for span in place.spans)
    return bool(overlap) and 2 * overlap >= min(gold.end - gold.start, sum(span.end - span.start for span in place.spans))


def _touches(place: Place, context: Iterable[GoldSpan]) -> bool:
    return any(place.document == around.document and any(span.overlap(around.span) for span in place.spans) for around in context)
