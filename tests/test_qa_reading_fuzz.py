"""Every reader survives damaged files: a document whose blocks account for every character, or a ReadingError, in bounded time and memory.

CHUCHU_FUZZ=20000 reads so many of each format; without it 20,000 are read in all, fewer of the formats that take longer.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import warnings

import pytest
from fuzzing import Case, bombs, case, originals

from qa.errors import ReadingError
from qa.reading import read
from qa.records import Document

LONGEST = 20.0  # seconds of processor time for one file; a worker is stopped after 60 of the clock
MOST_MEMORY = 1_500 * 1024 * 1024  # bytes over what the process had before, as a worker may take
SHARES = {"text": 2400, "markdown": 2000, "separated": 2000, "rtf": 2000, "eml": 2000, "mhtml": 1200, "html": 1400}
SHARES |= {"xlsx": 1800, "odt": 1800, "epub": 1400, "docx": 800, "pdf": 800, "zip": 400}
PER_FORMAT = int(os.environ.get("CHUCHU_FUZZ", "0"))


def peak() -> int:
    """The most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def complaint(file: Case, most: int) -> str:
    """What the reader did that it may not do; "" when nothing."""
    begun = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parsers, about what they read
            said = partition_of(read(file.data, path=file.name, doc_id="0" * 16))
    except ReadingError as error:
        said = "" if ";" in str(error) or ":" in str(error) else f"the reason does not say what to do: {error}"
    except Exception as error:  # that none comes is what is tested
        said = f"{type(error).__name__}: {error}"
    seconds = time.process_time() - begun
    if seconds > LONGEST:
        return f"it took {seconds:.0f} s"
    return "it took too much memory" if peak() > most else said


def partition_of(document: Document) -> str:
    """What is wrong with the blocks."""
    end = 0
    for span in sorted(span for block in document.blocks for span in block.spans):
        if span.start < end or document.text[end : span.start].strip():
            return f"the blocks do not partition the text at {end}"
        end = span.end
    return "the blocks leave out the end" if document.text[end:].strip() else ""


def test_every_format_is_damaged_and_twenty_thousand_files_in_all() -> None:
    from qa.reading.formats import FORMATS

    assert set(SHARES) == set(originals()) == {format_.name for format_ in FORMATS}
    assert sum(SHARES.values()) == 20_000
    for files in originals().values():
        for name, data in files:
            assert read(data, path=name, doc_id="0" * 16).text


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", SHARES)
def test_a_damaged_file_is_a_document_or_one_sentence(kind: str) -> None:
    most = peak() + MOST_MEMORY
    found = []
    for number in range(PER_FORMAT or SHARES[kind]):
        if said := complaint(case(kind, number), most):
            found.append(f"case({kind!r}, {number}): {said[:300]}")
            assert len(found) < 10, "\n".join(found)
    assert found == []


@pytest.mark.slow
def test_bombs() -> None:
    most = peak() + MOST_MEMORY
    said = {number: complaint(file, most) for number, file in enumerate(bombs())}
    assert {number: one for number, one in said.items() if one} == {}
