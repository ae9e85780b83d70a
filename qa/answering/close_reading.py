"""Reading closely: the reader over the sentences that word overlap likes best, and what it says mixed into their score.

The linear model of `evidence` looks at every sentence of ten passages; the reader is far slower, so it reads the best of them, each with
what stands round it, up to CHARACTERS_READ. Sentences it has not read are left behind those it has. Not handled: answers whose
sentence shares no word with the query.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa.answering.answer_types import cannot_be
from qa.answering.evidence import UNREAD, Evidence
from qa.answering.queries import Asked
from qa.answering.reader.reading import Reader
from qa.records import Hit, Span

CHARACTERS_READ = 600
WINDOW = 250  # characters read at a time; a longer sentence is read as far as LONGEST_SENTENCE
LONGEST_SENTENCE = 330
_FAR = 10.0  # log odds: beyond this more tells nothing more

READING = (
    "evidence",  # the score of the linear model
    "share",  # of what the reader finds in all it has read, that of this sentence: 0..1
    "odds",  # log odds that the sentence holds the answer against its window having none, over _FAR: -1..1
    "read",  # whether it was read, and is not hopeless
    "unfit",  # what the reader likes best in it cannot be what the query asks for
)
Row = tuple[float, float, float, float, float]  # by READING


def read_closely(
    query: str, asked: Asked, evidence: Sequence[Evidence], reader: Reader, coefficients: Mapping[str, float]
) -> list[Evidence]:
    """The evidence, which is best first by the linear model, scored anew and best first again; what was read carries its reading.

    asked: the query taken apart.
    """
    return rescored(with_readings(query, asked, evidence, reader), coefficients)


def with_readings(query: str, asked: Asked, evidence: Sequence[Evidence], reader: Reader) -> list[Evidence]:
    """The evidence, each sentence that was read with its reading and what the reader thinks of it."""
    readings = {
        (hit.passage.passage_id, sentence): reading
        for hit, window, sentences in windows(evidence)
        for reading in [reader.read(query, hit.passage.text, window, sentences)]
        for sentence in sentences
    }
    read = [replace(item, reading=readings.get((item.hit.passage.passage_id, item.span))) for item in evidence]
    odds = [item.reading.odds(item.span) if item.reading else -math.inf for item in read]
    most = max(odds, default=0.0)
    weights = [math.exp(one - most) if one > -math.inf else 0.0 for one in odds]
    total = sum(weights)
    return [
        replace(item, share=weight / total if total else 0.0, odds=max(-_FAR, min(_FAR, one)) / _FAR, unfit=_is_unfit(item, asked))
        for item, weight, one in zip(read, weights, odds, strict=True)
    ]


def _is_unfit(item: Evidence, asked: Asked) -> bool:
    stretch = item.reading.likeliest(item.span) if item.reading else None
    return stretch is not None and cannot_be(item.hit.passage.text[stretch.start : stretch.end], asked)


def rescored(evidence: Sequence[Evidence], coefficients: Mapping[str, float]) -> list[Evidence]:
    """The evidence by the mixed score, best first; equal scores by the hit's rank, then in order."""
    weights = [coefficients[name] for name in READING]
    scored = [replace(item, score=sum(weight * value for weight, value in zip(weights, row(item), strict=True))) for item in evidence]
    return sorted(scored, key=lambda item: (-item.score, item.hit.rank, item.span))


def row(item: Evidence) -> Row:
    """The values of READING."""
    return item.score, item.share, item.odds, float(item.odds > UNREAD), float(item.unfit)


def windows(evidence: Sequence[Evidence]) -> list[tuple[Hit, Span, list[Span]]]:
    """What to read, best first: stretches of whole sentences of one passage that do not overlap, each with its sentences."""
    by_passage: dict[str, list[Span]] = {}
    for item in evidence:
        by_passage.setdefault(item.hit.passage.passage_id, []).append(item.span)
    taken: set[tuple[str, Span]] = set()
    found: list[tuple[Hit, Span, list[Span]]] = []
    left = CHARACTERS_READ
    for item in evidence:
        passage = item.hit.passage.passage_id
        if left <= 0:
            break
        if (passage, item.span) in taken:
            continue
        sentences = sorted(by_passage[passage])
        first, last = _grown(sentences, sentences.index(item.span), taken, passage, min(WINDOW, max(left, len(item.text))))
        chosen = sentences[first : last + 1]
        taken.update((passage, span) for span in chosen)
        window = Span(chosen[0].start, min(chosen[-1].end, chosen[0].start + LONGEST_SENTENCE))
        found.append((item.hit, window, chosen))
        left -= window.end - window.start
    return found


def _grown(sentences: Sequence[Span], at: int, taken: set[tuple[str, Span]], passage: str, room: int) -> tuple[int, int]:
    """The first and last sentence of a window round one, grown on both sides in turn while there is room and nothing was read yet."""
    first = last = at
    before, behind = True, True
    while before or behind:
        for step in (-1, 1):
            n = first - 1 if step < 0 else last + 1
            free = 0 <= n < len(sentences) and (passage, sentences[n]) not in taken
            if free:
                size = max(sentences[last].end, sentences[n].end) - min(sentences[first].start, sentences[n].start)
                free = size <= room
            if free:
                first, last = min(first, n), max(last, n)
            elif step < 0:
                before = False
            else:
                behind = False
    return first, last
