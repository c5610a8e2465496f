"""What the pages ask of a release: plain functions from a database file to Polars frames.

Only SQL belongs here, no Streamlit and no words for people. A release never changes, so a
frame may be kept as long as its path is the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl


class NoReleaseError(LookupError):
    """Nothing is published yet under this home."""


def current_release(releases: Path) -> Path:
    """The versioned member file behind ``releases/current``.

    The link is resolved first: DuckDB keeps the old instance of a path that it has opened once.
    Raises NoReleaseError when nothing is published.
    """
    current = releases / "current"
    if not current.exists():
        raise NoReleaseError(str(releases))
    return current.resolve() / "member" / "benchmark.duckdb"


def _frame(path: Path, sql: str, parameters: dict[str, Any] | None = None) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql, parameters or {}).pl()


def release(path: Path) -> dict[str, Any]:
    """The one row of table ``release``: release_id, edition, content_hash, code_version, created_at."""
    return _frame(path, "select * from release").row(0, named=True)


def periods(path: Path) -> list[str]:
    """Periods with at least one value, newest first."""
    sql = "select distinct period from fct_indicator_value where status = 'ok' order by period desc"
    return _frame(path, sql)["period"].to_list()


def indicators(path: Path) -> pl.DataFrame:
    """The catalogue, in its order: one row per indicator that municipalities have values of. The unit of one
    that is best near zero is ``gap``: points that may be negative.
    """
    return _frame(
        path,
        """
        select * replace (if(better = 'near_zero' and unit = 'points', 'gap', unit) as unit)
        from dim_indicator
        where indicator_id in (select indicator_id from fct_indicator_value)
        order by
            array_position(
                [
                    'MOD', 'PRO', 'INI', 'DUP', 'ONCE', 'REG', 'INT', 'SILO', 'FUN', 'NAT', 'TIME', 'SYS',
                    'KEY', 'BAR', 'COV'
                ],
                family
            ) nulls last,
            array_position(
                ['IDX', 'LVL', 'PU', 'PO', 'CS', 'EN'], split_part(indicator_id, '_', 2)
            ) nulls last,
            try_cast(split_part(indicator_id, '_', 2) as integer) nulls first,
            indicator_id
        """,
    )


def names(path: Path) -> pl.DataFrame:
    """What the reference pack calls its things: kind, code, name_nb, name_en."""
    return _frame(path, "select * from dim_name order by kind, code")


def municipalities(path: Path, period: str) -> pl.DataFrame:
    """Municipalities of one period, as they are today, with what places them in peer groups. What has
    merged or been divided since has no values on today's boundaries.
    """
    return _frame(
        path,
        """
        select
            municipality_number, name, population, population_year, size_class, kostra_group, county_number,
            county_name, centrality_class, is_owner, is_fictional
        from dim_municipality
        where
            period = $period
            and municipality_number in (
                select municipality_number
                from fct_indicator_value
                where period = $period and boundary = 'current'
            )
        order by name, municipality_number
        """,
        {"period": period},
    )


def values(path: Path, period: str, focus_area: str = "all") -> pl.DataFrame:
    """Every value of a period on today's boundaries with its municipality, one row per
    municipality, indicator and collection mode; value is null unless status is ``ok``.
    """
    return _frame(
        path,
        """
        select
            v.municipality_number, m.name, m.population, m.size_class, m.is_owner, m.is_fictional,
            v.indicator_id, v.collection_mode, v.status, v.value,
            coalesce(v.lower_bound, v.ci_low) as low, coalesce(v.upper_bound, v.ci_high) as high,
            v.lower_bound, v.upper_bound, v.n, v.coverage
        from fct_indicator_value as v
        inner join dim_municipality as m using (municipality_number, period)
        where v.period = $period and v.focus_area = $focus_area and v.boundary = 'current'
        order by v.indicator_id, v.collection_mode, v.municipality_number
        """,
        {"period": period, "focus_area": focus_area},
    )


def focus_areas(path: Path, period: str, municipality_number: str) -> list[str]:
    """The focus areas for which a municipality has at least one value, without ``all``."""
    return _frame(
        path,
        """
        select distinct focus_area
        from fct_indicator_value
        where
            period = $period and municipality_number = $number and boundary = 'current' and status = 'ok'
            and focus_area <> 'all'
        order by focus_area
        """,
        {"period": period, "number": municipality_number},
    )["focus_area"].to_list()


def groups(path: Path, period: str) -> pl.DataFrame:
    """Who stands in which peer group: peer_group_type, peer_group, municipality_number. The nearest
    neighbours of a municipality are the group that is called by its number.
    """
    return _frame(
        path,
        """
        select distinct peer_group_type, peer_group, municipality_number
        from fct_position
        where period = $period
        union
        select 'nearest' as peer_group_type, municipality_number as peer_group, neighbour_number
        from fct_neighbour
        where period = $period
        order by all
        """,
        {"period": period},
    )


def neighbours(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """The nearest neighbours of a municipality, the nearest first: name, population, distance."""
    return _frame(
        path,
        """
        select n.neighbour_number, m.name, m.population, n.distance
        from fct_neighbour as n
        inner join dim_municipality as m
            on n.neighbour_number = m.municipality_number and n.period = m.period
        where n.period = $period and n.municipality_number = $number
        order by n.neighbour_rank
        """,
        {"period": period, "number": municipality_number},
    )


def benchmarks(path: Path, period: str) -> pl.DataFrame:
    """Benchmarks of a period for every peer group."""
    return _frame(
        path,
        """
        select
            peer_group_type, peer_group, indicator_id, collection_mode, n_municipalities,
            mean, median, q1, q3, status
        from fct_benchmark
        where period = $period
        order by indicator_id, collection_mode, peer_group_type, peer_group
        """,
        {"period": period},
    )


def positions(path: Path, period: str) -> pl.DataFrame:
    """Where every municipality stands, one row per indicator, collection mode and peer group type."""
    return _frame(
        path,
        """
        select
            municipality_number, indicator_id, collection_mode, peer_group_type, peer_group,
            n_municipalities, rank, percentile, gap_to_median, others_median, conclusion, is_favourable,
            is_conclusion_stable, status
        from fct_position
        where period = $period
        order by all
        """,
        {"period": period},
    )


def _of_one(path: Path, table: str, order: str, period: str, municipality_number: str) -> pl.DataFrame:
    """All that a table of findings holds of one municipality and period."""
    sql = f"""
        select * exclude (municipality_number, period)
        from {table}
        where period = $period and municipality_number = $number
        order by {order}
    """  # noqa: S608 (both names are our own, below)
    return _frame(path, sql, {"period": period, "number": municipality_number})


def changes(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """How each value has changed since the period before it."""
    return _of_one(path, "fct_change", "indicator_id, collection_mode", period, municipality_number)


def duplicate_objects(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """Data objects that two systems or more hold, those that most systems maintain first."""
    found = _of_one(
        path,
        "fct_duplicate_object",
        "n_maintaining desc, n_systems desc, data_object_id",
        period,
        municipality_number,
    )
    return found.filter(pl.col("n_systems") > 1)


def object_systems(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """What each system does with each data object."""
    order = "data_object_id, system_name, system_key"
    return _of_one(path, "fct_object_system", order, period, municipality_number)


def once_only_gaps(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """What a register could have told, the most cases a year first; unknown volumes last."""
    order = "volume_per_year desc nulls last, process_id, data_object_id"
    return _of_one(path, "fct_once_only_gap", order, period, municipality_number)


def cross_unit_processes(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """Cross-unit processes without somebody who owns them across: the most cases a year first, unknown
    volumes last; then those without any owner, and those that pass through most units.
    """
    order = "volume_per_year desc nulls last, missing = 'owner' desc, n_units desc, process_key"
    return _of_one(path, "fct_cross_unit_process", order, period, municipality_number)


def silos(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """What each pair of focus areas shares, each pair once."""
    return _of_one(path, "fct_silo", "focus_area_a, focus_area_b", period, municipality_number)


def initiatives(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """Initiatives, the latest decided first."""
    order = "decided_date desc nulls last, initiative"
    return _of_one(path, "fct_initiative", order, period, municipality_number)


def teachers(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """Whom a municipality may learn from, the best first, with the teacher's name."""
    return _frame(
        path,
        """
        select l.* exclude (municipality_number, period), m.name as teacher_name
        from fct_learn_from as l
        inner join dim_municipality as m
            on l.teacher_number = m.municipality_number and l.period = m.period
        where l.period = $period and l.municipality_number = $number
        order by l.indicator_id, l.collection_mode, l.place
        """,
        {"period": period, "number": municipality_number},
    )


def joint_procurement(path: Path, period: str) -> pl.DataFrame:
    """Functions that two owners or more have systems for, the next contract end first."""
    return _frame(
        path,
        """
        select * exclude (period)
        from fct_joint_procurement
        where period = $period and n_owners > 1
        order by next_contract_end nulls last, n_products desc, function_id
        """,
        {"period": period},
    )


def reference_processes(path: Path, period: str) -> pl.DataFrame:
    """Every municipality on the reference processes, in the order of focus area and name."""
    return _frame(
        path,
        """
        select * exclude (period)
        from fct_reference_process
        where period = $period
        order by focus_area, process_name, process_id, municipality_number
        """,
        {"period": period},
    )


def deliveries(path: Path) -> pl.DataFrame:
    """Every delivery with its municipality's name and the number of findings, newest period first."""
    return _frame(
        path,
        """
        with names as (
            select municipality_number, any_value(name order by period desc) as name
            from dim_municipality
            group by municipality_number
        ),

        finding_counts as (
            select delivery_id, count(*) as n_findings
            from delivery_finding
            group by delivery_id
        )

        select d.*, coalesce(n.name, d.municipality_number) as name, coalesce(f.n_findings, 0) as n_findings
        from delivery as d
        left join names as n using (municipality_number)
        left join finding_counts as f using (delivery_id)
        order by d.period desc, name, d.kind, d.file_name, d.delivery_id
        """,
    )


def findings(path: Path, delivery_id: str) -> pl.DataFrame:
    """The findings of one delivery in the order of its file."""
    return _frame(
        path,
        "select * from delivery_finding where delivery_id = $delivery_id order by finding_number",
        {"delivery_id": delivery_id},
    )
