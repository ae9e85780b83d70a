"""What must be true of a process before it imports torch or gradio, and the proof that it connects to nobody.

Connections that C libraries open without Python are not seen here; the libraries we use open theirs through `socket`.
"""

from __future__ import annotations

import os
import socket
import sys
from ipaddress import ip_address

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "TOKENIZERS_PARALLELISM": "false",  # its threads do not survive a fork and warn about it
    "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads on shared cores make torch five to twenty times slower
}


def prepare_environment() -> None:
    """Set what keeps the libraries offline, over whatever the user's shell says. Call before any heavy import."""
    os.environ.update(_ENVIRONMENT)


def is_loopback(host: str) -> bool:
    """True for a name or address that never leaves this machine."""
    if host in ("localhost", "localhost.localdomain"):
        return True
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False


def watch_connections(*, refuse: bool, allowed: str = "") -> list[str]:
    """From now on, every attempt of this process to look up or reach another machine is written into the returned list.

    With `refuse` the attempt also fails with PermissionError. allowed: the host of the model server that the user named; it, and the
    addresses its name has now, are let through. Python has no way to take an audit hook off again.
    """
    let_through = {allowed, *_addresses(allowed)} if allowed else set()
    attempts: list[str] = []

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = args[0]
        elif event in ("socket.connect", "socket.sendto"):
            address = args[1]
            host = address[0] if isinstance(address, tuple) else None  # a path: a local socket
        else:
            return
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or not name or is_loopback(name) or name in let_through:
            return
        attempts.append(f"{event} {name}")
        if refuse:
            raise PermissionError(f"Chuchu connects to nobody; refused: {event} {name}")

    sys.addaudithook(hook)
    return attempts


def _addresses(host: str) -> set[str]:
    try:
        return {str(address[0]) for *_, address in socket.getaddrinfo(host, None)}
    except OSError:
        return set()  # asking it will fail in the same way, and say so
