"""``python -m tests.fuzz.hostile [NAME ...]``: exit status 1 where a file made to do harm does it.

Each file is read in a process of its own and held to 10 s of processor time and 1 GiB. An exception, a dead
process or the rule ``internal_error`` is a fault as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.fuzz.watch import MOST_MEBIBYTES, MOST_SECONDS, SILENCE
from tests.support import ROOT


def read(path: Path) -> None:
    """Read one file and print what it took and what was answered, as a line of JSON."""
    from tests.unit.test_ingest_support import pack, parse

    content = path.read_bytes()
    pack()
    before = time.process_time()
    deliveries = parse(content, path.name)
    seconds = time.process_time() - before
    answers = sorted({d.rejection.rule if d.rejection else f"{d.rows_received} rows" for d in deliveries})
    print(json.dumps({"seconds": seconds, "mebibytes": _highest(), "answers": answers}))


def _highest() -> int:
    """The most memory that this process had, in MiB; what its parent had is no part of it."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def watch(name: str, content: bytes) -> str | None:
    """Have a file read, print a line of it, and say what is wrong with that."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        command = [sys.executable, "-m", "tests.fuzz.hostile", "--read", str(path)]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=SILENCE, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{name}: silent for {SILENCE:.0f} s"
    if done.returncode:
        return f"{name}: the process ended with {done.returncode}: {done.stderr[-300:]}"
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    size = len(content) / 1e6
    print(
        f"{name:32} {size:6.1f} MB {told['seconds']:6.2f} s {told['mebibytes']:5} MiB  "
        + ", ".join(told["answers"]),
        flush=True,
    )
    if "internal_error" in told["answers"]:
        return f"{name}: internal_error"
    if told["seconds"] > MOST_SECONDS or told["mebibytes"] > MOST_MEBIBYTES:
        return f"{name}: {told['seconds']:.1f} s, {told['mebibytes']} MiB"
    return None


def main() -> int:
    """Read every file, or those whose names begin as given."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.hostile", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read)
        return 0
    from tests.fuzz.hostile_files import MAKERS

    chosen = [name for name in MAKERS if not given.names or name.startswith(tuple(given.names))]
    faults = [fault for name in chosen if (fault := watch(name, MAKERS[name]()))]
    print(f"{len(chosen)} hostile files read, {len(faults)} faults", *faults, sep="\n")
    return int(bool(faults) or not chosen)


if __name__ == "__main__":
    sys.exit(main())
