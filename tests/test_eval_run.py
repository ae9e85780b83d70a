"""Asking and scoring, the report, the gate and the comparison, with an assistant that is scripted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval import gate
from eval.comparison import compare, randomisation_p
from eval.datasets import DatasetError
from eval.gold import GoldSpan, Query
from eval.report import markdown, read_result, worst_cases, write_report
from eval.run import Config, Evaluation, Result, evaluate
from qa.records import Answer, Citation, Decoding, Document, DocumentInfo, Hit, Passage, Span, Statement

TEXT = "图书馆周一闭馆。新馆共三层。茶厂在河西。"
SPANS = {"p1": Span(0, 8), "p2": Span(8, 14), "p3": Span(14, 20)}
CONFIG = Config("set", "0" * 64, "hashing", 1, 3, 3)
QUERIES = (
    Query("q1", "哪天闭馆？", ("周一",), True, (GoldSpan("d1", 3, 5),), (GoldSpan("d1", 0, 14),), ("when",)),
    Query("q2", "新馆有几层？", ("三层", "3层"), True, (GoldSpan("d1", 11, 13),), (GoldSpan("d1", 0, 14),), ("how many",)),
    Query("q3", "茶厂何时搬？", (), False, (), ()),
)


def passage(name: str) -> Passage:
    return Passage(name, "d1", "v1", int(name[1]), (SPANS[name],), TEXT[SPANS[name].start : SPANS[name].end])


class ScriptedLibrary:
    """One document of three passages; p4 is a copy of p2 elsewhere."""

    def documents(self) -> list[DocumentInfo]:
        return []

    def document(self, doc_id: str, version: str = "") -> Document:
        return Document("d1", "v1", "news/a.txt", "", (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", TEXT, ())

    def passages(self, doc_id: str) -> list[Passage]:
        return [passage(name) for name in SPANS]

    def text_hashes(self, passage_ids: Sequence[str]) -> dict[str, str]:
        return {passage_id: "hash of p2" if passage_id == "p4" else f"hash of {passage_id}" for passage_id in passage_ids}


class ScriptedAssistant:
    """Finds p2 then p1 for every query; answers with the passages named for the query, quoting them, or refuses."""

    def __init__(self, answers: dict[str, tuple[str, ...]], *, found: tuple[str, ...] = ("p2", "p1"), quote: str = "") -> None:
        self.library = ScriptedLibrary()
        self._answers = answers
        self._found = found
        self._quote = quote

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        named = [replace(passage("p2"), passage_id="p4") if name == "p4" else passage(name) for name in self._found]
        return [Hit(p, 1 / rank, rank) for rank, p in enumerate(named, 1)]

    def ask(self, query: str) -> Answer:
        names = self._answers.get(query, ())
        if not names:
            return Answer("a", query, query, "no_evidence", "too_weak")
        citations = tuple(
            Citation(n, name, "d1", "v1", "", (), "", "", "a.txt", "", (SPANS[name],), self._quote or passage(name).text)
            for n, name in enumerate(names, 1)
        )
        statements = tuple(Statement(passage(name).text, (n,)) for n, name in enumerate(names, 1))
        return Answer("a", query, query, "answered", "", statements, citations, confidence=0.5)


def measured(assistant: ScriptedAssistant, queries: Sequence[Query] = QUERIES) -> Evaluation:
    return evaluate(assistant, queries, CONFIG)


def values(result: Result) -> dict[str, float]:
    return {metric.name: metric.value for metric in result.metrics}


GOOD = ScriptedAssistant({"哪天闭馆？": ("p2", "p1"), "新馆有几层？": ("p2",)})


def test_every_measure_of_a_scripted_run() -> None:
    got = values(measured(GOOD).result)
    assert got == pytest.approx(
        {
            "context success@1": 1.0,  # p2 stands in the paragraph of both
            "context success@5": 1.0,
            "context success@10": 1.0,
            "span success@1": 0.5,  # q1's gold is in p1, found second
            "span success@5": 1.0,
            "span success@10": 1.0,
            "MRR": (1 / 2 + 1) / 2,
            "nDCG@10": (1 / np.log2(3) + 1) / 2,
            "answer in first statement": 0.5,
            "answer in any statement": 1.0,
            "citation exactness": 1.0,
            "refused, of the unanswerable": 1.0,
            "wrongly refused, of the answerable": 0.0,
        }
    )


def test_an_unanswered_query_scores_0_and_an_answered_unanswerable_one_is_held_against_it() -> None:
    got = values(measured(ScriptedAssistant({"茶厂何时搬？": ("p3",)}, found=())).result)
    assert got["MRR"] == got["nDCG@10"] == got["context success@10"] == got["answer in any statement"] == 0
    assert got["refused, of the unanswerable"] == 0
    assert got["wrongly refused, of the answerable"] == 1


def test_a_quote_that_is_not_the_text_is_counted() -> None:
    assert values(measured(ScriptedAssistant({"哪天闭馆？": ("p1",)}, quote="图書馆")).result)["citation exactness"] == 0


def test_a_copy_of_the_gold_passage_is_as_good_as_the_passage() -> None:
    assert values(measured(ScriptedAssistant({}, found=("p4",)), QUERIES[1:2]).result)["span success@1"] == 1


def test_slices_and_ranks_are_reported() -> None:
    result = measured(GOOD).result
    assert [part.name for part in result.slices] == ["how many", "when"]
    assert [metric.value for metric in result.slices[1].metrics if metric.name == "MRR"] == [0.5]
    assert [query.gold_rank for query in result.queries] == [2, 1, 0]
    with pytest.raises(ValueError, match="no queries"):
        measured(GOOD, ())


# report


def test_a_second_run_writes_the_same_bytes_but_for_times(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(measured(GOOD), tmp_path / name)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one["result.json"] == two["result.json"]
    steady = [files["report.md"].partition(b"## Machine and times")[0] for files in (one, two)]
    assert steady[0] == steady[1]
    assert json.loads(one["result.json"])["format"] == 1
    assert read_result(tmp_path / "one") == measured(GOOD).result


def test_the_report_shows_what_went_wrong_and_keeps_text_text() -> None:
    evil = replace(QUERIES[2], text="<script>|茶厂")
    evaluation = measured(ScriptedAssistant({"<script>|茶厂": ("p3",), "新馆有几层？": ("p2",)}), (*QUERIES[:2], evil))
    assert [query.query_id for query in worst_cases(evaluation.result.queries)] == ["q3", "q1"]
    page = markdown(evaluation)
    assert "&lt;script>\\|茶厂" in page
    assert "| q1 | 哪天闭馆？ | 周一 | 2 | refused: too_weak | news/a.txt: 新馆共三层。 |" in page


def test_a_result_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(DatasetError, match="is not a result"):
        read_result(tmp_path)


# gate


def test_the_gate_passes_what_it_was_pinned_with_and_fails_below_the_floor() -> None:
    good = measured(GOOD).result
    condition = gate.update(good, None, command="chuchu-eval gate", allow_lower=False)
    assert all(check.passed for check in gate.check(good, condition))
    mrr = next(pin for pin in condition.pins if pin.name == "MRR")
    assert (mrr.expected, mrr.bound) == (0.75, 0.25)  # one of two queries of slack
    bad = measured(ScriptedAssistant({"哪天闭馆？": ("p1",)}, found=("p3",), quote="图書馆")).result
    failed = {check.name for check in gate.check(bad, condition) if not check.passed}
    assert "citation exactness" in failed
    assert "MRR" in failed


def test_a_rate_where_smaller_is_better_has_a_ceiling() -> None:
    condition = gate.update(measured(GOOD).result, None, command="", allow_lower=False)
    refusing = {
        check.name: check for check in gate.check(measured(ScriptedAssistant({})).result, replace(condition, pins=condition.pins[-1:]))
    }
    assert not refusing["wrongly refused, of the answerable"].passed


def test_floors_rise_and_fall_only_when_told() -> None:
    good = measured(GOOD).result
    pinned = gate.update(good, None, command="", allow_lower=False)
    slightly_worse = replace(good, metrics=tuple(replace(m, value=m.value - 0.1) if m.name == "MRR" else m for m in good.metrics))
    kept = gate.update(slightly_worse, pinned, command="", allow_lower=False)
    assert {pin.name: pin.bound for pin in kept.pins} == {pin.name: pin.bound for pin in pinned.pins}
    bad = measured(ScriptedAssistant({}, found=())).result
    with pytest.raises(DatasetError, match="--allow-lower"):
        gate.update(replace(bad, metrics=(*bad.metrics, good.metrics[-3])), pinned, command="", allow_lower=False)
    lowered = gate.update(bad, pinned, command="", allow_lower=True)
    assert next(pin.bound for pin in lowered.pins if pin.name == "MRR") == 0


def test_floors_of_another_state_of_the_set_do_not_apply(tmp_path: Path) -> None:
    good = measured(GOOD).result
    condition = gate.update(good, None, command="", allow_lower=False)
    gate.write_condition(tmp_path / "floors" / "set.json", condition)
    assert gate.read_condition(tmp_path / "floors" / "set.json") == condition
    with pytest.raises(DatasetError, match="has changed since"):
        gate.check(replace(good, config=replace(CONFIG, dataset_sha256="1" * 64)), condition)


# compare


def test_a_comparison_counts_wins_and_losses() -> None:
    a, b = measured(GOOD).result, measured(ScriptedAssistant({}, found=("p1", "p2"))).result
    differences = {difference.name: difference for difference in compare(a, b)}
    mrr = differences["MRR"]
    assert (mrr.a, mrr.b, mrr.rises, mrr.falls, mrr.n) == (0.75, 0.75, 1, 1, 2)
    assert mrr.p == 1
    assert "citation exactness" not in differences  # b cites nothing
    with pytest.raises(DatasetError, match="different sets"):
        compare(a, replace(b, config=replace(CONFIG, dataset_sha256="1" * 64)))


def test_the_randomisation_test_agrees_with_counting_every_swap() -> None:
    a, b = [0.0] * 6, [1.0] * 5 + [-1.0]
    # 64 equally likely sign patterns of six differences of 1; |sum| >= 4 for 2 * (1 + 6) of them.
    assert randomisation_p(a, b) == pytest.approx(14 / 64, abs=0.015)
    assert randomisation_p(a, a) == 1
    assert randomisation_p(a, b) == randomisation_p(b, a)


def test_the_randomisation_test_sees_a_loss_and_not_a_seed() -> None:
    generator = np.random.default_rng(0)
    base = (generator.random(3000) < 0.9).astype(float)
    lost = base.copy()
    lost[generator.choice(np.flatnonzero(base), 60, replace=False)] = 0
    assert randomisation_p(base.tolist(), lost.tolist()) < 0.001
    # Chance alone: p below 0.05 in about one of twenty trials.
    found = 0
    for _ in range(60):
        noise = generator.choice([-1.0, 0.0, 1.0], size=400, p=[0.05, 0.9, 0.05])
        found += randomisation_p([0.0] * 400, noise.tolist(), trials=1000) < 0.05
    assert found <= 8
