"""PDF: the text layer, page by page, in the order in which a person reads it.

`pdf_pages` takes the pieces of lines from PDFium, `columns` puts them in order, `printed` makes one text of the pages; the gutters, the
joints and the furniture are told there. A page whose order is not clear is read in the order of the file. A page with a garbled text layer
keeps its characters as furniture, so that nothing of it is searched; a page that is a picture has none; where text recognition is installed
(`ocr`), both are recognised instead. `Decoding.note` names these pages, and `survey` tells of the text layer page by page. A file without
one usable page is refused. Not handled: tables (their lines are paragraphs), annotations and form fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from qa.errors import DamagedFileError, EncryptedFileError, NoTextError
from qa.reading import ocr
from qa.reading.dates import iso_date
from qa.reading.garble import GARBLED
from qa.reading.opening import About, clean_title, names, opening_of
from qa.reading.pdf_pages import PageText, page_text
from qa.reading.printed import Page, Printed, printed
from qa.reading.protocol import Reading, Source
from qa.reading.publication import structured
from qa.reading.remarks import note_of
from qa.records import Decoding, Remark, RemarkKind

SIGNATURE = b"%PDF-"
HEAD_BYTES = 1024  # where the signature may stand
PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
GENERATED_TITLE = re.compile(r"^(?:untitled|microsoft word|\(?anonymous\)?|无标题|無標題|unspecified)|\.(?:docx?|indd|qxd|ps)$", re.I)


PAGES_NAMED = 8  # of each kind, in a remark
SCAN = "the PDF has no text layer (a scan?)"
GARBLED_LAYER = "the PDF's text layer is garbled (its fonts do not say what they draw)"
INSTALL = 'install the extra "chuchu[ocr]" and ingest it again, or run text recognition (OCR) over it first'
NOT_RECOGNISED = "text recognition found none that can be trusted on its pages; scan it anew, straight and at 300 dots to the inch"


class Pdf:
    """Any file that begins as a PDF."""

    name = "pdf"
    number = 4
    media_type = "application/pdf"
    suffixes: tuple[str, ...] = (".pdf",)

    def recognises(self, source: Source) -> bool:
        """By its signature, which some junk may precede."""
        return SIGNATURE in source.data[:HEAD_BYTES]

    def read(self, source: Source) -> Reading:
        """EncryptedFileError, DamagedFileError, or NoTextError for a scan or a garbled text layer."""
        pages, labels, metadata = _contents(source.data)
        document = printed(pages, labels)
        recognised = _recognised(source.data, document)
        if recognised:
            document = printed([recognised[page.number].page if page.number in recognised else page for page in pages], labels)
        if not document.has_body and any(page.problem for page in document.pages):
            raise NoTextError(_why_nothing(document.pages))
        if not document.blocks:
            raise NoTextError(_why_nothing(()))
        made = About(published=iso_date(metadata.get("CreationDate", "")))  # of the file: what its pages say comes first
        about = _about(metadata).or_else(opening_of(document.text, document.blocks)).or_else(made)
        found = structured(document.text, document.blocks, cut=False)
        return Reading(document.text, found.blocks, _decoding(document.pages, recognised), about, found.sections, boxes=document.boxes)


def survey(data: bytes) -> tuple[Page, ...]:
    """What was made of each page: how it was ordered, how garbled it is, why it is not searched. Errors of `Pdf.read`, save NoTextError."""
    pages, labels, _ = _contents(data)
    return printed(pages, labels).pages


def _contents(data: bytes) -> tuple[list[PageText], list[str], dict[str, str]]:
    pdf = _open(data)
    try:
        numbers = range(len(pdf))
        pages = [page_text(pdf, number) for number in numbers]
        labels = [_text_of(pdf.get_page_label, number) for number in numbers]
        return pages, labels, {key: _text_of(pdf.get_metadata_value, key) for key in pdf.METADATA_KEYS}
    finally:
        pdf.close()


def _text_of(ask: Callable[[Any], str | None], what: object) -> str:
    """What the file says of a page or of itself; "" where that is no text, but half of a character."""
    try:
        return ask(what) or ""
    except UnicodeDecodeError:
        return ""


def _recognised(data: bytes, document: Printed) -> dict[int, ocr.RecognisedPage]:
    """The pages that show text which the file does not say, by number; none without the extra."""
    wanted = [page.number for page in document.pages if page.problem or not document.blocks][: ocr.MOST_PAGES]
    if not wanted or not ocr.is_installed():
        return {}
    pdf = _open(data)
    try:
        found = ((number, ocr.recognised_page(pdf, number)) for number in wanted)
        return {number: page for number, page in found if page}
    finally:
        pdf.close()


def _why_nothing(pages: Sequence[Page]) -> str:
    garbled = sum(page.garble > GARBLED for page in pages)
    reason = GARBLED_LAYER if garbled * 2 > sum(bool(page.problem) for page in pages) else SCAN
    return f"{reason}; {NOT_RECOGNISED if ocr.is_installed() else INSTALL}"


def _decoding(pages: Sequence[Page], recognised: Mapping[int, ocr.RecognisedPage]) -> Decoding:
    """Confidence: the share of the pages with text or a picture that can be used and whose order is clear. The note names the rest.

    A recognised page counts as much as its recognition is sure.
    """
    reasons: dict[int, RemarkKind | Literal[""]] = {page.number: page.problem or _kind_of_reading(page, recognised) for page in pages}
    counted = sum(bool(page.order or page.problem) for page in pages)
    remarks = []
    for reason in dict.fromkeys(reason for reason in reasons.values() if reason):
        labels = [page.label or str(page.number + 1) for page in pages if reasons[page.number] == reason]
        sure = [recognised[number].sure for number in reasons if reason == "pages_recognised" and reasons[number] == reason]
        remarks.append(Remark(reason, tuple(labels[:PAGES_NAMED]), len(labels), round(sum(sure) / len(sure), 3) if sure else 1.0))
    unclear = sum(1 - recognised[number].sure if reason == "pages_recognised" else 1 for number, reason in reasons.items() if reason)
    return Decoding("", "format", round(1 - unclear / max(1, counted), 3), note=note_of(remarks), remarks=tuple(remarks))


def _kind_of_reading(page: Page, recognised: Mapping[int, ocr.RecognisedPage]) -> RemarkKind | Literal[""]:
    return "pages_recognised" if page.number in recognised else "pages_unclear" if page.order == "file" else ""


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
