"""The reader: texts as numbers, what is known before the network looks, the network's own arithmetic, and what a reading says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from qa.answering.reader.features import FEATURES, features_of, question_words
from qa.answering.reader.network import LONGEST_ANSWER, NOTHING, Network, Scores, Shape, load_network, save_network
from qa.answering.reader.reading import LONGEST_WINDOW, Reader, Reading
from qa.answering.reader.texts import WORD_KINDS, Lexicon
from qa.answering.reader.threads import one_blas_thread
from qa.records import Span
from qa.splitting import sentence_spans

SHAPE = Shape(dim=8, encoder=(1,), before=(1, 2), heads=2, after=(1,), pair=4)
LEXICON = Lexicon(
    tuple("桥建于年由商人修望鹭"), ("商人", "建于"), np.linspace(1, 0.5, 11, dtype=np.float32), np.array([1, 0.4, 0.6], dtype=np.float32)
)
TEXT = "望鹭桥建于一八三七年。桥由本县商人修成，全长百米。"
ANY_TEXT = st.text(st.sampled_from("望鹭橋桥建於于１8年㎏ﷺ。？\n “”《·》ab商人"), min_size=1, max_size=60)


def random_tensors(shape: Shape = SHAPE, characters: int = 6, words: int = 5) -> dict[str, np.ndarray]:
    """Weights that mean nothing, of the sizes the network has."""
    generator = np.random.default_rng(3)
    dim, entered = shape.dim, characters + words + 12 + len(FEATURES)

    def linear(name: str, out: int, into: int) -> dict[str, np.ndarray]:
        return {f"{name}.weight": generator.normal(size=(out, into)) * into**-0.5, f"{name}.bias": generator.normal(size=out) * 0.1}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {f"{name}.weight": generator.normal(size=dim) * 0.1 + 1, f"{name}.bias": generator.normal(size=dim) * 0.1}

    rooms = {"encoder": shape.encoder, "before": shape.before, "after": shape.after}
    blocks = [f"{room}.{place}" for room, dilations in rooms.items() for place in range(len(dilations))]
    tensors = {
        "characters.weight": generator.normal(size=(len(LEXICON.characters) + 1, characters)),
        "words.weight": generator.normal(size=(len(LEXICON.words) + 1, words)),
        "kinds.weight": generator.normal(size=(len(WORD_KINDS), 12)),
        **linear("entry", dim, entered),
        **linear("align_text", dim, dim),
        "align_query.weight": generator.normal(size=(dim, dim)) * dim**-0.5,
        "align_same": np.array([1.0, 0.5]),
        "pool.weight": generator.normal(size=(1, dim)),
        **linear("merge", dim, 4 * dim),
        **norm("norm"),
        **norm("attention.norm"),
        **linear("attention.three", 3 * dim, dim),
        **linear("attention.out", dim, dim),
        **linear("ends", 2, dim),
        **linear("first", shape.pair, dim),
        **linear("last", shape.pair, dim),
        "lengths": generator.normal(size=LONGEST_ANSWER),
        **linear("silence", 1, 2 * dim),
        **linear("yes_no", 1, 2 * dim),
    }
    for block in blocks:
        tensors |= {**norm(f"{block}.norm"), **linear(f"{block}.near", 2 * dim, 3 * dim)}
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


NETWORK = Network(SHAPE, LEXICON, random_tensors())


@given(ANY_TEXT)
def test_every_array_has_a_place_for_each_character_of_the_text_as_it_was_given(text: str) -> None:
    tokens = LEXICON.tokens(text)
    arrays = (tokens.codes, tokens.characters, tokens.words, tokens.kinds, tokens.character_rarity, tokens.word_starts, tokens.word_ends)
    assert len(tokens.text) == len(text)
    assert {len(array) for array in arrays} == {len(text)}
    assert tokens.word_starts.sum() == tokens.word_ends.sum() > 0


def test_the_scripts_do_not_differ() -> None:
    simplified, traditional = LEXICON.tokens("桥建于何时"), LEXICON.tokens("橋建於何時")
    assert simplified.text == traditional.text
    assert simplified.characters.tolist() == traditional.characters.tolist()
    assert simplified.words.tolist() == traditional.words.tolist()


def test_a_word_covers_its_characters() -> None:
    tokens = LEXICON.tokens("商人修桥")
    assert tokens.words.tolist()[:2] == [1, 1]
    assert tokens.word_starts.tolist()[:2] == [True, False]
    assert tokens.word_ends.tolist()[:2] == [False, True]


def _features(text: str, query: str) -> dict[str, list[float]]:
    asked, read = LEXICON.tokens(query), LEXICON.tokens(text)
    rows = features_of(read, asked, sentence_spans(text), asks=None, other_asks=question_words(asked.text))
    return dict(zip(FEATURES, np.round(rows.T, 3).tolist(), strict=True))


def test_what_a_text_shares_with_a_query() -> None:
    found = _features("县里的望鹭桥。", "望鹭桥多少米？")
    assert found["character_shared"] == [0, 0, 0, 1, 1, 1, 0]
    assert found["pair_shared"] == [0, 0, 0, 1, 1, 1, 0]
    assert found["run_shared"] == [0, 0, 0, 0.375, 0.375, 0.375, 0]  # three of eight
    assert found["sentence_end"] == [0, 0, 0, 0, 0, 0, 1]


def test_question_words_do_not_count_as_shared() -> None:
    assert _features("少有米。", "有多少？")["character_shared"] == [0, 0, 0, 0]
    assert question_words("桥有多少米").tolist() == [False, False, True, True, False]


def test_a_character_that_stands_twice_tells_half() -> None:
    assert _features("桥与桥", "桥")["once"] == [0.5, 0, 0.5]


def test_dates_numbers_and_names_are_seen() -> None:
    found = _features("《桥》写于1837年，共3卷", "谁写的")
    assert found["named"][:3] == [1, 1, 1]
    assert found["date"][5:10] == [1, 1, 1, 1, 1]
    assert found["number"][12:14] == [1, 1]


@given(ANY_TEXT, ANY_TEXT)
def test_features_are_between_0_and_1(text: str, query: str) -> None:
    asked, read = LEXICON.tokens(query), LEXICON.tokens(text)
    asks = question_words(asked.text)
    for rows in (
        features_of(read, asked, sentence_spans(text), asks=None, other_asks=asks),
        features_of(asked, read, [], asks=asks, other_asks=None),
    ):
        assert rows.min() >= 0
        assert rows.max() <= 1 + 1e-6


def test_a_text_is_read_alike_in_both_scripts() -> None:
    one, two = (
        NETWORK.scores(LEXICON.tokens(query), LEXICON.tokens(text), sentence_spans(text))
        for query, text in (("桥建于何时？", "望鹭桥建于清代。"), ("橋建於何時？", "望鹭橋建於清代。"))
    )
    np.testing.assert_array_equal(one.stretches, two.stretches)
    assert one.silence == two.silence


def test_no_stretch_ends_before_it_begins_or_is_too_long() -> None:
    text = TEXT * 4
    stretches = NETWORK.scores(LEXICON.tokens("谁修桥"), LEXICON.tokens(text), sentence_spans(text)).stretches
    first, last = np.indices(stretches.shape)
    np.testing.assert_array_equal(stretches == NOTHING, (last < first) | (last - first >= LONGEST_ANSWER))


def test_a_network_is_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_network(path, SHAPE, LEXICON, random_tensors())
    read = load_network(path)
    tokens = LEXICON.tokens(TEXT)
    wanted = NETWORK.scores(LEXICON.tokens("谁修桥"), tokens, sentence_spans(TEXT))
    found = read.scores(read.lexicon.tokens("谁修桥"), read.lexicon.tokens(TEXT), sentence_spans(TEXT))
    possible = wanted.stretches > NOTHING
    np.testing.assert_allclose(found.stretches[possible], wanted.stretches[possible], atol=0.1)  # half precision
    assert read.lexicon.words == ["商人", "建于"]
    assert len(read.fingerprint) == 16


def test_a_network_of_another_format_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(1)}, tmp_path / "model.safetensors", metadata={"format": "0"})
    with pytest.raises(ValueError, match="expected a reader of format 2"):
        load_network(tmp_path / "model.safetensors")


def test_a_reading_is_a_softmax_over_stretches_yes_or_no_and_silence() -> None:
    stretches = np.full((3, 3), NOTHING, dtype=np.float32)
    stretches[1, 2], stretches[0, 0] = np.log(6), np.log(3)
    reading = Reading(Span(10, 13), Scores(stretches, silence=0.0, yes_no=np.log(2)))
    best = reading.best(Span(10, 13))
    assert best is not None
    assert best[0] == Span(11, 13)
    assert best[1] == pytest.approx(0.5)  # 6 of 6 + 3 + 2 + 1
    assert reading.odds(Span(10, 13)) == pytest.approx(np.log(11))
    assert reading.odds(Span(10, 11)) == pytest.approx(np.log(5))
    assert reading.best(Span(10, 12)) == (Span(10, 11), pytest.approx(0.25))  # a stretch that ends outside does not count
    assert reading.best(Span(20, 30)) is None
    assert reading.odds(Span(20, 30)) == NOTHING


@given(ANY_TEXT, ANY_TEXT.filter(str.strip), st.data())
def test_what_is_marked_lies_in_the_window(text: str, query: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    window = Span(start, data.draw(st.integers(start + 1, len(text))))
    best = Reader(NETWORK).read(query, text, window, sentence_spans(text)).best(Span(0, len(text)))
    assert best is not None
    assert window.start <= best[0].start < best[0].end <= window.end
    assert 0 < best[1] <= 1


@pytest.mark.parametrize(("query", "window"), [("  ", Span(0, 2)), ("谁", Span(0, 99)), ("谁", Span(0, LONGEST_WINDOW + 1))])
def test_what_cannot_be_read_is_refused(query: str, window: Span) -> None:
    text = TEXT if window.end < LONGEST_WINDOW else TEXT * 40
    with pytest.raises(ValueError, match="expected a query and a window"):
        Reader(NETWORK).read(query, text, window, sentence_spans(text))


def test_blas_gets_its_threads_back_when_the_last_reader_is_done() -> None:
    def threads() -> list[int]:
        pools = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
        return [pool["num_threads"] for pool in pools if "numpy" in pool["filepath"]]  # other packages may bring one of their own

    before = threads()
    one, two = one_blas_thread(), one_blas_thread()
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert set(threads()) == {1}
    two.__exit__(None, None, None)
    assert threads() == before
