"""How OpenMP's threads wait: asleep. Spinning, its default, makes faiss and torch 16 times slower where cores are shared."""

from __future__ import annotations

import os


def wait_asleep() -> None:
    """Sets the policy for libraries loaded from now on: call it right before the first import of faiss or torch."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
