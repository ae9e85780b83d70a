"""Reprints found, and look-alikes kept apart: `python -m eval.reading.reprints`.

Reprints are made from the half of the news that no limit of `qa.search.reprints` was chosen on, in five ways, and look-alikes are taken
from it and invented (`eval.reading.reprint_making`). All of them are read, cut into passages and put into one copy index among thousands
of other articles. Recall: of the passages of a reprint, those that the index knows for a copy of one of the original's. A look-alike is
kept apart when no passage of one text is known for a copy of the other's, those aside that are equal to the letter: advice that two
reports print word for word is one text. As whole articles two are one when copies and equal passages hold half of the shorter. Beside it
stand equal folded texts, which is what the library tells by hash, and a Jaccard similarity of 0.8 over 5-grams, which is what MinHash
estimates; both are told the pair to look at, the index has to find it. Not measured: precision on reprints that are there by nature.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from embeddings.folding import fold
from eval.datasets.files import data_folder
from eval.datasets.news import news_articles
from eval.metrics.intervals import Metric, summarise
from eval.reading.measurement import Goal, Measurement
from eval.reading.reprint_making import Pair, notices, quoting, reports, reprints, sampled
from eval.tables import measurement_text
from qa.library.derived import IndexRow
from qa.library.rows import folded_sha256
from qa.reading import read
from qa.records import Passage
from qa.search.analysis import index_terms
from qa.search.copies import CopyIndex
from qa.search.keywords import KeywordIndex
from qa.search.reprints import LEAST_SHARED, tokens_of
from qa.splitting import split_passages

ARTICLES = 300  # reprinted in each way
AMONG = 4_000  # other articles in the same index
SYSTEMS = ("chuchu", "equal text", "Jaccard 0.8")
_GRAM, _ALIKE = 5, 0.8


@dataclass(frozen=True, slots=True)
class Judged:
    """What a system makes of one pair: for a reprint the share of its passages that were found, for look-alikes 1 when kept apart."""

    pair: Pair
    values: Mapping[str, float]
    as_articles: float  # whether chuchu is right about the two as wholes: 1 or 0


def measure(data: Path, articles: int = ARTICLES, among: int = AMONG, seed: int = 23) -> Measurement:
    """articles: made into reprints of each kind; among: others in the index. DatasetError without the news."""
    held_out = [article.text for number, article in enumerate(news_articles(data)) if number % 2]
    pairs = [
        *reprints(sampled(held_out, articles, seed), seed),
        *reports(held_out, articles),
        *notices(articles // 3, seed),
        *quoting(sampled(held_out, 40 * articles, seed + 1), articles, seed),
    ]
    others = sampled(held_out, among, seed + 2)
    texts = list(dict.fromkeys([*(text for pair in pairs for text in (pair.text, pair.other)), *others]))
    passages = {text: _passages(text) for text in texts}
    index, copy_seconds, keyword_seconds = _indexed([passage for text in texts for passage in passages[text]])
    judged = [_judge(pair, passages[pair.text], passages[pair.other], index) for pair in pairs]
    found = _means([one for one in judged if one.pair.reprint])
    apart = _means([one for one in judged if not one.pair.reprint])
    rate = sum(map(len, texts)) / copy_seconds
    return Measurement(
        name="reprints",
        title="Reprints found, look-alikes kept apart",
        command=f"python -m eval.reading.reprints --articles {articles} --among {among} --seed {seed}",
        figures=(
            Goal(found["all"]["chuchu"], "at least", 0.9),
            Goal(apart["all"]["chuchu"], "at least", 0.99),
            Goal(Metric("time of the keyword index", ratio := copy_seconds / keyword_seconds, ratio, ratio, len(texts)), "at most", 0.5),
        ),
        columns=("what", "pairs", *SYSTEMS, "chuchu, whole articles"),
        rows=tuple(_row(kind, metrics) for part in (found, apart) for kind, metrics in part.items()),
        note=(
            "First the share of a reprint's passages that are found, then the share of look-alikes kept apart, each beside the share of"
            " pairs told rightly as whole articles, on the half of the news that nothing was tuned on."
            f" The copy index read {rate / 1e6:.1f} M characters/s, {ratio:.2f} of the time of the keyword index."
        ),
    )


def _passages(text: str) -> list[Passage]:
    doc_id = hashlib.sha256(text.encode()).hexdigest()[:16]
    passages = split_passages(read(text.encode(), path="article.txt", doc_id=doc_id))
    return [passage for passage in passages if len(tokens_of(passage.text)) >= LEAST_SHARED]


def _indexed(passages: Sequence[Passage]) -> tuple[CopyIndex, float, float]:
    """The passages in a copy index, the processor time that took, and the same of a keyword index."""
    by_id = {passage.passage_id: passage for passage in passages}
    hashes = {passage_id: folded_sha256(passage.text).hex() for passage_id, passage in by_id.items()}
    index = CopyIndex(None, lambda ids: {passage_id: by_id[passage_id] for passage_id in ids})
    started = time.process_time()
    index.rebuild((IndexRow(item, {}, None, passage.text, hashes[item], passage.doc_id) for item, passage in by_id.items()), 1)
    copied = time.process_time()
    KeywordIndex(None).rebuild((IndexRow(passage_id, index_terms(passage, ""), None) for passage_id, passage in by_id.items()), 1)
    return index, copied - started, time.process_time() - copied


def _judge(pair: Pair, passages: Sequence[Passage], others: Sequence[Passage], index: CopyIndex) -> Judged:
    hashes, other_hashes = ({folded_sha256(passage.text).hex(): passage for passage in some} for some in (passages, others))
    near = index.near([*hashes, *other_hashes])
    grams = [_grams(passage.text) for passage in passages]
    found = {
        "chuchu": [name in hashes or bool(near.get(name, {}).keys() & hashes.keys()) for name in other_hashes],
        "equal text": [name in hashes for name in other_hashes],
        "Jaccard 0.8": [any(_jaccard(_grams(passage.text), one) >= _ALIKE for one in grams) for passage in other_hashes.values()],
    }
    known = sum(len(passage.text) for passage, is_copy in zip(other_hashes.values(), found["chuchu"], strict=True) if is_copy)
    shorter = min(sum(len(passage.text) for passage in some) for some in (passages, others))
    as_articles = float((known >= shorter / 2) == pair.reprint)
    if pair.reprint:
        original = _grams(pair.text)
        whole = [len(grams & original) >= len(grams) / 2 for grams in (_grams(passage.text) for passage in other_hashes.values())]
        return Judged(
            pair,
            {s: sum(t for t, is_of in zip(told, whole, strict=True) if is_of) / max(1, sum(whole)) for s, told in found.items()},
            as_articles,
        )
    differing = [name not in hashes for name in other_hashes]
    return Judged(
        pair,
        {s: float(not any(one for one, differs in zip(told, differing, strict=True) if differs)) for s, told in found.items()},
        as_articles,
    )


def _grams(text: str) -> set[str]:
    letters = "".join(character for character in fold(text) if character.isalnum())
    return {letters[place : place + _GRAM] for place in range(max(1, len(letters) - _GRAM + 1))}


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def _means(judged: Sequence[Judged]) -> dict[str, dict[str, Metric]]:
    """For each kind and for all: each system's mean with its interval, and that of chuchu over whole articles."""
    by_kind: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_kind[one.pair.kind].append(one)
    by_kind["all"] = list(judged)
    name = "reprints found" if judged[0].pair.reprint else "look-alikes kept apart"
    return {
        kind: {system: summarise(name, [one.values[system] for one in some]) for system in SYSTEMS}
        | {"articles": summarise(name, [one.as_articles for one in some])}
        for kind, some in by_kind.items()
    }


def _row(kind: str, metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    name = f"{metrics['chuchu'].name}, all" if kind == "all" else kind
    return (name, str(metrics["chuchu"].n), *(f"{one.value:.3f} ({one.low:.3f}–{one.high:.3f})" for one in metrics.values()))


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table and the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.reprints", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="that are reprinted in each way")
    parser.add_argument("--among", type=int, default=AMONG, help="other articles in the same index")
    parser.add_argument("--seed", type=int, default=23)
    chosen = parser.parse_args(argv)
    typer.echo(measurement_text(measure(data_folder(chosen.data), chosen.articles, chosen.among, chosen.seed)))


if __name__ == "__main__":
    main()
