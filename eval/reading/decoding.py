"""How often bytes become the text they were made from: python -m eval.reading.decoding [--data DIR] [--texts N] [--json].

Texts are windows cut from CMRC dev and DRCD dev, each also converted to the other script, which no frequency was counted from. Every text
is written in every encoding that can hold it and read back; it is right when the decoded text is equal. Beside prose there are kinds
with little to go by: headlines, names and numbers, Latin words with a few Han characters, characters that only HKSCS adds to Big5. A page
that declares its encoding is measured with a true and with a false declaration. Not handled: other languages, damaged files.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice, product
from pathlib import Path

import typer

from eval.datasets import CMRC_DEV, DRCD_DEV, data_folder
from eval.datasets.squad import known_paragraphs
from eval.metrics.intervals import Metric, summarise
from eval.reading.measurement import Goal, Measurement
from eval.tables import measurement_text
from qa.errors import DamagedFileError
from qa.reading.decoding import decode

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "big5", "cp950", "big5hkscs")
LENGTHS = (4, 10, 40, 160, 1000)
TEXTS = 500  # of each kind and length
MOST_DRAWN = 200  # windows drawn for one that is kept
PROSE = ("prose hans", "prose hant")
GOALS = (("10 characters", (10,), 0.95), ("40 and more", (40, 160, 1000), 0.995))  # share right, of prose, per encoding
HKSCS = "HKSCS"
HONEST, FALSE = "declared", "declared falsely"
SPEED_BYTES = 20_000_000

Pools = tuple[tuple[str, ...], ...]

HAN = re.compile("[\u3400-\u9fff]")
SENTENCE = re.compile("[^。！？\n]{6,}")
NOT_IN_BIG5 = re.compile("[\u0401-\u0451\u2460-\u247d\u3005\u3041-\u30fe]")
MARKS = re.compile(r"[^\w\u3400-\u9fff]+")
MOSTLY_LATIN = re.compile("[\u4e00-\u9fff]{0,2}[A-Za-z][A-Za-z0-9 .,'&-]{5,}[\u4e00-\u9fff]{0,2}")
CANTONESE = str.maketrans("的了在他們這是不沒些東睡", "嘅咗喺佢哋呢係唔冇啲嘢瞓")
ONLY_HKSCS = re.compile("[喺嘅咗佢哋啲嘢瞓嚟]")
FALSE_NAMES = {"gbk": "big5", "gb18030": "big5", "big5": "gb2312", "cp950": "gb2312", "big5hkscs": "gb2312", "utf-8": "gb2312"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One text in one encoding, and what became of it."""

    kind: str
    length: int  # code points
    encoding: str  # the bytes were written in it
    chosen: str  # it was read as
    right: bool  # the decoded text is equal
    confidence: float


@dataclass(frozen=True, slots=True)
class Share:
    """The share right of one kind, encoding and length."""

    kind: str
    encoding: str
    length: int
    metric: Metric


def pools(data: Path) -> dict[str, Pools]:
    """What the texts of each kind are cut from, by the kind's name: texts of one script together, so that Big5 can hold a window."""
    from opencc import OpenCC

    to_hans, to_hant = OpenCC("t2s").convert, OpenCC("s2tw").convert
    cmrc, drcd = known_paragraphs(data, CMRC_DEV), known_paragraphs(data, DRCD_DEV)
    hans = (*(p.context for p in cmrc), *(to_hans(p.context) for p in drcd))
    hant = (*(p.context for p in drcd), *(to_hant(p.context) for p in cmrc))
    answers = {answer["text"] for p in (*cmrc, *drcd) for q in p.questions for answer in q["answers"] if len(answer["text"]) <= 12}
    names = tuple(sorted(answers))
    return {
        PROSE[0]: (hans,),
        PROSE[1]: (hant,),
        "headlines": (headlines(hans), headlines(hant)),
        "names and numbers": (tuple(map(to_hans, names)), tuple(map(to_hant, names))),
        "Latin, few Han": (mostly_latin(hans), mostly_latin(hant)),
        HKSCS: (tuple(line for text in hant for line in cantonese(text)),),
    }


def mostly_latin(texts: Sequence[str]) -> tuple[str, ...]:
    """Latin words and numbers with a Han character or two beside them."""
    return tuple(sorted({piece for text in texts for piece in MOSTLY_LATIN.findall(text) if HAN.search(piece)}))


def headlines(texts: Sequence[str]) -> tuple[str, ...]:
    """The beginnings of the sentences, without punctuation."""
    return tuple(MARKS.sub(" ", sentence).strip()[:20] for text in texts for sentence in SENTENCE.findall(text))


def cantonese(text: str) -> Iterator[str]:
    """The sentences with particles as they are written in Hong Kong, where that puts a character there that Big5 itself lacks."""
    return (line for sentence in SENTENCE.findall(text) if ONLY_HKSCS.search(line := sentence.translate(CANTONESE)))


def streams(sources: Mapping[str, Pools], seed: int) -> dict[str, str]:
    """The texts of each kind in random order, joined by line ends."""
    generator = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return {kind: "\n".join(text for pool in scripts for text in generator.sample(pool, len(pool))) for kind, scripts in sources.items()}


def windows(stream: str, length: int, n: int, encoding: str, needed: re.Pattern[str], seed: int) -> Iterator[str]:
    """At most n places of that length in the stream that the encoding can hold, each with a match of `needed`."""
    generator = random.Random(seed)  # noqa: S311 - a sample, not a secret
    starts = (generator.randrange(max(1, len(stream) - length)) for _ in range(MOST_DRAWN * n))
    drawn = (stream[start : start + length] for start in starts)
    return islice((text for text in drawn if needed.search(text) and text.strip() and encoded(text, encoding)), n)


def trials(texts: Mapping[str, str], n: int, seed: int) -> Iterator[Trial]:
    """n texts of every kind and length in every encoding that can hold them."""
    for (kind, stream), length, encoding in product(texts.items(), LENGTHS, ENCODINGS):
        for text in windows(stream, length, n, encoding, ONLY_HKSCS if kind == HKSCS else HAN, seed):
            yield trial(kind, length, encoding, text)


def declared_trials(texts: Mapping[str, str], n: int, seed: int) -> Iterator[Trial]:
    """Prose as a web page that names its encoding, and as one that names another."""
    for kind, length, (encoding, other) in product(PROSE, LENGTHS, FALSE_NAMES.items()):
        for text in windows(texts[kind], length, n // len(PROSE), encoding, HAN, seed):
            for said, name in ((HONEST, encoding), (FALSE, other)):
                page = f'<html><head><meta charset="{name}"><title>{"-" * 40}</title></head><body><p>{text}</p></body></html>'
                yield trial(said, length, encoding, page)


def encoded(text: str, encoding: str) -> bytes:
    """The bytes, empty where the encoding lacks a character of the text (Python's cp950 writes • as ‧, which is not to hold it).

    Kana, Cyrillic and circled digits are not in Big5 as it was defined. Python writes them at codes that no other program uses; where they
    really stand, HKSCS has them.
    """
    if encoding in ("big5", "cp950") and NOT_IN_BIG5.search(text):
        return b""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return b""
    return data if data.decode(encoding) == text else b""


def trial(kind: str, length: int, encoding: str, text: str) -> Trial:
    """Write the text and read it back. A refusal is not right."""
    try:
        read, decoding = decode(encoded(text, encoding))
    except DamagedFileError:
        return Trial(kind, length, encoding, "refused", False, 0.0)
    return Trial(kind, length, encoding, decoding.encoding, read == text, decoding.confidence)


def shares(done: Sequence[Trial]) -> tuple[Share, ...]:
    """The share right, with its 95 % interval, of each kind, encoding and length that was tried."""
    right: dict[tuple[str, str, int], list[float]] = {}
    for one in done:
        right.setdefault((one.kind, one.encoding, one.length), []).append(float(one.right))
        if one.kind in PROSE:
            right.setdefault(("prose", one.encoding, one.length), []).append(float(one.right))
    return tuple(Share(kind, encoding, length, summarise("right", values)) for (kind, encoding, length), values in sorted(right.items()))


def confusion(done: Sequence[Trial]) -> dict[str, Counter[str]]:
    """How often each encoding was read as which."""
    table: dict[str, Counter[str]] = {encoding: Counter() for encoding in ENCODINGS}
    for one in done:
        table[one.encoding][one.chosen] += 1
    return table


def goals(done: Sequence[Trial]) -> tuple[Goal, ...]:
    """The share right of prose in each encoding, of short and of longer texts, with what it is to reach."""
    figures = []
    for encoding, (name, lengths, goal) in product(ENCODINGS, GOALS):
        right = [float(one.right) for one in done if one.kind in PROSE and one.encoding == encoding and one.length in lengths]
        figures += [Goal(summarise(f"{encoding}, {name}", right), "at least", goal)] if right else []
    return tuple(figures)


def measure(data: Path, n: int = TEXTS, seed: int = 0) -> Measurement:
    """n texts of each kind and length in each encoding. DatasetError without CMRC dev and DRCD dev."""
    return measurement(list(trials(streams(pools(data), seed), n, seed)), n, seed)


def measurement(done: Sequence[Trial], n: int, seed: int) -> Measurement:
    """What the trials of plain texts come to: the goals, and which encoding was read as which."""
    table = confusion(done)
    chosen = sorted({name for counts in table.values() for name in counts})
    return Measurement(
        name="decoding",
        title="Encodings found",
        command=f"python -m eval.reading.decoding --texts {n} --seed {seed}",
        figures=goals(done),
        columns=("written in, read as", *chosen),
        rows=tuple((name, *(str(counts[other]) for other in chosen)) for name, counts in table.items()),
        note="Right: the decoded text is equal. The figures are over prose of CMRC dev and DRCD dev in both scripts; the table over every"
        " kind and length, headlines, names and numbers of 4 characters among them, where bytes may say little. GBK read as GB18030, or"
        " Big5 as Big5-HKSCS, is read by the larger table of the same code.",
    )


def speed(text: str, encoding: str = "gb18030") -> float:
    """Bytes a second of the text, repeated to SPEED_BYTES, in that encoding: the best of three."""
    data = encoded(text, encoding) * (SPEED_BYTES // max(1, len(encoded(text, encoding))))

    def seconds() -> float:
        begun = time.perf_counter()
        decode(data)
        return time.perf_counter() - begun

    return len(data) / min(seconds() for _ in range(3))


def share_table(found: Sequence[Share], kind: str) -> str:
    """One row an encoding, one column a length: the share right in percent, with its interval, and how many texts."""
    cells = {(share.encoding, share.length): share.metric for share in found if share.kind == kind}
    rows = [[encoding, *(_cell(cells.get((encoding, length))) for length in LENGTHS)] for encoding in ENCODINGS]
    return _table([kind, *(f"{length} characters" for length in LENGTHS)], rows)


def _cell(metric: Metric | None) -> str:
    return f"{metric.value:.2%} ({metric.low:.2%}–{metric.high:.2%}) of {metric.n}" if metric else "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def main(argv: Sequence[str] | None = None) -> None:
    """Cut, write, read back, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m eval.reading.decoding", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder with data/ (default: CHUCHU_DATA, then shared beside the checkout)")
    parser.add_argument("--texts", type=int, default=TEXTS, help="of each kind and length")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the tables")
    options = parser.parse_args(argv)
    texts = streams(pools(data_folder(options.data)), options.seed)
    plain = list(trials(texts, options.texts, options.seed))
    found = shares([*plain, *declared_trials(texts, options.texts, options.seed)])
    bytes_a_second = speed(texts[PROSE[0]])
    if options.json:
        content = {
            "shares": [asdict(share) for share in found],
            "confusion": confusion(plain),
            "goals": [asdict(one) for one in goals(plain)],
        }
        typer.echo(json.dumps({**content, "bytes_a_second": bytes_a_second}, ensure_ascii=False, indent=1))
        return
    for kind in ("prose", *texts, HONEST, FALSE):
        typer.echo(share_table(found, kind) + "\n")
    typer.echo(measurement_text(measurement(plain, options.texts, options.seed)))
    typer.echo(f"Plain GB18030: {bytes_a_second / 1e6:.1f} MB/s on one core")


if __name__ == "__main__":
    main()
