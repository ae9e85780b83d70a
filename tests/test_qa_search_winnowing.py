"""Fingerprints: what two texts share is met wherever it stands, and one call for many texts equals many calls."""

from __future__ import annotations

import opencc
from hypothesis import given
from hypothesis import strategies as st

from qa.search.winnowing import GRAM, SHARED, WINDOW, fingerprints

HAN = st.text(st.sampled_from("茶山河桥路灯船米酒雨云石木火土金水风花鸟"), min_size=SHARED, max_size=SHARED + 20)
ANY = st.text(st.characters(codec="utf-8"), max_size=80)
PARAGRAPH = "渡口的老船工说，木桥是他祖父那一辈修的，用的是上游漂下来的杉木，桥头的石狮子后来被洪水冲走了一只。"


def of_each(texts: list[str]) -> list[set[int]]:
    hashes, numbers = fingerprints(texts)
    return [set(hashes[numbers == number].tolist()) for number in range(len(texts))]


@given(ANY, HAN, ANY, ANY, ANY)
def test_a_shared_run_gives_a_shared_fingerprint(before: str, run: str, after: str, other_before: str, other_after: str) -> None:
    one, other = of_each([f"{before} {run} {after}", f"{other_before} {run} {other_after}"])
    assert one & other


@given(st.lists(st.text(max_size=60), max_size=6))
def test_texts_made_together_are_made_as_if_alone(texts: list[str]) -> None:
    assert of_each(texts) == [of_each([text])[0] for text in texts]


def test_script_width_case_white_space_and_punctuation_do_not_count() -> None:
    plain = PARAGRAPH + "ABC 2023"
    other = opencc.OpenCC("s2t").convert(plain.replace("，", "\n　").replace("ABC 2023", "ａｂｃ２０２３"))
    assert of_each([plain]) == of_each([other])


def test_they_are_sparse_and_ordered() -> None:
    text = "".join(chr(0x4E00 + (place * 7919) % 20_000) for place in range(5_000))
    hashes, numbers = fingerprints([text])
    assert 2 / (WINDOW + 1) * 0.8 < len(hashes) / len(text) < 2 / (WINDOW + 1) * 1.2
    assert list(hashes) == sorted(set(hashes.tolist()))
    assert not numbers.any()


def test_short_and_empty_texts() -> None:
    assert [len(found) for found in of_each(["", "？！", "茶" * (GRAM - 1), "望鹭河上的桥"])] == [0, 0, 0, 1]
    assert of_each([]) == []
