"""The build agrees with an independent recomputation from the raw files, for every published number.

``tests/oracle`` reads the deliveries with csv and openpyxl and shares no code with the pipeline;
here its numbers are laid beside those of a run, before they are rounded for publication: the keys
themselves, statuses, values, bounds, intervals, peers, change, reliability, answers and findings,
numbers to 1e-9. ``python -m tests.oracle`` does the same for any build.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pytest

from tests.oracle.compare import TABLES, Compared, compare_table, lines_of, read
from tests.oracle.diff import differences
from tests.oracle.hostile import write_hostile
from tests.oracle.recompute import Recomputed, recompute_all
from tests.support import BASE_PACK, EXAMPLE_INBOX, FICTIONAL_PACK, environment, kommunebench

pytestmark = pytest.mark.slow

FAMILIES = {
    "MOD",
    "BAR",
    "PRO",
    "INI",
    "DUP",
    "ONCE",
    "REG",
    "NAT",
    "FUN",
    "INT",
    "SILO",
    "TIME",
    "SYS",
    "KEY1",
}
# What has rows to agree on in every set; the generated one has no owners, the hostile one a single period.
ALWAYS = {"fct_indicator_value", "fct_benchmark", "fct_position", "fct_change", "fct_neighbour"}


@dataclass
class Both:
    """A run's build file, and what the recomputation says of the same inbox."""

    build_file: Path
    inbox: Path
    packs: list[Path]

    @cached_property
    def recomputed(self) -> Recomputed:
        return recompute_all([self.inbox], self.packs)


def run(home: Path, inbox: Path, packs: Sequence[Path]) -> Both:
    kommunebench("run", "--inbox", inbox, env=environment(home, packs), timeout=3600)
    return Both(home / "build" / "kommunebench.duckdb", inbox, list(packs))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """The six municipalities of the example, with owners and official answers."""
    return run(tmp_path_factory.mktemp("example"), EXAMPLE_INBOX, [BASE_PACK, FICTIONAL_PACK])


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Sixty municipalities and three periods."""
    home, out = tmp_path_factory.mktemp("generated"), tmp_path_factory.mktemp("demo")
    arguments = ("--municipalities", "60", "--periods", "2024,2025,2026")
    kommunebench("demo", "--out", out, *arguments, env=environment(home))
    return run(home, out / "inbox", [BASE_PACK, FICTIONAL_PACK, out / "reference"])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Many corners of the rules in few rows; see ``tests/oracle/hostile.py``."""
    home, out = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("hostile_deliveries")
    write_hostile(out, [BASE_PACK])
    return run(home, out / "inbox", [BASE_PACK, out / "reference"])


@pytest.fixture(params=["example", "generated", "hostile"])
def both(request: pytest.FixtureRequest) -> Both:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Both)
    return found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.table)
def test_every_row_and_number_agrees(both: Both, table: Compared) -> None:
    with duckdb.connect(str(both.build_file), read_only=True) as connection:
        outcome = compare_table(table, both.recomputed, both.packs, connection)
    assert outcome.found == [], "\n".join(lines_of([outcome]))
    assert outcome.missing == []
    if table.table in ALWAYS:
        assert outcome.n_build > 0


def test_every_family_has_values_to_agree_on(both: Both) -> None:
    having = {key[2].split("_")[0] for key, cell in both.recomputed.cells.items() if cell.status == "ok"}
    assert having >= FAMILIES


def test_a_wrong_number_is_seen(both: Both) -> None:
    """The comparison can fail: a billionth too much in one value, and one row too few."""
    table = next(table for table in TABLES if table.table == "fct_indicator_value")
    fields = list(table.fields)
    with duckdb.connect(str(both.build_file), read_only=True) as connection:
        build = dict(read(connection, table, fields))
    key = next(key for key, row in sorted(build.items()) if row["status"] == "ok")
    own = dict(build[key])
    value = own["value"]
    assert isinstance(value, float)
    changed = {**build, key: {**own, "value": value + 1e-8}}
    assert [d.field for d in differences(changed, build, fields, 2)] == ["value"]
    del changed[key]
    assert [d.field for d in differences(changed, build, fields, 2)] == ["key"]
