"""What the chat is open on: the library in use, and the sample it may have started from."""

from __future__ import annotations

import hashlib
import shutil
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Lock

from qa.answering.bundles import Bundle
from qa.assistant import Assistant
from qa.errors import NotInLibraryError, RootUnavailableError
from qa.library.library import Library
from qa.library.removal import UPLOADS
from qa.records import Answer, IngestProgress, IngestReport

_ANSWERS_HELD = 200


class Desk:
    """One server's assistant, exchangeable while it runs. Reading methods are thread safe.

    open_own: opens the user's own library; given only while the desk shows the sample.
    """

    def __init__(self, assistant: Assistant, *, open_own: Callable[[], Assistant] | None = None) -> None:
        self._assistants = [assistant]  # the one in use first; earlier ones stay, so that their citations still open
        self._open_own = open_own
        self._exchanging = Lock()
        self._answers: OrderedDict[str, tuple[Assistant, Answer]] = OrderedDict()

    @property
    def assistant(self) -> Assistant:
        """The assistant in use."""
        return self._assistants[0]

    @property
    def shows_sample(self) -> bool:
        """Whether the invented sample is on the desk, and one's own library can be opened from here."""
        return self._open_own is not None

    def library_of(self, doc_id: str) -> Library:
        """The library that holds the document; the one in use when none does."""
        for assistant in self._assistants:
            with suppress(NotInLibraryError):
                assistant.library.info(doc_id)
                return assistant.library
        return self.assistant.library

    def remember(self, assistant: Assistant, answer: Answer) -> None:
        """Hold an answer, in memory alone, so that a visitor can take its evidence along; of many the last ones."""
        with self._exchanging:
            self._answers[answer.answer_id] = (assistant, replace(answer, hits=()))
            while len(self._answers) > _ANSWERS_HELD:
                self._answers.popitem(last=False)

    def bundle(self, answer_id: str) -> Bundle:
        """The evidence of an answer that is still held. KeyError when it is not; NotInLibraryError when a document it cites has gone."""
        assistant, answer = self._answers[answer_id]
        return assistant.bundle(answer)

    def open_own(self, folder: Path, progress: Callable[[IngestProgress], None]) -> IngestReport:
        """Read a folder into the user's own library, then put that library on the desk. RootUnavailableError when it is no folder."""
        with self._exchanging:
            if self._open_own is None:
                return self.assistant.ingest([folder], progress=progress)
            if not folder.is_dir():
                raise RootUnavailableError(str(folder))
            own = self._open_own()
            try:
                report = own.ingest([folder], progress=progress)
            except BaseException:
                own.close()
                raise
            self._assistants.insert(0, own)
            self._open_own = None
            return report

    def upload(self, files: Sequence[Path], progress: Callable[[IngestProgress], None]) -> IngestReport:
        """Copy files into the library's uploads folder, an ordinary root, and ingest it. Nothing already there is overwritten.

        A copy that cannot be read is reported as skipped and not kept.
        """
        folder = self.assistant.library.folder / UPLOADS
        folder.mkdir(exist_ok=True)
        places = [_free_place(folder, file) for file in files]
        for file, place in zip(files, places, strict=True):
            if not place.exists():
                shutil.copyfile(file, place)
        report = self.assistant.ingest([folder], progress=progress)
        unreadable = {skipped.path for skipped in report.skipped}
        for place in places:
            if str(place) in unreadable:
                place.unlink(missing_ok=True)
        return report

    def close(self) -> None:
        """Close every library."""
        for assistant in self._assistants:
            assistant.close()


def _free_place(folder: Path, file: Path) -> Path:
    """Where an upload goes: its own name, or "name (2)" when another file has it; the same bytes under that name keep their place."""
    for number in count(1):
        place = folder / (file.name if number == 1 else f"{file.stem} ({number}){file.suffix}")
        if not place.exists() or _digest(place) == _digest(file):
            return place
    raise AssertionError("count never ends")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
