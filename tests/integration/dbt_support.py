"""Running the dbt project in tests: a build file with the sources' tables, and dbt in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "dbt_project"
DBT = Path(sys.executable).with_name("dbt")


@dataclass(frozen=True)
class Outcome:
    """How a run of dbt ended: its exit status and everything it said."""

    status: int
    said: str


@dataclass(frozen=True)
class Build:
    """A build file of its own, and the folder in which dbt may write."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "build.duckdb"

    def dbt(self, *arguments: str) -> Outcome:
        """Run dbt on the build file; no connection to it may be open."""
        environment = {
            **os.environ,
            "KOMMUNEBENCH_BUILD_FILE": str(self.file),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
        }
        places = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        command = [str(DBT), "--no-use-colors", *arguments, *places]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return Outcome(done.returncode, done.stdout + done.stderr)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def source_tables() -> Iterator[tuple[str, str, list[dict[str, str]]]]:
    """Schema, table and columns (name, data_type, description) of every source that dbt declares."""
    for path in sorted((PROJECT / "models").rglob("*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                yield source["schema"], table["name"], table["columns"]


def create_build(folder: Path) -> Build:
    """A build file with every source table, typed and empty."""
    build = Build(folder)
    with duckdb.connect(str(build.file)) as connection:
        for schema, table, columns in source_tables():
            typed = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in columns)
            connection.execute(f'create schema if not exists "{schema}"')
            connection.execute(f'create table "{schema}"."{table}" ({typed})')
    return build


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows of the named columns (separated by blanks); the others stay null."""
    names = columns.split()
    if rows:
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", rows)


def insert_csv(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Insert a file of the reference pack: every column as text, cast to the table's type."""
    connection.execute(
        f"insert into {table} by name "
        f"select * from read_csv('{path}', header = true, all_varchar = true, nullstr = '')"
    )


def create_models(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Empty tables of models as they are declared, for tests that give them rows of their own."""
    schemas = {"staging": "staging", "intermediate": "intermediate", "marts": "main"}
    wanted = set(names)
    for path in sorted((PROJECT / "models").rglob("*__models.yml")):
        schema = schemas[path.relative_to(PROJECT / "models").parts[0]]
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            if model["name"] in wanted:
                wanted.remove(model["name"])
                typed = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
                connection.execute(f'create schema if not exists "{schema}"')
                connection.execute(f'create or replace table "{schema}"."{model["name"]}" ({typed})')
    assert not wanted, f"no model is declared as {sorted(wanted)}"
