"""Follow-up queries made complete from the one before, by rule: 它有多长 after 望鹭桥建于哪一年 is 望鹭桥有多长.

Three things are carried over: what a pronoun stands for, the subject of a query that names none (什么时候？), and the rest of the query
where only one thing changes (那石桥呢？ 2020年呢？). Nothing is taken from answers, and a query that can stand alone is left as it is. Not
handled, though `is_certain` knows them: two subjects, pronouns for something that an answer named, pronouns further in. Not handled at all:
subjects further back than the query before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.short_answers import aligned_fold
from qa.answering.words import words_of
from qa.records import Turn

_MEASURES = "个個些座位家本部条條件篇项項场場首所届屆次种種"
_POINTS = rf"[他她它][们們]?|[这這那该該此][{_MEASURES}]|[这這那][里裡儿兒]"
_PRONOUN = re.compile(rf"^(?P<open>(?:那么?|那麼|所以|请问|請問)?[，,]?\s*)(?P<pronoun>{_POINTS}|[该該此]|其(?![他它她实實中余餘]))")
_POINTS_BACK = re.compile(rf"(?<!其){_POINTS}|[当當那][时時年天]|前者|[后後]者|[两兩]者|上述")
_PLURAL = re.compile("[们們些]$")
_PERSON = re.compile("[他她]")
_ASKS_WHO = re.compile("谁|誰|哪[一几幾]?位|什么人|什麼人|何人")
_IS_WHO = re.compile(rf"[是为為叫](?:{_ASKS_WHO.pattern})[？?。]?$")  # the subject is a person then: 主编是谁
_TOGETHER = frozenset("和与與跟同及、或") | {"以及", "还是", "還是", "或者"}
_WHAT_ABOUT = re.compile(r"^(?:那么?|那麼)?(?P<about>.{1,20}?)(?:又|又是|怎么样|怎樣)?呢[？?。]?$")
_MEASURED = ("多少", "多长", "多高", "多大", "多久", "多远", "多重", "几", "年", "月", "日", "天", "个")
_ASKS = frozenset((*_MEASURED, "谁", "人", "时候", "时间", "地方", "原因", "结果", "目的", "名字", "名称", "意思", "样"))
_NOMINAL = ("n", "j", "l", "i", "eng", "x", "vn", "b", "s", "f", "a", "an", "m", "q", "t")
_NAMES = ("n", "j", "eng", "s", "vn", "l", "i")  # one of them at least makes a subject
_HAN_NUMBER = "[0-9〇零一二三四五六七八九十]"
_TIME = re.compile(rf"(?:公元)?{_HAN_NUMBER}{{1,4}}年(?:{_HAN_NUMBER}{{1,3}}月(?:{_HAN_NUMBER}{{1,3}}[日号])?)?|[去今前明]年")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str  # as the query writes it
    folded: str
    tag: str  # part of speech, jieba's
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def asks(self) -> bool:
        return self.tag.startswith("r") or self.folded in _ASKS

    @property
    def names(self) -> bool:
        return self.tag.startswith(_NAMES) and not self.asks


def completed(query: str, history: Sequence[Turn]) -> str:
    """The query with what it leaves out taken from the last turn's query; the query itself where nothing is missing or nothing fits."""
    before = history[-1].query.strip() if history else ""
    asked = query.strip()
    if not before or not any(map(str.isalnum, asked)):
        return query
    return _with_one_thing_changed(asked, before) or _with_pronoun_named(asked, before) or _with_subject(asked, before) or query


def is_certain(query: str, history: Sequence[Turn]) -> bool:
    """Whether `completed` leaves nothing open: the query stands alone, or what it leaves out is told by the query before beyond doubt.

    In doubt are pronouns for several things (它们) or after several (望鹭桥和文昌桥), 他 where the answer named the person, pronouns
    further in (谁批准了它的改建), 那后来呢, and a query that names nothing and was not completed.
    """
    before = history[-1].query.strip() if history else ""
    asked = query.strip()
    if not before or not any(map(str.isalnum, asked)):
        return True
    opening = _PRONOUN.match(asked)
    if completed(query, history) == query:
        return not (opening or _about(asked) or _points_back(asked)) and any(word.names for word in _words(asked))
    about = _about(asked)
    if about and (_is_time(about) or not _with_one_thing_changed(asked, before)):
        return _is_time(about)
    if opening and (_PLURAL.search(opening["pronoun"]) or (_PERSON.search(opening["pronoun"]) and _answer_is_the_person(before))):
        return False
    return not _several_subjects(before) and (bool(opening) or not _points_back(asked))


def _points_back(asked: str) -> bool:
    """Whether a pronoun stands in the query and nothing before it there that it could point to."""
    found = _POINTS_BACK.search(asked)
    return found is not None and not any(word.names and word.end <= found.start() for word in _words(asked))


def _answer_is_the_person(before: str) -> bool:
    """谁修了望鹭桥: 他 is whoever the answer named. 望鹭桥的设计师是谁: he has a name in the query."""
    return bool(_ASKS_WHO.search(before)) and not _IS_WHO.search(before)


def _several_subjects(before: str) -> bool:
    first, *others = _nominal_runs(before) or [[]]
    together = any(word.text in _TOGETHER for word in first)
    return together or bool(others and before[first[-1].end : others[0][0].start] in _TOGETHER)


def _with_one_thing_changed(asked: str, before: str) -> str:
    """那石桥呢: the query before, about something else. Of several things the one with the same last character changes: 木桥."""
    about, time = _about(asked), _TIME.search(before)
    if _is_time(about):
        return before[: time.start()] + about + before[time.end() :] if time else about + before
    if not any(word.names for word in _words(about)) or any(word.tag.startswith("r") for word in _words(about)):
        return ""
    alike = [[word] for word in _words(before) if word.names and word.folded[-1] == aligned_fold(about)[-1]]
    subject = alike[0] if alike else _subject(before)
    return before[: subject[0].start] + about + before[subject[-1].end :] if subject else ""


def _about(asked: str) -> str:
    """石桥 of 那石桥呢; "" for another query."""
    found = _WHAT_ABOUT.match(asked)
    return found["about"].strip("，, ") if found else ""


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(aligned_fold(text)) is not None


def _with_pronoun_named(asked: str, before: str) -> str:
    found = _PRONOUN.match(asked)
    if not found:
        return ""
    rest = asked[found.end() :]
    follows = next(iter(_words(rest)), None)
    if found["pronoun"] in "该該此其" and follows is not None and follows.names and follows.tag.startswith("n") and len(follows.text) == 1:
        rest = rest[len(follows.text) :]  # 该市, 此书: the noun repeats what the name says
    subject = _whole_subject(before) if _PERSON.search(found["pronoun"]) else _text(_subject(before), before)
    return f"{subject}{rest}" if subject else ""


def _with_subject(asked: str, before: str) -> str:
    """什么时候, 为什么, 是谁修的: nothing is named."""
    if any(word.names for word in _words(asked)):
        return ""
    subject = _text(_subject(before), before)
    return f"{subject}{asked}" if subject else ""


def _subject(query: str) -> list[_Word]:
    """The first run of words that name something: what stands before a first 的, without times."""
    for run in _nominal_runs(query):
        if any(word.names for word in run):
            return run
    return []


def _whole_subject(query: str) -> str:
    """The subject with what belongs to it: 《鹭溪》杂志的主编."""
    first = _subject(query)
    belonging = [run for run in _nominal_runs(query) if first and query[first[-1].end : run[0].start] in ("的", "之")]
    return query[first[0].start : (belonging or [first])[0][-1].end] if first else ""


def _nominal_runs(query: str) -> list[list[_Word]]:
    times = [found.span() for found in _TIME.finditer(aligned_fold(query))]
    runs: list[list[_Word]] = [[]]
    for word in _words(query):
        in_time = any(start < word.end and word.start < end for start, end in times)
        if word.tag.startswith(_NOMINAL) and not word.asks and not in_time:
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return [trimmed for run in runs if (trimmed := _trimmed(run))]


def _trimmed(run: list[_Word]) -> list[_Word]:
    """Without punctuation at its ends, save brackets that belong to a name."""
    while run and run[0].tag == "x" and run[0].text not in "《“「『":
        run = run[1:]
    while run and run[-1].tag == "x" and run[-1].text not in "》”」』":
        run = run[:-1]
    return run


def _text(words: Sequence[_Word], query: str) -> str:
    return query[words[0].start : words[-1].end] if words else ""


def _words(text: str) -> list[_Word]:
    return [_Word(text[word.start : word.end], word.text, word.tag, word.start) for word in words_of(aligned_fold(text))]
