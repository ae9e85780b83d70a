"""What 该市, 这座大桥, 上述协议 or 该书 means: the only name before it that ends in the noun, or the only title in 《》.

A name begins with the name of a place, a person or a body, or stands in quotation marks; where a noun phrase with the noun is no name
(一家投资公司), nothing is certain. Of most nouns only a name in quotation marks is believed: what 该地区 means is called otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embeddings.folding import fold
from qa.answering.antecedents.before import CLAUSE_EDGE, Before, either, endings
from qa.answering.antecedents.persons import HUMAN
from qa.answering.words import Word, words_of
from qa.reading.publication.names import sure_name
from qa.records import Span


def _mark(words: str) -> re.Pattern[str]:
    return re.compile(either(words))


_MEASURES = fold("个家座项部款条片艘架支场处栋台枚张")
_SEVERAL = fold("上述")  # one thing or several
_POINTING = rf"(?:(?<![应本活]){fold('该')}|{_SEVERAL}|{fold('这')}一?[{_MEASURES}]|{fold('这一')})"
_POINTER = re.compile(rf"{_POINTING}(?=[一-鿿])")
_POINTED = re.compile(rf"{_POINTING}$")
_COUNTED = re.compile(rf"[的大{_MEASURES}]$")
_ANOTHER = re.compile(rf"{fold('另')}(?:{fold('外')})?{fold('一')}[{_MEASURES}]")
_LONGEST_NOUN = 12  # characters

_PLACES = frozenset(fold("省市县区镇乡村"))
_SHORT = {  # what a noun of one character stands for: the ends of names
    **{noun: (noun,) for noun in (*_PLACES, *fold("州桥湖寺馆局队厅厂"))},
    fold("校"): endings("大学 学院 中学 小学 学校"),
    fold("院"): endings("医院 法院 研究院 学院 检察院 博物院"),
    fold("行"): endings("银行"),
    fold("社"): endings("出版社 合作社 通讯社 报社"),
}
_OF_NAMES = frozenset(  # the names of such things end in the noun
    endings(
        "公司 集团 大学 学院 中学 小学 学校 医院 银行 法院 检察院 研究院 研究所 博物馆 图书馆 体育馆 体育场 剧院 基金会 协会 学会 俱乐部 "
        "机场 车站 火车站 电站 水电站 核电站 大桥 铁路 高铁 高速 公路 隧道 水库 公园 景区 小区 社区 街道 广场 大厦 古镇 湿地 酒店 餐厅 "
        "系统 卫星 火箭 飞船 条例 法案 公约 网站 支队 大队 派出所"
    )
)
_FILM, _SERIES, _BOOK = _mark("电影 影片 片 动画"), _mark("剧"), _mark("书 小说 诗集 著 出版")
_TITLED = {  # noun -> what tells of a title that it is such a thing
    **dict.fromkeys(endings("片 影片 电影 纪录片 动画"), _FILM),
    **dict.fromkeys(endings("剧 电视剧 剧集"), _SERIES),
    **dict.fromkeys(endings("书 小说 诗集"), _BOOK),
    **{noun: _mark(noun) for noun in endings("专辑 歌曲 杂志 游戏 节目")},
}
_PERIODICAL = fold("杂志")
_PAPER = fold("报刊网")  # a title that ends so is that of a paper
_NAMED_THINGS = _OF_NAMES | _TITLED.keys() | _SHORT.keys()
_TITLE = re.compile("《[^《》]{1,40}》")
_FIRMS = frozenset(endings("公司 集团 银行 行 厂"))
_OTHER_FIRM = re.compile(either("股份 集团 科技 控股 证券 银行 企业 厂商 工厂 车企 药企"))
_NOMINAL = ("n", "j", "eng", "b", "vn")
_PLACE = "ns"
_INSIDE_NAMES = frozenset("-·•")
_LONGEST_QUOTED = 8  # words of a quoted name


@dataclass(frozen=True, slots=True)
class Pointer:
    """A demonstrative with its noun: 该市, 这座大桥."""

    span: Span
    noun: str  # folded


def things_pointed_at(folded: str, start: int) -> Iterator[Pointer]:
    """The demonstratives from the place on, by place, with the first of the nouns behind them: 该公司 of 该公司股票."""
    for match in _POINTER.finditer(folded, start):
        noun = _noun_at(folded, match.end())
        if noun and not (noun in _TITLED and match[0] == _SEVERAL):
            yield Pointer(Span(match.start(), match.end() + len(noun)), noun)


def thing_meant(before: Before, pointer: Pointer) -> Span | None:
    """The name of what is pointed at; None where that is not certain."""
    if before.in_speech:
        return None
    noun = pointer.noun
    found = _single(_titles(noun, before) if noun in _TITLED else _named_so(noun, before), before)
    return None if found is None or _another_of_its_kind(noun, found, before) else found


def _titles(noun: str, before: Before) -> list[Span]:
    """The titles, where something says that there is such a thing."""
    if not _TITLED[noun].search(before.text):
        return []
    places = [Span(*match.span()) for match in _TITLE.finditer(before.text)]
    return [place for place in places if noun == _PERIODICAL or before.text[place.end - 2] not in _PAPER]


def _noun_at(folded: str, place: int) -> str:
    """The noun that begins at the place, "" for none: of 公司股票 the first word, of 系列报道, where most names are quoted, all."""
    run: list[str] = []
    for word in words_of(folded[place : place + _LONGEST_NOUN]):
        if not word.tag.startswith(("n", "vn")) and (run or word.text not in _NAMED_THINGS):
            break
        run.append(word.text)
    return run[0] if run and run[0] in _NAMED_THINGS else "".join(run)


def _named_so(noun: str, before: Before) -> list[Span]:
    """The names that end in the noun; [] where one of the noun phrases that end so is no name."""
    places = []
    words = before.words
    ends = _SHORT.get(noun, (noun,))
    for number, word in enumerate(words):
        if not word.text.endswith((noun, *ends)) or not word.tag.startswith(_NOMINAL):
            continue
        first = _opening(words, number)
        phrase = Span(words[first].start, word.end)
        following = words[number + 1] if number + 1 < len(words) else None
        counted = bool(first and _COUNTED.search(words[first - 1].text)) and not _POINTED.search(before.text, 0, phrase.start)
        bare = before.at(phrase) in ends
        unclear = counted or (bare and noun not in _NAMED_THINGS)
        if unclear or (not bare and not (word.text.endswith(ends) and _is_name(words[first : number + 1], noun, following))):
            return []
        if not bare:
            places.append(phrase)
    return places


def _opening(words: Sequence[Word], number: int) -> int:
    """Where the noun phrase begins that ends with the word; a quoted name belongs to it with its marks."""
    first = number
    while first:
        before = words[first - 1]
        if before.tag.startswith(_NOMINAL) or before.text in _INSIDE_NAMES:
            first -= 1
            continue
        earliest = max(0, first - _LONGEST_QUOTED)
        opened = [place for place in range(earliest, first - 1) if words[place].text == "“"] if before.text == "”" else []
        whole = not any(CLAUSE_EDGE.fullmatch(word.text) for word in words[opened[-1] + 1 : first - 1]) if opened else False
        if not whole or any(word.tag.startswith((_PLACE, "nt")) for word in words[first : number + 1]):
            break
        first = opened[-1]
    return first


def _is_name(phrase: Sequence[Word], noun: str, following: Word | None) -> bool:
    """Whether a noun phrase is a name, by its words and the one behind: 美国旅游公司 before a name is none, nor 程村 in 程村乡."""
    first = phrase[0]
    if any(HUMAN.search(word.text) or word.text.endswith("人员") for word in phrase):
        return False
    behind = following.tag if following is not None else ""
    opening = first if len(phrase) > 1 else words_of(first.text.removesuffix(noun) or noun)[0]  # 涿州 of 涿州市; 民办学校 is no name
    named = first.text == "“" or opening.tag.startswith(_PLACE) or (opening.tag.startswith("nr") and sure_name(opening.text))
    if noun in _FIRMS:
        return named and not behind.startswith(("nr", "nz", "eng"))
    if noun in _NAMED_THINGS:
        return named and (following is None or following.text not in _PLACES)
    return first.text == "“" and not behind.startswith(_NOMINAL)


def _single(places: Sequence[Span], before: Before) -> Span | None:
    """The last place of the longest name where all others say no more than its end, else None."""
    longest = max(map(before.at, places), key=len, default="")
    same = all(longest.endswith(before.at(place)) for place in places)
    return next((place for place in reversed(places) if same and before.at(place) == longest), None)


def _another_of_its_kind(noun: str, found: Span, before: Before) -> bool:
    """Whether something is named behind it that may be meant though its name does not end in the noun: a city's or a firm's short name."""
    since = [word for word in before.words if word.start >= found.end]
    if _ANOTHER.search(before.text, found.end):
        return True
    if noun in _PLACES:
        return any(word.tag == "ns" and word.text not in before.at(found) for word in since)
    if noun in _FIRMS:
        other = any(not found.start <= match.start() < found.end for match in _OTHER_FIRM.finditer(before.text))
        return other or any(word.tag in ("nt", "nz", "eng") for word in since) or not before.opens_clause(found.start)
    return False
