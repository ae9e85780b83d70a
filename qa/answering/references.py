"""A citation as a bibliographic reference after GB/T 7714-2015, the Chinese standard.

What the standard wants and nobody wrote down (place, publisher, date of access) is left out; the kind of document is told from what is
known. Not handled: translators, editors, volumes of books.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from qa.records import Citation

MOST_AUTHORS = 3  # GB/T 7714-2015, 8.1.2: of more than three authors the first three, then 等
_NEWSPAPER = re.compile(r"(?:日报|晚报|早报|时报|晨报|周报|商报|快报|都市报|日報|晚報|早報|時報|週報|商報|快報|新闻|新聞|报|報)$")
_ONLINE = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
_HAN = re.compile("[\u3400-\u9fff]")
_YEAR = 4  # characters of an ISO date


def gb_t_7714(citation: Citation) -> str:
    """作者. 题名[J]. 刊名, 2022(8): 12-14. and the other kinds: N newspaper, EB/OL web page, M book, Z what cannot be told."""
    title = f"{citation.title or PurePath(citation.path).stem}[{_kind(citation)}]"
    return ". ".join(filter(None, (_authors(citation), title, _source(citation)))) + "."


def _kind(citation: Citation) -> str:
    suffix = PurePath(citation.path).suffix.lower()
    if suffix in _ONLINE:
        return "EB/OL"
    if citation.publication:
        return "N" if _NEWSPAPER.search(_name(citation)) else "J"
    return "M" if suffix == ".epub" else "Z"


def _authors(citation: Citation) -> str:
    if len(citation.authors) <= MOST_AUTHORS:
        return ", ".join(citation.authors)
    more = "等" if any(map(_HAN.search, citation.authors)) else "et al"
    return ", ".join((*citation.authors[:MOST_AUTHORS], more))


def _source(citation: Citation) -> str:
    """The publication, its date and the page. A newspaper's date is whole, a journal's is its year and its issue."""
    kind = _kind(citation)
    if kind == "EB/OL":
        return ". ".join(filter(None, (citation.publication, f"({citation.published})" if citation.published else "")))
    if kind == "J":
        issue = citation.publication.removeprefix(_name(citation)).strip()
        when = citation.published[:_YEAR] + (f"({issue})" if issue else "")
    else:
        when = citation.published
    page = citation.page.replace("—", "-").replace("–", "-")
    if kind == "N":
        return ", ".join(filter(None, (citation.publication, when + (f"({page})" if page else ""))))
    named = ", ".join(filter(None, (_name(citation), when)))
    return f"{named}: {page}" if named and page else named or page


def _name(citation: Citation) -> str:
    """The publication without its issue, which follows after a blank."""
    return citation.publication.split(" ")[0]
