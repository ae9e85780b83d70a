"""HTML: the text nodes of the lxml tree in document order, entities resolved, one line per block element, inline tags joined.

Front matter above the HTML (blog exports) is a block of its own. Menus, share bars, comments, lists of other pages and footers are called
furniture, by their tags and classes, by their words, or by trafilatura's vote, and stay in the text. Several articles on one page become
sections, as do an issue, a bundle and signed pieces under headings of one level. Not handled: text that only a script would write, frames,
MathML and SVG.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa.errors import DamagedFileError
from qa.reading.dates import is_date_line
from qa.reading.front_matter import front_matter
from qa.reading.linear import LinearText
from qa.reading.opening import FIRST_BLOCKS, About, opening_of
from qa.reading.patterns import kind_of
from qa.reading.protocol import Reading, Source
from qa.reading.publication import Part, Structured, outside, structured, unless_of_section
from qa.reading.publication.parts import has_prose
from qa.reading.web_head import about_page, compiled
from qa.reading.web_lines import LONGEST_BAR, is_byline, role_of
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
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)

LONGEST_CELL = 80  # characters on average; tables of longer cells lay a page out
LARGEST_VOTE, DEEPEST_VOTE = 1_000_000, 200  # what trafilatura is asked about: characters of HTML, levels
MOST_TAGS_VOTE = 25_000  # the same: its time can grow with the square of the short lines
SMALLEST_MAIN = 0.3  # a vote that keeps less of the text than this is no vote
SHORT_LINE = 60  # only lines up to this length are voted furniture: prose never is

HOLDERS = "//*[self::div or self::section or self::ul or self::ol or self::dl or self::table or self::p or self::header or self::form]"
ASIDE_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu", "menubar"))
ASIDE = re.compile(
    r"""(?:^|[\s_-])(?:
        nav\w* | \w*menu | navigation | breadcrumbs? | crumbs? | pagination | pager | paging | pagenav\w* | pagelinks? | toplinks
      | friendlinks?
      | share\w* | sharing | sharedaddy | social\w* | bdshare\w* | jiathis\w* | addtoany\w* | qrcode | qr_code\w* | erweima | reward\w*
      | related\w* | recommend\w* | tuijian | hotnews | hotlist | ranking | ranklist | paihang | tags? | tagcloud
      | footer | foot | colophon | copyright | sidebar\w* | widget\w* | toolbar | toolbox | \w*player
      | cookies? | consent | gdpr | login | search\w* | subscribe\w* | newsletter | skip-link | screen-reader-text
      | advert\w* | ads? | guanggao
    )(?:$|[\s_-])""",
    re.X | re.I,
)
COMMENTS = re.compile(r"(?:^|[\s_-])(?:comments?|commentlist|respond|disqus\w*|pinglun|replies)(?:$|[\s_-])", re.I)
OF_THE_TEXT = re.compile(
    r"""(?:^|\s)(?:
        hentry | h-entry | post | entry | article | content | main | rich_media\w*
      | (?:post|entry|article|main|page)[-_]?(?:body|content|text|main)
    )(?:$|\s)""",
    re.X | re.I,
)
MOST_ASIDE = 0.6  # share of the page's text; what holds more is round the text, whatever it is called
MOST_WEIGHED = 20  # times the page's text: elements inside each other are weighed again and again
LINKED = 0.9  # share of a line's characters that are links, from which on it leads elsewhere


class Html:
    """Web pages, whatever the file is called, and fragments of them."""

    name = "html"
    number = 4
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
        page = add_page(text[front.end :], linear)
        found = structured(linear.text, page.blocks, cut=False, parts=page.articles, levels=page.levels)
        return Reading(linear.text, found.blocks, decoding, front.about.or_else(about_all(page, linear.text, found)), found.sections)


@dataclass(frozen=True, slots=True)
class WebPage:
    """A saved page, read."""

    root: Any  # its tree
    blocks: tuple[Block, ...]  # of the whole text up to the end of the page
    about: About
    articles: tuple[Part, ...]  # none on the page of one article
    levels: Mapping[int, int]  # of the headings below the page's title, by the places of their blocks


def add_page(html: str, linear: LinearText) -> WebPage:
    """Adds a saved page to the text. What belongs to the page and not to its text is furniture. DamagedFileError as for `Html.read`."""
    root = tree_of(html)
    if root is None:
        raise DamagedFileError("the HTML holds nothing that can be parsed; save the page anew")
    _set_aside(root)
    shape = linearise(root, linear)
    main = _main_text(html) if shape.depth <= DEEPEST_VOTE else ""
    text = linear.text
    blocks = _voted(_bylines(_of_the_page(linear.blocks, text, shape), text, shape), text, main)
    prose = [block for block in blocks if block.kind != "furniture"]
    stated = about_page(root, _first_bylines(prose, text))
    about = stated.or_else(opening_of(text, prose))
    titles = [level for place, level in linear.levels.items() if text_at(text, blocks[place].spans) == stated.title]
    levels = {place: level for place, level in linear.levels.items() if level > min(titles, default=0)}
    return WebPage(root, tuple(_titled(blocks, text, about.title)), about, _articles(blocks, text, shape, stated.title), levels)


def _first_bylines(blocks: Sequence[Block], text: str) -> list[str]:
    return [text_at(text, block.spans) for block in blocks[:FIRST_BLOCKS] if block.kind == "byline"]


def about_all(page: WebPage, text: str, found: Structured) -> About:
    """What a page says of itself, without what only one of its articles says. text: with the page."""
    if not found.sections:
        return page.about
    prose = [block for block in outside(found) if block.kind != "furniture"]
    about = about_page(page.root, _first_bylines(prose, text)).or_else(opening_of(text, prose))
    if not has_prose(text, prose) and any(section.authors or section.published for section in found.sections):
        about = replace(about, authors=(), published="")  # the marks of the first article
    return replace(about, title=unless_of_section(about.title, found))


def tree_of(html: str) -> Any | None:
    """The lxml tree of a page, without comments; None when nothing is left of it. DamagedFileError when it is too deep."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(html.encode("utf-8"), parser)
    except etree.LxmlError:
        return None
    if any("depth" in fatal.message for fatal in parser.error_log.filter_from_fatals()):  # the parser would drop what is inside
        raise DamagedFileError("the HTML is nested more than 2,048 elements deep; save the page as text")
    return root


@dataclass(frozen=True, slots=True)
class Shape:
    """What `linearise` has seen besides the text."""

    depth: int
    links: frozenset[int]  # places of the blocks that are one link and nothing else
    menus: frozenset[int]  # places of those that are several links and nothing else
    articles: tuple[range, ...]  # places of the blocks in each article element; of those inside each other in the outermost
    anchors: Mapping[str, int]  # wanted ids, each with the place of the block that it stands in or before


def _set_aside(root: Any) -> None:
    """Makes an `aside` of each element that its role, class or id calls navigation, sharing, comments, advertising or the like."""
    total = len(_prose(root))
    left = MOST_WEIGHED * total
    for element in compiled(f"{HOLDERS}[@class or @id or @role]")(root):
        called = f"{element.get('class', '')} {element.get('id', '')}"
        comments = COMMENTS.search(called)
        if not (comments or ASIDE.search(called) or element.get("role") in ASIDE_ROLES) or OF_THE_TEXT.search(called):
            continue
        if next(element.iterancestors("aside"), None) is not None:
            continue
        size = 0 if comments else len(_prose(element))
        left -= size
        if left < 0:
            return
        if comments or (size <= MOST_ASIDE * total and not compiled("boolean(.//h1|.//main|.//article)")(element)):
            element.tag = "aside"


def _prose(element: Any) -> str:
    return "".join("".join(compiled(".//text()[not(parent::script or parent::style)]")(element)).split())


def linearise(root: Any, linear: LinearText, wanted: frozenset[str] = frozenset()) -> Shape:
    """Adds every block of the tree in document order. A loop, not recursion: depth costs nothing. wanted: ids whose places are told."""
    from lxml import etree

    line: list[str] = []
    kinds: list[BlockKind] = ["paragraph"]  # what the open elements say, the innermost last
    links: list[int] = []
    menus: list[int] = []
    articles: list[range] = []
    anchors: dict[str, int] = {}
    deepest, preformatted, in_link, linked, n_links, level, in_article, first = 0, 0, 0, 0, 0, 0, 0, 0

    def end_line() -> None:
        nonlocal linked, n_links
        text = WHITE_SPACE.sub(" ", "".join(line)).strip() if kinds[-1] != "table" else _table_text("".join(line))
        line.clear()
        if text:
            if linked >= LINKED * len("".join(text.split())):
                (menus if n_links > 1 else links).append(len(linear.blocks))
            outer = kinds[-1]
            if outer == "heading":
                linear.add(outer, text, level=level)
            else:
                linear.add(_line_kind(text, len(linear.blocks)) if outer == "paragraph" else outer, text)
        linked = n_links = 0

    def write(text: str | None) -> None:
        nonlocal linked
        if text and in_link:
            linked += len("".join(text.split()))
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
            if wanted and (name := element.get("id") or element.get("name")) in wanted:
                anchors.setdefault(name, len(linear.blocks))
            if tag in HEADINGS:
                level = int(tag[1])
            elif tag == "article":
                first = first if in_article else len(linear.blocks)
                in_article += 1
            preformatted += tag == "pre"
            in_link += tag == "a"
            n_links += tag == "a"
            if tag in SKIPPED:
                walk.skip_subtree()
            else:
                write(element.text)
        else:
            preformatted -= tag == "pre"
            in_link -= tag == "a"
            if in_table:
                line.append(CELL_ENDS.get(tag, " " if tag in BLOCKS else ""))
            elif tag in BLOCKS:
                end_line()
            if tag == "article":
                in_article -= 1
                if not in_article:
                    articles.append(range(first, len(linear.blocks)))
            kinds.pop()
            write(element.tail)
    end_line()
    return Shape(deepest, frozenset(links), frozenset(menus), tuple(articles), anchors)


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


def _of_the_page(blocks: Sequence[Block], text: str, shape: Shape) -> Iterator[Block]:
    """The blocks; lines that are the page's by their words are furniture, and so are the links below one that announces them."""
    in_list = False
    for place, block in enumerate(blocks):
        line = text_at(text, block.spans)
        if block.kind not in ("metadata", "table"):
            role = role_of(line)
            elsewhere = place in shape.links or place in shape.menus
            in_list = role == "head of a list" or (in_list and (elsewhere or block.kind == "furniture" or is_date_line(line)))
            if in_list or role or (place in shape.menus and len(line) <= LONGEST_BAR):
                block = replace(block, kind="furniture")
        yield block


def _bylines(blocks: Iterable[Block], text: str, shape: Shape) -> Iterator[Block]:
    """The blocks; of the first that may be the text's, those that tell when and where it appeared are bylines."""
    left = FIRST_BLOCKS
    for place, block in enumerate(blocks):
        if block.kind not in ("furniture", "metadata") and place not in shape.links and left:
            left -= 1
            if block.kind == "paragraph" and is_byline(text_at(text, block.spans)):
                block = replace(block, kind="byline")
        yield block


def _titled(blocks: Sequence[Block], text: str, title: str) -> Iterator[Block]:
    """The blocks; where no heading is the title and a paragraph is, that is one: pages laid out by tables have no headings."""
    places = [place for place, block in enumerate(blocks) if title and block.spans[0].end - block.spans[0].start == len(title)]
    named = [place for place in places if text_at(text, blocks[place].spans) == title]
    headed = any(blocks[place].kind == "heading" for place in named)
    first = next((place for place in named if blocks[place].kind == "paragraph" and not headed), -1)
    return (replace(block, kind="heading") if place == first else block for place, block in enumerate(blocks))


def _articles(blocks: Sequence[Block], text: str, shape: Shape, title: str) -> tuple[Part, ...]:
    """The article elements with a heading and running text; none on the page of one of them, which names it as its title."""
    found = []
    for places in shape.articles:
        own = [blocks[place] for place in places]
        headings = [text_at(text, block.spans) for block in own if block.kind == "heading"]
        if title in headings:
            return ()
        if headings and has_prose(text, own):
            found.append(Part(places))
    return tuple(found)


def _main_text(html: str) -> str:
    """What trafilatura calls the main text, without white space; "" when it says nothing or the page is too large to ask."""
    if len(html) > LARGEST_VOTE or html.count("<") > MOST_TAGS_VOTE:
        return ""
    import trafilatura

    main = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True)
    return "".join((main or "").split())


def _voted(blocks: Iterable[Block], text: str, main: str) -> list[Block]:
    """Short lines that the main text does not hold are furniture, unless the vote would leave too little."""
    every = list(blocks)
    if len(main) < SMALLEST_MAIN * len(text):
        return every
    title = next((block for block in every if block.kind == "heading"), None)
    return [replace(block, kind="furniture") if block is not title and _outside(block, text, main) else block for block in every]


def _outside(block: Block, text: str, main: str) -> bool:
    line = text_at(text, block.spans)
    return block.kind in ("paragraph", "heading") and len(line) <= SHORT_LINE and "".join(line.split()) not in main
