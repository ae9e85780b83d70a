"""Queries in the other script, and in both at once: what search has to be blind to.

Converted by OpenCC (configurations s2t and t2s), character by character where no phrase of its tables decides. It errs at times where one
Simplified character stands for several Traditional ones, and it does not turn words of the mainland into those of Taiwan. Not handled:
documents in another script; those stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from eval.datasets.records import Draft

Script = Literal["hans", "hant", "mixed"]

_CONFIGURATIONS = {"hans": "t2s", "hant": "s2t"}

# A Simplified character, then the Traditional ones that it stands for where they are different words. Left out: mere variants (為/爲), and
# characters that are hardly ever written (党 beside 黨, as a name).
FAMILIES = (
    *("后后後", "发發髮", "里里裏裡", "干干乾幹榦", "面面麵麪", "台台臺檯颱", "制制製", "系系係繫", "复復複", "历歷曆", "只只隻"),
    *("钟鐘鍾", "松松鬆", "斗斗鬥", "谷谷穀", "云云雲", "余余餘", "征征徵", "准准準", "范范範", "志志誌", "周周週", "表表錶", "须須鬚"),
    *("尽盡儘", "获獲穫", "汇匯彙", "坛壇罈", "团團糰", "卷卷捲", "几几幾", "丰丰豐", "舍舍捨", "于于於", "升升昇陞", "游游遊", "占占佔"),
    *("采采採", "布布佈", "回回迴", "冲沖衝", "出出齣", "当當噹", "并并並併", "合合閤", "向向嚮曏", "术術朮", "克克剋", "别別彆", "致致緻"),
    *("划划劃", "核核覈", "苏蘇囌", "席席蓆", "彩彩綵", "板板闆", "累累纍", "千千韆", "困困睏", "签簽籤", "沈沈瀋", "辟辟闢", "御御禦"),
    *("梁梁樑", "伙伙夥", "蒙蒙濛懞矇", "曲曲麴麯", "朱朱硃", "才才纔", "念念唸", "症症癥", "泛泛氾汎", "扎扎紮", "烟煙菸", "恶惡噁"),
    *("叶叶葉", "秋秋鞦", "胡胡鬍衚", "毁毀燬譭", "咨咨諮", "赞贊讚", "折折摺", "佛佛彿", "昆昆崑", "脏臟髒", "摆擺襬", "漓漓灕"),
    *("尝嘗嚐", "杆杆桿", "淀淀澱", "酸酸痠", "岳岳嶽", "吁吁籲", "旋旋鏇", "吊吊弔", "蔑蔑衊", "荡蕩盪", "涂涂塗", "欲欲慾", "姜姜薑"),
    *("雕雕鵰彫", "凶凶兇", "家家傢", "弥彌瀰", "郁郁鬱", "咸咸鹹", "朴朴樸", "腊腊臘", "仑侖崙", "纤纖縴", "卜卜蔔", "尸尸屍", "佣佣傭"),
    *("刮刮颳", "丑丑醜", "奸奸姦", "霉霉黴", "熏熏燻", "帘帘簾", "饥飢饑", "仆仆僕", "哄哄鬨", "卤鹵滷", "芸芸蕓", "抵抵牴", "据据據"),
    *("幸幸倖", "局局侷", "注注註", "托托託", "愈愈癒", "冬冬鼕", "巨巨鉅", "挽挽輓", "夸夸誇", "咽咽嚥", "栗栗慄", "戚戚慼", "糊糊餬"),
)
_OF_FAMILIES = frozenset("".join(FAMILIES))


def in_script(draft: Draft, script: Script) -> Draft:
    """The query in Simplified ("hans"), in Traditional ("hant"), or with both mixed; gold and documents stay as they are.

    Mixed: each character that the other script writes differently is in one or the other, by a coin thrown for its query id and place.
    A query without such characters comes out as it was.
    """
    text = _mixed(draft) if script == "mixed" else _converter(_CONFIGURATIONS[script])(draft.text)
    return draft.reworded(f"-{script}", text, f"query script: {script}", f"one-to-many: {'yes' if has_one_to_many(text) else 'no'}")


def has_one_to_many(text: str) -> bool:
    """Whether a character belongs to a family of several Traditional characters that share one Simplified character."""
    return not _OF_FAMILIES.isdisjoint(text)


def made_with() -> tuple[str, ...]:
    """What the converted queries depend on besides their set: OpenCC's version and this module."""
    return (f"OpenCC {version('opencc')}", Path(__file__).read_text(encoding="utf-8"))


def _mixed(draft: Draft) -> str:
    others = [_converter(configuration)(draft.text) for configuration in _CONFIGURATIONS.values()]
    other = max(others, key=lambda text: sum(a != b for a, b in zip(text, draft.text, strict=True)))
    pairs = zip(draft.text, other, strict=True)
    return "".join(b if _coin(draft.query_id, place) else a for place, (a, b) in enumerate(pairs))


def _coin(query_id: str, place: int) -> bool:
    return bool(hashlib.sha256(f"{query_id} {place}".encode()).digest()[0] & 1)


@cache
def _converter(configuration: str) -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC(configuration).convert
    return convert
