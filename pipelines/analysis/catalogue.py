"""What indicators, municipalities and things are called, from the tested build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.analysis.built import reading, rows, tested_build
from pipelines.analysis.wording import Language
from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock

if TYPE_CHECKING:
    import duckdb

# The concepts of the pack that things of deliveries are named by, and their ids.
CONCEPTS = {
    "process": "process_id",
    "function": "function_id",
    "data_object": "data_object_id",
    "shared_service": "service_id",
    "focus_area": "focus_area_id",
    "register": "register_id",
    "role": "role_id",
}


def shown_names(settings: Settings, municipality: str, period: str, lang: Language) -> dict[str, str]:
    """Ids of indicators, municipalities and things → the name to show. Raises AnalysisError."""
    with writer_lock(settings), reading(tested_build(settings)) as connection:
        indicators = rows(connection, "select indicator_id, name_nb, name_en from main.dim_indicator")
        places = rows(
            connection,
            "select municipality_number, name from main.dim_municipality where period = ?",
            [period],
        )
        return {
            **of_things(connection, municipality, lang),
            **{row["indicator_id"]: row[f"name_{lang}"] for row in indicators},
            **{row["municipality_number"]: row["name"] for row in places},
        }


def of_things(connection: duckdb.DuckDBPyConnection, municipality: str, lang: Language) -> dict[str, str]:
    """What things are called: ``system:<key>`` of the municipality's systems, ``process:<id>`` and so on."""
    systems = rows(
        connection,
        "select system_key, min(system_name) as name from lake.system"
        " where municipality_number = ? and system_key is not null group by system_key order by all",
        [municipality],
    )
    named = {f"system:{row['system_key']}": row["name"] for row in systems if row["name"]}
    for table, key in CONCEPTS.items():
        sql = f"select {key} as id, name_{lang} as name from reference.{table} order by all"  # noqa: S608 our own names
        found = rows(connection, sql)
        named |= {f"{table}:{row['id']}": row["name"] for row in found if row["name"]}
    return named
