"""RGB in Chinese: queries with web snippets, some that answer them and some that look alike, mixed at fixed ratios of noise.

Chen et al., "Benchmarking Large Language Models in Retrieval-Augmented Generation" (AAAI 2024): five snippets a query. Here each snippet
is a document, and a query is asked of its five. Its answer is a list of what must be said; an item that is itself a list is a choice.
Not handled: the parts of RGB about combining snippets and about wrong facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.files import RGB, check_counts, present, read_text
from eval.datasets.records import Article, DatasetError, Draft, DraftGold

SNIPPETS = 5  # a query
NOISE = {"0.0": 0, "0.2": 1, "0.4": 2, "0.6": 3, "0.8": 4, "1.0": 5}  # ratio of noise: negatives among the snippets


@dataclass(frozen=True, slots=True)
class Item:
    """One query of RGB with its snippets."""

    number: int
    query: str
    answers: tuple[tuple[str, ...], ...]  # one of each must be said
    positive: tuple[str, ...]
    negative: tuple[str, ...]

    def chosen(self, negatives: int) -> tuple[Article, ...]:
        """The snippets of one ratio, the first of each list. Too few of one kind are filled up by the other, but for noise alone."""
        positives = SNIPPETS - negatives
        if positives and negatives > len(self.negative):
            negatives, positives = len(self.negative), SNIPPETS - len(self.negative)
        elif positives > len(self.positive):
            negatives, positives = SNIPPETS - len(self.positive), len(self.positive)
        return (*self._articles("positive", self.positive[:positives]), *self._articles("negative", self.negative[:negatives]))

    def _articles(self, kind: str, snippets: Iterable[str]) -> Iterator[Article]:
        return (Article(f"rgb/{self.number}/{kind}-{place:02}.txt", text) for place, text in enumerate(snippets))


def known_rgb(data: Path) -> tuple[Item, ...]:
    """The items of the data folder, version and counts checked."""
    items = read_rgb(present(data, RGB))
    check_counts(RGB, items=len(items))
    return items


def read_rgb(path: Path) -> tuple[Item, ...]:
    """The items of a file: one JSON array. DatasetError: of another form."""
    try:
        return tuple(
            Item(
                number=fields["id"],
                query=fields["query"],
                answers=tuple(tuple(group) if isinstance(group, list) else (group,) for group in fields["answer"]),
                positive=tuple(fields["positive"]),
                negative=tuple(fields["negative"]),
            )
            for fields in json.loads(read_text(path))
        )
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{path.name} is not of RGB's form (id, query, answer, positive, negative): {error!r}") from error


def rgb_articles(items: Iterable[Item]) -> Iterator[Article]:
    """Every snippet that some ratio uses, once."""
    for item in items:
        used = {article.path: article for negatives in NOISE.values() for article in item.chosen(negatives)}
        yield from (used[path] for path in sorted(used))


def rgb_drafts(items: Iterable[Item], *, slices: tuple[str, ...] = ()) -> tuple[Draft, ...]:
    """Each query at each ratio, ratio by ratio. With noise alone it is unanswerable.

    Gold is every place of an accepted answer in the positive snippets, letter for letter.
    """
    items = tuple(items)
    return tuple(_draft(item, ratio, negatives, slices) for ratio, negatives in NOISE.items() for item in items)


def _draft(item: Item, ratio: str, negatives: int, slices: tuple[str, ...]) -> Draft:
    chosen = item.chosen(negatives)
    answerable = negatives < SNIPPETS
    query_id = f"rgb-{item.number}-{ratio}"
    accepted = dict.fromkeys(answer for group in item.answers for answer in group)
    gold = tuple(
        DraftGold(article.path, answer)
        for article in chosen
        if answerable and "/positive-" in article.path
        for answer in accepted
        if answer in article.text
    )
    return Draft(
        query_id=query_id,
        text=item.query,
        answers=item.answers[0] if answerable else (),
        answerable=answerable,
        gold=gold,
        origin=f"{RGB} ({query_id})",
        context="document",
        slices=(*slices, f"noise: {ratio}"),
        also=item.answers[1:] if answerable else (),
        among=tuple(article.path for article in chosen),
    )
