"""The vector index of a library: what is saved, what is loaded, what is rebuilt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embeddings.hashing_encoder import HashingEncoder
from qa.library.derived import IndexRow, LogEntry
from qa.search import vectors
from qa.search.vectors import VectorSearch, cosines

ENCODER = HashingEncoder(dim=64)
TEXTS = {"p1": "图书馆周一闭馆", "p2": "茶叶合作社收茶三千斤", "p3": "公交车每天六班", "p4": "？"}


def row(passage_id: str, text: str) -> IndexRow:
    return IndexRow(passage_id, {}, ENCODER.encode_passages([text])[0].astype(np.float16))


def rows() -> list[IndexRow]:
    return [row(passage_id, text) for passage_id, text in TEXTS.items()]


def opened(folder: Path | None, *, fingerprint: str = ENCODER.fingerprint, read_only: bool = False) -> VectorSearch:
    return VectorSearch(folder, fingerprint, ENCODER.dim, read_only=read_only)


def nearest(index: VectorSearch, text: str) -> str:
    return index.search(ENCODER.encode_queries([text])[0], 1)[0][0]


@pytest.fixture
def _save_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every library were large."""
    monkeypatch.setattr(vectors, "SAVED_FROM", 1)


def test_finds_the_nearest_and_its_cosine() -> None:
    index = opened(None)
    index.rebuild(rows(), 4)
    ((passage_id, cosine),) = index.search(ENCODER.encode_queries([TEXTS["p2"]])[0], 1)
    assert (passage_id, cosine) == ("p2", pytest.approx(1.0, abs=0.01))


def test_a_small_library_saves_nothing_and_is_built_at_open(tmp_path: Path) -> None:
    index = opened(tmp_path / "vectors")
    assert (index.position(), index.ids(), index.search(np.ones(64, np.float32) / 8, 3)) == (-1, set(), [])
    index.rebuild(rows(), 4)
    index.save()
    assert (index.position(), index.ids()) == (4, set(TEXTS))
    assert not (tmp_path / "vectors").exists()
    assert opened(tmp_path / "vectors").position() == -1


def test_apply_deletes_then_adds_once_or_twice() -> None:
    index = opened(None)
    index.rebuild(rows(), 4)
    entries = [
        LogEntry(5, "delete", "p1"),
        LogEntry(6, "add", "p1", row("p1", "茶园")),
        LogEntry(7, "delete", "p2"),
        LogEntry(8, "add", "gone"),
    ]
    for _ in range(2):
        index.apply(entries, 8)
        assert (index.position(), index.ids()) == (8, {"p1", "p3", "p4"})
        assert nearest(index, "茶园") == "p1"
    with pytest.raises(ValueError, match="rebuilt"):
        opened(None).apply(entries, 8)


@pytest.mark.usefixtures("_save_all")
def test_a_large_library_is_loaded_again(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.rebuild(rows(), 4)
    assert opened(tmp_path).position() == -1
    index.save()
    again = opened(tmp_path)
    assert (again.position(), again.ids(), again.damage()) == (4, set(TEXTS), "")
    assert nearest(again, "公交车") == "p3"
    assert opened(tmp_path, fingerprint="another encoder").position() == -1


@pytest.mark.usefixtures("_save_all")
def test_save_keeps_one_generation_and_leaves_small_changes_to_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "_SAVED_AFTER", 0.4)  # one change of four is small
    index = opened(tmp_path)
    index.rebuild(rows(), 4)
    index.save()
    index.apply([LogEntry(5, "delete", "p1")], 5)
    index.save()
    assert opened(tmp_path).position() == 4
    index.apply([LogEntry(6, "delete", "p2")], 6)
    index.save()
    assert (opened(tmp_path).position(), opened(tmp_path).ids()) == (6, {"p3", "p4"})
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.usefixtures("_save_all")
def test_a_library_that_has_become_small_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = opened(tmp_path)
    index.rebuild(rows(), 4)
    index.save()
    monkeypatch.setattr(vectors, "SAVED_FROM", 50_000)
    index.rebuild(rows()[:1], 5)
    index.save()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_save_all")
def test_a_flipped_byte_in_any_file_is_noticed(tmp_path: Path) -> None:
    index = opened(tmp_path)
    index.rebuild(rows(), 4)
    index.save()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 4
    for path in files:
        sound = path.read_bytes()
        for place in {0, len(sound) // 2, len(sound) - 2}:
            path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
            assert opened(tmp_path).position() == -1, path.name
            assert index.damage()
        path.write_bytes(sound)


@pytest.mark.usefixtures("_save_all")
def test_refresh_takes_what_is_newer_only(tmp_path: Path) -> None:
    writer, reader = opened(tmp_path), opened(tmp_path, read_only=True)
    writer.rebuild(rows(), 4)
    writer.save()
    reader.refresh()
    assert reader.position() == 4
    reader.apply([LogEntry(6, "delete", "p1")], 6)
    writer.rebuild(rows()[1:], 5)
    writer.save()
    reader.refresh()
    assert (reader.position(), reader.ids()) == (6, {"p2", "p3", "p4"})
    reader.save()
    assert opened(tmp_path).position() == 5


def test_exact_cosines() -> None:
    vector = np.array([0.6, 0.8], np.float32)
    assert cosines(vector, {"a": np.array([1, 0], np.float16), "b": np.array([0, 0], np.float16)}) == {"a": pytest.approx(0.6), "b": 0.0}
    assert cosines(vector, {}) == {}
