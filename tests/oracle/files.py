"""Raw files → tables of cell texts. xlsx with openpyxl, everything else as text with csv."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import openpyxl

DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True)
class Table:
    """One sheet (or CSV reading) as rows of texts; ``rows[0]`` is row 1 of the file."""

    sheet: str
    rows: list[list[str]]


class UnreadableError(Exception):
    """The file holds no table that can be read."""


def read_tables(path: Path) -> list[list[Table]]:
    """The possible readings of a file, each a list of tables.

    A workbook has one reading; a text file has one for each delimiter, of which the caller keeps
    the one whose headers it recognises best. Raises UnreadableError.
    """
    content = path.read_bytes()
    if not content.strip():
        raise UnreadableError("empty file")
    if path.suffix.lower() in {".xlsx", ".xlsm"} or content[:4] == b"PK\x03\x04":
        return [_workbook(content)]
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableError("password-protected or old workbook")
    text = decode(content)
    return [[Table("", _records(text, delimiter))] for delimiter in DELIMITERS]


def decode(content: bytes) -> str:
    """UTF-16 and UTF-8 by their byte order mark, else UTF-8 where it is legal, else cp1252."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _records(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(10_000_000)
    return [list(record) for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def _workbook(content: bytes) -> list[Table]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part makes it raise
        raise UnreadableError(str(error)) from error
    return [
        Table(sheet.title, [[cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)])
        for sheet in book.worksheets
    ]


def cell_text(value: object) -> str:
    """A cell as a person would type it: whole numbers without decimals, dates in ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)
