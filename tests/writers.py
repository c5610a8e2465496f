"""Tables and workbooks as the bytes of a file, in every format that the reader takes.

Values are str, int, float, Decimal, date, datetime, bool or None. Text formats write them as a Norwegian
spreadsheet would (1,5; 31.12.2026; ja); workbooks and Parquet keep their types, and None is an empty cell.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import polars as pl
import xlwt

Rows = Sequence[Sequence[object]]

TEXT_FORMATS = ("csv", "tsv", "txt")
WORKBOOK_FORMATS = ("xlsx", "xlsm", "xls", "ods")
FORMATS = (*TEXT_FORMATS, *WORKBOOK_FORMATS, "parquet")

XLSX_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
XLSM_MAIN = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'office:version="1.3"'
)
# A zip entry needs a date; one fixed date keeps the bytes of the same table the same.
ZIP_DATE = (2026, 1, 1, 0, 0, 0)


def table_bytes(
    rows: Rows,
    file_format: str,
    *,
    sheet: str = "Ark1",
    delimiter: str = ";",
    encoding: str = "utf-8-sig",
    newline: str = "\r\n",
    quote_all: bool = False,
    decimal_comma: bool = True,
) -> bytes:
    """One table as a file; Parquet takes the first row as its column names, .tsv is always by tabs."""
    if file_format in TEXT_FORMATS:
        mark = "\t" if file_format == "tsv" else delimiter
        text = io.StringIO(newline="")
        quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
        writer = csv.writer(text, delimiter=mark, quoting=quoting, lineterminator=newline)
        writer.writerows([as_text(value, decimal_comma=decimal_comma) for value in row] for row in rows)
        return text.getvalue().encode(encoding)
    if file_format == "parquet":
        return _parquet(rows)
    return book_bytes({sheet: rows}, file_format)


def book_bytes(sheets: Mapping[str, Rows], file_format: str) -> bytes:
    """A workbook with these sheets, in this order."""
    if file_format in {"xlsx", "xlsm"}:
        return _office_open(sheets, macros=file_format == "xlsm")
    if file_format == "xls":
        return _biff8(sheets)
    if file_format == "ods":
        return _open_document(sheets)
    raise ValueError(f"no workbook format: {file_format}")


def as_text(value: object, *, decimal_comma: bool = True) -> str:
    """A value as a Norwegian spreadsheet writes it into a text file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nei"
    if isinstance(value, datetime):
        return value.strftime("%d.%m.%Y %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, float | Decimal) and decimal_comma:
        return str(value).replace(".", ",")
    return str(value)


def zip_bytes(parts: Mapping[str, str | bytes], *, stored: Sequence[str] = ("mimetype",)) -> bytes:
    """A zip with these parts in this order; those of ``stored`` are not compressed (ods wants it so)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return stream.getvalue()


def _parquet(rows: Rows) -> bytes:
    header, *body = rows
    data: dict[str, list[Any]] = {
        str(name): [row[place] if place < len(row) else None for row in body]
        for place, name in enumerate(header)
    }
    if len(data) != len(header):
        raise ValueError("a Parquet file cannot have two columns of one name")
    stream = io.BytesIO()
    pl.DataFrame([_series(name, values) for name, values in data.items()]).write_parquet(stream)
    return stream.getvalue()


def _series(name: str, values: list[Any]) -> pl.Series:
    """A column of one type; values of many types become text, as a data frame's owner would have had it."""
    types = {type(value) for value in values if value is not None}
    if types <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64 if float in types else pl.Int64)
    if len(types) <= 1:
        return pl.Series(name, values)
    return pl.Series(name, [None if value is None else as_text(value) for value in values], dtype=pl.String)


def _office_open(sheets: Mapping[str, Rows], *, macros: bool) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet: Any = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a text that starts with = stays a text
    stream = io.BytesIO()
    book.save(stream)
    return _with_macros(stream.getvalue()) if macros else stream.getvalue()


def _with_macros(content: bytes) -> bytes:
    """The same workbook, named as one with macros and with a part where the macros would be."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts: dict[str, str | bytes] = {name: package.read(name) for name in package.namelist()}
    types = package_text(parts, "[Content_Types].xml").replace(XLSX_MAIN, XLSM_MAIN)
    binary = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    parts["[Content_Types].xml"] = types.replace("<Default ", binary + "<Default ", 1)
    parts["xl/vbaProject.bin"] = b"no macros, only the place where they would be"
    links = package_text(parts, "xl/_rels/workbook.xml.rels")
    link = (
        '<Relationship Id="rIdMacros" Target="vbaProject.bin" '
        'Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"/></Relationships>'
    )
    parts["xl/_rels/workbook.xml.rels"] = links.replace("</Relationships>", link)
    return zip_bytes(parts)


def package_text(parts: Mapping[str, str | bytes], name: str) -> str:
    """One part of a package as text."""
    part = parts[name]
    return part if isinstance(part, str) else part.decode("utf-8")


def _biff8(sheets: Mapping[str, Rows]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    moment = xlwt.easyxf(num_format_str="DD.MM.YYYY HH:MM:SS")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, datetime):
                    sheet.write(place, column, value, moment)
                elif isinstance(value, date):
                    sheet.write(place, column, value, day)
                else:
                    sheet.write(place, column, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _open_document(sheets: Mapping[str, Rows]) -> bytes:
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(_ods_row(row) for row in rows)}</table:table>"
        for name, rows in sheets.items()
    )
    return ods_bytes(tables)


def ods_bytes(tables: str, styles: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """An OpenDocument spreadsheet around the XML of its tables (and its automatic styles)."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {ODS_NAMES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest manifest:version="1.3" '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_MIMETYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    parts: dict[str, str | bytes] = {
        "mimetype": ODS_MIMETYPE,
        "content.xml": content,
        "META-INF/manifest.xml": manifest,
    }
    return zip_bytes({**parts, **(more or {})})


def _ods_row(row: Sequence[object]) -> str:
    return f"<table:table-row>{''.join(_ods_cell(value) for value in row)}</table:table-row>"


def _ods_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        kind = f'boolean" office:boolean-value="{str(value).lower()}'
    elif isinstance(value, datetime | date):
        kind = f'date" office:date-value="{value.isoformat()}'
    elif isinstance(value, int | float | Decimal):
        kind = f'float" office:value="{value}'
    else:
        kind = "string"
    shown = "".join(f"<text:p>{escape(line)}</text:p>" for line in as_text(value).split("\n"))
    return f'<table:table-cell office:value-type="{kind}">{shown}</table:table-cell>'
