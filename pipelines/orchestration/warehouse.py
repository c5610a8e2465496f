"""dbt's models as assets and its tests as asset checks; dbt runs in a process of its own."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation
from packaging.version import Version

from pipelines.orchestration.dbt_command import build_args
from pipelines.orchestration.dbt_verdict import read_verdict
from pipelines.orchestration.dbt_worker import DbtWorker
from pipelines.orchestration.keys import WORKSPACE
from pipelines.orchestration.translator import WarehouseTranslator, asset_key
from pipelines.orchestration.workspace import Workspace
from pipelines.settings import DBT_PROJECT


def warehouse_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """One asset for every model of the manifest, all built by one run of dbt."""
    translator = WarehouseTranslator()

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        exclude="resource_type:unit_test",
        dagster_dbt_translator=translator,
        required_resource_keys={WORKSPACE},
    )
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        workspace: Workspace = context.resources.workspace
        with workspace.progress.step("dbt: models and tests") as step:
            worker = workspace.take_dbt_worker()
            workspace.note_tests(passed_all=False)
            try:
                args = build_args(
                    threads=workspace.settings.threads,
                    models=_chosen_models(manifest, context.is_subset, context.selected_asset_keys),
                )
                invocation = _invocation(worker, args, manifest, translator, context)
                yield from invocation.stream()
                results = worker.target / "run_results.json"
                step.detail = read_verdict(results, invocation.process.wait())
                workspace.note_tests(passed_all=not context.is_subset)
            finally:
                worker.close()

    return warehouse


def model_keys(manifest: Mapping[str, Any]) -> list[dg.AssetKey]:
    """The keys of all models: a release waits for every one of them, and for its tests."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return sorted(asset_key(node) for node in models)


def _chosen_models(
    manifest: Mapping[str, Any], is_subset: bool, selected: frozenset[dg.AssetKey] | set[dg.AssetKey]
) -> list[str]:
    """Names of the models to build; none means all."""
    if not is_subset:
        return []
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return [node["name"] for node in models if asset_key(node) in selected]


def _invocation(
    worker: DbtWorker,
    args: list[str],
    manifest: Mapping[str, Any],
    translator: WarehouseTranslator,
    context: dg.AssetExecutionContext,
) -> DbtCliInvocation:
    """dagster-dbt's reader of dbt's events over a process that we started.

    Its own resource would start dbt anew, load an adapter into this process, and leave an orphan
    that writes on when this process is killed.
    """
    return DbtCliInvocation(
        process=worker.command(args),
        manifest=manifest,
        dagster_dbt_translator=translator,
        project_dir=DBT_PROJECT,
        target_path=worker.target,
        raise_on_error=False,
        cli_version=Version(version("dbt-core")),
        context=context,
    )
