"""A query whose second half needs the answer to the first, taken apart by rule: 望鹭桥的设计者是哪里人.

    first   望鹭桥的设计者是谁？     its short answer is a name
    then    沈阿满是哪里人？         asked with that name

Where the query names a role that one person fills (作者, 校长, 父亲) or a place or body that a thing has (首都, 总部), behind 的, and asks
something else of it; or describes a thing and then asks of it, behind a comma (修了石桥的那个人，是哪里人) or behind 那 and its noun.
Nothing inside 《》 or quotation marks is looked at. Not handled: three steps (作者的父亲是哪里人), a role without 的 (图书馆馆长是哪里人,
which may be one name), a role that several fill (作者们, 主要成员).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from embeddings.folding import fold
from qa.answering.parting import ASKS, masked
from qa.answering.short_answers import aligned_fold
from qa.answering.words import words_of
from qa.records import Answer, AnswerType

_PEOPLE = (
    "第一作者|作者|编剧|导演|主演|作曲者|作曲家|作词者|译者|编者|主编|编辑|总编辑|总编|设计者|设计师|总设计师|建筑师|建造者|修建者|出资人|出资者|捐建者|"
    "捐资人|创办人|创办者|创始人|创立者|创建者|发起人|发明人|发明者|发现者|提出者|奠基人|开国皇帝|国王|皇帝|总统|总理|首相|主席|会长|理事长|社长|团长|队长|"
    "主教练|教练|校长|院长|馆长|所长|站长|厂长|店长|局长|部长|省长|市长|县长|区长|镇长|乡长|村长|州长|书记|主任|董事长|总裁|总经理|经理|首席执行官|"
    "首任校长|现任校长|老板|店主|主人|主持人|主角|歌手|演唱者|原唱|冠军|父亲|母亲|丈夫|妻子|祖父|祖母|爷爷|奶奶|外公|"
    "外婆|老师|导师|师父|继任者|前任"
)
_PLACES = "首都|省会|县城|总部|总部所在地|所在地|出生地|故乡|家乡|发源地|举办地|产地"
_BODIES = "母公司|开发商|制造商|生产商|出版社|出版商|发行商|主办方|主办单位|承办方|承建单位|所有者|运营商"


def _with_role(roles: str) -> re.Pattern[str]:
    """A query that names one of the roles and goes on; the longest role that fits."""
    either = "|".join(sorted(fold(roles).split("|"), key=len, reverse=True))
    return re.compile(rf"(?P<of>[^的]{{2,30}}?)的(?P<role>{either})(?P<rest>(?!们|的|翁|公|[，,]).{{2,30}})")


_WHO: tuple[tuple[re.Pattern[str], str, tuple[AnswerType, ...]], ...] = (  # roles, how they are asked for, what the answer may be
    (_with_role(_PEOPLE), "是谁？", ("person",)),
    (_with_role(_PLACES), "是哪里？", ("place",)),
    (_with_role(_BODIES), "是哪家？", ("organisation", "other")),
)
_THING = "(?P<of>[^，,。；;？?]{3,40}的)"
_THAT = f"(?P<that>{fold('那')}一?[{fold('个座条部本家位种名支所款届首场只株艘颗')}])"
_DESCRIBED = re.compile(f"{_THING}{_THAT}?(?P<noun>[^的，,。；;？?]{{1,12}})[，,](?P<rest>.{{2,40}})")
_POINTED_AT = re.compile(f"{_THING}{_THAT}(?P<behind>[^的，,。；;？?].{{3,40}})")
_PERSON = re.compile(fold(".*(?:[人者家师使王帝将员长生士手妇后哥弟姐妹]|教授|演员|父亲|母亲|儿子|女儿|总统|主席|好友|女婿|藩主)"))
_PLACE = re.compile(fold(".*(?:国家?|[省市州县郡镇乡村区岛城洲]|城市|地方|地区)"))
_AGAIN = re.compile(fold("[他她它其]的?|那里"))
_NOUN = ("n", "vn", "s", "j", "b")  # tags of jieba
_NO_THING = re.compile(
    fold("(?:在|照|据|根据|按|依|如果|假[若如]|除|听|从|对|当|每|自).*|.*(?:[里中上下后前时外内间]|说法|看法|观点|记载|情况)")
)
_NAMING = re.compile(fold("^(?:[是叫在]|都?有|名叫)*(?:谁|哪一?[位个些]|哪里|哪儿|哪座城市|哪家|什么(?:名字?|人)?|何人|何处)[?？]?$"))
_NAMES_OF_PEOPLE: tuple[AnswerType, ...] = ("person", "other")
_NAMES: tuple[AnswerType, ...] = ("person", "place", "organisation", "title", "other")
_LONGEST_NAME = 20  # characters
_NAMED, _ANSWERED = 0.25, 0.3  # least confidence of the two steps; chosen on "two-places-train"


@dataclass(frozen=True, slots=True)
class Bridge:
    """A query in two steps."""

    first: str  # the query for the name
    role: str  # what the name is, folded
    rest: str  # what is asked of it
    expects: tuple[AnswerType, ...]  # what the name may be

    def then(self, name: str) -> str:
        """The second query."""
        return f"{name}{self.rest}"

    def name_in(self, answer: Answer) -> str:
        """The name that an answer to the first query gives; "" where it gives none, hardly believes it, or names a deputy (副馆长)."""
        name = _said(answer)
        if not name or answer.confidence < _NAMED or answer.statements[0].answer_type not in self.expects:
            return ""
        if f"副{self.role}" in aligned_fold(answer.statements[0].text) and "副" not in self.first:
            return ""
        described = "的" in name and answer.statements[0].answer_type != "title"
        return name if 1 < len(name) <= _LONGEST_NAME and not described else ""

    def is_open(self, name: str, whole: Answer) -> bool:
        """Whether the answer to the whole query leaves something to ask of the name: it is doubtful, or gives the name and no more."""
        return bool(name) and (not whole.is_sure or _said(whole) == name)

    def is_better(self, first: Answer, second: Answer, whole: Answer) -> bool:
        """Whether the answers to the two queries, or the silence on the second, are shown instead of that to the whole."""
        if second.status == "no_evidence":
            return first.is_sure
        return second.confidence >= (_ANSWERED if whole.is_sure else max(_ANSWERED, whole.confidence))


def _said(answer: Answer) -> str:
    """The short answer of the first statement, "" where it has none, or several."""
    statement = answer.statements[0] if answer.statements else None
    if statement is None or len(statement.short_answers) != 1:
        return ""
    place = statement.short_answers[0]
    return statement.text[place.start : place.end].strip("，。、；：,.;: ")


def bridge_of(query: str) -> Bridge | None:
    """The two steps of a query, None for one that is asked at once."""
    asked = query.strip()
    hidden = masked(aligned_fold(asked))
    for pattern, question, expects in _WHO:
        match = pattern.match(hidden)
        if match and _asks_of_it(match["of"], match["rest"]):
            return Bridge(asked[: match.end("role")] + question, match["role"], asked[match.start("rest") :], expects)
    return _described(asked, hidden)


def _asks_of_it(thing: str, rest: str) -> bool:
    """Whether what stands behind the thing asks something of it, and more than its name."""
    return bool(re.search(ASKS, rest)) and not re.search(ASKS, thing) and not _NAMING.match(rest)


def _described(asked: str, hidden: str) -> Bridge | None:
    """The steps of 修了石桥的那个人，是哪里人 and 修了石桥的那个人是哪里人."""
    if match := _DESCRIBED.fullmatch(hidden):
        end, start = match.end("noun"), match.start("rest")
    elif match := _POINTED_AT.fullmatch(hidden):
        words = words_of(hidden, match.start("behind"))
        end = start = next((word.start for word in words[1:] if not word.tag.startswith(_NOUN) or _AGAIN.match(word.text)), len(hidden))
    else:
        return None
    noun = hidden[match.end("that") if match["that"] else match.end("of") : end]
    thing = f"{match['of']}{noun}"
    if _NO_THING.fullmatch(thing) or not _ends_as_noun(noun) or not _asks_of_it(thing, hidden[start:]):
        return None
    if _PERSON.fullmatch(noun) or (match["that"] or "").endswith(tuple(fold("位名"))):
        question, expects = "是谁？", _NAMES_OF_PEOPLE
    elif _PLACE.fullmatch(noun):
        question, expects = f"是哪个{asked[end - len(noun) : end]}？", _NAMES
    else:
        question, expects = "叫什么名字？", _NAMES
    pronoun = _AGAIN.match(hidden[start:])
    return Bridge(f"{asked[:end]}{question}", noun, asked[start + (pronoun.end() if pronoun else 0) :], expects)


def _ends_as_noun(noun: str) -> bool:
    words = words_of(noun)
    return bool(words) and not words[-1].tag.startswith(("v", "f", "t", "d", "a", "x"))
