"""What `Decoding.note` says: the remarks of a reading as English sentences. Other languages are the user interface's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from qa.records import Remark, RemarkKind

# {0}, {1}, … are `Remark.names`; {places}, {pages} and {count} tell the count, {sure} how sure that is.
ENGLISH: Mapping[RemarkKind, str] = {
    "declares_another": "it declares {0}, but its bytes are {1}",
    "declares_unusual": "it declares {0}, but only as {1} are they usual Chinese",
    "broken_bytes": "in {places} the bytes are not {0} and read \ufffd",
    "lost_before": "characters were lost in {places} before it was saved: {0}",
    "misread_before": "{0} was read as {1} in {places} before it was saved: {2}",
    "pages_unclear": "{pages}: columns that are not clear, read in the order of the file",
    "pages_picture": "{pages}: a picture without a text layer, not read",
    "pages_garbled": "{pages}: a garbled text layer, kept but not searched",
    "pages_recognised": "{pages}: recognised from the picture, {sure:.0%} sure",
    "not_read": "was not read ({0})",  # {1}: the class of the error
    "more": "and {count} more",
}


def note_of(remarks: Iterable[Remark]) -> str:
    """The remarks one after another, "" when there are none."""
    return "; ".join(_sentence(remark) for remark in remarks)


def _sentence(remark: Remark) -> str:
    count, named = remark.count, len(remark.names)
    places = "one place" if count == 1 else f"{count} places"
    more = f" and {count - named} more" if count > named else ""
    pages = f"page{'s' if count > 1 else ''} {', '.join(remark.names)}{more}"
    said = ENGLISH[remark.kind].format(*remark.names, places=places, pages=pages, sure=remark.sure, count=count)
    return f"{remark.where}{' ' if remark.kind == 'not_read' else ': '}{said}" if remark.where else said
