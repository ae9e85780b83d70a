"""The reader pool: order, limits, and exactly the guilty file skipped."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.reading.workers import ReaderPool, ReadJob, ReadResult
from qa.records import Document, Passage
from qa.splitting import split_passages

ROOT = Path(__file__).parents[1]


def misbehave(document: Document) -> list[Passage]:
    """Run in the worker in place of splitting: does what the text asks for."""
    if "死" in document.text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "睡" in document.text:
        time.sleep(60)
    if "胖" in document.text:
        list(range(10**9))
    return split_passages(document)


def jobs_of(folder: Path, texts: dict[str, str]) -> list[ReadJob]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [job_of(folder / name) for name in texts]


def job_of(path: Path) -> ReadJob:
    return ReadJob(os.fsencode(path), path.name, "0" * 16)


def children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(workers=2, timeout_s=2, memory_mb=400, split=misbehave) as pool:
        yield pool


def test_results_come_in_order_with_everything_the_library_stores(pool: ReaderPool, tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, {f"{number}.txt": f"第{number}篇写的是河边的粮仓。" for number in range(100)})
    results = list(pool.read(iter(jobs)))
    assert [result.job for result in results] == jobs
    first, data = results[0], (tmp_path / "0.txt").read_bytes()
    assert first.document is not None
    assert first.document.text == data.decode()
    assert (first.original, zlib.decompress(first.stored), first.size) == (hashlib.sha256(data).hexdigest(), data, len(data))
    assert first.mtime_ns == (tmp_path / "0.txt").stat().st_mtime_ns
    assert list(first.passages) == split_passages(first.document)


def test_only_the_guilty_files_are_skipped(pool: ReaderPool, tmp_path: Path) -> None:
    texts = {f"{number}.txt": "河边的粮仓。" for number in range(20)}
    guilty = {"3.txt": ("死", "died"), "7.txt": ("睡", "longer than 2 s"), "12.txt": ("胖", "memory"), "15.txt": ("", "empty")}
    results = list(pool.read(jobs_of(tmp_path, texts | {name: text for name, (text, _) in guilty.items()})))
    skipped = {result.job.display: result for result in results if result.document is None}
    assert set(skipped) == set(guilty)
    for name, (_, reason) in guilty.items():
        assert reason in skipped[name].reason
        assert ";" in skipped[name].reason  # what; what to do
        assert skipped[name] == ReadResult(skipped[name].job, None, reason=skipped[name].reason, error=skipped[name].error)


def test_what_is_no_readable_file_does_not_hang(pool: ReaderPool, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    strange = ReadJob(os.fsencode(tmp_path) + b"/\xff\xfe.txt", "?.txt", "0" * 16)
    Path(os.fsdecode(strange.path)).write_text("名字不是 UTF-8 的文件也能读。", encoding="utf-8")
    paths = [tmp_path / name for name in ("pipe.txt", "folder.txt", "loop.txt", "gone.txt")] + [Path("/dev/zero")]
    results = list(pool.read([*map(job_of, paths), strange]))
    assert [result.document is None for result in results] == [True] * 5 + [False]
    assert all(result.reason for result in results[:5])


def test_abandoned_reading_leaves_the_pool_usable(pool: ReaderPool, tmp_path: Path) -> None:
    jobs = jobs_of(tmp_path, {f"{number}.txt": "河边的粮仓。" for number in range(200)})
    reading = pool.read(jobs)
    next(reading)
    reading.close()
    assert len(list(pool.read(jobs[:3]))) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
def test_closing_leaves_no_process(tmp_path: Path) -> None:
    before = children()
    with ReaderPool(workers=1) as pool:
        assert len(list(pool.read(jobs_of(tmp_path, {"a.txt": "河边。"})))) == 1
    assert [pid for pid in children() if pid not in before and "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()] == []


def test_a_plain_script_needs_no_main_guard(tmp_path: Path) -> None:
    jobs_of(tmp_path, {"a.txt": "河边的粮仓。"})
    script = tmp_path / "plain.py"
    job = f"ReadJob({os.fsencode(tmp_path / 'a.txt')!r}, 'a.txt', '0' * 16)"
    script.write_text(
        "from qa.reading.workers import ReaderPool, ReadJob\n"
        "print('started')\n"
        "with ReaderPool(workers=1) as pool:\n"
        f"    print(*[result.document.text for result in pool.read([{job}])])\n",
        encoding="utf-8",
    )
    ran = subprocess.run(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.split() == ["started", "河边的粮仓。"]
