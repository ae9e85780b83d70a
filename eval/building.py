"""The library a named set is asked of: built once into a cache folder, kept, and found again by content.

The folder's name holds what the stored passages depend on: the set's files, the encoder, and our code from bytes to passages. Changed
search or answering code finds the library as it was. An interrupted build goes on where it stopped. Old libraries are not deleted.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import embeddings
import qa
from embeddings.encoder import Encoder
from eval.datasets import Article, Dataset
from qa.assistant import Assistant
from qa.records import IngestProgress, IngestReport


def default_cache() -> Path:
    """Where built libraries are kept: `chuchu/eval` in the user's cache directory."""
    from platformdirs import user_cache_path

    return user_cache_path("chuchu", appauthor=False) / "eval"


def build(
    dataset: Dataset, encoder: Encoder, *, cache: Path, progress: Callable[[IngestProgress], None] | None = None
) -> tuple[Assistant, IngestReport | None]:
    """The set's library, open, and the report of its ingest; None where it had been built before."""
    home = cache / f"{dataset.name}-{_key(dataset, encoder)}"
    finished = home / "finished"
    assistant = Assistant.open(home / "library", encoder=encoder)
    if finished.exists():
        return assistant, None
    try:
        documents = dataset.folder or home / "documents"
        if dataset.folder is None:
            write_articles(dataset.articles(), documents)
        report = assistant.ingest([documents], progress=progress)
    except BaseException:
        assistant.close()
        raise
    finished.touch()
    if dataset.folder is None:
        with suppress(OSError):  # the library holds the originals; the files only take room
            shutil.rmtree(documents)
    return assistant, report


def write_articles(articles: Iterable[Article], folder: Path) -> None:
    """Write each as a UTF-8 file below the folder."""
    for article in articles:
        path = folder / article.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article.text, encoding="utf-8", newline="")


def _key(dataset: Dataset, encoder: Encoder) -> str:
    """16 hex digits of the set, the encoder, and everything that reading, splitting and token counting are made of."""
    digest = hashlib.sha256(f"{dataset.sha256}\n{encoder.fingerprint}\n".encode())
    house, tokens = Path(qa.__file__).parent, Path(embeddings.__file__).parent.glob("tokens.*")
    reading = (path for path in (house / "reading").rglob("*") if path.is_file() and path.suffix != ".pyc")
    for path in [*sorted(reading), house / "splitting.py", *sorted(tokens)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
