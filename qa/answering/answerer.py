"""The straight line from hits to an answer: evidence, refuse or not, statements, citations.

Every statement is a quotation, unless a language model is there to put the answer into words; then each of its sentences is checked.
Earlier turns of a conversation are not looked at.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from qa.answering.citing import cite
from qa.answering.close_reading import read_closely
from qa.answering.drafting import exhibit, within_budget
from qa.answering.evidence import PASSAGES_READ, Evidence, best_first, find_evidence
from qa.answering.queries import Asked, TermWeights, matched_form, read_query, unseen_words
from qa.answering.reader.reading import shipped_reader
from qa.answering.refusing import probability, refusal_signals
from qa.answering.short_answers import aligned_fold, short_answer
from qa.answering.weights import Weights, shipped_weights
from qa.answering.writing import Model, in_words
from qa.records import Answer, Citation, Document, Hit, Reason, Span, Statement, Timing

MOST_STATEMENTS = 3
MOST_ALSO_READ = 3
SHORT_PASSAGE = 200  # characters: up to here "also read" shows the passage whole
LONGEST_JOINED = 200  # characters of a quotation of two sentences
_JOINED = 2.0  # a neighbour within these log odds is quoted too: on CMRC train 1 statement in 7, and 2 in 100 more hold the answer
_NEAR = 1.0  # a further statement's log odds may lie this far below the first's
_NEAR_WHEN_DIFFERENT = 2.0  # the same for one that gives another value: sources that disagree are shown
_MARKED = 0.02  # the least probability of a stretch the reader marks; on CMRC train the sentence is no better answer from there on
_SAME_MATTER = 0.1  # share of the query's weight that the passage of a differing source may lack beside the first's


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement before it has its marker."""

    evidence: Evidence
    span: Span  # in the passage's text: the sentence, or the sentence with its neighbour
    short_answer: Span | None  # in the span's text
    value: str  # what a pattern finds of the kind asked for, in matched form, "" for nothing: values of two sources can be compared
    differs: bool = False  # from the first draft

    @property
    def text(self) -> str:
        return self.evidence.hit.passage.text[self.span.start : self.span.end]


class Answerer:
    """Answers queries from hits. It holds no state between queries, so threads may share it."""

    def __init__(
        self,
        term_weights: TermWeights,
        document: Callable[[str, str], Document],
        *,
        weights: Weights | None = None,
        model: Model | None = None,
    ) -> None:
        """term_weights: terms to weights in 0..1, 1 for a term no passage holds. document: (doc_id, version) to the stored document.

        weights: None takes the shipped ones. model: puts answers into words; None leaves them quotations.
        """
        self._term_weights = term_weights
        self._document = document
        self._weights = weights or shipped_weights()
        self._reader = shipped_reader()
        self._model = model

    def answer(
        self,
        query: str,
        searched_as: str,
        hits: Sequence[Hit],
        *,
        library_empty: bool = False,
        timings: Sequence[Timing] = (),
        threshold: float | None = None,
    ) -> Answer:
        """The answer the hits give to the query; `stream` says what the arguments are."""
        *_, last = self.stream(query, searched_as, hits, library_empty=library_empty, timings=timings, threshold=threshold)
        assert isinstance(last, Answer)
        return last

    def stream(
        self,
        query: str,
        searched_as: str,
        hits: Sequence[Hit],
        *,
        library_empty: bool = False,
        timings: Sequence[Timing] = (),
        threshold: float | None = None,
    ) -> Iterator[Statement | Answer]:
        """The statements as they come about, then the whole answer.

        searched_as: the query as it was searched. timings: of the stages before this one. threshold: the confidence, 0..1, below which the
        query is refused; None takes the calibrated one.
        """
        watch = _Watch(timings)
        if not searched_as.strip():
            yield _no_evidence(query, searched_as, "query_empty", timings=watch.timings)
            return
        if library_empty or not hits:
            yield _no_evidence(query, searched_as, "library_empty" if library_empty else "nothing_matched", timings=watch.timings)
            return
        with watch.stage("evidence"):
            asked = read_query(searched_as, self._term_weights)
            read = hits[:PASSAGES_READ]
            documents = self._documents(read)
            contexts = [_context(documents[hit.passage.doc_id]) for hit in read]
            found = best_first(find_evidence(asked, read, contexts), self._weights.evidence)
        with watch.stage("reader"):
            evidence = read_closely(searched_as, found, self._reader, self._weights.reading)
        with watch.stage("refusal"):
            confidence = probability(refusal_signals(evidence), self._weights.refusal) if evidence else 0.0
            answers = bool(evidence) and confidence >= (self._weights.threshold if threshold is None else threshold)
        with watch.stage("citing"):
            drafts = _drafts(asked, evidence) if answers else []
            citations = tuple(_cited(draft.evidence, documents, draft.span, marker) for marker, draft in enumerate(drafts, start=1))
            cited = {citation.passage_id for citation in citations}
            also_read = tuple(
                cite(hit, documents[hit.passage.doc_id], span, 0)
                for hit, span in _nearest(evidence, read)
                if hit.passage.passage_id not in cited
            )[:MOST_ALSO_READ]
        if not drafts:
            refused = _no_evidence(query, searched_as, "too_weak", hits, also_read, watch.timings, confidence)
            yield replace(refused, unseen=_as_written(unseen_words(asked, self._term_weights), searched_as))
            return
        quotations = Answer(
            answer_id=_new_id(),
            query=query,
            searched_as=searched_as,
            status="answered",
            reason="",
            statements=tuple(
                Statement(draft.text, (marker,), "quoted", draft.short_answer, (1,) if draft.differs else ())
                for marker, draft in enumerate(drafts, start=1)
            ),
            citations=citations,
            hits=tuple(hits),
            also_read=also_read,
            timings=watch.timings,
            confidence=confidence,
        )
        if self._model is None:
            yield from quotations.statements
            yield quotations
            return
        with watch.stage("model"):
            exhibits = within_budget(exhibit(_cited(item, documents, _quoted_span(item, evidence), 0)) for item in evidence)
            for step in in_words(quotations, exhibits, self._model):
                if isinstance(step, Statement):
                    yield step
                else:
                    quotations = step
        yield replace(quotations, timings=watch.timings)

    def _documents(self, hits: Sequence[Hit]) -> dict[str, Document]:
        """The documents of the hits by doc_id, each read once; only one version of a document is ever searched."""
        versions = {hit.passage.doc_id: hit.passage.version for hit in hits}
        return {doc_id: self._document(doc_id, version) for doc_id, version in versions.items()}


def _cited(item: Evidence, documents: Mapping[str, Document], span: Span, marker: int) -> Citation:
    return cite(item.hit, documents[item.hit.passage.doc_id], span, marker)


def _as_written(words: Sequence[str], query: str) -> tuple[str, ...]:
    """Words in matched form as the query writes them; one that white space parts there is left out."""
    folded = aligned_fold(query)
    places = [(folded.find(word), len(word)) for word in words]
    return tuple(query[start : start + length] for start, length in places if start >= 0)


def _context(document: Document) -> str:
    return " ".join(filter(None, (document.title, document.issue, document.published)))


def quoted(evidence: Sequence[Evidence]) -> str:
    """What the first statement says; evidence best first and not empty."""
    span = _quoted_span(evidence[0], evidence)
    return evidence[0].hit.passage.text[span.start : span.end]


def _drafts(asked: Asked, evidence: Sequence[Evidence]) -> list[_Draft]:
    """At most three statements: the best evidence, then what comes near it or gives another value, each saying something of its own."""
    first, *others = evidence
    drafts = [_draft(asked, first, evidence)]
    for item in others:
        distance = first.score - item.score
        if len(drafts) == MOST_STATEMENTS or distance > _NEAR_WHEN_DIFFERENT:
            break
        draft = _draft(asked, item, evidence)
        differs = _other_value(drafts[0], draft)
        if (distance <= _NEAR or differs) and not any(_same(draft, other) for other in drafts):
            drafts.append(replace(draft, differs=differs))
    return drafts


def _draft(asked: Asked, item: Evidence, evidence: Sequence[Evidence]) -> _Draft:
    span = _quoted_span(item, evidence)
    quotation = item.hit.passage.text[span.start : span.end]
    value = short_answer(quotation, asked)
    marked = _marked(item, span) or value
    return _Draft(item, span, marked, matched_form(quotation[value.start : value.end]) if value else "")


def _marked(item: Evidence, span: Span) -> Span | None:
    """What the reader marks in the quotation, in its text; None where it has not read it or is not sure enough."""
    best = item.reading.best(span) if item.reading else None
    return Span(best[0].start - span.start, best[0].end - span.start) if best and best[1] >= _MARKED else None


def _quoted_span(item: Evidence, evidence: Sequence[Evidence]) -> Span:
    """The sentence, with the neighbour that comes near it in score or, when it points back (他, 该), with the one before."""
    before, after = _neighbours(item, evidence)
    near = [one for one in (before, after) if one and abs(item.score - one.score) <= _JOINED]
    pointed_at = [before] if before and item.feature("points_back") else []
    for neighbour in sorted(near, key=lambda one: -one.score)[:1] or pointed_at:
        joined = Span(min(item.span.start, neighbour.span.start), max(item.span.end, neighbour.span.end))
        if joined.end - joined.start <= LONGEST_JOINED:
            return joined
    return item.span


def _neighbours(item: Evidence, evidence: Sequence[Evidence]) -> tuple[Evidence | None, Evidence | None]:
    """The sentences before and after it in its passage."""
    same = [one for one in evidence if one.hit is item.hit]
    before = max((one for one in same if one.span < item.span), key=lambda one: one.span, default=None)
    after = min((one for one in same if one.span > item.span), key=lambda one: one.span, default=None)
    return before, after


def _same(draft: _Draft, other: _Draft) -> bool:
    """Whether one says no more than the other: the same words after folding, one inside the other, or overlapping places."""
    one, two = matched_form(draft.text), matched_form(other.text)
    same_passage = draft.evidence.hit.passage.passage_id == other.evidence.hit.passage.passage_id
    return one in two or two in one or (same_passage and draft.span.overlap(other.span) > 0)


def _other_value(first: _Draft, draft: _Draft) -> bool:
    """Whether another document, whose passage holds as much of the query, gives another short answer of the same kind.

    A copy is no other witness, whatever it gives.
    """
    one, two = first.value, draft.value
    hit, passage = first.evidence.hit, draft.evidence.hit.passage
    other_witness = hit.passage.doc_id != passage.doc_id and passage.passage_id not in hit.copies
    same_matter = draft.evidence.feature("passage") >= first.evidence.feature("passage") - _SAME_MATTER
    return bool(one and two) and other_witness and same_matter and one not in two and two not in one


def _nearest(evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Iterator[tuple[Hit, Span]]:
    """Each hit with its best sentence, or with the whole passage where that is short."""
    best: dict[str, Span] = {}
    for item in evidence:
        best.setdefault(item.hit.passage.passage_id, item.span)
    for hit in hits:
        whole = Span(0, len(hit.passage.text))
        short = whole.end <= SHORT_PASSAGE
        if short or hit.passage.passage_id in best:
            yield hit, whole if short else best[hit.passage.passage_id]


def _no_evidence(
    query: str,
    searched_as: str,
    reason: Reason,
    hits: Sequence[Hit] = (),
    also_read: tuple[Citation, ...] = (),
    timings: tuple[Timing, ...] = (),
    confidence: float = 0.0,
) -> Answer:
    return Answer(
        answer_id=_new_id(),
        query=query,
        searched_as=searched_as,
        status="no_evidence",
        reason=reason,
        hits=tuple(hits),
        also_read=also_read,
        timings=timings,
        confidence=confidence,
    )


def _new_id() -> str:
    return uuid.uuid4().hex[:16]


class _Watch:
    """Wall time of each stage, after those of the stages before."""

    def __init__(self, timings: Sequence[Timing]) -> None:
        self.timings = tuple(timings)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.timings = (*self.timings, Timing(name, (time.perf_counter() - start) * 1000))
