"""The event stream of a page between two events, over a server that ends it as Gradio's does; `test_ui_browser` has the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from ui.open_stream import OpenStream

END = b'data: {"msg":"close_stream"}\n\n'


class Server:
    """Gives each stream one event, then ends it as Gradio does when no other has joined."""

    def __init__(self) -> None:
        self.may_take, self.may_end, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.may_take.set()
        self.may_end.set()
        self._events: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith("join"):
            body = await Request(scope, receive).json()
            await self.may_take.wait()
            self._events.put_nowait(body["data"])
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send(said(await self._events.get()))
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": END, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        self.ended.set()


def said(event: str) -> Message:
    return {"type": "http.response.body", "body": f'data: {{"of":"{event}"}}\n\n'.encode(), "more_body": True}


async def join(app: OpenStream, event: str, page: str = "p1") -> None:
    body = json.dumps({"data": event, "session_hash": page}).encode()
    halves = iter([(body[:9], True), (body[9:], False)])

    async def receive() -> Message:
        half, more = next(halves)
        return {"type": "http.request", "body": half, "more_body": more}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    await app({"type": "http", "method": "POST", "path": "/zh/queue/join", "query_string": b"", "headers": []}, receive, send)


class Client:
    """One page's stream: what has come of it."""

    def __init__(self, app: OpenStream) -> None:
        self.came: list[bytes] = []
        self.starts = 0
        self.left = asyncio.Event()
        scope = {"type": "http", "path": "/zh/queue/data", "query_string": b"session_hash=p1"}
        self.stream = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.starts += message["type"] == "http.response.start"
        if message.get("body"):
            self.came.append(message["body"])

    async def has(self, *events: str) -> None:
        """Waits until these have come, and nothing besides."""
        while len(self.came) < len(events):
            await asyncio.sleep(0)
        assert self.came == [said(event)["body"] for event in events]


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(test(), 5)

    asyncio.run(limited())


def test_an_event_after_the_end_comes_in_the_same_stream() -> None:
    async def test() -> None:
        server = Server()
        app = OpenStream(server)
        client = Client(app)
        await join(app, "one")
        await server.ended.wait()
        await join(app, "two")
        await client.has("one", "two")
        assert client.starts == 1
        assert not client.stream.done()
        client.left.set()
        await client.stream

    run(test)


def test_an_event_that_is_being_taken_when_the_stream_ends_is_waited_for() -> None:
    async def test() -> None:
        server = Server()
        app = OpenStream(server)
        client = Client(app)
        server.may_end.clear()
        await join(app, "one")
        await client.has("one")
        server.may_take.clear()
        joining = asyncio.create_task(join(app, "two"))
        await asyncio.sleep(0.01)
        server.may_end.set()
        await server.ended.wait()
        server.may_take.set()
        await joining
        await client.has("one", "two")
        client.left.set()
        await client.stream

    run(test)


def test_a_stream_without_events_ends_after_a_while_as_gradio_ends_it() -> None:
    async def test() -> None:
        app = OpenStream(Server(), idle_s=0.02)
        client = Client(app)
        await join(app, "one")
        await join(app, "another page's", page="p2")
        await client.stream
        assert client.came[0] == said("one")["body"]
        assert client.came[-1] == END

    run(test)


def test_a_page_that_is_left_ends_its_stream_at_once() -> None:
    async def test() -> None:
        app = OpenStream(Server())
        client = Client(app)
        await join(app, "one")
        await client.has("one")
        client.left.set()
        await client.stream

    run(test)
