"""``datapackage.json``: the CSV files described as a Data Package 2.0 (Frictionless), one schema per table.

Written with the standard library: it is one JSON document from what is known already, and a library would
only stand between. That it is right is shown in the tests, where Frictionless itself validates it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.disclosure.edition_table import EditionTable, ForeignKey, possible_references
from pipelines.disclosure.editions import column_list
from pipelines.disclosure.missing import missing_rules
from pipelines.disclosure.wording import say, table_text
from pipelines.storage.files import sha256_of_file
from pipelines.storage.release_csv import csv_name

DATAPACKAGE = "datapackage.json"
SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
FIELD_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "number",
    "DECIMAL": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "integer"),
}


class FieldTypeError(ValueError):
    """A column's type has no counterpart in a Table Schema."""


def references_that_hold(
    reader: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], tables: Sequence[str]
) -> tuple[ForeignKey, ...]:
    """Those of a table's possible references that hold for every row of the current database.

    A delivery may come from a municipality that is in no index, so this differs between releases; a
    reference that does not hold would make the package invalid and is not claimed.
    """
    return tuple(key for key in possible_references(name, columns, tables) if _holds(reader, name, key))


def _holds(reader: duckdb.DuckDBPyConnection, name: str, key: ForeignKey) -> bool:
    own, other = column_list(key.columns), column_list(key.references)
    empty = " and ".join(f"{column} is null" for column in key.columns)
    broken = reader.execute(
        f"select count(*) from (select {own} from {name} where not ({empty})"  # noqa: S608 our own names
        f" except select {other} from {key.table})"
    ).fetchall()
    return bool(broken[0][0] == 0)


def write_datapackage(
    folder: Path, edition: str, tables: Sequence[EditionTable], release_id: str, created: str
) -> None:
    """Describe the CSV files of an edition's folder, which must be there. created: ISO 8601, UTC."""
    package = {
        "$schema": SCHEMA,
        "name": f"kommunebench-{edition}",
        "version": release_id,
        "created": created,
        "title": f"{say(f'package_{edition}', 'nb')} / {say(f'package_{edition}', 'en')}",
        "description": f"{say(f'rules_{edition}', 'nb')}\n\n{say(f'rules_{edition}', 'en')}",
        "sources": [
            {"title": f"{say(key, 'nb')} / {say(key, 'en')}"} | more
            for key, more in (
                ("source_deliveries", {}),
                ("source_ssb", {"path": "https://www.ssb.no"}),
                ("source_kartverket", {"path": "https://www.kartverket.no"}),
            )
        ],
        "resources": [_resource(folder, table) for table in tables],
    }
    text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    (folder / DATAPACKAGE).write_text(text, encoding="utf-8", newline="\n")


def _resource(folder: Path, table: EditionTable) -> dict[str, Any]:
    path = folder / csv_name(table.name)
    return {
        "name": table.name,
        "type": "table",
        "path": csv_name(table.name),
        "description": " / ".join(text for text, _ in table_text(table.name, table.comment)),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of_file(path)}",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\n"},
        "schema": _schema(table),
    }


def _schema(table: EditionTable) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(table, *column) for column in table.columns],
        "missingValues": [
            {"value": sign, "label": f"{say(reason, 'nb')} / {say(reason, 'en')}"}
            for reason, sign in missing_rules().signs.items()
        ],
        "primaryKey": list(table.key),
    }
    if table.foreign_keys:
        schema["foreignKeys"] = [_foreign_key(table, key) for key in table.foreign_keys]
    return schema


def _field(table: EditionTable, name: str, data_type: str, comment: str) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": name,
        "type": field_type(f"{table.name}.{name}", data_type),
        "description": comment,
    }
    if name in table.key:
        field["constraints"] = {"required": True}
    return field


def field_type(place: str, data_type: str) -> str:
    """The Table Schema's name of a DuckDB type. Raises FieldTypeError for one without."""
    if data_type.endswith("[]"):
        return "array"
    base = data_type.partition("(")[0]
    if base not in FIELD_TYPES:
        raise FieldTypeError(
            f"{place}: {data_type} has no type in a Table Schema; publish it as another type"
        )
    return FIELD_TYPES[base]


def _foreign_key(table: EditionTable, key: ForeignKey) -> dict[str, Any]:
    # An empty name is the table itself.
    resource = "" if key.table == table.name else key.table
    return {
        "fields": list(key.columns),
        "reference": {"resource": resource, "fields": list(key.references)},
    }
