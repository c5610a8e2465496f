"""The build agrees with an independent recomputation from the raw files, for every indicator.

``tests/oracle`` reads the deliveries with csv and openpyxl and shares no code with the pipeline;
here its numbers are laid beside those of a run: status, value, bounds, interval (to 1e-9),
numerator, denominator and n, and the keys themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracle.cell import Cell, Key
from tests.oracle.diff import Table, Value, differences, report
from tests.oracle.hostile import write_hostile
from tests.oracle.peers import recompute_peers
from tests.oracle.recompute import recompute
from tests.support import BASE_PACK, EXAMPLE_INBOX, FICTIONAL_PACK, environment, kommunebench

pytestmark = pytest.mark.slow

CELL_FIELDS = (
    *("status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high"),
    *("numerator", "denominator", "n", "coverage"),
)
BENCHMARK_FIELDS = ("n", "mean", "median", "q1", "q3")
POSITION_FIELDS = ("peer_group", "n", "rank", "percentile", "gap_to_median", "conclusion")
FAMILIES = {"MOD", "BAR", "PRO", "DUP", "COV"}

CELLS = """
    select municipality_number, period, indicator_id, collection_mode,
        status, value, lower_bound, upper_bound, ci_low, ci_high, numerator, denominator, n, coverage
    from main.fct_indicator_value
    where focus_area = 'all' and boundary = 'delivered'
"""
BENCHMARKS = """
    select period, peer_group_type, peer_group, indicator_id, collection_mode,
        n_municipalities, mean, median, q1, q3
    from main.fct_benchmark
    where peer_group_type in ('all', 'size_class') and n_municipalities > 0
"""
POSITIONS = """
    select municipality_number, period, indicator_id, collection_mode, peer_group_type,
        peer_group, n_municipalities, rank, percentile, gap_to_median, conclusion
    from main.fct_position
    where peer_group_type in ('all', 'size_class')
"""


@dataclass(frozen=True)
class Compared:
    """A run's build file and what the recomputation says of the same inbox."""

    build_file: Path
    packs: list[Path]
    cells: dict[Key, Cell]


def run_and_recompute(home: Path, inbox: Path, packs: Sequence[Path]) -> Compared:
    kommunebench("run", "--inbox", inbox, env=environment(home, packs))
    return Compared(home / "build" / "kommunebench.duckdb", list(packs), recompute([inbox], list(packs)))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    home = tmp_path_factory.mktemp("example")
    return run_and_recompute(home, EXAMPLE_INBOX, [BASE_PACK, FICTIONAL_PACK])


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    home, out = tmp_path_factory.mktemp("generated"), tmp_path_factory.mktemp("demo")
    arguments = ("--municipalities", "30", "--periods", "2025,2026")
    kommunebench("demo", "--out", out, *arguments, env=environment(home))
    return run_and_recompute(home, out / "inbox", [BASE_PACK, FICTIONAL_PACK, out / "reference"])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Many corners of the rules in few rows; see ``tests/oracle/hostile.py``."""
    home, out = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("hostile_deliveries")
    write_hostile(out, [BASE_PACK])
    return run_and_recompute(home, out / "inbox", [BASE_PACK, out / "reference"])


@pytest.fixture(params=["example", "generated", "hostile"])
def compared(request: pytest.FixtureRequest) -> Compared:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Compared)
    return found


def read(build_file: Path, sql: str, n_keys: int, fields: Sequence[str]) -> Table:
    """Rows by their first ``n_keys`` columns; fails when a key stands twice."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        rows = connection.execute(sql).fetchall()
    table: dict[tuple[str, ...], dict[str, Value]] = {}
    for row in rows:
        key = tuple(row[:n_keys])
        assert key not in table, f"{key} stands twice"
        table[key] = dict(zip(fields, row[n_keys:], strict=True))
    return table


def by_key(found: Mapping[Any, object], fields: Sequence[str]) -> Table:
    """What the recomputation found, in the shape of ``read``."""
    return {key: {name: getattr(one, name) for name in fields} for key, one in found.items()}


def agree(pipeline: Table, recomputed: Table, fields: Sequence[str], place: int) -> None:
    found = differences(pipeline, recomputed, fields, place)
    assert not found, f"{len(found)} differences\n{report(found)}"


def test_every_indicator_agrees(compared: Compared) -> None:
    recomputed = by_key(compared.cells, CELL_FIELDS)
    agree(read(compared.build_file, CELLS, 4, CELL_FIELDS), recomputed, CELL_FIELDS, 2)


def test_every_family_has_values_to_agree_on(compared: Compared) -> None:
    having = {key[2][:3] for key, cell in compared.cells.items() if cell.status == "ok"}
    assert having == FAMILIES


def test_benchmarks_agree(compared: Compared) -> None:
    benchmarks, _ = recompute_peers(compared.cells, compared.packs)
    recomputed = by_key(benchmarks, BENCHMARK_FIELDS)
    agree(read(compared.build_file, BENCHMARKS, 5, BENCHMARK_FIELDS), recomputed, BENCHMARK_FIELDS, 3)


def test_positions_agree(compared: Compared) -> None:
    _, positions = recompute_peers(compared.cells, compared.packs)
    recomputed = by_key(positions, POSITION_FIELDS)
    agree(read(compared.build_file, POSITIONS, 5, POSITION_FIELDS), recomputed, POSITION_FIELDS, 2)


def test_a_wrong_number_is_seen(compared: Compared) -> None:
    """The comparison can fail: a billionth too much in one value, and one row too few."""
    key = next(key for key, cell in sorted(compared.cells.items()) if cell.status == "ok")
    pipeline = dict(read(compared.build_file, CELLS, 4, CELL_FIELDS))
    own = dict(pipeline[key])
    value = own["value"]
    assert isinstance(value, float)
    changed = {**pipeline, key: {**own, "value": value + 1e-8}}
    assert [d.field for d in differences(changed, pipeline, CELL_FIELDS, 2)] == ["value"]
    del changed[key]
    assert [d.field for d in differences(changed, pipeline, CELL_FIELDS, 2)] == ["key"]
