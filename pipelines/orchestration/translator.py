"""How dbt's nodes are called and grouped in Dagster: one-purpose helpers behind ``get_asset_spec``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from pipelines.orchestration.keys import BUILD_FILE

LAYERS = ("staging", "intermediate", "marts")


class WarehouseTranslator(DagsterDbtTranslator):
    """Models are ``<layer>/<name>``; every source is the build file, which one asset writes."""

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_asset_checks=True,
                enable_duplicate_source_asset_keys=True,
                enable_source_metadata=False,
            )
        )

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Dagster's own spec with our key, group and description."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        return spec.replace_attributes(
            key=asset_key(node), group_name=group_name(node), description=description(node)
        )

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The same key where Dagster asks for the key alone (observations of tests)."""
        return asset_key(dbt_resource_props)


def layer(node: Mapping[str, Any]) -> str:
    """The folder below models/ in which a model stands. Raises ValueError for one outside the layers."""
    found = node["fqn"][1]
    if found not in LAYERS:
        raise ValueError(f"{node['unique_id']}: models stand in {', '.join(LAYERS)}, found in {found}")
    return str(found)


def asset_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """``build_file`` for a source, ``<layer>/<name>`` for a model."""
    if node["resource_type"] == "source":
        return BUILD_FILE
    return dg.AssetKey([layer(node), node["name"]])


def group_name(node: Mapping[str, Any]) -> str:
    """The group under which Dagster's page shows a node."""
    return "deliveries" if node["resource_type"] == "source" else layer(node)


def description(node: Mapping[str, Any]) -> str:
    """The node's own description, without the SQL that Dagster adds to it."""
    return str(node.get("description") or "")
