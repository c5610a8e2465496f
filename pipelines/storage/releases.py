"""Releases: publishing, listing, rolling back, and the link ``current``.

A release is written beside the others under a hidden name, complete and read back, before its folder
gets its name; only then is the relative link ``current`` swapped. So a reader, or a kill at any moment,
meets the old release or the new one, never half of one. Whoever writes here holds the writer's lock.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.disclosure.editions import BUILD, Withheld, make_editions
from pipelines.disclosure.published import EDITIONS, MEMBER, Described, tables_of
from pipelines.settings import Settings
from pipelines.storage.audit import audit_build
from pipelines.storage.content_hash import TableHash, content_hash, hash_table
from pipelines.storage.files import OPEN_FOLDER, fsync_directory, remove_leftovers, storage_fault
from pipelines.storage.lock import writer_lock
from pipelines.storage.release_check import (
    RELEASE_NAME,
    release_folder,
    resolve_current,
    verify,
)
from pipelines.storage.release_files import (
    Origin,
    ReleaseError,
    attach_read_only,
    fresh_connection,
    read_manifest,
    write_edition,
)
from pipelines.storage.release_record import (
    MadeFrom,
    ReleaseRecord,
    Repeated,
    forget_unpublished,
    records_folder,
    write_record,
)
from pipelines.storage.release_tags import tags

__all__ = [
    "PublishResult",
    "ReleaseError",
    "ReleaseInfo",
    "audit",
    "list_releases",
    "publish",
    "resolve_current",
    "rollback",
    "verify",
]

# Hidden names: what is being written, and what is being removed. A kill leaves them; the next
# publication takes them away.
INCOMING = ".incoming-"
REMOVED = ".removed-"
_COUNTER = itertools.count()


@dataclass(frozen=True)
class PublishResult:
    """The release that is current after publishing. published: false when its content was current already.

    withheld: tables that are empty in it, since they could not be protected.
    warnings: a sentence for each older release that could not be removed.
    """

    release_id: str
    published: bool
    content_hash: str
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReleaseInfo:
    """One release of the home; the fields from its manifest are null when that cannot be read."""

    release_id: str
    is_current: bool
    created_at: str | None
    content_hash: str | None
    code_version: str | None


def audit(settings: Settings, *, is_tested: bool) -> list[str]:
    """What speaks against publishing the build file, one sentence each; empty when nothing does.

    Raises BuildFileError when a published table or column is missing, ReleaseError without build file.
    """
    with fresh_connection(settings.threads) as connection:
        _attach_build(connection, settings.build_file)
        return audit_build(connection, settings, is_tested=is_tested)


def publish(
    settings: Settings,
    code_version: str,
    pack_hash: str,
    inputs: Iterable[str],
    *,
    is_tested: bool,
    made_from: MadeFrom | None = None,
    repeated: Repeated | None = None,
    now: datetime | None = None,
) -> PublishResult:
    """Publish the finished build file as a release, unless its content is the current one.

    inputs: SHA-256 of the delivered files; is_tested: whether dbt built and tested the build without
    a failure; made_from: what the record shall say of the build, so that the release can be rebuilt;
    repeated: what a rebuild takes from the record. Raises ReleaseError with every objection of the
    audit, BuildFileError for what the build lacks; then, as after any other error, ``current`` is
    what it was.
    """
    incoming: _Incoming | None = None
    try:
        with writer_lock(settings):
            if not settings.releases.is_dir():
                settings.releases.mkdir(parents=True)
                settings.releases.chmod(OPEN_FOLDER)
            left = _remove_leftovers(settings)
            with fresh_connection(settings.threads, settings.build_dir / "spill") as connection:
                _attach_audited(connection, settings, is_tested=is_tested)
                held = repeated.held if repeated is not None else None
                editions = make_editions(connection)
                hashes = _hash_editions(connection)
                content = _content_of(hashes)
                current = _current_with(settings, content)
                if current is not None:
                    return PublishResult(current, False, content, editions.withheld)
                stamp = _free_stamp(settings.releases, now or datetime.now(UTC), content)
                release_id = _release_id(stamp, content)
                origin = Origin(
                    release_id, content, code_version, pack_hash, tuple(inputs), stamp, editions.withheld
                )
                incoming = _Incoming(settings, release_id)
                _write_incoming(connection, incoming.folder, editions.described, hashes, origin)
                record = _record(connection, origin, hashes, _current_name(settings.releases), made_from)
                write_record(settings, record, held)
            incoming.put_in_place()
            warnings = (*left, *_retain(settings, release_id))
            return PublishResult(release_id, True, content, editions.withheld, warnings)
    except Exception as error:
        if incoming is not None:
            incoming.give_up()
        if (fault := storage_fault(error)) is None:
            raise
        raise ReleaseError(_nothing_published(settings, fault)) from error


def list_releases(settings: Settings) -> list[ReleaseInfo]:
    """Every release of the home, oldest first."""
    current = _current_name(settings.releases)
    return [_info(folder, folder.name == current) for folder in _release_folders(settings.releases)]


def rollback(settings: Settings, release: str) -> Path:
    """Make an earlier release current; returns its folder.

    Raises ReleaseError when it is unknown or does not verify: ``current`` is then what it was.
    """
    with writer_lock(settings):
        folder = release_folder(settings, release)
        if problems := verify(settings, release):
            raise ReleaseError(f"release {release} is not whole and stays unused: " + "; ".join(problems))
        _swap_current(settings.releases, release)
        return folder


def _attach_build(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    if not path.is_file():
        raise ReleaseError(f"no build file {path}; build the warehouse first (kommunebench run)")
    attach_read_only(connection, path, BUILD)


def _attach_audited(connection: duckdb.DuckDBPyConnection, settings: Settings, *, is_tested: bool) -> None:
    """Attach the build file. Raises ReleaseError with every objection of the audit."""
    _attach_build(connection, settings.build_file)
    if problems := audit_build(connection, settings, is_tested=is_tested):
        raise ReleaseError("the build cannot be published: " + "; ".join(problems))


def _hash_editions(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, TableHash]]:
    return {
        edition: {
            table.name: hash_table(connection, f"memory.{edition}.{table.name}", table.name, table.key)
            for table in tables_of(edition)
        }
        for edition in EDITIONS
    }


def _content_of(hashes: dict[str, dict[str, TableHash]]) -> str:
    return content_hash({f"{e}.{t}": h for e, tables in hashes.items() for t, h in tables.items()})


def _current_with(settings: Settings, content: str) -> str | None:
    """The name of the current release when it has this content and is whole; a damaged one is replaced."""
    try:
        folder = resolve_current(settings)
        same = read_manifest(folder / MEMBER).get("content_hash") == content
    except ReleaseError:
        return None
    return folder.name if same and not verify(settings, folder.name) else None


def _release_id(stamp: datetime, content: str) -> str:
    return f"{stamp:%Y%m%dT%H%M%SZ}-{content[:8]}"


def _free_stamp(releases: Path, now: datetime, content: str) -> datetime:
    """The time in whole seconds of UTC, later by as many seconds as the name is taken already."""
    stamp = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    while (releases / _release_id(stamp, content)).exists():
        stamp += timedelta(seconds=1)
    return stamp


def _hidden_name(releases: Path, prefix: str, what: str) -> Path:
    return releases / f"{prefix}{what}-{os.getpid()}-{next(_COUNTER)}"


class _Incoming:
    """A release on its way: its hidden folder, and the link that is to lead to it."""

    def __init__(self, settings: Settings, release_id: str) -> None:
        self._settings, self._release_id = settings, release_id
        self.folder = _hidden_name(settings.releases, INCOMING, release_id)

    def put_in_place(self) -> None:
        """Give the complete folder its name, then lead ``current`` to it; each step is one rename.

        The link is made first: a full disk refuses it while nothing has a name yet.
        """
        releases = self._settings.releases
        link = _new_link(releases, self._release_id)
        self.folder.rename(releases / self._release_id)
        fsync_directory(releases)
        link.replace(releases / "current")
        fsync_directory(releases)

    def give_up(self) -> None:
        """Leave nothing of what did not become current, as far as the disk lets us."""
        releases = self._settings.releases
        if _current_name(releases) == self._release_id:
            return
        with suppress(OSError):
            (releases / self._release_id).rename(self.folder)
        with suppress(OSError):
            forget_unpublished(self._settings, self._release_id)
        shutil.rmtree(self.folder, ignore_errors=True)


def _write_incoming(
    connection: duckdb.DuckDBPyConnection,
    incoming: Path,
    described: dict[str, Described],
    hashes: dict[str, dict[str, TableHash]],
    origin: Origin,
) -> None:
    """Write both editions under a hidden name, forced to disk."""
    incoming.mkdir()
    incoming.chmod(OPEN_FOLDER)
    for edition in EDITIONS:
        write_edition(connection, incoming / edition, edition, described, hashes[edition], origin)
    fsync_directory(incoming)


def _nothing_published(settings: Settings, fault: str) -> str:
    """Why nothing was published, and what is served meanwhile."""
    current = _current_name(settings.releases)
    served = f"release {current} is served as before" if current else "there is no release yet"
    return f"nothing was published, {served}: {fault}"


def _record(
    connection: duckdb.DuckDBPyConnection,
    origin: Origin,
    hashes: dict[str, dict[str, TableHash]],
    previous: str | None,
    made_from: MadeFrom | None,
) -> ReleaseRecord:
    """What the archive keeps of a release; the ledger is that of the build, not of today."""
    cursor = connection.execute(f"select * from {BUILD}.ledger.delivery order by delivery_id")  # noqa: S608 our own names
    columns = [str(column[0]) for column in cursor.description or ()]
    return ReleaseRecord(
        release_id=origin.release_id,
        created_at=origin.created_at.isoformat(),
        content_hash=origin.content_hash,
        code_version=origin.code_version,
        pack_hash=origin.pack_hash,
        previous=previous,
        inputs=tuple(sorted(set(origin.inputs))),
        tables={f"{e}.{t}": (h.rows, h.sha256) for e, tables in hashes.items() for t, h in tables.items()},
        deliveries=tuple(dict(zip(columns, row, strict=True)) for row in cursor.fetchall()),
        made_from=made_from,
    )


def _new_link(releases: Path, release_id: str) -> Path:
    """A link to a release under a hidden name, relative so that the home can be moved."""
    link = _hidden_name(releases, INCOMING, "current")
    link.symlink_to(release_id)
    return link


def _swap_current(releases: Path, release_id: str) -> None:
    _new_link(releases, release_id).replace(releases / "current")
    fsync_directory(releases)


def _current_name(releases: Path) -> str | None:
    link = releases / "current"
    return str(link.readlink()) if link.is_symlink() else None


def _release_folders(releases: Path) -> list[Path]:
    """Folders of releases, oldest first: their names begin with the time."""
    if not releases.is_dir():
        return []
    return sorted(path for path in releases.iterdir() if RELEASE_NAME.fullmatch(path.name) and path.is_dir())


def _retain(settings: Settings, current: str) -> list[str]:
    """Keep the newest releases, and however old they are the current one and those that have a name.

    Returns a sentence for each that could not be removed: the new release is published all the same.
    """
    kept = {current, *tags(settings).values()}
    too_old = _release_folders(settings.releases)[: -settings.keep_releases]
    sentences = []
    for folder in too_old:
        if folder.name in kept:
            continue
        # Out of the list in one step, so that a kill leaves no half release that looks whole.
        removed = _hidden_name(settings.releases, REMOVED, folder.name)
        try:
            folder.rename(removed)
            shutil.rmtree(removed)
        except OSError as error:
            sentences.append(f"the old release {folder.name} could not be removed: {error}")
    return sentences


def _remove_leftovers(settings: Settings) -> list[str]:
    """Remove what a killed publication left: hidden names, and the record of what never got its own.

    Returns a sentence for each that could not be removed.
    """
    remove_leftovers(records_folder(settings))
    sentences = []
    for path in settings.releases.iterdir():
        if not path.name.startswith((INCOMING, REMOVED)):
            continue
        try:
            if path.name.startswith(INCOMING):
                unpublished = path.name.removeprefix(INCOMING).rsplit("-", 2)[0]
                forget_unpublished(settings, unpublished)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except OSError as error:
            sentences.append(f"what is left of an earlier publication could not be removed: {error}")
    return sentences


def _info(folder: Path, is_current: bool) -> ReleaseInfo:
    try:
        manifest = read_manifest(folder / MEMBER)
    except ReleaseError:
        manifest = {}
    return ReleaseInfo(
        folder.name,
        is_current,
        manifest.get("created_at"),
        manifest.get("content_hash"),
        manifest.get("code_version"),
    )
