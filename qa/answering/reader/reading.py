"""The reader: where in a piece of text the answer to a query stands, and how sure that it stands there at all.

It takes a few hundred characters at a time. Not handled: yes and no, which no stretch of a text says; answers in several places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from qa.answering.reader.network import NOTHING, Network, Scores, load_network
from qa.answering.reader.threads import one_blas_thread
from qa.answering.reader.transformer import ARCHITECTURE, Transformer, load_transformer
from qa.records import Span

SHIPPED = Path(__file__).with_name("model.safetensors")
LONGEST_QUERY = 64  # characters of a query that are read, those at its end: the question word is seldom far from there
LONGEST_WINDOW = 400  # characters read at a time; memory grows with the square


@dataclass(frozen=True, slots=True)
class Reading:
    """One window of a text, read with one query."""

    window: Span  # in the text
    scores: Scores

    def odds(self, span: Span) -> float:
        """The log odds that the answer stands inside the span, or is the window's yes or no, against the window having none.

        span: in the text; what is outside the window was not read. -inf is never returned: NOTHING stands for what cannot be.
        """
        inside = self._inside(span)
        if not inside.size:
            return NOTHING
        most = float(inside.max())
        stretches = most + float(np.log(np.exp(inside - most).sum()))
        return float(np.logaddexp(stretches, self.scores.yes_no)) - self.scores.silence

    def best(self, span: Span) -> tuple[Span, float] | None:
        """The best stretch inside the span, in the text, and its probability, 0..1, among all stretches of the window and silence."""
        stretch = self.likeliest(span)
        if stretch is None:
            return None
        score = self.scores.stretches[stretch.start - self.window.start, stretch.end - 1 - self.window.start]
        return stretch, float(np.exp(score - self._everything()))

    def likeliest(self, span: Span) -> Span | None:
        """The best stretch alone: its probability costs a look at every other."""
        inside = self._inside(span)
        if not inside.size:
            return None
        first, last = divmod(int(inside.argmax()), inside.shape[1])
        start = max(span.start, self.window.start)
        return Span(start + first, start + last + 1)

    def logit(self, span: Span) -> float:
        """How well exactly this stretch of the text answers, as a logit; -inf where it was not read as one."""
        first, last = span.start - self.window.start, span.end - 1 - self.window.start
        read = first >= 0 and last < len(self.scores.stretches) and self.scores.stretches[first, last] > NOTHING
        return float(self.scores.stretches[first, last]) if read else -math.inf

    def _inside(self, span: Span) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        start = max(0, span.start - self.window.start)
        end = max(start, span.end - self.window.start)
        return self.scores.stretches[start:end, start:end]

    def _everything(self) -> float:
        """The logarithm of what the softmax divides by."""
        others = float(np.logaddexp(self.scores.silence, self.scores.yes_no))
        most = max(others, float(self.scores.stretches.max()))
        return most + float(np.log(np.exp(self.scores.stretches - most).sum() + np.exp(others - most)))


class Reader:
    """Reads. It holds no state between texts, so threads may share it."""

    def __init__(self, network: Network | Transformer) -> None:
        self._network = network

    @property
    def fingerprint(self) -> str:
        """What the weights are known by: 16 hex digits of their hash."""
        return self._network.fingerprint

    def read(self, query: str, text: str, window: Span, sentences: Sequence[Span]) -> Reading:
        """The window of the text with the query. sentences: of the text; those outside the window do not count.

        ValueError for a query without characters, and for a window that is longer than LONGEST_WINDOW or not in the text.
        """
        if not query.strip() or window.end - window.start > LONGEST_WINDOW or window.end > len(text):
            raise ValueError(
                f"expected a query and a window of 1 to {LONGEST_WINDOW} characters inside the text, got {query!r} and {window}"
            )
        lexicon = self._network.lexicon
        inside = [
            Span(span.start - window.start, span.end - window.start)
            for span in sentences
            if window.start <= span.start and span.end <= window.end
        ]
        asked, read = lexicon.tokens(query.strip()[-LONGEST_QUERY:]), lexicon.tokens(text[window.start : window.end])
        with one_blas_thread():
            return Reading(window, self._network.scores(asked, read, inside))


@cache
def shipped_reader() -> Reader:
    """The reader that comes with Chuchu."""
    return load_reader(SHIPPED)


def load_reader(path: Path) -> Reader:
    """The reader of a file, of the architecture that the file names. ValueError for another format."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        architecture = (file.metadata() or {}).get("architecture")
    return Reader(load_transformer(path) if architecture == ARCHITECTURE else load_network(path))
