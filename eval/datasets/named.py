"""The sets that go by a name: which queries, asked of which documents, and what they cannot show.

Every query's first slice is the set it comes from ("set: drcd-dev"). Sets of the same documents share one corpus, whose library is built
once. The development sets are measured, never tuned to; "cmrc2018-train" is for choosing settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

from eval.datasets.cail import cail_drafts, cail_untouched
from eval.datasets.crud import known_crud
from eval.datasets.files import (
    CAIL_DEV,
    CMRC_DEV,
    CMRC_TRAIN,
    CRUD,
    DRCD_DEV,
    EXPMRC_DEV,
    KNOWN,
    NEWS,
    RGB,
    SEED_QUERIES,
    check_counts,
    data_folder,
    present,
    sha256_of,
)
from eval.datasets.held_out import is_held_out_stretch
from eval.datasets.news import news_articles
from eval.datasets.own import read_queries
from eval.datasets.records import Article, Corpus, Dataset, DatasetError, Draft
from eval.datasets.rewording import NOTE as REWORDING
from eval.datasets.rewording import reworded
from eval.datasets.rgb import known_rgb, rgb_articles, rgb_drafts
from eval.datasets.scripts import Script, in_script, made_with
from eval.datasets.squad import known_paragraphs, squad_articles, squad_drafts
from eval.datasets.two_places import TWO_PLACES, two_places_drafts
from eval.datasets.written import WRITTEN, written_drafts_given, written_paragraphs
from eval.measures import IN_ANY
from qa.sample import documents_folder, queries_file

_SLICES = {
    CMRC_TRAIN: ("set: cmrc2018-train",),
    CMRC_DEV: ("set: cmrc2018-dev",),
    DRCD_DEV: ("set: drcd-dev",),
    EXPMRC_DEV: ("set: expmrc-dev",),
}
_OTHER_SCRIPT: dict[str, Script] = {CMRC_DEV: "hant", DRCD_DEV: "hans"}
_OPEN_ZH = "The documents are 63,660 news articles of 2023 and every passage of CMRC 2018 train and dev and of DRCD dev."
_GIVEN = "Each query is asked of its own passage alone, as the papers do it, so finding is not measured."


def load(name: str, data: Path | None = None) -> Dataset:
    """The set of that name; `data` is the folder that `data_folder` takes. DatasetError: no such set, or its files are not right."""
    if name == "sample":
        return sample()
    if name not in _LOADERS:
        raise DatasetError(f"there is no set {name!r}; the sets are {', '.join(NAMES)}")
    return _LOADERS[name](data_folder(data))


def sample() -> Dataset:
    """The sample library that comes with Chuchu, with its judged queries."""
    queries, documents = queries_file(), documents_folder()
    files = sorted(path for path in documents.rglob("*") if path.is_file())
    note = (
        "Invented papers of a county town; queries worded unlike the documents on purpose, look-alikes among the unanswerable ones. "
        "Looked at while the refusal was chosen, so it is a regression test, not evidence."
    )
    drafts = _of_set("set: sample", read_queries(queries))
    return Dataset("sample", sha256_of([queries]), drafts, Corpus("sample", sha256_of(files), documents), note)


def seeds(data: Path) -> Dataset:
    """The five seed documents with their 15 queries. Gold: every place of an accepted answer in its document."""
    queries = present(data, SEED_QUERIES)
    documents = [present(data, name) for name, known in sorted(KNOWN.items()) if known.folder == "seeds"]
    drafts = _of_set("set: seeds", read_queries(queries))
    check_counts(SEED_QUERIES, queries=len(drafts), unanswerable=sum(not draft.answerable for draft in drafts))
    corpus = Corpus("seeds", sha256_of(documents), documents[0].parent)
    note = (
        "Five real documents. Fifteen queries say little, and they were run after each change of the answering: a check, not a blind test."
    )
    return Dataset("seeds", sha256_of([queries]), drafts, corpus, note)


def _of_set(name: str, drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    return tuple(replace(draft, slices=(name, *draft.slices)) for draft in drafts)


# Asked of the news and the encyclopedia


def open_zh(data: Path) -> Dataset:
    """The open benchmark: the queries of CMRC dev and DRCD dev, asked of news and encyclopedia."""
    note = f"{_OPEN_ZH} The queries were written by people who had the passage before them, so they share many words with it."
    return Dataset("open-zh", _dev_sha256(data), _dev_drafts(data), _open_zh_corpus(data), note)


def open_zh_scripts(data: Path) -> Dataset:
    """The queries of CMRC dev in Traditional and mixed, those of DRCD dev in Simplified and mixed."""
    drafts: list[Draft] = []
    for name, other in _OTHER_SCRIPT.items():
        drafts += _converted(_squad(data, name), (other, "mixed"))
    note = (
        f"{_OPEN_ZH} The queries of open-zh in the other script, and with both scripts mixed character by character. Converted by OpenCC, "
        "which errs at times where one Simplified character stands for several Traditional ones; nobody read them over. "
        f"{_unchanged(drafts, _dev_drafts(data))} of {len(drafts):,} came out as they were."
    )
    return Dataset("open-zh-scripts", _dev_sha256(data, *made_with()), tuple(drafts), _open_zh_corpus(data), note)


def _converted(drafts: Iterable[Draft], scripts: Iterable[Script]) -> Iterator[Draft]:
    drafts = tuple(drafts)
    return (in_script(draft, script) for script in scripts for draft in drafts)


def _unchanged(made: Iterable[Draft], originals: Iterable[Draft]) -> int:
    texts = {draft.query_id: draft.text for draft in originals}
    return sum(draft.text == texts[draft.made_from] for draft in made)


def open_zh_reworded(data: Path) -> Dataset:
    """The queries of CMRC dev and DRCD dev in other words, where `rewording` has some for them."""
    from eval import words

    originals = _dev_drafts(data)
    drafts = tuple(made for draft in originals for made in reworded(draft))
    made = f"{len(drafts):,} from {len({draft.made_from for draft in drafts}):,} of {len(originals):,} queries of open-zh"
    note = f"{_OPEN_ZH} Queries in other words, by rules and tables without a language model: {made}; nobody read them over."
    code = sorted(Path(__file__).parent.glob("rewording*"))  # the modules and the table of words
    by = (sha256_of([*code, Path(words.__file__)]), *(f"{package} {version(package)}" for package in ("jieba", "opencc")))
    return Dataset("open-zh-reworded", _dev_sha256(data, *by), drafts, _open_zh_corpus(data), f"{note} {REWORDING}".strip())


def open_zh_silent(data: Path) -> Dataset:
    """Each query of open-zh twice: as it is, and with its document hidden."""
    drafts: list[Draft] = []
    for name in (CMRC_DEV, DRCD_DEV):
        originals = _squad(data, name)
        drafts += [replace(draft, slices=(*draft.slices, "gold: present")) for draft in originals]
        drafts += [_silent(draft) for draft in originals]
    note = (
        f"{_OPEN_ZH} Each query of open-zh twice: as it is, and with its own document hidden, when it counts as unanswerable. Another "
        "document may answer it all the same: for 29 of 6,743 the answer stands in another encyclopedia passage too, with the same ten "
        "characters on either side; answers in other words, or in the news, were not counted. To give one is scored as a mistake."
    )
    return Dataset("open-zh-silent", _dev_sha256(data), tuple(drafts), _open_zh_corpus(data), note)


def _silent(draft: Draft) -> Draft:
    hidden = tuple(dict.fromkeys(gold.document for gold in draft.gold))
    made = draft.reworded("-silent", draft.text, "gold: hidden")
    return replace(made, answers=(), answerable=False, gold=(), evidences=(), without=hidden)


def two_places(data: Path) -> Dataset:
    """Queries of which each needs two passages of CMRC dev and DRCD dev, asked of the documents of open-zh."""
    drafts = two_places_drafts(data, (CMRC_DEV, DRCD_DEV), "two-places")
    note = f"{_OPEN_ZH} {_two_places_note(drafts)} 25 of them were looked at while the answering was built; nothing was chosen on them."
    return Dataset("two-places", _dev_sha256(data, sha256_of([TWO_PLACES])), drafts, _open_zh_corpus(data), note)


def two_places_train(data: Path) -> Dataset:
    """The same on passages of CMRC train, asked of those alone."""
    drafts = two_places_drafts(data, (CMRC_TRAIN,), "two-places-train")
    note = f"For choosing settings, not for figures to report; asked of the 2,403 passages of CMRC train. {_two_places_note(drafts)}"
    sources = sha256_of([present(data, CMRC_TRAIN), TWO_PLACES])
    return Dataset("two-places-train", sources, drafts, _passages_of(data, CMRC_TRAIN, "cmrc2018-train"), note)


def _two_places_note(drafts: Sequence[Draft]) -> str:
    return (
        f"{len(drafts)} queries that need two passages; “{IN_ANY}” counts those of which both places are quoted. A language model wrote "
        "them. Gold is one place a document; another document may answer too, and then counts as wrong."
    )


def crud_1doc(data: Path) -> Dataset:
    """CRUD's questions on single news articles, asked of the documents of open-zh, where some of those articles are."""
    crud = known_crud(data, slices=("set: crud-1doc",))
    one, longer = (sum(f"answer: {length}" in draft.slices for draft in crud.drafts) for length in ("one character", "longer"))
    note = (
        f"{_OPEN_ZH} Questions and answers were written by a machine about single news articles; which article is not given, so only the "
        "words of answers are measured. An answer in other words than the document's counts as wrong, and one of a single character such "
        f"as 是 is in almost any text ({one} of {len(crud.drafts):,}); {longer} are longer than 20 characters. Some questions cannot stand "
        "alone, and many articles are not among the news: of 770 answers of five characters and more, the words of 447 stand nowhere in "
        f"them, so .42 is about the most a quotation can reach. Left out: {crud.untold} pairs whose answer is 无法推断, and "
        f"{crud.unpaired} items that do not pair up."
    )
    return Dataset("crud-1doc", sha256_of([present(data, CRUD)]), crud.drafts, _open_zh_corpus(data), note)


def _open_zh_corpus(data: Path) -> Corpus:
    paths = [present(data, name) for name in (NEWS, CMRC_TRAIN, CMRC_DEV, DRCD_DEV)]
    return Corpus("open-zh", sha256_of(paths), articles=partial(_open_zh_articles, data))


def _open_zh_articles(data: Path) -> Iterator[Article]:
    yield from news_articles(data)
    for name in (CMRC_TRAIN, CMRC_DEV, DRCD_DEV):
        yield from _passages(data, name)


def _dev_drafts(data: Path) -> tuple[Draft, ...]:
    return _squad(data, CMRC_DEV) + _squad(data, DRCD_DEV)


def _dev_sha256(data: Path, *others: str) -> str:
    return sha256_of([present(data, CMRC_DEV), present(data, DRCD_DEV)], *others)


# Asked of the passages of one set, or of the right one


def _one_set(data: Path, *, name: str, file: str, note: str, given: bool = False) -> Dataset:
    """A SQuAD-form set, asked of its own passages; `given`: of the right one."""
    drafts = _squad(data, file, given=given)
    corpus = _passages_of(data, file, name.removesuffix("-given"))
    return Dataset(name, corpus.sha256, drafts, corpus, note)


def _passages_of(data: Path, file: str, name: str) -> Corpus:
    return Corpus(name, sha256_of([present(data, file)]), articles=partial(_passages, data, file))


def _squad(data: Path, name: str, *, given: bool = False) -> tuple[Draft, ...]:
    return squad_drafts(known_paragraphs(data, name), name, slices=_SLICES[name], evidences=name == EXPMRC_DEV, given=given)


def _passages(data: Path, name: str) -> Iterator[Article]:
    return squad_articles(known_paragraphs(data, name))


def cail2019(data: Path) -> Dataset:
    """CAIL 2019's questions on documents 701-1000, each asked of its own document."""
    drafts = cail_drafts(cail_untouched(known_paragraphs(data, CAIL_DEV)), CAIL_DEV, slices=("set: cail2019",))
    corpus = Corpus("cail2019", sha256_of([present(data, CAIL_DEV)]), articles=partial(_cail_articles, data))
    answerable = [draft for draft in drafts if draft.answerable]
    yes_no = sum("answer: yes or no" in draft.slices for draft in answerable)
    note = (
        f"{_GIVEN} Court documents 701-1000, all of criminal cases; something may be trained on the others. "
        f"{len(drafts) - len(answerable):,} of {len(drafts):,} queries are unanswerable. The answer of {yes_no} is YES or NO, which no "
        "quotation holds: an assistant that only quotes cannot get them right; they are a slice of their own."
    )
    return Dataset("cail2019", corpus.sha256, drafts, corpus, note)


def _cail_articles(data: Path) -> Iterator[Article]:
    return squad_articles(cail_untouched(known_paragraphs(data, CAIL_DEV)))


def written(data: Path) -> Dataset:
    """The queries written for Chuchu on stretches that the reader is not trained on, each asked of its stretch."""
    paragraphs = [paragraph for paragraph in written_paragraphs(data) if is_held_out_stretch(paragraph)]
    drafts = written_drafts_given(paragraphs)
    silent = sum(not draft.answerable for draft in drafts)
    note = (
        f"{_GIVEN} Stretches of news, court documents and encyclopedia passages that the reader is not trained on. {silent:,} of "
        f"{len(drafts):,} queries are unanswerable, though they ask for a kind of thing that the stretch has for something else. A "
        "language model wrote them; places were checked by rule, the rest was read in samples. When to refuse was learnt on them, so the "
        "figures of refusal are not blind; those of `python -m eval.calibration` are."
    )
    sources = sha256_of([WRITTEN, *(present(data, name) for name in (NEWS, CAIL_DEV, CMRC_TRAIN))])
    return Dataset("written", sources, drafts, Corpus("written", sources, articles=partial(squad_articles, paragraphs)), note)


def rgb(data: Path) -> Dataset:
    """RGB in Chinese at six ratios of noise, each query asked of its five snippets."""
    drafts = rgb_drafts(known_rgb(data), slices=("set: rgb",))
    corpus = Corpus("rgb", sha256_of([present(data, RGB)]), articles=partial(_rgb_articles, data))
    note = (
        "Each of 150 queries at six ratios of noise, asked of five web snippets, each a document; with noise alone it is unanswerable. The "
        "first snippets of each kind are taken, as RGB's authors do it. Gold is every place of an accepted answer in the snippets that RGB "
        "calls positive, letter for letter, so a short answer may stand there by chance."
    )
    return Dataset("rgb", corpus.sha256, drafts, corpus, note)


def _rgb_articles(data: Path) -> Iterator[Article]:
    return rgb_articles(known_rgb(data))


_LOADERS: dict[str, Callable[[Path], Dataset]] = {
    "seeds": seeds,
    "open-zh": open_zh,
    "open-zh-scripts": open_zh_scripts,
    "open-zh-reworded": open_zh_reworded,
    "open-zh-silent": open_zh_silent,
    "cmrc2018": partial(
        _one_set, name="cmrc2018", file=CMRC_DEV, note="Asked of its own 848 passages: easier than a library of many other documents."
    ),
    "cmrc2018-given": partial(_one_set, name="cmrc2018-given", file=CMRC_DEV, note=_GIVEN, given=True),
    "cmrc2018-train": partial(
        _one_set,
        name="cmrc2018-train",
        file=CMRC_TRAIN,
        note="For choosing settings, not for figures to report: what ships was trained on it. Asked of its own 2,403 passages.",
    ),
    "drcd": partial(
        _one_set, name="drcd", file=DRCD_DEV, note="Asked of its own 1,000 passages: easier than a library of many other documents."
    ),
    "drcd-given": partial(_one_set, name="drcd-given", file=DRCD_DEV, note=_GIVEN, given=True),
    "expmrc": partial(
        _one_set,
        name="expmrc",
        file=EXPMRC_DEV,
        note=f"{_GIVEN} Half of ExpMRC's development set on CMRC 2018, with evidence that people marked, up to three texts a query.",
        given=True,
    ),
    "cail2019": cail2019,
    "written": written,
    "two-places": two_places,
    "two-places-train": two_places_train,
    "crud-1doc": crud_1doc,
    "rgb": rgb,
}
NAMES = ("sample", *_LOADERS)
