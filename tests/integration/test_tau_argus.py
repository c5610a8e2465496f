"""τ-ARGUS on small tables: nothing hidden can be worked out, the same every time, and no folder is left."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.disclosure import tau_argus
from pipelines.disclosure.tau_argus import CountCell, CountTable, ProtectionError, protect_tables


def cell(count: int, **more: Any) -> CountCell:
    is_primary = count in (1, 2)
    return CountCell(
        count, cost=10 + count, low=min(count, 1), is_primary=is_primary, need_low=1, need_high=2, **more
    )


def square(rows: list[list[int]]) -> CountTable:
    """Two inner rows and columns or more, with totals; cells row by row, totals last and known to all."""
    full = [[*row, sum(row)] for row in rows]
    full.append([sum(column) for column in zip(*full, strict=True)])
    width = len(full[0])
    cells = [
        CountCell(n, 1, is_fixed=True) if len(full) - 1 in (i,) and j == width - 1 else cell(n)
        for i, row in enumerate(full)
        for j, n in enumerate(row)
    ]
    equations = [
        (i * width + width - 1, tuple(i * width + j for j in range(width - 1))) for i in range(len(full))
    ]
    last = (len(full) - 1) * width
    equations += [(last + j, tuple(i * width + j for i in range(len(full) - 1))) for j in range(width)]
    return CountTable("square", tuple(cells), tuple(equations))


def possible(table: CountTable, hidden: frozenset[int], most: int) -> dict[int, set[int]]:
    """Every count that each hidden cell may have, by trying them all."""
    counts = [one.count for one in table.cells]
    places = sorted(hidden)
    found: dict[int, set[int]] = {place: set() for place in places}
    for guess in itertools.product(range(1, most + 1), repeat=len(places)):
        for place, count in zip(places, guess, strict=True):
            counts[place] = count
        if all(counts[total] == sum(counts[part] for part in parts) for total, parts in table.equations):
            for place, count in zip(places, guess, strict=True):
                found[place].add(count)
    return found


ROWS = [[1, 5, 6], [7, 0, 7], [3, 4, 8]]


def test_a_hidden_count_may_be_one_or_two_whatever_is_told(tmp_path: Path) -> None:
    table = square(ROWS)
    (hidden,) = protect_tables([table], tmp_path)
    assert hidden is not None
    assert 0 in hidden
    assert len(hidden) >= 4
    assert possible(table, hidden, 9)[0] >= {1, 2}
    assert list(tmp_path.iterdir()) == []


def test_the_pattern_is_the_same_every_time_and_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = [square(ROWS), square([[4, 4, 4], [2, 4, 4], [4, 4, 4]])]
    found = protect_tables(tables, tmp_path / "a")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert protect_tables(tables, tmp_path / "another ø" / "deep") == found
    assert protect_tables(tables[::-1], tmp_path) == found[::-1]


def test_where_nothing_protects_there_is_no_pattern(tmp_path: Path) -> None:
    """The whole is known to all, and of the others nothing may be hidden."""
    table = CountTable(
        "alone",
        (cell(1), CountCell(0, 1), CountCell(4, 1, is_fixed=True), CountCell(5, 1, is_fixed=True)),
        ((3, (0, 1, 2)),),
    )
    assert protect_tables([table, square(ROWS)], tmp_path)[0] is None


def test_what_is_known_beforehand_counts(tmp_path: Path) -> None:
    """The partner is known to be 13 to 17, and is 17: one less for the hidden 2 would make it 18."""
    known = CountCell(17, 27, low=13, high=17)
    table = CountTable("known", (cell(2), known, CountCell(19, 1, is_fixed=True)), ((2, (0, 1)),))
    assert protect_tables([table], tmp_path) == [None]
    free = CountTable("free", (cell(2), cell(17), CountCell(19, 1, is_fixed=True)), ((2, (0, 1)),))
    assert protect_tables([free], tmp_path) == [frozenset({0, 1})]


@pytest.mark.parametrize("fault", ["crash", "time", "audit"])
def test_a_failing_engine_leaves_nothing_behind(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tau-argus-left").mkdir()

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        if fault == "time":
            raise subprocess.TimeoutExpired(command, 1)
        return subprocess.CompletedProcess(command, -11 if fault == "crash" else 1, "", "the audit finds")

    monkeypatch.setattr(tau_argus.subprocess, "run", run)
    with pytest.raises(ProtectionError):
        protect_tables([square(ROWS)], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_exposure_that_the_audit_finds_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tau_argus, "_solved", lambda table, folder: {0})
    with pytest.raises(ProtectionError, match="square finds 1 hidden"):
        tau_argus._hidden(square(ROWS), tmp_path)
