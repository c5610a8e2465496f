"""The archive: the bytes as received, one append-only record per arrival, withdrawals, packs.

Everything after it can be deleted and rebuilt from it. What lies here::

    bytes/<ab>/<sha256>            every file and mapping ever received, by its hash
    arrivals/<scan>.jsonl          one line per arrival of one look into the inboxes
    withdrawals/<sequence>.json    one record per withdrawal, with its reason
    packs/<pack hash>/<table>.csv  every reference pack ever used
    purges/<sequence>.json         one record per purge: which bytes were deleted, by their hashes
    releases/<release id>/         what each release was made of (``release_record``)
    rows/                          a lake of its own: what purged files had given, personal data masked

A scan stores the bytes first and then writes its record whole, so a kill leaves a scan recorded
wholly or not at all; bytes without a record are harmless and are used by the next scan.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.inbox import MAPPING_NAME, Candidate, candidates, printable, shown

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

# A file that somebody writes to changes at least so often.
SETTLE_SECONDS = 1.0
# The inbox of a file that came from the archive: it displaces no file that lies in an inbox.
SENT_AGAIN = "archive"


class ArchiveError(RuntimeError):
    """The archive does not hold what its records say."""


@dataclass(frozen=True)
class Arrival:
    """One file seen in an inbox. ``received_at`` is UTC; nothing that is released depends on it.

    inbox: which inbox it lay in (see ``inbox_name``), so that two inboxes do not displace each other's
    files; None in records from before it was kept. only: of a withdrawal undone, the delivery that arrives
    again; the others in its file do not.
    """

    sequence: int
    scan: int
    received_at: str
    inbox_path: str
    file_name: str
    period: str
    municipality_number: str
    sha256: str
    mapping_sha256: str | None
    inbox: str | None = None
    only: str | None = None

    def of_these(self, delivery_ids: Iterable[str]) -> tuple[str, ...]:
        """Of the deliveries that the file holds, those that arrived, sorted."""
        return tuple(sorted(name for name in delivery_ids if self.only in (None, name)))


@dataclass(frozen=True)
class Withdrawal:
    """A delivery taken back. It covers arrivals up to ``after_sequence``: sent again later, it counts."""

    sequence: int
    delivery_id: str
    reason: str
    after_sequence: int
    withdrawn_at: str


@dataclass(frozen=True)
class Purge:
    """Contents deleted because all their arrivals were before a day (ISO, Europe/Oslo)."""

    sequence: int
    before: str
    purged_at: str
    sha256: tuple[str, ...]


@dataclass(frozen=True)
class ScanResult:
    """What one look found.

    scan: its number, or None when nothing was new; seen: files looked at, new or not;
    passed_over: a sentence for each file that lies nowhere it can be used, cannot be read, is a link or is
    still on its way, and for each inbox that is not there.
    """

    scan: int | None
    new: tuple[Arrival, ...]
    seen: int
    passed_over: tuple[str, ...]


class Archive:
    """Reads and writes ``HOME/archive``; only the holder of the writer's lock may write."""

    def __init__(self, settings: Settings) -> None:
        self.root = settings.archive

    # Bytes

    def bytes_path(self, sha256: str) -> Path:
        """Where the content with this hash lies, or would lie."""
        return self.root / "bytes" / sha256[:2] / sha256

    def read_bytes(self, sha256: str) -> bytes:
        """The content with this hash. Raises ArchiveError when it is gone or has changed."""
        path = self.bytes_path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise ArchiveError(f"{path}: the archived file is missing; restore it from a backup") from None
        if (found := hashlib.sha256(data).hexdigest()) != sha256:
            raise ArchiveError(f"{path}: the content has the hash {found}; restore it from a backup")
        return data

    def size(self, sha256: str) -> int:
        """The size in bytes of the content with this hash. Raises ArchiveError when it is gone."""
        path = self.bytes_path(sha256)
        try:
            return path.stat().st_size
        except FileNotFoundError:
            raise ArchiveError(f"{path}: the archived file is missing; restore it from a backup") from None

    def store_file(self, source: Path) -> str:
        """Copy a file in, in pieces, and return the hash of what was copied."""
        digest = hashlib.sha256()
        folder = self.root / "bytes"
        folder.mkdir(parents=True, exist_ok=True)
        temporary = files.temporary_name(folder / "incoming")
        try:
            with files.open_regular(source) as incoming, temporary.open("wb") as stored:
                while piece := incoming.read(1 << 20):
                    digest.update(piece)
                    stored.write(piece)
                stored.flush()
                os.fsync(stored.fileno())
            target = self.bytes_path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return digest.hexdigest()

    def holds(self, sha256: str) -> bool:
        """Whether the content with this hash is here."""
        return self.bytes_path(sha256).is_file()

    @property
    def rows(self) -> Path:
        """Where the rows of purged files lie, so that ``HOME/lake`` can still be deleted and rebuilt."""
        return self.root / "rows"

    def is_purged(self, sha256: str) -> bool:
        """Whether the content was deleted on purpose, and has not been sent again since."""
        return not self.holds(sha256) and sha256 in self._purged

    @cached_property
    def _purged(self) -> frozenset[str]:
        return frozenset(sha for purge in self.purges() for sha in purge.sha256)

    def purges(self) -> list[Purge]:
        """Every purge, in order."""
        paths = sorted((self.root / "purges").glob("[0-9]*.json"))
        records = [json.loads(path.read_text("utf-8")) for path in paths]
        return [Purge(**{**record, "sha256": tuple(record["sha256"])}) for record in records]

    def record_purge(self, before: str, sha256: Sequence[str]) -> Purge:
        """Record that these contents go, before they do: a kill in between leaves some, not a riddle."""
        purge = Purge(len(self.purges()) + 1, before, _now(), tuple(sorted(sha256)))
        files.atomic_write_json(self.root / "purges" / f"{purge.sequence:08d}.json", asdict(purge))
        self.__dict__.pop("_purged", None)
        return purge

    # Arrivals

    def arrivals(self) -> list[Arrival]:
        """Every arrival ever recorded, in order of sequence."""
        found = [_arrival_of(json.loads(line)) for path in self._scans() for line in _lines(path)]
        return sorted(found, key=lambda arrival: arrival.sequence)

    def record_scan(self, arrivals: Sequence[Arrival]) -> None:
        """Write the record of one scan, after forcing the bytes' names to disk."""
        folders = {self.bytes_path(sha).parent for arrival in arrivals for sha in _hashes(arrival)}
        for folder in sorted(folders):
            files.fsync_directory(folder)
        files.fsync_directory(self.root / "bytes")
        lines = "".join(_json_line(asdict(arrival)) for arrival in arrivals)
        path = self.root / "arrivals" / f"{arrivals[0].scan:08d}.jsonl"
        files.atomic_write_text(path, lines)

    def _scans(self) -> list[Path]:
        return sorted((self.root / "arrivals").glob("[0-9]*.jsonl"))

    # Withdrawals

    def withdrawals(self) -> list[Withdrawal]:
        """Every withdrawal, in order."""
        paths = sorted((self.root / "withdrawals").glob("[0-9]*.json"))
        return [Withdrawal(**json.loads(path.read_text("utf-8"))) for path in paths]

    def withdraw(self, delivery_id: str, reason: str) -> Withdrawal:
        """Record that a delivery is taken back; the reason may not be empty."""
        if not reason.strip():
            raise ValueError(f"withdrawing {delivery_id} needs a reason")
        arrivals, earlier = self.arrivals(), self.withdrawals()
        withdrawal = Withdrawal(
            sequence=1 + max((w.sequence for w in earlier), default=0),
            delivery_id=delivery_id,
            reason=reason.strip(),
            after_sequence=max((a.sequence for a in arrivals), default=0),
            withdrawn_at=_now(),
        )
        path = self.root / "withdrawals" / f"{withdrawal.sequence:08d}.json"
        files.atomic_write_json(path, asdict(withdrawal))
        return withdrawal

    # Packs

    def store_pack(self, pack: ReferencePack) -> Path:
        """Keep a reference pack under its hash, as CSV files that load again; nothing if it is here."""
        target = self.root / "packs" / pack.pack_hash
        if target.is_dir():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = files.temporary_name(target)
        temporary.mkdir()
        try:
            for name, table in sorted(pack.tables.items()):
                files.atomic_write_bytes(temporary / f"{name}.csv", table.write_csv().encode("utf-8"))
            temporary.replace(target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        files.fsync_directory(target.parent)
        return target


def scan_inboxes(
    settings: Settings,
    pack: ReferencePack,
    periods: Collection[str] | None = None,
    settle_seconds: float = 0.0,
) -> ScanResult:
    """Archive what is new in the inboxes and record it; the caller holds the writer's lock.

    periods: look only into these periods' folders and at what lies in none (None: all). A file is new unless
    its content and mapping equal the latest arrival of that path from the same inbox, so a file that lies
    still is seen once, whichever inboxes are looked into in between. settle_seconds: how long a new file must
    have been still to be taken in; a younger one is waited for, and passed over if it changes meanwhile.
    """
    archive = Archive(settings)
    files.remove_leftovers(archive.root)
    archive.store_pack(pack)
    found, passed_over = candidates(settings, periods)
    earlier = archive.arrivals()
    latest = _Latest(earlier)
    scan = 1 + max((arrival.scan for arrival in earlier), default=0)
    sequence = max((arrival.sequence for arrival in earlier), default=0)
    received_at, new = _now(), list[Arrival]()
    taken_in = list(_take_in(archive, latest, found, passed_over))
    _await_writers((candidate for candidate, _, _ in taken_in), settle_seconds)
    # Only now, when all is read: what is still being written has had the most time to show it.
    for candidate, content, mapping in taken_in:
        if candidate.has_changed:
            passed_over.append(
                f"{shown(candidate.path)}: is still being written; it is read at the next look"
            )
            continue
        sequence += 1
        new.append(_arrival(candidate, sequence, scan, received_at, content, mapping))
    if new:
        archive.record_scan(new)
    return ScanResult(scan if new else None, tuple(new), len(found), tuple(passed_over))


def _await_writers(found: Iterable[Candidate], seconds: float) -> None:
    """Wait until the youngest of the files would have been still for so long."""
    youngest = max((candidate.state[1] for candidate in found), default=0)
    age = time.time() - youngest / 1e9
    if age < seconds:
        # A file's time may lie ahead of this machine's clock.
        time.sleep(min(seconds, seconds - age))


def _take_in(
    archive: Archive, latest: _Latest, found: Iterable[Candidate], passed_over: list[str]
) -> Iterator[tuple[Candidate, str, str | None]]:
    """Store the files that are new: each with the hashes of its content and of its mapping."""
    for candidate in found:
        try:
            mapping = _store(archive, candidate.mapping) if candidate.mapping else None
            content = _hash_unless_new(archive, latest, candidate, mapping) or _store(archive, candidate.path)
        except OSError as error:
            passed_over.append(f"{shown(candidate.path)}: {_why_unread(candidate, error)}")
            continue
        if latest.of(candidate) != (content, mapping):
            yield candidate, content, mapping


class _Latest:
    """Content and mapping of the latest arrival of each path, by inbox."""

    def __init__(self, arrivals: Iterable[Arrival]) -> None:
        self._any: dict[str, tuple[str, str | None]] = {}
        self._unnamed: dict[str, Arrival] = {}
        self._own: dict[tuple[str, str], Arrival] = {}
        for arrival in arrivals:
            if arrival.inbox == SENT_AGAIN:
                continue
            self._any[arrival.inbox_path] = (arrival.sha256, arrival.mapping_sha256)
            if arrival.inbox is None:
                self._unnamed[arrival.inbox_path] = arrival
            else:
                self._own[(arrival.inbox, arrival.inbox_path)] = arrival

    def of(self, candidate: Candidate) -> tuple[str, str | None] | None:
        """The latest from the candidate's inbox, where records without one are of any inbox.

        An inbox that never gave this path is held against all: one that was moved, or restored under
        another name, brings nothing new and does not let its older files displace the newer.
        """
        path = candidate.inbox_path
        found = [a for a in (self._own.get((candidate.inbox, path)), self._unnamed.get(path)) if a]
        if not found:
            return self._any.get(path)
        newest = max(found, key=lambda arrival: arrival.sequence)
        return newest.sha256, newest.mapping_sha256


def _why_unread(candidate: Candidate, error: OSError) -> str:
    """What keeps a file from being archived: itself or the mapping beside it."""
    what = "cannot be read"
    if candidate.mapping is not None and error.filename == str(candidate.mapping):
        what = f"waits, since {MAPPING_NAME} beside it cannot be read"
    return f"{what} ({error.strerror})"


def _arrival(
    candidate: Candidate, sequence: int, scan: int, received_at: str, content: str, mapping: str | None
) -> Arrival:
    return Arrival(
        sequence=sequence,
        scan=scan,
        received_at=received_at,
        inbox_path=candidate.inbox_path,
        file_name=candidate.path.name,
        period=candidate.period,
        municipality_number=candidate.municipality_number,
        sha256=content,
        mapping_sha256=mapping,
        inbox=candidate.inbox,
    )


def _hash_unless_new(
    archive: Archive, latest: _Latest, candidate: Candidate, mapping: str | None
) -> str | None:
    """The hash of a purged file that still lies in the inbox: what was deleted is not taken in again.

    With another mapping beside it somebody wants it read anew, which takes its bytes.
    """
    known = latest.of(candidate)
    if known is None or known[1] != mapping or not archive.is_purged(known[0]):
        return None
    return known[0] if files.sha256_of_file(candidate.path, follow=False) == known[0] else None


def _store(archive: Archive, path: Path) -> str:
    """The hash of a file that is archived afterwards, copied only when it is not there yet."""
    sha256 = files.sha256_of_file(path, follow=False)
    return sha256 if archive.holds(sha256) else archive.store_file(path)


def _arrival_of(record: dict[str, Any]) -> Arrival:
    """A recorded arrival. Records of old may hold names that are no UTF-8, which nothing can write."""
    clean: dict[str, Any] = {k: printable(v) if isinstance(v, str) else v for k, v in record.items()}
    return Arrival(**clean)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _json_line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True) + "\n"


def _hashes(arrival: Arrival) -> list[str]:
    return [sha for sha in (arrival.sha256, arrival.mapping_sha256) if sha]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
