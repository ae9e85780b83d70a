"""The reader as a small transformer, computed in numpy: query and text as one sequence of characters, each of which sees all others.

A pre-norm encoder: RMSNorm (Zhang and Sennrich 2019), attention with rotary positions (Su et al. 2021: what tells is how far the query's
words are, not where they stand), SwiGLU (Shazeer 2020: better than GELU at equal cost, and numpy has exp where it has no erf). Queries and
keys have length one and a learnt sharpness (Henry et al. 2020), so no exponential overflows and the softmax needs no maximum. What
`features` knows and the kinds of the words enter beside the characters. A stretch scores as in `network`.

Trained by `eval/training/train_transformer.py`. Not handled: anything a text says only in another window.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.answering.reader.features import FEATURES, features_of, question_words
from qa.answering.reader.network import FORMAT, Scores, lexicon_of, lexicon_tensors, scores_of
from qa.answering.reader.texts import WORD_KINDS, Ids, Lexicon, Numbers, Tokens
from qa.records import Span

ARCHITECTURE = "transformer"
LONGEST = 480  # characters of query and text with their marks: places that have an angle
SPECIAL = 3  # numbers behind the lexicon's characters: what a sequence begins with, what parts query and text, what hides a character
MOST_SHARPNESS = 50.0  # exp of it, a thousand times over, is far from the largest float32
_ROTARY_BASE = 10_000.0
_NORM_EPSILON = 1e-5
_UNIT_EPSILON = 1e-6
_HEAD = 64  # numbers of an attention head, at least


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's sizes. The default fits 40 ms a query on one core (see the card)."""

    dim: int = 160
    layers: int = 4
    heads: int = 2
    hidden: int = 416  # numbers between the two halves of a layer's second part
    pair: int = 48  # numbers in which the first and the last character of a stretch are compared

    @classmethod
    def of(cls, layers: int, dim: int) -> Shape:
        """The usual proportions. ValueError unless dim is a multiple of 32."""
        if dim < 32 or dim % 32:
            raise ValueError(f"expected a width that is a multiple of 32, got {dim}")
        heads = max(number for number in range(1, max(1, dim // _HEAD) + 1) if dim % (2 * number) == 0)
        return cls(dim, layers, heads, hidden=round(8 * dim / 3 / 32) * 32)


class Special(NamedTuple):
    """Numbers that are no character's."""

    start: int
    part: int
    hidden: int


def special(lexicon: Lexicon) -> Special:
    """The numbers behind those of the lexicon's characters."""
    first = 1 + len(lexicon.characters)
    return Special(first, first + 1, first + 2)


def entering(features: Numbers, kinds: Ids) -> Numbers:
    """(characters, len(FEATURES) + len(WORD_KINDS)): the features, and a one at the kind of the character's word."""
    return np.concatenate((features, np.eye(len(WORD_KINDS), dtype=np.float32)[kinds]), axis=-1)


ENTERING = len(FEATURES) + len(WORD_KINDS)


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of one layer as they are multiplied: (into, out), the norm before them within."""

    three: Numbers
    out: Numbers
    sharpness: Numbers  # (heads, 1, 1)
    gates: Numbers
    down: Numbers


class Transformer:
    """The trained transformer with its lexicon. It holds no state between texts, so threads may share it."""

    def __init__(self, shape: Shape, lexicon: Lexicon, tensors: Mapping[str, NDArray[np.generic]], fingerprint: str = "") -> None:
        """tensors: by the names of the torch network; computed in float32."""
        self.shape = shape
        self.lexicon = lexicon
        self.fingerprint = fingerprint
        self._special = special(lexicon)
        self._tensors = {name: np.asarray(tensor, dtype=np.float32) for name, tensor in tensors.items()}
        self._layers = [self._layer(f"layers.{number}") for number in range(shape.layers)]

    def _layer(self, name: str) -> _Layer:
        def after(norm: str, weights: str) -> Numbers:
            return np.ascontiguousarray((self._tensors[f"{name}.{weights}.weight"] * self._tensors[f"{name}.{norm}.weight"]).T)

        sharpness = np.minimum(np.exp(self._tensors[f"{name}.log_sharpness"]), np.float32(MOST_SHARPNESS))
        return _Layer(
            after("attention_norm", "three"),
            np.ascontiguousarray(self._tensors[f"{name}.out.weight"].T),
            sharpness[:, None, None],
            after("hidden_norm", "gates"),
            np.ascontiguousarray(self._tensors[f"{name}.down.weight"].T),
        )

    def scores(self, query: Tokens, text: Tokens, sentences: list[Span]) -> Scores:
        """The scores of one text for one query, neither of them empty and together at most LONGEST - 2 characters.

        sentences: of the text.
        """
        asks = question_words(query.text)
        known = np.concatenate(
            (
                entering(features_of(query, text, [], asks=asks, other_asks=None), query.kinds),
                entering(features_of(text, query, sentences, asks=None, other_asks=asks), text.kinds),
            )
        )
        numbers = np.concatenate(([self._special.start], query.characters, [self._special.part], text.characters))
        parted = len(query.characters) + 2  # where the text begins
        x = self._tensors["characters.weight"][numbers]
        x[:parted] += self._tensors["segments.weight"][0]
        x[parted:] += self._tensors["segments.weight"][1]
        entered = known @ self._tensors["entry.weight"].T
        x[1 : parted - 1] += entered[: parted - 2]
        x[parted:] += entered[parted - 2 :]
        x = self._encoded(x) * self._tensors["norm.weight"]
        read = x[parted:]
        return scores_of(self._tensors, read, np.concatenate((x[0], read.max(axis=0))), self.shape.pair)

    def _encoded(self, x: Numbers) -> Numbers:
        """The layers, and the last norm without its weights. All arrays are made once: filling fresh memory takes as long as the sums."""
        n, dim = x.shape
        heads, hidden = self.shape.heads, self.shape.hidden
        size = dim // heads
        half = size // 2
        cosines, sines = (table[:n, None] for table in _angles(half))
        normed, added = _empty(n, dim), _empty(n, dim)
        three, gathered = _empty(n, 3 * dim), _empty(n, heads, size)
        units, turned, turning = _empty(n, 2 * heads, size), _empty(2 * heads, n, size), _empty(n, 2 * heads, half)
        by_place = turned.transpose(1, 0, 2)
        values = np.ones((heads, n, size + 1), dtype=np.float32)  # the ones sum the odds
        odds, sums = _empty(n, n), _empty(n, size + 1)
        gates, opened = _empty(n, 2 * hidden), _empty(n, hidden)
        for layer in self._layers:
            _scaled(x, _NORM_EPSILON, normed, mean=True)
            np.matmul(normed, layer.three, out=three)
            parts = three.reshape(n, 3, heads, size)
            _scaled(parts[:, :2].reshape(n, 2 * heads, size), _UNIT_EPSILON, units, mean=False)
            first, second = units[..., :half], units[..., half:]
            np.multiply(first, cosines, out=by_place[..., :half])
            by_place[..., :half] -= np.multiply(second, sines, out=turning)
            np.multiply(first, sines, out=by_place[..., half:])
            by_place[..., half:] += np.multiply(second, cosines, out=turning)
            turned[:heads] *= layer.sharpness
            values[..., :size] = parts[:, 2].transpose(1, 0, 2)
            for head in range(heads):
                np.matmul(turned[head], turned[heads + head].T, out=odds)
                np.exp(odds, out=odds)
                np.matmul(odds, values[head], out=sums)
                np.divide(sums[:, :size], sums[:, size:], out=gathered[:, head])
            x += np.matmul(gathered.reshape(n, dim), layer.out, out=added)
            _scaled(x, _NORM_EPSILON, normed, mean=True)
            np.matmul(normed, layer.gates, out=gates)
            np.negative(gates[:, :hidden], out=opened)
            np.exp(opened, out=opened)
            opened += 1
            np.divide(gates[:, :hidden], opened, out=opened)
            opened *= gates[:, hidden:]
            x += np.matmul(opened, layer.down, out=added)
        return _scaled(x, _NORM_EPSILON, normed, mean=True)


def _empty(*shape: int) -> Numbers:
    return np.empty(shape, dtype=np.float32)


def _scaled(x: Numbers, epsilon: float, out: Numbers, *, mean: bool) -> Numbers:
    """x over the root of the mean (or the sum) of its squares, by its last axis."""
    squares = np.einsum("...d,...d->...", x, x)[..., None]
    if mean:
        squares /= np.float32(x.shape[-1])
    squares += np.float32(epsilon)
    np.multiply(x, 1 / np.sqrt(squares), out=out)
    return out


@lru_cache(maxsize=8)
def _angles(half: int) -> tuple[Numbers, Numbers]:
    """(LONGEST, half) cosines and sines by which the two halves of a head are turned."""
    angles = np.arange(LONGEST)[:, None] * _ROTARY_BASE ** (-np.arange(half) / half)
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a file holds."""

    shape: Shape
    lexicon: Lexicon
    tensors: Mapping[str, NDArray[np.generic]]  # float16
    training: Mapping[str, str]  # how far its training has come


def save_transformer(
    path: Path, shape: Shape, lexicon: Lexicon, tensors: Mapping[str, NDArray[np.generic]], training: Mapping[str, str]
) -> None:
    """Writes network and lexicon to one safetensors file, in half precision: beside it first, then in its place."""
    from safetensors.numpy import save_file

    stored: dict[str, NDArray[np.generic]] = {name: np.ascontiguousarray(tensor, dtype=np.float16) for name, tensor in tensors.items()}
    about = {"format": str(FORMAT), "architecture": ARCHITECTURE, "shape": json.dumps(asdict(shape)), "training": json.dumps(training)}
    written = path.with_name(f"{path.name}.being-written")
    save_file({**stored, **lexicon_tensors(lexicon)}, written, metadata=about)
    written.replace(path)


def read_transformer(path: Path) -> Stored:
    """What `save_transformer` wrote. ValueError for another format."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        about = file.metadata() or {}
        if (about.get("format"), about.get("architecture")) != (str(FORMAT), ARCHITECTURE):
            found = f"{about.get('architecture')} {about.get('format')!r}"
            raise ValueError(f"expected a transformer of format {FORMAT} in {path.name}, got {found}; train it again")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith("lexicon.")}
    return Stored(Shape(**json.loads(about["shape"])), lexicon_of(tensors), weights, json.loads(about["training"]))


def load_transformer(path: Path) -> Transformer:
    """The transformer of a file. ValueError for another format."""
    stored = read_transformer(path)
    return Transformer(stored.shape, stored.lexicon, stored.tensors, hashlib.sha256(path.read_bytes()).hexdigest()[:16])
