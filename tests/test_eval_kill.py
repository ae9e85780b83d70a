"""The kill test: that it finds what breaks the promise, and that the real ingest keeps it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from eval.kill import kill_test

# An ingest that reports files done, stores none of them, and then takes its time.
LIAR = """
import json, sys, time
from pathlib import Path
folder, library = map(Path, sys.argv[1:])
library.mkdir(exist_ok=True)
for number, path in enumerate(sorted(folder.iterdir()), 1):
    step = {"format": 1, "stage": "done", "done": number, "total": 3, "path": str(path), "outcome": "added"}
    print(json.dumps(step), flush=True)
time.sleep(0.2)
"""


def liar(folder: Path, library: Path) -> list[str]:
    return [sys.executable, "-c", LIAR, str(folder), str(library)]


def test_an_ingest_that_promises_too_much_is_found_out(tmp_path: Path) -> None:
    report = kill_test(tmp_path, times=3, files=3, command=liar)
    assert report.kills == 3
    assert any("files were reported done, and there is no library" in problem for problem in report.problems)
    assert report.problems[0].startswith("an ingest that was not killed")


@pytest.mark.slow
def test_five_kills_lose_nothing_that_was_reported_done(tmp_path: Path) -> None:
    report = kill_test(tmp_path, times=5, files=120)
    assert report.problems == ()
    assert report.kills == 5
    assert report.acknowledged >= 120
