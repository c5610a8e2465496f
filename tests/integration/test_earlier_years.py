"""The real door in earlier periods: a run up to the gate, check and template, with numbers of that time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines.orchestration.checking import REJECTED, Question, exit_status, try_file
from pipelines.orchestration.workspace import Judged, Workspace
from pipelines.settings import Settings
from pipelines.storage.build import build_tables
from pipelines.templates.template import TemplateError, write_template
from tests.earlier_years import BY_NAME, OWNED, PACKS, PROCESS_COLUMNS, REFUSED, process_rows, write_inbox
from tests.unit.test_ingest_support import csv_bytes


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("earlier")
    write_inbox(folder / "inbox")
    settings = Settings(home=folder / "home", reference=PACKS, inboxes=(folder / "inbox",))
    settings.home.mkdir()
    own = Workspace(settings)
    own.look(None)
    own.read()
    own.judge()
    return own


@pytest.fixture(scope="module")
def judged(workspace: Workspace) -> Judged:
    assert workspace.judged is not None
    return workspace.judged


def test_everyone_delivers_under_the_number_of_then(judged: Judged) -> None:
    found = judged.deliveries.filter(kind="processes", status="accepted")
    places = {(d["period"], d["municipality_number"]) for d in found.iter_rows(named=True)}
    assert places == set(OWNED)
    assert found["is_counting"].all()
    assert set(found["rows_accepted"]) == {len(process_rows(0))}


def test_who_was_not_there_is_refused_with_who_was(judged: Judged) -> None:
    refused = judged.deliveries.filter(status="rejected")
    places = {
        (d["period"], d["municipality_number"]): d["delivery_id"] for d in refused.iter_rows(named=True)
    }
    assert set(places) == set(REFUSED)
    sentences = {d["delivery_id"]: d for d in judged.gate.findings.iter_rows(named=True)}
    for place, rule in REFUSED.items():
        assert sentences[places[place]]["rule"] == rule
    said = sentences[places["2023", "9780"]]
    assert "fantes ikke ennå i perioden. Bruk den som gjaldt da: 9707 Uglevåg" in said["sentence_nb"]
    assert "did not exist yet in the period" in said["sentence_en"]
    said = sentences[places["2024", "9707"]]
    assert "Bruk den som gjelder i perioden: 9708 Uglevåg, 9780 Gaupemo" in said["sentence_nb"]


def test_the_survey_of_then_has_the_questions_of_then(judged: Judged) -> None:
    (survey,) = judged.deliveries.filter(kind="survey").to_dicts()
    assert (survey["municipality_number"], survey["period"], survey["status"]) == ("9730", "2019", "accepted")
    assert (survey["rows_accepted"], survey["rows_quarantined"]) == (5, 0)
    assert set(judged.frames["survey_answer"]["item_id"]) == {"PU1", "PU2"}


def test_the_build_file_holds_the_rows_under_their_numbers(workspace: Workspace, judged: Judged) -> None:
    tables = build_tables(workspace.pack, judged.frames, judged.deliveries, judged.gate)
    rows = tables["lake"]["process"].group_by("period", "municipality_number").len()
    assert {row[:2] for row in rows.iter_rows()} == set(OWNED)
    assert {row[2] for row in rows.iter_rows()} == {len(process_rows(0))}
    assert tables["reference"]["municipality_change"].filter(old_number="9707").height == 2


def test_the_reports_name_former_municipalities(workspace: Workspace, judged: Judged) -> None:
    pages = "".join(p.read_text("utf-8") for p in workspace.settings.reports.rglob("*.html"))
    for name in ("9730 Steinrabb", "9712 Snøskavl", "9707 Uglevåg", "9780 Gaupemo"):
        assert name in pages


# One file: check


def asked(settings: Settings, path: Path, number: str, period: str) -> dict[str, Any]:
    """The one report on a file, as ``kommunebench check`` makes it."""
    trial = try_file(settings, Question(path, "processes", number, period))
    (report,) = trial.reports
    assert (exit_status(trial) == REJECTED) == (report["status"] == "rejected")
    return report


@pytest.mark.parametrize(
    ("number", "period", "rule"),
    [
        ("9730", "2019", None),
        ("9730", "2020", "old_municipality"),
        ("9707", "2023", None),
        ("9707", "2024", "old_municipality"),
        ("9708", "2023", "later_municipality"),
        ("9708", "2024", None),
        ("9712", "2019", None),
        ("5030", "2019", None),
        ("1507", "2023", None),
        ("1507", "2024", "old_municipality"),
        ("5059", "2019", "later_municipality"),
    ],
)
def test_check(tmp_path: Path, number: str, period: str, rule: str | None) -> None:
    path = tmp_path / "prosesser.csv"
    path.write_bytes(csv_bytes([PROCESS_COLUMNS, *process_rows(2)]))
    settings = Settings(home=tmp_path / "home", reference=PACKS, inboxes=())
    report = asked(settings, path, number, period)
    assert report["status"] == ("rejected" if rule else "accepted")
    assert [f["rule"] for f in report["findings"] if f["severity"] == "rejected"] == ([rule] if rule else [])
    assert report["municipality_name"]


def test_check_beside_what_the_home_has_of_then(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "prosesser.csv"
    path.write_bytes(
        csv_bytes([["kommune", *PROCESS_COLUMNS], *(["Steinrabb", *r] for r in process_rows(2))])
    )
    report = asked(workspace.settings, path, "9730", "2019")
    assert (report["status"], report["municipality_number"]) == ("accepted", "9730")
    other = asked(workspace.settings, path, "9711", "2019")
    assert [f["rule"] for f in other["findings"]] == ["other_municipality"]
    # The year after, the name is what the municipality became.
    assert asked(workspace.settings, path, "9711", "2020")["status"] == "accepted"


# Templates


def prefilled(path: Path, title: str) -> list[Any]:
    """What stands in the cells of a sheet below its headers."""
    book = openpyxl.load_workbook(path)
    return [cell for row in book[title].iter_rows(min_row=2, values_only=True) for cell in row if cell]


def test_a_template_for_a_former_municipality(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "mal.xlsx"
    place: dict[str, Any] = {"kind": "processes", "municipality": "9730", "period": "2019"}
    written = write_template(workspace.settings, workspace.pack, out=out, **place)
    assert written.plan.municipality_name == "Steinrabb"
    with pytest.raises(TemplateError, match="9730 is no more; it became 9711 Lyngskar"):
        write_template(workspace.settings, workspace.pack, out=out, **{**place, "period": "2020"})


def test_a_renumbered_municipality_finds_its_last_answers(workspace: Workspace, tmp_path: Path) -> None:
    own: dict[str, Any] = {"kind": "systems", "municipality": "9740", "period": "2024"}
    written = write_template(workspace.settings, workspace.pack, out=tmp_path / "mal.xlsx", **own)
    assert {sheet.from_period for sheet in written.plan.sheets if sheet.from_period} == {"2023"}
    assert "Uglepost" in prefilled(tmp_path / "mal.xlsx", "Systemer")


def test_what_was_divided_or_merged_is_not_filled_in_for_anyone(workspace: Workspace, tmp_path: Path) -> None:
    for number in ("9708", "9780", "9759"):
        own: dict[str, Any] = {"kind": "processes", "municipality": number, "period": "2024"}
        written = write_template(workspace.settings, workspace.pack, out=tmp_path / f"{number}.xlsx", **own)
        assert not [sheet for sheet in written.plan.sheets if sheet.from_period]
    assert BY_NAME["2023", "9707"] == BY_NAME["2024", "9708"]
