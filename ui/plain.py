"""Records as plain text: what the terminal prints, what the copy button copies, what the library page reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.records import (
    Answer,
    Citation,
    DateMention,
    DocumentInfo,
    Dropped,
    Feedback,
    Hit,
    IngestReport,
    Noticed,
    RemovalReceipt,
    Skipped,
    Span,
    Statement,
    SyncPlan,
    VerifyReport,
    spans_text,
    text_at,
)
from ui.reasons import decoding_note, skipped_text
from ui.texts import Language, say

_SHOWN_SKIPS = 200


def answer_text(answer: Answer, language: Language, *, dated: bool = False) -> str:
    """The statements with their markers, then each citation's attribution, path and spans; or the reason why there are none.

    dated: what 去年 and 他 stand for beside them, in an editor's brackets: 去年〔2021〕. Without it a quotation is word for word.
    """
    return "\n".join(_answer_lines(answer, language, dated))


def _answer_lines(answer: Answer, language: Language, dated: bool) -> Iterator[str]:
    if answer.searched_as not in ("", answer.query.strip()):
        yield say(language, "searched_as", text=answer.searched_as)
    if answer.status == "no_evidence":
        yield f"{say(language, 'no_evidence')} {silence(answer, language)}"
    elif not answer.is_sure:
        yield doubt(answer, language)
    part = ""  # of the query, that the statements before belong to
    for statement in answer.statements:
        if statement.part != part:
            part = statement.part
            yield part
        text = _with_additions(statement, answer.citations) if dated else statement.text
        yield text + markers_text(statement.markers) + _differs(statement, language)
        if statement.answer_type:
            parts = say(language, "between_places").join(text_at(statement.text, (span,)) for span in statement.short_answers)
            yield "    " + say(language, "answer_is", kind=say(language, f"answer_{statement.answer_type}"), parts=parts)
    if answer.unanswered:
        yield unanswered_text(answer, language)
    if answer.citations:
        yield ""
    for citation in answer.citations:
        yield f"[{citation.marker}] {_citation_line(citation)}"
        if reprints := reprints_of(answer, citation):
            places = [*map(_citation_line, reprints), *more_places(len(citation.copies) - len(reprints), language)]
            yield "    " + say(language, "also_printed", places=say(language, "between_places").join(places))
    if answer.also_read:
        yield "\n" + also_read_title(answer, language)
        for citation in answer.also_read:
            copies = f" · {say(language, 'copies', count=len(citation.copies))}" if citation.copies else ""
            yield f"- {_citation_line(citation)}{copies}\n  {shortened(citation.quote)}"
    if answer.model:
        yield "\n" + model_note(answer, language)
    if answer.dropped:
        yield "\n" + say(language, "dropped", count=len(answer.dropped))
        yield from (f"- {dropped.text} ({drop_reason(dropped, language)})" for dropped in answer.dropped)


def pieces(statement: Statement) -> Iterator[tuple[str, bool]]:
    """The statement's text piece by piece, each with whether it is marked as the short answer or a part of it."""
    place = 0
    for part in statement.short_answers:
        yield statement.text[place : part.start], False
        yield statement.text[part.start : part.end], True
        place = part.end
    yield statement.text[place:], False


def silence(answer: Answer, language: Language) -> str:
    """Why nothing is answered, and which words of the query the library has never seen."""
    return " ".join(filter(None, (say(language, f"reason_{answer.reason}"), _unseen(answer, language))))


def doubt(answer: Answer, language: Language) -> str:
    """That what is shown may be no answer, and which words of the query the library has never seen."""
    unseen = "" if answer.unanswered else _unseen(answer, language)  # said with the part that they belong to
    return " ".join(filter(None, (say(language, "unsure"), unseen)))


def unanswered_text(answer: Answer, language: Language) -> str:
    """For which parts of the query there is no evidence, and which of their words the library has never seen."""
    parts = say(language, "unanswered", parts=say(language, "between_places").join(answer.unanswered))
    return " ".join(filter(None, (parts, _unseen(answer, language))))


def _unseen(answer: Answer, language: Language) -> str:
    return say(language, "unseen", words="、".join(answer.unseen)) if answer.unseen else ""


def model_note(answer: Answer, language: Language) -> str:
    """Whether a language model put the answer into words, and why not where it did not; the answer names one."""
    worded = any(statement.support == "supported" for statement in answer.statements)
    problem = say(language, f"model_{answer.model_problem}") if answer.model_problem else ""
    key = "worded" if worded and not problem else "partly_worded" if worded else "not_worded"
    return say(language, key, model=answer.model, problem=problem)


def drop_reason(dropped: Dropped, language: Language) -> str:
    """Why a sentence was dropped: in English with what the evidence says instead, in Chinese by its kinds."""
    if language == "en" or not dropped.kinds:
        return dropped.reason
    return "；".join(say(language, f"drop_{kind}") for kind in dropped.kinds)


def statement_dates(statement: Statement, citations: Sequence[Citation]) -> tuple[DateMention, ...]:
    """What the relative dates in a statement stand for, by place: those of the quotes that it holds word for word."""
    dates = {}
    for citation in citations:
        place = statement.text.find(citation.quote) if citation.marker in statement.markers else -1
        for mention in citation.dates if place >= 0 else ():
            span = Span(mention.span.start + place, mention.span.end + place)
            dates[span] = replace(mention, span=span)
    return tuple(dates[span] for span in sorted(dates))


def _with_additions(statement: Statement, citations: Sequence[Citation]) -> str:
    added = [(mention.span.end, mention.date) for mention in statement_dates(statement, citations)]
    added += [(antecedent.span.end, antecedent.words) for antecedent in statement.antecedents]
    text = statement.text
    for place, words in sorted(added, reverse=True):
        text = f"{text[:place]}〔{words}〕{text[place:]}"
    return text


def also_read_title(answer: Answer, language: Language) -> str:
    """What the passages that were read but not cited are called: nearest passages where there is no answer."""
    return say(language, "nearest" if answer.status == "no_evidence" else "also_read", count=len(answer.also_read))


def markers_text(markers: tuple[int, ...]) -> str:
    """[1][2]"""
    return "".join(f"[{marker}]" for marker in markers)


def _differs(statement: Statement, language: Language) -> str:
    if not statement.differs_from:
        return ""
    return " (" + say(language, "differs", markers=markers_text(statement.differs_from)) + ")"


def _citation_line(citation: Citation) -> str:
    from qa.answering.citing import attribution  # numpy comes along: only who prints a citation pays

    return f"{attribution(citation)} · {citation.path} {spans_text(citation.spans)}"


def reprints_of(answer: Answer, citation: Citation) -> list[Citation]:
    """The places that also print the citation's quote, as far as the answer names them."""
    return [reprint for reprint in answer.reprints if reprint.marker == citation.marker]


def more_places(count: int, language: Language) -> list[str]:
    """How many places are not named, as the last of those that are; [] for none."""
    return [say(language, "more_places", count=count)] if count > 0 else []


def shortened(text: str, characters: int = 120) -> str:
    """The text on one line, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[:characters] + "…"


def hits_text(hits: list[Hit], language: Language) -> str:
    """One hit per two lines: rank, score, each ranker's rank, id, place; then the beginning of the passage."""
    if not hits:
        return say(language, "no_hits")
    return "\n".join(_hit_lines(hit) for hit in hits)


def _hit_lines(hit: Hit) -> str:
    passage = hit.passage
    parts = " ".join(f"{part.ranker} #{part.rank} {part.score:.3f}" for part in hit.parts)
    heading = f"  {passage.heading}" if passage.heading else ""
    place = f"{passage.passage_id}  {passage.doc_id} {spans_text(passage.spans)}"
    return f"{hit.rank:>3}. {hit.score:.3f}  {place}  ({parts}){heading}\n     {shortened(passage.text)}"


def report_text(report: IngestReport, language: Language) -> str:
    """What an ingest did, with every skipped file and its reason."""
    counts = {name: getattr(report, name) for name in ("added", "updated", "renamed", "restored", "unchanged")}
    lines = [say(language, "report", **counts, passages=report.passages_added, seconds=f"{report.seconds:.1f}")]
    if report.missing:
        lines.append(say(language, "report_missing", count=len(report.missing)))
    if report.pruned:
        lines.append(say(language, "report_pruned", count=report.pruned))
    return "\n".join(lines + _noticed_lines(report.noticed, language) + _skipped_lines(report.skipped, language))


def plan_text(plan: SyncPlan, language: Language) -> str:
    """What an ingest would do, path by path."""
    changes = ("added", "updated", "renamed", "restored", "missing")
    counts = {name: len(getattr(plan, name)) for name in changes}
    lines = [say(language, "plan", **counts, unchanged=plan.unchanged)]
    signs = zip("+*>^-", changes, strict=True)
    lines += [f"{sign} {path}" for sign, name in signs for path in getattr(plan, name)]
    return "\n".join(lines + _skipped_lines(plan.skipped, language))


def _noticed_lines(noticed: tuple[Noticed, ...], language: Language) -> list[str]:
    if not noticed:
        return []
    lines = [say(language, "report_noticed", count=len(noticed))]
    lines += [f"  {item.path}: {decoding_note(item.decoding, language)}" for item in noticed[:_SHOWN_SKIPS]]
    return lines + (["  …"] if len(noticed) > _SHOWN_SKIPS else [])


def _skipped_lines(skipped: tuple[Skipped, ...], language: Language) -> list[str]:
    if not skipped:
        return []
    lines = [say(language, "report_skipped", count=len(skipped))]
    lines += [f"  {item.path}: {skipped_text(item, language)}" for item in skipped[:_SHOWN_SKIPS]]
    return lines + (["  …"] if len(skipped) > _SHOWN_SKIPS else [])


def receipt_text(receipt: RemovalReceipt, language: Language) -> str:
    """The two steps of a removal, counted; and why erasing waits, where it does."""
    counts = {
        name: getattr(receipt, name)
        for name in ("passages_hidden", "versions_hidden", "passages_erased", "originals_erased", "copies_erased", "feedback_erased")
    }
    text = say(language, "receipt", **counts)
    return f"{text} {say(language, 'receipt_pending')}" if receipt.pending else text


def feedback_text(feedback: Feedback, language: Language) -> str:
    """What was asked and given which thumb, and the first statement of the answer or why there was none."""
    thumb = say(language, "thumb_up" if feedback.verdict == "up" else "thumb_down")
    said = feedback.statement or f"{say(language, 'no_evidence')} {say(language, f'reason_{feedback.reason}')}"
    return f"{feedback.feedback_id}  {feedback.given}  {thumb}  {shortened(feedback.query)}\n    {shortened(said)}"


def verify_text(report: VerifyReport, language: Language) -> str:
    """What was checked, then every problem or that there is none."""
    counts = {name: getattr(report, name) for name in ("documents", "versions", "passages", "searchable", "originals")}
    return "\n".join([say(language, "verified", **counts), *(report.problems or [say(language, "no_problems")])])


def decoding_text(info: DocumentInfo, language: Language) -> str:
    """The encoding, how sure the decision was where it was a judgement, and what was noticed: "gb18030 · 97% · 3 characters broken"."""
    decoding = info.decoding
    sure = decoding.decided_by in ("bom", "utf-8", "format", "told", "") or not decoding.encoding
    parts = (decoding.encoding, "" if sure else f"{decoding.confidence:.0%}", decoding_note(decoding, language))
    return " · ".join(part for part in parts if part)
