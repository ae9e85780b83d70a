"""The training script: its estimators as arithmetic, and the whole of it on a small library."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from embeddings.hashing_encoder import HashingEncoder
from eval.building import write_articles
from eval.calibration import calibrate, common_terms
from eval.datasets.records import Article, Draft, DraftGold
from eval.datasets.squad import Paragraph, squad_articles
from eval.training.fitting import Choice, fit_choices, fit_refusal, threshold_at
from eval.training.situations import (
    cut_articles,
    in_words_alike,
    looks_at_everything,
    looks_given,
    looks_in_situations,
    with_another_year,
)
from qa.answering.close_reading import READING
from qa.answering.evidence import FEATURES
from qa.answering.reader.reading import shipped_reader
from qa.answering.refusing import SIGNALS, probability
from qa.answering.weights import load_weights
from qa.assistant import Assistant


def test_threshold_refuses_the_share_it_is_told() -> None:
    probabilities = [step / 100 for step in range(101)]
    assert sum(one < threshold_at(probabilities, 0.1) for one in probabilities) == 10


def test_the_evidence_model_finds_the_feature_that_decides() -> None:
    generator = np.random.default_rng(1)
    choices = []
    for _ in range(200):
        rows = generator.normal(size=(6, len(FEATURES)))
        right = np.arange(6) == rows[:, FEATURES.index("local")].argmax()
        choices.append(Choice(rows, right))
    coefficients = fit_choices(choices, FEATURES)
    assert max(coefficients, key=lambda name: abs(coefficients[name])) == "local"
    assert coefficients["local"] > 3


def test_the_refusal_model_keeps_the_sign_of_each_signal_and_is_calibrated_on_what_it_saw() -> None:
    helps, hurts = list(SIGNALS).index("passage"), list(SIGNALS).index("number_missing")
    generator = np.random.default_rng(2)
    rows = generator.normal(size=(2000, len(SIGNALS)))
    right = generator.random(2000) < 1 / (1 + np.exp(-2 * rows[:, helps] - rows[:, hurts]))
    signals = [dict(zip(SIGNALS, row.tolist(), strict=True)) for row in rows]
    coefficients = fit_refusal(signals, right.tolist())
    assert coefficients["passage"] == pytest.approx(1.8, abs=0.3)
    assert coefficients["number_missing"] == 0.0  # it seemed to help, which it cannot
    assert all(coefficients[name] * sign >= 0 for name, sign in SIGNALS.items())
    assert np.mean([probability(item, coefficients) for item in signals]) == pytest.approx(right.mean(), abs=0.01)


def test_a_query_is_asked_of_the_nearest_year_that_nothing_read_names() -> None:
    assert with_another_year("2018年修了几座桥？", "2019年修了三座桥，2017年一座。") == "2020年修了几座桥？"
    assert with_another_year("修了几座桥？", "2019年") == ""


def test_words_are_exchanged_but_names_numbers_and_what_is_asked_stay() -> None:
    alike = {"仓库": ["粮店"], "林有福": ["王有财"], "多少": ["几多"], "1801": ["1802"]}
    exchanged = {in_words_alike("林有福1801年修的仓库有多少间？", alike, Random(seed)) for seed in range(20)}
    assert exchanged == {"林有福1801年修的仓库有多少间?", "林有福1801年修的粮店有多少间?"}


def test_common_terms_are_weighed_by_how_many_articles_hold_them() -> None:
    articles = [Article(f"{number}.txt", "茶" if number else "茶馆") for number in range(4)]
    assert common_terms(articles).splitlines()[1:] == ["0.00 茶"]  # 馆 is in one of four: weight 1, and not common


def test_the_script_learns_from_libraries_and_writes_what_the_answerer_reads(tmp_path: Path) -> None:
    paragraphs, drafts = [], []
    for number in range(14):
        answer = f"{number + 100}吨"
        around = "看门人每天换两次班，夜里提着灯笼在院墙外面走上几圈。门前有一座石桥，旁边是码头和磨坊，船工每天在那里歇脚。"
        text = f"第{number}号仓库在河边。{number}号仓库存着{answer}大米。{around}"
        question = {
            "id": f"q{number}",
            "question": f"{number}号仓库存着多少吨大米？",
            "answers": [{"text": answer, "answer_start": text.index(answer)}],
        }
        paragraphs.append(Paragraph(f"store/{number}.txt", text, (question,), {}))
        gold = DraftGold(f"store/{number}.txt", answer)
        drafts.append(Draft(f"q{number}", question["question"], (answer,), True, (gold,), "here", "document"))
    court = [replace(draft, among=(draft.gold[0].document,), answerable=False, gold=(), answers=()) for draft in drafts[:6]]
    encoder = HashingEncoder(dim=64)
    write_articles(squad_articles(paragraphs), tmp_path / "whole")
    write_articles(cut_articles(paragraphs), tmp_path / "cut")
    with (
        Assistant.open(tmp_path / "library", encoder=encoder) as assistant,
        Assistant.open(tmp_path / "cut-library", encoder=encoder) as cut,
    ):
        assistant.ingest([tmp_path / "whole"])
        cut.ingest([tmp_path / "cut"])
        looks = [*looks_in_situations(drafts, assistant, cut, {"大米": ["稻谷"]}), *looks_given(court, assistant, "court")]
        weights = calibrate(looks_at_everything(drafts[::2], assistant), looks, shipped_reader())
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(weights), encoding="utf-8")
    assert set(load_weights(path).evidence) == set(FEATURES)
    assert set(load_weights(path).reading) == set(READING)
    assert set(load_weights(path).refusal) == {*SIGNALS, "intercept"}
    assert {look.situation for look in looks} == {"everything", "removed", "few", "few removed", "alone", "cut", "court"}
    assert weights["held_out"]["first_statement_right"][0] == 1.0
    assert weights["held_out"]["alone against cut"][0] > 0.9
