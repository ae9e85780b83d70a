"""The sample library: twenty documents about Yanchuan (砚川县), a county town that does not exist, and judged queries about them.

Everything in it is invented: the town, its river and bridges, the people, the figures. It serves as the demonstration, as a test
fixture and as the smallest evaluation set. Two documents are one article in both scripts, and two give different years for the same
bridge. The documents are package data; nothing here reads them.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["documents_folder", "queries_file"]


def documents_folder() -> Path:
    """The folder with the documents. Read-only for whoever uses it."""
    return _path("documents")


def queries_file() -> Path:
    """The judged queries, JSON Lines in UTF-8, one query per line.

    Fields: id, query, script ("hans", "hant"), type ("who", "when", "where", "how_many", "what", "why", "how"), document (file name of
    the first gold quote), gold (list of {document, quote}, each quote exactly once in its document's text), answers (short answers;
    any of them counts), answerable. A query that the library cannot answer has no gold and no answers; its lookalike says what comes
    near, and no sentence of the library holds all terms of its never_together.
    """
    return _path("queries.jsonl")


def _path(name: str) -> Path:
    return Path(str(files(__name__).joinpath(name)))
