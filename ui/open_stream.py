"""Keeps the event stream of a chat page open between events.

Gradio's server ends the stream when no event of the page is left, and its browser client opens a new one with the next event. An event
that is sent in the moment in which the stream ends is lost, and the button behind it stays dead until the page is loaded anew: one click
in some hundred. A stream that never ends has no such moment.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAM = "/queue/data"
_ENDS = b'data: {"msg":"close_stream"'


class OpenStream:
    """ASGI middleware: where Gradio ends a page's event stream, asks Gradio for the next one in its place, until the page is left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; of an event stream, all but its ends."""
        if scope["type"] != "http" or not scope["path"].endswith(_STREAM):
            await self._app(scope, receive, send)
            return
        started, ended = False, True

        async def send_on(message: Message) -> None:
            nonlocal started, ended
            if message["type"] == "http.response.start":
                if not started:
                    started = True
                    await send(message)
            elif message.get("body", b"").startswith(_ENDS):
                ended = True
            elif not ended or message.get("body"):
                await send(message)

        while ended:
            ended = False
            await self._app(dict(scope), receive, send_on)
