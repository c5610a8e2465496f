"""The build file of the last run, for reading: only when dbt built and tested all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.orchestration import build_note
from pipelines.settings import Settings

Row = dict[str, Any]


class AnalysisError(ValueError):
    """A question cannot be answered; the message says why and what to do."""


def tested_build(settings: Settings) -> Path:
    """The build file. Raises AnalysisError where no run has built and tested one."""
    note = build_note.read(settings)
    if note is None or not note.is_tested or not settings.build_file.exists():
        raise AnalysisError(
            f"{settings.build_file} does not hold a build that passed its tests; kommunebench run makes one"
        )
    return settings.build_file


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a build file that nobody writes: the caller holds its writer's lock."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(path), read_only=True, config=config)
    try:
        yield connection
    finally:
        connection.close()


def rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
    """The rows of a query as dictionaries, in the query's order."""
    result = connection.execute(sql, list(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
