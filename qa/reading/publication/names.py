"""Names of authors as contents pages and bylines print them: 郑涛, 苗 密, one character a line, 古丽·艾山, 本刊编辑部.

Simplified and Traditional alike, through folding. A name of two or three characters begins with a surname, of four with a double surname;
anything else (pen names) is believed only where the article prints the same words under its title, which the caller checks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from embeddings.folding import fold

SURNAMES = frozenset(
    fold(
        "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉"
        "岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝"
        "闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴"
        "陆荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印"
        "宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾"
        "鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩聂晁勾敖融冷訾辛阚那简饶空曾毋沙养鞠须丰关蒯相查荆红游竺权"
        "逯盖益桓公仉督岳帅缑亢况后有琴归海晋楚闫法汝涂肖佟付代丘覃仝冼麦苟盘隋兰邸伦战回"
    )
)
DOUBLE = "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 端木 夏侯 南宫 宇文 长孙 轩辕 独孤 呼延 西门 申屠"
DOUBLE_SURNAMES = frozenset(fold(DOUBLE).split())
HAN = "\u3400-\u9fff"
FULL_NAME = re.compile(rf"[{HAN}]{{2,4}}")
DOTTED_NAME = re.compile(rf"[{HAN}]{{1,8}}(?:[·•・][{HAN}]{{1,8}})+")
OFFICE = re.compile(r"(?:本刊|本報|本报|本社)\S{0,10}")  # 本刊编辑部, 本刊记者
ROLE = re.compile(  # before or after the names
    r"^[\[【（(〔]?\s*(?:[□■◎○●◇◆]\s*|(?:本刊|本报|本報|特约|特約|实习|實習)?\s*(?:文|作者|撰文|记者|記者|通讯员|通訊員|采写|採寫|整理)\s*[:：／/|]?\s*"
    r"|(?:本刊|本报|本報)(?:特约|特約)?(?:记者|記者|通讯员|通訊員)\s*)|\s*[)）\]】〕]$|\s+(?:文|撰文|整理|/\s*文)$"
)
BETWEEN = re.compile(r"[\s、,，;；/／|]+")
MOST_SINGLES = 9
LONGEST_BYLINE = 40  # characters


def name_like(token: str) -> bool:
    """Whether a word without blanks could be a name, a pen name or an office."""
    return bool(FULL_NAME.fullmatch(token) or DOTTED_NAME.fullmatch(token) or OFFICE.fullmatch(token) or is_single(token))


def is_single(token: str) -> bool:
    """Whether this is one Han character, as names are spaced out or set one character a line."""
    return len(token) == 1 and "\u3400" <= token <= "\u9fff"


def sure_name(token: str) -> bool:
    """Whether a word is a name by itself: a surname with what follows it, names with a dot, an office."""
    if DOTTED_NAME.fullmatch(token) or OFFICE.fullmatch(token):
        return True
    folded = fold(token)
    if not FULL_NAME.fullmatch(token):
        return False
    return folded[:2] in DOUBLE_SURNAMES if len(token) == 4 else folded[0] in SURNAMES


def names_of(tokens: Sequence[str]) -> tuple[str, ...]:
    """The names that words make: 郑 涛 兰 天 is two of them. A run of single characters that no surnames part stays together."""
    names: list[str] = []
    singles: list[str] = []
    for token in [*tokens, ""]:
        if is_single(token):
            singles.append(token)
            continue
        names += _from_singles(singles)
        singles = []
        if token:
            names.append(token)
    return tuple(names)


def byline_names(line: str) -> tuple[str, ...]:
    """The authors that a line standing for itself names for sure, () when it is no byline: 郑 涛, 文/郑涛, 本刊记者 郑涛 兰天."""
    bare = line.strip()
    marked = ROLE.sub("", bare) if len(line) <= LONGEST_BYLINE else ""
    tokens = [token for token in BETWEEN.split(marked.strip()) if token]
    if not tokens:
        return (bare,) if OFFICE.fullmatch(bare) else ()
    names = names_of(tokens)
    return names if all(map(sure_name, names)) else ()


def _from_singles(singles: Sequence[str]) -> list[str]:
    """Names of two or three characters, each beginning with a surname; of several ways to part them the one of equal lengths."""
    if not singles:
        return []
    whole = "".join(singles)
    if len(singles) < 4 or len(singles) > MOST_SINGLES:
        return [whole]
    ways = []
    for lengths in (way for count in range(1, 5) for way in product((2, 3), repeat=count) if sum(way) == len(singles)):
        ends = [sum(lengths[: place + 1]) for place in range(len(lengths))]
        parts = [whole[end - length : end] for end, length in zip(ends, lengths, strict=True)]
        if all(map(sure_name, parts)):
            ways.append(parts)
    return min(ways, key=lambda parts: len({len(part) for part in parts}), default=[whole])
