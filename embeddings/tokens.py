"""The token budget: how much text a passage may hold, in tokens of our own.

A token is one of 16,384 pieces of bytes, learnt from news by `embeddings/training/train_tokens.py` and stored in tiktoken's own rank
format. Text is folded before counting, so it costs the same in either script. Tokens only count: they may end inside a character, so
nothing is ever cut at them.
"""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.folding import fold

if TYPE_CHECKING:
    import tiktoken

RANKS = Path(__file__).with_name("tokens.tiktoken")

# Han runs, other letters with the blank before them, numbers, white space, the rest. A merge costs the square of its piece's length, so
# no piece is long: a megabyte without a blank counts as fast as any other. The atomic group changes no piece: with it the engine behind
# tiktoken tries only the place where the last piece ended, which makes counting 1.4 times as fast.
SPLIT_PATTERN = r"(?>\p{Han}{1,16}| ?[\p{L}\p{M}&&[^\p{Han}]]{1,32}|\p{N}{1,4}|\s{1,32}|[^\s\p{L}\p{M}\p{N}]{1,8})"


def count_tokens(text: str) -> int:
    """How many tokens the text costs: about 0.6 per Han character. Safe to call from several threads."""
    return len(encoding().encode_ordinary(fold(text)))


@cache
def encoding() -> tiktoken.Encoding:
    """The encoding over the shipped ranks, without special tokens. Two threads may both load it; the loads are equal."""
    import tiktoken

    return tiktoken.Encoding("chuchu", pat_str=SPLIT_PATTERN, mergeable_ranks=read_ranks(RANKS), special_tokens={})


def read_ranks(path: Path) -> dict[bytes, int]:
    """Token -> rank, from lines of `base64 rank`. tiktoken's own reader would keep a copy in the temporary folder and go on using it."""
    lines = (line.split() for line in path.read_bytes().splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in lines}
