"""dbt on an empty build file: every unit test passes, contracts and comments hold, guards can fail."""

from __future__ import annotations

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
    indicators = built.rows("select count(*) from reference.indicator")[0][0]
    found = built.rows(
        "select status, boundary, count(*), count(value) from main.fct_indicator_value group by all"
    )
    assert sorted(found) == [
        ("not_delivered", "current", indicators, 0),
        ("not_delivered", "delivered", indicators, 0),
    ]


def test_the_tables_that_are_not_built_yet_are_there_and_empty(built: Build) -> None:
    for table in (
        "fct_answer_distribution",
        "fct_duplicate_object",
        "fct_once_only_gap",
        "fct_joint_procurement",
    ):
        assert built.rows(f"select count(*) from main.{table}") == [(0,)]


def test_a_missing_threshold_stops_the_build(tmp_path: Path) -> None:
    build = with_pack(tmp_path)
    with duckdb.connect(str(build.file)) as connection:
        connection.execute("delete from reference.threshold where threshold_id = 'min_coverage_percent'")
    outcome = build.dbt(
        "build", "--select", "stg_reference__threshold", "--exclude-resource-type", "unit_test"
    )
    assert outcome.status == 1
    assert "unique_key_stg_reference__threshold" in outcome.said


@pytest.mark.parametrize(
    ("change", "test"),
    [
        ("delete from main.fct_indicator_value where indicator_id = 'PRO_X'", "assert_rows_equal_index"),
        (
            "insert into main.fct_indicator_value by name "
            "select * replace ('DUP_MANY' as indicator_id) from main.fct_indicator_value limit 1",
            "assert_rows_equal_index",
        ),
        ("update main.fct_indicator_value set status = 'ok'", "assert_values_are_possible"),
        ("update main.fct_indicator_value set value = 3", "assert_values_are_possible"),
        (
            "update main.fct_indicator_value set status = 'ok', value = 101 where indicator_id = 'PRO_X'",
            "assert_values_are_possible",
        ),
        (
            "update main.fct_indicator_value set status = 'insufficient_coverage', "
            "lower_bound = 60, upper_bound = 40 where indicator_id = 'PRO_X'",
            "assert_values_are_possible",
        ),
    ],
)
def test_the_singular_tests_can_fail(built: Build, tmp_path: Path, change: str, test: str) -> None:
    broken = Build(tmp_path)
    broken.file.write_bytes(built.file.read_bytes())
    with duckdb.connect(str(broken.file)) as connection:
        connection.execute(change)
    outcome = broken.dbt("test", "--select", test)
    assert outcome.status == 1, outcome.said
    assert "FAIL" in outcome.said
