"""Words that may stand for one another in a statement without changing what it claims, from a list written for Chuchu: 建成 竣工 完工.

`synonyms.txt` has a group on a line. It holds what a careful editor would let pass, no more: no hypernyms, nothing of another degree,
direction or role. Not handled: words that mean the same only in some sentences.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from embeddings.folding import fold

SYNONYMS = Path(__file__).with_name("synonyms.txt")


def say_the_same(one: str, other: str) -> bool:
    """Whether two folded words are synonyms; a word is one of itself."""
    groups = _groups()
    return one == other or (one in groups and groups[one] == groups.get(other))


@cache
def _groups() -> dict[str, int]:
    """Each folded word with the number of its group; no word is in two."""
    lines = SYNONYMS.read_text(encoding="utf-8").splitlines()
    return {fold(word): number for number, line in enumerate(lines) for word in line.split()}
