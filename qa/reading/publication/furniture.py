"""What is printed round the articles of an issue: mastheads, running heads, captions, the colophon.

Only lines that a pattern names, or that come back, are called furniture. The colophon (主办, 地址, 定价 …) becomes one table, so that
what an issue costs can be asked. Long captions, and the lines of a caption above its credit (□…/摄), become captions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from embeddings.folding import fold
from qa.reading.patterns import ISSUE, PAGE_NUMBER, ends_sentence
from qa.reading.publication.joints import Fragment
from qa.reading.publication.placing import Placed
from qa.reading.publication.structured import key_of
from qa.records import Span

RUNNING_HEAD_LENGTH, RUNNING_HEAD_TIMES = 24, 3
LONGEST_CAPTION, LONGEST_CAPTION_LINE = 120, 40
LONGEST_MASTHEAD = 40
CREDIT = re.compile(r"[□■◇○]?\s*\S{0,12}(?:\s\S{1,4}){0,3}\s*/\s*(?:摄|摄影|图|供图|图片)\s*[)）]?$")
ONLY_CREDIT = re.compile(r"^[(（]?[□■◇○]?\s*[^，。,]{1,16}/\s*(?:摄|摄影|图|供图|图片)\s*[)）]?$")
LABELS = (
    "主管|主办|承办|协办|出版|编辑|编辑出版|主编|副主编|执行主编|社长|副社长|总编辑|总编|副总编辑|值班编辑|责任编辑|编委|编委会|顾问|美术|美术编辑|美术统筹|美编|版式设计|装帧设计|校对|"
    "地址|社址|邮编|邮政编码|电话|传真|电子邮箱|电子信箱|邮箱|投稿邮箱|网址|定价|每册定价|零售价|售价|全年定价|出版日期|创刊日期|印刷|印刷装订|印制|发行|发行范围|总发行|订阅|"
    "邮发代号|国内发行|国外发行|国外代号|广告经营许可证|广告许可证|国内统一连续出版物号|国内统一刊号|国际标准连续出版物号|国际标准刊号|刊号|期刊登记证|发行人|总经销|登记证|户名|账号|划拨账号"
)
LABEL = re.compile(rf"^(?:{LABELS})(?=$|[:：\s]|[^\w])")
FEWEST_LABELS = 4
MOST_UNLABELLED = 2  # lines in a row of a colophon without a label of their own
LONGEST_COLOPHON_LINE = 60
MASTHEAD = re.compile(r"^(?:issn|isbn|cn)\s?[\d-]|^\d[\d\s]{9,18}$|^\d{1,3}[.]\d\d$|^[a-z]{3,}(?: [a-z]{2,}){0,5}$")


def with_furniture(text: str, fragments: Sequence[Fragment], titles: Collection[int], placed: Sequence[Placed]) -> list[Fragment]:
    """The fragments with the kinds that the surroundings of articles show. titles: places of blocks that are titles, and stay so."""
    found = _captions(text, _indented(text, fragments))
    found = [_folio(fragment) for fragment in _running_heads(found, titles, placed)]
    return with_colophons(text, [_masthead(fragment) for fragment in found])


def colophon_places(text: str, fragments: Sequence[Fragment]) -> frozenset[int]:
    """The places of the blocks that make up colophons."""
    found: set[int] = set()
    for place in range(len(fragments)):
        if place not in found:
            found.update(range(place, _colophon_end(text, fragments, place)))
    return frozenset(found)


def _indented(text: str, fragments: Sequence[Fragment]) -> list[Fragment]:
    return [replace(fragment, indented=_indent(text, fragment.block.spans[0].start)) for fragment in fragments]


def _indent(text: str, start: int) -> bool:
    """Whether white space wider than a blank stands before, on the same line."""
    before = text[max(0, start - 8) : start].rpartition("\n")[2]
    return len(before) > 1 or "\u3000" in before or "\t" in before


def _captions(text: str, fragments: Sequence[Fragment]) -> list[Fragment]:
    found = list(fragments)
    for place, fragment in enumerate(fragments):
        last_line = fold(fragment.text[-30:])
        if fragment.block.kind in ("paragraph", "heading") and len(fragment.text) <= LONGEST_CAPTION and CREDIT.search(last_line):
            found[place] = _as(fragment, "caption")
        if found[place].block.kind != "caption":
            continue
        above = place - 1
        alone = bool(ONLY_CREDIT.match(fold(fragment.text)))
        while above >= 0 and fragments[above].block.kind in ("paragraph", "heading"):
            one = fragments[above]
            touches = text.count("\n", one.block.spans[-1].end, fragments[above + 1].block.spans[0].start) == 1
            in_lines = touches and len(one.text) <= LONGEST_CAPTION_LINE and not one.indented
            whole = alone and above == place - 1 and len(one.text) <= LONGEST_CAPTION and not one.indented and ends_sentence(one.text)
            if not (in_lines or whole) or one.block.section_id != fragment.block.section_id:
                break
            found[above] = _as(one, "caption")
            above -= 1
    return found


def _running_heads(fragments: Sequence[Fragment], titles: Collection[int], placed: Sequence[Placed]) -> list[Fragment]:
    """Short lines that come back, and titles of articles that come back inside them."""
    keys = [key_of(fragment.text) if len(fragment.text) <= RUNNING_HEAD_LENGTH else "" for fragment in fragments]
    times = Counter(key for key in keys if key)
    known = {key_of(one.title) for one in placed}
    found = list(fragments)
    for place, (fragment, key) in enumerate(zip(fragments, keys, strict=True)):
        if not key or place in titles or fragment.block.kind not in ("paragraph", "heading") or ends_sentence(fragment.text):
            continue
        if ":" in fold(fragment.text):
            continue
        again = times[key] >= RUNNING_HEAD_TIMES and not _is_time(key)
        if again or (key in known and times[key] > 1):
            found[place] = _as(fragment, "furniture")
    return found


def _is_time(key: str) -> bool:
    """Days and months come back too, and are no running heads."""
    return any(character.isdecimal() for character in key) and not key.isdecimal()


def _folio(fragment: Fragment) -> Fragment:
    is_folio = fragment.block.kind == "paragraph" and PAGE_NUMBER.fullmatch(fragment.text)
    return _as(fragment, "furniture") if is_folio else fragment


def _masthead(fragment: Fragment) -> Fragment:
    if fragment.block.section_id or fragment.block.kind not in ("paragraph", "heading", "byline") or len(fragment.text) > LONGEST_MASTHEAD:
        return fragment
    folded = fold(fragment.text)
    return _as(fragment, "furniture") if MASTHEAD.match(folded) or ISSUE.fullmatch(fragment.text) else fragment


def with_colophons(text: str, fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, the lines of a colophon as one table."""
    found: list[Fragment] = []
    place = 0
    while place < len(fragments):
        end = _colophon_end(text, fragments, place)
        if end == place:
            found.append(fragments[place])
            place += 1
            continue
        span = Span(fragments[place].block.spans[0].start, fragments[end - 1].block.spans[-1].end)
        found.append(Fragment(replace(fragments[place].block, kind="table", spans=(span,)), text[span.start : span.end]))
        place = end
    return found


def _colophon_end(text: str, fragments: Sequence[Fragment], first: int) -> int:
    """Where a colophon that begins at first ends; first itself when none begins there."""
    labels = 0
    end = place = first
    while place < len(fragments) and place - end <= MOST_UNLABELLED:
        fragment = fragments[place]
        if fragment.block.section_id or len(fragment.text) > LONGEST_COLOPHON_LINE or len(fragment.block.spans) > 1:
            break
        if fragment.block.kind in ("contents", "metadata", "table"):
            break
        if place > first and text[fragments[place - 1].block.spans[-1].end : fragment.block.spans[0].start].strip():
            break
        if LABEL.match(re.sub(r"(?<=[\u3400-\u9fff])\s(?=[\u3400-\u9fff](?:\s|$|[:：]))", "", fold(fragment.text))):
            labels += 1
            end = place + 1
        elif place == first:
            break
        place += 1
    return end if labels >= FEWEST_LABELS else first


def _as(fragment: Fragment, kind: str) -> Fragment:
    return replace(fragment, block=replace(fragment.block, kind=kind))  # type: ignore[arg-type]
