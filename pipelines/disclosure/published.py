"""The published tables, declared once: names, keys and columns. What is not named here stays in.

The list is a gate, not a mirror: a new column of a mart is published only when somebody has
written it down here. Types and comments come from the build file, so they are not repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from pipelines.disclosure.column_classes import OF_ONE_OWNER, OPEN, SHIELDED, read_column_classes

MEMBER = "member"
PUBLIC = "public"
EDITIONS = (MEMBER, PUBLIC)


class BuildFileError(Exception):
    """The build file does not hold what is to be published."""


@dataclass(frozen=True)
class Table:
    """One published table: its columns in order, the key that tells its rows apart, its editions."""

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]
    is_public: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, the key first."""
        return self.key + self.others


@dataclass(frozen=True)
class Column:
    """A column as the build file has it, with its class; comment is null where dbt has written none."""

    name: str
    data_type: str
    comment: str | None
    column_class: str


@dataclass(frozen=True)
class Described:
    """A published table with the types and comments of the build file."""

    table: Table
    comment: str | None
    columns: tuple[Column, ...]


PUBLISHED = (
    Table(
        "dim_municipality",
        key=("municipality_number", "period"),
        others=(
            "name",
            "county_number",
            "county_name",
            "population",
            "population_year",
            "size_class",
            "kostra_group",
            "centrality_class",
            "is_owner",
            "sbo_ids",
            "is_fictional",
        ),
    ),
    Table(
        "dim_indicator",
        key=("indicator_id",),
        others=(
            "name_nb",
            "name_en",
            "description_nb",
            "description_en",
            "formula",
            "unit",
            "better",
            "tier",
            "principle",
            "sub_goal",
            "source_kind",
            "family",
            "dimension_id",
            "item_id",
            "version",
            "target",
        ),
        is_public=True,
    ),
    Table("dim_name", key=("kind", "code"), others=("name_nb", "name_en")),
    Table(
        "fct_indicator_value",
        key=("municipality_number", "period", "indicator_id", "focus_area", "collection_mode", "boundary"),
        others=(
            "status",
            "value",
            "lower_bound",
            "upper_bound",
            "ci_low",
            "ci_high",
            "numerator",
            "denominator",
            "n",
            "coverage",
        ),
    ),
    Table(
        "fct_benchmark",
        key=("period", "peer_group_type", "peer_group", "indicator_id", "collection_mode"),
        others=("n_municipalities", "mean", "median", "q1", "q3", "status"),
        is_public=True,
    ),
    Table(
        "fct_position",
        key=("municipality_number", "period", "indicator_id", "collection_mode", "peer_group_type"),
        others=(
            "peer_group",
            "n_municipalities",
            "rank",
            "percentile",
            "gap_to_median",
            "others_median",
            "conclusion",
            "is_favourable",
            "is_conclusion_stable",
            "status",
        ),
    ),
    Table(
        "fct_neighbour",
        key=("municipality_number", "period", "neighbour_rank"),
        others=("neighbour_number", "distance"),
    ),
    Table(
        "fct_change",
        key=("municipality_number", "period", "indicator_id", "collection_mode"),
        others=(
            "value",
            "previous_period",
            "previous_value",
            "change",
            "change_low",
            "change_high",
            "is_sure",
            "method",
            "status",
        ),
    ),
    Table(
        "fct_learn_from",
        key=("municipality_number", "period", "indicator_id", "collection_mode", "place"),
        others=("teacher_number", "teacher_value", "own_value", "has_reached_target", "is_sure"),
    ),
    Table(
        "fct_answer_distribution",
        key=("period", "item_id", "collection_mode", "peer_group_type", "peer_group", "answer"),
        others=("n", "status"),
        is_public=True,
    ),
    Table(
        "fct_reliability",
        key=("period", "instrument_id", "collection_group", "dimension_id"),
        others=("n", "n_items", "alpha", "status"),
    ),
    Table(
        "fct_duplicate_object",
        key=("municipality_number", "period", "data_object_id"),
        others=("n_systems", "n_maintaining", "n_masters", "master_register", "systems"),
    ),
    Table(
        "fct_object_system",
        key=("municipality_number", "period", "data_object_id", "system_key"),
        others=(
            "system_name",
            "focus_areas",
            "operations",
            "keeps_copy",
            "state",
            "is_expected",
            "is_master",
            "fed_by",
        ),
    ),
    Table(
        "fct_once_only_gap",
        key=("municipality_number", "period", "process_id", "data_object_id"),
        others=("register", "collection_mode", "volume_per_year"),
    ),
    Table(
        "fct_cross_unit_process",
        key=("municipality_number", "period", "process_key"),
        others=(
            "process_id",
            "process_name",
            "process_name_en",
            "is_local",
            "n_units",
            "ownership",
            "missing",
            "volume_per_year",
        ),
    ),
    Table(
        "fct_reference_process",
        key=("municipality_number", "period", "process_id"),
        others=(
            "process_name",
            "process_name_en",
            "focus_area",
            "tier",
            "is_delivered",
            "is_absent",
            "ownership",
            "n_units",
            "is_described_recently",
            "is_measured",
            "self_service",
            "n_systems",
            "volume_per_year",
        ),
    ),
    Table(
        "fct_initiative",
        key=("municipality_number", "period", "initiative"),
        others=(
            "decided_date",
            "is_mapped",
            "is_owned",
            "is_benefit_measured",
            "initiative_status",
            "processes",
            "previous_period",
            "owner_movement",
            "description_movement",
            "measurement_movement",
        ),
    ),
    Table(
        "fct_joint_procurement",
        key=("period", "function_id"),
        others=(
            "n_owners",
            "n_products",
            "product_diversity",
            "products",
            "annual_cost",
            "next_contract_end",
        ),
    ),
    Table("fct_owner_product", key=("municipality_number", "period", "function_id", "product"), others=()),
    Table(
        "fct_silo",
        key=("municipality_number", "period", "focus_area_a", "focus_area_b"),
        others=("n_processes", "n_systems", "n_objects", "n_exchanges"),
    ),
    Table(
        "delivery",
        key=("delivery_id",),
        others=(
            "municipality_number",
            "period",
            "kind",
            "collection_mode",
            "file_name",
            "sha256",
            "status",
            "is_counting",
            "rows_received",
            "rows_accepted",
            "rows_quarantined",
            "supersedes",
        ),
    ),
    Table(
        "delivery_finding",
        key=("delivery_id", "finding_number"),
        others=(
            "severity",
            "rule",
            "sheet",
            "row_number",
            "column_name",
            "value",
            "sentence_nb",
            "sentence_en",
        ),
    ),
)


def tables_of(edition: str) -> tuple[Table, ...]:
    """The tables that an edition holds (``release`` comes on top, written at publication)."""
    return tuple(table for table in PUBLISHED if edition == MEMBER or table.is_public)


def describe_build(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, Described]:
    """Every published table with the types and comments that the attached build file gives it.

    Raises BuildFileError that names every missing table and column, and every column without a class or
    with one under which it must not be published where it stands.
    """
    tables = dict(
        connection.execute(
            """
            select table_name, comment
            from duckdb_tables()
            where database_name = ? and schema_name = 'main'
            """,
            [catalog],
        ).fetchall()
    )
    classes = _classes(connection, catalog)
    columns: dict[str, dict[str, Column]] = {}
    for table_name, *column in connection.execute(
        """
        select table_name, column_name, data_type, comment
        from duckdb_columns()
        where database_name = ? and schema_name = 'main'
        """,
        [catalog],
    ).fetchall():
        columns.setdefault(table_name, {})[column[0]] = Column(
            column[0], column[1], column[2], classes.get((table_name, column[0]), "")
        )
    if missing := list(_missing(tables, columns)):
        raise BuildFileError(
            "the build file lacks what pipelines/disclosure/published.py declares: "
            + "; ".join(missing)
            + ". Add it to the dbt marts, or change the declaration"
        )
    if faults := list(_class_faults(columns)):
        raise BuildFileError(
            "nothing is published, since the classes of columns do not allow it: "
            + "; ".join(faults)
            + ". Correct column_class.csv of the reference pack, or pipelines/disclosure/published.py"
        )
    return {
        table.name: Described(
            table, tables[table.name], tuple(columns[table.name][name] for name in table.columns)
        )
        for table in PUBLISHED
    }


def _missing(tables: dict[str, str | None], columns: dict[str, dict[str, Column]]) -> Iterable[str]:
    for table in PUBLISHED:
        if table.name not in tables:
            yield f"table main.{table.name}"
            continue
        for name in table.columns:
            if name not in columns[table.name]:
                yield f"column main.{table.name}.{name}"


def _classes(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[tuple[str, str], str]:
    try:
        return read_column_classes(connection, catalog)
    except duckdb.CatalogException as error:
        raise BuildFileError(
            f"the build file lacks reference.column_class ({error}); add column_class.csv to the reference "
            "pack and run again"
        ) from error


def _class_faults(columns: dict[str, dict[str, Column]]) -> Iterable[str]:
    """What stands somewhere where its class forbids it, or has none."""
    for table in PUBLISHED:
        for name in table.columns:
            found = columns[table.name][name].column_class
            if not found:
                yield f"{table.name}.{name} has no class"
            if found == SHIELDED and OF_ONE_OWNER & set(table.columns):
                yield f"{table.name}.{name} is shielded, but the table tells of single municipalities"
            if found not in ("", OPEN) and table.is_public:
                yield f"{table.name}.{name} is {found}, but the table is in the public edition"
