"""How a build is made, for the record of a release: how far the archive reached, limits, libraries, commit.

None of it enters the content hash: it says what a rebuild needs, and where to look when it differs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from pipelines.settings import ROOT, Settings
from pipelines.storage.archive import Arrival, Withdrawal
from pipelines.storage.lake import DeliveryMeta
from pipelines.storage.release_record import MadeFrom
from pipelines.version import SOURCES

# What reads, judges and computes; another version of these may give other rows or numbers.
LIBRARIES = (
    "charset-normalizer",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "fastexcel",
    "great_expectations",
    "lxml",
    "pandas",
    "polars",
    "rapidfuzz",
    "scipy",
)


def made_from(
    settings: Settings,
    arrivals: Iterable[Arrival],
    withdrawals: Iterable[Withdrawal],
    metas: Mapping[str, DeliveryMeta],
) -> MadeFrom:
    """What the record says of a build that knew these arrivals, withdrawals and deliveries."""
    return MadeFrom(
        last_arrival=max((arrival.sequence for arrival in arrivals), default=0),
        last_withdrawal=max((withdrawal.sequence for withdrawal in withdrawals), default=0),
        limits=asdict(settings.limits),
        ingest_keys={name: meta.ingest_key for name, meta in sorted(metas.items())},
        libraries={name: version(name) for name in LIBRARIES},
        commit=commit_of(ROOT),
    )


def commit_of(checkout: Path) -> str | None:
    """The Git commit that the sources are those of; None outside Git, or where they were changed since."""
    git = shutil.which("git")
    if git is None:
        return None
    sources = [*SOURCES, "pyproject.toml"]
    changed = _output(git, checkout, "status", "--porcelain", "--", *sources)
    head = _output(git, checkout, "rev-parse", "HEAD")
    return head.strip() if changed == "" and head is not None else None


def _output(git: str, checkout: Path, *arguments: str) -> str | None:
    """What Git says; None where it refuses, as outside a repository."""
    done = subprocess.run(  # noqa: S603 (our own arguments, no shell)
        [git, "-C", str(checkout), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
    )
    return done.stdout if done.returncode == 0 else None
