"""Front matter: the YAML between two lines of three hyphens on top of a Markdown file or a blog export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qa.reading.dates import iso_date
from qa.reading.opening import About, clean_title, names
from qa.records import Block, Span

LONGEST = 65_536
FENCED = re.compile(r"\s*---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.S)
TITLE = ("title", "标题", "標題", "题名", "題名")
AUTHORS = ("authors", "author", "作者", "撰文")
PUBLICATION = ("publication", "source", "journal", "newspaper", "来源", "來源", "刊物", "报纸", "報紙")
ISSUE = ("issue", "期", "期号", "期號")
PUBLISHED = ("date", "published", "pubdate", "日期", "时间", "時間", "发布时间", "發布時間")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What it states, its block (none when the text has no front matter), and where the body begins."""

    about: About
    blocks: tuple[Block, ...]
    end: int


def front_matter(text: str) -> FrontMatter:
    """The front matter of a text. A rule of three hyphens is none."""
    found = FENCED.match(text, 0, LONGEST)
    fields = _fields(found[1]) if found else {}
    if not found or not fields:
        return FrontMatter(About(), (), 0)
    start = len(text) - len(text.lstrip())
    end = start + len(found[0].strip())
    authors = _authors(fields)
    outlet = next((name for name in authors if name in _categories(fields)), "")  # exports of feeds: the paper is its articles' author
    about = About(
        title=clean_title(_first(fields, TITLE)),
        authors=tuple(name for name in authors if name != outlet),
        publication=_first(fields, PUBLICATION) or outlet,
        issue=_first(fields, ISSUE),
        published=next(filter(None, (iso_date(fields[key]) for key in PUBLISHED if key in fields)), ""),
    )
    return FrontMatter(about, (Block("metadata", (Span(start, end),)),), end)


def _fields(yaml_text: str) -> dict[str, object]:
    """Its top level; empty when it is not YAML, or not a mapping. Aliases are refused: a few lines of them can fill the memory."""
    import yaml

    if re.search(r"(?m)[:\-\[,]\s*[&*]\w", yaml_text):
        return {}
    try:
        loaded = yaml.safe_load(yaml_text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: 2022-02-31
        return {}
    return {str(key).lower(): value for key, value in loaded.items()} if isinstance(loaded, Mapping) else {}


def _first(fields: Mapping[str, object], keys: tuple[str, ...]) -> str:
    return next((str(fields[key]).strip() for key in keys if isinstance(fields.get(key), str | int) and str(fields[key]).strip()), "")


def _categories(fields: Mapping[str, object]) -> tuple[str, ...]:
    value = fields.get("categories")
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()


def _authors(fields: Mapping[str, object]) -> tuple[str, ...]:
    value = next((fields[key] for key in AUTHORS if fields.get(key)), "")
    if isinstance(value, list):
        return tuple(str(name).strip() for name in value if isinstance(name, str) and name.strip())
    return names(value) if isinstance(value, str) else ()
