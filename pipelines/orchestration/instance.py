"""Dagster's own home: written once, opened under the writer's lock, never in the way of the next run.

What it holds is history for the pages, not truth: it may be deleted at any time. So a home that a
kill left unreadable is set aside and made anew, instead of stopping the work.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from pipelines.settings import Settings

SOURCE_TAG = "kommunebench/source"
COMMAND_LINE = "command line"

# Compute logs off: they redirect the terminal and start a process per step; ours are in HOME/logs.
# The run coordinator's default runs everything at once; the writer's lock makes runs wait in turn.
DAGSTER_YAML = """\
# Written by kommunebench; deleted folders are made again.
telemetry:
  enabled: false
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
run_coordinator:
  module: dagster._core.run_coordinator
  class: DefaultRunCoordinator
"""
_DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance of this home. The caller holds the writer's lock."""
    prepare(settings)
    try:
        instance = _open(settings.dagster_home)
    except Exception:  # noqa: BLE001 (a torn database shows itself in many ways)
        _set_aside(settings.dagster_home)
        prepare(settings)
        instance = _open(settings.dagster_home)
    try:
        _close_runs_of_the_dead(instance)
        yield instance
    finally:
        instance.dispose()


def prepare(settings: Settings) -> None:
    """Make Dagster's home where there is none yet: whole under another name, then renamed."""
    home = settings.dagster_home
    _remove_leftovers(home)
    if all((home / name).exists() for name in _DATABASES):
        _write_config(home)
        return
    if home.exists() and any((home / name).exists() for name in _DATABASES):
        _set_aside(home)
    new = home.with_name(f".{home.name}.incoming.{os.getpid()}")
    new.mkdir(parents=True)
    _write_config(new)
    _open(new).dispose()
    if home.exists():
        _move_in(new, home)
    else:
        new.rename(home)


def _open(folder: Path) -> dg.DagsterInstance:
    """Open and prove readable: every store answers one question."""
    instance = dg.DagsterInstance.from_config(str(folder))
    try:
        instance.get_runs_count()
        instance.get_latest_materialization_event(dg.AssetKey(["release"]))
        instance.all_instigator_state()
    except BaseException:
        instance.dispose()
        raise
    return instance


def _close_runs_of_the_dead(instance: dg.DagsterInstance) -> None:
    """Runs of the command line that never ended were killed: we hold the lock, so none is alive."""
    alive = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.NOT_STARTED]
    mine = dg.RunsFilter(statuses=alive, tags={SOURCE_TAG: COMMAND_LINE})
    for run in instance.get_runs(mine):
        instance.report_run_failed(run, "The process of this run was killed.")


def _write_config(folder: Path) -> None:
    path = folder / "dagster.yaml"
    if not path.exists() or path.read_text("utf-8") != DAGSTER_YAML:
        temporary = folder / f".dagster.yaml.{os.getpid()}"
        temporary.write_text(DAGSTER_YAML, "utf-8")
        temporary.replace(path)


def _move_in(new: Path, home: Path) -> None:
    """Into a folder that exists (made by hand, or by the web server's start) without its databases."""
    for part in sorted(new.iterdir(), key=lambda p: p.name == "dagster.yaml"):
        target = home / part.name
        if target.is_dir():
            shutil.rmtree(target)
        part.replace(target)
    new.rmdir()


def _set_aside(home: Path) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    home.rename(home.with_name(f"{home.name}-unreadable-{stamp}"))


def _remove_leftovers(home: Path) -> None:
    for leftover in home.parent.glob(f".{home.name}.incoming.*"):
        shutil.rmtree(leftover, ignore_errors=True)
