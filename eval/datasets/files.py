"""The files of the data folder: where it is, which versions of the files the figures belong to, and reading them.

Nothing is downloaded: a file is there, in the version that is known here, or one sentence says what is wrong. Not handled: other versions
of the files; figures of two versions are not figures of one set.
"""

from __future__ import annotations

import hashlib
import lzma
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from eval.datasets.records import DatasetError

NEWS = "news.jsonl.xz"
CMRC_TRAIN, CMRC_DEV, DRCD_DEV = "cmrc2018_train.json.xz", "cmrc2018_dev.json.xz", "drcd_dev.json.xz"
EXPMRC_DEV, CAIL_DEV = "expmrc_cmrc2018_dev_a.json.xz", "cail2019_mrc_dev.json.xz"
CRUD, RGB = "crud_questanswer_1doc_a.json.xz", "rgb_zh_refine_a.json.xz"
SEED_QUERIES = "seed_questions.jsonl"


@dataclass(frozen=True, slots=True)
class Known:
    """One version of a file."""

    sha256: str  # of its bytes, 64 hex digits
    counts: Mapping[str, int] = field(default_factory=dict)  # how many of what a loader must find in it
    folder: str = "data"  # of the data folder


KNOWN: dict[str, Known] = {
    NEWS: Known("2bd527746224235b49c66fa9104ed9346d1022e47c8759c8395bc0919a0b200d", {"documents": 63_660}),
    CMRC_TRAIN: Known(
        "cc331ad673c9f8d09ed61eff6df6914339217ce74ced32aacd5667b6c14bd28f", {"documents": 2_403, "queries": 10_142, "unanswerable": 0}
    ),
    CMRC_DEV: Known(
        "b83f60531b8dccf128a2f31874c5ca71842107e9761bd2811f96f11b3ae876b4", {"documents": 848, "queries": 3_219, "unanswerable": 0}
    ),
    DRCD_DEV: Known(
        "e10577f3485fc666d2fc7778a87c8a1a1f1e78bf558ca69607c53ae659fe24d1", {"documents": 1_000, "queries": 3_524, "unanswerable": 0}
    ),
    EXPMRC_DEV: Known(
        "f624deb4cb88ddd5da80f380c0d89a9daf20ee4741a3f94dabe2cdd49a79ef33", {"documents": 184, "queries": 253, "unanswerable": 0}
    ),
    CAIL_DEV: Known(
        "2933c282c8845bd5256924149bc0099f10075f7a6331ab5a7b9dfde0fdf1d5ac", {"documents": 1_000, "queries": 6_000, "unanswerable": 1_420}
    ),
    CRUD: Known("7f3f3826a8a8e5c3e6e0537964c9f07c5df958616aeb531ae0003db019effeaa", {"items": 400}),
    RGB: Known("2faa1f6537109808af060156aba244f004a835c0857faa489515433690d6949f", {"items": 150}),
    SEED_QUERIES: Known("c9d9cbaeb52ab4a5ab5e6a9b2ff0debb8d33e62110dce0177818c6b7250ebe30", {"queries": 15, "unanswerable": 2}),
    "000_d29d965d07eebd11.txt": Known("9cdc9934ff2d3cdb9ae2497f4f545659cd5caa8fe588e3c87474df79e1730e50", folder="seeds"),
    "001_c480903cb07296ad.txt": Known("baee7a3eca71f8ccd042447add7e44c989ec57487be230a3767466a637e07bfe", folder="seeds"),
    "002_0956fbcc670b894f.txt": Known("6767aba056390223043ab21b753fce0a5d74c71d3a903cf5715b2639f2f76d63", folder="seeds"),
    "003_15570308c2a09ac8.txt": Known("480d350be4cf72ce3661104410a650427cc9c56cfc68034f813e170653e4daf3", folder="seeds"),
    "004_30ad4780f0b7e426.txt": Known("d5f4fbc49adbc6eb572d0484162131cc4fa97a5e6c148c6ae072e197a3be9273", folder="seeds"),
}


def data_folder(folder: Path | None) -> Path:
    """The folder with `data/` and `seeds/`: the one named, else CHUCHU_DATA, else `shared` beside the checkout. DatasetError: not there."""
    chosen = folder or Path(os.environ.get("CHUCHU_DATA") or Path(__file__).parents[3] / "shared")
    if not (chosen / "data").is_dir():
        raise DatasetError(
            f"the measuring data is not in {chosen} (it should hold data/ and seeds/); name its folder with --data or CHUCHU_DATA"
        )
    return chosen


def present(data: Path, name: str) -> Path:
    """The path of a known file of the data folder, its bytes checked. DatasetError: missing, damaged, or of another version."""
    known = KNOWN[name]
    path = data / known.folder / name
    if not path.is_file():
        raise DatasetError(f"the data folder is not complete: {path} is missing; copy it there, or name another folder with --data")
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error}") from error
    if found != known.sha256:
        read_text(path)  # says so when the file is damaged
        raise DatasetError(
            f"{path} is another version of the file: expected sha256 {known.sha256[:12]}…, got {found[:12]}…; "
            "its figures would not be comparable, so put the known version there"
        )
    return path


def check_counts(name: str, **found: int) -> None:
    """DatasetError when a known file did not give as many documents, queries, … as it holds."""
    expected = KNOWN[name].counts
    wrong = [f"{count} {what} instead of {expected[what]}" for what, count in found.items() if count != expected[what]]
    if wrong:
        raise DatasetError(f"reading {name} gave {', '.join(wrong)}; the file or its loader is at fault, so nothing was measured")


def open_text(path: Path) -> TextIO:
    """The file as UTF-8 text, uncompressed where its name ends in .xz; a byte order mark is left out. Whoever reads closes it.

    A file that is damaged shows it only while it is read: EOFError, LZMAError or UnicodeDecodeError.
    """
    return lzma.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".xz" else path.open(encoding="utf-8-sig")


def read_text(path: Path) -> str:
    """All of `open_text`. DatasetError: no such file, damaged, or not UTF-8."""
    try:
        with open_text(path) as file:
            return file.read()
    except FileNotFoundError as error:
        raise DatasetError(f"there is no file {path}") from error
    except (lzma.LZMAError, EOFError) as error:
        raise DatasetError(f"{path} is damaged or cut short, copy it again: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text: {error}") from error


def sha256_of(paths: Iterable[Path], *others: str) -> str:
    """64 hex digits of the names and bytes of files, in order, and of other texts; the folder the files lie in does not count."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for other in others:
        digest.update(hashlib.sha256(other.encode()).digest())
    return digest.hexdigest()
