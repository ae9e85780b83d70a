"""The library that queries are asked of while something is trained: every CMRC train passage, one document each, among news; and what is
read there for a query."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from eval.building import write_articles
from eval.datasets import CMRC_TRAIN, Article, news_articles
from eval.datasets.squad import known_paragraphs, squad_articles
from qa.answering.evidence import PASSAGES_READ, Evidence, find_evidence
from qa.answering.queries import Asked
from qa.assistant import Assistant
from qa.records import Hit

NEWS_AMONG = 8_000  # articles


def training_articles(data: Path, n_news: int = NEWS_AMONG) -> Iterator[Article]:
    """Every CMRC train passage, then the first news articles."""
    yield from squad_articles(known_paragraphs(data, CMRC_TRAIN))
    yield from news_articles(data, n_news)


def build_library(folder: Path, articles: Iterable[Article]) -> Assistant:
    """A library of the articles, open; built at the first call and found again later."""
    assistant = Assistant.open(folder / "library")
    finished = folder / "finished"
    if not finished.exists():
        write_articles(articles, folder / "documents")
        assistant.ingest([folder / "documents"])
        finished.touch()
        shutil.rmtree(folder / "documents")
    return assistant


def evidence_for(asked: Asked, hits: Sequence[Hit]) -> list[Evidence]:
    """Every sentence of the first passages that are read for a query, not yet scored. hits: best first, whatever ranks they have."""
    ranked = [replace(hit, rank=rank) for rank, hit in enumerate(hits[:PASSAGES_READ], start=1)]
    return find_evidence(asked, ranked, [""] * len(ranked))  # neither news nor CMRC nor CAIL has titles
