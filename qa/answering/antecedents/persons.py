"""Whom 他 or 她 means. Three rules, the first that finds somebody:

    who spoke last, where the pronoun speaks too (他说) and nobody else is named or speaks since
    the only person there is before it, where there is no other human being either
    whom the passage is about (it opens: 某某，画家，), where nobody else stands in the pronoun's sentence or the one before

Names are those of jieba's tagger, with its guessing model: it misses some and takes others for people. So one counts only beside a role or
a verb of speech, or at the head of a life.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from embeddings.folding import fold
from qa.answering.antecedents.before import EDGES, Before, either, endings
from qa.reading.publication.names import DOTTED_NAME, sure_name
from qa.records import Span
from qa.splitting import sentence_spans

HE = re.compile(r"(?<![其吉])[他她](?!们|人|国|乡|日|律|者|杀|山)")

_SAID = either(
    "表示 指出 透露 提到 说道 介绍 称 说 谈到 告诉 直言 认为 强调 坦言 宣布 回应 解释 写道 呼吁 提醒 预测 补充 警告 承认 声称 建议 "
    "回忆 证实 重申 感慨 预计 估计"
)
_SAID_BY_NAME = re.compile(_SAID)
_IN_CLAUSE = f"[^{EDGES}]"
_HE_SAID = re.compile(rf"[他她](?:[还也又则并]|同时|进一步|随后|接着|继续|{fold('在')}{_IN_CLAUSE}{{1,12}}[上中{fold('时')}])*(?:{_SAID})")
_SPEAKS = re.compile(rf"(?:(?![不没未被]){_IN_CLAUSE}){{0,14}}?(?:{_SAID})")
_CERTAINLY_SAID = either("表示 说 指出 称 认为 介绍 强调 透露 告诉")
_SPEAKER = re.compile(rf"(?:^|[，,。；;！!？?\n])(?P<subject>{_IN_CLAUSE}{{1,14}}?)(?<!{fold('报道')})(?<![名简号职])(?:{_CERTAINLY_SAID})")
_BESIDE_NAME = frozenset(
    fold("说称在对将还也则和与为是因于就从曾已的告向等被把以又都并至及由请据日月年")
)  # words of one character that belong to no name
_PLACE_ENDS = fold("省市县区镇乡村")
_NO_NAME = ("p", "v", "d", "c", "t", "r", "u", "f", "m")  # parts of speech that no name goes on with
_ROLE = re.compile(
    rf"(?:[{fold('员长官卿统理席师授士家人手记相裁者练演卒')}]|{either('代表 主任 教练 导演 市民 先生 女士 发言人 负责人 CEO CFO')})$"
)
HUMAN = re.compile(
    either(
        "男子 女子 男孩 女孩 男生 女生 女士 先生 小姐 老人 母亲 父亲 妈妈 爸爸 妻子 丈夫 儿子 女儿 哥哥 弟弟 姐姐 妹妹 爷爷 奶奶 父母 "
        "夫妇 夫妻 家人 家属 孩子 朋友 同事 同学 学生 老师 教师 医生 护士 患者 病人 司机 乘客 旅客 游客 市民 居民 村民 民警 警察 警方 战士 "
        "士兵 网友 律师 法官 被告 原告 嫌疑人 当事人 受害人 老板 店主 顾客 客户 业主 房东 队友 对手 球员 教练 选手 主人 青年 小伙 "
        "姑娘 大爷 大妈 阿姨 叔叔 婴儿 子女 兄弟 总统 总理 首相 部长 主席 书记 市长 县长 局长 院长 校长 董事长 总裁 经理 专家 教授 博士 "
        "院士 负责人 发言人 人士 工作人员 主任 作者 演员 导演 主播 用户 父子 母子 员工 工人 农民 商户 记者 某 我 姓"
    )
)
_OF_A_LIFE = frozenset(  # other people in a life
    endings(
        "男子 男孩 先生 老人 父 父亲 爸爸 母 母亲 妈妈 双亲 父母 妻 妻子 夫人 丈夫 子 儿子 长子 次子 独子 女儿 哥哥 弟弟 "
        "兄 弟 兄长 胞兄 胞弟 姐姐 妹妹 爷爷 祖父 外公 外祖父 叔父 伯父 舅舅 岳父 友 好友 朋友 老师 恩师 导师 徒弟 弟子 学生 "
        "同学 同事 对手 队友 教练 国王 皇帝 总统 王 帝 某"
    )
)
_LIFE = re.compile(
    r"\s*(?P<name>[一-鿿·•・]{2,30}?)(?:\n+|[，,、])[^。]*?"
    rf"(?:{either('出生 生于 年生')}|{_IN_CLAUSE}(?:[{fold('家员人官士师帅将者席长手')}]|{either('总统 总理 教授 导演 主教')})[，,。、])"
)


def person_meant(before: Before, rest: str) -> Span | None:
    """The person that the pronoun means with which `rest` begins; None where that is not certain."""
    if before.in_speech:
        return None
    names = _names(before)
    speaker = _last_speaker(before, names) if _HE_SAID.match(rest) else None
    found = speaker or _only_person(before, names) or _of_the_life(before, names)
    other_gender = "她" if rest[0] == "他" else "他"
    return None if found is None or other_gender in before.text[found.end :] else found


def _last_speaker(before: Before, names: Sequence[Span]) -> Span | None:
    if not names or not _is_speaker(before, names[-1]) or not _known(before, names[-1], names):
        return None
    name = names[-1]
    since = "".join(" " if before.is_spoken(place) else before.text[place] for place in range(name.end, len(before.text)))
    own = max(map(since.rfind, "。！？!?\n")) + 1  # where the pronoun's sentence begins
    if any(human.start() >= own or sure_name(since[human.end() : human.end() + 2]) for human in HUMAN.finditer(since)):
        return None
    subjects = (match["subject"] for match in _SPEAKER.finditer(since))
    return name if all(subject.startswith((before.at(name), "他", "她")) for subject in subjects) else None


def _is_speaker(before: Before, name: Span) -> bool:
    return before.opens_clause(name.start) and bool(_SPEAKS.match(before.text, name.end)) and not before.is_spoken(name.start)


def _only_person(before: Before, names: Sequence[Span]) -> Span | None:
    longest = max(map(before.at, names), key=len, default="")
    places = [name for name in names if before.at(name) == longest]
    if not places or not all(before.at(name) in longest for name in names) or not _known(before, places[0], names):
        return None
    if places[-1].start < _last_sentences(before):
        return None
    edges = {edge for name in names for edge in (name.start, name.end)}
    others = (human for human in HUMAN.finditer(before.text) if human.end() not in edges and human.start() not in edges)
    return None if any(others) else places[0]


def _of_the_life(before: Before, names: Sequence[Span]) -> Span | None:
    match = _LIFE.match(before.text)
    if not match or not sure_name(match["name"]):
        return None
    sentences = sentence_spans(before.text)
    near = sentences[1].start if len(sentences) == 2 else _last_sentences(before)  # whoever the first sentence names, it is about one
    other = any(name.start >= near and before.at(name) not in match["name"] for name in names)
    kin = any(word.start >= near and word.text in _OF_A_LIFE for word in before.words)
    return None if other or kin else Span(*match.span("name"))


def _last_sentences(before: Before) -> int:
    """Where the sentence before the pronoun's begins."""
    return min((span.start for span in sentence_spans(before.text)[-2:]), default=0)


def _names(before: Before) -> list[Span]:
    """Everything that may be a person's name, by place."""
    found = [_trimmed(before, Span(*match.span())) for match in DOTTED_NAME.finditer(before.text)]
    for number, word in enumerate(before.words):
        native = word.tag.startswith("nr") and word.text[-1] not in _PLACE_ENDS
        latin = word.tag == "eng" and _ROLE.search(before.text, max(0, word.start - 3), word.start)
        if not (native or latin) or any(span.start <= word.start < span.end for span in found):
            continue
        following = before.words[number + 1] if number + 1 < len(before.words) else None
        parted = following is not None and len(word.text) == 1 and len(following.text) <= 2 and following.tag != "x"  # 王, 小利
        found.append(Span(word.start, following.end if parted and following else word.end))
    return sorted(found)


def _trimmed(before: Before, name: Span) -> Span:
    """A name with a dot without what stands round it: 演员盖尔·嘉朵在 is 盖尔·嘉朵."""
    dots = [place for place in range(name.start, name.end) if not before.text[place].isalpha()]
    first = [word for word in before.words if name.start <= word.start < dots[0]]
    while len(first) > 1 and not all(word.tag.startswith("nr") for word in first):
        first = first[1:]
    rest = [word for word in before.words if dots[-1] + 1 < word.start < name.end]
    end = next((word.start for word in rest if word.tag.startswith(_NO_NAME) or word.text[0] in _BESIDE_NAME), name.end)
    return Span(first[0].start if first else name.start, end)


def _known(before: Before, name: Span, names: Sequence[Span]) -> bool:
    """Whether one of the places where the name stands shows that it is a person's, and they do not all go on with one character."""
    text = before.at(name)
    behind = [before.text[match.end() : match.end() + 1] for match in re.finditer(re.escape(text), before.text)]
    cut = len(behind) > 1 and len(set(behind)) == 1 and behind[0].isalpha() and behind[0] not in _BESIDE_NAME
    return not cut and any(
        _is_sure(before, one) for one in names if re.split("[·•・]", before.at(one))[-1] == text or before.at(one) == text
    )


def _is_sure(before: Before, name: Span) -> bool:
    """Whether it is a person's name, and the whole of it: behind a role (总统), or of a known shape before a verb of speech.

    One in Latin letters never is: where it ends, the tagger does not say.
    """
    role = bool(_ROLE.search(before.text, max(0, name.start - 3), name.start))
    speaks = bool(_SAID_BY_NAME.match(before.text, name.end))
    following = next((word for word in before.words if word.start == name.end), None)
    preceding = next((word for word in before.words if word.end == name.start), None)
    whole = all(
        word is None or len(word.text) > 1 or not word.text.isalpha() or word.text in _BESIDE_NAME for word in (preceding, following)
    )
    text = before.at(name)
    return whole and len(text) > 1 and not text[0].isascii() and (role or (speaks and sure_name(text) and len(text) > 2))
