"""Starts workers and watches them: what crashed, what took too long, what took too much memory."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support import ROOT

# A file's own processor time and the process's highest memory, as the bar says.
MOST_SECONDS = 10.0
MOST_MEBIBYTES = 1024
# Nothing heard for so long is a hang, however busy the machine.
SILENCE = 90.0
# A fresh process now and then, so that one file's memory is not laid at a later one's door.
BATCH = 250


@dataclass
class Report:
    """What became of the files: faults as sentences, the slowest and the largest."""

    n_files: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[int, str] = (0, "")

    def lines(self) -> list[str]:
        return [
            f"{self.n_files} damaged files read, {len(self.faults)} faults",
            f"slowest: {self.slowest[0]:.2f} s of processor time, {self.slowest[1]}",
            f"most memory: {self.largest[0]} MiB, {self.largest[1]}",
            *self.faults,
        ]


def run(n_files: int, seed: int) -> Report:
    """Read ``n_files`` damaged files."""
    report, start = Report(), 0
    while start < n_files:
        start = _batch(report, seed, start, min(start + BATCH, n_files))
    return report


def _batch(report: Report, seed: int, start: int, end: int) -> int:
    """Read a batch; where the worker dies, the number after the file that it died of."""
    command = [sys.executable, "-m", "tests.fuzz.worker", str(seed), str(start), str(end)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        errors: list[str] = []
        listener = threading.Thread(target=lambda: errors.extend(worker.stderr or ()), daemon=True)
        listener.start()
        last: dict[str, Any] = {"number": start - 1, "file": "(start)"}
        for line in _heard(worker):
            if line is None:
                worker.kill()
                report.faults.append(_sentence(seed, last, f"silent for {SILENCE:.0f} s"))
                return int(last["number"]) + 1
            last = json.loads(line)
            _note(report, seed, last)
        worker.wait()
        listener.join(timeout=5)
        if worker.returncode == 0:
            return end
        tail = " ".join("".join(errors[-3:]).split())[-300:]
        report.faults.append(_sentence(seed, last, f"the process ended with {worker.returncode}: {tail}"))
        return max(start, int(last["number"])) + 1


def _heard(worker: subprocess.Popen[str]) -> Iterator[str | None]:
    """The worker's lines; None once it has been silent for too long."""
    lines: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in worker.stdout or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=SILENCE)
        except queue.Empty:
            yield None
            return
        if line is None:
            return
        yield line


def _note(report: Report, seed: int, told: dict[str, Any]) -> None:
    if "seconds" not in told:
        return
    name = f"{told['file']} (number {told['number']})"
    report.n_files += 1
    report.slowest = max(report.slowest, (told["seconds"], name))
    report.largest = max(report.largest, (told["mebibytes"], name))
    if told["fault"]:
        report.faults.append(_sentence(seed, told, told["fault"]))
    if told["seconds"] > MOST_SECONDS:
        report.faults.append(_sentence(seed, told, f"{told['seconds']:.1f} s"))
    if told["mebibytes"] > MOST_MEBIBYTES:
        report.faults.append(_sentence(seed, told, f"{told['mebibytes']} MiB"))


def _sentence(seed: int, told: dict[str, Any], what: str) -> str:
    return f"seed {seed}, number {told['number']}, {told['file']}: {what}"
