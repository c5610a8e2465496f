"""Great Expectations' results as asset checks of the gate, one per dataset."""

from __future__ import annotations

import dagster as dg
import polars as pl

from pipelines.orchestration.keys import GATE
from pipelines.storage.lake import dataset_columns


def check_name(dataset: str) -> str:
    """The name of a dataset's check."""
    return f"expectations_{dataset}"


def gate_check_specs() -> list[dg.AssetCheckSpec]:
    """One check per dataset of the lake, whether or not any delivery holds it."""
    return [
        dg.AssetCheckSpec(check_name(dataset), asset=GATE, description=f"The contract's rules for {dataset}.")
        for dataset in dataset_columns()
    ]


def gate_check_results(statistics: pl.DataFrame) -> list[dg.AssetCheckResult]:
    """One result per dataset.

    statistics: the gate's, one row per expectation: dataset, column, rule, severity, evaluated, failed.
    A failing rule is a warning: its rows are quarantined and the work goes on (law 2). An expectation
    that raised has stopped the gate before this.
    """
    return [
        _result(dataset, statistics.filter(pl.col("dataset") == dataset)) for dataset in dataset_columns()
    ]


def _result(dataset: str, own: pl.DataFrame) -> dg.AssetCheckResult:
    failed = own.filter(pl.col("failed") > 0)
    rules = {f"{row['column']}: {row['rule']}": row["failed"] for row in failed.iter_rows(named=True)}
    return dg.AssetCheckResult(
        asset_key=GATE,
        check_name=check_name(dataset),
        passed=failed.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "expectations": own.height,
            "rows": max(own["evaluated"].to_list(), default=0),
            "failing_rows": dg.MetadataValue.json(rules),
        },
    )
