"""What the terminal says at the end of a run. No dagster here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.orchestration.status_words import NO_ROW, status_word

if TYPE_CHECKING:
    from pipelines.orchestration.runner import RunOutcome
    from pipelines.orchestration.workspace import Workspace

# So many deliveries are listed unless all are asked for.
MOST_LISTED = 10
# Gravest first, in words.
ORDER = ("rejected", "conflict", NO_ROW, "partly accepted", "withdrawn", "accepted")


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
    for one in published.withheld:
        yield f"  Withheld: {one.table} is empty in the {one.edition} edition, since {one.reason}"
    for sentence in published.warnings:
        yield f"  {sentence}"


def _delivery_lines(workspace: Workspace, *, list_all: bool) -> Iterator[str]:
    """One line per delivery of this run, and what all of them come to.

    Only the gravest are listed, unless all are asked for.
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
    ordered = _ordered(new.to_dicts(), told)
    n_listed = len(ordered) if list_all else MOST_LISTED
    for row in ordered[:n_listed]:
        yield delivery_line(row, told.get(row["delivery_id"], 0))
    yield from _left_out(ordered[n_listed:], told)
    if any(row["delivery_id"] in told for row in ordered):
        yield f"  the reports are in {workspace.settings.reports}"
    statuses = Counter(_word(row) for row in judged.deliveries.iter_rows(named=True))
    known = ", ".join(f"{statuses[name]} {name}" for name in ORDER if name in statuses)
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


def delivery_line(row: Mapping[str, Any], findings: int) -> str:
    """A delivery's status and counts (– where none is known), and its report where it has findings."""
    counts = " ".join(f"{_number(row[f'rows_{n}']):>8}" for n in ("received", "accepted", "quarantined"))
    line = (
        f"  {row['period']:<8} {row['municipality_number']:<6} {row['kind']:<9} {_word(row):<15} "
        f"{counts} {findings:>8}  {row['file_name']}"
    )
    return f"{line}  ({row['delivery_id']}.html)" if findings else line


def _left_out(rows: Sequence[Mapping[str, Any]], told: Mapping[str, int]) -> Iterator[str]:
    """How many deliveries are not listed, and where they stand."""
    with_findings = sum(row["delivery_id"] in told for row in rows)
    if with_findings:
        yield f"  … and {with_findings} more with findings: kommunebench deliveries, or --verbose, lists them"
    if len(rows) > with_findings:
        yield f"  … and {len(rows) - with_findings} more without findings"


def _ordered(rows: Iterable[dict[str, Any]], told: Mapping[str, int]) -> list[dict[str, Any]]:
    """Gravest first, of equals those with most rows set aside, then with most findings."""
    place = ("period", "municipality_number", "kind", "file_name", "delivery_id")
    return sorted(
        rows,
        key=lambda row: (
            ORDER.index(_word(row)),
            -(row["rows_quarantined"] or 0),
            -told.get(row["delivery_id"], 0),
            *(row[name] for name in place),
        ),
    )


def _word(row: Mapping[str, Any]) -> str:
    return status_word(row["status"], row["rows_accepted"], row["rows_received"])


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)
