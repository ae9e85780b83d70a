"""Makes `joining.json`: how likely it is that one piece of text goes on in another, by the characters on both sides of the cut.

    python -m qa.reading.make_joining --data FOLDER      # FOLDER holds news.jsonl.xz; a minute or two, 1 GB of memory

A logistic regression over the runs of characters named in `joining.RUNS`, hashed to `BUCKETS` weights of 16 levels. It learns from news
cut as a column or a page cuts it, inside sentences: the two sides of one cut against one side with something else from near by, which is
the other side of another cut, the beginning of a sentence, or such a beginning below a heading (a sentence without its full stop). The
articles of `held_out` are left for measuring (`eval/reading/joints.py`). Traditional text is read folded and shares the weights.
"""

from __future__ import annotations

import argparse
import base64
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.reading.joining import BUCKETS, CLOSING, MARK_KINDS, MIX, MIX_AGAIN, NEIGHBOURS, OPENING, RUNS, TABLE, WINDOW, plain

CUTS = 5_000_000  # pairs that belong together; as many that do not
SHARES = {"cut": 0.6, "beginning": 0.25, "heading": 0.15}  # of these
NEAR_CUTS, NEAR_BEGINNINGS = 300, 8  # how far away the other side stands
NO_BEGINNING = "，,。、；;：:！!？?”’）)》」』】…—％%.\n "  # what no line begins with
NO_END = "。！!？?；;：:…“‘（(《「『【\n "  # a sentence end, and what no line ends with
ROUNDS, BATCH, RATE = 2, 20_000, 0.1
LEVELS, LLOYD_ROUNDS = 16, 30
APART = "\n" * 8  # between two articles

Codes = NDArray[np.uint32]
Places = NDArray[np.int64]


def held_out(number: int) -> bool:
    """Whether the article on this line of the news, counted from 0, is left for measuring."""
    return number % 10 == 9


def articles(data: Path, *, measuring: bool = False) -> Iterator[str]:
    """The articles that are learned from, or those that are measured on."""
    with lzma.open(data / "news.jsonl.xz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if held_out(number) == measuring:
                yield json.loads(line)["text"]


def one_of(codes: Codes, characters: str) -> NDArray[np.bool_]:
    """Where one of the characters stands."""
    return np.isin(codes, np.array([ord(character) for character in characters], dtype=np.uint32))


def cuts(codes: Codes) -> Places:
    """The places where a column could end inside a sentence, none near a line end. A place is that of the character after the cut."""
    before, after = codes[:-1], codes[1:]
    in_word = one_of(before, "0a") & one_of(after, "0a")
    possible = np.zeros(len(codes), dtype=bool)
    possible[1:] = ~(one_of(before, NO_END) | one_of(after, NO_BEGINNING) | in_word)
    line_ends = codes == ord("\n")
    for away in range(1, len(APART) - 1):
        possible[away:] &= ~line_ends[:-away]
        possible[:-away] &= ~line_ends[away:]
    return np.flatnonzero(possible)


def states(codes: Codes) -> tuple[Codes, Codes]:
    """For each place the two halves of `joining.marks`: what is open before it, and what is closed from it on."""
    kinds = np.zeros(len(codes), dtype=np.int64)
    for kind, opening, closing in zip(MARK_KINDS, OPENING, CLOSING, strict=True):
        kinds[codes == ord(opening)] = kind
        kinds[codes == ord(closing)] = -kind
    places = np.arange(len(codes))
    last = np.maximum.accumulate(np.where(kinds != 0, places, -1))
    last = np.concatenate([[-1], last[:-1]])
    following = np.minimum.accumulate(np.where(kinds != 0, places, len(codes))[::-1])[::-1]
    opened = np.where((last >= 0) & (places - last <= WINDOW), kinds[np.maximum(last, 0)], 0)
    closed = np.where(following - places < WINDOW, kinds[np.minimum(following, len(codes) - 1)], 0)
    return np.maximum(opened, 0).astype(np.uint32), np.maximum(-closed, 0).astype(np.uint32)


def rows(codes: Codes, opened: Codes, closed: Codes, ends: Places, starts: Places) -> NDArray[np.int32]:
    """`joining.buckets` of what ends before each of the one places and begins at the other, one row a pair."""
    before = [codes[ends - 1 - away] for away in range(NEIGHBOURS)]
    after = [codes[starts + away] for away in range(NEIGHBOURS)]
    found = np.empty((len(ends), len(RUNS) + 1), dtype=np.int32)
    for number, (left, right) in enumerate(RUNS):
        mixed = np.full(len(ends), number + 1, dtype=np.uint32)
        for characters in before[:left] + after[:right]:
            mixed = (mixed ^ characters) * np.uint32(MIX)
            mixed ^= mixed >> np.uint32(15)
        mixed *= np.uint32(MIX_AGAIN)
        found[:, number] = (mixed ^ mixed >> np.uint32(13)) % np.uint32(BUCKETS)
    found[:, -1] = 4 * opened[ends] + closed[starts]
    return found


def examples(codes: Codes) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Rows of buckets, and 1 for those that belong together, 0 for the others."""
    generator = np.random.default_rng(0)
    opened, closed = states(codes)
    possible = cuts(codes)
    beginnings = np.flatnonzero(one_of(codes, "。!?\n")[: -len(APART)]) + 1
    beginnings = beginnings[~one_of(codes[beginnings], NO_BEGINNING)]
    stops = np.flatnonzero(one_of(codes, "。"))

    def near(among: Places, places: Places, away: int) -> Places:
        steps = generator.integers(1, away, len(places)) * generator.choice([-1, 1], len(places))
        found: Places = among[np.clip(np.searchsorted(among, places) + steps, 0, len(among) - 1)]
        return found

    together = generator.choice(possible, CUTS)
    pairs = [(together, together)]
    counts = {kind: int(share * CUTS) for kind, share in SHARES.items()}
    some = generator.choice(possible, counts["cut"])
    pairs.append((some, near(possible, some, NEAR_CUTS)))
    some = generator.choice(possible, counts["beginning"])
    pairs.append((some, near(beginnings, some, NEAR_BEGINNINGS)))
    some = generator.choice(stops, counts["heading"])
    pairs.append((some, near(beginnings, some, NEAR_BEGINNINGS)))
    wanted = np.concatenate([np.ones(CUTS), np.zeros(sum(counts.values()))]).astype(np.float32)
    return np.concatenate([rows(codes, opened, closed, ends, starts) for ends, starts in pairs]), wanted


def trained(found: NDArray[np.int32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weights, by AdaGrad (Duchi et al., JMLR 12, 2011) over the logistic loss."""
    weights = np.zeros(BUCKETS, dtype=np.float32)
    squares = np.full(BUCKETS, 0.1, dtype=np.float32)
    generator = np.random.default_rng(0)
    for _ in range(ROUNDS):
        order = generator.permutation(len(found))
        for at in range(0, len(order), BATCH):
            batch = found[order[at : at + BATCH]]
            error = 1 / (1 + np.exp(-weights[batch].sum(axis=1))) - wanted[order[at : at + BATCH]]
            slope = np.bincount(batch.ravel(), np.repeat(error, batch.shape[1]), BUCKETS).astype(np.float32)
            squares += slope * slope
            weights -= RATE * slope / np.sqrt(squares)
    return weights


def levelled(weights: NDArray[np.float32]) -> tuple[NDArray[np.uint8], list[float]]:
    """For each weight the number of its level, and the levels: those that lie nearest (Lloyd's algorithm)."""
    levels = np.quantile(weights, (np.arange(LEVELS) + 0.5) / LEVELS)
    levels[[0, 1, -2, -1]] = np.quantile(weights, [0.002, 0.02, 0.98, 0.998])
    for _ in range(LLOYD_ROUNDS):
        levels.sort()
        numbers = np.searchsorted((levels[1:] + levels[:-1]) / 2, weights)
        levels = np.array([weights[numbers == number].mean() if (numbers == number).any() else levels[number] for number in range(LEVELS)])
    return numbers.astype(np.uint8), [round(float(level), 3) for level in levels]


def main() -> None:
    """Learn, and write the weights beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the news")
    data: Path = parser.parse_args().data

    text = APART.join(plain(article.replace(" ", "")) for article in articles(data)) + APART
    numbers, levels = levelled(trained(*examples(np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32))))
    content = {
        "format": 1,
        "source": "learned by qa/reading/make_joining.py from news.jsonl.xz (CRUD-RAG, Apache-2.0)",
        "levels": levels,
        "weights": base64.b85encode((numbers[::2] | numbers[1::2] << 4).tobytes()).decode("ascii"),
    }
    TABLE.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
