"""The vocabulary and tokenizer of the static encoder: jieba's words as a `tokenizers` Unigram model.

A Unigram model whose scores are log relative frequencies picks the most probable way through the words, as jieba does without its
hidden Markov model. Words stand in their folded form; a word left out falls apart into shorter ones and at last into single characters.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from embeddings.folding import fold
from embeddings.training.dictionary import jieba_words

UNKNOWN = "[UNK]"
LATIN_PRIOR = 100  # what one occurrence of a Latin word or number counts for beside jieba's frequencies, which come from a larger corpus


def full_vocabulary(texts: Iterable[str]) -> dict[str, int]:
    """Folded word -> frequency: all of jieba's Han words and characters, and the Latin words and numbers that the folded texts hold."""
    frequencies: Counter[str] = Counter()
    for word, frequency in jieba_words().items():
        folded = fold(word)
        if all(_is_han(character) for character in folded):
            frequencies[folded] += max(1, frequency)
    splitter = _splitter()
    for text in texts:
        for run, _ in splitter.pre_tokenize_str(text):
            if not _is_han(run[0]):
                frequencies[run] += LATIN_PRIOR
            else:
                frequencies.update({character: 0 for character in run if character not in frequencies})
    return {word: max(1, frequency) for word, frequency in frequencies.items()}


def pruned_vocabulary(frequencies: dict[str, int], counts: Counter[str], size: int) -> dict[str, int]:
    """The `size` most counted words and, whatever their count, every Han character that was counted at all."""
    characters = {word for word in counts if len(word) == 1 and _is_han(word)}
    words = [word for word, _ in counts.most_common() if word not in characters]
    kept = sorted([*characters, *words[: size - len(characters)]], key=lambda word: (-counts[word], word))
    return {word: frequencies[word] for word in kept}


def build_tokenizer(frequencies: dict[str, int]) -> Tokenizer:
    """A tokenizer over the words, numbered from 1 in the order given; 0 is the unknown."""
    total = sum(frequencies.values())
    scores = [(word, round(math.log(frequency / total), 3)) for word, frequency in frequencies.items()]
    unknown = min(score for _, score in scores) - 10.0
    tokenizer = Tokenizer(models.Unigram([(UNKNOWN, unknown), *scores], unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = _splitter()
    return tokenizer


def compact_json(tokenizer: Tokenizer) -> str:
    """The tokenizer's file without indentation: half the size."""
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))


def _splitter() -> pre_tokenizers.PreTokenizer:
    """Runs of Han characters, and runs of other letters and digits; everything between is dropped."""
    others = pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}]+"), "removed")
    return pre_tokenizers.Sequence([others, pre_tokenizers.Split(Regex(r"\p{Han}+"), "isolated")])


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"
