"""The outline of a document: what it says of one made by hand, and that no block is counted twice or left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qa.reading import read
from qa.reading.outline import ASIDES, LONGEST_LINE, KindCount, Outline, counts_of, outline_of
from qa.records import Block, BlockKind, DateMention, Decoding, Document, Section, Span, from_json, text_at, to_json

KINDS: tuple[BlockKind, ...] = ("paragraph", "heading", "table", *ASIDES)
TEXT = "目录\n渡口的冬天 12\n渡口的冬天\n何守田\n去年水小，船\n12\n停了三个月。\n下期预告\n"


def document(text: str, blocks: tuple[Block, ...], sections: tuple[Section, ...], dates: tuple[DateMention, ...] = ()) -> Document:
    decoding = Decoding("utf-8", "utf-8")
    return Document(
        "a" * 16, "b" * 64, "刊.txt", "刊", (), "", "", "", "text/plain", "text/9", decoding, "hans", text, blocks, sections, dates
    )


def at(words: str) -> Span:
    start = TEXT.rindex(words)
    return Span(start, start + len(words))


FERRY = Section("s1", "渡口的冬天", "", ("何守田",), pages="12", spans=(at("渡口的冬天"),))
BLOCKS = (
    Block("contents", (at("目录\n渡口的冬天 12"),)),
    Block("heading", (at("渡口的冬天"),), "12", "s1"),
    Block("byline", (at("何守田"),), "12", "s1"),
    Block("paragraph", (at("去年水小，船"), at("停了三个月。")), "12", "s1"),
    Block("furniture", (Span(TEXT.index("\n12\n") + 1, TEXT.index("\n12\n") + 3),), "12"),
    Block("paragraph", (at("下期预告"),)),
)


def test_an_issue_made_by_hand() -> None:
    outline = outline_of(document(TEXT, BLOCKS, (FERRY,), (DateMention(at("去年"), "2021", relative=True),)))
    article, outside = outline.parts
    assert article.section == FERRY
    assert article.first is not None
    assert (article.first.text, article.first.page, article.first.spans) == ("渡口的冬天", "12", (at("渡口的冬天"),))
    assert [heading.text for heading in article.headings] == ["渡口的冬天"]
    assert [(aside.kind, aside.text) for aside in article.asides] == [("byline", "何守田")]
    assert article.counts == (KindCount("heading", 1, 5), KindCount("byline", 1, 3), KindCount("paragraph", 1, 12))
    [joint] = article.joints
    assert (joint.left, joint.right, joint.before, joint.after) == ("去年水小，船", "停了三个月。", at("去年水小，船"), at("停了三个月。"))
    assert outside.section is None
    assert [(aside.kind, aside.text) for aside in outside.asides] == [("contents", "目录 渡口的冬天 12"), ("furniture", "12")]
    assert [(named.text, named.mention.date) for named in outline.dates] == [("去年", "2021")]
    assert counts_of(outline.parts)[0] == KindCount("paragraph", 2, 16)
    assert from_json(Outline, to_json(outline)) == outline


def test_an_article_of_which_nothing_was_found_is_named_all_the_same() -> None:
    lost = Section("s9", "不见了的文章")
    outline = outline_of(document(TEXT, BLOCKS, (FERRY, lost)))
    assert [part.section for part in outline.parts] == [FERRY, lost, None]
    assert outline.parts[1].first is None
    assert outline.parts[1].counts == ()


def test_a_long_block_is_cut_and_a_document_without_articles_is_one_part() -> None:
    line = "水" * (LONGEST_LINE + 1)
    [part] = outline_of(document(line, (Block("caption", (Span(0, len(line)),)),), ())).parts
    assert part.section is None
    assert part.asides[0].text == "水" * LONGEST_LINE + "…"


@given(st.data())
def test_every_block_is_counted_exactly_once(data: st.DataObject) -> None:
    sections = tuple(Section(f"s{number}") for number in range(data.draw(st.integers(0, 4))))
    blocks, text = [], ""
    for _ in range(data.draw(st.integers(0, 12))):
        spans = []
        for piece in data.draw(st.lists(st.text("渡口水\n ", min_size=1, max_size=40), min_size=1, max_size=3)):
            spans.append(Span(len(text), len(text) + len(piece)))
            text += piece + "\n"
        blocks.append(Block(data.draw(st.sampled_from(KINDS)), tuple(spans), section_id=f"s{data.draw(st.integers(0, 5))}"))
    outline = outline_of(document(text, tuple(blocks), sections))
    counted = {count.kind: (count.blocks, count.characters) for count in counts_of(outline.parts)}
    assert counted == {
        kind: (number, sum(len(text_at(text, block.spans)) for block in blocks if block.kind == kind))
        for kind, number in Counter(block.kind for block in blocks).items()
    }
    assert sum(len(part.joints) for part in outline.parts) == sum(len(block.spans) - 1 for block in blocks)
    assert sorted(aside.spans for part in outline.parts for aside in part.asides) == [b.spans for b in blocks if b.kind in ASIDES]
    assert [heading.spans for part in outline.parts for heading in part.headings] == [
        block.spans
        for section_id in (*(section.section_id for section in sections), None)
        for block in blocks
        if block.kind == "heading" and (block.section_id == section_id or (section_id is None and not _is_in(block, sections)))
    ]


def _is_in(block: Block, sections: tuple[Section, ...]) -> bool:
    return any(block.section_id == section.section_id for section in sections)


def test_the_outline_of_the_seeds_accounts_for_every_block(shared: Path) -> None:
    for path in sorted((shared / "seeds").glob("*.txt")):
        whole = read(path.read_bytes(), path=path.name, doc_id="0" * 16)
        outline = outline_of(whole)
        assert sum(count.blocks for count in counts_of(outline.parts)) == len(whole.blocks)
        assert [part.section for part in outline.parts if part.section] == list(whole.sections)
