"""What the pages say of findings, positions and targets, on rows made here; no browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from app import findings
from app.findings import ALONE, Words
from app.standing import conclusion, target_state

NAMES = {
    "register": {"population_register": "Folkeregisteret", "cadastre": "Matrikkelen"},
    "data_object": {"person": "Person", "case": "Sak"},
    "focus_area": {"a": "Arkiv", "b": "Bygg", "c": "Omsorg"},
}
NB = Words("nb", NAMES)


def duplicate(register: str | None, n_masters: int, n_maintaining: int = 2) -> dict[str, object]:
    """The row that the page shows of one object in two systems."""
    objects = pl.DataFrame(
        {
            "data_object_id": ["person"],
            "n_systems": [2],
            "n_maintaining": [n_maintaining],
            "n_masters": [n_masters],
            "master_register": [register],
            "systems": ["One; Other"],
        },
        schema_overrides={"master_register": pl.String},
    )
    (row,) = findings.duplicates(objects, NB)
    return row


def test_a_national_register_is_the_master_by_its_name() -> None:
    row = duplicate("population_register", 0)
    assert row["Master"] == "Folkeregisteret"
    assert row["Gjør dette"] == "Les fra registeret, og slutt å vedlikeholde kopier."


@pytest.mark.parametrize("n_masters", [1, 2])
def test_local_marks_beside_a_register_are_to_be_taken_away(n_masters: int) -> None:
    row = duplicate("population_register", n_masters)
    assert row["Master"] == f"Folkeregisteret, men {n_masters} av egne systemer er også merket"
    assert "ta bort merket" in str(row["Gjør dette"])
    assert "Utpek" not in str(row["Gjør dette"])


@pytest.mark.parametrize(
    ("n_masters", "n_maintaining", "master", "advice"),
    [
        (0, 2, "ingen", "Utpek ett"),
        (1, 2, "ett eget system", "Slutt å vedlikeholde"),
        (1, 1, "ett eget system", "Ingenting"),
        (3, 3, "3 egne systemer", "Velg ett av de merkede"),
    ],
)
def test_without_a_register_a_local_system_is_the_master(
    n_masters: int, n_maintaining: int, master: str, advice: str
) -> None:
    row = duplicate(None, n_masters, n_maintaining)
    assert row["Master"] == master
    assert str(row["Gjør dette"]).startswith(advice)


def test_teachers_who_are_sure_stand_apart_from_those_who_only_seem_so() -> None:
    teachers = pl.DataFrame(
        {
            "indicator_id": ["X", "X", "Y"],
            "collection_mode": ["register"] * 3,
            "own_value": [10.0, 10.0, 20.0],
            "teacher_name": ["Sikkert", "Kanskje", "Kanskje"],
            "teacher_value": [50.0, 30.0, 40.0],
            "has_reached_target": [True, False, None],
            "is_sure": [True, False, False],
        }
    )
    catalogue = pl.DataFrame(
        {"indicator_id": ["Y", "X"], "name_nb": ["Ypsilon", "Eks"], "unit": ["percent"] * 2}
    )
    assert findings.learn_from(teachers, catalogue, NB) == [
        {"Indikator": "Ypsilon", "Egen verdi": "20", "Sikkert bedre": "–", "Ser bedre ut": "Kanskje: 40"},
        {
            "Indikator": "Eks",
            "Egen verdi": "10",
            "Sikkert bedre": "Sikkert: 50 (målet nådd)",
            "Ser bedre ut": "Kanskje: 30",
        },
    ]


def test_the_worklist_sums_per_register_and_puts_the_unknown_last_and_marked() -> None:
    gaps = pl.DataFrame(
        {
            "register": ["school", "cadastre", "cadastre", "population_register", "school"],
            "volume_per_year": [None, 1500, None, 1600, None],
        },
        schema_overrides={"volume_per_year": pl.Int64},
    )
    rows = findings.once_only_registers(gaps, NB)
    assert [list(row.values()) for row in rows] == [
        ["Folkeregisteret", 1, "1\u00a0600", 0],
        ["Matrikkelen", 2, "minst 1\u00a0500", 1],
        ["school", 2, "ukjent", 2],
    ]


def silos() -> pl.DataFrame:
    """Three areas: a and b share four objects without an exchange, a and c one with."""
    rows = [
        ("a", "a", 9, 2), ("a", "b", 4, 0), ("a", "c", 1, 1),
        ("b", "b", 7, 0), ("b", "c", 5, 0), ("c", "c", 8, 0),
    ]  # fmt: skip
    columns = ["focus_area_a", "focus_area_b", "n_objects", "n_exchanges"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(n_systems=0, n_processes=0)


def test_a_pair_of_areas_stands_once_and_an_area_beside_itself_apart() -> None:
    assert [list(row.values()) for row in findings.silo_matrix(silos(), "n_objects", NB)] == [
        ["Arkiv", "9", f"4 {ALONE}", "1"],
        ["Bygg", "7", "", f"5 {ALONE}"],
        ["Omsorg", "8", "", ""],
    ]
    pairs = findings.silo_pairs(silos(), NB)
    assert [row["Deler med"] for row in pairs[:3]] == ["Bygg", "Omsorg", "Omsorg"]
    assert {row["Deler med"] for row in pairs[3:]} == {"I området selv"}


def test_areas_to_begin_with_share_data_without_an_exchange() -> None:
    worst = findings.silo_worst(silos(), NB)
    assert [(row["Satsingsområde"], row["Deler med"]) for row in worst] == [
        ("Bygg", "Omsorg"),
        ("Arkiv", "Bygg"),
    ]


def measured(
    better: str, value: float, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """A row with a value and what unanswered questions leave open."""
    return {"better": better, "status": "ok", "value": value, "lower_bound": low, "upper_bound": high}


@pytest.mark.parametrize(
    ("row", "target", "state"),
    [
        (measured("up", 75.0), 75.0, "reached"),
        (measured("up", 74.9), 75.0, "missed"),
        (measured("up", 80.0, 70.0, 90.0), 75.0, "open"),
        (measured("up", 50.0, 40.0, 60.0), 75.0, "missed"),
        (measured("down", 0.0), 0.0, "reached"),
        (measured("down", 1.0, 0.0, 3.0), 0.0, "open"),
        (measured("down", 5.0, 2.0, 8.0), 0.0, "missed"),
        (measured("near_zero", -10.0), 0.0, "missed"),
        (measured("near_zero", 1.0, -1.0, 3.0), 0.0, "open"),
        (measured("near_zero", 0.0), 0.0, "reached"),
        (measured("up", 75.0), None, None),
        ({**measured("up", 0.0), "status": "not_delivered", "value": None}, 75.0, "open"),
    ],
)
def test_a_target_is_reached_missed_or_unknown(
    row: dict[str, Any], target: float | None, state: str | None
) -> None:
    assert target_state(row, target) == state


@pytest.mark.parametrize(
    ("side", "is_favourable", "said"),
    [
        ("above", False, "Over midten: svakere"),
        ("above", True, "Over midten: bedre"),
        ("above", None, "Over midten"),
        ("across", None, "Kan ikke skilles fra midten"),
    ],
)
def test_a_conclusion_says_whether_its_side_is_the_better_one(
    side: str, is_favourable: bool | None, said: str
) -> None:
    position = {"conclusion": side, "is_favourable": is_favourable, "is_conclusion_stable": None}
    assert conclusion(position, "nb", with_stability=False) == said


def test_a_day_that_nobody_knows_is_unknown() -> None:
    assert NB.date(date(2026, 1, 2)) == "02.01.2026"
    assert NB.date(None) == "ukjent"
