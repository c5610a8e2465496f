"""Wide tables made long: a matrix (``matrix``), and the column groups that a mapping's ``unpivot`` names.

A wide table stays wide until its cells are masked, so that each row of the file is one row received and
each finding names the cell it stands in; then every filled cell, or group of cells, becomes a row of the
contract sheet with the file row's number. A blank cell gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.contract import Column
from pipelines.ingest.mapping import Mapping
from pipelines.ingest.masking import header_shown
from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.naming import ConceptNames
from pipelines.ingest.recognise import Group, Match, named_twice
from pipelines.ingest.text import column_letter, header_key, key
from pipelines.ingest.vocabulary import Vocabulary


def lengthen(body: Body, rows: pl.DataFrame) -> tuple[Body, pl.DataFrame]:
    """A wide body and its (masked) rows as a long one: several rows may share a row_number.

    A row of the file without any filled cell keeps one row that says nothing, so that it is not lost.
    """
    match = body.match
    if not match.groups:
        return body, rows
    fields = list(dict.fromkeys(target for group in match.groups for target in group.columns))
    kept = {t: columns for t, columns in match.targets.items() if t not in fields}
    new = {target: len(match.names) + place for place, target in enumerate([match.by or "", *fields])}
    base = [pl.col("row_number"), *(pl.col(f"c{i}") for i in sorted({i for c in kept.values() for i in c}))]
    parts = [
        rows.select(*base, *_cells_of(group, match.by or "", new)).with_columns(
            pl.lit(place, dtype=pl.Int32).alias("group")
        )
        for place, group in enumerate(match.groups)
    ]
    long = pl.concat(parts)
    is_filled = pl.any_horizontal(pl.col(f"c{new[field]}").is_not_null() for field in fields)
    told = is_filled.any().over("row_number")
    long = long.filter(is_filled | (~told & (pl.col("group") == 0))).sort("row_number", "group")
    long = long.drop("group")
    names = (*match.names, *(None for _ in new))
    targets = {**kept, **{target: [index] for target, index in new.items()}}
    long_match = replace(match, names=names, targets=targets, groups=(), by=None)
    return replace(body, match=long_match, rows=long), long


def at_headers(findings: Iterable[Finding], match: Match, long: Match) -> list[Finding]:
    """Findings on a long body where a thing's name is what they are about, at the header that names it."""
    if match.by is None:
        return list(findings)
    headers = cells_told(match)["headers"][match.by]
    above = long.header_of(match.by)
    return [
        replace(f, column=headers.get(f.value or "", f.column)) if f.column == above else f for f in findings
    ]


def cells_told(match: Match) -> dict[str, Any]:
    """For findings: the column that names the thing, and of each cell's column the header by that name."""
    headers: dict[str, dict[str, str]] = {}
    for group in match.groups:
        for target, index in group.columns.items():
            headers.setdefault(target, {})[group.name] = match.names[index] or column_letter(index)
        first = next(iter(group.columns.values()))
        headers.setdefault(match.by or "", {})[group.name] = match.names[first] or column_letter(first)
    return {"by": match.by, "headers": headers}


def _cells_of(group: Group, by: str, new: dict[str, int]) -> Iterable[pl.Expr]:
    yield pl.lit(group.name, dtype=pl.String).alias(f"c{new[by]}")
    for target, index in new.items():
        if target == by:
            continue
        source = group.columns.get(target)
        cell = pl.lit(None, dtype=pl.String) if source is None else pl.col(f"c{source}")
        yield cell.alias(f"c{index}")


def with_groups(match: Match, mapping: Mapping, vocabulary: Vocabulary) -> Match:
    """The columns that ``unpivot`` names, by the thing they name; things the pack lacks are left out."""
    by = mapping.unpivot[0].by
    column = match.sheet.by_name[by]
    names = vocabulary.names[column.concept] if column.concept else None
    groups: dict[str, Group] = {}
    unknown: list[int] = []
    for place, name in enumerate(match.names):
        found = mapping.read_wide(name) if name else None
        if found is None or place not in match.targets.get(found[1], ()):
            continue
        thing, target = found
        identity = _identity(thing, column, names, mapping)
        if identity is None:
            unknown.append(place)
            continue
        group = groups.setdefault(identity, Group(thing, {}))
        if target in group.columns:
            return replace(match, fault=named_twice(match, group.columns[target], place, target))
        group.columns[target] = place
    used = {place for group in groups.values() for place in group.columns.values()}
    targets = {
        target: [i for i in columns if target not in mapping.wide_targets or i in used]
        for target, columns in match.targets.items()
    }
    fault = match.fault
    if fault is None and not groups:
        fault = Rejection(
            "required_column_missing",
            sheet=match.table.sheet,
            row=match.header_row + 1,
            column=column.header_nb,
            expected=column.header_nb,
            found=", ".join(header_shown(name) for name in match.names if name)[:500],
        )
    return replace(
        match,
        targets={target: columns for target, columns in targets.items() if columns},
        unknown=tuple(sorted({*match.unknown, *unknown})),
        by=by,
        groups=tuple(groups.values()),
        is_complete=fault is None,
        missing=tuple(target for target in match.missing if target != by),
        fault=fault,
    )


def _identity(thing: str, column: Column, names: ConceptNames | None, mapping: Mapping) -> str | None:
    """The concept that a header's thing is, after the mapping's values; its name where any name will do."""
    values = mapping.values.get(column.name)
    texts = [thing]
    if values is not None:
        own = [rule for rule in values.rules if rule.value is not None and key(rule.value) == key(thing)]
        texts = [text for rule in own for text in rule.to] or texts
    if names is None:
        return header_key(texts[0])
    found = [names.find(text) for text in texts]
    return "|".join(sorted(one for one in found if one)) if None not in found else None
