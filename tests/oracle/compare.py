"""The recomputation laid beside a build: every key and every number of the published tables.

The build is compared before publication, since rounding happens there. Texts and nulls must be
equal, numbers to 1e-9. A table or column that the build does not have is told and passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from .answers import answer_distribution, reliability
from .change import recompute_change
from .diff import Difference, Table, Value, differences, report
from .findings import duplicate_objects, joint_procurement, once_only_gaps, owner_products
from .lessons import lessons
from .peers import neighbours, recompute_peers
from .recompute import Recomputed, recompute_all
from .units import CURRENT

Plain = Mapping[Any, object]  # key of a published row → what the recomputation found


@dataclass(frozen=True)
class Compared:
    """A published table: its key, its fields (column → attribute of the recomputation), its rows here.

    place: which part of the key the differences are grouped by; where: rows of the build to look at.
    """

    table: str
    keys: tuple[str, ...]
    fields: Mapping[str, str]
    place: int
    rows: Callable[[Recomputed, Sequence[Path]], Plain]
    where: str = "true"


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _cells(found: Recomputed, packs: Sequence[Path]) -> Plain:
    return found.cells


def _benchmarks(found: Recomputed, packs: Sequence[Path]) -> Plain:
    return recompute_peers(found.of(CURRENT), packs)[0]


def _positions(found: Recomputed, packs: Sequence[Path]) -> Plain:
    return recompute_peers(found.of(CURRENT), packs)[1]


def _neighbours(found: Recomputed, packs: Sequence[Path]) -> Plain:
    index = {(key[0], key[1]) for key in found.cells if key[4] == CURRENT}
    return neighbours(found.pack, index)


TABLES = (
    Compared(
        "fct_indicator_value",
        ("municipality_number", "period", "indicator_id", "collection_mode", "boundary", "focus_area"),
        _same(
            *("status", "value", "lower_bound", "upper_bound", "ci_low", "ci_high"),
            *("numerator", "denominator", "n", "coverage"),
        ),
        2,
        _cells,
    ),
    Compared(
        "fct_benchmark",
        ("period", "peer_group_type", "peer_group", "indicator_id", "collection_mode"),
        {"n_municipalities": "n", **_same("mean", "median", "q1", "q3")},
        3,
        _benchmarks,
        "n_municipalities > 0",
    ),
    Compared(
        "fct_position",
        ("municipality_number", "period", "indicator_id", "collection_mode", "peer_group_type"),
        {
            "n_municipalities": "n",
            "is_conclusion_stable": "is_stable",
            **_same("peer_group", "rank", "percentile", "gap_to_median", "conclusion"),
            **_same("others_median", "is_favourable", "status"),
        },
        2,
        _positions,
    ),
    Compared(
        "fct_neighbour",
        ("municipality_number", "period", "neighbour_number"),
        {"neighbour_rank": "rank", "distance": "distance"},
        1,
        _neighbours,
    ),
    Compared(
        "fct_change",
        ("municipality_number", "period", "indicator_id", "collection_mode"),
        _same(
            *("status", "value", "previous_period", "previous_value"),
            *("change", "change_low", "change_high", "is_sure"),
        ),
        2,
        lambda found, packs: recompute_change(found.of(CURRENT), found.pack),
    ),
    Compared(
        "fct_learn_from",
        ("municipality_number", "period", "indicator_id", "collection_mode", "teacher_number"),
        {
            "has_reached_target": "has_reached",
            **_same("place", "teacher_value", "own_value", "is_sure"),
        },
        2,
        lambda found, packs: lessons(found.of(CURRENT), found.pack),
    ),
    Compared(
        "fct_reliability",
        ("period", "collection_group", "instrument_id", "dimension_id"),
        _same("n", "n_items", "alpha", "status"),
        3,
        lambda found, packs: reliability(found.parts),
    ),
    Compared(
        "fct_answer_distribution",
        ("period", "item_id", "collection_mode", "peer_group_type", "peer_group", "answer"),
        _same("n", "status"),
        1,
        lambda found, packs: answer_distribution(found.parts),
    ),
    Compared(
        "fct_once_only_gap",
        ("municipality_number", "period", "process_id", "data_object_id"),
        {"register": "register", "volume_per_year": "volume"},
        2,
        lambda found, packs: once_only_gaps(found.parts),
    ),
    Compared(
        "fct_duplicate_object",
        ("municipality_number", "period", "data_object_id"),
        {"master_register": "register", **_same("n_systems", "n_maintaining", "n_masters")},
        2,
        lambda found, packs: duplicate_objects(found.parts),
    ),
    Compared(
        "fct_joint_procurement",
        ("period", "function_id"),
        {
            "product_diversity": "diversity",
            **_same("n_owners", "n_products", "annual_cost", "next_contract_end"),
        },
        1,
        lambda found, packs: joint_procurement(found.parts),
    ),
    Compared(
        "fct_owner_product",
        ("municipality_number", "period", "function_id", "product"),
        {},
        2,
        lambda found, packs: owner_products(found.parts),
    ),
)


@dataclass(frozen=True)
class Outcome:
    """One table's comparison: rows on both sides, what differs, and what the build does not have."""

    table: str
    n_build: int
    n_recomputed: int
    found: list[Difference]
    missing: list[str]


def compare_all(
    found: Recomputed, packs: Sequence[Path], build: Path, only: Sequence[str] = ()
) -> list[Outcome]:
    """Every table of ``TABLES`` (or only those named) of the build against the recomputation."""
    with duckdb.connect(str(build), read_only=True) as connection:
        return [
            compare_table(table, found, packs, connection)
            for table in TABLES
            if not only or table.table in only
        ]


def compare_table(
    table: Compared, found: Recomputed, packs: Sequence[Path], connection: duckdb.DuckDBPyConnection
) -> Outcome:
    there = _columns(connection, table.table)
    wanted = [*table.keys, *table.fields]
    missing = [column for column in wanted if column not in there]
    if not there or any(key not in there for key in table.keys):
        return Outcome(table.table, 0, 0, [], [table.table if not there else ", ".join(missing)])
    fields = [column for column in table.fields if column in there]
    build = read(connection, table, fields)
    own = {
        tuple(key): {column: _plain(getattr(one, table.fields[column])) for column in fields}
        for key, one in table.rows(found, packs).items()
    }
    return Outcome(table.table, len(build), len(own), differences(build, own, fields, table.place), missing)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'main' and table_name = ? order by ordinal_position",
        [table],
    ).fetchall()
    return [row[0] for row in rows]


def read(connection: duckdb.DuckDBPyConnection, table: Compared, fields: Sequence[str]) -> Table:
    """The build's rows by their key; fails when a key stands twice."""
    columns = ", ".join([*table.keys, *fields])
    rows = connection.execute(f"select {columns} from main.{table.table} where {table.where}").fetchall()
    found: dict[tuple[str, ...], dict[str, Value]] = {}
    for row in rows:
        key = tuple(row[: len(table.keys)])
        assert key not in found, f"{table.table}: {key} stands twice"
        values = (_plain(value) for value in row[len(table.keys) :])
        found[key] = dict(zip(fields, values, strict=True))
    return found


def _plain(value: object) -> Value:
    """Days as text, decimals as numbers, so that both sides can be compared."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    numerator, denominator = value.as_integer_ratio()  # type: ignore[attr-defined]  # Decimal or Fraction
    return numerator / denominator if denominator != 1 else int(numerator)


def lines_of(outcomes: Sequence[Outcome], shown: int = 6) -> list[str]:
    """What a person reads: a line per table, then every disagreement per indicator."""
    lines = []
    for one in outcomes:
        lines.append(
            f"{one.table}: {one.n_build} rows in the build, {one.n_recomputed} recomputed,"
            f" {len(one.found)} differences"
        )
        lines += [f"  not in the build: {name}" for name in one.missing]
        if one.found:
            lines.append(report(one.found, shown))
    return lines


def run(
    inboxes: Sequence[Path], packs: Sequence[Path], build: Path, only: Sequence[str] = ()
) -> list[Outcome]:
    """Recompute from the raw files, and compare with the build."""
    return compare_all(recompute_all(list(inboxes), list(packs)), packs, build, only)
