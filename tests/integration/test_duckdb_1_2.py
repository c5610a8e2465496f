"""A release opens in the oldest DuckDB that is promised, with keys and comments, and in ours.

The older DuckDB lives in an environment of its own, made once and kept in pytest's cache folder.
Where it cannot be installed the test fails: a promise that was not looked at is not kept.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.disclosure.published import EDITIONS, tables_of
from pipelines.storage.releases import publish, resolve_current
from tests.synthetic_build import example, settings_of, write_build

LOCK = Path(__file__).parents[1] / "fixtures" / "duckdb-1.2.lock"

OPTIONS = (
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
)

# Runs in the older DuckDB and in ours alike: standard library and duckdb only.
READER = """
import json, sys
import duckdb

connection = duckdb.connect(sys.argv[1], read_only=True)
tables = [name for (name,) in connection.execute(
    "select table_name from duckdb_tables() where schema_name = 'main' order by 1").fetchall()]
print(json.dumps({
    "version": duckdb.__version__,
    "rows": {name: sorted(map(repr, connection.execute(f"select * from {name}").fetchall()))
             for name in tables},
    "table_comments": connection.execute(
        "select table_name, comment from duckdb_tables() where not internal order by all").fetchall(),
    "column_comments": connection.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() where not internal "
        "order by all").fetchall(),
    "keys": connection.execute(
        "select table_name, constraint_column_names from duckdb_constraints() "
        "where constraint_type = 'PRIMARY KEY' order by all").fetchall(),
}))
"""


@pytest.fixture(scope="session")
def older_python(request: pytest.FixtureRequest) -> Path:
    """The interpreter of an environment with the locked older DuckDB, made again when the lock changes."""
    cache = request.config.cache
    assert cache is not None, "run pytest with its cache provider: the older DuckDB is kept there"
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache.mkdir("duckdb-1.2") / digest
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", *OPTIONS, "-r", LOCK],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"the older DuckDB cannot be installed:\n{done.stdout}\n{done.stderr}"
        (folder / "complete").touch()
    return python


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = settings_of(tmp_path_factory.mktemp("opened"))
    write_build(settings.build_file, example())
    publish(settings, "1.0", "p" * 64, ["f" * 64], is_tested=True, now=datetime(2026, 11, 23, tzinfo=UTC))
    return resolve_current(settings)


def read_with(python: Path | str, database: Path) -> dict[str, Any]:
    done = subprocess.run([python, "-c", READER, database], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_older_duckdb_reads_what_ours_reads(release: Path, older_python: Path, edition: str) -> None:
    database = release / edition / "benchmark.duckdb"
    older, ours = read_with(older_python, database), read_with(sys.executable, database)
    assert older.pop("version").startswith("1.2.")
    assert ours.pop("version") == duckdb.__version__
    assert older == ours
    assert set(older["rows"]) == {table.name for table in tables_of(edition)} | {"release"}
    assert older["rows"]["dim_indicator"]
    assert all(comment for *_, comment in older["table_comments"] + older["column_comments"])
    assert len(older["keys"]) == len(older["rows"])


def test_the_newest_format_would_not_open_there(tmp_path: Path, older_python: Path) -> None:
    """The test above can fail: a file without the older format's name is refused."""
    path = tmp_path / "new.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as new (storage_version 'latest')")
        connection.execute("create table new.t (a integer)")
    done = subprocess.run([older_python, "-c", READER, path], capture_output=True, text=True, check=False)
    assert done.returncode != 0
