"""The copy index: which texts of the library print nearly the same, found when they are ingested.

    new texts -> fingerprints (winnowing) -> texts that share rare ones -> the two compared word by word (`reprints`) -> pairs kept

Equal texts have one hash in the library and count as one text here; what is kept are pairs of texts that `reprints` takes for one, each
with how much of the other stands in it. Where two articles open like reports to one pattern, yesterday's weather and today's, what they
share is standing text: advice that is printed with every report makes none a reprint of another, so only equal texts of theirs count as
one. Standing text that turns up in an article that opens in another way makes that no reprint either. A text is compared with its nearest
neighbours under each fingerprint only, the most telling first, and no longer than comparing succeeds: so time grows with the length of
the texts, however many are alike. On disk it is a series of generations (`qa.search.generations`) of hashes and numbers, without a word
of any text; without a folder, or read-only, what is built stays in memory.

Not handled: chains (A like B, B like C: `near` tells direct pairs only); more than a few dozen versions of one text find some of each
other; damage inside files over 64 MB in all, until `damage` is asked.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.folding import TABLE
from qa.errors import LibraryFullError, LibraryReadOnlyError
from qa.library.derived import Content, IndexRow, LogEntry
from qa.records import Passage
from qa.search import generations
from qa.search.generations import Manifest
from qa.search.reprints import Overlap, Tokens, is_other_report, overlap, tokens_of
from qa.search.winnowing import fingerprints

RULES = "copies/3"  # raised when fingerprints or what counts as a reprint change: an index of other rules is built again

_BATCH = 500  # texts whose fingerprints are made at once
_COMPARED = 200  # texts that are compared with their partners at once: the words of all of them are in memory together
_NEIGHBOURS = 8  # earlier texts with the same fingerprint that a text may be paired with
_LEAST_COMMON = 0.1  # of the fingerprints of the text that has fewer, neighbours alone counted; reprints in the news have 0.18 and more
_LEAST_TELLING = 0.02  # the same where a fingerprint of n texts counts as 1 / n: reports to one pattern have most of theirs with many
_PARTNERS = 16  # earlier texts that a text is compared with at most
_FAILURES = 4  # comparisons in a row after which a text's further partners are left alone
_REPORT = 8  # passages for which the opening of their article speaks; behind them a document without sections may be at something else

_PASSAGE = np.dtype([("id", "S16"), ("text", "<u8"), ("article", "<u8")])  # article 0: not known
_PAIR = np.dtype([("text", "<u8"), ("other", "<u8"), ("share", "<f4"), ("kind", "u1")])  # share: of the other one that stands in the text
_REPRINT = 0  # the two texts open their articles, or what opens these is a reprint too
_QUOTED = 1  # their articles open in different ways
_STANDING = 2  # their articles are different reports to one pattern
_NUMBER = np.uint64(2**32 - 1)  # the lower half of a fingerprint: the number of its text

Passages = Callable[[Sequence[str]], Mapping[str, Passage]]


@dataclass(frozen=True, slots=True)
class _State:
    """All the index holds. It is never changed; the next one is made beside it."""

    position: int
    passages: NDArray[np.void]  # of dtype _PASSAGE, those of an article in their order
    texts: NDArray[np.uint64]  # the text of each number, as a key; numbers are given in order of arrival
    fingerprints: NDArray[np.uint64]  # hash * 2**32 + number of its text, ascending
    pairs: NDArray[np.void]  # of dtype _PAIR, by text; each pair stands there from both sides
    generation: Path | None = None  # None: in memory
    manifest: Manifest | None = None


_ARRAYS = ("passages", "texts", "fingerprints", "pairs")
_EMPTY = _State(-1, np.empty(0, _PASSAGE), np.empty(0, np.uint64), np.empty(0, np.uint64), np.empty(0, _PAIR))


class CopyIndex:
    """A `DerivedIndex` of texts. `near` is safe from any thread, also while another one writes."""

    content: Content = "texts"

    def __init__(self, folder: Path | None, passages: Passages, *, read_only: bool = False) -> None:
        """Opens the newest generation in the folder, if there is a sound one; else `position()` is -1.

        passages: the searchable ones among some ids, asked for when texts have to be compared.
        """
        self._folder = folder
        self._passages = passages
        self._in_memory = folder is None or read_only
        self._looked_at: Path | None = None
        self._state: _State | None = None
        self.refresh()

    def position(self) -> int:
        return self._state.position if self._state else -1

    def apply(self, entries: Iterable[LogEntry], position: int) -> None:
        """As `DerivedIndex.apply`. ValueError when it must be rebuilt first; LibraryReadOnlyError and LibraryFullError."""
        state = self._state
        if state is None:
            raise ValueError("the copy index must be rebuilt before entries can be applied")
        if state.generation is not None and self._in_memory:
            raise LibraryReadOnlyError("the copy index is open for reading only; open the library for writing")
        self._publish(self._next(state, entries, position))

    def rebuild(self, rows: Iterable[IndexRow], position: int) -> None:
        """As `DerivedIndex.rebuild`. LibraryFullError when the disk cannot hold it; the old generation stays then."""
        self._publish(self._next(_EMPTY, (LogEntry(position, "add", row.passage_id, row) for row in rows), position))

    def refresh(self) -> None:
        if self._folder is None:
            return
        while (generation := generations.newest(self._folder)) != self._looked_at:
            if generation is not None:
                self._state = _load(generation)
            self._looked_at = generation

    def ids(self) -> set[str]:
        """Every passage it knows; none when it must be rebuilt."""
        return {passage_id.decode() for passage_id in self._state.passages["id"].tolist()} if self._state else set()

    def damage(self) -> str:
        """What is wrong with the files on disk, every byte looked at; "" when nothing is."""
        state = self._state
        if state is None:
            return "the copy index is missing, damaged or of another format"
        if state.generation is None or state.manifest is None:
            return ""
        return generations.damage(state.generation, state.manifest, hash_all=True)

    def close(self) -> None:
        self._state = None

    def near(self, text_hashes: Iterable[str]) -> dict[str, dict[str, float]]:
        """For each of the texts, those of the others that print nearly the same, with how much of the other (0..1) stands in it.

        Texts are named by their hashes in the library. Nothing is near while the index must be rebuilt.
        """
        keys = {_key(text_hash): text_hash for text_hash in text_hashes}
        state = self._state
        if state is None:
            return {}
        pairs = state.pairs
        wanted = np.fromiter(keys, np.uint64, len(keys))
        starts, ends = (np.searchsorted(pairs["text"], wanted, side=side) for side in ("left", "right"))
        rows = [pairs[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        standing = {key for key, some in zip(keys, rows, strict=True) if (some["kind"] == _STANDING).any()}
        found: dict[str, dict[str, float]] = {}
        for key, some in zip(keys, rows, strict=True):
            for _, other, share, kind in some.tolist():
                if other in keys and (kind == _REPRINT or (kind == _QUOTED and not {key, other} & standing)):
                    found.setdefault(keys[key], {})[keys[other]] = share
        return found

    def _next(self, old: _State, entries: Iterable[LogEntry], position: int) -> _State:
        """The state after the entries, in memory."""
        removed: set[str] = set()
        added: dict[str, tuple[int, int]] = {}  # passage id -> text, article
        new = _NewTexts(old.texts)
        for entry in entries:
            removed.add(entry.passage_id)
            added.pop(entry.passage_id, None)
            if entry.operation == "add" and entry.row is not None:
                text = _key(entry.row.text_hash)
                added[entry.passage_id] = text, _article(entry.row.article)
                new.add(text, entry.row.text)
        gone = np.isin(old.passages["id"], np.array(sorted(removed), "S16")) if removed else np.zeros(len(old.passages), np.bool_)
        passages = np.concatenate([old.passages[~gone], np.array([(item, *keys) for item, keys in added.items()], _PASSAGE)])
        everything = np.concatenate([old.texts, new.texts])
        kept = np.isin(everything, passages["text"])
        texts = everything[kept]
        prints = _renumbered(old.fingerprints, new.fingerprints(), len(old.texts), kept)
        pairs = np.concatenate([old.pairs, self._pairs(passages, texts, prints, first_new=int(kept[: len(old.texts)].sum()))])
        pairs = pairs[np.isin(pairs["text"], texts) & np.isin(pairs["other"], texts)]
        return _State(position, passages, texts, prints, pairs[np.lexsort((pairs["other"], pairs["text"]))])

    def _pairs(
        self, passages: NDArray[np.void], texts: NDArray[np.uint64], prints: NDArray[np.uint64], *, first_new: int
    ) -> NDArray[np.void]:
        """The pairs of a new text with one that came before it, from both sides."""
        place_of = {text: place for place, text in enumerate(passages["text"].tolist())}  # of one of its passages for each text
        openings = _openings(passages).tolist()
        ids = passages["id"].tolist()
        found: list[tuple[int, int, float, int]] = []
        for some in _in_lots(_partners(prints, texts, first_new), _COMPARED):
            lot = [(place_of[text], [place_of[other] for other in others]) for text, others in some]
            words = _Words(self._passages, ids)
            words.fetch({place for one, others in lot for place in (one, *others)})
            copies = [(one, *copy) for one, others in lot for copy in _copies_of(one, others, words)]
            words.fetch({openings[place] for one, other, _ in copies for place in (one, other)})
            for one, other, both in copies:
                kind = _kind((one, other), (openings[one], openings[other]), words)
                found += ((one, other, both.of_other, kind), (other, one, both.of_one, kind))
        return np.array([(passages["text"][one], passages["text"][other], *rest) for one, other, *rest in found], _PAIR)

    def _publish(self, state: _State) -> None:
        if self._in_memory:
            self._state = state
            return
        assert self._folder is not None
        generation = generations.begin(self._folder)
        try:
            for name in _ARRAYS:
                np.save(generation / f"{name}.npy", getattr(state, name), allow_pickle=False)
            manifest = generations.publish(generation, fingerprint=_rules(), position=state.position)
        except BaseException as error:
            shutil.rmtree(generation, ignore_errors=True)
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise LibraryFullError("no room left on the disk for the copy index; free some space and ingest again") from error
            raise
        self._state = _mapped(generation, manifest)
        self._looked_at = generation
        generations.sweep(self._folder, keep=generation)


class _NewTexts:
    """The texts that come in and are not known yet, with their fingerprints; the words themselves are held for one batch."""

    def __init__(self, known: NDArray[np.uint64]) -> None:
        self._known = set(known.tolist())
        self._keys: list[int] = []
        self._batch: list[str] = []
        self._made: list[NDArray[np.uint64]] = []

    def add(self, key: int, text: str) -> None:
        if key in self._known:
            return
        self._known.add(key)
        self._keys.append(key)
        self._batch.append(text)
        if len(self._batch) == _BATCH:
            self._make()

    @property
    def texts(self) -> NDArray[np.uint64]:
        return np.array(self._keys, np.uint64)

    def fingerprints(self) -> NDArray[np.uint64]:
        """Of all of them, numbered from 0, in no order."""
        self._make()
        return np.concatenate(self._made)

    def _make(self) -> None:
        hashes, numbers = fingerprints(self._batch)
        first = len(self._keys) - len(self._batch)
        self._made.append(hashes.astype(np.uint64) << np.uint64(32) | (numbers + np.uint64(first)))
        self._batch = []


def _key(text_hash: str) -> int:
    """The first 64 bits of a hash told in hexadecimal."""
    return int(text_hash[:16], 16)


def _article(name: str) -> int:
    """64 bits for an article, never 0; 0 where it is not told."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") | 1 if name else 0


def _renumbered(old: NDArray[np.uint64], new: NDArray[np.uint64], n_old: int, kept: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """All fingerprints of the texts that are kept, ascending, under the numbers these have from now on. new: numbered from 0, not n_old."""
    numbers = np.cumsum(kept).astype(np.uint64) - np.uint64(1)

    def moved(prints: NDArray[np.uint64], first: int) -> NDArray[np.uint64]:
        owners = (prints & _NUMBER).astype(np.int64) + first
        stay = kept[owners]
        return (prints[stay] & ~_NUMBER) | numbers[owners[stay]]

    before, added = moved(old, 0), np.sort(moved(new, n_old))
    return np.insert(before, np.searchsorted(before, added), added)


def _partners(prints: NDArray[np.uint64], texts: NDArray[np.uint64], first_new: int) -> Iterator[tuple[int, list[int]]]:
    """Each new text with the earlier ones it should be compared with, the most telling first.

    What tells is a fingerprint that few texts have: of a thousand reports written to one pattern, the one that also has the same figures.
    """
    hashes, numbers = prints >> np.uint64(32), (prints & _NUMBER).astype(np.int64)
    places = np.flatnonzero(numbers >= first_new)
    alike = np.searchsorted(hashes, hashes[places], side="right") - np.searchsorted(hashes, hashes[places], side="left")
    codes, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for distance in range(1, _NEIGHBOURS + 1):
        same = (alike > 1) & (places >= distance)
        same[same] = hashes[places[same] - distance] == hashes[places[same]]
        codes.append(numbers[places[same]] << 32 | numbers[places[same] - distance])
        weights.append(1 / alike[same])
    code, which, common = np.unique(np.concatenate(codes), return_inverse=True, return_counts=True)
    weight = np.bincount(which, np.concatenate(weights), minlength=len(code))
    text, other = code >> 32, code & 0xFFFFFFFF
    n_prints = np.bincount(numbers, minlength=len(texts))
    fewer = np.minimum(n_prints[text], n_prints[other])
    enough = (common >= _LEAST_COMMON * fewer) & (weight >= _LEAST_TELLING * fewer)
    text, other, weight = text[enough], other[enough], weight[enough]
    order = np.lexsort((-weight, text))
    starts = np.flatnonzero(np.diff(text[order], prepend=-1))
    for group in np.split(order, starts[1:]) if len(order) else ():
        yield int(texts[text[group[0]]]), [int(key) for key in texts[other[group[:_PARTNERS]]]]


def _in_lots(items: Iterable[tuple[int, list[int]]], size: int) -> Iterator[list[tuple[int, list[int]]]]:
    remaining = iter(items)
    while lot := list(islice(remaining, size)):
        yield lot


class _Words:
    """The texts of some passages, each taken to pieces when it is first compared. Passages are named by their places."""

    def __init__(self, passages: Passages, ids: Sequence[bytes]) -> None:
        self._passages = passages
        self._ids = ids
        self._texts: dict[int, str] = {}
        self._tokens: dict[int, Tokens] = {}

    def fetch(self, places: Iterable[int]) -> None:
        """Make these known too."""
        ids = {place: self._ids[place].decode() for place in places if place not in self._texts}
        stored = self._passages(list(ids.values()))
        self._texts.update((place, stored[passage_id].text) for place, passage_id in ids.items() if passage_id in stored)

    def __contains__(self, place: int) -> bool:
        return place in self._texts

    def __getitem__(self, place: int) -> Tokens:
        if place not in self._tokens:
            self._tokens[place] = tokens_of(self._texts[place])
        return self._tokens[place]


def _copies_of(one: int, others: Sequence[int], words: _Words) -> Iterator[tuple[int, Overlap]]:
    """Those of the others that print the same text. One that is not among the words has gone from the library since."""
    failures = 0
    for other in others:
        if one not in words or other not in words:
            continue
        both = overlap(words[one], words[other])
        if both is not None:
            failures = 0
            yield other, both
        elif (failures := failures + 1) == _FAILURES:
            return


def _kind(pair: tuple[int, int], openings: tuple[int, int], words: _Words) -> int:
    """What two copies are to each other, by the texts that open their articles."""
    if pair == openings or any(opening not in words for opening in openings):
        return _REPRINT
    one, other = (words[opening] for opening in openings)
    if one == other or overlap(one, other) is not None:
        return _REPRINT
    return _STANDING if is_other_report(one, other) else _QUOTED


def _openings(passages: NDArray[np.void]) -> NDArray[np.int64]:
    """For each passage the place of the first one of its article; its own where that is not known or far before it."""
    _, first, article = np.unique(passages["article"], return_index=True, return_inverse=True)
    own = np.arange(len(passages))
    opening = first[article]
    return np.where((passages["article"] != 0) & (own - opening < _REPORT), opening, own)


def _rules() -> str:
    """What fingerprints and pairs depend on. An index made under other rules is built again."""
    table = hashlib.sha256(TABLE.read_bytes()).hexdigest()[:16]
    return f"{RULES} folding/{table} unicode/{unicodedata.unidata_version} rjieba/{version('rjieba')}"


def _load(generation: Path) -> _State | None:
    """The generation; None when it is damaged, of another format or other rules, or gone."""
    manifest = generations.read_manifest(generation)
    if manifest is None or manifest.fingerprint != _rules() or generations.damage(generation, manifest):
        return None
    try:
        return _mapped(generation, manifest)
    except (OSError, ValueError):  # gone since, or damaged where no hash was looked at
        return None


def _mapped(generation: Path, manifest: Manifest) -> _State:
    """The arrays as they lie on disk, of which a search touches the pairs only."""
    arrays = {name: np.load(generation / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
    return _State(manifest.position, **arrays, generation=generation, manifest=manifest)
