"""A set of one's own: JSON Lines in UTF-8, one judged query a line.

    {"id": "q1", "query": "…", "answers": ["…"], "answerable": true, "gold": [{"document": "news/a.txt", "quote": "…"}]}

Gold is a quote, copied from its document word for word, or "start" and "end" in code points; both may be given. A line with "doc" instead
of "gold" takes the places of its answers in that document. An unanswerable query has no gold. Besides:

- "also": [["…"], …]: what must be said besides one of the answers, one of each of these;
- "evidences": ["…"]: accepted evidence texts; "among", "without": the documents it is asked of, and those hidden from it;
- "script" of the query ("hans", "hant"), "type" ("who", "when", "how_many"…): groups in which it is also reported; "note": for people.

Any other key is an error, because a misspelt one must not pass silently. Not handled: queries that stand on earlier queries.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.datasets.files import read_text
from eval.datasets.records import DatasetError, Draft, DraftGold

SLICE_KEYS = {"script": "query script", "type": "type"}  # keys by which results are also grouped, and what the groups are called
KEYS = ("id", "query", "answers", "answerable", "gold", "doc", "also", "evidences", "among", "without", *SLICE_KEYS, "note")
SAMPLE_KEYS = ("document", "lookalike", "never_together")  # for the sample's own tests
GOLD_KEYS = ("document", "quote", "start", "end")


def read_queries(path: Path) -> tuple[Draft, ...]:
    """The queries of a JSON Lines file. DatasetError names file and line of what is wrong."""
    text = read_text(path)
    _refuse_other_forms(path, text)
    drafts: list[Draft] = []
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: text in JSON may hold other line separators
        if line.strip():
            drafts.append(draft_of_line(line, f"{path.name}, line {number}"))
    if not drafts:
        raise DatasetError(f"{path} holds no queries; it should have one JSON object a line")
    _refuse_repeated_ids(drafts)
    return tuple(drafts)


def _refuse_other_forms(path: Path, text: str) -> None:
    if text.lstrip().startswith("["):
        try:
            whole = json.loads(text)
        except ValueError:
            return
        if isinstance(whole, list) and any(isinstance(item, dict) for item in whole):
            raise DatasetError(f"{path} is one JSON array; it should be JSON Lines: one object a line, no brackets or commas around them")


def draft_of_line(line: str, origin: str) -> Draft:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise DatasetError(f"{origin} is not JSON ({error}); each line holds one whole object") from error
    try:
        return _draft(fields, origin)
    except KeyError as error:
        raise DatasetError(f"{origin} lacks {error}; see the format in eval/datasets/own.py") from error
    except ValueError as error:
        raise DatasetError(f"{origin} is not a judged query: {error}; see the format in eval/datasets/own.py") from error


def _draft(fields: object, origin: str) -> Draft:
    known = _object(fields, KEYS, not_read=SAMPLE_KEYS)
    query_id, text = _text(known["id"], "id"), _text(known["query"], "query")
    if query_id.split() != [query_id]:
        raise ValueError(f'"id" holds no white space, which would break TREC files, got {query_id!r}')
    answers, answerable = _texts(known["answers"], "answers"), known["answerable"]
    if not isinstance(answerable, bool):
        raise ValueError(f'"answerable" is true or false, got {answerable!r}')
    gold = _gold(known, answers)
    if answerable != bool(gold):
        raise ValueError("an answerable query needs gold, an unanswerable one has none")
    return Draft(
        query_id,
        text,
        answers,
        answerable,
        gold,
        f"{origin} ({query_id})",
        slices=tuple(f"{family}: {_text(known[key], key).replace('_', ' ')}" for key, family in SLICE_KEYS.items() if key in known),
        also=tuple(_texts(group, "also", least=1) for group in _list(known.get("also", []), "also")),
        evidences=_texts(known.get("evidences", []), "evidences"),
        among=_texts(known.get("among", []), "among"),
        without=_texts(known.get("without", []), "without"),
    )


def _gold(fields: Mapping[str, Any], answers: Sequence[str]) -> tuple[DraftGold, ...]:
    document, gold = fields.get("doc"), _list(fields.get("gold", []), "gold")
    if document is None:
        return tuple(_draft_gold(item) for item in gold)
    if gold:
        raise ValueError('it has "gold" and "doc"; give one of them')
    return tuple(DraftGold(_text(document, "doc"), quote=answer) for answer in answers)


def _draft_gold(fields: object) -> DraftGold:
    known = _object(fields, GOLD_KEYS)
    quote = _text(known["quote"], "quote") if known.get("quote") else ""
    start, end = (_place(known.get(key, -1), key) for key in ("start", "end"))
    if not quote and not 0 <= start < end:
        raise ValueError(f"gold needs a quote, or 0 <= start < end, got {fields!r}")
    if end >= 0 and not 0 <= start < end:
        raise ValueError(f'"end" of gold goes with a smaller "start", got {fields!r}')
    return DraftGold(_text(known["document"], "document"), quote, start, end)


def _object(value: object, keys: Sequence[str], *, not_read: Sequence[str] = ()) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object in braces, got {value!r}")
    unknown = [key for key in value if key not in keys and key not in not_read]
    if unknown:
        raise ValueError(f'there is no key "{unknown[0]}"; known are {", ".join(keys)}')
    return value


def _list(value: object, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f'"{key}" is a list, got {value!r}')
    return value


def _texts(value: object, key: str, *, least: int = 0) -> tuple[str, ...]:
    texts = tuple(_text(item, key) for item in _list(value, key))
    if len(texts) < least:
        raise ValueError(f'"{key}" has an empty list')
    return texts


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'"{key}": expected text, got {value!r}')
    value.encode()  # ValueError: half of a surrogate pair
    return value


def _place(value: object, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < -1:
        raise ValueError(f'"{key}" counts code points from 0, got {value!r}')
    return value


def _refuse_repeated_ids(drafts: Sequence[Draft]) -> None:
    seen: dict[str, str] = {}
    for draft in drafts:
        if draft.query_id in seen:
            raise DatasetError(f"{draft.origin} repeats the id of {seen[draft.query_id]}; ids are unique in a set")
        seen[draft.query_id] = draft.origin
