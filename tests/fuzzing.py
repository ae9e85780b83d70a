"""Damaged files of every format, always the same ones: real files made by real writers, and what chance and malice make of them.

A case is told by (format, number), so a failure can be made again by itself. Packages are also damaged inside, and packed again with right
checksums: a flipped bit of compressed data only ever meets the checksum.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache

import docx
import openpyxl
from odf import table as odf_table
from odf import text as odf_text
from odf.opendocument import OpenDocumentText
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

LARGEST = 2_000_000  # bytes of a case
NOW = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")  # what writers note of the day on which they write
PROSE = [
    "渡口的石阶去年冬天塌了两级，镇里说四月修好。",
    "Ferry No. 3 carries 30 people.",
    "過河的人多半去趕集，也有看病的老人；逢集的日子加四班。",
    "来源：白水日报　2021年4月3日",
]
ISSUE = (
    "白水季刊\n2021年第3期 总第12期\n目录\n渡口的春天 罗某 4\n石阶 周某 9\n—— 4 ——\n渡口的春天\n□ 罗某\n"
    + "\n".join(PROSE)
    + "\n（下转第9页）\n石阶\n文/周某\n（接第4页）\n"
    + "\n".join(PROSE)
)
PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>渡口_白水网</title><meta name="pubdate" content="2021-04-03">'
    '<script type="application/ld+json">'
    '{"@type":"NewsArticle","headline":"渡口","author":[{"name":"罗某"}],"datePublished":"2021-04-03"}</script>'
    '</head><body><nav><a href="/">首页</a></nav>'
    '<div class="share">分享到</div><h1>渡口</h1><table><tr><th>年</th><th>班次</th></tr><tr><td>2020</td><td>12</td></tr></table>'
    "<pre>a\nb</pre>"
    + "".join(f"<p>{text}</p>" for text in PROSE)
    + "<p>相关阅读</p><ul><li><a>石阶</a></li></ul><footer>© 白水网</footer></body></html>"
)
PIECES = [("渡口的春天", "罗某　2021-04-03", PROSE[0]), ("石阶", "文/周某", PROSE[2])]  # title, byline, text
ARTICLES = "".join(f"<article><h2>{title}</h2><p>{byline}</p><p>{text * 2}</p></article>" for title, byline, text in PIECES)
RTF = (
    r"{\rtf1\ansi\ansicpg936\uc1{\fonttbl{\f0\fcharset134 SimSun;}}{\info{\title \'b6\'c9\'bf\'da}{\author A}}"
    r"\pard\f0 \'b6\'c9\'bf\'da\par \u28193?\u21475?\par\trowd\cellx100\cellx200\intbl a\cell b\cell\row"
    r"\pard\outlinelevel0 A\par\pard Luo 2021-04-03\par\pard\outlinelevel0 B\par\pard 2021-04-04\par"
    r"\pard{\field{\*\fldinst HYPERLINK}{\fldrslt x}}\footnote y\par{\pict\pngblip 8950}}"
)
CSV = '村,户数,河流\n河东村,120,青溪\n"河西,村","8\n0",无\n' * 3
TOKENS: tuple[bytes, ...] = (
    *(b"\0", b"\0" * 64, b"\xff\xff\xff\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\n" * 300, b"\t" * 300, b" " * 2000, b"\xa1\xa1" * 50),
    *(b"99999999999999999999999", b"-1", b"0", b"1e308", b"NaN", b"2147483648", b"4294967295", b"%s%n", b"A" * 5000, b"9" * 5000),
    *(b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>", b"&c;", b"&#x10FFFF;", b"&#xD800;", b"&#0;", b"]]>"),
    *(b"<![CDATA[", b"<!--", b"-->", b"<a>" * 600, b"</div>" * 50, b'<?xml version="1.0" encoding="utf-16"?>', b"<script>"),
    *(b"<table>" * 50, b"<td>"),
    *(b"---\n", b"---\ntitle: [[[[\n---\n", b"a: &x [*x, *x]\n", b"```\n", b"|a|b|\n|-|-|\n", b"# " * 40, b'"' * 99, b"," * 999),
    *(b"sep=\x07\n",),
    *(b"{" * 500, b"}" * 20, b"\\u-99999999 ", b"\\bin99999999 ", b"\\'", b"\\uc9999 ", b"\\trowd\\cell\\row" * 30, b"\\*"),
    *(b"\\ansicpg99999",),
    *(b"=?gb2312?B?", b"?=", b"=\n", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", b"charset=utf-7", b"\n\n", b"boundary*0*=''%"),
    *(b" 0 obj", b"endobj", b"stream", b"/Kids [1 0 R]", b"/Length 99999999", b"/Count -1", b"<<" * 200, b"[" * 500, b"(" * 300),
    *(b"trailer", b"xref"),
    *(b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", "目录\n".encode(), "篇1\n篇2\n".encode(), "（下转第9页）\n".encode()),
    *("民國一一一年".encode(), "去年".encode()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A file that somebody damaged."""

    name: str
    data: bytes


def case(kind: str, number: int) -> Case:
    """The damaged file of that number; the same every time."""
    chance = random.Random(f"{kind} {number}")
    variants = originals()[kind]
    name, data = variants[number % len(variants)]
    if zipfile.is_zipfile(io.BytesIO(data)) and chance.random() < 0.8:
        data = _damaged_inside(data, chance)
        if chance.random() < 0.8:
            return Case(name, data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        data = _damaged(data, chance)
    return Case(name, data[:LARGEST])


def _damaged(data: bytes, chance: random.Random) -> bytes:
    size = len(data)
    place, other = sorted((chance.randint(0, size), chance.randint(0, size)))
    do = chance.randrange(9)
    if do == 0:  # flip
        changed = bytearray(data)
        for _ in range(chance.choice((1, 3, 20))):
            if changed:
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)
    if do == 1:  # cut
        return data[:other]
    if do == 2:  # drop a part
        return data[:place] + data[min(other, place + 200) :]
    if do == 3:  # repeat a part
        return data[:place] + data[place : min(other, place + 3000)] * chance.choice((2, 5, 60)) + data[other:]
    if do == 4:  # splice in a part of another file
        [(_, foreign)] = chance.sample(originals()[chance.choice(sorted(originals()))], 1)
        start = chance.randint(0, len(foreign))
        return data[:place] + foreign[start : start + 2000] + data[place:]
    if do == 5:  # a number grows
        digits = [at for at in range(place, min(size, place + 400)) if data[at : at + 1].isdigit()]
        at = chance.choice(digits) if digits else place
        return data[:at] + chance.choice((b"99999999", b"-", b"0" * 9, b"7" * 400)) + data[at + 1 :]
    if do == 6:  # two parts change places
        return data[:place] + data[other:] + data[place:other]
    if do == 7:  # noise
        return data[:place] + chance.randbytes(chance.choice((1, 8, 200))) + data[place + 8 :]
    return data[:place] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 30)) + data[place:]


def _damaged_inside(data: bytes, chance: random.Random) -> bytes:
    parts = _parts(data)
    names = sorted(parts)
    changed = dict(parts)
    for _ in range(chance.choice((1, 1, 3))):
        name = chance.choice(names)
        do = chance.randrange(12)
        if do == 0:
            changed.pop(name, None)
        elif do == 1:
            changed[name] = parts[chance.choice(names)]
        elif do == 2:
            changed[chance.choice(("../" + name, name.upper(), name + "/", "\0" + name, "渡" * 90, ""))] = parts[name]
        elif do == 3:
            changed[name] = data[: chance.choice((200, 100_000))]  # the package inside itself
        else:
            for _ in range(chance.choice((1, 2, 6))):
                changed[name] = _damaged(changed.get(name, b""), chance)[:LARGEST]
    return packed(changed)


@cache
def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip archive of them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two names that are equal up to a NUL
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # without a date: the same bytes every time
    return file.getvalue()


@cache
def originals() -> dict[str, tuple[tuple[str, bytes], ...]]:
    """By the name of the format: files that are whole, with their names."""
    prose, page = "\n\n".join(PROSE), PAGE.encode()
    files = {
        "text": (
            ("a.txt", prose.encode()),
            ("a.txt", prose.encode("gb18030")),
            ("a.txt", ISSUE.encode()),
            ("a.txt", ISSUE.encode("utf-16")),
        ),
        "markdown": (
            ("a.md", f"---\ntitle: 渡口\ndate: 2021-04-03\n---\n# 渡口\n\n{prose}\n\n|年|班|\n|-|-|\n|1|2|\n\n```\nx\n```\n".encode()),
            ("a.md", "\n\n".join(f"## {title}\n\n{byline}\n\n{text}" for title, byline, text in PIECES).encode()),
        ),
        "html": (
            ("a.html", page),
            ("a.html", PAGE.replace("utf-8", "gbk").encode("gbk", "replace")),
            ("a.html", f"<html>{ARTICLES}".encode()),
        ),
        "mhtml": (("a.mhtml", _mhtml(page)), ("a.mhtml", _mhtml(f"<html>{ARTICLES}".encode()))),
        "eml": (("a.eml", _mail()),),
        "separated": (("a.csv", CSV.encode()), ("a.tsv", CSV.replace(",", "\t").encode("gbk"))),
        "rtf": (("a.rtf", RTF.encode()),),
        "docx": (("a.docx", _saved(_docx)),),
        "odt": (("a.odt", _saved(_odt)),),
        "xlsx": (("a.xlsx", _saved(_xlsx)),),
        "epub": (("a.epub", _epub(page)),),
        "pdf": (("a.pdf", _pdf(compress=False)), ("a.pdf", _pdf(compress=True))),
    }
    inside = {f"{number}{name}": data for number, ((name, data), *_) in enumerate(files.values())}
    return files | {
        "zip": (
            ("a.zip", packed({"信.txt": prose.encode(), "页.html": page, "内.zip": packed({"a.txt": prose.encode()})})),
            ("b.zip", packed(inside)),
        )
    }


def bombs() -> Iterator[Case]:
    """Files that were made to break a reader: small themselves, and without end inside."""
    entities = "<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
    for kind in ("docx", "odt", "xlsx", "epub"):
        [(name, data), *_] = originals()[kind]
        parts = _parts(data)
        for part in sorted(part for part in parts if part.endswith((".xml", ".opf", ".xhtml", ".rels"))):
            root = parts[part].decode()
            head, begun, rest = root.partition("?>") if root.startswith("<?xml") else ("", "", root)
            yield Case(name, packed(parts | {part: f"{head}{begun}{entities}{rest.replace('</', '&a11;</')}".encode()}))
            deep = root[: len(root) // 2].rsplit(">", 1)[0] + ">"
            yield Case(name, packed(parts | {part: (deep + "<p>" * 50_000).encode()}))
            yield Case(name, packed(parts | {part: (deep + "<p a='1'>x</p>" * 20_000).encode()}))
            yield Case(name, packed(parts | {part: root.replace('"1"', '"' + "9" * 4000 + '"').encode()}))
    yield Case("a.html", ("<div>" * 100_000).encode())
    yield Case("a.html", ("<div class='share nav'>" * 2_000 + "渡口。" * 20_000).encode())
    yield Case("a.html", ("<table><tr><td>" * 5_000 + "渡口").encode())
    yield Case("a.html", ("<html>" + "<h1>渡口</h1><a class='author'>某</a>" * 20_000).encode())
    yield Case("a.html", (entities + "<html><p>&a11;</p></html>").encode())
    yield Case("a.html", ("<html><head><title>" + "渡-_ " * 200_000 + "</title></head><p>渡口</p></html>").encode())
    yield Case("a.html", ('<html><script type="application/ld+json">' + '{"@graph":[' * 5_000 + "</script><p>渡口</p></html>").encode())
    yield Case(
        "a.md", ("---\n" + "".join(f"a{n}: &a{n} [*a{max(0, n - 1)}, *a{max(0, n - 1)}]\n" for n in range(40)) + "---\n渡口").encode()
    )
    yield Case("a.md", ("[" * 100_000 + "渡口").encode())
    yield Case("a.txt", ("渡口" * 500_000).encode())
    yield Case("a.txt", ("渡\n" * 300_000).encode("gb18030"))
    yield Case("a.txt", ("目录\n" + "渡口 罗某 4\n" * 30_000).encode())
    yield Case("a.txt", ("篇1\n渡口。\n" * 30_000).encode())
    yield Case("a.txt", ("---\ntitle: 渡口\n---\n渡口。\n" * 5_000).encode())
    yield Case("a.txt", ("2021年" * 100_000 + "\n" + "去年" * 100_000).encode())
    yield Case("a.txt", b"\x81" * 1_000_000)
    yield Case("a.txt", b"\xe9\x94" * 300_000 + "锟斤拷".encode() * 100_000)
    yield Case("a.csv", (("渡," * 5_000 + "\n") * 40).encode())
    yield Case("a.csv", ('"' + "渡" * 400_000).encode())
    yield Case("a.rtf", rb"{\rtf1" + b"{" * 200_000 + b"x")
    yield Case("a.rtf", rb"{\rtf1" + rb"\trowd\cellx1 a\cell" * 40_000 + b"}")
    yield Case("a.rtf", rb"{\rtf1\u20013?\bin99999999 " + b"\\'" * 200_000 + b"}")
    yield Case("a.eml", b"From: a\nSubject: " + b"=?utf-8?B?5rih?= " * 50_000 + b"\n\nx")
    yield Case("a.eml", b"From: a\nContent-Type: " + b"a;" * 50_000 + b"\n\nx")
    yield Case("a.eml", b"From: a\n" + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1_500)))
    yield Case(
        "a.pdf",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj "
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 99999999>>endobj trailer<</Root 1 0 R>>",
    )
    far = originals()["pdf"][0][1].replace(b"1 0 0 1 220 ", b"1 0 0 1 900000000 ")
    yield Case("a.pdf", far)
    yield Case("a.zip", packed({f"{number}.txt": b"" for number in range(9_999)}))
    yield Case("a.zip", packed({f"{number}.html": "<p>渡口</p>".encode() for number in range(2_000)}))
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.txt", bytes(64 << 20))
    yield Case("a.zip", zeros.getvalue())
    yield Case("a.zip", packed({f"{number}.zip": zeros.getvalue() for number in range(50)}))


# The files


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    file = io.BytesIO()
    save(file)
    return packed({name: NOW.sub(b"2021-04-03T08:15:00Z", part) for name, part in _parts(file.getvalue()).items()})


def _docx(file: io.BytesIO) -> None:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "渡口", "罗某"
    document.add_heading("渡口", 1)
    for text in PROSE:
        document.add_paragraph(text)
    for title, byline, text in PIECES:
        document.add_heading(title, 2)
        document.add_paragraph(byline)
        document.add_paragraph(text)
    document.add_table(2, 2).cell(0, 0).text = "年"
    document.sections[0].header.paragraphs[0].text = "白水"
    document.save(file)


def _odt(file: io.BytesIO) -> None:
    document = OpenDocumentText()
    document.text.addElement(odf_text.H(outlinelevel=1, text="渡口"))
    for line in PROSE:
        document.text.addElement(odf_text.P(text=line))
    for title, byline, text in PIECES:
        document.text.addElement(odf_text.H(outlinelevel=2, text=title))
        document.text.addElement(odf_text.P(text=byline))
        document.text.addElement(odf_text.P(text=text))
    table = odf_table.Table()
    for _ in range(2):
        row = odf_table.TableRow()
        for value in ("年", "班次"):
            cell = odf_table.TableCell()
            cell.addElement(odf_text.P(text=value))
            row.addElement(cell)
        table.addElement(row)
    document.text.addElement(table)
    document.write(file)


def _xlsx(file: io.BytesIO) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("村", "户数", "日"), ("河东村", 120, 44_000.5), ("河西村", "=B2*2", None), ("北山村", -8.25, True)):
        sheet.append(row)
    sheet["C2"].number_format = "yyyy-mm-dd"
    sheet.merge_cells("A4:A5")
    book.save(file)


def _epub(page: bytes) -> bytes:
    container = '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>'
    package = (
        '<package xmlns:dc="d"><metadata><dc:title>渡口</dc:title><dc:creator>罗某</dc:creator><dc:date>2021-04-03</dc:date>'
        '</metadata><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="n" href="n.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        '<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    links = '<li><a href="a.xhtml">渡口</a><ol><li><a href="a.xhtml#x">石阶</a></li></ol></li><li><a href="b.xhtml">集</a></li>'
    pages = {"O/b.xhtml": f"<html>{ARTICLES}".encode(), "O/n.xhtml": f"<html><body><nav>目录<ol>{links}</ol></nav></body></html>".encode()}
    parts = {"mimetype": b"application/epub+zip", "META-INF/container.xml": container.encode(), "O/b.opf": package.encode()}
    return packed(parts | {"O/a.xhtml": page} | pages)


def _pdf(*, compress: bool) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595), pageCompression=int(compress), invariant=1)
    canvas.setTitle("渡口")
    for number in range(2):
        for row, text in enumerate(PROSE * 3):
            canvas.setFont("STSong-Light", 11)
            canvas.drawString(40 + 180 * (row % 2), 550 - 20 * row, text)
        canvas.drawString(200, 20, str(number + 1))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _mail() -> bytes:
    message = EmailMessage()
    message["Received"], message["From"], message["To"] = "x", "罗某 <luo@example.invalid>", "周某 <zhou@example.invalid>"
    message["Subject"], message["Date"] = "渡口的石阶", "Sat, 03 Apr 2021 08:15:00 +0800"
    message.set_content("\n\n".join(PROSE))
    message.add_alternative(PAGE, subtype="html")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="账 2021.pdf")
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=={number}==")
    return message.as_bytes()


def _mhtml(page: bytes) -> bytes:
    head = "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.invalid/\nSubject: =?utf-8?B?5rih5Y+j?=\n"
    head += "Date: Sat, 3 Apr 2021 08:15:00 -0000\n"
    parts = "--b\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\nContent-Location: https://example.invalid/\n\n"
    return (
        f'{head}MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="b"\n\n{parts}'.encode()
        + page
        + b"\n--b--\n"
    )
