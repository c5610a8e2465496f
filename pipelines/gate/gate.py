"""The gate: every rule of the delivery contract, on all deliveries at once.

What comes out says for each row whether it is set aside, for each delivery how many rows were received,
accepted and set aside, and for each fault a finding that its sender can read. Rows received = rows
accepted + rows set aside: where that fails the run fails, whatever the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.gate import checks, expectations, references, uniting
from pipelines.gate.expectations import GateError
from pipelines.gate.findings import FINDING_SCHEMA, as_frame, cell_findings, edge_findings, told_by_reader
from pipelines.gate.rows import ROW, Frames, Rows, prepare
from pipelines.ingest.contract import load_contract
from pipelines.ingest.naming import concept_names
from pipelines.storage.lake import DeliveryMeta

if TYPE_CHECKING:
    from pipelines.ingest.model import Finding
    from pipelines.reference.pack import ReferencePack

__all__ = ["FINDING_SCHEMA", "GateError", "GateResult", "run_gate"]


@dataclass(frozen=True)
class GateResult:
    """What the gate found.

    quarantined: delivery_id, sheet, row_number of every row set aside, sorted.
    findings: FINDING_SCHEMA, of every delivery, numbered within it.
    rows: delivery_id, rows_received, rows_accepted, rows_quarantined of deliveries not rejected whole.
    checks: dataset, column, rule, severity, evaluated, failed: one row per expectation.
    beside: dataset → a frame as long as the lake's and in its order, with municipality_number, period,
    collection_mode, contract_sheet, is_counting, is_shared, is_quarantined and the resolved keys. A listed
    object, or one cell of a matrix, may be quarantined although its row of the file is not.
    """

    quarantined: pl.DataFrame
    findings: pl.DataFrame
    rows: pl.DataFrame
    checks: pl.DataFrame
    beside: dict[str, pl.DataFrame]


def run_gate(
    frames: Frames,
    metas: Mapping[str, DeliveryMeta],
    counting: pl.DataFrame,
    pack: ReferencePack,
    notes: Mapping[str, Sequence[Finding]] | None = None,
) -> GateResult:
    """Hold all rows to all rules.

    frames: every dataset of the lake as ``Lake.read_all`` gives it; metas: by delivery_id; counting:
    the ledger's counting frame; notes: what the ledger has to tell, by delivery_id. Raises GateError
    where an expectation could not be evaluated or rows were lost.
    """
    rows, yielding = uniting.unite(prepare(frames, metas, counting))
    processes = concept_names(pack, load_contract().closeness)["process"]
    found = references.resolve(rows, processes.exact, processes.find)
    dates = {period: pack.reference_date(period) for period in pack.periods}
    plans = {
        dataset: checks.plan(dataset, rows, found, dates)
        for dataset in sorted(rows.frames)
        if dataset != "survey_answer"
    }
    plans["survey_answer"] = checks.plan_answers(rows.frames["survey_answer"])
    outcomes = expectations.run_plans(plans.values())
    own = _set_aside(rows, outcomes)
    followers = references.following(found, own)
    pulled = followers.filter(~pl.col("in_cell"))
    quarantined = pl.concat([own, pulled.select(ROW)]).unique().sort(ROW)
    findings = [
        told_by_reader(metas, notes or {}),
        yielding,
        cell_findings(rows, plans, outcomes, found, pack),
        edge_findings(rows, pulled.with_columns(rule=_follow_rule())),
        edge_findings(rows, followers.filter("in_cell").with_columns(rule=_follow_rule()), "cell"),
    ]
    return GateResult(
        quarantined=quarantined,
        findings=as_frame(findings),
        rows=count_rows(rows, quarantined),
        checks=expectations.statistics(outcomes),
        beside={
            dataset: _beside(rows, dataset, found, quarantined, _opened(dataset, outcomes, followers))
            for dataset in sorted(rows.frames)
        },
    )


def _follow_rule() -> pl.Expr:
    return pl.concat_str(pl.lit("follows_quarantined_"), "concept")


def _set_aside(rows: Rows, outcomes: Sequence[expectations.Outcome]) -> pl.DataFrame:
    """delivery_id, sheet, row_number of the rows that failed a grave check, once each."""
    failed = [
        rows.frames[o.check.dataset].select(ROW)[list(o.places)]
        for o in outcomes
        if o.check.severity == "quarantine" and o.places
    ]
    empty = rows.frames["survey_respondent"].select(ROW).clear()
    return pl.concat([empty, *failed]).unique()


def _opened(dataset: str, outcomes: Sequence[expectations.Outcome], followers: pl.DataFrame) -> list[int]:
    """Places of the rows that tell nothing although the file's row they come from stands."""
    followed = followers.filter((pl.col("dataset") == dataset) & pl.col("in_cell"))["place"].to_list()
    failed = (o.places for o in outcomes if o.check.opens and o.check.dataset == dataset)
    return sorted({*followed, *(place for places in failed for place in places)})


def count_rows(rows: Rows, quarantined: pl.DataFrame) -> pl.DataFrame:
    """Rows received, accepted and set aside of each delivery, each counted on its own.

    Accepted rows are counted in the lake's frames, received ones were counted by the reader. Raises
    GateError where the sum is not right: a row was lost or came from nowhere.
    """
    present = pl.concat([frame.select(ROW) for frame in rows.frames.values()]).unique()
    accepted = present.join(quarantined, on=ROW, how="anti")
    counted = (
        rows.deliveries.select("delivery_id", "rows_received")
        .join(_per_delivery(accepted, "rows_accepted"), on="delivery_id", how="left")
        .join(_per_delivery(quarantined, "rows_quarantined"), on="delivery_id", how="left")
        .with_columns(pl.col("rows_received", "rows_accepted", "rows_quarantined").fill_null(0))
        .sort("delivery_id")
    )
    total = pl.col("rows_accepted") + pl.col("rows_quarantined")
    for delivery, received, kept, aside in counted.filter(total != pl.col("rows_received")).iter_rows():
        raise GateError(
            f"delivery {delivery}: {received} rows received, but {kept} accepted and {aside} set aside; "
            "a row was lost on the way, so nothing is built"
        )
    return counted


def _per_delivery(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.group_by("delivery_id").agg(pl.len().cast(pl.Int64).alias(name))


def _beside(
    rows: Rows,
    dataset: str,
    found: references.References,
    quarantined: pl.DataFrame,
    opened: Sequence[int],
) -> pl.DataFrame:
    """What is known of each row besides what it says, in the order of the lake's frame.

    opened: places that are quarantined alone, without the other rows of their row of the file.
    """
    aside = quarantined.with_columns(is_quarantined=pl.lit(value=True))
    frame = (
        rows.frames[dataset]
        .select(
            "place",
            *ROW,
            "municipality_number",
            "period",
            "collection_mode",
            "contract_sheet",
            "is_counting",
            "is_shared",
        )
        .join(aside, on=ROW, how="left", maintain_order="left")
        .with_columns(pl.col("is_quarantined").fill_null(value=False) | pl.col("place").is_in(opened))
        .drop(ROW)
    )
    if dataset in found.keys:
        frame = frame.join(found.keys[dataset], on="place", how="left", maintain_order="left")
    return frame.drop("place")
