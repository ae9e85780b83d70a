"""Which sentences of the first passages answer the query: every sentence gets named features, and a linear model makes them one score.
The best are then read closely (`close_reading`).

The features look at the query's terms (how much of their weight stands in the sentence, in its neighbours, in its passage), at its
numbers, years and Latin names (there, or contradicted), at the kind of answer expected, and at the passage's place in the keyword search.
All are ratios, so that they mean the same in a library of five documents and of a million. The coefficients come from
`eval/calibration.py`. Vectors choose the passages and have no say here: the bundled encoder has learnt CMRC train by heart, so a weight
for its cosines cannot be learnt there, and a weight for one encoder would be wrong for another. Not handled: antecedents of pronouns,
evidence spread over passages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa.answering.queries import KINDS, Asked, is_echo, matched_form, numbers_in, years_in
from qa.answering.reader.reading import Reading
from qa.answering.short_answers import best_nearness
from qa.records import Hit, Span
from qa.splitting import sentence_spans

KEYWORDS = "keywords"  # as the search names its keyword ranker in `Part`
PASSAGES_READ = 10  # evidence is sought in the first so many passages

Numbers = NDArray[np.float64]
Presence = NDArray[np.bool_]

_QUESTION = re.compile(r"[?？][”」』）)]*$")
_ENDED = re.compile(r"[。！？!?；;…][”」』）)]*$")
_CAUSE = re.compile(r"因为|由于|因此|所以|为了|以便|以免|导致|使得|原因|因而|故此|出于|鉴于|因")
_POINTS_BACK = re.compile(r"^(?:他|她|它|该|此|这|其|同年|同时|随后|之后|后来|当时|但|而)")
_OF_A_ROW = re.compile(r"第(\d+)(.)")
_DEPUTY = re.compile("副(?=(..))")

FEATURES = (
    "characters",  # shares of the terms' weight that stand in the sentence: single characters, pairs, words and runs
    "pairs",
    "words",
    "rarest",  # of the four rarest terms
    "focus",  # of the terms next to the question word
    "local",  # of the terms that tell the passage's sentences apart
    "beyond_first",  # of the terms that are neither in the heading nor in the passage's first sentence
    "with_neighbours",  # of all terms, in the sentence and the ones before and after
    "with_heading",
    "passage",  # in the whole passage with its headings
    "of_passage",  # the sentence's share over the passage's
    "longest_run",  # of characters shared with the query, over the query's length
    "defines",  # the sentence opens with what the query wants defined
    "numbers",  # of the query, in the sentence
    "number_missing",  # of the query's numbers, neither in the passage nor over it
    "year_conflict",  # the query names a year; the sentence, or else its passage, names only others
    "names_another",  # the query names one of a row (第二次), or who holds an office; the sentence names only another (第四次), or a deputy
    "latin",
    "kind_nearness",  # how near an answer of the kind asked for stands to the query's terms
    "kind_missing",
    *(f"{kind}_found" for kind in KINDS),
    "search_score",  # the passage's keyword score over the best
    "search_first",
    "search_rank",  # 1 / its rank by keyword score among the passages read
    "length",
    "short",
    "first_in_passage",
    "points_back",
    "is_question",
    "is_heading",
    "new_text",  # the share of the sentence's characters that the query does not have
)


UNREAD = -1.0  # the least odds: of a sentence that the reader has not seen, or finds hopeless


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit's passage, seen with the query."""

    hit: Hit
    span: Span  # in hit.passage.text, without the white space at its ends
    features: Numbers  # (len(FEATURES),)
    score: float = 0.0  # differences are log odds between the sentences of one query
    reading: Reading | None = None  # of the window in which the reader saw the sentence
    share: float = 0.0  # of what the reader finds in all it has read, that of this sentence: 0..1
    odds: float = UNREAD  # of the reader, that the sentence holds the answer against its window having none: -1..1
    unfit: bool = False  # what the reader likes best in it cannot be what the query asks for

    @property
    def text(self) -> str:
        """The sentence, word for word."""
        return self.hit.passage.text[self.span.start : self.span.end]

    def feature(self, name: str) -> float:
        """The feature of that name. ValueError for a name that is not in FEATURES."""
        return float(self.features[FEATURES.index(name)])


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage cut into sentences."""

    hit: Hit
    heading: str  # the document's context and the passage's heading, in matched form
    spans: list[Span]  # of the sentences, in the passage's text
    sentences: list[str]  # in matched form


def find_evidence(asked: Asked, hits: Sequence[Hit], contexts: Sequence[str]) -> list[Evidence]:
    """Every sentence of the first passages that says more than the query does, in order, not yet scored.

    contexts: what stands over each hit's document (title, issue, date), "" for nothing.
    """
    read = [passage for hit, context in zip(hits[:PASSAGES_READ], contexts, strict=False) if (passage := _read(hit, context)).spans]
    by_keywords = sorted((keyword_score(passage.hit) for passage in read), reverse=True)
    found = []
    for passage in read:
        rows = _features(asked, passage, by_keywords)
        sentences = zip(passage.spans, rows, passage.sentences, strict=True)
        found += [Evidence(passage.hit, span, row) for span, row, sentence in sentences if not is_echo(sentence, asked)]
    return found


def keyword_score(hit: Hit) -> float:
    """The raw score of the keyword ranker; 0 where only vectors found the passage."""
    return next((part.score for part in hit.parts if part.ranker == KEYWORDS), 0.0)


def best_first(evidence: Sequence[Evidence], coefficients: Mapping[str, float]) -> list[Evidence]:
    """The evidence scored by the linear model, best first; equal scores by the hit's rank, then in order."""
    if not evidence:
        return []
    scores = np.array([item.features for item in evidence]) @ np.array([coefficients[name] for name in FEATURES])
    scored = [replace(item, score=score) for item, score in zip(evidence, scores.tolist(), strict=True)]
    return sorted(scored, key=lambda item: (-item.score, item.hit.rank, item.span))


def _read(hit: Hit, context: str) -> _Read:
    text = hit.passage.text
    spans = sentence_spans(text)
    joined = "\0".join(text[span.start : span.end] for span in spans)  # no Document holds NUL
    return _Read(hit, matched_form(f"{context}\n{hit.passage.heading}"), spans, matched_form(joined).split("\0") if spans else [])


def _features(asked: Asked, passage: _Read, by_keywords: Sequence[float]) -> Numbers:
    """(sentences, len(FEATURES)) float64. by_keywords: the keyword scores of all passages read, best first."""
    n = len(passage.sentences)
    rank = 1 + by_keywords.index(keyword_score(passage.hit))
    present = np.array([[term.text in sentence for term in asked.terms] for sentence in passage.sentences], dtype=bool).reshape(
        n, len(asked.terms)
    )
    in_heading = np.array([term.text in passage.heading for term in asked.terms], dtype=bool)
    columns = {
        **_term_features(asked, present, in_heading),
        **_number_features(asked, passage),
        **_kind_features(asked, passage),
        **_shape_features(asked, passage),
        "search_score": keyword_score(passage.hit) / by_keywords[0] if by_keywords[0] > 0 else 0.0,
        "search_first": float(rank == 1),
        "search_rank": 1 / rank,
    }
    rows = np.empty((n, len(FEATURES)))
    for place, name in enumerate(FEATURES):
        rows[:, place] = columns[name]
    return rows


def _term_features(asked: Asked, present: Presence, in_heading: Presence) -> dict[str, Numbers | float]:
    weights = np.array([term.weight for term in asked.terms])
    lengths = np.array([len(term.text) for term in asked.terms])
    around = present | np.vstack([present[1:], present[-1:]]) | np.vstack([present[:1], present[:-1]])
    in_passage = present.any(axis=0) | in_heading
    of_passage = _share(in_passage, weights)
    own = _share(present, weights)
    return {
        "characters": _share(present, weights * (lengths == 1)),
        "pairs": _share(present, weights * (lengths == 2)),
        "words": _share(present, weights * (lengths > 2)),
        "rarest": _share(present, weights * (np.argsort(np.argsort(-weights, kind="stable")) < 4)),
        "focus": _share(present, weights * np.array([term.focus for term in asked.terms])),
        "local": _share(present, weights * _local_idf(present)),
        "beyond_first": _share(present, weights * ~(present[0] | in_heading)),
        "with_neighbours": _share(around, weights),
        "with_heading": _share(present | in_heading, weights),
        "passage": of_passage,
        "of_passage": own / of_passage if of_passage else 0.0,
    }


def _share(present: Presence, weights: Numbers) -> Numbers:
    """The share of the weights that is present, by row: 0..1, 0 without any weight."""
    total = weights.sum()
    share: Numbers = present @ weights / total if total > 0 else np.zeros(present.shape[:-1])
    return share


def _local_idf(present: Presence) -> Numbers:
    """How rare each term is among the passage's sentences, 0..1: what the whole passage is about does not tell them apart."""
    n = len(present) + 1
    counts = present.sum(axis=0)
    idf: Numbers = np.where(counts > 0, np.log(n / np.maximum(counts, 1)) / math.log(n), 0.0)
    return idf


def _number_features(asked: Asked, passage: _Read) -> dict[str, list[float] | float]:
    of_passage = numbers_in("\n".join((passage.heading, *passage.sentences))) if asked.numbers else frozenset()
    return {
        "numbers": [_found(asked.numbers, numbers_in(sentence)) if asked.numbers else 0.0 for sentence in passage.sentences],
        "number_missing": 1 - _found(asked.numbers, of_passage) if asked.numbers else 0.0,
        "year_conflict": _year_conflicts(asked, passage) if asked.years else 0.0,
        "names_another": _names_another(asked, passage),
        "latin": [_found(asked.latin, {run for run in asked.latin if run in sentence}) for sentence in passage.sentences],
    }


def _found(wanted: frozenset[str], there: frozenset[str] | set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _year_conflicts(asked: Asked, passage: _Read) -> list[float]:
    years = [years_in(sentence) for sentence in passage.sentences]
    of_passage = years_in(passage.heading).union(*years)
    return [float(bool(of_sentence or of_passage) and not asked.years & (of_sentence or of_passage)) for of_sentence in years]


def _names_another(asked: Asked, passage: _Read) -> list[float]:
    wanted = _row(asked.text)
    rows = [_row(sentence) if wanted else {} for sentence in passage.sentences]
    of_a_row = [any(unit in row and not places & row[unit] for unit, places in wanted.items()) for row in rows]
    return [float(one or _names_deputy(sentence, asked.text)) for one, sentence in zip(of_a_row, passage.sentences, strict=True)]


def _names_deputy(sentence: str, query: str) -> bool:
    """Whether an office of the query stands in the sentence only behind 副."""
    offices = (office for office in _DEPUTY.findall(sentence) if office in query and f"副{office}" not in query)
    return any(not re.search(f"(?<!副){re.escape(office)}", sentence) for office in offices)


def _row(matched: str) -> dict[str, set[str]]:
    """Which of a row are named, by what they are: 第2次 and 第4次 are {"次": {"2", "4"}}."""
    found: dict[str, set[str]] = {}
    for place, unit in _OF_A_ROW.findall(matched):
        found.setdefault(unit, set()).add(place)
    return found


def _kind_features(asked: Asked, passage: _Read) -> dict[str, list[float] | float]:
    nearness = [_nearness(asked, sentence) for sentence in passage.sentences]
    found = [float(near > 0) for near in nearness]
    return {
        "kind_nearness": nearness,
        "kind_missing": [1 - one if asked.kind != "anything" else 0.0 for one in found],
        **{f"{kind}_found": found if asked.kind == kind else 0.0 for kind in KINDS},
    }


def _nearness(asked: Asked, sentence: str) -> float:
    return float(bool(_CAUSE.search(sentence))) if asked.kind == "reason" else best_nearness(sentence, asked)


def _shape_features(asked: Asked, passage: _Read) -> dict[str, list[float]]:
    sentences = passage.sentences
    return {
        "longest_run": [_longest_run(asked.content, sentence) for sentence in sentences],
        "defines": [float(_defines(asked.defines, sentence)) for sentence in sentences],
        "length": [math.log1p(len(sentence)) / 5 for sentence in sentences],
        "short": [float(len(sentence) < 10) for sentence in sentences],
        "first_in_passage": [float(place == 0) for place in range(len(sentences))],
        "points_back": [float(bool(_POINTS_BACK.match(sentence))) for sentence in sentences],
        "is_question": [float(bool(_QUESTION.search(sentence))) for sentence in sentences],
        "is_heading": [float(not _ENDED.search(sentence)) for sentence in sentences],
        "new_text": [1 - sum(map(asked.text.__contains__, sentence)) / max(1, len(sentence)) for sentence in sentences],
    }


def _longest_run(query: str, sentence: str) -> float:
    longest = 0
    for start in range(len(query)):
        while start + longest < len(query) and query[start : start + longest + 1] in sentence:
            longest += 1
    return longest / len(query) if query else 0.0


def _defines(subject: str, sentence: str) -> bool:
    """Whether the sentence opens with the subject and says what it is."""
    at = sentence.find(subject) if subject else -1
    return 0 <= at <= 3 and bool(re.search("[是为]", sentence[at + len(subject) :]))
