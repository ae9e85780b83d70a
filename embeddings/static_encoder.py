"""The default encoder: one vector per word, a text is the mean of its words' vectors. Numpy, no torch.

It reads a sentence-transformers folder made of `StaticEmbedding` and `Normalize` and gives the vectors that `SentenceTransformer(folder)`
gives for folded text. Thousands of passages a second on one core; word order, negation and everything else that is not in the words
is lost. Folders of other modules are for `SentenceTransformerEncoder`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.encoder import Vectors
from embeddings.folding import fold
from embeddings.unit_rows import unit_rows

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BUNDLED = Path(__file__).with_name("static_zh")
MODULES = ["StaticEmbedding", "Normalize"]
BATCH = 1024  # texts at a time: enough to keep the tokenizer's threads busy


class StaticEncoder:
    """Mean of word vectors. Make one with `bundled` or `load`; safe to use from several threads."""

    def __init__(self, tokenizer: Tokenizer, word_vectors: Vectors, fingerprint: str) -> None:
        """word_vectors: (words, dim) float32, row n belongs to the tokenizer's id n."""
        self._tokenizer = tokenizer
        self._word_vectors = word_vectors
        self._fingerprint = fingerprint

    @classmethod
    def bundled(cls) -> StaticEncoder:
        """The encoder that ships with Chuchu: Chinese, 128 dimensions."""
        return cls.load(BUNDLED)

    @classmethod
    def load(cls, folder: Path) -> StaticEncoder:
        """The encoder in a folder. ValueError when the folder is not a static model; its sentence says what is missing."""
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        tokenizer_json, weights = (_module_file(folder, name) for name in ("tokenizer.json", "model.safetensors"))
        tokenizer = Tokenizer.from_str(tokenizer_json.decode("utf-8"))
        tokenizer.normalizer = None  # NFKC and lower case, which folding has already done
        word_vectors = load(weights)["embedding.weight"].astype(np.float32)
        content = hashlib.sha256(tokenizer_json + weights).hexdigest()
        return cls(tokenizer, word_vectors, f"{folder.resolve().name}-{content[:16]}")

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dim(self) -> int:
        return int(self._word_vectors.shape[1])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) float32, unit rows; a text without a known word gives a zero row."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            vectors[start : start + BATCH] = self._means(texts[start : start + BATCH])
        return unit_rows(vectors)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def _means(self, texts: Sequence[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch_fast([_clean(fold(text)) for text in texts], add_special_tokens=False)
        means = np.zeros((len(texts), self.dim), dtype=np.float32)
        for mean, encoding in zip(means, encodings, strict=True):  # text by text: one text's rows fit the processor's cache
            if encoding.ids:
                mean[:] = self._word_vectors[encoding.ids].mean(axis=0)
        return means


def _clean(text: str) -> str:
    """The text with a question mark for each lone surrogate, which the tokenizer cannot take."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _module_file(folder: Path, name: str) -> bytes:
    """A file of the folder's StaticEmbedding module. ValueError where the folder holds another kind of model."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        if [module["type"].rpartition(".")[2] for module in modules] != MODULES:
            raise ValueError(f"{folder} is not a static model of {' and '.join(MODULES)}; load it with SentenceTransformerEncoder")
        path: Path = folder / modules[0]["path"] / name
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{folder} is not a complete model folder: {error.filename} cannot be read; install Chuchu again") from error
