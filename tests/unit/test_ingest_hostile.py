"""Files made to do harm, and files of other formats: each is refused with its reason, not unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt

from pipelines.ingest.model import Finding, Rejection
from pipelines.ingest.readers import ReadFile, read_file
from pipelines.settings import Limits
from tests.unit.test_ingest_support import parse
from tests.writers import book_bytes, ods_bytes, table_bytes, zip_bytes

ROWS = [["systemnavn", "funksjon"], ["Alfa", "b"]]
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
WORKBOOKS = ("xlsx", "xlsm", "xls", "ods")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(content: bytes, limits: Limits | None = None) -> ReadFile:
    return read_file(content, limits or Limits(), lambda rows: 0)


def refused(content: bytes, limits: Limits | None = None) -> Finding:
    with pytest.raises(Rejection) as caught:
        read(content, limits)
    return caught.value.finding


def parts_of(content: bytes) -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def xlsx(sheet: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A workbook with the XML of its rows given."""
    parts = parts_of(table_bytes(ROWS, "xlsx"))
    if sheet:
        parts[SHEET] = f"<worksheet {MAIN}><sheetData>{sheet}</sheetData></worksheet>"
    return zip_bytes({**parts, **(more or {})})


def ods(rows: str) -> bytes:
    return ods_bytes(f'<table:table table:name="Ark1">{rows}</table:table>')


def ods_row(cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cells}</table:table-row>'


def ods_cell(text: str, repeated: int = 1) -> str:
    repeats = f'table:number-columns-repeated="{repeated}"'
    return (
        f'<table:table-cell office:value-type="string" {repeats}><text:p>{text}</text:p></table:table-cell>'
    )


# Grids that are larger than they look

FAR = {
    "with its place": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "in single quotes": "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    "behind a sign": '<row r="1048576"><c q=">" r="XFD1048576"><v>1</v></c></row>',
    "without its place": f'<row r="1048576">{"<c><v>1</v></c>" * 20}</row>',
    "with a prefix": '<x:row xmlns:x="y" r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    "with spaces": '<row r="1048576"><c\n r = "XFD1048576" ><v>1</v></c></row>',
}


@pytest.mark.parametrize("far", FAR.values(), ids=FAR.keys())
def test_a_cell_far_out_in_xlsx(far: str) -> None:
    finding = refused(xlsx(f'<row r="1"><c r="A1"><v>1</v></c></row>{far}'))
    assert finding.rule == "too_many_rows"


def test_a_sheet_may_stand_under_any_name() -> None:
    parts = parts_of(xlsx(FAR["with its place"]))
    parts["xl/media/picture.png"] = parts.pop(SHEET)
    links = parts["xl/_rels/workbook.xml.rels"]
    assert isinstance(links, bytes)
    parts["xl/_rels/workbook.xml.rels"] = links.replace(b"worksheets/sheet1.xml", b"media/picture.png")
    assert refused(zip_bytes(parts)).rule == "too_many_rows"


def test_a_cell_far_out_that_only_has_a_format_is_none() -> None:
    content = xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>')
    assert read(content).tables[0].frame.shape == (1, 1)


def test_many_sheets_count_together() -> None:
    content = book_bytes({f"Ark{i}": [["a"] * 10] * 10 for i in range(10)}, "xlsx")
    assert refused(content, Limits(max_cells=999)).rule == "too_many_rows"
    assert len(read(content, Limits(max_cells=1_000)).tables) == 10


def test_a_cell_far_out_in_xls() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Ark1")
    sheet.write(0, 0, "systemnavn")
    sheet.write(65_535, 255, "x")
    stream = io.BytesIO()
    book.save(stream)
    assert refused(stream.getvalue()).rule == "too_many_rows"


def test_repeated_blanks_at_the_end_of_ods_are_usual() -> None:
    blank = '<table:table-cell table:number-columns-repeated="16382"/>'
    rows = ods_row(ods_cell("systemnavn") + blank) + ods_row(blank, 1_048_575)
    (table,) = read(ods(rows)).tables
    assert table.frame.rows() == [("systemnavn",)]


def test_repeated_blanks_between_keep_their_rows_and_columns() -> None:
    cells = f'{ods_cell("a")}<table:table-cell table:number-columns-repeated="2"/>{ods_cell("b", 2)}'
    rows = ods_row(cells) + ods_row("<table:table-cell/>", 2) + ods_row(ods_cell("c"), 2)
    (table,) = read(ods(rows)).tables
    blank = ("",) * 5
    assert table.frame.rows() == [("a", "", "", "b", "b"), blank, blank, *[("c", "", "", "", "")] * 2]


@pytest.mark.parametrize(
    ("columns", "rows", "rule"),
    [(16_384, 1, "too_many_columns"), (1, 2_000_000, "too_many_rows"), (1_000, 100_000, "too_many_rows")],
)
def test_repeated_cells_multiply_in_ods(columns: int, rows: int, rule: str) -> None:
    assert refused(ods(ods_row(ods_cell("x", columns), rows))).rule == rule


@pytest.mark.parametrize("repeated", ["0", "-1", "1e9", "x", "9" * 30])
def test_a_repetition_that_is_none(repeated: str) -> None:
    cell = (
        f'<table:table-cell table:number-columns-repeated="{repeated}"><text:p>a</text:p></table:table-cell>'
    )
    content = ods(ods_row(cell))
    if repeated == "0":
        assert read(content).tables[0].frame.rows() == [("a",)]
    else:
        assert refused(content).rule == "unreadable"


def test_parquet_with_more_rows_or_columns_than_the_limits() -> None:
    stream = io.BytesIO()
    pl.DataFrame({"a": pl.Series([0]).new_from_index(0, 2_000_000)}).write_parquet(stream)
    assert len(stream.getvalue()) < 100_000
    assert refused(stream.getvalue()).rule == "too_many_rows"
    wide = table_bytes([[f"c{i}" for i in range(2_001)]], "parquet")
    assert refused(wide).rule == "too_many_columns"


# Texts and archives that are larger than they look


def test_one_long_text_shared_by_many_cells_of_xlsx() -> None:
    parts = parts_of(
        xlsx("".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 1_001)))
    )
    parts["xl/sharedStrings.xml"] = f"<sst {MAIN}><si><t>{'x' * 10_000}</t></si></sst>"
    content = zip_bytes(parts)
    assert refused(content, Limits(max_text_bytes=9_000_000)).rule == "unpacks_too_big"


def test_one_long_text_shared_by_many_cells_of_xls() -> None:
    content = table_bytes([["x" * 10_000]] * 1_000, "xls")
    assert len(content) < 100_000
    assert refused(content, Limits(max_text_bytes=9_000_000)).rule == "unpacks_too_big"
    assert read(content).tables[0].frame.height == 1_000


def test_one_long_text_shared_by_many_rows_of_parquet() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), pa.array(["x" * 30_000]))
    stream = io.BytesIO()
    pq.write_table(pa.table({"systemnavn": column}), stream)
    assert len(stream.getvalue()) < 100_000
    assert refused(stream.getvalue()).rule == "unpacks_too_big"


def test_one_long_text_repeated_in_ods() -> None:
    content = ods(ods_row(ods_cell("x" * 10_000, 100), 1_000))
    assert refused(content).rule == "unpacks_too_big"


def test_a_count_of_texts_that_lies_in_xls() -> None:
    content = bytearray(table_bytes(ROWS, "xls"))
    place = content.find(b"\xfc\x00", 512)
    struct.pack_into("<I", content, place + 8, 0x7FFFFFFF)
    assert refused(bytes(content)).rule == "unreadable"


def test_a_chain_of_an_xls_that_goes_round_in_circles() -> None:
    content = bytearray(table_bytes(ROWS, "xls"))
    table = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    struct.pack_into("<2I", content, table, 1, 0)
    assert refused(bytes(content)).rule == "unreadable"


def test_a_circle_that_the_workbook_itself_does_not_reach() -> None:
    content = bytearray(table_bytes(ROWS, "xls"))
    table = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    struct.pack_into("<2I", content, table + 400, 101, 100)
    assert refused(bytes(content)).rule == "unreadable"


def test_members_that_lie_over_each_other() -> None:
    content = bytearray(zip_bytes({"a.xml": b"x" * 1_000, "b.xml": b"y" * 1_000}))
    place = content.rfind(b"b.xml") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, place + 42, 0)
    assert refused(bytes(content)).rule == "unreadable"


def test_a_directory_of_countless_members() -> None:
    assert refused(xlsx(more={f"m{i}": b"" for i in range(10_001)})).rule == "unreadable"


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\Windows\\x", "/etc/passwd", "a/../../b"])
def test_names_that_lead_elsewhere_are_only_names(name: str) -> None:
    assert read(xlsx(more={name: b"x"})).tables[0].frame.height == 2


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("name", [SHEET, "xl/workbook.xml", "[Content_Types].xml", "_rels/.rels"])
def test_a_document_type_in_any_part_of_xlsx(name: str) -> None:
    part = parts_of(xlsx())[name]
    assert isinstance(part, bytes)
    head, mark, rest = part.partition(b"?>") if part.startswith(b"<?xml") else (b"", b"", part)
    finding = refused(xlsx(more={name: head + mark + BOMB.encode() + rest}))
    assert (finding.rule, finding.params["found"]) == ("unreadable", "XML DOCTYPE")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_in_ods(encoding: str) -> None:
    parts = parts_of(ods(ods_row(ods_cell("&b;"))))
    content = parts["content.xml"]
    assert isinstance(content, bytes)
    head = f'<?xml version="1.0" encoding="{encoding}"?>{BOMB}'
    parts["content.xml"] = (head + content.decode().partition("?>")[2]).encode(encoding)
    assert refused(zip_bytes(parts)).rule == "unreadable"


@pytest.mark.parametrize("file_format", [*WORKBOOKS, "parquet", "csv"])
def test_a_cell_of_a_hundred_thousand_characters(file_format: str) -> None:
    if file_format == "xls":
        pytest.skip("no cell of xls can hold as many")
    text = "x" * 100_000
    if file_format in ("xlsx", "xlsm"):
        content = xlsx(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>')
    else:
        content = table_bytes([["systemnavn"], [text]], file_format)
    assert refused(content).rule == "cell_too_long"


@pytest.mark.parametrize("file_format", ["xlsx", "xlsm", "ods", "parquet", "csv"])
def test_ten_thousand_columns(file_format: str) -> None:
    assert refused(table_bytes([[f"c{i}" for i in range(10_000)]], file_format)).rule == "too_many_columns"


# Formulas and links


def test_a_formula_gives_its_cached_value_and_nothing_is_run() -> None:
    formula = "<f>cmd|'/c calc'!A0</f><v>7</v>"
    link = "<f>'[http://example.org/x.xlsx]Ark1'!A1</f><v>8</v>"
    content = xlsx(f'<row r="1"><c r="A1">{formula}</c><c r="B1">{link}</c><c r="C1"><f>1+1</f></c></row>')
    assert read(content).tables[0].frame.rows()[0][:2] == ("7", "8")


# Other formats, and empty or protected files

FOREIGN = {
    "PDF": b"%PDF-1.7 abc",
    "gzip (.gz)": b"\x1f\x8b\x08\x00abc",
    "RAR": b"Rar!\x1a\x07\x00abc",
    "7-Zip (.7z)": b"7z\xbc\xaf\x27\x1cabc",
    "HTML": b"\xef\xbb\xbf\r\n<!-- x --><html><table><tr><td>systemnavn</td></tr></table></html>",
    "XML Spreadsheet 2003": b'<?xml version="1.0"?><W xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
    "fods (OpenDocument XML)": b'<?xml version="1.0"?><office:document xmlns:office="x">',
    "JSON": b'[{"systemnavn": "Alfa"}]',
    "docx (Word)": zip_bytes({"word/document.xml": b"<x/>"}),
    "xlsb (Excel Binary)": zip_bytes({"xl/workbook.bin": b"x"}),
    "Numbers (Apple)": zip_bytes({"Index/Document.iwa": b"x"}),
    "zip": zip_bytes({"systemer.csv": b"a;b"}),
    "SQLite": b"SQLite format 3\x00abc",
}


@pytest.mark.parametrize(("name", "content"), FOREIGN.items())
def test_another_format_is_named(name: str, content: bytes) -> None:
    finding = refused(content)
    assert (finding.rule, finding.params["found"]) == ("unsupported_format", name)


@pytest.mark.parametrize("start", ["MZ", "BZh", "PARENT", "GIF8"])
def test_a_text_file_may_begin_as_a_binary_one(start: str) -> None:
    assert read(f"{start};b\n1;2\n".encode()).file_format == "csv"


@pytest.mark.parametrize("file_format", [*WORKBOOKS, "parquet"])
def test_an_empty_file_of_every_format_has_no_rows(file_format: str) -> None:
    content = table_bytes([["systemnavn"]] if file_format == "parquet" else [], file_format)
    found = read(content)
    assert found.file_format == file_format
    assert found.tables[0].frame.height == (1 if file_format == "parquet" else 0)


def test_a_protected_workbook_of_every_kind() -> None:
    manifest = '<manifest:file-entry xmlns:manifest="x"><manifest:encryption-data/></manifest:file-entry>'
    locked = zip_bytes({**parts_of(ods(ods_row(ods_cell("a")))), "META-INF/manifest.xml": manifest})
    assert refused(locked).rule == "password_protected"
    content = bytearray(table_bytes(ROWS, "xls"))
    place = content.find(b"\x42\x00\x02\x00", 512)  # CODEPAGE, which FILEPASS replaces
    struct.pack_into("<H", content, place, 0x002F)
    assert refused(bytes(content)).rule == "password_protected"
    encrypted = bytearray(zip_bytes({"xl/workbook.xml": b"x"}))
    encrypted[encrypted.rfind(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(encrypted)).rule == "password_protected"


@pytest.mark.parametrize("file_format", [*WORKBOOKS, "parquet"])
def test_a_file_that_was_cut_off_is_refused(file_format: str) -> None:
    content = table_bytes(ROWS if file_format == "parquet" else ROWS * 20, file_format)
    for length in range(8, len(content) - 1, max(len(content) // 23, 1)):
        if file_format == "xls" and length > len(content) - 600:
            continue
        assert refused(content[:length]).rule in ("unreadable", "unsupported_format", "empty_file")


def test_a_register_has_a_limit_of_its_own_which_respondents_do_not_have() -> None:
    limits = Limits(max_register_rows=2)
    systems = parse(b"systemnavn;funksjon\n" + b"a;b\n" * 3, "s.csv", limits=limits)
    assert [d.rejection.rule for d in systems if d.rejection] == ["too_many_rows"]
    (survey,) = parse(b"respondent_id;PU1;PO1\n1;1;1\n2;1;1\n3;1;1\n", "s.csv", limits=limits)
    assert survey.rejection is None
