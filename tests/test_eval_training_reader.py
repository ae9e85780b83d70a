"""Making the reader: the queries made from news, the rows, the loss, and the whole of it on a few invented passages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from eval.datasets.squad import Paragraph  # noqa: E402
from eval.training.clozes import Example, clozes  # noqa: E402
from eval.training.reading_lexicon import alike_words, load_start, save_start, start_from  # noqa: E402
from eval.training.reading_network import ReadingNetwork, loss_of  # noqa: E402
from eval.training.reading_rows import Judged, arrays_of, judged_queries, row_of, tensors_of, training_examples  # noqa: E402
from eval.training.train_reader import Corpus, Settings, arrays_without_end, export, measure, mixed, run_stage  # noqa: E402
from qa.answering.reader.network import NOTHING, Network, Shape, load_network  # noqa: E402
from qa.answering.reader.reading import Reader  # noqa: E402
from qa.splitting import sentence_spans  # noqa: E402

SHAPE = Shape(dim=16, encoder=(1,), before=(1, 2), heads=2, after=(1,), pair=8)
PEOPLE = ("林有福", "陈广源", "周立本", "黄承志", "许文昌", "郑大年")
PLACES = ("砚川", "鹭溪", "青塘", "石岭", "白沙", "云埠")


def passages() -> list[str]:
    """Six small passages of one make."""
    return [
        f"{place}石桥建于{1801 + 7 * n}年，由商人{person}出资修建，全长{30 + n}米。桥头立有石碑一块，碑文今已不存。"
        f"{place}镇逢三逢八有集市，赶集的人多从桥上经过，热闹非常。"
        for n, (person, place) in enumerate(zip(PEOPLE, PLACES, strict=True))
    ]


def paragraph(number: int, text: str) -> Paragraph:
    asked = {f"{PLACES[number]}石桥建于哪一年？": f"{1801 + 7 * number}年", f"{PLACES[number]}石桥由谁出资修建？": PEOPLE[number]}
    questions = [{"question": query, "answers": [{"text": answer, "answer_start": text.index(answer)}]} for query, answer in asked.items()]
    return Paragraph(f"{number}.txt", text, tuple(questions), {})


def judged() -> list[Judged]:
    return judged_queries([paragraph(number, text) for number, text in enumerate(passages())])


def test_clozes_are_the_same_each_time_and_their_answers_stand_in_the_text() -> None:
    article = "".join(passages())
    one, two = (list(clozes(article, Random(5), {}, 12)) for _ in range(2))
    assert one == two
    assert len(one) > 6
    for example in one:
        said = {example.text[span.start : span.end] for span in example.answers}
        assert len(said) <= 1
        assert len(example.query) >= 6
    assert any(example.answers for example in one)


def test_a_cloze_asks_with_the_word_of_its_kind() -> None:
    sentence = "林有福在1801年修建了这座全长三百余步的石桥并立碑为记。"
    queries = {query for seed in range(40) for example in clozes(sentence, Random(seed), {}, 1) for query in [example.query]}
    assert any(word in query for query in queries for word in ("哪一年", "哪年", "何时", "什么时候", "什么时间"))


def test_judged_queries_know_where_their_answers_stand() -> None:
    text = passages()[0]
    questions = (
        {"question": "谁？", "answers": [{"text": "林有福", "answer_start": 0}]},  # not there: taken where it first stands
        {"question": "谁？", "answers": [{"text": "没有这个人", "answer_start": 0}]},
        {"question": "谁？", "answers": [{"text": "", "answer_start": -1}], "is_impossible": "true"},
        {"id": "q4", "question": "修了桥吗？", "answers": [{"text": "YES", "answer_start": -1}]},
    )
    found = judged_queries([Paragraph("0.txt", text, questions, {})], {"q4": ["那里没有桥。"]})
    assert [[text[span.start : span.end] for span in query.answers] for query in found] == [["林有福"], [], []]
    assert [query.yes_no for query in found] == [False, False, True]
    assert found[2].look_alikes == ("那里没有桥。",)


def test_a_look_alike_and_the_part_most_like_the_query_are_read_as_silence() -> None:
    text = "集市逢三逢八。石桥的栏杆是木头做的。"
    sentences = tuple(sentence_spans(text))
    queries = [
        Judged("石桥是谁修的？", text, sentences, (), look_alikes=("县志没有说石桥是谁修的。",)),
        Judged("石桥是木头做的吗？", text, sentences, (), True),
    ]
    examples = training_examples(queries, iter(()), Random(3), (0.0,))
    read = {(example.text, example.yes_no) for example in (next(examples) for _ in range(80))}
    assert ("县志没有说石桥是谁修的。", False) in read
    assert (text, True) in read
    assert all(not example.answers for example in (next(examples) for _ in range(20)))


def test_the_text_read_with_a_query_holds_its_answer_whole_or_not_at_all() -> None:
    made: Iterator[Example] = iter(lambda: Example("空", "空空空空", ()), None)
    examples = training_examples(judged(), made, Random(1), (0.5,))
    for example in (next(examples) for _ in range(60)):
        for span in example.answers:
            assert example.text[span.start : span.end] in (*PEOPLE, *(f"{1801 + 7 * n}年" for n in range(6)))


def test_the_loss_is_minus_the_logarithm_of_what_the_right_stretches_get() -> None:
    stretches = torch.full((3, 2, 2), NOTHING)
    stretches[:, 0, 0], stretches[:, 0, 1] = float(np.log(2)), float(np.log(5))
    others = torch.log(torch.tensor([[1.0, 4.0], [3.0, 4.0], [3.0, 4.0]]))
    right = torch.tensor([[[0, 0], [-1, -1]], [[-1, -1], [-1, -1]], [[-1, -1], [-1, -1]]])
    yes_no = torch.tensor([False, False, True])
    expected = -(np.log(2 / 12) + np.log(3 / 14) + np.log(4 / 14)) / 3
    assert loss_of(stretches, others, right, yes_no).item() == pytest.approx(expected, rel=1e-5)


def test_the_lexicon_is_written_and_read_back(tmp_path: Path) -> None:
    start = start_from(passages(), least_character=2, least_word=2, character_dim=8, word_dim=8)
    save_start(tmp_path / "lexicon.safetensors", start)
    read = load_start(tmp_path / "lexicon.safetensors")
    assert list(read.lexicon.words) == list(start.lexicon.words)
    np.testing.assert_array_equal(read.word_vectors, start.word_vectors)
    assert "石桥" in start.lexicon.words
    assert not start.character_vectors[0].any()
    assert all(word not in near for word, near in alike_words(start).items())


def test_numpy_and_torch_say_the_same() -> None:
    torch.manual_seed(2)
    start = start_from(passages(), least_character=2, least_word=2, character_dim=8, word_dim=8)
    network = ReadingNetwork(SHAPE, torch.from_numpy(start.character_vectors), torch.from_numpy(start.word_vectors)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    reader = Network(SHAPE, start.lexicon, {name: tensor.numpy() for name, tensor in network.state_dict().items()})
    examples = [Example(query.query, query.passage[: 40 + 9 * n], ()) for n, query in enumerate(judged()[:5])]
    rows = [row for example in examples if (row := row_of(example, start.lexicon))]
    with torch.no_grad():
        stretches, others = network(tensors_of(arrays_of(rows))[0])  # padded together
    for place, (example, row) in enumerate(zip(examples, rows, strict=True)):
        scores = reader.scores(row.query, row.text, sentence_spans(example.text))
        n = len(example.text)
        np.testing.assert_allclose(stretches[place, :n, :n].numpy(), scores.stretches, atol=2e-3)
        assert others[place].tolist() == pytest.approx([scores.silence, scores.yes_no], abs=2e-3)


@pytest.mark.slow
def test_a_reader_is_trained_stopped_taken_up_again_and_read_with(tmp_path: Path) -> None:
    texts = passages()
    start = start_from(texts, least_character=2, least_word=2, character_dim=8, word_dim=8)
    corpus = Corpus(texts, texts, judged(), [], judged(), [])
    before = None
    for settings in (Settings("pretrain", 24, batch=600), Settings("train", 600, (0.6, 0.1), rate=1e-2, dropout=0.0, batch=600)):
        before = run_stage(tmp_path, start, SHAPE, settings, before, arrays_without_end(corpus, start, settings))
        assert not (tmp_path / f"{settings.stage}.checkpoint.safetensors").exists()
    assert before is not None
    same = Path(shutil.copy(before, tmp_path / "same.safetensors"))
    export(mixed({before: 0.4, same: 0.6}, tmp_path / "mean.safetensors"), start, SHAPE, tmp_path / "model.safetensors")
    found = measure(Reader(load_network(tmp_path / "model.safetensors")), judged())
    assert found["EM"] >= 50  # untrained: 0
    before.replace(tmp_path / "train.checkpoint.safetensors")  # as if it had been stopped just before its end
    again = run_stage(tmp_path, start, SHAPE, Settings("train", 600, (0.1,)), None, iter(()))
    assert again.exists()


def test_a_passage_without_answers_is_silence() -> None:
    row = row_of(Example("谁修的桥？", "集市逢三逢八。", ()), start_from(passages(), least_character=2, least_word=2, word_dim=4).lexicon)
    assert row is not None
    assert (arrays_of([row])["right"] == -1).all()
    assert row_of(Example("谁？", "", ()), start_from(passages(), least_character=2, least_word=2, word_dim=4).lexicon) is None
