"""The ten questions answered once more, from Parquet or CSV and without SQL: what the views must say.

``READERS`` read an edition's folder into frames of Polars or pandas; each library has its own answers, in
``ten_answers_polars`` and ``ten_answers_pandas``. COLUMNS is what an answer has, in order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

NAMES = ["name_nb", "name_en", "unit", "better"]
COLUMNS = {
    "size_class_means": [
        "period", "indicator_id", *NAMES, "collection_mode", "peer_group", "n_municipalities", "mean",
        "status",
    ],
    "means_over_time": [
        "period", "peer_group_type", "peer_group", "indicator_id", *NAMES, "collection_mode",
        "n_municipalities", "mean", "previous_period", "previous_mean", "change_of_mean",
    ],
    "barriers_ranked": [
        "period", "collection_mode", "peer_group", "indicator_id", "name_nb", "name_en", "n_municipalities",
        "mean", "barrier_rank",
    ],
    "municipality_profile": [
        "municipality_number", "municipality_name", "period", "indicator_id", *NAMES, "collection_mode",
        "status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "peer_group",
        "n_municipalities", "group_median", "rank_in_group", "conclusion",
    ],
    "changes_since_last": [
        "municipality_number", "municipality_name", "period", "indicator_id", *NAMES, "collection_mode",
        "previous_period", "previous_value", "change", "change_low", "change_high", "is_sure",
    ],
    "whom_to_learn_from": [
        "municipality_number", "municipality_name", "period", "indicator_id", *NAMES, "collection_mode",
        "place", "teacher_number", "teacher_name", "teacher_value", "own_value", "is_sure",
    ],
    "duplicated_data": [
        "municipality_number", "municipality_name", "period", "data_object_id", "data_object_nb",
        "data_object_en", "n_systems", "n_maintaining", "n_masters", "master_register",
    ],
    "asked_again": [
        "municipality_number", "municipality_name", "period", "process_id", "process_nb", "process_en",
        "data_object_id", "data_object_nb", "data_object_en", "register", "collection_mode",
        "volume_per_year",
    ],
    "processes_without_owner": [
        "municipality_number", "municipality_name", "period", "process_key", "process_name",
        "process_name_en", "is_local", "n_units", "volume_per_year",
    ],
    "bought_apart": [
        "period", "function_id", "function_nb", "function_en", "n_owners", "n_products",
        "product_diversity", "annual_cost", "next_contract_end",
    ],
}  # fmt: skip

POLARS_TYPES: dict[str, Any] = {
    "string": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "date": pl.Date,
    "datetime": pl.String,
}  # fmt: skip
PANDAS_TYPES = {
    "string": "str", "integer": "Int64", "number": "Float64", "boolean": "boolean", "date": "str",
    "datetime": "str",
}  # fmt: skip


def resources(folder: Path) -> list[dict[str, Any]]:
    """What datapackage.json says of the CSV files."""
    found: list[dict[str, Any]] = json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
    return found


def signs(resource: dict[str, Any]) -> list[str]:
    return [entry["value"] for entry in resource["schema"]["missingValues"]]


def polars_parquet(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in sorted((folder / "parquet").glob("*.parquet"))}


def polars_csv(folder: Path) -> dict[str, pl.DataFrame]:
    return {
        r["name"]: pl.read_csv(
            folder / r["path"],
            schema={field["name"]: POLARS_TYPES[field["type"]] for field in r["schema"]["fields"]},
            null_values=signs(r),
            empty_string_is_null=False,
        )
        for r in resources(folder)
    }


def pandas_parquet(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        path.stem: pd.read_parquet(path, dtype_backend="numpy_nullable")
        for path in sorted((folder / "parquet").glob("*.parquet"))
    }


def pandas_csv(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        r["name"]: pd.read_csv(
            folder / r["path"],
            dtype={field["name"]: PANDAS_TYPES[field["type"]] for field in r["schema"]["fields"]},
            na_values=signs(r),
            keep_default_na=False,
        )
        for r in resources(folder)
    }


def plain(value: Any) -> Any:
    """A cell as JSON would have it, so that answers of different libraries compare."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def rows(answer: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """The rows of an answer, in an order of their own: every row told apart by what it says."""
    return sorted(([plain(cell) for cell in row] for row in answer), key=repr)
