"""Makes `embeddings/folding_table.txt` from OpenCC and jieba's dictionary: `python -m embeddings.training.make_folding_table`.

Two characters are in one class when any of OpenCC's length-preserving configurations turns one into the other, alone or inside a word
of the dictionary (了解 becomes 瞭解), directly or through others (union-find). The class is written as its most usual Simplified form.

Not handled: Japanese forms (駅, 沢), and words that differ by region (軟體, 软件).
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from embeddings.folding import TABLE
from embeddings.training.dictionary import jieba_words

TO_SIMPLIFIED = ("t2s", "tw2s", "hk2s")
TO_TRADITIONAL = ("s2t", "s2tw", "s2hk")
HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3FFFF))
HEADER = "# Classes of Han characters: representative, then the others. Made from OpenCC {version} (Apache-2.0) by make_folding_table.py.\n"

Pair = tuple[str, str]  # a character, and what a configuration turned it into


def main() -> None:
    import opencc

    words = jieba_words()
    lone = list(han_characters())
    simplified = {pair for name in TO_SIMPLIFIED for pair in conversions(lone, name)}
    traditional = {pair for name in TO_TRADITIONAL for pair in conversions([*lone, *words], name)}
    usual = usage(words, simplified)
    lines = [class_line(members, usual) for members in character_classes(simplified | traditional)]
    TABLE.write_text(HEADER.format(version=opencc.__version__) + "".join(sorted(lines)), encoding="utf-8")


def conversions(texts: list[str], configuration: str) -> set[Pair]:
    """Each character of the texts beside what the configuration makes of it there."""
    import opencc

    joined = "\n".join(texts)
    converted = opencc.OpenCC(configuration).convert(joined)
    if len(converted) != len(joined):
        raise ValueError(f"OpenCC's configuration {configuration} changed the length of a text; use only those that keep it")
    return {(before, unicodedata.normalize("NFKC", after)) for before, after in zip(joined, converted, strict=True)}


def usage(words: dict[str, int], simplified: set[Pair]) -> Counter[str]:
    """How often the dictionary writes a character, and how many are simplified to it; 0 for what is itself simplified away."""
    targets = {after for _, after in simplified}
    counts = Counter(after for before, after in simplified if before != after)
    for word, frequency in words.items():
        counts.update({character: frequency for character in word if character in targets})
    return counts


def character_classes(pairs: Iterable[Pair]) -> list[set[str]]:
    """The classes with more than one member."""
    parent: dict[str, str] = {}

    def root(character: str) -> str:
        while parent.setdefault(character, character) != character:
            character = parent[character]
        return character

    for before, after in pairs:
        parent[root(before)] = root(after)
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for character in list(parent):
        classes[root(character)].add(character)
    return [members for members in classes.values() if len(members) > 1]


def han_characters() -> Iterator[str]:
    """Every unified ideograph. Compatibility ideographs are left to NFKC, which `fold` applies before the table."""
    for first, last in HAN_RANGES:
        for code in range(first, last + 1):
            if unicodedata.normalize("NFKC", chr(code)) == chr(code):
                yield chr(code)


def class_line(members: set[str], usual: Counter[str]) -> str:
    """The most usual member, of equals the one with the lowest code point, then the others."""
    representative = min(members, key=lambda member: (-usual[member], member))
    return f"{representative} {''.join(sorted(members - {representative}))}\n"


if __name__ == "__main__":
    main()
