"""What the SBO delivers for its owners, united by the gate with what they deliver themselves."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from pipelines.gate.gate import GateResult, run_gate
from pipelines.ingest.model import ParsedDelivery
from pipelines.storage import ledger
from pipelines.storage.archive import Arrival
from pipelines.storage.build import lake_table
from pipelines.storage.lake import conform, dataset_columns, meta_of
from tests.unit.test_ingest_support import HEALTH, PERIOD, Rows, pack, parse, parse_one, workbook_bytes

SYSTEMS = ["system_id", "systemnavn", "funksjon", "livsløp", "årlig_kostnad", "dataobjekter"]
FUNCTIONS = ["funksjon", "systemer", "komplett"]
OBJECTS = ["systemnavn", "dataobjekt", "operasjoner"]
OWN: dict[str, Rows] = {
    "Systemer": [
        SYSTEMS,
        ["1", "Acos WebSak", HEALTH, "i bruk", 10, ""],
        ["2", "Eget", HEALTH, "i bruk", 20, ""],
    ],
    "Funksjoner": [FUNCTIONS, [HEALTH, "Felles X; Eget; F-9", "ja"]],
    "Dataobjekter": [OBJECTS, ["Felles X", "Person", "ingen"], ["Eget", "Person", "C"]],
    "Fellesløsninger": [["løsning", "i_bruk"], ["Altinn", "nei"]],
}
SHARED: dict[str, Rows] = {
    "Systemer": [
        SYSTEMS,
        ["F-8", "Felles X", HEALTH, "i bruk", 1000, "Person"],
        ["F-9", "acos  websak", HEALTH, "i bruk", 2000, "Bygning"],
        ["2", "Noe annet", HEALTH, "i bruk", "", ""],
    ],
    "Funksjoner": [FUNCTIONS, [HEALTH, "Felles X", "ja"]],
    "Dataobjekter": [OBJECTS, ["Felles X", "Person", "CRUD"], ["F-9", "Person", "R"]],
    "Fellesløsninger": [["løsning", "i_bruk"], ["Altinn", "ja"]],
}


class Judged:
    """The gate's result on the files that came one after the other, of one municipality."""

    def __init__(self, files: Sequence[tuple[str, list[ParsedDelivery]]], number: str = "9901") -> None:
        parsed = {d.delivery_id: d for _, found in files for d in found}
        arrivals = [
            Arrival(n, n, "", f"{n}.xlsx", f"{n}.xlsx", PERIOD, folder, str(n), None)
            for n, (folder, _) in enumerate(files, 1)
        ]
        of = {n: [d.delivery_id for d in found] for n, (_, found) in enumerate(files, 1)}
        metas = {name: meta_of(delivery) for name, delivery in parsed.items()}
        self.frames = {
            dataset: pl.concat(
                [
                    pl.DataFrame(schema=columns),
                    *(
                        conform(d.datasets[dataset], dataset)
                        for d in parsed.values()
                        if dataset in d.datasets
                    ),
                ],
                how="diagonal",
            )
            for dataset, columns in dataset_columns().items()
        }
        known = ledger.derive(arrivals, of, metas)
        self.gate: GateResult = run_gate(self.frames, metas, known.counting, pack())
        self.number = number

    def table(self, dataset: str) -> pl.DataFrame:
        """What the models get of the municipality."""
        table = lake_table(dataset, self.frames[dataset], self.gate.beside[dataset])
        return table.filter(pl.col("municipality_number") == self.number)

    def rules(self, delivery: ParsedDelivery) -> list[tuple[str, str | None, int | None, str | None]]:
        found = self.gate.findings.filter(pl.col("delivery_id") == delivery.delivery_id)
        return sorted(
            found.select("rule", "sheet", "row_number", "column_name").rows(), key=lambda r: list(map(str, r))
        )


@pytest.fixture(scope="module")
def own() -> ParsedDelivery:
    return parse_one(workbook_bytes(OWN), "own.xlsx")


@pytest.fixture(scope="module")
def shared() -> list[ParsedDelivery]:
    return parse(workbook_bytes(SHARED), "felles.xlsx", municipality="felles")


@pytest.fixture(scope="module")
def both(own: ParsedDelivery, shared: list[ParsedDelivery]) -> Judged:
    return Judged([("9901", [own]), ("felles", shared)])


def test_a_system_in_both_is_the_municipalitys_own(both: Judged) -> None:
    systems = both.table("system").sort("system_key")
    assert systems.select("system_key", "system_name").rows() == [
        ("1", "Acos WebSak"),
        ("2", "Eget"),
        ("f-8", "Felles X"),
    ]
    assert not systems["is_quarantined"].any()


def test_references_lead_to_shared_systems_and_through_their_names_to_own_ones(both: Judged) -> None:
    (function,) = both.table("function_answer").rows(named=True)
    assert function["system_keys"] == ["1", "2", "f-8"]
    cells = both.table("system_data_object").select("system_key", "data_object_name", "operations")
    assert sorted(cells.rows()) == [("1", "Person", "R"), ("2", "Person", "C"), ("f-8", "Person", "none")]
    assert both.table("shared_service")["is_used"].to_list() == [False]


def test_nothing_of_the_own_delivery_changes_and_every_row_is_accounted_for(
    both: Judged, own: ParsedDelivery, shared: list[ParsedDelivery]
) -> None:
    assert both.rules(own) == []
    counts = {row["delivery_id"]: row for row in both.gate.rows.rows(named=True)}
    for delivery in (own, *shared):
        row = counts[delivery.delivery_id]
        assert row["rows_accepted"] == row["rows_received"] == delivery.rows_received
    assert both.gate.quarantined.is_empty()


def test_the_sender_is_told_which_rows_did_not_count(both: Judged, shared: list[ParsedDelivery]) -> None:
    mine, other = (next(d for d in shared if d.municipality_number == n) for n in ("9901", "9902"))
    assert both.rules(mine) == [
        ("own_row_counts", "Dataobjekter", 2, "dataobjekt"),
        ("own_row_counts", "Fellesløsninger", 2, "løsning"),
        ("own_row_counts", "Funksjoner", 2, "funksjon"),
        ("own_row_counts", "Systemer", 2, "dataobjekter"),
        ("own_row_counts", "Systemer", 3, "dataobjekter"),
        ("own_row_counts", "Systemer", 3, "systemnavn"),
        ("own_row_counts", "Systemer", 4, "systemnavn"),
        ("shared_amount", "Systemer", None, "årlig_kostnad"),
    ]
    assert both.rules(other) == [("shared_amount", "Systemer", None, "årlig_kostnad")]


def test_costs_of_all_owners_together_are_no_municipalitys(both: Judged) -> None:
    costs = dict(both.table("system").select("system_key", "annual_cost").iter_rows())
    assert {key: None if cost is None else float(cost) for key, cost in costs.items()} == {
        "1": 10.0,
        "2": 20.0,
        "f-8": None,
    }


def test_an_owner_without_a_list_of_its_own_has_the_shared_one(
    own: ParsedDelivery, shared: list[ParsedDelivery]
) -> None:
    alone = Judged([("9901", [own]), ("felles", shared)], number="9902")
    assert alone.table("system")["system_key"].sort().to_list() == ["2", "f-8", "f-9"]
    (function,) = alone.table("function_answer").rows(named=True)
    assert function["system_keys"] == ["f-8"]
    assert alone.table("system_data_object").height == 4


def test_a_fault_in_the_shared_file_leaves_the_own_rows_alone(own: ParsedDelivery) -> None:
    broken = {**SHARED, "Systemer": [SYSTEMS, ["F-7", "", HEALTH, "i bruk", "", ""]]}
    alone = {name: rows for name, rows in OWN.items() if name == "Systemer"}
    mine = parse_one(workbook_bytes(alone), "own.xlsx")
    judged = Judged(
        [("9901", [mine]), ("felles", parse(workbook_bytes(broken), "f.xlsx", municipality="felles"))]
    )
    assert judged.rules(mine) == []
    assert judged.table("system").filter(~pl.col("is_quarantined"))["system_key"].sort().to_list() == [
        "1",
        "2",
    ]
