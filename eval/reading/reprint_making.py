"""Reprints made from articles, and texts that look like reprints and are none: what `eval.reading.reprints` measures with.

Reprints: another headline and lead, trimmed, set in the other script, names masked, lightly copy-edited. Look-alikes: reports that a news
agency writes every day to one pattern, invented notices that differ in one thing, articles that quote the same words. Not made: reprints
edited in several ways at once, translations, summaries.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np

from qa.search.winnowing import fingerprints
from qa.splitting import sentence_spans

LONG_ENOUGH = 200  # characters of an article that reprints are made of
MOST_QUOTED = 0.25  # of an article's 13-grams that stand in the other, so that it only quotes the same words
LEAST_QUOTED = 0.05

_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
)
_COPY_EDITS = (
    *("表示 指出", "目前 眼下", "进行 开展", "已经 已", "同时 此外", "通过 经由", "由于 因为", "为了 为", "以及 和", "但是 但", "如果 若"),
    *(
        "非常 十分",
        "许多 不少",
        "开始 着手",
        "发现 察觉",
        "认为 以为",
        "提高 提升",
        "使用 采用",
        "需要 须",
        "以来 来",
        "其中 当中",
        "因此 所以",
    ),
    *(
        "据了解 据悉",
        "介绍 说明",
        "称 说",
        "近日 日前",
        "将 会",
        "并 并且",
        "均 都",
        "仍 依然",
        "可以 能够",
        "相关 有关",
        "获得 取得",
        "举行 举办",
    ),
)

# Where a report that is written every day says what it is about: the groups tell one report from another.
REPORTS: Mapping[str, re.Pattern[str]] = {
    "shares": re.compile(r"股票行情快报：(.+?)（(\d{6})）(\d+月\d+日)"),
    "funds": re.compile(r"(\d+月\d+日)基金净值：(.+?)最新净值"),
    "Hong Kong shares": re.compile(r"（(\d{5})\.HK）(\d+月\d+日)收盘"),
    "exchange rates": re.compile(r"(\d+月\d+日).{0,30}人民币.{0,12}中间价"),
    "lottery": re.compile(r"第(20\d{5})期"),
    "weather": re.compile(r"中央气象台(\d+月\d+日\d+时)"),
}

_NOTICES = (
    "{place}气象台{month}月{day}日傍晚发布天气预报。今天夜间到明天白天，北部山区{sky}，沿江一带{other_sky}，偏北风{wind}级，最低气温{low}度，"
    "最高气温{high}度，相对湿度{share}%。请市民出门带好雨具，注意添衣，沿江作业的船只留意风向，低洼处的住户检查门窗和排水口。",
    "{place}粮油市场{month}月{day}日行情：粳米每斤{low}.{wind}元，面粉每斤{wind}.{low}元，菜油每桶{share}元，鸡蛋每斤{high}元。当日进场车辆{share}台，"
    "成交平稳，货源充足。市场管理处提醒各摊位明码标价，收市后把场地打扫干净，过秤时请买卖双方当面核对，有疑问到服务台复秤。",
    "关于{place}停水的通知：因管道检修，定于{month}月{day}日{wind}时至{high}时对{place}辖区停水，受影响的住户约{share}户。请大家提前储水，关好龙头，"
    "恢复供水之初水质可能发浑，放一会儿即可使用。给各位带来不便，敬请谅解。联系人{person}，服务窗口设在{place}供水所一楼大厅。",
    "{place}人民法院公告：{person}因借款合同纠纷一案，本院已于{month}月{day}日依法受理，涉及金额{share}万元。现向{person}公告送达起诉状副本、应诉通知书"
    "和开庭传票。自公告之日起经过{high}日即视为送达，提出答辩状的期限为公告期满后{low}日内，逾期本院将依法缺席判决。",
)
_PLACES = ("青石县", "白水县", "云溪镇", "望江镇", "鹭洲县", "松岭县", "石桥镇", "沙湾镇")
_PERSONS = ("何满仓", "陆知夏", "梁以宁", "许立群", "沈望潮", "顾晓枫")
_SKIES = ("晴", "多云", "阴有小雨", "雷阵雨", "阴转晴", "小到中雨")
ONE_THING = ("date", "place", "person", "figures", "sky")  # what a look-alike notice changes


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and whether the second is a reprint of the first or only looks like one."""

    kind: str
    text: str
    other: str
    reprint: bool


def reprints(articles: Sequence[str], seed: int) -> Iterator[Pair]:
    """Every article edited in each way; what an edit leaves as it was is passed over."""
    chosen = random.Random(seed)  # noqa: S311 - edits, no secret
    headlines = [_sentences(text)[0][:24] for text in articles]
    edits: Mapping[str, Callable[[str], str]] = {
        "other headline and lead": lambda text: _with_other_lead(text, chosen.choice(headlines)),
        "trimmed": lambda text: _trimmed(text, chosen),
        "other script": lambda text: str(_converter(chosen.choice(("s2t", "s2tw", "s2hk"))).convert(text)),
        "names masked": lambda text: _masked(text, chosen),
        "copy-edited": lambda text: _copy_edited(text, chosen),
    }
    for kind, edit in edits.items():
        for text in articles:
            edited = edit(text)
            if edited != text:
                yield Pair(kind, text, edited, reprint=True)


def reports(articles: Sequence[str], n: int) -> Iterator[Pair]:
    """At most n pairs of each family of reports: neighbours that say they are about something else."""
    for family, pattern in REPORTS.items():
        found = [(_about(match), text) for text in articles if (match := pattern.search(text[:200]))]
        pairs = [(one, other) for (key, one), (other_key, other) in combinations(found[: 2 * n], 2) if key != other_key]
        yield from (Pair(f"reports: {family}", one, other, reprint=False) for one, other in pairs[:: max(1, len(pairs) // n)][:n])


def _about(match: re.Match[str]) -> tuple[str, ...]:
    """What a report says it is about: 06时 is 6时, so that one printed in two papers is no look-alike of itself."""
    return tuple(re.sub(r"(?<!\d)0(?=\d)", "", group) for group in match.groups())


def notices(n: int, seed: int) -> Iterator[Pair]:
    """n pairs for each thing that an invented notice can change: the pattern and all else stay."""
    chosen = random.Random(seed)  # noqa: S311 - notices, no secret
    for thing in ONE_THING:
        for number in range(n):
            pattern = _NOTICES[number % len(_NOTICES)]
            values = _values(chosen)
            changed = {**values, **{name: value for name, value in _values(chosen, unlike=values).items() if name in _OF_THING[thing]}}
            one, other = pattern.format(**values), pattern.format(**changed)
            if one != other:
                yield Pair(f"notices: another {thing}", one, other, reprint=False)


_OF_THING = {
    "date": ("month", "day"),
    "place": ("place",),
    "person": ("person",),
    "figures": ("wind", "low", "high", "share"),
    "sky": ("sky", "other_sky"),
}


def _values(chosen: random.Random, unlike: Mapping[str, object] | None = None) -> dict[str, object]:
    drawn: dict[str, object] = {
        "place": chosen.choice(_PLACES),
        "person": chosen.choice(_PERSONS),
        "month": chosen.randint(1, 12),
        "day": chosen.randint(1, 28),
        "sky": chosen.choice(_SKIES),
        "other_sky": chosen.choice(_SKIES),
        "wind": chosen.randint(2, 6),
        "low": chosen.randint(1, 9),
        "high": chosen.randint(10, 30),
        "share": chosen.randint(31, 99),
    }
    same = unlike is not None and any(drawn[name] == unlike[name] for name in drawn)
    return _values(chosen, unlike) if same else drawn


def quoting(articles: Sequence[str], n: int, seed: int) -> Iterator[Pair]:
    """At most n pairs of articles that share some sentences and are no reprints: between 5 and 25 % of the shorter one's 13-grams."""
    hashes, numbers = fingerprints(articles)
    together: dict[int, list[int]] = defaultdict(list)
    for value, number in zip(hashes.tolist(), numbers.tolist(), strict=True):
        together[value].append(number)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for found in together.values():
        if len(found) <= 5:  # more texts than that share a phrase of the trade
            for pair in combinations(found, 2):
                shared[pair] += 1
    likely = [pair for pair, count in shared.items() if count >= 2]
    random.Random(seed).shuffle(likely)  # noqa: S311 - a sample, no secret
    made = 0
    for one, other in likely:
        if made < n and LEAST_QUOTED <= _contained(articles[one], articles[other]) <= MOST_QUOTED:
            made += 1
            yield Pair("articles that quote the same words", articles[one], articles[other], reprint=False)


def _contained(one: str, other: str) -> float:
    grams, others = ({text[place : place + 13] for place in range(len(text) - 12)} for text in (one, other))
    return len(grams & others) / max(1, min(len(grams), len(others)))


def is_report(text: str) -> bool:
    """Whether it belongs to one of the families of reports."""
    return any(pattern.search(text[:200]) for pattern in REPORTS.values())


def _sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


def _with_other_lead(text: str, headline: str) -> str:
    """Another headline, a line of the house, and the article without its first sentence."""
    rest = text[sentence_spans(text)[0].end :]
    return f"{headline}\n\n本报编辑部按：下面这篇文章读者来信中多有提及，现略去原来的导语，转载于此，供各位参考。\n{rest.lstrip()}"


def _trimmed(text: str, chosen: random.Random) -> str:
    """The first half or so, without one of its sentences."""
    sentences = _sentences(text)
    kept = sentences[: max(3, round(len(sentences) * chosen.uniform(0.4, 0.7)))]
    if len(kept) > 4:
        kept.pop(chosen.randrange(1, len(kept) - 1))
    return "".join(kept)


def _masked(text: str, chosen: random.Random) -> str:
    """Every person's name as its surname and a mask, each name in one way throughout."""
    names = {word for word, flag in _tagger().cut(text) if flag == "nr" and 2 <= len(word) <= 3 and word[0] in _SURNAMES}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, name[0] + chosen.choice(("某", "某某", "××")))
    return text


def _copy_edited(text: str, chosen: random.Random) -> str:
    """Words put for others of the same meaning, two times in three, and every sixth 的 taken out."""
    pairs = dict(pair.split() for pair in _COPY_EDITS) | {"的": ""}
    odds = {word: 1 / 6 if word == "的" else 2 / 3 for word in pairs}
    words = (word for word, _ in _tagger().cut(text))
    return "".join(pairs[word] if chosen.random() < odds.get(word, 0) else word for word in words)


@cache
def _converter(configuration: str) -> Any:
    import opencc

    return opencc.OpenCC(configuration)


@cache
def _tagger() -> Any:
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg


def sampled(articles: Sequence[str], n: int, seed: int) -> list[str]:
    """n of the articles that are long enough and no reports, the same for a seed."""
    usable = [text for text in articles if len(text) >= LONG_ENOUGH and not is_report(text)]
    places = np.random.default_rng(seed).permutation(len(usable))[:n]
    return [usable[place] for place in sorted(places.tolist())]
