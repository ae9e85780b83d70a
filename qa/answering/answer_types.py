"""What kind of thing a short answer is: what the query asks for, where the words marked can be that, else what they look like.

A title stands in title marks, dates and numbers have their patterns, an organisation ends as organisations do. Who and where is told by the
query, or by the dictionary where every word marked is a name. What nothing tells is "other". Not handled: names in Latin letters, and what
a pronoun stands for.
"""

from __future__ import annotations

import re

from embeddings.folding import fold
from qa.answering.queries import Asked
from qa.answering.reader.texts import tagged_words
from qa.answering.short_answers import DATE
from qa.records import AnswerType

LONGEST_NAME = 24  # characters: what is longer, or holds a comma, names nothing
_PLACE = re.compile("[一-鿿]{1,9}(?:[省市县郡镇乡村岛]|自治区|半岛|群岛)")
_SURE_NAME = 3  # characters: jieba takes many a word of two for a person
_ROUND_A_DATE = 6  # characters that may stand beside a date: 约, 初夏, 前后

_TITLE = re.compile(r"(?:《[^《》]+》(?:\([^()]*\))?)+")
_TIME = re.compile(r"[年月日号天周季夜晨晚午时]|世纪|[朝代期初末前后]|\d[-/:]\d")
_VAGUE_TIME = re.compile(fold("[这那近多往历每整半数几些]+年[来间前后]*"))
_DIGIT = r"[\d〇零一二三四五六七八九十百千万亿两]"
_NUMERALS = fold("0123456789〇零一二三四五六七八九十百千万亿两几半数")
_NUMBER = re.compile(
    rf"(?:大?约|将?近|超?过|逾|达|共|第|百分之)*\s*{_DIGIT}(?:{_DIGIT}|[,.])*(?:\s*[-~至到]\s*{_DIGIT}(?:{_DIGIT}|[,.])*)?\s*[余多来几]*[^,.。;\d]{{0,5}}"
)
_ONE_OR_TWO = re.compile(fold("[一两二半](?![个种类项部座款支条家名位人年天月日次届岁米元斤里成点号组万千百十])"))  # 两眼, 一旁: no counts
_ORGANISATION = re.compile(
    ".*(?:公司|集团|大学|学院|学校|[中小]学|高中|银行|协会|学会|商会|工会|委员会|俱乐部|球队|乐[团队]|政府|法院|检察院|议会|国会|医院|"
    "出版社|报社|电视台|电台|研究[所院]|博物馆|图书馆|基金会|联盟|联合会|合作社|部队|[海陆空]军|教会|厂|党|局|署|株式会社)"
)
_FOREIGN_NAME = re.compile(r"[一-鿿]+(?:[·•・‧][一-鿿]+)+")
_OF_TAGS: tuple[tuple[frozenset[str], AnswerType], ...] = (  # of jieba
    (frozenset(("nr", "nrt", "nrfg")), "person"),
    (frozenset(("ns",)), "place"),
    (frozenset(("nt",)), "organisation"),
)
_PLAIN_TO_SEE: tuple[AnswerType, ...] = ("title", "date", "number", "organisation")  # whatever the query asks for


def type_of(marked: str, asked: Asked, *, several: bool) -> AnswerType:
    """The type of a short answer. marked: its words, not empty. several: whether they are several items."""
    text = fold(marked).strip()
    seems, short = _seems(text), len(text) <= LONGEST_NAME
    match asked.expects:
        case "reason":
            return "reason"
        case "yes/no":
            return "yes/no" if any(term.text in text for term in asked.terms if len(term.text) > 1) else seems
        case "list":
            return "list" if several else seems
        case "date":
            return "date" if short and _TIME.search(text) else seems
        case "number":
            return "number" if short and re.search(_DIGIT, text) else seems
        case "person" | "place" | "organisation" | "title":
            return asked.expects if short and "," not in text and seems not in _PLAIN_TO_SEE else seems
        case _:
            return seems


def cannot_be(marked: str, asked: Asked) -> bool:
    """Whether the words are plainly no answer: no number or date where one is asked for (这些年来 is none), a number of another unit
    (25人 for 多少钱), a number or a date for a name."""
    text = fold(marked).strip()
    match asked.expects:
        case "number":
            return not any(fold(unit) in text for unit in asked.units or _NUMERALS) and not ("%" in asked.units and "百分之" in text)
        case "date":
            return not _TIME.search(text) or bool(_VAGUE_TIME.fullmatch(text))
        case "person" | "place" | "organisation" | "title":
            return _seems(text) in ("date", "number")
        case _:
            return False


def _seems(text: str) -> AnswerType:
    """What the folded words look like."""
    date = DATE.search(text)
    if _TITLE.fullmatch(text):
        return "title"
    if date and "," not in text and len(text) - len(date[0]) <= _ROUND_A_DATE:
        return "date"
    if _NUMBER.fullmatch(text) and not _ONE_OR_TWO.match(text):
        return "number"
    if len(text) > LONGEST_NAME or "," in text:
        return "other"
    if _ORGANISATION.fullmatch(text):
        return "organisation"
    if _PLACE.fullmatch(text):
        return "place"
    if _FOREIGN_NAME.fullmatch(text):
        return "person"
    tags = {tag for _, tag in tagged_words(text)}
    seems: AnswerType = next((answer_type for of_kind, answer_type in _OF_TAGS if tags <= of_kind), "other")
    return "other" if seems == "person" and len(text) < _SURE_NAME else seems
