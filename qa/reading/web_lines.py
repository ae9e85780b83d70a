"""Lines of a web page that belong to the page and not to its text: share bars, page turns, notices, and the heads of lists of other pages.

Each line is judged by itself, folded, so that one pattern serves both scripts; blog systems speak English too. Conservative on purpose:
every word of a share bar has to be one, and a line of prose is none of these. Not handled: advertisements that read like articles.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from embeddings.folding import fold
from qa.reading.dates import date_in, is_date_line
from qa.reading.patterns import LONGEST_NOTE

LONGEST_BAR, LONGEST_NOTICE, LONGEST_BYLINE = 120, 200, 120  # characters
FARTHEST_INSIDE = 30  # from the beginning of the line


def _folded(pattern: str) -> re.Pattern[str]:
    """A pattern for folded lines: its words are folded as well. Without marks of full width, and without \\W, \\S and \\D."""
    return re.compile(fold(pattern), re.X)


BETWEEN_WORDS = re.compile(r"[\s|/·•>›»«‹:,、()\[\]【】_-]+")
WORD = _folded(
    r"""(?:点击|一键|立即|我要)?(?:
        分享(?:到|至|给好友|本文)?|转发(?:到|至)?|微信(?:好友|公众号|扫一扫)?|朋友圈|(?:新浪|腾讯)?微博|qq(?:空间|好友)?|豆瓣
      | facebook|twitter|line|whatsapp|telegram|pinterest|linkedin|instagram|youtube|plurk|reddit|e-?mail|rss|blogthis!?
      | 复制(?:链接|连结)?|打印(?:本页|本文)?|列印|收藏(?:本文)?|点赞|点个赞|赞|在看|举报|检举|打赏|赞赏|投稿|纠错
      | 字号|字体|关闭(?:窗口|视窗)?|返回(?:顶部|列表|首页|上一页)?|回到顶部|置顶|top
      | 首页|主页|上一?页|下一?页|上一[篇则]|下一[篇则]|尾页|末页|共\d+页|第\d+页|全文
      | 更多(?:新闻|文章|内容)?|查看更多|看更多|阅读(?:更多|全文|原文)|继续阅读|展开(?:全文|阅读)?|收起
      | 登录|登入|注册|搜索|搜寻|检索|退出|个人中心|会员|评论|发表评论|留言|回复|关注|追踪|订阅
      | 下载|app(?:下载)?|客户端|手机版|电脑版|网站地图|关于我们|联系我们|联络我们|广告服务|广告刊登
      | 法律声明|免责声明|隐私权?(?:政策|声明)?|服务条款|使用条款|友情(?:链接|连结)|设为首页|加入收藏
      | 正在播放|点击播放|播放列表|重新播放|倍速|全屏|简体(?:中文|版)?|繁体(?:中文|版)?|english|无障碍(?:浏览)?|语音播报|听新闻
      | home|next|prev(?:ious)?|older|newer|posts?|page|share|tweet|print|menu|search|log\ ?in|sign\ ?up|comments?|reply|subscribe|this
    )"""
)
WEAK = re.compile(r"\d{1,6}|[大中小]|阅读|浏览|…|\.{3}|正文|到|至|of|skip|to|content")  # in a bar, beside one of those
NOTICE = _folded(
    r"""[^\w]{0,4}(?:
        (?:分享|转发)(?:到|至)\s*:
      | (?:微信|手机)?(?:扫描|扫一扫|扫码|长按).{0,16}(?:二维码|qr|识别|关注|下载|分享|阅读|公众号).{0,12}$
      | (?:上一?|下一?|前一?|后一?)[篇条则](?:文章|新闻)?\s*:
      | (?:当前|您的|您现在的|你的|所在)位置\s*(?::|是)
      | (?:首页|主页|home)\s*(?:[>›»/→]|-{1,2}>)
      | (?:版权|著作权)所有|copyright\b|©|\(c\)\s*(?:19|20)\d\d
      | (?:您|你)的浏览器|your\ browser
      | (?:本网站|本站|我们)会?使用\s*cookie
      | (?:本文|文章|以上内容|本内容)?[仅只]代表作者(?:本人|个人)?观点
      | (?:免责|版权|郑重|特别)声明\s*:
      | (?:标签|关键词|关键字|tags?|labels?|分类|categor(?:y|ies)|filed\ under|posted\ in)\s*:
      | (?:阅读|浏览|点击|人气|评论|留言|观看)(?:量|数|次数)?\s*[:(]?\s*\d[\d,.万+]*\s*[次人)]?\s*$
      | (?:已有|共有?)?\s*\d[\d,]*\s*(?:[条则个人]\s*)?(?:评论|留言|回应|跟帖|参与|赞|likes?|comments?)\s*$
      | (?:我要|发表|写|撰写|网友|全部|最新|热门|查看全部|登[录入]后?)(?:才能|可以)?(?:评论|留言|回复)[\s\d:()条]*$
      | leave\ a\ (?:reply|comment)|post\ a\ comment|\d+\ (?:thoughts?|responses?)\ on
      | (?:视频|音频|影片|播放器)(?:加载|载入|正在|暂停|无法|播放)
      | \d\d:\d\d\s*/\s*\d\d:\d\d
      | 喜欢此内容的人还喜欢|预览时标签不可点|继续滑动看下一个|轻触阅读原文|收录于(?:合集|话题)|微信号\s*:|scan\ to\ follow|向上滑动看下一个
    )"""
)
NOTICE_INSIDE = _folded(
    r"""all\ rights?\ reserved
      | [a-z一-鿿]icp[备证]|公网安备|网络视听许可证|互联网新闻信息服务许可证|增值电信业务
      | \bcookies?\b.{0,80}(?:同意|接受|隐私|政策|使用|体验|accept|agree|policy)
      | 未经(?:本[报站网社刊]|书面|作者)?.{0,6}(?:授权|许可|允许|同意).{0,12}(?:不得|禁止|请勿|严禁).{0,6}(?:转载|使用|复制|摘编)
    """
)
OTHER_PAGES = r"(?:阅读|新闻|文章|报道|报导|链接|连结|推荐|喜欢|感兴趣|内容|资讯|专题|回顾|留言|话题|评论|日志|导读|视频|影片|帖子)"
HEAD_OF_LIST = _folded(
    rf"""[^\w]{{0,3}}(?:
        (?:相关|延伸|推荐|热门|热点|精彩|精选|最新|最近|近期|今日|往期|其[他它]|更多|编辑|猜[你您]|[你您]可能|同类|图片)(?:也|会|还|都)?
            {OTHER_PAGES}(?:的文章|的内容|推荐)?
      | 大家都在看|人气排行|(?:点击|阅读|新闻|热文|24小时|一周)?(?:排行榜?|热榜)|友情(?:链接|连结)|存档|封存|汇整|标签云|文章(?:归档|分类)
      | related(?:\ (?:posts?|articles?|stories))?|you\ (?:may|might)\ also\ like|(?:recent|popular)\ (?:posts?|comments?)
      | (?:blog\ )?archives?
    )\s*(?:更多|more|[>›»])*[^\w]{{0,3}}$"""
)
LIST_IN_LINE = _folded(r"[^\w]{0,3}(?:相关|延伸|推荐|更多)(?:阅读|新闻|文章|报道|报导|链接|连结)\s*[:|]")

LABEL = re.compile(
    r"""(?<!\w)(?:
        (?P<source>(?:稿件|信息|文章|新闻|新聞|资料|資料)?(?:来源|來源|出处|出處)|转自|轉自|转载自|轉載自|摘自|Source)
      | (?P<author>作者|记者|記者|撰文|撰稿|文字|文|供稿|Author|Posted\ by)
      | 责任编辑|責任編輯|责编|責編|编辑|編輯|编审|审核|審核|校对|校對|初审|终审|发布者?|發[布佈]者?
      | (?:发布|發[布佈]|更新|发表|發表)?(?:时间|時間|日期)
      | (?:阅读|閱讀|浏览|瀏覽|点击|點擊|人气|人氣|评论|評論|字号|字號|分享)(?:量|数|數|次数|次數)?
    )\s*[:：／/]""",
    re.X | re.I,
)
LABEL_END = re.compile("[:：／/]")
SIGNED = re.compile(r"^(?:由|by|posted by)?\s*([^\s\d:：|，。]{2,20})\s*(?:发表[于於]|發表[于於]|发布[于於]|發[布佈][于於]|撰[于於])", re.I)
VALUE_ENDS = re.compile(r"[|｜\[\]【】]|\d{4}\s*[-年/.]|\d{1,2}:\d\d")
MARKS = " \t\u3000　()（）<>《》:：-—·"


@lru_cache(maxsize=2_048)  # the pages of a site repeat theirs
def role_of(line: str) -> Literal["", "of the page", "head of a list"]:
    """What a line is to the page: a bar of buttons, a page turn or a notice; what announces links to other pages (相关阅读); or nothing."""
    if len(line) > LONGEST_NOTICE:
        return ""
    folded = fold(line)
    if len(line) <= LONGEST_NOTE and (HEAD_OF_LIST.match(folded) or LIST_IN_LINE.match(folded)):
        return "head of a list"
    inside = NOTICE_INSIDE.search(folded)
    is_notice = NOTICE.match(folded) or (inside and inside.start() <= FARTHEST_INSIDE)
    return "of the page" if is_notice or (len(line) <= LONGEST_BAR and _is_bar(folded)) else ""


def is_byline(line: str) -> bool:
    """Whether a line near the top tells when and where the text appeared, and who wrote it."""
    if len(line) > LONGEST_BYLINE:
        return False
    n_labels = sum(1 for _ in LABEL.finditer(line)) if LABEL_END.search(line) else 0
    labelled_first = n_labels > 0 and len(line) <= LONGEST_NOTE and bool(LABEL.match(line))
    return is_date_line(line) or labelled_first or n_labels + bool(date_in(line)) > 1


def labelled(line: str, kind: str) -> str:
    """What stands behind the label of that kind, "source" or "author", up to the next label, date or bar; "" where nothing does."""
    labels = [*LABEL.finditer(line)]
    for place, label in enumerate(labels):
        if label.lastgroup == kind:
            value = line[label.end() : labels[place + 1].start() if place + 1 < len(labels) else len(line)]
            return VALUE_ENDS.split(value, maxsplit=1)[0].strip(MARKS)
    signed = SIGNED.match(line) if kind == "author" else None
    return signed[1] if signed else ""


def _is_bar(folded: str) -> bool:
    """Whether every word is one of a bar's, and not all of them could be anything."""
    words = [word for word in BETWEEN_WORDS.split(folded) if word]
    return all(WORD.fullmatch(word) or WEAK.fullmatch(word) for word in words) and any(map(WORD.fullmatch, words))
