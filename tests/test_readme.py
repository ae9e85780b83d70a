"""What the README says is run: its Python, and that its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from eval.datasets import NAMES, read_queries

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MEASURING = (ROOT / "eval" / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_python_example_runs_in_an_empty_folder(tmp_path: Path) -> None:
    [example] = blocks("python")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "桥.txt").write_text("清溪镇的旧桥建成于一九五二年，桥长四十八米。\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "一九五二年" in done.stdout
    assert (tmp_path / "my-library" / "library.sqlite").exists()


def test_every_command_named_exists() -> None:
    consoles = "\n".join(blocks("console") + blocks("console", MEASURING))
    named = set(re.findall(r"^(?:chuchu|chuchu-eval) \S+", consoles, re.MULTILINE))
    assert named
    modules = {"chuchu": "ui.command", "chuchu-eval": "eval.command"}
    for program, command in (line.split() for line in sorted(named)):
        run = f"from {modules[program]} import main; main()"
        done = subprocess.run([sys.executable, "-c", run, command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program} {command}: {done.stderr}"


def test_another_system_is_scored_as_the_guide_says(tmp_path: Path) -> None:
    (ranking,), (answers,) = blocks("text peer.trec", MEASURING), blocks("json peer.jsonl", MEASURING)
    (tmp_path / "peer.trec").write_text(ranking, encoding="utf-8")
    (tmp_path / "peer.jsonl").write_text(answers, encoding="utf-8")
    (command,) = [line for block in blocks("console", MEASURING) for line in block.splitlines() if line.startswith("chuchu-eval score")]
    run = "from eval.command import main; main()"
    options = [*command.split()[1:], "--cache", str(tmp_path / "cache")]
    done = subprocess.run([sys.executable, "-c", run, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "72 of 74 queries are in neither file" in done.stderr
    assert f"| MRR | {0.5 / 62:.3f} |" in done.stdout  # found second, for one of 62 answerable queries
    assert f"| EM | {1 / 62:.3f} |" in done.stdout
    assert "| citation exactness | 1.000 |" in done.stdout
    assert (tmp_path / "chuchu-eval-sample-peer" / "report.html").exists()


def test_a_set_of_ones_own_is_written_as_the_guide_says(tmp_path: Path) -> None:
    (example,) = blocks("json", MEASURING)
    (tmp_path / "set.jsonl").write_text(example, encoding="utf-8")
    one, two = read_queries(tmp_path / "set.jsonl")
    assert (one.answerable, two.answerable) == (True, False)


def test_the_guide_names_every_set() -> None:
    assert {name for name in NAMES if f"`{name}`" not in MEASURING} == set()


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_linked_is_there(link: str) -> None:
    assert (ROOT / link).exists()
