"""The ten answers in pandas."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tests.ten_answers import COLUMNS

Tables = dict[str, pd.DataFrame]
PLACE = ["municipality_number", "period", "indicator_id", "collection_mode"]


def _named(frame: pd.DataFrame, t: Tables) -> pd.DataFrame:
    """With the municipality's name and the indicator's."""
    if "municipality_number" in frame:
        own = t["dim_municipality"][["municipality_number", "period", "name"]]
        own = own.rename(columns={"name": "municipality_name"})
        frame = frame.merge(own, how="left", on=["municipality_number", "period"])
    if "indicator_id" in frame:
        catalogue = t["dim_indicator"][["indicator_id", "name_nb", "name_en", "unit", "better", "family"]]
        frame = frame.merge(catalogue, on="indicator_id")
    return frame


def _of_kind(t: Tables, kind: str, code: str, prefix: str) -> pd.DataFrame:
    names = t["dim_name"].query("kind == @kind").drop(columns="kind")
    return names.rename(columns={"code": code, "name_nb": f"{prefix}_nb", "name_en": f"{prefix}_en"})


def size_class_means(t: Tables) -> pd.DataFrame:
    return _named(t["fct_benchmark"].query("peer_group_type == 'size_class'"), t)


def means_over_time(t: Tables) -> pd.DataFrame:
    figures = t["fct_benchmark"]
    means = figures[figures["peer_group_type"].isin(["all", "size_class"]) & figures["mean"].notna()]
    means = means.assign(is_half=means["period"].str.contains("-H")).sort_values("period")
    earlier = means.groupby(["peer_group_type", "peer_group", "indicator_id", "collection_mode", "is_half"])
    means = means.assign(previous_period=earlier["period"].shift(), previous_mean=earlier["mean"].shift())
    return _named(means.assign(change_of_mean=(means["mean"] - means["previous_mean"]).round(9)), t)


def barriers_ranked(t: Tables) -> pd.DataFrame:
    means = _named(t["fct_benchmark"].query("peer_group_type == 'all'").dropna(subset="mean"), t)
    barriers = means[means["family"] == "BAR"]
    places = barriers.groupby(["period", "collection_mode", "peer_group"])["mean"]
    return barriers.assign(barrier_rank=places.rank(method="min", ascending=False))


def municipality_profile(t: Tables) -> pd.DataFrame:
    whole = t["fct_indicator_value"].query("focus_area == 'all' and boundary == 'current'")
    place = t["fct_position"].query("peer_group_type == 'size_class'")
    place = place[[*PLACE, "peer_group", "rank", "conclusion"]].rename(columns={"rank": "rank_in_group"})
    group = ["period", "peer_group", "indicator_id", "collection_mode"]
    medians = t["fct_benchmark"].query("peer_group_type == 'size_class'")
    medians = medians[[*group, "n_municipalities", "median"]].rename(columns={"median": "group_median"})
    return _named(whole.merge(place, how="left", on=PLACE).merge(medians, how="left", on=group), t)


def changes_since_last(t: Tables) -> pd.DataFrame:
    return _named(t["fct_change"].query("status == 'ok'"), t)


def whom_to_learn_from(t: Tables) -> pd.DataFrame:
    teachers = t["dim_municipality"][["municipality_number", "period", "name"]]
    teachers = teachers.rename(columns={"municipality_number": "teacher_number", "name": "teacher_name"})
    return _named(t["fct_learn_from"].merge(teachers, how="left", on=["teacher_number", "period"]), t)


def duplicated_data(t: Tables) -> pd.DataFrame:
    objects = _of_kind(t, "data_object", "data_object_id", "data_object")
    several = t["fct_duplicate_object"].query("n_systems > 1")
    return _named(several.merge(objects, how="left", on="data_object_id"), t)


def asked_again(t: Tables) -> pd.DataFrame:
    gaps = t["fct_once_only_gap"]
    gaps = gaps.merge(_of_kind(t, "process", "process_id", "process"), how="left", on="process_id")
    objects = _of_kind(t, "data_object", "data_object_id", "data_object")
    return _named(gaps.merge(objects, how="left", on="data_object_id"), t)


def processes_without_owner(t: Tables) -> pd.DataFrame:
    return _named(t["fct_cross_unit_process"].query("missing == 'owner'"), t)


def bought_apart(t: Tables) -> pd.DataFrame:
    apart = t["fct_joint_procurement"].query("n_owners > 1 and n_products > 1")
    return apart.merge(_of_kind(t, "function", "function_id", "function"), how="left", on="function_id")


ANSWERS: dict[str, Callable[[Tables], pd.DataFrame]] = {
    answer.__name__: answer
    for answer in (
        size_class_means, means_over_time, barriers_ranked, municipality_profile, changes_since_last,
        whom_to_learn_from, duplicated_data, asked_again, processes_without_owner, bought_apart,
    )
}  # fmt: skip


def answer(view: str, tables: Tables) -> list[tuple[object, ...]]:
    """The answer's rows in the order of COLUMNS."""
    found = ANSWERS[view](tables)[COLUMNS[view]].astype(object)
    return list(found.itertuples(index=False, name=None))
