"""Terms: what is found under what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.records import Passage, Span
from qa.search.analysis import Term, analyse, index_terms, query_terms


def test_characters_pairs_and_words() -> None:
    assert analyse("图书馆周一闭馆。") == {"c": "图 书 馆 周 一 闭 馆 图书 书馆 馆周 周一 一闭 闭馆", "w": "图书馆"}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("4700公里", {"4700"}),
        ("4,700公里", {"4700"}),
        ("１，２３４，５６７人", {"1234567"}),
        ("增长3.5%", {"3.5", "3", "5"}),
        ("2018.5.1", {"2018", "5", "1"}),
        ("12,34", {"12", "34"}),
        ("COVID-19", {"covid", "19"}),
        ("ｉＰｈｏｎｅ１２", {"iphone12"}),
        ("v3.5", {"v3", "5"}),
    ],
)
def test_runs_of_letters_and_digits(text: str, terms: set[str]) -> None:
    assert {term for term in analyse(text)["c"].split() if term.isascii()} == terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("喀什人民廣播電臺開播", "喀什人民广播电台开播"),  # script
        ("图书\n　馆周 一闭馆", "图书馆周一闭馆"),  # a word across a line end
        ("ＡＢＣ　１２", "abc 12"),  # width, case
    ],
)
def test_ways_of_writing_one_text_give_the_same_terms(one: str, other: str) -> None:
    assert analyse(one) == analyse(other)


def test_characters_outside_the_basic_plane_are_characters() -> None:
    assert analyse("𠮷野家😀")["c"].split() == ["𠮷", "野", "家", "𠮷野", "野家"]


def test_pairs_and_numbers_weigh_more_than_single_characters() -> None:
    assert query_terms("茶园8") == (Term("c", "茶", 0.5), Term("c", "园", 0.5), Term("c", "茶园", 1.0), Term("c", "8", 2.0))


@pytest.mark.parametrize("query", ["图书馆什么时候闭馆？", "圖書館什麼時候閉館？"])
def test_the_form_of_the_question_weighs_little(query: str) -> None:
    weights = {term.text: term.weight for term in query_terms(query)}
    assert (weights["图书"], weights["什么"], weights["馆什"]) == (1.0, 0.25, 0.25)


def test_a_query_of_question_words_alone_still_has_terms() -> None:
    assert {term.text for term in query_terms("几内亚在哪")} >= {"几内", "内亚", "几内亚"}
    assert query_terms("谁？")


@pytest.mark.parametrize("query", ["", "  \n", "？！……“”・·", "😀", "+-*/%."])
def test_nothing_to_search_by(query: str) -> None:
    assert query_terms(query) == ()


def test_a_passage_is_found_under_its_heading_and_title() -> None:
    passage = Passage("p", "d", "v", 0, (Span(0, 4),), "周一闭馆", heading="开放时间")
    terms = index_terms(passage, "县图书馆")
    assert terms["w"] == "图书馆"
    assert {"图书", "开放", "时间", "周一", "闭馆"} <= set(terms["c"].split())
    assert "馆开" not in terms["c"].split()  # no pair straddles title, heading and text


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cn")), max_size=200))
def test_no_term_is_punctuation_blank_or_long(text: str) -> None:
    for terms in analyse(text).values():
        for term in terms.split(" ") if terms else []:
            assert 0 < len(term) <= 64
            assert term.replace(".", "").isalnum()


def test_a_run_without_end_is_cut_and_takes_no_time() -> None:
    terms = analyse("a" * 1_000_000 + "7" * 1_000_000 + "," + "1,234," * 50_000)["c"].split()
    assert max(map(len, terms)) == 64
