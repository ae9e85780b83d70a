"""A query that asks two things: where it is taken apart, where it is left whole, and what the answers to its parts make together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from answering_checks import assistant_over
from hypothesis import given
from hypothesis import strategies as st

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.parting import MOST_PARTS, parts_of
from qa.assistant import Assistant
from qa.records import Answer, Turn, from_json, text_at, to_json
from ui.bundle_page import bundle_in, bundle_page
from ui.fragments import answer_html
from ui.plain import answer_text

DOCUMENTS = {
    "石桥.txt": "清溪石桥建于一九五二年，桥长四十八米，由石匠何守田主持修建。桥头有两棵老樟树，树下常有人下棋。\n",
    "木桥.txt": "白水木桥建于一八七四年，桥长二十一米，每年霜降前换一次桥板。桥面只容两人并行，挑担的要先让路。\n",
    "茶社.txt": "清溪茶社成立于一九八三年，社址设在东街十二号的旧粮仓里。社员共有四百一十六户，每年四月开秤收茶。\n",
}


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with assistant_over(DOCUMENTS, tmp_path) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("石桥和木桥分别建于哪一年？", ("石桥建于哪一年？", "木桥建于哪一年？")),
        ("石橋與木橋分別建於哪一年？", ("石橋建於哪一年？", "木橋建於哪一年？")),
        ("清溪的石桥和木桥分别有多长？", ("清溪的石桥有多长？", "清溪的木桥有多长？")),
        ("清溪石桥的长和宽各是多少米？", ("清溪石桥的长是多少米？", "清溪石桥的宽是多少米？")),
        ("和平村和共和镇分别有多少人？", ("和平村有多少人？", "共和镇有多少人？")),
        ("张三、李四和王五分别担任什么职务？", ("张三担任什么职务？", "李四担任什么职务？", "王五担任什么职务？")),
        ("《雨与伞》和《山月》分别写于哪一年？", ("《雨与伞》写于哪一年？", "《山月》写于哪一年？")),
        ("《鹭溪》的作者和《山月》的作者是谁？", ("《鹭溪》的作者是谁？", "《山月》的作者是谁？")),
        ("《鹭溪》和《山月》的作者是谁？", ("《鹭溪》的作者是谁？", "《山月》的作者是谁？")),
        ("望鹭桥与清溪桥哪个更早建成？", ("望鹭桥是什么时候建成？", "清溪桥是什么时候建成？")),
        ("泰山和华山哪个更高？", ("泰山有多高？", "华山有多高？")),
        ("上海与北京哪个的人口更多？", ("上海的人口有多少？", "北京的人口有多少？")),
        ("上海跟北京谁人口多？", ("上海的人口有多少？", "北京的人口有多少？")),
        ("《鹭溪》和《山月》哪个创刊更早？", ("《鹭溪》什么时候创刊的？", "《山月》什么时候创刊的？")),
        ("石桥站和木桥站的站长各由谁任命？", ("石桥站的站长由谁任命？", "木桥站的站长由谁任命？")),
        ("石桥站和木桥站，月台各是几面几线？", ("石桥站月台是几面几线？", "木桥站月台是几面几线？")),
        ("明守王和尚清王，童名分别叫什么？", ("明守王童名叫什么？", "尚清王童名叫什么？")),  # no word 和尚
        ("沈阿满和罗水生被贬后各死在哪里？", ("沈阿满被贬后死在哪里？", "罗水生被贬后死在哪里？")),
        ("石桥街道和木桥街道面积各有多大？", ("石桥街道面积有多大？", "木桥街道面积有多大？")),
        ("2004年以前，石桥镇和木桥乡各有几个村？", ("2004年以前，石桥镇有几个村？", "2004年以前，木桥乡有几个村？")),
        ("清溪茶社是什么时候成立的，在哪里？", ("清溪茶社是什么时候成立的？", "清溪茶社在哪里？")),
        ("清溪社是谁办的？什么时候办的？", ("清溪社是谁办的？", "清溪社是什么时候办的？")),
    ],
)
def test_two_questions_are_taken_apart(query: str, parts: tuple[str, ...]) -> None:
    assert parts_of(query) == parts


@pytest.mark.parametrize(
    "query",
    [
        "罗密欧与朱丽叶是哪一年写的？",  # one play
        "《雨与伞》是谁写的？",
        "雨与伞和山月分别写于哪一年？",  # two conjunctions: three things or two
        "清溪站侧式月台与岛式月台各有几条路线？",  # the second may be part of the first's name
        "在电影里演哥哥和弟弟的人分别是谁？",
        "三家分社分别是哪些？",
        "文教和卫生部门所管的四个村分别是哪几个？",
        "碑文的字数多少，主要决定于什么？",
        "石桥和木桥在各地的仿品有哪些？",
        "沈阿满和女婿都很长寿，各活了多少岁？",
        "1992年签约的那几个村组成的合作社，是哪天成立的？",
        "石桥站和木桥站最长能停几节车厢，谁更长？",
        "石桥建于哪一年？",
        "石桥和木桥",
        "",
    ],
)
def test_what_is_not_clearly_two_stays_whole(query: str) -> None:
    assert parts_of(query) == ()


@given(st.text("石桥木和与、，《》“”的分别各哪个更高早是什么时候建成谁？清溪a ", max_size=60))
def test_parts_are_few_and_none_is_empty_or_the_query(query: str) -> None:
    parts = parts_of(query)
    assert len(parts) == 0 or 2 <= len(parts) <= MOST_PARTS
    assert all(part.strip() and part != query for part in parts)


def texts(answer: Answer, part: str) -> str:
    return "".join(statement.text for statement in answer.statements if statement.part == part)


def test_both_parts_are_answered_each_with_its_citation(assistant: Assistant) -> None:
    answer = assistant.ask("清溪石桥和白水木桥分别建于哪一年？")
    assert answer.status == "answered"
    assert "一九五二年" in texts(answer, "清溪石桥建于哪一年？")
    assert "一八七四年" in texts(answer, "白水木桥建于哪一年？")
    assert answer.unanswered == ()
    for citation in answer.citations:
        assert citation.quote == text_at(assistant.library.document(citation.doc_id).text, citation.spans)
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert len({hit.passage.passage_id for hit in answer.hits}) == len(answer.hits)
    assert from_json(Answer, to_json(answer)) == answer


def test_a_part_without_evidence_is_named_and_the_other_is_answered(assistant: Assistant) -> None:
    answer = assistant.ask("清溪石桥和宁波机场分别建于哪一年？")
    assert answer.status == "answered"
    assert answer.unanswered == ("宁波机场建于哪一年？",)
    assert {statement.part for statement in answer.statements} == {"清溪石桥建于哪一年？"}
    assert "宁波" in answer.unseen
    for language, said in (("zh", "这部分没有找到依据：宁波机场"), ("en", "No evidence found for this part: 宁波机场")):
        assert said in answer_text(answer, language)  # type: ignore[arg-type]
        assert said.split("：")[0].split(":")[0] in answer_html(answer, language)  # type: ignore[arg-type]
    page = bundle_page(assistant.bundle(answer), "zh")
    assert "这部分没有找到依据：宁波机场建于哪一年？" in page.decode()
    assert bundle_in(page).answer.unanswered == answer.unanswered


def test_where_no_part_is_answered_the_query_is_asked_whole(assistant: Assistant) -> None:
    answer = assistant.ask("宁波机场和福州码头分别有多少名保安？")
    assert (answer.status, answer.reason) == ("no_evidence", "too_weak")
    assert answer.unanswered == ()


def test_one_sentence_that_answers_both_parts_is_cited_once(assistant: Assistant) -> None:
    answer = assistant.ask("清溪茶社是什么时候成立的，在哪里？")
    assert {statement.part for statement in answer.statements} == {"清溪茶社是什么时候成立的？", "清溪茶社在哪里？"}
    places = [(citation.passage_id, citation.spans) for citation in answer.citations]
    assert len(set(places)) == len(places)


def test_the_parts_stand_over_their_statements(assistant: Assistant) -> None:
    answer = assistant.ask("清溪石桥和白水木桥分别建于哪一年？")
    lines = answer_text(answer, "zh").splitlines()
    assert lines.index("清溪石桥建于哪一年？") < lines.index("白水木桥建于哪一年？")
    assert answer_html(answer, "zh").count('<p class="part">') == 2


def test_streaming_and_following_up_go_on_as_before(assistant: Assistant) -> None:
    events = list(assistant.stream("清溪石桥和白水木桥分别建于哪一年？"))
    assert [event.stage for event in events[:2]] == ["searching", "found"]
    last = events[-1].answer
    assert last is not None
    assert [event.statement for event in events if event.stage == "statement"] == list(last.statements)
    followed = assistant.ask("它有多长？", history=[Turn("清溪石桥建于哪一年？")])
    assert followed.statements[0].part == ""


class Reciting:
    """A language model that repeats all it is given."""

    name = "reciting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def within(self, most_characters: int, most_seconds: float) -> Reciting:
        return self

    def stream(self, system: str, user: str) -> Iterator[str]:
        import re

        self.asked.append(user)
        for evidence_id, quote in re.findall(r'编号="([0-9a-f]{8})"[^>]*>\n(.*?)\n</资料>', user, re.DOTALL):
            yield f"{quote}[{evidence_id}]\n"


def test_a_language_model_is_given_the_evidence_of_both_parts(tmp_path: Path, assistant: Assistant) -> None:
    folder = assistant.library.folder
    assistant.close()
    model = Reciting()
    with Assistant.open(folder, encoder=HashingEncoder(dim=64), model=model) as worded:
        answer = worded.ask("清溪石桥和白水木桥分别建于哪一年？")
    assert "一九五二年" in model.asked[-1]
    assert "一八七四年" in model.asked[-1]
    assert answer.model == "reciting"
    said = "".join(statement.text for statement in answer.statements)
    assert "一九五二年" in said
    assert "一八七四年" in said
