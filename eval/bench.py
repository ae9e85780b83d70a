"""The numbers the README states, measured: `python -m eval.bench`, or `make bench`.

Each line gives the figure, its target, and whether it is reached. Commands are timed from the outside, as a user waits for them, start of
the process included. Figures of speed depend on the machine, so the line above them names it, and the ingest of the news is also given as
a ratio to a named baseline that runs in the same minutes. Not handled: systems without /proc (the memory figure is left out there).
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from embeddings.static_encoder import StaticEncoder
from eval import datasets
from eval.building import build, default_cache, write_articles
from eval.collection import Collection
from eval.datasets import Dataset
from eval.gold import pin
from eval.kill import kill_test
from eval.measures import IN_FIRST, REFUSED, SPAN
from eval.processes import Finished, chuchu, timed
from eval.run import Asked, ask, machine
from eval.systems.chuchu import Chuchu
from qa.errors import ChuchuError
from qa.records import IngestReport, from_json, to_json

NEWS_ARTICLES = 10_000
UNCHANGED_FILES = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number against its target."""

    name: str
    value: float
    unit: str
    target: str  # as "<= 3", ">= 800"; "" where there is none
    ok: bool
    note: str = ""


def figure(name: str, value: float, unit: str, target: str = "", note: str = "") -> Figure:
    """A figure judged: target is "<= x" or ">= x", or "" for a figure that only informs."""
    relation, _, bound = target.partition(" ")
    ok = not target or (value <= float(bound) if relation == "<=" else value >= float(bound))
    return Figure(name, value, unit, target, ok, note)


def _report(finished: Finished) -> IngestReport:
    """The last line of `chuchu ingest --json`."""
    return from_json(IngestReport, json.loads(finished.output.splitlines()[-1]))


# The figures


def import_qa(_: Path, __: Path | None) -> Iterator[Figure]:
    program = "import time; t = time.perf_counter(); import qa; print(time.perf_counter() - t)"
    times = [float(timed([sys.executable, "-c", program]).output) for _ in range(5)]
    yield figure("import qa", statistics.median(times), "s", "<= 0.2", "median of 5 processes")


def ask_cold(work: Path, _: Path | None) -> Iterator[Figure]:
    sample = datasets.sample()
    library = work / "sample"
    timed(chuchu("ingest", str(sample.corpus.folder), "--library", library, "--json"))
    times = [timed(chuchu("ask", draft.text, "--library", library), allowed=(0, 3)).seconds for draft in sample.drafts[:5]]
    yield figure("chuchu ask, cold, sample", statistics.median(times), "s", "<= 3", "median of 5 processes")


def ask_warm(_: Path, __: Path | None) -> Iterator[Figure]:
    measured = _measured(datasets.sample())
    p50 = statistics.median(response.ms for response in measured.responses)
    yield figure("Assistant.ask, warm, sample", p50, "ms", "<= 30", f"p50 of {len(measured.responses)}")


def chat_ready(_: Path, __: Path | None) -> Iterator[Figure]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    before = time.perf_counter()
    with subprocess.Popen(chuchu("chat", "--sample", "--port", str(port)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - before > 120:
                    raise ChuchuError(f"`chuchu chat --sample` did not serve its page; it ended with {process.poll()}")
                time.sleep(0.05)
            yield figure("chuchu chat --sample, page ready", time.perf_counter() - before, "s", "<= 12", "the sample read in before or now")
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/zh/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def seeds(work: Path, data: Path | None) -> Iterator[Figure]:
    dataset = datasets.seeds(datasets.data_folder(data))
    finished = timed(chuchu("ingest", str(dataset.corpus.folder), "--library", work / "seeds", "--json"))
    yield figure("seeds, ingest from the command line", finished.seconds, "s", "<= 30", f"{_report(finished).passages_added} passages")
    metrics = {metric.name: metric for metric in _measured(dataset).result.metrics}
    found, first, refused = metrics[f"{SPAN}5"], metrics[IN_FIRST], metrics[REFUSED]
    yield figure("seeds, right passage in the first five", found.value * found.n, f"of {found.n}", f">= {found.n}")
    yield figure("seeds, answer in the first statement", first.value * first.n, f"of {first.n}", ">= 8")
    yield figure("seeds, refused of the unanswerable", refused.value * refused.n, f"of {refused.n}", f">= {refused.n}")


def news(work: Path, data: Path | None) -> Iterator[Figure]:
    articles = list(datasets.news_articles(datasets.data_folder(data), NEWS_ARTICLES))
    write_articles(articles, work / "news-files")
    finished = timed(chuchu("ingest", work / "news-files", "--library", work / "news", "--json"))
    passages = _report(finished).passages_added
    spent = f"{passages} in {finished.seconds:.1f} s, {finished.cpu_seconds:.1f} s of processor time"
    yield figure("10,000 news articles, ingest", passages / finished.seconds, "passages/s", ">= 800", spent)
    if finished.peak_bytes:
        yield figure("10,000 news articles, peak memory", finished.peak_bytes / 1e9, "GB", "<= 1.5", "resident, all processes summed")
    if find_spec("bm25s"):
        baseline_s = _bm25s_seconds([article.text for article in articles])
        yield figure(
            "the same to bm25s over jieba words", baseline_s / finished.seconds, "times as fast", note=f"bm25s: {baseline_s:.1f} s"
        )


def _bm25s_seconds(texts: Sequence[str]) -> float:
    """How long the plain recipe takes, in one process: jieba's words, bm25s in memory, whole articles, nothing stored."""
    jieba, bm25s = import_module("jieba"), import_module("bm25s")
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    before = time.perf_counter()
    bm25s.BM25().index([jieba.lcut(text) for text in texts], show_progress=False)
    return time.perf_counter() - before


def unchanged(work: Path, data: Path | None) -> Iterator[Figure]:
    write_articles(datasets.news_articles(datasets.data_folder(data), UNCHANGED_FILES), work / "thousand-files")
    command = chuchu("ingest", work / "thousand-files", "--library", work / "thousand", "--json")
    timed(command)
    again = timed(command)
    yield figure("1,000 unchanged files, second ingest", again.seconds, "s", "<= 2", "start of the process included")
    yield figure("1,000 unchanged files, passages encoded again", _report(again).passages_encoded, "passages", "<= 0")


def kills(work: Path, _: Path | None) -> Iterator[Figure]:
    report = kill_test(work / "kills", times=100)
    note = f"{report.kills} kills, {report.acknowledged} files reported done"
    yield figure("100 kills during an ingest, problems", len(report.problems), "problems", "<= 0", "; ".join([note, *report.problems[:3]]))


def _measured(dataset: Dataset) -> Asked:
    built = build(dataset.corpus, StaticEncoder.bundled(), cache=default_cache())
    with built.assistant as assistant, tempfile.TemporaryDirectory() as journals:
        collection = Collection(assistant.library)
        queries = pin(dataset.drafts, collection)
        for query in queries[:5]:
            assistant.ask(query.text)  # what is loaded on first use
        return ask(Chuchu(assistant, collection), queries, collection, Path(journals) / "bench.jsonl")


BENCHES: dict[str, Callable[[Path, Path | None], Iterator[Figure]]] = {
    "import": import_qa,
    "ask-cold": ask_cold,
    "ask-warm": ask_warm,
    "chat": chat_ready,
    "seeds": seeds,
    "unchanged": unchanged,
    "news": news,
    "kill": kills,
}


def run(names: Iterable[str], data: Path | None) -> Iterator[Figure]:
    """The figures of the named benches, each as soon as it is known; what cannot be measured is a figure that says why."""
    with tempfile.TemporaryDirectory(prefix="chuchu-bench-") as work:
        for name in names:
            try:
                yield from BENCHES[name](Path(work), data)
            except (ChuchuError, subprocess.CalledProcessError) as error:
                yield Figure(name, 0.0, "", "", False, f"not measured: {error}")


def line(measured: Figure) -> str:
    """The figure as one line of text."""
    verdict = ("ok" if measured.ok else "short") if measured.target or not measured.ok else "-"
    target = f"target {measured.target}" if measured.target else ""
    return f"{verdict:<6}{measured.name:<46}{measured.value:>10.4g} {measured.unit:<14}{target:<16}{measured.note}".rstrip()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Measure the numbers that the README states.")
    parser.add_argument("--only", action="append", choices=sorted(BENCHES), help="this one; may be given again (default: all)")
    parser.add_argument("--data", type=Path, help="the folder with data/ and seeds/ (else CHUCHU_DATA)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args()
    if not chosen.json:
        print(f"machine: {machine()}")  # noqa: T201
    short = 0
    for measured in run(chosen.only or BENCHES, chosen.data):
        short += not measured.ok
        print(json.dumps(to_json(measured), ensure_ascii=False) if chosen.json else line(measured), flush=True)  # noqa: T201
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
