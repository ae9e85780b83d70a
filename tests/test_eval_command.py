"""The command `chuchu-eval` from its options to its exit codes, over a small library that is really built."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import eval.command
from embeddings.hashing_encoder import HashingEncoder
from eval import datasets
from eval.building import build
from eval.datasets import Article, Dataset, read_queries
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
    return Dataset("sample", datasets.sha256_of([queries]), read_queries(queries), files)


@pytest.fixture
def chuchu_eval(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dataset: Dataset) -> Run:
    """Runs the command with a small sample set and a model-free encoder: exit code, stdout, stderr."""
    monkeypatch.setattr(eval.command, "_encoder", lambda name: HashingEncoder(64))
    monkeypatch.setattr(datasets, "sample", lambda: dataset)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["chuchu-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            eval.command.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_named_set_is_built_once_measured_gated_and_compared(chuchu_eval: Run, tmp_path: Path) -> None:
    cache, floors = tmp_path / "cache", tmp_path / "floors.json"
    code, out, _ = chuchu_eval("run", "--dataset", "sample", "--cache", cache, "--out", tmp_path / "one")
    assert code == 0
    assert "| span success@1 | 1.000 | 1.000–1.000 | 2 |" in out
    (built,) = cache.iterdir()
    stamp = (built / "library" / "library.sqlite").stat().st_mtime_ns
    code, out, _ = chuchu_eval("run", "--dataset", "sample", "--cache", cache, "--out", tmp_path / "two", "--json")
    assert code == 0
    assert json.loads(out)["result"]["config"]["documents"] == 2
    assert list(cache.iterdir()) == [built]
    assert (built / "library" / "library.sqlite").stat().st_mtime_ns == stamp
    assert (tmp_path / "one" / "result.json").read_bytes() == (tmp_path / "two" / "result.json").read_bytes()

    code, out, _ = chuchu_eval("compare", tmp_path / "one", tmp_path / "two")
    assert (code, out.count("| 1.0000 |")) == (0, len(out.splitlines()) - 2)

    gate = ("gate", "--dataset", "sample", "--cache", cache, "--floors", floors)
    assert "pin them with --update" in chuchu_eval(*gate)[2]
    assert chuchu_eval(*gate, "--update")[0] == 0
    assert chuchu_eval(*gate)[0] == 0
    raised = floors.read_text().replace('"bound": 0.5', '"bound": 1.1')
    floors.write_text(raised)
    code, out, _ = chuchu_eval(*gate)
    assert code == 1
    assert "FAIL" in out
    assert "--allow-lower" in chuchu_eval(*gate, "--update")[2]
    assert chuchu_eval(*gate, "--update", "--allow-lower")[0] == 0


def test_own_queries_are_asked_of_an_own_library(chuchu_eval: Run, queries: Path, files: Path, tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(64)) as assistant:
        assistant.ingest([files])
    code, out, _ = chuchu_eval("run", "--queries", queries, "--library", tmp_path / "library", "--limit", 2)
    assert code == 0
    assert "2 queries over 2 documents" in out


def test_a_skipped_file_is_told_and_is_exit_code_3(chuchu_eval: Run, files: Path, tmp_path: Path) -> None:
    (files / "empty.txt").write_bytes(b"")
    code, _, err = chuchu_eval("run", "--dataset", "sample", "--cache", tmp_path / "cache")
    assert code == 3
    assert "empty.txt" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run"], 2, "either --dataset"),
        (["run", "--queries", "q.jsonl"], 2, "go together"),
        (["gate", "--allow-lower"], 2, "goes with --update"),
        (["run", "--dataset", "open-zh", "--data", "nowhere"], 1, "the measuring data is not in nowhere"),
        (["run", "--queries", "none.jsonl", "--library", "none"], 1, "there is no file none.jsonl"),
        (["compare", "none", "none"], 1, "is not a result"),
    ],
)
def test_misuse_and_what_is_not_there_get_one_sentence(chuchu_eval: Run, arguments: list[str], code: int, said: str) -> None:
    got, _, err = chuchu_eval(*arguments)
    assert got == code
    assert said in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err


def test_written_articles_are_ingested_and_taken_away(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compressed = Dataset("made", "0" * 64, dataset.drafts, sources=(tmp_path / "some.json.xz",))
    monkeypatch.setattr(Dataset, "articles", lambda self: (Article(f"made/{name}", text) for name, text in FILES.items()))
    assistant, report = build(compressed, HashingEncoder(64), cache=tmp_path / "cache")
    with assistant:
        assert report is not None
        assert report.added == 2
        assert not list((tmp_path / "cache").rglob("documents"))
        assert assistant.search("县图书馆哪天闭馆？")[0].passage.text.startswith("县图书馆每周一")
    again, report = build(compressed, HashingEncoder(64), cache=tmp_path / "cache")
    with again:
        assert report is None
