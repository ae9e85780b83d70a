"""How frequent characters are in Chinese text: the table that `make_characters.py` counts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path


@cache
def counted_costs() -> dict[str, float]:
    """-ln p of each character in the table. Not to be changed: every caller is given the same one."""
    table = json.loads(Path(__file__).with_name("characters.json").read_text(encoding="utf-8"))
    return {character: cost / table["scale"] for character, cost in zip(table["characters"], table["costs"], strict=True)}
