"""The model client against a real server on loopback that misbehaves in every way one has been seen to."""

from __future__ import annotations

import json
import socket
import time

import pytest
from model_server import EVENTS, Behaviour, ModelServer, endless, event, model_server, raw, says, status, then_silent

from qa.answering.language_model import LanguageModel
from qa.errors import LanguageModelError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.answering.language_model._BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr("qa.answering.language_model._LONGEST_BACK_OFF", 0.05)


def asked(server: ModelServer, **options: object) -> list[str]:
    return list(LanguageModel(server.url, "local", **options).stream("Only what stands there.", "问题"))  # type: ignore[arg-type]


def test_pieces_come_as_they_are_said() -> None:
    with model_server(says("木桥建于1931年。[a1b2c3d4]")) as server:
        pieces = asked(server, key="secret")
    assert "".join(pieces) == "木桥建于1931年。[a1b2c3d4]"
    assert len(pieces) > 3
    (request,) = server.requests
    assert request["model"] == "local"
    assert request["stream"] is True
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert request["messages"][1]["content"] == "问题"
    assert "authorization: bearer secret" in server.headers[0].lower()


def test_without_a_key_none_is_sent() -> None:
    with model_server(says("好")) as server:
        asked(server)
    assert "authorization" not in server.headers[0].lower()


def test_a_server_that_does_not_stream() -> None:
    whole = json.dumps({"choices": [{"message": {"role": "assistant", "content": "木桥。"}}]}, ensure_ascii=False)
    with model_server(status(200, whole)) as server:
        assert asked(server) == ["木桥。"]


def test_events_cut_anywhere_and_comments_between() -> None:
    stream = EVENTS + b": keep-alive\n\nevent: x\n" + event("木桥") + b'data: {"choices": [], "usage": {}}\r\n\r\n' + event("。", "stop")
    with model_server(raw(*(stream[at : at + 1] for at in range(len(stream))))) as server:
        assert "".join(asked(server)) == "木桥。"


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        (status(401, '{"error": "bad key secret"}'), "key refused"),
        (status(403), "key refused"),
        (status(404, "no such model"), "model unknown"),
        (status(400, "context too long"), "model unknown"),
        (status(302, "", "Location: http://127.0.0.1:9/"), "model unknown"),  # nobody is followed to another server
        (status(429, "slow down"), "busy"),
        (status(503, "loading"), "busy"),
        (status(500, "boom"), "failed"),
        (raw(), "broke off"),
        (raw(b"nonsense\r\n\r\n"), "broke off"),
        (raw(EVENTS), "broke off"),
        (raw(EVENTS + event("木桥建")), "broke off"),
        (raw(EVENTS + event("木桥") + event("桥")[:20]), "nonsense"),
        (raw(EVENTS + b"data: {not json}\n\n"), "nonsense"),
        (raw(EVENTS + b"data: " + b"[" * 100_000 + b"\n\n"), "nonsense"),
        (raw(EVENTS + b'data: {"choices": {"a": 1}}\n\n'), "nonsense"),
        (raw(EVENTS + b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'), "nonsense"),
        (raw(EVENTS + b'data: {"error": "out of memory"}\n\n'), "nonsense"),
        (raw(EVENTS + b"x" * (3 << 20)), "nonsense"),
        (status(200, "<html>sign in</html>"), "nonsense"),
        (status(200, '{"choices": [{"message": null}]}'), "nonsense"),
        (endless("木桥。"), "endless"),
        (then_silent(), "too slow"),
        (then_silent(EVENTS + event("木桥")), "too slow"),
    ],
)
def test_every_misbehaviour_is_one_error_that_says_what_to_do(behaviour: Behaviour, problem: str) -> None:
    with model_server(behaviour) as server, pytest.raises(LanguageModelError) as raised:
        asked(server, key="secret", silence_seconds=0.5, whole_seconds=20)
    assert raised.value.problem == problem
    assert "secret" not in str(raised.value)
    assert f"127.0.0.1:{server.port}" in str(raised.value)
    assert len(str(raised.value)) < 500


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LanguageModelError) as raised:
        list(LanguageModel(f"http://127.0.0.1:{port}/v1", "local").stream("", ""))
    assert raised.value.problem == "unreachable"


@pytest.mark.parametrize("trouble", [status(500), status(429, "", "Retry-After: 600"), status(503)])
def test_trouble_that_passes_is_tried_again(trouble: Behaviour) -> None:
    with model_server(trouble, trouble, says("木桥。")) as server:
        assert "".join(asked(server)) == "木桥。"
    assert len(server.requests) == 3


def test_after_the_first_word_nothing_is_asked_twice() -> None:
    with model_server(raw(EVENTS + event("木桥"))) as server, pytest.raises(LanguageModelError):
        asked(server)
    assert len(server.requests) == 1


def test_a_trickle_ends_at_the_deadline() -> None:
    def trickle(connection: socket.socket, request: object) -> None:
        connection.sendall(EVENTS)
        while True:
            connection.sendall(b": still here\n")
            time.sleep(0.02)

    with model_server(trickle) as server, pytest.raises(LanguageModelError) as raised:
        asked(server, silence_seconds=5, whole_seconds=0.3)
    assert raised.value.problem == "too slow"


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://x/v1", "http://", "http://me:pw@host/v1", "http://host/v1?key=1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="model server"):
        LanguageModel(url, "local")
    with pytest.raises(ValueError, match="name of its model"):
        LanguageModel("http://127.0.0.1:1/v1", " ")
