"""What the transformer is trained on: texts with hidden words, and queries with texts, both as numbers.

Queries are those of `reading_rows` and `clozes`. Beside the parts of a passage that do not answer there are two kinds of silence made to
look like an answer: the passage with the sentences of its answer taken out, and another passage that shares most with the query. Hidden
are whole words of jieba's dictionary (whole-word masking, Cui et al. 2021). Everything is drawn from seeds. Not handled: whether another
passage answers in other words than the accepted ones; systems that cannot fork, where all is made by one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from embeddings.folding import fold
from eval.training.clozes import Example
from eval.training.reading_rows import MOST_ANSWERS, Arrays, Judged, Row, batches, part_of, row_of
from eval.training.transformer_network import Hidden, Sequences
from qa.answering.reader.network import lexicon_of, lexicon_tensors
from qa.answering.reader.texts import Lexicon
from qa.answering.reader.transformer import ENTERING, entering, special
from qa.records import Span

Codes = NDArray[np.int16]  # of a character: twice its number, and one more where a word begins

_CUT, _ALIKE = 0.08, 0.08  # of the queries with an answer: read without its sentences, read with another passage
_CAIL_A_ROUND = 0.6  # of the queries on court documents, which are more alike
_CLOZES_A_QUERY = 0.25
_NEAR = 5  # sentences on each side of the answer's
_LOOK_ALIKES = 3  # of each query
_HIDDEN_WORDS = 0.2
_SHOWN, _EXCHANGED = 0.1, 0.1  # of the hidden characters: left as they are, or another in their place
_SORTED_TOGETHER = 0.05  # rows for each character of a batch: some ten batches, so that the first comes soon
_AHEAD = 8  # batches that each worker makes before they are needed


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What must be known of words before training: the lexicon, and which words may stand for which."""

    lexicon: Lexicon
    alike: Mapping[str, Sequence[str]]


def save_vocabulary(path: Path, vocabulary: Vocabulary) -> None:
    """Writes it; half a megabyte."""
    from safetensors.numpy import save_file

    lines = "\n".join(" ".join((word, *others)) for word, others in vocabulary.alike.items())
    save_file({**lexicon_tensors(vocabulary.lexicon), "alike": np.frombuffer(lines.encode("utf-8"), dtype=np.uint8)}, path)


def load_vocabulary(path: Path) -> Vocabulary:
    """What `save_vocabulary` wrote."""
    from safetensors.numpy import load_file

    tensors = load_file(path)
    lines = (line.split(" ") for line in tensors["alike"].tobytes().decode("utf-8").splitlines())
    return Vocabulary(lexicon_of(tensors), {word: others for word, *others in lines})


def look_alikes(queries: Sequence[Judged]) -> list[list[Judged]]:
    """For each query the passages of the others that share most with it and hold none of its answers, read as silent.

    Shared are pairs of characters, weighted by tf-idf; the passages are those of the queries given.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    passages = list({query.passage: query for query in queries}.values())
    folded = [fold(query.passage) for query in passages]
    pairs = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), sublinear_tf=True, lowercase=False)
    by_passage = pairs.fit_transform(folded)
    shared = (pairs.transform([fold(query.query) for query in queries]) @ by_passage.T).tocsr()
    found = []
    for number, query in enumerate(queries):
        row = shared[number]
        answers = [fold(query.passage[span.start : span.end]) for span in query.answers]
        near = [
            replace(passages[place], query=query.query, answers=(), yes_no=False)
            for place in row.indices[np.argsort(-row.data, kind="stable")[: 4 * _LOOK_ALIKES]].tolist()
            if passages[place].passage != query.passage and not any(answer in folded[place] for answer in answers)
        ]
        found.append(near[:_LOOK_ALIKES])
    return found


def without_answer(query: Judged) -> Judged | None:
    """The query with what stands round its answers when their sentences are taken out; None when nothing does."""
    right = [n for n, span in enumerate(query.sentences) if any(span.overlap(answer) for answer in query.answers)]
    if not right:
        return None
    near = range(max(0, right[0] - _NEAR), min(len(query.sentences), right[-1] + _NEAR + 1))
    pieces = [query.passage[query.sentences[n].start : query.sentences[n].end] for n in near if n not in right]
    spans = tuple(Span(start, end) for start, end in pairwise(accumulate(map(len, pieces), initial=0)))
    return Judged(query.query, "".join(pieces), spans, ()) if pieces else None


def judged_examples(
    judged: Sequence[Judged], cail: Sequence[Judged], alike: Mapping[Judged, Sequence[Judged]], made: Iterator[Example], random: Random
) -> Iterator[Example]:
    """Round after round without end: every judged query, some of CAIL's on court documents, and queries made from news."""
    while True:
        queries = [*judged, *random.sample(cail, round(len(cail) * _CAIL_A_ROUND))]
        for query in random.sample(queries, len(queries)):
            drawn = random.random() if query.answers else 1.0
            asked: Judged | None = query
            if drawn < _CUT:
                asked = without_answer(query)
            elif drawn < _CUT + _ALIKE:
                asked = random.choice(near) if (near := alike.get(query)) else None
            example = part_of(asked, random) if asked else None
            if example:
                yield example
            if random.random() < _CLOZES_A_QUERY:
                yield next(made)


def sequences_of(batch: Sequence[Row], lexicon: Lexicon) -> Arrays:
    """The batch as `Sequences` has it, in numbers small enough to travel between processes."""
    marks = special(lexicon)
    lengths = np.array([len(row.query.codes) + len(row.text.codes) + 2 for row in batch], dtype=np.int64)
    parted = np.array([len(row.query.codes) + 2 for row in batch], dtype=np.int64)
    characters = np.zeros((len(batch), lengths.max()), dtype=np.int32)
    known = np.zeros((*characters.shape, ENTERING), dtype=np.float16)
    right = np.full((len(batch), MOST_ANSWERS, 2), -1, dtype=np.int64)
    for place, row in enumerate(batch):
        begins, ends = parted[place], lengths[place]
        characters[place, :ends] = (marks.start, *row.query.characters, marks.part, *row.text.characters)
        known[place, 1 : begins - 1] = entering(row.query_features, row.query.kinds)
        known[place, begins:ends] = entering(row.features, row.text.kinds)
        right[place, : len(row.right)] = np.array(row.right, dtype=np.int64).reshape(-1, 2)
    return {
        "characters": characters,
        "known": known,
        "lengths": lengths,
        "parted": parted,
        "right": right,
        "yes_no": np.array([row.yes_no for row in batch]),
    }


def query_batches(
    examples: Callable[[Random], Iterator[Example]], lexicon: Lexicon, size: int, seed: str, workers: int
) -> Iterator[Sequences]:
    """Batches of queries without end, made by `workers` other processes, or by this one where that is 0.

    examples: those of one worker, endless. size: characters of a batch's texts. The same seed and number of workers give the same batches.
    """

    def made(worker: int) -> Iterator[Arrays]:
        random = Random(f"{seed} {worker}")  # noqa: S311 - nothing secret
        rows = (row for example in examples(random) if (row := row_of(example, lexicon)))
        return (sequences_of(batch, lexicon) for batch in batches(rows, size, random, _SORTED_TOGETHER))

    forked = "fork" if workers else None
    loader = DataLoader(
        _Endless(made), None, num_workers=workers, multiprocessing_context=forked, prefetch_factor=_AHEAD if workers else None
    )
    for batch in loader:  # as tensors
        yield Sequences(
            batch["characters"].long(), batch["known"].float(), batch["lengths"], batch["parted"], batch["right"], batch["yes_no"]
        )


class _Endless(IterableDataset[Mapping[str, Any]]):
    """What each worker makes, by its number."""

    def __init__(self, made: Callable[[int], Iterator[Arrays]]) -> None:
        super().__init__()
        self._made = made

    def __iter__(self) -> Iterator[Arrays]:
        worker = get_worker_info()
        return self._made(worker.id if worker else 0)


def coded(texts: Iterable[str], lexicon: Lexicon) -> Codes:
    """The texts folded, one behind the other with the mark that parts texts between them.

    ValueError for a lexicon of more characters than the codes have room for.
    """
    import rjieba

    part = special(lexicon).part
    if 2 * part >= np.iinfo(np.int16).max:
        raise ValueError(f"expected a lexicon of at most {np.iinfo(np.int16).max // 2 - 2} characters, got {len(lexicon.characters)}")
    numbers = np.zeros(0x110000, dtype=np.int16)
    numbers[[ord(character) for character in lexicon.characters]] = np.arange(1, len(lexicon.characters) + 1)
    mark = np.array([2 * part + 1], dtype=np.int16)
    made: list[Codes] = [mark]
    for text in texts:
        words = [word for word in rjieba.cut(fold(text), hmm=False) if word]
        places = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        codes = 2 * numbers[places]
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        codes[np.cumsum(lengths) - lengths] += 1
        made += [codes, mark]
    return np.concatenate(made)


def hidden_batches(codes: torch.Tensor, lexicon: Lexicon, rows: int, length: int, seed: int) -> Iterator[Hidden]:
    """Batches of (rows, length) without end, on the device of the codes: from random places of the texts, a fifth of the words hidden."""
    marks = special(lexicon)
    generator = torch.Generator(codes.device).manual_seed(seed)
    within = torch.arange(length, device=codes.device)

    def drawn() -> torch.Tensor:
        return torch.rand((rows, length), generator=generator, device=codes.device)

    while True:
        starts = torch.randint(len(codes) - length + 1, (rows, 1), generator=generator, device=codes.device)
        taken = codes[starts + within].long()
        said = taken >> 1
        words = ((taken & 1).cumsum(1) - 1).clamp(min=0)
        places = (drawn().gather(1, words) < _HIDDEN_WORDS) & (said > 0) & (said < marks.start)
        draw = drawn()
        others = torch.randint(1, marks.start, (rows, length), generator=generator, device=codes.device)
        exchanged = torch.where(draw < _SHOWN + _EXCHANGED, others, marks.hidden)
        characters = torch.where(places & (draw >= _SHOWN), exchanged, said)
        yield Hidden(characters, places, said)
