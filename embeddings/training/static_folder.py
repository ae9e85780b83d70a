"""Writes a static encoder as a folder that plain `SentenceTransformer(folder)` loads: stock modules, half precision."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from embeddings.encoder import Vectors
from embeddings.training.static_vocabulary import compact_json

# The class paths of sentence-transformers 5; later versions still read them.
MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
]
SETTINGS = {"prompts": {"query": "", "document": ""}, "default_prompt_name": None, "similarity_fn_name": "cosine"}


def write_folder(folder: Path, tokenizer: Tokenizer, word_vectors: Vectors) -> None:
    """Everything but the model card. word_vectors: (words, dim), row n belongs to the tokenizer's id n."""
    from safetensors.numpy import save

    (folder / "1_Normalize").mkdir(parents=True, exist_ok=True)
    halves: NDArray[np.float16] = word_vectors.astype(np.float16)
    (folder / "model.safetensors").write_bytes(save({"embedding.weight": halves}))
    (folder / "tokenizer.json").write_text(compact_json(tokenizer), encoding="utf-8")
    settings = {"modules.json": MODULES, "config_sentence_transformers.json": SETTINGS, "1_Normalize/config.json": {}}
    for name, content in settings.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
