"""What a web page says about itself: linked data (JSON-LD), meta tags, microdata, the marks of blog systems and of WeChat, bylines.

The best word wins: linked data before meta tags before marks in the text; the source that a byline names before the name of the site, since
portals reprint. What says nothing (admin, 本站原创, an address) is passed over. Not handled: dates that only a script computes.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from qa.reading.dates import iso_date
from qa.reading.opening import About, names
from qa.reading.web_lines import labelled

LONGEST_DATA = 500_000  # characters of linked data
LONGEST_AUTHOR, LONGEST_SOURCE = 40, 40
LONGEST_TEXT, MOST_LOOKED_AT = 1_000, 50  # characters of an element, elements of a kind
SHORTEST_HEADING = 4
SITE_NAME = re.compile(r"\s*[_|｜]|\s+[-–—·«»]\s+|\s*[-–—](?=[^-–—]*[网網报報台刊站]\s*$)")
NO_AUTHOR = re.compile(
    r"https?:|www\.|@|^(?:admin\w*|root|editors?|webmaster|管理[员員]|小[编編]|[网網]站?[编編][辑輯]|unknown|none|null|本站.*|原[创創])$",
    re.I,
)
NO_SOURCE = re.compile(
    r"https?:|^(?:原[创創]|本站.*|本[网網]|互[联聯][网網]|[网網][络絡路]|[转轉][载載]|[综綜]合|未知|其他|none|null)$", re.I
)
BY = re.compile(r"^\s*(?:by|posted by|author|作者|文|撰文)\s*[:：／/]?\s*", re.I)
WECHAT_TIME = re.compile(r"""\b(?:ct|publish_time|oriCreateTime)\s*=\s*["']?(\d{10})\b|\bcreateTime\s*=\s*["'](\d{4}-\d\d-\d\d)""")
IN_CHINA = timedelta(hours=8)

TITLE = ("og:title", "twitter:title", "articletitle", "dc.title", "dcterms.title", "citation_title")
AUTHOR = ("author", "article:author", "og:article:author", "dc.creator", "dcterms.creator", "citation_author", "byl", "parsely-author")
SOURCE = ("source", "contentsource", "mediaid", "article:source", "citation_journal_title")
SITE = ("og:site_name", "sitename", "dc.publisher", "application-name", "apple-mobile-web-app-title")
PUBLISHED = (
    *("article:published_time", "og:article:published_time", "og:published_time", "pubdate", "publishdate", "publish_date", "publish-date"),
    *("publication_date", "datepublished", "date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.issued"),
    *("citation_publication_date", "parsely-pub-date", "sailthru.date", "og:release_date", "weibo:article:create_at", "date", "createdate"),
)
TITLE_MARKS = frozenset(("headline", "entry-title", "post-title"))
AUTHOR_MARKS = frozenset(("author", "post-author"))
DATE_MARKS = frozenset(("datePublished", "published", "entry-date"))
MARKING_CLASSES = " or ".join(f"contains(@class, '{name}')" for name in ("author", "entry-title", "post-title", "published", "entry-date"))
OUTSIDE = "[not(ancestor::aside[not(contains(@class, 'post-footer'))])]"  # what is beside the text has authors and dates of its own


@dataclass(frozen=True, slots=True)
class _Said:
    """What one of the places says; "" and () where it says nothing."""

    title: str = ""
    authors: tuple[str, ...] = ()
    source: str = ""  # where the text comes from
    site: str = ""  # whose page it is
    published: str = ""


def about_page(root: Any, bylines: Sequence[str]) -> About:
    """What the page says. root: its tree, in which what is beside the text is an `aside`; bylines: the lines that `web_lines` calls so."""
    metas = _metas(root)
    places = (*map(_article, _linked_data(root)), _of_metas(metas), _marked(root), _WeChat.said(root), _of_bylines(bylines))
    site = next((said.site for said in places if said.site), "")
    source = next((said.source for said in places if said.source), "")
    authors = (tuple(author for author in said.authors if author not in (site, source)) for said in places)
    return About(
        title=_title(next((said.title for said in places if said.title), ""), site, root),
        authors=next(filter(None, authors), ()),
        publication=source or site,
        published=next((said.published for said in places if said.published), "") or _first_time(root),
    )


# Linked data


def _linked_data(root: Any) -> list[Mapping[str, Any]]:
    """The nodes that describe an article, the page's own first. What is no JSON is passed over."""
    nodes: list[Mapping[str, Any]] = []
    for script in compiled("//script[contains(@type, 'ld+json')]")(root):
        text = script.text or ""
        if len(text) > LONGEST_DATA:
            continue
        try:
            waiting = deque([json.loads(text, strict=False)])
        except (ValueError, RecursionError):
            continue
        while waiting:
            node = waiting.popleft()
            if isinstance(node, list):
                waiting.extend(node)
            elif isinstance(node, Mapping):
                waiting.append(node.get("@graph"))
                nodes.append(node)
    return [node for node in nodes if _is_article(node)]


def _is_article(node: Mapping[str, Any]) -> bool:
    kinds = node.get("@type", "")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(re.search("Article|Posting|Report", str(kind)) for kind in kinds) or "headline" in node or "pubDate" in node


def _article(node: Mapping[str, Any]) -> _Said:
    return _Said(
        title=_words(next((node[key] for key in ("headline", "title", "name") if isinstance(node.get(key), str)), ""))[:LONGEST_TEXT],
        authors=_authors(_named(node.get("author"))),
        site=next((name for name in _named(node.get("publisher")) if _is_source(name)), ""),
        published=iso_date(node.get("datePublished") or node.get("pubDate") or node.get("dateCreated") or ""),
    )


def _named(value: Any) -> list[str]:
    """The names in a value: a string, something with a name, or a list of those."""
    each = value if isinstance(value, list) else [value]
    stated = (one.get("name") if isinstance(one, Mapping) else one for one in each)
    return [_words(name) for name in stated if isinstance(name, str) and name.strip()]


# Meta tags, microdata, marks


def _metas(root: Any) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower().replace(": ", ":")
        if content := _words(meta.get("content") or "")[:LONGEST_TEXT]:
            metas.setdefault(key, []).append(content)
    return metas


def _of_metas(metas: Mapping[str, list[str]]) -> _Said:
    def first(keys: Iterable[str]) -> Iterator[str]:
        return (value for key in keys for value in metas.get(key, ())[:1])

    author_key = next((key for key in AUTHOR if _authors(metas.get(key, ()))), "")
    return _Said(
        title=next(first(TITLE), ""),
        authors=_authors(metas.get(author_key, ())),
        source=next(filter(_is_source, first(SOURCE)), ""),
        site=next(filter(_is_source, first(SITE)), ""),
        published=next(filter(None, map(iso_date, first(PUBLISHED))), ""),
    )


def _marked(root: Any) -> _Said:
    """Microdata (itemprop), and the classes that WordPress, Blogspot and their like give: entry-title, author, published."""
    titles: list[str] = []
    authors: list[str] = []
    dates: list[str] = []
    for element in _elements(root, f"//*[@itemprop or @pubdate or @rel='author' or {MARKING_CLASSES}]{OUTSIDE}"):
        marks = {element.get("itemprop"), element.get("rel"), *element.get("class", "").split()}
        if marks & TITLE_MARKS:
            titles.append(_words(_string(element)[:LONGEST_TEXT]))
        elif marks & AUTHOR_MARKS:
            authors.append(BY.sub("", _words(_string(element)[:LONGEST_TEXT])))
        elif marks & DATE_MARKS or element.get("pubdate") is not None:
            dates += [element.get(key) or "" for key in ("datetime", "content", "title")] + [_words(_string(element)[:LONGEST_TEXT])]
    return _Said(
        title=titles[0] if len(set(titles)) == 1 else "",
        authors=_authors(author for author in authors if len(author) <= LONGEST_AUTHOR)[:1],
        published=next(filter(None, map(iso_date, dates)), ""),
    )


class _WeChat:
    """Pages of WeChat's public accounts, as they are saved."""

    @staticmethod
    def said(root: Any) -> _Said:
        account = next(iter(_texts(root, "//*[@id='js_name']")), "")
        if not account:
            return _Said()
        written = iso_date(next(iter(_texts(root, "//*[@id='publish_time']")), ""))
        return _Said(
            title=next(iter(_texts(root, "//*[@id='activity-name']")), ""),
            source=account,
            published=written or next(filter(None, map(_WeChat._time, root.iter("script"))), ""),
        )

    @staticmethod
    def _time(script: Any) -> str:
        found = WECHAT_TIME.search(script.text or "")
        if not found:
            return ""
        return found[2] or (datetime.fromtimestamp(int(found[1]), UTC) + IN_CHINA).date().isoformat()


def _of_bylines(lines: Sequence[str]) -> _Said:
    sources = (labelled(line, "source").split() for line in lines)
    return _Said(
        authors=next(filter(None, (_authors(re.split(r"\s+", labelled(line, "author"))) for line in lines)), ()),
        source=next(
            (words[0].strip("《》") for words in sources if words and len(words[0]) <= LONGEST_SOURCE and _is_source(words[0])), ""
        ),
    )


# Titles


def _title(stated: str, site: str, root: Any) -> str:
    """The stated title, the only h1, or the title element, without the name of the site behind it."""
    mains = _texts(root, f"//h1{OUTSIDE}")  # what one calls the page, several call parts of it
    if not stated and len(mains) == 1:
        return mains[0]
    title = stated or next(iter(_texts(root, "//title")), "")
    headings = [text for text in mains + _texts(root, f"//h2{OUTSIDE} | //h3{OUTSIDE}") if len(text) >= SHORTEST_HEADING]
    for heading in headings:
        if title == heading or (title.startswith(heading) and SITE_NAME.match(title, len(heading))):
            return heading
    parts = [*SITE_NAME.finditer(title)]
    if parts and not stated:
        return title[: parts[0].start()].strip()
    return title[: parts[-1].start()].strip() if parts and site and title[parts[-1].end() :].strip() == site else title


def _first_time(root: Any) -> str:
    return next(filter(None, (iso_date(time.get("datetime", "")) for time in _elements(root, f"//time[@datetime]{OUTSIDE}"))), "")


# Words


def _authors(found: Iterable[str]) -> tuple[str, ...]:
    """The names in the values, each once, without what says nothing."""
    each = (name.strip(" \u3000()（）") for value in found if not NO_AUTHOR.search(value) for name in names(value))
    return tuple(dict.fromkeys(name for name in each if name and len(name) <= LONGEST_AUTHOR and not NO_AUTHOR.search(name)))


def _is_source(name: str) -> bool:
    return 0 < len(name) <= LONGEST_SOURCE and not NO_SOURCE.search(name)


def _string(element: Any) -> str:
    return str(compiled("string()")(element))


def _texts(root: Any, path: str) -> list[str]:
    """What the first elements on the path say, without the empty ones."""
    return [text for element in _elements(root, path) if (text := _words(_string(element)[:LONGEST_TEXT]))]


def _elements(root: Any, path: str) -> list[Any]:
    found: list[Any] = compiled(f"({path})[position() <= {MOST_LOOKED_AT}]")(root)
    return found


@lru_cache
def compiled(path: str) -> Any:
    """An XPath, to be called with an element: to compile one takes longer than to follow it over a small page."""
    from lxml import etree

    return etree.XPath(path)


def _words(text: str) -> str:
    return " ".join(text.split())
