"""What a municipality's numbers and places would become if it did something: the same SQL as the real thing.

The build of the last run is copied to a home of its own, the assumed changes are made to the delivered rows
there, and dbt computes everything that follows from them. Nothing of it is ever published.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import duckdb

from pipelines.analysis import finding
from pipelines.analysis.built import AnalysisError, reading, rows, tested_build
from pipelines.orchestration.dbt_verdict import read_verdict
from pipelines.orchestration.dbt_worker import DbtWorker
from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock

Action = Literal["retire_system", "connect_register", "appoint_master", "give_owner"]
FOLDER = "what_if"
# What stands in the place of a file where a row is assumed that nobody delivered.
ASSUMED = "what_if"
_VALUE = ("status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "coverage")
_PLACE = ("peer_group", "n_municipalities", "rank", "percentile", "gap_to_median", "conclusion")


@dataclass(frozen=True)
class Change:
    """One assumed change. target: a system or a process, by name or key; data_object: where one is meant."""

    action: Action
    target: str
    data_object: str | None = None


@dataclass(frozen=True)
class Moved:
    """What one indicator was and would be; before and after: columns of fct_indicator_value.

    places: peer_group_type → (before, after), columns of fct_position; None where it has no place.
    """

    indicator_id: str
    collection_mode: str
    before: dict[str, Any]
    after: dict[str, Any]
    places: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]


@dataclass(frozen=True)
class Answer:
    """What the assumed changes would do. changes: with the keys that the texts were found to mean."""

    municipality_number: str
    period: str
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]


def what_if(
    settings: Settings,
    municipality: str,
    period: str,
    changes: Sequence[Change],
    say: Callable[[str], None] = lambda _: None,
) -> Answer:
    """Compute what the changes would do to a municipality's indicators and places of a period.

    municipality: number or name, as it delivered. Raises AnalysisError for what cannot be found or changed.
    """
    if not changes:
        raise AnalysisError("nothing is assumed; name at least one change (--help lists them)")
    scratch = replace(settings, home=settings.home / FOLDER)
    with writer_lock(scratch):
        _copy_build(settings, scratch)
        before = scratch.build_dir / "before.duckdb"
        with reading(before) as connection:
            number = _deliverer(connection, municipality, period)
            found = tuple(_resolved(connection, number, period, change) for change in changes)
        with _writing(scratch.build_file) as connection:
            for change in found:
                _apply(connection, number, period, change)
        say("computing")
        _compute(scratch)
        with reading(before) as old, reading(scratch.build_file) as new:
            return Answer(number, period, found, tuple(_moved(old, new, number, period)))


def _copy_build(settings: Settings, scratch: Settings) -> None:
    """Two copies of the tested build: one to change, one to compare with."""
    scratch.build_dir.mkdir(parents=True, exist_ok=True)
    with writer_lock(settings):
        source = tested_build(settings)
        for target in (scratch.build_file, scratch.build_dir / "before.duckdb"):
            # A log that a broken attempt left would be replayed into the new copy.
            Path(f"{target}.wal").unlink(missing_ok=True)
            shutil.copyfile(source, target)


def _compute(scratch: Settings) -> None:
    """Let dbt compute what follows from the delivered rows. Raises DbtError naming what failed."""
    worker = DbtWorker(scratch)
    try:
        process = worker.command(["run", "--threads", str(scratch.threads), "--select", "source:lake+"])
        # Its events fill the pipe unless they are read.
        if process.stdout is not None:
            process.stdout.read()
        read_verdict(worker.target / "run_results.json", process.wait())
    finally:
        worker.close()


@contextmanager
def _writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(str(path))
    try:
        yield connection
        connection.execute("checkpoint")
    finally:
        connection.close()


def _deliverer(connection: duckdb.DuckDBPyConnection, municipality: str, period: str) -> str:
    """The number of a municipality that has something counting in the period."""
    known = rows(connection, "select distinct period from main.dim_municipality order by period")
    if period not in (periods := [row["period"] for row in known]):
        raise AnalysisError(f"the build has no period {period!r}; it has {', '.join(periods)}")
    names = finding.municipality_names(connection, period)
    number = finding.find(municipality, names, "municipality", f"period {period}")
    counting = connection.execute(
        "select count(*) from main.delivery where municipality_number = ? and period = ? and is_counting",
        [number, period],
    ).fetchone()
    if counting is None or counting[0] == 0:
        raise AnalysisError(f"nothing that {number} delivered counts in {period}, so nothing can be assumed")
    return number


# --- which rows ------------------------------------------------------------------------------------


def _resolved(connection: duckdb.DuckDBPyConnection, number: str, period: str, change: Change) -> Change:
    """The change with keys in place of texts."""
    where = f"the deliveries of {number} for {period}"
    systems = finding.system_names(connection, number, period)
    processes = finding.process_names(connection, number, period)
    names = {
        "retire_system": (systems, "system"),
        "appoint_master": (systems, "system"),
        "give_owner": (processes, "process"),
        "connect_register": ({**processes, **systems}, "system or process"),
    }[change.action]
    target = finding.find(change.target, names[0], names[1], where)
    if change.data_object is None:
        return replace(change, target=target)
    objects = finding.object_names(connection)
    return replace(
        change,
        target=target,
        data_object=finding.find(change.data_object, objects, "data object", "the reference pack"),
    )


def _apply(connection: duckdb.DuckDBPyConnection, number: str, period: str, change: Change) -> None:
    """Change the delivered rows as the assumption says."""
    place = [number, period]
    if change.action == "retire_system":
        # A row that was set aside counts as in use until it is known to be retired.
        retired = "lifecycle = 'retired', is_quarantined = false"
        _update(connection, "system", retired, {"system_key": change.target}, place)
    elif change.action == "give_owner":
        _give_owner(connection, change.target, place)
    elif change.action == "appoint_master":
        _appoint(connection, change, place)
    else:
        _connect(connection, change, place)


def _give_owner(connection: duckdb.DuckDBPyConnection, process_id: str, place: list[str]) -> None:
    """A process owner in every row of the process; a process that was not delivered gets a row."""
    ours = {"process_id": process_id}
    owner = "ownership = 'process_owner', is_absent = false"
    if not _update(connection, "process", owner, ours, place):
        _insert(connection, "process", {**ours, "ownership": "process_owner", "is_absent": False}, place)


def _appoint(connection: duckdb.DuckDBPyConnection, change: Change, place: list[str]) -> None:
    """One system becomes the master of an object, and the others cease to be."""
    cell = {"data_object_id": change.data_object}
    _update(connection, "system_data_object", "is_master = false", cell, place)
    _mark_cell(connection, change, "is_master = true", {"is_master": True}, place)


def _connect(connection: duckdb.DuckDBPyConnection, change: Change, place: list[str]) -> None:
    """A process or a system fetches the object from the register."""
    register = connection.execute(
        "select register_id from reference.data_object where data_object_id = ?", [change.data_object]
    ).fetchone()
    is_system = bool(_count(connection, "system", {"system_key": change.target}, place))
    pair = {"process_id": change.target, "data_object_id": change.data_object}
    if is_system:
        if register is None or register[0] is None:
            raise AnalysisError(f"the reference pack knows no register for {change.data_object}")
        fed = {"source_kind": "register_auto"}
        _mark_cell(connection, change, "source_kind = 'register_auto'", fed, place)
    elif not _update(connection, "process_data", "collection = 'register_auto'", pair, place):
        _insert(connection, "process_data", {**pair, "collection": "register_auto"}, place)


def _mark_cell(
    connection: duckdb.DuckDBPyConnection,
    change: Change,
    assignment: str,
    new: dict[str, Any],
    place: list[str],
) -> None:
    cell = {"system_key": change.target, "data_object_id": change.data_object}
    if not _update(connection, "system_data_object", assignment, cell, place):
        _insert(connection, "system_data_object", {**cell, **new}, place)


def _where(key: dict[str, Any]) -> str:
    return " and ".join(["municipality_number = ?", "period = ?", *(f"{name} = ?" for name in key)])


def _count(connection: duckdb.DuckDBPyConnection, dataset: str, key: dict[str, Any], place: list[str]) -> int:
    sql = f"select count(*) from lake.{dataset} where {_where(key)}"  # noqa: S608 our own names
    found = connection.execute(sql, [*place, *key.values()]).fetchone()
    return int(found[0]) if found else 0


def _update(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    assignment: str,
    key: dict[str, Any],
    place: list[str],
) -> int:
    """Change the rows with a key; how many there are."""
    n_rows = _count(connection, dataset, key, place)
    sql = f"update lake.{dataset} set {assignment} where {_where(key)}"  # noqa: S608 our own names
    connection.execute(sql, [*place, *key.values()])
    return n_rows


def _insert(
    connection: duckdb.DuckDBPyConnection, dataset: str, cells: dict[str, Any], place: list[str]
) -> None:
    """A row that nobody delivered, known by its delivery id; each has a number of its own."""
    taken = connection.execute(
        f"select count(*) from lake.{dataset} where delivery_id = ?",  # noqa: S608 our own names
        [ASSUMED],
    ).fetchone()
    row = {
        **{"municipality_number": place[0], "period": place[1], "delivery_id": ASSUMED, "sheet": ASSUMED},
        **{"row_number": 1 + (taken[0] if taken else 0), "is_quarantined": False},
        **cells,
    }
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    sql = f"insert into lake.{dataset} ({names}) values ({marks})"  # noqa: S608 our own names
    connection.execute(sql, list(row.values()))


# --- what moved ------------------------------------------------------------------------------------


def _moved(
    old: duckdb.DuckDBPyConnection, new: duckdb.DuckDBPyConnection, number: str, period: str
) -> Iterator[Moved]:
    """The indicators whose value or place is another, in the catalogue's order of ids."""
    before, after = (_values(connection, number, period) for connection in (old, new))
    old_places, new_places = (_places(connection, number, period) for connection in (old, new))
    for key in sorted(after):
        places = {
            group: (old_places.get((*key, group)), new_places.get((*key, group)))
            for group in sorted({one[2] for one in (*old_places, *new_places) if one[:2] == key})
        }
        if before[key] != after[key] or any(was != will for was, will in places.values()):
            yield Moved(*key, before[key], after[key], places)


def _current(connection: duckdb.DuckDBPyConnection, number: str, period: str) -> list[str]:
    """The municipalities of today in which the deliverer stands."""
    found = rows(
        connection,
        "select distinct current_number from intermediate.int_index__number"
        " where municipality_number = ? and period = ? order by current_number",
        [number, period],
    )
    return [row["current_number"] for row in found]


def _values(
    connection: duckdb.DuckDBPyConnection, number: str, period: str
) -> dict[tuple[str, str], dict[str, Any]]:
    found = rows(
        connection,
        f"select indicator_id, collection_mode, {', '.join(_VALUE)} from main.fct_indicator_value"  # noqa: S608 our own names
        " where municipality_number = ? and period = ? and boundary = 'delivered' and focus_area = 'all'",
        [number, period],
    )
    return {
        (row.pop("indicator_id"), row.pop("collection_mode")): {name: row[name] for name in _VALUE}
        for row in found
    }


def _places(
    connection: duckdb.DuckDBPyConnection, number: str, period: str
) -> dict[tuple[str, str, str], dict[str, Any]]:
    current = _current(connection, number, period)
    found = rows(
        connection,
        f"select indicator_id, collection_mode, peer_group_type, {', '.join(_PLACE)}"  # noqa: S608 our own names
        " from main.fct_position where list_contains(?, municipality_number) and period = ?",
        [current, period],
    )
    return {
        (row["indicator_id"], row["collection_mode"], row["peer_group_type"]): {
            name: row[name] for name in _PLACE
        }
        for row in found
    }
