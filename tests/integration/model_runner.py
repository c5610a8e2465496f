"""The models' own SQL, compiled once by dbt and run in memory: fast enough to try many small worlds.

What dbt adds when it runs a model (contracts, comments) is left out; what is computed is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from tests.integration.dbt_support import create_build, source_tables

DATABASE = "build"


@dataclass(frozen=True)
class Model:
    """One model: where it stands and the SQL that dbt made of it."""

    schema: str
    name: str
    sql: str
    kind: str  # table or view


@dataclass(frozen=True)
class Models:
    """All models in an order in which they can be run."""

    ordered: tuple[Model, ...]
    # The project's own tests (assert_…) by name: SQL that finds faults.
    tests: dict[str, str]

    @contextmanager
    def world(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database in memory with every source table, typed and empty."""
        connection = duckdb.connect(config={"threads": 1})
        try:
            connection.execute(f"attach ':memory:' as {DATABASE}")
            connection.execute(f"use {DATABASE}")
            for schema, table, columns in source_tables():
                typed = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in columns)
                connection.execute(f'create schema if not exists "{schema}"')
                connection.execute(f'create table "{schema}"."{table}" ({typed})')
            yield connection
        finally:
            connection.close()

    def run(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Compute every model from what stands in the source tables; safe to call again."""
        for model in self.ordered:
            connection.execute(f'create schema if not exists "{model.schema}"')
            connection.execute(
                f'create or replace {model.kind} "{model.schema}"."{model.name}" as {model.sql}'
            )


def compile_models(folder: Path) -> Models:
    """Let dbt compile the project in a folder of its own. Fails with what dbt said."""
    build = create_build(folder)
    compiled = build.dbt("compile")
    assert compiled.status == 0, compiled.said
    manifest: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text("utf-8"))
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    graph = {
        key: [one for one in node["depends_on"]["nodes"] if one in models] for key, node in models.items()
    }
    order = TopologicalSorter(graph).static_order()
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    return Models(
        tuple(
            Model(
                models[k]["schema"],
                models[k]["name"],
                models[k]["compiled_code"],
                # Staging views would be read again by every model after them.
                "view" if models[k]["schema"] == "intermediate" and _is_view(models[k]) else "table",
            )
            for k in order
        ),
        {n["name"]: n["compiled_code"] for n in tests if n["name"].startswith("assert_")},
    )


def _is_view(node: dict[str, Any]) -> bool:
    return bool(node["config"]["materialized"] == "view")


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    return connection.execute(sql).fetchall()
