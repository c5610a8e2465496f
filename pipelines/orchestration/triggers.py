"""What starts a run: the job, the sensor on the inboxes, the nightly schedule."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.orchestration.inbox_watch import decide, look
from pipelines.orchestration.keys import JOB, SCHEDULE, SENSOR
from pipelines.settings import Settings

if TYPE_CHECKING:
    # Dagster gives this type no public name.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# A file must lie unchanged this long before it is read: longer than a slow copy pauses.
SETTLE_SECONDS = 60
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def run_job_definition() -> UnresolvedAssetJobDefinition:
    """The job behind ``kommunebench run``: everything from the inboxes to the release."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Deliveries in, a tested and published release out.",
    )


def partition_range(periods: Sequence[str]) -> dict[str, str]:
    """The tags by which one run covers all periods from the first to the last given."""
    return {RANGE_START: min(periods), RANGE_END: max(periods)}


def inbox_sensor(
    settings: Settings, periods: Sequence[str], job: UnresolvedAssetJobDefinition
) -> dg.SensorDefinition:
    """Start the job once new files in the inboxes have settled."""

    @dg.sensor(
        name=SENSOR,
        job=job,
        minimum_interval_seconds=30,
        description="Starts a run when files in the inboxes are new or changed and lie still.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        decision = decide(context.cursor, look(settings.inboxes), time.time(), SETTLE_SECONDS)
        if decision.launch is None:
            return dg.SensorResult(skip_reason=decision.reason, cursor=decision.cursor)
        request = dg.RunRequest(run_key=decision.launch, tags=partition_range(periods))
        return dg.SensorResult(run_requests=[request], cursor=decision.cursor)

    return sensor


def nightly_schedule(periods: Sequence[str], job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """Every night, also for what the sensor may have missed."""

    @dg.schedule(
        name=SCHEDULE,
        job=job,
        cron_schedule="30 2 * * *",
        execution_timezone="Europe/Oslo",
        description="The whole run, every night at 02:30 in Norway.",
    )
    def schedule() -> dg.RunRequest:
        return dg.RunRequest(tags=partition_range(periods))

    return schedule
