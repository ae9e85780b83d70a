"""Cases: what a thumbs-down becomes, what is refused, and that a set is never left worse than it was."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from embeddings.hashing_encoder import HashingEncoder
from eval import cases
from eval.cases import append_case, case_of, check_set, find_gold, gold_of
from eval.collection import Collection
from eval.datasets import DatasetError, read_queries
from eval.gold import pin
from qa.assistant import Assistant
from qa.records import Feedback, text_at

ENCODER = HashingEncoder(dim=64)
ROOT = Path(__file__).parents[1]
Run = Callable[..., Result]
DOCUMENTS = {
    "塔/日志.txt": "灯塔看守人换班的日子是每月初三。\n\n看守人的名字叫秦守岸，他守了二十六年。\n",
    "塔/日誌.txt": "看守人的名字叫秦守岸，他守了二十六年。\n",
    "茶.txt": "茶社去年收购鲜叶十二万斤，比前一年增长百分之八。\n\n鲜叶的价钱没有变。\n",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three documents in which two thumbs-downs and a thumbs-up were given."""
    folder = tmp_path_factory.mktemp("made")
    for name, text in DOCUMENTS.items():
        path = folder / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with Assistant.open(folder / "library", encoder=ENCODER) as assistant:
        assistant.ingest([folder / "documents"])
        for query, verdict in (("茶社去年收购了多少鲜叶？", "down"), ("渡口的船票几分钱？", "down"), ("看守人叫什么？", "up")):
            assistant.library.add_feedback(assistant.ask(query), verdict)  # type: ignore[arg-type]
    return folder / "library"


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A folder with a copy of that library."""
    shutil.copytree(made, tmp_path / "library")
    return tmp_path


@pytest.fixture
def assistant(home: Path) -> Iterator[Assistant]:
    with Assistant.open(home / "library", encoder=ENCODER) as assistant:
        yield assistant


@pytest.fixture
def collection(assistant: Assistant) -> Collection:
    return Collection(assistant.library)


@pytest.fixture
def feedback(assistant: Assistant) -> Feedback:
    return assistant.library.feedback()[0]


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command over the library, opened with the encoder it was made with."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(cases.case)
    monkeypatch.setattr(cases, "_open", lambda library, encoder: Assistant.open(library, encoder=ENCODER))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["--library", str(home / "library"), *arguments])

    return run


def downs(home: Path) -> list[Feedback]:
    with Assistant.open(home / "library", encoder=ENCODER) as assistant:
        return [one for one in assistant.library.feedback() if one.verdict == "down"]


# gold


def test_a_quote_is_found_in_the_one_document_that_holds_it_and_is_given_in_its_words(collection: Collection) -> None:
    gold = find_gold("換班的日子 是每月初三", "", collection)
    assert (gold.document, gold.quote) == ("塔/日志.txt", "换班的日子是每月初三")


def test_a_quote_in_several_documents_is_refused_until_one_is_named(collection: Collection) -> None:
    with pytest.raises(DatasetError, match=r"is in 2 documents \(塔/日志\.txt, 塔/日誌\.txt\); name one"):
        find_gold("他守了二十六年", "", collection)
    assert find_gold("他守了二十六年", "日誌.txt", collection).document == "塔/日誌.txt"


def test_a_quote_that_stands_nowhere_is_refused(collection: Collection) -> None:
    with pytest.raises(DatasetError, match="in no document of the library"):
        find_gold("换班的日子是初四", "", collection)
    with pytest.raises(DatasetError, match=r"not in 茶\.txt"):
        find_gold("换班的日子是每月初三", "茶.txt", collection)
    with pytest.raises(DatasetError, match="found 0"):
        find_gold("换班的日子是每月初三", "没有.txt", collection)


def test_at_most_five_documents_are_listed(home: Path) -> None:
    (home / "册").mkdir()
    for number in range(7):
        (home / "册" / f"{number}.txt").write_text(f"第{number}册。\n\n同一句套话，抄了七遍。\n", encoding="utf-8")
    with Assistant.open(home / "library", encoder=ENCODER) as assistant:
        assistant.ingest([home / "册"])
        with pytest.raises(DatasetError, match=r"in 7 documents \(0.txt, 1.txt, 2.txt, 3.txt, 4.txt, …\)"):
            find_gold("抄了七遍", "", Collection(assistant.library))


def test_a_passage_as_gold_is_pinned_to_its_own_place(assistant: Assistant, collection: Collection, feedback: Feedback, home: Path) -> None:
    for name in collection.names:
        for passage in collection.passages(name):
            out = home / f"{passage.passage_id}.jsonl"
            append_case(case_of(feedback, gold_of(passage, collection)), out, collection)
            [query] = pin(read_queries(out), collection)
            assert {gold.document for gold in query.gold} == {name}
            text = collection.document(name).text
            assert text_at(text, [gold.span for gold in query.gold]) == "".join(text[s.start : s.end].strip() for s in passage.spans)


# writing


def test_a_case_is_one_line_of_the_own_form_and_the_others_stay_as_they_are(collection: Collection, feedback: Feedback, home: Path) -> None:
    out = home / "set.jsonl"
    first = '{"id":"q1",  "query":"价钱变了吗？","answers":[],"answerable":true,"gold":[{"document":"茶.txt","quote":"价钱没有变"}]}'
    out.write_text(first, encoding="utf-8")  # by hand, without an end of line
    out.chmod(0o640)
    append_case(case_of(feedback, [find_gold("鲜叶十二万斤", "", collection)], ["十二万斤"]), out, collection)
    old, new, end = out.read_text(encoding="utf-8").split("\n")
    assert (old, end) == (first, "")
    assert json.loads(new) == {
        "id": f"fb-{feedback.feedback_id}",
        "query": "茶社去年收购了多少鲜叶？",
        "answers": ["十二万斤"],
        "answerable": True,
        "gold": [{"document": "茶.txt", "quote": "鲜叶十二万斤"}],
    }
    assert out.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in home.iterdir()) == ["library", "set.jsonl"], "nothing is left beside it"


def test_an_unanswerable_case_has_no_gold(collection: Collection, feedback: Feedback, home: Path) -> None:
    append_case(case_of(feedback, []), home / "set.jsonl", collection)
    [draft] = read_queries(home / "set.jsonl")
    assert (draft.answerable, draft.gold, draft.answers) == (False, (), ())


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ('{"id": "fb-%s", "query": "问", "answers": [], "answerable": false}\n', "repeats the id"),
        ("这不是 JSON\n", "set.jsonl, line 1"),
        (b"\xff\xfe\x00", "set.jsonl cannot be read as UTF-8"),
    ],
)
def test_a_set_that_could_not_be_read_afterwards_is_left_as_it_was(
    collection: Collection, feedback: Feedback, home: Path, before: str | bytes, message: str
) -> None:
    out = home / "set.jsonl"
    held = before if isinstance(before, bytes) else before.replace("%s", feedback.feedback_id).encode()
    out.write_bytes(held)
    with pytest.raises(DatasetError, match=message):
        append_case(case_of(feedback, []), out, collection)
    assert out.read_bytes() == held


def test_gold_that_is_not_in_the_library_is_not_written(collection: Collection, feedback: Feedback, home: Path) -> None:
    gold = find_gold("鲜叶十二万斤", "", collection)
    with pytest.raises(DatasetError, match="not in"):
        append_case(case_of(feedback, [type(gold)("茶.txt", "鲜叶十三万斤")]), home / "set.jsonl", collection)
    assert not (home / "set.jsonl").exists()


def test_a_place_that_cannot_be_written_is_one_sentence(collection: Collection, feedback: Feedback, home: Path) -> None:
    for out in (home / "nowhere" / "set.jsonl", home / "library"):
        with pytest.raises(DatasetError, match="cannot be written"):
            append_case(case_of(feedback, []), out, collection)


# checking


def test_a_set_with_every_fault_names_each_with_its_line(collection: Collection, home: Path) -> None:
    out = home / "set.jsonl"
    gold = [{"document": "茶.txt", "quote": "鲜叶十三万斤"}, {"document": "没有.txt", "quote": "鲜叶"}]
    lines = [
        {"id": "a", "query": "价钱变了吗？", "answers": [], "answerable": True, "gold": [{"document": "茶.txt", "quote": "价钱没有变"}]},
        {"id": "b", "query": "收了多少？", "answers": ["十三万斤"], "answerable": True, "gold": gold},
        {"id": "a", "query": "灯泡多少瓦？", "answers": [], "answerable": False},
        {"id": "c", "query": "灯泡多少瓦？", "answers": []},
    ]
    out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines) + "{\n", encoding="utf-8")
    drafts, problems = check_set(out, collection)
    assert [draft.query_id for draft in drafts] == ["a", "b", "a"]
    wanted = [
        "line 3 (a) repeats the id",
        "line 4 lacks 'answerable'",
        "line 5 is not JSON",
        "line 2 (b): the quote",
        "line 2 (b): expected",
    ]
    assert len(problems) == len(wanted)
    for problem, part in zip(problems, wanted, strict=True):
        assert problem.startswith("set.jsonl, ")
        assert part in problem
        assert "\n" not in problem


@pytest.mark.parametrize(
    ("text", "problem"), [("", "holds no queries"), ('[{"id": "a"},\n {"id": "b"}]', "one JSON array"), (None, "there is no file")]
)
def test_what_is_wrong_with_a_whole_file_is_said_once(collection: Collection, home: Path, text: str | None, problem: str) -> None:
    if text is not None:
        (home / "set.jsonl").write_text(text, encoding="utf-8")
    drafts, problems = check_set(home / "set.jsonl", collection)
    assert drafts == []
    assert len(problems) == 1
    assert problem in problems[0]


# the command


def test_the_list_shows_the_open_thumbs_downs(run: Run, home: Path) -> None:
    result = run()
    answered, refused = downs(home)
    assert result.exit_code == 0
    assert f"{answered.feedback_id}  {answered.given[:10]}" in result.output
    assert "茶社去年收购了多少鲜叶？" in result.output
    assert "answered: 茶社去年收购鲜叶十二万斤" in result.output
    assert "(茶.txt)" in result.output
    assert f"refused: {refused.reason}" in result.output
    assert "看守人叫什么" not in result.output
    assert "2 open" in result.output


def test_a_thumbs_down_becomes_a_case_and_is_done_with(run: Run, home: Path) -> None:
    answered, refused = downs(home)
    out = home / "set.jsonl"
    made = run(answered.feedback_id[:8], "--out", str(out), "--quote", "鲜叶十二万斤", "--answer", "十二万斤", "--answer", "12万斤")
    assert (made.exit_code, made.output) == (0, f"fb-{answered.feedback_id} is in {out}\n")
    assert downs(home) == [refused]
    assert run(refused.feedback_id, "--out", str(out), "--unanswerable", "--keep").exit_code == 0
    assert downs(home) == [refused]
    assert [(draft.answerable, draft.answers) for draft in read_queries(out)] == [(True, ("十二万斤", "12万斤")), (False, ())]
    checked = run("--check", str(out))
    assert (checked.exit_code, checked.output) == (0, "2 queries, 1 answerable, all gold found\n")
    out.write_text(out.read_text(encoding="utf-8").replace("鲜叶十二万斤", "鲜叶十三万斤"), encoding="utf-8")
    checked = run("--check", str(out))
    assert checked.exit_code == 1
    assert "set.jsonl, line 1" in checked.output


def test_a_case_that_fails_its_check_leaves_the_thumbs_down_open(run: Run, home: Path) -> None:
    first, _ = before = downs(home)
    result = run(first.feedback_id, "--out", str(home / "set.jsonl"), "--quote", "鲜叶十三万斤")
    assert isinstance(result.exception, DatasetError)
    assert downs(home) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ID"], "--out"),
        (["--out", "x.jsonl"], "name the thumbs-down"),
        (["ID", "--out", "x.jsonl"], "--quote"),
        (["ID", "--out", "x.jsonl", "--quote", "叶", "--unanswerable"], "--unanswerable"),
        (["ID", "--check", "x.jsonl"], "--check"),
    ],
)
def test_misuse_is_exit_code_two_with_what_to_do(run: Run, home: Path, arguments: list[str], message: str) -> None:
    result = run(*(downs(home)[0].feedback_id if one == "ID" else one for one in arguments))
    assert result.exit_code == 2
    assert message in result.output


def test_an_unknown_id_is_named(run: Run, home: Path) -> None:
    unknown = run("zzz", "--out", str(home / "set.jsonl"), "--unanswerable")
    assert "'zzz', found none" in str(unknown.exception)


def test_looking_for_a_library_makes_none(home: Path) -> None:
    with pytest.raises(DatasetError, match="no library"):
        cases.case(home / "nowhere")
    assert not (home / "nowhere").exists()


def at_a_terminal(home: Path, feedback_id: str, typed: str) -> str:
    """What the command says to somebody who types this at a terminal."""
    program = """if True:
        import typer
        from embeddings.hashing_encoder import HashingEncoder
        from eval import cases
        from qa.assistant import Assistant
        cases._open = lambda library, encoder: Assistant.open(library, encoder=HashingEncoder(dim=64))
        typer.run(cases.case)
    """
    command = [sys.executable, "-c", program, "--library", home / "library", feedback_id, "--out", home / "set.jsonl"]
    master, slave = pty.openpty()
    os.write(master, typed.encode())
    done = subprocess.run(command, cwd=ROOT, stdin=slave, capture_output=True, text=True, check=True, timeout=60)
    os.close(slave)
    os.close(master)
    return done.stdout


def test_at_a_terminal_a_number_a_quote_or_a_dash_is_asked_for(home: Path) -> None:
    answered, refused = downs(home)
    said = at_a_terminal(home, answered.feedback_id, "没有的话\n1\n十二万斤\n")
    assert "1. 茶.txt: 茶社去年收购鲜叶十二万斤" in said
    assert "in no document of the library" in said
    at_a_terminal(home, refused.feedback_id, "-\n")
    first, second = read_queries(home / "set.jsonl")
    assert first.gold[0].document == "茶.txt"
    assert "十二万斤" in first.gold[0].quote
    assert first.answers == ("十二万斤",)
    assert not second.answerable
    assert downs(home) == []
