"""Changing delivered rows as an assumption says, in a copy of the build; the models do the rest.

What belongs here: writing lake rows. A row that was set aside says nothing; where an assumption makes one of
its answers known, the row counts again with that answer alone, so that nothing else becomes known with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipelines.analysis.built import AnalysisError

if TYPE_CHECKING:
    import duckdb

Action = Literal["retire_system", "connect_register", "appoint_master", "give_owner"]
# What stands in the place of a file where a row is assumed that nobody delivered.
ASSUMED = "what_if"
# What a set-aside row would answer besides what an assumption is about.
PROCESS_ANSWERS = (
    "ownership", "owner_role", "owner_role_id", "owner_unit", "unit_names", "system_names", "system_keys",
    "described_date", "is_described", "is_measured", "self_service", "volume_per_year", "is_absent",
)  # fmt: skip
CELL_ANSWERS = ("operations", "keeps_copy", "is_master", "source_kind")
# Which process a row is about: a row may use the municipality's own name for it.
PROCESS_KEY = "coalesce(process_key, process_id)"


@dataclass(frozen=True)
class Change:
    """One assumed change. target: a system or a process, by name or key; data_object: where one is meant."""

    action: Action
    target: str
    data_object: str | None = None


@dataclass(frozen=True)
class Place:
    """Whose rows are changed."""

    connection: duckdb.DuckDBPyConnection
    municipality_number: str
    period: str


def apply(connection: duckdb.DuckDBPyConnection, number: str, period: str, change: Change) -> None:
    """Change the delivered rows. Raises AnalysisError where the assumption contradicts what was delivered."""
    place = Place(connection, number, period)
    if change.action == "retire_system":
        # A row that was set aside counts as in use until it is known to be retired.
        retired = "lifecycle = 'retired', is_quarantined = false"
        _update(place, "system", retired, {"system_key": change.target})
    elif change.action == "give_owner":
        _give_owner(place, change.target)
    elif change.action == "appoint_master":
        _appoint(place, change.target, str(change.data_object))
    elif _count(place, "system", {"system_key": change.target}):
        _connect_system(place, change.target, str(change.data_object))
    else:
        _connect_process(place, change.target, str(change.data_object))


# --- processes -------------------------------------------------------------------------------------


def _give_owner(place: Place, process_id: str) -> None:
    """A process owner in every row of the process; a process that was not delivered gets a row."""
    ours = {"process_id": process_id}
    _refuse_absent(place, process_id)
    _let_count(place, "process", PROCESS_ANSWERS, ours)
    if not _update(place, "process", "ownership = 'process_owner'", ours):
        _insert(place, "process", {**ours, "ownership": "process_owner", "is_absent": False})


def _connect_process(place: Place, process_id: str, data_object: str) -> None:
    """The object comes from its register in every row of the process about it."""
    granted = "select count(*) from reference.process_object where process_id = ? and data_object_id = ?"
    if not _number(place, granted, [process_id, data_object]):
        raise AnalysisError("error_not_granted", process=process_id, data_object=data_object)
    _refuse_absent(place, process_id)
    if not _count(place, "process", {"process_id": process_id}):
        raise AnalysisError("error_process_not_delivered", process=process_id)
    pair = {PROCESS_KEY: process_id, "data_object_id": data_object}
    # The answer is all that such a row says.
    fetched = "collection = 'register_auto', is_quarantined = false"
    if not _update(place, "process_data", fetched, pair):
        new = {"process_key": process_id, "process_id": process_id, "data_object_id": data_object}
        _insert(place, "process_data", {**new, "collection": "register_auto"})


def _refuse_absent(place: Place, process_id: str) -> None:
    """A process that the municipality says it does not have can be given nothing."""
    ours = {"process_id": process_id, "is_quarantined": False}
    if _count(place, "process", {**ours, "is_absent": True}) == _count(place, "process", ours) > 0:
        raise AnalysisError("error_absent", number=place.municipality_number, process=process_id)


# --- cells of systems and objects ------------------------------------------------------------------


def _appoint(place: Place, system: str, data_object: str) -> None:
    """One system becomes the master of an object, and no other is one, listed or not."""
    _refuse_set_aside(place, system)
    cell = {"data_object_id": data_object}
    _let_count(place, "system_data_object", CELL_ANSWERS, cell)
    _update(place, "system_data_object", "is_master = false", cell)
    for other in _unlisted(place, data_object):
        _insert(place, "system_data_object", {**cell, "system_key": other, "is_master": False})
    _hold(place, system, data_object)
    # What a system only reads, without a copy, it cannot be the master of.
    held = "is_master = true, keeps_copy = case when operations = 'R' then true else keeps_copy end"
    _update(place, "system_data_object", held, {**cell, "system_key": system})


def _connect_system(place: Place, system: str, data_object: str) -> None:
    """The system is fed with the object from its register, in every row of the cell."""
    register = "select count(register_id) from reference.data_object where data_object_id = ?"
    if not _number(place, register, [data_object]):
        raise AnalysisError("error_no_register", data_object=data_object)
    _refuse_set_aside(place, system)
    cell = {"system_key": system, "data_object_id": data_object}
    _let_count(place, "system_data_object", CELL_ANSWERS, cell)
    _hold(place, system, data_object)
    _update(place, "system_data_object", "source_kind = 'register_auto'", cell)


def _hold(place: Place, system: str, data_object: str) -> None:
    """The object is there: what gets it, or is its master, has it. What is known of how, stays."""
    cell = {"system_key": system, "data_object_id": data_object}
    there = "operations = case when coalesce(operations, 'none') = 'none' then 'x' else operations end"
    if not _update(place, "system_data_object", there, cell):
        _insert(place, "system_data_object", {**cell, "operations": "x"})


def _refuse_set_aside(place: Place, system: str) -> None:
    if _count(place, "system", {"system_key": system, "is_quarantined": True}):
        raise AnalysisError("error_set_aside", system=system)


def _unlisted(place: Place, data_object: str) -> list[str]:
    """The systems that the pack expects the object of, without a row about it."""
    found = place.connection.execute(
        "select system_key from intermediate.int_system__cell where municipality_number = ? and period = ?"
        " and data_object_id = ? and system_key not in (select system_key from lake.system_data_object"
        " where municipality_number = ? and period = ? and data_object_id = ? and system_key is not null)"
        " order by system_key",
        [place.municipality_number, place.period, data_object] * 2,
    ).fetchall()
    return [row[0] for row in found]


# --- rows ------------------------------------------------------------------------------------------


def _number(place: Place, sql: str, parameters: Sequence[object]) -> int:
    found = place.connection.execute(sql, list(parameters)).fetchone()
    return int(found[0]) if found else 0


def _where(key: dict[str, Any]) -> str:
    return " and ".join(["municipality_number = ?", "period = ?", *(f"{name} = ?" for name in key)])


def _count(place: Place, dataset: str, key: dict[str, Any]) -> int:
    sql = f"select count(*) from lake.{dataset} where {_where(key)}"  # noqa: S608 our own names
    return _number(place, sql, [place.municipality_number, place.period, *key.values()])


def _update(place: Place, dataset: str, assignment: str, key: dict[str, Any]) -> int:
    """Change the rows with a key; how many there are."""
    n_rows = _count(place, dataset, key)
    sql = f"update lake.{dataset} set {assignment} where {_where(key)}"  # noqa: S608 our own names
    place.connection.execute(sql, [place.municipality_number, place.period, *key.values()])
    return n_rows


def _let_count(place: Place, dataset: str, answers: Sequence[str], key: dict[str, Any]) -> None:
    """Take set-aside rows back as rows that answer nothing, which is what they counted as."""
    blank = ", ".join(f"{name} = null" for name in answers)
    _update(place, dataset, f"{blank}, is_quarantined = false", {**key, "is_quarantined": True})


def _insert(place: Place, dataset: str, cells: dict[str, Any]) -> None:
    """A row that nobody delivered, known by its delivery id; each has a number of its own."""
    taken = f"select count(*) from lake.{dataset} where delivery_id = ?"  # noqa: S608 our own names
    row = {
        **{"municipality_number": place.municipality_number, "period": place.period},
        **{"delivery_id": ASSUMED, "sheet": ASSUMED, "is_quarantined": False},
        **{"row_number": 1 + _number(place, taken, [ASSUMED])},
        **cells,
    }
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    sql = f"insert into lake.{dataset} ({names}) values ({marks})"  # noqa: S608 our own names
    place.connection.execute(sql, list(row.values()))
