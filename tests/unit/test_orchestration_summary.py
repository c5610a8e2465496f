"""What the terminal says of the deliveries of a run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl

from pipelines.orchestration.summary import MOST_LISTED, lines_after_run

COLUMNS = ("delivery_id", "status", "rows_received", "rows_accepted", "rows_quarantined")
PLACE = {"period": "2026", "municipality_number": "9901", "kind": "systems", "file_name": "s.csv"}


def lines(rows: list[tuple[Any, ...]], findings: list[str], *, list_all: bool = False) -> list[str]:
    """What is said of a run in which these deliveries came."""
    deliveries = pl.DataFrame([{**PLACE, **dict(zip(COLUMNS, row, strict=True))} for row in rows])
    arrival = SimpleNamespace(sequence=1)
    told = pl.DataFrame({"delivery_id": findings}, schema={"delivery_id": pl.String})
    workspace = SimpleNamespace(
        scan=SimpleNamespace(passed_over=(), new=[arrival]),
        ingested=SimpleNamespace(deliveries_of={1: [row[0] for row in rows]}),
        judged=SimpleNamespace(deliveries=deliveries, gate=SimpleNamespace(findings=told)),
        names_waiting=0,
        settings=SimpleNamespace(reports=Path("reports")),
    )
    outcome: Any = SimpleNamespace(workspace=workspace, failure=ValueError("x"), log="log")
    return list(lines_after_run(outcome, list_all=list_all))


MANY = [
    *((f"a{n:02}", "accepted", 5, 5, 0) for n in range(20)),
    *((f"p{n:02}", "partly_accepted", 5, 4, 1) for n in range(9)),
    ("none", "partly_accepted", 78, 0, 78),
    ("gone", "rejected", None, 0, None),
]
WITH_FINDINGS = ["none", "gone", *(f"p{n:02}" for n in range(9))]


def test_the_ten_gravest_are_listed_with_their_report_and_the_rest_counted() -> None:
    said = lines(MANY, WITH_FINDINGS)
    listed = [line for line in said if ".html" in line]
    assert len(listed) == MOST_LISTED
    assert ("rejected" in listed[0], listed[0].endswith("s.csv  (gone.html)")) == (True, True)
    assert "no row accepted" in listed[1]
    assert "  … and 1 more with findings: kommunebench deliveries, or --verbose, lists them" in said
    assert "  … and 20 more without findings" in said
    assert "  the reports are in reports" in said
    total = "All deliveries ever received: 31 (1 rejected, 1 no row accepted, 9 partly accepted, 20 accepted)"
    assert total in said


def test_all_are_listed_when_asked_for() -> None:
    said = lines(MANY, WITH_FINDINGS, list_all=True)
    assert sum("s.csv" in line for line in said) == len(MANY)
    assert not any("more with" in line for line in said)
