"""Issues and bundles in plain text: contents pages, articles, furniture, joints. All issues, people and places are invented."""

from __future__ import annotations

import io
import json
import lzma
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from embeddings.hashing_encoder import HashingEncoder
from qa.answering.citing import attribution, cite
from qa.assistant import Assistant
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
        owners = {owner[place] for span in passage.spans for place in range(span.start, span.end) if place in owner}
        assert owners == {passage.section_id}


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
    assert first.reader == "text/4"
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


def test_the_colophon_is_found_when_asked_for_and_stays_out_of_other_answers(tmp_path: Path) -> None:
    (tmp_path / "石浦文史.txt").write_text(FIRST, encoding="utf-8")
    with Assistant.open(tmp_path / "library", encoder=HashingEncoder(dim=64)) as assistant:
        assistant.ingest([tmp_path / "石浦文史.txt"])
        assert "定 价 8.50元" in assistant.search("石浦文史主编是谁，电话和定价是多少？")[0].passage.text
        for query in ("米价最高的一年，一担米换多少盐？", "灯塔上的煤油灯多久添一次油？", "邮差的信在铁箱里最长等了几天？"):
            assert assistant.search(query)[0].passage.section_id, query


@pytest.mark.slow
def test_what_the_magazine_among_the_seeds_costs(shared: Path, tmp_path: Path) -> None:
    magazine = max((shared / "seeds").iterdir(), key=lambda path: path.stat().st_size)
    with Assistant.open(tmp_path / "library") as assistant:
        assistant.ingest([magazine])
        title = assistant.library.documents()[0].title
        [statement] = assistant.ask(f"《{title}》定价多少？").statements
        assert "6.00元" in statement.text


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


COLUMNS = [  # one article, its columns in the order in which they are read
    "渔村的老人都说,今年的潮水比往年大,码头边的石阶被冲掉了三级,村里请来石匠重新修整,又在旁边加了一道防护",
    "栏,孩子们放学以后再也不用绕路。村支书说,修石阶的钱是大家凑的,一共凑了两万多元,剩下的钱买了一批新的救生",
    "衣,就放在码头的小屋里,谁下海都可以借用。防护栏和救生衣都有人看管,大伙觉得这件事办得好。",
]


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0)])
@pytest.mark.parametrize("script", ["s2s", "s2t"])
def test_columns_out_of_order_are_joined_in_the_order_in_which_they_are_read(order: tuple[int, ...], script: str) -> None:
    parts = [f"石阶重修记\n\n江汀\n\n{COLUMNS[0]}", *COLUMNS[1:]]
    between = "\n\n村里的广播每天早上六点半开始,先播天气,再播潮水的时间。\n\n"
    issue_text = issue(["山路上的小学校", "水路上的旧码头", "夜路上的打更人"])
    entry, article = "12 石阶重修记 江汀", between.join(parts[place] for place in order) + "\n\n[责任编辑:林晚]"
    text = issue_text.replace("\n\n山路上", f"\n{entry}\n\n山路上", 1).rstrip() + f"\n\n[责任编辑:林晚]\n\n{article}\n"
    text = text if script == "s2s" else OpenCC(script).convert(text)
    document = read_text(text)
    assert_whole(document)
    [whole] = [block for block in document.blocks if len(block.spans) > 1]
    wanted = "".join(COLUMNS) if script == "s2s" else OpenCC(script).convert("".join(COLUMNS))
    assert text_at(document.text, whole.spans) == wanted
    [passage] = [one for one in split_passages(document) if "防護欄" in one.text or "防护栏" in one.text]
    assert wanted in passage.text


def test_what_follows_in_the_text_takes_up_a_column_that_came_out_elsewhere() -> None:
    before = "渔村的老人都说,今年的潮水比往年大,码头边的石阶被冲掉了三级,村里请来石匠重新修整,搬运工都成了志愿"
    column = "者,孩子们放学以后再也不用绕路。石阶修好以后,志愿者又办起了“读书角”“义务理发日”等"
    after = "特色活动,一年里办了六次,来的人一次比一次多。"
    between = "村里的广播每天早上六点半开始,先播天气,再播潮水的时间。"
    text = issue(["山路上的小学校", "水路上的旧码头", "夜路上的打更人"])
    body = "\n\n".join([before, after, between, column])
    document = read_text(text.replace(PROSE + "水路上的旧码头。", body))
    assert_whole(document)
    [whole] = [block for block in document.blocks if len(block.spans) > 1]
    assert text_at(document.text, whole.spans) == before + column + after


def test_a_heading_is_not_joined_to_the_paragraph_below_it_nor_a_half_to_a_new_item() -> None:
    text = issue(["山路上的小学校", "水路上的旧码头", "夜路上的打更人"])
    body = "村里修好了码头边上的石阶,又在旁边加了一道防护\n\n一是栏杆要常常检查,二是灯要亮着。\n\n　　栏杆的钱是大家凑的,一共凑了两万多元。"
    document = read_text(text.replace(PROSE + "水路上的旧码头。", body))
    assert not any(len(block.spans) > 1 for block in document.blocks)


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


# Ways of printing the same three articles


THREE = [("灯塔下的守夜人", "何雁", 2), ("老街的钟表匠人", "罗北辰", 4), ("渡口最后一条船", "江汀", 6)]
CONTENTS_LINES = {
    "page title author": "{page} {title} {author}",
    "author title page": "{author} {title} {page}",
    "dots between": "{title}……{author}……{page}",
    "author before a colon": "{author}：{title} / {page}",
    "author in brackets": "{title}（{author}） {page}",
    "wrapped inside the title": "{page} {title:.4}\n{rest} {author}",
    "wrapped before the author": "{page} {title}\n{author}",
    "page with a letter": "P{page:02} {title} | {author}",
    "page with a word": "{title} {author} 第{page}页",
    "pages from and to": "{title} {author} {page}-{next_page}",
}
TITLES: dict[str, Callable[[str], str]] = {
    "on a line": lambda title: title,
    "one character a line": "\n".join,
    "one character a paragraph": "\n\n".join,
    "broken": lambda title: f"{title[:3]}\n{title[3:]}",
    "spaced": " ".join,
    "between ornaments": lambda title: f"『{title}』",
    "parted by ornaments": lambda title: f"{title[:3]}\n\n◇◇◇\n\n{title[3:]}",
    "parted by Latin letters": lambda title: f"{title[:3]}\n\nSHIPU\n\n{title[3:]}",
}
BYLINES: dict[str, Callable[[str], str]] = {
    "alone": lambda author: author,
    "one character a line": "\n".join,
    "spaced": " ".join,
    "after 文": lambda author: f"文／{author}",
    "after an ornament": lambda author: f"□{author}",
    "after an office": lambda author: f"本刊记者 {author}",
}


def assert_three_articles(contents: str, title: str, byline: str, head: str = "目录", mark: str = "[责任编辑:林晚]") -> None:
    line = CONTENTS_LINES[contents]
    entries = [line.format(page=page, title=name, rest=name[4:], author=who, next_page=page + 1) for name, who, page in THREE]
    articles = [f"{TITLES[title](name)}\n\n{BYLINES[byline](author)}\n\n{PROSE}{PROSE}\n\n{mark}" for name, author, _ in THREE]
    text = f"{head}\n\n" + "\n".join(entries) + "\n\n" + "\n\n".join(articles) + "\n"
    for convert in (str, OpenCC("s2t").convert):
        document = read_text(convert(text))
        assert_whole(document)
        found = [("".join(filter(str.isalnum, one.title)), one.authors, one.pages.partition("-")[0]) for one in document.sections]
        assert found == [(convert(name), (convert(author),), str(page)) for name, author, page in THREE]


@pytest.mark.parametrize("contents", CONTENTS_LINES)
def test_contents_lines_of_any_order(contents: str) -> None:
    assert_three_articles(contents, "on a line", "alone")


@pytest.mark.parametrize("title", TITLES)
def test_titles_of_any_setting(title: str) -> None:
    assert_three_articles("page title author", title, "alone", mark="责编/林晚")


@pytest.mark.parametrize("byline", BYLINES)
def test_bylines_of_any_setting(byline: str) -> None:
    assert_three_articles("page title author", "on a line", byline, mark="(责任编辑 林晚)")
    assert_three_articles("author title page", "one character a line", byline, mark="責編：林晚")


@pytest.mark.parametrize("head", ["目 录", "目　次", "目錄 CONTENTS", "CONTENTS"])
def test_heads_of_contents_pages(head: str) -> None:
    assert_three_articles("page title author", "on a line", "alone", head)


def folio_issue(at_foot: bool, first: int) -> str:
    """Three articles of two pages each, the numbers of their pages at the foot or at the head."""
    pages = []
    for title, author, page in THREE:
        halves = f"{title}\n\n{author}\n\n{PROSE}村里修好了码头边上的石阶,又在旁边加了一道防护", f"栏,孩子们再也不用绕路。\n\n{PROSE}"
        for number, half in enumerate(halves, start=page + first):
            pages.append(f"{half}\n\n- {number} -" if at_foot else f"- {number} -\n\n{half}")
    contents = "\n".join(f"{page + first} {title} {author}" for title, author, page in THREE)
    return f"目录\n\n{contents}\n\n" + "\n\n".join(pages) + "\n"


@pytest.mark.parametrize("at_foot", [True, False])
def test_pages_from_the_numbers_printed(at_foot: bool) -> None:
    document = read_text(folio_issue(at_foot, 10))
    assert_whole(document)
    own = [block for block in document.blocks if block.section_id and block.kind != "furniture"]
    found = {text_at(document.text, block.spans)[:5]: block.page for block in own}
    assert [found[title[:5]] for title, _, _ in THREE] == ["12", "14", "16"]
    joints = [block for block in document.blocks if len(block.spans) > 1]
    assert [block.page for block in joints] == ["12", "14", "16"]
    last = [block.page for block in document.blocks if text_at(document.text, block.spans) == PROSE]
    assert last == ["13", "15", "17"]
    passage = next(passage for passage in split_passages(document, max_tokens=60, count_tokens=len) if passage.page == "15")
    assert cite(Hit(passage, 1.0, 1), document, Span(0, 5), 1).page == "15"


def test_numbers_that_do_not_agree_with_the_contents_page_are_no_pages() -> None:
    text = folio_issue(at_foot=True, first=10).replace("12 灯塔", "32 灯塔").replace("14 老街", "35 老街").replace("16 渡口", "39 渡口")
    document = read_text(text)
    assert len(document.sections) == 3
    assert {block.page for block in document.blocks} == {""}


# The other formats


PIECES = [("山路上的小学校", "王甲", 2), ("水路上的旧码头", "李乙", 4), ("夜路上的打更人", "张丙", 6)]


def docx_issue() -> bytes:
    document = docx.Document()
    document.add_heading("目录", level=1)
    for title, author, page in PIECES:
        document.add_paragraph(f"{title}\t{author}\t{page}")
    for title, author, _ in PIECES:
        document.add_heading(title, level=1)
        document.add_paragraph(author)
        document.add_paragraph(f"{PROSE}{title}。")
    table = document.add_table(3, 2)
    for row, cells in enumerate([("书名", "定价"), ("《山路》", "12元"), ("《水路》", "15元")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def pdf_issue() -> bytes:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(400, 600))

    def line(y: float, text: str, size: float = 10) -> None:
        canvas.setFont("STSong-Light", size)
        canvas.drawString(50, y, text)

    line(500, "目 录", 18)
    for number, (title, author, page) in enumerate(PIECES):
        line(450 - 20 * number, f"{title} ………… {author} {page}")
    canvas.showPage()
    for title, author, page in PIECES:
        line(520, title, 18)
        line(480, author)
        for number, words in enumerate(["这一段话是为了把文章写满而写的，里面有逗号，也有句号"] * 3 + ["第二行也一样，写到这里完。"]):
            line(440 - 16 * number, words)
        line(30, str(page))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize(
    ("second", "joined"),
    [("多粮食和茶叶，一直忙到天黑才回家，大家都觉得很高兴也很值", True), ("据了解，全县今年的茶叶产量比去年增加了两成以上，明年还", False)],
)
def test_columns_of_a_pdf_are_joined_only_where_their_words_go_on(second: str, joined: bool) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(700, 400))
    canvas.setFont("STSong-Light", 10)
    full = "村里的人每天早上都到码头去看船，看见船回来就帮着卸货搬"
    for x, lines in ((50, [full] * 7 + ["他们把新的船开到了对面的岛上，又从岛上运来了很多很多很"]), (370, [second] + [full] * 7)):
        for number, words in enumerate(lines):
            canvas.drawString(x, 350 - 17 * number, words)
    canvas.save()
    document = read(file.getvalue(), path="栏.pdf", doc_id=DOC_ID)
    assert any(len(block.spans) > 1 for block in document.blocks) == joined


def markdown_issue() -> bytes:
    contents = "\n".join(f"- {title} {author} {page}" for title, author, page in PIECES)
    articles = "\n\n".join(f"## {title}\n\n{author}\n\n{PROSE}{title}。" for title, author, _ in PIECES)
    return f"# 目录\n\n{contents}\n\n{articles}\n".encode()


@pytest.mark.parametrize(("name", "data"), [("刊.docx", docx_issue()), ("刊.pdf", pdf_issue()), ("刊.md", markdown_issue())])
def test_an_issue_in_another_format_becomes_sections(name: str, data: bytes) -> None:
    document = read(data, path=name, doc_id=DOC_ID)
    assert_whole(document)
    found = [(one.title, one.authors, one.pages.partition("-")[0]) for one in document.sections]
    assert found == [(title, (author,), str(page)) for title, author, page in PIECES]
    contents = [text_at(document.text, block.spans) for block in document.blocks if block.kind == "contents"]
    assert all(title in "".join(contents) for title, _, _ in PIECES)
    assert not any(PROSE[:10] in text for text in contents)
    passages = split_passages(document)
    assert not any("李乙" in passage.text and "张丙" in passage.text for passage in passages)
    assert {passage.section_id for passage in passages if "写满" in passage.text} == {"s1", "s2", "s3"}


def test_a_bundle_in_word_becomes_sections() -> None:
    document = docx.Document()
    for number in (1, 2, 3):
        document.add_heading(f"读书心得篇{number}", level=2)
        document.add_paragraph(PROSE)
    file = io.BytesIO()
    document.save(file)
    found = read(file.getvalue(), path="心得.docx", doc_id=DOC_ID)
    assert_whole(found)
    assert [one.title for one in found.sections] == ["读书心得篇1", "读书心得篇2", "读书心得篇3"]


def test_a_report_with_a_contents_page_stays_one_document() -> None:
    document = docx.Document()
    document.add_paragraph("目录")
    for number, title in enumerate(["山区的学校", "水路的运输", "夜间的巡逻"], start=2):
        document.add_paragraph(f"{title}\t{number}")
    for title in ["山区的学校", "水路的运输", "夜间的巡逻"]:
        document.add_heading(title, level=1)
        document.add_paragraph(PROSE)
    file = io.BytesIO()
    document.save(file)
    found = read(file.getvalue(), path="报告.docx", doc_id=DOC_ID)
    assert not found.sections
    assert [block.kind for block in found.blocks[:4]] == ["contents"] * 4
    assert [passage.heading for passage in split_passages(found)] == ["山区的学校", "水路的运输", "夜间的巡逻"]


def test_a_row_of_a_word_table_says_what_its_cells_are() -> None:
    rows = [passage.text for passage in split_passages(read(docx_issue(), path="刊.docx", doc_id=DOC_ID)) if "定价" in passage.text]
    assert any("书名：《水路》，定价：15元" in text for text in rows)


def test_merged_cells_of_a_word_table_are_said_again() -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    for row, cells in enumerate([("村", "年份", "产量"), ("石浦", "2029", "三吨"), ("", "2030", "四吨"), ("鹤浦", "2030", "五吨")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    frame = document.add_table(1, 1)
    frame.cell(0, 0).text = "框里的一段话，也是正文。"
    file = io.BytesIO()
    document.save(file)
    found = read(file.getvalue(), path="表.docx", doc_id=DOC_ID)
    assert [(block.kind, text_at(found.text, block.spans)) for block in found.blocks] == [
        ("furniture", "村\t年份\t产量"),
        ("table", "村：石浦，年份：2029，产量：三吨"),
        ("table", "村：石浦，年份：2030，产量：四吨"),
        ("table", "村：鹤浦，年份：2030，产量：五吨"),
        ("paragraph", "框里的一段话，也是正文。"),
    ]
