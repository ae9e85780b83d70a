"""A language model puts an answer into words, sentence by sentence, and nothing of it is shown that its evidence does not say.

    extractive answer, exhibits -> the model's words -> sentences -> check -> statements, or the extractive answer as it was

A model is asked only where quotations answer already, so it can neither refuse nor answer on its own. A sentence without evidence, with
evidence it was not given, or with anything that the evidence does not say is dropped, and the answer tells so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from qa.answering.checking import unsupported
from qa.answering.drafting import NOTHING, SYSTEM, Drafted, Exhibit, SentenceReader, prompt
from qa.errors import LanguageModelError
from qa.records import Answer, Dropped, ModelProblem, Statement

_LINK = re.compile(r"<[a-z!/]|\]\(|://|\b(?:javascript|data|mailto):|\bwww\.", re.IGNORECASE)
MOST_SENTENCES = 6  # that are looked at, shown or dropped: more is not what was asked for


class Model(Protocol):
    """What writes. `LanguageModel` is one."""

    @property
    def name(self) -> str:
        """What it is called."""

    def stream(self, system: str, user: str) -> Iterator[str]:
        """Its words as they come. LanguageModelError."""

    def within(self, characters: int, seconds: float) -> Model:
        """The same model, which may say so much and take so long."""


def holds_link(text: str) -> bool:
    """Whether the text holds a link or markup, or what a browser might take for one."""
    return bool(_LINK.search(text))


def in_words(answer: Answer, exhibits: Sequence[Exhibit], model: Model) -> Iterator[Statement | Answer]:
    """Each statement as soon as it has passed its check, then the whole answer.

    answer: the extractive one, which stands where nothing of the model's does. exhibits: what the model is given, each id once.
    """
    given = {item.evidence_id: item for item in exhibits}
    statements: list[Statement] = []
    dropped: list[Dropped] = []
    shown: dict[str, int] = {}  # evidence id -> its marker
    problem: ModelProblem = ""
    try:
        for drafted in _sentences(model, prompt(answer.searched_as, exhibits)):
            if drafted.text.strip("。.") == NOTHING:
                problem = "silent"
                break
            failure = _failure(drafted, given)
            if failure is not None:
                dropped.append(failure)
                continue
            for evidence_id in drafted.evidence_ids:
                shown.setdefault(evidence_id, len(shown) + 1)
            statements.append(_statement(drafted, given, shown))
            yield statements[-1]
    except LanguageModelError as error:
        problem = error.problem
    if not statements:
        reason = problem or "nothing held"
        yield from answer.statements
        yield replace(answer, dropped=(*answer.dropped, *dropped), model=model.name, model_problem=reason)
        return
    citations = tuple(replace(given[evidence_id].citation, marker=marker) for evidence_id, marker in shown.items())
    cited = {citation.passage_id for citation in citations}
    yield replace(
        answer,
        statements=tuple(statements),
        citations=citations,
        also_read=tuple(citation for citation in answer.also_read if citation.passage_id not in cited),
        dropped=(*answer.dropped, *dropped),
        model=model.name,
        model_problem=problem,
    )


def _sentences(model: Model, user: str) -> Iterator[Drafted]:
    """The first sentences of the model; one that broke off is left out."""
    reader = SentenceReader()
    count = 0
    for piece in model.stream(SYSTEM, user):
        for drafted in reader.feed(piece):
            yield drafted
            count += 1
            if count == MOST_SENTENCES:
                return
    yield from reader.finish()


def _failure(drafted: Drafted, given: Mapping[str, Exhibit]) -> Dropped | None:
    unknown = [evidence_id for evidence_id in drafted.evidence_ids if evidence_id not in given]
    if not drafted.evidence_ids:
        return Dropped(drafted.text, "it names no evidence", ("no evidence named",))
    if holds_link(drafted.text):
        return Dropped(drafted.text, "it holds a link or markup; links stand in the citations alone", ("link",))
    if unknown:
        return Dropped(drafted.text, f"it names evidence that it was not given: {', '.join(unknown)}", ("unknown evidence",))
    return unsupported(drafted.text, [given[evidence_id].citation.quote for evidence_id in drafted.evidence_ids])


def _statement(drafted: Drafted, given: Mapping[str, Exhibit], shown: Mapping[str, int]) -> Statement:
    quotes = [given[evidence_id].citation.quote for evidence_id in drafted.evidence_ids]
    markers = tuple(shown[evidence_id] for evidence_id in drafted.evidence_ids)
    return Statement(drafted.text, markers, "quoted" if drafted.text == "".join(quotes) else "supported")
