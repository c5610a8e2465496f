"""The ledger: which delivery counts, derived anew from arrivals, parsed deliveries and withdrawals.

Pure: no file is read and no clock. Scans are replayed in order. What counts is settled sheet by sheet:
for each municipality, period, kind, collection mode and contract sheet, the delivery that arrived last.

- A rejected delivery supersedes nothing, and neither does one in conflict.
- A delivery that counts for all its sheets, sent again, does nothing; an older one sent again becomes
  current again.
- Two new deliveries with the same sheet in one scan are a conflict: neither counts, and what counted
  before goes on counting.
- What the SBO delivers in the shared folder for its owners counts beside what a municipality delivers
  itself: neither supersedes the other or is in conflict with it (the gate unites the rows).
- A withdrawal undoes a delivery's arrivals up to then, as if they had never been; what it had
  superseded counts again, and sent once more it counts again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipelines.ingest.sharing import SHARED_KIND, is_shared_folder
from pipelines.ingest.shown import file_name_shown
from pipelines.storage.archive import Arrival, Withdrawal
from pipelines.storage.lake import DeliveryMeta

if TYPE_CHECKING:
    from pipelines.ingest.model import Finding

DELIVERY_SCHEMA: dict[str, pl.DataType] = {
    "delivery_id": pl.String(),
    "municipality_number": pl.String(),
    "period": pl.String(),
    "kind": pl.String(),
    "collection_mode": pl.String(),
    "file_name": pl.String(),
    "sha256": pl.String(),
    "status": pl.String(),
    "is_counting": pl.Boolean(),
    "rows_received": pl.Int64(),
    "rows_accepted": pl.Int64(),
    "rows_quarantined": pl.Int64(),
    "supersedes": pl.String(),
}
COUNTING_SCHEMA: dict[str, pl.DataType] = {
    "delivery_id": pl.String(),
    "municipality_number": pl.String(),
    "period": pl.String(),
    "kind": pl.String(),
    "contract_sheet": pl.String(),
    "is_shared": pl.Boolean(),
}


class Place(NamedTuple):
    """What one delivery at a time may count for."""

    municipality_number: str
    period: str
    kind: str
    collection_mode: str
    contract_sheet: str
    is_shared: bool = False


@dataclass(frozen=True)
class Ledger:
    """What the arrivals come to.

    delivery: DELIVERY_SCHEMA, one row per delivery that arrived, by delivery_id; before the gate has
    spoken rows_accepted and rows_quarantined are null unless the delivery was rejected, and no status
    is ``partly_accepted``.
    counting: COUNTING_SCHEMA, one row per delivery and sheet that counts, sorted.
    conflicts: delivery_id → file names of the other deliveries of its conflict.
    reasons: withdrawn delivery_id → why.
    """

    delivery: pl.DataFrame
    counting: pl.DataFrame
    conflicts: dict[str, tuple[str, ...]]
    reasons: dict[str, str]


@dataclass
class _State:
    """Where the replay stands; ``conflicts`` holds those whose latest arrival was in conflict."""

    counting: dict[Place, str] = field(default_factory=dict)
    supersedes: dict[str, set[str]] = field(default_factory=dict)
    conflicts: dict[str, set[str]] = field(default_factory=dict)


def derive(
    arrivals: Sequence[Arrival],
    deliveries_of: Mapping[int, Sequence[str]],
    metas: Mapping[str, DeliveryMeta],
    withdrawals: Iterable[Withdrawal] = (),
) -> Ledger:
    """Replay the arrivals.

    deliveries_of: an arrival's sequence → the ids of the deliveries its file holds; metas: by id.
    The order in which ``arrivals`` and ``withdrawals`` are given does not matter.
    """
    ordered = sorted(arrivals, key=lambda arrival: arrival.sequence)
    latest = {name: arrival for arrival in ordered for name in deliveries_of[arrival.sequence]}
    names = _file_names(ordered, deliveries_of)
    withdrawn = _withdrawn(latest, withdrawals)
    undone = _undone(withdrawals)
    state = _State()
    for _, scan in groupby(ordered, key=lambda arrival: arrival.scan):
        named = {
            (name, _is_shared(arrival, metas[name]))
            for arrival in scan
            for name in deliveries_of[arrival.sequence]
            if arrival.sequence > undone.get(name, 0)
        }
        _replay(state, [_Delivered(metas[name], is_shared) for name, is_shared in sorted(named)])
    return _ledger(state, names, metas, withdrawn)


def with_rows(ledger: Ledger, rows: pl.DataFrame) -> pl.DataFrame:
    """The delivery table with what the gate found.

    rows: delivery_id, rows_accepted, rows_quarantined of the deliveries that were not rejected whole.
    """
    gated = ledger.delivery.join(
        rows.select("delivery_id", accepted="rows_accepted", quarantined="rows_quarantined"),
        on="delivery_id",
        how="left",
        maintain_order="left",
    )
    is_partly = (pl.col("status") == "accepted") & (pl.col("quarantined") > 0)
    return gated.with_columns(
        status=pl.when(is_partly).then(pl.lit("partly_accepted")).otherwise("status"),
        rows_accepted=pl.coalesce("accepted", "rows_accepted"),
        rows_quarantined=pl.coalesce("quarantined", "rows_quarantined"),
    ).select(list(DELIVERY_SCHEMA))


def _withdrawn(latest: Mapping[str, Arrival], withdrawals: Iterable[Withdrawal]) -> dict[str, str]:
    """Deliveries with no arrival after their last withdrawal → its reason."""
    ordered = sorted(withdrawals, key=lambda withdrawal: withdrawal.sequence)
    last = {withdrawal.delivery_id: withdrawal for withdrawal in ordered}
    return {
        name: withdrawal.reason
        for name, withdrawal in sorted(last.items())
        if name in latest and latest[name].sequence <= withdrawal.after_sequence
    }


def _undone(withdrawals: Iterable[Withdrawal]) -> dict[str, int]:
    """delivery_id → the last sequence that a withdrawal covers."""
    undone: dict[str, int] = {}
    for withdrawal in withdrawals:
        before = undone.get(withdrawal.delivery_id, 0)
        undone[withdrawal.delivery_id] = max(before, withdrawal.after_sequence)
    return undone


@dataclass(frozen=True)
class _Delivered:
    """A delivery as it arrived: by the municipality's own way or the shared one."""

    meta: DeliveryMeta
    is_shared: bool

    @property
    def name(self) -> str:
        return self.meta.delivery_id

    @property
    def places(self) -> list[Place]:
        meta = self.meta
        whose = (meta.municipality_number, meta.period, meta.kind, meta.collection_mode)
        return [Place(*whose, sheet, self.is_shared) for sheet in sorted(meta.contract_sheets)]


def _is_shared(arrival: Arrival, meta: DeliveryMeta) -> bool:
    return meta.kind == SHARED_KIND and is_shared_folder(arrival.municipality_number)


def _replay(state: _State, scan: Sequence[_Delivered]) -> None:
    """Take in the deliveries of one scan, at once."""
    new = [one for one in scan if one.meta.rejection is None and not _counts_already(state, one)]
    claims: dict[Place, set[str]] = defaultdict(set)
    for one in new:
        for place in one.places:
            claims[place].add(one.name)
    for one in new:
        rivals = {rival for place in one.places for rival in claims[place]} - {one.name}
        if rivals:
            state.conflicts[one.name] = rivals
        else:
            _take_over(state, one)


def _take_over(state: _State, one: _Delivered) -> None:
    """From now on the delivery counts for all its sheets."""
    before = {state.counting[place] for place in one.places if place in state.counting}
    state.supersedes[one.name] = before - {one.name}
    state.counting.update(dict.fromkeys(one.places, one.name))
    state.conflicts.pop(one.name, None)


def _counts_already(state: _State, one: _Delivered) -> bool:
    return all(state.counting.get(place) == one.name for place in one.places)


def _file_names(arrivals: Sequence[Arrival], deliveries_of: Mapping[int, Sequence[str]]) -> dict[str, str]:
    """delivery_id → the name of its file; of several, the first by alphabet, whichever came first."""
    names: dict[str, str] = {}
    for arrival in arrivals:
        for name in deliveries_of[arrival.sequence]:
            shown = file_name_shown(arrival.file_name)
            names[name] = min(names.get(name, shown), shown)
    return names


def _ledger(
    state: _State,
    names: Mapping[str, str],
    metas: Mapping[str, DeliveryMeta],
    withdrawn: Mapping[str, str],
) -> Ledger:
    counting_ids = set(state.counting.values())
    rows = [_delivery_row(metas[name], names[name], state, counting_ids, withdrawn) for name in sorted(names)]
    counting: dict[tuple[str, ...], bool] = {}
    for place, name in state.counting.items():
        row = (name, place.municipality_number, place.period, place.kind, place.contract_sheet)
        # The same file sent both ways is the municipality's own.
        counting[row] = counting.get(row, True) and place.is_shared
    rows_counting = sorted((*row, is_shared) for row, is_shared in counting.items())
    conflicts = {
        name: tuple(sorted(names[other] for other in others))
        for name, others in sorted(state.conflicts.items())
        if name not in counting_ids and name not in withdrawn
    }
    return Ledger(
        delivery=pl.DataFrame(rows, schema=DELIVERY_SCHEMA, orient="row"),
        counting=pl.DataFrame(rows_counting, schema=COUNTING_SCHEMA, orient="row"),
        conflicts=conflicts,
        reasons=dict(withdrawn),
    )


def _delivery_row(
    meta: DeliveryMeta,
    file_name: str,
    state: _State,
    counting_ids: set[str],
    withdrawn: Mapping[str, str],
) -> tuple[object, ...]:
    """One row of the delivery table."""
    name = meta.delivery_id
    is_rejected, is_counting = meta.rejection is not None, name in counting_ids
    return (
        name,
        meta.municipality_number,
        meta.period,
        meta.kind,
        meta.collection_mode,
        file_name,
        meta.sha256,
        _status(name, is_rejected, is_counting, state, withdrawn),
        is_counting,
        meta.rows_received,
        0 if is_rejected else None,
        meta.rows_received if is_rejected else None,
        ",".join(sorted(state.supersedes.get(name, ()))) or None,
    )


def _status(
    name: str, is_rejected: bool, is_counting: bool, state: _State, withdrawn: Mapping[str, str]
) -> str:
    """Withdrawn before rejected before conflict; what still counts for a sheet is not in conflict."""
    if name in withdrawn:
        return "withdrawn"
    if is_rejected:
        return "rejected"
    return "conflict" if name in state.conflicts and not is_counting else "accepted"


def with_file_names(metas: Mapping[str, DeliveryMeta], ledger: Ledger) -> dict[str, DeliveryMeta]:
    """The metas with the ledger's names of their files: a content may have come under several.

    Findings are released and name files, so the name may not depend on which of them was read last.
    """
    names = dict(ledger.delivery.select("delivery_id", "file_name").iter_rows())
    return {one: replace(meta, file_name=names.get(one, meta.file_name)) for one, meta in metas.items()}


def notes(ledger: Ledger) -> dict[str, tuple[Finding, ...]]:
    """What the ledger itself has to tell a delivery's sender: a conflict, a withdrawal."""
    from pipelines.ingest.model import Finding

    said: dict[str, tuple[Finding, ...]] = {
        name: (Finding("conflict", "rejected", params={"other": ", ".join(others)}),)
        for name, others in ledger.conflicts.items()
    }
    for name, reason in ledger.reasons.items():
        said[name] = (Finding("withdrawn", "warning", params={"reason": reason}),)
    return said
