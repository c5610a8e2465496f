"""The command on a small inbox: what it says, how it ends, and what it survives."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.orchestration import dbt_command, dbt_worker, warehouse
from pipelines.orchestration.runner import RunOutcome, run_job
from pipelines.settings import DBT_PROJECT, Settings
from pipelines.storage.lock import writer_lock
from tests.support import (
    BASE_PACK,
    COMMAND,
    EXAMPLE_INBOX,
    FICTIONAL_PACK,
    content_hash,
    current,
    environment,
    kommunebench,
)

CSV_SYSTEMS = EXAMPLE_INBOX / "2026" / "9904" / "systemer.csv"


def small_inbox(inbox: Path) -> Path:
    """Two municipalities, xlsx and CSV, one period, and one file that cannot be used."""
    for municipality in ("9901", "9904"):
        shutil.copytree(EXAMPLE_INBOX / "2026" / municipality, inbox / "2026" / municipality)
    (inbox / "2026" / "9902").mkdir()
    (inbox / "2026" / "9902" / "systemer.csv").write_bytes(b"")
    return inbox


def released(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(current(home) / "member" / "benchmark.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def wait_for(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def env(place: Path) -> dict[str, str]:
    return environment(place / "home", KOMMUNEBENCH_INBOX=str(place / "inbox"))


@pytest.fixture(scope="module")
def first_run(place: Path, env: dict[str, str]) -> str:
    """What the first run says; the tests below work on its home, in the order they stand."""
    small_inbox(place / "inbox")
    return kommunebench("run", env=env).stdout


# A run


def test_a_run_tells_each_step_the_gravest_deliveries_and_the_release(first_run: str, place: Path) -> None:
    for step in ("Reading deliveries", "The gate", "dbt: models and tests", "Publishing", "Total"):
        assert step in first_run
    files = list((place / "inbox").rglob("*.*"))
    head = first_run.splitlines().index(f"Deliveries of this run ({len(files)})")
    listed = first_run.splitlines()[head + 2 : head + 12]
    assert ("rejected" in listed[0], "systemer.csv" in listed[0]) == (True, True)
    assert all(any(path.name in line for path in files) for line in listed)
    assert "  … and " in first_run.splitlines()[head + 12][:8]
    assert f"Published release {current(place / 'home').name}" in first_run
    assert content_hash(place / "home") in first_run


def test_the_libraries_are_not_heard(place: Path, env: dict[str, str], first_run: str) -> None:
    again = kommunebench("run", env=env)
    assert again.stderr == ""
    for noise in ("DEBUG", "dagster", "Warning", "Calculating Metrics", "[RUN]"):
        assert noise not in first_run + again.stdout
    logs = [path.read_text("utf-8") for path in (place / "home" / "logs").glob("run-*.log")]
    assert len(logs) == 2
    assert all("Completed successfully" in log for log in logs), "dbt's own account belongs in the log"


def test_reports_lie_where_the_run_says(first_run: str) -> None:
    said = first_run.splitlines()
    (folder,) = [Path(line.split("reports are in ")[1]) for line in said if "reports are in " in line]
    named = re.findall(r"\((\w+\.html)\)$", first_run, re.MULTILINE)
    assert named
    assert all((folder / name).is_file() for name in named)


def test_no_row_is_lost(first_run: str, place: Path) -> None:
    rows = released(
        place / "home", "select status, rows_received, rows_accepted, rows_quarantined from delivery"
    )
    assert {status for status, *_ in rows} >= {"accepted", "rejected"}
    for _, received, accepted, quarantined in rows:
        assert received is None or received == accepted + quarantined
    assert sum(accepted for *_, accepted, _ in rows if accepted) > 100


def test_nothing_new_publishes_nothing_new(first_run: str, place: Path, env: dict[str, str]) -> None:
    before = current(place / "home")
    said = kommunebench("run", env=env).stdout
    assert "No new deliveries." in said
    assert f"Nothing new: release {before.name}" in said
    assert current(place / "home") == before
    listed = kommunebench("releases", "list", env=env).stdout.splitlines()
    assert len(listed) == 1
    assert listed[0].startswith(f"* {before.name}")
    assert "is whole" in kommunebench("releases", "verify", env=env).stdout


def test_a_period_limits_what_is_read_not_what_is_released(
    first_run: str, place: Path, env: dict[str, str]
) -> None:
    inbox, home = place / "inbox", place / "home"
    shutil.copytree(EXAMPLE_INBOX / "2025" / "9905", inbox / "2025" / "9905")
    shutil.copytree(EXAMPLE_INBOX / "2026" / "9905", inbox / "2026" / "9905")
    kommunebench("run", "--period", "2025", env=env)
    got = released(home, "select distinct period, municipality_number from delivery order by all")
    assert ("2025", "9905") in got
    assert ("2026", "9901") in got, "what was read before stays released"
    assert ("2026", "9905") not in got, "another period's new files are not read"
    values = released(
        home, "select count(*) from fct_indicator_value where period = '2026' and status = 'ok'"
    )
    assert values[0][0] > 0
    kommunebench("run", env=env)
    assert ("2026", "9905") in released(home, "select period, municipality_number from delivery")


def test_a_withdrawn_delivery_goes_and_comes_back(first_run: str, place: Path, env: dict[str, str]) -> None:
    home = place / "home"
    before = content_hash(home)
    place_of_it = "municipality_number = '9905' and kind = 'survey' and period = '2026'"
    delivery = released(home, f"select delivery_id from delivery where {place_of_it}")[0][0]
    refused = kommunebench("withdraw", delivery, env=env, expect=2)
    assert "--reason" in refused.stderr
    kommunebench("withdraw", delivery, "--reason", "sent by mistake", env=env)
    assert (
        "withdrawn already" in kommunebench("withdraw", delivery, "--reason", "x", env=env, expect=1).stderr
    )
    kommunebench("run", env=env)
    status = f"select status from delivery where delivery_id = '{delivery}'"
    assert released(home, status) == [("withdrawn",)]
    assert content_hash(home) != before
    kommunebench("withdraw", delivery, "--undo", env=env)
    kommunebench("run", env=env)
    assert released(home, status)[0][0] in {"accepted", "partly_accepted"}
    assert content_hash(home) == before


def test_rollback_makes_an_earlier_release_current(first_run: str, place: Path, env: dict[str, str]) -> None:
    names = [line[2:].split()[0] for line in kommunebench("releases", "list", env=env).stdout.splitlines()]
    kommunebench("releases", "rollback", names[0], env=env)
    assert current(place / "home").name == names[0]
    unknown = kommunebench("releases", "rollback", "20200101T000000Z-00000000", env=env, expect=1)
    assert "no release" in unknown.stderr
    assert "Traceback" not in unknown.stderr


# Two runs at once, and kills


def test_a_second_run_waits_and_says_for_whom(first_run: str, place: Path, env: dict[str, str]) -> None:
    settings = Settings(home=place / "home", reference=(), inboxes=())
    with writer_lock(settings):
        waiting = subprocess.Popen([str(COMMAND), "run"], env=env, stdout=subprocess.PIPE, text=True)
        assert waiting.stdout
        line = waiting.stdout.readline()
        assert f"held by process {os.getpid()} since " in line
        assert waiting.poll() is None
    rest = waiting.communicate(timeout=300)[0]
    assert waiting.returncode == 0
    assert "release" in rest


def children(pid: int) -> list[int]:
    """Processes that a process has started and that run still."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(own) for own, parent, state in rows if int(parent) == pid and not state.startswith("Z")]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return not state.stdout.strip().startswith("Z") and bool(state.stdout.strip())


@pytest.mark.parametrize("step", ["Starting", "dbt: models and tests"])
def test_dbt_does_not_outlive_a_killed_run(step: str, first_run: str, env: dict[str, str]) -> None:
    run = subprocess.Popen([str(COMMAND), "run"], env=env, stdout=subprocess.PIPE, text=False)
    assert run.stdout
    os.set_blocking(run.stdout.fileno(), False)
    said = b""

    def reached() -> bool:
        nonlocal said
        said += run.stdout.read() or b"" if run.stdout else b""
        return step.encode() in said and bool(children(run.pid))

    wait_for(reached)
    dbt = children(run.pid)
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_for(lambda: not any(alive(pid) for pid in dbt), seconds=20)
    kommunebench("releases", "verify", env=env)
    kommunebench("run", env=env)


def test_an_interrupted_run_ends_in_a_sentence(first_run: str, env: dict[str, str]) -> None:
    run = subprocess.Popen(
        [str(COMMAND), "run"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False
    )
    assert run.stdout
    os.set_blocking(run.stdout.fileno(), False)
    said = b""

    def reached() -> bool:
        nonlocal said
        said += run.stdout.read() or b"" if run.stdout else b""
        return b"dbt: models and tests" in said

    wait_for(reached, seconds=120)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert errors.decode() == "interrupted; the next run goes on from here\n"


def test_a_killed_run_is_closed_in_dagsters_history(first_run: str, place: Path) -> None:
    import dagster as dg

    from pipelines.orchestration.instance import open_instance

    settings = Settings(home=place / "home", reference=(), inboxes=())
    with writer_lock(settings), open_instance(settings) as instance:
        statuses = {run.status for run in instance.get_runs()}
    assert statuses == {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


# What stops a publication


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """A home with one release, in this process."""
    inbox = tmp_path / "inbox"
    (inbox / "2026" / "9904").mkdir(parents=True)
    shutil.copy(CSV_SYSTEMS, inbox / "2026" / "9904" / "systemer.csv")
    return Settings(home=tmp_path / "home", reference=(BASE_PACK, FICTIONAL_PACK), inboxes=(inbox,))


def run_here(settings: Settings) -> RunOutcome:
    return run_job(settings, (), lambda _: None)


def test_a_failing_dbt_test_stops_the_publication(
    own: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = run_here(own)
    assert good.failure is None
    assert good.workspace.published
    before = current(own.home)

    project = tmp_path / "project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "tests").mkdir(exist_ok=True)
    broken = "select 1 as found from {{ ref('dim_municipality') }} limit 1"
    (project / "tests" / "assert_made_to_fail.sql").write_text(broken)
    for module in (dbt_worker, warehouse):
        monkeypatch.setattr(module, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt_command, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt_command.fingerprint, "__defaults__", (project,))
    bad = run_here(own)
    assert bad.failure is not None
    assert "assert_made_to_fail" in str(bad.failure)
    assert "nothing is published" in str(bad.failure)
    assert bad.workspace.published is None
    assert current(own.home) == before


def test_an_expectation_that_raised_stops_the_publication(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.gate import expectations
    from pipelines.gate.gate import GateError

    whole = expectations._to_pandas
    monkeypatch.setattr(expectations, "_to_pandas", lambda plan: whole(plan).iloc[:, :1])
    outcome = run_here(own)
    assert isinstance(outcome.failure, GateError)
    assert "could not be evaluated" in str(outcome.failure)
    assert outcome.workspace.published is None
    assert not (own.releases / "current").exists()


def test_a_pack_that_cannot_be_used_stops_with_its_place(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    with (pack / "participant.csv").open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(
            [["municipality_number", "period"], ["0000", "2026"]]
        )
    done = kommunebench("run", env=environment(tmp_path / "home", (BASE_PACK, pack)), expect=1)
    assert "participant.csv" in done.stderr
    assert "0000" in done.stderr
    assert "Traceback" not in done.stderr


# One file alone


def check(path: Path, home: Path, *more: str, expect: int | None) -> subprocess.CompletedProcess[str]:
    arguments = ["--kind", "systems", "--municipality", "9904", "--period", "2026", *more]
    return kommunebench("check", path, *arguments, env=environment(home), expect=expect)


def test_check_of_a_good_file(tmp_path: Path) -> None:
    done = check(CSV_SYSTEMS, tmp_path / "home", expect=0)
    assert "Alle rader kan tas i bruk" in done.stdout
    assert not (tmp_path / "home").exists(), "check stores nothing"


def test_check_names_the_row_in_norwegian_and_as_json(tmp_path: Path) -> None:
    lines = CSV_SYSTEMS.read_text("cp1252").splitlines(keepends=True)
    twice = tmp_path / "systemer.csv"
    twice.write_text("".join([*lines, lines[-1]]), "cp1252", newline="")
    done = check(twice, tmp_path / "home", expect=1)
    assert f"rad {len(lines)}, {len(lines) + 1}:" in done.stdout
    content = json.loads(check(twice, tmp_path / "home", "--json", expect=1).stdout)
    assert content["exit_status"] == 1
    delivery = content["deliveries"][0]
    assert delivery["rows_quarantined"] == 2
    assert delivery["rows_received"] == delivery["rows_accepted"] + delivery["rows_quarantined"]
    # The example leaves the life cycle of a system blank, which is told.
    assert {finding["rule"] for finding in delivery["findings"]} == {"repeated_key", "blank_lifecycle"}


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"", ()),
        (b"PK\x03\x04 not a workbook", ()),
        (CSV_SYSTEMS.read_bytes(), ("--period", "2031")),
        (CSV_SYSTEMS.read_bytes(), ("--municipality", "0000")),
        (CSV_SYSTEMS.read_bytes(), ("--kind", "processes")),
    ],
    ids=["empty", "unreadable", "period", "municipality", "kind"],
)
def test_check_of_what_cannot_be_used(content: bytes, more: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "systemer.csv"
    path.write_bytes(content)
    done = check(path, tmp_path / "home", *more, expect=2)
    assert "Ville ikke bli tatt i bruk" in done.stdout


def test_a_faulty_mapping_is_told_in_a_sentence(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yml"
    mapping.write_text("kind: systems\ncolumns:\n  Navn: systemnamn\n")
    done = check(CSV_SYSTEMS, tmp_path / "home", "--mapping", str(mapping), expect=3)
    assert "systemnamn" in done.stderr
    assert "Traceback" not in done.stderr


# The start of the command


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from pipelines.cli import main; main(['--help'], standalone_mode=False); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'dagster', 'polars', 'duckdb', 'great_expectations', 'pandas', 'dbt', 'scipy', 'pydantic'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
