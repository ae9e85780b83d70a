"""Our own assistant as a system among others: `Assistant.ask` and `Assistant.search`, in the words of `eval.systems.records`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from eval.collection import Collection
from eval.gold import Query
from eval.measures import DEPTH
from eval.proving import Prover
from eval.systems.records import Claim, Place, Quote, Response
from qa.answering.answerer import Answerer
from qa.assistant import Assistant
from qa.records import Answer, Filters, Hit
from qa.search.retriever import prepare_query

NAME = "chuchu"


class Chuchu:
    """Asks the assistant each query. answers: also let it answer; else it only searches."""

    name = NAME

    def __init__(self, assistant: Assistant, collection: Collection, *, answers: bool = True) -> None:
        self._assistant = assistant
        self._never_refusing = Answerer(assistant.retriever.term_weights, assistant.library.document, wrong_at_most=1.0)
        self._collection = collection
        self._answers = answers
        self._prover = Prover(assistant.library)

    def respond(self, queries: Sequence[Query]) -> Iterator[Response]:
        """One response for each query, in order."""
        for query in queries:
            yield self._responded(query) if self._answers else self._found(query)

    def _found(self, query: Query) -> Response:
        before = time.perf_counter()
        hits = self._hits(query)
        return Response(query.query_id, self._places(hits), ms=_since(before))

    def _responded(self, query: Query) -> Response:
        before = time.perf_counter()
        answer = self._asked(query)
        ms = _since(before)
        first = answer.statements[0] if answer.statements else None
        return Response(
            query_id=query.query_id,
            hits=self._places(answer.hits[:DEPTH]),
            answers=True,
            refused=answer.status == "no_evidence",
            reason=answer.reason,
            claims=self._claims(answer),
            withheld=self._withheld(query, answer),
            short_answer=first.text[first.short_answers[0].start : first.short_answers[-1].end] if first and first.short_answers else "",
            confidence=round(answer.confidence, 6),  # the digits behind are the processor's
            unproved=self._prover.unproved(answer),
            ms=ms,
        )

    def _asked(self, query: Query) -> Answer:
        if not query.without:
            return self._assistant.ask(query.text, filters=self._filters(query))
        return self._assistant.answerer.answer(query.text, prepare_query(query.text), self._hits(query))

    def _hits(self, query: Query) -> list[Hit]:
        """The first hits, those of hidden documents passed over."""
        hidden = {self._collection.doc_id(name) for name in query.without}
        deeper = sum(len(self._collection.passages(name)) for name in query.without)
        hits = self._assistant.search(query.text, k=DEPTH + deeper, filters=self._filters(query))
        return [hit for hit in hits if hit.passage.doc_id not in hidden][:DEPTH]

    def _filters(self, query: Query) -> Filters:
        return Filters(documents=tuple(self._collection.doc_id(name) for name in query.among))

    def _withheld(self, query: Query, answer: Answer) -> str:
        """The first statement that would have been shown if nothing were refused; "" when the query was answered, or nothing was read."""
        if answer.status == "answered" or not answer.hits:
            return ""
        drafted = self._never_refusing.answer(query.text, answer.searched_as, answer.hits)
        return drafted.statements[0].text if drafted.statements else ""

    def _claims(self, answer: Answer) -> tuple[Claim, ...]:
        quotes = {
            citation.marker: Quote(self._collection.name(citation.doc_id), citation.quote, citation.spans) for citation in answer.citations
        }
        return tuple(Claim(statement.text, tuple(quotes[marker] for marker in statement.markers)) for statement in answer.statements)

    def _places(self, hits: Sequence[Hit]) -> tuple[Place, ...]:
        return tuple(Place(self._collection.name(hit.passage.doc_id), hit.passage.spans) for hit in hits)


def _since(before: float) -> float:
    return 1000 * (time.perf_counter() - before)
