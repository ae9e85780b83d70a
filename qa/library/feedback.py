"""What readers say of answers, kept to make cases of, and erased with the documents that the answers cite.

An answer nobody speaks up about leaves nothing in the library. Not handled: who spoke up, and what an earlier turn of the chat said.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Sequence

from qa.errors import NotInLibraryError
from qa.library.database import DOOMED, FEEDBACK_SCHEMA
from qa.records import Answer, CitedPlace, Feedback, Verdict, spans_of, spans_text

_CITING_DOOMED = f"SELECT feedback_id FROM feedback_citations WHERE version_key IN ({DOOMED})"


def of_answer(answer: Answer, verdict: Verdict) -> Feedback:
    """What is kept of an answer that is given a verdict now. ValueError for an answer to a query without a word."""
    return Feedback(
        feedback_id=answer.answer_id,
        query=answer.searched_as,
        verdict=verdict,
        status=answer.status,
        reason=answer.reason,
        statement=answer.statements[0].text if answer.statements else "",
        places=tuple(CitedPlace(c.doc_id, c.version, c.passage_id, c.spans) for c in answer.citations),
        given=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def put(connection: sqlite3.Connection, feedback: Feedback) -> None:
    """Store it in place of what was stored under its id. NotInLibraryError when a version it cites is gone or going."""
    for statement in FEEDBACK_SCHEMA:
        connection.execute(statement)
    drop(connection, [feedback.feedback_id])
    columns = (feedback.feedback_id, feedback.query, feedback.verdict, feedback.status, feedback.reason, feedback.statement, feedback.given)
    connection.execute(
        "INSERT INTO feedback (feedback_id, query, verdict, status, reason, statement, given) VALUES (?, ?, ?, ?, ?, ?, ?)", columns
    )
    connection.executemany(
        "INSERT INTO feedback_citations (feedback_id, version_key, passage_id, spans) VALUES (?, ?, ?, ?)",
        [(feedback.feedback_id, _version_key(connection, p), p.passage_id, spans_text(p.spans)) for p in feedback.places],
    )


def every(connection: sqlite3.Connection) -> list[Feedback]:
    """All feedback, oldest first, but for what cites a version that is going."""
    if not is_kept(connection):
        return []
    query = f"""SELECT feedback_id, query, verdict, status, reason, statement, given FROM feedback
                WHERE feedback_id NOT IN ({_CITING_DOOMED}) ORDER BY given, rowid"""
    return [
        Feedback(feedback_id, asked, verdict, status, reason, statement, _places(connection, feedback_id), given)
        for feedback_id, asked, verdict, status, reason, statement, given in connection.execute(query).fetchall()
    ]


def _places(connection: sqlite3.Connection, feedback_id: str) -> tuple[CitedPlace, ...]:
    query = """SELECT doc_id, version, passage_id, spans FROM feedback_citations JOIN versions USING (version_key)
               WHERE feedback_id = ? ORDER BY feedback_citations.rowid"""
    rows = connection.execute(query, (feedback_id,))
    return tuple(CitedPlace(doc_id, version, passage_id, spans_of(spans)) for doc_id, version, passage_id, spans in rows)


def drop(connection: sqlite3.Connection, feedback_ids: Sequence[str]) -> int:
    """Delete the feedback of these ids; how much there was."""
    if not is_kept(connection):
        return 0
    return sum(connection.execute("DELETE FROM feedback WHERE feedback_id = ?", (one,)).rowcount for one in dict.fromkeys(feedback_ids))


def erase(connection: sqlite3.Connection) -> int:
    """Delete what cites a version that is going; how much that was."""
    if not is_kept(connection):
        return 0
    return connection.execute(f"DELETE FROM feedback WHERE feedback_id IN ({_CITING_DOOMED})").rowcount


def is_kept(connection: sqlite3.Connection) -> bool:
    """Whether feedback has ever been given here: its tables come with the first."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'feedback'").fetchone() is not None


def _version_key(connection: sqlite3.Connection, place: CitedPlace) -> int:
    query = f"SELECT version_key FROM versions WHERE doc_id = ? AND version = ? AND version_key NOT IN ({DOOMED})"
    row = connection.execute(query, (place.doc_id, place.version)).fetchone()
    if row is None:
        raise NotInLibraryError("a document that this answer cites has been removed since; nothing was kept of the answer")
    return int(row[0])
