"""Trying a file: ``kommunebench check`` in a process of its own, in a private folder that is then deleted.

No Streamlit here. The file is tried alone, in an empty home: nothing that others have delivered is read, and
nothing is kept: the next trial deletes what a kill left behind.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import Any

from pipelines.settings import PREFIX, ROOT

TIMEOUT_SECONDS = 120
# No trial takes longer than that.
_LEFT_BEHIND_SECONDS = 10 * TIMEOUT_SECONDS
_FOLDER = "kommunebench-trial-"
# Exit statuses of ``check`` that come with a result.
_ANSWERED = frozenset({0, 1, 2})
_MOST_NAME_BYTES = 200
# The part of a workbook that is one sheet.
_SHEET = re.compile(r"(?i)\bworksheets/[^/]+\.xml$")
_NOT_IN_NAME = re.compile(r"[^\w .()+-]")


class TrialError(RuntimeError):
    """The file could not be tried; the text is the command's own sentence."""


class TrialTimeoutError(TrialError):
    """It took too long."""


@dataclass(frozen=True)
class Trial:
    """result: what ``check --json`` said; page: the report; marked: the marked workbook, and its name's
    ending; both None where they were not written."""

    file_name: str
    result: dict[str, Any]
    page: bytes | None
    marked: bytes | None
    marked_suffix: str

    @property
    def is_marked(self) -> bool:
        """Whether the marked workbook holds the file's own sheets besides the one of the findings."""
        if self.marked is None:
            return False
        with zipfile.ZipFile(io.BytesIO(self.marked)) as package:
            sheets = [name for name in package.namelist() if _SHEET.search(name)]
        return len(sheets) > 1


def try_file(
    content: bytes,
    file_name: str,
    *,
    kind: str,
    municipality: str,
    period: str,
    language: str,
    timeout: float = TIMEOUT_SECONDS,
) -> Trial:
    """What the pipeline would say of a file. Raises TrialError, TrialTimeoutError."""
    _delete_left_behind()
    # Only its owner can look into the folder.
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as name:
        folder = Path(name)
        (folder / "in").mkdir()
        path = folder / "in" / _safe(file_name)
        path.write_bytes(content)
        page, marked = folder / "report.html", folder / "marked.xlsx"
        command = [sys.executable, "-m", "pipelines.cli", "check", str(path), "--json", "--lang", language]
        command += ["--kind", kind, "--municipality", municipality, "--period", period]
        command += ["--report", str(page), "--marked", str(marked)]
        result = _run(command, _environment(folder / "home"), timeout)
        return Trial(
            file_name=path.name,
            result=result,
            page=page.read_bytes() if page.is_file() else None,
            marked=marked.read_bytes() if marked.is_file() else None,
            marked_suffix=".xlsm" if path.suffix.lower() == ".xlsm" else ".xlsx",
        )


def _delete_left_behind() -> None:
    """Delete the folders of trials whose app was killed, which nobody else would."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError):
            status = folder.lstat()
            is_old = time.time() - status.st_mtime > _LEFT_BEHIND_SECONDS
            if is_old and S_ISDIR(status.st_mode) and status.st_uid == os.getuid():
                shutil.rmtree(folder)


def _run(command: list[str], environment: Mapping[str, str], timeout: float) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 (our own command; what a person typed are values of options)
            command,
            env=dict(environment),
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        raise TrialTimeoutError(str(round(timeout))) from None
    if done.returncode not in _ANSWERED or not done.stdout.startswith("{"):
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise TrialError(said[-1] if said else f"exit {done.returncode}")
    content: dict[str, Any] = json.loads(done.stdout)
    return content


def _environment(home: Path) -> dict[str, str]:
    """That of the app, with an empty home."""
    return {**os.environ, f"{PREFIX}HOME": str(home), "PYTHONIOENCODING": "utf-8"}


def _safe(file_name: str) -> str:
    """A name without folders or signs that mean something to a system; its ending stays."""
    name = _NOT_IN_NAME.sub("_", Path(file_name.replace("\\", "/")).name).lstrip(". -")
    # Systems count a name in bytes, of which a letter may take four.
    name = name[-_MOST_NAME_BYTES:]
    while len(name.encode("utf-8")) > _MOST_NAME_BYTES:
        name = name[1:]
    return name.lstrip(". -") or "fil"
