"""Trying a file from the app: a private folder that is gone afterwards, and clear errors."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import trial
from app.trial import TrialError, TrialTimeoutError, try_file


def answer(
    monkeypatch: pytest.MonkeyPatch,
    returncode: int,
    stdout: str = "{}",
    stderr: str = "",
    *,
    page: bool = True,
) -> dict[str, Any]:
    """Stand in for the command; what it was called with."""
    seen: dict[str, Any] = {}

    def run(command: Sequence[str], **given: Any) -> Any:
        path = Path(command[4])
        seen.update(given, command=list(command), path=path, content=path.read_bytes())
        seen["mode"] = path.parent.parent.stat().st_mode & 0o777
        if page:
            Path(command[list(command).index("--report") + 1]).write_bytes(b"<p>")
        if returncode < 0:
            raise subprocess.TimeoutExpired(command, given["timeout"])
        return SimpleNamespace(returncode=returncode, stdout=stdout, stderr=stderr)

    monkeypatch.setattr(trial.subprocess, "run", run)
    return seen


def ask(name: str = "systemer.xlsx") -> Any:
    return try_file(b"abc", name, kind="systems", municipality="9901", period="2026", language="nb")


@pytest.mark.parametrize("status", [0, 1, 2])
def test_the_command_runs_in_a_private_folder_that_is_gone_afterwards(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = answer(monkeypatch, status, json.dumps({"exit_status": status}))
    result = ask()
    assert result.result == {"exit_status": status}
    assert result.page == b"<p>"
    assert result.marked is None
    assert seen["content"] == b"abc"
    assert seen["mode"] == 0o700
    assert not seen["path"].parent.parent.exists()
    assert seen["env"]["KOMMUNEBENCH_HOME"].startswith(str(seen["path"].parent.parent))


@pytest.mark.parametrize(
    ("status", "error", "said"), [(3, TrialError, "no pack"), (-1, TrialTimeoutError, "120")]
)
def test_a_failure_is_told_in_its_last_sentence_and_leaves_nothing(
    status: int, error: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = answer(monkeypatch, status, "", "first line\nkommunebench: no pack\n")
    with pytest.raises(error, match=said):
        ask()
    assert not seen["path"].parent.parent.exists()


def test_what_a_killed_app_left_behind_goes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial.tempfile, "tempdir", str(tmp_path))
    for name in ("kommunebench-trial-old", "kommunebench-trial-new", "other"):
        (tmp_path / name / "in").mkdir(parents=True)
    (tmp_path / "kommunebench-trial-link").symlink_to(tmp_path / "other")
    for name in ("kommunebench-trial-old", "other"):
        os.utime(tmp_path / name, (0, 0))
    answer(monkeypatch, 0)
    ask()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["kommunebench-trial-link", "kommunebench-trial-new", "other"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("systemer 2026.xlsx", "systemer 2026.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kari\\fil.csv", "fil.csv"),
        ("--help.csv", "help.csv"),
        ("...", "fil"),
        ("a\x00b;rm.csv", "a_b_rm.csv"),
        ("æøå.csv", "æøå.csv"),
        ("\U00020000" * 100 + ".csv", "\U00020000" * 49 + ".csv"),
    ],
)
def test_a_file_name_is_a_name_and_nothing_else(
    given: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = answer(monkeypatch, 0)
    assert ask(given).file_name == kept
    assert seen["path"].name == kept
