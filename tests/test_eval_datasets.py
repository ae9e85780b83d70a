"""Reading the sets, and pinning their gold to the text a library holds."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import datasets
from eval.datasets import DatasetError, Draft, DraftGold, first_queries, read_queries, read_squad
from eval.gold import GoldSpan, find_quote, pin
from qa.records import Block, Decoding, Document, DocumentInfo, Span

TEXT = "馆里的事\n图书馆逢周一闭馆。\n新馆共三层，藏书８万册，周一闭馆。"


class OneDocument:
    """A library of one document, for pinning."""

    def __init__(self, text: str = TEXT, path: str = "/home/reader/papers/news/a.txt") -> None:
        ends = [end for end, character in enumerate(text) if character == "\n"] + [len(text)]
        starts = [0, *(end + 1 for end in ends[:-1])]
        blocks = tuple(Block("paragraph", (Span(start, end),)) for start, end in zip(starts, ends, strict=True))
        decoding = Decoding("utf-8")
        self._document = Document("d1", "v1", path, "", (), "", "", "", "text/plain", "text/1", decoding, "hans", text, blocks)
        self._info = DocumentInfo(
            "d1", "v1", path, "", (), "", "", "", "text/plain", "text/1", decoding, "hans", "present", 0, 0, 1, "", ""
        )

    def documents(self) -> list[DocumentInfo]:
        return [self._info]

    def document(self, doc_id: str, version: str = "") -> Document:
        assert doc_id == "d1"
        return self._document


def draft(*gold: DraftGold, context: datasets.Context = "paragraph") -> Draft:
    return Draft("q1", "哪天闭馆？", ("周一",), True, gold, "set.jsonl, line 1 (q1)", context)


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


# finding quotes


def test_a_quote_is_found_letter_for_letter_first() -> None:
    assert find_quote(TEXT, "周一闭馆") == [Span(9, 13), Span(27, 31)]
    assert find_quote("a后a後", "后") == [Span(1, 2)]  # 後 folds to the same character, but the exact one is there


def test_otherwise_white_space_and_script_are_set_aside() -> None:
    assert find_quote(TEXT, "8 萬冊") == [Span(23, 26)]
    assert find_quote("第一\n 行续", "一行") == [Span(1, 5)]
    assert find_quote(TEXT, "周二") == []
    assert find_quote(TEXT, " \n") == []


@given(st.text(alphabet="图書馆周一闭馆 \n８㎏", max_size=40), st.data())
def test_whatever_stands_in_the_text_is_found_at_its_place(text: str, data: st.DataObject) -> None:
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))]
    places = find_quote(text, quote)
    assert all(text[place.start : place.end] == quote for place in places)
    assert places
    assert min(place.start for place in places) <= start


# pinning


def test_gold_is_pinned_to_every_place_of_its_quote_with_its_paragraphs() -> None:
    (query,) = pin([draft(DraftGold("news/a.txt", "周一闭馆"))], OneDocument())
    assert query.gold == (GoldSpan("d1", 9, 13), GoldSpan("d1", 27, 31))
    assert query.context == (GoldSpan("d1", 5, 14), GoldSpan("d1", 15, 32))


def test_the_context_of_a_one_paragraph_document_is_the_document() -> None:
    (query,) = pin([draft(DraftGold("a.txt", "新馆"), context="document")], OneDocument())
    assert query.context == (GoldSpan("d1", 0, len(TEXT)),)


def test_a_stated_start_is_checked() -> None:
    right, wrong = pin([draft(DraftGold("a.txt", "周一闭馆", start=27)), draft(DraftGold("a.txt", "三层", start=3))], OneDocument())
    assert right.gold == (GoldSpan("d1", 27, 31),)
    assert wrong.gold == (GoldSpan("d1", 18, 20),)  # found, though not where the file said
    (spans,) = pin([draft(DraftGold("a.txt", start=5, end=8))], OneDocument())
    assert spans.gold == (GoldSpan("d1", 5, 8),)


def test_gold_that_is_not_there_is_an_error_that_names_file_line_and_quote() -> None:
    with pytest.raises(DatasetError, match=r"set\.jsonl, line 1 \(q1\): the quote '周二闭馆' is not in a\.txt"):
        pin([draft(DraftGold("a.txt", "周二闭馆"))], OneDocument())
    with pytest.raises(DatasetError, match=r"one document 'b\.txt' in the library, found 0"):
        pin([draft(DraftGold("b.txt", "周一"))], OneDocument())
    with pytest.raises(DatasetError, match="does not have the gold at 5-900"):
        pin([draft(DraftGold("a.txt", start=5, end=900))], OneDocument())


# own sets


def test_an_own_set_is_read_with_quotes_spans_or_places_of_answers(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "set.jsonl",
        {"id": "1", "query": "a", "answers": ["x"], "answerable": True, "type": "when", "gold": [{"document": "d", "quote": "axb"}]},
        {"id": "2", "query": "b", "answers": [], "answerable": True, "gold": [{"document": "d", "start": 3, "end": 9}]},
        {"id": "3", "query": "c", "answers": ["x", "y"], "answerable": True, "doc": "d"},
        {"id": "4", "query": "d", "answers": [], "answerable": False, "doc": None},
    )
    one, two, three, four = read_queries(path)
    assert (one.gold, one.slices) == ((DraftGold("d", "axb"),), ("type: when",))
    assert two.gold == (DraftGold("d", start=3, end=9),)
    assert three.gold == (DraftGold("d", "x"), DraftGold("d", "y"))
    assert (four.gold, four.answerable, four.origin) == ((), False, "set.jsonl, line 4 (4)")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "1"', "is not a judged query"),
        ('{"query": "a", "answers": [], "answerable": false}', "lacks 'id'"),
        ('{"id": "1", "query": "a", "answers": [], "answerable": "no"}', "true or false, got 'no'"),
        ('{"id": "1", "query": "a", "answers": [], "answerable": true}', "an answerable query needs gold"),
        ('{"id": "1", "query": "a", "answers": [7], "answerable": false}', "expected text, got 7"),
        ('{"id": "1", "query": "a", "answers": [], "answerable": true, "gold": [{"document": "d"}]}', "gold needs a quote"),
        ('["id"]', "is not a judged query"),
        ('{"id": "0", "query": "a", "answers": [], "answerable": false}', "repeats the id"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "0", "query": "a", "answers": [], "answerable": false}\n' + line, encoding="utf-8")
    with pytest.raises(DatasetError, match=said) as caught:
        read_queries(path)
    assert str(caught.value).startswith("set.jsonl, line 2")


def test_a_file_that_is_not_there_empty_or_not_utf8_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no file"):
        read_queries(tmp_path / "none.jsonl")
    for content, said in [(b"", "holds no queries"), ("图书馆".encode("gb18030"), "cannot be read as UTF-8")]:
        (tmp_path / "bad.jsonl").write_bytes(content)
        with pytest.raises(DatasetError, match=said):
            read_queries(tmp_path / "bad.jsonl")


# SQuAD form and the data folder


def test_squad_form_compressed_or_not(tmp_path: Path) -> None:
    answers = [{"text": "周一", "answer_start": 9}, {"text": "周一", "answer_start": 9}, {"text": "逢周一", "answer_start": 8}]
    answers.append({"text": "每个周一", "answer_start": -1})  # somebody reworded it
    squad = {"data": [{"paragraphs": [{"context": TEXT, "qas": [{"id": "c1", "question": "哪天闭馆？", "answers": answers}]}]}]}
    (tmp_path / "dev.json.xz").write_bytes(lzma.compress(json.dumps(squad).encode()))
    (query,) = read_squad(tmp_path / "dev.json.xz", slices=("dev",))
    assert query.answers == ("周一", "逢周一", "每个周一")
    assert query.gold == (DraftGold("dev/00000.txt", "周一", 9), DraftGold("dev/00000.txt", "逢周一", 8))
    assert query.context == "document"
    (pinned,) = pin([query], OneDocument(path="/cache/dev/00000.txt"))
    assert pinned.gold == (GoldSpan("d1", 9, 11), GoldSpan("d1", 8, 11))
    (tmp_path / "dev.json").write_text('{"data": [{}]}', encoding="utf-8")
    with pytest.raises(DatasetError, match="not of SQuAD form"):
        read_squad(tmp_path / "dev.json")


def test_a_data_folder_that_is_absent_or_not_complete_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"the measuring data is not in .*--data or CHUCHU_DATA"):
        datasets.data_folder(tmp_path)
    (tmp_path / "data").mkdir()
    with pytest.raises(DatasetError, match=r"not complete: .*news\.jsonl\.xz is missing"):
        datasets.open_zh(datasets.data_folder(tmp_path))


def test_a_limit_takes_that_many_of_each_slice_spread_evenly() -> None:
    drafts = [Draft(f"{name}{i}", "", (), False, (), "", slices=(name,)) for name in "ab" for i in range(7)]
    assert [d.query_id for d in first_queries(drafts, 3)] == ["a0", "a2", "a4", "b0", "b2", "b4"]
    assert len(first_queries(drafts, 100)) == 14


@pytest.mark.slow
def test_the_named_sets_are_whole(shared: Path) -> None:
    seeds, open_zh = datasets.seeds(shared), datasets.open_zh(shared)
    assert (len(seeds.drafts), sum(draft.answerable for draft in seeds.drafts)) == (15, 13)
    assert len(open_zh.drafts) == 3219 + 3524
    counts: dict[str, int] = {}
    for article in open_zh.articles():
        folder = article.path.partition("/")[0]
        counts[folder] = counts.get(folder, 0) + 1
    assert counts == {"news": 63660, "cmrc2018_train": 2403, "cmrc2018_dev": 848, "drcd_dev": 1000}
