"""dbt on an empty build file: every unit test passes, contracts and comments hold, guards can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.integration.dbt_support import ROOT, Build, create_build, insert, insert_csv

REFERENCE = ROOT / "data" / "seeds" / "reference"
# What a build needs beside deliveries.
PACK = (
    "threshold",
    "scale",
    "indicator",
    "composite_part",
    "instrument_item",
    "size_class",
    "process",
    "function",
    "data_object",
)


def with_pack(folder: Path) -> Build:
    """A build file with the reference pack's small tables and one fictional participant."""
    build = create_build(folder)
    with duckdb.connect(str(build.file)) as connection:
        for table in PACK:
            insert_csv(connection, f"reference.{table}", REFERENCE / f"{table}.csv")
        insert(
            connection,
            "reference.period",
            "period instrument_id reference_date year",
            [("2026", "prosess-2026", "2026-12-31", 2026)],
        )
        insert(
            connection,
            "reference.municipality",
            "municipality_number name is_fictional",
            [("9901", "Oppdiktet", True)],
        )
        insert(connection, "reference.participant", "municipality_number period", [("9901", "2026")])
        insert(connection, "reference.t_quantile", "df t_975", [(4, 2.776445105198)])
    return build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The project built with all its data tests and unit tests."""
    build = with_pack(tmp_path_factory.mktemp("dbt"))
    outcome = build.dbt("build")
    assert outcome.status == 0, outcome.said
    assert "unit tests" in outcome.said, "the unit tests did not run"
    return build


def test_every_published_column_has_its_comment(built: Build) -> None:
    without = built.rows(
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'main' and not internal and coalesce(comment, '') = ''"
    )
    tables = built.rows("select comment from duckdb_tables() where schema_name = 'main'")
    assert without == []
    assert len(tables) >= 11
    assert all(comment for (comment,) in tables)


def test_a_participant_that_sends_nothing_has_every_indicator(built: Build) -> None:
    # What concerns all owners together is no value of a municipality.
    indicators = built.rows("select count(*) from reference.indicator where family <> 'SBO'")[0][0]
    found = built.rows(
        "select status, boundary, count(*), count(value) from main.fct_indicator_value group by all"
    )
    assert sorted(found) == [
        ("not_delivered", "current", indicators, 0),
        ("not_delivered", "delivered", indicators, 0),
    ]


def failures(built: Build, folder: Path, change: str, test: str) -> int:
    """How many rows the data test finds in a copy of the build file after a change."""
    compiled = next((built.folder / "target" / "compiled").rglob(f"{test}.sql"))
    copy = folder / built.file.name
    shutil.copyfile(built.file, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(change)
        return len(connection.execute(compiled.read_text(encoding="utf-8")).fetchall())


FACTS = "main.fct_indicator_value"


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (f"delete from {FACTS} where indicator_id = 'PRO_X'", "assert_rows_equal_index"),
        (
            f"insert into {FACTS} select * replace ('MORE' as indicator_id) from {FACTS} limit 1",
            "assert_rows_equal_index",
        ),
        (f"update {FACTS} set status = 'ok'", "assert_values_are_possible"),
        (f"update {FACTS} set value = 3", "assert_values_are_possible"),
        (f"update {FACTS} set status = 'ok', value = 101", "assert_values_are_possible"),
        (
            f"update {FACTS} set status = 'insufficient_coverage', lower_bound = 60, upper_bound = 40",
            "assert_values_are_possible",
        ),
        (f"update {FACTS} set lower_bound = 0, upper_bound = 1", "assert_values_are_possible"),
        (
            "delete from reference.threshold where threshold_id = 'min_coverage_percent'",
            "unique_key_stg_reference__threshold",
        ),
        (
            "insert into reference.participant select * from reference.participant",
            "unique_key_stg_reference__participant",
        ),
    ],
)
def test_the_data_tests_can_fail(built: Build, tmp_path: Path, change: str, test: str) -> None:
    assert failures(built, tmp_path, "select 1", test) == 0
    assert failures(built, tmp_path, change, test) > 0


def test_a_contract_refuses_a_status_that_nobody_knows(built: Build, tmp_path: Path) -> None:
    with pytest.raises(duckdb.ConstraintException):
        failures(built, tmp_path, f"update {FACTS} set status = 'fine'", "assert_rows_equal_index")
