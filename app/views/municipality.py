"""One municipality against its peers and its own past: query → chart → words."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from app import charts, peers, queries
from app.plain import escaped
from app.standing import conclusion, movement, standing, target_state
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
targets = dict(of_area.select("indicator_id", "target").iter_rows()) if is_whole else {}
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
    middles = [
        mark(i, say("others_median"), positions[i]["others_median"], unit, None, None)
        for i in ids
        if i in positions and positions[i]["others_median"] is not None
    ]
    found = [benchmarks[i] for i in ids if i in benchmarks and benchmarks[i]["q1"] is not None]
    bands = [mark(b["indicator_id"], say("quartiles"), b["median"], unit, b["q1"], b["q3"]) for b in found]
    goals = [
        mark(i, say("target"), goal, unit, None, None) for i in ids if (goal := targets.get(i)) is not None
    ]
    st.altair_chart(
        charts.municipality_dots(
            charts.Marks(*(pl.DataFrame(m, schema=CHART) for m in (own, others, middles, bands, goals))),
            [names[i] for i in ids],
            unit,
            say(f"unit_{unit}"),
            say("chart_municipality", name=municipality["name"]),
        ),
        width="stretch",
    )


st.write(say("municipality_lead") if is_whole else say("municipality_lead_cut"))
for unit in of_area.filter(pl.col("indicator_id").is_in(list(own_rows)))["unit"].unique(maintain_order=True):
    show_chart(unit)


def value_and_range(row: dict[str, Any]) -> str:
    """The value with its uncertainty, or the reason why there is none."""
    value, low, high = (number(row[name], row["unit"], language()) for name in ("value", "low", "high"))
    said = value if row["status"] == "ok" else say("reason_" + row["status"])
    is_certain = row["low"] is None or low == value == high
    return said if is_certain else f"{said} ({low}–{high})"


def target_words(row: dict[str, Any]) -> str:
    """The target, and whether it is reached; a dash without one."""
    target = targets.get(row["indicator_id"])
    state = target_state(row, target)
    if state is None:
        return "–"
    return say(f"target_{state}", target=number(target, row["unit"], language()))


def table_row(row: dict[str, Any]) -> dict[str, str]:
    """One indicator of the municipality in words."""
    said = {say("indicator"): names[row["indicator_id"]], say("value_range"): value_and_range(row)}
    if not is_whole:
        return said
    position = positions.get(row["indicator_id"])
    return {
        **said,
        say("others_median"): number((position or {}).get("others_median"), row["unit"], language()),
        **({say("target"): target_words(row)} if any_target else {}),
        say("position"): standing(row, position, others_ok, language()),
        say("conclusion"): conclusion(position, language(), with_stability=some_stability),
        say("change"): movement(changes.get(row["indicator_id"]), row["unit"], language()),
    }


rows = [own_rows[i] for i in of_area["indicator_id"] if i in own_rows]
# Where it is unknown for all, one sentence says it better than every row.
any_target = any(targets.get(row["indicator_id"]) is not None for row in rows)
some_stability = any(position["is_conclusion_stable"] is not None for position in positions.values())
st.html(
    table([table_row(row) for row in rows], say("table_same"), numbers=[say("others_median")], stack=True)
)
if is_whole:
    st.write(f"{say('stable_lead' if some_stability else 'stable_none')} {say('rank_lead')}")
    shown = [positions[row["indicator_id"]] for row in rows if row["indicator_id"] in positions]
    if any(position["status"] == "suppressed" for position in shown):
        st.write(say("position_hidden"))
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
    """The municipality lies on the worse side of the others' median, beyond its uncertainty."""
    position = positions.get(row["indicator_id"])
    return position is not None and position["is_favourable"] is False


def distance(row: dict[str, Any]) -> float | None:
    """How far from the median of the others, in the indicator's unit; null where that is hidden."""
    median = positions[row["indicator_id"]]["others_median"]
    return None if median is None else abs(float(row["value"]) - float(median))


def learn_from(row: dict[str, Any]) -> str:
    """Those who are better on this indicator, or have reached its target: the sure ones first, and apart."""
    found = (
        ask(queries.teachers, path, period, chosen)
        .filter(pl.col("indicator_id") == row["indicator_id"], pl.col("collection_mode") == mode)
        .head(TEACHERS)
    )
    said = []
    for key, kind in (("next_teachers", pl.col("is_sure")), ("next_teachers_seeming", ~pl.col("is_sure"))):
        names_of_kind = found.filter(kind)["teacher_name"]
        if not names_of_kind.is_empty():
            said.append(say(key, names=escaped(", ".join(names_of_kind))))
    return " ".join(said)


def with_target(state: str) -> list[dict[str, Any]]:
    """The rows whose target is in a state."""
    return [row for row in rows if target_state(row, targets.get(row["indicator_id"])) == state]


def target_steps() -> list[str]:
    """Targets that are not reached, and those of which that cannot be said."""
    missed = [
        say(
            "next_missed",
            indicator=escaped(names[row["indicator_id"]]),
            value=number(row["value"], row["unit"], language()),
            target=number(targets[row["indicator_id"]], row["unit"], language()),
        )
        for row in with_target("missed")
    ]
    unsure = [escaped(names[row["indicator_id"]]) for row in with_target("open")]
    found = {"next_targets_missed": missed, "next_targets_open": unsure}
    return [say(key, indicators=", ".join(listed)) for key, listed in found.items() if listed]


def nothing_weak() -> str:
    """The sentence where nothing is surely weaker than the others, worded after the targets as well."""
    if all(row["better"] == "neutral" for row in rows):
        return say("next_neutral")
    said = say("next_nothing" if any(row["status"] == "ok" for row in rows) else "next_no_values")
    if with_target("missed"):
        return f"{said} {say('next_but_targets')}"
    return f"{said} {say('next_all_targets')}" if any_target and not with_target("open") else said


def weak_step(row: dict[str, Any]) -> str:
    """What to do about one weak indicator, and who has come further."""
    gap = distance(row)
    return say(
        "next_weak",
        indicator=escaped(names[row["indicator_id"]]),
        gap="" if gap is None else say("next_gap", gap=number(gap, row["unit"], language())),
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
    weak = sorted((row for row in rows if is_weak(row)), key=lambda row: distance(row) or 0.0, reverse=True)
    if weak:
        st.write(say("next_weak_lead"))
        st.markdown("\n".join(f"- {weak_step(row)}" for row in weak[:STEPS]))
        if weak[STEPS:]:
            others = ", ".join(names[row["indicator_id"]] for row in weak[STEPS:])
            st.write(say("next_more", indicators=escaped(others)))
    else:
        st.write(nothing_weak())
    if steps := [*target_steps(), *open_answers()]:
        st.markdown("\n".join(f"- {step}" for step in steps))


if is_whole:
    show_next_steps()
