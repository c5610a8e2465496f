"""What the worked example is told from: a release's member edition, and the names of the reference pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.analysis.built import AnalysisError, Row, reading, rows

if TYPE_CHECKING:
    import duckdb

    from pipelines.reference.pack import ReferencePack


@dataclass(frozen=True)
class Cell:
    """One indicator of one municipality in the newest period, its place among the owners and its change.

    low, high: the bounds or the 95 % interval, where there are both from the lower end of either to the
    upper; is_estimate: whether an interval is among them. Numbers are in the indicator's unit.
    """

    municipality_number: str
    indicator_id: str
    status: str
    value: float | None
    low: float | None
    high: float | None
    is_estimate: bool
    numerator: float | None
    denominator: float | None
    n: int | None
    coverage: float | None
    rank: int | None
    n_ranked: int | None
    conclusion: str | None
    change: float | None
    change_low: float | None
    change_high: float | None
    is_sure_change: bool | None
    previous_period: str | None


CELLS = """
select
    v.municipality_number, v.indicator_id, v.status, v.value,
    least(v.lower_bound, v.ci_low) as low, greatest(v.upper_bound, v.ci_high) as high,
    v.ci_low is not null as is_estimate, v.numerator, v.denominator, v.n, v.coverage,
    p.rank, p.n_municipalities as n_ranked, p.conclusion,
    c.change, c.change_low, c.change_high, c.is_sure as is_sure_change, c.previous_period,
from fct_indicator_value as v
inner join dim_municipality as m using (municipality_number, period)
left join fct_position as p
    on
        v.municipality_number = p.municipality_number and v.period = p.period
        and v.indicator_id = p.indicator_id and v.collection_mode = p.collection_mode
        and p.peer_group_type = 'owners'
left join fct_change as c
    on
        v.municipality_number = c.municipality_number and v.period = c.period
        and v.indicator_id = c.indicator_id and v.collection_mode = c.collection_mode
where
    m.is_owner and v.period = ? and v.boundary = 'current' and v.focus_area = 'all'
    -- One official answer is another thing than what the respondents say.
    and v.collection_mode <> 'official'
order by v.indicator_id, v.municipality_number
"""
# The finding tables of the owners in the period, each in a total order: by volume where they have one.
LISTS = {
    "fct_cross_unit_process": "volume_per_year desc nulls last, municipality_number, process_key",
    "fct_once_only_gap": "volume_per_year desc nulls last, municipality_number, process_id, data_object_id",
    "fct_silo": "municipality_number, focus_area_a, focus_area_b",
    "fct_duplicate_object": "n_maintaining desc, n_systems desc, municipality_number, data_object_id",
    "fct_object_system": "municipality_number, data_object_id, system_key",
    "fct_learn_from": "municipality_number, indicator_id, collection_mode, place",
}


@dataclass(frozen=True)
class Story:
    """All that is told. names: kind of thing → id → English name; targets: indicator → the pack's target."""

    period: str
    reference_date: date
    municipalities: tuple[Row, ...]
    indicators: Mapping[str, Row]
    cells: Mapping[tuple[str, str], Cell]
    lists: Mapping[str, tuple[Row, ...]]
    procurement: tuple[Row, ...]
    names: Mapping[str, Mapping[str, str]]
    targets: Mapping[str, float]
    thresholds: Mapping[str, float]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The municipality numbers, in order."""
        return tuple(row["municipality_number"] for row in self.municipalities)

    def place(self, number: str) -> str:
        """The name of a municipality."""
        return next(str(row["name"]) for row in self.municipalities if row["municipality_number"] == number)

    def of(self, indicator_id: str) -> list[Cell]:
        """The cells of an indicator, in the order of the municipality numbers."""
        return [self.cells[number, indicator_id] for number in self.numbers]


def read_story(release: Path, pack: ReferencePack) -> Story:
    """Read a release's member edition (a DuckDB file).

    Raises AnalysisError where an owner is not fictional, or none delivers: what the members may see of real
    municipalities does not belong in a document for everybody.
    """
    with reading(release) as connection:
        period = _newest_period(connection)
        owners = rows(
            connection,
            "select * from dim_municipality where is_owner and period = ? order by municipality_number",
            [period],
        )
        real = [row["name"] for row in owners if not row["is_fictional"]]
        if real:
            raise AnalysisError(
                f"{release} holds municipalities that are not fictional ({', '.join(real)}); the worked "
                "example is told of fictional ones only: give a release of the example"
            )
        indicators = rows(connection, "select * from dim_indicator order by indicator_id")
        cells = [Cell(**row) for row in rows(connection, CELLS, [period])]
        return Story(
            period=period,
            reference_date=pack.reference_date(period),
            municipalities=tuple(owners),
            indicators={row["indicator_id"]: row for row in indicators},
            cells={(cell.municipality_number, cell.indicator_id): cell for cell in cells},
            lists={table: _list(connection, table, order, period) for table, order in LISTS.items()},
            procurement=_procurement(connection, period),
            names=_names(pack),
            targets=_numbers(pack, "target", "indicator_id"),
            thresholds=_numbers(pack, "threshold", "threshold_id"),
        )


def explained_value(release: Path, indicator_id: str, municipality_number: str, period: str) -> Row:
    """A value as ``kommunebench explain`` shows it: as delivered, with the municipality's name."""
    with reading(release) as connection:
        (found,) = rows(
            connection,
            "select v.*, m.name from fct_indicator_value as v"
            " inner join dim_municipality as m using (municipality_number, period)"
            " where v.indicator_id = ? and v.municipality_number = ? and v.period = ?"
            " and v.boundary = 'delivered' and v.focus_area = 'all' and v.collection_mode <> 'official'",
            [indicator_id, municipality_number, period],
        )
        return found


def _newest_period(connection: duckdb.DuckDBPyConnection) -> str:
    (found,) = rows(connection, "select max(period) as period from dim_municipality where is_owner")
    if found["period"] is None:
        raise AnalysisError("the release has no owners of a cooperation body; give a release of the example")
    return str(found["period"])


def _list(connection: duckdb.DuckDBPyConnection, table: str, order: str, period: str) -> tuple[Row, ...]:
    sql = (
        f"select t.* from {table} as t inner join dim_municipality as m"  # noqa: S608 our own names
        f" using (municipality_number, period) where m.is_owner and period = ? order by {order}"
    )
    return tuple(rows(connection, sql, [period]))


def _procurement(connection: duckdb.DuckDBPyConnection, period: str) -> tuple[Row, ...]:
    return tuple(
        rows(
            connection,
            "select * from fct_joint_procurement where period = ? and n_owners >= 2"
            " order by next_contract_end nulls last, function_id",
            [period],
        )
    )


def _names(pack: ReferencePack) -> dict[str, dict[str, str]]:
    keys: Sequence[tuple[str, str]] = (
        ("process", "process_id"),
        ("data_object", "data_object_id"),
        ("register", "register_id"),
        ("function", "function_id"),
        ("focus_area", "focus_area_id"),
    )
    return {table: dict(pack.table(table).select(key, "name_en").iter_rows()) for table, key in keys}


def _numbers(pack: ReferencePack, table: str, key: str) -> dict[str, float]:
    return {name: float(value) for name, value in pack.table(table).select(key, "value").iter_rows()}
