"""CAIL 2019: questions on court documents, a part of them unanswerable, each answered by three readers.

SQuAD form (`squad`), with is_impossible as the words "true" and "false". Something may be trained on documents 1-700, so what is measured
is asked of documents 701-1000; those are all criminal cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eval.datasets.records import Draft
from eval.datasets.squad import Paragraph, is_impossible, not_squad, squad_gold

YES_NO = ("YES", "NO")  # answers that are no stretch of the text
UNTOUCHED = range(701, 1001)  # case ids that nothing may be trained on


def cail_untouched(paragraphs: Iterable[Paragraph]) -> tuple[Paragraph, ...]:
    """Those of documents 701-1000; on the others something may have been trained."""
    return tuple(paragraph for paragraph in paragraphs if int(paragraph.item["caseid"]) in UNTOUCHED)


def cail_drafts(paragraphs: Iterable[Paragraph], name: str, *, slices: tuple[str, ...] = ()) -> tuple[Draft, ...]:
    """The questions of CAIL 2019, each asked of its own document alone, with slices of their domain, whether they can be answered, and how.

    An unanswerable question keeps none of the texts that some of its three readers wrote down. YES and NO are answers without a place:
    no quotation holds them, and the measures of places do not apply. A reader's empty answer is left out.
    """
    try:
        return tuple(_cail_draft(paragraph, question, name, slices) for paragraph in paragraphs for question in paragraph.questions)
    except (TypeError, KeyError, AttributeError) as error:
        raise not_squad(name, error) from error


def _cail_draft(paragraph: Paragraph, question: Mapping[str, Any], name: str, slices: tuple[str, ...]) -> Draft:
    answerable = not is_impossible(question)
    given = [answer for answer in question["answers"] if answer["text"].strip()] if answerable else []
    stretches = [answer for answer in given if answer["text"] not in YES_NO]
    how = [f"answer: {'a stretch of the text' if stretches else 'yes or no'}"] if answerable else []
    return Draft(
        query_id=question["id"],
        text=question["question"],
        answers=tuple(dict.fromkeys(answer["text"] for answer in given)),
        answerable=answerable,
        gold=squad_gold(paragraph, stretches),
        origin=f"{name} ({question['id']})",
        context="document",
        among=(paragraph.document,),
        slices=(*slices, f"domain: {paragraph.item['domain']}", f"answerable: {'yes' if answerable else 'no'}", *how),
    )
