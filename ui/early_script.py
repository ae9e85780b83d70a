"""Puts our one script before Gradio's in its page.

Gradio takes the words of its own parts (the drop zone, the buttons of a message) from the browser's language when its script starts, and
puts what one gives it as `head` into the page after that. Told ours first, it follows the language link too.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = b'<head><script src="/chat.js"></script>'


class EarlyScript:
    """ASGI middleware: the answers to a GET of these paths get the script; everything else passes untouched."""

    def __init__(self, app: ASGIApp, *, paths: Collection[str]) -> None:
        self._app = app
        self._paths = set(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def send_with_script(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
            if start and parts and not message.get("more_body"):
                body = b"".join(parts).replace(b"<head>", _SCRIPT, 1)
                MutableHeaders(scope=start)["content-length"] = str(len(body))
                await send(start)
                await send({"type": "http.response.body", "body": body})

        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]  # a compressed page cannot be edited
        await self._app({**scope, "headers": headers}, receive, send_with_script)
