"""The assets from deliveries to the build file, and the release; dbt's models stand in ``warehouse``.

Each asset asks the workspace for its step and shows what came of it; no step is done here.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import dagster as dg
from pydantic import Field

from pipelines.orchestration.checks import gate_check_results, gate_check_specs
from pipelines.orchestration.keys import ARRIVALS, BUILD_FILE, GATE, LAKE, RELEASE, WORKSPACE
from pipelines.orchestration.workspace import Workspace

NEEDS = {WORKSPACE}

if TYPE_CHECKING:
    Result: TypeAlias = dg.MaterializeResult[None]
else:
    # Dagster reads the annotation when it runs and knows the bare class only.
    Result = dg.MaterializeResult


class ArrivalsConfig(dg.Config):
    """periods: read only these; none means the run's partitions. What is released is never limited."""

    periods: list[str] = Field(default_factory=list)


def pipeline_assets(periods: Sequence[str], marts: Iterable[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """arrivals, lake (by period), gate, build_file and release (of everything)."""
    partitions = dg.StaticPartitionsDefinition(list(periods))
    by_period = _by_period_assets(partitions, periods)
    return [*by_period, _gate_asset(), _build_asset(), _release_asset(marts)]


def _by_period_assets(
    partitions: dg.StaticPartitionsDefinition, periods: Sequence[str]
) -> list[dg.AssetsDefinition]:
    # One run reads any number of periods: a run per period would start everything anew for each.
    together = dg.BackfillPolicy.single_run()

    @dg.asset(
        key=ARRIVALS,
        partitions_def=partitions,
        backfill_policy=together,
        required_resource_keys=NEEDS,
        group_name="deliveries",
        description="Files new in the inboxes, archived byte for byte.",
    )
    def arrivals(context: dg.AssetExecutionContext, config: ArrivalsConfig) -> Result:
        is_partitioned = context.has_partition_key or context.has_partition_key_range
        partitions_of_run = context.partition_keys if is_partitioned else periods
        chosen = chosen_periods(config.periods, partitions_of_run, periods)
        result = _workspace(context).look(chosen)
        for sentence in result.passed_over:
            context.log.warning(sentence)
        counts = dict.fromkeys(periods, 0)
        for arrival in result.new:
            counts[arrival.period] = counts.get(arrival.period, 0) + 1
        return dg.MaterializeResult(
            metadata={
                "new_files": len(result.new),
                "files_seen": result.seen,
                "passed_over": len(result.passed_over),
                "new_files_by_period": dg.MetadataValue.json(counts),
            }
        )

    @dg.asset(
        key=LAKE,
        deps=[ARRIVALS],
        partitions_def=partitions,
        backfill_policy=together,
        required_resource_keys=NEEDS,
        group_name="deliveries",
        description="Typed rows and what the reader said of each delivery.",
    )
    def lake(context: dg.AssetExecutionContext) -> Result:
        result = _workspace(context).read()
        return dg.MaterializeResult(
            metadata={"files_read": result.parsed, "deliveries": len(result.metas)},
        )

    return [arrivals, lake]


def _gate_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=GATE,
        deps=[LAKE],
        check_specs=gate_check_specs(),
        required_resource_keys=NEEDS,
        group_name="deliveries",
        description="Every rule of the contract over all deliveries that count; quarantine and reports.",
    )
    def gate(context: dg.AssetExecutionContext) -> Result:
        judged = _workspace(context).judge()
        return dg.MaterializeResult(
            metadata=judged.summary, check_results=gate_check_results(judged.gate.checks)
        )

    return gate


def _build_asset() -> dg.AssetsDefinition:
    @dg.asset(
        key=BUILD_FILE,
        deps=[GATE],
        required_resource_keys=NEEDS,
        group_name="deliveries",
        kinds={"duckdb"},
        description="A fresh DuckDB file with the lake's rows, the reference pack and the ledger.",
    )
    def build_file(context: dg.AssetExecutionContext) -> Result:
        path = _workspace(context).fill()
        return dg.MaterializeResult(
            metadata={"path": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size}
        )

    return build_file


def _release_asset(marts: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.asset(
        key=RELEASE,
        deps=list(marts),
        required_resource_keys=NEEDS,
        group_name="release",
        kinds={"duckdb"},
        description="The audited tables, published at once for readers; nothing new where nothing changed.",
    )
    def release(context: dg.AssetExecutionContext) -> Result:
        published = _workspace(context).publish()
        return dg.MaterializeResult(
            metadata={
                "release_id": published.release_id,
                "content_hash": published.content_hash,
                "is_new": published.published,
            }
        )

    return release


def chosen_periods(
    configured: Sequence[str], partitions: Sequence[str], known: Sequence[str]
) -> Collection[str] | None:
    """The periods to look for: the configured ones, else the run's partitions; None means all.

    All includes folders of periods that the pack does not know, so that their files are rejected
    with a reason instead of being passed over.
    """
    if configured:
        return list(configured)
    return None if set(known) <= set(partitions) else list(partitions)


def _workspace(context: dg.AssetExecutionContext) -> Workspace:
    workspace: Workspace = context.resources.workspace
    return workspace
