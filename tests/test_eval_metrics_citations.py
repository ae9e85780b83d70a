"""Citations: exactness, containment, and ALCE's recall and precision by hand and against a second writing of the definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.citations import citation_precision, citation_recall, contained, quote_stands_at
from qa.records import Span


def test_a_quote_is_exact_or_it_is_not() -> None:
    text = "图书馆周一\n闭馆。"
    assert quote_stands_at(text, "图书馆周一闭馆", (Span(0, 5), Span(6, 8)))
    assert quote_stands_at(text, text, (Span(0, len(text)),))
    assert not quote_stands_at(text, "图书馆周一闭馆", (Span(0, 8),))  # the line end is part of the text
    assert not quote_stands_at(text, "图书馆周一闭馆", (Span(6, 8), Span(0, 5)))  # order counts
    assert not quote_stands_at(text, "圖書館", (Span(0, 3),))
    assert not quote_stands_at(text, "闭馆。", (Span(6, 20),))  # beyond the text
    assert not quote_stands_at(text, "图书馆", ())
    assert not quote_stands_at(text, "", ())


LONG, FLOORS, BUILT = "旧桥长90米。", "新馆有三层。", "旧桥建成于1998年。"

# claim, quotes, recall, precision of each quote
ALCE: list[tuple[str, list[str], int, list[int]]] = [
    (LONG, [LONG], 1, [1]),
    (LONG, [], 0, []),
    (LONG, [FLOORS], 0, [0]),
    (LONG, [FLOORS, BUILT], 0, [0, 0]),
    (LONG, [LONG, FLOORS], 1, [1, 0]),  # beside the point
    (LONG, [FLOORS, LONG], 1, [0, 1]),
    (LONG, [LONG, LONG], 1, [1, 1]),  # each alone supports
    (LONG, [LONG, ""], 1, [1, 0]),
    (LONG + FLOORS, [LONG, FLOORS], 1, [1, 1]),  # both are needed
    (LONG + FLOORS, [FLOORS, LONG], 1, [1, 1]),
    (LONG + FLOORS, [LONG, FLOORS, BUILT], 1, [1, 1, 0]),
    (LONG + FLOORS, [LONG], 0, [0]),
    (LONG + FLOORS, [LONG, BUILT], 0, [0, 0]),
    (LONG + FLOORS, [LONG + FLOORS, LONG], 1, [1, 0]),  # the part is in the whole
    (LONG + FLOORS, [LONG, FLOORS, LONG + FLOORS], 1, [0, 0, 1]),
    (LONG + FLOORS, [LONG, LONG, FLOORS], 1, [0, 0, 1]),  # each of two equal ones can go, says the definition
    ("舊橋長９０ 米", [LONG], 1, [1]),  # script, width, white space
    ("“旧桥长90米”", ["据县志，旧桥长90米，宽5米。"], 1, [1]),
    ("旧桥，长90米", [LONG], 0, [0]),  # punctuation inside counts
    ("长90米", [LONG], 1, [1]),
    ("旧桥长90米宽5米", [LONG], 0, [0]),
    ("", [LONG], 0, [0]),
    ("……！", [LONG, "……！"], 0, [0, 0]),  # says nothing
    ("旧桥建成于1998年", ["旧桥", "建成于1998年"], 1, [1, 1]),  # over the border
    ("旧桥建成于1998年", ["建成于1998年", "旧桥"], 0, [0, 0]),
    ("旧桥建成于1998年", ["旧桥建成于\n1998年"], 1, [1]),
    ("旧桥\n长90米", [LONG], 1, [1]),
    ("旧桥长90米；新馆有三层", [FLOORS, LONG], 1, [1, 1]),
    ("旧桥长90米，而且新馆有三层", [LONG, FLOORS], 0, [0, 0]),  # words that no quote has
    ("产量增长5%", ["产量增长5倍"], 0, [0]),
    ("气温-5度", ["气温5度"], 0, [0]),
    ("旧桥长90米吗？是的！", ["旧桥长90米吗", "是的"], 1, [1, 1]),
]


@pytest.mark.parametrize(("claim", "quotes", "recall", "precision"), ALCE)
def test_alce_by_hand(claim: str, quotes: list[str], recall: int, precision: list[int]) -> None:
    assert citation_recall(claim, quotes, contained) == recall
    assert citation_precision(claim, quotes, contained) == precision


def letters(premise: str, hypothesis: str) -> bool:
    """A judge that is easy to reason about: every letter of the hypothesis is in the premise."""
    return set(hypothesis) <= set(premise)


def vowel_alone(premise: str, hypothesis: str) -> bool:
    """A judge that more text can put off, as a model can be: it wants the vowel, and no x beside it."""
    return "a" in premise and "x" not in premise


@given(claim=st.text("abc", max_size=3), quotes=st.lists(st.text("abcx", max_size=3), max_size=4))
def test_the_definition_with_any_judge(claim: str, quotes: list[str]) -> None:
    for judge in (letters, vowel_alone):
        whole = bool(quotes) and judge("\n".join(quotes), claim)
        assert citation_recall(claim, quotes, judge) == whole
        expected = []
        for place, quote in enumerate(quotes):
            others = "\n".join(other for at, other in enumerate(quotes) if at != place)
            needless = len(quotes) > 1 and not judge(quote, claim) and judge(others, claim)
            expected.append(float(whole and not needless))
        assert citation_precision(claim, quotes, judge) == expected


def test_the_judge_is_not_asked_about_nothing() -> None:
    assert citation_recall("", [], lambda premise, hypothesis: True) == 0
    assert citation_precision("", [], lambda premise, hypothesis: True) == []


SENTENCES = st.lists(st.text("旧桥长建成于年三层", min_size=1, max_size=6), min_size=1, max_size=4)


@given(SENTENCES, st.permutations(range(4)), st.sampled_from(["。", "！", "？", "；", "\n", "!?"]))
def test_sentences_are_supported_by_themselves_in_any_order(sentences: list[str], order: list[int], end: str) -> None:
    claim = "".join(sentence + end for sentence in sentences)
    quotes = [sentences[place] for place in order if place < len(sentences)]
    assert citation_recall(claim, quotes, contained) == 1
    assert citation_recall(f"{claim}另有水库", quotes, contained) == 0
