"""Ten ways to change what a sentence says. Each gives the changed sentence, or "" where it cannot be sure to change the meaning."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from eval.mutations.sentences import Sentence
from eval.words import Word


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """ "有>没有 …" as pairs."""
    return tuple((old, new) for old, _, new in (pair.partition(">") for pair in text.split()))


_NUMBER = re.compile(r"(?<![\dA-Za-z.,:/#\-])\d+(?:,\d{3})*(?:\.\d+)?(?![\dA-Za-z:/\-]|[年月日号时点分路线])")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?=年)")
_MAGNITUDE = re.compile(r"(?<=\d)([万亿])(?=[^亿\d])")
_UNITS = (  # a unit of one group may become another of it
    ("公里", "米", "厘米"),
    ("平方公里", "平方米", "公顷", "亩"),
    ("吨", "公斤", "克"),
    ("元", "美元", "欧元", "日元"),
    ("小时", "分钟", "天", "周"),
    ("个月", "年", "天"),
    ("岁", "个月"),
    ("%", "‰", "个百分点"),
    ("人", "户", "家", "人次"),
    ("辆", "艘", "架", "台"),
    ("名", "家", "户"),
    ("千瓦", "兆瓦"),
    ("度", "米"),
    ("千米", "米"),
    ("座", "条", "家"),
    ("种", "家", "部"),
    ("次", "天", "倍"),
)
_UNIT = re.compile(
    r"(?<=\d)(万|亿|余|多|)(平方公里|平方米|公里|厘米|公顷|个月|个百分点|小时|分钟|美元|欧元|日元|公斤|千瓦|兆瓦|千米|人次|[米吨克元天周岁%‰人户家辆艘架台名亩座种次])"
    r"(?![民币口均造才力代工类])"
)
_NEGATED = _pairs(  # what becomes what; a negation is put in or left out
    "没有>有 不能>能 不会>会 不得>可以 不是>是 未能>能够 无法>能够 并未>已 不再>仍 尚未>已 从未>曾 不存在>存在 不允许>允许 "
    "不需要>需要 无需>需要 不应>应 不支持>支持 不同意>同意 不愿>愿 没能>得以 不属于>属于 不超过>超过 不包括>包括"
)
_AFFIRMED = _pairs(
    "能够>不能 可以>不可以 会在>不会在 属于>不属于 位于>不位于 获得了>没有获得 得到了>没有得到 已经>尚未 是一>不是一 同意>不同意 "
    "支持>不支持 存在>不存在 需要>不需要 参加了>没有参加 成为>没有成为 发现>没有发现 实现了>没有实现 完成了>没有完成 承认>否认 "
    "出席>未出席 包括>不包括 允许>不允许 举行>未举行 毕业于>未毕业于 担任>未担任 发布了>没有发布 采用>未采用 影响>不影响"
)
_BEFORE_NEGATION = re.compile(r"[不没未无非否别]$|(?:是否|能否|可否)$")
_DIRECTIONS = _pairs(
    "增长>下降 增加>减少 上升>下降 上涨>下跌 提高>降低 提升>下降 扩大>缩小 高于>低于 多于>少于 盈利>亏损 流入>流出 买入>卖出 "
    "上调>下调 支持>反对 加快>放缓 涨幅>跌幅 增至>降至 升至>降至 加强>削弱 顺差>逆差 走高>走低 大涨>大跌 领涨>领跌 进口>出口 "
    "超过>不到 最高>最低 最大>最小 北部>南部 东部>西部 以上>以下"
)
_OPPOSITE = {one: other for a, b in _DIRECTIONS for one, other in ((a, b), (b, a))}
_PLANS = _pairs(
    "计划于>已于 拟于>已于 将于>已于 将在>已在 将会>已经 计划在>已在 预计将>已 有望>已 预计>已 计划>已 即将>已经 可能>已经 "
    "或将>已 打算>已经 准备>已经 拟>已 将继续>已继续 将进一步>已进一步 将>已"
)
_NO_PLAN = re.compile(
    r"计划(?=[的经生书]|[，。、”])|(?<=[该一项年这此])计划|模拟|虚拟|可能(?=[性的，。、；])|(?<=[不尽有])可能|准备(?=[金好了工]|[，。、])"
    r"|(?<=[做作])准备|预计(?=的)"
)
_SPEECH = re.compile(
    r"(?<![小传学据听或也又俗简统号人被己])(?:表示|认为|指出|透露|强调|介绍说?|称(?![为作号其呼])|告诉|说(?![法明])|坦言|宣布|回应|解释|提醒|呼吁)"
    r"(?=[，,：:“\u4e00-\u9fff])"
)


def digit(sentence: Sentence, draw: random.Random) -> str:
    """One digit of a number that is no date: another digit."""
    match = _one(list(_NUMBER.finditer(sentence.text)), draw)
    if match is None:
        return ""
    places = [place for place in range(match.start(), match.end()) if sentence.text[place].isdigit()]
    place = draw.choice(places)
    old = sentence.text[place]
    new = draw.choice([one for one in "123456789" if one != old])
    return _put(sentence.text, place, place + 1, new)


def unit(sentence: Sentence, draw: random.Random) -> str:
    """Another unit of the same group: 公里 for 米, 美元 for 元."""
    match = _one(list(_UNIT.finditer(sentence.text)), draw)
    if match is None:
        return ""
    others = [other for group in _UNITS if match[2] in group for other in group if other != match[2]]
    return _put(sentence.text, *match.span(2), draw.choice(others)) if others else ""


def magnitude(sentence: Sentence, draw: random.Random) -> str:
    """万 for 亿 or the reverse, or left out; the point of a decimal one place on."""
    match = _one(list(_MAGNITUDE.finditer(sentence.text)), draw)
    if match:
        return _put(sentence.text, *match.span(), draw.choice(("亿" if match[1] == "万" else "万", "")))
    match = _one([one for one in _NUMBER.finditer(sentence.text) if re.search(r"[1-9]", one[0])], draw)
    if match is None:
        return ""
    whole, _, decimals = match[0].partition(".")
    new = f"{whole}{decimals[0]}.{decimals[1:]}".rstrip(".") if decimals else f"{whole.replace(',', '')}0"
    return _put(sentence.text, *match.span(), re.sub(r"^0+(?=\d)", "", new))


def year(sentence: Sentence, draw: random.Random) -> str:
    """A year up to nine years off."""
    match = _one(list(_YEAR.finditer(sentence.text)), draw)
    if match is None:
        return ""
    step = draw.choice([one for one in range(-9, 10) if one])
    return _put(sentence.text, *match.span(), str(int(match[0]) + step))


def name(sentence: Sentence, draw: random.Random) -> str:
    """Another name of the same kind and the same article; one of the sentence itself where there is one, every other time."""
    return _other_name(sentence, [word for word in sentence.words if word.tag in sentence.names and len(word.text) > 1], draw)


def speaker(sentence: Sentence, draw: random.Random) -> str:
    """Another speaker: the last name before a verb of speech, where it stands in the same clause."""
    speakers = []
    for match in _SPEECH.finditer(sentence.text):
        near = [word for word in sentence.words if word.end <= match.start() and word.tag in sentence.names and len(word.text) > 1]
        between = sentence.text[near[-1].end : match.start()] if near else ""
        if near and len(between) <= 6 and not re.search("[，。：；、“”的]", between):
            speakers.append(near[-1])
    return _other_name(sentence, speakers, draw)


def _other_name(sentence: Sentence, words: Sequence[Word], draw: random.Random) -> str:
    if not words:
        return ""
    word = draw.choice(words)
    old = sentence.text[word.start : word.end]
    around = sentence.text[max(0, word.start - 1) : word.end + 1]
    if "、" in around or len(_all(sentence.text, old)) > 1:  # one of a list, or named again: what is said may still be said
        return ""
    others = [one for one in sentence.names[word.tag] if not set(one) & set(old)]
    here = [one for one in others if one in sentence.text]
    if here and draw.random() < 0.5:
        others = here
    return _put(sentence.text, word.start, word.end, draw.choice(others)) if others else ""


def negation(sentence: Sentence, draw: random.Random) -> str:
    """A negation left out or put in, where the verb can bear it."""
    return _replaced(sentence, (*_NEGATED, *_AFFIRMED), draw)


def direction(sentence: Sentence, draw: random.Random) -> str:
    """The opposite: 下降 for 增长."""
    return _replaced(sentence, tuple(_OPPOSITE.items()), draw)


def plan_as_fact(sentence: Sentence, draw: random.Random) -> str:
    """What is planned or expected told as done, or without the plan."""
    found = []
    for old, new in _PLANS:
        for start in _all(sentence.text, old):
            inside = any(match.start() < start + len(old) and start < match.end() for match in _NO_PLAN.finditer(sentence.text))
            if not inside and (old != "将" or _is_adverb(sentence, start)) and not _cut_through(sentence, start, start + len(old)):
                found.append((start, start + len(old), new))
        if found:
            break
    if not found:
        return ""
    start, end, new = draw.choice(found)
    return _put(sentence.text, start, end, new if draw.random() < 0.7 else new[1:].removeprefix("经"))


def _is_adverb(sentence: Sentence, place: int) -> bool:
    """Whether 将 tells of what is to come, and is not 把 or part of a noun: a verb follows, no noun stands right before."""
    at = next((number for number, word in enumerate(sentence.words) if word.start == place), 0)
    before, after = sentence.words[at - 1 : at], sentence.words[at + 1 : at + 2]
    ends_name = any(word.text[-1] in "门军主中上大少名老小" or word.text == "则" for word in before)
    return not ends_name and any(word.tag in ("v", "d") and len(word.text) > 1 for word in after)


def source_swapped(sentence: Sentence, draw: random.Random) -> str:
    """Another sentence of the article, which this one does not say."""
    others = [one for one in sentence.others if SequenceMatcher(None, one, sentence.text, autojunk=False).ratio() < 0.4]
    return draw.choice(others) if others else ""


def _replaced(sentence: Sentence, pairs: Sequence[tuple[str, str]], draw: random.Random) -> str:
    found = [
        (start, start + len(old), new)
        for old, new in pairs
        for start in _all(sentence.text, old)
        if not _BEFORE_NEGATION.search(sentence.text[:start])
        and (old != "不到" or sentence.text[start + 2 : start + 3].isdigit())
        and not _cut_through(sentence, start, start + len(old))
    ]
    if not found:
        return ""
    start, end, new = draw.choice(found)
    return _put(sentence.text, start, end, new)


def _cut_through(sentence: Sentence, start: int, end: int) -> bool:
    """Whether the stretch begins or ends inside a word."""
    return any(word.start < start < word.end or word.start < end < word.end for word in sentence.words)


def _all(text: str, part: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(part), text)]


def _one(matches: list[re.Match[str]], draw: random.Random) -> re.Match[str] | None:
    return draw.choice(matches) if matches else None


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


MUTATIONS: dict[str, Callable[[Sentence, random.Random], str]] = {
    "digit": digit,
    "unit": unit,
    "magnitude": magnitude,
    "year": year,
    "name": name,
    "negation": negation,
    "direction": direction,
    "plan as fact": plan_as_fact,
    "speaker": speaker,
    "source swapped": source_swapped,
}
