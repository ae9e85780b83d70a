from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.folding import _fold_whole, fold


@pytest.mark.parametrize(
    "written",
    ["著着", "衞衛卫", "瞭了", "後后", "發髮发", "裡裏里", "乾幹干", "臺台颱", "為爲为", "藉借", "隻只衹", "麼么", "羣群", "説說说"],
)
def test_one_class_one_character(written: str) -> None:
    assert len({fold(character) for character in written}) == 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("老師說他沿著河邊走", "老师说他沿着河边走"),
        ("ＡＢＣ１２３　㎏", "abc123 kg"),
        ("\uf9b4", "领"),  # a compatibility ideograph of 領
        ("㊩㈱", "医(株)"),
        ("25℃", "25°c"),
        ("J\u030c", "ǰ"),
        ("𠮷野家", "𠮷野家"),
        ("人民大会堂", "人民大会堂"),
        ("", ""),
    ],
)
def test_worked_examples(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_idempotent_for_every_character() -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [character for character in characters if fold(fold(character)) != fold(character)] == []


@given(st.text())
def test_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)))
def test_han_keeps_its_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize("configuration", ["s2t", "s2tw", "s2hk", "t2s", "tw2s", "hk2s"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # opencc's binding, on import
def test_blind_to_script(configuration: str) -> None:
    opencc = pytest.importorskip("opencc", reason="opencc, a development dependency, is not installed")
    text = "这里的干部了解情况以后发现，老板的头发干了，只有一只公鸡在台上；"
    text += "批复说明凭借历史坐标，仿佛复苏了，想象不到。著名的乾隆皇帝望着钟表。"
    assert fold(opencc.OpenCC(configuration).convert(text)) == fold(text)


MARKS = "e\u0301J\u030cがは\u3099가\u1100\u1161\u11a8Σσς㎏Ａ發后\u0345\u05b0\u0bbe\ufb4f𝅗𝅥\U00011131\U00011127ﾊﾞ"


@given(st.text(alphabet=st.one_of(st.sampled_from(MARKS), st.characters()), max_size=12))
def test_character_by_character_is_the_same_as_the_whole(text: str) -> None:
    assert fold(text) == _fold_whole(text)
