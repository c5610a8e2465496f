"""What the terminal says at the end of a run. No dagster here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pipelines.orchestration.runner import RunOutcome
    from pipelines.orchestration.workspace import Workspace

# Above so many new deliveries, the accepted ones are counted and not listed.
MANY = 100
# Gravest last, so that it stands nearest to the prompt.
ORDER = ("accepted", "withdrawn", "partly_accepted", "conflict", "rejected")


def lines_after_run(outcome: RunOutcome, *, list_all: bool = False) -> Iterator[str]:
    """Deliveries that came, then the release or where to look, then where the time went."""
    workspace = outcome.workspace
    if workspace.scan is not None:
        for sentence in workspace.scan.passed_over:
            yield f"  passed over: {sentence}"
    if workspace.judged is not None:
        yield from _delivery_lines(workspace, list_all=list_all)
    if workspace.names_waiting:
        yield f"Names that wait for a person: {workspace.names_waiting} (kommunebench names lists them)"
        yield f"  {workspace.settings.reports / 'names_to_review.csv'}"
    yield ""
    if outcome.failure is not None:
        yield f"Nothing was published; what was current stays current. Log: {outcome.log}"
        return
    yield "Where the time went"
    yield from workspace.progress.table(outcome.seconds)
    yield ""
    yield from _release_lines(workspace)


def _release_lines(workspace: Workspace) -> Iterator[str]:
    published = workspace.published
    if published is None:
        return
    if published.published:
        yield f"Published release {published.release_id}"
    else:
        yield f"Nothing new: release {published.release_id} has this content already"
    yield f"  {workspace.settings.releases / published.release_id}"
    yield f"  content hash {published.content_hash}"


def _delivery_lines(workspace: Workspace, *, list_all: bool) -> Iterator[str]:
    """One line per delivery of this run, and what all of them come to.

    Of many, only those are listed that somebody must look at, unless all are asked for.
    """
    judged = workspace.judged
    if judged is None:
        return
    new = judged.deliveries.filter(pl.col("delivery_id").is_in(new_deliveries(workspace)))
    told = dict(judged.gate.findings.group_by("delivery_id").len().iter_rows())
    yield ""
    if new.is_empty():
        yield "No new deliveries."
    else:
        yield f"Deliveries of this run ({new.height})"
        yield _HEAD
    listed = new if new.height <= MANY or list_all else new.filter(pl.col("status") != "accepted")
    for row in _ordered(listed).iter_rows(named=True):
        yield delivery_line(row, told.get(row["delivery_id"], 0), workspace.settings.reports)
    if listed.height < new.height:
        yield f"  and {new.height - listed.height} accepted ones (--verbose lists them too)"
    statuses = dict(judged.deliveries["status"].value_counts().iter_rows())
    known = ", ".join(f"{statuses[name]} {_word(name)}" for name in ORDER if name in statuses)
    yield f"All deliveries ever received: {judged.deliveries.height} ({known or 'none'})"


def new_deliveries(workspace: Workspace) -> list[str]:
    """Ids of the deliveries in the files that this run found new, each once."""
    if workspace.scan is None or workspace.ingested is None:
        return []
    of = workspace.ingested.deliveries_of
    return sorted({name for arrival in workspace.scan.new for name in of.get(arrival.sequence, ())})


_HEAD = (
    f"  {'period':<8} {'munic.':<6} {'kind':<9} {'status':<15} {'received':>8} {'accepted':>8} "
    f"{'quarant.':>8} {'findings':>8}  file"
)


def delivery_line(row: Mapping[str, Any], findings: int, reports: Path) -> str:
    """A delivery's status and counts (– where none is known), and its report where it has findings."""
    counts = " ".join(f"{_number(row[f'rows_{n}']):>8}" for n in ("received", "accepted", "quarantined"))
    line = (
        f"  {row['period']:<8} {row['municipality_number']:<6} {row['kind']:<9} {_word(row['status']):<15} "
        f"{counts} {findings:>8}  {row['file_name']}"
    )
    return f"{line}\n{'':>12}report: {reports / row['delivery_id']}.html" if findings else line


def _ordered(deliveries: pl.DataFrame) -> pl.DataFrame:
    weight = pl.col("status").replace_strict(
        {status: number for number, status in enumerate(ORDER)}, return_dtype=pl.Int8
    )
    return deliveries.sort(weight, "period", "municipality_number", "kind", "file_name", "delivery_id")


def _word(status: str) -> str:
    return status.replace("_", " ")


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)
