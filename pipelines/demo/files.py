"""Tables become bytes: Norwegian CSV, a survey tool's export, workbooks. Same tables, same bytes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pipelines.demo.tables import Cell, Table

# openpyxl stamps the clock into the workbook; the zip format knows no earlier year than 1980.
WORKBOOK_STAMP = b"2026-01-01T00:00:00Z"
ZIP_STAMP = (1980, 1, 1, 0, 0, 0)
NBSP = "\u00a0"


@dataclass(frozen=True)
class OutFile:
    """A file to write: its name, its content, and under which sheet name each table stands in it."""

    name: str
    content: bytes
    sheets: dict[str, str]


def slug(name: str) -> str:
    """A file name of a table's name: lower case, ``æøå`` spelt out, one underscore between words."""
    plain = name.lower().replace("æ", "ae").replace("ø", "o").replace("å", "a")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def norwegian_csv(table: Table, encoding: str) -> OutFile:
    """Semicolons, decimal comma, dd.mm.yyyy, CRLF; thousands with NBSP in cp1252, as Excel writes them."""
    text = _plain_thousands if encoding != "cp1252" else _nbsp_thousands
    content = _csv(table, lambda cell: _norwegian(cell, text), csv.QUOTE_MINIMAL)
    return OutFile(f"{slug(table.name)}.csv", content.encode(encoding), {table.name: ""})


def nettskjema_csv(table: Table) -> OutFile:
    """Every field quoted, semicolons, CRLF, UTF-8 without BOM."""
    content = _csv(table, lambda cell: _norwegian(cell, _plain_thousands), csv.QUOTE_ALL)
    return OutFile("nettskjema_undersokelse.csv", content.encode("utf-8"), {table.name: ""})


def _csv(table: Table, show: Callable[[Cell], str], quoting: Literal[0, 1]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n", quoting=quoting)
    blank = [""] * (len(table.headers) - 1)
    writer.writerows([title, *blank] for title in _title_rows(table))
    writer.writerow(table.headers)
    writer.writerows([show(cell) for cell in row] for row in table.rows)
    return buffer.getvalue()


def _title_rows(table: Table) -> list[str]:
    return [*table.titles, ""] if table.titles else []


def _norwegian(cell: Cell, thousands: Callable[[Decimal], str]) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, date):
        return cell.strftime("%d.%m.%Y")
    return thousands(cell) if isinstance(cell, Decimal) else str(cell)


def _plain_thousands(number: Decimal) -> str:
    return f"{number:.2f}".replace(".", ",")


def _nbsp_thousands(number: Decimal) -> str:
    return f"{number:,.2f}".replace(",", NBSP).replace(".", ",")


def workbook(name: str, tables: Sequence[Table], guide: Sequence[str], *, compress: bool) -> OutFile:
    """A workbook with a sheet of explanation first (unless ``guide`` is empty).

    compress: smaller, but its bytes then depend on the machine's zlib; without it they never do.
    """
    content = _normalised(_workbook_bytes(tables, guide), compress=compress)
    return OutFile(name, content, {table.name: table.name for table in tables})


def _workbook_bytes(tables: Sequence[Table], guide: Sequence[str]) -> bytes:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    if guide:
        sheet = book.create_sheet("Veiledning")
        for line in guide:
            sheet.append([line])
    for table in tables:
        sheet = book.create_sheet(table.name)
        for title in _title_rows(table):
            sheet.append([title] if title else [])
        headers = [WriteOnlyCell(sheet, value=header) for header in table.headers]
        for cell in headers:
            cell.font = Font(bold=True)
        sheet.append(headers)
        for row in table.rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _normalised(content: bytes, *, compress: bool) -> bytes:
    """The same zip without the clock: fixed member times, fixed document properties."""
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(result, "w", method) as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, ZIP_STAMP)
            member.compress_type = method
            member.create_system = 0
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT[0-9:]+Z", WORKBOOK_STAMP, data)
            target.writestr(member, data)
    return result.getvalue()


def write_files(folder: Path, files: Iterable[OutFile]) -> int:
    """Write the files into a folder that is made if need be; returns the number of bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    return sum((folder / file.name).write_bytes(file.content) for file in files)


def write_overlay(folder: Path, tables: dict[str, list[list[object]]]) -> None:
    """Reference tables as the pack reads them: UTF-8, comma, LF."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        (folder / f"{name}.csv").write_bytes(buffer.getvalue().encode("utf-8"))
