"""Documents under their names, and gold pinned to the text a library holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.folding import fold
from eval.collection import Collection
from eval.datasets import load
from eval.datasets.records import Context, Corpus, DatasetError, Draft, DraftGold
from eval.gold import GoldSpan, Query, find_quote, pin
from qa.reading import read
from qa.records import Block, Decoding, Document, DocumentInfo, Passage, Span

TEXT = "馆里的事\n图书馆逢周一闭馆。\n新馆共三层，藏书８万册，周一闭馆。"
ROOT = "/home/reader/papers"


class Shelf:
    """A library of documents by path, each line a paragraph and each document one passage; ids are numbers in the order given."""

    def __init__(self, texts: Mapping[str, str], roots: Mapping[str, str] | None = None) -> None:
        self._texts = list(texts.items())
        self._roots = dict(roots or {})
        self.read: list[str] = []

    def documents(self) -> list[DocumentInfo]:
        return [
            DocumentInfo(
                doc_id=str(number),
                version="v1",
                path=path,
                title="",
                authors=(),
                publication="",
                issue="",
                published="",
                media_type="text/plain",
                reader="text/1",
                decoding=Decoding("utf-8"),
                script="hans",
                state="present",
                n_characters=len(text),
                n_passages=1,
                n_versions=1,
                root=self._roots.get(path, ROOT),
                added="",
            )
            for number, (path, text) in enumerate(self._texts)
        ]

    def document(self, doc_id: str, version: str = "") -> Document:
        self.read.append(doc_id)
        path, text = self._texts[int(doc_id)]
        ends = [end for end, character in enumerate(text) if character == "\n"] + [len(text)]
        starts = [0, *(end + 1 for end in ends[:-1])]
        blocks = tuple(Block("paragraph", (Span(start, end),)) for start, end in zip(starts, ends, strict=True) if start < end)
        decoding = Decoding("utf-8")
        return Document(doc_id, "v1", path, "", (), "", "", "", "text/plain", "text/1", decoding, "hans", text, blocks)

    def passages(self, doc_id: str) -> list[Passage]:
        text = self._texts[int(doc_id)][1]
        return [Passage("p" + doc_id, doc_id, "v1", 0, (Span(0, len(text)),), text)]


def collection(*paths: str) -> Collection:
    return Collection(Shelf(dict.fromkeys(paths or (f"{ROOT}/news/a.txt",), TEXT)))


def draft(*gold: DraftGold, context: Context = "paragraph") -> Draft:
    return Draft("q1", "哪天闭馆？", ("周一",), True, gold, "set.jsonl, line 1 (q1)", context)


def pinned(gold: DraftGold, context: Context = "paragraph") -> Query:
    (query,) = pin([draft(gold, context=context)], collection())
    return query


# the collection


def test_a_document_goes_by_its_path_inside_the_ingested_folder() -> None:
    documents = collection(f"{ROOT}/news/b.txt", f"{ROOT}/a.txt")
    assert (documents.names, len(documents), documents.n_passages) == (["a.txt", "news/b.txt"], 2, 2)
    assert (documents.name("0"), documents.doc_id("news/b.txt")) == ("news/b.txt", "0")
    assert documents.document("a.txt").doc_id == documents.passages("a.txt")[0].doc_id == "1"


def test_a_document_that_was_ingested_by_itself_goes_by_its_file_name() -> None:
    path = f"{ROOT}/news/a.txt"
    assert Collection(Shelf({path: TEXT}, roots={path: path})).names == ["a.txt"]


def test_documents_of_one_path_in_two_folders_go_by_their_whole_paths() -> None:
    paths = ("/one/a.txt", "/two/a.txt")
    documents = Collection(Shelf(dict.fromkeys(paths, TEXT), roots={"/one/a.txt": "/one", "/two/a.txt": "/two"}))
    assert documents.names == list(paths)


def test_paths_are_written_with_slashes_whatever_the_system() -> None:
    assert Collection(Shelf({"C:\\papers\\news\\a.txt": TEXT}, roots={"C:\\papers\\news\\a.txt": "C:\\papers"})).names == ["news/a.txt"]


def test_a_document_is_found_by_the_end_of_its_path_when_that_is_one() -> None:
    documents = collection(f"{ROOT}/news/a.txt", f"{ROOT}/old/a.txt", f"{ROOT}/old/b.txt")
    assert documents.find("b.txt", "") == documents.find("./old/b.txt", "") == documents.find("papers/old/b.txt", "") == "old/b.txt"
    with pytest.raises(DatasetError, match=r"line 3: expected one document 'a\.txt' in the library, found 2"):
        documents.find("a.txt", "line 3")
    with pytest.raises(DatasetError, match=r"one document 'ld/b\.txt' in the library, found 0; ingest its folder first"):
        documents.find("ld/b.txt", "line 3")


def test_what_was_read_lately_is_remembered() -> None:
    shelf = Shelf({f"{ROOT}/a.txt": TEXT})
    documents = Collection(shelf)
    assert documents.document("a.txt") is documents.document("a.txt")
    assert shelf.read == ["0"]


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
    query = pinned(DraftGold("news/a.txt", "周一闭馆"))
    assert query.gold == (GoldSpan("news/a.txt", 9, 13), GoldSpan("news/a.txt", 27, 31))
    assert query.context == (GoldSpan("news/a.txt", 5, 14), GoldSpan("news/a.txt", 15, 32))


def test_the_context_of_a_one_paragraph_document_is_the_document() -> None:
    assert pinned(DraftGold("a.txt", "新馆"), "document").context == (GoldSpan("news/a.txt", 0, len(TEXT)),)


def test_a_stated_start_is_checked() -> None:
    assert pinned(DraftGold("a.txt", "周一闭馆", start=27)).gold == (GoldSpan("news/a.txt", 27, 31),)
    assert pinned(DraftGold("a.txt", "三层", start=3)).gold == (GoldSpan("news/a.txt", 18, 20),)  # found, though not where the file said
    assert pinned(DraftGold("a.txt", start=5, end=8)).gold == (GoldSpan("news/a.txt", 5, 8),)


def test_gold_that_is_not_there_is_an_error_that_names_file_line_and_quote() -> None:
    with pytest.raises(DatasetError, match=r"set\.jsonl, line 1 \(q1\): the quote '周二闭馆' is not in a\.txt"):
        pinned(DraftGold("a.txt", "周二闭馆"))
    with pytest.raises(DatasetError, match=r"one document 'b\.txt' in the library, found 0"):
        pinned(DraftGold("b.txt", "周一"))
    with pytest.raises(DatasetError, match="does not have the gold at 5-900"):
        pinned(DraftGold("a.txt", start=5, end=900))
    with pytest.raises(DatasetError, match="does not have the gold at 5-8; give its quote alone"):
        pinned(DraftGold("a.txt", "周一闭馆", start=5, end=8))


def test_what_a_draft_says_besides_gold_reaches_the_query_with_documents_by_name() -> None:
    said = Draft(
        query_id="q2",
        text="谁和谁？",
        answers=("甲",),
        answerable=True,
        gold=(),
        origin="set.jsonl, line 2 (q2)",
        slices=("set: mine",),
        also=(("乙", "丙"),),
        evidences=("甲和乙",),
        among=("a.txt",),
        without=("papers/old/b.txt",),
        made_from="q1",
    )
    (query,) = pin([said], collection(f"{ROOT}/news/a.txt", f"{ROOT}/old/b.txt"))
    assert (query.among, query.without, query.gold, query.context) == (("news/a.txt",), ("old/b.txt",), (), ())
    assert (query.also, query.evidences, query.slices, query.made_from) == ((("乙", "丙"),), ("甲和乙",), ("set: mine",), "q1")


# the named sets


def shelf_of(corpus: Corpus) -> Collection:
    """Its documents as the reader reads them in place, or as they are written."""
    if corpus.folder is not None:
        paths = sorted(path for path in corpus.folder.rglob("*") if path.is_file())
        texts = {str(path): read(path.read_bytes(), path=path.name, doc_id="0").text for path in paths}
        return Collection(Shelf(texts, roots=dict.fromkeys(texts, str(corpus.folder))))
    return Collection(Shelf({f"{ROOT}/{article.path}": article.text for article in corpus.articles()}))


def without_gold(drafts: Iterable[Draft], documents: Collection) -> int:
    """How many answerable queries have no gold; everything that has some is pinned, to the text it names."""
    missing = 0
    for one, query in zip(drafts, pin(drafts, documents), strict=True):
        missing += query.answerable and not query.gold
        assert query.answerable or not query.gold
        quotes = {squeezed(gold.quote) for gold in one.gold}
        found = {squeezed(documents.document(gold.document).text[gold.start : gold.end]) for gold in query.gold}
        assert found == quotes, one.origin
        assert all(gold.document in query.among for gold in query.gold if query.among), one.origin
        assert not {gold.document for gold in query.gold} & set(query.without), one.origin
    return missing


def squeezed(text: str) -> str:
    return "".join(fold(text).split())


def test_every_gold_quote_of_the_sample_is_pinned() -> None:
    dataset = load("sample")
    assert without_gold(dataset.drafts, shelf_of(dataset.corpus)) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "missing"),
    [
        *((name, 0) for name in ("seeds", "cmrc2018", "cmrc2018-given", "cmrc2018-train", "drcd", "drcd-given", "expmrc", "rgb")),
        ("cail2019", 137),  # answered by YES or NO, which stand nowhere
    ],
)
def test_every_gold_quote_is_pinned(shared: Path, name: str, missing: int) -> None:
    dataset = load(name, shared)
    assert without_gold(dataset.drafts, shelf_of(dataset.corpus)) == missing


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # opencc's binding, on import
def test_every_gold_quote_of_the_sets_on_the_news_is_pinned(shared: Path) -> None:
    documents = shelf_of(load("open-zh", shared).corpus)
    assert len(documents) == 67_911
    for name in ("open-zh", "open-zh-scripts", "open-zh-reworded", "open-zh-silent"):
        assert without_gold(load(name, shared).drafts, documents) == 0
    assert without_gold(load("crud-1doc", shared).drafts, documents) == 1_136  # CRUD does not say where its answers stand
