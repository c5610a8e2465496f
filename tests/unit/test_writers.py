"""The writers of the tests write what they say: read back by libraries that are not ours."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import polars as pl
import pytest
from lxml import etree

from tests.writers import ODS_NAMES, book_bytes, table_bytes

DAY = date(2026, 1, 31)
ROWS = [["navn", "antall", "pris", "dato", "ja"], ["Blåbær & Ål", 3, 1.5, DAY, True], [None] * 5]


def test_a_text_file_is_written_as_a_norwegian_spreadsheet_writes_it() -> None:
    text = table_bytes(ROWS, "csv", encoding="cp1252").decode("cp1252")
    assert text == "navn;antall;pris;dato;ja\r\nBlåbær & Ål;3;1,5;31.01.2026;ja\r\n;;;;\r\n"
    assert table_bytes(ROWS, "tsv").decode("utf-8-sig").splitlines()[0] == "navn\tantall\tpris\tdato\tja"
    assert (
        table_bytes([["a", 1.5]], "txt", decimal_comma=False, quote_all=True) == b'\xef\xbb\xbf"a";"1.5"\r\n'
    )
    assert table_bytes([["æ"]], "csv", encoding="utf-16").startswith(b"\xff\xfe")


@pytest.mark.parametrize("file_format", ["xlsx", "xlsm"])
def test_a_workbook_keeps_types(file_format: str) -> None:
    content = book_bytes({"Ark1": ROWS, "Ark2": [["x"]]}, file_format)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Ark1", "Ark2"]
    rows = [list(row) for row in book["Ark1"].iter_rows(values_only=True)]
    assert rows[0] == ROWS[0]
    *before, moment, yes = rows[1]
    assert (before, moment.date(), yes) == (["Blåbær & Ål", 3, 1.5], DAY, True)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert ("xl/vbaProject.bin" in package.namelist()) == (file_format == "xlsm")


def test_an_old_workbook_is_a_compound_file() -> None:
    assert table_bytes(ROWS, "xls").startswith(bytes.fromhex("d0cf11e0a1b11ae1"))


def test_an_open_document_is_well_formed_with_its_mimetype_first() -> None:
    with zipfile.ZipFile(io.BytesIO(table_bytes(ROWS, "ods"))) as package:
        assert package.infolist()[0].filename == "mimetype"
        assert package.infolist()[0].compress_type == zipfile.ZIP_STORED
        tree = etree.fromstring(package.read("content.xml"))
    names = dict(part.split("=") for part in ODS_NAMES.split() if part.startswith("xmlns"))
    table = names["xmlns:table"].strip('"')
    office = names["xmlns:office"].strip('"')
    cells = tree.findall(f".//{{{table}}}table-cell")
    assert [cell.get(f"{{{office}}}value-type") for cell in cells[5:11]] == [
        "string",
        "float",
        "float",
        "date",
        "boolean",
        None,
    ]
    assert "".join(cells[5].itertext()) == "Blåbær & Ål"


def test_parquet_keeps_types_and_takes_its_names_from_the_first_row() -> None:
    frame = pl.read_parquet(io.BytesIO(table_bytes(ROWS, "parquet")))
    assert frame.columns == ROWS[0]
    assert frame.dtypes == [pl.String, pl.Int64, pl.Float64, pl.Date, pl.Boolean]
    assert frame.row(1) == (None,) * 5
    with pytest.raises(ValueError, match="two columns"):
        table_bytes([["a", "a"]], "parquet")
