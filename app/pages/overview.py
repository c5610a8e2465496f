"""Benchmarks by size class: query → chart → words."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, queries
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
)
from app.texts import number

SIZES = ["small", "medium", "large"]

path = release_path()
st.title(say("overview_title"))

catalogue = ask(queries.indicators, path)
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
everything = ask(queries.values, path, period).filter(pl.col("is_fictional") == is_fictional)
modes = (
    everything.filter(pl.col("indicator_id") == indicator_id)["collection_mode"]
    .unique()
    .sort(descending=True)
)
mode_names = {mode: say(f"mode_{mode}") for mode in modes}
mode = modes[0]
if len(mode_names) > 1:
    mode = st.radio(
        say("collection_mode"), list(mode_names), format_func=lambda m: mode_names[m], horizontal=True
    )

indicator = of_family.filter(pl.col("indicator_id") == indicator_id).row(0, named=True)
unit = indicator["unit"]
values = everything.filter(pl.col("indicator_id") == indicator_id, pl.col("collection_mode") == mode)
shown = values.filter(pl.col("status") == "ok")
benchmarks = ask(queries.benchmarks, path, period).filter(pl.col("is_fictional") == is_fictional)
of_indicator = benchmarks.filter(pl.col("indicator_id") == indicator_id, pl.col("collection_mode") == mode)
group_names = {**{size: say(size) for size in SIZES}, "all": say("all_sizes")}
present = [size for size in SIZES if size in set(values["size_class"])]

st.subheader(names[indicator_id])
st.write(say("overview_lead"))
dots = shown.select(
    group=pl.col("size_class").replace_strict(group_names, default=pl.col("size_class")),
    name=pl.col("name"),
    value=pl.col("value"),
    label=pl.col("value").map_elements(lambda v: number(v, unit, language()), return_dtype=pl.String),
    # Spread over the row by the municipality's number, so that a dot stays where it was.
    jitter=(pl.col("municipality_number").str.extract(r"(\d+)").cast(pl.Int64) * 37 % 100) / 100,
)
medians = of_indicator.filter(
    pl.col("peer_group_type") == "size_class", pl.col("median").is_not_null()
).select(
    group=pl.col("group_name").replace_strict(group_names, default=pl.col("group_name")),
    value=pl.col("median"),
    label=pl.lit(say("median") + " ")
    + pl.col("median").map_elements(lambda v: number(v, unit, language()), return_dtype=pl.String),
)
axis_title = f"{say('unit_' + unit)} – {say('better_' + indicator['better']).lower()}"
st.altair_chart(
    charts.size_class_dots(
        dots,
        medians,
        [group_names[size] for size in present],
        unit,
        axis_title,
        say("chart_overview", indicator=names[indicator_id]),
    ),
    use_container_width=True,
)

table = of_indicator.select(
    pl.col("group_name").replace_strict(group_names, default=pl.col("group_name")).alias(say("size_class")),
    pl.col("n_municipalities").alias(say("n_municipalities")),
    pl.col("median")
    .map_elements(lambda v: number(v, unit, language()), return_dtype=pl.String)
    .fill_null("–")
    .alias(say("median")),
    pl.when(pl.col("q1").is_not_null())
    .then(
        pl.concat_str(
            pl.col("q1").map_elements(lambda v: number(v, unit, language()), return_dtype=pl.String),
            pl.lit(" – "),
            pl.col("q3").map_elements(lambda v: number(v, unit, language()), return_dtype=pl.String),
        )
    )
    .otherwise(pl.lit("–"))
    .alias(say("quartiles")),
)
st.markdown(f"**{say('table_same')}**")
st.table(table)

missing = values.filter(pl.col("status") != "ok").group_by("status").len().sort("status")
if not missing.is_empty():
    st.markdown(f"**{say('without_value')}**")
    st.write(say("without_value_lead"))
    st.table(
        missing.select(
            pl.col("status")
            .map_elements(lambda s: say("reason_" + s), return_dtype=pl.String)
            .alias(say("reason")),
            pl.col("len").alias(say("count")),
        )
    )

with st.expander(say("what_is_this")):
    st.write(indicator[f"description_{language()}"])
    st.write(say("formula", formula=indicator["formula"]))

st.subheader(say("table_area"))
st.write(say("table_area_lead"))
of_area = benchmarks.join(of_family.select("indicator_id", "unit"), on="indicator_id").filter(
    pl.col("collection_mode") != "official"
)
cells = {
    (
        row["indicator_id"],
        row["group_name"],
    ): f"{number(row['median'], row['unit'], language())} ({row['n_municipalities']})"
    if row["median"] is not None
    else "–"
    for row in of_area.iter_rows(named=True)
}
st.table(
    pl.DataFrame(
        {
            say("indicator"): [names[i] for i in of_family["indicator_id"]],
            **{
                group_names[group]: [cells.get((i, group), "–") for i in of_family["indicator_id"]]
                for group in [*present, "all"]
            },
        }
    )
)
