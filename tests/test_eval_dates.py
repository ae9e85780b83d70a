"""The measurement of relative dates: what an article vouches for itself, and that nobody is asked who knows the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.reading import dates
from eval.reading.dates import BRACKETED, SAME_DAY, pairs


def test_the_brackets_are_taken_out_before_the_text_is_read() -> None:
    assert list(pairs("渡口昨天（8月15日）停航。", "2023-08-16")) == [(BRACKETED, "昨天", True)]
    assert list(pairs("渡口昨天（8月14日）停航。", "2023-08-16")) == [(BRACKETED, "昨天", False)]


def test_a_day_is_vouched_for_by_the_same_day_with_its_year() -> None:
    assert list(pairs("2023年8月15日停航。8月15日的水位很高，8月14日不高。", "2023-08-16")) == [(SAME_DAY, "8月15日", True)]
    assert list(pairs("2022年12月15日停航。\n12月15日的水位很高。", "2023-12-10")) == [(SAME_DAY, "12月15日", False)]
    assert list(pairs("1958年8月15日发大水。\n8月15日是纪念日。", "2023-08-16")) == [], "an anniversary"


def test_the_measurement_counts_what_the_source_dates_to_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [("渡口昨天（8月15日）停航。", "2023-08-16", True), ("渡口今天（8月15日）停航。", "2023-08-16", False)]
    monkeypatch.setattr(dates, "dated_news", lambda data, n: iter(articles))
    measurement = dates.measure(Path())
    assert [(goal.metric.name, goal.metric.value, goal.metric.n) for goal in measurement.figures] == [(BRACKETED, 1.0, 1)]
    assert measurement.rows == (("昨天", "hour", "1", "1", "1.000"), ("今天", "day only", "1", "0", "0.000"))


@pytest.mark.slow
def test_the_news_agree_with_themselves(shared: Path) -> None:
    words, days = (goal.metric for goal in dates.measure(shared).figures)
    assert words.value > 0.9
    assert days.value > 0.99
