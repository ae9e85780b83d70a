"""Which script a text is written in, told by the characters that exist in one script only."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

from qa.records import Script

SAMPLE_CHARACTERS = 200_000
CLEAR_SHARE = 0.95  # of the telling characters; a quotation or a name in the other script stays below the rest


def script_of(text: str) -> Script:
    """hans or hant when nearly all telling characters agree, mixed when they do not, other when no character tells."""
    hans_only, hant_only = _one_script_only()
    sample = text[:SAMPLE_CHARACTERS]
    if not hant_only.search(sample):  # most texts, and quicker told than counted
        return "hans" if hans_only.search(sample) else "other"
    hans, hant = len(hans_only.findall(sample)), len(hant_only.findall(sample))
    if hans >= CLEAR_SHARE * (hans + hant):
        return "hans"
    return "hant" if hant >= CLEAR_SHARE * (hans + hant) else "mixed"


@lru_cache(maxsize=1)
def _one_script_only() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = json.loads(Path(__file__).with_name("characters.json").read_text(encoding="utf-8"))
    return re.compile(f"[{table['hans_only']}]"), re.compile(f"[{table['hant_only']}]")
