"""Whether our answers can be proved: the evidence bundle of each, verified against the originals as `chuchu verify-bundle` does it.

Bundles are made in memory and their originals come from the library, where each is read again once. Not handled: the file that a bundle
travels in, with its sums, which is tested where it is written (`ui.bundle_page`).
"""

from __future__ import annotations

from functools import lru_cache

from qa.answering.bundles import CONFIRMED, Bundle, BundledDocument, bundle_of, read_again, verified
from qa.library.library import Library
from qa.records import Answer, Document

_KEPT = 4096  # documents that are not read again


class Prover:
    """Proves answers over one library. It remembers the documents that it has read lately."""

    def __init__(self, library: Library) -> None:
        self._document = lru_cache(_KEPT)(library.document)
        self._original = lru_cache(_KEPT)(library.original)
        self._again = lru_cache(_KEPT)(self._read_again)

    def unproved(self, answer: Answer) -> tuple[str, ...]:
        """What the originals do not confirm, one sentence a quote; () when everything stands there. An answer without quotes is proved."""
        bundle = bundle_of(answer, self._document, self._original)
        checked = verified(bundle, self._originals(bundle))
        return tuple(f"{one.place}: {one.outcome}: {one.detail}" for one in checked if one.outcome not in CONFIRMED)

    def _originals(self, bundle: Bundle) -> dict[str, Document | str]:
        return {document.original: self._again(document) for document in bundle.documents}

    def _read_again(self, document: BundledDocument) -> Document | str:
        return read_again(document, self._original(document.doc_id, document.version))
