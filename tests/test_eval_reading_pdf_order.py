"""The measurement of PDF reading order: that it counts what it says, and the figures it has at a small size."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.reading.pdf_order import Figures, Layout, Made, counted, judged, main, pdf_bytes, set_pages
from qa.records import Block, Decoding, Document, Span


def document_of(*blocks: tuple[str, list[str]]) -> Document:
    """A document of blocks: kind and the texts of the spans, each on a line of its own."""
    text, made = "", []
    for kind, parts in blocks:
        spans = []
        for part in parts:
            spans.append(Span(len(text), len(text) + len(part)))
            text += part + "\n"
        made.append(Block(kind, tuple(spans)))  # type: ignore[arg-type]
    return Document("0" * 16, "0" * 64, "a", "a", (), "", "", "", "application/pdf", "pdf/0", Decoding(""), "hans", text, tuple(made))


def test_the_figures_are_counted_by_hand() -> None:
    made = Made(
        paragraphs=["甲一甲二", "乙一乙二", "丙一", "丁一"],
        joints={("甲一", "甲二"): False, ("乙一", "乙二"): False, ("丙一", "丙二"): True},
        furniture={(0, "页眉"), (0, "1")},
        pages=1,
    )
    document = document_of(
        ("furniture", ["页眉"]),
        ("paragraph", ["甲一", "甲二"]),  # whole, its joint right
        ("paragraph", ["丁一"]),  # too early
        ("paragraph", ["乙一"]),  # not joined
        ("paragraph", ["乙二", "丙一"]),  # joined wrongly
        ("furniture", ["2"]),  # wrongly
    )
    assert judged(made, document, "丁一丙一乙一甲一") == Figures(
        pages=1,
        paragraphs=4,
        in_order=3,  # 甲, 乙, 丙
        in_order_pdfium=1,  # 甲 and 乙 are not there as they begin, 丙 and 丁 have changed places
        whole=2,
        joints=3,
        joints_made=2,
        joints_right=1,
        joints_fitting=2,
        furniture=2,
        furniture_found=1,
        furniture_wrong=1,
    )


def test_the_same_seed_sets_the_same_pages() -> None:
    layout = Layout("two columns", 2)
    first, second = (set_pages(layout, 2, 5) for _ in range(2))
    assert first == second
    assert set_pages(layout, 2, 6) != first
    assert pdf_bytes(first, layout)[:5] == b"%PDF-"


def test_order_and_joints_at_a_small_size() -> None:
    total = sum(counted(documents=1, pages=3, seed=77).values(), Figures())
    assert total.pages == 21
    assert total.in_order >= 0.98 * total.paragraphs
    assert total.whole >= 0.97 * total.paragraphs
    assert total.joints_right == total.joints_made
    assert total.joints_right >= 0.9 * total.joints_fitting
    assert total.furniture_found >= 0.95 * total.furniture


def test_it_measures_pages_set_from_the_news(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--data", str(shared), "--documents", "1", "--pages", "1", "--seed", "5"])
    shown = capsys.readouterr().out
    assert "| PDF joint precision |" in shown
    assert "| three columns | 1 |" in shown
