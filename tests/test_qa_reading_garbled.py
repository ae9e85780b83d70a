"""Text that was read in the wrong encoding before it was saved: real round trips are noticed, clean text of many languages is not."""

from __future__ import annotations

import pytest

from qa.reading import read
from qa.reading.decoding import decode

HANS = "渡口的石阶去年冬天塌了两级，镇里说四月修好。船工罗某在岸边多打了两根木桩，把缆绳换成了新的。"
HANT = "渡口的石階去年冬天塌了兩級，鎮裡說四月修好。船工羅某在岸邊多打了兩根木樁，把纜繩換成了新的。"
WHOLE = "这一行没有坏，写的是清溪镇的图书馆在河东。\n"
CLEAN = [
    *(
        "Ça va très bien, garçon; naïve façade à l'été, œuvre.",
        "Größe, Fußgänger, Äpfel und Übung für Mädchen",
        "Åäö: smörgåsbord är på väg",
    ),
    *("São Paulo: ação, coração, não há opções", "Tiếng Việt: đường phố Hà Nội rất đẹp", "Привет, это старая переправа через реку."),
    *(
        "Το παλιό λιμάνι είναι κλειστό.",
        "渡し舟は一日に十二回出ます。カタカナとひらがな。",
        "나루터의 돌계단이 무너졌다.",
        "Łódź, Kraków, żółć, świętość",
    ),
    *("Pīnyīn: dùkǒu de shíjiē qùnián dōngtiān tā le", "∀x∈ℝ: x² ≥ 0, α+β≠γ, ½ × ¾ ÷ ±°C", "中文夹 café 和 naïve，价格 £5、€6、¥7。"),
    *(
        "涓涓细流，銘文与锛子；鍥而不舍。",
        "Îles, où, ü, Ë, Ÿ; “quoted” – dash…",
        "Þór og Æsa, ðurfa",
        "浜松市と浜名湖は静岡県にある。",
        "锟铻剑，斤两，拷贝",
    ),
]


def note(text: str) -> str:
    return decode((WHOLE + text + "\n" + WHOLE).encode())[1].note


def windows(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text) - length + 1, 3)]


@pytest.mark.parametrize(
    ("written", "read_as", "length", "least"),
    [
        ("utf-8", "cp1252", 4, 1.0),
        ("utf-8", "latin-1", 4, 1.0),
        ("utf-8", "gb18030", 8, 0.65),
        ("utf-8", "gb18030", 16, 1.0),
        ("gb18030", "cp1252", 8, 0.6),
        ("gb18030", "cp1252", 16, 0.95),
        ("big5hkscs", "cp1252", 8, 1.0),
    ],
)
def test_what_was_misread_is_noticed(written: str, read_as: str, length: int, least: float) -> None:
    texts = windows(HANT, length) if written == "big5hkscs" else windows(HANS, length) + windows(HANT, length)
    noticed = ["before it was saved" in note(text.encode(written).decode(read_as, "replace")) for text in texts]
    assert sum(noticed) / len(noticed) >= least


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_is_not_called_garbled(text: str) -> None:
    assert note(text) == ""
    assert note(text * 20) == ""


def test_a_text_that_lost_many_characters_is_read_and_says_so() -> None:
    data = HANS.encode().decode("big5hkscs", "replace").encode()
    document = read(data, path="a.txt", doc_id="0" * 16)
    assert document.text.count("\ufffd") > 0.1 * len(document.text)
    assert "characters were lost" in document.decoding.note
