"""A language model behind any server that speaks the OpenAI chat-completions protocol, streamed.

    POST {url}/chat/completions   {"model": …, "messages": […], "stream": true, "temperature": 0}

Whatever the server does ends in text or in one `LanguageModelError`: it is gone, slow, refuses, breaks off, answers nonsense, or never
stops. Nothing is ever sent but what `stream` is given, to no server but the one named, through no proxy. Not handled: tools, images,
several answers at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from qa.errors import LanguageModelError
from qa.records import ModelProblem

if TYPE_CHECKING:
    import httpx

KEY_VARIABLE = "CHUCHU_LLM_KEY"  # the environment variable that holds the server's key

_CONNECT_SECONDS = 5.0
_TRIES = 3
_BACK_OFF_SECONDS = 0.5  # before the second try, twice that before the third
_LONGEST_BACK_OFF = 5.0  # whatever Retry-After says
_LONGEST_LINE = 1 << 20  # characters of one event
_SAID = 200  # characters of a server's own explanation that are passed on

_WHAT_TO_DO: Mapping[ModelProblem, str] = {
    "unreachable": "does not answer; start it, or check --llm",
    "key refused": f"refuses the key; put the right one into {KEY_VARIABLE}",
    "model unknown": "knows no such address or model; check --llm and --llm-model",
    "busy": "is busy and stayed so; try again later",
    "failed": "failed; look at its log",
    "too slow": "took too long; try a smaller model",
    "broke off": "broke off in the middle of its answer; look at its log",
    "nonsense": "does not answer as the chat-completions protocol wants; check that --llm ends where /chat/completions follows",
    "endless": "did not stop talking and was cut off",
}


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Where a model is, and how long it may take. Safe from any thread; it keeps no connection between calls.

    url: what stands before /chat/completions, as http://127.0.0.1:8080/v1. key: sent as a bearer token, "" for none.
    """

    url: str
    name: str
    key: str = ""
    silence_seconds: float = 60.0  # between two pieces; a local model may read its prompt that long
    whole_seconds: float = 300.0
    most_characters: int = 6_000  # of an answer; three statements need a few hundred

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise ValueError(f"a model server is named as http://host:port/v1, got {self.url!r}")
        if not self.name.strip():
            raise ValueError("a model server needs the name of its model")

    @property
    def host(self) -> str:
        """The one machine that is asked."""
        return urlsplit(self.url).hostname or ""

    @property
    def server(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self.url).netloc

    def within(self, characters: int, seconds: float) -> LanguageModel:
        """The same model, which may say so many characters and take so many seconds, if these are fewer."""
        return replace(
            self,
            most_characters=min(characters, self.most_characters),
            silence_seconds=min(seconds, self.silence_seconds),
            whole_seconds=min(seconds, self.whole_seconds),
        )

    def stream(self, system: str, user: str) -> Iterator[str]:
        """The model's answer, piece by piece as it comes; no piece is empty. LanguageModelError at any point."""
        for attempt in range(_TRIES):
            said_something = False
            try:
                for piece in self._once(system, user):
                    said_something = True
                    yield piece
                return
            except _RetryError as error:
                if said_something or attempt == _TRIES - 1:
                    raise _failure(error.problem, self.server, error.said) from error
                time.sleep(min(_LONGEST_BACK_OFF, error.wait or _BACK_OFF_SECONDS * 2**attempt))

    def _once(self, system: str, user: str) -> Iterator[str]:
        import httpx

        deadline = time.monotonic() + self.whole_seconds
        timeout = httpx.Timeout(self.silence_seconds, connect=min(_CONNECT_SECONDS, self.silence_seconds))
        address = f"{self.url.rstrip('/')}/chat/completions"
        try:
            with (
                httpx.Client(timeout=timeout, trust_env=False) as client,
                client.stream("POST", address, json=self._body(system, user), headers=self._headers()) as response,
            ):
                self._refuse(response)
                yield from self._bounded(self._pieces(response, deadline))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _RetryError("unreachable") from error
        except httpx.TimeoutException as error:
            raise _failure("too slow", self.server) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _failure("broke off", self.server) from error

    def _body(self, system: str, user: str) -> dict[str, Any]:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        return {
            "model": self.name,
            "messages": messages,
            "stream": True,
            "temperature": 0,
            "max_tokens": self.most_characters,
        }  # a token is a character or more

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def _refuse(self, response: httpx.Response) -> None:
        """Raise for a status that is no success."""
        status = response.status_code
        if status == 200:
            return
        response.read()
        said = f"{status} {' '.join(response.text.split())[:_SAID]}".strip()
        if self.key:
            said = said.replace(self.key, "…")  # some servers say it back
        if status in (401, 403):
            raise _failure("key refused", self.server, said)
        if status in (429, 503):
            raise _RetryError("busy", said, _seconds(response.headers.get("retry-after", "")))
        if status >= 500:
            raise _RetryError("failed", said)
        raise _failure("model unknown", self.server, said)

    def _pieces(self, response: httpx.Response, deadline: float) -> Iterator[str]:
        """The text in the server's events. A server that does not stream sends the whole answer as one JSON object."""
        if "text/event-stream" not in response.headers.get("content-type", ""):
            yield self._text_of(self._choice(self._body_of(response, deadline)), "message")
            return
        for line in self._lines(response, deadline):
            if not line.startswith("data:"):
                continue  # comments and event names
            data = line.removeprefix("data:").strip()
            if data == "[DONE]":
                return
            choice = self._choice(data)
            if piece := self._text_of(choice, "delta"):
                yield piece
            if choice.get("finish_reason"):
                return
        raise _failure("broke off", self.server)

    def _lines(self, response: httpx.Response, deadline: float) -> Iterator[str]:
        rest = ""
        for text in response.iter_text():
            if time.monotonic() > deadline:
                raise _failure("too slow", self.server)
            *lines, rest = (rest + text).replace("\r\n", "\n").split("\n")
            yield from lines
            if len(rest) > _LONGEST_LINE:
                raise _failure("nonsense", self.server)
        if rest:
            yield rest

    def _body_of(self, response: httpx.Response, deadline: float) -> str:
        body = ""
        for text in response.iter_text():
            body += text
            if time.monotonic() > deadline:
                raise _failure("too slow", self.server)
            if len(body) > _LONGEST_LINE:
                raise _failure("nonsense", self.server)
        return body

    def _text_of(self, choice: dict[str, Any], part: Literal["delta", "message"]) -> str:
        holder = choice.get(part) or {}
        content = holder.get("content") if isinstance(holder, dict) else holder
        if content is None and part == "delta":
            return ""  # the first event names the role, the last the reason to stop
        if not isinstance(content, str):
            raise _failure("nonsense", self.server)
        return content

    def _choice(self, data: str) -> dict[str, Any]:
        try:
            event = json.loads(data)
            choices = event["choices"]
            choice = choices[0] if choices else {}  # the last event of some servers counts tokens and holds no choice
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _failure("nonsense", self.server, " ".join(data.split())[:_SAID]) from error
        if not isinstance(choice, dict):
            raise _failure("nonsense", self.server)
        return choice

    def _bounded(self, pieces: Iterator[str]) -> Iterator[str]:
        said = 0
        for piece in pieces:
            said += len(piece)
            if said > self.most_characters:
                raise _failure("endless", self.server)
            yield piece


class _RetryError(Exception):
    """Trouble that may pass. wait: seconds the server asks for, 0 when it does not say."""

    def __init__(self, problem: ModelProblem, said: str = "", wait: float = 0.0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.said = said
        self.wait = wait


def _failure(problem: ModelProblem, server: str, said: str = "") -> LanguageModelError:
    more = f" ({said})" if said else ""
    return LanguageModelError(f"the model server {server} {_WHAT_TO_DO[problem]}{more}", about=server, problem=problem)


def _seconds(value: str) -> float:
    """Retry-After in seconds; 0 for none, or for a date."""
    return float(value) if value.isdecimal() else 0.0
