"""What the reader is trained on: examples as numbers, in batches. People's queries on passages, and queries made from news (`clozes`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from embeddings.folding import fold
from eval.datasets.squad import Paragraph, is_impossible
from eval.training.clozes import Example, clozes
from eval.training.reading_network import Rows
from qa.answering.reader.features import FEATURES, features_of, question_words
from qa.answering.reader.network import LONGEST_ANSWER
from qa.answering.reader.reading import LONGEST_QUERY, LONGEST_WINDOW
from qa.answering.reader.texts import Lexicon, Tokens
from qa.records import Span
from qa.splitting import sentence_spans

MOST_ANSWERS = 4  # right stretches of one example
_SORTED_TOGETHER = 0.2  # rows for each character of a batch: some forty batches
_READ = (100, 260)  # characters read with a query, least and most
_LONGEST_READ = 330  # that two long sentences may make
_SILENT = 0.2  # of the queries: read a part of the passage without the answer
_CAIL_A_ROUND = 0.6  # of the queries on court documents, which are more alike
_CLOZES_A_QUERY = (0.6, 0.3, 0.18, 0.12)  # mixed in, by round; the last for all later rounds


@dataclass(frozen=True, slots=True)
class Judged:
    """A query that people wrote, its passage, and the places of its answers; () when there are none."""

    query: str
    passage: str
    sentences: tuple[Span, ...]
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An example as numbers."""

    query: Tokens
    query_features: NDArray[np.float32]
    text: Tokens
    features: NDArray[np.float32]
    right: tuple[tuple[int, int], ...]  # first and last character of each right stretch; () for silence


def judged_queries(paragraphs: Iterable[Paragraph]) -> list[Judged]:
    """The queries of passages in SQuAD's form whose answers stand in the passage, and those marked as unanswerable.

    An answer that does not stand where it is said to is taken where it first stands. Those of yes and no are left out.
    """
    found = []
    for paragraph in paragraphs:
        sentences = tuple(sentence_spans(paragraph.context))
        for question in paragraph.questions:
            silent = is_impossible(question)
            places = () if silent else (_place(paragraph.context, answer) for answer in question["answers"])
            answers = tuple(dict.fromkeys(span for span in places if span and span.end - span.start <= LONGEST_ANSWER))
            if silent or answers:
                found.append(Judged(question["question"], paragraph.context, sentences, answers))
    return found


def training_examples(cmrc: Sequence[Judged], cail: Sequence[Judged], made: Iterator[Example], random: Random) -> Iterator[Example]:
    """Round after round without end: every query on an encyclopedia passage, some on court documents, and queries made from news."""
    for share in chain(_CLOZES_A_QUERY[:-1], repeat(_CLOZES_A_QUERY[-1])):
        queries = [*cmrc, *random.sample(cail, round(len(cail) * _CAIL_A_ROUND))]
        for query in random.sample(queries, len(queries)):
            example = _part(query, random)
            if example:
                yield example
            if random.random() < share:
                yield next(made)


def cloze_examples(
    articles: Sequence[str], passages: Sequence[str], random: Random, alike: Mapping[str, Sequence[str]]
) -> Iterator[Example]:
    """Queries made from the articles in random order, without end; after every second article, some made from a passage."""
    while True:
        for number, article in enumerate(random.sample(articles, len(articles))):
            yield from clozes(fold(article), random, alike)
            if number % 2 == 0:
                yield from clozes(fold(random.choice(passages)), random, alike)


def row_of(example: Example, lexicon: Lexicon) -> Row | None:
    """The example as numbers; None for one without characters, too long to be read, or whose answers are."""
    right = tuple((span.start, span.end - 1) for span in example.answers if span.end - span.start <= LONGEST_ANSWER)[:MOST_ANSWERS]
    if not example.query.strip() or not 0 < len(example.text) <= LONGEST_WINDOW or (example.answers and not right):
        return None
    query, text = lexicon.tokens(example.query.strip()[-LONGEST_QUERY:]), lexicon.tokens(example.text)
    asks = question_words(query.text)
    return Row(
        query,
        features_of(query, text, [], asks=asks, other_asks=None),
        text,
        features_of(text, query, sentence_spans(example.text), asks=None, other_asks=asks),
        right,
    )


def batches(rows: Iterator[Row], size: int, random: Random) -> Iterator[list[Row]]:
    """Rows of like length together, in random order. size: characters of a batch's texts with padding; a longer row stands alone."""
    while together := sorted(islice(rows, round(size * _SORTED_TOGETHER)), key=lambda row: len(row.text.codes)):
        made: list[list[Row]] = [[]]
        for row in together:
            if made[-1] and len(row.text.codes) * (len(made[-1]) + 1) > size:
                made.append([])
            made[-1].append(row)
        random.shuffle(made)
        yield from made


Arrays = Mapping[str, NDArray[np.generic]]
_TOKEN_FIELDS = ("characters", "words", "kinds")


def arrays_of(batch: Sequence[Row]) -> Arrays:
    """The batch padded with zeros, in numbers small enough to travel between processes; "right" is -1 where there is no stretch."""
    made: dict[str, NDArray[np.generic]] = {}
    sides = (
        ("query_", [row.query for row in batch], [row.query_features for row in batch]),
        ("", [row.text for row in batch], [row.features for row in batch]),
    )
    for side, texts, features in sides:
        shape = (len(batch), max(len(text.codes) for text in texts))
        padded = {name: np.zeros(shape, dtype=np.int32) for name in _TOKEN_FIELDS}
        values, mask = np.zeros((*shape, len(FEATURES)), dtype=np.float16), np.zeros(shape, dtype=bool)
        for place, (text, of_text) in enumerate(zip(texts, features, strict=True)):
            for name, numbers in (("characters", text.characters), ("words", text.words), ("kinds", text.kinds)):
                padded[name][place, : len(numbers)] = numbers
            values[place, : len(of_text)] = of_text
            mask[place, : len(of_text)] = True
        made.update({f"{side}{name}": numbers for name, numbers in padded.items()})
        made.update({f"{side}features": values, f"{side}mask": mask})
    right = np.full((len(batch), MOST_ANSWERS, 2), -1, dtype=np.int64)
    for place, row in enumerate(batch):
        right[place, : len(row.right)] = np.array(row.right, dtype=np.int64).reshape(-1, 2)
    return {**made, "right": right}


def tensors_of(batch: Arrays) -> tuple[Rows, torch.Tensor]:
    """The batch as the network takes it, and its right stretches: (rows, MOST_ANSWERS, 2) by first and last character, -1 for none."""
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in batch.items()}
    sides = [
        (*(tensors[f"{side}{name}"].long() for name in _TOKEN_FIELDS), tensors[f"{side}features"].float(), tensors[f"{side}mask"])
        for side in ("query_", "")
    ]
    return Rows(*sides[0], *sides[1]), tensors["right"]


def _place(context: str, answer: Mapping[str, object]) -> Span | None:
    text, start = str(answer["text"]), int(str(answer["answer_start"]))
    if not text.strip():
        return None
    if context[start : start + len(text)] != text:
        start = context.find(text)
    return Span(start, start + len(text)) if start >= 0 else None


def _part(query: Judged, random: Random) -> Example | None:
    """The query with a part of its passage: whole sentences round one that holds an answer or, now and then, round one that does not."""
    right = {n for n, span in enumerate(query.sentences) if any(span.overlap(answer) for answer in query.answers)}
    others = [n for n in range(len(query.sentences)) if n not in right]
    silent = not right or (bool(others) and random.random() < _SILENT)
    among = others if silent else sorted(right)
    if not among:
        return None
    first = last = random.choice(among)
    size = random.randint(*_READ)
    while query.sentences[last].end - query.sentences[first].start < size:
        grown = [n for n in (first - 1, last + 1) if 0 <= n < len(query.sentences) and not (silent and n in right)]
        if not grown:
            break
        taken = random.choice(grown)
        if query.sentences[max(last, taken)].end - query.sentences[min(first, taken)].start > _LONGEST_READ:
            break
        first, last = min(first, taken), max(last, taken)
    start, end = query.sentences[first].start, query.sentences[last].end
    answers = tuple(Span(span.start - start, span.end - start) for span in query.answers if start <= span.start and span.end <= end)
    return Example(query.query, query.passage[start:end], answers) if silent or answers else None
