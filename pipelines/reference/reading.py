"""From the CSV files of a pack to typed records: shape, types, nulls, allowed values, bounds.

Faults are collected, not raised one by one, so that a pack can be mended in one go.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pipelines.reference.schema import TABLES, Column, ColumnType, Problem, Table

Value = str | int | float | Decimal | bool | date | None


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a table: where it stands (row 1 is the header) and its values by column name."""

    file: Path
    row: int
    values: dict[str, Value]

    def problem(self, column: str, found: str, to_do: str) -> Problem:
        """A fault of this record, at its place."""
        return Problem(self.file, self.row, column, found, to_do)


Records = dict[str, list[Record]]

_FORMS: dict[ColumnType, tuple[re.Pattern[str], Callable[[str], Value], str]] = {
    "int": (re.compile(r"-?[0-9]{1,15}"), int, "write a whole number"),
    "float": (re.compile(r"-?[0-9]+(\.[0-9]+)?"), float, "write a number with a decimal point"),
    "decimal": (re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?"), Decimal, "write a number, six decimals at most"),
    "bool": (re.compile(r"true|false"), lambda text: text == "true", "write true or false"),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), date.fromisoformat, "write a date as YYYY-MM-DD"),
}


def read_folders(folders: Sequence[Path], problems: list[Problem]) -> Records:
    """Read every table of every folder, in the folders' order; faults go to ``problems``."""
    records: Records = {name: [] for name in TABLES}
    for folder in folders:
        for path in _csv_files(folder, problems):
            if table := TABLES.get(path.stem):
                records[table.name].extend(_read_file(path, table, problems))
            else:
                to_do = f"name it after a table{_nearest(path.stem, TABLES)}"
                problems.append(Problem(path, None, None, "no reference table has this name", to_do))
    return records


def _csv_files(folder: Path, problems: list[Problem]) -> list[Path]:
    if not folder.is_dir():
        problems.append(
            Problem(folder, None, None, "there is no such folder", "give the folder of a reference pack")
        )
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == ".csv")


def _read_file(path: Path, table: Table, problems: list[Problem]) -> list[Record]:
    rows = _rows(path, problems)
    if rows is None:
        return []
    if not rows:
        to_do = f"write the header {','.join(table.column_names)}"
        problems.append(Problem(path, 1, None, "the file is empty", to_do))
        return []
    header = rows[0]
    if faults := list(_header_faults(path, table, header)):
        problems.extend(faults)
        return []
    records = []
    for number, cells in enumerate(rows[1:], start=2):
        if len(cells) == len(header):
            values = _typed_row(path, number, table, dict(zip(header, cells, strict=True)), problems)
            records.append(Record(path, number, values))
        elif cells:  # a wholly blank line is no row
            found = f"{len(cells)} cells where the header has {len(header)}"
            problems.append(Problem(path, number, None, found, "quote cells that hold a comma"))
    return records


def _rows(path: Path, problems: list[Problem]) -> list[list[str]] | None:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        found = f"byte 0x{content[error.start]:02x} is not UTF-8"
        problems.append(Problem(path, row, None, found, "save the file as UTF-8"))
        return None
    try:
        return list(csv.reader(io.StringIO(unicodedata.normalize("NFC", text), newline=""), strict=True))
    except csv.Error as error:
        problems.append(Problem(path, None, None, f"not a CSV file ({error})", "close every quoted cell"))
        return None


def _header_faults(path: Path, table: Table, header: list[str]) -> Iterable[Problem]:
    names = table.column_names
    for name in dict.fromkeys(header):
        if name not in names:
            to_do = f"remove it or correct it{_nearest(name, names)}"
            yield Problem(path, 1, name, "the table has no such column", to_do)
        elif header.count(name) > 1:
            yield Problem(path, 1, name, "the column stands twice", "keep one of them")
    for name in names:
        if name not in header:
            yield Problem(path, 1, name, "the column is missing", "add it to the header and to every row")


def _typed_row(
    path: Path, row: int, table: Table, cells: dict[str, str], problems: list[Problem]
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for column in table.columns:
        text = cells[column.name]
        try:
            values[column.name] = _typed(column, text)
        except _CellError as error:
            found = f"found {text!r}" if text else "the cell is blank"
            problems.append(Problem(path, row, column.name, found, str(error)))
            values[column.name] = None
    return values


class _CellError(ValueError):
    """What to do about one cell."""


def _typed(column: Column, text: str) -> Value:
    if text == "":
        if column.nullable:
            return None
        raise _CellError("fill it in")
    if text != text.strip():
        raise _CellError("remove the white space around it")
    value = text if column.type == "text" else _converted(column.type, text)
    if column.allowed and text not in column.allowed:
        raise _CellError("use one of " + ", ".join(column.allowed))
    if column.pattern and not _compiled(column.pattern).fullmatch(text):
        raise _CellError(f"use only characters of the form {column.pattern}")
    if isinstance(value, int | float | Decimal):
        _check_bounds(column, value)
    return value


def _converted(kind: ColumnType, text: str) -> Value:
    pattern, convert, to_do = _FORMS[kind]
    if not pattern.fullmatch(text):
        raise _CellError(to_do)
    try:
        return convert(text)
    except ValueError as error:  # a date that no calendar has
        raise _CellError(to_do) from error


def _check_bounds(column: Column, value: int | float | Decimal) -> None:
    if column.minimum is not None and value < column.minimum:
        raise _CellError(f"it must be at least {column.minimum:g}")
    if column.maximum is not None and value > column.maximum:
        raise _CellError(f"it must be at most {column.maximum:g}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3)
    return f" (nearest: {', '.join(near)})" if near else ""
