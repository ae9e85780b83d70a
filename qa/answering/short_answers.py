"""The short answer inside a sentence, where a pattern finds it: numbers with units, dates, quoted names, people and places after a cue.

A pattern that finds nothing marks nothing; nothing is guessed. Of several candidates the one nearest to the query's terms is taken, and
never one that the query itself already names. Not handled: reasons, lists, names without a quotation mark, a middle dot or a cue.
"""

from __future__ import annotations

import re
from functools import lru_cache

from embeddings.folding import fold
from qa.answering.queries import Asked, numbers_in
from qa.records import Span

_DIGITS = r"(?<![\d.a-z])\d+(?:,\d{3})*(?:\.\d+)?"
_HAN_NUMBER = r"[零〇一二两三四五六七八九十百千]+"
_MAGNITUDE = r"\s*[余多来几]?\s*[十百千]?[万亿]{0,2}\s*[余多来]?\s*"
_ERA = r"(?:公元前?|西元前?|前|民国|明治|大正|昭和|平成|康熙|雍正|乾隆|嘉庆|道光|咸丰|同治|光绪|宣统|洪武|永乐|嘉靖|万历|贞观|开元)"
_YEAR = (
    rf"(?:{_ERA}\s*(?:\d{{1,4}}|[〇零一二三四五六七八九十元]{{1,4}})\s*年"
    r"|(?<!\d)\d{3,4}\s*年(?!间?[来以]|级)|[〇零一二三四五六七八九]{4}年)"
)
_MONTH = r"(?:(?<!\d)\d{1,2}|[一二三四五六七八九十]{1,3})\s*月(?:份|底|初|中旬|上旬|下旬)?"
_DAY = r"(?:(?<!\d)\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]"
DATE = re.compile(
    rf"{_YEAR}(?:\s*{_MONTH}(?:\s*{_DAY})?)?|{_MONTH}\s*{_DAY}|(?<!\d)\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d)|{_MONTH}|"
    r"(?:公元前)?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*世纪(?:[初中末]叶?|\d{1,2}年代)?"
)
_HAS_DAY = re.compile(r"[日号]$|\d[-/.]\d{1,2}$")
_QUOTED = re.compile(r"《[^《》]{1,40}》|[“「『\"]([^“”「」『』\"]{1,30})[”」』\"]")
_DOTTED_NAME = re.compile(r"[一-鿿]{1,6}(?:\s*[·•・‧]\s*[一-鿿]{1,6})+")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦"
    "邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍成"
)
_PERSON_CUE = (
    "(?:导演|编剧|作者|主演|作曲|作词|主席|总统|总理|书记|校长|院长|市长|省长|部长|总裁|董事长|教授|将军|皇帝|国王|球员|教练|记者|演员|歌手"
    "|由|是|为|叫)"
)
_PERSON = re.compile(rf"{_PERSON_CUE}\s*([{_SURNAMES}][一-鿿]{{1,2}})(?=[,。、;所等和与及在于出导执编创担主演撰写]|$)")
_PLACE = re.compile(
    r"(?:位于|坐落于|坐落在|地处|出生于|生于|出生在|建于|设于|设在|总部在|发生在|前往|来自|在|于)\s*"
    r"([一-鿿·]{1,14}?[国省市县区镇乡村州岛山河湖海路街洲城港])(?![一-鿿]{0,1}[国省市县区镇乡村州岛])"
)


def short_answer(sentence: str, asked: Asked) -> Span | None:
    """The short answer's place in the sentence, or None when no pattern of the expected kind finds one."""
    text = aligned_fold(sentence)
    found = [(_nearness(text, span, asked), -span.start, span) for span in candidates(text, asked)]
    return max(found, key=lambda item: item[:2])[2] if found else None


def candidates(text: str, asked: Asked) -> list[Span]:
    """Every place in the folded text that could be the short answer: of the kind asked for, and not said by the query already."""
    spans = _OF_KIND.get(asked.kind, _nothing)(text, asked)
    return [span for span in spans if not _in_query(text[span.start : span.end], asked)]


def best_nearness(text: str, asked: Asked) -> float:
    """How near the best candidate of the folded text stands to the query's terms, 0..1; 0 without a candidate."""
    return max((_nearness(text, span, asked) for span in candidates(text, asked)), default=0.0)


def _numbers(text: str, asked: Asked) -> list[Span]:
    dates = [match.span() for match in DATE.finditer(text)]
    matches = _number_pattern(asked.units).finditer(text)
    spans = [Span(match.start("all"), match.end("all")) for match in matches]
    return (
        [span for span in spans if not any(start < span.end and span.start < end for start, end in dates)]
        if "年" not in asked.units
        else spans
    )


@lru_cache(maxsize=256)
def _number_pattern(units: tuple[str, ...]) -> re.Pattern[str]:
    """A number with one of the units behind it; without units, a number in digits with whatever follows directly."""
    if not units:
        return re.compile(rf"(?P<all>{_DIGITS}{_MAGNITUDE}(?:%|[一-鿿a-z]{{0,2}}))")
    either = "|".join(re.escape(fold(unit)) for unit in sorted(units, key=len, reverse=True))
    hundredths = r"百分之[零一二三四五六七八九十百点\d]+|" if "%" in units else ""
    return re.compile(rf"(?P<all>{hundredths}(?:{_DIGITS}|{_HAN_NUMBER}){_MAGNITUDE}(?:{either}))")


def _dates(text: str, asked: Asked) -> list[Span]:
    spans = [Span(*match.span()) for match in DATE.finditer(text)]
    exact = [span for span in spans if _HAS_DAY.search(text[span.start : span.end])]
    return exact if asked.wants_day else spans


def _names(text: str, asked: Asked) -> list[Span]:
    return [Span(*match.span(1 if match[1] else 0)) for match in _QUOTED.finditer(text)]


def _people(text: str, asked: Asked) -> list[Span]:
    dotted = [Span(*match.span()) for match in _DOTTED_NAME.finditer(text)]
    return dotted + [Span(*match.span(1)) for match in _PERSON.finditer(text)]


def _places(text: str, asked: Asked) -> list[Span]:
    return [Span(*match.span(1)) for match in _PLACE.finditer(text)]


def _nothing(text: str, asked: Asked) -> list[Span]:
    return []


_OF_KIND = {"number": _numbers, "date": _dates, "name": _names, "person": _people, "place": _places}


def _in_query(candidate: str, asked: Asked) -> bool:
    compact = "".join(candidate.split())
    numbers = numbers_in(compact)
    return compact.strip("《》") in asked.text or (bool(numbers) and numbers <= asked.numbers)


def _nearness(text: str, span: Span, asked: Asked) -> float:
    """The weight of the query's terms round the span, each divided by its distance in characters; over all their weight: 0..1."""
    total = sum(term.weight for term in asked.terms)
    near = sum(term.weight / (1 + gap / 8) for term in asked.terms if (gap := _gap(text, term.text, span)) is not None)
    return near / total if total else 0.0


def _gap(text: str, term: str, span: Span) -> int | None:
    """Characters between the span and the nearest place of the term, 0 inside it (公里); None where the term is not in the text."""
    if text.find(term, span.start, span.end) >= 0:
        return 0
    before = text.rfind(term, 0, span.start)
    after = text.find(term, span.end)
    gaps = [span.start - before - len(term)] * (before >= 0) + [after - span.end] * (after >= 0)
    return min(gaps, default=None)


def aligned_fold(text: str) -> str:
    """The text folded without changing its length, so that offsets keep their meaning: a character that folds to several stays."""
    folded = fold(text)
    if len(folded) == len(text):
        return folded
    return "".join(one if len(one := fold(character)) == 1 else character for character in text)
