"""Another country with a 7-point instrument of its own and official answers only: data, no code.

The values are worked out here from the raw file and the pack's CSV files, in plain Python.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import SECOND_COUNTRY, current, environment, kommunebench

PACK = SECOND_COUNTRY / "pack"
POINTS = 7
PERIODS = ("2024-H2", "2025-H1")
DIMENSIONS = ("LEAD", "FLOW", "DATA")


@dataclass(frozen=True)
class Expected:
    """Status and value of one indicator; value None unless ok."""

    status: str
    value: Fraction | None = None


def pack(table: str) -> list[dict[str, str]]:
    with (PACK / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sent(period: str) -> dict[str, dict[str, str]]:
    path = SECOND_COUNTRY / "deliveries" / period / "svar.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row.pop("kommunenummer"): row for row in csv.DictReader(file, delimiter=";")}


LABELS = {row["label_nb"]: int(row["value"]) for row in pack("scale_label") if row["value"]}


def score(row: dict[str, str], dimension: str) -> Expected:
    """The one answer's score of a dimension: valid with two thirds of the items that are relevant."""
    items = [item for item in pack("instrument_item") if item["dimension_id"] == dimension]
    relevant = [item for item in items if row[item["item_id"]] != "ej aktuellt"]
    answers = []
    for item in relevant:
        text = row[item["item_id"]]
        if text in {"", "vet ej"}:
            continue
        answer = LABELS.get(text) or int(text)
        answers.append(POINTS + 1 - answer if item["is_reversed"] == "true" else answer)
    if not relevant or len(answers) < math.ceil(Fraction(2 * len(relevant), 3)):
        return Expected("no_denominator")
    return Expected("ok", 100 * (Fraction(sum(answers), len(answers)) - 1) / (POINTS - 1))


def of_municipality(row: dict[str, str]) -> dict[str, Expected]:
    parts = {dimension: score(row, dimension) for dimension in DIMENSIONS}
    expected = {f"MOD_{dimension}": part for dimension, part in parts.items()}
    required = [parts["LEAD"], parts["FLOW"]]
    if any(part.value is None for part in required):
        return {**expected, "MOD_IDX": Expected("no_denominator"), "MOD_LVL": Expected("no_denominator")}
    values = [part.value for part in required if part.value is not None]
    half = sum(values) / 2
    # One optional part may be missing; then the required parts have all the weight.
    extra = parts["DATA"].value
    index = half if extra is None else (half + extra) / 2
    level = Fraction(min(5, 1 + math.floor(min(values) / 25)))
    return {**expected, "MOD_IDX": Expected("ok", index), "MOD_LVL": Expected("ok", level)}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("second_country") / "home"
    kommunebench("run", "--inbox", SECOND_COUNTRY / "deliveries", env=environment(home, [PACK]))
    path: Path = current(home) / "member" / "benchmark.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def test_every_official_answer_is_accepted(published: duckdb.DuckDBPyConnection) -> None:
    counts = rows(published, "select period, status, sum(rows_received), sum(rows_accepted) from delivery "
                             "group by all order by all")  # fmt: skip
    assert counts == [("2024-H2", "accepted", 20, 20), ("2025-H1", "accepted", 19, 19)]


def test_the_official_values_are_those_of_the_file(published: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "select period, municipality_number, indicator_id, status, value, n, ci_low from fct_indicator_value "
        "where collection_mode = 'official' and boundary = 'delivered' and focus_area = 'all' "
        "and indicator_id like 'MOD%'"
    )
    found = {(row[0], row[1], row[2]): row[3:] for row in rows(published, sql)}
    seen = 0
    for period in PERIODS:
        for number, answers in sent(period).items():
            for indicator, expected in of_municipality(answers).items():
                status, value, n, low = found[period, number, indicator]
                assert status == expected.status, (period, number, indicator)
                assert low is None
                if expected.value is not None:
                    assert value == pytest.approx(float(expected.value), abs=1e-9)
                    assert n == 1
                seen += 1
    assert seen == 39 * 5
    assert {row[0] for row in found.values()} == {"ok", "no_denominator"}


def test_respondents_were_not_asked(published: duckdb.DuckDBPyConnection) -> None:
    sql = "select distinct status from fct_indicator_value where collection_mode = 'respondents'"
    assert rows(published, sql) == [("not_delivered",)]


def test_a_barrier_is_one_of_the_two_upper_points(published: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "select period, municipality_number, status, value from fct_indicator_value "
        "where indicator_id = 'BAR_1' and collection_mode = 'official' and boundary = 'current'"
    )
    for period, number, status, value in rows(published, sql):
        if number not in sent(period):
            assert status == "not_delivered"
            continue
        text = sent(period)[number]["O1"]
        if text in {"", "vet ej", "ej aktuellt"}:
            assert (status, value) == ("no_denominator", None)
        else:
            answer = LABELS.get(text) or int(text)
            assert (status, value) == ("ok", 100.0 if answer >= POINTS - 1 else 0.0)


def test_municipalities_stand_in_the_size_classes_of_their_country(
    published: duckdb.DuckDBPyConnection,
) -> None:
    sql = (
        "select size_class, count(*) from dim_municipality where period = '2025-H1' group by all order by all"
    )
    assert rows(published, sql) == [("city", 7), ("metropolis", 2), ("town", 8), ("village", 3)]


def test_change_is_told_between_half_years(published: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "select count(*) from fct_change where period = '2025-H1' and previous_period = '2024-H2' "
        "and indicator_id = 'MOD_IDX' and collection_mode = 'official' and change is not null"
    )
    both = [
        number
        for number in sent("2025-H1")
        if all(of_municipality(sent(p)[number])["MOD_IDX"].status == "ok" for p in PERIODS)
    ]
    assert rows(published, sql) == [(len(both),)]
