"""What ``kommunebench deliveries`` tells of arrivals, in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.orchestration.history import NOT_JUDGED, NOT_READ, HistoryLine, history, history_lines
from pipelines.settings import Settings
from pipelines.storage.archive import Archive, scan_inboxes
from pipelines.storage.lake import ingest_pending
from pipelines.storage.lock import writer_lock
from tests.support import BASE_PACK, FICTIONAL_PACK
from tests.unit.test_ingest_support import HEALTH, SYSTEM_HEADERS, Rows, csv_bytes, pack, workbook_bytes

FUNCTIONS: Rows = [["funksjon", "systemer"], [HEALTH, "har ikke"]]


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home", reference=(BASE_PACK, FICTIONAL_PACK), inboxes=(tmp_path / "inbox",)
    )


def send(settings: Settings, path: str, content: bytes) -> None:
    """A look that finds one file more, and its reading."""
    target = settings.inboxes[0] / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    scan_inboxes(settings, pack())
    ingest_pending(settings, pack(), Archive(settings).arrivals())


def systems(*names: str) -> bytes:
    return csv_bytes([SYSTEM_HEADERS, *([name, HEALTH] for name in names)])


def told(lines: list[HistoryLine]) -> list[tuple[str, str, tuple[str, ...], int]]:
    return [(line.file, line.status, line.counts_for, len(line.superseded_by)) for line in lines]


def test_corrections_are_told_in_the_order_they_came(own: Settings) -> None:
    send(
        own,
        "2026/9901/a.xlsx",
        workbook_bytes({"Systemer": [SYSTEM_HEADERS, ["A", HEALTH]], "Funksjoner": FUNCTIONS}),
    )
    send(own, "2026/9901/b.csv", systems("B"))
    send(own, "2026/9901/c.csv", b"")
    lines = history(own)
    assert told(lines) == [
        ("2026/9901/a.xlsx", NOT_JUDGED, ("functions",), 1),
        ("2026/9901/b.csv", NOT_JUDGED, ("systems",), 0),
        ("2026/9901/c.csv", "rejected", (), 0),
    ]
    assert lines[0].superseded_by == (lines[1].delivery_id,)
    assert lines[2].reason == "empty_file"
    assert [line.received_at for line in lines] == sorted(line.received_at for line in lines)


def test_a_withdrawal_is_told_at_the_arrivals_that_it_covers(own: Settings) -> None:
    send(own, "2026/9901/a.csv", systems("A"))
    Archive(own).withdraw(history(own)[0].delivery_id, "feil kommune")
    assert [(line.status, line.reason) for line in history(own)] == [("withdrawn", "feil kommune")]
    send(own, "2026/9901/again.csv", systems("A"))
    assert told(history(own)) == [
        ("2026/9901/a.csv", "withdrawn", (), 0),
        ("2026/9901/again.csv", NOT_JUDGED, ("systems",), 0),
    ]


def test_a_conflict_names_the_other_file(own: Settings) -> None:
    for name in ("a", "b"):
        target = own.inboxes[0] / "2026" / "9901" / f"{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(systems(name))
    send(own, "2026/9902/c.csv", systems("C"))
    assert [(line.status, line.reason) for line in history(own, municipality="9901")] == [
        ("conflict", "with b.csv"),
        ("conflict", "with a.csv"),
    ]


def test_shared_deliveries_stand_beside_the_own_one(own: Settings) -> None:
    send(own, "2026/9901/a.csv", systems("A"))
    send(own, "2026/felles/f.csv", systems("F"))
    assert told(history(own, municipality="9901")) == [
        ("2026/9901/a.csv", NOT_JUDGED, ("systems",), 0),
        ("2026/felles/f.csv", NOT_JUDGED, ("systems",), 0),
    ]
    assert len(history(own, kind="systems", period="2026")) == 7
    assert history(own, period="2025") == []


def test_a_shared_delivery_supersedes_a_shared_one_and_no_own(own: Settings) -> None:
    send(own, "2026/9901/a.csv", systems("A"))
    send(own, "2026/felles/f.csv", systems("F"))
    send(own, "2026/9901/b.csv", systems("B"))
    old, shared, new = history(own, municipality="9901")
    assert (old.superseded_by, shared.superseded_by) == ((new.delivery_id,), ())
    send(own, "2026/felles/g.csv", systems("G"))
    *_, newest = lines = history(own, municipality="9901")
    assert [line.superseded_by for line in lines] == [(new.delivery_id,), (newest.delivery_id,), (), ()]


@pytest.mark.parametrize(
    ("rows", "said"),
    [((3, 3, 0), "accepted"), ((3, 1, 2), "partly accepted"), ((3, 0, 3), "no row accepted")],
)
def test_status_and_rows_are_those_of_the_last_runs_report(
    own: Settings, rows: tuple[int, int, int], said: str
) -> None:
    send(own, "2026/9901/a.csv", systems("A", "B", "C"))
    (line,) = history(own)
    assert (line.status, line.rows) == (NOT_JUDGED, (3, None, None))
    names = ("rows_received", "rows_accepted", "rows_quarantined")
    status = "partly_accepted" if rows[2] else "accepted"
    report = own.reports / f"{line.delivery_id}.json"
    report.parent.mkdir(parents=True)
    report.write_text(json.dumps({"status": status, **dict(zip(names, rows, strict=True))}))
    (line,) = history(own)
    assert (line.status, line.rows) == (said, rows)
    Archive(own).withdraw(line.delivery_id, "x")
    assert history(own)[0].status == "withdrawn", "a report of before the withdrawal says nothing of now"


def test_what_no_run_has_read_is_told_as_such_while_another_holds_the_lock(own: Settings) -> None:
    target = own.inboxes[0] / "2026" / "9901" / "a.csv"
    target.parent.mkdir(parents=True)
    target.write_bytes(systems("A"))
    own.home.mkdir()
    with writer_lock(own):
        scan_inboxes(own, pack())
        (line,) = history(own)
    assert (line.status, line.municipality_number, line.period) == (NOT_READ, "9901", "2026")


def test_the_terminal_gets_one_line_per_delivery_and_a_head(own: Settings) -> None:
    assert list(history_lines(history(own))) == ["nothing has arrived"]
    send(own, "2026/9901/a.csv", systems("A"))
    send(own, "2026/9901/a.csv", systems("B"))
    head, first, second = history_lines(history(own))
    assert head.split()[:2] == ["arrived", "(UTC)"]
    new = history(own)[1].delivery_id
    assert first.endswith(f"1        –        –  2026/9901/a.csv  (superseded by {new})")
    assert second.endswith("2026/9901/a.csv  (counts for systems)")
