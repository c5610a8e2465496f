"""Cell suppression by τ-ARGUS (pytauargus) of additive tables of counts, in a process and folder of its own.

The engine keeps its state once per process, writes originals into temporary folders and is native code that
may crash: so it runs in a child whose only folder is ours, which is removed whatever happens. A table is
handed over in the engine's own format of cells and equations (JJ), since only that takes bounds of each cell,
which is what an attacker knows of it beforehand.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PREFIX = "tau-argus-"
TIME_LIMIT_SECONDS = 600
# The engine's own limit for one table, in minutes: a table is settled in milliseconds.
TABLE_LIMIT_MINUTES = 5
TOLERANCE = 1e-6


class ProtectionError(Exception):
    """Tables could not be protected; the message says why. Nothing of them may be published."""


@dataclass(frozen=True)
class CountCell:
    """One count. low, high: what is known of it if it is not shown (high null: nothing); cost: of hiding it.

    is_primary: must be hidden, as need_low to need_high must all stay possible. is_fixed: is known to all.
    """

    count: int
    cost: int
    low: int = 0
    high: int | None = None
    is_primary: bool = False
    is_fixed: bool = False
    need_low: int = 0
    need_high: int = 0


@dataclass(frozen=True)
class CountTable:
    """Cells, and equations between them: (the sum, its parts), as places in ``cells``."""

    name: str
    cells: tuple[CountCell, ...]
    equations: tuple[tuple[int, tuple[int, ...]], ...]


@contextmanager
def work_folder(base: Path | None) -> Iterator[Path]:
    """A folder of ours under ``base`` (null: the system's), gone afterwards, as what a kill left."""
    if base is not None:
        base.mkdir(parents=True, exist_ok=True)
        for leftover in base.glob(f"{PREFIX}*"):
            shutil.rmtree(leftover)
    with TemporaryDirectory(prefix=PREFIX, dir=base) as folder:
        yield Path(folder)


def protect_tables(tables: Sequence[CountTable], base: Path | None) -> list[frozenset[int] | None]:
    """Which cells of each table must be hidden, primary and secondary; null: no pattern protects it.

    Raises ProtectionError when the engine fails, or when its audit finds a hidden cell too closely known.
    """
    if not tables:
        return []
    with work_folder(base) as folder:
        (folder / "tables.json").write_text(json.dumps([asdict(table) for table in tables]), encoding="utf-8")
        _run(folder)
        found = json.loads((folder / "hidden.json").read_text(encoding="utf-8"))
    return [None if hidden is None else frozenset(hidden) for hidden in found]


def _run(folder: Path) -> None:
    """Run the engine in a child that writes nowhere else."""
    environment = os.environ | {
        "TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    command = [sys.executable, "-m", __name__, str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 our own module, no shell
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ProtectionError(f"τ-ARGUS was not done after {TIME_LIMIT_SECONDS} seconds") from error
    if done.returncode != 0 or not (folder / "hidden.json").is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ProtectionError(
            f"τ-ARGUS ended with status {done.returncode}: {last.replace(str(folder), '…')}"
        )


# --- in the child ------------------------------------------------------------------------------------


def main(folder: Path) -> None:
    """Protect the tables of ``folder``; writes which cells to hide. Raises ProtectionError."""
    tables = json.loads((folder / "tables.json").read_text(encoding="utf-8"))
    found = [_hidden(_table(table), folder) for table in tables]
    answer = [None if hidden is None else sorted(hidden) for hidden in found]
    (folder / "hidden.json").write_text(json.dumps(answer), encoding="utf-8")


def _table(table: dict[str, Any]) -> CountTable:
    """A table as ``asdict`` and JSON give it."""
    cells = tuple(CountCell(**cell) for cell in table["cells"])
    equations = tuple((total, tuple(parts)) for total, parts in table["equations"])
    return CountTable(table["name"], cells, equations)


def _hidden(table: CountTable, folder: Path) -> set[int] | None:
    """The engine's pattern, audited; null where even hiding all that can be hidden leaves a cell exposed."""
    most = {place for place, cell in enumerate(table.cells) if cell.count > 0 and not cell.is_fixed}
    if _exposed(table, most, folder):
        return None
    hidden = _solved(table, folder)
    if exposed := _exposed(table, hidden, folder):
        raise ProtectionError(f"the audit of {table.name} finds {len(exposed)} hidden counts exposed")
    return hidden


def _solved(table: CountTable, folder: Path) -> set[int]:
    from pytauargus import HiTaSCtrl

    path, answer = folder / "table.jj", folder / "answer.jj"
    answer.unlink(missing_ok=True)
    path.write_text(_jj(table, set()), encoding="utf-8")
    engine = HiTaSCtrl()
    code = engine.full_jj(in_file_jj=str(path), out_file=str(answer), max_time=TABLE_LIMIT_MINUTES)
    if code != 0 or not answer.is_file():
        raise ProtectionError(f"{table.name}: {engine.error_string(code)} (code {code})")
    places = {
        int(line.split()[0]) for line in answer.read_text(encoding="utf-8").splitlines() if line.strip()
    }
    return places | {place for place, cell in enumerate(table.cells) if cell.is_primary}


def _exposed(table: CountTable, hidden: set[int], folder: Path) -> list[int]:
    """Primary cells of which the audit excludes a count that must stay possible."""
    from pytauargus.engine import audit_jj

    path = folder / "audit.jj"
    path.write_text(_jj(table, hidden), encoding="utf-8")
    bounds = {row["cell"]: (row["min"], row["max"]) for row in audit_jj(str(path))}
    return [
        place
        for place, cell in enumerate(table.cells)
        if cell.is_primary
        and (
            place not in bounds
            or bounds[place][0] > cell.need_low + TOLERANCE
            or bounds[place][1] < cell.need_high - TOLERANCE
        )
    ]


def _jj(table: CountTable, hidden: set[int]) -> str:
    """The table as the engine reads it: cells with bounds and protection levels, then equations."""
    most = sum(cell.count for cell in table.cells) + 1
    lines = ["0", str(len(table.cells))]
    for place, cell in enumerate(table.cells):
        if cell.is_primary:
            status = "u"
        elif place in hidden:
            status = "m"
        else:
            status = "z" if cell.is_fixed or cell.count == 0 else "s"
        high = most if cell.high is None else cell.high
        below = cell.count - cell.need_low if cell.is_primary else 0
        above = cell.need_high - cell.count if cell.is_primary else 0
        lines.append(f"{place} {cell.count} {cell.cost} {status} {cell.low} {high} {below} {above} 0")
    lines.append(str(len(table.equations)))
    for total, parts in table.equations:
        terms = " ".join(f"{part} (1)" for part in parts)
        lines.append(f"0 {len(parts) + 1} : {total} (-1) {terms}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
