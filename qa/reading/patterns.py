"""What a single line of a Chinese publication looks like: heading, byline, caption, furniture, contents entry.

Conservative on purpose: a line that fits no pattern is a paragraph. The patterns judge one line without its neighbours; what needs
neighbours (a heading without a number, a contents page) is decided in `structure.py`.
"""

from __future__ import annotations

import re

from qa.records import BlockKind

LONGEST_HEADING = 40
LONGEST_MARKED_HEADING = 200  # where the format itself says heading; what is longer is prose in large type
LONGEST_NOTE = 60  # a byline or caption; longer lines are prose
SENTENCE_ENDS = "。！？；…!?;"
CLOSING = "”’」』）)]】》〉\"'"
NUMERAL = "0-9０-９〇零一二三四五六七八九十百千两"

NUMBERED_HEADING = re.compile(
    rf"""^(?:
        \#{{1,6}}\s+\S
      | 第\s*[{NUMERAL}]{{1,6}}\s*[章节節篇编編部卷回讲講课課]
      | [一二三四五六七八九十]{{1,3}}\s*[、．.]
      | [（(]\s*[一二三四五六七八九十]{{1,3}}\s*[)）]
      | (?:前言|引言|编后记|編後記|序言|结语|結語|后记|後記|附录|附錄|摘要|参考文献|參考文獻)$
    )""",
    re.X,
)
BRACKETED_HEADING = re.compile(r"【[^】]+】")
PIECE_OF_BUNDLE = re.compile(rf"篇\s*[{NUMERAL}]{{1,3}}$")
BYLINE = re.compile(
    r"""^[\[【（(〔]?\s*(?:
        (?:责任编辑|責任編輯|责编|責編|编辑|編輯|本期编辑|本期編輯|作者|记者|記者|撰文|文|通讯员|通訊員|来源|來源|供稿|校对|校對|编译|編譯|翻译|翻譯)\s*[:：／/]
      | [□■◎○●]\s*\S{1,4}(?:\s+\S{1,4}){0,3}$
      | (?:本报|本報|本刊)(?:记者|記者|编辑部|編輯部|讯|訊)\s*\S{0,16}$
      | .*(?:记者|記者|通讯员|通訊員).*(?:采写|採寫|报道|報道|報導)\s*[)）\]】]$
    )""",
    re.X,
)
SOURCE = re.compile(r"(?:来源|來源|出处|出處|转载自|轉載自|摘自)\s*[:：]?\s*《?([^\s《》|，,。;；:：()（）\[\]]{2,30})》?")
CAPTION = re.compile(
    r"""^□.*[/／]\s*\S{1,3}$
    | [/／]\s*(?:摄|攝|图|圖|供图|供圖|文)\s*[)）]?$
    | (?:摄|攝)\s*[)）]$
    | ^[图圖表]\s*[0-9０-９一二三四五六七八九十]*\s*[:：]
    | ^(?:封面|封底)\s*[:：]""",
    re.X,
)
PAGE_NUMBER = re.compile(r"[-—–·•\s]*\d{1,4}[-—–·•\s]*|第\s*\d{1,4}\s*[页頁]|[Pp]age\s+\d{1,4}|\d{1,4}\s*/\s*\d{1,4}")
BARE = re.compile(r"[\W_]+")
BUTTON = re.compile(
    r"(?:字[号號]|打印|分享|收藏|返回|首页|首頁|上一页|下一页|上一頁|下一頁|返回顶部|返回頂部"
    r"|扫描二维码|掃描二維碼|相关阅读|相關閱讀)\s*[:：]?[大中小\s|]*"
)
CONTENTS_TITLE = re.compile(r"目\s*[录錄次][A-Za-z\s]*|CONTENTS|Contents")
CONTENTS_PAGE = r"(?:[Pp][.．]?\s?|第\s?)?\d{1,3}(?:\s?[-–—~]\s?\d{1,3})?(?:\s?[页頁])?"  # 7, P7, 第7页, 7-9
CONTENTS_ENTRY = re.compile(
    rf"^[-–—·•\s]*{CONTENTS_PAGE}[\s|／/]+[^\s·•–-]|\S(?:[.．·…]{{2,}}\s*|\s+|\s*[(（/／|]\s*){CONTENTS_PAGE}[)）]?$|^[Pp]\.?\s?\d{{1,3}}$"
)
ISSUE = re.compile(
    r"(?:(?:19|20)\d\d\s*年\s*)?(?:[总總]\s*)?第\s*[0-9０-９一二三四五六七八九十百]{1,5}\s*期|(?:19|20)\d\d[·.]\d{1,2}(?!\d)"
)
UPRIGHT = re.compile(r"[\u3400-\u9fff](?:\s*\n\s*[\u3400-\u9fff]){1,19}")  # one character a line


def on_one_line(title: str) -> str:
    """A title without the line ends and the width of its setting; one that is set one character a line without blanks."""
    return ("" if UPRIGHT.fullmatch(title) else " ").join(title.split())


def ends_sentence(line: str) -> bool:
    """Whether a line ends with punctuation that ends a sentence, closing quotes and brackets aside."""
    stripped = line.rstrip().rstrip(CLOSING)
    return bool(stripped) and stripped[-1] in SENTENCE_ENDS + ".:："


def kind_of(line: str) -> BlockKind | None:
    """The kind that the line shows by itself, or None when it shows none. line: stripped, not empty."""
    if len(line) <= LONGEST_NOTE:
        if BARE.fullmatch(line) or BUTTON.fullmatch(line):
            return "furniture"
        if CAPTION.search(line):
            return "caption"
        if BYLINE.search(line):
            return "byline"
    if len(line) > LONGEST_HEADING:
        return None
    numbered = not ends_sentence(line) and (NUMBERED_HEADING.match(line) or PIECE_OF_BUNDLE.search(line))
    return "heading" if numbered or BRACKETED_HEADING.fullmatch(line) else None
