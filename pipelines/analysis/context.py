"""What stands around a value: its target, its place among others, its change, and the release it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.analysis.built import Row, rows
from pipelines.orchestration import build_note
from pipelines.settings import Settings
from pipelines.storage.release_files import (
    DATABASE,
    ReleaseError,
    attach_read_only,
    fresh_connection,
    read_manifest,
)
from pipelines.storage.releases import resolve_current

if TYPE_CHECKING:
    import duckdb

_KEY = ("municipality_number", "period", "indicator_id", "collection_mode")


def of_value(connection: duckdb.DuckDBPyConnection, value: Row) -> Row:
    """target: number or None; place: row of fct_position or None; change: row of fct_change or None.

    Places and changes are those of the whole municipality on today's boundaries; they are told of another
    value only where it is the same.
    """
    target = rows(
        connection, "select value from reference.target where indicator_id = ?", [value["indicator_id"]]
    )
    return {
        "target": float(target[0]["value"]) if target else None,
        "place": _first(connection, "fct_position", value, _NEAREST),
        "change": _first(connection, "fct_change", value, "t.change is not null"),
    }


# The owners of the same body before other groups; alone in a group is no place.
_NEAREST = (
    "t.n_municipalities > 1 order by list_position(['owners', 'nearest', 'size_class', 'kostra_group',"
    " 'county', 'centrality', 'all'], t.peer_group_type), t.peer_group limit 1"
)


def _first(connection: duckdb.DuckDBPyConnection, table: str, value: Row, condition: str) -> Row | None:
    same = " and ".join(f"v.{name} = t.{name}" for name in _KEY)
    sql = (
        f"select t.* from main.{table} as t inner join main.fct_indicator_value as v on {same}"  # noqa: S608 our own names
        " and v.boundary = 'current' and v.focus_area = 'all' and v.value is not distinct from ?"
        f" where {' and '.join(f't.{name} = ?' for name in _KEY)} and ? = 'all' and {condition}"
    )
    found = rows(connection, sql, [value["value"], *(value[name] for name in _KEY), value["focus_area"]])
    return found[0] if found else None


def told_in_release(settings: Settings, value: Row) -> Row:
    """release: the current release's name where the value is in it, else None; is_hidden: does it hide it."""
    release = release_of(settings)
    if release is None:
        return {"release": None, "is_hidden": False}
    key = (*_KEY, "focus_area", "boundary")
    with fresh_connection(threads=1) as connection:
        attach_read_only(connection, settings.releases / release / "member" / DATABASE, "release")
        found = rows(
            connection,
            "select status from release.main.fct_indicator_value where "  # noqa: S608 our own names
            + " and ".join(f"{name} = ?" for name in key),
            [value[name] for name in key],
        )
    return {"release": release, "is_hidden": bool(found) and found[0]["status"] == "suppressed"}


def release_of(settings: Settings) -> str | None:
    """The current release where it was made from what the build was made from; else None."""
    note = build_note.read(settings)
    try:
        release = resolve_current(settings)
        manifest = read_manifest(release / "member")
    except (ReleaseError, OSError):
        return None
    if note is None or (manifest.get("pack_hash"), manifest.get("inputs")) != (
        note.pack_hash,
        list(note.inputs),
    ):
        return None
    return release.name
