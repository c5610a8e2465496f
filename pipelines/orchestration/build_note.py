"""What is known of the build file beside it: from what it was made, and whether dbt tested all of it.

A release made later, by itself, from Dagster's page, must not claim another pack or other files than
those in the build, nor publish one whose tests failed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipelines.settings import Settings
from pipelines.storage.files import atomic_write_json
from pipelines.storage.release_record import MadeFrom, made_from_json


@dataclass(frozen=True)
class BuildNote:
    """inputs: SHA-256 of the delivered files; is_tested: every model built and every test passed.

    made_from: what the release's record shall say; None in notes from before it was kept.
    """

    code_version: str
    pack_hash: str
    inputs: tuple[str, ...]
    is_tested: bool = False
    made_from: MadeFrom | None = None


def _path(settings: Settings) -> Path:
    return settings.build_dir / "build.json"


def forget(settings: Settings) -> None:
    """Before a new build is begun: what was known is of another file."""
    _path(settings).unlink(missing_ok=True)


def write(settings: Settings, note: BuildNote) -> None:
    """Write the note whole or not at all."""
    atomic_write_json(_path(settings), asdict(note), durable=False)


def read(settings: Settings) -> BuildNote | None:
    """The note of the build file as it stands; None where there is none or it cannot be read."""
    try:
        content = json.loads(_path(settings).read_bytes())
        made_from = made_from_json(content.get("made_from"))
        return BuildNote(**{**content, "inputs": tuple(content["inputs"]), "made_from": made_from})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def mark_tested(settings: Settings, is_tested: bool) -> None:
    """Note dbt's verdict on the build file."""
    note = read(settings)
    if note is not None:
        write(settings, replace(note, is_tested=is_tested))
