"""Taking a delivery back, and sending it again from the archive. No dagster here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipelines.settings import Settings
from pipelines.storage.archive import SENT_AGAIN, Archive, Arrival
from pipelines.storage.lake import Lake
from pipelines.storage.lock import writer_lock


class WithdrawalError(ValueError):
    """There is no such delivery, or nothing to undo."""


def withdraw_delivery(settings: Settings, delivery_id: str, reason: str) -> str:
    """Record the withdrawal; returns a sentence for the user. Raises WithdrawalError."""
    if not reason.strip():
        raise WithdrawalError("--reason may not be empty: it is what the archive will tell later")
    with writer_lock(settings):
        archive = Archive(settings)
        what = _describe(settings, delivery_id)
        latest = _latest_arrival(archive, settings, delivery_id)
        if any(
            w.delivery_id == delivery_id and latest.sequence <= w.after_sequence
            for w in archive.withdrawals()
        ):
            raise WithdrawalError(f"{delivery_id} ({what}) is withdrawn already")
        archive.withdraw(delivery_id, reason)
    return f"withdrawn: {delivery_id} ({what}); the next run releases without it"


def undo_withdrawal(settings: Settings, delivery_id: str) -> str:
    """Let the delivery's file arrive once more, as if it had been sent again. Raises WithdrawalError."""
    with writer_lock(settings):
        archive = Archive(settings)
        what = _describe(settings, delivery_id)
        latest = _latest_arrival(archive, settings, delivery_id)
        covers = [w for w in archive.withdrawals() if w.delivery_id == delivery_id]
        if not any(latest.sequence <= w.after_sequence for w in covers):
            raise WithdrawalError(f"{delivery_id} ({what}) is not withdrawn")
        archive.record_scan([_once_more(archive, latest, delivery_id)])
    return f"sent again: {delivery_id} ({what}); it counts from the next run on"


def _once_more(archive: Archive, arrival: Arrival, delivery_id: str) -> Arrival:
    """The same arrival anew, of the one delivery: what others sent since stays.

    It is not of the inbox: a newer file that lies there stays known.
    """
    arrivals = archive.arrivals()
    return replace(
        arrival,
        sequence=1 + max(a.sequence for a in arrivals),
        scan=1 + max(a.scan for a in arrivals),
        received_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        inbox=SENT_AGAIN,
        only=delivery_id,
    )


def _latest_arrival(archive: Archive, settings: Settings, delivery_id: str) -> Arrival:
    """The last arrival whose file gave the delivery; the same content elsewhere gave another."""
    lake = Lake(settings.lake)
    found = [arrival for arrival in archive.arrivals() if delivery_id in lake.recorded(arrival)]
    if not found:
        raise WithdrawalError(f"no file of delivery {delivery_id} has arrived")
    return max(found, key=lambda arrival: arrival.sequence)


def _describe(settings: Settings, delivery_id: str) -> str:
    """Municipality, period, kind and file of a delivery. Raises WithdrawalError for one never read."""
    meta = Lake(settings.lake).read_meta(delivery_id)
    if meta is None:
        raise WithdrawalError(f"there is no delivery {delivery_id}; kommunebench deliveries shows the ids")
    return f"{meta.municipality_number}, {meta.period}, {meta.kind}, {meta.file_name}"
