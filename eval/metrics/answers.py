"""Answers, as texts: whether one holds an accepted answer, and how near it comes by the rules of CMRC 2018 and of ExpMRC.

The two published rules are followed to the letter, oddities included, so that figures can stand beside those of other systems: the rule
of CMRC 2018 is the fifth version of its evaluation script, in the form for SQuAD-style files (github.com/ymcui/cmrc2018); that of ExpMRC
is `eval_expmrc.py` (github.com/ymcui/expmrc). Neither folds script or width: 圖書館 is not 图书馆 to them. Containment does.

One difference may show. Both scripts hand each run of characters that are not Han to nltk's `word_tokenize`, which first cuts the run
into sentences with a trained model, punkt, that has to be downloaded. Here a run is one sentence, so a full stop inside it stays with its
word ("Inc. Ltd" and "end. Next" alike), where punkt would have cut some off. Runs are short in Chinese text, and few hold such a stop.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache

from embeddings.folding import fold

# The list of both scripts. Its …… is two characters, which no single character equals: an ellipsis is part of a run.
_MARKS = frozenset("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
# A token by itself: a mark, or a Han character by the range of the scripts, which leaves out 〇, the extensions and the late additions.
_ALONE = re.compile(f"([\u4e00-\u9fa5{re.escape(''.join(sorted(_MARKS)))}])")
_ARTICLES = frozenset(("a", "an", "the"))
_DROPPED = _MARKS | frozenset(string.punctuation) | {"…"}  # by ExpMRC, which takes …… apart


def squeeze(text: str) -> str:
    """The text as answers are compared: folded, without white space."""
    return "".join(fold(text).split())


def contains_answer(text: str, answers: Iterable[str]) -> bool:
    """Whether the text holds one of the accepted answers, script, width, case and white space aside. An empty answer is in no text."""
    squeezed = squeeze(text)
    return any(answer and answer in squeezed for answer in map(squeeze, answers))


def cmrc_em(prediction: str, answers: Iterable[str]) -> float:
    """1 when the prediction equals an answer but for case, white space at the ends and the marks of the list; else 0, also without answers.

    Case and ends come first, marks after: "， 桥" is " 桥" and does not equal "桥". An empty prediction equals an answer of marks alone.
    """
    given = _without_marks(prediction)
    return float(any(_without_marks(answer) == given for answer in answers))


def cmrc_f1(prediction: str, answers: Iterable[str]) -> float:
    """The best F1 of the prediction against an answer, 0..1; from the longest run of tokens that both have without a break.

    Tokens, after lowering case: each Han character, and the words of what stands between two of them. Marks are left out before words
    are made, so "3-4" is the word 34. 0 when nothing is shared, also when both are empty; 0 without answers.
    """
    given = _cmrc_tokens(prediction)
    return max((_run_f1(given, _cmrc_tokens(answer)) for answer in answers), default=0.0)


def expmrc_f1(prediction: str, golds: Iterable[str]) -> float:
    """The best F1 of the prediction against a gold, 0..1; from the tokens that both have, in any order, each as often as both have it.

    For answers and for evidence alike; the overall score of a query is the product of the two. Tokens as by CMRC 2018, but marks end a
    word; then a, an, the and single marks (the list and ASCII) are left out, and only then is case lowered, so "The" stays. When one side
    has no tokens left: 1 if both have none, else 0. 0 without golds.
    """
    given = _expmrc_tokens(prediction)
    return max((_bag_f1(given, _expmrc_tokens(gold)) for gold in golds), default=0.0)


def _without_marks(text: str) -> str:
    return "".join(character for character in text.lower().strip() if character not in _MARKS)


def _cmrc_tokens(text: str) -> list[str]:
    return _segmented(_without_marks(text))


def _expmrc_tokens(text: str) -> list[str]:
    return [token.lower() for token in _segmented(text.strip()) if token not in _ARTICLES and token not in _DROPPED]


def _segmented(text: str) -> list[str]:
    """Each Han character and each mark by itself, and the words of every run between them."""
    parts = _ALONE.split(text)  # runs at even places, what stands alone at odd ones
    return [token for place, part in enumerate(parts) for token in ((part,) if place % 2 else _words(part))]


@lru_cache(maxsize=10_000)
def _words(run: str) -> tuple[str, ...]:
    return tuple(_word_tokenizer()(run)) if run.strip() else ()


@cache
def _word_tokenizer() -> Callable[[str], list[str]]:
    """The part of nltk's `word_tokenize` after sentences are cut; regular expressions only, no data."""
    from nltk.tokenize.destructive import NLTKWordTokenizer

    tokenize: Callable[[str], list[str]] = NLTKWordTokenizer().tokenize
    return tokenize


def _run_f1(given: Sequence[str], answer: Sequence[str]) -> float:
    return _f1(SequenceMatcher(None, given, answer, autojunk=False).find_longest_match().size, len(given), len(answer))


def _bag_f1(given: Sequence[str], gold: Sequence[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    return _f1((Counter(given) & Counter(gold)).total(), len(given), len(gold))


def _f1(shared: int, given: int, wanted: int) -> float:
    """Harmonic mean of shared / given and shared / wanted; 0 when nothing is shared."""
    return 2 * shared / (given + wanted) if shared else 0.0
