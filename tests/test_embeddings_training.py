from __future__ import annotations

import json
import lzma
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from embeddings.folding import TABLE
from embeddings.static_encoder import StaticEncoder
from embeddings.training.static_vocabulary import build_tokenizer, pruned_vocabulary

PLACES, GOODS = ["县城", "山村", "码头", "学校", "车站", "茶园", "书店", "粮仓"], ["茶叶", "图书", "粮食", "木材", "纸张", "瓷器"]


def test_words_left_out_fall_apart_into_characters() -> None:
    frequencies = {"图书馆": 50, "图书": 20, "图": 5, "书": 5, "馆": 5}
    counts = Counter({"图书馆": 9, "图书": 8, "图": 1, "书": 1, "馆": 1})
    whole, pruned = build_tokenizer(frequencies), build_tokenizer(pruned_vocabulary(frequencies, counts, 4))
    assert whole.encode("图书馆，图书!").tokens == ["图书馆", "图书"]
    assert pruned.encode("图书馆，图书!").tokens == ["图书馆", "图", "书"]
    assert pruned.encode("ABC 图").ids[0] == 0  # the unknown


def test_mutual_information_by_hand() -> None:
    sp = pytest.importorskip("scipy.sparse", reason="scipy, which comes with sentence-transformers, is not installed")
    from embeddings.training.static_rows import mutual_information

    counts = sp.csr_matrix(np.array([[0, 8, 0], [8, 0, 2], [0, 2, 1]], dtype=np.float32))  # the single 1 is seldom and left out
    contexts = np.array([8, 10, 2]) ** 0.75
    shares = contexts / contexts.sum()
    expected = np.zeros((3, 3))
    for row, column, count in [(0, 1, 8), (1, 0, 8), (1, 2, 2), (2, 1, 2)]:
        expected[row, column] = max(0.0, np.log(count / ([8, 10, 2][row] * shares[column])))
    np.testing.assert_allclose(mutual_information(counts).toarray(), expected, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # torch warns of its own doings
def test_the_script_makes_an_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from embeddings.training import static_data, train_static

    rng = np.random.default_rng(0)
    sentences = [
        f"{rng.choice(PLACES)}今年运来{rng.choice(GOODS)}{number}箱，都交给{rng.choice(PLACES)}的人看管。" for number in range(600)
    ]
    articles = [{"text": "".join(sentences[start : start + 10])} for start in range(0, 600, 10)]
    paragraphs = [{"context": text["text"], "qas": [{"question": f"{text['text'][:2]}运来了什么？"}]} for text in articles[:20]]
    with lzma.open(tmp_path / "news.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(article) + "\n" for article in articles)
    with lzma.open(tmp_path / "cmrc2018_train.json.xz", "wt", encoding="utf-8") as file:
        json.dump({"data": [{"paragraphs": [paragraph]} for paragraph in paragraphs]}, file)
    monkeypatch.setattr("sys.argv", ["train_static", "--data", str(tmp_path), "--out", str(tmp_path / "made")])
    for name, value in {"STEPS": 4, "BATCH": 8, "N_WORDS": 200, "DIM": 16, "POOL": 50, "REPORT_EVERY": 2}.items():
        monkeypatch.setattr(train_static, name, value)
    monkeypatch.setattr(static_data, "HELD_OUT_PASSAGES", 4)
    train_static.main()
    vectors = StaticEncoder.load(tmp_path / "made").encode_passages([sentences[0], "无关", "🍵"])
    assert vectors.shape == (3, 16)
    assert np.linalg.norm(vectors, axis=1)[[0, 2]].tolist() == pytest.approx([1, 0], abs=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # opencc's binding, on import
def test_the_folding_table_is_what_its_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opencc = pytest.importorskip("opencc", reason="opencc, a development dependency, is not installed")
    from embeddings.training import make_folding_table

    shipped = TABLE.read_text(encoding="utf-8")
    if f"OpenCC {opencc.__version__} " not in shipped:
        pytest.skip(f"the table was made from another version of OpenCC than {opencc.__version__}")
    monkeypatch.setattr(make_folding_table, "TABLE", tmp_path / "table.txt")
    make_folding_table.main()
    assert (tmp_path / "table.txt").read_text(encoding="utf-8") == shipped
