"""The reader's network, computed in numpy: how well each stretch of a text answers a query, and how well silence would.

Each character enters as the sum of what is known of it: its own vector, the vector and kind of its word, and the features of `features`.
Gated convolutions (Dauphin et al. 2017) let it see its neighbours; attention to the query (Seo et al. 2017) gives it what the query says
about it; convolutions of growing reach and one self-attention work over the result. A stretch scores by its first character, its last,
both together and its length. Trained by `eval/training/train_reader.py`. Not handled: anything a text says only in another window.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.answering.reader.features import features_of, question_words
from qa.answering.reader.texts import Lexicon, Numbers, Tokens
from qa.records import Span

FORMAT = 2
LONGEST_ANSWER = 80  # characters of a stretch
KIND_DIM = 12
NOTHING = -1e4  # the logit of what cannot be
_NORM_EPSILON = 1e-5
_CHARACTERS, _WORDS = "lexicon.characters", "lexicon.words"  # as bytes of UTF-8, one a line
_RARITIES = ("lexicon.character_rarity", "lexicon.word_rarity")


@dataclass(frozen=True, slots=True)
class Shape:
    """The network's sizes. encoder, before, after: the dilations of the convolutions of the text alone, before and after self-attention."""

    dim: int = 96
    encoder: tuple[int, ...] = (1, 2)
    before: tuple[int, ...] = (1, 2, 4, 8)
    heads: int = 2
    after: tuple[int, ...] = (1, 2)
    pair: int = 48  # numbers in which the first and the last character of a stretch are compared


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says of one text, as logits of one softmax over all its stretches and silence."""

    stretches: Numbers  # (characters, characters) by first and last character, NOTHING where no answer can be
    silence: float
    yes_no: float  # the text answers with yes or no, which no stretch of it says


class Network:
    """The trained network with its lexicon. It holds no state between texts, so threads may share it."""

    def __init__(self, shape: Shape, lexicon: Lexicon, tensors: Mapping[str, NDArray[np.generic]], fingerprint: str = "") -> None:
        """tensors: by the names of the torch network. Vectors of words stay in the precision given, the rest is computed in float32."""
        self.shape = shape
        self.lexicon = lexicon
        self.fingerprint = fingerprint
        self._words = tensors["words.weight"]
        self._tensors = {name: np.asarray(tensor, dtype=np.float32) for name, tensor in tensors.items() if name != "words.weight"}

    def scores(self, query: Tokens, text: Tokens, sentences: list[Span]) -> Scores:
        """The scores of one text for one query, neither of them empty. sentences: of the text."""
        asks = question_words(query.text)
        asked = self._encoded(query, features_of(query, text, [], asks=asks, other_asks=None))
        read = self._encoded(text, features_of(text, query, sentences, asks=None, other_asks=asks))
        aligned, about = self._aligned(query, asked, text, read)
        x = linear(self._tensors, "merge", np.concatenate((read, aligned, read * aligned, read * about), axis=-1))
        for place, dilation in enumerate(self.shape.before):
            x = self._convolved(f"before.{place}", x, dilation)
        x = self._attended("attention", x)
        for place, dilation in enumerate(self.shape.after):
            x = self._convolved(f"after.{place}", x, dilation)
        x = self._normed("norm", x)
        return scores_of(self._tensors, x, np.concatenate((x.max(axis=0), about)), self.shape.pair)

    def _encoded(self, tokens: Tokens, features: Numbers) -> Numbers:
        known = (
            self._tensors["characters.weight"][tokens.characters],
            self._words[tokens.words].astype(np.float32),
            self._tensors["kinds.weight"][tokens.kinds],
            features,
        )
        x = linear(self._tensors, "entry", np.concatenate(known, axis=-1))
        for place, dilation in enumerate(self.shape.encoder):
            x = self._convolved(f"encoder.{place}", x, dilation)
        return x

    def _aligned(self, query: Tokens, asked: Numbers, text: Tokens, read: Numbers) -> tuple[Numbers, Numbers]:
        """For each character of the text the mean of the query's that fit it, and the query as one vector."""
        scores = (
            linear(self._tensors, "align_text", read) @ (asked @ self._tensors["align_query.weight"].T).T * np.float32(self.shape.dim**-0.5)
        )
        same = self._tensors["align_same"]
        scores += same[0] * ((text.characters[:, None] == query.characters) & (text.characters[:, None] > 0))
        scores += same[1] * ((text.words[:, None] == query.words) & (text.words[:, None] > 0))
        own = _softmax((asked @ self._tensors["pool.weight"].T).T)[0]
        return _softmax(scores) @ asked, own @ asked

    def _convolved(self, name: str, x: Numbers, dilation: int) -> Numbers:
        y = self._normed(f"{name}.norm", x)
        n, dim = y.shape
        near = np.zeros((n, 3 * dim), dtype=np.float32)
        near[dilation:, :dim] = y[: max(0, n - dilation)]
        near[:, dim : 2 * dim] = y
        near[: max(0, n - dilation), 2 * dim :] = y[dilation:]
        both = linear(self._tensors, f"{name}.near", near)
        gated: Numbers = x + both[:, :dim] / (1 + np.exp(-both[:, dim:]))
        return gated

    def _attended(self, name: str, x: Numbers) -> Numbers:
        n, dim = x.shape
        heads = self.shape.heads
        three = linear(self._tensors, f"{name}.three", self._normed(f"{name}.norm", x))
        three = three.reshape(n, 3, heads, dim // heads).transpose(1, 2, 0, 3)
        q, k, v = three
        weights = _softmax(q @ k.transpose(0, 2, 1) * np.float32((dim // heads) ** -0.5))
        return x + linear(self._tensors, f"{name}.out", (weights @ v).transpose(1, 0, 2).reshape(n, dim))

    def _normed(self, name: str, x: Numbers) -> Numbers:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = 1 / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(_NORM_EPSILON))
        y: Numbers = centred * scale * self._tensors[f"{name}.weight"] + self._tensors[f"{name}.bias"]
        return y


def linear(tensors: Mapping[str, Numbers], name: str, x: Numbers) -> Numbers:
    """x by the weights and bias of that name, as torch's Linear."""
    y: Numbers = x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]
    return y


def scores_of(tensors: Mapping[str, Numbers], x: Numbers, seen: Numbers, pair: int) -> Scores:
    """The scores from what is known of each character, x, and of the whole, `seen`. pair: numbers in which two ends are compared."""
    silence, yes_no = (float(linear(tensors, name, seen)[0]) for name in ("silence", "yes_no"))
    return Scores(_stretch_scores(tensors, x, pair), silence, yes_no)


def _stretch_scores(tensors: Mapping[str, Numbers], x: Numbers, pair: int) -> Numbers:
    """(characters, characters) from what is known of each character: its score as the first, the other's as the last, both together in
    `pair` numbers, and the length; NOTHING where no answer can be."""
    ends = linear(tensors, "ends", x)
    scores = linear(tensors, "first", x) @ linear(tensors, "last", x).T * np.float32(pair**-0.5)
    scores += ends[:, :1] + ends[:, 1]
    places = np.arange(len(x))
    length = places - places[:, None]
    scores += tensors["lengths"][length.clip(0, LONGEST_ANSWER - 1)]
    return np.where((length >= 0) & (length < LONGEST_ANSWER), scores, np.float32(NOTHING))


def _softmax(scores: Numbers) -> Numbers:
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Numbers = odds / odds.sum(axis=-1, keepdims=True)
    return shares


def save_network(path: Path, shape: Shape, lexicon: Lexicon, tensors: Mapping[str, NDArray[np.generic]]) -> None:
    """Writes network and lexicon to one safetensors file, in half precision."""
    from safetensors.numpy import save_file

    stored: dict[str, NDArray[np.generic]] = {name: np.ascontiguousarray(tensor, dtype=np.float16) for name, tensor in tensors.items()}
    stored.update(lexicon_tensors(lexicon))
    save_file(stored, path, metadata={"format": str(FORMAT), "shape": json.dumps(asdict(shape))})


def load_network(path: Path) -> Network:
    """The network of a file. ValueError for another format."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        about = file.metadata() or {}
        if about.get("format") != str(FORMAT) or "architecture" in about:
            found = " ".join(filter(None, (about.get("architecture"), repr(about.get("format")))))
            raise ValueError(f"expected a reader of format {FORMAT} in {path.name}, got {found}; train it again")
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
    sizes: dict[str, Any] = {name: tuple(size) if isinstance(size, list) else size for name, size in json.loads(about["shape"]).items()}
    lexicon = lexicon_of(tensors)
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith("lexicon.")}
    return Network(Shape(**sizes), lexicon, weights, hashlib.sha256(path.read_bytes()).hexdigest()[:16])


def lexicon_tensors(lexicon: Lexicon) -> dict[str, NDArray[np.generic]]:
    """A lexicon as tensors of a file, all named "lexicon.…"."""
    texts = ((_CHARACTERS, lexicon.characters), (_WORDS, lexicon.words))
    stored: dict[str, NDArray[np.generic]] = {name: np.frombuffer("\n".join(one).encode("utf-8"), dtype=np.uint8) for name, one in texts}
    for name, rarity in zip(_RARITIES, (lexicon.character_rarity, lexicon.word_rarity), strict=True):
        stored[name] = rarity.astype(np.float16)
    return stored


def lexicon_of(tensors: Mapping[str, NDArray[np.generic]]) -> Lexicon:
    """The lexicon among the tensors of a file."""
    characters, words = (tensors[name].tobytes().decode("utf-8").split("\n") for name in (_CHARACTERS, _WORDS))
    rarities = (tensors[name].astype(np.float32) for name in _RARITIES)
    return Lexicon(characters, words, *rarities)
