"""What the names of paragraph styles tell, as word processors give them in English and Chinese: Heading 2, 标题 1, Title."""

from __future__ import annotations

import re

TITLE_STYLE = re.compile(r"^(?:title|标题|標題)$", re.I)
_LEVEL = re.compile(r"\d$")  # of Heading 2


def style_level(style: str) -> int | None:
    """The level of a heading by the name of its style, 0 for a title; None where the name tells none."""
    if found := _LEVEL.search(style):
        return int(found[0])
    return 0 if TITLE_STYLE.match(style) else None
