"""The address of a place in our source reader."""

from __future__ import annotations

from collections.abc import Sequence

from qa.records import Citation, Span, spans_text

MOST_SPANS = 64  # that a link names


def source_link(citation: Citation) -> str:
    """The place of a citation. Made of ids and numbers alone, never of a path or a list position, so that it holds after an edit."""
    return place_link(citation.doc_id, citation.version, citation.spans)


def place_link(doc_id: str, version: str, spans: Sequence[Span]) -> str:
    """Any place of a document; of more than MOST_SPANS spans, the first."""
    return f"/source/{doc_id}?v={version}&s={spans_text(spans[:MOST_SPANS])}#quote"
