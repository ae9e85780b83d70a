"""The shape of the house: which room may import which, what an import costs, what the public surface is, what no file may hold."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("embeddings", "qa", "ui", "eval") for path in (ROOT / package).rglob("*.py"))

# Each room may import the rooms before it and itself. `eval` and `ui` stand side by side at the end: see `may_import`.
ROOMS = (
    "embeddings",
    "qa.records",
    "qa.errors",
    "qa.reading",
    "qa.splitting",
    "qa.library",
    "qa.search",
    "qa.answering",
    "qa.assistant",
    "qa.sample",
    "qa",
)
DOORS = ("eval", "ui")

HEAVY = ("torch", "gradio", "faiss", "sentence_transformers", "tantivy", "pydantic", "lxml", "trafilatura", "pypdfium2", "docx", "jieba")
PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}

# Written so that these patterns do not match themselves.
OF_THIS_MACHINE = re.compile(r"(?<![\w.~])/(?:work|root)/\w|/tmp/(?:w|bash)[/_]|/opt/(?:pypi|wheels)")
REGISTRIES = re.compile(r"\b(?:pypi|pythonhosted|npmjs|anaconda|crates|proxy\.golang)\.(?:org|com|io)\b", re.IGNORECASE)


def room_of(module: str) -> str | None:
    """The innermost room that holds a module, None for a module that is not ours. ValueError for one of ours that has no room."""
    if module.partition(".")[0] not in {"embeddings", "qa", *DOORS}:
        return None
    for room in sorted((*ROOMS, *DOORS), key=len, reverse=True):
        if module == room or (module.startswith(f"{room}.") and room != "qa"):
            return room
    raise ValueError(f"{module} stands in no room: give it its place in ROOMS, and in design.md")


def may_import(room: str, other: str) -> bool:
    if room in DOORS:
        return other == room or other not in DOORS
    return other in ROOMS[: ROOMS.index(room) + 1]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, at its top or inside a function; `from qa import records` gives qa.records."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package.split(".")[: len(package.split(".")) - node.level + 1], *([base] if base else [])])
            for alias in node.names:
                below = ROOT.joinpath(*base.split("."), alias.name)
                yield f"{base}.{alias.name}" if below.is_dir() or below.with_suffix(".py").is_file() else base


def test_imports_go_one_way() -> None:
    wrong = [
        f"{module_name(path)} imports {imported}"
        for path in SOURCES
        for imported in imports(path)
        if (other := room_of(imported)) is not None and not may_import(str(room_of(module_name(path))), other)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_import_rule_itself() -> None:
    assert may_import("qa.search", "qa.library")
    assert not may_import("qa.library", "qa.search")
    assert not may_import("embeddings", "qa.records")
    assert may_import("ui", "qa")
    assert not may_import("ui", "eval")
    assert not may_import("qa.records", "qa")  # the public face is for those outside
    assert room_of("qa.search.keywords") == "qa.search"
    assert room_of("numpy") is None
    with pytest.raises(ValueError, match="stands in no room"):
        room_of("qa.helpers")


def test_nothing_unpickles() -> None:
    wrong = [f"{path.relative_to(ROOT)}: {name}" for path in SOURCES for name in imports(path) if name.partition(".")[0] in PICKLES]
    wrong += [f"{path.relative_to(ROOT)}: allow_pickle=True" for path in SOURCES if "allow_pickle=True" in path.read_text("utf-8")]
    assert not wrong, "\n".join(wrong)


def test_importing_qa_loads_nothing_heavy() -> None:
    program = f"import json, sys, qa; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_the_public_surface_is_sorted_and_complete() -> None:
    import qa

    public = {name for name, value in vars(qa).items() if not name.startswith("_") and not inspect.ismodule(value)} - {"annotations"}
    loaded_when_named = {name for name in qa.__all__ if hasattr(qa, name)}
    assert qa.__all__ == sorted(public | loaded_when_named)


def repository_files() -> list[Path]:
    """Every text file that is, or could be, committed."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("needs the git checkout to know which files are the repository's")
    paths = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


@pytest.mark.parametrize("pattern", [OF_THIS_MACHINE, REGISTRIES], ids=["paths of one machine", "package registries"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in repository_files()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)
