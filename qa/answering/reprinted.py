"""Where else a quotation is printed: the copies of a cited passage that hold the quoted words, each as a citation of its own.

A copy may be trimmed, set in the other script or edited lightly, so the words are looked for as nearly as they may stand there. Not
handled: copies that were not among the passages found; what is read and not cited.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from embeddings.folding import fold
from qa.answering.citing import cite
from qa.records import Answer, Citation, Document, Hit, Passage, Span
from qa.splitting import sentence_spans

MOST_REPRINTS = 3  # that are named for one citation; `Citation.copies` counts all
_LIKE = 70  # of 100: how alike the words must be; a name masked in a short sentence leaves 80, other sentences of one article reach 50


def with_reprints(
    answer: Answer, passages: Callable[[Sequence[str]], Mapping[str, Passage]], document: Callable[[str, str], Document]
) -> Answer:
    """The answer with its `reprints`, and with those of each citation's copies left in `copies` that print the quote.

    passages: those of some ids that may be shown. document: (doc_id, version) to the stored document.
    """
    copies = sorted({copy for citation in answer.citations for copy in citation.copies})
    if not copies:
        return answer
    stored = passages(copies)
    citations: list[Citation] = []
    reprints: list[Citation] = []
    for citation in answer.citations:
        places = {copy: place for copy in citation.copies if copy in stored and (place := place_of(citation.quote, stored[copy].text))}
        citations.append(replace(citation, copies=tuple(places)))
        for copy in list(places)[:MOST_REPRINTS]:
            passage = stored[copy]
            hit = Hit(passage, score=0.0, rank=0)
            reprints.append(cite(hit, document(passage.doc_id, passage.version), places[copy], citation.marker))
    return replace(answer, citations=tuple(citations), reprints=tuple(reprints))


def place_of(quote: str, text: str) -> Span | None:
    """Where the text prints the quote, in either script and nearly word for word; None when it does not."""
    from rapidfuzz.fuzz import partial_ratio_alignment

    start = text.find(quote)
    if start >= 0:
        return Span(start, start + len(quote))
    folded = fold(text)
    found = partial_ratio_alignment(fold(quote), folded, score_cutoff=_LIKE)
    if found is None or found.dest_start == found.dest_end or len(quote) > len(text):
        return None
    if len(folded) != len(text):  # folding has moved the characters: the whole passage
        return Span(0, len(text))
    place = Span(found.dest_start, found.dest_end)  # as long as the quote, wherever sentences end here
    sentences = [span for span in sentence_spans(text) if 2 * span.overlap(place) >= span.end - span.start]
    return Span(sentences[0].start, sentences[-1].end) if sentences else place
