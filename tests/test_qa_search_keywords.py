"""The keyword index: finding, changing, damage, other readers, disks that cannot be written."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import LibraryDamagedError, LibraryFullError, LibraryReadOnlyError
from qa.library.derived import IndexRow, LogEntry
from qa.search import keywords
from qa.search.analysis import Term, analyse, query_terms
from qa.search.keywords import KeywordIndex

TEXTS = {
    "p1": "图书馆周一闭馆，周二上午九点开门。",
    "p2": "茶叶合作社今年收茶三千斤，比去年多一成。",
    "p3": "縣城到茶山的公交車每天六班，末班車下午五點。",
    "p4": "周一的公交车加开两班。",
}


def row(passage_id: str, text: str) -> IndexRow:
    return IndexRow(passage_id, analyse(text), None)


def add(sequence: int, passage_id: str, text: str) -> LogEntry:
    return LogEntry(sequence, "add", passage_id, row(passage_id, text))


def replace(path: Path, data: bytes) -> None:
    """Other bytes under the same name, in a new file: one that is mapped must not shrink."""
    path.unlink()
    path.write_bytes(data)


def found(index: KeywordIndex, query: str, k: int = 10) -> list[str]:
    return [passage_id for passage_id, _ in index.search(query_terms(query), k)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an index of TEXTS at position 4."""
    folder = tmp_path / "keywords"
    KeywordIndex(folder).rebuild((row(passage_id, text) for passage_id, text in TEXTS.items()), 4)
    return folder


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("图书馆哪天闭馆？", "p1"),
        ("圖書館哪天閉館？", "p1"),
        ("县城到茶山的公交车几点末班？", "p3"),
        ("茶叶合作社收了多少斤茶？", "p2"),
        ("三千斤", "p2"),
    ],
)
def test_finds_in_either_script(folder: Path, query: str, first: str) -> None:
    assert found(KeywordIndex(folder), query)[0] == first


def test_scores_fall_and_ties_go_to_the_smaller_id() -> None:
    index = KeywordIndex(None)
    index.rebuild([row(passage_id, "周一闭馆") for passage_id in ("b", "a", "c")], 1)
    hits = index.search(query_terms("周一"), 10)
    assert [passage_id for passage_id, _ in hits] == ["a", "b", "c"]
    assert len({score for _, score in hits}) == 1


def test_scores_are_bm25() -> None:
    """One term, one field: idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean length)), lengths below 40."""
    index = KeywordIndex(None)
    index.rebuild([IndexRow("p1", {"c": "茶 茶 山"}, None), IndexRow("p2", {"c": "山"}, None)], 1)
    idf = 0.6931471805599453  # ln(1 + (2 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / 2))
    assert index.search([Term("c", "茶", 1.0)], 1) == [("p1", pytest.approx(expected, rel=1e-5))]
    assert index.search([Term("c", "茶", 0.5)], 1) == [("p1", pytest.approx(expected / 2, rel=1e-5))]


def test_among_restricts_and_does_not_change_scores(folder: Path) -> None:
    index = KeywordIndex(folder)
    everywhere = dict(index.search(query_terms("周一公交"), 10))
    assert dict(index.search(query_terms("周一公交"), 10, among=["p1", "p4", "nowhere"])) == {
        passage_id: pytest.approx(everywhere[passage_id]) for passage_id in ("p1", "p4")
    }


def test_k_must_be_positive(folder: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        KeywordIndex(folder).search(query_terms("茶"), 0)


def test_a_query_without_known_terms_finds_nothing(folder: Path) -> None:
    index = KeywordIndex(folder)
    assert found(index, "量子") == found(index, "") == []


def test_a_long_query_is_asked_by_its_rarest_terms(folder: Path) -> None:
    assert found(KeywordIndex(folder), "".join(map(chr, range(0x4E00, 0x5E00))) + "茶叶合作社", 1) == ["p2"]


def test_frequencies(folder: Path) -> None:
    terms = [Term("c", "周一", 1.0), Term("w", "图书馆", 1.0), Term("w", "飞机", 1.0)]
    assert list(KeywordIndex(folder).frequencies(terms).values()) == [2, 1, 0]


def test_apply_deletes_then_adds_and_is_seen_by_the_next_open(folder: Path) -> None:
    index = KeywordIndex(folder)
    index.apply(
        [LogEntry(5, "delete", "p1"), add(6, "p1", "图书馆改在周三闭馆。"), LogEntry(7, "delete", "p2"), LogEntry(8, "add", "gone")], 8
    )
    for reader in (index, KeywordIndex(folder)):
        assert reader.position() == 8
        assert reader.ids() == {"p1", "p3", "p4"}
        assert found(reader, "周三")[0] == "p1"
        assert "p2" not in found(reader, "茶叶合作社")


CHANGES = st.lists(
    st.tuples(st.sampled_from(["add", "delete"]), st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(["茶", "茶山", "周一"]))
)


@given(CHANGES)
def test_applying_twice_equals_applying_once_equals_a_rebuild(changes: list[tuple[str, str, str]]) -> None:
    entries = [
        add(number, passage_id, text) if operation == "add" else LogEntry(number, "delete", passage_id)
        for number, (operation, passage_id, text) in enumerate(changes, start=1)
    ]
    left: dict[str, str] = {}
    for operation, passage_id, text in changes:
        left.pop(passage_id, None)
        if operation == "add":
            left[passage_id] = text
    once, twice = KeywordIndex(None), KeywordIndex(None)
    for index, times in ((once, 1), (twice, 2)):
        index.rebuild([], 0)
        for _ in range(times):
            index.apply(entries, len(entries))
    assert once.ids() == twice.ids() == left.keys()
    for query in ("茶", "山", "周一"):
        assert set(found(once, query)) == set(found(twice, query)) == {item for item, text in left.items() if query in text}


def test_an_empty_index_is_an_index() -> None:
    index = KeywordIndex(None)
    assert index.position() == -1
    index.rebuild([], 0)
    assert (index.position(), index.n_passages, index.ids(), index.any_id(), found(index, "茶")) == (0, 0, set(), "", [])


def test_a_rebuild_leaves_nothing_of_the_old_generation(folder: Path) -> None:
    index = KeywordIndex(folder)
    index.apply([LogEntry(5, "delete", "p2")], 5)
    assert "合作社" in set(index.terms("w"))  # a deleted word stays in the dictionary
    before = set(folder.iterdir())
    index.rebuild([row("p1", TEXTS["p1"])], 5)
    assert "合作社" not in set(index.terms("w"))
    assert index.frequencies([Term("w", "合作社", 1.0)]) == {Term("w", "合作社", 1.0): 0}
    assert len(set(folder.iterdir())) == 1
    assert not before & set(folder.iterdir())


def test_a_flipped_byte_in_any_file_is_noticed(folder: Path) -> None:
    index = KeywordIndex(folder)
    index.apply([LogEntry(5, "delete", "p2"), add(6, "p5", "茶山开园。")], 6)  # so that there are deletes, too
    files = [path for path in folder.glob("*/*") if path.stat().st_size]
    assert len(files) > 6
    for path in files:
        sound = path.read_bytes()
        for place in {0, len(sound) // 2, len(sound) - 1}:
            replace(path, sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
            assert KeywordIndex(folder).position() == -1, path.name
            assert index.damage() or path.name == "manifest.json"
        replace(path, sound)
    assert KeywordIndex(folder).position() == 6
    assert index.damage() == ""


@pytest.mark.parametrize("remains", ["nothing", "half a file", "another analyser", "a newer format"])
def test_what_cannot_be_used_is_built_again(folder: Path, remains: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (generation,) = folder.iterdir()
    if remains == "nothing":
        shutil.rmtree(folder)
    elif remains == "half a file":
        largest = max(generation.iterdir(), key=lambda path: path.stat().st_size)
        replace(largest, largest.read_bytes()[:10])
    elif remains == "another analyser":
        monkeypatch.setattr(keywords, "analyser_fingerprint", lambda: "terms/next")
    else:
        values = json.loads((generation / "manifest.json").read_bytes())
        (generation / "manifest.json").write_text(json.dumps({**values, "format": 2}), encoding="utf-8")
    index = KeywordIndex(folder)
    assert index.position() == -1
    with pytest.raises(LibraryDamagedError, match="built again"):
        index.search(query_terms("茶"), 1)
    with pytest.raises(ValueError, match="rebuilt"):
        index.apply([], 5)
    index.rebuild([row("p9", "茶园")], 5)
    assert found(KeywordIndex(folder), "茶园") == ["p9"]


@pytest.mark.parametrize("suffix", ["meta.json", ".managed.json", ".term", ".idx", ".store", ".fieldnorm", ".pos", ".fast"])
@pytest.mark.parametrize("damage", ["ones", "half", "empty"])
def test_damage_that_no_hash_has_seen_is_never_a_panic(folder: Path, suffix: str, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a library too large to be hashed when it is opened: what tantivy makes of such bytes is an answer, or one of our errors."""
    monkeypatch.setattr(keywords.generations, "damage", lambda *_, **__: "")
    path = next(path for path in folder.glob("*/*") if path.name.endswith(suffix))
    sound = path.read_bytes()
    replace(path, {"ones": b"\xff" * len(sound), "half": sound[: len(sound) // 2], "empty": b""}[damage])
    index = KeywordIndex(folder)
    uses = (lambda: found(index, "茶山周一"), index.ids, lambda: list(index.terms("c")), index.any_id)
    for use in uses:
        try:
            use()
        except LibraryDamagedError:
            assert index.position() == -1
    if index.position() != -1:
        index.apply([LogEntry(5, "delete", "p1")], 5)
        assert index.position() in (5, -1)


def test_a_killed_write_is_swept_and_costs_nothing(folder: Path) -> None:
    (generation,) = folder.iterdir()
    unfinished = folder / "000002"
    shutil.copytree(generation, unfinished)
    (unfinished / "manifest.json").unlink()
    index = KeywordIndex(folder)
    assert index.position() == 4
    index.apply([], 5)
    assert [path.name for path in folder.iterdir()] == ["000003"]


def test_a_failed_write_leaves_the_old_state(folder: Path) -> None:
    index = KeywordIndex(folder)

    def entries() -> Iterator[LogEntry]:
        yield LogEntry(5, "delete", "p1")
        raise LibraryDamagedError("the database went away")

    with pytest.raises(LibraryDamagedError, match="went away"):
        index.apply(entries(), 5)
    for reader in (index, KeywordIndex(folder)):
        assert reader.position() == 4
        assert found(reader, "图书馆") == ["p1"]
    assert len(list(folder.iterdir())) == 1


def test_another_reader_goes_on_and_refreshes(folder: Path) -> None:
    writer, reader = KeywordIndex(folder), KeywordIndex(folder, read_only=True)
    writer.apply([add(5, "p5", "茶山开园。")], 5)
    writer.rebuild([row("p6", "茶山开园。")], 6)
    assert found(reader, "合作社") == ["p2"]  # its generation is gone from the disk, its files are still open
    reader.refresh()
    assert (reader.position(), reader.ids()) == (6, {"p6"})


def test_searching_while_another_thread_applies(folder: Path) -> None:
    index = KeywordIndex(folder)
    stop, failures = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            try:
                assert found(index, "图书馆周一闭馆", 1) == ["p1"]
            except BaseException as error:
                failures.append(error)
                return

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for sequence in range(5, 13):
        index.apply([add(sequence, f"q{sequence}", "茶山开园。")], sequence)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(found(index, "茶山开园", 100)) >= 8


def test_read_only_writes_nothing_and_builds_in_memory(folder: Path) -> None:
    index = KeywordIndex(folder, read_only=True)
    with pytest.raises(LibraryReadOnlyError, match="reading only"):
        index.apply([], 5)
    before = sorted(folder.rglob("*"))
    index.rebuild([row("p9", "茶园")], 5)
    index.apply([add(6, "p10", "周一开园")], 6)
    index.refresh()
    assert (index.position(), index.ids()) == (6, {"p9", "p10"})
    assert sorted(folder.rglob("*")) == before


def test_a_file_system_without_hard_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    index = KeywordIndex(folder)
    index.apply([add(5, "p5", "茶山开园。")], 5)
    assert KeywordIndex(folder).ids() == {*TEXTS, "p5"}


def test_a_full_disk_is_told_and_costs_nothing(small_disk: Path) -> None:
    folder = small_disk / "keywords"
    index = KeywordIndex(folder)
    index.rebuild([row("p1", TEXTS["p1"])], 1)
    many = (IndexRow(f"q{number}", {"c": " ".join(f"{number}x{i}" for i in range(200))}, None) for number in range(4_000))
    with pytest.raises(LibraryFullError, match="free some space"):
        index.rebuild(many, 2)
    assert KeywordIndex(folder).position() == index.position() == 1
    assert found(index, "图书馆") == ["p1"]


def test_a_read_only_disk_can_be_searched(small_disk: Path) -> None:
    folder = small_disk / "keywords"
    KeywordIndex(folder).rebuild([row("p1", TEXTS["p1"])], 1)
    for lock in folder.glob("*/.*.lock"):
        lock.unlink()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    index = KeywordIndex(folder, read_only=True)
    assert found(index, "图书馆") == ["p1"]
    index.close()
