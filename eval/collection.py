"""The documents of a library under the names a set gives them: their paths inside the ingested folder, with /."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Protocol

from eval.datasets.records import DatasetError
from qa.records import Document, DocumentInfo, Passage


class Documents(Protocol):
    """What is read of a library; `qa.library.Library` is one."""

    def documents(self) -> list[DocumentInfo]: ...

    def document(self, doc_id: str, version: str = "") -> Document: ...

    def passages(self, doc_id: str) -> list[Passage]: ...


class Collection:
    """The current documents of a library, by name. What was read lately is remembered."""

    def __init__(self, library: Documents) -> None:
        infos = library.documents()
        inside = {info.doc_id: _inside_its_root(info) for info in infos}
        times = Counter(inside.values())
        self._names = {info.doc_id: inside[info.doc_id] if times[inside[info.doc_id]] == 1 else _slashed(info.path) for info in infos}
        self._ids = {name: doc_id for doc_id, name in self._names.items()}
        self._by_end: dict[str, list[str]] = {}
        for info in infos:
            parts = _slashed(info.path).split("/")
            for start in range(len(parts)):
                self._by_end.setdefault("/".join(parts[start:]), []).append(self._names[info.doc_id])
        self.n_passages = sum(info.n_passages for info in infos)
        self._document = lru_cache(maxsize=4096)(library.document)
        self._passages = lru_cache(maxsize=4096)(library.passages)

    def __len__(self) -> int:
        return len(self._names)

    @property
    def names(self) -> list[str]:
        """Every name, sorted."""
        return sorted(self._ids)

    def find(self, path: str, origin: str) -> str:
        """The name of the one document whose path ends so: "news/a.txt" is the one at …/news/a.txt. DatasetError: none, or several."""
        found = self._by_end.get(path.removeprefix("./"), [])
        if len(found) != 1:
            raise DatasetError(f"{origin}: expected one document {path!r} in the library, found {len(found)}; ingest its folder first")
        return found[0]

    def name(self, doc_id: str) -> str:
        """The name of a document of the library. KeyError for another."""
        return self._names[doc_id]

    def doc_id(self, name: str) -> str:
        """The reverse of `name`."""
        return self._ids[name]

    def document(self, name: str) -> Document:
        """The current version."""
        return self._document(self._ids[name])

    def passages(self, name: str) -> list[Passage]:
        """The passages of the current version, in order."""
        return self._passages(self._ids[name])


def _inside_its_root(info: DocumentInfo) -> str:
    path, root = _slashed(info.path), _slashed(info.root).rstrip("/")
    inside = path.removeprefix(f"{root}/")
    return inside if inside != path else path.rsplit("/", 1)[-1]


def _slashed(path: str) -> str:
    return path.replace("\\", "/")
