"""How dbt is called: its arguments, its environment, and the fingerprint of its project. Starts nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from pipelines.settings import DBT_PROJECT, ROOT, Settings

# What dbt writes into the project folder itself, or what never changes a manifest.
_NO_SOURCES = frozenset({"target", "logs", "dbt_packages", "__pycache__", ".user.yml", ".DS_Store"})


def parse_args() -> list[str]:
    """Read the project and write its manifest; no database is opened."""
    return ["parse"]


def build_args(*, threads: int, models: Sequence[str] = ()) -> list[str]:
    """Build and test in one go, without unit tests, which belong to the test suite.

    models: names of the only models to build; none means all of them. A test that also reads models
    outside the choice is left out, since it would compare new tables with old ones.
    """
    if threads < 1:
        raise ValueError(f"dbt needs at least 1 thread, found {threads}")
    args = ["build", "--threads", str(threads), "--exclude-resource-type", "unit_test"]
    if models:
        args += ["--indirect-selection", "cautious", "--select", *sorted(models)]
    return args


def environment(settings: Settings, base: Mapping[str, str], target: Path) -> dict[str, str]:
    """The environment of dbt's process: ``base`` and what the profile and Dagster need."""
    paths = [str(ROOT), *filter(None, [base.get("PYTHONPATH")])]
    return {
        **base,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "KOMMUNEBENCH_BUILD_FILE": str(settings.build_file),
        "KOMMUNEBENCH_THREADS": str(settings.threads),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(settings.home / "logs"),
        "DBT_LOG_LEVEL_FILE": "warn",
        "DBT_LOG_FORMAT": "json",
        "DBT_USE_COLORS": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def fingerprint(settings: Settings, project: Path = DBT_PROJECT) -> str:
    """A hash of what decides dbt's manifest: the project's files, dbt's versions, the build file's path."""
    digest = hashlib.sha256()
    for path in _source_files(project):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    for package in ("dbt-core", "dbt-duckdb"):
        digest.update(f"{package}={version(package)}\0".encode())
    digest.update(str(settings.build_file).encode())
    return digest.hexdigest()


def _source_files(project: Path) -> list[Path]:
    found = (p for p in project.rglob("*") if p.is_file())
    return sorted(p for p in found if not _NO_SOURCES.intersection(p.relative_to(project).parts))
