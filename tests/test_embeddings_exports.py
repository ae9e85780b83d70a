from __future__ import annotations

import subprocess
import sys

import pytest

import embeddings


def test_public_names_are_sorted_and_load() -> None:
    assert embeddings.__all__ == sorted(embeddings.__all__)
    assert [name for name in embeddings.__all__ if not hasattr(embeddings, name)] == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        embeddings.nothing  # noqa: B018


def test_importing_costs_nothing() -> None:
    program = "import sys, embeddings; print([name for name in sys.modules if name.startswith(('embeddings', 'numpy'))])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['embeddings']"
