"""PDF: the text layer, page by page, in the order in which a person reads it.

`pdf_pages` takes the pieces of lines from PDFium, `columns` puts them in order, `printed` makes one text of the pages; the gutters, the
joints and the furniture are told there. A page whose order is not clear is read in the order of the file. A page with a garbled text layer
keeps its characters as furniture, so that nothing of it is searched; a page that is a picture has none. `Decoding.note` names all three
kinds of pages, its confidence is the share of the other ones, and `survey` tells page by page. A file without one usable page is refused.
Not handled: tables (their lines are paragraphs), annotations and form fields, text recognition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from qa.errors import DamagedFileError, EncryptedFileError, NoTextError
from qa.reading.dates import iso_date
from qa.reading.garble import GARBLED
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.pdf_pages import PageText, page_text
from qa.reading.printed import Page, printed
from qa.reading.protocol import Reading, Source
from qa.records import Decoding

SIGNATURE = b"%PDF-"
HEAD_BYTES = 1024  # where the signature may stand
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
GENERATED_TITLE = re.compile(r"^(?:untitled|microsoft word|\(?anonymous\)?|无标题|無標題|unspecified)|\.(?:docx?|indd|qxd|ps)$", re.I)


PAGES_NAMED = 8  # of each kind, in a note
UNCLEAR = "columns that are not clear, read in the order of the file"
SCAN = "the PDF has no text layer (a scan?); run text recognition (OCR) over it first"
GARBLED_LAYER = "the PDF's text layer is garbled (its fonts do not say what they draw); run text recognition (OCR) over it, or save it anew"


class Pdf:
    """Any file that begins as a PDF."""

    name = "pdf"
    number = 2
    media_type = "application/pdf"
    suffixes: tuple[str, ...] = (".pdf",)

    def recognises(self, source: Source) -> bool:
        """By its signature, which some junk may precede."""
        return SIGNATURE in source.data[:HEAD_BYTES]

    def read(self, source: Source) -> Reading:
        """EncryptedFileError, DamagedFileError, or NoTextError for a scan or a garbled text layer."""
        pages, labels, metadata = _contents(source.data)
        document = printed(pages, labels)
        if not document.has_body and any(page.problem for page in document.pages):
            raise NoTextError(_why_nothing(document.pages))
        if not document.blocks:
            raise NoTextError(SCAN)
        made = About(published=iso_date(metadata.get("CreationDate", "")))  # of the file: what its pages say comes first
        about = _about(metadata).or_else(opening_of(document.text, document.blocks)).or_else(made)
        return Reading(document.text, document.blocks, _decoding(document.pages), about)


def survey(data: bytes) -> tuple[Page, ...]:
    """What was made of each page: how it was ordered, how garbled it is, why it is not searched. Errors of `Pdf.read`, save NoTextError."""
    pages, labels, _ = _contents(data)
    return printed(pages, labels).pages


def _contents(data: bytes) -> tuple[list[PageText], list[str], dict[str, str]]:
    pdf = _open(data)
    try:
        numbers = range(len(pdf))
        pages = [page_text(pdf, number) for number in numbers]
        return pages, [pdf.get_page_label(number) or "" for number in numbers], pdf.get_metadata_dict(skip_empty=True)
    finally:
        pdf.close()


def _why_nothing(pages: Sequence[Page]) -> str:
    garbled = sum(page.garble > GARBLED for page in pages)
    return GARBLED_LAYER if garbled * 2 > sum(bool(page.problem) for page in pages) else SCAN


def _decoding(pages: Sequence[Page]) -> Decoding:
    """Confidence: the share of the pages with text or a picture that can be used and whose order is clear. The note names the rest."""
    reasons = {page.number: page.problem or (UNCLEAR if page.order == "file" else "") for page in pages}
    counted = sum(bool(page.order or page.problem) for page in pages)
    said = []
    for reason in dict.fromkeys(filter(None, reasons.values())):
        labels = [page.label or str(page.number + 1) for page in pages if reasons[page.number] == reason]
        more = f" and {len(labels) - PAGES_NAMED} more" if len(labels) > PAGES_NAMED else ""
        said.append(f"page{'s' if len(labels) > 1 else ''} {', '.join(labels[:PAGES_NAMED])}{more}: {reason}")
    unclear = sum(map(bool, reasons.values()))
    return Decoding("", "format", round(1 - unclear / max(1, counted), 3), note="; ".join(said))


def _open(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PASSWORD_ERROR or "password" in str(error).lower():
            raise EncryptedFileError("the PDF is encrypted; save it without a password") from error
        raise DamagedFileError("the PDF is cut off or damaged; fetch it again, or print it to PDF anew") from error


def _about(metadata: dict[str, str]) -> About:
    title = clean_title(metadata.get("Title", ""))
    author = metadata.get("Author", "")
    return About(
        title="" if GENERATED_TITLE.search(title) else title,
        authors=() if GENERATED_TITLE.search(author) else names(author),
    )
