"""A mapping proposed for a file that nobody has described: kind, sheet, columns, values, with reasons.

Never used by itself: a person looks at it, mends it and lays it beside the file. What was found stands as
entries that ``load_mapping`` reads at once, each with its reason and score; what was not is a comment line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from pipelines.ingest.contract import Column, Sheet
from pipelines.ingest.header_rows import make_book
from pipelines.ingest.model import Rejection
from pipelines.ingest.patterns import found_in
from pipelines.ingest.profiles import Profile, Profiled, is_tellable, profile_table
from pipelines.ingest.propose_columns import (
    Proposed,
    propose_columns,
    readable_share,
    separators_that_help,
)
from pipelines.ingest.propose_concepts import (
    EVEN_ODDS,
    UNCERTAIN,
    Guess,
    Guesser,
    guess_values,
    patterns_of,
)
from pipelines.ingest.propose_survey import AskedItem, Labels, propose_items, propose_labels
from pipelines.ingest.propose_wide import Wide, propose_wide
from pipelines.ingest.propose_words import load_words
from pipelines.ingest.readers import ReadFile, read_file
from pipelines.ingest.shown import with_sheets_shown
from pipelines.ingest.text import header_key, key
from pipelines.ingest.vocabulary import ITEM, Vocabulary
from pipelines.reference.closeness import closest
from pipelines.settings import Limits

# A column with more different values than this does not say what its rows are about.
_MOST_GROUPS = 150
# Different values of one column that are listed at most.
_MOST_VALUES = 80
# From this share of rows on a free text speaks of the pack's things.
_TELLING = 0.2
# Where a table has fewer fitting columns than this, nothing is proposed.
_LEAST = 1.0


@dataclass(frozen=True)
class ProposedColumn:
    """What is proposed for one column of the file. target: None where nothing is; score: 0 to 100."""

    header: str
    target: str | None
    reason: str
    score: float


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping. mapping_yaml: with comments; is_complete: whether nothing required is missing."""

    mapping_yaml: str
    columns: tuple[ProposedColumn, ...]
    kind: str
    contract_sheet: str
    is_complete: bool


@dataclass
class Values:
    """Rules for one contract column's values, from one or several source columns.

    known: (source header or None, value, contract value, reason); patterns: the same by a pattern; left:
    (source header or None, value) that nobody can place; choices: what they may become.
    """

    known: list[tuple[str | None, str, str, str]] = field(default_factory=list)
    patterns: list[tuple[str | None, str, str]] = field(default_factory=list)
    left: list[tuple[str | None, str]] = field(default_factory=list)
    is_blank_otherwise: bool = False
    choices: tuple[str, ...] = ()


@dataclass
class Draft:
    """All that is proposed for one table as one contract sheet."""

    profiled: Profiled
    sheet: Sheet
    columns: list[Proposed]
    items: list[AskedItem]
    wide: Wide | None = None
    more: dict[int, list[Proposed]] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    split: dict[str, str] = field(default_factory=dict)
    scale: dict[str, Labels] = field(default_factory=dict)

    @property
    def targets(self) -> set[str]:
        """Contract columns and items that a column is proposed for."""
        more = {one.target for group in self.more.values() for one in group}
        wide = self.wide.targets if self.wide else set()
        return {c.target for c in self.columns} | more | wide | {f"{ITEM}{i.item_id}" for i in self.items}

    @property
    def missing(self) -> list[Column]:
        """Required contract columns that no column is proposed for."""
        return [column for column in self.sheet.required if column.name not in self.targets]

    @property
    def fit(self) -> float:
        """How well the table fits the sheet: a point for each column, more for what is required."""
        points = sum(c.score for c in self.columns) / 100 + sum(i.score for i in self.items) / 100
        points += len(self.wide.indexes) if self.wide else 0
        n_required = len(self.sheet.required) - len(self.missing)
        return points + n_required - 0.5 * len(self.missing)


def propose_mapping(
    content: bytes, file_name: str, kind: str | None, vocabulary: Vocabulary, limits: Limits
) -> Proposal | None:
    """The likeliest mapping of a file, or None where it cannot be read or nothing in it is known.

    kind: what the file is meant to be, None to tell it from the content.
    """
    from pipelines.ingest.propose_yaml import write_mapping

    try:
        # As parse names the sheets, so that the mapping's sheet is found.
        read, _ = with_sheets_shown(read_file(content, limits, make_book(vocabulary, None, kind).score))
    except Rejection:
        return None
    draft = _best_draft(read, file_name, kind, vocabulary)
    if draft is None:
        return None
    _add_values(draft, vocabulary)
    text = write_mapping(draft, file_name, is_one_of_several=len(read.tables) > 1)
    return Proposal(
        mapping_yaml=text,
        columns=tuple(_summary(draft)),
        kind=draft.sheet.kind,
        contract_sheet=draft.sheet.id,
        is_complete=not draft.missing and bool(draft.targets),
    )


def _best_draft(read: ReadFile, file_name: str, kind: str | None, vocabulary: Vocabulary) -> Draft | None:
    """The table and contract sheet that fit each other best; of equals the contract's first."""
    contract = vocabulary.contract
    hinted = contract.kind_of_file_name(file_name)
    silent = contract.silent_sheets
    tables = [t for t in read.tables if not t.is_hidden and key(t.sheet) not in silent] or list(read.tables)
    best: tuple[float, Draft] | None = None
    for table in tables:
        profiled = profile_table(table)
        if profiled is None:
            continue
        for sheet in contract.sheets:
            if kind not in (None, sheet.kind):
                continue
            draft = _draft(profiled, sheet, vocabulary)
            fit = draft.fit + (0.5 if sheet.kind == hinted else 0.0)
            if best is None or fit > best[0]:
                best = (fit, draft)
    if best is None or best[0] < _LEAST or not best[1].targets:
        return None
    return best[1]


def _draft(profiled: Profiled, sheet: Sheet, vocabulary: Vocabulary) -> Draft:
    if sheet.kind != "survey":
        wide = propose_wide(profiled.columns, sheet, vocabulary, is_paired=profiled.header_rows == 2)
        apart = set(wide.indexes) if wide else set()
        narrow = [profile for profile in profiled.columns if profile.index not in apart]
        taken = wide.targets if wide else set()
        columns = [c for c in propose_columns(narrow, sheet, vocabulary) if c.target not in taken]
        return Draft(profiled, sheet, columns, [], wide)
    items = propose_items(profiled.columns, vocabulary) if vocabulary.items else []
    asked = {one.profile.index for one in items}
    rest = [profile for profile in profiled.columns if profile.index not in asked]
    return Draft(profiled, sheet, propose_columns(rest, sheet, vocabulary), items)


# Values


def _add_values(draft: Draft, vocabulary: Vocabulary) -> None:
    """What the values need to be read, and columns whose words tell what no column says."""
    for one in draft.columns:
        column = draft.sheet.by_name[one.target]
        if column.type not in ("code", "concept"):
            continue
        index = vocabulary.concepts[column.concept] if column.concept else column.code_index
        if column.is_multi and (separator := separators_that_help(one.profile, index)):
            draft.split[one.target] = rf"[;|\n{separator}]"
        if readable_share(one.profile, column, vocabulary) < 1 and one.target not in draft.split:
            draft.values[one.target] = _translated(one, column, vocabulary)
    if draft.sheet.kind == "survey":
        draft.scale = propose_labels(draft.items, vocabulary)
        return
    for column in draft.missing:
        if column.concept is not None and column.is_multi:
            _add_guessed(draft, column, vocabulary)
    for column in draft.sheet.flat:
        if column.name not in draft.targets:
            _add_told(draft, column, vocabulary)


def _translated(one: Proposed, column: Column, vocabulary: Vocabulary) -> Values:
    """The values that are not read as they stand: by another word, by likeness, else left to a person."""
    found = Values(choices=_choices(column, vocabulary))
    guesser = Guesser(column.concept, vocabulary) if column.concept else None
    for value in one.profile.values[:_MOST_VALUES]:
        alone = Profile(0, "", "", "", (value,))
        is_read = readable_share(alone, column, vocabulary, with_likeness=True) == 1
        if is_read or not is_tellable(value):
            continue
        guess = guesser.by_name(value) if guesser else _code(value, column)
        floor = load_words().scores["name" if guesser else "value"]
        if guess is not None and guess.score >= floor:
            found.known.append((None, value, guess.id, _why(guess)))
        else:
            found.left.append((None, value))
    return found


def _choices(column: Column, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What a value of the column may become, each once."""
    index = vocabulary.concepts[column.concept] if column.concept else column.code_index
    return tuple(sorted(set(index.values())))


def _code(value: str, column: Column) -> Guess | None:
    """The code that a text is another word for, or nearly."""
    known = load_words().codes.get(header_key(value))
    if known is not None and known in column.code_index.values():
        return Guess(known, 95.0, "word")
    floor = load_words().scores["value"]
    near = closest(header_key(value), column.code_index, floor)
    return Guess(near.id, near.score, "near") if near else None


def _add_guessed(draft: Draft, column: Column, vocabulary: Vocabulary) -> None:
    """A required concept that no column says: by the values of the column that speaks of it most."""
    guesser = Guesser(column.concept or "", vocabulary)
    best = max(
        (p for p in draft.profiled.columns if _divides(p)),
        key=lambda profile: (_spoken_of(profile, guesser), -profile.index),
        default=None,
    )
    if best is None or _spoken_of(best, guesser) == 0:
        return
    others = [p for p in draft.profiled.columns if p.index != best.index and _is_prose(p)]
    guesses = guess_values(best, others, guesser)
    values = draft.values.setdefault(
        column.name, Values(is_blank_otherwise=True, choices=_choices(column, vocabulary))
    )
    for value in best.values:
        if not is_tellable(value):
            continue
        if (guess := guesses.get(value)) is not None:
            values.known.append((best.header, value, guess.id, _why(guess)))
        else:
            values.left.append((best.header, value))
    reason = "verdiene gjettet av ordene rundt / guessed from the words around"
    score = round(sum(g.score for g in guesses.values()) / max(len(best.counts), 1), 1)
    draft.more.setdefault(best.index, []).append(Proposed(best, column.name, score, reason))


def _add_told(draft: Draft, column: Column, vocabulary: Vocabulary) -> None:
    """Things of the pack that free texts name: by a pattern for each thing."""
    patterns = patterns_of("data_object", vocabulary)
    values = Values(is_blank_otherwise=True)
    for profile in draft.profiled.columns:
        if not profile.is_long_text or profile.personal is not None:
            continue
        share = _share_that_tells(profile, patterns.values())
        if share >= _TELLING:
            reason = "teksten nevner dataobjekter / the text names data objects"
            draft.more.setdefault(profile.index, []).append(
                Proposed(profile, column.name, round(100 * share, 1), reason)
            )
            values.patterns = [(None, pattern, identity) for identity, pattern in patterns.items()]
    if values.patterns:
        draft.values[column.name] = values


def _share_that_tells(profile: Profile, patterns: Iterable[str]) -> float:
    """The share of a column's different texts in which one of the patterns is found."""
    texts = pl.Series(profile.values, dtype=pl.String)
    found = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(texts))
    for pattern in patterns:
        found = found | found_in(texts, pattern)
    return int(found.sum()) / len(texts) if len(texts) else 0.0


def _divides(profile: Profile) -> bool:
    """Whether the column divides the rows in groups that have names."""
    return (
        2 <= len(profile.counts) <= _MOST_GROUPS
        and profile.n_filled >= 0.8 * len([cell for cell in profile.cells if cell is not None])
        and not profile.is_unique
        and not profile.is_long_text
        and profile.personal is None
    )


def _spoken_of(profile: Profile, guesser: Guesser) -> float:
    """How much the column's values are named as the concepts are, over its rows; 0 to 100."""
    scored = [(guess.score if (guess := guesser.by_name(v)) else 0.0) * n for v, n in profile.counts.items()]
    return sum(scored) / max(profile.n_filled, 1)


def _is_prose(profile: Profile) -> bool:
    """Whether the column says something different in many rows, in words."""
    is_varied = len(profile.counts) > 0.2 * max(profile.n_filled, 1)
    with_space = sum(" " in text for text in profile.counts)
    return is_varied and with_space * 2 > len(profile.counts) and profile.personal is None


def _why(guess: Guess) -> str:
    how = {
        "name": "navnet / the name",
        "around": "gjettet av ordene i radene / guessed from the words in its rows",
        "word": "annet ord / another word",
        "near": "nesten likt / nearly the same",
    }[guess.how]
    mark = f"{UNCERTAIN} " if guess.score < EVEN_ODDS else ""
    return f"{mark}{guess.score:g}: {how}"


def _summary(draft: Draft) -> list[ProposedColumn]:
    """One line for each target of each column of the file, and one for each column without."""
    found = []
    for profile in draft.profiled.columns:
        own = [c for c in draft.columns if c.profile.index == profile.index]
        own += draft.more.get(profile.index, [])
        found += [ProposedColumn(profile.header, c.target, c.reason, c.score) for c in own]
        asked = [i for i in draft.items if i.profile.index == profile.index]
        found += [ProposedColumn(profile.header, f"{ITEM}{i.item_id}", i.reason, i.score) for i in asked]
        if draft.wide is not None and profile.index in draft.wide.indexes:
            reason = "overskriften navngir noe i referansesettet / the header names a thing of the pack"
            found.append(ProposedColumn(profile.header, draft.wide.by, reason, 80.0))
        elif not own and not asked:
            found.append(ProposedColumn(profile.header, None, "ikke gjenkjent / not recognised", 0.0))
    return found
