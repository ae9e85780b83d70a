"""The evaluation sets as their files have them: documents, and queries with gold as quotes in them.

A set is read as `Draft`s; `eval.gold` pins them to the text a library holds. Own sets are JSON Lines, one query a line:

    {"id": "q1", "query": "…", "answers": ["…"], "answerable": true, "gold": [{"document": "news/a.txt", "quote": "…"}]}

Gold may name "start" and "end" in code points instead of a quote; a line with "doc" instead of gold takes the places of its answers in
that document; "script" and "type" put the query into a slice. Nothing is downloaded: the data folder is there or it is not.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from qa.errors import ChuchuError
from qa.sample import documents_folder, queries_file

Context = Literal["paragraph", "document"]

CMRC_TRAIN, CMRC_DEV, DRCD_DEV = "cmrc2018_train.json.xz", "cmrc2018_dev.json.xz", "drcd_dev.json.xz"
NEWS = "news.jsonl.xz"
SLICE_KEYS = ("script", "type")  # fields of an own set by which its results are also grouped


class DatasetError(ChuchuError):
    """A data folder, a file or a line that cannot be used: which, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class DraftGold:
    """Gold as a file states it. Without `end`, every place of `quote`, or the one at `start` where that is right."""

    document: str  # path inside the ingested folder
    quote: str = ""
    start: int = -1  # -1: not stated
    end: int = -1  # -1: not stated


@dataclass(frozen=True, slots=True)
class Draft:
    """A judged query before it is pinned."""

    query_id: str
    text: str
    answers: tuple[str, ...]
    answerable: bool
    gold: tuple[DraftGold, ...]
    origin: str  # file and line, or file and id, for messages
    context: Context = "paragraph"
    slices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A document that is written to a file before it is ingested."""

    path: str  # inside the folder, with /
    text: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Queries and the documents they are asked of. `folder` (in place) or `articles` (to be written) gives the documents."""

    name: str
    sha256: str  # of everything it was read from
    drafts: tuple[Draft, ...]
    folder: Path | None = None
    sources: tuple[Path, ...] = ()  # compressed files whose `articles` are the documents

    def articles(self) -> Iterator[Article]:
        """The documents of the compressed sources, in order."""
        for source in self.sources:
            yield from _news_articles(source) if source.name == NEWS else _squad_articles(source)


# Reading the files


def read_queries(path: Path) -> tuple[Draft, ...]:
    """The queries of a JSON Lines file. DatasetError names file and line of what is wrong."""
    drafts: list[Draft] = []
    for number, line in enumerate(_text_of(path).splitlines(), 1):
        if not line.strip():
            continue
        origin = f"{path.name}, line {number}"
        try:
            drafts.append(_draft(json.loads(line), origin))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            said = f"lacks {error}" if isinstance(error, KeyError) else f"is not a judged query: {error}"
            raise DatasetError(f"{origin} {said}; see the format in eval/datasets.py") from error
    if not drafts:
        raise DatasetError(f"{path} holds no queries; it should have one JSON object a line")
    _refuse_repeated_ids(drafts)
    return tuple(drafts)


def _draft(fields: dict[str, Any], origin: str) -> Draft:
    answers = tuple(_strings(fields["answers"]))
    answerable = fields["answerable"]
    if not isinstance(answerable, bool):
        raise ValueError(f'"answerable" is true or false, got {answerable!r}')
    document = fields.get("doc")
    if document is not None:
        gold = tuple(DraftGold(document, quote=answer) for answer in answers)
    else:
        gold = tuple(_draft_gold(item) for item in fields.get("gold", ()))
    if answerable != bool(gold):
        raise ValueError("an answerable query needs gold, an unanswerable one has none")
    query_id, text = _strings([fields["id"], fields["query"]])
    slices = tuple(f"{key}: {fields[key]}" for key in SLICE_KEYS if key in fields)
    return Draft(query_id, text, answers, answerable, gold, f"{origin} ({query_id})", slices=slices)


def _draft_gold(fields: dict[str, Any]) -> DraftGold:
    gold = DraftGold(fields["document"], fields.get("quote", ""), int(fields.get("start", -1)), int(fields.get("end", -1)))
    if not gold.quote and not 0 <= gold.start < gold.end:
        raise ValueError(f"gold needs a quote, or 0 <= start < end, got {fields!r}")
    return gold


def _strings(values: Iterable[Any]) -> list[str]:
    values = list(values)
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"expected text, got {value!r}")
    return values


def _refuse_repeated_ids(drafts: Sequence[Draft]) -> None:
    seen: dict[str, str] = {}
    for draft in drafts:
        if draft.query_id in seen:
            raise DatasetError(f"{draft.origin} repeats the id of {seen[draft.query_id]}; ids are unique in a set")
        seen[draft.query_id] = draft.origin


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DatasetError(f"there is no file {path}") from error
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text: {error}") from error


def _squad_paragraphs(path: Path) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """(path of its document, context, questions) of each paragraph of a SQuAD-form file, each paragraph once."""
    name = path.name.partition(".")[0]
    number = 0
    try:
        for item in json.loads(_text_of(path))["data"]:
            for paragraph in item["paragraphs"]:
                yield f"{name}/{number:05}.txt", paragraph["context"], paragraph["qas"]
                number += 1
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{path} is not of SQuAD form (data, paragraphs, context, qas): {error!r}") from error


def _squad_articles(path: Path) -> Iterator[Article]:
    return (Article(name, context) for name, context, _ in _squad_paragraphs(path))


def read_squad(path: Path, *, slices: tuple[str, ...] = ()) -> tuple[Draft, ...]:
    """The questions of a SQuAD-form file, compressed with xz or not. The answers state where they begin; `pin` checks it.

    Of several accepted answers, those that are not in the passage (CMRC dev has 200 that somebody reworded) are no gold.
    """
    return tuple(
        Draft(
            query_id=question["id"],
            text=question["question"],
            answers=tuple(dict.fromkeys(answer["text"] for answer in question["answers"])),
            answerable=True,
            gold=_squad_gold(name, context, question["answers"]),
            origin=f"{path.name} ({question['id']})",
            context="document",
            slices=slices,
        )
        for name, context, questions in _squad_paragraphs(path)
        for question in questions
    )


def _squad_gold(name: str, context: str, answers: Sequence[dict[str, Any]]) -> tuple[DraftGold, ...]:
    there = [answer for answer in answers if answer["text"] in context] or answers
    return tuple(dict.fromkeys(DraftGold(name, answer["text"], answer["answer_start"]) for answer in there))


def _news_articles(path: Path) -> Iterator[Article]:
    """News articles, a thousand to a folder, by the number of their line."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            yield Article(f"news/{number // 1000:03}/{number:06}.txt", json.loads(line)["text"])


def news_articles(data: Path, n: int) -> Iterator[Article]:
    """The first n news articles of the data folder."""
    return islice(_news_articles(_present(data / "data" / NEWS)), n)


# The named sets


def data_folder(folder: Path | None) -> Path:
    """The folder with `data/` and `seeds/`: the one named, else CHUCHU_DATA, else `shared` beside the checkout. DatasetError: not there."""
    chosen = folder or Path(os.environ.get("CHUCHU_DATA") or Path(__file__).parents[2] / "shared")
    if not (chosen / "data").is_dir():
        raise DatasetError(
            f"the measuring data is not in {chosen} (it should hold data/ and seeds/); name its folder with --data or CHUCHU_DATA"
        )
    return chosen


def _present(path: Path) -> Path:
    if not path.exists():
        raise DatasetError(f"the data folder is not complete: {path} is missing")
    return path


def sample() -> Dataset:
    """The sample library that comes with Chuchu, with its 40 judged queries."""
    queries, documents = queries_file(), documents_folder()
    files = sorted(path for path in documents.rglob("*") if path.is_file())
    return Dataset("sample", sha256_of([queries, *files]), read_queries(queries), documents)


def seeds(data: Path) -> Dataset:
    """The five seed documents with their 15 questions. Gold: every place of an accepted answer in its document."""
    queries, documents = _present(data / "data" / "seed_questions.jsonl"), _present(data / "seeds")
    return Dataset("seeds", sha256_of([queries, *sorted(documents.glob("*.txt"))]), read_queries(queries), documents)


def open_zh(data: Path) -> Dataset:
    """The open benchmark: news and every passage of CMRC train, CMRC dev and DRCD dev; queries of the two dev sets, one slice each."""
    sources = tuple(_present(data / "data" / name) for name in (NEWS, CMRC_TRAIN, CMRC_DEV, DRCD_DEV))
    drafts = read_squad(sources[2], slices=("cmrc2018-dev",)) + read_squad(sources[3], slices=("drcd-dev",))
    return Dataset("open-zh", sha256_of(sources), drafts, sources=sources)


def sha256_of(paths: Iterable[Path]) -> str:
    """64 hex digits of the names and bytes of files, in order; the folder they lie in does not count."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def first_queries(drafts: Sequence[Draft], limit: int) -> tuple[Draft, ...]:
    """At most `limit` queries of each first slice (of all, where there are no slices), spread evenly over the set."""
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.slices[:1], []).append(draft)
    return tuple(draft for group in groups.values() for draft in _spread(group, limit))


def _spread(group: list[Draft], limit: int) -> list[Draft]:
    return [group[i * len(group) // limit] for i in range(limit)] if len(group) > limit else group
