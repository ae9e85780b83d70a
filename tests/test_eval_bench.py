"""What the bench judges and measures with: figures against targets, and the time and memory of a whole process tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from eval.bench import figure, line, run
from eval.processes import process_tree, timed

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
CHILD = "import time; kept = bytearray(120_000_000); time.sleep(0.4)"
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def test_a_figure_is_judged_by_its_target() -> None:
    assert figure("cold", 2.9, "s", "<= 3").ok
    assert not figure("rate", 799.9, "passages/s", ">= 800").ok
    assert figure("ratio", 5, "times").ok
    assert line(figure("rate", 799.9, "passages/s", ">= 800")).split() == ["short", "rate", "799.9", "passages/s", "target", ">=", "800"]


@needs_proc
def test_the_memory_of_a_child_of_a_child_counts() -> None:
    finished = timed([sys.executable, "-c", PARENT, CHILD])
    assert finished.peak_bytes > 120_000_000
    assert finished.seconds > 0.4
    assert timed([sys.executable, "-c", "print('done')"]).output == "done\n"


@needs_proc
def test_the_tree_of_a_process_holds_its_children() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in process_tree(child.pid)
        child.communicate(b"\n")
    assert process_tree(child.pid) == []


def test_a_command_that_fails_is_not_a_figure() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        timed([sys.executable, "-c", "raise SystemExit(3)"])
    timed([sys.executable, "-c", "raise SystemExit(3)"], allowed=(0, 3))


def test_missing_data_is_a_line_and_stops_nothing(tmp_path: Path) -> None:
    (missing,) = run(["unchanged"], tmp_path)
    assert not missing.ok
    assert "the measuring data is not in" in missing.note
    assert line(missing).startswith("short unchanged")
