from __future__ import annotations

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.encoder import Vectors
from embeddings.unit_rows import unit_rows
from embeddings.vector_index import VectorIndex

ROUNDING = 0.015  # six standard errors of the eight-bit codes


def random_rows(count: int, dim: int = 32, seed: int = 0) -> Vectors:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32))


def names(count: int, prefix: str = "p") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def test_finds_what_brute_force_finds() -> None:
    rows, queries = random_rows(500), random_rows(20, seed=1)
    index = VectorIndex.build(names(500), rows)
    cosines = queries @ rows.T
    for found, exact in zip(index.search(queries, k=10), cosines, strict=True):
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        assert len({key for key, _ in found}) == 10
        assert scores == pytest.approx([exact[int(key[1:])] for key, _ in found], abs=ROUNDING)
        assert min(exact[int(key[1:])] for key, _ in found) > np.sort(exact)[-10] - 2 * ROUNDING


def test_worked_example() -> None:
    index = VectorIndex.build(["east", "north", "west"], np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32))
    [found] = index.search(np.array([[0.6, 0.8]], dtype=np.float32), k=5)
    assert [key for key, _ in found] == ["north", "east", "west"]
    assert [score for _, score in found] == pytest.approx([0.8, 0.6, -0.6], abs=ROUNDING)


def test_equal_scores_come_by_key() -> None:
    index = VectorIndex.build(["c", "a", "b"], np.repeat(random_rows(1), 3, axis=0))
    assert [key for key, _ in index.search(random_rows(1), k=3)[0]] == ["a", "b", "c"]


def test_a_zero_row_is_kept_but_never_found_and_finds_nothing() -> None:
    rows = random_rows(3)
    rows[1] = 0
    index = VectorIndex.build(["a", "zero", "c"], rows)
    assert index.keys() == ["a", "zero", "c"]
    assert {key for key, _ in index.search(rows[:1], k=3)[0]} == {"a", "c"}
    assert index.search(rows[1:2], k=3) == [[]]
    assert index.updated(["zero"], [], random_rows(0)).keys() == ["a", "c"]


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex.build([], random_rows(0))
    assert (len(index), index.keys(), index.search(random_rows(2), k=5)) == (0, [], [[], []])
    assert index.search(random_rows(0), k=5) == []
    assert len(index.updated([], ["a"], random_rows(1))) == 1


def test_updated_leaves_the_old_one_as_it_was() -> None:
    rows = random_rows(4)
    old = VectorIndex.build(["a", "b", "c"], rows[:3])
    new = old.updated(["a", "never there"], ["d"], rows[3:])
    assert (old.keys(), new.keys()) == (["a", "b", "c"], ["b", "c", "d"])
    assert old.search(rows[:1], k=1)[0][0][0] == "a"
    assert new.search(rows[3:], k=1)[0][0][0] == "d"
    assert "a" not in {key for key, _ in new.search(rows[:1], k=10)[0]}


def test_a_key_added_again_has_its_new_row() -> None:
    rows = random_rows(2)
    index = VectorIndex.build(["a"], rows[:1]).updated([], ["a"], rows[1:])
    assert index.keys() == ["a"]
    assert index.search(rows[1:], k=5) == [[("a", pytest.approx(1.0, abs=ROUNDING))]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7)), max_size=20))
def test_any_order_of_changes_leaves_what_a_dict_would(changes: list[tuple[bool, int]]) -> None:
    rows = random_rows(8)
    index, expected = VectorIndex.build([], random_rows(0)), {}
    for is_added, number in changes:
        expected.pop(f"p{number}", None)
        if is_added:
            expected[f"p{number}"] = None
        index = index.updated([] if is_added else [f"p{number}"], [f"p{number}"] if is_added else [], rows[[number] if is_added else []])
    assert index.keys() == list(expected)
    for number in range(8):
        found = index.search(rows[number : number + 1], k=8)[0]
        assert {key for key, _ in found} == set(expected)
        assert not found or (found[0][0] == f"p{number}") == (f"p{number}" in expected)


@pytest.mark.parametrize("shape", [(3, 31), (32,), (1, 3, 32)])
def test_refuses_another_shape(shape: tuple[int, ...]) -> None:
    index = VectorIndex.build(names(3), random_rows(3))
    with pytest.raises(ValueError, match="expected vectors of shape"):
        index.search(np.zeros(shape, dtype=np.float32), k=1)


@pytest.mark.parametrize("bad", [2.0, float("nan"), float("inf")])
def test_refuses_rows_that_are_not_unit(bad: float) -> None:
    rows = random_rows(2)
    rows[1] *= bad
    with pytest.raises(ValueError, match="length 1 or 0"):
        VectorIndex.build(["a", "b"], rows)


def test_refuses_misuse() -> None:
    index = VectorIndex.build(names(3), random_rows(3))
    with pytest.raises(ValueError, match="k must be at least 1"):
        index.search(random_rows(1), k=0)
    with pytest.raises(ValueError, match="one row for each"):
        VectorIndex.build(["a", "a"], random_rows(2))
    with pytest.raises(ValueError, match="one row for each"):
        VectorIndex.build(["a"], random_rows(2))


def test_half_precision_rows_are_unit_enough() -> None:
    rows = random_rows(5)
    index = VectorIndex.build(names(5), rows.astype(np.float16).astype(np.float32))
    assert [hits[0][0] for hits in index.search(rows, k=1)] == names(5)


def test_saved_and_loaded(tmp_path: Path) -> None:
    rows = random_rows(50)
    index = VectorIndex.build(names(50, "段"), rows).updated(["段3"], ["new"], random_rows(1, seed=5))
    index.save(tmp_path / "索引")
    loaded = VectorIndex.load(tmp_path / "索引")
    assert loaded.keys() == index.keys()
    assert loaded.search(rows, k=7) == index.search(rows, k=7)
    assert loaded.updated([], ["newer"], random_rows(1, seed=6)).keys() == [*index.keys(), "newer"]


@pytest.mark.parametrize("name", ["index.faiss", "keys.json"])
def test_a_flipped_byte_is_seen(tmp_path: Path, name: str) -> None:
    VectorIndex.build(names(50), random_rows(50)).save(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        VectorIndex.load(tmp_path)


def test_another_format_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    VectorIndex.build(names(3), random_rows(3)).save(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["format"], manifest["dim"], manifest["count"]) == (1, 32, 3)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"format": 2}))
    with pytest.raises(ValueError, match="format 1"):
        VectorIndex.load(tmp_path)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError):
        VectorIndex.load(tmp_path)


def test_searching_while_another_thread_updates() -> None:
    rows = random_rows(400)
    current = VectorIndex.build(names(200), rows[:200])
    stop, failures = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            index = current
            found = [hits[0][0] for hits in index.search(rows[100:120], k=3)]
            if found != [f"p{number}" for number in range(100, 120)]:
                failures.append(found)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(100):
        current = current.updated([f"p{number}"], [f"p{200 + number}"], rows[200 + number : 201 + number])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert current.keys() == names(300)[100:]
