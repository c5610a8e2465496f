"""The classes of published columns, as the catalogue (the reference pack) gives them.

``open``: for all; ``internal``: for members; ``shielded``: costs, contracts, risk assessments and life cycles
of systems, for members where enough owners stand behind them together, never for one municipality.
"""

from __future__ import annotations

import duckdb

OPEN = "open"
INTERNAL = "internal"
SHIELDED = "shielded"
# A table that has one of these tells of single municipalities.
OF_ONE_OWNER = frozenset({"municipality_number", "delivery_id"})
# Bokmål first; for codebook and manifest.
CLASS_LABELS = {
    OPEN: ("åpen", "open"),
    INTERNAL: ("intern", "internal"),
    SHIELDED: ("skjermet", "shielded"),
}


def read_column_classes(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[tuple[str, str], str]:
    """(table, column) → class, of the attached build file. DuckDB's error when it has none goes on."""
    rows = connection.execute(
        f"select table_name, column_name, column_class from {catalog}.reference.column_class"  # noqa: S608 our own names
    ).fetchall()
    return {(table, column): column_class for table, column, column_class in rows}
