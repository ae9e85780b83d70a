"""The kill test: `python -m eval.kill --times 100`.

An ingest runs as a process of its own and is killed with everything it started, at a random moment after its start-up. Afterwards the
library must open, its `verify` must have nothing to say, and every file that was reported done must be there as it stands on the disk.
The next ingest goes on with the same library; when nothing is left to do, every file is edited, or a new library begun. At the end an
ingest runs through.
Not handled: loss of power, which also takes what the system had not written yet.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.processes import chuchu
from qa.assistant import Assistant
from qa.records import IngestProgress, from_json, to_json

Command = Callable[[Path, Path], Sequence[str]]  # (folder, library) -> the command that ingests and prints JSON lines

PLACES = ["东桥", "西关", "南河", "北坡", "上码头", "下茶园", "青石巷", "竹林坪", "渡口", "后山"]
THINGS = ["收成", "水位", "班车", "会费", "书目", "屋瓦", "学费", "路灯", "戏台", "渔网"]


@dataclass(frozen=True, slots=True)
class KillReport:
    """What a series of kills found. `problems` is empty when the promise was kept."""

    kills: int
    before_first: int  # kills of runs that had not reported a file yet
    ended: int  # runs that had ended before their moment came: not counted as kills
    libraries: int
    acknowledged: int  # files reported done, over all runs
    problems: tuple[str, ...]


def ingest_command(folder: Path, library: Path) -> list[str]:
    """The ingest that is killed."""
    return chuchu("ingest", folder, "--library", library, "--json")


def kill_test(work: Path, *, times: int, files: int = 300, seed: int = 0, command: Command = ingest_command) -> KillReport:
    """Kill `times` ingests of a folder of generated files. work: an empty folder for them and their libraries."""
    chance = random.Random(seed)  # noqa: S311 - moments to kill at, no secret
    folder = work / "files"
    folder.mkdir(parents=True)
    _write_files(folder, files, edition=0)
    whole = _Promised(work / "library-whole")
    started = time.perf_counter()
    whole.add(_run(folder, whole.library, command))
    whole_s = time.perf_counter() - started
    _run(folder, whole.library, command)
    idle_s = time.perf_counter() - started - whole_s  # an ingest with nothing to do: the start of the process, mostly
    problems = [f"an ingest that was not killed: {problem}" for problem in [*_problems(whole), *_missing(whole, files)]]
    promised, libraries, edition = _Promised(work / "library-0"), 1, 0
    kills = before_first = ended = acknowledged = 0
    while kills < times and ended < 10 * times:  # a command that always ends at once is never killed
        done, ended_itself = _killed(folder, promised.library, command, after_s=chance.uniform(min(0.8 * idle_s, whole_s), whole_s))
        promised.add(done)
        kills += not ended_itself
        ended += ended_itself
        before_first += not done and not ended_itself
        acknowledged += len(done)
        problems += [f"kill {kills}: {problem}" for problem in _problems(promised)]
        if ended_itself or len(promised.current) == files:
            if chance.random() < 0.5:
                promised, libraries = _Promised(work / f"library-{libraries}"), libraries + 1
            else:
                edition += 1
                _write_files(folder, files, edition)
                promised.current.clear()
    promised.add(_run(folder, promised.library, command))
    problems += [f"the last ingest, not killed: {problem}" for problem in [*_problems(promised), *_missing(promised, files)]]
    return KillReport(kills, before_first, ended, libraries, acknowledged, tuple(problems))


@dataclass(slots=True)
class _Promised:
    """What the ingests into one library have reported done, as paths for display."""

    library: Path
    current: set[str] = field(default_factory=set)  # since the files were last edited: there with their text of now
    ever: set[str] = field(default_factory=set)  # there, with some text

    def add(self, done: Sequence[IngestProgress]) -> None:
        paths = {step.path for step in done}
        self.current |= paths
        self.ever |= paths


def _write_files(folder: Path, files: int, edition: int) -> None:
    """Texts of a few paragraphs, different in every file and edition, the same on every run."""
    chance = random.Random(edition)  # noqa: S311
    for number in range(files):
        paragraphs = (
            "".join(f"{chance.choice(PLACES)}的{chance.choice(THINGS)}记在第{chance.randrange(10_000)}号簿上。" for _ in range(12))
            for _ in range(4)
        )
        (folder / f"{number:04}.txt").write_text(f"第{number}号记录，第{edition}版\n\n" + "\n\n".join(paragraphs), encoding="utf-8")


def _killed(folder: Path, library: Path, command: Command, *, after_s: float) -> tuple[list[IngestProgress], bool]:
    """The files an ingest reported done until it was killed, and whether it had ended of itself. CalledProcessError when it failed."""
    process = subprocess.Popen(command(folder, library), stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603
    try:
        output, _ = process.communicate(timeout=after_s)
        ended = True
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        ended = False
    return _done(output), ended


def _run(folder: Path, library: Path, command: Command) -> list[IngestProgress]:
    """The files an ingest reported done that nobody killed. CalledProcessError when it fails."""
    done = subprocess.run(command(folder, library), stdout=subprocess.PIPE, check=True)  # noqa: S603
    return _done(done.stdout)


def _done(output: bytes) -> list[IngestProgress]:
    """The steps reported done, from whole lines only."""
    lines = [json.loads(line) for line in output.split(b"\n")[:-1]]
    steps = [from_json(IngestProgress, line) for line in lines if "stage" in line]
    return [step for step in steps if step.stage == "done" and step.outcome != "skipped"]


def _problems(promised: _Promised) -> list[str]:
    """What is wrong with the library after a run; [] when all is well, or when nothing was promised and there is no library."""
    if not (promised.library / "library.sqlite").exists():
        return [f"{len(promised.ever)} files were reported done, and there is no library"] if promised.ever else []
    try:
        with Assistant.open(promised.library) as assistant:
            problems = list(assistant.verify().problems)
            present = {info.path: info.doc_id for info in assistant.library.documents() if info.state == "present"}
            problems += [f"{path} was reported done and is not there" for path in sorted(promised.ever - present.keys())]
            for path in sorted(promised.current & present.keys()):
                if assistant.library.document(present[path]).text != Path(path).read_text(encoding="utf-8"):
                    problems.append(f"{path} was reported done and is there with another text")
            return problems
    except Exception as error:  # whatever stops it from opening is the finding
        return [f"the library does not open: {type(error).__name__}: {error}"]


def _missing(promised: _Promised, files: int) -> list[str]:
    """What a run that ended of itself did not report."""
    return [f"{files} files were ingested, {len(promised.ever)} were ever reported done"] if len(promised.ever) != files else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.kill", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--times", type=int, default=100, help="how many kills")
    parser.add_argument("--files", type=int, default=300, help="how many files the folder holds")
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chuchu-kill-") as work:
        report = kill_test(Path(work), times=chosen.times, files=chosen.files, seed=chosen.seed)
    print(json.dumps(to_json(report), ensure_ascii=False, indent=1))  # noqa: T201
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
