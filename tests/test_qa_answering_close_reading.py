"""Close reading: what is read, how much of it, and how the reader's word is mixed in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import numpy as np
from answering_checks import asked
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.close_reading import CHARACTERS_READ, LONGEST_SENTENCE, READING, WINDOW, rescored, windows, with_readings
from qa.answering.evidence import FEATURES, Evidence
from qa.answering.reader.network import NOTHING, Scores
from qa.answering.reader.reading import Reading, shipped_reader
from qa.answering.weights import WEIGHTS
from qa.records import Hit, Passage, Span
from qa.splitting import sentence_spans

LONG = "这一年的集市格外热闹，" * 30 + "人人都来。"


class Finds:
    """A reader for which one word is the only answer there can be."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.read_so_far: list[Span] = []

    def read(self, query: str, text: str, window: Span, sentences: Sequence[Span]) -> Reading:
        self.read_so_far.append(window)
        n = window.end - window.start
        stretches = np.full((n, n), NOTHING, dtype=np.float32)
        at = text.find(self.word, window.start, window.end)
        if at >= 0:
            stretches[at - window.start, at - window.start + len(self.word) - 1] = 3.0
        return Reading(window, Scores(stretches, 0.0, NOTHING))


def evidence(*texts: str) -> list[Evidence]:
    """The sentences of texts, one passage each, scored from the first to the last."""
    found: list[Evidence] = []
    for number, text in enumerate(texts):
        passage = Passage(f"p{number}", f"d{number}", "v", 0, (Span(0, len(text)),), text, "", "", "", len(text))
        hit = Hit(passage, 1.0, number + 1, ())
        found += [Evidence(hit, span, np.zeros(len(FEATURES))) for span in sentence_spans(text)]
    return [Evidence(item.hit, item.span, item.features, float(-place)) for place, item in enumerate(found)]


@given(
    st.lists(
        st.lists(st.sampled_from(["桥建成了。", "县里的集市很热闹，人来人往。", LONG]), min_size=1, max_size=12), min_size=1, max_size=4
    ),
    st.randoms(),
)
def test_windows_are_whole_sentences_that_do_not_overlap_and_little_in_all(passages: list[list[str]], random: Random) -> None:
    found = evidence(*("".join(sentences) for sentences in passages))
    random.shuffle(found)
    made = windows(found)
    seen = [(hit.passage.passage_id, sentence) for hit, _, sentences in made for sentence in sentences]
    assert len(seen) == len(set(seen))
    for _, window, sentences in made:
        assert window.start == sentences[0].start
        assert window.end <= sentences[-1].end
        assert window.end - window.start <= (WINDOW if len(sentences) > 1 else LONGEST_SENTENCE)
    assert sum(window.end - window.start for _, window, _ in made) < CHARACTERS_READ + LONGEST_SENTENCE
    assert found[0].span in made[0][2]


def test_the_sentence_that_holds_the_answer_comes_first() -> None:
    read = with_readings("谁修的桥？", asked("谁修的桥？"), evidence("桥在县城东边。桥是沈阿满修的。", "桥修好了。"), Finds("沈阿满"))  # type: ignore[arg-type]
    best = rescored(read, {"evidence": 1.0, "share": 5.0, "odds": 0.0, "read": 0.0, "unfit": 0.0})[0]
    assert best.text == "桥是沈阿满修的。"
    assert best.share == 1.0
    assert best.odds == 0.3  # three of ten
    assert best.reading is not None
    marked = best.reading.best(best.span)
    assert marked is not None
    assert best.hit.passage.text[marked[0].start : marked[0].end] == "沈阿满"


def test_what_was_not_read_says_so() -> None:
    reader = Finds("没有")
    read = with_readings("谁？", asked("谁？"), evidence(*(LONG for _ in range(6))), reader)  # type: ignore[arg-type]
    assert len(reader.read_so_far) == 2
    assert [item.reading is not None for item in read] == [True, True, False, False, False, False]
    assert read[-1].odds == -1.0
    assert read[-1].share == 0.0


def test_what_cannot_be_asked_for_is_told_from_what_can() -> None:
    people, paid = "合作社有员工25人。", "县里给了两万元。"
    query = "合作社投资了多少钱？"
    read = with_readings(query, asked(query), evidence(people), Finds("25人"))  # type: ignore[arg-type]
    assert read[0].unfit
    read = with_readings(query, asked(query), evidence(paid, people), Finds("两万元"))  # type: ignore[arg-type]
    assert not read[0].unfit
    first = rescored(read, {"evidence": 1.0, "share": 0.0, "odds": 0.0, "read": 0.0, "unfit": -5.0})[0]
    assert first.text == paid


def test_without_evidence_nothing_is_read() -> None:
    assert with_readings("谁？", asked("谁？"), [], Finds("谁")) == []  # type: ignore[arg-type]
    assert rescored([], dict.fromkeys(READING, 1.0)) == []


def test_the_shipped_mixture_was_learnt_with_the_shipped_reader() -> None:
    shipped = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert shipped["reader"] == shipped_reader().fingerprint
    assert set(shipped["reading"]) == set(READING)


def test_the_shipped_reader_finds_who_and_when_in_both_scripts() -> None:
    for query, text, who in (
        ("望鹭桥是谁修建的？", "望鹭桥在县城东门外。道光十七年，茶商林有福出资修建了望鹭桥，全长一百二十米。", "林有福"),
        ("望鷺橋是誰修建的？", "望鷺橋在縣城東門外。道光十七年，茶商林有福出資修建了望鷺橋，全長一百二十米。", "林有福"),
    ):
        best = shipped_reader().read(query, text, Span(0, len(text)), sentence_spans(text)).best(Span(0, len(text)))
        assert best is not None
        assert who in text[best[0].start : best[0].end]
