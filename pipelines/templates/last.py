"""What a municipality answered last time: the accepted rows that count, sheet by sheet, newest first.

A survey's answers are people's and belong to their period, so they are never filled in again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.gate.gate import GateResult, run_gate
from pipelines.gate.rows import default_sheet
from pipelines.ingest.contract import load_contract
from pipelines.ingest.text import key
from pipelines.storage import ledger
from pipelines.storage.archive import Archive, Arrival
from pipelines.storage.lake import Lake, known_deliveries

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack
    from pipelines.settings import Settings

Typed = dict[str, Any]
_AMOUNTS = frozenset({"annual_cost", "annual_cost__raw"})
_KEYS = ("system_key", "process_key", "from_system_key", "to_system_key")


@dataclass(frozen=True)
class LastAnswers:
    """What is known from before.

    rows: sheet id -> rows of typed values by column, with ``<column>__raw`` and the keys that the gate
    resolved; periods: sheet id -> the period they are from; left_out: sheet id -> rows that were set
    aside then, or that speak of what is no longer there; unread: deliveries that this version has not read.
    """

    rows: Mapping[str, Sequence[Typed]] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0


def last_answers(
    settings: Settings, pack: ReferencePack, municipality_number: str, period: str, kinds: Sequence[str]
) -> LastAnswers:
    """The newest earlier answers to each sheet of these kinds, as they count in the home."""
    sheet_ids = [s.id for s in load_contract().sheets if s.kind in kinds and s.kind != "survey"]
    if not sheet_ids or not settings.archive.is_dir():
        return LastAnswers()
    last_day = pack.reference_date(period)
    earlier = [p for p in pack.periods if pack.reference_date(p) < last_day]
    rows: dict[str, list[Typed]] = {}
    periods: dict[str, str] = {}
    left_out: dict[str, int] = {}
    arrivals = Archive(settings).arrivals()
    unread: set[int] = set()
    for one in sorted(earlier, key=pack.reference_date, reverse=True):
        wanted = [sheet_id for sheet_id in sheet_ids if sheet_id not in rows]
        if not wanted:
            break
        # One that was renumbered since answered under its number of then.
        number = pack.numbers.earlier(municipality_number, pack.year(one))
        if number is None:
            continue
        found, unread_then = _of_period(settings, pack, number, one, arrivals)
        unread |= unread_then
        for sheet_id in wanted:
            kept, aside = found(sheet_id) if found else ([], 0)
            if kept:
                rows[sheet_id], periods[sheet_id], left_out[sheet_id] = kept, one, aside
    return _coherent(LastAnswers(rows, periods, left_out, len(unread)), pack)


def _of_period(
    settings: Settings, pack: ReferencePack, number: str, period: str, arrivals: Sequence[Arrival]
) -> tuple[Callable[[str], tuple[list[Typed], int]] | None, set[int]]:
    """A way to ask for a sheet's accepted rows and how many were set aside; None where nothing came.

    The second: the sequences of the files that this version of the reader has not read yet.
    """
    # Straight in the inbox and straight below a period lie files that say themselves whose rows are in them.
    of_period = [arrival for arrival in arrivals if arrival.period in (period, "")]
    known = known_deliveries(settings, pack, of_period)
    mine = (a.sequence for a in of_period if a.municipality_number in (number, ""))
    unread = {sequence for sequence in mine if not known.deliveries_of[sequence]}
    metas = {n: m for n, m in known.metas.items() if m.municipality_number == number and m.period == period}
    if not metas:
        return None, unread
    deliveries_of = {n: tuple(i for i in ids if i in metas) for n, ids in known.deliveries_of.items()}
    counted = ledger.derive(of_period, deliveries_of, metas, Archive(settings).withdrawals())
    if counted.counting.is_empty():
        return None, unread
    frames = Lake(settings.lake).read_all(metas.values())
    gate = run_gate(frames, metas, counted.counting, pack, {})
    return lambda sheet_id: _rows_of(sheet_id, frames, gate), unread


def _rows_of(sheet_id: str, frames: Mapping[str, pl.DataFrame], gate: GateResult) -> tuple[list[Typed], int]:
    """A contract sheet's accepted rows, and the number of those set aside.

    Objects listed in a row of *Systemer* are rows of *Dataobjekter*, which is where the template asks.
    """
    dataset = load_contract().sheet_by_id[sheet_id].dataset
    beside = gate.beside[dataset]
    keys = [name for name in _KEYS if name in beside.columns]
    joined = frames[dataset].hstack(
        beside.select(
            "contract_sheet",
            "is_counting",
            "is_shared",
            "is_quarantined",
            *(pl.col(k).alias(f"{k}__") for k in keys),
        )
    )
    for amount in _AMOUNTS & set(joined.columns):
        # The SBO states it for all owners together; sent again it would be this municipality's own.
        joined = joined.with_columns(pl.when(~pl.col("is_shared")).then(amount).alias(amount))
    counting = joined.filter("is_counting")
    own = pl.col("contract_sheet") == default_sheet(dataset)
    kept = counting.filter(~pl.col("is_quarantined")).sort(own, descending=True, maintain_order=True)
    return kept.to_dicts(), counting.filter(own & pl.col("is_quarantined")).height


# Sheets of different periods


def _coherent(last: LastAnswers, pack: ReferencePack) -> LastAnswers:
    """Without what speaks of systems or processes that the newest answers no longer have.

    Each sheet may be of a period of its own, so a row may name a system that has been left out since.
    """
    systems = _names(last.rows.get("systems", ()), ("system_id", "system_name"))
    present = [row for row in last.rows.get("processes", ()) if not row["is_absent"]]
    processes = {*_names(present, ("process_name",)), *pack.concept_index("process")}
    rows, left_out = dict(last.rows), dict(last.left_out)

    def keep(sheet_id: str, columns: Sequence[str], known: set[str]) -> None:
        if sheet_id not in rows:
            return
        kept = [row for row in rows[sheet_id] if all(key(row[c] or "") in known for c in columns)]
        left_out[sheet_id] = left_out.get(sheet_id, 0) + len(rows[sheet_id]) - len(kept)
        rows[sheet_id] = kept

    keep("system_data_objects", ("system_name",), systems)
    keep("exchanges", ("from_system", "to_system"), systems)
    keep("process_data", ("process_name",), processes)
    if "functions" in rows:
        rows["functions"] = [_with_known_systems(row, systems) for row in rows["functions"]]
    for sheet_id, column, known in (
        ("initiatives", "process_names", processes),
        ("processes", "system_names", systems),
    ):
        if sheet_id in rows and (sheet_id != "processes" or systems):
            rows[sheet_id] = [_only_known(row, column, known) for row in rows[sheet_id]]
    return replace(last, rows={s: r for s, r in rows.items() if r}, left_out=left_out)


def _names(rows: Sequence[Typed], columns: Sequence[str]) -> set[str]:
    return {key(row[column]) for row in rows for column in columns if row[column]}


def _with_known_systems(row: Typed, known: set[str]) -> Typed:
    """A function whose systems are not all listed any more is asked about anew."""
    names = row["system_names"]
    if not names or all(key(name) in known for name in names):
        return row
    return {**row, "system_names": None, "is_complete": None}


def _only_known(row: Typed, column: str, known: set[str]) -> Typed:
    names = row[column]
    if not names:
        return row
    left = [name for name in names if key(name) in known]
    return {**row, column: left or None}
