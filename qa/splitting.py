"""Document to Passages, and text to sentences.

A passage follows the paragraphs: a paragraph over the budget is cut at sentence ends, a short one joins its neighbour under the same
heading. Nothing is rewritten; a passage is spans over the document's text. Paragraphs, bylines, captions and tables are searchable;
headings travel as `Passage.heading`, behind the title of their section, and are passages where nothing stands below them; no passage lies
in two sections; contents, furniture and metadata are passages only in a document that has nothing else. Not handled: languages that end
sentences otherwise (Thai), abbreviations such as "Dr.".
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise

from embeddings.tokens import count_tokens as count_our_tokens
from qa.reading.dates import is_date_line
from qa.reading.patterns import kind_of, on_one_line
from qa.records import Block, BlockKind, Document, Passage, Span, spans_text, text_at

SEARCHABLE: frozenset[BlockKind] = frozenset({"paragraph", "byline", "caption", "table"})
JOINABLE: frozenset[BlockKind] = frozenset({"paragraph", "byline"})
MOST_HEADINGS = 3  # that stand together above a passage; of a longer run the first ones are a list
SHORT_SHARE = 4  # a piece under max_tokens / SHORT_SHARE joins its neighbour
LONGEST_TITLE_IN_BRACKETS = 60
LONGEST_QUOTE = 1_000  # how far back a straight quotation mark looks for its fellow
LONGEST_NUMBER = 6  # of a list item
WRAPPED_LINE = 16  # a line this long that ends no sentence goes on in the next line

TERMINATOR = re.compile(
    r"""[。！？；…!?;]+
    | (?<=[^\W\d_])[.](?=\s|$|[”’」』）)\]】"'])      # a full stop after a letter
    | (?<=[\d)\]%])[.](?=\s*$|\s+[A-Z])             # after a number only where a sentence begins
    | (?<=[\u3400-\u9fff])[.](?![\w.])              # after Han
    | \n\s*""",
    re.X,
)
CLOSING = "”’」』）)]】》〉"
NO_END_BEFORE = "，、,：:)）]】》〉的等"  # an ellipsis before one of these goes on
CLAUSE = re.compile(r"[，、,：:]+[”’」』）)\]】》〉]*|\s+")
LINE_BEGINS_ANEW = re.compile(r"[-*+•·●○◆■□▲—]|\d{1,3}\s*[.、)）]|[（(]?[一二三四五六七八九十]{1,3}\s*[、)）]|[|#]")
LINE_BY_ITSELF = re.compile(  # a field of mail, a byline with its labels
    r"(?:From|To|Cc|Bcc|Date|Sent|Subject|[发寄]件[人者]|收件[人者]|抄送|主[题旨]|日期)[:：]\s?"
    r"|[^\n]{0,40}(?:来源|來源|作者|责任编辑|責任編輯|责编|責編)\s*[:：]"
)
EXTENDS_GRAPHEME = re.compile(  # combining marks, joiner, variation selectors, skin tones, tags
    "[\u0300-\u036f\u180b-\u180d\u200d\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
LONGEST_GRAPHEME = 32  # code points; hostile text stacks thousands of marks


def split_passages(document: Document, *, max_tokens: int = 340, count_tokens: Callable[[str], int] = count_our_tokens) -> list[Passage]:
    """The passages of a document, in order. max_tokens: the budget of one passage, at least 1; only a single grapheme can exceed it.

    `Passage.n_tokens` is the sum over its sentences, which is what the budget is kept in.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens must be at least 1, got {max_tokens}")
    pieces = _joined(_pieces(document, max_tokens, count_tokens), document.text, max_tokens, count_tokens)
    return [_passage(document, ordinal, piece) for ordinal, piece in enumerate(pieces)]


def passages_of(doc_id: str, passages: Iterable[Passage]) -> list[Passage]:
    """The passages under another doc_id: a document is split before the library has given it one."""
    return [replace(p, doc_id=doc_id, passage_id=_passage_id(doc_id, p.version, p.spans)) for p in passages]


def sentence_spans(text: str) -> list[Span]:
    """The sentences of a text, white space round them left out. Closing quotes and brackets stay with their sentence.

    A line end ends a sentence too, unless the line is long and stops in the middle of one (hard wrapped text). Nothing is cut inside
    《》 or a number.
    """
    spans, start = [], 0
    for end in _sentence_ends(text):
        spans += _stripped(text, start, end)
        start = end
    return spans + _stripped(text, start, len(text))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What becomes one passage, or part of one."""

    kind: BlockKind
    spans: tuple[Span, ...]
    heading: str
    section_id: str
    page: str
    n_tokens: int


def _pieces(document: Document, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[_Piece]:
    """The searchable blocks, each cut to the budget, with the heading above it."""
    kinds = {block.kind for block in document.blocks}
    searchable = SEARCHABLE if kinds & SEARCHABLE else frozenset(kinds)
    titles = {section.section_id: " ".join(section.title.split()) for section in document.sections}
    title = heading = ""
    headings: list[Block] = []  # those read since the last searchable block
    section_id = ""
    for block in document.blocks:
        if block.section_id != section_id:
            yield from _cut(document, headings, heading, max_tokens, count_tokens)
            section_id, headings = block.section_id, []
            title = heading = titles.get(section_id, "")
        if block.kind == "heading" and block.kind not in searchable:
            headings.append(block)
        elif block.kind in searchable:
            if headings:
                yield from _cut(document, headings[:-MOST_HEADINGS], heading, max_tokens, count_tokens)
                heading = _under(title, [_heading_text(document.text, above) for above in headings[-MOST_HEADINGS:]])
                headings = []
            yield from _cut(document, [block], heading, max_tokens, count_tokens)
    yield from _cut(document, headings, heading, max_tokens, count_tokens)


def _cut(
    document: Document, blocks: Iterable[Block], heading: str, max_tokens: int, count_tokens: Callable[[str], int]
) -> Iterator[_Piece]:
    for block in blocks:
        kind: BlockKind = "paragraph" if block.kind == "heading" else block.kind
        for span, n_tokens in _within_budget(text_at(document.text, block.spans), max_tokens, count_tokens):
            yield _Piece(kind, _slice(block.spans, span), heading, block.section_id, block.page, n_tokens)


def _under(title: str, headings: Sequence[str]) -> str:
    """The headings above a passage in one line; the title of its section once, in front."""
    squashed = "".join(title.split())
    if not title:
        return " ".join(headings)
    return " ".join((title, *(heading for heading in headings if heading and "".join(heading.split()) not in squashed)))


def _heading_text(text: str, block: Block) -> str:
    return on_one_line(text_at(text, block.spans).strip("#=- \n"))


def _joined(pieces: Iterable[_Piece], text: str, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[_Piece]:
    """Neighbours under the same heading and section become one when either is short and both fit the budget."""
    short = max_tokens / SHORT_SHARE
    current: _Piece | None = None
    for piece in pieces:
        if current is None:
            current = piece
            continue
        alike = (current.heading, current.section_id) == (piece.heading, piece.section_id) and _join(current, piece)
        if alike and min(current.n_tokens, piece.n_tokens) < short:
            between = text[current.spans[-1].end : piece.spans[0].start]
            n_tokens = current.n_tokens + count_tokens(between) + piece.n_tokens
            in_order = current.spans[-1].end <= piece.spans[0].start  # a caption inside a joined paragraph stands before its end
            if n_tokens <= max_tokens and in_order and not between.strip():
                spans = (*current.spans[:-1], Span(current.spans[-1].start, piece.spans[0].end), *piece.spans[1:])
                kind: BlockKind = current.kind if current.kind == piece.kind else "paragraph"
                current = _Piece(kind, spans, current.heading, current.section_id, current.page, n_tokens)
                continue
        yield current
        current = piece
    if current is not None:
        yield current


def _join(current: _Piece, piece: _Piece) -> bool:
    """Whether their kinds may become one passage: running text, and in a section a caption with its credit and its neighbours."""
    kinds = {current.kind, piece.kind}
    return kinds <= JOINABLE or (kinds == {"caption"} and bool(current.section_id))


def _passage(document: Document, ordinal: int, piece: _Piece) -> Passage:
    text = text_at(document.text, piece.spans)
    return Passage(
        passage_id=_passage_id(document.doc_id, document.version, piece.spans),
        doc_id=document.doc_id,
        version=document.version,
        ordinal=ordinal,
        spans=piece.spans,
        text=text,
        heading=piece.heading,
        section_id=piece.section_id,
        page=piece.page,
        n_tokens=piece.n_tokens,
    )


def _passage_id(doc_id: str, version: str, spans: Iterable[Span]) -> str:
    return hashlib.sha256(f"{doc_id}\0{version}\0{spans_text(spans)}".encode()).hexdigest()[:16]


def _slice(spans: Sequence[Span], part: Span) -> tuple[Span, ...]:
    """The part of the text at the spans, as spans over the document."""
    sliced, offset = [], 0
    for span in spans:
        length = span.end - span.start
        first, last = max(part.start - offset, 0), min(part.end - offset, length)
        if first < last:
            sliced.append(Span(span.start + first, span.start + last))
        offset += length
    return tuple(sliced)


def _within_budget(text: str, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[tuple[Span, int]]:
    """The text as one span when it fits; else runs of whole sentences, about equally long, each within the budget.

    Each sentence is counted once, alone: counting is what splitting costs, and sentences share next to no tokens.
    """
    if len(text) <= max_tokens and (n_tokens := count_tokens(text)) <= max_tokens:
        yield Span(0, len(text)), n_tokens
        return
    atoms = list(_atoms(text, max_tokens, count_tokens))
    gaps = (count_tokens(text[left.end : right.start]) if left.end < right.start else 0 for (left, _), (right, _) in pairwise(atoms))
    ends = list(accumulate(gap + n_tokens for gap, (_, n_tokens) in zip(chain([0], gaps), atoms, strict=True)))
    if ends[-1] <= max_tokens:
        yield Span(0, len(text)), ends[-1]
        return
    first = 0
    while first < len(atoms):
        before = ends[first] - atoms[first][1]
        left = ends[-1] - before
        target = left / -(-left // max_tokens)  # what is left, over the number of passages that it needs
        last = max(bisect_right(ends, before + max_tokens) - 1, first)  # the last atom within the budget
        while last > first and ends[last - 1] - before >= target:
            last -= 1
        yield Span(atoms[first][0].start, atoms[last][0].end), ends[last] - before
        first = last + 1


def _atoms(text: str, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[tuple[Span, int]]:
    """Sentences; of a sentence over the budget its clauses; of a clause over the budget runs of graphemes. With their tokens."""
    for sentence in sentence_spans(text):
        n_tokens = count_tokens(text[sentence.start : sentence.end])
        if n_tokens <= max_tokens:
            yield sentence, n_tokens
            continue
        for clause in _clauses(text, sentence):
            n_tokens = count_tokens(text[clause.start : clause.end])
            if n_tokens <= max_tokens:
                yield clause, n_tokens
            else:
                yield from _runs(text, clause, max_tokens, count_tokens)


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    start = sentence.start
    for found in CLAUSE.finditer(text, sentence.start, sentence.end):
        yield from _stripped(text, start, found.end())
        start = found.end()
    yield from _stripped(text, start, sentence.end)


def _runs(text: str, clause: Span, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[tuple[Span, int]]:
    """Runs of whole graphemes within the budget; a run begins with as many code points as the budget has tokens."""
    start = clause.start
    while start < clause.end:
        size = max_tokens
        while True:
            end = _grapheme_end(text, min(start + size, clause.end), start, clause.end)
            n_tokens = count_tokens(text[start:end])
            if n_tokens <= max_tokens or size == 1:
                break
            size //= 2
        yield Span(start, end), n_tokens
        start = end


def _grapheme_end(text: str, end: int, start: int, limit: int) -> int:
    """The grapheme boundary at or before end; after it when the grapheme begins at start, which is a boundary itself."""
    back = end
    while start < back < limit and end - back < LONGEST_GRAPHEME and _inside_grapheme(text, back, start):
        back -= 1
    if back > start and not (back < limit and _inside_grapheme(text, back, start)):
        return back
    while end < limit and end - start < LONGEST_GRAPHEME and _inside_grapheme(text, end, start):
        end += 1
    return end


def _inside_grapheme(text: str, place: int, start: int) -> bool:
    """Whether the characters before and at place belong to one grapheme: marks, selectors, emoji joined or coloured, flags."""
    if EXTENDS_GRAPHEME.match(text, place) or text[place - 1] == "\u200d":
        return True
    first = place  # two flag letters make a flag: count those before place
    while FLAG_LETTER.match(text, place) and first > start and FLAG_LETTER.match(text, first - 1):
        first -= 1
    return (place - first) % 2 == 1


def _sentence_ends(text: str) -> Iterator[int]:
    start = 0
    for found in TERMINATOR.finditer(text):
        if found.start() < start:
            continue
        if "\n" in found[0]:
            if _line_goes_on(text, start, found.start(), found.end(), found[0].count("\n")):
                continue
            start = found.end()
            yield start
            continue
        end = found.end()
        while end < len(text) and (
            text[end] in CLOSING or (text[end] in "\"'" and text.count(text[end], max(start, end - LONGEST_QUOTE), end) % 2)
        ):
            end += 1
        if not _goes_on(text, start, found[0], found.start(), end):
            start = end
            yield end


def _line_goes_on(text: str, sentence_start: int, line_end: int, next_line: int, line_ends: int) -> bool:
    """Whether a sentence goes on over a line end: one line end only, a long line, and no new beginning after it."""
    if line_ends > 1 or next_line >= len(text):
        return False
    line_start = text.rfind("\n", sentence_start, line_end) + 1 or sentence_start
    while line_end > line_start and text[line_end - 1].isspace():
        line_end -= 1
    indented = next_line - text.rfind("\n", line_end, next_line) > 2
    return (
        line_end - line_start >= WRAPPED_LINE
        and text[line_end - 1] not in ":："
        and not indented
        and not LINE_BEGINS_ANEW.match(text, next_line)
        and not LINE_BY_ITSELF.match(text, line_start)
        and not _is_byline(text[line_start:line_end])
    )


def _is_byline(line: str) -> bool:
    """Whether a line says who wrote what follows, where and when: no sentence begins in one."""
    return kind_of(line) == "byline" or is_date_line(line)


def _goes_on(text: str, start: int, mark: str, place: int, end: int) -> bool:
    """Whether what looks like a sentence end is none: in a title or an address, after a number, before a comma."""
    following = text[end : end + 1]
    if following and following in NO_END_BEFORE and (mark[-1] == "…" or following in "，、,"):
        return True
    if mark[-1] in "!?;" and following.isascii() and following.isalnum():  # a?b=c in an address
        return True
    if mark == "." and place - start <= LONGEST_NUMBER and text[start:place].strip().isdigit():  # 12. begins a list item
        return True
    opened = text.rfind("《", max(start, place - LONGEST_TITLE_IN_BRACKETS), place)
    return opened >= 0 and text.find("》", opened, place) < 0 and text.find("》", place, opened + LONGEST_TITLE_IN_BRACKETS) >= 0


def _stripped(text: str, start: int, end: int) -> list[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return [Span(start, end)] if start < end else []
