"""Reading sets: one's own, the files of the data folder, and what is said when they are not right."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from eval import datasets
from eval.datasets import DatasetError, Draft, DraftGold, data_folder, files, first_queries, own, read_queries
from eval.datasets.files import KNOWN, Known, check_counts, open_text, present, read_text, sha256_of
from qa.sample import queries_file


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


def query(**fields: object) -> dict[str, object]:
    """A line that is right, but for the fields that are given."""
    return {
        "id": "1",
        "query": "哪天闭馆？",
        "answers": ["周一"],
        "answerable": True,
        "gold": [{"document": "a", "quote": "周一"}],
    } | fields


def read_one(tmp_path: Path, line: dict[str, object]) -> Draft:
    (draft,) = read_queries(write_lines(tmp_path / "set.jsonl", line))
    return draft


def test_the_public_names_are_sorted_and_there() -> None:
    names = datasets.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))  # as the linter sorts them
    assert all(hasattr(datasets, name) for name in names)


# own sets


def test_an_own_set_is_read_with_quotes_spans_or_places_of_answers(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "set.jsonl",
        {"id": "1", "query": "a", "answers": ["x"], "answerable": True, "type": "when", "gold": [{"document": "d", "quote": "axb"}]},
        {"id": "2", "query": "b", "answers": [], "answerable": True, "gold": [{"document": "d", "start": 3, "end": 9}]},
        {"id": "3", "query": "c", "answers": ["x", "y"], "answerable": True, "doc": "d"},
        {"id": "4", "query": "d", "answers": [], "answerable": False, "doc": None, "script": "hant", "type": "how_many", "note": "看不到"},
    )
    one, two, three, four = read_queries(path)
    assert (one.gold, one.slices) == ((DraftGold("d", "axb"),), ("type: when",))
    assert two.gold == (DraftGold("d", start=3, end=9),)
    assert three.gold == (DraftGold("d", "x"), DraftGold("d", "y"))
    assert (four.gold, four.answerable, four.origin) == ((), False, "set.jsonl, line 4 (4)")
    assert four.slices == ("query script: hant", "type: how many")


def test_what_else_a_line_may_say(tmp_path: Path) -> None:
    line = query(also=[["三层", "3层"], ["八万册"]], evidences=["逢周一闭馆"], among=["a.txt", "b.txt"], without=["c.txt"])
    draft = read_one(tmp_path, line)
    assert draft.also == (("三层", "3层"), ("八万册",))
    assert (draft.evidences, draft.among, draft.without) == (("逢周一闭馆",), ("a.txt", "b.txt"), ("c.txt",))
    quote_and_place = read_one(tmp_path, query(gold=[{"document": "a", "quote": "周一", "start": 4, "end": 6}]))
    assert quote_and_place.gold == (DraftGold("a", "周一", 4, 6),)


def test_byte_order_mark_windows_lines_blank_lines_and_odd_separators_are_taken(tmp_path: Path) -> None:
    lines = [json.dumps(query(id=str(number), note="一\u2028二\x85三"), ensure_ascii=False) for number in range(2)]
    path = tmp_path / "set.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(lines).encode() + b"\r\n")
    first, second = read_queries(path)
    assert (first.query_id, second.origin) == ("0", "set.jsonl, line 3 (1)")


def test_the_sample_uses_known_keys_only() -> None:
    assert len(read_queries(queries_file())) == 74


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "1"', r"is not JSON \(.*\); each line holds one whole object"),
        ("{", "each line holds one whole object"),
        ('["id"]', "expected an object in braces"),
        ('{"query": "a", "answers": [], "answerable": false}', "lacks 'id'"),
        (query(answerable="no"), "true or false, got 'no'"),
        (query(gold=[]), "an answerable query needs gold"),
        (query(answerable=False), "an unanswerable one has none"),
        (query(answers=[7]), '"answers": expected text, got 7'),
        (query(answers=[""]), '"answers": expected text'),  # would stand in every text
        (query(answers="周一"), "\"answers\" is a list, got '周一'"),  # would be read letter by letter
        (query(query=" "), '"query": expected text'),
        (query(id="q 1"), "white space, which would break TREC files"),
        (query(id=1), '"id": expected text, got 1'),
        (query(gold=[{"document": "d"}]), "gold needs a quote"),
        (query(gold=[{"quote": "d"}]), "lacks 'document'"),
        (query(gold=[{"document": "d", "qoute": "x"}]), 'no key "qoute"; known are document, quote, start, end'),
        (query(gold=[{"document": "d", "start": 9, "end": 3}]), "0 <= start < end"),
        (query(gold=[{"document": "d", "start": 1.5, "end": 3}]), '"start" counts code points from 0, got 1.5'),
        (query(gold=[{"document": "d", "quote": "x", "end": 3}]), 'goes with a smaller "start"'),
        (query(gold={"document": "d", "quote": "x"}), '"gold" is a list'),
        (query(gold=["周一"]), "expected an object in braces, got '周一'"),
        (query(doc="d"), 'it has "gold" and "doc"'),
        (query(answerble=True), 'no key "answerble"; known are id, query, answers, answerable'),
        (query(also=["三层"]), '"also" is a list'),
        (query(also=[[]]), '"also" has an empty list'),
        (query(among="a.txt"), '"among" is a list'),
        (query(type=3), '"type": expected text, got 3'),
        ('{"id": "\\ud800", "query": "a", "answers": [], "answerable": false}', "is not a judged query"),
        (query(id="0"), r"line 2 \(0\) repeats the id of set\.jsonl, line 1 \(0\)"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str | dict[str, object], said: str) -> None:
    path = tmp_path / "set.jsonl"
    text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
    path.write_text('{"id": "0", "query": "a", "answers": [], "answerable": false}\n' + text, encoding="utf-8")
    with pytest.raises(DatasetError, match=said) as caught:
        read_queries(path)
    assert str(caught.value).startswith("set.jsonl, line 2")


def test_a_json_array_is_told_from_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(json.dumps([query(), query(id="2")], indent=2), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"set\.json is one JSON array; it should be JSON Lines: one object a line"):
        read_queries(path)


def test_a_file_that_is_not_there_empty_or_not_utf8_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no file"):
        read_queries(tmp_path / "none.jsonl")
    with pytest.raises(DatasetError, match="cannot be read as UTF-8"):
        read_queries(tmp_path)
    for content, said in [
        (b"", "holds no queries; it should have one JSON object a line"),
        (b"\n \r\n", "holds no queries"),
        ("图书馆".encode("gb18030"), "cannot be read as UTF-8"),
        ("图书馆".encode("utf-16"), "cannot be read as UTF-8"),
    ]:
        (tmp_path / "bad.jsonl").write_bytes(content)
        with pytest.raises(DatasetError, match=said):
            read_queries(tmp_path / "bad.jsonl")


def test_every_key_of_the_format_is_explained() -> None:
    explained = own.__doc__ or ""
    assert all(f'"{key}"' in explained for key in own.KEYS)


# the files of the data folder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one known file of two lines."""
    (tmp_path / "data").mkdir()
    content = lzma.compress("一\n二\n".encode())
    (tmp_path / "data" / "few.txt.xz").write_bytes(content)
    monkeypatch.setitem(KNOWN, "few.txt.xz", Known(hashlib.sha256(content).hexdigest(), {"documents": 2, "queries": 5}))
    return tmp_path


def test_the_data_folder_is_the_one_named_else_that_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("named", "of the environment"):
        (tmp_path / name / "data").mkdir(parents=True)
    monkeypatch.setenv("CHUCHU_DATA", str(tmp_path / "of the environment"))
    assert data_folder(tmp_path / "named") == tmp_path / "named"
    assert data_folder(None) == tmp_path / "of the environment"


def test_without_either_it_is_the_one_beside_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHUCHU_DATA", raising=False)
    monkeypatch.setattr(Path, "is_dir", lambda path: True)
    assert data_folder(None) == Path(__file__).parents[2] / "shared"


def test_a_data_folder_that_is_absent_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"the measuring data is not in .*--data or CHUCHU_DATA"):
        data_folder(tmp_path)


def test_a_known_file_is_found(data: Path) -> None:
    path = present(data, "few.txt.xz")
    assert read_text(path) == "一\n二\n"
    with open_text(path) as file:
        assert list(file) == ["一\n", "二\n"]


def test_a_file_that_is_missing_gets_one_sentence(data: Path) -> None:
    (data / "data" / "few.txt.xz").unlink()
    with pytest.raises(DatasetError, match=r"not complete: .*few\.txt\.xz is missing; copy it there"):
        present(data, "few.txt.xz")


def test_another_version_of_a_file_is_told_by_its_hash(data: Path) -> None:
    other = lzma.compress("一\n三\n".encode())
    (data / "data" / "few.txt.xz").write_bytes(other)
    expected, got = KNOWN["few.txt.xz"].sha256[:12], hashlib.sha256(other).hexdigest()[:12]
    with pytest.raises(DatasetError, match=rf"another version of the file: expected sha256 {expected}…, got {got}…; its figures would not"):
        present(data, "few.txt.xz")


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-9], lambda content: b"\0" + content, lambda content: content[:40] + b"x" * 40]
)
def test_a_file_that_is_cut_short_or_damaged_is_told_from_another_version(data: Path, damage: Callable[[bytes], bytes]) -> None:
    path = data / "data" / "few.txt.xz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetError, match=r"few\.txt\.xz is damaged or cut short, copy it again"):
        present(data, "few.txt.xz")


def test_wrong_counts_are_said(data: Path) -> None:
    check_counts("few.txt.xz", documents=2, queries=5)
    with pytest.raises(DatasetError, match=r"reading few\.txt\.xz gave 1 documents instead of 2, 7 queries instead of 5"):
        check_counts("few.txt.xz", documents=1, queries=7)


def test_a_hash_covers_names_bytes_order_and_other_texts_but_not_the_folder(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_bytes(b"1")
        (tmp_path / folder / "b").write_bytes(b"2")
    a, b = tmp_path / "one" / "a", tmp_path / "one" / "b"
    hashes = [sha256_of([a, b]), sha256_of([b, a]), sha256_of([a]), sha256_of([a, b], "x"), sha256_of([a, b], "x", "y")]
    assert len(set(hashes)) == 5
    assert sha256_of([tmp_path / "two" / "a", tmp_path / "two" / "b"]) == hashes[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_files_are_those_that_are_known(shared: Path, name: str) -> None:
    assert present(shared, name) == shared / KNOWN[name].folder / name


def test_every_known_version_is_a_sha256() -> None:
    assert all(len(bytes.fromhex(known.sha256)) == 32 for known in KNOWN.values())
    assert {files.NEWS, files.CMRC_TRAIN, files.CMRC_DEV, files.DRCD_DEV, files.EXPMRC_DEV, files.CAIL_DEV, files.CRUD, files.RGB} < set(
        KNOWN
    )


# a part of a set


def test_a_limit_takes_that_many_of_each_slice_spread_evenly() -> None:
    drafts = [Draft(f"{name}{i}", "", (), False, (), "", slices=(name,)) for name in "ab" for i in range(7)]
    assert [d.query_id for d in first_queries(drafts, 3)] == ["a0", "a2", "a4", "b0", "b2", "b4"]
    assert len(first_queries(drafts, 100)) == 14


def test_a_reworded_draft_keeps_its_gold_and_says_where_it_comes_from() -> None:
    draft = Draft("q1", "几时？", ("周一",), True, (DraftGold("a", "周一"),), "set, line 1", slices=("set: mine",))
    made = draft.reworded("-2", "何时？", "family: group")
    assert (made.query_id, made.text, made.made_from) == ("q1-2", "何时？", "q1")
    assert (made.gold, made.answers, made.slices) == (draft.gold, draft.answers, ("set: mine", "family: group"))
