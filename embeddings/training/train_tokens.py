"""Learns the token ranks from news: `python -m embeddings.training.train_tokens --data DIR` (a minute on one core).

Byte-level BPE by the `tokenizers` library over folded text, cut by our own pattern. The ranks are the 256 bytes, then the merges in
the order learnt. Before writing, tiktoken and `tokenizers` must give the same counts on articles not learnt from.
"""

from __future__ import annotations

import argparse
import base64
from itertools import islice
from pathlib import Path

import tiktoken
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from embeddings.folding import fold
from embeddings.tokens import RANKS, SPLIT_PATTERN
from embeddings.training.corpora import news_articles

N_TOKENS = 16_384
N_ARTICLES = 6_000  # 4 million characters
N_CHECKED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with news.jsonl.xz")
    articles = [fold(text) for text in islice(news_articles(parser.parse_args().data), N_ARTICLES + N_CHECKED)]
    tokenizer = train(articles[:N_ARTICLES])
    ranks = ranks_of(tokenizer)
    check(ranks, tokenizer, articles[N_ARTICLES:])
    RANKS.write_bytes(b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items()))


def train(texts: list[str]) -> Tokenizer:
    """A byte-level BPE tokenizer with our split pattern."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(SPLIT_PATTERN), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=N_TOKENS, initial_alphabet=alphabet, show_progress=False))
    return tokenizer


def ranks_of(tokenizer: Tokenizer) -> dict[bytes, int]:
    """Token bytes -> rank. The trainer numbers its alphabet first and then its merges, which is the order ranks need."""
    to_byte = byte_alphabet()
    by_number = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return {bytes(to_byte[character] for character in token): rank for rank, (token, _) in enumerate(by_number)}


def byte_alphabet() -> dict[str, int]:
    """The character by which byte-level BPE writes each byte: itself where it is printable, else one from U+0100 on (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + n): byte for n, byte in enumerate(others)}


def check(ranks: dict[bytes, int], tokenizer: Tokenizer, texts: list[str]) -> None:
    """ValueError unless tiktoken over the ranks counts as the trained tokenizer does."""
    encoding = tiktoken.Encoding("check", pat_str=SPLIT_PATTERN, mergeable_ranks=ranks, special_tokens={})
    for text in texts:
        ours, theirs = len(encoding.encode_ordinary(text)), len(tokenizer.encode(text).ids)
        if ours != theirs:
            raise ValueError(f"tiktoken counts {ours}, tokenizers {theirs} tokens for {text[:40]!r}")


if __name__ == "__main__":
    main()
