"""Small matrices on one thread of BLAS: OpenBLAS shares every product among all cores and waits spinning, which makes the reader four times
slower, and everything beside it too, where cores are shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

_lock = Lock()
_inside: list[Any] = []  # what undoes the limit, once for each caller inside; all but the first do nothing


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Inside, the process's BLAS uses one thread; the last caller to leave gives it back what it had."""
    with _lock:
        _inside.append(None if _inside else _blas().limit(limits=1))
    try:
        yield
    finally:
        with _lock:
            undo = _inside[0]
            _inside.pop()
            if not _inside:
                undo.restore_original_limits()


@cache
def _blas() -> Any:
    """The BLAS libraries of the process, after numpy is loaded."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController().select(user_api="blas")
