"""One CSV file per table, as RFC 4180 has it: UTF-8, commas, a header, line feeds, rows in key order.

A cell without a value holds the sign that tells why (see ``pipelines/disclosure/missing.py``), so that
missing, not applicable and suppressed stay apart in a file without types. A text that is itself one of
the signs gets a backslash before it; so does one that already is such a text with backslashes.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.disclosure.edition_table import EditionTable
from pipelines.disclosure.editions import identifier
from pipelines.disclosure.missing import missing_rules, sign_expression

CSV_FOLDER = "csv"
_TEXT = "VARCHAR"
_STAMP = "TIMESTAMP"


class CsvError(Exception):
    """A CSV file does not hold what was to be written."""


def csv_name(table: str) -> str:
    """The file of a table, relative to the edition's folder."""
    return f"{CSV_FOLDER}/{table}.csv"


def write_csv(
    reader: duckdb.DuckDBPyConnection, folder: Path, edition: str, table: EditionTable, rows: int
) -> None:
    """Write one table of the connection's current database. Raises CsvError when rows are lost."""
    path = folder / csv_name(table.name)
    path.parent.mkdir(exist_ok=True)
    cells = ", ".join(
        f"{_cell(table, name, data_type, edition)} as {identifier(name)}"
        for name, data_type, _ in table.columns
    )
    # The key's own order, not that of its text: the table is named, and its columns by it.
    order = ", ".join(f"{table.name}.{identifier(name)}" for name in table.key)
    statement = f"select {cells} from {table.name} order by {order}"  # noqa: S608 our own names
    quoted = str(path).replace("'", "''")
    done = reader.execute(
        f"copy ({statement}) to '{quoted}' "
        "(format csv, header, delimiter ',', quote '\"', escape '\"', nullstr '')"
    ).fetchall()
    if done[0][0] != rows:
        raise CsvError(f"{path} holds {done[0][0]} rows instead of {rows}; nothing was published, run again")


def _cell(table: EditionTable, name: str, data_type: str, edition: str) -> str:
    """SQL for the text of a cell."""
    column = f"{table.name}.{identifier(name)}"
    sign = sign_expression(table.name, name, edition, table.column_names)
    return f"coalesce({_spelled(column, data_type)}, {sign})"


def _spelled(column: str, data_type: str) -> str:
    if data_type == _TEXT:
        return f"regexp_replace({column}, '^(\\\\*({_signs()}))$', '\\\\\\1')"
    if data_type == _STAMP:
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"
    if data_type.endswith("[]"):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"


def _signs() -> str:
    return "|".join(sign.replace(".", "\\.") for sign in missing_rules().signs.values())
