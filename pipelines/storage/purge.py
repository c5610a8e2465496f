"""Deleting received bytes whose time is over; hashes, ledger and the rows read from them stay.

What a purge leaves: the arrival records, the rows (personal data was masked before they were stored),
and a record of what was deleted. What it takes: the files as received, and our marked copies of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pipelines.settings import Settings
from pipelines.storage.archive import Archive, Arrival
from pipelines.storage.lake import DeliveryMeta, Lake, input_id_of

OSLO = ZoneInfo("Europe/Oslo")


class PurgeError(ValueError):
    """Nothing was deleted; the text says why and what to do."""


@dataclass(frozen=True)
class Purgeable:
    """Files whose every arrival was before the day.

    arrivals: theirs, in order; sha256: their contents, sorted; n_bytes: how much that is.
    """

    before: date
    arrivals: tuple[Arrival, ...]
    sha256: tuple[str, ...]
    n_bytes: int


def find_purgeable(settings: Settings, before: date) -> Purgeable:
    """What a purge of that day would delete. A content that came again on or after the day stays."""
    archive = Archive(settings)
    arrivals = archive.arrivals()
    late = {arrival.sha256 for arrival in arrivals if _day(arrival) >= before}
    mappings = {arrival.mapping_sha256 for arrival in arrivals}
    old = {arrival.sha256 for arrival in arrivals} - late - mappings
    contents = sorted(sha for sha in old if archive.holds(sha))
    chosen = tuple(arrival for arrival in arrivals if arrival.sha256 in set(contents))
    return Purgeable(before, chosen, tuple(contents), sum(archive.size(sha) for sha in contents))


def purge(settings: Settings, found: Purgeable) -> int:
    """Delete what was found; the caller holds the writer's lock. Gives the number of files deleted.

    Raises PurgeError, before anything is touched, where a file was never read: its rows would be lost.
    """
    archive, lake = Archive(settings), Lake(settings.lake)
    kept = Lake(archive.rows)
    unread = [a for a in found.arrivals if lake.read_input(input_id_of(a), None) is None]
    if unread:
        raise PurgeError(
            f"{len(unread)} of the files were never read, or their rows are gone from {settings.lake}, "
            f"first {unread[0].inbox_path}; kommunebench run reads them, then purge again"
        )
    given = [meta for a in found.arrivals for meta in kept.take_over(lake, input_id_of(a)) or ()]
    if found.sha256:
        archive.record_purge(found.before.isoformat(), found.sha256)
    for sha256 in found.sha256:
        archive.bytes_path(sha256).unlink(missing_ok=True)
    _delete_marked_copies(settings, given)
    return len(found.sha256)


def finish_purges(settings: Settings) -> None:
    """Delete what a purge that was killed had recorded and left; the caller holds the writer's lock."""
    archive = Archive(settings)
    purged_at = {sha256: record.purged_at for record in archive.purges() for sha256 in record.sha256}
    if not purged_at:
        return
    arrivals = [arrival for arrival in archive.arrivals() if arrival.sha256 in purged_at]
    again = {a.sha256 for a in arrivals if a.received_at >= purged_at[a.sha256]}
    gone = [arrival for arrival in arrivals if arrival.sha256 not in again]
    for arrival in gone:
        archive.bytes_path(arrival.sha256).unlink(missing_ok=True)
    kept = Lake(archive.rows)
    _delete_marked_copies(settings, [m for a in gone for m in kept.read_input(input_id_of(a), None) or ()])


def _day(arrival: Arrival) -> date:
    """The day of an arrival in Norway."""
    return datetime.fromisoformat(arrival.received_at).astimezone(OSLO).date()


def _delete_marked_copies(settings: Settings, metas: Iterable[DeliveryMeta]) -> None:
    """The sender's workbook with marks holds what the sender wrote."""
    for path in _marked_copies(settings, sorted({meta.delivery_id for meta in metas})):
        (settings.reports / path).unlink(missing_ok=True)


def _marked_copies(settings: Settings, delivery_ids: Sequence[str]) -> list[str]:
    suffixes = ("xlsx", "xlsm")
    names = [f"{name}.{suffix}" for name in delivery_ids for suffix in suffixes]
    return [name for name in names if (settings.reports / name).exists()]
