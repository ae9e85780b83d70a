"""The records keep their invariants and survive JSON."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.records import Answer, Citation, Span, Statement, from_json, text_at, to_json


def cited(marker: int) -> Citation:
    return Citation(marker, "p" * 16, "d" * 16, "v" * 64, "题名", ("作者",), "刊物", "2021-06", "文件.txt", "3", (Span(0, 2),), "引文")


def answered(**changes: object) -> Answer:
    fields = {"statements": (Statement("引文", (1,)),), "citations": (cited(1),), **changes}
    return Answer("a", "query", "query", "answered", "", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 1)])
def test_a_span_is_half_open_and_not_empty(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="start < end"):
        Span(start, end)


@given(st.text(max_size=40), st.data())
def test_text_at_joins_spans_by_code_points(text: str, data: st.DataObject) -> None:
    bounds = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = [Span(start, end) for start, end in zip(bounds[::2], bounds[1::2], strict=False)]
    assert text_at(text, spans) == "".join(text[s.start : s.end] for s in spans)


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Span(0, 1).start = 2  # type: ignore[misc]


def test_every_marker_shown_has_its_citation_and_the_reverse() -> None:
    answered()
    with pytest.raises(ValueError, match="markers"):
        answered(citations=())
    with pytest.raises(ValueError, match="markers"):
        answered(citations=(cited(1), cited(2)))
    with pytest.raises(ValueError, match="markers"):
        answered(statements=(Statement("引文", (2,)), Statement("引文", (1,))), citations=(cited(2), cited(1)))


def test_a_reprint_belongs_to_a_citation() -> None:
    assert answered(reprints=(cited(1), cited(1))).reprints[0].marker == 1
    with pytest.raises(ValueError, match="reprint"):
        answered(reprints=(cited(2),))


def test_no_evidence_has_a_reason_and_no_statement() -> None:
    assert Answer("a", "q", "q", "no_evidence", "too_weak").statements == ()
    with pytest.raises(ValueError, match="reason"):
        Answer("a", "q", "q", "no_evidence", "")
    with pytest.raises(ValueError, match="neither"):
        Answer("a", "q", "q", "no_evidence", "too_weak", statements=(Statement("引文", (1,)),), citations=(cited(1),))


def test_the_short_answer_lies_inside_its_statement() -> None:
    with pytest.raises(ValueError, match="inside"):
        Statement("引文", (1,), short_answers=(Span(1, 3),), answer_type="other")


def test_the_parts_of_a_short_answer_stand_apart_and_in_order_and_have_a_type() -> None:
    assert Statement("木船和渡船", (1,), short_answers=(Span(0, 2), Span(3, 5)), answer_type="list").short_answers[1].start == 3
    for parts in ((Span(3, 5), Span(0, 2)), (Span(0, 3), Span(2, 5))):
        with pytest.raises(ValueError, match="apart"):
            Statement("木船和渡船", (1,), short_answers=parts, answer_type="list")
    with pytest.raises(ValueError, match="type"):
        Statement("木船和渡船", (1,), short_answers=(Span(0, 2),))
    with pytest.raises(ValueError, match="type"):
        Statement("木船和渡船", (1,), answer_type="list")


def test_json_gives_the_same_record_back() -> None:
    answer = answered()
    assert from_json(Answer, json.loads(json.dumps(to_json(answer)))) == answer


def test_json_of_another_format_or_shape_is_refused() -> None:
    values = to_json(answered())
    with pytest.raises(ValueError, match="format"):
        from_json(Answer, {**values, "format": 2})
    with pytest.raises(ValueError, match="query"):
        from_json(Answer, {key: value for key, value in values.items() if key != "query"})
    with pytest.raises(ValueError, match="markers"):
        from_json(Answer, {**values, "citations": []})
