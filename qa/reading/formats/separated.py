"""CSV and TSV: each row with its header, by `tables`. Separators: comma, semicolon, tab, vertical bar; quotes and line breaks in cells.

Only by its suffix: a text with commas is a text. A file whose lines no separator cuts alike is read as plain text. Not handled:
separators of several characters, fixed widths, quotes other than the straight double one.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from qa.errors import FileTooLargeError
from qa.reading.linear import LinearText
from qa.reading.opening import About
from qa.reading.protocol import Reading, Source
from qa.reading.structure import plain_blocks
from qa.reading.tables import MOST_ROWS, add_table
from qa.records import Decoding

SEPARATORS = (",", "\t", ";", "|")
SAMPLE_ROWS = 200
FEWEST_ALIKE = 0.6  # share of the rows that have the commonest number of cells
HINT = re.compile(r"sep=(.)\n", re.I)  # written for Excel, and shown by no program
END = "\ue000"  # a last row of our own: when a quote is never closed, it is swallowed


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file's rows are cut. quoting: csv.QUOTE_MINIMAL or, where quotation marks are only text, csv.QUOTE_NONE."""

    separator: str
    quoting: Literal[0, 3]


class Separated:
    """Files named .csv or .tsv; the text itself does not tell a table from prose with commas."""

    name = "separated"
    number = 2
    media_type = "text/csv"
    suffixes: tuple[str, ...] = (".csv", ".tsv")

    def recognises(self, source: Source) -> bool:
        """By its suffix alone."""
        return source.suffix in self.suffixes

    def read(self, source: Source) -> Reading:
        """The rows by `tables.add_table`; FileTooLargeError over its limits. The title is left to the file's name."""
        text, decoding = source.decoded
        hint = HINT.match(text)
        table = text[hint.end() :] if hint else text
        dialect = _dialect(table, hint[1] if hint else "\t" if source.suffix == ".tsv" else "")
        rows = _rows(table, dialect) if dialect else None
        return _table(rows, decoding) if rows else Reading(text, tuple(plain_blocks(text)), decoding, About())


def _table(rows: list[list[str]], decoding: Decoding) -> Reading:
    linear = LinearText()
    add_table(linear, [list(enumerate(cells)) for cells in rows])
    return Reading(linear.text, tuple(linear.blocks), decoding, About())


def _dialect(text: str, expected: str) -> Dialect | None:
    """The separator that cuts most rows into the same number of cells, more than one; None when none does. expected: wins where it can."""
    found = []
    for separator in dict.fromkeys((*SEPARATORS, *expected)):
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            alike, n_cells = _evenness(text, Dialect(separator, quoting))
            if n_cells > 1 and alike >= FEWEST_ALIKE:
                score = (separator == expected, round(alike, 1), quoting == csv.QUOTE_MINIMAL, n_cells)
                found.append((score, Dialect(separator, quoting)))
    return max(found, key=lambda each: each[0])[1] if found else None


def _evenness(text: str, dialect: Dialect) -> tuple[float, int]:
    """The share of the first rows that have the commonest number of cells, and that number."""
    try:
        sizes = Counter(len(cells) for cells in islice(_reader(text, dialect), SAMPLE_ROWS) if any(cells))
    except csv.Error:
        return 0.0, 0
    if not sizes:
        return 0.0, 0
    n_cells, times = max(sizes.items(), key=lambda item: (item[1], item[0]))
    return times / sizes.total(), n_cells


def _rows(text: str, dialect: Dialect) -> list[list[str]] | None:
    """All rows. When a quote is never closed, quotation marks are read as text; None when even that gives no rows."""
    for quoting in dict.fromkeys((dialect.quoting, csv.QUOTE_NONE)):
        try:
            rows = list(islice(_reader(f"{text}\n{END}", Dialect(dialect.separator, quoting)), MOST_ROWS + 2))
        except csv.Error:  # a cell over csv's own limit of 131,072 characters
            continue
        if len(rows) > MOST_ROWS + 1:
            raise FileTooLargeError(f"a table of more than {MOST_ROWS:,} rows; split it into several files")
        if rows.pop() == [END]:
            return rows
    return None


def _reader(text: str, dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=dialect.separator, quoting=dialect.quoting)
