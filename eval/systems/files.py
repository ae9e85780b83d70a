"""Any system by its files: rankings in TREC's form, answers with quotes as JSON Lines, and the judgments that go with them.

A ranking has six columns, `query Q0 document rank score tag`, best first, ranks from 1. The document is its path inside the set's folder,
with white space, % and # percent-encoded; `#12-40` or `#12-40,57-80` behind it is a place in code points, half open; without it the whole
document is meant. Queries and the tag, which names the system, are encoded likewise, but for #. An answer is one object a line:

    {"id": "q1", "refused": false, "short_answer": "1958年", "confidence": 0.9, "statements":
     [{"text": "旧桥建于1958年。", "quotes": [{"document": "a.txt", "quote": "旧桥建于1958年", "spans": [[120, 129]]}]}]}

Only id and refused are always there; one that is not refused has statements. A refusal may carry "reason", and "withheld": the statement it
would have made. A quote without spans is looked for in its document. Not handled: graded relevance, several runs in one file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from eval.collection import Collection
from eval.datasets.records import DatasetError, Draft
from eval.gold import Query
from eval.systems.records import Claim, Place, Quote, Response
from qa.records import Span, spans_of, spans_text

_SPANS = re.compile(r"[0-9]+-[0-9]+(?:,[0-9]+-[0-9]+)*")
_IN_WORDS, _IN_DOCUMENTS = r"[\s%]", r"[\s%#]"  # what is percent-encoded
_COLUMNS = "query Q0 document rank score tag"

# Places as ids


def docid(place: Place) -> str:
    """The place in one word: `a%20b.txt#12-40,57-80`, or `a%20b.txt` for the whole document."""
    document = _encoded(place.document, _IN_DOCUMENTS)
    return f"{document}#{spans_text(place.spans)}" if place.spans else document


def place_of(word: str) -> Place:
    """The place that `docid` wrote. ValueError for an empty document, and for anything but spans behind a #."""
    document, mark, spans = word.partition("#")
    if not document:
        raise ValueError(f"{word!r} names no document")
    if mark and not _SPANS.fullmatch(spans):
        raise ValueError(f"{word!r}: behind # stand places, as 12-40 or 12-40,57-80; write a # of the document's own as %23")
    return Place(unquote(document), spans_of(spans) if mark else ())


def _encoded(text: str, characters: str) -> str:
    return re.sub(characters, lambda match: quote(match[0], safe=""), text)


# Rankings and judgments


@dataclass(frozen=True, slots=True)
class Ranking:
    """What one file says that one system found."""

    system: str  # the tag
    hits: Mapping[str, tuple[Place, ...]]  # query id -> places, best first


def write_trec(path: Path, system: str, responses: Iterable[Response]) -> None:
    """The hits of the responses as a ranking; the score counts down to 1, since what a system's own scores mean differs."""
    tag = _encoded(system, _IN_WORDS)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for response in responses:
            query, n = _encoded(response.query_id, _IN_WORDS), len(response.hits)
            file.writelines(f"{query} Q0 {docid(place)} {rank} {n + 1 - rank} {tag}\n" for rank, place in enumerate(response.hits, 1))


def write_qrels(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """TREC's judgments: each row is a query id and the docid of a place that is relevant for it."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{_encoded(query, _IN_WORDS)} 0 {found} 1\n" for query, found in rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a ranking."""

    query: str
    place: Place
    rank: int
    score: float
    tag: str
    origin: str  # file and line


def read_trec(path: Path) -> Ranking:
    """The ranking in a file; its lines may be in any order. DatasetError names file and line of what is wrong."""
    rows = [_row(line, f"{path.name}, line {number}") for number, line in _lines(path)]
    if not rows:
        raise DatasetError(f"{path} holds no ranking; each line has six columns: {_COLUMNS}")
    by_query: dict[str, list[_Row]] = {}
    for row in rows:
        if row.tag != rows[0].tag:
            raise DatasetError(f"{row.origin}: the tag was {rows[0].tag!r} and is {row.tag!r}; a file holds the ranking of one system")
        by_query.setdefault(row.query, []).append(row)
    return Ranking(rows[0].tag, {query: _in_order(found) for query, found in by_query.items()})


def _row(line: str, origin: str) -> _Row:
    columns = line.split()
    if len(columns) != 6:
        raise DatasetError(f"{origin}: expected six columns ({_COLUMNS}), found {len(columns)}; white space in a name is written %20")
    query, _, document, rank, score, tag = columns
    if not re.fullmatch("[0-9]+", rank):
        raise DatasetError(f"{origin}: the rank is a whole number from 1, got {rank!r}")
    try:
        value = float(score)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise DatasetError(f"{origin}: the score is a number, larger for better, got {score!r}")
    try:
        place = place_of(document)
    except ValueError as error:
        raise DatasetError(f"{origin}: {error}") from error
    return _Row(unquote(query), place, int(rank), value, unquote(tag), origin)


def _in_order(rows: Sequence[_Row]) -> tuple[Place, ...]:
    """The places of one query, best first, their ranks and scores checked."""
    ordered = sorted(rows, key=lambda row: row.rank)
    first_at: dict[Place, _Row] = {}
    for rank, row in enumerate(ordered, 1):
        if row.rank != rank:
            raise DatasetError(f"{row.origin}: query {row.query!r} should have the ranks 1 to {len(rows)}, got {row.rank} in place {rank}")
        if rank > 1 and row.score > ordered[rank - 2].score:
            raise DatasetError(f"{row.origin}: rank {rank} of query {row.query!r} has a larger score than rank {rank - 1}; best first")
        other = first_at.setdefault(row.place, row)
        if other is not row:
            raise DatasetError(f"{row.origin}: {docid(row.place)} was found for query {row.query!r} before, at {other.origin}")
    return tuple(row.place for row in ordered)


# Answers

_STRICT = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


@dataclass(frozen=True, slots=True)
class _Quoted:
    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    document: str
    quote: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Stated:
    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    text: str
    quotes: tuple[_Quoted, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answered:
    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    id: str
    refused: bool
    reason: str = ""
    withheld: str = ""
    short_answer: str = ""
    confidence: float | None = None
    statements: tuple[_Stated, ...] = ()


def write_answers(path: Path, responses: Iterable[Response]) -> None:
    """The answers of the responses, one a line; what neither answers nor refuses has no line, and keys that say nothing are left out."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        said = (response for response in responses if response.claims or response.refused)
        file.writelines(json.dumps(_fields(response), ensure_ascii=False) + "\n" for response in said)


def _fields(response: Response) -> dict[str, Any]:
    optional = {
        "reason": response.reason,
        "withheld": response.withheld,
        "short_answer": response.short_answer,
        "confidence": response.confidence,
        "statements": [{"text": claim.text, "quotes": [_quote_fields(quoted) for quoted in claim.quotes]} for claim in response.claims],
    }
    said = {key: value for key, value in optional.items() if value not in ("", None, [])}
    return {"id": response.query_id, "refused": response.refused, **said}


def _quote_fields(quoted: Quote) -> dict[str, Any]:
    fields: dict[str, Any] = {"document": quoted.document, "quote": quoted.text}
    return {**fields, "spans": [[span.start, span.end] for span in quoted.spans]} if quoted.spans else fields


def read_answers(path: Path) -> dict[str, Response]:
    """Query id -> the answer in the file, as a response without hits. DatasetError names file, line and key of what is wrong."""
    found: dict[str, Response] = {}
    for number, line in _lines(path):
        origin = f"{path.name}, line {number}"
        response = _response(line, origin)
        if response.query_id in found:
            raise DatasetError(f"{origin}: id: {response.query_id!r} has an answer before; a query is answered once")
        found[response.query_id] = response
    if not found:
        raise DatasetError(f"{path} holds no answers; each line is a JSON object with id, refused and statements")
    return found


def _response(line: str, origin: str) -> Response:
    from pydantic import ValidationError

    try:
        answered: _Answered = _adapter().validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        message = first["msg"].replace(" at line 1 column ", " at column ")  # pydantic has been given one line
        raise DatasetError(f"{origin}: {f'{key}: ' if key else ''}{message}") from error
    wrong = next(_wrong(answered), "")
    if wrong:
        raise DatasetError(f"{origin}: {wrong}")
    return Response(
        query_id=answered.id,
        hits=(),
        answers=True,
        refused=answered.refused,
        reason=answered.reason,
        claims=tuple(Claim(stated.text, tuple(_quote(quoted) for quoted in stated.quotes)) for stated in answered.statements),
        withheld=answered.withheld,
        short_answer=answered.short_answer,
        confidence=answered.confidence,
    )


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter  # 0.15 s to import: only who reads answers pays

    return TypeAdapter(_Answered)


def _quote(quoted: _Quoted) -> Quote:
    return Quote(quoted.document, quoted.quote, tuple(Span(start, end) for start, end in quoted.spans))


def _wrong(answered: _Answered) -> Iterator[str]:
    """What the types do not say."""
    if answered.refused and answered.statements:
        yield "statements: a refusal makes none; what it would have said goes into withheld"
    if not answered.refused and not answered.statements:
        yield "statements: an answer that is not refused makes at least one"
    if not answered.refused and answered.withheld:
        yield "withheld: only a refusal holds something back"
    if answered.confidence is not None and not 0 <= answered.confidence <= 1:
        yield f"confidence: a probability from 0 to 1, got {answered.confidence}"
    for number, stated in enumerate(answered.statements):
        if not stated.text.strip():
            yield f"statements.{number}.text: is empty"
        for place, quoted in enumerate(stated.quotes):
            key = f"statements.{number}.quotes.{place}"
            if not quoted.quote.strip():
                yield f"{key}.quote: is empty"
            for start, end in quoted.spans:
                if not 0 <= start < end:
                    yield f"{key}.spans: a place needs 0 <= start < end, got {start}, {end}"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file that are not blank, with their numbers."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text: {error}") from error
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


# The system


class FromFiles:
    """A system that has answered before: what it found, and said, is read from files."""

    def __init__(
        self, run: Path | None, answers: Path | None, *, queries: Iterable[Query | Draft], collection: Collection, name: str = ""
    ) -> None:
        """run: a ranking; answers: JSON Lines; either may be None. queries: all of the set. name: the ranking's tag when not given.

        DatasetError for a file that is wrong in itself, that answers queries the set does not have, or that names documents the collection
        does not have. ValueError without any file.
        """
        if run is None and answers is None:
            raise ValueError("expected a ranking, answers or both")
        ranking = read_trec(run) if run else Ranking("", {})
        self._hits = ranking.hits
        self._answers = read_answers(answers) if answers else {}
        self._answering = answers is not None
        self._collection = collection
        self._name = name or ranking.system or (answers.stem if answers else "")
        files = " and ".join(path.name for path in (run, answers) if path is not None)
        known = dict.fromkeys(query.query_id for query in queries)
        _refuse_unknown(files, "queries", [*self._hits, *self._answers], known, "were they made for another set?")
        _refuse_unknown(files, "documents", self._documents(), set(collection.names), "a document goes by its path inside the set's folder")
        self.silent = sum(query_id not in self._hits and query_id not in self._answers for query_id in known)  # queries that no file names

    @property
    def name(self) -> str:
        return self._name

    def respond(self, queries: Sequence[Query]) -> Iterator[Response]:
        """What the files hold for each query; nothing found and nothing said where they hold nothing.

        DatasetError for a place that ends beyond its document.
        """
        for query in queries:
            answer = self._answers.get(query.query_id, Response(query.query_id, (), answers=self._answering))
            yield replace(answer, hits=tuple(self._inside(place, query.query_id) for place in self._hits.get(query.query_id, ())))

    def _documents(self) -> Iterator[str]:
        yield from (place.document for hits in self._hits.values() for place in hits)
        yield from (quoted.document for answer in self._answers.values() for claim in answer.claims for quoted in claim.quotes)

    def _inside(self, place: Place, query_id: str) -> Place:
        """The place, the whole document spelt out."""
        length = len(self._collection.document(place.document).text)
        end = max((span.end for span in place.spans), default=0)
        if end > length:
            raise DatasetError(f"query {query_id!r}: {docid(place)} ends beyond its document, which has {length} code points; count those")
        return place if place.spans or not length else Place(place.document, (Span(0, length),))


def _refuse_unknown(files: str, what: str, named: Iterable[str], known: Container[str], hint: str) -> None:
    """DatasetError when something named is not known: how many, and the first."""
    unknown = list(dict.fromkeys(item for item in named if item not in known))
    if unknown:
        raise DatasetError(f"{files}: {what} that the set does not have: {len(unknown)}, the first {unknown[0]!r}; {hint}")
