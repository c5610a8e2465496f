"""A matrix of systems and data objects: which header, which cells, and what stands down and across."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipelines.ingest.cells import operations_reader
from pipelines.ingest.contract import Sheet
from pipelines.ingest.header_rows import HEAD_ROWS
from pipelines.ingest.masking import header_shown
from pipelines.ingest.recognise import Group, Match, named_twice
from pipelines.ingest.tables import Table
from pipelines.ingest.text import clean, column_letter, header_key, is_blank, key, without_parenthesis
from pipelines.ingest.vocabulary import Vocabulary

MATRIX_SHEET = "system_data_objects"
SYSTEM, OBJECT, OPERATIONS = "system_name", "data_object_name", "operations"
# So many rows below the header tell what a column holds.
_SAMPLE = 500
# From this share of legal cells on a column is one of a matrix.
_MOST = 0.5
_MATRIX_WORDS = ("matrise", "matrix")
_CORNER_MARKS = re.compile(r"[\\/|→↓,;:+]+|\bog\b|\band\b|\bx\b")


@dataclass(frozen=True)
class _Head:
    """A row that may be a matrix' header. kept: columns that say whose row it is; things: the others."""

    row: int
    names: list[str | None]
    corner: int
    kept: dict[str, list[int]]
    things: list[int]


def find_matrix(table: Table, vocabulary: Vocabulary) -> Match | None:
    """A table of systems down and data objects across, or the other way round; None where it is neither.

    Systems down: the first header means a system, or is blank, and most of the others are data objects of
    the pack. Objects down: the first column holds data objects of the pack. In both the cells must be what
    *operasjoner* takes, or the header must be a known object.
    """
    sheet = vocabulary.contract.sheet_by_id[MATRIX_SHEET]
    rows = table.head(HEAD_ROWS)
    heads = [head for index, row in enumerate(rows) if (head := _head(index, row, sheet)) is not None]
    objects = vocabulary.concepts["data_object"]
    known = [(sum(_object(head.names[i], objects) is not None for i in head.things), head) for head in heads]
    for count, head in sorted(known, key=lambda pair: (-pair[0], pair[1].row)):
        if (match := _systems_down(table, head, count, sheet, vocabulary)) is not None:
            return match
    for head in heads:
        if (match := _objects_down(table, head, sheet, vocabulary)) is not None:
            return match
    return None


def _head(index: int, row: Sequence[str | None], sheet: Sheet) -> _Head | None:
    """A row of at least two headers besides a corner, which may be blank where the column holds something."""
    names = [None if is_blank(cell) else clean(cell or "") for cell in row]
    routing = {header: c.name for c in sheet.routing for header in c.header_keys}
    kept: dict[str, list[int]] = {}
    rest: list[int] = []
    for place, name in enumerate(names):
        if name is not None and (target := routing.get(header_key(name))) is not None:
            kept.setdefault(target, []).append(place)
        elif name is None or header_key(name) not in sheet.ignored:
            rest.append(place)
    # The corner is the first column that is not only said to be whose row it is.
    corner = next(iter(rest), None)
    things = [i for i in rest[1:] if names[i] is not None]
    if corner is None or not things or any(len(columns) > 1 for columns in kept.values()):
        return None
    return _Head(index, names, corner, kept, things)


def _systems_down(
    table: Table, head: _Head, n_known: int, sheet: Sheet, vocabulary: Vocabulary
) -> Match | None:
    corner = head.names[head.corner]
    means = _corner_means(corner, vocabulary)
    named_so = _is_named_so(table, sheet)
    if means not in (SYSTEM, None) or (corner is None and n_known < 2 and not named_so):
        return None
    objects = vocabulary.concepts["data_object"]
    below = _below(table, head)
    named = [i for i in head.things if _object(head.names[i], objects) is not None]
    share = {i: _share_of_operations(below, i, vocabulary) for i in head.things if i not in named}
    local = [i for i, of_filled in share.items() if of_filled is None or of_filled >= _MOST]
    is_mostly_known = n_known * 2 > len(head.things)
    n_telling = len(named) + sum(share[i] is not None for i in local)
    is_filled_so = named_so and n_telling * 2 > len(head.things)
    if not (is_mostly_known and (n_known >= 2 or named_so)) and not (n_known and is_filled_so):
        return None
    things = sorted([*named, *local])
    groups = [Group(_thing_name(head.names[i] or "", objects), {OPERATIONS: i}) for i in things]
    names = vocabulary.names["data_object"]
    identities = [names.find(group.name) or key(group.name) for group in groups]
    return _matrix(table, head, sheet, groups, identities, by=OBJECT, down=SYSTEM)


def _objects_down(table: Table, head: _Head, sheet: Sheet, vocabulary: Vocabulary) -> Match | None:
    corner = head.names[head.corner]
    if _corner_means(corner, vocabulary) not in (OBJECT, None):
        return None
    objects = vocabulary.concepts["data_object"]
    below = _below(table, head)
    down = [cell for cell in below[f"c{head.corner}"].to_list() if not is_blank(cell)]
    n_known = sum(_object(clean(cell), objects) is not None for cell in down)
    named_so = _is_named_so(table, sheet)
    if n_known * 2 <= len(down) or n_known < 2 or (corner is None and not named_so and len(head.things) < 2):
        return None
    contract_headers = {header for s in vocabulary.contract.sheets for header in s.header_index}
    others = [i for i in head.things if header_key(head.names[i] or "") not in contract_headers]
    share = {i: _share_of_operations(below, i, vocabulary) for i in others}
    things = [i for i in others if (of_filled := share[i]) is None or of_filled >= _MOST]
    if all(share[i] is None for i in things) or len(things) * 2 <= len(head.things):
        return None
    groups = [Group(head.names[i] or "", {OPERATIONS: i}) for i in things]
    identities = [key(group.name) for group in groups]
    return _matrix(table, head, sheet, groups, identities, by=SYSTEM, down=OBJECT)


def _matrix(
    table: Table,
    head: _Head,
    sheet: Sheet,
    groups: Sequence[Group],
    identities: Sequence[str],
    *,
    by: str,
    down: str,
) -> Match:
    names = tuple(None if name is None else header_shown(name) for name in head.names)
    # The corner may be blank and is no column without a header.
    names = tuple(
        (name or column_letter(place)) if place == head.corner else name for place, name in enumerate(names)
    )
    shown = [replace(group, name=header_shown(group.name)) for group in groups]
    used = {i for group in groups for i in group.columns.values()}
    match = Match(
        table=table,
        sheet=sheet,
        header_row=head.row,
        names=names,
        targets={down: [head.corner], **head.kept, OPERATIONS: sorted(used)},
        options={},
        unknown=tuple(i for i in head.things if i not in used),
        is_complete=True,
        by=by,
        groups=tuple(shown),
    )
    repeated = [identity for identity, times in Counter(identities).items() if times > 1]
    if repeated:
        first, second = [
            next(iter(group.columns.values()))
            for group, identity in zip(groups, identities, strict=True)
            if identity == repeated[0]
        ][:2]
        return replace(match, fault=named_twice(match, first, second, by))
    return match


def _corner_means(corner: str | None, vocabulary: Vocabulary) -> str | None:
    """What stands above the first column: a system, an object, ``""`` for anything else, None for blank.

    ``System \\ dataobjekt`` means what it says first.
    """
    if corner is None:
        return None
    first = next((part for part in _CORNER_MARKS.split(corner.casefold()) if part.strip()), "")
    contract = vocabulary.contract
    named = [sheet for sheet in contract.sheets if sheet.kind == contract.sheet_by_id[MATRIX_SHEET].kind]
    for name in (SYSTEM, OBJECT):
        own = {header for s in named if name in s.by_name for header in s.by_name[name].header_keys}
        own |= {"systemer", "systems"} if name == SYSTEM else {"dataobjekter", "data objects", "objekter"}
        for text in (corner, first):
            if header_key(text) in own or header_key(without_parenthesis(text)) in own:
                return name
    return ""


def _is_named_so(table: Table, sheet: Sheet) -> bool:
    name = header_key(table.sheet)
    is_matrix = any(word in name for word in _MATRIX_WORDS)
    return is_matrix or name in (header_key(sheet.name_nb), header_key(sheet.name_en), header_key(sheet.id))


def _below(table: Table, head: _Head) -> pl.DataFrame:
    return table.frame.slice(head.row + 1, _SAMPLE)


def _share_of_operations(below: pl.DataFrame, index: int, vocabulary: Vocabulary) -> float | None:
    """How much of what stands in a column is operations, 0 to 1; None where it is blank and tells nothing."""
    read: Callable[[str], tuple[Any, str | None]] = operations_reader(vocabulary.contract.words)
    filled = [cell for cell in below[f"c{index}"].to_list() if not is_blank(cell)]
    return sum(read(cell)[1] is None for cell in filled) / len(filled) if filled else None


def _object(name: str | None, objects: dict[str, str]) -> str | None:
    """The data object that a header names."""
    if name is None:
        return None
    return objects.get(key(name)) or objects.get(key(without_parenthesis(name)))


def _thing_name(header: str, objects: dict[str, str]) -> str:
    """The header as an object's name: without a parenthesis where only so it is known."""
    return (
        header if key(header) in objects or _object(header, objects) is None else without_parenthesis(header)
    )
