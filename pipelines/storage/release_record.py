"""What a release was made of, kept in the archive from its publication on: all that a rebuild needs.

    archive/releases/<release id>/record.json    ReleaseRecord
    archive/releases/<release id>/held.parquet   rows that the least change between releases held back;
                                                 absent where nothing was held

With the archive's bytes, arrivals, withdrawals and packs these make the release again when everything else
is gone. The folder gets its name before the release gets its own, so no release is without a record. What
``publish`` and a rebuild hand to ``make_editions`` must come from here: a rebuild has no earlier release to
look at, so it takes the recorded ``held`` rows (``Repeated``) and never works them out anew.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.settings import Settings
from pipelines.storage import files
from pipelines.storage.release_files import ReleaseError

RECORD = "record.json"
HELD = "held.parquet"
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True)
class MadeFrom:
    """How a build was made, as far as the build file does not say it itself.

    last_arrival, last_withdrawal: the sequence of the last record of each kind that it knew, 0 for none;
    limits: the settings' limits by name; ingest_keys: delivery_id → the key under which it was read (another
    key may mean other rows); libraries: name → version of what computes; commit: of the checkout, null where
    the sources were in none.
    """

    last_arrival: int
    last_withdrawal: int
    limits: Mapping[str, int]
    ingest_keys: Mapping[str, str]
    libraries: Mapping[str, str]
    commit: str | None


@dataclass(frozen=True)
class ReleaseRecord:
    """What a release is and was made from.

    created_at: ISO 8601, UTC, without zone; previous: what was current before, null for the first release;
    inputs: SHA-256 of the delivered files, sorted; tables: ``<edition>.<table>`` → [rows, SHA-256];
    deliveries: the ledger's delivery table, a dictionary per row, by delivery_id; made_from: null where the
    build file was filled by hand, so that nothing can repeat it.
    """

    release_id: str
    created_at: str
    content_hash: str
    code_version: str
    pack_hash: str
    previous: str | None
    inputs: tuple[str, ...]
    tables: Mapping[str, tuple[int, str]]
    deliveries: tuple[Mapping[str, Any], ...]
    made_from: MadeFrom | None = None


@dataclass(frozen=True)
class Repeated:
    """What a rebuild takes from the record instead of working it out: the held rows, None where none were."""

    held: pl.DataFrame | None


def records_folder(settings: Settings) -> Path:
    """Where the records lie, one folder per release."""
    return settings.archive / "releases"


def write_record(settings: Settings, record: ReleaseRecord, held: pl.DataFrame | None) -> None:
    """Keep the record and the held rows: both under the release's name at once, forced to disk."""
    target = records_folder(settings) / record.release_id
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = files.temporary_name(target)
    temporary.mkdir()
    try:
        files.atomic_write_json(temporary / RECORD, asdict(record))
        if held is not None:
            files.atomic_write(temporary / HELD, held.write_parquet)
        temporary.replace(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    files.fsync_directory(target.parent)


def read_record(settings: Settings, release_id: str) -> ReleaseRecord:
    """The record of a release. Raises ReleaseError when there is none, or when it cannot be read."""
    path = records_folder(settings) / release_id / RECORD
    if not _ID.fullmatch(release_id) or not path.is_file():
        known = ", ".join(recorded(settings)) or "none"
        raise ReleaseError(
            f"{records_folder(settings)} holds no record of release {release_id!r}, so nothing says what it "
            f"was made of; recorded are: {known}"
        )
    try:
        return _from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReleaseError(f"{path} cannot be read ({error}); restore it from a backup") from error


def read_held(settings: Settings, release_id: str) -> pl.DataFrame | None:
    """The rows that were held back when the release was made; None where none were.

    Raises ReleaseError when the file is there and cannot be read.
    """
    path = records_folder(settings) / release_id / HELD
    if not path.is_file():
        return None
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ReleaseError(f"{path} cannot be read ({error}); restore it from a backup") from error


def recorded(settings: Settings) -> list[str]:
    """Every release that has a record, oldest first; its folder may be gone."""
    folder = records_folder(settings)
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if _ID.fullmatch(path.name) and path.is_dir())


def forget_unpublished(settings: Settings, release_id: str) -> None:
    """Take away the record of a release that never got its name; whoever is sure of that calls this."""
    folder = records_folder(settings) / release_id
    if _ID.fullmatch(release_id) and folder.is_dir():
        shutil.rmtree(folder)


def made_from_json(content: Mapping[str, Any] | None) -> MadeFrom | None:
    """What ``asdict`` made of it, back again; a field that a later version added is passed over."""
    if content is None:
        return None
    return MadeFrom(**{field.name: content[field.name] for field in fields(MadeFrom)})


def _from_json(content: dict[str, Any]) -> ReleaseRecord:
    known = {field.name: content[field.name] for field in fields(ReleaseRecord)}
    return ReleaseRecord(
        **{
            **known,
            "inputs": tuple(content["inputs"]),
            "tables": {name: (int(rows), str(sha)) for name, (rows, sha) in content["tables"].items()},
            "deliveries": tuple(content["deliveries"]),
            "made_from": made_from_json(content["made_from"]),
        }
    )
