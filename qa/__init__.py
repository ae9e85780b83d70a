"""Chuchu 出处: questions of Chinese documents, answered in quotes whose places open.

    from qa import Assistant

    with Assistant.open("my-library") as assistant:
        assistant.ingest(["documents"])
        print(assistant.ask("旧桥是哪一年建成的？"))

Importing this loads the records and errors alone; `Assistant` is loaded when it is first named.
"""

from __future__ import annotations

import typing

from qa.errors import ChuchuError
from qa.records import (
    Answer,
    AnswerEvent,
    Citation,
    Document,
    DocumentInfo,
    Feedback,
    Filters,
    Hit,
    IngestProgress,
    IngestReport,
    Lost,
    Passage,
    RemovalReceipt,
    Skipped,
    Span,
    Statement,
    SyncPlan,
    Turn,
    VerifyReport,
    from_json,
    to_json,
)

if typing.TYPE_CHECKING:
    from qa.assistant import Assistant

__all__ = [
    "Answer",
    "AnswerEvent",
    "Assistant",
    "ChuchuError",
    "Citation",
    "Document",
    "DocumentInfo",
    "Feedback",
    "Filters",
    "Hit",
    "IngestProgress",
    "IngestReport",
    "Lost",
    "Passage",
    "RemovalReceipt",
    "Skipped",
    "Span",
    "Statement",
    "SyncPlan",
    "Turn",
    "VerifyReport",
    "from_json",
    "to_json",
]


def __getattr__(name: str) -> object:
    if name != "Assistant":
        raise AttributeError(f"module 'qa' has no attribute {name!r}")
    from qa.assistant import Assistant

    globals()["Assistant"] = Assistant
    return Assistant
