"""Where a municipality stands among its peers, in words. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from app.texts import Language, grouped, text


def standing(
    row: Mapping[str, Any], position: Mapping[str, Any] | None, peers: pl.DataFrame, language: Language
) -> str:
    """Rank or percentile in words; a dash where there is neither, or where it would say too much.

    row: indicator_id, unit, value; position: rank, percentile, n_municipalities; peers: the others' rows.
    """
    if position is None:
        return "–"
    if position["rank"] is not None:
        return text("rank_of", language, rank=position["rank"], n=position["n_municipalities"])
    if position["percentile"] is None or _is_shared_level(row, peers):
        return "–"
    return text("better_than", language, percentile=grouped(position["percentile"], language))


def _is_shared_level(row: Mapping[str, Any], peers: pl.DataFrame) -> bool:
    """Whether others stand on the same level: a percentile counts half of them as worse."""
    same = peers.filter(pl.col("indicator_id") == row["indicator_id"], pl.col("value") == row["value"])
    return row["unit"] == "level" and not same.is_empty()
