"""What tests of answering share: a query taken apart where every term is as rare, and an assistant over a few invented texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.queries import Asked, read_query
from qa.assistant import Assistant


def asked(query: str) -> Asked:
    return read_query(query, lambda terms: dict.fromkeys(terms, 1.0))


@contextmanager
def assistant_over(documents: Mapping[str, str], folder: Path) -> Iterator[Assistant]:
    """documents: texts by the names of their files."""
    ingested = folder / "documents"
    ingested.mkdir()
    for name, text in documents.items():
        (ingested / name).write_text(text, encoding="utf-8")
    with Assistant.open(folder / "library", encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([ingested])
        yield assistant
