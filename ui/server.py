"""The web application: chat pages, source reader, login; and serving it. Bound to this machine unless a password is set."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Form, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response

from qa.errors import ChuchuError, NotInLibraryError
from qa.reading.page_images import PageRenderer
from ui.bundle_page import bundle_page
from ui.desk import Desk
from ui.early_script import EarlyScript
from ui.library_page import document_page, list_page
from ui.offline import is_loopback, prepare_environment
from ui.outline import counts_text, section_line
from ui.plain import decoding_text
from ui.reasons import SaidError, error_text
from ui.security import COOKIE, Guard, Sessions
from ui.sheets import page_png, sheets_of
from ui.source import BadLinkError, parse_spans, source_page
from ui.stream_ends import StreamEnds
from ui.templates import page_html
from ui.texts import Language, browser_language, say

if TYPE_CHECKING:
    from qa.assistant import Assistant

EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 (compared with, never bound to unasked)
CHATS: dict[Language, str] = {"zh": "/zh", "en": "/en"}
_HERE = Path(__file__).parent
_LANGUAGE_COOKIE = "chuchu_language"
_YEAR_S = 365 * 24 * 3600
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" fill="#a8321f"/>'
    '<path d="M9 7v18M9 10h13l-3 4 3 4H9" fill="none" stroke="#fbfaf7" stroke-width="3" stroke-linejoin="round"/></svg>'
)
_UPLOAD_LIMIT = "200mb"


class PortTakenError(SaidError):
    """The address cannot be listened on."""


def create_app(
    assistant: Assistant,
    *,
    password: str = "",
    allowed_hosts: Collection[str] = (),
    open_own: Callable[[], Assistant] | None = None,
    examples: Sequence[str] = (),
) -> FastAPI:
    """The whole application over an open assistant, which it closes at its end.

    password: asked before every route; "" asks nobody and is right for loopback alone. allowed_hosts: names it is reached by besides
    the loopback ones, "*" for any numeric address. open_own, examples: for the sample; see `Desk` and `build_chat`.
    """
    prepare_environment()
    desk = Desk(assistant, open_own=open_own)
    renderer = PageRenderer()
    cache = _upload_cache(assistant.library.folder)
    os.environ["GRADIO_TEMP_DIR"] = str(cache)  # before Gradio looks: files on their way in stay beside the library

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        renderer.close()
        desk.close()
        shutil.rmtree(cache, ignore_errors=True)

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    sessions = Sessions(password)
    _add_pages(app, desk, sessions, renderer)
    for language, path in CHATS.items():
        _mount_chat(app, desk, language, path, examples=examples, local=not allowed_hosts)
    app.add_middleware(StreamEnds)
    app.add_middleware(EarlyScript, paths=[f"{path}/" for path in CHATS.values()])
    app.add_middleware(Guard, sessions=sessions, hosts=allowed_hosts, chats=tuple(CHATS.values()))
    return app


def _upload_cache(library: Path) -> Path:
    """An empty folder for files on their way in: inside the library, or a temporary one beside a library that cannot be written."""
    cache = library / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    try:
        cache.mkdir()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="chuchu-"))
    return cache


def _mount_chat(app: FastAPI, desk: Desk, language: Language, path: str, *, examples: Sequence[str], local: bool) -> None:
    import gradio as gr

    from ui.chat import build_chat

    page = build_chat(desk, language, examples=examples, local=local)
    gr.mount_gradio_app(
        app,
        page.queue(max_size=64),
        path,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        max_file_size=_UPLOAD_LIMIT,
        css_paths=_HERE / "chat.css",
        theme=_theme(),
        enable_monitoring=False,
    )
    # A heartbeat would hold one connection for each tab, and browsers open six to a server: with six tabs open nothing would load any more.
    # What it serves, forgetting a page's state an hour after the page is left, the state's own time does (`chat.build_chat`).
    page.config["connect_heartbeat"] = False


def _theme() -> Any:
    """Gradio's default with fonts of the system alone: a named web font would be asked of another machine."""
    import gradio as gr

    fonts = ["system-ui", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "sans-serif"]
    mono = ["ui-monospace", "Menlo", "Consolas", "monospace"]
    theme = gr.themes.Default(primary_hue="stone", neutral_hue="stone", radius_size="md", font=fonts, font_mono=mono)
    return theme.set(
        body_text_color_subdued="*neutral_500",
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#171614",
        button_primary_background_fill="#a8321f",
        button_primary_background_fill_hover="#8e2818",
        button_primary_background_fill_dark="#a8321f",
        button_primary_background_fill_hover_dark="#bd4330",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        block_border_color="#e5e0d6",
        block_border_color_dark="#35322c",
    )


def _add_pages(app: FastAPI, desk: Desk, sessions: Sessions, renderer: PageRenderer) -> None:
    def shown(template: str, request: Request, made: Callable[[Language], dict[str, object]]) -> Response:
        """The page of what is made for it, or the page that says why there is none."""
        language = _language(request)
        try:
            values = made(language)
        except BadLinkError as error:
            return _page("error.html", language, 400, message=say(language, str(error)))
        except NotInLibraryError:
            return _page("error.html", language, 404, message=say(language, "not_in_library"))
        except ChuchuError as error:
            return _page("error.html", language, 500, message=error_text(error, language))
        return _page(template, language, 200, **values)

    @app.get("/")
    def start(request: Request, lang: str = "") -> Response:
        chosen: Language = "zh" if lang == "zh" else "en" if lang == "en" else _language(request)
        response = RedirectResponse(f"{CHATS[chosen]}/", 303)
        if lang:
            response.set_cookie(_LANGUAGE_COOKIE, chosen, max_age=_YEAR_S, httponly=True, samesite="lax")
        return response

    @app.get("/source/{doc_id}")
    def source(request: Request, doc_id: str, v: str = "", s: str = "", at: str = "", page: str = "") -> Response:
        def made(language: Language) -> dict[str, object]:
            marks = parse_spans(doc_id, v, s)
            library = desk.library_of(doc_id)
            text = source_page(library, doc_id, v, marks, at, language)
            sheets = sheets_of(library, renderer, doc_id, v, marks, page, language)
            return {"page": text, "sheets": sheets, "read_as": f"/library/{doc_id}" + (f"?v={v}" if v else "")}

        return shown("source.html", request, made)

    @app.get("/library")
    def documents(request: Request, q: str = "", order: str = "", page: str = "") -> Response:
        def made(language: Language) -> dict[str, object]:
            return {"page": list_page(desk.assistant.library, q, order, page), "decoding_text": decoding_text}

        return shown("library.html", request, made)

    @app.get("/library/{doc_id}")
    def document(request: Request, doc_id: str, v: str = "") -> Response:
        def made(language: Language) -> dict[str, object]:
            parse_spans(doc_id, v, "")
            page = document_page(desk.library_of(doc_id), doc_id, v, language)
            return {"page": page, "counts_text": counts_text, "section_line": section_line}

        return shown("document.html", request, made)

    @app.get("/source/{doc_id}/page/{number}.png")
    def page_image(request: Request, doc_id: str, number: str, v: str = "") -> Response:
        language = _language(request)
        try:
            parse_spans(doc_id, v, "")
            image = page_png(desk.library_of(doc_id), renderer, doc_id, v, number)
        except BadLinkError as error:
            return PlainTextResponse(say(language, str(error)), 400)
        except NotInLibraryError:
            return PlainTextResponse(say(language, "not_in_library"), 404)
        except ChuchuError as error:
            return PlainTextResponse(error_text(error, language), 500)
        return Response(image, media_type="image/png", headers={"cache-control": "no-store"})  # nothing of it stays when it is removed

    @app.get("/bundle/{answer_id}")
    def bundle(request: Request, answer_id: str) -> Response:
        language = _language(request)
        try:
            page = bundle_page(desk.bundle(answer_id), language)
        except (KeyError, NotInLibraryError):
            return _page("error.html", language, 404, message=say(language, "bundle_gone"))
        except ChuchuError as error:
            return _page("error.html", language, 500, message=error_text(error, language))
        named = {"content-disposition": f'attachment; filename="chuchu-{answer_id}.html"', "cache-control": "no-store"}
        return Response(page, media_type="text/html; charset=utf-8", headers=named)

    @app.get("/login")
    def login_page(request: Request) -> Response:
        return RedirectResponse("/", 303) if sessions.let_in("") else _page("login.html", _language(request), wrong=False)

    @app.post("/login")
    async def login(request: Request, password: str = Form("")) -> Response:
        token = await sessions.open(password)
        if not token:
            return _page("login.html", _language(request), 401, wrong=True)
        response = RedirectResponse("/", 303)
        response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https")
        return response

    @app.get("/pages.css")
    def pages_css() -> Response:
        return FileResponse(_HERE / "pages.css", media_type="text/css")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(_ICON, media_type="image/svg+xml")

    @app.get("/chat.js")
    def chat_js() -> Response:
        return FileResponse(_HERE / "chat.js", media_type="text/javascript")


def _language(request: Request) -> Language:
    """The language chosen by the link, else the browser's."""
    chosen = request.cookies.get(_LANGUAGE_COOKIE, "")
    return "zh" if chosen == "zh" else "en" if chosen == "en" else browser_language(request.headers.get("accept-language", ""))


def _page(template: str, language: Language, status: int = 200, **values: object) -> Response:
    return HTMLResponse(page_html(template, language, **values), status)


def listen(host: str, port: int, language: Language) -> socket.socket:
    """A listening socket, made before anything heavy so that a taken port is told at once. PortTakenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        key = "port_taken" if error.errno in (48, 98, 10048) else "cannot_bind"  # EADDRINUSE on macOS, Linux, Windows
        raise PortTakenError(say(language, key, host=host, port=port, reason=error.strerror or error)) from None
    return listener


def address(host: str, port: int) -> str:
    """What to type into a browser; this machine's name where every interface is bound."""
    name = socket.gethostname() if host in EVERY_INTERFACE else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def allowed_hosts(host: str) -> tuple[str, ...]:
    """The names a server bound to this host is reached by, besides the loopback ones."""
    if is_loopback(host):
        return ()
    return ("*", socket.gethostname()) if host in EVERY_INTERFACE else (host,)


def serve(app: FastAPI, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until interrupted; `ready` is called once requests are answered."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=1, ws="none", lifespan="on")
    Server(config).run(sockets=[listener])
