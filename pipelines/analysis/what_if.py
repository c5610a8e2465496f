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

from pipelines.analysis import catalogue, finding
from pipelines.analysis.assuming import Change, apply
from pipelines.analysis.built import AnalysisError, reading, rows, tested_build
from pipelines.analysis.wording import LANGUAGES, Language
from pipelines.orchestration.dbt_verdict import read_verdict
from pipelines.orchestration.dbt_worker import DbtWorker
from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock

FOLDER = "what_if"
_VALUE = (
    "status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "numerator", "denominator", "n",
    "coverage",
)  # fmt: skip
_PLACE = ("peer_group", "n_municipalities", "rank", "percentile", "gap_to_median", "conclusion")
Outcome = Literal["better", "worse", "other", "same"]


@dataclass(frozen=True)
class Moved:
    """What one indicator was and would be; before and after: columns of fct_indicator_value.

    places: peer_group_type → (before, after), columns of fct_position; None where it has no place. unit and
    better: of the value, as dim_indicator has them.
    """

    indicator_id: str
    collection_mode: str
    before: dict[str, Any]
    after: dict[str, Any]
    places: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]
    unit: str = "percent"
    better: str = "up"

    @property
    def outcome(self) -> Outcome:
        """Whether the value becomes better; ``other`` where it changes and neither way is better."""
        before, after = self.before["value"], self.after["value"]
        if before == after:
            return "same"
        turned = {"up": 1, "down": -1}
        if before is None or after is None:
            return "other"
        if self.better == "near_zero":
            return "other" if abs(before) == abs(after) else "better" if abs(after) < abs(before) else "worse"
        gain = turned.get(self.better, 0) * (after - before)
        return "better" if gain > 0 else "worse" if gain < 0 else "other"


@dataclass(frozen=True)
class Left:
    """A core function or data object that a system served or held before, and none surely does after.

    is_sure: none can; else another may, which the delivery does not tell.
    """

    concept: Literal["function", "data_object"]
    thing_id: str
    is_sure: bool


@dataclass(frozen=True)
class RegisterIsMaster:
    """A local master was appointed for an object whose master is a national register already."""

    data_object: str
    register: str


@dataclass(frozen=True)
class Answer:
    """What the assumed changes would do. changes: with the keys that the texts were found to mean.

    left_without: what no system does or holds any more; warnings: what the changes do against the pack.
    """

    municipality_number: str
    period: str
    changes: tuple[Change, ...]
    moved: tuple[Moved, ...]
    left_without: tuple[Left, ...] = ()
    warnings: tuple[RegisterIsMaster, ...] = ()


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
        raise AnalysisError("error_nothing_assumed")
    scratch = replace(settings, home=settings.home / FOLDER)
    with writer_lock(scratch), _copies(settings, scratch) as before:
        with reading(before) as connection:
            number = _deliverer(connection, municipality, period)
            found = tuple(_resolved(connection, number, period, change) for change in changes)
            warnings = tuple(_registers(connection, found))
        with _writing(scratch.build_file) as connection:
            for change in found:
                _apply(connection, number, period, change)
        say("computing")
        _compute(scratch)
        with reading(before) as old, reading(scratch.build_file) as new:
            moved = tuple(_moved(old, new, number, period))
            left = tuple(_left(old, new, number, period))
            return Answer(number, period, found, moved, left, warnings)


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


def _apply(connection: duckdb.DuckDBPyConnection, number: str, period: str, change: Change) -> None:
    """Change the rows; what is refused is told with the names of the things, not their ids alone."""
    try:
        apply(connection, number, period, change)
    except AnalysisError as error:
        named: dict[Language, dict[str, str]] = {}
        for lang in LANGUAGES:
            all_names = catalogue.of_things(connection, number, lang)
            named[lang] = {
                key: name
                for concept in ("data_object", "process", "system")
                for key in (change.target, change.data_object)
                if (name := all_names.get(f"{concept}:{key}")) and key
            }
        raise error.with_names(named) from error


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
    number = finding.find(municipality, names, "municipality", finding.place("where_period", period=period))
    counting = connection.execute(
        "select count(*) from main.delivery where municipality_number = ? and period = ? and is_counting",
        [number, period],
    ).fetchone()
    if counting is None or counting[0] == 0:
        name = next((text for text, one in names.items() if one == number != text), number)
        raise AnalysisError("error_nothing_counts", name=name, period=period)
    return number


# --- which rows ------------------------------------------------------------------------------------


def _resolved(connection: duckdb.DuckDBPyConnection, number: str, period: str, change: Change) -> Change:
    """The change with keys in place of texts."""
    where = finding.place("where_deliveries", number=number, period=period)
    systems = finding.system_names(connection, number, period)
    processes = finding.process_names(connection, number, period)
    names = {
        "retire_system": (systems, "system"),
        "appoint_master": (systems, "system"),
        "give_owner": (processes, "process"),
        "connect_register": ({**processes, **systems}, "system_or_process"),
    }[change.action]
    target = finding.find(change.target, names[0], names[1], where)
    if change.data_object is None:
        return replace(change, target=target)
    objects = finding.object_names(connection)
    return replace(
        change,
        target=target,
        data_object=finding.find(change.data_object, objects, "data_object", finding.place("where_pack")),
    )


def _registers(
    connection: duckdb.DuckDBPyConnection, changes: Sequence[Change]
) -> Iterator[RegisterIsMaster]:
    """The objects given a local master whose master is a national register."""
    for change in changes:
        if change.action == "appoint_master":
            for row in rows(
                connection,
                "select register_id from reference.data_object"
                " where data_object_id = ? and register_id is not null",
                [change.data_object],
            ):
                yield RegisterIsMaster(str(change.data_object), row["register_id"])


# --- what is left without a system ------------------------------------------------------------------

# Things of a municipality with how many systems surely do or hold them (n_least), and whether another may.
_SERVED: dict[Literal["function", "data_object"], str] = {
    "function": "select function_id as thing_id, n_sure as n_least, not is_settled as may_be_more"
    " from intermediate.int_system__core_function where municipality_number = ? and period = ?"
    " order by function_id",
    "data_object": "select data_object_id as thing_id, n_least, n_most > n_least as may_be_more"
    " from intermediate.int_system__object where municipality_number = ? and period = ?"
    " and focus_area = 'all' and measure = 'holding' order by data_object_id",
}


def _left(
    old: duckdb.DuckDBPyConnection, new: duckdb.DuckDBPyConnection, number: str, period: str
) -> Iterator[Left]:
    """Core functions and data objects that had a system, and surely have none after, or perhaps none."""
    for concept, sql in _SERVED.items():
        before, after = (rows(connection, sql, [number, period]) for connection in (old, new))
        will = {row["thing_id"]: row for row in after}
        for row in before:
            now = will.get(row["thing_id"], {"n_least": 0, "may_be_more": False})
            if row["n_least"] > 0 and now["n_least"] == 0:
                yield Left(concept, row["thing_id"], not now["may_be_more"])


# --- what moved ------------------------------------------------------------------------------------


def _moved(
    old: duckdb.DuckDBPyConnection, new: duckdb.DuckDBPyConnection, number: str, period: str
) -> Iterator[Moved]:
    """The indicators whose value or place is another, in the catalogue's order of ids."""
    before, after = (_values(connection, number, period) for connection in (old, new))
    old_places, new_places = (_places(connection, number, period) for connection in (old, new))
    units = {
        row["indicator_id"]: (row["unit"], row["better"])
        for row in rows(new, "select indicator_id, unit, better from main.dim_indicator order by all")
    }
    for key in sorted(after):
        places = {
            group: (old_places.get((*key, group)), new_places.get((*key, group)))
            for group in sorted({one[2] for one in (*old_places, *new_places) if one[:2] == key})
        }
        if before[key] != after[key] or any(was != will for was, will in places.values()):
            yield Moved(*key, before[key], after[key], places, *units[key[0]])


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
