"""Dates that a text names, each resolved against the day on which the text, or its section, was published.

A text that is put out again days later may say so: a dateline (8月16日电) or 今天（8月16日） near its beginning tells its own day, from
which it then counts. Where it does not, 昨天 is as wrong as the publication date is late.

Absolute: 2021年8月16日, 二〇二一年, 民國一一〇年, 2021-08-16, both ends of 1998至2000年. Relative: 去年, 今年8月, 本月, 昨天; 8月16日
without its year; 16日 without its month where it stands as in news; 同年 and 次年 after a year. What cannot be resolved for certain is
left out: precision comes before recall, for what is found is shown beside the text as our addition.

Not handled: quoted speech and stories, which count from another day than their publication (a name in 《》 is passed over, a quotation
cannot be told); years of two digits, lunar dates, reigns, decades, weeks, seasons, holidays; 当年, 当日 and 日前, which name no day; 上年,
which in statistics counts from the year that is spoken of; a date that a column break cuts in two.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from qa.reading.dates import REPUBLIC, iso_prefix, number
from qa.records import Block, DateMention, Section, Span

D = "0-9０-９"
HAN = "一二三四五六七八九十廿卅"
DAY = rf"\s?(?:[{D}]{{1,2}}|[{HAN}]{{1,3}})(?:\s?[日号號]|(?=[-–—－~～至到][{D}]{{1,2}}\s?日))"  # 8月10至12日: the end is a mention too

# The set in front lets `re` skip to where a date may begin; the branches look back at the character that it took.
MENTION = re.compile(
    rf"""[{D}{HAN}今去前明本同次翌昨上下民《](?:
        (?<=《)(?P<name>[^《》\n]{{1,60}}》)
      | (?<=[12１２])[{D}]{{3}}(?P<numeric>(?P<between>[-/.])[{D}]{{1,2}}(?P=between)[{D}]{{1,2}})(?![{D}])
      | (?<=[12１２])[{D}]{{3}}(?P<opens>)(?=\s?[-–—－~～至到]{{1,2}}\s?[12１２][{D}]{{3}}\s?年)
      | (?:
            (?P<year>(?<=[12１２])[{D}]{{3}}|(?<=[一二])[〇○零O0{HAN[:9]}]{{3}})\s?年(?![级級])
          | (?<=民)[国國]\s?(?P<republic>[{D}]{{1,3}}|[〇○零{HAN}百]{{1,5}}|元)\s?年
          | (?<=1)(?P<taiwan>[0-4][0-9])\s?年(?=\s?[{D}]{{1,2}}\s?月\s?[{D}]{{1,2}}\s?[日號])
          | (?<=[今去前明本同次翌])(?P<year_word>年)
        )
        (?:度|\s?份?\s?(?P<month>[{D}]{{1,2}}|[{HAN}]{{1,3}})\s?月(?:份|(?P<day>{DAY}))?)?
      | (?<=[{D}{HAN}])(?P<month_alone>[{D}{HAN}]{{0,2}})\s?月(?P<part>{DAY}|份|底|初|末|[上中下]旬)?
      | (?<=[{D}])(?P<day_alone>[{D}]?)\s?日
      | (?<=[本上下])(?P<month_word>[个個]?月)(?P<its_day>{DAY})?
      | (?<=[今昨前明])(?P<day_word>[日天晚夜晨早])
    )""",
    re.X,
)
SENTENCE_END = re.compile(r"[。！？!?\n]")
TO = re.compile(r"[日号號]?\s?[-–—－~～至到、和及]{1,2}\s?")
STILL_TO_COME = re.compile(r"[将將拟擬预預][^，。\n]{0,3}")  # before a day of news
NEWS_DAY_BEFORE, NEWS_DAY_AFTER = "。，；：\n \u3000！？”（()）】者于於社间間", "，,）)"  # 16日 between these is a day of news,
NEWS_VERB_AFTER = re.compile(  # and before one of these, unless it is a number of days
    r"""[从從在晚早凌晨午夜电電讯訊报報说說称稱就向对對] | [上下中]午 | \d{1,2}[时時] | [至到—~-]\d{1,2}日
      | [宣公][布佈] | 公[开開] | [发發][布佈表出生] | [举舉]行 | 召[开開] | 通[报報] | 表示 | 援引 | 引述 | 消息 | [确確][认認] | 接受
      | [会會][见見晤谈談] | 告[诉訴] | 抵[达達]""",
    re.X,
)
NO_NEWS_DAY_BEFORE = "近前后後约約共每满滿逾连連历歷留第达達超仅僅过過长長经經需有多整月初数數"
NO_DIGIT_BEFORE = re.compile(r"[0-9０-９](?:[.．])?$|[/第]$")
NO_NUMERAL_BEFORE = re.compile(r"(?:[0-9０-９][.．]|[0-9０-９/第每逢〇零十百千万萬几幾]|[0-9０-９月][-–—－~～])$")
NO_MONTH_BEFORE = ("年",)
LUNAR_BEFORE = re.compile(r"(?:[农農旧舊阴陰夏][历曆])[^。，；]{0,5}$")
OPENING, CLOSING = '“「『"', '”」』"'
NO_MONTH_AFTER = "嫂龄齡子大薪租供球亮饼餅季票均相花"
BEFORE_OUR_ERA = re.compile("[元紀纪]前$")
EARLIEST = 1600  # a year before this is named with 公元, or is a number of years
ROUND_DURATION_BEFORE = re.compile(r"[以之]?前|的?[历歷]|[来來间間古]")  # 2000年历史
PARTS_OF_A_MONTH = ("份", "底", "初", "末", "上旬", "中旬", "下旬")
LAST_DAYS = 14  # a day of news this far ahead of the publication's is of the month before
JANUARY_IN_DECEMBER = -11  # months: this year's or the next one's
LAST_MONTHS = 8  # a month this far ahead of the publication's, without its year, is of the year before


@dataclass(frozen=True, slots=True)
class Word:
    """A word that counts from the day of publication, and the neighbours that make another word of it."""

    unit: Literal["year", "month", "day", "said"]  # said: the year that the text named last
    offset: int
    not_after: str = ""
    not_before: str = ""


WORDS = {
    "今年": Word("year", 0, "如现現古当當", "轻輕龄齡代"),
    "本年": Word("year", 0, "日基成根样樣原资資剧劇", "级級龄齡"),
    "去年": Word("year", -1, "过過失除离離逝老", "轻輕龄齡"),
    "前年": Word("year", -2, "以之此目当當先战戰生年月日天期底末岁歲从從史", "轻輕产產满滿后後均龄齡特度"),
    "明年": Word("year", 1, "文发發黎证證聪聰说說清光声聲注神", "轻輕龄齡"),
    "同年": Word("said", 0, "不相", "级級龄齡代纪紀"),
    "次年": Word("said", 1, "一二两兩三四五六七八九十几幾此首每多初0123456789", "级級度"),
    "翌年": Word("said", 1),
    "本月": Word("month", 0, "日基成根样樣原资資", "亮"),
    "上月": Word("month", -1, "以早晚天海身马馬", "亮球色光饼餅"),
    "上个月": Word("month", -1, "以"),
    "下月": Word("month", 1, "以天月", "亮球色光"),
    "下个月": Word("month", 1, "以"),
    "今日": Word("day", 0, "如现現", "的头頭俄美说說之"),
    "今天": Word("day", 0, "如现現", "的这這我人"),
    "今晚": Word("day", 0, "", "报報"),
    "今晨": Word("day", 0),
    "今早": Word("day", 0),
    "昨日": Word("day", -1, "", "的之"),
    "昨天": Word("day", -1, "", "的"),
    "昨晚": Word("day", -1),
    "昨夜": Word("day", -1),
    "前天": Word("day", -2, "当當目先生月年日之史", "气氣津然下才"),
    "前日": Word("day", -2, "当當目先生年月日天之以大"),
    "明早": Word("day", 1),
    "明晨": Word("day", 1),
    "明晚": Word("day", 1),
    "明天": Word("day", 1, "文发發证證聪聰说說声聲透的", "的系繫"),
    "明日": Word("day", 1, "文发發证證聪聰说說声聲光清的", "的之报報"),
}
TOLD_DAY = rf"(?P<month>[{D}]{{1,2}})\s?月\s?(?P<day>[{D}]{{1,2}})\s?日"
BRACKETED_DAY = re.compile(rf"(?P<word>[今昨明][天日])[（(]{TOLD_DAY}[）)]")
DATELINE = re.compile(  # of the text itself, not of the one that it quotes: 据某社8月16日电
    rf"(?:^|(?<=[，。；！？\s（(】）)]))(?P<word>)(?![据據])[^，。；！？\n]{{0,20}}?{TOLD_DAY}\s?(?:[电電讯訊]|消息)"
)
BEGINNING, FIRST_LINES = 2_000, 150  # characters in which a text tells its day
LATEST = 7  # days from writing to publication
SIMPLIFIED = str.maketrans("個", "个")
NEEDED = {"year": 4, "month": 7, "day": 10}  # characters of the publication date


def date_mentions(text: str, blocks: Sequence[Block], sections: Sequence[Section], published: str) -> tuple[DateMention, ...]:
    """The dates that the text names, by place. published: of the document, an ISO prefix; a section's own comes first.

    A relative mention needs a publication date as exact as what it says: 昨天 its day, 上月 its month, 去年 its year.
    """
    published_at = _published_by_place(text, blocks, sections, published)
    mentions: list[DateMention] = []
    said = _Said()
    for found in MENTION.finditer(text):
        if found["name"] is None and (resolved := _resolved(text, found, published_at(found.start()), said)):
            iso, relative = resolved
            mentions.append(DateMention(Span(found.start(), found.end()), iso, relative))
            said = _Said(found.end(), iso, said.year if relative else iso[:4])
    return tuple(mentions)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the text has said so far: where its last mention ends, the date of that, and the last year that it named."""

    end: int = 0
    date: str = ""
    year: str = ""


def _published_by_place(text: str, blocks: Sequence[Block], sections: Sequence[Section], published: str) -> Callable[[int], str]:
    """The date that relative ones count from, at a place of the text."""
    whole = _written(text, 0, published)
    places = {span.start: block.section_id for block in blocks for span in block.spans} if sections else {}
    if not places:
        return lambda place: whole
    of_section = {section.section_id: section.published or published for section in sections}
    starts = sorted(places)
    dates: dict[str, str] = {"": whole}
    for start in starts:
        if (section_id := places[start]) not in dates:
            dates[section_id] = _written(text, start, of_section.get(section_id, published))
    return lambda place: dates[places[starts[max(0, bisect_right(starts, place) - 1)]]]


def _written(text: str, start: int, published: str) -> str:
    """The day that the beginning of a text tells as its own, when that is the publication's or up to LATEST days before it."""
    if len(published) < NEEDED["day"]:
        return published
    told = BRACKETED_DAY.search(text, start, start + BEGINNING) or DATELINE.search(text, start, start + FIRST_LINES)
    if told is None:
        return published
    day = _in_year_of(published, told["month"], told["day"])
    if not day:
        return published
    written = date.fromisoformat(day[0]) - timedelta(days=WORDS[told["word"]].offset if told["word"] else 0)
    return written.isoformat() if 0 <= (date.fromisoformat(published) - written).days <= LATEST else published


def _resolved(text: str, found: re.Match[str], published: str, said: _Said) -> tuple[str, bool] | None:
    """The ISO prefix and whether it is relative; None for what is no date, or cannot be told."""
    start, end = found.span()
    before, after = text[start - 1 : start], text[end : end + 1]
    month, day = found["month"], found["day"]
    if found["year_word"] or found["month_word"] or found["day_word"]:
        return _by_word(text, found, before, published, said)
    whole_year = found["year"] or found["numeric"] or found["opens"] is not None
    not_here = NO_DIGIT_BEFORE if whole_year else NO_NUMERAL_BEFORE
    if not_here.search(text, max(0, start - 2), start) and not TO.fullmatch(text, said.end, start):
        return None
    if found["numeric"]:
        _, month, day = re.split("[-/.]", found[0])
        return _iso(found[0][:4], month, day)
    if found["opens"] is not None:
        return _iso(found[0], None, None)
    if found["year"]:
        year = found[0][:4]
        return None if _is_duration(year, text[max(0, start - 3) : start], text[end : end + 2], month) else _iso(year, month, day)
    if found["taiwan"]:
        return _iso(str(int(found[0][:3]) + REPUBLIC), month, day)
    if found["republic"]:
        return _iso(str(number(found["republic"]) + REPUBLIC), month, day)
    if found["month_alone"] is not None:
        month = found[0][: found.end("month_alone") - start]
        return _by_month(text, start, month, found["part"], before, after, published, said)
    return _by_day(text, start, end, number(found[0][:-1].strip()), published, said)


def _iso(year: str, month: str | None, day: str | None, *, relative: bool = False) -> tuple[str, bool] | None:
    """The checked date; numerals may be Chinese. None where there is no such day."""
    month, day = (str(number(part.strip("日号號 \u3000\n"))) if part else None for part in (month, day))
    iso = iso_prefix(str(number(year)), month, day)
    return (iso, relative) if iso else None


def _is_duration(year: str, before: str, after: str, month: str | None) -> bool:
    """Whether 2000年 is rather two thousand years, or 公元前 221年 before our era."""
    if BEFORE_OUR_ERA.search(before):
        return True
    value = number(year)
    return not month and (
        value < EARLIEST or after[:1] in ("来", "來") or (value % 100 == 0 and ROUND_DURATION_BEFORE.match(after) is not None)
    )


def _by_word(text: str, found: re.Match[str], before: str, published: str, said: _Said) -> tuple[str, bool] | None:
    name = found[0][:3] if found["month_word"] and len(found["month_word"]) > 1 else found[0][:2]
    word = WORDS.get(name.translate(SIMPLIFIED))
    place = found.start() + len(name)
    following = text[place : place + 1]
    if word is None or (before and before in word.not_after) or (following and following in word.not_before):
        return None
    if word.unit == "said":
        same_paragraph = said.year and "\n" not in text[said.end : found.start()]
        return _iso(str(int(said.year) + word.offset), found["month"], found["day"], relative=True) if same_paragraph else None
    if len(published) < NEEDED[word.unit]:
        return None
    if word.unit == "year":
        return _iso(str(int(published[:4]) + word.offset), found["month"], found["day"], relative=True)
    if word.unit == "day":
        return (date.fromisoformat(published) + timedelta(days=word.offset)).isoformat(), True
    months = int(published[:4]) * 12 + int(published[5:7]) - 1 + word.offset
    return _iso(str(months // 12), str(months % 12 + 1), found["its_day"], relative=True)


def _by_month(
    text: str, start: int, month: str, part: str | None, before: str, after: str, published: str, said: _Said
) -> tuple[str, bool] | None:
    """8月16日 and 8月: of the year named with a month in the same sentence, else of the publication's; 一月 only with what follows it."""
    if before in NO_MONTH_BEFORE or LUNAR_BEFORE.search(text, max(0, start - 8), start):
        return None
    if not part and (not month.isdecimal() or (after and after in NO_MONTH_AFTER)):
        return None
    if before and before in OPENING and after in CLOSING:
        return None  # “9月30日” is the name of a day
    day = part if part and part not in PARTS_OF_A_MONTH else None
    if len(said.date) >= 7 and not SENTENCE_END.search(text, said.end, start):
        return _iso(said.date[:4], month, day, relative=True)
    found = _in_year_of(published, month, day)
    if found and said.year and said.year < published[:4] and found[0] > published and "\n" not in text[said.end : start]:
        return None  # still to come, or of the year that the text speaks of
    return found


def _in_year_of(published: str, month: str, day: str | None) -> tuple[str, bool] | None:
    """The month, or its day, in the year of the publication, or in the one before when it is far ahead; None where it may be either."""
    if len(published) < NEEDED["month"]:
        return None
    ahead = number(month) - int(published[5:7])
    if ahead == JANUARY_IN_DECEMBER:
        return None
    return _iso(str(int(published[:4]) - (ahead >= LAST_MONTHS)), month, day, relative=True)


def _by_day(text: str, start: int, end: int, day: int, published: str, said: _Said) -> tuple[str, bool] | None:
    """16日: the end of a span of days, or a day as news name it."""
    if len(said.date) == 10 and TO.fullmatch(text, said.end, start):
        return _iso(said.date[:4], said.date[5:7], str(day), relative=True) if day > int(said.date[8:]) else None
    if len(published) < NEEDED["day"] or not _is_day_of_news(text, start, end):
        return None
    today = date.fromisoformat(published)
    last_month = today.replace(day=1) - timedelta(days=1)
    if len(said.date) >= 7 and said.date[:7] not in (published[:7], last_month.isoformat()[:7]) and "\n" not in text[said.end : start]:
        return None  # the text speaks of another time
    if day <= today.day:
        if len(said.date) == 10 and said.date[:7] == last_month.isoformat()[:7] and day > int(said.date[8:]):
            return None
        return _iso(published[:4], published[5:7], str(day), relative=True)
    if STILL_TO_COME.search(text, max(0, start - 5), start):
        return _iso(published[:4], published[5:7], str(day), relative=True)
    if day - today.day < LAST_DAYS:  # a forecast, or the month before
        return None
    return _iso(str(last_month.year), str(last_month.month), str(day), relative=True)


def _is_day_of_news(text: str, start: int, end: int) -> bool:
    """Whether 16日 stands where news name the day of what they tell: 记者16日从…, 16日，…"""
    before = text[start - 1 : start] or "\n"
    if text[end : end + 1] in NEWS_DAY_AFTER:
        return before in NEWS_DAY_BEFORE
    return before not in NO_NEWS_DAY_BEFORE and NEWS_VERB_AFTER.match(text, end) is not None
