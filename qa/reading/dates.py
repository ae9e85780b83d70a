"""Publication dates as ISO prefixes: '2022', '2022-08', '2022-08-16'.

Reads ISO and slashed dates, 2022年8月16日, 二〇二二年八月十六日, 民國111年8月16日 (also without 民國), RFC 2822, PDF's D:20220816…. Not
handled: dates told relative to another one (昨日, 去年: `mentions` reads them), lunar and reign years, American month names.
"""

from __future__ import annotations

import re
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
WEEKDAY = re.compile(r"^\s*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,\s*)?\d{1,2}\s+[A-Z][a-z]{2}[a-z]*\s+\d{4}")
DATE_LINE_LENGTH = 60
LONGEST_VALUE = 100  # characters of a metadata value that are looked at: a longer one is no date
REPUBLIC = 1911  # 民國 1 is 1912
SAID_WITHOUT_ITS_NAME = range(100, 150)  # 111年8月16日 can only be of 民國
DIGITS = {**{character: value for value, character in enumerate("〇一二三四五六七八九")}, "零": 0, "○": 0}


def iso_date(value: object) -> str:
    """The ISO prefix that a metadata value states, or "" when it states none. Accepts str, date, datetime, int."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    text = str(value).strip()[:LONGEST_VALUE] if isinstance(value, str | int) else ""
    if WEEKDAY.match(text):
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
    """The ISO prefix of the first date that a line contains, or ""."""
    found = NUMERIC.search(line)
    if found and (iso := iso_prefix(found[1], found[3], found[4])):
        return iso
    for found in CHINESE.finditer(line):
        year = number(found[2])
        if found[1] or (found[4] and year in SAID_WITHOUT_ITS_NAME):
            year += REPUBLIC
        if 1900 <= year < 2100 and (iso := iso_prefix(str(year), _text(found[3]), _text(found[4]))):
            return iso
    return ""


def is_date_line(line: str) -> bool:
    """Whether a line is little else than a date: at most half of its characters are other than the date, its time and its source."""
    return len(line) <= DATE_LINE_LENGTH and bool(date_in(line)) and len(re.findall(r"[^\W\d]", re.sub(CHINESE, "", line))) <= 12


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
