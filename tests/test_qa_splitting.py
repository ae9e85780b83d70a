"""Splitting: passages over invented documents, and sentences."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.tokens import count_tokens
from qa.reading import read
from qa.records import Block, BlockKind, Decoding, Document, Passage, Section, Span, text_at
from qa.splitting import sentence_spans, split_passages

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
SENTENCE = "河边的旧粮仓改成了图书馆。"  # 13 characters


def document_of(*blocks: tuple[BlockKind, str]) -> Document:
    """A document of these blocks, one newline between them."""
    placed, start = [], 0
    for kind, text in blocks:
        placed.append(Block(kind, (Span(start, start + len(text)),)))
        start += len(text) + 1
    return with_blocks("\n".join(text for _, text in blocks), placed)


def with_blocks(text: str, blocks: list[Block]) -> Document:
    return Document(
        *("0" * 16, "f" * 64, "a.txt", "题", (), "", "", "", "text/plain", "text/1", Decoding("utf-8"), "hans", text),
        blocks=tuple(blocks),
    )


def split(document: Document, max_tokens: int) -> list[Passage]:
    """Split with one token per character, and check what is always true."""
    passages = split_passages(document, max_tokens=max_tokens, count_tokens=len)
    for passage in passages:
        assert passage.text == text_at(document.text, passage.spans)
        assert passage.text == passage.text.strip() != ""
        assert passage.n_tokens <= max_tokens
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert len({passage.passage_id for passage in passages}) == len(passages)
    return passages


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentence_spans(text)]


def test_long_paragraph_is_cut_at_sentence_ends_into_even_passages() -> None:
    passages = split(document_of(("paragraph", SENTENCE * 5)), max_tokens=60)
    assert [passage.text for passage in passages] == [SENTENCE * 3, SENTENCE * 2]  # not 4 and 1


def test_short_paragraphs_join_under_the_same_heading_only() -> None:
    document = document_of(
        ("heading", "搬家"), ("paragraph", "一。"), ("paragraph", "二。"), ("heading", "开馆"), ("byline", "周某"), ("paragraph", "三。")
    )
    assert [(p.heading, p.text) for p in split(document, max_tokens=40)] == [("搬家", "一。\n二。"), ("开馆", "周某\n三。")]


def test_paragraphs_of_fair_length_stay_apart_and_captions_alone() -> None:
    document = document_of(("paragraph", SENTENCE), ("paragraph", SENTENCE), ("caption", "□周某/摄"))
    assert [p.text for p in split(document, max_tokens=40)] == [SENTENCE, SENTENCE, "□周某/摄"]


def test_consecutive_headings_are_one_and_lose_their_marks() -> None:
    document = document_of(("heading", "# 搬家"), ("heading", "——旧粮仓的一年"), ("paragraph", SENTENCE))
    assert split(document, max_tokens=40)[0].heading == "搬家 ——旧粮仓的一年"


def test_headings_above_nothing_are_passages() -> None:
    lines = [f"{number}、买旧门板" for number in "一二三四五"]
    listed = document_of(("paragraph", SENTENCE), *(("heading", line) for line in lines), ("paragraph", "完。"), ("heading", "附录"))
    passages = split(listed, max_tokens=40)
    assert [p.text for p in passages] == [f"{SENTENCE}\n{lines[0]}\n{lines[1]}", "完。\n附录"]
    assert passages[1].heading == " ".join(lines[2:])


def test_furniture_is_left_out_unless_nothing_else_is_there() -> None:
    assert [p.text for p in split(document_of(("furniture", "12"), ("paragraph", SENTENCE)), max_tokens=40)] == [SENTENCE]
    assert [p.text for p in split(document_of(("metadata", "年: 一"), ("heading", "目录")), max_tokens=40)] == ["年: 一", "目录"]


def test_paragraph_over_a_page_break_is_one_passage_of_two_spans() -> None:
    text = "馆员到了\n12\n冬天也没有停过馆。完。"
    document = with_blocks(text, [Block("paragraph", (Span(0, 4), Span(8, 19)), "1"), Block("furniture", (Span(5, 7),), "1")])
    (passage,) = split(document, max_tokens=40)
    assert (passage.text, passage.spans, passage.page) == ("馆员到了冬天也没有停过馆。完。", (Span(0, 4), Span(8, 19)), "1")
    first, second = split(document, max_tokens=13)
    assert first.spans == (Span(0, 4), Span(8, 17))
    assert second.spans == (Span(17, 19),)


@pytest.mark.parametrize("unit", ["𠮷", "👨‍👩‍👧‍👦", "👍🏽", "🇨🇳", "e\u0301", "葛\U000e0100"])
def test_no_cut_inside_a_character(unit: str) -> None:
    for passage in split(document_of(("paragraph", unit * 40)), max_tokens=17):
        assert len(passage.text) % len(unit) == 0
        assert passage.text.startswith(unit)


def test_overlong_sentence_is_cut_at_commas() -> None:
    text = "茶社的账目每年公布一次，贴在祠堂门口的木板上，谁都可以去看，有人提意见就记下来。"
    assert all(p.text[-1] in "，。" for p in split(document_of(("paragraph", text)), max_tokens=15))


@given(
    st.lists(st.text(alphabet="河边的馆。！，“”\n 𠮷👍🏽\u0301a.1", max_size=60), min_size=1, max_size=6),
    st.integers(min_value=1, max_value=50),
)
def test_every_visible_character_is_in_exactly_one_passage(paragraphs: list[str], max_tokens: int) -> None:
    stripped = [("paragraph", text.strip()) for text in paragraphs if text.strip()]
    document = document_of(*stripped)  # type: ignore[arg-type]
    passages = split_passages(document, max_tokens=max_tokens, count_tokens=len)
    spans = [span for passage in passages for span in passage.spans]
    assert all(left.end <= right.start for left, right in pairwise(spans))
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert all(document.text[place].isspace() for place in set(range(len(document.text))) - covered)


def test_passage_ids_depend_on_version_and_place() -> None:
    document = document_of(("paragraph", SENTENCE))
    assert split_passages(document) == split_passages(document)
    assert split_passages(document)[0].n_tokens == count_tokens(SENTENCE)
    with pytest.raises(ValueError, match="max_tokens"):
        split_passages(document, max_tokens=0)


def test_cost_grows_with_length_only() -> None:
    counted = 0

    def counting(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text)

    for paragraph in ("字" * 20_000, SENTENCE * 2_000, "字，" * 10_000, "字\n" * 10_000):
        counted = 0
        split_passages(document_of(("paragraph", paragraph.strip())), max_tokens=100, count_tokens=counting)
        assert counted <= 4 * len(paragraph)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他来了。她走了！真的吗？", ["他来了。", "她走了！", "真的吗？"]),
        ("他说：“好。”大家都笑了。", ["他说：“好。”", "大家都笑了。"]),
        ('他说："好。"大家都笑了。"对。"', ['他说："好。"', "大家都笑了。", '"对。"']),
        ("真的？！太好了……", ["真的？！", "太好了……"]),
        ("茶、米、油……等都涨了。", ["茶、米、油……等都涨了。"]),
        ("《怎么办？》是一本书。", ["《怎么办？》是一本书。"]),
        ("涨了3.5%。网址 a.cn/?b=c;d 不变。", ["涨了3.5%。", "网址 a.cn/?b=c;d 不变。"]),
        ("It rained. We stayed. 雨停了。", ["It rained.", "We stayed.", "雨停了。"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        (
            "这一行很长很长很长很长很长很长很长没有写完\n下一行接着写完了。",
            ["这一行很长很长很长很长很长很长很长没有写完\n下一行接着写完了。"],
        ),
        ("一段。\n\n　　又一段。", ["一段。", "又一段。"]),
        ("12. 第十二条", ["12. 第十二条"]),
        (" \n", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet='河边。！？…；"”“《》.1a \n', max_size=80))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.skipif(not SEEDS.is_dir(), reason="needs the seed documents in ../shared/seeds")
def test_seeds_split_within_budget() -> None:
    for path in sorted(SEEDS.iterdir()):
        document = read(path.read_bytes(), path=path.name, doc_id="0" * 16)
        passages = split_passages(document)
        assert all(passage.text == text_at(document.text, passage.spans) for passage in passages)
        assert all(count_tokens(passage.text) <= 345 for passage in passages)
        assert len(document.text) / 600 <= len(passages) <= len(document.text) / 60


def test_no_passage_lies_in_two_sections_and_its_title_stands_over_each() -> None:
    lines = ["渡口停航", "船票", "一。", "二。", "新桥通车", "三。", "四。"]
    kinds: list[BlockKind] = ["heading", "heading", "paragraph", "paragraph", "heading", "paragraph", "paragraph"]
    plain = document_of(*zip(kinds, lines, strict=True))
    places = [replace(block, section_id=name) for block, name in zip(plain.blocks, ["s1"] * 4 + ["s2"] * 2 + [""], strict=True)]
    sections = (Section("s1", "渡口 停航"), Section("s2", "新桥通车"))
    passages = split(replace(plain, blocks=tuple(places), sections=sections), max_tokens=40)
    assert [(passage.heading, passage.text, passage.section_id) for passage in passages] == [
        ("渡口 停航 船票", "一。\n二。", "s1"),
        ("新桥通车", "三。", "s2"),
        ("", "四。", ""),
    ]


def test_captions_stay_among_themselves_and_out_of_the_paragraph_they_cut() -> None:
    text = "河边的旧粮仓改成了\n旧粮仓。\n□周某/摄\n图书馆。\n完。"
    spans = (Span(0, 9), Span(10, 14), Span(15, 20), Span(21, 25), Span(26, 28))
    blocks = [
        Block("paragraph", (spans[0], spans[3]), section_id="s1"),
        Block("caption", (spans[1],), section_id="s1"),
        Block("caption", (spans[2],), section_id="s1"),
        Block("paragraph", (spans[4],), section_id="s1"),
    ]
    passages = split(replace(with_blocks(text, blocks), sections=(Section("s1", "搬家"),)), max_tokens=40)
    assert [passage.text for passage in passages] == ["河边的旧粮仓改成了图书馆。", "旧粮仓。\n□周某/摄", "完。"]


@pytest.mark.parametrize(
    "byline", ["青石博物馆陈列部　2022年5月18日 星期三", "本报记者 王甲 通讯员 李乙 采写报道）", "2022年5月18日 10时30分 青石日报"]
)
def test_a_byline_is_no_part_of_the_sentence_below_it(byline: str) -> None:
    sentence = "石桥共有七孔，每年端午镇上的人都在桥下赛船。"
    text = f"{byline}\n{sentence}"
    assert [text[span.start : span.end] for span in sentence_spans(text)] == [byline, sentence]


def test_the_sentences_of_a_web_page_below_its_byline() -> None:
    body = "<h1>石桥</h1><p>青石博物馆陈列部　2022年5月18日 星期三</p><p>桥下每年端午都赛船，船头画着龙。船有七条。</p>"
    html = f"<html><body>{body}</body></html>"
    (passage,) = split_passages(read(html.encode(), path="桥.html", doc_id="0123456789abcdef"))
    sentences = [passage.text[span.start : span.end] for span in sentence_spans(passage.text)]
    assert sentences[:2] == ["青石博物馆陈列部　2022年5月18日 星期三", "桥下每年端午都赛船，船头画着龙。"]
