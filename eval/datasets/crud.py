"""CRUD-RAG's questions with short answers about single news articles, all written by a machine.

Which article a question was written from is not given, only that it is somewhere in the news. Not handled: questions that cannot stand
alone ("how many took part in this event?"); they are asked like the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.files import CRUD, check_counts, present, read_text
from eval.datasets.records import DatasetError, Draft

CANNOT_BE_TOLD = "无法推断"  # the machine's answer where its article is silent
SHORT = 20  # characters


@dataclass(frozen=True, slots=True)
class Crud:
    """The questions that can be asked, and how many items and pairs were left out."""

    drafts: tuple[Draft, ...]
    unpaired: int  # items whose numbers of questions and answers differ
    untold: int  # pairs whose answer is that it cannot be told


def known_crud(data: Path, *, slices: tuple[str, ...] = ()) -> Crud:
    """The questions of the data folder, version and counts checked."""
    path = present(data, CRUD)
    try:
        items = json.loads(read_text(path))
        check_counts(CRUD, items=len(items))
        return _crud(items, slices)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f"{CRUD} is not of CRUD's form (id to question, answers): {error!r}") from error


def _crud(items: dict[str, dict[str, list[str]]], slices: tuple[str, ...]) -> Crud:
    drafts: list[Draft] = []
    unpaired = untold = 0
    for key, item in items.items():
        if len(item["question"]) != len(item["answers"]):
            unpaired += 1
            continue
        for number, (question, answer) in enumerate(zip(item["question"], item["answers"], strict=True)):
            if CANNOT_BE_TOLD in answer:
                untold += 1
                continue
            query_id = f"crud-{key}-{number}"
            drafts.append(
                Draft(query_id, question, (answer,), True, (), f"{CRUD} ({query_id})", slices=(*slices, f"answer: {_length(answer)}"))
            )
    return Crud(tuple(drafts), unpaired, untold)


def _length(answer: str) -> str:
    if len(answer) == 1:
        return "one character"
    return f"2-{SHORT} characters" if len(answer) <= SHORT else "longer"
