"""The assistant: opens a library with its encoder and indexes, and hands each call to the room that does it. Wiring only.

One assistant may be shared by threads. It sees what other processes write: before each search it asks the library how far its log has
grown. Not handled: accounts, rights, several libraries at once (open several assistants).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from embeddings.encoder import Encoder
from qa.errors import LibraryDamagedError, LibraryLockedError, LibraryReadOnlyError
from qa.library.derived import DerivedIndex
from qa.library.library import Library
from qa.reading.decoding import told_codec
from qa.records import (
    Answer,
    AnswerEvent,
    Filters,
    Hit,
    IngestProgress,
    IngestReport,
    Lost,
    RemovalReceipt,
    SyncPlan,
    Timing,
    Turn,
    VerifyReport,
)
from qa.search.analysis import index_terms
from qa.search.copies import CopyIndex
from qa.search.keywords import KeywordIndex
from qa.search.retriever import Retriever, prepare_query
from qa.search.vectors import VectorSearch

if TYPE_CHECKING:
    from qa.answering.answerer import Answerer
    from qa.answering.bundles import Bundle
    from qa.answering.writing import Model

ANSWER_HITS = 10  # the passages that evidence is looked for in

Paths = Sequence[str | bytes | Path]


def default_folder() -> Path:
    """The library used when none is named: CHUCHU_LIBRARY, else a folder in the user's data directory."""
    from platformdirs import user_data_path

    named = os.environ.get("CHUCHU_LIBRARY")
    return Path(named) if named else user_data_path("chuchu", appauthor=False) / "library"


class Assistant:
    """Answers queries over one library. Open it with `Assistant.open`, as a context manager or with a `close` at the end.

    library: what is on disk. retriever, answerer: what stands behind `search` and `ask`, for whoever measures or trains.
    """

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        keywords: KeywordIndex,
        vectors: VectorSearch,
        copies: CopyIndex,
        model: Model | None = None,
        wrong_at_most: float | None = None,
    ) -> None:
        """Parts that belong together; `open` brings them together."""
        self.library = library
        self._keywords = keywords
        self._vectors = vectors
        self._copies = copies
        self._indexes: tuple[DerivedIndex, ...] = (keywords, vectors, copies)
        self.retriever = Retriever(library, keywords, vectors, copies, encoder)
        self._model = model
        self._wrong_at_most = wrong_at_most
        self._refreshing = threading.Lock()

    @cached_property
    def answerer(self) -> Answerer:
        """Made when the first query comes: an ingest needs nothing of it."""
        from qa.answering.answerer import Answerer

        return Answerer(self.retriever.term_weights, self.library.document, model=self._model, wrong_at_most=self._wrong_at_most)

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        *,
        encoder: Encoder | None = None,
        model: Model | None = None,
        wrong_at_most: float | None = None,
        read_only: bool = False,
    ) -> Assistant:
        """Open a library, or make it where there is none (`folder` None: `default_folder()`).

        encoder: what made the library's vectors, None for the bundled one. model: a language model that puts answers into words, as
        `qa.answering.language_model.LanguageModel`; None leaves every statement a quotation. wrong_at_most: 0..1, an answer is given only
        where it is wrong with at most this probability, 0.1 for one time in ten; None: the shipped compromise, which refuses five of a
        hundred queries that could be answered. read_only: write nothing; so opens a folder that may not be written anyway. Finishes what an
        earlier process left unfinished, brings the indexes up to date and tests them. Raises LibraryError and its kinds, SelfTestError;
        ValueError for wrong_at_most outside 0..1.
        """
        if wrong_at_most is not None and not 0 <= wrong_at_most <= 1:
            raise ValueError(f"expected wrong_at_most from 0 to 1, got {wrong_at_most}")
        if encoder is None:
            from embeddings.static_encoder import StaticEncoder

            encoder = StaticEncoder.bundled()
        library = Library(folder or default_folder(), encoder, read_only=read_only)
        try:
            keywords = KeywordIndex(library.folder / "keywords", read_only=library.read_only)
            vectors = VectorSearch(library.folder / "vectors", encoder.fingerprint, encoder.dim, read_only=library.read_only)
            copies = CopyIndex(library.folder / "copies", library.searchable, read_only=library.read_only)
            assistant = cls(library, encoder, keywords, vectors, copies, model, wrong_at_most)
            assistant._finish_erasure()
            assistant._refresh(wait=True)
            assistant.retriever.self_test()
        except BaseException:
            library.close()
            raise
        return assistant

    def ingest(
        self,
        paths: Paths,
        *,
        prune: bool = False,
        encoding: str = "",
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Add or refresh files and folders; a folder is synced. prune: erase what has gone missing from them.

        encoding: what these files are decoded with, now and at every later ingest that does not name one; "auto" has it found again.
        progress: called for every step; "done" only after the file is safely stored. One bad file is skipped with its reason and stops
        nothing. Raises LibraryLockedError, LibraryFullError, LibraryReadOnlyError; ValueError for an encoding that is none.
        """
        report = self.library.ingest(paths, progress or _ignore, told_codec(encoding) if encoding else None)
        if progress is not None:
            progress(IngestProgress("indexing", 0, 1))
        self._refresh(wait=True)
        if prune:
            gone = self.library.missing(paths)
            if gone:
                self.remove(gone)
            report = replace(report, pruned=len(gone))
        return report

    def plan(self, paths: Paths, *, encoding: str = "") -> SyncPlan:
        """What `ingest` would do now; nothing is changed."""
        return self.library.plan(paths, told_codec(encoding) if encoding else None)

    def search(self, query: str, *, k: int = 10, filters: Filters = Filters()) -> list[Hit]:
        """At most k hits, best first; [] for a query without a word. ValueError if k < 1."""
        self._refresh()
        prepared = prepare_query(query)
        try:
            return self.retriever.search(prepared, k, filters)
        except LibraryDamagedError:
            self._refresh(wait=True)  # an index that turned out damaged is built again
            return self.retriever.search(prepared, k, filters)

    def explain(self, query: str, passage_id: str, *, k: int = 10, filters: Filters = Filters()) -> Lost:
        """At which stage of `search` the passage was lost, and by how much."""
        self._refresh()
        return self.retriever.explain(prepare_query(query), passage_id, filters, k)

    def ask(self, query: str, *, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Answer:
        """The whole answer at once: cited statements, or the reason why there are none."""
        *_, last = self.stream(query, history=history, filters=filters)
        assert last.answer is not None
        return last.answer

    def stream(self, query: str, *, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Iterator[AnswerEvent]:
        """The answer as it comes about. The last event holds the whole `Answer`.

        history: earlier turns, oldest first; what the query leaves out is taken from them, and `Answer.searched_as` shows it.
        """
        from qa.answering.parting import parts_of
        from qa.answering.reprinted import with_reprints
        from qa.answering.rewriting import complete

        yield AnswerEvent("searching")
        searched_as = prepare_query(complete(query, history, self._model))
        started = time.perf_counter()
        hits = self.search(searched_as, k=ANSWER_HITS, filters=filters)
        parts = [(part, self.search(part, k=ANSWER_HITS, filters=filters)) for part in parts_of(searched_as)]
        parts = parts or self._bridged(searched_as, hits, filters)
        searched = Timing("search", (time.perf_counter() - started) * 1000)
        yield AnswerEvent("found", hits=tuple(hits))
        library_empty = not hits and self._is_empty()
        for step in self.answerer.stream(query, searched_as, hits, library_empty=library_empty, parts=parts, timings=(searched,)):
            if isinstance(step, Answer):
                yield AnswerEvent("answer", answer=with_reprints(step, self.library.searchable, self.library.document))
            else:
                yield AnswerEvent("statement", statement=step)

    def _bridged(self, query: str, hits: Sequence[Hit], filters: Filters) -> list[tuple[str, list[Hit]]]:
        """The two steps of a query that no one place answers for sure, each with its hits; [] where it has none, or they are more doubtful
        than the whole."""
        from qa.answering.bridging import bridge_of

        bridge = bridge_of(query)
        if bridge is None:
            return []
        whole = self.answerer.quotations(query, hits)
        found = self.search(bridge.first, k=ANSWER_HITS, filters=filters)
        named = self.answerer.quotations(bridge.first, found)
        name = bridge.name_in(named)
        if not bridge.is_open(name, whole):
            return []
        second = bridge.then(name)
        behind = self.search(second, k=ANSWER_HITS, filters=filters)
        better = bridge.is_better(named, self.answerer.quotations(second, behind), whole)
        return [(bridge.first, found), (second, behind)] if better else []

    def bundle(self, answer: Answer) -> Bundle:
        """The answer with what proves its quotes elsewhere. NotInLibraryError when a document it cites has been erased since."""
        from qa.answering.bundles import bundle_of

        return bundle_of(answer, self.library.document, self.library.original)

    def remove(self, doc_ids: Sequence[str]) -> RemovalReceipt:
        """Hide the documents at once, then erase them everywhere. NotInLibraryError when one is unknown; then nothing is removed."""
        return self._erase(self.library.remove(doc_ids))

    def forget_old(self) -> RemovalReceipt:
        """Erase every version of a document but the current one; citations of them no longer open."""
        return self._erase(self.library.forget_old())

    def verify(self) -> VerifyReport:
        """Check every hash, span and index of the library."""
        return self.library.verify(self._indexes)

    def close(self) -> None:
        """Let go of every file. The assistant cannot be used afterwards."""
        for index in self._indexes:
            index.close()
        self.library.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _refresh(self, *, wait: bool = False) -> None:
        """Bring the indexes to the library's position: by writing where this process may, else by seeing what others have written.

        A search never waits for an ingest: it uses the indexes as they are, and what it finds is looked up in the library anyway.
        """
        if self._is_fresh() or not self._refreshing.acquire(blocking=wait):
            return
        try:
            for index in self._indexes:
                index.refresh()
            try:
                with self.library.writing(wait=wait):
                    for index in self._indexes:
                        self.library.catch_up(index, index_terms)
                    self._vectors.save()
            except (LibraryLockedError, LibraryReadOnlyError):
                self.library.catch_up(self._vectors, index_terms)  # in memory: needs no lock
                for index in (self._keywords, self._copies):
                    if self.library.read_only and index.position() < 0:
                        self.library.catch_up(index, index_terms)  # likewise
        finally:
            self._refreshing.release()

    def _is_fresh(self) -> bool:
        position = self.library.position()
        return all(index.position() == position for index in self._indexes)

    def _erase(self, receipt: RemovalReceipt) -> RemovalReceipt:
        with self.library.writing():
            erased = self.library.erase(receipt, self._indexes, index_terms)
            self._vectors.save()
        return erased

    def _finish_erasure(self) -> None:
        if self.library.erasure_pending:
            try:
                self._erase(RemovalReceipt((), 0, 0))
            except (LibraryLockedError, LibraryReadOnlyError):
                return  # hidden already; the next open finishes it

    def _is_empty(self) -> bool:
        return not self.library.documents()


def _ignore(_: IngestProgress) -> None:
    pass
