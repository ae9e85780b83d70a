"""Systems by their files: places as ids, rankings in TREC's form, answers as JSON Lines, and what is said of files that are wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing_encoder import HashingEncoder
from eval.collection import Collection
from eval.datasets.records import DatasetError
from eval.gold import Query
from eval.systems.files import FromFiles, docid, place_of, read_answers, read_trec, write_answers, write_qrels, write_trec
from eval.systems.records import Claim, Place, Quote, Response
from qa.assistant import Assistant
from qa.records import Span

BRIDGE = "旧桥建于1958年，有九个桥洞。"
MARKET = "集市逢五逢十开市，卖茶叶和竹器。"

NAMES = st.text(min_size=1, max_size=20)
SPAN = st.tuples(st.integers(0, 10**6), st.integers(1, 10**4)).map(lambda pair: Span(pair[0], sum(pair)))
PLACES = st.builds(Place, NAMES, st.lists(SPAN, max_size=4).map(tuple))
TEXTS = st.text(min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
CLAIMS = st.builds(Claim, TEXTS, st.lists(st.builds(Quote, NAMES, TEXTS, st.lists(SPAN, max_size=3).map(tuple)), max_size=3).map(tuple))
PROBABILITY = st.none() | st.floats(0, 1)
REFUSALS = st.builds(
    Response,
    NAMES,
    st.just(()),
    answers=st.just(True),
    refused=st.just(True),
    reason=st.text(max_size=9),
    withheld=st.text(max_size=9),
    confidence=PROBABILITY,
)
ANSWERS = st.builds(
    Response,
    NAMES,
    st.just(()),
    answers=st.just(True),
    claims=st.lists(CLAIMS, min_size=1, max_size=3).map(tuple),
    short_answer=st.text(max_size=9),
    confidence=PROBABILITY,
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder = tmp_path_factory.mktemp("files")
    (folder / "documents" / "old town").mkdir(parents=True)
    (folder / "documents" / "old town" / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "documents" / "market.txt").write_text(MARKET, encoding="utf-8")
    with Assistant.open(folder / "library", encoder=HashingEncoder()) as assistant:
        assistant.ingest([folder / "documents"])
        yield Collection(assistant.library)


def asked(*query_ids: str) -> list[Query]:
    return [Query(query_id, f"问题{query_id}", (), True, (), ()) for query_id in query_ids]


def written(tmp_path: Path, text: str, name: str = "run.trec") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


# Places


def test_a_place_in_one_word() -> None:
    assert docid(Place("a b/旧桥.txt", (Span(12, 40), Span(57, 80)))) == "a%20b/旧桥.txt#12-40,57-80"
    assert docid(Place("100%#1.txt", ())) == "100%25%231.txt"
    assert place_of("old%20town/bridge.txt") == Place("old town/bridge.txt", ())


@given(PLACES)
def test_a_place_comes_back_from_its_word(place: Place) -> None:
    assert place_of(docid(place)) == place
    assert len(f"x {docid(place)} x".split()) == 3


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("#1-2", "names no document"),
        ("c#.md", "write a # of the document's own as %23"),
        ("a#", "behind # stand places"),
        ("a#1", "behind # stand places"),
        ("a#1-2,", "behind # stand places"),
        ("a#１-２", "behind # stand places"),
        ("a#5-5", "0 <= start < end, got 5-5"),
        ("a#9-5", "0 <= start < end, got 9-5"),
    ],
)
def test_a_word_that_is_no_place(word: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        place_of(word)


# Rankings


@given(st.dictionaries(NAMES, st.lists(PLACES, min_size=1, max_size=12, unique=True).map(tuple), min_size=1, max_size=4), NAMES)
def test_a_ranking_comes_back(tmp_path_factory: pytest.TempPathFactory, hits: dict[str, tuple[Place, ...]], system: str) -> None:
    path = tmp_path_factory.getbasetemp() / "run.trec"
    write_trec(path, system, [Response(query_id, places) for query_id, places in hits.items()])
    assert (read_trec(path).system, read_trec(path).hits) == (system, hits)


def test_a_ranking_as_text(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    write_trec(path, "bm25s, jieba words", [Response("q 1", (Place("a", (Span(0, 3),)), Place("b c", ()))), Response("q2", ())])
    assert path.read_text("utf-8") == "q%201 Q0 a#0-3 1 2 bm25s,%20jieba%20words\nq%201 Q0 b%20c 2 1 bm25s,%20jieba%20words\n"


def test_lines_may_come_in_any_order_and_with_any_scores(tmp_path: Path) -> None:
    ranking = read_trec(written(tmp_path, "\ufeffq1\tQ0\tb\t2\t-3e2\tpeer\r\n\r\nq2 Q0 a 1 7 peer\r\nq1 0 a 1 -2.5 peer\r\n"))
    assert ranking.hits == {"q1": (Place("a", ()), Place("b", ())), "q2": (Place("a", ()),)}
    assert ranking.system == "peer"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("q1 Q0 a 1 peer", r"run.trec, line 1: expected six columns \(query Q0 document rank score tag\), found 5"),
        ("q1 Q0 my file.txt 1 1 peer", "line 1: expected six columns .* found 7; white space in a name is written %20"),
        ("\nq1 Q0 a one 1 peer", "line 2: the rank is a whole number from 1, got 'one'"),
        ("q1 Q0 a 1.0 1 peer", "line 1: the rank is a whole number from 1, got '1.0'"),
        ("q1 Q0 a 1 high peer", "line 1: the score is a number, larger for better, got 'high'"),
        ("q1 Q0 a 1 nan peer", "line 1: the score is a number, larger for better, got 'nan'"),
        ("q1 Q0 a#9-5 1 1 peer", "line 1: a span needs 0 <= start < end, got 9-5"),
        ("q1 Q0 a#x 1 1 peer", "line 1: 'a#x': behind # stand places"),
        ("q1 Q0 a 0 2 peer\nq1 Q0 b 1 1 peer", r"line 1: query 'q1' should have the ranks 1 to 2, got 0 in place 1"),
        ("q1 Q0 a 1 2 peer\nq1 Q0 b 3 1 peer", r"line 2: query 'q1' should have the ranks 1 to 2, got 3 in place 2"),
        ("q1 Q0 a 1 2 peer\nq1 Q0 b 1 2 peer", r"line 2: query 'q1' should have the ranks 1 to 2, got 1 in place 2"),
        ("q1 Q0 a 1 1 peer\nq1 Q0 b 2 2 peer", "line 2: rank 2 of query 'q1' has a larger score than rank 1; best first"),
        ("q1 Q0 a 1 2 peer\nq1 Q0 a 2 1 peer", "line 2: a was found for query 'q1' before, at run.trec, line 1"),
        ("q1 Q0 a 1 2 peer\nq2 Q0 a 1 1 other", "line 2: the tag was 'peer' and is 'other'; a file holds the ranking of one system"),
        ("\n", "run.trec holds no ranking; each line has six columns"),
    ],
)
def test_a_ranking_that_is_wrong(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        read_trec(written(tmp_path, lines))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none.trec cannot be read as UTF-8 text: .*No such file"):
        read_trec(tmp_path / "none.trec")
    (tmp_path / "gb.jsonl").write_bytes('{"id": "旧桥"}'.encode("gb18030"))
    with pytest.raises(DatasetError, match=r"gb.jsonl cannot be read as UTF-8 text: .*can't decode"):
        read_answers(tmp_path / "gb.jsonl")


def test_judgments(tmp_path: Path) -> None:
    write_qrels(tmp_path / "qrels.trec", [("q 1", "a#0-3"), ("q2", "b%20c")])
    assert (tmp_path / "qrels.trec").read_text("utf-8") == "q%201 0 a#0-3 1\nq2 0 b%20c 1\n"


def test_ir_measures_reads_what_is_written(tmp_path: Path) -> None:
    import ir_measures

    first, second = Place("a b", (Span(0, 3),)), Place("c", ())
    write_trec(tmp_path / "run", "peer", [Response("q1", (second, first))])
    write_qrels(tmp_path / "qrels", [("q1", docid(first))])
    qrels, run = ir_measures.read_trec_qrels(str(tmp_path / "qrels")), ir_measures.read_trec_run(str(tmp_path / "run"))
    assert ir_measures.calc_aggregate([ir_measures.RR], qrels, run) == {ir_measures.RR: 0.5}


# Answers


@given(st.lists(ANSWERS | REFUSALS, min_size=1, max_size=4, unique_by=lambda response: response.query_id))
def test_answers_come_back(tmp_path_factory: pytest.TempPathFactory, responses: list[Response]) -> None:
    path = tmp_path_factory.getbasetemp() / "answers.jsonl"
    write_answers(path, responses)
    assert list(read_answers(path).values()) == responses


def test_answers_as_text(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    quoted = Quote("a.txt", "建于1958年", (Span(2, 9),))
    said = [
        Response("q1", (), True, claims=(Claim("旧桥建于1958年。", (quoted,)),), short_answer="1958年", confidence=0.0),
        Response("q2", (), True, refused=True, reason="too_weak", withheld="集市。"),
        Response("q3", (), True),  # says nothing at all
    ]
    write_answers(path, said)
    quote = {"document": "a.txt", "quote": "建于1958年", "spans": [[2, 9]]}
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {
            "id": "q1",
            "refused": False,
            "short_answer": "1958年",
            "confidence": 0.0,
            "statements": [{"text": "旧桥建于1958年。", "quotes": [quote]}],
        },
        {"id": "q2", "refused": True, "reason": "too_weak", "withheld": "集市。"},
    ]


def test_the_least_an_answer_says(tmp_path: Path) -> None:
    lines = '{"id": "q1", "refused": true}\n\n{"id": "q2", "refused": false, "statements": [{"text": "集市逢五开。"}]}\n'
    assert read_answers(written(tmp_path, lines)) == {
        "q1": Response("q1", (), True, refused=True),
        "q2": Response("q2", (), True, claims=(Claim("集市逢五开。"),)),
    }


def _stated(**fields: object) -> str:
    quote = {"document": "a", "quote": "集市", **fields}
    return json.dumps({"id": "q1", "refused": False, "statements": [{"text": "集市", "quotes": [quote]}]})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "q1", "refused": ', "line 1: Invalid JSON: .* at column 24"),
        ('["q1", true]', "line 1: Input should be an object"),
        ('{"refused": true}', "line 1: id: Field required"),
        ('{"id": "q1"}', "line 1: refused: Field required"),
        ('{"id": 1, "refused": true}', "line 1: id: Input should be a valid string"),
        ('{"id": "q1", "refused": "no"}', "line 1: refused: Input should be a valid boolean"),
        ('{"id": "q1", "refused": true, "answer": "旧桥"}', "line 1: answer: Unexpected keyword argument"),
        ('{"id": "q1", "refused": true, "confidence": "0.5"}', "line 1: confidence: Input should be a valid number"),
        ('{"id": "q1", "refused": true, "confidence": NaN}', "line 1: confidence: Input should be a finite number"),
        ('{"id": "q1", "refused": true, "confidence": 80}', "line 1: confidence: a probability from 0 to 1, got 80"),
        ('{"id": "q1", "refused": true, "statements": [{"text": "a"}]}', "line 1: statements: a refusal makes none"),
        ('{"id": "q1", "refused": false}', "line 1: statements: an answer that is not refused makes at least one"),
        ('{"id": "q1", "refused": false, "withheld": "a", "statements": [{"text": "b"}]}', "line 1: withheld: only a refusal"),
        ('{"id": "q1", "refused": false, "statements": [{"text": " "}]}', r"line 1: statements.0.text: is empty"),
        ('{"id": "q1", "refused": false, "statements": ["旧桥"]}', r"line 1: statements.0: Input should be an object"),
        (_stated(quote=""), r"line 1: statements.0.quotes.0.quote: is empty"),
        (_stated(page=3), r"line 1: statements.0.quotes.0.page: Unexpected keyword argument"),
        (_stated(spans=[[4, 4]]), r"line 1: statements.0.quotes.0.spans: a place needs 0 <= start < end, got 4, 4"),
        (_stated(spans=[[-1, 4]]), r"line 1: statements.0.quotes.0.spans: a place needs 0 <= start < end, got -1, 4"),
        (_stated(spans=[[1, 2.5]]), r"line 1: statements.0.quotes.0.spans.0.1: Input should be a valid integer"),
        (_stated(spans=[1, 2]), r"line 1: statements.0.quotes.0.spans.0: Input should be a valid array"),
        ('{"id": "q1", "refused": true}\n{"id": "q1", "refused": true}', "line 2: id: 'q1' has an answer before"),
        ("", "answers.jsonl holds no answers; each line is a JSON object"),
    ],
)
def test_an_answer_that_is_wrong(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(DatasetError, match=said):
        read_answers(written(tmp_path, line, "answers.jsonl"))


# The system


def test_a_system_from_both_files(tmp_path: Path, collection: Collection) -> None:
    run = written(tmp_path, "q1 Q0 old%20town/bridge.txt#2-9 1 2 a%20peer\nq1 Q0 market.txt 2 1 a%20peer\nq3 Q0 market.txt 1 1 a%20peer\n")
    answers = written(tmp_path, '{"id": "q2", "refused": true}\n' + _stated(document="market.txt"), "answers.jsonl")
    system = FromFiles(run, answers, queries=asked("q1", "q2", "q3", "q4"), collection=collection)
    assert (system.name, system.silent) == ("a peer", 1)
    assert list(system.respond(asked("q1", "q2", "q3", "q4"))) == [
        Response(
            "q1",
            (Place("old town/bridge.txt", (Span(2, 9),)), Place("market.txt", (Span(0, len(MARKET)),))),
            True,
            claims=(Claim("集市", (Quote("market.txt", "集市"),)),),
        ),
        Response("q2", (), True, refused=True),
        Response("q3", (Place("market.txt", (Span(0, len(MARKET)),)),), True),
        Response("q4", (), True),
    ]
    assert list(system.respond(asked("q2"))) == [Response("q2", (), True, refused=True)]  # a run that goes on


def test_a_system_from_one_file(tmp_path: Path, collection: Collection) -> None:
    run = written(tmp_path, "q1 Q0 market.txt#0-4 1 1 peer\n")
    found = FromFiles(run, None, queries=asked("q1"), collection=collection, name="named here")
    assert (found.name, found.silent) == ("named here", 0)
    assert list(found.respond(asked("q1"))) == [Response("q1", (Place("market.txt", (Span(0, 4),)),))]  # does not answer
    answers = written(tmp_path, '{"id": "q1", "refused": true}', "peer.jsonl")
    said = FromFiles(None, answers, queries=asked("q1"), collection=collection)
    assert said.name == "peer"
    with pytest.raises(ValueError, match="expected a ranking, answers or both"):
        FromFiles(None, None, queries=[], collection=collection)


def test_files_of_another_set(tmp_path: Path, collection: Collection) -> None:
    run = written(tmp_path, "q1 Q0 market.txt 1 1 peer\nq8 Q0 market.txt 1 1 peer\nq9 Q0 market.txt 1 1 peer\n")
    with pytest.raises(DatasetError, match=r"run.trec: queries that the set does not have: 2, the first 'q8'; were they made for another"):
        FromFiles(run, None, queries=asked("q1"), collection=collection)
    answers = written(tmp_path, '{"id": "q7", "refused": true}', "answers.jsonl")
    with pytest.raises(DatasetError, match=r"run.trec and answers.jsonl: queries .* 1, the first 'q7'"):
        FromFiles(run, answers, queries=asked("q1", "q8", "q9"), collection=collection)


def test_files_that_name_other_documents(tmp_path: Path, collection: Collection) -> None:
    run = written(tmp_path, "q1 Q0 bridge.txt 1 1 peer\nq2 Q0 bridge.txt#0-2 1 1 peer\n")
    with pytest.raises(DatasetError, match=r"run.trec: documents that the set does not have: 1, the first 'bridge.txt'; .* inside the set"):
        FromFiles(run, None, queries=asked("q1", "q2"), collection=collection)
    answers = written(tmp_path, _stated(), "answers.jsonl")
    with pytest.raises(DatasetError, match=r"answers.jsonl: documents .* 1, the first 'a'"):
        FromFiles(None, answers, queries=asked("q1"), collection=collection)


def test_a_place_beyond_its_document(tmp_path: Path, collection: Collection) -> None:
    run = written(tmp_path, f"q1 Q0 market.txt#0-{len(MARKET.encode())} 1 1 peer\n")
    system = FromFiles(run, None, queries=asked("q1"), collection=collection)
    with pytest.raises(DatasetError, match=rf"query 'q1': market.txt#0-48 ends beyond its document, which has {len(MARKET)} code points"):
        list(system.respond(asked("q1")))
