"""The block on outgoing connections is itself under test: a hook that sees nothing would pass every suite."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ATTEMPT = """
import socket
try:
    socket.create_connection(("203.0.113.7", 80), timeout=1)
except OSError as error:
    print(type(error).__name__)
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of this test alone, so that its attempts do not fail the session."""
    path = tmp_path / "outgoing.log"
    monkeypatch.setenv("CHUCHU_AUDIT_LOG", str(path))
    return path


def test_a_connection_out_of_this_process_is_blocked_and_recorded(log: Path) -> None:
    with pytest.raises(ConnectionError, match="blocked"):
        socket.getaddrinfo("example.invalid", 80)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, pytest.raises(ConnectionError, match="blocked"):
        udp.sendto(b"x", ("203.0.113.7", 53))
    names, datagrams = log.read_text(encoding="utf-8").splitlines()
    assert names.startswith("socket.getaddrinfo 'example.invalid'")
    assert datagrams.startswith("socket.sendto ('203.0.113.7', 53)")
    assert "test_a_connection_out_of_this_process" in datagrams


def test_a_connection_out_of_a_child_process_is_blocked_and_recorded(log: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ATTEMPT], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "OutgoingConnectionError"
    assert "203.0.113.7" in log.read_text(encoding="utf-8")


def test_loopback_and_local_sockets_stay_open(log: Path, tmp_path: Path) -> None:
    for family, address in [(socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(tmp_path / "socket"))]:
        with socket.socket(family) as server, socket.socket(family) as client:
            server.bind(address)
            server.listen()
            client.connect(server.getsockname())
    socket.getaddrinfo("localhost", 80)
    assert not log.exists()


def test_the_suite_writes_nothing_into_the_users_folders() -> None:
    home = Path(os.environ["HOME"])
    assert home.name.startswith("chuchu-tests-")
    assert Path(os.environ["CHUCHU_LIBRARY"]).is_relative_to(home)
