"""``python -m tests.oracle``: every disagreement between a build and the recomputation.

Exit status 1 where they disagree.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .compare import TABLES, lines_of, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--inbox", type=Path, action="append", required=True, help="may be given again")
    parser.add_argument("--reference", required=True, help="the pack's folders, as KOMMUNEBENCH_REFERENCE")
    parser.add_argument("--build", type=Path, required=True, help="the build file, before publication")
    parser.add_argument("--table", action="append", default=[], choices=[one.table for one in TABLES])
    parser.add_argument("--shown", type=int, default=6, help="differences shown per indicator and field")
    chosen = parser.parse_args()
    packs = [Path(folder) for folder in chosen.reference.split(os.pathsep)]
    outcomes = run(chosen.inbox, packs, chosen.build, chosen.table)
    print("\n".join(lines_of(outcomes, chosen.shown)))
    return 1 if any(one.found for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
