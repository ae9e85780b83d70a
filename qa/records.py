"""The frozen records that travel between the stages, their invariants, and their JSON form. Nothing else.

A record never holds a loose dict: what a field means, its unit and its direction stand beside it. Spans count Unicode code points
of `Document.text` and are half open. Scores are similarities: larger is better. JSON carries ``"format": 1`` and is checked when read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, TypeVar

FORMAT = 1

BlockKind = Literal["paragraph", "heading", "byline", "caption", "table", "contents", "furniture", "metadata"]
Script = Literal["hans", "hant", "mixed", "other"]
Status = Literal["answered", "no_evidence"]
RemarkKind = Literal[
    "declares_another",
    "declares_unusual",
    "broken_bytes",
    "lost_before",
    "misread_before",
    "pages_unclear",
    "pages_picture",
    "pages_garbled",
    "pages_recognised",
    "not_read",
    "more",
]
Reason = Literal["library_empty", "nothing_matched", "too_weak", "query_empty", ""]
Support = Literal["quoted", "supported"]
AnswerType = Literal["person", "place", "organisation", "date", "number", "title", "reason", "yes/no", "list", "other"]
DropKind = Literal[
    "no evidence named",
    "unknown evidence",
    "link",
    "number",
    "unit",
    "date",
    "name",
    "negation",
    "modality",
    "direction",
    "speaker",
    "content",
]
ModelProblem = Literal[
    "",
    "unreachable",
    "key refused",
    "model unknown",
    "busy",
    "failed",
    "too slow",
    "broke off",
    "nonsense",
    "endless",
    "silent",
    "nothing held",
]
DocumentState = Literal["present", "missing", "removed"]
Verdict = Literal["up", "down"]

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open place in `Document.text`, in code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}-{self.end}")

    def overlap(self, other: Span) -> int:
        """How many code points the two share; 0 when they are apart."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


def text_at(text: str, spans: Iterable[Span]) -> str:
    """The text at the spans, joined without anything between: the one definition of what a passage or a quote says."""
    return "".join(text[span.start : span.end] for span in spans)


def spans_text(spans: Iterable[Span]) -> str:
    """ "12-40,57-80": spans as the database, a passage's id and a link write them."""
    return ",".join(f"{span.start}-{span.end}" for span in spans)


def spans_of(text: str) -> tuple[Span, ...]:
    """The spans that `spans_text` wrote. ValueError for anything else."""
    return tuple(Span(int(start), int(end)) for start, end in (part.split("-") for part in text.split(",")))


@dataclass(frozen=True, slots=True)
class Section:
    """An article in an issue, or a piece in a bundle."""

    section_id: str  # unique inside its document
    title: str = ""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""  # ISO prefix
    reprinted_from: str = ""
    pages: str = ""  # printed labels, "12" or "12-14"
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or other piece of a document. The blocks of a document partition its text, white space aside."""

    kind: BlockKind
    spans: tuple[Span, ...]
    page: str = ""  # the printed label, not the ordinal
    section_id: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something noticed while reading, so that a page can say it in any language; `qa.reading.remarks` says it in English."""

    kind: RemarkKind
    names: tuple[str, ...] = ()  # encodings, what stands there, the first page labels: what the kind's sentence names, in its order
    count: int = 0  # of places or pages
    sure: float = 1.0  # 0..1, of pages that were recognised: how sure that is
    where: str = ""  # the file inside the file; "" for the file itself


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the bytes became text: the encoding, who decided, how sure that is (0..1), what spoke against it, and what is wrong inside."""

    encoding: str  # a Python codec name, "" for formats that carry their own text (PDF, DOCX)
    decided_by: str = ""  # "bom", "declared", "utf-8" (the bytes are valid UTF-8), "frequency", "format", "told" (by the user)
    confidence: float = 1.0
    declared: str = ""  # the codec that the file names, whether or not it was right; "" when it names none
    runner_up: str = ""  # the encoding that came second; "" where there was no vote
    note: str = ""  # a false declaration, broken bytes, text garbled before it was saved; "" when there is nothing to say
    remarks: tuple[Remark, ...] = ()  # what the note is made of; a note without any is by an earlier reader


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date that a text names, resolved against the day the text was published: 去年 in a text of 2022 is 2021."""

    span: Span
    date: str  # ISO prefix
    relative: bool  # 去年, 8月, 昨日: it says less than its date


@dataclass(frozen=True, slots=True)
class Box:
    """Where a line of text stands on a page, in points from the lower left corner of the page as it is shown."""

    span: Span
    page: int  # counts from 0; not the printed label
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Document:
    """One source file as text, as one reader version read it."""

    doc_id: str  # 16 hex digits, minted once, survives edits and renames
    version: str  # 64 hex digits of sha256(original, reader, encoding, text)
    path: str  # for display; the path's bytes stay in the library
    title: str
    authors: tuple[str, ...]
    publication: str
    issue: str
    published: str  # ISO prefix: "2022", "2022-08", "2022-08-16", or ""
    media_type: str
    reader: str  # name and number, as "html/1"
    decoding: Decoding
    script: Script
    text: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    dates: tuple[DateMention, ...] = ()  # by place
    boxes: tuple[Box, ...] = ()  # by place; formats with pages only


@dataclass(frozen=True, slots=True)
class Passage:
    """The retrieved unit. `text` equals `text_at(document.text, spans)`, character for character."""

    passage_id: str  # 16 hex digits of sha256(doc_id, version, spans)
    doc_id: str
    version: str
    ordinal: int  # counts from 0 in its document
    spans: tuple[Span, ...]
    text: str
    heading: str = ""  # the heading it stands under
    section_id: str = ""
    page: str = ""
    n_tokens: int = 0  # in our own tokens


@dataclass(frozen=True, slots=True)
class Part:
    """What one ranker said of a hit: its own raw score (its own scale) and the rank it gave, counted from 1."""

    ranker: str
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its place in a run."""

    passage: Passage
    score: float  # normalised to 0..1, larger is better
    rank: int  # counts from 1
    parts: tuple[Part, ...] = ()
    copies: tuple[str, ...] = ()  # passage ids of equal or nearly equal text elsewhere: one witness


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands. `quote` equals `text_at(document.text, spans)`."""

    marker: int  # the [n] a reader sees, from 1; 0 in `Answer.also_read`: read, not cited
    passage_id: str
    doc_id: str
    version: str
    title: str
    authors: tuple[str, ...]
    publication: str
    published: str
    path: str
    page: str
    spans: tuple[Span, ...]
    quote: str
    copies: tuple[str, ...] = ()  # passage ids of equal or nearly equal text elsewhere: the same witness
    dates: tuple[DateMention, ...] = ()  # relative ones in the quote; their spans count in `quote`


@dataclass(frozen=True, slots=True)
class Antecedent:
    """What a pronoun of a quotation stands for (他, 该市), so that the quotation can be read alone. The words are not in the quotation."""

    span: Span  # of the pronoun, in the statement's text
    words: str  # as the document has them
    marker: int  # of the citation in whose document they stand
    spans: tuple[Span, ...]  # where they stand in that document


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer. An unsupported one is never in an `Answer`."""

    text: str
    markers: tuple[int, ...]
    support: Support = "quoted"
    short_answers: tuple[Span, ...] = ()  # where the short answer stands in `text`; several where its parts stand apart
    differs_from: tuple[int, ...] = ()  # markers of citations that say otherwise
    answer_type: AnswerType | None = None  # of the short answer; None where nothing is marked
    antecedents: tuple[Antecedent, ...] = ()  # by place, those that are certain
    part: str = ""  # the part of the query that it answers; "" for the whole

    def __post_init__(self) -> None:
        if not self.markers:
            raise ValueError("a statement needs at least one marker")
        if any(one.marker not in self.markers or one.span.end > len(self.text) for one in self.antecedents):
            raise ValueError("an antecedent is that of a word of the statement, from a document that the statement cites")
        if self.short_answers and self.short_answers[-1].end > len(self.text):
            raise ValueError("the short answer must lie inside the statement")
        if any(one.end > following.start for one, following in pairwise(self.short_answers)):
            raise ValueError("the parts of a short answer must stand apart and in order")
        if (self.answer_type is None) != (not self.short_answers):
            raise ValueError("a short answer has a type, and nothing else has one")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A drafted sentence that failed the check, and why."""

    text: str
    reason: str
    kinds: tuple[DropKind, ...] = ()  # what the reason names, so that a page can say it in any language


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one stage took, in milliseconds of wall time."""

    stage: str
    ms: float


SURE = 0.5  # confidence from which an answer is shown without saying that it may be none


@dataclass(frozen=True, slots=True)
class Answer:
    """What the library says to a query: cited statements, or the reason why there are none."""

    answer_id: str
    query: str
    searched_as: str  # the query as it was searched: trimmed, cut, cleaned
    status: Status
    reason: Reason
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    also_read: tuple[Citation, ...] = ()  # marker 0
    reprints: tuple[Citation, ...] = ()  # where else a citation's quote is printed, a few for each; the marker is that citation's
    dropped: tuple[Dropped, ...] = ()
    timings: tuple[Timing, ...] = ()
    confidence: float = 0.0  # calibrated probability, 0..1, that the first statement answers the query
    unanswered: tuple[str, ...] = ()  # parts of the query for which there is no evidence, while there is for others
    unseen: tuple[str, ...] = ()  # unless it is sure: words of the query, as it writes them, that no passage of the library holds
    model: str = ""  # the language model that was asked to put it into words; "" when none was
    model_problem: ModelProblem = ""  # why the statements are quotations though a model was asked

    def __post_init__(self) -> None:
        if self.status == "no_evidence" and (self.statements or self.citations):
            raise ValueError("no_evidence carries neither statements nor citations")
        if self.status == "no_evidence" and not self.reason:
            raise ValueError("no_evidence needs its reason")
        if self.status == "answered" and not self.statements:
            raise ValueError("an answered query has at least one statement")
        if self.unanswered and self.status != "answered":
            raise ValueError("parts are left unanswered only where others are answered")
        shown = list(dict.fromkeys(marker for statement in self.statements for marker in statement.markers))
        cited = [citation.marker for citation in self.citations]
        if shown != cited or cited != list(range(1, len(cited) + 1)):
            raise ValueError(f"markers shown {shown} and citations {cited} must match, from 1, in order of appearance")
        if any(reprint.marker not in cited for reprint in self.reprints):
            raise ValueError("a reprint has the marker of the citation whose quote it prints")

    @property
    def is_sure(self) -> bool:
        """Whether it is likelier than not that the first statement answers the query; False for a refusal."""
        return self.status == "answered" and self.confidence >= SURE


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """Where a citation of an answer stands, without its words."""

    doc_id: str
    version: str
    passage_id: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader said of an answer, and of that answer what tells how it went and lets the query be asked again."""

    feedback_id: str  # the answer's id
    query: str  # as it was searched
    verdict: Verdict
    status: Status
    reason: Reason
    statement: str  # the first one; "" when there was none
    places: tuple[CitedPlace, ...]  # of its citations, in order
    given: str  # ISO time, UTC

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise ValueError("feedback needs the query that was answered")
        if (self.status == "answered") != bool(self.statement and self.places):
            raise ValueError("feedback on an answered query has a statement and the places it cites, on another one neither")
        if (self.status == "no_evidence") != bool(self.reason):
            raise ValueError("feedback on no_evidence has its reason, on an answer none")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is restricted to. An empty field restricts nothing."""

    documents: tuple[str, ...] = ()  # doc_ids
    published_from: str = ""  # ISO prefix, inclusive
    published_to: str = ""  # ISO prefix, inclusive: "2022" reaches to the end of 2022
    dated_from: str = ""  # the same for passages: published in the period, or naming a date in it
    dated_to: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    query: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """A step of `Assistant.stream`. The last event has the stage "answer" and holds the whole `Answer`."""

    stage: Literal["searching", "found", "statement", "answer"]
    hits: tuple[Hit, ...] = ()  # with "found"
    statement: Statement | None = None  # with "statement"
    answer: Answer | None = None  # with "answer"


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a passage is not among the first k of a search, from `Assistant.explain`."""

    passage_id: str
    stage: Literal["unknown", "not_searchable", "filtered", "keywords_and_vectors", "fusion", "rank", "copy", "found"]
    detail: str  # one sentence with the figures: by how much
    rank: int = 0  # the final rank where it has one, else 0
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as a list shows it, without its text."""

    doc_id: str
    version: str
    path: str
    title: str
    authors: tuple[str, ...]
    publication: str
    issue: str
    published: str
    media_type: str
    reader: str
    decoding: Decoding
    script: Script
    state: DocumentState
    n_characters: int
    n_passages: int
    n_versions: int
    root: str  # the ingested path it came from, for display
    added: str  # ISO time, UTC


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why, in one sentence with what to do."""

    path: str
    reason: str
    error: str = ""  # the name of its class in `qa.errors`, by which a page can say it in another language


@dataclass(frozen=True, slots=True)
class Noticed:
    """A file that was read, though not everything in it is right: its `decoding.note` says what."""

    path: str
    decoding: Decoding


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """One step of an ingest. "done" comes only after the file's commit."""

    stage: Literal["planning", "reading", "done", "indexing"]
    done: int
    total: int
    path: str = ""
    outcome: Literal["", "added", "updated", "renamed", "restored", "skipped"] = ""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What an ingest would do; paths for display."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unchanged: int = 0
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did."""

    added: int = 0
    updated: int = 0
    renamed: int = 0
    restored: int = 0
    unchanged: int = 0
    missing: tuple[str, ...] = ()
    pruned: int = 0
    skipped: tuple[Skipped, ...] = ()
    noticed: tuple[Noticed, ...] = ()  # of the files that were read
    passages_added: int = 0
    passages_encoded: int = 0  # the rest kept the vectors they had
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RemovalReceipt:
    """The two steps of a removal, counted: hidden at once, then erased."""

    documents: tuple[str, ...]  # doc_ids
    versions_hidden: int
    passages_hidden: int
    versions_erased: int = 0
    passages_erased: int = 0
    originals_erased: int = 0
    copies_erased: int = 0  # upload copies
    feedback_erased: int = 0  # feedback on answers that cited them
    pending: str = ""  # why erasing waits, and what ends the wait; "" when it is done


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `library verify` looked at, and every problem in one sentence each."""

    documents: int
    versions: int
    passages: int
    searchable: int
    originals: int
    problems: tuple[str, ...] = field(default=())


@lru_cache
def _adapter(record_type: Any) -> Any:
    from pydantic import TypeAdapter  # 0.15 s to import: only who reads or writes JSON pays

    return TypeAdapter(record_type)


def to_json(record: object) -> dict[str, Any]:
    """The record as plain JSON values, with ``"format": 1`` in front."""
    record_type: Any = type(record)
    return {"format": FORMAT, **_adapter(record_type).dump_python(record, mode="json")}


def from_json(record_type: type[Record], data: dict[str, Any]) -> Record:
    """The record that `to_json` wrote. ValueError for another format, a missing field or a broken invariant."""
    fields = dict(data)
    if fields.pop("format", None) != FORMAT:
        raise ValueError(f"expected JSON of format {FORMAT}, got {data.get('format')!r}")
    wanted: Any = record_type
    result: Record = _adapter(wanted).validate_python(fields)
    return result
