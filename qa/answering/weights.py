"""The trained numbers of this room, read from `weights.json`; `eval/calibration.py` writes that file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WEIGHTS = Path(__file__).with_name("weights.json")
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Weights:
    """Three linear models over named features."""

    evidence: Mapping[str, float]  # evidence feature -> coefficient; scores are log odds between the sentences of one query
    reading: Mapping[str, float]  # what `close_reading` mixes -> coefficient; scores are log odds as before
    refusal: Mapping[str, float]  # signal -> coefficient, and "intercept"; their sum is the log odds that the first statement answers
    threshold: float  # 0..1: below this probability the query is refused


@cache
def shipped_weights() -> Weights:
    """The weights that come with Chuchu."""
    return load_weights(WEIGHTS)


def load_weights(path: Path) -> Weights:
    """The weights in a file. ValueError for another format."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("format") != FORMAT:
        raise ValueError(
            f"expected answering weights of format {FORMAT} in {path.name}, got {data.get('format')!r}; run eval/calibration.py again"
        )
    return Weights(evidence=data["evidence"], reading=data["reading"], refusal=data["refusal"], threshold=data["threshold"])
