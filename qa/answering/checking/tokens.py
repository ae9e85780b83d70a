"""A text as tokens that compare: numbers by value, words that turn the sense round whole, everything else by folded character.

Script, width, case, white space, quotation marks and the markers of citations ([1]) make no difference. Each token knows its place in
the text as it was given. Names are those of jieba's tagger, with its guessing model, on folded text: some are missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from embeddings.folding import fold
from qa.answering.checking import wording
from qa.answering.checking.numerals import EXACT_UNITS, RUN, value_of
from qa.reading.dates import REPUBLIC
from qa.records import Span
from qa.splitting import sentence_spans

Kind = Literal["character", "latin", "number", "unit", "negation", "plan", "done", "direction", "speech", "pronoun", "light"]
_FROM_GROUP: dict[str, Kind] = {
    "negation": "negation",
    "plan": "plan",
    "done": "done",
    "direction": "direction",
    "speech": "speech",
    "pronoun": "pronoun",
    "filler": "light",
    "period": "character",
    "latin": "latin",
}


CALENDAR = frozenset("年月日")
RANGE = "~"  # the key of what stands between the ends of a range
_NAME_TAGS = frozenset(("nr", "nrt", "nrfg", "ns", "nt", "nz"))


class Token(NamedTuple):
    """One token. Two tokens say the same exactly when their keys are equal."""

    key: str
    kind: Kind
    start: int  # in the text as it was given
    end: int
    clause: int  # counts from 0; sentences have different clauses
    sentence: int
    tag: str  # jieba's part of speech of its word: n noun, nr person, ns place, v verb, p preposition, t time …
    opens: bool  # it begins a word

    @property
    def has_content(self) -> bool:
        """Whether it says something of its own."""
        return self.kind != "light"

    @property
    def name(self) -> bool:
        """Whether it belongs to a name."""
        return self.tag in _NAME_TAGS

    @property
    def noun(self) -> bool:
        """Whether it belongs to a noun or a name."""
        return self.tag[:1] in ("n", "j") and self.kind == "character"

    @property
    def timely(self) -> bool:
        """Whether it belongs to a date or a time."""
        return self.tag == "t" or self.kind == "number" or self.key in CALENDAR


_MARKER = re.compile(r"[\[［【]\s*\d{1,3}(?:\s*[,，、\-–~]\s*\d{1,3})*\s*[\]］】]")
_DROPPED = frozenset("“”„\"‘’'「」『』﹁﹂《》〈〉〝〞*_`#\u200b\u200c\u200d\ufeff\u00ad")
_SENTENCE_END = frozenset("。!?;")
_CLAUSE_END = frozenset(",，:()[]{}—…")

_BEFORE = {  # what stands before a number, folded -> how near it is to the truth
    "≈": "大约 大概 约为 约 大致",
    "<": "近 将近 接近 不到 不足 低于 少于 未满 不满",
    ">": "超过 超 逾 突破 高于 多于 大于 超出",
    "≥": "不低于 至少 不少于 最少",
    "≤": "不超过 至多 不多于 不高于",
}
_AFTER = {"≈": "左右 上下 许", "<": "以下 以内 之内 之下", ">": "以上 之上 开外"}
_QUALIFIER_BEFORE = {fold(word): sign for sign, words in _BEFORE.items() for word in words.split()}
_QUALIFIER_AFTER = {fold(word): sign for sign, words in _AFTER.items() for word in words.split()}


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _special(words: Iterable[str]) -> tuple[str, str]:
    """What the words begin with, as a character class, and the pattern of them all."""
    every = tuple(words)
    return "".join(sorted({re.escape(word[0]) for word in every})), _either(every)


_UNITS = (
    "人次 人民币 美元 美金 欧元 日元 港元 英镑 韩元 卢布 法郎 个百分点 百分点 个基点 基点 万元 个工作日 工作日 个月 周年 年度 "
    "周岁 平方英里 英里 海里 英尺 英寸 盎司 车次 架次 班次 场次 户次 立方米 千伏 伏 兆赫 个 名 位 元 岁 天 周 户 家 亩 倍 度 艘 "
    "辆 台 架 座 棵 株 头 只 件 套 条 项 篇 部 次 所 吨公里 桶 张 届 层 期 块 公里时"
)
_SAME_UNIT = {fold("名"): "个", fold("位"): "个", fold("美金"): "美元", fold("百分点"): fold("个百分点"), fold("基点"): fold("个基点")}
_NEAR = [word for word, sign in _QUALIFIER_BEFORE.items() if sign == "≈"]
_MINUS = rf"零下|(?<![0-9a-z%)\]年月日号])[-−](?={RUN}(?:°|度|摄氏|%|‰|万|亿|元|米|个百分点))"
_QUANTITY = (
    rf"(?:(?<![英中西德意法附最靠临邻])(?:(?P<near>{_either(_NEAR)})(?P<via>[占有在需达])|(?P<before>{_either(_QUALIFIER_BEFORE)})了?))?"
    rf"(?P<minus>{_MINUS})?"
    rf"(?:(?P<below>{RUN}|百|千|万)分之(?P<above>{RUN})"
    r"|(?P<tenths>[一二两三四五六七八九1-9])成(?P<half>[一二三四五六七八九半])?(?![立员为果功本长熟绩就都语分品名县衣])"
    rf"|(?P<run>{RUN})(?:(?P<more>[余多]|来(?=[万亿个名人年天岁]))(?P<size>[十百千]?[万亿]*))?"
    rf"(?:个?(?P<exact>{_either(EXACT_UNITS)})(?![拉服制具迦学])|(?P<unit>{_either(map(fold, _UNITS.split()))}))?)"
    rf"(?:(?=(?P<between>.{{0,3}}?)(?P<after>{_either(_QUALIFIER_AFTER)})))?"
)
_NUMERAL = "\\d〇零一二两三四五六七八九十百千万亿"
_BEFORE_QUANTITY = "".join(sorted({word[0] for word in _QUALIFIER_BEFORE}))
_SPECIAL: dict[str, tuple[str, str]] = {  # group -> what its tokens may begin with, as a character class, and their pattern
    "date": (
        "\\d",
        r"(?<![\d.])(?P<year>(?:1[5-9]|20)\d\d)(?P<dot>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=dot)(?P<day>[12]\d|3[01]|0?[1-9])(?!\d|[-/.]\d)",
    ),
    "decade": (_NUMERAL, rf"(?P<century>{RUN})世纪(?P<tens>[1-9]0|[一二三四五六七八九]?十)(?=年代)"),
    "republic": ("中民", rf"(?:中华)?民国(?P<republican>{RUN}|元)(?=年)"),
    "era": ("公西纪", "[公西纪]元前"),
    "plain": _special(wording.PLAIN),
    "quantity": (rf"{_NUMERAL}{_BEFORE_QUANTITY}\-−", _QUANTITY),
    "range": (r"~—–至到\-", rf"(?<=[{_NUMERAL}%年月日])[-~—–至到](?=[{_NUMERAL}])"),
    "suffix": _special(_QUALIFIER_AFTER),
    "period": _special(wording.SAME_PERIOD),
    "filler": _special(wording.FILLER),
    "negation": _special(wording.NEGATION),
    "plan": _special(wording.PLAN),
    "done": _special(wording.DONE),
    "direction": _special(wording.DIRECTION),
    "speech": _special(wording.SPEECH),
    "pronoun": _special(wording.PRONOUN),
    "dots": (".", r"\.{2,}"),
    "latin": ("a-z", "[a-z]+(?:[-'][a-z]+)*"),
}
_BEGINNINGS = "".join(first for first, _ in _SPECIAL.values())
_EVERY_SPECIAL = "|".join(f"(?=[{first}])(?P<{group}>{pattern})" for group, (first, pattern) in _SPECIAL.items())
_RANGE_OF = re.compile(rf"{RUN}([年月日])")
_AFTER_COLON = re.compile(r":\d\d$")
_TOKEN = re.compile(rf"(?P<others>[^{_BEGINNINGS}]+)|{_EVERY_SPECIAL}|(?P<other>.)", re.DOTALL)


@lru_cache(maxsize=512)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a text in order. Punctuation is none, it ends clauses and sentences."""
    text = _MARKER.sub(lambda match: " " * len(match[0]), text)
    made = _Tokens()
    for span in sentence_spans(text):
        compact, made.places = _compact(text, span)
        made.tags, made.opening = _words(compact)
        for match in _TOKEN.finditer(compact):
            _add(made, match)
        made.end_clause(sentence=True)
    return tuple(made.tokens)


@dataclass(slots=True)
class _Tokens:
    """The tokens made so far, and where in clauses and sentences the text has come to."""

    places: Sequence[int] = ()  # of each character of the sentence in compact form: where it stands in the text as given
    tags: Sequence[str] = ()  # of each of its characters
    opening: frozenset[int] = frozenset()  # where its words begin
    tokens: list[Token] = field(default_factory=list)
    clause: int = 0
    sentence: int = 0
    ends_at: int = -1  # where a number's qualifier stands that its key already holds (以上)

    def add(self, key: str, kind: Kind, start: int, end: int) -> None:
        places = self.places
        self.tokens.append(
            Token(key, kind, places[start], places[end - 1] + 1, self.clause, self.sentence, self.tags[start], start in self.opening)
        )

    def end_clause(self, *, sentence: bool = False) -> None:
        if self.tokens and self.tokens[-1].clause == self.clause:
            self.clause += 1
        if sentence and self.tokens and self.tokens[-1].sentence == self.sentence:
            self.sentence += 1


def _add(made: _Tokens, match: re.Match[str]) -> None:
    group = match.lastgroup or ""
    start, end = match.span()
    if group == "date":
        for name, unit in (("year", "年"), ("month", "月"), ("day", "日")):
            made.add(_key(Fraction(int(match[name]))), "number", match.start(name), match.end(name))
            made.add(unit, "character", match.end(name) - 1, match.end(name))
    elif group == "quantity":
        _add_quantity(made, match)
    elif group == "decade":
        century, tens = value_of(match["century"]), value_of(match["tens"])
        made.add(_key((century - 1) * 100 + tens if century and tens else Fraction(0)), "number", start, end)
    elif group == "republic":
        of_the_republic = 1 if match["republican"] == "元" else value_of(match["republican"])
        made.add(_key(Fraction(of_the_republic or 0) + REPUBLIC), "number", start, end)
    elif group == "era":
        made.add("前", "character", start, end)
    elif group == "dots":
        made.end_clause()
    elif group == "range":
        second = _RANGE_OF.match(match.string, end)
        if second and made.tokens and made.tokens[-1].kind == "number":  # 2019至2021年: the first is a year too
            made.add(second[1], "character", start, end)
        of_clock_times = _AFTER_COLON.search(match.string, max(0, start - 3), start)
        made.add("—" if of_clock_times else RANGE, "character", start, end)
    elif group == "suffix" and start == made.ends_at:
        return
    elif group in _FROM_GROUP:
        kind = _FROM_GROUP[group]
        made.add(wording.SAME.get(match[0], match[0]), kind, start, end)
    else:
        for place in range(start, end):
            _add_character(made, match.string[place], place)


def _add_character(made: _Tokens, character: str, place: int) -> None:
    if character in _SENTENCE_END:
        made.end_clause(sentence=True)
    elif character in _CLAUSE_END:
        made.end_clause()
    elif character.isalnum() or character in "+=$€£¥°℉":
        tokens = made.tokens
        if character == "号" and len(tokens) > 1 and tokens[-1].kind == "number" and tokens[-2].key == "月":
            character = "日"
        made.add(character, "light" if character in wording.LIGHT else "character", place, place + 1)


def _add_quantity(made: _Tokens, match: re.Match[str]) -> None:
    start, end = match.span("quantity")
    value, unit = _value(match)
    if value is None:
        for place in range(start, end):
            _add_character(made, match.string[place], place)
        return
    before = match["before"] or ""
    if match["near"]:  # 约占三成 is 占约三成
        if start in made.opening:  # not the end of 条约, 节约
            before, start = match["near"], match.end("near")
        for place in range(start, match.end("via")):
            _add_character(made, match.string[place], place)
        start = match.end("via")
    if match["minus"]:
        value = -value
    qualifiers = {
        _QUALIFIER_BEFORE.get(before, ""),
        ">" if match["more"] in ("余", "多") else "≈" if match["more"] else "",
    }
    if match["after"] and not re.search(r"[\d,，。;:、]", match["between"]):
        qualifiers.add(_QUALIFIER_AFTER[match["after"]])
        made.ends_at = match.start("after")
    qualifier = "".join(sorted(qualifiers))
    named = match.start("unit") if match["unit"] else end
    made.add(_key(value) + qualifier + unit, "number", start, named)
    if match["unit"]:
        made.add("u:" + _SAME_UNIT.get(match["unit"], match["unit"]), "unit", named, end)


def _value(match: re.Match[str]) -> tuple[Fraction | None, str]:
    """The value in its base unit, and that unit; "" for a number whose unit is not converted."""
    if match["tenths"]:
        half = match["half"]
        ones = Fraction(1, 2) if half == "半" else Fraction(value_of(half) or 0, 10) if half else Fraction(0)
        return ((value_of(match["tenths"]) or Fraction(0)) + ones) * 10, "%"
    if match["above"]:
        above, below = value_of(match["above"]), _ROUND.get(match["below"]) or value_of(match["below"])
        return (above * 100 / below, "%") if above is not None and below else (None, "")
    value = value_of(match["run"])
    if value is None:
        return None, ""
    for size in match["size"] or "":
        value *= _ROUND.get(size, 10)
    if match["exact"]:
        base, factor = EXACT_UNITS[match["exact"]]
        return value * factor, base
    return value, ""


_KEY = re.compile(r"#(-?[\d/]+)[≈<>≥≤]*(.*)")
_ROUND = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}


def _key(value: Fraction) -> str:
    return f"#{value}"


def value_and_unit(number: Token) -> tuple[str, str]:
    """The value in the key of a number, and the unit that the key holds, without what says how near it is to the truth."""
    match = _KEY.fullmatch(number.key)
    return (match[1], match[2]) if match else ("", "")


def _compact(text: str, span: Span) -> tuple[str, list[int]]:
    """A sentence folded, without quotation marks and white space, and where in the text each of its characters stands."""
    characters: list[str] = []
    places: list[int] = []
    for place in range(span.start, span.end):
        character = text[place]
        if character in _DROPPED:
            continue
        if character.isspace():
            if characters and characters[-1].isascii() and characters[-1].isalnum():  # between letters or digits a blank parts words
                characters.append(" ")
                places.append(place)
            continue
        # A comma in full width parts clauses, never thousands.
        for one in character if character == "，" else fold(character):
            if characters and characters[-1] == " " and not one.isascii():
                characters[-1:], places[-1:] = [], []
            characters.append(one)
            places.append(place)
    return "".join(characters), places


def _words(compact: str) -> tuple[list[str], frozenset[int]]:
    """For each character the part of speech of its word, and where words begin."""
    import rjieba

    tags: list[str] = []
    opening = set()
    for word, tag in rjieba.tag(compact):
        opening.add(len(tags))
        tags += [tag] * len(word)
    return tags, frozenset(opening)
