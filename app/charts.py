"""Dots, medians and intervals: frames in, Altair charts out. No SQL, no Streamlit.

Never a bar of means: with six owners every municipality is a dot that somebody knows. A row's name
stands above its dots, so that the chart reads the same on a telephone and on a wall.
"""

from __future__ import annotations

import altair as alt
import polars as pl

DOT = "#5f6b76"
OWN = "#0b4f8a"
MEDIAN = "#b3470b"
BAND = "#f3c9ae"
TARGET = "#256b3a"
INK = "#1d232a"
DOMAINS = {"points": (0.0, 100.0), "percent": (0.0, 100.0), "level": (1.0, 5.0), "gap": (-100.0, 100.0)}
ROW_HEIGHT = 64
# Streamlit fits the axis into the height given.
AXIS_HEIGHT = 62
# Within a row that is one unit high: its name, the dots' lane, half the height of the median's line.
NAME_AT, LANE_AT, HALF_LANE = 0.18, 0.66, 0.24


def _axis(unit: str, title: str) -> alt.X:
    domain = DOMAINS.get(unit)
    scale = (
        alt.Scale(domain=list(domain), nice=False) if domain else alt.Scale(zero=False, nice=True, padding=12)
    )
    ticks = alt.Axis(tickMinStep=1, tickCount=5, format="d" if domain else ".1f", gridColor="#e6e9ec")
    return alt.X("value:Q", title=title, scale=scale, axis=ticks)


def _placed(frame: pl.DataFrame, order: list[str], spread: pl.Expr | None = None) -> pl.DataFrame:
    """The rows with their place: row (0 at the top), y in the middle of the lane, top and foot of it."""
    place = {name: float(i) for i, name in enumerate(order)}
    middle = pl.col("row") + LANE_AT + (pl.lit(0.0) if spread is None else (spread - 0.5) * HALF_LANE * 1.4)
    return frame.with_columns(
        row=pl.col("group").replace_strict(place, return_dtype=pl.Float64)
    ).with_columns(
        y=middle, top=pl.col("row") + LANE_AT - HALF_LANE, foot=pl.col("row") + LANE_AT + HALF_LANE
    )


def _y(rows: int, field: str = "y") -> alt.Y:
    return alt.Y(f"{field}:Q", title=None, axis=None, scale=alt.Scale(domain=[rows, 0], nice=False))


def _names(order: list[str]) -> alt.Chart:
    frame = pl.DataFrame({"group": order, "y": [i + NAME_AT for i in range(len(order))]})
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_text(align="left", baseline="middle", fontSize=13, color=INK)
        .encode(x=alt.value(2), y=_y(len(order)), text="group:N")
    )
    return chart


def _medians(medians: pl.DataFrame, order: list[str], unit: str, title: str) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(_placed(medians, order))
        .mark_rule(strokeWidth=4, color=MEDIAN)
        .encode(
            x=_axis(unit, title),
            y=_y(len(order), "top"),
            y2="foot:Q",
            tooltip=[alt.Tooltip("label:N", title=" ")],
        )
    )
    return chart


def _bands(bands: pl.DataFrame, order: list[str]) -> list[alt.Chart]:
    """The middle half of each row that has one; no layer at all without any."""
    if bands.is_empty():
        return []
    band = alt.Chart(_placed(bands, order)).mark_rect(color=BAND, opacity=0.55)
    encoded: alt.Chart = band.encode(
        x=alt.X("low:Q"),
        x2="high:Q",
        y=_y(len(order), "top"),
        y2="foot:Q",
        tooltip=[alt.Tooltip("label:N", title=" ")],
    )
    return [encoded]


def _finish(layers: list[alt.Chart], rows: int, description: str) -> alt.LayerChart:
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(height=rows * ROW_HEIGHT + AXIS_HEIGHT, width="container", description=description)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor=INK, titleColor=INK
        )
    )
    return chart


def group_dots(
    values: pl.DataFrame,
    medians: pl.DataFrame,
    bands: pl.DataFrame,
    order: list[str],
    unit: str,
    axis_title: str,
    description: str,
) -> alt.LayerChart:
    """Dots of municipalities in rows of peer groups, with the median and the middle half of each.

    values: columns group, value, label, jitter (0-1); medians: group, value, label; bands: group, low,
    high, label.
    """
    rows = len(order)
    dots = (
        alt.Chart(_placed(values, order, pl.col("jitter")))
        .mark_circle(size=95, opacity=0.7, color=DOT)
        .encode(x=_axis(unit, axis_title), y=_y(rows), tooltip=[alt.Tooltip("label:N", title=" ")])
    )
    # A layer without marks would be an empty graphic to a screen reader.
    layers = [*_bands(bands, order), _names(order)]
    layers += [dots] if not values.is_empty() else []
    layers += [_medians(medians, order, unit, axis_title)] if not medians.is_empty() else []
    return _finish(layers, rows, description)


def municipality_dots(
    own: pl.DataFrame,
    others: pl.DataFrame,
    medians: pl.DataFrame,
    bands: pl.DataFrame,
    targets: pl.DataFrame,
    order: list[str],
    unit: str,
    axis_title: str,
    description: str,
) -> alt.LayerChart:
    """One row per indicator: the municipality with its interval, the others of its group, their median, and
    the target.

    own: group (the indicator's name), value, low, high, label; others, medians and targets: group, value,
    label; bands: group, low, high, label.
    """
    y, axis = _y(len(order)), _axis(unit, axis_title)
    tip = [alt.Tooltip("label:N", title=" ")]
    known = own.filter(pl.col("low").is_not_null())
    layers = [*_bands(bands, order), _names(order)]
    if not others.is_empty():
        grey = alt.Chart(_placed(others, order)).mark_circle(size=70, opacity=0.4, color=DOT)
        layers.append(grey.encode(x=axis, y=y, tooltip=tip))
    if not medians.is_empty():
        layers.append(_medians(medians, order, unit, axis_title))
    if not targets.is_empty():
        goal = alt.Chart(_placed(targets, order)).mark_point(
            shape="diamond", size=220, filled=False, strokeWidth=2.5, opacity=1, color=TARGET
        )
        layers.append(goal.encode(x=axis, y=y, tooltip=tip))
    if not known.is_empty():
        interval = alt.Chart(_placed(known, order)).mark_rule(strokeWidth=3, color=OWN)
        layers.append(interval.encode(x=alt.X("low:Q"), x2="high:Q", y=y))
    if not own.is_empty():
        dot = alt.Chart(_placed(own, order)).mark_circle(size=200, opacity=1, color=OWN)
        layers.append(dot.encode(x=axis, y=y, tooltip=tip))
    return _finish(layers, len(order), description)
