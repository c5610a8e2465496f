"""Both editions of rows made by hand, with rules switched off where a test asks for it."""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.disclosure import editions
from pipelines.disclosure.rules import Rules
from tests.synthetic_build import Rows, fill_build


class Told:
    """What both editions tell of some rows, asked by SQL.

    change: SQL on the build before publication; off: names of rules that are switched off.
    """

    def __init__(self, rows: Rows, *off: str, change: str = "", **thresholds: int) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as build")
        self.connection.execute("use build")
        fill_build(self.connection, rows, more_thresholds=thresholds)
        self.connection.execute(change)
        self.connection.execute("use memory")
        self.made = editions.make_editions(self.connection, Rules(frozenset(off)))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a statement."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def column(self, sql: str) -> list[Any]:
        """The first column of a statement."""
        return [row[0] for row in self.connection.execute(sql).fetchall()]
