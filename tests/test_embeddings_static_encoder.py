from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from embeddings.folding import fold
from embeddings.static_encoder import BUNDLED, StaticEncoder
from embeddings.training.static_folder import write_folder
from embeddings.training.static_vocabulary import build_tokenizer

TEXTS = [
    "县图书馆今年共接待读者三十六万人次，比上年增长百分之八。",
    "縣圖書館今年共接待讀者三十六萬人次，比上年增長百分之八。",
    "茶叶合作社的春茶卖了好价钱",
    "ＡＩ 芯片 NVIDIA H100 上市，2023年8月16日",
    "𠮷野家 emoji 🍵 mixed テキスト",
    "的" * 3000,
    "🍵",
    "",
]


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder.bundled()


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """Three words: 茶 (east), 书 (north), 茶叶 (twice as long, west); the unknown is zero."""
    rows = np.array([[0, 0], [1, 0], [0, 1], [-2, 0]], dtype=np.float32)
    tokenizer: Tokenizer = build_tokenizer({"茶": 10, "书": 10, "茶叶": 5})
    write_folder(tmp_path / "small", tokenizer, rows)
    return tmp_path / "small"


def test_worked_example(small_folder: Path) -> None:
    encoder = StaticEncoder.load(small_folder)
    vectors = encoder.encode_passages(["茶", "書，茶", "茶叶", "茶叶书", "无", ""])
    assert vectors.dtype == np.float32
    half, fifth = 0.5**0.5, 0.2**0.5
    expected = np.array([[1, 0], [half, half], [-1, 0], [-2 * fifth, fifth], [0, 0], [0, 0]])
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_bundled_rows_are_unit_or_zero(encoder: StaticEncoder) -> None:
    vectors = encoder.encode_passages(TEXTS)
    assert (vectors.shape, encoder.dim) == ((len(TEXTS), 128), 128)
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 1, 1, 1, 1, 1, 0, 0], abs=1e-5)
    assert np.array_equal(vectors[0], vectors[1])  # the two scripts
    assert encoder.encode_passages([]).shape == (0, 128)


def test_meaning_counts_where_words_differ(encoder: StaticEncoder) -> None:
    query, right, wrong = encoder.encode_queries(["股市大跌", "A股行情暴跌，投资者损失惨重", "学校食堂推出新菜单"])
    assert query @ right > query @ wrong + 0.1


def test_lone_surrogates_and_control_characters_are_passed_over(encoder: StaticEncoder) -> None:
    clean, dirty = encoder.encode_passages(["图书馆", "图书馆\ud800\x00\x1b"])
    np.testing.assert_allclose(clean, dirty, atol=1e-6)


def test_a_text_has_one_vector_in_any_company(encoder: StaticEncoder) -> None:
    together = encoder.encode_passages(TEXTS * 300)  # over a batch's border
    np.testing.assert_array_equal(together[-len(TEXTS) :], encoder.encode_passages(TEXTS))
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(encoder.encode_passages, [TEXTS] * 20):
            np.testing.assert_array_equal(vectors, together[: len(TEXTS)])


def test_fingerprint_follows_the_files(small_folder: Path) -> None:
    before = StaticEncoder.load(small_folder).fingerprint
    assert before == StaticEncoder.load(small_folder).fingerprint
    assert before.startswith("small-")
    write_folder(small_folder, Tokenizer.from_file(str(small_folder / "tokenizer.json")), np.eye(4, 2, dtype=np.float32))
    assert StaticEncoder.load(small_folder).fingerprint != before


def test_another_kind_of_folder_is_refused(small_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a complete model folder"):
        StaticEncoder.load(tmp_path)
    modules = json.loads((small_folder / "modules.json").read_text())
    (small_folder / "modules.json").write_text(json.dumps(modules[:1]))
    with pytest.raises(ValueError, match="SentenceTransformerEncoder"):
        StaticEncoder.load(small_folder)


def test_bundled_folder_is_small_and_needs_no_code() -> None:
    assert sum(file.stat().st_size for file in BUNDLED.rglob("*")) < 20_000_000
    assert list(BUNDLED.rglob("*.py")) == []


def test_encodes_without_torch() -> None:
    program = (
        "import sys, embeddings; embeddings.StaticEncoder.bundled().encode_queries(['出处']); embeddings.count_tokens('出处');"
        "print([name for name in ('torch', 'sentence_transformers', 'transformers', 'scipy', 'sklearn', 'jieba') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # sentence-transformers and what it imports warn of their own doings
def test_equals_sentence_transformers(encoder: StaticEncoder) -> None:
    from embeddings.transformer_encoder import SentenceTransformerEncoder

    SentenceTransformerEncoder(BUNDLED)  # sets the machine's quiet before sentence-transformers is imported
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(BUNDLED)).float()  # stored in half precision
    theirs = model.encode([fold(text) for text in TEXTS], convert_to_numpy=True)
    np.testing.assert_allclose(encoder.encode_passages(TEXTS), theirs, atol=1e-5)
