"""Three systems to compare with, over the same documents: bm25s over words, FAISS over vectors, and the recipe of a careful peer.

    bm25s, jieba words     our passages; words as jieba cuts them without its guessing model, not folded; bm25s with its defaults
    faiss, encoder alone   our passages; inner product of the encoder's vectors, exact
    recursive 750/150, …   chunks of its own (`recipe`); the two above over them, fused by reciprocal rank

They find and do not answer. What each searches is built once and kept in a folder. Not handled: filters (queries asked of some documents
only), and a library that changes: the folder belongs to one state of one library.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder, Vectors
from embeddings.threads import wait_asleep
from eval.collection import Collection
from eval.datasets.records import DatasetError
from eval.gold import Query
from eval.measures import DEPTH
from eval.systems.files import docid, place_of
from eval.systems.recipe import OVERLAP, SEPARATORS, SIZE, recursive_spans
from eval.systems.records import Place, Response, System
from qa.search.fusion import reciprocal_rank_fusion

WORDS, ENCODER, RECIPE = "bm25s, jieba words", "faiss, encoder alone", f"recursive {SIZE}/{OVERLAP}, faiss + bm25 by reciprocal rank"

FORMAT = 1  # raise it when the same texts would be stored otherwise
FUSED = 100  # hits of each ranker that are fused
RRF_K = 60  # Cormack, Clarke and Büttcher 2009
BATCH = 256  # queries, or texts, at a time

KEY_FILE, PLACES_FILE, WORDS_FOLDER, VECTORS_FILE = "key.json", "places.txt", "words", "vectors.faiss"

Item = TypeVar("Item")

Progress = Callable[[str, int, int], None]  # what is done, how many, of how many


class StoredVectors(Protocol):
    """Where vectors are that the encoder gave before; `qa.library.Library` is one."""

    def vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]: ...


@dataclass(frozen=True, slots=True)
class _Text:
    """What is retrieved: a passage or a chunk."""

    place: Place
    text: str
    passage_id: str = ""  # of a chunk none


def baselines(
    collection: Collection, library: StoredVectors, encoder: Encoder, folder: Path, progress: Progress | None = None
) -> list[System]:
    """The three, ready to be asked; what they search is built where the folder does not have it.

    encoder: the library's, whose stored vectors are used. DatasetError when there are no passages.
    """
    import bm25s

    told = progress or _untold
    key = {"format": str(FORMAT), "passages": str(collection.n_passages)}
    words = {"bm25s": bm25s.__version__, "rjieba": version("rjieba")}
    splitting = {"size": str(SIZE), "overlap": str(OVERLAP), "separators": repr(SEPARATORS)}

    def build_words(home: Path) -> None:
        texts = _passages(collection, WORDS, told)
        _save_places(home, texts)
        _save_words(home, [text.text for text in texts], WORDS, told)

    def build_recipe(home: Path) -> None:
        texts = _chunks(collection, RECIPE, told)
        _save_places(home, texts)
        _save_words(home, [text.text for text in texts], RECIPE, told)
        _save_vectors(home, texts, encoder, None, RECIPE, told)

    with_words = _kept(folder / "baseline-words", {**key, **words}, build_words)
    alone = encoder_alone(collection, encoder, folder, progress, stored=library)
    recipe = _kept(folder / f"baseline-recipe-{_short(encoder)}", {**key, **words, **splitting, **_vectors_key(encoder)}, build_recipe)
    return [
        Baseline(WORDS, _places(with_words), [WordRanker.load(with_words)]),
        alone,
        Baseline(RECIPE, _places(recipe), [VectorRanker.load(recipe, encoder), WordRanker.load(recipe)]),
    ]


def encoder_alone(
    collection: Collection,
    encoder: Encoder,
    folder: Path,
    progress: Progress | None = None,
    *,
    name: str = "",
    stored: StoredVectors | None = None,
) -> Baseline:
    """FAISS over the vectors of an encoder and nothing else; one more row for each encoder that is given by name.

    stored: where its vectors of the passages are; None has them encoded. DatasetError when there are no passages.
    """
    row = f"faiss, {name}" if name else ENCODER
    told = progress or _untold

    def build(home: Path) -> None:
        texts = _passages(collection, row, told)
        _save_places(home, texts)
        _save_vectors(home, texts, encoder, stored, row, told)

    key = {"format": str(FORMAT), "passages": str(collection.n_passages), **_vectors_key(encoder)}
    home = _kept(folder / f"baseline-vectors-{_short(encoder)}", key, build)
    return Baseline(row, _places(home), [VectorRanker.load(home, encoder)])


# Asking


class Ranker(Protocol):
    """Gives the texts it holds, by number, for each query."""

    def rank(self, queries: Sequence[str], k: int) -> list[list[int]]:
        """At most k numbers for each query, best first; what has nothing in common with the query is left out."""


class Baseline:
    """One ranker, or several fused by reciprocal rank, over places in documents. Only finds."""

    def __init__(self, name: str, places: Sequence[str], rankers: Sequence[Ranker]) -> None:
        """places: docid of each text, by number."""
        self._name = name
        self._places = places
        self._rankers = rankers

    @property
    def name(self) -> str:
        return self._name

    def respond(self, queries: Sequence[Query]) -> Iterator[Response]:
        """The first hits of each query, in order, a batch at a time; `ms` is a query's share of its batch.

        ValueError for a query that is asked of some documents only.
        """
        bound = next((query.query_id for query in queries if query.among or query.without), None)
        if bound is not None:
            raise ValueError(f"a baseline searches all documents; query {bound!r} is asked of some of them")
        return (response for start in range(0, len(queries), BATCH) for response in self._responses(queries[start : start + BATCH]))

    def _responses(self, queries: Sequence[Query]) -> Iterator[Response]:
        before = time.perf_counter()
        found = self._found([query.text for query in queries])
        ms = 1000 * (time.perf_counter() - before) / len(queries)
        for query, numbers in zip(queries, found, strict=True):
            yield Response(query.query_id, tuple(place_of(self._places[number]) for number in numbers), ms=ms)

    def _found(self, queries: Sequence[str]) -> list[list[int]]:
        if len(self._rankers) == 1:
            return self._rankers[0].rank(queries, DEPTH)
        return [_fused(rankings) for rankings in zip(*(ranker.rank(queries, FUSED) for ranker in self._rankers), strict=True)]


def _fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    ranked = [[f"{number:09d}" for number in ranking] for ranking in rankings]  # ties go by id, which is to mean: by number
    return [int(number) for number, _ in reciprocal_rank_fusion(ranked, weights=[1.0] * len(ranked), k=RRF_K)[:DEPTH]]


class WordRanker:
    """bm25s with its defaults, over words."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def load(cls, home: Path) -> WordRanker:
        import bm25s

        return cls(bm25s.BM25.load(home / WORDS_FOLDER))

    def rank(self, queries: Sequence[str], k: int) -> list[list[int]]:
        wanted = min(2 * k, self._index.scores["num_docs"])
        asked = [words_of(query) for query in queries]
        found = self._index.retrieve(asked, k=wanted, backend_selection="numpy", n_threads=-1, show_progress=False)
        return _best(found.documents, found.scores, k)


class VectorRanker:
    """FAISS's exact inner product, over an encoder's vectors."""

    def __init__(self, index: Any, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder

    @classmethod
    def load(cls, home: Path, encoder: Encoder) -> VectorRanker:
        return cls(_faiss().read_index(str(home / VECTORS_FILE)), encoder)

    def rank(self, queries: Sequence[str], k: int) -> list[list[int]]:
        scores, numbers = self._index.search(_rows(self._encoder.encode_queries(queries)), min(2 * k, self._index.ntotal))
        return _best(numbers, scores, k)


def _best(numbers: NDArray[np.integer[Any]], scores: NDArray[np.floating[Any]], k: int) -> list[list[int]]:
    """For each row the numbers of the k largest scores, best first, those of 0 and less left out.

    Scores are compared to five digits and ties go by number: what is equal but for the rounding of a processor, as the scores of two
    copies of a text are, comes in the same order in every run.
    """
    rows = zip(numbers.tolist(), np.round(scores.astype(np.float64), 5).tolist(), strict=True)
    return [[number for score, number in sorted((-s, n) for n, s in zip(*row, strict=True)) if score < 0][:k] for row in rows]


def words_of(text: str) -> list[str]:
    """The words as jieba cuts them without its guessing model (rjieba gives the same, faster); punctuation and blanks are no words."""
    import rjieba

    return list(filter(_is_word, rjieba.cut(text, hmm=False)))


@lru_cache(maxsize=100_000)
def _is_word(piece: str) -> bool:
    return any(map(str.isalnum, piece))


# Building


def _kept(home: Path, key: dict[str, str], build: Callable[[Path], None]) -> Path:
    """The folder, filled by `build` unless it is there already and was built with the same key.

    It is filled aside and renamed when it is whole: a build that is interrupted leaves nothing behind, and what a killed one leaves, the
    next one clears away. One build at a time: another process waits.
    """
    from filelock import FileLock

    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(home.with_name(f"{home.name}.lock")):
        if _read_key(home) == key:
            return home
        aside = home.with_name(f"{home.name}.unfinished")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            build(aside)
            (aside / KEY_FILE).write_text(json.dumps(key, indent=1), encoding="utf-8")
            shutil.rmtree(home, ignore_errors=True)
            aside.rename(home)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    return home


def _read_key(home: Path) -> object:
    try:
        return json.loads((home / KEY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _vectors_key(encoder: Encoder) -> dict[str, str]:
    return {"encoder": encoder.fingerprint, "faiss": str(_faiss().__version__)}


def _short(encoder: Encoder) -> str:
    return hashlib.sha256(encoder.fingerprint.encode()).hexdigest()[:16]


def _passages(collection: Collection, row: str, told: Progress) -> list[_Text]:
    return _texts(
        collection,
        row,
        told,
        lambda name: (_Text(Place(name, passage.spans), passage.text, passage.passage_id) for passage in collection.passages(name)),
    )


def _chunks(collection: Collection, row: str, told: Progress) -> list[_Text]:
    def chunks_of(name: str) -> Iterator[_Text]:
        text = collection.document(name).text
        return (_Text(Place(name, (span,)), text[span.start : span.end]) for span in recursive_spans(text))

    return _texts(collection, row, told, chunks_of)


def _texts(collection: Collection, row: str, told: Progress, texts_of: Callable[[str], Iterable[_Text]]) -> list[_Text]:
    found = [text for name in _counted(collection.names, f"{row}: reading", told) for text in texts_of(name)]
    if not found:
        raise DatasetError("the library holds no passages that a baseline could search; ingest its documents first")
    return found


def _save_places(home: Path, texts: Iterable[_Text]) -> None:
    with (home / PLACES_FILE).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{docid(text.place)}\n" for text in texts)


def _places(home: Path) -> list[str]:
    return (home / PLACES_FILE).read_text(encoding="utf-8").split("\n")[:-1]


def _save_words(home: Path, texts: Sequence[str], row: str, told: Progress) -> None:
    import bm25s

    vocabulary: dict[str, int] = {}
    numbers = [[vocabulary.setdefault(word, len(vocabulary)) for word in words_of(text)] for text in _counted(texts, f"{row}: words", told)]
    if not vocabulary:
        raise DatasetError("the library's passages hold no word that a baseline could search for; it needs documents of text")
    index = bm25s.BM25()
    index.index((numbers, vocabulary), create_empty_token=False, show_progress=False)
    index.save(home / WORDS_FOLDER, show_progress=False)


def _save_vectors(home: Path, texts: Sequence[_Text], encoder: Encoder, stored: StoredVectors | None, row: str, told: Progress) -> None:
    faiss = _faiss()
    index = faiss.IndexFlatIP(encoder.dim)
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        index.add(_stored(batch, stored) if stored else _rows(encoder.encode_passages([text.text for text in batch])))
        told(f"{row}: vectors", start + len(batch), len(texts))
    faiss.write_index(index, str(home / VECTORS_FILE))


def _stored(texts: Sequence[_Text], stored: StoredVectors) -> Vectors:
    known = stored.vectors([text.passage_id for text in texts])
    missing = next((text for text in texts if text.passage_id not in known), None)
    if missing:
        raise DatasetError(f"the library has no vector for {docid(missing.place)}; `chuchu library verify` tells what is wrong with it")
    return _rows(np.stack([known[text.passage_id] for text in texts]))


def _rows(vectors: NDArray[np.floating[Any]]) -> Vectors:
    """As FAISS takes them."""
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _counted(items: Sequence[Item], what: str, told: Progress) -> Iterator[Item]:
    for number, item in enumerate(items):
        if number % BATCH == 0:
            told(what, number, len(items))
        yield item
    told(what, len(items), len(items))


def _untold(what: str, done: int, total: int) -> None:
    pass


def _faiss() -> Any:
    wait_asleep()
    return import_module("faiss")
