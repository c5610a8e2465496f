"""Typed settings from the environment, and nothing else: no file is opened here.

Every variable starts with ``KOMMUNEBENCH_``; one that is not known raises, so that a misspelt
setting is never silently ignored.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

PREFIX = "KOMMUNEBENCH_"
ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = ROOT / "dbt_project"
# Beside a period's municipalities: what the cooperation body delivers once for all its owners.
SHARED_FOLDER = "felles"

# Set for the subprocess that runs dbt, which reads them in its profile; not settings of ours.
DBT_VARIABLES = frozenset({"BUILD_FILE"})


class SettingsError(ValueError):
    """A setting is unknown or has a value that cannot be used."""


@dataclass(frozen=True)
class Limits:
    """What one delivered file may at most hold; beyond it the delivery is rejected."""

    max_file_bytes: int = 50_000_000
    max_unpacked_bytes: int = 500_000_000
    max_rows: int = 1_100_000
    # Of processes or systems: each name is looked up, and nobody has so many; respondents may be more.
    max_register_rows: int = 250_000
    max_columns: int = 2_000
    max_cell_characters: int = 32_767
    # Cells of the grids of all sheets together, blanks between included: what is held in memory.
    max_cells: int = 2_400_000
    # Text of a workbook's cells, a text shared by many cells counted each time.
    max_text_bytes: int = 200_000_000


@dataclass(frozen=True)
class Settings:
    """Where things lie and how much may be used.

    home: run-time data; reference: pack folders, base first, overlays after it;
    inboxes: folders of the form ``<period>/<municipality number>/``, with ``<period>/felles/`` for what the
    cooperation body delivers for its owners; a file straight in an inbox says itself whose its rows are.
    """

    home: Path
    reference: tuple[Path, ...]
    inboxes: tuple[Path, ...]
    threads: int = 2
    keep_releases: int = 10
    limits: Limits = field(default_factory=Limits)

    @property
    def archive(self) -> Path:
        """The bytes as received, arrival records and packs."""
        return self.home / "archive"

    @property
    def lake(self) -> Path:
        """Typed rows, one file per delivery and dataset."""
        return self.home / "lake"

    @property
    def build_dir(self) -> Path:
        """What one run makes and the next may delete."""
        return self.home / "build"

    @property
    def build_file(self) -> Path:
        """The warehouse that dbt fills; a constant path, so that dbt need not parse anew."""
        return self.build_dir / "kommunebench.duckdb"

    @property
    def dbt_target(self) -> Path:
        """dbt's own working folder."""
        return self.build_dir / "dbt"

    @property
    def releases(self) -> Path:
        """What is published."""
        return self.home / "releases"

    @property
    def reports(self) -> Path:
        """One report per delivery."""
        return self.home / "reports"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance."""
        return self.home / "dagster"

    @property
    def writer_lock(self) -> Path:
        """The lock that the one writer holds."""
        return self.home / "writer.lock"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``KOMMUNEBENCH_HOME``, ``_REFERENCE`` and ``_INBOX`` (several folders each,
        separated as in PATH), ``_THREADS``, ``_KEEP_RELEASES`` and the limits ``_MAX_…``.

        Raises SettingsError for an unknown variable or a value that cannot be read.
        """
        given = _own_variables(os.environ if environ is None else environ)
        limit_names = {f.name.upper() for f in fields(Limits)}
        known = {"HOME", "REFERENCE", "INBOX", "THREADS", "KEEP_RELEASES"} | limit_names | DBT_VARIABLES
        if unknown := sorted(set(given) - known):
            raise SettingsError(
                f"unknown setting {PREFIX}{unknown[0]}; known are "
                + ", ".join(PREFIX + name for name in sorted(known - DBT_VARIABLES))
            )
        home = Path(given.get("HOME", str(ROOT / "data" / "home"))).absolute()
        return cls(
            home=home,
            reference=_folders(given.get("REFERENCE")) or (ROOT / "data" / "seeds" / "reference",),
            inboxes=_folders(given.get("INBOX")) or (home / "inbox",),
            threads=_positive(given, "THREADS", 2),
            keep_releases=_positive(given, "KEEP_RELEASES", 10),
            limits=Limits(**{n.lower(): _positive(given, n, 0) for n in sorted(limit_names & set(given))}),
        )


def _own_variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX)}


def _folders(value: str | None) -> tuple[Path, ...]:
    return tuple(Path(part).absolute() for part in (value or "").split(os.pathsep) if part)


def _positive(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{PREFIX}{name} must be a whole number of at least 1, found {text!r}")
    return int(text)
