"""Text recognition: the lines that a page shows where the file does not say them. Only with the extra: `pip install "chuchu[ocr]"`.

rapidocr-onnxruntime brings its models inside its package and needs no network. A page is rendered, its lines are found and recognised, and
come back as pieces with their places, so that they are put in order as any other page is. It takes some seconds a page, so no more than
MOST_PAGES of a file are recognised. Not handled: lines that run down the page, handwriting, which characters of a line are doubtful.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from qa.reading.columns import Piece
from qa.reading.decoding import normalised
from qa.reading.garble import GARBLED, garble_score
from qa.reading.pdf_pages import PageText

MOST_PAGES = 200  # of one file
SECONDS_A_PAGE = 9  # on one slow core: what a worker is given for a PDF besides its own limit
MEMORY_MB = 1000  # what a worker is given besides its own limit: the models, and a page in their hands
LONGEST_SIDE = 2000  # pixels; the recogniser makes larger pages smaller
LEAST_SURE = 0.75  # of a page; in a small trial .98 went with 99.7 % of the characters right, .55 with 6 %
SAME_TYPE = 1.3  # times the usual height of a line: the same type, measured unevenly


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """A page as it was recognised, and how sure that is."""

    page: PageText
    sure: float  # 0..1, the recogniser's own score, over the characters


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("rapidocr_onnxruntime") is not None


def recognised_page(pdf: Any, number: int) -> RecognisedPage | None:
    """The page of an open PDF; None when no text is seen on it, or none that can be trusted."""
    import pypdfium2

    try:
        page = pdf[number]
        width, height = page.get_size()
        scale = LONGEST_SIDE / max(width, height)
        picture = page.render(scale=scale, rev_byteorder=True).to_numpy()
        page.close()
    except (pypdfium2.PdfiumError, ZeroDivisionError):
        return None
    try:
        found, _ = _recogniser()(picture)
    except MemoryError:
        raise
    except Exception:  # whatever the recogniser stumbles over costs this page: it stays unread, and named
        return None
    lines = [
        (text, float(sure), _edges(corners, scale, height)) for corners, said, sure in found or () if (text := normalised(said).strip())
    ]
    characters = sum(len(text) for text, _, _ in lines)
    if not characters:
        return None
    sure = sum(len(text) * sure for text, sure, _ in lines) / characters
    if sure < LEAST_SURE or garble_score("\n".join(text for text, _, _ in lines)) > GARBLED:
        return None
    return RecognisedPage(PageText(number, width, height, tuple(_pieces(lines))), sure)


@lru_cache(1)
def _recogniser() -> Any:
    """Loaded once in a process, which has one core to itself."""
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def _edges(corners: Any, scale: float, height: float) -> tuple[float, float, float, float]:
    """Left, bottom, right, top in points, of four corners in pixels from the upper left."""
    across, down = [x / scale for x, _ in corners], [y / scale for _, y in corners]
    return min(across), height - max(down), max(across), height - min(down)


def _pieces(lines: list[tuple[str, float, tuple[float, float, float, float]]]) -> list[Piece]:
    """Lines that are about as high as most are of one size: heights that are measured on a picture vary by a pixel or two."""
    heights = sorted(top - bottom for _, _, (_, bottom, _, top) in lines)
    usual = heights[len(heights) // 2]
    pieces = []
    for place, (text, _, (left, bottom, right, top)) in enumerate(lines):
        same = usual / SAME_TYPE <= top - bottom <= usual * SAME_TYPE
        pieces.append(Piece(text, left, right, bottom, top, bottom, usual if same else top - bottom, place, place))
    return pieces
