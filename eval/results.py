"""What an evaluation found. `Result` is the same on every run over the same documents, set and code; `Environment` is not."""

from __future__ import annotations

from dataclasses import dataclass

from eval.metrics.intervals import Metric


@dataclass(frozen=True, slots=True)
class Config:
    """What was measured, and with what."""

    dataset: str
    dataset_sha256: str  # of everything the queries come from
    corpus: str
    corpus_sha256: str  # of everything the documents come from
    encoder: str  # its fingerprint
    code: str  # 16 hex digits of everything of ours that finds, answers and scores
    documents: int
    passages: int
    queries: int
    note: str = ""  # how the set was made and what it cannot show


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of one query."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What came for one query, and its scores. A measure that does not apply to the query has no score."""

    query_id: str
    text: str
    answers: tuple[str, ...]
    answerable: bool
    slices: tuple[str, ...]
    refused: bool
    reason: str
    confidence: float | None  # 0..1; None where the system gives none
    right: bool | None  # whether the first statement, shown or withheld, answers the query; None where that is not known
    first_statement: str  # "" when there was none, or it was withheld
    withheld: str
    short_answer: str
    first_hit: str  # document and the beginning of the text; "" when nothing was found
    gold_at: str  # document and place of the first gold; "" without gold
    gold_text: str  # the paragraph around the first gold, cut
    gold_rank: int  # of the first relevant hit, from 1; 0 when it is not among the first ten
    scores: tuple[Score, ...]
    made_from: str = ""  # id of the query that this one rewords or converts
    unproved: tuple[str, ...] = ()  # what the originals do not confirm of the answer's evidence bundle

    def score(self, name: str) -> float | None:
        """The value of a measure, None where it does not apply."""
        return next((score.value for score in self.scores if score.name == name), None)


@dataclass(frozen=True, slots=True)
class Slice:
    """The measures over the queries of one group; the name is "family: group", as "type: who"."""

    name: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class SystemResult:
    """How one system did."""

    system: str
    metrics: tuple[Metric, ...]
    slices: tuple[Slice, ...]
    queries: tuple[QueryResult, ...]

    def metric(self, name: str) -> Metric | None:
        """A measure over all queries, None where it applies to none."""
        return next((metric for metric in self.metrics if metric.name == name), None)


@dataclass(frozen=True, slots=True)
class Result:
    """One set, asked of one or more systems in one run; ours first."""

    config: Config
    systems: tuple[SystemResult, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """How long one system took."""

    system: str
    seconds: float  # of finding and answering, without building what it searches
    p50_ms: float  # of one query; 0 where the system takes them in bulk
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Environment:
    """Where and when it was measured, and how long it took."""

    started: str  # ISO time, UTC
    seconds: float  # asking and scoring, without building the library
    times: tuple[Timed, ...]
    machine: str
    python: str
    packages: tuple[str, ...]  # name==version


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A result with the environment it came from."""

    result: Result
    environment: Environment
