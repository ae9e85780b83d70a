"""How much of a text cannot be what its page shows: characters without a meaning, and Han that nobody writes in a row.

The text layer of a PDF is only as good as its fonts' tables. Counted as garbled: private-use and control characters, U+FFFD, "(cid:12)",
Latin letters and signs of the kind that Chinese bytes turn into when they are read as Latin (unless there are few, as in French), Han whose
mean frequency is that of characters drawn by lot, and ASCII that is mostly signs. Not noticed: letters exchanged for other common ones.
"""

from __future__ import annotations

import re

from qa.reading.characters import counted_costs

GARBLED = 0.3  # a page with a larger score is not searched
FEWEST_HAN = 12  # for a mean cost that means something
LIKELY_COST = 10.0  # mean -ln p of Han; Chinese prose has 6 to 8, characters drawn by lot 11 to 12.5
UNKNOWN_COST = 13.0  # of a character outside the table
MOST_LATIN_MARKS = 0.25  # share of letters and signs of U+0080-U+00FF; Western languages stay below
MOST_SIGNS = 0.6  # share of ASCII signs among ASCII that is no digit
FEWEST_SIGNS = 20

VISIBLE = re.compile(r"\S")
CID = re.compile(r"\(cid:\d+\)")
MEANINGLESS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\ufff0-\uffff\U000f0000-\U0010ffff]")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
KANA_HANGUL = re.compile("[\u3041-\u30ff\uac00-\ud7af]")
LATIN_MARK = re.compile("[\xa1-\xb6\xb8-\xd6\xd8-\xff]")
REPEATED = re.compile(r"([^\w\s])(?:\s?\1)+")  # leaders, rules
ASCII_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
ASCII_LETTER = re.compile(r"[A-Za-z]")


def garble_score(text: str) -> float:
    """The share, 0 to 1, of the visible characters that cannot be text as they stand; 0 for a text without any."""
    visible = len(VISIBLE.findall(text))
    if not visible:
        return 0.0
    bad = len(MEANINGLESS.findall(text)) + sum(len(found[0]) for found in CID.finditer(text))
    han = HAN.findall(text)
    if len(han) >= FEWEST_HAN and not KANA_HANGUL.search(text) and _mean_cost(han) > LIKELY_COST:
        bad += len(han)
    marks = len(LATIN_MARK.findall(text))
    if marks > MOST_LATIN_MARKS * visible:
        bad += marks
    short = REPEATED.sub(r"\1", text)
    signs, letters = len(ASCII_SIGN.findall(short)), len(ASCII_LETTER.findall(short))
    if signs >= FEWEST_SIGNS and signs > MOST_SIGNS * (signs + letters) and signs > len(han):
        bad += signs + letters
    return min(1.0, bad / visible)


def _mean_cost(characters: list[str]) -> float:
    costs = counted_costs()
    return sum(costs.get(character, UNKNOWN_COST) for character in characters) / len(characters)
