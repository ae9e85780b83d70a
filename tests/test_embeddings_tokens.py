from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.tokens import RANKS, count_tokens, encoding, read_ranks


def test_ranks_are_a_whole_vocabulary() -> None:
    ranks = read_ranks(RANKS)
    assert len(ranks) == 16_384
    assert sorted(ranks.values()) == list(range(16_384))
    assert all(bytes([byte]) in ranks for byte in range(256))


@given(st.text())
def test_round_trip(text: str) -> None:
    assert encoding().decode(encoding().encode_ordinary(text)) == text


@given(st.text(), st.text())
def test_a_text_never_costs_more_than_its_lines(first: str, second: str) -> None:
    assert count_tokens(f"{first}\n{second}") <= count_tokens(first) + count_tokens(second) + 1


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("的", 1), ("中国", 1), ("公司公司", 2), ("2023", 1), ("a", 1)])
def test_counts(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_both_scripts_cost_the_same() -> None:
    assert count_tokens("圖書館週一閉館，請於週二再來。") == count_tokens("图书馆周一闭馆，请于周二再来。")


def test_the_names_of_special_tokens_are_text() -> None:
    assert count_tokens("<|endoftext|>") > 1


def test_agrees_with_the_library_it_was_trained_with() -> None:
    """The same merges in `tokenizers`, rebuilt from the ranks: a merge of two tokens has the rank of what it makes."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    from embeddings.tokens import SPLIT_PATTERN
    from embeddings.training.train_tokens import byte_alphabet

    letter = {byte: character for character, byte in byte_alphabet().items()}
    ranks = read_ranks(RANKS)
    write = {token: "".join(letter[byte] for byte in token) for token in ranks}
    merges = [
        (write[token[:cut]], write[token[cut:]])
        for token in ranks
        for cut in range(1, len(token))
        if token[:cut] in ranks and token[cut:] in ranks
    ]
    tokenizer = Tokenizer(models.BPE(vocab={write[token]: rank for token, rank in ranks.items()}, merges=merges))
    split = pre_tokenizers.Split(Regex(SPLIT_PATTERN), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    text = "县图书馆昨日公布2023年年度报告:全年借出图书18万册,比上年增加6.5%. the report is on-line. 𠮷野家 🍵"
    assert encoding().encode_ordinary(text) == tokenizer.encode(text).ids


@pytest.mark.parametrize("unit", ["中", "一丁七三", "a", " ", "，", "1", "e\u0301"])
def test_a_text_without_breaks_is_counted_in_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        started = time.perf_counter()
        count_tokens(unit * (length // len(unit)))
        return time.perf_counter() - started

    seconds(1000)
    assert seconds(1_600_000) < 60 * max(seconds(100_000), 0.002)  # 16 times the text; quadratic would be 256 times the time


def test_threads_agree() -> None:
    texts = [f"第{number}次会议讨论了{number * 7}项议题。" for number in range(200)]
    encoding.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(count_tokens, texts)) == [count_tokens(text) for text in texts]
