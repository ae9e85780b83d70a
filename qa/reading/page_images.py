"""Pages of a PDF as images, for whoever wants to see what was printed.

PDFium is not thread safe, and an image is made of bytes that anybody may have written: pages are rendered in one process of its own, one
at a time, limited in time and memory. A file that kills it costs that image and nothing else. Not drawn: form fields that are filled in,
annotations without an appearance of their own; fonts that are not inside the file come from the machine, or are missing.
"""

from __future__ import annotations

import concurrent.futures
import io
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from qa.errors import DamagedFileError, WorkerFailedError
from qa.reading.workers import WorkerContext, limit_worker

WIDEST, HIGHEST = 1240, 1755  # pixels: A4 at 150 to the inch
COMPRESSION = 3  # of zlib: half the time of 6, a fifth more bytes

Result = TypeVar("Result")


class PageRenderer:
    """Renders pages in one process, which starts with the first of them. Thread safe.

    timeout_s: of a call, without waiting for others; memory_mb: over the idle size.
    """

    def __init__(self, timeout_s: float = 10, memory_mb: int = 800) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._pool: Any = None
        self._opening = threading.Lock()

    def sizes(self, data: bytes) -> list[tuple[float, float]]:
        """The width and the height of every page as it is shown, in points. DamagedFileError, WorkerFailedError."""
        return self._run(page_sizes, [data])

    def png(self, data: bytes, page: int) -> bytes:
        """The page as a PNG of WIDEST pixels across, or less where it would be higher than HIGHEST. page: counts from 0.

        DamagedFileError, WorkerFailedError; IndexError when there is no such page.
        """
        return self._run(page_png, [data, page])

    def close(self) -> None:
        """End the process, if there is one."""
        with self._opening:
            if self._pool is not None:
                self._pool.stop()
                self._pool.join()
                self._pool = None

    def _run(self, function: Callable[..., Result], args: Sequence[object]) -> Result:
        future = self._started().schedule(function, args=args, timeout=self._timeout_s)
        try:
            result: Result = future.result()
        except concurrent.futures.TimeoutError:
            raise WorkerFailedError(
                f"drawing the page took longer than {self._timeout_s:g} s and was stopped; open the file itself"
            ) from None
        except MemoryError:
            raise WorkerFailedError(f"drawing the page takes more than {self._memory_mb} MB of memory; open the file itself") from None
        except (RuntimeError, OSError):
            raise WorkerFailedError("the process that draws pages died on this file; open the file itself") from None
        return result

    def _started(self) -> Any:
        from pebble import ProcessPool

        with self._opening:
            if self._pool is None:
                self._pool = ProcessPool(max_workers=1, initializer=limit_worker, initargs=[self._memory_mb], context=WorkerContext())
            return self._pool


def page_sizes(data: bytes) -> list[tuple[float, float]]:
    """Run in the worker, for `PageRenderer.sizes`."""
    pdf = _opened(data)
    try:
        return [_size(pdf, number) for number in range(len(pdf))]
    finally:
        pdf.close()


def page_png(data: bytes, number: int) -> bytes:
    """Run in the worker, for `PageRenderer.png`."""
    import pypdfium2

    pdf = _opened(data)
    try:
        if not 0 <= number < len(pdf):
            raise IndexError(number)
        page = pdf[number]
        width, height = page.get_size()
        file = io.BytesIO()
        page.render(scale=min(WIDEST / width, HIGHEST / height)).to_pil().save(file, "PNG", compress_level=COMPRESSION)
        return file.getvalue()
    except (pypdfium2.PdfiumError, ZeroDivisionError):
        raise DamagedFileError("this page of the PDF is damaged; open the file itself") from None
    finally:
        pdf.close()


def _size(pdf: Any, number: int) -> tuple[float, float]:
    """(0, 0) for a page that cannot be loaded."""
    import pypdfium2

    try:
        width, height = pdf.get_page_size(number)
    except pypdfium2.PdfiumError:
        return 0.0, 0.0
    return width, height


def _opened(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise DamagedFileError("the PDF cannot be opened; open the file itself") from None
