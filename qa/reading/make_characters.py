"""Makes `characters.json`: how frequent the common characters are, and which characters belong to one script only.

    python -m qa.reading.make_characters --data FOLDER      # FOLDER holds news.jsonl.xz; needs the development dependency opencc

The frequencies tell encodings apart (`decoding.py`), the two sets tell scripts apart (`script.py`). Counted from news in Simplified
Chinese; the Traditional counts are the same text mapped by OpenCC s2t, with its quotation marks turned into corner brackets. Not
handled: what is frequent in other languages.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

KEPT = 3000  # of each script; together about 4,000 characters
SCALE = 10  # stored as round(SCALE * -ln p)
CORNER_BRACKETS = str.maketrans("“”‘’", "「」『』")
HAN = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]


def articles(data: Path) -> Iterator[str]:
    """The text of every article."""
    with lzma.open(data / "news.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


def costs(counts: Counter[str]) -> dict[str, int]:
    """SCALE * -ln p of the KEPT most frequent characters beyond ASCII; p is the share among such characters."""
    beyond_ascii = Counter({character: count for character, count in counts.items() if ord(character) > 127 and not character.isspace()})
    total = beyond_ascii.total()
    return {character: round(SCALE * -math.log(count / total)) for character, count in beyond_ascii.most_common(KEPT)}


def encodable(character: str, codec: str) -> bool:
    """Whether the character is part of that national standard."""
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def one_script_only(convert: Callable[[str], str], other_codec: str) -> str:
    """Characters that the conversion changes and that the other script's standard does not hold (后 and 里 are in both)."""
    return "".join(character for character in HAN if convert(character) != character and not encodable(character, other_codec))


def main() -> None:
    """Count, and write `characters.json` beside this file."""
    from opencc import OpenCC

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with news.jsonl.xz")
    data: Path = parser.parse_args().data

    to_traditional, to_simplified = OpenCC("s2t").convert, OpenCC("t2s").convert
    simplified: Counter[str] = Counter()
    traditional: Counter[str] = Counter()
    for text in articles(data):
        simplified.update(text)
        traditional.update(to_traditional(text).translate(CORNER_BRACKETS))

    merged = costs(traditional)
    for character, cost in costs(simplified).items():
        merged[character] = min(cost, merged.get(character, cost))
    ordered = sorted(merged, key=lambda character: (merged[character], character))
    content = {
        "format": 1,
        "source": "counted by qa/reading/make_characters.py from news.jsonl.xz (CRUD-RAG, Apache-2.0), Traditional by OpenCC s2t",
        "characters": "".join(ordered),
        "costs": [merged[character] for character in ordered],
        "scale": SCALE,
        "hans_only": one_script_only(to_traditional, "big5"),
        "hant_only": one_script_only(to_simplified, "gb2312"),
    }
    target = Path(__file__).with_name("characters.json")
    target.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
