"""Text to folded text to vectors to nearest keys. Knows nothing of documents and imports nothing of the product.

    encoder = StaticEncoder.bundled()
    index = VectorIndex.build(["a", "b"], encoder.encode_passages(["茶叶合作社今年增产", "图书馆周一闭馆"]))
    index.search(encoder.encode_queries(["哪天不开馆"]), k=1)  # "b" first, with its cosine

Importing the package imports none of its modules; a public name is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embeddings.encoder import Encoder, Vectors
    from embeddings.folding import fold
    from embeddings.hashing_encoder import HashingEncoder
    from embeddings.static_encoder import StaticEncoder
    from embeddings.tokens import count_tokens
    from embeddings.transformer_encoder import SentenceTransformerEncoder
    from embeddings.vector_index import VectorIndex

__all__ = [
    "Encoder",
    "HashingEncoder",
    "SentenceTransformerEncoder",
    "StaticEncoder",
    "VectorIndex",
    "Vectors",
    "count_tokens",
    "fold",
]

_MODULES = {
    "Encoder": "encoder",
    "HashingEncoder": "hashing_encoder",
    "SentenceTransformerEncoder": "transformer_encoder",
    "StaticEncoder": "static_encoder",
    "VectorIndex": "vector_index",
    "Vectors": "encoder",
    "count_tokens": "tokens",
    "fold": "folding",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'embeddings' has no attribute {name!r}")
    return getattr(import_module(f"embeddings.{_MODULES[name]}"), name)
