"""The groups a query is also reported in: its script and that of its passage, what it asks for, how long its passage is, what it names.

Labels read "family: group". All of them are told from the query and its gold by rules that are written here, so they are the same for
every system. The type is read from question words alone (a query without one is "other"); names are what jieba tags as names, which on
foreign names in Han characters is often wrong. Not handled: a query that asks two things is of the type of the first rule that matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from embeddings.folding import fold
from eval.collection import Collection
from eval.gold import GoldSpan, Query
from eval.metrics.answers import squeeze
from eval.words import Word, plain, tagged
from qa.reading.script import script_of

SHORT, LONG = 100, 300  # characters of the paragraph that holds the gold
FEW = 0.5  # share of the query's content words, at most; of CMRC train 1 % have none, 10 % few, 89 % many (66 % all)
NEAR, RUN = 0.5, 5  # a near-duplicate: Jaccard similarity of the sets of runs of five characters, at least

# The first rule that matches gives the type. On folded text without white space. 为什么 and 为何 ask no reason after a verb of naming
# (又称为什么), nor, inside a clause, before a noun (为什么人所建, 为何物).
_NAMING = "名称之作成改分认视译变转升命化定列誉以更设评选任归封聘编"
_PEOPLE = (
    "导演|演员|歌手|作家|诗人|画家|作者|皇帝|国王|君主|女王|将领|将军|元帅|教授|学者|科学家|球员|选手|运动员|教练|总统|总理|主席|首相|市长|"
    "校长|大臣|艺人|主持人|编剧|建筑师|设计师|艺术家|明星|教宗|教皇|成员|老师|医生|律师|记者|企业家|政治家|角色"
)
_PLACES = (
    "地方|地区|地点|地带|地铁站|国家|国(?![际王民企有])|省|市(?![场民])|县|区(?!别)|行政区|镇|乡|村|州|岛|洲|城|海(?![军报盗关])|港|湾|湖|山|街|"
    "路(?![线人径])|站|车站|火车站|机场|大陆|半岛|群岛|流域|盆地|高原"
)
_RULES = (
    ("why", rf"(?:^|[,:;。])为(?:什么|何)(?![?物]|$)|(?<![{_NAMING}])为什么(?![?名人类型级色词科种事物的]|$)"),
    ("why", rf"(?<![{_NAMING}])为何(?![?物人年月日时地处种国]|$)|因何|缘何|何故|何以|(?:因为?|由于|出于|基于|凭)(?:什么|何)"),
    ("why", rf"(?<![{_NAMING}])为了(?:什么|何)"),
    ("why", r"怎么(?:会|没|不|还|就|能|可能)|(?:什么|何种|哪些|哪种|哪个)[^,?]{0,4}(?:原因|缘故|理由)"),
    ("why", r"(?:原因|缘故|理由|起因)(?:都?有|包括|分别)?(?:是|为|在于)?(?:什么|哪些|何在|何|如何)?(?:[?]|$)"),
    ("when", r"(?:什么|哪些|哪几?一?个?)(?:时候|时间|时期|时段|时代|年代|年份|年(?!级)|日子|朝代|季节|世纪|月份|月(?!台))|几世纪"),
    ("when", r"(?<![任如几])何[年月日时]|哪一?[天日](?![体本报])|哪一?朝(?!鲜)|几[月日](?!台)|几号(?![线楼车门馆])|几[时点](?!了)"),
    ("when", r"(?:公元前?|西元前?|民国|\d)几年|(?:时间|日期|年份|年代|生日|诞辰|时期)(?:[?]|$|(?:是|为)(?:什么|多少|哪|几|[?]|$))"),
    ("how many", r"多少|百分之几|几分之几|多重[?]|(?<![许很众最更较大诸没不])多(?:久|长|高|大(?!学|程度)|远|深|宽|快|厚|粗)"),
    (
        "how many",
        r"(?<![好十百千万数哪这那前后近])几(?:[个位次种部座条家所张首本集章届场岁天年层楼人口支只匹头棵株辆艘架台件项块片站期卷回段代级]"
        r"|[轮批组队类套幅篇页句字秒倍成折号元里米]|公里|千米|平方|厘米|英里|小时|分钟)",
    ),
    ("who", r"谁|何人|何许人|什么人(?![种口类群工民生格体才文])|哪[一几些两三四五]?[位名](?![置于])"),
    ("who", rf"哪[几些两三四五]?个?人(?![种口类群民工])|哪[几些两三四五一]?[个位名]?(?:{_PEOPLE})"),
    ("where", r"哪里|哪儿|哪边|哪处|(?<![任如])何[处地](?!位)|什么(?:地方|地点|国家|城市|地区|地带|场所|区域|海域|省份|县|村)"),
    ("where", rf"哪[几些两三四五六七八九十]?一?[个座条片]?(?:{_PLACES})|(?:在|处于)什么位置|(?:在|位于|处于|坐落于?)哪(?:[?]|$)"),
    ("where", r"(?:地点|位置|地址|产地|出生地|所在地|发源地|栖息地|目的地|籍贯|首都|首府)(?:是|为|在)?(?:什么|哪)?(?:[?]|$)"),
)

_NAMED = ("person", "place", "organisation", "other")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方邹孟"
    "熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚"
    "符舒阮柯纪梅童凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷"
    "晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝封官谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢嵇"
)
_ORGANISATIONS = re.compile(
    "大学|学院|公司|集团|银行|协会|学会|委员会|俱乐部|[足篮棒]球队|乐[团队]|政府|航空|航空公司|出版社|电视台|电台|医院|[中小]学|高中|研究[所院]|"
    "博物馆|基金会|联盟|国会|议会|法院|警察局|[海空陆]军|教会|株式会社"
)
_DOTS = frozenset("·・‧•")
_CONTENT_TAGS = ("n", "v", "a", "t", "i", "l", "j", "b", "s", "z", "eng")
# Words of asking, and words that nearly every question could hold. In Simplified, as `plain` gives them.
_EMPTY = re.compile(
    "什么|时候|时间|地方|哪[里儿个些位年]|哪一年|哪些地方|哪几[个种位]|为什么|为何|怎么|怎样|如何|什么样|怎么样|多少|多久|多长|多长时间|几个|何[时地处人]|"
    "何时何地|是否|是不是|有没有|没有|可以|能够|是因为|有着|有何|干什么|请问|名字|原因|意思|分别|一共|具体|进行|属于|成为|作为|称为|叫做|位于|下列|有关|"
    "以下|主要|还有|目前|现在|期间|之后|以前|以后|当时|曾经|为了|包括|是从|由来是"
)


def slices(query: Query, collection: Collection) -> tuple[str, ...]:
    """The groups of one query. Without gold, those that are told from the query alone: script, type, names.

    Where gold stands in several paragraphs, the first gives script and length, and the one that shares most gives the shared words. A query
    of question words alone gets no label for those.
    """
    text = plain(query.text)
    words = tagged(text)
    of_query = (f"query script: {script_of(query.text)}", f"type: {type_of(query.text)}", *_names(words))
    if not query.context:
        return of_query
    passages = [_text(place, collection) for place in query.context]
    of_gold = (f"passage script: {script_of(passages[0])}", f"passage length: {_length(len(passages[0]))}")
    content = _content(words)
    if not content:
        return (*of_query, *of_gold)
    shared = max(_shared(content, squeeze(passage)) for passage in passages)
    return (*of_query, *of_gold, f"shared words: {_amount(shared)}")


def copies(query: Query, collection: Collection, nearest: Callable[[str], Sequence[str]]) -> str:
    """ "copies: yes" when a passage of another document is nearly the paragraph that holds the gold, else "copies: no"; "" without gold.

    nearest: a text to the texts of candidate passages of other documents. Nearly: of the runs of five folded characters that stand in one
    of the two, at least half stand in both (Jaccard similarity; Broder, On the resemblance and containment of documents, 1997). So a copy
    inside a passage of more than twice the length is not seen.
    """
    if not query.context:
        return ""
    for place in query.context:
        text = _text(place, collection)
        own = _runs(text)
        if any(_similarity(own, _runs(other)) >= NEAR for other in nearest(text)):
            return "copies: yes"
    return "copies: no"


def type_of(text: str) -> str:
    """who, when, where, how many, why or other, by the question words of the text."""
    folded = squeeze(text).replace("甚么", "什么").replace("那里?", "哪里?")
    return next((name for name, pattern in _rules() if pattern.search(folded)), "other")


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(fold(pattern))) for name, pattern in _RULES)


def _names(words: Sequence[Word]) -> list[str]:
    found = {group for place in range(len(words)) if (group := _named(words, place))}
    return [f"names: {group}" for group in (*_NAMED, "none") if group in (found or {"none"})]


def _named(words: Sequence[Word], place: int) -> str:
    """What kind of name the word is, "" for none."""
    word = words[place]
    before = words[place - 1] if place else None
    if _ORGANISATIONS.fullmatch(word.text) and before is not None and before.tag.startswith(("n", "j", "eng", "s")):
        return "organisation" if before.tag.startswith(("nr", "ns", "nt", "nz", "j", "eng")) else ""
    if word.text in _DOTS:
        around = (*words[place - 1 : place], *words[place + 1 : place + 2]) if place else ()
        return "person" if len(around) == 2 and all(other.text.isalpha() for other in around) else ""
    if word.tag.startswith("nr"):
        return "person" if _is_person(word) else ""
    return next((group for tag, group in (("ns", "place"), ("nt", "organisation"), ("nz", "other")) if word.tag.startswith(tag)), "")


def _is_person(word: Word) -> bool:
    """jieba takes plants and streets for people; a Chinese name begins with a surname."""
    return word.tag in ("nrt", "nrfg") or (word.text[0] in _SURNAMES and 2 <= len(word.text) <= 4)


def _length(characters: int) -> str:
    if characters < SHORT:
        return f"under {SHORT}"
    return f"{SHORT}-{LONG}" if characters <= LONG else f"over {LONG}"


def _amount(share: float) -> str:
    if share == 0:
        return "none"
    return "few" if share <= FEW else "many"


def _content(words: Sequence[Word]) -> frozenset[str]:
    """The words that say what a query is about, folded; its single characters where it has no longer ones (a rare name)."""
    longer = frozenset(fold(word.text) for word in words if _is_content(word, 2))
    return longer or frozenset(fold(word.text) for word in words if _is_content(word, 1) and not word.tag.startswith(("v", "a")))


def _shared(content: frozenset[str], passage: str) -> float:
    return sum(word in passage for word in content) / len(content)


def _is_content(word: Word, shortest: int) -> bool:
    if _EMPTY.fullmatch(word.text):
        return False
    if word.text[0].isdigit() or word.tag == "eng":
        return True
    return len(word.text) >= shortest and word.tag.startswith(_CONTENT_TAGS) and word.text.isalnum()


def _text(place: GoldSpan, collection: Collection) -> str:
    return collection.document(place.document).text[place.start : place.end]


@lru_cache(maxsize=256)
@lru_cache(maxsize=512)  # 50 kB each
def _runs(text: str) -> frozenset[str]:
    folded = squeeze(text)
    return frozenset(folded[start : start + RUN] for start in range(max(1, len(folded) - RUN + 1)))


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
