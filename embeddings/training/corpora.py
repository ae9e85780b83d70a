"""What is trained on and measured with, read from the folder given by `--data`; the model card names the sources."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a reading comprehension set and the number of the passage it was written from."""

    text: str
    passage: int


def news_articles(data: Path) -> Iterator[str]:
    """The text of each article, in the file's order."""
    with lzma.open(data / "news.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def reading_set(path: Path) -> tuple[list[str], list[Query]]:
    """The passages of a reading comprehension set in SQuAD's form, and its queries in the order of their passages."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        paragraphs = [paragraph for document in json.load(file)["data"] for paragraph in document["paragraphs"]]
    queries = [Query(qa["question"], number) for number, paragraph in enumerate(paragraphs) for qa in paragraph["qas"]]
    return [paragraph["context"] for paragraph in paragraphs], queries


def cmrc_train(data: Path) -> tuple[list[str], list[Query]]:
    """CMRC 2018 train: the only reading comprehension set that is trained on."""
    return reading_set(data / "cmrc2018_train.json.xz")
