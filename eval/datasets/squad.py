"""Sets in the form of SQuAD: passages, each with the questions that were written from it. CMRC 2018, DRCD, ExpMRC, CAIL 2019.

A passage is one document, named by its number in the file: "cmrc2018_dev/00012.txt".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.datasets.files import check_counts, present, read_text
from eval.datasets.records import Article, DatasetError, Draft, DraftGold


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A passage of a SQuAD-form file."""

    document: str  # path of its document
    context: str
    questions: tuple[Mapping[str, Any], ...]
    item: Mapping[str, Any]  # the fields of the entry it belongs to, such as "title" or "caseid"


def squad_paragraphs(path: Path) -> tuple[Paragraph, ...]:
    """The passages of a file, compressed with xz or not, in order. DatasetError: not of SQuAD form."""
    stem = path.name.partition(".")[0]
    found: list[Paragraph] = []
    try:
        for item in json.loads(read_text(path))["data"]:
            about = {key: value for key, value in item.items() if key != "paragraphs"}
            for paragraph in item["paragraphs"]:
                found.append(Paragraph(f"{stem}/{len(found):05}.txt", paragraph["context"], tuple(paragraph["qas"]), about))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise not_squad(path.name, error) from error
    return tuple(found)


def known_paragraphs(data: Path, name: str) -> tuple[Paragraph, ...]:
    """The same of a known file of the data folder, version and counts checked."""
    paragraphs = squad_paragraphs(present(data, name))
    questions = [question for paragraph in paragraphs for question in paragraph.questions]
    check_counts(name, documents=len(paragraphs), queries=len(questions), unanswerable=sum(map(is_impossible, questions)))
    return paragraphs


def squad_articles(paragraphs: Iterable[Paragraph]) -> Iterator[Article]:
    """The passages as documents."""
    return (Article(paragraph.document, paragraph.context) for paragraph in paragraphs)


def read_squad(path: Path, *, slices: tuple[str, ...] = ()) -> tuple[Draft, ...]:
    """The questions of a SQuAD-form file; see `squad_drafts`."""
    return squad_drafts(squad_paragraphs(path), path.name, slices=slices)


def squad_drafts(
    paragraphs: Iterable[Paragraph], name: str, *, slices: tuple[str, ...] = (), evidences: bool = False, given: bool = False
) -> tuple[Draft, ...]:
    """The questions of the passages of the file `name`. The answers state where they begin; `pin` checks it.

    Of several accepted answers, those that are not in the passage (CMRC dev has 200 that somebody reworded) are no gold. `evidences`:
    take over the evidence texts, which people have marked (in ExpMRC; those of CMRC train are machine-made). `given`: each query is asked
    of its own passage alone.
    """
    try:
        return tuple(
            Draft(
                query_id=question["id"],
                text=question["question"],
                answers=tuple(dict.fromkeys(answer["text"] for answer in question["answers"])),
                answerable=True,
                gold=squad_gold(paragraph, question["answers"]),
                origin=f"{name} ({question['id']})",
                context="document",
                slices=slices,
                evidences=tuple(dict.fromkeys(question["evidences"])) if evidences else (),
                among=(paragraph.document,) if given else (),
            )
            for paragraph in paragraphs
            for question in paragraph.questions
        )
    except (TypeError, KeyError) as error:
        raise not_squad(name, error) from error


def squad_gold(paragraph: Paragraph, answers: Sequence[Mapping[str, Any]]) -> tuple[DraftGold, ...]:
    """The answers as gold, where they stand in the passage; all of them, to be found out, where none does."""
    there = [answer for answer in answers if answer["text"] in paragraph.context] or answers
    return tuple(dict.fromkeys(DraftGold(paragraph.document, answer["text"], answer["answer_start"]) for answer in there))


def is_impossible(question: Mapping[str, Any]) -> bool:
    """Whether a question is marked as unanswerable; CAIL marks with the words "true" and "false"."""
    return str(question.get("is_impossible", "false")).lower() == "true"


def not_squad(name: str, error: Exception) -> DatasetError:
    """What to raise when the fields of a file are not those of the form."""
    return DatasetError(f"{name} is not of SQuAD form (data, paragraphs, context, qas): {error!r}")
