"""A small build file as dbt leaves it, made by hand: what releases and disclosure are tested on.

Rows are plain dicts, so that a test changes one cell and sees what a release makes of it.
"""

from __future__ import annotations

import copy
import csv
import hashlib
import random
import statistics
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.disclosure.published import PUBLISHED
from pipelines.settings import Settings
from pipelines.storage.archive import Archive

Rows = dict[str, list[dict[str, Any]]]

PERIOD = "2026"
DOUBLES = {
    "value", "lower_bound", "upper_bound", "ci_low", "ci_high", "numerator", "denominator", "coverage",
    "mean", "median", "q1", "q3", "percentile", "gap_to_median", "product_diversity", "distance",
    "previous_value", "change", "change_low", "change_high", "teacher_value", "own_value", "alpha",
    "others_median", "target",
}  # fmt: skip
WHOLES = {
    "population", "population_year", "version", "n", "n_municipalities", "rank", "n_systems",
    "n_maintaining", "n_masters", "n_items", "volume_per_year", "n_owners", "n_products", "rows_received",
    "rows_accepted", "rows_quarantined", "finding_number", "row_number", "centrality_class",
    "neighbour_rank", "place", "n_units",
}  # fmt: skip
FLAGS = {
    "is_owner", "is_fictional", "is_conclusion_stable", "is_counting", "keeps_copy", "is_expected",
    "is_master", "has_reached_target", "is_local", "is_delivered", "is_absent", "is_described_recently",
    "is_measured", "is_mapped", "is_owned", "is_benefit_measured", "is_sure", "is_favourable",
}  # fmt: skip
OTHERS = {"annual_cost": "decimal(18, 2)", "next_contract_end": "date", "decided_date": "date"}
# Published as text for people, but nothing says that it must be: one list, to see that lists work.
LISTS = {"systems"}

INDICATORS = {
    "MOD_PU": ("points", "survey", "up"),
    "MOD_LVL": ("level", "survey", "up"),
    "BAR_1": ("percent", "survey", "down"),
    "PRO_OWN": ("percent", "processes", "up"),
    "DUP_AVG": ("count", "systems", "neutral"),
}
CLASSES = Path(__file__).resolve().parent.parent / Path("data/seeds/reference/column_class.csv")
CLASS_COLUMNS = ("table_name", "column_name", "column_class")
# Seven small ones, five large ones, and one that nobody shares a size with.
SIZES = {f"99{i:02d}": "small" if i < 7 else "large" if i < 12 else "medium" for i in range(13)}
THRESHOLDS = {
    "min_respondents": 5,
    "min_n_share_release": 10,
    "public_min_municipalities": 5,
    "protection_points": 10,
    "public_min_count": 3,
    "min_owners_shielded": 3,
}


def data_type(column: str, table: str = "") -> str:
    """The type that the synthetic build gives a column, by its name; what stood in a cell is text."""
    if (table, column) == ("delivery_finding", "value"):
        return "varchar"
    if column in DOUBLES:
        return "double"
    if column in WHOLES:
        return "bigint"
    if column in FLAGS:
        return "boolean"
    return "varchar[]" if column in LISTS else OTHERS.get(column, "varchar")


def value_row(
    municipality_number: str, indicator_id: str, value: float | None, **cells: Any
) -> dict[str, Any]:
    """One row of fct_indicator_value; anything may be overridden."""
    source = INDICATORS[indicator_id][1]
    row: dict[str, Any] = {
        "municipality_number": municipality_number,
        "period": PERIOD,
        "indicator_id": indicator_id,
        "focus_area": "all",
        "collection_mode": "respondents" if source == "survey" else "register",
        "boundary": "current",
        "status": "ok",
        "value": value,
        "n": 20,
        "coverage": None if source == "survey" else 90.0,
    }
    if source == "survey":
        row |= {"ci_low": (value or 0) - 5.25, "ci_high": (value or 0) + 5.25, "numerator": 7.0}
        row |= {"denominator": 20.0}
    else:
        row |= {"lower_bound": (value or 0) - 0.125, "upper_bound": (value or 0) + 0.125, "numerator": 1.0}
        row |= {"denominator": 2.0}
    return row | cells


def peers(rows: Rows) -> None:
    """Fill fct_benchmark and fct_position from the values with status ok, by size class and all."""
    sizes = {row["municipality_number"]: row["size_class"] for row in rows["dim_municipality"]}
    fictional = {row["municipality_number"]: row["is_fictional"] for row in rows["dim_municipality"]}
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows["fct_indicator_value"]:
        if row["focus_area"] != "all" or row["boundary"] != "current" or row["status"] != "ok":
            continue
        number = row["municipality_number"]
        prefix = "fictional:" if fictional[number] else ""
        for kind, group in (("all", "all"), ("size_class", sizes[number])):
            key = (row["period"], kind, prefix + group, row["indicator_id"], row["collection_mode"])
            groups.setdefault(key, []).append(row)
    rows["fct_benchmark"], rows["fct_position"] = [], []
    for (period, kind, group, indicator_id, mode), members in groups.items():
        values = [row["value"] for row in members]
        shared = {"period": period, "peer_group_type": kind, "peer_group": group}
        shared |= {"indicator_id": indicator_id, "collection_mode": mode, "n_municipalities": len(values)}
        median = statistics.median(values)
        figures = {"mean": statistics.fmean(values), "median": median, "q1": min(values), "q3": max(values)}
        rows["fct_benchmark"].append(shared | figures | {"status": "ok"})
        for rank, row in enumerate(members, 1):
            gap = {
                "gap_to_median": row["value"] - median,
                "rank": rank,
                "conclusion": "across",
                "status": "ok",
            }
            rows["fct_position"].append(
                shared | gap | {"municipality_number": row["municipality_number"], "percentile": 50.0}
            )


def example(seed: int = 1) -> Rows:
    """Thirteen municipalities, five indicators, two deliveries; the seed changes the values."""
    rng = random.Random(seed)
    rows: Rows = {table.name: [] for table in PUBLISHED}
    for number, size in SIZES.items():
        rows["dim_municipality"].append(
            {
                "municipality_number": number,
                "period": PERIOD,
                "name": f"Prøvekommune {number}",
                "population": 1000 + int(number),
                "population_year": 2026,
                "size_class": size,
                "is_owner": number < "9906",
                "is_fictional": False,
            }
        )
        for indicator_id in INDICATORS:
            value = float(rng.randrange(1, 6)) if indicator_id == "MOD_LVL" else rng.randrange(800, 7200) / 80
            rows["fct_indicator_value"].append(value_row(number, indicator_id, value))
    for indicator_id, (unit, source, better) in INDICATORS.items():
        rows["dim_indicator"].append(
            {
                "indicator_id": indicator_id,
                "name_nb": f"Navn på {indicator_id}",
                "name_en": f"Name of {indicator_id}",
                "description_nb": "Hva den måler | og hvordan",
                "description_en": "What it measures | and how",
                "formula": "a ÷ b",
                "unit": unit,
                "better": better,
                "source_kind": source,
                "version": 1,
            }
        )
    rows["fct_duplicate_object"].append(
        {
            "municipality_number": "9900",
            "period": PERIOD,
            "data_object_id": "person",
            "n_systems": 2,
            "systems": ["Ø-system", "a\tb"],
        }
    )
    rows["fct_joint_procurement"].append(
        {
            "period": PERIOD,
            "function_id": "f1",
            "n_owners": 3,
            "annual_cost": "1200.50",
            "next_contract_end": "2027-01-31",
        }
    )
    rows["delivery"] += [
        delivery_row("d1", "accepted", 10, 10, 0),
        delivery_row("d2", "rejected", None, 0, None),
    ]
    rows["delivery_finding"].append(
        {"delivery_id": "d2", "finding_number": 1, "severity": "rejected", "rule": "empty_file", "sheet": ""}
    )
    peers(rows)
    return rows


def delivery_row(
    delivery_id: str, status: str, received: int | None, accepted: int | None, quarantined: int | None
) -> dict[str, Any]:
    """One row of table delivery."""
    return {
        "delivery_id": delivery_id,
        "municipality_number": "9900",
        "period": PERIOD,
        "kind": "survey",
        "file_name": f"{delivery_id}.csv",
        "sha256": hashlib.sha256(delivery_id.encode()).hexdigest(),
        "status": status,
        "rows_received": received,
        "rows_accepted": accepted,
        "rows_quarantined": quarantined,
    }


def write_build(
    path: Path, rows: Rows, thresholds: dict[str, int] | None = None, shuffle: int | None = None
) -> None:
    """Write rows as the build file that dbt leaves, with comments; shuffle: seed of another row order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        fill_build(connection, rows, thresholds, shuffle)
        for table in PUBLISHED:
            connection.execute(f"comment on table {table.name} is 'Tabellen {table.name}; it''s a table'")
            for column in table.columns:
                connection.execute(f"comment on column {table.name}.\"{column}\" is 'Kolonnen {column}'")
    if path.parent.name == "build":
        archive_files(path.parent.parent, rows)


def archive_files(home: Path, rows: Rows) -> None:
    """Put the deliveries' files into the home's archive: each holds the text of its delivery_id."""
    archive = Archive(settings_of(home))
    for row in rows["delivery"]:
        path = archive.bytes_path(row["sha256"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row["delivery_id"].encode())


def fill_build(
    connection: duckdb.DuckDBPyConnection,
    rows: Rows,
    thresholds: dict[str, int] | None = None,
    shuffle: int | None = None,
    more_thresholds: dict[str, int] | None = None,
) -> None:
    """Create and fill the published tables and the thresholds in the connection's current database."""
    connection.execute("create schema reference")
    connection.execute("create table reference.threshold (threshold_id varchar, value decimal(9, 2))")
    connection.execute(
        "create table reference.municipality_change (old_number varchar, new_number varchar, kind varchar)"
    )
    connection.execute(
        "create table reference.composite_part "
        "(indicator_id varchar, dimension_id varchar, is_required boolean)"
    )
    connection.execute(
        "create table reference.column_class (table_name varchar, column_name varchar, column_class varchar)"
    )
    insert(connection, "reference.column_class", CLASS_COLUMNS, list(csv.DictReader(CLASSES.open())))
    for name, value in (THRESHOLDS | (thresholds or {}) | (more_thresholds or {})).items():
        connection.execute("insert into reference.threshold values (?, ?)", [name, value])
    connection.execute("create schema ledger")
    connection.execute(
        "create table ledger.delivery (delivery_id varchar, sha256 varchar, is_counting boolean)"
    )
    ledger = [row | {"is_counting": row["status"] != "rejected"} for row in rows["delivery"]]
    insert(connection, "ledger.delivery", ("delivery_id", "sha256", "is_counting"), ledger)
    connection.execute("create schema lake")
    connection.execute("create table lake.survey_respondent (delivery_id varchar)")
    connection.execute(
        "insert into lake.survey_respondent select delivery_id from ledger.delivery where is_counting"
    )
    for table in PUBLISHED:
        columns = ", ".join(f'"{column}" {data_type(column, table.name)}' for column in table.columns)
        connection.execute(f"create table main.{table.name} ({columns})")
        insert(connection, f"main.{table.name}", table.columns, _ordered(rows[table.name], shuffle))


def _ordered(rows: list[dict[str, Any]], shuffle: int | None) -> list[dict[str, Any]]:
    ordered = copy.copy(rows)
    if shuffle is not None:
        random.Random(shuffle).shuffle(ordered)
    return ordered


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str], rows: list[dict[str, Any]]
) -> None:
    """Insert rows; a column that a row does not name is null."""
    if not rows:
        return
    names = list(columns)
    row_marks = "(" + ", ".join("?" for _ in names) + ")"
    marks = ", ".join(row_marks for _ in rows)
    connection.execute(
        f"insert into {table} values {marks}", [row.get(name) for row in rows for name in names]
    )


def settings_of(home: Path, **changes: Any) -> Settings:
    """Settings of a home of its own."""
    settings = Settings(home=home, reference=(), inboxes=(), threads=2, keep_releases=3)
    return replace(settings, **changes)
