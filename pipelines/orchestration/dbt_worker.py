"""Our side of dbt's process: start it, wait for the manifest, hand it a command.

The manifest is copied to a file named after the project's fingerprint, so that whoever loads the
definitions never reads one that dbt is writing, and an unchanged project is not parsed again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from pipelines.orchestration import dbt_command
from pipelines.orchestration.dbt_child import PARSED
from pipelines.settings import DBT_PROJECT, Settings


class DbtError(RuntimeError):
    """dbt could not read its project, or a model or a test failed."""


class DbtWorker:
    """One process of dbt that parses at once and runs at most one command."""

    def __init__(self, settings: Settings, target: Path | None = None) -> None:
        self._settings = settings
        self._fingerprint = dbt_command.fingerprint(settings)
        self.target = target or settings.dbt_target
        self.target.mkdir(parents=True, exist_ok=True)
        logs = settings.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._parsed = False
        with (logs / "dbt-stderr.log").open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipelines.orchestration.dbt_child"],
                cwd=DBT_PROJECT,
                env=dbt_command.environment(settings, os.environ, self.target),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )

    def wait_parsed(self) -> Path:
        """Wait until the project is parsed; returns the manifest. Raises DbtError with dbt's reasons."""
        manifest = manifest_path(self._settings, self._fingerprint)
        if self._parsed:
            return manifest
        reasons: list[str] = []
        verdict = self._read_until_parsed(reasons)
        if verdict is None or not verdict[PARSED]:
            self.close()
            why = "\n".join(reasons) or (verdict or {}).get("exception") or "dbt's process ended"
            raise DbtError(f"dbt could not read {DBT_PROJECT}: {why}")
        self._parsed = True
        if not manifest.exists():
            _keep_manifest(self.target / "manifest.json", manifest)
        return manifest

    def _read_until_parsed(self, reasons: list[str]) -> dict[str, Any] | None:
        for line in iter(_pipe(self.process.stdout).readline, b""):
            message = _as_json(line)
            if PARSED in message:
                return message
            info = message.get("info", {})
            if info.get("level") == "error":
                reasons.append(str(info.get("msg", "")))
        return None

    def command(self, args: list[str]) -> subprocess.Popen[bytes]:
        """Run a dbt command; what remains on the returned process's stdout are dbt's events in JSON."""
        self.wait_parsed()
        # Results of an earlier run must not be taken for this one's.
        (self.target / "run_results.json").unlink(missing_ok=True)
        try:
            stdin = _pipe(self.process.stdin)
            stdin.write(json.dumps(args).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError as error:
            raise DbtError("dbt's process ended before it was given its work") from error
        return self.process

    def close(self) -> None:
        """End the process, whatever it does, and wait for it. Safe to call again."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()


def manifest_path(settings: Settings, fingerprint: str) -> Path:
    """Where the manifest of a project with this fingerprint is kept."""
    return settings.build_dir / f"manifest-{fingerprint[:16]}.json"


def ensure_manifest(settings: Settings, worker: DbtWorker | None = None) -> Path:
    """The manifest of the project as it stands; parsed only when the project has changed.

    worker: the run's own process, already at work; without one (the web server loads the definitions)
    a process with a target folder of its own, so that it never meets a run's.
    """
    manifest = manifest_path(settings, dbt_command.fingerprint(settings))
    if manifest.exists():
        return manifest
    if worker is not None:
        return worker.wait_parsed()
    own = DbtWorker(settings, settings.build_dir / "dbt-definitions")
    try:
        return own.wait_parsed()
    finally:
        own.close()


def _keep_manifest(source: Path, manifest: Path) -> None:
    """Copy whole or not at all; manifests of earlier projects go."""
    for torn in manifest.parent.glob(".manifest-*"):
        torn.unlink(missing_ok=True)
    temporary = manifest.with_name(f".{manifest.name}.{os.getpid()}")
    shutil.copyfile(source, temporary)
    temporary.replace(manifest)
    for old in manifest.parent.glob("manifest-*.json"):
        if old != manifest:
            old.unlink(missing_ok=True)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe of the process, which we opened ourselves."""
    if pipe is None:
        raise DbtError("dbt's process was started without pipes")
    return pipe


def _as_json(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
