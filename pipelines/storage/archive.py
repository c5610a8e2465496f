"""The archive: the bytes as received, one append-only record per arrival, withdrawals, packs.

Everything after it can be deleted and rebuilt from it. What lies here::

    bytes/<ab>/<sha256>            every file and mapping ever received, by its hash
    arrivals/<scan>.jsonl          one line per arrival of one look into the inboxes
    withdrawals/<sequence>.json    one record per withdrawal, with its reason
    packs/<pack hash>/<table>.csv  every reference pack ever used

A scan stores the bytes first and then writes its record whole, so a kill leaves a scan recorded
wholly or not at all; bytes without a record are harmless and are used by the next scan.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.settings import Settings
from pipelines.storage import files

if TYPE_CHECKING:
    from pipelines.reference.pack import ReferencePack

MAPPING_NAME = "mapping.yml"
_CLUTTER = frozenset({"thumbs.db", "desktop.ini", "readme.md", "readme.txt"})


class ArchiveError(RuntimeError):
    """The archive does not hold what its records say."""


@dataclass(frozen=True)
class Arrival:
    """One file seen in an inbox. ``received_at`` is UTC; nothing that is released depends on it."""

    sequence: int
    scan: int
    received_at: str
    inbox_path: str
    file_name: str
    period: str
    municipality_number: str
    sha256: str
    mapping_sha256: str | None


@dataclass(frozen=True)
class Withdrawal:
    """A delivery taken back. It covers arrivals up to ``after_sequence``: sent again later, it counts."""

    sequence: int
    delivery_id: str
    reason: str
    after_sequence: int
    withdrawn_at: str


@dataclass(frozen=True)
class ScanResult:
    """What one look found.

    scan: its number, or None when nothing was new; seen: files looked at, new or not;
    passed_over: a sentence for each file that lies in no period's folder or cannot be read.
    """

    scan: int | None
    new: tuple[Arrival, ...]
    seen: int
    passed_over: tuple[str, ...]


@dataclass(frozen=True)
class _Candidate:
    """A file found in an inbox, before it is known whether it is new."""

    inbox_path: str
    path: Path
    period: str
    municipality_number: str
    mapping: Path | None


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
        """The size in bytes of the content with this hash."""
        return self.bytes_path(sha256).stat().st_size

    def store_file(self, source: Path) -> str:
        """Copy a file in, in pieces, and return the hash of what was copied."""
        digest = hashlib.sha256()
        folder = self.root / "bytes"
        folder.mkdir(parents=True, exist_ok=True)
        temporary = files.temporary_name(folder / "incoming")
        try:
            with source.open("rb") as incoming, temporary.open("wb") as stored:
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

    # Arrivals

    def arrivals(self) -> list[Arrival]:
        """Every arrival ever recorded, in order of sequence."""
        found = [Arrival(**json.loads(line)) for path in self._scans() for line in _lines(path)]
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
    settings: Settings, pack: ReferencePack, periods: Collection[str] | None = None
) -> ScanResult:
    """Archive what is new in the inboxes and record it; the caller holds the writer's lock.

    periods: look only into these periods' folders (None: all). A file is new unless its path, content
    and mapping equal the latest arrival of that path, so a file that lies still is seen once.
    """
    archive = Archive(settings)
    files.remove_leftovers(archive.root)
    archive.store_pack(pack)
    candidates, passed_over = _candidates(settings.inboxes, periods)
    earlier = archive.arrivals()
    latest = {arrival.inbox_path: (arrival.sha256, arrival.mapping_sha256) for arrival in earlier}
    scan = 1 + max((arrival.scan for arrival in earlier), default=0)
    sequence = max((arrival.sequence for arrival in earlier), default=0)
    received_at, new = _now(), list[Arrival]()
    for candidate in candidates:
        try:
            content = _store(archive, candidate.path)
            mapping = _store(archive, candidate.mapping) if candidate.mapping else None
        except OSError as error:
            passed_over.append(f"{candidate.path}: cannot be read ({error.strerror})")
            continue
        if latest.get(candidate.inbox_path) == (content, mapping):
            continue
        sequence += 1
        new.append(_arrival(candidate, sequence, scan, received_at, content, mapping))
    if new:
        archive.record_scan(new)
    return ScanResult(scan if new else None, tuple(new), len(candidates), tuple(passed_over))


def _arrival(
    candidate: _Candidate, sequence: int, scan: int, received_at: str, content: str, mapping: str | None
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
    )


def _store(archive: Archive, path: Path) -> str:
    """The hash of a file that is archived afterwards, copied only when it is not there yet."""
    sha256 = files.sha256_of_file(path)
    return sha256 if archive.holds(sha256) else archive.store_file(path)


def _candidates(
    inboxes: Iterable[Path], periods: Collection[str] | None
) -> tuple[list[_Candidate], list[str]]:
    """Deliveries in all inboxes, sorted by path, and a sentence for each file outside every period.

    Where two inboxes hold different files under one relative path, the second is told apart by ``#2``.
    """
    by_path: dict[str, list[_Candidate]] = defaultdict(list)
    unplaced: list[str] = []
    for inbox in dict.fromkeys(inboxes):
        for path in _files(inbox):
            relative = path.relative_to(inbox)
            if len(relative.parts) < 2:
                unplaced.append(f"{path}: lies in no folder <period>/<municipality number>/")
            elif periods is None or relative.parts[0] in periods:
                by_path[relative.as_posix()].append(_candidate(inbox, relative))
    found = [
        candidate if number == 1 else _numbered(candidate, number)
        for relative_path in sorted(by_path)
        for number, candidate in enumerate(by_path[relative_path], start=1)
    ]
    return found, sorted(unplaced)


def _candidate(inbox: Path, relative: Path) -> _Candidate:
    """A file at ``<period>/<municipality>/…``; straight below a period no municipality is named."""
    period, *between = relative.parts[:-1]
    path = inbox / relative
    return _Candidate(
        inbox_path=PurePosixPath(relative).as_posix(),
        path=path,
        period=period,
        municipality_number=between[0] if between else "",
        mapping=_mapping_for(path),
    )


def _numbered(candidate: _Candidate, number: int) -> _Candidate:
    return _Candidate(
        f"{candidate.inbox_path}#{number}",
        candidate.path,
        candidate.period,
        candidate.municipality_number,
        candidate.mapping,
    )


def _files(inbox: Path) -> Iterator[Path]:
    """Files below an inbox in a fixed order, without mappings, notes and what file managers leave behind."""
    for path in sorted(inbox.rglob("*")) if inbox.is_dir() else ():
        parts = path.relative_to(inbox).parts
        hidden = any(part.startswith((".", "~$")) for part in parts)
        if path.is_file() and not hidden and path.name.lower() not in _CLUTTER | {MAPPING_NAME}:
            yield path


def _mapping_for(path: Path) -> Path | None:
    """The mapping beside a file, when its ``files`` pattern means that file.

    A mapping that cannot be read is passed on: the reader rejects the delivery and says why.
    """
    mapping = path.with_name(MAPPING_NAME)
    if not mapping.is_file():
        return None
    try:
        content: Any = yaml.safe_load(mapping.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return mapping
    pattern = content.get("files", "*") if isinstance(content, dict) else "*"
    applies = fnmatch.fnmatch(path.name.lower(), str(pattern).lower())
    return mapping if applies else None


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _json_line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True) + "\n"


def _hashes(arrival: Arrival) -> list[str]:
    return [sha for sha in (arrival.sha256, arrival.mapping_sha256) if sha]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
