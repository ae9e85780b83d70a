"""The web application over a small library: the source reader shows text as text, and nobody else's request comes through."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.records import DocumentInfo
from ui.server import create_app
from ui.source import WINDOW

HERE = "http://127.0.0.1:7860"
HOSTILE = """青石渡的账本 <script>alert(1)</script>

<img src="http://example.invalid/a.png" onerror="alert(2)"> 摆渡人说：**水涨**了 [点](javascript:alert(3))。

{{ 7 * 7 }} {% include "page.html" %} </p></main><svg onload=alert(4)>
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("ui")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "hostile.txt").write_text(HOSTILE, encoding="utf-8")
    (documents / "long.txt").write_text(
        "\n\n".join(f"第{number}段：渡口的水位又涨了一寸。" * 20 for number in range(700)), encoding="utf-8"
    )
    with Assistant.open(folder / "library", encoder=HashingEncoder(dim=256)) as assistant:
        assistant.ingest([documents])
        yield assistant


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return client_of(assistant, HERE)


def client_of(assistant: Assistant, base_url: str, **options: Any) -> TestClient:
    async def made() -> FastAPI:  # inside a running loop: without one Gradio opens several and never closes them
        return create_app(assistant, **options)

    return TestClient(asyncio.run(made()), base_url=base_url, follow_redirects=False)


def info_of(assistant: Assistant, name: str) -> DocumentInfo:
    [info] = [info for info in assistant.library.documents() if Path(info.path).name == name]
    return info


def test_a_hostile_document_is_shown_as_text(client: TestClient, assistant: Assistant) -> None:
    info = info_of(assistant, "hostile.txt")
    end = info.n_characters
    page = client.get(f"/source/{info.doc_id}?v={info.version}&s=0-{end}")
    assert page.status_code == 200
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!]+)", page.text))
    assert not tags & {"script", "img", "svg", "iframe", "object", "embed"}
    assert not re.search(r"<[^>]*\bon\w+\s*=", page.text)
    assert "javascript:" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', page.text))
    assert "{{ 7 * 7 }}" in page.text
    marked = "".join(html.unescape(mark) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", page.text, re.DOTALL))
    assert re.sub(r"\s", "", marked) == re.sub(r"\s", "", assistant.library.document(info.doc_id).text)


def test_the_reader_marks_every_span_and_anchors_the_first(client: TestClient, assistant: Assistant) -> None:
    info = info_of(assistant, "hostile.txt")
    page = client.get(f"/source/{info.doc_id}?v={info.version}&s=0-3,4-6")
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", page.text) == ["青石渡", "账本"]
    assert page.text.count('id="quote"') == 1
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "<script" not in page.text


def test_a_long_document_is_shown_in_bounded_pages(client: TestClient, assistant: Assistant) -> None:
    info = info_of(assistant, "long.txt")
    middle = info.n_characters // 2
    page = client.get(f"/source/{info.doc_id}?v={info.version}&s={middle}-{middle + 10}")
    assert 'id="quote"' in page.text
    assert len(page.text) < 3 * WINDOW
    seen, link = 0, f"/source/{info.doc_id}?at=0"
    text = assistant.library.document(info.doc_id).text
    while link:
        shown = client.get(link).text
        body = html.unescape(re.sub(r"<[^>]*>", "", shown[shown.index("<main") : shown.index("</main>")]))
        seen += len(re.sub(r"\s", "", body))
        later = re.search(r'href="([^"]*)">↓', shown)
        link = html.unescape(later[1]) if later else ""
    assert seen == len(re.sub(r"\s", "", text))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/source/../../etc/passwd", 404),
        ("/source/..%2f..%2fetc%2fpasswd", 404),
        ("/source/%2e%2e", 400),
        ("/source//etc/passwd", 404),
        ("/source/%2fetc%2fpasswd", 404),
        ("/source/0123456789abcdeg", 400),
        ("/source/0123456789abcde", 400),
        ("/source/0123456789abcdef%00", 400),
        ("/source/0123456789abcdef", 404),
        ("/source/0123456789abcdef?v=../../etc/passwd", 400),
        ("/source/0123456789abcdef?v=%2fetc%2fpasswd", 400),
        ("/source/0123456789abcdef?v=" + "a" * 64, 404),
        ("/source/{doc}?v={version}&s=../../etc/passwd", 400),
        ("/source/{doc}?v={version}&s=/etc/passwd", 400),
        ("/source/{doc}?v={version}&s=5-2", 400),
        ("/source/{doc}?v={version}&s=0-999999999", 400),
        ("/source/{doc}?v={version}&s=0-1,", 400),
        ("/source/{doc}?v={version}&s=٣-٤", 400),
        ("/source/{doc}?v={version}&at=../..", 400),
        ("/source/{doc}?v={version}&at=-1", 400),
        ("/bundle/0123456789abcdef", 404),
        ("/bundle/..%2f..%2fetc%2fpasswd", 404),
        ("/zh/gradio_api/file=/etc/passwd", 404),
        ("/zh/gradio_api/file=../../etc/passwd", 404),
        ("/zh/file=/etc/passwd", 404),
        ("/zh/gradio_api/proxy=http://example.invalid/", 404),
        ("/zh/gradio_api/openapi.json", 404),
        ("/zh/static/../../../etc/passwd", 404),
        ("/zh/assets/..%2f..%2f..%2fetc%2fpasswd", 403),
        ("/openapi.json", 404),
        ("/docs", 404),
        ("/pages.css/../texts.py", 404),
    ],
)
def test_a_path_in_any_url_parameter_leads_nowhere(client: TestClient, assistant: Assistant, path: str, status: int) -> None:
    info = info_of(assistant, "hostile.txt")
    answer = client.get(path.format(doc=info.doc_id, version=info.version))
    assert answer.status_code == status
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/", "/zh/", "/en/", "/source/0123456789abcdef", "/pages.css", "/zh/config", "/login"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7860", "10.0.0.7", "", "[::1"])
def test_a_foreign_host_is_refused_everywhere(client: TestClient, path: str, host: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "LOCALHOST"])
def test_the_loopback_names_are_served(client: TestClient, host: str) -> None:
    assert client.get("/pages.css", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:7861", "http://localhost:7860", "file://"])
@pytest.mark.parametrize("path", ["/zh/gradio_api/queue/join", "/zh/gradio_api/upload", "/login"])
def test_a_request_from_another_page_changes_nothing(client: TestClient, origin: str, path: str) -> None:
    assert client.post(path, headers={"origin": origin}).status_code == 403
    assert client.get("/zh/config", headers={"origin": origin}).status_code == 403


def test_our_own_page_may_post(client: TestClient) -> None:
    assert client.post("/zh/gradio_api/queue/join", headers={"origin": HERE}, json={}).status_code == 422


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/zh/", "/source/0123456789abcdef", "/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "http:" not in headers["content-security-policy"]
        assert "*" not in headers["content-security-policy"]
    assert "connect-src 'self'" in client.get("/zh/").headers["content-security-policy"]


def test_the_page_speaks_the_browsers_language_until_another_is_chosen(client: TestClient) -> None:
    def go(path: str, **headers: str) -> str:
        return client.get(path, headers=headers).headers["location"]

    assert go("/", **{"accept-language": "zh-TW,zh;q=0.9"}) == "/zh/"
    assert go("/", **{"accept-language": "de"}) == "/en/"
    assert go("/?lang=//evil.example", **{"accept-language": "zh"}) == "/zh/"
    client.cookies.clear()
    chosen = client.get("/?lang=en", headers={"accept-language": "zh"})
    assert chosen.headers["location"] == "/en/"
    assert go("/", **{"accept-language": "zh", "cookie": chosen.headers["set-cookie"].split(";")[0]}) == "/en/"
    client.cookies.clear()


def test_our_script_comes_before_gradios(client: TestClient) -> None:
    page = client.get("/zh/", headers={"accept-encoding": "br, gzip"})
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert scripts[0] == '<script src="/chat.js">'
    assert int(page.headers["content-length"]) == len(page.content)


@pytest.fixture(scope="module")
def guarded(assistant: Assistant) -> TestClient:
    return client_of(assistant, "http://library.example", password="一字之师", allowed_hosts=("library.example",))


def test_with_a_password_every_route_asks_for_it(guarded: TestClient, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.security._WAIT_AFTER_A_WRONG_PASSWORD_S", 0.0)
    info = info_of(assistant, "hostile.txt")
    routes = ["/", "/zh/", "/en/", f"/source/{info.doc_id}", "/chat.js", "/nothing"]
    for route in routes:
        answer = guarded.get(route)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    for route in ("/zh/config", "/zh/gradio_api/info", "/zh/theme.css", "/en/gradio_api/queue/data"):
        assert guarded.get(route).status_code == 401
    assert guarded.post("/zh/gradio_api/upload").status_code == 401
    assert guarded.get("/zh/", headers={"cookie": "chuchu_session=" + "a" * 43}).status_code == 303
    assert guarded.get("/login").status_code == 200
    assert guarded.post("/login", data={"password": "一字之徒"}).status_code == 401
    assert guarded.post("/login", data={}).status_code == 401
    opened = guarded.post("/login", data={"password": "一字之师"})
    assert opened.headers["location"] == "/"
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert guarded.get(f"/source/{info.doc_id}").status_code == 200  # the client keeps the cookie
    assert guarded.get("/zh/config").status_code == 200


def test_a_removed_document_opens_no_longer(client: TestClient, assistant: Assistant, tmp_path: Path) -> None:
    notice = tmp_path / "brief.txt"
    (tmp_path / "other.txt").write_text("渡口照常开航。", encoding="utf-8")
    notice.write_text("临时告示：渡口停航三日。", encoding="utf-8")
    assistant.ingest([tmp_path])
    info = info_of(assistant, "brief.txt")
    link = f"/source/{info.doc_id}?v={info.version}&s=0-4"
    assert client.get(link).status_code == 200
    notice.write_text("临时告示：渡口停航五日，请绕行。", encoding="utf-8")
    assistant.ingest([tmp_path])
    old = client.get(link)
    assert "停航三日" in old.text
    assert "older version" in old.text
    notice.unlink()
    assistant.ingest([tmp_path])
    assert "no longer where it was" in client.get(f"/source/{info.doc_id}").text
    assistant.remove([info.doc_id])
    assert client.get(link).status_code == 404
