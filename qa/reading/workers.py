"""Reading in processes of their own: a file that kills, fills or hangs its reader costs that file and nothing else.

Small files travel in batches, because a task costs more than reading a news article; when a batch fails, its files are read again one by
one, so exactly the guilty one is skipped. Workers are spawned, never forked, without importing the caller's main script: a plain script
needs no `if __name__ == "__main__"`. The memory limit holds on Linux; elsewhere only the time limit does.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import os
import signal
import stat
import sys
import threading
import types
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Any

from qa.errors import DamagedFileError, FileTooLargeError, NotAFileError, ReadingError, UnreachableFileError, WorkerFailedError
from qa.reading import LARGEST_FILE, ocr, read
from qa.records import Document, Passage

LARGEST_STORED = 16 * 1024 * 1024  # bytes; larger originals are kept outside the database
BATCH_FILES = 16
BATCH_BYTES = 1024 * 1024
SECONDS_A_MB = 1.0
LOOK_AHEAD = 8  # batches per worker that may wait, done or not
LOOK_AHEAD_BYTES = 32 * 1024 * 1024  # of files in those batches

Split = Callable[[Document], Sequence[Passage]]


@dataclass(frozen=True, slots=True)
class ReadJob:
    """One file to read."""

    path: bytes  # as the system names it
    display: str
    doc_id: str
    encoding: str = ""  # the codec that the user told; "" when it is found by reading


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What became of a job: a document, or the reason why there is none."""

    job: ReadJob
    document: Document | None
    original: str = ""  # sha256 (hex) of the bytes read; "" on failure
    stored: bytes = b""  # the bytes read, zlib level 6; empty on failure and when they are over LARGEST_STORED
    size: int = 0  # bytes
    mtime_ns: int = 0  # before reading: a later change is seen by the next sync
    reason: str = ""  # one sentence; "" when there is a document
    error: str = ""  # the name of its class in `qa.errors`
    passages: tuple[Passage, ...] = ()  # what the pool's `split` made of the document


class ReaderPool:
    """Reads jobs in `workers` processes (default: one per core), limited in time (seconds a task) and memory (MB over the idle size).

    A task's time is longer by SECONDS_A_MB of its files. Where text recognition is installed, both limits are higher by what `ocr` names,
    the one on time for PDFs alone.
    split: a function of a module, run in the worker on each document, so that splitting uses every core too.
    """

    def __init__(self, workers: int | None = None, timeout_s: float = 60, memory_mb: int = 1500, split: Split | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb + (ocr.MEMORY_MB if ocr.is_installed() else 0)
        self._split = split
        self._pool: Any = None

    def __enter__(self) -> ReaderPool:
        from pebble import ProcessPool

        self._pool = ProcessPool(max_workers=self._workers, initializer=limit_worker, initargs=[self._memory_mb], context=WorkerContext())
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()
        self._pool.join()

    def read(self, jobs: Iterable[ReadJob]) -> Iterator[ReadResult]:
        """The results in the order of the jobs, read ahead of the one that is asked for by a bounded number of files and bytes."""
        waiting: deque[tuple[list[ReadJob], int, Any]] = deque()
        n_bytes = 0
        try:
            for batch, size in _batches(jobs):
                waiting.append((batch, size, self._schedule(batch)))
                n_bytes += size
                while len(waiting) > LOOK_AHEAD * self._workers or (n_bytes > LOOK_AHEAD_BYTES and len(waiting) > self._workers):
                    first, first_size, future = waiting.popleft()
                    yield from self._results(first, future)
                    n_bytes -= first_size
            while waiting:
                first, _, future = waiting.popleft()
                yield from self._results(first, future)
        finally:
            for _, _, future in waiting:
                future.cancel()

    def _schedule(self, batch: list[ReadJob]) -> Any:
        return self._pool.schedule(read_jobs, args=[batch, self._split], timeout=self._time_for(batch))

    def _time_for(self, batch: list[ReadJob]) -> float:
        may_be_scanned = ocr.is_installed() and any(job.path.lower().endswith(b".pdf") for job in batch)
        of_size = SECONDS_A_MB * (sum(_size(job.path) for job in batch) >> 20)
        return self._timeout_s + of_size + (ocr.MOST_PAGES * ocr.SECONDS_A_PAGE if may_be_scanned else 0)

    def _results(self, batch: list[ReadJob], future: Any) -> list[ReadResult]:
        try:
            results: list[ReadResult] = future.result()
        except (concurrent.futures.TimeoutError, RuntimeError, OSError, MemoryError) as error:
            if len(batch) == 1:
                return [_failed(batch[0], self._failure(error, self._time_for(batch)))]
            return [result for job in batch for result in self._results([job], self._schedule([job]))]
        return results

    def _failure(self, error: BaseException, seconds: float) -> WorkerFailedError:
        if isinstance(error, concurrent.futures.TimeoutError):
            return WorkerFailedError(f"reading took longer than {seconds:g} s and was stopped; split the file, or leave it out")
        if isinstance(error, MemoryError):
            return _out_of_memory(self._memory_mb)
        return WorkerFailedError("the reading process died on this file; the file is probably damaged: leave it out, or save it anew")


def read_jobs(jobs: list[ReadJob], split: Split | None) -> list[ReadResult]:
    """Run in the worker: the jobs one after another."""
    return [_read_job(job, split) for job in jobs]


def _read_job(job: ReadJob, split: Split | None) -> ReadResult:
    try:
        data, size, mtime_ns = _contents(job.path)
        document = read(data, path=job.display, doc_id=job.doc_id, encoding=job.encoding)
        passages = tuple(split(document)) if split else ()
    except ReadingError as error:
        return _failed(job, error)
    except OSError as error:
        why = f"cannot be opened ({error.strerror or error}); check that it is there and may be read"
        return _failed(job, UnreachableFileError(why))
    except RecursionError:
        return _failed(job, DamagedFileError("nested too deep to be read; save it in a simpler form"))
    except MemoryError:
        raise  # the parent knows the limit
    except Exception as error:  # a fault of ours, in a reader or in the splitting: it costs this file and stops no folder
        return _failed(job, WorkerFailedError(f"a fault in Chuchu ({type(error).__name__}: {error}); leave the file out, and report this"))
    stored = zlib.compress(data, 6) if size <= LARGEST_STORED else b""
    return ReadResult(job, document, hashlib.sha256(data).hexdigest(), stored, size, mtime_ns, passages=passages)


def _failed(job: ReadJob, error: ReadingError) -> ReadResult:
    return ReadResult(job, None, reason=str(error), error=type(error).__name__)


def _contents(path: bytes) -> tuple[bytes, int, int]:
    """The bytes of a regular file, their number and the time of change. A pipe or a device is refused without waiting for it."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAFileError("not a regular file (a folder, pipe or device); leave it out")
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise FileTooLargeError(f"over {LARGEST_FILE >> 20} MB, the largest size that is read; split it into smaller files")
    return data, len(data), status.st_mtime_ns


def _batches(jobs: Iterable[ReadJob]) -> Iterator[tuple[list[ReadJob], int]]:
    """Jobs in groups, each with its size in bytes."""
    batch: list[ReadJob] = []
    n_bytes = 0
    for job in jobs:
        size = _size(job.path)
        if batch and (len(batch) == BATCH_FILES or n_bytes + size > BATCH_BYTES):
            yield batch, n_bytes
            batch, n_bytes = [], 0
        batch.append(job)
        n_bytes += size
    if batch:
        yield batch, n_bytes


def _size(path: bytes) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - bytes
    except OSError:
        return 0  # the worker finds out and says why


def _out_of_memory(memory_mb: int) -> WorkerFailedError:
    return WorkerFailedError(f"reading it takes more than {memory_mb} MB of memory; split the file")


def limit_worker(memory_mb: int) -> None:
    """Run in a new worker: Ctrl-C is the parent's business, and memory beyond what the worker has now is limited."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


_starting = threading.Lock()


class _Process(SpawnProcess):
    """A spawned process that does not import the caller's main module, which may start the whole program again."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the name multiprocessing calls
        with _starting:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = types.ModuleType("__main__")
            try:
                return SpawnProcess._Popen(process_obj)
            finally:
                sys.modules["__main__"] = main


class WorkerContext(SpawnContext):
    """For pools: spawns the processes above."""

    Process = _Process
