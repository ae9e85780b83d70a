"""Making the reader's transformer: the same arithmetic in torch and numpy, what it is trained on, and the whole of it on a few passages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from embeddings.folding import fold  # noqa: E402
from eval.datasets.squad import Paragraph  # noqa: E402
from eval.training.clozes import Example  # noqa: E402
from eval.training.reading_lexicon import alike_words, start_from  # noqa: E402
from eval.training.reading_rows import Judged, judged_queries, row_of  # noqa: E402
from eval.training.train_reader import Corpus, measure  # noqa: E402
from eval.training.train_transformer import LOSSES, Settings, export, measure_silence, network_of, run, vocabulary_in  # noqa: E402
from eval.training.transformer_network import Sequences, TransformerNetwork  # noqa: E402
from eval.training.transformer_rows import (  # noqa: E402
    Vocabulary,
    coded,
    hidden_batches,
    judged_examples,
    load_vocabulary,
    look_alikes,
    query_batches,
    save_vocabulary,
    sequences_of,
    without_answer,
)
from qa.answering.reader.network import load_network  # noqa: E402
from qa.answering.reader.reading import load_reader  # noqa: E402
from qa.answering.reader.transformer import Shape, Transformer, load_transformer, read_transformer, special  # noqa: E402
from qa.records import Span  # noqa: E402
from qa.splitting import sentence_spans  # noqa: E402

SHAPE = Shape.of(2, 32)
PEOPLE = ("林有福", "陈广源", "周立本", "黄承志", "许文昌", "郑大年")
PLACES = ("砚川", "鹭溪", "青塘", "石岭", "白沙", "云埠")
CPU = torch.device("cpu")


def passages() -> list[str]:
    """Six small passages of one make."""
    return [
        f"{place}石桥建于{1801 + 7 * n}年，由商人{person}出资修建，全长{30 + n}米。桥头立有石碑一块，碑文今已不存。"
        f"{place}镇逢三逢八有集市，赶集的人多从桥上经过，热闹非常。"
        for n, (person, place) in enumerate(zip(PEOPLE, PLACES, strict=True))
    ]


def judged() -> list[Judged]:
    """Two queries on each."""
    found = []
    for n, text in enumerate(passages()):
        asked = {f"{PLACES[n]}石桥建于哪一年？": f"{1801 + 7 * n}年", f"{PLACES[n]}石桥由谁出资修建？": PEOPLE[n]}
        questions = [{"question": query, "answers": [{"text": said, "answer_start": text.index(said)}]} for query, said in asked.items()]
        found.append(Paragraph(f"{n}.txt", text, tuple(questions), {}))
    return judged_queries(found)


def vocabulary() -> Vocabulary:
    start = start_from(passages(), least_character=2, least_word=2, character_dim=8, word_dim=8)
    return Vocabulary(start.lexicon, alike_words(start))


def sequences(examples: list[Example], words: Vocabulary) -> Sequences:
    rows = [row for example in examples if (row := row_of(example, words.lexicon))]
    made = {name: torch.from_numpy(np.asarray(array)) for name, array in sequences_of(rows, words.lexicon).items()}
    return Sequences(made["characters"].long(), made["known"].float(), made["lengths"], made["parted"], made["right"], made["yes_no"])


def test_numpy_and_torch_say_the_same_of_texts_padded_together(tmp_path: Path) -> None:
    words = vocabulary()
    torch.manual_seed(2)
    network = TransformerNetwork(Shape.of(3, 64), 1 + len(words.lexicon.characters)).eval()
    for name, parameter in network.named_parameters():
        torch.nn.init.normal_(parameter, mean=2.0 if "sharpness" in name else float(parameter.dim() == 1), std=0.15)
    examples = [Example(query.query, query.passage[: 40 + 9 * n], ()) for n, query in enumerate(judged()[:5])]
    with torch.no_grad():
        stretches, others = network(sequences(examples, words))
    exact = Transformer(network.shape, words.lexicon, {name: tensor.numpy() for name, tensor in network.state_dict().items()})
    export(tmp_path / "model.safetensors", network, words.lexicon, "train", 7)
    halved = load_reader(tmp_path / "model.safetensors")
    for place, example in enumerate(examples):
        query, text = (words.lexicon.tokens(one) for one in (example.query, example.text))
        scores = exact.scores(query, text, sentence_spans(example.text))
        n = len(example.text)
        np.testing.assert_allclose(stretches[place, :n, :n].numpy(), scores.stretches, atol=2e-3, rtol=1e-3)
        assert others[place].tolist() == pytest.approx([scores.silence, scores.yes_no], abs=2e-3)
        stored = halved.read(example.query, example.text, Span(0, n), sentence_spans(example.text)).scores
        np.testing.assert_allclose(stored.stretches, scores.stretches, atol=0.05 * np.abs(scores.stretches[0, 0]) + 0.1, rtol=0.02)


def test_no_exponential_overflows_however_sharp_the_attention_is() -> None:
    words = vocabulary()
    network = TransformerNetwork(SHAPE, 1 + len(words.lexicon.characters))
    tensors = {name: tensor.numpy().copy() for name, tensor in network.state_dict().items()}
    for name in tensors:
        if name.endswith("log_sharpness"):
            tensors[name][:] = 40.0
    query, text = words.lexicon.tokens("谁修的桥？"), words.lexicon.tokens(passages()[0])
    scores = Transformer(SHAPE, words.lexicon, tensors).scores(query, text, sentence_spans(text.text))
    assert np.isfinite(scores.stretches).all()
    assert np.isfinite(scores.silence)


def test_a_width_that_no_head_fits_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        Shape.of(2, 100)


def test_whole_words_are_hidden_and_nothing_else_is_changed() -> None:
    words = vocabulary()
    codes = torch.from_numpy(coded(passages() * 4, words.lexicon))
    marks = special(words.lexicon)
    text = fold(passages()[0])
    numbers = {character: number for number, character in enumerate(words.lexicon.characters, start=1)}
    assert (codes[1 : len(text) + 1] >> 1).tolist() == [numbers.get(character, 0) for character in text]
    assert codes[0] == codes[len(text) + 1] == 2 * marks.part + 1
    one, two = (next(hidden_batches(codes, words.lexicon, 8, 60, seed=3)) for _ in range(2))
    assert torch.equal(one.characters, two.characters)
    assert torch.equal(one.characters[~one.places], one.said[~one.places])
    assert 0.05 < one.places.float().mean() < 0.4
    assert ((one.said[one.places] > 0) & (one.said[one.places] < marks.start)).all()
    assert (one.characters[one.places] == marks.hidden).float().mean() > 0.5


def test_a_passage_without_the_sentence_of_its_answer() -> None:
    query = judged()[0]
    cut = without_answer(query)
    assert cut is not None
    assert cut.passage == "桥头立有石碑一块，碑文今已不存。砚川镇逢三逢八有集市，赶集的人多从桥上经过，热闹非常。"
    assert [cut.passage[span.start : span.end] for span in cut.sentences] == [
        "桥头立有石碑一块，碑文今已不存。",
        "砚川镇逢三逢八有集市，赶集的人多从桥上经过，热闹非常。",
    ]
    assert cut.answers == ()
    assert without_answer(replace(query, answers=())) is None


def test_look_alikes_share_words_with_the_query_and_hold_no_answer() -> None:
    other = Judged("谁卖茶？", "茶铺在城东，店主姓何。", tuple(sentence_spans("茶铺在城东，店主姓何。")), (Span(9, 10),))
    queries = [*judged(), other]
    for query, near in zip(queries[:-1], look_alikes(queries)[:-1], strict=True):
        answer = query.passage[query.answers[0].start : query.answers[0].end]
        assert near
        for alike in near:
            assert alike.query == query.query
            assert alike.answers == ()
            assert "石桥" in alike.passage
            assert answer not in alike.passage


def test_batches_are_the_same_for_the_same_seed_and_workers() -> None:
    words, queries = vocabulary(), judged()
    alike = dict(zip(queries, look_alikes(queries), strict=True))

    def made(random: Random) -> Iterator[Example]:
        never: Iterator[Example] = iter(lambda: Example("空空", "空空空空", ()), None)
        return judged_examples(queries, [], alike, never, random)

    def first(seed: str, workers: int) -> list[Sequences]:
        return list(islice(query_batches(made, words.lexicon, 600, seed, workers), 4))

    for workers in (0, 2):
        for one, two in zip(first("a", workers), first("a", workers), strict=True):
            assert torch.equal(one.characters, two.characters)
            assert torch.equal(one.right, two.right)
    assert any(not (one.right >= 0).any(-1).all() for one in first("a", 0))  # some are silent


def test_the_vocabulary_is_written_and_read_back(tmp_path: Path) -> None:
    words = Vocabulary(vocabulary().lexicon, {"集市": ["市集", "庙会"]})
    save_vocabulary(tmp_path / "vocabulary.safetensors", words)
    read = load_vocabulary(tmp_path / "vocabulary.safetensors")
    assert list(read.lexicon.words) == list(words.lexicon.words)
    assert read.alike == {"集市": ["市集", "庙会"]}


@pytest.mark.slow
def test_a_transformer_is_trained_stopped_taken_up_again_and_read_with(tmp_path: Path) -> None:
    words, texts = vocabulary(), passages()
    save_vocabulary(tmp_path / "vocabulary.safetensors", words)
    corpus = Corpus(texts, texts, judged(), [], judged(), [])
    assert list(vocabulary_in(tmp_path, corpus, None).lexicon.words) == list(words.lexicon.words)
    stages = (Settings("pretrain", 200_000, batch=800, length=60, rate=5e-3), Settings("train", 1200, batch=6000, rate=5e-3))
    first = replace(stages[0], amount=100_000)
    assert run(tmp_path, corpus, words, SHAPE, (first, replace(stages[1], amount=0))) == tmp_path / "pretrain.safetensors"
    halfway = read_transformer(tmp_path / "pretrain.safetensors")
    assert halfway.training == {"stage": "pretrain", "seen": "100620"}
    finished = run(tmp_path, corpus, words, Shape.of(1, 96), stages, tmp_path / "pretrain.safetensors")
    assert finished == tmp_path / "model.safetensors"
    losses = [json.loads(line) for line in (tmp_path / LOSSES).read_text(encoding="utf-8").splitlines()]
    for stage, kind, least in (("pretrain", "hidden", 0.1), ("pretrain", "queries", 2.0), ("train", "queries", 1.0)):
        course = [loss[kind] for loss in losses if loss["stage"] == stage]
        assert course[-1] < course[0] - least
    reader = load_reader(finished)
    assert measure(reader, judged())["EM"] >= 50  # untrained: 0
    assert measure_silence(reader, judged())["AUROC cut"] > 0.7
    assert run(tmp_path, corpus, words, SHAPE, stages, finished) == finished  # nothing is left to do


def test_training_stops_when_its_time_is_up(tmp_path: Path) -> None:
    words, texts = vocabulary(), passages()
    corpus = Corpus(texts, texts, judged(), [], judged(), [])
    stages = (Settings("pretrain", 10_000, batch=1200, length=60), Settings("train", 10, batch=1200))
    assert run(tmp_path, corpus, words, SHAPE, stages, until=0.0) is None
    stored = read_transformer(tmp_path / "pretrain.safetensors")
    assert stored.training["seen"] == "0"
    assert network_of(stored.shape, stored.lexicon, 0.0, stored.tensors).shape == SHAPE


def test_a_file_is_read_as_the_architecture_it_names(tmp_path: Path) -> None:
    words = vocabulary()
    export(tmp_path / "model.safetensors", TransformerNetwork(SHAPE, 1 + len(words.lexicon.characters)), words.lexicon, "pretrain", 0)
    assert load_reader(tmp_path / "model.safetensors").fingerprint == load_transformer(tmp_path / "model.safetensors").fingerprint
    with pytest.raises(ValueError, match="got transformer '2'"):
        load_network(tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match="expected a transformer"):
        read_transformer(convolutions(tmp_path))


def convolutions(folder: Path) -> Path:
    """A file of the other architecture."""
    from safetensors.numpy import save_file

    save_file({"x": np.zeros(1)}, folder / "convolutions.safetensors", metadata={"format": "1"})
    return folder / "convolutions.safetensors"
