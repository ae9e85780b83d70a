"""Word vectors without a query: what words stand near each other in news.

Positive pointwise mutual information over a window of five words, context counts raised to 0.75 (Levy, Goldberg and Dagan 2015), and
the left singular vectors of that matrix; each row is then given the length a / (a + p) of smooth inverse frequency (Arora et al. 2017).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped]
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.training.static_data import Texts
from embeddings.unit_rows import unit_rows

WINDOW = 5
MIN_PAIR = 2  # pairs of words seen together once say little and are most of the matrix
CONTEXT_POWER = 0.75
FREQUENCY = 1e-4  # the a of smooth inverse frequency: the share of the text at which a word weighs half


def first_rows(sentences: Texts, article_of: NDArray[np.int64], word_counts: NDArray[np.int64], dim: int) -> Vectors:
    """(words, dim) float32; row 0, the unknown, is zero, and so is the row of a word without neighbours."""
    from sklearn.utils.extmath import randomized_svd  # type: ignore[import-untyped]

    matrix = mutual_information(co_occurrences(sentences, article_of, len(word_counts)))
    directions, _, _ = randomized_svd(matrix, dim, n_iter=3, random_state=0)
    share = word_counts / word_counts.sum()
    rows: Vectors = (unit_rows(directions.astype(np.float32)) * (FREQUENCY / (FREQUENCY + share))[:, None]).astype(np.float32)
    rows[0] = 0.0
    return rows


def co_occurrences(sentences: Texts, article_of: NDArray[np.int64], n_words: int) -> sp.csr_matrix:
    """How often two words stand at most WINDOW words apart in one article; symmetric."""
    words = sentences.words
    article = np.repeat(article_of, np.diff(sentences.bounds))
    counts = sp.csr_matrix((n_words, n_words), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = words[:-distance], words[distance:]
        kept = (article[:-distance] == article[distance:]) & (left > 0) & (right > 0)
        ones = np.ones(int(kept.sum()), dtype=np.float32)
        counts = counts + sp.coo_matrix((ones, (left[kept], right[kept])), shape=counts.shape).tocsr()
    return counts + counts.T


def mutual_information(counts: sp.csr_matrix) -> sp.csr_matrix:
    """log(p(word, context) / (p(word) p(context))) where positive, for pairs counted at least MIN_PAIR times."""
    pairs = counts.tocoo()
    often = pairs.data >= MIN_PAIR
    word, context, count = pairs.row[often], pairs.col[often], pairs.data[often]
    of_word = np.bincount(word, count, minlength=counts.shape[0])
    of_context = np.bincount(context, count, minlength=counts.shape[0]) ** CONTEXT_POWER
    information = np.log(count / (of_word[word] * (of_context / of_context.sum())[context]))
    positive = information > 0
    return sp.csr_matrix((information[positive].astype(np.float32), (word[positive], context[positive])), shape=counts.shape)
