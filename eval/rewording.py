"""Queries in other words, made without a language model: what people ask rarely repeats the words of the passage that answers them.

Half of a query's words are exchanged for words of other queries, drawn as often as those use them. Numbers, Latin letters, question words
and the query's rarest word (a name, mostly) stay, because people do repeat those. The result does not read well; it teaches a model
what it looks like when the right passage shares few words with the query. Not handled: synonyms, word order, abbreviations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from embeddings.folding import fold

EXCHANGED = 0.5  # of the words that may be
_QUESTION_WORDS = frozenset("什么 甚么 多少 哪里 哪个 哪些 怎么 怎样 如何 为何 为什么 何时 何地 几个 哪年 多久 多长 多大 是否".split())


class Rewording:
    """Exchanges words of queries. Deterministic for one seed and one order of calls."""

    def __init__(self, queries: Sequence[str], *, seed: int = 0) -> None:
        """queries: where the words come from."""
        counts = Counter(word for query in queries for word in _words(query) if _exchangeable(word))
        self._counts = counts
        self._pool = sorted(counts)
        self._shares = np.array([counts[word] for word in self._pool], dtype=np.float64) / max(1, counts.total())
        self._random = np.random.default_rng(seed)

    def __call__(self, query: str) -> str:
        """The query in other words, folded."""
        words = _words(query)
        candidates = [word for word in dict.fromkeys(words) if _exchangeable(word)]
        ordinary = sorted(candidates, key=lambda word: (self._counts[word], word))[1:]
        exchanged = {word: str(self._random.choice(self._pool, p=self._shares)) for word in ordinary if self._random.random() < EXCHANGED}
        return "".join(exchanged.get(word, word) for word in words)


def _words(text: str) -> list[str]:
    import rjieba

    return list(rjieba.cut(fold(text), hmm=False))


def _exchangeable(word: str) -> bool:
    return len(word) > 1 and all("\u4e00" <= character <= "\u9fff" for character in word) and word not in _QUESTION_WORDS
