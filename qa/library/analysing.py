"""The keyword terms of passages on their way into an index: of many, made on every core while the caller writes what has come so far.

A process that dies costs time and nothing else: its lot is done here. Not handled: few passages in one go (an edited file), which are done
before a process has started, so none is.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from qa.reading.workers import WorkerContext
from qa.records import Passage

LOT = 100  # passages that one task holds
FEW = 5_000  # passages that are done here: about what processes take to start and to load the dictionary
LOOK_AHEAD = 4  # lots a process that may wait, done or not

Analyse = Callable[[Passage, str], Mapping[str, str]]  # (passage, title of its document) -> field -> terms
Lot = list[tuple[Passage, str]]


def analysed(passages: Iterable[tuple[Passage, str]], index_terms: Analyse) -> Iterator[tuple[str, Mapping[str, str]]]:
    """(passage_id, terms) of each passage, in order. passages: each with the title of its document.

    index_terms: a function of a module, which other processes can import.
    """
    remaining = iter(passages)
    first = list(islice(remaining, FEW))
    more = next(remaining, None)
    if more is None:
        yield from terms_of(first, index_terms)
    else:
        yield from _in_processes(_lots(chain(first, [more], remaining)), index_terms)


def terms_of(lot: Lot, index_terms: Analyse) -> list[tuple[str, Mapping[str, str]]]:
    """What a process makes of a lot."""
    return [(passage.passage_id, index_terms(passage, title)) for passage, title in lot]


def _in_processes(lots: Iterable[Lot], index_terms: Analyse) -> Iterator[tuple[str, Mapping[str, str]]]:
    from pebble import ProcessPool

    n_processes = os.cpu_count() or 1
    waiting: deque[tuple[Lot, Any]] = deque()
    pool: Any = ProcessPool(max_workers=n_processes, context=WorkerContext())
    try:
        for lot in lots:
            waiting.append((lot, pool.schedule(terms_of, args=[lot, index_terms])))
            if len(waiting) > LOOK_AHEAD * n_processes:
                yield from _result(*waiting.popleft(), index_terms)
        while waiting:
            yield from _result(*waiting.popleft(), index_terms)
    finally:
        pool.stop()
        pool.join()


def _result(lot: Lot, future: Any, index_terms: Analyse) -> list[tuple[str, Mapping[str, str]]]:
    try:
        found: list[tuple[str, Mapping[str, str]]] = future.result()
    except (RuntimeError, OSError, MemoryError):  # the process died, or could not start
        return terms_of(lot, index_terms)
    return found


def _lots(passages: Iterator[tuple[Passage, str]]) -> Iterator[Lot]:
    while lot := list(islice(passages, LOT)):
        yield lot
