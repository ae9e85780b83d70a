"""The list of documents and the page of one: what they show, in which order, with links that open; and that nothing gets through them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from embeddings.hashing_encoder import HashingEncoder
from qa.assistant import Assistant
from qa.errors import NotInLibraryError
from qa.records import Decoding, DocumentInfo
from tests.test_ui_server import HOSTILE, client_of
from ui.library_page import ROWS, list_page
from ui.source import BadLinkError

HERE = "http://127.0.0.1:7860"
ISSUE = """渡口周刊

目录
渡口的冬天 何守田 2
木桥的来历 陆远 3
船票的价钱 何青 4

渡口的冬天
何守田

去年冬天水小，渡船停了三个月，两岸的人只好绕到下游的石桥上去，一趟要多走一个钟头。
摆渡人每天早上仍到渡口来，把船里的积水舀干，看一看缆绳，然后坐在石阶上抽一袋烟。

木桥的来历
陆远

木桥建于1931年，全长二百一十米，由同乡会集资，镇上的木匠差不多都来帮过工。
一九五八年大水之后，木桥改建为石桥，旧桥墩至今还立在水里，水浅的时候看得见。

船票的价钱
何青

船票起先两分钱一张，后来涨到五分，学生和挑担子的人一直不收钱，这是老规矩。
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("pages")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "issue.txt").write_text(ISSUE, encoding="utf-8")
    (documents / "hostile.txt").write_text(HOSTILE, encoding="utf-8")
    (documents / "<b>&amp;.txt").write_text("临时告示：渡口停航三日。", encoding="utf-8")
    with Assistant.open(folder / "library", encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([documents])
        yield assistant


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> TestClient:
    return client_of(assistant, HERE)


def info_of(assistant: Assistant, name: str) -> DocumentInfo:
    [info] = [info for info in assistant.library.documents() if Path(info.path).name == name]
    return info


class Shelf:
    """A library of invented descriptions."""

    def __init__(self, count: int) -> None:
        decoding = Decoding("utf-8", "utf-8")
        one = DocumentInfo(
            *("0" * 16, "f" * 64, "", "", (), "", "", "", "text/plain", "text/1", decoding, "hans", "present", 10, 0, 1, "/", "")
        )
        self.infos = [
            replace(one, path=f"/{number:04}.txt", title=f"题{count - number:04}", n_passages=number % 7, published=str(1900 + number % 3))
            for number in range(count)
        ]
        self.infos[0] = replace(self.infos[0], published="", authors=("何守田",))

    def documents(self) -> list[DocumentInfo]:
        return self.infos


def test_the_list_is_put_in_order_and_what_is_empty_comes_last() -> None:
    shelf = Shelf(9)

    def paths(order: str) -> list[str]:
        return [info.path[1:5] for info in list_page(shelf, "", order, "").documents]  # type: ignore[arg-type]

    assert paths("") == [f"{number:04}" for number in range(9)]
    assert paths("title") == [f"{number:04}" for number in reversed(range(9))]
    assert paths("-title") == paths("")
    assert paths("published") == ["0003", "0006", "0001", "0004", "0007", "0002", "0005", "0008", "0000"]
    assert paths("-published") == ["0002", "0005", "0008", "0001", "0004", "0007", "0003", "0006", "0000"]
    assert paths("passages")[:3] == ["0000", "0007", "0001"]
    [descending] = [column.link for column in list_page(shelf, "题", "title", "").columns if column.direction]  # type: ignore[arg-type]
    assert descending == "/library?q=%E9%A2%98&order=-title"


def test_every_document_is_on_exactly_one_page_of_the_list() -> None:
    shelf = Shelf(2 * ROWS + 3)
    seen, number = [], 1
    while True:
        page = list_page(shelf, "", "title", str(number))  # type: ignore[arg-type]
        seen += [info.path for info in page.documents]
        if not page.later:
            break
        number += 1
    assert number == page.pages == 3
    assert sorted(seen) == [info.path for info in shelf.infos]
    assert list_page(shelf, "", "", "999").number == 3, "a page that is no longer there"  # type: ignore[arg-type]
    assert [info.path for info in list_page(shelf, "何守田 题", "", "").documents] == ["/0000.txt"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "number"), [("size", ""), ("--title", ""), ("", "0"), ("", "-1"), ("", "٣"), ("", "1e9"), ("", "9999999")]
)
def test_an_order_or_a_page_that_cannot_be_is_a_bad_link(order: str, number: str) -> None:
    with pytest.raises(BadLinkError):
        list_page(Shelf(1), "", order, number)  # type: ignore[arg-type]


def test_the_page_of_an_issue_shows_its_articles_and_every_link_opens_the_place(client: TestClient, assistant: Assistant) -> None:
    info = info_of(assistant, "issue.txt")
    assert f'href="/library/{info.doc_id}"' in client.get("/library?q=issue").text
    page = client.get(f"/library/{info.doc_id}", headers={"accept-language": "zh"}).text
    titles = [html.unescape(title) for title in re.findall(r'<h3 lang="zh"><a href="[^"]*">([^<]*)</a>', page)]
    assert titles == ["渡口的冬天", "木桥的来历", "船票的价钱"]
    assert "何守田" in page
    assert "目录" in page
    assert "字节合乎 UTF-8" in page
    assert info.version in page
    links = [html.unescape(link) for link in re.findall(r'href="(/source/[^"]*)"', page)]
    assert len(links) > 5
    for link in links:
        assert client.get(link).status_code == 200
    [place] = [html.unescape(link) for link in re.findall(r'<h3 lang="zh"><a href="([^"]*)">木桥的来历', page)]
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", client.get(place).text) == ["木桥的来历"]


def test_nothing_hostile_gets_through(client: TestClient, assistant: Assistant) -> None:
    for path in ("/library", "/library?q=%3Cscript%3E", *(f"/library/{info.doc_id}" for info in assistant.library.documents())):
        page = client.get(path)
        assert page.status_code == 200
        tags = set(re.findall(r"<\s*/?\s*([a-zA-Z!]+)", page.text))
        assert not tags & {"script", "img", "svg", "iframe", "object", "embed"}
        assert not re.search(r"<[^>]*\bon\w+\s*=", page.text)
        assert "javascript:" not in "".join(re.findall(r'(?:href|src|action)="([^"]*)"', page.text))
        assert "script" not in page.headers["content-security-policy"]
    assert "&lt;b&gt;&amp;amp;.txt" in client.get("/library").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/library?order=size", 400),
        ("/library?page=0", 400),
        ("/library?q=" + "水" * 300, 200),
        ("/library/0123456789abcdef", 404),
        ("/library/0123456789abcdeg", 400),
        ("/library/..%2f..%2fetc%2fpasswd", 404),
        ("/library/{doc}?v=../../etc/passwd", 400),
        ("/library/{doc}?v=" + "a" * 64, 404),
    ],
)
def test_a_bad_link_is_one_sentence(client: TestClient, assistant: Assistant, path: str, status: int) -> None:
    answer = client.get(path.format(doc=info_of(assistant, "issue.txt").doc_id))
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert "root:" not in answer.text


def test_the_pages_stand_behind_the_same_guard(client: TestClient, assistant: Assistant) -> None:
    for path in ("/library", f"/library/{info_of(assistant, 'issue.txt').doc_id}"):
        assert client.get(path, headers={"host": "evil.example"}).status_code == 421
        assert client.get(path, headers={"origin": "http://evil.example"}).status_code == 403
    guarded = client_of(assistant, "http://library.example", password="一字之师", allowed_hosts=("library.example",))
    assert guarded.get("/library").headers["location"] == "/login"


def test_missing_and_old_versions_are_shown_as_such(tmp_path: Path) -> None:
    notice = tmp_path / "documents" / "notice.txt"
    notice.parent.mkdir()
    (notice.parent / "other.txt").write_text("渡口照常开航。", encoding="utf-8")
    notice.write_text("临时告示：渡口停航三日。", encoding="utf-8")
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([notice.parent])
        old = info_of(assistant, "notice.txt")
        client = client_of(assistant, HERE)
        assert "notice" not in re.findall(r'class="(\w+)"', client.get(f"/library/{old.doc_id}").text)
        notice.write_text("临时告示：渡口停航五日，请绕行。", encoding="utf-8")
        assistant.ingest([notice.parent])
        current = client.get(f"/library/{old.doc_id}").text
        assert "older version" not in current
        assert f"/library/{old.doc_id}?v={old.version}" in current, "the old one is linked"
        before = client.get(f"/library/{old.doc_id}?v={old.version}").text
        assert "older version" in before
        assert f"/source/{old.doc_id}?v={old.version}" in before
        assert [info.version for info in assistant.library.versions(old.doc_id)][1] == old.version
        notice.unlink()
        assistant.ingest([notice.parent])
        assert "file is gone" in client.get("/library").text
        assert "no longer where it was" in client.get(f"/library/{old.doc_id}").text
        assistant.remove([old.doc_id])
        assert client.get(f"/library/{old.doc_id}").status_code == 404
        with pytest.raises(NotInLibraryError):
            assistant.library.versions(old.doc_id)
