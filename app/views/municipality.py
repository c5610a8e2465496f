"""One municipality against its size class: query → chart → words."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import charts, queries
from app.plain import escaped
from app.standing import standing
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
    size_name,
)
from app.tables import table
from app.texts import advice, grouped, number

TEACHERS = 3
STEPS = 5
CHART = {"group": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "label": pl.String}

path = release_path()
heading = st.empty()
catalogue: pl.DataFrame = ask(queries.indicators, path)
names = indicator_names(catalogue)

left, middle, right = st.columns(3)
with left:
    period = choose_period(path)
everyone: pl.DataFrame = ask(queries.municipalities, path, period)
is_fictional = choose_fictional(everyone)
candidates = everyone.filter(pl.col("is_fictional") == is_fictional).sort(
    "is_owner", "name", "municipality_number", descending=[True, False, False]
)
candidate_names = dict(zip(candidates["municipality_number"], candidates["name"], strict=True))
with middle:
    chosen = choose("kommune", say("municipality"), list(candidate_names), candidate_names)
with right:
    areas = families(catalogue)
    family = choose("omrade", say("area"), list(areas), areas)

municipality = candidates.filter(pl.col("municipality_number") == chosen).row(0, named=True)
heading.title(say("municipality_title", name=escaped(municipality["name"])))
population = say("population_unknown")
if municipality["population"] is not None:
    inhabitants = grouped(municipality["population"], language())
    population = say("population", population=inhabitants, year=municipality["population_year"])
st.write(f"{escaped(size_name(municipality['size_class']))} · {population}")

of_family = catalogue.filter(pl.col("family") == family)
values = (
    ask(queries.values, path, period)
    .filter(
        pl.col("is_fictional") == is_fictional, pl.col("size_class").eq_missing(municipality["size_class"])
    )
    .join(of_family.select("indicator_id", "unit", "better"), on="indicator_id")
)
own_modes = set(values.filter(pl.col("municipality_number") == chosen)["collection_mode"])
modes = [m for m in ("respondents", "register", "official") if m in own_modes]
mode = modes[0]
if len(modes) > 1:
    mode = st.radio(say("collection_mode"), modes, format_func=lambda m: say(f"mode_{m}"), horizontal=True)
values = values.filter(pl.col("collection_mode") == mode)
own_rows = {
    row["indicator_id"]: row
    for row in values.filter(pl.col("municipality_number") == chosen).iter_rows(named=True)
}
peers = values.filter(pl.col("municipality_number") != chosen, pl.col("status") == "ok")
positions = {
    row["indicator_id"]: row
    for row in ask(queries.positions, path, period, chosen).iter_rows(named=True)
    if row["collection_mode"] == mode
}
benchmarks = ask(queries.benchmarks, path, period).filter(
    pl.col("is_fictional") == is_fictional,
    pl.col("peer_group_type") == "size_class",
    pl.col("group_name") == municipality["size_class"],
    pl.col("collection_mode") == mode,
    pl.col("median").is_not_null(),
)
medians = dict(zip(benchmarks["indicator_id"], benchmarks["median"], strict=True))


def mark(
    indicator_id: str, who: str, value: float, unit: str, low: float | None, high: float | None
) -> dict[str, Any]:
    """One mark of the chart with the words that stand beside it when pointed at."""
    label = f"{who}: {number(value, unit, language())}"
    return {"group": names[indicator_id], "value": value, "low": low, "high": high, "label": label}


def show_chart(unit: str) -> None:
    """The indicators of one unit, a row each."""
    ids = of_family.filter(pl.col("unit") == unit)["indicator_id"].to_list()
    ours = [own_rows[i] for i in ids if i in own_rows and own_rows[i]["status"] == "ok"]
    own = [mark(r["indicator_id"], municipality["name"], r["value"], unit, r["low"], r["high"]) for r in ours]
    others = [
        mark(r["indicator_id"], r["name"], r["value"], unit, None, None)
        for r in peers.filter(pl.col("indicator_id").is_in(ids)).iter_rows(named=True)
    ]
    middles = [mark(i, say("median"), medians[i], unit, None, None) for i in ids if i in medians]
    st.altair_chart(
        charts.municipality_dots(
            pl.DataFrame(own, schema=CHART),
            pl.DataFrame(others, schema=CHART),
            pl.DataFrame(middles, schema=CHART),
            [names[i] for i in ids],
            unit,
            say(f"unit_{unit}"),
            say("chart_municipality", name=municipality["name"]),
        ),
        width="stretch",
    )


st.write(say("municipality_lead"))
for unit in of_family["unit"].unique(maintain_order=True):
    show_chart(unit)


def value_and_range(row: dict[str, Any]) -> str:
    """The value with its uncertainty, or the reason why there is none."""
    unit = row["unit"]
    between = (
        ""
        if row["low"] is None
        else (f" ({number(row['low'], unit, language())}–{number(row['high'], unit, language())})")
    )
    return (
        number(row["value"], unit, language()) if row["status"] == "ok" else say("reason_" + row["status"])
    ) + between


def table_row(row: dict[str, Any]) -> dict[str, str]:
    """One indicator of the municipality in words."""
    position = positions.get(row["indicator_id"])
    return {
        say("indicator"): names[row["indicator_id"]],
        say("value_range"): value_and_range(row),
        say("median"): number(medians.get(row["indicator_id"]), row["unit"], language()),
        say("position"): standing(row, position, peers, language()),
        say("conclusion"): say(position["conclusion"]) if position and position["conclusion"] else "–",
    }


rows = [own_rows[i] for i in of_family["indicator_id"] if i in own_rows]
st.html(table([table_row(row) for row in rows], say("table_same"), numbers=[say("median")], stack=True))


def is_weak(row: dict[str, Any]) -> bool:
    """The municipality lies on the worse side of the middle, beyond its uncertainty."""
    worse = {"up": "below", "down": "above"}.get(row["better"], "")
    position = positions.get(row["indicator_id"])
    return position is not None and bool(position["conclusion"] == worse)


def distance(row: dict[str, Any]) -> float:
    """How far from the median, in the indicator's unit."""
    return abs(float(positions[row["indicator_id"]]["gap_to_median"] or 0.0))


def learn_from(row: dict[str, Any]) -> str:
    """Those of the size class who are furthest ahead on this indicator."""
    ahead = pl.col("value") > row["value"] if row["better"] == "up" else pl.col("value") < row["value"]
    best = peers.filter(pl.col("indicator_id") == row["indicator_id"], ahead).sort(
        "value", "municipality_number", descending=[row["better"] == "up", False]
    )
    return say("next_teachers", names=escaped(", ".join(best["name"].head(TEACHERS)))) if best.height else ""


def weak_step(row: dict[str, Any]) -> str:
    """What to do about one weak indicator, and who has come further."""
    return say(
        "next_weak",
        indicator=escaped(names[row["indicator_id"]]),
        gap=number(distance(row), row["unit"], language()),
        step=advice(row["indicator_id"], language()),
        teachers=learn_from(row),
    )


def open_answers() -> list[str]:
    """What is missing and why, and where more answers would help."""
    found = []
    for status in sorted({row["status"] for row in rows} - {"ok"}):
        ids = escaped(", ".join(names[row["indicator_id"]] for row in rows if row["status"] == status))
        found.append(say("next_missing", reason=say("reason_" + status), indicators=ids))
    partly = [r for r in rows if r["status"] == "ok" and r["coverage"] is not None and r["coverage"] < 100]
    if partly:
        listed = [
            say(
                "next_answered",
                indicator=escaped(names[r["indicator_id"]]),
                coverage=grouped(r["coverage"], language()),
            )
            for r in partly
        ]
        found.append(say("next_coverage", indicators=", ".join(listed)))
    return found


st.header(say("next_title"))
weak = sorted((row for row in rows if is_weak(row)), key=distance, reverse=True)
if weak:
    st.write(say("next_weak_lead"))
    st.markdown("\n".join(f"- {weak_step(row)}" for row in weak[:STEPS]))
    if weak[STEPS:]:
        others = ", ".join(names[row["indicator_id"]] for row in weak[STEPS:])
        st.write(say("next_more", indicators=escaped(others)))
elif all(row["better"] == "neutral" for row in rows):
    st.write(say("next_neutral"))
else:
    st.write(say("next_nothing"))
if answers := open_answers():
    st.markdown("\n".join(f"- {answer}" for answer in answers))
