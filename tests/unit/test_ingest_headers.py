"""Which sheet, which header row, which column; and what lies around the table."""

from __future__ import annotations

import pytest

from tests.unit.test_ingest_support import (
    HEALTH,
    SYSTEM_HEADERS,
    csv_bytes,
    parse,
    parse_one,
    parse_rows,
    rejection,
    rules,
    workbook_bytes,
)

SYSTEMS = [SYSTEM_HEADERS, ["Alfa", HEALTH], ["Beta", HEALTH]]
FUNCTIONS = [["funksjon", "systemer", "komplett"], [HEALTH, "Alfa", "ja"]]
PROCESSES = [["prosessnavn", "eierskap"], ["Byggesak", "linjeleder"]]


@pytest.mark.parametrize(
    "headers",
    [
        ["systemnavn", "funksjon", "årlig_kostnad"],
        ["SYSTEMNAVN", "FUNKSJON", "ÅRLIG KOSTNAD"],
        ["systemnavn*◆", "funksjon *◆", "årlig_kostnad ◆"],
        [" System\nnavn ".replace("\n", ""), "funksjon (flere)", "årlig\nkostnad"],
        ["systemnavn:", "Funksjon\u00a0", "Årlig  kostnad."],
        ["system_name", "function", "annual_cost"],
        ["System Name", "Functions", "Annual cost (NOK)"],
        ["a\u030arlig_kostnad", "funksjon", "systemnavn"],
    ],
)
def test_headers_in_other_dress(headers: list[str]) -> None:
    delivery = parse_rows([headers, ["1", HEALTH, "1"]])
    assert delivery.rejection is None
    assert not delivery.findings
    frame = delivery.datasets["system"]
    assert frame["system_name"].to_list() == ["1"]
    assert str(frame["annual_cost"][0]) == "1.00"


def test_every_kind_is_told_from_its_headers() -> None:
    book = workbook_bytes({"A": SYSTEMS, "B": FUNCTIONS, "C": PROCESSES})
    deliveries = {d.kind: d for d in parse(book, "bok.xlsx")}
    assert deliveries["systems"].sheets == ("systems", "functions")
    assert deliveries["systems"].rows_received == 3
    assert deliveries["processes"].sheets == ("processes",)
    assert deliveries["processes"].delivery_id != deliveries["systems"].delivery_id


@pytest.mark.parametrize(
    ("rows", "sheet"),
    [
        ([["funksjon", "systemer"], [HEALTH, "Alfa"]], "functions"),
        ([["funksjon"], [HEALTH]], "functions"),
        ([["systemnavn", "dataobjekt"], ["Alfa", "Person"]], "system_data_objects"),
        ([["fra_system", "til_system"], ["Alfa", "Beta"]], "exchanges"),
        ([["løsning", "i_bruk"], ["ID-porten", "ja"]], "shared_services"),
        ([["prosessnavn", "dataobjekt"], ["Byggesak", "Eiendom"]], "process_data"),
        ([["tiltak", "status"], ["Portal", "ferdig"]], "initiatives"),
        ([["prosessnavn"], ["Byggesak"]], "processes"),
    ],
)
def test_every_sheet_is_told_from_its_headers(rows: list[list[str]], sheet: str) -> None:
    delivery = parse_rows(rows)
    assert delivery.sheets == (sheet,)


def test_title_rows_above_and_blank_rows_are_passed_over() -> None:
    rows = [["Systemliste for Tindelid"], ["Oppdatert av systemansvarlig", "2026"], [], *SYSTEMS, [], []]
    delivery = parse_rows(rows)
    assert delivery.datasets["system"]["row_number"].to_list() == [5, 6]
    assert delivery.recognised["sheets"][0]["header_row"] == 4


@pytest.mark.parametrize(
    "below",
    [
        [[], ["Merk: tallene er foreløpige."]],
        [["Merk: tallene er foreløpige."]],
        [[], ["Dette er laget av oss selv i kommunen."], ["Og sendt videre til samarbeidet."]],
        [["Totalt", "", "1200"]],
        [[], ["Sum", "", "1 200,50"], [], ["* ikke medregnet drift"]],
        [[], ["* ikke medregnet drift"]],
        [[], ["Kilde arkivet"]],
        [["Merk :"]],
    ],
)
def test_notes_and_totals_below_the_table_are_no_rows(below: list[list[str]]) -> None:
    table = [["systemnavn", "funksjon", "årlig_kostnad"], ["Alfa", HEALTH, "700"], ["Beta", HEALTH, "500"]]
    delivery = parse_rows([*table, *below])
    assert delivery.rows_received == 2
    assert rules(delivery) == ["rows_below_table"]
    last = delivery.findings[0].params["found"].split(", ")[-1]
    assert int(last) == len(table) + len(below)


@pytest.mark.parametrize(
    "row",
    [
        ["Sum", HEALTH],
        ["Total kontroll", HEALTH],
        ["Gamma", ""],
        ["Et system med langt navn", ""],
        ["Notes (HCL)", ""],
        ["Kilde arkiv", ""],
        ["Merk dette", ""],
        ["* ikke medregnet drift", ""],
    ],
)
def test_real_rows_at_the_end_stay(row: list[str]) -> None:
    assert parse_rows([*SYSTEMS, row]).rows_received == 3


@pytest.mark.parametrize("name", ["Oppdatert folkeregister", "Kilde arkiv", "Note taking in meetings"])
def test_a_name_alone_is_a_row_where_one_column_suffices(name: str) -> None:
    delivery = parse_rows([["prosessnavn", "måles"], ["Byggesak", "ja"], [name, ""]])
    assert delivery.datasets["process"]["process_name"].to_list() == ["Byggesak", name]
    assert not delivery.findings


def test_a_preprinted_list_keeps_its_unanswered_rows() -> None:
    names = ["Velferdsteknologi og responstjeneste", HEALTH]
    delivery = parse_rows(
        [FUNCTIONS[0], *([name, "", ""] for name in names), [], ["Sosiale tjenester", "", ""]]
    )
    assert delivery.rows_received == 3
    assert not delivery.findings


def test_trailing_blank_rows_and_columns_say_nothing() -> None:
    rows = [[*row, None, "", " "] for row in SYSTEMS] + [[None, " ", "\u00a0", "", ""]] * 3
    for content, name in ((csv_bytes(rows), "a.csv"), (workbook_bytes({"Systemer": rows}), "a.xlsx")):
        delivery = parse_one(content, name)
        assert delivery.rows_received == 2
        assert not delivery.findings


def test_unknown_columns_are_warned_of_and_columns_without_header_too() -> None:
    delivery = parse_rows([[*SYSTEM_HEADERS, "intern merknad", ""], ["Alfa", HEALTH, "x", "y"]])
    assert [(f.rule, f.column) for f in delivery.findings] == [
        ("unknown_column", "intern merknad"),
        ("column_without_header", "D"),
    ]


def test_a_column_only_of_extra_text_makes_no_row() -> None:
    delivery = parse_rows([[*SYSTEM_HEADERS, "merknad"], ["Alfa", HEALTH, ""], ["", "", "bare tull"]])
    assert delivery.rows_received == 1


@pytest.mark.parametrize(
    ("headers", "rule", "named"),
    [
        (
            ["systemnavn", "funksjon", "leverandør", "Leverandør "],
            "duplicate_header",
            ("leverandør", "Leverandør"),
        ),
        (["systemnavn", "funksjon", "merknad", "merknad"], "duplicate_header", ("merknad", "merknad")),
        (
            ["systemnavn", "funksjon", "leverandør", "vendor"],
            "two_headers_one_column",
            ("leverandør", "vendor"),
        ),
    ],
)
def test_headers_that_compete_reject_and_are_both_named(
    headers: list[str], rule: str, named: tuple[str, str]
) -> None:
    delivery = parse_rows([headers, ["Alfa", HEALTH, "x", "y"]])
    assert delivery.rejection is not None
    assert delivery.rejection.rule == rule
    found, other = (delivery.rejection.params[name].split(" (")[0] for name in ("found", "other"))
    assert (found, other) == named
    assert delivery.rows_received == 1


def test_a_missing_required_column_rejects_and_says_what_was_found() -> None:
    delivery = parse_rows([["funksjon", "leverandør", "livsløp"], [HEALTH, "x", "i bruk"], [HEALTH, "y", ""]])
    assert delivery.rejection is not None
    assert delivery.rejection.rule == "required_column_missing"
    assert delivery.rejection.params["expected"] == "systemnavn"
    assert "leverandør" in delivery.rejection.params["found"]
    assert delivery.rows_received == 2
    assert delivery.kind == "systems"


def test_a_table_of_systems_without_names_is_not_taken_for_one_of_functions() -> None:
    header = ["funksjon", "leverandør", "livsløp", "avtaleslutt", "komplett"]
    delivery = parse_rows([header, [HEALTH, "x", "i bruk", "2027", "ja"]])
    assert rejection(delivery) == "required_column_missing"


def test_a_header_without_rows_is_rejected() -> None:
    assert rejection(parse_rows([SYSTEM_HEADERS])) == "no_rows"
    assert parse_rows([SYSTEM_HEADERS]).rows_received == 0


def test_another_kind_than_expected_is_rejected() -> None:
    delivery = parse_rows(PROCESSES, kind="systems")
    assert delivery.rejection is not None
    assert (delivery.rejection.rule, delivery.kind) == ("wrong_kind", "systems")
    assert delivery.rejection.params == {"found": "processes", "expected": "systems"}


# Workbooks


def test_hidden_sheets_are_skipped_unless_they_are_all_there_is() -> None:
    other = [SYSTEM_HEADERS, ["Skjult", HEALTH]]
    both = parse_one(workbook_bytes({"Gammel": other, "Systemer": SYSTEMS}, hidden=["Gammel"]), "a.xlsx")
    assert both.datasets["system"]["system_name"].to_list() == ["Alfa", "Beta"]
    only = parse_one(workbook_bytes({"Forside": [["Hei"]], "Gammel": other}, hidden=["Gammel"]), "a.xlsx")
    assert only.datasets["system"]["system_name"].to_list() == ["Skjult"]
    assert only.recognised["sheets"][0]["is_hidden"]


def test_sheets_that_explain_are_silent_and_others_are_named() -> None:
    lists = [["funksjon", "livsløp"], [HEALTH, "i bruk"]]
    book = workbook_bytes(
        {"Veiledning": [["Slik gjør du"]], "Lister": lists, "Systemer": SYSTEMS, "Kladd": [["x"]]}
    )
    delivery = parse_one(book, "a.xlsx")
    assert [(f.rule, f.sheet) for f in delivery.findings] == [("sheet_not_recognised", "Kladd")]
    assert delivery.sheets == ("systems",)
    assert delivery.rows_received == 2


def test_a_sheet_that_only_resembles_one_of_ours_rejects_nothing() -> None:
    notes = [["dataobjekt", "hvem spør", "når", "hvorfor"], ["Person", "Ola", "i går", "vet ikke"]]
    delivery = parse_one(workbook_bytes({"Systemer": SYSTEMS, "Spørsmål": notes}), "a.xlsx")
    assert delivery.rejection is None
    assert [(f.rule, f.sheet) for f in delivery.findings] == [("sheet_not_recognised", "Spørsmål")]


def test_a_kind_s_faulty_sheet_rejects_that_kind_only() -> None:
    faulty = [["dataobjekt", "operasjoner", "master"], ["Person", "C", "ja"]]
    found = {d.kind: d for d in parse(workbook_bytes({"S": SYSTEMS, "D": faulty, "P": PROCESSES}), "a.xlsx")}
    assert rejection(found["systems"]) == "required_column_missing"
    assert found["systems"].rows_received == 3
    assert found["processes"].rejection is None


def test_sheets_of_one_kind_of_table_are_united_with_their_places() -> None:
    delivery = parse_one(
        workbook_bytes({"Helse": SYSTEMS, "Teknisk": [SYSTEMS[0], *SYSTEMS[:0:-1]]}), "a.xlsx"
    )
    frame = delivery.datasets["system"]
    assert list(zip(frame["sheet"], frame["row_number"], strict=True)) == [
        ("Helse", 2),
        ("Helse", 3),
        ("Teknisk", 2),
        ("Teknisk", 3),
    ]


def test_merged_headers_over_two_rows() -> None:
    rows = [
        ["Systemnavn", "Funksjon", "Økonomi", None],
        [None, None, "Årlig kostnad", "Avtaleslutt"],
        ["Alfa", HEALTH, 1200, "31.12.2027"],
    ]
    book = workbook_bytes({"Systemer": rows}, merged={"Systemer": ["A1:A2", "B1:B2", "C1:D1"]})
    delivery = parse_one(book, "a.xlsx")
    assert delivery.rejection is None
    assert not delivery.findings
    row = delivery.datasets["system"].row(0, named=True)
    assert (row["row_number"], row["system_name"], str(row["annual_cost"])) == (3, "Alfa", "1200.00")
    assert str(row["contract_end_date"]) == "2027-12-31"


def test_repeated_headers_under_a_group_row_are_told_apart_by_their_group() -> None:
    rows = [
        ["", "", "Internt", "", "Eksternt", ""],
        [*SYSTEM_HEADERS, "kontakt", "rom", "kontakt", "rom"],
        ["Alfa", HEALTH, "a", "b", "c", "d"],
    ]
    delivery = parse_rows(rows)
    assert delivery.rejection is None
    assert [f.column for f in delivery.findings] == [
        "Internt | kontakt",
        "Internt | rom",
        "Eksternt | kontakt",
        "Eksternt | rom",
    ]


def test_what_was_recognised_is_told() -> None:
    delivery = parse_one(csv_bytes(SYSTEMS, "\t", "utf-16"), "a.csv")
    assert delivery.recognised == {
        "format": "csv",
        "encoding": "utf-16",
        "delimiter": "\t",
        "mapping": None,
        "sheets": [
            {
                "sheet": "",
                "contract_sheet": "systems",
                "header_row": 1,
                "rows": 2,
                "columns": {"system_name": "systemnavn", "function_ids": "funksjon"},
                "positions": {"systemnavn": [0], "funksjon": [1]},
                "options": {},
                "unknown_columns": [],
                "is_hidden": False,
            }
        ],
        "other_sheets": [],
    }
