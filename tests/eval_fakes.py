"""A collection of two short documents and a system that is scripted, for the tests of the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.collection import Collection
from eval.gold import GoldSpan, Query
from eval.systems.records import Claim, Place, Quote, Response
from qa.records import Block, Decoding, Document, DocumentInfo, Passage, Span

TEXT = "图书馆周一闭馆，旧馆也是。新馆共三层，藏书八万册，座位二百个，全年都开放。茶厂在河西。"
COPY = "转载：新馆共三层，藏书八万册，座位二百个，全年都开放。馆长说明年再扩建。"
TEXTS = {"news/a.txt": TEXT, "news/b.txt": COPY}
PARTS = {"news/a.txt": [(0, 13), (13, 37), (37, 43)], "news/b.txt": [(0, 27), (27, 36)]}

A1, A2, A3 = (Place("news/a.txt", (Span(*part),)) for part in PARTS["news/a.txt"])
B1, B2 = (Place("news/b.txt", (Span(*part),)) for part in PARTS["news/b.txt"])

CLOSED = Query("q1", "哪天闭馆？", ("周一",), True, (GoldSpan("news/a.txt", 3, 5),), (GoldSpan("news/a.txt", 0, 37),), ("type: when",))
FLOORS = Query(
    "q2", "新馆有几层？", ("三层", "3层"), True, (GoldSpan("news/a.txt", 16, 18),), (GoldSpan("news/a.txt", 0, 37),), ("type: how many",)
)
MOVED = Query("q3", "茶厂何时搬？", (), False, (), ())
QUERIES = (CLOSED, FLOORS, MOVED)


class TwoDocuments:
    """A library of the two, as `Collection` reads one."""

    def documents(self) -> list[DocumentInfo]:
        return [
            DocumentInfo(
                name, "v1", f"/home/reader/papers/{name}", "", (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", "present",
                len(text), len(PARTS[name]), 1, "/home/reader/papers", "",
            )
            for name, text in TEXTS.items()
        ]  # fmt: skip

    def document(self, doc_id: str, version: str = "") -> Document:
        text = TEXTS[doc_id]
        blocks = (Block("paragraph", (Span(0, len(text)),)),)
        return Document(doc_id, "v1", doc_id, "", (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", text, blocks)

    def passages(self, doc_id: str) -> list[Passage]:
        return [
            Passage(f"{doc_id}-{number}", doc_id, "v1", number, (Span(start, end),), TEXTS[doc_id][start:end])
            for number, (start, end) in enumerate(PARTS[doc_id])
        ]


def collection() -> Collection:
    return Collection(TwoDocuments())


def claim(*places: Place, text: str = "") -> Claim:
    """A statement that quotes places; text: what it says, when it is not the quotes."""
    quotes = tuple(Quote(place.document, TEXTS[place.document][place.spans[0].start : place.spans[0].end], place.spans) for place in places)
    return Claim(text or "".join(quote.text for quote in quotes), quotes)


def answered(query: Query, hits: Sequence[Place], *claims: Claim, confidence: float = 0.5, short_answer: str = "") -> Response:
    return Response(query.query_id, tuple(hits), True, claims=claims, confidence=confidence, short_answer=short_answer, ms=2.0)


def refused(query: Query, hits: Sequence[Place] = (), *, withheld: str = "", confidence: float = 0.1) -> Response:
    return Response(query.query_id, tuple(hits), True, refused=True, reason="too_weak", withheld=withheld, confidence=confidence, ms=1.0)


class Scripted:
    """Gives what it was told to give."""

    def __init__(self, *responses: Response, name: str = "scripted") -> None:
        self.name = name
        self.asked = 0
        self._responses = {response.query_id: response for response in responses}

    def respond(self, queries: Sequence[Query]) -> Iterator[Response]:
        for query in queries:
            self.asked += 1
            yield self._responses[query.query_id]
