"""The training script: its estimators as arithmetic, and the whole of it on a small library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings.hashing_encoder import HashingEncoder
from eval.calibration import (
    Choice,
    calibrate,
    common_terms,
    fit_choices,
    fit_refusal,
    threshold_at,
    with_another_year,
)
from eval.datasets.records import Article, Draft, DraftGold
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


def test_common_terms_are_weighed_by_how_many_articles_hold_them() -> None:
    articles = [Article(f"{number}.txt", "茶" if number else "茶馆") for number in range(4)]
    assert common_terms(articles).splitlines()[1:] == ["0.00 茶"]  # 馆 is in one of four: weight 1, and not common


def test_the_script_learns_from_a_library_and_writes_what_the_answerer_reads(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    drafts = []
    for number in range(24):
        text = f"第{number}号仓库在河边。{number}号仓库存着{number + 100}吨大米。仓库的看门人每天换两次班。"
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
        gold = DraftGold(f"{number}.txt", f"{number + 100}吨")
        drafts.append(Draft(f"q{number}", f"{number}号仓库存着多少吨大米？", (f"{number + 100}吨",), True, (gold,), "here", "document"))
    encoder = HashingEncoder(dim=64)
    with Assistant.open(tmp_path / "library", encoder=encoder) as assistant:
        assistant.ingest([folder])
        weights = calibrate(assistant, drafts, lambda path: int(path.removesuffix(".txt")) % 2 == 0, shipped_reader())
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(weights), encoding="utf-8")
    assert set(load_weights(path).evidence) == set(FEATURES)
    assert set(load_weights(path).reading) == set(READING)
    assert weights["held_out"]["first_statement_right"][0] == 1.0
