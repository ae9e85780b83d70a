"""From responses to figures and files: scores as arithmetic, the folder of a run, its gate and its comparison."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from eval_fakes import A1, A2, A3, B1, CLOSED, FLOORS, MOVED, QUERIES, Scripted, answered, claim, collection, refused

from eval import gate
from eval.comparison import compare, compare_systems, randomisation_p
from eval.datasets.records import DatasetError
from eval.gold import Query
from eval.metrics.refusal import auroc
from eval.outputs import read_result, write_outputs
from eval.results import Config, Evaluation, Result, SystemResult
from eval.run import Asked, ask, evaluation, summed_up
from eval.systems.records import Quote, Response
from eval.tables import comparison_table, summary
from eval.trials import outcomes

CONFIG = Config("set", "0" * 64, "papers", "2" * 64, "hashing", "3" * 16, 2, 5, 3)

GOOD = (
    answered(CLOSED, [A2, A1], claim(A2), claim(A1)),
    answered(FLOORS, [A2, A1], claim(A2), short_answer="三层"),
    refused(MOVED, [A3], withheld="茶厂在河西。"),
)


def asked(tmp_path: Path, *responses: Response, queries: tuple[Query, ...] = QUERIES, name: str = "scripted") -> Asked:
    return ask(Scripted(*responses, name=name), queries, collection(), tmp_path / f"{name}.jsonl")


def measured(tmp_path: Path, *rows: Asked) -> Evaluation:
    return evaluation(CONFIG, rows, datetime(2026, 1, 1, tzinfo=UTC), 1.0)


def values(system: SystemResult) -> dict[str, float]:
    return {metric.name: metric.value for metric in system.metrics}


# scores


def test_every_measure_of_a_scripted_run(tmp_path: Path) -> None:
    assert values(asked(tmp_path, *GOOD).result) == pytest.approx(
        {
            "context success@1": 1.0,  # A2 stands in the paragraph of both
            "context success@5": 1.0,
            "context success@10": 1.0,
            "span success@1": 0.5,  # q1's gold is in A1, found second
            "span success@5": 1.0,
            "span success@10": 1.0,
            "MRR": (1 / 2 + 1) / 2,
            "nDCG@10": (1 / np.log2(3) + 1) / 2,
            "answer in passages@1": 0.5,
            "answer in passages@5": 1.0,
            "answer in passages@10": 1.0,
            "answer in first statement": 0.5,
            "answer in any statement": 1.0,
            "EM": 0.5,  # q1 names no short answer, and its statement is longer than 周一
            "char F1": 0.5,  # the statement of q1 shares no character with it
            "citation exactness": 1.0,
            "citation recall": 1.0,
            "citation precision": 1.0,
            "refused, of the unanswerable": 1.0,
            "wrongly refused, of the answerable": 0.0,
            "told as sure, of the unanswerable": 0.0,
            "right, of what is told as sure": 0.5,
        }
    )


def test_an_unanswered_query_scores_0_and_an_answered_unanswerable_one_is_held_against_it(tmp_path: Path) -> None:
    got = values(asked(tmp_path, refused(CLOSED), refused(FLOORS), answered(MOVED, [], claim(A3))).result)
    assert not any(got[name] for name in ("MRR", "nDCG@10", "context success@10", "answer in any statement", "EM", "char F1"))
    assert got["refused, of the unanswerable"] == 0
    assert got["wrongly refused, of the answerable"] == 1


def test_what_is_told_as_sure_is_counted_for_a_system_that_gives_its_confidence(tmp_path: Path) -> None:
    wrong, right = GOOD[0], replace(GOOD[1], confidence=0.9)
    surely_silent = replace(answered(MOVED, [], claim(A3)), confidence=0.8)
    got = values(asked(tmp_path, wrong, right, surely_silent).result)
    assert got["told as sure, of the unanswerable"] == 1
    assert got["right, of what is told as sure"] == pytest.approx(1 / 3)
    less = (replace(wrong, confidence=0.49), right, replace(surely_silent, confidence=0.4))
    unsure = values(asked(tmp_path, *less, name="less sure").result)
    assert unsure["told as sure, of the unanswerable"] == 0
    assert unsure["right, of what is told as sure"] == 1


def test_a_system_that_only_finds_has_no_figures_of_answers(tmp_path: Path) -> None:
    got = values(asked(tmp_path, *(Response(query.query_id, (A1,)) for query in QUERIES)).result)
    assert got["span success@1"] == 0.5
    assert not {"answer in first statement", "EM", "citation exactness", "refused, of the unanswerable"} & set(got)


def test_a_quote_that_is_not_the_text_and_one_that_does_not_carry_its_statement_are_counted(tmp_path: Path) -> None:
    wrong = claim(A1)
    wrong = replace(wrong, quotes=(replace(wrong.quotes[0], text="图书馆周二闭馆，旧馆也是。"),))
    unplaced = replace(claim(A2), quotes=(Quote("news/b.txt", "藏书八万册"),))  # stands there, but says nothing of floors
    got = values(asked(tmp_path, answered(CLOSED, [], wrong), answered(FLOORS, [], unplaced), GOOD[2]).result)
    assert (got["citation exactness"], got["citation recall"], got["citation precision"]) == (0.5, 0.0, 0.0)


def test_an_answer_in_two_parts_needs_both(tmp_path: Path) -> None:
    both = replace(FLOORS, also=(("八万册",), ("二百个", "200个")))
    result = asked(tmp_path, answered(both, [B1], claim(A2)), queries=(both,)).result
    assert values(result)["answer in first statement"] == 1
    missing = asked(tmp_path, answered(both, [B1], claim(A1)), queries=(both,), name="missing").result
    assert values(missing)["answer in any statement"] == 0


def test_marked_evidence_is_scored_by_the_rule_of_expmrc(tmp_path: Path) -> None:
    marked = replace(FLOORS, evidences=("新馆共三层，藏书八万册，座位二百个，全年都开放。",))
    got = values(asked(tmp_path, answered(marked, [A2], claim(A2), short_answer="三层"), queries=(marked,)).result)
    assert (got["ExpMRC answer F1"], got["ExpMRC evidence F1"], got["ExpMRC overall F1"]) == (1, 1, 1)


def test_a_query_without_known_place_is_judged_by_words_alone(tmp_path: Path) -> None:
    nowhere = replace(FLOORS, gold=(), context=())
    got = values(asked(tmp_path, answered(nowhere, [B1], claim(B1)), queries=(nowhere,)).result)
    assert got["answer in passages@1"] == got["answer in first statement"] == 1
    assert "MRR" not in got


def test_slices_ranks_and_what_was_withheld_are_reported(tmp_path: Path) -> None:
    result = asked(tmp_path, *GOOD).result
    assert [part.name for part in result.slices] == ["type: how many", "type: when"]
    assert [metric.value for metric in result.slices[1].metrics if metric.name == "MRR"] == [0.5]
    one, two, three = result.queries
    assert (one.gold_rank, two.gold_rank, three.gold_rank) == (2, 1, 0)
    assert (one.right, two.right, three.right) == (False, True, False)
    assert (one.gold_at, three.withheld) == ("news/a.txt, 3–5", "茶厂在河西。")
    assert one.gold_text == "图书馆周一闭馆，旧馆也是。新馆共三层，藏书八万册，座位二百个，全年都开放。"
    with pytest.raises(ValueError, match="no queries"):
        asked(tmp_path, queries=())


def test_statistics_of_the_set_come_from_the_confidences(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    queries, given = [], []
    for number in range(60):
        query = replace(FLOORS if number % 2 else MOVED, query_id=f"q{number}")
        queries.append(query)
        given.append(answered(query, [A2], claim(A2), confidence=float(generator.random()) * (1.0 if number % 2 else 0.8)))
    result = asked(tmp_path, *given, queries=tuple(queries)).result
    confidence = {True: [g.confidence for g in given[1::2]], False: [g.confidence for g in given[::2]]}
    expected = auroc([c for c in confidence[True] if c is not None], [c for c in confidence[False] if c is not None])
    for name in ("AUROC, answerable", "AUROC, right"):
        metric = result.metric(name)
        assert metric is not None
        assert metric.value == pytest.approx(expected)
        assert metric.low < metric.value < metric.high
    assert asked(tmp_path, *GOOD, name="few").result.metric("AUROC, answerable") is None


# the folder


def test_a_second_run_writes_the_same_bytes_but_for_times(tmp_path: Path) -> None:
    for name, seconds in (("one", 1.0), ("two", 2.0)):
        row = asked(tmp_path, *GOOD)
        write_outputs(evaluation(CONFIG, [row], datetime(2026, 1, 1, 0, 0, int(seconds), tzinfo=UTC), seconds), [row], tmp_path / name)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert set(one) == {
        "config.json", "metrics.json", "environment.json", "queries-scripted.jsonl", "run-scripted.trec", "answers-scripted.jsonl",
        "qrels.trec", "report.html",
    }  # fmt: skip
    assert [name for name in one if one[name] != two[name]] in (["environment.json", "report.html"], ["report.html", "environment.json"])
    steady = [page["report.html"].partition(b"<!-- environment -->")[0] for page in (one, two)]
    assert steady[0] == steady[1]
    assert len(steady[0]) > 0.5 * len(one["report.html"])


def test_a_result_is_read_back_as_it_was(tmp_path: Path) -> None:
    rows = [asked(tmp_path, *GOOD), asked(tmp_path, *(Response(q.query_id, (A1,)) for q in QUERIES), name="bm25s, jieba words")]
    odd = replace(rows[0].result.queries[0], text="哪天\u2028闭馆？\x0b")
    rows[0] = replace(rows[0], result=replace(rows[0].result, queries=(odd, *rows[0].result.queries[1:])))
    write_outputs(measured(tmp_path, *rows), rows, tmp_path / "out")
    assert read_result(tmp_path / "out") == measured(tmp_path, *rows).result


def test_standard_tools_compute_the_same_from_the_trec_files(tmp_path: Path) -> None:
    import ir_measures

    row = asked(tmp_path, *GOOD)
    write_outputs(measured(tmp_path, row), [row], tmp_path / "out")
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "out" / "qrels.trec")))
    run = list(ir_measures.read_trec_run(str(tmp_path / "out" / "run-scripted.trec")))
    got = ir_measures.calc_aggregate([ir_measures.RR, ir_measures.Success @ 1], qrels, run)
    ours = values(row.result)
    assert got[ir_measures.RR] == pytest.approx(ours["MRR"])
    assert got[ir_measures.Success @ 1] == pytest.approx(ours["span success@1"])


def test_a_result_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(DatasetError, match="is not a folder of"):
        read_result(tmp_path)


def test_the_terminal_gets_tables_whose_cells_hold_text(tmp_path: Path) -> None:
    evil = replace(asked(tmp_path, *GOOD).result, system="<b>|evil")
    page = summary(Evaluation(Result(CONFIG, (evil, evil)), measured(tmp_path, asked(tmp_path, *GOOD)).environment))
    assert "| span success@1 | 0.500 |" in page
    assert "&lt;b>\\|evil" in page


# gate


def result_of(tmp_path: Path, *responses: Response) -> Result:
    return measured(tmp_path, asked(tmp_path, *responses, name=str(len(list(tmp_path.iterdir()))))).result


def test_the_gate_passes_what_it_was_pinned_with_and_fails_below_the_floor(tmp_path: Path) -> None:
    good = result_of(tmp_path, *GOOD)
    condition = gate.update(good, None, command="chuchu-eval gate", allow_lower=False)
    assert all(check.passed for check in gate.check(good, condition))
    mrr = next(pin for pin in condition.pins if pin.name == "MRR")
    assert (mrr.expected, mrr.bound) == (0.75, 0.25)  # one of two queries of slack
    wrong = replace(claim(A1), quotes=(Quote("news/a.txt", "图書馆", A1.spans),))
    bad = result_of(tmp_path, answered(CLOSED, [A3], wrong), answered(FLOORS, [A3], claim(A3)), refused(MOVED))
    failed = {check.name for check in gate.check(bad, condition) if not check.passed}
    assert {"citation exactness", "MRR"} <= failed


def test_a_rate_where_smaller_is_better_has_a_ceiling(tmp_path: Path) -> None:
    condition = gate.update(result_of(tmp_path, *GOOD), None, command="", allow_lower=False)
    only = replace(condition, pins=tuple(pin for pin in condition.pins if pin.name == "wrongly refused, of the answerable"))
    (check,) = gate.check(result_of(tmp_path, *(refused(query) for query in QUERIES)), only)
    assert (check.passed, check.relation) == (False, "at most")


def test_floors_rise_and_fall_only_when_told(tmp_path: Path) -> None:
    good = result_of(tmp_path, *GOOD)
    pinned = gate.update(good, None, command="", allow_lower=False)
    (system,) = good.systems
    lower = replace(system, metrics=tuple(replace(m, value=m.value - 0.1) if m.name == "MRR" else m for m in system.metrics))
    kept = gate.update(replace(good, systems=(lower,)), pinned, command="", allow_lower=False)
    assert {pin.name: pin.bound for pin in kept.pins} == {pin.name: pin.bound for pin in pinned.pins}
    bad = replace(system, metrics=tuple(replace(m, value=0.0) for m in system.metrics))
    with pytest.raises(DatasetError, match="--allow-lower"):
        gate.update(replace(good, systems=(bad,)), pinned, command="", allow_lower=False)
    lowered = gate.update(replace(good, systems=(bad,)), pinned, command="", allow_lower=True)
    assert next(pin.bound for pin in lowered.pins if pin.name == "MRR") == 0


@pytest.mark.parametrize("field", ["dataset_sha256", "corpus_sha256"])
def test_floors_of_another_state_of_the_set_do_not_apply(tmp_path: Path, field: str) -> None:
    good = result_of(tmp_path, *GOOD)
    condition = gate.update(good, None, command="", allow_lower=False)
    gate.write_condition(tmp_path / "floors" / "set.json", condition)
    assert gate.read_condition(tmp_path / "floors" / "set.json") == condition
    with pytest.raises(DatasetError, match="has changed since"):
        gate.check(replace(good, config=replace(CONFIG, **{field: "1" * 64})), condition)


# compare


def test_a_comparison_counts_and_names_wins_and_losses(tmp_path: Path) -> None:
    a = result_of(tmp_path, *GOOD)
    b = result_of(tmp_path, refused(CLOSED, [A1, A2]), refused(FLOORS, [A1, A2]), refused(MOVED))
    differences = {difference.name: difference for difference in compare(a, b)}
    mrr = differences["MRR"]
    assert (mrr.a, mrr.b, mrr.n, mrr.p) == (0.75, 0.75, 2, 1)
    assert ([c.query_id for c in mrr.wins], [c.query_id for c in mrr.losses]) == (["q1"], ["q2"])
    assert [c.query_id for c in differences["wrongly refused, of the answerable"].losses] == ["q1", "q2"]  # a rate that should be small
    assert "citation exactness" not in differences  # b cites nothing
    page = comparison_table(compare(a, b))
    assert "No difference at 95 %" in page
    assert "MRR, losses of B:\n- q2 新馆有几层？: 1.000 → 0.500" in page
    with pytest.raises(DatasetError, match="different sets"):
        compare(a, replace(b, config=replace(CONFIG, dataset_sha256="1" * 64)))
    with pytest.raises(DatasetError, match="no row 'bm25s'"):
        compare(a, b, row_b="bm25s")


def test_the_randomisation_test_agrees_with_counting_every_swap() -> None:
    a, b = [0.0] * 6, [1.0] * 5 + [-1.0]
    # 64 equally likely sign patterns of six differences of 1; |sum| >= 4 for 2 * (1 + 6) of them.
    assert randomisation_p(a, b) == pytest.approx(14 / 64, abs=0.015)
    assert randomisation_p(a, a) == 1
    assert randomisation_p(a, b) == randomisation_p(b, a)
    assert randomisation_p(a, b, trials=7) <= 1


def made_up(rates: dict[str, float], seed: int, *, name: str = "made up") -> SystemResult:
    """400 queries whose scores are coins."""
    generator = np.random.default_rng(seed)
    base = summed_up(name, ())
    from eval.results import QueryResult, Score

    queries = tuple(
        QueryResult(
            f"q{number}", "", (), True, (), False, "", None, None, "", "", "", "", "", "", 0,
            tuple(Score(measure, float(generator.random() < rate)) for measure, rate in rates.items()),
        )
        for number in range(400)
    )  # fmt: skip
    assert base.queries == ()
    return summed_up(name, queries)


def test_looking_at_many_measures_is_paid_for() -> None:
    """Holm by hand: the smallest of three p counts three times, the next twice, and none falls below the one before."""
    a = made_up({"MRR": 0.5, "EM": 0.5, "char F1": 0.5}, 0)
    b = made_up({"MRR": 0.7, "EM": 0.55, "char F1": 0.5}, 1)
    found = sorted(compare_systems(a, b), key=lambda difference: difference.p)
    expected, least = [], 0.0
    for factor, difference in zip((3, 2, 1), found, strict=True):
        least = max(least, min(1.0, factor * difference.p))
        expected.append(least)
    assert [difference.adjusted for difference in found] == pytest.approx(expected)
    assert found[0].name == "MRR"
    assert found[0].found
    assert found[0].low < found[0].b - found[0].a < found[0].high


@pytest.mark.slow
def test_the_trials_find_a_planted_loss_and_nothing_between_seeds() -> None:
    rates = {"span success@1": 0.8, "MRR": 0.8, "answer in first statement": 0.7}
    alone, first, statement = outcomes([made_up(rates, 1), made_up(rates, 2)], 20)
    assert alone.found <= 4
    assert (first.trials, statement.trials) == (20, 20)
    assert first.found == statement.found == 20  # 8 of 400 lost and none won: p below 0.01, adjusted below 0.05
    with pytest.raises(DatasetError, match="at least two systems"):
        next(outcomes([made_up(rates, 1)], 1))


def test_a_result_is_json_all_the_way(tmp_path: Path) -> None:
    row = asked(tmp_path, *GOOD)
    write_outputs(measured(tmp_path, row), [row], tmp_path / "out")
    for path in (tmp_path / "out").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["format"] == 1
