"""From hits to an answer: quotes, markers, sources that disagree, and the reasons for none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering import Answerer
from qa.answering.close_reading import read_closely
from qa.answering.evidence import FEATURES, best_first, find_evidence
from qa.answering.queries import is_echo, matched_form, read_query
from qa.answering.reader.reading import shipped_reader
from qa.answering.refusing import SIGNALS, probability, refusal_signals
from qa.answering.weights import load_weights, shipped_weights
from qa.records import Answer, Block, Decoding, Document, Hit, Part, Span, Timing, text_at
from qa.search.analysis import analyse
from qa.splitting import split_passages

TOWN = {
    "ferry": "石桥渡口建于1951年，是全县最早的机动渡口。新桥通车后，渡口因为客少，于2003年6月30日停航。摆渡人沈阿满把船捐给了县博物馆。",
    "gazette": "石桥渡口于2003年7月2日停航，末班船载了46人。当天码头上挤满了送行的人。",
    "school": "石桥小学有教师45名，学生612人。学校每年四月带学生上山采茶。校舍的屋顶去年重新铺过。",
    "tea": "茶叶合作社今年收茶三千斤，比去年多一成。合作社由十二户茶农合办。收来的茶叶在新茶厂里烘制。",
    "library": "县图书馆在2022年接待读者8.4万人次。二楼的报刊室周一闭馆。",
}


def weights_of(terms: Iterable[str]) -> dict[str, float]:
    """As a library would say: a term in every document 0, in one 0.7, in none 1."""
    counts = {term: sum(term in " ".join(analyse(text).values()).split() for text in TOWN.values()) for term in terms}
    return {term: (1.0, 0.7, 0.5, 0.3, 0.1, 0.0)[count] for term, count in counts.items()}


def document(name: str, version: str = "v") -> Document:
    text = TOWN[name]
    paragraph = Block("paragraph", (Span(0, len(text)),))
    return Document(name, "v", f"{name}.txt", "", (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", text, (paragraph,))


def search(query: str, names: Sequence[str] = tuple(TOWN)) -> list[Hit]:
    """The documents by the share of the query's term weight they hold."""
    terms = weights_of({term for field in analyse(query).values() for term in field.split()})
    passages = [split_passages(document(name))[0] for name in names]
    shares = [
        (sum(weight for term, weight in terms.items() if term in passage.text) / sum(terms.values()), passage) for passage in passages
    ]
    ranked = sorted((pair for pair in shares if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].passage_id))
    return [Hit(passage, share, rank, (Part("keywords", share, rank),)) for rank, (share, passage) in enumerate(ranked, start=1)]


def ask(query: str, hits: Sequence[Hit] | None = None, *, library_empty: bool = False) -> Answer:
    return Answerer(weights_of, document).answer(query, query, search(query) if hits is None else hits, library_empty=library_empty)


def confidence(query: str, hits: Sequence[Hit]) -> float:
    asked = read_query(query, weights_of)
    found = best_first(find_evidence(asked, hits, [""] * len(hits)), shipped_weights().evidence)
    evidence = read_closely(query, asked, found, shipped_reader(), shipped_weights().reading)
    return probability(refusal_signals(evidence), shipped_weights().refusal)


@pytest.mark.parametrize(
    ("query", "said", "echo"),
    [
        ("石桥渡口的设计师是谁？", "石橋渡口", True),
        ("石桥渡口的设计师是谁？", "《石桥渡口》", True),
        ("石桥渡口的设计师是谁？", "石桥渡口停航", False),
        ("石桥渡口停航了吗？", "石桥渡口停航了", False),  # says yes
        ("停航的是石桥渡口还是木桥渡口？", "石桥渡口", False),
    ],
)
def test_what_only_repeats_the_query_is_no_evidence(query: str, said: str, echo: bool) -> None:
    asked = read_query(query, weights_of)
    assert is_echo(matched_form(said), asked) == echo
    [hit] = search("石桥渡口停航", ["ferry"])
    heading = replace(hit, passage=replace(hit.passage, text=f"{said}。\n{hit.passage.text}"))
    texts = [item.text for item in find_evidence(asked, [heading], [""])]
    assert (texts[0] == f"{said}。") == (not echo)
    assert texts[-1] == "摆渡人沈阿满把船捐给了县博物馆。"


def test_the_answer_is_a_quotation_with_its_short_answer_marked() -> None:
    answer = ask("石橋小學有多少名教師？")
    first, citation = answer.statements[0], answer.citations[0]
    assert (answer.status, answer.reason) == ("answered", "")
    assert first.text == "石桥小学有教师45名，学生612人。" == citation.quote
    assert [text_at(first.text, (part,)) for part in first.short_answers] == ["45名"]
    assert first.answer_type == "number"
    assert text_at(TOWN["school"], citation.spans) == citation.quote
    assert answer.confidence >= shipped_weights().threshold


def test_sources_that_disagree_are_both_shown() -> None:
    answer = ask("石桥渡口是哪一天停航的？")
    shown = {(citation.doc_id, statement.differs_from) for statement, citation in zip(answer.statements, answer.citations, strict=True)}
    assert {doc_id for doc_id, _ in shown} >= {"ferry", "gazette"}
    assert answer.statements[0].differs_from == ()
    assert (1,) in [statement.differs_from for statement in answer.statements[1:]]


def test_a_copy_is_no_other_source() -> None:
    hits = search("石桥渡口是哪一天停航的？")
    ids = {hit.passage.doc_id: hit.passage.passage_id for hit in hits}
    copies = {"ferry": (ids["gazette"],), "gazette": (ids["ferry"],)}
    answer = ask("石桥渡口是哪一天停航的？", [replace(hit, copies=copies.get(hit.passage.doc_id, ())) for hit in hits])
    assert answer.status == "answered"
    assert {statement.differs_from for statement in answer.statements} == {()}


@given(
    st.sampled_from(
        ["石桥渡口什么时候建的", "茶叶", "谁捐了船？", "石桥 石桥 石桥", "图书馆2022年接待读者多少人次", "合作社由多少户茶农合办"]
    )
)
def test_what_every_answer_keeps(query: str) -> None:
    answer = ask(query)
    texts = [statement.text for statement in answer.statements]
    assert len(texts) <= 3
    assert len(set(texts)) == len(texts)
    for citation in (*answer.citations, *answer.also_read):
        assert citation.quote == text_at(TOWN[citation.doc_id], citation.spans)
    assert [citation.marker for citation in answer.also_read] == [0] * len(answer.also_read)
    assert not {citation.passage_id for citation in answer.also_read} & {citation.passage_id for citation in answer.citations}
    assert (answer.status == "answered") == (answer.confidence >= shipped_weights().threshold)


def test_silence_is_an_answer_with_what_is_nearest() -> None:
    query = "望江机场的候机楼有多少名保安？"
    answer = ask(query)
    assert (answer.status, answer.reason) == ("no_evidence", "too_weak")
    assert not answer.statements
    assert not answer.citations
    assert answer.also_read
    assert answer.hits


def test_reasons_for_nothing() -> None:
    assert ask("", []).reason == "query_empty"
    assert ask(" \n", []).reason == "query_empty"
    assert ask("石桥小学", []).reason == "nothing_matched"
    assert ask("石桥小学", [], library_empty=True).reason == "library_empty"


def test_only_punctuation_finds_no_evidence_and_does_not_fail() -> None:
    assert ask("？！……", search("石桥")).status == "no_evidence"


def test_another_year_lowers_the_probability() -> None:
    right, wrong = "2022年县图书馆接待读者多少人次？", "2019年县图书馆接待读者多少人次？"
    assert confidence(right, search(right)) > shipped_weights().threshold
    assert confidence(wrong, search(wrong)) < confidence(right, search(right)) - 0.2


@pytest.mark.parametrize(
    ("query", "said", "another"),
    [
        ("第二次茶農座談會來了多少人？", "第四次茶农座谈会来了五十人。", True),
        ("第二次茶农座谈会来了多少人？", "第2次茶农座谈会来了五十人，比第一次多。", False),
        ("第二次茶农座谈会来了多少人？", "座谈会来了五十人，第一排坐满了。", False),
        ("县图书馆馆长是谁？", "副馆长沈阿满在会上说，二楼要重修。", True),
        ("县图书馆馆长是谁？", "馆长罗水生、副馆长沈阿满在会上。", False),
        ("县图书馆副馆长是谁？", "副館長沈阿滿在會上說，二樓要重修。", False),
    ],
)
def test_another_of_a_row_and_a_deputy_are_seen(query: str, said: str, *, another: bool) -> None:
    passages = split_passages(replace(document("tea"), text=said, blocks=(Block("paragraph", (Span(0, len(said)),)),)))
    (evidence, *_) = find_evidence(read_query(query, weights_of), [Hit(passages[0], 1.0, 1, ())], [""])
    assert evidence.feature("names_another") == float(another)


def test_taking_the_evidence_away_lowers_the_probability() -> None:
    for query, name in (("石桥小学有多少名教师？", "school"), ("县图书馆的报刊室周几闭馆？", "library")):
        others = [other for other in TOWN if other != name]
        assert confidence(query, search(query)) > confidence(query, search(query, others)) + 0.3


def test_timings_follow_those_of_the_search() -> None:
    answer = Answerer(weights_of, document).answer("石桥小学", "石桥小学", search("石桥小学"), timings=(Timing("search", 2.0),))
    assert [timing.stage for timing in answer.timings] == ["search", "evidence", "reader", "refusal", "citing"]


def test_answer_ids_are_never_repeated() -> None:
    assert len({ask("石桥小学").answer_id for _ in range(20)}) == 20


def test_the_shipped_weights_know_every_feature() -> None:
    weights = shipped_weights()
    assert set(weights.evidence) == set(FEATURES)
    assert set(weights.refusal) == {*SIGNALS, "intercept"}
    assert 0 < weights.threshold < 1


def test_weights_of_another_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(json.dumps({"format": 1}))
    with pytest.raises(ValueError, match="format 2"):
        load_weights(path)
