"""The text of a contract column: from one source column or several, as a mapping translates it, or fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.body import Body
from pipelines.ingest.cells import Reader, Result
from pipelines.ingest.contract import SEPARATORS, Column
from pipelines.ingest.mapping import Mapping, ValueMap, ValueRule
from pipelines.ingest.patterns import found_in, splitter
from pipelines.ingest.text import clean, header_key, key
from pipelines.ingest.vocabulary import Vocabulary

# Below this many rows a plain dictionary is faster than a join.
_SMALL = 2_000
_JOINER = "|"
_SPACES = r"[\s\x1c-\x1f\u00a0\u200b\u2060\ufeff]+"


@dataclass(frozen=True)
class Source:
    """Where a body came from and how its cells are read."""

    vocabulary: Vocabulary
    mapping: Mapping | None
    is_workbook: bool


@dataclass(frozen=True)
class Text:
    """A contract column's text: raw as received, read after the mapping's values. Null where blank."""

    raw: pl.Series
    read: pl.Series


def column_text(body: Body, rows: pl.DataFrame, column: Column, source: Source) -> Text:
    """The text of a contract column, from its source column(s), a constant, or nothing."""
    indexes = body.match.targets.get(column.name, [])
    mapping = source.mapping
    if not indexes:
        constant = mapping.constants.get(column.name) if mapping else None
        series = pl.Series([constant], dtype=pl.String).new_from_index(0, rows.height)
        return Text(series, series)
    parts = [rows[f"c{i}"] for i in indexes]
    raw = _joined(parts, " | ")
    values = mapping.values.get(column.name) if mapping else None
    if mapping is None or (values is None and len(parts) == 1):
        return Text(raw, raw)
    separators = mapping.split.get(column.name, SEPARATORS)
    names = [header_key(body.match.names[i] or "") for i in indexes]
    read = [
        _translated(part, column, _rules_for(values, body, index, name), values, separators)
        for part, index, name in zip(parts, indexes, names, strict=True)
    ]
    return Text(raw, _joined(read, _JOINER))


def convert(text: pl.Series, read: Reader, dtype: pl.DataType) -> tuple[pl.Series, pl.Series]:
    """Apply a reader to each distinct text; null stays null. Gives values and rules."""
    if len(text) <= _SMALL:
        texts = text.to_list()
        results: dict[str | None, Result] = {None: (None, None)}
        for one in texts:
            if one not in results:
                results[one] = read(one)
        rules = pl.Series([results[one][1] for one in texts], dtype=pl.String)
        if not isinstance(dtype, pl.List):
            return pl.Series([results[one][0] for one in texts], dtype=dtype), rules
        # Lists are slow to make one by one, so only the distinct ones are made.
        places = {one: place for place, one in enumerate(results)}
        values = pl.Series([value for value, _ in results.values()], dtype=dtype)
        return values.gather([places[one] for one in texts]), rules
    distinct = text.unique().drop_nulls().to_list()
    found = {one: read(one) for one in distinct}
    known = pl.DataFrame(
        {
            "text": pl.Series(distinct, dtype=pl.String),
            "value": pl.Series([found[one][0] for one in distinct], dtype=dtype),
            "rule": pl.Series([found[one][1] for one in distinct], dtype=pl.String),
        }
    )
    joined = text.alias("text").to_frame().join(known, on="text", how="left", maintain_order="left")
    return joined["value"], joined["rule"]


def cleaned(text: pl.Series) -> pl.Series:
    """NFC, runs of white space as one space, none at the ends; vectorised ``text.clean``."""
    if len(text) <= _SMALL:
        return pl.Series([None if one is None else clean(one) for one in text.to_list()], dtype=pl.String)
    expression = pl.lit(text).str.normalize("NFC").str.replace_all(_SPACES, " ").str.strip_chars(" ")
    return pl.select(expression).to_series()


def _rules_for(values: ValueMap | None, body: Body, index: int, name: str) -> Sequence[ValueRule]:
    """The rules that speak of this source column, by its header or the lower of two headers."""
    if values is None:
        return ()
    lower = header_key((body.match.names[index] or "").rsplit(" | ", 1)[-1])
    return [r for r in values.rules if r.source is None or header_key(r.source) in (name, lower)]


def _translated(
    text: pl.Series, column: Column, rules: Sequence[ValueRule], values: ValueMap | None, separators: str
) -> pl.Series:
    """Source texts as contract texts, several joined by ``|``."""
    exact = {key(rule.value): rule for rule in reversed(rules) if rule.value is not None}
    by_pattern = _matching(text, rules)
    keep = values is None or values.otherwise == "keep"
    split = splitter(separators)

    def read(cell: str) -> Result:
        whole = exact.get(key(cell))
        parts = [cell] if whole or not column.is_multi else [p for p in split.split(cell) if key(p)]
        found: list[str] = []
        left: list[str] = []
        for part in parts:
            rule = exact.get(key(part))
            found += rule.to if rule else ()
            left += [] if rule else [clean(part)]
        matched = by_pattern.get(cell, [])
        found += [target for rule in matched for target in rule.to]
        if keep and not matched:
            found += left
        chosen = dict.fromkeys(found if column.is_multi else found[:1])
        return _JOINER.join(chosen) or None, None

    return convert(text, read, pl.String())[0]


def _matching(text: pl.Series, rules: Sequence[ValueRule]) -> dict[str, list[ValueRule]]:
    """Each distinct text with the rules whose pattern it holds, in the rules' order."""
    distinct = text.unique().drop_nulls()
    cells, searched = distinct.to_list(), cleaned(distinct)
    found: dict[str, list[ValueRule]] = {}
    for rule in rules:
        if rule.pattern is None:
            continue
        for place in found_in(searched, rule.pattern).arg_true().to_list():
            found.setdefault(cells[place], []).append(rule)
    return found


def _joined(parts: Sequence[pl.Series], separator: str) -> pl.Series:
    """Several columns as one text, blanks left out; null where all are."""
    if len(parts) == 1:
        return parts[0]
    frame = pl.DataFrame([part.alias(str(i)) for i, part in enumerate(parts)])
    text = pl.concat_str(pl.all(), separator=separator, ignore_nulls=True)
    return frame.select(pl.when(pl.any_horizontal(pl.all().is_not_null())).then(text)).to_series()
