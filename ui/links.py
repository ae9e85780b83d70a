"""The address of a quote's place in our source reader."""

from __future__ import annotations

from qa.records import Citation, spans_text


def source_link(citation: Citation) -> str:
    """The place of a citation. Made of ids and numbers alone, never of a path or a list position, so that it holds after an edit."""
    return f"/source/{citation.doc_id}?v={citation.version}&s={spans_text(citation.spans)}#quote"
