"""Typed rows of processes and systems, municipalities and periods, identities."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import date

import polars as pl
import pytest

from pipelines.ingest import parse as parse_module
from pipelines.ingest.contract import dataset_schema, load_contract
from pipelines.ingest.model import delivery_id
from pipelines.ingest.parse import parse_file
from pipelines.ingest.sent import reject
from pipelines.settings import Limits
from tests.unit.test_ingest_support import (
    HEALTH,
    MUNICIPALITY,
    PERIOD,
    SYSTEM_HEADERS,
    csv_bytes,
    pack,
    parse,
    parse_one,
    parse_rows,
    rejection,
)

IDENTITY = {"delivery_id": pl.String(), "sheet": pl.String(), "row_number": pl.Int64()}


def only(rows: list[list[str]], dataset: str) -> dict[str, object]:
    """The single row of a data set."""
    (row,) = parse_rows(rows).datasets[dataset].rows(named=True)
    return row


def full_sheet(sheet_id: str) -> list[list[str]]:
    """A header with every column of the sheet, and a row with nothing but what is required."""
    sheet = load_contract().sheet_by_id[sheet_id]
    required = {
        "function": HEALTH,
        "data_object": "Eiendom",
        "shared_service": "ID-porten",
    }
    row = [required.get(c.concept or "", "Alfa") if c.required else "" for c in sheet.columns]
    return [[c.header_nb for c in sheet.columns], row]


TABLES = [sheet.id for sheet in load_contract().sheets if sheet.kind != "survey"]


@pytest.mark.parametrize("sheet_id", TABLES)
def test_every_column_is_there_and_typed_whether_the_file_has_it_or_not(sheet_id: str) -> None:
    sheet = load_contract().sheet_by_id[sheet_id]
    required = [c.header_nb for c in sheet.required]
    header, row = full_sheet(sheet_id)
    short = [
        [h for h in header if h in required],
        [c for h, c in zip(header, row, strict=True) if h in required],
    ]
    for rows in ([header, row], short):
        frame = parse_rows(rows).datasets[sheet.dataset]
        typed = {
            name: dtype for name, dtype in frame.schema.items() if not name.endswith(("__raw", "__error"))
        }
        assert typed == {**IDENTITY, **dataset_schema(sheet.dataset)}
        for column in sheet.columns:
            assert frame.schema[f"{column.name}__raw"] == frame.schema[f"{column.name}__error"] == pl.String
            if not column.required:
                assert frame[column.name].to_list() == [None]


def test_a_system_with_everything() -> None:
    given = {
        "system_id": "S1",
        "systemnavn": "Alfa",
        "leverandør": "Fjord",
        "produkt": "F1",
        "funksjon": f"{HEALTH}|Sosiale tjenester",
        "satsingsområde": "Helse og omsorg",
        "eier_enhet": "Helse",
        "systemeier_rolle": "IKT-leder",
        "livsløp": "under utfasing",
        "anskaffet": "2019",
        "avtaleslutt": "31.12.2027",
        "årlig_kostnad": "1 234,50",
        "brukere": "85",
        "personopplysninger": "ja",
        "ros_dato": "nei",
        "funksjonell_egnethet": "4",
        "teknisk_egnethet": "2",
    }
    row = only([list(given), list(given.values())], "system")
    assert row["function_ids"] == ["health_record", "social_services"]
    assert row["focus_area_ids"] == ["health_care"]
    assert row["lifecycle"] == "phasing_out"
    assert (row["acquired_date"], row["contract_end_date"]) == (date(2019, 1, 1), date(2027, 12, 31))
    assert (str(row["annual_cost"]), row["n_users"], row["has_personal_data"]) == ("1234.50", 85, True)
    assert (row["risk_assessed_date"], row["risk_assessed_date__error"]) == (None, None)
    assert (row["functional_fit"], row["technical_fit"]) == (4, 2)
    assert row["annual_cost__raw"] == "1 234,50"


@pytest.mark.parametrize(
    ("header", "cell", "rule"),
    [
        ("livsløp", "avviklet snart", "unknown_code"),
        ("avtaleslutt", "snart", "not_a_date"),
        ("årlig_kostnad", "mye", "not_a_number"),
        ("brukere", "2,5", "not_a_whole_number"),
        ("teknisk_egnethet", "6", "out_of_range"),
        ("personopplysninger", "kanskje", "not_yes_no"),
        ("satsingsområde", "Romfart", "unknown_focus_area"),
    ],
)
def test_a_fault_in_a_cell_leaves_it_unknown_and_says_why(header: str, cell: str, rule: str) -> None:
    column = load_contract().sheet_by_id["systems"].header_index[header.replace("_", " ")]
    row = only([[*SYSTEM_HEADERS, header], ["Alfa", HEALTH, cell]], "system")
    assert (row[column], row[f"{column}__raw"], row[f"{column}__error"]) == (None, cell, rule)
    assert row["system_name__error"] is None


def test_legal_functions_of_a_faulty_cell_are_kept() -> None:
    row = only([SYSTEM_HEADERS, ["Alfa", f"{HEALTH}; Tryllekunst"]], "system")
    assert (row["function_ids"], row["function_ids__error"]) == (["health_record"], "unknown_function")


def test_listed_objects_become_rows_that_are_only_known_to_be_there() -> None:
    delivery = parse_rows(
        [
            ["system_id", *SYSTEM_HEADERS, "dataobjekter"],
            ["S1", "Alfa", HEALTH, "Eiendom;Båtplasser;eiendom"],
            ["", "Beta", HEALTH, "Bygning"],
            ["S3", "Gamma", HEALTH, ""],
            ["S4", "Delta", HEALTH, "ingen"],
        ]
    )
    assert delivery.sheets == ("systems", "system_data_objects")
    assert delivery.rows_received == 4
    frame = delivery.datasets["system_data_object"]
    typed = {k: v for k, v in frame.schema.items() if not k.endswith(("__raw", "__error"))}
    assert typed == {**IDENTITY, **dataset_schema("system_data_object")}
    listed = frame.select(
        "row_number", "system_name", "data_object_name", "data_object_id", "operations"
    ).rows()
    assert listed == [
        (2, "S1", "Båtplasser", None, "x"),
        (2, "S1", "Eiendom", "property", "x"),
        (3, "Beta", "Bygning", "building", "x"),
    ]


def test_without_listed_objects_there_is_no_sheet_of_objects() -> None:
    delivery = parse_rows([[*SYSTEM_HEADERS, "dataobjekter"], ["Alfa", HEALTH, ""]])
    assert delivery.sheets == ("systems",)
    assert set(delivery.datasets) == {"system"}


def test_an_object_of_one_s_own_has_a_name_and_no_id() -> None:
    header = ["systemnavn", "dataobjekt", "operasjoner", "lagrer_kopi", "master", "kilde"]
    row = only([header, ["Alfa", "Båtplasser", "C R", "nei", "ja", "egenregistrert"]], "system_data_object")
    assert (row["data_object_name"], row["data_object_id"]) == ("Båtplasser", None)
    assert row["data_object_name__error"] is None
    assert (row["operations"], row["keeps_copy"], row["is_master"]) == ("CR", False, True)
    assert row["source_kind"] == "own_entry"


@pytest.mark.parametrize(
    ("cell", "names", "has_none", "rule"),
    [
        ("Alfa; Beta", ["Alfa", "Beta"], False, None),
        ("har ikke", [], True, None),
        ("Har ikke.", [], True, None),
        ("ingen", [], True, None),
        ("", None, None, None),
        ("vet ikke", None, None, None),
        ("ingen; har ikke", [], True, None),
        (" ; ", None, None, None),
        ("Alfa; har ikke", ["Alfa"], None, "none_and_more"),
    ],
)
def test_functions_answered(cell: str, names: object, has_none: bool | None, rule: str | None) -> None:
    row = only([["funksjon", "systemer", "komplett"], [HEALTH, cell, "ja"]], "function_answer")
    assert row["function_id"] == "health_record"
    assert (row["system_names"], row["has_none"], row["system_names__error"]) == (names, has_none, rule)


@pytest.mark.parametrize(
    ("cell", "described", "day", "rule"),
    [
        ("01.03.2026", True, date(2026, 3, 1), None),
        ("2025", True, date(2025, 1, 1), None),
        ("nei", False, None, None),
        ("", None, None, None),
        ("vet ikke", None, None, None),
        ("ja", None, None, "not_a_date"),
    ],
)
def test_described(cell: str, described: bool | None, day: date | None, rule: str | None) -> None:
    row = only([["prosessnavn", "beskrevet_dato"], ["Byggesak", cell]], "process")
    assert (row["is_described"], row["described_date"], row["described_date__error"]) == (
        described,
        day,
        rule,
    )


@pytest.mark.parametrize(
    ("cell", "is_dated", "day", "rule"),
    [
        ("01.03.2026", True, date(2026, 3, 1), None),
        ("2025", True, date(2025, 1, 1), None),
        ("Nei", False, None, None),
        ("aldri", False, None, None),
        ("", None, None, None),
        ("vet ikke", None, None, None),
        ("snart", None, None, "not_a_date"),
    ],
)
@pytest.mark.parametrize(
    ("header", "column", "derived"),
    [
        ("anskaffet", "acquired_date", "is_acquired"),
        ("ros_dato", "risk_assessed_date", "is_risk_assessed"),
    ],
)
def test_no_is_known_in_the_dates_of_a_system(
    header: str,
    column: str,
    derived: str,
    cell: str,
    is_dated: bool | None,
    day: date | None,
    rule: str | None,
) -> None:
    row = only([["systemnavn", "funksjon", header], ["Alfa", HEALTH, cell]], "system")
    assert (row[derived], row[column], row[f"{column}__error"]) == (is_dated, day, rule)


@pytest.mark.parametrize(
    ("cell", "item", "written"),
    [
        ("Eiendom", "property", "Eiendom"),
        (" Hundelisens ", None, "Hundelisens"),
        ("", None, None),
        ("ukjent", None, None),
    ],
)
def test_an_object_of_an_exchange_is_kept_as_written(
    cell: str, item: str | None, written: str | None
) -> None:
    row = only([["fra_system", "til_system", "dataobjekt"], ["Alfa", "Beta", cell]], "exchange")
    assert (row["data_object_id"], row["data_object_name"]) == (item, written)


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        ("IKT-leder", "ict_manager"),
        (" ICT  manager ", "ict_manager"),
        ("ict_manager", "ict_manager"),
        ("IKT-leiar", None),
        ("fagansvarlig barnehage", None),
        ("Ingen", None),
        ("", None),
        ("Kari Nordmann", None),
    ],
)
@pytest.mark.parametrize(
    ("headers", "dataset"),
    [
        (["systemnavn", "funksjon", "systemeier_rolle"], "system"),
        (["prosessnavn", "satsingsområde", "eier_rolle"], "process"),
    ],
)
def test_owner_roles_are_known_by_the_names_of_the_pack(
    headers: list[str], dataset: str, cell: str, role: str | None
) -> None:
    row = only([headers, ["Alfa", HEALTH if dataset == "system" else "", cell]], dataset)
    assert row["owner_role_id"] == role


@pytest.mark.parametrize(
    ("name", "reference", "process", "is_absent", "rule"),
    [
        ("Byggesøknader hos oss", "Behandle byggesøknad", "building_permit", False, None),
        ("Byggesøknader hos oss", "building_permit", "building_permit", False, None),
        ("Behandle byggesøknad", "", "building_permit", False, None),
        ("Utlån av kulturhus", "", None, False, None),
        ("Behandle byggesøknad", "Flyve til månen", None, False, "unknown_process"),
        ("har ikke", "Behandle byggesøknad", "building_permit", True, None),
        ("Har ikke ", "building_permit", "building_permit", True, None),
    ],
)
def test_reference_process(
    name: str, reference: str, process: str | None, is_absent: bool, rule: str | None
) -> None:
    row = only([["prosessnavn", "referanseprosess"], [name, reference]], "process")
    assert (row["process_id"], row["is_absent"], row["process_id__error"]) == (process, is_absent, rule)


def test_a_process_with_everything() -> None:
    header = [
        "prosessnavn",
        "prosesstype",
        "eierskap",
        "enheter",
        "systemer",
        "måles",
        "selvbetjening",
        "volum_per_år",
    ]
    cells = ["Byggesak", "støtteprosess", "ingen", "Plan|Bygg", "ingen", "nei", "ikke relevant", "1 200"]
    row = only([header, cells], "process")
    assert row["process_type"] == "support"
    assert row["ownership"] == "none"
    assert (row["unit_names"], row["system_names"]) == (["Bygg", "Plan"], [])
    assert (row["is_measured"], row["self_service"], row["volume_per_year"]) == (False, "not_relevant", 1200)


@pytest.mark.parametrize("n_rows", [3, 3_000])
def test_blank_is_null_and_none_is_an_empty_list(n_rows: int) -> None:
    """Few rows and many are typed in different ways."""
    cells = ["", "ingen", "Plan; ingen"] * (n_rows // 3)
    rows = [["prosessnavn", "enheter"], *([f"P{number}", cell] for number, cell in enumerate(cells))]
    delivery = parse_rows(rows, name="prosesser.csv")
    units = delivery.datasets["process"]["unit_names"]
    assert units.to_list() == [None, [], ["Plan"]] * (n_rows // 3)
    assert units.null_count() == n_rows // 3


def test_collected_data_names_its_process_and_its_object() -> None:
    rows = [
        ["prosessnavn", "dataobjekt", "innhenting"],
        ["Behandle byggesøknad", "Eiendom", "tastet manuelt"],
    ]
    row = only(rows, "process_data")
    assert (row["process_id"], row["data_object_id"], row["collection"]) == (
        "building_permit",
        "property",
        "typed_manually",
    )
    row = only([rows[0], ["Egen", "Båtplasser", ""]], "process_data")
    assert (row["process_id"], row["data_object_id"]) == (None, None)
    assert row["data_object_id__error"] == "unknown_data_object"


# Whose and when


@pytest.mark.parametrize(
    ("municipality", "rule", "expected"),
    [
        ("9999", "unknown_municipality", ""),
        ("", "unknown_municipality", ""),
        ("1201", "old_municipality", "4601 Bergen"),
        ("1850", "old_municipality", "1806 Narvik"),
    ],
)
def test_a_folder_of_no_municipality_is_rejected(municipality: str, rule: str, expected: str) -> None:
    delivery = parse_rows([SYSTEM_HEADERS, ["Alfa", HEALTH]], municipality=municipality)
    assert delivery.rejection is not None
    assert delivery.rejection.rule == rule
    assert expected in delivery.rejection.params["expected"]
    assert (delivery.rows_received, delivery.municipality_number) == (1, municipality)


def test_an_unknown_period_is_rejected_whatever_else_is_wrong() -> None:
    for content in (csv_bytes([SYSTEM_HEADERS, ["Alfa", HEALTH]]), csv_bytes([["PU1"], ["3"]]), b""):
        delivery = parse_one(content, period="1999")
        assert delivery.rejection is not None
        assert delivery.rejection.rule == "unknown_period"
        assert PERIOD in delivery.rejection.params["expected"]


def test_a_column_may_say_whose_row_it_is() -> None:
    rows = [
        ["kommunenummer", *SYSTEM_HEADERS],
        ["9901", "Alfa", HEALTH],
        ["9902", "Beta", "x@y.no"],
        ["0301", "Gamma", HEALTH],
        ["301", "Delta", HEALTH],
        ["1201", "Epsilon", HEALTH],
        ["1850", "Zeta", HEALTH],
        ["7777", "Eta", HEALTH],
        ["", "Theta", HEALTH],
    ]
    deliveries = {d.municipality_number: d for d in parse(csv_bytes(rows), municipality="")}
    accepted = {n: d.datasets["system"]["system_name"].to_list() for n, d in deliveries.items() if d.datasets}
    assert accepted == {"9901": ["Alfa"], "9902": ["Beta"], "0301": ["Gamma", "Delta"], "4601": ["Epsilon"]}
    assert {n: rejection(d) for n, d in deliveries.items() if d.rejection} == {
        "1850": "old_municipality",
        "7777": "unknown_municipality",
        "": "unknown_municipality",
    }
    assert sum(d.rows_received or 0 for d in deliveries.values()) == 8
    assert len({d.delivery_id for d in deliveries.values()}) == len(deliveries)
    masked = {n: [f.row_number for f in d.findings] for n, d in deliveries.items() if d.findings}
    assert masked == {"9902": [3]}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Tindelid", "9901"),
        ("TINDELID kommune", "9901"),
        ("Oslo", "0301"),
        ("Våler", None),
        ("Atlantis", None),
    ],
)
def test_a_municipality_by_its_name_where_only_one_has_it(name: str, number: str | None) -> None:
    delivery = parse_rows([["kommune", *SYSTEM_HEADERS], [name, "Alfa", HEALTH]], municipality="")
    if number is None:
        assert rejection(delivery) == (
            "ambiguous_municipality" if name == "Våler" else "unknown_municipality"
        )
    else:
        assert delivery.municipality_number == number


def test_the_number_goes_before_the_name() -> None:
    rows = [["kommune", "kommunenummer", *SYSTEM_HEADERS], ["Våler", "3419", "Alfa", HEALTH]]
    delivery = parse_rows(rows, municipality="")
    assert delivery.municipality_number == "3419"


@pytest.mark.parametrize("given", ["9902", "Kvitlia", "0301"])
def test_a_folder_does_not_deliver_for_another_municipality(given: str) -> None:
    rows = [["kommunenummer", *SYSTEM_HEADERS], ["9901", "Alfa", HEALTH], [given, "Beta", HEALTH]]
    for content in (csv_bytes(rows), csv_bytes([rows[0], rows[2]])):
        delivery = parse_one(content)
        assert (delivery.municipality_number, rejection(delivery)) == ("9901", "other_municipality")
        assert delivery.rejection is not None
        number = "0301" if given == "0301" else "9902"
        assert delivery.rejection.params == {"found": number, "expected": "9901"}
        assert delivery.rows_received in (1, 2)


def test_a_folder_may_name_its_own_municipality_again() -> None:
    delivery = parse_rows([["kommune", *SYSTEM_HEADERS], ["Tindelid", "Alfa", HEALTH]])
    assert (delivery.municipality_number, rejection(delivery)) == ("9901", None)


def test_an_old_folder_is_refused_whatever_its_rows_say() -> None:
    rows = [["kommunenummer", *SYSTEM_HEADERS], ["4601", "Alfa", HEALTH]]
    delivery = parse_rows(rows, municipality="1201")
    assert (delivery.municipality_number, rejection(delivery)) == ("1201", "old_municipality")


# What of a file nobody knows is told


def test_content_of_an_unknown_file_is_not_told() -> None:
    rows = [["Ola Nordmann", "vedtak om sosialhjelp", "systemnavnet"], ["Kari Vik", "avslag", "x"]]
    delivery = parse_rows(rows)
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "not_recognised"
    assert delivery.rejection.params == {"found": "systemnavnet", "other": "3", "count": "2"}


def test_content_in_the_place_of_headers_is_not_told() -> None:
    delivery = parse_rows([["livsløp", "Ola Nordmann", "sytemeier"], ["i bruk", "x", "y"]])
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "required_column_missing"
    assert delivery.rejection.params["found"] == "livsløp, sytemeier (+1)"
    assert "Nordmann" not in repr(delivery)


# Identity


def test_the_identity_depends_on_file_place_kind_and_mapping_only() -> None:
    content = csv_bytes([SYSTEM_HEADERS, ["Alfa", HEALTH]])
    delivery = parse_one(content, "a.csv")
    sha256 = hashlib.sha256(content).hexdigest()
    text = "\n".join((sha256, MUNICIPALITY, PERIOD, "systems", ""))
    assert delivery.delivery_id == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert delivery.sha256 == sha256
    assert parse_one(content, "b.csv").delivery_id == delivery.delivery_id
    ids = {
        delivery_id(*parts)
        for parts in (
            (sha256, MUNICIPALITY, PERIOD, "systems", None),
            ("0", MUNICIPALITY, PERIOD, "systems", None),
            (sha256, "9902", PERIOD, "systems", None),
            (sha256, MUNICIPALITY, "2025", "systems", None),
            (sha256, MUNICIPALITY, PERIOD, "survey", None),
            (sha256, MUNICIPALITY, PERIOD, "systems", "1"),
        )
    }
    assert len(ids) == 6


def test_rejecting_from_outside_gives_the_same_identity_as_from_inside() -> None:
    inside = parse_one(b"", "systemer.csv")
    outside = reject(
        "mapping_unreadable",
        {"found": "x"},
        file_name="systemer.csv",
        sha256=inside.sha256,
        mapping_sha256=None,
        period=PERIOD,
        municipality_number=MUNICIPALITY,
    )
    assert outside.delivery_id == inside.delivery_id
    assert dataclasses.replace(outside, rejection=inside.rejection) == inside


def test_a_fault_of_our_own_is_a_result_too_and_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **_: object) -> object:
        raise RuntimeError("broken on purpose at Ola Nordmann")

    monkeypatch.setattr(parse_module, "read_file", broken)
    (delivery,) = parse_file(b"a", "a.csv", PERIOD, MUNICIPALITY, pack(), Limits())
    assert delivery.rejection is not None
    assert (delivery.rejection.rule, delivery.rejection.params) == (
        "internal_error",
        {"found": "RuntimeError"},
    )
