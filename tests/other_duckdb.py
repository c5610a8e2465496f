"""Other DuckDB versions than ours, each in an environment of its own that is kept in pytest's cache folder.

Where one cannot be installed the test fails: a promise that was not looked at is not kept.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

LOCKS = Path(__file__).parent / "fixtures" / "duckdb"
VERSIONS = ("1.2", "1.4", "1.5", "2.0")
OPTIONS = (
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
)

# Everything a file holds, as JSON: opened by itself, and attached under another name beside tables that are
# called as its own. Runs in every version alike: standard library and duckdb only.
READER = """
import json, sys
import duckdb

def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else float(value)

path = sys.argv[1]
connection = duckdb.connect(path, read_only=True)
tables = [name for (name,) in connection.execute(
    "select table_name from duckdb_tables() where schema_name = 'main' order by 1").fetchall()]
views = [name for (name,) in connection.execute(
    "select view_name from duckdb_views() where not internal order by 1").fetchall()]

def answer(connection, view):
    cursor = connection.execute(f"select * from {view}")
    return {"columns": [column[0] for column in cursor.description], "rows": cursor.fetchall()}

found = {
    "version": duckdb.__version__,
    "rows": {name: sorted(map(repr, connection.execute(f"select * from {name}").fetchall()))
             for name in tables},
    "answers": {view: answer(connection, view) for view in views},
    "table_comments": connection.execute(
        "select table_name, comment from duckdb_tables() where not internal order by all").fetchall(),
    "view_comments": connection.execute(
        "select view_name, comment from duckdb_views() where not internal order by all").fetchall(),
    "column_comments": connection.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() where not internal "
        "order by all").fetchall(),
    "keys": connection.execute(
        "select table_name, constraint_column_names from duckdb_constraints() "
        "where constraint_type = 'PRIMARY KEY' order by all").fetchall(),
}
connection.close()
connection = duckdb.connect()
for name in tables:
    connection.execute(f"create table {name} (nothing integer)")
connection.execute(f"attach '{path}' as under_another_name (read_only)")
found["attached"] = {view: answer(connection, "under_another_name." + view) for view in views}
print(json.dumps(found, default=plain))
"""


def python_with(version: str, cache: pytest.Cache) -> Path:
    """The interpreter of an environment with the locked DuckDB, made again when the lock changes."""
    lock = LOCKS / f"{version}.lock"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache.mkdir(f"duckdb-{version}") / digest
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, clear=True, with_pip=True)
        done = subprocess.run(
            [python, "-m", "pip", "install", *OPTIONS, "-r", lock],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"DuckDB {version} cannot be installed:\n{done.stdout}\n{done.stderr}"
        (folder / "complete").touch()
    return python


def read_with(python: Path | str, database: Path) -> dict[str, Any]:
    """What READER finds in a file."""
    done = subprocess.run([python, "-c", READER, database], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
