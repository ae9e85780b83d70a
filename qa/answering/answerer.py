"""The straight line from hits to an answer: evidence, refuse or not, statements, citations.

Every statement is a quotation, unless a language model is there to put the answer into words; then each of its sentences is checked.
A query made of several is answered part by part; what a quotation's pronouns stand for is named beside it where that is certain.
Earlier turns of a conversation are not looked at.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from qa.answering.answer_types import type_of
from qa.answering.antecedents import named_in
from qa.answering.citing import cite, document_spans
from qa.answering.close_reading import read_closely
from qa.answering.completing import completed, lists
from qa.answering.drafting import Exhibit, exhibit, within_budget
from qa.answering.evidence import PASSAGES_READ, Evidence, best_first, find_evidence
from qa.answering.finding import Found, Setting
from qa.answering.parting import joined
from qa.answering.queries import Asked, TermWeights, is_echo, matched_form, read_query, unseen_words
from qa.answering.reader.reading import shipped_reader
from qa.answering.refusing import probability, refusal_signals
from qa.answering.short_answers import aligned_fold, short_answer
from qa.answering.weights import Weights, shipped_weights
from qa.answering.writing import Model, in_words
from qa.records import Answer, AnswerType, Antecedent, Citation, Document, Hit, Reason, Span, Statement, Timing, text_at

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
    span: Span  # in the passage's text: the sentence, or the sentence with those beside it that belong to the answer
    short_answers: tuple[Span, ...]  # in the span's text
    answer_type: AnswerType | None
    value: str  # what a pattern finds of the kind asked for, in matched form, "" for nothing: values of two sources can be compared
    differs: bool = False  # from the first draft

    @property
    def text(self) -> str:
        return self.evidence.hit.passage.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class _Quotations:
    """The quotations that answer a query or a part of one, and what a model would be given to put them into words."""

    answer: Answer  # without its timings
    evidence: Sequence[Evidence] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)


class Answerer:
    """Answers queries from hits. It holds no state between queries, so threads may share it."""

    def __init__(
        self,
        term_weights: TermWeights,
        document: Callable[[str, str], Document],
        *,
        weights: Weights | None = None,
        model: Model | None = None,
        wrong_at_most: float | None = None,
    ) -> None:
        """term_weights: terms to weights in 0..1, 1 for a term no passage holds. document: (doc_id, version) to the stored document.

        weights: None takes the shipped ones. model: puts answers into words; None leaves them quotations. wrong_at_most: the probability,
        0..1, of being wrong up to which an answer is given; None: the one that the weights were calibrated with.
        """
        self._term_weights = term_weights
        self._document = document
        self._weights = weights or shipped_weights()
        self._threshold = self._weights.threshold if wrong_at_most is None else 1 - wrong_at_most
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
    ) -> Answer:
        """The answer the hits give to the query; `stream` says what the arguments are."""
        *_, last = self.stream(query, searched_as, hits, library_empty=library_empty, timings=timings)
        assert isinstance(last, Answer)
        return last

    def quotations(self, query: str, hits: Sequence[Hit]) -> Answer:
        """The answer as quotations, whether or not there is a model."""
        return self._quotations(query, query, hits, _Watch(())).answer

    def stream(
        self,
        query: str,
        searched_as: str,
        hits: Sequence[Hit],
        *,
        library_empty: bool = False,
        parts: Sequence[tuple[str, Sequence[Hit]]] = (),
        timings: Sequence[Timing] = (),
    ) -> Iterator[Statement | Answer]:
        """The statements as they come about, then the whole answer.

        searched_as: the query as it was searched. parts: the queries it is made of (`parting`), each with its hits; where none of them is
        answered the query is answered whole. timings: of the stages before this one.
        """
        watch = _Watch(timings)
        found = [self._quotations(query, part, hits_of_part, watch) for part, hits_of_part in parts]
        if any(one.answer.status == "answered" for one in found):
            yield from self._worded(found, joined(query, searched_as, [one.answer for one in found]), watch)
            return
        whole = self._quotations(query, searched_as, hits, watch, library_empty=library_empty)
        yield from self._worded([whole], whole.answer, watch)

    def _quotations(
        self,
        query: str,
        searched_as: str,
        hits: Sequence[Hit],
        watch: _Watch,
        *,
        library_empty: bool = False,
    ) -> _Quotations:
        """The quotations that answer, or none."""
        if not searched_as.strip():
            return _Quotations(_no_evidence(query, searched_as, "query_empty"))
        if library_empty or not hits:
            return _Quotations(_no_evidence(query, searched_as, "library_empty" if library_empty else "nothing_matched"))
        with watch.stage("evidence"):
            asked = read_query(searched_as, self._term_weights)
            read = hits[:PASSAGES_READ]
            documents = self._documents(read)
            contexts = [_context(documents[hit.passage.doc_id]) for hit in read]
            found = best_first(find_evidence(asked, read, contexts), self._weights.evidence)
        with watch.stage("reader"):
            evidence = read_closely(searched_as, asked, found, self._reader, self._weights.reading)
        with watch.stage("refusal"):
            confidence = probability(refusal_signals(evidence), self._weights.refusal) if evidence else 0.0
            answers = bool(evidence) and confidence >= self._threshold
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
            refused = _no_evidence(query, searched_as, "too_weak", hits, also_read, confidence)
            return _Quotations(self._with_unseen(refused, asked))
        quotations = Answer(
            answer_id=_new_id(),
            query=query,
            searched_as=searched_as,
            status="answered",
            reason="",
            statements=tuple(_statement(draft, marker) for marker, draft in enumerate(drafts, start=1)),
            citations=citations,
            hits=tuple(hits),
            also_read=also_read,
            confidence=confidence,
        )
        return _Quotations(quotations if quotations.is_sure else self._with_unseen(quotations, asked), evidence, documents)

    def _with_unseen(self, answer: Answer, asked: Asked) -> Answer:
        return replace(answer, unseen=_as_written(unseen_words(asked, self._term_weights), answer.searched_as))

    def _worded(self, found: Sequence[_Quotations], quotations: Answer, watch: _Watch) -> Iterator[Statement | Answer]:
        """The quotations as they are, or as the model words them."""
        if self._model is None or quotations.status == "no_evidence":
            yield from quotations.statements
            yield replace(quotations, timings=watch.timings)
            return
        with watch.stage("model"):
            for step in in_words(quotations, within_budget(_exhibits(found)), self._model):
                if isinstance(step, Statement):
                    yield step
                else:
                    quotations = step
        yield replace(quotations, timings=watch.timings)

    def _documents(self, hits: Sequence[Hit]) -> dict[str, Document]:
        """The documents of the hits by doc_id, each read once; only one version of a document is ever searched."""
        versions = {hit.passage.doc_id: hit.passage.version for hit in hits}
        return {doc_id: self._document(doc_id, version) for doc_id, version in versions.items()}


def _exhibits(found: Sequence[_Quotations]) -> Iterator[Exhibit]:
    """What a model may be given: the best evidence of each part of the query, then the next best, and so on.

    A sentence that points back comes with the one before: what the pronoun stands for must be among the model's words.
    """
    for of_each in zip_longest(*(((item, one) for item in one.evidence) for one in found)):
        for item, one in filter(None, of_each):
            yield exhibit(_cited(item, one.documents, _quoted_span(item, one.evidence, named=False), 0))


def _statement(draft: _Draft, marker: int) -> Statement:
    differs_from = (1,) if draft.differs else ()
    antecedents = _antecedents(draft, marker)
    return Statement(draft.text, (marker,), "quoted", draft.short_answers, differs_from, draft.answer_type, antecedents)


def _antecedents(draft: _Draft, marker: int) -> tuple[Antecedent, ...]:
    """What the quotation's pronouns stand for, where that is certain."""
    passage, start = draft.evidence.hit.passage, draft.span.start
    return tuple(
        Antecedent(
            span=Span(named.pronoun.start - start, named.pronoun.end - start),
            words=passage.text[named.antecedent.start : named.antecedent.end],
            marker=marker,
            spans=document_spans(passage, named.antecedent),
        )
        for named in named_in(passage.text, draft.span)
    )


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
    text, span = item.hit.passage.text, _quoted_span(item, evidence)
    found = short_answer(text[span.start : span.end], asked)
    value = Span(found.start + span.start, found.end + span.start) if found else None
    marked = _marked(item, span, asked) or value
    sentences = sorted(one.span for one in evidence if one.hit is item.hit)
    setting = Setting(asked, text, sentences, item.reading)
    whole = completed(setting, Found(span, (marked,) if marked else ()))
    start, words = whole.quotation.start, text_at(text, whole.parts)
    return _Draft(
        evidence=item,
        span=whole.quotation,
        short_answers=tuple(Span(part.start - start, part.end - start) for part in whole.parts),
        answer_type=type_of(words, asked, several=lists(setting, whole)) if words else None,
        value=matched_form(text[value.start : value.end]) if value else "",
    )


def _marked(item: Evidence, span: Span, asked: Asked) -> Span | None:
    """What the reader marks in the quotation, in the passage's text; None where it has not read it, is not sure enough, or marks what is
    asked about."""
    best = item.reading.best(span) if item.reading else None
    if best is None or best[1] < _MARKED:
        return None
    said = item.hit.passage.text[best[0].start : best[0].end]
    return None if is_echo(matched_form(said), asked) else best[0]


def _quoted_span(item: Evidence, evidence: Sequence[Evidence], *, named: bool = True) -> Span:
    """The sentence, with the neighbour that comes near it in score or, when it points back (他, 该), with the one before.

    named: what it points back with needs no sentence before it where it is certain what that stands for.
    """
    before, after = _neighbours(item, evidence)
    near = [one for one in (before, after) if one and abs(item.score - one.score) <= _JOINED]
    pointed_at = [before] if before and item.feature("points_back") and not (named and _opens_with_named(item)) else []
    for neighbour in sorted(near, key=lambda one: -one.score)[:1] or pointed_at:
        joined = Span(min(item.span.start, neighbour.span.start), max(item.span.end, neighbour.span.end))
        if joined.end - joined.start <= LONGEST_JOINED:
            return joined
    return item.span


def _opens_with_named(item: Evidence) -> bool:
    return any(one.pronoun.start == item.span.start for one in named_in(item.hit.passage.text, item.span))


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
