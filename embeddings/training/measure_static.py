"""Measures a static encoder alone: `python -m embeddings.training.measure_static --data DIR [--model DIR]`.

Each query of CMRC 2018 dev, of DRCD dev (Traditional) and of the held-out tenth of CMRC train is searched by cosine among 20,000
passages: those of its own set and pieces of news. Success@k is the share of queries whose own passage is among the first k. Our own
`paraphrases.txt`, where query and passage share next to no word, are searched among as many. Dev sets are for reporting: nothing may be
chosen by what this prints of them. How much the encoder adds to keywords is measured by `chuchu-eval`.
"""

from __future__ import annotations

import argparse
import time
from itertools import islice
from pathlib import Path

import numpy as np

from embeddings.static_encoder import BUNDLED, StaticEncoder
from embeddings.training.corpora import Query, news_articles, reading_set
from embeddings.training.static_data import HELD_OUT_PASSAGES

POOL = 20_000
PIECE = 300  # characters of news in one passage
PARAPHRASES = Path(__file__).with_name("paraphrases.txt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the sets")
    parser.add_argument("--model", type=Path, default=BUNDLED, help="the folder of the encoder (default: the bundled one)")
    arguments = parser.parse_args()
    encoder = StaticEncoder.load(arguments.model)
    news = [piece for article in islice(news_articles(arguments.data), POOL) for piece in pieces(article)]
    sets = {"paraphrases": paraphrases()}
    sets |= {name: reading_set(arguments.data / f"{name}.json.xz") for name in ("cmrc2018_train", "cmrc2018_dev", "drcd_dev")}
    for name, (passages, queries) in sets.items():
        if name == "cmrc2018_train":
            queries = [query for query in queries if query.passage >= len(passages) - HELD_OUT_PASSAGES]
        print(f"{name}: {report(encoder, passages + news[: POOL - len(passages)], queries)}")  # noqa: T201


def paraphrases() -> tuple[list[str], list[Query]]:
    """The passages and their queries."""
    lines = [line.split("\t") for line in PARAPHRASES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [passage for _, passage in lines], [Query(query, number) for number, (query, _) in enumerate(lines)]


def pieces(article: str) -> list[str]:
    """The article cut every PIECE characters, without its short end."""
    return [article[start : start + PIECE] for start in range(0, len(article) - PIECE + 1, PIECE)]


def report(encoder: StaticEncoder, pool: list[str], queries: list[Query]) -> str:
    """One line of figures."""
    started = time.perf_counter()
    passages = encoder.encode_passages(pool)
    seconds = time.perf_counter() - started
    cosines = encoder.encode_queries([query.text for query in queries]) @ passages.T
    gold = cosines[np.arange(len(queries)), [query.passage for query in queries]]
    ranks = 1 + (cosines > gold[:, None]).sum(axis=1)
    success = ", ".join(f"success@{k} {(ranks <= k).mean():.3f}" for k in (1, 10))
    return f"{len(queries)} queries, {success}; {len(pool) / seconds:.0f} passages/s"


if __name__ == "__main__":
    main()
