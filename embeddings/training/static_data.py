"""Training texts as numbers: sentences of news and CMRC passages with their queries, and the pairs of texts drawn from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from embeddings.folding import fold
from embeddings.training.corpora import cmrc_train, news_articles

SENTENCE = re.compile(r"[^。!?;\n]+[。!?;\n]*")  # of folded text
MIN_SENTENCE = 6  # characters
AROUND = 4  # sentences of the article on either side that make up a sentence's passage
MIN_QUERY, MIN_PASSAGE = 4, 20  # words
SHARED_WORD_DROPPED = 0.3  # of a CMRC query, so that the rest has to be learnt from
HELD_OUT_PASSAGES = 240  # the last tenth of CMRC train: settings are chosen on it, nothing is trained on it

Words = NDArray[np.int32]
Pairs = list[tuple[Words, Words]]  # a query and the passage that belongs to it


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as word numbers, end to end. Text n is `words[bounds[n]:bounds[n + 1]]`."""

    words: Words
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, number: int) -> Words:
        return self.words[self.bounds[number] : self.bounds[number + 1]]


@dataclass(frozen=True, slots=True)
class TrainingData:
    """`article_of[n]` is the article of sentence n; `passage_of[n]` the passage of query n."""

    sentences: Texts
    article_of: NDArray[np.int64]
    passages: Texts
    queries: Texts
    passage_of: NDArray[np.int64]

    @property
    def word_counts(self) -> NDArray[np.int64]:
        """How often each word number occurs in sentences and passages."""
        return np.bincount(np.concatenate([self.sentences.words, self.passages.words]))

    @property
    def first_held_out(self) -> int:
        """The first passage that is not trained on."""
        return len(self.passages) - HELD_OUT_PASSAGES


def read_training_data(data: Path, tokenizer: Tokenizer) -> TrainingData:
    """All of it as word numbers."""
    numbered = [
        (number, sentence)
        for number, article in enumerate(news_articles(data))
        for sentence in SENTENCE.findall(fold(article))
        if len(sentence) >= MIN_SENTENCE
    ]
    passages, queries = cmrc_train(data)
    return TrainingData(
        sentences=as_texts([sentence for _, sentence in numbered], tokenizer),
        article_of=np.array([number for number, _ in numbered]),
        passages=as_texts([fold(passage) for passage in passages], tokenizer),
        queries=as_texts([fold(query.text) for query in queries], tokenizer),
        passage_of=np.array([query.passage for query in queries]),
    )


def as_texts(folded: list[str], tokenizer: Tokenizer, batch: int = 2000) -> Texts:
    """The texts as word numbers."""
    words: list[Words] = []
    for start in range(0, len(folded), batch):
        encodings = tokenizer.encode_batch_fast(folded[start : start + batch], add_special_tokens=False)
        words.extend(np.array(encoding.ids, dtype=np.int32) for encoding in encodings)
    return Texts(np.concatenate(words), np.cumsum([0, *map(len, words)]))


def news_pairs(data: TrainingData, count: int, rng: np.random.Generator) -> Pairs:
    """At most `count` sentences, each of another article, with the sentences around it."""
    pairs: Pairs = []
    used: set[int] = set()
    for number in rng.integers(0, len(data.sentences), 2 * count).tolist():
        article = int(data.article_of[number])
        query, passage = data.sentences[number], _around(data, number)
        if article not in used and len(query) >= MIN_QUERY and len(passage) >= MIN_PASSAGE:
            used.add(article)
            pairs.append((query, passage))
        if len(pairs) == count:
            break
    return pairs


def cmrc_pairs(data: TrainingData, count: int, rng: np.random.Generator) -> Pairs:
    """At most `count` queries, each of another passage, with that passage; some of the words they share are left out of the query."""
    trainable = np.flatnonzero(data.passage_of < data.first_held_out)
    order = rng.permutation(trainable)
    _, firsts = np.unique(data.passage_of[order], return_index=True)
    chosen = order[np.sort(firsts)][:count]
    return [_less_shared(data.queries[n], data.passages[data.passage_of[n]], rng) for n in chosen]


def _around(data: TrainingData, number: int) -> Words:
    near = range(max(0, number - AROUND), min(len(data.sentences), number + AROUND + 1))
    same = [n for n in near if data.article_of[n] == data.article_of[number]]
    bounds, words = data.sentences.bounds, data.sentences.words
    return np.concatenate([words[bounds[same[0]] : bounds[number]], words[bounds[number + 1] : bounds[same[-1] + 1]]])


def _less_shared(query: Words, passage: Words, rng: np.random.Generator) -> tuple[Words, Words]:
    kept = ~(np.isin(query, passage) & (rng.random(len(query)) < SHARED_WORD_DROPPED))
    return (query[kept] if kept.sum() >= 2 else query), passage


def windows(data: TrainingData, size: int, count: int, rng: np.random.Generator) -> list[Words]:
    """`count` runs of `size` sentences of one article each, as passages that no query belongs to."""
    starts = rng.permutation(len(data.sentences) - size)
    whole = starts[data.article_of[starts] == data.article_of[starts + size - 1]][:count]
    return [data.sentences.words[data.sentences.bounds[start] : data.sentences.bounds[start + size]] for start in whole]
