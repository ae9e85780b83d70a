"""An evidence bundle as one HTML file that needs nothing else: readable in any browser, its JSON inside, its sums in the last line.

Every line has its own sum, so that a changed byte is told with its place; and the visible page is made of the JSON alone, so that a page
that shows something else is told even where somebody has made the sums fit.
"""

from __future__ import annotations

import hashlib
import json
import re
from itertools import zip_longest
from pathlib import Path

from qa.answering.bundles import Bundle
from qa.answering.citing import attribution
from qa.answering.references import gb_t_7714
from qa.errors import ChuchuError
from qa.records import from_json, spans_text, to_json
from ui.plain import doubt, pieces, silence, unanswered_text
from ui.templates import page_html
from ui.texts import Language

TEMPLATE = 3  # grows with every change of what the page looks like: a page of another number is not made again
_STYLE = Path(__file__).with_name("pages.css")
_SHORT = 12  # hexadecimal digits of a line's sha256; the whole page has all of them
_LAST = re.compile(
    r"<!-- chuchu bundle (\d+) (zh|en); sums of the lines: ([0-9a-f ]*); of all lines: ([0-9a-f]{64}); of this one: ([0-9a-f]{64}) -->"
)
_JSON = re.compile(r'<script type="application/json">\n(.*?)\n</script>', re.DOTALL)


class BundleDamagedError(ChuchuError):
    """A file that is no bundle, or no longer what was written."""


def bundle_page(bundle: Bundle, language: Language) -> bytes:
    """The file, UTF-8."""
    return sealed(_body(bundle, language), language)


def sealed(body: str, language: Language) -> bytes:
    """The page with its sums."""
    sums = " ".join(_sum(line)[:_SHORT] for line in body.split("\n"))
    last = f"<!-- chuchu bundle {TEMPLATE} {language}; sums of the lines: {sums}; of all lines: {_sum(body)}; of this one: "
    return f"{body}\n{last}{_sum(last)} -->\n".encode()


def bundle_in(page: bytes) -> Bundle:
    """The bundle in a file that `bundle_page` made. BundleDamagedError naming the first place that has changed."""
    try:
        text = page.decode()
    except UnicodeDecodeError as error:
        line = page.count(b"\n", 0, error.start) + 1
        raise BundleDamagedError(f"line {line} of the bundle has changed: it is no UTF-8 any more") from error
    body, _, last = text.removesuffix("\n").rpartition("\n")
    stated = _LAST.fullmatch(last) if text.endswith("\n") else None
    if stated is None or _sum(last[: stated.start(5)]) != stated[5]:
        raise BundleDamagedError("this is no evidence bundle, or its last line, which holds the sums, has changed; fetch the file again")
    if _sum(body) != stated[4]:
        raise BundleDamagedError(_first_change(body.split("\n"), stated[3].split(" ")))
    found = _JSON.search(body)
    try:
        bundle = from_json(Bundle, json.loads(found[1] if found else ""))
    except ValueError as error:
        raise BundleDamagedError(f"the data inside the bundle is not what Chuchu writes: {error}") from error
    if int(stated[1]) == TEMPLATE:
        _compare_pages(body, _body(bundle, "zh" if stated[2] == "zh" else "en"))
    return bundle


def _first_change(lines: list[str], sums: list[str]) -> str:
    changed = (number for number, (line, stated) in enumerate(zip(lines, sums, strict=False)) if _sum(line)[:_SHORT] != stated)
    number = next(changed, min(len(lines), len(sums)) - 1)
    return f"line {number + 1} of the bundle has changed: {lines[number][:80].strip()}"


def _compare_pages(body: str, again: str) -> None:
    for number, (line, expected) in enumerate(zip_longest(body.split("\n"), again.split("\n")), start=1):
        if line != expected:
            raise BundleDamagedError(f"line {number} of the bundle shows something other than its data say: {(line or '')[:80].strip()}")


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _body(bundle: Bundle, language: Language) -> str:
    return page_html(
        "bundle.html",
        language,
        bundle=bundle,
        answer=bundle.answer,
        documents={(document.doc_id, document.version): document for document in bundle.documents},
        attribution=attribution,
        reference=gb_t_7714,
        pieces=pieces,
        silence=lambda answer: silence(answer, language),
        doubt=lambda answer: doubt(answer, language),
        unanswered_text=lambda answer: unanswered_text(answer, language),
        spans_text=spans_text,
        style=_STYLE.read_text(encoding="utf-8"),
        data=json.dumps(to_json(bundle), ensure_ascii=False, indent=1).replace("<", "\\u003c"),
    )
