"""One municipality against its peers and its own past: query → chart → words."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import charts, peers, queries
from app.plain import escaped
from app.standing import conclusion, movement, standing
from app.state import (
    areas,
    ask,
    called,
    choose,
    choose_group,
    choose_municipality,
    choose_period,
    group_name,
    indicator_names,
    indicators,
    language,
    release_path,
    say,
    size_name,
)
from app.tables import table
from app.texts import advice, grouped, number

STEPS = 5
TEACHERS = 3
WHOLE = "all"
CHART = {"group": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "label": pl.String}

path = release_path()
heading = st.empty()
catalogue = indicators(path)
names = indicator_names(catalogue)

left, middle, right = st.columns(3)
with left:
    period = choose_period(path)
everyone: pl.DataFrame = ask(queries.municipalities, path, period)
municipality = choose_municipality(everyone, middle)
chosen = municipality["municipality_number"]
with right:
    area_names = areas(catalogue)
    area = choose("omrade", say("area"), list(area_names), area_names)
groups = peers.own_groups(ask(queries.groups, path, period), chosen)
left, right = st.columns(2)
with left:
    group_type = choose_group(groups, peers.first_choice(groups, chosen))
with right:
    focus_areas = called(path, "focus_area")
    cuts = [WHOLE, *ask(queries.focus_areas, path, period, chosen)]
    focus_area = choose(
        "satsing", say("focus_area"), cuts, {**focus_areas, WHOLE: say("focus_all")}, default=WHOLE
    )
is_whole = focus_area == WHOLE

heading.title(say("municipality_title", name=escaped(municipality["name"])))
population = say("population_unknown")
if municipality["population"] is not None:
    inhabitants = grouped(municipality["population"], language())
    population = say("population", population=inhabitants, year=municipality["population_year"])
peer_group = peers.own_group(groups, group_type, chosen)
st.write(
    f"{escaped(size_name(municipality['size_class']))} · {population}. "
    + say("compared_with", group=escaped(group_name(path, everyone, group_type, peer_group)))
)

of_area = catalogue.filter(pl.col("area") == area)
members = groups.filter(pl.col("peer_group_type") == group_type)["municipality_number"].to_list()
values = (
    ask(queries.values, path, period, focus_area)
    .filter(pl.col("municipality_number").is_in([chosen, *members]))
    .join(of_area.select("indicator_id", "unit", "better"), on="indicator_id")
)
# The way of answering that most of the area's indicators have stands first.
counted = values.filter(pl.col("municipality_number") == chosen)["collection_mode"].value_counts()
modes = counted.sort("count", "collection_mode", descending=[True, True])["collection_mode"].to_list()
if not modes:
    st.info(say("nothing_in_cut"))
    st.stop()
mode = modes[0]
if len(modes) > 1:
    mode = st.radio(say("collection_mode"), modes, format_func=lambda m: say(f"mode_{m}"), horizontal=True)
values = values.filter(pl.col("collection_mode") == mode)
own_rows = {
    row["indicator_id"]: row
    for row in values.filter(pl.col("municipality_number") == chosen).iter_rows(named=True)
}
others_ok = values.filter(pl.col("municipality_number") != chosen, pl.col("status") == "ok")


def of_mode(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """indicator_id → row, of the way of answering in use; nothing for a focus area, which has none."""
    rows = frame.filter(pl.col("collection_mode") == mode).iter_rows(named=True)
    return {row["indicator_id"]: row for row in rows} if is_whole else {}


positions = of_mode(
    ask(queries.positions, path, period).filter(
        pl.col("municipality_number") == chosen, pl.col("peer_group_type") == group_type
    )
)
benchmarks = of_mode(
    ask(queries.benchmarks, path, period).filter(
        pl.col("peer_group_type") == group_type,
        pl.col("peer_group") == peer_group,
        pl.col("median").is_not_null(),
    )
)
changes = of_mode(ask(queries.changes, path, period, chosen))


def mark(
    indicator_id: str, who: str, value: float, unit: str, low: float | None, high: float | None
) -> dict[str, Any]:
    """One mark of the chart with the words that stand beside it when pointed at."""
    label = f"{who}: {number(value, unit, language())}"
    return {"group": names[indicator_id], "value": value, "low": low, "high": high, "label": label}


def show_chart(unit: str) -> None:
    """The indicators of one unit, a row each."""
    of_unit = of_area.filter(pl.col("unit") == unit)["indicator_id"].to_list()
    ids = [i for i in of_unit if i in own_rows]
    ours = [own_rows[i] for i in ids if own_rows[i]["status"] == "ok"]
    own = [mark(r["indicator_id"], municipality["name"], r["value"], unit, r["low"], r["high"]) for r in ours]
    others = [
        mark(r["indicator_id"], r["name"], r["value"], unit, None, None)
        for r in others_ok.filter(pl.col("indicator_id").is_in(ids)).iter_rows(named=True)
    ]
    found = [benchmarks[i] for i in ids if i in benchmarks]
    middles = [mark(b["indicator_id"], say("median"), b["median"], unit, b["q1"], b["q3"]) for b in found]
    middle = pl.DataFrame(middles, schema=CHART)
    st.altair_chart(
        charts.municipality_dots(
            pl.DataFrame(own, schema=CHART),
            pl.DataFrame(others, schema=CHART),
            middle,
            middle.filter(pl.col("low").is_not_null()),
            [names[i] for i in ids],
            unit,
            say(f"unit_{unit}"),
            say("chart_municipality", name=municipality["name"]),
        ),
        width="stretch",
    )


st.write(say("municipality_lead"))
for unit in of_area.filter(pl.col("indicator_id").is_in(list(own_rows)))["unit"].unique(maintain_order=True):
    show_chart(unit)


def value_and_range(row: dict[str, Any]) -> str:
    """The value with its uncertainty, or the reason why there is none."""
    value, low, high = (number(row[name], row["unit"], language()) for name in ("value", "low", "high"))
    said = value if row["status"] == "ok" else say("reason_" + row["status"])
    is_certain = row["low"] is None or low == value == high
    return said if is_certain else f"{said} ({low}–{high})"


def table_row(row: dict[str, Any]) -> dict[str, str]:
    """One indicator of the municipality in words."""
    said = {say("indicator"): names[row["indicator_id"]], say("value_range"): value_and_range(row)}
    if not is_whole:
        return said
    position, benchmark = positions.get(row["indicator_id"]), benchmarks.get(row["indicator_id"], {})
    return {
        **said,
        say("median"): number(benchmark.get("median"), row["unit"], language()),
        say("position"): standing(row, position, others_ok, language()),
        say("conclusion"): conclusion(position, language(), with_stability=some_stability),
        say("change"): movement(changes.get(row["indicator_id"]), row["unit"], language()),
    }


rows = [own_rows[i] for i in of_area["indicator_id"] if i in own_rows]
# Where it is unknown for all, one sentence says it better than every row.
some_stability = any(position["is_conclusion_stable"] is not None for position in positions.values())
st.html(table([table_row(row) for row in rows], say("table_same"), numbers=[say("median")], stack=True))
if is_whole:
    st.write(f"{say('stable_lead' if some_stability else 'stable_none')} {say('rank_lead')}")
else:
    st.write(say("focus_lead"))

if group_type == "nearest":
    st.html(
        table(
            [
                {
                    say("municipality"): row["name"],
                    say("inhabitants"): grouped(row["population"], language()) if row["population"] else "–",
                    say("distance"): grouped(row["distance"], language(), 2),
                }
                for row in ask(queries.neighbours, path, period, chosen).iter_rows(named=True)
            ],
            say("neighbours"),
            numbers=[say("inhabitants"), say("distance")],
        )
    )
    st.write(say("neighbours_lead"))


def is_weak(row: dict[str, Any]) -> bool:
    """The municipality lies on the worse side of the middle, beyond its uncertainty."""
    worse = {"up": "below", "down": "above"}.get(row["better"], "")
    position = positions.get(row["indicator_id"])
    return position is not None and bool(position["conclusion"] == worse)


def distance(row: dict[str, Any]) -> float:
    """How far from the median, in the indicator's unit."""
    return abs(float(positions[row["indicator_id"]]["gap_to_median"] or 0.0))


def learn_from(row: dict[str, Any]) -> str:
    """Those who are surely better on this indicator, or have reached its target."""
    found = ask(queries.teachers, path, period, chosen).filter(
        pl.col("indicator_id") == row["indicator_id"], pl.col("collection_mode") == mode
    )
    return (
        ""
        if found.is_empty()
        else say("next_teachers", names=escaped(", ".join(found["teacher_name"].head(TEACHERS))))
    )


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


def show_next_steps() -> None:
    """What is weak and what to do about it, and where more answers would help."""
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


if is_whole:
    show_next_steps()
