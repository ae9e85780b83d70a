"""Keeps the event stream of a chat page open for a while after an event.

Gradio's server ends the stream when no event of the page is left, and its browser client opens another with the next event. An event that
is sent in the moment in which the stream ends is lost, and the button behind it stays dead until the page is loaded anew: on a quick
machine one click in some fifty. Here the end is held back until a minute has passed without an event, so that no click meets it. Not
longer: browsers open six connections to a server, and every tab would keep one.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAM, _JOIN = "/queue/data", "/queue/join"
_END = b'data: {"msg":"close_stream"'
_IDLE_S = 60.0


@dataclass(eq=False)
class _Page:
    """What is known of a page with a stream or an event on its way."""

    joining: int = 0  # events that Gradio has been sent and has not yet taken
    joined: asyncio.Event = field(default_factory=asyncio.Event)  # there may be an event that the stream has to bring to its end


class OpenStream:
    """ASGI middleware: where Gradio ends a page's event stream, waits for the page's next event and asks Gradio for its stream instead."""

    def __init__(self, app: ASGIApp, *, idle_s: float = _IDLE_S) -> None:
        self._app = app
        self._idle_s = idle_s
        self._pages: WeakValueDictionary[str, _Page] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; of an event stream, all but its early ends."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path.endswith(_STREAM):
            session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
            await self._stream(self._page(session), scope, receive, send)
        elif path.endswith(_JOIN):
            await self._join(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _page(self, session: str) -> _Page:
        return self._pages.setdefault(session, _Page())

    async def _join(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, received = await _whole_body(receive)
        page = self._page(_session_in(body))
        page.joining += 1
        page.joined.set()
        try:
            await self._app(scope, received, send)
        finally:
            page.joining -= 1

    async def _stream(self, page: _Page, scope: Scope, receive: Receive, send: Send) -> None:
        started, end = False, b""

        async def send_on(message: Message) -> None:
            nonlocal started, end
            body = message.get("body", b"")
            if message["type"] == "http.response.start":
                if not started:
                    started = True
                    await send(message)
            elif body.startswith(_END):
                end = body
                if not page.joining:
                    page.joined.clear()
            elif body or not end:
                await send(message)

        while True:
            end = b""
            await self._app(dict(scope), receive, send_on)
            if not end:
                return
            if not await self._next_event(page, receive):
                break
        await send({"type": "http.response.body", "body": end, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _next_event(self, page: _Page, receive: Receive) -> bool:
        """Waits for one; False when the page has been left, or none has come in time."""
        came, left = asyncio.ensure_future(page.joined.wait()), asyncio.ensure_future(receive())
        try:
            await asyncio.wait((came, left), timeout=self._idle_s, return_when=asyncio.FIRST_COMPLETED)
            return came.done()
        finally:
            for waiting in (came, left):
                waiting.cancel()


async def _whole_body(receive: Receive) -> tuple[bytes, Receive]:
    """A request's body, and a `receive` that gives it once more."""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body"):
        messages.append(await receive())
    remaining = iter(messages)

    async def again() -> Message:
        return next(remaining, None) or await receive()

    return b"".join(message.get("body", b"") for message in messages), again


def _session_in(body: bytes) -> str:
    try:
        return str(json.loads(body)["session_hash"])
    except (ValueError, KeyError, TypeError):
        return ""  # no request of Gradio's page: Gradio will say so
