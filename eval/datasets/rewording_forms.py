"""The form of a question changed, its words kept: X是什么时候成立的 and X何时成立, X的丈夫是谁 and 谁是X的丈夫, 为什么X and X，是什么原因.

A rule is a pattern and the forms that a match may take. The rules that turn the sentence round are tried first, then those that put one
question word for another of the same reach (什么时候 becomes 何时, never 哪一年), at last the place of a date. A polite 请问 is taken away
and never added: it alone would be no rewording. Not handled: queries that ask two things, statements with a question mark.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass

from eval.datasets.rewording_text import BLOT, Change, Part, Text
from qa.records import Span

Guard = Callable[[Text, re.Match[str]], bool]


@dataclass(frozen=True, slots=True)
class Form:
    """Where `pattern` matches and `guard` agrees, the match becomes one of `forms`; {name} stands for what group `name` matched."""

    pattern: re.Pattern[str]
    forms: tuple[str, ...]
    guard: Guard


def question_changes(text: Text) -> list[Change]:
    """The change of form, or nothing when no rule fits."""
    for form in (*_TURNS, *_SWAPS):
        for match in form.pattern.finditer(text.blotted):
            if form.guard(text, match):
                return [_change(match, text.choose(form.forms, form.pattern.pattern))]
    moved = _date_moved(text)
    return [moved] if moved else []


def _change(match: re.Match[str], form: str) -> Change:
    parts: list[Part] = []
    for literal, field, _, _ in string.Formatter().parse(form):
        if literal:
            parts.append(literal)
        if field and match[field]:
            parts.append(Span(*match.span(field)))
    return Change(match.start(), match.end(), tuple(parts))


# Guards

_NAMING_TAGS = ("n", "j", "eng", "s", "vn", "l", "i")  # with these a noun phrase ends


def _tag_before(text: Text, place: int) -> str:
    """The part of speech of the word that ends there; n for what is blotted out, "" where none ends."""
    if place and text.blotted[place - 1] == BLOT:
        return "n"
    return next((word.tag for word in text.words if word.end == place), "")


def _tag_after(text: Text, place: int) -> str:
    if text.blotted[place : place + 1] == BLOT:
        return "n"
    return next((word.tag for word in text.words if word.start == place), "")


def _always(_: Text, __: re.Match[str]) -> bool:
    return True


def _x_is_a_thing(text: Text, match: re.Match[str]) -> bool:
    """x reads as one noun phrase: it ends in a noun, and nothing in it says when, how or by whom."""
    start, end = match.span("x")
    if not text.is_cut(start, end) or not _tag_before(text, end).startswith(_NAMING_TAGS):
        return False
    inside = (word for word in text.words_in(start, end) if text.blotted[word.start] != BLOT)
    return not any(word.tag.startswith(("d", "p", "c", "t", "f", "y", "ad", "ul")) for word in inside)


def _x_ends_in_a_noun(text: Text, match: re.Match[str]) -> bool:
    return _tag_before(text, match.end("x")).startswith(_NAMING_TAGS)


def _x_ends_in_no_person(text: Text, match: re.Match[str]) -> bool:
    tags = [word.tag for word in text.words_in(*match.span("x"))]
    return _x_ends_in_a_noun(text, match) and not any(tag.startswith(("nr", "r")) for tag in tags)


def _x_begins_with_a_noun(text: Text, match: re.Match[str]) -> bool:
    return _tag_after(text, match.start("x")).startswith((*_NAMING_TAGS, "r", "m"))


def _x_ends_in_a_verb(text: Text, match: re.Match[str]) -> bool:
    return _tag_before(text, match.end("x")) in ("v", "vn", "vi", "a")


def _no_noun_follows(text: Text, match: re.Match[str]) -> bool:
    return not _tag_after(text, match.end()).startswith(("n", "j", "l", "vn", "b", "eng", "a", "zg"))


def _noun_follows(text: Text, match: re.Match[str]) -> bool:
    return _tag_after(text, match.end()).startswith("n")


def _no_noun_before(text: Text, match: re.Match[str]) -> bool:
    return not _tag_before(text, match.start()).startswith(("n", "j", "eng"))


def _no_adverb_before(text: Text, match: re.Match[str]) -> bool:
    return match.start() in text.starts and not _tag_before(text, match.start()).startswith(("d", "p", "b", "uj", "v"))


def _no_other_how_many(text: Text, _: re.Match[str]) -> bool:
    return text.blotted.count("几") == 1


def _no_other_who(text: Text, match: re.Match[str]) -> bool:
    """One 谁 only, and no noun right before it (歌手谁)."""
    return text.blotted.count("谁") == 1 and _no_noun_before(text, match)


def _v_begins_like_a_verb(text: Text, match: re.Match[str]) -> bool:
    return _tag_after(text, match.start("v")).startswith(("v", "d", "p", "a"))


def _no_copula_before(text: Text, match: re.Match[str]) -> bool:
    """The subject stands right before, and nothing but it: no 是, no adverb (才, 最早), no preposition."""
    before = _tag_before(text, match.start())
    return "是" not in text.blotted[: match.start()] and before.startswith((*_NAMING_TAGS, "r", "m", "x", "zg", "y"))


def _is_cut(text: Text, match: re.Match[str]) -> bool:
    return text.is_cut(match.start(), match.end())


# Rules that turn the sentence round

_END = r"(?P<end>[？?。]?)$"
_CLAUSE = r"^(?P<pre>(?:.*[，,；;])?)"
_YEAR = "哪一年|哪年|何年"
_TIME = "什么时候|什么时间|何时|哪一天|哪天"
_PLACE = "哪里|哪儿|何处|何地|什么地方"
_EVENTS = (  # what happens once
    "成立|建立|建成|创立|创办|创建|出生|去世|逝世|病逝|毕业|上映|出版|发行|开通|通车|启用|开业|发生|竣工|落成|出道|退役|退休|结婚|登基|即位|播出|首播|"
    "发布|举行|解散|停产|倒闭|诞生|完成|提出|发表"
)
_PLACED = "成立|创立|创办|出生|出版|逝世|去世|发表|诞生"  # what has a place
_MADE = "创作|创立|创办|创建|建立|设计|发明|编写|撰写|提出|发现|建造|修建|兴建|开发|翻译|绘制|研制|制作|执导|谱写"  # what has a maker
_TRAITS = "特点|特征|作用|优势|优点|缺点|影响|贡献|区别|不同|用途|功能|意义|好处|生活习性|食用价值|成就"
# After a verb of naming 为什么 asks for a name (改名为什么); before a noun it asks for what (为什么人所建).
_NO_REASON = "(?<![因名称之作成改分认视译变转升命化定列誉以更设评选任归封聘编])"

_TURNS = tuple(
    Form(re.compile(pattern), forms, guard)
    for pattern, forms, guard in (
        (r"^(?:请问|想问一下|我想知道)[，,：:]?(?P<x>.{4,})", ("{x}",), _always),
        # X是什么时候成立的 becomes X何时成立, and X成立于何时 the reverse
        (rf"是(?:在|于)?(?:{_TIME})(?P<v>[^，,？?是了的]{{2,}})的{_END}", ("何时{v}{end}", "在什么时候{v}{end}"), _v_begins_like_a_verb),
        (rf"是(?:在|于)?(?P<w>{_YEAR})(?P<v>[^，,？?是了的]{{2,}})的{_END}", ("于{w}{v}{end}", "在{w}{v}{end}"), _v_begins_like_a_verb),
        (rf"(?P<v>{_EVENTS})(?:于|在)(?P<w>{_TIME}|{_YEAR}){_END}", ("是{w}{v}的{end}", "是在{w}{v}的{end}"), _no_copula_before),
        (rf"建于(?P<w>{_TIME}|{_YEAR}){_END}", ("是{w}建成的{end}", "是在{w}建成的{end}"), _no_copula_before),
        (rf"生于(?P<w>{_TIME}|{_YEAR}){_END}", ("是{w}出生的{end}", "是在{w}出生的{end}"), _no_copula_before),
        (rf"(?:于|在)(?P<w>{_TIME}|{_YEAR})(?P<v>{_EVENTS}){_END}", ("是{w}{v}的{end}", "{v}于{w}{end}"), _no_copula_before),
        (rf"(?P<w>{_TIME}|{_YEAR})(?P<v>{_EVENTS}){_END}", ("是{w}{v}的{end}", "{v}于{w}{end}"), _no_copula_before),
        # X出生于哪里 becomes X是在哪里出生的, and the reverse
        (rf"(?P<v>{_PLACED})(?:于|在)(?P<w>{_PLACE}){_END}", ("是在{w}{v}的{end}",), _no_copula_before),
        (rf"生于(?P<w>{_PLACE}){_END}", ("是在{w}出生的{end}",), _no_copula_before),
        (rf"是?在(?P<w>{_PLACE})(?P<v>{_PLACED})的?{_END}", ("{v}于{w}{end}", "{v}在{w}{end}"), _no_copula_before),
        # X是由谁创作的 becomes 谁创作了X, and the reverse
        (rf"{_CLAUSE}(?P<x>[^，,是被由]{{2,}}?)(?:是?由|是)谁(?P<v>{_MADE})(?:出来)?的?{_END}", ("{pre}谁{v}了{x}{end}",), _x_is_a_thing),
        (
            rf"{_CLAUSE}谁(?P<v>{_MADE})了?(?P<x>[^，,是被在？?。]+){_END}",
            ("{pre}{x}是由谁{v}的{end}", "{pre}{x}是谁{v}的{end}"),
            _x_is_a_thing,
        ),
        # X的丈夫是谁 becomes 谁是X的丈夫, and the reverse
        (rf"{_CLAUSE}(?P<x>[^，,是被为]+的[^的，,是]{{1,6}})是谁{_END}", ("{pre}谁是{x}{end}",), _x_ends_in_a_noun),
        (rf"{_CLAUSE}谁是(?P<x>[^，,是？?。]+){_END}", ("{pre}{x}是谁{end}", "{pre}{x}是哪位{end}"), _x_ends_in_a_noun),
        # 什么是X, X是指什么
        (rf"{_CLAUSE}什么(?:是|叫做?)(?P<x>[^，,是？?。]+){_END}", ("{pre}{x}是什么{end}", "{pre}{x}指的是什么{end}"), _always),
        (rf"{_CLAUSE}(?P<x>[^，,是的]+)(?:是指|指的是|指)什么{_END}", ("{pre}什么是{x}{end}", "{pre}{x}是什么意思{end}"), _x_is_a_thing),
        # X的特点是什么 becomes X有什么特点, and the reverse
        (rf"(?P<x>[^，,是]+)的(?P<n>(?:主要)?(?:{_TRAITS}))是什么{_END}", ("{x}有什么{n}{end}", "{x}有哪些{n}{end}"), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是]+)的(?P<n>(?:主要)?(?:{_TRAITS}))有哪些{_END}", ("{x}有哪些{n}{end}", "{x}都有什么{n}{end}"), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是的]+)有什么(?P<n>{_TRAITS}){_END}", ("{x}的{n}是什么{end}", "{x}有哪些{n}{end}"), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是的]+)有哪些(?P<n>{_TRAITS}){_END}", ("{x}的{n}有哪些{end}", "{x}都有什么{n}{end}"), _x_ends_in_a_noun),
        (rf"以什么为(?:食|食物){_END}", ("吃什么{end}", "靠吃什么为生{end}"), _always),
        # X的原因是什么 becomes X是因为什么; 为什么 moves
        (rf"(?P<x>[^，,是]+)的原因(?:是什么|是|为何){_END}", ("{x}是因为什么{end}", "{x}是什么原因{end}"), _x_ends_in_a_verb),
        (rf"^(?:为什么|为何)(?P<x>[^，,？?。会]{{4,}}){_END}", ("{x}，是什么原因{end}", "{x}是为什么{end}"), _x_begins_with_a_noun),
        (
            rf"^(?P<x>[^，,？?是]{{2,}}?){_NO_REASON}(?:为什么|为何)(?![的名人物类型级年月日时地处种国事])(?P<v>(?![会要能可])[^，,？?]{{2,}}?){_END}",
            ("为什么{x}{v}{end}", "{x}{v}，是什么原因{end}", "{x}因何{v}{end}"),
            _v_begins_like_a_verb,
        ),
        # Measures
        (rf"(?P<x>面积|占地面积|总面积)(?:是|为|有)?多少{_END}", ("{x}有多大{end}",), _always),
        (rf"(?P<x>面积)(?:有|是)?多大{_END}", ("{x}是多少{end}",), _always),
        (rf"(?P<x>总长度?|全长|体长|身长)(?:是|为)?多少{_END}", ("{x}有多长{end}",), _always),
        (rf"(?P<x>[^，,是]+)的(?:长度|全长)(?:是|为)多少{_END}", ("{x}有多长{end}",), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是]+)的高度(?:是|为)多少{_END}", ("{x}有多高{end}",), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是]+)有多长{_END}", ("{x}的长度是多少{end}",), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是]+)有多高{_END}", ("{x}的高度是多少{end}",), _x_ends_in_no_person),
        (rf"人口(?:是|为)?多少{_END}", ("人口有多少{end}",), _always),
        (rf"人口有多少{_END}", ("人口是多少{end}",), _always),
        (rf"(?P<x>[^，,是]+[^共总约])有多少人口{_END}", ("{x}的人口是多少{end}",), _x_ends_in_a_noun),
        # Names
        (rf"(?P<x>[^，,是]+)叫什么名字{_END}", ("{x}的名字是什么{end}", "{x}叫什么{end}"), _x_ends_in_a_noun),
        (rf"(?P<x>[^，,是]+)的名字(?:是|叫)什么{_END}", ("{x}叫什么名字{end}", "{x}叫什么{end}"), _x_ends_in_a_noun),
    )
)

# Question words of the same reach

_COUNTED = "[个位名种部座家首本集章届场条支只张次所间项件层卷册枚艘架辆站片组岁]"
_CLASSED = "[部支家座所首本条场位名项种款篇届类张艘架颗段次科]"

_SWAPS = tuple(
    Form(re.compile(pattern), forms, guard)
    for pattern, forms, guard in (
        ("何时何地", ("什么时间什么地点",), _always),
        ("什么时候(?!何)", ("何时", "什么时间"), _always),
        ("什么时间(?!段)", ("什么时候", "何时"), _is_cut),
        ("(?<![任如几])何时(?!何)", ("什么时候", "什么时间"), _always),
        ("哪一年(?![年代度级])", ("哪年", "何年"), _always),
        ("哪年(?![年代度级])", ("哪一年", "何年"), _always),
        ("何年(?!何)", ("哪一年", "哪年"), _always),
        ("哪一天", ("哪天", "何日"), _always),
        ("什么(?P<n>时期|年代|朝代|时代)", ("哪个{n}", "哪一{n}"), _always),
        ("哪个(?P<n>时期|年代|朝代|时代)", ("什么{n}", "哪一{n}"), _always),
        ("(?P<b>[由被])谁", ("{b}何人", "{b}什么人", "{b}哪位"), _always),
        (rf"(?<=的)(?P<x>.{{1,6}})是谁{_END}", ("{x}是哪位{end}", "{x}是何人{end}"), _always),
        (rf"是谁{_END}", ("是什么人{end}", "是何人{end}"), _always),
        ("(?P<b>[和与跟向对给])谁(?![和与跟])", ("{b}什么人", "{b}何人"), _no_other_who),
        ("谁", ("什么人", "何人"), _no_other_who),
        ("哪一位(?![于置])", ("哪位",), _always),
        ("哪位(?![于置])", ("哪一位",), _always),
        ("(?P<b>[由被])什么人", ("{b}谁", "{b}何人"), _always),
        ("何人(?!种)", ("什么人", "谁"), _always),
        ("(?<!一个)什么地方人", ("哪里人",), _always),
        ("(?<!个)什么地方", ("哪里", "何处"), _no_noun_follows),
        ("哪里人", ("什么地方的人", "哪儿的人"), _always),
        ("哪里", ("什么地方", "哪儿"), _always),
        ("(?<![任如])何[处地](?!位)", ("哪里", "什么地方"), _no_noun_before),
        ("哪儿", ("哪里", "什么地方"), _always),
        ("哪个地方", ("哪里", "什么地方"), _no_noun_follows),
        ("哪个国家(?![队级公])", ("哪一国", "哪一个国家"), _always),
        (rf"哪国(?=的|{_END})", ("哪个国家", "哪一国"), _always),
        ("哪国人", ("哪个国家的人",), _always),
        (rf"如何{_END}", ("怎么样{end}", "怎样{end}"), _always),
        (rf"怎么样{_END}", ("如何{end}", "怎样{end}"), _always),
        (rf"(?<!是)怎样{_END}", ("如何{end}", "怎么样{end}"), _always),
        ("怎样的|怎么样的", ("什么样的",), _always),
        ("什么样的", ("怎样的", "怎么样的"), _always),
        ("怎么来的", ("如何得来的", "怎样来的"), _always),
        ("如何(?!是)", ("怎样", "怎么"), _always),
        ("怎样(?!的|$|[？?])", ("如何", "怎么"), _no_noun_follows),
        ("怎么(?![样会没不就还能可了回办])", ("如何", "怎样"), _always),
        (r"(?:(?<=^)|(?<=[，,；;]))为什么(?![？?])", ("为何", "因何"), _always),
        (rf"{_NO_REASON}为什么(?!原因|[的名人物类型级？?]|$)", ("为何", "因何", "因为什么"), _always),
        (rf"{_NO_REASON}为何(?![物人年月日时地处种国？?]|$)", ("为什么", "因何"), _always),
        (r"是否", ("是不是",), _always),
        (r"是不是", ("是否",), _always),
        ("多长时间", ("多久",), _always),
        ("多久", ("多长时间",), _always),
        (rf"(?<![哪第十好百千万这那前后近])几(?P<n>{_COUNTED})", ("多少{n}",), _no_other_how_many),
        ("多少(?:个|名|位)", ("多少",), _noun_follows),
        (rf"(?P<x>数量|数目|人数|人口|总数)是多少{_END}", ("{x}有多少{end}",), _always),
        (rf"(?<!百分之)是多少{_END}", ("为多少{end}",), _always),
        (rf"为多少{_END}", ("是多少{end}",), _always),
        ("第几(?P<n>[张部届位名任代个次集])", ("第多少{n}",), _always),
        ("(?P<a>[高长宽深重])多少(?P<u>公里|公尺|公分|厘米|米|吨)", ("有多少{u}{a}",), _is_cut),
        ("可达到?多少", ("能达到多少",), _always),
        ("哪些(?P<n>地区|地方|国家|城市|职务|职位|球队|作品|荣誉|奖项|内容|方面)", ("什么{n}",), _always),
        ("有何(?=[^？?人时地处年])", ("有什么", "有哪些"), _always),
        ("因何|因(?:为)?什么(?=而|[去病逝])", ("因为什么", "为什么"), _always),
        ("做什么工作", ("从事什么工作",), _always),
        ("担任(?P<a>[过了]?)什么(?:职务|职位|官职)", ("担任{a}何职",), _always),
        (f"(?P<v>有|包括|包含)哪些{_END}", ("{v}什么{end}", "都{v}哪些{end}"), _no_adverb_before),
        ("(?P<v>有|包括|包含)哪些", ("都{v}哪些",), _no_adverb_before),
        ("(?P<v>有)什么(?=特点|作用|特征|优势|成就|功能|用途|作品|内容|影响|区别|不同|变化)", ("{v}哪些",), _always),
        ("什么(?P<n>类型|方式|形式|性质|手段|途径|程度|材料|语言|动物|植物|颜色|原因|疾病|情况)", ("何种{n}", "哪种{n}"), _always),
        ("何种|哪种", ("什么样的", "哪一种"), _always),
        ("哪个(?![人月])", ("哪一个",), _always),
        ("哪一个", ("哪个",), _always),
        (f"哪一(?P<n>{_CLASSED})", ("哪{n}",), _always),
        (f"哪(?P<n>{_CLASSED})", ("哪一{n}",), _is_cut),
    )
)


# A date at the beginning moves to the verb, and the reverse

_DATE = r"(?:\d{4}年)(?:\d{1,2}月(?:\d{1,2}[日号])?)?"
_DATE_FIRST = re.compile(rf"^在?(?P<d>{_DATE})[，,]")
_DATE_INSIDE = re.compile(
    rf"(?<![\d至到从自由和与、])[在于]?(?P<d>{_DATE})(?![至到和与、以之代底初末前后间度第的\d\-－—~]|[世亚奥欧夏冬春秋])"
)
_SUBJECT_TAGS = ("n", "j", "eng", "b", "x")


def _date_moved(text: Text) -> Change | None:
    """2003年，某人获得… becomes 某人在2003年获得…, and the reverse."""
    first = _DATE_FIRST.match(text.blotted)
    if first:
        end = _end_of_subject(text, first.end())
        if end and _long_verb_follows(text, end):
            return Change(0, end, (Span(first.end(), end), "在", Span(*first.span("d"))))
        return None
    inside = _DATE_INSIDE.search(text.blotted)
    if inside and inside.start() and _end_of_subject(text, 0) == inside.start() and _long_verb_follows(text, inside.end()):
        return Change(0, inside.end(), (Span(*inside.span("d")), "，", Span(0, inside.start())))
    return None


def _long_verb_follows(text: Text, place: int) -> bool:
    """A verb or an adverb of two characters and more: a single one may be a piece of a name."""
    return any(word.start == place and word.tag.startswith(("v", "d")) and word.end - word.start > 1 for word in text.words)


def _end_of_subject(text: Text, start: int) -> int:
    """Where the run of nouns and names that begins at `start` ends; 0 when there is none, or it is long."""
    end, words = start, 0
    for word in text.words:
        if word.start < start:
            continue
        blotted = text.blotted[word.start] == BLOT
        if word.start != end or not (blotted or (word.tag.startswith(_SUBJECT_TAGS) and word.text not in "，,？?（(")):
            break
        end, words = word.end, words + (not blotted)
    return end if end > start and words <= 5 else 0
