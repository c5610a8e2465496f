"""Wide tables through the gate: one row of the file is one row, each fault takes its own cell."""

from __future__ import annotations

import polars as pl

from pipelines.gate.single import Checked, check_deliveries
from pipelines.ingest.mapping import load_mapping
from tests.unit.test_ingest_support import HEALTH, csv_bytes, pack, parse_one, workbook_bytes

ADDRESS, BUILDING, CASE = "Offisiell adresse", "Bygning", "Sak og dokument"
SYSTEMS = [["systemnavn", "funksjon", "livsløp"], *([name, HEALTH, "i bruk"] for name in ("Alfa", "Beta"))]
FUNCTIONS = b"""
kind: systems
columns: {Kommunenr: municipality_number}
unpivot: [{pattern: "{function_id}: {field}", fields: {system: system_names, komplett: is_complete}}]
"""


def checked(matrix: list[list[str]], systems: list[list[str]] = SYSTEMS) -> Checked:
    book = workbook_bytes({"Systemer": systems, "Dataobjekter": matrix})
    return check_deliveries([parse_one(book, "systemer.xlsx")], pack())


def rows(found: Checked) -> tuple[object, ...]:
    return found.deliveries.select("rows_received", "rows_accepted", "rows_quarantined").row(0)


def told(found: Checked) -> list[tuple[object, ...]]:
    columns = ("severity", "rule", "row_number", "column_name", "value")
    return sorted(found.findings.filter(pl.col("severity") != "warning").select(columns).rows())


def left_open(found: Checked, dataset: str) -> list[bool]:
    return found.gate.beside[dataset]["is_quarantined"].to_list()


def test_an_illegal_cell_of_a_matrix_is_named_and_takes_no_other_cell() -> None:
    found = checked(
        [["Systemnavn", ADDRESS, BUILDING, CASE], ["Alfa", "CRUD", "q1", "x"], ["Beta", "", "", ""]]
    )
    assert rows(found) == (4, 4, 0)
    assert told(found) == [("cell", "unknown_operation", 2, BUILDING, "q1")]
    assert left_open(found, "system_data_object") == [False] * 4


def test_a_system_that_nobody_listed_takes_its_row() -> None:
    found = checked([["Systemnavn", ADDRESS, BUILDING], ["Alfa", "R", "x"], ["Delta", "R", "x"]])
    assert rows(found) == (4, 3, 1)
    assert told(found) == [("quarantine", "unresolved_system", 3, "Systemnavn", "Delta")]
    assert left_open(found, "system_data_object") == [False, False, True, True]


def test_a_contradiction_of_two_rows_opens_their_cells_alone() -> None:
    found = checked([["Systemnavn", ADDRESS, BUILDING], ["Alfa", "R", "x"], ["alfa", "ingen", "R"]])
    assert rows(found) == (4, 4, 0)
    assert told(found) == [
        ("cell", "contradiction", 2, ADDRESS, "R"),
        ("cell", "contradiction", 3, ADDRESS, "ingen"),
    ]
    assert left_open(found, "system_data_object") == [True, False, True, False]


def test_a_contradiction_with_a_long_table_sets_that_table_s_row_aside() -> None:
    long = [["systemnavn", "dataobjekt", "operasjoner"], ["Alfa", ADDRESS, "ingen"]]
    matrix = [["Systemnavn", ADDRESS, BUILDING], ["Alfa", "R", "x"]]
    book = workbook_bytes({"Systemer": SYSTEMS, "Dataobjekter": long, "Matrise": matrix})
    found = check_deliveries([parse_one(book, "systemer.xlsx")], pack())
    assert rows(found) == (4, 3, 1)
    assert [line[:2] for line in told(found)] == [("cell", "contradiction"), ("quarantine", "contradiction")]


def test_with_systems_across_a_bad_system_takes_its_own_cells() -> None:
    systems = [*SYSTEMS[:2], ["Beta", "ingen slik funksjon", "i bruk"]]
    matrix = [["Dataobjekt", "Alfa", "Delta", "Beta"], [ADDRESS, "CRUD", "x", ""], [BUILDING, "x", "", "R"]]
    found = checked(matrix, systems)
    assert rows(found) == (4, 3, 1)
    assert told(found) == [
        ("cell", "follows_quarantined_system", 3, "Beta", "Beta"),
        ("cell", "unresolved_system", 2, "Delta", "Delta"),
        ("quarantine", "unknown_function", 3, "funksjon", "ingen slik funksjon"),
    ]
    assert left_open(found, "system_data_object") == [False, True, False, True]


def test_a_matrix_and_a_long_table_of_the_same_say_the_same() -> None:
    matrix = checked([["Systemnavn", ADDRESS, BUILDING], ["Alfa", "CRUD", ""], ["Beta", "x", "ingen"]])
    long = checked(
        [
            ["systemnavn", "dataobjekt", "operasjoner"],
            ["Alfa", ADDRESS, "CRUD"],
            ["Beta", ADDRESS, "x"],
            ["Beta", BUILDING, "ingen"],
        ]
    )
    keys = ["system_key", "is_quarantined", "contract_sheet"]
    given = [found.gate.beside["system_data_object"].select(keys) for found in (matrix, long)]
    assert given[0].equals(given[1])
    assert (rows(matrix), rows(long)) == ((4, 4, 0), (5, 5, 0))


def test_a_bad_reference_in_a_wide_form_of_functions_takes_its_own_function() -> None:
    functions = pack().table("function")["name_nb"].to_list()[:3]
    wide = [
        ["Kommunenr", *(f"{name}: system" for name in functions), f"{functions[0]}: komplett"],
        ["9901", "Alfa", "Delta", "Beta", "kanskje"],
    ]
    delivery = parse_one(csv_bytes(wide), municipality="9901", mapping=load_mapping(FUNCTIONS))
    systems = parse_one(csv_bytes(SYSTEMS))
    found = check_deliveries([systems, delivery], pack())
    assert found.deliveries["rows_received"].sum() == found.deliveries["rows_accepted"].sum() == 3
    assert told(found) == [
        ("cell", "not_yes_no", 2, f"{functions[0]}: komplett", "kanskje"),
        ("cell", "unresolved_system", 2, f"{functions[1]}: system", "Delta"),
    ]
    assert left_open(found, "function_answer") == [False, True, False]
