"""One cell's text to a value or a rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.ingest import cells, column_texts, columns
from pipelines.ingest.contract import load_contract
from pipelines.ingest.text import clean, header_key, key
from tests.unit.test_ingest_support import pack

WORDS = load_contract().words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("1 234", "1234"),
        ("1\u00a0234\u00a0567,50", "1234567.50"),
        ("1\u202f234,5", "1234.5"),
        ("1234,5", "1234.5"),
        ("1234.5", "1234.5"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234", "1234"),
        ("1,234", "1234"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1'234", "1234"),
        ("kr 1 200,-", "1200"),
        ("1200 NOK", "1200"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("1e3", "1000"),
    ],
)
def test_numbers_of_norwegian_and_english_make(text: str, value: str) -> None:
    assert cells.parse_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["tolv", "12x", "1 23", "1.2.3", "10-20", "ca. 5", "12 345 6", "٣", "1_000", "", "--5"]
)
def test_what_is_no_number(text: str) -> None:
    assert cells.parse_number(text) is None


def test_a_workbook_s_own_number_has_a_decimal_point() -> None:
    assert cells.parse_number("1.234", dot_is_decimal=True) == Decimal("1.234")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", (3, None)),
        ("3,0", (3, None)),
        ("3.0", (3, None)),
        ("3,5", (None, "not_a_whole_number")),
        ("0", (None, "out_of_range")),
        ("6", (None, "out_of_range")),
        ("tre", (None, "not_a_number")),
        ("99999999999999999999", (None, "out_of_range")),
        ("vet ikke", (None, None)),
        ("-", (None, None)),
    ],
)
def test_whole_numbers_within_bounds(text: str, expected: cells.Result) -> None:
    assert cells.int_reader(WORDS, 1, 5)(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 234,505", (Decimal("1234.51"), None)),
        ("-1", (None, "out_of_range")),
        ("1e40", (None, "out_of_range")),
        ("mye", (None, "not_a_number")),
    ],
)
def test_amounts(text: str, expected: cells.Result) -> None:
    assert cells.decimal_reader(WORDS, 0)(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31.12.2026", date(2026, 12, 31)),
        ("1.2.2026", date(2026, 2, 1)),
        ("01.02.26", date(2026, 2, 1)),
        ("01.02.98", date(1998, 2, 1)),
        ("01-02-2026", date(2026, 2, 1)),
        ("2026-12-31", date(2026, 12, 31)),
        ("2026-12-31 00:00:00", date(2026, 12, 31)),
        ("2026-12-31T13:45:10.5Z", date(2026, 12, 31)),
        ("20261231", date(2026, 12, 31)),
        ("12/31/2026", date(2026, 12, 31)),
        ("31/12/2026", date(2026, 12, 31)),
        ("02/01/2026", date(2026, 2, 1)),
        ("15. mai 2024", date(2024, 5, 15)),
        ("mai 2024", date(2024, 5, 1)),
        ("May 15, 2024", date(2024, 5, 15)),
        ("05.2024", date(2024, 5, 1)),
        ("2024-05", date(2024, 5, 1)),
        ("2024", date(2024, 1, 1)),
        ("2024.0", date(2024, 1, 1)),
        ("45292", date(2024, 1, 1)),
        ("45292.75", date(2024, 1, 1)),
        ("29.02.2024", date(2024, 2, 29)),
        ("31.12.9999", date(9999, 12, 31)),
    ],
)
def test_dates_as_people_and_programs_write_them(text: str, value: date) -> None:
    assert cells.parse_date(text) == (value, None)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("31.02.2026", "not_a_date"),
        ("2026-13-01", "not_a_date"),
        ("29.02.2023", "not_a_date"),
        ("i fjor", "not_a_date"),
        ("ja", "not_a_date"),
        ("12", "not_a_date"),
        ("01.01.0099", "out_of_range"),
        ("01.01.1200", "out_of_range"),
    ],
)
def test_what_is_no_date(text: str, rule: str) -> None:
    assert cells.parse_date(text) == (None, rule)


def test_day_and_month_where_both_could_be() -> None:
    assert cells.parse_date("03/04/2025") == (date(2025, 3, 4), None)
    assert cells.parse_date("03/04/2025", day_first=True) == (date(2025, 4, 3), None)


@pytest.mark.parametrize("text", ["nei", "Nei ", "NO", "ingen", "har ikke", "vet ikke"])
def test_no_in_a_date_column_is_no_fault(text: str) -> None:
    assert cells.date_reader(WORDS)(text) == (None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, (True, None)) for text in ("ja", "JA", " j ", "yes", "Y", "true", "sant", "1", "x")),
        *((text, (False, None)) for text in ("nei", "Nei.", "n", "no", "FALSE", "usant", "0")),
        ("kanskje", (None, "not_yes_no")),
        ("vet ikke", (None, None)),
    ],
)
def test_yes_and_no(text: str, expected: cells.Result) -> None:
    assert cells.bool_reader(WORDS)(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CRUD", ("CRUD", None)),
        ("d, c", ("CD", None)),
        ("c/r/u", ("CRU", None)),
        ("R", ("R", None)),
        ("uu", ("U", None)),
        ("opprette og lese", ("CR", None)),
        ("ingen", ("none", None)),
        ("x", ("x", None)),
        ("X", ("x", None)),
        ("vet ikke", (None, None)),
        ("xC", (None, "unknown_operation")),
        ("skrive", (None, "unknown_operation")),
        (",", (None, "unknown_operation")),
    ],
)
def test_operations(text: str, expected: cells.Result) -> None:
    assert cells.operations_reader(WORDS)(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Helse og omsorg", (["health_care"], None)),
        ("Sak og arkiv; Helse og omsorg;", (["case_records", "health_care"], None)),
        ("Helse og omsorg|HELSE OG  OMSORG", (["health_care"], None)),
        ("Helse og\u00a0omsorg\nSak og arkiv", (["case_records", "health_care"], None)),
        ("Helse og\nomsorg", (["health_care"], None)),
        ("health_care", (["health_care"], None)),
        ("Plan, bygg og geodata", (["planning_building_geodata"], None)),
        ("Helse og omsorg; Romfart", (["health_care"], "unknown_focus_area")),
        ("Romfart", (None, "unknown_focus_area")),
        ("ingen", ([], None)),
        (" ; ", (None, None)),
    ],
)
def test_multi_valued_concepts_keep_what_is_legal(text: str, expected: cells.Result) -> None:
    read = cells.multi_reader(pack().concept_index("focus_area"), "unknown_focus_area", WORDS)
    assert read(text) == expected


def test_free_lists_are_distinct_and_in_normalised_order() -> None:
    read = cells.multi_reader(None, "", WORDS)
    assert read("Skole; barnehage|SKOLE ;Ås") == (["barnehage", "Skole", "Ås"], None)
    assert read("ingen") == ([], None)
    assert read("vet ikke") == (None, None)


def test_a_masked_part_of_a_free_list_leaves_the_whole_unknown() -> None:
    read = cells.multi_reader(None, "", WORDS)
    assert read("***") == (None, None)
    assert read("Skole|***") == (None, None)


def test_no_unit_is_an_answer() -> None:
    (sheet,) = (s for s in load_contract().sheets if s.id == "processes")
    read = cells.reader_for(sheet.by_name["unit_names"], WORDS, {})
    assert [read(text) for text in ("ingen", "Nei", "har ikke", "ingen;nei")] == [([], None)] * 4
    assert read("ingen; HR") == (["HR"], None)
    assert read(" ; ") == read("ukjent") == (None, None)


@pytest.mark.parametrize(
    ("dates", "day_first"),
    [
        (["13/01/2025", "03/04/2025"], True),
        (["01/13/2025", "03/04/2025"], False),
        (["03/04/2025"], False),
        (["13.01.2025", None], False),
    ],
)
def test_the_column_decides_what_a_date_with_slashes_means(dates: list[str | None], day_first: bool) -> None:
    assert columns._is_day_first(pl.Series(dates, dtype=pl.String)) == day_first


def test_large_and_small_columns_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [None, "1", " 2 ", "x", "a\u00a0 b", "é", "e\u0301", "a\u200bb", "q\x1cr", "", "\ufeffz"] * 3
    series = pl.Series(texts, dtype=pl.String)
    read: Callable[[str], cells.Result] = cells.int_reader(WORDS, 1, 5)
    small = column_texts.convert(series, read, pl.Int64()), column_texts.cleaned(series)
    monkeypatch.setattr(column_texts, "_SMALL", 0)
    large = column_texts.convert(series, read, pl.Int64()), column_texts.cleaned(series)
    assert [s.to_list() for s in (*small[0], small[1])] == [s.to_list() for s in (*large[0], large[1])]
    assert small[1].to_list() == [None if t is None else clean(t) for t in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Årlig_kostnad", "årlig kostnad*"),
        ("SYSTEMNAVN ◆", "systemnavn"),
        ("årlig\nkostnad:", "Årlig  kostnad"),
        ("E\u0301tat", "état"),
        ("e-post", "E post"),
    ],
)
def test_headers_that_are_one(one: str, other: str) -> None:
    assert header_key(one) == header_key(other)


def test_keys_are_the_pack_s() -> None:
    assert key("  Helse og\u00a0 OMSORG. ") == "helse og omsorg"
