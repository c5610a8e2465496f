"""Wide forms in an unknown table: columns whose headers name functions, objects or services of the pack.

Either each header is such a name, or each has one and, parted by the same sign, the same few words more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipelines.ingest.contract import Column, Sheet
from pipelines.ingest.profiles import Profile
from pipelines.ingest.propose_columns import header_fit, readable_share
from pipelines.ingest.text import clean, key
from pipelines.ingest.vocabulary import Vocabulary

# Contract sheet -> the column that takes the thing's name, its concept, and what a lone cell says.
_SHEETS = {
    "functions": ("function_id", "function", "system_names"),
    "system_data_objects": ("data_object_name", "data_object", "operations"),
    "process_data": ("data_object_id", "data_object", "collection"),
    "shared_services": ("service_id", "shared_service", "is_used"),
}
_SEPARATORS = (" | ", ": ", " - ", " – ", " / ", ", ")
_LEAST_COLUMNS = 2
_LEAST_READABLE = 0.6
_LEAST_FIT = 60.0


@dataclass(frozen=True)
class Wide:
    """A proposed ``unpivot``: fields by the words in the header, or cell; indexes: the columns it reads."""

    pattern: str
    by: str
    fields: dict[str, str]
    cell: str | None
    indexes: tuple[int, ...]

    @property
    def targets(self) -> set[str]:
        """The contract columns that it fills."""
        return {self.by, *self.fields.values(), *([self.cell] if self.cell else [])}


def propose_wide(
    profiles: Sequence[Profile], sheet: Sheet, vocabulary: Vocabulary, *, is_paired: bool
) -> Wide | None:
    """The pattern that reads most columns, or None. is_paired: whether headers are ``group | header``."""
    if sheet.id not in _SHEETS:
        return None
    by, concept, lone = _SHEETS[sheet.id]
    known = vocabulary.concepts[concept]
    named = [p for p in profiles if p.is_nameable or is_paired]
    bare = [p for p in named if p.is_nameable and key(p.header) in known]
    cell = sheet.by_name[lone]
    found = [_parted(named, by, sheet, known, vocabulary, is_paired=is_paired)]
    if len(bare) >= _LEAST_COLUMNS and _is_readable(bare, cell, vocabulary):
        found.append(Wide(f"{{{by}}}", by, {}, lone, tuple(p.index for p in bare)))
    best = [wide for wide in found if wide is not None and len(wide.indexes) >= _LEAST_COLUMNS]
    return max(best, key=lambda wide: len(wide.indexes), default=None)


def _parted(
    profiles: Sequence[Profile],
    by: str,
    sheet: Sheet,
    known: Collection[str],
    vocabulary: Vocabulary,
    *,
    is_paired: bool,
) -> Wide | None:
    """Headers of a thing and some words more: the separator and order that read most of them."""
    groups: dict[str, dict[str, list[Profile]]] = defaultdict(lambda: defaultdict(list))
    for profile in profiles:
        header = f"{profile.group} | {profile.name}" if is_paired and profile.group else profile.header
        for separator in _SEPARATORS:
            left, _, right = header.partition(separator)
            first, _, last = header.rpartition(separator)
            if right and key(left) in known:
                groups[f"{{{by}}}{separator}{{field}}"][clean(right)].append(profile)
            elif first and key(first) in known:
                groups[f"{{{by}}}{separator}{{field}}"][clean(last)].append(profile)
            elif first and key(last) in known:
                groups[f"{{field}}{separator}{{{by}}}"][clean(first)].append(profile)
    best: Wide | None = None
    for pattern, by_words in sorted(groups.items()):
        fields = _fields(by_words, by, sheet, vocabulary)
        indexes = tuple(p.index for words in fields for p in by_words[words])
        if fields and (best is None or len(indexes) > len(best.indexes)):
            best = Wide(pattern, by, fields, None, tuple(sorted(indexes)))
    return best


def _fields(
    by_words: dict[str, list[Profile]], by: str, sheet: Sheet, vocabulary: Vocabulary
) -> dict[str, str]:
    """The contract column of each of the words beside the things: by the words, the lone one by its cells."""
    columns = [column for column in sheet.columns if column.name != by]
    fields: dict[str, str] = {}
    for words in by_words:
        fits = [
            (header_fit(words, column), column.name)
            for column in columns
            if column.name not in fields.values()
        ]
        score, name = max(fits, key=lambda pair: pair[0], default=(0.0, ""))
        if score >= _LEAST_FIT:
            fields[words] = name
    lone = sheet.by_name[_SHEETS[sheet.id][2]]
    if not fields and len(by_words) == 1:
        ((words, profiles),) = by_words.items()
        if _is_readable(profiles, lone, vocabulary):
            fields[words] = lone.name
    return fields


def _is_readable(profiles: Sequence[Profile], column: Column, vocabulary: Vocabulary) -> bool:
    """Whether the cells of the columns are what the contract column takes."""
    filled = [profile for profile in profiles if profile.n_filled]
    shares = [readable_share(profile, column, vocabulary) for profile in filled]
    return bool(shares) and sum(shares) / len(shares) >= _LEAST_READABLE
