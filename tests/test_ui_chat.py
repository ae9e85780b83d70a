"""What a thumb in the chat does: the right answer, in the library that gave it, and one sentence whatever happens."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import model_server, says

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.language_model import LanguageModel
from qa.assistant import Assistant
from qa.library.library import Library
from ui.chat import Message, Talk, _conversation, _rated
from ui.desk import Desk
from ui.texts import Language, say

ENCODER = HashingEncoder(dim=64)
FERRY = "摆渡人何守田在渡口撑了四十年船，船票两分钱。\n"
QUERY = "摆渡人何守田撑了多少年船？"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "渡口.txt").write_text(FERRY, encoding="utf-8")
    assistant = Assistant.open(tmp_path / "library", encoder=ENCODER)
    assistant.ingest([tmp_path / "documents"])
    desk = Desk(assistant, open_own=lambda: Assistant.open(tmp_path / "own", encoder=ENCODER))
    yield desk
    desk.close()


def asked(desk: Desk, query: str, messages: list[Message] | None = None, talk: Talk | None = None) -> tuple[list[Message], Talk]:
    """The chat and the talk when the answer is there."""
    *_, last = _conversation(desk, query, messages or [], talk or Talk(), "zh")
    return last


def test_each_answer_is_known_by_the_place_of_its_first_message(desk: Desk) -> None:
    messages, talk = asked(desk, QUERY)
    messages, talk = asked(desk, "？！……", messages, talk)  # nothing matches: no steps are shown, one message instead of two
    messages, talk = asked(desk, QUERY, messages, talk)
    assert [messages[place - 1]["role"] for place in talk.answered] == ["user"] * 3
    assert [messages[place]["role"] for place in talk.answered] == ["assistant"] * 3
    assert [answer.query for _, answer in talk.answered.values()] == [turn.query for turn in talk.turns] == [QUERY, "？！……", QUERY]
    assert Talk().answered == {}, "talks share nothing"


def test_a_cleared_chat_begins_a_new_talk(desk: Desk) -> None:
    _, talk = asked(desk, QUERY)
    messages, talk = asked(desk, QUERY, [], talk)
    assert len(talk.turns) == len(talk.answered) == 1
    assert list(talk.answered) == [1]
    assert messages[0]["role"] == "user"


def test_a_follow_up_sees_the_query_before_unless_it_is_asked_alone(desk: Desk) -> None:
    messages, talk = asked(desk, QUERY)
    assert talk.carried_over == ""
    _, after = asked(desk, "他收多少钱？", messages, talk)
    assert after.carried_over == "他收多少钱？"
    assert after.turns[-1].query.startswith("摆渡人何守田"), "the next follow-up refers to the complete query"
    assert after.turns[-1].query.endswith("收多少钱？")
    *_, (_, alone) = _conversation(desk, "他收多少钱？", messages, talk, "zh", alone=True)
    assert alone.carried_over == ""
    assert alone.turns[-1].query == "他收多少钱？"


def test_what_a_model_made_of_a_follow_up_is_shown_and_undone_in_the_same_way(desk: Desk, tmp_path: Path) -> None:
    with model_server(says("摆渡人何守田的船票多少钱？")) as server:
        model = LanguageModel(server.url, "local", silence_seconds=2)
        with Assistant.open(tmp_path / "library", encoder=ENCODER, model=model) as assistant:
            own = Desk(assistant, open_own=lambda: assistant)
            messages, talk = asked(own, "谁在渡口撑了四十年船？")
            shown, after = asked(own, "他的船票多少钱？", messages, talk)
            *_, (_, alone) = _conversation(own, "他的船票多少钱？", shown, after, "zh", alone=True)
    assert say("zh", "searched_as", text="摆渡人何守田的船票多少钱？") in html.unescape(shown[-1]["content"])
    assert after.carried_over == "他的船票多少钱？"
    assert after.turns[-1].query == "摆渡人何守田的船票多少钱？"
    assert alone.carried_over == ""
    assert alone.turns[-1].query == "他的船票多少钱？"


def test_the_evidence_of_the_last_answers_is_held(desk: Desk) -> None:
    _, talk = asked(desk, QUERY)
    [(_, answer)] = talk.answered.values()
    assert desk.bundle(answer.answer_id).answer.statements == answer.statements
    with pytest.raises(KeyError):
        desk.bundle("0" * 16)


def test_a_thumb_goes_to_the_library_that_answered_whatever_lies_on_the_desk_by_now(desk: Desk, tmp_path: Path) -> None:
    before = desk.assistant.library
    _, talk = asked(desk, QUERY)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "自己的.txt").write_text("自己的文件，讲水文站与桃花汛。\n", encoding="utf-8")
    desk.open_own(tmp_path / "mine", lambda step: None)
    [(library, answer)] = talk.answered.values()
    assert _rated(library, answer, False, "zh") == say("zh", "feedback_kept")
    assert [feedback.query for feedback in before.feedback()] == [QUERY]
    assert desk.assistant.library.feedback() == []


def test_a_thumb_is_kept_changed_and_taken_back(desk: Desk) -> None:
    _, talk = asked(desk, QUERY)
    [(library, answer)] = talk.answered.values()
    for liked, verdict in ((False, "down"), (True, "up")):
        assert _rated(library, answer, liked, "en") == say("en", "feedback_kept")
        assert [feedback.verdict for feedback in library.feedback()] == [verdict]
    assert _rated(library, answer, "", "en") == say("en", "feedback_dropped")
    assert library.feedback() == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cannot_be_kept_is_one_sentence(desk: Desk, tmp_path: Path, language: Language) -> None:
    _, talk = asked(desk, QUERY)
    [(library, answer)] = talk.answered.values()
    _, empty = asked(desk, " \u200b")
    [(_, wordless)] = empty.answered.values()
    start = say(language, "feedback_not_kept", message="")
    assert _rated(library, wordless, True, language) == start + say(language, "reason_query_empty")
    desk.assistant.remove([info.doc_id for info in library.documents()])
    gone = _rated(library, answer, False, language)
    desk.close()
    reading = Library(tmp_path / "library", ENCODER, read_only=True)
    unwritable = _rated(reading, answer, False, language)
    reading.close()
    for told in (gone, unwritable):
        assert told.startswith(start)
        assert len(told) > len(start)
        assert "\n" not in told
