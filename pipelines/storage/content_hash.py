"""The content hash: SHA-256 over our own canonical text of tables, never over a file or DuckDB's hash().

A table's text is a head (name, key, columns with their types) and one line per row in key order,
cells separated by tabs. A cell is ``null``, or spelled by its type: text as a JSON string (so null
differs from empty, and no tab or line break is left), doubles as Python's shortest repr with -0.0 as
0.0, decimals with all their digits, dates and stamps as ISO 8601, lists in brackets in their order.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import duckdb

ROWS_AT_ONCE = 50_000
NULL = "null"


class ContentError(ValueError):
    """A value or a type has no canonical text."""


@dataclass(frozen=True)
class TableHash:
    """A table's number of rows and the SHA-256 (hex) of its canonical text."""

    rows: int
    sha256: str


def hash_table(
    connection: duckdb.DuckDBPyConnection, relation: str, name: str, key: Sequence[str]
) -> TableHash:
    """Hash one table of a connection; ``relation`` is how SQL reaches it, ``name`` enters the text.

    ``key`` must be unique: rows are taken in its order, binary, so neither the order of insertion
    nor the number of threads matters. Raises ContentError for NaN, infinities and unknown types.
    """
    order = ", ".join('"' + column.replace('"', '""') + '"' for column in key)
    cursor = connection.execute(f"select * from {relation} order by {order}")  # noqa: S608 our own names
    columns = [(str(column[0]), str(column[1])) for column in cursor.description or ()]
    encoders = [(column, _encoder(data_type, f"{name}.{column}")) for column, data_type in columns]
    digest = hashlib.sha256(_head(name, key, columns).encode())
    rows = 0
    while chunk := cursor.fetchmany(ROWS_AT_ONCE):
        rows += len(chunk)
        cells = [
            _encode(values, encode, f"{name}.{column}")
            for values, (column, encode) in zip(zip(*chunk, strict=True), encoders, strict=True)
        ]
        digest.update("".join("\t".join(row) + "\n" for row in zip(*cells, strict=True)).encode())
    return TableHash(rows, digest.hexdigest())


def content_hash(tables: Mapping[str, TableHash]) -> str:
    """SHA-256 (hex) over all tables, each named ``<edition>.<table>``, in the order of the names."""
    lines = (f"{name}\t{table.rows}\t{table.sha256}\n" for name, table in sorted(tables.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _head(name: str, key: Sequence[str], columns: Iterable[tuple[str, str]]) -> str:
    described = "".join(f"column\t{column}\t{data_type}\n" for column, data_type in columns)
    return f"table\t{name}\nkey\t{','.join(key)}\n{described}"


def _encode(values: Sequence[Any], encode: Callable[[Any], str], place: str) -> list[str]:
    try:
        return [NULL if value is None else encode(value) for value in values]
    except ContentError as error:
        raise ContentError(f"{place}: {error}") from None


def _encoder(data_type: str, place: str) -> Callable[[Any], str]:
    """The spelling of a DuckDB type."""
    if data_type.endswith("[]"):
        inner = _encoder(data_type.removesuffix("[]"), place)
        return lambda values: "[" + ",".join(NULL if v is None else inner(v) for v in values) + "]"
    base = data_type.partition("(")[0].upper()
    if base not in _ENCODERS:
        raise ContentError(f"{place}: type {data_type} has no canonical text; publish it as another type")
    return _ENCODERS[base]


def _double(value: float) -> str:
    if not math.isfinite(value):
        raise ContentError(f"found {value!r}; a published number is finite or null")
    return repr(value + 0.0)  # -0.0 + 0.0 is 0.0


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _iso(value: date | datetime) -> str:
    return value.isoformat()


_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_ENCODERS: dict[str, Callable[[Any], str]] = {
    "VARCHAR": encode_basestring,
    "STRING": encode_basestring,
    "DOUBLE": _double,
    "BOOLEAN": _boolean,
    "DECIMAL": _decimal,
    "DATE": _iso,
    "TIMESTAMP": _iso,
    **dict.fromkeys((*_WHOLE, *(f"U{name}" for name in _WHOLE)), str),
}
