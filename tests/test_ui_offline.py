"""The process refuses to reach another machine, whatever library in it tries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ui.offline import is_loopback

TRY = """
import socket
from ui.offline import watch_connections
attempts = watch_connections(refuse=True)
with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
    pass
socket.getaddrinfo("localhost", 80)
for attempt in (lambda: socket.create_connection(("203.0.113.7", 80), timeout=1), lambda: socket.getaddrinfo("example.invalid", 80)):
    try:
        attempt()
    except PermissionError as error:
        print(error)
print(len(attempts))
"""


def test_other_machines_are_refused_and_recorded_and_loopback_is_not() -> None:
    root = Path(__file__).parents[1]
    environment = {"PYTHONPATH": str(root)}  # without the suite's own block: ours alone must hold
    done = subprocess.run([sys.executable, "-c", TRY], env=environment, capture_output=True, text=True, check=True)
    *refused, count = done.stdout.splitlines()
    assert [line.rsplit(" ", 1)[1] for line in refused] == ["203.0.113.7", "example.invalid"]
    assert int(count) == 2


@pytest.mark.parametrize(
    ("host", "stays"),
    [
        *[(host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost")],
        *[(host, False) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "")],
    ],
)
def test_what_stays_on_this_machine(host: str, stays: bool) -> None:
    assert is_loopback(host) is stays
