"""Findings to act on, one municipality and period at a time: query → table → words."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from app import findings, peers, queries
from app.findings import Row, Words
from app.plain import escaped
from app.state import (
    ask,
    called,
    choose,
    choose_municipality,
    choose_period,
    indicators,
    language,
    release_path,
    say,
)
from app.tables import csv_file, table

FINDINGS = (
    "duplicates",
    "once_only",
    "cross_unit",
    "silos",
    "initiatives",
    "learn",
    "procurement",
    "processes",
)
KINDS = ("data_object", "focus_area", "function", "process", "register")
MOST = 25
FIRST = 5

path = release_path()
heading = st.empty()
left, middle, right = st.columns([1, 1, 1])
with left:
    period = choose_period(path)
everyone: pl.DataFrame = ask(queries.municipalities, path, period)
municipality = choose_municipality(everyone, middle)
chosen = municipality["municipality_number"]
with right:
    finding = choose("funn", say("finding"), list(FINDINGS), {f: say(f"find_{f}") for f in FINDINGS})
heading.title(say("findings_title", name=escaped(municipality["name"])))
words = Words(language(), {kind: called(path, kind) for kind in KINDS})
title = say(f"find_{finding}")


def begin(rows: Sequence[object]) -> None:
    """The finding's name and its sentence; without rows the page says so and stops."""
    st.header(title)
    if not rows:
        st.info(say(f"find_{finding}_none"))
        st.stop()
    st.write(say(f"find_{finding}_lead"))


def offer(rows: list[Row], what: str = finding) -> None:
    """The rows as a file to take along."""
    name = f"{what}-{chosen}-{period}.csv"
    st.download_button(say("download_csv"), csv_file(rows), name, "text/csv", key=name, on_click="ignore")


def show_list(rows: list[Row], numbers: Sequence[str] = (), summary: str = "") -> None:
    """The first rows as a table, and all of them as a file; summary: markup that stands above."""
    begin(rows)
    if summary:
        st.html(summary)
    st.html(table(rows[:MOST], f"{title}, {period}", numbers, stack=True))
    if rows[MOST:]:
        st.write(say("shows_first", shown=MOST, count=len(rows)))
    offer(rows)


def owners() -> list[tuple[str, str]]:
    """Number and name of the municipality and of those that own the same body, itself first."""
    own = peers.own_groups(ask(queries.groups, path, period), chosen)
    members = set(own.filter(pl.col("peer_group_type") == "owners")["municipality_number"]) | {chosen}
    found = everyone.filter(pl.col("municipality_number").is_in(list(members)))
    return sorted(found.select("municipality_number", "name").rows(), key=lambda one: one[0] != chosen)


def show_duplicates() -> None:
    """What is held in several systems, and the matrix behind it."""
    objects: pl.DataFrame = ask(queries.duplicate_objects, path, period, chosen)
    cells: pl.DataFrame = ask(queries.object_systems, path, period, chosen)
    show_list(findings.duplicates(objects, words), [say("systems_maintaining"), say("systems_holding")])
    st.subheader(say("crud"))
    st.write(say("crud_lead"))
    matrix = findings.crud_matrix(objects, cells, words)
    st.html(table(matrix, f"{say('crud')}, {period}", grid=True))
    offer(matrix, "crud")


def show_once_only() -> None:
    """A worklist of registers, and what each of them could have told."""
    gaps: pl.DataFrame = ask(queries.once_only_gaps, path, period, chosen)
    per_register = table(
        findings.once_only_registers(gaps, words),
        f"{say('per_register')}, {period}",
        [say("gaps"), say("occasions"), say("gaps_unknown")],
        stack=True,
    )
    show_list(findings.once_only(gaps, words), [say("volume")], per_register)


def show_silos() -> None:
    """What pairs of focus areas share, one measure at a time."""
    silos: pl.DataFrame = ask(queries.silos, path, period, chosen)
    pairs = findings.silo_pairs(silos, words)
    begin(pairs)
    if worst := findings.silo_worst(silos, words):
        caption = say("silo_worst", shown=min(FIRST, len(worst)), count=len(worst))
        st.html(table(worst[:FIRST], caption, [say(f"shared_{w}") for w in findings.SHARED], stack=True))
    what = st.radio(
        say("measure"), findings.SHARED, format_func=lambda w: say(f"shared_{w}"), horizontal=True
    )
    st.html(table(findings.silo_matrix(silos, what, words), f"{say(f'shared_{what}')}, {period}", grid=True))
    offer(pairs)


def show_processes() -> None:
    """The owners on the reference processes."""
    processes: pl.DataFrame = ask(queries.reference_processes, path, period)
    rows = findings.process_matrix(processes, owners(), words)
    begin(rows)
    st.html(table(rows, f"{title}, {period}", grid=True))
    offer(rows)


def show_procurement() -> None:
    """What the owners might buy together; nothing for one that owns nothing together with others."""
    if len(owners()) < 2:
        st.header(title)
        st.info(say("not_owner"))
        st.stop()
    found = findings.procurement(ask(queries.joint_procurement, path, period), words)
    show_list(found, [say("n_owners"), say("n_products"), say("annual_cost")])


match finding:
    case "duplicates":
        show_duplicates()
    case "once_only":
        show_once_only()
    case "cross_unit":
        found = ask(queries.cross_unit_processes, path, period, chosen)
        show_list(findings.cross_unit(found, words), [say("units"), say("volume")])
    case "silos":
        show_silos()
    case "initiatives":
        show_list(findings.initiatives(ask(queries.initiatives, path, period, chosen), words))
    case "learn":
        teachers = ask(queries.teachers, path, period, chosen)
        show_list(findings.learn_from(teachers, indicators(path), words), [say("own_value")])
    case "procurement":
        show_procurement()
    case _:
        show_processes()
