"""Whether one piece of text goes on in another. All texts are invented."""

from __future__ import annotations

import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from qa.reading.joining import BUCKETS, NEIGHBOURS, RUNS, TABLE, buckets, continuation, marks, plain
from qa.reading.make_joining import APART, cuts, levelled, rows, states

CUT = [  # as columns cut them: inside words, after a comma, in a quotation
    ("县里去年修了三条公路,今年又打算把旧码", "头改成停车场,方便来往的游客。"),
    ("会议要求各部门加强领导,落实责任,确保各项工", "作按时完成,不得拖延。"),
    ("老人拉着记者的手说:“多亏了你们帮忙,这件事才", "能这么快办好。”说完他笑了。"),
    ("全镇共有十二个行政村,人口两万三千多人,村里的年轻人大多外出打", "工,留下来的从事水产养殖。"),
]


def test_a_half_fits_its_own_other_half_better_than_any_other() -> None:
    for (first, own), (_, other) in permutations(CUT, 2):
        assert continuation(first, own) > continuation(first, other)


def test_a_sentence_does_not_go_on_in_a_heading_or_in_a_new_sentence() -> None:
    assert continuation("县里去年修了三条公路,今年又打算把旧码", "近年来,全县大力发展旅游业。") < 0
    assert continuation("会议要求各部门加强领导,落实责任,确保各项工", "一、加强组织领导") < 0


def test_a_quotation_left_open_is_closed_in_what_follows() -> None:
    first = "他站起来说:“明年我们还要把路修到山上"
    assert continuation(first, "去。”大家都鼓掌。") > continuation(first, "去。大家都鼓掌。")
    assert (marks("他说:“好", "的。”"), marks("他说“好”", "的”"), marks("(一)", "一"), marks("《山", "路》(")) == (5, 1, 0, 10)


@pytest.mark.parametrize(("first", "second"), CUT)
def test_both_scripts_weigh_the_same(first: str, second: str) -> None:
    convert = OpenCC("s2t").convert
    assert continuation(convert(first), convert(second)) == continuation(first, second)


@given(st.text(max_size=90), st.text(max_size=90))
def test_any_two_texts_are_weighed(first: str, second: str) -> None:
    weight = continuation(first, second)
    assert abs(weight) <= (len(RUNS) + 1) * 4
    assert continuation(first + " \n", "\n " + second) == weight
    assert continuation(first, "") == continuation("", second) == 0


def test_the_table_is_small_and_whole() -> None:
    assert TABLE.stat().st_size < 200_000
    content = json.loads(TABLE.read_text(encoding="utf-8"))
    assert len(content["levels"]) == 16
    assert len(content["weights"]) * 4 // 5 * 2 == BUCKETS


# How it was made


def codes_of(text: str) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).copy()


def test_it_is_learned_from_the_signs_that_it_is_asked_by() -> None:
    text = APART + plain("老人说:“今年2023年的LED灯,比去年(旧的)亮多了。”《灯》里也这样写") + APART
    codes = codes_of(text)
    opened, closed = states(codes)
    places = np.arange(len(APART) + NEIGHBOURS, len(text) - len(APART) - NEIGHBOURS)
    found = rows(codes, opened, closed, places, places)
    for place, row in zip(places.tolist(), found.tolist(), strict=True):
        before, after = text[:place].strip("\n"), text[place:].strip("\n")
        assert row == buckets(before[-NEIGHBOURS:], after[:NEIGHBOURS], marks(before, after))


def test_cuts_are_inside_sentences_and_words_of_latin_letters_stay_whole() -> None:
    text = "一二三四五六七" + "了aa天。船在00号,带“信”和" + "一二三四五六七"
    allowed = {text[place - 1 : place + 1] for place in (cuts(codes_of(APART + text + APART)) - len(APART)).tolist()}
    assert allowed == {"六七", "七了", "了a", "a天", "船在", "在0", "0号", ",带", "带“", "”和", "和一"}


def test_weights_become_the_levels_that_lie_nearest() -> None:
    weights = np.linspace(-2, 2, 1_601, dtype=np.float32)
    numbers, levels = levelled(weights)
    assert levels == sorted(levels)
    assert max(abs(levels[number] - weight) for number, weight in zip(numbers, weights, strict=True)) < 0.3
