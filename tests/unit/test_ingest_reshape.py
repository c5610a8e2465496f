"""Wide tables: the matrix of systems and data objects, and what a mapping's unpivot makes of headers."""

from __future__ import annotations

import textwrap

import pytest

from pipelines.ingest.mapping import Mapping, load_mapping
from pipelines.ingest.model import ParsedDelivery
from tests.unit.test_ingest_support import (
    DELIMITERS,
    HEALTH,
    csv_bytes,
    pack,
    parse,
    parse_one,
    rejection,
    rules,
    workbook_bytes,
)

ADDRESS, BUILDING, CASE = "Offisiell adresse", "Bygning", "Sak og dokument"
MATRIX = [
    ["Systemnavn", ADDRESS, BUILDING, CASE, "Lokalt register"],
    ["Alfa", "crud", "x", "", "R"],
    ["Beta", "", "q1", "ingen", ""],
    ["Gamma", "", "", "", ""],
]
LONG = [
    (2, "Alfa", ADDRESS, "CRUD", None),
    (2, "Alfa", BUILDING, "x", None),
    (2, "Alfa", "Lokalt register", "R", None),
    (3, "Beta", BUILDING, None, "unknown_operation"),
    (3, "Beta", CASE, "none", None),
    (4, "Gamma", ADDRESS, None, None),
]


def cells(delivery: ParsedDelivery) -> list[tuple[object, ...]]:
    columns = ("row_number", "system_name", "data_object_name", "operations", "operations__error")
    return delivery.datasets["system_data_object"].select(columns).rows()


def mapping_of(text: str) -> Mapping:
    return load_mapping(textwrap.dedent(text).encode())


# A matrix


@pytest.mark.parametrize("sheet", ["Dataobjekter", "Matrise", "Ark1"])
def test_a_matrix_is_found_without_a_mapping(sheet: str) -> None:
    delivery = parse_one(workbook_bytes({sheet: MATRIX}), "a.xlsx")
    assert rejection(delivery) is None
    assert delivery.sheets == ("system_data_objects",)
    assert delivery.rows_received == 3
    assert cells(delivery) == LONG
    ids = delivery.datasets["system_data_object"]["data_object_id"].to_list()
    assert ids == ["address", "building", None, "building", "case_document", "address"]
    assert delivery.findings == ()


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("corner", ["Systemnavn", "System", "System / dataobjekt", ""])
def test_a_matrix_in_any_dialect_and_with_any_corner(delimiter: str, corner: str) -> None:
    rows = [[corner, *MATRIX[0][1:]], *MATRIX[1:]]
    assert cells(parse_one(csv_bytes(rows, delimiter))) == LONG


def test_objects_are_known_by_code_alias_and_language_and_title_rows_do_not_matter() -> None:
    rows = [
        ["Oversikt over systemer og data", "", ""],
        ["", "", ""],
        ["Name of system", "address", "Building (all)"],
        ["Alfa", "R", "C, U"],
        ["", "", ""],
        ["Merk: utkast", "", ""],
    ]
    delivery = parse_one(workbook_bytes({"Data": rows}), "a.xlsx")
    frame = delivery.datasets["system_data_object"]
    assert frame["data_object_id"].to_list() == ["address", "building"]
    assert frame["row_number"].to_list() == [4, 4]
    assert frame["operations"].to_list() == ["R", "CU"]
    assert rules(delivery) == ["rows_below_table"]


def test_the_findings_headers_are_told_for_each_object() -> None:
    (sheet,) = parse_one(csv_bytes(MATRIX)).recognised["sheets"]
    assert sheet["cells"]["by"] == "data_object_name"
    assert sheet["cells"]["headers"]["operations"][BUILDING] == BUILDING
    assert sheet["columns"]["system_name"] == "Systemnavn"


def test_a_column_that_is_no_object_is_told_and_not_read() -> None:
    rows = [[*MATRIX[0], "Kommentar"], *([*row, "sjekkes senere"] for row in MATRIX[1:])]
    delivery = parse_one(csv_bytes(rows))
    assert cells(delivery) == LONG
    assert [(f.rule, f.column) for f in delivery.findings] == [("unknown_column", "Kommentar")]


def test_objects_down_and_systems_across_give_the_same_cells() -> None:
    across = [
        ["Dataobjekt", "Alfa", "Beta"],
        [ADDRESS, "CRUD", ""],
        [BUILDING, "x", "q1"],
        [CASE, "", "ingen"],
        ["Lokalt register", "R", ""],
    ]
    delivery = parse_one(csv_bytes(across))
    assert delivery.rows_received == 4
    found = {row[1:] for row in cells(delivery)}
    assert found == {row[1:] for row in LONG if row[1] != "Gamma"}


@pytest.mark.parametrize(
    "rows",
    [
        # The long form, and a table of systems: neither is a matrix.
        [["systemnavn", "dataobjekt", "operasjoner"], ["Alfa", ADDRESS, "R"]],
        [["systemnavn", "funksjon", "dataobjekter"], ["Alfa", HEALTH, ADDRESS]],
    ],
)
def test_what_is_long_stays_long(rows: list[list[str]]) -> None:
    delivery = parse_one(csv_bytes(rows))
    assert rejection(delivery) is None
    assert "cells" not in delivery.recognised["sheets"][0]
    assert delivery.datasets["system_data_object"]["data_object_id"].to_list() == ["address"]


def test_one_object_in_two_columns_is_rejected_with_both() -> None:
    rows = [["Systemnavn", ADDRESS, BUILDING, "address"], ["Alfa", "R", "x", "ingen"]]
    delivery = parse_one(csv_bytes(rows))
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "two_headers_one_column"
    assert {delivery.rejection.params["found"], delivery.rejection.params["other"]} == {ADDRESS, "address"}


def test_most_of_the_headers_must_be_objects() -> None:
    rows = [["Systemnavn", ADDRESS, "Pris", "Versjon", "Notat"], ["Alfa", "R", "100", "2", "n"]]
    assert rejection(parse_one(csv_bytes(rows))) == "required_column_missing"


def test_a_matrix_of_another_kind_than_expected_is_the_wrong_kind() -> None:
    rows = [["", *MATRIX[0][1:]], *MATRIX[1:]]
    assert rejection(parse_one(csv_bytes(rows), "p.csv", kind="processes")) == "wrong_kind"


def test_a_matrix_for_several_municipalities() -> None:
    numbers = ["kommunenummer", "9901", "9902", "9902"]
    rows = [[number, *row] for number, row in zip(numbers, MATRIX, strict=True)]
    found = parse(csv_bytes(rows), municipality="")
    assert [(d.municipality_number, d.rows_received) for d in found] == [("9901", 1), ("9902", 2)]
    assert [cells(d) for d in found] == [LONG[:3], LONG[3:]]


def test_personal_data_in_a_cell_is_masked_and_told_where_it_stands() -> None:
    rows = [MATRIX[0], ["Alfa", "kari.nordmann@example.org", "x", "", ""]]
    delivery = parse_one(csv_bytes(rows))
    masked = [(f.rule, f.row_number, f.column) for f in delivery.findings]
    assert masked == [("masked_email", 2, ADDRESS)]
    assert delivery.datasets["system_data_object"]["operations__raw"].to_list() == ["***", "x"]


# Unpivot


FUNCTIONS = """
    kind: systems
    columns: {Kommunenr: municipality_number}
    unpivot:
      - pattern: "{function_id}: {field}"
        fields: {system: system_names, komplett: is_complete}
    values: {function_id: {Lønnskjøring: payroll_hr}}
"""


def test_a_group_of_columns_for_each_function_and_a_row_for_each_municipality() -> None:
    functions = pack().table("function")["name_nb"].to_list()[:2]
    rows = [
        ["Kommunenr", *(f"{name}: {field}" for name in functions for field in ("system", "KOMPLETT"))],
        ["9901", "Alfa; Beta", "ja", "", ""],
        ["9902", "har ikke", "", "Gamma", "kanskje"],
        ["9903", "", "", "", ""],
    ]
    found = parse(csv_bytes(rows), municipality="", mapping=mapping_of(FUNCTIONS))
    ids = pack().table("function")["function_id"].to_list()[:2]
    assert [(d.municipality_number, d.rows_received) for d in found] == [("9901", 1), ("9902", 1)]
    columns = ("row_number", "function_id", "system_names", "is_complete", "has_none")
    frames = [d.datasets["function_answer"] for d in found]
    assert frames[0].select(columns).rows() == [(2, ids[0], ["Alfa", "Beta"], True, False)]
    assert frames[1].select(columns).rows() == [
        (3, ids[0], [], None, True),
        (3, ids[1], ["Gamma"], None, False),
    ]
    assert frames[1]["is_complete__error"].to_list() == [None, "not_yes_no"]
    headers = found[0].recognised["sheets"][0]["cells"]["headers"]
    assert headers["is_complete"][functions[1]] == f"{functions[1]}: KOMPLETT"


def test_many_municipalities_in_a_wide_form() -> None:
    names = pack().table("shared_service")["name_nb"].to_list()
    numbers = sorted(pack().municipality_numbers)[:200]
    rows: list[list[str]] = [["Kommunenr", *names]]
    rows += [[number, *(["ja", "nei"] * len(names))[: len(names)]] for number in numbers]
    mapping = mapping_of(
        """
        kind: systems
        columns: {Kommunenr: municipality_number}
        unpivot: [{pattern: "{service_id}", cell: is_used}]
        """
    )
    found = parse(csv_bytes(rows), municipality="", mapping=mapping)
    assert len(found) == len(numbers)
    assert sum(d.rows_received or 0 for d in found) == len(numbers)
    assert all(d.datasets["shared_service"].height == len(names) for d in found)
    assert found[7].datasets["shared_service"]["is_used"].to_list()[:2] == [True, False]


def test_objects_named_in_the_headers_of_a_mapped_table() -> None:
    mapping = mapping_of(
        """
        kind: systems
        header_rows: 2
        columns: {Program: system_name}
        unpivot:
          - {pattern: "Data | {data_object_name} - {field}", fields: {CRUD: operations, kopi: keeps_copy}}
        ignore: ["Data | Notat - CRUD"]
        """
    )
    rows = [
        ["", "Data", "", "", "Annet"],
        ["Program", f"{ADDRESS} - CRUD", f"{ADDRESS} - kopi", "Notat - CRUD", "Pris"],
        ["Alfa", "R", "ja", "x", "1"],
    ]
    delivery = parse_one(csv_bytes(rows), mapping=mapping)
    frame = delivery.datasets["system_data_object"]
    columns = ("row_number", "system_name", "data_object_id", "operations", "keeps_copy")
    assert frame.select(columns).rows() == [(3, "Alfa", "address", "R", True)]
    assert [f.column for f in delivery.findings] == ["Annet | Pris"]


def test_opplysninger_across() -> None:
    mapping = mapping_of(
        """
        kind: processes
        columns: {Prosess: process_name}
        unpivot: [{pattern: "Innhenting av {data_object_id}", cell: collection}]
        values: {collection: {spør: asked_user}}
        """
    )
    rows = [["Prosess", "Innhenting av " + ADDRESS], ["Byggesak", "spør"], ["Valg", "tull"]]
    frame = parse_one(csv_bytes(rows), mapping=mapping).datasets["process_data"]
    assert frame["collection"].to_list() == ["asked_user", None]
    assert frame["collection__error"].to_list() == [None, "unknown_code"]


def test_a_header_whose_thing_nobody_knows_is_told_and_takes_nothing_along() -> None:
    mapping = mapping_of(FUNCTIONS)
    rows = [["Kommunenr", f"{HEALTH}: system", "Romfart: system"], ["9901", "Alfa", "Beta"]]
    delivery = parse_one(csv_bytes(rows), municipality="", mapping=mapping)
    assert delivery.datasets["function_answer"]["function_id"].to_list() == ["health_record"]
    assert [(f.rule, f.column) for f in delivery.findings if f.rule == "unknown_column"] == [
        ("unknown_column", "Romfart: system")
    ]


def test_values_of_the_mapping_name_the_things() -> None:
    rows = [["Kommunenr", "Lønnskjøring: system"], ["9901", "Alfa"]]
    delivery = parse_one(csv_bytes(rows), municipality="", mapping=mapping_of(FUNCTIONS))
    assert delivery.datasets["function_answer"]["function_id"].to_list() == ["payroll_hr"]


def test_two_headers_for_the_same_thing_are_rejected() -> None:
    rows = [["Kommunenr", f"{HEALTH}: system", "health_record: system"], ["9901", "Alfa", "Beta"]]
    delivery = parse_one(csv_bytes(rows), municipality="", mapping=mapping_of(FUNCTIONS))
    assert rejection(delivery) == "two_headers_one_column"


def test_a_wide_form_without_any_of_its_columns_is_rejected() -> None:
    rows = [["Kommunenr", "Noe"], ["9901", "Alfa"]]
    delivery = parse_one(csv_bytes(rows), municipality="", mapping=mapping_of(FUNCTIONS))
    assert rejection(delivery) == "required_column_missing"
