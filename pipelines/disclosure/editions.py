"""The two editions, made from the finished build file in steps, members first.

The statements run on a connection to which the build file is attached as ``build``; they fill the
schemas ``member`` and ``public`` of the connection's own memory. Rounding happens here and nowhere
earlier: ranks, positions and the maturity level rest on the unrounded values of the build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.disclosure.cells import MARKS
from pipelines.disclosure.counts import PUBLIC_ANSWER_DISTRIBUTION, make_public_counts
from pipelines.disclosure.member import (
    MEMBER_ANSWER_DISTRIBUTION,
    MEMBER_BENCHMARK,
    MEMBER_CHANGE,
    MEMBER_INDICATOR_VALUE,
    MEMBER_JOINT_PROCUREMENT,
    MEMBER_LEARN_FROM,
    MEMBER_POSITION,
    MEMBER_RELIABILITY,
)
from pipelines.disclosure.public import PUBLIC_BENCHMARK, PUBLIC_MARKS
from pipelines.disclosure.published import (
    EDITIONS,
    MEMBER,
    PUBLIC,
    BuildFileError,
    Described,
    Table,
    describe_build,
    tables_of,
)
from pipelines.disclosure.rules import THRESHOLDS, Rules, install_rules
from pipelines.disclosure.told_findings import FINDING_MACROS, MEMBER_DELIVERY_FINDING

BUILD = "build"
NO_EXCEPTION = Rules()


@dataclass(frozen=True)
class Withheld:
    """A table that is published empty, since its protection failed; reason: a sentence for the run's log."""

    edition: str
    table: str
    reason: str


@dataclass(frozen=True)
class Editions:
    """The published tables as the build describes them, and those of them that had to be withheld."""

    described: dict[str, Described]
    withheld: tuple[Withheld, ...] = ()


# Tables that are not named here are published as they are, in their declared columns.
MEMBER_SQL: Mapping[str, str] = {
    "fct_indicator_value": MEMBER_INDICATOR_VALUE,
    "fct_benchmark": MEMBER_BENCHMARK,
    "fct_position": MEMBER_POSITION,
    "fct_change": MEMBER_CHANGE,
    "fct_learn_from": MEMBER_LEARN_FROM,
    "fct_answer_distribution": MEMBER_ANSWER_DISTRIBUTION,
    "fct_reliability": MEMBER_RELIABILITY,
    "fct_joint_procurement": MEMBER_JOINT_PROCUREMENT,
    "delivery_finding": MEMBER_DELIVERY_FINDING,
}
PUBLIC_SQL: Mapping[str, str] = {
    "fct_benchmark": PUBLIC_BENCHMARK,
    "fct_answer_distribution": PUBLIC_ANSWER_DISTRIBUTION,
}


def make_editions(connection: duckdb.DuckDBPyConnection, rules: Rules = NO_EXCEPTION) -> Editions:
    """Fill the schemas ``member`` and ``public`` of the connection's memory from the attached build.

    The steps: mark what few have behind it, fill the member tables, then the public ones from them.
    Raises BuildFileError when the build file lacks a table, a column or a threshold.
    """
    described = describe_build(connection, BUILD)
    _check_thresholds(connection)
    for schema in ("disclosure", *EDITIONS):
        connection.execute(f"create schema {schema}")
    install_rules(connection, rules)
    for statement in (*FINDING_MACROS, *MARKS):
        connection.execute(statement)
    _fill_edition(connection, MEMBER, described, MEMBER_SQL)
    for statement in PUBLIC_MARKS:
        connection.execute(statement)
    reason = make_public_counts(connection, rules, _beside_build(connection))
    _fill_edition(connection, PUBLIC, described, PUBLIC_SQL)
    withheld = () if reason is None else (Withheld(PUBLIC, "fct_answer_distribution", reason),)
    return Editions(described, withheld)


def _beside_build(connection: duckdb.DuckDBPyConnection) -> Path | None:
    """The folder of the build file; null for one in memory, as tests have."""
    ((path,),) = connection.execute(
        "select path from duckdb_databases() where database_name = ?", [BUILD]
    ).fetchall()
    return None if path is None else Path(path).parent


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def column_list(columns: tuple[str, ...]) -> str:
    """Column names for a statement, quoted."""
    return ", ".join(map(identifier, columns))


def typed_columns(described: Described) -> str:
    """Column names with the build file's types, for ``create table``."""
    return ", ".join(f"{identifier(column.name)} {column.data_type}" for column in described.columns)


def _fill_edition(
    connection: duckdb.DuckDBPyConnection,
    edition: str,
    described: Mapping[str, Described],
    statements: Mapping[str, str],
) -> None:
    for table in tables_of(edition):
        _fill(connection, edition, described[table.name], statements.get(table.name) or _as_it_is(table))


def _as_it_is(table: Table) -> str:
    return f"select {column_list(table.columns)} from {BUILD}.main.{table.name}"  # noqa: S608 our own names


def _fill(connection: duckdb.DuckDBPyConnection, edition: str, described: Described, select: str) -> None:
    """Create one edition's table with the build file's types, so that nulls keep their type."""
    name = f"{edition}.{described.table.name}"
    connection.execute(f"create table {name} ({typed_columns(described)})")
    connection.execute(f"insert into {name} by name {select}")


def _check_thresholds(connection: duckdb.DuckDBPyConnection) -> None:
    """A threshold that is missing would let everything through: refuse instead."""
    try:
        found = dict(
            connection.execute("select threshold_id, value from build.reference.threshold").fetchall()
        )
    except duckdb.CatalogException as error:
        raise BuildFileError(f"the build file lacks reference.threshold: {error}") from error
    if missing := [name for name in THRESHOLDS if found.get(name) is None]:
        raise BuildFileError(
            f"reference.threshold lacks a value for {', '.join(missing)}; add it to threshold.csv of the pack"
        )
