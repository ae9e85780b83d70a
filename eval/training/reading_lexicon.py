"""The characters and words the reader knows, how rare they are, and the vectors they start from: all counted on the texts trained on.

Vectors are the singular vectors of positive pointwise mutual information, as in `embeddings.training.static_rows`, weighted by the roots
of their values and brought to length one. Words are those of jieba's dictionary: names that its model guesses get no vector.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.folding import fold
from embeddings.training.static_data import Texts
from embeddings.training.static_rows import co_occurrences, mutual_information
from embeddings.unit_rows import unit_rows
from qa.answering.reader.network import lexicon_of
from qa.answering.reader.texts import Lexicon, Numbers

MOST_CHARACTERS, MOST_WORDS = 6_500, 40_000
CHARACTER_DIM, WORD_DIM = 64, 96
_LEAST_CHARACTER, _LEAST_WORD = 20, 15  # occurrences
_ALIKE_AMONG = 12_000  # the commonest words
_ALIKE = 0.62  # cosine from which one word may stand for another
_ALIKE_EACH = 3


@dataclass(frozen=True, slots=True)
class Start:
    """What training starts from."""

    lexicon: Lexicon
    character_vectors: Numbers  # (1 + characters, CHARACTER_DIM), row 0 zero
    word_vectors: Numbers  # (1 + words, WORD_DIM), row 0 zero


def start_from(
    texts: Iterable[str],
    *,
    least_character: int = _LEAST_CHARACTER,
    least_word: int = _LEAST_WORD,
    character_dim: int = CHARACTER_DIM,
    word_dim: int = WORD_DIM,
) -> Start:
    """The lexicon of the texts, not yet folded, and the vectors."""
    folded = [fold(text) for text in texts]
    cut = [_dictionary_words(text) for text in folded]
    characters = _commonest((character for text in folded for character in text if character != "\n"), least_character, MOST_CHARACTERS)
    words = _commonest((word for text in cut for word in text if not word.isspace()), least_word, MOST_WORDS)
    lexicon = Lexicon(characters, words, _rarity(characters, map(set, folded), len(folded)), _rarity(words, map(set, cut), len(folded)))
    return Start(lexicon, _vectors(folded, characters, character_dim), _vectors(cut, words, word_dim))


def start_of(model: Path) -> Start:
    """What the training of a shipped reader started from; its characters' vectors as they have become."""
    from safetensors.numpy import load_file

    tensors = load_file(model)
    characters, words = (tensors[f"{name}.weight"].astype(np.float32) for name in ("characters", "words"))
    return Start(lexicon_of(tensors), characters, words)


def alike_words(start: Start) -> Mapping[str, Sequence[str]]:
    """For common words of two Han characters and more, those that the texts use most alike; words without any are left out."""
    rows = start.word_vectors[1 : _ALIKE_AMONG + 1]
    words = start.lexicon.words
    found: dict[str, list[str]] = {}
    for place, row in enumerate(rows):
        if len(words[place]) < 2 or words[place].isascii() or not words[place].isalpha():
            continue
        cosines = rows @ row
        cosines[place] = 0.0
        near = [other for other in np.argsort(-cosines)[:_ALIKE_EACH].tolist() if cosines[other] > _ALIKE and len(words[other]) > 1]
        if near:
            found[words[place]] = [words[other] for other in near]
    return found


def save_start(path: Path, start: Start) -> None:
    """Writes what training starts from."""
    from safetensors.numpy import save_file

    lexicon = start.lexicon
    arrays: dict[str, NDArray[np.generic]] = {
        "characters": np.frombuffer("\n".join(lexicon.characters).encode(), dtype=np.uint8),
        "words": np.frombuffer("\n".join(lexicon.words).encode(), dtype=np.uint8),
        "character_rarity": lexicon.character_rarity,
        "word_rarity": lexicon.word_rarity,
        "character_vectors": start.character_vectors,
        "word_vectors": start.word_vectors,
    }
    save_file(arrays, path)


def load_start(path: Path) -> Start:
    """What `save_start` wrote."""
    from safetensors.numpy import load_file

    arrays = load_file(path)
    characters, words = (arrays[name].tobytes().decode().split("\n") for name in ("characters", "words"))
    lexicon = Lexicon(characters, words, arrays["character_rarity"], arrays["word_rarity"])
    return Start(lexicon, arrays["character_vectors"], arrays["word_vectors"])


def _dictionary_words(folded: str) -> list[str]:
    import rjieba

    return [word for word in rjieba.cut(folded, hmm=False) if word]


def _commonest(pieces: Iterable[str], least: int, most: int) -> list[str]:
    return [piece for piece, count in Counter(pieces).most_common(most) if count >= least]


def _rarity(pieces: Sequence[str], texts: Iterable[set[str]], n_texts: int) -> Numbers:
    """idf over the greatest idf, 0..1; row 0, the unknown, is 1."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    most = math.log(max(2, n_texts))
    return np.array([1.0, *(math.log(n_texts / counts[piece]) / most for piece in pieces)], dtype=np.float32)


def _vectors(texts: Sequence[Sequence[str]], pieces: Sequence[str], dim: int) -> Numbers:
    from sklearn.utils.extmath import randomized_svd  # type: ignore[import-untyped]

    numbers = {piece: number for number, piece in enumerate(pieces, start=1)}
    numbered = [np.array([numbers.get(piece, 0) for piece in text], dtype=np.int32) for text in texts]
    together = Texts(np.concatenate(numbered), np.cumsum([0, *map(len, numbered)]))
    matrix = mutual_information(co_occurrences(together, np.arange(len(texts)), len(pieces) + 1))
    directions, values, _ = randomized_svd(matrix, min(dim, len(pieces)), n_iter=2, random_state=0)
    rows = np.zeros((len(pieces) + 1, dim), dtype=np.float32)
    rows[:, : directions.shape[1]] = unit_rows((directions * np.sqrt(values)).astype(np.float32))
    rows[0] = 0.0
    return rows
