"""Uploads overwrite nothing and keep nothing unreadable; one's own library takes the sample's place without mixing with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.errors import RootUnavailableError
from qa.records import IngestProgress
from ui.desk import Desk


def quiet(step: IngestProgress) -> None:
    pass


def opened(folder: Path) -> Assistant:
    return Assistant.open(folder, encoder=HashingEncoder(dim=64))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(opened(tmp_path / "sample"), open_own=lambda: opened(tmp_path / "own"))
    yield desk
    desk.close()


def uploaded(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_uploads_of_one_name_are_two_documents_and_the_same_bytes_are_one(desk: Desk, tmp_path: Path) -> None:
    first = uploaded(tmp_path / "a", "告示.txt", "渡口停航三日，过河的人请走下游的石桥。")
    other = uploaded(tmp_path / "b", "告示.txt", "渡口今日复航，船票仍是两分钱。")
    for _ in range(2):
        desk.upload([first], quiet)
        desk.upload([other], quiet)
    library = desk.assistant.library
    assert [Path(info.path).name for info in library.documents()] == ["告示 (2).txt", "告示.txt"]
    assert {library.document(info.doc_id).text for info in library.documents()} == {first.read_text("utf-8"), other.read_text("utf-8")}


def test_an_upload_that_cannot_be_read_is_told_once_and_not_kept(desk: Desk, tmp_path: Path) -> None:
    empty = uploaded(tmp_path / "a", "空.txt", "")
    assert len(desk.upload([empty], quiet).skipped) == 1
    good = uploaded(tmp_path / "a", "告示.txt", "渡口停航三日，过河的人请走下游的石桥。")
    report = desk.upload([good], quiet)
    assert (report.added, report.skipped) == (1, ())


def test_ones_own_library_replaces_the_sample_whose_citations_still_open(desk: Desk, tmp_path: Path) -> None:
    desk.upload([uploaded(tmp_path / "a", "样本.txt", "示例文库里的一段话，讲渡口与石桥。")], quiet)
    [sample] = desk.assistant.library.documents()
    with pytest.raises(RootUnavailableError):
        desk.open_own(tmp_path / "nowhere", quiet)
    assert desk.shows_sample
    uploaded(tmp_path / "mine", "自己的.txt", "自己的文件，讲水文站与桃花汛。")
    desk.open_own(tmp_path / "mine", quiet)
    assert not desk.shows_sample
    [mine] = desk.assistant.library.documents()
    assert Path(mine.path).name == "自己的.txt"
    assert desk.library_of(sample.doc_id).document(sample.doc_id).text.startswith("示例文库")
    assert desk.library_of(mine.doc_id) is desk.assistant.library
