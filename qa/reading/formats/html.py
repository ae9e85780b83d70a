"""HTML: the text nodes of the lxml tree in document order, entities resolved, one line per block element, inline tags joined.

Front matter above the HTML (blog exports) is a block of its own. Menus and footers are called furniture by their tags or by
trafilatura's vote, and stay in the text. Not handled: text that only a script would write, frames, MathML and SVG.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from qa.errors import DamagedFileError
from qa.reading.dates import is_date_line, iso_date
from qa.reading.front_matter import front_matter
from qa.reading.linear import LinearText
from qa.reading.opening import FIRST_BLOCKS, About, names, opening_of
from qa.reading.patterns import kind_of
from qa.reading.protocol import Reading, Source
from qa.records import Block, BlockKind, text_at

ROOT = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)
FRAGMENT = re.compile(
    r"<(?:div|p|article|section|body|head|table|h[1-6]|ul|ol|span|a|font|center|meta|title|main|header)\b[^>]{0,2000}>", re.I
)
END_TAG = re.compile(r"</(?:div|p|article|section|body|html|table|h[1-6]|ul|ol|li|td|span|a|font|center|title|main)\s{0,20}>", re.I)
WHITE_SPACE = re.compile(r"[ \t\n\f\r]+")
LINE_END_IN_HAN = re.compile(r"(?<=[\u3400-\u9fff，。、；：！？”》）])[ \t]*\n[ \t]*(?=[\u3400-\u9fff“《（])")  # a blank nobody wrote
SKIPPED = frozenset(
    ("script", "style", "template", "noscript", "head", "iframe", "object", "embed", "svg", "math", "canvas", "audio", "video")
)
FURNITURE = frozenset(("nav", "footer", "aside", "menu", "button", "select", "datalist", "dialog"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
CAPTIONS = frozenset(("figcaption", "caption"))
BLOCKS = HEADINGS | CAPTIONS | FURNITURE
BLOCKS |= {"html", "body", "div", "p", "article", "section", "main", "header", "form", "address", "blockquote", "center", "figure"}
BLOCKS |= {"dl", "dt", "dd", "ol", "ul", "li", "hr", "br", "pre", "textarea", "details", "summary", "title", "fieldset", "legend", "option"}
BLOCKS |= {"table", "tbody", "thead", "tfoot", "tr", "td", "th"}
CELL_ENDS = {"td": "\t", "th": "\t", "tr": "\n"}
SITE_NAME = re.compile(r"\s*[_|｜]|\s+[-–—]\s+")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)

LONGEST_CELL = 80  # characters on average; tables of longer cells lay a page out
LARGEST_VOTE, DEEPEST_VOTE = 1_000_000, 200  # what trafilatura is asked about: characters of HTML, levels
SMALLEST_MAIN = 0.3  # a vote that keeps less of the text than this is no vote
SHORT_LINE = 60  # only lines up to this length are voted furniture: prose never is

META_TITLE = ("og:title", "twitter:title", "articletitle", "dc.title")
META_AUTHOR = ("author", "article:author", "dc.creator", "byl")
META_PUBLICATION = ("og:site_name", "source", "mediaid", "contentsource", "dc.publisher", "application-name")
META_PUBLISHED = ("article:published_time", "pubdate", "publishdate", "publish_date", "datepublished", "dc.date", "date")


class Html:
    """Web pages, whatever the file is called, and fragments of them."""

    name = "html"
    number = 2
    media_type = "text/html"
    suffixes: tuple[str, ...] = (".html", ".htm", ".xhtml", ".shtml")

    def recognises(self, source: Source) -> bool:
        """An HTML root; or a body that begins and ends with tags; or, in a file named .html, any element."""
        text, _ = source.decoded
        body = text[front_matter(text).end :].strip()
        if ROOT.match(body[:4096]):
            return True
        if source.suffix in self.suffixes:
            return bool(FRAGMENT.search(body))
        return bool(FRAGMENT.match(body)) and body.endswith(">") and bool(END_TAG.search(body))

    def read(self, source: Source) -> Reading:
        """The linear form. DamagedFileError when nothing can be parsed, or the nesting is deeper than the parser follows."""
        text, decoding = source.decoded
        front = front_matter(text)
        linear = LinearText()
        for block in front.blocks:
            linear.add("metadata", text_at(text, block.spans))
        blocks, about = add_page(text[front.end :], linear)
        whole = linear.text
        about = front.about.or_else(about).or_else(opening_of(whole, blocks))
        return Reading(whole, blocks, decoding, about)


def add_page(html: str, linear: LinearText) -> tuple[tuple[Block, ...], About]:
    """Adds a saved page to the text. Returns all its blocks, menus voted furniture, and what the page's head says.

    DamagedFileError as for `Html.read`.
    """
    root = tree_of(html)
    if root is None:
        raise DamagedFileError("the HTML holds nothing that can be parsed; save the page anew")
    depth = linearise(root, linear)
    main = _main_text(html) if depth <= DEEPEST_VOTE else ""
    return _voted(linear.blocks, linear.text, main), _about(root)


def tree_of(html: str) -> Any | None:
    """The lxml tree of a page, without comments; None when nothing is left of it. DamagedFileError when it is too deep."""
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml_html.document_fromstring(html.encode("utf-8"), parser=parser)
    except etree.LxmlError:
        return None
    if any("depth" in fatal.message for fatal in parser.error_log.filter_from_fatals()):  # the parser would drop what is inside
        raise DamagedFileError("the HTML is nested more than 2,048 elements deep; save the page as text")
    return root


def linearise(root: Any, linear: LinearText) -> int:
    """Adds every block of the tree in document order, and returns how deep the tree is. A loop, not recursion: depth costs nothing."""
    from lxml import etree

    line: list[str] = []
    kinds: list[BlockKind] = ["paragraph"]  # what the open elements say, the innermost last
    deepest, preformatted = 0, 0

    def end_line() -> None:
        text = WHITE_SPACE.sub(" ", "".join(line)).strip() if kinds[-1] != "table" else _table_text("".join(line))
        line.clear()
        if text:
            linear.add(_line_kind(text, len(linear.blocks)) if kinds[-1] == "paragraph" else kinds[-1], text)

    def write(text: str | None) -> None:
        if text and preformatted:
            for row in text.splitlines(keepends=True):
                line.append(row)
                if row.endswith("\n"):
                    end_line()
        elif text:
            line.append(WHITE_SPACE.sub(" ", LINE_END_IN_HAN.sub("", text)))

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        in_table = kinds[-1] == "table" and tag != "table"
        if event == "start":
            if tag in BLOCKS and not in_table:
                end_line()
            kinds.append(_kind(element, kinds[-1]))
            deepest = max(deepest, len(kinds))
            preformatted += tag == "pre"
            if tag in SKIPPED:
                walk.skip_subtree()
            else:
                write(element.text)
        else:
            preformatted -= tag == "pre"
            if in_table:
                line.append(CELL_ENDS.get(tag, " " if tag in BLOCKS else ""))
            elif tag in BLOCKS:
                end_line()
            kinds.pop()
            write(element.tail)
    end_line()
    return deepest


def _kind(element: Any, outer: BlockKind) -> BlockKind:
    """What an element makes of the lines inside it; what is furniture, or a table, stays so all the way down."""
    tag = element.tag
    if outer in ("furniture", "table"):
        return outer
    if tag in FURNITURE or element.get("hidden") is not None or HIDDEN.search(element.get("style", "")):
        return "furniture"
    if tag in HEADINGS:
        return "heading"
    if tag in CAPTIONS:
        return "caption"
    return "table" if tag == "table" and _is_data(element) else outer


def _line_kind(line: str, place: int) -> BlockKind:
    """The kind that a line shows by itself; place: how many blocks stand before it."""
    return kind_of(line) or ("byline" if place < FIRST_BLOCKS and is_date_line(line) else "paragraph")


def _is_data(table: Any) -> bool:
    """Whether a table holds data: no table inside, more than one row and column, short cells. Others lay out a page."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    cells = [len("".join(cell.itertext()).strip()) for cell in table.iter("td", "th")]
    rows = sum(1 for _ in table.iter("tr"))
    return rows > 1 and len(cells) > rows and sum(cells) <= LONGEST_CELL * len(cells)


def _table_text(text: str) -> str:
    """A row a line, its cells parted by tabs."""
    rows = ("\t".join(" ".join(cell.split()) for cell in row.split("\t")).rstrip() for row in text.split("\n"))
    return "\n".join(row for row in rows if row)


def _main_text(html: str) -> str:
    """What trafilatura calls the main text, without white space; "" when it says nothing or the page is too large to ask."""
    if len(html) > LARGEST_VOTE:
        return ""
    import trafilatura

    main = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True)
    return "".join((main or "").split())


def _voted(blocks: Sequence[Block], text: str, main: str) -> tuple[Block, ...]:
    """Short lines that the main text does not hold are furniture, unless the vote would leave too little."""
    if len(main) < SMALLEST_MAIN * len(text):
        return tuple(blocks)
    title = next((block for block in blocks if block.kind == "heading"), None)
    return tuple(replace(block, kind="furniture") if block is not title and _outside(block, text, main) else block for block in blocks)


def _outside(block: Block, text: str, main: str) -> bool:
    line = text_at(text, block.spans)
    return block.kind in ("paragraph", "heading") and len(line) <= SHORT_LINE and "".join(line.split()) not in main


def _about(root: Any) -> About:
    """What the head says: meta tags, the title, the only h1, the first time element."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        metas.setdefault(key, " ".join((meta.get("content") or "").split()))
    dates = [metas[key] for key in META_PUBLISHED if key in metas] + [time.get("datetime", "") for time in root.iter("time")]
    return About(
        title=_first(metas, META_TITLE) or _title(root),
        authors=names(_first(metas, META_AUTHOR)),
        publication=_first(metas, META_PUBLICATION),
        published=next(filter(None, map(iso_date, dates)), ""),
    )


def _first(metas: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((metas[key] for key in keys if metas.get(key)), "")


def _title(root: Any) -> str:
    """The only h1; else the title element up to the site's name."""
    headings = [" ".join("".join(heading.itertext()).split()) for heading in root.iter("h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    titles = [" ".join("".join(title.itertext()).split()) for title in root.iter("title")]
    return SITE_NAME.split(titles[0])[0].strip() if titles else ""
