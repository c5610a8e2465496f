"""Bytes to tables: encodings, delimiters, workbooks, and what is refused before it is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import date, datetime

import pytest

from pipelines.ingest.dialect import decode, detect_delimiter, read_records
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
    decoded = decode(b"\xe6;\x81\x8d")
    assert (decoded.text, decoded.n_broken) == ("æ;\ufffd\ufffd", 2)


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
        ("301", "2026-05-01 00:00:00"),
        ("true", "2026-05-01 12:30:00"),
    ]


def test_rows_are_counted_from_the_top_of_the_sheet_even_when_it_starts_blank() -> None:
    rows = [[], [], [None, "systemnavn", "funksjon"], [None, "Alfa", HEALTH]]
    delivery = parse_one(workbook_bytes({"Systemer": rows}), "a.xlsx")
    assert delivery.datasets["system"]["row_number"].to_list() == [4]
    assert delivery.recognised["sheets"][0]["header_row"] == 3


def test_an_empty_workbook_is_rejected() -> None:
    assert rejection(parse_one(workbook_bytes({"Ark1": []}), "systemer.xlsx")) == "empty_file"


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
        (OLE + b"\x00" * 600, "unsupported_format"),
        (OLE + b"\x00" * 60 + "Workbook".encode("utf-16-le"), "unsupported_format"),
        (OLE + b"\x00" * 60 + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (b"%PDF-1.7 abc", "unsupported_format"),
        (b"PK\x03\x04 and nothing more", "unreadable"),
        (zip_bytes({"xl/workbook.bin": b""}), "unsupported_format"),
        (zip_bytes({"content.xml": b""}), "unsupported_format"),
        (zip_bytes({"readme.txt": b"hei"}), "unsupported_format"),
        (zip_bytes({"xl/workbook.xml": b"<not really"}), "unreadable"),
        (b"<html><body>hei</body></html>", "not_recognised"),
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
