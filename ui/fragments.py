"""Records as HTML for the chat and the library page. The only place, beside the templates, where HTML is made.

Every word of a document, a query or a file name goes through `literal`. Gradio reads what it is given as Markdown first, and cleans
the HTML that results once more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from qa.answering.citing import attribution
from qa.records import Answer, Antecedent, Citation, DocumentInfo, Hit, Statement
from ui.links import source_link
from ui.plain import (
    also_read_title,
    answer_text,
    decoding_text,
    doubt,
    drop_reason,
    model_note,
    more_places,
    reprints_of,
    shortened,
    silence,
    statement_dates,
    unanswered_text,
)
from ui.texts import Language, say

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")  # neither HTML nor UTF-8 has them
_SHOWN_STEPS = 8


def literal(text: str) -> str:
    """The text so that neither HTML nor Markdown nor LaTeX sees anything in it: each ASCII punctuation mark is a character reference."""
    escaped = _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", _UNSENDABLE.sub("\ufffd", text))
    return escaped.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")


def masthead_html(language: Language) -> str:
    """The name of the product and what it promises."""
    tagline, local = (literal(say(language, key)) for key in ("tagline", "local_only"))
    return f'<div class="masthead"><span class="name">出处 <small>Chuchu</small></span><span class="quiet">{tagline} · {local}</span></div>'


def sample_banner_html(language: Language) -> str:
    """That these documents are invented, and how to open one's own."""
    command = "<code>chuchu ingest</code> + <code>chuchu chat</code>"
    return f'<div class="banner">{literal(say(language, "sample_banner"))} {command}</div>'


def welcome_html(language: Language) -> str:
    """What stands in a chat in which nothing has been asked: what to expect, and what is kept."""
    title, more, kept = (literal(say(language, key)) for key in ("welcome", "welcome_more", "welcome_kept"))
    return f'<div class="welcome"><h2>{title}</h2><p>{more}</p><p class="quiet">{kept}</p></div>'


def query_html(query: str) -> str:
    """A reader's own words in the chat."""
    return f'<div class="query">{literal(query)}</div>'


def statement_html(statement: Statement, citations: Sequence[Citation], language: Language) -> str:
    """The statement with its short answer highlighted, of what kind that is, and its markers as links (plain while there are no citations).

    What 去年 and 他 stand for is shown beside them, marked as not of the text; what 他 stands for opens where it is said.
    """
    text, added = statement.text, _added(statement, citations, language)
    body, place = "", 0
    for part in statement.short_answers:
        marked = _with_added(text, part.start, part.end, added)
        body += f"{_with_added(text, place, part.start, added)}<mark>{marked}</mark>"
        place = part.end
    body += _with_added(text, place, len(text), added)
    if statement.answer_type not in (None, "other"):  # behind the quotation: nothing stands between its words
        body += f'<span class="answer-type">{literal(say(language, f"answer_{statement.answer_type}"))}</span>'
    cited = {citation.marker: citation for citation in citations}
    markers = "".join(_marker(marker, cited.get(marker)) for marker in statement.markers)
    differs = "".join(_marker(marker, cited.get(marker)) for marker in statement.differs_from)
    note = f' <span class="differs">{literal(say(language, "differs", markers=""))}{differs}</span>' if differs else ""
    return f'<p class="statement">{body}{markers}{note}</p>'


def _added(statement: Statement, citations: Sequence[Citation], language: Language) -> list[tuple[int, str]]:
    """What is shown in the statement though its text does not say it: behind which place, and as HTML."""
    why = literal(say(language, "date_added"))
    added = [
        (mention.span.end, f'<span class="date" title="{why}">&#40;{literal(mention.date)}&#41;</span>')
        for mention in statement_dates(statement, citations)
    ]
    cited = {citation.marker: citation for citation in citations}
    for antecedent in statement.antecedents:
        added.append((antecedent.span.end, _antecedent(antecedent, cited.get(antecedent.marker), language)))
    return sorted(added)


def _antecedent(antecedent: Antecedent, citation: Citation | None, language: Language) -> str:
    why, words = literal(say(language, "antecedent_added")), literal(antecedent.words)
    if citation is None:
        return f'<span class="antecedent" title="{why}">&#91;{words}&#93;</span>'
    href = _href(replace(citation, spans=antecedent.spans))
    return f'<a class="antecedent" href="{href}" title="{why}">&#91;{words}&#93;</a>'


def _with_added(text: str, start: int, end: int, added: Sequence[tuple[int, str]]) -> str:
    """text[start:end] with what is added to it."""
    parts, place = [], start
    for behind, words in added:
        if start < behind <= end:
            parts.append(literal(text[place:behind]) + words)
            place = behind
    return "".join((*parts, literal(text[place:end])))


def _marker(marker: int, citation: Citation | None) -> str:
    if citation is None:
        return f'<span class="marker">&#91;{marker}&#93;</span>'
    return f'<a class="marker" href="{_href(citation)}" title="{literal(attribution(citation))}">&#91;{marker}&#93;</a>'


def _href(citation: Citation) -> str:
    return html.escape(source_link(citation))


def _statements_html(statements: Sequence[Statement], citations: Sequence[Citation], language: Language) -> str:
    """The statements, the first of each part of the query under that part."""
    shown, part = [], ""
    for statement in statements:
        if statement.part != part:
            part = statement.part
            shown.append(f'<p class="part">{literal(part)}</p>')
        shown.append(statement_html(statement, citations, language))
    return "".join(shown)


def answer_html(answer: Answer, language: Language) -> str:
    """The whole answer: statements, attribution lines, what else was read, and the plain text that the copy button copies."""
    parts = []
    if answer.searched_as not in ("", answer.query.strip()):
        parts.append(f'<p class="quiet">{literal(say(language, "searched_as", text=shortened(answer.searched_as)))}</p>')
    if answer.status == "no_evidence":
        reason = literal(silence(answer, language))
        parts.append(f'<p class="silent"><strong>{literal(say(language, "no_evidence"))}</strong> {reason}</p>')
    elif not answer.is_sure:
        parts.append(f'<p class="unsure">{literal(doubt(answer, language))}</p>')
    parts.append(_statements_html(answer.statements, answer.citations, language))
    if answer.unanswered:
        parts.append(f'<p class="silent">{literal(unanswered_text(answer, language))}</p>')
    if answer.citations:
        parts.append(f'<ol class="citations">{"".join(_citation_item(answer, c, language) for c in answer.citations)}</ol>')
    if answer.also_read:
        items = "".join(_also_read_item(citation) for citation in answer.also_read)
        opened = " open" if answer.status == "no_evidence" else ""
        parts.append(f"<details{opened}><summary>{literal(also_read_title(answer, language))}</summary><ul>{items}</ul></details>")
    if answer.model:
        parts.append(f'<p class="quiet">{literal(model_note(answer, language))}</p>')
    if answer.dropped:
        items = "".join(f"<li>{literal(item.text)} <em>{literal(drop_reason(item, language))}</em></li>" for item in answer.dropped)
        summary = literal(say(language, "dropped", count=len(answer.dropped)))
        parts.append(f"<details><summary>{summary}</summary><ul>{items}</ul></details>")
    taken = literal(say(language, "bundle_take"))
    parts.append(f'<a class="bundle" href="/bundle/{html.escape(answer.answer_id)}">{taken}</a>')
    copy, copied = (literal(say(language, key)) for key in ("copy", "copied"))
    parts.append(f'<button class="copy" type="button"><span>{copy}</span><span>{copied}</span></button>')
    parts.append(f'<span class="plain">{literal(answer_text(answer, language))}</span>')
    return f'<div class="answer">{"".join(parts)}</div>'


def _citation_item(answer: Answer, citation: Citation, language: Language) -> str:
    reprints = _also_printed(reprints_of(answer, citation), len(citation.copies), language)
    number = f'<span class="number">&#91;{citation.marker}&#93;</span>'
    line = f'<a href="{_href(citation)}">{literal(attribution(citation))}</a>'
    return f'<li>{number}{line}<span class="quiet">{literal(PurePath(citation.path).name)}</span>{reprints}</li>'


def _also_printed(reprints: Sequence[Citation], total: int, language: Language) -> str:
    """Also printed in …, each place a link, and so many more places."""
    if not reprints:
        return ""
    before, after = say(language, "also_printed", places="\n").split("\n")
    places = [f'<a href="{_href(reprint)}">{literal(attribution(reprint))}</a>' for reprint in reprints]
    places += map(literal, more_places(total - len(reprints), language))
    return f'<span class="quiet">{literal(before)}{literal(say(language, "between_places")).join(places)}{literal(after)}</span>'


def _also_read_item(citation: Citation) -> str:
    line = f'<a href="{_href(citation)}">{literal(attribution(citation))}</a>'
    return f'<li>{line}<span class="quote">{literal(shortened(citation.quote, 160))}</span></li>'


def drafting_html(statements: Sequence[Statement], language: Language) -> str:
    """An answer on its way: the statements so far, or that the search is running."""
    if not statements:
        return f'<div class="answer"><p class="quiet">{literal(say(language, "searching"))}</p></div>'
    return f'<div class="answer">{_statements_html(statements, (), language)}</div>'


def steps_html(hits: Sequence[Hit], language: Language) -> str:
    """What was found, in order: a few hits with their headings and scores."""
    items = "".join(
        f"<li>{literal(hit.passage.heading or shortened(hit.passage.text, 24))} "
        f'<span class="quiet">{literal(say(language, "step_rank", rank=hit.passage.ordinal + 1, score=f"{hit.score:.2f}"))}</span></li>'
        for hit in hits[:_SHOWN_STEPS]
    )
    return f'<ol class="steps">{items}</ol>'


def documents_table(documents: Sequence[DocumentInfo], language: Language, shown: int) -> str:
    """The library as a table of at most `shown` rows, each title a link to the document's source page."""
    if not documents:
        return f'<p class="quiet">{literal(say(language, "no_documents"))}</p>'
    columns = ("title", "author", "publication", "published", "format", "encoding", "script", "passages", "state")
    head = "".join(f"<th>{literal(say(language, f'col_{column}'))}</th>" for column in columns)
    rows = "".join(_document_row(info, language) for info in documents[:shown])
    passages = sum(info.n_passages for info in documents)
    count = literal(say(language, "count_documents", count=len(documents), passages=passages))
    browse = f'<a href="/library" target="_blank" rel="noopener">{literal(say(language, "browse"))}</a>'
    more = len(documents) - shown
    rest = f'<p class="quiet">{literal(say(language, "more_rows", count=more))}</p>' if more > 0 else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<p class="quiet">{count} · {browse}</p><div class="documents">{table}</div>{rest}'


def _document_row(info: DocumentInfo, language: Language) -> str:
    title = literal(info.title or say(language, "untitled"))
    link = f'<a href="/source/{html.escape(info.doc_id)}" target="_blank" rel="noopener">{title}</a>'
    cells = (
        literal("、".join(info.authors)),
        literal(info.publication),
        literal(info.published),
        literal(info.reader.partition("/")[0]),
        literal(decoding_text(info, language)),
        literal(say(language, f"script_{info.script}")),
        str(info.n_passages),
        literal(say(language, f"state_{info.state}")),
    )
    read_as = f'<a href="/library/{html.escape(info.doc_id)}" target="_blank" rel="noopener">{literal(say(language, "read_as"))}</a>'
    name = f'<span class="quiet" title="{literal(info.path)}">{literal(PurePath(info.path).name)} · {read_as}</span>'
    first = f"<td>{link}{name}</td>"
    return f'<tr class="{info.state}">{first}{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def lines_html(text: str) -> str:
    """Plain text of several lines, as it stands: a report, a receipt, an error."""
    return f'<p class="lines">{literal(text)}</p>'
