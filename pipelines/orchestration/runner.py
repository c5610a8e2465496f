"""``kommunebench run``: the Dagster job in this process, with progress for whoever watches."""

from __future__ import annotations

import gc
import importlib
import json
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.orchestration.dbt_worker import DbtWorker, ensure_manifest
from pipelines.orchestration.progress import Progress
from pipelines.orchestration.quiet import chatter_to, new_log
from pipelines.orchestration.workspace import Workspace
from pipelines.settings import Settings, SettingsError
from pipelines.storage.lock import writer_lock

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.reference.pack import ReferencePack

SHORT_WAIT_SECONDS = 0.1
INTERRUPTED = "DagsterExecutionInterruptedError"


@dataclass(frozen=True)
class RunOutcome:
    """failure: why nothing was published, or None; seconds: of the whole command until now."""

    workspace: Workspace
    failure: BaseException | None
    seconds: float
    log: Path


class RunError(RuntimeError):
    """The run stopped for a reason that no step of ours gave."""


def run_job(
    settings: Settings,
    periods: Sequence[str],
    say: Callable[[str], None],
    *,
    verbose: bool = False,
    started: float | None = None,
) -> RunOutcome:
    """Run the job once under the writer's lock and tell each step through ``say``.

    periods: read only these; started: ``time.perf_counter()`` when the command began.
    An error of a step comes back as the outcome's failure. Raises SettingsError for an unknown period,
    PackError for a faulty pack, before anything is stored.
    """
    begun = time.perf_counter() if started is None else started
    log = new_log(settings)
    progress = Progress(say)
    with nullcontext() if verbose else chatter_to(log):
        waiting = time.perf_counter()
        with writer_lock(settings, say=lambda text: say(f"  {text}\n")):
            if (waited := time.perf_counter() - waiting) > SHORT_WAIT_SECONDS:
                progress.add("Waiting for the lock", waited)
            workspace = Workspace(settings, progress=progress)
            try:
                _execute(workspace, periods, log)
            except Exception as error:  # noqa: BLE001 (the caller tells it, whatever it is)
                if progress.failure is None:
                    progress.failure = error
            finally:
                workspace.close()
    return RunOutcome(workspace, progress.failure, time.perf_counter() - begun, log)


def _execute(workspace: Workspace, periods: Sequence[str], log: Path) -> None:
    """Load the definitions while dbt parses, then run the job."""
    settings, progress = workspace.settings, workspace.progress
    with progress.step("Starting"):
        # First of all: it takes seconds and needs nothing of ours.
        worker = workspace.dbt_worker = DbtWorker(settings)
        from pipelines.definitions import build_defs
        from pipelines.orchestration.instance import open_instance
        from pipelines.orchestration.keys import JOB

        pack = workspace.pack
        _check_periods(periods, pack)
        # The gate needs it; where dbt has to parse, its seconds pass meanwhile.
        importlib.import_module("great_expectations.expectations")
        manifest = json.loads(ensure_manifest(settings, worker).read_text("utf-8"))
        definitions = build_defs(
            settings,
            pack=pack,
            manifest=manifest,
            make_workspace=lambda: workspace,
            loggers={"console": _file_logger(log)},
        )
        job = definitions.resolve_job_def(JOB)
    with open_instance(settings) as instance:
        result = job.execute_in_process(
            instance=instance,
            tags=_tags(periods or pack.periods),
            run_config={
                "ops": {"arrivals": {"config": {"periods": list(periods)}}},
                # Named here, or Dagster's own logger writes to the terminal.
                "loggers": {"console": {}},
            },
            raise_on_error=False,
        )
        if not result.success:
            _raise_where_interrupted(progress, result)
        if not result.success and progress.failure is None:
            raise RunError(_told_by_dagster(result))


def _check_periods(periods: Sequence[str], pack: ReferencePack) -> None:
    for period in periods:
        if period not in pack.periods:
            raise SettingsError(
                f"--period {period}: the reference pack has no such period; it has {', '.join(pack.periods)}"
            )


def _tags(periods: Sequence[str]) -> dict[str, str]:
    from pipelines.orchestration.instance import COMMAND_LINE, SOURCE_TAG
    from pipelines.orchestration.triggers import partition_range

    return {**partition_range(periods), SOURCE_TAG: COMMAND_LINE}


def _file_logger(log: Path) -> dg.LoggerDefinition:
    """Dagster's own account of the run, in the run's log file."""
    import logging

    import dagster as dg

    def make(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.getLogger("kommunebench.dagster")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        handler = logging.FileHandler(log, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        for old in logger.handlers:
            old.close()
        logger.handlers = [handler]
        return logger

    return dg.LoggerDefinition(make)


def _raise_where_interrupted(progress: Progress, result: dg.ExecuteInProcessResult) -> None:
    """Dagster makes an error of its own of Ctrl-C; between two steps it is noted in its events alone."""
    if INTERRUPTED in (type(progress.failure).__name__, _told_by_dagster(result).partition(":")[0]):
        # What the error holds on to complains when it goes: in the log, not on the terminal.
        progress.failure = None
        gc.collect()
        raise KeyboardInterrupt


def _told_by_dagster(result: dg.ExecuteInProcessResult) -> str:
    """Dagster's account of the first failure: the innermost cause that it noted."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None)
        if not event.is_failure or error is None:
            continue
        while error.cause is not None:
            error = error.cause
        return f"{error.cls_name}: {error.message}"
    return "the run failed without a reason; its log tells more"
