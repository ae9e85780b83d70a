"""The recursive splitting of the peers' recipe: worked examples, and what holds for every text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.systems.recipe import recursive_spans
from qa.records import Span

TEXTS = st.text(alphabet="旧桥渡口ab。！？；， \n\u3000", max_size=400)
SIZES = st.integers(1, 60).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1)))


def cut(text: str, size: int, overlap: int) -> list[str]:
    return [text[span.start : span.end] for span in recursive_spans(text, size=size, overlap=overlap)]


def test_a_text_that_fits_is_one_chunk() -> None:
    assert recursive_spans("\n渡口在河边。 ") == [Span(1, 7)]
    assert recursive_spans("") == []
    assert recursive_spans(" \n\u3000") == []


def test_paragraphs_go_together_while_they_fit() -> None:
    assert cut("渡口。\n\n旧桥。\n\n集市。", 10, 0) == ["渡口。\n\n旧桥。", "集市。"]


def test_a_long_paragraph_is_cut_by_finer_separators_and_its_neighbours_stay_whole() -> None:
    text = "渡口。\n旧桥很长，有九个桥洞。桥上有人；桥下有船。\n集市。"
    assert cut(text, 12, 0) == ["渡口。", "旧桥很长，有九个桥洞。", "桥上有人；桥下有船。", "集市。"]
    assert cut(text, 8, 0) == ["渡口。", "旧桥很长，", "有九个桥洞。", "桥上有人；", "桥下有船。", "集市。"]


def test_separators_end_their_piece() -> None:
    assert cut("甲乙，丙丁，戊己", 3, 0) == ["甲乙，", "丙丁，", "戊己"]


def test_a_chunk_takes_over_whole_pieces_that_fit_the_overlap() -> None:
    assert cut("甲。乙。丙。丁。", 6, 2) == ["甲。乙。丙。", "丙。丁。"]
    assert cut("甲。乙。丙。丁。", 6, 3) == ["甲。乙。丙。", "丙。丁。"]  # two pieces would be four characters
    assert cut("甲。乙。丙。丁。", 6, 4) == ["甲。乙。丙。", "乙。丙。丁。"]


def test_without_separators_the_overlap_is_exact() -> None:
    assert recursive_spans("桥" * 2000) == [Span(0, 750), Span(600, 1350), Span(1200, 1950), Span(1800, 2000)]


def test_a_text_that_repeats_itself_is_told_where_it_stands() -> None:
    spans = recursive_spans("天晴。" * 600)
    assert spans == [Span(0, 750), Span(600, 1350), Span(1200, 1800)]


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (5, 5), (5, -1), (-1, -2)])
def test_sizes_that_make_no_sense(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="expected 0 <= overlap < size"):
        recursive_spans("渡口", size=size, overlap=overlap)


@given(TEXTS, SIZES)
def test_chunks_hold_every_character_and_keep_their_bounds(text: str, sizes: tuple[int, int]) -> None:
    size, overlap = sizes
    spans = recursive_spans(text, size=size, overlap=overlap)
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert {place for place, character in enumerate(text) if not character.isspace()} <= covered
    for span in spans:
        chunk = text[span.start : span.end]
        assert len(chunk) <= size
        assert chunk == chunk.strip()
    for before, after in pairwise(spans):
        assert before.start < after.start
        assert before.end < after.end
        assert before.overlap(after) <= overlap


@given(st.text(alphabet="旧桥。， \n", min_size=700, max_size=3000))
def test_the_same_at_the_size_that_is_used(text: str) -> None:
    spans = recursive_spans(text)
    assert "".join(text.split()) == "".join("".join(text[start:end].split()) for start, end in _without_overlap(spans))
    assert all(span.end - span.start <= 750 for span in spans)
    assert all(before.overlap(after) <= 150 for before, after in pairwise(spans))


def _without_overlap(spans: list[Span]) -> list[tuple[int, int]]:
    ends = [0, *(span.end for span in spans)]
    return [(max(span.start, end), span.end) for span, end in zip(spans, ends, strict=False)]
