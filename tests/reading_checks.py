"""What every test of a format asks: that it reads, and that each character stands in exactly one block."""

from __future__ import annotations

from qa.reading import read
from qa.records import Document, text_at

DOC_ID = "0123456789abcdef"


def read_as(name: str, data: bytes) -> Document:
    document = read(data, path=name, doc_id=DOC_ID)
    places = [place for block in document.blocks for span in block.spans for place in range(span.start, span.end)]
    assert len(places) == len(set(places))
    assert all(document.text[place].isspace() for place in set(range(len(document.text))) - set(places))
    return document


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, text_at(document.text, block.spans)) for block in document.blocks]
