"""``kommunebench purge``: received files deleted when their time is over. No dagster here."""

from __future__ import annotations

from datetime import date, datetime

from pipelines.settings import Settings
from pipelines.storage.lock import writer_lock
from pipelines.storage.purge import OSLO, Purgeable, PurgeError, find_purgeable, purge


def purge_files(settings: Settings, before: date, *, is_trial: bool) -> list[str]:
    """Delete, or with ``is_trial`` only tell; what was done, in lines.

    Raises PurgeError for a day to come, and where a file was never read.
    """
    today = datetime.now(OSLO).date()
    if before > today:
        raise PurgeError(
            f"--before {before} is later than today, {today}: that would delete what arrives until then too; "
            "give a day that has come"
        )
    if is_trial:
        found = find_purgeable(settings, before)
        return [*_listed(found), f"would delete {_summed(found)}; nothing is deleted"]
    with writer_lock(settings):
        found = find_purgeable(settings, before)
        n_deleted = purge(settings, found)
    if not n_deleted:
        return [f"no file of which every arrival was before {before}; nothing is deleted"]
    return [*_listed(found), f"deleted {_summed(found)}; hashes, ledger and rows stay"]


def _listed(found: Purgeable) -> list[str]:
    return [f"{arrival.received_at[:10]}  {arrival.inbox_path}" for arrival in found.arrivals]


def _summed(found: Purgeable) -> str:
    """Contents and arrivals apart: the same content may have come under several names."""
    n_contents, n_arrivals = len(found.sha256), len(found.arrivals)
    contents = f"{n_contents} file content{'' if n_contents == 1 else 's'} ({found.n_bytes / 1e6:.1f} MB)"
    arrivals = f"{n_arrivals} arrival{'' if n_arrivals == 1 else 's'}"
    return f"{contents} of {arrivals} before {found.before}"
