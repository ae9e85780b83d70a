"""What the pronouns of a quotation stand for: named where rules make it certain, silent where something else could be meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.antecedents import named_in
from qa.answering.bundles import verified
from qa.assistant import Assistant
from qa.records import Answer, Antecedent, Span, Statement, from_json, text_at, to_json
from qa.splitting import sentence_spans
from ui.bundle_page import bundle_in, bundle_page
from ui.fragments import answer_html, drafting_html
from ui.plain import answer_text


def named(text: str) -> dict[str, str]:
    """What stands for what in the last sentence."""
    found = named_in(text, sentence_spans(text)[-1])
    return {text[one.pronoun.start : one.pronoun.end]: text[one.antecedent.start : one.antecedent.end] for one in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("清溪市去年修了三座桥。该市今年还要再修两座。", {"该市": "清溪市"}),
        ("清溪大桥昨日通车。这座大桥长四百米。", {"这座大桥": "清溪大桥"}),
        ("“青鸟”系统上月启用。该系统每天处理三万张订单。", {"该系统": "“青鸟”系统"}),
        ("长篇小说《鹭溪往事》上月出版。该书讲述一个渡口的四十年。", {"该书": "《鹭溪往事》"}),
        ("清溪大学今年招生两千人。该校明年将增设茶学系。", {"该校": "清溪大学"}),
        ("茶社社长何守田说，今年的茶叶涨了价。他说，明年还要涨。", {"他": "何守田"}),
        ("何守田（1921年—1990年），石匠，清溪镇人。他一生修了十二座桥。", {"他": "何守田"}),
        ("市長王小滿表示，大橋明年動工。她指出，資金已經到位。", {"她": "王小滿"}),
    ],
)
def test_what_is_certain_is_named(text: str, expected: dict[str, str]) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "清溪市和白水市去年各修了一座桥。该市今年还要再修两座。",  # which of them
        "清溪市去年修了三座桥。在舟山，该市的船队也出了海。",  # a city named without 市
        "一家投资公司去年关了门。该公司欠债三千万元。",  # no name
        "小说《鹭溪往事》和《山月》上月出版。该书写了一个渡口。",
        "社长何守田说，茶叶涨了价。县长王小满说，还要涨。一名男子也来了。他的伞丢了。",
        "社长何守田说，茶叶涨了价。他的儿子也这样看。“他说过不卖。”有人喊道。",  # inside quotation marks
        "社长何守田说，茶叶涨了价。联系到茶社的一名工作人员，他说，不知道。",
        "其他人都走了。吉他声停了。该怎么办呢？",
        "他说，明年还要涨。",  # nothing before it
    ],
)
def test_what_is_not_certain_is_not_named(text: str) -> None:
    assert named(text) == {}


def test_what_the_quotation_says_itself_is_not_named_again() -> None:
    text = "茶社去年关了门。清溪市去年修了三座桥，该市今年还要再修两座。"
    assert named(text) == {}


@given(st.text("他她该这座市公司书《》“”（）。，说张三何守田清溪大桥1\n ", max_size=80), st.data())
def test_places_lie_where_they_say(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, max(0, len(text) - 1)))
    if start < len(text):
        quoted = Span(start, data.draw(st.integers(start + 1, len(text))))
        for one in named_in(text, quoted):
            assert one.antecedent.end <= quoted.start <= one.pronoun.start
            assert one.pronoun.end <= quoted.end
            assert text[one.pronoun.start : one.pronoun.end] != text[one.antecedent.start : one.antecedent.end]


LIFE = "何守田（1921年—1990年），石匠，清溪镇人。平日话少。他一生在清溪一带修了十二座石桥。\n\n茶社的屋顶去年重新铺过，用的是青瓦。\n"


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    (tmp_path / "石匠.txt").write_text(LIFE, encoding="utf-8")
    assistant = Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64))
    assistant.ingest([tmp_path / "石匠.txt"])
    return assistant


@pytest.fixture
def answer(assistant: Assistant) -> Answer:
    answer = assistant.ask("石匠一生在清溪一带修了多少座石桥？")
    assert answer.status == "answered"
    return answer


def test_the_antecedent_is_named_beside_the_quotation_and_opens_at_its_place(assistant: Assistant, answer: Answer) -> None:
    first, citation = answer.statements[0], answer.citations[0]
    (antecedent,) = first.antecedents
    assert first.text == citation.quote, "the quotation is word for word"
    assert first.text.startswith("他一生"), "and needs no sentence before it"
    assert (first.text[antecedent.span.start : antecedent.span.end], antecedent.words) == ("他", "何守田")
    assert text_at(assistant.library.document(citation.doc_id).text, antecedent.spans) == "何守田"
    assert from_json(Answer, to_json(answer)) == answer


def test_it_is_shown_and_never_passes_for_the_quotation(answer: Answer) -> None:
    assert "他〔何守田〕一生" in answer_text(answer, "zh", dated=True)
    assert "〔" not in answer_text(answer, "zh"), "what is copied is word for word"
    shown = answer_html(answer, "zh")
    assert '<a class="antecedent" href="/source/' in shown
    assert "&s=0-3" in shown or "&amp;s=0-3" in shown
    assert '<span class="antecedent"' in drafting_html(answer.statements, "zh"), "no link while there is no citation"


def test_a_bundle_shows_and_checks_it(assistant: Assistant, answer: Answer) -> None:
    bundle = assistant.bundle(answer)
    again = bundle_in(bundle_page(bundle, "zh"))
    assert "“他”指何守田" in bundle_page(bundle, "zh").decode()
    document = assistant.library.document(answer.citations[0].doc_id)
    originals = {bundle.documents[0].original: document}
    assert {one.place: one.outcome for one in verified(again, originals)}["他 in statement 1"] == "confirmed"
    (antecedent,) = answer.statements[0].antecedents
    forged = replace(answer.statements[0], antecedents=(replace(antecedent, words="王小满"),))
    lie = replace(again, answer=replace(again.answer, statements=(forged, *again.answer.statements[1:])))
    assert {one.place: one.outcome for one in verified(lie, originals)}["他 in statement 1"] == "not confirmed"


def test_an_antecedent_belongs_to_a_word_of_the_statement_and_to_a_document_it_cites() -> None:
    there = Antecedent(Span(0, 1), "何守田", 1, (Span(0, 3),))
    Statement("他修了桥。", (1,), antecedents=(there,))
    with pytest.raises(ValueError, match="antecedent"):
        Statement("他修了桥。", (2,), antecedents=(there,))
    with pytest.raises(ValueError, match="antecedent"):
        Statement("他", (1,), antecedents=(replace(there, span=Span(0, 2)),))
