"""Whether a statement says what its quotes say, and where it does not.

Every clause of the statement is laid along the sentence of the quotes that it fits best. What then stands in the statement and not at its
place in the quote is a failure: a number, unit, date or name that is another one there, a negation, plan or direction put in or left out,
another speaker, words that the quote does not have. Words may be left out; a negation or a plan may not, where what it governs stays, nor
may the head between a name and what is said of it, one end of a range, 半 or 副. Not handled, so that a true statement fails: synonyms
beyond the list, a longer name for a shorter one, one clause made of two sentences, another language. Not handled, so that a false one may
pass: a condition or a speaker left out, words that narrow (部分, 原), a pronoun filled in with another name that stands before it. Pure
functions; threads may share them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from qa.answering.checking.synonyms import say_the_same
from qa.answering.checking.tokens import CALENDAR, RANGE, Token, tokens_of, value_and_unit
from qa.answering.checking.wording import ADJUNCT, ATTRIBUTE
from qa.records import Dropped, Span

FailureKind = Literal["number", "unit", "date", "name", "negation", "modality", "direction", "speaker", "content"]

_SENTENCES_TRIED = 3  # of the quotes, those that share most with the clauses
_SHORT_CLAUSE = 6  # tokens: a clause up to here (a name and a verb of speech, a date) says something only with its neighbour


@dataclass(frozen=True, slots=True)
class Failure:
    """What a statement says and its quotes do not."""

    kind: FailureKind
    span: Span  # in the statement
    quoted: str  # what the quote says in its place, "" for nothing


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of the check of one statement."""

    support: float  # 0..1: share of the statement's tokens with content that stand in their place in the quotes; 1 for no tokens
    failures: tuple[Failure, ...]  # by place

    @property
    def passed(self) -> bool:
        """Whether the statement may be shown."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class _Source:
    """The quotes as tokens, one sequence, and the places of their sentences in it."""

    tokens: tuple[Token, ...]
    text_of: tuple[str, ...]  # of each token, as the quote writes it
    sentences: tuple[range, ...]


@dataclass(frozen=True, slots=True)
class _Laid:
    """A clause laid along a sentence of the source."""

    failures: tuple[Failure, ...]
    covered: int  # tokens with content that stand in their place
    places: frozenset[int] = frozenset()  # of the source that it takes up


def check(statement: str, quotes: Sequence[str]) -> Checked:
    """Whether every clause of the statement is said by some quote. Markers ([1]) in it are passed over; no quotes support nothing.

    A statement that is a quote, character by character, passes unseen.
    """
    if statement in quotes:
        return Checked(1.0, ())
    claim = tokens_of(statement)
    content = sum(token.has_content for token in claim)
    if not content:
        return Checked(1.0, ())
    source = _source(quotes)
    laid = [one for sentence in _grouped(claim, "sentence") for one in _lay_sentence(_grouped(sentence, "clause"), source)]
    failures = tuple(sorted((failure for one in laid for failure in one.failures), key=lambda failure: failure.span))
    return Checked(sum(one.covered for one in laid) / content, failures)


def unsupported(statement: str, quotes: Sequence[str]) -> Dropped | None:
    """None for a statement that passes, otherwise why it is dropped."""
    failures = check(statement, quotes).failures
    if not failures:
        return None
    said = "; ".join(_said(failure.kind, statement[failure.span.start : failure.span.end], failure.quoted) for failure in failures)
    return Dropped(statement, f"its evidence does not say so: {said}", tuple(dict.fromkeys(failure.kind for failure in failures)))


def _said(kind: FailureKind, stated: str, quoted: str) -> str:
    return f"{kind} “{stated}”" + (f", where the evidence has “{quoted}”" if quoted else "")


def _source(quotes: Sequence[str]) -> _Source:
    tokens: list[Token] = []
    texts: list[str] = []
    sentences: list[range] = []
    clause = 0
    for quote in quotes:
        for sentence in _grouped(tokens_of(quote), "sentence"):
            start = len(tokens)
            tokens += (token._replace(clause=token.clause + clause) for token in sentence)
            texts += (quote[token.start : token.end] for token in sentence)
            sentences.append(range(start, len(tokens)))
        clause = tokens[-1].clause + 1 if tokens else 0
    return _Source(tuple(tokens), tuple(texts), tuple(sentences))


def _grouped(tokens: Sequence[Token], by: Literal["sentence", "clause"]) -> list[list[Token]]:
    groups: list[list[Token]] = []
    number = -1
    for token in tokens:
        own = token.sentence if by == "sentence" else token.clause
        if own != number:
            groups.append([])
            number = own
        groups[-1].append(token)
    return groups


def _lay_sentence(clauses: list[list[Token]], source: _Source) -> list[_Laid]:
    """Each clause along one sentence of the source for all; where that fails, each group of clauses along its own."""
    together = _best(clauses, source, frozenset())
    if not any(one.failures for one in together):
        return together
    apart: list[_Laid] = []
    for group in _groups(clauses):
        apart += _best(group, source, frozenset().union(*(one.places for one in apart)))
    return min(together, apart, key=_rank)


def _groups(clauses: list[list[Token]]) -> list[list[list[Token]]]:
    """Short clauses and those that end with a verb of speech go with what follows; at the end, with what comes before."""
    groups: list[list[list[Token]]] = [[]]
    for clause in clauses:
        groups[-1].append(clause)
        if len(clause) > _SHORT_CLAUSE and clause[-1].kind != "speech":
            groups.append([])
    if not groups[-1]:
        groups.pop()
    elif len(groups) > 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _best(clauses: list[list[Token]], source: _Source, taken: frozenset[int]) -> list[_Laid]:
    """The clauses along that sentence of the source which supports them best."""
    keys = {token.key for clause in clauses for token in clause if token.has_content}
    shared = [len(keys.intersection(source.tokens[place].key for place in sentence)) for sentence in source.sentences]
    tried = sorted(range(len(shared)), key=lambda number: -shared[number])[:_SENTENCES_TRIED]
    best = [_unsupported(clause) for clause in clauses]
    for number in tried:
        if not shared[number] or not any(one.failures for one in best):
            break
        best = min(best, _lay_along(clauses, source, source.sentences[number], taken), key=_rank)
    return best


def _lay_along(clauses: list[list[Token]], source: _Source, sentence: range, taken: frozenset[int]) -> list[_Laid]:
    """The clauses, one after the other, along one sentence, of which every token is used once: a name put in twice stood there twice."""
    laid: list[_Laid] = []
    end = sentence.start  # of the clause before: what follows it there comes first
    for clause in clauses:
        aligned = _aligned(clause, source, range(end, sentence.stop), taken)
        if min(aligned) < 0 and end > sentence.start:
            aligned = _aligned(clause, source, sentence, taken)
        laid.append(_judged(clause, aligned, source, sentence, taken))
        taken |= laid[-1].places
        end = max(laid[-1].places, default=end - 1) + 1
    for number, (clause, one, other) in enumerate(zip(clauses, laid, laid[1:], strict=False)):
        bare_name = len(clause) <= _SHORT_CLAUSE and any(token.name for token in clause)
        if bare_name and one.places and other.places and min(one.places) > max(other.places):
            laid[number] = replace(one, failures=(*one.failures, Failure("name", Span(clause[0].start, clause[-1].end), "")))
    return laid


def _rank(laid: list[_Laid]) -> tuple[int, int]:
    failures, covered = sum(len(one.failures) for one in laid), sum(one.covered for one in laid)
    return 2 * failures - covered, failures


def _unsupported(clause: list[Token]) -> _Laid:
    content = [token for token in clause if token.has_content]
    return _Laid((Failure("content", Span(content[0].start, content[-1].end), ""),) if content else (), 0)


def _judged(clause: list[Token], aligned: list[int], source: _Source, sentence: range, taken: frozenset[int]) -> _Laid:
    """taken: the places of the source that the statement's clauses before this one take up."""
    moved = _moved(clause, aligned, source, sentence, taken)
    places = frozenset(place for place in aligned if place >= 0) | frozenset(moved.values())
    if not places:
        return _unsupported(clause)
    reworded = _reworded(clause, aligned, source, sentence)
    failures = [
        *_put_in(clause, aligned, {*moved, *reworded}, source, sentence),
        *_left_out(clause, aligned, places, source, sentence),
        *_halved(clause, aligned, taken, source, sentence),
        *_torn(clause, aligned, moved, taken | places, source, sentence),
    ]
    stands = [place >= 0 or at in moved or at in reworded for at, place in enumerate(aligned)]
    covered = sum(token.has_content and there for token, there in zip(clause, stands, strict=True))
    return _Laid(tuple(failures), covered, places)


def _aligned(clause: list[Token], source: _Source, sentence: range, taken: frozenset[int]) -> list[int]:
    """For each token of the clause its place in the source, -1 for none; places rise. A lone character far from the rest is none."""
    keys: list[str | None] = [token.key for token in clause]
    others = ["" if place in taken else source.tokens[place].key for place in sentence]
    aligned = _matched(keys, others, sentence.start)
    lone = [number for number, place in enumerate(aligned) if place >= 0 and _is_lone(number, clause, aligned)]
    if lone:  # they may have kept others from their places
        for number in lone:
            keys[number] = None
        aligned = _matched(keys, others, sentence.start)
        for number, place in enumerate(aligned):
            if place >= 0 and _is_lone(number, clause, aligned):
                aligned[number] = -1
    return aligned


def _matched(keys: Sequence[str | None], others: Sequence[str], start: int) -> list[int]:
    aligned = [-1] * len(keys)
    for first, second, size in SequenceMatcher(None, keys, others, autojunk=False).get_matching_blocks():
        for step in range(size):
            aligned[first + step] = start + second + step
    return aligned


def _is_lone(number: int, clause: list[Token], aligned: list[int]) -> bool:
    if clause[number].kind not in ("character", "light", "latin") or len(clause) == 1:
        return False
    place = aligned[number]
    before = aligned[number - 1] if number else -1
    after = aligned[number + 1] if number + 1 < len(clause) else -1
    return before != place - 1 and after != place + 1 and not (before >= 0 and after >= 0)


def _runs(aligned: list[int]) -> Iterator[tuple[int, int]]:
    """The stretches of the clause that have no place."""
    start = 0
    while start < len(aligned):
        end = start + 1
        if aligned[start] < 0:
            while end < len(aligned) and aligned[end] < 0:
                end += 1
            yield start, end
        start = end


def _put_in(clause: list[Token], aligned: list[int], stands: Set[int], source: _Source, sentence: range) -> Iterator[Failure]:
    """Failures for what the statement says and the quote does not say there. stands: tokens that it does say, elsewhere or otherwise."""
    for start, end in _runs(aligned):
        gap = _gap(aligned, start, end, source, sentence)
        turned = any(source.tokens[place].kind in ("negation", "plan") for place in gap)
        content = [token for token in clause[start:end] if token.has_content or turned]
        if not content or start in stands or _is_antecedent(clause[start:end], gap, source):
            continue
        said = "".join(source.text_of[place] for place in gap)
        yield Failure(_kind(clause, start, end, gap, source), Span(content[0].start, content[-1].end), said)


def _reworded(clause: list[Token], aligned: list[int], source: _Source, sentence: range) -> frozenset[int]:
    """The tokens of runs of plain words that each have a synonym in their place in the source.

    A word itself is no synonym: that it stands there and found no place means that another one of it did.
    """
    found: list[int] = []
    for start, end in _runs(aligned):
        gap = _gap(aligned, start, end, source, sentence)
        if _kind(clause, start, end, gap, source) != "content":
            continue
        there, said = _words(gap, source.tokens), _words(range(start, end), clause)
        if all(any(word != other and say_the_same(word, other) for other in there) for word in said):
            found += range(start, end)
    return frozenset(found)


def _words(places: range, tokens: Sequence[Token]) -> list[str]:
    """The whole words with content that stand in the places or reach into them: 以下 where 下 does."""
    if not places:
        return []
    first = places.start
    while first > 0 and not tokens[first].opens and tokens[first - 1].clause == tokens[first].clause:
        first -= 1
    begins = [place for place in range(first, places.stop) if place == first or tokens[place].opens]
    ends = [*begins[1:], places.stop]
    return [_word(begin, tokens) for begin, end in zip(begins, ends, strict=True) if any(token.has_content for token in tokens[begin:end])]


def _gap(aligned: list[int], start: int, end: int, source: _Source, sentence: range) -> range:
    """The source between what stands round a run of the clause; at the clause's edge, as far as the source's own clause goes."""
    before = aligned[start - 1] if start else -1
    after = aligned[end] if end < len(aligned) else -1
    if before >= 0 and after >= 0:
        return range(before + 1, after)
    if before >= 0:
        own = source.tokens[before].clause
        last = before + 1
        while last < sentence.stop and source.tokens[last].clause == own:
            last += 1
        return range(before + 1, last)
    own = source.tokens[after].clause
    first = after
    while first > sentence.start and source.tokens[first - 1].clause == own:
        first -= 1
    return range(first, after)


def _is_antecedent(run: Sequence[Token], gap: range, source: _Source) -> bool:
    """Whether the run names what the quote points to with a pronoun, and is named so elsewhere in the quotes."""
    content = [place for place in gap if source.tokens[place].has_content]
    if not content or any(source.tokens[place].kind != "pronoun" for place in content):
        return False
    return _stands([token.key for token in run], source, range(gap.start))


def _moved(clause: list[Token], aligned: list[int], source: _Source, sentence: range, taken: frozenset[int]) -> dict[int, int]:
    """Places of runs that stand elsewhere in the same clause of the source and took nobody's place: 1987年大桥建成 for 大桥1987年建成."""
    moved: dict[int, int] = {}
    clauses = _clauses(aligned, source)
    used = taken | set(aligned)
    for start, end in _runs(aligned):
        keys = [token.key for token in clause[start:end]]
        gap = _gap(aligned, start, end, source, sentence)
        replaces = any(source.tokens[place].has_content and source.tokens[place].clause in clauses for place in gap if place not in used)
        if len(keys) < 2 or any(token.name for token in clause[start:end]):
            continue
        for place in range(sentence.start, sentence.stop - len(keys) + 1):
            there = range(place, place + len(keys))
            free = not used.intersection(there) and all(source.tokens[at].clause in clauses for at in there)
            if free and [source.tokens[at].key for at in there] == keys and (not replaces or set(there) <= set(gap)):
                moved.update(zip(range(start, end), there, strict=True))
                break
    return moved


def _clauses(aligned: Sequence[int], source: _Source) -> set[int]:
    return {source.tokens[place].clause for place in aligned if place >= 0}


def _stands(keys: list[str], source: _Source, places: range) -> bool:
    starts = range(places.start, places.stop - len(keys) + 1)
    return any(all(source.tokens[place + step].key == key for step, key in enumerate(keys)) for place in starts)


def _kind(clause: list[Token], start: int, end: int, gap: range, source: _Source) -> FailureKind:
    run = clause[start:end]
    kinds = {token.kind for token in run}
    there = {source.tokens[place].kind for place in gap}
    if "negation" in kinds:
        return "negation"
    if "number" in kinds and not any(token.name for token in run if token.kind != "number"):
        number = next(place for place in range(start, end) if clause[place].kind == "number")
        if number + 1 < len(clause) and clause[number + 1].key in CALENDAR:
            return "date"
        value, unit = value_and_unit(clause[number])
        others = [value_and_unit(source.tokens[place]) for place in gap if source.tokens[place].kind == "number"]
        return "unit" if any(value == one and unit != other for one, other in others) else "number"
    if "unit" in kinds or "unit" in there:
        return "unit"
    if kinds & {"plan", "done"}:
        return "modality"
    if "direction" in kinds:
        return "direction"
    if "negation" in there:
        return "negation"
    if end < len(clause) and clause[end].kind == "speech":
        return "speaker"
    return "name" if any(token.name for token in run) or any(source.tokens[place].name for place in gap) else "content"


def _left_out(clause: list[Token], aligned: list[int], places: frozenset[int], source: _Source, sentence: range) -> list[Failure]:
    """Failures for a negation or a plan of the quote that the statement leaves out while it keeps what they govern."""
    used = {place: token for place, token in zip(aligned, clause, strict=True) if place >= 0}
    failures = []
    clauses = {source.tokens[place].clause for place, token in used.items() if token.has_content}
    for place in sentence:
        token = source.tokens[place]
        if place in places or token.clause not in clauses or token.kind not in ("negation", "plan"):
            continue
        if token.key == "将" and any(place + step in used and source.tokens[place + step].kind == "plan" for step in (-1, 1)):
            continue  # 预计将 is 预计
        governed = _governed(place, token, source, sentence)
        kept = next((used[one] for one in governed if one in used and used[one].has_content), None)
        if kept:
            kind: FailureKind = "negation" if token.kind == "negation" else "modality"
            failures.append(Failure(kind, Span(kept.start, kept.end), source.text_of[place]))
    return failures


def _halved(clause: list[Token], aligned: list[int], taken: frozenset[int], source: _Source, sentence: range) -> Iterator[Failure]:
    """Failures for half of what belongs together in the quote: one end of a range (3至5天), 一年 of 一年半, the title of a 副县长."""
    used = {place: token for place, token in zip(aligned, clause, strict=True) if place >= 0}
    tokens = source.tokens
    for place in sentence:
        if place in used or place in taken:
            continue
        if tokens[place].key == RANGE:
            ends = _ends(place, tokens, sentence)
            kept = [used[end] for end in ends if end in used]
            if len(ends) == 2 and len(kept) == 1 and not taken.intersection(ends):
                said = "".join(source.text_of[ends[0] : ends[1] + 1])
                kind: FailureKind = "date" if _behind(ends[1], tokens, sentence) in CALENDAR else "number"
                yield Failure(kind, Span(kept[0].start, kept[0].end), said)
        elif tokens[place].key == "半" and place - 2 in used and place - 1 in used and tokens[place - 2].kind == "number":
            yield Failure("number", Span(used[place - 2].start, used[place - 1].end), source.text_of[place])
        elif tokens[place].key == "副" and tokens[place].noun and place + 1 in used:
            yield Failure("name", Span(used[place + 1].start, used[place + 1].end), source.text_of[place])


def _ends(place: int, tokens: Sequence[Token], sentence: range) -> tuple[int, ...]:
    """The numbers that a sign of range stands between, the first counted in the unit of the second: 2019 and 2021 of 2019年3月至2021年."""
    if place + 1 not in sentence or tokens[place + 1].kind != "number":
        return ()
    unit = _behind(place + 1, tokens, sentence)
    first = place
    while first - 1 in sentence and (tokens[first - 1].kind in ("number", "unit") or tokens[first - 1].key in CALENDAR):
        first -= 1
    numbers = [at for at in range(first, place) if tokens[at].kind == "number"]
    alike = [at for at in numbers if _behind(at, tokens, sentence) == unit]
    return ((alike or numbers)[-1], place + 1) if numbers else ()


def _behind(place: int, tokens: Sequence[Token], sentence: range) -> str:
    return tokens[place + 1].key if place + 1 in sentence else ""


def _governed(place: int, token: Token, source: _Source, sentence: range) -> list[int]:
    """The places that a negation or plan governs: a plan the rest of its clause, a negation the next word, behind 在…, 对… the rest too."""
    rest = []
    for later in range(place + 1, sentence.stop):
        if source.tokens[later].clause != token.clause:
            break
        rest.append(later)
    if token.kind == "plan":
        return rest
    spoken = [later for later in rest if source.tokens[later].kind not in ("light", "plan", "done") or source.tokens[later].key in ADJUNCT]
    if spoken and source.tokens[spoken[0]].key in ADJUNCT:
        return rest
    return [later for step, later in enumerate(spoken) if not any(source.tokens[one].opens for one in spoken[1 : step + 1])]


def _torn(
    clause: list[Token], aligned: list[int], moved: Mapping[int, int], taken: frozenset[int], source: _Source, sentence: range
) -> Iterator[Failure]:
    """Failures for what stands together in the statement, while in the quote something of its own stands between."""
    matched = [number for number, place in enumerate(aligned) if place >= 0]
    for left, right in pairwise(matched):
        gap = range(aligned[left] + 1, aligned[right])
        if not gap or any(clause[at].has_content and at not in moved for at in range(left + 1, right)):
            continue
        kind = _tear(clause, aligned, left, right, taken, source, sentence)
        if kind:
            said = "".join(source.text_of[place] for place in gap)
            yield Failure(kind, Span(clause[right].start, clause[right].end), said)


def _tear(
    clause: list[Token], aligned: list[int], left: int, right: int, taken: frozenset[int], source: _Source, sentence: range
) -> FailureKind | None:
    """What is wrong with leaving out all between two neighbours of the clause, None for nothing."""
    tokens, one, other = source.tokens, clause[left], clause[right]
    gap = range(aligned[left] + 1, aligned[right])
    first, last = tokens[gap.start], tokens[gap[-1]]
    content = [place for place in gap if tokens[place].has_content and place not in taken]
    if other.kind in ("negation", "plan", "done") and right + 1 < len(clause) and clause[right + 1].key == first.key:
        return "negation" if other.kind == "negation" else "modality"  # from elsewhere, put before what it does not govern
    if not content:
        return None
    if one.kind == "number" and first.kind == "unit":
        return "unit"
    if one.kind == "number" and last.kind == "number":
        return "date" if other.key in CALENDAR else "number"
    if tokens[gap.start - 1].clause != tokens[gap.stop].clause:
        if _goes_on(aligned, left, right, taken, source, sentence):
            return None
        own = [place for place in gap if tokens[place].clause == tokens[gap.stop].clause and place not in taken]
        rest = tokens[content[0]].clause == tokens[gap.start - 1].clause
        if rest or any(tokens[place].has_content for place in own):
            return "speaker" if other.kind == "speech" else "name" if any(tokens[place].name for place in content) else "content"
        return None
    if other.kind == "number" and last.key in CALENDAR and one.key in CALENDAR:
        return "date"  # 1957年15日 of 1957年10月15日
    some_of = first.key in ("中", "里", "内") and any(tokens[place].key == "有" for place in gap)
    if some_of and any(tokens[place].kind == "number" for place in content):
        return "number"  # 8所小学停课 of 8所小学中有3所停课
    if other.kind == "number" and any(_same_measure(place, gap.stop, source) for place in content):
        return "number"
    if first.key in ADJUNCT:
        return None
    if other.kind == "speech":
        return "speaker"
    if one.name and any(tokens[place].name and tokens[place].opens for place in content):
        return "name"
    return "name" if first.key == "的" and one.name else None


def _goes_on(aligned: list[int], left: int, right: int, taken: frozenset[int], source: _Source, sentence: range) -> bool:
    """Whether the subject on the left is the one that the source's clause on the right goes on about.

    It is when the left is the end of a noun phrase, and no clause from there to the right opens with a noun of its own.
    """
    tokens = source.tokens
    start = left
    while start and aligned[start - 1] == aligned[start] - 1 and tokens[aligned[start - 1]].clause == tokens[aligned[left]].clause:
        start -= 1
    subject = range(aligned[start], aligned[left] + 1)
    if not tokens[subject[-1]].noun or any(tokens[place].tag[:1] in ("v", "p", "d") for place in subject):
        return False
    clause = tokens[subject[0]].clause
    around = [place for place in (subject[0] - 1, subject[-1] + 1) if place in sentence and tokens[place].clause == clause]
    for place in around:
        token = tokens[place]
        if place > subject[0]:
            part_of_more = token.key == "的" or token.noun
        else:
            part_of_more = place not in taken and not (token.key == "的" or token.noun or token.timely)
        if part_of_more:
            return False
    begun: set[int] = set()  # clauses whose beginning is known to be no other subject
    for place in range(subject[-1] + 1, aligned[right]):
        token = tokens[place]
        if token.clause == clause or token.clause in begun or place in taken or token.timely or not token.has_content:
            continue
        if token.noun and _word(place, tokens) not in ATTRIBUTE:
            return False
        begun.add(token.clause)
    return not tokens[aligned[right]].name or tokens[aligned[right]].clause in begun


def _word(place: int, tokens: Sequence[Token]) -> str:
    """The rest of the word that stands there."""
    end = place + 1
    while end < len(tokens) and not tokens[end].opens and tokens[end].clause == tokens[place].clause:
        end += 1
    return "".join(token.key for token in tokens[place:end])


def _same_measure(place: int, other: int, source: _Source) -> bool:
    """Whether two numbers of the source count the same: they have one unit, or the same word behind them."""
    one, two = source.tokens[place], source.tokens[other]
    if one.kind != "number":
        return False
    behind = [source.tokens[at + 1].key if at + 1 < len(source.tokens) else "" for at in (place, other)]
    return value_and_unit(one)[1] == value_and_unit(two)[1] and behind[0] == behind[1]
