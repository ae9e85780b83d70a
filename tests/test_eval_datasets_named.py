"""The sets that go by a name: their loaders on small files of the same form, their counts on the real ones."""

from __future__ import annotations

import hashlib
import json
import lzma
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.folding import fold
from eval.datasets import (
    NAMES,
    Dataset,
    DatasetError,
    Draft,
    DraftGold,
    first_queries,
    load,
    named,
    news_articles,
    read_squad,
    two_places,
    written,
)
from eval.datasets.files import CAIL_DEV, CMRC_DEV, CMRC_TRAIN, CRUD, DRCD_DEV, EXPMRC_DEV, KNOWN, NEWS, RGB, SEED_QUERIES, Known
from eval.datasets.news import read_articles
from eval.datasets.rewording import NOTE
from eval.datasets.rgb import NOISE, Item, rgb_articles, rgb_drafts
from eval.datasets.scripts import FAMILIES, has_one_to_many, in_script

OPENCC_WARNS = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # opencc's binding, on import
HANS, HANT = "图书馆逢周一闭馆。新馆共三层，后门在里面。", "圖書館逢週一閉館。新館共三層，後門在裡面。"


def squad(*contexts: str, ids: str = "Q", qas: list[dict[str, object]] | None = None, **about: str) -> dict[str, object]:
    """A SQuAD-form file; each passage, unless told otherwise, with one question."""
    questions = [
        qas or [{"id": f"{ids}{number}", "question": "图书馆什么时候闭馆？", "answers": [{"text": context[4:6], "answer_start": 4}]}]
        for number, context in enumerate(contexts)
    ]
    pairs = zip(contexts, questions, strict=True)
    return {"data": [{"paragraphs": [{"context": context, "qas": found}], **about} for context, found in pairs]}


def evidenced(*evidences: str) -> list[dict[str, object]]:
    answers = [{"text": "周一", "answer_start": 4}]
    return [{"id": "E1", "question": "哪天闭馆？", "answers": answers, "evidences": list(evidences)}]


def cail() -> dict[str, object]:
    def question(number: int, impossible: str, *texts: str) -> dict[str, object]:
        answers = [{"text": text, "answer_start": HANS.find(text) if text else -1} for text in texts]
        return {"id": f"c{number}", "question": "闭馆吗？", "answers": answers, "is_impossible": impossible}

    asked = [
        question(1, "false", "周一", "", "逢周一"),
        question(2, "false", "YES", "NO", ""),
        question(3, "false", "YES", "三层", "三层"),
        question(4, "true", "", "", "周一"),
    ]
    of_training = [{"id": "c0", "question": "几层？", "answers": [{"text": "三层", "answer_start": 13}], "is_impossible": "false"}]
    old, new = squad(HANS + "旧", qas=of_training, caseid="700", domain="civil"), squad(HANS, qas=asked, caseid="701", domain="criminal")
    return {"data": [*old["data"], *new["data"]]}  # type: ignore[misc]


RGB_ITEMS = [
    {
        "id": 7,
        "query": "谁主演？",
        "answer": ["甲某", ["乙某", "乙氏"]],
        "positive": [f"{number}号消息：甲某与乙某主演" for number in range(3)],
        "negative": [f"{number}号消息：演员待定" for number in range(6)],
    }
]
CRUD_ITEMS = {
    "a": {"question": ["哪天闭馆？", "为何？", "开门吗？"], "answers": ["周一", "无法推断", "否"], "key_info": []},
    "b": {"question": ["谁？"], "answers": [], "key_info": []},
    "c": {"question": ["怎么办？"], "answers": ["先到一层服务台登记姓名和电话，再到三层领取借书证"], "key_info": []},
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small data folder whose files have the names and forms of the real ones, and are known."""
    news = "\n".join(json.dumps({"id": str(number), "date": "", "text": f"第{number}条消息"}) for number in range(1002))
    seed = {"id": "s", "query": "哪天？", "doc": "000_d29d965d07eebd11.txt", "answers": ["周一"], "answerable": True}
    contents: dict[str, tuple[str, dict[str, int]]] = {
        NEWS: (news, {"documents": 1002}),
        CMRC_TRAIN: (json.dumps(squad(HANS + "甲")), {"documents": 1, "queries": 1, "unanswerable": 0}),
        CMRC_DEV: (json.dumps(squad(HANS, HANS + "乙")), {"documents": 2, "queries": 2, "unanswerable": 0}),
        DRCD_DEV: (json.dumps(squad(HANT, ids="D")), {"documents": 1, "queries": 1, "unanswerable": 0}),
        EXPMRC_DEV: (
            json.dumps(squad(HANS, qas=evidenced("图书馆逢周一闭馆。", "逢周一闭馆", "逢周一闭馆"))),
            {"documents": 1, "queries": 1, "unanswerable": 0},
        ),
        CAIL_DEV: (json.dumps(cail()), {"documents": 2, "queries": 5, "unanswerable": 1}),
        CRUD: (json.dumps(CRUD_ITEMS), {"items": 3}),
        RGB: (json.dumps(RGB_ITEMS), {"items": 1}),
        SEED_QUERIES: (json.dumps(seed), {"queries": 1, "unanswerable": 0}),
        **{name: (HANS, {}) for name, known in KNOWN.items() if known.folder == "seeds"},
    }
    for name, (text, counts) in contents.items():
        put(tmp_path, name, text, counts, monkeypatch)
    asked = [{"query": "第几条？", "answers": [[1, 2]]}, {"query": "谁写的？", "answers": []}]
    stretches = [{"of": NEWS, "document": number, "start": 0, "end": 5, "queries": asked} for number in (3, 5)]
    queries = tmp_path / "written_queries.jsonl"
    queries.write_text("\n".join(map(json.dumps, stretches)), encoding="utf-8")
    for module in (named, written):
        monkeypatch.setattr(module, "WRITTEN", queries)
    places = {name: {"of": of, "document": 0, "start": 4, "end": 6} for name, of in (("first", CMRC_DEV), ("second", DRCD_DEV))}
    pairs = tmp_path / "two_places.jsonl"
    trained = {"of": CMRC_TRAIN, "document": 0, "start": 4, "end": 6}
    two = ({"id": "two-1", **places}, {"id": "two-2", "first": trained, "second": trained})
    pairs.write_text("\n".join(json.dumps({"kind": "parts", "query": "两馆哪天闭馆？", **one}) for one in two), encoding="utf-8")
    for module in (named, two_places):
        monkeypatch.setattr(module, "TWO_PLACES", pairs)
    return tmp_path


def put(folder: Path, name: str, text: str, counts: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a file of the data folder and let it be the known version."""
    content = lzma.compress(text.encode()) if name.endswith(".xz") else text.encode()
    path = folder / KNOWN[name].folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    monkeypatch.setitem(KNOWN, name, Known(hashlib.sha256(content).hexdigest(), counts, KNOWN[name].folder))


# SQuAD form


def test_squad_form_compressed_or_not(tmp_path: Path) -> None:
    answers = [{"text": "周一", "answer_start": 4}, {"text": "周一", "answer_start": 4}, {"text": "逢周一", "answer_start": 3}]
    answers.append({"text": "每个周一", "answer_start": -1})  # somebody reworded it
    text = json.dumps(squad(HANS, qas=[{"id": "c1", "question": "哪天闭馆？", "answers": answers}]))
    (tmp_path / "dev.json.xz").write_bytes(lzma.compress(text.encode()))
    (tmp_path / "dev.json").write_text(text, encoding="utf-8")
    (draft,) = read_squad(tmp_path / "dev.json.xz", slices=("set: dev",))
    assert draft.answers == ("周一", "逢周一", "每个周一")
    assert draft.gold == (DraftGold("dev/00000.txt", "周一", 4), DraftGold("dev/00000.txt", "逢周一", 3))
    assert (draft.context, draft.slices, draft.origin) == ("document", ("set: dev",), "dev.json.xz (c1)")
    assert read_squad(tmp_path / "dev.json")[0].gold == draft.gold


@pytest.mark.parametrize("text", ['{"data": [{}]}', "[]", '{"data": [{"paragraphs": [{"context": "a", "qas": [{"id": "1"}]}]}]}', '{"data'])
def test_another_form_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "dev.json").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"dev\.json is not of SQuAD form \(data, paragraphs, context, qas\)"):
        read_squad(tmp_path / "dev.json")


def test_the_evidences_that_people_marked_are_taken_over_each_once(data: Path) -> None:
    (draft,) = load("expmrc", data).drafts
    assert draft.evidences == ("图书馆逢周一闭馆。", "逢周一闭馆")
    assert draft.among == ("expmrc_cmrc2018_dev_a/00000.txt",)


def test_cail_is_asked_of_the_documents_that_nothing_is_trained_on(data: Path) -> None:
    dataset = load("cail2019", data)
    assert [article.path for article in dataset.corpus.articles()] == ["cail2019_mrc_dev/00001.txt"]
    stretch, yes_no, both, silent = dataset.drafts
    document = "cail2019_mrc_dev/00001.txt"
    assert {draft.among for draft in dataset.drafts} == {(document,)}
    assert (stretch.answers, stretch.gold) == (("周一", "逢周一"), (DraftGold(document, "周一", 4), DraftGold(document, "逢周一", 3)))
    assert (yes_no.answers, yes_no.gold, yes_no.answerable) == (("YES", "NO"), (), True)
    assert (both.answers, both.gold) == (("YES", "三层"), (DraftGold(document, "三层", 12),))
    assert (silent.answers, silent.gold, silent.answerable) == ((), (), False)  # one reader wrote an answer down all the same
    assert stretch.slices == ("set: cail2019", "domain: criminal", "answerable: yes", "answer: a stretch of the text")
    assert yes_no.slices[-1] == "answer: yes or no"
    assert both.slices[-1] == "answer: a stretch of the text"
    assert silent.slices[-1] == "answerable: no"
    assert "1 of 4 queries are unanswerable. The answer of 1 is YES or NO" in dataset.note


# news and CRUD


def test_news_articles_are_named_by_the_number_of_their_line(data: Path) -> None:
    articles = list(news_articles(data))
    assert (len(articles), articles[0].path, articles[0].text) == (1002, "news/000/000000.txt", "第0条消息")
    assert articles[1001].path == "news/001/001001.txt"
    assert [article.path for article in news_articles(data, 2)] == ["news/000/000000.txt", "news/000/000001.txt"]


def test_news_that_are_fewer_damaged_or_of_another_form_are_said(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(data, NEWS, '{"text": "一"}\n{"text": "二"}', {"documents": 3}, monkeypatch)
    with pytest.raises(DatasetError, match=r"reading news\.jsonl\.xz gave 2 documents instead of 3"):
        list(news_articles(data))
    for text in ('{"text": "一"}\n{"title": "二"}', '{"text": "一"}\n二'):
        put(data, NEWS, text, {"documents": 2}, monkeypatch)
        with pytest.raises(DatasetError, match=r'news\.jsonl\.xz, line 2 is not an article with a "text"'):
            list(news_articles(data))
    cut = tmp_path / "cut.jsonl.xz"
    cut.write_bytes((data / "data" / NEWS).read_bytes()[:-20])
    with pytest.raises(DatasetError, match=r"cut\.jsonl\.xz is damaged or cut short after line \d, copy it again"):
        list(read_articles(cut))


def test_crud_leaves_out_what_cannot_be_told_or_paired(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load("crud-1doc", data)
    assert [(draft.query_id, draft.answers, draft.slices[-1]) for draft in dataset.drafts] == [
        ("crud-a-0", ("周一",), "answer: 2-20 characters"),
        ("crud-a-2", ("否",), "answer: one character"),
        ("crud-c-0", ("先到一层服务台登记姓名和电话，再到三层领取借书证",), "answer: longer"),
    ]
    assert all(draft.answerable and not draft.gold for draft in dataset.drafts)
    assert "(1 of 3); 1 are longer" in dataset.note
    assert "Left out: 1 pairs whose answer is 无法推断, and 1 items" in dataset.note
    put(data, CRUD, '{"a": []}', {"items": 1}, monkeypatch)
    with pytest.raises(DatasetError, match=r"crud_.* is not of CRUD's form \(id to question, answers\)"):
        load("crud-1doc", data)


# RGB


def item(positive: int, negative: int) -> Item:
    return Item(7, "谁主演？", (("甲某",),), tuple(f"甲某{n}" for n in range(positive)), tuple(f"待定{n}" for n in range(negative)))


def kinds(chosen: tuple[object, ...]) -> tuple[int, int]:
    names = [str(article) for article in chosen]
    return sum("positive" in name for name in names), sum("negative" in name for name in names)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        (9, 9, [(5, 0), (4, 1), (3, 2), (2, 3), (1, 4), (0, 5)]),
        (2, 9, [(2, 3), (2, 3), (2, 3), (2, 3), (1, 4), (0, 5)]),  # too few positives: negatives fill up
        (9, 3, [(5, 0), (4, 1), (3, 2), (2, 3), (2, 3), (0, 3)]),  # too few negatives: positives fill up, but not where all is noise
    ],
)
def test_snippets_are_mixed_at_the_ratio(positive: int, negative: int, expected: list[tuple[int, int]]) -> None:
    assert [kinds(item(positive, negative).chosen(number)) for number in NOISE.values()] == expected


@given(st.integers(0, 8), st.integers(0, 8), st.sampled_from(sorted(NOISE.values())))
def test_the_first_snippets_of_each_kind_are_taken_and_never_more_than_five(positive: int, negative: int, wanted: int) -> None:
    chosen = [article.path for article in item(positive, negative).chosen(wanted)]
    of_kind = kinds(tuple(chosen))
    assert chosen == [f"rgb/7/positive-{n:02}.txt" for n in range(of_kind[0])] + [f"rgb/7/negative-{n:02}.txt" for n in range(of_kind[1])]
    if wanted == 5:
        assert of_kind == (0, min(5, negative))
    elif positive + negative >= 5:
        assert sum(of_kind) == 5


def test_a_ratio_is_the_share_of_negatives_rounded_up() -> None:
    assert list(NOISE) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert all(float(ratio) * 5 == pytest.approx(negatives) for ratio, negatives in NOISE.items())


def test_an_answer_of_rgb_is_all_of_its_parts_and_each_of_them_a_choice(data: Path) -> None:
    dataset = load("rgb", data)
    assert [draft.query_id for draft in dataset.drafts] == [f"rgb-7-{ratio}" for ratio in NOISE]
    draft, *_, noise = dataset.drafts
    assert (draft.answers, draft.also) == (("甲某",), (("乙某", "乙氏"),))
    assert draft.among == (*(f"rgb/7/positive-0{n}.txt" for n in range(3)), *(f"rgb/7/negative-0{n}.txt" for n in range(2)))
    assert draft.gold == tuple(DraftGold(f"rgb/7/positive-0{n}.txt", answer) for n in range(3) for answer in ("甲某", "乙某"))
    assert draft.slices == ("set: rgb", "noise: 0.0")
    assert (noise.answerable, noise.answers, noise.also, noise.gold) == (False, (), (), ())
    assert noise.among == tuple(f"rgb/7/negative-0{n}.txt" for n in range(5))
    paths = [article.path for article in dataset.corpus.articles()]
    assert sorted(paths) == sorted({path for one in dataset.drafts for path in one.among})


def test_an_answer_that_stands_in_no_positive_snippet_has_no_place() -> None:
    unplaced = Item(1, "谁？", (("丙",),), ("甲某",) * 5, ("丙",) * 5)
    assert [draft.gold for draft in rgb_drafts([unplaced])] == [()] * 6
    assert len(list(rgb_articles([unplaced]))) == 10


def test_rgb_of_another_form_is_said(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ('[{"id": 1}]', '{"id": 1}\n{"id": 2}'):
        put(data, RGB, text, {"items": 1}, monkeypatch)
        with pytest.raises(DatasetError, match=r"is not of RGB's form"):
            load("rgb", data)
    put(data, RGB, json.dumps(RGB_ITEMS), {"items": 2}, monkeypatch)
    with pytest.raises(DatasetError, match="gave 1 items instead of 2"):
        load("rgb", data)


# scripts


def asked(text: str, query_id: str = "q1") -> Draft:
    return Draft(query_id, text, ("周一",), True, (DraftGold("a.txt", "周一"),), "here", slices=("set: mine",))


@OPENCC_WARNS
def test_a_query_in_another_script_keeps_everything_else() -> None:
    draft = asked("图书馆的后门在哪里？")
    made = in_script(draft, "hant")
    assert (made.text, made.query_id, made.made_from) == ("圖書館的後門在哪裏？", "q1-hant", "q1")
    assert made.slices == ("set: mine", "query script: hant", "one-to-many: yes")
    assert (made.gold, made.answers) == (draft.gold, draft.answers)
    back = in_script(made, "hans")
    assert (back.text, back.query_id, back.slices[-2]) == (draft.text, "q1-hant-hans", "query script: hans")
    assert in_script(asked("谁建了这座桥？"), "hant").slices[-1] == "one-to-many: no"


@OPENCC_WARNS
@given(st.text(alphabet="图书馆圖書館的后後门在里裡abc？", min_size=1, max_size=20), st.integers(0, 99))
def test_a_mixed_query_takes_each_character_from_one_script_or_the_other(text: str, number: int) -> None:
    draft = asked(text, f"q{number}")
    made = in_script(draft, "mixed")
    hans, hant = in_script(draft, "hans").text, in_script(draft, "hant").text
    assert len(made.text) == len(text)
    assert all(one in {a, b, c} for one, a, b, c in zip(made.text, text, hans, hant, strict=True))
    assert fold(made.text) == fold(text)  # what search has to be blind to
    assert made == in_script(draft, "mixed")


@OPENCC_WARNS
def test_the_coin_is_fair_and_the_same_on_every_machine() -> None:
    places = [in_script(asked("图书馆门" * 8, f"q{number}"), "mixed").text for number in range(100)]
    traditional = sum(character in "圖書館門" for text in places for character in text)
    assert 1500 < traditional < 1700  # of 3,200
    assert zlib.crc32("".join(places).encode()) == 453_217_140  # another sum: figures of mixed queries are not comparable with earlier ones


def test_the_families_are_told_in_either_script() -> None:
    assert all(has_one_to_many(f"甲{character}") for family in FAMILIES for character in family)
    assert not has_one_to_many("图书馆圖書館")
    characters = [character for family in FAMILIES for character in set(family)]
    assert len(characters) == len(set(characters))  # no character belongs to two


@OPENCC_WARNS
def test_the_families_are_those_that_opencc_makes_one() -> None:
    from opencc import OpenCC

    simplify: Callable[[str], str] = OpenCC("t2s").convert
    for simplified, *traditional in FAMILIES:
        assert len(set(traditional)) >= 2, simplified
        assert {simplify(character) for character in traditional} == {simplified}


def corpus_of(name: str) -> str:
    if name == "two-places-train":
        return "cmrc2018-train"
    return "open-zh" if name.startswith(("open-zh", "crud", "two-places")) else name.removesuffix("-given")


def set_of(draft: Draft) -> str:
    return draft.slices[0]


@OPENCC_WARNS
@pytest.mark.parametrize("name", NAMES)
def test_every_set_loads_and_keeps_the_promises(data: Path, name: str) -> None:
    dataset = load(name, data)
    assert (dataset.name, dataset.corpus.name) == (name, corpus_of(name))
    assert dataset.drafts
    assert dataset.note.endswith(".")
    assert len(dataset.sha256) == len(dataset.corpus.sha256) == 64
    assert len({draft.query_id for draft in dataset.drafts}) == len(dataset.drafts)
    assert all(set_of(draft).startswith("set: ") for draft in dataset.drafts)
    assert all(draft.answerable or not (draft.gold or draft.answers or draft.also) for draft in dataset.drafts)
    assert load(name, data).sha256 == dataset.sha256
    if dataset.corpus.folder is None:
        paths = {article.path for article in dataset.corpus.articles()}
        named_in_drafts = {path for draft in dataset.drafts for path in (*draft.among, *draft.without)}
        assert named_in_drafts | {gold.document for draft in dataset.drafts for gold in draft.gold} <= paths
    else:
        assert dataset.corpus.folder.is_dir()


def test_sets_on_the_same_documents_share_a_corpus(data: Path) -> None:
    on_the_news = [load(name, data).corpus for name in ("open-zh", "open-zh-silent", "crud-1doc")]
    assert {(corpus.name, corpus.sha256) for corpus in on_the_news} == {("open-zh", on_the_news[0].sha256)}
    assert len(list(on_the_news[0].articles())) == 1002 + 1 + 2 + 1
    assert load("cmrc2018", data).corpus.sha256 == load("cmrc2018-given", data).corpus.sha256


@OPENCC_WARNS
def test_the_cross_script_set_asks_each_query_in_the_other_script_and_mixed(data: Path) -> None:
    dataset = load("open-zh-scripts", data)
    assert Counter((set_of(draft), draft.slices[1]) for draft in dataset.drafts) == {
        ("set: cmrc2018-dev", "query script: hant"): 2,
        ("set: cmrc2018-dev", "query script: mixed"): 2,
        ("set: drcd-dev", "query script: hans"): 1,
        ("set: drcd-dev", "query script: mixed"): 1,
    }
    assert dataset.sha256 != load("open-zh", data).sha256


@OPENCC_WARNS
def test_the_reworded_set_says_how_many_it_could_reword(data: Path) -> None:
    dataset = load("open-zh-reworded", data)
    originals = {draft.query_id: draft.text for draft in load("open-zh", data).drafts}
    assert all(draft.text != originals[draft.made_from] for draft in dataset.drafts)
    reworded = len({draft.made_from for draft in dataset.drafts})
    assert f"{len(dataset.drafts)} from {reworded} of {len(originals)} queries of open-zh; nobody read them over. {NOTE}" in dataset.note


def test_the_silent_set_asks_twice_once_with_the_document_hidden(data: Path) -> None:
    drafts = load("open-zh-silent", data).drafts
    present, hidden = drafts[0], drafts[2]  # two queries of CMRC as they are, then the same silenced
    assert (present.query_id, present.answerable, present.slices) == ("Q0", True, ("set: cmrc2018-dev", "gold: present"))
    assert (hidden.query_id, hidden.made_from, hidden.text) == ("Q0-silent", "Q0", present.text)
    assert (hidden.answerable, hidden.answers, hidden.gold, hidden.without) == (False, (), (), ("cmrc2018_dev/00000.txt",))
    assert hidden.slices == ("set: cmrc2018-dev", "gold: hidden")


def test_a_part_of_the_silent_set_keeps_its_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    of_file = {CMRC_DEV: "a", DRCD_DEV: "b"}
    monkeypatch.setattr(named, "_squad", lambda _, name: tuple(asked("？", f"{of_file[name]}{number}") for number in range(50)))
    monkeypatch.setattr(named, "_dev_sha256", lambda _: "")
    monkeypatch.setattr(named, "_open_zh_corpus", lambda _: None)
    part = first_queries(named.open_zh_silent(Path()).drafts, 20)
    assert Counter(draft.made_from or draft.query_id for draft in part).most_common()[-1][1] == 2


def test_a_name_that_is_none_and_a_folder_that_is_not_whole_are_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"there is no set 'open_zh'; the sets are sample, seeds, open-zh"):
        load("open_zh", data)
    with pytest.raises(DatasetError, match="the measuring data is not in"):
        load("rgb", tmp_path / "none")
    assert load("sample", tmp_path / "none").drafts  # needs no data folder
    (data / "data" / CMRC_TRAIN).unlink()
    with pytest.raises(DatasetError, match=r"not complete: .*cmrc2018_train\.json\.xz is missing"):
        load("open-zh", data)
    (data / "seeds" / "003_15570308c2a09ac8.txt").unlink()
    with pytest.raises(DatasetError, match=r"003_15570308c2a09ac8\.txt is missing"):
        load("seeds", data)


def test_wrong_counts_stop_a_set(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(data, DRCD_DEV, json.dumps(squad(HANT)), {"documents": 1, "queries": 2, "unanswerable": 0}, monkeypatch)
    with pytest.raises(DatasetError, match=r"reading drcd_dev\.json\.xz gave 1 queries instead of 2"):
        load("drcd", data)


# the real files

EXPECTED = {  # queries, unanswerable, documents
    "seeds": (15, 2, 5),
    "cmrc2018": (3219, 0, 848),
    "cmrc2018-given": (3219, 0, 848),
    "cmrc2018-train": (10_142, 0, 2403),
    "drcd": (3524, 0, 1000),
    "drcd-given": (3524, 0, 1000),
    "expmrc": (253, 0, 184),
    "cail2019": (1800, 365, 300),
    "rgb": (900, 150, 1500),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_named_sets_are_whole(shared: Path, name: str) -> None:
    dataset = load(name, shared)
    assert (*counted(dataset), documents_of(dataset)) == EXPECTED[name]


@pytest.mark.slow
@OPENCC_WARNS
def test_the_sets_on_the_news_are_whole(shared: Path) -> None:
    assert counted(load("open-zh", shared)) == (6743, 0)
    assert counted(load("open-zh-silent", shared)) == (13_486, 6743)
    assert counted(load("open-zh-scripts", shared)) == (13_486, 0)
    assert counted(load("crud-1doc", shared)) == (1136, 0)
    folders = Counter(article.path.partition("/")[0] for article in load("open-zh", shared).corpus.articles())
    assert folders == {"news": 63_660, "cmrc2018_train": 2403, "cmrc2018_dev": 848, "drcd_dev": 1000}


@pytest.mark.slow
def test_the_slices_of_the_real_sets(shared: Path) -> None:
    cail_slices = Counter(one for draft in load("cail2019", shared).drafts for one in draft.slices)
    assert cail_slices["domain: criminal"] == 1800
    assert (cail_slices["answerable: no"], cail_slices["answer: yes or no"]) == (365, 137)
    rgb_drafts_read = load("rgb", shared).drafts
    assert Counter(one for draft in rgb_drafts_read for one in draft.slices[1:]) == {f"noise: {ratio}": 150 for ratio in NOISE}
    assert {len(draft.among) for draft in rgb_drafts_read} == {5}
    assert all(draft.gold for draft in rgb_drafts_read if draft.answerable)
    assert all(1 <= len(draft.evidences) <= 3 for draft in load("expmrc", shared).drafts)
    assert not any(draft.evidences for draft in load("cmrc2018-train", shared).drafts)  # machine-made, and often wrong


def counted(dataset: Dataset) -> tuple[int, int]:
    assert len({draft.query_id for draft in dataset.drafts}) == len(dataset.drafts)
    return len(dataset.drafts), sum(not draft.answerable for draft in dataset.drafts)


def documents_of(dataset: Dataset) -> int:
    if dataset.corpus.folder is not None:
        return sum(path.is_file() for path in dataset.corpus.folder.iterdir())
    return sum(1 for _ in dataset.corpus.articles())
