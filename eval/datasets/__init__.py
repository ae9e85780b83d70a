"""The evaluation sets: judged queries as `Draft`s, and the documents they are asked of; `eval.gold` pins them to the text a library holds.

`load` gives a set by its name, `read_queries` one's own. Nothing is downloaded: the data folder is there or it is not, and every file of
it is checked against the version that the figures belong to.
"""

from __future__ import annotations

from eval.datasets.files import CMRC_DEV, CMRC_TRAIN, DRCD_DEV, NEWS, data_folder, present, sha256_of
from eval.datasets.named import NAMES, load, open_zh, sample, seeds
from eval.datasets.news import news_articles
from eval.datasets.own import read_queries
from eval.datasets.records import Article, Context, Corpus, Dataset, DatasetError, Draft, DraftGold, first_queries
from eval.datasets.squad import read_squad

__all__ = [
    "CMRC_DEV",
    "CMRC_TRAIN",
    "DRCD_DEV",
    "NAMES",
    "NEWS",
    "Article",
    "Context",
    "Corpus",
    "Dataset",
    "DatasetError",
    "Draft",
    "DraftGold",
    "data_folder",
    "first_queries",
    "load",
    "news_articles",
    "open_zh",
    "present",
    "read_queries",
    "read_squad",
    "sample",
    "seeds",
    "sha256_of",
]
