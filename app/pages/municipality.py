"""One municipality against its size class: query → chart → words."""

from __future__ import annotations

from typing import Any

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
from app.texts import grouped, number

TEACHERS = 3

path = release_path()
heading = st.empty()
catalogue = ask(queries.indicators, path)
names = indicator_names(catalogue)

left, middle, right = st.columns(3)
with left:
    period = choose_period(path)
everyone = ask(queries.municipalities, path, period)
is_fictional = choose_fictional(everyone)
candidates = everyone.filter(pl.col("is_fictional") == is_fictional).sort(
    "is_owner", "name", descending=[True, False]
)
candidate_names = dict(zip(candidates["municipality_number"], candidates["name"], strict=True))
with middle:
    chosen = choose("kommune", say("municipality"), list(candidate_names), candidate_names)
with right:
    areas = families(catalogue)
    family = choose("omrade", say("area"), list(areas), areas)

municipality = candidates.filter(pl.col("municipality_number") == chosen).row(0, named=True)
size_name = say(municipality["size_class"])
heading.title(say("municipality_title", name=municipality["name"]))
st.write(
    f"{size_name} · "
    + say(
        "population",
        population=grouped(municipality["population"], language()),
        year=municipality["population_year"],
    )
)

of_family = catalogue.filter(pl.col("family") == family)
values = (
    ask(queries.values, path, period)
    .filter(pl.col("is_fictional") == is_fictional, pl.col("size_class") == municipality["size_class"])
    .join(of_family.select("indicator_id", "unit", "better"), on="indicator_id")
)
modes = [m for m in ("respondents", "register", "official") if m in set(values["collection_mode"])]
mode = modes[0]
if len(modes) > 1 and "official" in set(
    values.filter(pl.col("municipality_number") == chosen, pl.col("status") == "ok")["collection_mode"]
):
    mode = st.radio(say("collection_mode"), modes, format_func=lambda m: say(f"mode_{m}"), horizontal=True)
values = values.filter(pl.col("collection_mode") == mode)
own = values.filter(pl.col("municipality_number") == chosen)
peers = values.filter(pl.col("municipality_number") != chosen, pl.col("status") == "ok")
positions = ask(queries.positions, path, period, chosen).filter(pl.col("collection_mode") == mode)
benchmarks = ask(queries.benchmarks, path, period).filter(
    pl.col("is_fictional") == is_fictional,
    pl.col("peer_group_type") == "size_class",
    pl.col("group_name") == municipality["size_class"],
    pl.col("collection_mode") == mode,
    pl.col("median").is_not_null(),
)


def labelled(frame: pl.DataFrame, unit: str, who: str) -> pl.DataFrame:
    """The chart's columns, with a label that says who and how much."""
    return frame.filter(pl.col("unit") == unit).with_columns(
        indicator=pl.col("indicator_id").replace_strict(names),
        label=pl.format(
            "{}: {}",
            pl.col("name") if "name" in frame.columns else pl.lit(who),
            pl.col("value").map_elements(lambda v: number(v, unit, language()), return_dtype=pl.String),
        ),
    )


st.write(say("municipality_lead"))
medians = benchmarks.join(of_family.select("indicator_id", "unit"), on="indicator_id").with_columns(
    value=pl.col("median")
)
for unit in of_family["unit"].unique(maintain_order=True):
    rows = of_family.filter(pl.col("unit") == unit)["indicator_id"].to_list()
    st.altair_chart(
        charts.municipality_dots(
            labelled(own.filter(pl.col("status") == "ok"), unit, municipality["name"]),
            labelled(peers, unit, ""),
            labelled(medians, unit, say("median")),
            [names[i] for i in rows],
            unit,
            say(f"unit_{unit}"),
            say("chart_municipality", name=municipality["name"]),
        ),
        use_container_width=True,
    )

of_position = {row["indicator_id"]: row for row in positions.iter_rows(named=True)}
of_median = dict(zip(benchmarks["indicator_id"], benchmarks["median"], strict=True))


def standing(position: dict[str, Any] | None) -> str:
    """Rank or percentile in words; a dash where there is neither."""
    if position and position["rank"] is not None:
        return say("rank_of", rank=position["rank"], n=position["n_municipalities"])
    if position and position["percentile"] is not None:
        return say("better_than", percentile=grouped(position["percentile"], language()))
    return "–"


def table_row(row: dict[str, Any]) -> dict[str, str]:
    """One indicator of the municipality in words."""
    position = of_position.get(row["indicator_id"])
    unit = row["unit"]
    conclusion = say(position["conclusion"]) if position and position["conclusion"] else "–"
    interval = (
        "–"
        if row["low"] is None or row["status"] == "suppressed"
        else (f"{number(row['low'], unit, language())} – {number(row['high'], unit, language())}")
    )
    return {
        say("indicator"): names[row["indicator_id"]],
        say("value"): number(row["value"], unit, language())
        if row["status"] == "ok"
        else say("reason_" + row["status"]),
        say("range"): interval,
        say("median"): number(of_median.get(row["indicator_id"]), unit, language()),
        say("position"): standing(position),
        say("conclusion"): conclusion,
    }


ordered = of_family.select("indicator_id").join(own, on="indicator_id", maintain_order="left")
st.markdown(f"**{say('table_same')}**")
st.table(pl.DataFrame([table_row(row) for row in ordered.iter_rows(named=True)]))


def weak(row: dict[str, Any], position: dict[str, Any] | None) -> bool:
    """The municipality lies on the worse side of the middle, beyond its uncertainty."""
    worse = {"up": "below", "down": "above"}.get(row["better"])
    return position is not None and position["conclusion"] is not None and position["conclusion"] == worse


def teachers(row: dict[str, Any]) -> str:
    """Those of the size class who are furthest ahead on this indicator."""
    ahead = peers.filter(pl.col("indicator_id") == row["indicator_id"]).sort(
        "value", "municipality_number", descending=[row["better"] == "up", False]
    )
    return ", ".join(ahead["name"].head(TEACHERS))


def advice(row: dict[str, Any]) -> str | None:
    """What to do about one indicator, if anything."""
    name = names[row["indicator_id"]]
    if row["status"] != "ok":
        return say("next_missing", indicator=name, reason=say("reason_" + row["status"]))
    if weak(row, of_position.get(row["indicator_id"])):
        return say("next_weak", indicator=name, names=teachers(row))
    if row["coverage"] is not None and row["coverage"] < 100:
        return say("next_coverage", indicator=name, coverage=grouped(row["coverage"], language()))
    return None


st.subheader(say("next_title"))
steps = [step for row in ordered.iter_rows(named=True) if (step := advice(row))]
st.markdown("\n".join(f"- {step}" for step in steps) if steps else say("next_nothing"))
