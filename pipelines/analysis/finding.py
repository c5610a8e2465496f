"""Which municipality, system, process or data object of the build a text means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from pipelines.analysis.built import AnalysisError, rows
from pipelines.reference.names import normalise

if TYPE_CHECKING:
    import duckdb

# What a text is compared with → the key it stands for.
Names = Mapping[str, str]

_NEAR = 3


def find(text: str, names: Names, what: str, where: str) -> str:
    """The key that a text names. Raises AnalysisError with the nearest names where there is none."""
    key = names.get(normalise(text))
    if key is not None:
        return key
    near = get_close_matches(normalise(text), list(names), _NEAR)
    hint = f"did you mean {', '.join(near)}?" if near else f"there are {len(names)} in {where}"
    raise AnalysisError(f"no {what} {text!r} in {where}; {hint}")


def system_names(connection: duckdb.DuckDBPyConnection, municipality: str, period: str) -> dict[str, str]:
    """Names and ids of a municipality's systems → system_key."""
    found = rows(
        connection,
        "select system_key, system_id, system_name from lake.system"
        " where municipality_number = ? and period = ? order by system_key, system_name",
        [municipality, period],
    )
    return _index((row["system_key"], (row["system_name"], row["system_id"])) for row in found)


def process_names(connection: duckdb.DuckDBPyConnection, municipality: str, period: str) -> dict[str, str]:
    """Codes and names of the pack's processes, and the municipality's own names for them → process_id."""
    found = rows(connection, "select process_id, name_nb, name_en from reference.process order by process_id")
    own = rows(
        connection,
        "select process_id, process_name from lake.process where municipality_number = ? and period = ?"
        " and process_id is not null and not coalesce(is_absent, false) order by process_id, process_name",
        [municipality, period],
    )
    ours = _index((r["process_id"], (r["process_id"], r["name_nb"], r["name_en"])) for r in found)
    return {**_index((r["process_id"], (r["process_name"],)) for r in own), **ours}


def object_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Codes and names of the pack's data objects → data_object_id."""
    found = rows(
        connection,
        "select data_object_id, name_nb, name_en from reference.data_object order by data_object_id",
    )
    return _index((r["data_object_id"], (r["data_object_id"], r["name_nb"], r["name_en"])) for r in found)


def municipality_names(connection: duckdb.DuckDBPyConnection, period: str) -> dict[str, str]:
    """Numbers and names of a period's municipalities → municipality_number; a name of two is left out."""
    found = rows(
        connection,
        "select municipality_number, name from main.dim_municipality where period = ? order by all",
        [period],
    )
    names = [normalise(row["name"]) for row in found if row["name"]]
    index = {normalise(r["name"]): r["municipality_number"] for r in found if r["name"]}
    unique = {name: number for name, number in index.items() if names.count(name) == 1}
    return {**unique, **{normalise(r["municipality_number"]): r["municipality_number"] for r in found}}


def _index(named: Iterable[tuple[str | None, Iterable[str | None]]]) -> dict[str, str]:
    return {normalise(name): key for key, names in named if key for name in names if name}
