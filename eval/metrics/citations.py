"""Citations: whether a quote stands where it is said to stand, and ALCE's citation recall and precision.

ALCE (Gao, Yen, Yu and Chen, Enabling Large Language Models to Generate Text with Citations, EMNLP 2023) leaves to a judge whether a
premise supports a hypothesis; there it is a large entailment model. Ours is `contained`, which needs none and which anyone can check by
eye. It is strict (other words for the same thing are not supported) and blind to meaning (不同意 contains 同意, 15 contains 5), so it
suits systems that quote; figures from different judges are not comparable. Not handled: ALCE's cutting of an answer into statements (they
come as claims) and its limit of three citations a statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from eval.metrics.answers import squeeze
from qa.records import Span, text_at

Supports = Callable[[str, str], bool]  # premise, hypothesis

CONTAINMENT = "exact containment"  # what a report calls `contained`

_SENTENCE_ENDS = re.compile(r"[。！？!?；\n]")
# As folding leaves them. No %, no minus and no other sign that changes what is said.
_AT_ENDS = "。、,.:;!?…—·\"'“”‘’()[]{}《》〈〉「」『』【】〔〕"


def quote_stands_at(text: str, quote: str, spans: Sequence[Span]) -> bool:
    """Whether the quote equals the text at the spans, character for character; the spans in order, without anything between.

    False for a quote of nothing, and for spans that reach beyond the text.
    """
    return bool(quote) and all(span.end <= len(text) for span in spans) and quote == text_at(text, spans)


def contained(premise: str, hypothesis: str) -> bool:
    """Whether every sentence of the hypothesis stands in the premise, script, width, case, white space and punctuation at its ends aside.

    Sentences end at 。！？!?； and line ends. A sentence may run over the border of two quotes, since white space does not count and the
    premise is all of them together. A hypothesis that says nothing is not supported.
    """
    held = squeeze(premise)
    sentences = [sentence for part in _SENTENCE_ENDS.split(hypothesis) if (sentence := squeeze(part).strip(_AT_ENDS))]
    return bool(sentences) and all(sentence in held for sentence in sentences)


def citation_recall(claim: str, quotes: Sequence[str], supports: Supports) -> float:
    """1 when the claim has a quote and all its quotes together support it, else 0. The mean over an answer's claims is its recall."""
    return float(bool(quotes) and supports(_joined(quotes), claim))


def citation_precision(claim: str, quotes: Sequence[str], supports: Supports) -> list[float]:
    """One value for each quote of the claim: 1 when the claim has recall and the quote is not beside the point, else 0.

    Beside the point is a quote that alone does not support the claim and without which the others still do. The mean over the quotes of
    all claims of an answer is its precision.
    """
    if not citation_recall(claim, quotes, supports):
        return [0.0] * len(quotes)
    return [float(not _beside_the_point(claim, quotes, place, supports)) for place in range(len(quotes))]


def _beside_the_point(claim: str, quotes: Sequence[str], place: int, supports: Supports) -> bool:
    others = [*quotes[:place], *quotes[place + 1 :]]
    return bool(others) and not supports(quotes[place], claim) and supports(_joined(others), claim)


def _joined(quotes: Sequence[str]) -> str:
    return "\n".join(quotes)
