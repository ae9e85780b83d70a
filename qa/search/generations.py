"""Generations: the numbered folders in which a derived index lies on disk, each complete or not there at all.

    keywords/000007/           one generation; its files never change once it is published
        manifest.json          written last: format, fingerprint, log position, size and sha256 of every other file, and its own sha256

A writer begins the next folder, fills it, publishes it and sweeps the older ones. A folder without a manifest is a write that was
killed: nobody reads it, the next writer sweeps it. So a reader never sees half a write, and a killed writer never costs a rebuild.

Not handled: two writers at a time (the library's lock sees to that).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
_HASHED_WHEN_LOADED = 64 * 2**20  # bytes; a larger generation is hashed by `library verify` only


@dataclass(frozen=True, slots=True)
class StoredFile:
    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation is and what its files must be."""

    fingerprint: str  # of the analyser or the encoder
    position: int  # sequence number of the last log entry it holds
    files: Mapping[str, StoredFile]
    format: int = FORMAT


def newest(folder: Path) -> Path | None:
    """The published generation with the highest number, or None."""
    published = [path for path in _generations(folder) if (path / MANIFEST).is_file()]
    return max(published, default=None)


def begin(folder: Path) -> Path:
    """An empty folder for the next generation, not yet published."""
    number = max((int(path.name) for path in _generations(folder)), default=0) + 1
    generation = folder / f"{number:06d}"
    generation.mkdir(parents=True)
    return generation


def publish(generation: Path, *, fingerprint: str, position: int, unchanged: Mapping[str, StoredFile] | None = None) -> Manifest:
    """Write the manifest over the files that lie in the folder. Files named in `unchanged` are not hashed again."""
    known = unchanged or {}
    names = sorted(path.relative_to(generation).as_posix() for path in generation.rglob("*") if path.is_file() and path.suffix != ".lock")
    files = {name: known.get(name) or _stored(generation / name) for name in names}
    manifest = Manifest(fingerprint, position, files)
    _write_durably(generation / MANIFEST, json.dumps(_sealed(manifest), indent=1).encode())
    return manifest


def read_manifest(generation: Path) -> Manifest | None:
    """The manifest, or None when it is missing, damaged or of another format."""
    try:
        values = json.loads((generation / MANIFEST).read_bytes())
        files = {name: StoredFile(**stored) for name, stored in values["files"].items()}
        manifest = Manifest(values["fingerprint"], values["position"], files, values["format"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if values == _sealed(manifest) and manifest.format == FORMAT else None


def damage(generation: Path, manifest: Manifest, *, hash_all: bool = False) -> str:
    """What is wrong with the files, in a few words, "" when nothing is. Sizes always; hashes up to 64 MB in all, or with `hash_all`."""
    total = sum(stored.size for stored in manifest.files.values())
    with_hashes = hash_all or total <= _HASHED_WHEN_LOADED
    for name, expected in manifest.files.items():
        try:
            found = _stored(generation / name) if with_hashes else replace(expected, size=(generation / name).stat().st_size)
        except OSError as error:
            return f"{name}: {error.strerror}"
        if found != expected:
            return f"{name} does not match the size or hash it was written with"
    return ""


def sweep(folder: Path, *, keep: Path | None) -> None:
    """Delete every generation but one, the unpublished ones too."""
    for generation in _generations(folder):
        if generation != keep:
            (generation / MANIFEST).unlink(missing_ok=True)  # first, so that a sweep that is killed leaves nothing that looks published
            shutil.rmtree(generation)


def _generations(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.name.isdigit()]
    except OSError:  # not there yet
        return []


def _stored(path: Path) -> StoredFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return StoredFile(file.tell(), digest.hexdigest())


def _sealed(manifest: Manifest) -> dict[str, Any]:
    """The manifest as JSON values with a hash over them: a flipped digit of the position is noticed like any other byte."""
    values = asdict(manifest)
    seal = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
    return {**values, "sha256": seal}


def _write_durably(path: Path, data: bytes) -> None:
    aside = path.with_suffix(".new")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
