"""``kommunebench deliveries``: what has arrived, in order, and what became of it. No lock and no dagster.

It only reads. A run may be writing meanwhile: what it has not finished is told as not read yet. How many
rows the gate accepted stands in the reports of the last run; without one a delivery is not judged yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.ingest.sharing import SHARED_KIND, is_shared_folder
from pipelines.ingest.shown import file_name_shown
from pipelines.orchestration.status_words import status_word
from pipelines.settings import Settings
from pipelines.storage import ledger
from pipelines.storage.archive import Archive, Arrival, Withdrawal
from pipelines.storage.inbox import printable
from pipelines.storage.lake import DeliveryMeta, Lake

if TYPE_CHECKING:
    from pipelines.storage.ledger import Ledger

NOT_READ = "not read yet"
NOT_JUDGED = "not judged yet"
Counts = tuple[int | None, int | None, int | None]
UNCOUNTED: Counts = (None, None, None)


@dataclass(frozen=True)
class HistoryLine:
    """One delivery of one arrival; without an id where its file has not been read.

    rows: received, accepted and set aside, None where nobody has counted yet; counts_for: contract sheets
    that it counts for now; superseded_by: ids that count for its other sheets in its stead; reason: why
    this arrival was withdrawn, or with which files it was in conflict.
    """

    received_at: str
    file: str
    delivery_id: str = ""
    municipality_number: str = ""
    period: str = ""
    kind: str = ""
    status: str = NOT_READ
    rows: Counts = UNCOUNTED
    counts_for: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class _Known:
    """What the archive and the lake hold."""

    metas: Mapping[str, DeliveryMeta]
    ledger: Ledger
    withdrawals: Sequence[Withdrawal]
    reports: Path

    @cached_property
    def _by_id(self) -> dict[str, tuple[str, Counts]]:
        """delivery_id → its status and rows as far as the ledger knows them."""
        columns = ("delivery_id", "status", "rows_received", "rows_accepted", "rows_quarantined")
        rows = self.ledger.delivery.select(columns).iter_rows()
        return {name: (status, (received, kept, aside)) for name, status, received, kept, aside in rows}

    def standing(self, name: str) -> tuple[str, Counts]:
        """Status in words and rows of a delivery: the gate's where it is the gate's to say."""
        status, rows = self._by_id[name]
        if status == "accepted":
            status, rows = _judged(self.reports / f"{name}.json", rows[0])
        return status_word(status, rows[1], rows[0]), rows

    def counting(self, meta: DeliveryMeta, sheet: str, *, is_shared: bool) -> list[str]:
        """The deliveries that count for a sheet of this one's place; shared and own stand side by side."""
        return self._by_place.get((*_place(meta, sheet), is_shared), [])

    @cached_property
    def _by_place(self) -> dict[tuple[object, ...], list[str]]:
        found: dict[tuple[object, ...], list[str]] = {}
        columns = ("delivery_id", "contract_sheet", "is_shared")
        for name, sheet, is_shared in self.ledger.counting.select(columns).iter_rows():
            found.setdefault((*_place(self.metas[name], sheet), is_shared), []).append(name)
        return found

    def withdrawn(self, name: str, arrival: Arrival) -> Withdrawal | None:
        """The first withdrawal that covers this arrival of a delivery."""
        covering = (w for w in self.withdrawals if w.delivery_id == name)
        return next((w for w in covering if arrival.sequence <= w.after_sequence), None)


def _judged(report: Path, received: int | None) -> tuple[str, Counts]:
    """Status and rows as the last run's report tells them; not judged yet where there is none to read."""
    try:
        told = json.loads(report.read_bytes())
    except (FileNotFoundError, ValueError):
        return NOT_JUDGED, (received, None, None)
    # A report of before the delivery was withdrawn, or of another version, says nothing of its rows now.
    if not isinstance(told, dict) or told.get("status") not in {"accepted", "partly_accepted"}:
        return NOT_JUDGED, (received, None, None)
    return told["status"], (received, told.get("rows_accepted"), told.get("rows_quarantined"))


def _place(meta: DeliveryMeta, sheet: str) -> tuple[str, ...]:
    return (meta.municipality_number, meta.period, meta.kind, meta.collection_mode, sheet)


def history(
    settings: Settings, municipality: str | None = None, period: str | None = None, kind: str | None = None
) -> list[HistoryLine]:
    """Every arrival in order, one line per delivery in it; the arguments, where given, choose among them."""
    archive, lake = Archive(settings), Lake(settings.lake)
    arrivals = archive.arrivals()
    names_of = {arrival.sequence: lake.recorded(arrival) for arrival in arrivals}
    read = {name: lake.read_meta(name) for names in names_of.values() for name in names}
    metas = {name: meta for name, meta in read.items() if meta is not None}
    names_of = {n: tuple(name for name in names if name in metas) for n, names in names_of.items()}
    withdrawals = archive.withdrawals()
    derived = ledger.derive(arrivals, names_of, metas, withdrawals)
    known = _Known(metas, derived, withdrawals, settings.reports)
    wanted = {"municipality_number": municipality, "period": period, "kind": kind}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    lines = (line for arrival in arrivals for line in _lines(arrival, names_of[arrival.sequence], known))
    return [line for line in lines if all(getattr(line, name) == value for name, value in chosen.items())]


def history_lines(found: Sequence[HistoryLine]) -> Iterator[str]:
    """For the terminal: a head and a line each."""
    if not found:
        yield "nothing has arrived"
        return
    head = HistoryLine("arrived (UTC)", "file", "delivery", "munic.", "period", "kind", "status")
    yield _shown(head, ("received", "accepted", "aside"), "")
    for line in found:
        yield _shown(line, tuple("–" if n is None else str(n) for n in line.rows), _outcome(line))


def _lines(arrival: Arrival, names: Sequence[str], known: _Known) -> Iterator[HistoryLine]:
    file = file_name_shown(printable(arrival.inbox_path))
    if not names:
        yield HistoryLine(
            arrival.received_at, file, "", arrival.municipality_number, arrival.period, "", NOT_READ
        )
    for name in sorted(names, key=lambda name: (known.metas[name].municipality_number, name)):
        meta = known.metas[name]
        withdrawal = known.withdrawn(name, arrival)
        conflict = ", ".join(known.ledger.conflicts.get(name, ()))
        is_shared = meta.kind == SHARED_KIND and is_shared_folder(arrival.municipality_number)
        by_sheet = {s: known.counting(meta, s, is_shared=is_shared) for s in meta.contract_sheets}
        status, rows = known.standing(name)
        counts_for = tuple(sheet for sheet, ids in by_sheet.items() if name in ids and withdrawal is None)
        others = {i for sheet, ids in by_sheet.items() if sheet not in counts_for for i in ids if i != name}
        is_superseded = withdrawal is None and meta.rejection is None and not conflict
        yield HistoryLine(
            received_at=arrival.received_at,
            file=file,
            delivery_id=name,
            municipality_number=meta.municipality_number,
            period=meta.period,
            kind=meta.kind,
            status=status if withdrawal is None else "withdrawn",
            rows=rows,
            counts_for=counts_for,
            superseded_by=tuple(sorted(others)) if is_superseded else (),
            reason=_reason(meta, withdrawal, conflict),
        )


def _reason(meta: DeliveryMeta, withdrawal: Withdrawal | None, conflict: str) -> str:
    if withdrawal is not None:
        return withdrawal.reason
    if meta.rejection is not None:
        return meta.rejection.rule
    return f"with {conflict}" if conflict else ""


def _outcome(line: HistoryLine) -> str:
    parts = [
        f"counts for {', '.join(line.counts_for)}" if line.counts_for else "",
        f"superseded by {', '.join(line.superseded_by)}" if line.superseded_by else "",
        printable(line.reason),
    ]
    return "; ".join(part for part in parts if part)


def _shown(line: HistoryLine, rows: Sequence[str], outcome: str) -> str:
    received, accepted, aside = rows
    return (
        f"{line.received_at[:19]:<19}  {line.delivery_id:<16}  {line.period:<7}  "
        f"{line.municipality_number:<6}  {line.kind:<9}  {line.status:<15}  "
        f"{received:>8} {accepted:>8} {aside:>8}  {line.file}" + (f"  ({outcome})" if outcome else "")
    )
