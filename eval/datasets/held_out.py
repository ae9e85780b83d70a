"""What the reader is not trained on though it might be: its figures, and how far it is believed, come from there."""

from __future__ import annotations

from eval.datasets.files import CAIL_DEV, CMRC_TRAIN, KNOWN
from eval.datasets.squad import Paragraph

HELD_OUT_PASSAGES = 240  # the last tenth, which the encoder's training leaves out too
FIRST_HELD_OUT = KNOWN[CMRC_TRAIN].counts["documents"] - HELD_OUT_PASSAGES


def is_held_out(document: str) -> bool:
    """Whether a passage is kept: by the path of its document in a library, 'cmrc2018_train/02163.txt' and after."""
    folder, _, name = document.rpartition("/")
    return folder == CMRC_TRAIN.partition(".")[0] and int(name.removesuffix(".txt")) >= FIRST_HELD_OUT


CASES_TRAINED_ON = range(1, 621)  # case ids of CAIL's documents; something may be trained on those up to 700
_CASES_KEPT = range(621, 701)


def is_held_out_case(document: Paragraph) -> bool:
    """Whether a court document is kept, by its case id; those from 701 on, on which nothing may be trained, are not."""
    return int(document.item["caseid"]) in _CASES_KEPT


_NEWS_KEPT = 5  # of so many articles with written queries one


def is_held_out_stretch(paragraph: Paragraph) -> bool:
    """Whether the written queries of a stretch are kept: those of kept passages and court documents, and of every fifth news article."""
    path = str(paragraph.item["path"])
    if paragraph.item["of"] == CMRC_TRAIN:
        return is_held_out(path)
    if paragraph.item["of"] == CAIL_DEV:
        return is_held_out_case(paragraph)
    return int(path.removesuffix(".txt").rpartition("/")[2]) % _NEWS_KEPT == 0
