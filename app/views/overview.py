"""Benchmarks by size class: query → chart → words."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, queries
from app.plain import escaped
from app.state import (
    ask,
    choose,
    choose_fictional,
    choose_period,
    families,
    indicator_names,
    language,
    release_path,
    say,
    size_classes,
    size_name,
)
from app.tables import table
from app.texts import number

path = release_path()
st.title(say("overview_title"))

catalogue: pl.DataFrame = ask(queries.indicators, path)
names = indicator_names(catalogue)
left, middle, right = st.columns([1, 1, 2])
with left:
    period = choose_period(path)
with middle:
    areas = families(catalogue)
    family = choose("omrade", say("area"), list(areas), areas)
with right:
    of_family = catalogue.filter(pl.col("family") == family)
    indicator_id = choose("indikator", say("indicator"), of_family["indicator_id"].to_list(), names)

is_fictional = choose_fictional(ask(queries.municipalities, path, period))
everything: pl.DataFrame = ask(queries.values, path, period).filter(pl.col("is_fictional") == is_fictional)
of_one = everything.filter(pl.col("indicator_id") == indicator_id)
modes = of_one["collection_mode"].unique().sort(descending=True).to_list()
mode = modes[0]
if len(modes) > 1:
    mode = st.radio(say("collection_mode"), modes, format_func=lambda m: say(f"mode_{m}"), horizontal=True)

indicator = of_family.filter(pl.col("indicator_id") == indicator_id).row(0, named=True)
unit = indicator["unit"]
values = of_one.filter(pl.col("collection_mode") == mode)
shown = values.filter(pl.col("status") == "ok")
benchmarks: pl.DataFrame = ask(queries.benchmarks, path, period).filter(
    pl.col("is_fictional") == is_fictional
)
of_indicator = benchmarks.filter(pl.col("indicator_id") == indicator_id, pl.col("collection_mode") == mode)
present = size_classes(values)
group_names = {**{size: size_name(size) for size in present}, "all": say("all_sizes")}


def spoken(value: float | None) -> str:
    """A value of the chosen indicator as people write it."""
    return number(value, unit, language())


st.header(escaped(names[indicator_id]))
st.write(say("overview_lead"))
dots = pl.DataFrame(
    [
        {
            "group": size_name(row["size_class"]),
            "value": row["value"],
            "label": f"{row['name']}: {spoken(row['value'])}",
            # Spread over the lane by the municipality's number, so that a dot stays where it was.
            "jitter": sum(map(ord, row["municipality_number"])) * 37 % 100 / 100,
        }
        for row in shown.iter_rows(named=True)
    ],
    schema={"group": pl.String, "value": pl.Float64, "label": pl.String, "jitter": pl.Float64},
)
medians = pl.DataFrame(
    [
        {
            "group": size_name(row["group_name"]),
            "value": row["median"],
            "label": f"{say('median')}: {spoken(row['median'])}",
        }
        for row in of_indicator.iter_rows(named=True)
        if row["peer_group_type"] == "size_class" and row["median"] is not None
    ],
    schema={"group": pl.String, "value": pl.Float64, "label": pl.String},
)
st.altair_chart(
    charts.size_class_dots(
        dots,
        medians,
        [size_name(size) for size in present],
        unit,
        f"{say('unit_' + unit)} – {say('better_' + indicator['better']).lower()}",
        say("chart_overview", indicator=names[indicator_id]),
    ),
    width="stretch",
)

by_group = {row["group_name"]: row for row in of_indicator.iter_rows(named=True)}
st.html(
    table(
        [
            {
                say("size_class"): group_names[group],
                say("n_municipalities"): by_group[group]["n_municipalities"],
                say("median"): spoken(by_group[group]["median"]),
                say("quartiles"): "–"
                if by_group[group]["q1"] is None
                else f"{spoken(by_group[group]['q1'])} – {spoken(by_group[group]['q3'])}",
            }
            for group in [*present, "all"]
            if group in by_group
        ],
        say("table_same"),
        numbers=[say("n_municipalities"), say("median"), say("quartiles")],
        stack=True,
    )
)

missing = values.filter(pl.col("status") != "ok").group_by("status").len().sort("status")
if not missing.is_empty():
    reasons = [
        {say("reason"): say("reason_" + status).capitalize(), say("count"): count}
        for status, count in missing.iter_rows()
    ]
    st.html(table(reasons, say("without_value"), numbers=[say("count")], stack=True))

with st.expander(say("what_is_this")):
    st.write(escaped(indicator[f"description_{language()}"]))
    st.write(say("formula", formula=escaped(indicator["formula"])))

st.header(say("table_area"))
st.write(say("table_area_lead"))
of_area = benchmarks.filter(pl.col("collection_mode") != "official")
cells = {(row["indicator_id"], row["group_name"]): row for row in of_area.iter_rows(named=True)}


def median_and_n(of: str, group: str | None, of_unit: str) -> str:
    """The median with the number of municipalities behind it."""
    row = cells.get((of, group))
    return (
        "–"
        if row is None or row["median"] is None
        else (f"{number(row['median'], of_unit, language())} ({row['n_municipalities']})")
    )


st.html(
    table(
        [
            {
                say("indicator"): names[of],
                **{group_names[group]: median_and_n(of, group, of_unit) for group in [*present, "all"]},
            }
            for of, of_unit in of_family.select("indicator_id", "unit").iter_rows()
        ],
        f"{areas[family]}, {period}",
        numbers=[group_names[group] for group in [*present, "all"]],
        stack=True,
    )
)
