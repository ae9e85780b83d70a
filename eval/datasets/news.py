"""The news articles of CRUD-RAG, 63,660 of 2023, without titles."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from eval.datasets.files import NEWS, check_counts, open_text, present
from eval.datasets.records import Article, DatasetError


def news_articles(data: Path, n: int | None = None) -> Iterator[Article]:
    """The first n news articles of the data folder, or all; a thousand to a folder, by the number of their line."""
    path = present(data, NEWS)
    articles = read_articles(path)
    return _counted(articles) if n is None else islice(articles, n)


def read_articles(path: Path) -> Iterator[Article]:
    """The articles of a JSON Lines file with a "text" each. DatasetError: damaged, or of another form."""
    number = -1
    try:
        with open_text(path) as file:
            for number, line in enumerate(file):
                yield Article(f"news/{number // 1000:03}/{number:06}.txt", json.loads(line)["text"])
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} is damaged or cut short after line {number + 1}, copy it again: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(f'{path.name}, line {number + 1} is not an article with a "text": {error!r}') from error


def _counted(articles: Iterator[Article]) -> Iterator[Article]:
    number = 0
    for article in articles:
        yield article
        number += 1
    check_counts(NEWS, documents=number)
