"""Bytes to text: which encoding it is, who decided, and how sure that is.

In order: a byte order mark; valid UTF-8 that is long enough not to be chance; then a vote among UTF-8, UTF-16, GB18030 and Big5 (which
contain GBK, GB2312, HKSCS) by how frequent the decoded characters are in Chinese text, in which an encoding that is declared starts
ahead. What the user told goes before all of it. Text that was garbled before it was saved is left as it is, and the note says so.

Not handled: encodings of other languages that nobody declares; a file of several encodings (the note counts the bytes that are none);
Big5 read as GBK inside a UTF-8 file; the euro sign as the single byte 80 in GBK. Big5 is read by the table of Big5-HKSCS; Windows has
other signs at 13 of its codes (A145 is ‧ there, not •; A1E3 is ～, not ∼), which count where the file declares cp950 or where only they
fit the bytes: the bytes themselves cannot tell.
"""

from __future__ import annotations

import codecs
import contextlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from qa.errors import DamagedFileError, WrongEncodingError
from qa.reading.characters import counted_costs
from qa.reading.remarks import note_of
from qa.records import Decoding, Remark

SAMPLE_BYTES = 8_192
SAMPLED_BYTES = 65_536  # what the sample is taken from, long runs of ASCII left out
HEAD_BYTES = 4_096
HEAD_CHARACTERS = 4_096
CHANCE_BYTES = 12  # valid UTF-8 with fewer bytes after the first of a character may be chance

# Costs are -ln p: what it takes to believe that someone wrote the character.
LETTER, SIGN = 4.0, 5.5  # of ASCII
RARE = 14.0  # outside the table, one in a million: letters of any script, Han characters of GB2312 or Big5
VERY_RARE = 16.0  # Han characters that neither of the two standards has, radicals
ACCENTED = 10.0  # é, ü: rare in Chinese text, but what else is valid UTF-8 is often of these
NONSENSE = 25.0  # a control character, a private one, or U+FFFD
VALID_AHEAD = 5.0  # for UTF-8 that is valid: one in ten GBK characters happens to be
DECLARED_AHEAD = 10.0  # for a declared encoding: two or three characters that speak against it are forgiven
FEW_CHARACTERS = 40  # below this many the confidence is lower
MOST_BROKEN = 0.1  # share of characters that cannot be text before a file counts as binary
SAID_TO_BE_CHINESE = 9.0  # mean cost below which garbled text, read anew, is Chinese; that of prose is about 6.5
MOST_KEPT = 0.6  # share of its bytes that must be text then; the rest was lost on the way
GARBLED_LOOKED_AT = 1_000_000  # characters
MOST_PIECES = 2_000
SHOWN = 12  # characters of the first piece

BYTE_ORDER_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
CANDIDATES = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp936": "gb18030", "iso8859-1": "cp1252"}
SUPERSETS |= {"utf-8-sig": "utf-8"}  # its mark is looked for by itself
BIG5 = frozenset(("big5hkscs", "cp950"))  # where one does not fit all the bytes, the other may
DECLARATION = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})|^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""",
    re.I,
)
AUTO = "auto"  # instead of an encoding's name: forget the one that was told
SEVEN_BIT = frozenset(("hz", "utf-7", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr"))  # ASCII, to all appearance
TEXT_CODEC = re.compile(r"utf|ascii|gb|big5|hz|iso8859|iso2022|cp\d|koi8|shift_ji|euc_|johab|mac-|tis-")  # none that unpacks, as zlib does
TELLING = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\xff]")  # in an 8-bit encoding everything before the first of these is ASCII
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
ASCII_RUN = re.compile(rb"([\t\n\r -~]{2})[\t\n\r -~]{60,}")  # its first byte may end a character of GBK or Big5
NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ue000-\uf8ff\ufffd-\uffff]")
SURROGATES = re.compile("[\x00\ud800-\udfff]")

BY_WINDOWS = {bytes((code,)).decode("cp1252", "ignore") or chr(code): chr(code) for code in range(0x80, 0x100)}
FROM_WINDOWS = str.maketrans(BY_WINDOWS)
_HALVES = "\u0080-\u00ff" + "".join(
    sorted(BY_WINDOWS.keys() - {chr(code) for code in range(0x80, 0x100)})
)  # bytes over 7F as Windows reads them
LATIN_PIECE = re.compile(f"[\u00a1-\u00fe](?:[{_HALVES}][@-~]?){{2,}}|(?:[\u00a1-\u00f9][{_HALVES}@-~]){{3,}}")
LATIN_MARKS = "åäæçèéãïÖÐÊÃÁÂÄÔµ¤¥"  # a garbled text without any of these hardly exists
HAN_MARKS = "锛銆鐨涓鏄鍥浜"  # how the bytes of ，。的中是国人 in UTF-8 begin, read as GBK
HAN_PIECE = re.compile(f"[{HAN_MARKS}][^\x00-\x7f]{{2,23}}")  # two characters and more: one happens to be in clean text
LOST = "锟斤拷"  # two U+FFFD in UTF-8, read as GBK


def decode(data: bytes, told: str = "") -> tuple[str, Decoding]:
    """The text, normalised, and how it was decided. DamagedFileError when no encoding makes text of the bytes.

    told: what `told_codec` gave, WrongEncodingError when the bytes are not that; "" when the encoding is found by reading.
    """
    if told:
        return _decode_told(data, told)
    text, decoding = decode_declared(data, "")
    head = text[:HEAD_CHARACTERS]
    if _looks_binary(head.replace("\ufffd", "") if decoding.decided_by == "utf-8" else head):  # in valid UTF-8 they are the text's
        raise DamagedFileError("looks binary: no encoding makes text of its bytes; leave it out, or save it as text")
    return text, decoding


def _looks_binary(text: str) -> bool:
    head = text[:HEAD_CHARACTERS]
    return len(NOT_TEXT.findall(head)) > 1 + MOST_BROKEN * len(head)


def told_codec(name: str) -> str:
    """The codec for an encoding that the user names, or for the larger one that contains it; "" for "auto".

    ValueError, saying what may be named, for anything else.
    """
    asked = name.strip().lower()
    if asked == AUTO:
        return ""
    with contextlib.suppress(LookupError, ValueError):  # ValueError: a NUL in the name
        if (named := codecs.lookup(asked).name) in ("ascii", "utf-16", "utf-32"):
            return named
    if codec := _codec(asked):
        return codec
    raise ValueError(f"no text encoding is called {name!r}; name one such as gb18030, big5, utf-8 or utf-16, or auto to have it found")


def _decode_told(data: bytes, told: str) -> tuple[str, Decoding]:
    encoding = told
    if told in ("utf-16", "utf-32"):  # as the mark says, else the byte order that is usual
        encoding = next((by for mark, by in BYTE_ORDER_MARKS if by.startswith(told) and data.startswith(mark)), f"{told}-le")
    choice = _read_as(encoding, data, "told")
    if choice.n_broken or _looks_binary(choice.text):
        raise WrongEncodingError(f"its bytes are not {told}, which --encoding told; tell another encoding, or auto to have it found")
    remarks = (*_damage(choice), *_garbled(choice.text))
    declared = _declared(data[:HEAD_BYTES])
    return normalised(choice.text), Decoding(choice.encoding, "told", declared=declared, note=note_of(remarks), remarks=remarks)


def decode_declared(data: bytes, charset: str) -> tuple[str, Decoding]:
    """As `decode`, for bytes whose charset is told beside them (a mail's header). It is honoured, unless the bytes say otherwise.

    charset: "" when none is told; then the one that an HTML or XML head names counts. Nothing is refused: what no encoding makes text
    of comes back with U+FFFD in it, and the note says how many.
    """
    declared = _codec(charset) or _declared(data[:HEAD_BYTES])
    choice = _by_mark(data) or _by_shifts(data, declared) or _by_validity(data) or _by_vote(data, declared)
    remarks = (*_contradiction(choice, declared), *_damage(choice), *_garbled(choice.text))
    confidence = round(choice.confidence * (1 - choice.n_broken / max(1, len(choice.text))), 3)
    decoding = Decoding(choice.encoding, choice.decided_by, confidence, declared, choice.runner_up, note_of(remarks), remarks)
    return normalised(choice.text), decoding


def normalised(text: str) -> str:
    """Line ends become newlines, a leading byte order mark goes, NUL and lone surrogates become U+FFFD."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATES.sub("\ufffd", text.removeprefix("\ufeff"))


# Choosing


@dataclass(frozen=True, slots=True)
class _Choice:
    text: str
    encoding: str
    decided_by: str
    confidence: float = 1.0
    runner_up: str = ""
    n_broken: int = 0  # U+FFFD in the text that stand for bytes that are no characters


def _by_mark(data: bytes) -> _Choice | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _read_as(encoding, data[len(mark) :], "bom")
    return None


def _by_shifts(data: bytes, declared: str) -> _Choice | None:
    """Encodings that write Han in ASCII between marks: only a declaration tells them."""
    if declared not in SEVEN_BIT or TELLING.search(data):
        return None
    text = _valid(declared, data)
    return None if text is None else _Choice(text, declared, "declared")


def _by_validity(data: bytes) -> _Choice | None:
    """UTF-8 that is valid over more bytes than chance makes so. ASCII with control characters may be UTF-16."""
    text = _valid("utf-8", data)
    if text is None or 0 < len(data) - len(text) < CHANCE_BYTES or CONTROL.search(data, 0, SAMPLE_BYTES):
        return None
    return _Choice(text, "utf-8", "utf-8")


def _by_vote(data: bytes, declared: str) -> _Choice:
    """The encoding in which the sample costs least. The confidence comes from its lead over the next one."""
    sample, complete = _sample(data)
    ahead = {declared: DECLARED_AHEAD}
    if _valid("utf-8", data) is not None:
        ahead["utf-8"] = ahead.get("utf-8", 0.0) + VALID_AHEAD
    candidates = _candidates(declared)
    costs = {encoding: _cost(_sample_as(encoding, sample, complete)) - ahead.get(encoding, 0.0) for encoding in candidates}
    best, second = sorted(candidates, key=lambda encoding: costs[encoding])[:2]  # stable: the order of the candidates decides a tie
    lead = (costs[second] - costs[best]) / max(FEW_CHARACTERS, len(TELLING.findall(sample)) / 2)
    decided_by = "declared" if best == declared else "utf-8" if best in ahead else "frequency"
    return _read_as(best, data, decided_by, 1 / (1 + math.exp(-2 * min(lead, 100))), second)


def _candidates(declared: str) -> tuple[str, ...]:
    """The candidates with the declared one among them; a declared table of Big5 takes the place of the other."""
    candidates = tuple(declared if {declared, encoding} <= BIG5 else encoding for encoding in CANDIDATES)
    return candidates if declared in ("", *candidates) else (*candidates, declared)


def _valid(encoding: str, data: bytes) -> str | None:
    """The text, None where a byte does not fit."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _sample(data: bytes) -> tuple[bytes, bool]:
    """The first bytes that tell encodings apart, and whether they go to the end. Begins at an even place, as UTF-16 needs it."""
    first = TELLING.search(data)
    start = first.start() & ~1 if first else 0
    told = ASCII_RUN.sub(rb"\1", data[start : start + SAMPLED_BYTES])
    return told[:SAMPLE_BYTES], start + SAMPLED_BYTES >= len(data) and len(told) <= SAMPLE_BYTES


def _sample_as(encoding: str, sample: bytes, complete: bool) -> str:
    """The sample as text; where it ends inside a character that goes on in the file, that character is left out."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(sample, final=complete)


def _read_as(encoding: str, data: bytes, decided_by: str, confidence: float = 1.0, runner_up: str = "") -> _Choice:
    for name in (encoding, *sorted(BIG5 - {encoding})) if encoding in BIG5 else (encoding,):
        if (text := _valid(name, data)) is not None:
            return _Choice(text, name, decided_by, confidence, runner_up)
    text = data.decode(encoding, "replace")
    return _Choice(text, encoding, decided_by, confidence, runner_up, text.count("\ufffd"))


def _declared(head: bytes) -> str:
    """The codec that an HTML or XML head names, or "". UTF-7 is none there: HTML forbids it, since it hides tags."""
    found = DECLARATION.search(head) if b"<" in head else None
    name = _codec((found[1] or found[2]).decode("ascii", "replace")) if found else ""
    return "" if name == "utf-7" else name


def _codec(charset: str) -> str:
    """The Python codec for a charset's name, or for the larger one that contains it; "" when it names no text encoding.

    UTF-16 without its byte order is none: whoever could read the name in the head has read 8-bit text.
    """
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return ""
    name = SUPERSETS.get(name, name)
    return name if TEXT_CODEC.match(name) and name not in ("utf-16", "utf-32", "ascii") else ""


# Costs


class _Costs(dict[str, float]):
    """The cost of every character; those that are not in the table are added as they are met."""

    def __missing__(self, character: str) -> float:
        self[character] = cost = _cost_outside_the_table(character)
        return cost


def _cost(text: str) -> float:
    """-ln p of the text, character by character: what it takes to believe that someone wrote this."""
    return sum(map(_costs().__getitem__, text))


def _cost_outside_the_table(character: str) -> float:
    if NOT_TEXT.match(character):
        return NONSENSE
    if character.isascii():
        return LETTER if character.isalnum() or character.isspace() else SIGN
    if "\u3400" <= character <= "\u9fff" or character > "\uffff":
        return RARE if _in_standard(character) else VERY_RARE
    return VERY_RARE if "\u2e80" <= character <= "\u2fdf" else RARE  # radicals, which only dictionaries name


def _in_standard(character: str) -> bool:
    return any(character.encode(codec, "ignore") for codec in ("gb2312", "big5"))


@lru_cache(maxsize=1)
def _costs() -> _Costs:
    return _Costs(counted_costs() | dict.fromkeys(map(chr, range(0xC0, 0x250)), ACCENTED))


# What was noticed


def _contradiction(choice: _Choice, declared: str) -> Iterator[Remark]:
    if declared and declared != choice.encoding and not {declared, choice.encoding} <= BIG5:
        yield Remark("declares_another" if choice.decided_by in ("bom", "utf-8") else "declares_unusual", (declared, choice.encoding))


def _damage(choice: _Choice) -> Iterator[Remark]:
    if choice.n_broken:
        yield Remark("broken_bytes", (choice.encoding,), choice.n_broken)
    elif lost := choice.text.count("\ufffd"):
        yield Remark("lost_before", ("\ufffd",), lost)


def _garbled(text: str) -> Iterator[Remark]:
    """Text that was read in the wrong encoding before it was saved in the right one, by what happened to it."""
    if lost := text.count(LOST):
        yield Remark("lost_before", (LOST,), lost)
    for marks, pattern, misread in ((LATIN_MARKS, LATIN_PIECE, "Windows-1252"), (HAN_MARKS, HAN_PIECE, "GBK")):
        found: dict[str, list[str]] = {}
        for piece in _pieces(text, marks, pattern):
            if written := _written_in(piece, misread):
                found.setdefault(written, []).append(piece)
        for written, pieces in found.items():
            yield Remark("misread_before", (written, misread, pieces[0][:SHOWN].strip()), len(pieces))


def _pieces(text: str, marks: str, pattern: re.Pattern[str]) -> list[str]:
    if text.isascii() or not any(mark in text for mark in marks):  # far quicker than the pattern
        return []
    return [piece[0] for piece in islice(pattern.finditer(text, 0, GARBLED_LOOKED_AT), MOST_PIECES)]


def _written_in(piece: str, misread: str) -> str:
    """The encoding in which the piece's bytes are common Chinese, "" when there is none: then nothing is wrong with the piece."""
    data = piece.translate(FROM_WINDOWS).encode("latin-1", "ignore") if misread == "Windows-1252" else piece.encode("gb18030", "ignore")
    for name, encoding in (("UTF-8", "utf-8"), ("GBK", "gb18030"), ("Big5", "big5hkscs")):
        text = data.decode(encoding, "ignore")
        if name != misread and _is_chinese(text, data, encoding):
            return name
    return ""


def _is_chinese(text: str, data: bytes, encoding: str) -> bool:
    """Whether nearly all the bytes are text, beyond ASCII and as common as prose. One character is enough in UTF-8, which chance misses."""
    beyond_ascii = [character for character in text if character > "\u2000"]
    if len(beyond_ascii) < (1 if encoding == "utf-8" else 2) or 2 * len(beyond_ascii) < len(text):
        return False
    kept = len(text.encode(encoding, "ignore")) / len(data)
    return kept >= MOST_KEPT and _cost(text) <= SAID_TO_BE_CHINESE * len(text)
