"""What every request passes before any route: who is asked (Host), from which page (Origin), with which password, for which path.

Pure ASGI, so that it stands in front of Gradio's mounted application and its event streams too. It does not encrypt: over a network,
put a TLS proxy in front.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.offline import is_loopback

COOKIE = "chuchu_session"
_WAIT_AFTER_A_WRONG_PASSWORD_S = 1.0

# Gradio's page carries its configuration and styles inline; everything else is as strict as it still runs.
CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

# What Gradio's page needs of Gradio's server. The rest (its file server, proxy, code editor, API listing) does not exist here.
_GRADIO_PATHS = {"", "config", "theme.css", "favicon.ico", "manifest.json", "robots.txt", "pwa_icon"}
_GRADIO_FOLDERS = ("assets/", "static/", "svelte/")
_GRADIO_CALLS = {"queue/join", "queue/data", "upload", "upload_progress", "startup-events", "cancel", "reset", "info", "theme.css"}


class Sessions:
    """The logins of this run. Without a password everyone is let in."""

    def __init__(self, password: str) -> None:
        self._password = password
        self._tokens: set[str] = set()

    def let_in(self, token: str) -> bool:
        """Whether a request with this session token may pass."""
        return not self._password or token in self._tokens

    async def open(self, password: str) -> str:
        """A new token for the right password, "" after a wait for a wrong one."""
        if not secrets.compare_digest(password.encode("utf-8", "replace"), self._password.encode()):
            await asyncio.sleep(_WAIT_AFTER_A_WRONG_PASSWORD_S)
            return ""
        token = secrets.token_urlsafe(32)
        self._tokens.add(token)
        return token


def host_name(netloc: str) -> str:
    """The name in a Host header or netloc, in lower case, without port or brackets; "" when it is malformed."""
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host


class Guard:
    """ASGI middleware: refuses what the module's first sentence lists, adds the security headers to what it lets through.

    hosts: names this server is reached by, besides the loopback names; "*" stands for every numeric address (binding to all
    interfaces): a page that rebinds its own name to our address is still refused, because its Host header is a name.
    chats: the paths Gradio is mounted at, as "/zh".
    """

    def __init__(self, app: ASGIApp, *, sessions: Sessions, hosts: Collection[str] = (), chats: Collection[str] = ()) -> None:
        self._app = app
        self._sessions = sessions
        self._hosts = {host.lower() for host in hosts}
        self._chats = tuple(chats)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, _with_headers(send, self._policy(scope["path"])))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, _with_headers(send, PAGE_POLICY))

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        host, path = headers.get("host", ""), scope["path"]
        if not self._is_ours(host_name(host)):
            return PlainTextResponse("This server does not go by that name; open it by its address.", 421)
        if not _same_origin(headers, host):
            return PlainTextResponse("Requests from other pages are refused.", 403)
        if path in ("/login", "/pages.css", "/favicon.ico"):
            return None
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        if not self._sessions.let_in(token):
            is_page = scope["type"] == "http" and scope["method"] == "GET" and not self._inside_chat(path)
            return RedirectResponse("/login", 303) if is_page else PlainTextResponse("Log in first.", 401)
        if not self._exists(path):
            return PlainTextResponse("Not found.", 404)
        return None

    def _is_ours(self, host: str) -> bool:
        return is_loopback(host) or host in self._hosts or ("*" in self._hosts and _is_address(host))

    def _inside_chat(self, path: str) -> bool:
        return any(path.startswith(f"{chat}/") and path != f"{chat}/" for chat in self._chats)

    def _exists(self, path: str) -> bool:
        for chat in self._chats:
            if path == chat or path.startswith(f"{chat}/"):
                inner = path.removeprefix(chat).lstrip("/")
                call = inner.removeprefix("gradio_api/")
                return inner in _GRADIO_PATHS or inner.startswith(_GRADIO_FOLDERS) or call in _GRADIO_CALLS
        return True

    def _policy(self, path: str) -> str:
        return CHAT_POLICY if path.startswith(tuple(f"{chat}/" for chat in self._chats)) else PAGE_POLICY


def _same_origin(headers: Headers, host: str) -> bool:
    """A browser names the page behind a request, save for plain reading; a program that names none carries nobody's cookies."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def _with_headers(send: Send, policy: str) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["content-security-policy"] = policy
            headers["x-content-type-options"] = "nosniff"
            headers["x-frame-options"] = "DENY"
            headers["referrer-policy"] = "same-origin"  # nothing to others; "no-referrer" would hide our own forms' Origin from us
            headers["cross-origin-opener-policy"] = "same-origin"
            headers["cross-origin-resource-policy"] = "same-origin"
        await send(message)

    return send_with_headers
