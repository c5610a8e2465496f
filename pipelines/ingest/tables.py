"""One sheet or file as a frame of text, held to the limits and rid of what no person sees in it.

Tidied here, the same for every format: control characters and invisible signs are taken out, other line
separators are line breaks, an error of the spreadsheet (``#N/A``, ``#REF!``) is a blank cell, and the
apostrophe that guards a text against being taken for a formula is taken away. What a sender should know
of it is a finding. Nothing here knows the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.text import column_letter
from pipelines.settings import Limits

# C0 and C1 but tab, line feed, carriage return and the separators below, which are line breaks.
_CONTROL = r"[\x00-\x08\x0e-\x1f\x7f-\u0084\u0086-\u009f]"
_BREAKS = r"[\x0b\x0c\u0085\u2028\u2029]"
# Zero-width, bidirectional and soft-hyphen signs: a person does not see them, so they are no part of it.
_INVISIBLE = r"[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_ERROR = (
    r"^\s*(?:#(?:N/A|I/T|REF!|DIV/0!|VALUE!|VERDI!|NAME\?|NAVN\?|NUM!|TALL!|NULL!|SPILL!|OVERFLYT!|CALC!|"
    r"BEREGN!|FIELD!|FELT!|BLOCKED!|BLOKKERT!|UNKNOWN!|UKJENT!|GETTING_DATA|HENTER_DATA|##+)|Err:[0-9]{3})\s*$"
)
_GUARDED = r"^'(\s*[=+\-@])"
_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]00:00:00(?:\.0+)?$"
_TIME_MARK = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)$"
# So many cells are named to the sender; of more, how many they are.
MOST_PLACES = 20
_SUSPECT = f"{_CONTROL}|{_BREAKS}|{_INVISIBLE}|{_ERROR}|{_GUARDED}"


@dataclass(frozen=True)
class Table:
    """One sheet or file as text. sheet: its name ('' for a text file or Parquet); frame: n rows x columns
    c0.. of String, whose first row is row 1 of the sheet."""

    sheet: str
    is_hidden: bool
    frame: pl.DataFrame

    def head(self, n: int) -> list[tuple[str | None, ...]]:
        """The first n rows."""
        return self.frame.head(n).rows()


@dataclass
class ErrorCells:
    """The cells of a sheet that hold an error of the spreadsheet: how many, and where the first are.

    places: (row, column), both 1-based, in the order found.
    """

    count: int = 0
    places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, row: int, column: int) -> None:
        """One more."""
        self.count += 1
        if len(self.places) < MOST_PLACES:
            self.places.append((row, column))

    def finding(self, sheet: str | None) -> Finding:
        """The warning that they count as blank, at the first of them."""
        return _cells_finding("error_cells", self.count, self.places, sheet)


def frame_of_records(rows: Sequence[list[Any]], *, filler: str | None = "") -> pl.DataFrame:
    """Records of any width as a frame. filler: what short ones end in; null tells where they ended."""
    width = max(map(len, rows), default=0)
    for row in rows:
        if len(row) < width:
            row.extend([filler] * (width - len(row)))
    columns = zip(*rows, strict=True)
    return pl.DataFrame([pl.Series(f"c{i}", values, dtype=pl.String) for i, values in enumerate(columns)])


def check_size(n_rows: int, n_columns: int, sheet: str, limits: Limits) -> None:
    """Refuse a table with more rows, columns or cells than the limits."""
    if n_rows > limits.max_rows:
        raise Rejection("too_many_rows", sheet=sheet, found=str(n_rows), limit=str(limits.max_rows))
    if n_columns > limits.max_columns:
        raise Rejection("too_many_columns", sheet=sheet, found=str(n_columns), limit=str(limits.max_columns))
    check_grid(n_rows, n_columns, sheet, limits)


def check_grid(n_rows: int, n_columns: int, sheet: str, limits: Limits) -> None:
    """Refuse a grid that would not fit in memory: one cell far out makes a large one."""
    if n_rows * n_columns > limits.max_cells:
        shape = f"{n_rows} x {n_columns}"
        raise Rejection("too_many_rows", sheet=sheet, found=shape, limit=str(limits.max_cells))


def check_cells(frame: pl.DataFrame, sheet: str, limits: Limits) -> None:
    """Refuse a table with a cell longer than the limit, which is named with its row."""
    if not frame.height or not frame.width:
        return
    # Bytes are counted first: they are known without reading the text, and never fewer.
    longest = frame.select(pl.all().str.len_bytes().max()).row(0)
    for index, length in enumerate(longest):
        if length is not None and length > limits.max_cell_characters:
            characters = frame.to_series(index).str.len_chars()
            if (characters > limits.max_cell_characters).any():
                row = (characters > limits.max_cell_characters).arg_max()
                raise Rejection(
                    "cell_too_long",
                    sheet=sheet,
                    row=(row or 0) + 1,
                    found=str(characters.max()),
                    limit=str(limits.max_cell_characters),
                )


def tidy(table: Table, *, is_typed: bool) -> tuple[Table, list[Finding]]:
    """The table as a person sees it, and what was taken out of it.

    is_typed: dates come from typed cells, so midnight is only how a day is written.
    """
    frame, findings = table.frame, []
    if not frame.height or not frame.width:
        return table, []
    suspects = frame.select(pl.all().str.contains(_SUSPECT).any()).row(0)
    columns = [f"c{i}" for i, suspect in enumerate(suspects) if suspect]
    for rule, pattern in (("control_characters", _CONTROL), ("error_cells", _ERROR)):
        findings += _told(rule, pattern, frame, columns, table.sheet)
    frame = frame.with_columns(_tidied(name) for name in columns)
    if is_typed:
        frame = frame.with_columns(_day(name) for name in frame.columns)
    return Table(table.sheet, table.is_hidden, frame), findings


def _tidied(name: str) -> pl.Expr:
    text = (
        pl.col(name)
        .str.replace_all(_CONTROL, "")
        .str.replace_all(_BREAKS, "\n")
        .str.replace_all(_INVISIBLE, "")
        .str.replace(_GUARDED, "$1")
    )
    return pl.when(~text.str.contains(_ERROR)).then(text).alias(name)


def _day(name: str) -> pl.Expr:
    return pl.col(name).str.replace(_MIDNIGHT, "$1").str.replace(_TIME_MARK, "$1 $2")


def _told(rule: str, pattern: str, frame: pl.DataFrame, columns: Sequence[str], sheet: str) -> list[Finding]:
    """One warning for the whole table: how many cells, and where the first of them stand."""
    hits = [(name, frame[name].str.contains(pattern).fill_null(value=False)) for name in columns]
    count = sum(int(hit.sum()) for _, hit in hits)
    if not count:
        return []
    places = sorted(
        (row + 1, int(name[1:]) + 1)
        for name, hit in hits
        for row in hit.arg_true().head(MOST_PLACES).to_list()
    )
    return [_cells_finding(rule, count, places, sheet)]


def _cells_finding(rule: str, count: int, places: Sequence[tuple[int, int]], sheet: str | None) -> Finding:
    """A warning of some cells: the first is its place, all are listed as a spreadsheet calls them (E3)."""
    shown = [f"{column_letter(column - 1)}{row}" for row, column in places[:MOST_PLACES]]
    left = [f"… (+{count - len(shown)})"] if count > len(shown) else []
    params = {"found": str(count), "cells": ", ".join([*shown, *left])}
    if not places:
        return Finding(rule, "warning", sheet, params=params)
    row, column = places[0]
    return Finding(rule, "warning", sheet, row, column_letter(column - 1), params=params)
