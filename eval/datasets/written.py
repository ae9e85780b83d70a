"""Queries written for Chuchu: some that a stretch of a document answers, some that it does not though it looks as if it might.

The documents are 2023 news, court documents of CAIL 2019 (1-700, each asked twice) and passages of CMRC 2018 train. An unanswerable query
asks for a kind of thing that the stretch has for something else: another year, another office, the date of another step. One answerable
query of three shares few words with the sentence that answers it. A language model wrote them with the stretch before it; that each answer
stands at its place is checked, the rest was read in samples. `written_queries.jsonl` holds queries and places, no text of a document, one
stretch a line. The reader and the refusal learn from most of them; which are kept from the reader says `eval/datasets/held_out.py`. Not
handled: that another document answers what the stretch does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.datasets.files import CAIL_DEV, CMRC_TRAIN, NEWS, read_text
from eval.datasets.news import news_articles
from eval.datasets.records import DatasetError, Draft, DraftGold
from eval.datasets.squad import Paragraph, is_impossible, known_paragraphs

WRITTEN = Path(__file__).with_name("written_queries.jsonl")


def written_paragraphs(data: Path) -> tuple[Paragraph, ...]:
    """The stretches with their queries, in SQuAD's form, each a document of its own; `item` tells where it is from.

    item: "of", the file's name; "path", the document's as its loader names it; "start", where the stretch begins in it; and what the
    document's own item has, such as "caseid".
    DatasetError: the data folder lacks a file, or an answer does not stand in its stretch.
    """
    lines = [json.loads(line) for line in read_text(WRITTEN).splitlines()]
    found: list[Paragraph] = []
    for name in (NEWS, CAIL_DEV, CMRC_TRAIN):
        documents = _documents(data, name, 1 + max((line["document"] for line in lines if line["of"] == name), default=-1))
        found += [_paragraph(line, documents[line["document"]]) for line in lines if line["of"] == name]
    return tuple(found)


def _documents(data: Path, name: str, count: int) -> Sequence[Paragraph]:
    """At least the first `count` documents of a file."""
    if name == NEWS:
        return [Paragraph(article.path, article.text, (), {}) for article in news_articles(data, count)]
    return known_paragraphs(data, name)


def _paragraph(line: Mapping[str, Any], document: Paragraph) -> Paragraph:
    text = document.context[line["start"] : line["end"]]
    stretch = document.document.removesuffix(".txt").replace("/", "-")
    questions = []
    for place, query in enumerate(line["queries"]):
        answers = [{"text": text[start:end], "answer_start": start} for start, end in query["answers"]]
        if not all(0 <= start < end <= len(text) for start, end in query["answers"]):
            raise DatasetError(f"{WRITTEN.name}: an answer to {query['query']} lies outside the stretch of {document.document}")
        impossible = "false" if answers else "true"
        questions.append({"id": f"{stretch}-{place}", "question": query["query"], "answers": answers, "is_impossible": impossible})
    item = {**document.item, "of": line["of"], "path": document.document, "start": line["start"]}
    return Paragraph(f"written/{stretch}.txt", text, tuple(questions), item)


def written_drafts(paragraphs: Iterable[Paragraph]) -> tuple[Draft, ...]:
    """The answerable queries, to be asked among the whole documents: an answer may stand there more often than in the stretch."""
    return tuple(
        _draft(paragraph, question, whole=True)
        for paragraph in paragraphs
        for question in paragraph.questions
        if not is_impossible(question)
    )


def written_drafts_given(paragraphs: Iterable[Paragraph]) -> tuple[Draft, ...]:
    """All queries, each asked of its stretch alone, with slices for where that is from and whether it answers."""
    return tuple(_draft(paragraph, question, whole=False) for paragraph in paragraphs for question in paragraph.questions)


def _draft(paragraph: Paragraph, question: Mapping[str, Any], *, whole: bool) -> Draft:
    document, start = (paragraph.item["path"], paragraph.item["start"]) if whole else (paragraph.document, 0)
    answerable = not is_impossible(question)
    return Draft(
        query_id=question["id"],
        text=question["question"],
        answers=tuple(dict.fromkeys(answer["text"] for answer in question["answers"])),
        answerable=answerable,
        gold=tuple(DraftGold(document, answer["text"], start + answer["answer_start"]) for answer in question["answers"]),
        origin=f"{WRITTEN.name} ({question['id']})",
        context="document",
        among=() if whole else (document,),
        slices=("set: written", f"of: {paragraph.item['of'].partition('.')[0]}", f"answerable: {'yes' if answerable else 'no'}"),
    )
