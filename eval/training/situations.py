"""Queries in the situations that an answerer meets: their document is there among many, among a few or alone; it is not there; or it is,
but does not say what is asked.

    everything   the whole library                                              few            their document and a few look-alikes
    removed      the library without their document                             few removed    those look-alikes
    other year   the whole library, asked of a year that nothing found names    alone          their document
    court        a court document that people asked; some questions it          cut            their document without the sentences that
                 does not answer, which those people marked                                    hold the answer
    written      the stretch of a document that a query of `eval.datasets.written` was written on; two of five it does not answer

Of three queries one is asked as it is, one in other words where `rewording` has some, and one with two words in five exchanged for words
that news uses alike, names and numbers aside: the words that a query shares with its document are not the whole story. Not handled: a
document elsewhere that answers too, which counts as silence.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from embeddings.folding import fold
from eval.collection import Collection
from eval.datasets import Article, Draft
from eval.datasets.rewording import reworded
from eval.datasets.squad import Paragraph
from eval.gold import Query, pin
from eval.training.library import evidence_for
from qa.answering.evidence import PASSAGES_READ, Evidence
from qa.answering.queries import Asked, read_query
from qa.answering.reader.features import question_words
from qa.answering.reader.texts import tagged_words
from qa.assistant import Assistant
from qa.records import Filters, Hit
from qa.splitting import sentence_spans

Situation = Literal["everything", "removed", "other year", "few", "few removed", "alone", "cut", "court", "written"]
CUT = "cut"  # the folder of the documents that `cut_articles` makes
_FEW = 3  # look-alikes
_EXCHANGED = 0.4
_NAMES = ("nr", "ns", "nt", "nz", "m", "t", "eng")  # jieba's tags of names, numbers and times
_LEAST_LEFT = 60  # characters of a document that sentences were cut from
_YEAR = re.compile(r"(?<!\d)(?:1\d{3}|20\d{2})(?=年)")


@dataclass(frozen=True, slots=True)
class Look:
    """What a query finds in one situation."""

    text: str  # the query's, or that of its rewording
    asked: Asked  # the same taken apart
    query: Query
    document: str  # doc_id of its document
    situation: Situation
    answerable: bool
    evidence: Sequence[Evidence]

    @property
    def half(self) -> int:
        """0 or 1, by the document."""
        return zlib.crc32(self.document.encode()) % 2


def looks_at_everything(drafts: Sequence[Draft], assistant: Assistant) -> Iterator[Look]:
    """The queries as they are, asked of the whole library, where they find anything."""
    collection = Collection(assistant.library)
    for query in pin(drafts, collection):
        document = collection.doc_id(query.gold[0].document)
        yield from _look(query.text, query, document, "everything", True, assistant.search(query.text), assistant)


def looks_in_situations(
    drafts: Sequence[Draft], assistant: Assistant, cut: Assistant, alike: Mapping[str, Sequence[str]]
) -> Iterator[Look]:
    """The queries in every situation but "court" and "written", where they find anything.

    cut: a library of the documents that `cut_articles` makes. alike: words that may stand for others.
    """
    collection, cut_collection = Collection(assistant.library), Collection(cut.library)
    random = Random(1)  # noqa: S311 - nothing secret
    for n, (draft, query) in enumerate(zip(drafts, pin(drafts, collection), strict=True)):
        asked = query.text
        if n % 3 == 1:
            asked = next((other.text for other in reworded(draft)), asked)
        elif n % 3 == 2:
            asked = in_words_alike(asked, alike, random)
        document = collection.doc_id(query.gold[0].document)
        hits = assistant.search(asked, k=2 * PASSAGES_READ)
        others = [hit for hit in hits if hit.passage.doc_id != document]
        few = tuple(dict.fromkeys(hit.passage.doc_id for hit in others))[:_FEW]
        found: list[tuple[Situation, str, Sequence[Hit], Assistant]] = [
            ("everything", asked, hits, assistant),
            ("removed", asked, others, assistant),
            ("few", asked, assistant.search(asked, filters=Filters(documents=(document, *few))), assistant),
            ("alone", asked, assistant.search(asked, filters=Filters(documents=(document,))), assistant),
        ]
        if few:
            found.append(("few removed", asked, assistant.search(asked, filters=Filters(documents=few)), assistant))
        changed = with_another_year(asked, "".join(hit.passage.text for hit in hits))
        if changed:
            found.append(("other year", changed, assistant.search(changed), assistant))
        name = _cut_name(query.query_id)
        if name in cut_collection.names:
            only = Filters(documents=(cut_collection.doc_id(name),))
            found.append(("cut", asked, cut.search(asked, filters=only), cut))
        for situation, text, hits_there, there in found:
            yield from _look(text, query, document, situation, situation in ("everything", "few", "alone"), hits_there, there)


def looks_given(drafts: Sequence[Draft], library: Assistant, situation: Situation) -> Iterator[Look]:
    """Queries that are asked of one document each, some of which does not answer, in a library of such documents."""
    collection = Collection(library.library)
    for query in pin(drafts, collection):
        document = collection.doc_id(query.among[0])
        hits = library.search(query.text, filters=Filters(documents=(document,)))
        yield from _look(query.text, query, document, situation, query.answerable, hits, library)


def _look(
    text: str, query: Query, document: str, situation: Situation, answerable: bool, hits: Sequence[Hit], there: Assistant
) -> Iterator[Look]:
    """The look, where anything is found."""
    asked = read_query(text, there.retriever.term_weights)
    evidence = evidence_for(asked, hits)
    if evidence:
        yield Look(text, asked, query, document, situation, answerable, evidence)


def cut_articles(paragraphs: Iterable[Paragraph]) -> Iterator[Article]:
    """For each query its document without the sentences that hold an answer, where enough of it is left."""
    for paragraph in paragraphs:
        sentences = [paragraph.context[span.start : span.end] for span in sentence_spans(paragraph.context)]
        for question in paragraph.questions:
            answers = [str(answer["text"]) for answer in question["answers"]]
            if not answers:
                continue
            left = "".join(sentence for sentence in sentences if not any(answer in sentence for answer in answers))
            if len(left) >= _LEAST_LEFT:
                yield Article(_cut_name(question["id"]), left)


def _cut_name(query_id: str) -> str:
    return f"{CUT}/{query_id}.txt"


def in_words_alike(query: str, alike: Mapping[str, Sequence[str]], random: Random) -> str:
    """The query with some of its words exchanged; its names, numbers and question words stay."""
    folded = fold(query)
    asking = question_words(folded)
    made, start = [], 0
    for word, tag in tagged_words(folded):
        end = start + len(word)
        stays = tag.startswith(_NAMES) or word not in alike or asking[start:end].any()
        made.append(word if stays or random.random() >= _EXCHANGED else random.choice(alike[word]))
        start = end
    return "".join(made)


def with_another_year(query: str, read: str) -> str:
    """The query with its first year moved to the nearest one that stands nowhere in what was read; "" for a query without a year."""
    year = _YEAR.search(query)
    if not year:
        return ""
    moved = (str(int(year[0]) + step * sign) for step in range(1, 100) for sign in (1, -1))
    other = next((one for one in moved if one not in read), "")
    return query.replace(year[0], other) if other else ""
