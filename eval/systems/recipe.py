"""The splitting of a careful peer: recursive, 750 characters, 150 of overlap, Chinese separators.

The rule is the one known as LangChain's RecursiveCharacterTextSplitter: a text is cut at the coarsest separator it holds, neighbouring
pieces are put together again while they fit, the next chunk takes over whole pieces from the end of the last, and a piece that is too long
is cut by the finer separators in the same way. Separators stay at the end of their piece. With these settings the chunks are the same;
that package is not used because it brings thirteen others, 47 MB, with a client of its maker's service among them, and because it looks
its chunks up in the text to say where they stand, which is wrong where a text repeats itself.

Chunk is the peers' word for what they retrieve; passages are ours.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator

from qa.records import Span

SIZE, OVERLAP = 750, 150  # characters
SEPARATORS = ("\n\n", "\n", "[。！？]", "；", "，", "")  # coarse to fine; "" is between any two characters


def recursive_spans(text: str, *, size: int = SIZE, overlap: int = OVERLAP) -> list[Span]:
    """The chunks of a text, in order, without white space at their ends, none longer than `size`.

    Together they hold every character but white space; two neighbours share at most `overlap` characters. ValueError unless
    0 <= overlap < size.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"expected 0 <= overlap < size, got overlap {overlap} and size {size}")
    chunks = _chunks(text, Span(0, len(text)), SEPARATORS, size, overlap) if text else ()
    return [span for chunk in chunks for span in _stripped(text, chunk)]


def _chunks(text: str, whole: Span, separators: tuple[str, ...], size: int, overlap: int) -> Iterator[Span]:
    coarsest = next(n for n, separator in enumerate(separators) if re.compile(separator).search(text, whole.start, whole.end))
    finer = separators[coarsest + 1 :]
    fitting: list[Span] = []
    for piece in _pieces(text, whole, re.compile(separators[coarsest])):
        if piece.end - piece.start < size or not finer:
            fitting.append(piece)
        else:
            yield from _together(fitting, size, overlap)
            fitting = []
            yield from _chunks(text, piece, finer, size, overlap)
    yield from _together(fitting, size, overlap)


def _pieces(text: str, whole: Span, separator: re.Pattern[str]) -> Iterator[Span]:
    """The span cut behind every separator; where the separator is empty, into characters."""
    start = whole.start
    for match in separator.finditer(text, whole.start, whole.end):
        end = match.end() if separator.pattern else match.end() + 1
        if start < end <= whole.end:
            yield Span(start, end)
            start = end
    if start < whole.end:
        yield Span(start, whole.end)


def _together(pieces: Iterable[Span], size: int, overlap: int) -> Iterator[Span]:
    """Pieces that follow each other, as chunks that hold as many as fit; each begins with the last of the chunk before."""
    chunk: deque[Span] = deque()
    for piece in pieces:
        if chunk and piece.end - chunk[0].start > size:
            yield Span(chunk[0].start, chunk[-1].end)
            while chunk and (chunk[-1].end - chunk[0].start > overlap or piece.end - chunk[0].start > size):
                chunk.popleft()
        chunk.append(piece)
    if chunk:
        yield Span(chunk[0].start, chunk[-1].end)


def _stripped(text: str, span: Span) -> Iterator[Span]:
    """The span without the white space at its ends; nothing when there is nothing else."""
    inside = text[span.start : span.end]
    start = span.start + len(inside) - len(inside.lstrip())
    end = span.start + len(inside.rstrip())
    if start < end:
        yield Span(start, end)
