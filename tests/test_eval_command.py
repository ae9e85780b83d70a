"""The command `chuchu-eval` from its options to its exit codes, over a small library that is really built."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import eval.command
from embeddings.hashing_encoder import HashingEncoder
from eval import datasets
from eval.building import build
from eval.datasets import Article, Corpus, Dataset, read_queries
from eval.measures import PROVED
from eval.metrics.intervals import Metric
from eval.outputs import read_result
from qa.assistant import Assistant

FILES = {
    "news/bridge.txt": "石桥修好了\n\n县里的老石桥去年冬天动工，今年三月十二日修好，共用去四十六万元。\n\n桥上不准停车。\n",
    "library.txt": "图书馆开放时间\n\n县图书馆每周一闭馆，其余日子早上八点半开门。\n",
}
QUERIES = [
    {"id": "q1", "query": "石桥修好用了多少钱？", "answers": ["46万元", "四十六万元"], "answerable": True},
    {"id": "q2", "query": "縣圖書館哪天閉館？", "answers": ["周一"], "answerable": True},
    {"id": "q3", "query": "体育馆的门票多少钱？", "answers": [], "answerable": False},
]
GOLD = {"q1": {"document": "news/bridge.txt", "quote": "四十六万元"}, "q2": {"document": "library.txt", "quote": "每週一閉館"}}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    path = tmp_path / "queries.jsonl"
    lines = [{**query, "gold": [GOLD[str(query["id"])]] if query["id"] in GOLD else []} for query in QUERIES]
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def dataset(files: Path, queries: Path) -> Dataset:
    return Dataset("sample", datasets.sha256_of([queries]), read_queries(queries), Corpus("sample", "1" * 64, files))


@pytest.fixture
def chuchu_eval(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, dataset: Dataset) -> Run:
    """Runs the command in an empty folder, with a small sample set and a model-free encoder: exit code, stdout, stderr."""
    load = datasets.load
    monkeypatch.setattr(eval.command, "_encoder", lambda name: HashingEncoder(64))
    monkeypatch.setattr(datasets, "load", lambda name, data: dataset if name == "sample" else load(name, data))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["chuchu-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            eval.command.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_named_set_is_built_once_measured_gated_and_compared(chuchu_eval: Run, tmp_path: Path) -> None:
    cache, floors = tmp_path / "cache", tmp_path / "floors.json"
    code, out, err = chuchu_eval("run", "--dataset", "sample", "--cache", cache, "--out", tmp_path / "one")
    assert code == 0
    assert "| span success@1 | 1.000 | 1.000–1.000 | 2 |" in out
    assert f"written to {tmp_path / 'one'}" in err
    (built,) = cache.iterdir()
    stamp = (built / "library" / "library.sqlite").stat().st_mtime_ns
    code, out, _ = chuchu_eval("run", "--dataset", "sample", "--cache", cache, "--out", tmp_path / "two", "--json")
    assert code == 0
    assert json.loads(out)["result"]["config"]["documents"] == 2
    assert list(cache.iterdir()) == [built]
    assert (built / "library" / "library.sqlite").stat().st_mtime_ns == stamp
    assert not list((built / "journals").iterdir())  # a run that is over leaves none

    systems = [system.system for system in read_result(tmp_path / "one").systems]
    assert len(systems) == 4
    assert systems[0] == "chuchu"
    for path in (tmp_path / "one").iterdir():
        if path.name not in ("environment.json", "report.html"):
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name

    code, out, _ = chuchu_eval("compare", tmp_path / "one", tmp_path / "two")
    assert code == 0
    assert "No difference at 95 %" in out
    code, out, _ = chuchu_eval("compare", tmp_path / "one", tmp_path / "one", "--row-b", systems[1], "--json")
    assert {difference["name"] for difference in json.loads(out)} >= {"MRR", "span success@1"}

    gate = ("gate", "--dataset", "sample", "--cache", cache, "--floors", floors)
    assert "pin them with --update" in chuchu_eval(*gate)[2]
    assert chuchu_eval(*gate, "--update")[0] == 0
    assert chuchu_eval(*gate)[0] == 0
    floors.write_text(floors.read_text().replace('"bound": 0.5', '"bound": 1.1'))
    code, out, _ = chuchu_eval(*gate)
    assert code == 1
    assert "FAIL" in out
    assert "--allow-lower" in chuchu_eval(*gate, "--update")[2]
    assert chuchu_eval(*gate, "--update", "--allow-lower")[0] == 0


def test_a_peer_is_measured_by_the_files_we_write_ourselves_with_the_same_figures(chuchu_eval: Run, tmp_path: Path) -> None:
    common = ("--dataset", "sample", "--cache", tmp_path / "cache")
    assert chuchu_eval("run", *common, "--no-baselines", "--out", tmp_path / "ours")[0] == 0
    files = ("--run", tmp_path / "ours" / "run-chuchu.trec", "--answers", tmp_path / "ours" / "answers-chuchu.jsonl")
    assert chuchu_eval("score", *common, *files, "--out", tmp_path / "theirs")[0] == 0
    ours, theirs = (read_result(tmp_path / name).systems[0] for name in ("ours", "theirs"))
    assert theirs.metrics == without_bundles(ours.metrics)
    assert theirs.slices == tuple(replace(part, metrics=without_bundles(part.metrics)) for part in ours.slices)
    code, _, err = chuchu_eval("score", *common)
    assert (code, "give --run, --answers or both" in " ".join(err.replace("│", " ").split())) == (2, True)


def without_bundles(metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """All but what files cannot show: they hold no evidence bundles."""
    return tuple(metric for metric in metrics if metric.name != PROVED)


def test_own_queries_are_asked_of_an_own_library_or_of_documents(chuchu_eval: Run, queries: Path, files: Path, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(64)) as assistant:
        assistant.ingest([files])
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "library").rglob("*") if path.is_file()}
    cache = ("--cache", tmp_path / "cache")
    code, out, _ = chuchu_eval("run", "--dataset", queries, "--library", tmp_path / "library", "--limit", 2, "--no-baselines", *cache)
    assert code == 0
    assert "2 queries over 2 documents" in out
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (tmp_path / "here" / "chuchu-eval-queries" / "report.html").exists()
    code, out, _ = chuchu_eval("run", "--dataset", queries, "--documents", files, "--no-answers", "--no-baselines", *cache)
    assert code == 0
    assert "3 queries over 2 documents" in out
    assert "answer in first statement" not in out


def test_a_skipped_file_is_told_and_is_exit_code_3(chuchu_eval: Run, files: Path, tmp_path: Path) -> None:
    (files / "empty.txt").write_bytes(b"")
    code, _, err = chuchu_eval("run", "--dataset", "sample", "--cache", tmp_path / "cache", "--no-baselines")
    assert code == 3
    assert "empty.txt" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run"], 2, "Missing option '--dataset'"),
        (["run", "--dataset", "q.jsonl"], 2, "needs either --library or --documents"),
        (["run", "--dataset", "open-hz"], 2, "there is no set 'open-hz'"),
        (["run", "--dataset", "sample", "--library", "here"], 2, "has its own documents"),
        (["gate", "--allow-lower"], 2, "goes with --update"),
        (["run", "--dataset", "open-zh", "--data", "nowhere"], 1, "the measuring data is not in nowhere"),
        (["run", "--dataset", "none.jsonl", "--library", "none"], 1, "there is no file none.jsonl"),
        (["compare", "none", "none"], 1, "is not a folder of"),
    ],
)
def test_misuse_and_what_is_not_there_get_one_sentence(chuchu_eval: Run, arguments: list[str], code: int, said: str) -> None:
    got, _, err = chuchu_eval(*arguments)
    assert said in " ".join(err.replace("│", " ").split())
    assert got == code
    assert "Traceback" not in err


def test_written_articles_are_ingested_and_taken_away(tmp_path: Path) -> None:
    corpus = Corpus("made", "0" * 64, articles=lambda: (Article(f"made/{name}", text) for name, text in FILES.items()))
    built = build(corpus, HashingEncoder(64), cache=tmp_path / "cache")
    with built.assistant as assistant:
        assert built.report is not None
        assert built.report.added == 2
        assert not list((tmp_path / "cache").rglob("documents"))
        assert assistant.search("县图书馆哪天闭馆？")[0].passage.text.startswith("县图书馆每周一")
    again = build(corpus, HashingEncoder(64), cache=tmp_path / "cache")
    with again.assistant:
        assert again.report is None


@pytest.mark.slow
def test_a_run_that_is_stopped_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    """A real process, a real Ctrl-C in the middle of the asking."""

    def command(out: str) -> list[str]:
        program = "from eval.command import main; main()"
        options = ["--dataset", "sample", "--no-baselines", "--cache", str(tmp_path / "cache"), "--out", str(tmp_path / out)]
        return [sys.executable, "-c", program, "run", *options]

    assert subprocess.run(command("whole"), capture_output=True, check=False).returncode == 0
    journals = tmp_path / "cache"
    with subprocess.Popen(command("stopped"), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        while not any(path.stat().st_size > 2000 for path in journals.rglob("journals/*.jsonl")):
            assert process.poll() is None, "it was over before it could be stopped"
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "goes on where it was" in said
    assert "Traceback" not in said
    assert not (tmp_path / "stopped").exists()
    (journal,) = journals.rglob("journals/*.jsonl")
    asked = journal.read_text(encoding="utf-8").count("\n")
    assert 0 < asked < 74
    assert subprocess.run(command("stopped"), capture_output=True, check=False).returncode == 0
    for path in (tmp_path / "whole").iterdir():
        if path.name not in ("environment.json", "report.html"):
            assert path.read_bytes() == (tmp_path / "stopped" / path.name).read_bytes(), path.name
