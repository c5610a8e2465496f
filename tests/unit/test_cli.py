"""The command line without a run: help, settings, errors in sentences, exit statuses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipelines.cli import main
from pipelines.cli_errors import explain
from pipelines.gate.report import make_report
from pipelines.gate.wording import LANGUAGES
from pipelines.orchestration.checking import Trial, exit_status, result_as_json, result_lines
from pipelines.settings import SettingsError


def invoke(home: Path, *arguments: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"KOMMUNEBENCH_HOME": str(home), **env})


@pytest.mark.parametrize("command", ["run", "check", "demo", "explain", "releases", "what-if", "withdraw"])
def test_each_command_has_help(command: str, tmp_path: Path) -> None:
    result = invoke(tmp_path, command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_help_lists_the_commands_that_work_and_no_other(tmp_path: Path) -> None:
    result = invoke(tmp_path, "--help")
    listed = result.output.split("Commands:")[1].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == [
        "bench",
        "check",
        "deliveries",
        "demo",
        "explain",
        "names",
        "purge",
        "releases",
        "run",
        "template",
        "what-if",
        "withdraw",
    ]
    subcommands = invoke(tmp_path, "releases", "--help").output.split("Commands:")[1].split("\n")
    assert [line.split()[0] for line in subcommands if line.strip()] == [
        "diff",
        "list",
        "rebuild",
        "rollback",
        "tag",
        "untag",
        "verify",
    ]


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    result = invoke(tmp_path, "releases", "list", KOMMUNEBENCH_THREDS="2")
    assert result.exit_code == 1
    assert "KOMMUNEBENCH_THREDS" in result.output
    assert "Traceback" not in result.output


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    result = invoke(tmp_path, "--debug", "releases", "list", KOMMUNEBENCH_THREDS="2")
    assert result.exit_code == 1
    assert "Traceback" in result.output


def test_a_home_without_releases(tmp_path: Path) -> None:
    listed = invoke(tmp_path, "releases", "list")
    assert listed.exit_code == 0
    assert "no release" in listed.output
    verified = invoke(tmp_path, "releases", "verify")
    assert verified.exit_code == 1
    assert "nothing is published yet" in verified.output


def test_what_the_command_writes_is_its_own_users(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        invoke(tmp_path / "home", "releases", "list")
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)


def test_an_inbox_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = invoke(tmp_path / "home", "run", "--inbox", str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "nowhere: there is no such folder" in result.output
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ["nowhere.csv", "--kind", "systems"],
        ["{file}", "--kind", "budget"],
        ["{file}", "--no-such-option"],
        [],
    ],
)
def test_a_wrong_call_of_check_is_not_told_as_a_rejected_file(wrong: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    given = [part.format(file=tmp_path / "a.csv") for part in wrong]
    assert invoke(tmp_path, "check", *given).exit_code == 3
    assert invoke(tmp_path, "check", "--help").exit_code == 0


def test_check_never_writes_over_the_file_that_it_reads(tmp_path: Path) -> None:
    file, page = tmp_path / "a.csv", tmp_path / "a.html"
    file.write_text("x")
    page.write_text("there")
    place = [str(file), "--kind", "systems", "--municipality", "9901", "--period", "2026"]
    for said, options in {
        "named twice": ["--force", "--marked", str(file)],
        "named twice; give": ["--report", str(tmp_path / "b"), "--marked", str(tmp_path / "." / "b")],
        "--force writes over it": ["--report", str(page)],
        "there already; give another name": ["--force", "--write-mapping", str(page)],
    }.items():
        result = invoke(tmp_path / "home", "check", *place, *options)
        assert (result.exit_code, said in result.output) == (3, True), result.output
    assert (file.read_text(), page.read_text()) == ("x", "there")


def test_purge_wants_a_day_that_has_come_written_one_way(tmp_path: Path) -> None:
    written = invoke(tmp_path, "purge", "--before", "01.01.2027")
    assert (written.exit_code, "write the day as 2027-01-31" in written.output) == (2, True)
    later = invoke(tmp_path, "purge", "--dry-run", "--before", "2999-01-01")
    assert (later.exit_code, "later than today" in later.output) == (1, True)


def test_check_tells_the_kinds_of_a_file_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("systemnavn;system_id\nAlfa;1\n")
    place = ["--municipality", "9901", "--period", "2026", "--json"]
    result = invoke(tmp_path / "home", "check", str(file), "--kind", "all", *place)
    (delivery,) = json.loads(result.output)["deliveries"]
    assert (delivery["kind"], delivery["rows_received"]) == ("systems", 1)


def test_withdrawing_what_never_came(tmp_path: Path) -> None:
    result = invoke(tmp_path, "withdraw", "0123456789abcdef", "--reason", "x")
    assert result.exit_code == 1
    assert "no delivery 0123456789abcdef; kommunebench deliveries shows the ids" in result.output


@pytest.mark.parametrize("arguments", [[], ["--reason", "x", "--undo"]])
def test_withdraw_wants_a_reason_or_undo(arguments: list[str], tmp_path: Path) -> None:
    result = invoke(tmp_path, "withdraw", "0123456789abcdef", *arguments)
    assert result.exit_code == 2
    assert "either --reason TEXT or --undo" in result.output


def test_a_demo_refuses_a_folder_with_files(tmp_path: Path) -> None:
    (tmp_path / "out" / "inbox").mkdir(parents=True)
    (tmp_path / "out" / "inbox" / "mine.txt").write_text("keep me")
    result = invoke(tmp_path, "demo", "--out", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "is not empty" in result.output
    assert (tmp_path / "out" / "inbox" / "mine.txt").read_text() == "keep me"


def test_errors_of_ours_speak_for_themselves_and_others_ask_for_a_report() -> None:
    assert explain(SettingsError("mend this")) == "mend this"
    assert explain(FileNotFoundError(2, "No such file", "x.csv")) == "x.csv: No such file"
    assert "unexpected ZeroDivisionError" in explain(ZeroDivisionError("division by zero"))


# What check says


def checked(*rows: tuple[str, str, int | None, int, int | None], findings: int = 0) -> Trial:
    names = ("delivery_id", "status", "rows_received", "rows_accepted", "rows_quarantined")
    common = {"file_name": "f.csv", "municipality_number": "9901", "period": "2026", "kind": "systems"}
    found = {
        "severity": "quarantine",
        "rule": "repeated_key",
        "sheet": "",
        "row_number": 7,
        "column_name": "system_id",
        "value": None,
        "sentence_nb": "Nøkkelen står to ganger.",
        "sentence_en": "The key stands twice.",
    }
    meta: Any = SimpleNamespace(recognised={"format": "csv"})
    reports = [
        make_report(
            {**common, **dict(zip(names, row, strict=True)), "is_counting": True},
            [found] * findings,
            meta,
            {},
            is_trial=True,
        )
        for row in rows
    ]
    return Trial(tuple(reports), times={"reading": 1.25, "gate": 0.5})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", "accepted", 5, 5, 0)], 0),
        ([("a", "partly_accepted", 5, 4, 1)], 1),
        ([("a", "rejected", None, 0, None)], 2),
        ([("a", "conflict", 5, 5, 0)], 2),
        ([("a", "accepted", 5, 5, 0), ("b", "partly_accepted", 5, 4, 1)], 1),
        ([("a", "partly_accepted", 5, 4, 1), ("b", "rejected", None, 0, None)], 2),
    ],
)
def test_the_gravest_delivery_decides_the_exit_status(rows: list[Any], expected: int) -> None:
    assert exit_status(checked(*rows)) == expected


def test_check_speaks_norwegian_and_english() -> None:
    result = checked(("a", "partly_accepted", 5, 4, 1), findings=1)
    norwegian, english = (list(result_lines(result, language)) for language in LANGUAGES)
    assert norwegian[3].strip().startswith("Kolonne system_id, rad 7: Nøkkelen står to ganger.")
    assert english[3].strip().startswith("Column system_id, row 7: The key stands twice.")
    assert "rader mottatt 5, tatt i bruk 4, satt til side 1" in norwegian[1]
    assert norwegian[2].strip() == "Rett 1 rad og send filen på nytt."


def test_check_says_where_the_time_goes() -> None:
    result = checked(("a", "accepted", 5, 5, 0))
    assert list(result_lines(result, "nb"))[-1] == "Tid: 1,8 s (lesing 1,2, kontroll 0,5)."
    assert json.loads(result_as_json(result))["seconds"] == {"reading": 1.25, "gate": 0.5}


def test_check_shows_unknown_counts_as_a_dash() -> None:
    assert "received –" in "\n".join(result_lines(checked(("a", "rejected", None, 0, None)), "en"))


def test_check_as_json_holds_both_languages() -> None:
    content = json.loads(result_as_json(checked(("a", "partly_accepted", 5, 4, 1), findings=1)))
    assert content["exit_status"] == 1
    assert content["deliveries"][0]["findings"][0]["sentence_nb"] == "Nøkkelen står to ganger."
    assert content["deliveries"][0]["groups"][0]["entries"][0]["rows"] == [7]
    assert content["deliveries"][0]["recognised"] == {"format": "csv"}


@pytest.mark.parametrize("option", ["--report", "--marked", "--write-mapping"])
def test_check_never_writes_over_a_file_unasked(option: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a;b\n1;2\n")
    target = tmp_path / "mine.txt"
    target.write_text("keep me")
    arguments = [str(tmp_path / "in.csv"), "--kind", "systems", "--municipality", "9901", "--period", "2026"]
    result = invoke(tmp_path / "home", "check", *arguments, option, str(target))
    assert result.exit_code == 3
    assert "is there already" in result.output
    assert target.read_text() == "keep me"
