"""What the README says is run: its Python, and that its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs_in_an_empty_folder(tmp_path: Path) -> None:
    [example] = blocks("python")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "桥.txt").write_text("清溪镇的旧桥建成于一九五二年，桥长四十八米。\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "一九五二年" in done.stdout
    assert (tmp_path / "my-library" / "library.sqlite").exists()


def test_every_command_named_exists() -> None:
    named = set(re.findall(r"^(?:chuchu|chuchu-eval) \S+", "\n".join(blocks("console")), re.MULTILINE))
    assert named
    modules = {"chuchu": "ui.command", "chuchu-eval": "eval.command"}
    for program, command in (line.split() for line in sorted(named)):
        run = f"from {modules[program]} import main; main()"
        done = subprocess.run([sys.executable, "-c", run, command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program} {command}: {done.stderr}"


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_file_linked_is_there(link: str) -> None:
    assert (ROOT / link).exists()
