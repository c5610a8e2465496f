"""The ten answers in Polars."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from tests.ten_answers import COLUMNS

Tables = dict[str, pl.DataFrame]


def _municipalities(t: Tables, number: str, called: str) -> pl.DataFrame:
    return t["dim_municipality"].select(
        pl.col("municipality_number").alias(number), "period", pl.col("name").alias(called)
    )


def _with_names(frame: pl.DataFrame, t: Tables) -> pl.DataFrame:
    """With the municipality's name and the indicator's."""
    if "municipality_number" in frame.columns:
        own = _municipalities(t, "municipality_number", "municipality_name")
        frame = frame.join(own, on=["municipality_number", "period"], how="left")
    if "indicator_id" in frame.columns:
        catalogue = t["dim_indicator"].select(
            "indicator_id", "name_nb", "name_en", "unit", "better", "family"
        )
        frame = frame.join(catalogue, on="indicator_id")
    return frame


def _called(t: Tables, kind: str, code: str, prefix: str) -> pl.DataFrame:
    return (
        t["dim_name"]
        .filter(pl.col("kind") == kind)
        .select(
            pl.col("code").alias(code),
            pl.col("name_nb").alias(f"{prefix}_nb"),
            pl.col("name_en").alias(f"{prefix}_en"),
        )
    )


def size_class_means(t: Tables) -> pl.DataFrame:
    return _with_names(t["fct_benchmark"].filter(pl.col("peer_group_type") == "size_class"), t)


def means_over_time(t: Tables) -> pl.DataFrame:
    means = t["fct_benchmark"].filter(
        pl.col("peer_group_type").is_in(["all", "size_class"]) & pl.col("mean").is_not_null()
    )
    series = [
        "peer_group_type", "peer_group", "indicator_id", "collection_mode",
        pl.col("period").str.len_chars(),
    ]  # fmt: skip
    means = means.sort("period").with_columns(
        previous_period=pl.col("period").shift(1).over(series),
        previous_mean=pl.col("mean").shift(1).over(series),
    )
    change = (pl.col("mean") - pl.col("previous_mean")).round(9)
    return _with_names(means.with_columns(change_of_mean=change), t)


def barriers_ranked(t: Tables) -> pl.DataFrame:
    barriers = _with_names(
        t["fct_benchmark"].filter((pl.col("peer_group_type") == "all") & pl.col("mean").is_not_null()), t
    ).filter(pl.col("family") == "BAR")
    place = pl.col("mean").rank("min", descending=True).over("period", "collection_mode", "peer_group")
    return barriers.with_columns(barrier_rank=place)


def municipality_profile(t: Tables) -> pl.DataFrame:
    whole = t["fct_indicator_value"].filter(
        (pl.col("focus_area") == "all") & (pl.col("boundary") == "current")
    )
    of = ["municipality_number", "period", "indicator_id", "collection_mode"]
    place = (
        t["fct_position"]
        .filter(pl.col("peer_group_type") == "size_class")
        .select(*of, "peer_group", pl.col("rank").alias("rank_in_group"), "conclusion")
    )
    group = ["period", "peer_group", "indicator_id", "collection_mode"]
    medians = (
        t["fct_benchmark"]
        .filter(pl.col("peer_group_type") == "size_class")
        .select(*group, "n_municipalities", pl.col("median").alias("group_median"))
    )
    return _with_names(whole.join(place, on=of, how="left").join(medians, on=group, how="left"), t)


def changes_since_last(t: Tables) -> pl.DataFrame:
    return _with_names(t["fct_change"].filter(pl.col("status") == "ok"), t)


def whom_to_learn_from(t: Tables) -> pl.DataFrame:
    teachers = _municipalities(t, "teacher_number", "teacher_name")
    return _with_names(t["fct_learn_from"].join(teachers, on=["teacher_number", "period"], how="left"), t)


def duplicated_data(t: Tables) -> pl.DataFrame:
    several = t["fct_duplicate_object"].filter(pl.col("n_systems") > 1)
    objects = _called(t, "data_object", "data_object_id", "data_object")
    return _with_names(several.join(objects, on="data_object_id", how="left"), t)


def asked_again(t: Tables) -> pl.DataFrame:
    objects = _called(t, "data_object", "data_object_id", "data_object")
    processes = _called(t, "process", "process_id", "process")
    gaps = t["fct_once_only_gap"].join(objects, on="data_object_id", how="left")
    return _with_names(gaps.join(processes, on="process_id", how="left"), t)


def processes_without_owner(t: Tables) -> pl.DataFrame:
    return _with_names(t["fct_cross_unit_process"].filter(pl.col("missing") == "owner"), t)


def bought_apart(t: Tables) -> pl.DataFrame:
    apart = t["fct_joint_procurement"].filter((pl.col("n_owners") > 1) & (pl.col("n_products") > 1))
    return apart.join(_called(t, "function", "function_id", "function"), on="function_id", how="left")


ANSWERS: dict[str, Callable[[Tables], pl.DataFrame]] = {
    answer.__name__: answer
    for answer in (
        size_class_means, means_over_time, barriers_ranked, municipality_profile, changes_since_last,
        whom_to_learn_from, duplicated_data, asked_again, processes_without_owner, bought_apart,
    )
}  # fmt: skip


def answer(view: str, tables: Tables) -> list[tuple[object, ...]]:
    """The answer's rows in the order of COLUMNS."""
    return ANSWERS[view](tables).select(COLUMNS[view]).rows()
