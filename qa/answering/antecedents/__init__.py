"""What a pronoun or a demonstrative of a quotation stands for, where rules make it certain: 他 is a person, 该市 a city, 该书 a book.

Each rule looks at the text before the pronoun in its passage, and says nothing as soon as something else could be meant. What the
quotation says itself before the pronoun is not named again, and nothing inside quotation marks, where 他 is somebody else's. Not handled:
其, 它 and the plurals; 该公司 for a name without 公司; what stands only in an earlier passage, in a heading or in a title.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.answering.antecedents.before import read_before
from qa.answering.antecedents.persons import HE, person_meant
from qa.answering.antecedents.things import thing_meant, things_pointed_at
from qa.answering.short_answers import aligned_fold
from qa.records import Span

__all__ = ["Named", "named_in"]


@dataclass(frozen=True, slots=True)
class Named:
    """A pronoun and what it stands for, both as places in the passage's text."""

    pronoun: Span
    antecedent: Span


def named_in(text: str, quoted: Span) -> tuple[Named, ...]:
    """The pronouns of the quoted span that certainly stand for something before the span, each word once, by place.

    text: of the passage; quoted: in it.
    """
    if quoted.start == 0:
        return ()
    folded = aligned_fold(text[: quoted.end])
    he = HE.search(folded, quoted.start)
    meant = [(Span(*he.span()), person_meant(read_before(folded, he.start()), folded[he.start() :]))] if he else []
    for pointer in things_pointed_at(folded, quoted.start):
        meant.append((pointer.span, thing_meant(read_before(folded, pointer.span.start), pointer)))
    named: dict[str, Named] = {}
    for pronoun, antecedent in sorted(meant, key=lambda one: one[0]):
        if antecedent is not None and antecedent.end <= quoted.start:
            named.setdefault(folded[pronoun.start : pronoun.end], Named(pronoun, antecedent))
    return tuple(named.values())
