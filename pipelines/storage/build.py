"""The build file: a fresh DuckDB file with the reference pack, the lake's counting rows and the ledger.

It is filled under a temporary name, checkpointed, closed and renamed to its one constant path, which dbt
opens afterwards and no reader ever does. Schemas:

    reference  every table of the pack, typed; period with reference_date and year; t_quantile and
               t_quantile_piece
    lake       one table per dataset, with rows of counting deliveries, sheet by sheet
    ledger     delivery, delivery_finding
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipelines.reference.periods import parse_period
from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.lake import IDENTITY, dataset_columns

if TYPE_CHECKING:
    from pipelines.gate.gate import GateResult
    from pipelines.reference.pack import ReferencePack

_MIN_DEGREES = 30
_QUANTILE_PIECES = 2048
_PATIENCE_SECONDS = 60.0
Tables = Mapping[str, Mapping[str, pl.DataFrame]]


class BuildError(RuntimeError):
    """The build file could not be written whole."""


def create_build(
    settings: Settings,
    pack: ReferencePack,
    frames: Mapping[str, pl.DataFrame],
    deliveries: pl.DataFrame,
    gate: GateResult,
) -> Path:
    """Write the build file anew and return its path.

    frames: the lake's datasets as they went through the gate; deliveries: the ledger's delivery table
    after the gate. The caller holds the writer's lock and no connection to the build file.
    """
    tables = build_tables(pack, frames, deliveries, gate)
    target = settings.build_file
    target.parent.mkdir(parents=True, exist_ok=True)
    files.remove_leftovers(target.parent)
    temporary = files.temporary_name(target)
    try:
        _fill(temporary, tables, settings.threads)
        files.fsync_file(temporary)
        _await_others(target)
        # A write-ahead log of the file that is replaced would be replayed into the new one.
        _wal(target).unlink(missing_ok=True)
        temporary.replace(target)
        files.fsync_directory(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
        _wal(temporary).unlink(missing_ok=True)
    return target


def build_tables(
    pack: ReferencePack,
    frames: Mapping[str, pl.DataFrame],
    deliveries: pl.DataFrame,
    gate: GateResult,
) -> dict[str, dict[str, pl.DataFrame]]:
    """Every table of the build file, by schema and name."""
    lake = {dataset: lake_table(dataset, frames[dataset], gate.beside[dataset]) for dataset in frames}
    reference = dict(pack.tables)
    reference["period"] = _periods(pack)
    reference["t_quantile"] = t_quantiles(_most_respondents(lake["survey_respondent"]))
    reference["t_quantile_piece"] = t_quantile_pieces()
    return {
        "reference": reference,
        "lake": lake,
        "ledger": {"delivery": deliveries, "delivery_finding": gate.findings},
    }


def lake_table(dataset: str, frame: pl.DataFrame, beside: pl.DataFrame) -> pl.DataFrame:
    """The counting rows of a dataset: whose, which row, quarantined or not, typed columns, resolved keys."""
    marks = ["municipality_number", "period", *IDENTITY, "is_quarantined"]
    typed = [name for name in dataset_columns()[dataset] if name not in IDENTITY]
    own = {*marks, "collection_mode", "contract_sheet", "is_counting", "is_shared"}
    keys = [name for name in beside.columns if name not in own]
    mode = ["collection_mode"] if dataset.startswith("survey_") else []
    both = pl.concat([frame.select(*IDENTITY, *typed), beside], how="horizontal")
    if "annual_cost" in typed:
        # The SBO states it for all owners together; what one of them pays is not known.
        both = both.with_columns(annual_cost=pl.when(~pl.col("is_shared")).then("annual_cost"))
    return both.filter("is_counting").select(*marks, *mode, *typed, *keys)


def t_quantiles(most: int) -> pl.DataFrame:
    """df, t_975: the 97.5 % quantile of Student's t for 1 … ``most`` degrees of freedom (at least 30).

    Rounded to 12 decimals, so that another build of the mathematics gives the same release.
    """
    from scipy.special import stdtrit

    degrees = pl.int_range(1, max(most, _MIN_DEGREES) + 1, dtype=pl.Int32, eager=True).alias("df")
    values = pl.Series("t_975", stdtrit(degrees.cast(pl.Float64).to_numpy(), 0.975), dtype=pl.Float64)
    return pl.DataFrame([degrees, values.round(12)])


def t_quantile_pieces() -> pl.DataFrame:
    """piece, c0 … c3: the 97.5 % quantile of Student's t for any degrees of freedom from 1 up.

    As a function of 1/df, which is smooth down to 0, where it is the normal quantile: the interval 0-1 cut
    into equal pieces, and in piece p, for x = n_pieces/df − p from 0 to 1, c0 + c1·x + c2·x² + c3·x³ through
    the four nearest ends of pieces. Off by less than 2e-12; coefficients rounded to 12 decimals, so that
    another build of the mathematics gives the same release.
    """
    import numpy as np
    from scipy.special import ndtri, stdtrit

    numbers = np.arange(1, _QUANTILE_PIECES + 1)
    ends = np.concatenate(([ndtri(0.975)], stdtrit(_QUANTILE_PIECES / numbers, 0.975)))
    pieces = np.arange(_QUANTILE_PIECES)
    # The first piece has no neighbour before it and the last none after it: theirs lie to one side.
    first = np.clip(pieces - 1, 0, _QUANTILE_PIECES - 3)
    places = first[:, None] + np.arange(4)
    powers = (places - pieces[:, None])[:, :, None].astype(float) ** np.arange(4)
    coefficients = np.linalg.solve(powers, ends[places][:, :, None])[:, :, 0].round(12)
    columns = {f"c{power}": coefficients[:, power] for power in range(4)}
    return pl.DataFrame({"piece": pl.Series(pieces, dtype=pl.Int32), **columns})


def _periods(pack: ReferencePack) -> pl.DataFrame:
    frame = pack.table("period")
    known = [parse_period(period) for period in frame["period"]]
    return frame.with_columns(
        pl.Series("reference_date", [period.reference_date for period in known], dtype=pl.Date),
        pl.Series("year", [period.year for period in known], dtype=pl.Int32),
    )


def _most_respondents(respondents: pl.DataFrame) -> int:
    """The most that one period's municipalities have together: merged municipalities pool theirs."""
    counts = respondents.group_by("period", "collection_mode").agg(n=pl.len())["n"]
    return max(counts.to_list(), default=0)


def _fill(path: Path, tables: Tables, threads: int) -> None:
    """Create and fill every table, then close the file so that no write-ahead log is left."""
    with _connection(path, threads) as connection:
        connection.execute("begin")
        for schema, named in sorted(tables.items()):
            connection.execute(f'create schema "{schema}"')
            for name, frame in sorted(named.items()):
                connection.register("incoming", frame.to_arrow())
                connection.execute(f'create table "{schema}"."{name}" as select * from incoming')  # noqa: S608 our own names
                connection.unregister("incoming")
        connection.execute("commit")
        connection.execute("checkpoint")
    if _wal(path).exists():
        raise BuildError(f"{_wal(path)}: DuckDB left a write-ahead log; the build file is not whole")


@contextmanager
def _connection(path: Path, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    # Extensions need a download: none is used, and none is looked for.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(path), config=settings)
    try:
        yield connection
    finally:
        connection.close()


def _await_others(
    path: Path, patience: float = _PATIENCE_SECONDS, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until no process has the build file open: a killed run may have left one of dbt's behind.

    DuckDB locks the file it writes to. Raises BuildError after ``patience`` seconds.
    """
    if not path.exists():
        return
    descriptor = os.open(path, os.O_RDWR)
    try:
        waited = 0.0
        while not _is_free(descriptor):
            if waited >= patience:
                raise BuildError(f"{path} is still open in another process; end that process and run again")
            sleep(0.2)
            waited += 0.2
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    fcntl.lockf(descriptor, fcntl.LOCK_UN)
    return True


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")
