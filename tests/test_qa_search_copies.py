"""The copy index: what it finds, how it follows the library, what lies on disk, and what is left of an erased text: nothing."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import opencc
import pytest

from qa.errors import LibraryFullError, LibraryReadOnlyError
from qa.library.derived import IndexRow, LogEntry
from qa.library.rows import folded_sha256
from qa.records import Passage, Span
from qa.search import copies as module
from qa.search.copies import CopyIndex

REPORT = (
    "望鹭桥重修工程昨日通车。桥长一百二十米，宽九米，两侧新设了人行道。记者在现场看到，附近的居民一早就带着孩子来走桥，"
    "有人把家里的老照片贴在栏杆上。工程负责人介绍，旧桥的石料经过清洗，大部分用在了引桥的护坡上，没有一块被运走。"
)
TEXTS = {
    "p1": REPORT,
    "p2": opencc.OpenCC("s2t").convert("老桥新颜。" + REPORT),
    "p3": REPORT[:70],
    "p4": "图书馆周一闭馆，周二上午九点开门，读者可以在门口的还书箱还书，逾期的书不收费用，但请尽早归还，好让别人借到。",
    "p5": REPORT,  # p1 to the letter
}


class Shelf:
    """Passages by id, as the library would hand them out."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = dict(texts)

    def __call__(self, ids: object) -> dict[str, Passage]:
        return {
            item: Passage(item, "d" + item, "v", 0, (Span(0, len(self.texts[item])),), self.texts[item])
            for item in list(ids)  # type: ignore[call-overload]
            if item in self.texts
        }


def name(text: str) -> str:
    return folded_sha256(text).hex().upper()


def row(passage_id: str, text: str, article: str = "") -> IndexRow:
    return IndexRow(passage_id, {}, None, text, name(text), article)


def added(sequence: int, passage_id: str, text: str) -> LogEntry:
    return LogEntry(sequence, "add", passage_id, row(passage_id, text))


def near(index: CopyIndex, texts: dict[str, str]) -> dict[str, set[str]]:
    """Passage -> those with a different text that are near."""
    names = {name(text): item for item, text in reversed(texts.items())}
    return {names[one]: {names[other] for other in others} for one, others in index.near(names).items()}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(TEXTS)


@pytest.fixture
def index(shelf: Shelf, tmp_path: Path) -> CopyIndex:
    index = CopyIndex(tmp_path / "copies", shelf)
    index.rebuild([row(item, text) for item, text in TEXTS.items()], 5)
    return index


FOUND = {"p1": {"p2", "p3"}, "p2": {"p1", "p3"}, "p3": {"p1", "p2"}}


def test_copies_are_near_from_both_sides_with_their_shares(index: CopyIndex) -> None:
    assert near(index, TEXTS) == FOUND
    shares = index.near(map(name, TEXTS.values()))
    assert shares[name(REPORT)][name(REPORT[:70])] == 1  # the trimmed text stands whole in the report
    assert shares[name(REPORT[:70])][name(REPORT)] == pytest.approx(0.63, abs=0.1)


def test_only_what_is_asked_for_is_told(index: CopyIndex) -> None:
    assert index.near([name(REPORT), name(TEXTS["p4"])]) == {}
    assert index.near([]) == {}


def test_what_is_added_later_finds_what_was_there(shelf: Shelf, tmp_path: Path) -> None:
    index = CopyIndex(tmp_path / "copies", shelf)
    index.rebuild([], 0)
    for sequence, (item, text) in enumerate(TEXTS.items(), start=1):
        entries = [added(sequence, item, text)]
        index.apply(entries, sequence)
        index.apply(entries, sequence)  # twice is once
    assert near(index, TEXTS) == FOUND
    assert (index.position(), index.ids()) == (5, set(TEXTS))


def test_a_deleted_text_is_near_to_nothing_and_a_second_passage_keeps_it(index: CopyIndex) -> None:
    index.apply([LogEntry(6, "delete", "p1")], 6)
    assert near(index, TEXTS) == FOUND  # p5 prints it too
    index.apply([LogEntry(7, "delete", "p5")], 7)
    assert near(index, TEXTS) == {"p2": {"p3"}, "p3": {"p2"}}
    assert index.ids() == {"p2", "p3", "p4"}


def test_it_is_there_again_when_opened_and_another_process_sees_what_is_written(index: CopyIndex, shelf: Shelf, tmp_path: Path) -> None:
    other = CopyIndex(tmp_path / "copies", shelf, read_only=True)
    assert (other.position(), near(other, TEXTS), other.damage()) == (5, FOUND, "")
    index.apply([LogEntry(6, "delete", "p3")], 6)
    assert (other.position(), near(other, TEXTS)) == (5, FOUND)
    other.refresh()
    assert (other.position(), near(other, TEXTS)) == (6, {"p1": {"p2"}, "p2": {"p1"}})
    with pytest.raises(LibraryReadOnlyError):
        other.apply([], 7)


def test_read_only_without_a_generation_is_built_in_memory(shelf: Shelf, tmp_path: Path) -> None:
    index = CopyIndex(tmp_path / "copies", shelf, read_only=True)
    assert (index.position(), index.near([name(REPORT)])) == (-1, {})
    index.rebuild([row(item, text) for item, text in TEXTS.items()], 5)
    assert near(index, TEXTS) == FOUND
    assert not (tmp_path / "copies").exists()


@pytest.mark.parametrize("file", ["pairs.npy", "fingerprints.npy", "manifest.json"])
def test_a_flipped_byte_is_noticed_and_means_a_rebuild(index: CopyIndex, shelf: Shelf, tmp_path: Path, file: str) -> None:
    (path,) = (tmp_path / "copies").rglob(file)
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(bytes(content))
    assert file == "manifest.json" or file in index.damage()
    assert CopyIndex(tmp_path / "copies", shelf).position() == -1


def test_other_rules_mean_a_rebuild(index: CopyIndex, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert index.position() == 5
    monkeypatch.setattr(module, "RULES", "copies/0")
    assert CopyIndex(tmp_path / "copies", shelf).position() == -1


def test_nothing_of_an_erased_text_is_left(index: CopyIndex, tmp_path: Path) -> None:
    rows = [row(item, text) for item, text in TEXTS.items() if item in ("p3", "p4")]
    index.rebuild(rows, 6)
    (generation,) = (tmp_path / "copies").iterdir()
    fresh = CopyIndex(None, Shelf({}))
    fresh.rebuild(rows, 6)
    assert fresh._state is not None
    for array in ("passages", "texts", "fingerprints", "pairs"):  # the very bytes that an index has that never saw the others
        assert np.load(generation / f"{array}.npy").tobytes() == getattr(fresh._state, array).tobytes()


def test_no_word_of_a_text_is_on_disk(index: CopyIndex, tmp_path: Path) -> None:
    written = b"".join(path.read_bytes() for path in (tmp_path / "copies").rglob("*") if path.is_file())
    assert index.position() == 5
    for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
        assert "望鹭桥".encode(encoding) not in written


def test_a_full_disk_keeps_the_old_state(index: CopyIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", no_room)
        with pytest.raises(LibraryFullError, match="copy index"):
            index.apply([LogEntry(6, "delete", "p1")], 6)
    assert (index.position(), near(index, TEXTS)) == (5, FOUND)
    assert len(list((tmp_path / "copies").iterdir())) == 1


def test_it_must_be_built_before_entries_are_applied(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rebuilt"):
        CopyIndex(tmp_path / "copies", shelf).apply([], 1)


def test_a_passage_that_has_gone_since_is_left_out(shelf: Shelf) -> None:
    del shelf.texts["p2"]
    index = CopyIndex(None, shelf)
    index.rebuild([row(item, text) for item, text in TEXTS.items()], 5)
    assert near(index, TEXTS) == {"p1": {"p3"}, "p3": {"p1"}}


OPENING = (
    "青石县气象台8月{0}日{1}时继续发布大风预警：今年第3号冷空气的前锋今天（{0}日）位于松岭以北{2}公里，预计前锋将以每小时{3}公里的速度向南移动，"
    "明天中午前后经过县城，北部山区有阵雨。"
)
ADVICE = (
    "防御指南：停止露天集会和高处作业，加固棚架和围板。船只回港避风，缆绳系双道。老人和孩子留在家中，关好门窗，不要在树下和广告牌下停留。"
    "车辆减速慢行，看清积水再过。"
)
REPORTS = {  # passage -> article, text
    "a0": ("a", OPENING.format(5, 6, 120, 15)),
    "a1": ("a", ADVICE + "编辑何满仓。"),
    "b0": ("b", OPENING.format(9, 18, 40, 25)),
    "b1": ("b", "降雨预报：9日20时至10日20时，沿江一带有中雨。" + ADVICE),
    "c0": ("c", "快报。" + OPENING.format(5, 6, 120, 15)),  # reprints a
    "c1": ("c", ADVICE),
    "d0": ("d", "松岭的茶农昨夜没有睡，他们听见风从山口下来，起来把晾青的竹匾一只一只收进屋里，又用石头压住了棚顶的油布，天亮才歇下。"),
    "d1": ("d", "县里的气象员打来电话，念了一遍该怎么做。" + ADVICE),
}


def reports(*articles: str) -> dict[str, set[str]]:
    """What is near to what when these articles come in."""
    texts = {item: text for item, (article, text) in REPORTS.items() if article in articles}
    index = CopyIndex(None, Shelf(texts))
    index.rebuild([row(item, text, REPORTS[item][0]) for item, text in texts.items()], 1)
    return near(index, texts)


def test_advice_makes_no_report_a_reprint_of_another_days() -> None:
    assert reports("a", "b") == {}
    assert reports("a", "c") == {"a0": {"c0"}, "c0": {"a0"}, "a1": {"c1"}, "c1": {"a1"}}
    assert reports("a", "b", "c") == reports("a", "c")


def test_advice_known_for_standing_text_makes_no_other_article_a_reprint() -> None:
    assert reports("a", "d") == {"a1": {"d1"}, "d1": {"a1"}}  # for all one can tell it is a quotation
    assert reports("a", "b", "d") == {}


def test_advice_without_an_article_round_it_is_a_text_like_any_other() -> None:
    texts = {"a1": REPORTS["a1"][1], "b1": REPORTS["b1"][1]}
    index = CopyIndex(None, Shelf(texts))
    index.rebuild([row(item, text) for item, text in texts.items()], 1)
    assert near(index, texts) == {"a1": {"b1"}, "b1": {"a1"}}


def test_an_opening_speaks_for_the_passages_next_to_it_only() -> None:
    between = {f"{article}x{n}": f"{article}{n}" * 9 for article in "ab" for n in range(module._REPORT)}
    texts = {
        **{item: REPORTS[item][1] for item in ("a0",)},
        **{item: text for item, text in between.items() if item[0] == "a"},
        **{item: REPORTS[item][1] for item in ("a1", "b0")},
        **{item: text for item, text in between.items() if item[0] == "b"},
        "b1": REPORTS["b1"][1],
    }
    index = CopyIndex(None, Shelf(texts))
    index.rebuild([row(item, text, item[0]) for item, text in texts.items()], 1)
    assert near(index, texts) == {"a1": {"b1"}, "b1": {"a1"}}


def test_a_thousand_reports_to_one_pattern_cost_few_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    report = (
        "青石县粮油市场第{0}号行情：粳米每斤{1}分，面粉每斤{2}分，菜油每桶{3}角。当日货源充足，成交平稳，收市后各摊位把场地打扫干净，"
        "过秤时请买卖双方当面核对。"
    )
    texts = {f"r{n}": report.format(n, 2_000 + 7 * n, 3_000 + 11 * n, 9_000 + 13 * n) for n in range(1_000)}
    texts["copy"] = "行情转载。" + texts["r3"]
    compared = []
    overlap = module.overlap
    monkeypatch.setattr(module, "overlap", lambda one, other: compared.append(1) or overlap(one, other))
    index = CopyIndex(None, Shelf(texts))
    index.rebuild([row(item, text) for item, text in texts.items()], 1)
    assert len(compared) <= 5 * len(texts)
    assert near(index, texts) == {"r3": {"copy"}, "copy": {"r3"}}
