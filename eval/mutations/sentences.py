"""Sentences of articles with what stands round them: what statements are made from."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eval.datasets import Article
from eval.words import Word, plain, tagged
from qa.splitting import sentence_spans

SHORTEST, LONGEST = 15, 120  # characters of a sentence
MOST_TRIED = 12  # sentences of an article
NAME_TAGS = ("nr", "ns", "nt")  # jieba: person, place, organisation

_NO_SENTENCE = re.compile(r"[?？]|责任编辑|原标题|点击|扫码|\(?记者.{0,8}$|https?:|^[（(【\[]")
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article, with its words."""

    text: str
    before: str  # the sentence before it, "" for none
    after: str
    others: tuple[str, ...]  # more sentences of the article, apart from these three
    words: tuple[Word, ...]
    names: Mapping[str, tuple[str, ...]]  # tag -> the names of the article
    article: str  # its path


def sentences(article: Article, draw: random.Random) -> Iterator[Sentence]:
    """Some sentences of an article, in an order that `draw` decides."""
    texts = [article.text[span.start : span.end] for span in sentence_spans(article.text)]
    usable = [place for place, text in enumerate(texts) if _is_usable(text)]
    words = {place: tagged(plain(texts[place])) for place in usable}
    names = {
        tag: tuple(dict.fromkeys(word.text for place in usable for word in words[place] if word.tag == tag and len(word.text) > 1))
        for tag in NAME_TAGS
    }
    draw.shuffle(usable)
    for place in usable[:MOST_TRIED]:
        yield Sentence(
            text=texts[place],
            before=texts[place - 1] if place else "",
            after=texts[place + 1] if place + 1 < len(texts) else "",
            others=tuple(texts[other] for other in usable if abs(other - place) > 1),
            words=words[place],
            names=names,
            article=article.path,
        )


def _is_usable(text: str) -> bool:
    mostly_han = len(_HAN.findall(text)) * 2 > len(text)
    return SHORTEST <= len(text) <= LONGEST and text[-1] in "。！!；" and mostly_han and not _NO_SENTENCE.search(text)
