"""Commands run and timed from the outside, as a user runs them, with the memory of everything they start.

Not handled: systems without /proc (no memory figure there).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SAMPLE_EVERY_S = 0.05  # between two looks at the memory of a process tree


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended."""

    seconds: float  # wall time
    cpu_seconds: float  # of the command and of all it waited for: what load on the machine changes little
    output: str
    peak_bytes: int  # largest sum of the resident memory of all its processes; 0 where /proc is missing


def chuchu(*arguments: str | Path) -> list[str]:
    """The `chuchu` command, as a process of this Python, installed or not."""
    return [sys.executable, "-c", "from ui.command import main; main()", *map(str, arguments)]


def timed(command: Sequence[str], *, allowed: Sequence[int] = (0,)) -> Finished:
    """Run a command to its end. CalledProcessError for an exit code that is not allowed."""
    before, cpu_before = time.perf_counter(), _cpu_of_children()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:  # noqa: S603
        with _memory_watch(process.pid) as peak:
            output, _ = process.communicate()
        seconds = time.perf_counter() - before
    if process.returncode not in allowed:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Finished(seconds, _cpu_of_children() - cpu_before, output, peak())


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _memory_watch(pid: int) -> Iterator[Callable[[], int]]:
    """Look at the memory of a process tree again and again; the yielded call gives the largest sum seen, in bytes."""
    peak = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(SAMPLE_EVERY_S):
            peak = max(peak, sum(map(_resident, process_tree(pid))))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: peak
    finally:
        stop.set()
        watcher.join()


def process_tree(pid: int) -> list[int]:
    """The process and everything it has started, as /proc knows it; [] where there is no /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
        children.setdefault(parent, []).append(int(entry.parent.name))
    tree = [pid] if Path(f"/proc/{pid}").exists() else []
    for process in tree:
        tree += children.get(process, [])
    return tree


def _resident(pid: int) -> int:
    """Resident memory in bytes. What processes share counts in each, so the sum is an upper bound."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
