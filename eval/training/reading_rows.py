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
from eval.datasets.cail import YES_NO
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
_ALIKE_READ = 0.25  # of the queries with look-alikes: read one of those
_LIKEST = 0.6  # of the parts without the answer: the one most like the query


@dataclass(frozen=True, slots=True)
class Judged:
    """A query that people wrote, its passage, and the places of its answers; () when there are none."""

    query: str
    passage: str
    sentences: tuple[Span, ...]
    answers: tuple[Span, ...]
    yes_no: bool = False  # the passage answers with yes or no, and `answers` is ()
    look_alikes: tuple[str, ...] = ()  # parts of other texts that a search finds for the query, and that do not answer it


@dataclass(frozen=True, slots=True)
class Row:
    """An example as numbers."""

    query: Tokens
    query_features: NDArray[np.float32]
    text: Tokens
    features: NDArray[np.float32]
    right: tuple[tuple[int, int], ...]  # first and last character of each right stretch; () for silence
    yes_no: bool = False  # or for yes and no


def judged_queries(paragraphs: Iterable[Paragraph], look_alikes: Mapping[str, Sequence[str]] | None = None) -> list[Judged]:
    """The queries of passages in SQuAD's form whose answers stand in the passage or are yes or no, and those marked as unanswerable.

    An answer that does not stand where it is said to is taken where it first stands. look_alikes: by the query's id.
    """
    found = []
    for paragraph in paragraphs:
        sentences = tuple(sentence_spans(paragraph.context))
        for question in paragraph.questions:
            silent = is_impossible(question)
            places = () if silent else (_place(paragraph.context, answer) for answer in question["answers"])
            answers = tuple(dict.fromkeys(span for span in places if span and span.end - span.start <= LONGEST_ANSWER))
            yes_no = not silent and any(answer["text"] in YES_NO for answer in question["answers"])
            if silent or yes_no or answers:
                alike = tuple((look_alikes or {}).get(str(question.get("id")), ()))
                found.append(Judged(question["question"], paragraph.context, sentences, () if yes_no else answers, yes_no, alike))
    return found


def training_examples(
    queries: Sequence[Judged], made: Iterator[Example], random: Random, clozes_a_query: Sequence[float]
) -> Iterator[Example]:
    """Round after round without end: every query, with queries made from news among them.

    clozes_a_query: how many of those for each query, by round; the last share for all later rounds.
    """
    for share in chain(clozes_a_query[:-1], repeat(clozes_a_query[-1])):
        for query in random.sample(queries, len(queries)):
            example = part_of(query, random)
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
        example.yes_no,
    )


def batches(rows: Iterator[Row], size: int, random: Random, together: float = _SORTED_TOGETHER) -> Iterator[list[Row]]:
    """Rows of like length together, in random order. size: characters of a batch's texts with padding; a longer row stands alone.

    together: rows that are sorted by length at a time, for each character of a batch.
    """
    while some := sorted(islice(rows, round(size * together)), key=lambda row: len(row.text.codes)):
        made: list[list[Row]] = [[]]
        for row in some:
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
    return {**made, "right": right, "yes_no": np.array([row.yes_no for row in batch])}


def tensors_of(batch: Arrays) -> tuple[Rows, torch.Tensor, torch.Tensor]:
    """The batch as the network takes it, its right stretches, (rows, MOST_ANSWERS, 2) by first and last character, -1 for none, and which
    rows are answered with yes or no."""
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in batch.items()}
    sides = [
        (*(tensors[f"{side}{name}"].long() for name in _TOKEN_FIELDS), tensors[f"{side}features"].float(), tensors[f"{side}mask"])
        for side in ("query_", "")
    ]
    return Rows(*sides[0], *sides[1]), tensors["right"], tensors["yes_no"]


def _place(context: str, answer: Mapping[str, object]) -> Span | None:
    text, start = str(answer["text"]), int(str(answer["answer_start"]))
    if not text.strip():
        return None
    if context[start : start + len(text)] != text:
        start = context.find(text)
    return Span(start, start + len(text)) if start >= 0 else None


def part_of(query: Judged, random: Random) -> Example | None:
    """The query with something to read: a part of its passage, whole sentences round one that holds an answer or, now and then, round one
    that does not; or a look-alike."""
    if query.look_alikes and random.random() < _ALIKE_READ:
        return Example(query.query, random.choice(query.look_alikes), ())
    right = {n for n, span in enumerate(query.sentences) if any(span.overlap(answer) for answer in query.answers)}
    others = [n for n in range(len(query.sentences)) if n not in right]
    silent = not right or (bool(others) and random.random() < _SILENT)
    among = others if silent else sorted(right)
    if not among:
        return None
    likest = query.yes_no or (silent and random.random() < _LIKEST)
    first = last = max(among, key=lambda n: _alike(query, n)) if likest else random.choice(among)
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
    return Example(query.query, query.passage[start:end], answers, query.yes_no) if silent or answers else None


def _alike(query: Judged, sentence: int) -> int:
    """How many pairs of characters of the query the sentence has."""
    text = query.passage[query.sentences[sentence].start : query.sentences[sentence].end]
    return sum(query.query[n : n + 2] in text for n in range(len(query.query) - 1))
