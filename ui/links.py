"""The address of a quote's place in our source reader."""

from __future__ import annotations

from collections.abc import Sequence

from qa.records import Citation, Span


def spans_text(spans: Sequence[Span]) -> str:
    """The spans as a link carries them: "12-40,57-80"."""
    return ",".join(f"{span.start}-{span.end}" for span in spans)


def source_link(citation: Citation) -> str:
    """The place of a citation. Made of ids and numbers alone, never of a path or a list position, so that it holds after an edit."""
    return f"/source/{citation.doc_id}?v={citation.version}&s={spans_text(citation.spans)}#quote"
