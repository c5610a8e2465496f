"""San Francisco's real inventory all the way: mapping and pack in, marts out, and no code for it.

The file lies beside the checkout and is no part of it; without it these tests are skipped.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter

import duckdb
import pytest

from tests.support import REAL_DATA, SAN_FRANCISCO, current, environment, kommunebench, pack_folders

SOURCE = REAL_DATA / "san_francisco_systems.csv"

pytestmark = pytest.mark.skipif(
    not SOURCE.is_file(), reason="the real files are not beside the checkout (../shared/realdata)"
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    place = tmp_path_factory.mktemp("sf")
    inbox = place / "inbox" / "2026" / "06075"
    inbox.mkdir(parents=True)
    shutil.copyfile(SOURCE, inbox / SOURCE.name)
    shutil.copyfile(SAN_FRANCISCO / "mapping.yml", inbox / "mapping.yml")
    env = environment(place / "home", pack_folders(SAN_FRANCISCO, place / "method"))
    kommunebench("run", "--inbox", place / "inbox", env=env)
    return duckdb.connect(str(current(place / "home") / "member" / "benchmark.duckdb"), read_only=True)


def repeated_ids() -> dict[str, list[int]]:
    with SOURCE.open(encoding="utf-8-sig", newline="") as file:
        ids = [record["ID"] for record in csv.DictReader(file)]
    counts = Counter(ids)
    return {i: [row for row, other in enumerate(ids, 2) if other == i] for i in counts if counts[i] > 1}


def test_every_row_is_accounted_for(published: duckdb.DuckDBPyConnection) -> None:
    sql = "select status, rows_received, rows_accepted, rows_quarantined from delivery"
    ((status, received, accepted, quarantined),) = published.execute(sql).fetchall()
    assert status == "partly_accepted"
    assert received == 463 == accepted + quarantined
    assert accepted >= 440


def test_the_four_rows_of_the_two_repeated_ids_are_quarantined_and_named(
    published: duckdb.DuckDBPyConnection,
) -> None:
    sql = "select row_number, value from delivery_finding where severity = 'quarantine' order by row_number"
    found = published.execute(sql).fetchall()
    expected = repeated_ids()
    assert len(expected) == 2
    rows = sorted((row, i) for i, numbers in expected.items() for row in numbers)
    assert len(rows) == 4
    assert sorted(set(found)) == rows


def test_functions_and_objects_reach_the_marts(published: duckdb.DuckDBPyConnection) -> None:
    count = "select count(distinct function_id) from fct_joint_procurement"
    assert published.execute(count).fetchall()[0][0] >= 20
    count = "select count(distinct data_object_id) from fct_duplicate_object where n_systems > 0"
    assert published.execute(count).fetchall()[0][0] >= 15
