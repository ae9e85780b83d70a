"""Queries that need two documents, written for Chuchu on passages that name the same thing.

In two steps ("step"): what one passage names by a role or relation is asked about, and another tells (东端和甲铁路相接的铁路何时开工). In
two parts ("parts"): one query about the subjects of both. A language model wrote them with both passages before it, and did not see what
Chuchu answers; that each answer stands at its place is checked. `two_places.jsonl` holds queries and places, no text of a passage.
Those on CMRC 2018 dev and DRCD dev are measured; those on CMRC train are for choosing. Not handled: that another document answers too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.datasets.files import read_text
from eval.datasets.records import DatasetError, Draft, DraftGold
from eval.datasets.squad import Paragraph, known_paragraphs

TWO_PLACES = Path(__file__).with_name("two_places.jsonl")


def two_places_drafts(data: Path, files: Collection[str], name: str) -> tuple[Draft, ...]:
    """The queries on passages of these files; what the second place says is the answer, what the first says must be said besides.

    name: of the set. DatasetError: the data folder lacks a file, or a place lies outside its passage.
    """
    passages = {file: known_paragraphs(data, file) for file in files}
    lines = [(f"{TWO_PLACES.name}, line {n}", json.loads(line)) for n, line in enumerate(read_text(TWO_PLACES).splitlines(), 1)]
    return tuple(_draft(line, passages, origin, name) for origin, line in lines if line["first"]["of"] in files)


def _draft(line: Mapping[str, Any], passages: Mapping[str, Sequence[Paragraph]], origin: str, name: str) -> Draft:
    first, second = (_place(line[place], passages, origin) for place in ("first", "second"))
    return Draft(
        query_id=line["id"],
        text=line["query"],
        answers=(second.quote,),
        answerable=True,
        gold=(second, first),
        origin=origin,
        slices=(f"set: {name}", f"kind: {line['kind']}"),
        also=((first.quote,),),
    )


def _place(place: Mapping[str, Any], passages: Mapping[str, Sequence[Paragraph]], origin: str) -> DraftGold:
    passage = passages[place["of"]][place["document"]]
    quote = passage.context[place["start"] : place["end"]]
    if not 0 <= place["start"] < place["end"] <= len(passage.context):
        raise DatasetError(f"{origin}: {place['start']} to {place['end']} lies outside {passage.document}")
    return DraftGold(passage.document, quote, place["start"])
