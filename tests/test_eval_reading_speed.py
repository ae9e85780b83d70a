"""The measuring of speed: every kind of file is really read, and the figures say what they are figures of."""

from __future__ import annotations

import pytest

from eval.reading import speed
from qa.reading import read


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"REPEATS": 1, "TURNS": 1, "ARTICLES": 4, "LONG_TEXT": 3_000, "WEB_PAGES": 2, "PDF_PAGES": 1}.items():
        monkeypatch.setattr(speed, name, value)


def test_every_kind_is_measured_against_its_goal() -> None:
    measurement = speed.measure(None)
    assert [goal.goal for goal in measurement.figures] == [1_000_000] * 3 + [30] * 2 + [0.5]
    assert all(goal.metric.value > 0 and goal.side == "at least" for goal in measurement.figures)
    assert [len(row) for row in measurement.rows] == [len(measurement.columns)] * 6


def test_the_files_hold_the_text_they_are_made_of() -> None:
    articles = speed.invented_texts()
    utf8, gb18030, single = speed.text_kinds(articles)
    assert utf8.amount >= 3_000
    assert len(single.files) == 4
    texts = [read(kind.files[0][1], path="a.txt", doc_id="0" * 16).text for kind in (utf8, gb18030)]
    assert texts[0] == texts[1]
    assert len(texts[0]) == utf8.amount
    [_, page] = speed.web_kind(articles).files[0]
    document = read(page, path="a.html", doc_id="0" * 16)
    assert all(paragraph in document.text for paragraph in articles[0])
