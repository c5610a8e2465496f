"""What the README lets a researcher ask of a release gives the answer that it seems to give."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from tests.support import ROOT, current


def test_the_query_counts_each_municipality_once(example_home: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"```sql\n(.*?)```", readme, re.DOTALL)
    assert found
    path = current(example_home) / "member" / "benchmark.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(found.group(1)).fetchall()
        municipalities = connection.execute(
            "select count(distinct municipality_number) from fct_indicator_value "
            "where indicator_id = 'PRO_OWN' and period = '2026' and status = 'ok'"
        ).fetchone()
    assert municipalities is not None
    assert sum(n for _, _, n in rows) == municipalities[0] > 0
