"""A release opens in the oldest DuckDB that is promised, in those after it and in ours, with all it holds."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.disclosure.published import EDITIONS, tables_of
from pipelines.disclosure.questions import questions_for
from pipelines.storage.releases import publish, resolve_current
from tests.other_duckdb import READER, VERSIONS, python_with, read_with
from tests.synthetic_build import example, settings_of, write_build


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = settings_of(tmp_path_factory.mktemp("opened"))
    write_build(settings.build_file, example())
    publish(settings, "1.0", "p" * 64, ["f" * 64], is_tested=True, now=datetime(2026, 11, 23, tzinfo=UTC))
    return resolve_current(settings)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_another_duckdb_reads_what_ours_reads(
    release: Path, version: str, edition: str, pytestconfig: pytest.Config
) -> None:
    assert pytestconfig.cache is not None, "run pytest with its cache provider: DuckDB is kept there"
    database = release / edition / "benchmark.duckdb"
    other, ours = (
        read_with(python_with(version, pytestconfig.cache), database),
        read_with(sys.executable, database),
    )
    assert other.pop("version").startswith(f"{version}.")
    assert ours.pop("version") == duckdb.__version__
    assert other == ours
    tables = {table.name for table in tables_of(edition)}
    assert set(other["rows"]) == tables | {"release"}
    assert other["rows"]["dim_indicator"]
    assert set(other["answers"]) == {question.view for question in questions_for(tables)}
    assert other["answers"]["size_class_means"]["rows"]
    assert other["answers"] == other["attached"]
    for kind in ("table_comments", "view_comments", "column_comments"):
        assert other[kind]
        assert all(comment for *_, comment in other[kind])
    assert len(other["keys"]) == len(other["rows"])


def test_the_newest_format_would_not_open_in_the_oldest(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """The test above can fail: a file without the older format's name is refused."""
    assert pytestconfig.cache is not None
    path = tmp_path / "new.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as new (storage_version 'latest')")
        connection.execute("create table new.t (a integer)")
    python = python_with(VERSIONS[0], pytestconfig.cache)
    done = subprocess.run([python, "-c", READER, path], capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_a_view_that_names_its_catalogue_would_break_under_another_name(tmp_path: Path) -> None:
    """The reader can tell: a view written with the name of the moment is refused."""
    path = tmp_path / "named.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as edition")
        connection.execute("create table edition.t as select 1 as a")
        connection.execute("create view edition.v as select a from edition.t")
    done = subprocess.run([sys.executable, "-c", READER, path], capture_output=True, text=True, check=False)
    assert done.returncode != 0
