"""The library a corpus is asked through: built once into a cache folder, kept, and found again by content.

The folder's name holds what the stored passages depend on: the corpus, the encoder, and our code from bytes to passages. Changed search
or answering code finds the library as it was. An interrupted build goes on where it stopped. Old libraries are not deleted.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import embeddings
import qa
from embeddings.encoder import Encoder
from eval.datasets.records import Article, Corpus
from qa.assistant import Assistant
from qa.records import IngestProgress, IngestReport

_PACKAGES = (Path(embeddings.__file__).parent, Path(qa.__file__).parent, Path(__file__).parent)
_NOT_ASKED = {"training", "sample", "floors", "report"}  # folders of our packages that no response and no score depends on


@dataclass(frozen=True, slots=True)
class Built:
    """A corpus as a library, open."""

    assistant: Assistant
    home: Path  # its folder in the cache, in which others may keep what they derive from it
    report: IngestReport | None  # None where it had been built before


def default_cache() -> Path:
    """Where built libraries are kept: `chuchu/eval` in the user's cache directory."""
    from platformdirs import user_cache_path

    return user_cache_path("chuchu", appauthor=False) / "eval"


def build(corpus: Corpus, encoder: Encoder, *, cache: Path, progress: Callable[[IngestProgress], None] | None = None) -> Built:
    """The corpus' library, built now or before."""
    home = cache / f"{corpus.name}-{_key(corpus, encoder)}"
    finished = home / "finished"
    assistant = Assistant.open(home / "library", encoder=encoder)
    if finished.exists():
        return Built(assistant, home, None)
    try:
        documents = corpus.folder or home / "documents"
        if corpus.folder is None:
            write_articles(corpus.articles(), documents)
        report = assistant.ingest([documents], progress=progress)
    except BaseException:
        assistant.close()
        raise
    finished.touch()
    if corpus.folder is None:
        with suppress(OSError):  # the library holds the originals; the files only take room
            shutil.rmtree(documents)
    return Built(assistant, home, report)


def write_articles(articles: Iterable[Article], folder: Path) -> None:
    """Write each as a UTF-8 file below the folder."""
    for article in articles:
        path = folder / article.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article.text, encoding="utf-8", newline="")


def code_key() -> str:
    """16 hex digits of everything of ours that finds, answers and scores: what a response and a score depend on beside their data."""
    files = (
        path
        for package in _PACKAGES
        for path in sorted(package.rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and not _NOT_ASKED.intersection(path.relative_to(package).parts)
    )
    return _digest(files)[:16]


def _key(corpus: Corpus, encoder: Encoder) -> str:
    """16 hex digits of the corpus, the encoder, and everything that reading, splitting and token counting are made of."""
    house, tokens = Path(qa.__file__).parent, Path(embeddings.__file__).parent.glob("tokens.*")
    reading = (path for path in (house / "reading").rglob("*") if path.is_file() and path.suffix != ".pyc")
    code = _digest([*sorted(reading), house / "splitting.py", *sorted(tokens)])
    return hashlib.sha256(f"{corpus.sha256}\n{encoder.fingerprint}\n{code}".encode()).hexdigest()[:16]


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
