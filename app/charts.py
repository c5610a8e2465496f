"""Dots, medians and intervals: frames in, Altair charts out. No SQL, no Streamlit.

Never a bar of means: with six owners every municipality is a dot that somebody knows.
"""

from __future__ import annotations

import altair as alt
import polars as pl

DOT = "#5f6b76"
OWN = "#0b4f8a"
MEDIAN = "#b3470b"
DOMAINS = {"points": (0.0, 100.0), "percent": (0.0, 100.0), "level": (1.0, 5.0)}
ROW_HEIGHT = 58


def _axis(unit: str, title: str) -> alt.X:
    domain = DOMAINS.get(unit)
    scale = alt.Scale(domain=list(domain), nice=False) if domain else alt.Scale(zero=False, nice=True)
    ticks = alt.Axis(tickMinStep=1, tickCount=5 if unit == "level" else 6, format="d" if domain else ".1f")
    return alt.X("value:Q", title=title, scale=scale, axis=ticks)


def _row(column: str, order: list[str]) -> alt.Y:
    axis = alt.Axis(labelLimit=230, labelFontSize=13, ticks=False, domain=False, grid=True)
    return alt.Y(f"{column}:N", sort=order, title=None, axis=axis)


def _finish(layers: list[alt.Chart], rows: int, description: str) -> alt.LayerChart:
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(height=max(rows, 1) * ROW_HEIGHT, width="container", description=description)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor="#262730")
    )
    return chart


def size_class_dots(
    values: pl.DataFrame,
    medians: pl.DataFrame,
    order: list[str],
    unit: str,
    axis_title: str,
    description: str,
) -> alt.LayerChart:
    """Dots of municipalities in rows of size classes, with the median of each.

    values: columns group, name, value, label, jitter (0-1); medians: group, value, label.
    """
    dots = (
        alt.Chart(values)
        .mark_circle(size=90, opacity=0.75, color=DOT)
        .encode(
            x=_axis(unit, axis_title),
            y=_row("group", order),
            yOffset=alt.YOffset("jitter:Q", scale=alt.Scale(domain=[0, 1])),
            tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title=" ")],
        )
    )
    lines = (
        alt.Chart(medians)
        .mark_tick(thickness=4, size=46, color=MEDIAN)
        .encode(
            x=_axis(unit, axis_title), y=_row("group", order), tooltip=[alt.Tooltip("label:N", title=" ")]
        )
    )
    return _finish([dots, lines], len(order), description)


def municipality_dots(
    own: pl.DataFrame,
    others: pl.DataFrame,
    medians: pl.DataFrame,
    order: list[str],
    unit: str,
    axis_title: str,
    description: str,
) -> alt.LayerChart:
    """One row per indicator: the municipality with its interval, the others of its group, the median.

    own: indicator, value, low, high, label; others: indicator, name, value, label; medians:
    indicator, value, label.
    """
    row = _row("indicator", order)
    axis = _axis(unit, axis_title)
    tip = [alt.Tooltip("label:N", title=" ")]
    grey = alt.Chart(others).mark_circle(size=60, opacity=0.45, color=DOT).encode(x=axis, y=row, tooltip=tip)
    ticks = (
        alt.Chart(medians).mark_tick(thickness=4, size=30, color=MEDIAN).encode(x=axis, y=row, tooltip=tip)
    )
    interval = (
        alt.Chart(own.filter(pl.col("low").is_not_null()))
        .mark_rule(strokeWidth=3, color=OWN)
        .encode(x=alt.X("low:Q"), x2="high:Q", y=row)
    )
    dot = alt.Chart(own).mark_circle(size=190, opacity=1, color=OWN).encode(x=axis, y=row, tooltip=tip)
    return _finish([grey, ticks, interval, dot], len(order), description)
