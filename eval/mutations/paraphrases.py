"""Ways to say a sentence again without changing what it says. Each gives the new wording, or "" where it does not apply."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache

from eval.datasets import Draft
from eval.datasets.rewording import reworded
from eval.datasets.rewording_numbers import date_changes, han_number, number_changes
from eval.datasets.rewording_text import Text
from eval.mutations.sentences import Sentence

_MYRIADS = re.compile(r"(?<![\d.,])(\d+(?:\.\d+)?)([万亿])(?=[^万亿\d余多])")
_PRONOUN = re.compile(r"^[他她](?=[^们])")
_NOT_AFTER_A_CUT = re.compile(  # what does not begin a sentence of its own
    r"^(?:但|而|并|且|也|还|又|却|则|因此|所以|从而|以|使|让|其|导致|为了|由于|才|就|是|的|等|同比|环比|较|比|至|到|或|和|及|与)"
)
_DEPENDS = re.compile(
    r"如果|若|只要|除非|虽然|尽管|假如|一旦|即使|不仅|不但|无论|不论|因为|由于|当|随着|为了|除了|从.{1,20}来看|只有|与其|要么|[一二三](?:是|方面)"
)
_CONFIGURATIONS = ("s2t", "s2tw", "s2hk")


def script(text: str, draw: random.Random) -> str:
    """The other script, by OpenCC."""
    return _converted(draw.choice(_CONFIGURATIONS), text)


def numeral(text: str, draw: random.Random) -> str:
    """Numbers and dates written another way: 三千五百人 for 3500人, 0.12亿 for 1200万."""
    shifted = _MYRIADS.sub(lambda match: _shifted(match, draw), text)
    if shifted != text and draw.random() < 0.5:
        return shifted
    seen = Text.of(text, text)
    changes = number_changes(seen)
    dates = [one for one in date_changes(seen) if not any(one.start < other.end and other.start < one.end for other in changes)]
    return seen.changed([*changes, *dates], str)


def _shifted(match: re.Match[str], draw: random.Random) -> str:
    whole, _, decimals = match[1].partition(".")
    number = int(whole + decimals)
    if match[2] == "万":
        many, places = number, len(decimals)
        if not places and number < 10**6 and draw.random() < 0.4:
            return han_number(number * 10**4)
        return f"{_decimal(many, places + 4)}亿"
    return f"{_decimal(number * 10**4, len(decimals))}万"


def _decimal(number: int, places: int) -> str:
    digits = str(number).rjust(places + 1, "0")
    return (f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")) if places else digits


def split(text: str, draw: random.Random) -> str:
    """Two sentences where a comma was."""
    inside = [place for place in _all("，", text) if 6 < place < len(text) - 8]
    commas = [place for place in inside if not _NOT_AFTER_A_CUT.match(text[place + 1 :]) and not _DEPENDS.search(text[:place])]
    if not commas:
        return ""
    place = draw.choice(commas)
    return f"{text[:place]}。{text[place + 1 :]}"


def shortened(text: str, draw: random.Random) -> str:
    """The first clauses alone, where nothing makes them depend on the rest."""
    if _DEPENDS.search(text) or text.count("“") != text.count("”"):
        return ""
    commas = [place for place in _all("，", text) if place > 14 and text[:place].count("“") == text[:place].count("”")]
    commas = [place for place in commas if text[:place].count("（") == text[:place].count("）")]
    return f"{text[: draw.choice(commas)]}。" if commas else ""


def quotation_marks(text: str, draw: random.Random) -> str:
    """Other quotation marks, or none."""
    marks = draw.choice(("「」", '""', "", "『』"))
    left, right = (marks[0], marks[1]) if marks else ("", "")
    return text.replace("“", left).replace("”", right)


def markers(text: str, draw: random.Random) -> str:
    """Markers of citations after the sentence or one of its clauses."""
    marker = draw.choice(("[1]", "[2]", "［1］", "[1][3]", " [1, 2]"))
    place = draw.choice([*_all("，", text), len(text) - 1, len(text)])
    return text[:place] + marker + text[place:]


def width(text: str, draw: random.Random) -> str:
    """Digits and letters in full width, commas in half width, blanks round numbers."""
    way = draw.randrange(3)
    if way == 0:
        return "".join(chr(ord(one) + 0xFEE0) if one.isascii() and one.isalnum() else one for one in text)
    if way == 1:
        return text.replace("，", ",").replace("（", "(").replace("）", ")").replace("：", ":").replace("；", ";")
    return re.sub(r"(?<=[\u4e00-\u9fff])(?=\d)|(?<=\d)(?=[\u4e00-\u9fff])", " ", text)


def synonyms(text: str, draw: random.Random) -> str:
    """Other words and abbreviations from the tables of the paraphrase set."""
    made = reworded(Draft(text, text, answers=(), answerable=False, gold=(), origin=""))
    wanted = [draft.text for draft in made if {"rewording: synonym", "rewording: abbreviation"}.intersection(draft.slices)]
    return draw.choice(wanted) if wanted else ""


def pronoun_filled_in(sentence: Sentence) -> str:
    """The name of the person before for 他 or 她, where the sentence before begins with it and names no other person."""
    if not _PRONOUN.match(sentence.text) or not sentence.before:
        return ""
    people = [one for one in sentence.names["nr"] if one in sentence.before]
    if len(people) != 1 or not re.match(rf"(?:.{{1,30}}，)?{re.escape(people[0])}", sentence.before):
        return ""
    return people[0] + sentence.text[1:]


def _all(mark: str, text: str) -> list[int]:
    return [place for place, character in enumerate(text) if character == mark]


def turned(sentence: Sentence) -> str:
    """What stands behind a semicolon first, then what stands before it; "" where the second part may lean on the first."""
    first, second = sentence.text, sentence.after
    if first[-1] != "；" or not second.endswith(("。", "；")) or min(len(first), len(second)) < 8 or "：" in first + second:
        return ""
    if _NOT_AFTER_A_CUT.match(second) or re.search("[他她它该此上述前后者同其]|[一二首次]是", second[:6]):
        return ""
    return f"{second[:-1]}；{first[:-1]}。"


@cache
def _converter(configuration: str) -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC(configuration).convert
    return convert


def _converted(configuration: str, text: str) -> str:
    return _converter(configuration)(text)


PARAPHRASES: dict[str, Callable[[str, random.Random], str]] = {
    "script": script,
    "numeral form": numeral,
    "sentence split": split,
    "shortened": shortened,
    "quotation marks": quotation_marks,
    "markers": markers,
    "width": width,
}
OTHER_WORDS: dict[str, Callable[[str, random.Random], str]] = {"synonyms": synonyms}  # beyond what the checker is meant to know
PRONOUN, ORDER = "pronoun filled in", "clause order"
