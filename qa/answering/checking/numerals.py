"""Numbers as values: 1200万, 一千二百万 and 0.12亿 are one number, 1.5公里 is 1500米, 百分之十二 is 12%.

Conversions are exact or not made: 亩, 里 and currencies keep their names. Not handled, so that they have to stand word for word: 三四十,
一千二 (for 1200), 十几, clock times, numbers of other scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from embeddings.folding import fold

_DIGIT = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_SIZE = {"十": 10, "百": 100, "千": 1000}
_MYRIAD = {"万": 10**4, "亿": 10**8}
_PIECE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|.")
_POSITIONAL = re.compile(r"[〇零一二三四五六七八九]{3,}|[一二三四五六七八九][〇零][一二三四五六七八九]?|[〇零]+")

# Units of one dimension that convert exactly: name -> base unit, how many of it. 千米 and 千克 come as 千 and 米, 万千瓦 as 万千 and 瓦.
_EXACT: dict[str, tuple[str, Fraction]] = {
    **{name: ("米", Fraction(factor)) for name, factor in (("公里", 1000), ("km", 1000), ("米", 1), ("公尺", 1))},
    **{name: ("米", Fraction(1, factor)) for name, factor in (("厘米", 100), ("公分", 100), ("cm", 100), ("毫米", 1000), ("mm", 1000))},
    **{name: ("平方米", Fraction(factor)) for name, factor in (("平方公里", 10**6), ("km2", 10**6), ("公顷", 10**4))},
    **{name: ("平方米", Fraction(1)) for name in ("平方米", "平米", "m2")},
    "平方千米": ("平方米", Fraction(10**6)),
    **{name: ("克", Fraction(factor)) for name, factor in (("公斤", 1000), ("kg", 1000), ("吨", 10**6), ("公吨", 10**6), ("斤", 500))},
    **{"克": ("克", Fraction(1)), "毫克": ("克", Fraction(1, 1000))},
    **{"升": ("升", Fraction(1)), "毫升": ("升", Fraction(1, 1000))},
    **{"瓦": ("瓦", Fraction(1)), "兆瓦": ("瓦", Fraction(10**6))},
    **{"瓦时": ("瓦时", Fraction(1)), "兆瓦时": ("瓦时", Fraction(10**6))},
    **{"小时": ("分钟", Fraction(60)), "分钟": ("分钟", Fraction(1))},
    **{"%": ("%", Fraction(1)), "‰": ("%", Fraction(1, 10))},
    **{"摄氏度": ("°c", Fraction(1)), "°c": ("°c", Fraction(1))},
}
EXACT_UNITS = {fold(name): base for name, base in _EXACT.items()}

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
RUN = (
    rf"(?:{_DIGITS}(?:[十百千万亿]+(?:{_DIGITS}[十百千万亿]+)*)?"
    r"|[〇零一二两三四五六七八九十][〇零一二两三四五六七八九十百千万亿]*(?:点[〇零一二三四五六七八九]+(?![十分刻])[百千万亿]*)?"
    r"|[百千]+[万亿]+)"
)


def value_of(run: str) -> Fraction | None:
    """The value of a numeral that RUN matches, None for one that is not certainly one number (三四十, 一千二)."""
    if _POSITIONAL.fullmatch(run):
        return Fraction(int("".join(str(_DIGIT[character]) for character in run)))
    total = section = Fraction(0)
    digit: Fraction | None = None
    before = ""
    pieces = _PIECE.findall(run)
    for place, piece in enumerate(pieces):
        if piece[0].isdecimal():
            if digit is not None:
                return None
            digit = Fraction(piece.replace(",", ""))
        elif piece in _DIGIT:
            if digit:  # 零 alone may stand before a digit
                return None
            digit = Fraction(_DIGIT[piece])
        elif piece == "点":
            rest = pieces[place + 1 :]
            decimals = "".join(str(_DIGIT[one]) for one in rest if one in _DIGIT)
            point = section + (digit or 0) + Fraction(int(decimals), 10 ** len(decimals))
            return (total + point) * _product(one for one in rest if one not in _DIGIT)
        elif piece in _SIZE and digit is None and not section and total:  # 万千 of 5万千瓦
            total *= _SIZE[piece]
        elif piece in _SIZE:
            section += (1 if digit is None or (digit == 0 and before == "零") else digit) * _SIZE[piece]
            digit = None
        else:
            size = _MYRIAD[piece]
            number = section + (digit or 0)
            if size == 10**8 or not total:
                total = (total + number) * size if total or number else Fraction(size)
            else:
                total += number * size
            section, digit = Fraction(0), None
        before = piece
    if digit and len(pieces) > 1 and pieces[-2] in "百千万亿" and pieces[-1] in _DIGIT:
        return None
    return total + section + (digit or 0)


def _product(sizes: Iterable[str]) -> int:
    product = 1
    for size in sizes:
        product *= _SIZE.get(size) or _MYRIAD[size]
    return product
