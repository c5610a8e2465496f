"""Files that are made to take all time or memory, and honest ones as large as the limits allow.

Each is a function without arguments that gives the file's bytes; its name is the file's, ``__`` for the dot.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

import polars as pl

from tests.support import ROOT
from tests.unit.test_ingest_support import HEALTH, pack
from tests.writers import book_bytes, ods_bytes, table_bytes

Maker = Callable[[], bytes]
_SHEET = "xl/worksheets/sheet1.xml"
_MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEAD, _TAIL = b"<worksheet " + _MAIN + b"><sheetData>", b"</sheetData></worksheet>"
_FIRST = b'<row r="1"><c r="A1"><v>1</v></c></row>'
_STRINGS = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_ODS_CELL = "<table:table-cell><text:p>ab</text:p></table:table-cell>"
_SYSTEMS = ["systemnavn", "funksjon", "produkt", "leverandør"]


def _packed(members: Mapping[str, bytes], level: int = 1) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def _small() -> dict[str, bytes]:
    return _members(table_bytes([_SYSTEMS, ["a", "b", "c", "d"]], "xlsx"))


def _xlsx(rows: bytes, **others: bytes) -> bytes:
    """A workbook with these rows in its first sheet; others: more members, ``/`` and ``.`` in their names."""
    return _packed({**_small(), _SHEET: _HEAD + rows + _TAIL, **others})


def _with_strings(strings: bytes, rows: bytes) -> bytes:
    types = _small()["[Content_Types].xml"]
    told = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + _STRINGS + b'"/></Types>'
    more = {
        "[Content_Types].xml": types.replace(b"</Types>", told),
        "xl/sharedStrings.xml": b"<sst " + _MAIN + b">" + strings + b"</sst>",
    }
    return _xlsx(rows, **more)


def _rows(n_rows: int, n_columns: int, cell: bytes) -> bytes:
    return b"".join(b'<row r="%d">' % i + cell * n_columns + b"</row>" for i in range(1, n_rows + 1))


def _elsewhere() -> bytes:
    """A sheet that does not lie where sheets lie."""
    members = {
        name: data.replace(b"worksheets/sheet1.xml", b"media/x.png") if "rels" in name else data
        for name, data in _small().items()
    }
    far = _HEAD + _FIRST + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + _TAIL
    return _packed({**members, "xl/media/x.png": far})


def _styled_blanks() -> bytes:
    cells = b"".join(b'<c r="%c%%d" s="1"/>' % (65 + place) for place in range(14))
    rows = (b'<row r="%d">' % i + cells % ((i,) * 14) + b"</row>" for i in range(1, 1_000_000))
    return _xlsx(b"".join(rows))


def _ods(rows: str) -> bytes:
    return ods_bytes(f'<table:table table:name="A">{rows}</table:table>')


def _ods_cells(text: str, n_rows: int, n_columns: int) -> bytes:
    cell = f'<table:table-cell office:value-type="string" table:number-columns-repeated="{n_columns}">'
    row = f"{cell}<text:p>{text}</text:p></table:table-cell>"
    return _ods(f'<table:table-row table:number-rows-repeated="{n_rows}">{row}</table:table-row>')


def _ods_laughs(encoding: str) -> bytes:
    members = _members(_ods(""))
    text = members["content.xml"].decode("utf-8").split("?>", 1)[1]
    entities = f'<!ENTITY a "{"a" * 1000}"><!ENTITY b "{"&a;" * 1000}"><!ENTITY c "{"&b;" * 1000}">'
    whole = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [{entities}]>' + text.replace(
        "<office:spreadsheet>", "<office:spreadsheet>&c;&c;"
    )
    return _packed({**members, "content.xml": whole.encode(encoding)})


def _ods_text() -> bytes:
    members = _members(_ods("<table:table-row><table:table-cell>@</table:table-cell></table:table-row>"))
    text = b"<text:p>" + b"x" * 480_000_000 + b"</text:p>"
    return _packed({**members, "content.xml": members["content.xml"].replace(b"@", text)})


def _parquet(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def _broken_parquet() -> bytes:
    content = bytearray(_parquet(pl.DataFrame({"systemnavn": ["a"] * 10})))
    for place in range(200, len(content), 7):
        content[place] ^= 255
    return bytes(content)


def _xls(cells: Sequence[tuple[int, int, str]], n_sheets: int = 1) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    for number in range(n_sheets):
        sheet = book.add_sheet(f"A{number}")
        for row, column, text in cells:
            sheet.write(row, column, text)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _lying_xls() -> bytes:
    """It says that it has two milliard shared texts."""
    content = bytearray(table_bytes([["systemnavn", "funksjon"], ["a", "b"]], "xls"))
    struct.pack_into("<I", content, content.find(b"\xfc\x00", 512) + 8, 0x7FFFFFFF)
    return bytes(content)


# Tables that are recognised, near the limits


def _items() -> list[str]:
    return [str(item) for item in pack().items("2026")["item_id"]]


def _respondents(n_cells: int) -> tuple[list[str], int]:
    header = ["respondent_id", *_items()]
    return header, n_cells // len(header) - 1


def _survey_csv() -> bytes:
    header, n_rows = _respondents(2_300_000)
    answers = [";".join(str(1 + (i * j) % 5) for j in range(len(header) - 1)) for i in range(1, 60)]
    rows = (f"{i};{answers[i % 59]}" for i in range(n_rows))
    return "\r\n".join([";".join(header), *rows]).encode()


def _survey_xlsx() -> bytes:
    from pipelines.ingest.text import column_letter

    header, n_rows = _respondents(2_300_000)
    letters = [column_letter(i).encode() for i in range(len(header))]
    texts = b"".join(
        b'<c r="%s1" t="inlineStr"><is><t>%s</t></is></c>' % (letter, name.encode())
        for letter, name in zip(letters, header, strict=True)
    )
    line = b"".join(b'<c r="%s%%d"><v>%d</v></c>' % (letter, 1 + i % 5) for i, letter in enumerate(letters))
    rows = (b'<row r="%d">' % i + line % ((i,) * len(header)) + b"</row>" for i in range(2, n_rows + 2))
    return _xlsx(b'<row r="1">' + texts + b"</row>" + b"".join(rows))


def _long_survey() -> bytes:
    items = _items()
    lines = (f"{i // len(items)};{items[i % len(items)]};{1 + i % 5}" for i in range(750_000))
    return "\n".join(["respondent_id;spørsmål;svar", *lines]).encode()


def _respondents_roles() -> bytes:
    lines = (f"{i};rolle nummer {i} i kommunen;{1 + i % 5}" for i in range(590_000))
    return "\n".join(["respondent_id;rolle;PU1", *lines]).encode()


def _many_systems() -> bytes:
    lines = (f"Navn på system {i};{HEALTH if i % 3 else 'ukjent'}" for i in range(1_000_000))
    return "\n".join(["systemnavn;funksjon", *lines]).encode()


def _all_different() -> bytes:
    lines = (f"navn på system {i};b{i};produktet {i};fra {i}" for i in range(250_000))
    return "\n".join([";".join(_SYSTEMS), *lines]).encode()


def _too_many_fields() -> bytes:
    lines = (f"Alfa {i};b;c;d{';e;f' * (i % 2)}" for i in range(250_000))
    return "\n".join([";".join(_SYSTEMS), *lines]).encode()


def _unknown_headers(n_rows: int, text: str) -> bytes:
    header = [*_SYSTEMS, *(text.format(i) for i in range(1_990))]
    row = ";".join(["a", HEALTH, *["x"] * 1_990])
    return "\n".join([";".join(header), *[row] * n_rows]).encode()


def _questions() -> bytes:
    """Headers that look like the instrument's questions, and are none."""
    texts = [str(text) for text in pack().items("2026")["text_nb"]]
    header = ["respondent_id", *(f"{texts[i % len(texts)][: 20 + i % 50]} {i}" for i in range(1_900))]
    return "\n".join([";".join(header), *[";".join(["1"] * len(header))] * 1_000]).encode()


def _wide_matrix() -> bytes:
    header = ["systemnavn", *(f"objekt {i}" for i in range(1_990))]
    objects = [str(name) for name in pack().table("data_object")["name_nb"]]
    header[1 : 1 + len(objects)] = objects
    return "\n".join([";".join(header), *[";".join(["Alfa", *["x"] * 1_990])] * 1_000]).encode()


def _faulty() -> bytes:
    header = "systemnavn;funksjon;livsløp;anskaffet;brukere"
    rows = (f"S{i};f{i};l{i};d{i};n{i}" for i in range(250_000))
    return "\n".join([header, *rows]).encode()


def _people() -> bytes:
    rows = (f"S{i};{HEALTH};kari{i}@kommune.no;Kari Nordmann {i}" for i in range(250_000))
    return "\n".join(["systemnavn;funksjon;leverandør;systemeier_rolle", *rows]).encode()


def _garbled() -> bytes:
    return ("Ã¸Ã¥Ã¦;" * 3_000_000).encode()


MAKERS: dict[str, Maker] = {
    "survey_max.csv": _survey_csv,
    "survey_max.xlsx": _survey_xlsx,
    "survey_long.csv": _long_survey,
    "survey_roles.csv": _respondents_roles,
    "systems_million.csv": _many_systems,
    "systems_different.csv": _all_different,
    "systems_too_many_fields.csv": _too_many_fields,
    "systems_faulty.csv": _faulty,
    "systems_people.csv": _people,
    "columns_2000.csv": partial(_unknown_headers, 1_000, "ukjent kolonne {}"),
    "columns_2000_one_row.csv": partial(_unknown_headers, 1, "leverandør av {}"),
    "columns_questions.csv": _questions,
    "columns_matrix.csv": _wide_matrix,
    "corner.xlsx": lambda: _xlsx(_FIRST + b"<row r=\"1048576\"><c r='XFD1048576'><v>1</v></c></row>"),
    "corner_no_place.xlsx": lambda: _xlsx(_FIRST + b'<row r="1048576">' + b"<c><v>1</v></c>" * 16_000),
    "corner_hidden.xlsx": lambda: _xlsx(_FIRST + b'<row><c q=">" r="XFD1048576"><v>1</v></c></row>'),
    "corner_elsewhere.xlsx": _elsewhere,
    "cells_20_million.xlsx": lambda: _xlsx(b"<row>" + b"<c><v>1</v></c>" * 20_000_000 + b"</row>"),
    "cells_max.xlsx": lambda: _xlsx(_rows(47_000, 50, b"<c><v>1</v></c>")),
    "errors_max.xlsx": lambda: _xlsx(_rows(47_000, 50, b'<c t="e"><v>#N/A</v></c>')),
    "blanks_styled.xlsx": _styled_blanks,
    "xml_490_mb.xlsx": lambda: _xlsx(b" " * 490_000_000),
    "bomb.xlsx": lambda: _packed({**_small(), "xl/media/a.xml": b"0" * 499_000_000}, 9),
    "one_text_everywhere.xlsx": lambda: _with_strings(
        b"<si><t>" + b"x" * 32_000 + b"</t></si>", _rows(20_000, 50, b'<c t="s"><v>0</v></c>')
    ),
    "texts_5_million.xlsx": lambda: _with_strings(b"<si><t>abc</t></si>" * 4_900_000, _FIRST),
    "doctype.xlsx": lambda: _packed(
        {**_small(), _SHEET: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _HEAD + b"&a;" + _TAIL}
    ),
    "traversal.xlsx": lambda: _packed({**_small(), "../../etc/passwd": b"x", "C:\\x": b"y"}),
    "members_200000.xlsx": lambda: _packed({**_small(), **{f"m{i}": b"" for i in range(200_000)}}),
    "sheets_2000.xlsx": lambda: book_bytes({f"s{i}": [["a"]] for i in range(2_000)}, "xlsx"),
    "cell_100000.xlsx": lambda: _xlsx(
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"x" * 100_000 + b"</t></is></c></row>"
    ),
    "columns_10000.xlsx": lambda: _xlsx(b'<row r="1">' + b"<c><v>1</v></c>" * 10_000 + b"</row>"),
    "blank_grid.ods": lambda: _ods(
        '<table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    ),
    "filled_grid.ods": lambda: _ods_cells("1", 1_048_576, 16_384),
    "filled_max.ods": lambda: _ods_cells("systemnavn", 47_000, 50),
    "long_text_everywhere.ods": lambda: _ods_cells("x" * 32_000, 47_000, 50),
    "tags_50_million.ods": lambda: _ods("<a/>" * 50_000_000),
    "tags_max.ods": lambda: _ods("<a/>" * 3_400_000),
    "attributes.ods": lambda: _ods(
        "<table:table-row>" + '<a b="" c="" d=""/>' * 850_000 + "</table:table-row>"
    ),
    "cells_max.ods": lambda: _ods(f"<table:table-row>{_ODS_CELL * 50}</table:table-row>" * 9_000),
    "spaces.ods": lambda: _ods(
        "<table:table-row>"
        + '<table:table-cell><text:p><text:s text:c="999999999"/>a</text:p></table:table-cell>' * 1_000
        + "</table:table-row>"
    ),
    "deep.ods": lambda: _ods(
        "<table:table-row><table:table-cell><text:p>"
        + "<text:span>" * 100_000
        + "</text:span>" * 100_000
        + "</text:p></table:table-cell></table:table-row>"
    ),
    "laughs.ods": partial(_ods_laughs, "UTF-8"),
    "laughs_utf16.ods": partial(_ods_laughs, "UTF-16"),
    "text_480_mb.ods": _ods_text,
    "semicolons.csv": lambda: b";" * 49_999_999,
    "newlines.csv": lambda: b"systemnavn;funksjon\n" + b"\n" * 49_000_000,
    "quotes.csv": lambda: b'"' * 49_999_999,
    "open_quotes.csv": lambda: b'a;"b\n' * 9_000_000,
    "one_cell.csv": lambda: b"a" * 49_999_999,
    "columns_10000.csv": lambda: b";".join([b"a"] * 10_000),
    "emoji.csv": lambda: b"systemnavn;funksjon\n" + ("\U0001f600" * 12_000_000).encode(),
    "high_bytes.csv": lambda: bytes(range(128, 256)) * 390_000,
    "garbled.csv": _garbled,
    "utf16.csv": lambda: ("systemnavn;funksjon\n" + "ab;cd\n" * 1_000_000).encode("utf-16"),
    "zeros.csv": lambda: b"\0" * 49_000_000 + b"a",
    "random.csv": lambda: os.urandom(49_000_000),
    "wide.parquet": lambda: _parquet(pl.DataFrame({f"c{i}": [1] for i in range(10_000)})),
    "one_text.parquet": lambda: _parquet(pl.DataFrame({"systemnavn": ["x" * 30_000] * 60_000})),
    "rows_50_million.parquet": lambda: _parquet(
        pl.DataFrame({"systemnavn": pl.Series([0]).new_from_index(0, 50_000_000)})
    ),
    "max.parquet": lambda: _parquet(
        pl.DataFrame({f"h{i}": pl.int_range(47_000, eager=True).cast(pl.String) for i in range(50)})
    ),
    "nested.parquet": lambda: _parquet(pl.DataFrame({"systemnavn": [[1] * 100_000] * 40})),
    "broken.parquet": _broken_parquet,
    "corner.xls": lambda: _xls([(0, 0, "systemnavn"), (65_535, 255, "x")]),
    "corner_50.xls": lambda: _xls([(0, 0, "systemnavn"), (65_000, 20, "x")], 50),
    "one_text_everywhere.xls": lambda: _xls([(i, 0, "y" * 32_000) for i in range(60_000)]),
    "lying.xls": _lying_xls,
    "workbook.zip": lambda: _packed({"a.xlsx": (ROOT / "pyproject.toml").read_bytes()}),
}
