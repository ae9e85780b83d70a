"""A document's facts and its outline in words: what `chuchu library show` prints, and the words the library page shares with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.reading.outline import Joint, KindCount, NamedDate, Outline, OutlinePart, Place, counts_of
from qa.records import DocumentInfo, Section
from ui.reasons import decoding_note
from ui.texts import Language, say

SHOWN_PARTS = 60
SHOWN_HEADINGS = 4  # of one article
SHOWN_JOINTS = 12
SHOWN_DATES = 12


def facts(info: DocumentInfo, language: Language) -> list[tuple[str, str]]:
    """(label, value) of what is known of a document beside its text; what is empty is left out."""
    versions = say(language, "fact_versions", count=info.n_versions) if info.n_versions > 1 else ""
    extent = say(language, "fact_extent", characters=f"{info.n_characters:,}", passages=f"{info.n_passages:,}")
    named = {
        "author": "、".join(info.authors),
        "publication": info.publication,
        "issue": info.issue,
        "published": info.published,
        "state": _joined(say(language, f"state_{info.state}"), versions),
        "path": info.path,
        "extent": extent,
        "script": say(language, f"script_{info.script}"),
        "encoding": encoding_text(info, language),
        "note": decoding_note(info.decoding, language),
        "format": f"{info.media_type} ({info.reader})",
        "added": info.added.replace("T", " ").replace("+00:00", " UTC"),
        "id": info.doc_id,
        "version": info.version,
    }
    return [(say(language, f"col_{name}"), value) for name, value in named.items() if value]


def encoding_text(info: DocumentInfo, language: Language) -> str:
    """The encoding and why it is that one: "gb18030 · by the frequency of its characters, 97 % · declared gbk · runner-up big5hkscs"."""
    decoding = info.decoding
    why = say(language, f"decided_{decoding.decided_by}") if decoding.decided_by else ""
    sure = f"{decoding.confidence:.0%}" if decoding.confidence < 1 else ""
    declared = say(language, "fact_declared", name=decoding.declared) if decoding.declared else ""
    second = say(language, "fact_runner_up", name=decoding.runner_up) if decoding.runner_up else ""
    return _joined(decoding.encoding, why, sure, declared, second)


def counts_text(counts: Sequence[KindCount], language: Language) -> str:
    """ "12 paragraphs · 3 headings" """
    return _joined(*(say(language, f"kind_{count.kind}", count=count.blocks) for count in counts))


def section_line(section: Section, language: Language) -> str:
    """What is known of an article beside its title."""
    reprint = say(language, "reprinted_from", source=section.reprinted_from) if section.reprinted_from else ""
    return _joined("、".join(section.authors), section.published, page_text(section.pages, language), reprint)


def page_text(label: str, language: Language) -> str:
    """ "p. 12", "" where there is no label."""
    return say(language, "page", page=label) if label else ""


def outline_text(info: DocumentInfo, outline: Outline, language: Language, *, whole: bool = False) -> str:
    """The facts, then the outline. whole: with every line that was set aside and nothing left out."""
    return "\n".join((*_fact_lines(info, language), *_outline_lines(outline, language, whole=whole)))


def _fact_lines(info: DocumentInfo, language: Language) -> Iterator[str]:
    yield info.title or say(language, "untitled")
    for label, value in facts(info, language):
        yield f"  {label}{'：' if language == 'zh' else ': '}{value}"


def _outline_lines(outline: Outline, language: Language, *, whole: bool) -> Iterator[str]:
    parts = outline.parts if whole else outline.parts[:SHOWN_PARTS]
    articles = sum(part.section is not None for part in outline.parts)
    yield ""
    yield _joined(say(language, "outline_articles", count=articles) if articles else "", counts_text(counts_of(outline.parts), language))
    for part in parts:
        yield ""
        yield from _part_lines(part, language, whole=whole, alone=not articles)
    yield from _more(len(outline.parts) - len(parts), language)
    joints = [joint for part in outline.parts for joint in part.joints]
    if joints:
        yield "\n" + say(language, "outline_joints", count=len(joints))
        yield from _some([_joint_line(joint, language) for joint in joints], SHOWN_JOINTS, language, whole=whole)
    if outline.dates:
        yield "\n" + say(language, "outline_dates", count=len(outline.dates))
        yield from _some([_date_line(named) for named in outline.dates], SHOWN_DATES, language, whole=whole)


def _part_lines(part: OutlinePart, language: Language, *, whole: bool, alone: bool) -> Iterator[str]:
    section = part.section
    if section is not None:
        yield section.title or say(language, "untitled")
        yield from (f"  {line}" for line in (section.subtitle, section_line(section, language)) if line)
    elif not alone:
        yield say(language, "outline_outside")
    if not alone:
        yield f"  {counts_text(part.counts, language)}" if part.counts else f"  {say(language, 'outline_nothing')}"
    if part.first:
        where = _joined(page_text(part.first.page, language), say(language, "outline_begins", at=part.first.spans[0].start))
        yield f"  {where}: {part.first.text}"
    headings = [_place_line("#", heading, language) for heading in part.headings if heading != part.first]
    yield from _some(headings, SHOWN_HEADINGS, language, whole=whole)
    if whole:
        yield from (_place_line(say(language, f"aside_{aside.kind}"), aside, language) for aside in part.asides)


def _place_line(mark: str, place: Place, language: Language) -> str:
    page = page_text(place.page, language)
    return f"  {mark} {place.text}" + (f" · {page}" if page else "")


def _joint_line(joint: Joint, language: Language) -> str:
    page = page_text(joint.page, language)
    return f"  …{joint.left} ⏐ {joint.right}…  {joint.before.end}→{joint.after.start}" + (f" · {page}" if page else "")


def _date_line(named: NamedDate) -> str:
    return f"  {named.text} = {named.mention.date}  {named.mention.span.start}"


def _some(lines: list[str], shown: int, language: Language, *, whole: bool) -> Iterator[str]:
    yield from lines if whole else lines[:shown]
    yield from () if whole else _more(len(lines) - shown, language)


def _more(count: int, language: Language) -> Iterator[str]:
    if count > 0:
        yield f"  … {say(language, 'outline_more', count=count)}"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
