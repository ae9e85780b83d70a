"""A short answer made whole: every item of a list, each count of a total, a reason beside what it explains, the words that affirm or deny.

The reader marks one stretch of a quotation. What the query asks for may stand round it: the rest of an enumeration, the next item of a
numbered series, a second count. Here the quotation grows over the sentences beside it that belong to the answer, and what is marked over
the parts that do; both stay the text's own words. Only sentences that follow one another are joined, so that one quotation, with one place
to open, shows the whole answer. Nothing is added up, and neither yes nor no is said. Not handled: lists whose items no mark, connective or
number tells apart, lists in tables, and answers over two passages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from embeddings.folding import fold
from qa.answering.enumerations import count_items, trimmed
from qa.answering.finding import Found, Setting, widened
from qa.answering.reader.texts import tagged_words
from qa.answering.whole_lists import series_at, series_over, whole_list, with_candidates
from qa.records import AnswerType, Span

MOST_PARTS = 20  # of one short answer

# All patterns are for folded text, where ，；：（ are ,;:( .
_TOTAL_ASKED = re.compile("一共|总共|共有|共计|合计|总计|加起来|总数")
_KINDS_ASKED = re.compile("几[种类派]|多少[种类]")
_HAS_COUNT = re.compile(fold(r"(?:\d|[二两三四五六七八九十])\s*[种类个项部座款支条家名位]"))
_TOTAL_SAID = re.compile(r"(?:共|总|全|合计|计)[一-鿿]{0,4}$")
_BEFORE_A_TOTAL = 8  # characters in which 共 or 总 stands before a number that is a total
_MORE = re.compile("另有|另外|此外|还有|又有|也有|外加|另")

_BECAUSE = re.compile(r"(?:这|那|此)?(?:都|主要|正)?是(?:因为|由于|为了)|(?:这|其)?(?:主要|直接|根本)?的?原因(?:就?是|在于|有)")
_THEREFORE = re.compile("因此|所以|故此|为此|于是|因而")
_CAUSE = re.compile("因为|由于|因|为了|原因|导致|鉴于")

_AFTER_IF = re.compile(
    r".*(?:是否|是不是|有没有|能不能|会不会|可不可以|([一-鿿])不\1)(?:已经|曾经?|能够?|可以|应该?|需要|会|要|被|都|也|还)*"
)
_EMPTY = frozenset(("进行", "具有", "任何", "属于", "存在", "成为", "已经", "曾经", "可以", "能够", "应该", "应当", "需要"))
_OPEN = re.compile("是否|是不是|能否|与否|有没有")  # a clause that leaves open what it says
_TAKEN_BACK = re.compile(r"\s*(?:但|却|然而|不过)")
_IF = re.compile(r"\s*(?:如果?|若是?|假如|倘若|只要|只有|除非|虽然?|尽管)")
_LEAD = re.compile(r"\s*(?:但是?|却|而且?|然而|不过)")
_WORDS_OF_A_PREDICATE = 4  # of those behind 是否 the first, of those before 吗 the last
_CLAUSE = re.compile(r"[^,。;:!?\n]+")


def completed(setting: Setting, found: Found) -> Found:
    """The quotation and the short answer made whole for what the query asks. found: with one part at most."""
    whole = _WHOLE.get(setting.asked.expects, _as_found)(setting, found)
    parts = [part for span in whole.parts if (part := trimmed(setting.text, span))]
    return replace(whole, parts=tuple(parts[:MOST_PARTS]))


def lists(setting: Setting, found: Found) -> bool:
    """Whether several items are marked."""
    return len(found.parts) > 1 or any(count_items(setting.folded, part) > 1 for part in found.parts)


def _as_found(setting: Setting, found: Found) -> Found:
    return found


def _count(setting: Setting, found: Found) -> Found:
    """A total that the text does not give: the other counts of the same thing beside the one marked, or the kinds it tells one by one."""
    totals, kinds = (pattern.search(setting.asked.text) for pattern in (_TOTAL_ASKED, _KINDS_ASKED))
    if not found.parts or not (totals or kinds):
        return found
    part = found.parts[0]
    items = series_at(setting, found)
    if items and not _HAS_COUNT.search(setting.folded, part.start, part.end):
        return series_over(setting, found, items)
    own = setting.sentence_at(part.start)
    said = own and _TOTAL_SAID.search(setting.folded, max(own.start, part.start - _BEFORE_A_TOTAL), part.start)
    return _further_counts(setting, found, own) if own and totals and not said else found


def _further_counts(setting: Setting, found: Found, own: Span) -> Found:
    """With the counts of the same thing in the sentences beside (另有…艘), and behind it in its own."""
    part = found.parts[0]
    before, behind = setting.beside(own)
    goes_on = _MORE.match(setting.folded, own.start) and before
    added_to = behind and _MORE.match(setting.folded, behind.start)
    for sentence in ([before] if goes_on else []) + ([behind] if added_to else []):
        wider = widened(found, sentence)
        counted = with_candidates(setting, wider, sentence) if wider and sentence else found
        found = counted if len(counted.parts) > len(found.parts) else found
    within = _MORE.search(setting.folded, part.end, own.end)
    return with_candidates(setting, found, Span(within.end(), own.end)) if within and within.end() < own.end else found


def _reason(setting: Setting, found: Found) -> Found:
    """A reason that stands in the sentence beside: before 因此, behind 这是因为."""
    own = setting.sentence_at(found.parts[0].start if found.parts else found.quotation.start)
    if own is None:
        return found
    before, behind = setting.beside(own)
    if _THEREFORE.match(setting.folded, own.start) and (wider := widened(found, before)) and before:
        return replace(wider, parts=(setting.best(before) or before,)) if found.parts else wider
    return _because(setting, found, own, behind)


def _because(setting: Setting, found: Found, own: Span, behind: Span | None) -> Found:
    gives = bool(_CAUSE.search(setting.folded, own.start, own.end))
    wider = widened(found, behind) if behind and not gives and _BECAUSE.match(setting.folded, behind.start) else None
    if wider is None or behind is None:
        return found
    return replace(wider, parts=(setting.best(behind) or behind,)) if found.parts and setting.asked.expects == "reason" else wider


def _yes_or_no(setting: Setting, found: Found) -> Found:
    """The clause that affirms or denies, with the reason where that is the next sentence."""
    clause = _clause_of_the_matter(setting, found)
    if clause:
        found = replace(found, parts=(clause,))
    own = setting.sentence_at(found.parts[0].start if found.parts else found.quotation.start)
    return _because(setting, found, own, setting.beside(own)[1]) if own else found


def _clause_of_the_matter(setting: Setting, found: Found) -> Span | None:
    """The clause of the quotation that holds most of what the query asks whether, whole, so that no 不, 未 or 可能 is left out; with the
    clause behind it that takes it back (但…). None where no clause holds half, or where it is a question there too."""
    words = _asked_whether(setting.asked.text)
    clauses = [Span(*match.span()) for match in _CLAUSE.finditer(setting.folded, *_ends_of(found.quotation))]
    said = [setting.folded[clause.start : clause.end] for clause in clauses]
    held = [sum(weight for weight, word in enumerate(words, start=1) if word in one) for one in said]  # the last words weigh most
    marked = [any(clause.overlap(part) for part in found.parts) for clause in clauses]
    best = max(range(len(clauses)), key=lambda n: (held[n], marked[n], -n), default=-1)
    if best < 0 or not words or held[best] * 2 <= sum(range(1, len(words) + 1)) or _OPEN.search(said[best]):
        return None
    lead = _LEAD.match(said[best])
    first = best - 1 if best and _IF.match(said[best - 1]) else best
    start = clauses[first].start + (lead.end() if lead and first == best else 0)
    taken_back = said[best + 1 : best + 2] and _TAKEN_BACK.match(said[best + 1])
    sentence = setting.sentence_at(clauses[best + 1].start) if taken_back else None
    return Span(start, sentence.end if sentence else clauses[best].end)


def _ends_of(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _asked_whether(query: str) -> list[str]:
    """The words of the query that say what it asks whether, the weightiest last: behind 是否 the first, before 吗 the last."""
    match = _AFTER_IF.match(query)
    said = query[match.end() :] if match else query
    words = [word for word, tag in tagged_words(said.rstrip("?吗么")) if tag[:1] in "vnaij" and word not in _EMPTY]
    longer = [word for word in words if len(word) > 1] or words
    return longer[:_WORDS_OF_A_PREDICATE][::-1] if match else longer[-_WORDS_OF_A_PREDICATE:]


_Whole = Callable[[Setting, Found], Found]
_WHOLE: dict[AnswerType, _Whole] = {"list": whole_list, "number": _count, "reason": _reason, "yes/no": _yes_or_no}
