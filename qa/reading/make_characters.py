"""Makes `characters.json`: how frequent the characters of Chinese text are, and which characters belong to one script only.

    python -m qa.reading.make_characters --data FOLDER      # FOLDER holds news.jsonl.xz and cmrc2018_train.json.xz; needs opencc

The frequencies tell encodings apart (`decoding.py`), the two sets tell scripts apart (`script.py`). Counted from news and encyclopedia
passages in Simplified Chinese; the Traditional counts are the same text mapped by OpenCC s2t, with its quotation marks turned into corner
brackets, and shared out among the forms of Taiwan and Hong Kong. Not counted, for want of a text, but listed with a guessed frequency:
what only Cantonese and the place names of Hong Kong use. Not handled: what is frequent in other languages.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

SCALE = 10  # stored as round(SCALE * -ln p)
RAREST = 14.0  # -ln p; what is rarer is not stored and costs that much, for other texts have other rare characters
ARTICLES_COUNTED = 3  # one of so many news articles
PASSAGE_WEIGHT = 10  # encyclopedia passages are fewer but hold the rarer names: so both kinds of text weigh about alike
CORNER_BRACKETS = str.maketrans("“”‘’", "「」『』")
HAN = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
HONG_KONG = "嘅咗喺啲嚟冇佢哋嘢唔咁嗰啱噉嘥攞揾搵瞓諗畀俾乜咩啦喇㗎嘞囉咪嗮晒嗌嘈踎睇掂靚邨埗涌氹磡滘鰂粵峯栢"
HONG_KONG_COST = 95  # as about one character in 13,000


def articles(data: Path) -> Iterator[str]:
    """The text of one in ARTICLES_COUNTED news articles."""
    with lzma.open(data / "news.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None, ARTICLES_COUNTED):
            yield json.loads(line)["text"]


def passages(data: Path) -> Iterator[str]:
    """The encyclopedia passages."""
    with lzma.open(data / "cmrc2018_train.json.xz", "rt", encoding="utf-8") as file:
        for item in json.load(file)["data"]:
            yield from (paragraph["context"] for paragraph in item["paragraphs"])


def with_regional_forms(counts: Counter[str], converters: tuple[Callable[[str], str], ...]) -> Counter[str]:
    """The counts with each character's shared out evenly among the forms it has in each region (爲 and 為)."""
    shared: Counter[str] = Counter()
    for character, count in counts.items():
        for form in (character, *(convert(character) for convert in converters)):
            shared[form if len(form) == 1 else character] += count
    return shared


def costs(counts: Counter[str]) -> dict[str, int]:
    """SCALE * -ln p of the characters beyond ASCII that are not too rare; p is the share among such characters."""
    beyond_ascii = Counter({character: count for character, count in counts.items() if ord(character) > 127 and not character.isspace()})
    total = beyond_ascii.total()
    every = {character: -math.log(count / total) for character, count in beyond_ascii.items()}
    return {character: round(SCALE * cost) for character, cost in every.items() if cost < RAREST}


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
    parser.add_argument("--data", type=Path, required=True, help="the folder with the two files")
    data: Path = parser.parse_args().data

    to_traditional, to_simplified = OpenCC("s2t").convert, OpenCC("t2s").convert
    simplified: Counter[str] = Counter()
    traditional: Counter[str] = Counter()
    for texts, weight in ((articles(data), 1), (passages(data), PASSAGE_WEIGHT)):
        for text in texts:
            simplified.update(text * weight)
            traditional.update(to_traditional(text).translate(CORNER_BRACKETS) * weight)

    merged = costs(with_regional_forms(traditional, (OpenCC("t2tw").convert, OpenCC("t2hk").convert)))
    for character, cost in costs(simplified).items():
        merged[character] = min(cost, merged.get(character, cost))
    for character in HONG_KONG:
        merged[character] = min(HONG_KONG_COST, merged.get(character, HONG_KONG_COST))
    ordered = sorted(merged, key=lambda character: (merged[character], character))
    content = {
        "format": 1,
        "source": "counted by qa/reading/make_characters.py from news.jsonl.xz (CRUD-RAG, Apache-2.0) and cmrc2018_train.json.xz"
        " (CMRC 2018, CC BY-SA 4.0), Traditional by OpenCC s2t",
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
