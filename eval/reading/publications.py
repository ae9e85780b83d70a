"""Real publications against what a person read in them: `python -m eval.reading.publications`.

The seed files are a magazine, a bundle of pieces and three texts from the web. `publications.json` holds what was read by eye, as hashes of
letters, so that no sentence of theirs is in the repository: for each entry of the magazine's contents page its page, its title, its authors
where the contents page names them and how its first paragraph begins; for each piece of the bundle its title and beginning; for each web
text title, date and source. Without gold are counted: characters that lie in no block or in two, passages over two sections, and paragraphs
of articles that stop inside a sentence, joined and not. Not every one of the latter is a cut, so the share joined is a lower bound.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from embeddings.folding import fold
from eval.datasets.files import data_folder
from eval.datasets.records import DatasetError
from eval.metrics.intervals import summarise
from eval.reading.measurement import Goal, Measurement
from eval.tables import measurement_text
from qa.reading import read
from qa.reading.patterns import ends_sentence
from qa.reading.publication.joints import SHORTEST_FIRST, breaks_off
from qa.reading.publication.structured import SURE_PROSE
from qa.records import Document, Section, text_at
from qa.splitting import split_passages

GOLD = Path(__file__).with_name("publications.json")
BEGINNING = 12  # letters of a first paragraph that are compared
HASH = 16  # hex digits
GOALS = {"entry found as article": 0.95, "first paragraph": 0.95, "authors": 0.95}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: of which kind, where, and whether it is as it should be."""

    kind: str
    place: str
    right: bool


def digest(text: str, letters: int | None = None) -> str:
    """sha256 of the letters and digits of a text, or the first so many of them, blind to script and width."""
    plain = "".join(character for character in fold(text) if character.isalnum())[:letters]
    return hashlib.sha256(plain.encode()).hexdigest()[:HASH]


def beginning(document: Document, section: Section) -> str:
    """The hash of how the first paragraph of a section begins; that of nothing when it has none."""
    own = (block for block in document.blocks if block.section_id == section.section_id and block.kind == "paragraph")
    texts = (text_at(document.text, block.spans) for block in own)
    return digest(next((text for text in texts if ends_sentence(text) or (breaks_off(text) and len(text) > SURE_PROSE)), ""), BEGINNING)


def checks(document: Document, gold: dict[str, Any]) -> Iterator[Check]:
    """What the gold says of a document, point by point."""
    by_page: dict[str, Section] = {}
    for section in document.sections:
        by_page.setdefault(section.pages.partition("-")[0], section)
    for entry in gold.get("entries", ()):
        found = by_page.get(entry["page"], Section(""))
        yield Check("entry found as article", entry["page"], digest(found.title) == entry["title"])
        yield Check("first paragraph", entry["page"], beginning(document, found) == entry["first"])
        if entry["authors"]:
            yield Check("authors", entry["page"], [digest(author) for author in found.authors] == entry["authors"])
    pieces = gold.get("pieces", ())
    for number, (piece, section) in enumerate(zip(pieces, document.sections, strict=False), start=1):
        right = digest(section.title) == piece["title"] and beginning(document, section) == piece["first"]
        yield Check("piece of a bundle", str(number), right)
    for number in range(len(document.sections) + 1, len(pieces) + 1):
        yield Check("piece of a bundle", str(number), right=False)
    for name in ("title", "published", "publication"):
        if name in gold:
            yield Check("title, date, source of a web text", name, digest(getattr(document, name)) == gold[name])


def unaccounted(document: Document) -> int:
    """Characters, white space aside, that lie in no block or in more than one."""
    times = Counter(place for block in document.blocks for span in block.spans for place in range(span.start, span.end))
    return sum(times[place] != 1 for place, character in enumerate(document.text) if not character.isspace())


def mixed_passages(document: Document) -> list[bool]:
    """For each passage of a document with sections whether it lies in one of them, or in none, only."""
    owner = {place: block.section_id for block in document.blocks for span in block.spans for place in range(span.start, span.end)}
    passages = split_passages(document) if document.sections else ()
    return [len({owner.get(span.start) for span in passage.spans} | {passage.section_id}) > 1 for passage in passages]


def cut_paragraphs(document: Document) -> list[tuple[str, bool]]:
    """(how the first half ends, whether it was joined) for every paragraph of an article that stops inside a sentence."""
    found = []
    for block in document.blocks:
        if block.kind != "paragraph" or not block.section_id:
            continue
        found += [(document.text[max(before.start, before.end - BEGINNING) : before.end], True) for before, _ in pairwise(block.spans)]
        text = text_at(document.text, block.spans)
        if len(text) > SHORTEST_FIRST and breaks_off(text):
            found.append((text[-BEGINNING:], False))
    return found


def measure(data: Path) -> Measurement:
    """The seed files against the gold. DatasetError when one of them is not there or another one than was read."""
    documents = dict(_documents(data))
    gold = json.loads(GOLD.read_text(encoding="utf-8"))["files"]
    found = [check for name, document in documents.items() for check in checks(document, gold[name])]
    kinds = list(dict.fromkeys(check.kind for check in found))
    figures = [(kind, [check.right for check in found if check.kind == kind], GOALS.get(kind, 1.0)) for kind in kinds]
    figures += [
        ("cut paragraphs joined", [joined for document in documents.values() for _, joined in cut_paragraphs(document)], 0.9),
        ("passages within one article", [not mixed for document in documents.values() for mixed in mixed_passages(document)], 1.0),
        ("files with every character in one block", [not unaccounted(document) for document in documents.values()], 1.0),
    ]
    return Measurement(
        name="publications",
        title="A magazine, a bundle and web texts",
        command="python -m eval.reading.publications",
        figures=tuple(Goal(summarise(name, values), "at least", goal) for name, values, goal in figures),
        columns=("file", "characters", "articles", "joints", "points right", "points wrong"),
        rows=tuple(_row(name, document, gold[name]) for name, document in documents.items()),
        note="Points read by eye, kept as hashes. Cut paragraphs: those of articles that stop inside a sentence; some of them are whole (a"
        " line without a full stop), so that the share joined is a lower bound.",
    )


def _documents(data: Path) -> Iterator[tuple[str, Document]]:
    for name, gold in json.loads(GOLD.read_text(encoding="utf-8"))["files"].items():
        path = data / "seeds" / name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest()[:HASH] != gold["sha256"]:
            raise DatasetError(f"{path} is missing or another file than the one that was read by eye; copy the seeds again")
        yield name, read(content, path=name, doc_id="0" * 16)


def _row(name: str, document: Document, gold: dict[str, Any]) -> tuple[str, ...]:
    found = list(checks(document, gold))
    wrong = ", ".join(f"{check.kind} {check.place}" for check in found if not check.right)
    joints = sum(len(block.spans) - 1 for block in document.blocks)
    return (
        name,
        str(len(document.text)),
        str(len(document.sections)),
        str(joints),
        str(sum(check.right for check in found)),
        wrong or "none",
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures and the table; --cuts also lists the paragraphs that stop inside a sentence, for reading by eye."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.publications", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--data", type=Path, help="the folder with seeds/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--cuts", action="store_true", help="list where paragraphs stop inside a sentence, joined and not")
    chosen = parser.parse_args(argv)
    data = data_folder(chosen.data)
    typer.echo(measurement_text(measure(data)))
    if chosen.cuts:
        for name, document in _documents(data):
            for block in document.blocks:
                for before, after in pairwise(block.spans):
                    halves = document.text[before.start : before.end][-BEGINNING:], document.text[after.start : after.end][:BEGINNING]
                    typer.echo(f"{name} joined: {halves[0]!r} | {halves[1]!r}")
            typer.echo("\n".join(f"{name} open: {end!r}" for end, is_joined in cut_paragraphs(document) if not is_joined))


if __name__ == "__main__":
    main()
