"""Does this installation work? Versions, imports, that nothing connects anywhere, and every part put to a small use of its own."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from pathlib import Path

from ui.offline import watch_connections

_PARTS = (
    "faiss", "fastapi", "filelock", "gradio", "ir_measures", "jieba", "jinja2", "lxml", "numpy", "pebble", "pydantic", "pypdfium2",
    "pytrec_eval", "docx", "rich", "rjieba", "safetensors", "sentence_transformers", "tantivy", "tiktoken", "tokenizers", "torch",
    "trafilatura", "typer", "uvicorn", "yaml",
)  # fmt: skip
_DISTRIBUTIONS = ("faiss-cpu", "gradio", "sentence-transformers", "tantivy", "tiktoken", "torch")
_OWN = (
    "embeddings.static_encoder", "embeddings.transformer_encoder", "embeddings.vector_index", "qa.assistant", "qa.reading.workers",
    "ui.chat", "ui.server", "eval.command",
)  # fmt: skip
_TEXT = "青石渡口的木桥建于1931年，全长二百一十米。\n\n一九五八年大水之后，木桥改建为石桥。\n"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried, and what came of it."""

    name: str
    ok: bool
    detail: str


def examine() -> Iterator[Check]:
    """Every check in turn; one that fails stops none of the others."""
    attempts = watch_connections(refuse=True)
    yield _check("versions", _versions)
    for name in (*_PARTS, *_OWN):
        yield _check(f"import {name}", partial(_import, name))
    yield _check("encoder", _encoder)
    yield _check("FAISS", _vectors)
    yield _check("tantivy", _keywords)
    yield _check("library", _library)
    yield _check("offline", partial(_offline, attempts))


def _check(name: str, run: Callable[[], str]) -> Check:
    started = time.monotonic()
    try:
        detail = run()
    except Exception as error:  # whatever is broken here is what the doctor is asked to find
        return Check(name, False, f"{type(error).__name__}: {error}")
    return Check(name, True, f"{detail} ({time.monotonic() - started:.1f} s)")


def _versions() -> str:
    versions = [f"{name} {metadata.version(name)}" for name in _DISTRIBUTIONS]
    return ", ".join([f"Python {platform.python_version()}", platform.platform(), *versions])


def _import(name: str) -> str:
    return str(getattr(import_module(name), "__version__", ""))


def _encoder() -> str:
    import numpy as np

    from embeddings.static_encoder import StaticEncoder

    encoder = StaticEncoder.bundled()
    simplified, traditional = encoder.encode_queries(["县图书馆哪一年开馆？", "縣圖書館哪一年開館？"])
    if not simplified.any() or not np.array_equal(simplified, traditional):
        raise AssertionError("Simplified and Traditional text gave different vectors")
    return f"{encoder.fingerprint}, {encoder.dim} dimensions"


def _vectors() -> str:
    import numpy as np

    from embeddings.vector_index import VectorIndex

    rows = np.eye(4, dtype=np.float32)
    found = VectorIndex.build([f"{number:016x}" for number in range(4)], rows).search(rows[2:3], 1)
    if found[0][0][0] != f"{2:016x}":
        raise AssertionError("the nearest vector is not the vector itself")
    return "found the nearest vector"


def _keywords() -> str:
    from qa.library.derived import IndexRow
    from qa.search.analysis import analyse
    from qa.search.keywords import KeywordIndex

    with tempfile.TemporaryDirectory() as folder:
        index = KeywordIndex(Path(folder) / "keywords")
        index.rebuild([IndexRow("0" * 16, analyse(_TEXT), None)], position=1)
        held = index.ids()
        index.close()
    if held != {"0" * 16}:
        raise AssertionError(f"the keyword index holds {held}")
    return "found the passage it holds"


def _library() -> str:
    from qa.assistant import Assistant
    from qa.records import text_at

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "documents").mkdir()
        (folder / "documents" / "bridge.txt").write_text(_TEXT, encoding="gb18030")
        with Assistant.open(folder / "library") as assistant:
            report = assistant.ingest([folder / "documents"])
            if report.skipped:
                raise AssertionError(report.skipped[0].reason)
            answer = assistant.ask("青石渡口的木橋建於哪一年？")
            problems = assistant.verify().problems
            for citation in (*answer.citations, *answer.also_read):
                if text_at(assistant.library.document(citation.doc_id, citation.version).text, citation.spans) != citation.quote:
                    raise AssertionError("a quote does not equal its place")
    if problems or not answer.hits:
        raise AssertionError("; ".join(problems) or f"nothing was found: {answer.reason}")
    return f"ingested, found, verified, {answer.status}"


def _offline(attempts: list[str]) -> str:
    if attempts:
        raise AssertionError(f"{len(attempts)} attempts to connect: {', '.join(sorted(set(attempts)))}")
    if os.environ.get("HF_HUB_OFFLINE") != "1":
        raise AssertionError("HF_HUB_OFFLINE is not set")
    return "0 attempts to connect"
