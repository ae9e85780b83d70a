"""What a query asks: its terms with their weights, its numbers and years, and the kind of answer it expects.

Everything here is on folded text without white space between Han characters (`matched_form`); no offset leaves this module. The kind is
read from question words only (谁, 哪一天, 多少公里 …): a query without one expects "anything", which is never an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from embeddings.folding import fold
from qa.records import AnswerType
from qa.search.analysis import analyse

COMMON_TERMS = Path(__file__).with_name("common_terms.txt")  # counted by eval/calibration.py

TermWeights = Callable[[Iterable[str]], Mapping[str, float]]
Kind = Literal["number", "date", "person", "place", "reason", "name", "anything"]
KINDS: tuple[Kind, ...] = ("number", "date", "person", "place", "reason", "name")  # those a pattern can look for

_LOOSE_SPACE = re.compile(r"(?<![0-9a-z])\s+|\s+(?![0-9a-z])")
_YEAR_IN_HAN = re.compile(r"[〇零一二三四五六七八九]{4}(?=年)")
_ORDINAL = re.compile(r"(?<=第)(?:([二三四五六七八九])?(十)([一二三四五六七八九])?|[一二三四五六七八九])")
_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d{2})(?:年|(?=[-/.]\d))")
_LATIN = re.compile(r"[a-z][a-z0-9]+")

# Question words, and words and marks that say nothing of the subject: taken out before terms are made, so that no bigram straddles them.
_QUESTION_WORDS = re.compile(
    r"什么时候|什么时间|什么地方|什么样|什么|怎么样|怎么|怎样|如何|为何|何时|何地|何处|何人|何年|哪一[天年个位些种次场]|"
    r"哪[天年个位些种里儿几]|哪|谁|多少|第几|几(?=[^乎])|多(?=[高大长远重深宽久])"
)
_EMPTY_WORDS = re.compile(r"请问|是否|吗|呢|的|了|是|[?。!,、:;“”\"‘’'()《》]")
_MOST_TERMS = 200  # the weightiest: a query of a page is told by those
_UNCOMMON = 0.6  # the least weight of a term that is not common in Chinese at large, though every document of a small library holds it
_STRADDLING = 0.2
_ASKED = "??"  # stands in a query's content where its question word stood

# Units that answer the same "how many", folded (座 is written 坐): the query names one, the text may use another of its class.
_PEOPLE = ("人次", "人", "名", "位", "口")
_OLD_LENGTH = ("里", "尺", "呎", "丈", "英尺", "英里", "海里")
_LENGTH = ("公里", "千米", "米", "厘米", "毫米", "公尺", "公分", "公厘", "km", "m", "cm", "mm", *_OLD_LENGTH)
_AREA = ("平方公里", "平方千米", "平方米", "平方英里", "平方公尺", "平方呎", "平方英尺", "公顷", "亩", "km2", "m2")
_WEIGHT = ("公斤", "千克", "公吨", "吨", "克", "斤", "磅", "kg")
_MONEY = ("美元", "欧元", "日元", "港元", "英镑", "法郎", "卢布", "马克", "元", "块", "两")
_DURATION = ("个多月", "个月", "小时", "分钟", "世纪", "年", "天", "日", "周", "秒", "季", "回")
_AGE = ("周岁", "岁")
_PERCENT = ("%", "成")
_DEGREE = ("摄氏度", "华氏度", "度", "℃")
_COUNT = tuple(fold("个件项种座所家处条辆艘架台部首本张块片只头匹棵株列班趟场次届支组套幢栋间户层章集期卷篇轮枚颗尊站级款门类代派票段道根"))

# The first pattern found in the query names the units.
_UNIT_CUES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), units)
    for pattern, units in (
        (r"百分之|百分比|比例|比率|占比|[多高低]少?%|率(?:是|为|达|有)", _PERCENT),
        (r"(?:多少|几)(?:平方|公顷|亩)|面积", _AREA),
        (r"(?:多少|几)(?:公里|千米|厘米|毫米|海里|英里|英尺|米|里|尺)|多[高长远深宽]|海拔|全长|总长|总高|身高|距离|高度|长度", _LENGTH),
        (r"(?:多少|几)(?:公斤|千克|吨|克|斤|磅)|多重|体重|重量", _WEIGHT),
        (r"(?:多少|几)(?:个?月|小时|分钟|天|秒|周|世纪)|多久|多长时间|(?:多少|几)年", _DURATION),
        (r"(?:多少|几)(?:周?岁)|多大(?:年纪|岁数)|年龄|享年", _AGE),
        (r"(?:多少|几)度|温度|气温|纬度|经度", _DEGREE),
        (r"(?:多少|几)(?:亿|万)?(?:元|美元|块|钱|资金|经费|英镑)|资金|金额|投资|票房|费用|价格|售价|造价|收入|营收|利润|奖金", _MONEY),
        (r"(?:多少|几)(?:万|千|余)?(?:人|名|位|口)|人口|人数", _PEOPLE),
        (r"(?:多少|几)个", (*_COUNT, *_PEOPLE)),
    )
)
_MEASURE = re.compile(rf"(?:多少|几)([{''.join(_COUNT)}])")

_KIND_CUES: tuple[tuple[str, Kind], ...] = (
    (r"什么时候|什么时间|何时|何年|何月|哪一?[年天日]|哪个?(?:月|年|世纪|年代|日子)|几月|几号|几日|什么年代|日期|哪一?年", "date"),
    (r"为什么|为何|原因|何故|因为什么|缘何", "reason"),
    (r"多少|几[^乎]|多[高大长远重深宽久]|百分之几|第几|占比|比例", "number"),
    (r"谁|哪位|哪个人|哪一?名|何人|什么人|哪一位|哪[几两些]?个?(?:人|导演|演员|作家|皇帝|将领|教授|科学家|歌手)", "person"),
    (r"哪里|哪儿|在哪|何处|何地|什么地方|哪一?个?(?:国|省|市|县|区|镇|乡|村|州|岛|洲|城|地|港|站|校|大学)|位于", "place"),
    (r"叫什么|名字|名称|什么名|哪一?[部首本张篇]|什么(?:书|歌|电影|作品|专辑|称号|杂志|报纸|小说)", "name"),
)

# A query that holds no other question word asks whether; else the first cue names what its short answer will be, and where there is none
# the kind does. 为什么 after a verb of naming asks no reason (又称为什么).
_YES_NO = re.compile(r"是否|是不是|有没有|能不能|会不会|可不可以|([一-鿿])不\1|[吗么]\??$")
_BODIES = (
    "公司|企业|机构|机关|组织|单位|部门|学校|大学|学院|中学|小学|医院|银行|法院|协会|学会|球队|俱乐部|乐团|乐队|政党|出版社|报社|电视台"
)
_WORKS = "书|歌|歌曲|电影|影片|作品|专辑|小说|杂志|报纸|诗|剧|戏|节目|游戏|文章|论文|漫画|曲子"
_REGIONS = "国家|城市|地方|地区|区域|地带|海域|大洋|海岸|岛屿|省份?|市|县|镇|乡|村|街道|位置|流域|山脉|车站|站|城区"
_ANSWER_CUES: tuple[tuple[str, AnswerType], ...] = (
    (r"(?:^|[是,又都])为(?:什么|何)|因何|缘何|何故|何以", "reason"),
    (r"(?<![称名作成改译视认封定分做设列评])为(?:什么|何)(?![名色颜人类物种地东样时和鱼]|\??$)", "reason"),
    (r"哪些|哪几|哪[两二三四五六七八九十\d]|分别(?!人|了)|列举|列出|各(?:自?是|有)(?:谁|什么|哪)", "list"),
    (r"(?:包括|包含|分为|分成|列有|都有|都是)了?(?:什么|谁|哪)", "list"),
    (r"原因|缘故|理由", "reason"),
    (r"(?:什么|哪一?个?)(?:时期|时间段|朝代|年代|季节)", "date"),
    (rf"(?:哪一?[个家所支间]?|什么)(?:{_BODIES})|哪一?[家支](?!人)", "organisation"),
    (rf"(?:哪一?[部本首篇出]?|什么)(?:{_WORKS})|哪一?[部本首篇]|[书歌片剧篇曲刊]名", "title"),
    (rf"(?:什么|哪一?个?[片处]?)(?:{_REGIONS})", "place"),
)
_OF_KIND: Mapping[Kind, AnswerType] = {"number": "number", "date": "date", "person": "person", "place": "place"}

_CHOICE = re.compile(fold("还是|或|和|与|跟|及|比|、"))  # what the query names may be what it asks for
_PUNCTUATION = re.compile(r"[\W_]+")

_DEFINITION = re.compile(r"什么是(.{1,20}?)\??$|(.{1,20}?)(?:是|指的是|属于)(?:一[个种类部])?(?:什么|谁|怎样|怎么样|如何|哪).{0,8}$")


@dataclass(frozen=True, slots=True)
class Term:
    """A piece of the query to be looked for, and how much it tells."""

    text: str  # folded: a Han character, a bigram, a word, or a Latin or digit run
    weight: float  # 0..1: how rare it is; a single Han character counts half
    focus: float  # 0..1: how near it stands to the question word; what is asked about usually stands next to it


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the answering room sees it."""

    text: str  # in matched form
    content: str  # the same, what asks made ??, what says nothing of the subject made 。
    terms: tuple[Term, ...]
    numbers: frozenset[str]  # every number of the query, in digits
    years: frozenset[str]
    latin: frozenset[str]
    kind: Kind
    expects: AnswerType  # what its short answer will be; "other" when its question words do not say
    units: tuple[str, ...]  # of the number expected; () when any will do
    defines: str  # what a query such as 馕是什么 wants defined, else ""
    wants_day: bool  # 哪一天: a date without its day does not answer


def is_echo(said: str, asked: Asked) -> bool:
    """Whether something said, in matched form, is words of the query and no more: a heading, the subject's name. It answers nothing, unless
    the query wants yes or no or offers a choice."""
    if asked.expects == "yes/no" or _CHOICE.search(asked.text):
        return False
    return _PUNCTUATION.sub("", said) in _PUNCTUATION.sub("", asked.text)


def matched_form(text: str) -> str:
    """Folded, without the white space that only lays out Chinese; years and ordinals up to 99 (第六届) in digits.

    Offsets into it mean nothing in `text`.
    """
    folded = _LOOSE_SPACE.sub("", fold(text))
    with_years = _YEAR_IN_HAN.sub(lambda match: match.group().translate(_HAN_DIGITS), folded)
    return _ORDINAL.sub(_ordinal, with_years)


def _ordinal(match: re.Match[str]) -> str:
    tens, ten, ones = match.groups()
    written = f"{tens or '一'}{ones or '〇'}" if ten else match[0]  # 十六 is 一六, 二十 is 二〇
    return written.translate(_HAN_DIGITS)


def numbers_in(matched: str) -> frozenset[str]:
    """Every number written in digits, thousands separators removed."""
    return frozenset(_NUMBER.findall(re.sub(r"(?<=\d),(?=\d{3})", "", matched)))


def years_in(matched: str) -> frozenset[str]:
    """Every year from 1000 to 2099 that is written as one (2017年, 2017-05)."""
    return frozenset(_YEAR.findall(matched))


def read_query(query: str, term_weights: TermWeights) -> Asked:
    """The query taken apart. `term_weights` gives each term's weight in 0..1, 1 for one that no passage holds."""
    text = matched_form(query).replace("甚么", "什么")
    content = _QUESTION_WORDS.sub(_ASKED, _EMPTY_WORDS.sub("。", text))
    kind = _kind(text)
    return Asked(
        text=text,
        content=content,
        terms=_terms(content, term_weights),
        numbers=numbers_in(text),
        years=years_in(text),
        latin=frozenset(_LATIN.findall(text)),
        kind=kind,
        expects=_expects(text, kind),
        units=_units(text) if kind == "number" else (),
        defines=_defines(text),
        wants_day=bool(re.search(r"哪一?[天日]|几号|几日|日期", text)),
    )


def unseen_words(asked: Asked, term_weights: TermWeights) -> tuple[str, ...]:
    """The query's words, in matched form, that no passage of the library holds."""
    import rjieba

    words = [word for word in dict.fromkeys(rjieba.cut(asked.content, hmm=False)) if len(word) > 1 and word.isalnum()]
    weights = term_weights(words)
    return tuple(word for word in words if weights[word] >= 1)


def _kind(text: str) -> Kind:
    return next((kind for pattern, kind in _KIND_CUES if re.search(pattern, text)), "anything")


def _expects(text: str, kind: Kind) -> AnswerType:
    if _YES_NO.search(text) and not _QUESTION_WORDS.search(text):
        return "yes/no"
    return next((answer_type for pattern, answer_type in _ANSWER_CUES if re.search(pattern, text)), _OF_KIND.get(kind, "other"))


def _terms(content: str, term_weights: TermWeights) -> tuple[Term, ...]:
    fields = analyse(content)
    words = fields["w"].split()
    texts = list(dict.fromkeys([*fields["c"].split(), *words]))
    weights = term_weights(texts)
    common = _common_terms()
    shares = _pair_shares(content, words)
    asked_at = content.find(_ASKED)
    terms = (
        Term(text, common.get(text, max(_UNCOMMON, weights[text])) * _share(text, shares), _focus(content, text, asked_at))
        for text in texts
    )
    return tuple(sorted(terms, key=lambda term: -term.weight)[:_MOST_TERMS])


def _share(text: str, shares: Mapping[str, float]) -> float:
    """What a term counts beside its rarity: a single Han character half, a pair what `_pair_shares` says."""
    return shares.get(text, 0.5 if len(text) == 1 and not text.isascii() else 1.0)


def _pair_shares(content: str, words: Sequence[str]) -> dict[str, float]:
    """The pairs of characters that do not count whole.

    Those inside a dictionary word count together as much as the word; those that begin or end in a word and reach out of it count little,
    because nobody will have written them elsewhere.
    """
    inside: dict[str, float] = {}
    across: dict[str, float] = {}
    at = 0
    for word in words:
        start = content.find(word, at)
        if start < 0:
            continue
        at = end = start + len(word)
        inside.update((content[place : place + 2], 1 / (end - start - 1)) for place in range(start, end - 1))
        across.update(dict.fromkeys((content[start - 1 : start + 1], content[end - 1 : end + 1]), _STRADDLING))
    return across | inside


@cache
def _common_terms() -> dict[str, float]:
    """The weight of terms that are common in Chinese at large: in a library of five documents 总共 is rare, and still tells nothing."""
    lines = (line for line in COMMON_TERMS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {term: float(weight) for weight, *terms in map(str.split, lines) for term in terms}


def _focus(content: str, term: str, asked_at: int) -> float:
    starts = [match.start() for match in re.finditer(re.escape(term), content)]
    gaps = [asked_at - start - len(term) if start < asked_at else start - asked_at - len(_ASKED) for start in starts]
    return 1 / (1 + max(0, min(gaps)) / 2) if gaps and asked_at >= 0 else 0.0


def _defines(text: str) -> str:
    match = _DEFINITION.match(text)
    return (match[1] or match[2]).strip('“”《》"') if match else ""


def _units(text: str) -> tuple[str, ...]:
    named = _MEASURE.search(text)
    if named and named[1] != "个":
        return (named[1], "个")
    return next((units for pattern, units in _UNIT_CUES if pattern.search(text)), ())
