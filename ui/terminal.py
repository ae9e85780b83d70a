"""An ingest as a person at a terminal follows it: a bar with rate and remaining time, or a line now and then where there is no terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from qa.records import IngestProgress
from ui.texts import Language, say

_LINE_EVERY_S = 10.0


class IngestDisplay:
    """Called with every step; writes to stderr alone. `done` counts the files acknowledged so far."""

    def __init__(self, language: Language) -> None:
        self.done = 0
        self._language = language
        self._bar: Any = None
        self._task: Any = None
        self._started = self._last_line = time.monotonic()

    def __enter__(self) -> IngestDisplay:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

            rate = TextColumn("{task.fields[rate]}")
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(say(self._language, "planning"), total=None, rate="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, step: IngestProgress) -> None:
        if step.stage == "done":
            self.done = step.done
        if self._bar is not None:
            self._draw(step)
        elif step.stage == "done" and time.monotonic() - self._last_line > _LINE_EVERY_S:
            self._last_line = time.monotonic()
            rate = self._rate()
            left = round((step.total - step.done) / rate)
            line = say(self._language, "progress_line", done=step.done, total=step.total, rate=f"{rate:.1f}", left=left)
            sys.stderr.write(f"{line}\n")

    def _draw(self, step: IngestProgress) -> None:
        if step.stage == "indexing":
            self._bar.update(self._task, description=say(self._language, "indexing"), total=None)
        else:
            rate = f"{self._rate():.1f}/s" if self.done else ""
            self._bar.update(
                self._task, description=say(self._language, "progress_reading"), completed=step.done, total=step.total, rate=rate
            )

    def _rate(self) -> float:
        """Files per second since the start; never 0, so that it can be divided by."""
        return max(self.done, 1) / max(time.monotonic() - self._started, 0.001)
