"""Where a municipality stands among its peers, and how it has changed, in words. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from app.texts import Language, grouped, number, text


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


def conclusion(position: Mapping[str, Any] | None, language: Language, *, with_stability: bool) -> str:
    """Which side of the middle, and whether other groups say the same; a dash where nothing can be said."""
    if position is None or position["conclusion"] is None:
        return "–"
    said = text(position["conclusion"], language)
    side = {True: "favourable", False: "unfavourable", None: None}[position["is_favourable"]]
    if side is not None:
        said = text(side, language, side=said)
    if not with_stability or position["conclusion"] == "unresolved":
        return said
    key = {True: "stable", False: "unstable", None: "stable_unknown"}[position["is_conclusion_stable"]]
    return f"{said} ({text(key, language)})"


def target_state(row: Mapping[str, Any], target: float | None) -> str | None:
    """Whether a target is ``reached``, ``missed`` or ``open``, whatever unanswered questions hide.

    row: better, status, value, lower_bound, upper_bound; null without a target. As in fct_learn_from, the
    interval of a sample is not held against the value.
    """
    if target is None:
        return None
    if row["status"] != "ok":
        return "open"
    low = row["value"] if row["lower_bound"] is None else row["lower_bound"]
    high = row["value"] if row["upper_bound"] is None else row["upper_bound"]
    worst, best, wanted = _turned(row["better"], low, high, target)
    if worst >= wanted:
        return "reached"
    return "missed" if best < wanted else "open"


def _turned(better: str, low: float, high: float, target: float) -> tuple[float, float, float]:
    """Worst, best and target, turned so that more is better."""
    if better == "down":
        return -high, -low, -target
    if better == "near_zero":
        nearest = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        return -max(abs(low), abs(high)), -nearest, -abs(target)
    return low, high, target


def movement(change: Mapping[str, Any] | None, unit: str, language: Language) -> str:
    """The change from the period before, said only as surely as its interval or bounds allow.

    change: a row of fct_change; one that touches zero is no sure change.
    """
    if change is None:
        return "–"
    if change["status"] == "break_in_series":
        return text("change_break", language)
    if change["status"] == "no_earlier_value":
        return text("change_first", language)
    if change["status"] != "ok":
        return "–"
    low, high, size = change["change_low"], change["change_high"], change["change"]
    ends = {"low": number(low, unit, language), "high": number(high, unit, language)}
    values = {
        "change": number(abs(size), unit, language),
        "interval": "" if low == high else text("change_interval", language, **ends),
        "period": change["previous_period"],
    }
    return text(_movement_key(size, low, high), language, **values)


def _movement_key(size: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "change_none" if size == 0 else f"change_unknown_{'up' if size > 0 else 'down'}"
    if low == high == 0:
        return "change_none"
    if low > 0:
        return "change_up"
    return "change_down" if high < 0 else "change_unsure"
