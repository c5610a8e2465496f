"""What a run gives back to senders: coverage as the models count it, marked workbooks where there is work."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

COVERAGE = """
    select units.municipality_number, units.period, counts.coverage_id, counts.n_known, counts.n_all
    from intermediate.int_coverage__count as counts
    inner join intermediate.int_index__unit as units using (unit_id)
    where units.boundary = 'delivered' and units.focus_area = 'all'
"""


@pytest.fixture(scope="module")
def reports(example_home: Path) -> list[dict[str, Any]]:
    paths = sorted((example_home / "reports").glob("*.json"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def test_coverage_in_the_reports_is_that_of_the_models(
    example_home: Path, reports: list[dict[str, Any]]
) -> None:
    with duckdb.connect(str(example_home / "build" / "kommunebench.duckdb"), read_only=True) as connection:
        modelled = {row[:3]: row[3:] for row in connection.execute(COVERAGE).fetchall()}
    told = {
        (report["municipality_number"], report["period"], one["coverage_id"]): (one["n_known"], one["n_all"])
        for report in reports
        for one in report["coverage"]
        if one["coverage_id"].startswith("COV_")
    }
    assert len(told) > 20
    assert told == {place: modelled[place] for place in told}
    wanted = {place for place in modelled if place[2].startswith("COV_")}
    assert set(told) == wanted


def test_a_hint_never_promises_more_than_there_is(reports: list[dict[str, Any]]) -> None:
    hints = [(one, hint) for r in reports for one in r["coverage"] for hint in one["hints"]]
    assert hints
    assert all(one["n_known"] + hint["gain"] <= one["n_all"] for one, hint in hints)


def test_a_marked_workbook_lies_where_something_is_to_be_mended_and_nowhere_else(
    example_home: Path, reports: list[dict[str, Any]]
) -> None:
    folder = example_home / "reports"
    to_mend = {
        report["delivery_id"]
        for report in reports
        if any(f["severity"] in ("rejected", "quarantine", "cell") for f in report["findings"])
    }
    assert to_mend
    assert {path.stem for path in folder.glob("*.xlsx")} == to_mend
    for path in folder.glob("*.xlsx"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, "senders' content is nobody else's"
        assert openpyxl.load_workbook(path).sheetnames[-1] == "Funn"
    for report in reports:
        assert bool(report["marked_workbook"]) == (report["delivery_id"] in to_mend)


def test_every_report_is_a_page_in_both_languages(example_home: Path, reports: list[dict[str, Any]]) -> None:
    for report in reports:
        for ending, language in ((".html", "nb"), (".en.html", "en")):
            page = (example_home / "reports" / f"{report['delivery_id']}{ending}").read_text("utf-8")
            assert f'<html lang="{language}">' in page
