"""The keyword index: passages by their terms, ranked by BM25, on tantivy.

It takes terms already analysed and joined by blanks (`qa.search.analysis`) and splits at blanks only. On disk it is a series of
generations (`qa.search.generations`): every change is made in a new folder that shares the unchanged segment files through hard
links, and is published whole. Without a folder, or read-only, what is built stays in memory.

Deleted words stay in a generation's dictionary until the index is rebuilt; `terms` walks that dictionary and so proves an erasure.
Not handled: phrases and positions, prefixes, spelling; damage inside files over 64 MB in all, until `damage` is asked.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qa.errors import LibraryDamagedError, LibraryFullError, LibraryReadOnlyError
from qa.library.derived import Content, IndexRow, LogEntry
from qa.search import generations
from qa.search.analysis import Term, analyser_fingerprint
from qa.search.generations import Manifest

FIELDS = ("c", "w")
_MOST_TERMS = 256  # of a query, the rarest; more cost time and find nothing new
_WRITER_MEMORY = 64 * 2**20  # bytes; half is slower, more is not faster
_REBUILD = "the keyword index is damaged; ingest anything, or open the library for writing, and it is built again"


@dataclass(frozen=True, slots=True)
class _Opened:
    """One state of the index. It stays searchable while the next one is made."""

    index: Any
    searcher: Any
    position: int
    generation: Path | None = None  # None: in memory
    manifest: Manifest | None = None


class KeywordIndex:
    """A `DerivedIndex` of terms. Searching is safe from any thread, also while another one writes."""

    content: Content = "terms"

    def __init__(self, folder: Path | None, *, read_only: bool = False) -> None:
        """Opens the newest generation in the folder, if there is a sound one; else `position()` is -1."""
        self._folder = folder
        self._in_memory = folder is None or read_only
        self._looked_at: Path | None = None
        self._opened: _Opened | None = None
        self.refresh()

    def position(self) -> int:
        return self._opened.position if self._opened else -1

    def apply(self, entries: Iterable[LogEntry], position: int) -> None:
        """As `DerivedIndex.apply`. When the files turn out to be damaged `position()` is -1 afterwards: rebuild.

        ValueError when it must be rebuilt already; LibraryReadOnlyError; LibraryFullError, and then the old state stays.
        """
        opened = self._opened
        if opened is None:
            raise ValueError("the keyword index must be rebuilt before entries can be applied")
        try:
            if opened.generation is None or opened.manifest is None:
                _write(opened.index, entries)
                self._opened = _searchable(opened.index, position)
            elif self._in_memory:
                raise LibraryReadOnlyError("the keyword index is open for reading only; open the library for writing")
            else:
                with self._next_generation(position, opened.manifest) as generation:
                    _link(opened.manifest.files, opened.generation, generation)
                    _write(_open_index(generation), entries)
        except _TantivyError:
            self._opened = None

    def rebuild(self, rows: Iterable[IndexRow], position: int) -> None:
        """As `DerivedIndex.rebuild`. LibraryFullError when the disk cannot hold it; the old generation stays then."""
        entries = (LogEntry(position, "add", row.passage_id, row) for row in rows)
        if self._in_memory:
            index = _new_index(None)
            _write(index, entries, fresh=True)
            self._opened = _searchable(index, position)
        else:
            with self._next_generation(position) as generation:
                _write(_new_index(generation), entries, fresh=True)

    def refresh(self) -> None:
        if self._folder is None:
            return
        while (generation := generations.newest(self._folder)) != self._looked_at:
            if generation is not None:
                self._opened = _open(generation)  # None when it is damaged, or gone since: then a newer one is there
            self._looked_at = generation

    def ids(self) -> set[str]:
        """Every passage id it would find."""
        searcher = self._ready().searcher
        with self._damage_marked():
            return {passage_id for passage_id, _ in searcher.terms_with_prefix("pid", "", _tantivy().Query.all_query())}

    def close(self) -> None:
        self._opened = None

    @property
    def n_passages(self) -> int:
        """How many passages it holds; 0 when it must be rebuilt."""
        return self._opened.searcher.num_docs if self._opened else 0

    def search(self, terms: Sequence[Term], k: int, *, among: Collection[str] | None = None) -> list[tuple[str, float]]:
        """At most k (passage_id, BM25 score) that hold any of the terms, best first, ties by passage_id.

        `among` restricts the passages. BM25 with k1 = 1.2, b = 0.75, each term times its weight, statistics of the whole index.
        ValueError if k < 1; LibraryDamagedError when the index must be rebuilt.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        opened = self._ready()
        with self._damage_marked():
            query = _query(opened, self._rarest(terms), among)
            found = opened.searcher.search(query, k, count=False).hits
            hits = [(opened.searcher.doc(address).get_first("pid"), float(score)) for score, address in found]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def frequencies(self, terms: Iterable[Term]) -> dict[Term, int]:
        """In how many passages each term stands. Passages deleted since the last rebuild may still count."""
        searcher = self._ready().searcher
        with self._damage_marked():
            return {term: searcher.doc_freq(term.field, term.text) for term in terms}

    def terms(self, field: str) -> Iterator[str]:
        """The dictionary of a field, words of deleted passages included: what is not in it is nowhere in the index."""
        searcher = self._ready().searcher
        with self._damage_marked():
            return (text for text, _ in searcher.terms_with_prefix(field, ""))

    def any_id(self) -> str:
        """Some passage id, "" when the index is empty."""
        opened = self._ready()
        with self._damage_marked():
            found = opened.searcher.search(_tantivy().Query.all_query(), 1, count=False).hits
            return opened.searcher.doc(found[0][1]).get_first("pid") if found else ""

    def damage(self) -> str:
        """What is wrong with the files on disk, every byte looked at; "" when nothing is."""
        opened = self._opened
        if opened is None:
            return "the keyword index is missing, damaged or of another format"
        if opened.generation is None or opened.manifest is None:
            return ""
        return generations.damage(opened.generation, opened.manifest, hash_all=True)

    def _ready(self) -> _Opened:
        if self._opened is None:
            raise LibraryDamagedError(_REBUILD)
        return self._opened

    def _rarest(self, terms: Sequence[Term]) -> list[Term]:
        frequencies = {term: frequency for term, frequency in self.frequencies(terms).items() if frequency}
        return sorted(frequencies, key=lambda term: (frequencies[term], term))[:_MOST_TERMS]

    @contextmanager
    def _next_generation(self, position: int, old: Manifest | None = None) -> Iterator[Path]:
        """A folder to fill; then it is published, opened and the only one. When filling it fails it goes, and the old state stays."""
        assert self._folder is not None
        generation = generations.begin(self._folder)
        segments = {name: file for name, file in old.files.items() if not name.endswith(".json")} if old else {}  # never rewritten
        try:
            yield generation
            manifest = generations.publish(generation, fingerprint=analyser_fingerprint(), position=position, unchanged=segments)
            self._opened = _searchable(_open_index(generation), position, generation, manifest)
        except BaseException as error:
            shutil.rmtree(generation, ignore_errors=True)
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise _disk_is_full() from error
            raise
        self._looked_at = generation
        generations.sweep(self._folder, keep=generation)

    @contextmanager
    def _damage_marked(self) -> Iterator[None]:
        try:
            with _failures_told():
                yield
        except _TantivyError as error:
            self._opened = None
            raise LibraryDamagedError(f"{_REBUILD} ({error})") from error


class _TantivyError(Exception):
    """tantivy failed: the files are damaged, or gone."""


@contextmanager
def _failures_told() -> Iterator[None]:
    """tantivy's failures as ours. It raises ValueError for everything, and PanicException, a BaseException, on bytes it did not expect."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, ValueError) and f"os error {errno.ENOSPC}" in str(error):
            raise _disk_is_full() from error
        if isinstance(error, ValueError) or type(error).__name__ == "PanicException":
            raise _TantivyError(str(error)) from error
        raise


def _disk_is_full() -> LibraryFullError:
    return LibraryFullError("no room left on the disk for the keyword index; free some space and ingest again")


def _open(generation: Path) -> _Opened | None:
    """The generation, searchable; None when it is damaged, of another format or analyser, or gone."""
    manifest = generations.read_manifest(generation)
    if manifest is None or manifest.fingerprint != analyser_fingerprint() or generations.damage(generation, manifest):
        return None
    try:
        with _readable_as(generation, manifest) as folder:
            return _searchable(_open_index(folder), manifest.position, generation, manifest)
    except _TantivyError:
        return None


@contextmanager
def _readable_as(generation: Path, manifest: Manifest) -> Iterator[Path]:
    """The folder tantivy can open. It writes a lock file beside what it reads: on a read-only disk it gets a folder of links, needed only
    while it opens, because it keeps every file mapped."""
    if os.access(generation, os.W_OK):
        yield generation
        return
    with TemporaryDirectory(prefix="chuchu-keywords-") as links:
        for name in manifest.files:
            (Path(links) / name).symlink_to((generation / name).resolve())
        yield Path(links)


def _open_index(folder: Path) -> Any:
    with _failures_told():
        return _unwatched(_tantivy().Index.open(str(folder)))


def _new_index(folder: Path | None) -> Any:
    tantivy = _tantivy()
    with _failures_told():
        return _unwatched(tantivy.Index(_schema(), str(folder)) if folder else tantivy.Index(_schema()))


def _unwatched(index: Any) -> Any:
    index.config_reader(reload_policy="manual")  # a generation never changes: no thread needs to watch its files
    return index


def _searchable(index: Any, position: int, generation: Path | None = None, manifest: Manifest | None = None) -> _Opened:
    with _failures_told():
        index.reload()
        return _Opened(index, index.searcher(), position, generation, manifest)


def _write(index: Any, entries: Iterable[LogEntry], *, fresh: bool = False) -> None:
    """One commit: each entry deletes its passage, an "add" with a row then adds it. In a fresh index there is nothing to delete."""
    document = _tantivy().Document
    with _failures_told():
        writer = index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
    for entry in entries:
        with _failures_told():
            if not fresh:
                writer.delete_documents_by_term("pid", entry.passage_id)
            if entry.operation == "add" and entry.row is not None:
                writer.add_document(document(pid=entry.passage_id, **{field: entry.row.terms.get(field, "") for field in FIELDS}))
    with _failures_told():
        writer.commit()
        writer.wait_merging_threads()  # merges rewrite the list of segments: nothing may be published before they end


def _link(files: Mapping[str, object], old: Path, new: Path) -> None:
    for name in files:
        try:
            (new / name).hardlink_to(old / name)
        except OSError:  # a file system without hard links
            shutil.copy2(old / name, new / name)


def _query(opened: _Opened, terms: Sequence[Term], among: Collection[str] | None) -> Any:
    tantivy = _tantivy()
    query, occur, schema = tantivy.Query, tantivy.Occur, opened.index.schema
    clauses = [
        (occur.Should, query.boost_query(query.term_query(schema, field, text, index_option="freq"), weight))
        for field, text, weight in terms
    ]
    scored = query.boolean_query(clauses) if clauses else query.empty_query()
    if among is None:
        return scored
    chosen = query.const_score_query(query.term_set_query(schema, "pid", list(among)), 0.0)
    return query.boolean_query([(occur.Must, scored), (occur.Must, chosen)])


def _schema() -> Any:
    builder = _tantivy().SchemaBuilder()
    builder.add_text_field("pid", stored=True, tokenizer_name="raw", index_option="basic")
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _tantivy() -> Any:
    import tantivy

    return tantivy
