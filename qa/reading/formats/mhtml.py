"""MHTML: a web page saved with all that belongs to it, by a browser or a word processor. Read as the HTML format reads its page.

Where it was saved from and when, as its header says, is a block of metadata on top; the day of saving is not the day of publication. Frames
that were saved along follow the page. Not handled: pictures, and what HTML does not handle.
"""

from __future__ import annotations

from qa.errors import DamagedFileError
from qa.reading import mime
from qa.reading.formats.html import WebPage, about_all, add_page, tree_of
from qa.reading.linear import LinearText
from qa.reading.opening import About
from qa.reading.protocol import Reading, Source
from qa.reading.publication import Part, structured
from qa.records import Decoding

SHOWN = ("Snapshot-Content-Location", "Content-Location", "Date", "Subject")
SNAPSHOT = b"snapshot-content-location"
ONLY_MAIL = frozenset((b"to", b"cc", b"received", b"message-id", b"return-path"))
HTML_TYPES = ("text/html", "application/xhtml+xml")


class Mhtml:
    """Web pages saved as one file."""

    name = "mhtml"
    number = 3
    media_type = "multipart/related"
    suffixes: tuple[str, ...] = (".mht", ".mhtml")

    def recognises(self, source: Source) -> bool:
        """A browser's header block; in a file named .mht or .mhtml, any that tells a type of content."""
        fields = mime.fields_of(source.data)
        if SNAPSHOT in fields or (source.suffix in self.suffixes and b"content-type" in fields):
            return True
        saved_page = b"content-type" in fields and b"mime-version" in fields and not fields & ONLY_MAIL
        return saved_page and source.suffix != ".eml" and mime.type_of(source.data) == "multipart/related"

    def read(self, source: Source) -> Reading:
        """DamagedFileError when there is no page in it, or the page cannot be parsed; FileTooLargeError from `mime`."""
        message = mime.message_of(source.data)
        linear = LinearText()
        pages: list[tuple[WebPage, Decoding]] = []
        articles: list[Part] = []
        levels: dict[int, int] = {}
        shown = ((name, mime.header(message, name)) for name in SHOWN)
        linear.add("metadata", "\n".join(f"{name}: {value}" for name, value in shown if value))
        try:
            for place, part in enumerate(_pages(message)):
                html, decoding = mime.text_of(part)
                if place and tree_of(html) is None:
                    continue  # an empty frame
                by_itself = LinearText()
                page = add_page(html, by_itself)
                pages.append((page, decoding))
                above = len(linear.blocks)
                articles += (Part(range(one.places.start + above, one.places.stop + above)) for one in page.articles)
                levels |= {heading + above: level for heading, level in page.levels.items()}
                linear.add_all(by_itself.text, page.blocks)
        except (ValueError, LookupError, TypeError, AttributeError) as error:  # what email raises for broken headers
            raise DamagedFileError(f"the saved page is damaged ({type(error).__name__}); save it anew") from error
        found = structured(linear.text, linear.blocks, cut=False, parts=articles, levels=levels)
        page, decoding = pages[0]
        about = about_all(page, linear.text, found).or_else(About(title=mime.header(message, "Subject")))
        return Reading(linear.text, found.blocks, decoding, about, found.sections)


def _pages(message: mime.Message) -> list[mime.Message]:
    """The HTML parts, the page itself first and then its frames. DamagedFileError when there is none."""
    pages = [part for part in message.walk() if part.get_content_type() in HTML_TYPES and mime.content_of(part).strip()]
    if not pages:
        raise DamagedFileError("the saved page holds no HTML; save it anew, as HTML or PDF")
    start = str(mime.parameter(message, "start"))
    return sorted(pages, key=lambda part: not start or mime.header(part, "Content-ID") != start)
