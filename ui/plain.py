"""Records as plain text: what the terminal prints, what the copy button copies, what the library page reports."""

from __future__ import annotations

from collections.abc import Iterator

from qa.records import (
    Answer,
    Citation,
    DocumentInfo,
    Feedback,
    Hit,
    IngestReport,
    RemovalReceipt,
    Skipped,
    Statement,
    SyncPlan,
    VerifyReport,
    spans_text,
)
from ui.texts import Language, say

_SHOWN_SKIPS = 200


def answer_text(answer: Answer, language: Language) -> str:
    """The statements with their markers, then each citation's attribution, path and spans; or the reason why there are none."""
    return "\n".join(_answer_lines(answer, language))


def _answer_lines(answer: Answer, language: Language) -> Iterator[str]:
    if answer.searched_as not in ("", answer.query.strip()):
        yield say(language, "searched_as", text=answer.searched_as)
    if answer.status == "no_evidence":
        yield f"{say(language, 'no_evidence')} {say(language, f'reason_{answer.reason}')}"
    for statement in answer.statements:
        yield statement.text + markers_text(statement.markers) + _differs(statement, language)
    yield from ("", *(f"[{c.marker}] {_citation_line(c, language)}" for c in answer.citations)) if answer.citations else ()
    if answer.also_read:
        yield "\n" + also_read_title(answer, language)
        for citation in answer.also_read:
            yield f"- {_citation_line(citation, language)}\n  {shortened(citation.quote)}"
    if answer.dropped:
        yield "\n" + say(language, "dropped", count=len(answer.dropped))
        yield from (f"- {dropped.text} ({dropped.reason})" for dropped in answer.dropped)


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


def _citation_line(citation: Citation, language: Language) -> str:
    from qa.answering.citing import attribution  # numpy comes along: only who prints a citation pays

    line = f"{attribution(citation)} · {citation.path} {spans_text(citation.spans)}"
    return f"{line} · {say(language, 'copies', count=len(citation.copies))}" if citation.copies else line


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
    return "\n".join(lines + _skipped_lines(report.skipped, language))


def plan_text(plan: SyncPlan, language: Language) -> str:
    """What an ingest would do, path by path."""
    changes = ("added", "updated", "renamed", "restored", "missing")
    counts = {name: len(getattr(plan, name)) for name in changes}
    lines = [say(language, "plan", **counts, unchanged=plan.unchanged)]
    signs = zip("+*>^-", changes, strict=True)
    lines += [f"{sign} {path}" for sign, name in signs for path in getattr(plan, name)]
    return "\n".join(lines + _skipped_lines(plan.skipped, language))


def _skipped_lines(skipped: tuple[Skipped, ...], language: Language) -> list[str]:
    if not skipped:
        return []
    lines = [say(language, "report_skipped", count=len(skipped))]
    lines += [f"  {item.path}: {item.reason}" for item in skipped[:_SHOWN_SKIPS]]
    return lines + (["  …"] if len(skipped) > _SHOWN_SKIPS else [])


def receipt_text(receipt: RemovalReceipt, language: Language) -> str:
    """The two steps of a removal, counted; and why erasing waits, where it does."""
    counts = {
        name: getattr(receipt, name)
        for name in ("passages_hidden", "versions_hidden", "passages_erased", "originals_erased", "copies_erased", "feedback_erased")
    }
    text = say(language, "receipt", **counts)
    return f"{text} {say(language, 'receipt_pending', reason=receipt.pending)}" if receipt.pending else text


def feedback_text(feedback: Feedback, language: Language) -> str:
    """What was asked and given which thumb, and the first statement of the answer or why there was none."""
    thumb = say(language, "thumb_up" if feedback.verdict == "up" else "thumb_down")
    said = feedback.statement or f"{say(language, 'no_evidence')} {say(language, f'reason_{feedback.reason}')}"
    return f"{feedback.feedback_id}  {feedback.given}  {thumb}  {shortened(feedback.query)}\n    {shortened(said)}"


def verify_text(report: VerifyReport, language: Language) -> str:
    """What was checked, then every problem or that there is none."""
    counts = {name: getattr(report, name) for name in ("documents", "versions", "passages", "searchable", "originals")}
    return "\n".join([say(language, "verified", **counts), *(report.problems or [say(language, "no_problems")])])


def decoding_text(info: DocumentInfo) -> str:
    """The encoding, how sure the decision was where it was a judgement, and what was noticed: "gb18030 · 97% · 3 characters broken"."""
    decoding = info.decoding
    sure = decoding.decided_by in ("bom", "utf-8", "format", "") or not decoding.encoding
    parts = (decoding.encoding, "" if sure else f"{decoding.confidence:.0%}", decoding.note)
    return " · ".join(part for part in parts if part)
