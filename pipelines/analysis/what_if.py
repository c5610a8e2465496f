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
from typing import Any

import duckdb

from pipelines.analysis import finding
from pipelines.analysis.assuming import Change, apply
from pipelines.analysis.built import AnalysisError, reading, rows, tested_build
from pipelines.orchestration.dbt_verdict import read_verdict
from pipelines.orchestration.dbt_worker import DbtWorker
from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock

FOLDER = "what_if"
_VALUE = ("status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "coverage")
_PLACE = ("peer_group", "n_municipalities", "rank", "percentile", "gap_to_median", "conclusion")


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
    with writer_lock(scratch), _copies(settings, scratch) as before:
        with reading(before) as connection:
            number = _deliverer(connection, municipality, period)
            found = tuple(_resolved(connection, number, period, change) for change in changes)
        with _writing(scratch.build_file) as connection:
            for change in found:
                apply(connection, number, period, change)
        say("computing")
        _compute(scratch)
        with reading(before) as old, reading(scratch.build_file) as new:
            return Answer(number, period, found, tuple(_moved(old, new, number, period)))


@contextmanager
def _copies(settings: Settings, scratch: Settings) -> Iterator[Path]:
    """Two copies of the tested build, one to change and one to compare with (given); both go at the end."""
    before = scratch.build_dir / "before.duckdb"
    scratch.build_dir.mkdir(parents=True, exist_ok=True)
    try:
        with writer_lock(settings):
            source = tested_build(settings)
            for target in (scratch.build_file, before):
                # A log that a broken attempt left would be replayed into the new copy.
                Path(f"{target}.wal").unlink(missing_ok=True)
                shutil.copyfile(source, target)
        yield before
    finally:
        for target in (scratch.build_file, before):
            target.unlink(missing_ok=True)
            Path(f"{target}.wal").unlink(missing_ok=True)


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
    finding.check_period(connection, period)
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
