"""What tests share: running the command, a small inbox, the repository's places."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = Path(sys.executable).parent / "kommunebench"
BASE_PACK = ROOT / "data" / "seeds" / "reference"
FICTIONAL_PACK = ROOT / "data" / "seeds" / "fictional"
EXAMPLE_INBOX = ROOT / "data" / "seeds" / "deliveries"
SHARED = ROOT.parent / "shared"
REAL_DATA = SHARED / "realdata"
FIXTURES = ROOT / "tests" / "fixtures"
SAN_FRANCISCO = FIXTURES / "san_francisco"
LIMESURVEY = FIXTURES / "limesurvey"
EARLIER_YEARS = FIXTURES / "earlier_years"
SECOND_COUNTRY = FIXTURES / "second_country"
# The tables of the base pack that describe the method, not the municipalities or what they have.
METHOD_TABLES = (
    "indicator", "threshold", "size_class", "kostra_group", "principle", "sub_goal", "scale", "scale_label",
    "instrument", "instrument_dimension", "instrument_item", "role_group", "role", "focus_area",
    "composite_part", "target", "peer_weight", "item_link", "column_class",
)  # fmt: skip


def pack_folders(own: Path, target: Path) -> tuple[Path, Path]:
    """The folders of a small pack: the method's tables, copied to ``target``, and the fixture's own."""
    target.mkdir(parents=True, exist_ok=True)
    for table in METHOD_TABLES:
        shutil.copyfile(BASE_PACK / f"{table}.csv", target / f"{table}.csv")
    return target, own / "pack"


def environment(
    home: Path, packs: Sequence[Path] = (BASE_PACK, FICTIONAL_PACK), **more: str
) -> dict[str, str]:
    """The environment of a run in a home of its own."""
    own = {
        "KOMMUNEBENCH_HOME": str(home),
        "KOMMUNEBENCH_REFERENCE": os.pathsep.join(str(pack) for pack in packs),
    }
    return {**os.environ, **own, **more}


def kommunebench(
    *arguments: str | Path, env: dict[str, str], expect: int | None = 0, timeout: float = 900
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would; fails with its output when the exit status is another."""
    done = subprocess.run(
        [str(COMMAND), *map(str, arguments)],
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"exit {done.returncode}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}")
    return done


def current(home: Path) -> Path:
    """The versioned folder behind ``current``."""
    return (home / "releases" / "current").resolve(strict=True)


def content_hash(home: Path) -> str:
    """The content hash that the manifest of the current release states."""
    manifest = (current(home) / "member" / "manifest.json").read_text("utf-8")
    found = re.search(r'"content_hash":\s*"([0-9a-f]{64})"', manifest)
    assert found, manifest
    return found.group(1)


def copy_inbox(source: Path, target: Path) -> Path:
    """A copy of an inbox that a test may change."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    return target
