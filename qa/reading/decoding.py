"""Bytes to text: which encoding it is, who decided, and how sure that is.

In order: byte order mark, strict UTF-8, and then a vote among UTF-8, UTF-16, GB18030 and Big5-HKSCS (which contain GBK, GB2312 and
Big5) by how frequent the decoded characters are in Chinese text; an encoding that the file declares starts ahead. Not handled: the
encodings of other languages, such as Shift-JIS and EUC-KR; mojibake already inside a valid UTF-8 file.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from functools import lru_cache
from pathlib import Path

from qa.errors import DamagedFileError
from qa.records import Decoding

SAMPLE_BYTES = 8_192
HEAD_CHARACTERS = 4_096
ASCII = 4.0  # cost (-ln p) of an ASCII character, whatever it is
RARE = 13.0  # cost (-ln p) of a letter or Han character outside the table, about one in 400,000
NONSENSE = 25.0  # cost of a control character, a private one, or U+FFFD
DECLARED_AHEAD = 1.0  # per character: what a declared encoding starts ahead by
FEW_CHARACTERS = 40  # below this many the confidence is lower
MOST_BROKEN = 0.1  # share of characters that cannot be text before a file counts as binary

BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
CANDIDATES = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "cp936": "gb18030"}
DECLARATION = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.I,
)
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ue000-\uf8ff\ufffd-\uffff]")
SURROGATES = re.compile("[\x00\ud800-\udfff]")


def decode(data: bytes) -> tuple[str, Decoding]:
    """The text, normalised, and how it was decided. DamagedFileError when no encoding makes text of the bytes."""
    text, decoding = _decode(data)
    head = text[:HEAD_CHARACTERS]
    if len(NOT_TEXT.findall(head)) > MOST_BROKEN * len(head):
        raise DamagedFileError("looks binary: no encoding makes text of its bytes; leave it out, or save it as text")
    return normalised(text), decoding


def normalised(text: str) -> str:
    """Line ends become newlines, a leading byte order mark goes, NUL and lone surrogates become U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATES.sub("\ufffd", text.removeprefix("\ufeff"))


def _decode(data: bytes) -> tuple[str, Decoding]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), Decoding(encoding, "bom", 1.0)
    if b"\0" not in data[:SAMPLE_BYTES]:  # Latin letters in UTF-16 are valid UTF-8, full of NULs
        try:
            return data.decode("utf-8"), Decoding("utf-8", "utf-8", 1.0)
        except UnicodeDecodeError:
            pass
    encoding, decided_by, confidence = _vote(data)
    text = data.decode(encoding, "replace")
    broken = text.count("\ufffd") / max(1, len(text))
    return text, Decoding(encoding, decided_by, round(confidence * (1 - broken), 3))


def _vote(data: bytes) -> tuple[str, str, float]:
    """The encoding in which the sample costs least, who decided, and the confidence 0..1 from its lead over the next one."""
    sample = data[:SAMPLE_BYTES]
    declared = _declared(data[:4096])
    ranked: list[tuple[float, int, str]] = []
    for place, encoding in enumerate(CANDIDATES):
        text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)  # incremental: the sample may end inside a character
        ahead = DECLARED_AHEAD * len(text) if encoding == declared else 0.0
        ranked.append((_cost(text) - ahead, place, encoding))
    ranked.sort()
    (best, _, encoding), (second, _, _) = ranked[:2]
    lead = (second - best) / max(FEW_CHARACTERS, len(sample) / 2)
    return encoding, "declared" if encoding == declared else "frequency", 1 / (1 + math.exp(-2 * lead))


def _declared(head: bytes) -> str:
    """The candidate that an HTML or XML head names, or ""."""
    found = DECLARATION.search(head)
    if not found:
        return ""
    try:
        name = codecs.lookup((found[1] or found[2]).decode("ascii")).name
    except (LookupError, UnicodeDecodeError):
        return ""
    name = SUPERSETS.get(name, name)
    return name if name in CANDIDATES else ""


def _cost(text: str) -> float:
    """-ln p of the text, character by character: what it takes to believe that someone wrote this."""
    costs = _costs()
    return sum(_cost_of(character, costs) for character in text)


def _cost_of(character: str, costs: dict[str, float]) -> float:
    if NOT_TEXT.match(character):
        return NONSENSE
    return ASCII if character < "\x7f" else costs.get(character, RARE)


@lru_cache(maxsize=1)
def _costs() -> dict[str, float]:
    table = json.loads(Path(__file__).with_name("characters.json").read_text(encoding="utf-8"))
    return {character: cost / table["scale"] for character, cost in zip(table["characters"], table["costs"], strict=True)}
