"""The command: exit codes, one clear sentence for every failure, JSON that reads back as the records."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from model_server import model_server, says
from typer.testing import CliRunner, Result

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.reading.outline import Outline
from qa.records import (
    Answer,
    Document,
    DocumentInfo,
    Feedback,
    Hit,
    IngestProgress,
    IngestReport,
    Lost,
    RemovalReceipt,
    SyncPlan,
    VerifyReport,
    from_json,
)
from ui.command import app

TEXTS = {
    "bridge.txt": "青石渡的木桥建于1931年，全长二百一十米，由同乡会集资。\n\n一九五八年大水之后，木桥改建为石桥。\n",
    "ferry.txt": "摆渡人何守田在渡口撑了四十年船，船票两分钱。\n",
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ui.command._encoder", lambda name: HashingEncoder(dim=256))
    monkeypatch.setenv("CHUCHU_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.delenv("CHUCHU_PASSWORD", raising=False)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def sentence(result: Result) -> str:
    """What a failing command says: one line, no traceback."""
    [line] = result.stderr.strip().splitlines()
    assert "Traceback" not in result.output
    return str(line)


def records(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_ingest_ask_search_and_the_library_from_end_to_end(documents: Path) -> None:
    plan = run("ingest", documents, "--dry-run", "--json")
    assert len(from_json(SyncPlan, records(plan)[0]).added) == 2
    (documents / "empty.txt").touch()
    first = run("ingest", documents, "--json")
    assert first.exit_code == 3
    *steps, last = records(first)
    done = [from_json(IngestProgress, step) for step in steps]
    assert {(step.stage, Path(step.path).name, step.outcome) for step in done} == {
        ("done", "bridge.txt", "added"),
        ("done", "ferry.txt", "added"),
        ("done", "empty.txt", "skipped"),
    }
    report = from_json(IngestReport, last)
    assert (report.added, len(report.skipped)) == (2, 1)
    (documents / "empty.txt").unlink()
    again = run("ingest", documents)
    assert (again.exit_code, "2 unchanged" in again.stdout) == (0, True)

    listed = [from_json(DocumentInfo, record) for record in records(run("library", "list", "--json"))]
    assert [Path(info.path).name for info in listed] == ["bridge.txt", "ferry.txt"]
    bridge = listed[0]
    assert TEXTS["bridge.txt"].strip() in run("library", "show", bridge.doc_id, "--text").stdout

    hits = [from_json(Hit, record) for record in records(run("search", "木橋", "-k", "5", "--json"))]
    assert hits[0].passage.doc_id == bridge.doc_id
    why = run("search", "木橋", "--why", hits[0].passage.passage_id, "--json")
    assert from_json(Lost, records(why)[0]).stage == "found"

    asked = run("ask", "青石渡的木桥建于哪一年？", "--json")
    answer = from_json(Answer, records(asked)[0])
    assert asked.exit_code == (0 if answer.status == "answered" else 3)
    assert run("ask", "青石渡的木桥建于哪一年？", "--doc", listed[1].doc_id, "--json").exit_code == 3

    verified = run("library", "verify", "--json")
    assert (verified.exit_code, from_json(VerifyReport, records(verified)[0]).problems) == (0, ())
    assert str(documents) in run("library", "root", "list").stdout

    assert run("library", "feedback").stdout == "No feedback.\n"
    with Assistant.open(encoder=HashingEncoder(dim=256)) as assistant:
        given = [assistant.library.add_feedback(assistant.ask(query), "down") for query in ("青石渡的木桥建于哪一年？", "木桥全长多少？")]
    assert [from_json(Feedback, record) for record in records(run("library", "feedback", "--json"))] == given
    assert "down  木桥全长多少？" in run("library", "feedback").stdout
    assert run("library", "feedback", "--drop", given[0].feedback_id).stdout == "1 pieces of feedback erased.\n"
    assert [record["feedback_id"] for record in records(run("library", "feedback", "--json"))] == [given[1].feedback_id]

    removed = run("library", "remove", bridge.doc_id, "--yes", "--json")
    assert from_json(RemovalReceipt, records(removed)[0]).passages_erased == bridge.n_passages
    assert run("search", "木橋", "--json").exit_code == 3 or bridge.doc_id not in run("search", "木橋", "--json").stdout


def test_a_document_is_shown_by_its_id_its_beginning_or_its_path(documents: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (documents / "bridge.txt").write_bytes(TEXTS["bridge.txt"].encode("gb18030"))
    run("ingest", documents)
    bridge, ferry = (from_json(DocumentInfo, record) for record in records(run("library", "list", "--json")))
    monkeypatch.chdir(documents)
    names = (bridge.doc_id, bridge.doc_id[:6], documents / "bridge.txt", "bridge.txt", "./bridge.txt")
    [shown] = {run("library", "show", name).stdout for name in names}
    assert "Encoding: gb18030 · by how frequent its characters are" in shown
    assert "\nparagraphs: " in shown
    info, outline = records(run("library", "show", bridge.doc_id, "--json"))
    assert from_json(DocumentInfo, info) == bridge
    [part] = from_json(Outline, outline).parts
    assert sum(count.blocks for count in part.counts) == 2
    *_, document = records(run("library", "show", bridge.doc_id, "--text", "--json"))
    assert from_json(Document, document).doc_id == bridge.doc_id
    unknown = run("library", "show", "no-such-document")
    assert (unknown.exit_code, "no document no-such-document" in sentence(unknown)) == (1, True)
    monkeypatch.chdir(tmp_path)
    assert run("library", "show", "bridge.txt").exit_code == 1, "a path is one from here, not any ending"
    first = min(length for length in range(16) if bridge.doc_id[: length + 1] != ferry.doc_id[: length + 1])
    ambiguous = run("library", "show", bridge.doc_id[:first])
    assert (ambiguous.exit_code, "2 documents have ids that begin with" in sentence(ambiguous)) == (1, True)


def test_a_long_outline_is_cut_and_says_so(tmp_path: Path) -> None:
    issue = tmp_path / "issue.md"
    issue.write_text("\n\n".join(f"## 第{number}节\n\n渡口的水位又涨了{number}寸，船停了。" for number in range(30)), encoding="utf-8")
    run("ingest", issue)
    cut, whole = run("library", "show", issue).stdout, run("library", "show", issue, "--all").stdout
    assert "headings: 30" in cut
    assert "more; --all lists them" in cut
    assert "第29节" not in cut
    assert "第29节" in whole
    assert "--all" not in whole


def test_from_and_to_reach_what_the_text_names(documents: Path) -> None:
    run("ingest", documents)

    def found(*period: str) -> list[str]:
        return [str(hit["passage"]["text"])[:3] for hit in records(run("search", "渡口 木桥", "--json", *period))]  # type: ignore[index]

    assert found("--from", "1931", "--to", "1931-06") == ["青石渡"]
    assert "青石渡" not in found("--from", "1960")
    assert run("ask", "青石渡的木桥建于哪一年？", "--from", "1999").exit_code == 3


def test_a_told_encoding_is_shown_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "短.txt"
    file.write_bytes("舊橋".encode("big5"))
    assert run("ingest", file, "--encoding", "Big5").exit_code == 0
    assert "big5hkscs" in run("library", "list").stdout
    [info] = [from_json(DocumentInfo, record) for record in records(run("library", "list", "--json"))]
    assert info.decoding.decided_by == "told"
    assert "1 unchanged" in run("ingest", file).stdout
    assert "1 updated" in run("ingest", file, "--encoding", "auto").stdout
    skipped = run("ingest", file, "--encoding", "ascii")
    assert (skipped.exit_code, "not ascii" in skipped.stdout) == (3, True)


def test_silence_is_exit_code_3_and_said_with_its_reason(documents: Path) -> None:
    run("ingest", documents)
    result = run("ask", "？！……")
    assert result.exit_code == 3
    assert result.stdout.startswith("No evidence found.")


def test_how_often_an_answer_may_be_wrong_is_told(documents: Path) -> None:
    run("ingest", documents)
    assert run("ask", "？！……", "--wrong-at-most", "1").exit_code == 3
    assert run("ask", "石桥是哪一年建成的？", "--wrong-at-most", "0").exit_code == 3
    assert run("ask", "石桥是哪一年建成的？", "--wrong-at-most", "2").exit_code == 2


def test_erasing_asks_first_and_is_misuse_where_nobody_can_be_asked(documents: Path) -> None:
    run("ingest", documents)
    (documents / "ferry.txt").unlink()
    asked = run("ingest", documents, "--prune")
    assert asked.exit_code == 2
    assert sentence(asked) == "--prune would erase 1 documents for good; confirm in a terminal, or add --yes."
    assert len(records(run("library", "list", "--json"))) == 2
    assert "1 removed" in run("ingest", documents, "--prune", "--yes").stdout
    [left] = records(run("library", "list", "--json"))
    assert run("library", "remove", str(left["doc_id"])).exit_code == 2
    assert len(records(run("library", "list", "--json"))) == 1


def test_a_moved_root_is_told(documents: Path, tmp_path: Path) -> None:
    run("ingest", documents)
    moved = documents.rename(tmp_path / "moved")
    assert run("library", "root", "move", documents, moved).exit_code == 0
    assert "2 unchanged" in run("ingest", moved).stdout
    assert run("library", "root", "move", tmp_path / "never", moved).exit_code == 2
    unknown = run("library", "root", "move", tmp_path / "never", tmp_path / "nowhere")
    assert (unknown.exit_code, "is not a root of this library" in sentence(unknown)) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [("ask", "问"), ("search", "问"), ("library", "list"), ("library", "verify"), ("library", "remove", "0" * 16, "--yes")],
)
def test_a_library_that_is_not_there_is_one_sentence_and_stays_not_there(arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert sentence(result) == f"there is no library in {tmp_path / 'library'}; `chuchu ingest FOLDER` makes one."
    assert not (tmp_path / "library").exists()


def test_the_sentences_are_chinese_in_a_chinese_locale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "里没有文库" in sentence(run("ask", "问"))
    (tmp_path / "空.txt").touch()
    told = run("ingest", tmp_path / "空.txt").stdout
    assert "跳过 1 份" in told
    assert "文件是空的" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("search", "问", "-k", "0"),
        ("search", "问", "-k", "many"),
        ("ask", "问", "--from", "去年"),
        ("ask", "问", "--to", "2021-13"),
        ("search", "问", "--from", "1931/05"),
        ("ingest", ".", "--encoding", "klingon"),
        ("chat", "--port", "0"),
        ("chat", "--port", "70000"),
        ("chat", "--sample", "--library", "here"),
        ("chat", "--host", "0.0.0.0"),
        ("ingest", "--nonsense"),
        ("nonsense",),
    ],
)
def test_misuse_is_exit_code_2_and_no_traceback(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_wider_than_this_machine_needs_a_password() -> None:
    result = run("chat", "--host", "192.168.1.20")
    assert "password is needed: set CHUCHU_PASSWORD" in sentence(result)


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("chat", "--port", str(port))
    assert result.exit_code == 1
    assert sentence(result) == f"port {port} is taken; choose another with --port, or stop the program that holds it."


def test_help_starts_at_once_and_imports_nothing_heavy() -> None:
    heavy = ("torch", "gradio", "numpy", "faiss", "tantivy", "fastapi", "sentence_transformers", "jieba", "lxml")
    code = f"import sys, ui.command; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_ctrl_c_stops_an_ingest_with_one_sentence_and_the_next_run_goes_on(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(1500):
        (documents / f"{number}.txt").write_text(f"第{number}号告示：渡口的水位又涨了{number}寸。\n" * 40, encoding="utf-8")
    command = [sys.executable, "-m", "ui.command", "ingest", str(documents), "--json"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1], env=os.environ, process_group=0
    )
    assert running.stdout is not None
    assert running.stdout.readline()
    os.killpg(running.pid, signal.SIGINT)
    started = time.monotonic()
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert err.strip().endswith("files are in the library; run the same command again to go on.")
    assert "Traceback" not in err
    assert time.monotonic() - started < 10
    acknowledged = 1 + sum('"done"' in line for line in out.splitlines())
    again = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    report = from_json(IngestReport, json.loads(again.stdout.splitlines()[-1]))
    assert report.unchanged >= acknowledged
    assert report.unchanged + report.added == 1500


@pytest.mark.slow
def test_the_doctor_passes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.command", "doctor", "--json"], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1]
    )
    failed = [check for line in done.stdout.splitlines() if not (check := json.loads(line))["ok"]]
    assert not failed
    assert done.returncode == 0


def test_a_model_server_is_named_whole_or_not_at_all(documents: Path) -> None:
    run("ingest", documents)
    assert run("ask", "木桥全长多少米？", "--llm", "http://127.0.0.1:1/v1").exit_code == 2
    assert run("ask", "木桥全长多少米？", "--llm-model", "local").exit_code == 2
    assert run("ask", "木桥全长多少米？", "--llm", "ftp://127.0.0.1/v1", "--llm-model", "local").exit_code == 2


def test_a_model_server_words_the_answer_and_its_key_stays_in_the_environment(documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", documents)
    monkeypatch.setenv("CHUCHU_LLM_KEY", "secret")
    with model_server(says("木桥全长一百米。[deadbeef]")) as server:
        result = run("ask", "木桥全长多少米？", "--llm", server.url, "--llm-model", "local")
    assert result.exit_code == 0
    assert "二百一十米" in result.output
    assert "none of the model's sentences passed the check" in result.output
    assert "bearer secret" in server.headers[0].lower()
    assert "secret" not in result.output
