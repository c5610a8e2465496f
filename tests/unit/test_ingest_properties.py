"""Properties of the reader: what is legal reads back equal, and no bytes at all make it fail."""

from __future__ import annotations

import re
import string
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.cells import parse_date, parse_number
from pipelines.ingest.contract import load_contract
from pipelines.ingest.mapping import MappingError, load_mapping
from pipelines.ingest.masking import find_personal
from pipelines.ingest.text import clean, key
from tests.unit.test_ingest_support import (
    HEALTH,
    csv_bytes,
    is_like_no_name,
    pack,
    parse,
    parse_one,
    workbook_bytes,
)
from tests.writers import FORMATS, TEXT_FORMATS, WORKBOOK_FORMATS, table_bytes

SHEET = load_contract().sheet_by_id["systems"]
CHARACTERS = string.ascii_letters + string.digits + "æøåÆØÅéöß .,;|\t'\"/()+-=&%\n" + "\u00a0"
FUNCTIONS = dict(pack().table("function").select("function_id", "name_nb").rows())
AREAS = dict(pack().table("focus_area").select("focus_area_id", "name_nb").rows())
LIFECYCLE = {code.code: code.label_nb for code in SHEET.by_name["lifecycle"].codes}
WORDS_NB = ["Ærfugl", "blåbær på tøy", "ØYE", "Søk og måling", "kjøkken", "Årsplan", "Sør-Trøndelag", "é"]
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))

# A legal free text: something is left of it when cleaned, nothing of it is masked, and it is like no name.
texts = st.text(CHARACTERS, min_size=1, max_size=30).filter(
    lambda text: key(text) and find_personal(text, with_phone=True) is None and is_like_no_name(text)
)


def optional(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


@st.composite
def systems(draw: st.DrawFn) -> dict[str, object]:
    """A legal system as typed values."""
    return {
        "system_name": draw(texts),
        "vendor": draw(optional(texts)),
        "product": draw(optional(texts)),
        "function_ids": sorted(draw(st.sets(st.sampled_from(sorted(FUNCTIONS)), min_size=1, max_size=3))),
        "focus_area_ids": sorted(draw(st.sets(st.sampled_from(sorted(AREAS)), max_size=3))) or None,
        "lifecycle": draw(optional(st.sampled_from(sorted(LIFECYCLE)))),
        "acquired_date": draw(optional(DAYS)),
        "contract_end_date": draw(optional(DAYS)),
        "annual_cost": draw(optional(st.decimals(0, 10**9, places=2))),
        "n_users": draw(optional(st.integers(0, 10**7))),
        "has_personal_data": draw(optional(st.booleans())),
        "technical_fit": draw(optional(st.integers(1, 5))),
    }


def norwegian(column: str, value: object) -> str:
    """How a municipality writes a value."""
    match value:
        case None:
            return ""
        case list():
            names, separator = (FUNCTIONS, "; ") if column == "function_ids" else (AREAS, "|")
            text = separator.join(names[item] for item in value)
        case str():
            text = LIFECYCLE[value].capitalize() if column == "lifecycle" else value
        case bool():
            text = "ja" if value else "nei"
        case date():
            text = value.strftime("%d.%m.%Y")
        case int():
            text = f"{value:,}".replace(",", "\u00a0")
        case _:
            text = f"{value:,.2f}".replace(",", "\u00a0").replace(".", ",")
    return text


def read_back(expected: dict[str, object]) -> dict[str, object]:
    """A value as it should be typed: texts are cleaned, the rest is as it was."""
    return {
        c: clean(GUARDED.sub("", v, count=1) if GUARDED.match(v) else v)
        if isinstance(v, str) and c != "lifecycle"
        else v
        for c, v in expected.items()
    }


COLUMNS = [
    *("system_name", "vendor", "product", "function_ids", "focus_area_ids", "lifecycle", "acquired_date"),
    *("contract_end_date", "annual_cost", "n_users", "has_personal_data", "technical_fit"),
]


ONE_BYTE = ("cp1252", "iso8859-15", "mac-roman", "cp850", "cp865")
UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be")
GUARDED = re.compile(r"'(?=\s*[=+@-])")


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, Any]:
    """A format, and for text how it is written."""
    file_format = draw(st.sampled_from(FORMATS))
    if file_format not in TEXT_FORMATS:
        return {"file_format": file_format}
    newline = draw(st.sampled_from(("\r\n", "\n", "\r")))
    return {
        "file_format": file_format,
        "delimiter": draw(st.sampled_from(";,\t|")),
        "encoding": draw(st.sampled_from((*UNICODE, *ONE_BYTE))),
        "newline": newline,
        # Python's writer leaves a line feed without quotes where lines end in a carriage return.
        "quote_all": draw(st.booleans()) or newline == "\r",
    }


def legal(value: object, dialect: dict[str, Any]) -> object:
    """A text as the format can hold it: a leading = is a formula in a spreadsheet; with one byte a letter,
    only words tell which letters they are."""
    if not isinstance(value, str):
        return value
    if dialect.get("encoding") in ONE_BYTE:
        return WORDS_NB[len(value) % len(WORDS_NB)]
    plain = value.lstrip("=") if dialect["file_format"] in ("xlsx", "xlsm") else value
    return plain if key(plain) else "x"


def cell(column: str, value: object, dialect: dict[str, Any]) -> object:
    """How a value stands in a file: typed where the format has types; by its code where the encoding lacks
    a letter of its name."""
    file_format = dialect["file_format"]
    if isinstance(value, list) and dialect.get("encoding") in ONE_BYTE:
        return "; ".join(value)
    if file_format in TEXT_FORMATS or isinstance(value, list) or column == "lifecycle":
        return norwegian(column, value) or None
    return value


@given(rows=st.lists(systems(), min_size=1, max_size=4), dialect=dialects(), titles=st.integers(0, 2))
def test_legal_systems_read_back_equal_in_every_format_and_dialect(
    rows: list[dict[str, object]], dialect: dict[str, Any], titles: int
) -> None:
    file_format = dialect["file_format"]
    titles = 0 if file_format == "parquet" else titles
    rows = [{n: v if n == "lifecycle" else legal(v, dialect) for n, v in row.items()} for row in rows]
    table = [
        *[["Systemliste"]] * titles,
        [SHEET.by_name[n].header_nb for n in COLUMNS],
        *([cell(n, row[n], dialect) for n in COLUMNS] for row in rows),
    ]
    delivery = parse_one(table_bytes(table, **dialect), f"systemer.{file_format}")
    assert delivery.rejection is None
    assert not delivery.findings
    frame = delivery.datasets["system"]
    assert frame.select(COLUMNS).rows(named=True) == [read_back(row) for row in rows]
    assert frame["row_number"].to_list() == [titles + 2 + i for i in range(len(rows))]
    assert delivery.recognised["format"] == ("csv" if file_format in TEXT_FORMATS else file_format)
    if file_format == "csv":
        assert delivery.recognised["delimiter"] == dialect["delimiter"]


def statuses(content: bytes, name: str) -> None:
    """At least one delivery with a status; ``parse`` checks that each is sound."""
    deliveries = parse(content, name)
    assert deliveries
    for delivery in deliveries:
        assert delivery.is_rejected or delivery.rows_received


@given(
    content=st.binary(max_size=600),
    start=st.sampled_from(
        [
            b"",
            b"PK\x03\x04",
            b"\xff\xfe",
            b"\xff\xfe\x00\x00",
            b"\xef\xbb\xbf",
            b"PAR1",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        ]
    ),
)
def test_any_bytes_give_deliveries_with_a_status(content: bytes, start: bytes) -> None:
    statuses(start + content, "fil")


GOOD_CSV = csv_bytes(
    [["systemnavn", "funksjon", "avtaleslutt", "systemeier_rolle"], ["Alfa", HEALTH, "2027", "Rektor"]]
)
GOOD_ROWS = [
    ["systemnavn", "funksjon", "avtaleslutt"],
    ["Alfa", HEALTH, date(2027, 5, 1)],
    ["Ærfugl", HEALTH, None],
]
GOOD = {"csv": GOOD_CSV, **{name: table_bytes(GOOD_ROWS, name) for name in (*WORKBOOK_FORMATS, "parquet")}}


@given(
    place=st.integers(0, 10**6),
    change=st.binary(max_size=8),
    cut=st.integers(0, 8),
    good=st.sampled_from(sorted(GOOD.values())),
)
def test_any_damage_to_a_good_file_gives_deliveries_with_a_status(
    place: int, change: bytes, cut: int, good: bytes
) -> None:
    place %= len(good)
    statuses(good[:place] + change + good[place + cut :], "fil")


WORDS = [
    *("systemnavn", "funksjon", "prosessnavn", "PU1", "PO1", "dataobjekt", "kommune", "Oslo", "9901"),
    *("Totalt", "Merk", HEALTH, "ja", "nei", "har ikke", "x", "31.02.2026", "1 234,5", "", " ", "***"),
    *("ola@kommune.no", "Ola Nordmann", "=1+1"),
]


@given(
    rows=st.lists(st.lists(st.sampled_from(WORDS) | texts, max_size=6), max_size=8),
    is_workbook=st.booleans(),
)
def test_any_table_gives_deliveries_with_a_status(rows: list[list[str]], is_workbook: bool) -> None:
    if is_workbook:
        rows = [[cell.lstrip("=") for cell in row] for row in rows]
    statuses(workbook_bytes({"Ark": rows}) if is_workbook else csv_bytes(rows), "fil")


@given(
    content=st.binary(max_size=200)
    | st.text("kind: systemcolu{}[]'\"\n-#&*!|>%@", max_size=60).map(str.encode)
)
def test_any_mapping_loads_or_says_why(content: bytes) -> None:
    told = ""
    try:
        load_mapping(content)
    except MappingError as error:
        told = str(error)
    assert not told or told.startswith("mapping.yml: ")


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_a_number_or_not(text: str) -> None:
    value, rule = parse_date(text)
    assert (value is None) == (rule is not None)
    parse_number(text)


@given(DAYS)
def test_dates_read_back_equal(day: date) -> None:
    assert parse_date(day.isoformat()) == parse_date(day.strftime("%d.%m.%Y")) == (day, None)
    assert parse_date(str((day - date(1899, 12, 30)).days)) == (day, None)
