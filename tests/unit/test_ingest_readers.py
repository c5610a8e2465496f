"""Bytes to tables: encodings, delimiters, workbooks, and what is refused before it is unpacked."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
import xlwt

from pipelines.ingest.dialect import detect_delimiter, read_records
from pipelines.ingest.encodings import decode
from pipelines.ingest.model import Rejection
from pipelines.ingest.readers import read_file
from pipelines.settings import Limits
from tests.unit.test_ingest_support import (
    DELIMITERS,
    ENCODINGS,
    HEALTH,
    csv_bytes,
    parse_one,
    rejection,
    rules,
    workbook_bytes,
)
from tests.writers import WORKBOOK_FORMATS, ods_bytes, table_bytes

TEXT = "systemnavn;funksjon\nÆrfugl;Åpen\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def no_score(rows: object) -> int:
    return 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_bytes_tell_the_encoding(encoding: str) -> None:
    decoded = decode(TEXT.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.n_broken) == (TEXT, encoding, 0)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_of_either_order_with_its_mark(codec: str) -> None:
    mark = "\ufeff".encode(codec)
    assert decode(mark + TEXT.encode(codec)).text == TEXT


def test_what_cp1252_cannot_name_is_kept_and_counted() -> None:
    decoded = decode(b"bl\xe5b\xe6r;\x81;\x8d")
    assert (decoded.text, decoded.encoding, decoded.n_broken) == ("blåbær;\ufffd;\ufffd", "cp1252", 2)


@pytest.mark.parametrize("content", [b"a\x00b;c", b"\xff\xfea", b"\xff\xfe\x00\xd8a\x00"])
def test_what_is_no_text_is_unreadable(content: bytes) -> None:
    with pytest.raises(Rejection) as caught:
        decode(content)
    assert caught.value.finding.rule == "unreadable"


def test_an_encoding_that_the_mapping_names_is_kept_to() -> None:
    assert decode("æ".encode("latin-1"), "latin-1").encoding == "latin-1"
    with pytest.raises(Rejection):
        decode(b"\xe6", "utf-8")
    with pytest.raises(Rejection):
        decode(b"a", "no-such-codec")


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_the_one_that_splits_evenly(delimiter: str) -> None:
    rows = [["a", "b; c, d"], ["1,5", "2"], ["3", "4;"]]
    text = csv_bytes(rows, delimiter).decode()
    assert detect_delimiter(text, no_score) == delimiter
    assert read_records(text, no_score).rows == rows


def test_known_headers_outweigh_even_rows() -> None:
    text = "systemnavn;funksjon,a\nb;c;d,e\n"
    assert detect_delimiter(text, no_score) == ","
    assert detect_delimiter(text, lambda rows: sum("systemnavn" in row for row in rows)) == ";"


def test_blank_lines_are_rows_and_cells_may_hold_line_breaks() -> None:
    records = read_records('a;b\r\n\r\n"1\n2";3\r\n', no_score)
    assert records.rows == [["a", "b"], [], ["1\n2", "3"]]


def test_a_quote_that_is_never_closed_is_named_with_its_row() -> None:
    with pytest.raises(Rejection) as caught:
        read_records('a;b\n1;"2\n3;4\n', no_score)
    assert (caught.value.finding.rule, caught.value.finding.row_number) == ("unclosed_quote", 2)


def test_stray_quotes_are_read_and_told() -> None:
    delivery = parse_one(f'systemnavn;funksjon\n"Alfa" pluss;{HEALTH}\n'.encode())
    assert delivery.rejection is None
    assert rules(delivery) == ["broken_quotes"]


# Workbooks


def test_cells_of_a_workbook_as_text() -> None:
    rows = [
        ["t", None],
        [None, None],
        ["systemnavn", "årlig_kostnad"],
        ["A\nB", 1234],
        ["0301", 1234.5],
        [301, date(2026, 5, 1)],
        [True, datetime(2026, 5, 1, 12, 30)],  # noqa: DTZ001 - spreadsheets know no zones
    ]
    (table,) = read_file(workbook_bytes({"Systemer": rows}), Limits(), no_score).tables
    assert table.frame.rows() == [
        ("t", None),
        (None, None),
        ("systemnavn", "årlig_kostnad"),
        ("A\nB", "1234"),
        ("0301", "1234.5"),
        ("301", "2026-05-01"),
        ("true", "2026-05-01 12:30:00"),
    ]


def test_rows_are_counted_from_the_top_of_the_sheet_even_when_it_starts_blank() -> None:
    rows = [[], [], [None, "systemnavn", "funksjon"], [None, "Alfa", HEALTH]]
    delivery = parse_one(workbook_bytes({"Systemer": rows}), "a.xlsx")
    assert delivery.datasets["system"]["row_number"].to_list() == [4]
    assert delivery.recognised["sheets"][0]["header_row"] == 3


def test_an_empty_workbook_is_rejected() -> None:
    assert rejection(parse_one(workbook_bytes({"Ark1": []}), "systemer.xlsx")) == "empty_file"


TYPED = [
    ["t", None, None, None],
    [None, None, None, None],
    ["systemnavn", "tall", "dato", "svar"],
    ["Ærfugl & <venner>", 3, date(2026, 5, 1), True],
    ["0301", 3.5, datetime(2026, 5, 1, 12, 30), False],  # noqa: DTZ001 - spreadsheets know no zones
    ["linje 1\nlinje 2", -1_234_567_890_123, date(2090, 12, 31), None],
    ["'=1+1", 0.1 + 0.2, None, None],
]
SHOWN = [
    ("t", None, None, None),
    (None, None, None, None),
    ("systemnavn", "tall", "dato", "svar"),
    ("Ærfugl & <venner>", "3", "2026-05-01", "true"),
    ("0301", "3.5", "2026-05-01 12:30:00", "false"),
    ("linje 1\nlinje 2", "-1234567890123", "2090-12-31", None),
    ("=1+1", "0.3", None, None),
]


@pytest.mark.parametrize("file_format", WORKBOOK_FORMATS)
def test_typed_cells_read_alike_in_every_workbook(file_format: str) -> None:
    read = read_file(table_bytes(TYPED, file_format), Limits(), no_score)
    assert (read.file_format, read.is_typed, read.encoding, read.findings) == (file_format, True, None, ())
    shown = [tuple(cell or None for cell in row) for row in read.tables[0].frame.rows()]
    assert shown == SHOWN


def test_typed_columns_of_parquet_and_the_header_as_row_1() -> None:
    frame = pl.DataFrame(
        {
            "navn": ["Ærfugl", None],
            "tall": [3.0, 1.5],
            "antall": [1, None],
            "dato": [date(2026, 5, 1), None],
            "svar": [True, False],
            "pris": [Decimal("1.50"), Decimal("-2.00")],
            "flere": [["a", "b"], []],
            "post": [{"a": 1}, {"a": 2}],
            "bytes": [b"tekst", b"mer"],
        }
    )
    stream = io.BytesIO()
    frame.write_parquet(stream)
    read = read_file(stream.getvalue(), Limits(), no_score)
    assert (read.file_format, read.is_typed, read.has_sheets) == ("parquet", True, False)
    assert read.tables[0].frame.rows() == [
        ("navn", "tall", "antall", "dato", "svar", "pris", "flere", "post", "bytes"),
        ("Ærfugl", "3", "1", "2026-05-01", "true", "1.5", "a|b", None, "tekst"),
        (None, "1.5", None, None, "false", "-2", None, None, "mer"),
    ]
    assert [(f.rule, f.params["found"]) for f in read.findings] == [("nested_column", "post")]


def ods_table(cells: str, name: str = "Ark1", style: str = "") -> str:
    marks = f' table:style-name="{style}"' if style else ""
    return f'<table:table table:name="{name}"{marks}><table:table-row>{cells}</table:table-row></table:table>'


def ods_cell(kind: str, attribute: str = "", shown: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" {attribute}>{shown}</table:table-cell>'


NOTE = "<office:annotation><text:p>merknad</text:p></office:annotation>"
ODS_CELLS = {
    ods_cell("float", 'office:value="3.0"', "<text:p>3,00</text:p>"): "3",
    ods_cell(
        "float", 'office:value="1.23456789012346E+018"', "<text:p>1,2E+18</text:p>"
    ): "1234567890123460000",
    ods_cell("float", 'office:value="1E-7"'): "0.0000001",
    ods_cell("percentage", 'office:value="0.25"', "<text:p>25 %</text:p>"): "0.25",
    ods_cell("currency", 'office:value="1234.5"', "<text:p>kr 1 234,50</text:p>"): "1234.5",
    ods_cell("time", 'office:time-value="PT12H30M00S"', "<text:p>12:30</text:p>"): "12:30:00",
    ods_cell("date", 'office:date-value="2026-05-01T00:00:00"', "<text:p>1. mai</text:p>"): "2026-05-01",
    ods_cell("boolean", 'office:boolean-value="true"', "<text:p>SANN</text:p>"): "true",
    ods_cell(
        "string", "", "<text:p>a<text:s text:c='2'/>b<text:tab/>c<text:line-break/>d</text:p>"
    ): "a  b\tc\nd",
    ods_cell(
        "string", "", "<text:p>rik <text:span>te<text:span>k</text:span></text:span>st</text:p>"
    ): "rik tekst",
    ods_cell("string", "", f"{NOTE}<text:p>svar</text:p><text:p>to</text:p>"): "svar\nto",
    ods_cell("string", "", "<text:p><![CDATA[a<b]]></text:p>"): "a<b",
    ods_cell("string", 'table:formula="of:=A1" office:string-value="x"'): "x",
    "<table:covered-table-cell><text:p>skjult</text:p></table:covered-table-cell>": None,
}


@pytest.mark.parametrize(("cell", "text"), ODS_CELLS.items())
def test_cells_of_ods(cell: str, text: str | None) -> None:
    read = read_file(
        ods_bytes(ods_table(cell + ods_cell("string", "", "<text:p>.</text:p>"))), Limits(), no_score
    )
    (shown, _) = read.tables[0].frame.row(0)
    assert (shown or None, read.findings) == (text, ())


@pytest.mark.parametrize(
    "cell",
    [
        ods_cell("string", 'calcext:value-type="error" office:string-value=""', "<text:p>#N/A</text:p>"),
        ods_cell("float", 'office:value="0"', "<text:p>#N/A</text:p>"),
        ods_cell("float", 'office:value="0"', "<text:p>Err:502</text:p>"),
    ],
)
def test_an_error_of_ods_is_blank_and_never_zero(cell: str) -> None:
    read = read_file(ods_bytes(ods_table(cell + ods_cell("float", 'office:value="1"'))), Limits(), no_score)
    assert [text or None for text in read.tables[0].frame.row(0)] == [None, "1"]
    assert [(f.rule, f.params) for f in read.findings] == [("error_cells", {"found": "1", "cells": "A1"})]


def test_errors_of_xlsx_and_xls_are_blank_and_counted() -> None:
    book = workbook_bytes({"Ark": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    members[name] = members[name].replace(b'<c r="A2" t="n"><v>1</v>', b'<c r="A2" t="e"><v>#REF!</v>')
    old = xlwt.Workbook()
    sheet = old.add_sheet("Ark")
    for place, value in enumerate(["a", "b"]):
        sheet.write(0, place, value)
    sheet.row(1).set_cell_error(0, "#REF!")
    sheet.write(1, 1, 2)
    stream = io.BytesIO()
    old.save(stream)
    for content in (zip_bytes(members), stream.getvalue()):
        read = read_file(content, Limits(), no_score)
        assert read.tables[0].frame.rows() == [("a", "b"), (None, "2")]
        (told,) = read.findings
        assert (told.rule, told.sheet, told.row_number, told.column) == ("error_cells", "Ark", 2, "A")
        assert told.params == {"found": "1", "cells": "A2"}


@pytest.mark.parametrize("strip", [False, True])
def test_of_many_errors_the_first_twenty_are_named_and_the_rest_counted(strip: bool) -> None:
    book = workbook_bytes({"Først": [["a"]], "Ark": [["x"] * 3 for _ in range(9)]})
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet2.xml"
    members[name] = re.sub(
        rb't="s"><v>[0-9]+</v>|t="inlineStr"><is>.*?</is>', rb't="e"><v>#N/A</v>', members[name]
    )
    if strip:
        # Cells that do not say where they stand follow upon each other.
        members[name] = re.sub(rb'<c r="[A-C][0-9]+"', b"<c", members[name])
    (told,) = read_file(zip_bytes(members), Limits(), no_score).findings
    assert (told.sheet, told.row_number, told.column) == ("Ark", 1, "A")
    assert told.params["found"] == "27"
    assert told.params["cells"].startswith("A1, B1, C1, A2, ")
    assert told.params["cells"].endswith(", A7, B7, … (+7)")


def test_hidden_sheets_of_every_workbook_are_known_as_hidden() -> None:
    shown = '<style:table-properties table:display="false"/>'
    style = f'<style:style style:name="h" style:family="table">{shown}</style:style>'
    cell = ods_cell("string", "", "<text:p>a</text:p>")
    ods = ods_bytes(ods_table(cell, "Synlig", "v") + ods_table(cell, "Skjult", "h"), style)
    old = xlwt.Workbook()
    for name, visibility in (("Synlig", 0), ("Skjult", 1), ("Meget skjult", 2)):
        sheet = old.add_sheet(name)
        sheet.write(0, 0, "a")
        sheet.visibility = visibility
    stream = io.BytesIO()
    old.save(stream)
    new = workbook_bytes({"Synlig": [["a"]], "Skjult": [["a"]]}, hidden=["Skjult"])
    for content in (ods, stream.getvalue(), new):
        tables = read_file(content, Limits(), no_score).tables
        assert [table.is_hidden for table in tables] == [False, *[True] * (len(tables) - 1)]


def test_a_value_that_would_be_lost_is_refused() -> None:
    book = workbook_bytes({"Ark": [["a"], [1]]})
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert b"<v>1</v>" in members[name]
    members[name] = members[name].replace(b"<v>1</v>", b"<v><![CDATA[1]]></v>")
    assert rejection(parse_one(zip_bytes(members), "a.xlsx")) == "unreadable"


def zip_bytes(members: dict[str, bytes], *, sizes: dict[str, int] | None = None) -> bytes:
    """A zip; ``sizes`` makes its directory lie about how much a member holds."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    content = bytearray(stream.getvalue())
    for name, size in (sizes or {}).items():
        place = content.rfind(name.encode())  # the central directory stands last
        struct.pack_into("<I", content, place - 46 + 24, size)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty_file"),
        (b" \r\n\t ", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\x00\x00\x00", "empty_file"),
        (OLE + b"\x00" * 600, "unreadable"),
        (OLE, "unreadable"),
        (b"%PDF-1.7 abc", "unsupported_format"),
        (b"PK\x03\x04 and nothing more", "unreadable"),
        (zip_bytes({"xl/workbook.bin": b""}), "unsupported_format"),
        (zip_bytes({"content.xml": b"", "mimetype": b"application/x"}), "unsupported_format"),
        (zip_bytes({"content.xml": b""}), "unreadable"),
        (zip_bytes({"readme.txt": b"hei"}), "unsupported_format"),
        (zip_bytes({"xl/workbook.xml": b"<not really"}), "unreadable"),
        (b"<html><body>hei</body></html>", "unsupported_format"),
        (b"hei;du\n1;2\n", "not_recognised"),
    ],
)
def test_what_is_no_delivery_is_rejected_with_its_reason(content: bytes, rule: str) -> None:
    delivery = parse_one(content, "systemer.xlsx")
    assert rejection(delivery) == rule
    assert delivery.kind == "systems"
    assert delivery.rows_received is None


def test_a_workbook_cut_off_in_the_transfer_is_unreadable() -> None:
    content = workbook_bytes({"Systemer": [["systemnavn", "funksjon"], ["Alfa", HEALTH]]})
    for length in range(10, len(content), 500):
        assert rejection(parse_one(content[:length], "a.xlsx")) == "unreadable"


def test_a_zip_that_says_it_unpacks_past_the_limit() -> None:
    content = zip_bytes({"xl/workbook.xml": b"a" * 10_000})
    assert rejection(parse_one(content, limits=Limits(max_unpacked_bytes=9_999))) == "unpacks_too_big"


def test_a_zip_that_lies_about_what_it_unpacks_to() -> None:
    content = zip_bytes({"xl/workbook.xml": b"a" * 10_000_000}, sizes={"xl/workbook.xml": 100})
    assert len(content) * 1_040 > 5_000_000
    assert rejection(parse_one(content, limits=Limits(max_unpacked_bytes=5_000_000))) == "unpacks_too_big"


def test_a_cell_far_out_is_refused_before_the_grid_is_made() -> None:
    content = workbook_bytes({"Systemer": [["systemnavn", "funksjon"]]})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    assert b"</sheetData>" in members[name]
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    members[name] = members[name].replace(b"</sheetData>", far)
    assert rejection(parse_one(zip_bytes(members), "a.xlsx")) == "too_many_rows"


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        (Limits(max_file_bytes=10), "file_too_big"),
        (Limits(max_rows=2), "too_many_rows"),
        (Limits(max_columns=1), "too_many_columns"),
        (Limits(max_cell_characters=20), "cell_too_long"),
    ],
)
@pytest.mark.parametrize("is_workbook", [False, True])
def test_the_limits(limits: Limits, rule: str, is_workbook: bool) -> None:
    rows = [["systemnavn", "funksjon"], ["Alfa", HEALTH], ["Beta", HEALTH]]
    content = workbook_bytes({"Systemer": rows}) if is_workbook else csv_bytes(rows)
    delivery = parse_one(content, limits=limits)
    assert rejection(delivery) == rule
    assert delivery.rejection is not None
    assert "limit" in delivery.rejection.params


def test_a_field_beyond_what_csv_reads_is_too_long() -> None:
    content = b"systemnavn;funksjon\nAlfa;" + b"x" * 200_000
    assert rejection(parse_one(content)) == "cell_too_long"


def test_deflate_never_shrinks_more_than_assumed() -> None:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    size = sum(len(stream.compress(bytes(1 << 20))) for _ in range(16)) + len(stream.flush())
    assert (16 << 20) / size < 1_040
