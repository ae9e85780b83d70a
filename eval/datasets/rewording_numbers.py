"""Numbers and dates written another way: 三千五百人 and 3500人, 1998年5月3日 and 一九九八年五月三日 or 1998-05-03, 民国37年 and 1948年.

Only what is certainly a number is changed: one with a unit or an ordinal, cut where words are cut (三国, 十分, 万一, 二人转 and 三四十人
stay as they are). Not handled: fractions, times of day, lunar dates, years of two digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from eval.datasets.rewording_text import Change, Text, blot

_DIGITS = "零一二三四五六七八九"
_YEAR_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
_VALUES = {**{character: value for value, character in enumerate(_DIGITS)}, "〇": 0, "○": 0, "两": 2}
_SIZES = (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10))
_TENS = {name: size for name, size in _SIZES if size <= 1000}
_LARGEST = 10**12
_REPUBLIC = 1911  # 民国 1 is 1912

_HAN = "零〇○一二两三四五六七八九十百千万亿"
_HAN_DAY = "元一二三四五六七八九十廿卅"
_UNIT = (
    r"(?:周?岁|人次|次(?![互方函曲项元])|条(?![宫约])|[人名位个家座所场种支首集卷册张枚艘架辆米亩吨元层站天秒]|部(?![分门长队委落位])|公[里尺分顷斤]|千[米克]|[厘毫]米|英[里尺镑]|海里|"
    r"平方|立方|[美欧日港]元|小时|分钟|周年)"
)
_AFTER_ORDINAL = r"(?:次(?!世界大战)|[届名位集章条期个代版张季场卷回任轮批首本座辆颗艘站辑篇幕页天年款项枚局周]|部(?![分门长队委]))"
_NO_DIGITS_BEFORE = r"(?<![\dA-Za-z.,:/#~～—–－\-第×])(?<!×\s)"
_NO_HAN_BEFORE = rf"(?<![{_HAN}第几数好上哪这那点\dA-Za-z])"
_YEAR = r"(?<![\dA-Za-z.,/~～—–－\-])(?P<year>1\d{3}|20\d{2})年"
_HAN_YEAR = r"(?P<year>[一二][零〇○一二三四五六七八九]{3})年"
_REIGNS = (
    "洪武|建文|永乐|洪熙|宣德|正统|景泰|天顺|成化|弘治|正德|嘉靖|隆庆|万历|泰昌|天启|崇祯|顺治|康熙|雍正|乾隆|嘉庆|道光|咸丰|同治|光绪|宣统|"
    "贞观|开元|天宝|元丰|庆历|熙宁|至正|至元|明治|大正|昭和|平成"
)

Rule = tuple[re.Pattern[str], Callable[[Text, re.Match[str]], str | None]]


def han_number(value: int) -> str:
    """3500 is 三千五百. ValueError below 0, and from a trillion."""
    if not 0 <= value < _LARGEST:
        raise ValueError(f"a number from 0 to {_LARGEST - 1} is expected, got {value}")
    written = _han(value)
    return written[1:] if written.startswith("一十") else written


def _han(value: int) -> str:
    for name, size in _SIZES:
        if value >= size:
            many, rest = divmod(value, size)
            gap = "零" if rest * 10 < size else ""
            return _han(many) + name + (gap + _han(rest) if rest else "")
    return _DIGITS[value]


def number_of(han: str) -> int | None:
    """The reverse: 两千 and 二千 are 2000. None for what is not one whole number (三四十, 一千二)."""
    total = section = digit = 0
    for character in han:
        if character in _VALUES:
            digit = _VALUES[character]
        elif character in _TENS:
            section, digit = section + (digit or 1) * _TENS[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        else:
            return None
    value = total + section + digit
    usual = re.sub("[〇○]", "零", han.replace("两", "二"))
    usual = usual[1:] if usual.startswith("一十") else usual
    return value if value < _LARGEST and usual and han_number(value) == usual else None


def number_changes(text: Text) -> list[Change]:
    """Every number that is no date, the other way."""
    return _changes(text, blot(text.blotted, (span for rule, _ in _DATES for span in _spans(rule, text.blotted))), _NUMBERS)


def date_changes(text: Text) -> list[Change]:
    """Every date, year, decade and century, another way."""
    return _changes(text, text.blotted, _DATES)


def _spans(pattern: re.Pattern[str], blotted: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(blotted))


def _changes(text: Text, blotted: str, rules: tuple[Rule, ...]) -> list[Change]:
    changes: list[Change] = []
    for pattern, written in rules:
        for match in pattern.finditer(blotted):
            new = written(text, match)
            if new is not None and new != match[0] and not any(c.start < match.end() and match.start() < c.end for c in changes):
                changes.append(Change(match.start(), match.end(), (new,)))
    # All in digits, or all in characters, as the first: 4座 and 另外三座 do not change places.
    return [change for change in changes if _has_digits(change) == _has_digits(min(changes, key=lambda change: change.start))]


def _has_digits(change: Change) -> bool:
    return any(isinstance(part, str) and re.search(r"\d", part) for part in change.parts)


# Numbers


def _ordinal_in_digits(_: Text, match: re.Match[str]) -> str | None:
    value = number_of(match["number"])
    return None if value is None else str(value)


def _ordinal_in_han(_: Text, match: re.Match[str]) -> str:
    return han_number(int(match["number"]))


def _percent_in_digits(_: Text, match: re.Match[str]) -> str | None:
    value = number_of(match["number"])
    if value is None:
        return None
    decimals = "".join(str(_VALUES[character]) for character in match["decimals"] or "")
    return f"{value}.{decimals}%" if decimals else f"{value}%"


def _percent_in_han(_: Text, match: re.Match[str]) -> str:
    decimals = "".join(_DIGITS[int(digit)] for digit in match["decimals"] or "")
    return f"百分之{han_number(int(match['number']))}" + (f"点{decimals}" if decimals else "")


def _ten_thousands(_: Text, match: re.Match[str]) -> str | None:
    """3.5万 is 35000, 6.63亿 is 6亿6300万; 3万 is 三万, 6千万 is 六千万."""
    whole, decimals = match["number"], match["decimals"] or ""
    size = 10**8 if match["size"].endswith("亿") else 10**4
    if not decimals:
        return _quantity(int(whole)) + match["size"]
    if match["size"] not in ("万", "亿") or len(decimals) > 4:
        return None
    rest = int(decimals) * size // 10 ** len(decimals)
    return str(int(whole) * size + rest) if size == 10**4 else f"{whole}亿{rest // 10**4}万"


def _quantity_in_han(_: Text, match: re.Match[str]) -> str | None:
    value = int(match["number"].replace(",", ""))
    return _quantity(value) if 0 < value < _LARGEST and not match["number"].startswith("0") else None


def _quantity(value: int) -> str:
    """As it is said before a unit: 两个, 两千, 二十."""
    return re.sub("^二(?=[千万亿]|$)", "两", han_number(value))


def _quantity_in_digits(text: Text, match: re.Match[str]) -> str | None:
    han = match["number"]
    value = number_of(han)
    certain = text.is_cut(match.start(), match.end("number")) or text.is_cut(match.start(), match.end("unit"))
    named = any(word.end == match.start() and word.tag.startswith("n") for word in text.words) and match["unit"] in "家条部集"
    if value is None or value < 2 or named or han in "百千万亿" or not certain or (value < 10 and match["unit"] == "元"):
        return None
    return f"{value // 10**4}万" if value >= 10**5 and value % 10**4 == 0 else str(value)


_NUMBERS: tuple[Rule, ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (rf"(?<=第)(?P<number>[一二三四五六七八九十百]+)(?={_AFTER_ORDINAL})", _ordinal_in_digits),
        (rf"(?<=第)(?P<number>[1-9]\d{{0,2}})(?={_AFTER_ORDINAL})", _ordinal_in_han),
        (r"百分之(?P<number>[零一二三四五六七八九十百]+)(?:点(?P<decimals>[零一二三四五六七八九]+))?", _percent_in_digits),
        (rf"{_NO_DIGITS_BEFORE}(?P<number>\d{{1,3}})(?:\.(?P<decimals>\d+))?%", _percent_in_han),
        (rf"{_NO_DIGITS_BEFORE}(?P<number>[1-9]\d{{0,3}}|0)(?:\.(?P<decimals>\d+))?(?P<size>[百千]?万|亿)(?!分之)", _ten_thousands),
        (rf"{_NO_DIGITS_BEFORE}(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})(?={_UNIT})", _quantity_in_han),
        (rf"{_NO_HAN_BEFORE}(?P<number>[{_HAN}]+)(?=(?P<unit>{_UNIT}))", _quantity_in_digits),
    )
)


# Dates


def _in_digits(year: str) -> str:
    return "".join(str(_VALUES[character]) for character in year)


def _day_number(han: str) -> int | None:
    """廿五 is 25, 元 is 1."""
    return 1 if han == "元" else number_of(han.replace("廿", "二十").replace("卅", "三十"))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _full_date(text: Text, match: re.Match[str]) -> str | None:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not _is_date(year, month, day):
        return None
    in_han = f"{match['year'].translate(_YEAR_DIGITS)}年{han_number(month)}月{han_number(day)}日"
    stands_apart = text.plain[match.end() : match.end() + 1] in ("", "，", ",", "。", "？", "?", "）", ")", "的")
    return text.choose((in_han, f"{year}-{month:02}-{day:02}"), "date") if stands_apart else in_han


def _month_in_han(_: Text, match: re.Match[str]) -> str | None:
    month = int(match["month"])
    return f"{match['year'].translate(_YEAR_DIGITS)}年{han_number(month)}月" if 1 <= month <= 12 else None


def _year_in_han(_: Text, match: re.Match[str]) -> str:
    return f"{match['year'].translate(_YEAR_DIGITS)}年"


def _day_in_han(_: Text, match: re.Match[str]) -> str | None:
    month, day = int(match["month"]), int(match["day"])
    return f"{han_number(month)}月{han_number(day)}{match['named']}" if _is_date(2000, month, day) else None


def _date_in_digits(text: Text, match: re.Match[str]) -> str | None:
    if not text.is_cut(match.start(), match.end()):
        return None
    fields = match.groupdict()
    written = f"{_in_digits(fields['year'])}年" if fields.get("year") else ""
    month, day = number_of(fields.get("month") or "一"), number_of(fields.get("day") or "一")
    if month is None or day is None or not _is_date(2000, month, day):
        return None
    written += f"{month}月" if fields.get("month") else ""
    return written + (f"{day}{fields['named']}" if fields.get("day") else "")


def _decade_of_century(text: Text, match: re.Match[str]) -> str | None:
    century, decade = (int(part) if part.isdigit() else number_of(part) for part in (match["century"], match["decade"]))
    if century is None or decade is None or not 1 < century < 22 or decade % 10 or not 10 <= decade <= 90:
        return None
    in_words = f"{han_number(century)}世纪{han_number(decade)}年代" if match["century"].isdigit() else f"{century}世纪{decade}年代"
    return text.choose((in_words, f"{(century - 1) * 100 + decade}年代"), "decade")


def _decade_of_years(text: Text, match: re.Match[str]) -> str:
    century, decade = int(match["hundreds"]) + 1, int(match["tens"]) * 10
    return text.choose((f"{century}世纪{decade}年代", f"{han_number(century)}世纪{han_number(decade)}年代"), "decade")


def _century(text: Text, match: re.Match[str]) -> str | None:
    written = match["century"]
    if written.isdigit():
        return f"{han_number(int(written))}世纪"
    value = number_of(written)
    return f"{value}世纪" if value is not None and value > 1 and text.is_cut(match.start(), match.end()) else None


def _year_of_the_republic(_: Text, match: re.Match[str]) -> str | None:
    written = match["year"]
    value = int(written) if written.isdigit() else _day_number(written)
    return f"{_REPUBLIC + value}年" if value and value < 200 else None


def _year_of_a_reign(_: Text, match: re.Match[str]) -> str | None:
    written = match["year"]
    if written.isdigit():
        return f"{match['reign']}{han_number(int(written))}年"
    value = _day_number(written)
    return f"{match['reign']}{value}年" if value is not None and value > 1 else None


def _before_christ(_: Text, match: re.Match[str]) -> str:
    return f"前{match['year']}"


# A later rule does not touch what an earlier one has changed: the longest forms come first.
_DATES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (rf"{_YEAR}\s?(?P<month>\d{{1,2}})月\s?(?P<day>\d{{1,2}})[日号]", _full_date),
        (rf"{_YEAR}\s?(?P<month>\d{{1,2}})月(?![\d\s])", _month_in_han),
        (rf"(?:中华)?民国\s?(?P<year>\d{{1,3}}|[{_HAN_DAY}]{{1,4}})年(?!代)", _year_of_the_republic),
        (rf"(?P<reign>{_REIGNS})(?P<year>\d{{1,2}}|[{_HAN_DAY}]{{1,4}})年(?!代)", _year_of_a_reign),
        (r"(?<!\d)(?P<century>\d{1,2})世纪(?P<decade>[1-9]0)年代", _decade_of_century),
        (rf"{_NO_HAN_BEFORE}(?P<century>[一二十]+[一二三四五六七八九]?)世纪(?P<decade>[一二三四五六七八九]?十)年代", _decade_of_century),
        (r"(?<![\dA-Za-z\-])(?P<hundreds>1[4-9]|20)(?P<tens>[1-9])0年代", _decade_of_years),
        (r"(?<![\dA-Za-z\-])(?P<century>[1-9]\d?)世纪", _century),
        (rf"{_NO_HAN_BEFORE}(?P<century>[一二三四五六七八九十]+)世纪(?!福[斯克])", _century),
        (r"[公西]元前(?P<year>\d{1,4})(?=年)", _before_christ),
        (rf"{_YEAR}(?![代级]|\s?\d)", _year_in_han),
        (rf"{_HAN_YEAR}(?P<month>[一二三四五六七八九十]+)月(?P<day>[一二三四五六七八九十]+)(?P<named>[日号])", _date_in_digits),
        (rf"{_HAN_YEAR}(?P<month>[一二三四五六七八九十]+)月", _date_in_digits),
        (rf"{_HAN_YEAR}(?![代级])", _date_in_digits),
        (r"(?<![\d.年])(?P<month>\d{1,2})月(?P<day>\d{1,2})(?P<named>[日号])(?![\d线楼])", _day_in_han),
        (rf"{_NO_HAN_BEFORE}(?P<month>[一二三四五六七八九十]+)月(?P<day>[一二三四五六七八九十]+)(?P<named>[日号])", _date_in_digits),
    )
)
