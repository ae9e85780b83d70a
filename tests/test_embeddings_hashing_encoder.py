from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from embeddings.hashing_encoder import HashingEncoder


def test_rows_are_unit_and_blank_text_is_zero() -> None:
    vectors = HashingEncoder(dim=64).encode_passages(["县图书馆周一闭馆", "a", " \n", ""])
    assert (vectors.shape, vectors.dtype) == ((4, 64), np.float32)
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 1, 0, 0])


def test_shared_characters_are_near_and_script_does_not_matter() -> None:
    query, same, near, far = HashingEncoder().encode_queries(["圖書館週一閉館", "图书馆周一闭馆", "图书馆今天闭馆", "茶叶产量增加"])
    assert query @ same == pytest.approx(1.0)
    assert query @ near > query @ far + 0.2


def test_equal_in_every_process() -> None:
    program = "from embeddings.hashing_encoder import HashingEncoder as H; print(H(8).encode_passages(['出处'])[0].tolist())"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(HashingEncoder(8).encode_passages(["出处"])[0].tolist())


def test_refuses_no_dimensions() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        HashingEncoder(dim=0)
