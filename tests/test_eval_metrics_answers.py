"""Answers against accepted ones: worked examples of each published rule, and a second, plainer writing of it to agree with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.answers import cmrc_em, cmrc_f1, contains_answer, expmrc_f1

# containment


def test_an_answer_is_contained_whatever_its_script_width_and_spaces() -> None:
    assert contains_answer("全程共 ４７００ 公里。", ["4700公里"])
    assert contains_answer("投入資金8.9億元", ["8.9 亿元"])
    assert contains_answer("名为 ΩFORCE 的小组", ["ωforce"])
    assert not contains_answer("全程共470公里", ["4700公里"])
    assert not contains_answer("全程", [""])
    assert not contains_answer("全程", [])


# CMRC 2018

# prediction, answers, EM, shared run, tokens of the prediction, tokens of the answer that is nearest
CMRC: list[tuple[str, list[str], int, tuple[int, int, int]]] = [
    ("旧桥", ["旧桥"], 1, (2, 2, 2)),
    ("旧桥", ["新桥"], 0, (1, 2, 2)),
    ("旧桥", ["水库"], 0, (0, 2, 2)),
    ("", ["旧桥"], 0, (0, 0, 2)),
    ("", [""], 1, (0, 0, 0)),  # equal, and yet no run to share
    ("", ["。"], 1, (0, 0, 0)),
    ("——", ["……"], 0, (0, 1, 1)),  # neither is on the list
    ("。", ["！？"], 1, (0, 0, 0)),
    ("旧桥。", ["旧桥"], 1, (2, 2, 2)),
    ("《旧桥志》", ["旧桥志"], 1, (3, 3, 3)),
    ("甲乙丙丁", ["甲丙丁乙"], 0, (2, 4, 4)),  # 丙丁: a run, not 甲丙丁 with gaps
    ("好好好", ["好"], 0, (1, 3, 1)),
    ("三层", ["三层楼", "一共有三层楼"], 0, (2, 2, 3)),
    ("三层", ["一层", "三层"], 1, (2, 2, 2)),
    ("圖書館", ["图书馆"], 0, (0, 3, 3)),  # script is not folded
    ("NBA球员", ["nba球员"], 1, (3, 3, 3)),
    ("NBA球员", ["nba 球员"], 0, (3, 3, 3)),  # white space inside counts for EM alone
    ("ＡＢ公司", ["AB公司"], 0, (2, 3, 3)),  # neither is width
    ("ＡＢ公司", ["ａｂ公司"], 1, (3, 3, 3)),
    ("3.5公里", ["3.5 公里"], 0, (3, 3, 3)),
    ("35公里", ["3.5公里"], 0, (2, 3, 3)),
    ("1,200米", ["1，200米"], 0, (1, 2, 2)),  # the Chinese comma goes, the other stays
    ("1998-2003年", ["19982003年"], 1, (2, 2, 2)),  # marks go before words are made
    ("50%", ["50％"], 0, (0, 2, 1)),
    ("John's", ["John"], 0, (1, 2, 1)),  # john, 's
    ("John’s", ["Johns"], 1, (1, 1, 1)),
    ("cannot", ["can"], 0, (1, 2, 1)),  # can, not
    ("the old bridge", ["Old Bridge"], 0, (2, 3, 2)),
    (" 旧桥　", ["旧桥"], 1, (2, 2, 2)),
    ("， 旧桥", ["旧桥"], 0, (2, 2, 2)),  # ends are stripped before the marks go
    ("旧桥…", ["旧桥"], 0, (2, 3, 2)),
    ("旧桥……", ["旧桥"], 0, (2, 3, 2)),  # …… of the list equals no single character
    ('"旧桥"', ["旧桥"], 0, (2, 4, 2)),
    ("旧桥(新)", ["旧桥新"], 0, (2, 5, 3)),
    ("二〇〇八年", ["二〇〇八"], 0, (3, 4, 3)),  # 〇〇 is one word
    ("㐀㐀", ["㐀"], 0, (0, 1, 1)),  # and so is a run of rare Han
    ("桥", ["长" + "桥" * 300], 0, (1, 1, 301)),  # a token is not passed over for being common
]


@pytest.mark.parametrize(("prediction", "answers", "em", "shared"), CMRC)
def test_the_rule_of_cmrc_by_hand(prediction: str, answers: list[str], em: int, shared: tuple[int, int, int]) -> None:
    run, given_tokens, answer_tokens = shared
    f1 = 0.0
    if run:
        precision, recall = run / given_tokens, run / answer_tokens
        f1 = 2 * precision * recall / (precision + recall)
    assert cmrc_em(prediction, answers) == em
    assert cmrc_f1(prediction, answers) == pytest.approx(f1, abs=1e-6)


# ExpMRC

EXPMRC: list[tuple[str, list[str], float]] = [
    ("旧桥", ["旧桥"], 1),
    ("", [""], 1),
    ("", ["旧桥"], 0),
    ("旧桥", [""], 0),
    ("。", [""], 1),  # marks alone are no tokens
    ("，。！", ["《》"], 1),
    ("。", ["…"], 1),
    ("。", ["……"], 0),  # two of them are one token
    ("...", [""], 0),
    ("桥旧", ["旧桥"], 1),  # order does not count
    ("好好好", ["好"], 2 * 1 / (3 + 1)),
    ("好好", ["好好好"], 2 * 2 / (2 + 3)),
    ("三层楼", ["一层", "三层"], 2 * 2 / (3 + 2)),
    ("桥", ["", "旧桥", "新桥和旧桥"], 2 * 1 / (1 + 2)),
    ("the bridge", ["a bridge"], 1),
    ("The bridge", ["bridge"], 2 * 1 / (2 + 1)),  # articles are looked for before case is lowered
    ("the", ["a an"], 1),
    ("A座", ["a座"], 2 * 1 / (2 + 1)),
    ("NBA球员", ["nba 球员"], 1),
    ("ＡＢ公司", ["ab公司"], 2 * 2 / (3 + 3)),
    ("圖書館在東", ["图书馆在东"], 2 * 1 / (5 + 5)),
    ("1998-2003", ["1998 2003"], 1),  # marks end a word
    ("1998-2003", ["19982003"], 0),
    ("1，200米", ["1200米"], 2 * 1 / (3 + 2)),
    ("3.5公里", ["3.5 公里。"], 1),
    ("50%", ["50"], 1),
    ("50％", ["50%"], 0),
    ("John's", ["John"], 2 * 1 / (2 + 1)),
    ("John’s", ["John s"], 1),
    ('"旧桥"', ["旧桥"], 2 * 2 / (4 + 2)),  # nltk writes `` for a quote, which is no single mark
    ("旧桥(新)", ["旧桥新"], 1),
    ("【旧桥】", ["旧桥"], 2 * 2 / (4 + 2)),  # not on the list
    ("Inc.", ["inc"], 1),
    ("　旧 桥 ", ["旧桥"], 1),
    ("二〇〇八年", ["二〇〇八"], 2 * 3 / (4 + 3)),
]


@pytest.mark.parametrize(("prediction", "golds", "expected"), EXPMRC)
def test_the_rule_of_expmrc_by_hand(prediction: str, golds: list[str], expected: float) -> None:
    assert expmrc_f1(prediction, golds) == pytest.approx(expected, abs=1e-6)


# both

PIECES = [
    *"旧桥年建成三一〇㐀龥龦", *"abTE159ＡｂＣ３", *"，。：？！“”；’《》…·、「」（）－～『』【】％", *"-:_*^/\\~`+=.,;!?%$'\"()[] \n　",
    "the ", "The ", " a ", "an ", "n't", "'s ", "cannot", "3.5", "1,200", "km", "U.S. ", "......", "……",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
MARKS = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』"


def tokens(text: str, *, marks_go: bool) -> list[str]:
    from nltk.tokenize import word_tokenize

    spaced = ""  # one list: what stands alone is put between line ends, and no word holds one
    for character in text.replace("\n", " "):
        if character in MARKS and marks_go:
            continue
        spaced += f"\n{character}\n" if character in MARKS or 0x4E00 <= ord(character) <= 0x9FA5 else character
    found: list[str] = []
    for line in spaced.split("\n"):
        found += [line] if line in MARKS else word_tokenize(line, preserve_line=True)
    return [token for token in found if token]


def harmonic(shared: int, given_tokens: int, wanted: int) -> float:
    return 0.0 if not shared else 2 / (given_tokens / shared + wanted / shared)


def plain_cmrc_f1(prediction: str, answer: str) -> float:
    mine, theirs = (tokens(text.lower(), marks_go=True) for text in (prediction, answer))
    runs = [mine[start:end] for start in range(len(mine)) for end in range(start + 1, len(mine) + 1)]
    held = [run for run in runs if any(theirs[at : at + len(run)] == run for at in range(len(theirs)))]
    return harmonic(max(map(len, held), default=0), len(mine), len(theirs))


def plain_cmrc_em(prediction: str, answer: str) -> float:
    gone = {ord(mark): None for mark in MARKS}
    return float(prediction.lower().strip().translate(gone) == answer.lower().strip().translate(gone))


def plain_expmrc_f1(prediction: str, gold: str) -> float:
    dropped = [*MARKS, *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "…", "a", "an", "the"]
    mine, theirs = ([token.lower() for token in tokens(text, marks_go=False) if token not in dropped] for text in (prediction, gold))
    if not mine or not theirs:
        return float(mine == theirs)
    left = list(theirs)
    for token in mine:
        if token in left:
            left.remove(token)
    return harmonic(len(theirs) - len(left), len(mine), len(theirs))


@pytest.mark.parametrize(
    ("measure", "plain"), [(cmrc_em, plain_cmrc_em), (cmrc_f1, plain_cmrc_f1), (expmrc_f1, plain_expmrc_f1)], ids=["EM", "F1", "ExpMRC"]
)
@given(prediction=TEXTS, others=st.lists(TEXTS, min_size=1, max_size=3), cut=st.integers(0, 12))
def test_a_plain_writing_of_the_rule_agrees(
    measure: Callable[[str, Sequence[str]], float], plain: Callable[[str, str], float], prediction: str, others: list[str], cut: int
) -> None:
    answers = [*others, prediction[cut:] + others[0]]  # so that something is shared
    assert measure(prediction, answers) == pytest.approx(max(plain(prediction, answer) for answer in answers), abs=1e-6)


@pytest.mark.parametrize("measure", [cmrc_em, cmrc_f1, expmrc_f1])
@given(prediction=TEXTS, answers=st.lists(TEXTS, max_size=3))
def test_a_score_is_a_share_and_no_answer_takes_from_it(
    measure: Callable[[str, Sequence[str]], float], prediction: str, answers: list[str]
) -> None:
    assert measure(prediction, []) == 0
    assert 0 <= measure(prediction, answers) <= measure(prediction, [*answers, "旧桥"]) <= 1
    assert measure(prediction, answers) == measure(prediction, answers[::-1])


def test_words_are_cut_without_data_and_nltk_is_imported_only_then() -> None:
    program = """
import sys
touched = []
sys.addaudithook(lambda event, args: touched.append((event, str(args))) if event.startswith(("open", "os.", "socket", "urllib")) else None)
from eval.metrics.answers import cmrc_f1
assert "nltk" not in sys.modules, "importing must stay cheap"
assert cmrc_f1("Mr. Old built it. Bridge 3.5km", ["Bridge"]) > 0
assert "nltk" in sys.modules
elsewhere = [entry for entry in touched if entry[0].startswith(("socket", "urllib")) or "nltk_data" in entry[1]]
assert not elsewhere, elsewhere
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
