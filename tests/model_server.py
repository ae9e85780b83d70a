"""A model server on loopback that does what a test tells it to: it answers well, badly, or not at all, over real sockets."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[socket.socket, dict[str, Any]], None]  # (the connection, the request's JSON)


@dataclass
class ModelServer:
    """What was asked of it, and where it is. behaviours: one for each request in turn, the last one for all further ones."""

    behaviours: Sequence[Behaviour]
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextmanager
def model_server(*behaviours: Behaviour) -> Iterator[ModelServer]:
    """A server for the time of a test."""
    served = ModelServer(behaviours)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                byte = self.rfile.read(1)
                if not byte:
                    return
                head += byte
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            served.headers.append(head.decode())
            served.requests.append(json.loads(self.rfile.read(length)))
            behaviour = behaviours[min(len(served.requests), len(behaviours)) - 1]
            with suppress(OSError):  # the client has hung up, which is what some tests want
                behaviour(self.connection, served.requests[-1])

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield served
        server.shutdown()
        thread.join()


def status(code: int, body: str = "", *headers: str) -> Behaviour:
    """An answer with this status."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        data = body.encode()
        lines = [f"HTTP/1.1 {code} X", "Content-Type: application/json", f"Content-Length: {len(data)}", "Connection: close", *headers]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + data)

    return behave


EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def event(content: str | None, finish: str | None = None) -> bytes:
    """One event of the stream."""
    delta = {"role": "assistant"} if content is None else {"content": content}
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]}, ensure_ascii=False)}\n\n".encode()


def says(text: str, *, piece: int = 3) -> Behaviour:
    """The text, streamed in pieces of so many characters."""
    return says_what(lambda request: text, piece=piece)


def says_what(answer: Callable[[dict[str, Any]], str], *, piece: int = 3) -> Behaviour:
    """What the function makes of the request."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        text = answer(request)
        connection.sendall(EVENTS + event(None))
        for start in range(0, len(text), piece):
            connection.sendall(event(text[start : start + piece]))
        connection.sendall(event("", "stop") + b"data: [DONE]\n\n")

    return behave


def raw(*parts: bytes) -> Behaviour:
    """These bytes, then the connection is closed."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        for part in parts:
            connection.sendall(part)

    return behave


def then_silent(*parts: bytes, seconds: float = 30.0) -> Behaviour:
    """These bytes, then nothing more, and the line stays open."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        raw(*parts)(connection, request)
        connection.settimeout(seconds)
        connection.recv(1)

    return behave


def endless(text: str) -> Behaviour:
    """The same piece again and again."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        connection.sendall(EVENTS)
        while True:
            connection.sendall(event(text))

    return behave
