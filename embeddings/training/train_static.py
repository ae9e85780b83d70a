"""Trains the static encoder: `python -m embeddings.training.train_static --data DIR --out DIR`, about 25 minutes on two busy cores. Set
`OMP_WAIT_POLICY=PASSIVE` where other work runs beside it.

Words are counted over the data with the whole of jieba's dictionary and the 60,000 most frequent kept; their vectors start from what
stands near them in news (`static_rows`) and are then moved so that a query and its passage come closer than the other passages of its
batch (symmetric InfoNCE). Lengths are learnt too: a text is the plain mean of its words, so a row's length is the word's weight.
Success over the held-out tenth of CMRC train is printed on the way; dev sets are never read here.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from embeddings.encoder import Vectors
from embeddings.folding import fold
from embeddings.training.corpora import cmrc_train, news_articles
from embeddings.training.static_data import Pairs, TrainingData, Words, as_texts, cmrc_pairs, news_pairs, read_training_data, windows
from embeddings.training.static_folder import write_folder
from embeddings.training.static_rows import first_rows
from embeddings.training.static_vocabulary import build_tokenizer, full_vocabulary, pruned_vocabulary

N_WORDS = 60_000
DIM = 128
PASSAGE_WEIGHT = 10  # an encyclopedia passage counts as this many texts of news when words are chosen
SEEDS = (1, 2)  # of the trainings that are averaged
STEPS = 600
BATCH = 1024  # pairs
CMRC_SHARE = 0.25  # of the batches; a batch holds pairs of one kind, so that its other passages are hard to tell apart
LEARNING_RATE = 0.01
WARM_UP = 20  # steps
TEMPERATURE = 0.05
REPORT_EVERY = 200
POOL = 20_000  # passages a held-out query is searched in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with news.jsonl.xz and cmrc2018_train.json.xz")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write the encoder to")
    arguments = parser.parse_args()
    tokenizer = learn_tokenizer(arguments.data)
    data = read_training_data(arguments.data, tokenizer)
    rows = first_rows(data.sentences, data.article_of, data.word_counts, DIM)
    write_folder(arguments.out, tokenizer, mean_rows([rows, *(train(rows, data, seed) for seed in SEEDS)]))


def learn_tokenizer(data: Path) -> Tokenizer:
    """The tokenizer over the words that the data uses most."""
    news = [fold(article) for article in news_articles(data)]
    passages = [fold(passage) for passage in cmrc_train(data)[0]]
    frequencies = full_vocabulary([*news, *passages])
    whole = build_tokenizer(frequencies)
    in_news, in_passages = (np.bincount(as_texts(texts, whole).words, minlength=len(frequencies) + 1) for texts in (news, passages))
    counts = (in_news + PASSAGE_WEIGHT * in_passages)[1:].tolist()
    counted = Counter({word: count for word, count in zip(frequencies, counts, strict=True) if count})
    return build_tokenizer(pruned_vocabulary(frequencies, counted, N_WORDS))


def train(rows: Vectors, data: TrainingData, seed: int) -> Vectors:
    """(words, dim) float32: the rows after STEPS batches, drawn by the seed."""
    rng = np.random.default_rng(seed)
    held_out = HeldOut(data)
    table = torch.nn.Parameter(torch.from_numpy(rows.copy()))
    optimizer = torch.optim.Adam([table], lr=LEARNING_RATE)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / WARM_UP) * (1 - step / STEPS)
        draw = cmrc_pairs if rng.random() < CMRC_SHARE else news_pairs
        loss = info_nce(draw(data, BATCH, rng), table)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if (step + 1) % REPORT_EVERY == 0:
            print(f"step {step + 1}: loss {loss.item():.3f}, {held_out.report(table.detach())}", flush=True)  # noqa: T201
    trained: Vectors = table.detach().numpy()
    trained[0] = 0.0  # the unknown says nothing
    return trained


def mean_rows(tables: list[Vectors]) -> Vectors:
    """The mean of the start and of trainings from it.

    It finds a query's passage as well as one training does, and keeps what the start knows of synonyms: pairs that mostly share words
    teach a training to forget it (weight averaging as in Wortsman et al. 2022).
    """
    mean: Vectors = np.mean(tables, axis=0, dtype=np.float32)
    return mean


def info_nce(pairs: Pairs, table: torch.Tensor) -> torch.Tensor:
    """Cross entropy of picking the own passage for each query, and the own query for each passage, within the batch."""
    queries, passages = (embed([pair[side] for pair in pairs], table) for side in (0, 1))
    similarities = queries @ passages.T / TEMPERATURE
    own = torch.arange(len(pairs))
    return (functional.cross_entropy(similarities, own) + functional.cross_entropy(similarities.T, own)) / 2


def embed(texts: list[Words], table: torch.Tensor) -> torch.Tensor:
    """(len(texts), dim) unit rows: what StaticEmbedding and Normalize make of the word numbers."""
    words = torch.from_numpy(np.concatenate(texts).astype(np.int64))
    starts = torch.from_numpy(np.cumsum([0, *map(len, texts[:-1])]))
    means = functional.embedding_bag(words, table, starts, mode="mean")
    return functional.normalize(means, dim=1)


class HeldOut:
    """The held-out queries of CMRC train, searched over all its passages and runs of news sentences."""

    def __init__(self, data: TrainingData) -> None:
        numbers = np.flatnonzero(data.passage_of >= data.first_held_out)
        self.queries = [data.queries[int(n)] for n in numbers]
        self.gold = data.passage_of[numbers]
        passages = [data.passages[n] for n in range(len(data.passages))]
        self.pool = passages + windows(data, size=8, count=POOL - len(passages), rng=np.random.default_rng(7))

    @torch.no_grad()
    def report(self, table: torch.Tensor) -> str:
        similarities = (embed(self.queries, table) @ embed(self.pool, table).T).numpy()
        gold = similarities[np.arange(len(self.gold)), self.gold]
        rank = 1 + (similarities > gold[:, None]).sum(axis=1)
        return f"held-out success@1 {(rank <= 1).mean():.3f}, @10 {(rank <= 10).mean():.3f}"


if __name__ == "__main__":
    main()
