"""Issues and bundles in plain text: contents pages, articles, furniture, joints. All issues, people and places are invented."""

from __future__ import annotations

import json
import lzma
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.citing import attribution, cite
from qa.reading import read
from qa.reading.publication import structured
from qa.reading.publication.contents import entries_of
from qa.reading.publication.names import byline_names, names_of
from qa.reading.structure import plain_blocks
from qa.records import Document, Hit, Section, Span, text_at
from qa.splitting import split_passages

DOC_ID = "0123456789abcdef"


def read_text(text: str) -> Document:
    return read(text.encode(), path="刊.txt", doc_id=DOC_ID)


def section(document: Document, title: str) -> Section:
    found = [one for one in document.sections if one.title == title]
    assert found, [one.title for one in document.sections]
    return found[0]


def blocks_of(document: Document, title: str) -> list[tuple[str, str]]:
    wanted = section(document, title).section_id
    return [(block.kind, text_at(document.text, block.spans)) for block in document.blocks if block.section_id == wanted]


def assert_whole(document: Document) -> None:
    """Every character in exactly one block; a section's spans hold exactly its blocks; no passage in two sections."""
    places = [place for block in document.blocks for span in block.spans for place in range(span.start, span.end)]
    assert len(places) == len(set(places))
    assert all(document.text[place].isspace() for place in set(range(len(document.text))) - set(places))
    known = {one.section_id: one for one in document.sections}
    assert len(known) == len(document.sections)
    owner = {place: block.section_id for block in document.blocks for span in block.spans for place in range(span.start, span.end)}
    for one in document.sections:
        inside = {place for span in one.spans for place in range(span.start, span.end) if not document.text[place].isspace()}
        assert inside == {place for place, its in owner.items() if its == one.section_id and not document.text[place].isspace()}
    for passage in split_passages(document, max_tokens=120, count_tokens=len):
        assert passage.text == text_at(document.text, passage.spans)
        inside = {owner[place] for span in passage.spans for place in range(span.start, span.end) if place in owner}
        assert inside == {passage.section_id}


# The first layout: page before the title, blank lines between paragraphs, an editor's mark below each article

FIRST = """石浦文史

SHIPU WENSHI

2031·2

总第17期

灯火不熄 渔港常新

本刊编辑部

渔港的灯每天傍晚六点亮起来,守灯的人换了四代,灯油也从菜籽油换成了电。这一期讲的都是守灯人的事。

主 办

石浦县文史馆

主 编 苏望潮
地 址 石浦县东门街9号
电 话 0570-1112223
邮 编 317700
定 价 8.50元
出版日期 双月10日

目 录 MULU

卷 首 语

- 1 灯火不熄
渔港常新 本刊编辑部

人 物

- 3 守灯四十年 何 雁 秋 霜

5 盐仓“老账本”里的
船期与米价 罗北辰

- 7 修船匠的最后一条船

江汀

- 9 浪里的邮差 鲁一帆

专栏

- 10 渔村三题

- 13 石浦开放旧灯塔等

封面:东门渔港夜色 常青/摄

P5

2031 读书节

守灯四十年

何
雁
秋
霜

何满仓上灯塔那一年,塔上只有一盏煤油灯,夜里每隔两个钟头就要添一次油,冬天手冻得握不住油壶,他便用棉布

塔上的旧油灯如今放在文史馆二楼。

□丁 岚/摄

缠住壶把。后来换了电灯,他还是每隔两个钟头醒一次。

船上的人说,看见灯就知道他醒着。(转下页)

[责任编辑:林晚]

盐仓“老账本”里的船期与米价

罗北辰

盐仓的账本一共十二册,记的是四十年间的船期和米价,字写得很小,有几页被盐水泡过,只剩下半边。账房先生姓顾,每天傍

(接上页)灯塔后来装了自动开关,何满仓还是每天上塔,擦玻璃,记天气。

他的日记一共写了三十一本。

晚记一次账,从来不隔夜。

米价最高的一年,一担米换不到两担盐,账本上画了三个圈。

(摘自《石浦旧闻》)

【责任编辑:林晚】

造船的木头要在水里泡三年,泡过的木头不裂。老江说这话的时候,手里的刨子没有停过。

船匠的最后一条修
修船匠的最后一条船

江汀

去年秋天,他收了工具,把船坞交给了镇上,墙上还挂着那把用了五十年的锛子。

(作者单位:石浦县文史馆)

[责任编辑:林晚]

老江的船坞在退潮的时候可以走下去看看。

□丁 岚/摄

浪里的邮差

鲁一帆

邮差的船每逢三、六、九日开,遇上大风就停,信在码头的铁箱里等着,最长的一回等了十一天。

[责任编辑:林晚]

渔村三题

编者按 三位作者写的是同一个渔村,时间相隔二十年,读者可以对着看。

晒网场

汪小满

晒网场在村子的南边,夏天的时候铺满了网,孩子们从网眼里看太阳。

(作者系东门小学教师)

老井

田野

井水是甜的,打井的人早已不在,井台上的字也磨平了,村里人还是每天清早来挑水。

[责任编辑:林晚]

◆石浦开放旧灯塔

旧灯塔自三月起每个周末开放,登塔免费,一次不超过二十人。

(石闻)

◆盐仓账本完成扫描

十二册账本全部扫描完毕,共一千零四十页,可以在文史馆的电脑上翻看。

(石闻)

[责任编辑:林晚]

新书架

《海边的字》已经出版,定价另计,购书请到文史馆门口的书亭,每天上午开门。
"""


@pytest.fixture(scope="module")
def first() -> Document:
    return read_text(FIRST)


def test_the_first_layout_is_whole(first: Document) -> None:
    assert_whole(first)
    assert first.reader == "text/2"
    assert first.text == FIRST
    assert [(one.title, one.authors, one.pages) for one in first.sections] == [
        ("灯火不熄 渔港常新", ("本刊编辑部",), "1-2"),
        ("守灯四十年", ("何雁", "秋霜"), "3-4"),
        ("盐仓“老账本”里的船期与米价", ("罗北辰",), "5-6"),
        ("修船匠的最后一条船", ("江汀",), "7-8"),
        ("浪里的邮差", ("鲁一帆",), "9"),
        ("渔村三题", (), "10-12"),
        ("晒网场", ("汪小满",), "10-12"),
        ("老井", ("田野",), "10-12"),
        ("石浦开放旧灯塔", ("石闻",), "13"),
        ("盐仓账本完成扫描", ("石闻",), "13"),
    ]


def test_a_paragraph_cut_by_a_picture_is_one_block_with_two_spans(first: Document) -> None:
    [joined] = [block for block in first.blocks if len(block.spans) > 1 and "煤油灯" in text_at(first.text, block.spans)]
    assert "他便用棉布缠住壶把。" in text_at(first.text, joined.spans)
    assert ("caption", "塔上的旧油灯如今放在文史馆二楼。") in blocks_of(first, "守灯四十年")


def test_what_follows_a_jump_belongs_to_the_article_that_broke_off(first: Document) -> None:
    lamp = [words for _, words in blocks_of(first, "守灯四十年")]
    assert any(words.startswith("(接上页)灯塔后来装了自动开关") for words in lamp)
    assert not any("接上页" in words for _, words in blocks_of(first, "盐仓“老账本”里的船期与米价"))
    assert len(section(first, "守灯四十年").spans) == 2


def test_text_above_a_title_in_the_middle_of_its_page_belongs_to_it(first: Document) -> None:
    assert blocks_of(first, "修船匠的最后一条船")[0][1].startswith("造船的木头")
    assert section(first, "盐仓“老账本”里的船期与米价").reprinted_from == "石浦旧闻"


def test_a_picture_between_two_articles_is_in_neither(first: Document) -> None:
    [caption] = [block for block in first.blocks if text_at(first.text, block.spans).startswith("老江的船坞")]
    assert (caption.kind, caption.section_id) == ("caption", "")


def test_kinds_round_the_articles(first: Document) -> None:
    kinds = {text_at(first.text, block.spans): block.kind for block in first.blocks}
    assert kinds["SHIPU WENSHI"] == kinds["2031·2"] == "furniture"
    assert kinds["守灯四十年"] == kinds["浪里的邮差"] == "heading"
    assert kinds["鲁一帆"] == kinds["雁"] == "byline"
    [colophon] = [words for words, kind in kinds.items() if kind == "table"]
    assert colophon.startswith("主 办")
    assert "定 价 8.50元" in colophon
    assert colophon.endswith("双月10日")
    assert any("定 价 8.50元" in passage.text and not passage.section_id for passage in split_passages(first))
    after = [block for block in first.blocks if text_at(first.text, block.spans).startswith("《海边的字》")]
    assert [block.section_id for block in after] == [""]


def test_a_citation_takes_title_authors_and_page_from_its_article(first: Document) -> None:
    passage = next(one for one in split_passages(first) if "米价最高的一年" in one.text)
    assert passage.heading == "盐仓“老账本”里的船期与米价"
    start = passage.text.index("米价最高")
    citation = cite(Hit(passage, 1.0, 1), first, Span(start, start + 7), 1)
    assert attribution(citation) == "罗北辰《盐仓“老账本”里的船期与米价》，石浦文史 2031·2 总第17期，2031-02，第5-6页"


# The second layout, Traditional: page after the title behind dots, indented paragraphs, running heads and folios, no editor's marks

SECOND = """季風
第八期

目次
〔專題〕
候鳥回來的那個冬天 ………………… 4
　　　　　　　　　　　　　　　　　林曉楓
溪口茶行／高以寧 …………………… 9
陳立群　老街的鐘錶匠 ……………… 15
〔小說〕
渡船口
　　——寫給外婆 …… 21
沈知夏
季風信箱（本社）………………………… 30

候鳥回來的那個冬天
林曉楓
　　那年冬天，候鳥比往年早到了兩個星期，溼地的水還沒有退，孩子們在堤上數鳥，數到三百就亂了。
　　老師說，數不清也沒有關係，明年還會再來。牠們飛過的路，比我們一輩子走的都長，而且
季風
4
不需要地圖。
　　堤上的風很大，沒有人先回家。
季風
5
溪口茶行
高以寧
　　茶行的秤是民國三十年買的，到現在還準，老闆每天早上先秤一枚銅板，再開門做生意。
　　「斤兩是要還給天的。」他說。
季風
9
老街的鐘錶匠
文／陳立群
　　鐘錶匠的店只有一扇窗那麼寬，牆上掛滿了鐘，每一個走的時間都不一樣，他說這樣才熱鬧。
季風
15
渡船口
——寫給外婆
沈知夏
　　渡船口的石階一共二十七級，外婆走下去的時候要數一遍，走上來的時候再數一遍，怕少了一級。
季風
21
季風信箱
　　來信請寄本社，刊出後贈書一冊，恕不退稿，請自留底稿，並請寫明聯絡的方式。
"""


def test_the_second_layout() -> None:
    document = read_text(SECOND)
    assert_whole(document)
    assert [(one.title, one.subtitle, one.authors, one.pages) for one in document.sections] == [
        ("候鳥回來的那個冬天", "", ("林曉楓",), "4-8"),
        ("溪口茶行", "", ("高以寧",), "9-14"),
        ("老街的鐘錶匠", "", ("陳立群",), "15-20"),
        ("渡船口", "寫給外婆", ("沈知夏",), "21-29"),
        ("季風信箱", "", ("本社",), "30"),
    ]
    heads = [block.kind for block in document.blocks if text_at(document.text, block.spans) == "季風"][1:]
    assert set(heads) == {"furniture"}
    birds = blocks_of(document, "候鳥回來的那個冬天")
    assert ("paragraph", "老師說，數不清也沒有關係，明年還會再來。牠們飛過的路，比我們一輩子走的都長，而且不需要地圖。") in birds


# Parts


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["目录", "3 山路 王一", "8 水路 李二", "12 夜路 张三"], [("3", "山路 王一"), ("8", "水路 李二"), ("12", "夜路 张三")]),
        (["目錄", "山路……3", "水路……8", "夜路", "張三……12"], [("3", "山路"), ("8", "水路"), ("12", "夜路 張三")]),
        (["目次", "P.3", "山路", "P.8", "水路", "P.12", "夜路", "张三"], [("3", "山路"), ("8", "水路"), ("12", "夜路 张三")]),
        (["目 录", "山路/王一(3)", "水路/李二(8)", "夜路/张三(１２)"], [("3", "山路 王一"), ("8", "水路 李二"), ("12", "夜路 张三")]),
        (["目录", "12 夜路", "3 山路", "8 水路"], [("3", "山路"), ("8", "水路"), ("12", "夜路")]),
        (["目录", "山路", "水路 8", "夜路 9"], []),
    ],
)
def test_contents_entries_in_any_order(lines: list[str], expected: list[tuple[str, str]]) -> None:
    assert [(entry.page, " ".join(word.text for word in entry.words)) for entry in entries_of(lines)] == expected


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("郑 涛 蓝 天", ("郑涛", "蓝天")),
        ("苗 密", ("苗密",)),
        ("王小二 苗 密", ("王小二", "苗密")),
        ("文／陳立群", ("陳立群",)),
        ("本刊记者 周同", ("周同",)),
        ("古丽·艾山", ("古丽·艾山",)),
        ("歐陽小山", ("歐陽小山",)),
        ("本刊编辑部", ("本刊编辑部",)),
        ("收获幸福", ()),
        ("我们走在大路上", ()),
    ],
)
def test_bylines(line: str, names: tuple[str, ...]) -> None:
    assert byline_names(line) == names


def test_single_characters_make_names_by_their_surnames() -> None:
    assert names_of(list("王小二李大山")) == ("王小二", "李大山")
    assert names_of(list("王二李三")) == ("王二", "李三")


PROSE = "这一段话是为了把文章写满而写的,里面有逗号,也有句号。第二句同样不说什么要紧的事,只是占住地方。"


def issue(titles: list[str], broken: bool = False) -> str:
    contents = "\n".join(
        f"{number * 2} {title} 王{name}" for number, (title, name) in enumerate(zip(titles, "甲乙丙丁戊己", strict=False), 1)
    )
    bodies = [
        f"{title[:3] + chr(10) + title[3:] if broken else title}\n\n王{name}\n\n{PROSE}{title}。"
        for title, name in zip(titles, "甲乙丙丁戊己", strict=False)
    ]
    return f"目录\n\n{contents}\n\n" + "\n\n".join(bodies) + "\n"


@pytest.mark.parametrize("broken", [False, True])
def test_titles_broken_over_lines(broken: bool) -> None:
    titles = ["山路上的小学校", "水路上的旧码头", "夜路上的打更人"]
    document = read_text(issue(titles, broken))
    assert_whole(document)
    assert [(one.title, one.authors) for one in document.sections] == [(t, (f"王{n}",)) for t, n in zip(titles, "甲乙丙", strict=True)]


def test_a_title_set_from_the_right() -> None:
    text = issue(["山路上的学校 水边的钟声", "水路上的旧码头", "夜路上的打更人"]).replace(
        "山路上的学校 水边的钟声\n\n王", "水边的钟声 山路上的学校\n\n王"
    )
    assert section(read_text(text), "山路上的学校 水边的钟声").authors == ("王甲",)


def test_too_few_articles_or_chapters_are_no_issue() -> None:
    assert not read_text("目录\n\n3 山路 王一\n8 水路 李二\n12 夜路 张三\n\n山路\n\n" + PROSE).sections
    chapters = [f"第{numeral}章 {name}" for numeral, name in zip("一二三四", ["总则", "设施", "管理", "附则"], strict=True)]
    book = "目录\n\n" + "\n".join(f"{chapter} …… {page}" for page, chapter in enumerate(chapters, 1))
    assert not read_text(book + "\n\n" + "\n\n".join(f"{chapter}\n\n{PROSE}" for chapter in chapters)).sections


def test_a_half_that_fits_another_half_better_is_not_joined() -> None:
    word = "合作社"
    first = "她把账本交给了新来的会计,会计又把钥匙交给了合作"
    text = issue(["山路上的小学校", "水路上的旧码头", "夜路上的打更人"])
    between = f"圈里的羊一共有四十只,都是去年冬天买的。\n\n{PROSE}"
    scrambled = f"{first}\n\n{between}\n\n社门口的铃响了三声,人就散了。\n\n{word}门口和{word}门外都站着人。"
    document = read_text(text.replace(PROSE + "水路上的旧码头。", scrambled))
    assert not any(len(block.spans) > 1 for block in document.blocks)
    assert_whole(document)


def test_a_bundle_of_marked_pieces() -> None:
    text = "读书心得(精选3篇)\n\n网友 分享\n\n" + "\n\n".join(
        f"读书心得篇{n}\n\n{own}{PROSE}" for n, own in [(1, ""), ("二", "灯下的书\n\n"), (3, "")]
    )
    document = read_text(text)
    assert_whole(document)
    assert [one.title for one in document.sections] == ["读书心得篇1", "灯下的书", "读书心得篇3"]
    assert not document.blocks[0].section_id
    assert not read_text(text.replace("篇1", "篇2")).sections  # it does not count from one


def test_a_bundle_of_front_matters() -> None:
    text = "".join(
        f"---\ntitle: {title}\nauthor: {author}\ndate: 2030-0{n}-01\ntags:\n  - 河\n---\n\n{PROSE}\n\n"
        for n, (title, author) in enumerate([("上游", "王一"), ("下游", "李二")], 1)
    )
    document = read_text(text)
    assert_whole(document)
    assert [(one.title, one.authors, one.published) for one in document.sections] == [
        ("上游", ("王一",), "2030-01-01"),
        ("下游", ("李二",), "2030-02-01"),
    ]
    assert [block.kind for block in document.blocks] == ["metadata", "paragraph"] * 2
    assert not read_text(text.replace("title: 下游", "题头 下游")).sections


@given(st.text(alphabet="目录次篇一二三123456789 ·…—\n\n王李张山水路。,(接上页)[责任编辑:]□/摄◆\u3000", max_size=400))
def test_anything_is_whole(text: str) -> None:
    blocks = plain_blocks(text)
    found = structured(text, blocks)
    places = [place for block in found.blocks for span in block.spans for place in range(span.start, span.end)]
    assert len(places) == len(set(places))
    before = {place for block in blocks for span in block.spans for place in range(span.start, span.end) if not text[place].isspace()}
    assert before <= set(places)
    assert found.sections or list(found.blocks) == blocks


@given(st.lists(st.sampled_from(FIRST.split("\n\n")), max_size=40))
def test_any_order_of_an_issue_is_whole(parts: list[str]) -> None:
    text = "\n\n".join(parts).strip()
    if text:
        assert_whole(read_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "目录\n" + "3 山路 王一\n" * 20_000,
        "目录\n3 山路\n4 水路\n5 夜路\n\n" + "山路\n\n" * 20_000,
        "目录\n3 山路\n4 水路\n5 夜路\n\n" + ("山路\n\n" + PROSE + "\n\n水路\n\n" + PROSE + "\n\n夜路\n\n") * 2_000,
        "---\ntitle: 一\n---\n" * 5_000,
        "---\na: b\n" + " c: d\n" * 60_000,
        "篇1\n篇2\n" * 20_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    started = time.process_time()
    read_text(text)
    assert time.process_time() - started < 8


# Real files, where they are


def test_news_articles_come_out_as_before(shared: Path) -> None:
    with lzma.open(shared / "data" / "news.jsonl.xz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 500)]
    for text in texts:
        document = read_text(text)
        assert not document.sections
        assert list(document.blocks) == plain_blocks(document.text)


def test_the_magazine_and_the_bundle_among_the_seeds(shared: Path) -> None:
    by_size = sorted((shared / "seeds").iterdir(), key=lambda path: path.stat().st_size)
    magazine, bundle = (read(path.read_bytes(), path=path.name, doc_id=DOC_ID) for path in (by_size[-1], by_size[-2]))
    assert_whole(magazine)
    assert_whole(bundle)
    assert len(bundle.sections) == 6
    pages = {one.pages.partition("-")[0] for one in magazine.sections}
    assert len(pages) == 34  # entries of its contents page
    assert sum(bool(one.authors) for one in magazine.sections) >= 34
    assert sum(len(block.spans) - 1 for block in magazine.blocks) >= 80


def test_the_name_of_a_column_is_no_author() -> None:
    """Columns named above their articles, in the contents page and in the issue; 方 and 山 are surnames too."""
    columns = [("山上", "看潮的人", "苏望潮", 3), ("方言", "说说潮字", "何雁", 6), ("手艺", "补网记", "罗北辰", 9)]
    prose = "潮水退下去的时候，石阶露出来十几级，最下面的几级长满了青苔，人走上去要扶着墙，孩子们却跑得飞快。"
    contents = "\n".join(f"{column}\n{title}……………………{author}　{page}" for column, title, author, page in columns)
    articles = "\n\n".join(f"{column}\n\n{title}\n\n□{author}\n\n{prose}\n\n{prose}" for column, title, author, _ in columns)
    document = read_text(f"《潮声》季刊\n\n目　录\n\n{contents}\n\n{articles}\n")
    assert_whole(document)
    assert [(one.title, one.authors) for one in document.sections] == [
        ("看潮的人", ("苏望潮",)),
        ("说说潮字", ("何雁",)),
        ("补网记", ("罗北辰",)),
    ]
