"""The report: every figure and text is there, whatever is in it, and the same bytes come from the same evaluation."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures import (
    BY_NAME,
    CONTEXT,
    DEPTH,
    EXACT,
    IN_ANY,
    IN_FIRST,
    IN_HITS,
    MEASURES,
    MRR,
    NDCG,
    ORDER,
    REFUSED,
    SPAN,
    WRONGLY_REFUSED,
)
from eval.metrics.intervals import Metric
from eval.metrics.refusal import Bin, Point
from eval.report import plots
from eval.report.page import page
from eval.report.views import families, headlines, refusal_figures, remarks, systems_tables
from eval.report.worst import Piece, pieces, worst_cases
from eval.results import Config, Environment, Evaluation, QueryResult, Result, Score, Slice, SystemResult, Timed

CONFIG = Config("lakes", "ab" * 32, "lake papers", "cd" * 32, "hash-0123", "0123456789abcdef", 12, 345, 8, "Made by hand.\nIt is small.")
ENVIRONMENT = Environment(
    "2025-01-02T03:04:05+00:00", 6.7, (Timed("ours", 1.2, 8.3, 14.2),), "an old laptop", "3.11.2", ("numpy==2.0.0", "faiss-cpu==1.9.0")
)
HOSTILE = '<script>alert("1")</script>\'"&amp;<!-- /environment -->'
TURNED = "\u202eabc\u2066def"  # right to left, never ended


def query(
    number: int, *, rank: int = 1, right: bool = True, refused: bool = False, answerable: bool = True, confidence: float | None = 0.7
) -> QueryResult:
    """One result of an answering system."""
    scores = []
    if answerable:
        scores += [Score(f"{kind}{k}", float(0 < rank <= k)) for kind in (CONTEXT, SPAN, IN_HITS) for k in (1, 5, 10)]
        scores += [Score(MRR, 1 / rank if rank else 0.0), Score(NDCG, 1 / rank if rank else 0.0)]
        scores += [
            Score(IN_FIRST, float(right and not refused)),
            Score(IN_ANY, float(right and not refused)),
            Score(WRONGLY_REFUSED, float(refused)),
        ]
    else:
        scores.append(Score(REFUSED, float(refused)))
    statement = f"湖志第{number}卷记水深九丈。"
    return QueryResult(
        query_id=f"q{number}",
        text=f"第{number}湖水深多少？",
        answers=("九丈",) if answerable else (),
        answerable=answerable,
        slices=(f"type: {'how many' if number % 2 else 'who'}", "set: lakes"),
        refused=refused,
        reason="too_weak" if refused else "",
        confidence=confidence,
        right=answerable and right,
        first_statement="" if refused else statement,
        withheld=statement if refused else "",
        short_answer="" if refused else "九丈",
        first_hit=f"lakes/{number}.txt: 湖在城北",
        gold_at=f"lakes/{number}.txt, 8–10" if answerable else "",
        gold_text="古湖水深九丈，渔户百余家。" if answerable else "",
        gold_rank=rank if answerable else 0,
        scores=tuple(scores),
    )


def only_finds(result: QueryResult) -> QueryResult:
    """The same query asked of a system that does not answer."""
    kept = tuple(score for score in result.scores if BY_NAME[score.name].part == "retrieval")
    return replace(
        result, scores=kept, refused=False, reason="", confidence=None, right=None, first_statement="", withheld="", short_answer=""
    )


def means(queries: list[QueryResult]) -> tuple[Metric, ...]:
    """The means, with intervals that are only made up: real ones take seconds, and are tested where they are made."""
    values: dict[str, list[float]] = {}
    for one in queries:
        for score in one.scores:
            values.setdefault(score.name, []).append(score.value)
    found = {name: sum(values[name]) / len(values[name]) for name in sorted(values, key=lambda name: ORDER[name])}
    return tuple(Metric(name, mean, max(0.0, mean - 0.1), min(1.0, mean + 0.1), len(values[name])) for name, mean in found.items())


def system(name: str, queries: list[QueryResult]) -> SystemResult:
    names = sorted({slice_ for one in queries for slice_ in one.slices})
    slices = tuple(Slice(name, means([one for one in queries if name in one.slices])) for name in names)
    return SystemResult(name, means(queries), slices, tuple(queries))


def evaluation(*systems: SystemResult, config: Config = CONFIG) -> Evaluation:
    return Evaluation(Result(config, systems), ENVIRONMENT)


QUERIES = [
    query(1),
    query(2, rank=3, right=False, confidence=0.5),
    query(3, rank=0, right=False, confidence=0.4),
    query(4, rank=0, right=False, refused=True, confidence=0.1),
    query(5, rank=1, right=True, refused=True, confidence=0.2),
    query(6, answerable=False, confidence=0.6),
    query(7, answerable=False, confidence=0.8),
    query(8, answerable=False, refused=True, confidence=0.1),
]
OURS = system("ours", QUERIES)
PEER = system("peer", [only_finds(query(one.gold_rank, rank=2, answerable=one.answerable)) for one in QUERIES])
WHOLE = evaluation(OURS, PEER)


INLINE = {"bdi", "mark", "strong", "code", "b"}


class Reader(HTMLParser):
    """What a browser would take from the page: tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.comments: list[str] = []
        self.within: dict[str, str] = {}  # text of each section
        self._section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in INLINE:
            self.handle_data(" ")
        if tag == "section" and dict(attrs).get("class") != "family":
            self._section = str(dict(attrs)["id"])

    def handle_data(self, data: str) -> None:
        self.text += data
        self.within[self._section] = self.within.get(self._section, "") + data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data.strip())


def words(text: str) -> str:
    return " ".join(text.split())


# The page


def test_the_same_evaluation_gives_the_same_bytes() -> None:
    assert page(WHOLE) == page(WHOLE)


def test_what_differs_between_runs_stands_in_the_last_section() -> None:
    later = replace(ENVIRONMENT, started="2026-09-09T09:09:09+00:00", seconds=99.9, machine="another", packages=(), times=())
    one, other = page(WHOLE), page(replace(WHOLE, environment=later))
    assert one != other
    head, _, tail = one.partition("<!-- environment -->")
    assert head == other.partition("<!-- environment -->")[0]
    section, _, end = tail.partition("<!-- /environment -->")
    assert end == other.partition("<!-- /environment -->")[2]
    assert 'id="environment"' in section
    assert "<section" not in end
    assert "an old laptop" in section
    assert "faiss-cpu==1.9.0" in section


def test_nothing_is_loaded_from_anywhere_and_no_script_is_there() -> None:
    html = page(WHOLE)
    reader = Reader(html)
    assert not re.search(r"https?:|//[a-z]|url\(|@import|javascript:", html)
    assert {tag for tag, _ in reader.tags}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "embed", "form", "base", "image", "use"}
    )
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name in {"src", "srcset", "style", "xlink:href"} or name.startswith("on")], tag
        assert str(attributes.get("href", "#")).startswith("#")
    anchors = {attributes["href"] for _, attributes in reader.tags if "href" in attributes}
    assert anchors <= {f"#{attributes['id']}" for _, attributes in reader.tags if "id" in attributes}


def test_the_policy_allows_our_style_and_nothing_else() -> None:
    html = page(WHOLE)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(a["content"] for tag, a in Reader(html).tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_contents_and_their_order() -> None:
    reader = Reader(page(WHOLE))
    sections = [a["id"] for tag, a in reader.tags if tag == "section" and a.get("class") != "family"]
    assert sections == ["summary", "measures", "systems", "slices", "refusal", "worst", "configuration", "environment"]
    text = words(reader.text)
    assert "8 queries over 12 documents, asked of 2 systems in one run." in text
    for said in (
        "Made by hand.",
        "It is small.",
        "12 from lake papers",
        "345",
        "5 answerable, 3 not",
        "hash-0123",
        "ab" * 32,
        "0123456789abcdef",
    ):
        assert said in text


def test_every_measure_stands_with_its_interval_n_and_meaning() -> None:
    text = words(Reader(page(WHOLE)).within["measures"])
    for metric in OURS.metrics:
        assert f"{metric.name} {BY_NAME[metric.name].meaning}" in text
        assert f"{metric.value:.3f} {metric.low:.3f}–{metric.high:.3f} {metric.n}" in text
    assert f"{BY_NAME[WRONGLY_REFUSED].meaning}; smaller is better" in text


def test_the_worst_cases_say_what_was_expected_and_what_came() -> None:
    text = words(Reader(page(WHOLE)).within["worst"])
    for said in (
        "第2湖水深多少？",
        "answered wrongly; gold at rank 3",
        "九丈",
        "lakes/2.txt, 8–10",
        "古湖水深九丈，渔户百余家。",
        "湖志第2卷记水深九丈。",
    ):
        assert said in text
    assert "refused: too weak" in text
    assert "Withheld 湖志第4卷记水深九丈。" in text
    assert "refused, though what it withheld was right; gold found first" in text
    assert "a refusal: the documents do not hold an answer" in text
    assert "第1湖水深多少？" not in text  # nothing went wrong there
    assert "第8湖水深多少？" not in text


def test_hostile_texts_stay_texts() -> None:
    """Markup, quotes, characters that turn the line, and such as HTML or UTF-8 do not have, wherever a text comes from outside."""
    hostile = f"{HOSTILE}{TURNED}\ud800\x00"
    bad = replace(
        replace(QUERIES[1], query_id=hostile, text=hostile, answers=(hostile,), short_answer=hostile, made_from=hostile),
        slices=(f"type: {hostile}", f"{hostile}: one", hostile),
        first_statement=hostile,
        withheld=hostile,
        first_hit=f"{hostile}: {hostile}",
        gold_at=hostile,
        gold_text=hostile,
    )
    refused = replace(bad, refused=True, reason=hostile)
    names = {"dataset": hostile, "corpus": hostile, "encoder": hostile, "note": hostile, "code": hostile, "dataset_sha256": hostile}
    environment = replace(ENVIRONMENT, machine=hostile, packages=(hostile,), times=(Timed(hostile, 1.0, 1.0, 1.0),), started=hostile)
    html = page(Evaluation(Result(replace(CONFIG, **names), (system(hostile, [bad, refused]), system(hostile, [bad]))), environment))
    html.encode("utf-8")
    assert "\x00" not in html
    reader = Reader(html)
    assert "script" not in {tag for tag, _ in reader.tags}
    assert reader.comments == ["environment", "/environment"]
    assert not [a for _, a in reader.tags if any(name.startswith(("alert", "on")) for name in a)]
    assert reader.text.count('<script>alert("1")</script>') > 20
    # A turned line ends with its element: within <bdi>, <title>, <text> of a plot, <code>, or a cell of its own.
    for before in re.findall(r"(<[a-z][^>]*>)[^<]*\u202e", html):
        assert re.match(r"<(bdi|title|text|mark|dd|code)\b", before), before


def test_marked_answers_stand_inside_an_isolated_text() -> None:
    html = page(WHOLE)
    assert '<bdi lang="zh">古湖水深<mark>九丈</mark>，渔户百余家。</bdi>' in html


@pytest.mark.parametrize(
    "systems",
    [
        (system("one", [query(1)]),),
        (system("finds", [only_finds(one) for one in QUERIES]),),
        (system("finds", [only_finds(one) for one in QUERIES]), OURS),
        (system("unsure", [replace(one, confidence=None) for one in QUERIES]),),
        (system("plain", [replace(one, slices=()) for one in QUERIES]), PEER),
        (system("silent", [query(1, refused=True, confidence=0.0), query(2, answerable=False, refused=True, confidence=0.0)]),),
        (system("no answers known", [replace(query(1), answers=(), right=None, scores=())]),),
        (SystemResult("nothing", (), (), ()),),
        (SystemResult("empty slice", OURS.metrics, (Slice("type: who", ()),), OURS.queries),),
        (OURS, SystemResult("nothing", (), (), ())),
    ],
    ids=lambda systems: systems[0].system,
)
def test_thin_evaluations_are_still_a_page(systems: tuple[SystemResult, ...]) -> None:
    reader = Reader(page(evaluation(*systems)))
    assert len([1 for tag, a in reader.tags if tag == "section" and a.get("class") != "family"]) == 8
    assert "nan" not in reader.text.lower().split()


def test_what_is_not_there_is_said() -> None:
    finds = Reader(page(evaluation(system("finds", [replace(only_finds(query(1)), slices=())]))))
    assert "finds gives no confidence with its answers" in words(finds.within["refusal"])
    assert "are in no groups" in words(finds.within["slices"])
    assert "None: every query found its gold first" in words(finds.within["worst"])
    assert "One system was measured." in words(finds.within["systems"])


def test_no_system_is_misuse() -> None:
    with pytest.raises(ValueError, match="at least one system"):
        page(evaluation())


def test_thirteen_thousand_queries_stay_below_a_megabyte() -> None:
    long = "记载" * 3_000
    many = [
        replace(
            query(number, rank=number % 12, right=number % 3 == 0, answerable=number % 5 > 0, confidence=number / 13_000),
            gold_text=long, first_statement=long, first_hit=f"a.txt: {long}",
        )
        for number in range(13_000)
    ]  # fmt: skip
    assert len(page(evaluation(system("ours", many))).encode()) < 1_000_000


# Headlines, remarks and tables


def test_headlines_are_the_figures() -> None:
    shown = {one.says: one for one in headlines(OURS)}
    assert shown["answered rightly in the first statement"].value == "20.0\N{NO-BREAK SPACE}%"  # q1 of five
    assert shown["found among the first ten hits"].value == "60.0\N{NO-BREAK SPACE}%"  # q1, q2, q5
    assert shown["wrongly refused"].value == "40.0\N{NO-BREAK SPACE}%"  # q4, q5
    assert shown["rightly refused"].value == "33.3\N{NO-BREAK SPACE}%"  # q8 of three
    assert [one.says for one in headlines(OURS)][:2] == ["answered rightly in the first statement", "found among the first ten hits"]


def test_where_only_answers_are_known_they_stand_for_the_gold() -> None:
    kept = replace(OURS, metrics=tuple(m for m in OURS.metrics if m.name in (f"{IN_HITS}10", EXACT, IN_FIRST)))
    assert "an accepted answer stands in the first ten hits" in [one.says for one in headlines(kept)]


def test_remarks_say_how_often_what_was_shown_is_wrong() -> None:
    said = str(remarks(Result(CONFIG, (OURS,)))[0])
    assert "80.0\N{NO-BREAK SPACE}% of the cases" in said  # q2, q3, q6, q7 of q1, q2, q3, q6, q7
    assert "It answers 5 of 8 queries." in said


def metric(name: str, value: float, half: float = 0.01, n: int = 100) -> Metric:
    return Metric(name, value, value - half, value + half, n)


def test_remarks_name_the_best_of_the_others_and_the_weakest_group() -> None:
    slices = (
        Slice("type: who", (metric(IN_FIRST, 0.3, n=60),)),
        Slice("type: why", (metric(IN_FIRST, 0.2, n=10),)),  # too few to be named
        Slice("type: when", (metric(IN_FIRST, 0.5, n=60),)),
    )
    first = SystemResult("ours", (metric(f"{SPAN}10", 0.8), metric(IN_FIRST, 0.5)), slices, ())
    low, high = SystemResult("low", (metric(f"{SPAN}10", 0.2),), (), ()), SystemResult("high", (metric(f"{SPAN}10", 0.81),), (), ())
    said = [re.sub("<[^>]*>", "", str(remark)) for remark in remarks(Result(CONFIG, (first, low, high)))]
    assert said == [
        "span success@10: ours reaches 0.800 (0.790–0.810). The best of the other systems, high, reaches 0.810 (0.800–0.820);"
        " the two intervals overlap.",
        "answer in first statement: the weakest group of at least 50 queries is “type: who” with 0.300 (0.290–0.310, n 60),"
        " against 0.500 over all.",
    ]


def test_the_best_of_a_column_and_what_lies_beside_ours_are_marked() -> None:
    names = f"{SPAN}1", WRONGLY_REFUSED
    ours = SystemResult("ours", (metric(names[0], 0.5), metric(names[1], 0.3)), (), ())
    above = SystemResult("above", (metric(names[0], 0.6), metric(names[1], 0.2)), (), ())
    near = SystemResult("near", (metric(names[0], 0.49), metric(names[1], 0.31)), (), ())
    retrieval, refusal = systems_tables((ours, above, near))
    assert [(line.cells[0].best, line.cells[0].beside) for line in retrieval.lines if line.cells[0]] == [
        (False, ""),
        (True, "above"),
        (False, ""),
    ]
    assert [(line.cells[0].best, line.cells[0].beside) for line in refusal.lines if line.cells[0]] == [
        (False, ""),
        (True, "below"),
        (False, ""),
    ]


def test_a_system_alone_is_best_of_nothing() -> None:
    (table,) = systems_tables((OURS,))
    assert not any(cell.best for line in table.lines for cell in line.cells if cell)


def test_families_and_groups_stand_in_an_order_people_expect() -> None:
    names = ["noise: 0.8", "noise: 0.2", "noise: all", "type: other", "type: why", "type: who", "zoo: 10", "zoo: 9", "no family", "set: a"]
    names += [
        "passage length: over 300",
        "passage length: 100-300",
        "passage length: under 100",
        "shared words: many",
        "shared words: none",
    ]
    found = families((SystemResult("ours", (), tuple(Slice(name, (metric(MRR, 0.5),)) for name in names), ()),))
    assert [(one.title, [line.label for line in one.table.lines]) for one in found] == [
        ("set", ["a"]),
        ("type", ["who", "why", "other"]),
        ("passage length", ["under 100", "100-300", "over 300"]),
        ("shared words", ["none", "many"]),
        ("noise", ["0.2", "0.8", "all"]),
        ("other groups", ["no family"]),
        ("zoo", ["9", "10"]),
    ]
    assert all(one.figures for one in found)


def test_other_systems_are_marks_in_the_plots_of_slices() -> None:
    (family,) = families(
        (
            SystemResult("ours", (), (Slice("set: a", (metric(MRR, 0.5),)),), ()),
            SystemResult("peer", (), (Slice("set: a", (metric(MRR, 0.25),)),), ()),
        )
    )
    assert "a, peer: 0.250" in family.figures[0].svg
    assert "a: 0.500 (0.490–0.510), n 100" in family.figures[0].svg


# The worst cases


def test_worst_first() -> None:
    assert [one.query_id for one in worst_cases(QUERIES)] == ["q7", "q6", "q3", "q4", "q2", "q5"]


def test_unanswerable_ones_take_at_most_half_while_others_want_the_places() -> None:
    many = [query(n, answerable=False) for n in range(40)] + [query(n, rank=0, right=False) for n in range(40, 80)]
    worst = worst_cases(many)
    assert [one.answerable for one in worst] == [False] * 25 + [True] * 25
    few = many[:40] + many[40:45]
    assert [one.answerable for one in worst_cases(few)] == [False] * 40 + [True] * 5
    assert len(worst_cases(many[40:], most=3)) == 3


def test_without_a_known_place_the_words_of_the_hits_decide() -> None:
    def asked(number: int, held: float) -> QueryResult:
        return replace(query(number), scores=tuple(Score(f"{IN_HITS}{k}", held if k == DEPTH else 0.0) for k in (1, 5, 10)), gold_rank=0)

    assert [one.query_id for one in worst_cases([asked(1, 1.0), asked(2, 0.0)])] == ["q2", "q1"]


def test_what_was_not_judged_has_not_gone_wrong() -> None:
    assert worst_cases([replace(query(1), scores=())]) == []


@given(st.lists(st.sampled_from(QUERIES), max_size=30), st.integers(1, 10))
def test_worst_cases_do_not_depend_on_the_order_they_come_in(queries: list[QueryResult], most: int) -> None:
    worst = worst_cases(queries, most)
    assert len(worst) == min(most, sum(one.query_id not in {"q1", "q8"} for one in queries))
    assert worst == worst_cases(sorted(queries, key=lambda one: one.query_id), most)


def test_pieces_mark_answers_letter_for_letter() -> None:
    assert pieces("水深九丈余", ("九丈", "九丈余", "深")) == (Piece("水深", False), Piece("九丈余", True))
    assert pieces("a.b", ("a+b", "")) == (Piece("a.b", False),)
    assert pieces("", ("九丈",)) == ()


@given(st.text("九丈余。.", max_size=20), st.lists(st.text("九丈.", max_size=3), max_size=3))
def test_pieces_lose_nothing(text: str, answers: list[str]) -> None:
    cut = pieces(text, answers)
    assert "".join(piece.text for piece in cut) == text
    assert all(piece.text in answers for piece in cut if piece.is_answer)


# Plots


@given(st.lists(st.floats(0, 1), max_size=6))
def test_an_axis_holds_its_values(values: list[float]) -> None:
    ticks = plots.axis(values).ticks
    assert 0 <= ticks[0] <= min(values, default=0)
    assert max(values, default=1) <= ticks[-1] <= 1
    assert ticks[-1] - ticks[0] > 0.2 - 1e-9
    assert 2 <= len(ticks) <= 6
    steps = [round(later - tick, 6) for tick, later in pairwise(ticks)]
    assert len(set(steps)) == 1


def test_axes_worked_by_hand() -> None:
    assert plots.axis([0.31, 0.78]).ticks == (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    assert plots.axis([0.5]).ticks == (0.4, 0.45, 0.5, 0.55, 0.6)
    assert plots.axis([1.0]).ticks == (0.8, 0.85, 0.9, 0.95, 1.0)
    assert plots.axis([0.0, 1.0]).ticks == plots.UNIT.ticks


SHARES = st.floats(0, 1)
METRICS = st.builds(
    lambda v, n: Metric("m", sorted(v)[1], sorted(v)[0], sorted(v)[2], n), st.tuples(SHARES, SHARES, SHARES), st.integers(1, 9)
)


def drawn(svg: str) -> ElementTree.Element:
    """The plot, checked: well-formed, named, every number of at most two decimals and inside the picture."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    assert root[0].tag == "title"
    for element in root.iter():
        for name, high in (
            ("x", width),
            ("x1", width),
            ("x2", width),
            ("cx", width),
            ("y", height),
            ("y1", height),
            ("y2", height),
            ("cy", height),
        ):
            value = element.get(name)
            if value is not None:
                assert re.fullmatch(r"\d+(\.\d{1,2})?", value), value
                assert 0 <= float(value) <= high
    return root


@given(
    st.lists(
        st.tuples(st.text(min_size=0, max_size=60).filter(lambda s: not re.search("[\0-\x1f\ud800-\udfff\ufffe\uffff]", s)), METRICS),
        max_size=4,
    ),
    st.booleans(),
)
def test_dots_are_drawn_inside_the_picture(rows: list[tuple[str, Metric]], ours: bool) -> None:
    others = (plots.Other("p<eer", 7, 0.5),)
    scale = plots.axis([value for _, m in rows for value in (m.low, m.high)])
    root = drawn(plots.dots("a < b", [plots.Row(label, m, others, ours) for label, m in rows], scale, whole=0.5))
    assert len(root.findall("circle")) == len(rows)
    assert root.get("aria-label") == "a < b"


def test_a_dot_stands_where_its_value_is() -> None:
    root = drawn(plots.dots("t", [plots.Row("r", Metric("m", 0.5, 0.25, 1.0, 4))], plots.UNIT))
    (circle,) = root.findall("circle")
    (interval,) = [line for line in root.findall("line") if line.get("class") == "interval"]
    assert (circle.get("cx"), interval.get("x1"), interval.get("x2")) == ("180", "96", "348")  # of 12..348


def test_a_risk_curve_shows_what_was_shipped() -> None:
    root = drawn(plots.risk_curve("t", [Point(0.9, 0.25, 0.0), Point(0.5, 1.0, 0.5)], (0.75, 0.2)))
    (curve,) = root.findall("path")
    assert curve.get("d") == "M122.5 210L346 12"  # 0..1 lies at 48..346, 0..0.5 at 210..12
    assert "as shipped: 75\N{NO-BREAK SPACE}% answered, 20\N{NO-BREAK SPACE}% wrong" in "".join(root.itertext())
    drawn(plots.risk_curve("t", [], None))
    drawn(plots.risk_curve("t", [Point(0.5, 1.0, 1.0)], None))


def test_a_reliability_diagram_shows_each_bin() -> None:
    root = drawn(plots.reliability_diagram("t", [Bin(0.0, 0.1, 0.05, 0.5, 100), Bin(0.9, 1.0, 1.0, 1.0, 25)]))
    first, second = root.findall("circle")
    assert (first.get("r"), second.get("r")) == ("8", "5")  # the area of the first is four times that of the second, but for 2 units
    assert (second.get("cx"), second.get("cy")) == ("346", "12")
    drawn(plots.reliability_diagram("t", []))


def test_spreads_tell_shown_from_withheld() -> None:
    root = drawn(plots.spreads("t", [plots.Spread("right", "right", (0, 3), (1, 0)), plots.Spread("none", "none", (0, 0), (0, 0))]))
    assert [(bar.get("class"), bar.get("height")) for bar in root.findall("rect")] == [("bar right withheld", "27"), ("bar right", "81")]
    drawn(plots.spreads("t", []))


def test_a_curve_of_many_points_is_thinned() -> None:
    points = [Point(1 - n / 5000, n / 5000, n / 10_000) for n in range(1, 5001)]
    kept = plots.thinned(points, 200)
    assert len(kept) <= 202
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert plots.thinned(points[:3], 200)[-1] == points[2]


def test_refusal_needs_confidences() -> None:
    assert refusal_figures([replace(one, confidence=None) for one in QUERIES]) == ()
    assert refusal_figures([only_finds(one) for one in QUERIES]) == ()
    honest, curve, apart = refusal_figures(QUERIES)
    assert "n 1" in honest.svg
    assert "62\N{NO-BREAK SPACE}% answered, 80\N{NO-BREAK SPACE}% wrong" in curve.svg  # 5 of 8, 4 of 5
    assert "unanswerable: 3" in apart.svg


def test_every_measure_has_a_place_in_the_report() -> None:
    """A part of a system that the report does not know would be left out without a word."""
    full = SystemResult("ours", tuple(metric(measure.name, 0.5) for measure in MEASURES), (), ())
    text = words(Reader(page(evaluation(full))).within["measures"])
    assert all(measure.name in text for measure in MEASURES)
