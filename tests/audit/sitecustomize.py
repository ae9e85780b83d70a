"""Blocks and records every connection that would leave this machine, in whichever Python process loads it.

The suite puts this folder first on PYTHONPATH, so every Python child process loads it at its start; `tests/conftest.py` loads it into the
suite's own process. An attempt is one line in the file that CHUCHU_AUDIT_LOG names, and fails as an unplugged cable would, with an
OSError; the suite fails at its end when the file is not empty. Not seen: sockets that a C or Rust library opens without Python's socket
module, and a child that is started with an emptied environment or with `python -I`.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import Any

# Audit event -> the place of the host, or of the (host, port) address, among its arguments.
_EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
    "socket.getnameinfo": 0,
}


class OutgoingConnectionError(ConnectionError):
    """This process tried to reach another machine."""


def leaves_this_machine(address: object) -> bool:
    """Whether a host or a socket address is neither loopback, nor unspecified, nor a local (AF_UNIX, AF_NETLINK) one."""
    host = address[0] if isinstance(address, tuple) and address else address
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or not host:
        return False
    if host == address and "/" in host:  # an AF_UNIX path
        return False
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return host != "localhost"
    return not (ip.is_loopback or ip.is_unspecified)


def _watch(event: str, args: tuple[Any, ...]) -> None:
    place = _EVENTS.get(event)
    if place is None or not leaves_this_machine(args[place]):
        return
    during = os.environ.get("PYTEST_CURRENT_TEST", "no test")
    attempt = f"{event} {args[place]!r} in {sys.argv!r}, process {os.getpid()}, during {during}"
    log = os.environ.get("CHUCHU_AUDIT_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not imported at every start
            file.write(attempt + "\n")
    raise OutgoingConnectionError(f"blocked: {attempt}")


sys.addaudithook(_watch)
