"""Publication dates as ISO prefixes: '2022', '2022-08', '2022-08-16'.

Reads ISO and slashed dates, 2022年8月16日, 二〇二二年八月十六日, 民國111年8月16日 (also without 民國), RFC 2822, PDF's D:20220816…. Not
handled: dates told relative to another one (昨日, 去年: `mentions` reads them), lunar and reign years, American month names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from email.utils import parsedate_to_datetime

DIGIT = "0-9０-９〇○零一二三四五六七八九十廿卅"
CHINESE = re.compile(
    rf"(民国|民國)?\s*([{DIGIT}元]{{1,5}})\s*年\s*"
    rf"(?:([{DIGIT}]{{1,3}})\s*月\s*(?:份\s*)?(?:([{DIGIT}]{{1,3}})\s*[日号號])?)?"
)
NUMERIC = re.compile(r"(?<![\d.])((?:19|20)\d\d)\s?([-/.·])\s?(\d{1,2})(?:\s?\2\s?(\d{1,2}))?(?![\d-])")
PDF = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")
YEAR = re.compile(r"\s*((?:19|20)\d\d)\s*")
RFC_2822 = re.compile(r"^\s*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,\s*)?\d{1,2}\s+[A-Z][a-z]{2}[a-z]*\s+\d{4}")
DATE_LINE_LENGTH, MOST_LETTERS = 60, 12  # characters of a date line, and letters in it beside its dates
MARK = "\0"  # stands for a date while its line is looked at
BESIDE_A_DATE = re.compile(  # weekday, time of day, issue: what a date line tells besides
    rf"""[,，]?\s*(?:星期|周|週|礼拜|禮拜)[一二三四五六日天](?![\u3400-\u9fff])
      | [T\s]*(?:凌晨|清晨|早上|上午|中午|下午|晚上|夜间|夜間)?\s?\d{{1,2}}\s?(?:[:：]\d\d|[时時点點])(?:[:：]?\s?\d\d\s?[分秒]?){{0,2}}
      | (?P<issue>\s*[总總]?第\s?[{DIGIT}]{{1,5}}\s?[期卷版号號])""",
    re.X,
)
AFTER_A_DATE = re.compile(  # words that may touch a date from behind
    r"""[讯訊电電刊版印号號]|消息|(?:出版|刊登|刊[载載]|发[布表]|發[布佈表]|更新|修[订訂]|定稿|完稿|初稿)
      | [,，]?[于於][^，。；！？\0]{1,8}|[初底末]|年[初底末]|[春夏秋冬][季天日]?|[上中下]旬|[^，。；！？\0]{1,10}[报報刊网網]""",
    re.X,
)
WITH_A_YEAR = re.compile(r".*[报報刊社站台局网網]|来源|來源|作者|日期|(?:发布|發[布佈])?[时時][间間]")  # beside a date without a month
TELLS_MORE = re.compile(  # before a date: since, until, in, but not 写于
    r"(?<![写寫作撰记記刊载載表布佈稿改录錄书書识識摄攝])[于於]$|[从從自在至到止截以由及和与與是为為了]$"
)
BETWEEN_WORDS = re.compile(r"[\s|｜/／:：·•()（）\[\]【】《》〔〕“”\"_–—-]+")
PROSE = re.compile(r"[，。；！？、,;!?]")
PERIOD = re.compile(rf"{MARK}\s*[-–—~～至到]+\s*[{MARK}{DIGIT}]")
LONGEST_VALUE = 100  # characters of a metadata value that are looked at: a longer one is no date
REPUBLIC = 1911  # 民國 1 is 1912
SAID_WITHOUT_ITS_NAME = range(100, 150)  # 111年8月16日 can only be of 民國
DIGITS = {**{character: value for value, character in enumerate("〇一二三四五六七八九")}, "零": 0, "○": 0}


def iso_date(value: object) -> str:
    """The ISO prefix that a metadata value states, or "" when it states none. Accepts str, date, datetime, int."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = str(value).strip()[:LONGEST_VALUE] if isinstance(value, str | int) else ""
    if RFC_2822.match(text):
        try:
            return parsedate_to_datetime(text).date().isoformat()
        except (ValueError, OverflowError):  # the second for a year of many digits
            return ""
    if found := PDF.match(text):
        return iso_prefix(found[1], found[2], found[3])
    if found := YEAR.fullmatch(text):
        return found[1]
    return date_in(text)


def date_in(line: str) -> str:
    """The ISO prefix of the first date that a line contains, numeric ones first, or ""."""
    return next((iso for _, iso in _dates(line)), "")


def is_date_line(line: str) -> bool:
    """Whether a line tells a date and nothing else but its weekday and time, an issue, a place, a source, an author.

    What touches a date must be known to go with one, so that 2019年大水之后 is none; beside a year alone only sources and labels stand.
    """
    if len(line) > DATE_LINE_LENGTH or not (found := list(_dates(line))):
        return False
    marked = line
    for match, _ in sorted(found, key=lambda one: -one[0].start()):
        date_text = match[0].strip()
        marked = marked[: match.start()] + match[0].replace(date_text, MARK) + marked[match.end() :]
    has_issue = any(beside["issue"] for beside in BESIDE_A_DATE.finditer(marked))
    bare = BESIDE_A_DATE.sub("", marked)
    if PERIOD.search(bare) or TELLS_MORE.search(bare.partition(MARK)[0].rstrip()):
        return False
    exact = has_issue or any(len(iso) > len("2022") for _, iso in found)
    words = [word for word in BETWEEN_WORDS.split(bare) if word]
    letters = sum(character.isalpha() for word in words for character in word)
    return letters <= MOST_LETTERS and all(_stands_by_a_date(word, exact=exact) for word in words)


def _stands_by_a_date(word: str, *, exact: bool) -> bool:
    """Whether a word of a line may stand in one that tells a date. exact: whether that is more than a year."""
    before, touches, after = word.partition(MARK)
    if PROSE.search(before):
        return False
    if not touches:
        return exact or bool(WITH_A_YEAR.fullmatch(word))
    return (exact or not before) and (not after or bool(AFTER_A_DATE.fullmatch(after)))


def _dates(line: str) -> Iterator[tuple[re.Match[str], str]]:
    """The dates in a line, each with its ISO prefix: the numeric ones, then the others."""
    for found in NUMERIC.finditer(line):
        if iso := iso_prefix(found[1], found[3], found[4]):
            yield found, iso
    for found in CHINESE.finditer(line):
        year = number(found[2])
        if found[1] or (found[4] and year in SAID_WITHOUT_ITS_NAME):
            year += REPUBLIC
        if 1900 <= year < 2100 and (iso := iso_prefix(str(year), _text(found[3]), _text(found[4]))):
            yield found, iso


def iso_prefix(year: str, month: str | None, day: str | None) -> str:
    """The date in ISO form, as far as it is told; "" when there is no such day. The parts are digits."""
    try:
        checked = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    return checked.isoformat()[: 10 if day else 7 if month else 4]


def _text(digits: str | None) -> str | None:
    return str(number(digits)) if digits else None


def number(digits: str) -> int:
    """二〇二二, 十六, 廿一, 111 and 元 as numbers; -1 when it is none."""
    if digits == "元":
        return 1
    if digits.isdecimal():  # full width digits too
        return int(digits)
    expanded = digits.replace("廿", "二十").replace("卅", "三十")
    if "十" in expanded:
        tens, _, units = expanded.partition("十")
        if len(tens) > 1 or len(units) > 1:
            return -1
        return DIGITS.get(tens, 1) * 10 + DIGITS.get(units, 0)
    values = [DIGITS.get(character, -1) for character in expanded]
    return -1 if -1 in values else int("".join(map(str, values)))
