"""Cases for the checker: at most one of each kind from an article, always the same ones for the same seed."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from eval.datasets import CMRC_TRAIN, Article, news_articles
from eval.datasets.squad import known_paragraphs, squad_articles
from eval.mutations.changes import MUTATIONS
from eval.mutations.paraphrases import ORDER, OTHER_WORDS, PARAPHRASES, PRONOUN, pronoun_filled_in, turned
from eval.mutations.sentences import Sentence, sentences

PARAPHRASED = 0.5  # share of the changed statements that are paraphrased besides
_RARE = (PRONOUN, "speaker", "plan as fact", "direction", ORDER, "unit", "year")
_ON_TOP = ("shortened", "script", "sentence split", "quotation marks", "markers", "width", "numeral form")
_OF_TWO = {PRONOUN: pronoun_filled_in, ORDER: turned}  # made from a sentence and its neighbour, both of which are quoted
Half = Literal["develop", "report"]


@dataclass(frozen=True, slots=True)
class Case:
    """A statement, the quotes it is checked against, and what was done to it."""

    kind: str  # a key of MUTATIONS, PARAPHRASES or OTHER_WORDS, PRONOUN or ORDER
    statement: str
    quotes: tuple[str, ...]
    source: str  # the sentence it was made from
    article: str  # its path
    also: str = ""  # the paraphrase on top of a mutation


def articles(data: Path, n_news: int, half: Half) -> Iterator[Article]:
    """One half, by a hash of their paths, of the first news articles and of all CMRC train passages."""
    every = chain(news_articles(data, n_news), squad_articles(known_paragraphs(data, CMRC_TRAIN)))
    return (article for article in every if zlib.crc32(article.path.encode()) % 2 == (half == "report"))


def cases(chosen: Iterable[Article], *, seed: int = 0) -> Iterator[Case]:
    """At most one case of each kind from each article."""
    for article in chosen:
        draw = random.Random(f"{seed} {article.path}")  # noqa: S311
        wanted = {*MUTATIONS, *PARAPHRASES, *OTHER_WORDS, *_OF_TWO}
        for sentence in sentences(article, draw):
            # The kinds in an order of the sentence's own, the rarest first, until one applies: no sentence is used twice.
            for kind in sorted(draw.sample(sorted(wanted), len(wanted)), key=lambda one: one not in _RARE):
                case = _case(kind, sentence, draw)
                if case:
                    wanted.discard(kind)
                    yield case
                    break


def _case(kind: str, sentence: Sentence, draw: random.Random) -> Case | None:
    if kind in MUTATIONS:
        statement = MUTATIONS[kind](sentence, draw)
        if statement and draw.random() < PARAPHRASED:
            also = draw.choice(_ON_TOP)
            changed = PARAPHRASES[also](statement, draw)
            if changed and changed != statement and not sentence.text.startswith(changed[:-1]):  # the change must not be cut off
                return Case(kind, changed, _quotes(sentence, draw, without=statement), sentence.text, sentence.article, also)
    else:
        statement = _OF_TWO[kind](sentence) if kind in _OF_TWO else (PARAPHRASES | OTHER_WORDS)[kind](sentence.text, draw)
    if not statement or statement == sentence.text:
        return None
    return Case(kind, statement, _quotes(sentence, draw, whole=kind in _OF_TWO, without=statement), sentence.text, sentence.article)


def _quotes(sentence: Sentence, draw: random.Random, *, without: str, whole: bool = False) -> tuple[str, ...]:
    """The sentence alone, with its neighbours in one quote, or beside the one before or another of the article as a quote of its own."""
    way = "joined" if whole else draw.choice(("alone", "joined", "apart", "beside"))
    if way == "joined":
        return (sentence.before + sentence.text + sentence.after,)
    others = [other for other in sentence.others if other != without]
    if way == "beside" and others:
        return (sentence.text, draw.choice(others))
    return (sentence.before, sentence.text) if way == "apart" and sentence.before else (sentence.text,)
