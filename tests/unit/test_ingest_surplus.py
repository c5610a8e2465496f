"""Rows with more fields than the header: set aside, whatever the table is, and never read shifted."""

from __future__ import annotations

import pytest

from pipelines.gate.single import check_deliveries
from pipelines.ingest.model import ParsedDelivery
from tests.unit.test_ingest_support import HEALTH, pack, parse, parse_one, workbook_bytes

HEADER = "systemnavn,funksjon,årlig_kostnad,brukere"
SPLIT = f"Alfa,{HEALTH},1250,50,240"
WHOLE = f'Beta,{HEALTH},"1250,50",240'


def read(*lines: str, **where: str) -> ParsedDelivery:
    return parse_one("\n".join(lines).encode(), "fil.csv", **where)


def aside(delivery: ParsedDelivery) -> list[int | None]:
    """The rows that were set aside by what the reader says; the gate must find the very same."""
    told = [f.row_number for f in delivery.findings if f.rule == "too_many_fields"]
    gate = check_deliveries([delivery], pack()).gate
    (counts,) = gate.rows.select("rows_received", "rows_accepted", "rows_quarantined").rows()
    assert counts[0] == delivery.rows_received == counts[1] + counts[2]
    found = gate.findings.filter(severity="quarantine")
    assert found.filter(rule="too_many_fields")["row_number"].to_list() == told
    assert gate.quarantined["row_number"].is_in(found["row_number"].implode()).all()
    return told


def test_an_unquoted_decimal_comma_sets_the_row_aside_and_nothing_of_it_is_read() -> None:
    delivery = read(HEADER, SPLIT, WHOLE, f"Gamma,{HEALTH},12,3")
    assert aside(delivery) == [2]
    frame = delivery.datasets["system"]
    assert frame["system_name"].to_list() == [None, "Beta", "Gamma"]
    assert frame["n_users"].to_list() == [None, 240, 3]
    (finding,) = delivery.findings
    assert finding.params == {"count": "5", "expected": "4"}
    assert finding.value is None


@pytest.mark.parametrize("n_rows", [1, 2, 5])
def test_decimals_in_a_field_of_their_own_are_no_column_though_every_row_has_them(n_rows: int) -> None:
    assert aside(read(HEADER, *[SPLIT] * n_rows)) == [*range(2, 2 + n_rows)]


def test_a_last_column_that_only_lacks_its_header_shifts_nothing() -> None:
    rows = [f"{name},{HEALTH},1250,5000,notat" for name in "ABCD"]
    delivery = read(HEADER, *rows, f"E,{HEALTH},1,2")
    assert aside(delivery) == []
    assert [(f.rule, f.column) for f in delivery.findings] == [("column_without_header", "E")]
    assert delivery.datasets["system"]["n_users"].to_list() == [5000] * 4 + [2]
    # Where it is not nearly every row, or some have still more fields, it is no column.
    assert aside(read(HEADER, *rows, *[f"E,{HEALTH},1,2"] * 2)) == [2, 3, 4, 5]
    assert aside(read(HEADER, *rows[:3], f"{rows[3]},x")) == [2, 3, 4, 5]


@pytest.mark.parametrize("tail", [",", ",,,", ", ,\u00a0"])
def test_blank_fields_at_the_end_are_harmless(tail: str) -> None:
    delivery = read(HEADER, WHOLE + tail, f"Gamma,{HEALTH},12,3")
    assert aside(delivery) == []
    assert not delivery.findings


def test_blank_headers_have_their_place_so_that_nothing_beside_them_is_too_much() -> None:
    delivery = read(f"{HEADER},,", f"{WHOLE},husk,", f"Gamma,{HEALTH},12,3,,")
    assert aside(delivery) == []
    assert [f.rule for f in delivery.findings] == ["column_without_header"]


def test_a_row_with_fewer_fields_ends_in_blanks() -> None:
    delivery = read(HEADER, WHOLE, f"Gamma,{HEALTH}")
    assert aside(delivery) == []
    assert delivery.datasets["system"]["n_users"].to_list() == [240, None]


def test_a_workbook_has_places_and_a_remark_beside_the_table_is_a_remark() -> None:
    rows = [["systemnavn", "funksjon"], ["Alfa", HEALTH, "husk"], ["Beta", HEALTH]]
    delivery = parse_one(workbook_bytes({"Systemer": rows}), "fil.xlsx")
    assert aside(delivery) == []
    assert [f.rule for f in delivery.findings] == ["column_without_header"]


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (("respondent_id;rolle;PU1;PO1", "1;;1;2", "2;a;b;1;2", "3;;1;2"), 3),
        (("respondent_id;spørsmål;svar", "1;PU1;2", "1;PO1;3;4", "2;PU1;3", "2;PO1;1"), 3),
        (("prosessnavn;eierskap;systemer", "Byggesak;ingen;Alfa;Beta", "Barnehage;ingen;"), 2),
        (("systemnavn;Person;Eiendom", "Alfa;CR;x", "Beta;C;R;U", "Gamma;C;R"), 3),
        (("funksjon;systemer;komplett", f"{HEALTH};Alfa;Beta;ja", "Sak og arkiv;har ikke;ja"), 2),
        (("systemnavn;funksjon;dataobjekter", f"Alfa;{HEALTH};Person;Eiendom"), 2),
    ],
)
def test_in_every_kind_of_table(lines: tuple[str, ...], row: int) -> None:
    delivery = read(*lines)
    assert aside(delivery) == [row]
    for frame in delivery.datasets.values():
        own = frame.filter(row_number=row)
        raws = [name for name in own.columns if name.endswith("__raw") or name in ("answer", "operations")]
        assert all(text is None for line in own.select(raws).rows() for text in line)


def test_a_row_of_many_municipalities_stays_its_own_municipalitys() -> None:
    lines = ["kommunenummer;PU1;PO1", "9901;1;2", "9902;1;2;3", "9903;3;3"]
    deliveries = parse("\n".join(lines).encode(), "fil.csv", municipality="felles")
    assert {d.collection_mode for d in deliveries} == {"official"}
    assert [(d.municipality_number, aside(d)) for d in deliveries] == [
        ("9901", []),
        ("9902", [3]),
        ("9903", []),
    ]
    # Where the field with the municipality is itself moved, the row goes where the one above it goes.
    lines = ["navn;kommunenummer;PU1", "a;9901;1", "b;c;9902;1", "d;9902;2"]
    deliveries = parse("\n".join(lines).encode(), "fil.csv", municipality="felles")
    assert [(d.municipality_number, aside(d)) for d in deliveries] == [("9901", [3]), ("9902", [])]
