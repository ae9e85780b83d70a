"""The sample library: where it lies, how it is made at the first start, what to ask it. It never touches the user's own library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from embeddings.encoder import Encoder
from qa.answering.writing import Model
from qa.assistant import Assistant
from qa.library.removal import UPLOADS
from qa.sample import documents_folder

EXAMPLES = (
    "望鹭桥维修总预算是多少？",
    "望鹭桥完工于哪一年？",  # the county annals say another year than the museum
    "2019年的茶王是谁？",
    "墨池小學近視率是多少？",  # asked in Traditional, answered from a Simplified document
    "望鹭桥上的木廊是什么时候加盖的？",
    "2023年茶叶合作社产了多少吨红茶？",  # the library is silent
)


def sample_folder() -> Path:
    """A folder of its own in the user's data directory."""
    from platformdirs import user_data_path

    return user_data_path("chuchu", appauthor=False) / "sample-library"


def open_sample(encoder: Encoder | None, model: Model | None, wrong_at_most: float | None, first_time: Callable[[], None]) -> Assistant:
    """The sample library, read in at the first start and refreshed at later ones. first_time: called before that first reading."""
    assistant = Assistant.open(sample_folder(), encoder=encoder, model=model, wrong_at_most=wrong_at_most)
    documents = documents_folder()
    roots = [root for root, _, _ in assistant.library.roots() if Path(root) != assistant.library.folder / UPLOADS]
    if not roots:
        first_time()
    elif Path(roots[0]) != documents:
        assistant.library.move_root(roots[0], documents)  # the package was installed anew elsewhere
    assistant.ingest([documents])
    return assistant
