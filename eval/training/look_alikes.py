"""Texts that look as if they answered: what a search finds for a query when its own document is left out.

They are what the product reads when the documents are silent, so the reader learns silence from them. A text that holds an answer of the
query by chance is left out; one that gives it in other words is not noticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from embeddings.folding import fold
from eval.collection import Collection
from eval.datasets import Article, Draft
from eval.metrics.answers import contains_answer
from eval.training.clozes import clozes
from eval.training.library import evidence_for
from eval.training.reading_rows import Judged
from qa.answering.close_reading import windows
from qa.answering.evidence import PASSAGES_READ, best_first
from qa.answering.queries import read_query
from qa.answering.weights import shipped_weights
from qa.assistant import Assistant
from qa.records import Span
from qa.splitting import sentence_spans

_TEXTS_A_QUERY = 3
_SHORTEST = 30  # characters


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """What was found, best first."""

    of_queries: Mapping[str, Sequence[str]]  # by the id of a judged query
    news: Sequence[Judged]  # queries made from news, one an article, with theirs


def find_look_alikes(
    assistant: Assistant, drafts: Sequence[Draft], news: Iterable[Article], alike: Mapping[str, Sequence[str]]
) -> LookAlikes:
    """The look-alikes of the queries and of the news, which are in the library too. alike: words that may stand for others."""
    collection = Collection(assistant.library)
    of_queries = {
        draft.query_id: _texts(
            assistant, draft.text, draft.answers, collection.doc_id(collection.find(draft.gold[0].document, draft.origin))
        )
        for draft in drafts
    }
    random = Random(5)  # noqa: S311 - nothing secret
    made = []
    for article in news:
        example = next((one for one in clozes(fold(article.text), random, alike) if one.answers), None)
        if example:
            answers = [example.text[span.start : span.end] for span in example.answers]
            texts = _texts(assistant, example.query, answers, collection.doc_id(collection.find(article.path, article.path)))
            made.append(Judged(example.query, example.text, tuple(sentence_spans(example.text)), example.answers, look_alikes=tuple(texts)))
    return LookAlikes(of_queries, [query for query in made if query.look_alikes])


def _texts(assistant: Assistant, query: str, answers: Sequence[str], own: str) -> list[str]:
    """What would be read for the query without the document `own`, where it holds no answer."""
    hits = [hit for hit in assistant.search(query, k=2 * PASSAGES_READ) if hit.passage.doc_id != own]
    evidence = best_first(evidence_for(read_query(query, assistant.retriever.term_weights), hits), shipped_weights().evidence)
    texts = (hit.passage.text[window.start : window.end] for hit, window, _ in windows(evidence))
    return list(islice((text for text in texts if len(text) >= _SHORTEST and not contains_answer(text, answers)), _TEXTS_A_QUERY))


def save_look_alikes(path: Path, found: LookAlikes) -> None:
    """Writes them as JSON."""
    news = [
        {
            "query": query.query,
            "passage": query.passage,
            "answers": [[span.start, span.end] for span in query.answers],
            "texts": query.look_alikes,
        }
        for query in found.news
    ]
    path.write_text(json.dumps({"of_queries": found.of_queries, "news": news}, ensure_ascii=False), encoding="utf-8")


def load_look_alikes(path: Path) -> LookAlikes:
    """What `save_look_alikes` wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    news = [
        Judged(
            one["query"],
            one["passage"],
            tuple(sentence_spans(one["passage"])),
            tuple(Span(start, end) for start, end in one["answers"]),
            look_alikes=tuple(one["texts"]),
        )
        for one in data["news"]
    ]
    return LookAlikes(data["of_queries"], news)
