"""Web pages as portals, WordPress, Blogspot and WeChat make them: what is the text, and what the page says of itself. All invented."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_checks import kinds, read_as

from qa.reading.web_lines import is_byline, labelled, role_of
from qa.records import Document

PROSE = [
    "白水镇的渡口昨天重新开航，停了两天的渡船又载着赶集的人过河，码头上从早到晚都有人排队等船。",
    "镇里的船工说，石阶是去年冬天塌的，今年春天才修好，新铺的石料是从上游的采石场运来的，一共用了四十方。",
    "过河的人多半是去对岸的集市，也有学生和看病的老人；渡船每天开十二个来回，逢集的日子再加四个来回。",
    "船工们还在渡口立了一块木牌，写上开船的时间和水位，水位超过红线的时候，渡船就停开。",
]


def paragraphs(texts: list[str] = PROSE) -> str:
    return "".join(f"<p>　　{text}</p>" for text in texts)


def links(*texts: str) -> str:
    return "".join(f'<li><a href="/{number}.html">{text}</a></li>' for number, text in enumerate(texts))


PORTAL = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>渡口重新开航_白水新闻_白水网</title>
<meta name="publishdate" content="2021-04-03 08:15:00"><meta name="author" content="白水网">
<meta property="og:site_name" content="白水网"></head><body>
<div class="top-bar"><a href="/">首页</a> | <a href="/n">新闻</a> | <a href="/v">视频</a> <a href="/login">登录</a></div>
<div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/n">白水新闻</a> &gt; 正文</div>
<div class="article"><h1>渡口重新开航</h1>
<div class="info">
<span>2021年04月03日 08:15</span>　来源：<a href="http://x.invalid">白水日报</a>　作者：罗某、周某　责任编辑：韩某
<span>字号：大 中 小</span></div>
<div class="video-player"><p>您的浏览器不支持播放此视频，请更换浏览器。</p>00:00 / 03:21</div>
{paragraphs()}
<p>相关阅读：</p><ul>{links("石阶翻修四月开工", "渡船换新，一次能载三十人", "采石场的四十方石料")}</ul>
<div class="bdsharebuttonbox">分享到： <a>微信</a> <a>微博</a> <a>QQ空间</a></div>
<p>（责任编辑：韩某）</p></div>
<div class="pagelinks"><a>上一页</a> <a>1</a> <a>2</a> <a>下一页</a></div>
<div id="comments"><h3>网友评论</h3><p>渡船总算开了，等了两天，去对岸看病的老人最高兴，希望以后修石阶能提前说一声。</p></div>
<div class="friend">友情链接</div>
<p>版权所有 白水网 未经授权不得转载 京ICP备12345678号</p></body></html>"""

WORDPRESS = f"""<!DOCTYPE html><html lang="zh-TW"><head>
<title>渡口重新開航 – 白水筆記</title><meta property="og:title" content="渡口重新開航 - 白水筆記">
<meta property="og:site_name" content="白水筆記">
<script type="application/ld+json">{{"@context":"https://schema.org","@graph":[{{"@type":"WebSite",
"name":"白水筆記"}},{{"@type":"BlogPosting","headline":"渡口重新開航","datePublished":"2021-04-03T08:15:00+08:00","author":{{"@type":"Person","name":"羅某"}}}}]}}</script>
</head><body class="home has-sidebar post-template"><a class="skip-link" href="#c">Skip to content</a>
<header class="site-header"><p class="site-title">白水筆記</p><nav><ul>{links("關於我", "遊記", "讀書")}</ul></nav></header>
<div id="content"><article class="post hentry tag-渡口"><header class="entry-header"><h1 class="entry-title">渡口重新開航</h1>
<div class="entry-meta">Posted by <span class="author vcard"><a rel="author">羅某</a>
</span> on <time class="entry-date published" datetime="2021-04-03">2021 年 4 月 3 日</time></div></header>
<div class="entry-content">{paragraphs()}<div class="sharedaddy"><h3>分享此文：</h3><ul>{links("Twitter", "Facebook")}</ul></div>
<div class="jp-relatedposts"><h3>相關文章</h3><ul>{links("石階翻修", "換新渡船")}</ul></div></div>
<footer class="entry-footer">分類：<a>遊記</a> 標籤：<a>渡口</a></footer></article>
<nav class="post-navigation">上一篇：<a>石階翻修</a> 下一篇：<a>換新渡船</a></nav>
<div id="comments" class="comments-area"><h2>2 則留言</h2><ol class="comment-list"><li><article><span class="author">韓某</span>
<time datetime="2022-01-01">2022</time>
<p>我上個月也去過這個渡口，船工人很好，還講了以前發大水的故事給我們聽。</p></article></li></ol></div></div>
<aside id="secondary" class="widget-area"><h2>近期文章</h2><ul>{links("茶社開會", "舊橋")}</ul></aside>
<footer>© 2021 白水筆記 · Proudly powered by WordPress</footer></body></html>"""

BLOGSPOT = f"""<html><head><title>白水雜記: 渡口重新開航</title></head><body>
<div class="header section" id="header"><h1 class="title">白水雜記</h1></div>
<div class="main section"><h2 class="date-header"><span>2021年4月3日 星期六</span></h2><div class="post hentry">
<h3 class="post-title entry-title">渡口重新開航</h3>
<div class="post-body entry-content">{paragraphs()}</div>
<div class="post-footer">張貼者： <span class="post-author vcard"><span class="fn">羅某</span>
</span> 於 <abbr class="published" title="2021-04-03T08:15:00+08:00">上午8:15</abbr></div>
<div class="comments" id="comments"><h4>沒有留言:</h4><p>張貼留言</p></div></div><div class="blog-pager">
<a>較新的文章</a> <a>首頁</a> <a>較舊的文章</a></div></div>
<div class="sidebar section"><div class="widget BlogArchive"><h2>網誌存檔</h2><ul>{links("2021 (12)", "2020 (30)")}</ul></div></div>
</body></html>"""

WECHAT = f"""<!DOCTYPE html><html><head><meta charset="utf-8">
<meta property="og:title" content="渡口重新开航"><meta property="og:site_name" content="微信公众平台">
<meta name="author" content="罗某"></head><body id="activity-detail"><div class="rich_media"><div class="rich_media_inner">
<h1 class="rich_media_title" id="activity-name">渡口重新开航</h1>
<div id="meta_content" class="rich_media_meta_list">
<span class="rich_media_meta">罗某</span> <a id="js_name">白水渡口</a> <em id="publish_time"></em></div>
<div class="rich_media_content" id="js_content">{paragraphs()}</div>
<div class="rich_media_tool">阅读原文 阅读 1024 赞 12 在看 3</div></div>
<div class="qr_code_pc"><p>微信扫一扫<br>关注该公众号</p></div><p>预览时标签不可点</p></div>
<script>var ct = "1617408900"; var nickname = "x";</script></body></html>"""

GOVERNMENT = f"""<html><head><title>渡口重新开航 - 白水县人民政府</title>
<meta name="ArticleTitle" content="渡口重新开航"><meta name="PubDate" content="2021-04-03 08:15">
<meta name="ContentSource" content="县交通局"><meta name="SiteName" content="白水县人民政府"></head><body><table width="100%"><tr><td>
<a>首页</a>　<a>政务公开</a>　<a>办事服务</a></td></tr></table>
<table><tr><td align="center"><b>渡口重新开航</b></td></tr><tr><td>发布时间：2021-04-03　来源：县交通局　浏览次数：25次</td></tr><tr>
<td>{paragraphs()}</td></tr>
<tr><td>【打印】【关闭】</td></tr></table><div>主办：白水县人民政府办公室 网站地图 联系我们</div></body></html>"""

PAGES = {"portal": PORTAL, "wordpress": WORDPRESS, "blogspot": BLOGSPOT, "wechat": WECHAT, "government": GOVERNMENT}


def page(name: str) -> Document:
    return read_as("网页.html", PAGES[name].encode())


@pytest.mark.parametrize("name", PAGES)
def test_the_paragraphs_are_the_text_and_nothing_else_is(name: str) -> None:
    assert [text for kind, text in kinds(page(name)) if kind == "paragraph"] == PROSE + (
        ["主办：白水县人民政府办公室 网站地图 联系我们"] if name == "government" else []
    )


@pytest.mark.parametrize(
    ("name", "title", "authors", "publication"),
    [
        ("portal", "渡口重新开航", ("罗某", "周某"), "白水日报"),
        ("wordpress", "渡口重新開航", ("羅某",), "白水筆記"),
        ("blogspot", "渡口重新開航", ("羅某",), ""),
        ("wechat", "渡口重新开航", ("罗某",), "白水渡口"),
        ("government", "渡口重新开航", (), "县交通局"),
    ],
)
def test_title_authors_source_and_day(name: str, title: str, authors: tuple[str, ...], publication: str) -> None:
    document = page(name)
    assert (document.title, document.authors, document.publication, document.published) == (title, authors, publication, "2021-04-03")


@pytest.mark.parametrize("name", PAGES)
def test_what_is_beside_the_text_is_kept_as_furniture(name: str) -> None:
    kept = {
        "portal": "渡船总算开了",
        "wordpress": "我上個月也去過",
        "blogspot": "網誌存檔",
        "wechat": "预览时标签不可点",
        "government": "【打印】【关闭】",
    }
    [kind] = [kind for kind, text in kinds(page(name)) if kept[name] in text]
    assert kind == "furniture"


# Lines


@pytest.mark.parametrize(
    "line",
    [
        *(
            "分享到： 微信 微博 QQ空间",
            "分享至：Facebook Twitter LINE",
            "上一页 1 2 3 下一页",
            "上一頁 | 下一頁",
            "首页 > 新闻 > 正文",
            "上一篇：石階翻修",
        ),
        *(
            "相关阅读",
            "相關閱讀：",
            "延伸閱讀",
            "推荐阅读：渡船换新",
            "■ 热门文章",
            "猜你喜欢",
            "Related Posts",
            "【打印】【关闭】",
            "字号：大 中 小",
        ),
        *(
            "版权所有 © 白水网",
            "Copyright 2021 白水",
            "未经授权不得转载",
            "京ICP备12345678号-1",
            "本網站使用 Cookie，繼續瀏覽即表示同意隱私權政策",
        ),
        *(
            "您的浏览器不支持此视频",
            "00:00 / 03:21",
            "3 條評論",
            "已有25人参与",
            "Leave a Reply",
            "阅读 1024",
            "瀏覽數：25",
            "標籤：渡口",
            "登录后才能评论",
        ),
        *("扫描二维码关注我们", "长按识别二维码", "喜欢此内容的人还喜欢", "回到顶部", "更多>>", "加入收藏 設為首頁", "閱讀全文"),
    ],
)
def test_lines_of_the_page(line: str) -> None:
    assert role_of(line)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "渡口重新开航",
            "上一页的表格有误，请以本页为准。",
            "分享是一种美德",
            "推荐阅读是图书馆每年秋天的活动，今年是第三届。",
            "首页的设计几经改动。",
            "大 中 小",
        ),
        *(
            "1",
            "2021",
            "热门",
            "相关部门的负责人说，石阶四月完工。",
            "版权归谁所有，双方各执一词。",
            "编辑部的故事",
            "阅读三百本书的少年",
            "登录火星的第三年",
        ),
        *(
            "最新的渡船一次能载三十人。",
            "文章代表作者的心血",
            "评论家说",
            "下一站：白水渡口",
            "链接两岸的渡船",
            "今日说法",
            "微信群里的老人",
        ),
        *PROSE,
    ],
)
def test_lines_of_a_text_are_none(line: str) -> None:
    assert not role_of(line)


@pytest.mark.parametrize(
    ("line", "source", "author"),
    [
        ("2021年04月03日 08:15　来源：白水日报　作者：罗某 周某　责任编辑：韩某", "白水日报", "罗某 周某"),
        ("來源：白水日報 | 作者：羅某 | 2021-04-03", "白水日報", "羅某"),
        ("文／羅某", "", "羅某"),
        ("罗某 发表于 2021-04-03", "", "罗某"),
        ("转自：《白水日报》2021年4月3日", "白水日报", ""),
        ("2021-04-03 08:15:00", "", ""),
    ],
)
def test_bylines(line: str, source: str, author: str) -> None:
    assert is_byline(line)
    assert (labelled(line, "source"), labelled(line, "author")) == (source, author)


def test_what_announces_a_list() -> None:
    assert [role_of(line) for line in ("相关阅读", "延伸閱讀：", "上一页 下一页")] == ["head of a list", "head of a list", "of the page"]


def test_links_below_the_head_of_a_list_are_furniture_and_prose_below_is_not() -> None:
    below = "<p>相关阅读</p><p><a>石阶翻修</a></p><p>2021-04-02</p><p><a>渡船换新</a></p><p>渡口的故事还没有讲完，明年再说。</p>"
    document = read_as("a.html", f"<html><body>{paragraphs()}{below}</body></html>".encode())
    assert [kind for kind, _ in kinds(document)][4:] == ["furniture"] * 4 + ["paragraph"]


def test_a_page_in_which_everything_is_called_a_menu_is_still_read() -> None:
    document = read_as("a.html", f'<html><body><div class="nav share">{paragraphs()}</div></body></html>'.encode())
    assert [text for kind, text in kinds(document) if kind == "paragraph"] == PROSE


# What it says of itself


def with_data(data: object) -> Document:
    body = f"<h2>白水网</h2><h2>渡口重新开航</h2>{paragraphs()}"
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return read_as("a.html", f'<html><head><script type="application/ld+json">{text}</script></head><body>{body}</body></html>'.encode())


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("罗某", ("罗某",)),
        ({"@type": "Person", "name": "罗某"}, ("罗某",)),
        ([{"name": "罗某"}, {"name": "周某"}, "韩某"], ("罗某", "周某", "韩某")),
        ("admin", ()),
        ("https://example.invalid/luo", ()),
        ("白水网", ()),
        ([{"name": ["罗某"]}, 3, None, [["罗某"]]], ()),
    ],
)
def test_linked_data(author: object, authors: tuple[str, ...]) -> None:
    data = {
        "@type": ["NewsArticle"],
        "headline": "渡口重新开航",
        "datePublished": "2021-04-03",
        "author": author,
        "publisher": {"name": "白水网"},
    }
    document = with_data([data, {"@type": "WebPage", "name": "别的"}])
    assert (document.title, document.authors, document.published, document.publication) == ("渡口重新开航", authors, "2021-04-03", "白水网")


@pytest.mark.parametrize(
    "data", ["{", "[" * 100_000, '{"headline": ' + "9" * 5000 + "}", '"渡口"', "null", '{"@type": {"a": 1}, "headline": 3, "author": {}}']
)
def test_linked_data_that_is_none_costs_nothing(data: str) -> None:
    assert "重新开航" in with_data(data).text


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@type", "@graph", "headline", "author", "name", "datePublished", "publisher"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_linked_data(data: object) -> None:
    with_data(data)


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("渡口重新开航_白水网", "", "渡口重新开航"),
        ("渡口重新开航-白水网", "<h1>白水网</h1><h1>渡口重新开航</h1>", "渡口重新开航"),
        ("专访|船工罗某", "<h2>专访|船工罗某</h2>", "专访|船工罗某"),
        ("渡口：2019-2021", "<h2>目录</h2>", "渡口：2019-2021"),
    ],
)
def test_titles(title: str, body: str, expected: str) -> None:
    assert (
        read_as("a.html", f"<html><head><title>{title}</title></head><body>{body}{paragraphs()}</body></html>".encode()).title == expected
    )
