"""``python -m tests.fuzz [--files N] [--seed S]``: exit status 1 where a damaged file did harm."""

from __future__ import annotations

import argparse
import sys

from tests.fuzz.watch import run

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
parser.add_argument("--files", type=int, default=5_000)
parser.add_argument("--seed", type=int, default=2026)
given = parser.parse_args()
report = run(given.files, given.seed)
print("\n".join(report.lines()))
sys.exit(bool(report.faults))
