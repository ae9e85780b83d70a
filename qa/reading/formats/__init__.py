"""The formats, in the order in which they are asked whether a file is theirs: content that cannot be mistaken first, text last."""

from __future__ import annotations

from qa.reading.formats.archive import Archive
from qa.reading.formats.docx import Docx
from qa.reading.formats.eml import Eml
from qa.reading.formats.epub import Epub
from qa.reading.formats.html import Html
from qa.reading.formats.markdown import Markdown
from qa.reading.formats.mhtml import Mhtml
from qa.reading.formats.odt import Odt
from qa.reading.formats.pdf import Pdf
from qa.reading.formats.rtf import Rtf
from qa.reading.formats.separated import Separated
from qa.reading.formats.text import Text
from qa.reading.formats.xlsx import Xlsx
from qa.reading.protocol import Format

CERTAIN: tuple[Format, ...] = (Pdf(), Rtf(), Odt(), Xlsx(), Docx(), Epub())
OTHERS: tuple[Format, ...] = (Mhtml(), Eml(), Html(), Separated(), Markdown(), Text())
FORMATS: tuple[Format, ...] = (*CERTAIN, Archive(CERTAIN, OTHERS), *OTHERS)
