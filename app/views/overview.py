"""Benchmarks by peer group: query → chart → words."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts, peers, queries
from app.plain import escaped
from app.standing import standing
from app.state import (
    areas,
    ask,
    choose,
    choose_fictional,
    choose_group,
    choose_period,
    group_name,
    indicator_names,
    indicators,
    language,
    release_path,
    say,
)
from app.tables import table
from app.texts import number

# Below ten there are ranks; and as many groups as a table is wide.
RANKED = 9
GROUP_COLUMNS = 4
DOTS = {"group": pl.String, "value": pl.Float64, "label": pl.String, "jitter": pl.Float64}
MIDDLES = {"group": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "label": pl.String}

path = release_path()
st.title(say("overview_title"))

catalogue = indicators(path)
names = indicator_names(catalogue)
left, middle, right = st.columns([1, 1, 2])
with left:
    period = choose_period(path)
with middle:
    area_names = areas(catalogue)
    area = choose("omrade", say("area"), list(area_names), area_names)
with right:
    of_area = catalogue.filter(pl.col("area") == area)
    indicator_id = choose("indikator", say("indicator"), of_area["indicator_id"].to_list(), names)

everyone: pl.DataFrame = ask(queries.municipalities, path, period)
is_fictional = choose_fictional(everyone)
shown_here = everyone.filter(pl.col("is_fictional") == is_fictional)
groups: pl.DataFrame = ask(queries.groups, path, period).join(
    shown_here.select("municipality_number"), on="municipality_number", how="semi"
)
left, right = st.columns(2)
with left:
    wanted = st.query_params.get("kommune")
    group_type = choose_group(groups, peers.first_choice(groups, wanted))
members = groups.filter(pl.col("peer_group_type") == group_type)
if group_type == "nearest":
    called = dict(shown_here.select("municipality_number", "name").iter_rows())
    centres = {n: name for n, name in called.items() if n in set(members["peer_group"])}
    with right:
        centre = choose("kommune", say("municipality"), list(centres), centres)
    members = members.filter(pl.col("peer_group") == centre)

# Who has no owners or neighbours is not in the picture; who has no known size stands by itself.
how = "inner" if group_type in ("owners", "nearest") else "left"
everything = (
    ask(queries.values, path, period)
    .filter(pl.col("is_fictional") == is_fictional)
    .join(members.select("municipality_number", "peer_group"), on="municipality_number", how=how)
)
of_one = everything.filter(pl.col("indicator_id") == indicator_id)
modes = of_one["collection_mode"].unique().sort(descending=True).to_list()
mode = modes[0]
if len(modes) > 1:
    mode = st.radio(say("collection_mode"), modes, format_func=lambda m: say(f"mode_{m}"), horizontal=True)

indicator = of_area.filter(pl.col("indicator_id") == indicator_id).row(0, named=True)
unit = indicator["unit"]
values = of_one.filter(pl.col("collection_mode") == mode)
shown = values.filter(pl.col("status") == "ok")
smallest_first = ["population", "peer_group"] if group_type == "size_class" else ["peer_group", "population"]
present: list[str | None] = (
    values.group_by("peer_group")
    .agg(pl.col("population").min())
    .sort(smallest_first, nulls_last=True)["peer_group"]
    .to_list()
)
group_names = {group: group_name(path, everyone, group_type, group) for group in present}
# Above its dots a group is called by what stands before the colon.
short = {group: name.split(":")[0] for group, name in group_names.items()}
benchmarks: pl.DataFrame = ask(queries.benchmarks, path, period).filter(
    pl.col("peer_group_type") == group_type, pl.col("peer_group").is_in([g for g in present if g])
)
by_group = {
    row["peer_group"]: row
    for row in benchmarks.filter(
        pl.col("indicator_id") == indicator_id, pl.col("collection_mode") == mode
    ).iter_rows(named=True)
}


def spoken(value: float | None) -> str:
    """A value of the chosen indicator as people write it."""
    return number(value, unit, language())


def middle_half(group: str | None) -> str:
    """The quartiles in words; a dash below eight municipalities."""
    row = by_group[group or ""]
    return "–" if row["q1"] is None else f"{spoken(row['q1'])} – {spoken(row['q3'])}"


st.header(escaped(names[indicator_id]))
st.write(say("overview_lead"))
dots = pl.DataFrame(
    [
        {
            "group": short[row["peer_group"]],
            "value": row["value"],
            "label": f"{row['name']}: {spoken(row['value'])}",
            # Spread over the lane by the municipality's number, so that a dot stays where it was.
            "jitter": sum(map(ord, row["municipality_number"])) * 37 % 100 / 100,
        }
        for row in shown.iter_rows(named=True)
    ],
    schema=DOTS,
)
middles = pl.DataFrame(
    [
        {
            "group": short[group],
            "value": row["median"],
            "low": row["q1"],
            "high": row["q3"],
            "label": f"{say('median')}: {spoken(row['median'])}",
        }
        for group, row in by_group.items()
        if row["median"] is not None
    ],
    schema=MIDDLES,
)
st.altair_chart(
    charts.group_dots(
        dots,
        middles,
        middles.filter(pl.col("low").is_not_null()),
        [short[group] for group in present],
        unit,
        f"{say('unit_' + unit)} – {say('better_' + indicator['better']).lower()}",
        say("chart_overview", indicator=names[indicator_id]),
    ),
    width="stretch",
)

if by_group:
    st.html(
        table(
            [
                {
                    say("peer_group"): group_names[group],
                    say("n_municipalities"): by_group[group]["n_municipalities"],
                    say("median"): spoken(by_group[group]["median"]),
                    say("quartiles"): middle_half(group),
                }
                for group in present
                if group in by_group
            ],
            say("table_same"),
            numbers=[say("n_municipalities"), say("median"), say("quartiles")],
            stack=True,
        )
    )

# Neighbours have neighbours of their own: they have no rank in this group.
if group_type != "nearest" and len(present) == 1 and 0 < shown.height <= RANKED:
    places = {
        row["municipality_number"]: row
        for row in ask(queries.positions, path, period)
        .filter(
            pl.col("indicator_id") == indicator_id,
            pl.col("collection_mode") == mode,
            pl.col("peer_group_type") == group_type,
            pl.col("peer_group") == present[0],
        )
        .iter_rows(named=True)
    }
    ranked = sorted(
        shown.with_columns(unit=pl.lit(unit)).iter_rows(named=True),
        key=lambda row: (
            (places.get(row["municipality_number"]) or {}).get("rank") or shown.height,
            row["name"],
        ),
    )
    st.html(
        table(
            [
                {
                    say("municipality"): row["name"],
                    say("value"): spoken(row["value"]),
                    say("position"): standing(row, places.get(row["municipality_number"]), shown, language()),
                }
                for row in ranked
            ],
            say("ranked"),
            numbers=[say("value")],
            stack=True,
        )
    )
    st.write(say("rank_lead"))

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

columns = [group for group in present if group in set(benchmarks["peer_group"])]
if 0 < len(columns) <= GROUP_COLUMNS:
    st.header(say("table_area"))
    st.write(say("table_area_lead"))
    cells = {
        (row["indicator_id"], row["peer_group"]): row
        for row in benchmarks.filter(pl.col("collection_mode") != "official").iter_rows(named=True)
    }

    def median_and_n(of: str, group: str | None, of_unit: str) -> str:
        """The median with the number of municipalities behind it."""
        row = cells.get((of, group))
        if row is None or row["median"] is None:
            return "–"
        return f"{number(row['median'], of_unit, language())} ({row['n_municipalities']})"

    st.html(
        table(
            [
                {
                    say("indicator"): names[of],
                    **{group_names[group]: median_and_n(of, group, of_unit) for group in columns},
                }
                for of, of_unit in of_area.select("indicator_id", "unit").iter_rows()
            ],
            f"{area_names[area]}, {period}",
            numbers=[group_names[group] for group in columns],
            stack=True,
        )
    )
