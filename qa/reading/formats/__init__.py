"""The formats, in the order in which they are asked whether a file is theirs: content that cannot be mistaken first, text last."""

from __future__ import annotations

from qa.reading.formats.docx import Docx
from qa.reading.formats.html import Html
from qa.reading.formats.markdown import Markdown
from qa.reading.formats.pdf import Pdf
from qa.reading.formats.text import Text
from qa.reading.protocol import Format

FORMATS: tuple[Format, ...] = (Pdf(), Docx(), Html(), Markdown(), Text())
