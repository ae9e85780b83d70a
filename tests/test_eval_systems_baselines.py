"""The baselines: each agrees with its package used plainly, hits stand where they say, and what is built is built once."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from embeddings.encoder import Vectors
from embeddings.hashing_encoder import HashingEncoder
from eval.collection import Collection
from eval.datasets.records import DatasetError
from eval.gold import Query
from eval.systems.baselines import ENCODER, RECIPE, WORDS, Baseline, baselines, encoder_alone, words_of
from eval.systems.recipe import recursive_spans
from eval.systems.records import Place, System
from qa.assistant import Assistant
from qa.records import Passage, Span, text_at

PLACES = ("旧桥", "渡口", "集市", "茶园", "水库", "祠堂", "码头", "砖窑", "油坊", "书院")
DEEDS = ("修缮完工", "扩建两间", "改为仓库", "拆除重建", "对外开放", "免收门票", "换了看守", "立了石碑")
QUERIES = ("旧桥哪一年修缮完工？", "水库和码头", "谁在1912年管砖窑", "书院对外开放了吗，免收门票吗", "茶园 tea", "油坊油坊油坊", "Ｘ光机")


def article(seed: int) -> str:
    """Many short sentences, different in each article."""
    draw = random.Random(seed)
    said = [
        f"{draw.randint(1900, 1999)}年，{draw.choice(PLACES)}{draw.choice(DEEDS)}，由{draw.choice('赵钱孙李')}家主管。" for _ in range(60)
    ]
    return "\n".join("".join(said[start : start + 5]) for start in range(0, 60, 5))


@dataclass(frozen=True, slots=True)
class World:
    assistant: Assistant
    collection: Collection

    def passages(self) -> list[tuple[str, Passage]]:
        return [(name, passage) for name in self.collection.names for passage in self.collection.passages(name)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("baselines")
    documents = folder / "documents"
    (documents / "old town").mkdir(parents=True)
    for number in range(12):
        (documents / "old town" / f"{number:02}.txt").write_text(article(number), encoding="utf-8")
    (documents / "copy.txt").write_text(article(3), encoding="utf-8")
    (documents / "marks.txt").write_text("……！！！", encoding="utf-8")
    with Assistant.open(folder / "library", encoder=HashingEncoder()) as assistant:
        assistant.ingest([documents])
        yield World(assistant, Collection(assistant.library))


@pytest.fixture(scope="module")
def built(world: World, tmp_path_factory: pytest.TempPathFactory) -> list[System]:
    return baselines(world.collection, world.assistant.library, HashingEncoder(), tmp_path_factory.mktemp("built"))


def asked(texts: Sequence[str] = QUERIES) -> list[Query]:
    return [Query(f"q{number}", text, (), True, (), ()) for number, text in enumerate(texts)]


def best(scores: Sequence[float], n: int = 10) -> list[int]:
    """Numbers of the largest scores above 0, ties by number."""
    rounded = [round(float(score), 5) for score in scores]
    return [number for number in sorted(range(len(rounded)), key=lambda number: (-rounded[number], number)) if rounded[number] > 0][:n]


# What they find


def test_they_are_three_and_only_find(built: list[System], world: World) -> None:
    assert [baseline.name for baseline in built] == [WORDS, ENCODER, RECIPE]
    assert [WORDS, ENCODER, RECIPE] == ["bm25s, jieba words", "faiss, encoder alone", "recursive 750/150, faiss + bm25 by reciprocal rank"]
    for baseline in built:
        responses = list(baseline.respond(asked()))
        assert [response.query_id for response in responses] == [query.query_id for query in asked()]
        assert not any(response.answers or response.refused or response.claims for response in responses)
        assert all(len(set(response.hits)) == len(response.hits) <= 10 for response in responses)
        assert len(responses[0].hits) == 10
        assert responses[0].ms > 0


def test_the_hits_of_two_are_our_passages_and_of_the_recipe_its_chunks(built: list[System], world: World) -> None:
    passages = {Place(name, passage.spans): passage.text for name, passage in world.passages()}
    chunks = {
        Place(name, (span,)): world.collection.document(name).text[span.start : span.end]
        for name in world.collection.names
        for span in recursive_spans(world.collection.document(name).text)
    }
    for baseline, known in zip(built, (passages, passages, chunks), strict=True):
        for response in baseline.respond(asked()):
            for hit in response.hits:
                assert known[hit] == text_at(world.collection.document(hit.document).text, hit.spans)


def test_words_agree_with_bm25s_used_plainly(built: list[System], world: World) -> None:
    import bm25s
    import jieba

    def cut(text: str) -> list[str]:
        return [word for word in jieba.lcut(text, HMM=False) if any(character.isalnum() for character in word)]

    jieba.setLogLevel("ERROR")
    passages = world.passages()
    index = bm25s.BM25()
    index.index([cut(passage.text) for _, passage in passages], show_progress=False)
    for query, response in zip(asked(), built[0].respond(asked()), strict=True):
        scores = index.get_scores(cut(query.text))
        assert response.hits == tuple(Place(passages[number][0], passages[number][1].spans) for number in best(scores))


def test_vectors_agree_with_the_whole_product(built: list[System], world: World) -> None:
    passages, encoder = world.passages(), HashingEncoder()
    rows = encoder.encode_passages([passage.text for _, passage in passages]).astype(np.float16).astype(np.float32)
    for query, response in zip(asked(), built[1].respond(asked()), strict=True):
        scores = rows @ encoder.encode_queries([query.text])[0]
        assert response.hits == tuple(Place(passages[number][0], passages[number][1].spans) for number in best(scores.tolist()))


@dataclass(frozen=True, slots=True)
class Fixed:
    """A ranker that gives the same to every query."""

    ranking: list[int]
    asked: list[int]

    def rank(self, queries: Sequence[str], k: int) -> list[list[int]]:
        self.asked.append(len(queries))
        return [self.ranking[:k] for _ in queries]


def test_rankings_are_fused_by_reciprocal_rank() -> None:
    places = [f"d{number}#0-1" for number in range(300)]
    fused = Baseline("two", places, [Fixed([0, 1, 2], []), Fixed([2, 0], [])])
    # 0: 1/61 + 1/62 = 0.03252; 2: 1/63 + 1/61 = 0.03227; 1: 1/62
    (response,) = fused.respond(asked(["a"]))
    assert [hit.document for hit in response.hits] == ["d0", "d2", "d1"]
    deep = Baseline("deep", places, [Fixed(list(range(200)), []), Fixed([99, *range(200, 300)], [])])
    (response,) = deep.respond(asked(["a"]))  # 99: 1/160 + 1/61, and rank 100 is the last that counts
    assert [hit.document for hit in response.hits][:3] == ["d99", "d0", "d1"]
    both = Baseline("both", places, [Fixed([0, *range(20, 39), 1], []), Fixed([*range(40, 60), 1, *range(60, 138), 0], [])])
    (response,) = both.respond(asked(["a"]))  # 1: 2/81 = 0.0247; 0: 1/61 + 1/160 = 0.0226; with a small k the first rank would win
    assert [hit.document for hit in response.hits][:3] == ["d1", "d0", "d40"]
    beyond = Baseline("beyond", places, [Fixed(list(range(200)), []), Fixed([150], [])])
    (response,) = beyond.respond(asked(["a"]))  # 150 is ranked by the second alone: 1/61, as 0 is by the first
    assert [hit.document for hit in response.hits][:3] == ["d0", "d150", "d1"]


def test_copies_come_in_the_order_of_the_library(built: list[System], world: World) -> None:
    passage = next(passage for name, passage in world.passages() if name == "copy.txt")
    for baseline in built[:2]:
        (response,) = baseline.respond(asked([passage.text]))
        assert [hit.document for hit in response.hits[:2]] == ["copy.txt", "old town/03.txt"]


def test_the_first_of_many_copies_are_found(tmp_path: Path) -> None:
    for number in range(15):
        (tmp_path / f"{number:02}.txt").write_text("水库今年对外开放，免收门票。", encoding="utf-8")
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder()) as assistant:
        assistant.ingest([tmp_path / f"{number:02}.txt" for number in range(15)])
        for baseline in baselines(Collection(assistant.library), assistant.library, HashingEncoder(), tmp_path / "cache"):
            (response,) = baseline.respond(asked(["水库开放"]))
            assert [hit.document for hit in response.hits] == [f"{number:02}.txt" for number in range(10)]


def test_what_shares_nothing_with_the_query_is_not_found(built: list[System]) -> None:
    for text in ("", "？？", "zzz"):
        (response,) = built[0].respond(asked([text]))
        assert response.hits == ()
    (response,) = built[1].respond(asked([" "]))
    assert response.hits == ()


def test_a_response_does_not_depend_on_its_batch(built: list[System]) -> None:
    many = asked([f"{year}年{place}{deed}" for year in range(1900, 1905) for place in PLACES for deed in DEEDS])
    for baseline in built:
        whole = [response.hits for response in baseline.respond(many)]
        later = [response.hits for response in baseline.respond(many[93:])]
        alone = [next(iter(baseline.respond([query]))).hits for query in many[:20]]
        assert whole[93:] == later
        assert whole[:20] == alone


def test_queries_are_asked_in_batches_as_they_are_wanted() -> None:
    batches: list[int] = []
    responses = Baseline("one", ["d#0-1"], [Fixed([0], batches)]).respond(asked(["a"] * 600))
    assert batches == []
    assert next(responses).hits == (Place("d", (Span(0, 1),)),)
    assert batches == [256]
    assert len(list(responses)) == 599
    assert batches == [256, 256, 88]
    assert list(Baseline("one", [], []).respond([])) == []


@pytest.mark.parametrize("bound", [{"among": ("a",)}, {"without": ("a",)}])
def test_queries_of_some_documents_are_misuse(built: list[System], bound: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="a baseline searches all documents; query 'q9' is asked of some of them"):
        built[0].respond([*asked(), Query("q9", "旧桥", (), True, (), (), **bound)])


def test_punctuation_is_no_word() -> None:
    assert words_of("水库，1912年 (tea)！") == ["水库", "1912", "年", "tea"]
    assert words_of(" …\n") == []


# What is built


class Unreadable(Collection):
    """A collection that must not be read again."""

    def document(self, name: str) -> object:  # type: ignore[override]
        raise AssertionError("read again")

    passages = document  # type: ignore[assignment]


class Counting:
    """An encoder that counts the passages it is given, and may stop."""

    dim = 256

    def __init__(self, fingerprint: str = "counting", stop_after: int | None = None) -> None:
        self.fingerprint = fingerprint
        self.encoded = 0
        self._stop_after = stop_after

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        if self._stop_after is not None and self.encoded >= self._stop_after:
            raise KeyboardInterrupt
        self.encoded += len(texts)
        return HashingEncoder().encode_passages(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return HashingEncoder().encode_queries(texts)


def files_of(folder: Path) -> dict[str, int]:
    """Every file but the locks, with the time of its last change."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    }


def test_the_second_time_nothing_is_read_or_built(world: World, built: list[System], tmp_path: Path) -> None:
    library, encoder = world.assistant.library, HashingEncoder()
    told: list[tuple[str, int, int]] = []
    baselines(world.collection, library, encoder, tmp_path, lambda *step: told.append(step))
    n = len(world.passages())
    assert {(WORDS + ": words", n, n), (ENCODER + ": vectors", n, n), (RECIPE + ": reading", 14, 14)} <= set(told)
    before = files_of(tmp_path)
    again = baselines(Unreadable(library), library, encoder, tmp_path)
    assert files_of(tmp_path) == before
    for first, second in zip(built, again, strict=True):
        assert [response.hits for response in first.respond(asked())] == [response.hits for response in second.respond(asked())]


def test_another_version_is_built_again(world: World, tmp_path: Path) -> None:
    library = world.assistant.library
    baselines(world.collection, library, HashingEncoder(), tmp_path)
    before = files_of(tmp_path)
    (key_file,) = tmp_path.glob("baseline-words/key.json")
    key = json.loads(key_file.read_text("utf-8"))
    assert key["bm25s"]
    assert key["rjieba"]
    key_file.write_text(json.dumps({**key, "bm25s": "0.0.1"}), encoding="utf-8")
    baselines(world.collection, library, HashingEncoder(), tmp_path)
    changed = {name for name, when in files_of(tmp_path).items() if before[name] != when}
    assert changed == {name for name in before if name.startswith("baseline-words/")}
    assert json.loads(key_file.read_text("utf-8")) == key


def test_the_librarys_vectors_are_used_where_it_has_them(world: World, tmp_path: Path) -> None:
    encoder = Counting("another")
    stored = encoder_alone(world.collection, encoder, tmp_path / "a", stored=world.assistant.library)
    assert encoder.encoded == 0
    named = encoder_alone(world.collection, encoder, tmp_path / "b", name="some/model")
    assert (stored.name, named.name) == (ENCODER, "faiss, some/model")
    assert encoder.encoded == len(world.passages())
    first = next(iter(stored.respond(asked())))
    assert first.hits == next(iter(named.respond(asked()))).hits  # float16 moves no rank here


def test_two_encoders_are_kept_beside_each_other(world: World, tmp_path: Path) -> None:
    one, other = Counting("one"), Counting("other")
    for encoder in (one, other, one, other):
        encoder_alone(world.collection, encoder, tmp_path, name=encoder.fingerprint)
    assert one.encoded == other.encoded == len(world.passages())


def test_a_vector_that_the_library_lacks(world: World, tmp_path: Path) -> None:
    class Empty:
        def vectors(self, passage_ids: Sequence[str]) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float16]]]:
            return {}

    with pytest.raises(DatasetError, match=r"the library has no vector for copy.txt#0-\d+; `chuchu library verify`"):
        encoder_alone(world.collection, HashingEncoder(), tmp_path, stored=Empty())
    assert files_of(tmp_path) == {}


def test_an_interrupted_build_leaves_nothing(world: World, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        encoder_alone(world.collection, Counting(stop_after=0), tmp_path)
    assert files_of(tmp_path) == {}
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]
    assert next(iter(encoder_alone(world.collection, Counting(), tmp_path).respond(asked()))).hits


def test_what_a_killed_build_left_is_cleared_away(world: World, tmp_path: Path) -> None:
    left = tmp_path / "baseline-words.unfinished" / "places.txt"
    left.parent.mkdir()
    left.write_text("half", encoding="utf-8")
    (tmp_path / "baseline-words").mkdir()  # without a key: killed between the two steps of replacing it
    first, *_ = baselines(world.collection, world.assistant.library, HashingEncoder(), tmp_path)
    assert not left.parent.exists()
    assert next(iter(first.respond(asked()))).hits


def test_what_is_kept_is_never_unpickled(world: World, tmp_path: Path) -> None:
    baselines(world.collection, world.assistant.library, HashingEncoder(), tmp_path)
    for path in tmp_path.glob("baseline-words/words/data*.npy"):
        np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        baselines(world.collection, world.assistant.library, HashingEncoder(), tmp_path)


def test_libraries_without_passages_or_words(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder()) as assistant:
        with pytest.raises(DatasetError, match="the library holds no passages that a baseline could search; ingest its documents first"):
            baselines(Collection(assistant.library), assistant.library, HashingEncoder(), tmp_path / "cache")
        (tmp_path / "marks.txt").write_text("……！！！", encoding="utf-8")
        assistant.ingest([tmp_path / "marks.txt"])
        with pytest.raises(DatasetError, match="the library's passages hold no word that a baseline could search for"):
            baselines(Collection(assistant.library), assistant.library, HashingEncoder(), tmp_path / "cache")
