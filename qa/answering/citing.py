"""Citations: who wrote it, in what, when, and the quote, which is the stored text at its spans or an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from qa.errors import LibraryDamagedError
from qa.records import Answer, Citation, DateMention, Document, Hit, Passage, Section, Span, text_at


def cite(hit: Hit, document: Document, span: Span, marker: int) -> Citation:
    """The citation of a span of the hit's passage.

    span: in `hit.passage.text`. LibraryDamagedError when the document's text at the resulting spans is not what the passage says.
    """
    passage = hit.passage
    spans = document_spans(passage, span)
    quote = passage.text[span.start : span.end]
    if text_at(document.text, spans) != quote:
        raise LibraryDamagedError(
            f"expected passage {passage.passage_id} of {document.path} to quote its document word for word, and it does not; "
            "run `chuchu library verify` and ingest the document again"
        )
    section = _section(document, passage)
    return Citation(
        marker=marker,
        passage_id=passage.passage_id,
        doc_id=document.doc_id,
        version=document.version,
        title=section.title or document.title,
        authors=section.authors or document.authors,
        publication=_publication(document, section),
        published=section.published or document.published,
        path=document.path,
        page=passage.page or section.pages,
        spans=spans,
        quote=quote,
        copies=hit.copies,
        dates=dates_in_quote(document, spans),
    )


def dates_in_quote(document: Document, spans: Sequence[Span]) -> tuple[DateMention, ...]:
    """The relative dates that the document names at the spans, by place; their spans count in the quote."""
    found = []
    offset = 0  # of the span in the quote
    for span in spans:
        for mention in document.dates:
            if mention.relative and span.start <= mention.span.start and mention.span.end <= span.end:
                shift = offset - span.start
                found.append(replace(mention, span=Span(mention.span.start + shift, mention.span.end + shift)))
        offset += span.end - span.start
    return tuple(found)


def cited_antecedents(answer: Answer) -> Iterator[tuple[str, Citation]]:
    """What the answer's pronouns are said to stand for, each as a citation of its own, and where: "他 in statement 1"."""
    cited = {citation.marker: citation for citation in answer.citations}
    for number, statement in enumerate(answer.statements, start=1):
        for antecedent in statement.antecedents:
            pronoun = statement.text[antecedent.span.start : antecedent.span.end]
            words = replace(cited[antecedent.marker], spans=antecedent.spans, quote=antecedent.words)
            yield f"{pronoun} in statement {number}", words


def document_spans(passage: Passage, span: Span) -> tuple[Span, ...]:
    """Where a span of the passage's text stands in the document: one span for each piece of the passage that it touches."""
    found = []
    offset = 0  # of the piece in passage.text
    for piece in passage.spans:
        start = piece.start + max(0, span.start - offset)
        end = min(piece.end, piece.start + span.end - offset)
        if start < end:
            found.append(Span(start, end))
        offset += piece.end - piece.start
    return tuple(found)


def attribution(citation: Citation) -> str:
    """作者《题名》，刊物，日期，第…页: what is not known is left out; without title and author the file name stands for them."""
    marked = re.fullmatch(r"《[^《》]*》", citation.title)  # a title may hold another one: 《鹭溪》文学季刊
    title = citation.title if marked or not citation.title else f"《{citation.title}》"
    work = "、".join(citation.authors) + title or PurePath(citation.path).name
    page = f"第{citation.page}页" if citation.page else ""
    return "，".join(filter(None, (work, citation.publication, citation.published, page)))


def _section(document: Document, passage: Passage) -> Section:
    matching = (section for section in document.sections if section.section_id == passage.section_id)
    return next(matching, Section(passage.section_id))


def _publication(document: Document, section: Section) -> str:
    """The publication with its issue; an article inside a titled whole is in that whole."""
    name = document.publication or (document.title if section.title else "")
    return " ".join(filter(None, (name, document.issue)))
