"""``kommunebench releases rebuild``: make a release again from the archive, and compare. No dagster here.

The work is done in ``HOME/rebuild``, a home of its own whose archive is a view of the real one as it stood
when the release was made: the same bytes and packs, the arrivals and withdrawals up to then. Nothing outside
that folder is written, and it is removed at the end; ``releases/current`` is not looked at.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from pipelines.disclosure.published import BuildFileError
from pipelines.orchestration.dbt_command import build_args
from pipelines.orchestration.dbt_verdict import read_verdict
from pipelines.orchestration.dbt_worker import DbtError, DbtWorker
from pipelines.orchestration.progress import Progress
from pipelines.orchestration.quiet import chatter_to, new_log
from pipelines.orchestration.workspace import Workspace
from pipelines.reference.schema import PackError
from pipelines.settings import Limits, Settings
from pipelines.storage.archive import Archive, ArchiveError
from pipelines.storage.files import atomic_write_json, atomic_write_text
from pipelines.storage.lock import writer_lock
from pipelines.storage.release_files import ReleaseError
from pipelines.storage.release_record import MadeFrom, ReleaseRecord, Repeated, read_held, read_record
from pipelines.storage.releases import publish
from pipelines.version import code_version

FOLDER = "rebuild"
_SHOWN = 5


class RebuildError(RuntimeError):
    """The release could not be made again; the text says why and what to do."""


@dataclass(frozen=True)
class Rebuilt:
    """A release that came out the same. folder: where it was left, None when nobody asked for it."""

    record: ReleaseRecord
    code_version: str
    folder: Path | None


def rebuild(
    settings: Settings,
    release: str,
    *,
    out: Path | None = None,
    with_this_code: bool = False,
    progress: Progress | None = None,
) -> Rebuilt:
    """Make a release again and prove that its content hash is the published one.

    out: a folder in which the release is left under its name; with_this_code: try although the release was
    made by another version of the code. Raises ReleaseError without a record, RebuildError in every other
    case in which the same content did not come out.
    """
    if out is not None and (out / release).exists():
        raise RebuildError(f"--out {out}: {release} is there already; name another folder")
    record = read_record(settings, release)
    source = _source(record)
    if not with_this_code:
        _check_code(record, source)
    # The archive must not be purged meanwhile, and two rebuilds share a folder.
    with writer_lock(settings), _home_of(settings, record, source) as scratch:
        with chatter_to(new_log(scratch)):
            folder, again, made = _made_again(settings, scratch, record, source, progress or Progress())
        if again.content_hash != record.content_hash:
            raise RebuildError(_why_not(record, again, source, made))
        kept = _kept(folder, out) if out is not None else None
    return Rebuilt(record, code_version(), kept)


def _source(record: ReleaseRecord) -> MadeFrom:
    if record.made_from is None:
        raise RebuildError(
            f"{record.release_id} was published from a build file that no run had filled, so its record does "
            "not say what it was made from"
        )
    return record.made_from


def _check_code(record: ReleaseRecord, source: MadeFrom) -> None:
    """Raise RebuildError where the checkout is of another version than the release's."""
    own = code_version()
    if own == record.code_version:
        return
    checkout = (
        f"check out commit {source.commit} (git worktree add ../kommunebench-{source.commit[:8]} "
        f"{source.commit}), install its requirements.lock and rebuild from there with the same home"
        if source.commit
        else "its sources were in no commit; find them where the release was made"
    )
    raise RebuildError(
        f"{record.release_id} was made by version {record.code_version} of the code, and this is {own}: "
        f"{checkout}. --with-this-code tells whether this version gives the same content"
    )


@contextmanager
def _home_of(settings: Settings, record: ReleaseRecord, source: MadeFrom) -> Iterator[Settings]:
    """A home as it was when the release was made; gone at the end, however that comes."""
    home = settings.home / FOLDER
    shutil.rmtree(home, ignore_errors=True)
    pack = settings.archive / "packs" / record.pack_hash
    if not pack.is_dir():
        raise RebuildError(f"{pack}: the release's reference pack is missing; restore it from a backup")
    scratch = replace(
        settings, home=home, reference=(pack,), inboxes=(), limits=_limits(source), keep_releases=1
    )
    try:
        home.mkdir(mode=0o700)
        _view_of_archive(Archive(settings), scratch.archive, source)
        if settings.lake.is_dir():
            # A lake's files are replaced, never written into: what is read anew here leaves those.
            shutil.copytree(settings.lake, scratch.lake, copy_function=_link)
        yield scratch
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _limits(source: MadeFrom) -> Limits:
    try:
        return Limits(**source.limits)
    except TypeError as error:
        raise RebuildError(
            f"the release was made under limits that this version does not know: {error}"
        ) from None


def _link(source: str, target: str) -> None:
    """The same file under another name where the disk allows it, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _view_of_archive(archive: Archive, target: Path, source: MadeFrom) -> None:
    """The archive's bytes, rows and packs as they lie there, and its records up to the release's making.

    Purges are all of them: what was deleted since is not there to be read.
    """
    target.mkdir(mode=0o700)
    for name in ("bytes", "rows", "packs"):
        if (archive.root / name).is_dir():
            (target / name).symlink_to(archive.root / name)
    if (archive.root / "purges").is_dir():
        shutil.copytree(archive.root / "purges", target / "purges")
    known = [arrival for arrival in archive.arrivals() if arrival.sequence <= source.last_arrival]
    for scan, found in groupby(known, key=lambda arrival: arrival.scan):
        lines = "".join(json.dumps(asdict(arrival)) + "\n" for arrival in found)
        atomic_write_text(target / "arrivals" / f"{scan:08d}.jsonl", lines, durable=False)
    for withdrawal in archive.withdrawals():
        if withdrawal.sequence <= source.last_withdrawal:
            path = target / "withdrawals" / f"{withdrawal.sequence:08d}.json"
            atomic_write_json(path, asdict(withdrawal), durable=False)


def _made_again(
    settings: Settings, scratch: Settings, record: ReleaseRecord, source: MadeFrom, progress: Progress
) -> tuple[Path, ReleaseRecord, MadeFrom]:
    """Read, judge, build, test and publish in the folder of its own: the release, its record, its making.

    Raises RebuildError where a step fails, with the step's own reason.
    """
    from pipelines.gate.gate import GateError

    workspace = Workspace(scratch, progress=progress)
    try:
        workspace.dbt_worker = DbtWorker(scratch)
        workspace.read()
        judged = workspace.judge()
        workspace.fill()
        with progress.step("dbt: models and tests") as step:
            step.detail = _build(workspace)
        with progress.step("The editions") as step:
            published = publish(
                scratch,
                code_version(),
                workspace.pack.pack_hash,
                judged.deliveries["sha256"].to_list(),
                is_tested=True,
                made_from=judged.made_from,
                repeated=Repeated(read_held(settings, record.release_id)),
                now=datetime.fromisoformat(record.created_at).replace(tzinfo=UTC),
            )
            step.detail = published.content_hash
    except (PackError, ArchiveError, GateError, DbtError, ReleaseError, BuildFileError) as error:
        judged_so_far = workspace.judged
        read = _read_otherwise(record, source, judged_so_far.made_from) if judged_so_far else ()
        # The view of the archive is gone when this is read.
        reason = str(error).replace(str(scratch.archive), str(settings.archive))
        raise RebuildError(
            " ".join([f"{record.release_id} could not be made again: {reason}", *read])
        ) from error
    finally:
        workspace.close()
    folder = scratch.releases / published.release_id
    return folder, read_record(scratch, published.release_id), judged.made_from


def _build(workspace: Workspace) -> str:
    """Let dbt build and test everything; how much that was. Raises DbtError naming what failed."""
    worker = workspace.take_dbt_worker()
    try:
        process = worker.command(build_args(threads=workspace.settings.threads))
        # Its events fill the pipe unless they are read.
        if process.stdout is not None:
            process.stdout.read()
        return read_verdict(worker.target / "run_results.json", process.wait())
    finally:
        worker.close()


def _kept(folder: Path, out: Path) -> Path:
    """Leave the release under its name in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder, out / folder.name, copy_function=shutil.copy2)
    return out / folder.name


def _why_not(record: ReleaseRecord, again: ReleaseRecord, source: MadeFrom, made: MadeFrom) -> str:
    """What differs between the release and what came out, in the order in which it explains most."""
    reasons = [
        *_read_otherwise(record, source, made),
        *_other_code(record, again, source, made),
        *_other_deliveries(record, again),
    ]
    tables = sorted(n for n in {*record.tables, *again.tables} if record.tables.get(n) != again.tables.get(n))
    return (
        f"{record.release_id} did not come out the same: content hash {again.content_hash} instead of "
        f"{record.content_hash}. Tables that differ: {_some(tables)}. "
        + (" ".join(reasons) or "Nothing that was recorded explains it; please report it.")
    )


def _read_otherwise(record: ReleaseRecord, source: MadeFrom, made: MadeFrom) -> Iterator[str]:
    """Deliveries whose rows were read under another key: nobody can read a purged file again."""
    names = {row["delivery_id"]: row for row in record.deliveries}
    other = [n for n, key in source.ingest_keys.items() if made.ingest_keys.get(n) not in (None, key)]
    if other:
        shown = _some([f"{name} ({names[name]['file_name']})" for name in other if name in names])
        yield (
            f"{len(other)} deliveries were read otherwise then, with another pack, code or limit: {shown}. "
            "Where their files were purged since, nobody can read them again: only the rows of another "
            "reading are left. Put the files back into archive/bytes from a backup, and rebuild again."
        )


def _other_code(
    record: ReleaseRecord, again: ReleaseRecord, source: MadeFrom, made: MadeFrom
) -> Iterator[str]:
    if again.code_version != record.code_version:
        yield f"The code was version {record.code_version} then and is {again.code_version} now."
    libraries = [
        f"{name} {source.libraries.get(name, 'none')} then, {made.libraries.get(name, 'none')} now"
        for name in sorted({*source.libraries, *made.libraries})
        if source.libraries.get(name) != made.libraries.get(name)
    ]
    if libraries:
        yield f"Libraries differ: {_some(libraries)}; install those of then."


def _other_deliveries(record: ReleaseRecord, again: ReleaseRecord) -> Iterator[str]:
    """Deliveries of which the ledger says something else, or that it does not know."""
    then, now = ({row["delivery_id"]: row for row in r.deliveries} for r in (record, again))
    differ = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    if differ:
        yield f"The ledger says otherwise of {len(differ)} deliveries: {_some(differ)}."


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "") or "none"
