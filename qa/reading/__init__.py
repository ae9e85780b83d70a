"""From the bytes of a file to a Document: decoding, format, structure, dates. Knows nothing of the library.

`read` is the straight line; `workers.ReaderPool` runs it in processes of their own. Adding a format is one file in `formats`.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath

from qa.errors import EmptyFileError, FileTooLargeError, NoTextError
from qa.reading.formats import FORMATS
from qa.reading.mentions import date_mentions
from qa.reading.protocol import Source, refuse_longer
from qa.reading.script import script_of
from qa.records import Decoding, Document

LARGEST_FILE = 200 * 1024 * 1024  # bytes
SUPPORTED_SUFFIXES = tuple(sorted(suffix for format_ in FORMATS for suffix in format_.suffixes))

__all__ = ["LARGEST_FILE", "SUPPORTED_SUFFIXES", "is_current_reader", "read"]


def read(data: bytes, *, path: str, doc_id: str, encoding: str = "") -> Document:
    """The document that a file holds. path: for display and for its suffix; ReadingError, saying what to do, when it cannot be read.

    encoding: the codec that the user told (`decoding.told_codec`), for formats whose text must be decoded; "": it is found by reading.
    """
    if not data or data.isspace():
        raise EmptyFileError("the file is empty; nothing to read")
    if len(data) > LARGEST_FILE:
        raise FileTooLargeError(f"over {LARGEST_FILE >> 20} MB, the largest size that is read; split it into smaller files")
    source = Source(data, PurePath(path).suffix.lower(), encoding)
    format_ = next(format_ for format_ in FORMATS if format_.recognises(source))  # the last one takes all that decodes
    reading = format_.read(source)
    refuse_longer(len(reading.text))
    if not reading.blocks:
        raise NoTextError("no text in the file; nothing to read")
    reader = f"{format_.name}/{format_.number}"
    about = reading.about.within_limits()
    return Document(
        doc_id=doc_id,
        version=_version(data, reader, reading.decoding, reading.text),
        path=path,
        title=about.title or PurePath(path).stem,
        authors=about.authors,
        publication=about.publication,
        issue=about.issue,
        published=about.published,
        media_type=format_.media_type,
        reader=reader,
        decoding=reading.decoding,
        script=script_of(reading.text),
        text=reading.text,
        blocks=reading.blocks,
        sections=reading.sections,
        dates=date_mentions(reading.text, reading.blocks, reading.sections, about.published),
        boxes=reading.boxes,
    )


def is_current_reader(reader: str) -> bool:
    """Whether a document read by this reader (`Document.reader`) would be read the same way today."""
    return any(reader == f"{format_.name}/{format_.number}" for format_ in FORMATS)


def _version(data: bytes, reader: str, decoding: Decoding, text: str) -> str:
    """sha256 over (original, reader, encoding, text): the same bytes read otherwise, or as the user told, are another version."""
    original = hashlib.sha256(data).hexdigest()
    encoding = f"{decoding.encoding} told" if decoding.decided_by == "told" else decoding.encoding
    return hashlib.sha256("\0".join((original, reader, encoding, text)).encode()).hexdigest()
