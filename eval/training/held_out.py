"""What the reader is not trained on though it might be: its figures, and how far it is believed, come from there."""

from __future__ import annotations

from eval.datasets.files import CMRC_TRAIN, KNOWN

HELD_OUT_PASSAGES = 240  # the last tenth, which the encoder's training leaves out too
FIRST_HELD_OUT = KNOWN[CMRC_TRAIN].counts["documents"] - HELD_OUT_PASSAGES


def is_held_out(document: str) -> bool:
    """Whether a passage is kept: by the path of its document in a library, 'cmrc2018_train/02163.txt' and after."""
    folder, _, name = document.rpartition("/")
    return folder == CMRC_TRAIN.partition(".")[0] and int(name.removesuffix(".txt")) >= FIRST_HELD_OUT


CASES_TRAINED_ON = range(1, 621)  # case ids of CAIL's documents; something may be trained on those up to 700
_CASES_KEPT = range(621, 701)


def is_held_out_case(case: int) -> bool:
    """Whether a court document is kept, by its case id; those from 701 on, on which nothing may be trained, are not."""
    return case in _CASES_KEPT
