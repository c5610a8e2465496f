"""Templates through the reader and the gate, and from one period to the next."""

from __future__ import annotations

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingest.contract import load_contract
from pipelines.settings import Settings
from pipelines.templates.template import check_kind, make_template, write_template
from tests.support import EXAMPLE_INBOX, environment, kommunebench
from tests.templates_support import MUNICIPALITY, PERIOD, fill, home_with, judge, pack, read, typed
from tests.unit.test_templates import AT_RANDOM, EXAMPLES, KINDS, assert_read_back, filled_templates

# What the reader says of a system whose state the sender has left open; it is no fault of the template.
LEFT_OPEN = {"blank_lifecycle"}
# Answers drawn at random contradict each other, *har ikke* here and a system there, which is rightly told.
CONTRADICTED = "system_despite_none"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that has taken in the example's deliveries of 2025."""
    folder = tmp_path_factory.mktemp("templates")
    shutil.copytree(EXAMPLE_INBOX / "2025", folder / "inbox" / "2025")
    return home_with(folder / "home", folder / "inbox")


def of_last_year(home: Settings, number: str, out: Path, kind: str = "all", **more: Any) -> bytes:
    """The template of a municipality of the example for the year after its deliveries."""
    write_template(home, pack(), kind=kind, municipality=number, period=PERIOD, out=out, **more)
    return out.read_bytes()


@pytest.mark.parametrize("lang", ["nb", "en"])
@pytest.mark.parametrize("number", ["9901", "9902", "9903", "9904", "9905", "9906"])
def test_last_times_answers_are_read_back_without_a_finding(
    home: Settings, tmp_path: Path, number: str, lang: str
) -> None:
    content = of_last_year(home, number, tmp_path / "mal.xlsx", lang=lang)
    deliveries = read(content, number=number)
    assert deliveries
    assert all(d.rejection is None and d.findings == () for d in deliveries)
    checked = judge(deliveries)
    assert set(checked.findings["rule"]) <= LEFT_OPEN
    assert checked.deliveries["rows_quarantined"].to_list() == [0] * len(deliveries)
    assert checked.deliveries["status"].to_list() == ["accepted"] * len(deliveries)


def test_what_was_accepted_last_time_is_what_is_read_this_time(home: Settings, tmp_path: Path) -> None:
    """9904 had no faults in its systems in 2025: every row comes back, and the same values."""
    content = of_last_year(home, "9904", tmp_path / "mal.xlsx", "systems")
    (delivery,) = read(content, number="9904")
    folder = EXAMPLE_INBOX / "2025" / "9904"
    sheets = {s.name_nb: s for s in load_contract().sheets if s.kind == "systems"}
    for name, sheet in sheets.items():
        file = folder / f"{name.lower().replace('ø', 'o')}.csv"
        (before,) = read(file.read_bytes(), file.name, number="9904")
        columns = [c.name for c in sheet.columns if c.name != "data_object_name"]
        then = typed(before, sheet.dataset).select(columns).to_dicts()
        now = typed(delivery, sheet.dataset).select(columns).to_dicts()
        keys = {*sheet.printed, "system_name"}
        for row in then:
            # A function or service that was listed without an answer is printed again, to be answered.
            if any(value is not None for name, value in row.items() if name not in keys):
                assert row in now


def test_answers_from_one_file_for_many_stand_there_and_the_sbos_costs_do_not(tmp_path: Path) -> None:
    head = "system_id;systemnavn;funksjon;livsløp;årlig_kostnad"
    for name, text in {
        "2025/felles/felles.csv": f"{head}\nF-1;Felles journal;health_record;i bruk;600000\n",
        "alle.csv": f"periode;kommune;{head}\n2025;9901;K-1;Egen journal;health_record;i bruk;10\n"
        "2024;9901;K-0;Gammel journal;health_record;i bruk;10\n",
    }.items():
        (tmp_path / "inbox" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "inbox" / name).write_text(text, encoding="utf-8")
    home = home_with(tmp_path / "home", tmp_path / "inbox")
    content = of_last_year(home, "9901", tmp_path / "mal.xlsx", "systems")
    (delivery,) = read(content, number="9901")
    found = delivery.datasets["system"].select("system_name", "annual_cost").sort("system_name").rows()
    assert found == [("Egen journal", Decimal(10)), ("Felles journal", None)]
    shutil.rmtree(home.lake)
    written = write_template(
        home, pack(), kind="systems", municipality="9901", period=PERIOD, out=tmp_path / "ny.xlsx"
    )
    assert written.plan.unread == 1, "one file for several periods is one file"


def test_an_unread_home_is_told_and_nothing_is_written_to_it(home: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "home", reference=home.reference, inboxes=())
    shutil.copytree(home.archive, other.archive)
    before = sorted(path for path in tmp_path.rglob("*"))
    written = write_template(
        other, pack(), kind="systems", municipality="9902", period=PERIOD, out=tmp_path / "mal.xlsx"
    )
    assert written.plan.unread > 0
    assert all(sheet.n_last == 0 for sheet in written.plan.sheets)
    assert sorted(path for path in tmp_path.rglob("*") if path.name != "mal.xlsx") == before


def test_the_year_of_the_deliveries_itself_is_not_last_time(home: Settings, tmp_path: Path) -> None:
    written = write_template(
        home, pack(), kind="systems", municipality="9902", period="2025", out=tmp_path / "mal.xlsx"
    )
    assert all(sheet.n_last == 0 for sheet in written.plan.sheets)


def test_a_survey_is_never_filled_in_with_peoples_answers(home: Settings, tmp_path: Path) -> None:
    content = of_last_year(home, "9902", tmp_path / "mal.xlsx", "survey")
    (delivery,) = read(content, number="9902")
    assert delivery.rows_received == 0


def test_an_untouched_template_takes_no_place(home: Settings) -> None:
    _, content = make_template(pack(), check_kind("processes"), MUNICIPALITY, PERIOD)
    checked = judge(read(content), home)
    assert checked.deliveries["is_counting"].to_list() == [False]
    assert checked.deliveries["status"].to_list() == ["accepted"]
    assert checked.findings.is_empty()


def test_unchanged_is_passed_over(home: Settings, tmp_path: Path) -> None:
    content = of_last_year(home, "9902", tmp_path / "mal.xlsx", "systems")
    book = openpyxl.load_workbook(tmp_path / "mal.xlsx")
    column = [str(cell.value) for cell in book["Systemer"][1]].index("Uendret") + 1
    marked = fill(content, {"Systemer": {(2, column): "ja", (3, column): "nei"}})
    (before,), (after,) = read(content, number="9902"), read(marked, number="9902")
    assert typed(before, "system").equals(typed(after, "system"))
    assert after.findings == ()


@pytest.mark.parametrize("kind", [*KINDS, "all"])
@given(data=st.data())
@settings(max_examples=max(1, EXAMPLES // 3), **AT_RANDOM)
def test_every_cell_filled_at_random_passes_the_gate(kind: str, data: st.DataObject) -> None:
    plan, content, filled = data.draw(filled_templates(kind, full=True))
    assert_read_back(plan, content, filled)
    checked = judge(read(content))
    told = checked.findings.filter(pl.col("rule") != CONTRADICTED)
    assert told.select("rule", "sheet", "row_number", "value").rows() == []
    assert set(checked.deliveries["status"]) == {"accepted"}
    assert checked.deliveries["rows_accepted"].sum() == checked.deliveries["rows_received"].sum()


@pytest.mark.parametrize("kind", ["processes", "systems"])
@given(data=st.data())
@settings(max_examples=max(1, EXAMPLES // 3), **AT_RANDOM)
def test_answers_filled_at_random_stand_in_the_next_periods_template(kind: str, data: st.DataObject) -> None:
    _, content, _ = data.draw(filled_templates(kind, full=True, period="2025"))
    lang = data.draw(st.sampled_from(["nb", "en"]))
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder) / "inbox"
        (inbox / "2025" / MUNICIPALITY).mkdir(parents=True)
        (inbox / "2025" / MUNICIPALITY / "mal.xlsx").write_bytes(content)
        own = home_with(Path(folder) / "home", inbox)
        following = of_last_year(own, MUNICIPALITY, Path(folder) / "mal.xlsx", kind, lang=lang)
    (before,), (after,) = read(content, period="2025"), read(following)
    assert after.findings == ()
    assert judge([after]).findings.filter(pl.col("rule") != CONTRADICTED).is_empty()
    for dataset in before.datasets:
        # The names of the pack's objects follow the language of the template; their ids do not.
        named = [c for c in ("data_object_name",) if c in before.datasets[dataset].columns]
        now = [values(row) for row in typed(after, dataset).drop(named).to_dicts()]
        for row in typed(before, dataset).drop(named).to_dicts():
            assert values(row) in now


def values(row: dict[str, Any]) -> dict[str, Any]:
    """A row's values; that a municipality does not have a process is said in words of either language."""
    absent = {"process_name": None} if row.get("is_absent") else {}
    return row | absent


def test_the_command_writes_a_template_that_check_accepts(tmp_path: Path) -> None:
    env = environment(tmp_path / "home")
    out = tmp_path / "mal.xlsx"
    more = ("--municipality", MUNICIPALITY, "--period", PERIOD)
    done = kommunebench("template", "--kind", "systems", *more, "--out", out, env=env)
    assert "Funksjoner: 25 rows beforehand" in done.stdout
    again = kommunebench("template", "--kind", "systems", *more, "--out", out, env=env, expect=1)
    assert "--force" in again.stderr
    kommunebench("check", out, "--kind", "systems", *more, env=env)
