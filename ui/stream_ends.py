"""Sees to it that a page learns of the end of its event stream before it hears of its next event.

Gradio's server ends the stream of a page when none of its events is left, and the browser opens another with the next event. Where it
hears that an event has been taken just before it learns that the stream has ended, it waits for it in a stream that is gone: the event is
lost, and the button behind it stays dead until the page is loaded anew. On a quick machine that met one click in some fifty that followed
at once on what came before. So the answer to an event is held back for a moment behind the end of a stream, anybody's. A stream is not
kept open instead: browsers open six connections to a server, and every tab would take one.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAM, _JOIN = "/queue/data", "/queue/join"
_END = b'data: {"msg":"close_stream"'
_ARRIVES_S = 0.2  # in which the end of a stream reaches a page and is read there


class StreamEnds:
    """ASGI middleware: an event is answered only when the latest end of a stream has arrived; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._arrived = 0.0  # when the latest end has, in the time of the event loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""

        async def noting_the_end(message: Message) -> None:
            if message.get("body", b"").startswith(_END):
                self._arrived = asyncio.get_running_loop().time() + _ARRIVES_S
            await send(message)

        async def behind_the_end(message: Message) -> None:
            while message["type"] == "http.response.start" and (early := self._arrived - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(early)
            await send(message)

        wrapped = noting_the_end if path.endswith(_STREAM) else behind_the_end if path.endswith(_JOIN) else send
        await self._app(scope, receive, wrapped)
