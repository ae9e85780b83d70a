"""Any sentence-transformers model as an encoder: a folder, or a name that is already in the machine's model cache.

Nothing is ever downloaded. Slow beside the static encoder (tens of passages a second on a laptop) and slow to start (torch is imported
here, when the first one is made). Not handled: models that bring code of their own, and texts longer than the model reads, whose end the
model leaves out.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import Vectors
from embeddings.threads import wait_asleep

BATCH = 32
QUERY_PROMPT = "query"  # the name under which sentence-transformers models keep what they are told before a query
PASSAGE_PROMPTS = ("passage", "document")


class SentenceTransformerEncoder:
    """Vectors of a sentence-transformers model, with its own prompts for queries and passages where it names them."""

    def __init__(self, name_or_folder: str | Path) -> None:
        """Loads the model. ValueError when it is neither a model folder nor in the cache, saying what to do."""
        _stay_offline()
        wait_asleep()
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(str(name_or_folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ValueError(
                f"{str(name_or_folder)!r} cannot be used as an encoder: expected the folder of a sentence-transformers model, or the name"
                f" of one in the model cache; Chuchu downloads nothing, so put the model's folder on this machine and name it"
            ) from error
        self._fingerprint = f"{Path(name_or_folder).name}-{self._content_hash()[:16]}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dim(self) -> int:
        dimension: int = self._model.get_embedding_dimension()
        return dimension

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), dim) float32, unit rows."""
        return self._encode(texts, next((name for name in PASSAGE_PROMPTS if self._model.prompts.get(name)), None))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, QUERY_PROMPT if self._model.prompts.get(QUERY_PROMPT) else None)

    def _encode(self, texts: Sequence[str], prompt: str | None) -> Vectors:
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        vectors: Vectors = self._model.encode(
            list(texts), prompt_name=prompt, batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return vectors.astype(np.float32)

    def _content_hash(self) -> str:
        """Over the modules, the prompts and every weight, which together decide the vectors."""
        digest = hashlib.sha256(f"{self._model}{sorted(self._model.prompts.items())}".encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.float().numpy().tobytes())
        return digest.hexdigest()


def _stay_offline() -> None:
    """Keep the hub client from asking the network for names it does not know: it reads these when it is imported, and gradio imports it."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    already_read: Any = sys.modules.get("huggingface_hub.constants")
    if already_read is not None:
        already_read.HF_HUB_OFFLINE = True
