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
    """The catalogue, in its order: one row per indicator, with the family before the underscore."""
    return _frame(
        path,
        """
        select *, split_part(indicator_id, '_', 1) as family
        from dim_indicator
        order by
            array_position(['MOD', 'PRO', 'DUP', 'COV', 'BAR'], split_part(indicator_id, '_', 1)),
            array_position(
                ['IDX', 'LVL', 'PU', 'PO', 'CS', 'EN'], split_part(indicator_id, '_', 2)
            ) nulls last,
            try_cast(split_part(indicator_id, '_', 2) as integer) nulls first,
            indicator_id
        """,
    )


def municipalities(path: Path, period: str) -> pl.DataFrame:
    """Municipalities of one period, as they are today: number, name, population, size_class, is_owner,
    is_fictional. What has merged or been divided since has no values on today's boundaries.
    """
    return _frame(
        path,
        """
        select municipality_number, name, population, population_year, size_class, is_owner, is_fictional
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


def values(path: Path, period: str) -> pl.DataFrame:
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
            v.n, v.coverage
        from fct_indicator_value as v
        inner join dim_municipality as m using (municipality_number, period)
        where v.period = $period and v.focus_area = 'all' and v.boundary = 'current'
        order by v.indicator_id, v.collection_mode, v.municipality_number
        """,
        {"period": period},
    )


def benchmarks(path: Path, period: str) -> pl.DataFrame:
    """Benchmarks of a period by size class and for all; is_fictional tells the two kinds apart."""
    return _frame(
        path,
        """
        select
            peer_group_type, peer_group, indicator_id, collection_mode, n_municipalities,
            mean, median, q1, q3, status,
            starts_with(peer_group, 'fictional:') as is_fictional,
            replace(peer_group, 'fictional:', '') as group_name
        from fct_benchmark
        where period = $period and peer_group_type in ('all', 'size_class')
        order by indicator_id, collection_mode, peer_group_type, peer_group
        """,
        {"period": period},
    )


def positions(path: Path, period: str, municipality_number: str) -> pl.DataFrame:
    """Where one municipality stands in its size class, one row per indicator and collection mode."""
    return _frame(
        path,
        """
        select
            indicator_id, collection_mode, n_municipalities, rank, percentile,
            gap_to_median, conclusion, is_conclusion_stable
        from fct_position
        where period = $period and municipality_number = $number and peer_group_type = 'size_class'
        """,
        {"period": period, "number": municipality_number},
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
