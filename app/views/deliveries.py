"""Deliveries, their status and their findings: query → table → words."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import queries
from app.state import ask, choose, language, release_path, say
from app.tables import for_download, table, worst_first

ALL = "alle"
LISTED = 8
# Of the narrow columns, in pixels, so that a screen of 1280 shows all of them.
WIDTHS = {"counting": 70, "rows_received": 105, "rows_accepted": 80, "rows_quarantined": 95, "n_findings": 60}

path = release_path()
st.title(say("deliveries_title"))
st.write(say("deliveries_lead"))

deliveries: pl.DataFrame = ask(queries.deliveries, path)
left, middle, right = st.columns(3)
with left:
    periods = deliveries["period"].unique().sort(descending=True).to_list()
    if not periods:
        st.info(say("no_deliveries"))
        st.stop()
    period = choose("periode", say("period"), periods)
in_period = deliveries.filter(pl.col("period") == period)
with middle:
    senders = in_period.select("municipality_number", "name").unique().sort("name", "municipality_number")
    sender_names = {ALL: say("all_municipalities"), **dict(senders.iter_rows())}
    sender = choose("kommune", say("municipality"), list(sender_names), sender_names)
with right:
    only_findings = st.toggle(say("only_findings"), value=True)

shown = in_period.filter(
    (pl.col("municipality_number") == sender) | (sender == ALL),
    (pl.col("n_findings") > 0) | (not only_findings) | (pl.col("status") != "accepted"),
)
if only_findings:
    shown = worst_first(shown)
if shown.is_empty():
    st.info(say("no_deliveries"))
    st.stop()


def spoken(column: str, prefix: str) -> pl.Expr:
    """A code in words."""
    return pl.col(column).map_elements(lambda code: say(f"{prefix}_{code}"), return_dtype=pl.String)


st.dataframe(
    shown.select(
        pl.col("name").alias(say("municipality")),
        spoken("kind", "kind").alias(say("kind")),
        pl.col("file_name").map_elements(for_download, return_dtype=pl.String).alias(say("file")),
        spoken("status", "status").alias(say("status")),
        pl.when("is_counting").then(pl.lit(say("yes"))).otherwise(pl.lit(say("no"))).alias(say("counting")),
        pl.col("rows_received").alias(say("rows_received")),
        pl.col("rows_accepted").alias(say("rows_accepted")),
        pl.col("rows_quarantined").alias(say("rows_quarantined")),
        pl.col("n_findings").alias(say("n_findings")),
    ),
    hide_index=True,
    width="stretch",
    placeholder="–",
    column_config={say(name): st.column_config.Column(width=pixels) for name, pixels in WIDTHS.items()},
)

labels = {
    row["delivery_id"]: f"{row['name']} · {say('kind_' + row['kind'])} · {row['file_name']}"
    for row in worst_first(shown).iter_rows(named=True)
}
delivery_id = choose("leveranse", say("choose_delivery"), list(labels), labels)
findings: pl.DataFrame = ask(queries.findings, path, delivery_id)
if findings.is_empty():
    st.success(say("no_findings"))
    st.stop()


def places(sheet: str | None, rows: list[int | None]) -> str:
    """Where the same finding stands: the sheet and its rows, the first of many."""
    known = [str(row) for row in rows if row is not None]
    more = "" if len(known) <= LISTED else say("and_more", count=len(known) - LISTED)
    return f"{sheet or ''} {', '.join(known[:LISTED])}{more}".strip() or "–"


# The same fault in twenty rows is one thing to mend.
same = findings.group_by(
    "severity", "sheet", "column_name", "value", f"sentence_{language()}", maintain_order=True
).agg("row_number")
st.html(
    table(
        [
            {
                say("row"): places(row["sheet"], row["row_number"]),
                say("column"): row["column_name"] or "–",
                say("found"): row["value"] or "–",
                say("what_to_do"): row[f"sentence_{language()}"],
                say("severity"): say("severity_" + row["severity"]),
            }
            for row in same.iter_rows(named=True)
        ],
        labels[delivery_id],
        stack=True,
    )
)
